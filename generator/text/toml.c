#include "text/toml.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "text/toml_read.h"

/* How a table or list came to be decides what may still be added to it; kept in value.flags. */
enum {
	HEADER = 1,   /* table: has a [header] of its own */
	IMPLIED = 2,  /* table: only named on the way, in [implied.header] */
	DOTTED = 4,   /* table: made by a dotted key */
	CLOSED = 8,   /* inline table: complete */
	REPEATED = 16 /* list: grows by [[headers]] */
};

struct key {
	struct str name;
	struct pos at;
	uint32_t width;
};

static struct value *read_value(struct toml_reader *r, unsigned depth);
static bool read_pair(struct toml_reader *r, struct value *table, unsigned depth);

/*
 * What the line at `i` looks like: '=' for "key = …", '[' for "[header]", 0 for
 * anything else. Tells the middle of a list that went wrong from what follows it.
 */
static char look_at_line(struct str s, size_t i)
{
	size_t from;
	bool is_header;

	while (i < s.len && (s.ptr[i] == ' ' || s.ptr[i] == '\t'))
		i++;
	is_header = i < s.len && s.ptr[i] == '[';
	while (i < s.len && s.ptr[i] == '[')
		i++;
	for (from = i; i < s.len; i++)
		if (!is_bare((unsigned char)s.ptr[i]) && (!s.ptr[i] || !strchr(".\"' \t", s.ptr[i])))
			break;
	if (i == from || i == s.len || s.ptr[i] != (is_header ? ']' : '='))
		return 0;
	if (!is_header)
		return '=';
	while (i < s.len && s.ptr[i] && strchr("] \t\r", s.ptr[i]))
		i++;
	return i == s.len || s.ptr[i] == '\n' || s.ptr[i] == '#' ? '[' : 0;
}

static struct value *too_deep(struct toml_reader *r, struct pos at)
{
	toml_problem(r, at, "toml/limit", "lists and tables are nested more than %d deep", TOML_MAX_DEPTH);
	return NULL;
}

static struct value *unclosed_list(struct toml_reader *r, const struct value *list)
{
	toml_problem(r, list->at, "toml/unclosed", "the list that begins here has no closing ]");
	if (peek(r, 0) >= 0)
		diag_relate(r->dl, r->path, toml_pos(r, r->i), "this line is no part of it");
	return NULL;
}

/* To the next value, comma or bracket; false at the end of the file and at a line like "key = …". */
static bool skip_in_list(struct toml_reader *r)
{
	uint32_t line = r->line;

	toml_skip_lines(r);
	return peek(r, 0) >= 0 && (r->line == line || look_at_line(r->text, r->line_start) != '=');
}

static struct value *read_list(struct toml_reader *r, unsigned depth)
{
	struct value *list = value_new(r->arena, VALUE_ARRAY, toml_pos(r, r->i));
	struct value *item;

	r->i++;
	r->open_lists++;
	for (;;) {
		if (!skip_in_list(r))
			return unclosed_list(r, list);
		if (peek(r, 0) == ']')
			break;
		item = read_value(r, depth + 1);
		if (!item)
			return NULL;
		value_push(r->arena, list, item);
		if (!skip_in_list(r))
			return unclosed_list(r, list);
		if (peek(r, 0) == ',') {
			r->i++;
		} else if (peek(r, 0) != ']') {
			toml_problem(r, toml_pos(r, r->i), "toml/syntax", "expected ',' or ']' in the list, not %.*s",
				     STR_ARG(toml_shown(r, r->i)));
			diag_hint(r->dl, "put a comma between values, and ] after the last");
			diag_relate(r->dl, r->path, list->at, "the list begins here");
			return NULL;
		}
	}
	r->i++;
	r->open_lists--;
	return list;
}

/* Line ends and comments in an inline table: said once, then read on, so that one slip is one message. */
static void skip_inline(struct toml_reader *r, const struct value *table, bool *is_said)
{
	skip_blanks(r);
	if (!is_newline(r) && peek(r, 0) != '#')
		return;
	if (!*is_said) {
		toml_problem(r, table->at, "toml/syntax", "an inline table must end on the line on which it begins");
		diag_hint(r->dl, "write it on one line, or under a [header] of its own");
	}
	*is_said = true;
	toml_skip_lines(r);
}

static struct value *read_inline_table(struct toml_reader *r, unsigned depth)
{
	struct value *table = value_new(r->arena, VALUE_TABLE, toml_pos(r, r->i));
	unsigned lists = r->open_lists;
	bool is_said = false;
	struct pos comma;

	r->i++;
	skip_inline(r, table, &is_said);
	while (peek(r, 0) != '}') {
		if (peek(r, 0) < 0) {
			toml_problem(r, table->at, "toml/unclosed",
				     "the inline table that begins here has no closing }");
			return NULL;
		}
		if (!read_pair(r, table, depth))
			return NULL;
		skip_inline(r, table, &is_said);
		if (peek(r, 0) == ',') {
			comma = toml_pos(r, r->i++);
			skip_inline(r, table, &is_said);
			if (peek(r, 0) == '}' && !is_said) {
				toml_problem(r, comma, "toml/syntax", "a comma after the last key of an inline table");
				diag_hint(r->dl, "remove it; only lists may end in one");
			}
		} else if (peek(r, 0) >= 0 && peek(r, 0) != '}') {
			toml_problem(r, toml_pos(r, r->i), "toml/syntax",
				     "expected ',' or '}' in the inline table, not %.*s", STR_ARG(toml_shown(r, r->i)));
			diag_relate(r->dl, r->path, table->at, "the inline table begins here");
			return NULL;
		}
	}
	r->i++;
	assert(r->open_lists == lists);
	table->flags = CLOSED;
	return table;
}

static struct value *read_value(struct toml_reader *r, unsigned depth)
{
	int c = peek(r, 0);

	if ((c == '[' || c == '{') && depth > TOML_MAX_DEPTH)
		return too_deep(r, toml_pos(r, r->i));
	switch (c) {
	case '"':
	case '\'':
		return toml_read_string(r);
	case '[':
		return read_list(r, depth);
	case '{':
		return read_inline_table(r, depth);
	default:
		return toml_read_word(r);
	}
}

static bool refuse_key(struct toml_reader *r)
{
	struct str what = toml_shown(r, r->i);

	toml_problem(r, toml_pos(r, r->i), "toml/bad-key", "expected a key, not %.*s", STR_ARG(what));
	diag_hint(r->dl, "a key is made of letters, digits, '-' and '_'; anything else goes in quotes");
	return false;
}

static bool read_key(struct toml_reader *r, struct key *key)
{
	size_t from = r->i;
	int c = peek(r, 0);
	bool is_ascii = true;

	key->at = toml_pos(r, from);
	if (c == '"' || c == '\'') {
		if (peek(r, 1) == c && peek(r, 2) == c) {
			toml_problem(r, key->at, "toml/bad-key", "a key cannot be a string of several lines");
			diag_hint(r->dl, "write one %c on either side of it", c);
			return false;
		}
		if (!toml_read_line_string(r, &key->name))
			return false;
		key->width = toml_points(str_cut(r->text, from, r->i));
		return true;
	}
	for (; is_bare(c) || c >= 0x80; c = peek(r, 0)) {
		is_ascii &= c < 0x80;
		r->i++;
	}
	if (r->i == from)
		return refuse_key(r);
	key->name = str_copy(r->arena, str_cut(r->text, from, r->i));
	key->width = toml_points(key->name);
	if (!is_ascii && !toml_refuse_invisible(r, key->name, key->at)) {
		toml_problem(r, key->at, "toml/bad-key", "the key '%.*s' needs quotes",
			     STR_ARG(toml_quoted(key->name)));
		diag_width(r->dl, key->width);
		diag_hint(r->dl, "only letters a to z, digits, '-' and '_' stand without: \"%.*s\"",
			  STR_ARG(toml_quoted(key->name)));
	}
	return true;
}

static struct value *new_table(struct toml_reader *r, struct pos at, uint32_t flags)
{
	struct value *v = value_new(r->arena, VALUE_TABLE, at);

	v->flags = flags;
	return v;
}

/*
 * The key stands for something else already. What follows it is still read,
 * into a table that nobody sees, so that the next mistake is found too.
 */
static struct value *refuse_again(struct toml_reader *r, const struct key *key, const struct value_entry *old,
				  const char *what)
{
	struct str name = toml_quoted(key->name);
	const struct value *v = old->value;

	toml_problem(r, key->at, "toml/duplicate-key", "'%.*s' is %s", STR_ARG(name), what);
	diag_width(r->dl, key->width);
	diag_relate(r->dl, r->path, v->type == VALUE_TABLE && v->flags != CLOSED ? v->at : old->at,
		    "first defined here");
	if (v->type == VALUE_TABLE && v->flags & CLOSED)
		diag_hint(r->dl, "an inline table is complete: put the key between its braces");
	else if (v->type == VALUE_TABLE && v->flags & HEADER)
		diag_hint(r->dl, "put the keys under the one header, or write [[%.*s]] for a list of tables",
			  STR_ARG(name));
	else if (v->type == VALUE_ARRAY && v->flags & REPEATED)
		diag_hint(r->dl, "it is a list of tables: add to it with [[%.*s]]", STR_ARG(name));
	return new_table(r, key->at, 0);
}

/* The table a dotted key passes through. */
static struct value *step_dotted(struct toml_reader *r, struct value *table, const struct key *key)
{
	const struct value_entry *old = value_entry_of(table, key->name);
	struct value *v;

	if (!old) {
		v = new_table(r, key->at, DOTTED);
		value_put(r->arena, table, key->name, key->at, v);
		return v;
	}
	v = old->value;
	if (v->type != VALUE_TABLE)
		return refuse_again(r, key, old, "no table: keys cannot be added to it");
	if (v->flags & CLOSED)
		return refuse_again(r, key, old, "an inline table: keys cannot be added to it");
	if (v->flags & HEADER)
		return refuse_again(r, key, old, "a table with its own header: keys cannot be added to it from here");
	v->flags = DOTTED;
	return v;
}

static bool refuse_pair(struct toml_reader *r, const struct key *key)
{
	struct str rest = toml_unquoted_text(r, r->i);

	toml_problem(r, toml_pos(r, r->i), "toml/syntax", "expected '=' after the key '%.*s', not %.*s",
		     STR_ARG(toml_quoted(key->name)), STR_ARG(toml_shown(r, r->i)));
	if (peek(r, 0) == ':')
		diag_hint(r->dl, "TOML writes key = value");
	else if (!is_line_end(r) && is_bare(peek(r, 0)) && str_contains(rest, STR("=")))
		diag_hint(r->dl, "a key with spaces goes in quotes");
	else
		diag_hint(r->dl, "write %.*s = \"value\"", STR_ARG(toml_quoted(key->name)));
	return false;
}

/* key = value, into `table`, which lies `depth` deep. False when the rest of the line cannot be made sense of. */
static bool read_pair(struct toml_reader *r, struct value *table, unsigned depth)
{
	const struct value_entry *old;
	struct value *v;
	struct key key;

	for (;;) {
		if (!read_key(r, &key))
			return false;
		skip_blanks(r);
		if (peek(r, 0) != '.')
			break;
		if (++depth > TOML_MAX_DEPTH)
			return too_deep(r, key.at);
		table = step_dotted(r, table, &key);
		r->i++;
		skip_blanks(r);
	}
	if (peek(r, 0) != '=')
		return refuse_pair(r, &key);
	r->i++;
	skip_blanks(r);
	old = value_entry_of(table, key.name);
	if (old)
		refuse_again(r, &key, old, "defined twice");
	v = read_value(r, depth + 1);
	if (v && !old)
		value_put(r->arena, table, key.name, key.at, v);
	return v;
}

/* The table that [key.…] and [[key.…]] pass through; *depth counts the lists on the way too. */
static struct value *step_header(struct toml_reader *r, struct value *table, const struct key *key, unsigned *depth)
{
	const struct value_entry *old = value_entry_of(table, key->name);
	struct value *v;

	++*depth;
	if (!old) {
		v = new_table(r, key->at, IMPLIED);
		value_put(r->arena, table, key->name, key->at, v);
		return v;
	}
	v = old->value;
	if (v->type == VALUE_ARRAY && v->flags & REPEATED) {
		++*depth;
		return v->as.array.items[v->as.array.len - 1];
	}
	if (v->type != VALUE_TABLE)
		return refuse_again(r, key, old, "no table: tables cannot be added to it");
	if (v->flags & CLOSED)
		return refuse_again(r, key, old, "an inline table: tables cannot be added to it");
	return v;
}

static struct value *open_table(struct toml_reader *r, struct value *table, const struct key *key, struct pos at)
{
	const struct value_entry *old = value_entry_of(table, key->name);
	struct value *v;

	if (!old) {
		v = new_table(r, at, HEADER);
		value_put(r->arena, table, key->name, key->at, v);
		return v;
	}
	v = old->value;
	if (v->type != VALUE_TABLE || !(v->flags & IMPLIED))
		return refuse_again(r, key, old, "defined twice");
	v->flags = HEADER;
	v->at = at;
	return v;
}

static struct value *open_list_item(struct toml_reader *r, struct value *table, const struct key *key, struct pos at)
{
	const struct value_entry *old = value_entry_of(table, key->name);
	struct value *list, *v;

	if (!old) {
		list = value_new(r->arena, VALUE_ARRAY, at);
		list->flags = REPEATED;
		value_put(r->arena, table, key->name, key->at, list);
	} else {
		list = old->value;
		if (list->type != VALUE_ARRAY || !(list->flags & REPEATED))
			return refuse_again(r, key, old, "defined before, but not by [[…]]");
	}
	v = new_table(r, at, HEADER);
	value_push(r->arena, list, v);
	return v;
}

static bool read_header(struct toml_reader *r)
{
	struct pos at = toml_pos(r, r->i);
	bool is_list = peek(r, 1) == '[';
	struct value *table = r->root;
	unsigned depth = 0;
	struct key key;

	/* Whatever is wrong with the header: what stands below it is not added to the table before. */
	r->table = new_table(r, at, 0);
	r->depth = 0;
	r->i += is_list ? 2 : 1;
	for (;;) {
		skip_blanks(r);
		if (!read_key(r, &key))
			return false;
		skip_blanks(r);
		if (depth + 2 > TOML_MAX_DEPTH)
			return too_deep(r, key.at);
		if (peek(r, 0) != '.')
			break;
		table = step_header(r, table, &key, &depth);
		r->i++;
	}
	if (peek(r, 0) != ']' || (is_list && peek(r, 1) != ']')) {
		toml_problem(r, toml_pos(r, r->i), "toml/syntax", "expected '%s' at the end of the header, not %.*s",
			     is_list ? "]]" : "]", STR_ARG(toml_shown(r, r->i)));
		if (is_bare(peek(r, 0)))
			diag_hint(r->dl, "a name with spaces goes in quotes");
		return false;
	}
	r->i += is_list ? 2 : 1;
	r->table = is_list ? open_list_item(r, table, &key, at) : open_table(r, table, &key, at);
	r->depth = depth + (is_list ? 2 : 1);
	return true;
}

static bool read_line_end(struct toml_reader *r)
{
	skip_blanks(r);
	toml_skip_comment(r);
	if (is_line_end(r))
		return true;
	if (is_control(peek(r, 0))) {
		toml_refuse_control(r, "between values");
		return false;
	}
	toml_problem(r, toml_pos(r, r->i), "toml/syntax", "expected the end of the line, not %.*s",
		     STR_ARG(toml_shown(r, r->i)));
	if (peek(r, 0) == '"' || peek(r, 0) == '\'')
		diag_hint(r->dl,
			  "inside a string a quote is written \\\"; or put the text in the other kind of quotes");
	else if (peek(r, 0) == ',')
		diag_hint(r->dl, "each key has a line of its own; a list of values goes in [ ]");
	else if (is_bare(peek(r, 0)) && !r->open_lists)
		diag_hint(r->dl, "each key has a line of its own; text goes in quotes");
	return false;
}

/* After a mistake: to the end of the line, or of the list it is in. */
static void recover(struct toml_reader *r, size_t began)
{
	bool in_list = r->open_lists;

	r->open_lists = 0;
	/* A list without ] swallows the lines below it: the one that made no sense is read again by itself. */
	if (in_list && r->line_start > began && look_at_line(r->text, r->line_start)) {
		r->i = r->col_off = r->line_start;
		r->col = 1;
		return;
	}
	for (;;) {
		const char *lf = memchr(r->text.ptr + r->i, '\n', r->text.len - r->i);

		if (!lf) {
			r->i = r->text.len;
			return;
		}
		r->i = (size_t)(lf - r->text.ptr);
		toml_skip_newline(r);
		if (!in_list || look_at_line(r->text, r->i))
			return;
	}
}

static void read_document(struct toml_reader *r)
{
	while (r->i < r->text.len && r->errors < TOML_MAX_ERRORS) {
		size_t began = r->line_start;
		bool ok = true;

		skip_blanks(r);
		if (peek(r, 0) == '[')
			ok = read_header(r);
		else if (peek(r, 0) != '#' && !is_line_end(r))
			ok = read_pair(r, r->table, r->depth);
		if (ok)
			ok = read_line_end(r);
		if (!ok)
			recover(r, began);
		else if (is_newline(r))
			toml_skip_newline(r);
	}
}

static bool is_readable(struct toml_reader *r)
{
	size_t bad;

	if (r->text.len > TOML_MAX_BYTES) {
		toml_problem(r, ((struct pos){ 0, 0 }), "toml/limit", "the text has more than %d bytes",
			     TOML_MAX_BYTES);
		return false;
	}
	bad = utf8_check(r->text);
	if (bad == r->text.len)
		return true;
	for (size_t i = 0; i < bad; i++)
		if (r->text.ptr[i] == '\n') {
			r->i = i;
			toml_skip_newline(r);
		}
	toml_problem(r, toml_pos(r, bad), "toml/encoding", "the text is not valid UTF-8");
	if (bad == 0 && (str_starts(r->text, STR("\xff\xfe")) || str_starts(r->text, STR("\xfe\xff"))))
		diag_hint(r->dl, "it looks like UTF-16: save it as UTF-8");
	else
		diag_hint(r->dl, "save the file as UTF-8");
	return false;
}

bool toml_parse(struct arena *a, struct str path, struct str text, uint32_t first_line, struct value **out,
		struct diag_list *dl)
{
	struct toml_reader r = {
		.arena = a,
		.path = path,
		.text = text,
		.dl = dl,
		.line = first_line,
		.col = 1,
	};

	r.root = r.table = value_new(a, VALUE_TABLE, (struct pos){ first_line, 1 });
	r.root->flags = HEADER;
	*out = r.root;
	if (is_readable(&r)) {
		if (str_starts(text, STR("\xef\xbb\xbf")))
			r.i = r.line_start = r.col_off = 3;
		read_document(&r);
	}
	buf_release(&r.scratch);
	return r.errors == 0;
}
