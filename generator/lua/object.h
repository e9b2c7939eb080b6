#ifndef OBJECT_H
#define OBJECT_H

#include <assert.h>

#include "base/date.h"
#include "base/value.h"
#include "lua/state.h"

/*
 * object - C data as templates see it, read-only and without copies.
 *
 * Things with a number (pages, facts, their lists) are light userdata: class,
 * id and a detail packed into the pointer itself, so that nothing is allocated
 * and equal things are equal. Trees of values, dates and marked text are full
 * userdata. An unknown field is an error.
 */
struct object_ref {
	uint8_t cls;  /* number of its class, from 1 */
	uint32_t aux; /* 24 bits */
	uint32_t id;
};

/* A value, outside of Lua's where that is possible. */
struct object_cell {
	enum {
		CELL_EMPTY, /* not set, or not looked up yet; of the table of names: it is the environment */
		CELL_NIL,
		CELL_BOOLEAN,
		CELL_INTEGER,
		CELL_TEXT, /* a string */
		CELL_OBJECT,
		CELL_LUA, /* anything else */
	} kind;
	int index; /* CELL_LUA, CELL_TEXT: on Lua's stack; of a text 0: it is good for the render */
	union {
		bool boolean;
		int64_t integer;
		struct str text;
		struct object_ref object;
	} as;
};

static inline void object_set_boolean(struct object_cell *out, bool value)
{
	out->kind = CELL_BOOLEAN;
	out->as.boolean = value;
}

static inline void object_set_integer(struct object_cell *out, int64_t value)
{
	out->kind = CELL_INTEGER;
	out->as.integer = value;
}

static inline void object_set_text(struct object_cell *out, struct str value) /* good for the render */
{
	out->kind = CELL_TEXT;
	out->index = 0;
	out->as.text = value;
}

struct object_field {
	const char *name;
	const char *type; /* "string", "date?", "list of page", for documentation */
	const char *doc;
	/* One of these: gives a text that is good for the render; gives what is no value of Lua's; pushes one value. */
	struct str (*text)(struct engine *e, struct object_ref o);
	void (*get)(struct engine *e, struct object_ref o, struct object_cell *out);
	void (*push)(lua_State *L, struct engine *e, struct object_ref o);
};

struct object_class {
	const char *name; /* "page" */
	const struct object_field *fields;
	size_t n_fields;
	/* Lists: length and items from 0. NULL: no list. */
	size_t (*length)(struct engine *e, struct object_ref o);
	void (*item)(struct engine *e, struct object_ref o, size_t i, struct object_cell *out); /* no value of Lua's */
	/* Names that are no fields (data.<name>): true when a value was pushed. May be NULL. */
	bool (*other)(lua_State *L, struct engine *e, struct object_ref o, struct str key);
	/* For printing in a hole; NULL: an error. */
	void (*print)(struct engine *e, struct object_ref o, struct buf *out);
	/* "page companies/acme", for messages. May be NULL: the class's name. */
	struct str (*describe)(struct engine *e, struct object_ref o);
	/* What orders and compares it in sort_by, unique and group_by: pushes a string or number. May be NULL. */
	void (*key)(lua_State *L, struct engine *e, struct object_ref o);
};

static inline const struct object_class *object_class(const struct engine *e, struct object_ref o)
{
	assert(o.cls >= 1 && e->set->host && o.cls <= e->set->host->n_classes);
	return e->set->host->classes[o.cls - 1];
}

/* Text that is known to be of a kind passes where that kind belongs. */
enum object_mark { MARK_HTML, MARK_URL, MARK_JSON };

void object_open(lua_State *L, struct engine *e); /* metatables */

void object_push(lua_State *L, struct object_ref o);
bool object_get(lua_State *L, int index, struct object_ref *out); /* false: no light object */
/* Pushes what is no value of Lua's. */
void object_push_cell(lua_State *L, const struct object_cell *c);
/* A field; NULL: there is none. `name` must lie where it is for as long as the engine. */
const struct object_field *object_field(struct engine *e, struct object_ref o, struct str name);
/* Pushes what is no field; absent when soft: nil. */
void object_push_other(lua_State *L, struct object_ref o, struct str name, bool is_soft);

void object_push_value(lua_State *L, struct engine *e, const struct value *v); /* NULL gives nil */
const struct value *object_value(lua_State *L, int index);                     /* NULL: no tree of values */
void object_push_date(lua_State *L, struct engine *e, struct date d);          /* none gives nil */
const struct date *object_date(lua_State *L, int index);                       /* NULL: no date */
/* Copies the text. */
void object_push_mark(lua_State *L, struct engine *e, enum object_mark kind, struct str s);
/* Borrows the text, which must live as long as the state or the render. */
void object_push_borrowed(lua_State *L, struct engine *e, enum object_mark kind, struct str s);
bool object_mark(lua_State *L, int index, enum object_mark *kind, struct str *s); /* false: no marked text */

/* A string, number or marked text as text; false for anything else. Valid while the value is on the stack. */
bool object_text(lua_State *L, int index, struct str *out);
struct str object_address(lua_State *L, int index); /* the text of what is to be an address; raises where it is none */
/* What a hole prints without escaping: also booleans, dates, objects with print. False: not printable. */
bool object_print(lua_State *L, struct engine *e, int index, struct buf *out);
void object_write_number(lua_State *L, int index, struct buf *out);
void object_write_integer(int64_t n, struct buf *out);

/* Keeps the string at `index` for as long as the state lives, so that its address is that of no other. */
void object_keep_name(lua_State *L, struct engine *e, int index);

/* Reading lists of every kind alike. */
struct object_list {
	int index; /* absolute, on the stack */
	enum { OBJECT_LIST_TABLE, OBJECT_LIST_LIGHT, OBJECT_LIST_VALUE } type;
	struct object_ref ref;
	const struct value *value;
	size_t n;
};
bool object_list(lua_State *L, int index, struct object_list *out);         /* false: no list */
void object_list_push(lua_State *L, const struct object_list *l, size_t i); /* from 0 */

/* Pushes base[key] for a name: of objects, values and tables; absent gives nil. `path` may be dotted. */
void object_push_field(lua_State *L, int index, struct str path, bool is_soft);
/* Pushes base[key] of what stands there, nil where there is none: what ?. reads. */
void object_push_soft(lua_State *L, int base, int key);
/* The same as a function of Lua's: (object, key). */
int object_soft_index(lua_State *L);
/* Orders two values on the stack: numbers, then strings, then dates; objects by their key. */
int object_compare(lua_State *L, int a, int b);
bool object_equal(lua_State *L, int a, int b);
/* Pushes the value as text marked as JSON; raises where there is no such form. */
void object_push_json(lua_State *L, struct engine *e, int index);
/* Appends the value as JSON. `out` must be owned by something that survives an error: the output, or the engine. */
void object_write_json(lua_State *L, int index, struct buf *out, unsigned depth);

#endif
