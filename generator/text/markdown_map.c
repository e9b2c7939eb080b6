#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>
#include <string.h>

#include "text/markdown_impl.h"

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

static void map_lines_of(struct markdown *m, cmark_node *node)
{
	uint32_t lines = 1, first = (uint32_t)cmark_node_get_start_line(node);
	uint32_t last = (uint32_t)cmark_node_get_end_line(node);

	/* Link definitions before the text are cut off, and a heading's underline: the last lines that fit. */
	for (const char *p = m->cooked; (p = memchr(p, '\n', (size_t)(m->cooked + m->len - p))); p++)
		lines++;
	if (last == first && lines == 1 && map_lines(m, first))
		return;
	for (uint32_t line = last + 1 >= first + lines ? last + 1 - lines : first; line + 1 > first && line > 0;
	     line--) {
		if (map_lines(m, line))
			return;
	}
	m->spans.len = 0;
	add_span(m, 0, markdown_line_start(m, first), 0);
}

/* The text of "## title ##" begins after the marks. */
void markdown_map_heading(struct markdown *m, cmark_node *node)
{
	uint32_t line = (uint32_t)cmark_node_get_start_line(node), end = markdown_line_end(m, line);
	uint32_t at = markdown_line_start(m, line) + (uint32_t)cmark_node_get_start_column(node) - 1;
	const char *file = fed(m);

	uint32_t marks = 0;

	while (at + marks < end && file[at + marks] == '#')
		marks++;
	if (marks == 0 || (at + marks < end && file[at + marks] != ' ' && file[at + marks] != '\t')) {
		map_lines_of(m, node);
		return;
	}
	at += marks;
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

static uint32_t line_count(const char *content)
{
	uint32_t n = 1;

	while ((content = strchr(content, '\n'))) {
		content++;
		n++;
	}
	return n;
}

/*
 * A table's own position is that of the paragraph it was made from, which may
 * have had more lines: the header stands two lines above the second row.
 */
static uint32_t header_line(cmark_node *table)
{
	cmark_node *row = cmark_node_next(cmark_node_first_child(table));

	if (row)
		return (uint32_t)cmark_node_get_start_line(row) - 2;
	return (uint32_t)cmark_node_get_end_line(table) - 1;
}

/* Where the text of a line begins that lies in the table, or in the paragraph it was made from. */
static uint32_t table_text(struct markdown *m, cmark_node *table, uint32_t line)
{
	uint32_t at = markdown_line_start(m, line), end = markdown_line_end(m, line);

	if (line != (uint32_t)cmark_node_get_start_line(table))
		return skip_prefix(m, at, end);
	at += (uint32_t)cmark_node_get_start_column(table) - 1;
	return at < end ? at : end;
}

/* A paragraph that a table was cut from has no position: it ends where the table begins. */
static void map_before_table(struct markdown *m, cmark_node *node)
{
	cmark_node *table = cmark_node_next(node);
	uint32_t header = header_line(table), lines = line_count(m->cooked), line = header > lines ? header - lines : 1;
	bool ok = true;

	m->spans.len = 0;
	for (uint32_t at = 0; ok && at < m->len; line++) {
		const char *nl = memchr(m->cooked + at, '\n', m->len - at);
		uint32_t end = nl ? (uint32_t)(nl - m->cooked) : m->len, from = table_text(m, table, line);

		ok = map_unescaped(m, at, end, &from, markdown_line_end(m, line));
		at = end + 1;
	}
	if (!ok || m->spans.len == 0) {
		m->spans.len = 0;
		add_span(m, 0, markdown_line_start(m, line), 0);
	}
}

void markdown_map_paragraph(struct markdown *m, cmark_node *node)
{
	if (cmark_node_get_start_line(node) == 0)
		map_before_table(m, node);
	else
		map_lines_of(m, node);
}

uint32_t markdown_row_start(struct markdown *m, cmark_node *row, uint32_t *end)
{
	cmark_node *table = cmark_node_parent(row);
	uint32_t line = (uint32_t)cmark_node_get_start_line(row);

	if (cmark_gfm_extensions_get_table_row_is_header(row))
		line = header_line(table);
	*end = markdown_line_end(m, line);
	return table_text(m, table, line);
}

void markdown_map_cell(struct markdown *m, uint32_t *at, uint32_t end)
{
	const char *file = fed(m);
	uint32_t i = *at;

	/* cmark-gfm ends no cell behind a backslash, not even behind two. */
	while (i < end && (file[i] != '|' || (i > *at && file[i - 1] == '\\')))
		i++;
	while (*at < i && markdown_is_space(file[*at]))
		++*at;
	m->spans.len = 0;
	if (!map_unescaped(m, 0, m->len, at, i)) {
		m->spans.len = 0;
		add_span(m, 0, *at, 0);
	}
	*at = i < end ? i + 1 : end;
}

void markdown_load(struct markdown *m, cmark_node *node)
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
