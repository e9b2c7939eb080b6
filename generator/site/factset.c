#include "site/factset.h"

#include <assert.h>
#include <string.h>

static const char *const names[] = {
	"page head",       "page front matter",
	"page text",       "page names",
	"backlinks",       "page facts",
	"page relations",  "page events",
	"page quotes",     "page comparisons",
	"page evidence",   "page members",
	"page title",      "page dates",
	"neighbours",      "related pages",
	"any backlink",    "any member",
	"member count",    "fact",
	"record",          "query",
	"configuration",   "string",
	"data file",       "template",
	"asset",           "staleness",
	"end of relation", "site",
	"group",
};

_Static_assert(sizeof(names) / sizeof(names[0]) == FACT_KINDS, "a name for every kind of fact");

const char *factset_kind_name(enum fact_kind kind)
{
	return names[kind];
}

_Static_assert((int)PAGE_ASPECTS == (int)FACT_PAGE_LINKED, "a kind of fact for every aspect of a page");

struct digest factset_page_digest(const struct page *p, enum fact_kind kind)
{
	switch (kind) {
	case FACT_PAGE_LINKED:
		return (struct digest){ p->n_backlinks > 0, 1 };
	case FACT_PAGE_FILLED:
		return (struct digest){ p->n_members > 0, 1 };
	case FACT_PAGE_COUNT:
		return (struct digest){ p->n_members, 1 };
	default:
		return p->digests[kind];
	}
}

void factset_begin(struct factset *s)
{
	s->render = s->stamp = ++s->last_stamp;
	s->len = 0;
}

void factset_init(struct factset *s, struct arena *a, const struct page *pages, size_t n_pages)
{
	memset(s, 0, sizeof(*s));
	s->arena = a;
	s->pages = pages;
	s->n_of_pages = (uint32_t)n_pages * FACT_PAGE_KINDS;
	s->stamps = arena_array(a, uint32_t, s->n_of_pages + 1);
	factset_begin(s);
}

struct factset_entry factset_entry(const struct factset *s, uint32_t number)
{
	if (number >= s->n_of_pages)
		return s->others[number - s->n_of_pages];
	return (struct factset_entry){ .kind = number % FACT_PAGE_KINDS,
				       .key = s->pages[number / FACT_PAGE_KINDS].key };
}

static uint32_t add_other(struct factset *s, struct factset_entry entry)
{
	size_t n = s->n_of_pages;

	if (s->n_others == s->cap_others) {
		size_t cap = s->cap_others ? s->cap_others * 2 : 256;

		s->others = arena_grow(s->arena, s->others, s->cap_others, cap, sizeof(*s->others),
				       _Alignof(struct factset_entry));
		s->stamps = arena_grow(s->arena, s->stamps, n + s->cap_others, n + cap, sizeof(*s->stamps),
				       _Alignof(uint32_t));
		s->cap_others = cap;
	}
	s->others[s->n_others] = entry;
	s->stamps[n + s->n_others] = 0;
	return (uint32_t)(n + s->n_others++);
}

static uint32_t find_text(struct factset *s, enum fact_kind kind, struct str key)
{
	uint64_t at;

	if (!map_get(&s->texts[kind], key, &at)) {
		key = str_copy(s->arena, key);
		at = add_other(s, (struct factset_entry){ .kind = (uint32_t)kind, .key = key });
		map_put(s->arena, &s->texts[kind], key, at);
	}
	return (uint32_t)at;
}

static uint32_t find_lasting(struct factset *s, enum fact_kind kind, struct str key)
{
	uint32_t at = idmap_get(&s->lasting, key.ptr, (uint32_t)kind);

	if (at == UINT32_MAX) {
		at = find_text(s, kind, key);
		idmap_put(s->arena, &s->lasting, key.ptr, (uint32_t)kind, at);
	}
	return at;
}

void factset_note_number(struct factset *s, uint32_t number)
{
	if (s->stamps[number] == s->stamp)
		return;
	if (s->len == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 256;

		s->noted =
			arena_grow(s->arena, s->noted, s->cap, cap, sizeof(*s->noted), _Alignof(struct factset_noted));
		s->cap = cap;
	}
	s->noted[s->len++] = (struct factset_noted){ number, s->stamps[number] };
	s->stamps[number] = s->stamp;
}

void factset_note(struct factset *s, enum fact_kind kind, struct str key)
{
	assert(kind >= FACT_PAGE_KINDS);
	factset_note_number(s, find_text(s, kind, key));
}

void factset_note_lasting(struct factset *s, enum fact_kind kind, struct str key)
{
	assert(kind >= FACT_PAGE_KINDS);
	factset_note_number(s, find_lasting(s, kind, key));
}

/* Groups hold no groups. */
void factset_note_group(struct factset *s, uint32_t group)
{
	const struct factset_entry *e = &s->others[group - s->n_of_pages];

	if (s->stamp == s->render) {
		factset_note_number(s, group);
		return;
	}
	for (uint32_t i = 0; i < e->n_members; i++)
		factset_note_number(s, e->members[i]);
}

const uint32_t *factset_numbers(const struct factset *s, size_t from, struct arena *a)
{
	uint32_t *out = arena_array(a, uint32_t, s->len - from + 1);

	for (size_t i = from; i < s->len; i++)
		out[i - from] = s->noted[i].number;
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
		s->stamps[s->noted[i].number] = outer.stamp;
		if (s->noted[i].before != outer.stamp)
			s->noted[len++] = s->noted[i];
	}
	s->len = len;
	s->stamp = outer.stamp;
}

uint32_t factset_stretch_group(struct factset *s, struct factset_stretch outer)
{
	struct factset_entry e = { .kind = FACT_GROUP, .n_members = (uint32_t)(s->len - outer.from) };
	uint32_t group;

	e.members = factset_numbers(s, outer.from, s->arena);
	group = add_other(s, e);
	for (size_t i = outer.from; i < s->len; i++)
		s->stamps[s->noted[i].number] = s->noted[i].before;
	s->len = outer.from;
	s->stamp = outer.stamp;
	factset_note_group(s, group);
	return group;
}
