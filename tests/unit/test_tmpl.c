#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "engine_case.h"
#include "text/tmpl.h"

#define JS "javascript:alert(1)"

static const struct {
	const char *template, *expected; /* of refused ones the code */
} places[] = {
	{ "<p>{{ '<' }}</p>", "<p>&lt;</p>" },
	{ "<p title=\"{{ '\"<' }}\">", "<p title=\"&quot;&lt;\">" },
	{ "<p title='{{ \"\\'\" }}'>", "<p title='&#39;'>" },
	{ "<p title=\"{{ '<b>' | safe }}\">", "<p title=\"&lt;b&gt;\">" },
	{ "<a href=\"{{ '" JS "' }}\">", "<a href=\"#blocked\">" },
	{ "<a href='{{ '" JS "' | safe }}'>", "<a href='#blocked'>" },
	{ "<A HREF=\"{{ ' JavaScript:x' }}\">", "<A HREF=\"#blocked\">" },
	{ "<a href=\"{{ 'java\\nscript:x' }}\">", "<a href=\"#blocked\">" },
	{ "<a href=\"{{ 'java' }}{{ 'script:x' }}\">", "<a href=\"java#blocked\">" },
	{ "<a href=\"{{ 'https://x/?a=1&b=2' }}\">", "<a href=\"https://x/?a=1&amp;b=2\">" },
	{ "<a href=\"{{ '../x#y:z' }}\">", "<a href=\"../x#y:z\">" },
	{ "<a href=\"/find/{{ 'a b' }}?q={{ 'c&d' }}#{{ 'e f' }}\">", "<a href=\"/find/a b?q=c%26d#e%20f\">" },
	{ "<a href=\"#note-{{ 1 }}\">", "<a href=\"#note-1\">" },
	{ "<img src=\"{{ 'data:text/html,x' }}\">", "<img src=\"#blocked\">" },
	{ "<img srcset=\"{{ 'a.png 1x, " JS " 2x' }}\">", "<img srcset=\"a.png 1x, #blocked\">" },
	{ "<p style=\"color: {{ 'red' }}\">", "<p style=\"color: red\">" },
	{ "<p style=\"color: {{ 'red; x: url(y)' }}\">", "<p style=\"color: blocked\">" },
	{ "<style>p { color: {{ '</style>' }} }</style>{{ '<' }}", "<style>p { color: blocked }</style>&lt;" },
	{ "<script>let a = {{ '</script><!--' }};</script>{{ '<' }}",
	  "<script>let a = \"\\u003c\\/script>\\u003c!--\";</script>&lt;" },
	{ "<script type=\"application/ld+json\">{\"a\": {{ {1, 'x'} | json }}}</script>",
	  "<script type=\"application/ld+json\">{\"a\": [1,\"x\"]}</script>" },
	{ "<p onclick=\"f({{ '\"' }})\">", "<p onclick=\"f(&quot;\\&quot;&quot;)\">" },
	{ "<title>{{ '</title>' | safe }}</title>", "<title>&lt;/title&gt;</title>" },
	{ "<textarea>{{ '<b>' | safe }}</textarea>{{ '<b>' | safe }}", "<textarea>&lt;b&gt;</textarea><b>" },
	{ "<p data-x=\"{{ {a = '\"'} | json }}\">", "<p data-x=\"{&quot;a&quot;:&quot;\\&quot;&quot;}\">" },
	{ "<p{% if true %} class=\"{{ 'a' }}\"{% end %} id='{{ 'b' }}'>{{ '<' }}", "<p class=\"a\" id='b'>&lt;" },
	{ "<p class=\"a{% if true %} {{ 'b\"' }}{% else %} c{% end %}\">{{ '<' }}", "<p class=\"a b&quot;\">&lt;" },
	{ "<a href=\"{% if false %}/x?y={% end %}{{ '" JS "' }}\">", "<a href=\"#blocked\">" },
	{ "1 < 2 {{ '<' }} <3 {{ '<' }}", "1 < 2 &lt; <3 &lt;" },
	{ "<!-- x -- > y --> {{ '<' }}", "<!-- x -- > y --> &lt;" },
	{ "<!doctype html>{{ '<' }}</p>{{ '<' }}<br/>{{ '<' }}", "<!doctype html>&lt;</p>&lt;<br/>&lt;" },
	{ "<script>// it's\nlet a = /* \" */ {{ 1 }};</script>", "<script>// it's\nlet a = /* \" */ 1;</script>" },
	{ "<script>let a = 'it\\'s \\\\'; f({{ 'x' }})</script>", "<script>let a = 'it\\'s \\\\'; f(\"x\")</script>" },
	{ "{% component c() %}<i>{% end %}<p title=\"{{ c() }}\">", "<p title=\"&lt;i&gt;\">" },
	{ "<p title={{ 'x' }}>", "template/unquoted-attribute" },
	{ "<p title=a{{ 'x' }}>", "template/unquoted-attribute" },
	{ "<p {{ 'x' }}>", "template/unsafe-place" },
	{ "<p x{{ 'x' }}='1'>", "template/unsafe-place" },
	{ "<{{ 'x' }}>", "template/unsafe-place" },
	{ "</{{ 'x' }}>", "template/unsafe-place" },
	{ "<!-- {{ 'x' }} -->", "template/unsafe-place" },
	{ "<script>let a = \"{{ 'x' }}\";</script>", "template/unsafe-place" },
	{ "<script>// {{ 'x' }}\n</script>", "template/unsafe-place" },
	{ "<p title=\"{% if true %}x\"{% end %}>", "template/mixed-context" },
	{ "{% if true %}<p title=\"{% else %}<p>{% end %}", "template/mixed-context" },
	{ "{% for x in {1} %}<p title=\"{% end %}", "template/mixed-context" },
	{ "{% if true %}<script>{% end %}", "template/mixed-context" },
	{ "{% block b %}<p title=\"{% end %}", "template/mixed-context" },
	{ "{% component c() %}<p title=\"{% end %}", "template/mixed-context" },
};

static void the_place_of_a_hole_decides(void **state)
{
	size_t failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct engine_case c = { 0 };
		struct buf out;
		bool ok;

		buf_init(&out, 0);
		ok = engine_case_run(&c, str_from(places[i].template), &out);
		if (ok ? strcmp(out.ptr, places[i].expected) != 0
		       : !str_starts(buf_str(&out), str_from(places[i].expected))) {
			print_error("%s\ngives\n%s\nnot\n%s\n", places[i].template, out.ptr, places[i].expected);
			failures++;
		}
		buf_release(&out);
	}
	assert_int_equal(failures, 0);
}

static void a_block_stands_where_its_parent_stands(void **state)
{
	struct engine_case c = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_true(engine_case_run(&c,
				    STR("== a.html\n{% extends \"b.html\" %}{% block t %}{{ '<b>' | safe }}{{ super() "
					"}}{% end %}{% block u %}{{ 'javascript:x' }}{% "
					"end %}\n== b.html\n<title>{% block t %}{{ '<i>' | safe }}{% end %}</title><a "
					"href=\"{% block u %}{% end %}\">"),
				    &out));
	assert_string_equal(out.ptr, "<title>&lt;b&gt;&lt;i&gt;</title><a href=\"#blocked\">");
	buf_release(&out);
}

static bool parse_alone(struct str text, size_t *errors)
{
	struct arena a = { 0 };
	struct diag_list dl;
	struct tmpl *t;
	struct tmpl_env env = { 0 };
	struct map names = { 0 };
	bool ok;

	diag_init(&dl, &a);
	t = tmpl_parse(&a, STR("x.html"), STR("templates/x.html"), text, &dl);
	ok = tmpl_check(&a, &t, 1, &env, &dl);
	if (ok)
		tmpl_emit(&a, t, &names);
	*errors = dl.errors;
	arena_release(&a);
	return ok;
}

/* Text made of one piece many times over. */
static struct str repeated(struct arena *a, const char *piece, size_t bytes)
{
	struct buf b;
	struct str s;

	buf_init(&b, 0);
	while (b.len < bytes)
		buf_add_z(&b, piece);
	s = buf_copy(&b, a);
	buf_release(&b);
	return s;
}

static void hostile_templates_end_soon(void **state)
{
	static const char *const pieces[] = {
		"{{",
		"{%",
		"{#",
		"{{{{",
		"{{(",
		"{{ ( ",
		"{{ {",
		"{% if x %}",
		"{% for x in y %}",
		"{% block a %}",
		"{% raw %}",
		"{% raw %}{% end %}",
		"{% set x %}",
		"{% end %}",
		"{{ a.b",
		"{{ 'x",
		"{{ a | b ",
		"{{ not ",
		"{{ - ",
		"a{%",
		"{% else %}",
		"{{ a ?? ",
		"{{ x }}",
		"<a href=\"",
		"<!--",
		"<script>",
		"{% if x %}{% elseif y %}",
		"{% elseif y %}",
		"     ",
		"{{ [",
		"{{ 'a' .. ",
		"{% component c() %}",
		"{{-",
		"-}}",
		"{% extends 'a' %}",
		"{% include 'a' %}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		static const char *const heads[] = { "", "{{ ", "{% if a %}{{ f(" };

		for (size_t k = 0; k < sizeof(heads) / sizeof(heads[0]); k++) {
			struct arena a = { 0 };
			struct str body = repeated(&a, pieces[i], 300000);
			clock_t begin = clock();
			size_t errors;

			parse_alone(str_format(&a, "%s%.*s", heads[k], STR_ARG(body)), &errors);
			if ((double)(clock() - begin) / CLOCKS_PER_SEC > 3)
				fail_msg("%s%s... took too long", heads[k], pieces[i]);
			assert_in_range(errors, 0, 3000000);
			arena_release(&a);
		}
	}
}

static void a_template_beyond_the_limit_is_refused(void **state)
{
	struct arena a = { 0 };
	struct diag_list dl;
	struct str text = repeated(&a, "text ", TMPL_MAX_BYTES + 1);

	(void)state;
	diag_init(&dl, &a);
	tmpl_parse(&a, STR("x.html"), STR("x.html"), text, &dl);
	assert_int_equal(dl.errors, 1);
	assert_string_equal(dl.items[0].code, "template/too-large");
	arena_release(&a);
}

static void positions_count_code_points(void **state)
{
	struct arena a = { 0 };
	struct diag_list dl;
	struct tmpl *t;
	struct pos at;

	(void)state;
	diag_init(&dl, &a);
	t = tmpl_parse(&a, STR("x.html"), STR("x.html"), STR("\xEF\xBB\xBFéé\nzwölf 中 x"), &dl);
	at = tmpl_position(t, 0);
	assert_int_equal(at.line, 1);
	assert_int_equal(at.col, 1);
	at = tmpl_position(t, 12);
	assert_int_equal(at.line, 2);
	assert_int_equal(at.col, 7);
	assert_int_equal(tmpl_width(t, 5, 6), 5);
	assert_int_equal(tmpl_width(t, 0, 100), 2);
	assert_int_equal(tmpl_width(t, 0, 0), 1);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_place_of_a_hole_decides), cmocka_unit_test(a_block_stands_where_its_parent_stands),
		cmocka_unit_test(hostile_templates_end_soon),  cmocka_unit_test(a_template_beyond_the_limit_is_refused),
		cmocka_unit_test(positions_count_code_points),
	};

	return cmocka_run_group_tests_name("tmpl", tests, NULL, NULL);
}
