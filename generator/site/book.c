#include "site/book.h"

#include "base/vec.h"

struct planner {
	struct arena *arena;
	const struct site *site;
	struct book *book;
	VEC(struct str) anchors;
	uint32_t *notes; /* by page: number of the source */
};

static void put(struct planner *pl, struct str url, struct str id, struct str anchor)
{
	struct str key = id.len ? str_format(pl->arena, "%.*s#%.*s", STR_ARG(url), STR_ARG(id)) : url;

	map_put(pl->arena, &pl->book->inside.places, key, pl->anchors.len);
	vec_push(pl->arena, &pl->anchors, anchor);
}

static struct str bare(struct str url)
{
	return str_cut(url, 1, str_ends(url, STR("/")) && url.len > 1 ? url.len - 1 : url.len);
}

static void cite(struct planner *pl, const struct page *source)
{
	if (!source || !source->source || source->is_section || pl->notes[source->index])
		return;
	pl->notes[source->index] = (uint32_t)++pl->book->n_sources;
	put(pl, source->url, STR_NONE, str_format(pl->arena, "source-%zu", pl->book->n_sources));
}

static void cite_page(struct planner *pl, const struct page *p)
{
	const struct records *r = &pl->site->records;

	for (size_t i = 0; i < p->n_citations; i++) {
		const struct citation *c = &p->citations[i];

		cite(pl, c->is_fact ? r->facts[c->target].r.source.page : &pl->site->pages[c->target]);
	}
	for (size_t i = 0; i < p->n_own_facts; i++)
		cite(pl, r->facts[p->facts[i]].r.source.page);
	for (size_t i = 0; i < p->n_relations; i++)
		cite(pl, r->relations[p->relations[i] >> 1].r.source.page);
}

static void put_page(struct planner *pl, const struct page *p)
{
	struct str anchor = bare(p->url);

	put(pl, p->url, STR_NONE, anchor);
	for (size_t i = 0; i < p->n_outline; i++)
		put(pl, p->url, p->outline[i].id,
		    str_format(pl->arena, "%.*s/%.*s", STR_ARG(anchor), STR_ARG(p->outline[i].id)));
	for (size_t i = 0; i < p->n_own_facts; i++) {
		struct str id = str_format(pl->arena, "fact-%.*s", STR_ARG(pl->site->records.facts[p->facts[i]].r.id));

		put(pl, p->url, id, id);
	}
	cite_page(pl, p);
	pl->book->n_pages++;
}

/* Pages of records are chapters; a set of figures stands in its own. */
static void put_records(struct planner *pl)
{
	static const struct str keys[] = { STR_INIT("comparisons"), STR_INIT("timeline"), STR_INIT("quotations") };
	const struct page *p = site_page_by_key(pl->site, keys[0]);
	const struct records *r = &pl->site->records;
	const size_t n[] = { r->n_comparisons + pl->site->n_sets, r->n_events, r->n_quotes };

	for (size_t i = 0; p && i < n[0]; i++) {
		const struct comparison *c =
			i < r->n_comparisons ? &r->comparisons[i] : &pl->site->sets[i - r->n_comparisons];
		struct str id = str_format(pl->arena, "comparison-%.*s", STR_ARG(c->r.id));

		put(pl, p->url, id, id);
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		p = site_page_by_key(pl->site, keys[i]);
		if (p && n[i])
			put(pl, p->url, STR_NONE, keys[i]);
	}
}

size_t book_kinds(const struct site *s, struct arena *a, uint32_t **out)
{
	const struct config *c = s->config;
	uint32_t *ids = arena_array(a, uint32_t, c->n_kinds + 1);
	size_t n = 0;

	for (int pass = 0; pass < 4; pass++) {
		for (uint32_t k = 0; k < c->n_kinds; k++) {
			const struct kind *kind = &c->kinds[k];

			if (kind->is_entity != (pass > 1) || kind->is_main == (pass % 2 == 1) ||
			    str_eq(kind->id, STR("source")) || !s->sections || s->sections[k] == UINT32_MAX)
				continue;
			if (s->pages[s->sections[k]].n_members)
				ids[n++] = k;
		}
	}
	*out = ids;
	return n;
}

void book_plan(struct arena *a, const struct site *s, struct book *out)
{
	struct planner pl = { .arena = a, .site = s, .book = out };
	uint32_t *kinds;
	size_t n = book_kinds(s, a, &kinds);

	*out = (struct book){ 0 };
	pl.notes = arena_array(a, uint32_t, s->n_pages + 1);
	for (size_t k = 0; k < n; k++) {
		const struct page *section = &s->pages[s->sections[kinds[k]]];

		put(&pl, section->url, STR_NONE, bare(section->url));
		for (size_t i = 0; i < section->n_members; i++)
			put_page(&pl, &s->pages[section->members[i]]);
	}
	put_records(&pl);
	/* What nothing cites comes last, in the order of the sources themselves. */
	for (size_t i = 0; i < s->n_pages; i++)
		cite(&pl, &s->pages[i]);
	for (uint32_t k = 0; k < s->config->n_kinds; k++)
		if (str_eq(s->config->kinds[k].id, STR("source")) && s->sections && s->sections[k] != UINT32_MAX &&
		    s->pages[s->sections[k]].n_members)
			put(&pl, s->pages[s->sections[k]].url, STR_NONE, STR("sources"));
	out->inside.anchors = pl.anchors.ptr;
	out->inside.notes = pl.notes;
}
