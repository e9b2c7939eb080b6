#include "stage/emit_impl.h"

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

/* A file of lines has pages of the whole site. */
static void put_page(struct buf *out, const struct emit *e, const struct page *p)
{
	struct page here = *p;
	struct buf text;

	buf_init(&text, 0);
	here.doc = site_read_doc(e->site, p, &text);
	put_type(out, "page");
	emit_page_fields(out, e, &here);
	emit_extracted(out, e, &here);
	emit_close(out, '}');
	buf_add_char(out, '\n');
	put_mentions(out, e, &here);
	buf_release(&text);
}

static void put_line(struct buf *out, const struct emit *e, struct route_line line)
{
	const struct records *r = &e->site->records;
	uint32_t i = line.index;

	switch ((enum route_line_type)line.type) {
	case ROUTE_LINE_PAGE:
		put_page(out, e, &e->site->pages[i]);
		return;
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
}

static void add_page(struct digest_state *d, const struct page *p)
{
	static const int aspects[] = { PAGE_HEAD, PAGE_META, PAGE_BODY, PAGE_NAMES };

	for (size_t i = 0; i < sizeof(aspects) / sizeof(aspects[0]); i++)
		digest_add_digest(d, p->digests[aspects[i]]);
	digest_add_digest(d, p->doc_image);
	digest_add_digest(d, p->refs);
}

static void add_fact(struct digest_state *d, const struct site *s, const struct fact *f)
{
	digest_add_digest(d, f->r.digest);
	digest_add(d, f->subject.page ? f->subject.page->url : STR_NONE);
	digest_add(d, f->set < s->n_sets ? s->sets[f->set].r.id : STR_NONE);
	digest_add_u64(d, site_is_stale_fact(s, f));
}

static void add_comparison(struct digest_state *d, const struct site *s, const struct comparison *c)
{
	digest_add_digest(d, c->r.digest);
	digest_add(d, c->subject < s->n_pages ? s->pages[c->subject].key : STR_NONE);
}

static void add_line(struct digest_state *d, const struct site *s, struct route_line line)
{
	const struct records *r = &s->records;

	digest_add_u64(d, line.type);
	switch ((enum route_line_type)line.type) {
	case ROUTE_LINE_PAGE:
		add_page(d, &s->pages[line.index]);
		break;
	case ROUTE_LINE_FACT:
		add_fact(d, s, &r->facts[line.index]);
		break;
	case ROUTE_LINE_RELATION:
		digest_add_digest(d, r->relations[line.index].r.digest);
		break;
	case ROUTE_LINE_EVENT:
		digest_add_digest(d, r->events[line.index].r.digest);
		break;
	case ROUTE_LINE_QUOTE:
		digest_add_digest(d, r->quotes[line.index].r.digest);
		break;
	case ROUTE_LINE_COMPARISON:
		add_comparison(d, s, &r->comparisons[line.index]);
		break;
	case ROUTE_LINE_SET:
		add_comparison(d, s, &s->sets[line.index]);
		break;
	case ROUTE_LINES:
		break;
	}
}

struct digest emit_lines_digest(const struct site *s, const struct route_lines *lines, uint32_t group)
{
	struct digest_state d;

	digest_begin(&d);
	for (uint32_t i = lines->first[group]; i < lines->first[group + 1]; i++)
		add_line(&d, s, lines->items[i]);
	return digest_end(&d);
}

static void put_index(struct buf *out, const struct emit *e, uint32_t parts)
{
	for (uint32_t part = 1; part <= parts; part++) {
		struct str url = route_lines_url(e->scratch, part, parts);

		put_type(out, "index");
		emit_text(out, "id", str_format(e->scratch, "part-%u", part));
		emit_text(out, "url", url);
		emit_close(out, '}');
		buf_add_char(out, '\n');
	}
}

void emit_ndjson(struct buf *out, const struct emit *e, const struct output *o)
{
	const struct route_lines *lines = &e->routes->lines;
	uint32_t group = o->parts ? o->part - 1 : 0;
	struct arena scratch = { 0 };
	struct emit line = *e;

	if (o->parts && o->part == 0) {
		put_index(out, e, o->parts);
		return;
	}
	emit_note(e, FACT_SITE, o->path);
	/* Everything that is read from here on is in the digest of the group. */
	line.facts = NULL;
	line.scratch = &scratch;
	for (uint32_t i = lines->first[group]; i < lines->first[group + 1]; i++) {
		put_line(out, &line, lines->items[i]);
		arena_reset(&scratch);
	}
	arena_release(&scratch);
}
