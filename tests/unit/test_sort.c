#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/sort.h"

#define MOST 3000

static uint64_t next(uint64_t *state) /* xorshift */
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static int by_key_then_value(const void *x, const void *y)
{
	const struct sort_item *a = x, *b = y;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return (a->value > b->value) - (a->value < b->value);
}

/* Values count up, so what is stable goes by them where keys are equal. */
static void gives_what_a_stable_sort_by_comparison_gives(void **state)
{
	static const uint64_t masks[] = { UINT64_MAX, 0xff, 0x3, 0xff00ff00, 0xf000000000000000, 0, 0xffff };
	static const size_t sizes[] = { 0, 1, 2, 3, 31, 32, 33, 240, MOST };
	struct sort_item *list = calloc(2 * MOST, sizeof(*list)), *expected = calloc(MOST, sizeof(*expected));
	uint64_t random = 42;

	(void)state;
	for (size_t m = 0; m < sizeof(masks) / sizeof(masks[0]); m++) {
		for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
			size_t n = sizes[s];

			for (uint32_t i = 0; i < n; i++)
				expected[i] = list[i] = (struct sort_item){ next(&random) & masks[m], i };
			qsort(expected, n, sizeof(*expected), by_key_then_value);
			sort_items(list, n, list + MOST);
			for (size_t i = 0; i < n; i++) {
				assert_int_equal(list[i].key, expected[i].key);
				assert_int_equal(list[i].value, expected[i].value);
			}
		}
	}
	free(list);
	free(expected);
}

static void leaves_alone_what_is_sorted(void **state)
{
	struct sort_item list[100], *no_room = NULL;

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		list[i] = (struct sort_item){ i / 3, i };
	sort_items(list, 100, no_room);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(list[i].value, i);
}

static int by_key(const void *x, const void *y)
{
	const struct sort_item *a = x, *b = y;

	return (a->key > b->key) - (a->key < b->key);
}

static void merges_runs_as_a_stable_sort_does(void **state)
{
	/* Keys count up but for one in so many, which may be any. */
	static const uint64_t one_in[] = { 1, 2, 7, 100, MOST };
	static const size_t sizes[] = { 0, 1, 2, 3, 31, 240, MOST };
	struct sort_item *list = calloc(MOST, sizeof(*list)), *expected = calloc(MOST, sizeof(*expected));
	uint64_t random = 7;

	(void)state;
	for (size_t m = 0; m < sizeof(one_in) / sizeof(one_in[0]); m++) {
		for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
			size_t n = sizes[s];

			for (uint32_t i = 0; i < n; i++) {
				bool is_any = next(&random) % one_in[m] == 0;

				list[i] = (struct sort_item){ is_any ? next(&random) % (n / 2 + 1) : i / 2, i };
				expected[i] = list[i];
			}
			qsort(expected, n, sizeof(*expected), by_key_then_value);
			sort_runs(list, n, sizeof(*list), by_key);
			for (size_t i = 0; i < n; i++) {
				assert_int_equal(list[i].key, expected[i].key);
				assert_int_equal(list[i].value, expected[i].value);
			}
		}
	}
	free(list);
	free(expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merges_runs_as_a_stable_sort_does),
		cmocka_unit_test(gives_what_a_stable_sort_by_comparison_gives),
		cmocka_unit_test(leaves_alone_what_is_sorted),
	};

	return cmocka_run_group_tests_name("sort", tests, NULL, NULL);
}
