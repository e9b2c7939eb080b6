#include "site/factset.h"

#include <string.h>

static const char *const names[] = {
	"page head",      "page front matter",
	"page text",      "page names",
	"backlinks",      "page facts",
	"page relations", "page events",
	"page quotes",    "page comparisons",
	"page evidence",  "page members",
	"fact",           "record",
	"query",          "configuration",
	"string",         "data file",
	"template",       "asset",
	"staleness",      "end of relation",
	"site",
};

_Static_assert(sizeof(names) / sizeof(names[0]) == FACT_KINDS, "a name for every kind of fact");

const char *factset_kind_name(enum fact_kind kind)
{
	return names[kind];
}

void factset_init(struct factset *s, struct arena *a)
{
	memset(s, 0, sizeof(*s));
	s->arena = a;
}

/* Keys of pages and names of templates have one address each, so neither their bytes nor their hash is looked at. */
bool factset_is_interned(enum fact_kind kind)
{
	return kind <= FACT_PAGE_MEMBERS || kind == FACT_TEMPLATE;
}

static size_t slot_of(const struct factset *s, uint32_t kind, struct str key)
{
	uint64_t h = factset_is_interned((enum fact_kind)kind) ? (uint64_t)(uintptr_t)key.ptr : str_hash(key);

	return (size_t)(((h ^ (uint64_t)kind << 48) * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (s->n_slots - 1);
}

void factset_clear(struct factset *s)
{
	/* Few facts in a large table: empty only their slots. */
	for (size_t i = 0; i < s->len && s->len * 8 < s->n_slots; i++) {
		size_t at = slot_of(s, s->entries[i].kind, s->entries[i].key);

		while (s->slots[at])
			s->slots[at] = 0, at = (at + 1) & (s->n_slots - 1);
	}
	if (s->n_slots && s->len * 8 >= s->n_slots)
		memset(s->slots, 0, s->n_slots * sizeof(*s->slots));
	s->len = 0;
}

static void rehash(struct factset *s)
{
	s->n_slots = s->n_slots ? s->n_slots * 2 : 256;
	s->slots = arena_array(s->arena, uint32_t, s->n_slots);
	for (size_t i = 0; i < s->len; i++) {
		size_t at = slot_of(s, s->entries[i].kind, s->entries[i].key);

		while (s->slots[at])
			at = (at + 1) & (s->n_slots - 1);
		s->slots[at] = (uint32_t)i + 1;
	}
}

void factset_note(struct factset *s, enum fact_kind kind, struct str key)
{
	size_t at;

	if (s->len * 2 >= s->n_slots)
		rehash(s);
	at = slot_of(s, kind, key);
	while (s->slots[at]) {
		const struct factset_entry *e = &s->entries[s->slots[at] - 1];

		if (e->kind == (uint32_t)kind &&
		    (factset_is_interned((enum fact_kind)kind) ? e->key.ptr == key.ptr : str_eq(e->key, key)))
			return;
		at = (at + 1) & (s->n_slots - 1);
	}
	if (s->len == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 128;

		s->entries = arena_grow(s->arena, s->entries, s->cap, cap, sizeof(*s->entries),
					_Alignof(struct factset_entry));
		s->cap = cap;
	}
	s->entries[s->len++] = (struct factset_entry){ (uint32_t)kind, key };
	s->slots[at] = (uint32_t)s->len;
}
