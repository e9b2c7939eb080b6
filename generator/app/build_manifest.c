#include "app/build_impl.h"

#include <assert.h>
#include <string.h>

#include "base/fs.h"

/*
 * build_manifest - what was published, written down for the next run: as a few
 * changes (build_amend), or all of it. Then what is in use no more goes, and
 * all have other numbers. Outputs that were rendered have their facts, links and anchors in the numbers of the
 * worker that did it, the others in those of the old manifest: here they get
 * the new one's.
 */
struct numbering {
	struct outputs *x;
	struct arena *arena;
	uint32_t n_of_pages;
	struct map facts[FACT_KINDS], groups; /* → number; groups by the bytes of their members */
	struct map urls;                      /* of what was rendered → number; UINT32_MAX: none yet */
	VEC(struct manifest_fact) fact_list;
	VEC(struct str) url_list;
};

static uint32_t add_fact(struct numbering *n, struct manifest_fact f)
{
	vec_push(n->arena, &n->fact_list, f);
	return n->n_of_pages + (uint32_t)n->fact_list.len - 1;
}

static uint32_t number_fact(struct numbering *n, uint32_t kind, struct str key, struct digest digest)
{
	bool is_new;
	struct map_entry *e = map_at(n->arena, &n->facts[kind], key, &is_new);

	if (is_new)
		e->value = add_fact(n, (struct manifest_fact){ .kind = kind, .key = key, .digest = digest });
	return (uint32_t)e->value;
}

/* Workers find the same groups, each for itself. */
static uint32_t number_group(struct numbering *n, const struct manifest_numbers *from, const uint32_t *list,
			     uint32_t len)
{
	uint32_t *members = arena_array(n->arena, uint32_t, len + 1);
	struct map_entry *e;
	bool is_new;

	for (uint32_t i = 0; i < len; i++)
		members[i] = list[i] < from->same ? list[i] : from->facts[list[i] - from->same];
	e = map_at(n->arena, &n->groups, (struct str){ (const char *)members, len * sizeof(*members) }, &is_new);
	if (is_new)
		e->value =
			add_fact(n, (struct manifest_fact){ .kind = FACT_GROUP, .members = members, .n_members = len });
	return (uint32_t)e->value;
}

/* Which of the old manifest's facts and urls are still in use. */
static void mark_used(const struct outputs *x, bool *facts, bool *urls)
{
	const struct manifest *m = &x->old;
	uint32_t n = manifest_n_of_pages(m);

	for (size_t i = 0; i < x->routes->len; i++) {
		const struct manifest_output *o = x->plan.old[i];

		for (uint32_t k = 0; !x->plan.render[i] && k < o->n_facts; k++)
			if (o->facts[k] >= n)
				facts[o->facts[k] - n] = true;
		for (uint32_t k = 0; !x->plan.render[i] && k < o->n_links; k++)
			urls[o->links[k]] = true;
		for (uint32_t k = 0; !x->plan.render[i] && k < o->n_ids; k++)
			urls[o->ids[k]] = true;
	}
	for (size_t i = m->n_facts; i-- > 0;)
		for (uint32_t k = 0; facts[i] && k < m->facts[i].n_members; k++)
			if (m->facts[i].members[k] >= n)
				facts[m->facts[i].members[k] - n] = true;
}

/* Numbers of aspects stay as long as there are the same pages. */
static uint32_t *begin_old(struct numbering *n, struct manifest_numbers *out)
{
	const struct manifest *m = &n->x->old;
	const uint32_t *pages = n->x->plan.pages;
	uint32_t n_old = manifest_n_of_pages(m);
	uint32_t *map;
	size_t same = 0;

	while (same < m->n_keys && pages[same] == same)
		same++;
	out->same = (uint32_t)same * FACT_PAGE_KINDS;
	map = arena_array(n->arena, uint32_t, n_old - out->same + m->n_facts + 1);
	for (size_t k = same; k < m->n_keys; k++)
		for (uint32_t kind = 0; pages[k] != UINT32_MAX && kind < FACT_PAGE_KINDS; kind++)
			map[(k - same) * FACT_PAGE_KINDS + kind] = pages[k] * FACT_PAGE_KINDS + kind;
	out->facts = map;
	return map + (n_old - out->same);
}

static void number_old_facts(struct numbering *n, bool *used, struct manifest_numbers *out)
{
	const struct manifest *m = &n->x->old;
	uint32_t *map = begin_old(n, out);
	bool is_kept = n->n_of_pages == manifest_n_of_pages(m) && out->same == n->n_of_pages;

	for (size_t i = 0; i < m->n_facts; i++) {
		const struct manifest_fact *f = &m->facts[i];

		if (used[i])
			map[i] = f->kind == FACT_GROUP ? number_group(n, out, f->members, f->n_members)
						       : number_fact(n, f->kind, f->key, n->x->plan.now[i]);
		is_kept &= map[i] == n->n_of_pages + i;
	}
	if (is_kept)
		out->facts = NULL;
}

/* Those of what was rendered are few: they are looked for among the old, which need not be put in order. */
static void number_old_urls(struct numbering *n, bool *used, struct manifest_numbers *out)
{
	const struct manifest *m = &n->x->old;
	uint32_t *map = arena_array(n->arena, uint32_t, m->n_urls + 1);

	vec_reserve(n->arena, &n->url_list, m->n_urls);
	for (size_t i = 0; i < m->n_urls; i++) {
		if (!used[i])
			continue;
		map[i] = (uint32_t)n->url_list.len;
		if (map_has(&n->urls, m->urls[i]))
			map_put(n->arena, &n->urls, m->urls[i], map[i]);
		vec_push(n->arena, &n->url_list, m->urls[i]);
	}
	out->urls = n->url_list.len == m->n_urls ? NULL : map;
}

static void number_rendered_facts(struct numbering *n, const struct factset *set, struct manifest_numbers *out)
{
	uint32_t *map = arena_array(n->arena, uint32_t, set->n_others + 1);

	out->same = n->n_of_pages;
	out->facts = map;
	for (size_t i = 0; i < set->n_others; i++) {
		const struct factset_entry *e = &set->others[i];

		map[i] = e->kind == FACT_GROUP ? number_group(n, out, e->members, e->n_members)
					       : number_fact(n, e->kind, e->key, (struct digest){ 0, 0 });
	}
}

static void list_rendered_urls(struct numbering *n, const struct verify_texts *texts)
{
	for (size_t i = 0; i < texts->len; i++)
		map_put(n->arena, &n->urls, texts->ptr[i], UINT32_MAX);
}

static void number_rendered_urls(struct numbering *n, const struct verify_texts *texts, struct manifest_numbers *out)
{
	uint32_t *map = arena_array(n->arena, uint32_t, texts->len + 1);

	out->urls = map;
	for (size_t i = 0; i < texts->len; i++) {
		struct map_entry *e = map_at(n->arena, &n->urls, texts->ptr[i], NULL);

		if (e->value == UINT32_MAX) {
			e->value = n->url_list.len;
			vec_push(n->arena, &n->url_list, texts->ptr[i]);
		}
		map[i] = (uint32_t)e->value;
	}
}

struct digesting {
	struct query_world world;
	struct manifest_fact *facts;
	struct arena *scratch; /* by worker */
};

static void digest_fact(void *ctx, size_t worker, size_t i)
{
	struct digesting *d = ctx;
	struct manifest_fact *f = &d->facts[i];

	if (f->kind != FACT_GROUP)
		f->digest = query_fact_digest(&d->world, &d->scratch[worker], f->kind, f->key);
	arena_reset(&d->scratch[worker]);
}

/* Those that were not known to the plan. */
static void digest_facts(struct numbering *n, size_t from)
{
	struct build *b = n->x->b;
	struct digesting d = { .world = build_world(b), .facts = n->fact_list.ptr + from };
	size_t workers = pool_size(b->pool);

	d.scratch = arena_array(n->arena, struct arena, workers);
	pool_each(b->pool, n->fact_list.len - from, digest_fact, &d);
	for (size_t w = 0; w < workers; w++)
		arena_release(&d.scratch[w]);
}

/* One for each worker; behind them one for the old manifest. */
static const struct manifest_numbers *number_all(struct numbering *n)
{
	struct outputs *x = n->x;
	size_t workers = pool_size(x->b->pool), known;
	struct manifest_numbers *all = arena_array(n->arena, struct manifest_numbers, workers + 1);
	bool *facts = arena_array(n->arena, bool, x->old.n_facts + 1), *urls;

	urls = arena_array(n->arena, bool, x->old.n_urls + 1);
	mark_used(x, facts, urls);
	if (x->plan.pages)
		number_old_facts(n, facts, &all[workers]);
	known = n->fact_list.len;
	for (size_t w = 0; x->plan.n_render && w < workers; w++)
		list_rendered_urls(n, &x->makers[w].verify.given);
	number_old_urls(n, urls, &all[workers]);
	for (size_t w = 0; x->plan.n_render && w < workers; w++) {
		number_rendered_facts(n, &x->makers[w].render.facts, &all[w]);
		number_rendered_urls(n, &x->makers[w].verify.given, &all[w]);
	}
	digest_facts(n, known);
	return all;
}

struct manifest_output build_published(const struct outputs *x, size_t i)
{
	const struct manifest_output *old = x->plan.old[i];
	struct manifest_output out;

	assert(old || x->plan.render[i]);
	if (x->plan.render[i])
		return (struct manifest_output){
			.path = x->routes->outputs[i].path,
			.digest = x->items[i].digest,
			.route = route_hash(&x->routes->outputs[i]),
			.size = x->items[i].size,
			.mtime_ns = x->items[i].mtime_ns,
			.facts = x->facts[i],
			.n_facts = x->n_facts[i],
			.links = x->links[i].links,
			.n_links = (uint32_t)x->links[i].n_links,
			.ids = x->links[i].ids,
			.n_ids = (uint32_t)x->links[i].n_ids,
		};
	out = *old;
	if (x->mtimes[old - x->old.outputs])
		out.mtime_ns = x->mtimes[old - x->old.outputs];
	return out;
}

static void list_pages(struct arena *a, const struct site *s, struct manifest *m)
{
	struct digest *aspects = arena_array(a, struct digest, s->n_pages * FACT_PAGE_KINDS + 1);

	m->n_keys = s->n_pages;
	m->keys = arena_array(a, struct str, s->n_pages + 1);
	m->aspects = aspects;
	for (size_t i = 0; i < s->n_pages; i++) {
		m->keys[i] = s->pages[i].key;
		for (int kind = 0; kind < FACT_PAGE_KINDS; kind++)
			*aspects++ = factset_page_digest(&s->pages[i], (enum fact_kind)kind);
	}
}

static bool write_file(const struct build *b, const struct manifest *m)
{
	struct str name = build_manifest_file(b->arena, b->root, b->out->output);
	struct fs_pieces file;

	fs_pieces_begin(&file, name, b->dl);
	manifest_write(m, fs_pieces_put, &file);
	return overlay_replace(&file, name, b->dl);
}

static bool write_all(struct outputs *x)
{
	struct build *b = x->b;
	struct arena scratch = { 0 };
	struct manifest m = { .build = build_made_with(b), .n_outputs = x->routes->len };
	struct numbering n = { .x = x, .arena = &scratch };
	const struct manifest_numbers *all;
	bool ok;

	list_pages(&scratch, &b->out->site, &m);
	n.n_of_pages = manifest_n_of_pages(&m);
	all = number_all(&n);
	m.facts = n.fact_list.ptr;
	m.n_facts = n.fact_list.len;
	m.urls = n.url_list.ptr;
	m.n_urls = n.url_list.len;
	m.outputs = arena_array(&scratch, struct manifest_output, m.n_outputs + 1);
	for (size_t i = 0; i < m.n_outputs; i++) {
		m.outputs[i] = build_published(x, i);
		m.outputs[i].numbers = &all[x->plan.render[i] ? x->worker[i] : pool_size(b->pool)];
	}
	ok = write_file(b, &m);
	arena_release(&scratch);
	return ok;
}

bool build_write_manifest(struct outputs *x)
{
	bool ok = build_amend_manifest(x) || (x->b->dl->errors == 0 && write_all(x));

	if (ok)
		build_keep_state(x);
	return ok;
}
