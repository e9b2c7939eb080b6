#ifndef MAP_H
#define MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
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
	uint64_t hash;
	uint64_t value;
};

struct map {
	struct map_entry *entries; /* in order of insertion */
	size_t len, cap;
	uint32_t *slots; /* index + 1 into entries; 0 is empty */
	size_t n_slots;  /* a power of two */
};

/* Sets `key` to `value`; true when it was new. */
bool map_put(struct arena *a, struct map *m, struct str key, uint64_t value);
/* The entry of `key`, inserted with value 0 when absent (*is_new tells; may be NULL). Valid until the next insertion. */
struct map_entry *map_at(struct arena *a, struct map *m, struct str key, bool *is_new);
bool map_get(const struct map *m, struct str key, uint64_t *value); /* value may be NULL */
bool map_has(const struct map *m, struct str key);

#endif
