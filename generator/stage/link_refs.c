#include "stage/link_impl.h"

#include <string.h>

#include "base/path.h"
#include "base/utf8.h"

/*
 * What the explicit links of a text mean. What that depends on is looked up
 * again when names have changed (link_keep.c).
 */
bool link_is_preferred(const struct page *on, const struct page *p)
{
	for (size_t i = 0; i < on->n_prefer; i++)
		if (on->prefer[i].page == p)
			return true;
	return false;
}

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
		if (link_is_preferred(t->page, found[i]))
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
		ln.url = str_copy(t->arena, dest);
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

void link_take(struct text *t, uint32_t node)
{
	const struct doc *d = t->page->doc;
	const struct doc_node *n = &doc_nodes(d)[node];

	switch ((enum doc_type)n->type) {
	case DOC_LINK:
	case DOC_IMAGE:
		plain_link(t, node, doc_text(d, n));
		break;
	case DOC_WIKILINK:
		wiki_link(t, node, doc_text(d, n), doc_arg(d, n));
		break;
	case DOC_CITATION:
		cite(t, node, doc_text(d, n), doc_arg(d, n));
		break;
	case DOC_EMBED:
	case DOC_INLINE_EMBED:
		embed(t, node, doc_text(d, n), doc_arg(d, n));
		break;
	default:
		break;
	}
}

#define GIVE(t, field, list, type) \
	do { \
		(t)->page->field = arena_alloc((t)->arena, (list).len, sizeof(type), _Alignof(type)); \
		(t)->page->n_##field = (list).len; \
		if ((list).len) \
			memcpy((t)->page->field, (list).ptr, (list).len * sizeof(type)); \
	} while (0)

void link_give(struct text *t)
{
	GIVE(t, links, t->s->links, struct link);
	GIVE(t, citations, t->s->notes, struct citation);
}
