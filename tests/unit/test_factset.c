#include "fixture.h"

#include "site/factset.h"

static const struct factset_entry *entry(const struct factset *s, size_t i)
{
	return &s->entries[s->noted[i].entry];
}

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
	assert_int_equal(entry(&s, 0)->kind, FACT_PAGE_BODY);
	assert_int_equal(entry(&s, 1)->kind, FACT_PAGE_HEAD);
	assert_int_equal(entry(&s, 2)->kind, FACT_QUERY);
	assert_int_equal(entry(&s, 3)->kind, FACT_RECORD);
	fixture_equal(entry(&s, 4)->key, "pages");
	assert_int_equal(entry(&s, 5)->kind, FACT_STRING);
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
		fixture_equal(entry(&s, 4999)->key, "key-1666");
		assert_int_equal(s.n_entries, 5000);
		factset_begin(&s);
		assert_int_equal(s.len, 0);
	}
	for (unsigned round = 0; round < 1000; round++) {
		for (unsigned i = 0; i < 40; i++)
			factset_note(&s, (enum fact_kind)(i % FACT_KINDS), keys[(round * 7 + i) % COUNT(keys)]);
		assert_int_equal(s.len, 40);
		factset_begin(&s);
	}
	arena_release(&a);
}

/* The manifest numbers facts once, however many outputs read them; no text may point into a render's memory. */
static void gives_a_fact_one_number_for_all_renders(void **state)
{
	struct arena a = { 0 }, model = { 0 };
	struct str keys[600];
	struct factset s;

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++)
		keys[i] = str_format(&model, "page-%zu", i);
	factset_init(&s, &a);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < COUNT(keys); i++) {
			struct arena render = { 0 };
			const uint32_t *numbers;

			factset_begin(&s);
			factset_note(&s, FACT_PAGE_HEAD, keys[i]);
			factset_note(&s, FACT_PAGE_BODY, keys[i]);
			factset_note(&s, FACT_QUERY, str_format(&render, "page-%zu", i));
			factset_note(&s, FACT_QUERY, str_format(&render, "page-%d", 0));
			factset_note(&s, FACT_PAGE_HEAD, keys[0]);
			assert_int_equal(s.len, i ? 5 : 3);
			numbers = factset_numbers(&s, 1, &render);
			for (size_t k = 1; k < s.len; k++)
				assert_ptr_equal(&s.entries[numbers[k - 1]], entry(&s, k));
			arena_release(&render);
		}
		assert_int_equal(s.n_entries, 3 * COUNT(keys));
	}
	for (size_t i = 0; i < s.n_entries; i++)
		assert_true(str_starts(s.entries[i].key, STR("page-")));
	arena_release(&model);
	arena_release(&a);
}

static void assert_noted(const struct factset *s, const char *keys)
{
	struct arena a = { 0 };
	struct str *list = arena_array(&a, struct str, s->len + 1);

	for (size_t i = 0; i < s->len; i++)
		list[i] = entry(s, i)->key;
	fixture_equal(str_join(&a, list, s->len, STR(" ")), keys);
	arena_release(&a);
}

/* A stretch has its facts whatever was noted before it; around it each still stands once. */
static void collects_the_facts_of_stretches(void **state)
{
	struct arena a = { 0 };
	struct factset s;
	struct factset_stretch outer, inner;
	const uint32_t *kept;
	size_t n;

	(void)state;
	factset_init(&s, &a);
	factset_note(&s, FACT_STRING, STR("a"));
	factset_note(&s, FACT_STRING, STR("b"));
	outer = factset_stretch_begin(&s);
	factset_note(&s, FACT_STRING, STR("b"));
	factset_note(&s, FACT_STRING, STR("c"));
	inner = factset_stretch_begin(&s);
	factset_note(&s, FACT_STRING, STR("a"));
	factset_note(&s, FACT_STRING, STR("c"));
	factset_note(&s, FACT_STRING, STR("d"));
	factset_note(&s, FACT_STRING, STR("d"));
	assert_int_equal(s.len - inner.from, 3);
	factset_stretch_end(&s, inner);
	factset_note(&s, FACT_STRING, STR("d"));
	n = s.len - outer.from;
	assert_int_equal(n, 4);
	kept = factset_numbers(&s, outer.from, &a);
	factset_stretch_end(&s, outer);
	factset_note(&s, FACT_STRING, STR("d"));
	factset_note(&s, FACT_STRING, STR("e"));
	assert_noted(&s, "a b c d e");
	factset_begin(&s);
	factset_note(&s, FACT_STRING, STR("c"));
	factset_note_again(&s, kept, n);
	assert_noted(&s, "c b a d");
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
		cmocka_unit_test(gives_a_fact_one_number_for_all_renders),
		cmocka_unit_test(collects_the_facts_of_stretches),
		cmocka_unit_test(knows_which_keys_have_one_address),
		cmocka_unit_test(names_every_kind),
	};

	return cmocka_run_group_tests_name("factset", tests, NULL, NULL);
}
