#include "stage/link_impl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/utf8.h"
#include "base/vec.h"

/*
 * One page's text: what its links mean, and where it names whom. Runs on any
 * worker; writes to its page alone.
 */
struct hit {
	uint32_t pattern;
	uint32_t start, end; /* bytes of the run */
	bool is_plural;      /* the last byte is no part of the name */
};

struct origin { /* of a mention */
	uint32_t pattern;
	struct str text; /* as it stands there; only of weak and ambiguous ones */
};

struct piece { /* of a run: where a node's text stands in it */
	uint32_t node, start;
};

/* What a worker uses again for every page. */
struct scratch {
	struct buf run;
	VEC(struct hit) hits;
	VEC(struct piece) pieces;
	VEC(struct mention) mentions;
	VEC(struct origin) origins; /* by mention */
	VEC(struct link) links;
	VEC(struct citation) notes;
	struct arena arena;
	uint32_t *seen;  /* by page: stamp of the section that linked it last */
	uint32_t *slots; /* by page: its edge in the list at hand */
	uint32_t *named; /* by page: stamp of the page that names it in full */
	uint32_t stamp;
};

struct job {
	struct linker *l;
	struct scratch *scratch; /* by worker */
};

struct text {
	struct linker *l;
	struct scratch *s;
	struct page *page;
	struct arena *arena, *edges; /* of what is made for good, and of its edges */
	struct diag_list *dl;
	struct map notes; /* "f12|line 3" → number */
	struct str run;
	uint32_t page_stamp;
	bool looked_into_others; /* at the headings of another page */
};

static struct pos at_node(const struct text *t, uint32_t node)
{
	return doc_pos(t->page->doc, doc_sources(t->page->doc)[node]);
}

/* From where a node begins to the end of what it names. */
static uint32_t reach(const struct text *t, uint32_t node, struct str what)
{
	uint32_t before = 0;

	switch (doc_nodes(t->page->doc)[node].type) {
	case DOC_WIKILINK:
		before = 2; /* [[ */
		break;
	case DOC_EMBED:
	case DOC_INLINE_EMBED:
		before = 3; /* ![[ */
		break;
	case DOC_CITATION:
		before = 1; /* @ */
		break;
	default:
		break;
	}
	return before + (uint32_t)utf8_length(what);
}

static void report_withheld(struct text *t, uint32_t node, struct str what)
{
	diag_add(t->dl, DIAG_WARNING, "link/withheld", t->page->path, at_node(t, node),
		 "'%.*s' is not published, so only its text is shown", STR_ARG(what));
	diag_width(t->dl, reach(t, node, what));
}

static void report_missing(struct text *t, uint32_t node, struct str what, const char *code)
{
	struct arena *a = &t->s->arena;
	struct str near[1];

	if (link_is_withheld(t->l, what)) {
		report_withheld(t, node, what);
		return;
	}
	diag_add(t->dl, DIAG_ERROR, code, t->page->path, at_node(t, node), "nothing here is called '%.*s'",
		 STR_ARG(what));
	diag_width(t->dl, reach(t, node, what));
	if (site_near(t->l->site, a, what, near, 1))
		diag_hint(t->dl, "did you mean '%.*s'?", STR_ARG(near[0]));
	else
		diag_hint(t->dl, "write the path, slug, title or an alias of a page");
}

static void report_ambiguous(struct text *t, uint32_t node, struct str what)
{
	const struct page *found[8];
	size_t n = site_candidates(t->l->site, what, NULL, found, 8);

	diag_add(t->dl, DIAG_ERROR, "link/ambiguous", t->page->path, at_node(t, node), "'%.*s' may mean several pages",
		 STR_ARG(what));
	diag_width(t->dl, reach(t, node, what));
	diag_hint(t->dl, "write the path, such as '%.*s', or set prefer in the front matter", STR_ARG(found[0]->key));
	for (size_t i = 0; i < n && i < 8; i++)
		diag_relate(t->dl, found[i]->path, found[i]->title_at, "'%.*s' (%.*s)", STR_ARG(found[i]->title),
			    STR_ARG(found[i]->key));
}

static bool is_preferred(const struct page *on, const struct page *p)
{
	for (size_t i = 0; i < on->n_prefer; i++)
		if (on->prefer[i].page == p)
			return true;
	return false;
}

/* A reference of the text by name. */
static const struct page *find_page(struct text *t, uint32_t node, struct str what, const char *code)
{
	const struct page *found[8], *p;
	size_t n;

	switch (site_resolve(t->l->site, what, NULL, &p)) {
	case SITE_ONE:
		return p;
	case SITE_NONE:
		report_missing(t, node, what, code);
		return NULL;
	case SITE_SEVERAL:
		break;
	}
	n = site_candidates(t->l->site, what, NULL, found, 8);
	for (size_t i = 0; i < n && i < 8; i++)
		if (is_preferred(t->page, found[i]))
			return found[i];
	report_ambiguous(t, node, what);
	return NULL;
}

static void split_anchor(struct str url, struct str *path, struct str *anchor)
{
	ptrdiff_t hash = str_find_byte(url, '#');

	*path = hash < 0 ? url : str_cut(url, 0, (size_t)hash);
	*anchor = hash < 0 ? STR_NONE : str_skip(url, (size_t)hash + 1);
}

static bool has_scheme(struct str url)
{
	for (size_t i = 0; i < url.len; i++) {
		char c = url.ptr[i];

		if (c == ':')
			return i > 1;
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (i && ((c >= '0' && c <= '9') || c == '+' || c == '.' || c == '-'))))
			return false;
	}
	return false;
}

/* "%20" in a destination stands for the byte in a file's name. */
static struct str percent_decoded(struct arena *a, struct str s)
{
	char *z;
	size_t n = 0;

	if (str_find_byte(s, '%') < 0)
		return s;
	z = str_z(a, s);
	for (size_t i = 0; i < s.len; i++) {
		static const char hex[] = "0123456789abcdef";
		const char *hi = NULL, *lo = NULL;

		if (s.ptr[i] == '%' && i + 2 < s.len) {
			hi = strchr(hex, s.ptr[i + 1] | 0x20);
			lo = strchr(hex, s.ptr[i + 2] | 0x20);
		}
		if (hi && lo && *hi && *lo) {
			z[n++] = (char)((hi - hex) << 4 | (lo - hex));
			i += 2;
		} else {
			z[n++] = s.ptr[i];
		}
	}
	return (struct str){ z, n };
}

/* The key of the page that a file in content/ makes. */
static struct str file_key(struct str path)
{
	if (str_ends(path, STR(".md")))
		path.len -= 3;
	if (str_ends(path, STR("/index")) || str_ends(path, STR("/_index")))
		path = path_dir(path);
	return str_eq(path, STR("_index")) ? STR("index") : path;
}

/* A path on the site: a page, an attachment, or an output that only `verify` knows. */
static void site_link(struct text *t, struct link *ln, struct str path, uint32_t node)
{
	struct arena *a = &t->s->arena;
	struct str folder = str_ends(path, STR("/")) ? path : str_format(a, "%.*s/", STR_ARG(path));
	struct str key = file_key(str_skip(path, 1));
	const struct page *p = site_page_by_url(t->l->site, path);
	uint64_t at;

	if (!p)
		p = site_page_by_url(t->l->site, folder);
	if (!p && str_ends(path, STR(".md")))
		p = site_page_by_key(t->l->site, key);
	if (p) {
		ln->type = LINK_PAGE;
		ln->target = p->index;
		return;
	}
	if (map_has(&t->l->withheld, folder) || (str_ends(path, STR(".md")) && map_has(&t->l->withheld, key))) {
		ln->type = LINK_BROKEN;
		report_withheld(t, node, path);
		return;
	}
	ln->type = LINK_FILE;
	ln->url = str_copy(t->arena, path);
	if (map_get(&t->l->site->asset_by_name, str_skip(path, 1), &at)) {
		ln->target = (uint32_t)at;
		ln->url = t->l->site->assets[at].url;
	}
}

/* Relative to the folder of the file, as editors see it; else to the page's address, as browsers would. */
static void relative_link(struct text *t, struct link *ln, struct str dest, uint32_t node)
{
	struct arena *a = &t->s->arena;
	struct str joined, path, key = STR_NONE;
	uint64_t at;
	const struct page *p = NULL;

	joined = str_format(a, "%.*s/%.*s", STR_ARG(t->page->dir), STR_ARG(dest));
	if (path_normalize(a, str_starts(joined, STR("/")) ? str_skip(joined, 1) : joined, &path)) {
		key = file_key(path);
		p = site_page_by_key(t->l->site, key);
		if (!p && map_get(&t->l->site->asset_by_name, path, &at)) {
			ln->type = LINK_FILE;
			ln->target = (uint32_t)at;
			ln->url = t->l->site->assets[at].url;
			return;
		}
	}
	if (!p) {
		joined = str_format(a, "%.*s%.*s", STR_ARG(str_skip(t->page->url, 1)), STR_ARG(dest));
		if (path_normalize(a, joined, &path))
			p = site_page_by_url(t->l->site, path.len ? str_format(a, "/%.*s/", STR_ARG(path)) : STR("/"));
	}
	if (p) {
		ln->type = LINK_PAGE;
		ln->target = p->index;
		return;
	}
	ln->type = LINK_BROKEN;
	if (key.len && map_has(&t->l->withheld, key)) {
		report_withheld(t, node, dest);
		return;
	}
	diag_add(t->dl, DIAG_ERROR, "link/missing-target", t->page->path, at_node(t, node), "'%.*s' leads nowhere",
		 STR_ARG(dest));
	diag_width(t->dl, (uint32_t)utf8_length(dest));
	diag_hint(t->dl, "link to a file in content/ by its relative path, or to a page by its address");
}

static void plain_link(struct text *t, uint32_t node, struct str dest)
{
	struct link ln = { .node = node, .target = UINT32_MAX };
	struct str path;

	split_anchor(dest, &path, &ln.anchor);
	ln.anchor = str_copy(t->arena, ln.anchor);
	if (has_scheme(dest) || str_starts(dest, STR("//"))) {
		ln.type = LINK_EXTERNAL;
		ln.url = doc_text(t->page->doc, &doc_nodes(t->page->doc)[node]);
	} else if (path.len == 0) {
		ln.type = LINK_ANCHOR;
	} else if (path.ptr[0] == '/') {
		site_link(t, &ln, percent_decoded(&t->s->arena, path), node);
	} else {
		relative_link(t, &ln, percent_decoded(&t->s->arena, path), node);
	}
	vec_push(&t->s->arena, &t->s->links, ln);
}

/* The id of a heading named by its text or its id. */
static struct str heading_anchor(struct text *t, const struct page *p, struct str anchor)
{
	struct str id;

	t->looked_into_others |= p != t->page;
	for (size_t i = 0; i < p->n_outline; i++)
		if (str_eq(p->outline[i].id, anchor))
			return p->outline[i].id;
	id = utf8_heading_id(&t->s->arena, anchor);
	for (size_t i = 0; i < p->n_outline; i++)
		if (str_eq(p->outline[i].id, id) || str_eq_nocase(p->outline[i].text, anchor))
			return p->outline[i].id;
	return str_copy(t->arena, anchor);
}

static void wiki_link(struct text *t, uint32_t node, struct str target, struct str anchor)
{
	struct link ln = { .node = node, .target = UINT32_MAX, .type = LINK_BROKEN };
	const struct page *p = target.len ? find_page(t, node, target, "link/missing-target") : t->page;

	if (p) {
		ln.type = target.len ? LINK_PAGE : LINK_ANCHOR;
		ln.target = p->index;
		if (anchor.len)
			ln.anchor = heading_anchor(t, p, anchor);
	}
	vec_push(&t->s->arena, &t->s->links, ln);
}

static void number_note(struct text *t, struct link *ln, struct str locator)
{
	bool is_fact = ln->type == LINK_CITE_FACT, is_new;
	struct str key = str_format(&t->s->arena, "%c%u|%.*s", is_fact ? 'f' : 's', ln->target, STR_ARG(locator));
	struct map_entry *e = map_at(&t->s->arena, &t->notes, key, &is_new);

	if (is_new) {
		struct citation c = { ln->target, is_fact, locator, 0 };

		vec_push(&t->s->arena, &t->s->notes, c);
		e->value = t->s->notes.len;
	}
	ln->number = (uint32_t)e->value;
	ln->use = ++t->s->notes.ptr[e->value - 1].uses;
}

static void cite(struct text *t, uint32_t node, struct str key, struct str locator)
{
	struct link ln = { .node = node, .target = UINT32_MAX, .type = LINK_BROKEN };
	const struct kind *source = config_kind(t->l->config, STR("source"));
	const struct page *p;
	uint64_t fact;

	switch (site_resolve(t->l->site, key, source, &p)) {
	case SITE_ONE:
		ln.type = LINK_CITE_SOURCE;
		ln.target = p->index;
		break;
	case SITE_SEVERAL:
		report_ambiguous(t, node, key);
		break;
	case SITE_NONE:
		if (map_get(&t->l->site->fact_by_id, key, &fact)) {
			ln.type = LINK_CITE_FACT;
			ln.target = (uint32_t)fact;
		} else {
			report_missing(t, node, key, "link/unknown-citation");
		}
	}
	if (ln.type != LINK_BROKEN)
		number_note(t, &ln, locator);
	vec_push(&t->s->arena, &t->s->links, ln);
}

static void embed(struct text *t, uint32_t node, struct str target, struct str anchor)
{
	struct link ln = { .node = node, .target = UINT32_MAX, .type = LINK_BROKEN };
	const struct page *p;
	uint64_t fact;

	if (anchor.len == 0 && map_get(&t->l->site->fact_by_id, target, &fact)) {
		ln.type = LINK_EMBED_FACT;
		ln.target = (uint32_t)fact;
	} else {
		p = find_page(t, node, target, "link/missing-target");
		if (p) {
			ln.type = LINK_EMBED_PAGE;
			ln.target = p->index;
			if (anchor.len)
				ln.anchor = heading_anchor(t, p, anchor);
		}
	}
	vec_push(&t->s->arena, &t->s->links, ln);
}

static void on_hit(void *ctx, uint32_t pattern, size_t start, size_t end)
{
	struct text *t = ctx;
	const struct candidates *c = &t->l->names[pattern];
	struct str text = str_cut(t->run, start, end);
	struct hit h = { pattern, (uint32_t)start, (uint32_t)end, false };
	bool fits = false;
	int more;

	for (size_t i = 0; i < c->n && !fits; i++) {
		const struct name *n = &t->l->site->pages[c->items[i].page].names[c->items[i].name];

		fits = link_case_fits(c->items[i].text, text, n->any_case);
	}
	if (!fits || !link_begins_word(t->run, start))
		return;
	more = link_ending(t->run, start, end);
	if (more < 0)
		return;
	h.end += (uint32_t)more;
	h.is_plural = more > 0;
	vec_push(&t->s->arena, &t->s->hits, h);
}

/* NAMED: weak ones of pages that this page names in full, or is. */
enum strength { WEAK, STRONG, NAMED };

/* The candidates for a name that its capitals allow, of one strength; at most two are told apart. */
static size_t pick(struct text *t, uint32_t pattern, struct str text, enum strength strength, uint32_t *page)
{
	const struct candidates *c = &t->l->names[pattern];
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct page *p = &t->l->site->pages[c->items[i].page];
		const struct name *name = &p->names[c->items[i].name];

		if ((name->use == NAME_WEAK) == (strength == STRONG) ||
		    !link_case_fits(c->items[i].text, text, name->any_case))
			continue;
		if (strength == NAMED && p != t->page && t->s->named[p->index] != t->page_stamp)
			continue;
		if (is_preferred(t->page, p)) {
			*page = p->index;
			return 1;
		}
		if (n && *page == p->index)
			continue;
		if (n++ == 0)
			*page = p->index;
	}
	return n;
}

static void add_mention(struct text *t, const struct hit *h)
{
	struct scratch *s = t->s;
	struct str text = str_cut(t->run, h->start, h->end - h->is_plural);
	struct mention m = { .state = MENTION_LINKED };
	struct origin from = { h->pattern, STR_NONE };
	size_t lo = 0, hi = s->pieces.len, n;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->pieces.ptr[mid].start <= h->start)
			lo = mid;
		else
			hi = mid;
	}
	m.node = s->pieces.ptr[lo].node;
	m.off = h->start - s->pieces.ptr[lo].start;
	m.len = (uint16_t)(h->end - h->start);
	n = pick(t, h->pattern, text, STRONG, &m.target);
	if (n == 0) {
		pick(t, h->pattern, text, WEAK, &m.target);
		m.state = MENTION_WEAK;
	} else if (n > 1) {
		m.state = MENTION_AMBIGUOUS;
	} else if (m.target == t->page->index) {
		m.state = MENTION_SELF;
	} else {
		s->named[m.target] = t->page_stamp;
	}
	/* The run is gone when these are looked at again. */
	if (m.state == MENTION_WEAK || m.state == MENTION_AMBIGUOUS)
		from.text = str_copy(&s->arena, text);
	vec_push(&s->arena, &s->mentions, m);
	vec_push(&s->arena, &s->origins, from);
}

static int by_start(const void *x, const void *y)
{
	const struct hit *a = x, *b = y;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->end != b->end)
		return a->end > b->end ? -1 : 1;
	return a->is_plural - b->is_plural;
}

/* "Sydney" in "Sydney Opera House", "Apples" for sale. What follows may be a name that the site knows, and begin there itself. */
static bool is_another(const struct text *t, size_t i)
{
	const struct scratch *s = t->s;
	const struct hit *h = &s->hits.ptr[i];
	const struct candidates *c = &t->l->names[h->pattern];
	bool is_weak = true, has_capital = true;

	for (size_t k = 0; k < c->n; k++) {
		const struct name *n = &t->l->site->pages[c->items[k].page].names[c->items[k].name];

		is_weak &= n->use == NAME_WEAK;
		has_capital &= !n->any_case && n->text.ptr[0] >= 'A' && n->text.ptr[0] <= 'Z';
	}
	if (has_capital && link_is_plain_word(t->run, h->start, h->end, h->is_plural))
		return true;
	/* German writes every noun with a capital. */
	if (str_starts(t->page->lang, STR("de")))
		return false;
	for (size_t k = i + 1; k < s->hits.len && s->hits.ptr[k].start <= h->end + 1; k++)
		if (s->hits.ptr[k].start == h->end + 1)
			return false;
	return link_is_in_name(t->run, h->start, h->end, is_weak);
}

/* Leftmost, then longest, a name before a plural, without overlap. */
static void scan_run(struct text *t)
{
	struct scratch *s = t->s;
	uint32_t from = 0;

	s->hits.len = 0;
	automaton_scan(&t->l->automaton, t->run, on_hit, t);
	if (s->hits.len > 1)
		qsort(s->hits.ptr, s->hits.len, sizeof(*s->hits.ptr), by_start);
	for (size_t i = 0; i < s->hits.len; i++) {
		if (s->hits.ptr[i].start < from || is_another(t, i))
			continue;
		add_mention(t, &s->hits.ptr[i]);
		from = s->hits.ptr[i].end;
	}
}

/* Text and soft breaks that stand side by side are one run: a name may be broken over two lines. Gives the node after it. */
static uint32_t take_run(struct text *t, uint32_t i, uint32_t end)
{
	const struct doc *d = t->page->doc;
	const struct doc_node *nodes = doc_nodes(d);
	struct scratch *s = t->s;

	s->pieces.len = 0;
	vec_push(&s->arena, &s->pieces, ((struct piece){ i, 0 }));
	if (i + 1 >= end || (nodes[i + 1].type != DOC_TEXT && nodes[i + 1].type != DOC_SOFT_BREAK)) {
		t->run = doc_text(d, &nodes[i]);
		scan_run(t);
		return i + 1;
	}
	buf_clear(&s->run);
	for (; i < end && (nodes[i].type == DOC_TEXT || nodes[i].type == DOC_SOFT_BREAK); i++) {
		if (s->run.len)
			vec_push(&s->arena, &s->pieces, ((struct piece){ i, (uint32_t)s->run.len }));
		if (nodes[i].type == DOC_TEXT)
			buf_add(&s->run, doc_text(d, &nodes[i]));
		else
			buf_add_char(&s->run, ' ');
	}
	t->run = buf_str(&s->run);
	scan_run(t);
	return i;
}

static bool is_quiet(uint8_t type)
{
	return type == DOC_HEADING || type == DOC_LINK || type == DOC_WIKILINK || type == DOC_IMAGE;
}

static void take_link(struct text *t, uint32_t i)
{
	const struct doc *d = t->page->doc;
	const struct doc_node *n = &doc_nodes(d)[i];

	switch ((enum doc_type)n->type) {
	case DOC_LINK:
	case DOC_IMAGE:
		plain_link(t, i, doc_text(d, n));
		break;
	case DOC_WIKILINK:
		wiki_link(t, i, doc_text(d, n), doc_arg(d, n));
		break;
	case DOC_CITATION:
		cite(t, i, doc_text(d, n), doc_arg(d, n));
		break;
	case DOC_EMBED:
	case DOC_INLINE_EMBED:
		embed(t, i, doc_text(d, n), doc_arg(d, n));
		break;
	default:
		break;
	}
}

/* The nodes from..to-1, siblings of one parent; mentions only where `speaks`. */
static void walk(struct text *t, uint32_t from, uint32_t to, bool speaks)
{
	const struct doc_node *nodes = doc_nodes(t->page->doc);
	uint32_t i = from;

	while (i < to) {
		if (nodes[i].type == DOC_TEXT && speaks) {
			i = take_run(t, i, to);
			continue;
		}
		if (nodes[i].type >= DOC_LINK || nodes[i].type == DOC_EMBED)
			take_link(t, i);
		if (nodes[i].end > i + 1)
			walk(t, i + 1, nodes[i].end, speaks && !is_quiet(nodes[i].type));
		i = nodes[i].end;
	}
}

static void report_mention(struct text *t, const struct mention *m, const struct origin *from)
{
	struct arena *a = &t->s->arena;
	const struct candidates *c = &t->l->names[from->pattern];
	struct str what = from->text;
	const struct page *first = NULL;
	struct pos at = doc_pos(t->page->doc, doc_sources(t->page->doc)[m->node] + m->off);
	struct str key = str_format(a, "?%.*s", STR_ARG(what));

	if (!map_put(a, &t->notes, key, 1))
		return; /* once a page */
	diag_add(t->dl, DIAG_WARNING, "link/ambiguous-mention", t->page->path, at,
		 "'%.*s' may mean several pages, so it is not linked", STR_ARG(what));
	diag_width(t->dl, (uint32_t)utf8_length(what));
	for (size_t i = 0; i < c->n && i < 8; i++) {
		const struct page *p = &t->l->site->pages[c->items[i].page];

		if (i && p->index == c->items[i - 1].page)
			continue;
		if (!first)
			first = p;
		diag_relate(t->dl, p->path, p->title_at, "'%.*s' (%.*s)", STR_ARG(p->title), STR_ARG(p->key));
	}
	assert(first);
	diag_hint(t->dl, "set prefer = [\"%.*s\"] in the front matter, or write a [[link]]", STR_ARG(first->key));
}

static uint32_t link_target(const struct site *s, const struct link *ln)
{
	switch (ln->type) {
	case LINK_PAGE:
	case LINK_CITE_SOURCE:
	case LINK_EMBED_PAGE:
		return ln->target;
	case LINK_CITE_FACT:
	case LINK_EMBED_FACT:
		return s->records.facts[ln->target].r.source.page->index;
	default:
		return UINT32_MAX;
	}
}

/* A weak alias means whom the page names in full elsewhere. */
static void settle_weak(struct text *t)
{
	struct scratch *s = t->s;

	for (size_t i = 0; i < s->mentions.len; i++) {
		struct mention *m = &s->mentions.ptr[i];
		size_t n;

		if (m->state != MENTION_WEAK)
			continue;
		n = pick(t, s->origins.ptr[i].pattern, s->origins.ptr[i].text, NAMED, &m->target);
		if (n > 1)
			m->state = MENTION_AMBIGUOUS;
		else if (n == 1)
			m->state = m->target == t->page->index ? MENTION_SELF : MENTION_LINKED;
	}
}

/* Explicit links before `node` have linked their pages. */
static void see_links(struct text *t, size_t *link, uint32_t node)
{
	struct scratch *s = t->s;

	for (; *link < s->links.len && s->links.ptr[*link].node < node; ++*link)
		if (s->links.ptr[*link].type == LINK_PAGE)
			s->seen[s->links.ptr[*link].target] = s->stamp;
}

/* Which mentions become links: by section or page, explicit links counting as the first. */
static void settle(struct text *t)
{
	struct scratch *s = t->s;
	const struct page *p = t->page;
	int64_t mode = p->no_autolink ? MENTIONS_NONE : t->l->config->mentions;
	size_t heading = 0, link = 0;

	s->stamp++;
	for (size_t i = 0; i < s->mentions.len; i++) {
		struct mention *m = &s->mentions.ptr[i];

		for (; heading < p->n_outline && p->outline[heading].node < m->node; heading++) {
			see_links(t, &link, p->outline[heading].node);
			if (mode == MENTIONS_FIRST_PER_SECTION)
				s->stamp++;
		}
		see_links(t, &link, m->node);
		if (m->state != MENTION_LINKED)
			continue;
		if (mode == MENTIONS_NONE)
			m->state = MENTION_OFF;
		else if (mode != MENTIONS_ALL && s->seen[m->target] == s->stamp)
			m->state = MENTION_REPEATED;
		s->seen[m->target] = s->stamp;
	}
}

static void add_edge(struct text *t, struct edge_list *list, uint32_t target, uint32_t node, uint32_t off, bool is_tag)
{
	struct edge *e;

	if (target == t->page->index)
		return;
	if (t->s->named[target] != t->s->stamp) {
		t->s->named[target] = t->s->stamp;
		t->s->slots[target] = list->n;
		list->items[list->n++] = (struct edge){ target, 0, node, off, false };
	}
	e = &list->items[t->s->slots[target]];
	e->is_tag |= is_tag;
	if (node == UINT32_MAX)
		return;
	e->count++;
	if (node < e->node) {
		e->node = node;
		e->off = off;
	}
}

/* One edge per page spoken of; links stand before mentions, the earlier place wins. */
static void collect_edges(struct text *t)
{
	struct scratch *s = t->s;
	const struct page *p = t->page;
	struct edge_list *list = &t->l->edges[p->index];
	size_t n = p->n_links + p->n_mentions;

	for (size_t i = 0; i < p->n_tagged; i++)
		n += p->tagged[i].n;
	list->items = arena_alloc(&s->arena, n ? n : 1, sizeof(struct edge), _Alignof(struct edge));
	s->stamp++;
	for (size_t i = 0; i < p->n_links; i++) {
		uint32_t target = link_target(t->l->site, &p->links[i]);

		if (target != UINT32_MAX)
			add_edge(t, list, target, p->links[i].node, 0, false);
	}
	for (size_t i = 0; i < p->n_mentions; i++)
		if (p->mentions[i].state != MENTION_AMBIGUOUS && p->mentions[i].state != MENTION_WEAK)
			add_edge(t, list, p->mentions[i].target, p->mentions[i].node, p->mentions[i].off, false);
	for (size_t i = 0; i < p->n_tagged; i++)
		for (size_t k = 0; k < p->tagged[i].n; k++)
			if (p->tagged[i].refs[k].page)
				add_edge(t, list, p->tagged[i].refs[k].page->index, UINT32_MAX, 0, true);
	list->items = memcpy(arena_alloc(t->edges, list->n ? list->n : 1, sizeof(struct edge), _Alignof(struct edge)),
			     list->items, list->n * sizeof(struct edge));
	list->entities = arena_alloc(t->edges, list->n, sizeof(uint32_t), _Alignof(uint32_t));
	for (uint32_t i = 0; i < list->n; i++)
		if (t->l->is_entity[list->items[i].target])
			list->entities[list->n_entities++] = list->items[i].target;
}

#define KEEP(t, field, list, type) \
	do { \
		(t)->page->field = arena_alloc((t)->arena, (list).len, sizeof(type), _Alignof(type)); \
		(t)->page->n_##field = (list).len; \
		if ((list).len) \
			memcpy((t)->page->field, (list).ptr, (list).len * sizeof(type)); \
	} while (0)

static void read_text(struct text *t)
{
	struct scratch *s = t->s;
	size_t said = t->dl->len;

	s->hits = (__typeof__(s->hits)){ 0 };
	s->pieces = (__typeof__(s->pieces)){ 0 };
	s->mentions = (__typeof__(s->mentions)){ 0 };
	s->origins = (__typeof__(s->origins)){ 0 };
	s->links = (__typeof__(s->links)){ 0 };
	s->notes = (__typeof__(s->notes)){ 0 };
	t->page_stamp = ++s->stamp;
	for (size_t k = 0; k < t->page->n_tagged; k++)
		for (size_t r = 0; r < t->page->tagged[k].n; r++)
			if (t->page->tagged[k].refs[r].page)
				s->named[t->page->tagged[k].refs[r].page->index] = t->page_stamp;
	walk(t, 1, t->page->doc->n_nodes, true);
	for (size_t k = 0; k < s->links.len; k++)
		if (s->links.ptr[k].type == LINK_PAGE)
			s->named[s->links.ptr[k].target] = t->page_stamp;
	settle_weak(t);
	settle(t);
	for (size_t k = 0; k < s->mentions.len; k++)
		if (s->mentions.ptr[k].state == MENTION_AMBIGUOUS)
			report_mention(t, &s->mentions.ptr[k], &s->origins.ptr[k]);
	KEEP(t, links, s->links, struct link);
	KEEP(t, mentions, s->mentions, struct mention);
	KEEP(t, citations, s->notes, struct citation);
	t->l->texts[t->page->index].is_good = t->dl->len == said && !t->looked_into_others;
}

static void link_page(void *ctx, size_t worker, size_t i)
{
	struct job *job = ctx;
	struct linker *l = job->l;
	struct text t = { .l = l,
			  .s = &job->scratch[worker],
			  .page = &l->site->pages[i],
			  .arena = &l->in->workers[worker],
			  .edges = &l->edge_arenas[worker],
			  .dl = &l->in->lists[worker] };

	arena_reset(&t.s->arena);
	if (!link_recall_text(l, t.arena, t.page))
		read_text(&t);
	collect_edges(&t);
}

void link_texts(struct linker *l)
{
	size_t n = l->site->n_pages, workers = pool_size(l->in->pool);
	struct job job = { l, arena_array(&l->scratch, struct scratch, workers) };

	l->edges = arena_array(&l->scratch, struct edge_list, n);
	l->edge_arenas = arena_array(&l->scratch, struct arena, workers);
	l->is_entity = arena_array(&l->scratch, bool, n);
	for (size_t i = 0; i < n; i++)
		l->is_entity[i] = l->site->pages[i].kind->is_entity && !l->site->pages[i].is_section;
	for (size_t w = 0; w < workers; w++) {
		buf_init(&job.scratch[w].run, 0);
		job.scratch[w].seen = arena_array(&l->scratch, uint32_t, n);
		job.scratch[w].slots = arena_array(&l->scratch, uint32_t, n);
		job.scratch[w].named = arena_array(&l->scratch, uint32_t, n);
	}
	pool_each(l->in->pool, n, link_page, &job);
	for (size_t w = 0; w < workers; w++) {
		buf_release(&job.scratch[w].run);
		arena_release(&job.scratch[w].arena);
	}
}
