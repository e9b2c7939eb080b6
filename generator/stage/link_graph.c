#include "stage/link_impl.h"

#include <string.h>

#include "base/vec.h"
#include "site/order.h"
#include "site/query.h"

#define COMENTIONS_KEPT 24

/* Counting sort of all edges by their target; of each, those of the newest pages come first. */
static void spread_backlinks(struct linker *l)
{
	struct site *s = l->site;
	const uint32_t *newest = s->by_newest;
	uint32_t *ends = arena_array(&l->scratch, uint32_t, s->n_pages + 1);
	struct backlink *all;
	uint32_t n = 0;

	for (size_t i = 0; i < s->n_pages; i++)
		for (uint32_t k = 0; k < l->edges[i].n; k++)
			ends[l->edges[i].targets[k]]++;
	for (size_t i = 0; i < s->n_pages; i++) {
		uint32_t count = ends[i];

		ends[i] = n;
		n += count;
	}
	all = arena_alloc(l->arena, n, sizeof(*all), _Alignof(struct backlink));
	for (size_t i = 0; i < s->n_pages; i++) {
		const struct edge_list *list = &l->edges[newest[i]];

		for (uint32_t k = 0; k < list->n; k++) {
			const struct spot *at = &list->spots[k];

			all[ends[list->targets[k]]++] =
				(struct backlink){ newest[i], at->count, at->node, at->off, at->is_tag };
		}
	}
	n = 0;
	for (size_t i = 0; i < s->n_pages; i++) {
		if (ends[i] == n)
			continue;
		s->pages[i].backlinks = all + n;
		s->pages[i].n_backlinks = ends[i] - n;
		n = ends[i];
	}
}

struct job {
	struct linker *l;
	struct counter {
		uint32_t *counts;       /* by page */
		uint32_t *touched;      /* room for all pages */
		struct backlink *spare; /* room for the backlinks of any page */
	} * counters;                   /* by worker */
};

/* Those that tag it; a page that tags itself is among them, but is no backlink. */
static void take_members(struct arena *a, struct page *p)
{
	uint32_t tags = 0, kept = 0;

	for (uint32_t i = 0; i < p->n_backlinks; i++)
		tags += p->backlinks[i].is_tag;
	p->members = arena_alloc(a, tags, sizeof(*p->members), _Alignof(uint32_t));
	for (uint32_t i = 0; tags && i < p->n_backlinks; i++) {
		const struct backlink *b = &p->backlinks[i];

		if (b->is_tag && !p->is_section)
			p->members[p->n_members++] = b->page;
		if (b->page != p->index)
			p->backlinks[kept++] = *b;
	}
	if (tags)
		p->n_backlinks = kept;
}

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
		uint32_t ends[257] = { 0 };
		uint32_t top = most >> shift > 255 ? 255 : most >> shift;

		for (size_t i = 0; i < p->n_backlinks; i++)
			ends[top + 1 - (list[i].count >> shift & 255)]++;
		for (size_t d = 1; d <= top + 1; d++)
			ends[d] += ends[d - 1];
		for (size_t i = 0; i < p->n_backlinks; i++)
			spare[ends[top - (list[i].count >> shift & 255)]++] = list[i];
		memcpy(list, spare, p->n_backlinks * sizeof(*list));
	}
}

static bool is_less(struct comention a, struct comention b)
{
	return a.count != b.count ? a.count < b.count : a.page > b.page;
}

/* Into its place among the most, of which at most COMENTIONS_KEPT are of interest. Gives how many there are. */
static size_t insert(struct comention *most, size_t n, struct comention c)
{
	size_t at = n < COMENTIONS_KEPT ? n++ : n;

	for (; at > 0 && is_less(most[at - 1], c); at--)
		if (at < n)
			most[at] = most[at - 1];
	if (at < n)
		most[at] = c;
	return n;
}

/* Entities named on the same pages, most first. */
static void count_comentions(struct job *job, struct counter *c, struct arena *a, struct page *p)
{
	struct comention most[COMENTIONS_KEPT];
	size_t n = 0, touched = 0;

	for (size_t i = 0; i < p->n_backlinks; i++) {
		const struct edge_list *list = &job->l->edges[p->backlinks[i].page];

		for (uint32_t k = 0; k < list->n_entities; k++) {
			uint32_t t = list->targets[k];

			c->touched[touched] = t;
			touched += c->counts[t]++ == 0;
		}
	}
	for (size_t i = 0; i < touched; i++) {
		struct comention it = { c->touched[i], c->counts[c->touched[i]] };

		c->counts[it.page] = 0;
		if (it.page != p->index && (n < COMENTIONS_KEPT || is_less(most[n - 1], it)))
			n = insert(most, n, it);
	}
	p->n_comentions = (uint32_t)n;
	p->comentions =
		memcpy(arena_alloc(a, n + 1, sizeof(*most), _Alignof(struct comention)), most, n * sizeof(*most));
}

/* As many spoke of it as do now, and all of these did so already, in the same words. */
static bool is_heard_same(const struct linker *l, const struct page *p)
{
	const struct link_text *t = &l->texts[p->index];
	bool is_same = !l->has_changes && t->then.n == p->n_backlinks;

	for (size_t i = 0; is_same && i < p->n_backlinks; i++)
		is_same = l->texts[p->backlinks[i].page].is_in_place;
	return is_same;
}

static void finish_page(void *ctx, size_t worker, size_t i)
{
	struct job *job = ctx;
	struct page *p = &job->l->site->pages[i];
	struct arena *a = &job->l->in->workers[worker];
	struct counter *c = &job->counters[worker];
	struct link_text *t = &job->l->texts[i];

	if (!p->n_backlinks)
		return;
	t->heard = p->n_backlinks;
	t->is_heard_same = is_heard_same(job->l, p);
	take_members(a, p);
	sort_by_worth(c->spare, p);
	if (t->is_heard_same) {
		p->comentions = t->then.comentions;
		p->n_comentions = t->then.n_comentions;
	} else if (p->kind->is_entity && !p->is_section) {
		count_comentions(job, c, a, p);
	}
}

static void fill_section(struct linker *l, const struct kind *kind, struct page *section)
{
	struct site *s = l->site;
	const uint32_t *order = order_by(s, &l->scratch, str_from(config_sort_name(kind->sort)));
	VEC(uint32_t) members = { 0 };
	const uint32_t *list;
	uint32_t n;

	for (size_t i = 0; i < s->n_pages; i++) {
		const struct page *p = &s->pages[order[i]];

		if (p->kind == kind && !p->is_section && !p->is_home)
			vec_push(l->arena, &members, order[i]);
	}
	list = members.ptr;
	n = (uint32_t)members.len;
	for (uint32_t i = 0; i < n; i++) {
		s->pages[list[i]].prev = i ? list[i - 1] : UINT32_MAX;
		s->pages[list[i]].next = i + 1 < n ? list[i + 1] : UINT32_MAX;
	}
	section->members = members.ptr;
	section->n_members = n;
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

#define GIVE(field) \
	for (size_t i = 0; i < s->n_pages; i++) { \
		if (!lists[i].len) \
			continue; \
		s->pages[i].field = lists[i].ptr; \
		s->pages[i].n_##field = (uint32_t)lists[i].len; \
		lists[i] = (index_list){ 0 }; \
	}

static void fill_facts(struct linker *l, index_list *lists)
{
	struct site *s = l->site;
	const struct records *r = &s->records;

	for (uint32_t i = 0; i < r->n_facts; i++)
		append(l, lists, r->facts[i].subject.page, i);
	for (size_t i = 0; i < s->n_pages; i++)
		if (lists[i].len)
			s->pages[i].n_own_facts = (uint32_t)lists[i].len;
	for (uint32_t i = 0; i < r->n_facts; i++)
		for (size_t k = 0; k < r->facts[i].n_about; k++)
			if (r->facts[i].about[k].page != r->facts[i].subject.page)
				append(l, lists, r->facts[i].about[k].page, i);
	GIVE(facts)
	for (uint32_t i = 0; i < r->n_relations; i++) {
		append(l, lists, &s->pages[r->relations[i].from_page], i << 1);
		append(l, lists, r->relations[i].target.page, i << 1 | 1);
	}
	GIVE(relations)
	for (uint32_t i = 0; i < r->n_quotes; i++)
		append(l, lists, r->quotes[i].speaker.page, i);
	for (uint32_t i = 0; i < r->n_quotes; i++)
		for (size_t k = 0; k < r->quotes[i].n_about; k++)
			if (r->quotes[i].about[k].page != r->quotes[i].speaker.page)
				append(l, lists, r->quotes[i].about[k].page, i);
	GIVE(quotes)
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
	GIVE(events)
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
	GIVE(comparisons)
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
	for (size_t n = 0; n < l->sourced.len; n++) {
		uint32_t i = l->sourced.ptr[n];

		for (size_t k = 0; k < s->pages[i].n_names && k < 256; k++)
			append(l, lists, s->pages[i].names[k].source, (uint32_t)REST_NAME << 28 | i << 8 | (uint32_t)k);
	}
	GIVE(rests)
	for (size_t n = 0; n < l->sourced.len; n++) {
		uint32_t i = l->sourced.ptr[n];

		for (size_t k = 0; s->pages[i].source && k < s->pages[i].source->n_rests_on; k++)
			append(l, lists, s->pages[i].source->rests_on[k].page, i);
	}
	GIVE(resting_pages)
}

void link_graph(struct linker *l)
{
	struct site *s = l->site;
	size_t workers = pool_size(l->in->pool);
	struct job job = { l, NULL };
	index_list *lists = arena_array(&l->scratch, index_list, s->n_pages);

	job.counters = arena_array(&l->scratch, struct counter, workers);
	for (size_t w = 0; w < workers; w++) {
		job.counters[w].counts = arena_array(&l->scratch, uint32_t, s->n_pages);
		job.counters[w].touched =
			arena_alloc(&l->scratch, s->n_pages + 1, sizeof(uint32_t), _Alignof(uint32_t));
		job.counters[w].spare =
			arena_alloc(&l->scratch, s->n_pages + 1, sizeof(struct backlink), _Alignof(struct backlink));
	}
	spread_backlinks(l);
	pool_each(l->in->pool, s->n_pages, finish_page, &job);
	for (size_t w = 0; w < workers; w++) {
		arena_release(&l->spot_arenas[w]);
		arena_release(&l->target_arenas[w]);
	}
	l->edges = NULL;
	fill_sections(l);
	fill_facts(l, lists);
	fill_events(l, lists);
	fill_comparisons(l, lists);
	fill_rests(l, lists);
}
