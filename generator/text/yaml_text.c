#include "text/yaml_text.h"

#include <string.h>

#include "base/buf.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* From a line end to the next text: one line end becomes a space, n of them n - 1; white space around them goes. */
static size_t fold_lines(struct buf *b, struct str s, size_t i, size_t line)
{
	size_t breaks = 0;

	while (b->len > line && is_blank(b->ptr[b->len - 1]))
		b->len--;
	for (; i < s.len && (is_blank(s.ptr[i]) || s.ptr[i] == '\n'); i++)
		breaks += s.ptr[i] == '\n';
	if (breaks == 1)
		buf_add_char(b, ' ');
	while (breaks-- > 1)
		buf_add_char(b, '\n');
	return i;
}

struct str yaml_text_single_quoted(struct arena *a, struct str s)
{
	struct buf b = { 0 };
	struct str out;
	size_t line = 0;

	buf_init(&b, 0);
	for (size_t i = 0; i < s.len;) {
		if (s.ptr[i] == '\n') {
			i = fold_lines(&b, s, i, line);
			line = b.len;
			continue;
		}
		buf_add_char(&b, s.ptr[i]);
		i += s.ptr[i] == '\'' ? 2 : 1;
	}
	out = buf_copy(&b, a);
	buf_release(&b);
	return out;
}

struct header {
	bool is_folded;
	char chomp;      /* '+', '-', or 0 */
	unsigned indent; /* 0: that of the first line */
};

/* "|", ">-", "|2+" and the like, then nothing or a comment. */
static bool parse_header(struct str s, struct header *h)
{
	size_t i = 1;

	if (!s.len || (s.ptr[0] != '|' && s.ptr[0] != '>'))
		return false;
	*h = (struct header){ .is_folded = s.ptr[0] == '>' };
	for (; i < s.len && i < 3; i++) {
		if ((s.ptr[i] == '+' || s.ptr[i] == '-') && !h->chomp)
			h->chomp = s.ptr[i];
		else if (s.ptr[i] >= '1' && s.ptr[i] <= '9' && !h->indent)
			h->indent = (unsigned)(s.ptr[i] - '0');
		else
			break;
	}
	if (i < s.len && !is_blank(s.ptr[i]))
		return false;
	s = str_trim(str_skip(s, i));
	return !s.len || s.ptr[0] == '#';
}

static bool find_header(struct str line, struct header *h)
{
	for (size_t i = 0; i < line.len; i++)
		if ((i == 0 || is_blank(line.ptr[i - 1])) && parse_header(str_skip(line, i), h))
			return true;
	return false;
}

static size_t count_spaces(struct str s, size_t i)
{
	size_t n = 0;

	while (i + n < s.len && s.ptr[i + n] == ' ')
		n++;
	return n;
}

static bool is_line_end(struct str s, size_t i)
{
	return i >= s.len || s.ptr[i] == '\n';
}

/* Passes over empty lines at *i, which may have up to `indent` spaces, and counts them. */
static size_t skip_empty_lines(struct str s, size_t *i, size_t indent)
{
	size_t n = 0;

	while (*i < s.len) {
		size_t spaces = count_spaces(s, *i);

		if (spaces > indent || !is_line_end(s, *i + spaces))
			break;
		*i += spaces;
		if (*i < s.len) {
			++*i;
			n++;
		}
	}
	return n;
}

static void add_newlines(struct buf *b, size_t n)
{
	while (n--)
		buf_add_char(b, '\n');
}

/* The lines at *i that are indented by `indent` at least, or empty. */
static void add_lines(struct buf *b, const struct header *h, struct str s, size_t *i, size_t indent)
{
	size_t empty = skip_empty_lines(s, i, indent);

	if (*i >= s.len || count_spaces(s, *i) < indent) {
		add_newlines(b, h->chomp == '+' ? empty : 0);
		return;
	}
	add_newlines(b, empty);
	for (;;) {
		size_t from = *i + indent, to = from;
		/* Lines that are indented further keep the line ends around them. */
		bool is_spaced = from < s.len && is_blank(s.ptr[from]), has_end;

		while (!is_line_end(s, to))
			to++;
		buf_add(b, str_cut(s, from, to));
		has_end = to < s.len;
		*i = to + has_end;
		empty = skip_empty_lines(s, i, indent);
		if (*i >= s.len || count_spaces(s, *i) < indent) {
			add_newlines(b, (h->chomp != '-' && has_end) + (h->chomp == '+' ? empty : 0));
			return;
		}
		if (!h->is_folded || is_spaced || is_blank(s.ptr[*i + indent]))
			add_newlines(b, empty + 1);
		else if (empty)
			add_newlines(b, empty);
		else
			buf_add_char(b, ' ');
	}
}

bool yaml_text_block(struct arena *a, struct str source, size_t after, size_t start, size_t parent, struct str *out,
		     size_t *end)
{
	size_t line = start ? start - 1 : 0, i = start, indent;
	struct buf b = { 0 };
	struct header h;

	while (line > after && source.ptr[line - 1] != '\n')
		line--;
	if (!start || !find_header(str_cut(source, line, start - (source.ptr[start - 1] == '\n')), &h))
		return false;
	indent = parent + h.indent;
	if (!h.indent) {
		skip_empty_lines(source, &i, SIZE_MAX);
		indent = count_spaces(source, i);
		/* No text at all: every line is an empty one, however many spaces it has. */
		if (indent <= parent)
			indent = SIZE_MAX;
	}
	buf_init(&b, 0);
	*end = start;
	add_lines(&b, &h, source, end, indent);
	*out = buf_copy(&b, a);
	buf_release(&b);
	return true;
}
