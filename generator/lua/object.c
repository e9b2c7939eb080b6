#include "lua/object.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(void *) == 8, "an object is packed into a pointer of 64 bits");

/* What every full userdata of this program begins with. */
enum block_kind { BLOCK_VALUE = 0x44564131, BLOCK_DATE, BLOCK_MARK };

struct block_value {
	uint32_t kind;
	const struct value *value;
};

struct block_date {
	uint32_t kind;
	struct date date;
};

struct block_mark {
	uint32_t kind;
	uint32_t mark;   /* enum object_mark */
	struct str text; /* inside the block or borrowed */
};

static const void *block(lua_State *L, int index, uint32_t kind)
{
	const void *p = lua_type(L, index) == LUA_TUSERDATA ? lua_touserdata(L, index) : NULL;

	return p && *(const uint32_t *)p == kind ? p : NULL;
}

void object_push(lua_State *L, struct object_ref o)
{
	uint64_t packed = (uint64_t)o.cls << 56 | (uint64_t)(o.aux & 0xffffff) << 32 | o.id;

	lua_pushlightuserdata(L, (void *)(uintptr_t)packed);
}

bool object_get(lua_State *L, int index, struct object_ref *out)
{
	uint64_t packed;

	if (lua_type(L, index) != LUA_TLIGHTUSERDATA)
		return false;
	packed = (uint64_t)(uintptr_t)lua_touserdata(L, index);
	*out = (struct object_ref){ .cls = (uint8_t)(packed >> 56),
				    .aux = (uint32_t)(packed >> 32) & 0xffffff,
				    .id = (uint32_t)packed };
	return true;
}

void object_keep_name(lua_State *L, struct engine *e, int index)
{
	index = lua_absindex(L, index);
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->names_ref);
	lua_pushvalue(L, index);
	lua_pushboolean(L, 1);
	lua_rawset(L, -3);
	lua_pop(L, 1);
}

/* `key` is told apart by its address. */
static const struct object_field *find_field(struct engine *e, const struct object_class *cls, const char *key,
					     struct str name, bool *is_known)
{
	/* Fibonacci hashing (Knuth, TAOCP 3, 6.4). */
	size_t slot =
		(size_t)((((uintptr_t)key ^ (uintptr_t)cls << 16) * UINT64_C(0x9e3779b97f4a7c15)) >> 32) % STATE_CACHE;

	assert(key);
	/* Two that are asked for in turn must not take each other's place. */
	if (e->cache[slot].key != key || e->cache[slot].cls != cls)
		slot ^= 1;
	*is_known = e->cache[slot].key == key && e->cache[slot].cls == cls;
	if (*is_known)
		return e->cache[slot].field;
	if (e->cache[slot].key)
		slot ^= 1;
	for (size_t i = 0; i < cls->n_fields; i++) {
		if (!str_eq(str_from(cls->fields[i].name), name))
			continue;
		e->cache[slot].key = key;
		e->cache[slot].cls = cls;
		e->cache[slot].field = &cls->fields[i];
		return &cls->fields[i];
	}
	return NULL;
}

static struct str describe(struct engine *e, struct object_ref o)
{
	const struct object_class *cls = object_class(e, o);

	return cls->describe ? cls->describe(e, o) : str_format(&e->scratch, "a %s", cls->name);
}

_Noreturn static void no_field(lua_State *L, struct engine *e, struct object_ref o, struct str key)
{
	const struct object_class *cls = object_class(e, o);
	struct str *names = arena_array(&e->scratch, struct str, cls->n_fields + 1);
	struct str what = describe(e, o);

	for (size_t i = 0; i < cls->n_fields; i++)
		names[i] = str_from(cls->fields[i].name);
	if (!str_nearest(key, names, cls->n_fields).len && cls->n_fields) {
		size_t shown = cls->n_fields < 8 ? cls->n_fields : 8;
		struct str list = str_join(&e->scratch, names, shown, STR(", "));

		state_hint(e, "it has %.*s%s", STR_ARG(list), shown < cls->n_fields ? ", …" : "");
	}
	state_suggest(e, key, names, cls->n_fields);
	state_raise(L, "template/undefined-field", "'%.*s' is not defined on %.*s", STR_ARG(key), STR_ARG(what));
}

void object_push_cell(lua_State *L, const struct object_cell *c)
{
	switch (c->kind) {
	case CELL_BOOLEAN:
		lua_pushboolean(L, c->as.boolean);
		break;
	case CELL_INTEGER:
		lua_pushinteger(L, c->as.integer);
		break;
	case CELL_TEXT:
		state_push(L, c->as.text);
		break;
	case CELL_OBJECT:
		object_push(L, c->as.object);
		break;
	default:
		lua_pushnil(L);
	}
}

static void push_field(lua_State *L, struct engine *e, struct object_ref o, const struct object_field *field)
{
	struct object_cell c;

	if (field->text) {
		state_push(L, field->text(e, o));
	} else if (field->get) {
		field->get(e, o, &c);
		object_push_cell(L, &c);
	} else {
		field->push(L, e, o);
	}
}

void object_push_other(lua_State *L, struct object_ref o, struct str name, bool is_soft)
{
	struct engine *e = state_engine(L);
	const struct object_class *cls = object_class(e, o);

	if (cls->other && cls->other(L, e, o, name))
		return;
	if (!is_soft)
		no_field(L, e, o, name);
	lua_pushnil(L);
}

const struct object_field *object_field(struct engine *e, struct object_ref o, struct str name)
{
	bool is_known;

	return find_field(e, object_class(e, o), name.ptr, name, &is_known);
}

/* Pushes o[key]; nil for what is not there when soft. */
static void push_member(lua_State *L, struct object_ref o, int key, bool is_soft)
{
	struct engine *e = state_engine(L);
	const struct object_class *cls = object_class(e, o);
	const struct object_field *field;
	bool is_known;
	struct object_cell item = { .kind = CELL_NIL };
	struct str name;
	int is_number;

	if (lua_type(L, key) == LUA_TNUMBER && cls->length) {
		lua_Integer i = lua_tointegerx(L, key, &is_number);

		if (is_number && i >= 1 && (size_t)i <= cls->length(e, o))
			cls->item(e, o, (size_t)i - 1, &item);
		object_push_cell(L, &item);
		return;
	}
	if (lua_type(L, key) != LUA_TSTRING)
		state_raise(L, "template/wrong-type", "a field has a name, not %s", state_type_name(L, key));
	name.ptr = lua_tolstring(L, key, &name.len);
	field = find_field(e, cls, name.ptr, name, &is_known);
	if (field && !is_known)
		object_keep_name(L, e, key);
	if (field)
		push_field(L, e, o, field);
	else
		object_push_other(L, o, name, is_soft);
}

static int light_index(lua_State *L)
{
	struct object_ref o;

	if (!object_get(L, 1, &o))
		return 0;
	push_member(L, o, 2, false);
	return 1;
}

static int light_length(lua_State *L)
{
	struct engine *e = state_engine(L);
	struct object_ref o;
	const struct object_class *cls;

	if (!object_get(L, 1, &o))
		return 0;
	cls = object_class(e, o);
	if (!cls->length)
		state_raise(L, "template/wrong-type", "a %s has no length", cls->name);
	lua_pushinteger(L, (lua_Integer)cls->length(e, o));
	return 1;
}

static int refuse_write(lua_State *L)
{
	state_raise(L, "template/read-only", "what the site gives can be read, not changed");
}

void object_push_value(lua_State *L, struct engine *e, const struct value *v)
{
	struct block_value *b;

	switch (v ? v->type : VALUE_NULL) {
	case VALUE_NULL:
		lua_pushnil(L);
		return;
	case VALUE_BOOL:
		lua_pushboolean(L, v->as.boolean);
		return;
	case VALUE_INTEGER:
		lua_pushinteger(L, v->as.integer);
		return;
	case VALUE_FLOAT:
		lua_pushnumber(L, v->as.number);
		return;
	case VALUE_STRING:
		state_push(L, v->as.string);
		return;
	case VALUE_DATE:
		object_push_date(L, e, v->as.date);
		return;
	default:
		b = lua_newuserdatauv(L, sizeof(*b), 0);
		b->kind = BLOCK_VALUE;
		b->value = v;
		lua_rawgeti(L, LUA_REGISTRYINDEX, e->value_ref);
		lua_setmetatable(L, -2);
	}
}

const struct value *object_value(lua_State *L, int index)
{
	const struct block_value *b = block(L, index, BLOCK_VALUE);

	return b ? b->value : NULL;
}

/* Pushes v[key]. */
static void push_value_member(lua_State *L, const struct value *v, int key, bool is_soft)
{
	struct engine *e = state_engine(L);
	const struct value *found = NULL;
	struct str name;

	if (v->type == VALUE_ARRAY && lua_type(L, key) == LUA_TNUMBER) {
		lua_Integer i = lua_tointeger(L, key);

		object_push_value(L, e, i >= 1 && (size_t)i <= v->as.array.len ? v->as.array.items[i - 1] : NULL);
		return;
	}
	if (lua_type(L, key) != LUA_TSTRING)
		state_raise(L, "template/wrong-type", "%s is read by %s, not by %s",
			    v->type == VALUE_ARRAY ? "a list" : "a table", v->type == VALUE_ARRAY ? "numbers" : "names",
			    state_type_name(L, key));
	name.ptr = lua_tolstring(L, key, &name.len);
	found = value_get(v, name);
	if (!found && !is_soft) {
		size_t n = v->type == VALUE_TABLE ? v->as.table.len : 0;
		struct str *names = arena_array(&e->scratch, struct str, n + 1);

		for (size_t i = 0; i < n; i++)
			names[i] = v->as.table.entries[i].key;
		state_suggest(e, name, names, n);
		if (v->type == VALUE_ARRAY)
			state_raise(L, "template/undefined-field", "a list has no field '%.*s'", STR_ARG(name));
		state_raise(L, "template/undefined-field", "the table has no key '%.*s'", STR_ARG(name));
	}
	object_push_value(L, e, found);
}

static int value_index(lua_State *L)
{
	const struct value *v = object_value(L, 1);

	if (!v)
		return 0;
	push_value_member(L, v, 2, false);
	return 1;
}

static int value_length(lua_State *L)
{
	const struct value *v = object_value(L, 1);

	lua_pushinteger(L, !v ? 0 : (lua_Integer)(v->type == VALUE_ARRAY ? v->as.array.len : v->as.table.len));
	return 1;
}

static int value_equal(lua_State *L)
{
	lua_pushboolean(L, object_value(L, 1) && object_value(L, 1) == object_value(L, 2));
	return 1;
}

void object_push_date(lua_State *L, struct engine *e, struct date d)
{
	struct block_date *b;

	if (!date_is_set(d)) {
		lua_pushnil(L);
		return;
	}
	b = lua_newuserdatauv(L, sizeof(*b), 0);
	b->kind = BLOCK_DATE;
	b->date = d;
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->date_ref);
	lua_setmetatable(L, -2);
}

const struct date *object_date(lua_State *L, int index)
{
	const struct block_date *b = block(L, index, BLOCK_DATE);

	return b ? &b->date : NULL;
}

/* Pushes d[key]. */
static void push_date_member(lua_State *L, const struct date *d, int key, bool is_soft)
{
	static const struct str names[] = { STR_INIT("year"), STR_INIT("month"), STR_INIT("day"), STR_INIT("iso") };
	struct engine *e = state_engine(L);
	const char *name = lua_type(L, key) == LUA_TSTRING ? lua_tostring(L, key) : "";

	if (strcmp(name, "year") == 0) {
		lua_pushinteger(L, d->year);
	} else if (strcmp(name, "month") == 0 || strcmp(name, "day") == 0) {
		int n = name[0] == 'm' ? d->month : d->day;
		bool has = d->precision != DATE_YEAR && (name[0] == 'm' || d->precision != DATE_MONTH);

		if (has)
			lua_pushinteger(L, n);
		else
			lua_pushnil(L);
	} else if (strcmp(name, "iso") == 0) {
		struct buf *b = state_buf(e);

		date_write(b, *d);
		state_push(L, buf_str(b));
	} else if (is_soft) {
		lua_pushnil(L);
	} else {
		state_suggest(e, str_from(name), names, 4);
		state_raise(L, "template/undefined-field", "'%s' is not defined on a date", name);
	}
}

static int date_index(lua_State *L)
{
	const struct date *d = object_date(L, 1);

	if (!d)
		return 0;
	push_date_member(L, d, 2, false);
	return 1;
}

static int compare_dates(lua_State *L)
{
	const struct date *a = object_date(L, 1), *b = object_date(L, 2);

	if (!a || !b)
		state_raise(L, "template/wrong-type", "a date is compared with %s", state_type_name(L, a ? 2 : 1));
	return date_cmp(*a, *b);
}

static int date_less(lua_State *L)
{
	lua_pushboolean(L, compare_dates(L) < 0);
	return 1;
}

static int date_less_equal(lua_State *L)
{
	lua_pushboolean(L, compare_dates(L) <= 0);
	return 1;
}

static int date_equal(lua_State *L)
{
	const struct date *a = object_date(L, 1), *b = object_date(L, 2);

	lua_pushboolean(L, a && b && date_cmp(*a, *b) == 0);
	return 1;
}

static struct block_mark *push_mark(lua_State *L, struct engine *e, enum object_mark kind, size_t extra)
{
	struct block_mark *b = lua_newuserdatauv(L, sizeof(*b) + extra, 0);

	b->kind = BLOCK_MARK;
	b->mark = kind;
	b->text = STR_NONE;
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->mark_ref);
	lua_setmetatable(L, -2);
	return b;
}

void object_push_mark(lua_State *L, struct engine *e, enum object_mark kind, struct str s)
{
	struct block_mark *b = push_mark(L, e, kind, s.len);

	if (s.len)
		memcpy(b + 1, s.ptr, s.len);
	b->text = (struct str){ (const char *)(b + 1), s.len };
}

void object_push_borrowed(lua_State *L, struct engine *e, enum object_mark kind, struct str s)
{
	push_mark(L, e, kind, 0)->text = s;
}

bool object_mark(lua_State *L, int index, enum object_mark *kind, struct str *s)
{
	const struct block_mark *b = block(L, index, BLOCK_MARK);

	if (!b)
		return false;
	*kind = (enum object_mark)b->mark;
	*s = b->text;
	return true;
}

/* Marked text joined with other text stays marked: the other text is escaped. */
static int mark_concat(lua_State *L)
{
	struct engine *e = state_engine(L);
	struct buf *b = state_buf(e);

	for (int i = 1; i <= 2; i++) {
		enum object_mark kind;
		struct str s;

		if (object_mark(L, i, &kind, &s) && kind == MARK_HTML)
			buf_add(b, s);
		else if (object_text(L, i, &s))
			buf_add_html(b, s);
		else
			state_raise(L, "template/wrong-type", "text cannot be joined with %s", state_type_name(L, i));
	}
	state_charge(L, e, 1 + b->len / 16);
	object_push_mark(L, e, MARK_HTML, buf_str(b));
	return 1;
}

static int mark_length(lua_State *L)
{
	const struct block_mark *b = block(L, 1, BLOCK_MARK);

	lua_pushinteger(L, b ? (lua_Integer)b->text.len : 0);
	return 1;
}

static int mark_equal(lua_State *L)
{
	const struct block_mark *a = block(L, 1, BLOCK_MARK), *b = block(L, 2, BLOCK_MARK);

	lua_pushboolean(L, a && b && a->mark == b->mark && str_eq(a->text, b->text));
	return 1;
}

static int mark_index(lua_State *L)
{
	state_hint(state_engine(L), "text has no fields; methods of strings are there as filters");
	state_raise(L, "template/undefined-field", "marked text has no fields");
}

bool object_text(lua_State *L, int index, struct str *out)
{
	struct engine *e = state_engine(L);
	const struct block_mark *b;
	struct buf *number;

	switch (lua_type(L, index)) {
	case LUA_TSTRING:
		out->ptr = lua_tolstring(L, index, &out->len);
		return true;
	case LUA_TNUMBER:
		number = state_buf(e);
		object_write_number(L, index, number);
		*out = buf_copy(number, &e->scratch);
		return true;
	case LUA_TUSERDATA:
		b = block(L, index, BLOCK_MARK);
		if (!b)
			return false;
		*out = b->text;
		return true;
	default:
		return false;
	}
}

struct str object_address(lua_State *L, int index)
{
	struct str s;

	if (!object_text(L, index, &s))
		state_raise(L, "template/wrong-type", "an address must be text, not %s", state_type_name(L, index));
	return s;
}

void object_write_integer(int64_t n, struct buf *out)
{
	if (n < 0)
		buf_add_char(out, '-');
	buf_add_u64(out, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

void object_write_number(lua_State *L, int index, struct buf *out)
{
	double d;

	if (lua_isinteger(L, index)) {
		object_write_integer(lua_tointeger(L, index), out);
		return;
	}
	d = lua_tonumber(L, index);
	/* 10 / 2 is 5 to a reader, not 5.0. */
	if (floor(d) == d && fabs(d) < 1e15)
		buf_add_format(out, "%.0f", d + 0.0);
	else
		buf_add_double(out, d);
}

bool object_print(lua_State *L, struct engine *e, int index, struct buf *out)
{
	struct object_ref o;
	struct str s;
	const struct date *d;

	switch (lua_type(L, index)) {
	case LUA_TSTRING:
		s.ptr = lua_tolstring(L, index, &s.len);
		buf_add(out, s);
		return true;
	case LUA_TNUMBER:
		object_write_number(L, index, out);
		return true;
	case LUA_TBOOLEAN:
		buf_add_z(out, lua_toboolean(L, index) ? "true" : "false");
		return true;
	case LUA_TLIGHTUSERDATA:
		if (!object_get(L, index, &o) || !object_class(e, o)->print)
			return false;
		object_class(e, o)->print(e, o, out);
		return true;
	case LUA_TUSERDATA:
		if (object_text(L, index, &s)) {
			buf_add(out, s);
			return true;
		}
		d = object_date(L, index);
		if (d)
			date_write(out, *d);
		return d != NULL;
	default:
		return false;
	}
}

bool object_list(lua_State *L, int index, struct object_list *out)
{
	struct engine *e = state_engine(L);
	const struct value *v;

	*out = (struct object_list){ .index = lua_absindex(L, index) };
	if (lua_type(L, index) == LUA_TTABLE) {
		out->type = OBJECT_LIST_TABLE;
		out->n = (size_t)lua_rawlen(L, index);
		return true;
	}
	if (object_get(L, index, &out->ref)) {
		const struct object_class *cls = object_class(e, out->ref);

		out->type = OBJECT_LIST_LIGHT;
		out->n = cls->length ? cls->length(e, out->ref) : 0;
		return cls->length != NULL;
	}
	v = object_value(L, index);
	if (!v || v->type != VALUE_ARRAY)
		return false;
	out->type = OBJECT_LIST_VALUE;
	out->value = v;
	out->n = v->as.array.len;
	return true;
}

void object_list_push(lua_State *L, const struct object_list *l, size_t i)
{
	struct engine *e = state_engine(L);
	struct object_cell c;

	luaL_checkstack(L, 4, NULL);
	if (l->type == OBJECT_LIST_TABLE) {
		lua_rawgeti(L, l->index, (lua_Integer)i + 1);
	} else if (l->type == OBJECT_LIST_LIGHT) {
		object_class(e, l->ref)->item(e, l->ref, i, &c);
		object_push_cell(L, &c);
	} else {
		object_push_value(L, e, l->value->as.array.items[i]);
	}
}

/* Tables of arguments lie over the environment: absent names are looked up there, without its error. */
static void push_raw(lua_State *L, int table, int key)
{
	struct engine *e = state_engine(L);

	table = lua_absindex(L, table);
	key = lua_absindex(L, key);
	lua_pushvalue(L, key);
	lua_rawget(L, table);
	if (!lua_isnil(L, -1) || !lua_getmetatable(L, table))
		return;
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->proxy_ref);
	if (lua_rawequal(L, -1, -2)) {
		lua_rawgeti(L, LUA_REGISTRYINDEX, e->env_ref);
		lua_pushvalue(L, key);
		lua_rawget(L, -2);
		lua_replace(L, -5);
		lua_pop(L, 3);
		return;
	}
	lua_pop(L, 2);
	/* A table of a script: its metatable may answer. The environment's would raise. */
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->env_ref);
	if (!lua_rawequal(L, -1, table)) {
		lua_pushvalue(L, key);
		lua_gettable(L, table);
		lua_replace(L, -3);
	}
	lua_pop(L, 1);
}

void object_push_soft(lua_State *L, int base, int key)
{
	struct object_ref o;
	const struct value *v;
	const struct date *d;

	base = lua_absindex(L, base);
	key = lua_absindex(L, key);
	if (object_get(L, base, &o))
		push_member(L, o, key, true);
	else if (lua_type(L, base) == LUA_TTABLE && !lua_isnil(L, key))
		push_raw(L, base, key);
	else if ((v = object_value(L, base)))
		push_value_member(L, v, key, true);
	else if ((d = object_date(L, base)))
		push_date_member(L, d, key, true);
	else
		lua_pushnil(L);
}

int object_soft_index(lua_State *L)
{
	lua_settop(L, 2);
	object_push_soft(L, 1, 2);
	return 1;
}

void object_push_field(lua_State *L, int index, struct str path, bool is_soft)
{
	struct str part;

	luaL_checkstack(L, 6, NULL);
	lua_pushvalue(L, index);
	while (str_next(&path, '.', &part)) {
		int base = lua_gettop(L), type = lua_type(L, base);

		if (!is_soft && (type == LUA_TNUMBER || type == LUA_TBOOLEAN || type == LUA_TSTRING))
			state_raise(L, "template/wrong-type", "%s has no field '%.*s'", state_type_name(L, base),
				    STR_ARG(part));
		state_push(L, part);
		/* What is not there in a table of Lua's is nil; elsewhere it is an error. */
		if (is_soft || type == LUA_TNIL || type == LUA_TTABLE)
			object_push_soft(L, base, base + 1);
		else
			lua_gettable(L, base);
		lua_replace(L, base);
		lua_settop(L, base);
	}
}

/* Replaces an object on top by what stands for it in an order. */
static int push_key(lua_State *L, int index)
{
	struct engine *e = state_engine(L);
	struct object_ref o;

	if (object_get(L, index, &o) && object_class(e, o)->key)
		object_class(e, o)->key(L, e, o);
	else
		lua_pushvalue(L, index);
	return lua_gettop(L);
}

static int rank(lua_State *L, int index)
{
	if (object_date(L, index))
		return 3;
	switch (lua_type(L, index)) {
	case LUA_TBOOLEAN:
		return 0;
	case LUA_TNUMBER:
		return 1;
	case LUA_TSTRING:
	case LUA_TUSERDATA:
		return 2;
	default:
		return 4;
	}
}

int object_compare(lua_State *L, int a, int b)
{
	int top = lua_gettop(L), ra, rb, result = 0;
	struct str sa, sb;

	luaL_checkstack(L, 4, NULL);
	b = lua_absindex(L, b);
	a = push_key(L, lua_absindex(L, a));
	b = push_key(L, b);
	ra = rank(L, a);
	rb = rank(L, b);
	/* Absent values stand last in every order. */
	if (ra != rb)
		result = ra < rb ? -1 : 1;
	else if (ra == 0)
		result = lua_toboolean(L, a) - lua_toboolean(L, b);
	else if (ra == 1)
		result = lua_compare(L, a, b, LUA_OPLT) ? -1 : lua_compare(L, b, a, LUA_OPLT) ? 1 : 0;
	else if (ra == 2 && object_text(L, a, &sa) && object_text(L, b, &sb))
		result = str_cmp(sa, sb);
	else if (ra == 3)
		result = date_cmp(*object_date(L, a), *object_date(L, b));
	lua_settop(L, top);
	return result;
}

bool object_equal(lua_State *L, int a, int b)
{
	enum object_mark kind;
	struct str sa, sb;

	if (lua_compare(L, a, b, LUA_OPEQ))
		return true;
	return (object_mark(L, a, &kind, &sa) || object_mark(L, b, &kind, &sb)) && lua_type(L, a) != LUA_TNUMBER &&
	       lua_type(L, b) != LUA_TNUMBER && object_text(L, a, &sa) && object_text(L, b, &sb) && str_eq(sa, sb);
}

static int metatable(lua_State *L, const luaL_Reg *methods)
{
	lua_newtable(L);
	luaL_setfuncs(L, methods, 0);
	lua_pushcfunction(L, refuse_write);
	lua_setfield(L, -2, "__newindex");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	return luaL_ref(L, LUA_REGISTRYINDEX);
}

void object_open(lua_State *L, struct engine *e)
{
	static const luaL_Reg light[] = { { "__index", light_index }, { "__len", light_length }, { NULL, NULL } };
	static const luaL_Reg value[] = {
		{ "__index", value_index }, { "__len", value_length }, { "__eq", value_equal }, { NULL, NULL }
	};
	static const luaL_Reg date[] = { { "__index", date_index },
					 { "__lt", date_less },
					 { "__le", date_less_equal },
					 { "__eq", date_equal },
					 { NULL, NULL } };
	static const luaL_Reg mark[] = { { "__index", mark_index },
					 { "__concat", mark_concat },
					 { "__len", mark_length },
					 { "__eq", mark_equal },
					 { NULL, NULL } };
	int ref;

	lua_newtable(L);
	e->names_ref = luaL_ref(L, LUA_REGISTRYINDEX);
	e->value_ref = metatable(L, value);
	e->date_ref = metatable(L, date);
	e->mark_ref = metatable(L, mark);
	ref = metatable(L, light);
	lua_pushlightuserdata(L, NULL);
	lua_rawgeti(L, LUA_REGISTRYINDEX, ref);
	lua_setmetatable(L, -2);
	lua_pop(L, 1);
}
