#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine_case.h"

#define CHECK(rows) check_rows((rows), sizeof(rows) / sizeof((rows)[0]))

static void check_rows(const struct engine_case_row *rows, size_t n)
{
	assert_int_equal(engine_case_failures(rows, n), 0);
}

static void holes_print_and_escape(void **state)
{
	static const struct engine_case_row rows[] = {
		{ "", "" },
		{ "plain { text } # no %tag", "plain { text } # no %tag" },
		{ "{{ '<a href=\"x\">&' }}", "&lt;a href=&quot;x&quot;&gt;&amp;" },
		{ "{{ '<b>' | safe }}", "<b>" },
		{ "== a.txt\n{{ '<b>' }}", "<b>" },
		{ "== a.xml\n{{ '<b>' }}", "&lt;b&gt;" },
		{ "{{ 5 }} {{ 5.0 }} {{ 2.5 }} {{ 10 / 4 }} {{ 10 / 5 }} {{ -3 }} {{ 1e100 }}",
		  "5 5 2.5 2.5 2 -3 1e100" },
		{ "{{ 9007199254740993 }} {{ math.mininteger }}", "9007199254740993 -9223372036854775808" },
		{ "{{ true }} {{ not true }}", "true false" },
		{ "{{ 'a' .. 1 .. 'b' }}", "a1b" },
		{ "{{ ('<' | escape) .. '<' }}", "&lt;&lt;" },
		{ "a{# gone {{ 1 }} #}b", "ab" },
		{ "{% raw %}{{ x }}{% if %}{% endraw %}", "{{ x }}{% if %}" },
		{ "{% raw %}{{ x }}{% end %}!", "{{ x }}!" },
		{ "{{ \"\\65\\x42\\u{43}\\n\\\"\" }}", "ABC\n&quot;" },
		{ "{{{a=1}.a}}{{ {1,{2}}[2][1] }}", "12" },
	};

	(void)state;
	CHECK(rows);
}

static void expressions_are_those_of_lua(void **state)
{
	static const struct engine_case_row rows[] = {
		{ "{{ 1 + 2 * 3 }} {{ (1 + 2) * 3 }} {{ 2 ^ 3 ^ 2 }} {{ -2 ^ 2 }}", "7 9 512 -4" },
		{ "{{ 7 // 2 }} {{ 7 % 3 }} {{ -7 // 2 }} {{ 10 - 2 - 3 }} {{ 2 * 3 / 4 }}", "3 1 -4 5 1.5" },
		{ "{{ 1 < 2 }} {{ 1 <= 1 }} {{ 2 > 3 }} {{ 'a' ~= 'b' }} {{ 1 == 1.0 }}", "true true false true true" },
		{ "{{ nil == false }} {{ not nil and 1 or 2 }} {{ false or 'x' }}", "false 1 x" },
		{ "{{ #'abc' }} {{ #{1,2,3} }} {{ - - 3 }} {{ not not 1 }}", "3 3 3 true" },
		{ "{{ 1 .. 2 == '12' }} {{ 0x10 }} {{ .5 }} {{ 3. }} {{ 1e2 }}", "true 16 0.5 3 100" },
		{ "{{ ('x'):rep(3) }} {{ string.upper('a') }} {{ math.max(1, 5, 2) }}", "xxx A 5" },
		{ "{{ {[1 + 1] = 'two'}[2] }} {{ {['end'] = 1}['end'] }} {{ {['end'] = 2}.end }}", "two 1 2" },
		{ "{{ 'a' | upper .. 'b' }} {{ -5 | round }} {{ 1 + 2 | round }}", "Ab -5 3" },
		{ "{{ nil ?? 'd' }} {{ false ?? 'd' }} {{ nil ?? nil ?? 'e' }} {{ nil ?? 1 + 2 }}", "d false e 3" },
		{ "{{ (nil ?? 2) > 1 }} {{ nil ?? 2 > 1 }} {{ nil ?? 'a' .. 'b' }}", "true true ab" },
		{ "{% set t = {a = {b = 1}} %}{{ t.a.b }}{{ t?.x?.y ?? '-' }}{{ t.x?.y.z ?? '-' }}{{ t.a?.b }}{{ "
		  "t?.['a'].b }}",
		  "1--11" },
		{ "{{ nothing ?? 'n' }}{{ nothing?.at.all ?? 'n' }}{{ nothing | default('n') }}", "nnn" },
	};

	(void)state;
	CHECK(rows);
}

static void tags_branch_and_loop(void **state)
{
	static const struct engine_case_row rows[] = {
		{ "{% if 1 == 2 %}a{% elseif true %}b{% else %}c{% end %}", "b" },
		{ "{% if nil %}a{% elif false %}b{% else %}c{% endif %}", "c" },
		{ "{% for x in {3,1,2} %}{{ loop.index }}{{ loop.index0 }}{{ x }}{% if loop.first %}F{% end %}{% if "
		  "loop.last %}L{% end %}/"
		  "{{ loop.length }} {% end %}",
		  "103F/3 211/3 322L/3 " },
		{ "{% for x in {} %}x{% else %}none{% endfor %}", "none" },
		{ "{% for x in {1} %}x{% else %}none{% end %}", "x" },
		{ "{% for k, v in {b = 2, a = 1, [10] = 'n', [2] = 'm'} %}{{ k }}{{ v }} {% end %}", "2m 10n a1 b2 " },
		{ "{% for i, v in {'a', 'b'} %}{{ i }}{{ v }}{% end %}", "1a2b" },
		{ "{% for x in {1,2} %}{% for y in {'a','b'} %}{{ x }}{{ y }}{{ loop.index }} {% end %}{{ loop.index "
		  "}};{% end %}",
		  "1a1 1b2 1;2a1 2b2 2;" },
		{ "{% set n = 0 %}{% for x in {1,2,3} %}{% set n = n + x %}{% set inner = x %}{% end %}{{ n }}{{ inner "
		  "?? 'gone' }}",
		  "6gone" },
		{ "{% if true %}{% set x = 1 %}{% end %}{{ x }}", "1" },
		{ "{% set x = 1 %}{% set x = x + 1 %}{{ x }}", "2" },
		{ "{% set t %}<b>{{ '<' }}</b>{% endset %}{{ t }}{{ t }}", "<b>&lt;</b><b>&lt;</b>" },
		{ "{% for x in range(3) %}{{ x }}{% end %}{% for x in range(5, 1, -2) %}{{ x }}{% end %}", "123531" },
	};

	(void)state;
	CHECK(rows);
}

static void white_space_goes_where_asked(void **state)
{
	static const struct engine_case_row rows[] = {
		{ "a  {{- 1 -}}  b", "a1b" },
		{ "a\n{%- if true -%}\n b \n{%- end -%}\n c", "abc" },
		{ "a {#- x -#} b", "ab" },
		{ "{{ -1 }}{{-1}}", "-11" },
		/* A tag alone on its line leaves no line behind. */
		{ "a\n  {% if true %}\nb\n  {% end %}  \nc\n", "a\nb\nc\n" },
		{ "a\r\n{% set x = 1 %}\r\nb", "a\r\nb" },
		{ "{# one #}\na {# two #}\n", "a \n" },
		{ "a {% if true %}\nb{% end %}\n", "a \nb\n" },
		{ "  {% raw %}\n  x\n  {% endraw %}\ny", "  x\ny" },
	};

	(void)state;
	CHECK(rows);
}

static void layouts_fill_blocks(void **state)
{
	static const struct engine_case_row rows[] = {
		{ "== a.html\n{% extends \"b.html\" %}\n{% block x %}A{{ super() }}{% end %}\n== b.html\n<{% block x "
		  "%}B{% end %}{% block y %}Y{% "
		  "endblock y %}>",
		  "<ABY>" },
		{ "== a.html\n{% extends \"b.html\" %}{% block x %}a{{ super() }}{% end %}\n== b.html\n{% extends "
		  "\"c.html\" %}{% block x "
		  "%}b{{ super() }}{% end %}\n== c.html\n[{% block x %}c{% end %}]",
		  "[abc]" },
		{ "== a.html\n{% extends \"b.html\" %}{% block y %}a{% end %}\n== b.html\n{% extends \"c.html\" %}{% "
		  "block x %}b{% end "
		  "%}\n== c.html\n{% block x %}c{% end %}{% block y %}c{% end %}",
		  "ba" },
		/* Names set at the top are seen in the blocks of the whole chain. */
		{ "== a.html\n{% extends \"b.html\" %}{% set title = \"T\" %}{% block x %}{{ title }}{{ foot }}{% end "
		  "%}\n== b.html\n{% set "
		  "foot = \"F\" %}{{ title }}{% block x %}{% end %}",
		  "TTF" },
		{ "== a.html\n{% extends \"b.html\" %}{% block x %}{{ super() | upper }}{% end %}\n== b.html\n{% block "
		  "x %}b&{% end %}",
		  "B&amp;" },
		{ "== a.html\n{% block outer %}o{% block inner %}i{% end %}{% end %}", "oi" },
		{ "== a.html\n{% extends \"b.html\" %}{% block inner %}I{% end %}\n== b.html\n{% block outer %}o{% "
		  "block inner %}i{% end %}{% "
		  "end %}",
		  "oI" },
	};

	(void)state;
	CHECK(rows);
}

static void includes_get_what_they_are_given(void **state)
{
	static const struct engine_case_row rows[] = {
		{ "== a.html\n{% set who = \"x\" %}[{% include \"b.html\" with { who = \"B\" } %}]\n== b.html\n{{ who "
		  "}}",
		  "[B]\n" },
		{ "== a.html\n{% for i in {1,2} %}{% include \"b.html\" with { n = i } %}{% end -%}\n== b.html\n{{ n "
		  "}}{% set n = n + 1 %}{{ n }},",
		  "12,23," },
		{ "== a.html\n{% set local_one = 1 %}{% include \"b.html\" -%}\n== b.html\n{{ local_one ?? \"not "
		  "seen\" }}",
		  "not seen" },
		{ "== a.html\n{% include \"b.html\" %}\n== b.html\n{% extends \"c.html\" %}{% block x %}b{% end %}\n== "
		  "c.html\n({% block x "
		  "%}{% end %})",
		  "(b)" },
	};

	(void)state;
	CHECK(rows);
}

static void components_are_called(void **state)
{
	static const struct engine_case_row rows[] = {
		{ "{% component c(a, b: int = 5, d = a) %}{{ a }}{{ b }}{{ d }};{% end %}{{ c(1) }}{{ c(a=1, b=2) }}{{ "
		  "c(1, d=3) }}",
		  "151;121;153;" },
		{ "== a.html\n{{ card(title=\"<\") }}\n== components/card.html\n{% component card(title: string) "
		  "%}<i>{{ title }}</i>{% end %}",
		  "<i>&lt;</i>\n" },
		{ "{% component c(x) %}[{{ x }}]{% end %}{{ c(c(c(1))) }}", "[[[1]]]" },
		{ "{% component c(x) %}{{ x }}{% end %}{% set s = c(\"&\") %}{{ s .. \"&\" }}", "&amp;&amp;" },
		{ "{% component f(n: int) %}{% if n > 0 %}{{ n }}{{ f(n - 1) }}{% end %}{% end %}{{ f(3) }}", "321" },
		{ "{% component a() %}A{{ b() }}{% end %}{% component b() %}B{% end %}{{ a() }}", "AB" },
	};

	(void)state;
	CHECK(rows);
}

static void scripts_define_filters_and_functions(void **state)
{
	static const struct engine_case_row rows[] = {
		{ "== a.html\n{{ 3 | grade }} {{ twice('x') }} {{ 1 | opts(a=2) }}\n== x.lua\nfilter('grade', "
		  "function(n) return "
		  "({'A','B','C'})[n] end)\nfunc('twice', function(s) return s .. s end)\nfilter('opts', function(v, "
		  "o) return v + o.a end)\n",
		  "C xx 3\n" },
		{ "== a.html\n{{ words('b a c') }}\n== x.lua\nfunc('words', function(s)\n  local t = {}\n  for w in "
		  "s:gmatch('%a+') do t[#t + 1] = w "
		  "end\n  table.sort(t)\n  return table.concat(t, ',')\nend)\n",
		  "a,b,c\n" },
		{ "== a.html\n{{ order() }}\n== x.lua\nfunc('order', function()\n  local s = ''\n  for k, v in "
		  "pairs({z=1, a=2, [3]='x', [1]='y'}) do s "
		  "= s .. tostring(k) .. tostring(v) .. ' ' end\n  return s\nend)\n",
		  "1y 3x a2 z1 \n" },
	};

	(void)state;
	CHECK(rows);
}

static void mistakes_are_found_when_loading(void **state)
{
	static const struct engine_case_row rows[] = {
		{ "{{ 1 +\n}}",
		  "template/syntax templates/main.html:2:1+2 expected an expression before the tag ends\n" },
		{ "line\n{% if x",
		  "template/unclosed templates/main.html:2:1+2 this '{%' is never closed\n  hint: end it with '%}'\n" },
		{ "a\n {{ 'x }}\nb",
		  "template/syntax templates/main.html:2:5+5 the string that begins here has no end on its line\n" },
		{ "{% if true %}\n{% for x in {} %}\n{% endif %}",
		  "template/unclosed templates/main.html:1:1+2 this '{% if %}' has no end\n  hint: close it with '{% "
		  "end %}' or '{% endif %}'\n"
		  "template/mismatched-end templates/main.html:3:4+5 'endif' cannot close 'for'\n  "
		  "templates/main.html:2:1 'for' was opened here\n" },
		{ "{% end %}",
		  "template/mismatched-end templates/main.html:1:4+3 nothing is open that 'end' could close\n" },
		{ "{% fro x in y %}", "template/unknown-tag templates/main.html:1:4+3 there is no tag 'fro'\n  hint: "
				      "did you mean 'for'?\n" },
		{ "{# never", "template/unclosed templates/main.html:1:1+2 the comment that begins here is never "
			      "closed\n  hint: end it with '#}'\n" },
		{ "é {{ a != b }}", "template/syntax templates/main.html:1:8+2 '!=' is not an operator here\n  hint: "
				    "not equal is written '~='\n" },
		{ "{{ 'x' | uper }}", "template/unknown-filter templates/main.html:1:10+4 there is no filter 'uper'\n  "
				      "hint: did you mean 'upper'?\n" },
		{ "{{ rnge(3) }}", "template/unknown-function templates/main.html:1:4+4 there is no function or "
				   "component 'rnge'\n  hint: did you mean "
				   "'range'?\n" },
		{ "{% for entity in {1} %}{{ entty }}{% end %}",
		  "template/undefined-name templates/main.html:1:27+5 'entty' is not defined\n  hint: did you mean "
		  "'entity'?\n" },
		{ "== a.html\n{% include \"bb.html\" %}{% extends \"cc.html\" %}\n== b.html\n",
		  "template/unknown-template templates/a.html:1:12+9 there is no template 'bb.html'\n  hint: did you "
		  "mean 'b.html'?\n"
		  "template/unknown-template templates/a.html:1:35+9 there is no template 'cc.html'\n  hint: did you "
		  "mean 'a.html'?\n" },
		{ "== a.html\n{% extends \"a.html\" %}",
		  "template/extends-cycle templates/a.html:1:12+8 'a.html' extends itself\n" },
		{ "== a.html\n{% include \"b.html\" %}\n== b.html\n{% include \"a.html\" %}",
		  "template/include-cycle templates/b.html:1:12+8 including 'a.html' leads back to it\n  hint: what "
		  "calls itself must be a component, "
		  "and end\n" },
		{ "== a.html\n{% extends \"b.html\" %}{% block mian %}{% end %}lost\n== b.html\n{% block main %}{% end "
		  "%}",
		  "template/unknown-block templates/a.html:1:32+4 'b.html' has no block 'mian' to replace\n  hint: did "
		  "you mean 'main'?\n"
		  "template/outside-block templates/a.html:1:48+4 this is outside of every block and would not be "
		  "shown\n  hint: a template that "
		  "extends another fills its blocks; put this into one\n" },
		{ "{% block a %}{{ super() }}{% end %}",
		  "template/no-super templates/main.html:1:17+7 no parent has a block 'a'\n" },
		{ "{% component c(a: strng, b) %}{% end %}{{ c(1, z=2) }}",
		  "template/unknown-type templates/main.html:1:16+1 there is no type 'strng'\n  hint: did you mean "
		  "'string'?\n"
		  "template/bad-argument templates/main.html:1:48+1 'c' has no parameter 'z'\n" },
		{ "{{ 1 | round(1, 2) }}{{ 'a' | replace('b') }}",
		  "template/bad-argument templates/main.html:1:17+1 'round' takes at most 1 argument\n"
		  "template/bad-argument templates/main.html:1:31+7 'replace' needs an argument for 'to'\n" },
		{ "{% set end = 1 %}", "template/syntax templates/main.html:1:8+3 'end' is a word of Lua's and cannot "
				       "be the name of a variable\n" },
		{ "{{ function() end }}", "template/syntax templates/main.html:1:4+8 expected an expression; "
					  "'function' is a word of Lua's\n  hint: write "
					  "functions in a '.lua' file beside the templates\n" },
		{ "{% for x in {} %}{{ loop.indx }}{% end %}",
		  "template/undefined-field templates/main.html:1:26+4 'loop' has no field 'indx'\n  hint: it has "
		  "index, index0, first, last and length\n" },
		{ "\xff", "template/not-utf8 templates/main.html:1:1+1 the template is not UTF-8 from here on\n" },
		{ "== a.html\nx\n== p.lua\nlocal a = = 1\n",
		  "lua/syntax plugins/p.lua:1:1+0 unexpected symbol near '='\n" },
		{ "== a.html\nx\n== p.lua\n\nos.exit()\n",
		  "template/undefined-name plugins/p.lua:2:1+0 'os' is not defined\n" },
	};

	(void)state;
	CHECK(rows);
}

static void mistakes_while_rendering_point_at_their_place(void **state)
{
	static const struct engine_case_row rows[] = {
		{ "one\n{% set t = {} %}\n  {{ 'x' }} {{ t.missing }}",
		  "template/nil templates/main.html:3:16+9 't.missing' is nil\n  hint: print something else where it "
		  "is absent: '?\?', or test it with "
		  "'if'\n  content/page.md:0:0 rendering this page\n" },
		{ "{% set a = {} %}{{ a.b.c }}", "template/nil templates/main.html:1:24+1 attempt to index a nil value "
						 "(field 'b')\n  hint: write '?.' where something may be absent\n"
						 "  content/page.md:0:0 rendering this page\n" },
		/* Fields that the hole reads itself. */
		{ "{% set a = nil %}{{ a.b }}", "template/nil templates/main.html:1:23+1 attempt to index a nil value "
						"(local 'a')\n  hint: write '?.' where something may be absent\n"
						"  content/page.md:0:0 rendering this page\n" },
		{ "{% set a = {n = 5} %}\n{{ a.n.c.d }}",
		  "template/wrong-type templates/main.html:2:8+1 attempt to index "
		  "a number value (field 'n')\n  content/page.md:0:0 rendering "
		  "this page\n" },
		{ "{{ 'ab' .. {} }}", "template/wrong-type templates/main.html:1:9+2 attempt to concatenate a table "
				      "value\n  content/page.md:0:0 rendering this page\n" },
		{ "{{ 1 + 2 }} {{ 1 < 'x' }}", "template/wrong-type templates/main.html:1:18+1 attempt to compare "
					       "number with string\n  content/page.md:0:0 rendering this page\n" },
		{ "{{ {} }}", "template/wrong-type templates/main.html:1:4+2 a table cannot be printed\n  hint: print "
			      "one of its fields, or use a filter such as "
			      "'join' or 'json'\n  content/page.md:0:0 rendering this page\n" },
		{ "{% for x in nil %}{% end %}", "template/nil templates/main.html:1:13+3 a loop needs a list, not "
						 "nil\n  hint: loop over 'list ?\? {}' where there may be none\n"
						 "  content/page.md:0:0 rendering this page\n" },
		{ "{{ nil | upper }}", "template/nil templates/main.html:1:10+5 'upper' needs text, not nil\n  hint: "
				       "give it something else where the value may be absent: "
				       "'?\?' or 'default'\n  content/page.md:0:0 rendering this page\n" },
		{ "{% set s = {} %}\n{{ s.nope() }}",
		  "template/nil templates/main.html:2:4+8 attempt to call a nil value (field 'nope')\n  "
		  "content/page.md:0:0 rendering this page\n" },
		{ "{{ ('x'):dump() }}", "lua/not-available templates/main.html:1:10+4 there is no 'string.dump' here\n "
					" hint: the sandbox leaves out what reaches beyond "
					"it\n  content/page.md:0:0 rendering this page\n" },
		/* Inside an include inside a block of a layout. */
		{ "== a.html\n{% extends \"b.html\" %}\n\n{% block x %}\n {% include \"c.html\" with { n = 1 } %}\n{% "
		  "end %}\n== b.html\n<p>\n{% block x "
		  "%}{% end %}\n== c.html\nok\n  {{ n.x.y }}\n",
		  "template/wrong-type templates/c.html:2:8+1 attempt to index a number value (field 'n')\n"
		  "  templates/a.html:4:13 included from here\n"
		  "  templates/b.html:2:10 in this block of its layout\n"
		  "  templates/a.html:1:12 extended from here\n"
		  "  content/page.md:0:0 rendering this page\n" },
		{ "== a.html\n{{ card(n='x') }}\n== components/card.html\n{% component card(n: int) %}{% end %}",
		  "template/wrong-type templates/a.html:1:4+4 the argument 'n' of 'card' must be int, not a string\n"
		  "  templates/components/card.html:1:14 declared here\n"
		  "  content/page.md:0:0 rendering this page\n" },
		{ "== a.html\n\n {{ f(2) }}\n== x.lua\nfunc('f', function(n)\n  local t\n  return t.x\nend)\n",
		  "template/nil plugins/x.lua:3:1+0 attempt to index a nil value (local 't')\n  hint: write '?.' where "
		  "something may be absent\n"
		  "  templates/a.html:2:5 called from here\n"
		  "  content/page.md:0:0 rendering this page\n" },
		{ "== a.html\n{{ f() }}\n== x.lua\nfunc('f', function() error('own words') end)\n",
		  "template/error plugins/x.lua:1:1+0 own words\n"
		  "  templates/a.html:1:4 called from here\n"
		  "  content/page.md:0:0 rendering this page\n" },
	};

	(void)state;
	CHECK(rows);
}

static void one_render_leaves_nothing_to_the_next(void **state)
{
	static const char files[] = "== a.html\n{% extends \"b.html\" %}{% set x = (x ?? 0) + 1 %}{% block m %}{{ x "
				    "}}{% end %}\n== b.html\n{% block m %}{% "
				    "end %}";
	struct engine_case c = { .renders = 3 };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_true(engine_case_run(&c, str_from(files), &out));
	assert_string_equal(out.ptr, "1");
	buf_release(&out);
}

static void a_failed_render_leaves_the_output_as_it_was(void **state)
{
	struct arena a = { 0 };
	struct diag_list dl;
	struct engine_source t[] = { { STR("bad.html"), STR("templates/bad.html"),
				       STR("text{% set x %}{{ nil }}{% end %}") },
				     { STR("good.html"), STR("templates/good.html"), STR("good") } };
	struct engine_set *set;
	struct engine *e;
	struct buf out;

	(void)state;
	diag_init(&dl, &a);
	buf_init(&out, 0);
	buf_add_z(&out, "before ");
	set = engine_load(&a, t, 2, NULL, 0, NULL, &dl);
	assert_non_null(set);
	assert_true(engine_has_template(set, STR("good.html")));
	assert_false(engine_has_template(set, STR("other.html")));
	e = engine_new(set, NULL);
	assert_false(engine_render(e, &(struct engine_job){ .template = STR("bad.html") }, &out, &dl));
	assert_string_equal(buf_str(&out).len == 7 ? "same" : "changed", "same");
	assert_true(engine_render(e, &(struct engine_job){ .template = STR("good.html") }, &out, &dl));
	assert_memory_equal(out.ptr, "before good", 11);
	assert_false(engine_render(e, &(struct engine_job){ .template = STR("other.html") }, &out, &dl));
	assert_int_equal(dl.errors, 2);
	engine_free(e);
	engine_free(NULL);
	buf_release(&out);
	arena_release(&a);
}

static void memory_does_not_grow_from_page_to_page(void **state)
{
	struct arena a = { 0 };
	struct diag_list dl;
	struct engine_source t[] = {
		{ STR("a.html"), STR("templates/a.html"),
		  STR("{% for i in range(200) %}{{ i | number(digits=1) }}{{ {i, i} | join(',') }}{% end %}") }
	};
	struct engine_set *set;
	struct engine *e;
	struct buf out;
	size_t early = 0;

	(void)state;
	diag_init(&dl, &a);
	buf_init(&out, 0);
	set = engine_load(&a, t, 1, NULL, 0, NULL, &dl);
	e = engine_new(set, NULL);
	for (int i = 0; i < 600; i++) {
		buf_clear(&out);
		assert_true(engine_render(e, &(struct engine_job){ .template = STR("a.html") }, &out, &dl));
		if (i == 200)
			early = engine_memory(e);
	}
	assert_in_range(engine_memory(e), 1, early * 6);
	engine_free(e);
	buf_release(&out);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holes_print_and_escape),
		cmocka_unit_test(expressions_are_those_of_lua),
		cmocka_unit_test(tags_branch_and_loop),
		cmocka_unit_test(white_space_goes_where_asked),
		cmocka_unit_test(layouts_fill_blocks),
		cmocka_unit_test(includes_get_what_they_are_given),
		cmocka_unit_test(components_are_called),
		cmocka_unit_test(scripts_define_filters_and_functions),
		cmocka_unit_test(mistakes_are_found_when_loading),
		cmocka_unit_test(mistakes_while_rendering_point_at_their_place),
		cmocka_unit_test(one_render_leaves_nothing_to_the_next),
		cmocka_unit_test(a_failed_render_leaves_the_output_as_it_was),
		cmocka_unit_test(memory_does_not_grow_from_page_to_page),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
