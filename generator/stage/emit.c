#include "stage/emit_impl.h"

#include <assert.h>

#include "text/xml.h"

bool emit_is_ours(const struct output *o)
{
	return o->template.len == 0 && o->type != ROUTE_ASSET && o->type != ROUTE_FILE;
}

void emit_note(const struct emit *e, enum fact_kind kind, struct str key)
{
	if (e->facts)
		factset_note(e->facts, kind, key);
}

void emit_note_page(const struct emit *e, enum fact_kind kind, const struct page *p)
{
	if (e->facts)
		factset_note_page(e->facts, kind, p->index);
}

void emit_note_copy(const struct emit *e, enum fact_kind kind, const char *prefix, struct str id)
{
	if (e->facts)
		factset_note(e->facts, kind, str_format(e->scratch, "%s%.*s", prefix, STR_ARG(id)));
}

static struct str key_of(const struct ref *r)
{
	return r->page ? r->page->key : r->text;
}

static void put_csv(struct buf *out, struct str s)
{
	if (out->len && out->ptr[out->len - 1] != '\n')
		buf_add_char(out, ',');
	buf_add_csv(out, s);
}

static struct str range_text(struct arena *a, struct date_range r)
{
	struct buf b;
	struct str s;

	buf_init(&b, 0);
	if (date_range_is_set(r))
		date_write_range(&b, r);
	s = buf_copy(&b, a);
	buf_release(&b);
	return s;
}

static struct str value_part(struct arena *a, const struct fact *f, bool wants_max)
{
	struct buf b;
	struct str s;

	buf_init(&b, 0);
	if (wants_max) {
		if (f->type == FACT_RANGE)
			buf_add_double(&b, f->max);
	} else if (f->type == FACT_NUMBER || f->type == FACT_RANGE) {
		buf_add_double(&b, f->value);
	} else if (f->type == FACT_DATE) {
		date_write(&b, f->date);
	} else {
		buf_add(&b, f->text);
	}
	s = buf_copy(&b, a);
	buf_release(&b);
	return s;
}

static void put_fact_row(struct buf *out, const struct emit *e, const struct fact *f)
{
	struct arena *a = e->scratch;
	struct str source_url = f->r.source.page && f->r.source.page->source ? f->r.source.page->source->url : STR_NONE;
	const struct str cells[] = {
		f->r.id,
		key_of(&f->subject),
		f->measure,
		value_part(a, f, false),
		value_part(a, f, true),
		f->unit,
		f->approx,
		range_text(a, f->as_of),
		str_from(record_basis(f->as_of_basis)),
		f->edition,
		f->scope,
		key_of(&f->r.source),
		source_url,
		f->r.locator,
		f->r.quote,
		f->attributed_to,
		f->confidence,
		f->status,
		f->r.note,
	};
	struct buf url;

	if (f->r.source.page)
		emit_note_page(e, FACT_PAGE_META, f->r.source.page);
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		if (i)
			buf_add_char(out, ',');
		buf_add_csv(out, cells[i]);
	}
	buf_init(&url, 0);
	if (f->subject.page)
		href_write_absolute(&url, e->site->config, site_fact_url(e->site, a, f));
	put_csv(out, buf_str(&url));
	buf_add_z(out, "\r\n");
	buf_release(&url);
}

void emit_csv(struct buf *out, const struct emit *e, const struct output *o)
{
	const struct page *p = site_page(e->site, o->page);

	emit_note_page(e, FACT_PAGE_FACTS, p);
	buf_add_z(out, "id,subject,measure,value,max,unit,approx,as_of,as_of_basis,edition,scope,source,source_url,"
		       "locator,quote,"
		       "attributed_to,confidence,status,note,url\r\n");
	for (size_t i = 0; i < p->n_facts; i++) {
		const struct fact *f = &e->site->records.facts[p->facts[i]];

		if (f->subject.page)
			emit_note_page(e, FACT_PAGE_TITLE, f->subject.page);
		put_fact_row(out, e, f);
	}
}

static void put_robots(struct buf *out, const struct emit *e)
{
	buf_add_z(out, "User-agent: *\nAllow: /\n");
	if (e->site->config->sitemap) {
		buf_add_z(out, "\nSitemap: ");
		href_write_absolute(out, e->site->config, STR("/sitemap.xml"));
		buf_add_char(out, '\n');
	}
}

/* Paths of the host, as static hosts read them, whatever form links between pages have. */
static void put_redirects(struct buf *out, const struct emit *e)
{
	struct href h = { .config = e->site->config, .from = STR("/") };

	/* A page anywhere may add one. */
	for (size_t i = 0; i < e->site->n_pages; i++)
		emit_note_page(e, FACT_PAGE_META, &e->site->pages[i]);
	emit_note(e, FACT_QUERY, STR("pages"));
	for (size_t i = 0; i < e->site->n_redirects; i++) {
		const struct redirect *r = &e->site->redirects[i];

		emit_note_page(e, FACT_PAGE_TITLE, site_page(e->site, r->page));
		href_write(out, &h, r->from);
		buf_add_char(out, ' ');
		href_write(out, &h, r->to);
		buf_add_z(out, " 301\n");
	}
}

void emit_output(struct buf *out, const struct emit *e, const struct output *o)
{
	assert(emit_is_ours(o));
	switch (o->type) {
	case ROUTE_JSON:
		emit_json(out, e, o);
		break;
	case ROUTE_CSV:
		emit_csv(out, e, o);
		break;
	case ROUTE_FEED:
		emit_feed(out, e, o);
		break;
	case ROUTE_JSON_FEED:
		emit_json_feed(out, e, o);
		break;
	case ROUTE_PREVIEW:
		emit_preview(out, e, o);
		break;
	case ROUTE_CARD:
		emit_card(out, e, o);
		break;
	case ROUTE_SITEMAP:
		emit_sitemap(out, e, o);
		break;
	case ROUTE_ROBOTS:
		put_robots(out, e);
		break;
	case ROUTE_REDIRECTS:
		put_redirects(out, e);
		break;
	case ROUTE_NDJSON:
		emit_ndjson(out, e, o);
		break;
	default:
		break;
	}
}
