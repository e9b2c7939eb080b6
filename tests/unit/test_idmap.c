#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/idmap.h"

#define N 5000

static void gives_back_what_was_put(void **state)
{
	static const char texts[N];
	struct arena a = { 0 };
	struct idmap m = { 0 };

	(void)state;
	assert_int_equal(idmap_get(&m, texts, 0), UINT32_MAX);
	for (uint32_t i = 0; i < N; i++)
		idmap_put(&a, &m, &texts[i], i % 3, i);
	assert_int_equal(m.len, N);
	for (uint32_t i = 0; i < N; i++) {
		assert_int_equal(idmap_get(&m, &texts[i], i % 3), i);
		assert_int_equal(idmap_get(&m, &texts[i], i % 3 + 1), UINT32_MAX);
	}
	arena_release(&a);
}

static void tells_tags_of_one_address_apart(void **state)
{
	struct arena a = { 0 };
	struct idmap m = { 0 };

	(void)state;
	for (uint32_t tag = 0; tag < 20; tag++)
		idmap_put(&a, &m, &a, tag, 100 + tag);
	for (uint32_t tag = 0; tag < 20; tag++)
		assert_int_equal(idmap_get(&m, &a, tag), 100 + tag);
	assert_int_equal(idmap_get(&m, &m, 0), UINT32_MAX);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_was_put),
		cmocka_unit_test(tells_tags_of_one_address_apart),
	};

	return cmocka_run_group_tests_name("idmap", tests, NULL, NULL);
}
