#include "site/body.h"

#include <string.h>

#include "site/query.h"
#include "text/markup.h"

/* One text being written. */
struct render {
	struct body *b;
	const struct page *p; /* whose text; NULL: a short text of nobody's */
	bool is_own;          /* on the page's own output */
};

static void note(const struct body *b, enum fact_kind kind, struct str key)
{
	if (b->facts)
		factset_note(b->facts, kind, key);
}

static void note_page(const struct body *b, enum fact_kind kind, const struct page *p)
{
	if (b->facts)
		factset_note_page(b->facts, kind, p->index);
}

/* Escapes what was written since `start`, where there is something to do. */
static void escape_from(struct buf *out, size_t start)
{
	struct str s = str_skip(buf_str(out), start);
	size_t plain = buf_html_plain(s);
	struct arena scratch = { 0 };

	if (plain == s.len)
		return;
	s = str_copy(&scratch, s);
	buf_cut(out, start);
	buf_add_html(out, s);
	arena_release(&scratch);
}

void body_write_href(struct buf *out, const struct href *h, struct str path, struct str anchor)
{
	size_t start = out->len;
	struct arena scratch = { 0 };

	if (h->inside && anchor.len) {
		path = str_format(&scratch, "%.*s#%.*s", STR_ARG(path), STR_ARG(anchor));
		anchor = STR_NONE;
	}
	if (anchor.len == 0 || !str_eq(path, h->from))
		href_write(out, h, path);
	if (anchor.len) {
		buf_add_char(out, '#');
		buf_add(out, anchor);
	}
	arena_release(&scratch);
	escape_from(out, start);
}

static void open_link(struct buf *out, const struct body *b, const char *class, struct str path, struct str anchor)
{
	buf_add_z(out, "<a ");
	if (class) {
		buf_add_z(out, "class=\"");
		buf_add_z(out, class);
		buf_add_z(out, "\" ");
	}
	buf_add_z(out, "href=\"");
	body_write_href(out, b->href, path, anchor);
	buf_add_z(out, "\"");
}

/* A name of another script is marked with its language. */
static void put_lang(struct buf *out, const struct body *b, const struct page *to, struct str text)
{
	size_t i = 0;

	while (i < text.len && (unsigned char)text.ptr[i] < 0x80)
		i++;
	if (i == text.len)
		return;
	note_page(b, FACT_PAGE_NAMES, to);
	for (i = 0; i < to->n_names; i++) {
		if (to->names[i].lang.len == 0 || !str_eq(to->names[i].text, text))
			continue;
		buf_add_z(out, " lang=\"");
		buf_add_html(out, to->names[i].lang);
		buf_add_char(out, '"');
		return;
	}
}

void body_write_link(struct buf *out, struct body *b, const struct page *to, struct str text)
{
	note_page(b, FACT_PAGE_TITLE, to);
	open_link(out, b, NULL, to->url, STR_NONE);
	put_lang(out, b, to, text.len ? text : to->title);
	buf_add_char(out, '>');
	buf_add_html(out, text.len ? text : to->title);
	buf_add_z(out, "</a>");
}

static const struct link *link_of(const struct render *r, uint32_t node)
{
	size_t lo = 0, hi = r->p ? r->p->n_links : 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (r->p->links[mid].node < node)
			lo = mid + 1;
		else
			hi = mid;
	}
	return r->p && lo < r->p->n_links && r->p->links[lo].node == node ? &r->p->links[lo] : NULL;
}

static bool is_web(struct str url)
{
	return str_eq_nocase(str_cut(url, 0, 7), STR("http://")) ||
	       str_eq_nocase(str_cut(url, 0, 8), STR("https://")) || str_starts(url, STR("//"));
}

/* Schemes that run code or read the reader's disk. */
static bool is_dangerous(struct str url)
{
	static const struct str schemes[] = { STR_INIT("javascript:"), STR_INIT("vbscript:"), STR_INIT("data:"),
					      STR_INIT("file:") };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (str_eq_nocase(str_cut(url, 0, schemes[i].len), schemes[i]))
			return true;
	return false;
}

static bool is_allowed(const struct render *r, struct str url)
{
	return r->b->site->config->markdown_unsafe || !is_dangerous(url);
}

/* What markup writes of a URL: percent-encoding as it came, escaped. */
static void put_url(struct buf *out, struct str url)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < url.len; i++) {
		unsigned char c = (unsigned char)url.ptr[i];

		if (c <= ' ' || c == '"' || c == '<' || c == '>' || c == '\\' || c == '`' || c == '{' || c == '}' ||
		    c == '|' || c == '^' || c == 0x7f) {
			char escape[3] = { '%', hex[c >> 4], hex[c & 15] };

			buf_add_mem(out, escape, 3);
		} else if (c == '&' || c == '\'') {
			buf_add_z(out, c == '&' ? "&amp;" : "&#39;");
		} else {
			buf_add_char(out, (char)c);
		}
	}
}

static void note_asset(const struct render *r, const struct link *ln)
{
	if (ln->target != UINT32_MAX && ln->target < r->b->site->n_assets)
		note(r->b, FACT_ASSET, r->b->site->assets[ln->target].name);
}

/* Opens the element a link is, without the '>'; false: only its text is shown. */
static bool open_target(struct buf *out, const struct render *r, const struct link *ln)
{
	const struct site *s = r->b->site;

	switch (ln->type) {
	case LINK_PAGE:
		note_page(r->b, FACT_PAGE_TITLE, &s->pages[ln->target]);
		open_link(out, r->b, NULL, s->pages[ln->target].url, ln->anchor);
		return true;
	case LINK_FILE:
		note_asset(r, ln);
		open_link(out, r->b, NULL, ln->url, ln->anchor);
		return true;
	case LINK_ANCHOR:
		open_link(out, r->b, NULL, r->p->url, ln->anchor);
		return true;
	case LINK_EXTERNAL:
		if (!is_allowed(r, ln->url))
			return false;
		buf_add_z(out, is_web(ln->url) ? "<a class=\"external\" href=\"" : "<a href=\"");
		put_url(out, ln->url);
		buf_add_char(out, '"');
		return true;
	default:
		return false;
	}
}

static bool is_open_type(const struct render *r, const struct link *ln)
{
	return ln && (ln->type == LINK_PAGE || ln->type == LINK_FILE || ln->type == LINK_ANCHOR ||
		      (ln->type == LINK_EXTERNAL && is_allowed(r, ln->url)));
}

/* A short text has no resolved links: what its destination says by itself. */
static bool is_plain_target(const struct render *r, struct str url)
{
	return is_allowed(r, url) && url.len > 0 &&
	       (is_web(url) || url.ptr[0] == '/' || str_starts(url, STR("mailto:")));
}

static void put_title(struct buf *out, const struct doc *d, const struct doc_node *n)
{
	if (n->arg_len) {
		buf_add_z(out, " title=\"");
		buf_add_html(out, doc_arg(d, n));
		buf_add_char(out, '"');
	}
}

static void on_link(void *ctx, struct buf *out, const struct doc *d, uint32_t node, bool open)
{
	const struct render *r = ctx;
	const struct doc_node *n = &doc_nodes(d)[node];
	const struct link *ln = link_of(r, node);
	struct link plain = { .type = LINK_EXTERNAL, .url = doc_text(d, n), .target = UINT32_MAX };

	if (!ln && is_plain_target(r, plain.url)) {
		ln = &plain;
		if (!is_web(plain.url) && plain.url.ptr[0] == '/')
			plain.type = LINK_FILE;
	}
	if (!is_open_type(r, ln))
		return;
	if (!open) {
		buf_add_z(out, "</a>");
		return;
	}
	open_target(out, r, ln);
	put_title(out, d, n);
	buf_add_char(out, '>');
}

static struct str heading_text(const struct page *p, struct str id)
{
	for (size_t i = 0; id.len && i < p->n_outline; i++)
		if (str_eq(p->outline[i].id, id))
			return p->outline[i].text;
	return STR_NONE;
}

/* What a wikilink without a text of its own shows: a name as it was written, instead of a path or slug the title. */
static void put_wikilink_text(struct buf *out, const struct render *r, const struct link *ln, struct str written)
{
	const struct page *to = ln->type == LINK_ANCHOR ? r->p : &r->b->site->pages[ln->target];
	struct str heading = heading_text(to, ln->anchor);

	if (ln->anchor.len)
		note_page(r->b, FACT_PAGE_BODY, to);
	if (ln->type == LINK_ANCHOR) {
		buf_add_html(out, heading.len ? heading : ln->anchor);
		return;
	}
	note_page(r->b, FACT_PAGE_NAMES, to);
	for (size_t i = 0; i < to->n_names && !str_eq(written, to->title); i++) {
		if (!str_eq(to->names[i].text, written))
			continue;
		buf_add_html(out, written);
		return;
	}
	buf_add_html(out, to->title);
	if (heading.len) {
		buf_add_z(out, " § ");
		buf_add_html(out, heading);
	}
}

/* Of a short text, which link has not seen: the one page that is meant. Notes it also when there is none. */
static const struct page *page_meant(const struct render *r, struct str text)
{
	struct query q = { .of = QUERY_FIND, .tag = text };
	const struct page *p;

	note(r->b, FACT_QUERY, query_key(r->b->scratch, &q));
	return site_resolve(r->b->site, text, NULL, &p) == SITE_ONE ? p : NULL;
}

static void on_wikilink(void *ctx, struct buf *out, const struct doc *d, uint32_t node, bool open)
{
	const struct render *r = ctx;
	const struct doc_node *n = &doc_nodes(d)[node];
	const struct link *ln = link_of(r, node);
	struct link plain = { .type = LINK_PAGE };
	bool has_text = n->end > node + 1;
	const struct page *p;

	if (!r->p) {
		p = page_meant(r, doc_text(d, n));
		plain.target = p ? p->index : UINT32_MAX;
		ln = p ? &plain : NULL;
	}
	if (!is_open_type(r, ln)) {
		if (open && !has_text)
			buf_add_html(out, n->text_len ? doc_text(d, n) : doc_arg(d, n));
		return;
	}
	if (!open) {
		buf_add_z(out, "</a>");
		return;
	}
	open_target(out, r, ln);
	buf_add_char(out, '>');
	if (!has_text)
		put_wikilink_text(out, r, ln, doc_text(d, n));
}

static void on_image(void *ctx, struct buf *out, const struct doc *d, uint32_t node, struct str alt)
{
	const struct render *r = ctx;
	const struct doc_node *n = &doc_nodes(d)[node];
	const struct link *ln = link_of(r, node);
	struct str url = ln && ln->type != LINK_BROKEN ? ln->url : doc_text(d, n);
	/* Pictures inside the text are harmless as data. */
	bool is_data = str_eq_nocase(str_cut(url, 0, 11), STR("data:image/"));

	if ((ln && ln->type != LINK_FILE && ln->type != LINK_EXTERNAL) || (!ln && !is_plain_target(r, url)) ||
	    (!is_allowed(r, url) && !is_data)) {
		buf_add_html(out, alt);
		return;
	}
	buf_add_z(out, "<img src=\"");
	if (ln && ln->type == LINK_FILE) {
		note_asset(r, ln);
		body_write_href(out, r->b->href, url, STR_NONE);
	} else if (!ln && url.ptr[0] == '/') {
		body_write_href(out, r->b->href, url, STR_NONE);
	} else {
		put_url(out, url);
	}
	buf_add_z(out, "\" alt=\"");
	buf_add_html(out, alt);
	buf_add_char(out, '"');
	put_title(out, d, n);
	buf_add_z(out, " loading=\"lazy\" />");
}

static void on_span(void *ctx, struct buf *out, const struct markup_span *span, struct str text)
{
	const struct render *r = ctx;
	const struct page *to = &r->b->site->pages[r->p->mentions[span->ref].target];

	note_page(r->b, FACT_PAGE_TITLE, to);
	open_link(out, r->b, "auto", to->url, STR_NONE);
	put_lang(out, r->b, to, text);
	buf_add_char(out, '>');
	buf_add_html(out, text);
	buf_add_z(out, "</a>");
}

/* In a print edition notes are numbered through: one for each source. */
static void put_note(struct buf *out, const struct render *r, const struct citation *c)
{
	const struct site *s = r->b->site;
	const struct page *source = c->is_fact ? s->records.facts[c->target].r.source.page : &s->pages[c->target];

	if (!source)
		return;
	buf_add_z(out, "<sup class=\"cite\">");
	open_link(out, r->b, NULL, source->url, STR_NONE);
	buf_add_char(out, '>');
	buf_add_u64(out, r->b->href->inside->notes[source->index]);
	buf_add_z(out, "</a></sup>");
}

static void put_citation(struct buf *out, const struct render *r, const struct link *ln)
{
	if (r->b->href->inside) {
		put_note(out, r, &r->p->citations[ln->number - 1]);
		return;
	}
	buf_add_z(out, "<sup class=\"cite\">");
	open_link(out, r->b, NULL, r->p->url, str_format(r->b->scratch, "note-%u", ln->number));
	if (r->is_own) {
		buf_add_z(out, " id=\"cite-");
		buf_add_u64(out, ln->number);
		buf_add_char(out, '-');
		buf_add_u64(out, ln->use);
		buf_add_char(out, '"');
	}
	buf_add_char(out, '>');
	buf_add_u64(out, ln->number);
	buf_add_z(out, "</a></sup>");
}

/* Of a short text: the source's title with a link, as there is no list of notes. */
static void put_source(struct buf *out, const struct render *r, struct str key, struct str locator)
{
	const struct kind *k = config_kind(r->b->site->config, STR("source"));
	const struct page *p = page_meant(r, key);

	if ((!p || !p->source) && k && k->dir.len)
		p = page_meant(r, str_format(r->b->scratch, "%.*s/%.*s", STR_ARG(k->dir), STR_ARG(key)));
	if (!p || !p->source)
		return;
	buf_add_char(out, '(');
	body_write_link(out, r->b, p, STR_NONE);
	if (locator.len) {
		buf_add_z(out, ", ");
		buf_add_html(out, locator);
	}
	buf_add_char(out, ')');
}

static void on_citation(void *ctx, struct buf *out, const struct doc *d, uint32_t node)
{
	const struct render *r = ctx;
	const struct doc_node *n = &doc_nodes(d)[node];
	const struct link *ln = link_of(r, node);

	if (ln && ln->number)
		put_citation(out, r, ln);
	else if (!r->p)
		put_source(out, r, doc_text(d, n), doc_arg(d, n));
}

static void write_nodes(struct buf *out, struct body *b, const struct page *p, const struct doc *d, uint32_t from,
			uint32_t to, bool is_own);

static void put_figure(struct buf *out, const struct render *r, const struct fact *f, bool is_block)
{
	struct body *b = r->b;
	struct buf value;

	note(b, FACT_FACT, f->r.id);
	if (b->figure && b->figure(b->ctx, out, f, is_block))
		return;
	if (f->subject.page)
		note_page(b, FACT_PAGE_TITLE, f->subject.page);
	buf_init(&value, 0);
	record_write_value(&value, f);
	buf_add_z(out, is_block ? "<p class=\"figure\">" : "");
	if (f->subject.page) {
		open_link(out, b, NULL, f->subject.page->url, str_format(b->scratch, "fact-%.*s", STR_ARG(f->r.id)));
		buf_add_char(out, '>');
	}
	buf_add_html(out, buf_str(&value));
	buf_add_z(out, f->subject.page ? "</a>" : "");
	buf_add_z(out, is_block ? "</p>\n" : "");
	buf_release(&value);
}

/* The nodes of an embed: a section, or all but the footnotes, which stand on the page itself. */
static bool embedded_range(const struct page *p, struct str anchor, uint32_t *from, uint32_t *to)
{
	const struct doc_node *nodes = doc_nodes(p->doc);

	if (anchor.len)
		return doc_section(p->doc, anchor, from, to);
	*from = 1;
	for (*to = 1; *to < p->doc->n_nodes && nodes[*to].type != DOC_FOOTNOTE; *to = nodes[*to].end)
		;
	return true;
}

static void put_passage(struct buf *out, const struct render *r, const struct page *to, struct str anchor,
			bool is_block)
{
	struct body *b = r->b;
	uint32_t from, end;

	note_page(b, FACT_PAGE_BODY, to);
	if (!is_block || b->depth >= BODY_MAX_DEPTH || b->embeds >= BODY_MAX_EMBEDS ||
	    !embedded_range(to, anchor, &from, &end)) {
		buf_add_z(out, is_block ? "<p>" : "");
		body_write_link(out, b, to, STR_NONE);
		buf_add_z(out, is_block ? "</p>\n" : "");
		return;
	}
	buf_add_z(out, "<div class=\"embed\">\n");
	b->depth++;
	b->embeds++;
	write_nodes(out, b, to, to->doc, from, end, false);
	b->depth--;
	buf_add_z(out, "<p class=\"embed-from\">");
	body_write_link(out, b, to, STR_NONE);
	buf_add_z(out, "</p>\n</div>\n");
}

static void on_embed(void *ctx, struct buf *out, const struct doc *d, uint32_t node)
{
	const struct render *r = ctx;
	bool is_block = doc_nodes(d)[node].type == DOC_EMBED;
	const struct link *ln = link_of(r, node);

	if (ln && ln->type == LINK_EMBED_FACT)
		put_figure(out, r, &r->b->site->records.facts[ln->target], is_block);
	else if (ln && ln->type == LINK_EMBED_PAGE)
		put_passage(out, r, &r->b->site->pages[ln->target], ln->anchor, is_block);
}

static void on_shortcode(void *ctx, struct buf *out, const struct doc *d, uint32_t node, struct str body)
{
	const struct render *r = ctx;
	const struct doc_node *n = &doc_nodes(d)[node];

	if (r->p && r->b->shortcode)
		r->b->shortcode(r->b->ctx, out, r->p, doc_text(d, n), doc_arg(d, n), body,
				doc_pos(d, doc_sources(d)[node]));
	else
		buf_add(out, body);
}

static void on_footnote(void *ctx, struct buf *out, const struct doc *d, uint32_t node)
{
	const struct render *r = ctx;
	const struct doc_node *n = &doc_nodes(d)[node];

	buf_add_z(out, "<sup class=\"footnote-ref\">");
	if (r->p) {
		open_link(out, r->b, NULL, r->p->url, str_format(r->b->scratch, "fn-%.*s", STR_ARG(doc_arg(d, n))));
		buf_add_char(out, '>');
	}
	buf_add_u64(out, n->level);
	buf_add_z(out, r->p ? "</a></sup>" : "</sup>");
}

static struct markup_span *linked_mentions(struct arena *a, const struct page *p, size_t *n)
{
	struct markup_span *spans = arena_array(a, struct markup_span, p->n_mentions + 1);

	*n = 0;
	for (size_t i = 0; i < p->n_mentions; i++) {
		const struct mention *m = &p->mentions[i];

		if (m->state == MENTION_LINKED)
			spans[(*n)++] = (struct markup_span){ m->node, m->off, m->len, (uint32_t)i };
	}
	return spans;
}

/* The theme's or the site's words for callouts; NULL: those of markup. */
static const struct str *callout_titles(const struct body *b)
{
	static const struct str keys[] = { STR_INIT("callout.note"), STR_INIT("callout.tip"),
					   STR_INIT("callout.important"), STR_INIT("callout.warning"),
					   STR_INIT("callout.caution") };
	const size_t n = sizeof(keys) / sizeof(keys[0]);
	struct str *titles = arena_array(b->scratch, struct str, n);
	bool has_all = true;

	for (size_t i = 0; i < n; i++) {
		has_all &= site_string(b->site, keys[i], &titles[i]);
		note(b, FACT_STRING, keys[i]);
	}
	return has_all ? titles : NULL;
}

static bool has_callouts(const struct doc *d)
{
	for (uint32_t i = 0; i < d->n_nodes; i++)
		if (doc_nodes(d)[i].type == DOC_CALLOUT)
			return true;
	return false;
}

/* Among other texts a page's ids begin with its place, and its headings stand below its title. */
static void place_inside(const struct body *b, const struct page *p, struct markup *m)
{
	struct str anchor;

	m->heading_shift = 2;
	if (m->heading_ids && p && href_inside(b->href, p->url, &anchor))
		m->id_prefix = str_format(b->scratch, "%.*s/", STR_ARG(anchor));
}

static void write_nodes(struct buf *out, struct body *b, const struct page *p, const struct doc *d, uint32_t from,
			uint32_t to, bool is_own)
{
	struct render r = { b, p, is_own };
	struct markup m = {
		.heading_ids = is_own,
		.accessible = true,
		.unsafe = b->site->config->markdown_unsafe,
		.ctx = &r,
		.link = on_link,
		.wikilink = on_wikilink,
		.image = on_image,
		.span = on_span,
		.citation = on_citation,
		.embed = on_embed,
		.shortcode = on_shortcode,
		.footnote = is_own ? NULL : on_footnote,
	};

	if (p)
		m.spans = linked_mentions(b->scratch, p, &m.n_spans);
	if (b->href->inside)
		place_inside(b, p, &m);
	if (has_callouts(d))
		m.callout_titles = callout_titles(b);
	markup_html(out, d, from, to, &m);
}

void body_write(struct buf *out, struct body *b, const struct page *p)
{
	struct str anchor;
	bool is_own = b->depth == 0 && (str_eq(b->href->from, p->url) || href_inside(b->href, p->url, &anchor));
	uint32_t from = 1, to = p->doc->n_nodes;

	note_page(b, FACT_PAGE_BODY, p);
	if (b->depth == 0)
		b->embeds = 0;
	/* Elsewhere its footnotes would have no place of their own: their marks lead to the page. */
	if (!is_own)
		embedded_range(p, STR_NONE, &from, &to);
	write_nodes(out, b, p, p->doc, from, to, is_own);
}

void body_write_doc(struct buf *out, struct body *b, const struct doc *d)
{
	write_nodes(out, b, NULL, d, 1, d->n_nodes, false);
}

static bool is_word_byte(struct str s, size_t i)
{
	unsigned char c = i < s.len ? (unsigned char)s.ptr[i] : ' ';

	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool stands_at(struct str s, size_t i, const struct name *n)
{
	struct str here = str_cut(s, i, i + n->text.len);
	size_t end = i + n->text.len;

	if (here.len < n->text.len || !(n->any_case ? str_eq_nocase(here, n->text) : str_eq(here, n->text)))
		return false;
	if (is_word_byte(n->text, 0) && i > 0 && is_word_byte(s, i - 1))
		return false;
	/* A plural or possessive ending belongs to the word, not to the name. */
	return !is_word_byte(n->text, n->text.len - 1) || !is_word_byte(s, end) ||
	       (s.ptr[end] == 's' && !is_word_byte(s, end + 1));
}

static bool is_marked(const struct name *n)
{
	return n->use != NAME_SEARCH && n->text.len > 0;
}

/* The bytes that begin a name of the page: few enough to pass over most of a sentence. */
static void first_bytes(const struct page *p, bool out[256])
{
	memset(out, 0, 256 * sizeof(*out));
	for (size_t k = 0; k < p->n_names; k++) {
		unsigned char c = is_marked(&p->names[k]) ? (unsigned char)p->names[k].text.ptr[0] : 0;

		out[c] = true;
		if (p->names[k].any_case && is_word_byte(p->names[k].text, 0))
			out[c ^ 0x20] = true;
	}
}

/* Length of the longest name of the page that stands at `i`; 0: none. */
static size_t name_at(struct str s, size_t i, const struct page *p)
{
	size_t best = 0;

	for (size_t k = 0; k < p->n_names; k++) {
		const struct name *n = &p->names[k];

		if (is_marked(n) && n->text.len > best && stands_at(s, i, n))
			best = n->text.len;
	}
	return best;
}

void body_write_sentence(struct buf *out, struct body *b, const struct page *from, const struct backlink *link,
			 const struct page *target)
{
	bool begins[256];
	struct str s;
	size_t done = 0;

	note_page(b, FACT_PAGE_NAMES, target);
	if (link->node == UINT32_MAX)
		return;
	note_page(b, FACT_PAGE_BODY, from);
	s = page_backlink_sentence(b->scratch, from, link, target);
	first_bytes(target, begins);
	for (size_t i = 0; i < s.len;) {
		size_t len = begins[(unsigned char)s.ptr[i]] ? name_at(s, i, target) : 0;

		if (len) {
			buf_add_html(out, str_cut(s, done, i));
			buf_add_z(out, "<mark>");
			buf_add_html(out, str_cut(s, i, i + len));
			buf_add_z(out, "</mark>");
			done = i + len;
		}
		i += len ? len : 1;
	}
	buf_add_html(out, str_skip(s, done));
}
