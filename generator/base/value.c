#include "base/value.h"

#include <assert.h>
#include <math.h>

#include "base/vec.h"

#define INDEX_FROM 12 /* entries from which a table is hashed */

struct value *value_new(struct arena *a, enum value_type type, struct pos at)
{
	struct value *v = arena_new(a, struct value);

	v->type = type;
	v->at = at;
	return v;
}

struct value *value_string(struct arena *a, struct str s, struct pos at)
{
	struct value *v = value_new(a, VALUE_STRING, at);

	v->as.string = s;
	return v;
}

void value_push(struct arena *a, struct value *array, struct value *item)
{
	assert(array->type == VALUE_ARRAY);
	array->as.array.items = vec_room(a, array->as.array.items, &array->as.array.cap, array->as.array.len + 1,
					 sizeof(*array->as.array.items));
	array->as.array.items[array->as.array.len++] = item;
}

/* Index of the entry, or the table's length. */
static size_t find_entry(const struct value *table, struct str key)
{
	uint64_t i;

	if (table->as.table.index)
		return map_get(table->as.table.index, key, &i) ? (size_t)i : table->as.table.len;
	for (i = 0; i < table->as.table.len; i++)
		if (str_eq(table->as.table.entries[i].key, key))
			break;
	return (size_t)i;
}

bool value_put(struct arena *a, struct value *table, struct str key, struct pos at, struct value *v)
{
	size_t len;

	assert(table->type == VALUE_TABLE);
	len = table->as.table.len;
	if (find_entry(table, key) < len)
		return false;
	table->as.table.entries =
		vec_room(a, table->as.table.entries, &table->as.table.cap, len + 1, sizeof(*table->as.table.entries));
	table->as.table.entries[len] = (struct value_entry){ key, at, v };
	table->as.table.len = len + 1;
	if (table->as.table.index) {
		map_put(a, table->as.table.index, key, len);
	} else if (len + 1 == INDEX_FROM) {
		table->as.table.index = arena_new(a, struct map);
		for (size_t i = 0; i <= len; i++)
			map_put(a, table->as.table.index, table->as.table.entries[i].key, i);
	}
	return true;
}

const struct value_entry *value_entry_of(const struct value *table, struct str key)
{
	size_t i;

	if (!table || table->type != VALUE_TABLE)
		return NULL;
	i = find_entry(table, key);
	return i < table->as.table.len ? &table->as.table.entries[i] : NULL;
}

struct value *value_get(const struct value *table, struct str key)
{
	const struct value_entry *e = value_entry_of(table, key);

	return e ? e->value : NULL;
}

struct value *value_path(const struct value *table, struct str dotted)
{
	struct value *v = NULL;
	struct str part;

	while (str_next(&dotted, '.', &part)) {
		v = value_get(table, part);
		if (!v)
			return NULL;
		table = v;
	}
	return v;
}

struct str value_text(const struct value *v)
{
	return v && v->type == VALUE_STRING ? v->as.string : STR_NONE;
}

bool value_is_true(const struct value *v)
{
	return v && v->type == VALUE_BOOL && v->as.boolean;
}

bool value_as_double(const struct value *v, double *out)
{
	if (v && v->type == VALUE_INTEGER)
		*out = (double)v->as.integer;
	else if (v && v->type == VALUE_FLOAT)
		*out = v->as.number;
	else
		return false;
	return true;
}

const char *value_type_name(enum value_type type)
{
	static const char *const names[] = {
		[VALUE_NULL] = "nothing",   [VALUE_BOOL] = "true or false", [VALUE_INTEGER] = "a whole number",
		[VALUE_FLOAT] = "a number", [VALUE_STRING] = "a string",    [VALUE_DATE] = "a date",
		[VALUE_ARRAY] = "a list",   [VALUE_TABLE] = "a table",
	};

	return names[type];
}

static void write_integer(struct buf *b, int64_t n)
{
	if (n < 0)
		buf_add_char(b, '-');
	buf_add_u64(b, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

static void write_scalar(struct buf *b, const struct value *v)
{
	switch (v->type) {
	case VALUE_BOOL:
		buf_add(b, v->as.boolean ? STR("true") : STR("false"));
		break;
	case VALUE_INTEGER:
		write_integer(b, v->as.integer);
		break;
	case VALUE_FLOAT:
		/* JSON has no word for inf and nan. */
		if (isfinite(v->as.number))
			buf_add_double(b, v->as.number);
		else
			buf_add(b, STR("null"));
		break;
	case VALUE_STRING:
		buf_add_json(b, v->as.string);
		break;
	case VALUE_DATE:
		buf_add_char(b, '"');
		date_write(b, v->as.date);
		buf_add_char(b, '"');
		break;
	default:
		buf_add(b, STR("null"));
	}
}

/* Recursion is bounded by the depth limits of the readers. */
void value_write_json_with(struct buf *b, const struct value *v, void (*scalar)(struct buf *b, const struct value *v))
{
	if (v && v->type == VALUE_ARRAY) {
		buf_add_char(b, '[');
		for (size_t i = 0; i < v->as.array.len; i++) {
			if (i)
				buf_add_char(b, ',');
			value_write_json_with(b, v->as.array.items[i], scalar);
		}
		buf_add_char(b, ']');
	} else if (v && v->type == VALUE_TABLE) {
		buf_add_char(b, '{');
		for (size_t i = 0; i < v->as.table.len; i++) {
			if (i)
				buf_add_char(b, ',');
			buf_add_json(b, v->as.table.entries[i].key);
			buf_add_char(b, ':');
			value_write_json_with(b, v->as.table.entries[i].value, scalar);
		}
		buf_add_char(b, '}');
	} else if (v) {
		scalar(b, v);
	} else {
		buf_add(b, STR("null"));
	}
}

void value_write_json(struct buf *b, const struct value *v)
{
	value_write_json_with(b, v, write_scalar);
}
