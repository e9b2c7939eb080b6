#include "base/arena.h"

#include <assert.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#endif

/* Under AddressSanitizer what is not handed out is poisoned, and neighbours are kept apart. */
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#define REDZONE 16
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#define REDZONE 0
#endif

#define BLOCK_MIN ((size_t)16 << 10)
#define BLOCK_MAX ((size_t)1 << 20)

struct arena_block {
	struct arena_block *next;
	size_t cap, used; /* the newest one's may be behind what is handed out: see settle */
	_Alignas(max_align_t) char data[];
};

/* What is left of the newest block is handed out without a call; under AddressSanitizer each piece is marked. */
static void offer(struct arena *a)
{
	bool is_open = a->head && !REDZONE;

	a->at = is_open ? a->head->data + a->head->used : NULL;
	a->end = is_open ? a->head->data + a->head->cap : NULL;
}

static void settle(struct arena *a)
{
	if (a->at)
		a->head->used = (size_t)(a->at - a->head->data);
}

void arena_out_of_memory(void)
{
	fputs("dossier: out of memory\n", stderr);
	abort();
}

void arena_settle_up(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

void *arena_sys_alloc(size_t bytes)
{
	void *p = malloc(bytes ? bytes : 1);

	if (!p)
		arena_out_of_memory();
	return p;
}

void *arena_sys_realloc(void *ptr, size_t bytes)
{
	void *p = realloc(ptr, bytes ? bytes : 1);

	if (!p)
		arena_out_of_memory();
	return p;
}

static size_t array_bytes(size_t count, size_t size)
{
	/* Half the address space: sums with headers and alignment cannot overflow. */
	if (size && count > (SIZE_MAX >> 1) / size)
		arena_out_of_memory();
	return count * size;
}

static void *take(struct arena_block *b, size_t bytes, size_t align)
{
	uintptr_t base = (uintptr_t)b->data;
	uintptr_t at = (base + b->used + (b->used ? REDZONE : 0) + align - 1) & ~(uintptr_t)(align - 1);
	size_t start = (size_t)(at - base);

	if (start > b->cap || bytes > b->cap - start)
		return NULL;
	UNPOISON(b->data + start, bytes);
	b->used = start + bytes;
	return b->data + start;
}

static void *get_block(size_t bytes, bool is_zero)
{
	void *p = is_zero ? calloc(1, bytes) : malloc(bytes);

	if (!p)
		arena_out_of_memory();
	return p;
}

static struct arena_block *add_block(struct arena *a, size_t bytes, size_t align, bool is_zero)
{
	size_t room = bytes + (align > _Alignof(max_align_t) ? align : 0);
	size_t cap = a->head ? a->head->cap * 2 : BLOCK_MIN;
	struct arena_block *b;
	struct arena_block **link = &a->head;

	cap = cap < BLOCK_MIN ? BLOCK_MIN : cap > BLOCK_MAX ? BLOCK_MAX : cap;
	if (room > cap / 2 || is_zero) {
		/* A large piece gets a block of its own, behind the head: what is left there stays in use. */
		cap = room;
		if (a->head)
			link = &a->head->next;
	}
	b = get_block(sizeof(*b) + cap, is_zero);
	b->next = *link;
	b->cap = cap;
	b->used = 0;
	*link = b;
	a->held += cap;
	POISON(b->data, cap);
	return b;
}

void *arena_more(struct arena *a, size_t count, size_t size, size_t align)
{
	size_t bytes = array_bytes(count, size);
	void *p = NULL;

	assert(align && (align & (align - 1)) == 0);
	settle(a);
	if (a->head)
		p = take(a->head, bytes, align);
	if (!p)
		p = take(add_block(a, bytes, align, false), bytes, align);
	a->used += bytes;
	offer(a);
	return p;
}

void *arena_zalloc_large(struct arena *a, size_t count, size_t size, size_t align)
{
	size_t bytes = array_bytes(count, size);
	void *p;

	settle(a);
	p = take(add_block(a, bytes, align, true), bytes, align);
	a->used += bytes;
	offer(a);
	return p;
}

/* The link to the block that holds nothing but the `bytes` at `ptr`. Large pieces always have one. */
static struct arena_block **sole_block(struct arena *a, const void *ptr, size_t bytes)
{
	struct arena_block **link = &a->head;
	bool is_large = bytes > BLOCK_MAX / 2;

	for (int i = 0; (is_large || i < 2) && *link; i++, link = &(*link)->next)
		if ((*link)->data == ptr && (*link)->used == bytes)
			return link;
	return NULL;
}

void arena_drop(struct arena *a, void *ptr, size_t bytes)
{
	struct arena_block **link, *b;

	settle(a);
	link = ptr ? sole_block(a, ptr, bytes) : NULL;
	if (!link)
		return;
	b = *link;
	*link = b->next;
	a->used -= bytes;
	a->held -= b->cap;
	UNPOISON(b->data, b->cap);
	free(b);
	offer(a);
}

void *arena_grow(struct arena *a, void *ptr, size_t old, size_t count, size_t size, size_t align)
{
	size_t was = array_bytes(old, size);
	size_t bytes = array_bytes(count, size);
	struct arena_block *b = a->head;
	struct arena_block **link;
	void *p;

	assert(count >= old);
	if (!ptr || !was)
		return arena_alloc(a, count, size, align);
	settle(a);
	if (b && (char *)ptr + was == b->data + b->used && bytes - was <= b->cap - b->used) {
		UNPOISON(b->data + b->used, bytes - was);
		b->used += bytes - was;
		a->used += bytes - was;
		offer(a);
		return ptr;
	}
	link = align <= _Alignof(max_align_t) ? sole_block(a, ptr, was) : NULL;
	if (link && bytes > (*link)->cap) {
		a->held += bytes - (*link)->cap;
		a->used += bytes - was;
		b = arena_sys_realloc(*link, sizeof(*b) + bytes);
		b->cap = b->used = bytes;
		*link = b;
		offer(a);
		return b->data;
	}
	p = arena_alloc(a, count, size, align);
	return memcpy(p, ptr, was);
}

static void free_blocks(struct arena_block *b)
{
	while (b) {
		struct arena_block *next = b->next;

		UNPOISON(b->data, b->cap);
		free(b);
		b = next;
	}
}

void arena_reset(struct arena *a)
{
	struct arena_block *b = a->head;

	a->used = 0;
	if (!b)
		return;
	free_blocks(b->next);
	b->next = NULL;
	b->used = 0;
	a->held = b->cap;
	POISON(b->data, b->cap);
	offer(a);
}

void arena_release(struct arena *a)
{
	free_blocks(a->head);
	*a = (struct arena){ 0 };
}
