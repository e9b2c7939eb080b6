#include "base/map.h"

#include <assert.h>

#include "base/vec.h"

#define FIRST_SLOTS 16

/* The slot of `key`, or the empty one where it belongs. */
static struct map_slot *find_slot(const struct map *m, struct str key, uint32_t hash)
{
	size_t mask = m->n_slots - 1, at = hash & mask;

	while (m->slots[at].entry) {
		if (m->slots[at].hash == hash && str_eq(m->entries[m->slots[at].entry - 1].key, key))
			break;
		at = (at + 1) & mask;
	}
	return &m->slots[at];
}

static void rehash(struct arena *a, struct map *m, size_t n)
{
	struct map_slot *old = m->slots;

	assert(n <= UINT32_MAX);
	m->slots = arena_array(a, struct map_slot, n);
	for (size_t i = 0; i < m->n_slots; i++) {
		size_t at = old[i].hash & (n - 1);

		if (!old[i].entry)
			continue;
		while (m->slots[at].entry)
			at = (at + 1) & (n - 1);
		m->slots[at] = old[i];
	}
	arena_drop(a, old, m->n_slots * sizeof(*old));
	m->n_slots = n;
}

/* At most two thirds full: longer runs cost more than the memory saved. */
static bool is_room(size_t keys, size_t slots)
{
	return keys * 3 <= slots * 2;
}

void map_reserve(struct arena *a, struct map *m, size_t n)
{
	size_t slots = m->n_slots ? m->n_slots : FIRST_SLOTS;

	if (n <= m->cap)
		return;
	while (!is_room(n, slots))
		slots *= 2;
	if (slots > m->n_slots)
		rehash(a, m, slots);
	m->entries = vec_room(a, m->entries, &m->cap, n, sizeof(*m->entries));
}

struct map_entry *map_at(struct arena *a, struct map *m, struct str key, bool *is_new)
{
	uint32_t hash = (uint32_t)str_hash(key);
	struct map_slot *slot;

	if (!is_room(m->len + 1, m->n_slots))
		rehash(a, m, m->n_slots ? m->n_slots * 2 : FIRST_SLOTS);
	slot = find_slot(m, key, hash);
	if (is_new)
		*is_new = !slot->entry;
	if (slot->entry)
		return &m->entries[slot->entry - 1];
	assert(m->len < UINT32_MAX);
	m->entries = vec_room(a, m->entries, &m->cap, m->len + 1, sizeof(*m->entries));
	m->entries[m->len] = (struct map_entry){ .key = key };
	*slot = (struct map_slot){ (uint32_t)m->len + 1, hash };
	return &m->entries[m->len++];
}

bool map_put(struct arena *a, struct map *m, struct str key, uint64_t value)
{
	bool is_new;

	map_at(a, m, key, &is_new)->value = value;
	return is_new;
}

bool map_get(const struct map *m, struct str key, uint64_t *value)
{
	const struct map_slot *slot;

	if (!m->len)
		return false;
	slot = find_slot(m, key, (uint32_t)str_hash(key));
	if (!slot->entry)
		return false;
	if (value)
		*value = m->entries[slot->entry - 1].value;
	return true;
}

bool map_has(const struct map *m, struct str key)
{
	return map_get(m, key, NULL);
}
