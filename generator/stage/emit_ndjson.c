#include "stage/emit_impl.h"

#include <assert.h>
#include <stdlib.h>

#include "base/vec.h"

/* Written out at once; small enough to stay in the processor's cache. */
#define PIECE ((size_t)256 << 10)

static void put_outline(struct buf *out, const struct page *p)
{
	emit_key(out, "outline");
	emit_open(out, '[');
	for (size_t i = 0; i < p->n_outline; i++) {
		emit_open(out, '{');
		emit_count(out, "level", p->outline[i].level);
		emit_text(out, "id", p->outline[i].id);
		emit_text(out, "text", p->outline[i].text);
		emit_close(out, '}');
	}
	emit_close(out, ']');
}

/* Where a link of the text leads, as a site path or full address. */
static void put_target(struct buf *out, const struct emit *e, const struct page *p, const struct link *ln)
{
	struct str path = ln->url;

	if (ln->type == LINK_PAGE || ln->type == LINK_EMBED_PAGE) {
		path = site_page(e->site, ln->target)->url;
		emit_note_page(e, FACT_PAGE_TITLE, site_page(e->site, ln->target));
	} else if (ln->type == LINK_ANCHOR) {
		path = p->url;
	}
	if (ln->anchor.len)
		path = str_format(e->scratch, "%.*s#%.*s", STR_ARG(path), STR_ARG(ln->anchor));
	emit_item(out, path);
}

static void put_links(struct buf *out, const struct emit *e, const struct page *p, const char *key, bool images)
{
	const struct doc_node *nodes = doc_nodes(p->doc);

	emit_key(out, key);
	emit_open(out, '[');
	for (size_t i = 0; i < p->n_links; i++) {
		const struct link *ln = &p->links[i];

		if (ln->type == LINK_BROKEN || ln->type == LINK_CITE_SOURCE || ln->type == LINK_CITE_FACT ||
		    ln->type == LINK_EMBED_FACT || (nodes[ln->node].type == DOC_IMAGE) != images)
			continue;
		put_target(out, e, p, ln);
	}
	emit_close(out, ']');
}

static void put_citations(struct buf *out, const struct emit *e, const struct page *p)
{
	emit_key(out, "citations");
	emit_open(out, '[');
	for (size_t i = 0; i < p->n_citations; i++) {
		const struct citation *c = &p->citations[i];

		emit_open(out, '{');
		if (c->is_fact)
			emit_text(out, "fact", e->site->records.facts[c->target].r.id);
		else
			emit_text(out, "source", site_page(e->site, c->target)->key);
		emit_some(out, "locator", c->locator);
		emit_count(out, "uses", c->uses);
		emit_close(out, '}');
	}
	emit_close(out, ']');
}

/* Facts that the text cites or shows, each once. */
static void put_facts(struct buf *out, const struct emit *e, const struct page *p)
{
	struct map seen = { 0 };

	emit_key(out, "facts");
	emit_open(out, '[');
	for (size_t i = 0; i < p->n_links; i++) {
		if (p->links[i].type != LINK_EMBED_FACT && p->links[i].type != LINK_CITE_FACT)
			continue;
		if (map_put(e->scratch, &seen, e->site->records.facts[p->links[i].target].r.id, 0))
			emit_item(out, e->site->records.facts[p->links[i].target].r.id);
	}
	emit_close(out, ']');
}

static void put_strings(struct buf *out, const char *key, const struct str *list, size_t n)
{
	emit_key(out, key);
	emit_open(out, '[');
	for (size_t i = 0; i < n; i++)
		emit_item(out, list[i]);
	emit_close(out, ']');
}

/* Whom the text names, in order of first mention. */
static void put_named(struct buf *out, const struct emit *e, const struct page *p)
{
	struct map seen = { 0 };

	for (size_t i = 0; i < p->n_mentions; i++) {
		const struct mention *m = &p->mentions[i];

		if (m->state != MENTION_SELF && m->state != MENTION_AMBIGUOUS && m->state != MENTION_WEAK)
			map_at(e->scratch, &seen, site_page(e->site, m->target)->key, NULL)->value++;
	}
	emit_key(out, "mentions");
	emit_open(out, '[');
	for (size_t i = 0; i < seen.len; i++) {
		emit_open(out, '{');
		emit_text(out, "page", seen.entries[i].key);
		emit_count(out, "count", seen.entries[i].value);
		emit_close(out, '}');
	}
	emit_close(out, ']');
}

void emit_extracted(struct buf *out, const struct emit *e, const struct page *p)
{
	struct emit_findings found;
	struct buf text;

	emit_note_page(e, FACT_PAGE_BODY, p);
	buf_init(&text, 0);
	buf_reserve(&text, p->doc->text_bytes);
	doc_plain(&text, p->doc, 0, p->doc->n_nodes);
	emit_find(e->scratch, buf_str(&text), &found);
	buf_release(&text);
	emit_key(out, "extracted");
	emit_open(out, '{');
	emit_count(out, "words", p->words);
	emit_count(out, "minutes", p->minutes);
	emit_text(out, "language", p->lang.len ? p->lang : found.is_chinese ? STR("zh") : e->site->config->language);
	emit_text(out, "summary", p->summary.len ? p->summary : p->excerpt);
	put_outline(out, p);
	put_links(out, e, p, "links", false);
	put_links(out, e, p, "images", true);
	put_named(out, e, p);
	put_citations(out, e, p);
	put_facts(out, e, p);
	put_strings(out, "figures", found.figures, found.n_figures);
	put_strings(out, "dates", found.dates, found.n_dates);
	emit_close(out, '}');
}

/* A mention's own words; they may run over soft breaks into the texts behind. */
static struct str mention_text(const struct emit *e, const struct page *p, const struct mention *m)
{
	const struct doc_node *nodes = doc_nodes(p->doc);
	struct str text = str_skip(doc_text(p->doc, &nodes[m->node]), m->off), s;
	struct buf b;

	if (m->len <= text.len)
		return str_cut(text, 0, m->len);
	buf_init(&b, 0);
	buf_add(&b, text);
	for (uint32_t i = m->node + 1; b.len < m->len && i < p->doc->n_nodes; i++) {
		if (nodes[i].type != DOC_TEXT && nodes[i].type != DOC_SOFT_BREAK)
			break;
		text = nodes[i].type == DOC_TEXT ? doc_text(p->doc, &nodes[i]) : STR(" ");
		buf_add(&b, str_cut(text, 0, m->len - b.len));
	}
	s = buf_copy(&b, e->scratch);
	buf_release(&b);
	return s;
}

#define STATE(name) STR_INIT(",\"state\":\"" name "\",\"line\":")

static void put_mentions(struct buf *out, const struct emit *e, const struct page *p)
{
	static const struct str states[] = { STATE("linked"),    STATE("repeated"), STATE("self"),
					     STATE("ambiguous"), STATE("weak"),     STATE("off") };
	struct buf key = { 0 }, head = { 0 }, middle = { 0 };

	buf_add_json(&key, p->key);
	buf_add(&head, STR("{\"type\":\"mention\",\"id\":"));
	buf_add_mem(&head, key.ptr, key.len - 1);
	buf_add(&head, STR("#mention-"));
	buf_add(&middle, STR("\",\"page\":"));
	buf_add(&middle, buf_str(&key));
	buf_add(&middle, STR(",\"target\":"));
	for (size_t i = 0; i < p->n_mentions; i++) {
		const struct mention *m = &p->mentions[i];
		struct pos at = doc_pos(p->doc, doc_sources(p->doc)[m->node] + m->off);

		buf_add(out, buf_str(&head));
		buf_add_u64(out, i + 1);
		buf_add(out, buf_str(&middle));
		buf_add_json(out, site_page(e->site, m->target)->key);
		buf_add(out, STR(",\"text\":"));
		buf_add_json(out, mention_text(e, p, m));
		buf_add(out, states[m->state]);
		buf_add_u64(out, at.line);
		buf_add(out, STR(",\"column\":"));
		buf_add_u64(out, at.col);
		buf_add(out, STR("}\n"));
	}
	buf_release(&key);
	buf_release(&head);
	buf_release(&middle);
}

static void put_type(struct buf *out, const char *type)
{
	emit_open(out, '{');
	emit_text(out, "type", str_from(type));
}

static void put_line(struct buf *out, const struct emit *e, enum route_line type, size_t i)
{
	const struct records *r = &e->site->records;

	switch (type) {
	case ROUTE_LINE_PAGE:
		put_type(out, "page");
		emit_page_fields(out, e, &e->site->pages[i]);
		emit_extracted(out, e, &e->site->pages[i]);
		break;
	case ROUTE_LINE_FACT:
		put_type(out, "fact");
		emit_fact_fields(out, e, &r->facts[i]);
		break;
	case ROUTE_LINE_RELATION:
		put_type(out, "relation");
		emit_text(out, "page", site_page(e->site, r->relations[i].from_page)->key);
		emit_relation_fields(out, &r->relations[i]);
		break;
	case ROUTE_LINE_EVENT:
		put_type(out, "event");
		emit_event_fields(out, &r->events[i]);
		break;
	case ROUTE_LINE_QUOTE:
		put_type(out, "quote");
		emit_quote_fields(out, &r->quotes[i]);
		break;
	case ROUTE_LINE_COMPARISON:
		put_type(out, "comparison");
		emit_comparison_fields(out, e, &r->comparisons[i]);
		break;
	case ROUTE_LINE_SET:
		put_type(out, "comparison");
		emit_comparison_fields(out, e, &e->site->sets[i]);
		break;
	case ROUTE_LINES:
		return;
	}
	emit_close(out, '}');
	buf_add_char(out, '\n');
	if (type == ROUTE_LINE_PAGE)
		put_mentions(out, e, &e->site->pages[i]);
}

/* All that the lines of a page say; what is neither of this page nor the configuration's goes in by itself. */
static struct digest page_lines_digest(const struct emit *e, const struct page *p)
{
	struct digest own = page_digest(p);
	struct digest_state d;

	digest_begin(&d);
	digest_add_digest(&d, own);
	for (size_t i = 0; i < p->n_links; i++)
		if (p->links[i].type == LINK_PAGE || p->links[i].type == LINK_EMBED_PAGE)
			digest_add(&d, site_page(e->site, p->links[i].target)->url);
	for (size_t i = 0; i < p->n_mentions; i++) {
		const struct mention *m = &p->mentions[i];

		/* The others show on the page, and are in its own. */
		if (m->state != MENTION_SELF && m->state != MENTION_AMBIGUOUS && m->state != MENTION_WEAK)
			continue;
		digest_add_u64(&d, (uint64_t)m->node << 32 | m->off);
		digest_add_u64(&d, (uint64_t)m->state << 32 | m->len);
		digest_add(&d, site_page(e->site, m->target)->key);
	}
	return digest_end(&d);
}

static int by_page(const void *x, const void *y)
{
	return digest_cmp(((const struct emit_line *)x)->page, ((const struct emit_line *)y)->page);
}

/* What goes out next: a stretch of the earlier file, or what is written; never both. */
struct pieces {
	struct emit_lines *lines;
	struct buf *out;
	struct str kept;
	uint64_t done;
};

static uint64_t written(const struct pieces *x)
{
	return x->done + x->kept.len + x->out->len;
}

static void hand_over(struct pieces *x)
{
	struct str next = x->kept.len ? x->kept : buf_str(x->out);

	if (next.len)
		x->lines->put(x->lines->ctx, next);
	x->done += next.len;
	x->kept = STR_NONE;
	buf_clear(x->out);
}

static void keep(struct pieces *x, struct str lines)
{
	if (x->kept.len && x->kept.ptr + x->kept.len == lines.ptr) {
		x->kept.len += lines.len;
		return;
	}
	hand_over(x);
	x->kept = lines;
}

static void put_page(struct pieces *x, const struct emit *e, size_t i)
{
	if (x->kept.len || x->out->len >= PIECE)
		hand_over(x);
	put_line(x->out, e, ROUTE_LINE_PAGE, i);
}

/* The lines of all pages; `scratch` is e's. */
static void put_pages(struct pieces *x, const struct emit *e, struct arena *scratch)
{
	struct emit_lines *l = x->lines;
	size_t n = e->site->n_pages;

	l->now = arena_array(l->arena, struct emit_line, n + 1);
	if (l->n_old)
		qsort(l->old, l->n_old, sizeof(*l->old), by_page);
	for (size_t i = 0; i < n; i++) {
		struct emit_line *now = &l->now[l->n_now++];
		const struct emit_line *old = NULL;

		now->page = page_lines_digest(e, &e->site->pages[i]);
		now->at = written(x);
		if (l->n_old)
			old = bsearch(now, l->old, l->n_old, sizeof(*l->old), by_page);
		if (old)
			keep(x, str_cut(l->bytes, (size_t)old->at, (size_t)(old->at + old->len)));
		else
			put_page(x, e, i);
		now->len = written(x) - now->at;
		arena_reset(scratch);
	}
}

/* The model is read as a whole, whichever part is written: where parts begin depends on what comes before. */
static void note_all(const struct emit *e)
{
	static const char *const queries[] = { "pages", "facts", "relations", "events", "quotes", "comparisons" };

	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
		emit_note(e, FACT_QUERY, str_from(queries[i]));
	emit_note(e, FACT_SITE, STR("all"));
	/* Records of data files belong to no page. */
	for (size_t i = 0; i < e->site->n_data; i++)
		emit_note(e, FACT_DATA, e->site->data[i].name);
}

static void put_index(struct buf *out, const struct emit *e, const struct output *o)
{
	for (uint32_t part = 1; part <= o->parts; part++) {
		put_type(out, "index");
		emit_text(out, "id", str_format(e->scratch, "part-%u", part));
		emit_text(out, "url", str_format(e->scratch, "/site-%u.ndjson", part));
		emit_close(out, '}');
		buf_add_char(out, '\n');
	}
}

void emit_ndjson(struct buf *out, const struct emit *e, const struct output *o)
{
	uint64_t limit = (uint64_t)e->site->config->ndjson_limit_mb << 20, before = 0;
	struct pieces pieces = { .lines = e->lines, .out = out };
	struct arena scratch = { 0 };
	struct emit line = *e;

	assert(!e->lines || o->parts == 0);
	line.scratch = &scratch;
	note_all(e);
	if (o->parts && o->part == 0) {
		put_index(out, e, o);
		return;
	}
	if (e->lines)
		put_pages(&pieces, &line, &scratch);
	for (int type = e->lines ? ROUTE_LINE_PAGE + 1 : 0; type < ROUTE_LINES; type++) {
		for (size_t i = 0; i < route_line_count(e->site, type); i++) {
			if (e->lines && (pieces.kept.len || out->len >= PIECE))
				hand_over(&pieces);
			if (o->parts == 0 || before / limit + 1 == o->part)
				put_line(out, &line, type, i);
			before += route_line_bytes(e->site, type, i);
			arena_reset(&scratch);
		}
	}
	if (e->lines)
		hand_over(&pieces);
	arena_release(&scratch);
}
