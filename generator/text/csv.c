#include "text/csv.h"

#include <string.h>

#include "base/utf8.h"
#include "base/vec.h"

struct column {
	struct str name;
	struct pos at;
};

struct reader {
	struct arena *arena;
	struct str path, text;
	struct diag_list *dl;
	size_t i;
	uint32_t line;
	uint32_t col; /* of the byte at col_off, which is on that line */
	size_t col_off;
	size_t errors;
	struct buf scratch; /* a quoted field */
	VEC(struct column) columns;
};

static bool note_error(struct reader *r)
{
	r->errors++;
	return false;
}

/* A message and its count; false, for `return problem(…)`. */
#define problem(r, at, code, ...) (diag_add((r)->dl, DIAG_ERROR, (code), (r)->path, (at), __VA_ARGS__), note_error(r))

static int peek(const struct reader *r, size_t ahead)
{
	return ahead < r->text.len - r->i ? (unsigned char)r->text.ptr[r->i + ahead] : -1;
}

static bool is_newline(const struct reader *r)
{
	return peek(r, 0) == '\n' || (peek(r, 0) == '\r' && peek(r, 1) == '\n');
}

static bool is_line_end(const struct reader *r)
{
	return peek(r, 0) < 0 || is_newline(r);
}

/* Where r->i is. Columns are counted on from the last position asked for. */
static struct pos here(struct reader *r)
{
	for (; r->col_off < r->i; r->col_off++)
		r->col += ((unsigned char)r->text.ptr[r->col_off] & 0xc0) != 0x80;
	return (struct pos){ r->line, r->col };
}

static void skip_newline(struct reader *r)
{
	r->i += peek(r, 0) == '\r' ? 2 : 1;
	r->line++;
	r->col_off = r->i;
	r->col = 1;
}

static void skip_line(struct reader *r)
{
	const char *lf = memchr(r->text.ptr + r->i, '\n', r->text.len - r->i);

	r->i = lf ? (size_t)(lf - r->text.ptr) : r->text.len;
	if (lf)
		skip_newline(r);
}

/* At the opening quote. False: said what is wrong. */
static bool read_quoted(struct reader *r, struct str *out)
{
	struct pos at = here(r);
	size_t from = ++r->i;

	buf_clear(&r->scratch);
	for (;;) {
		if (peek(r, 0) < 0) {
			problem(r, at, "csv/quote", "the field that begins here has no closing quote");
			diag_hint(r->dl, "write a quote inside a quoted field twice: \"\"");
			return false;
		}
		if (peek(r, 0) == '"' && peek(r, 1) != '"')
			break;
		if (peek(r, 0) == '"' || is_newline(r)) {
			buf_add(&r->scratch, str_cut(r->text, from, r->i));
			buf_add_char(&r->scratch, peek(r, 0) == '"' ? '"' : '\n');
			if (is_newline(r))
				skip_newline(r);
			else
				r->i += 2;
			from = r->i;
		} else {
			r->i++;
		}
	}
	buf_add(&r->scratch, str_cut(r->text, from, r->i));
	*out = buf_copy(&r->scratch, r->arena);
	r->i++;
	if (peek(r, 0) == ',' || is_line_end(r))
		return true;
	problem(r, here(r), "csv/quote", "text after the closing quote of a field");
	diag_hint(r->dl, "write a quote inside a quoted field twice: \"\"");
	return false;
}

static bool read_plain(struct reader *r, struct str *out)
{
	size_t from = r->i;

	for (; peek(r, 0) != ',' && !is_line_end(r); r->i++) {
		if (peek(r, 0) == '"') {
			problem(r, here(r), "csv/quote", "a quote inside a field that does not begin with one");
			diag_hint(r->dl, "put quotes around the whole field and write the quote twice: \"…\"\"…\"");
			return false;
		}
		if (peek(r, 0) == '\r') {
			problem(r, here(r), "csv/encoding", "a carriage return without a line feed");
			diag_hint(r->dl, "end lines with LF or CRLF, and put quotes around fields of several lines");
			return false;
		}
	}
	*out = str_copy(r->arena, str_cut(r->text, from, r->i));
	return true;
}

/* One field and what follows it. *is_last: the row ends here. */
static bool read_field(struct reader *r, struct str *out, bool *is_last)
{
	if (peek(r, 0) == '"' ? !read_quoted(r, out) : !read_plain(r, out))
		return false;
	*is_last = peek(r, 0) != ',';
	if (!*is_last)
		r->i++;
	else if (is_newline(r))
		skip_newline(r);
	return true;
}

static bool check_column(struct reader *r, struct map *seen, const struct column *column)
{
	bool is_new;
	struct map_entry *entry;

	if (!column->name.len) {
		problem(r, column->at, "csv/header", "column %zu has no name", r->columns.len);
		diag_hint(r->dl, "the first row names the columns");
		return false;
	}
	entry = map_at(r->arena, seen, column->name, &is_new);
	if (is_new) {
		entry->value = r->columns.len - 1;
		return true;
	}
	problem(r, column->at, "csv/header", "two columns are named '%.*s'", STR_ARG(utf8_truncate(column->name, 40)));
	diag_relate(r->dl, r->path, r->columns.ptr[entry->value].at, "the first is here");
	return false;
}

/* False when no row can be read by it. */
static bool read_header(struct reader *r)
{
	struct map seen = { 0 };
	bool is_last = false;

	while (!is_last) {
		struct column column = { .at = here(r) };

		if (r->columns.len == CSV_MAX_COLUMNS)
			return problem(r, column.at, "csv/limit", "more than %d columns", CSV_MAX_COLUMNS);
		if (!read_field(r, &column.name, &is_last))
			return false;
		column.name = str_trim(column.name);
		vec_push(r->arena, &r->columns, column);
		check_column(r, &seen, &column);
	}
	if (r->columns.len == 1 &&
	    (str_contains(r->columns.ptr[0].name, STR(";")) || str_contains(r->columns.ptr[0].name, STR("\t")))) {
		problem(r, r->columns.ptr[0].at, "csv/header", "the header names only one column");
		diag_hint(r->dl, "separate columns by commas, not by semicolons or tabs");
	}
	return r->errors == 0;
}

static void refuse_row(struct reader *r, struct pos at, size_t n)
{
	size_t want = r->columns.len;

	problem(r, at, "csv/fields", "the row has %zu field%s, the header %zu", n, n == 1 ? "" : "s", want);
	diag_hint(r->dl, n > want ? "put quotes around a field with a comma in it"
				  : "write a comma also for fields that are empty");
}

static void read_row(struct reader *r, struct value *rows)
{
	struct value *row = value_new(r->arena, VALUE_TABLE, here(r));
	bool is_last = false;
	size_t n;

	for (n = 0; !is_last; n++) {
		struct pos at = here(r);
		struct str s;

		if (!read_field(r, &s, &is_last)) {
			skip_line(r);
			return;
		}
		if (n < r->columns.len)
			value_put(r->arena, row, r->columns.ptr[n].name, r->columns.ptr[n].at,
				  value_string(r->arena, s, at));
	}
	if (n == r->columns.len)
		value_push(r->arena, rows, row);
	else
		refuse_row(r, row->at, n);
}

static bool is_readable(struct reader *r)
{
	size_t bad = utf8_check(r->text), nul = (size_t)str_find_byte(r->text, '\0');

	if (r->text.len > CSV_MAX_BYTES)
		return problem(r, ((struct pos){ 0, 0 }), "csv/limit", "the text has more than %d bytes",
			       CSV_MAX_BYTES);
	if (bad == r->text.len && nul == (size_t)-1)
		return true;
	if (nul < bad)
		bad = nul;
	while (r->i < bad) {
		if (is_newline(r))
			skip_newline(r);
		else
			r->i++;
	}
	problem(r, here(r), "csv/encoding", bad == nul ? "a NUL byte" : "the text is not valid UTF-8");
	diag_hint(r->dl, "export the table as \"CSV UTF-8\"");
	return false;
}

/* Passes over empty lines; false at the end. */
static bool next_row(struct reader *r)
{
	while (is_newline(r))
		skip_newline(r);
	return peek(r, 0) >= 0;
}

bool csv_parse(struct arena *a, struct str path, struct str text, struct value **out, struct diag_list *dl)
{
	struct reader r = { .arena = a, .path = path, .text = text, .dl = dl, .line = 1, .col = 1 };

	*out = value_new(a, VALUE_ARRAY, (struct pos){ 1, 1 });
	if (str_starts(text, STR("\xef\xbb\xbf")))
		r.text = str_skip(text, 3);
	if (!is_readable(&r))
		goto out;
	if (!next_row(&r)) {
		problem(&r, ((struct pos){ 1, 1 }), "csv/header", "the table has no header row");
		goto out;
	}
	if (!read_header(&r))
		goto out;
	while (next_row(&r) && r.errors < CSV_MAX_ERRORS)
		read_row(&r, *out);
out:
	buf_release(&r.scratch);
	return r.errors == 0;
}
