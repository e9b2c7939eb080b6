#include "text/yaml.h"

#include <assert.h>
#include <libfyaml.h>
#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "base/vec.h"
#include "text/yaml_reason.h"
#include "text/yaml_text.h"

/* A mapping or sequence that has begun and not ended. */
struct frame {
	struct value *v;
	struct str key; /* waits for its value */
	struct pos key_at;
	bool has_key, is_merge;
	bool is_flow;        /* written with brackets */
	size_t anchor;       /* index + 1 into anchors; 0: none */
	size_t nodes_before; /* reader.nodes when it began */
	size_t bytes_before; /* reader.bytes */
	unsigned height;     /* lists and mappings on the longest way down, itself included */
	size_t merges_from;  /* its part of reader.merges */
};

struct anchor {
	struct value *v; /* NULL until it is complete */
	size_t nodes;    /* values in it, aliases expanded */
	size_t bytes;    /* of their text */
	unsigned height; /* as in frame; 0 for a scalar */
};

struct reader {
	struct arena *arena;
	struct str path, text;
	uint32_t first_line;
	struct diag_list *dl;
	bool is_json;
	size_t errors;
	VEC(size_t) lines; /* offset of each line */
	size_t cursor;     /* an offset and its column: the last position asked for */
	size_t cursor_line;
	uint32_t cursor_col;
	size_t end; /* of the last token seen */
	struct frame frames[YAML_MAX_DEPTH];
	size_t depth;
	struct value *root;
	size_t documents;
	size_t nodes, bytes; /* values and their text, aliases expanded */
	size_t repeated;     /* the part of bytes that aliases add */
	struct map anchor_names;
	VEC(struct anchor) anchors;
	VEC(struct value *) merges;
};

enum code { SYNTAX, DUPLICATE, ENCODING, LIMIT, UNSUPPORTED };

static const char *code_of(const struct reader *r, enum code code)
{
	static const char *const yaml[] = { "yaml/syntax", "yaml/duplicate-key", "yaml/encoding", "yaml/limit",
					    "yaml/unsupported" };
	static const char *const json[] = { "json/syntax", "json/duplicate-key", "json/encoding", "json/limit",
					    "json/syntax" };

	return r->is_json ? json[code] : yaml[code];
}

static bool note_error(struct reader *r)
{
	r->errors++;
	return false;
}

/* A message and its count; false, for `return problem(…)`. */
#define problem(r, at, code, ...) \
	(diag_add((r)->dl, DIAG_ERROR, code_of((r), (code)), (r)->path, (at), __VA_ARGS__), note_error(r))

static void index_lines(struct reader *r)
{
	const char *p = r->text.ptr, *end = r->text.ptr + r->text.len;

	vec_push(r->arena, &r->lines, 0);
	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))))
		vec_push(r->arena, &r->lines, (size_t)(++p - r->text.ptr));
}

static size_t line_of(const struct reader *r, size_t off)
{
	size_t lo = 0, hi = r->lines.len;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (r->lines.ptr[mid] <= off)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

static uint32_t count_points(struct str s)
{
	uint32_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
	return n;
}

/* Events come nearly in order of their offsets, so columns are counted from the last one: linear also on one long line. */
static struct pos pos_of(struct reader *r, size_t off)
{
	size_t line = line_of(r, off);

	if (line != r->cursor_line) {
		r->cursor_line = line;
		r->cursor = r->lines.ptr[line];
		r->cursor_col = 1;
	}
	if (off >= r->cursor)
		r->cursor_col += count_points(str_cut(r->text, r->cursor, off));
	else
		r->cursor_col -= count_points(str_cut(r->text, off, r->cursor));
	r->cursor = off;
	return (struct pos){ r->first_line + (uint32_t)line, r->cursor_col };
}

/* Text of the user for a message. */
static struct str shown(struct str s)
{
	return utf8_truncate(str_cut(s, 0, 200), 40);
}

static struct str token_text(struct fy_token *token)
{
	size_t len = 0;
	const char *text = token ? fy_token_get_text(token, &len) : NULL;

	return text ? (struct str){ text, len } : STR_NONE;
}

/* libfyaml's marks of quoted text point behind the quote, of block text to the beginning of its first line. */
static size_t token_start(const struct reader *r, struct fy_token *token, enum fy_scalar_style style)
{
	size_t off = fy_token_start_mark(token)->input_pos;

	if (off > r->text.len)
		off = r->text.len;
	if ((style == FYSS_DOUBLE_QUOTED || style == FYSS_SINGLE_QUOTED) && off)
		off--;
	if (style == FYSS_LITERAL || style == FYSS_FOLDED)
		while (off < r->text.len && r->text.ptr[off] == ' ')
			off++;
	return off;
}

static void note_end(struct reader *r, struct fy_token *token)
{
	size_t end = fy_token_end_mark(token)->input_pos;

	if (end > r->end)
		r->end = end < r->text.len ? end : r->text.len;
}

/* Nothing but white space and comments between two offsets? */
static bool is_void(struct str s, size_t from, size_t to)
{
	bool is_comment = false;

	for (size_t i = from; i < to; i++) {
		if (s.ptr[i] == '#')
			is_comment = true;
		else if (s.ptr[i] == '\n')
			is_comment = false;
		else if (!is_comment && s.ptr[i] != ' ' && s.ptr[i] != '\t')
			return false;
	}
	return true;
}

/* libfyaml and we must agree where a block scalar ends: it takes lines for text that are not indented enough. */
static bool block_text(struct reader *r, size_t start, size_t end, struct str *out)
{
	size_t parent = r->depth ? r->frames[r->depth - 1].v->at.col - 1 : 0, our_end;

	if (yaml_text_block(r->arena, r->text, r->end, start, parent, out, &our_end) &&
	    is_void(r->text, our_end < end ? our_end : end, our_end < end ? end : our_end))
		return true;
	problem(r, pos_of(r, start), SYNTAX, "the indentation of this text fits nothing above");
	diag_hint(r->dl, "indent the lines after '|' or '>' alike, and further than the key");
	return false;
}

static bool scalar_text(struct reader *r, struct fy_token *token, enum fy_scalar_style style, struct str *out)
{
	size_t start, end;
	struct str raw;

	*out = STR_NONE;
	if (!token)
		return true;
	start = fy_token_start_mark(token)->input_pos;
	end = fy_token_end_mark(token)->input_pos;
	raw = str_cut(r->text, start, end);
	if (style == FYSS_LITERAL || style == FYSS_FOLDED)
		return block_text(r, start < r->text.len ? start : r->text.len, end < r->text.len ? end : r->text.len,
				  out);
	if (style == FYSS_SINGLE_QUOTED && str_contains(raw, STR("''")))
		*out = yaml_text_single_quoted(r->arena, raw);
	else
		*out = token_text(token);
	return true;
}

/* An absent value has no token: it is placed at its key, or at the dash of its item. */
static struct pos absent_pos(struct reader *r)
{
	const struct frame *f = r->depth ? &r->frames[r->depth - 1] : NULL;
	size_t i = r->end;
	bool is_comment = false;

	if (f && f->has_key)
		return f->key_at;
	for (; i < r->text.len && (is_comment || r->text.ptr[i] != '-'); i++) {
		if (r->text.ptr[i] == '#')
			is_comment = true;
		else if (r->text.ptr[i] == '\n')
			is_comment = false;
	}
	if (i < r->text.len)
		r->end = i + 1;
	return pos_of(r, i < r->text.len ? i : r->end);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t skip_digits(struct str s, size_t i)
{
	while (i < s.len && is_digit(s.ptr[i]))
		i++;
	return i;
}

static bool is_any_of(struct str s, const char *const *words)
{
	for (; *words; words++)
		if (str_eq(s, str_from(*words)))
			return true;
	return false;
}

static bool read_word(struct str s, struct value *v)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
	static const char *const trues[] = { "true", "True", "TRUE", NULL };
	static const char *const falses[] = { "false", "False", "FALSE", NULL };
	static const char *const infs[] = { ".inf", ".Inf", ".INF", NULL };
	static const char *const nans[] = { ".nan", ".NaN", ".NAN", NULL };
	struct str word = str_skip(s, s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'));

	if (is_any_of(s, nulls)) {
		v->type = VALUE_NULL;
	} else if (is_any_of(s, trues) || is_any_of(s, falses)) {
		v->type = VALUE_BOOL;
		v->as.boolean = (s.ptr[0] | 0x20) == 't';
	} else if (is_any_of(word, infs)) {
		v->type = VALUE_FLOAT;
		v->as.number = s.ptr[0] == '-' ? -INFINITY : INFINITY;
	} else if (is_any_of(s, nans)) {
		v->type = VALUE_FLOAT;
		v->as.number = NAN;
	} else {
		return false;
	}
	return true;
}

/* 0o17, 0x1F; false also beyond 64 bits, where it stays text. */
static bool read_prefixed(struct str s, struct value *v)
{
	unsigned shift = s.ptr[1] == 'x' ? 4 : 3;
	uint64_t n = 0;

	for (size_t i = 2; i < s.len; i++) {
		char c = s.ptr[i];
		unsigned digit = is_digit(c)                              ? (unsigned)(c - '0')
				 : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (unsigned)((c | 0x20) - 'a') + 10
									  : 16;

		if (digit >> shift || n >> (63 - shift))
			return false;
		n = n << shift | digit;
	}
	v->type = VALUE_INTEGER;
	v->as.integer = (int64_t)n;
	return s.len > 2;
}

/* [-+]? ( digits ( . digits* )? | . digits ) ( [eE] [-+]? digits )? */
static bool is_number(struct str s, bool *is_integer)
{
	size_t i = s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'), from = i, digits;

	i = skip_digits(s, i);
	digits = i - from;
	*is_integer = digits && i == s.len;
	if (i < s.len && s.ptr[i] == '.') {
		from = i + 1;
		i = skip_digits(s, from);
		digits += i - from;
	}
	if (!digits)
		return false;
	if (i < s.len && (s.ptr[i] | 0x20) == 'e') {
		i++;
		i += i < s.len && (s.ptr[i] == '-' || s.ptr[i] == '+');
		from = i;
		i = skip_digits(s, i);
		if (i == from)
			return false;
	}
	return i == s.len;
}

/* YYYY-MM-DD at least: a year, or a year and month, are too easily something else. */
static bool read_date(struct str s, struct value *v)
{
	if (s.len < 10 || s.ptr[4] != '-' || s.ptr[7] != '-' || !date_parse(s, &v->as.date))
		return false;
	v->type = VALUE_DATE;
	return true;
}

/* `v` is a string when nothing else fits. False: said that the number is too large. */
static bool read_plain(struct reader *r, struct str s, struct value *v)
{
	bool is_integer;

	if (read_word(s, v))
		return true;
	if (s.len > 2 && s.ptr[0] == '0' && (s.ptr[1] == 'x' || s.ptr[1] == 'o') && read_prefixed(s, v))
		return true;
	if (is_number(s, &is_integer)) {
		if (is_integer && str_to_i64(s, &v->as.integer)) {
			v->type = VALUE_INTEGER;
			return true;
		}
		v->type = VALUE_FLOAT;
		if (str_to_double(s, &v->as.number))
			return true;
		problem(r, v->at, LIMIT, "the number '%.*s' is too large", STR_ARG(shown(s)));
		diag_hint(r->dl, "numbers go up to 1.7976931348623157e308; put quotes around it if it is text");
		return false;
	}
	if (!r->is_json && is_digit(s.ptr[0]) && read_date(s, v))
		return true;
	v->type = VALUE_STRING;
	v->as.string = str_copy(r->arena, s);
	return true;
}

/* The name of a core tag, "" without one; false for any other. */
static bool core_tag(struct reader *r, struct fy_token *tag, struct str *name)
{
	static const char *const core[] = { "str", "int", "float", "bool", "null", "map", "seq", NULL };
	struct str text = token_text(tag), prefix = STR("tag:yaml.org,2002:");

	*name = STR_NONE;
	if (!tag)
		return true;
	*name = str_eq(text, STR("!")) ? STR("str") : str_starts(text, prefix) ? str_skip(text, prefix.len) : STR_NONE;
	if (is_any_of(*name, core))
		return true;
	problem(r, pos_of(r, token_start(r, tag, FYSS_PLAIN)), UNSUPPORTED, "the tag '%.*s' is not supported",
		STR_ARG(shown(text)));
	diag_hint(r->dl, "remove it, or put quotes around the value if it is text that begins with '!'");
	return false;
}

static bool fits_tag(struct str tag, const struct value *v)
{
	static const struct {
		struct str tag;
		enum value_type type;
	} fits[] = {
		{ STR_INIT("str"), VALUE_STRING },  { STR_INIT("int"), VALUE_INTEGER },
		{ STR_INIT("float"), VALUE_FLOAT }, { STR_INIT("bool"), VALUE_BOOL },
		{ STR_INIT("null"), VALUE_NULL },   { STR_INIT("map"), VALUE_TABLE },
		{ STR_INIT("seq"), VALUE_ARRAY },   { STR_INIT("float"), VALUE_INTEGER },
	};

	for (size_t i = 0; i < sizeof(fits) / sizeof(fits[0]); i++)
		if (str_eq(fits[i].tag, tag) && fits[i].type == v->type)
			return true;
	return !tag.len;
}

static bool check_tag(struct reader *r, struct str tag, const struct value *v)
{
	if (fits_tag(tag, v))
		return true;
	return problem(r, v->at, SYNTAX, "the tag '!!%.*s' does not fit %s", STR_ARG(tag), value_type_name(v->type));
}

static bool count_nodes(struct reader *r, size_t n, struct pos at)
{
	r->nodes += n;
	if (r->nodes <= YAML_MAX_NODES)
		return true;
	problem(r, at, LIMIT, "more than %d values", YAML_MAX_NODES);
	if (!r->is_json)
		diag_hint(r->dl, "each alias counts for all that its anchor holds");
	return false;
}

static bool add_merge(struct reader *r, struct frame *f, struct value *v)
{
	size_t n = v->type == VALUE_ARRAY ? v->as.array.len : 1;

	for (size_t i = 0; i < n; i++) {
		struct value *source = v->type == VALUE_ARRAY ? v->as.array.items[i] : v;

		if (source->type != VALUE_TABLE)
			return problem(r, f->key_at, SYNTAX, "'<<' merges mappings, not %s",
				       value_type_name(source->type));
		vec_push(r->arena, &r->merges, source);
	}
	return true;
}

/* A complete value goes to where it belongs; `height` is 0 for a scalar. */
static bool place(struct reader *r, struct value *v, unsigned height)
{
	struct frame *f = r->depth ? &r->frames[r->depth - 1] : NULL;

	if (!f) {
		r->root = v;
		return true;
	}
	if (height + 1 > f->height)
		f->height = height + 1;
	if (f->v->type == VALUE_ARRAY) {
		value_push(r->arena, f->v, v);
		return true;
	}
	f->has_key = false;
	if (r->errors >= YAML_MAX_ERRORS)
		return false;
	if (f->is_merge)
		return add_merge(r, f, v);
	if (!value_put(r->arena, f->v, f->key, f->key_at, v)) {
		problem(r, f->key_at, DUPLICATE, "'%.*s' is defined twice", STR_ARG(shown(f->key)));
		diag_relate(r->dl, r->path, value_entry_of(f->v, f->key)->at, "first defined here");
	}
	return true;
}

static bool is_key(const struct reader *r)
{
	return r->depth && r->frames[r->depth - 1].v->type == VALUE_TABLE && !r->frames[r->depth - 1].has_key;
}

static bool refuse_key(struct reader *r, struct pos at, const char *what)
{
	problem(r, at, UNSUPPORTED, "a key cannot be %s", what);
	diag_hint(r->dl, "put quotes around a key that begins with '[', '{', '*' or '?'");
	return false;
}

/* The index + 1 of a new anchor, or 0 without one. */
static size_t new_anchor(struct reader *r, struct fy_token *token)
{
	if (!token)
		return 0;
	vec_push(r->arena, &r->anchors, ((struct anchor){ 0 }));
	map_put(r->arena, &r->anchor_names, str_copy(r->arena, token_text(token)), r->anchors.len);
	return r->anchors.len;
}

static void fill_anchor(struct reader *r, size_t anchor, struct anchor filled)
{
	if (anchor)
		r->anchors.ptr[anchor - 1] = filled;
}

static bool on_key(struct reader *r, struct fy_event *e, struct str text, struct pos at, bool is_plain)
{
	struct frame *f = &r->frames[r->depth - 1];
	size_t anchor = new_anchor(r, e->scalar.anchor);

	if (!e->scalar.value || (is_plain && !text.len)) {
		problem(r, at, SYNTAX, "a key is missing before ':'");
		return false;
	}
	f->key = str_copy(r->arena, text);
	f->key_at = at;
	f->has_key = true;
	f->is_merge = !r->is_json && is_plain && str_eq(text, STR("<<"));
	if (anchor)
		fill_anchor(r, anchor, (struct anchor){ value_string(r->arena, f->key, at), 1, text.len, 0 });
	return true;
}

static bool on_scalar(struct reader *r, struct fy_event *e)
{
	struct fy_token *token = e->scalar.value;
	enum fy_scalar_style style = token ? fy_token_scalar_style(token) : FYSS_PLAIN;
	struct str text, tag;
	struct pos at = token ? pos_of(r, token_start(r, token, style)) : absent_pos(r);
	struct value *v;
	size_t anchor;

	if (!scalar_text(r, token, style, &text))
		return false;
	if (token)
		note_end(r, token);
	r->bytes += text.len;
	if (!core_tag(r, e->scalar.tag, &tag))
		return false;
	if (is_key(r))
		return on_key(r, e, text, at, style == FYSS_PLAIN);
	anchor = new_anchor(r, e->scalar.anchor);
	v = value_new(r->arena, VALUE_STRING, at);
	if (style != FYSS_PLAIN || str_eq(tag, STR("str")))
		v->as.string = str_copy(r->arena, text);
	else if (!read_plain(r, text, v))
		v->type = VALUE_NULL;
	fill_anchor(r, anchor, (struct anchor){ v, 1, text.len, 0 });
	return check_tag(r, tag, v) && count_nodes(r, 1, at) && place(r, v, 0);
}

static bool on_start(struct reader *r, struct fy_event *e)
{
	bool is_table = e->type == FYET_MAPPING_START;
	struct fy_token *token = is_table ? e->mapping_start.mapping_start : e->sequence_start.sequence_start;
	struct fy_token *anchor = is_table ? e->mapping_start.anchor : e->sequence_start.anchor;
	size_t off = token ? token_start(r, token, FYSS_PLAIN) : r->end;
	struct pos at = pos_of(r, off);
	struct frame *f;
	struct str tag;

	if (is_key(r))
		return refuse_key(r, at, is_table ? "a mapping" : "a list");
	if (r->depth == YAML_MAX_DEPTH)
		return problem(r, at, LIMIT, "values are nested more than %d deep", YAML_MAX_DEPTH);
	f = &r->frames[r->depth];
	*f = (struct frame){
		.nodes_before = r->nodes, .bytes_before = r->bytes, .merges_from = r->merges.len, .height = 1
	};
	f->v = value_new(r->arena, is_table ? VALUE_TABLE : VALUE_ARRAY, at);
	f->is_flow = off < r->text.len && r->text.ptr[off] == (is_table ? '{' : '[');
	f->anchor = new_anchor(r, anchor);
	r->depth++;
	return core_tag(r, is_table ? e->mapping_start.tag : e->sequence_start.tag, &tag) && check_tag(r, tag, f->v) &&
	       count_nodes(r, 1, at);
}

/* Keys of the mapping itself come first, then those merged, in the order written. */
static void apply_merges(struct reader *r, struct frame *f)
{
	for (size_t i = f->merges_from; i < r->merges.len; i++) {
		const struct value *source = r->merges.ptr[i];

		for (size_t k = 0; k < source->as.table.len; k++)
			value_put(r->arena, f->v, source->as.table.entries[k].key, source->as.table.entries[k].at,
				  source->as.table.entries[k].value);
	}
	r->merges.len = f->merges_from;
}

static bool on_end(struct reader *r, struct fy_event *e)
{
	struct fy_token *token =
		e->type == FYET_MAPPING_END ? e->mapping_end.mapping_end : e->sequence_end.sequence_end;
	struct frame *f = &r->frames[r->depth - 1];

	assert(r->depth);
	if (token)
		note_end(r, token);
	apply_merges(r, f);
	fill_anchor(r, f->anchor,
		    (struct anchor){ f->v, r->nodes - f->nodes_before, r->bytes - f->bytes_before, f->height });
	r->depth--;
	return place(r, f->v, f->height);
}

static bool on_alias(struct reader *r, struct fy_event *e)
{
	struct str name = token_text(e->alias.anchor);
	size_t off = token_start(r, e->alias.anchor, FYSS_PLAIN);
	struct pos at = pos_of(r, off ? off - 1 : 0);
	const struct anchor *anchor;
	uint64_t i;

	note_end(r, e->alias.anchor);
	if (is_key(r))
		return refuse_key(r, at, "an alias");
	if (!map_get(&r->anchor_names, name, &i)) {
		problem(r, at, SYNTAX, "no anchor '&%.*s' stands before its alias", STR_ARG(shown(name)));
		diag_hint(r->dl, "put quotes around text that begins with '*'");
		return false;
	}
	anchor = &r->anchors.ptr[i - 1];
	if (!anchor->v)
		return problem(r, at, SYNTAX, "the anchor '&%.*s' holds itself", STR_ARG(shown(name)));
	if (r->depth + anchor->height > YAML_MAX_DEPTH)
		return problem(r, at, LIMIT, "values are nested more than %d deep", YAML_MAX_DEPTH);
	r->bytes += anchor->bytes;
	r->repeated += anchor->bytes;
	if (r->repeated > YAML_MAX_REPEATED)
		return problem(r, at, LIMIT, "aliases repeat more than %d bytes of text", YAML_MAX_REPEATED);
	return count_nodes(r, anchor->nodes, at) && place(r, anchor->v, anchor->height);
}

static bool on_document(struct reader *r, struct fy_event *e)
{
	struct fy_token *token = e->document_start.document_start;

	if (++r->documents < 2)
		return true;
	problem(r, pos_of(r, token ? token_start(r, token, FYSS_PLAIN) : r->end), UNSUPPORTED,
		"a second document begins here");
	diag_hint(r->dl, "put everything into one; the lines '---' and '...' divide documents");
	return false;
}

static bool on_event(struct reader *r, struct fy_event *e)
{
	switch (e->type) {
	case FYET_DOCUMENT_START:
		return on_document(r, e);
	case FYET_MAPPING_START:
	case FYET_SEQUENCE_START:
		return on_start(r, e);
	case FYET_MAPPING_END:
	case FYET_SEQUENCE_END:
		return on_end(r, e);
	case FYET_SCALAR:
		return on_scalar(r, e);
	case FYET_ALIAS:
		return on_alias(r, e);
	default:
		return true;
	}
}

static size_t error_offset(struct reader *r, const struct fy_diag_error *error)
{
	const struct fy_mark *mark = error->fyt ? fy_token_start_mark(error->fyt) : NULL;
	size_t line = error->line > 0 ? (size_t)error->line - 1 : 0, i;

	if (mark)
		return mark->input_pos < r->text.len ? mark->input_pos : r->text.len;
	if (line >= r->lines.len)
		return r->text.len;
	i = r->lines.ptr[line];
	for (int col = 1; col < error->column && i < r->text.len && r->text.ptr[i] != '\n'; col++)
		utf8_decode(r->text, i, &i);
	return i;
}

/* Brackets left open are what is wrong when the text ends: the place to look at is where they open. */
static bool report_open_bracket(struct reader *r, size_t off)
{
	const struct frame *f = r->depth ? &r->frames[r->depth - 1] : NULL;

	if (!f || !f->is_flow || str_trim(str_skip(r->text, off)).len)
		return false;
	problem(r, f->v->at, SYNTAX, "the %s that begins here has no closing %c",
		f->v->type == VALUE_ARRAY ? "list"
		: r->is_json              ? "object"
					  : "mapping",
		f->v->type == VALUE_ARRAY ? ']' : '}');
	return true;
}

static void report(struct reader *r, const struct fy_diag_error *error)
{
	size_t off = error ? error_offset(r, error) : r->text.len;
	const char *said = error && error->msg ? error->msg : "the text could not be read", *message, *hint;

	if (report_open_bracket(r, off))
		return;
	message = yaml_reason(r->is_json, said, r->text, &off, &hint);
	problem(r, pos_of(r, off), SYNTAX, "%s", message);
	if (hint[0])
		diag_hint(r->dl, "%s", hint);
}

static bool refuse_byte(struct reader *r, size_t i)
{
	unsigned char c = (unsigned char)r->text.ptr[i];

	if (c == '\r')
		return problem(r, pos_of(r, i), ENCODING, "a carriage return without a line feed");
	if (c != '%')
		return problem(r, pos_of(r, i), ENCODING, "the control character U+%04X", c);
	problem(r, pos_of(r, i), UNSUPPORTED, "a line that begins with '%%' is a directive");
	diag_hint(r->dl, "remove it, or indent the line if it is text");
	return false;
}

/*
 * Refuses what libfyaml would pass over (bytes that are no UTF-8, controls) or
 * needs quadratic time for: directives, which front matter has no use for, and
 * long runs of empty lines in a scalar.
 */
static bool is_readable(struct reader *r)
{
	size_t bad = utf8_check(r->text), blank_lines = 0;

	if (bad < r->text.len) {
		problem(r, pos_of(r, bad), ENCODING, "the text is not valid UTF-8");
		diag_hint(r->dl, "save the file as UTF-8");
		return false;
	}
	for (size_t i = 0; i < r->text.len; i++) {
		char c = r->text.ptr[i];

		if ((unsigned char)c < 0x20 && c != '\n' && c != '\t' && !(c == '\r' && r->is_json))
			return refuse_byte(r, i);
		if (c == '%' && !r->is_json && (i == 0 || r->text.ptr[i - 1] == '\n'))
			return refuse_byte(r, i);
		blank_lines = c == '\n' ? blank_lines + 1 : c == ' ' || c == '\t' ? blank_lines : 0;
		if (blank_lines > YAML_MAX_BLANK_LINES && !r->is_json)
			return problem(r, pos_of(r, i), LIMIT, "more than %d empty lines in a row",
				       YAML_MAX_BLANK_LINES);
	}
	return true;
}

/* libfyaml scans a whole nest of brackets before it says anything of it. */
static bool is_shallow_json(struct reader *r)
{
	bool in_string = false;
	size_t depth = 0;

	for (size_t i = 0; i < r->text.len; i++) {
		char c = r->text.ptr[i];

		if (in_string)
			in_string = c != '"';
		else if (c == '"')
			in_string = true;
		else if (c == '[' || c == '{')
			depth++;
		else if ((c == ']' || c == '}') && depth)
			depth--;
		if (in_string && c == '\\')
			i++;
		if (depth > YAML_MAX_DEPTH)
			return problem(r, pos_of(r, i), LIMIT, "values are nested more than %d deep", YAML_MAX_DEPTH);
	}
	return true;
}

static void read_events(struct reader *r)
{
	struct fy_diag_cfg diag_cfg = { .level = FYET_ERROR, .module_mask = ~0u };
	struct fy_parse_cfg cfg = { .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DISABLE_DEPTH_LIMIT };
	struct fy_parser *parser = NULL;
	struct fy_event *event;
	void *next = NULL;
	bool is_done = false, ok = true;

	cfg.flags |= r->is_json ? FYPCF_JSON_FORCE : FYPCF_JSON_NONE;
	cfg.diag = fy_diag_create(&diag_cfg);
	if (!cfg.diag)
		goto out;
	fy_diag_set_collect_errors(cfg.diag, true);
	parser = fy_parser_create(&cfg);
	if (!parser || fy_parser_set_string(parser, r->text.len ? r->text.ptr : "", r->text.len))
		goto out;
	while (ok && (event = fy_parser_parse(parser))) {
		is_done = event->type == FYET_STREAM_END;
		ok = on_event(r, event);
		fy_parser_event_free(parser, event);
	}
out:
	if (ok && !is_done)
		report(r, cfg.diag ? fy_diag_errors_iterate(cfg.diag, &next) : NULL);
	fy_parser_destroy(parser);
	fy_diag_destroy(cfg.diag);
}

/* LF for CRLF: one kind of line end less to be wrong about; lines and columns stay what they are. */
static struct str with_lf(struct arena *a, struct str s)
{
	char *copy;
	size_t n = 0;

	if (!str_contains(s, STR("\r\n")))
		return s;
	copy = arena_alloc(a, s.len, 1, 1);
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != '\r' || i + 1 == s.len || s.ptr[i + 1] != '\n')
			copy[n++] = s.ptr[i];
	return (struct str){ copy, n };
}

static bool parse(struct reader *r, uint32_t first_line)
{
	r->cursor_col = 1;
	r->first_line = first_line;
	if (r->text.len > YAML_MAX_BYTES)
		return problem(r, ((struct pos){ 0, 0 }), LIMIT, "the text has more than %d bytes", YAML_MAX_BYTES);
	r->text = with_lf(r->arena, r->text);
	index_lines(r);
	if (is_readable(r) && (!r->is_json || is_shallow_json(r)))
		read_events(r);
	/* After an error: what was open counts as far as it was read. */
	if (!r->root && r->depth)
		r->root = r->frames[0].v;
	return !r->errors;
}

bool yaml_parse(struct arena *a, struct str path, struct str text, uint32_t first_line, struct value **out,
		struct diag_list *dl)
{
	struct reader r = { .arena = a, .path = path, .text = text, .dl = dl };

	if (str_starts(text, STR("\xef\xbb\xbf")))
		r.text = str_skip(text, 3);
	parse(&r, first_line);
	*out = r.root;
	if (r.root && r.root->type == VALUE_TABLE)
		return !r.errors;
	*out = value_new(a, VALUE_TABLE, (struct pos){ first_line, 1 });
	if (!r.errors && r.root && r.root->type != VALUE_NULL) {
		problem(&r, r.root->at, SYNTAX, "expected lines 'key: value', not %s", value_type_name(r.root->type));
		diag_hint(dl, "a space follows the colon");
	}
	return !r.errors;
}

bool yaml_parse_json(struct arena *a, struct str path, struct str text, struct value **out, struct diag_list *dl)
{
	struct reader r = { .arena = a, .path = path, .dl = dl, .is_json = true };

	if (str_starts(text, STR("\xef\xbb\xbf")))
		text = str_skip(text, 3);
	/* libfyaml takes a tab behind the last quote for trailing text. */
	while (text.len && strchr(" \t\r\n", text.ptr[text.len - 1]) && text.ptr[text.len - 1])
		text.len--;
	r.text = text;
	parse(&r, 1);
	*out = r.root ? r.root : value_new(a, VALUE_NULL, (struct pos){ 1, 1 });
	return !r.errors;
}
