#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "lua/pattern.h"

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Text of up to `max` pieces out of a list. */
static size_t random_text(uint32_t *seed, const char *const *pieces, size_t n, size_t max, char *out, size_t size)
{
	size_t count = next_random(seed) % (max + 1), len = 0;

	for (size_t i = 0; i < count; i++) {
		const char *piece = pieces[next_random(seed) % n];
		size_t l = strlen(piece);

		if (len + l >= size)
			break;
		memcpy(out + len, piece, l);
		len += l;
	}
	out[len] = '\0';
	return len;
}

/* What Lua's own string.find says must be what ours says. */
static void patterns_match_as_in_lua(void **state)
{
	static const char *const pattern_pieces[] = { "a",       "b",      ".",  "%a", "%d",    "%s", "[ab]", "[^a]",
						      "[a-c%d]", "*",      "+",  "-",  "?",     "(",  ")",    "()",
						      "%b()",    "%f[%w]", "%1", "$",  "^",     "%.", "[]]",  "[^]]",
						      "%",       "[",      "%W", "x",  "[%a_]", "]",  "%z" };
	static const char *const subject_pieces[] = {
		"a", "b", "ab", " ", "1", "(", ")", "x", ".", "]", "aa", "_", "\n"
	};
	lua_State *L = luaL_newstate();
	uint32_t seed = 7;
	size_t compared = 0;

	(void)state;
	luaL_requiref(L, "string", luaopen_string, 0);
	for (int round = 0; round < 60000; round++) {
		char pattern[64], subject[64];
		size_t plen = random_text(&seed, pattern_pieces, sizeof(pattern_pieces) / sizeof(pattern_pieces[0]), 6,
					  pattern, sizeof(pattern));
		size_t slen = random_text(&seed, subject_pieces, sizeof(subject_pieces) / sizeof(subject_pieces[0]), 8,
					  subject, sizeof(subject));
		struct pattern_match m;
		size_t steps = 1000000, from = slen ? next_random(&seed) % slen : 0;
		const char *error = NULL;
		enum pattern_result result;
		int top = lua_gettop(L), ok;

		/* Those are looked for as they are. */
		if (pattern_is_plain((struct str){ pattern, plen }))
			continue;
		lua_getfield(L, 1, "find");
		lua_pushlstring(L, subject, slen);
		lua_pushlstring(L, pattern, plen);
		lua_pushinteger(L, (lua_Integer)from + 1);
		ok = lua_pcall(L, 3, LUA_MULTRET, 0) == LUA_OK;
		result = pattern_find((struct str){ subject, slen }, (struct str){ pattern, plen }, from, &m, &steps,
				      &error);
		if (!ok) {
			/* Lua notices some faults only where a match gets to them; so do we, at the same place. */
			if (result != PATTERN_MALFORMED)
				fail_msg("'%s' in '%s': Lua says %s", pattern, subject, lua_tostring(L, -1));
		} else if (lua_isnil(L, top + 1)) {
			if (result != PATTERN_NONE)
				fail_msg("'%s' in '%s' from %zu: Lua finds nothing (%d, %s)", pattern, subject, from,
					 result, error ? error : "");
		} else {
			if (result != PATTERN_FOUND)
				fail_msg("'%s' in '%s' from %zu: Lua finds it (%d, %s)", pattern, subject, from, result,
					 error ? error : "");
			assert_int_equal(lua_tointeger(L, top + 1), m.start + 1);
			assert_int_equal(lua_tointeger(L, top + 2), m.end);
			assert_int_equal(lua_gettop(L) - top - 2, m.n_captures);
			for (size_t i = 0; i < m.n_captures; i++) {
				struct str s = { subject + m.captures[i].off, m.captures[i].len };

				if (m.captures[i].len == PATTERN_POSITION)
					assert_int_equal(lua_tointeger(L, top + 3 + (int)i), m.captures[i].off + 1);
				else
					assert_true(lua_rawlen(L, top + 3 + (int)i) == s.len &&
						    memcmp(lua_tostring(L, top + 3 + (int)i), s.ptr, s.len) == 0);
			}
			compared++;
		}
		lua_settop(L, top);
	}
	assert_in_range(compared, 1000, 60000);
	lua_close(L);
}

static void steps_are_limited(void **state)
{
	static const struct {
		const char *pattern;
		int n;
	} rows[] = { { "a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?aaaaaaaaaaaaaaaaaaaaaaaaaa", 26 },
		     { ".-.-.-.-.-.-.-.-b", 2000 },
		     { "(.*)(.*)(.*)(.*)b", 2000 },
		     { "%f[b]", 2000 } };
	char subject[2000];
	struct pattern_match m;
	const char *error = NULL;
	clock_t begin = clock();

	(void)state;
	memset(subject, 'a', sizeof(subject));
	for (size_t i = 0; i < 3; i++) {
		size_t steps = 1000000;

		assert_int_equal(pattern_find((struct str){ subject, (size_t)rows[i].n }, str_from(rows[i].pattern), 0,
					      &m, &steps, &error),
				 PATTERN_TOO_LONG);
		assert_int_equal(steps, 0);
	}
	assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_match_as_in_lua),
		cmocka_unit_test(steps_are_limited),
	};

	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
