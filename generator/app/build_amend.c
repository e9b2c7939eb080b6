#include "app/build_impl.h"

#include <string.h>

/*
 * build_amend - the manifest after an edit that left pages and outputs the
 * same ones: what is other now is changed in it, instead of writing it anew.
 * Facts and links of outputs that were rendered are mostly those that they had
 * before: they are looked for there, and added where they are new.
 */
#define MOST_RENDERED 8 /* a part of all outputs: beyond, nearly all would be others */

struct amending {
	struct outputs *x;
	struct arena *arena;
	struct query_world world;
	struct manifest_change change;
	struct map facts[FACT_KINDS], groups, urls; /* → number; groups by the bytes of their members */
	bool *has_fact, *has_url;                   /* by number: it is in them */
};

static bool is_same_site(const struct outputs *x)
{
	const struct manifest *m = &x->old;
	size_t n_pages = x->b->out->site.n_pages;

	if (!x->plan.pages || !x->b->out->manifest.own || x->plan.n_remove || m->n_outputs != x->routes->len ||
	    m->n_keys != n_pages || x->plan.n_render > x->routes->len / MOST_RENDERED)
		return false;
	for (size_t i = 0; i < n_pages; i++)
		if (x->plan.pages[i] != i)
			return false;
	return true;
}

static void index_fact(struct amending *am, uint32_t number)
{
	const struct manifest *m = &am->x->old;
	uint32_t other = number - manifest_n_of_pages(m);
	const struct manifest_fact *f;

	if (number < manifest_n_of_pages(m) || am->has_fact[other])
		return;
	am->has_fact[other] = true;
	f = &m->facts[other];
	if (f->kind != FACT_GROUP) {
		map_put(am->arena, &am->facts[f->kind], f->key, number);
		return;
	}
	map_put(am->arena, &am->groups, (struct str){ (const char *)f->members, f->n_members * sizeof(*f->members) },
		number);
	for (uint32_t i = 0; i < f->n_members; i++)
		index_fact(am, f->members[i]);
}

static void index_urls(struct amending *am, const uint32_t *list, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (am->has_url[list[i]])
			continue;
		am->has_url[list[i]] = true;
		map_put(am->arena, &am->urls, am->x->old.urls[list[i]], list[i]);
	}
}

static void index_rendered(struct amending *am)
{
	const struct outputs *x = am->x;

	am->has_fact = arena_array(am->arena, bool, x->old.n_facts + 1);
	am->has_url = arena_array(am->arena, bool, x->old.n_urls + 1);
	for (size_t k = 0; k < x->plan.n_render; k++) {
		const struct manifest_output *o = x->plan.old[x->queue[k]];

		for (uint32_t i = 0; i < o->n_facts; i++)
			index_fact(am, o->facts[i]);
		index_urls(am, o->links, o->n_links);
		index_urls(am, o->ids, o->n_ids);
	}
}

/* Of a worker's fact; what it comes to is kept in `numbers`, one more, by its place behind those of pages. */
static uint32_t number_fact(struct amending *am, const struct factset *set, uint32_t *numbers, uint32_t number)
{
	uint32_t *known = number < set->n_of_pages ? NULL : &numbers[number - set->n_of_pages];
	struct manifest_fact f = { 0 };
	const struct factset_entry *e;
	struct map_entry *entry;
	uint32_t *members;
	bool is_new;

	if (!known || *known)
		return known ? *known - 1 : number;
	e = &set->others[number - set->n_of_pages];
	f.kind = e->kind;
	f.key = e->key;
	if (e->kind == FACT_GROUP) {
		f.members = members = arena_array(am->arena, uint32_t, e->n_members + 1);
		f.n_members = e->n_members;
		for (uint32_t i = 0; i < e->n_members; i++)
			members[i] = number_fact(am, set, numbers, e->members[i]);
		f.key = (struct str){ (const char *)members, f.n_members * sizeof(*members) };
	}
	entry = map_at(am->arena, f.kind == FACT_GROUP ? &am->groups : &am->facts[f.kind], f.key, &is_new);
	if (is_new) {
		if (f.kind == FACT_GROUP)
			f.key = STR_NONE;
		else
			f.digest = query_fact_digest(&am->world, am->arena, (enum fact_kind)f.kind, f.key);
		entry->value = manifest_add_fact(&am->change, &f);
	}
	*known = (uint32_t)entry->value + 1;
	return (uint32_t)entry->value;
}

static const uint32_t *number_urls(struct amending *am, const struct verify_page *p, const uint32_t *list, size_t n)
{
	uint32_t *out = arena_array(am->arena, uint32_t, n + 1);

	for (size_t i = 0; i < n; i++) {
		struct str url = p->texts->ptr[list[i]];
		bool is_new;
		struct map_entry *e = map_at(am->arena, &am->urls, url, &is_new);

		if (is_new)
			e->value = manifest_add_url(&am->change, url);
		out[i] = (uint32_t)e->value;
	}
	return out;
}

static void change_rendered(struct amending *am)
{
	struct outputs *x = am->x;
	size_t workers = pool_size(x->b->pool);
	uint32_t **numbers = arena_array(am->arena, uint32_t *, workers);

	for (size_t k = 0; k < x->plan.n_render; k++) {
		uint32_t i = x->queue[k], w = x->worker[i];
		const struct factset *set = &x->makers[w].render.facts;
		struct manifest_output o = build_published(x, i);
		uint32_t *facts = arena_array(am->arena, uint32_t, o.n_facts + 1);

		if (!numbers[w])
			numbers[w] = arena_array(am->arena, uint32_t, set->n_others + 1);
		for (uint32_t f = 0; f < o.n_facts; f++)
			facts[f] = number_fact(am, set, numbers[w], o.facts[f]);
		o.facts = facts;
		o.links = number_urls(am, &x->links[i], o.links, o.n_links);
		o.ids = number_urls(am, &x->links[i], o.ids, o.n_ids);
		manifest_change_output(&am->change, i, &o);
	}
}

static void change_facts(struct amending *am)
{
	const struct outputs *x = am->x;
	uint32_t n_of_pages = manifest_n_of_pages(&x->old);

	for (size_t i = 0; i < x->plan.n_changed; i++) {
		uint32_t number = x->plan.changed[i];
		const struct page *p = &x->b->out->site.pages[number / FACT_PAGE_KINDS];

		manifest_change_digest(&am->change, number,
				       number < n_of_pages
					       ? factset_page_digest(p, (enum fact_kind)(number % FACT_PAGE_KINDS))
					       : x->plan.now[number - n_of_pages]);
	}
}

/* Those that were not rendered, and have other times. */
static void change_times(struct amending *am)
{
	struct outputs *x = am->x;

	for (size_t i = 0; i < x->routes->len; i++) {
		struct manifest_output o;

		if (!x->mtimes[i] || x->plan.render[i])
			continue;
		o = build_published(x, i);
		manifest_change_output(&am->change, i, &o);
	}
}

bool build_amend_manifest(struct outputs *x)
{
	struct build *b = x->b;
	struct arena scratch = { 0 };
	struct amending am = { .x = x,
			       .arena = &scratch,
			       .world = build_world(b),
			       .change = { .m = &x->old, .overlay = &b->out->manifest } };
	bool ok = is_same_site(x);

	if (ok) {
		index_rendered(&am);
		change_facts(&am);
		change_rendered(&am);
		change_times(&am);
		ok = overlay_save(&b->out->manifest, b->dl);
	}
	arena_release(&scratch);
	return ok;
}
