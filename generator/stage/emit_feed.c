#include "stage/emit_impl.h"

#include <assert.h>
#include <stdlib.h>

#include "base/vec.h"
#include "site/body.h"
#include "site/query.h"
#include "text/xml.h"

#define ATOM "http://www.w3.org/2005/Atom"
#define SITEMAPS "http://www.sitemaps.org/schemas/sitemap/0.9"

/* What a feed tells of: a page and, in an entity's feed, where it speaks of that entity. */
struct news {
	const struct page *page;
	const struct backlink *link;
};
typedef VEC(struct news) news_list;

struct feed {
	struct xml xml;
	const struct emit *e;
	struct config absolute; /* as the site's, but links begin with base_url */
	struct href href;
	struct buf url, text; /* for one at a time */
};

/* Until the next one. */
static struct str full_url(struct feed *f, struct str path)
{
	buf_clear(&f->url);
	href_write_absolute(&f->url, f->e->site->config, path);
	return buf_str(&f->url);
}

static struct date changed(const struct page *p)
{
	return date_cmp(p->updated, p->date) > 0 ? p->updated : p->date;
}

/* Newest first, then by key, so that pages of one day have an order. */
static int by_date(const void *x, const void *y)
{
	const struct page *a = ((const struct news *)x)->page, *b = ((const struct news *)y)->page;
	int c = date_cmp(b->date, a->date);

	return c ? c : str_cmp(a->key, b->key);
}

static void add_query(const struct emit *e, news_list *list, struct query *q)
{
	struct query_result r;

	q->of = QUERY_PAGES;
	q->sort = STR("-date");
	if (e->facts)
		factset_note(e->facts, FACT_QUERY, query_key(e->scratch, q));
	query_run(e->site, e->scratch, q, &r);
	for (size_t i = 0; i < r.len; i++) {
		/* Also of those left out: a date may bring them in without a change of order. */
		emit_note_page(e, FACT_PAGE_HEAD, &e->site->pages[r.items[i]]);
		vec_push(e->scratch, list, ((struct news){ &e->site->pages[r.items[i]], NULL }));
	}
}

/* The site's feed is of what it says itself: articles of any kind, not entities, not other people's texts. */
static void collect_site(const struct emit *e, news_list *list)
{
	for (size_t i = 0; i < e->site->config->n_kinds; i++) {
		const struct kind *k = &e->site->config->kinds[i];
		/* Without a folder of its own a kind has pages that are no news among others. */
		struct query q = { .kind = k->id, .limit = k->dir.len ? (uint32_t)e->site->config->feed_limit : 0 };

		if (!k->is_entity && !str_eq(k->id, STR("source")))
			add_query(e, list, &q);
	}
}

static void collect_section(const struct emit *e, const struct page *p, news_list *list)
{
	struct query q = { .limit = (uint32_t)e->site->config->feed_limit };

	if (e->site->sections && e->site->sections[p->kind->index] == p->index)
		q.kind = p->kind->id;
	else
		q.section = p->key;
	add_query(e, list, &q);
}

/* What has no date is not news, and pages at the top of a site ("About") are there to stay. */
static bool is_news(const struct page *p)
{
	return date_is_set(p->date) && str_find_byte(p->key, '/') >= 0;
}

/* What speaks of the entity: the newest, in order. Some are named on thousands of pages. */
static void collect_entity(const struct emit *e, const struct page *p, news_list *list)
{
	size_t limit = (size_t)e->site->config->feed_limit;

	emit_note_page(e, FACT_PAGE_LINKS_IN, p);
	assert(limit > 0); /* as the table of keys has it */
	for (size_t i = 0; i < p->n_backlinks; i++) {
		struct news n = { site_page(e->site, p->backlinks[i].page), &p->backlinks[i] };
		size_t at = list->len;

		if (n.page->kind->is_entity || (at == limit && by_date(&n, &list->ptr[at - 1]) >= 0) ||
		    !is_news(n.page))
			continue;
		if (at < limit)
			vec_push(e->scratch, list, n);
		else
			at--;
		for (; at && by_date(&n, &list->ptr[at - 1]) < 0; at--)
			list->ptr[at] = list->ptr[at - 1];
		list->ptr[at] = n;
	}
}

static void collect(const struct emit *e, const struct page *p, news_list *list)
{
	size_t limit = (size_t)e->site->config->feed_limit, n = 0;

	emit_note_page(e, FACT_PAGE_HEAD, p);
	if (p->is_home)
		collect_site(e, list);
	else if (p->is_section)
		collect_section(e, p, list);
	else
		collect_entity(e, p, list);
	for (size_t i = 0; i < list->len; i++)
		if (is_news(list->ptr[i].page))
			list->ptr[n++] = list->ptr[i];
	list->len = n;
	if (n)
		qsort(list->ptr, n, sizeof(*list->ptr), by_date);
	if (n > limit)
		list->len = limit;
}

static void put_date(struct feed *f, const char *name, struct date d)
{
	buf_clear(&f->text);
	if (date_is_set(d) && d.precision != DATE_CLOCK)
		date_write_rfc3339(&f->text, d);
	else
		buf_add_z(&f->text, "1970-01-01T00:00:00Z");
	xml_element(&f->xml, name, buf_str(&f->text));
	xml_line(&f->xml);
}

static void put_link(struct feed *f, const char *rel, const char *type, struct str url)
{
	xml_open(&f->xml, "link");
	xml_attribute(&f->xml, "rel", str_from(rel));
	xml_attribute(&f->xml, "type", str_from(type));
	xml_attribute(&f->xml, "href", url);
	xml_close(&f->xml);
	xml_line(&f->xml);
}

static void put_author(struct feed *f, struct str name)
{
	xml_open(&f->xml, "author");
	xml_element(&f->xml, "name", name);
	xml_close(&f->xml);
}

/*
 * The whole text, without theme components: their links are made for pages, not
 * for feeds. In an entity's feed the sentence that names it, or else hundreds of
 * feeds would repeat every text.
 */
static void put_content(struct feed *f, const struct news *n, const struct page *about)
{
	struct body body = { .site = f->e->site, .href = &f->href, .facts = f->e->facts, .scratch = f->e->scratch };

	buf_clear(&f->text);
	if (n->link)
		body_write_sentence(&f->text, &body, n->page, n->link, about);
	else if (n->page->doc->n_nodes > 1)
		body_write(&f->text, &body, n->page);
	if (f->text.len == 0)
		return;
	xml_open(&f->xml, "content");
	xml_attribute(&f->xml, "type", STR("html"));
	xml_text(&f->xml, buf_str(&f->text));
	xml_close(&f->xml);
	xml_line(&f->xml);
}

static void put_entry(struct feed *f, const struct news *n, const struct page *about)
{
	const struct page *p = n->page;
	struct str summary = p->summary.len ? p->summary : p->excerpt, url = full_url(f, p->url);

	emit_note_page(f->e, FACT_PAGE_HEAD, p);
	emit_note_page(f->e, FACT_PAGE_META, p);
	xml_open(&f->xml, "entry");
	xml_line(&f->xml);
	xml_element(&f->xml, "title", p->title);
	xml_line(&f->xml);
	xml_element(&f->xml, "id", url);
	xml_line(&f->xml);
	put_link(f, "alternate", "text/html", url);
	put_date(f, "published", p->date);
	put_date(f, "updated", changed(p));
	for (size_t i = 0; i < p->n_authors; i++)
		put_author(f, p->authors[i]);
	for (size_t i = 0; i < p->n_tags; i++) {
		xml_open(&f->xml, "category");
		xml_attribute(&f->xml, "term", p->tags[i]);
		xml_close(&f->xml);
	}
	xml_line(&f->xml);
	if (summary.len) {
		xml_element(&f->xml, "summary", summary);
		xml_line(&f->xml);
	}
	put_content(f, n, about);
	xml_close(&f->xml);
	xml_line(&f->xml);
}

static struct str feed_title(const struct emit *e, const struct page *p)
{
	struct str title = e->site->config->title;

	return p->is_home ? title : str_format(e->scratch, "%.*s · %.*s", STR_ARG(p->title), STR_ARG(title));
}

static struct str feed_description(const struct emit *e, const struct page *p)
{
	struct str about = e->site->config->description;

	return p->is_home && about.len ? about : p->summary;
}

static void begin(struct feed *f, const struct emit *e)
{
	*f = (struct feed){ .e = e, .absolute = *e->site->config };
	f->absolute.base_path = e->site->config->base_url;
	f->href = (struct href){ .config = &f->absolute };
	buf_init(&f->url, 0);
	buf_init(&f->text, 0);
}

static void end(struct feed *f)
{
	buf_release(&f->url);
	buf_release(&f->text);
}

void emit_feed(struct buf *out, const struct emit *e, const struct output *o)
{
	const struct page *p = site_page(e->site, o->page);
	const struct config *c = e->site->config;
	struct feed f;
	struct date newest = { 0 };
	news_list list = { 0 };

	begin(&f, e);
	collect(e, p, &list);
	for (size_t i = 0; i < list.len; i++)
		if (date_cmp(changed(list.ptr[i].page), newest) > 0)
			newest = changed(list.ptr[i].page);
	xml_begin(&f.xml, out);
	xml_open(&f.xml, "feed");
	xml_attribute(&f.xml, "xmlns", STR(ATOM));
	xml_attribute(&f.xml, "xml:lang", c->language);
	xml_line(&f.xml);
	xml_element(&f.xml, "title", feed_title(e, p));
	xml_line(&f.xml);
	xml_element(&f.xml, "subtitle", feed_description(e, p));
	xml_line(&f.xml);
	xml_element(&f.xml, "id", full_url(&f, p->url));
	xml_line(&f.xml);
	put_link(&f, "self", "application/atom+xml", full_url(&f, o->url));
	put_link(&f, "alternate", "text/html", full_url(&f, p->url));
	put_date(&f, "updated", date_is_set(newest) ? newest : changed(p));
	put_author(&f, c->author.len ? c->author : c->title);
	xml_line(&f.xml);
	for (size_t i = 0; i < list.len; i++)
		put_entry(&f, &list.ptr[i], p);
	xml_end(&f.xml);
	end(&f);
}

static void put_moment(struct buf *out, const char *key, struct date d)
{
	if (!date_is_set(d) || d.precision == DATE_CLOCK)
		return;
	emit_key(out, key);
	buf_add_char(out, '"');
	date_write_rfc3339(out, d);
	buf_add_char(out, '"');
}

static void put_names(struct buf *out, const struct str *names, size_t n)
{
	if (n == 0)
		return;
	emit_key(out, "authors");
	emit_open(out, '[');
	for (size_t i = 0; i < n; i++) {
		emit_open(out, '{');
		emit_text(out, "name", names[i]);
		emit_close(out, '}');
	}
	emit_close(out, ']');
}

/* The form asks every item for a text: where a page has none, its summary or title is one. */
static void put_item_text(struct buf *out, struct feed *f, const struct news *n, const struct page *about)
{
	struct body body = { .site = f->e->site, .href = &f->href, .facts = f->e->facts, .scratch = f->e->scratch };
	const struct page *p = n->page;
	struct str plain = p->summary.len ? p->summary : p->excerpt.len ? p->excerpt : p->title;

	if (n->link && n->link->node != UINT32_MAX) {
		/* A sentence of the text, as it stands in index.json. */
		emit_note_page(f->e, FACT_PAGE_BODY, p);
		emit_text(out, "content_text", page_backlink_sentence(f->e->scratch, p, n->link, about));
		return;
	}
	if (n->link || p->doc->n_nodes <= 1) {
		emit_text(out, "content_text", plain);
		return;
	}
	buf_clear(&f->text);
	body_write(&f->text, &body, p);
	emit_text(out, "content_html", buf_str(&f->text));
}

static void put_item(struct buf *out, struct feed *f, const struct news *n, const struct page *about)
{
	const struct page *p = n->page;
	struct str url = full_url(f, p->url);

	emit_note_page(f->e, FACT_PAGE_HEAD, p);
	emit_note_page(f->e, FACT_PAGE_META, p);
	emit_open(out, '{');
	emit_text(out, "id", url);
	emit_text(out, "url", url);
	emit_text(out, "title", p->title);
	put_item_text(out, f, n, about);
	emit_some(out, "summary", p->summary.len ? p->summary : p->excerpt);
	put_moment(out, "date_published", p->date);
	put_moment(out, "date_modified", changed(p));
	put_names(out, p->authors, p->n_authors);
	if (p->n_tags) {
		emit_key(out, "tags");
		emit_open(out, '[');
		for (size_t i = 0; i < p->n_tags; i++)
			emit_item(out, p->tags[i]);
		emit_close(out, ']');
	}
	emit_some(out, "language", p->lang);
	emit_close(out, '}');
}

/* https://www.jsonfeed.org/version/1.1/ */
void emit_json_feed(struct buf *out, const struct emit *e, const struct output *o)
{
	const struct page *p = site_page(e->site, o->page);
	const struct config *c = e->site->config;
	struct feed f;
	news_list list = { 0 };

	begin(&f, e);
	collect(e, p, &list);
	emit_open(out, '{');
	emit_text(out, "version", STR("https://jsonfeed.org/version/1.1"));
	emit_text(out, "title", feed_title(e, p));
	emit_text(out, "home_page_url", full_url(&f, p->url));
	emit_text(out, "feed_url", full_url(&f, o->url));
	emit_some(out, "description", feed_description(e, p));
	put_names(out, c->author.len ? &c->author : &c->title, 1);
	emit_some(out, "language", c->language);
	emit_key(out, "items");
	emit_open(out, '[');
	for (size_t i = 0; i < list.len; i++)
		put_item(out, &f, &list.ptr[i], p);
	emit_close(out, ']');
	emit_close(out, '}');
	buf_add_char(out, '\n');
	end(&f);
}

static bool is_listed(const struct output *o)
{
	return o->type == ROUTE_PAGE || o->type == ROUTE_BACKLINKS || o->type == ROUTE_LETTER;
}

static void put_address(struct feed *f, const char *element, struct str path, struct date d)
{
	xml_open(&f->xml, element);
	xml_element(&f->xml, "loc", full_url(f, path));
	if (date_is_set(d) && d.precision != DATE_CLOCK) {
		/* The W3C's form has partial dates, but a time only with an offset: the day will do. */
		if (d.precision > DATE_DAY)
			d.precision = DATE_DAY;
		buf_clear(&f->text);
		date_write(&f->text, d);
		xml_element(&f->xml, "lastmod", buf_str(&f->text));
	}
	xml_close(&f->xml);
	xml_line(&f->xml);
}

/* Which outputs there are follows from the pages, their lists, names and backlinks. */
static void note_addresses(const struct emit *e)
{
	bool has_letters = false;

	emit_note(e, FACT_QUERY, STR("pages"));
	for (size_t i = 0; i < e->routes->len; i++) {
		const struct output *o = &e->routes->outputs[i];

		if (o->type == ROUTE_BACKLINKS)
			emit_note_page(e, FACT_PAGE_LINKS_IN, &e->site->pages[o->page]);
		if (o->type == ROUTE_PAGE && o->parts > 1)
			emit_note_page(e, FACT_PAGE_COUNT, &e->site->pages[o->page]);
		has_letters |= o->type == ROUTE_LETTER;
	}
	for (size_t i = 0; i < e->site->n_pages; i++) {
		const struct page *p = &e->site->pages[i];

		emit_note_page(e, FACT_PAGE_TITLE, p);
		emit_note_page(e, FACT_PAGE_DATES, p);
		if (has_letters && route_is_entity(p))
			emit_note_page(e, FACT_PAGE_NAMES, p);
		if (p->is_section && !p->is_home)
			emit_note_page(e, FACT_PAGE_COUNT, p);
		if (p->n_backlinks + 1 >= (size_t)e->site->config->backlinks_shown)
			emit_note_page(e, FACT_PAGE_LINKS_IN, p);
	}
}

void emit_sitemap(struct buf *out, const struct emit *e, const struct output *o)
{
	size_t limit = (size_t)e->site->config->sitemap_limit, n = 0;
	size_t from = o->part ? (o->part - 1) * limit : 0;
	bool is_index = o->parts > 0 && o->part == 0;
	struct feed f;

	note_addresses(e);
	begin(&f, e);
	xml_begin(&f.xml, out);
	xml_open(&f.xml, is_index ? "sitemapindex" : "urlset");
	xml_attribute(&f.xml, "xmlns", STR(SITEMAPS));
	xml_line(&f.xml);
	for (uint32_t i = 1; is_index && i <= o->parts; i++)
		put_address(&f, "sitemap", str_format(e->scratch, "/sitemap-%u.xml", i), (struct date){ 0 });
	for (size_t i = 0; !is_index && i < e->routes->len && n < from + limit; i++) {
		const struct output *page = &e->routes->outputs[i];

		if (!is_listed(page) || n++ < from)
			continue;
		put_address(&f, "url", page->url,
			    page->type == ROUTE_PAGE ? changed(&e->site->pages[page->page]) : (struct date){ 0 });
	}
	xml_end(&f.xml);
	end(&f);
}
