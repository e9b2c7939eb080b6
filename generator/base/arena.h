#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * arena - memory that dies together.
 *
 * Objects that share a lifetime share an arena; nothing is freed one by one, but large tables that grew (arena_drop).
 * An arena belongs to one thread. Allocation never returns NULL: running out
 * of memory ends the program with a message. Memory is zeroed only where the
 * name says so. Zero is ready: `struct arena a = { 0 };` is an empty arena.
 */
struct arena {
	struct arena_block *head; /* newest block; NULL before first use */
	char *at, *end;           /* what is left of it */
	size_t used;              /* bytes handed out since the last reset */
	size_t held;              /* bytes held from the system */
};

void *arena_more(struct arena *a, size_t count, size_t size, size_t align); /* for arena_alloc, where nothing is left */
static inline void *arena_alloc(struct arena *a, size_t count, size_t size, size_t align)
{
	size_t bytes, gap = -(size_t)(uintptr_t)a->at & (align - 1);

	if (__builtin_mul_overflow(count, size, &bytes) || gap >= (size_t)(a->end - a->at) ||
	    bytes > (size_t)(a->end - a->at) - gap)
		return arena_more(a, count, size, align);
	a->at += gap + bytes;
	a->used += bytes;
	return a->at - bytes;
}
/* Large tables come from the system as it has them: what of them is never looked at costs no memory. */
#define ARENA_LARGE ((size_t)128 << 10)
void *arena_zalloc_large(struct arena *a, size_t count, size_t size, size_t align);
static inline void *arena_zalloc(struct arena *a, size_t count, size_t size, size_t align)
{
	if (size && count >= ARENA_LARGE / size)
		return arena_zalloc_large(a, count, size, align);
	return memset(arena_alloc(a, count, size, align), 0, count * size);
}
/*
 * Grows an array from `old` to `count` elements, in place when it is the last
 * thing allocated. Use only what it returns: the old place may be gone.
 */
void *arena_grow(struct arena *a, void *ptr, size_t old, size_t count, size_t size, size_t align);
/* Gives `bytes` at `ptr` back early where they have a block to themselves, as large pieces do. NULL is nothing. */
void arena_drop(struct arena *a, void *ptr, size_t bytes);
void arena_reset(struct arena *a);   /* keep the newest block, drop contents */
void arena_release(struct arena *a); /* free everything; `a` is ready again */

/* A zeroed object, a zeroed array. */
#define arena_new(a, type) ((type *)arena_zalloc((a), 1, sizeof(type), _Alignof(type)))
#define arena_array(a, type, n) ((type *)arena_zalloc((a), (n), sizeof(type), _Alignof(type)))

/* What arenas gave back is returned to the system, where it knows how; else it stays for others to come. */
void arena_settle_up(void);

/* malloc that never returns NULL; for the few owners that are not arenas. */
void *arena_sys_alloc(size_t bytes);
void *arena_sys_realloc(void *ptr, size_t bytes);
_Noreturn void arena_out_of_memory(void); /* ends the program with a message, as every allocation here does */

#endif
