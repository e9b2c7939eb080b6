#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/diag.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const read_code = "fs/unreadable";
static const char *const write_code = "fs/unwritable";

static void check(const char *what, struct str got, const char *want)
{
	if (!str_eq(got, str_from(want)))
		fail_msg("%s: got '%.*s', want '%s'", what, STR_ARG(got), want);
}

static void codes_are_sorted_complete_slugs(void **state)
{
	size_t n;
	const struct diag_code *codes = diag_codes(&n);

	(void)state;
	assert_true(n > 0);
	for (size_t i = 0; i < n; i++) {
		struct str code = str_from(codes[i].code);
		const char *slug = "abcdefghijklmnopqrstuvwxyz0123456789-/";

		if (i && strcmp(codes[i - 1].code, codes[i].code) >= 0)
			fail_msg("%s does not sort after %s", codes[i].code, codes[i - 1].code);
		if (strspn(code.ptr, slug) != code.len || str_find_byte(code, '/') < 1)
			fail_msg("%s is no slug", codes[i].code);
		if (!*codes[i].title || strlen(codes[i].explanation) < 20)
			fail_msg("%s is not explained", codes[i].code);
		assert_ptr_equal(diag_find_code(code), &codes[i]);
	}
	assert_null(diag_find_code(STR("fs/no-such-code")));
	assert_null(diag_find_code(STR("")));
	assert_null(diag_find_code(STR("zzz/zzz")));
}

static void keeps_all_that_was_said(void **state)
{
	static const struct str keys[] = { STR_INIT("title"), STR_INIT("summary") };
	struct arena a = { 0 };
	struct diag_list dl;
	char path[] = "a.md";
	const struct diag *d;

	(void)state;
	diag_init(&dl, &a);
	diag_add(&dl, DIAG_ERROR, read_code, str_from(path), (struct pos){ 3, 7 }, "'%s' is %d", "x", 5);
	path[0] = 'z'; /* the list has its own copy */
	diag_width(&dl, 4);
	diag_hint(&dl, "try %s", "this");
	diag_suggest(&dl, STR("titel"), keys, COUNT(keys));
	diag_relate(&dl, STR("b.md"), (struct pos){ 1, 1 }, "first %s", "here");
	diag_relate(&dl, STR("c.md"), (struct pos){ 2, 1 }, "then here");
	diag_add(&dl, DIAG_WARNING, read_code, STR(""), (struct pos){ 0, 0 }, "w");
	diag_suggest(&dl, STR("nothing like it"), keys, COUNT(keys));
	diag_add(&dl, DIAG_NOTE, read_code, STR(""), (struct pos){ 0, 0 }, "n");

	assert_int_equal(dl.len, 3);
	assert_int_equal(dl.errors, 1);
	assert_int_equal(dl.warnings, 1);
	d = &dl.items[0];
	check("path", d->path, "a.md");
	check("message", d->message, "'x' is 5");
	check("hint", d->hint, "did you mean 'title'? try this");
	assert_int_equal(d->at.line * 100 + d->at.col * 10 + d->width, 374);
	check("related", d->related->message, "first here");
	check("related", d->related->next->path, "c.md");
	assert_null(d->related->next->next);
	assert_int_equal(dl.items[1].hint.len, 0);
	arena_release(&a);
}

static void shows_what_a_terminal_would_obey(void **state)
{
	static const struct {
		struct str in;
		const char *want;
	} cases[] = {
		{ STR_INIT("a\nb\tc\r"), "a\\nb\\tc\\x0d" },
		{ STR_INIT("\x1b[31mred\x7f"), "\\x1b[31mred\\x7f" },
		{ STR_INIT("bad \xff\xc3("), "bad \\xff\\xc3(" },
		{ STR_INIT("\xc2\x9b"
			   "31m"),
		  "\\u009b31m" },
		{ STR_INIT("\xe2\x80\xae"
			   "abc\xe2\x81\xa6"),
		  "\\u202eabc\\u2066" },
		{ STR_INIT("\xe4\xb8\xad \xef\xbf\xbd"), "\xe4\xb8\xad \xef\xbf\xbd" },
	};
	struct arena a = { 0 };
	struct diag_list dl;

	(void)state;
	diag_init(&dl, &a);
	for (size_t i = 0; i < COUNT(cases); i++) {
		diag_add(&dl, DIAG_ERROR, read_code, STR(""), (struct pos){ 0, 0 }, "%.*s", STR_ARG(cases[i].in));
		check("message", dl.items[i].message, cases[i].want);
	}
	arena_release(&a);
}

static const struct {
	const char *name;
	struct pos a, b; /* added in this order */
	uint32_t first;  /* line expected first */
} order[] = {
	{ "already sorted", { 1, 1 }, { 2, 1 }, 1 },
	{ "by line", { 9, 1 }, { 2, 1 }, 2 },
	{ "whole file first", { 3, 1 }, { 0, 0 }, 0 },
};

static void sorts_by_position(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(order); i++) {
		struct arena a = { 0 };
		struct diag_list dl;

		diag_init(&dl, &a);
		diag_add(&dl, DIAG_ERROR, read_code, STR("a.md"), order[i].a, "%s", "m");
		diag_add(&dl, DIAG_ERROR, read_code, STR("a.md"), order[i].b, "%s", "m");
		diag_sort(&dl);
		if (dl.items[0].at.line != order[i].first)
			fail_msg("%s", order[i].name);
		arena_release(&a);
	}
}

static void sorts_by_path_column_severity_code_arrival(void **state)
{
	static const struct {
		enum diag_severity severity;
		bool is_write;
		struct str path;
		struct pos at;
		const char *message;
	} added[] = {
		{ DIAG_ERROR, false, STR_INIT("b.md"), { 1, 1 }, "8" },
		{ DIAG_ERROR, false, STR_INIT("a.md"), { 1, 2 }, "6" },
		{ DIAG_NOTE, false, STR_INIT("a.md"), { 1, 1 }, "5" },
		{ DIAG_WARNING, false, STR_INIT("a.md"), { 1, 1 }, "4" },
		{ DIAG_ERROR, true, STR_INIT("a.md"), { 1, 1 }, "3" },
		{ DIAG_ERROR, false, STR_INIT("a.md"), { 1, 1 }, "1" },
		{ DIAG_ERROR, false, STR_INIT("a.md"), { 1, 1 }, "0: said later, so second" },
		{ DIAG_ERROR, false, STR_INIT("a.md"), { 1, 10 }, "7" },
		{ DIAG_NOTE, false, STR_INIT(""), { 0, 0 }, "0" },
	};
	static const char *const want[] = { "0", "1", "0: said later, so second", "3", "4", "5", "6", "7", "8" };
	struct arena a = { 0 };
	struct diag_list dl;

	(void)state;
	diag_init(&dl, &a);
	for (size_t i = 0; i < COUNT(added); i++)
		diag_add(&dl, added[i].severity, added[i].is_write ? write_code : read_code, added[i].path, added[i].at,
			 "%s", added[i].message);
	diag_sort(&dl);
	assert_int_equal(dl.len, COUNT(want));
	for (size_t i = 0; i < COUNT(want); i++)
		check("order", dl.items[i].message, want[i]);
	arena_release(&a);
}

static void removes_duplicates_also_when_apart(void **state)
{
	struct arena a = { 0 };
	struct diag_list dl;

	(void)state;
	diag_init(&dl, &a);
	for (int i = 0; i < 9; i++)
		diag_add(&dl, i < 6 ? DIAG_ERROR : DIAG_WARNING, read_code, STR("a.md"), (struct pos){ 1, 1 }, "%s",
			 i % 3 == 0   ? "b"
			 : i % 3 == 1 ? "a"
				      : "c");
	diag_sort(&dl);
	assert_int_equal(dl.len, 6);
	assert_int_equal(dl.errors, 3);
	assert_int_equal(dl.warnings, 3);
	check("first", dl.items[0].message, "b");
	check("second", dl.items[1].message, "a");
	check("third", dl.items[2].message, "c");
	diag_sort(&dl);
	assert_int_equal(dl.len, 6);
	arena_release(&a);
}

/* Two lists, which are gone after the merge. */
static void merges_copies(void **state)
{
	struct arena a = { 0 }, other = { 0 };
	struct diag_list dl, from;

	(void)state;
	diag_init(&dl, &a);
	diag_init(&from, &other);
	diag_add(&dl, DIAG_WARNING, read_code, STR("a.md"), (struct pos){ 1, 1 }, "one");
	diag_add(&from, DIAG_ERROR, read_code, str_format(&other, "b.%s", "md"), (struct pos){ 2, 3 }, "two");
	diag_hint(&from, "hint");
	diag_relate(&from, STR("c.md"), (struct pos){ 4, 5 }, "here");
	diag_merge(&dl, &from);
	arena_release(&other);
	assert_int_equal(dl.len, 2);
	assert_int_equal(dl.errors, 1);
	assert_int_equal(dl.warnings, 1);
	check("path", dl.items[1].path, "b.md");
	check("message", dl.items[1].message, "two");
	check("hint", dl.items[1].hint, "hint");
	check("related", dl.items[1].related->message, "here");
	assert_int_equal(dl.items[1].at.col, 3);
	diag_merge(&dl, &(struct diag_list){ .arena = &a });
	assert_int_equal(dl.len, 2);
	arena_release(&a);
}

static void a_flood_of_warnings_hides_no_error(void **state)
{
	struct arena a = { 0 }, b = { 0 };
	struct diag_list dl, into;

	(void)state;
	diag_init(&dl, &a);
	for (uint32_t i = 0; i < DIAG_LIST_MAX + 50; i++) {
		diag_add(&dl, DIAG_WARNING, read_code, STR("a.md"), (struct pos){ i + 1, 1 }, "w");
		diag_hint(&dl, "%u", i);
	}
	assert_int_equal(dl.len, DIAG_LIST_MAX);
	assert_int_equal(dl.warnings, DIAG_LIST_MAX + 50);
	assert_int_equal(dl.dropped, 50);
	/* What is said of a dropped one must not reach the one before. */
	assert_true(str_eq(dl.items[dl.len - 1].hint, STR("9999")));
	diag_width(&dl, 5);
	diag_relate(&dl, STR(""), (struct pos){ 0, 0 }, "nothing");
	diag_suggest(&dl, STR("a"), &(struct str){ "a", 1 }, 1);
	assert_int_equal(dl.items[dl.len - 1].width, 0);
	assert_null(dl.items[dl.len - 1].related);

	diag_add(&dl, DIAG_ERROR, read_code, STR("a.md"), (struct pos){ 1, 1 }, "the reason");
	assert_int_equal(dl.len, DIAG_LIST_MAX + 1);
	assert_int_equal(dl.errors, 1);

	diag_init(&into, &b);
	diag_merge(&into, &dl);
	diag_merge(&into, &dl);
	assert_int_equal(into.warnings, 2 * dl.warnings);
	assert_int_equal(into.errors, 2);
	assert_int_equal(into.len, DIAG_LIST_MAX + 2);
	assert_int_equal(into.dropped, DIAG_LIST_MAX + 2 * 50);
	diag_sort(&into);
	assert_int_equal(into.errors, 1);
	check("kept", into.items[0].message, "the reason");
	arena_release(&a);
	arena_release(&b);
}

static void promotes_warnings(void **state)
{
	struct arena a = { 0 };
	struct diag_list dl;

	(void)state;
	diag_init(&dl, &a);
	diag_add(&dl, DIAG_WARNING, read_code, STR(""), (struct pos){ 0, 0 }, "w");
	diag_add(&dl, DIAG_NOTE, read_code, STR(""), (struct pos){ 0, 0 }, "n");
	diag_add(&dl, DIAG_ERROR, read_code, STR(""), (struct pos){ 0, 0 }, "e");
	diag_promote(&dl);
	assert_int_equal(dl.errors, 2);
	assert_int_equal(dl.warnings, 0);
	assert_int_equal(dl.items[0].severity, DIAG_ERROR);
	assert_int_equal(dl.items[1].severity, DIAG_NOTE);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_sorted_complete_slugs),
		cmocka_unit_test(keeps_all_that_was_said),
		cmocka_unit_test(shows_what_a_terminal_would_obey),
		cmocka_unit_test(sorts_by_position),
		cmocka_unit_test(sorts_by_path_column_severity_code_arrival),
		cmocka_unit_test(removes_duplicates_also_when_apart),
		cmocka_unit_test(merges_copies),
		cmocka_unit_test(a_flood_of_warnings_hides_no_error),
		cmocka_unit_test(promotes_warnings),
	};

	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
