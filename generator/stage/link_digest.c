#include "stage/link_impl.h"

/*
 * What a page is, aspect by aspect, as one number each: the facts that renders
 * read. Keys and texts go in, never indices: those move when other pages come.
 */
static void add_ref(struct digest_state *d, const struct linker *l, uint32_t page)
{
	digest_add_u64(d, page == UINT32_MAX ? 0 : l->stamps[page].key);
}

static void add_page(struct digest_state *d, const struct page *p)
{
	digest_add(d, p ? p->key : STR_NONE);
}

void link_add_tags(struct digest_state *d, const struct linker *l, const struct tag_list *t)
{
	digest_add_u64(d, t->n);
	for (size_t i = 0; i < t->n; i++)
		add_ref(d, l, t->pages[i]);
}

static void add_refs(struct digest_state *d, const struct ref *refs, size_t n)
{
	digest_add_u64(d, n);
	for (size_t i = 0; i < n; i++)
		add_page(d, refs[i].page);
}

static struct digest title_digest(const struct page *p)
{
	struct digest_state d;

	digest_begin(&d);
	digest_add(&d, p->key);
	digest_add(&d, p->kind->id);
	digest_add(&d, p->url);
	digest_add(&d, p->title);
	digest_add(&d, p->lang);
	digest_add(&d, p->schema);
	digest_add_u64(&d, p->is_section | p->is_home << 1 | p->is_builtin << 2);
	return digest_end(&d);
}

static struct digest dates_digest(const struct page *p)
{
	struct digest_state d;

	digest_begin(&d);
	date_add_digest(&d, p->date);
	date_add_digest(&d, p->updated);
	return digest_end(&d);
}

/* With title and dates. */
static struct digest head_digest(const struct page *p)
{
	struct digest_state d;

	digest_begin(&d);
	digest_add(&d, p->path);
	digest_add_digest(&d, p->digests[PAGE_TITLE]);
	digest_add_digest(&d, p->digests[PAGE_DATES]);
	digest_add(&d, p->summary);
	digest_add(&d, p->excerpt);
	digest_add(&d, p->image);
	digest_add_u64(&d, p->is_stub);
	return digest_end(&d);
}

static struct digest meta_digest(const struct linker *l, const struct page *p)
{
	const struct site *s = l->site;
	struct digest_state d;

	digest_begin(&d);
	digest_add_digest(&d, p->meta_digest);
	for (size_t i = 0; i < p->n_tagged; i++)
		link_add_tags(&d, l, &p->tagged[i]);
	for (size_t i = 0; p->meta && i < p->kind->n_fields; i++)
		if (p->kind->fields[i].type == FIELD_REFERENCE)
			add_page(&d,
				 site_field_page(s, &p->kind->fields[i], value_get(p->meta, p->kind->fields[i].name)));
	if (p->source)
		add_refs(&d, p->source->rests_on, p->source->n_rests_on);
	return digest_end(&d);
}

/* The others show on the page. */
static bool is_hidden(const struct mention *m)
{
	return m->state == MENTION_SELF || m->state == MENTION_AMBIGUOUS || m->state == MENTION_WEAK;
}

static struct digest body_digest(const struct linker *l, const struct page *p)
{
	struct digest_state d;

	digest_begin(&d);
	digest_add_digest(&d, p->doc_digest);
	for (size_t i = 0; i < p->n_links; i++) {
		const struct link *ln = &p->links[i];
		bool is_fact = ln->type == LINK_CITE_FACT || ln->type == LINK_EMBED_FACT;

		digest_add_u64(&d, (uint64_t)ln->type << 56 | (uint64_t)ln->number << 32 | ln->use);
		if (is_fact)
			digest_add(&d, l->site->records.facts[ln->target].r.id);
		else if (ln->type != LINK_FILE)
			add_ref(&d, l, ln->target);
		digest_add(&d, ln->anchor);
		digest_add(&d, ln->url);
	}
	for (size_t i = 0; i < p->n_mentions; i++) {
		const struct mention *m = &p->mentions[i];

		if (is_hidden(m))
			continue;
		digest_add_u64(&d, (uint64_t)m->node << 32 | m->off);
		digest_add_u64(&d, (uint64_t)m->state << 32 | m->len);
		add_ref(&d, l, m->target);
	}
	for (size_t i = 0; i < p->n_outline; i++)
		digest_add(&d, p->outline[i].id);
	return digest_end(&d);
}

static struct digest refs_digest(const struct linker *l, const struct page *p)
{
	const struct page *pages = l->site->pages;
	struct digest_state d;

	digest_begin(&d);
	for (size_t i = 0; i < p->n_links; i++)
		if (p->links[i].type == LINK_PAGE || p->links[i].type == LINK_EMBED_PAGE)
			digest_add(&d, pages[p->links[i].target].url);
	for (size_t i = 0; i < p->n_mentions; i++) {
		const struct mention *m = &p->mentions[i];

		if (!is_hidden(m))
			continue;
		digest_add_u64(&d, (uint64_t)m->node << 32 | m->off);
		digest_add_u64(&d, (uint64_t)m->state << 32 | m->len);
		digest_add(&d, pages[m->target].key);
	}
	return digest_end(&d);
}

static struct digest names_digest(const struct page *p)
{
	struct digest_state d;

	digest_begin(&d);
	for (size_t i = 0; i < p->n_names; i++) {
		digest_add(&d, p->names[i].text);
		digest_add(&d, p->names[i].lang);
		digest_add_u64(&d, p->names[i].use);
		digest_add(&d, p->names[i].note);
		digest_add(&d, p->names[i].locator);
		add_page(&d, p->names[i].source);
	}
	return digest_end(&d);
}

static struct digest links_in_digest(const struct linker *l, const struct page *p)
{
	struct digest_state d;

	if (!p->n_backlinks)
		return l->nothing;
	digest_begin(&d);
	digest_add_u64(&d, p->n_backlinks);
	for (size_t i = 0; i < p->n_backlinks; i++) {
		const struct backlink *b = &p->backlinks[i];

		digest_add_u64(&d, l->stamps[b->page].key);
		digest_add_u64(&d, l->stamps[b->page].when);
		digest_add_u64(&d, (uint64_t)b->count << 1 | b->is_tag);
		digest_add_u64(&d, (uint64_t)b->node << 32 | b->off);
	}
	for (size_t i = 0; i < p->n_comentions; i++) {
		add_ref(&d, l, p->comentions[i].page);
		digest_add_u64(&d, p->comentions[i].count);
	}
	return digest_end(&d);
}

static void add_record(struct digest_state *d, const struct record *r)
{
	digest_add(d, r->id);
	digest_add(d, r->source.page ? r->source.page->key : STR_NONE);
	digest_add(d, r->locator);
	digest_add(d, r->quote);
	digest_add(d, r->note);
	digest_add_u64(d, r->basis);
}

static void add_double(struct digest_state *d, double x)
{
	digest_add(d, (struct str){ (const char *)&x, sizeof(x) });
}

static struct digest fact_digest(const struct fact *f)
{
	struct digest_state d;

	digest_begin(&d);
	add_record(&d, &f->r);
	add_page(&d, f->subject.page);
	digest_add(&d, f->measure);
	digest_add(&d, f->unit);
	digest_add(&d, f->scope);
	digest_add(&d, f->edition);
	digest_add(&d, f->approx);
	digest_add(&d, f->attributed_to);
	digest_add(&d, f->confidence);
	digest_add(&d, f->status);
	digest_add(&d, f->text);
	digest_add_u64(&d, f->type);
	add_double(&d, f->value);
	add_double(&d, f->max);
	date_add_digest(&d, f->date);
	date_add_digest(&d, f->as_of.from);
	date_add_digest(&d, f->as_of.to);
	date_add_digest(&d, f->review_by);
	digest_add_u64(&d, f->as_of_basis);
	add_refs(&d, f->about, f->n_about);
	return digest_end(&d);
}

static struct digest comparison_digest(const struct site *s, const struct comparison *c)
{
	struct digest_state d;

	digest_begin(&d);
	add_record(&d, &c->r);
	digest_add(&d, c->title);
	digest_add(&d, c->explanation);
	digest_add_u64(&d, c->kind);
	for (size_t i = 0; i < c->n_facts; i++)
		digest_add(&d, s->records.facts[c->facts[i]].r.id);
	for (size_t i = 0; i < c->n_passages; i++) {
		add_page(&d, c->passages[i].source.page);
		digest_add(&d, c->passages[i].locator);
		digest_add(&d, c->passages[i].quote);
	}
	add_refs(&d, c->about, c->n_about);
	return digest_end(&d);
}

static struct digest facts_digest(const struct linker *l, const struct page *p)
{
	const struct site *s = l->site;
	struct digest_state d;

	if (!p->n_facts)
		return l->nothing;
	digest_begin(&d);
	digest_add_u64(&d, p->n_own_facts);
	for (size_t i = 0; i < p->n_facts; i++)
		digest_add_digest(&d, s->records.facts[p->facts[i]].r.digest);
	return digest_end(&d);
}

static struct digest relation_digest(const struct linker *l, const struct relation *r)
{
	struct digest_state d;

	digest_begin(&d);
	add_record(&d, &r->r);
	digest_add(&d, r->type->id);
	digest_add(&d, r->type->label);
	digest_add(&d, r->type->reverse);
	add_page(&d, r->target.page);
	add_ref(&d, l, r->from_page);
	digest_add(&d, r->role);
	digest_add(&d, r->share);
	date_add_digest(&d, r->from);
	date_add_digest(&d, r->to);
	return digest_end(&d);
}

static struct digest event_digest(const struct event *e)
{
	struct digest_state d;

	digest_begin(&d);
	add_record(&d, &e->r);
	digest_add(&d, e->text);
	date_add_digest(&d, e->date.from);
	date_add_digest(&d, e->date.to);
	add_refs(&d, e->about, e->n_about);
	return digest_end(&d);
}

static struct digest quote_digest(const struct quote *q)
{
	struct digest_state d;

	digest_begin(&d);
	add_record(&d, &q->r);
	digest_add(&d, q->text);
	digest_add_u64(&d, q->is_verbatim);
	add_page(&d, q->speaker.page);
	add_refs(&d, q->about, q->n_about);
	return digest_end(&d);
}

static struct digest relations_digest(const struct linker *l, const struct page *p)
{
	const struct site *s = l->site;
	struct digest_state d;

	if (!p->n_relations)
		return l->nothing;
	digest_begin(&d);
	for (size_t i = 0; i < p->n_relations; i++) {
		digest_add_u64(&d, p->relations[i] & 1);
		digest_add_digest(&d, s->records.relations[p->relations[i] >> 1].r.digest);
	}
	return digest_end(&d);
}

static struct digest events_digest(const struct linker *l, const struct page *p)
{
	const struct site *s = l->site;
	struct digest_state d;

	if (!p->n_events)
		return l->nothing;
	digest_begin(&d);
	for (size_t i = 0; i < p->n_events; i++)
		digest_add_digest(&d, s->records.events[p->events[i]].r.digest);
	return digest_end(&d);
}

static struct digest quotes_digest(const struct linker *l, const struct page *p)
{
	const struct site *s = l->site;
	struct digest_state d;

	if (!p->n_quotes)
		return l->nothing;
	digest_begin(&d);
	for (size_t i = 0; i < p->n_quotes; i++)
		digest_add_digest(&d, s->records.quotes[p->quotes[i]].r.digest);
	return digest_end(&d);
}

static struct digest comparisons_digest(const struct linker *l, const struct page *p)
{
	const struct site *s = l->site;
	struct digest_state d;

	if (!p->n_comparisons)
		return l->nothing;
	digest_begin(&d);
	for (size_t i = 0; i < p->n_comparisons; i++) {
		uint32_t at = p->comparisons[i];

		digest_add_digest(&d, at & 0x80000000u ? s->sets[at & 0x7fffffffu].r.digest
						       : s->records.comparisons[at].r.digest);
	}
	return digest_end(&d);
}

/* Identities; what is shown of each is read, and noted, on its own. */
static struct digest rests_digest(const struct linker *l, const struct page *p)
{
	const struct site *s = l->site;
	const struct records *r = &s->records;
	struct digest_state d;

	if (!p->n_rests && !p->n_resting_pages)
		return l->nothing;
	digest_begin(&d);
	for (size_t i = 0; i < p->n_rests; i++) {
		uint32_t at = REST_INDEX(p->rests[i]);

		digest_add_u64(&d, REST_TYPE(p->rests[i]));
		switch (REST_TYPE(p->rests[i])) {
		case REST_FACT:
			digest_add_digest(&d, r->facts[at].r.digest);
			break;
		case REST_RELATION:
			digest_add_digest(&d, r->relations[at].r.digest);
			break;
		case REST_EVENT:
			digest_add_digest(&d, r->events[at].r.digest);
			break;
		case REST_QUOTE:
			digest_add_digest(&d, r->quotes[at].r.digest);
			break;
		case REST_PASSAGE:
			digest_add_digest(&d, r->comparisons[at].r.digest);
			break;
		case REST_NAME:
			add_ref(&d, l, at >> 8);
			digest_add(&d, s->pages[at >> 8].names[at & 255].text);
			break;
		}
	}
	for (size_t i = 0; i < p->n_resting_pages; i++)
		add_ref(&d, l, p->resting_pages[i]);
	return digest_end(&d);
}

static struct digest members_digest(const struct linker *l, const struct page *p)
{
	struct digest_state d;

	if (!p->n_members)
		return l->nothing;
	digest_begin(&d);
	for (size_t i = 0; i < p->n_members; i++)
		add_ref(&d, l, p->members[i]);
	return digest_end(&d);
}

static struct digest neighbours_digest(const struct linker *l, const struct page *p)
{
	struct digest_state d;

	digest_begin(&d);
	add_ref(&d, l, p->prev);
	add_ref(&d, l, p->next);
	return digest_end(&d);
}

/* Without what is said of each relation. */
static struct digest related_digest(const struct linker *l, const struct page *p)
{
	struct digest_state d;

	digest_begin(&d);
	for (size_t i = 0; i < p->n_relations; i++) {
		const struct relation *r = &l->site->records.relations[p->relations[i] >> 1];

		digest_add_u64(&d, p->relations[i] & 1);
		digest_add(&d, r->type->id);
		digest_add(&d, r->type->label);
		digest_add(&d, r->type->reverse);
		add_ref(&d, l, r->from_page);
		add_page(&d, r->target.page);
	}
	return digest_end(&d);
}

struct stamping {
	const struct page *pages;
	struct stamp *stamps;
};

static void stamp_page(void *ctx, size_t worker, size_t i)
{
	struct stamping *job = ctx;
	const struct page *p = &job->pages[i];
	struct digest_state d;

	(void)worker;
	digest_begin(&d);
	date_add_digest(&d, site_page_date(p));
	/* Whether it is in the feed shows in kind and date. */
	digest_add_u64(&d, p->kind->is_entity << 1 | date_is_set(p->date));
	job->stamps[i] = (struct stamp){ str_hash(p->key), digest_end(&d).lo };
}

/* Nothing that its digests are made of is another than then. */
static bool is_all_same(const struct linker *l, const struct page *p)
{
	const struct link_text *t = &l->texts[p->index];

	return t->is_in_place && digest_eq(l->records, l->records_then) &&
	       (t->is_heard_same || (!t->is_heard && !t->then->is_heard)) && p->prev == t->then->prev &&
	       p->next == t->then->next && !p->is_section;
}

static void digest_page(void *ctx, size_t worker, size_t i)
{
	static const int still[] = { PAGE_TITLE, PAGE_DATES, PAGE_HEAD, PAGE_META, PAGE_NAMES };
	struct linker *l = ctx;
	struct page *p = &l->site->pages[i];
	const struct link_text *text = &l->texts[i];
	const struct link_kept *then = text->then;
	bool is_same = text->is_same && !l->has_changes;
	struct digest *d;

	if (is_all_same(l, p)) {
		p->digests = then->digests;
		p->refs = then->refs;
		p->said = then->whole;
		return;
	}
	p->digests = d = arena_alloc(&l->in->workers[worker], PAGE_ASPECTS, sizeof(*d), _Alignof(struct digest));
	for (size_t k = 0; is_same && k < sizeof(still) / sizeof(still[0]); k++)
		d[still[k]] = then->digests[still[k]];
	if (!is_same) {
		d[PAGE_TITLE] = title_digest(p);
		d[PAGE_DATES] = dates_digest(p);
		d[PAGE_HEAD] = head_digest(p);
		d[PAGE_META] = meta_digest(l, p);
		d[PAGE_NAMES] = names_digest(p);
	}
	d[PAGE_BODY] = text->is_body_same ? then->digests[PAGE_BODY] : body_digest(l, p);
	p->refs = text->is_body_same ? then->refs : refs_digest(l, p);
	d[PAGE_LINKS_IN] = text->is_heard_same ? then->digests[PAGE_LINKS_IN] : links_in_digest(l, p);
	d[PAGE_FACTS] = facts_digest(l, p);
	d[PAGE_RELATIONS] = relations_digest(l, p);
	d[PAGE_EVENTS] = events_digest(l, p);
	d[PAGE_QUOTES] = quotes_digest(l, p);
	d[PAGE_COMPARISONS] = comparisons_digest(l, p);
	d[PAGE_RESTS] = rests_digest(l, p);
	d[PAGE_MEMBERS] = text->is_heard_same && !p->is_section ? then->digests[PAGE_MEMBERS] : members_digest(l, p);
	d[PAGE_NEIGHBOURS] = neighbours_digest(l, p);
	d[PAGE_RELATED] = related_digest(l, p);
	p->said = page_digest(p);
}

/* All that pages have of records follows from these, and from which of them say it. */
static struct digest records_digest(const struct linker *l)
{
	const struct site *s = l->site;
	const struct records *r = &s->records;
	struct digest_state d;

	digest_begin(&d);
	digest_add_u64(&d, r->n_facts);
	for (size_t i = 0; i < r->n_facts; i++)
		digest_add_digest(&d, r->facts[i].r.digest);
	digest_add_u64(&d, r->n_relations);
	for (size_t i = 0; i < r->n_relations; i++)
		digest_add_digest(&d, r->relations[i].r.digest);
	digest_add_u64(&d, r->n_events);
	for (size_t i = 0; i < r->n_events; i++)
		digest_add_digest(&d, r->events[i].r.digest);
	digest_add_u64(&d, r->n_quotes);
	for (size_t i = 0; i < r->n_quotes; i++)
		digest_add_digest(&d, r->quotes[i].r.digest);
	digest_add_u64(&d, r->n_comparisons);
	for (size_t i = 0; i < r->n_comparisons; i++)
		digest_add_digest(&d, r->comparisons[i].r.digest);
	digest_add_u64(&d, s->n_sets);
	for (size_t i = 0; i < s->n_sets; i++)
		digest_add_digest(&d, s->sets[i].r.digest);
	for (size_t i = 0; i < l->sourced.len; i++) {
		const struct page *p = &s->pages[l->sourced.ptr[i]];

		add_page(&d, p);
		digest_add_digest(&d, names_digest(p));
		if (p->source)
			add_refs(&d, p->source->rests_on, p->source->n_rests_on);
	}
	return digest_end(&d);
}

void link_stamps(struct linker *l)
{
	struct stamping job = { l->site->pages, arena_array(&l->scratch, struct stamp, l->site->n_pages) };

	pool_each(l->in->pool, l->site->n_pages, stamp_page, &job);
	l->stamps = job.stamps;
}

void link_digests(struct linker *l)
{
	struct site *s = l->site;
	struct digest_state d;

	digest_begin(&d);
	l->nothing = digest_end(&d);
	for (size_t i = 0; i < s->records.n_facts; i++)
		s->records.facts[i].r.digest = fact_digest(&s->records.facts[i]);
	for (size_t i = 0; i < s->records.n_comparisons; i++)
		s->records.comparisons[i].r.digest = comparison_digest(s, &s->records.comparisons[i]);
	for (size_t i = 0; i < s->records.n_relations; i++)
		s->records.relations[i].r.digest = relation_digest(l, &s->records.relations[i]);
	for (size_t i = 0; i < s->records.n_events; i++)
		s->records.events[i].r.digest = event_digest(&s->records.events[i]);
	for (size_t i = 0; i < s->records.n_quotes; i++)
		s->records.quotes[i].r.digest = quote_digest(&s->records.quotes[i]);
	for (size_t i = 0; i < s->n_sets; i++)
		s->sets[i].r.digest = comparison_digest(s, &s->sets[i]);
	l->records = records_digest(l);
	pool_each(l->in->pool, s->n_pages, digest_page, l);
	digest_begin(&d);
	for (size_t i = 0; i < s->n_pages; i++) {
		const struct page *p = &s->pages[i];

		/* The others are in what it says; where that stands may change alone. */
		digest_add_digest(&d, p->said);
		digest_add_digest(&d, p->doc_image);
		digest_add_digest(&d, p->digests[PAGE_LINKS_IN]);
		digest_add_digest(&d, p->digests[PAGE_MEMBERS]);
		digest_add_digest(&d, p->digests[PAGE_NEIGHBOURS]);
	}
	s->digest = digest_end(&d);
}
