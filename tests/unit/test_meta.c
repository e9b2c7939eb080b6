#include "fixture.h"

#include "site/meta.h"

static const char table_text[] = "text = 'words'\n"          /* 1 */
				 "number = 7\n"              /* 2 */
				 "half = 0.5\n"              /* 3 */
				 "flag = true\n"             /* 4 */
				 "day = 2025-05-01\n"        /* 5 */
				 "month = '2025-05'\n"       /* 6 */
				 "span = '12 months'\n"      /* 7 */
				 "range = '2018/2022'\n"     /* 8 */
				 "open = '2018/'\n"          /* 9 */
				 "empty = ''\n"              /* 10 */
				 "bad_day = '2025-02-30'\n"  /* 11 */
				 "list = ['a', 1, 'b']\n"    /* 12 */
				 "clock = 07:30:00\n"        /* 13 */
				 "tables = [{ a = 1 }, 2]\n" /* 14 */
				 "choice = 'scope'\n"        /* 15 */
				 "no_choice = 'other'\n"     /* 16 */
				 "year = 2025\n"             /* 17 */
				 "big_year = 20250\n"        /* 18 */
				 "[one]\n"                   /* 19 */
				 "a = 1\n";

static const char *const choices[] = { "conflict", "scope", NULL };

struct reader {
	struct arena arena;
	struct diag_list dl;
	struct meta meta;
};

static int set_up(void **state)
{
	struct reader *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	diag_init(&r->dl, &r->arena);
	r->meta = (struct meta){ &r->arena, STR("content/a.md"), fixture_toml(&r->arena, table_text),
				 "a test",  "meta/wrong-type",   "page/unknown-key",
				 &r->dl };
	*state = r;
	return 0;
}

static int tear_down(void **state)
{
	struct reader *r = *state;

	arena_release(&r->arena);
	free(r);
	return 0;
}

static void gives_what_is_there(void **state)
{
	const struct meta *m = &((struct reader *)*state)->meta;
	struct date_span span = { 0, 0 };
	struct date_range range;
	size_t n;

	fixture_equal(meta_text(m, "text"), "words");
	fixture_equal(meta_word(m, "text"), "words");
	fixture_equal(meta_word(m, "number"), "7");
	fixture_equal(meta_word(m, "half"), "0.5");
	fixture_equal(meta_word(m, "flag"), "true");
	fixture_equal(meta_word(m, "day"), "2025-05-01");
	assert_true(meta_flag(m, "flag", false));
	assert_true(meta_number(m, "number", 0) == 7 && meta_number(m, "half", 0) == 0.5);
	assert_int_equal(meta_date(m, "day").day, 1);
	assert_int_equal(meta_date(m, "month").precision, DATE_MONTH);
	assert_int_equal(meta_date(m, "year").precision, DATE_YEAR);
	assert_true(meta_span(m, "span", &span));
	assert_int_equal(span.months, 12);
	range = meta_range(m, "range");
	assert_int_equal(range.from.year, 2018);
	assert_int_equal(range.to.year, 2022);
	range = meta_range(m, "open");
	assert_true(date_is_set(range.from) && !date_is_set(range.to));
	assert_int_equal(meta_choice(m, "choice", choices, -9), 1);
	fixture_equal(meta_words(m, "text", &n)[0], "words");
	assert_int_equal(n, 1);
	assert_ptr_equal(meta_tables(m, "one", &n)[0], value_get(m->table, STR("one")));
	assert_int_equal(n, 1);
	assert_int_equal(m->dl->len, 0);
}

static void says_nothing_of_what_is_absent(void **state)
{
	const struct meta *m = &((struct reader *)*state)->meta;
	struct date_span span;
	size_t n = 7;

	assert_int_equal(meta_text(m, "none").len, 0);
	assert_int_equal(meta_word(m, "none").len, 0);
	assert_true(meta_flag(m, "none", true));
	assert_true(meta_number(m, "none", 3) == 3);
	assert_false(date_is_set(meta_date(m, "none")));
	assert_false(date_is_set(meta_date(m, "empty")));
	assert_false(date_range_is_set(meta_range(m, "none")));
	assert_false(meta_span(m, "none", &span));
	meta_words(m, "none", &n);
	assert_int_equal(n, 0);
	n = 7;
	meta_tables(m, "none", &n);
	assert_int_equal(n, 0);
	assert_int_equal(meta_choice(m, "none", choices, -9), -9);
	assert_int_equal(m->dl->len, 0);
}

enum call { TEXT, WORD, FLAG, NUMBER, DATE, RANGE, SPAN, WORDS, TABLES, CHOICE };

static const struct {
	enum call call;
	const char *key, *code, *message;
	uint32_t line, col;
} mistakes[] = {
	{ TEXT, "number", "meta/wrong-type", "'number' must be a string, not a whole number", 2, 10 },
	{ TEXT, "day", "meta/wrong-type", "'day' must be a string, not a date", 5, 7 },
	{ WORD, "list", "meta/wrong-type", "'list' must be a word or a number, not a list", 12, 8 },
	{ FLAG, "text", "meta/wrong-type", "'text' must be true or false, not a string", 1, 8 },
	{ NUMBER, "text", "meta/wrong-type", "'text' must be a number, not a string", 1, 8 },
	{ DATE, "bad_day", "meta/bad-date", "'2025-02-30' is not a date", 11, 11 },
	{ DATE, "text", "meta/bad-date", "'words' is not a date", 1, 8 },
	{ DATE, "flag", "meta/bad-date", "'flag' must be a date, not true or false", 4, 8 },
	{ DATE, "clock", "meta/bad-date", "'clock' must be a date, not a time of day", 13, 9 },
	{ DATE, "range", "meta/bad-date", "'range' must be one date, not an interval", 8, 9 },
	{ DATE, "open", "meta/bad-date", "'open' must be one date, not an interval", 9, 8 },
	{ RANGE, "big_year", "meta/bad-date", "'big_year' must be a date, not a whole number", 18, 12 },
	{ SPAN, "number", "meta/bad-duration", "'number' must be a duration", 2, 10 },
	{ SPAN, "text", "meta/bad-duration", "'text' must be a duration", 1, 8 },
	{ WORDS, "number", "meta/wrong-type", "'number' must be a list of strings, not a whole number", 2, 10 },
	{ WORDS, "list", "meta/wrong-type", "'list' must hold strings, not a whole number", 12, 14 },
	{ TABLES, "text", "meta/wrong-type", "'text' must be a list of tables, not a string", 1, 8 },
	{ TABLES, "tables", "meta/wrong-type", "'tables' must hold tables, not a whole number", 14, 22 },
	{ CHOICE, "no_choice", "meta/unknown-choice", "'no_choice' of a test cannot be 'other'", 16, 13 },
	{ CHOICE, "number", "meta/wrong-type", "'number' must be a string, not a whole number", 2, 10 },
};

static void call(const struct meta *m, enum call what, const char *key)
{
	struct date_span span;
	size_t n;

	switch (what) {
	case TEXT:
		assert_int_equal(meta_text(m, key).len, 0);
		break;
	case WORD:
		assert_int_equal(meta_word(m, key).len, 0);
		break;
	case FLAG:
		assert_true(meta_flag(m, key, true));
		break;
	case NUMBER:
		assert_true(meta_number(m, key, 9) == 9);
		break;
	case DATE:
		assert_false(date_is_set(meta_date(m, key)));
		break;
	case RANGE:
		assert_false(date_range_is_set(meta_range(m, key)));
		break;
	case SPAN:
		assert_false(meta_span(m, key, &span));
		break;
	case WORDS:
		meta_words(m, key, &n);
		break;
	case TABLES:
		meta_tables(m, key, &n);
		break;
	case CHOICE:
		assert_int_equal(meta_choice(m, key, choices, -9), -1);
		break;
	}
}

static void says_once_and_where_what_is_wrong(void **state)
{
	const struct meta *m = &((struct reader *)*state)->meta;

	for (size_t i = 0; i < COUNT(mistakes); i++) {
		const struct diag *d;

		print_message("  case: %s\n", mistakes[i].message);
		diag_init(m->dl, m->arena);
		call(m, mistakes[i].call, mistakes[i].key);
		assert_int_equal(m->dl->len, 1);
		d = &m->dl->items[0];
		assert_string_equal(d->code, mistakes[i].code);
		fixture_equal(d->message, mistakes[i].message);
		assert_int_equal(d->at.line, mistakes[i].line);
		assert_int_equal(d->at.col, mistakes[i].col);
	}
}

static void keeps_positions_beside_words(void **state)
{
	const struct meta *m = &((struct reader *)*state)->meta;
	struct pos *at;
	size_t n;
	struct str *words = meta_words_at(m, "list", &n, &at);

	assert_int_equal(n, 2);
	fixture_equal(words[1], "b");
	assert_int_equal(at[0].col, 9);
	assert_int_equal(at[1].col, 17);
	assert_int_equal(meta_pos(m, "list").col, 8);
	assert_int_equal(meta_pos(m, "one").line, 19);
	/* What is absent is at its table. */
	assert_int_equal(meta_pos(m, "none").line, m->table->at.line);
}

static void checks_keys_and_suggests(void **state)
{
	static const struct str known[] = { STR_INIT("min"), STR_INIT("maximum") };
	const struct meta *m = &((struct reader *)*state)->meta;
	struct meta t = *m;

	t.table = fixture_toml(m->arena, "min = 1\nmaxinum = 2\nzzz = 3\n");
	meta_check_keys(&t, known, 2);
	assert_int_equal(m->dl->len, 2);
	assert_string_equal(m->dl->items[0].code, "page/unknown-key");
	fixture_equal(m->dl->items[0].message, "'maxinum' is no key of a test");
	fixture_equal(m->dl->items[0].hint, "did you mean 'maximum'?");
	assert_int_equal(m->dl->items[0].at.line, 2);
	assert_int_equal(m->dl->items[0].width, 7);
	assert_int_equal(m->dl->items[1].at.line, 3);
	assert_int_equal(m->dl->items[1].hint.len, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(gives_what_is_there),
		TEST(says_nothing_of_what_is_absent),
		TEST(says_once_and_where_what_is_wrong),
		TEST(keeps_positions_beside_words),
		TEST(checks_keys_and_suggests),
	};

	return cmocka_run_group_tests_name("meta", tests, NULL, NULL);
}
