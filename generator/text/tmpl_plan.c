#include "text/tmpl_ast.h"

/*
 * Which nodes need nothing of Lua, and where the values stand that they read. Names are found out as Lua would: the
 * innermost loop of the plan that has one, then locals of the function around it, which are given, then the table of
 * free names. What stands on the way of every render and is no plain expression is worked out before and given, too.
 */
#define OWN(n) (-1 - (int)(n))

static bool bind_expr(struct tmpl_planner *p, struct tmpl_expr *e);
static bool bind_nodes(struct tmpl_planner *p, struct tmpl_node *node, const struct tmpl_node *end, bool is_certain);

static uint32_t at_expr(struct tmpl_planner *p, const struct tmpl_expr *e, enum tmpl_pos_kind kind)
{
	return tmpl_emit_at(p->em, e->at, e->at_len, kind);
}

static bool is_same(const struct tmpl_given *a, const struct tmpl_given *b)
{
	return a->kind == b->kind && a->kind != GIVEN_VALUE && a->depth == b->depth && str_eq(a->name, b->name);
}

static bool is_all_lua(const struct tmpl_planner *p)
{
	return p->em->t->ast->env->is_all_lua;
}

static bool give(struct tmpl_planner *p, struct tmpl_given given, int *slot)
{
	for (uint32_t i = 0; i < p->plan.n_given; i++) {
		*slot = (int)i;
		if (is_same(&p->given[i], &given))
			return true;
	}
	if (p->plan.n_given == (is_all_lua(p) ? 1 : TMPL_PLAN_GIVEN))
		return false;
	*slot = (int)p->plan.n_given;
	p->given[p->plan.n_given++] = given;
	return true;
}

static bool own(struct tmpl_planner *p, struct tmpl_bound bound, int *slot)
{
	if (p->plan.n_own == TMPL_PLAN_OWN)
		return false;
	*slot = OWN(p->plan.n_own);
	p->own[p->plan.n_own++] = bound;
	return true;
}

static bool find_own(const struct tmpl_planner *p, struct tmpl_bound bound, int *slot)
{
	for (uint32_t i = p->plan.n_own; i-- > 0;) {
		*slot = OWN(i);
		if (p->own[i].kind == bound.kind && p->own[i].depth == bound.depth &&
		    str_eq(p->own[i].name, bound.name))
			return true;
	}
	return false;
}

static struct str intern(struct tmpl_planner *p, struct str name)
{
	return map_at(p->em->arena, p->em->names, name, NULL)->key;
}

static bool bind_name(struct tmpl_planner *p, struct tmpl_expr *e)
{
	struct tmpl_given names = { .kind = GIVEN_NAMES, .is_component = e->is_in_component };
	struct tmpl_bound looked_up = { .kind = e->is_soft ? BOUND_SOFT : BOUND_HARD, .name = e->text };

	e->is_looked_up = e->resolved == NAME_FREE || (e->resolved == NAME_TOP && p->em->t->has_top_sets);
	if (!e->is_looked_up)
		return find_own(p, (struct tmpl_bound){ .kind = BOUND_LOCAL, .name = e->text }, &e->slot) ||
		       give(p, (struct tmpl_given){ .kind = GIVEN_LOCAL, .name = e->text }, &e->slot);
	e->text = intern(p, e->text);
	e->pos = at_expr(p, e, TMPL_POS_EXPR);
	return give(p, names, &p->plan.names) && (find_own(p, looked_up, &e->slot) || own(p, looked_up, &e->slot));
}

static bool bind_loop(struct tmpl_planner *p, struct tmpl_expr *e)
{
	struct tmpl_given number = { .kind = GIVEN_LOOP_NUMBER, .depth = e->depth }, length = number;

	length.kind = GIVEN_LOOP_LENGTH;
	if (!find_own(p, (struct tmpl_bound){ .kind = BOUND_LOOP, .depth = e->depth }, &e->slot))
		return give(p, number, &e->slot) && give(p, length, &e->second);
	e->second = e->slot - TMPL_LOOP_LENGTH;
	return true;
}

static bool bind_number(struct tmpl_expr *e)
{
	e->integer = 0;
	e->is_whole = e->text.len <= 18;
	for (size_t i = 0; i < e->text.len && e->is_whole; i++) {
		e->is_whole = e->text.ptr[i] >= '0' && e->text.ptr[i] <= '9';
		e->integer = e->integer * 10 + (e->text.ptr[i] - '0');
	}
	return e->is_whole;
}

static bool bind_slots(struct tmpl_planner *p, struct tmpl_expr *e)
{
	for (size_t i = 0; i < e->n_slots; i++)
		if (e->slots[i] && !bind_expr(p, e->slots[i]))
			return false;
	return true;
}

static bool bind_args(struct tmpl_planner *p, struct tmpl_expr *e)
{
	for (size_t i = 0; i < e->n_args; i++)
		if ((e->args[i].key && !bind_expr(p, e->args[i].key)) || !bind_expr(p, e->args[i].value))
			return false;
	return true;
}

static bool bind_parts(struct tmpl_planner *p, struct tmpl_expr *e)
{
	switch (e->kind) {
	case EXPR_INDEX:
		if (!e->b)
			e->text = intern(p, e->text);
		return bind_expr(p, e->a) && (!e->b || bind_expr(p, e->b));
	case EXPR_CALL:
		return e->resolved == CALL_PLAIN && bind_expr(p, e->a) && bind_slots(p, e);
	case EXPR_FILTER:
		return bind_expr(p, e->a) && bind_slots(p, e);
	case EXPR_BINARY:
		return bind_expr(p, e->a) && bind_expr(p, e->b);
	case EXPR_UNARY:
		return bind_expr(p, e->a);
	default:
		return false;
	}
}

static bool bind_expr(struct tmpl_planner *p, struct tmpl_expr *e)
{
	switch (e->kind) {
	case EXPR_NIL:
	case EXPR_TRUE:
	case EXPR_FALSE:
	case EXPR_STRING:
		return true;
	case EXPR_NUMBER:
		return bind_number(e);
	case EXPR_NAME:
		return bind_name(p, e);
	case EXPR_LOOP:
		return bind_loop(p, e);
	case EXPR_TABLE:
		e->pos = at_expr(p, e, TMPL_POS_EXPR);
		return bind_args(p, e);
	default:
		if (!bind_parts(p, e))
			return false;
		e->pos = at_expr(p, e, TMPL_POS_EXPR);
		return true;
	}
}

/* The value of a node: of the expression itself, or what is given for it. NULL: there is none. */
static const struct tmpl_expr *bind_value(struct tmpl_planner *p, struct tmpl_expr *e, bool is_certain)
{
	struct tmpl_planner before = *p;
	struct tmpl_expr *given;

	if (!is_all_lua(p) && bind_expr(p, e))
		return e;
	*p = before;
	/* Names that the plan sets have no values before. */
	if (!is_certain || p->is_whole)
		return NULL;
	given = arena_new(p->em->arena, struct tmpl_expr);
	given->kind = EXPR_GIVEN;
	return give(p, (struct tmpl_given){ .kind = GIVEN_VALUE, .value = e }, &given->slot) ? given : NULL;
}

/* The number of a filter that the hole can apply itself; 0: it is none. */
static uint32_t writer_of(const struct tmpl_env *env, const struct tmpl_expr *e, uint32_t escape)
{
	bool fits = escape == TMPL_ESCAPE_HTML || escape == TMPL_ESCAPE_URL || escape == TMPL_ESCAPE_ATTR ||
		    escape == TMPL_ESCAPE_JSON;

	for (size_t i = 0; fits && e->kind == EXPR_FILTER && !e->n_args && i < env->n_writers; i++)
		if (str_eq(e->text, env->writers[i]))
			return (uint32_t)i + 1;
	return 0;
}

static bool is_filter(const struct tmpl_expr *e, struct str name)
{
	return e->kind == EXPR_FILTER && !e->n_args && str_eq(e->text, name);
}

static bool bind_hole(struct tmpl_planner *p, struct tmpl_node *node, bool is_certain)
{
	struct tmpl_expr *e = node->expr, *filter = NULL;

	node->how = node->escape;
	/* Elsewhere than between tags the text of a component is a value, to be escaped. */
	if (e->kind == EXPR_CALL && e->resolved != CALL_PLAIN && node->how <= TMPL_ESCAPE_NONE) {
		node->value = e;
		node->pos = at_expr(p, e, TMPL_POS_COMPONENT);
		return e->resolved == CALL_COMPONENT && !is_all_lua(p) && bind_slots(p, e);
	}
	if (node->how == TMPL_ESCAPE_HTML && is_filter(e, STR("safe"))) {
		e = e->a;
		node->how = TMPL_ESCAPE_NONE;
	}
	node->is_json =
		(node->how == TMPL_ESCAPE_JSON || node->how == TMPL_ESCAPE_JSON_ATTR) && is_filter(e, STR("json"));
	if (node->is_json) {
		filter = e;
		e = e->a;
	}
	node->writer = writer_of(p->em->t->ast->env, e, node->how);
	if (node->writer) {
		filter = e;
		e = e->a;
	}
	if (filter)
		node->filter = at_expr(p, filter, TMPL_POS_EXPR);
	node->pos = tmpl_emit_at(p->em, e->off, e->len, TMPL_POS_EXPR);
	node->value = bind_value(p, e, is_certain);
	return node->value != NULL;
}

static bool bind_for(struct tmpl_planner *p, struct tmpl_node *node, bool is_certain)
{
	const struct tmpl_scope *scope = node->scope;
	uint32_t first;
	int slot;

	node->pos = tmpl_emit_at(p->em, node->expr->off, node->expr->len, TMPL_POS_EXPR);
	node->value = bind_value(p, node->expr, is_certain);
	if (!node->value || !own(p, (struct tmpl_bound){ .kind = BOUND_LOOP, .depth = node->depth }, &node->slot))
		return false;
	first = p->plan.n_own - 1;
	for (int i = 1; i < TMPL_LOOP_SLOTS; i++)
		if (!own(p, (struct tmpl_bound){ 0 }, &slot))
			return false;
	for (size_t i = 0; i < scope->names.len; i++)
		if (!own(p, (struct tmpl_bound){ .kind = BOUND_LOCAL, .name = scope->names.ptr[i] }, &slot))
			return false;
	node->n_sets = (uint32_t)(scope->names.len - scope->n_fixed);
	if (!bind_nodes(p, node->body, NULL, false))
		return false;
	for (size_t i = first; i < first + TMPL_LOOP_SLOTS + scope->names.len; i++)
		p->own[i] = (struct tmpl_bound){ 0 };
	return bind_nodes(p, node->orelse, NULL, false);
}

static bool bind_set(struct tmpl_planner *p, struct tmpl_node *node)
{
	struct tmpl_bound local = { .kind = BOUND_LOCAL, .name = node->text };

	if (node->body || (node->is_top && p->em->t->has_top_sets) || !(node->value = bind_value(p, node->expr, false)))
		return false;
	return find_own(p, local, &node->slot) ||
	       (p->is_whole && give(p, (struct tmpl_given){ .kind = GIVEN_LOCAL, .name = node->text }, &node->slot));
}

static bool bind_node(struct tmpl_planner *p, struct tmpl_node *node, bool is_certain)
{
	if (is_all_lua(p) && node->kind != NODE_TEXT && node->kind != NODE_HOLE)
		return false;
	switch (node->kind) {
	case NODE_TEXT:
		return true;
	case NODE_HOLE:
		return bind_hole(p, node, is_certain);
	case NODE_IF:
		node->value = bind_value(p, node->expr, is_certain);
		return node->value && bind_nodes(p, node->body, NULL, false) &&
		       bind_nodes(p, node->orelse, NULL, false);
	case NODE_FOR:
		return bind_for(p, node, is_certain);
	case NODE_SET:
		return bind_set(p, node);
	case NODE_INCLUDE:
		node->pos = tmpl_emit_at(p->em, node->off, node->len, TMPL_POS_INCLUDE);
		return !node->expr || bind_expr(p, node->expr);
	default:
		return false;
	}
}

/* `is_certain`: every render comes past them. */
static bool bind_nodes(struct tmpl_planner *p, struct tmpl_node *node, const struct tmpl_node *end, bool is_certain)
{
	for (; node != end; node = node->next)
		if (!bind_node(p, node, is_certain))
			return false;
	return true;
}

bool tmpl_plan_begin(struct tmpl_planner *p, struct tmpl_emitter *em, const struct tmpl_scope *scope)
{
	int slot;

	*p = (struct tmpl_planner){ .em = em, .is_whole = scope != NULL, .plan.names = -1 };
	if (scope && is_all_lua(p))
		return false;
	for (size_t i = scope ? scope->n_fixed : 0; scope && i < scope->names.len; i++)
		if (!own(p, (struct tmpl_bound){ .kind = BOUND_LOCAL, .name = scope->names.ptr[i] }, &slot))
			return false;
	return true;
}

bool tmpl_plan_params(struct tmpl_planner *p, const struct tmpl_component *c)
{
	int slot;

	for (size_t i = 0; i < c->n_params; i++)
		if (!give(p, (struct tmpl_given){ .kind = GIVEN_LOCAL, .name = c->params[i].name }, &slot))
			return false;
	for (size_t i = 0; i < c->n_params; i++)
		if (c->params[i].fallback && !bind_expr(p, c->params[i].fallback))
			return false;
	return true;
}

bool tmpl_plan_add(struct tmpl_planner *p, struct tmpl_node *node, struct tmpl_node **next)
{
	struct tmpl_planner before = *p;
	struct tmpl_node *end = node->kept ? node->kept_end : node->next;

	/* What is kept is written once: what it needs is not worked out before. */
	if (bind_nodes(p, node, end, !node->kept)) {
		*next = end;
		return true;
	}
	*p = before;
	return false;
}
