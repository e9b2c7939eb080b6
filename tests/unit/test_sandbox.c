#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "engine_case.h"

static const struct engine_options small = { .instructions = 2000000,
					     .memory = (size_t)8 << 20,
					     .output = (size_t)4 << 20 };

/* Code of a function f in a script, which the template prints as {{ f() }}. */
static bool run_script(const char *body, struct buf *out)
{
	struct arena a = { 0 };
	struct engine_case c = { .options = &small };
	bool ok = engine_case_run(&c, str_format(&a, "== a.html\n{{ f() -}}\n== x.lua\n%s\n", body), out);

	arena_release(&a);
	return ok;
}

static void what_reaches_beyond_the_site_is_not_there(void **state)
{
	static const char *const bodies[] = {
		"func('f', function() return os.time() end)",
		"func('f', function() return io.open('/etc/passwd') end)",
		"func('f', function() return require('os') end)",
		"func('f', function() return load('return 1')() end)",
		"func('f', function() return loadstring('return 1') end)",
		"func('f', function() return dofile('x') end)",
		"func('f', function() return debug.getinfo(1) end)",
		"func('f', function() return package.path end)",
		"func('f', function() return coroutine.create(function() end) end)",
		"func('f', function() return collectgarbage() end)",
		"func('f', function() return next({}) end)",
		"func('f', function() return rawset({}, 1, 2) end)",
		"func('f', function() return rawget({}, 1) end)",
		"func('f', function() return math.random() end)",
		"func('f', function() return string.dump(function() end) end)",
		"func('f', function() return _G end)",
		"func('f', function() return getfenv() end)",
		"func('f', function() return print('x') end)",
		"func('f', function() return string.format('%p', {}) end)",
		"func('f', function() return ('%p'):format({}) end)",
		"func('f', function() return setmetatable({}, {__gc = function() end}) end)",
		"func('f', function() return setmetatable({}, {__mode = 'k'}) end)",
		"func('f', function() return setmetatable({}, {__close = function() end}) end)",
		"func('f', function() string.upper = nil end)",
		"func('f', function() table.x = 1 end)",
		"func('f', function() return setmetatable(string, {}) end)",
		"func('f', function() return getmetatable('').__index.upper end)",
		"func('f', function() x = 1 end)",
		"func('f', function() func('g', function() end) end)",
		"func('f', function() return not_defined end)",
		"func('f', function() for k in pairs({[{}] = 1, [{}] = 2}) do end end)",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct buf out;

		buf_init(&out, 0);
		if (run_script(bodies[i], &out))
			fail_msg("%s gave %s", bodies[i], out.ptr);
		assert_null(strstr(out.ptr, "over-budget"));
		buf_release(&out);
	}
}

static void nothing_shows_an_address_or_the_order_of_hashes(void **state)
{
	static const struct {
		const char *body, *expected;
	} rows[] = {
		{ "func('f', function() return tostring({}) end)", "table" },
		{ "func('f', function() return tostring(print_me or tostring) end)\nprint_me = function() end",
		  "function" },
		{ "func('f', function() return string.format('%s %s', {}, tostring) end)", "table function" },
		{ "func('f', function() return tostring(1) .. tostring(1.0) .. tostring(nil) .. tostring(true) end)",
		  "11.0niltrue" },
		{ "func('f', function() local s = '' for k, v in pairs({c=1, a=2, b=3, [2]=4, [1]=5, [1.5]=6, "
		  "[true]=7}) do s = s .. tostring(k) end "
		  "return s end)",
		  "true11.52abc" },
		{ "func('f', function() local t = {a=1, b=2, c=3} local s = '' for k in pairs(t) do t.b = nil s = s .. "
		  "k end return s end)",
		  "ac" },
		{ "func('f', function() local t = {{3,'a'},{1,'b'},{3,'c'},{1,'d'}} table.sort(t, function(x, y) "
		  "return x[1] < y[1] end) local s = '' for _, "
		  "v in ipairs(t) do s = s .. v[2] end return s end)",
		  "bdac" },
		{ "func('f', function() local t = {5,3,9,1} table.sort(t, function() return true end) return #t end)",
		  "4" },
		{ "func('f', function() return select('#', pcall(error, 'x')) end)", "2" },
		{ "local M = {} M.__index = M\nfunction M.new(n) return setmetatable({n = n}, M) end\nfunction M:get() "
		  "return self.n end\nfunc('f', "
		  "function() return M.new(4):get() end)",
		  "4" },
		{ "func('f', function() local ok, e = pcall(function() error({code = 7}) end) return e.code end)",
		  "7" },
		{ "func('f', function() local ok, e = pcall(function() return nil .. 'x' end) return ok end)",
		  "false" },
		{ "func('f', function() return ('%5.1f|%d|%q|%%'):format(3.14, 42, 'a\"b') end)",
		  "  3.1|42|&quot;a\\&quot;b&quot;|%" },
		{ "func('f', function() return table.concat({1, 'a', 2.5}, '-') .. table.unpack({'x', 'y'}, 2) end)",
		  "1-a-2.5y" },
		{ "func('f', function() local t = {1,2,3} table.insert(t, 1, 0) table.remove(t) table.insert(t, 9) "
		  "return table.concat(t, ',') end)",
		  "0,1,2,9" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out;

		buf_init(&out, 0);
		run_script(rows[i].body, &out);
		assert_string_equal(out.ptr, rows[i].expected);
		buf_release(&out);
	}
}

static void whatever_takes_too_much_is_stopped(void **state)
{
	static const char *const bodies[] = {
		"func('f', function() while true do end end)",
		"func('f', function() while true do pcall(function() while true do end end) end end)",
		"func('f', function() repeat local ok = pcall(error, 'x') until false end)",
		"func('f', function() local function g() return g() end return g() end)",
		"func('f', function() local function g() return 1 + g() end return g() end)",
		"func('f', function() return ('x'):rep(1 << 30) end)",
		"func('f', function() return ('x'):rep(1 << 62) end)",
		"func('f', function() return pcall(string.rep, 'x', 1 << 30) end)",
		"func('f', function() return ('x'):rep(1000000, ('y'):rep(1000000)) end)",
		"func('f', function() local s = 'x' while true do s = s .. s end end)",
		"func('f', function() local t = {} for i = 1, 1e9 do t[i] = {} end end)",
		"func('f', function() local t = {} while true do t[#t + 1] = ('x'):rep(100000) end end)",
		("func('f', function() local t = {} for i = 1, 1000 do t[i] = ('x'):rep(10000) end return "
		 "table.concat(t) end)"),
		"func('f', function() return string.find(('a'):rep(30), ('a?'):rep(30) .. ('a'):rep(30)) end)",
		"func('f', function() return string.find(('a'):rep(3000), ('.-'):rep(30) .. 'b') end)",
		"func('f', function() return string.gsub(('a'):rep(100000), 'a', ('b'):rep(1000)) end)",
		"func('f', function() local t = {} for i = 1, 20000 do table.insert(t, 1, i) end return #t end)",
		"func('f', function() for k in ('x'):rep(5000000):gmatch('.') do end end)",
		"func('f', function() return setmetatable({}, {__index = function(t, k) return t[k] end}).x end)",
	};
	clock_t begin = clock();

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct buf out;

		buf_init(&out, 0);
		if (run_script(bodies[i], &out))
			fail_msg("%s ended with %zu bytes", bodies[i], out.len);
		if (!strstr(out.ptr, "template/over-budget"))
			fail_msg("%s gave %s", bodies[i], out.ptr);
		if (!strstr(out.ptr, "a.html"))
			fail_msg("%s does not name the template: %s", bodies[i], out.ptr);
		buf_release(&out);
	}
	assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 30);
}

static void templates_alone_are_stopped_as_well(void **state)
{
	static const char *const files[] = {
		"{% component f() %}{{ f() }}{% end %}{{ f() }}",
		"{% component f(n) %}{{ f(n - 1) }}{{ f(n - 1) }}{% end %}{{ f(100) }}",
		"{% component f(n = 1) %}{% set x = f(n) | upper %}{% end %}{{ f() }}",
		("{% for a in range(1000) %}{% for b in range(1000) %}{% for c in range(1000) %}{% end %}{% end %}{% "
		 "end %}"),
		"{% set s = 'x' %}{% for a in range(60) %}{% set s = s .. s %}{% end %}",
		"{% set t = ('x'):rep(1000000) %}{% for a in range(100) %}{{ t }}{% end %}",
		"{% for a in range(100000) %}{{ ('x'):rep(10000) | upper | length }}{% end %}",
		"{{ ('a'):rep(50):find(('a?'):rep(50) .. ('a'):rep(50)) }}",
		"{% for i in range(1000000) %}{% for j in range(1000000) %}x{% end %}{% end %}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct engine_case c = { .options = &small };
		struct buf out;

		buf_init(&out, 0);
		if (engine_case_run(&c, str_from(files[i]), &out))
			fail_msg("%s ended with %zu bytes", files[i], out.len);
		if (!strstr(out.ptr, "template/over-budget templates/main.html:1:"))
			fail_msg("%s gave %s", files[i], out.ptr);
		buf_release(&out);
	}
}

static void an_engine_is_whole_after_it_was_stopped(void **state)
{
	struct arena a = { 0 };
	struct diag_list dl;
	struct engine_source t[] = {
		{ STR("bad.html"), STR("templates/bad.html"), STR("{{ eat() }}") },
		{ STR("good.html"), STR("templates/good.html"), STR("{{ 'x' | upper }}{{ range(3) | join(',') }}") },
	};
	struct engine_source script = {
		STR("x.lua"), STR("plugins/x.lua"),
		STR("func('eat', function() local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end end)")
	};
	struct engine_set *set;
	struct engine *e;
	struct buf out;

	(void)state;
	diag_init(&dl, &a);
	buf_init(&out, 0);
	set = engine_load(&a, t, 2, &script, 1, NULL, &dl);
	e = engine_new(set, &small);
	for (int i = 0; i < 5; i++) {
		assert_false(engine_render(e, &(struct engine_job){ .template = STR("bad.html") }, &out, &dl));
		assert_true(engine_render(e, &(struct engine_job){ .template = STR("good.html") }, &out, &dl));
	}
	assert_string_equal(out.ptr, "X1,2,3X1,2,3X1,2,3X1,2,3X1,2,3");
	engine_free(e);
	buf_release(&out);
	arena_release(&a);
}

static void a_script_that_does_not_end_is_an_error_when_loading(void **state)
{
	struct engine_case c = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_false(
		engine_case_run(&c, STR("== a.html\nx\n== x.lua\nlocal n = 0\nwhile true do n = n + 1 end\n"), &out));
	assert_non_null(strstr(out.ptr, "template/over-budget plugins/x.lua:2:1"));
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_reaches_beyond_the_site_is_not_there),
		cmocka_unit_test(nothing_shows_an_address_or_the_order_of_hashes),
		cmocka_unit_test(whatever_takes_too_much_is_stopped),
		cmocka_unit_test(templates_alone_are_stopped_as_well),
		cmocka_unit_test(an_engine_is_whole_after_it_was_stopped),
		cmocka_unit_test(a_script_that_does_not_end_is_an_error_when_loading),
	};

	return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
