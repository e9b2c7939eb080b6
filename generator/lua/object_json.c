#include "lua/object.h"

#include <math.h>
#include <stdlib.h>

static int compare_names(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void write_json_table(lua_State *L, int index, struct buf *out, unsigned depth)
{
	struct engine *e = state_engine(L);
	VEC(struct str) keys = { 0 };
	size_t n = (size_t)lua_rawlen(L, index);

	luaL_checkstack(L, 6, NULL);
	lua_pushnil(L);
	while (n == 0 && lua_next(L, index)) {
		struct str key;

		if (lua_type(L, -2) != LUA_TSTRING)
			state_raise(L, "template/wrong-type", "a table with such keys has no JSON form");
		key.ptr = lua_tolstring(L, -2, &key.len);
		vec_push(&e->scratch, &keys, key);
		lua_pop(L, 1);
	}
	if (n > 0)
		lua_pop(L, 1);
	buf_add_char(out, n > 0 ? '[' : '{');
	for (size_t i = 1; i <= n; i++) {
		if (i > 1)
			buf_add_char(out, ',');
		lua_rawgeti(L, index, (lua_Integer)i);
		object_write_json(L, lua_gettop(L), out, depth + 1);
		lua_pop(L, 1);
	}
	if (keys.len)
		qsort(keys.ptr, keys.len, sizeof(*keys.ptr), compare_names);
	for (size_t i = 0; i < keys.len; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		buf_add_json(out, keys.ptr[i]);
		buf_add_char(out, ':');
		state_push(L, keys.ptr[i]);
		lua_rawget(L, index);
		object_write_json(L, lua_gettop(L), out, depth + 1);
		lua_pop(L, 1);
	}
	buf_add_char(out, n > 0 ? ']' : '}');
}

static void write_json_list(lua_State *L, const struct object_list *l, struct buf *out, unsigned depth)
{
	buf_add_char(out, '[');
	for (size_t i = 0; i < l->n; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		object_list_push(L, l, i);
		object_write_json(L, lua_gettop(L), out, depth + 1);
		lua_pop(L, 1);
	}
	buf_add_char(out, ']');
}

void object_write_json(lua_State *L, int index, struct buf *out, unsigned depth)
{
	struct engine *e = state_engine(L);
	const struct value *v = object_value(L, index);
	struct object_list l;
	struct str s;

	state_charge(L, e, 4);
	if (depth > 60)
		state_raise(L, "template/wrong-type", "a table nested so deeply has no JSON form");
	if (v) {
		value_write_json(out, v);
		return;
	}
	switch (lua_type(L, index)) {
	case LUA_TNIL:
		buf_add_z(out, "null");
		return;
	case LUA_TTABLE:
		write_json_table(L, index, out, depth);
		return;
	case LUA_TNUMBER:
		if (!isfinite(lua_tonumber(L, index)))
			state_raise(L, "template/wrong-type", "a number that is not finite has no JSON form");
		object_write_number(L, index, out);
		return;
	case LUA_TBOOLEAN:
		object_print(L, e, index, out);
		return;
	case LUA_TLIGHTUSERDATA:
		if (object_list(L, index, &l)) {
			write_json_list(L, &l, out, depth);
			return;
		}
		break;
	default:
		break;
	}
	if (object_text(L, index, &s)) {
		buf_add_json(out, s);
	} else if (object_date(L, index)) {
		buf_add_char(out, '"');
		object_print(L, e, index, out);
		buf_add_char(out, '"');
	} else {
		state_raise(L, "template/wrong-type", "%s has no JSON form", state_type_name(L, index));
	}
}

void object_push_json(lua_State *L, struct engine *e, int index)
{
	index = lua_absindex(L, index);
	/* Not of the ring: items may use that up while they are written. */
	if (!e->work.ptr)
		buf_init(&e->work, e->options.output);
	buf_clear(&e->work);
	object_write_json(L, index, &e->work, 0);
	object_push_mark(L, e, MARK_JSON, buf_str(&e->work));
}
