#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/str.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void check(const char *what, struct str got, const char *want)
{
	if (!str_eq(got, str_from(want)))
		fail_msg("%s: got '%.*s', want '%s'", what, STR_ARG(got), want);
}

static void cuts_within_its_bounds(void **state)
{
	struct str s = STR("abcdef");

	(void)state;
	check("middle", str_cut(s, 1, 3), "bc");
	check("beyond the end", str_cut(s, 4, 99), "ef");
	check("backwards", str_cut(s, 5, 2), "");
	check("all outside", str_cut(s, 10, 20), "");
	check("skip", str_skip(s, 4), "ef");
	check("skip too far", str_skip(s, 7), "");
	check("of nothing", str_cut(STR_NONE, 0, 5), "");
	check("from NULL", str_from(NULL), "");
}

static void trims_ascii_space_only(void **state)
{
	(void)state;
	check("both ends", str_trim(STR(" \t\r\n\v\fa b \n")), "a b");
	check("all of it", str_trim(STR(" \n ")), "");
	check("nothing", str_trim(STR_NONE), "");
	check("no-break space stays", str_trim(STR("\xc2\xa0x")), "\xc2\xa0x");
}

static void copies_end_with_nul(void **state)
{
	struct arena a = { 0 };
	struct str s = str_copy(&a, str_cut(STR("abcdef"), 1, 4));

	(void)state;
	assert_string_equal(s.ptr, "bcd");
	assert_string_equal(str_z(&a, STR_NONE), "");
	assert_int_equal(str_copy(&a, STR("a\0b")).len, 3);
	arena_release(&a);
}

static void formats_texts_of_any_length(void **state)
{
	struct arena a = { 0 };

	(void)state;
	check("short", str_format(&a, "%d-%s", 5, "x"), "5-x");
	for (int n = 250; n < 262; n++) {
		struct str s = str_format(&a, "%*d", n, 7);

		assert_int_equal(s.len, n);
		assert_int_equal(s.ptr[n - 1], '7');
		assert_int_equal(s.ptr[n], 0);
	}
	arena_release(&a);
}

static void joins_with_a_separator(void **state)
{
	struct arena a = { 0 };
	const struct str parts[] = { STR_INIT("a"), STR_INIT(""), STR_INIT("bc") };

	(void)state;
	check("three", str_join(&a, parts, 3, STR(", ")), "a, , bc");
	check("one", str_join(&a, parts, 1, STR(", ")), "a");
	check("none", str_join(&a, NULL, 0, STR(", ")), "");
	check("no separator", str_join(&a, parts, 3, STR_NONE), "abc");
	arena_release(&a);
}

static void compares_by_bytes(void **state)
{
	(void)state;
	assert_true(str_eq(STR(""), STR_NONE));
	assert_true(str_eq(STR("a\0b"), STR("a\0b")));
	assert_false(str_eq(STR("a\0b"), STR("a\0c")));
	assert_true(str_cmp(STR("a"), STR("ab")) < 0);
	assert_true(str_cmp(STR("b"), STR("ab")) > 0);
	assert_true(str_cmp(STR("a\x80"), STR("a\x7f")) > 0);
	assert_int_equal(str_cmp(STR_NONE, STR("")), 0);
	assert_true(str_eq_nocase(STR("HeLLo-[1]"), STR("hEllO-[1]")));
	assert_false(str_eq_nocase(STR("["), STR("{")));
	assert_false(str_eq_nocase(STR("a"), STR("ab")));
	assert_false(str_eq_nocase(STR("\xc3\x84"), STR("\xc3\xa4")));
}

static void finds_what_is_there(void **state)
{
	struct str s = STR("one, two, three");

	(void)state;
	assert_true(str_starts(s, STR("one")));
	assert_false(str_starts(s, STR("one, two, three, four")));
	assert_true(str_starts(s, STR("")));
	assert_true(str_ends(s, STR("three")));
	assert_false(str_ends(s, STR("two")));
	assert_true(str_ends(STR_NONE, STR_NONE));
	assert_int_equal(str_find(s, STR("two")), 5);
	assert_int_equal(str_find(s, STR("four")), -1);
	assert_int_equal(str_find(s, STR("")), 0);
	assert_int_equal(str_find(STR_NONE, STR("x")), -1);
	assert_true(str_contains(s, STR(", t")));
	assert_int_equal(str_find_byte(s, ','), 3);
	assert_int_equal(str_rfind_byte(s, ','), 8);
	assert_int_equal(str_find_byte(s, 'z'), -1);
	assert_int_equal(str_rfind_byte(s, 'z'), -1);
	assert_int_equal(str_rfind_byte(s, 'o'), 7);
	assert_int_equal(str_rfind_byte(STR_NONE, 'o'), -1);
	assert_int_equal(str_find_byte(STR_NONE, 'o'), -1);
}

static void splits_every_part_also_empty_ones(void **state)
{
	static const struct {
		struct str text;
		const char *parts[5];
	} cases[] = {
		{ STR_INIT("a.b.c"), { "a", "b", "c" } },
		{ STR_INIT("a..b"), { "a", "", "b" } },
		{ STR_INIT(".a."), { "", "a", "" } },
		{ STR_INIT("abc"), { "abc" } },
		{ STR_INIT(""), { "" } },
		{ { NULL, 0 }, { NULL } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str rest = cases[i].text, part;
		size_t n = 0;

		while (str_next(&rest, '.', &part)) {
			assert_non_null(cases[i].parts[n]);
			check("part", part, cases[i].parts[n++]);
		}
		assert_null(cases[i].parts[n]);
	}
}

static void hashes_equal_texts_equally(void **state)
{
	(void)state;
	/* From the reference implementation's own test vectors: XXH3 of nothing, seed 0. */
	assert_true(str_hash(STR("")) == UINT64_C(0x2d06800538d394c2));
	assert_true(str_hash(STR_NONE) == str_hash(STR("")));
	assert_true(str_hash(STR("abc")) == str_hash(str_cut(STR("xabcx"), 1, 4)));
	assert_true(str_hash(STR("abc")) != str_hash(STR("abd")));
}

static void reads_integers_to_the_limit(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		int64_t want;
	} cases[] = {
		{ "0", true, 0 },
		{ "-0", true, 0 },
		{ "+17", true, 17 },
		{ "007", true, 7 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "-9223372036854775808", true, INT64_MIN },
		{ "9223372036854775808", false, 0 },
		{ "-9223372036854775809", false, 0 },
		{ "18446744073709551616", false, 0 },
		{ "99999999999999999999999", false, 0 },
		{ "", false, 0 },
		{ "-", false, 0 },
		{ "+-1", false, 0 },
		{ " 1", false, 0 },
		{ "1 ", false, 0 },
		{ "1.0", false, 0 },
		{ "0x10", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t got = 0;
		bool ok = str_to_i64(str_from(cases[i].text), &got);

		if (ok != cases[i].ok || got != cases[i].want)
			fail_msg("'%s': %d, %lld", cases[i].text, ok, (long long)got);
	}
}

static void reads_decimal_numbers(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		double want;
	} cases[] = {
		{ "0", true, 0 },
		{ "1", true, 1 },
		{ "-1.5e3", true, -1500 },
		{ ".5", true, 0.5 },
		{ "5.", true, 5 },
		{ "1E+2", true, 100 },
		{ "+0.1", true, 0.1 },
		{ "0.30000000000000004", true, 0.30000000000000004 },
		{ "9007199254740993", true, 9007199254740992.0 },
		{ "1e23", true, 1e23 },
		{ "8.5e22", true, 8.5e22 },
		{ "123456789012345678901234567890", true, 123456789012345678901234567890.0 },
		{ "1.7976931348623157e308", true, DBL_MAX },
		{ "1.7976931348623159e308", false, 0 },
		{ "1e309", false, 0 },
		{ "1e99999999999999999999", false, 0 },
		{ "0e99999999999999999999", true, 0 },
		{ "5e-324", true, 5e-324 },
		{ "1e-400", true, 0 },
		{ "1e-99999999999999999999", true, 0 },
		{ "000000000000000000000000000001.5", true, 1.5 },
		{ "0.000000000000000000000000000000000000000015e41", true, 1.5 },
		{ "", false, 0 },
		{ ".", false, 0 },
		{ "-", false, 0 },
		{ "e5", false, 0 },
		{ "1e", false, 0 },
		{ "1e+", false, 0 },
		{ "1.2.3", false, 0 },
		{ "1,5", false, 0 },
		{ "0x1p3", false, 0 },
		{ "inf", false, 0 },
		{ "nan", false, 0 },
		{ " 1", false, 0 },
		{ "1 ", false, 0 },
		{ "1_000", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		double got = 0;
		bool ok = str_to_double(str_from(cases[i].text), &got);

		if (ok != cases[i].ok || got != cases[i].want)
			fail_msg("'%s': %d, %.17g", cases[i].text, ok, got);
	}
}

static void keeps_the_sign_of_zero(void **state)
{
	double d = 1;

	(void)state;
	assert_true(str_to_double(STR("-0.0"), &d));
	assert_true(d == 0 && signbit(d));
}

/* Exactly between two doubles, told apart only by a digit far to the right. */
static void rounds_by_digits_far_to_the_right(void **state)
{
	struct arena a = { 0 };
	char *z = arena_alloc(&a, 1100, 1, 1);
	double d;

	(void)state;
	memset(z, '0', 1100);
	memcpy(z, "9007199254740993.", 17);
	assert_true(str_to_double((struct str){ z, 1100 }, &d));
	assert_true(d == 9007199254740992.0);
	z[1099] = '1';
	assert_true(str_to_double((struct str){ z, 1100 }, &d));
	assert_true(d == 9007199254740994.0);
	arena_release(&a);
}

/* The C library is the judge; tests run in the C locale, where its point is ours. */
static void reads_doubles_as_the_c_library_does(void **state)
{
	uint64_t random = 88172645463325252u;
	char text[64];

	(void)state;
	for (int i = 0; i < 200000; i++) {
		double d, want;
		int n;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		memcpy(&d, &random, sizeof(d));
		if (!isfinite(d))
			continue;
		if (i & 1)
			d = (double)(int64_t)(random >> 40) / 1000;
		n = snprintf(text, sizeof(text), i & 2 ? "%.17g" : "%.9e", d);
		want = strtod(text, NULL);
		if (!str_to_double((struct str){ text, (size_t)n }, &d) || d != want)
			fail_msg("%s: %.17g instead of %.17g", text, d, want);
	}
}

static void suggests_what_is_near(void **state)
{
	static const struct str keys[] = {
		STR_INIT("title"),    STR_INIT("aliases"),
		STR_INIT("summary"),  STR_INIT("date"),
		STR_INIT("updated"),  STR_INIT("draft"),
		STR_INIT("DeepSeek"), STR_INIT("\xe6\xb8\x85\xe5\x8d\x8e\xe5\xa4\xa7\xe5\xad\xa6"),
	};
	static const struct {
		const char *word, *want;
	} cases[] = {
		{ "tilte", "title" },
		{ "titel", "title" },
		{ "alias", "aliases" },
		{ "sumary", "summary" },
		{ "summmary", "summary" },
		{ "TITLE", "title" },
		{ "deepseek", "DeepSeek" },
		{ "DeepSeak", "DeepSeek" },
		{ "dat", "date" },
		{ "xyz", "" },
		{ "da", "" },
		{ "updates", "updated" },
		{ "something else", "" },
		{ "", "" },
		/* One character of four differs: three bytes of twelve, but the distance counts characters. */
		{ "\xe5\x8c\x97\xe5\x8d\x8e\xe5\xa4\xa7\xe5\xad\xa6",
		  "\xe6\xb8\x85\xe5\x8d\x8e\xe5\xa4\xa7\xe5\xad\xa6" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check(cases[i].word, str_nearest(str_from(cases[i].word), keys, COUNT(keys)), cases[i].want);
	check("no candidates", str_nearest(STR("x"), NULL, 0), "");
}

static void suggests_the_nearest_then_the_first(void **state)
{
	static const struct str far_first[] = { STR_INIT("kitchens"), STR_INIT("kitten"), STR_INIT("mitten") };
	static const struct str equal[] = { STR_INIT("mitten"), STR_INIT("kitten") };

	(void)state;
	check("nearest", str_nearest(STR("kittens"), far_first, 3), "kitten");
	check("first", str_nearest(STR("bitten"), equal, 2), "mitten");
}

static void suggests_nothing_for_endless_words(void **state)
{
	struct arena a = { 0 };
	char *z = arena_alloc(&a, 100000, 1, 1);
	struct str word = { z, 100000 };

	(void)state;
	memset(z, 'a', 100000);
	assert_int_equal(str_nearest(word, &word, 1).len, 0);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_within_its_bounds),
		cmocka_unit_test(trims_ascii_space_only),
		cmocka_unit_test(copies_end_with_nul),
		cmocka_unit_test(formats_texts_of_any_length),
		cmocka_unit_test(joins_with_a_separator),
		cmocka_unit_test(compares_by_bytes),
		cmocka_unit_test(finds_what_is_there),
		cmocka_unit_test(splits_every_part_also_empty_ones),
		cmocka_unit_test(hashes_equal_texts_equally),
		cmocka_unit_test(reads_integers_to_the_limit),
		cmocka_unit_test(reads_decimal_numbers),
		cmocka_unit_test(keeps_the_sign_of_zero),
		cmocka_unit_test(rounds_by_digits_far_to_the_right),
		cmocka_unit_test(reads_doubles_as_the_c_library_does),
		cmocka_unit_test(suggests_what_is_near),
		cmocka_unit_test(suggests_the_nearest_then_the_first),
		cmocka_unit_test(suggests_nothing_for_endless_words),
	};

	return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
