#include "site/meta.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "base/vec.h"

static const struct value *get(const struct meta *m, const char *key)
{
	const struct value *v = value_get(m->table, str_from(key));

	return v && v->type != VALUE_NULL ? v : NULL;
}

static void wrong_type(const struct meta *m, const char *key, const struct value *v, const char *wanted)
{
	diag_add(m->dl, DIAG_ERROR, m->type_code, m->path, v->at, "'%s' must be %s, not %s", key, wanted,
		 value_type_name(v->type));
}

struct pos meta_pos(const struct meta *m, const char *key)
{
	const struct value *v = value_get(m->table, str_from(key));

	return v ? v->at : m->table ? m->table->at : (struct pos){ 0, 0 };
}

struct str meta_text(const struct meta *m, const char *key)
{
	const struct value *v = get(m, key);

	if (!v)
		return STR_NONE;
	if (v->type != VALUE_STRING) {
		wrong_type(m, key, v, "a string");
		if (v->type == VALUE_INTEGER || v->type == VALUE_FLOAT || v->type == VALUE_DATE)
			diag_hint(m->dl, "put it in quotes");
		return STR_NONE;
	}
	return v->as.string;
}

struct str meta_word(const struct meta *m, const char *key)
{
	const struct value *v = get(m, key);
	struct buf b;
	struct str s;

	if (!v)
		return STR_NONE;
	if (v->type == VALUE_STRING)
		return v->as.string;
	if (v->type == VALUE_TABLE || v->type == VALUE_ARRAY) {
		wrong_type(m, key, v, "a word or a number");
		return STR_NONE;
	}
	buf_init(&b, 0);
	if (v->type == VALUE_DATE)
		date_write(&b, v->as.date);
	else
		value_write_json(&b, v);
	s = buf_copy(&b, m->arena);
	buf_release(&b);
	return s;
}

bool meta_flag(const struct meta *m, const char *key, bool fallback)
{
	const struct value *v = get(m, key);

	if (!v)
		return fallback;
	if (v->type != VALUE_BOOL) {
		wrong_type(m, key, v, "true or false");
		return fallback;
	}
	return v->as.boolean;
}

double meta_number(const struct meta *m, const char *key, double fallback)
{
	const struct value *v = get(m, key);
	double d;

	if (!v)
		return fallback;
	if (!value_as_double(v, &d)) {
		wrong_type(m, key, v, "a number");
		return fallback;
	}
	return d;
}

static bool read_range(const struct meta *m, const char *key, struct date_range *out)
{
	const struct value *v = get(m, key);

	*out = (struct date_range){ { 0 }, { 0 } };
	if (!v)
		return true;
	if (v->type == VALUE_DATE && v->as.date.precision != DATE_CLOCK) {
		out->from = out->to = v->as.date;
		return true;
	}
	if (v->type == VALUE_INTEGER && v->as.integer >= 0 && v->as.integer <= 9999) {
		out->from.year = (int16_t)v->as.integer;
		out->from.precision = DATE_YEAR;
		out->to = out->from;
		return true;
	}
	if (v->type == VALUE_STRING) {
		if (v->as.string.len == 0 || date_parse_range(v->as.string, out))
			return true;
		diag_add(m->dl, DIAG_ERROR, "meta/bad-date", m->path, v->at, "'%.*s' is not a date",
			 STR_ARG(v->as.string));
		diag_width(m->dl, (uint32_t)utf8_length(v->as.string) + 2);
	} else {
		diag_add(m->dl, DIAG_ERROR, "meta/bad-date", m->path, v->at, "'%s' must be a date, not %s", key,
			 v->type == VALUE_DATE ? "a time of day" : value_type_name(v->type));
	}
	diag_hint(m->dl, "write it as 2026, 2026-05 or 2026-05-01");
	return false;
}

struct date_range meta_range(const struct meta *m, const char *key)
{
	struct date_range r;

	read_range(m, key, &r);
	return r;
}

struct date meta_date(const struct meta *m, const char *key)
{
	struct date_range r;

	read_range(m, key, &r);
	if (date_cmp(r.from, r.to) != 0) {
		diag_add(m->dl, DIAG_ERROR, "meta/bad-date", m->path, meta_pos(m, key),
			 "'%s' must be one date, not an interval", key);
		return (struct date){ 0 };
	}
	return r.from;
}

bool meta_span(const struct meta *m, const char *key, struct date_span *out)
{
	const struct value *v = get(m, key);

	if (!v)
		return false;
	if (v->type == VALUE_STRING && date_parse_span(v->as.string, out))
		return true;
	diag_add(m->dl, DIAG_ERROR, "meta/bad-duration", m->path, v->at, "'%s' must be a duration", key);
	diag_hint(m->dl, "write it as \"12 months\", \"90 days\" or \"2 years\"");
	return false;
}

struct str *meta_words(const struct meta *m, const char *key, size_t *n)
{
	struct pos *at;

	return meta_words_at(m, key, n, &at);
}

struct str *meta_words_at(const struct meta *m, const char *key, size_t *n, struct pos **at)
{
	const struct value *v = get(m, key);
	struct str *list;

	*n = 0;
	*at = NULL;
	if (!v)
		return NULL;
	if (v->type == VALUE_STRING) {
		list = arena_array(m->arena, struct str, 1);
		*at = arena_array(m->arena, struct pos, 1);
		(*at)[0] = v->at;
		list[(*n)++] = v->as.string;
		return list;
	}
	if (v->type != VALUE_ARRAY) {
		wrong_type(m, key, v, "a list of strings");
		return NULL;
	}
	list = arena_array(m->arena, struct str, v->as.array.len);
	*at = arena_array(m->arena, struct pos, v->as.array.len);
	for (size_t i = 0; i < v->as.array.len; i++) {
		const struct value *item = v->as.array.items[i];

		if (item->type == VALUE_STRING) {
			(*at)[*n] = item->at;
			list[(*n)++] = item->as.string;
		} else {
			diag_add(m->dl, DIAG_ERROR, m->type_code, m->path, item->at, "'%s' must hold strings, not %s",
				 key, value_type_name(item->type));
		}
	}
	return list;
}

const struct value *const *meta_tables(const struct meta *m, const char *key, size_t *n)
{
	const struct value *v = get(m, key);
	VEC(const struct value *) list = { 0 };

	*n = 0;
	if (!v)
		return NULL;
	if (v->type == VALUE_TABLE) {
		vec_push(m->arena, &list, v);
	} else if (v->type == VALUE_ARRAY) {
		for (size_t i = 0; i < v->as.array.len; i++) {
			const struct value *item = v->as.array.items[i];

			if (item->type == VALUE_TABLE)
				vec_push(m->arena, &list, item);
			else
				diag_add(m->dl, DIAG_ERROR, m->type_code, m->path, item->at,
					 "'%s' must hold tables, not %s", key, value_type_name(item->type));
		}
	} else {
		wrong_type(m, key, v, "a list of tables");
		diag_hint(m->dl, "write [[%s]] before each of them", key);
	}
	*n = list.len;
	return list.ptr;
}

int meta_choice(const struct meta *m, const char *key, const char *const *names, int absent)
{
	const struct value *v = get(m, key);
	struct str known[32];
	size_t n = 0;

	if (!v)
		return absent;
	if (v->type != VALUE_STRING) {
		wrong_type(m, key, v, "a string");
		return -1;
	}
	for (; names[n] && n < sizeof(known) / sizeof(known[0]); n++) {
		known[n] = str_from(names[n]);
		if (str_eq(v->as.string, known[n]))
			return (int)n;
	}
	diag_add(m->dl, DIAG_ERROR, "meta/unknown-choice", m->path, v->at, "'%s' of %s cannot be '%.*s'", key, m->what,
		 STR_ARG(v->as.string));
	diag_hint(m->dl, "it is one of: %.*s", STR_ARG(str_join(m->arena, known, n, STR(", "))));
	return -1;
}

void meta_check_keys(const struct meta *m, const struct str *known, size_t n)
{
	for (size_t i = 0; i < m->table->as.table.len; i++) {
		const struct value_entry *e = &m->table->as.table.entries[i];
		bool found = false;

		for (size_t k = 0; k < n && !found; k++)
			found = str_eq(e->key, known[k]);
		if (!found) {
			diag_add(m->dl, DIAG_ERROR, m->key_code, m->path, e->at, "'%.*s' is no key of %s",
				 STR_ARG(e->key), m->what);
			diag_width(m->dl, (uint32_t)utf8_length(e->key));
			diag_suggest(m->dl, e->key, known, n);
		}
	}
}
