#include <string.h>

#include "base/pack.h"
#include "base/value.h"

/* Deeper than any of the readers goes. */
#define MAX_DEPTH 512

static void put(struct buf *b, enum value_type type, uint64_t n, const void *tail, size_t len)
{
	char head[9] = { (char)type };

	memcpy(head + 1, &n, sizeof(n));
	buf_add_mem(b, head, sizeof(head));
	if (len)
		buf_add_mem(b, tail, len);
}

static void put_place(struct buf *b, struct pos at)
{
	buf_add_mem(b, &at, sizeof(at));
}

static uint64_t date_bits(struct date d)
{
	return (uint64_t)(uint16_t)d.year << 48 | (uint64_t)d.month << 40 | (uint64_t)d.day << 32 |
	       (uint64_t)d.hour << 24 | (uint64_t)d.minute << 16 | (uint64_t)d.second << 8 | d.precision;
}

static struct date date_of_bits(uint64_t n, uint64_t rest)
{
	return (struct date){ .year = (int16_t)(n >> 48),
			      .month = (uint8_t)(n >> 40),
			      .day = (uint8_t)(n >> 32),
			      .hour = (uint8_t)(n >> 24),
			      .minute = (uint8_t)(n >> 16),
			      .second = (uint8_t)(n >> 8),
			      .precision = (uint8_t)n,
			      .offset = (int16_t)(rest >> 32),
			      .nanos = (uint32_t)rest };
}

void value_pack(const struct value *v, struct buf *content, struct buf *places)
{
	uint64_t n;

	put_place(places, v->at);
	switch (v->type) {
	case VALUE_NULL:
		put(content, v->type, 0, NULL, 0);
		break;
	case VALUE_BOOL:
		put(content, v->type, v->as.boolean, NULL, 0);
		break;
	case VALUE_INTEGER:
		put(content, v->type, (uint64_t)v->as.integer, NULL, 0);
		break;
	case VALUE_FLOAT:
		memcpy(&n, &v->as.number, sizeof(n));
		put(content, v->type, n, NULL, 0);
		break;
	case VALUE_STRING:
		put(content, v->type, v->as.string.len, v->as.string.ptr, v->as.string.len);
		break;
	case VALUE_DATE:
		n = (uint64_t)(uint16_t)v->as.date.offset << 32 | v->as.date.nanos;
		put(content, v->type, date_bits(v->as.date), &n, sizeof(n));
		break;
	case VALUE_ARRAY:
		put(content, v->type, v->as.array.len, NULL, 0);
		for (size_t i = 0; i < v->as.array.len; i++)
			value_pack(v->as.array.items[i], content, places);
		break;
	case VALUE_TABLE:
		put(content, v->type, v->as.table.len, NULL, 0);
		for (size_t i = 0; i < v->as.table.len; i++) {
			const struct value_entry *e = &v->as.table.entries[i];

			put(content, VALUE_STRING, e->key.len, e->key.ptr, e->key.len);
			put_place(places, e->at);
			value_pack(e->value, content, places);
		}
		break;
	}
}

struct unpacking {
	struct arena *arena;
	struct str content, places;
	bool ok;
};

/* Zeros where nothing is left. */
static void take(struct unpacking *u, struct str *from, void *out, size_t len)
{
	if (from->len < len) {
		u->ok = false;
		memset(out, 0, len);
		return;
	}
	memcpy(out, from->ptr, len);
	*from = str_skip(*from, len);
}

static struct pos take_place(struct unpacking *u)
{
	struct pos at;

	take(u, &u->places, &at, sizeof(at));
	return at;
}

static enum value_type take_head(struct unpacking *u, uint64_t *n)
{
	char head[9];

	take(u, &u->content, head, sizeof(head));
	memcpy(n, head + 1, sizeof(*n));
	return (enum value_type)(unsigned char)head[0];
}

static struct str take_str(struct unpacking *u, uint64_t len)
{
	struct str s;

	if (len > u->content.len) {
		u->ok = false;
		return STR_NONE;
	}
	s = str_cut(u->content, 0, (size_t)len);
	u->content = str_skip(u->content, (size_t)len);
	return s;
}

/* Of how many items there can be: each has a place. */
static size_t take_count(struct unpacking *u, uint64_t n)
{
	if (n <= u->places.len / sizeof(struct pos))
		return (size_t)n;
	u->ok = false;
	return 0;
}

static void unpack(struct unpacking *u, struct value *v, unsigned depth);

static void unpack_array(struct unpacking *u, struct value *v, size_t n, unsigned depth)
{
	struct value *items = arena_array(u->arena, struct value, n);

	v->as.array.items = arena_array(u->arena, struct value *, n);
	v->as.array.cap = n;
	for (size_t i = 0; i < n && u->ok; i++) {
		unpack(u, &items[i], depth + 1);
		v->as.array.items[v->as.array.len++] = &items[i];
	}
}

static void unpack_table(struct unpacking *u, struct value *v, size_t n, unsigned depth)
{
	struct value *values = arena_array(u->arena, struct value, n);

	v->as.table.entries = arena_array(u->arena, struct value_entry, n);
	v->as.table.cap = n;
	for (size_t i = 0; i < n && u->ok; i++) {
		uint64_t len;
		struct str key;
		struct pos at;

		u->ok &= take_head(u, &len) == VALUE_STRING;
		key = take_str(u, len);
		at = take_place(u);
		unpack(u, &values[i], depth + 1);
		u->ok &= value_put(u->arena, v, key, at, &values[i]);
	}
}

static void unpack(struct unpacking *u, struct value *v, unsigned depth)
{
	uint64_t n, rest;

	v->at = take_place(u);
	v->type = take_head(u, &n);
	switch (v->type) {
	case VALUE_NULL:
		break;
	case VALUE_BOOL:
		v->as.boolean = n != 0;
		break;
	case VALUE_INTEGER:
		v->as.integer = (int64_t)n;
		break;
	case VALUE_FLOAT:
		memcpy(&v->as.number, &n, sizeof(n));
		break;
	case VALUE_STRING:
		v->as.string = take_str(u, n);
		break;
	case VALUE_DATE:
		take(u, &u->content, &rest, sizeof(rest));
		v->as.date = date_of_bits(n, rest);
		break;
	case VALUE_ARRAY:
	case VALUE_TABLE:
		if (depth == MAX_DEPTH) {
			u->ok = false;
			v->type = VALUE_NULL;
		} else if (v->type == VALUE_ARRAY) {
			unpack_array(u, v, take_count(u, n), depth);
		} else {
			unpack_table(u, v, take_count(u, n), depth);
		}
		break;
	default:
		u->ok = false;
		v->type = VALUE_NULL;
	}
}

struct value *value_unpack(struct arena *a, struct str content, struct str places)
{
	struct unpacking u = { a, content, places, true };
	struct value *v = arena_new(a, struct value);

	unpack(&u, v, 0);
	return u.ok && u.content.len == 0 && u.places.len == 0 ? v : NULL;
}
