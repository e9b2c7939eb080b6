#ifndef SEARCH_IMPL_H
#define SEARCH_IMPL_H

#include "base/vec.h"
#include "stage/search.h"

/*
 * search_impl - what the parts of search share: a set of terms, numbered in the
 * order they came. Terms are short and come by the million, so it hashes them
 * itself. Zero is ready.
 */
struct term_key {
	const char *ptr; /* borrowed; may be replaced by a copy */
	uint32_t hash, len;
};

struct term_table {
	VEC(struct term_key) keys;
	uint32_t *slots; /* number + 1; 0 is empty */
	size_t n_slots;  /* a power of two */
};

static inline uint32_t term_hash(const char *p, size_t n)
{
	uint64_t h = n * 0x9e3779b97f4a7c15u, v;

	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&v, p, 8);
		h = (h ^ v) * 0x9e3779b97f4a7c15u;
		h ^= h >> 32;
	}
	v = 0;
	memcpy(&v, p, n);
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return (uint32_t)(h >> 32);
}

static inline void term_table_grow(struct arena *a, struct term_table *t)
{
	t->n_slots = t->n_slots ? t->n_slots * 2 : 512;
	t->slots = arena_array(a, uint32_t, t->n_slots);
	for (size_t i = 0; i < t->keys.len; i++) {
		size_t at = t->keys.ptr[i].hash & (t->n_slots - 1);

		while (t->slots[at])
			at = (at + 1) & (t->n_slots - 1);
		t->slots[at] = (uint32_t)i + 1;
	}
}

/* The number of a term, given one if it is new. */
static inline uint32_t term_table_at(struct arena *a, struct term_table *t, struct str term, bool *is_new)
{
	uint32_t hash = term_hash(term.ptr, term.len);
	size_t at;

	if (t->keys.len * 2 >= t->n_slots)
		term_table_grow(a, t);
	for (at = hash & (t->n_slots - 1); t->slots[at]; at = (at + 1) & (t->n_slots - 1)) {
		const struct term_key *k = &t->keys.ptr[t->slots[at] - 1];

		if (k->hash == hash && k->len == term.len && memcmp(k->ptr, term.ptr, term.len) == 0) {
			*is_new = false;
			return t->slots[at] - 1;
		}
	}
	*is_new = true;
	vec_push(a, &t->keys, ((struct term_key){ term.ptr, hash, (uint32_t)term.len }));
	t->slots[at] = (uint32_t)t->keys.len;
	return (uint32_t)t->keys.len - 1;
}

#endif
