#include <assert.h>

#include "text/tmpl_ast.h"

/*
 * Lua text from a checked tree. What the chunk is given and what it gives back:
 *
 *	__E names that every template sees   __F filters             __o walks a plan, given its values
 *	__I entries of included templates    __C components          __S what super() means, by block; 0: the parent's body
 *	__q a field that may be absent       __w/__u false kept apart from nil, for ??
 *	__l a list and its length            __m the same with keys  __W a table of arguments over __E
 *	__t checks arguments' types          __k the text that a call writes; __b and __x the same for a stretch
 *	__n a place for names set at the top level, over __E     __p walks a component that is a plan
 *
 * It returns a table with `entry`, `body`, the blocks `b1`…, the components `c1`…, and room for `B`, the
 * blocks in force when it is rendered itself. A function for text outside of
 * components has __B, the blocks in force, and __V, where its free names are looked up.
 *
 * Lua gives an instruction the line of its last token, an operator its own line, and a call, by version, the line
 * where its expression begins or that of its parenthesis: hence the line breaks before each, and twice for calls.
 */
static void emit_expr(struct tmpl_emitter *em, const struct tmpl_expr *e);
static void emit_nodes(struct tmpl_emitter *em, struct tmpl_node *node, bool is_shell);

uint32_t tmpl_emit_at(struct tmpl_emitter *em, uint32_t off, uint32_t len, enum tmpl_pos_kind kind)
{
	struct tmpl_pos pos = { off, len, kind };

	buf_add_char(&em->code, '\n');
	vec_push(em->arena, &em->positions, pos);
	return (uint32_t)em->positions.len - 1;
}

static void at_expr(struct tmpl_emitter *em, const struct tmpl_expr *e, enum tmpl_pos_kind kind)
{
	tmpl_emit_at(em, e->at, e->at_len, kind);
}

static void text(struct tmpl_emitter *em, const char *z)
{
	buf_add_z(&em->code, z);
}

static void quoted(struct tmpl_emitter *em, struct str s)
{
	buf_add_char(&em->code, '"');
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c < ' ' || c == '"' || c == '\\' || c == 0x7f)
			buf_add_format(&em->code, "\\%03u", c);
		else
			buf_add_char(&em->code, (char)c);
	}
	buf_add_char(&em->code, '"');
}

static void field(struct tmpl_emitter *em, struct str name)
{
	if (tmpl_lex_is_reserved(name)) {
		text(em, "[");
		quoted(em, name);
		text(em, "]");
	} else {
		text(em, ".");
		buf_add(&em->code, name);
	}
}

static bool is_comparison(int op)
{
	return op == OP_EQ || op == OP_NE || op == '<' || op == '>' || op == OP_LE || op == OP_GE;
}

static int level(const struct tmpl_expr *e)
{
	switch (e->op) {
	case OP_OR:
		return 1;
	case OP_AND:
		return 2;
	case '+':
	case '-':
		return 10;
	case '*':
	case '/':
	case '%':
	case OP_IDIV:
		return 11;
	default:
		return 0;
	}
}

static const char *op_text(int op)
{
	switch (op) {
	case OP_CONCAT:
		return "..";
	case OP_EQ:
		return "==";
	case OP_NE:
		return "~=";
	case OP_LE:
		return "<=";
	case OP_GE:
		return ">=";
	case OP_IDIV:
		return "//";
	case OP_AND:
		return " and ";
	case OP_OR:
		return " or ";
	case OP_NOT:
		return "not ";
	case OP_NEGATE:
	case '-':
		return "-";
	case OP_LENGTH:
		return "#";
	case '+':
		return "+";
	case '*':
		return "*";
	case '/':
		return "/";
	case '%':
		return "%";
	case '^':
		return "^";
	case '<':
		return "<";
	default:
		assert(op == '>');
		return ">";
	}
}

static void in_parens(struct tmpl_emitter *em, const struct tmpl_expr *e)
{
	text(em, "(");
	emit_expr(em, e);
	text(em, ")");
}

static bool is_call_form(const struct tmpl_expr *e) /* written as f(…) */
{
	return e->kind == EXPR_CALL || e->kind == EXPR_METHOD || e->kind == EXPR_FILTER || e->is_soft ||
	       (e->kind == EXPR_BINARY && e->op == OP_COALESCE);
}

static void operand(struct tmpl_emitter *em, const struct tmpl_expr *e)
{
	if ((e->kind == EXPR_BINARY && e->op != OP_COALESCE) || e->kind == EXPR_UNARY)
		in_parens(em, e);
	else
		emit_expr(em, e);
}

/* What may stand before '.', '[', ':' and '('. */
static void prefix(struct tmpl_emitter *em, const struct tmpl_expr *e)
{
	if (e->kind == EXPR_NAME || e->kind == EXPR_INDEX || is_call_form(e))
		emit_expr(em, e);
	else
		in_parens(em, e);
}

/* As an argument or item: one value, however many the call returns. */
static void single(struct tmpl_emitter *em, const struct tmpl_expr *e)
{
	if (!e)
		text(em, "nil");
	else if (e->kind == EXPR_CALL || e->kind == EXPR_METHOD)
		in_parens(em, e);
	else
		emit_expr(em, e);
}

static void emit_slots(struct tmpl_emitter *em, const struct tmpl_expr *e, bool has_before)
{
	for (size_t i = 0; i < e->n_slots; i++) {
		if (i > 0 || has_before)
			text(em, ",");
		single(em, e->slots[i]);
	}
	text(em, ")");
}

static bool is_lookup(const struct tmpl_emitter *em, const struct tmpl_expr *e)
{
	return e->resolved == NAME_FREE || (e->resolved == NAME_TOP && em->t->has_top_sets);
}

static void emit_name(struct tmpl_emitter *em, const struct tmpl_expr *e)
{
	const char *where = e->is_in_component ? "__E" : "__V";

	if (!is_lookup(em, e)) {
		buf_add(&em->code, e->text);
		return;
	}
	at_expr(em, e, TMPL_POS_EXPR);
	if (e->is_soft) {
		buf_add_format(&em->code, "__q(%s,", where);
		quoted(em, e->text);
		text(em, ")");
	} else {
		text(em, where);
		field(em, e->text);
	}
}

static void emit_index(struct tmpl_emitter *em, const struct tmpl_expr *e)
{
	if (e->is_soft) {
		at_expr(em, e, TMPL_POS_EXPR);
		text(em, "__q(");
		emit_expr(em, e->a);
		text(em, ",");
		if (e->b)
			single(em, e->b);
		else
			quoted(em, e->text);
		text(em, ")");
		return;
	}
	prefix(em, e->a);
	at_expr(em, e, TMPL_POS_EXPR);
	if (!e->b) {
		field(em, e->text);
		return;
	}
	text(em, "[");
	emit_expr(em, e->b);
	at_expr(em, e, TMPL_POS_EXPR);
	text(em, "]");
}

/* The function and its arguments, without the closing parenthesis of a surrounding call. */
static void emit_target(struct tmpl_emitter *em, const struct tmpl_expr *e)
{
	if (e->resolved == CALL_SUPER)
		buf_add_format(&em->code, "__S[%u]", e->block->index + 1);
	else
		buf_add_format(&em->code, "__C[%u]", e->target);
}

static bool is_writing(const struct tmpl_expr *e) /* a call that writes instead of giving a value */
{
	return e->kind == EXPR_CALL && e->resolved != CALL_PLAIN;
}

static void emit_call(struct tmpl_emitter *em, const struct tmpl_expr *e)
{
	if (is_writing(e)) {
		bool is_super = e->resolved == CALL_SUPER;
		bool is_html = is_super ? em->t->is_html : em->t->calls[e->target - 1]->owner->is_html;

		at_expr(em, e, is_super ? TMPL_POS_SUPER : TMPL_POS_COMPONENT);
		buf_add_format(&em->code, "__k(%s,", is_html ? "true" : "false");
		emit_target(em, e);
		text(em, is_super ? ",__B,__V" : e->n_slots ? "," : "");
		emit_slots(em, e, false);
		return;
	}
	if (e->a->kind != EXPR_NAME || !is_lookup(em, e->a))
		at_expr(em, e, TMPL_POS_EXPR);
	prefix(em, e->a);
	at_expr(em, e, TMPL_POS_EXPR);
	text(em, "(");
	emit_slots(em, e, false);
}

static void emit_method(struct tmpl_emitter *em, const struct tmpl_expr *e)
{
	at_expr(em, e, TMPL_POS_EXPR);
	in_parens(em, e->a);
	at_expr(em, e, TMPL_POS_EXPR);
	text(em, ":");
	buf_add(&em->code, e->text);
	text(em, "(");
	for (size_t i = 0; i < e->n_args; i++) {
		text(em, i ? "," : "");
		single(em, e->args[i].value);
	}
	text(em, ")");
}

static void emit_filter(struct tmpl_emitter *em, const struct tmpl_expr *e)
{
	at_expr(em, e, TMPL_POS_EXPR);
	text(em, "__F.");
	buf_add(&em->code, e->text);
	text(em, "(");
	single(em, e->a);
	emit_slots(em, e, true);
}

static void emit_binary(struct tmpl_emitter *em, const struct tmpl_expr *e)
{
	const struct tmpl_expr *a = e->a;

	if (e->op == OP_COALESCE) {
		text(em, "__u(__w(");
		single(em, e->a);
		text(em, ")or(");
		emit_expr(em, e->b);
		text(em, "))");
		return;
	}
	if (a->kind == EXPR_BINARY && level(e) && level(a) == level(e))
		emit_expr(em, a);
	else
		operand(em, a);
	if (e->op != OP_AND && e->op != OP_OR)
		at_expr(em, e, TMPL_POS_EXPR);
	text(em, op_text(e->op));
	if (!is_comparison(e->op)) {
		operand(em, e->b);
		return;
	}
	text(em, "(");
	emit_expr(em, e->b);
	at_expr(em, e, TMPL_POS_EXPR);
	text(em, ")");
}

static void emit_table(struct tmpl_emitter *em, const struct tmpl_expr *e)
{
	text(em, "{");
	for (size_t i = 0; i < e->n_args; i++) {
		const struct tmpl_arg *arg = &e->args[i];

		if (arg->name.len && tmpl_lex_is_reserved(arg->name)) {
			text(em, "[");
			quoted(em, arg->name);
			text(em, "]=");
		} else if (arg->name.len) {
			buf_add(&em->code, arg->name);
			text(em, "=");
		} else if (arg->key) {
			text(em, "[ ");
			emit_expr(em, arg->key);
			text(em, "]=");
		}
		single(em, arg->value);
		text(em, ",");
	}
	text(em, "}");
}

static void emit_loop_field(struct tmpl_emitter *em, const struct tmpl_expr *e)
{
	struct str f = e->text;
	unsigned d = e->depth;

	if (str_eq(f, STR("index")))
		buf_add_format(&em->code, "__i%u", d);
	else if (str_eq(f, STR("index0")))
		buf_add_format(&em->code, "(__i%u-1)", d);
	else if (str_eq(f, STR("first")))
		buf_add_format(&em->code, "(__i%u==1)", d);
	else if (str_eq(f, STR("last")))
		buf_add_format(&em->code, "(__i%u==__n%u)", d, d);
	else
		buf_add_format(&em->code, "__n%u", d);
}

static void emit_expr(struct tmpl_emitter *em, const struct tmpl_expr *e)
{
	switch (e->kind) {
	case EXPR_NIL:
		text(em, "nil");
		break;
	case EXPR_TRUE:
		text(em, "true");
		break;
	case EXPR_FALSE:
		text(em, "false");
		break;
	case EXPR_NUMBER:
		buf_add(&em->code, e->text);
		text(em, " ");
		break;
	case EXPR_STRING:
		quoted(em, e->text);
		break;
	case EXPR_NAME:
		emit_name(em, e);
		break;
	case EXPR_INDEX:
		emit_index(em, e);
		break;
	case EXPR_CALL:
		emit_call(em, e);
		break;
	case EXPR_METHOD:
		emit_method(em, e);
		break;
	case EXPR_FILTER:
		emit_filter(em, e);
		break;
	case EXPR_BINARY:
		emit_binary(em, e);
		break;
	case EXPR_UNARY:
		at_expr(em, e, TMPL_POS_EXPR);
		text(em, op_text(e->op));
		operand(em, e->a);
		break;
	case EXPR_TABLE:
		emit_table(em, e);
		break;
	case EXPR_LOOP:
		emit_loop_field(em, e);
		break;
	case EXPR_GIVEN:
	case EXPR_BAD:
		assert(!"a template with errors is not emitted");
	}
}

static void emit_given(struct tmpl_emitter *em, const struct tmpl_given *g)
{
	switch (g->kind) {
	case GIVEN_NAMES:
		text(em, g->is_component ? "__E" : "__V");
		break;
	case GIVEN_LOCAL:
		buf_add(&em->code, g->name);
		break;
	case GIVEN_LOOP_NUMBER:
		buf_add_format(&em->code, "__i%u", g->depth);
		break;
	case GIVEN_LOOP_LENGTH:
		buf_add_format(&em->code, "__n%u", g->depth);
		break;
	case GIVEN_VALUE:
		tmpl_emit_at(em, g->value->off, g->value->len, TMPL_POS_EXPR);
		single(em, g->value);
	}
}

/* Writes the call for what was planned: the nodes from `first` up to `end`. */
static void emit_plan(struct tmpl_emitter *em, struct tmpl_planner *p, const struct tmpl_node *first,
		      const struct tmpl_node *end)
{
	p->plan.first = first;
	p->plan.end = end;
	vec_push(em->arena, &em->plans, p->plan);
	buf_add_format(&em->code, "__o(%zu", em->plans.len - 1);
	for (size_t i = 0; i < p->plan.n_given; i++) {
		text(em, ",");
		emit_given(em, &p->given[i]);
	}
	text(em, ");");
}

/* A hole that no plan can have: a call that writes, with arguments that need Lua. */
static void emit_hole(struct tmpl_emitter *em, const struct tmpl_node *node)
{
	const struct tmpl_expr *e = node->expr;

	assert(is_writing(e));
	at_expr(em, e, e->resolved == CALL_SUPER ? TMPL_POS_SUPER : TMPL_POS_COMPONENT);
	emit_target(em, e);
	text(em, e->resolved == CALL_SUPER ? "(__B,__V" : "(");
	emit_slots(em, e, false);
	text(em, ";");
}

static void emit_locals(struct tmpl_emitter *em, const struct tmpl_scope *scope)
{
	if (scope->names.len == scope->n_fixed || (scope->is_top && em->t->has_top_sets))
		return;
	text(em, "local ");
	for (size_t i = scope->n_fixed; i < scope->names.len; i++) {
		text(em, i > scope->n_fixed ? "," : "");
		buf_add(&em->code, scope->names.ptr[i]);
	}
	text(em, ";");
}

static void emit_if(struct tmpl_emitter *em, const struct tmpl_node *node, bool is_shell)
{
	text(em, "if ");
	for (;;) {
		struct tmpl_node *rest = node->orelse;

		emit_expr(em, node->expr);
		text(em, " then ");
		emit_nodes(em, node->body, is_shell);
		if (!rest)
			break;
		if (rest->kind == NODE_IF && !rest->next) {
			text(em, " elseif ");
			node = rest;
			continue;
		}
		text(em, " else ");
		emit_nodes(em, rest, is_shell);
		break;
	}
	text(em, " end;");
}

static void emit_for(struct tmpl_emitter *em, const struct tmpl_node *node, bool is_shell)
{
	unsigned d = node->depth;

	tmpl_emit_at(em, node->expr->off, node->expr->len, TMPL_POS_EXPR);
	if (node->text2.len)
		buf_add_format(&em->code, "do local __k%u,__l%u,__n%u=__m(", d, d, d);
	else
		buf_add_format(&em->code, "do local __l%u,__n%u=__l(", d, d);
	single(em, node->expr);
	text(em, ")");
	if (node->orelse) {
		buf_add_format(&em->code, "if __n%u==0 then ", d);
		emit_nodes(em, node->orelse, is_shell);
		text(em, " else ");
	}
	tmpl_emit_at(em, node->expr->off, node->expr->len, TMPL_POS_EXPR);
	buf_add_format(&em->code, " for __i%u=1,__n%u do local ", d, d);
	buf_add(&em->code, node->text);
	if (node->text2.len) {
		text(em, ",");
		buf_add(&em->code, node->text2);
		buf_add_format(&em->code, "=__k%u[__i%u],__l%u[__i%u];", d, d, d, d);
	} else {
		buf_add_format(&em->code, "=__l%u[__i%u];", d, d);
	}
	emit_locals(em, node->scope);
	emit_nodes(em, node->body, is_shell);
	text(em, node->orelse ? " end end end;" : " end end;");
}

static void emit_set(struct tmpl_emitter *em, const struct tmpl_node *node)
{
	if (node->body) {
		text(em, "__b();");
		emit_nodes(em, node->body, false);
	}
	if (node->is_top && em->t->has_top_sets)
		text(em, "__V.");
	buf_add(&em->code, node->text);
	text(em, "=");
	if (node->body)
		text(em, em->t->is_html ? "__x(true)" : "__x(false)");
	else
		single(em, node->expr);
	text(em, ";");
}

static void emit_include(struct tmpl_emitter *em, const struct tmpl_node *node)
{
	tmpl_emit_at(em, node->off, node->len, TMPL_POS_INCLUDE);
	buf_add_format(&em->code, "__I[%u](", node->target);
	if (node->expr && node->expr->n_args) {
		text(em, "__W(");
		emit_table(em, node->expr);
		text(em, ")");
	} else {
		text(em, "__E");
	}
	text(em, ");");
}

static unsigned weight_of(const struct tmpl_node *node)
{
	if (node->kind == NODE_TEXT)
		return 0;
	return node->kind == NODE_HOLE && node->expr->kind == EXPR_INDEX ? 1 : 2;
}

/* Numbers the stretches whose text is kept after the first render, which is cheaper than all but the field of a constant. */
static void number_kept(struct tmpl *t, struct tmpl_node *node)
{
	while (node) {
		struct tmpl_node *first = node;
		unsigned weight = 0;

		for (; node && node->is_steady; node = node->next)
			weight += weight_of(node);
		if (weight > 1) {
			first->kept = ++t->n_kept;
			first->kept_end = node;
		}
		if (!node)
			return;
		number_kept(t, node->body);
		number_kept(t, node->orelse);
		node = node->next;
	}
}

static void emit_node(struct tmpl_emitter *em, const struct tmpl_node *node, bool is_shell)
{
	switch (node->kind) {
	case NODE_TEXT:
		break;
	case NODE_HOLE:
		if (!is_shell)
			emit_hole(em, node);
		break;
	case NODE_IF:
		emit_if(em, node, is_shell);
		break;
	case NODE_FOR:
		emit_for(em, node, is_shell);
		break;
	case NODE_SET:
		emit_set(em, node);
		break;
	case NODE_INCLUDE:
		emit_include(em, node);
		break;
	case NODE_BLOCK:
		if (is_shell)
			break;
		tmpl_emit_at(em, node->off, node->len, TMPL_POS_BLOCK);
		text(em, "__B[");
		quoted(em, node->block->name);
		text(em, "](__B,__V);");
	}
}

/* Plans the nodes as far as that goes; gives the first that is not in it. */
static struct tmpl_node *plan_from(struct tmpl_planner *p, struct tmpl_node *node)
{
	while (node && tmpl_plan_add(p, node, &node))
		;
	return node;
}

/* `is_shell`: outside of blocks in a template with a parent, where only what sets names has an effect. */
static void emit_nodes(struct tmpl_emitter *em, struct tmpl_node *node, bool is_shell)
{
	struct tmpl_planner p;

	while (node) {
		struct tmpl_node *end = node;

		if (!is_shell) {
			tmpl_plan_begin(&p, em, NULL);
			end = plan_from(&p, node);
		}
		if (end != node) {
			emit_plan(em, &p, node, end);
			node = end;
		} else if (node->kept) {
			node->kept = 0;
		} else {
			emit_node(em, node, is_shell);
			node = node->next;
		}
	}
}

/* As a plan of the whole, where that is possible. */
static bool plan_body(struct tmpl_emitter *em, struct tmpl_planner *p, const struct tmpl_scope *scope,
		      const struct tmpl_component *c, struct tmpl_node *body)
{
	return tmpl_plan_begin(p, em, scope) && (!c || tmpl_plan_params(p, c)) && !plan_from(p, body);
}

static void emit_body(struct tmpl_emitter *em, const struct tmpl_scope *scope, struct tmpl_node *body, bool is_shell)
{
	struct tmpl_planner p;

	number_kept(em->t, body);
	if (!is_shell && !(scope->is_top && em->t->has_top_sets) && plan_body(em, &p, scope, NULL, body)) {
		emit_plan(em, &p, body, NULL);
		if (scope->is_top && !em->t->parent)
			em->t->body_plan = (uint32_t)em->plans.len;
		return;
	}
	emit_locals(em, scope);
	emit_nodes(em, body, is_shell);
}

static void emit_params(struct tmpl_emitter *em, const struct tmpl_component *c, bool has_before)
{
	for (size_t i = 0; i < c->n_params; i++) {
		text(em, i || has_before ? "," : "");
		buf_add(&em->code, c->params[i].name);
	}
	text(em, ")");
}

static void emit_component(struct tmpl_emitter *em, struct tmpl_component *c)
{
	struct tmpl_planner p;

	number_kept(em->t, c->body);
	c->pos = tmpl_emit_at(em, c->off, c->len, TMPL_POS_COMPONENT);
	buf_add_format(&em->code, "function __r.c%u(", c->index + 1);
	emit_params(em, c, false);
	if (plan_body(em, &p, c->scope, c, c->body)) {
		p.plan.first = c->body;
		vec_push(em->arena, &em->plans, p.plan);
		c->plan = (uint32_t)em->plans.len;
		buf_add_format(&em->code, "__p(%u", c->index);
		emit_params(em, c, true);
		text(em, " end ");
		return;
	}
	/* Also without anything to check: each call counts against the budget there. */
	tmpl_emit_at(em, c->off, c->len, TMPL_POS_COMPONENT);
	buf_add_format(&em->code, "__t(%u", c->index);
	emit_params(em, c, true);
	text(em, ";");
	for (size_t i = 0; i < c->n_params; i++) {
		if (!c->params[i].fallback)
			continue;
		text(em, "if ");
		buf_add(&em->code, c->params[i].name);
		text(em, "==nil then ");
		buf_add(&em->code, c->params[i].name);
		text(em, "=");
		single(em, c->params[i].fallback);
		text(em, " end;");
	}
	emit_locals(em, c->scope);
	emit_nodes(em, c->body, false);
	text(em, " end ");
}

static bool sets_names(const struct tmpl *t)
{
	for (; t; t = t->parent)
		if (t->has_top_sets)
			return true;
	return false;
}

void tmpl_emit(struct arena *a, struct tmpl *t, struct map *names)
{
	struct tmpl_emitter em = { .arena = a, .t = t, .names = names };

	assert(!t->has_failed);
	buf_init(&em.code, 0);
	vec_add(a, &em.positions); /* lines count from 1 */
	vec_add(a, &em.positions);
	text(&em, "local __E,__F,__o,__I,__C,__S,__q,__w,__u,__l,__m,__W,__t,__k,__b,__x,__n,__p=... local __r={} "
		  "function __r.body(__B,__V)");
	buf_add_char(&em.code, ' ');
	emit_body(&em, t->ast->scope, t->ast->body, t->parent != NULL);
	if (t->parent) {
		tmpl_emit_at(&em, t->parent_off, t->parent_len, TMPL_POS_EXTENDS);
		text(&em, "__S[0](__B,__V)");
	}
	text(&em, " end ");
	/* A tail call, which leaves no frame in traces. */
	text(&em, sets_names(t) ? "function __r.entry(__V)return __r.body(__r.B,__n(__V))end "
				: "function __r.entry(__V)return __r.body(__r.B,__V)end ");
	for (size_t i = 0; i < t->n_blocks; i++) {
		buf_add_format(&em.code, "function __r.b%zu(__B,__V) ", i + 1);
		emit_body(&em, t->blocks[i]->scope, t->blocks[i]->body, false);
		text(&em, " end ");
	}
	for (size_t i = 0; i < t->n_components; i++)
		emit_component(&em, t->components[i]);
	text(&em, "return __r");
	t->lua = buf_copy(&em.code, a);
	buf_release(&em.code);
	t->positions = em.positions.ptr;
	t->n_positions = em.positions.len;
	t->plans = em.plans.ptr;
	t->n_plans = em.plans.len;
}
