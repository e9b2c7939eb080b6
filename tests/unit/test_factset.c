#include "fixture.h"

#include "site/factset.h"

static void keeps_each_fact_once_in_order(void **state)
{
	struct arena a = { 0 };
	struct factset s;
	char copy[] = "companies/deepseek";

	(void)state;
	factset_init(&s, &a);
	factset_note(&s, FACT_PAGE_BODY, STR("companies/deepseek"));
	factset_note(&s, FACT_PAGE_HEAD, STR("companies/deepseek"));
	factset_note(&s, FACT_PAGE_BODY, str_from(copy));
	factset_note(&s, FACT_QUERY, STR(""));
	factset_note(&s, FACT_QUERY, STR_NONE);
	/* The same place in memory, cut shorter, is another key. */
	factset_note(&s, FACT_PAGE_BODY, (struct str){ copy, 9 });
	assert_int_equal(s.len, 4);
	assert_int_equal(s.entries[0].kind, FACT_PAGE_BODY);
	assert_int_equal(s.entries[1].kind, FACT_PAGE_HEAD);
	assert_int_equal(s.entries[2].kind, FACT_QUERY);
	fixture_equal(s.entries[3].key, "companies");
	arena_release(&a);
}

static void holds_many_and_starts_again(void **state)
{
	struct arena a = { 0 };
	struct factset s;

	(void)state;
	factset_init(&s, &a);
	for (int round = 0; round < 3; round++) {
		for (int pass = 0; pass < 2; pass++)
			for (unsigned i = 0; i < 5000; i++)
				factset_note(&s, (enum fact_kind)(i % FACT_KINDS), str_format(&a, "key-%u", i / 3));
		/* i and i + 1 of the same key differ in kind, so all 5000 are different. */
		assert_int_equal(s.len, 5000);
		fixture_equal(s.entries[4999].key, "key-1666");
		factset_clear(&s);
		assert_int_equal(s.len, 0);
	}
	arena_release(&a);
}

static void names_every_kind(void **state)
{
	(void)state;
	for (int i = 0; i < FACT_KINDS; i++) {
		assert_true(strlen(factset_kind_name((enum fact_kind)i)) > 0);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(factset_kind_name((enum fact_kind)i), factset_kind_name((enum fact_kind)k));
	}
	assert_string_equal(factset_kind_name(FACT_PAGE_HEAD), "page head");
	assert_string_equal(factset_kind_name(FACT_QUERY), "query");
	assert_string_equal(factset_kind_name(FACT_STALE), "staleness");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_each_fact_once_in_order),
		cmocka_unit_test(holds_many_and_starts_again),
		cmocka_unit_test(names_every_kind),
	};

	return cmocka_run_group_tests_name("factset", tests, NULL, NULL);
}
