#ifndef VALUE_H
#define VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/map.h"
#include "base/str.h"

/*
 * value - what TOML, YAML, JSON and CSV have in common: a tree of typed values,
 * each with the position it was read at. Lives in the arena of its reader and
 * borrows from nothing else (strings are copied or cut from that arena).
 * Immutable once read.
 */
struct pos {
	uint32_t line, col; /* from 1, col counts code points; 0,0: the whole file */
};

enum value_type {
	VALUE_NULL,
	VALUE_BOOL,
	VALUE_INTEGER,
	VALUE_FLOAT,
	VALUE_STRING,
	VALUE_DATE,
	VALUE_ARRAY,
	VALUE_TABLE,
};

struct value;

struct value_entry {
	struct str key;
	struct pos at; /* of the key */
	struct value *value;
};

struct value {
	enum value_type type;
	struct pos at;
	uint32_t flags; /* private to the reader that made it */
	union {
		bool boolean;
		int64_t integer;
		double number;
		struct str string;
		struct date date;
		struct {
			struct value **items;
			size_t len, cap;
		} array;
		struct {
			struct value_entry *entries; /* in the order written */
			size_t len, cap;
			struct map *index; /* made by value_put when the table grows */
		} table;
	} as;
};

struct value *value_new(struct arena *a, enum value_type type, struct pos at);
struct value *value_string(struct arena *a, struct str s, struct pos at); /* borrows s */
void value_push(struct arena *a, struct value *array, struct value *item);
/* Adds an entry; false (and no change) when the key is there already. */
bool value_put(struct arena *a, struct value *table, struct str key, struct pos at, struct value *v);

/* NULL when absent, or when `table` is NULL or no table. Linear for small tables, hashed for large. */
struct value *value_get(const struct value *table, struct str key);
const struct value_entry *value_entry_of(const struct value *table, struct str key);
struct value *value_path(const struct value *table, struct str dotted); /* "a.b.c" */

/* The text if it is a string, else empty. */
struct str value_text(const struct value *v);
bool value_is_true(const struct value *v); /* a boolean that is true */
bool value_as_double(const struct value *v, double *out); /* integers and floats */
const char *value_type_name(enum value_type type);        /* "a string", "a table", … for messages */

/*
 * For what is kept between runs: what the tree says, and apart from it where each part of it stands. In the order of
 * bytes of this machine.
 */
void value_pack(const struct value *v, struct buf *content, struct buf *places);
/* Texts are borrowed from `content`. NULL: damaged. */
struct value *value_unpack(struct arena *a, struct str content, struct str places);

void value_write_json(struct buf *b, const struct value *v); /* canonical: order kept, no spaces, dates as strings */
/* The same, with `scalar` for what is neither list nor table. */
void value_write_json_with(struct buf *b, const struct value *v,
			   void (*scalar)(struct buf *b, const struct value *v));

#endif
