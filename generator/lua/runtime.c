#include "lua/runtime.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua/object.h"
#include "lua/walk.h"

/* A lookup that found nothing: (environment, name). */
static int undefined_name(lua_State *L)
{
	struct engine *e = state_engine(L);
	VEC(struct str) names = { 0 };
	struct str name = STR_NONE;
	lua_Debug ar;

	if (lua_type(L, 2) != LUA_TSTRING)
		return 0;
	name.ptr = lua_tolstring(L, 2, &name.len);
	lua_settop(L, 2);
	lua_pushnil(L);
	while (lua_next(L, 1)) {
		if (lua_type(L, 3) == LUA_TSTRING)
			vec_push(&e->scratch, &names, str_from(lua_tostring(L, 3)));
		lua_pop(L, 1);
	}
	for (int level = 1; lua_getstack(L, level, &ar) && lua_getinfo(L, "S", &ar) && level < 3; level++) {
		const struct tmpl *t;

		if (ar.source[0] != '=' || ar.source[1] != 'T')
			continue;
		t = e->set->templates[strtoul(ar.source + 2, NULL, 10)];
		for (size_t i = 0; i < t->n_locals; i++)
			vec_push(&e->scratch, &names, t->locals[i]);
	}
	for (size_t i = 0; e->set->host && i < e->set->host->n_globals; i++) {
		if (!str_eq(e->set->host->globals[i], name))
			continue;
		state_hint(e, "there is one only on some outputs; use '?\?' or '?.'");
		state_raise(L, "template/undefined-name", "there is no '%.*s' here", STR_ARG(name));
	}
	state_suggest(e, name, names.ptr, names.len);
	state_raise(L, "template/undefined-name", "'%.*s' is not defined", STR_ARG(name));
}

static int wrap(lua_State *L) /* __w */
{
	if (lua_type(L, 1) == LUA_TBOOLEAN && !lua_toboolean(L, 1))
		lua_pushlightuserdata(L, NULL);
	lua_settop(L, lua_gettop(L) > 1 ? 2 : 1);
	return 1;
}

static int unwrap(lua_State *L) /* __u */
{
	if (lua_type(L, 1) == LUA_TLIGHTUSERDATA && !lua_touserdata(L, 1))
		lua_pushboolean(L, 0);
	else
		lua_settop(L, 1);
	return 1;
}

_Noreturn static void not_a_list(lua_State *L, struct engine *e, int index)
{
	const struct value *v = object_value(L, index);

	if (lua_isnil(L, index))
		state_hint(e, "loop over 'list ?\? {}' where there may be none");
	else if (v)
		state_hint(e, "a table is read by 'for key, value in …'");
	state_raise(L, lua_isnil(L, index) ? "template/nil" : "template/wrong-type", "a loop needs a list, not %s",
		    state_type_name(L, index));
}

struct object_list runtime_list(lua_State *L, int index)
{
	struct engine *e = state_engine(L);
	struct object_list l;

	if (!object_list(L, index, &l))
		not_a_list(L, e, index);
	state_charge(L, e, 8 + 8 * l.n);
	return l;
}

static int open_list(lua_State *L) /* __l(list) gives list, length */
{
	lua_settop(L, 1);
	lua_pushinteger(L, (lua_Integer)runtime_list(L, 1).n);
	return 2;
}

/* A stable merge sort of n items of an array. */
static void sort_keys(lua_State *L, int array, lua_Integer from, lua_Integer n)
{
	lua_Integer half = n / 2, i = 0, k = 0;
	int merged;

	if (n < 2)
		return;
	luaL_checkstack(L, 6, NULL);
	sort_keys(L, array, from, half);
	sort_keys(L, array, from + half, n - half);
	lua_createtable(L, (int)n, 0);
	merged = lua_gettop(L);
	for (lua_Integer out = 1; out <= n; out++) {
		if (i < half)
			lua_rawgeti(L, array, from + i);
		else
			lua_pushnil(L);
		if (k < n - half)
			lua_rawgeti(L, array, from + half + k);
		else
			lua_pushnil(L);
		if (k >= n - half || (i < half && object_compare(L, -2, -1) <= 0)) {
			lua_pop(L, 1);
			i++;
		} else {
			lua_remove(L, -2);
			k++;
		}
		lua_rawseti(L, merged, out);
	}
	for (lua_Integer out = 1; out <= n; out++) {
		lua_rawgeti(L, merged, out);
		lua_rawseti(L, array, from + out - 1);
	}
	lua_pop(L, 1);
}

/* __m(table) gives keys, values, length; keys of Lua's tables sorted, of others in the order written. */
static int open_pairs(lua_State *L)
{
	struct engine *e = state_engine(L);
	const struct value *v = object_value(L, 1);
	struct object_list l;
	lua_Integer n = 0;

	lua_settop(L, 1);
	lua_newtable(L);
	lua_newtable(L);
	if (lua_type(L, 1) == LUA_TTABLE) {
		lua_pushnil(L);
		while (lua_next(L, 1)) {
			int type = lua_type(L, -2);

			if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN)
				state_raise(L, "template/wrong-type", "a table with %s as a key has no order",
					    state_type_name(L, -2));
			lua_pop(L, 1);
			lua_pushvalue(L, -1);
			lua_rawseti(L, 2, ++n);
		}
		state_charge(L, e, 8 + 32 * (size_t)n);
		sort_keys(L, 2, 1, n);
		for (lua_Integer i = 1; i <= n; i++) {
			lua_rawgeti(L, 2, i);
			lua_rawget(L, 1);
			lua_rawseti(L, 3, i);
		}
	} else if (v && v->type == VALUE_TABLE) {
		state_charge(L, e, 8 + 8 * v->as.table.len);
		for (size_t i = 0; i < v->as.table.len; i++) {
			state_push(L, v->as.table.entries[i].key);
			lua_rawseti(L, 2, ++n);
			object_push_value(L, e, v->as.table.entries[i].value);
			lua_rawseti(L, 3, n);
		}
	} else if (object_list(L, 1, &l)) {
		state_charge(L, e, 8 + 8 * l.n);
		for (size_t i = 0; i < l.n; i++) {
			lua_pushinteger(L, ++n);
			lua_rawseti(L, 2, n);
			object_list_push(L, &l, i);
			lua_rawseti(L, 3, n);
		}
	} else {
		not_a_list(L, e, 1);
	}
	lua_pushinteger(L, n);
	return 3;
}

static int over_env(lua_State *L) /* __W(table) */
{
	lua_rawgeti(L, LUA_REGISTRYINDEX, state_engine(L)->proxy_ref);
	lua_setmetatable(L, 1);
	lua_settop(L, 1);
	return 1;
}

static int new_names(lua_State *L) /* __n(names): a table of its own to set names in */
{
	struct engine *e = state_engine(L);

	lua_settop(L, 1);
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->env_ref);
	if (lua_rawequal(L, 1, 2)) {
		lua_newtable(L);
		lua_rawgeti(L, LUA_REGISTRYINDEX, e->proxy_ref);
		lua_setmetatable(L, -2);
		return 1;
	}
	lua_settop(L, 1);
	return 1;
}

static bool has_type(lua_State *L, struct engine *e, int index, struct str type)
{
	const struct engine_host *host = e->set->host;
	const struct value *v;
	struct object_list l;
	struct object_ref ref;
	int n = 0, lua = lua_type(L, index);

	if (!type.len || str_eq(type, STR("any")))
		return true;
	if (str_eq(type, STR("string")))
		return lua == LUA_TSTRING ||
		       (lua == LUA_TUSERDATA && !object_value(L, index) && !object_date(L, index));
	if (str_eq(type, STR("bool")))
		return lua == LUA_TBOOLEAN;
	if (str_eq(type, STR("number")))
		return lua == LUA_TNUMBER;
	if (str_eq(type, STR("int"))) {
		if (lua == LUA_TNUMBER)
			lua_tointegerx(L, index, &n);
		return n;
	}
	if (str_eq(type, STR("list")))
		return object_list(L, index, &l);
	if (str_eq(type, STR("table")))
		return lua == LUA_TTABLE || ((v = object_value(L, index)) && v->type == VALUE_TABLE);
	if (str_eq(type, STR("function")))
		return lua == LUA_TFUNCTION;
	if (object_get(L, index, &ref) && str_eq(type, str_from(object_class(e, ref)->name)))
		return true;
	return host && host->is_type && host->is_type(L, e, index, type);
}

void runtime_check_argument(lua_State *L, struct engine *e, const struct tmpl_component *c, size_t i, int index)
{
	const struct tmpl_param *p = &c->params[i];

	if (lua_isnil(L, index) ? p->fallback != NULL : has_type(L, e, index, p->type))
		return;
	if (lua_isnil(L, index) && (!p->type.len || str_eq(p->type, STR("any"))))
		return;
	e->raise.skip = 1;
	state_raise(L, "template/wrong-type", "the argument '%.*s' of '%.*s' must be %.*s, not %s", STR_ARG(p->name),
		    STR_ARG(c->name), STR_ARG(p->type), state_type_name(L, index));
}

static int check_arguments(lua_State *L) /* __t(component, arguments…) */
{
	struct engine *e = state_engine(L);
	const struct tmpl *t = lua_touserdata(L, lua_upvalueindex(1));
	const struct tmpl_component *c = t->components[lua_tointeger(L, 1)];

	state_charge(L, e, 16);
	for (size_t i = 0; i < c->n_params; i++)
		runtime_check_argument(L, e, c, i, (int)i + 2);
	return 0;
}

static int begin_capture(lua_State *L) /* __b() */
{
	struct engine *e = state_engine(L);

	if (e->n_captures == STATE_CAPTURES)
		state_raise(L, "template/over-budget", "texts are captured more than %d deep", STATE_CAPTURES);
	e->captures[e->n_captures++] = e->out->len;
	return 0;
}

static int end_capture(lua_State *L) /* __x(is_html) */
{
	struct engine *e = state_engine(L);
	size_t from = e->captures[--e->n_captures];
	struct str text = str_skip(buf_str(e->out), from);

	state_charge(L, e, 4 + text.len / 16);
	if (lua_toboolean(L, 1))
		object_push_mark(L, e, MARK_HTML, text);
	else
		state_push(L, text);
	buf_cut(e->out, from);
	return 1;
}

static int capture_call(lua_State *L) /* __k(is_html, function, arguments…) */
{
	begin_capture(L);
	lua_call(L, lua_gettop(L) - 2, 0);
	return end_capture(L);
}

void runtime_push_parts(lua_State *L, struct engine *e, const struct tmpl *t)
{
	assert(e->part_refs[t->index]);
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->part_refs[t->index]);
}

static void push_part(lua_State *L, struct engine *e, const struct tmpl *t, char kind, uint32_t n)
{
	char name[16];

	snprintf(name, sizeof(name), "%c%u", kind, n);
	runtime_push_parts(L, e, t);
	lua_pushstring(L, name);
	lua_rawget(L, -2);
	lua_remove(L, -2);
}

void runtime_push_component(lua_State *L, struct engine *e, const struct tmpl_component *c)
{
	push_part(L, e, c->owner, 'c', c->index + 1);
}

/* Runs the chunk: its parts, with empty tables for what it refers to, which are pushed behind them. */
static void load_chunk(lua_State *L, struct engine *e, const struct tmpl *t)
{
	char name[32];
	int top = lua_gettop(L);

	snprintf(name, sizeof(name), "=T%u", t->index);
	if (luaL_loadbufferx(L, t->lua.ptr, t->lua.len, name, "t") != LUA_OK)
		state_raise(L, "template/internal", "'%.*s' became Lua that does not load: %s", STR_ARG(t->name),
			    lua_tostring(L, -1));
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->env_ref);
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->filters_ref);
	lua_pushlightuserdata(L, (void *)(uintptr_t)t);
	lua_pushcclosure(L, walk_plan, 1);
	lua_newtable(L); /* __I */
	lua_newtable(L); /* __C */
	lua_newtable(L); /* __S */
	lua_pushcfunction(L, object_soft_index);
	lua_pushcfunction(L, wrap);
	lua_pushcfunction(L, unwrap);
	lua_pushcfunction(L, open_list);
	lua_pushcfunction(L, open_pairs);
	lua_pushcfunction(L, over_env);
	lua_pushlightuserdata(L, (void *)(uintptr_t)t);
	lua_pushcclosure(L, check_arguments, 1);
	lua_pushcfunction(L, capture_call);
	lua_pushcfunction(L, begin_capture);
	lua_pushcfunction(L, end_capture);
	lua_pushcfunction(L, new_names);
	lua_pushlightuserdata(L, (void *)(uintptr_t)t);
	lua_pushcclosure(L, walk_component, 1);
	/* Copies of the three tables stay behind the chunk's result. */
	for (int i = 0; i < 3; i++)
		lua_pushvalue(L, top + 5 + i);
	for (int i = 0; i < 3; i++)
		lua_insert(L, top + 1);
	lua_call(L, 18, 1);
	lua_insert(L, top + 1); /* parts, then I, C, S */
	lua_pushvalue(L, top + 1);
	e->part_refs[t->index] = luaL_ref(L, LUA_REGISTRYINDEX);
	e->kept[t->index] = arena_sys_alloc((t->n_kept + 1) * sizeof(**e->kept));
	memset(e->kept[t->index], 0, (t->n_kept + 1) * sizeof(**e->kept));
	e->seen[t->index] = arena_sys_alloc(t->n_positions * sizeof(**e->seen));
	memset(e->seen[t->index], 0, t->n_positions * sizeof(**e->seen));
}

/* The blocks in force when t is rendered: its own over its parent's. */
static void push_blocks(lua_State *L, struct engine *e, const struct tmpl *t)
{
	if (t->parent)
		push_blocks(L, e, t->parent);
	else
		lua_newtable(L);
	for (size_t i = 0; i < t->n_blocks; i++) {
		state_push(L, t->blocks[i]->name);
		push_part(L, e, t, 'b', (uint32_t)i + 1);
		lua_rawset(L, -3);
	}
}

void runtime_load(lua_State *L, struct engine *e, const struct tmpl *t)
{
	int top = lua_gettop(L), supers, components, includes;

	if (e->part_refs[t->index])
		return;
	luaL_checkstack(L, 40, NULL);
	load_chunk(L, e, t);
	includes = top + 2;
	components = top + 3;
	supers = top + 4;
	if (t->parent) {
		runtime_load(L, e, t->parent);
		runtime_push_parts(L, e, t->parent);
		lua_getfield(L, -1, "body");
		lua_rawseti(L, supers, 0);
		lua_pop(L, 1);
	}
	for (size_t i = 0; i < t->n_blocks; i++) {
		if (!t->blocks[i]->parent)
			continue;
		push_part(L, e, t->blocks[i]->parent->owner, 'b', t->blocks[i]->parent->index + 1);
		lua_rawseti(L, supers, (lua_Integer)i + 1);
	}
	for (size_t i = 0; i < t->n_calls; i++) {
		runtime_load(L, e, t->calls[i]->owner);
		push_part(L, e, t->calls[i]->owner, 'c', t->calls[i]->index + 1);
		lua_rawseti(L, components, (lua_Integer)i + 1);
	}
	for (size_t i = 0; i < t->n_includes; i++) {
		runtime_load(L, e, t->includes[i]);
		runtime_push_parts(L, e, t->includes[i]);
		lua_getfield(L, -1, "entry");
		lua_rawseti(L, includes, (lua_Integer)i + 1);
		lua_pop(L, 1);
	}
	push_blocks(L, e, t);
	lua_setfield(L, top + 1, "B");
	lua_settop(L, top);
}

void runtime_push_pairs(lua_State *L)
{
	lua_pushcfunction(L, open_pairs);
}

void runtime_open(lua_State *L, struct engine *e)
{
	lua_newtable(L); /* the environment */
	lua_newtable(L);
	lua_pushcfunction(L, undefined_name);
	lua_setfield(L, -2, "__index");
	lua_setmetatable(L, -2);
	lua_pushvalue(L, -1);
	e->env_ref = luaL_ref(L, LUA_REGISTRYINDEX);
	lua_newtable(L); /* over it: tables of names of one template */
	lua_insert(L, -2);
	lua_setfield(L, -2, "__index");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	e->proxy_ref = luaL_ref(L, LUA_REGISTRYINDEX);
	lua_newtable(L);
	e->filters_ref = luaL_ref(L, LUA_REGISTRYINDEX);
}
