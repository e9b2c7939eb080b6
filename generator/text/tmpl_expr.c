#include <string.h>

#include "text/tmpl_ast.h"

/*
 * Precedence climbing over Lua's operators (reference manual, section 3.4.8) without those on bits; `??` stands
 * between `..` and the comparisons, and a filter binds as tightly as an index, as in Jinja.
 */
#define PREC_UNARY 12

static struct tmpl_expr *parse_binary(struct tmpl_parser *p, int limit);
static struct tmpl_expr *parse_inner(struct tmpl_parser *p); /* a whole expression inside of another */

static const struct {
	int op;
	int left, right; /* right-associative where left > right */
} operators[] = {
	{ OP_OR, 1, 1 }, { OP_AND, 2, 2 }, { OP_EQ, 3, 3 },       { OP_NE, 3, 3 },     { '<', 3, 3 },   { '>', 3, 3 },
	{ OP_LE, 3, 3 }, { OP_GE, 3, 3 },  { OP_COALESCE, 5, 4 }, { OP_CONCAT, 9, 8 }, { '+', 10, 10 }, { '-', 10, 10 },
	{ '*', 11, 11 }, { '/', 11, 11 },  { '%', 11, 11 },       { OP_IDIV, 11, 11 }, { '^', 14, 13 },
};

/* More operands pending at once than this would not fit into Lua's registers. */
#define MAX_PENDING 100
#define MAX_ARGS 50
#define MAX_ITEMS 2000

bool tmpl_expr_is_word(const struct tmpl_parser *p, const char *word)
{
	return (p->tok.kind == TOKEN_NAME || p->tok.kind == TOKEN_KEYWORD) && str_eq(p->tok.text, str_from(word));
}

bool tmpl_expr_accept(struct tmpl_parser *p, int op)
{
	if (p->tok.kind != TOKEN_OP || p->tok.op != op)
		return false;
	tmpl_lex_next(p);
	return true;
}

bool tmpl_expr_expect(struct tmpl_parser *p, int op, const char *what)
{
	if (tmpl_expr_accept(p, op))
		return true;
	tmpl_lex_error(p, p->tok.off, p->tok.len ? p->tok.len : 1, "template/syntax", "expected %s", what);
	return false;
}

uint8_t tmpl_expr_resolve(const struct tmpl_scope *scope, struct str name)
{
	for (const struct tmpl_scope *s = scope; s; s = s->outer)
		for (size_t i = s->names.len; i-- > 0;)
			if (str_eq(s->names.ptr[i], name))
				return s->is_top ? NAME_TOP : NAME_LOCAL;
	return NAME_FREE;
}

static struct tmpl_expr *new_expr(struct tmpl_parser *p, enum tmpl_expr_kind kind, uint32_t off)
{
	struct tmpl_expr *e = arena_new(p->arena, struct tmpl_expr);

	e->kind = kind;
	e->off = e->at = off;
	e->is_in_component = p->in_component;
	return e;
}

/* Ends an expression at the last token read. */
static struct tmpl_expr *finish(struct tmpl_parser *p, struct tmpl_expr *e)
{
	e->len = p->last_end > e->off ? p->last_end - e->off : 0;
	if (!e->at_len) {
		e->at = e->off;
		e->at_len = e->len;
	}
	return e;
}

static struct tmpl_expr *fail(struct tmpl_parser *p, const char *what)
{
	if (p->tok.kind == TOKEN_END)
		tmpl_lex_error(p, p->tok.off, p->tok.len, "template/syntax", "expected %s before the tag ends", what);
	else if (p->tok.kind == TOKEN_KEYWORD)
		tmpl_lex_error(p, p->tok.off, p->tok.len, "template/syntax", "expected %s; '%.*s' is a word of Lua's",
			       what, STR_ARG(p->tok.text));
	else
		tmpl_lex_error(p, p->tok.off, p->tok.len, "template/syntax", "expected %s", what);
	return new_expr(p, EXPR_BAD, p->tok.off);
}

/* An absent name or field on the way to this value gives nil instead of an error. */
static void soften(struct tmpl_expr *e)
{
	for (; e->kind == EXPR_INDEX; e = e->a)
		e->is_soft = true;
	if (e->kind == EXPR_NAME)
		e->is_soft = true;
}

static bool enter(struct tmpl_parser *p)
{
	if (++p->expr_depth <= TMPL_MAX_DEPTH && p->pending <= MAX_PENDING)
		return true;
	tmpl_lex_error(p, p->tok.off, p->tok.len, "template/too-deep", "this expression is nested too deeply");
	return false;
}

static bool is_name_then_equals(const struct tmpl_parser *p)
{
	size_t i = p->at;

	if (p->tok.kind != TOKEN_NAME && p->tok.kind != TOKEN_KEYWORD)
		return false;
	while (i < p->text.len &&
	       (p->text.ptr[i] == ' ' || p->text.ptr[i] == '\t' || p->text.ptr[i] == '\n' || p->text.ptr[i] == '\r'))
		i++;
	return i < p->text.len && p->text.ptr[i] == '=' && (i + 1 >= p->text.len || p->text.ptr[i + 1] != '=');
}

/* One argument or table item. */
static bool parse_arg(struct tmpl_parser *p, struct tmpl_arg *arg, bool in_table)
{
	arg->off = p->tok.off;
	arg->len = p->tok.len;
	if (is_name_then_equals(p)) {
		arg->name = p->tok.text;
		tmpl_lex_next(p);
		tmpl_lex_next(p);
	} else if (in_table && tmpl_expr_accept(p, '[')) {
		arg->key = tmpl_expr_parse(p);
		if (!tmpl_expr_expect(p, ']', "']'") || !tmpl_expr_expect(p, '=', "'='"))
			return false;
	}
	arg->value = tmpl_expr_parse(p);
	if (!arg->name.len)
		arg->len = arg->value->len;
	return !p->has_error;
}

/* Arguments up to `closer`, whose opening was consumed. */
static void parse_args(struct tmpl_parser *p, struct tmpl_expr *e, int closer)
{
	VEC(struct tmpl_arg) args = { 0 };
	bool in_table = closer == '}';
	uint32_t held = 0;

	while (!p->has_error && !(p->tok.kind == TOKEN_OP && p->tok.op == closer)) {
		struct tmpl_arg *arg;

		if (args.len >= (in_table ? MAX_ITEMS : MAX_ARGS)) {
			tmpl_lex_error(p, p->tok.off, p->tok.len, "template/syntax", "these are too many %s",
				       in_table ? "items" : "arguments");
			break;
		}
		arg = vec_add(p->arena, &args);
		if (!parse_arg(p, arg, in_table))
			break;
		/* Lua stores the items of a table away by fifties. */
		if (held < MAX_ARGS) {
			held++;
			p->pending++;
		}
		if (!tmpl_expr_accept(p, ',') && !(in_table && tmpl_expr_accept(p, ';')))
			break;
		if (!in_table && p->tok.kind == TOKEN_OP && p->tok.op == closer)
			fail(p, "another argument");
	}
	p->pending -= held;
	e->args = args.ptr;
	e->n_args = args.len;
	if (!p->has_error)
		tmpl_expr_expect(p, closer, closer == ')' ? "',' or ')'" : "',' or '}'");
}

struct tmpl_expr *tmpl_expr_table(struct tmpl_parser *p)
{
	struct tmpl_expr *e = new_expr(p, EXPR_TABLE, p->tok.off);

	if (tmpl_expr_expect(p, '{', "'{'"))
		parse_args(p, e, '}');
	return finish(p, e);
}

static struct tmpl_expr *parse_name(struct tmpl_parser *p)
{
	struct tmpl_expr *e = new_expr(p, EXPR_NAME, p->tok.off);

	e->text = p->tok.text;
	e->resolved = tmpl_expr_resolve(p->scope, e->text);
	tmpl_lex_next(p);
	finish(p, e);
	if (e->resolved == NAME_FREE)
		vec_push(p->arena, &p->ast->names, e);
	return e;
}

static struct tmpl_expr *parse_primary(struct tmpl_parser *p)
{
	struct tmpl_expr *e;
	enum tmpl_expr_kind kind;

	switch (p->tok.kind) {
	case TOKEN_NAME:
		return parse_name(p);
	case TOKEN_NUMBER:
	case TOKEN_STRING:
		e = new_expr(p, p->tok.kind == TOKEN_NUMBER ? EXPR_NUMBER : EXPR_STRING, p->tok.off);
		e->text = p->tok.text;
		tmpl_lex_next(p);
		return finish(p, e);
	case TOKEN_KEYWORD:
		kind = tmpl_expr_is_word(p, "nil")     ? EXPR_NIL
		       : tmpl_expr_is_word(p, "true")  ? EXPR_TRUE
		       : tmpl_expr_is_word(p, "false") ? EXPR_FALSE
						       : EXPR_BAD;
		if (tmpl_expr_is_word(p, "function")) {
			e = fail(p, "an expression");
			diag_hint(p->dl, "write functions in a '.lua' file beside the templates");
			return e;
		}
		if (kind == EXPR_BAD)
			break;
		e = new_expr(p, kind, p->tok.off);
		tmpl_lex_next(p);
		return finish(p, e);
	case TOKEN_OP:
		if (p->tok.op == '{')
			return tmpl_expr_table(p);
		if (tmpl_expr_accept(p, '(')) {
			e = tmpl_expr_parse(p);
			tmpl_expr_expect(p, ')', "')'");
			return e;
		}
		break;
	default:
		break;
	}
	return fail(p, "an expression");
}

static struct tmpl_expr *suffix(struct tmpl_parser *p, struct tmpl_expr *base, enum tmpl_expr_kind kind)
{
	struct tmpl_expr *e = new_expr(p, kind, base->off);

	e->a = base;
	return e;
}

/* Behind '.' or '?.'. */
static struct tmpl_expr *parse_field(struct tmpl_parser *p, struct tmpl_expr *base, bool is_soft)
{
	struct tmpl_expr *e = suffix(p, base, EXPR_INDEX);

	if (is_soft && tmpl_expr_accept(p, '[')) {
		e->b = tmpl_expr_parse(p);
		tmpl_expr_expect(p, ']', "']'");
	} else if (p->tok.kind == TOKEN_NAME || p->tok.kind == TOKEN_KEYWORD ||
		   (p->tok.kind == TOKEN_OP && p->tok.op >= OP_AND)) {
		e->text = p->tok.text;
		e->at = p->tok.off;
		e->at_len = p->tok.len;
		tmpl_lex_next(p);
	} else {
		fail(p, "the name of a field");
	}
	e->is_chain = is_soft || base->is_chain;
	e->is_soft = e->is_chain;
	/* a?.b speaks of a that may be absent; where a is b.c, b itself must be there. */
	if (is_soft && (base->kind == EXPR_INDEX || base->kind == EXPR_NAME))
		base->is_soft = true;
	return finish(p, e);
}

static struct tmpl_expr *parse_filter(struct tmpl_parser *p, struct tmpl_expr *base)
{
	struct tmpl_expr *e = suffix(p, base, EXPR_FILTER);

	if (p->tok.kind != TOKEN_NAME)
		return fail(p, "the name of a filter");
	e->text = p->tok.text;
	e->at = p->tok.off;
	e->at_len = p->tok.len;
	tmpl_lex_next(p);
	p->pending++;
	if (tmpl_expr_accept(p, '('))
		parse_args(p, e, ')');
	p->pending--;
	if (str_eq(e->text, STR("default")))
		soften(base);
	vec_push(p->arena, &p->ast->filters, e);
	return finish(p, e);
}

static struct tmpl_expr *parse_call(struct tmpl_parser *p, struct tmpl_expr *base)
{
	struct tmpl_expr *e = suffix(p, base, EXPR_CALL);

	p->pending++;
	if (p->tok.kind == TOKEN_OP && p->tok.op == '{') {
		struct tmpl_expr *table = tmpl_expr_table(p);

		e->args = arena_new(p->arena, struct tmpl_arg);
		e->n_args = 1;
		e->args[0] = (struct tmpl_arg){ .value = table, .off = table->off, .len = table->len };
	} else {
		tmpl_lex_next(p);
		parse_args(p, e, ')');
	}
	p->pending--;
	e->block = p->block;
	e->is_chain = base->is_chain;
	vec_push(p->arena, &p->ast->calls, e);
	return finish(p, e);
}

static struct tmpl_expr *parse_method(struct tmpl_parser *p, struct tmpl_expr *base)
{
	struct tmpl_expr *e = suffix(p, base, EXPR_METHOD);

	if (p->tok.kind != TOKEN_NAME)
		return fail(p, "the name of a method");
	e->text = p->tok.text;
	e->at = p->tok.off;
	e->at_len = p->tok.len;
	tmpl_lex_next(p);
	p->pending += 2;
	if (tmpl_expr_expect(p, '(', "'('"))
		parse_args(p, e, ')');
	p->pending -= 2;
	return finish(p, e);
}

static const char *const loop_fields[] = { "index", "index0", "first", "last", "length" };

/* `loop.index` is a Lua local, not a table: nothing is made for it. */
static struct tmpl_expr *parse_loop(struct tmpl_parser *p, struct tmpl_expr *name)
{
	const struct tmpl_scope *s = p->scope;
	struct tmpl_expr *e;

	while (s && !s->is_loop)
		s = s->outer;
	if (name->kind != EXPR_NAME || name->resolved != NAME_FREE || !s || !str_eq(name->text, STR("loop")))
		return name;
	p->ast->names.len--; /* parse_name has just noted it */
	e = new_expr(p, EXPR_LOOP, name->off);
	e->depth = s->loops;
	if (!tmpl_expr_accept(p, '.'))
		return fail(p, "'.' and one of index, index0, first, last, length");
	e->at = p->tok.off;
	e->at_len = p->tok.len;
	e->text = p->tok.text;
	for (size_t i = 0; i < sizeof(loop_fields) / sizeof(loop_fields[0]); i++) {
		if (p->tok.kind == TOKEN_NAME && str_eq(p->tok.text, str_from(loop_fields[i]))) {
			tmpl_lex_next(p);
			return finish(p, e);
		}
	}
	tmpl_lex_error(p, p->tok.off, p->tok.len, "template/undefined-field", "'loop' has no field '%.*s'",
		       STR_ARG(p->tok.text));
	diag_hint(p->dl, "it has index, index0, first, last and length");
	return e;
}

static struct tmpl_expr *parse_index(struct tmpl_parser *p, struct tmpl_expr *base)
{
	struct tmpl_expr *e = suffix(p, base, EXPR_INDEX);

	p->pending++;
	e->b = parse_inner(p);
	p->pending--;
	tmpl_expr_expect(p, ']', "']'");
	e->is_chain = e->is_soft = base->is_chain;
	e->at = e->b->off;
	e->at_len = e->b->len;
	return finish(p, e);
}

/* Indices, calls and filters behind `e`. */
static struct tmpl_expr *parse_suffixes(struct tmpl_parser *p, struct tmpl_expr *e)
{
	uint32_t depth = p->expr_depth;

	while (!p->has_error && p->tok.kind == TOKEN_OP) {
		int op = p->tok.op;

		if (op == '(' || op == '{') {
			e = parse_call(p, e);
		} else if (op == '.' || op == OP_SOFT_DOT || op == '[' || op == ':' || (op == '|' && !p->no_filter)) {
			tmpl_lex_next(p);
			e = op == '['   ? parse_index(p, e)
			    : op == ':' ? parse_method(p, e)
			    : op == '|' ? parse_filter(p, e)
					: parse_field(p, e, op == OP_SOFT_DOT);
		} else {
			break;
		}
		/* A long chain nests in the tree, and calls nest in Lua as well. */
		if (!enter(p))
			break;
	}
	p->expr_depth = depth;
	return e;
}

static struct tmpl_expr *parse_unary(struct tmpl_parser *p)
{
	struct tmpl_expr *e;
	bool is_sign;
	int op = p->tok.kind != TOKEN_OP ? 0
		 : p->tok.op == OP_NOT   ? OP_NOT
		 : p->tok.op == '-'      ? OP_NEGATE
		 : p->tok.op == '#'      ? OP_LENGTH
					 : 0;

	if (!op)
		return parse_suffixes(p, parse_loop(p, parse_primary(p)));
	e = new_expr(p, EXPR_UNARY, p->tok.off);
	e->op = op;
	e->at_len = p->tok.len;
	tmpl_lex_next(p);
	/* -5 | round speaks of minus five, #list | f of the length; but not x | f of x. */
	is_sign = op != OP_NOT;
	p->no_filter += is_sign;
	e->a = parse_binary(p, PREC_UNARY);
	p->no_filter -= is_sign;
	finish(p, e);
	return is_sign && p->tok.kind == TOKEN_OP && p->tok.op == '|' ? parse_suffixes(p, e) : e;
}

static struct tmpl_expr *parse_binary(struct tmpl_parser *p, int limit)
{
	struct tmpl_expr *left, *e;
	size_t chain = 0;

	if (!enter(p)) {
		p->expr_depth--;
		return new_expr(p, EXPR_BAD, p->tok.off);
	}
	left = parse_unary(p);
	for (;;) {
		size_t i = 0, n = sizeof(operators) / sizeof(operators[0]);

		while (i < n && !(p->tok.kind == TOKEN_OP && p->tok.op == operators[i].op))
			i++;
		if (i == n || operators[i].left <= limit || p->has_error)
			break;
		if (++chain > MAX_PENDING) {
			tmpl_lex_error(p, p->tok.off, p->tok.len, "template/too-deep", "this expression is too long");
			break;
		}
		e = new_expr(p, EXPR_BINARY, left->off);
		e->op = p->tok.op;
		e->at = p->tok.off;
		e->at_len = p->tok.len;
		e->a = left;
		tmpl_lex_next(p);
		if (e->op == OP_COALESCE)
			soften(left);
		p->pending++;
		e->b = parse_binary(p, operators[i].right);
		p->pending--;
		left = finish(p, e);
	}
	p->expr_depth--;
	return left;
}

static struct tmpl_expr *parse_inner(struct tmpl_parser *p)
{
	uint32_t before = p->no_filter;
	struct tmpl_expr *e;

	p->no_filter = 0;
	e = parse_binary(p, 0);
	p->no_filter = before;
	return e;
}

struct tmpl_expr *tmpl_expr_parse(struct tmpl_parser *p)
{
	return parse_inner(p);
}
