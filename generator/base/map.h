#ifndef MAP_H
#define MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/pack.h"
#include "base/str.h"

/*
 * map - from strings to 64-bit values, in an arena.
 *
 * Open addressing with linear probing over XXH3; keys are borrowed, so they
 * must live as long as the map. Nothing is removed. Iteration is by insertion
 * order, never by hash. Zero is ready.
 */
struct map_entry {
	struct str key;
	uint64_t value;
};

/* Most keys that are not meant are told by their hash alone, without a look at their entries. */
struct map_slot {
	uint32_t entry; /* index + 1; 0: empty */
	uint32_t hash;  /* the lower half */
};

struct map {
	struct map_entry *entries; /* in order of insertion */
	size_t len, cap;
	struct map_slot *slots;
	size_t n_slots; /* a power of two */
};

/* Room for so many keys in all, where it is known. */
void map_reserve(struct arena *a, struct map *m, size_t n);
/* Sets `key` to `value`; true when it was new. */
bool map_put(struct arena *a, struct map *m, struct str key, uint64_t value);
/* The entry of `key`, inserted with value 0 when absent (*is_new tells; may be NULL). Valid until the next insertion. */
struct map_entry *map_at(struct arena *a, struct map *m, struct str key, bool *is_new);
bool map_get(const struct map *m, struct str key, uint64_t *value); /* value may be NULL */
bool map_has(const struct map *m, struct str key);

/* Whole, its values below 2^32; at a multiple of eight. */
void map_pack(struct buf *b, const struct map *m);
/*
 * From there, keys borrowed. Nothing may be added to it: on most machines slots are used where they lie, which must be at
 * a multiple of eight. False: that is not what it is.
 */
bool map_unpack(struct arena *a, struct pack_reader *r, struct map *m);

#endif
