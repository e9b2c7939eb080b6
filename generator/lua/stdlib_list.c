#include "lua/stdlib_list.h"

#include <math.h>

#include "base/utf8.h"
#include "lua/object.h"
#include "lua/runtime.h"

static struct object_list list_of(lua_State *L, int index, const char *filter)
{
	struct engine *e = state_engine(L);
	struct object_list l;

	if (!object_list(L, index, &l)) {
		if (lua_isnil(L, index))
			state_hint(e, "give it 'list ?\? {}' where there may be none");
		state_raise(L, lua_isnil(L, index) ? "template/nil" : "template/wrong-type",
			    "'%s' needs a list, not %s", filter, state_type_name(L, index));
	}
	state_charge(L, e, 4 + 4 * l.n);
	return l;
}

/* The name of a field at `index`; empty when it was not given. */
static struct str field_of(lua_State *L, int index, const char *filter)
{
	struct str s = STR_NONE;

	if (lua_isnoneornil(L, index))
		return s;
	if (lua_type(L, index) != LUA_TSTRING)
		state_raise(L, "template/bad-argument", "'%s' takes the name of a field, not %s", filter,
			    state_type_name(L, index));
	s.ptr = lua_tolstring(L, index, &s.len);
	return s;
}

/* Pushes an item's field, or the item itself. */
static void push_by(lua_State *L, const struct object_list *l, size_t i, struct str field)
{
	object_list_push(L, l, i);
	if (!field.len)
		return;
	if (lua_isnil(L, -1))
		return;
	object_push_field(L, lua_gettop(L), field, false);
	lua_remove(L, -2);
}

int stdlib_first(lua_State *L)
{
	struct object_list l = list_of(L, 1, "first");

	if (l.n)
		object_list_push(L, &l, 0);
	else
		lua_pushnil(L);
	return 1;
}

int stdlib_last(lua_State *L)
{
	struct object_list l = list_of(L, 1, "last");

	if (l.n)
		object_list_push(L, &l, l.n - 1);
	else
		lua_pushnil(L);
	return 1;
}

int stdlib_length(lua_State *L)
{
	const struct value *v = object_value(L, 1);
	struct object_list l;
	lua_Integer n = 0;
	struct str s;

	if (object_text(L, 1, &s) && lua_type(L, 1) != LUA_TNUMBER) {
		state_charge(L, state_engine(L), 1 + s.len / 16);
		lua_pushinteger(L, (lua_Integer)utf8_length(s));
		return 1;
	}
	if (v && v->type == VALUE_TABLE) {
		lua_pushinteger(L, (lua_Integer)v->as.table.len);
		return 1;
	}
	if (lua_type(L, 1) == LUA_TTABLE && lua_rawlen(L, 1) == 0) {
		lua_pushnil(L);
		for (; lua_next(L, 1); n++)
			lua_pop(L, 1);
		state_charge(L, state_engine(L), 1 + (size_t)n);
		lua_pushinteger(L, n);
		return 1;
	}
	l = list_of(L, 1, "length");
	lua_pushinteger(L, (lua_Integer)l.n);
	return 1;
}

int stdlib_limit(lua_State *L)
{
	struct object_list l = list_of(L, 1, "limit");
	lua_Integer count = luaL_checkinteger(L, 2), offset = luaL_optinteger(L, 3, 0), n = 0;

	if (count < 0 || offset < 0)
		state_raise(L, "template/bad-argument", "'limit' takes numbers from 0");
	lua_newtable(L);
	for (size_t i = (size_t)offset; i < l.n && n < count; i++) {
		object_list_push(L, &l, i);
		lua_rawseti(L, -2, ++n);
	}
	return 1;
}

int stdlib_reverse(lua_State *L)
{
	struct object_list l = list_of(L, 1, "reverse");

	lua_createtable(L, (int)l.n, 0);
	for (size_t i = 0; i < l.n; i++) {
		object_list_push(L, &l, l.n - 1 - i);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

int stdlib_map(lua_State *L)
{
	struct object_list l = list_of(L, 1, "map");
	bool is_call = lua_type(L, 2) == LUA_TFUNCTION;
	struct str field = is_call ? STR_NONE : field_of(L, 2, "map");
	lua_Integer n = 0;

	lua_createtable(L, (int)l.n, 0);
	for (size_t i = 0; i < l.n; i++) {
		if (is_call) {
			lua_pushvalue(L, 2);
			object_list_push(L, &l, i);
			lua_call(L, 1, 1);
		} else {
			push_by(L, &l, i, field);
		}
		/* A hole would end the list early. */
		if (lua_isnil(L, -1))
			lua_pop(L, 1);
		else
			lua_rawseti(L, -2, ++n);
	}
	return 1;
}

int stdlib_where(lua_State *L)
{
	struct object_list l = list_of(L, 1, "where");
	struct str field = field_of(L, 2, "where");
	bool has_value = lua_gettop(L) >= 3 && !lua_isnil(L, 3);
	lua_Integer n = 0;

	lua_newtable(L);
	for (size_t i = 0; i < l.n; i++) {
		bool is_in;

		push_by(L, &l, i, field);
		is_in = has_value ? object_equal(L, -1, 3) : lua_toboolean(L, -1);
		lua_pop(L, 1);
		if (!is_in)
			continue;
		object_list_push(L, &l, i);
		lua_rawseti(L, -2, ++n);
	}
	return 1;
}

struct sorting {
	lua_State *L;
	int keys; /* table of keys */
	bool is_descending;
};

static bool comes_after(const struct sorting *s, uint32_t a, uint32_t b)
{
	int order;

	lua_rawgeti(s->L, s->keys, (lua_Integer)a + 1);
	lua_rawgeti(s->L, s->keys, (lua_Integer)b + 1);
	order = object_compare(s->L, -2, -1);
	/* Absent ones stay last in both directions. */
	if (s->is_descending && !lua_isnil(s->L, -1) && !lua_isnil(s->L, -2))
		order = -order;
	lua_pop(s->L, 2);
	return order > 0;
}

static void merge_sort(const struct sorting *s, uint32_t *items, uint32_t *spare, size_t n)
{
	for (size_t width = 1; width < n; width *= 2) {
		for (size_t from = 0; from + width < n; from += 2 * width) {
			size_t mid = from + width, to = from + 2 * width < n ? from + 2 * width : n, i = from, k = mid;

			for (size_t out = from; out < to; out++) {
				if (i < mid && (k >= to || !comes_after(s, items[i], items[k])))
					spare[out] = items[i++];
				else
					spare[out] = items[k++];
			}
			for (size_t out = from; out < to; out++)
				items[out] = spare[out];
		}
	}
}

int stdlib_sort_by(lua_State *L)
{
	struct engine *e = state_engine(L);
	struct object_list l = list_of(L, 1, "sort_by");
	struct str field = field_of(L, 2, "sort_by");
	struct sorting s = { .L = L, .is_descending = lua_toboolean(L, 3) };
	uint32_t *order = arena_array(&e->scratch, uint32_t, 2 * l.n + 1);

	state_charge(L, e, 64 * l.n);
	lua_createtable(L, (int)l.n, 0);
	s.keys = lua_gettop(L);
	for (size_t i = 0; i < l.n; i++) {
		order[i] = (uint32_t)i;
		push_by(L, &l, i, field);
		lua_rawseti(L, s.keys, (lua_Integer)i + 1);
	}
	merge_sort(&s, order, order + l.n, l.n);
	lua_createtable(L, (int)l.n, 0);
	for (size_t i = 0; i < l.n; i++) {
		object_list_push(L, &l, order[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* What two values must share to be the same: pushes a key that a table can have. */
static void push_identity(lua_State *L, int index)
{
	struct str s;
	const struct date *d = object_date(L, index);

	index = lua_absindex(L, index);
	if (lua_type(L, index) == LUA_TUSERDATA && object_text(L, index, &s)) {
		state_push(L, s);
	} else if (d) {
		struct buf *b = state_buf(state_engine(L));

		buf_add_z(b, "\x01"
			     "date ");
		date_write(b, *d);
		state_push(L, buf_str(b));
	} else if (lua_isnil(L, index)) {
		lua_pushliteral(L, "\x01"
				   "nil");
	} else {
		lua_pushvalue(L, index);
	}
}

int stdlib_unique(lua_State *L)
{
	struct object_list l = list_of(L, 1, "unique");
	struct str field = field_of(L, 2, "unique");
	lua_Integer n = 0;
	int seen, out;

	lua_newtable(L);
	seen = lua_gettop(L);
	lua_newtable(L);
	out = lua_gettop(L);
	for (size_t i = 0; i < l.n; i++) {
		push_by(L, &l, i, field);
		push_identity(L, -1);
		lua_pushvalue(L, -1);
		if (lua_rawget(L, seen) == LUA_TNIL) {
			lua_pushvalue(L, -2);
			lua_pushboolean(L, 1);
			lua_rawset(L, seen);
			object_list_push(L, &l, i);
			lua_rawseti(L, out, ++n);
		}
		lua_settop(L, out);
	}
	return 1;
}

int stdlib_group_by(lua_State *L)
{
	struct object_list l = list_of(L, 1, "group_by");
	struct str field = field_of(L, 2, "group_by");
	lua_Integer n = 0;
	int groups, out;

	lua_newtable(L);
	groups = lua_gettop(L);
	lua_newtable(L);
	out = lua_gettop(L);
	for (size_t i = 0; i < l.n; i++) {
		push_by(L, &l, i, field);
		push_identity(L, -1);
		lua_pushvalue(L, -1);
		if (lua_rawget(L, groups) == LUA_TNIL) {
			lua_pop(L, 1);
			lua_createtable(L, 0, 2);
			lua_pushvalue(L, -3);
			lua_setfield(L, -2, "key");
			lua_newtable(L);
			lua_setfield(L, -2, "items");
			lua_pushvalue(L, -2);
			lua_pushvalue(L, -2);
			lua_rawset(L, groups);
			lua_pushvalue(L, -1);
			lua_rawseti(L, out, ++n);
		}
		lua_getfield(L, -1, "items");
		object_list_push(L, &l, i);
		lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
		lua_settop(L, out);
	}
	return 1;
}

int stdlib_join(lua_State *L)
{
	struct engine *e = state_engine(L);
	struct object_list l = list_of(L, 1, "join");
	struct str sep = STR_NONE, last, s;
	bool is_html = false;
	struct buf *out = &e->work;
	enum object_mark kind;

	if (!out->ptr)
		buf_init(out, e->options.output);
	buf_clear(out);
	object_text(L, 2, &sep);
	last = sep;
	object_text(L, 3, &last);
	for (size_t i = 0; i < l.n && !is_html; i++) {
		object_list_push(L, &l, i);
		is_html = object_mark(L, -1, &kind, &s) && kind == MARK_HTML;
		lua_pop(L, 1);
	}
	for (size_t i = 0; i < l.n; i++) {
		struct buf *item = state_buf(e);

		object_list_push(L, &l, i);
		if (!object_print(L, e, lua_gettop(L), item))
			state_raise(L, "template/wrong-type", "'join' cannot print %s", state_type_name(L, -1));
		if (i > 0) {
			if (is_html && !(object_mark(L, i + 1 == l.n && lua_gettop(L) > 3 ? 3 : 2, &kind, &s)))
				buf_add_html(out, i + 1 == l.n ? last : sep);
			else
				buf_add(out, i + 1 == l.n ? last : sep);
		}
		if (is_html && !object_mark(L, -1, &kind, &s))
			buf_add_html(out, buf_str(item));
		else
			buf_add(out, buf_str(item));
		lua_pop(L, 1);
		state_charge(L, e, 1 + item->len / 16);
	}
	if (is_html)
		object_push_mark(L, e, MARK_HTML, buf_str(out));
	else
		state_push(L, buf_str(out));
	return 1;
}

int stdlib_contains(lua_State *L)
{
	const struct value *v = object_value(L, 1);
	struct object_list l;
	struct str s, part;
	bool found = false;

	if (object_text(L, 1, &s) && lua_type(L, 1) != LUA_TNUMBER) {
		if (!object_text(L, 2, &part))
			state_raise(L, "template/bad-argument", "'contains' looks for text in text, not for %s",
				    state_type_name(L, 2));
		state_charge(L, state_engine(L), 1 + s.len / 16);
		lua_pushboolean(L, str_contains(s, part));
		return 1;
	}
	if ((v && v->type == VALUE_TABLE) || (lua_type(L, 1) == LUA_TTABLE && lua_rawlen(L, 1) == 0)) {
		if (!lua_isnil(L, 2) && object_text(L, 2, &part)) {
			object_push_field(L, 1, part, true);
			found = !lua_isnil(L, -1);
		}
		lua_pushboolean(L, found);
		return 1;
	}
	l = list_of(L, 1, "contains");
	for (size_t i = 0; i < l.n && !found; i++) {
		object_list_push(L, &l, i);
		found = object_equal(L, -1, 2);
		lua_pop(L, 1);
	}
	lua_pushboolean(L, found);
	return 1;
}

static int part_of_pairs(lua_State *L, const char *filter, int part)
{
	if (lua_type(L, 1) != LUA_TTABLE && !object_value(L, 1))
		list_of(L, 1, filter);
	runtime_push_pairs(L);
	lua_pushvalue(L, 1);
	lua_call(L, 1, 3);
	lua_pop(L, 3 - part);
	return 1;
}

int stdlib_keys(lua_State *L)
{
	return part_of_pairs(L, "keys", 1);
}

int stdlib_values(lua_State *L)
{
	return part_of_pairs(L, "values", 2);
}

int stdlib_sum(lua_State *L)
{
	struct object_list l = list_of(L, 1, "sum");
	struct str field = field_of(L, 2, "sum");

	lua_pushinteger(L, 0);
	for (size_t i = 0; i < l.n; i++) {
		push_by(L, &l, i, field);
		if (lua_isnil(L, -1)) {
			lua_pop(L, 1);
			continue;
		}
		if (lua_type(L, -1) != LUA_TNUMBER)
			state_raise(L, "template/wrong-type", "'sum' needs numbers, not %s", state_type_name(L, -1));
		lua_arith(L, LUA_OPADD);
	}
	return 1;
}

static int extreme(lua_State *L, const char *filter, int sign)
{
	struct object_list l = list_of(L, 1, filter);
	struct str field = field_of(L, 2, filter);
	size_t best = l.n;

	lua_pushnil(L);
	for (size_t i = 0; i < l.n; i++) {
		push_by(L, &l, i, field);
		if (!lua_isnil(L, -1) && (best == l.n || sign * object_compare(L, -1, -2) > 0)) {
			lua_replace(L, -2);
			best = i;
		} else {
			lua_pop(L, 1);
		}
	}
	if (best < l.n)
		object_list_push(L, &l, best);
	else
		lua_pushnil(L);
	return 1;
}

int stdlib_max(lua_State *L)
{
	return extreme(L, "max", 1);
}

int stdlib_min(lua_State *L)
{
	return extreme(L, "min", -1);
}
