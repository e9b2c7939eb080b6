#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fs.h"
#include "engine_case.h"
#include "lua/stdlib.h"

#define MANUAL "docs/reference/templates-language.md"

/* The text of a fenced block that begins at `rest`; false when there is none of this kind. */
static bool next_block(struct str *rest, const char *kind, struct str *text)
{
	struct arena a = { 0 };
	struct str fence = str_format(&a, "\n```%s\n", kind);
	ptrdiff_t at = str_find(*rest, fence), end;

	if (at >= 0)
		*rest = str_skip(*rest, (size_t)at + fence.len);
	arena_release(&a);
	if (at < 0)
		return false;
	end = str_find(*rest, STR("\n```\n"));
	assert_true(end >= 0 || str_starts(*rest, STR("```\n")));
	*text = end < 0 ? STR_NONE : str_cut(*rest, 0, (size_t)end + 1);
	*rest = str_skip(*rest, end < 0 ? 0 : (size_t)end);
	return true;
}

static void every_example_of_the_manual_is_true(void **state)
{
	struct arena a = { 0 };
	struct diag_list dl;
	struct str manual, rest, source, expected;
	size_t n = 0, failures = 0;

	(void)state;
	diag_init(&dl, &a);
	assert_true(fs_read(&a, STR(MANUAL), (size_t)1 << 20, &manual, &dl));
	rest = manual;
	while (next_block(&rest, "template", &source)) {
		struct engine_case c = { 0 };
		struct buf out;
		bool is_error = str_starts(str_skip(rest, 5), STR("```error"));

		buf_init(&out, 0);
		assert_true(next_block(&rest, is_error ? "error" : "output", &expected));
		engine_case_run(&c, source, &out);
		/* What an editor does to the end of a block's last line is no matter. */
		if (!str_eq(str_trim(buf_str(&out)), str_trim(expected))) {
			print_error("%.*s\ngives\n%s\nnot\n%.*s\n", STR_ARG(source), out.ptr, STR_ARG(expected));
			failures++;
		}
		buf_release(&out);
		n++;
	}
	assert_int_equal(failures, 0);
	assert_in_range(n, 18, 1000);
	arena_release(&a);
}

static void every_filter_and_function_has_an_example(void **state)
{
	struct arena a = { 0 };
	struct diag_list dl;
	struct str manual;
	const struct state_function *list;
	size_t n;

	(void)state;
	diag_init(&dl, &a);
	assert_true(fs_read(&a, STR(MANUAL), (size_t)1 << 20, &manual, &dl));
	list = stdlib_filters(&n);
	for (size_t i = 0; i < n; i++) {
		if (!str_contains(manual, str_format(&a, "| %s", list[i].name)))
			fail_msg("the manual has no example of the filter %s", list[i].name);
		if (i > 0)
			assert_true(strcmp(list[i - 1].name, list[i].name) < 0);
		assert_true(list[i].doc && *list[i].doc);
	}
	list = stdlib_functions(&n);
	for (size_t i = 0; i < n; i++)
		if (!str_contains(manual, str_format(&a, "%s(", list[i].name)))
			fail_msg("the manual has no example of the function %s", list[i].name);
	arena_release(&a);
}

static const struct {
	const char *expression, *expected; /* of errors a part of the message */
} rows[] = {
	{ "'' | upper", "" },
	{ "5 | upper", "5" },
	{ "('<' | escape) | length", "4" },
	{ "'x' | default('y')", "x" },
	{ "false | default('y')", "false" },
	{ "{} | default('y', empty = true)", "y" },
	{ "-0.4 | number(digits = 0)", "0" },
	{ "999.995 | number(digits = 2)", "1,000.00" },
	{ "123 | number", "123" },
	{ "'1234' | number", "1,234" },
	{ "'x' | number", "'number' needs a number, not a string" },
	{ "1e300 | number", "1e300" },
	{ "1 | number(digits = 1.5)", "takes a whole number" },
	{ "-2.5 | round", "-2" },
	{ "(1/0) | round", "inf" },
	{ "#'abc' | pluralize('letter')", "letters" },
	{ "not nil | default(1)", "false" },
	{ "'abc' | truncate(3)", "abc" },
	{ "'abcd' | truncate(3)", "abc…" },
	{ "'a b' | truncate(0)", "…" },
	{ "'中文字符' | truncate(2, '')", "中文" },
	{ "'' | split | length", "1" },
	{ "'a b' | split('')", "needs a separator" },
	{ "'aaa' | replace('a', 'aa')", "aaaaaa" },
	{ "'a' | replace('', 'b')", "needs something to look for" },
	{ "'31-02-2026' | date", "is not a date" },
	{ "'2026-02-30' | date", "is not a date" },
	{ "{} | first", "is nil" },
	{ "{} | sum", "0" },
	{ "{} | max", "is nil" },
	{ "{1, 'a', 2} | sort_by | join(' ')", "1 2 a" },
	{ "{3, 1, 2} | sort_by(descending = true) | join(' ')", "3 2 1" },
	{ "{{a = 2}, {}, {a = 1}} | sort_by('a', descending = true) | map('a') | join(' ')", "2 1" },
	{ "{1, 2} | sum('x')", "a number has no field 'x'" },
	{ "{{a = {b = 1}}, {a = {b = 2}}} | map('a.b') | join('+')", "1+2" },
	{ "{'<', '<' | escape} | join('&')", "&lt;&amp;&lt;" },
	{ "{{}} | join", "'join' cannot print a table" },
	{ "{1, 2, 3} | limit(0) | length", "0" },
	{ "{1, 2, 3} | limit(5, offset = 2) | join", "3" },
	{ "{1, 2} | limit(-1)", "takes numbers from 0" },
	{ "5 | length", "'length' needs a list, not a number" },
	{ "{a = 1} | length", "1" },
	{ "{{k = 1, v = 'a'}, {k = 2, v = 'b'}, {k = 1, v = 'c'}} | group_by('k') | map('key') | join(' ')", "1 2" },
	{ "{1, 1.0, '1'} | unique | length", "2" },
	{ "{a = 1} | contains('a')", "true" },
	{ "{'a'} | contains('b')", "false" },
	{ "{{1, 2}, {x = '\"'}} | json", "[[1,2],{&quot;x&quot;:&quot;\\&quot;&quot;}]" },
	{ "{f = string.len} | json", "has no JSON form" },
	{ "nil | json", "null" },
	{ "(1/0) | json", "has no JSON form" },
	{ "range(0) | length", "0" },
	{ "range(1, 5, 0)", "a step that is not 0" },
	{ "range(1e9)", "takes a whole number" },
	{ "range(3, 1) | length", "0" },
	{ "'é' | url_encode", "%C3%A9" },
	{ "'%d' | format(3)", "3" },
	{ "'%s' | format({})", "table" },
	{ "{b = 1, [1] = 2} | keys | join", "1b" },
};

static void filters_meet_their_edges(void **state)
{
	size_t failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct engine_case c = { 0 };
		struct arena a = { 0 };
		struct buf out;
		bool ok;

		buf_init(&out, 0);
		ok = engine_case_run(&c, str_format(&a, "{{ %s }}", rows[i].expression), &out);
		if (ok ? strcmp(out.ptr, rows[i].expected) != 0 : !strstr(out.ptr, rows[i].expected)) {
			print_error("%s gives\n%s\nnot\n%s\n", rows[i].expression, out.ptr, rows[i].expected);
			failures++;
		}
		buf_release(&out);
		arena_release(&a);
	}
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_example_of_the_manual_is_true),
		cmocka_unit_test(every_filter_and_function_has_an_example),
		cmocka_unit_test(filters_meet_their_edges),
	};

	return cmocka_run_group_tests_name("stdlib", tests, NULL, NULL);
}
