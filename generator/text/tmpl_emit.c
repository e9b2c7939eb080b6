#include <assert.h>

#include "text/tmpl_ast.h"

/*
 * Lua text from a checked tree. What the chunk is given and what it gives back:
 *
 *	__E names that every template sees   __F filters             __o writes a run of text and holes
 *	__I entries of included templates    __C components          __S what super() means, by block; 0: the parent's body
 *	__q a field that may be absent       __w/__u false kept apart from nil, for ??
 *	__l a list and its length            __m the same with keys  __W a table of arguments over __E
 *	__t checks arguments' types          __k the text that a call writes; __b and __x the same for a stretch
 *	__n a place for names set at the top level, over __E
 *	__s begins a stretch that is the same in every render: whether it must be written; __e ends it
 *
 * It returns a table with `entry`, `body`, the blocks `b1`…, the components `c1`…, and room for `B`, the
 * blocks in force when it is rendered itself. A function for text outside of
 * components has __B, the blocks in force, and __V, where its free names are looked up.
 *
 * Lua gives an instruction the line of its last token, an operator its own line, and a call, by version, the line
 * where its expression begins or that of its parenthesis: hence the line breaks before each, and twice for calls.
 */
#define RUN_HOLES 25

struct emitter {
	struct arena *arena;
	struct tmpl *t;
	struct map *names;
	struct buf code;
	VEC(struct tmpl_pos) positions;
	VEC(struct tmpl_piece) pieces;
	VEC(struct tmpl_run) runs;
	struct tmpl_expr *holes[RUN_HOLES];         /* of the run that is being collected */
	const struct tmpl_expr *filters[RUN_HOLES]; /* that the holes apply themselves; NULL: none */
	struct tmpl_path *paths[RUN_HOLES];         /* that the holes read themselves; NULL: none */
	size_t n_holes, first_piece;
	struct str literal; /* text since the last hole */
	bool is_kept;       /* inside a stretch that is kept */
};

static void emit_expr(struct emitter *em, const struct tmpl_expr *e);
static void emit_nodes(struct emitter *em, const struct tmpl_node *node, bool is_shell);

/* Begins a Lua line that stands for a stretch of the template. */
static void at(struct emitter *em, uint32_t off, uint32_t len, enum tmpl_pos_kind kind)
{
	struct tmpl_pos pos = { off, len, kind };

	buf_add_char(&em->code, '\n');
	vec_push(em->arena, &em->positions, pos);
}

static void at_expr(struct emitter *em, const struct tmpl_expr *e, enum tmpl_pos_kind kind)
{
	at(em, e->at, e->at_len, kind);
}

static void text(struct emitter *em, const char *z)
{
	buf_add_z(&em->code, z);
}

static void quoted(struct emitter *em, struct str s)
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

static void field(struct emitter *em, struct str name)
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

static void in_parens(struct emitter *em, const struct tmpl_expr *e)
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

static void operand(struct emitter *em, const struct tmpl_expr *e)
{
	if ((e->kind == EXPR_BINARY && e->op != OP_COALESCE) || e->kind == EXPR_UNARY)
		in_parens(em, e);
	else
		emit_expr(em, e);
}

/* What may stand before '.', '[', ':' and '('. */
static void prefix(struct emitter *em, const struct tmpl_expr *e)
{
	if (e->kind == EXPR_NAME || e->kind == EXPR_INDEX || is_call_form(e))
		emit_expr(em, e);
	else
		in_parens(em, e);
}

/* As an argument or item: one value, however many the call returns. */
static void single(struct emitter *em, const struct tmpl_expr *e)
{
	if (!e)
		text(em, "nil");
	else if (e->kind == EXPR_CALL || e->kind == EXPR_METHOD)
		in_parens(em, e);
	else
		emit_expr(em, e);
}

static void emit_slots(struct emitter *em, const struct tmpl_expr *e, bool has_before)
{
	for (size_t i = 0; i < e->n_slots; i++) {
		if (i > 0 || has_before)
			text(em, ",");
		single(em, e->slots[i]);
	}
	text(em, ")");
}

static bool is_lookup(const struct emitter *em, const struct tmpl_expr *e)
{
	return e->resolved == NAME_FREE || (e->resolved == NAME_TOP && em->t->has_top_sets);
}

static void emit_name(struct emitter *em, const struct tmpl_expr *e)
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

static void emit_index(struct emitter *em, const struct tmpl_expr *e)
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
static void emit_target(struct emitter *em, const struct tmpl_expr *e)
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

static void emit_call(struct emitter *em, const struct tmpl_expr *e)
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
	if (e->a->kind == EXPR_NAME) {
		emit_name(em, e->a);
	} else {
		at_expr(em, e, TMPL_POS_EXPR);
		in_parens(em, e->a);
	}
	at_expr(em, e, TMPL_POS_EXPR);
	text(em, "(");
	emit_slots(em, e, false);
}

static void emit_method(struct emitter *em, const struct tmpl_expr *e)
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

static void emit_filter(struct emitter *em, const struct tmpl_expr *e)
{
	at_expr(em, e, TMPL_POS_EXPR);
	text(em, "__F.");
	buf_add(&em->code, e->text);
	text(em, "(");
	single(em, e->a);
	emit_slots(em, e, true);
}

static void emit_binary(struct emitter *em, const struct tmpl_expr *e)
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

static void emit_table(struct emitter *em, const struct tmpl_expr *e)
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

static void emit_loop_field(struct emitter *em, const struct tmpl_expr *e)
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

static void emit_expr(struct emitter *em, const struct tmpl_expr *e)
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
	case EXPR_BAD:
		assert(!"a template with errors is not emitted");
	}
}

static void add_literal(struct emitter *em, struct str s)
{
	if (!em->literal.len) {
		em->literal = s;
	} else if (s.len && em->literal.ptr + em->literal.len == s.ptr) {
		em->literal.len += s.len;
	} else if (s.len) {
		struct str both[] = { em->literal, s };

		em->literal = str_join(em->arena, both, 2, STR_NONE);
	}
}

static struct tmpl_piece *add_piece(struct emitter *em, uint32_t escape)
{
	struct tmpl_piece *piece = vec_add(em->arena, &em->pieces);

	piece->literal = em->literal;
	piece->escape = escape;
	em->literal = STR_NONE;
	return piece;
}

/* Whether a hole can read this field itself. */
static bool is_field(const struct tmpl_expr *e)
{
	return e->kind == EXPR_INDEX && !e->is_soft && !e->b;
}

/* The value that the fields are read off, and then their places, each in a line of its own. */
static void emit_fields(struct emitter *em, const struct tmpl_expr *e, struct tmpl_path *path)
{
	const struct tmpl_expr *base = e;
	struct str *names;

	for (; is_field(base); base = base->a)
		path->n++;
	path->names = names = arena_array(em->arena, struct str, path->n);
	if (base->kind == EXPR_NAME) {
		path->base = base->text;
		path->is_local = !is_lookup(em, base);
	}
	single(em, base);
	path->pos = (uint32_t)em->positions.len;
	for (size_t i = 0; i < path->n; i++) {
		const struct tmpl_expr *field = e;

		for (size_t up = path->n - 1 - i; up; up--)
			field = field->a;
		names[i] = map_at(em->arena, em->names, field->text, NULL)->key;
		at_expr(em, field, TMPL_POS_EXPR);
	}
}

/* Writes the call for what was collected. */
static void flush(struct emitter *em)
{
	struct tmpl_run *run;

	if (!em->n_holes && !em->literal.len)
		return;
	add_piece(em, TMPL_ESCAPE_NONE);
	run = vec_add(em->arena, &em->runs);
	run->first = (uint32_t)em->first_piece;
	run->holes = (uint32_t)em->n_holes;
	if (em->n_holes)
		at(em, em->holes[0]->off, em->holes[0]->len, TMPL_POS_EXPR);
	buf_add_format(&em->code, "__o(%zu", em->runs.len - 1);
	for (size_t i = 0; i < em->n_holes; i++) {
		text(em, ",");
		if (em->filters[i]) {
			em->pieces.ptr[em->first_piece + i].filter = (uint32_t)em->positions.len;
			at_expr(em, em->filters[i], TMPL_POS_EXPR);
		}
		em->pieces.ptr[em->first_piece + i].pos = (uint32_t)em->positions.len;
		/* The line that the value begins on, for messages about the value itself. */
		at(em, em->holes[i]->off, em->holes[i]->len, TMPL_POS_EXPR);
		if (em->paths[i])
			emit_fields(em, em->holes[i], em->paths[i]);
		else
			single(em, em->holes[i]);
	}
	text(em, ");");
	em->n_holes = 0;
	em->first_piece = em->pieces.len;
}

/* The number of a filter that the hole can apply itself; 0: it is none. */
static uint32_t writer_of(const struct emitter *em, const struct tmpl_expr *e, uint32_t escape)
{
	const struct tmpl_env *env = em->t->ast->env;
	bool fits = escape == TMPL_ESCAPE_HTML || escape == TMPL_ESCAPE_URL || escape == TMPL_ESCAPE_ATTR ||
		    escape == TMPL_ESCAPE_JSON;

	for (size_t i = 0; fits && e->kind == EXPR_FILTER && !e->n_args && i < env->n_writers; i++)
		if (str_eq(e->text, env->writers[i]))
			return (uint32_t)i + 1;
	return 0;
}

static void emit_hole(struct emitter *em, const struct tmpl_node *node)
{
	struct tmpl_expr *e = node->expr;
	uint32_t escape = node->escape;
	const struct tmpl_expr *filter = NULL;
	struct tmpl_piece *piece;

	/* Elsewhere than between tags the text of a component is a value, to be escaped. */
	if (is_writing(e) && escape <= TMPL_ESCAPE_NONE) {
		flush(em);
		at_expr(em, e, e->resolved == CALL_SUPER ? TMPL_POS_SUPER : TMPL_POS_COMPONENT);
		emit_target(em, e);
		text(em, e->resolved == CALL_SUPER ? "(__B,__V" : "(");
		emit_slots(em, e, false);
		text(em, ";");
		return;
	}
	if (escape == TMPL_ESCAPE_HTML && e->kind == EXPR_FILTER && !e->n_args && str_eq(e->text, STR("safe"))) {
		e = e->a;
		escape = TMPL_ESCAPE_NONE;
	}
	if (em->n_holes == RUN_HOLES)
		flush(em);
	if ((escape == TMPL_ESCAPE_JSON || escape == TMPL_ESCAPE_JSON_ATTR) && e->kind == EXPR_FILTER && !e->n_args &&
	    str_eq(e->text, STR("json"))) {
		filter = e;
		e = e->a;
	}
	piece = add_piece(em, escape);
	piece->is_json = filter != NULL;
	piece->writer = writer_of(em, e, escape);
	if (piece->writer) {
		filter = e;
		e = e->a;
	}
	em->paths[em->n_holes] = is_field(e) ? arena_new(em->arena, struct tmpl_path) : NULL;
	piece->path = em->paths[em->n_holes];
	em->filters[em->n_holes] = filter;
	em->holes[em->n_holes++] = e;
}

static void emit_locals(struct emitter *em, const struct tmpl_scope *scope)
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

static void emit_if(struct emitter *em, const struct tmpl_node *node, bool is_shell)
{
	text(em, "if ");
	for (;;) {
		const struct tmpl_node *rest = node->orelse;

		emit_expr(em, node->expr);
		text(em, " then ");
		emit_nodes(em, node->body, is_shell);
		flush(em);
		if (!rest)
			break;
		if (rest->kind == NODE_IF && !rest->next) {
			text(em, " elseif ");
			node = rest;
			continue;
		}
		text(em, " else ");
		emit_nodes(em, rest, is_shell);
		flush(em);
		break;
	}
	text(em, " end;");
}

static void emit_for(struct emitter *em, const struct tmpl_node *node, bool is_shell)
{
	unsigned d = node->depth;

	at(em, node->expr->off, node->expr->len, TMPL_POS_EXPR);
	if (node->text2.len)
		buf_add_format(&em->code, "do local __k%u,__l%u,__n%u=__m(", d, d, d);
	else
		buf_add_format(&em->code, "do local __l%u,__n%u=__l(", d, d);
	single(em, node->expr);
	text(em, ")");
	if (node->orelse) {
		buf_add_format(&em->code, "if __n%u==0 then ", d);
		emit_nodes(em, node->orelse, is_shell);
		flush(em);
		text(em, " else ");
	}
	at(em, node->expr->off, node->expr->len, TMPL_POS_EXPR);
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
	flush(em);
	text(em, node->orelse ? " end end end;" : " end end;");
}

static void emit_set(struct emitter *em, const struct tmpl_node *node)
{
	if (node->body) {
		text(em, "__b();");
		emit_nodes(em, node->body, false);
		flush(em);
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

static void emit_include(struct emitter *em, const struct tmpl_node *node)
{
	at(em, node->off, node->len, TMPL_POS_INCLUDE);
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
	return node->kind == NODE_TEXT ? 0 : node->kind == NODE_HOLE ? 1 : 2;
}

/*
 * Whether a stretch of nodes from here on is kept after the first render, being cheaper then: several holes, or one
 * that needs a call of its own anyway. Gives the node behind it.
 */
static bool is_kept_from(const struct emitter *em, const struct tmpl_node *from, const struct tmpl_node **end)
{
	const struct tmpl_node *node = from;
	unsigned weight = 0;

	for (; node && node->is_steady; node = node->next)
		weight += weight_of(node);
	*end = node;
	return weight > 1 || (weight == 1 && !em->n_holes && !(node && node->kind == NODE_HOLE));
}

static void emit_node(struct emitter *em, const struct tmpl_node *node, bool is_shell)
{
	if (node->kind == NODE_TEXT || node->kind == NODE_HOLE) {
		if (is_shell)
			return;
		if (node->kind == NODE_TEXT)
			add_literal(em, node->text);
		else
			emit_hole(em, node);
		return;
	}
	if (node->kind != NODE_BLOCK || !is_shell)
		flush(em);
	switch (node->kind) {
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
	default:
		if (is_shell)
			break;
		at(em, node->off, node->len, TMPL_POS_BLOCK);
		text(em, "__B[");
		quoted(em, node->block->name);
		text(em, "](__B,__V);");
	}
}

static void emit_kept(struct emitter *em, const struct tmpl_node *node, const struct tmpl_node *end)
{
	const struct tmpl_node *first = node;
	uint32_t n = em->t->n_kept++;

	while (first->kind == NODE_TEXT)
		first = first->next;
	flush(em);
	at(em, first->off, first->len, TMPL_POS_EXPR);
	buf_add_format(&em->code, "if __s(%u)then ", n);
	em->is_kept = true;
	for (; node != end; node = node->next)
		emit_node(em, node, false);
	flush(em);
	em->is_kept = false;
	at(em, first->off, first->len, TMPL_POS_EXPR);
	buf_add_format(&em->code, "__e(%u)end;", n);
}

/* `is_shell`: outside of blocks in a template with a parent, where only what sets names has an effect. */
static void emit_nodes(struct emitter *em, const struct tmpl_node *node, bool is_shell)
{
	const struct tmpl_node *end;

	while (node) {
		if (!is_shell && !em->is_kept && is_kept_from(em, node, &end)) {
			emit_kept(em, node, end);
			node = end;
		} else {
			emit_node(em, node, is_shell);
			node = node->next;
		}
	}
}

static void emit_body(struct emitter *em, const struct tmpl_scope *scope, const struct tmpl_node *body, bool is_shell)
{
	emit_locals(em, scope);
	emit_nodes(em, body, is_shell);
	flush(em);
}

static void emit_component(struct emitter *em, const struct tmpl_component *c)
{
	buf_add_format(&em->code, "function __r.c%u(", c->index + 1);
	for (size_t i = 0; i < c->n_params; i++) {
		text(em, i ? "," : "");
		buf_add(&em->code, c->params[i].name);
	}
	text(em, ")");
	/* Also without anything to check: each call counts against the budget there. */
	at(em, c->off, c->len, TMPL_POS_COMPONENT);
	buf_add_format(&em->code, "__t(%u", c->index);
	for (size_t i = 0; i < c->n_params; i++) {
		text(em, ",");
		buf_add(&em->code, c->params[i].name);
	}
	text(em, ");");
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
	emit_body(em, c->scope, c->body, false);
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
	struct emitter em = { .arena = a, .t = t, .names = names };

	assert(!t->has_failed);
	buf_init(&em.code, 0);
	vec_add(a, &em.positions); /* lines count from 1 */
	vec_add(a, &em.positions);
	text(&em, "local __E,__F,__o,__I,__C,__S,__q,__w,__u,__l,__m,__W,__t,__k,__b,__x,__n,__s,__e=... local __r={} "
		  "function __r.body(__B,__V)");
	buf_add_char(&em.code, ' ');
	emit_body(&em, t->ast->scope, t->ast->body, t->parent != NULL);
	if (t->parent) {
		at(&em, t->parent_off, t->parent_len, TMPL_POS_EXTENDS);
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
	t->pieces = em.pieces.ptr;
	t->n_pieces = em.pieces.len;
	t->runs = em.runs.ptr;
	t->n_runs = em.runs.len;
}
