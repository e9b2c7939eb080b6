#include "stage/link_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/vec.h"

/* Brings the records of all files together; those of withheld pages stay out. */
static void gather(struct linker *l)
{
	struct records *all = &l->site->records;

	for (size_t i = 0; i < l->in->n_pages; i++) {
		struct records *r = l->in->pages[i].records;
		uint32_t page = l->in->pages[i].at;

		if (page == UINT32_MAX || !r)
			continue;
		for (size_t k = 0; k < r->n_facts; k++)
			r->facts[k].r.page = page;
		for (size_t k = 0; k < r->n_relations; k++)
			r->relations[k].r.page = r->relations[k].from_page = page;
		for (size_t k = 0; k < r->n_events; k++)
			r->events[k].r.page = page;
		for (size_t k = 0; k < r->n_quotes; k++)
			r->quotes[k].r.page = page;
		for (size_t k = 0; k < r->n_comparisons; k++)
			r->comparisons[k].r.page = page;
		record_append(l->arena, all, r);
	}
	for (size_t i = 0; i < l->in->n_data; i++)
		record_append(l->arena, all, &l->in->data_records[i]);
}

static bool is_unique(struct linker *l, struct map *seen, const struct record *r, uint64_t value)
{
	bool is_new;
	struct map_entry *e = map_at(l->arena, seen, r->id, &is_new);

	if (is_new) {
		e->value = value;
		return true;
	}
	diag_add(l->dl, DIAG_ERROR, "record/duplicate-id", r->path, r->at, "'%.*s' is the id of another record already",
		 STR_ARG(r->id));
	return false;
}

/* What does not resolve goes: nothing of a withheld page is kept. */
static void resolve_about(struct linker *l, const struct record *r, struct ref *about, size_t *n)
{
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++)
		if (link_resolve(l, r->path, &about[i], NULL, "link/unknown-page", l->dl))
			about[kept++] = about[i];
	*n = kept;
}

static void resolve_source(struct linker *l, struct record *r)
{
	if (r->source.text.len)
		link_resolve(l, r->path, &r->source, config_kind(l->config, STR("source")), "link/unknown-source",
			     l->dl);
}

/* Who is spoken of where nobody is named: the page the record stands on. */
static struct ref own_page(const struct linker *l, const struct record *r)
{
	const struct page *p = site_page(l->site, r->page);

	return (struct ref){ p->key, r->at, p };
}

static void default_about(struct linker *l, const struct record *r, struct ref **about, size_t *n)
{
	if (*n || r->page == UINT32_MAX)
		return;
	*about = arena_new(l->arena, struct ref);
	**about = own_page(l, r);
	*n = 1;
}

static bool link_fact(struct linker *l, struct fact *f)
{
	const struct measure *m = config_measure(l->config, f->measure_slug);

	resolve_source(l, &f->r);
	if (f->subject.text.len)
		link_resolve(l, f->r.path, &f->subject, NULL, "link/unknown-page", l->dl);
	else if (f->r.page != UINT32_MAX)
		f->subject = own_page(l, &f->r);
	resolve_about(l, &f->r, f->about, &f->n_about);
	if (m && f->unit.len == 0)
		f->unit = m->unit;
	/* What was taken back or replaced is not going to be looked up again. */
	if (m && m->has_review && date_is_set(f->as_of.to) && str_eq(f->status, STR("current")))
		f->review_by = date_add(date_from_days(date_last_day(f->as_of.to)), m->review_in);
	if (f->r.source.page && f->subject.page)
		return true;
	map_put(l->arena, &l->withheld, f->r.id, 1);
	return false;
}

/* Records whose subject, target or source is withheld go with it. */
static void link_statements(struct linker *l)
{
	struct records *r = &l->site->records;
	bool had_about;
	size_t n = 0;

	for (size_t i = 0; i < r->n_facts; i++)
		if (link_fact(l, &r->facts[i]) && is_unique(l, &l->site->fact_by_id, &r->facts[i].r, n))
			r->facts[n++] = r->facts[i];
	r->n_facts = n;
	n = 0;
	for (size_t i = 0; i < r->n_relations; i++) {
		struct relation *rel = &r->relations[i];

		resolve_source(l, &rel->r);
		if (rel->target.text.len)
			link_resolve(l, rel->r.path, &rel->target, NULL, "relation/unknown-target", l->dl);
		if (rel->target.page && rel->type && (rel->r.source.page || !rel->r.source.text.len) &&
		    is_unique(l, &l->site->relation_by_id, &rel->r, n))
			r->relations[n++] = *rel;
	}
	r->n_relations = n;
	n = 0;
	for (size_t i = 0; i < r->n_events; i++) {
		struct event *e = &r->events[i];

		resolve_source(l, &e->r);
		had_about = e->n_about > 0;
		resolve_about(l, &e->r, e->about, &e->n_about);
		if (!had_about)
			default_about(l, &e->r, &e->about, &e->n_about);
		if ((e->r.source.page || !e->r.source.text.len) && (e->n_about || !had_about) &&
		    is_unique(l, &l->site->event_by_id, &e->r, n))
			r->events[n++] = *e;
	}
	r->n_events = n;
	n = 0;
	for (size_t i = 0; i < r->n_quotes; i++) {
		struct quote *q = &r->quotes[i];

		resolve_source(l, &q->r);
		if (q->speaker.text.len)
			link_resolve(l, q->r.path, &q->speaker, NULL, "link/unknown-page", l->dl);
		else if (q->r.page != UINT32_MAX)
			q->speaker = own_page(l, &q->r);
		else
			diag_add(l->dl, DIAG_ERROR, "quote/missing-speaker", q->r.path, q->r.at,
				 "a quote in a data file must name its 'speaker'");
		resolve_about(l, &q->r, q->about, &q->n_about);
		if (q->r.source.page && q->speaker.page && is_unique(l, &l->site->quote_by_id, &q->r, n))
			r->quotes[n++] = *q;
	}
	r->n_quotes = n;
}

static void report_unknown_fact(struct linker *l, const struct comparison *c, size_t i)
{
	VEC(struct str) ids = { 0 };

	if (link_is_withheld(l, c->fact_ids[i])) {
		diag_add(l->dl, DIAG_WARNING, "link/withheld", c->r.path, c->fact_at[i],
			 "'%.*s' is not published, so this is left out", STR_ARG(c->fact_ids[i]));
		return;
	}
	diag_add(l->dl, DIAG_ERROR, "comparison/unknown-fact", c->r.path, c->fact_at[i], "no fact has the id '%.*s'",
		 STR_ARG(c->fact_ids[i]));
	for (size_t k = 0; k < l->site->records.n_facts; k++)
		vec_push(l->arena, &ids, l->site->records.facts[k].r.id);
	diag_suggest(l->dl, c->fact_ids[i], ids.ptr, ids.len);
}

/* False when too little is left of it to compare. */
static bool link_comparison(struct linker *l, struct comparison *c)
{
	const struct kind *source = config_kind(l->config, STR("source"));
	size_t facts = 0, passages = 0, declared = c->n_facts + c->n_passages;

	for (size_t i = 0; i < c->n_facts; i++) {
		uint64_t at;

		if (map_get(&l->site->fact_by_id, c->fact_ids[i], &at))
			c->facts[facts++] = (uint32_t)at;
		else
			report_unknown_fact(l, c, i);
	}
	c->n_facts = facts;
	for (size_t i = 0; i < c->n_passages; i++)
		if (c->passages[i].source.text.len &&
		    link_resolve(l, c->r.path, &c->passages[i].source, source, "link/unknown-source", l->dl))
			c->passages[passages++] = c->passages[i];
	c->n_passages = passages;
	resolve_about(l, &c->r, c->about, &c->n_about);
	default_about(l, &c->r, &c->about, &c->n_about);
	c->doc = c->explanation.len ? l->in->markdown(l->in->ctx, c->r.path, c->explanation) : doc_empty();
	return facts + passages == declared || facts + passages >= 2;
}

static bool says(const struct fact *f, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		if (str_eq_nocase(f->approx, str_from(words[i])))
			return true;
	return false;
}

/* "more than 5" is a range without an upper end. */
static double upper_end(const struct fact *f)
{
	static const char *const words[] = { "more than",    "over",          "above", "at least",
					     "no less than", "not less than", NULL };

	return says(f, words) ? INFINITY : f->max;
}

static double lower_end(const struct fact *f)
{
	static const char *const words[] = { "up to", "at most",      "less than",     "fewer than", "under",
					     "below", "no more than", "not more than", NULL };

	return says(f, words) ? -INFINITY : f->value;
}

static bool is_within_tolerance(const struct measure *m, const struct fact *a, const struct fact *b)
{
	double share = m ? m->tolerance : 0, abs_ = m ? m->tolerance_abs : 0, low, high, gap;

	if (a->type == FACT_TEXT || b->type == FACT_TEXT || a->type == FACT_DATE || b->type == FACT_DATE) {
		if (a->type != b->type)
			return false;
		return a->type == FACT_TEXT ? str_eq_nocase(a->text, b->text) : date_cmp(a->date, b->date) == 0;
	}
	/* Ranges agree where they touch. */
	low = fmax(lower_end(a), lower_end(b));
	high = fmin(upper_end(a), upper_end(b));
	gap = low - high;
	return gap <= 0 || gap <= abs_ || gap <= share * fmax(fabs(low), fabs(high));
}

static bool rests_on_same(const struct fact *a, const struct fact *b)
{
	const struct page *x = a->r.source.page, *y = b->r.source.page;

	if (a->attributed_to.len && str_eq_nocase(a->attributed_to, b->attributed_to))
		return true;
	for (size_t i = 0; x->source && i < x->source->n_rests_on; i++) {
		const struct page *on = x->source->rests_on[i].page;

		if (on && on == y)
			return true;
		for (size_t k = 0; y->source && on && k < y->source->n_rests_on; k++)
			if (y->source->rests_on[k].page == on)
				return true;
	}
	for (size_t k = 0; y->source && k < y->source->n_rests_on; k++)
		if (y->source->rests_on[k].page == x)
			return true;
	return false;
}

/* Why two facts of one subject and measure differ, or -1 where they agree. */
static int tell_apart(const struct config *c, const struct fact *a, const struct fact *b)
{
	bool dated = date_is_set(a->as_of.from) && date_is_set(b->as_of.from);

	if (is_within_tolerance(config_measure(c, a->measure_slug), a, b))
		return -1;
	if (!str_eq(a->scope, b->scope))
		return COMPARISON_SCOPE;
	if (dated && !date_ranges_overlap(a->as_of, b->as_of))
		return COMPARISON_PERIOD;
	if (!str_eq(a->edition, b->edition) || !str_eq(a->status, b->status))
		return COMPARISON_EDITION;
	if (rests_on_same(a, b))
		return COMPARISON_SAME_STUDY;
	return COMPARISON_CONFLICT;
}

/* An editor who has put these facts side by side has decided what they are. */
static bool is_declared(const struct site *s, const uint32_t *facts, size_t n)
{
	for (size_t i = 0; i < s->records.n_comparisons; i++) {
		const struct comparison *c = &s->records.comparisons[i];
		size_t found = 0;

		for (size_t k = 0; k < n; k++)
			for (size_t j = 0; j < c->n_facts; j++)
				found += c->facts[j] == facts[k];
		if (found == n)
			return true;
	}
	return false;
}

struct grouping {
	const struct site *site;
};

static int by_group(const void *x, const void *y, void *ctx)
{
	const struct fact *facts = ((const struct grouping *)ctx)->site->records.facts;
	const struct fact *a = &facts[*(const uint32_t *)x], *b = &facts[*(const uint32_t *)y];
	int c;

	if (a->subject.page != b->subject.page)
		return a->subject.page->index < b->subject.page->index ? -1 : 1;
	c = str_cmp(a->measure_slug, b->measure_slug);
	if (c == 0)
		c = str_cmp(a->unit, b->unit);
	return c ? c : str_cmp(a->r.id, b->r.id);
}

static bool is_same_group(const struct fact *a, const struct fact *b)
{
	return a->subject.page == b->subject.page && str_eq(a->measure_slug, b->measure_slug) &&
	       str_eq(a->unit, b->unit);
}

typedef VEC(struct comparison) set_list;

/* A unit as part of an id, where signs are lost. */
static struct str unit_word(struct arena *a, struct str unit)
{
	struct buf b;
	struct str word;

	if (str_eq(unit, STR("%")))
		return STR("percent");
	if (unit.len == 0 || utf8_slug(a, unit).len)
		return unit;
	buf_init(&b, 0);
	digest_write_hex(&b, digest_of(unit), 8);
	word = buf_copy(&b, a);
	buf_release(&b);
	return word;
}

static void add_set(struct linker *l, set_list *sets, const uint32_t *facts, size_t n, enum comparison_kind kind)
{
	struct site *s = l->site;
	const struct fact *first = &s->records.facts[facts[0]];
	struct comparison *c;
	struct str unit;

	if (is_declared(s, facts, n))
		return;
	c = vec_add(l->arena, sets);
	c->kind = kind;
	c->is_computed = true;
	c->doc = doc_empty();
	c->subject = first->subject.page->index;
	c->title = str_format(l->arena, "%.*s: %.*s", STR_ARG(first->subject.page->title), STR_ARG(first->measure));
	/* Two pages may have one slug, and one measure several units. */
	unit = unit_word(l->arena, first->unit);
	c->r.id = utf8_slug(l->arena,
			    str_format(l->arena, "%.*s %.*s %.*s %s", STR_ARG(first->subject.page->key),
				       STR_ARG(first->measure_slug), STR_ARG(unit), record_comparison_kind(kind)));
	c->r.path = first->r.path;
	c->r.at = first->r.at;
	c->r.page = c->subject;
	c->facts = arena_array(l->arena, uint32_t, n);
	memcpy(c->facts, facts, n * sizeof(*facts));
	c->n_facts = n;
	c->about = arena_new(l->arena, struct ref);
	c->about[0] = (struct ref){ first->subject.page->key, first->r.at, first->subject.page };
	c->n_about = 1;
	for (size_t i = 0; i < n; i++)
		if (kind == COMPARISON_CONFLICT || s->records.facts[facts[i]].set == UINT32_MAX)
			s->records.facts[facts[i]].set = (uint32_t)sets->len - 1;
}

/* One subject and measure: the facts that differ for one reason form one set. */
static void compare_group(struct linker *l, set_list *sets, const uint32_t *group, size_t n)
{
	const struct fact *facts = l->site->records.facts;

	for (int kind = 0; kind < COMPARISON_KINDS; kind++) {
		VEC(uint32_t) members = { 0 };

		for (size_t i = 0; i < n; i++) {
			bool differs = false;

			if (str_eq(facts[group[i]].status, STR("withdrawn")))
				continue;
			for (size_t k = 0; k < n && !differs; k++)
				differs = k != i && !str_eq(facts[group[k]].status, STR("withdrawn")) &&
					  tell_apart(l->config, &facts[group[i]], &facts[group[k]]) == kind;
			if (differs)
				vec_push(l->arena, &members, group[i]);
		}
		if (members.len >= 2)
			add_set(l, sets, members.ptr, members.len, (enum comparison_kind)kind);
	}
}

static void compute_sets(struct linker *l)
{
	struct site *s = l->site;
	uint32_t *order = arena_array(l->arena, uint32_t, s->records.n_facts + 1);
	struct grouping g = { s };
	set_list sets = { 0 };
	size_t n = s->records.n_facts;

	for (uint32_t i = 0; i < n; i++)
		order[i] = i;
	qsort_r(order, n, sizeof(*order), by_group, &g);
	for (size_t from = 0, to; from < n; from = to) {
		for (to = from + 1;
		     to < n && is_same_group(&s->records.facts[order[from]], &s->records.facts[order[to]]);)
			to++;
		/* Pairwise comparison: a series of thousands of values is a table, not a dispute. */
		if (to - from >= 2 && to - from <= 500)
			compare_group(l, &sets, order + from, to - from);
	}
	s->sets = sets.ptr;
	s->n_sets = sets.len;
}

void link_records(struct linker *l)
{
	struct records *r = &l->site->records;
	size_t n = 0;

	gather(l);
	link_statements(l);
	for (size_t i = 0; i < r->n_comparisons; i++) {
		if (link_comparison(l, &r->comparisons[i]) &&
		    is_unique(l, &l->site->comparison_by_id, &r->comparisons[i].r, n))
			r->comparisons[n++] = r->comparisons[i];
	}
	r->n_comparisons = n;
	compute_sets(l);
}
