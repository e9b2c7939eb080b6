#include "fixture.h"

#include "site/factset.h"

static const struct page pages[] = { { .key = STR_INIT("index") }, { .key = STR_INIT("companies/deepseek") } };

static struct factset_entry noted(const struct factset *s, size_t i)
{
	return factset_entry(s, s->noted[i].number);
}

static void keeps_each_fact_once_in_order(void **state)
{
	struct arena a = { 0 };
	struct factset s;
	char copy[] = "pages kind=company";

	(void)state;
	factset_init(&s, &a, pages, COUNT(pages));
	factset_note_page(&s, FACT_PAGE_BODY, 1);
	factset_note_page(&s, FACT_PAGE_HEAD, 1);
	factset_note_page(&s, FACT_PAGE_BODY, 1);
	factset_note_page(&s, FACT_PAGE_MEMBERS, 0);
	factset_note(&s, FACT_QUERY, STR("pages kind=company"));
	factset_note(&s, FACT_QUERY, str_from(copy));
	factset_note(&s, FACT_RECORD, str_from(copy));
	/* The same place in memory, cut shorter, is another text. */
	factset_note(&s, FACT_QUERY, (struct str){ copy, 5 });
	factset_note(&s, FACT_STRING, STR(""));
	factset_note(&s, FACT_STRING, STR_NONE);
	memset(copy, 'x', sizeof(copy) - 1);
	assert_int_equal(s.len, 7);
	assert_int_equal(noted(&s, 0).kind, FACT_PAGE_BODY);
	fixture_equal(noted(&s, 0).key, "companies/deepseek");
	assert_int_equal(noted(&s, 1).kind, FACT_PAGE_HEAD);
	assert_int_equal(noted(&s, 2).kind, FACT_PAGE_MEMBERS);
	fixture_equal(noted(&s, 2).key, "index");
	assert_int_equal(noted(&s, 3).kind, FACT_QUERY);
	assert_int_equal(noted(&s, 4).kind, FACT_RECORD);
	fixture_equal(noted(&s, 4).key, "pages kind=company");
	fixture_equal(noted(&s, 5).key, "pages");
	assert_int_equal(noted(&s, 6).kind, FACT_STRING);
	arena_release(&a);
}

/* The manifest numbers facts once, however many outputs read them; no text may point into a render's memory. */
static void gives_a_fact_one_number_for_all_renders(void **state)
{
	struct arena a = { 0 };
	struct page *many = arena_array(&a, struct page, 600);
	struct factset s;

	(void)state;
	for (uint32_t i = 0; i < 600; i++)
		many[i].key = str_format(&a, "page-%u", i);
	factset_init(&s, &a, many, 600);
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < 600; i++) {
			struct arena render = { 0 };
			const uint32_t *numbers;

			factset_begin(&s);
			assert_int_equal(s.len, 0);
			factset_note_page(&s, FACT_PAGE_HEAD, i);
			factset_note_page(&s, FACT_PAGE_BODY, i);
			factset_note(&s, (enum fact_kind)(FACT_FACT + i % 5), str_format(&render, "page-%u", i));
			factset_note(&s, FACT_FACT, str_format(&render, "page-%d", 0));
			factset_note_page(&s, FACT_PAGE_HEAD, 0);
			assert_int_equal(s.len, i ? 5 : 3);
			numbers = factset_numbers(&s, 1, &render);
			for (size_t k = 1; k < s.len; k++)
				assert_int_equal(numbers[k - 1], s.noted[k].number);
			arena_release(&render);
		}
		assert_int_equal(s.n_others, 600);
		assert_int_equal(s.n_of_pages, 600 * FACT_PAGE_KINDS);
	}
	for (uint32_t i = 0; i < s.n_of_pages + s.n_others; i++)
		assert_true(str_starts(factset_entry(&s, i).key, STR("page-")));
	arena_release(&a);
}

static void assert_noted(const struct factset *s, const char *keys)
{
	struct arena a = { 0 };
	struct factset_entry *f;
	size_t n = fixture_noted(&a, s, &f);
	struct str *list = arena_array(&a, struct str, n + 1);

	for (size_t i = 0; i < n; i++)
		list[i] = f[i].key;
	fixture_equal(str_join(&a, list, n, STR(" ")), keys);
	arena_release(&a);
}

/* A stretch has its facts whatever was noted before it; around it each still stands once. */
static void collects_the_facts_of_stretches(void **state)
{
	struct arena a = { 0 };
	struct factset s;
	struct factset_stretch outer, inner;

	(void)state;
	factset_init(&s, &a, pages, COUNT(pages));
	factset_note(&s, FACT_STRING, STR("a"));
	factset_note_page(&s, FACT_PAGE_HEAD, 0);
	factset_note(&s, FACT_STRING, STR("b"));
	outer = factset_stretch_begin(&s);
	factset_note(&s, FACT_STRING, STR("b"));
	factset_note(&s, FACT_STRING, STR("c"));
	factset_note_page(&s, FACT_PAGE_HEAD, 0);
	inner = factset_stretch_begin(&s);
	factset_note(&s, FACT_STRING, STR("a"));
	factset_note(&s, FACT_STRING, STR("c"));
	factset_note(&s, FACT_STRING, STR("d"));
	factset_note(&s, FACT_STRING, STR("d"));
	assert_int_equal(s.len - inner.from, 3);
	factset_stretch_end(&s, inner);
	factset_note(&s, FACT_STRING, STR("d"));
	assert_int_equal(s.len - outer.from, 5);
	factset_stretch_end(&s, outer);
	factset_note(&s, FACT_STRING, STR("d"));
	factset_note(&s, FACT_STRING, STR("e"));
	assert_noted(&s, "a index b c d e");
	arena_release(&a);
}

/* A group stands for its facts in later renders; within a stretch they are single, so that no group holds another. */
static void groups_are_noted_as_one(void **state)
{
	struct arena a = { 0 };
	struct factset s;
	struct factset_stretch outer, inner;
	uint32_t one, two;

	(void)state;
	factset_init(&s, &a, pages, COUNT(pages));
	factset_note(&s, FACT_STRING, STR("a"));
	outer = factset_stretch_begin(&s);
	factset_note(&s, FACT_STRING, STR("a"));
	factset_note(&s, FACT_STRING, STR("b"));
	one = factset_stretch_group(&s, outer);
	assert_int_equal(s.len, 2);
	assert_int_equal(factset_entry(&s, one).kind, FACT_GROUP);
	/* What only the group has can still be noted. */
	factset_note(&s, FACT_STRING, STR("b"));
	factset_note(&s, FACT_STRING, STR("a"));
	assert_noted(&s, "a a b b");
	factset_begin(&s);
	factset_note_group(&s, one);
	factset_note_group(&s, one);
	assert_int_equal(s.len, 1);
	assert_noted(&s, "a b");
	outer = factset_stretch_begin(&s);
	factset_note_group(&s, one);
	inner = factset_stretch_begin(&s);
	factset_note(&s, FACT_STRING, STR("c"));
	factset_stretch_group(&s, inner);
	two = factset_stretch_group(&s, outer);
	assert_int_equal(factset_entry(&s, two).n_members, 3);
	assert_noted(&s, "a b a b c");
	arena_release(&a);
}

static void names_every_kind(void **state)
{
	(void)state;
	for (int i = 0; i < FACT_KINDS; i++) {
		assert_true(strlen(factset_kind_name((enum fact_kind)i)) > 0);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(factset_kind_name((enum fact_kind)i),
						factset_kind_name((enum fact_kind)k));
	}
	assert_string_equal(factset_kind_name(FACT_PAGE_HEAD), "page head");
	assert_string_equal(factset_kind_name(FACT_QUERY), "query");
	assert_string_equal(factset_kind_name(FACT_STALE), "staleness");
}

/* Each changes with its answer alone, and is there as long as the page is. */
static void answers_small_questions_about_a_page(void **state)
{
	static const enum fact_kind kinds[] = { FACT_PAGE_LINKED, FACT_PAGE_FILLED, FACT_PAGE_COUNT };
	static const struct {
		uint32_t n_backlinks, n_members;
		unsigned changed; /* a bit for each kind */
	} steps[] = { { 0, 0, 0 }, { 3, 0, 1 }, { 4, 0, 0 }, { 4, 1, 6 }, { 4, 2, 4 }, { 0, 2, 1 } };
	struct page p = { .key = STR_INIT("companies") };

	(void)state;
	for (size_t i = 0; i < COUNT(steps); i++) {
		struct page before = p;

		p.n_backlinks = steps[i].n_backlinks;
		p.n_members = steps[i].n_members;
		for (size_t k = 0; k < COUNT(kinds); k++) {
			struct digest now = factset_page_digest(&p, kinds[k]);

			assert_int_equal(!digest_eq(factset_page_digest(&before, kinds[k]), now),
					 steps[i].changed >> k & 1);
			assert_false(digest_is_zero(now));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_each_fact_once_in_order),
		cmocka_unit_test(answers_small_questions_about_a_page),
		cmocka_unit_test(gives_a_fact_one_number_for_all_renders),
		cmocka_unit_test(collects_the_facts_of_stretches),
		cmocka_unit_test(groups_are_noted_as_one),
		cmocka_unit_test(names_every_kind),
	};

	return cmocka_run_group_tests_name("factset", tests, NULL, NULL);
}
