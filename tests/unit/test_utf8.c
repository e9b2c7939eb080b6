#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LAST 0x10ffff

static bool is_surrogate(uint32_t cp)
{
	return cp >= 0xd800 && cp <= 0xdfff;
}

static void check(const char *what, struct str got, const char *want)
{
	if (!str_eq(got, str_from(want)))
		fail_msg("%s: got '%.*s', want '%s'", what, STR_ARG(got), want);
}

struct pair {
	const char *in, *want;
};

static void check_pairs(const struct pair *cases, size_t n, struct str (*fn)(struct arena *a, struct str s))
{
	struct arena a = { 0 };

	for (size_t i = 0; i < n; i++)
		check(cases[i].in, fn(&a, str_from(cases[i].in)), cases[i].want);
	assert_int_equal(fn(&a, STR_NONE).len, 0);
	/* Bytes that are no UTF-8 must come through any of them. */
	assert_true(fn(&a, STR("\xff\xc3(\xed\xa0\x80 \xf0\x9f")).len < 100);
	arena_release(&a);
}

static void every_code_point_survives(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (uint32_t cp = 0; cp <= LAST; cp++) {
		size_t next, start;

		if (is_surrogate(cp))
			continue;
		buf_clear(&b);
		buf_add_char(&b, 'x');
		utf8_encode(&b, cp);
		if (utf8_decode(buf_str(&b), 1, &next) != cp || next != b.len)
			fail_msg("U+%04X does not decode", (unsigned)cp);
		if (utf8_decode_back(buf_str(&b), b.len, &start) != cp || start != 1)
			fail_msg("U+%04X does not decode backwards", (unsigned)cp);
		if (utf8_check(buf_str(&b)) != b.len)
			fail_msg("U+%04X is refused", (unsigned)cp);
		/* Cut short it is no longer valid. */
		if (cp >= 0x80 && utf8_check(str_cut(buf_str(&b), 0, b.len - 1)) != 1)
			fail_msg("U+%04X is accepted without its last byte", (unsigned)cp);
	}
	buf_clear(&b);
	utf8_encode(&b, 0xd800);
	utf8_encode(&b, 0x110000);
	utf8_encode(&b, UINT32_MAX);
	check("no code points", buf_str(&b), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	buf_release(&b);
}

/* From the definition: bits by the lead byte, then shortest form and range. */
static size_t valid_length(const unsigned char *p, size_t n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0;
	uint32_t cp = len > 1 ? p[0] & (0x7fu >> len) : p[0];

	if (!len || len > n)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		cp = cp << 6 | (p[i] & 0x3fu);
	}
	return cp < least[len] || cp > LAST || is_surrogate(cp) ? 0 : len;
}

static void knows_every_short_sequence(void **state)
{
	unsigned char p[4];

	(void)state;
	for (uint32_t n = 0; n < 0x1000000; n++) {
		struct str s = { (const char *)p, 4 };
		size_t want, next;

		p[0] = (unsigned char)(n >> 16);
		p[1] = (unsigned char)(n >> 8);
		p[2] = (unsigned char)n;
		p[3] = (unsigned char)(n * 2654435761u >> 24);
		/* Three bytes decide everything but the last of four; leads of ASCII need no more than one round. */
		if (p[0] < 0x80 && (p[1] || p[2]))
			continue;
		want = valid_length(p, 4);
		if ((utf8_check(s) > 0) != (want > 0) || (want && utf8_check(s) < want))
			fail_msg("%02x %02x %02x %02x", p[0], p[1], p[2], p[3]);
		utf8_decode(s, 0, &next);
		if (next != (want ? want : 1))
			fail_msg("%02x %02x %02x %02x: %zu bytes", p[0], p[1], p[2], p[3], next);
	}
}

static void finds_the_first_bad_byte_at_any_place(void **state)
{
	char z[100];

	(void)state;
	for (size_t len = 0; len <= sizeof(z); len++) {
		memset(z, 'a', sizeof(z));
		assert_int_equal(utf8_check((struct str){ z, len }), len);
		assert_int_equal(utf8_length((struct str){ z, len }), len);
		for (size_t bad = 0; bad < len; bad++) {
			z[bad] = (char)0xff;
			assert_int_equal(utf8_check((struct str){ z, len }), bad);
			assert_int_equal(utf8_length((struct str){ z, len }), len);
			z[bad] = 'a';
		}
	}
	assert_int_equal(utf8_check(STR_NONE), 0);
	assert_int_equal(utf8_check(STR("a\0b")), 3);
}

static void decodes_backwards_over_bad_bytes(void **state)
{
	static const struct {
		struct str s;
		uint32_t cp;
		size_t start;
	} cases[] = {
		{ STR_INIT("a"), 'a', 0 },
		{ STR_INIT("a\xc3\xa4"), 0xe4, 1 },
		{ STR_INIT("\xa4"), 0xfffd, 0 },
		{ STR_INIT("a\xa4"), 0xfffd, 1 },
		{ STR_INIT("\xc3\xa4\xa4"), 0xfffd, 2 },
		{ STR_INIT("\xe4\xb8"), 0xfffd, 1 },
		{ STR_INIT("\x80\x80\x80\x80\x80"), 0xfffd, 4 },
		{ STR_INIT("\xf0\x9f\x98\x80"), 0x1f600, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t start;
		uint32_t cp = utf8_decode_back(cases[i].s, cases[i].s.len, &start);

		if (cp != cases[i].cp || start != cases[i].start)
			fail_msg("case %zu: U+%04X at %zu", i, (unsigned)cp, start);
	}
}

static void counts_code_points(void **state)
{
	(void)state;
	assert_int_equal(utf8_length(STR("")), 0);
	assert_int_equal(utf8_length(STR("Z\xc3\xbcrich")), 6);
	assert_int_equal(
		utf8_length(STR("\xe4\xb8\xad\xe5\x9b\xbd and forty more bytes of plain text, then \xe4\xb8\xad")), 45);
	assert_int_equal(utf8_length(STR("\xff\xff\xc3")), 3);
}

static void truncates_between_graphemes(void **state)
{
	static const struct {
		const char *in;
		size_t n;
		const char *want;
	} cases[] = {
		{ "abc", 5, "abc" },
		{ "abc", 3, "abc" },
		{ "abc", 2, "ab" },
		{ "abc", 0, "" },
		{ "\xe4\xb8\xad\xe5\x9b\xbd", 1, "\xe4\xb8\xad" },
		{ "\xe4\xb8\xad\xe5\x9b\xbd", 2, "\xe4\xb8\xad\xe5\x9b\xbd" },
		{ "xe\xcc\x81y", 2, "x" }, /* e and an accent are one */
		{ "xe\xcc\x81y", 3, "xe\xcc\x81" },
		{ "e\xcc\x81", 1, "" },
		{ "a\r\nb", 2, "a" },
		/* Two flags, four regional indicators: cut between flags only. */
		{ "\xf0\x9f\x87\xa8\xf0\x9f\x87\xb3\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa", 3,
		  "\xf0\x9f\x87\xa8\xf0\x9f\x87\xb3" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check(cases[i].in, utf8_truncate(str_from(cases[i].in), cases[i].n), cases[i].want);
}

static void classifies_code_points(void **state)
{
	static const struct {
		uint32_t cp;
		unsigned want;
	} cases[] = {
		{ 'a', UTF8_LETTER | UTF8_LOWER | UTF8_WORD },
		{ 'Z', UTF8_LETTER | UTF8_UPPER | UTF8_WORD },
		{ '5', UTF8_DIGIT | UTF8_WORD },
		{ '_', UTF8_CONNECTOR | UTF8_WORD },
		{ ' ', UTF8_SPACE },
		{ '\v', UTF8_SPACE },
		{ '-', 0 },
		{ '@', 0 },
		{ '[', 0 },
		{ '`', 0 },
		{ '{', 0 },
		{ 0, 0 },
		{ 0x7f, 0 },
		{ 0x85, UTF8_SPACE },
		{ 0xa0, UTF8_SPACE },
		{ 0xbd, UTF8_WORD }, /* a half */
		{ 0xc4, UTF8_LETTER | UTF8_UPPER | UTF8_WORD },
		{ 0xdf, UTF8_LETTER | UTF8_LOWER | UTF8_WORD },
		{ 0xd7, 0 },
		{ 0x301, UTF8_MARK | UTF8_WORD },
		{ 0x203f, UTF8_CONNECTOR | UTF8_WORD },
		{ 0x2028, UTF8_SPACE },
		{ 0x2160, UTF8_WORD }, /* Roman numeral one */
		{ 0x3000, UTF8_SPACE },
		{ 0x3001, 0 },
		{ 0x4e2d, UTF8_LETTER | UTF8_WORD },
		{ 0x9fff, UTF8_LETTER | UTF8_WORD },
		{ 0xac00, UTF8_LETTER | UTF8_WORD },
		{ 0xff11, UTF8_DIGIT | UTF8_WORD },
		{ 0x1f600, 0 },
		{ 0xfffd, 0 },
		{ 0x110000, 0 },
		{ UINT32_MAX, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (utf8_class(cases[i].cp) != cases[i].want)
			fail_msg("U+%04X: %#x", (unsigned)cases[i].cp, utf8_class(cases[i].cp));
	assert_true(utf8_is_letter('x') && utf8_is_digit('0') && utf8_is_word('_') && utf8_is_upper('X'));
	assert_true(utf8_is_lower('x') && utf8_is_space('\t'));
	assert_false(utf8_is_letter('0') || utf8_is_digit('x') || utf8_is_word('.') || utf8_is_upper('x'));
	assert_false(utf8_is_lower('X') || utf8_is_space('x'));
}

/* Han, kana, bopomofo and hangul are letters or marks; nothing is CJK and Latin at once. */
static void scripts_do_not_overlap(void **state)
{
	static const uint32_t cjk[] = { 0x4e2d, 0x3400, 0x3042,  0x30a2, 0xff71, 0x3105,
					0xac00, 0x1100, 0x20000, 0xf900, 0x3005, 0x3007 };
	static const uint32_t not_cjk[] = { 'a', 0xff21, 0x3001, 0x3002, 0x300c, 0xff0c, 0x30fb, 0x3000, 0x410, 0xe01 };
	static const uint32_t latin[] = { 'a', 'Z', 0xe4, 0xdf, 0x142, 0x1ea1, 0xff21, 0xfb01 };
	static const uint32_t not_latin[] = { '0', '_', 0xd7, 0xf7, 0x3b1, 0x430, 0x4e2d, 0x301 };

	(void)state;
	for (size_t i = 0; i < COUNT(cjk); i++)
		assert_true(utf8_is_cjk(cjk[i]));
	for (size_t i = 0; i < COUNT(not_cjk); i++)
		assert_false(utf8_is_cjk(not_cjk[i]));
	for (size_t i = 0; i < COUNT(latin); i++)
		assert_true(utf8_is_latin(latin[i]));
	for (size_t i = 0; i < COUNT(not_latin); i++)
		assert_false(utf8_is_latin(not_latin[i]));
	for (uint32_t cp = 0; cp <= LAST; cp++)
		assert_false(utf8_is_cjk(cp) && utf8_is_latin(cp));
}

static void folds_case(void **state)
{
	static const struct {
		uint32_t cp, want;
	} cases[] = {
		{ 'A', 'a' },         { 'a', 'a' },           { '[', '[' },       { 0xc4, 0xe4 },   { 0xdf, 0xdf },
		{ 0x1e9e, 0xdf },     { 0x3a3, 0x3c3 },       { 0x3c2, 0x3c3 },   { 0x130, 0x130 }, { 0x131, 0x131 },
		{ 0x410, 0x430 },     { 0x4e2d, 0x4e2d },     { 0xff21, 0xff41 }, { 0x212a, 'k' },  { 0x17f, 's' },
		{ 0x10400, 0x10428 }, { 0x110000, 0x110000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (utf8_fold(cases[i].cp) != cases[i].want)
			fail_msg("U+%04X folds to U+%04X", (unsigned)cases[i].cp, (unsigned)utf8_fold(cases[i].cp));
	for (uint32_t cp = 0; cp <= LAST; cp++) {
		uint32_t folded = utf8_fold(cp);

		if (utf8_fold(folded) != folded)
			fail_msg("U+%04X folds twice", (unsigned)cp);
		if (utf8_is_upper(cp) && cp < 0x250 && cp != 0x130 && folded == cp)
			fail_msg("U+%04X is upper case and does not fold", (unsigned)cp);
	}
	assert_int_equal(utf8_upper('a'), 'A');
	assert_int_equal(utf8_upper('{'), '{');
	assert_int_equal(utf8_upper(0xe4), 0xc4);
	assert_int_equal(utf8_upper(0x4e2d), 0x4e2d);
}

static void changes_case_of_texts(void **state)
{
	static const struct pair lower[] = {
		{ "DeepSeek R1", "deepseek r1" },
		{ "Z\xc3\x9cRICH", "z\xc3\xbcrich" },
		{ "\xe4\xb8\xad", "\xe4\xb8\xad" },
	};
	static const struct pair upper[] = {
		{ "DeepSeek r1", "DEEPSEEK R1" },
		{ "stra\xc3\x9f"
		  "e",
		  "STRASSE" },
		{ "z\xc3\xbcrich", "Z\xc3\x9cRICH" },
	};

	(void)state;
	check_pairs(lower, COUNT(lower), utf8_lower);
	check_pairs(upper, COUNT(upper), utf8_to_upper);
}

static void composes(void **state)
{
	static const struct pair cases[] = {
		{ "plain", "plain" },
		{ "Zu\xcc\x88rich", "Z\xc3\xbcrich" },
		{ "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c" }, /* hangul jamo */
		{ "\xed\x95\x98\xe1\x86\xab", "\xed\x95\x9c" },             /* a syllable and a jamo */
		{ "\xe3\x81\x8b\xe3\x82\x99", "\xe3\x81\x8c" },             /* kana and its mark */
		{ "\xef\xa4\x80", "\xe8\xb1\x88" },                         /* a compatibility ideograph */
		{ "\xe2\x84\xab", "\xc3\x85" },                             /* angstrom sign */
		{ "a\xcc\x81\xcc\xa3", "\xe1\xba\xa1\xcc\x81" },            /* marks in the wrong order */
		{ "\xe4\xb8\xad\xe6\x96\x87\xef\xbc\x8c\xe3\x80\x8c",
		  "\xe4\xb8\xad\xe6\x96\x87\xef\xbc\x8c\xe3\x80\x8c" },
		{ "\xef\xac\x81", "\xef\xac\x81" }, /* ligatures stay */
	};
	struct arena a = { 0 };
	struct str s = STR("already \xc3\xbc normal \xe4\xb8\xad"), odd = STR("\xe0\xb8\x81\xe0\xb8\xb3");

	(void)state;
	check_pairs(cases, COUNT(cases), utf8_nfc);
	assert_ptr_equal(utf8_nfc(&a, s).ptr, s.ptr);
	assert_ptr_equal(utf8_nfc(&a, odd).ptr, odd.ptr);
	arena_release(&a);
}

/* The quick way and the thorough one must agree: a text that is not normal at its end forces the latter. */
static void quick_and_thorough_composition_agree(void **state)
{
	struct arena a = { 0 };
	struct buf b = { 0 };

	(void)state;
	for (uint32_t cp = 0x80; cp <= 0x1ffff; cp++) {
		struct str quick, thorough;

		buf_clear(&b);
		buf_add(&b, STR("\xe1\x84\x92 \xed\x95\x98 e"));
		utf8_encode(&b, is_surrogate(cp) ? 0xfffd : cp);
		buf_add_char(&b, ' ');
		quick = utf8_nfc(&a, str_skip(buf_copy(&b, &a), 4));
		buf_add(&b, STR("\xe2\x84\xab"));
		thorough = utf8_nfc(&a, str_skip(buf_copy(&b, &a), 4));
		if (!str_eq(str_cut(thorough, 0, thorough.len - 2), quick))
			fail_msg("U+%04X", (unsigned)cp);
		arena_reset(&a);
	}
	buf_release(&b);
	arena_release(&a);
}

static void names_compare_by_their_key(void **state)
{
	static const struct pair cases[] = {
		{ "DeepSeek", "deepseek" },
		{ "\xef\xbc\xa4\xef\xbd\x85\xef\xbd\x85\xef\xbd\x90", "deep" }, /* full width */
		{ "STRASSE", "strasse" },
		{ "Stra\xc3\x9f"
		  "e",
		  "strasse" },
		{ "Zu\xcc\x88rich", "z\xc3\xbcrich" },
		{ "\xef\xac\x81ne", "fine" },
		{ "co\xc2\xad"
		  "op",
		  "coop" }, /* soft hyphen */
		{ "\xe6\xb8\x85\xe5\x8d\x8e", "\xe6\xb8\x85\xe5\x8d\x8e" },
		{ "a  b", "a  b" },
	};
	struct arena a = { 0 };
	struct buf b = { 0 };

	(void)state;
	check_pairs(cases, COUNT(cases), utf8_fold_key);
	for (uint32_t cp = 0; cp < 0x30000; cp++) {
		struct str once, twice;

		if (is_surrogate(cp))
			continue;
		buf_clear(&b);
		utf8_encode(&b, cp);
		once = utf8_fold_key(&a, buf_str(&b));
		twice = utf8_fold_key(&a, once);
		if (!str_eq(once, twice))
			fail_msg("U+%04X has two keys", (unsigned)cp);
		arena_reset(&a);
	}
	buf_release(&b);
	arena_release(&a);
}

static void strips_marks_of_latin_and_greek(void **state)
{
	static const struct pair cases[] = {
		{ "Z\xc3\xbcrich", "Zurich" },
		{ "\xc5\x81\xc3\xb3"
		  "d\xc5\xba",
		  "Lodz" },
		{ "Stra\xc3\x9f"
		  "e",
		  "Strasse" },
		{ "\xc4\x90\xe1\xba\xb7ng", "Dang" },
		{ "\xc3\x86r\xc3\xb8", "AEro" },
		{ "\xce\x91\xce\xb8\xce\xae\xce\xbd\xce\xb1", "\xce\x91\xce\xb8\xce\xb7\xce\xbd\xce\xb1" },
		{ "\xe3\x81\x8c", "\xe3\x81\x8c" },                         /* ga stays ga */
		{ "\xed\x95\x9c", "\xed\x95\x9c" },                         /* hangul stays whole */
		{ "\xd0\xb9", "\xd0\xb9" },                                 /* Cyrillic short i is a letter */
		{ "\xe0\xa4\xb9\xe0\xa4\xbf", "\xe0\xa4\xb9\xe0\xa4\xbf" }, /* Devanagari vowel sign */
		{ "plain", "plain" },
	};

	(void)state;
	check_pairs(cases, COUNT(cases), utf8_strip_marks);
}

static void makes_slugs(void **state)
{
	static const struct pair cases[] = {
		{ "DeepSeek", "deepseek" },
		{ "  Hello,   World!  ", "hello-world" },
		{ "Undergraduate AI programmes", "undergraduate-ai-programmes" },
		{ "a_b--c", "a-b-c" },
		{ "C++ & C#", "c-c" },
		{ "Z\xc3\xbcrich \xe2\x80\x94 \xc5\x81\xc3\xb3"
		  "d\xc5\xba",
		  "zurich-lodz" },
		{ "\xe6\xb8\x85\xe5\x8d\x8e\xe5\xa4\xa7\xe5\xad\xa6 (Tsinghua)",
		  "\xe6\xb8\x85\xe5\x8d\x8e\xe5\xa4\xa7\xe5\xad\xa6-tsinghua" },
		{ "\xef\xbc\xa1\xef\xbc\x91", "a1" },
		{ "GPT-4.5", "gpt-4-5" },
		{ "co\xc2\xadoperate", "cooperate" },
		{ "\xe2\x9d\xa4\xef\xb8\x8f love", "love" }, /* an emoji with its variation selector */
		{ "\xe0\xa4\xb9\xe0\xa4\xbf", "\xe0\xa4\xb9\xe0\xa4\xbf" },
		{ "\xf0\x9f\x98\x80", "" },
		{ "---", "" },
		{ "Na\xc3\xafve", "naive" },
	};

	(void)state;
	check_pairs(cases, COUNT(cases), utf8_slug);
}

static void makes_heading_ids_as_github_does(void **state)
{
	static const struct pair cases[] = {
		{ "Hello World", "hello-world" },
		{ "What's new?", "whats-new" },
		{ "a  b", "a--b" },
		{ "snake_case and kebab-case", "snake_case-and-kebab-case" },
		{ "C++ & C#", "c--c" },
		{ "1. First", "1-first" },
		{ "Z\xc3\xbcrich", "z\xc3\xbcrich" },
		{ "\xe4\xb8\xad\xe5\x9b\xbd AI", "\xe4\xb8\xad\xe5\x9b\xbd-ai" },
		{ "\xf0\x9f\x98\x80 smile", "-smile" },
		{ "\xe2\x80\x9cquoted\xe2\x80\x9d", "quoted" },
		{ "tab\there", "tabhere" },
		{ "", "" },
	};

	(void)state;
	check_pairs(cases, COUNT(cases), utf8_heading_id);
}

static void sorts_names_as_people_do(void **state)
{
	static const struct pair cases[] = {
		{ "\xe2\x80\x9cQuoted\xe2\x80\x9d name", "quoted\xe2\x80\x9d name" },
		{ "\xc3\x96sterreich", "osterreich" },
		{ "(the) x", "the) x" },
		{ "...", "..." },
		{ "\xe6\xb8\x85", "\xe6\xb8\x85" },
	};

	(void)state;
	check_pairs(cases, COUNT(cases), utf8_sort_key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_point_survives),
		cmocka_unit_test(knows_every_short_sequence),
		cmocka_unit_test(finds_the_first_bad_byte_at_any_place),
		cmocka_unit_test(decodes_backwards_over_bad_bytes),
		cmocka_unit_test(counts_code_points),
		cmocka_unit_test(truncates_between_graphemes),
		cmocka_unit_test(classifies_code_points),
		cmocka_unit_test(scripts_do_not_overlap),
		cmocka_unit_test(folds_case),
		cmocka_unit_test(changes_case_of_texts),
		cmocka_unit_test(composes),
		cmocka_unit_test(quick_and_thorough_composition_agree),
		cmocka_unit_test(names_compare_by_their_key),
		cmocka_unit_test(strips_marks_of_latin_and_greek),
		cmocka_unit_test(makes_slugs),
		cmocka_unit_test(makes_heading_ids_as_github_does),
		cmocka_unit_test(sorts_names_as_people_do),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
