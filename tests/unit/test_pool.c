#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/pool.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MOST 5000

struct run {
	unsigned char done[MOST]; /* slot i belongs to call i */
	size_t of_worker[8];      /* calls, by worker */
	struct arena arenas[8];   /* of workers */
	const size_t *ids[MOST];  /* made in the arena of the worker */
};

static void count(void *ctx, size_t worker, size_t i)
{
	struct run *r = ctx;
	size_t *id = arena_new(&r->arenas[worker], size_t);

	*id = i;
	r->ids[i] = id;
	r->done[i]++;
	r->of_worker[worker]++;
}

static void release(struct run *r)
{
	for (size_t i = 0; i < COUNT(r->arenas); i++)
		arena_release(&r->arenas[i]);
	memset(r, 0, sizeof(*r));
}

static void every_index_is_called_once(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 8 }, counts[] = { 0, 1, 2, 3, 7, 8, 9, 64, 65, 1000, MOST };
	static struct run r;

	(void)state;
	for (size_t s = 0; s < COUNT(sizes); s++) {
		struct pool *p = pool_new(sizes[s]);

		assert_int_equal(pool_size(p), sizes[s]);
		for (size_t c = 0; c < COUNT(counts); c++) {
			size_t n = counts[c], calls = 0;

			pool_each(p, n, count, &r);
			for (size_t i = 0; i < n; i++) {
				assert_int_equal(r.done[i], 1);
				assert_int_equal(*r.ids[i], i);
			}
			for (size_t i = n; i < MOST; i++)
				assert_int_equal(r.done[i], 0);
			for (size_t w = 0; w < COUNT(r.of_worker); w++) {
				assert_true(w < sizes[s] || !r.of_worker[w]);
				calls += r.of_worker[w];
			}
			assert_int_equal(calls, n);
			release(&r);
		}
		pool_free(p);
	}
}

static void many_rounds_do_not_mix(void **state)
{
	struct pool *p = pool_new(4);
	static struct run r;

	(void)state;
	for (unsigned round = 1; round <= 2000; round++) {
		size_t n = round % 17;

		pool_each(p, n, count, &r);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(r.done[i], 1);
		memset(r.done, 0, sizeof(r.done));
	}
	pool_free(p);
	release(&r);
}

/* Two calls that wait for each other: they must be on two workers. */
static void wait_for_the_other(void *ctx, size_t worker, size_t i)
{
	atomic_int *arrived = ctx;

	(void)worker;
	(void)i;
	atomic_fetch_add(arrived, 1);
	for (int tries = 0; atomic_load(arrived) < 2 && tries < 20000; tries++)
		usleep(1000);
}

static void two_calls_run_at_the_same_time(void **state)
{
	struct pool *p = pool_new(2);
	atomic_int arrived = 0;

	(void)state;
	pool_each(p, 2, wait_for_the_other, &arrived);
	assert_int_equal(atomic_load(&arrived), 2);
	pool_free(p);
}

static void in_order_on_the_caller(void *ctx, size_t worker, size_t i)
{
	size_t *next = ctx;

	assert_int_equal(worker, 0);
	assert_int_equal(i, *next);
	++*next;
}

static void one_worker_is_a_plain_loop(void **state)
{
	struct pool *p = pool_new(1);
	size_t next = 0;

	(void)state;
	pool_each(p, 1000, in_order_on_the_caller, &next);
	assert_int_equal(next, 1000);
	pool_free(p);
}

struct paused {
	size_t calls, pauses, mine;
	pid_t caller;
};

static void take_slot(void *ctx, size_t worker, size_t i)
{
	struct paused *p = ctx;

	(void)i;
	p->mine += worker == 0;
}

static void pause_between(void *ctx)
{
	struct paused *p = ctx;

	assert_int_equal(gettid(), p->caller);
	p->pauses++;
}

static void the_caller_pauses_after_each_of_its_slots(void **state)
{
	static const size_t sizes[] = { 1, 3 };

	(void)state;
	for (size_t s = 0; s < COUNT(sizes); s++) {
		struct pool *p = pool_new(sizes[s]);
		struct paused seen = { .caller = gettid() };

		pool_set_pause(p, pause_between, &seen);
		pool_each(p, 1000, take_slot, &seen);
		assert_int_equal(seen.pauses, seen.mine);
		pool_each(p, 1, take_slot, &seen);
		assert_int_equal(seen.pauses, seen.mine);
		assert_true(seen.pauses > 0);
		pool_free(p);
	}
}

static void sizes_are_within_reason(void **state)
{
	struct pool *p = pool_new(0);

	(void)state;
	assert_true(pool_size(p) >= 1 && pool_size(p) <= 256);
	pool_free(p);
	pool_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_index_is_called_once),
		cmocka_unit_test(many_rounds_do_not_mix),
		cmocka_unit_test(two_calls_run_at_the_same_time),
		cmocka_unit_test(one_worker_is_a_plain_loop),
		cmocka_unit_test(sizes_are_within_reason),
		cmocka_unit_test(the_caller_pauses_after_each_of_its_slots),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
