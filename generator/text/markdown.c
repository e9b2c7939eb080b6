#include "text/markdown.h"

#include <assert.h>
#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/markdown_impl.h"

/* Attempts at a page whose URLs or strikethrough cmark took apart; real pages need one. */
#define MAX_ATTEMPTS 12

void markdown_setup(void)
{
	cmark_gfm_core_extensions_ensure_registered();
}

static cmark_node *parse(struct markdown *m, struct str text)
{
	cmark_parser *parser = cmark_parser_new(m->is_site ? CMARK_OPT_FOOTNOTES : CMARK_OPT_DEFAULT);
	cmark_node *root;

	if (!m->opt.plain) {
		cmark_parser_attach_syntax_extension(parser, m->table);
		cmark_parser_attach_syntax_extension(parser, m->tasklist);
	}
	cmark_parser_feed(parser, text.ptr, text.len);
	root = cmark_parser_finish(parser);
	cmark_parser_free(parser);
	return root;
}

/* The types of the table extension's nodes are made when it registers: a table tells them. */
static void learn_types(struct markdown *m)
{
	cmark_node *root = parse(m, STR("|a|\n|-|\n|b|\n"));
	cmark_node *table = cmark_node_first_child(root), *header = cmark_node_first_child(table);

	m->table_type = cmark_node_get_type(table);
	m->header_type = cmark_node_get_type(header);
	m->row_type = cmark_node_get_type(cmark_node_next(header));
	m->cell_type = cmark_node_get_type(cmark_node_first_child(header));
	cmark_node_free(root);
}

struct markdown *markdown_new(void)
{
	struct markdown *m = arena_sys_alloc(sizeof(*m));

	memset(m, 0, sizeof(*m));
	m->table = cmark_find_syntax_extension("table");
	m->tasklist = cmark_find_syntax_extension("tasklist");
	assert(m->table && m->tasklist); /* markdown_setup() comes first */
	doc_builder_init(&m->doc);
	buf_init(&m->text, 0);
	learn_types(m);
	return m;
}

void markdown_free(struct markdown *m)
{
	if (!m)
		return;
	doc_builder_release(&m->doc);
	buf_release(&m->text);
	arena_release(&m->scratch);
	free(m->lines);
	free(m->cooked_file);
	free(m);
}

/* ---- character references ---- */

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
		{ STR_INIT("&amp;"), STR_INIT("&") },        { STR_INIT("&lt;"), STR_INIT("<") },
		{ STR_INIT("&gt;"), STR_INIT(">") },         { STR_INIT("&quot;"), STR_INIT("\"") },
		{ STR_INIT("&nbsp;"), STR_INIT("\xC2\xA0") }, { STR_INIT("&ndash;"), STR_INIT("\xE2\x80\x93") },
		{ STR_INIT("&mdash;"), STR_INIT("\xE2\x80\x94") }, { STR_INIT("&hellip;"), STR_INIT("\xE2\x80\xA6") },
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

/* ---- the content of a block, and where it stands in the file ---- */

static void add_span(struct markdown *m, uint32_t content, uint32_t source, uint32_t len)
{
	struct markdown_span s = { content, source, len };

	vec_push(&m->scratch, &m->spans, s);
}

/* How many bytes two texts have in common at their ends. */
static uint32_t common_tail(const char *a, uint32_t a_len, const char *b, uint32_t b_len)
{
	uint32_t n = 0, max = a_len < b_len ? a_len : b_len;

	while (n < max && a[a_len - 1 - n] == b[b_len - 1 - n])
		n++;
	return n;
}

static bool is_white(const char *p, uint32_t n)
{
	while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t'))
		n--;
	return n == 0;
}

/* The file's bytes as cmark got them. */
static const char *fed(const struct markdown *m)
{
	return m->is_masked ? m->cooked_file - m->body : m->file.ptr;
}

/*
 * Each line of a paragraph's content is the end of a line of the file: container
 * marks and indentation are cut off before, nothing behind. (Tabs that were
 * taken apart leave blanks, and the last line was trimmed in a table.)
 */
static bool map_lines(struct markdown *m, uint32_t line)
{
	const char *file = fed(m);

	m->spans.len = 0;
	for (uint32_t at = 0; at < m->len; line++) {
		const char *nl = memchr(m->cooked + at, '\n', m->len - at);
		uint32_t end = nl ? (uint32_t)(nl - m->cooked) : m->len, n;
		uint32_t from = markdown_line_start(m, line), to = markdown_line_end(m, line);

		if (!nl) {
			while (to > from && markdown_is_space(file[to - 1]))
				to--;
		}
		n = end - at;
		if (n > to - from || memcmp(m->cooked + at, file + to - n, n) != 0) {
			n = common_tail(m->cooked + at, end - at, file + from, to - from);
			if (n == 0 || !is_white(m->cooked + at, end - at - n))
				return false;
		}
		/* One more byte: the line end stands for itself. */
		add_span(m, end - n, to - n, n + 1);
		at = end + 1;
	}
	return true;
}

static void map_paragraph(struct markdown *m, cmark_node *node)
{
	uint32_t lines = 1, first = (uint32_t)cmark_node_get_start_line(node);
	uint32_t last = (uint32_t)cmark_node_get_end_line(node);

	/* Link definitions before the text are cut off, and a heading's underline: the last lines that fit. */
	for (const char *p = m->cooked; (p = memchr(p, '\n', (size_t)(m->cooked + m->len - p))); p++)
		lines++;
	if (last == first && lines == 1 && map_lines(m, first))
		return;
	for (uint32_t line = last + 1 >= first + lines ? last + 1 - lines : first; line + 1 > first && line > 0; line--) {
		if (map_lines(m, line))
			return;
	}
	m->spans.len = 0;
	add_span(m, 0, markdown_line_start(m, first), 0);
}

/* The text of "## title ##" begins after the marks. */
static void map_heading(struct markdown *m, cmark_node *node)
{
	uint32_t line = (uint32_t)cmark_node_get_start_line(node), end = markdown_line_end(m, line);
	uint32_t at = markdown_line_start(m, line) + (uint32_t)cmark_node_get_start_column(node) - 1;
	const char *file = fed(m);

	if (at >= end || file[at] != '#') {
		map_paragraph(m, node);
		return;
	}
	while (at < end && file[at] == '#')
		at++;
	while (at < end && (file[at] == ' ' || file[at] == '\t'))
		at++;
	m->spans.len = 0;
	add_span(m, 0, at, m->len);
}

/*
 * Content in which "\|" became "|": matched against the source from `at`, which
 * is left behind it. False when it is something else.
 */
static bool map_unescaped(struct markdown *m, uint32_t content, uint32_t content_end, uint32_t *at, uint32_t end)
{
	const char *file = fed(m);
	uint32_t i = *at, from = content;

	for (uint32_t c = content; c < content_end; c++, i++) {
		if (i + 1 < end && file[i] == '\\' && file[i + 1] == '|' && m->cooked[c] == '|') {
			if (c > from)
				add_span(m, from, i - (c - from), c - from);
			from = c;
			i++;
		}
		if (i >= end || file[i] != m->cooked[c])
			return false;
	}
	add_span(m, from, i - (content_end - from), content_end - from + 1);
	*at = i;
	return true;
}

/* Behind blanks and quote marks. */
static uint32_t skip_prefix(const struct markdown *m, uint32_t at, uint32_t end)
{
	const char *t = m->file.ptr;

	while (at < end && (t[at] == ' ' || t[at] == '\t' || t[at] == '>'))
		at++;
	return at;
}

/* A paragraph that a table was cut from has no position: it begins where the table said it did. */
static void map_before_table(struct markdown *m, cmark_node *node)
{
	cmark_node *table = cmark_node_next(node);
	uint32_t line = (uint32_t)cmark_node_get_start_line(table);
	uint32_t column = (uint32_t)cmark_node_get_start_column(table);
	bool ok = true;

	m->spans.len = 0;
	for (uint32_t at = 0; ok && at < m->len; line++) {
		const char *nl = memchr(m->cooked + at, '\n', m->len - at);
		uint32_t end = nl ? (uint32_t)(nl - m->cooked) : m->len;
		uint32_t from = markdown_line_start(m, line), to = markdown_line_end(m, line);

		from = at == 0 ? from + column - 1 : skip_prefix(m, from, to);
		ok = from <= to && map_unescaped(m, at, end, &from, to);
		at = end + 1;
	}
	if (!ok || m->spans.len == 0) {
		m->spans.len = 0;
		add_span(m, 0, markdown_line_start(m, line), 0);
	}
}

/* Where the text of the row begins that the cell stands in. */
static uint32_t row_start(struct markdown *m, cmark_node *row, uint32_t *end)
{
	cmark_node *table = cmark_node_parent(row), *before = cmark_node_previous(table);
	uint32_t line = (uint32_t)cmark_node_get_start_line(row), at;
	bool is_header = cmark_gfm_extensions_get_table_row_is_header(row);

	if (is_header && before && cmark_node_get_type(before) == CMARK_NODE_PARAGRAPH &&
	    cmark_node_get_start_line(before) == 0) {
		const char *p = cmark_node_get_string_content(before);

		for (line++; (p = strchr(p, '\n')); p++)
			line++;
		is_header = false;
	}
	at = markdown_line_start(m, line);
	*end = markdown_line_end(m, line);
	if (is_header) {
		at += (uint32_t)cmark_node_get_start_column(table) - 1;
		return at < *end ? at : *end;
	}
	return skip_prefix(m, at, *end);
}

/* The cell's bytes lie between the bars; `number` counts them from 0. */
static void map_cell(struct markdown *m, cmark_node *row, uint32_t number)
{
	uint32_t end, at = row_start(m, row, &end);
	const char *file = fed(m);

	m->spans.len = 0;
	if (at < end && file[at] == '|')
		at++;
	for (; number > 0 && at < end; number--) {
		while (at < end && file[at] != '|')
			at += file[at] == '\\' && at + 1 < end && markdown_is_punct(file[at + 1]) ? 2 : 1;
		if (at < end)
			at++;
	}
	while (at < end && markdown_is_space(file[at]))
		at++;
	if (!map_unescaped(m, 0, m->len, &at, end)) {
		m->spans.len = 0;
		add_span(m, 0, at < end ? at : end, 0);
	}
}

static void load_content(struct markdown *m, cmark_node *node)
{
	const char *content = cmark_node_get_string_content(node);
	size_t len = content ? strlen(content) : 0;

	while (len > 0 && markdown_is_space(content[len - 1]))
		len--;
	m->cooked = content ? content : "";
	m->len = (uint32_t)len;
	/* One byte more than the length may be read. */
	m->raw = m->is_masked ? markdown_unmask(m, (struct str){ m->cooked, len + 1 }).ptr : m->cooked;
	m->span = 0;
	m->items.len = 0;
}

/* ---- cmark's inline tree against the content ---- */

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

	if (!next)
		return depth == 0 ? m->len : 0;
	if (type != CMARK_NODE_SOFTBREAK && type != CMARK_NODE_LINEBREAK)
		return 0;
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
		bool is_raw = !has_escape(m, a->at, to);

		add_item(a, ITEM_TEXT, to)->flags = is_raw ? ITEM_RAW : 0;
		return;
	}
	literal = str_from(cmark_node_get_literal(node));
	if (literal.len == 0)
		return;
	if (literal.len <= m->len - a->at && memcmp(m->cooked + a->at, literal.ptr, literal.len) == 0 &&
	    !has_escape(m, a->at, a->at + (uint32_t)literal.len)) {
		add_item(a, ITEM_TEXT, a->at + (uint32_t)literal.len)->flags = ITEM_RAW;
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

	while (at < m->len && markdown_is_space(m->cooked[at]) && m->cooked[at] != '\n')
		at++;
	if (at < m->len && m->cooked[at] == '\\')
		at++;
	if (at >= m->len || m->cooked[at] != '\n') {
		const char *nl = memchr(m->cooked + a->at, '\n', m->len - a->at);

		lose(a);
		if (!nl) {
			add_item(a, kind, a->at);
			return;
		}
		at = (uint32_t)(nl - m->cooked);
	}
	for (end = at + 1; end < m->len && (m->cooked[end] == ' ' || m->cooked[end] == '\t');)
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
	if (memchr(literal.ptr, MASK_TAG, literal.len) && m->is_masked) {
		/* A shortcode that was taken for one alone on its line. */
		add_item(a, ITEM_TEXT, a->at + (uint32_t)literal.len)->flags = ITEM_RAW;
		return;
	}
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
		it->arg = m->notes.ptr[number - 1];
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
		it->arg = markdown_unmask(m, str_from(cmark_node_get_title(node)));
		break;
	}
	if (it->to > m->len)
		it->to = a->at = m->len;
}

static void take_close(struct aligner *a, int type)
{
	struct markdown *m = a->m;
	struct markdown_item *it;
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
	}
	it = add_item(a, ITEM_CLOSE, to < m->len ? to : m->len);
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
static void take_inlines(struct markdown *m, cmark_node *block)
{
	struct aligner a = { .m = m };
	cmark_node *node = cmark_node_first_child(block), *next;
	int depth = 0;

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
			take_close(&a, type);
		} else {
			take_leaf(&a, node, type, depth);
		}
		while (!(next = cmark_node_next(node)) && depth > 0) {
			node = cmark_node_parent(node);
			depth--;
			take_close(&a, (int)cmark_node_get_type(node));
		}
		node = next;
	}
}

/* ---- blocks ---- */

static uint32_t block_source(const struct markdown *m, cmark_node *node)
{
	uint32_t line = (uint32_t)cmark_node_get_start_line(node), column = (uint32_t)cmark_node_get_start_column(node);
	uint32_t at = markdown_line_start(m, line) + (column ? column - 1 : 0);

	return at < m->file.len ? at : (uint32_t)m->file.len;
}

/* GitHub's rule for ids that are there already: -1, -2 and so on. */
static struct str unique_id(struct markdown *m, struct str id)
{
	struct map_entry *e;
	bool is_new;
	uint64_t n;

	e = map_at(&m->scratch, &m->ids, id, &is_new);
	if (is_new)
		return id;
	for (n = e->value + 1;; n++) {
		struct str other = str_format(&m->scratch, "%.*s-%llu", STR_ARG(id), (unsigned long long)n);

		if (map_put(&m->scratch, &m->ids, other, 0)) {
			map_at(&m->scratch, &m->ids, id, NULL)->value = n;
			return other;
		}
	}
}

static void set_heading_id(struct markdown *m, uint32_t heading)
{
	struct str id;

	buf_clear(&m->text);
	for (size_t i = heading + 1; i < m->doc.n_nodes; i++) {
		const struct doc_node *n = &m->doc.nodes[i];

		if (n->type == DOC_TEXT || n->type == DOC_CODE || (n->type == DOC_WIKILINK && n->end == i + 1))
			buf_add_mem(&m->text, m->doc.text.ptr + n->text, n->text_len);
		else if (n->type == DOC_SOFT_BREAK || n->type == DOC_LINE_BREAK)
			buf_add_char(&m->text, ' ');
	}
	id = utf8_heading_id(&m->scratch, str_trim(buf_str(&m->text)));
	if (id.len == 0)
		id = STR("section");
	id = unique_id(m, id);
	doc_set_arg(&m->doc, &m->doc.nodes[heading], id);
}

/* Raw HTML is left out of a safe site: said once, and not for comments. */
static bool keeps_html(struct markdown *m, struct str html, uint32_t source)
{
	if (!m->is_site || m->opt.unsafe)
		return true;
	if (!m->warned_html && !str_starts(str_trim(html), STR("<!--"))) {
		m->warned_html = true;
		diag_add(&m->diags, DIAG_WARNING, "markdown/raw-html", m->path, markdown_pos(m, source),
			 "raw HTML is left out");
		diag_hint(&m->diags, "write it in Markdown or as a shortcode, or set markdown.unsafe = true in site.toml; "
				     "for a literal '<' write '&lt;'");
	}
	return false;
}

static void drop_html_items(struct markdown *m)
{
	size_t w = 0;

	for (size_t i = 0; i < m->items.len; i++) {
		const struct markdown_item *it = &m->items.ptr[i];

		if (it->kind == ITEM_HTML && !keeps_html(m, it->text, markdown_source(m, it->from)))
			continue;
		m->items.ptr[w++] = *it;
	}
	m->items.len = w;
}

/* An embed alone in its paragraph is a block: its mark, or NULL. */
static const struct markdown_mark *lone_embed(const struct markdown *m)
{
	const struct markdown_mark *mark = m->marks.ptr;

	if (m->marks.len != 1 || mark->kind != MARK_EMBED || mark->from != 0 || mark->to != m->len)
		return NULL;
	return mark;
}

static void write_inlines(struct markdown *m, cmark_node *block, enum doc_type type, struct doc_node *like)
{
	uint32_t index;
	struct doc_node *n;

	take_inlines(m, block);
	if (m->is_site)
		drop_html_items(m);
	markdown_find_marks(m);
	if (type == DOC_PARAGRAPH && lone_embed(m)) {
		/* Written as an inline, then made a block: its children and names are the same. */
		index = (uint32_t)m->doc.n_nodes;
		markdown_emit(m, 0);
		m->doc.nodes[index].type = DOC_EMBED;
		return;
	}
	index = (uint32_t)m->doc.n_nodes;
	n = doc_open(&m->doc, type, type == DOC_HEADING || type == DOC_CELL ? like->source : markdown_source(m, 0));
	if (like) {
		n->level = like->level;
		n->flags = like->flags;
	}
	markdown_emit(m, 0);
	markdown_drop_pending(m);
	doc_close(&m->doc);
	if (type == DOC_HEADING && m->is_site)
		set_heading_id(m, index);
}

static void write_paragraph(struct markdown *m, cmark_node *node)
{
	load_content(m, node);
	if (cmark_node_get_start_line(node) == 0)
		map_before_table(m, node);
	else
		map_paragraph(m, node);
	write_inlines(m, node, DOC_PARAGRAPH, NULL);
}

static void write_heading(struct markdown *m, cmark_node *node)
{
	struct doc_node like = { .level = (uint16_t)cmark_node_get_heading_level(node), .source = block_source(m, node) };

	load_content(m, node);
	map_heading(m, node);
	if (m->spans.len && m->file.ptr[like.source < m->file.len ? like.source : 0] != '#')
		like.source = markdown_source(m, 0);
	write_inlines(m, node, DOC_HEADING, &like);
}

static void write_cells(struct markdown *m, cmark_node *row)
{
	uint32_t number = 0;

	for (cmark_node *cell = cmark_node_first_child(row); cell; cell = cmark_node_next(cell), number++) {
		struct doc_node like = { .level = (uint16_t)number };

		load_content(m, cell);
		map_cell(m, row, number);
		like.source = markdown_source(m, 0);
		write_inlines(m, cell, DOC_CELL, &like);
	}
}

static void write_table(struct markdown *m, cmark_node *node)
{
	uint16_t columns = cmark_gfm_extensions_get_table_columns(node);
	const uint8_t *align = cmark_gfm_extensions_get_table_alignments(node);
	uint32_t end, start = row_start(m, cmark_node_first_child(node), &end);
	struct doc_node *n = doc_open(&m->doc, DOC_TABLE, start);

	n->level = columns;
	n->arg = (uint32_t)m->doc.text.len;
	n->arg_len = columns;
	for (uint16_t i = 0; i < columns; i++)
		buf_add_char(&m->doc.text, align[i] ? (char)align[i] : '-');
	for (cmark_node *row = cmark_node_first_child(node); row; row = cmark_node_next(row)) {
		n = doc_open(&m->doc, DOC_ROW, row_start(m, row, &end));
		n->flags = cmark_gfm_extensions_get_table_row_is_header(row) ? DOC_HEADER : 0;
		write_cells(m, row);
		doc_close(&m->doc);
	}
	doc_close(&m->doc);
}

static void write_code_block(struct markdown *m, cmark_node *node)
{
	struct doc_node *n = doc_leaf(&m->doc, DOC_CODE_BLOCK, block_source(m, node));

	doc_set_text(&m->doc, n, markdown_unmask(m, str_from(cmark_node_get_literal(node))));
	doc_set_arg(&m->doc, n, markdown_unmask(m, str_from(cmark_node_get_fence_info(node))));
}

/* The shortcode that stands alone on the line where `source` is. */
static const struct markdown_tag *tag_at(const struct markdown *m, uint32_t source, uint32_t line)
{
	size_t lo = 0, hi = m->tags.len;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (m->tags.ptr[mid].from < source)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < m->tags.len && m->tags.ptr[lo].from < markdown_line_end(m, line) ? &m->tags.ptr[lo] : NULL;
}

static void write_html_block(struct markdown *m, cmark_node *node)
{
	struct str literal = str_from(cmark_node_get_literal(node));
	uint32_t source = block_source(m, node);
	struct doc_node *n;

	if (m->tags.len && str_starts(str_trim(literal), STR("<?\x0E"))) {
		const struct markdown_tag *tag = tag_at(m, source, (uint32_t)cmark_node_get_start_line(node));

		if (tag) {
			markdown_emit_tag(m, tag, tag->from, true);
			return;
		}
	}
	literal = markdown_unmask(m, literal);
	if (!keeps_html(m, literal, source))
		return;
	n = doc_leaf(&m->doc, DOC_HTML_BLOCK, source);
	doc_set_text(&m->doc, n, literal);
}

static void open_list(struct markdown *m, cmark_node *node)
{
	struct doc_node *n = doc_open(&m->doc, DOC_LIST, block_source(m, node));
	int start = cmark_node_get_list_start(node);

	if (cmark_node_get_list_tight(node))
		n->flags |= DOC_TIGHT;
	if (cmark_node_get_list_type(node) != CMARK_ORDERED_LIST)
		return;
	n->flags |= DOC_ORDERED;
	if (cmark_node_get_list_delim(node) == CMARK_PAREN_DELIM)
		n->flags |= DOC_PAREN;
	if (start >= 0 && start <= UINT16_MAX) {
		n->level = (uint16_t)start;
	} else {
		n->text = (uint32_t)m->doc.text.len;
		buf_add_u64(&m->doc.text, (uint64_t)start);
		n->text_len = (uint32_t)m->doc.text.len - n->text;
	}
}

static void open_item(struct markdown *m, cmark_node *node)
{
	struct doc_node *n = doc_open(&m->doc, DOC_ITEM, block_source(m, node));

	if (m->opt.plain || cmark_node_get_syntax_extension(node) != m->tasklist)
		return;
	n->flags = DOC_TASK;
	if (cmark_gfm_extensions_get_tasklist_item_checked(node))
		n->flags |= DOC_CHECKED;
}

static void open_footnote(struct markdown *m, cmark_node *node, uint32_t number)
{
	uint32_t start = markdown_line_start(m, (uint32_t)cmark_node_get_start_line(node)), at = block_source(m, node);
	struct doc_node *n;

	/* cmark says where the text begins; the label stands before. */
	while (at > start && !(m->file.ptr[at] == '[' && at + 1 < m->file.len && m->file.ptr[at + 1] == '^'))
		at--;
	n = doc_open(&m->doc, DOC_FOOTNOTE, at);
	n->level = (uint16_t)number;
	doc_set_arg(&m->doc, n, m->notes.ptr[number - 1]);
}

static const struct str callouts[] = {
	STR_INIT("note"), STR_INIT("tip"), STR_INIT("important"), STR_INIT("warning"), STR_INIT("caution"),
};

/* "[!NOTE] title" in the first line of a quote's first paragraph: the kind, or NULL. */
static const struct str *callout_kind(struct markdown *m, cmark_node *quote, struct str *line)
{
	cmark_node *first = cmark_node_first_child(quote);
	struct str text, word;
	ptrdiff_t close;

	if (!m->is_site || !(m->has & HAS_CALLOUT) || !first || cmark_node_get_type(first) != CMARK_NODE_PARAGRAPH)
		return NULL;
	text = str_from(cmark_node_get_string_content(first));
	if (!str_starts(text, STR("[!")))
		return NULL;
	str_next(&text, '\n', line);
	close = str_find_byte(*line, ']');
	if (close < 0)
		return NULL;
	word = str_cut(*line, 2, (size_t)close);
	for (size_t i = 0; i < sizeof(callouts) / sizeof(callouts[0]); i++) {
		if (str_eq_nocase(word, callouts[i]))
			return &callouts[i];
	}
	if (word.len && memchr(word.ptr, ' ', word.len) == NULL) {
		diag_add(&m->diags, DIAG_WARNING, "markdown/unknown-callout", m->path,
			 markdown_pos(m, block_source(m, first)), "there is no callout '%.*s'", STR_ARG(word));
		diag_suggest(&m->diags, word, callouts, sizeof(callouts) / sizeof(callouts[0]));
	}
	return NULL;
}

/*
 * The callout's first line goes into the node, without markup; the rest of the
 * paragraph stays one, if there is any. False when the line cannot be parted
 * from the rest, because emphasis or a link crosses its end.
 */
static bool write_callout(struct markdown *m, cmark_node *quote, const struct str *kind)
{
	cmark_node *first = cmark_node_first_child(quote);
	size_t i, depth = 0;
	struct doc_node *n;

	load_content(m, first);
	map_paragraph(m, first);
	take_inlines(m, first);
	for (i = 0; i < m->items.len; i++) {
		const struct markdown_item *it = &m->items.ptr[i];

		if ((it->kind == ITEM_SOFT || it->kind == ITEM_HARD) || (it->kind == ITEM_CODE && memchr(m->cooked + it->from, '\n', it->to - it->from)))
			break;
		depth += it->kind == ITEM_OPEN;
		depth -= it->kind == ITEM_CLOSE;
	}
	if (depth > 0 || (i < m->items.len && m->items.ptr[i].kind == ITEM_CODE))
		return false;
	n = doc_open(&m->doc, DOC_CALLOUT, block_source(m, quote));
	doc_set_text(&m->doc, n, *kind);
	buf_clear(&m->text);
	for (size_t k = 0; k < i; k++) {
		const struct markdown_item *it = &m->items.ptr[k];

		if (it->kind == ITEM_CODE)
			buf_add(&m->text, it->text);
		else if (it->kind == ITEM_TEXT)
			buf_add_mem(&m->text, m->raw + it->from, it->to - it->from);
	}
	doc_set_arg(&m->doc, n, str_trim(str_skip(buf_str(&m->text), kind->len + 3)));
	if (i < m->items.len) {
		uint32_t from = m->items.ptr[i].to;

		drop_html_items(m);
		markdown_find_marks(m);
		for (i = 0; i < m->items.len && m->items.ptr[i].from < from;)
			i++;
		doc_open(&m->doc, DOC_PARAGRAPH, markdown_source(m, from));
		markdown_emit(m, i);
		markdown_drop_pending(m);
		doc_close(&m->doc);
	}
	return true;
}

/* Opens a container, or writes a leaf; true when the children are to be walked. *child: where to begin. */
static bool enter_block(struct markdown *m, cmark_node *node, uint32_t *footnote, cmark_node **child)
{
	int type = (int)cmark_node_get_type(node);
	const struct str *kind;
	struct str line;

	*child = NULL;
	if (type == m->table_type) {
		write_table(m, node);
		return false;
	}
	switch (type) {
	case CMARK_NODE_PARAGRAPH:
		write_paragraph(m, node);
		return false;
	case CMARK_NODE_HEADING:
		write_heading(m, node);
		return false;
	case CMARK_NODE_CODE_BLOCK:
		write_code_block(m, node);
		return false;
	case CMARK_NODE_HTML_BLOCK:
		write_html_block(m, node);
		return false;
	case CMARK_NODE_THEMATIC_BREAK:
		doc_leaf(&m->doc, DOC_RULE, block_source(m, node));
		return false;
	case CMARK_NODE_BLOCK_QUOTE:
		*child = cmark_node_first_child(node);
		kind = callout_kind(m, node, &line);
		if (kind && write_callout(m, node, kind))
			*child = cmark_node_next(*child);
		else
			doc_open(&m->doc, DOC_QUOTE, block_source(m, node));
		return true;
	case CMARK_NODE_LIST:
		open_list(m, node);
		break;
	case CMARK_NODE_ITEM:
		open_item(m, node);
		break;
	case CMARK_NODE_FOOTNOTE_DEFINITION:
		open_footnote(m, node, ++*footnote);
		break;
	default:
		assert(!"a block that was not asked for");
	}
	*child = cmark_node_first_child(node);
	return true;
}

static void find_notes(struct markdown *m, cmark_node *root)
{
	cmark_node *node = cmark_node_last_child(root);

	m->notes.len = 0;
	while (node && cmark_node_get_type(node) == CMARK_NODE_FOOTNOTE_DEFINITION && cmark_node_previous(node) &&
	       cmark_node_get_type(cmark_node_previous(node)) == CMARK_NODE_FOOTNOTE_DEFINITION)
		node = cmark_node_previous(node);
	for (; node && cmark_node_get_type(node) == CMARK_NODE_FOOTNOTE_DEFINITION; node = cmark_node_next(node)) {
		struct str label = markdown_unmask(m, str_from(cmark_node_get_literal(node)));

		vec_push(&m->scratch, &m->notes, label);
	}
}

static void walk(struct markdown *m, cmark_node *root)
{
	cmark_node *node = cmark_node_first_child(root), *next;
	uint32_t footnote = 0;

	find_notes(m, root);
	doc_open(&m->doc, DOC_ROOT, m->body);
	while (node) {
		bool is_container = enter_block(m, node, &footnote, &next);

		if (next) {
			node = next;
			continue;
		}
		if (is_container) {
			markdown_drop_pending(m);
			doc_close(&m->doc);
		}
		while (!(next = cmark_node_next(node))) {
			node = cmark_node_parent(node);
			if (node == root)
				break;
			markdown_drop_pending(m);
			doc_close(&m->doc);
		}
		node = next;
	}
	doc_close(&m->doc);
}

struct note_ref {
	uint32_t source, node;
};

static int by_source(const void *a, const void *b)
{
	const struct note_ref *x = a, *y = b;

	return x->source < y->source ? -1 : x->source > y->source;
}

static void set_count(struct markdown *m, struct doc_node *n, uint32_t count)
{
	n->text = (uint32_t)m->doc.text.len;
	buf_add_u64(&m->doc.text, count);
	n->text_len = (uint32_t)m->doc.text.len - n->text;
}

/* References to one note are counted in the order of the file; notes stand last here, but not there. */
static void count_notes(struct markdown *m)
{
	VEC(struct note_ref) refs = { 0 };
	uint32_t *counts;

	if (m->notes.len == 0)
		return;
	counts = arena_array(&m->scratch, uint32_t, m->notes.len + 1);
	for (uint32_t i = 0; i < m->doc.n_nodes; i++) {
		struct note_ref r = { m->doc.nodes[i].source, i };

		if (m->doc.nodes[i].type == DOC_FOOTNOTE_REF)
			vec_push(&m->scratch, &refs, r);
	}
	if (refs.len > 1)
		qsort(refs.ptr, refs.len, sizeof(*refs.ptr), by_source);
	for (size_t i = 0; i < refs.len; i++) {
		struct doc_node *n = &m->doc.nodes[refs.ptr[i].node];

		if (n->level <= m->notes.len && ++counts[n->level] > 1)
			set_count(m, n, counts[n->level]);
	}
	for (size_t i = 0; i < m->doc.n_nodes; i++) {
		struct doc_node *n = &m->doc.nodes[i];

		if (n->type == DOC_FOOTNOTE)
			set_count(m, n, counts[n->level]);
	}
}

/* Everything of an earlier page or attempt is forgotten; memory stays. */
static void begin_attempt(struct markdown *m)
{
	doc_builder_clear(&m->doc);
	m->diags = (struct diag_list){ 0 };
	diag_init(&m->diags, &m->scratch);
	m->pending.len = 0;
	m->ids = (struct map){ 0 };
	m->warned_html = false;
	m->again = false;
}

static void begin_page(struct markdown *m, struct arena *a, struct str path, struct str text, size_t body,
		       const struct markdown_options *opt)
{
	arena_reset(&m->scratch);
	m->opt = *opt;
	m->is_gfm = opt->gfm && !opt->plain;
	m->is_site = !opt->gfm && !opt->plain;
	m->arena = a;
	m->path = path;
	m->file = text;
	if (body == 0 && str_starts(text, STR("\xEF\xBB\xBF")))
		body = 3;
	m->body = (uint32_t)(body < text.len ? body : text.len);
	m->has = 0;
	m->n_lines = 0;
	m->head_lines = 0;
	m->is_masked = false;
	memset(&m->tags, 0, sizeof(m->tags));
	memset(&m->pending, 0, sizeof(m->pending));
	memset(&m->notes, 0, sizeof(m->notes));
	memset(&m->spans, 0, sizeof(m->spans));
	memset(&m->items, 0, sizeof(m->items));
	memset(&m->marks, 0, sizeof(m->marks));
	memset(&m->pieces, 0, sizeof(m->pieces));
	begin_attempt(m);
}

/* Size and encoding. */
static bool check_bytes(struct markdown *m)
{
	size_t max = m->opt.max_bytes ? m->opt.max_bytes : MARKDOWN_MAX_BYTES, at, start = 0;
	uint32_t line = 1;
	const char *nul;

	if (max > INT32_MAX / 4)
		max = INT32_MAX / 4;
	if (m->file.len > max) {
		diag_add(&m->diags, DIAG_ERROR, "markdown/too-large", m->path, (struct pos){ 0, 0 },
			 "the page has %zu bytes, more than the %zu that are allowed", m->file.len, max);
		diag_hint(&m->diags, "split it, or put data into files of their own");
		return false;
	}
	at = utf8_check(m->file);
	nul = m->file.len ? memchr(m->file.ptr, 0, m->file.len) : NULL;
	if (at == m->file.len && !nul)
		return true;
	if (nul && (size_t)(nul - m->file.ptr) < at)
		at = (size_t)(nul - m->file.ptr);
	else
		nul = NULL;
	for (size_t i = 0; i < at; i++) {
		if (m->file.ptr[i] == '\n') {
			line++;
			start = i + 1;
		}
	}
	diag_add(&m->diags, DIAG_ERROR, nul ? "markdown/nul-byte" : "markdown/not-utf8", m->path,
		 (struct pos){ line, (uint32_t)utf8_length(str_cut(m->file, start, at)) + 1 },
		 nul ? "the file contains a NUL byte" : "the file is not valid UTF-8");
	diag_hint(&m->diags, nul ? "it may be a binary file or UTF-16; save it as UTF-8" : "save it as UTF-8");
	return false;
}

struct doc *markdown_parse(struct markdown *m, struct arena *a, struct str path, struct str text, size_t body,
			   const struct markdown_options *opt, struct diag_list *dl)
{
	struct doc *d = NULL;

	begin_page(m, a, path, text, body, opt);
	if (!check_bytes(m) || !markdown_scan(m))
		goto out;
	markdown_mask(m);
	for (int attempt = 1;; attempt++) {
		cmark_node *root;

		begin_attempt(m);
		root = parse(m, m->is_masked ? (struct str){ m->cooked_file, text.len - m->body } : str_skip(text, m->body));
		walk(m, root);
		cmark_node_free(root);
		if (!m->again || attempt == MAX_ATTEMPTS)
			break;
	}
	count_notes(m);
	d = doc_finish(&m->doc, a, m->lines, (uint32_t)m->n_lines, m->head_lines);
out:
	diag_merge(dl, &m->diags);
	return d;
}
