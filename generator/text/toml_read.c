#include "text/toml_read.h"

#include <assert.h>

struct pos toml_pos(struct toml_reader *r, size_t off)
{
	assert(off >= r->line_start);
	if (off >= r->col_off)
		r->col += toml_points(str_cut(r->text, r->col_off, off));
	else
		r->col -= toml_points(str_cut(r->text, off, r->col_off));
	r->col_off = off;
	return (struct pos){ r->line, r->col };
}

void toml_skip_newline(struct toml_reader *r)
{
	r->i += peek(r, 0) == '\r' ? 2 : 1;
	r->line++;
	r->line_start = r->col_off = r->i;
	r->col = 1;
}

struct str toml_shown(const struct toml_reader *r, size_t off)
{
	size_t next;
	uint32_t cp;

	if (off >= r->text.len)
		return STR("the end of the file");
	if (r->text.ptr[off] == '\n' || str_starts(str_skip(r->text, off), STR("\r\n")))
		return STR("the end of the line");
	cp = utf8_decode(r->text, off, &next);
	if (is_control((int)cp))
		return str_format(r->dl->arena, "the control character U+%04X", cp);
	return str_format(r->dl->arena, "'%.*s'", STR_ARG(str_cut(r->text, off, next)));
}

struct str toml_quoted(struct str s)
{
	size_t n = 0;

	while (n < s.len && !is_control((unsigned char)s.ptr[n]))
		n++;
	return utf8_truncate(str_cut(s, 0, n < 200 ? n : 200), 40);
}

void toml_refuse_control(struct toml_reader *r, const char *where)
{
	int c = peek(r, 0);

	if (c == '\r') {
		toml_problem(r, toml_pos(r, r->i), "toml/encoding", "a carriage return without a line feed %s", where);
		diag_hint(r->dl, "end lines with LF or CRLF; in a quoted string write \\r");
	} else {
		toml_problem(r, toml_pos(r, r->i), "toml/encoding", "the control character U+%04X %s", (unsigned)c,
			     where);
		diag_hint(r->dl, "remove it, or write it as \\u%04X in a quoted string", (unsigned)c);
	}
	r->i++;
}

void toml_skip_comment(struct toml_reader *r)
{
	if (peek(r, 0) != '#')
		return;
	while (!is_line_end(r) && r->errors < TOML_MAX_ERRORS) {
		if (is_control(peek(r, 0)))
			toml_refuse_control(r, "in a comment");
		else
			r->i++;
	}
}

void toml_skip_lines(struct toml_reader *r)
{
	for (;;) {
		skip_blanks(r);
		toml_skip_comment(r);
		if (!is_newline(r))
			return;
		toml_skip_newline(r);
	}
}

bool toml_refuse_invisible(struct toml_reader *r, struct str word, struct pos at)
{
	for (size_t i = 0; i < word.len;) {
		uint32_t cp = utf8_decode(word, i, &i);

		if (cp < 0x80 || !(utf8_is_space(cp) || cp == 0xfeff || cp == 0x200b))
			continue;
		toml_problem(r, at, "toml/encoding", "the invisible character U+%04X", (unsigned)cp);
		diag_width(r->dl, toml_points(word));
		diag_hint(r->dl, "remove it, or write an ordinary space; in text it stands between quotes");
		return true;
	}
	return false;
}
