#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/vec.h"

static void pushes_in_order(void **state)
{
	struct arena a = { 0 };
	VEC(uint32_t) v = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 100000; i++)
		vec_push(&a, &v, i * 3);
	assert_int_equal(v.len, 100000);
	assert_true(v.cap >= v.len && v.cap <= 2 * v.len);
	for (uint32_t i = 0; i < 100000; i++)
		assert_int_equal(v.ptr[i], i * 3);
	arena_release(&a);
}

static void adds_zeroed_elements(void **state)
{
	struct item {
		char name[13];
		int64_t n;
	};
	struct arena a = { 0 };
	VEC(struct item) v = { 0 };

	(void)state;
	memset(arena_alloc(&a, 10000, 1, 1), 0xff, 10000);
	arena_reset(&a);
	for (size_t i = 0; i < 100; i++) {
		struct item *p = vec_add(&a, &v);

		assert_int_equal(p->n, 0);
		assert_int_equal(p->name[12], 0);
		p->n = (int64_t)i;
	}
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(v.ptr[i].n, i);
	arena_release(&a);
}

static void reserves_without_moving_later(void **state)
{
	struct arena a = { 0 };
	VEC(char) v = { 0 };
	const char *ptr;

	(void)state;
	vec_reserve(&a, &v, 1000);
	assert_true(v.cap >= 1000);
	assert_int_equal(v.len, 0);
	ptr = v.ptr;
	for (int i = 0; i < 1000; i++) {
		arena_alloc(&a, 1, 1, 1);
		vec_push(&a, &v, 'x');
	}
	assert_ptr_equal(v.ptr, ptr);
	arena_release(&a);
}

static void two_vectors_of_one_arena_stay_apart(void **state)
{
	struct arena a = { 0 };
	VEC(int) odd = { 0 };
	VEC(int) even = { 0 };

	(void)state;
	for (int i = 0; i < 5000; i++) {
		vec_push(&a, &even, i * 2);
		vec_push(&a, &odd, i * 2 + 1);
	}
	for (int i = 0; i < 5000; i++) {
		assert_int_equal(even.ptr[i], i * 2);
		assert_int_equal(odd.ptr[i], i * 2 + 1);
	}
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pushes_in_order),
		cmocka_unit_test(adds_zeroed_elements),
		cmocka_unit_test(reserves_without_moving_later),
		cmocka_unit_test(two_vectors_of_one_arena_stay_apart),
	};

	return cmocka_run_group_tests_name("vec", tests, NULL, NULL);
}
