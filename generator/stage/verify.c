#include "stage/verify.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

#define NONE UINT32_MAX
/* A site with more broken links than this has one cause; looking for near addresses again and again helps nobody. */
#define MAX_SUGGESTIONS 20

/* One target, and who wants it. */
struct wish {
	struct str link;
	uint32_t output;             /* that answers; NONE: nothing does */
	uint32_t first, last, count; /* outputs that want it */
	size_t anchor;               /* offset of the anchor in link; 0: none */
};

/* What the numbers of one set of texts have become: wish + 1, or 0. */
struct known {
	const struct verify_texts *texts;
	uint32_t *wishes;
};

struct verifier {
	struct arena *arena;
	const struct site *site;
	const struct routes *routes;
	const struct verify_page *pages;
	struct diag_list *dl;
	struct map by_link;
	VEC(struct wish) wishes;
	VEC(struct known) known;
	struct str *urls; /* of pages, for suggestions; made when needed */
	size_t n_urls, n_suggested;
};

static bool is_page(const struct output *o)
{
	switch (o->type) {
	case ROUTE_PAGE:
	case ROUTE_BACKLINKS:
	case ROUTE_LETTER:
	case ROUTE_404:
	case ROUTE_REDIRECT:
		return true;
	default:
		return false;
	}
}

static uint32_t make_wish(struct verifier *v, struct str link)
{
	ptrdiff_t hash = str_find_byte(link, '#');
	const struct output *o = route_at_url(v->routes, hash < 0 ? link : str_cut(link, 0, (size_t)hash));
	struct wish *w = vec_add(v->arena, &v->wishes);

	w->link = link;
	w->output = o ? (uint32_t)(o - v->routes->outputs) : NONE;
	w->anchor = hash < 0 ? 0 : (size_t)hash + 1;
	w->first = w->last = NONE;
	return (uint32_t)v->wishes.len - 1;
}

static struct known *known_of(struct verifier *v, const struct verify_texts *texts)
{
	struct known *k;

	for (size_t i = 0; i < v->known.len; i++)
		if (v->known.ptr[i].texts == texts)
			return &v->known.ptr[i];
	k = vec_add(v->arena, &v->known);
	*k = (struct known){ texts, arena_array(v->arena, uint32_t, texts->len + 1) };
	return k;
}

static struct wish *find_wish(struct verifier *v, struct known *known, uint32_t text)
{
	uint32_t *at = &known->wishes[text];
	struct map_entry *e;
	bool is_new;

	if (!*at) {
		e = map_at(v->arena, &v->by_link, known->texts->ptr[text], &is_new);
		if (is_new)
			e->value = make_wish(v, known->texts->ptr[text]);
		*at = (uint32_t)e->value + 1;
	}
	return &v->wishes.ptr[*at - 1];
}

static void collect(struct verifier *v)
{
	for (size_t i = 0; i < v->routes->len; i++) {
		const struct verify_page *p = &v->pages[i];
		struct known *known = p->n_links ? known_of(v, p->texts) : NULL;

		for (size_t k = 0; k < p->n_links; k++) {
			struct wish *w = find_wish(v, known, p->links[k]);

			w->first = w->first == NONE ? (uint32_t)i : w->first;
			w->count += w->last != i;
			w->last = (uint32_t)i;
		}
	}
}

/* Whether a link of a page's text comes to `wanted` on the site: "/companies/deepseek/#figures". */
static bool leads_to(const struct verifier *v, const struct page *p, const struct link *ln, struct str wanted)
{
	struct str path = ln->type == LINK_PAGE   ? v->site->pages[ln->target].url
			  : ln->type == LINK_FILE ? ln->url
						  : p->url;

	if (ln->type != LINK_PAGE && ln->type != LINK_FILE && ln->type != LINK_ANCHOR)
		return false;
	if (!str_starts(wanted, path))
		return false;
	wanted = str_skip(wanted, path.len);
	return ln->anchor.len ? wanted.len == ln->anchor.len + 1 && str_ends(wanted, ln->anchor) : wanted.len == 0;
}

struct place {
	struct str path;
	struct pos at;
};

/* Where to mend it: the link in the page's Markdown, else the page for what is on it alone, else the template. */
static struct place place_of(const struct verifier *v, uint32_t output, uint32_t count, struct str wanted)
{
	const struct output *o = &v->routes->outputs[output];
	const struct page *p = o->page < v->site->n_pages ? &v->site->pages[o->page] : NULL;

	for (size_t i = 0; p && p->path.len && i < p->n_links; i++)
		if (leads_to(v, p, &p->links[i], wanted))
			return (struct place){ p->path, doc_pos(p->doc, doc_sources(p->doc)[p->links[i].node]) };
	if (count == 1 && o->type == ROUTE_PAGE && p && p->path.len)
		return (struct place){ p->path, { 0, 0 } };
	if (o->template.len)
		return (struct place){ str_format(v->arena, "templates/%.*s", STR_ARG(o->template)), { 0, 0 } };
	return (struct place){ STR_NONE, { 0, 0 } };
}

static struct str others(struct verifier *v, uint32_t count)
{
	if (count < 2)
		return STR_NONE;
	return str_format(v->arena, " and %u other page%s", count - 1, count == 2 ? "" : "s");
}

static void collect_urls(struct verifier *v)
{
	VEC(struct str) urls = { 0 };

	for (size_t i = 0; i < v->routes->len; i++)
		if (v->routes->outputs[i].type == ROUTE_PAGE && v->routes->outputs[i].part == 1)
			vec_push(v->arena, &urls, v->routes->outputs[i].url);
	v->urls = urls.ptr;
	v->n_urls = urls.len;
}

static void report_link(struct verifier *v, const struct wish *w)
{
	struct str path = w->anchor ? str_cut(w->link, 0, w->anchor - 1) : w->link, more = others(v, w->count);
	struct str from = v->routes->outputs[w->first].path;
	struct place place = place_of(v, w->first, w->count, w->link);

	if (str_starts(path, STR("/../"))) {
		path = str_skip(path, 3);
		diag_add(v->dl, DIAG_ERROR, "verify/broken-link", place.path, place.at,
			 "'%.*s' lies outside the site, which lives under '%.*s'; linked from %.*s%.*s", STR_ARG(path),
			 STR_ARG(v->site->config->base_path), STR_ARG(from), STR_ARG(more));
		diag_hint(v->dl, "in templates write {{ \"%.*s\" | relative_url }}", STR_ARG(path));
		return;
	}
	diag_add(v->dl, DIAG_ERROR, "verify/broken-link", place.path, place.at,
		 "nothing is published at '%.*s', which is linked from %.*s%.*s", STR_ARG(path), STR_ARG(from),
		 STR_ARG(more));
	if (!str_ends(path, STR("/")) && route_at_url(v->routes, str_format(v->arena, "%.*s/", STR_ARG(path)))) {
		diag_hint(v->dl, "did you mean '%.*s/'?", STR_ARG(path));
	} else if (v->n_suggested++ < MAX_SUGGESTIONS) {
		if (!v->urls)
			collect_urls(v);
		diag_suggest(v->dl, path, v->urls, v->n_urls);
	}
}

static const struct str *texts_of(struct arena *a, const struct verify_page *p)
{
	struct str *ids = arena_array(a, struct str, p->n_ids + 1);

	for (size_t i = 0; i < p->n_ids; i++)
		ids[i] = p->texts->ptr[p->ids[i]];
	return ids;
}

static void report_anchor(struct verifier *v, const struct wish *w, const struct verify_page *target)
{
	struct str anchor = str_skip(w->link, w->anchor), more = others(v, w->count);
	struct place place = place_of(v, w->first, w->count, w->link);

	diag_add(v->dl, DIAG_ERROR, "verify/broken-anchor", place.path, place.at,
		 "%.*s has no '#%.*s', which is linked from %.*s%.*s", STR_ARG(v->routes->outputs[w->output].path),
		 STR_ARG(anchor), STR_ARG(v->routes->outputs[w->first].path), STR_ARG(more));
	if (v->n_suggested++ < MAX_SUGGESTIONS)
		diag_suggest(v->dl, anchor, texts_of(v->arena, target), target->n_ids);
}

static int by_target(const void *x, const void *y, void *ctx)
{
	const struct wish *w = ctx, *a = &w[*(const uint32_t *)x], *b = &w[*(const uint32_t *)y];

	if (a->output != b->output)
		return a->output < b->output ? -1 : 1;
	return (a > b) - (a < b);
}

/* Anchors are looked up target by target, so that only the ids of pages with anchored links are ever indexed. */
static void check_anchors(struct verifier *v)
{
	VEC(uint32_t) anchored = { 0 };
	struct arena scratch = { 0 };

	for (size_t i = 0; i < v->wishes.len; i++) {
		const struct wish *w = &v->wishes.ptr[i];

		if (w->anchor && w->output != NONE && is_page(&v->routes->outputs[w->output]))
			vec_push(v->arena, &anchored, (uint32_t)i);
	}
	if (anchored.len)
		qsort_r(anchored.ptr, anchored.len, sizeof(uint32_t), by_target, v->wishes.ptr);
	for (size_t i = 0, end; i < anchored.len; i = end) {
		uint32_t output = v->wishes.ptr[anchored.ptr[i]].output;
		const struct verify_page *target = &v->pages[output];
		struct map ids = { 0 };

		for (size_t k = 0; k < target->n_ids; k++)
			map_put(&scratch, &ids, target->texts->ptr[target->ids[k]], 0);
		for (end = i; end < anchored.len && v->wishes.ptr[anchored.ptr[end]].output == output; end++) {
			const struct wish *w = &v->wishes.ptr[anchored.ptr[end]];

			if (!map_has(&ids, str_skip(w->link, w->anchor)))
				report_anchor(v, w, target);
		}
		arena_reset(&scratch);
	}
	arena_release(&scratch);
}

static void check_ids(struct verifier *v)
{
	struct map seen = { 0 };

	for (size_t i = 0; i < v->routes->len; i++) {
		for (size_t k = 0; k < v->pages[i].n_twice; k++) {
			struct str id = v->pages[i].texts->ptr[v->pages[i].twice[k]];
			bool is_new;
			struct map_entry *e = map_at(v->arena, &seen, id, &is_new);

			e->value = is_new ? (uint64_t)i << 32 | 1 : e->value + 1;
		}
	}
	for (size_t i = 0; i < seen.len; i++) {
		uint32_t first = (uint32_t)(seen.entries[i].value >> 32), count = (uint32_t)seen.entries[i].value;
		struct str more = others(v, count);
		struct place place = place_of(v, first, count, seen.entries[i].key);

		diag_add(v->dl, DIAG_ERROR, "verify/duplicate-id", place.path, place.at,
			 "the id '%.*s' stands more than once in %.*s%.*s", STR_ARG(seen.entries[i].key),
			 STR_ARG(v->routes->outputs[first].path), STR_ARG(more));
	}
}

bool verify_all(struct arena *scratch, const struct site *s, const struct routes *routes,
		const struct verify_page *pages, struct diag_list *dl)
{
	struct verifier v = { .arena = scratch, .site = s, .routes = routes, .pages = pages, .dl = dl };
	size_t errors = dl->errors;

	collect(&v);
	for (size_t i = 0; i < v.wishes.len; i++)
		if (v.wishes.ptr[i].output == NONE)
			report_link(&v, &v.wishes.ptr[i]);
	check_anchors(&v);
	check_ids(&v);
	return dl->errors == errors;
}
