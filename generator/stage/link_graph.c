#include "stage/link_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "site/query.h"

#define COMENTIONS_KEPT 24

/* Counting sort of all edges by their target; of each, those of the newest pages come first. */
static void spread_backlinks(struct linker *l, const uint32_t *newest)
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
		const struct edge_list *list = &l->edges[newest[i]];

		for (uint32_t k = 0; k < list->n; k++) {
			const struct edge *e = &list->items[k];
			struct page *to = &s->pages[e->target];

			to->backlinks[to->n_backlinks++] =
				(struct backlink){ newest[i], e->count, e->node, e->off, e->is_tag };
		}
	}
}

/* What pages are sorted by, side by side. */
struct place {
	struct date date;
	double weight;
	struct str sort_key;
	uint32_t page;
};

static struct place place_of(const struct site *s, uint32_t page)
{
	const struct page *p = &s->pages[page];

	return (struct place){ p->date, p->weight, p->sort_key, page };
}

/* Pages are in the order of their keys. */
static int by_key(const struct place *a, const struct place *b)
{
	return (a->page > b->page) - (a->page < b->page);
}

static int by_newest(const void *x, const void *y)
{
	int c = -date_cmp(((const struct place *)x)->date, ((const struct place *)y)->date);

	return c ? c : by_key(x, y);
}

static uint32_t *newest_first(struct linker *l)
{
	const struct site *s = l->site;
	struct place *places = arena_alloc(&l->scratch, s->n_pages, sizeof(*places), _Alignof(struct place));
	uint32_t *order = arena_alloc(&l->scratch, s->n_pages, sizeof(*order), _Alignof(uint32_t));

	for (uint32_t i = 0; i < s->n_pages; i++)
		places[i] = place_of(s, i);
	qsort(places, s->n_pages, sizeof(*places), by_newest);
	for (uint32_t i = 0; i < s->n_pages; i++)
		order[i] = places[i].page;
	return order;
}

struct job {
	struct linker *l;
	struct counter {
		uint32_t *counts;
		VEC(uint32_t) touched;
		struct backlink *spare; /* room for the backlinks of any page */
		struct arena arena;
	} * counters; /* by worker */
};

/* Those that say more come first; else all stay in their order. A radix sort, by bytes of the count. */
static void sort_by_worth(struct backlink *spare, struct page *p)
{
	struct backlink *list = p->backlinks;
	uint32_t most = 0;
	bool is_sorted = true;

	for (size_t i = 0; i < p->n_backlinks; i++) {
		most = list[i].count > most ? list[i].count : most;
		is_sorted &= i == 0 || list[i - 1].count >= list[i].count;
	}
	for (unsigned shift = 0; !is_sorted && shift < 32 && most >> shift; shift += 8) {
		size_t ends[257] = { 0 };

		for (size_t i = 0; i < p->n_backlinks; i++)
			ends[256 - (list[i].count >> shift & 255)]++;
		for (size_t d = 1; d < 257; d++)
			ends[d] += ends[d - 1];
		for (size_t i = 0; i < p->n_backlinks; i++)
			spare[ends[255 - (list[i].count >> shift & 255)]++] = list[i];
		memcpy(list, spare, p->n_backlinks * sizeof(*list));
	}
}

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
	struct comention most[COMENTIONS_KEPT];
	size_t n = 0;

	c->touched.len = 0;
	for (size_t i = 0; i < p->n_backlinks; i++) {
		const struct edge_list *list = &job->l->edges[p->backlinks[i].page];

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
	struct counter *c = &job->counters[worker];

	sort_by_worth(c->spare, p);
	if (p->kind->is_entity && !p->is_section && p->n_backlinks) {
		count_comentions(job, c, &job->l->in->workers[worker], p);
		arena_reset(&c->arena);
		c->touched.ptr = NULL;
		c->touched.cap = 0;
	}
}

static int by_title(const void *x, const void *y)
{
	const struct place *a = x, *b = y;
	int c = str_cmp(a->sort_key, b->sort_key);

	return c ? c : by_key(a, b);
}

static int by_date(const void *x, const void *y)
{
	int c = date_cmp(((const struct place *)x)->date, ((const struct place *)y)->date);

	return c ? c : by_title(x, y);
}

static int by_date_descending(const void *x, const void *y)
{
	int c = -date_cmp(((const struct place *)x)->date, ((const struct place *)y)->date);

	return c ? c : by_title(x, y);
}

static int by_weight(const void *x, const void *y)
{
	double a = ((const struct place *)x)->weight, b = ((const struct place *)y)->weight;
	int c = (a > b) - (a < b);

	return c ? c : by_title(x, y);
}

static int (*const orders[])(const void *x, const void *y) = {
	[SORT_DATE] = by_date,
	[SORT_DATE_DESC] = by_date_descending,
	[SORT_WEIGHT] = by_weight,
	[SORT_TITLE] = by_title,
};

static void fill_section(struct linker *l, const struct kind *kind, struct page *section)
{
	struct site *s = l->site;
	struct place *places = arena_alloc(&l->scratch, s->n_pages, sizeof(*places), _Alignof(struct place));
	uint32_t *list;
	size_t n = 0;

	for (uint32_t i = 0; i < s->n_pages; i++)
		if (s->pages[i].kind == kind && !s->pages[i].is_section && !s->pages[i].is_home)
			places[n++] = place_of(s, i);
	qsort(places, n, sizeof(*places), orders[kind->sort]);
	list = arena_alloc(l->arena, n, sizeof(*list), _Alignof(uint32_t));
	for (size_t i = 0; i < n; i++) {
		list[i] = places[i].page;
		s->pages[list[i]].prev = i ? list[i - 1] : UINT32_MAX;
		s->pages[list[i]].next = i + 1 < n ? places[i + 1].page : UINT32_MAX;
	}
	section->members = list;
	section->n_members = n;
	arena_drop(&l->scratch, places, s->n_pages * sizeof(*places));
}

static void fill_sections(struct linker *l)
{
	struct site *s = l->site;

	for (size_t k = 0; k < l->config->n_kinds; k++)
		if (s->sections[k] != UINT32_MAX)
			fill_section(l, &l->config->kinds[k], &s->pages[s->sections[k]]);
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

static void fill_members(struct linker *l, index_list *lists, const uint32_t *newest)
{
	struct site *s = l->site;

	for (size_t i = 0; i < s->n_pages; i++) {
		const struct page *p = &s->pages[newest[i]];

		for (size_t t = 0; t < p->n_tagged; t++)
			for (size_t k = 0; k < p->tagged[t].n; k++)
				append(l, lists, p->tagged[t].refs[k].page, newest[i]);
	}
	for (size_t i = 0; i < s->n_pages; i++) {
		if (!lists[i].len || s->pages[i].is_section)
			continue;
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
	const uint32_t *newest = newest_first(l);
	struct job job = { l, NULL };
	index_list *lists = arena_array(&l->scratch, index_list, s->n_pages);

	job.counters = arena_array(&l->scratch, struct counter, workers);
	for (size_t w = 0; w < workers; w++) {
		job.counters[w].counts = arena_array(&l->scratch, uint32_t, s->n_pages);
		job.counters[w].spare =
			arena_alloc(&l->scratch, s->n_pages, sizeof(struct backlink), _Alignof(struct backlink));
	}
	spread_backlinks(l, newest);
	pool_each(l->in->pool, s->n_pages, finish_page, &job);
	for (size_t w = 0; w < workers; w++) {
		arena_release(&job.counters[w].arena);
		arena_release(&l->edge_arenas[w]);
		arena_release(&l->entity_arenas[w]);
	}
	l->edges = NULL;
	fill_sections(l);
	fill_members(l, lists, newest);
	memset(lists, 0, s->n_pages * sizeof(*lists));
	fill_facts(l, lists);
	fill_events(l, lists);
	fill_comparisons(l, lists);
	fill_rests(l, lists);
}
