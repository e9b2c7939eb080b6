#include "lua/strings.h"

#include <limits.h>
#include <lualib.h>
#include <stdio.h>
#include <string.h>

#include "lua/object.h"
#include "lua/pattern.h"
#include "lua/sandbox.h"

#define PATTERN_MAX ((size_t)10000) /* bytes of a pattern */

static struct str check_text(lua_State *L, int index)
{
	struct str s;

	/* Marked text counts as text here; it comes out unmarked. */
	if (lua_type(L, index) == LUA_TUSERDATA && object_text(L, index, &s))
		return s;
	s.ptr = luaL_checklstring(L, index, &s.len);
	return s;
}

static void find(lua_State *L, struct str s, struct str pattern, size_t from, struct pattern_match *m, bool *found)
{
	struct engine *e = state_engine(L);
	const char *error = NULL;
	size_t steps = e->fuel > 0 ? (size_t)e->fuel : 0, before = steps;
	enum pattern_result result;

	if (pattern.len > PATTERN_MAX)
		luaL_error(L, "the pattern is too long");
	result = pattern_find(s, pattern, from, m, &steps, &error);
	if (result == PATTERN_MALFORMED)
		luaL_error(L, "%s", error);
	/* Raises where the steps are used up. */
	state_charge(L, e, before - steps + (result == PATTERN_TOO_LONG) + 1);
	*found = result == PATTERN_FOUND;
}

static void push_capture(lua_State *L, struct str s, const struct pattern_match *m, size_t i)
{
	if (m->captures[i].len == PATTERN_POSITION)
		lua_pushinteger(L, (lua_Integer)m->captures[i].off + 1);
	else
		lua_pushlstring(L, s.ptr + m->captures[i].off, m->captures[i].len);
}

/* All captures, or the whole match where there are none. */
static int push_captures(lua_State *L, struct str s, const struct pattern_match *m, bool whole)
{
	if (m->n_captures == 0 && whole) {
		lua_pushlstring(L, s.ptr + m->start, m->end - m->start);
		return 1;
	}
	luaL_checkstack(L, (int)m->n_captures, "too many captures");
	for (size_t i = 0; i < m->n_captures; i++)
		push_capture(L, s, m, i);
	return (int)m->n_captures;
}

/* Lua's positions: from the end when negative; false when behind the end. */
static bool start_at(lua_State *L, int index, size_t len, size_t *from)
{
	lua_Integer init = luaL_optinteger(L, index, 1);

	if (init < 0)
		init = (lua_Integer)len + init < 0 ? 1 : (lua_Integer)len + init + 1;
	else if (init == 0)
		init = 1;
	*from = (size_t)init - 1;
	return *from <= len;
}

static int string_find(lua_State *L)
{
	struct str s = check_text(L, 1), pattern = check_text(L, 2);
	struct pattern_match m;
	size_t from;
	bool found;

	if (!start_at(L, 3, s.len, &from)) {
		lua_pushnil(L);
		return 1;
	}
	if (lua_toboolean(L, 4) || pattern_is_plain(pattern)) {
		ptrdiff_t at = str_find(str_skip(s, from), pattern);

		state_charge(L, state_engine(L), 1 + s.len / 64);
		if (at < 0) {
			lua_pushnil(L);
			return 1;
		}
		lua_pushinteger(L, (lua_Integer)from + at + 1);
		lua_pushinteger(L, (lua_Integer)from + at + (lua_Integer)pattern.len);
		return 2;
	}
	find(L, s, pattern, from, &m, &found);
	if (!found) {
		lua_pushnil(L);
		return 1;
	}
	lua_pushinteger(L, (lua_Integer)m.start + 1);
	lua_pushinteger(L, (lua_Integer)m.end);
	return 2 + push_captures(L, s, &m, false);
}

static int string_match(lua_State *L)
{
	struct str s = check_text(L, 1), pattern = check_text(L, 2);
	struct pattern_match m;
	size_t from;
	bool found = false;

	if (start_at(L, 3, s.len, &from))
		find(L, s, pattern, from, &m, &found);
	if (!found) {
		lua_pushnil(L);
		return 1;
	}
	return push_captures(L, s, &m, true);
}

static int next_match(lua_State *L) /* upvalues: subject, pattern, position, end of the last match */
{
	struct str s, pattern;
	struct pattern_match m;
	size_t from = (size_t)lua_tointeger(L, lua_upvalueindex(3));
	lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
	bool found = true;

	s.ptr = lua_tolstring(L, lua_upvalueindex(1), &s.len);
	pattern.ptr = lua_tolstring(L, lua_upvalueindex(2), &pattern.len);
	for (; from <= s.len; from = m.start + 1) {
		find(L, s, pattern, from, &m, &found);
		if (!found)
			return 0;
		/* An empty match right behind the last one is the same place again. */
		if ((lua_Integer)m.end == last)
			continue;
		lua_pushinteger(L, (lua_Integer)m.end);
		lua_copy(L, -1, lua_upvalueindex(3));
		lua_replace(L, lua_upvalueindex(4));
		return push_captures(L, s, &m, true);
	}
	return 0;
}

static int string_gmatch(lua_State *L)
{
	struct str s = check_text(L, 1), pattern = check_text(L, 2);
	size_t from;

	/* In gmatch, '^' has no meaning of an anchor: it would loop for ever. */
	if (!start_at(L, 3, s.len, &from))
		from = s.len + 1;
	if (pattern.len && pattern.ptr[0] == '^')
		luaL_error(L, "a pattern of gmatch cannot be anchored");
	state_push(L, s);
	state_push(L, pattern);
	lua_pushinteger(L, (lua_Integer)from);
	lua_pushinteger(L, -1);
	lua_pushcclosure(L, next_match, 4);
	return 1;
}

static void add_template(lua_State *L, luaL_Buffer *b, struct str s, const struct pattern_match *m, struct str repl)
{
	for (size_t i = 0; i < repl.len; i++) {
		char c = repl.ptr[i], next = i + 1 < repl.len ? repl.ptr[i + 1] : '\0';

		if (c != '%') {
			luaL_addchar(b, c);
			continue;
		}
		i++;
		if (next == '%') {
			luaL_addchar(b, '%');
		} else if (next == '0' || (next == '1' && m->n_captures == 0)) {
			luaL_addlstring(b, s.ptr + m->start, m->end - m->start);
		} else if (next >= '1' && next <= '9' && (size_t)(next - '0') <= m->n_captures) {
			push_capture(L, s, m, (size_t)(next - '1'));
			luaL_addvalue(b);
		} else if (next >= '1' && next <= '9') {
			luaL_error(L, "invalid capture index %%%c in replacement string", next);
		} else {
			luaL_error(L, "invalid use of '%%' in replacement string");
		}
	}
}

static void add_replacement(lua_State *L, luaL_Buffer *b, struct str s, const struct pattern_match *m, int type)
{
	struct str repl;

	if (type == LUA_TSTRING || type == LUA_TNUMBER) {
		repl.ptr = lua_tolstring(L, 3, &repl.len);
		add_template(L, b, s, m, repl);
		return;
	}
	if (type == LUA_TTABLE) {
		if (m->n_captures)
			push_capture(L, s, m, 0);
		else
			lua_pushlstring(L, s.ptr + m->start, m->end - m->start);
		lua_gettable(L, 3);
	} else {
		int n;

		lua_pushvalue(L, 3);
		n = push_captures(L, s, m, true);
		lua_call(L, n, 1);
	}
	if (!lua_toboolean(L, -1)) {
		lua_pop(L, 1);
		luaL_addlstring(b, s.ptr + m->start, m->end - m->start);
		return;
	}
	if (!lua_isstring(L, -1))
		luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
	luaL_addvalue(b);
}

static int string_gsub(lua_State *L)
{
	struct str s = check_text(L, 1), pattern = check_text(L, 2);
	int type = lua_type(L, 3);
	lua_Integer limit = luaL_optinteger(L, 4, LUA_MAXINTEGER), count = 0;
	bool is_anchored = pattern.len && pattern.ptr[0] == '^', found;
	size_t from = 0, copied = 0, last = SIZE_MAX;
	struct pattern_match m;
	luaL_Buffer b;

	luaL_argexpected(L, type == LUA_TSTRING || type == LUA_TNUMBER || type == LUA_TTABLE || type == LUA_TFUNCTION,
			 3, "string/function/table");
	luaL_buffinit(L, &b);
	while (count < limit && from <= s.len) {
		find(L, s, pattern, from, &m, &found);
		if (!found)
			break;
		/* An empty match right behind the last one is the same place again. */
		if (m.end == last) {
			from = m.start + 1;
			continue;
		}
		luaL_addlstring(&b, s.ptr + copied, m.start - copied);
		add_replacement(L, &b, s, &m, type);
		count++;
		copied = last = from = m.end;
		if (is_anchored)
			break;
	}
	if (copied < s.len)
		luaL_addlstring(&b, s.ptr + copied, s.len - copied);
	luaL_pushresult(&b);
	lua_pushinteger(L, count);
	return 2;
}

static int string_rep(lua_State *L)
{
	struct str s = check_text(L, 1), sep = lua_isnoneornil(L, 3) ? STR_NONE : check_text(L, 3);
	lua_Integer n = luaL_checkinteger(L, 2);
	struct engine *e = state_engine(L);
	luaL_Buffer b;
	size_t size;
	char *out;

	if (n <= 0 || s.len + sep.len == 0) {
		lua_pushliteral(L, "");
		return 1;
	}
	if ((uint64_t)n > (SIZE_MAX / 2) / (s.len + sep.len))
		sandbox_expect(L, e, SIZE_MAX / 2);
	size = (size_t)n * s.len + (size_t)(n - 1) * sep.len;
	sandbox_expect(L, e, size);
	out = luaL_buffinitsize(L, &b, size);
	for (lua_Integer i = 0; i < n; i++) {
		if (i > 0 && sep.len) {
			memcpy(out, sep.ptr, sep.len);
			out += sep.len;
		}
		if (s.len)
			memcpy(out, s.ptr, s.len);
		out += s.len;
	}
	luaL_pushresultsize(&b, size);
	return 1;
}

/* Lua's own format, upvalue 1, once no conversion is left that would print an address. */
static int string_format(lua_State *L)
{
	struct str f = check_text(L, 1);
	int arg = 1, n = lua_gettop(L);

	for (size_t i = 0; i + 1 < f.len; i++) {
		if (f.ptr[i] != '%')
			continue;
		i++;
		if (f.ptr[i] == '%')
			continue;
		while (i < f.len && f.ptr[i] && strchr("-+ #0123456789.", f.ptr[i]))
			i++;
		arg++;
		if (i < f.len && f.ptr[i] == 'p')
			state_raise(L, "lua/not-available", "there is no '%%p' here: addresses differ between runs");
		if (i >= f.len || f.ptr[i] != 's' || arg > n || lua_isstring(L, arg))
			continue;
		lua_pushvalue(L, lua_upvalueindex(2)); /* tostring */
		lua_pushvalue(L, arg);
		lua_call(L, 1, 1);
		lua_replace(L, arg);
	}
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, n, 1);
	return 1;
}

static size_t check_list(lua_State *L, int index, size_t work)
{
	struct engine *e = state_engine(L);
	size_t n;

	luaL_checktype(L, index, LUA_TTABLE);
	n = (size_t)lua_rawlen(L, index);
	state_charge(L, e, 1 + n * work / 4);
	return n;
}

static int table_insert(lua_State *L)
{
	lua_Integer n, at;

	luaL_checktype(L, 1, LUA_TTABLE);
	if (lua_gettop(L) == 2) {
		lua_rawseti(L, 1, (lua_Integer)lua_rawlen(L, 1) + 1);
		return 0;
	}
	if (lua_gettop(L) != 3)
		return luaL_error(L, "wrong number of arguments to 'insert'");
	n = (lua_Integer)check_list(L, 1, 1);
	at = luaL_checkinteger(L, 2);
	luaL_argcheck(L, at >= 1 && at <= n + 1, 2, "position out of bounds");
	for (lua_Integer i = n; i >= at; i--) {
		lua_rawgeti(L, 1, i);
		lua_rawseti(L, 1, i + 1);
	}
	lua_rawseti(L, 1, at);
	return 0;
}

static int table_remove(lua_State *L)
{
	lua_Integer n, at;

	luaL_checktype(L, 1, LUA_TTABLE);
	n = (lua_Integer)lua_rawlen(L, 1);
	at = luaL_optinteger(L, 2, n);
	if (at == n || at == n + 1) {
		lua_rawgeti(L, 1, at);
		lua_pushnil(L);
		lua_rawseti(L, 1, at);
		return 1;
	}
	luaL_argcheck(L, at >= 1 && at <= n, 2, "position out of bounds");
	check_list(L, 1, 1);
	lua_rawgeti(L, 1, at);
	for (lua_Integer i = at; i < n; i++) {
		lua_rawgeti(L, 1, i + 1);
		lua_rawseti(L, 1, i);
	}
	lua_pushnil(L);
	lua_rawseti(L, 1, n);
	return 1;
}

static int table_concat(lua_State *L)
{
	struct engine *e = state_engine(L);
	struct str sep = lua_isnoneornil(L, 2) ? STR_NONE : check_text(L, 2);
	lua_Integer from = luaL_optinteger(L, 3, 1), to;
	size_t size = 0;
	luaL_Buffer b;

	luaL_checktype(L, 1, LUA_TTABLE);
	to = luaL_optinteger(L, 4, (lua_Integer)lua_rawlen(L, 1));
	for (lua_Integer i = from; i <= to; i++) {
		if (lua_rawgeti(L, 1, i) != LUA_TSTRING && lua_type(L, -1) != LUA_TNUMBER)
			return luaL_error(L, "invalid value (at index %I) in table for 'concat'", i);
		size += (size_t)lua_rawlen(L, -1) + sep.len;
		lua_pop(L, 1);
		state_charge(L, e, 1);
	}
	sandbox_expect(L, e, size);
	luaL_buffinit(L, &b);
	for (lua_Integer i = from; i <= to; i++) {
		lua_rawgeti(L, 1, i);
		luaL_addvalue(&b);
		if (i < to)
			luaL_addlstring(&b, sep.ptr, sep.len);
	}
	luaL_pushresult(&b);
	return 1;
}

/* Whether the value at a comes after the one at b. */
static bool comes_after(lua_State *L, int a, int b)
{
	bool result;

	if (lua_isnil(L, 2))
		return lua_compare(L, b, a, LUA_OPLT);
	a = lua_absindex(L, a);
	b = lua_absindex(L, b);
	lua_pushvalue(L, 2);
	lua_pushvalue(L, b);
	lua_pushvalue(L, a);
	lua_call(L, 2, 1);
	result = lua_toboolean(L, -1);
	lua_pop(L, 1);
	return result;
}

/* Merges the sorted stretches [from, mid) and [mid, to) of the table at 1 into the table at 3, and back. */
static void merge(lua_State *L, lua_Integer from, lua_Integer mid, lua_Integer to)
{
	lua_Integer i = from, k = mid;

	for (lua_Integer out = from; out < to; out++) {
		bool take_right = i >= mid;

		if (i < mid && k < to) {
			lua_rawgeti(L, 1, i);
			lua_rawgeti(L, 1, k);
			take_right = comes_after(L, -2, -1);
			lua_pop(L, 2);
		}
		lua_rawgeti(L, 1, take_right ? k++ : i++);
		lua_rawseti(L, 3, out);
	}
	for (lua_Integer out = from; out < to; out++) {
		lua_rawgeti(L, 3, out);
		lua_rawseti(L, 1, out);
	}
}

/* Stable, so that the result does not depend on the algorithm; merging ends for any comparison. */
static int table_sort(lua_State *L)
{
	lua_Integer n = (lua_Integer)check_list(L, 1, 64);

	if (!lua_isnoneornil(L, 2))
		luaL_checktype(L, 2, LUA_TFUNCTION);
	lua_settop(L, 2);
	lua_createtable(L, (int)(n < INT_MAX / 2 ? n : 0), 0);
	for (lua_Integer width = 1; width < n; width *= 2)
		for (lua_Integer from = 1; from + width <= n; from += 2 * width)
			merge(L, from, from + width, from + 2 * width <= n + 1 ? from + 2 * width : n + 1);
	return 0;
}

static int table_unpack(lua_State *L)
{
	lua_Integer from = luaL_optinteger(L, 2, 1), to;

	luaL_checktype(L, 1, LUA_TTABLE);
	to = luaL_optinteger(L, 3, (lua_Integer)lua_rawlen(L, 1));
	if (from > to)
		return 0;
	if ((lua_Unsigned)to - (lua_Unsigned)from >= 10000 || !lua_checkstack(L, (int)(to - from) + 1))
		return luaL_error(L, "too many results to unpack");
	for (lua_Integer i = from; i < to; i++)
		lua_rawgeti(L, 1, i);
	lua_rawgeti(L, 1, to);
	return (int)(to - from) + 1;
}

static int table_pack(lua_State *L)
{
	int n = lua_gettop(L);

	lua_createtable(L, n, 1);
	lua_insert(L, 1);
	for (int i = n; i >= 1; i--)
		lua_rawseti(L, 1, i);
	lua_pushinteger(L, n);
	lua_setfield(L, 1, "n");
	return 1;
}

void strings_open(lua_State *L)
{
	static const char *const plain[] = { "byte", "char", "len", "lower", "reverse", "sub", "upper" };
	static const luaL_Reg own[] = { { "find", string_find }, { "match", string_match }, { "gmatch", string_gmatch },
					{ "gsub", string_gsub }, { "rep", string_rep },     { NULL, NULL } };
	struct engine *e = state_engine(L);

	luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 0);
	luaL_newlib(L, own);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		lua_getfield(L, -2, plain[i]);
		lua_setfield(L, -2, plain[i]);
	}
	lua_getfield(L, -2, "format");
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->env_ref);
	lua_pushliteral(L, "tostring");
	lua_rawget(L, -2);
	lua_remove(L, -2);
	lua_pushcclosure(L, string_format, 2);
	lua_setfield(L, -2, "format");
	lua_remove(L, -2);
}

void strings_open_table(lua_State *L)
{
	static const luaL_Reg own[] = { { "insert", table_insert },
					{ "remove", table_remove },
					{ "concat", table_concat },
					{ "sort", table_sort },
					{ "unpack", table_unpack },
					{ "pack", table_pack },
					{ NULL, NULL } };

	luaL_newlib(L, own);
}
