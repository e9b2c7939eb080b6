#include "stage/emit_impl.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "site/body.h"
#include "site/query.h"

static bool needs_comma(const struct buf *out)
{
	char last = out->len ? out->ptr[out->len - 1] : '\n';

	return last != '{' && last != '[' && last != ':' && last != '\n';
}

static void comma(struct buf *out)
{
	if (needs_comma(out))
		buf_add_char(out, ',');
}

void emit_open(struct buf *out, char bracket)
{
	comma(out);
	buf_add_char(out, bracket);
}

void emit_close(struct buf *out, char bracket)
{
	buf_add_char(out, bracket);
}

/* Put together first: there are hundreds of thousands of them. */
void emit_key(struct buf *out, const char *key)
{
	if (needs_comma(out))
		buf_add_z(out, ",\"");
	else
		buf_add_char(out, '"');
	buf_add_z(out, key);
	buf_add_z(out, "\":");
}

void emit_item(struct buf *out, struct str text)
{
	comma(out);
	buf_add_json(out, text);
}

void emit_text(struct buf *out, const char *key, struct str text)
{
	emit_key(out, key);
	buf_add_json(out, text);
}

void emit_some(struct buf *out, const char *key, struct str text)
{
	if (text.len)
		emit_text(out, key, text);
}

void emit_count(struct buf *out, const char *key, uint64_t n)
{
	emit_key(out, key);
	buf_add_u64(out, n);
}

void emit_flag(struct buf *out, const char *key, bool is_set)
{
	if (!is_set)
		return;
	emit_key(out, key);
	buf_add_z(out, "true");
}

void emit_date(struct buf *out, const char *key, struct date d)
{
	if (!date_is_set(d))
		return;
	emit_key(out, key);
	buf_add_char(out, '"');
	date_write(out, d);
	buf_add_char(out, '"');
}

/* Present also when there is none: readers of figures ask for it. */
static void put_range(struct buf *out, const char *key, struct date_range r)
{
	emit_key(out, key);
	if (!date_range_is_set(r)) {
		buf_add_z(out, "null");
		return;
	}
	buf_add_char(out, '"');
	date_write_range(out, r);
	buf_add_char(out, '"');
}

static void put_number(struct buf *out, const char *key, double d)
{
	emit_key(out, key);
	if (isfinite(d))
		buf_add_double(out, d);
	else
		buf_add_z(out, "null");
}

static struct str key_of(const struct ref *r)
{
	return r->page ? r->page->key : STR_NONE;
}

static void put_refs(struct buf *out, const char *key, const struct ref *refs, size_t n)
{
	if (n == 0)
		return;
	emit_key(out, key);
	emit_open(out, '[');
	for (size_t i = 0; i < n; i++)
		if (refs[i].page)
			emit_item(out, refs[i].page->key);
	emit_close(out, ']');
}

static void put_strings(struct buf *out, const char *key, const struct str *list, size_t n)
{
	if (n == 0)
		return;
	emit_key(out, key);
	emit_open(out, '[');
	for (size_t i = 0; i < n; i++)
		emit_item(out, list[i]);
	emit_close(out, ']');
}

/* What every record rests on. */
static void put_evidence(struct buf *out, const struct record *r)
{
	emit_text(out, "source", key_of(&r->source));
	emit_some(out, "locator", r->locator);
	emit_text(out, "quote", r->quote);
	emit_some(out, "basis", str_from(record_basis(r->basis)));
	emit_some(out, "note", r->note);
}

static void put_value(struct buf *out, const struct fact *f)
{
	switch (f->type) {
	case FACT_NUMBER:
		put_number(out, "value", f->value);
		break;
	case FACT_RANGE:
		emit_key(out, "value");
		emit_open(out, '{');
		put_number(out, "min", f->value);
		put_number(out, "max", f->max);
		emit_close(out, '}');
		break;
	case FACT_TEXT:
		emit_text(out, "value", f->text);
		break;
	case FACT_DATE:
		emit_date(out, "value", f->date);
		break;
	}
}

void emit_fact_fields(struct buf *out, const struct emit *e, const struct fact *f)
{
	struct buf display;

	emit_text(out, "id", f->r.id);
	emit_text(out, "subject", key_of(&f->subject));
	emit_text(out, "measure", f->measure);
	put_value(out, f);
	buf_init(&display, 0);
	record_write_value(&display, f);
	emit_text(out, "display", buf_str(&display));
	buf_release(&display);
	emit_text(out, "unit", f->unit);
	emit_some(out, "approx", f->approx);
	put_range(out, "as_of", f->as_of);
	emit_some(out, "as_of_basis", str_from(record_basis(f->as_of_basis)));
	emit_some(out, "edition", f->edition);
	emit_text(out, "scope", f->scope);
	put_evidence(out, &f->r);
	emit_some(out, "attributed_to", f->attributed_to);
	emit_some(out, "confidence", f->confidence);
	emit_some(out, "status", f->status);
	put_refs(out, "about", f->about, f->n_about);
	if (f->set < e->site->n_sets)
		emit_text(out, "set", e->site->sets[f->set].r.id);
	if (date_is_set(f->review_by)) {
		emit_date(out, "review_by", f->review_by);
		emit_note_copy(e, FACT_STALE, "fact:", f->r.id);
		emit_flag(out, "stale", site_is_stale_fact(e->site, f));
	}
	emit_text(out, "url", f->subject.page ? site_fact_url(e->site, e->scratch, f) : STR_NONE);
}

void emit_relation_fields(struct buf *out, const struct relation *r)
{
	emit_text(out, "id", r->r.id);
	emit_text(out, "relation", r->type_id);
	emit_text(out, "target", key_of(&r->target));
	emit_some(out, "role", r->role);
	emit_some(out, "share", r->share);
	emit_date(out, "from", r->from);
	emit_date(out, "to", r->to);
	put_evidence(out, &r->r);
}

void emit_event_fields(struct buf *out, const struct event *ev)
{
	emit_text(out, "id", ev->r.id);
	put_range(out, "date", ev->date);
	emit_text(out, "text", ev->text);
	put_refs(out, "about", ev->about, ev->n_about);
	put_evidence(out, &ev->r);
}

void emit_quote_fields(struct buf *out, const struct quote *q)
{
	emit_text(out, "id", q->r.id);
	emit_text(out, "speaker", key_of(&q->speaker));
	emit_text(out, "text", q->text);
	emit_key(out, "verbatim");
	buf_add_z(out, q->is_verbatim ? "true" : "false");
	put_refs(out, "about", q->about, q->n_about);
	emit_text(out, "source", key_of(&q->r.source));
	emit_some(out, "locator", q->r.locator);
	emit_some(out, "basis", str_from(record_basis(q->r.basis)));
	emit_some(out, "note", q->r.note);
}

void emit_comparison_fields(struct buf *out, const struct emit *e, const struct comparison *c)
{
	emit_note_copy(e, FACT_RECORD, "comparison:", c->r.id);
	emit_text(out, "id", c->r.id);
	emit_text(out, "kind", str_from(record_comparison_kind(c->kind)));
	emit_text(out, "title", c->title);
	emit_flag(out, "computed", c->is_computed);
	if (c->subject < e->site->n_pages)
		emit_text(out, "subject", e->site->pages[c->subject].key);
	emit_key(out, "facts");
	emit_open(out, '[');
	for (size_t i = 0; i < c->n_facts; i++)
		emit_item(out, e->site->records.facts[c->facts[i]].r.id);
	emit_close(out, ']');
	if (c->n_passages) {
		emit_key(out, "passages");
		emit_open(out, '[');
		for (size_t i = 0; i < c->n_passages; i++) {
			emit_open(out, '{');
			emit_text(out, "source", key_of(&c->passages[i].source));
			emit_some(out, "locator", c->passages[i].locator);
			emit_text(out, "quote", c->passages[i].quote);
			emit_close(out, '}');
		}
		emit_close(out, ']');
	}
	put_refs(out, "about", c->about, c->n_about);
	emit_some(out, "explanation", c->explanation);
}

static void put_names(struct buf *out, const struct page *p)
{
	static const char *const uses[] = { "title", "alias", "weak", "search" };

	emit_key(out, "aliases");
	emit_open(out, '[');
	for (size_t i = 0; i < p->n_names; i++)
		if (p->names[i].use != NAME_TITLE)
			emit_item(out, p->names[i].text);
	emit_close(out, ']');
	if (p->n_names < 2)
		return;
	emit_key(out, "names");
	emit_open(out, '[');
	for (size_t i = 0; i < p->n_names; i++) {
		const struct name *n = &p->names[i];

		emit_open(out, '{');
		emit_text(out, "text", n->text);
		emit_text(out, "use", str_from(uses[n->use]));
		emit_some(out, "lang", n->lang);
		emit_some(out, "note", n->note);
		emit_some(out, "source", n->source ? n->source->key : STR_NONE);
		emit_some(out, "locator", n->locator);
		emit_close(out, '}');
	}
	emit_close(out, ']');
}

static void put_tagged(struct buf *out, const struct emit *e, const struct page *p)
{
	if (p->n_tagged == 0)
		return;
	emit_key(out, "tagged");
	emit_open(out, '[');
	for (size_t i = 0; i < p->n_tagged; i++)
		for (size_t k = 0; k < p->tagged[i].n; k++)
			if (p->tagged[i].pages[k] != UINT32_MAX)
				emit_item(out, site_page(e->site, p->tagged[i].pages[k])->key);
	emit_close(out, ']');
}

static void put_source(struct buf *out, const struct source_info *s)
{
	emit_some(out, "publisher", s->publisher);
	emit_some(out, "author", s->author);
	emit_date(out, "published", s->published);
	emit_some(out, "published_basis", s->published_basis);
	emit_date(out, "accessed", s->accessed);
	emit_some(out, "source_url", s->url);
	emit_some(out, "archived", s->archived);
	emit_some(out, "license", s->license);
	emit_some(out, "reliability", s->reliability);
	emit_some(out, "translation", s->translation);
	put_refs(out, "rests_on", s->rests_on, s->n_rests_on);
}

void emit_page_fields(struct buf *out, const struct emit *e, const struct page *p)
{
	emit_note_page(e, FACT_PAGE_HEAD, p);
	emit_note_page(e, FACT_PAGE_META, p);
	emit_note_page(e, FACT_PAGE_NAMES, p);
	emit_text(out, "id", p->key);
	emit_text(out, "kind", p->kind->id);
	emit_some(out, "schema", p->schema.len ? p->schema : p->kind->schema);
	emit_text(out, "url", p->url);
	emit_text(out, "title", p->title);
	put_names(out, p);
	emit_text(out, "summary", p->summary);
	emit_some(out, "lang", p->lang);
	emit_date(out, "date", p->date);
	emit_date(out, "updated", p->updated);
	emit_date(out, "reviewed", p->reviewed);
	emit_some(out, "path", p->path);
	emit_flag(out, "stub", p->is_stub);
	emit_flag(out, "section", p->is_section);
	emit_flag(out, "home", p->is_home);
	emit_flag(out, "builtin", p->is_builtin);
	put_strings(out, "authors", p->authors, p->n_authors);
	put_strings(out, "tags", p->tags, p->n_tags);
	put_tagged(out, e, p);
	if (p->n_links_out) {
		emit_key(out, "links");
		emit_open(out, '[');
		for (size_t i = 0; i < p->n_links_out; i++) {
			emit_open(out, '{');
			emit_text(out, "label", p->links_out[i].label);
			emit_text(out, "url", p->links_out[i].url);
			emit_close(out, '}');
		}
		emit_close(out, ']');
	}
	if (p->source)
		put_source(out, p->source);
}

static void put_page(struct buf *out, const struct emit *e, const char *key, const struct page *p)
{
	if (key)
		emit_key(out, key);
	emit_open(out, '{');
	if (p) {
		emit_note_page(e, FACT_PAGE_TITLE, p);
		emit_text(out, "id", p->key);
		emit_text(out, "url", p->url);
		emit_text(out, "title", p->title);
	}
	emit_close(out, '}');
}

static void put_records(struct buf *out, const struct emit *e, const struct page *p)
{
	const struct records *r = &e->site->records;

	emit_note_page(e, FACT_PAGE_FACTS, p);
	emit_key(out, "facts");
	emit_open(out, '[');
	for (size_t i = 0; i < p->n_facts; i++) {
		const struct fact *f = &r->facts[p->facts[i]];

		if (f->subject.page)
			emit_note_page(e, FACT_PAGE_TITLE, f->subject.page);
		emit_open(out, '{');
		emit_fact_fields(out, e, f);
		emit_close(out, '}');
	}
	emit_close(out, ']');
	emit_note_page(e, FACT_PAGE_EVENTS, p);
	emit_key(out, "events");
	emit_open(out, '[');
	for (size_t i = 0; i < p->n_events; i++) {
		emit_open(out, '{');
		emit_event_fields(out, &r->events[p->events[i]]);
		emit_close(out, '}');
	}
	emit_close(out, ']');
	emit_note_page(e, FACT_PAGE_QUOTES, p);
	emit_key(out, "quotes");
	emit_open(out, '[');
	for (size_t i = 0; i < p->n_quotes; i++) {
		emit_open(out, '{');
		emit_quote_fields(out, &r->quotes[p->quotes[i]]);
		emit_close(out, '}');
	}
	emit_close(out, ']');
	emit_note_page(e, FACT_PAGE_COMPARISONS, p);
	emit_key(out, "comparisons");
	emit_open(out, '[');
	for (size_t i = 0; i < p->n_comparisons; i++) {
		uint32_t at = p->comparisons[i];

		emit_open(out, '{');
		emit_comparison_fields(
			out, e, at & QUERY_COMPUTED ? &e->site->sets[at & ~QUERY_COMPUTED] : &r->comparisons[at]);
		emit_close(out, '}');
	}
	emit_close(out, ']');
}

/* From the page's point of view: the label that reads from this end, and who stands at the other. */
static void put_relations(struct buf *out, const struct emit *e, const struct page *p)
{
	emit_note_page(e, FACT_PAGE_RELATIONS, p);
	emit_key(out, "relations");
	emit_open(out, '[');
	for (size_t i = 0; i < p->n_relations; i++) {
		const struct relation *r = &e->site->records.relations[p->relations[i] >> 1];
		bool is_reverse = p->relations[i] & 1;

		emit_open(out, '{');
		emit_relation_fields(out, r);
		if (r->type)
			emit_text(out, "label", is_reverse ? r->type->reverse : r->type->label);
		emit_flag(out, "reverse", is_reverse);
		put_page(out, e, "page", is_reverse ? site_page(e->site, r->from_page) : r->target.page);
		emit_close(out, '}');
	}
	emit_close(out, ']');
}

static void put_backlinks(struct buf *out, const struct emit *e, const struct page *p)
{
	size_t shown = (size_t)e->site->config->backlinks_shown;

	emit_note_page(e, FACT_PAGE_LINKS_IN, p);
	emit_count(out, "backlink_count", p->n_backlinks);
	emit_key(out, "backlinks");
	emit_open(out, '[');
	for (size_t i = 0; i < p->n_backlinks && i < shown; i++) {
		const struct backlink *b = &p->backlinks[i];
		const struct page *from = site_page(e->site, b->page);

		put_page(out, e, NULL, from);
		/* The sentence joins the page's object. */
		out->len--;
		if (b->node != UINT32_MAX) {
			emit_note_page(e, FACT_PAGE_BODY, from);
			emit_text(out, "sentence", page_backlink_sentence(e->scratch, from, b, p));
		}
		emit_count(out, "count", b->count);
		emit_flag(out, "tag", b->is_tag);
		emit_close(out, '}');
	}
	emit_close(out, ']');
	emit_key(out, "comentions");
	emit_open(out, '[');
	for (size_t i = 0; i < p->n_comentions; i++) {
		put_page(out, e, NULL, site_page(e->site, p->comentions[i].page));
		out->len--;
		emit_count(out, "count", p->comentions[i].count);
		emit_close(out, '}');
	}
	emit_close(out, ']');
}

/* The site path of an attachment or asset, else an address as it is. */
static struct str image_url(const struct emit *e, const struct page *p)
{
	const struct asset *as = NULL;
	struct str names[2];

	site_image_names(e->scratch, p, names);
	for (int i = 0; i < 2 && !as; i++) {
		if (names[i].len == 0)
			continue;
		emit_note_copy(e, FACT_ASSET, "", names[i]);
		as = site_asset(e->site, names[i]);
	}
	return as ? as->url : p->image;
}

void emit_json(struct buf *out, const struct emit *e, const struct output *o)
{
	const struct page *p = site_page(e->site, o->page);
	struct buf url;

	emit_open(out, '{');
	emit_text(out, "type", STR("page"));
	emit_page_fields(out, e, p);
	buf_init(&url, 0);
	href_write_absolute(&url, e->site->config, p->url);
	emit_text(out, "canonical", buf_str(&url));
	buf_release(&url);
	emit_some(out, "image", image_url(e, p));
	put_relations(out, e, p);
	put_records(out, e, p);
	put_backlinks(out, e, p);
	emit_extracted(out, e, p);
	emit_close(out, '}');
	buf_add_char(out, '\n');
}
