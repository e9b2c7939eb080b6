#include "base/pool.h"

#include <assert.h>
#include <pthread.h>
#ifdef __linux__
#include <sched.h>
#endif
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"

#define WORKERS_MAX 256
#define STACK_BYTES ((size_t)8 << 20) /* some systems give threads 128 KiB, too little for nested pages */
#define CHUNK_MAX 64

struct worker {
	struct pool *pool;
	pthread_t thread;
	size_t number;
};

struct pool {
	size_t size; /* workers, the caller among them */
	pthread_mutex_t lock;
	pthread_cond_t wake, idle;
	/* Guarded by the lock. */
	size_t round;   /* grows with every pool_each */
	size_t running; /* workers that have not finished the round */
	bool is_busy, is_ending;
	/* The round: set under the lock before it starts. */
	size_t n, chunk;
	void (*fn)(void *ctx, size_t worker, size_t i);
	void *ctx;
	atomic_size_t next;       /* first index not handed out */
	void (*pause)(void *ctx); /* NULL: none */
	void *pause_ctx;
	struct worker workers[];
};

static size_t cores(void)
{
	long n = 0;
#ifdef __linux__
	cpu_set_t set;

	if (!sched_getaffinity(0, sizeof(set), &set))
		n = CPU_COUNT(&set);
#endif
	if (n < 1)
		n = sysconf(_SC_NPROCESSORS_ONLN);
	return n < 1 ? 1 : (size_t)n;
}

static void rest(const struct pool *p, size_t worker)
{
	if (worker == 0 && p->pause)
		p->pause(p->pause_ctx);
}

static void work(struct pool *p, size_t worker)
{
	for (;;) {
		size_t from = atomic_fetch_add_explicit(&p->next, p->chunk, memory_order_relaxed);
		size_t to = p->n - from < p->chunk ? p->n : from + p->chunk;

		if (from >= p->n)
			return;
		for (size_t i = from; i < to; i++) {
			p->fn(p->ctx, worker, i);
			rest(p, worker);
		}
	}
}

static void *run(void *arg)
{
	struct worker *w = arg;
	struct pool *p = w->pool;

	pthread_mutex_lock(&p->lock);
	for (size_t done = 0;; done++) {
		while (p->round == done && !p->is_ending)
			pthread_cond_wait(&p->wake, &p->lock);
		if (p->is_ending)
			break;
		pthread_mutex_unlock(&p->lock);
		work(p, w->number);
		pthread_mutex_lock(&p->lock);
		if (--p->running == 0)
			pthread_cond_signal(&p->idle);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct pool *pool_new(size_t workers)
{
	struct pool *p;
	pthread_attr_t attr;
	sigset_t all, old;

	if (!workers)
		workers = cores();
	if (workers > WORKERS_MAX)
		workers = WORKERS_MAX;
	p = arena_sys_alloc(sizeof(*p) + workers * sizeof(p->workers[0]));
	*p = (struct pool){ .size = 1 };
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	pthread_cond_init(&p->idle, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	/* Signals are the caller's business. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (size_t i = 1; i < workers; i++) {
		p->workers[i] = (struct worker){ .pool = p, .number = i };
		/* Where the system gives no more threads, fewer do the same work. */
		if (pthread_create(&p->workers[i].thread, &attr, run, &p->workers[i]))
			break;
		p->size++;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return p;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->is_ending = true;
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);
	for (size_t i = 1; i < p->size; i++)
		pthread_join(p->workers[i].thread, NULL);
	pthread_cond_destroy(&p->wake);
	pthread_cond_destroy(&p->idle);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

size_t pool_size(const struct pool *p)
{
	return p->size;
}

void pool_set_pause(struct pool *p, void (*fn)(void *ctx), void *ctx)
{
	p->pause = fn;
	p->pause_ctx = ctx;
}

void pool_each(struct pool *p, size_t n, void (*fn)(void *ctx, size_t worker, size_t i), void *ctx)
{
	size_t chunk = n / (p->size * 32);

	if (p->size == 1 || n <= 1) {
		assert(!p->is_busy);
		p->is_busy = true;
		for (size_t i = 0; i < n; i++) {
			fn(ctx, 0, i);
			rest(p, 0);
		}
		p->is_busy = false;
		return;
	}
	pthread_mutex_lock(&p->lock);
	assert(!p->is_busy);
	p->is_busy = true;
	p->n = n;
	/* Small enough that the last chunk keeps nobody waiting, large enough that the counter is no bottleneck. */
	p->chunk = chunk < 1 ? 1 : chunk > CHUNK_MAX ? CHUNK_MAX : chunk;
	p->fn = fn;
	p->ctx = ctx;
	atomic_store_explicit(&p->next, 0, memory_order_relaxed);
	p->running = p->size - 1;
	p->round++;
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);

	work(p, 0);

	pthread_mutex_lock(&p->lock);
	while (p->running)
		pthread_cond_wait(&p->idle, &p->lock);
	p->is_busy = false;
	pthread_mutex_unlock(&p->lock);
}
