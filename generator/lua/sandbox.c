#include "lua/sandbox.h"

#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lua/object.h"
#include "lua/runtime.h"
#include "lua/strings.h"

#define HOOK_STEP 1000
#define MAX_SECONDS 20 /* a backstop: what a single instruction does may be large */
#define SLACK ((size_t)32 << 20)

const char *const sandbox_libraries[] = { "string", "table",  "math",   "utf8",  "tostring", "tonumber",
					  "type",   "select", "ipairs", "pairs", NULL };

static void hook(lua_State *L, lua_Debug *ar);

static int64_t now_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec;
}

#if defined(__SANITIZE_ADDRESS__)
#define SMALL 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SMALL 0
#endif
#endif
/* Up to so many bytes from lists by size, which Lua's short-lived objects want; under AddressSanitizer all are watched. */
#ifndef SMALL
#define SMALL (STATE_SIZES * STATE_GRAIN)
#endif
#define CHUNK ((size_t)64 << 10)

/* Takes the first piece off the list of its size, or the next of the chunk. */
static void *take_small(struct engine *e, size_t size)
{
	size_t class = (size - 1) / STATE_GRAIN, bytes = (class + 1) * STATE_GRAIN;
	void **piece = e->pool.free[class];

	if (piece) {
		e->pool.free[class] = *piece;
		return piece;
	}
	if (e->pool.left < bytes) {
		void **chunk = arena_sys_alloc(CHUNK);

		*chunk = e->pool.chunks;
		e->pool.chunks = chunk;
		e->pool.at = (char *)chunk + STATE_GRAIN;
		e->pool.left = CHUNK - STATE_GRAIN;
	}
	piece = (void **)(void *)e->pool.at;
	e->pool.at += bytes;
	e->pool.left -= bytes;
	return piece;
}

static void give_back(struct engine *e, void *ptr, size_t size)
{
	void **piece = ptr;

	if (size > SMALL || !ptr) {
		free(ptr);
		return;
	}
	*piece = e->pool.free[(size - 1) / STATE_GRAIN];
	e->pool.free[(size - 1) / STATE_GRAIN] = piece;
}

static void *resize(struct engine *e, void *ptr, size_t old, size_t size)
{
	void *moved;

	if (size > SMALL && (!ptr || old > SMALL))
		return realloc(ptr, size);
	if (ptr && old <= SMALL && size <= SMALL && (old - 1) / STATE_GRAIN == (size - 1) / STATE_GRAIN)
		return ptr;
	moved = size <= SMALL ? take_small(e, size) : malloc(size);
	if (moved && ptr) {
		memcpy(moved, ptr, old < size ? old : size);
		give_back(e, ptr, old);
	}
	return moved;
}

static void *allocate(void *ud, void *ptr, size_t old, size_t size)
{
	struct engine *e = ud;
	void *moved;

	if (!ptr)
		old = 0;
	if (!size) {
		give_back(e, ptr, old);
		e->mem -= old;
		return NULL;
	}
	if (e->is_rendering && size > old && e->mem + (size - old) > e->mem_soft) {
		if (e->mem + (size - old) > e->mem_hard)
			return NULL;
		/* The next instruction raises the error, where there is a stack to tell its place. */
		if (!e->is_hook_near) {
			e->is_hook_near = true;
			lua_sethook(e->L, hook, LUA_MASKCOUNT, 1);
		}
	}
	moved = resize(e, ptr, old, size);
	if (moved)
		e->mem += size - old;
	return moved;
}

void sandbox_free_state(struct engine *e)
{
	if (e->L)
		lua_close(e->L);
	for (void **chunk = e->pool.chunks, **next; chunk; chunk = next) {
		next = *chunk;
		free(chunk);
	}
}

_Noreturn static void over(lua_State *L, struct engine *e, const char *what)
{
	/* Re-arm with a count of one: a script could otherwise catch the error with pcall and go on. */
	e->is_over = true;
	lua_sethook(L, hook, LUA_MASKCOUNT, 1);
	state_raise(L, "template/over-budget", "%s", what);
}

static void check_memory(lua_State *L, struct engine *e)
{
	char what[80];

	e->is_hook_near = false;
	if (e->mem <= e->mem_soft)
		return;
	lua_gc(L, LUA_GCCOLLECT);
	if (e->mem <= e->mem_soft - e->options.memory / 4)
		return;
	snprintf(what, sizeof(what), "rendering takes more than %zu MB of memory", e->options.memory >> 20);
	over(L, e, what);
}

void sandbox_check(lua_State *L, struct engine *e)
{
	check_memory(L, e);
	lua_sethook(L, hook, e->has_scripts ? LUA_MASKCOUNT : 0, HOOK_STEP);
}

static void check_time(lua_State *L, struct engine *e)
{
	if (now_seconds() > e->deadline)
		over(L, e, "rendering takes too long");
}

static void hook(lua_State *L, lua_Debug *ar)
{
	struct engine *e = state_engine(L);
	char what[80];

	(void)ar;
	if (!e->is_rendering)
		return;
	snprintf(what, sizeof(what), "rendering takes more than %llu steps",
		 (unsigned long long)e->options.instructions);
	if (e->is_over)
		over(L, e, what);
	if (e->is_hook_near) {
		sandbox_check(L, e);
		return;
	}
	e->fuel -= HOOK_STEP;
	if (e->fuel <= 0)
		over(L, e, what);
	check_time(L, e);
}

void sandbox_tick(lua_State *L, struct engine *e)
{
	check_time(L, e);
}

static int panic(lua_State *L)
{
	(void)L;
	abort();
}

lua_State *sandbox_new_state(struct engine *e)
{
	lua_State *L = lua_newstate(allocate, e);

	if (!L)
		arena_out_of_memory();
	lua_atpanic(L, panic);
	*(struct engine **)lua_getextraspace(L) = e;
	lua_gc(L, LUA_GCINC, 400, 400, 0);
	return L;
}

void sandbox_begin(struct engine *e)
{
	e->fuel = (int64_t)e->options.instructions;
	e->mem_soft = e->mem + e->options.memory;
	e->mem_hard = e->mem_soft + SLACK;
	e->is_over = e->is_hook_near = false;
	e->deadline = now_seconds() + MAX_SECONDS;
	e->is_rendering = true;
	if (e->has_scripts)
		lua_sethook(e->L, hook, LUA_MASKCOUNT, HOOK_STEP);
}

void sandbox_end(struct engine *e)
{
	e->is_rendering = false;
	lua_sethook(e->L, NULL, 0, 0);
}

void sandbox_expect(lua_State *L, struct engine *e, size_t bytes)
{
	char what[80];

	state_charge(L, e, 1 + bytes / 64);
	if (e->mem + bytes <= e->mem_soft)
		return;
	lua_gc(L, LUA_GCCOLLECT);
	if (e->mem + bytes <= e->mem_soft)
		return;
	snprintf(what, sizeof(what), "rendering takes more than %zu MB of memory", e->options.memory >> 20);
	over(L, e, what);
}

static int refuse(lua_State *L)
{
	state_raise(L, "lua/read-only", "what the sandbox provides cannot be changed");
}

static int missing_member(lua_State *L)
{
	struct engine *e = state_engine(L);
	const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";

	state_hint(e, "the sandbox leaves out what reaches beyond it");
	state_raise(L, "lua/not-available", "there is no '%s.%s' here", lua_tostring(L, lua_upvalueindex(1)), name);
}

/* Puts a read-only view of the table on top into the environment under a name, and pops it. */
static void provide(lua_State *L, struct engine *e, const char *name)
{
	lua_newtable(L); /* what answers for missing members */
	lua_pushstring(L, name);
	lua_pushcclosure(L, missing_member, 1);
	lua_setfield(L, -2, "__index");
	lua_setmetatable(L, -2);
	lua_newtable(L); /* the view */
	lua_newtable(L);
	lua_pushvalue(L, -3);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, refuse);
	lua_setfield(L, -2, "__newindex");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->env_ref);
	lua_insert(L, -2);
	lua_pushstring(L, name);
	lua_insert(L, -2);
	lua_rawset(L, -3);
	lua_pop(L, 2);
}

/* Copies the named members of the table on top into a new one, which replaces it. */
static void keep(lua_State *L, const char *const *names)
{
	lua_newtable(L);
	for (; *names; names++) {
		lua_getfield(L, -2, *names);
		lua_setfield(L, -2, *names);
	}
	lua_remove(L, -2);
}

/* Without addresses: they differ between runs. */
static int to_string(lua_State *L)
{
	struct engine *e = state_engine(L);
	struct buf *b;

	luaL_checkany(L, 1);
	if (lua_type(L, 1) == LUA_TSTRING) {
		lua_settop(L, 1);
		return 1;
	}
	if (lua_type(L, 1) == LUA_TTABLE && luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL) {
		lua_pushvalue(L, 1);
		lua_call(L, 1, 1);
		if (lua_type(L, -1) != LUA_TSTRING)
			state_raise(L, "template/wrong-type", "'__tostring' must give a string");
		return 1;
	}
	/* Numbers as Lua writes them: 1.0 is told apart from 1. */
	if (lua_type(L, 1) == LUA_TNUMBER) {
		lua_settop(L, 1);
		lua_tostring(L, 1);
		return 1;
	}
	b = state_buf(e);
	if (object_print(L, e, 1, b))
		state_push(L, buf_str(b));
	else
		lua_pushstring(L, luaL_typename(L, 1));
	return 1;
}

static int protected_call(lua_State *L)
{
	struct engine *e = state_engine(L);
	size_t captures = e->n_captures, length = e->out ? e->out->len : 0;
	struct state_walk *walk = e->walk;
	int status;

	luaL_checkany(L, 1);
	status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
	if (e->is_over || status == LUA_ERRMEM || status == LUA_ERRERR) {
		e->is_over = true;
		lua_sethook(L, hook, LUA_MASKCOUNT, 1);
		if (status != LUA_OK)
			lua_error(L);
	}
	if (status != LUA_OK) {
		/* What was begun in there has no end. */
		e->walk = walk;
		e->n_captures = captures;
		if (e->out)
			buf_cut(e->out, length);
		state_clear(e);
	}
	lua_pushboolean(L, status == LUA_OK);
	lua_insert(L, 1);
	return lua_gettop(L);
}

static int set_metatable(lua_State *L)
{
	/* Called by the collector, where no hook reaches; on the way out of a block; depending on the collector. */
	static const char *const refused[] = { "__gc", "__close", "__mode" };

	luaL_checktype(L, 1, LUA_TTABLE);
	if (!lua_isnil(L, 2))
		luaL_checktype(L, 2, LUA_TTABLE);
	if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
		state_raise(L, "lua/read-only", "the metatable is protected");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]) && !lua_isnil(L, 2); i++) {
		lua_pushstring(L, refused[i]);
		lua_rawget(L, 2);
		if (!lua_isnil(L, -1))
			state_raise(L, "lua/not-available", "a metatable with '%s' is not allowed here", refused[i]);
		lua_pop(L, 1);
	}
	lua_settop(L, 2);
	lua_setmetatable(L, 1);
	return 1;
}

static int get_metatable(lua_State *L)
{
	/* Of tables alone: the metatables of strings and of the site's data are ours. */
	if (lua_type(L, 1) != LUA_TTABLE || !lua_getmetatable(L, 1)) {
		lua_pushnil(L);
		return 1;
	}
	lua_getfield(L, -1, "__metatable");
	if (lua_isnil(L, -1))
		lua_pop(L, 1);
	return 1;
}

static int next_pair(lua_State *L) /* upvalues: keys, position */
{
	lua_Integer i = lua_tointeger(L, lua_upvalueindex(2));

	for (;;) {
		i++;
		if (lua_rawgeti(L, lua_upvalueindex(1), i) == LUA_TNIL)
			return 1;
		lua_pushvalue(L, -1);
		lua_gettable(L, 1);
		/* Removed since the loop began. */
		if (!lua_isnil(L, -1))
			break;
		lua_pop(L, 2);
	}
	lua_pushinteger(L, i);
	lua_replace(L, lua_upvalueindex(2));
	return 2;
}

static int sorted_pairs(lua_State *L)
{
	luaL_checkany(L, 1);
	lua_settop(L, 1);
	lua_pushvalue(L, lua_upvalueindex(1)); /* the helper behind `for key, value` in templates */
	lua_pushvalue(L, 1);
	lua_call(L, 1, 1);
	lua_pushinteger(L, 0);
	lua_pushcclosure(L, next_pair, 2);
	lua_pushvalue(L, 1);
	return 2;
}

/* A script writes a global name. */
static int write_global(lua_State *L)
{
	struct engine *e = state_engine(L);

	if (e->is_frozen || lua_type(L, 2) != LUA_TSTRING) {
		state_hint(e, "keep it in a local variable; a render must not depend on the one before");
		state_raise(L, "lua/global", "the global '%s' is set while rendering",
			    lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?");
	}
	lua_settop(L, 3);
	lua_rawset(L, lua_upvalueindex(1));
	return 0;
}

/* The name is noted for the compiler, and the function stored where templates find it. */
static int define(lua_State *L, const char *list, int ref, const char *what)
{
	struct engine *e = state_engine(L);
	const char *name = luaL_checkstring(L, 1);
	bool is_name = name[0] && !(name[0] >= '0' && name[0] <= '9');

	luaL_checktype(L, 2, LUA_TFUNCTION);
	for (const char *p = name; *p; p++)
		is_name = is_name && ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
				      (*p >= '0' && *p <= '9') || *p == '_');
	if (e->is_frozen)
		state_raise(L, "lua/global", "a %s is defined while a script is read, not while rendering", what);
	if (!is_name)
		state_raise(L, "lua/bad-name", "'%s' cannot be the name of a %s", name, what);
	lua_rawgeti(L, LUA_REGISTRYINDEX, ref);
	lua_pushvalue(L, 1);
	if (lua_rawget(L, -2) != LUA_TNIL)
		state_raise(L, "lua/bad-name", "there is a %s '%s' already", what, name);
	lua_pop(L, 1);
	lua_pushvalue(L, 1);
	lua_pushvalue(L, 2);
	lua_rawset(L, -3);
	luaL_getsubtable(L, LUA_REGISTRYINDEX, list);
	lua_pushvalue(L, 1);
	lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
	return 0;
}

static int define_filter(lua_State *L)
{
	return define(L, SANDBOX_FILTERS, state_engine(L)->filters_ref, "filter");
}

static int define_function(lua_State *L)
{
	return define(L, SANDBOX_FUNCTIONS, state_engine(L)->env_ref, "function");
}

static void open_libraries(lua_State *L, struct engine *e)
{
	static const char *const math[] = { "abs", "acos",       "asin", "atan", "ceil", "cos", "deg",
					    "exp", "floor",      "fmod", "huge", "log",  "max", "maxinteger",
					    "min", "mininteger", "modf", "pi",   "rad",  "sin", "sqrt",
					    "tan", "tointeger",  "type", "ult",  NULL };
	static const char *const utf8[] = { "char", "charpattern", "codepoint", "codes", "len", "offset", NULL };

	luaL_requiref(L, LUA_MATHLIBNAME, luaopen_math, 0);
	keep(L, math);
	provide(L, e, "math");
	luaL_requiref(L, LUA_UTF8LIBNAME, luaopen_utf8, 0);
	keep(L, utf8);
	provide(L, e, "utf8");
	strings_open(L);
	lua_pushliteral(L, "");
	if (!lua_getmetatable(L, -1)) {
		lua_newtable(L);
		lua_pushvalue(L, -1);
		lua_setmetatable(L, -3);
	}
	lua_pushvalue(L, -3);
	lua_setfield(L, -2, "__index");
	lua_pop(L, 2);
	provide(L, e, "string");
	strings_open_table(L);
	provide(L, e, "table");
	/* What the requires left behind. */
	lua_pushnil(L);
	lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
}

/* Functions for scripts alone lie in a table of their own, over which their globals lie. */
static void open_scripts(lua_State *L, struct engine *e, int base)
{
	static const luaL_Reg own[] = { { "pcall", protected_call },       { "setmetatable", set_metatable },
					{ "getmetatable", get_metatable }, { "filter", define_filter },
					{ "func", define_function },       { NULL, NULL } };
	static const char *const plain[] = { "assert", "error", "rawequal", "rawlen" };

	lua_newtable(L); /* globals */
	luaL_setfuncs(L, own, 0);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		lua_getfield(L, base, plain[i]);
		lua_setfield(L, -2, plain[i]);
	}
	lua_newtable(L);
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->env_ref);
	lua_setfield(L, -2, "__index");
	lua_setmetatable(L, -2);
	lua_newtable(L); /* what scripts hold: every write is seen */
	lua_newtable(L);
	lua_pushvalue(L, -3);
	lua_setfield(L, -2, "__index");
	lua_pushvalue(L, -3);
	lua_pushcclosure(L, write_global, 1);
	lua_setfield(L, -2, "__newindex");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	e->scripts_ref = luaL_ref(L, LUA_REGISTRYINDEX);
	lua_pop(L, 1);
}

void sandbox_open(lua_State *L, struct engine *e)
{
	static const char *const shared[] = { "tonumber", "type", "select", "ipairs" };
	int base, env;

	/* Lua's base library goes into a table of its own, never into an environment. */
	lua_newtable(L);
	lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
	lua_pushvalue(L, -2);
	lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
	lua_pushcfunction(L, luaopen_base);
	lua_call(L, 0, 1);
	base = lua_gettop(L);
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->env_ref);
	env = lua_gettop(L);
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
		lua_pushstring(L, shared[i]);
		lua_getfield(L, base, shared[i]);
		lua_rawset(L, env);
	}
	lua_pushstring(L, "tostring");
	lua_pushcfunction(L, to_string);
	lua_rawset(L, env);
	lua_pushstring(L, "pairs");
	runtime_push_pairs(L);
	lua_pushcclosure(L, sorted_pairs, 1);
	lua_rawset(L, env);
	open_libraries(L, e);
	open_scripts(L, e, base);
	lua_newtable(L);
	lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
	lua_settop(L, 0);
}

void sandbox_run_script(lua_State *L, struct engine *e, const struct engine_source *script)
{
	const char *name = lua_pushfstring(L, "@%s", str_z(&e->scratch, script->path));

	/* Text alone: compiled code could break out of the machine. */
	if (luaL_loadbufferx(L, script->text.len ? script->text.ptr : "", script->text.len, name, "t") != LUA_OK) {
		const char *message = lua_tostring(L, -1);
		struct state_frame *frame = &e->raise.script;
		const char *line = strstr(message, ".lua:");

		snprintf(frame->script, sizeof(frame->script), "%.*s", STR_ARG(script->path));
		frame->pos = line ? (uint32_t)strtoul(line + 5, NULL, 10) : 1;
		line = line ? strstr(line, ": ") : NULL;
		state_raise(L, "lua/syntax", "%s", line ? line + 2 : message);
	}
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->scripts_ref);
	lua_setupvalue(L, -2, 1);
	lua_call(L, 0, 0);
	lua_settop(L, 0);
}
