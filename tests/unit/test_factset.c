#include "fixture.h"

#include "site/factset.h"

static void keeps_each_fact_once_in_order(void **state)
{
	struct arena a = { 0 };
	struct factset s;
	const struct str key = STR("companies/deepseek");
	char copy[] = "pages kind=company";

	(void)state;
	factset_init(&s, &a);
	factset_note(&s, FACT_PAGE_BODY, key);
	factset_note(&s, FACT_PAGE_HEAD, key);
	factset_note(&s, FACT_PAGE_BODY, key);
	factset_note(&s, FACT_QUERY, STR("pages kind=company"));
	factset_note(&s, FACT_QUERY, str_from(copy));
	factset_note(&s, FACT_RECORD, str_from(copy));
	/* The same place in memory, cut shorter, is another text. */
	factset_note(&s, FACT_QUERY, (struct str){ copy, 5 });
	factset_note(&s, FACT_STRING, STR(""));
	factset_note(&s, FACT_STRING, STR_NONE);
	assert_int_equal(s.len, 6);
	assert_int_equal(s.entries[0].kind, FACT_PAGE_BODY);
	assert_int_equal(s.entries[1].kind, FACT_PAGE_HEAD);
	assert_int_equal(s.entries[2].kind, FACT_QUERY);
	assert_int_equal(s.entries[3].kind, FACT_RECORD);
	fixture_equal(s.entries[4].key, "pages");
	assert_int_equal(s.entries[5].kind, FACT_STRING);
	arena_release(&a);
}

static void holds_many_and_starts_again(void **state)
{
	struct arena a = { 0 };
	struct factset s;
	struct str keys[1667];

	(void)state;
	for (unsigned i = 0; i < COUNT(keys); i++)
		keys[i] = str_format(&a, "key-%u", i);
	factset_init(&s, &a);
	for (int round = 0; round < 3; round++) {
		for (int pass = 0; pass < 2; pass++)
			for (unsigned i = 0; i < 5000; i++)
				factset_note(&s, (enum fact_kind)(i % FACT_KINDS), keys[i / 3]);
		/* i and i + 1 of the same key differ in kind, so all 5000 are different. */
		assert_int_equal(s.len, 5000);
		fixture_equal(s.entries[4999].key, "key-1666");
		factset_clear(&s);
		assert_int_equal(s.len, 0);
	}
	/* Few in the large table: nothing of the last time may be left. */
	for (unsigned round = 0; round < 1000; round++) {
		for (unsigned i = 0; i < 40; i++)
			factset_note(&s, (enum fact_kind)(i % FACT_KINDS), keys[(round * 7 + i) % COUNT(keys)]);
		assert_int_equal(s.len, 40);
		factset_clear(&s);
	}
	for (size_t i = 0; i < s.n_slots; i++)
		assert_int_equal(s.slots[i], 0);
	arena_release(&a);
}

static void knows_which_keys_have_one_address(void **state)
{
	(void)state;
	for (int i = FACT_PAGE_HEAD; i <= FACT_PAGE_MEMBERS; i++)
		assert_true(factset_is_interned((enum fact_kind)i));
	assert_true(factset_is_interned(FACT_TEMPLATE));
	assert_false(factset_is_interned(FACT_QUERY));
	assert_false(factset_is_interned(FACT_FACT));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_each_fact_once_in_order),
		cmocka_unit_test(holds_many_and_starts_again),
		cmocka_unit_test(knows_which_keys_have_one_address),
		cmocka_unit_test(names_every_kind),
	};

	return cmocka_run_group_tests_name("factset", tests, NULL, NULL);
}
