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

/* Keys of pages and names of templates have one address each, so neither their bytes nor their hash is looked at. */
bool factset_is_interned(enum fact_kind kind)
{
	return kind <= FACT_PAGE_MEMBERS || kind == FACT_TEMPLATE;
}

void factset_begin(struct factset *s)
{
	s->stamp = ++s->last_stamp;
	s->len = 0;
}

void factset_init(struct factset *s, struct arena *a)
{
	memset(s, 0, sizeof(*s));
	s->arena = a;
	factset_begin(s);
}

static uint32_t add_entry(struct factset *s, enum fact_kind kind, struct str key)
{
	if (s->n_entries == s->cap_entries) {
		size_t cap = s->cap_entries ? s->cap_entries * 2 : 256;

		s->entries = arena_grow(s->arena, s->entries, s->cap_entries, cap, sizeof(*s->entries),
					_Alignof(struct factset_entry));
		s->stamps =
			arena_grow(s->arena, s->stamps, s->cap_entries, cap, sizeof(*s->stamps), _Alignof(uint32_t));
		s->cap_entries = cap;
	}
	s->entries[s->n_entries] = (struct factset_entry){ (uint32_t)kind, key };
	s->stamps[s->n_entries] = 0;
	return (uint32_t)s->n_entries++;
}

static uint32_t find_interned(struct factset *s, enum fact_kind kind, struct str key)
{
	uint32_t at = idmap_get(&s->interned, key.ptr, (uint32_t)kind);

	if (at == UINT32_MAX) {
		at = add_entry(s, kind, key);
		idmap_put(s->arena, &s->interned, key.ptr, (uint32_t)kind, at);
	}
	return at;
}

static uint32_t find_text(struct factset *s, enum fact_kind kind, struct str key)
{
	uint64_t at;

	if (!map_get(&s->texts[kind], key, &at)) {
		key = str_copy(s->arena, key);
		at = add_entry(s, kind, key);
		map_put(s->arena, &s->texts[kind], key, at);
	}
	return (uint32_t)at;
}

static void note(struct factset *s, uint32_t entry)
{
	if (s->stamps[entry] == s->stamp)
		return;
	if (s->len == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 256;

		s->noted =
			arena_grow(s->arena, s->noted, s->cap, cap, sizeof(*s->noted), _Alignof(struct factset_noted));
		s->cap = cap;
	}
	s->noted[s->len++] = (struct factset_noted){ entry, s->stamps[entry] };
	s->stamps[entry] = s->stamp;
}

void factset_note(struct factset *s, enum fact_kind kind, struct str key)
{
	note(s, factset_is_interned(kind) ? find_interned(s, kind, key) : find_text(s, kind, key));
}

void factset_note_again(struct factset *s, const uint32_t *entries, size_t n)
{
	for (size_t i = 0; i < n; i++)
		note(s, entries[i]);
}

const uint32_t *factset_numbers(const struct factset *s, size_t from, struct arena *a)
{
	uint32_t *out = arena_array(a, uint32_t, s->len - from + 1);

	for (size_t i = from; i < s->len; i++)
		out[i - from] = s->noted[i].entry;
	return out;
}

struct factset_stretch factset_stretch_begin(struct factset *s)
{
	struct factset_stretch outer = { s->stamp, s->len };

	s->stamp = ++s->last_stamp;
	return outer;
}

void factset_stretch_end(struct factset *s, struct factset_stretch outer)
{
	size_t len = outer.from;

	/* What had been noted before the stretch already is not noted twice. */
	for (size_t i = outer.from; i < s->len; i++) {
		s->stamps[s->noted[i].entry] = outer.stamp;
		if (s->noted[i].before != outer.stamp)
			s->noted[len++] = s->noted[i];
	}
	s->len = len;
	s->stamp = outer.stamp;
}
