#ifndef VEC_H
#define VEC_H

#include <stddef.h>
#include <string.h>

#include "base/arena.h"

/*
 * vec - growing arrays in an arena.
 *
 *     VEC(struct str) names = { 0 };
 *     vec_push(&arena, &names, s);
 *     struct page *p = vec_add(&arena, &pages);    (zeroed)
 *     for (size_t i = 0; i < names.len; i++) ... names.ptr[i] ...
 *
 * Zero is ready. Growth doubles; the old array stays in the arena unless it was
 * the last allocation. Pointers into it are valid until the next push.
 */
#define VEC(type)                \
	struct {                 \
		type *ptr;       \
		size_t len, cap; \
	}

/* Makes room for `want` elements in all and gives the (possibly moved) array. */
void *vec_room(struct arena *a, void *ptr, size_t *cap, size_t want, size_t size);

#define vec_reserve(a, v, n) ((v)->ptr = vec_room((a), (v)->ptr, &(v)->cap, (n), sizeof(*(v)->ptr)))
#define vec_one_more(a, v) ((v)->len < (v)->cap ? (void)0 : (void)vec_reserve((a), (v), (v)->len + 1))
#define vec_push(a, v, item) (vec_one_more((a), (v)), (v)->ptr[(v)->len++] = (item))
#define vec_add(a, v)                                                                               \
	(vec_one_more((a), (v)),                                                                    \
	 memset(&(v)->ptr[(v)->len], 0, sizeof(*(v)->ptr)), &(v)->ptr[(v)->len++])

#endif
