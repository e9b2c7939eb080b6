#include <stdio.h>
#include <string.h>

#include "text/tmpl_ast.h"

/*
 * What a hole's value must go through, by the place it stands in: a walk over
 * literal text and holes in order, following HTML's tokenizer (HTML Standard,
 * section 13.2.5) as far as escaping depends on it. Blocks that replace others
 * begin where those stand; included templates and components between tags.
 */
enum place_state {
	PLACE_TEXT,
	PLACE_TAG_NAME,    /* behind '<' */
	PLACE_END_TAG,     /* behind '</': to '>' */
	PLACE_DECLARATION, /* behind '<!' or '<?': to '>' */
	PLACE_TAG,         /* between attributes */
	PLACE_ATTR_NAME,
	PLACE_BEFORE_VALUE, /* behind '=' */
	PLACE_VALUE,        /* in quotes */
	PLACE_BARE_VALUE,
	PLACE_COMMENT,
	PLACE_RCDATA, /* title, textarea, and elements whose content is never markup */
	PLACE_SCRIPT,
	PLACE_STYLE,
};

enum place_attr { ATTR_PLAIN, ATTR_URL, ATTR_SRCSET, ATTR_STYLE, ATTR_SCRIPT };
enum place_url { URL_START, URL_PATH, URL_QUERY };
enum place_script { SCRIPT_CODE, SCRIPT_STRING, SCRIPT_LINE_COMMENT, SCRIPT_COMMENT };

struct tmpl_place {
	uint8_t state, attr, url, script;
	char quote;     /* of the attribute's value; of the string in script */
	char last;      /* the byte before */
	uint8_t dashes; /* seen at the end of a comment */
	uint8_t n_tag, n_name;
	char tag[12], name[16]; /* lower case, cut */
};

struct walk {
	struct arena *arena;
	struct tmpl *t;
	struct diag_list *dl;
	bool is_muted; /* the last report was one too many */
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_letter(char c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

static enum place_attr attr_kind(const struct tmpl_place *p)
{
	static const char *const urls[] = { "href",     "src",        "action",   "formaction", "poster",
					    "cite",     "data",       "ping",     "background", "longdesc",
					    "manifest", "xlink:href", "codebase", NULL };

	if (p->n_name > 2 && p->name[0] == 'o' && p->name[1] == 'n')
		return ATTR_SCRIPT;
	if (strcmp(p->name, "style") == 0)
		return ATTR_STYLE;
	if (strcmp(p->name, "srcset") == 0 || strcmp(p->name, "imagesrcset") == 0)
		return ATTR_SRCSET;
	return is_one_of(p->name, urls) ? ATTR_URL : ATTR_PLAIN;
}

static void leave_tag(struct tmpl_place *p)
{
	static const char *const rcdata[] = { "title", "textarea", "xmp", "iframe", "noembed", "noframes", NULL };

	p->state = strcmp(p->tag, "script") == 0  ? PLACE_SCRIPT
		   : strcmp(p->tag, "style") == 0 ? PLACE_STYLE
		   : is_one_of(p->tag, rcdata)    ? PLACE_RCDATA
						  : PLACE_TEXT;
	p->script = SCRIPT_CODE;
	if (p->state == PLACE_TEXT)
		p->n_tag = 0;
	memset(p->name, 0, sizeof(p->name));
	p->n_name = 0;
}

static void begin_name(struct tmpl_place *p, char c)
{
	memset(p->name, 0, sizeof(p->name));
	p->name[0] = lower(c);
	p->n_name = 1;
	p->state = PLACE_ATTR_NAME;
}

static void step_text(struct tmpl_place *p, struct str s, size_t *i)
{
	char next = *i + 1 < s.len ? s.ptr[*i + 1] : '\0';

	if (s.ptr[*i] != '<')
		return;
	if (str_starts(str_skip(s, *i), STR("<!--"))) {
		p->state = PLACE_COMMENT;
		p->dashes = 0;
		*i += 3;
	} else if (next == '/') {
		p->state = PLACE_END_TAG;
		(*i)++;
	} else if (next == '!' || next == '?') {
		p->state = PLACE_DECLARATION;
	} else if (is_letter(next) || *i + 1 == s.len) {
		p->state = PLACE_TAG_NAME;
		memset(p->tag, 0, sizeof(p->tag));
		p->n_tag = 0;
	}
}

static void step_tag(struct tmpl_place *p, char c)
{
	switch (p->state) {
	case PLACE_TAG_NAME:
		if (c == '>')
			leave_tag(p);
		else if (is_space(c) || c == '/')
			p->state = PLACE_TAG;
		else if (p->n_tag < sizeof(p->tag) - 1)
			p->tag[p->n_tag++] = lower(c);
		break;
	case PLACE_TAG:
		if (c == '>')
			leave_tag(p);
		else if (c == '=' && p->n_name)
			p->state = PLACE_BEFORE_VALUE;
		else if (!is_space(c) && c != '/')
			begin_name(p, c);
		break;
	case PLACE_ATTR_NAME:
		if (c == '>')
			leave_tag(p);
		else if (c == '=')
			p->state = PLACE_BEFORE_VALUE;
		else if (is_space(c) || c == '/')
			p->state = PLACE_TAG;
		else if (p->n_name < sizeof(p->name) - 1)
			p->name[p->n_name++] = lower(c);
		break;
	case PLACE_BEFORE_VALUE:
		if (is_space(c))
			break;
		p->attr = attr_kind(p);
		p->url = URL_START;
		p->script = SCRIPT_CODE;
		if (c == '>') {
			leave_tag(p);
		} else if (c == '"' || c == '\'') {
			p->quote = c;
			p->state = PLACE_VALUE;
		} else {
			p->state = PLACE_BARE_VALUE;
		}
		break;
	default: /* PLACE_BARE_VALUE */
		if (c == '>')
			leave_tag(p);
		else if (is_space(c))
			p->state = PLACE_TAG;
		break;
	}
}

static void step_value(struct tmpl_place *p, char c)
{
	if (c == p->quote) {
		p->state = PLACE_TAG;
		p->quote = '\0';
		p->n_name = 0;
		memset(p->name, 0, sizeof(p->name));
		p->attr = p->url = 0;
	} else if (c == '?' || c == '#') {
		p->url = URL_QUERY;
	} else if ((c == '/' || c == ':') && p->url == URL_START) {
		p->url = URL_PATH;
	}
}

/* Strings and comments of script; a regular expression with a quote in it is not told apart. */
static void step_script(struct tmpl_place *p, char c, char next)
{
	switch (p->script) {
	case SCRIPT_CODE:
		if (c == '"' || c == '\'' || c == '`') {
			p->script = SCRIPT_STRING;
			p->quote = c;
		} else if (c == '/' && next == '/') {
			p->script = SCRIPT_LINE_COMMENT;
		} else if (c == '/' && next == '*') {
			p->script = SCRIPT_COMMENT;
		}
		break;
	case SCRIPT_STRING:
		if (p->last == '\\')
			c = '\0'; /* so that a second backslash escapes nothing */
		else if (c == p->quote || (c == '\n' && p->quote != '`')) {
			p->script = SCRIPT_CODE;
			p->quote = '\0';
		}
		break;
	case SCRIPT_LINE_COMMENT:
		if (c == '\n')
			p->script = SCRIPT_CODE;
		break;
	default:
		if (c == '/' && p->last == '*')
			p->script = SCRIPT_CODE;
		break;
	}
	p->last = p->script == SCRIPT_CODE ? '\0' : c;
}

/* "</script" and the like end an element whose content is not markup. */
static bool ends_element(const struct tmpl_place *p, struct str s, size_t i)
{
	size_t n = p->n_tag;

	if (s.ptr[i] != '<' || i + 1 >= s.len || s.ptr[i + 1] != '/' || s.len - i - 2 < n)
		return false;
	return str_eq_nocase(str_cut(s, i + 2, i + 2 + n), (struct str){ p->tag, n }) &&
	       (i + 2 + n == s.len || !is_letter(s.ptr[i + 2 + n]));
}

static void step_comment(struct tmpl_place *p, char c)
{
	if (c == '>' && p->dashes >= 2)
		p->state = PLACE_TEXT;
	p->dashes = (uint8_t)(c != '-' ? 0 : p->dashes < 2 ? p->dashes + 1 : 2);
}

static void walk_text(struct tmpl_place *p, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		switch (p->state) {
		case PLACE_TEXT:
			step_text(p, s, &i);
			break;
		case PLACE_END_TAG:
		case PLACE_DECLARATION:
			if (c == '>')
				p->state = PLACE_TEXT;
			break;
		case PLACE_COMMENT:
			step_comment(p, c);
			break;
		case PLACE_VALUE:
			step_value(p, c);
			break;
		case PLACE_RCDATA:
		case PLACE_SCRIPT:
		case PLACE_STYLE:
			if (ends_element(p, s, i)) {
				*p = (struct tmpl_place){ .state = PLACE_END_TAG };
				i++;
			} else if (p->state == PLACE_SCRIPT) {
				step_script(p, c, i + 1 < s.len ? s.ptr[i + 1] : '\0');
			}
			break;
		default:
			step_tag(p, c);
		}
	}
}

static void report(struct walk *w, const char *code, uint32_t off, uint32_t len, const char *message)
{
	w->is_muted = ++w->t->ast->reports > TMPL_MAX_REPORTS;
	if (!w->is_muted)
		tmpl_report(w->t, w->dl, code, off, len, "%s", message);
	w->t->has_failed = true;
}

static void hint(struct walk *w, const char *text)
{
	if (!w->is_muted)
		diag_hint(w->dl, "%s", text);
}

static uint32_t value_escape(const struct tmpl_place *p)
{
	switch ((enum place_attr)p->attr) {
	case ATTR_URL:
		return p->url == URL_START   ? TMPL_ESCAPE_URL
		       : p->url == URL_QUERY ? TMPL_ESCAPE_URL_PART
					     : TMPL_ESCAPE_ATTR;
	case ATTR_SRCSET:
		return TMPL_ESCAPE_SRCSET;
	case ATTR_STYLE:
		return TMPL_ESCAPE_CSS;
	case ATTR_SCRIPT:
		return TMPL_ESCAPE_JSON_ATTR;
	default:
		return TMPL_ESCAPE_ATTR;
	}
}

/* The escape of a hole at this place. */
static uint32_t hole_escape(struct walk *w, struct tmpl_place *p, const struct tmpl_node *node)
{
	switch ((enum place_state)p->state) {
	case PLACE_TEXT:
		return TMPL_ESCAPE_HTML;
	case PLACE_VALUE:
		return value_escape(p);
	case PLACE_RCDATA:
		return TMPL_ESCAPE_RCDATA;
	case PLACE_STYLE:
		return TMPL_ESCAPE_CSS;
	case PLACE_SCRIPT:
		if (p->script == SCRIPT_CODE)
			return TMPL_ESCAPE_JSON;
		report(w, "template/unsafe-place", node->off, node->len,
		       p->script == SCRIPT_STRING ? "a value cannot stand in a string of a script"
						  : "a value cannot stand in a comment of a script");
		if (p->script == SCRIPT_STRING)
			hint(w, "leave the quotes out: in a script a value is written as JSON, with its own");
		break;
	case PLACE_BEFORE_VALUE:
	case PLACE_BARE_VALUE:
		report(w, "template/unquoted-attribute", node->off, node->len,
		       "a value in an attribute must stand in quotes");
		if (!w->is_muted)
			diag_hint(w->dl, "write %s=\"{{ … }}\"", p->name);
		p->state = PLACE_BARE_VALUE;
		break;
	case PLACE_COMMENT:
		report(w, "template/unsafe-place", node->off, node->len,
		       "a value cannot stand in a comment of the page");
		hint(w, "write {# … #} for what readers of the template should see");
		break;
	default:
		report(w, "template/unsafe-place", node->off, node->len,
		       "a value cannot be the name of a tag or an attribute, or stand beside them");
		hint(w, "write the attribute out, with the value in quotes, inside of an 'if'");
	}
	return TMPL_ESCAPE_HTML;
}

static void describe(const struct tmpl_place *p, char *text, size_t size)
{
	switch ((enum place_state)p->state) {
	case PLACE_TEXT:
		snprintf(text, size, "between tags");
		break;
	case PLACE_VALUE:
		snprintf(text, size, "in the value of '%s'", p->name);
		break;
	case PLACE_RCDATA:
	case PLACE_SCRIPT:
	case PLACE_STYLE:
		snprintf(text, size, "in <%s>", p->tag);
		break;
	case PLACE_COMMENT:
		snprintf(text, size, "in a comment");
		break;
	case PLACE_BEFORE_VALUE:
	case PLACE_BARE_VALUE:
		snprintf(text, size, "in a value without quotes");
		break;
	default:
		snprintf(text, size, "inside of a tag");
	}
}

static bool is_in_tag(const struct tmpl_place *p)
{
	return p->state == PLACE_TAG || p->state == PLACE_ATTR_NAME || (p->state == PLACE_TAG_NAME && p->n_tag);
}

static bool is_same(const struct tmpl_place *a, const struct tmpl_place *b)
{
	bool is_named = a->state == PLACE_VALUE || a->state == PLACE_BEFORE_VALUE || a->state == PLACE_BARE_VALUE;
	bool is_raw = a->state == PLACE_RCDATA || a->state == PLACE_SCRIPT || a->state == PLACE_STYLE;

	/* Between attributes and at the end of a name: a space makes no difference to what may follow. */
	if (is_in_tag(a) && is_in_tag(b))
		return strcmp(a->tag, b->tag) == 0;
	return a->state == b->state && a->quote == b->quote &&
	       (!is_named || (a->attr == b->attr && strcmp(a->name, b->name) == 0)) &&
	       (!is_raw || (strcmp(a->tag, b->tag) == 0 && a->script == b->script));
}

static void mixed(struct walk *w, const struct tmpl_node *node, const struct tmpl_place *a, const struct tmpl_place *b,
		  const char *what)
{
	char first[64], second[64], message[256];

	describe(a, first, sizeof(first));
	describe(b, second, sizeof(second));
	snprintf(message, sizeof(message), "%s: %s, and %s", what, first, second);
	report(w, "template/mixed-context", node->off, node->len, message);
	hint(w, "close in it what is opened in it");
}

/* After two ways: what holds for both. */
static void join(struct walk *w, const struct tmpl_node *node, struct tmpl_place *p, const struct tmpl_place *other,
		 const char *what)
{
	if (!is_same(p, other)) {
		mixed(w, node, p, other, what);
		return;
	}
	if (other->url < p->url)
		p->url = other->url;
	if (other->state == PLACE_TAG)
		*p = *other;
}

static void walk_nodes(struct walk *w, struct tmpl_place *p, struct tmpl_node *node);

static void walk_if(struct walk *w, struct tmpl_place *p, struct tmpl_node *node)
{
	const struct tmpl_node *head = node;
	struct tmpl_place start = *p, end, result;
	bool has_else = false, is_first = true;

	result = start;
	for (; node; node = has_else ? NULL : node->orelse) {
		bool is_else = !is_first && !(node->kind == NODE_IF && !node->next);

		end = start;
		walk_nodes(w, &end, is_else ? node : node->body);
		if (is_first)
			result = end;
		else
			join(w, head, &result, &end, "the branches of this 'if' end in different places");
		is_first = false;
		has_else = is_else;
		if (is_else)
			break;
	}
	if (!has_else)
		join(w, head, &result, &start, "with and without this 'if' the text goes on in different places");
	*p = result;
}

static void walk_for(struct walk *w, struct tmpl_place *p, struct tmpl_node *node)
{
	struct tmpl_place end = *p, other = *p;

	walk_nodes(w, &end, node->body);
	join(w, node, &end, p, "this loop begins and ends in different places");
	if (node->orelse) {
		walk_nodes(w, &other, node->orelse);
		join(w, node, &end, &other, "the branches of this 'for' end in different places");
	}
	*p = end;
}

static void walk_block(struct walk *w, struct tmpl_place *p, struct tmpl_node *node)
{
	struct tmpl_place end = *p;

	node->block->place = arena_new(w->arena, struct tmpl_place);
	*node->block->place = *p;
	walk_nodes(w, &end, node->block->body);
	join(w, node, &end, p, "this block begins and ends in different places");
}

static void walk_nodes(struct walk *w, struct tmpl_place *p, struct tmpl_node *node)
{
	for (; node; node = node->next) {
		struct tmpl_place inner = { 0 };
		bool is_super =
			node->kind == NODE_HOLE && node->expr->kind == EXPR_CALL && node->expr->resolved == CALL_SUPER;

		switch (node->kind) {
		case NODE_TEXT:
			walk_text(p, node->text);
			break;
		case NODE_HOLE:
			node->escape = is_super ? TMPL_ESCAPE_HTML : hole_escape(w, p, node);
			break;
		case NODE_IF:
			walk_if(w, p, node);
			break;
		case NODE_FOR:
			walk_for(w, p, node);
			break;
		case NODE_SET:
			walk_nodes(w, &inner, node->body);
			if (inner.state != PLACE_TEXT)
				mixed(w, node, &inner, &(struct tmpl_place){ 0 },
				      "the text that is set does not end where it begins");
			break;
		case NODE_INCLUDE:
			if (p->state == PLACE_TEXT)
				break;
			report(w, "template/unsafe-place", node->off, node->len,
			       "a template can be included only between tags");
			break;
		case NODE_BLOCK:
			walk_block(w, p, node);
			break;
		}
	}
}

/* Blocks that replace a parent's stand where that one stands. */
static void walk_replaced(struct walk *w, struct tmpl_node *node)
{
	for (; node; node = node->next) {
		struct tmpl_place place;

		if (node->kind == NODE_IF || node->kind == NODE_FOR) {
			walk_replaced(w, node->body);
			walk_replaced(w, node->orelse);
		} else if (node->kind == NODE_SET) {
			place = (struct tmpl_place){ 0 };
			walk_nodes(w, &place, node->body);
		} else if (node->kind == NODE_BLOCK) {
			const struct tmpl_place *above = node->block->parent ? node->block->parent->place : NULL;

			place = above ? *above : (struct tmpl_place){ 0 };
			walk_block(w, &place, node);
		}
	}
}

/* No contexts: one escape for all. */
static void walk_plain(const struct tmpl *t, struct tmpl_node *node)
{
	for (; node; node = node->next) {
		node->escape = t->is_html ? TMPL_ESCAPE_HTML : TMPL_ESCAPE_NONE;
		walk_plain(t, node->body);
		walk_plain(t, node->orelse);
		if (node->kind == NODE_BLOCK)
			walk_plain(t, node->block->body);
	}
}

void tmpl_context(struct arena *a, struct tmpl *t, struct diag_list *dl)
{
	struct walk w = { .arena = a, .t = t, .dl = dl };

	if (t->ast->has_context)
		return;
	t->ast->has_context = true;
	if (t->parent)
		tmpl_context(a, t->parent, dl);
	if (!t->is_markup_strict) {
		walk_plain(t, t->ast->body);
		for (size_t i = 0; i < t->n_components; i++)
			walk_plain(t, t->components[i]->body);
		return;
	}
	if (t->parent) {
		walk_replaced(&w, t->ast->body);
	} else {
		struct tmpl_place place = { 0 };

		/* A template of a part may end anywhere. */
		walk_nodes(&w, &place, t->ast->body);
	}
	for (size_t i = 0; i < t->n_components; i++) {
		struct tmpl_component *c = t->components[i];
		struct tmpl_node node = { .off = c->off, .len = c->len };
		struct tmpl_place place = { 0 };

		walk_nodes(&w, &place, c->body);
		if (place.state != PLACE_TEXT)
			mixed(&w, &node, &place, &(struct tmpl_place){ 0 },
			      "this component does not end where it begins");
	}
}
