#include "stage/link_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "site/query.h"

#define COMENTIONS_KEPT 24

struct order {
	const struct site *site;
	const uint32_t *ranks; /* by page: its place when the newest comes first */
};

/* Counting sort of all edges by their target. */
static void spread_backlinks(struct linker *l)
{
	struct site *s = l->site;
	uint32_t *count = arena_array(&l->scratch, uint32_t, s->n_pages + 1);
	struct backlink *all;
	size_t n = 0;

	for (size_t i = 0; i < s->n_pages; i++) {
		n += l->edges[i].n;
		for (uint32_t k = 0; k < l->edges[i].n; k++)
			count[l->edges[i].items[k].target]++;
	}
	all = arena_alloc(l->arena, n, sizeof(*all), _Alignof(struct backlink));
	for (size_t i = 0; i < s->n_pages; i++) {
		s->pages[i].backlinks = all;
		all += count[i];
	}
	for (size_t i = 0; i < s->n_pages; i++) {
		for (uint32_t k = 0; k < l->edges[i].n; k++) {
			const struct edge *e = &l->edges[i].items[k];
			struct page *to = &s->pages[e->target];

			to->backlinks[to->n_backlinks++] =
				(struct backlink){ (uint32_t)i, e->count, e->node, e->off, e->is_tag };
		}
	}
}

/* Best first: those that say something, more often, newer. */
static int by_worth(const void *x, const void *y, void *ctx)
{
	const struct backlink *a = x, *b = y;
	const uint32_t *ranks = ((const struct order *)ctx)->ranks;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return ranks[a->page] < ranks[b->page] ? -1 : 1;
}

static int by_newest(const void *x, const void *y, void *ctx)
{
	const struct site *s = ((const struct order *)ctx)->site;
	const struct page *a = &s->pages[*(const uint32_t *)x], *b = &s->pages[*(const uint32_t *)y];
	int c = -date_cmp(a->date, b->date);

	return c ? c : str_cmp(a->key, b->key);
}

/* Dates and keys are compared once; every other list goes by the places they give. */
static uint32_t *rank_pages(struct linker *l)
{
	struct site *s = l->site;
	struct order o = { s, NULL };
	uint32_t *order = arena_array(&l->scratch, uint32_t, s->n_pages + 1);
	uint32_t *ranks = arena_array(&l->scratch, uint32_t, s->n_pages + 1);

	for (uint32_t i = 0; i < s->n_pages; i++)
		order[i] = i;
	qsort_r(order, s->n_pages, sizeof(*order), by_newest, &o);
	for (uint32_t i = 0; i < s->n_pages; i++)
		ranks[order[i]] = i;
	return ranks;
}

struct job {
	struct linker *l;
	const uint32_t *ranks;
	struct counter {
		uint32_t *counts;
		VEC(uint32_t) touched;
		struct arena arena;
	} * counters; /* by worker */
};

/* Into its place among the most, of which at most COMENTIONS_KEPT are of interest. Gives how many there are. */
static size_t insert(struct comention *most, size_t n, struct comention c)
{
	size_t at = n < COMENTIONS_KEPT ? n++ : n;

	while (at > 0 &&
	       (most[at - 1].count < c.count || (most[at - 1].count == c.count && most[at - 1].page > c.page))) {
		if (at < n)
			most[at] = most[at - 1];
		at--;
	}
	if (at < n)
		most[at] = c;
	return n;
}

/* Entities named on the same pages, most first. */
static void count_comentions(struct job *job, struct counter *c, struct arena *a, struct page *p)
{
	const struct site *s = job->l->site;
	struct comention most[COMENTIONS_KEPT];
	size_t n = 0;

	c->touched.len = 0;
	for (size_t i = 0; i < p->n_backlinks; i++) {
		const struct edge_list *list = &job->l->edges[p->backlinks[i].page];

		if (s->pages[p->backlinks[i].page].is_section)
			continue;
		for (uint32_t k = 0; k < list->n_entities; k++) {
			uint32_t t = list->entities[k];

			if (c->counts[t]++ == 0 && t != p->index)
				vec_push(&c->arena, &c->touched, t);
		}
	}
	for (size_t i = 0; i < c->touched.len; i++) {
		uint32_t t = c->touched.ptr[i];

		n = insert(most, n, (struct comention){ t, c->counts[t] });
		c->counts[t] = 0;
	}
	c->counts[p->index] = 0;
	p->n_comentions = n;
	p->comentions = arena_alloc(a, n + 1, sizeof(*most), _Alignof(struct comention));
	memcpy(p->comentions, most, n * sizeof(*most));
}

static void finish_page(void *ctx, size_t worker, size_t i)
{
	struct job *job = ctx;
	struct page *p = &job->l->site->pages[i];
	struct order o = { job->l->site, job->ranks };

	if (p->n_backlinks > 1)
		qsort_r(p->backlinks, p->n_backlinks, sizeof(*p->backlinks), by_worth, &o);
	if (p->kind->is_entity && !p->is_section && p->n_backlinks) {
		struct counter *c = &job->counters[worker];

		count_comentions(job, c, &job->l->in->workers[worker], p);
		arena_reset(&c->arena);
		c->touched.ptr = NULL;
		c->touched.cap = 0;
	}
}

static int by_kind_order(const void *x, const void *y, void *ctx)
{
	const struct site *s = ((const struct order *)ctx)->site;
	const struct page *a = &s->pages[*(const uint32_t *)x], *b = &s->pages[*(const uint32_t *)y];
	int c = 0;

	switch (a->kind->sort) {
	case SORT_DATE:
		c = date_cmp(a->date, b->date);
		break;
	case SORT_DATE_DESC:
		c = -date_cmp(a->date, b->date);
		break;
	case SORT_WEIGHT:
		c = (a->weight > b->weight) - (a->weight < b->weight);
		break;
	case SORT_TITLE:
		break;
	}
	if (c == 0)
		c = str_cmp(a->sort_key, b->sort_key);
	return c ? c : str_cmp(a->key, b->key);
}

static int by_rank(const void *x, const void *y, void *ctx)
{
	const uint32_t *ranks = ((const struct order *)ctx)->ranks;
	uint32_t a = ranks[*(const uint32_t *)x], b = ranks[*(const uint32_t *)y];

	return (a > b) - (a < b);
}

static void fill_sections(struct linker *l)
{
	struct site *s = l->site;
	struct order o = { s, NULL };

	for (size_t k = 0; k < l->config->n_kinds; k++) {
		struct page *section = s->sections[k] == UINT32_MAX ? NULL : &s->pages[s->sections[k]];
		VEC(uint32_t) list = { 0 };

		if (!section)
			continue;
		for (uint32_t i = 0; i < s->n_pages; i++)
			if (s->pages[i].kind == &l->config->kinds[k] && !s->pages[i].is_section && !s->pages[i].is_home)
				vec_push(l->arena, &list, i);
		if (list.len)
			qsort_r(list.ptr, list.len, sizeof(uint32_t), by_kind_order, &o);
		section->members = list.ptr;
		section->n_members = list.len;
		for (size_t i = 0; i < list.len; i++) {
			s->pages[list.ptr[i]].prev = i ? list.ptr[i - 1] : UINT32_MAX;
			s->pages[list.ptr[i]].next = i + 1 < list.len ? list.ptr[i + 1] : UINT32_MAX;
		}
	}
}

typedef VEC(uint32_t) index_list;

/* Appends once: the same page may be named twice in one list. */
static void append(struct linker *l, index_list *lists, const struct page *p, uint32_t value)
{
	index_list *v;

	if (!p)
		return;
	v = &lists[p->index];
	if (v->len && v->ptr[v->len - 1] == value)
		return;
	vec_push(l->arena, v, value);
}

static void fill_members(struct linker *l, index_list *lists, const uint32_t *ranks)
{
	struct site *s = l->site;
	struct order o = { s, ranks };

	for (uint32_t i = 0; i < s->n_pages; i++)
		for (size_t t = 0; t < s->pages[i].n_tagged; t++)
			for (size_t k = 0; k < s->pages[i].tagged[t].n; k++)
				append(l, lists, s->pages[i].tagged[t].refs[k].page, i);
	for (size_t i = 0; i < s->n_pages; i++) {
		if (!lists[i].len || s->pages[i].is_section)
			continue;
		qsort_r(lists[i].ptr, lists[i].len, sizeof(uint32_t), by_rank, &o);
		s->pages[i].members = lists[i].ptr;
		s->pages[i].n_members = lists[i].len;
	}
}

#define GIVE(field) \
	for (size_t i = 0; i < s->n_pages; i++) { \
		s->pages[i].field = lists[i].ptr; \
		s->pages[i].n_##field = lists[i].len; \
	} \
	memset(lists, 0, s->n_pages * sizeof(*lists))

static void fill_facts(struct linker *l, index_list *lists)
{
	struct site *s = l->site;
	const struct records *r = &s->records;

	for (uint32_t i = 0; i < r->n_facts; i++)
		append(l, lists, r->facts[i].subject.page, i);
	for (size_t i = 0; i < s->n_pages; i++)
		s->pages[i].n_own_facts = lists[i].len;
	for (uint32_t i = 0; i < r->n_facts; i++)
		for (size_t k = 0; k < r->facts[i].n_about; k++)
			if (r->facts[i].about[k].page != r->facts[i].subject.page)
				append(l, lists, r->facts[i].about[k].page, i);
	GIVE(facts);
	for (uint32_t i = 0; i < r->n_relations; i++) {
		append(l, lists, &s->pages[r->relations[i].from_page], i << 1);
		append(l, lists, r->relations[i].target.page, i << 1 | 1);
	}
	GIVE(relations);
	for (uint32_t i = 0; i < r->n_quotes; i++)
		append(l, lists, r->quotes[i].speaker.page, i);
	for (uint32_t i = 0; i < r->n_quotes; i++)
		for (size_t k = 0; k < r->quotes[i].n_about; k++)
			if (r->quotes[i].about[k].page != r->quotes[i].speaker.page)
				append(l, lists, r->quotes[i].about[k].page, i);
	GIVE(quotes);
}

static void fill_events(struct linker *l, index_list *lists)
{
	struct site *s = l->site;
	struct query q = { .of = QUERY_EVENTS, .sort = STR("date") };
	struct query_result r;

	query_run(s, l->arena, &q, &r);
	for (size_t i = 0; i < r.len; i++) {
		const struct event *e = &s->records.events[r.items[i]];

		for (size_t k = 0; k < e->n_about; k++)
			append(l, lists, e->about[k].page, r.items[i]);
	}
	GIVE(events);
}

/* A comparison concerns what it is about and the subjects of its facts. */
static void fill_comparisons(struct linker *l, index_list *lists)
{
	struct site *s = l->site;

	for (uint32_t i = 0; i < s->records.n_comparisons + s->n_sets; i++) {
		bool is_set = i >= s->records.n_comparisons;
		uint32_t at = is_set ? i - (uint32_t)s->records.n_comparisons : i;
		const struct comparison *c = is_set ? &s->sets[at] : &s->records.comparisons[at];
		uint32_t item = is_set ? at | QUERY_COMPUTED : at;

		for (size_t k = 0; k < c->n_about; k++)
			append(l, lists, c->about[k].page, item);
		for (size_t k = 0; k < c->n_facts; k++)
			append(l, lists, s->records.facts[c->facts[k]].subject.page, item);
	}
	GIVE(comparisons);
}

static void rest_on(struct linker *l, index_list *lists, const struct ref *source, enum rest_type type, uint32_t i)
{
	append(l, lists, source->page, (uint32_t)type << 28 | i);
}

static void fill_rests(struct linker *l, index_list *lists)
{
	struct site *s = l->site;
	const struct records *r = &s->records;

	for (uint32_t i = 0; i < r->n_facts; i++)
		rest_on(l, lists, &r->facts[i].r.source, REST_FACT, i);
	for (uint32_t i = 0; i < r->n_relations; i++)
		rest_on(l, lists, &r->relations[i].r.source, REST_RELATION, i);
	for (uint32_t i = 0; i < r->n_events; i++)
		rest_on(l, lists, &r->events[i].r.source, REST_EVENT, i);
	for (uint32_t i = 0; i < r->n_quotes; i++)
		rest_on(l, lists, &r->quotes[i].r.source, REST_QUOTE, i);
	for (uint32_t i = 0; i < r->n_comparisons; i++)
		for (size_t k = 0; k < r->comparisons[i].n_passages; k++)
			rest_on(l, lists, &r->comparisons[i].passages[k].source, REST_PASSAGE, i);
	for (uint32_t i = 0; i < s->n_pages; i++)
		for (size_t k = 0; k < s->pages[i].n_names && k < 256; k++)
			if (s->pages[i].names[k].source)
				append(l, lists, s->pages[i].names[k].source,
				       (uint32_t)REST_NAME << 28 | i << 8 | (uint32_t)k);
	GIVE(rests);
	for (uint32_t i = 0; i < s->n_pages; i++)
		for (size_t k = 0; s->pages[i].source && k < s->pages[i].source->n_rests_on; k++)
			append(l, lists, s->pages[i].source->rests_on[k].page, i);
	GIVE(resting_pages);
}

void link_graph(struct linker *l)
{
	struct site *s = l->site;
	size_t workers = pool_size(l->in->pool);
	struct job job = { l, rank_pages(l), NULL };
	index_list *lists = arena_array(&l->scratch, index_list, s->n_pages);

	job.counters = arena_array(&l->scratch, struct counter, workers);
	for (size_t w = 0; w < workers; w++)
		job.counters[w].counts = arena_array(&l->scratch, uint32_t, s->n_pages);
	spread_backlinks(l);
	pool_each(l->in->pool, s->n_pages, finish_page, &job);
	for (size_t w = 0; w < workers; w++) {
		arena_release(&job.counters[w].arena);
		arena_release(&l->edge_arenas[w]);
	}
	l->edges = NULL;
	fill_sections(l);
	fill_members(l, lists, job.ranks);
	memset(lists, 0, s->n_pages * sizeof(*lists));
	fill_facts(l, lists);
	fill_events(l, lists);
	fill_comparisons(l, lists);
	fill_rests(l, lists);
}
