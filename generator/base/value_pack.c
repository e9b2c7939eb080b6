#include <string.h>

#include "base/pack.h"
#include "base/value.h"

/* Deeper than any of the readers goes. */
#define MAX_DEPTH 512

struct packing {
	struct buf *content, *places;
	uint32_t line; /* of the place before */
};

/* Seven bits a byte, the lowest first, all but the last with the eighth set: most numbers are small. */
static void put_number(struct buf *b, uint64_t n)
{
	char bytes[10];
	size_t len = 0;

	for (; n >= 0x80; n >>= 7)
		bytes[len++] = (char)(n | 0x80);
	bytes[len++] = (char)n;
	buf_add_mem(b, bytes, len);
}

static void put(struct packing *p, enum value_type type, uint64_t n, const void *tail, size_t len)
{
	buf_add_char(p->content, (char)type);
	put_number(p->content, n);
	if (len)
		buf_add_mem(p->content, tail, len);
}

/* Lines by their distance, which has its sign in the lowest bit. */
static void put_place(struct packing *p, struct pos at)
{
	uint32_t ahead = at.line - p->line;

	put_number(p->places, ahead >> 31 ? ~(ahead << 1) : ahead << 1);
	put_number(p->places, at.col);
	p->line = at.line;
}

static void pack(struct packing *p, const struct value *v)
{
	uint64_t n, bits[2];

	put_place(p, v->at);
	switch (v->type) {
	case VALUE_NULL:
		put(p, v->type, 0, NULL, 0);
		break;
	case VALUE_BOOL:
		put(p, v->type, v->as.boolean, NULL, 0);
		break;
	case VALUE_INTEGER:
		put(p, v->type, (uint64_t)v->as.integer, NULL, 0);
		break;
	case VALUE_FLOAT:
		memcpy(&n, &v->as.number, sizeof(n));
		put(p, v->type, n, NULL, 0);
		break;
	case VALUE_STRING:
		put(p, v->type, v->as.string.len, v->as.string.ptr, v->as.string.len);
		break;
	case VALUE_DATE:
		date_to_bits(v->as.date, bits);
		put(p, v->type, bits[0], &bits[1], sizeof(bits[1]));
		break;
	case VALUE_ARRAY:
		put(p, v->type, v->as.array.len, NULL, 0);
		for (size_t i = 0; i < v->as.array.len; i++)
			pack(p, v->as.array.items[i]);
		break;
	case VALUE_TABLE:
		put(p, v->type, v->as.table.len, NULL, 0);
		for (size_t i = 0; i < v->as.table.len; i++) {
			const struct value_entry *e = &v->as.table.entries[i];

			put(p, VALUE_STRING, e->key.len, e->key.ptr, e->key.len);
			put_place(p, e->at);
			pack(p, e->value);
		}
		break;
	}
}

void value_pack(const struct value *v, struct buf *content, struct buf *places)
{
	struct packing p = { content, places, 0 };

	pack(&p, v);
}

struct unpacking {
	struct arena *arena;
	struct str content, places;
	uint32_t line; /* of the place before */
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

static uint64_t take_number(struct unpacking *u, struct str *from)
{
	uint64_t n = 0;

	if (from->len && (unsigned char)from->ptr[0] < 0x80) {
		n = (unsigned char)from->ptr[0];
		*from = (struct str){ from->ptr + 1, from->len - 1 };
		return n;
	}
	for (size_t i = 0; i < from->len && i < 10; i++) {
		unsigned char c = (unsigned char)from->ptr[i];

		n |= (uint64_t)(c & 0x7f) << 7 * i;
		if (c < 0x80) {
			*from = str_skip(*from, i + 1);
			return n;
		}
	}
	u->ok = false;
	return 0;
}

static struct pos take_place(struct unpacking *u)
{
	uint32_t ahead = (uint32_t)take_number(u, &u->places);

	u->line += ahead & 1 ? ~(ahead >> 1) : ahead >> 1;
	return (struct pos){ u->line, (uint32_t)take_number(u, &u->places) };
}

static enum value_type take_head(struct unpacking *u, uint64_t *n)
{
	enum value_type type = VALUE_NULL;

	if (u->content.len) {
		type = (enum value_type)(unsigned char)u->content.ptr[0];
		u->content = (struct str){ u->content.ptr + 1, u->content.len - 1 };
	}
	*n = take_number(u, &u->content);
	return type;
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

/* Of how many items there can be: each has a place, of two bytes at least. */
static size_t take_count(struct unpacking *u, uint64_t n)
{
	if (n <= u->places.len / 2)
		return (size_t)n;
	u->ok = false;
	return 0;
}

static void unpack(struct unpacking *u, struct value *v, unsigned depth);

static void unpack_array(struct unpacking *u, struct value *v, size_t n, unsigned depth)
{
	struct value *items = arena_alloc(u->arena, n, sizeof(*items), _Alignof(struct value));

	v->as.array.items = arena_alloc(u->arena, n, sizeof(*v->as.array.items), _Alignof(struct value *));
	v->as.array.cap = n;
	for (size_t i = 0; i < n && u->ok; i++) {
		unpack(u, &items[i], depth + 1);
		v->as.array.items[v->as.array.len++] = &items[i];
	}
}

static void unpack_table(struct unpacking *u, struct value *v, size_t n, unsigned depth)
{
	struct value *values = arena_alloc(u->arena, n, sizeof(*values), _Alignof(struct value));

	v->as.table.entries = arena_alloc(u->arena, n, sizeof(*v->as.table.entries), _Alignof(struct value_entry));
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

	*v = (struct value){ .at = take_place(u) };
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
		v->as.date = date_from_bits((uint64_t[]){ n, rest });
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
	struct unpacking u = { a, content, places, 0, true };
	struct value *v = arena_new(a, struct value);

	unpack(&u, v, 0);
	return u.ok && u.content.len == 0 && u.places.len == 0 ? v : NULL;
}
