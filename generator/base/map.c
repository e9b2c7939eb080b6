#include "base/map.h"

#include <assert.h>

#include "base/vec.h"

#define FIRST_SLOTS 16

/* The slot of `key`, or the empty one where it belongs. */
static size_t find_slot(const struct map *m, struct str key, uint64_t hash)
{
	size_t mask = m->n_slots - 1, at = (size_t)hash & mask;

	while (m->slots[at]) {
		const struct map_entry *e = &m->entries[m->slots[at] - 1];

		if (e->hash == hash && str_eq(e->key, key))
			break;
		at = (at + 1) & mask;
	}
	return at;
}

static void rehash(struct arena *a, struct map *m)
{
	size_t n = m->n_slots ? m->n_slots * 2 : FIRST_SLOTS;

	m->slots = arena_grow(a, m->slots, m->n_slots, n, sizeof(*m->slots), _Alignof(uint32_t));
	m->n_slots = n;
	memset(m->slots, 0, n * sizeof(*m->slots));
	for (size_t i = 0; i < m->len; i++) {
		size_t at = (size_t)m->entries[i].hash & (n - 1);

		while (m->slots[at])
			at = (at + 1) & (n - 1);
		m->slots[at] = (uint32_t)i + 1;
	}
}

struct map_entry *map_at(struct arena *a, struct map *m, struct str key, bool *is_new)
{
	uint64_t hash = str_hash(key);
	size_t at;

	/* At most two thirds full: longer runs cost more than the memory saved. */
	if ((m->len + 1) * 3 > m->n_slots * 2)
		rehash(a, m);
	at = find_slot(m, key, hash);
	if (is_new)
		*is_new = !m->slots[at];
	if (m->slots[at])
		return &m->entries[m->slots[at] - 1];
	assert(m->len < UINT32_MAX);
	m->entries = vec_room(a, m->entries, &m->cap, m->len + 1, sizeof(*m->entries));
	m->entries[m->len] = (struct map_entry){ .key = key, .hash = hash };
	m->slots[at] = (uint32_t)m->len + 1;
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
	size_t at;

	if (!m->len)
		return false;
	at = find_slot(m, key, str_hash(key));
	if (!m->slots[at])
		return false;
	if (value)
		*value = m->entries[m->slots[at] - 1].value;
	return true;
}

bool map_has(const struct map *m, struct str key)
{
	return map_get(m, key, NULL);
}
