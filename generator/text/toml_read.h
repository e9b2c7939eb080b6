#ifndef TOML_READ_H
#define TOML_READ_H

#include "base/utf8.h"
#include "text/toml.h"

/*
 * toml_read - what the parts of toml share: the reader's place in the text,
 * its messages, and what stands between values. Private to toml*.c.
 */
struct toml_reader {
	struct arena *arena;
	struct str path, text;
	struct diag_list *dl;
	size_t i;            /* the next byte */
	uint32_t line;       /* where i is */
	size_t line_start;   /* offset of that line */
	uint32_t col;        /* column of the byte at col_off, which is on that line */
	size_t col_off;
	size_t errors;
	unsigned open_lists; /* newlines are white space inside */
	struct value *root;
	struct value *table; /* what keys go into */
	unsigned depth;      /* of that table */
	struct buf scratch;  /* strings with escapes, numbers without underscores */
};

/* A message and its count; recovery is the caller's. */
#define toml_problem(r, at, code, ...) \
	((r)->errors++, diag_add((r)->dl, DIAG_ERROR, (code), (r)->path, (at), __VA_ARGS__))

/* The byte `ahead` of the next one, or -1 beyond the end. */
static inline int peek(const struct toml_reader *r, size_t ahead)
{
	return ahead < r->text.len - r->i ? (unsigned char)r->text.ptr[r->i + ahead] : -1;
}

static inline bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_bare(int c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

/* Also line ends, which callers look for first. */
static inline bool is_control(int c)
{
	return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7f;
}

static inline bool is_newline(const struct toml_reader *r)
{
	return peek(r, 0) == '\n' || (peek(r, 0) == '\r' && peek(r, 1) == '\n');
}

static inline bool is_line_end(const struct toml_reader *r)
{
	return peek(r, 0) < 0 || is_newline(r);
}

static inline void skip_blanks(struct toml_reader *r)
{
	while (peek(r, 0) == ' ' || peek(r, 0) == '\t')
		r->i++;
}

static inline uint32_t toml_points(struct str s) /* code points */
{
	return (uint32_t)utf8_length(s);
}
/* Position of an offset on the current line; the cost is the distance to the one asked for before. */
struct pos toml_pos(struct toml_reader *r, size_t off);
struct str toml_shown(const struct toml_reader *r, size_t off); /* what stands there, for a message */
struct str toml_quoted(struct str s); /* user's text for a message: short, without control characters */
/* The unquoted text from `from` on, to show it with quotes. */
struct str toml_unquoted_text(const struct toml_reader *r, size_t from);

void toml_skip_newline(struct toml_reader *r);
void toml_skip_comment(struct toml_reader *r);
void toml_skip_lines(struct toml_reader *r); /* white space, comments and line ends: between the values of a list */
/* A control character that is not a line end: said, then passed over. */
void toml_refuse_control(struct toml_reader *r, const char *where);
/* A word with a no-break space, a byte order mark and the like: said, and true. */
bool toml_refuse_invisible(struct toml_reader *r, struct str word, struct pos at);

/* toml_scalar.c: at an opening quote, or at a value without quotes and brackets. NULL or false: said what is wrong. */
bool toml_read_line_string(struct toml_reader *r, struct str *out);
struct value *toml_read_string(struct toml_reader *r);
struct value *toml_read_word(struct toml_reader *r);

#endif
