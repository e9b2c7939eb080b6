#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"

static void aligns_every_allocation(void **state)
{
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < 2000; i++) {
		size_t align = (size_t)1 << i % 9;
		char *p = arena_alloc(&a, i % 37, 1 + i % 5, align);

		assert_int_equal((uintptr_t)p % align, 0);
		memset(p, 0xaa, (i % 37) * (1 + i % 5));
	}
	arena_release(&a);
}

static void hands_out_memory_that_does_not_overlap(void **state)
{
	struct arena a = { 0 };
	struct piece {
		unsigned char *p;
		size_t len;
	} pieces[500];
	uint32_t random = 1;

	(void)state;
	for (size_t i = 0; i < 500; i++) {
		random = random * 1664525 + 1013904223;
		/* Now and then one that needs a block of its own. */
		pieces[i].len = i % 50 == 0 ? 100000 : (random >> 16) % 400;
		pieces[i].p = arena_alloc(&a, pieces[i].len, 1, 1);
		memset(pieces[i].p, (int)(i & 0xff), pieces[i].len);
	}
	for (size_t i = 0; i < 500; i++)
		for (size_t j = 0; j < pieces[i].len; j++)
			assert_int_equal(pieces[i].p[j], i & 0xff);
	assert_true(a.held >= a.used);
	arena_release(&a);
	assert_null(a.head);
	assert_int_equal(a.held, 0);
}

static void zeroes_where_the_name_says_so(void **state)
{
	struct arena a = { 0 };

	(void)state;
	memset(arena_alloc(&a, 4096, 1, 1), 0xff, 4096);
	arena_reset(&a);
	for (size_t i = 0; i < 64; i++) {
		const uint64_t *p = arena_new(&a, uint64_t);

		assert_int_equal(*p, 0);
	}
	const unsigned char *many = arena_array(&a, unsigned char, 1000);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(many[i], 0);
	arena_release(&a);
}

static void grows_in_place_at_the_end(void **state)
{
	struct arena a = { 0 };
	char *p = arena_alloc(&a, 10, 1, 1);

	(void)state;
	memcpy(p, "0123456789", 10);
	assert_ptr_equal(arena_grow(&a, p, 10, 1000, 1, 1), p);
	assert_memory_equal(p, "0123456789", 10);
	assert_int_equal(a.used, 1000);
	arena_release(&a);
}

static void grows_by_copying_in_the_middle(void **state)
{
	struct arena a = { 0 };
	int *p = arena_array(&a, int, 3), *q;
	char *behind;

	(void)state;
	p[0] = 1, p[1] = 2, p[2] = 3;
	behind = arena_alloc(&a, 1, 1, 1);
	*behind = 'x';
	q = arena_grow(&a, p, 3, 6, sizeof(int), _Alignof(int));
	assert_ptr_not_equal(p, q);
	assert_int_equal(q[0] + q[1] * 10 + q[2] * 100, 321);
	memset(q + 3, 0xff, 3 * sizeof(int));
	assert_int_equal(*behind, 'x');
	arena_release(&a);
}

static void grows_from_nothing(void **state)
{
	struct arena a = { 0 };
	char *p = arena_grow(&a, NULL, 0, 5, 1, 1);

	(void)state;
	memset(p, 1, 5);
	p = arena_grow(&a, p, 5, 5, 1, 1);
	assert_int_equal(p[4], 1);
	arena_release(&a);
}

/* Doubling up to 64 MiB must not leave all the smaller copies behind. */
static void grows_large_arrays_without_keeping_the_old_ones(void **state)
{
	struct arena a = { 0 };
	size_t n = 16, want = (size_t)64 << 20;
	char *p = arena_alloc(&a, n, 1, 1);

	(void)state;
	memset(p, 7, n);
	for (; n < want; n *= 2) {
		p = arena_grow(&a, p, n, n * 2, 1, 1);
		p[n] = 7;
		arena_alloc(&a, 8, 1, 1);
	}
	assert_int_equal(p[15], 7);
	assert_int_equal(p[n / 2], 7);
	assert_true(a.held < want + want / 8);
	arena_release(&a);
}

/* However many of them there are: each has a block to itself. */
static void grows_large_arrays_in_turn_without_keeping_the_old_ones(void **state)
{
	struct arena a = { 0 };
	size_t n = (size_t)1 << 20, want = (size_t)16 << 20;
	char *p[5];

	(void)state;
	for (size_t i = 0; i < 5; i++)
		p[i] = memset(arena_alloc(&a, n, 1, 1), (int)i + 1, n);
	for (; n < want; n *= 2)
		for (size_t i = 0; i < 5; i++)
			p[i] = arena_grow(&a, p[i], n, n * 2, 1, 1);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(p[i][((size_t)1 << 20) - 1], i + 1);
	assert_true(a.held < 5 * want + want / 8);
	arena_release(&a);
}

static void drops_what_has_a_block_to_itself(void **state)
{
	struct arena a = { 0 };
	size_t large = (size_t)8 << 20, held;
	char *few = arena_alloc(&a, 10, 1, 1), *p[3];

	(void)state;
	memcpy(few, "0123456789", 10);
	held = a.held;
	for (int i = 0; i < 3; i++)
		p[i] = memset(arena_alloc(&a, large, 1, 1), 'a' + i, large);
	arena_drop(&a, p[1], large);
	assert_true(a.held < held + 2 * large + large / 2);
	arena_drop(&a, p[0], large);
	arena_drop(&a, p[2], large);
	assert_int_equal(a.held, held);
	assert_int_equal(a.used, 10);
	arena_drop(&a, few, 5);
	arena_drop(&a, NULL, 0);
	assert_memory_equal(few, "0123456789", 10);
	assert_non_null(arena_alloc(&a, 100, 1, 1));
	arena_release(&a);
}

static void reset_keeps_one_block_and_reuses_it(void **state)
{
	struct arena a = { 0 };
	void *head;

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		arena_alloc(&a, 1000, 1, 1);
	head = a.head;
	arena_reset(&a);
	assert_ptr_equal(a.head, head);
	assert_int_equal(a.used, 0);
	arena_alloc(&a, 1000, 1, 1);
	assert_ptr_equal(a.head, head);
	arena_release(&a);
	arena_reset(&a);
	assert_null(a.head);
}

static void takes_few_blocks_for_many_small_things(void **state)
{
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < 100000; i++)
		arena_alloc(&a, 16, 1, 8);
	assert_true(a.held < a.used * 3);
	arena_release(&a);
}

/* Runs `fn` in a child with little memory; true when it ended by abort(). */
static int aborts(void (*fn)(struct arena *a))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		struct arena a = { 0 };

		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		fn(&a);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void multiply_beyond_size_t(struct arena *a)
{
	arena_alloc(a, SIZE_MAX / 8, 16, 1);
}

static void want_too_much(struct arena *a)
{
	arena_alloc(a, SIZE_MAX / 4, 1, 1);
}

static void grow_beyond_size_t(struct arena *a)
{
	arena_grow(a, arena_alloc(a, 1, 16, 1), 1, SIZE_MAX / 8, 16, 1);
}

static void ends_the_program_when_memory_runs_out(void **state)
{
	(void)state;
	assert_true(aborts(multiply_beyond_size_t));
	assert_true(aborts(grow_beyond_size_t));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	/* Sanitizers end the program in a way of their own. */
	assert_true(aborts(want_too_much));
#else
	(void)want_too_much;
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aligns_every_allocation),
		cmocka_unit_test(hands_out_memory_that_does_not_overlap),
		cmocka_unit_test(zeroes_where_the_name_says_so),
		cmocka_unit_test(grows_in_place_at_the_end),
		cmocka_unit_test(grows_by_copying_in_the_middle),
		cmocka_unit_test(grows_from_nothing),
		cmocka_unit_test(grows_large_arrays_without_keeping_the_old_ones),
		cmocka_unit_test(grows_large_arrays_in_turn_without_keeping_the_old_ones),
		cmocka_unit_test(drops_what_has_a_block_to_itself),
		cmocka_unit_test(reset_keeps_one_block_and_reuses_it),
		cmocka_unit_test(takes_few_blocks_for_many_small_things),
		cmocka_unit_test(ends_the_program_when_memory_runs_out),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
