#include "stage/link_impl.h"

#include <string.h>

#include "base/sort.h"
#include "base/vec.h"
#include "site/order.h"
#include "site/query.h"

#define COMENTIONS_KEPT 24

/* Who speaks of a page: while it is made, all that were linked anew, or all. */
struct heard {
	struct backlink *list;
	uint32_t n;
	bool is_other; /* than then */
};

struct job {
	struct linker *l;
	struct heard *heard;   /* by page */
	const uint32_t *ranks; /* by page: its place in by_newest */
	struct counter {
		uint32_t *counts;       /* by page */
		uint32_t *touched;      /* room for all pages */
		uint32_t *seen, stamp;  /* by page: which of those at hand named it last */
		struct backlink *spare; /* room for the backlinks of any page */
	} * counters;                   /* by worker */
};

/* Counting sort of all edges by their target; of each, those of the newest pages come first. */
static void spread_backlinks(struct linker *l, struct heard *heard)
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
				(struct backlink){ newest[i], at->count, at->is_tag, at->node, at->off };
		}
	}
	n = 0;
	for (size_t i = 0; i < s->n_pages; i++) {
		heard[i].list = all + n;
		heard[i].n = ends[i] - n;
		n = ends[i];
	}
}

static bool tags_itself(const struct link_heard *then, uint32_t page)
{
	for (uint32_t i = 0; i < then->n_members; i++)
		if (then->members[i] == page)
			return true;
	return false;
}

/* Pages that are not as they were, and whether they speak of others than then. */
struct speakers {
	bool *is_other; /* by page: it is one of them */
	uint32_t *then; /* by page: of how many others it spoke then, of which it still does */
	uint32_t *both;
	uint32_t *places; /* by page: behind its place in the list at hand; 0: it is not there */
};

/* What they said of this page then, and say now. */
static void compare_heard(const struct linker *l, struct speakers *who, struct heard *h, uint32_t page)
{
	const struct link_heard then = link_heard_then(l, page);
	uint32_t n = 0;

	for (uint32_t i = 0; i < h->n; i++)
		who->places[h->list[i].page] = i + 1;
	for (uint32_t i = 0; i < then.n_backlinks; i++) {
		const struct backlink *old = &then.backlinks[i];
		uint32_t place;

		if (!who->is_other[old->page])
			continue;
		place = who->places[old->page];
		who->then[old->page]++;
		who->both[old->page] += place > 0;
		n += place > 0;
		h->is_other |= place == 0 || memcmp(old, &h->list[place - 1], sizeof(*old)) != 0 ||
			       l->texts[old->page].then->when != l->stamps[old->page].when;
	}
	if (who->is_other[page]) {
		n += who->places[page] > 0;
		h->is_other |= (who->places[page] > 0) != tags_itself(&then, page);
	}
	h->is_other |= n != h->n;
	for (uint32_t i = 0; i < h->n; i++)
		who->places[h->list[i].page] = 0;
}

/* Finds out of whom something else is said than was. Whom a page names together with whom matters to all it names. */
static void compare_all(struct linker *l, struct heard *heard)
{
	size_t n = l->site->n_pages;
	struct speakers who = { arena_array(&l->scratch, bool, n), arena_array(&l->scratch, uint32_t, n),
				arena_array(&l->scratch, uint32_t, n), arena_array(&l->scratch, uint32_t, n) };
	bool has_others = false;

	for (size_t i = 0; i < n; i++)
		who.is_other[i] = !l->texts[i].is_in_place;
	for (uint32_t i = 0; i < n; i++)
		compare_heard(l, &who, &heard[i], i);
	for (uint32_t i = 0; i < n; i++) {
		const struct edge_list *now = &l->edges[i];
		uint32_t others = now->n;

		for (uint32_t k = 0; k < now->n; k++)
			others -= now->targets[k] == i;
		who.is_other[i] = who.is_other[i] && (who.then[i] != who.both[i] || others != who.both[i]);
		has_others |= who.is_other[i];
	}
	for (uint32_t i = 0; has_others && i < n; i++) {
		const struct link_heard then = link_heard_then(l, i);

		for (uint32_t k = 0; k < then.n_backlinks && !heard[i].is_other; k++)
			heard[i].is_other = who.is_other[then.backlinks[k].page];
		for (uint32_t k = 0; k < heard[i].n && !heard[i].is_other; k++)
			heard[i].is_other = who.is_other[heard[i].list[k].page];
	}
}

/* By which place in by_newest is whose. */
static const uint32_t *rank_pages(struct linker *l)
{
	uint32_t *ranks = arena_alloc(&l->scratch, l->site->n_pages, sizeof(*ranks), _Alignof(uint32_t));

	for (uint32_t i = 0; i < l->site->n_pages; i++)
		ranks[l->site->by_newest[i]] = i;
	return ranks;
}

/* With what those say who are as they were: as if all had been spread. */
static void add_then(const struct job *job, struct counter *c, struct arena *a, uint32_t page, struct heard *h)
{
	const struct linker *l = job->l;
	const struct link_heard then = link_heard_then(l, page);
	size_t n = h->n, room = n + then.n_backlinks + 1;
	struct backlink *list = arena_alloc(a, room, sizeof(*list), _Alignof(struct backlink));
	struct sort_item *order;

	memcpy(list, h->list, n * sizeof(*list));
	for (uint32_t i = 0; i < then.n_backlinks; i++)
		if (l->texts[then.backlinks[i].page].is_in_place)
			list[n++] = then.backlinks[i];
	if (l->texts[page].is_in_place && tags_itself(&then, page))
		list[n++] = (struct backlink){ page, 0, true, UINT32_MAX, 0 };
	order = arena_alloc(a, 2 * n, sizeof(*order), _Alignof(struct sort_item));
	for (uint32_t i = 0; i < n; i++)
		order[i] = (struct sort_item){ job->ranks[list[i].page], i };
	sort_items(order, n, order + n);
	for (size_t i = 0; i < n; i++)
		c->spare[i] = list[order[i].value];
	h->list = n ? memcpy(list, c->spare, n * sizeof(*list)) : list;
	h->n = (uint32_t)n;
}

/* Those that tag it; a page that tags itself is among them, but is no backlink. */
static void take_members(struct arena *a, struct page *p, struct heard *h)
{
	uint32_t tags = 0, kept = 0, *members;

	for (uint32_t i = 0; i < h->n; i++)
		tags += h->list[i].is_tag;
	if (!tags)
		return;
	members = arena_alloc(a, tags, sizeof(*members), _Alignof(uint32_t));
	for (uint32_t i = 0; i < h->n; i++) {
		const struct backlink *b = &h->list[i];

		if (b->is_tag && !p->is_section)
			members[p->n_members++] = b->page;
		if (b->page != p->index)
			h->list[kept++] = *b;
	}
	p->members = members;
	h->n = kept;
}

/* Those that say more come first; else all stay in their order. A radix sort, by bytes of the count. */
static void sort_by_worth(struct backlink *spare, struct heard *h)
{
	struct backlink *list = h->list;
	uint32_t most = 0;
	bool is_sorted = true;

	for (size_t i = 0; i < h->n; i++) {
		most = list[i].count > most ? list[i].count : most;
		is_sorted &= i == 0 || list[i - 1].count >= list[i].count;
	}
	for (unsigned shift = 0; !is_sorted && shift < 32 && most >> shift; shift += 8) {
		uint32_t ends[257] = { 0 };
		uint32_t top = most >> shift > 255 ? 255 : most >> shift;

		for (size_t i = 0; i < h->n; i++)
			ends[top + 1 - (list[i].count >> shift & 255)]++;
		for (size_t d = 1; d <= top + 1; d++)
			ends[d] += ends[d - 1];
		for (size_t i = 0; i < h->n; i++)
			spare[ends[top - (list[i].count >> shift & 255)]++] = list[i];
		memcpy(list, spare, h->n * sizeof(*list));
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

static void count(struct counter *c, size_t *n, uint32_t page)
{
	c->touched[*n] = page;
	*n += c->counts[page]++ == 0;
}

/* Each entity that a page names beside itself, once. */
static void count_named(const struct linker *l, struct counter *c, size_t *n, uint32_t page)
{
	const struct edge_list *list = &l->edges[page];
	struct link_walk w = { .site = l->site, .page = &l->site->pages[page] };
	uint32_t target;

	for (uint32_t k = 0; k < list->n_entities; k++)
		count(c, n, list->targets[k]);
	/* That a section names two together says nothing of them. */
	if (list->n || w.page->is_section)
		return;
	c->stamp++;
	while ((target = link_next_target(&w)) != UINT32_MAX) {
		if (!l->is_entity[target] || target == page || c->seen[target] == c->stamp)
			continue;
		c->seen[target] = c->stamp;
		count(c, n, target);
	}
}

/* Entities named on the same pages, most first. */
static void count_comentions(struct job *job, struct counter *c, struct arena *a, struct page *p)
{
	struct comention most[COMENTIONS_KEPT];
	size_t n = 0, touched = 0;

	for (uint32_t i = 0; i < p->n_backlinks; i++)
		count_named(job->l, c, &touched, p->backlinks[i].page);
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

static void take_then(const struct linker *l, struct page *p, struct link_text *t)
{
	const struct link_heard then = link_heard_then(l, p->index);

	t->is_heard_same = t->is_heard = t->then->is_heard;
	p->backlinks = then.backlinks;
	p->n_backlinks = then.n_backlinks;
	p->comentions = then.comentions;
	p->n_comentions = then.n_comentions;
	p->members = then.members;
	p->n_members = then.n_members;
}

static void finish_page(void *ctx, size_t worker, size_t i)
{
	struct job *job = ctx;
	struct page *p = &job->l->site->pages[i];
	struct arena *a = &job->l->in->workers[worker];
	struct counter *c = &job->counters[worker];
	struct link_text *t = &job->l->texts[i];
	struct heard *h = &job->heard[i];

	if (job->l->is_still && !h->is_other) {
		take_then(job->l, p, t);
		return;
	}
	if (job->l->is_still)
		add_then(job, c, a, (uint32_t)i, h);
	if (!h->n)
		return;
	t->is_heard = true;
	take_members(a, p, h);
	sort_by_worth(c->spare, h);
	p->backlinks = h->list;
	p->n_backlinks = h->n;
	if (p->kind->is_entity && !p->is_section)
		count_comentions(job, c, a, p);
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

static void fill_backlinks(struct linker *l)
{
	size_t n = l->site->n_pages, workers = pool_size(l->in->pool);
	struct job job = { .l = l, .heard = arena_array(&l->scratch, struct heard, n) };

	job.counters = arena_array(&l->scratch, struct counter, workers);
	for (size_t w = 0; w < workers; w++) {
		struct counter *c = &job.counters[w];

		c->counts = arena_array(&l->scratch, uint32_t, n);
		c->seen = arena_array(&l->scratch, uint32_t, n);
		c->touched = arena_alloc(&l->scratch, n + 1, sizeof(uint32_t), _Alignof(uint32_t));
		c->spare = arena_alloc(&l->scratch, n + 1, sizeof(struct backlink), _Alignof(struct backlink));
	}
	spread_backlinks(l, job.heard);
	if (l->is_still) {
		compare_all(l, job.heard);
		job.ranks = rank_pages(l);
	}
	pool_each(l->in->pool, n, finish_page, &job);
	for (size_t w = 0; w < workers; w++) {
		arena_release(&l->spot_arenas[w]);
		arena_release(&l->target_arenas[w]);
	}
	l->edges = NULL;
}

void link_graph(struct linker *l)
{
	index_list *lists = arena_array(&l->scratch, index_list, l->site->n_pages);

	fill_backlinks(l);
	fill_sections(l);
	fill_facts(l, lists);
	fill_events(l, lists);
	fill_comparisons(l, lists);
	fill_rests(l, lists);
}
