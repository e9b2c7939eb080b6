#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/map.h"

static void holds_nothing_when_zero(void **state)
{
	struct map m = { 0 };
	uint64_t value = 7;

	(void)state;
	assert_false(map_has(&m, STR("a")));
	assert_false(map_get(&m, STR(""), &value));
	assert_int_equal(value, 7);
}

static void puts_and_replaces(void **state)
{
	struct arena a = { 0 };
	struct map m = { 0 };
	uint64_t value = 0;

	(void)state;
	assert_true(map_put(&a, &m, STR("one"), 1));
	assert_true(map_put(&a, &m, STR(""), 2));
	assert_false(map_put(&a, &m, STR("one"), UINT64_MAX));
	assert_int_equal(m.len, 2);
	assert_true(map_get(&m, STR("one"), &value));
	assert_true(value == UINT64_MAX);
	assert_true(map_get(&m, STR_NONE, &value));
	assert_int_equal(value, 2);
	assert_true(map_get(&m, STR("one"), NULL));
	assert_false(map_has(&m, STR("on")));
	arena_release(&a);
}

static void tells_what_is_new(void **state)
{
	struct arena a = { 0 };
	struct map m = { 0 };
	bool is_new = false;
	struct map_entry *e = map_at(&a, &m, STR("k"), &is_new);

	(void)state;
	assert_true(is_new);
	assert_int_equal(e->value, 0);
	e->value = 9;
	e = map_at(&a, &m, STR("k"), &is_new);
	assert_false(is_new);
	assert_int_equal(e->value, 9);
	assert_non_null(map_at(&a, &m, STR("l"), NULL));
	assert_int_equal(m.len, 2);
	arena_release(&a);
}

static void is_packed_and_used_where_it_lies(void **state)
{
	static const size_t sizes[] = { 0, 1, 10, 11, 1000 };

	(void)state;
	for (size_t t = 0; t < sizeof(sizes) / sizeof(sizes[0]); t++) {
		struct arena a = { 0 };
		struct map m = { 0 }, back;
		struct pack_reader r;
		struct buf b;
		uint64_t value;

		buf_init(&b, 0);
		for (size_t i = 0; i < sizes[t]; i++)
			map_put(&a, &m, str_format(&a, "key %zu", i), i * 7);
		map_pack(&b, &m);
		r = (struct pack_reader){ buf_str(&b), true };
		assert_true(map_unpack(&a, &r, &back));
		assert_int_equal(r.left.len, 0);
		assert_int_equal(back.len, sizes[t]);
		for (size_t i = 0; i < sizes[t]; i++) {
			assert_true(map_get(&back, str_format(&a, "key %zu", i), &value));
			assert_int_equal(value, i * 7);
		}
		assert_false(map_has(&back, STR("another")));
		for (size_t cut = 0; cut < b.len; cut += 1 + b.len / 50) {
			r = (struct pack_reader){ str_cut(buf_str(&b), 0, cut), true };
			assert_false(map_unpack(&a, &r, &back));
		}
		buf_release(&b);
		arena_release(&a);
	}
}

/* The reference is an array in which key i stands at i. */
static void agrees_with_an_array_over_many_keys(void **state)
{
	enum { N = 20000 };
	struct arena a = { 0 };
	struct map m = { 0 };
	uint64_t *want = arena_array(&a, uint64_t, N);
	size_t *order = arena_array(&a, size_t, N), known = 0;
	uint32_t random = 12345;
	uint64_t got;

	(void)state;
	for (size_t step = 0; step < 3 * N; step++) {
		size_t i;

		random = random * 1664525 + 1013904223;
		i = (random >> 8) % N;
		if (!want[i])
			order[known++] = i;
		assert_int_equal(map_put(&a, &m, str_format(&a, "key %zu", i), step + 1), !want[i]);
		want[i] = step + 1;
	}
	assert_int_equal(m.len, known);
	for (size_t i = 0; i < N; i++) {
		struct str key = str_format(&a, "key %zu", i);

		assert_int_equal(map_get(&m, key, &got), want[i] != 0);
		if (want[i])
			assert_int_equal(got, want[i]);
	}
	for (size_t k = 0; k < known; k++)
		assert_true(str_eq(m.entries[k].key, str_format(&a, "key %zu", order[k])));
	arena_release(&a);
}

static void room_changes_nothing_that_is_in_it(void **state)
{
	struct arena a = { 0 };
	struct map m = { 0 };
	const struct map_entry *entries;
	uint64_t value;

	(void)state;
	map_reserve(&a, &m, 0);
	assert_int_equal(m.n_slots, 0);
	for (uint64_t i = 0; i < 10; i++)
		map_put(&a, &m, str_format(&a, "early %llu", (unsigned long long)i), i);
	map_reserve(&a, &m, 1000);
	entries = m.entries;
	for (uint64_t i = 0; i < 990; i++)
		map_put(&a, &m, str_format(&a, "late %llu", (unsigned long long)i), i);
	assert_ptr_equal(m.entries, entries);
	assert_int_equal(m.len, 1000);
	for (uint64_t i = 0; i < 10; i++) {
		assert_true(map_get(&m, str_format(&a, "early %llu", (unsigned long long)i), &value));
		assert_int_equal(value, i);
	}
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_nothing_when_zero),
		cmocka_unit_test(puts_and_replaces),
		cmocka_unit_test(tells_what_is_new),
		cmocka_unit_test(is_packed_and_used_where_it_lies),
		cmocka_unit_test(agrees_with_an_array_over_many_keys),
		cmocka_unit_test(room_changes_nothing_that_is_in_it),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
