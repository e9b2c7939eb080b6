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

void map_pack(struct buf *b, const struct map *m)
{
	pack_list(b, (uint32_t[]){ (uint32_t)m->len, (uint32_t)m->n_slots }, 2);
	for (size_t i = 0; i < m->n_slots; i++)
		pack_list(b, (uint32_t[]){ m->slots[i].entry, m->slots[i].hash }, 2);
	for (size_t i = 0; i < m->len; i++) {
		assert(m->entries[i].value <= UINT32_MAX);
		pack_list(b, (uint32_t[]){ (uint32_t)m->entries[i].key.len, (uint32_t)m->entries[i].value }, 2);
	}
	for (size_t i = 0; i < m->len; i++)
		buf_add(b, m->entries[i].key);
}

_Static_assert(sizeof(struct map_slot) == 8, "slots are two numbers, as they are packed");

bool map_unpack(struct arena *a, struct pack_reader *r, struct map *m)
{
	size_t n = pack_get_count(r, 8), n_slots = pack_get_count(r, 8);
	const uint32_t *slots = pack_get_list(r, a, 2 * n_slots), *sizes = pack_get_list(r, a, 2 * n);

	*m = (struct map){ 0 };
	if (!slots || !sizes || !is_room(n, n_slots) || (n_slots & (n_slots - 1)))
		return false;
	m->entries = arena_alloc(a, n, sizeof(*m->entries), _Alignof(struct map_entry));
	for (size_t i = 0; i < n; i++) {
		const char *key = pack_take(r, sizes[2 * i]);

		m->entries[i] = (struct map_entry){ { key, key ? sizes[2 * i] : 0 }, sizes[2 * i + 1] };
	}
	m->len = m->cap = n;
	m->slots = (struct map_slot *)(uintptr_t)slots;
	m->n_slots = n_slots;
	return r->ok;
}
