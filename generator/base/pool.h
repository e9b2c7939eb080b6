#ifndef POOL_H
#define POOL_H

#include <stddef.h>

/*
 * pool - the only threads there are.
 *
 * pool_each calls fn(ctx, worker, i) for every i in 0..n-1, on all workers,
 * and returns when all are done. Chunks are handed out in order; write only to
 * slot i and to what belongs to `worker` (0..pool_size-1), so that results do
 * not depend on timing. Calls do not nest. With one worker it is a plain loop
 * on the caller's thread, which is always worker 0.
 */
struct pool;

struct pool *pool_new(size_t workers); /* 0: one per core available to the process */
void pool_free(struct pool *p);        /* NULL is allowed */
size_t pool_size(const struct pool *p);
void pool_each(struct pool *p, size_t n, void (*fn)(void *ctx, size_t worker, size_t i), void *ctx);
/* Has fn(ctx) called on the caller's thread after each of its slots, for what is to be done now and then, whatever is at work. */
void pool_set_pause(struct pool *p, void (*fn)(void *ctx), void *ctx);

#endif
