#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "text/tmpl_ast.h"

/* Lua allows 200 locals in a function and 255 registers; a loop hides five of its own. */
#define MAX_LOCALS 100
#define LOOP_LOCALS 6
#define MAX_BRANCHES 200

struct list { /* nodes of one body, and how it ended */
	struct tmpl_node *first, **tail;
};

struct opened { /* an open tag, for messages about its end */
	const char *word;
	uint32_t off, len;
	bool allows_else;
};

enum ending { ENDED_TEXT, ENDED_END, ENDED_ELSE, ENDED_ELSEIF };

static enum ending parse_body(struct tmpl_parser *p, struct list *list, const struct opened *opened);

struct pos tmpl_position(const struct tmpl *t, uint32_t off)
{
	struct pos at = { 1, 1 };
	size_t start = 0;

	if (off > t->text.len)
		off = (uint32_t)t->text.len;
	for (size_t i = 0; i < off; i++) {
		if (t->text.ptr[i] == '\n') {
			at.line++;
			start = i + 1;
		}
	}
	at.col += (uint32_t)utf8_length(str_cut(t->text, start, off));
	return at;
}

uint32_t tmpl_width(const struct tmpl *t, uint32_t off, uint32_t len)
{
	struct str s = str_cut(t->text, off, (size_t)off + len);
	ptrdiff_t line_end = str_find_byte(s, '\n');
	size_t n = utf8_length(line_end >= 0 ? str_cut(s, 0, (size_t)line_end) : s);

	return n ? (uint32_t)n : 1;
}

void tmpl_report(const struct tmpl *t, struct diag_list *dl, const char *code, uint32_t off, uint32_t len,
		 const char *fmt, ...)
{
	char message[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	diag_add(dl, DIAG_ERROR, code, t->path, tmpl_position(t, off), "%s", message);
	diag_width(dl, tmpl_width(t, off, len));
}

static struct tmpl_node *add_node(struct tmpl_parser *p, struct list *list, enum tmpl_node_kind kind)
{
	struct tmpl_node *node = arena_new(p->arena, struct tmpl_node);

	node->kind = kind;
	node->off = p->tag_off;
	node->len = 2;
	*list->tail = node;
	list->tail = &node->next;
	return node;
}

static void note_local(struct tmpl_parser *p, struct str name)
{
	if (map_put(p->arena, &p->ast->local_index, name, 1))
		vec_push(p->arena, &p->ast->locals, name);
}

static void add_name(struct tmpl_parser *p, struct tmpl_scope *scope, struct str name)
{
	vec_push(p->arena, &scope->names, name);
	note_local(p, name);
}

static struct tmpl_scope *open_scope(struct tmpl_parser *p, bool is_function)
{
	struct tmpl_scope *s = arena_new(p->arena, struct tmpl_scope);

	s->outer = is_function ? NULL : p->scope;
	s->owner = p->t;
	s->loops = s->outer ? s->outer->loops : 0;
	return s;
}

/* The locals of a scope and of the deepest scope within it must fit into one Lua function. */
static void close_scope(struct tmpl_parser *p, struct tmpl_scope *s, uint32_t off)
{
	size_t all = s->names.len + (s->is_loop ? LOOP_LOCALS : 0) + s->deepest;

	if (s->outer && s->outer->deepest < all)
		s->outer->deepest = all;
	if (all <= MAX_LOCALS)
		return;
	p->has_error = false;
	tmpl_lex_error(p, off, 2, "template/syntax", "these are more than %d variables at once", MAX_LOCALS);
	s->deepest = 0;
	s->names.len = 0;
	if (s->outer)
		s->outer->deepest = 0;
}

/* To the tag's end. Anything but its end is an error. */
static void end_of_tag(struct tmpl_parser *p)
{
	if (!p->has_closed && !p->has_error)
		tmpl_lex_error(p, p->tok.off, p->tok.len, "template/syntax", "expected '%s'",
			       p->closer == '}' ? "}}" : "%}");
	tmpl_lex_skip_tag(p);
	p->has_error = false;
}

static bool expect_name(struct tmpl_parser *p, struct str *name, uint32_t *off, uint32_t *len, const char *what)
{
	if (p->tok.kind != TOKEN_NAME) {
		if (p->tok.kind == TOKEN_KEYWORD || (p->tok.kind == TOKEN_OP && p->tok.op >= OP_AND))
			tmpl_lex_error(p, p->tok.off, p->tok.len, "template/syntax",
				       "'%.*s' is a word of Lua's and cannot be %s", STR_ARG(p->tok.text), what);
		else
			tmpl_lex_error(p, p->tok.off, p->tok.len ? p->tok.len : 1, "template/syntax", "expected %s",
				       what);
		return false;
	}
	*name = p->tok.text;
	*off = p->tok.off;
	*len = p->tok.len;
	tmpl_lex_next(p);
	return true;
}

static bool expect_file(struct tmpl_parser *p, struct str *name, uint32_t *off, uint32_t *len)
{
	if (p->tok.kind != TOKEN_STRING || !p->tok.text.len) {
		tmpl_lex_error(p, p->tok.off, p->tok.len ? p->tok.len : 1, "template/syntax",
			       "expected the name of a template in quotes");
		return false;
	}
	*name = p->tok.text;
	*off = p->tok.off;
	*len = p->tok.len;
	tmpl_lex_next(p);
	return true;
}

static struct opened opened_here(const struct tmpl_parser *p, const char *word, bool allows_else)
{
	return (struct opened){ .word = word, .off = p->tag_off, .len = 2, .allows_else = allows_else };
}

static void unclosed(struct tmpl_parser *p, const struct opened *o)
{
	/* The tag itself had no end: that has been said. */
	if (p->is_cut)
		return;
	p->has_error = false;
	tmpl_lex_error(p, o->off, 2, "template/unclosed", "this '{%% %s %%}' has no end", o->word);
	diag_hint(p->dl, "close it with '{%% end %%}' or '{%% end%s %%}'", o->word);
	p->has_error = false;
}

static struct tmpl_node *parse_branch(struct tmpl_parser *p, const struct opened *o, enum ending *ending)
{
	struct list list = { .tail = &list.first };

	*ending = parse_body(p, &list, o);
	return list.first;
}

/* The body of what can have no else; true when it was closed. */
static struct tmpl_node *parse_closed(struct tmpl_parser *p, const struct opened *o)
{
	enum ending ending;
	struct tmpl_node *body = parse_branch(p, o, &ending);

	if (ending == ENDED_TEXT)
		unclosed(p, o);
	return body;
}

/* After the branches before it: what stands in `else`, if the last one ended there. */
static void parse_else(struct tmpl_parser *p, struct opened *o, struct tmpl_node *node, enum ending ending)
{
	if (ending == ENDED_ELSE) {
		o->allows_else = false;
		end_of_tag(p);
		node->orelse = parse_branch(p, o, &ending);
	}
	if (ending == ENDED_TEXT)
		unclosed(p, o);
}

static void parse_if(struct tmpl_parser *p, struct list *list)
{
	struct opened o = opened_here(p, "if", true);
	struct tmpl_node *node = add_node(p, list, NODE_IF);
	enum ending ending = ENDED_ELSEIF;
	size_t branches = 0;

	while (ending == ENDED_ELSEIF) {
		if (++branches > MAX_BRANCHES)
			tmpl_lex_error(p, p->tag_off, 2, "template/too-deep", "this 'if' has more than %d branches",
				       MAX_BRANCHES);
		node->expr = tmpl_expr_parse(p);
		end_of_tag(p);
		node->body = parse_branch(p, &o, &ending);
		if (ending == ENDED_ELSEIF && branches > MAX_BRANCHES)
			break;
		if (ending == ENDED_ELSEIF) {
			struct list rest = { .tail = &node->orelse };

			node = add_node(p, &rest, NODE_IF);
		}
	}
	parse_else(p, &o, node, ending);
}

static void parse_for(struct tmpl_parser *p, struct list *list)
{
	struct opened o = opened_here(p, "for", true);
	struct tmpl_node *node = add_node(p, list, NODE_FOR);
	struct tmpl_scope *outer = p->scope;
	uint32_t off, len;
	enum ending ending;

	if (expect_name(p, &node->text, &off, &len, "the name of a variable") && tmpl_expr_accept(p, ','))
		expect_name(p, &node->text2, &off, &len, "the name of a second variable");
	if (!p->has_error && !tmpl_expr_is_word(p, "in"))
		tmpl_lex_error(p, p->tok.off, p->tok.len, "template/syntax", "expected 'in'");
	tmpl_lex_next(p);
	node->expr = tmpl_expr_parse(p);
	end_of_tag(p);
	node->scope = open_scope(p, false);
	node->scope->is_loop = true;
	node->depth = node->scope->loops = outer->loops + 1;
	if (node->text.len)
		add_name(p, node->scope, node->text);
	if (node->text2.len)
		add_name(p, node->scope, node->text2);
	node->scope->n_fixed = node->scope->names.len;
	p->scope = node->scope;
	node->body = parse_branch(p, &o, &ending);
	p->scope = outer;
	close_scope(p, node->scope, o.off);
	parse_else(p, &o, node, ending);
}

static void parse_set(struct tmpl_parser *p, struct list *list)
{
	struct opened o = opened_here(p, "set", false);
	struct tmpl_node *node = add_node(p, list, NODE_SET);
	struct str name = STR_NONE;
	uint32_t off, len;
	uint8_t resolved;

	if (!expect_name(p, &name, &off, &len, "the name of a variable")) {
		end_of_tag(p);
		return;
	}
	node->text = name;
	if (tmpl_expr_accept(p, '=')) {
		node->expr = tmpl_expr_parse(p);
		end_of_tag(p);
	} else if (p->tok.kind == TOKEN_END) {
		end_of_tag(p);
		node->body = parse_closed(p, &o);
	} else {
		tmpl_expr_expect(p, '=', "'='");
		end_of_tag(p);
	}
	/* Behind its value: {% set x = x or 1 %} reads what was visible before. */
	resolved = tmpl_expr_resolve(p->scope, name);
	if (resolved == NAME_FREE)
		add_name(p, p->scope, name);
	node->is_top = tmpl_expr_resolve(p->scope, name) == NAME_TOP;
	if (node->is_top)
		map_put(p->arena, &p->ast->top, name, 1);
}

static void parse_include(struct tmpl_parser *p, struct list *list)
{
	struct tmpl_node *node = add_node(p, list, NODE_INCLUDE);

	if (expect_file(p, &node->text, &node->off, &node->len)) {
		vec_push(p->arena, &p->ast->includes, node);
		if (tmpl_expr_is_word(p, "with")) {
			tmpl_lex_next(p);
			node->expr = tmpl_expr_table(p);
			for (size_t i = 0; i < node->expr->n_args; i++)
				if (!node->expr->args[i].name.len)
					tmpl_lex_error(p, node->expr->args[i].off, node->expr->args[i].len,
						       "template/syntax", "what is passed to a template needs a name");
		}
	}
	end_of_tag(p);
}

static void parse_block(struct tmpl_parser *p, struct list *list)
{
	struct opened o = opened_here(p, "block", false);
	struct tmpl_node *node = add_node(p, list, NODE_BLOCK);
	struct tmpl_block *block = arena_new(p->arena, struct tmpl_block), *outer_block = p->block;
	struct tmpl_scope *outer = p->scope;

	node->block = block;
	block->owner = p->t;
	block->index = (uint32_t)p->ast->blocks.len;
	block->is_nested = outer_block != NULL;
	if (p->in_component)
		tmpl_lex_error(p, p->tag_off, 2, "template/syntax", "a component cannot hold blocks");
	if (expect_name(p, &block->name, &block->off, &block->len, "the name of a block")) {
		node->off = block->off;
		node->len = block->len;
		node->text = block->name;
		for (size_t i = 0; i < p->ast->blocks.len; i++) {
			struct tmpl_block *other = p->ast->blocks.ptr[i];

			if (!str_eq(other->name, block->name))
				continue;
			tmpl_lex_error(p, block->off, block->len, "template/duplicate-block",
				       "the block '%.*s' is in this template twice", STR_ARG(block->name));
			diag_relate(p->dl, p->t->path, tmpl_position(p->t, other->off), "first one");
			break;
		}
		if (!p->has_error)
			vec_push(p->arena, &p->ast->blocks, block);
	}
	end_of_tag(p);
	p->scope = block->scope = open_scope(p, true);
	p->block = block;
	block->body = parse_closed(p, &o);
	p->block = outer_block;
	p->scope = outer;
	close_scope(p, block->scope, o.off);
}

static void parse_param(struct tmpl_parser *p, struct tmpl_component *c, struct tmpl_param *param)
{
	uint32_t off, len;

	if (!expect_name(p, &param->name, &param->off, &param->len, "the name of a parameter"))
		return;
	for (size_t i = 0; i < c->scope->names.len; i++)
		if (str_eq(c->scope->names.ptr[i], param->name))
			tmpl_lex_error(p, param->off, param->len, "template/syntax",
				       "the parameter '%.*s' is there twice", STR_ARG(param->name));
	if (tmpl_expr_accept(p, ':')) {
		if (p->tok.kind == TOKEN_KEYWORD && str_eq(p->tok.text, STR("function")))
			p->tok.kind = TOKEN_NAME;
		expect_name(p, &param->type, &off, &len, "the name of a type");
		if (p->tok.kind == TOKEN_BAD)
			return;
	}
	if (tmpl_expr_accept(p, '=')) {
		/* A default may speak of the parameters before it. */
		param->fallback = tmpl_expr_parse(p);
	}
	add_name(p, c->scope, param->name);
}

static void parse_component(struct tmpl_parser *p)
{
	struct opened o = opened_here(p, "component", false);
	struct tmpl_component *c = arena_new(p->arena, struct tmpl_component);
	struct tmpl_scope *outer = p->scope;
	struct tmpl_block *outer_block = p->block;
	VEC(struct tmpl_param) params = { 0 };

	if (outer->outer || !outer->is_top || p->depth > 1)
		tmpl_lex_error(p, p->tag_off, 2, "template/syntax", "a component is defined outside of other tags");
	c->owner = p->t;
	c->scope = open_scope(p, true);
	c->scope->is_component = true;
	p->scope = c->scope;
	p->block = NULL;
	p->in_component = true;
	if (expect_name(p, &c->name, &c->off, &c->len, "the name of a component")) {
		if (tmpl_lex_is_reserved(c->name) || str_eq(c->name, STR("super")))
			tmpl_lex_error(p, c->off, c->len, "template/syntax", "a component cannot have this name");
		if (tmpl_expr_accept(p, '(')) {
			while (!p->has_error && !(p->tok.kind == TOKEN_OP && p->tok.op == ')')) {
				parse_param(p, c, vec_add(p->arena, &params));
				if (!tmpl_expr_accept(p, ','))
					break;
			}
			tmpl_expr_expect(p, ')', "',' or ')'");
		}
		if (!p->has_error) {
			c->index = (uint32_t)p->ast->components.len;
			vec_push(p->arena, &p->ast->components, c);
		}
	}
	c->params = params.ptr;
	c->n_params = params.len;
	c->scope->n_fixed = c->scope->names.len;
	end_of_tag(p);
	c->body = parse_closed(p, &o);
	p->in_component = false;
	p->block = outer_block;
	p->scope = outer;
	close_scope(p, c->scope, o.off);
}

static void parse_extends(struct tmpl_parser *p)
{
	struct str name;
	uint32_t off, len;

	if (p->depth > 1 || !p->scope->is_top)
		tmpl_lex_error(p, p->tag_off, 2, "template/syntax", "'extends' belongs at the top of a template");
	else if (p->t->parent_name.len)
		tmpl_lex_error(p, p->tag_off, 2, "template/syntax", "a template extends one other only");
	if (expect_file(p, &name, &off, &len) && !p->has_error) {
		p->t->parent_name = name;
		p->t->parent_off = off;
		p->t->parent_len = len;
	}
	end_of_tag(p);
}

static void add_text(struct tmpl_parser *p, struct list *list, struct str text)
{
	struct tmpl_node *node = add_node(p, list, NODE_TEXT);

	node->text = text;
	node->off = text.len ? (uint32_t)(text.ptr - p->text.ptr) : p->tag_off;
	node->len = (uint32_t)text.len;
}

static void parse_raw(struct tmpl_parser *p, struct list *list)
{
	end_of_tag(p);
	add_text(p, list, tmpl_lex_raw(p));
}

static bool is_known_tag(struct str word)
{
	static const char *const words[] = { "if", "for", "set", "block", "component", "raw" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq(word, str_from(words[i])))
			return true;
	return false;
}

/* True when the tag closes or divides the body that is being read. */
static bool parse_ending(struct tmpl_parser *p, const struct opened *o, enum ending *ending)
{
	struct str word = p->tok.text;
	uint32_t off = p->tok.off, len = p->tok.len;
	bool is_end = str_starts(word, STR("end")) && (word.len == 3 || is_known_tag(str_skip(word, 3)));

	if (str_eq(word, STR("else")) || str_eq(word, STR("elseif")) || str_eq(word, STR("elif"))) {
		*ending = word.len == 4 && word.ptr[2] == 's' ? ENDED_ELSE : ENDED_ELSEIF;
		if (o && o->allows_else && (*ending == ENDED_ELSE || str_eq(str_from(o->word), STR("if")))) {
			tmpl_lex_next(p);
			return true;
		}
		tmpl_lex_error(p, off, len, "template/mismatched-end", "this '%.*s' belongs to no open 'if'%s",
			       STR_ARG(word), *ending == ENDED_ELSE ? " or 'for'" : "");
		return false;
	}
	if (!is_end)
		return false;
	if (!o) {
		tmpl_lex_error(p, off, len, "template/mismatched-end", "nothing is open that '%.*s' could close",
			       STR_ARG(word));
		return false;
	}
	*ending = ENDED_END;
	if (word.len > 3 && !str_eq(str_skip(word, 3), str_from(o->word))) {
		tmpl_lex_error(p, off, len, "template/mismatched-end", "'%.*s' cannot close '%s'", STR_ARG(word),
			       o->word);
		diag_relate(p->dl, p->t->path, tmpl_position(p->t, o->off), "'%s' was opened here", o->word);
	} else {
		tmpl_lex_next(p);
		/* {% endblock name %} as in Jinja. */
		if (str_eq(str_from(o->word), STR("block")) && p->block && p->tok.kind == TOKEN_NAME) {
			if (!str_eq(p->tok.text, p->block->name))
				tmpl_lex_error(p, p->tok.off, p->tok.len, "template/mismatched-end",
					       "the block that ends here is '%.*s'", STR_ARG(p->block->name));
			tmpl_lex_next(p);
		}
	}
	end_of_tag(p);
	return true;
}

static void unknown_tag(struct tmpl_parser *p)
{
	static const struct str words[] = { STR_INIT("if"),      STR_INIT("for"),       STR_INIT("set"),
					    STR_INIT("block"),   STR_INIT("component"), STR_INIT("raw"),
					    STR_INIT("extends"), STR_INIT("include"),   STR_INIT("else"),
					    STR_INIT("elseif"),  STR_INIT("end") };
	bool is_first = !p->has_error;

	if (p->tok.kind == TOKEN_END)
		tmpl_lex_error(p, p->tag_off, 2, "template/syntax", "this tag is empty");
	else
		tmpl_lex_error(p, p->tok.off, p->tok.len, "template/unknown-tag", "there is no tag '%.*s'",
			       STR_ARG(p->tok.text));
	if (is_first && p->tok.kind == TOKEN_NAME)
		diag_suggest(p->dl, p->tok.text, words, sizeof(words) / sizeof(words[0]));
	end_of_tag(p);
}

static const struct {
	const char *word;
	void (*in_list)(struct tmpl_parser *p, struct list *list);
	void (*at_top)(struct tmpl_parser *p);
} tags[] = {
	{ "if", parse_if, NULL },           { "for", parse_for, NULL },
	{ "set", parse_set, NULL },         { "include", parse_include, NULL },
	{ "block", parse_block, NULL },     { "raw", parse_raw, NULL },
	{ "extends", NULL, parse_extends }, { "component", NULL, parse_component },
};

static void parse_tag(struct tmpl_parser *p, struct list *list)
{
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		if (!tmpl_expr_is_word(p, tags[i].word))
			continue;
		tmpl_lex_next(p);
		if (tags[i].in_list)
			tags[i].in_list(p, list);
		else
			tags[i].at_top(p);
		return;
	}
	unknown_tag(p);
}

/* Too deep: what is inside is not read further. */
static enum ending refuse_depth(struct tmpl_parser *p)
{
	p->has_error = false;
	tmpl_lex_error(p, p->tag_off, 2, "template/too-deep", "tags are nested more than %d deep", TMPL_MAX_DEPTH);
	p->has_error = false;
	p->at = p->text.len;
	return ENDED_END;
}

static enum ending parse_body(struct tmpl_parser *p, struct list *list, const struct opened *opened)
{
	enum ending ending = ENDED_TEXT;

	if (++p->depth > TMPL_MAX_DEPTH) {
		p->depth--;
		return refuse_depth(p);
	}
	for (;;) {
		struct tmpl_node *text = add_node(p, list, NODE_TEXT);
		char kind = tmpl_lex_segment(p, &text->text);

		text->off = (uint32_t)(text->text.ptr - p->text.ptr);
		text->len = (uint32_t)text->text.len;
		if (kind == '{') {
			struct tmpl_node *hole = add_node(p, list, NODE_HOLE);

			hole->expr = tmpl_expr_parse(p);
			end_of_tag(p);
			hole->off = hole->expr->off;
			hole->len = hole->expr->len;
		} else if (kind == '%') {
			if (parse_ending(p, opened, &ending))
				break;
			if (p->has_error)
				end_of_tag(p);
			else
				parse_tag(p, list);
		} else if (!kind) {
			break;
		}
	}
	p->depth--;
	return ending;
}

/* By the name's end: what is not markup is not escaped. */
static bool is_markup(struct str name)
{
	static const struct str plain[] = { STR_INIT(".txt"),    STR_INIT(".csv"), STR_INIT(".json"), STR_INIT(".md"),
					    STR_INIT(".ndjson"), STR_INIT(".lua"), STR_INIT(".css"),  STR_INIT(".js") };

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (str_ends(name, plain[i]))
			return false;
	return true;
}

struct tmpl *tmpl_parse(struct arena *a, struct str name, struct str path, struct str text, struct diag_list *dl)
{
	struct tmpl *t = arena_new(a, struct tmpl);
	struct tmpl_ast *ast = arena_new(a, struct tmpl_ast);
	struct tmpl_parser p = { .arena = a, .t = t, .ast = ast, .dl = dl };
	struct list list = { .tail = &ast->body };
	size_t bad;

	if (str_starts(text, STR("\xEF\xBB\xBF")))
		text = str_skip(text, 3);
	t->name = name;
	t->path = path;
	t->text = text;
	t->ast = ast;
	t->is_html = is_markup(name);
	t->is_markup_strict = str_ends(name, STR(".html")) || str_ends(name, STR(".htm"));
	p.text = text;
	ast->scope = p.scope = open_scope(&p, true);
	ast->scope->is_top = true;
	bad = utf8_check(text);
	if (text.len > TMPL_MAX_BYTES) {
		tmpl_report(t, dl, "template/too-large", 0, 1, "the template has more than %zu bytes",
			    (size_t)TMPL_MAX_BYTES);
		t->has_failed = true;
	} else if (bad < text.len) {
		tmpl_report(t, dl, "template/not-utf8", (uint32_t)bad, 1, "the template is not UTF-8 from here on");
		t->has_failed = true;
	} else {
		parse_body(&p, &list, NULL);
		close_scope(&p, ast->scope, 0);
	}
	t->blocks = ast->blocks.ptr;
	t->n_blocks = ast->blocks.len;
	t->components = ast->components.ptr;
	t->n_components = ast->components.len;
	t->locals = ast->locals.ptr;
	t->n_locals = ast->locals.len;
	return t;
}
