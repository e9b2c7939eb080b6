#include "base/idmap.h"

#define FIRST_SLOTS 1024

static size_t slot_of(const struct idmap *m, const void *ptr, uint32_t tag)
{
	/* Fibonacci hashing (Knuth, TAOCP 3, 6.4): the high bits of the product are well mixed. */
	uint64_t h = ((uint64_t)(uintptr_t)ptr ^ (uint64_t)tag << 48) * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(h >> 20) & (m->n_slots - 1);
}

uint32_t idmap_get(const struct idmap *m, const void *ptr, uint32_t tag)
{
	if (m->n_slots == 0)
		return UINT32_MAX;
	for (size_t at = slot_of(m, ptr, tag); m->slots[at].id; at = (at + 1) & (m->n_slots - 1))
		if (m->slots[at].ptr == ptr && m->slots[at].tag == tag)
			return m->slots[at].id - 1;
	return UINT32_MAX;
}

static void insert(struct idmap *m, struct idmap_slot item)
{
	size_t at = slot_of(m, item.ptr, item.tag);

	while (m->slots[at].id)
		at = (at + 1) & (m->n_slots - 1);
	m->slots[at] = item;
}

static void grow(struct arena *a, struct idmap *m)
{
	struct idmap old = *m;

	m->n_slots = old.n_slots ? old.n_slots * 2 : FIRST_SLOTS;
	m->slots = arena_array(a, struct idmap_slot, m->n_slots);
	for (size_t i = 0; i < old.n_slots; i++)
		if (old.slots[i].id)
			insert(m, old.slots[i]);
	arena_drop(a, old.slots, old.n_slots * sizeof(*old.slots));
}

void idmap_put(struct arena *a, struct idmap *m, const void *ptr, uint32_t tag, uint32_t id)
{
	if (m->len * 2 >= m->n_slots)
		grow(a, m);
	insert(m, (struct idmap_slot){ ptr, tag, id + 1 });
	m->len++;
}
