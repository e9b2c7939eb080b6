#include <assert.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>
#include <string.h>

#include "text/markdown_impl.h"

static uint32_t entity_length(struct str s)
{
	uint32_t i = 1;

	if (s.len > 2 && s.ptr[1] == '#') {
		bool is_hex = (s.ptr[2] | 0x20) == 'x';
		uint32_t digits = is_hex ? 3 : 2;

		for (i = digits; i < s.len && i < digits + 8; i++) {
			char c = s.ptr[i], low = (char)(c | 0x20);

			if (!(c >= '0' && c <= '9') && !(is_hex && low >= 'a' && low <= 'f'))
				break;
		}
		return i > digits && i < s.len && s.ptr[i] == ';' ? i + 1 : 0;
	}
	while (i < s.len && i < 34 && s.ptr[i] != ';' && !markdown_is_punct(s.ptr[i]) && s.ptr[i] > ' ')
		i++;
	return i > 1 && i < s.len && s.ptr[i] == ';' ? i + 1 : 0;
}

uint32_t markdown_entity(struct markdown *m, struct str s, struct str *out)
{
	static const struct {
		struct str name, text;
	} known[] = {
		{ STR_INIT("&amp;"), STR_INIT("&") },
		{ STR_INIT("&lt;"), STR_INIT("<") },
		{ STR_INIT("&gt;"), STR_INIT(">") },
		{ STR_INIT("&quot;"), STR_INIT("\"") },
		{ STR_INIT("&nbsp;"), STR_INIT("\xC2\xA0") },
		{ STR_INIT("&ndash;"), STR_INIT("\xE2\x80\x93") },
		{ STR_INIT("&mdash;"), STR_INIT("\xE2\x80\x94") },
		{ STR_INIT("&hellip;"), STR_INIT("\xE2\x80\xA6") },
		{ STR_INIT("&copy;"), STR_INIT("\xC2\xA9") },
	};
	uint32_t length = entity_length(s);
	struct str name = { s.ptr, length };
	cmark_node *root, *text;
	const char *literal;

	if (length == 0)
		return 0;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (str_eq(name, known[i].name)) {
			*out = known[i].text;
			return length;
		}
	}
	/* The list of two thousand names is cmark's. */
	root = cmark_parse_document(s.ptr, length, CMARK_OPT_DEFAULT);
	text = cmark_node_first_child(cmark_node_first_child(root));
	literal = text ? cmark_node_get_literal(text) : NULL;
	*out = str_copy(&m->scratch, str_from(literal));
	cmark_node_free(root);
	return out->len > 0 && !str_eq(*out, name) ? length : 0;
}

struct aligner {
	struct markdown *m;
	uint32_t at;
	bool is_lost; /* the content was not what the tree says: text is looked for */
	bool in_auto;
};

static struct markdown_item *add_item(struct aligner *a, enum markdown_kind kind, uint32_t to)
{
	struct markdown *m = a->m;
	struct markdown_item it = { .kind = (uint8_t)kind, .from = a->at, .to = to };

	vec_push(&m->scratch, &m->items, it);
	a->at = to;
	return &m->items.ptr[m->items.len - 1];
}

static void lose(struct aligner *a)
{
	a->is_lost = true;
}

/* The end of a literal that may have escapes and references in the content; 0: it is not there. */
static uint32_t match_literal(struct aligner *a, struct str literal)
{
	struct markdown *m = a->m;
	uint32_t c = a->at, retry_c = 0;
	size_t i = 0, retry_i = 0;

	while (i < literal.len) {
		char x = c < m->len ? m->cooked[c] : 0;
		uint32_t n = 0;
		struct str text;

		if (x == '\\' && !a->in_auto && c + 1 < m->len && markdown_is_punct(m->cooked[c + 1]) &&
		    literal.ptr[i] == m->cooked[c + 1]) {
			c += 2;
			i++;
			continue;
		}
		if (x == '&')
			n = markdown_entity(m, (struct str){ m->cooked + c, m->len - c }, &text);
		if (n && str_starts(str_skip(literal, i), text)) {
			/* An unknown footnote's label is text as written: this reference may be, too. */
			if (str_eq(text, STR("&"))) {
				retry_c = c;
				retry_i = i;
			}
			c += n;
			i += text.len;
		} else if (c < m->len && x == literal.ptr[i]) {
			c++;
			i++;
		} else if (retry_c) {
			c = retry_c + 1;
			i = retry_i + 1;
			retry_c = 0;
		} else {
			return 0;
		}
	}
	return c;
}

static bool has_escape(const struct markdown *m, uint32_t from, uint32_t to)
{
	return (m->has & HAS_ESCAPE) &&
	       (memchr(m->cooked + from, '\\', to - from) || memchr(m->cooked + from, '&', to - from));
}

/* The text is all there is in a link: it ends at the bracket, if it has none itself. */
static uint32_t link_text_end(const struct aligner *a, cmark_node *node)
{
	const struct markdown *m = a->m;
	const char *from = m->cooked + a->at, *close;

	if (a->in_auto || cmark_node_previous(node) || cmark_node_get_type(cmark_node_parent(node)) != CMARK_NODE_LINK)
		return 0;
	close = memchr(from, ']', m->len - a->at);
	if (!close || memchr(from, '[', (size_t)(close - from)) || memchr(from, '\\', (size_t)(close - from)))
		return 0;
	return (uint32_t)(close - m->cooked);
}

/*
 * cmark's columns are too large for what is left of a run of '*', never too
 * small: a text without markup that is as long as they say ends before markup.
 */
static uint32_t plain_text_end(const struct aligner *a, cmark_node *node)
{
	static const bool is_markup[256] = { ['\n'] = true, ['\\'] = true, ['&'] = true, ['*'] = true, ['_'] = true,
					     ['['] = true,  [']'] = true,  ['<'] = true, ['!'] = true, ['`'] = true };
	const struct markdown *m = a->m;
	int length = cmark_node_get_end_column(node) - cmark_node_get_start_column(node) + 1;
	uint32_t at = a->at;

	while (at < m->len && !is_markup[(unsigned char)m->cooked[at]])
		at++;
	return length > 0 && at - a->at == (uint32_t)length ? at : 0;
}

/*
 * Where a text ends is known without asking for its bytes (which costs an
 * allocation) when a line end or the end of the block follows it.
 */
static uint32_t text_end(struct aligner *a, cmark_node *node, int depth)
{
	struct markdown *m = a->m;
	cmark_node *next = cmark_node_next(node);
	int type = next ? (int)cmark_node_get_type(next) : 0;
	const char *nl;
	uint32_t to;

	if (!next && depth == 0)
		return m->len;
	if (!next)
		return link_text_end(a, node);
	if (type != CMARK_NODE_SOFTBREAK && type != CMARK_NODE_LINEBREAK)
		return plain_text_end(a, node);
	nl = memchr(m->cooked + a->at, '\n', m->len - a->at);
	if (!nl)
		return 0;
	to = (uint32_t)(nl - m->cooked);
	if (type == CMARK_NODE_LINEBREAK && to > a->at && m->cooked[to - 1] == '\\')
		return to - 1;
	while (to > a->at && markdown_is_space(m->cooked[to - 1]))
		to--;
	return to;
}

static void take_text(struct aligner *a, cmark_node *node, int depth)
{
	struct markdown *m = a->m;
	uint32_t to = a->is_lost ? 0 : text_end(a, node, depth);
	struct markdown_item *it;
	struct str literal;
	const char *hit;

	if (to >= a->at && to > 0) {
		uint8_t flags = has_escape(m, a->at, to) ? 0 : ITEM_RAW;

		/* cmark-gfm loses what stands in an unknown footnote's mark that goes over lines. */
		if (memchr(m->cooked + a->at, '\n', to - a->at))
			flags = ITEM_LINES;
		add_item(a, ITEM_TEXT, to)->flags = flags;
		return;
	}
	literal = str_from(cmark_node_get_literal(node));
	if (literal.len == 0)
		return;
	if (literal.len <= m->len - a->at && memcmp(m->cooked + a->at, literal.ptr, literal.len) == 0 &&
	    !has_escape(m, a->at, a->at + (uint32_t)literal.len)) {
		add_item(a, ITEM_TEXT, a->at + (uint32_t)literal.len)->flags = ITEM_RAW | (a->in_auto ? ITEM_AUTO : 0);
		return;
	}
	to = match_literal(a, literal);
	if (to) {
		add_item(a, ITEM_TEXT, to)->flags = a->in_auto ? ITEM_AUTO : 0;
		return;
	}
	hit = memmem(m->cooked + a->at, m->len - a->at, literal.ptr, literal.len);
	if (hit) {
		a->at = (uint32_t)(hit - m->cooked);
		a->is_lost = false;
		add_item(a, ITEM_TEXT, a->at + (uint32_t)literal.len)->flags = ITEM_RAW;
		return;
	}
	lose(a);
	it = add_item(a, ITEM_TEXT, a->at);
	it->flags = ITEM_LITERAL;
	it->text = markdown_unmask(m, literal);
}

static void take_break(struct aligner *a, enum markdown_kind kind)
{
	const struct markdown *m = a->m;
	uint32_t at = a->at, end;
	bool is_escape;

	while (at < m->len && markdown_is_space(m->cooked[at]) && m->cooked[at] != '\n')
		at++;
	is_escape = at < m->len && m->cooked[at] == '\\';
	at += is_escape;
	if (at >= m->len || m->cooked[at] != '\n') {
		const char *nl = memchr(m->cooked + a->at, '\n', m->len - a->at);

		lose(a);
		if (!nl) {
			add_item(a, kind, a->at);
			return;
		}
		at = (uint32_t)(nl - m->cooked);
	}
	/* After a backslash cmark keeps the blanks that a lazy line begins with. */
	for (end = at + 1; !is_escape && end < m->len && (m->cooked[end] == ' ' || m->cooked[end] == '\t');)
		end++;
	a->at = at;
	add_item(a, kind, end);
}

/* In lost times, the next place where `c` stands. */
static void find_byte(struct aligner *a, char c)
{
	const struct markdown *m = a->m;
	const char *hit;

	if (a->at < m->len && m->cooked[a->at] == c)
		return;
	lose(a);
	hit = memchr(m->cooked + a->at, c, m->len - a->at);
	if (hit)
		a->at = (uint32_t)(hit - m->cooked);
}

static uint32_t tick_run(const struct markdown *m, uint32_t at)
{
	uint32_t n = 0;

	while (at + n < m->len && m->cooked[at + n] == '`')
		n++;
	return n;
}

static void take_code(struct aligner *a, cmark_node *node)
{
	struct markdown *m = a->m;
	struct str literal = markdown_unmask(m, str_from(cmark_node_get_literal(node)));
	uint32_t n, at;

	find_byte(a, '`');
	n = tick_run(m, a->at);
	for (at = a->at + n; at < m->len;) {
		const char *hit = memchr(m->cooked + at, '`', m->len - at);
		uint32_t k;

		if (!hit) {
			at = m->len;
			break;
		}
		at = (uint32_t)(hit - m->cooked);
		k = tick_run(m, at);
		at += k;
		if (k == n)
			break;
	}
	add_item(a, ITEM_CODE, at < m->len ? at : m->len)->text = literal;
}

static void take_html(struct aligner *a, cmark_node *node)
{
	struct markdown *m = a->m;
	struct str literal = str_from(cmark_node_get_literal(node));
	struct markdown_item *it;

	find_byte(a, '<');
	if (literal.len > m->len - a->at)
		literal.len = m->len - a->at;
	if (literal.len && memchr(literal.ptr, MASK_TAG, literal.len) && m->is_masked) {
		/* A shortcode that was taken for one alone on its line. */
		add_item(a, ITEM_TEXT, a->at + (uint32_t)literal.len)->flags = ITEM_RAW;
		return;
	}
	m->has_html = true;
	it = add_item(a, ITEM_HTML, a->at + (uint32_t)literal.len);
	it->text = markdown_unmask(m, literal);
}

static void take_note(struct aligner *a, cmark_node *node)
{
	struct markdown *m = a->m;
	const char *close;
	int64_t number = 0;
	struct markdown_item *it;

	str_to_i64(str_from(cmark_node_get_literal(node)), &number);
	find_byte(a, '[');
	close = memchr(m->cooked + a->at, ']', m->len - a->at);
	it = add_item(a, ITEM_NOTE, close ? (uint32_t)(close - m->cooked) + 1 : m->len);
	it->number = (uint32_t)number;
	if (number >= 1 && (size_t)number <= m->notes.len)
		it->arg = m->notes.ptr[number - 1].label;
}

/* Behind "(address "title")" at `at`, 0 when that does not stand there: as cmark-gfm reads it. */
static uint32_t inline_target_end(const struct markdown *m, uint32_t at)
{
	const char *t = m->cooked;
	uint32_t depth = 0, start;
	char close;

	for (at++; at < m->len && markdown_is_space(t[at]);)
		at++;
	start = at;
	if (at < m->len && t[at] == '<') {
		for (at++; at < m->len && t[at] != '>'; at++) {
			if (t[at] == '\n' || t[at] == '<')
				return 0;
			if (t[at] == '\\')
				at++;
		}
		at++;
	} else {
		for (; at < m->len && !markdown_is_space(t[at]); at++) {
			if (t[at] == '\\' && at + 1 < m->len && markdown_is_punct(t[at + 1]))
				at++;
			else if (t[at] == '(' && ++depth > 32)
				return 0;
			else if (t[at] == ')' && depth-- == 0)
				break;
		}
		if (at == start && at < m->len && markdown_is_space(t[at]))
			return 0;
	}
	if (at >= m->len)
		return 0;
	start = at;
	while (at < m->len && markdown_is_space(t[at]))
		at++;
	close = at < m->len ? t[at] : 0;
	if (at > start && (close == '"' || close == '\'' || close == '(')) {
		uint32_t title = at;

		close = close == '(' ? ')' : close;
		for (at++; at < m->len && t[at] != close; at++) {
			if (t[at] == '\\' && at + 1 < m->len && markdown_is_punct(t[at + 1]))
				at++;
			else if (close == ')' && t[at] == '(')
				break;
		}
		if (at >= m->len || t[at] != close)
			at = title;
		else
			at++;
		while (at < m->len && markdown_is_space(t[at]))
			at++;
	}
	return at < m->len && t[at] == ')' ? at + 1 : 0;
}

/* Behind "[label]" at `at`, or 0. */
static uint32_t label_end(const struct markdown *m, uint32_t at)
{
	for (uint32_t i = at + 1; i < m->len && i - at < 1010; i++) {
		if (m->cooked[i] == '[')
			return 0;
		if (m->cooked[i] == ']')
			return i + 1;
		if (m->cooked[i] == '\\' && i + 1 < m->len && markdown_is_punct(m->cooked[i + 1]))
			i++;
	}
	return 0;
}

static uint32_t link_end(const struct markdown *m, uint32_t at)
{
	uint32_t end = 0;

	if (at < m->len && m->cooked[at] == '(')
		end = inline_target_end(m, at);
	if (end == 0 && at < m->len && m->cooked[at] == '[')
		end = label_end(m, at);
	return end ? end : at;
}

static void take_open(struct aligner *a, cmark_node *node, int type)
{
	struct markdown *m = a->m;
	struct markdown_item *it;

	switch (type) {
	case CMARK_NODE_EMPH:
	case CMARK_NODE_STRONG:
		if (a->at >= m->len || (m->cooked[a->at] != '*' && m->cooked[a->at] != '_'))
			lose(a);
		it = add_item(a, ITEM_OPEN, a->at + (type == CMARK_NODE_EMPH ? 1 : 2));
		it->type = type == CMARK_NODE_EMPH ? DOC_EMPH : DOC_STRONG;
		break;
	default:
		a->in_auto = type == CMARK_NODE_LINK && a->at < m->len && m->cooked[a->at] == '<';
		if (!a->in_auto)
			find_byte(a, type == CMARK_NODE_LINK ? '[' : '!');
		it = add_item(a, ITEM_OPEN, a->at + (type == CMARK_NODE_LINK ? 1 : 2));
		it->type = type == CMARK_NODE_LINK ? DOC_LINK : DOC_IMAGE;
		it->flags = a->in_auto ? ITEM_AUTO : 0;
		it->text = markdown_unmask(m, str_from(cmark_node_get_url(node)));
		break;
	}
	if (it->to > m->len)
		it->to = a->at = m->len;
}

/*
 * A title is asked for only where one may stand, because even an empty one is
 * allocated: not when the parenthesis closes right behind the address.
 */
static void take_title(struct aligner *a, cmark_node *node, uint32_t from, uint32_t to)
{
	struct markdown *m = a->m;
	size_t i = m->items.len, depth = 0;

	if (to > from + 1 && m->cooked[from] == '(' && !memchr(m->cooked + from, ' ', to - from) &&
	    !memchr(m->cooked + from, '\n', to - from) && !memchr(m->cooked + from, '\t', to - from))
		return;
	/* The link is mostly the one opened last. */
	while (i > 0) {
		const struct markdown_item *it = &m->items.ptr[--i];
		bool is_link = it->type == DOC_LINK || it->type == DOC_IMAGE;

		if (it->kind == ITEM_CLOSE && is_link)
			depth++;
		else if (it->kind == ITEM_OPEN && is_link && depth-- == 0)
			break;
	}
	m->items.ptr[i].arg = markdown_unmask(m, str_from(cmark_node_get_title(node)));
}

static void take_close(struct aligner *a, cmark_node *node, int type)
{
	struct markdown *m = a->m;
	struct markdown_item *it;
	bool was_auto = a->in_auto;
	uint32_t to;

	if (type == CMARK_NODE_EMPH || type == CMARK_NODE_STRONG) {
		if (a->at >= m->len || (m->cooked[a->at] != '*' && m->cooked[a->at] != '_'))
			lose(a);
		to = a->at + (type == CMARK_NODE_EMPH ? 1 : 2);
	} else if (a->in_auto) {
		a->in_auto = false;
		to = a->at + 1;
	} else {
		find_byte(a, ']');
		to = link_end(m, a->at + 1);
		take_title(a, node, a->at + 1, to);
	}
	it = add_item(a, ITEM_CLOSE, to < m->len ? to : m->len);
	it->flags = was_auto ? ITEM_AUTO : 0;
	it->type = type == CMARK_NODE_EMPH     ? DOC_EMPH
		   : type == CMARK_NODE_STRONG ? DOC_STRONG
		   : type == CMARK_NODE_LINK   ? DOC_LINK
					       : DOC_IMAGE;
}

static void take_leaf(struct aligner *a, cmark_node *node, int type, int depth)
{
	switch (type) {
	case CMARK_NODE_TEXT:
		take_text(a, node, depth);
		break;
	case CMARK_NODE_SOFTBREAK:
		take_break(a, ITEM_SOFT);
		break;
	case CMARK_NODE_LINEBREAK:
		take_break(a, ITEM_HARD);
		break;
	case CMARK_NODE_CODE:
		take_code(a, node);
		break;
	case CMARK_NODE_HTML_INLINE:
		take_html(a, node);
		break;
	case CMARK_NODE_FOOTNOTE_REFERENCE:
		take_note(a, node);
		break;
	default:
		assert(!"an inline that was not asked for");
	}
}

/* Fills `items` with the inline tree below `block`. */
void markdown_take_inlines(struct markdown *m, cmark_node *block)
{
	struct aligner a = { .m = m };
	cmark_node *node = cmark_node_first_child(block), *next;
	int depth = 0;

	m->has_html = false;
	while (node) {
		int type = (int)cmark_node_get_type(node);

		if (type == CMARK_NODE_EMPH || type == CMARK_NODE_STRONG || type == CMARK_NODE_LINK ||
		    type == CMARK_NODE_IMAGE) {
			take_open(&a, node, type);
			next = cmark_node_first_child(node);
			if (next) {
				node = next;
				depth++;
				continue;
			}
			take_close(&a, node, type);
		} else {
			take_leaf(&a, node, type, depth);
		}
		while (!(next = cmark_node_next(node)) && depth > 0) {
			node = cmark_node_parent(node);
			depth--;
			take_close(&a, node, (int)cmark_node_get_type(node));
		}
		node = next;
	}
}
