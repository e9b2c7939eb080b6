#include "fixture.h"

#include "site/record.h"

#define SRC "source = 's'\n"

static bool read(struct arena *a, const char *toml, uint32_t page, struct records *out, struct diag_list *dl)
{
	memset(out, 0, sizeof(*out));
	diag_init(dl, a);
	return record_read(a, fixture_config(a), STR("content/a.md"), page, fixture_toml(a, toml), out, dl);
}

static const struct {
	const char *name, *toml;
	uint32_t page;
	const char *code, *message;
	uint32_t line, col;
} mistakes[] = {
	{ "fact without source", "[[facts]]\nmeasure = 'm'\nvalue = 1", 0, "fact/missing-source",
	  "a fact has no 'source'", 1, 1 },
	{ "fact without measure", "[[facts]]\nvalue = 1\n" SRC, 0, "fact/missing-measure", "this fact has no 'measure'",
	  1, 1 },
	{ "fact without value", "[[facts]]\nmeasure = 'm'\n" SRC, 0, "fact/missing-value", "this fact has no 'value'",
	  1, 1 },
	{ "empty value", "[[facts]]\nmeasure = 'm'\nvalue = ' '\n" SRC, 0, "fact/missing-value",
	  "the value of this fact is empty", 3, 9 },
	{ "no number", "[[facts]]\nmeasure = 'm'\nvalue = nan\n" SRC, 0, "meta/wrong-type",
	  "a value cannot be infinite or no number", 3, 9 },
	{ "list as value", "[[facts]]\nmeasure = 'm'\nvalue = [1]\n" SRC, 0, "meta/wrong-type",
	  "a value cannot be a list", 3, 9 },
	{ "range backwards", "[[facts]]\nmeasure = 'm'\nvalue = { min = 5, max = 1 }\n" SRC, 0, "fact/bad-range",
	  "this range ends before it begins", 3, 9 },
	{ "half a range", "[[facts]]\nmeasure = 'm'\nvalue = { max = 1 }\n" SRC, 0, "fact/bad-range",
	  "a range has both 'min' and 'max'", 3, 9 },
	{ "fact without subject", "[[facts]]\nmeasure = 'm'\nvalue = 1\n" SRC, UINT32_MAX, "fact/missing-subject",
	  "a fact in a data file must name its 'subject'", 1, 1 },
	{ "unknown key", "[[facts]]\nmeasure = 'm'\nvalue = 1\nunits = 'x'\n" SRC, 0, "record/unknown-key",
	  "'units' is no key of a fact", 4, 1 },
	{ "id", "[[facts]]\nid = 'A b'\nmeasure = 'm'\nvalue = 1\n" SRC, 0, "record/bad-id", "'A b' cannot be an id", 2,
	  6 },
	{ "basis", "[[facts]]\nmeasure = 'm'\nvalue = 1\nbasis = 'felt'\n" SRC, 0, "meta/unknown-choice",
	  "'basis' of a fact cannot be 'felt'", 4, 9 },
	{ "status", "[[facts]]\nmeasure = 'm'\nvalue = 1\nstatus = 'old'\n" SRC, 0, "meta/unknown-choice",
	  "'status' of a fact cannot be 'old'", 4, 10 },
	{ "relation without type", "[[relations]]\ntarget = 't'", 0, "relation/unknown-type",
	  "this relation has no 'type'", 1, 1 },
	{ "unknown relation", "[[relations]]\ntype = 'founded-by'\ntarget = 't'", 0, "relation/unknown-type",
	  "'founded-by' is no relation type", 2, 8 },
	{ "relation without target", "[[relations]]\ntype = 'founded_by'", 0, "relation/missing-target",
	  "this relation has no 'target'", 1, 1 },
	{ "relation in data", "[[relations]]\ntype = 'founded_by'\ntarget = 't'", UINT32_MAX, "relation/no-page",
	  "relations belong into the front matter of a page", 1, 3 },
	{ "event without date", "[[events]]\ntext = 't'", 0, "event/missing-date", "this event has no 'date'", 1, 1 },
	{ "event without text", "[[events]]\ndate = 2025", 0, "event/missing-text", "this event has no 'text'", 1, 1 },
	{ "quote without text", "[[quotes]]\n" SRC, 0, "quote/missing-text", "this quote has no 'text'", 1, 1 },
	{ "quote without source", "[[quotes]]\ntext = 't'", 0, "quote/missing-source", "a quote has no 'source'", 1,
	  1 },
	{ "comparison without kind", "[[comparisons]]\ntitle = 't'\nfacts = ['f']", 0, "comparison/missing-kind",
	  "this comparison has no 'kind'", 1, 1 },
	{ "comparison of nothing", "[[comparisons]]\ntitle = 't'\nkind = 'scope'", 0, "comparison/empty",
	  "this comparison names neither facts nor passages", 1, 1 },
	{ "comparison without title", "[[comparisons]]\nkind = 'scope'\nfacts = 'f'", 0, "comparison/missing-title",
	  "this comparison has no 'title'", 1, 1 },
	{ "passage without source", "[[comparisons]]\ntitle = 't'\nkind = 'scope'\npassages = [{ quote = 'q' }]", 0,
	  "comparison/missing-source", "a passage has no 'source'", 4, 13 },
	{ "no list", "facts = 'x'", 0, "meta/wrong-type", "'facts' must be a list of tables, not a string", 1, 9 },
};

static void says_what_is_wrong_and_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(mistakes); i++) {
		struct arena a = { 0 };
		struct records r;
		struct diag_list dl;

		print_message("  case: %s\n", mistakes[i].name);
		assert_false(read(&a, mistakes[i].toml, mistakes[i].page, &r, &dl));
		assert_int_equal(dl.len, 1);
		assert_string_equal(dl.items[0].code, mistakes[i].code);
		fixture_equal(dl.items[0].message, mistakes[i].message);
		assert_int_equal(dl.items[0].at.line, mistakes[i].line);
		if (mistakes[i].col > 3)
			assert_int_equal(dl.items[0].at.col, mistakes[i].col);
		arena_release(&a);
	}
}

static const struct {
	const char *name, *toml; /* of one fact */
	enum fact_value type;
	double value, max;
	const char *shown;
} values[] = {
	{ "number", "value = 5", FACT_NUMBER, 5, 5, "5" },
	{ "thousands", "value = 2300\nunit = 'programmes'\napprox = 'more than'", FACT_NUMBER, 2300, 2300,
	  "more than 2,300 programmes" },
	{ "millions", "value = 1234567", FACT_NUMBER, 1234567, 1234567, "1,234,567" },
	{ "three digits", "value = 999", FACT_NUMBER, 999, 999, "999" },
	{ "negative", "value = -1000", FACT_NUMBER, -1000, -1000,
	  "\xe2\x88\x92"
	  "1,000" },
	{ "negative zero", "value = -0.0", FACT_NUMBER, 0, 0, "0" },
	{ "fraction", "value = 12345.75", FACT_NUMBER, 12345.75, 12345.75, "12,345.75" },
	{ "whole float", "value = 5.0", FACT_NUMBER, 5, 5, "5" },
	{ "very large", "value = 1e300", FACT_NUMBER, 1e300, 1e300, "1e300" },
	{ "large in digits", "value = 1e15", FACT_NUMBER, 1e15, 1e15, "1,000,000,000,000,000" },
	{ "percent", "value = 38\nunit = '%'", FACT_NUMBER, 38, 38, "38%" },
	{ "per cent in words", "value = 38\nunit = 'percent'", FACT_NUMBER, 38, 38, "38%" },
	{ "year", "value = 2023\nunit = 'year'", FACT_NUMBER, 2023, 2023, "2023" },
	{ "large year", "value = 1e300\nunit = 'year'", FACT_NUMBER, 1e300, 1e300, "1e300" },
	{ "range", "value = { min = 5, max = 1000 }\nunit = 'people'", FACT_RANGE, 5, 1000,
	  "5\xe2\x80\x93"
	  "1,000 people" },
	{ "years", "value = { min = 2018, max = 2022 }\nunit = 'year'", FACT_RANGE, 2018, 2022,
	  "2018\xe2\x80\x93"
	  "2022" },
	{ "number in quotes", "value = '2300'", FACT_NUMBER, 2300, 2300, "2,300" },
	{ "text", "value = 'half of them'", FACT_TEXT, 0, 0, "half of them" },
	{ "date", "value = 2025-05-01", FACT_DATE, 0, 0, "1 May 2025" },
};

static void reads_and_shows_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		struct arena a = { 0 };
		struct records r;
		struct diag_list dl;
		struct buf b;

		print_message("  case: %s\n", values[i].name);
		assert_true(read(&a, str_z(&a, str_format(&a, "[[facts]]\nmeasure = 'm'\n" SRC "%s\n", values[i].toml)),
				 0, &r, &dl));
		assert_int_equal(r.n_facts, 1);
		assert_int_equal(r.facts[0].type, values[i].type);
		assert_true(r.facts[0].value == values[i].value && r.facts[0].max == values[i].max);
		buf_init(&b, 0);
		record_write_value(&b, &r.facts[0]);
		assert_string_equal(b.ptr, values[i].shown);
		buf_release(&b);
		arena_release(&a);
	}
}

static void reads_all_that_a_record_has(void **state)
{
	struct arena a = { 0 };
	struct records r;
	struct diag_list dl;

	(void)state;
	assert_true(read(&a,
			 "[[facts]]\nid = 'ai'\nmeasure = ' AI Programmes '\nvalue = 1\nas_of = "
			 "'2018/2022'\nas_of_basis = 'inferred'\nedition = 2025\n"
			 "about = ['x', 'y']\nlocator = 'line 1'\nquote = ' q '\n" SRC
			 "[[relations]]\ntype = 'founded_by'\ntarget = 't'\nfrom = '2023'\nshare = 50\n"
			 "[[events]]\ndate = '2025-01'\ntext = 't'\n"
			 "[[quotes]]\ntext = 't'\nverbatim = false\n" SRC
			 "[[comparisons]]\ntitle = 't'\nkind = 'same-study'\nfacts = ['ai', 'b']\npassages = [{ source "
			 "= 's', quote = 'q' }]\n",
			 3, &r, &dl));
	assert_int_equal(dl.len, 0);
	fixture_equal(r.facts[0].r.id, "ai");
	fixture_equal(r.facts[0].measure_slug, "ai-programmes");
	fixture_equal(r.facts[0].edition, "2025");
	fixture_equal(r.facts[0].status, "current");
	fixture_equal(r.facts[0].r.quote, "q");
	assert_int_equal(r.facts[0].as_of_basis, BASIS_INFERRED);
	assert_int_equal(r.facts[0].as_of.to.year, 2022);
	assert_int_equal(r.facts[0].about[1].at.col, 15);
	assert_int_equal(r.facts[0].r.page, 3);
	assert_int_equal(r.facts[0].set, UINT32_MAX);
	assert_int_equal(r.relations[0].from_page, 3);
	fixture_equal(r.relations[0].type->reverse, "Founder of");
	fixture_equal(r.relations[0].share, "50");
	assert_int_equal(r.events[0].date.from.month, 1);
	assert_false(r.quotes[0].is_verbatim);
	assert_int_equal(r.comparisons[0].kind, COMPARISON_SAME_STUDY);
	assert_int_equal(r.comparisons[0].fact_at[1].col, 16);
	assert_int_equal(r.comparisons[0].n_passages, 1);
	arena_release(&a);
}

static void counts_the_words_of_quotes(void **state)
{
	(void)state;
	for (int cjk = 0; cjk < 2; cjk++) {
		for (int words = 38; words <= 42; words++) {
			struct arena a = { 0 };
			struct records r;
			struct diag_list dl;
			struct buf b;

			buf_init(&b, 0);
			buf_add_z(&b, "[[quotes]]\n" SRC "text = '");
			for (int i = 0; i < words; i++)
				buf_add_z(&b, cjk ? "\xe4\xb8\xad\xe5\x9b\xbd" : " one \xe2\x80\x93");
			buf_add_z(&b, "'\n");
			assert_int_equal(read(&a, b.ptr, 0, &r, &dl), words <= 40);
			if (words > 40)
				assert_non_null(fixture_diag(&dl, "record/quote-too-long"));
			buf_release(&b);
			arena_release(&a);
		}
	}
}

static void makes_ids_from_content(void **state)
{
	static const char one[] = "[[events]]\ndate = 2025\ntext = 't'\n",
			  moved[] = "\n\n[[events]]\ndate = 2025\ntext = 't'\n";
	struct arena a = { 0 };
	struct records r, s;
	struct diag_list dl;

	(void)state;
	assert_true(read(&a, one, 0, &r, &dl));
	assert_true(read(&a, moved, 0, &s, &dl));
	assert_true(str_eq(r.events[0].r.id, s.events[0].r.id));
	assert_true(str_starts(r.events[0].r.id, STR("e-")));
	assert_int_equal(r.events[0].r.id.len, 12);
	assert_true(read(&a, "[[events]]\ndate = 2025\ntext = 'u'\n", 0, &s, &dl));
	assert_false(str_eq(r.events[0].r.id, s.events[0].r.id));
	arena_release(&a);
}

static void appends_lists_to_lists(void **state)
{
	struct arena a = { 0 };
	struct records r, all = { 0 };
	struct diag_list dl;

	(void)state;
	for (int i = 0; i < 20; i++) {
		assert_true(read(
			&a,
			str_z(&a,
			      str_format(&a, "[[events]]\ndate = 2025\ntext = 'e%d'\n[[quotes]]\ntext = 'q'\n" SRC, i)),
			0, &r, &dl));
		record_append(&a, &all, &r);
	}
	assert_int_equal(all.n_events, 20);
	assert_int_equal(all.n_quotes, 20);
	assert_int_equal(all.n_facts, 0);
	for (int i = 0; i < 20; i++)
		assert_true(str_eq(all.events[i].text, str_format(&a, "e%d", i)));
	arena_release(&a);
}

static void names_kinds_and_bases(void **state)
{
	(void)state;
	assert_string_equal(record_comparison_kind(COMPARISON_CONFLICT), "conflict");
	assert_string_equal(record_comparison_kind(COMPARISON_IDENTITY), "identity");
	assert_string_equal(record_basis(BASIS_NONE), "");
	assert_string_equal(record_basis(BASIS_OUTSIDE), "outside");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_wrong_and_where), cmocka_unit_test(reads_and_shows_values),
		cmocka_unit_test(reads_all_that_a_record_has),  cmocka_unit_test(counts_the_words_of_quotes),
		cmocka_unit_test(makes_ids_from_content),       cmocka_unit_test(appends_lists_to_lists),
		cmocka_unit_test(names_kinds_and_bases),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
