#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "lua/state.h"
#include "unit/engine_case.h"

/*
 * What a plan makes of an expression, and says of the mistakes in it, is what Lua would. A method in it makes it Lua's,
 * which reports some fields at the operator behind them, and guesses at names: both are not compared.
 */
#define NAMES \
	"{%% set t = {a = 1, b = {c = 'x'}, 10, 20} %%}{%% set s = 'text' %%}{%% set n = 3 %%}{%% set f = n / 2 %%}\n"
#define ROUNDS ENGINE_CASE_ROUNDS(4000)

static uint32_t next_random(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % n;
}

static void random_expr(struct buf *out, uint32_t *seed, unsigned depth)
{
	static const char *const atoms[] = {
		"nil", "true",   "false", "0",         "7",      "'text'", "'10'",
		"t",   "s",      "n",     "f",         "t.a",    "t.b",    "t.b.c",
		"t.z", "t?.z.y", "z?.y",  "z",         "t[2]",   "i",      "loop.first == true",
		"s.x", "n.x",    "t.z.y", "type(t.z)", "{1, n}", "#t",     "f.x"
	};
	static const char *const binary[] = { "+",  "-", "*", "/",  "%",  "//",    "^",    "..",  "==",
					      "~=", "<", ">", "<=", ">=", " and ", " or ", " ?? " };
	static const char *const unary[] = { "not ", "-", "#" };
	static const char *const after[] = {
		" | upper", " | default('d')", "[1]", ".b", "?.b", "[n - 1]", "['c']", "()"
	};
	uint32_t what = next_random(seed, depth > 3 ? 3 : 9);

	if (what < 3) {
		buf_add_z(out, atoms[next_random(seed, sizeof(atoms) / sizeof(atoms[0]))]);
		return;
	}
	if (what == 3)
		buf_add_z(out, unary[next_random(seed, 3)]);
	buf_add_z(out, "(");
	random_expr(out, seed, depth + 1);
	buf_add_z(out, ")");
	if (what == 4) {
		buf_add_z(out, after[next_random(seed, sizeof(after) / sizeof(after[0]))]);
	} else if (what > 4) {
		buf_add_z(out, binary[next_random(seed, sizeof(binary) / sizeof(binary[0]))]);
		buf_add_z(out, "(");
		random_expr(out, seed, depth + 1);
		buf_add_z(out, ")");
	}
}

static void render_expr(struct str expr, const char *last, struct buf *out)
{
	struct engine_case c = { 0 };
	struct arena a = { 0 };

	engine_case_run(&c,
			str_format(&a, NAMES "{%% for i in {1} %%}{{ ({(%.*s), %s})[1] | json }}{%% end %%}",
				   STR_ARG(expr), last),
			out);
	arena_release(&a);
}

/* Takes the place out of an error, and what the value is called. */
static void drop_names(struct buf *b)
{
	char *at = strstr(b->ptr, "main.html:"), *name = strstr(b->ptr, " value (");

	if (name)
		name += strlen(" value");
	if (name)
		memmove(name, name + strcspn(name, "\n"), strlen(name + strcspn(name, "\n")) + 1);
	if (at)
		memmove(at, at + strcspn(at, " "), strlen(at + strcspn(at, " ")) + 1);
}

static bool is_same(struct buf *a, struct buf *b)
{
	drop_names(a);
	drop_names(b);
	return strcmp(a->ptr, b->ptr) == 0;
}

static void plans_do_as_lua_does(void **state)
{
	struct buf expr, plan, lua;
	uint32_t seed = 1;

	(void)state;
	buf_init(&expr, 0);
	buf_init(&plan, 0);
	buf_init(&lua, 0);
	for (int i = 0; i < ROUNDS; i++) {
		buf_clear(&expr);
		buf_clear(&plan);
		buf_clear(&lua);
		random_expr(&expr, &seed, 0);
		render_expr(buf_str(&expr), "2", &plan);
		render_expr(buf_str(&expr), "('x'):len()", &lua);
		if (!is_same(&plan, &lua))
			fail_msg("%s\nis, in a plan,\n%s\nand not\n%s", expr.ptr, plan.ptr, lua.ptr);
	}
	buf_release(&expr);
	buf_release(&plan);
	buf_release(&lua);
}

/* Through plans alone, through Lua alone, and through both in turn. */
static void what_calls_itself_without_an_end_is_reported(void **state)
{
	static const char *const templates[] = {
		"{% component a(n: int) %}{{ n }}{{ a(n=n + 1) }}{% end %}{{ a(n=1) }}",
		"{% component a(n: int) %}{{ ('x'):len() }}{{ a(n=n + ('x'):len()) }}{% end %}{{ a(n=1) }}",
		("{% component a(n: int) %}{{ b(n=n + 1) }}{% end %}{% component b(n: int) %}"
		 "{% if n % 100 == 0 %}{{ a(n=n + ('x'):len()) }}{% else %}{{ b(n=n + 1) }}{% end %}{% end %}{{ a(n=1) "
		 "}}"),
		("{% component a(n: int) %}{% for i in {1} %}{{ b(n=n + i) }}{% end %}{% end %}"
		 "{% component b(n: int) %}{{ a(n=n) | upper }}{% end %}{{ a(n=1) }}"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++) {
		struct engine_case c = { .renders = 2 };
		struct buf out;

		buf_init(&out, 0);
		if (engine_case_run(&c, str_from(templates[i]), &out) ||
		    !str_contains(buf_str(&out), STR("template/over-budget")))
			fail_msg("%s\n%s", templates[i], out.ptr);
		buf_release(&out);
	}
}

#define ODD(event) \
	"\n== x.lua\nfunc('odd', function() return setmetatable({}, {" event "}) end)\n" \
	"func('fail', function(level) error('item 5: wrong', level) end)\n"

static void plans_keep_to_the_finer_rules_of_lua(void **state)
{
	static const struct engine_case_row rows[] = {
		{ "{% for i in {nil, 'x', nil, 'y'} %}{{ i ?\? '-' }}{% end %}", "-x-y" },
		{ "{% set t = {10, [1] = 20, 30} %}{{ t[1] }} {{ t[2] }}", "10 30" },
		{ "== main.html\n{% include 'a.html' with {z = 1} %}\n"
		  "== a.html\n{% if 2 < 1 %}{% set y = 1 %}{% end %}{{ y ?\? 'none' }}",
		  "none" },
		{ "== main.html\n{{ odd() + 1 }} {{ 2 * odd() }} {{ -odd() }}" ODD(
			  "__add = function() return 'sum' end, __mul = function() return 'product' end,"
			  "__unm = function() return 'minus' end"),
		  "sum product minus\n" },
		{ "== main.html\n{{ odd() + 1 }}" ODD("__name = 'Odd'"),
		  "template/wrong-type templates/main.html:1:10+1 attempt to perform arithmetic on a Odd value\n"
		  "  content/page.md:0:0 rendering this page\n" },
		{ "{% set t = {} %}{{ t.no(t.none.x) }}",
		  "template/nil templates/main.html:1:32+1 attempt to index a nil value (field 'none')\n"
		  "  hint: write '?.' where something may be absent\n"
		  "  content/page.md:0:0 rendering this page\n" },
		{ "{% component c(a: any = nil + 1, b: string) %}{% end %}\n{{ c(b = 5) }}",
		  "template/wrong-type templates/main.html:2:4+1 the argument 'b' of 'c' must be string, not a number\n"
		  "  templates/main.html:1:14 declared here\n"
		  "  content/page.md:0:0 rendering this page\n" },
		{ "{{ math.floor('x') }}",
		  "template/error templates/main.html:1:4+15 bad argument #1 to 'floor' (number expected, got string)\n"
		  "  content/page.md:0:0 rendering this page\n" },
		{ "== main.html\n{{ fail(2) }}" ODD(""), "template/error plugins/x.lua:2:1+0 item 5: wrong\n"
							 "  templates/main.html:1:4 called from here\n"
							 "  content/page.md:0:0 rendering this page\n" },
		{ "== main.html\n{{ fail(0) }}" ODD(""), "template/error plugins/x.lua:2:1+0 item 5: wrong\n"
							 "  templates/main.html:1:4 called from here\n"
							 "  content/page.md:0:0 rendering this page\n" },
		{ "{% set t = 1 %}\n\n{% set t = {[nil] = 1} %}",
		  "template/error templates/main.html:3:12+11 table index is nil\n"
		  "  content/page.md:0:0 rendering this page\n" },
		{ "{% set t = {} %}\n{% set t = (t)() .. ('x'):rep(1) %}",
		  "template/wrong-type templates/main.html:2:13+4 attempt to call a table value (local 't')\n"
		  "  content/page.md:0:0 rendering this page\n" },
	};

	(void)state;
	assert_int_equal(engine_case_failures(rows, sizeof(rows) / sizeof(rows[0])), 0);
}

/* The second template is not there: nothing may be left of the plan that the first failed in. */
static void an_engine_forgets_the_plan_that_failed(void **state)
{
	static const struct engine_source source = { STR_INIT("main.html"), STR_INIT("templates/main.html"),
						     STR_INIT("{% component c(x) %}{{ x.y.z }}{% end %}{{ c({}) }}") };
	struct engine_job job = { .template = source.name };
	struct arena a = { 0 };
	struct diag_list dl;
	struct engine_set *set;
	struct engine *e;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	diag_init(&dl, &a);
	set = engine_load(&a, &source, 1, NULL, 0, NULL, &dl);
	assert_non_null(set);
	e = engine_new(set, NULL);
	assert_false(engine_render(e, &job, &out, &dl));
	assert_null(e->walk);
	job.template = STR("absent.html");
	assert_false(engine_render(e, &job, &out, &dl));
	assert_string_equal(dl.items[1].code, "template/unknown-template");
	assert_null(dl.items[1].related);
	engine_free(e);
	buf_release(&out);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(plans_do_as_lua_does),
					    cmocka_unit_test(plans_keep_to_the_finer_rules_of_lua),
					    cmocka_unit_test(an_engine_forgets_the_plan_that_failed),
					    cmocka_unit_test(what_calls_itself_without_an_end_is_reported) };

	return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
