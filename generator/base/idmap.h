#ifndef IDMAP_H
#define IDMAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/*
 * idmap - from an address and a small number to a number, in an arena.
 *
 * For texts that are interned, so that equal ones have one address: looking
 * one up neither hashes nor compares its bytes. Zero is ready.
 */
struct idmap {
	struct idmap_slot {
		const void *ptr;
		uint32_t tag, id; /* id + 1; 0: empty */
	} *slots;
	size_t n_slots, len; /* n_slots: a power of two */
};

/* The number of (ptr, tag), or UINT32_MAX. */
uint32_t idmap_get(const struct idmap *m, const void *ptr, uint32_t tag);
/* Adds one that is not there; id below UINT32_MAX. */
void idmap_put(struct arena *a, struct idmap *m, const void *ptr, uint32_t tag, uint32_t id);

#endif
