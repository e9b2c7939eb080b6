#include "site/route.h"

#include <assert.h>
#include <string.h>

#include "base/sort.h"
#include "base/utf8.h"
#include "base/vec.h"

struct planner {
	struct arena *arena;
	const struct site *site;
	bool (*has_template)(const void *ctx, struct str name);
	const void *ctx;
	struct diag_list *dl;
	struct str *of_kind; /* by kind index: the template of its pages, once looked up */
	VEC(struct output) list;
	size_t n_urls; /* for the sitemap */
	struct route_buckets *buckets;
	const uint64_t *days; /* see route_days; NULL: not asked for yet */
};

static const struct route_builtin builtins[] = {
	{ "figures", "Figures" },
	{ "comparisons", "Where sources disagree" },
	{ "timeline", "Timeline" },
	{ "quotations", "Quotations" },
	{ "corrections", "Name corrections" },
	{ "a-z", "Index A–Z" },
	{ "network", "Network" },
	{ "book", "Print edition" },
	{ "search", "Search" },
};

const struct route_builtin *route_builtins(size_t *n)
{
	*n = sizeof(builtins) / sizeof(builtins[0]);
	return builtins;
}

bool route_is_entity(const struct page *p)
{
	return p->kind->is_entity && !p->is_section && !p->is_home && !p->is_builtin;
}

static struct str join(struct arena *a, struct str x, struct str y, struct str z)
{
	const struct str parts[] = { x, y, z };

	return str_join(a, parts, 3, STR_NONE);
}

/* Whether the last segment names a file ("/feed.xml") rather than a folder ("/companies"). */
static bool names_file(struct str url)
{
	ptrdiff_t slash = str_rfind_byte(url, '/');

	return str_find_byte(str_skip(url, (size_t)(slash + 1)), '.') >= 0;
}

struct str route_path(struct arena *a, struct str url)
{
	struct str path = str_starts(url, STR("/")) ? str_skip(url, 1) : url;

	if (path.len == 0 || str_ends(path, STR("/")))
		return join(a, path, STR("index.html"), STR_NONE);
	if (names_file(path))
		return path;
	return join(a, path, STR("/index.html"), STR_NONE);
}

struct str route_part_url(struct arena *a, struct str url, uint32_t part)
{
	return part < 2 ? url : str_format(a, "%.*spage/%u/", STR_ARG(url), part);
}

struct str route_bucket_url(struct arena *a, const struct page *entity, struct str key)
{
	return str_format(a, "%.*sbacklinks/%.*s/", STR_ARG(entity->url), STR_ARG(key));
}

uint32_t route_parts(const struct site *s, const struct page *p)
{
	size_t size = (size_t)s->config->page_size;

	if (!p->is_section || p->is_home || p->n_members <= size)
		return 1;
	return (uint32_t)((p->n_members + size - 1) / size);
}

const struct output *route_at_url(const struct routes *r, struct str url)
{
	char name[1024];
	struct str path = str_starts(url, STR("/")) ? str_skip(url, 1) : url;
	uint64_t at;

	if (path.len == 0 || str_ends(path, STR("/"))) {
		if (path.len + sizeof("index.html") > sizeof(name))
			return NULL;
		if (path.len)
			memcpy(name, path.ptr, path.len);
		memcpy(name + path.len, "index.html", sizeof("index.html") - 1);
		path = (struct str){ name, path.len + sizeof("index.html") - 1 };
	}
	return map_get(&r->by_path, path, &at) ? &r->outputs[at] : NULL;
}

static bool exists(const struct planner *pl, struct str template)
{
	return template.len && pl->has_template(pl->ctx, template);
}

static bool try_name(const struct planner *pl, struct str stem, const char *suffix, struct str *out)
{
	*out = join(pl->arena, stem, str_from(suffix), STR_NONE);
	return exists(pl, *out);
}

/* A template somebody asked for by name. */
static bool try_asked(const struct planner *pl, struct str name, struct str *out)
{
	if (name.len == 0)
		return false;
	return try_name(pl, name, str_ends(name, STR(".html")) ? "" : ".html", out);
}

/* Also where a page of the site's own stands in its place. */
static bool is_builtin(const struct page *p)
{
	for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++)
		if (str_eq(p->slug, str_from(builtins[i].slug)))
			return str_find_byte(p->key, '/') < 0;
	return false;
}

static struct str template_of_kind(struct planner *pl, const struct kind *k)
{
	struct str *t = &pl->of_kind[k->index];

	if (t->len)
		return *t;
	if (!try_asked(pl, k->template, t) && !try_name(pl, k->id, ".html", t))
		*t = k->is_entity && exists(pl, STR("entity.html")) ? STR("entity.html") : STR("page.html");
	return *t;
}

static struct str template_of(struct planner *pl, const struct page *p)
{
	const struct value *asked;
	struct str t;

	if (try_asked(pl, p->template, &t))
		return t;
	if (p->template.len) {
		asked = value_get(p->meta, STR("template"));
		diag_add(pl->dl, DIAG_WARNING, "route/missing-template", p->path, asked ? asked->at : p->title_at,
			 "there is no template '%.*s'", STR_ARG(p->template));
		diag_hint(pl->dl, "templates lie in templates/; without this one the page uses that of its kind");
	}
	if (p->is_home && exists(pl, STR("home.html")))
		return STR("home.html");
	if (p->is_section) {
		if (try_name(pl, p->key, "-section.html", &t))
			return t;
		return exists(pl, STR("section.html")) ? STR("section.html") : STR("page.html");
	}
	if (!p->is_home && !try_asked(pl, p->kind->template, &t) && is_builtin(p) && try_name(pl, p->slug, ".html", &t))
		return t;
	return template_of_kind(pl, p->kind);
}

static struct output *add(struct planner *pl, enum route_type type, struct str url, uint32_t page)
{
	struct output *o = vec_add(pl->arena, &pl->list);

	o->type = type;
	o->url = url;
	o->path = route_path(pl->arena, url);
	o->page = page;
	o->part = o->parts = 1;
	return o;
}

/* Home, lists and reference pages, those with a template of their name, do not show what links to them. */
static bool shows_backlinks(const struct planner *pl, const struct page *p, struct str template)
{
	if (p->is_builtin || p->is_home || p->is_section)
		return false;
	return p->template.len || !str_eq(template, join(pl->arena, p->key, STR(".html"), STR_NONE));
}

static void add_backlinks(struct planner *pl, const struct page *p, struct str template)
{
	struct route_bucket *buckets;
	size_t n;

	if (!shows_backlinks(pl, p, template) || p->n_backlinks <= (size_t)pl->site->config->backlinks_shown ||
	    !exists(pl, STR("backlinks.html")))
		return;
	if (!pl->days)
		pl->days = route_days(pl->arena, pl->site);
	n = route_backlink_buckets(pl->site, pl->arena, pl->days, p, &buckets);
	pl->buckets[p->index] = (struct route_buckets){ buckets, n };
	for (size_t i = 0; i < n; i++) {
		struct output *o = add(pl, ROUTE_BACKLINKS, route_bucket_url(pl->arena, p, buckets[i].key), p->index);

		o->bucket = buckets[i].key;
		o->template = STR("backlinks.html");
	}
	pl->n_urls += n;
}

static bool has_feed(const struct page *p)
{
	return (route_is_entity(p) && p->n_backlinks) || p->is_home || (p->is_section && !p->kind->is_entity);
}

static void add_formats(struct planner *pl, const struct page *p)
{
	const struct config *c = pl->site->config;

	if (c->csv && p->n_facts && route_is_entity(p))
		add(pl, ROUTE_CSV, join(pl->arena, p->url, STR("facts.csv"), STR_NONE), p->index);
	if (!c->feeds || !has_feed(p))
		return;
	if (c->feeds_json)
		add(pl, ROUTE_JSON_FEED, join(pl->arena, p->url, STR("feed.json"), STR_NONE), p->index);
	add(pl, ROUTE_FEED, join(pl->arena, p->url, STR("feed.xml"), STR_NONE), p->index);
}

/* Cards look as the fonts at hand make them: those are a part of what the output is. */
static void add_card(struct planner *pl, const struct page *p)
{
	if (pl->site->card_key.len && p->image.len == 0)
		add(pl, ROUTE_CARD, join(pl->arena, p->url, STR("card.png"), STR_NONE), p->index)->bucket =
			pl->site->card_key;
}

/* Mostly in the order of their paths, which is that of all outputs. */
static void add_page(struct planner *pl, const struct page *p)
{
	uint32_t parts = route_parts(pl->site, p);
	struct str template = template_of(pl, p);

	add_backlinks(pl, p, template);
	add_card(pl, p);
	add_formats(pl, p);
	for (uint32_t part = 1; part <= parts; part++) {
		struct output *o = add(pl, ROUTE_PAGE, route_part_url(pl->arena, p->url, part), p->index);

		o->part = part;
		o->parts = parts;
		o->template = template;
	}
	pl->n_urls += parts;
	if (pl->site->config->json && route_is_entity(p))
		add(pl, ROUTE_JSON, join(pl->arena, p->url, STR("index.json"), STR_NONE), p->index);
}

static void add_letters(struct planner *pl)
{
	const struct page *az = site_page_by_url(pl->site, STR("/a-z/"));
	struct map seen = { 0 };
	size_t n = 0;

	if (!az || !exists(pl, STR("letter.html")))
		return;
	for (size_t i = 0; i < pl->site->n_pages; i++)
		if (route_is_entity(&pl->site->pages[i]))
			n += pl->site->pages[i].n_names;
	if (n <= ROUTE_LETTERS_FROM)
		return;
	for (size_t i = 0; i < pl->site->n_pages; i++) {
		const struct page *p = &pl->site->pages[i];

		for (size_t k = 0; k < p->n_names && route_is_entity(p); k++)
			map_put(pl->arena, &seen, route_letter(p->names[k].text), 0);
	}
	for (size_t i = 0; i < seen.len; i++) {
		struct str letter = seen.entries[i].key;
		struct output *o =
			add(pl, ROUTE_LETTER, str_format(pl->arena, "/a-z/%.*s/", STR_ARG(letter)), az->index);

		o->bucket = letter;
		o->template = STR("letter.html");
	}
	pl->n_urls += seen.len;
}

static uint32_t home_of(const struct site *s)
{
	const struct page *p = site_page_by_url(s, STR("/"));

	return p ? p->index : UINT32_MAX;
}

static void add_redirects(struct planner *pl)
{
	const struct site *s = pl->site;
	bool has_stub = exists(pl, STR("redirect.html"));

	if (!s->config->redirects || s->n_redirects == 0)
		return;
	for (size_t i = 0; has_stub && i < s->n_redirects; i++) {
		struct output *o = add(pl, ROUTE_REDIRECT, s->redirects[i].from, s->redirects[i].page);

		o->asset = (uint32_t)i;
		o->template = STR("redirect.html");
	}
	add(pl, ROUTE_REDIRECTS, STR("/_redirects"), UINT32_MAX)->path = STR("_redirects");
}

/* One output, or an index and its pieces: "/sitemap.xml", "/sitemap-1.xml", … */
static void add_sitemap(struct planner *pl)
{
	size_t limit = (size_t)pl->site->config->sitemap_limit;
	uint32_t n = pl->n_urls > limit ? (uint32_t)((pl->n_urls + limit - 1) / limit) : 0;

	for (uint32_t part = 0; part <= n; part++) {
		struct str url = part ? str_format(pl->arena, "/sitemap-%u.xml", part) : STR("/sitemap.xml");
		struct output *o = add(pl, ROUTE_SITEMAP, url, UINT32_MAX);

		o->part = part;
		o->parts = n;
	}
}

static void add_ndjson(struct planner *pl, struct route_lines *lines)
{
	uint32_t n;

	route_spread_lines(pl->arena, pl->site, lines);
	n = lines->n > 1 ? lines->n : 0;
	for (uint32_t part = 0; part <= n; part++) {
		struct output *o = add(pl, ROUTE_NDJSON, route_lines_url(pl->arena, part, n), UINT32_MAX);

		o->part = part;
		o->parts = n;
	}
}

static void add_whole_site(struct planner *pl, struct route_lines *lines)
{
	const struct config *c = pl->site->config;
	struct output *o;

	if (exists(pl, STR("404.html"))) {
		o = add(pl, ROUTE_404, STR("/404.html"), home_of(pl->site));
		o->template = STR("404.html");
	}
	if (c->sitemap)
		add_sitemap(pl);
	if (c->robots)
		add(pl, ROUTE_ROBOTS, STR("/robots.txt"), UINT32_MAX);
	if (c->ndjson)
		add_ndjson(pl, lines);
}

/* Attachments are called by their path in content/, which is also where they are published. */
static bool is_attachment(const struct asset *as)
{
	return !str_starts(as->path, STR("assets/")) || str_eq(as->path, as->name);
}

/* Templates may use any asset; an attachment is published only where a page uses it. */
static void add_assets(struct planner *pl)
{
	for (size_t i = 0; i < pl->site->n_assets; i++) {
		const struct asset *as = &pl->site->assets[i];
		struct output *o;

		if (is_attachment(as) && !as->is_used)
			continue;
		o = add(pl, is_attachment(as) ? ROUTE_FILE : ROUTE_ASSET, as->url, UINT32_MAX);
		o->path = str_skip(as->url, 1);
		o->asset = (uint32_t)i;
	}
}

static void add_search(struct planner *pl)
{
	for (size_t i = 0; i < pl->site->n_search_paths; i++) {
		struct str path = pl->site->search_paths[i];
		struct output *o = add(pl, ROUTE_SEARCH, str_format(pl->arena, "/%.*s", STR_ARG(path)), UINT32_MAX);

		o->path = path;
		o->asset = (uint32_t)i;
		o->bucket = pl->site->search_keys[i];
	}
}

/* The pages of a file belong to what it is: one that is new to it was read by nothing. */
static void add_previews(struct planner *pl, struct route_previews *out)
{
	const struct site *s = pl->site;
	size_t n = s->config->previews && exists(pl, STR("base.html")) ? route_preview_count(s) : 0;
	uint32_t *file = arena_array(pl->arena, uint32_t, s->n_pages + 1), *at;
	struct digest *members = arena_array(pl->arena, struct digest, n + 1);

	out->n = n;
	out->first = arena_array(pl->arena, uint32_t, n + 2);
	out->pages = arena_array(pl->arena, uint32_t, s->n_pages + 1);
	at = arena_array(pl->arena, uint32_t, n + 1);
	for (size_t i = 0; n && i < s->n_pages; i++) {
		if (!route_is_entity(&s->pages[i]))
			continue;
		file[i] = route_preview_hash(s->pages[i].url) & (uint32_t)(n - 1);
		out->first[file[i] + 1]++;
		members[file[i]] = digest_join(members[file[i]], digest_of(s->pages[i].key));
	}
	for (size_t k = 0; k < n; k++)
		out->first[k + 1] += at[k] = out->first[k];
	for (uint32_t i = 0; n && i < s->n_pages; i++)
		if (route_is_entity(&s->pages[i]))
			out->pages[at[file[i]]++] = i;
	for (uint32_t k = 0; k < n; k++) {
		struct output *o = add(pl, ROUTE_PREVIEW, str_format(pl->arena, "/previews/%u.js", k), UINT32_MAX);
		struct buf hex;

		buf_init(&hex, 0);
		digest_write_hex(&hex, members[k], 16);
		o->bucket = buf_copy(&hex, pl->arena);
		o->part = k;
		o->parts = (uint32_t)n;
		buf_release(&hex);
	}
}

/* Who makes an output, for messages; *path and *at where that is written, if anywhere. */
static struct str origin(const struct planner *pl, const struct output *o, struct str *path, struct pos *at)
{
	const struct site *s = pl->site;
	const struct page *p = o->page < s->n_pages ? &s->pages[o->page] : NULL;
	const struct value *v;

	*path = p ? p->path : STR_NONE;
	*at = p && p->path.len ? p->title_at : (struct pos){ 0, 0 };
	switch (o->type) {
	case ROUTE_PAGE:
		assert(p);
		if (p->path.len)
			return p->path;
		return str_format(pl->arena, "the %s page '%.*s'", p->is_stub ? "stub" : "built-in", STR_ARG(p->key));
	case ROUTE_REDIRECT:
		v = p ? value_get(p->meta, STR("redirects")) : NULL;
		if (v)
			*at = v->at;
		return str_format(pl->arena, "the redirect '%.*s' of %.*s", STR_ARG(o->url), STR_ARG(*path));
	case ROUTE_ASSET:
	case ROUTE_FILE:
		return str_format(pl->arena, "the file '%.*s'", STR_ARG(s->assets[o->asset].path));
	default:
		return str_format(pl->arena, "the output '%.*s'%s%.*s", STR_ARG(o->path), p ? " of " : "",
				  STR_ARG(*path));
	}
}

static void report(const struct planner *pl, const struct output *o, const struct output *first, const char *how)
{
	struct str path, first_path, name;
	struct pos at, first_at;
	struct str who = origin(pl, o, &path, &at), who_first = origin(pl, first, &first_path, &first_at);

	/* What an editor wrote can be changed; a generated output cannot. */
	if (path.len == 0) {
		path = first_path;
		at = first_at;
	}
	name = o->path;
	diag_add(pl->dl, DIAG_ERROR, "route/collision", path, at, "'%.*s' would be written by %.*s and by %.*s%s",
		 STR_ARG(name), STR_ARG(who_first), STR_ARG(who), how);
	diag_hint(pl->dl, "give one of them another slug, file name or address");
}

static struct str folded(struct arena *a, struct str path)
{
	for (size_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.ptr[i];

		if (c >= 0x80 || (c >= 'A' && c <= 'Z'))
			return utf8_nfc(a, utf8_lower(a, path));
	}
	return path;
}

static int by_path(const void *x, const void *y)
{
	const struct output *a = x, *b = y;

	return str_cmp(a->path, b->path);
}

/* Files that stand where a folder must: "a" and "a/b". Neighbours mostly share their folders, so few are looked up. */
static void check_folders(struct planner *pl, struct routes *r)
{
	struct str before = STR_NONE;

	for (size_t i = 0; i < r->len; i++) {
		const struct output *o = &r->outputs[i];
		struct str dir = o->path;
		ptrdiff_t slash;

		while ((slash = str_rfind_byte(dir, '/')) > 0) {
			uint64_t at;

			dir = str_cut(dir, 0, (size_t)slash);
			if (before.len > dir.len && before.ptr[dir.len] == '/' && str_starts(before, dir))
				break;
			if (map_get(&r->by_path, dir, &at))
				report(pl, o, &r->outputs[at], ", as a file and as a folder");
		}
		before = o->path;
	}
}

static void finish(struct planner *pl, struct routes *r)
{
	struct map lower = { 0 };
	size_t n = 0;

	sort_runs(pl->list.ptr, pl->list.len, sizeof(*pl->list.ptr), by_path);
	r->outputs = pl->list.ptr;
	map_reserve(pl->arena, &r->by_path, pl->list.len);
	for (size_t i = 0; i < pl->list.len; i++) {
		struct output *o = &pl->list.ptr[i];

		/* The array is sorted: equal paths are neighbours. */
		if (n && str_eq(r->outputs[n - 1].path, o->path)) {
			report(pl, o, &r->outputs[n - 1], "");
			continue;
		}
		map_put(pl->arena, &r->by_path, o->path, n);
		r->outputs[n++] = *o;
	}
	r->len = n;
	for (size_t i = 0; i < n; i++) {
		const struct output *o = &r->outputs[i];
		struct str key = folded(pl->arena, o->path);
		struct map_entry *e;
		uint64_t at;
		bool is_new;

		if (str_eq(key, o->path))
			continue;
		if (map_get(&r->by_path, key, &at)) {
			report(pl, o, &r->outputs[at], " (the same but for upper and lower case)");
			continue;
		}
		e = map_at(pl->arena, &lower, key, &is_new);
		if (is_new)
			e->value = i;
		else
			report(pl, o, &r->outputs[e->value], " (the same but for upper and lower case)");
	}
	check_folders(pl, r);
}

bool route_plan(struct arena *a, const struct site *s, bool (*has_template)(const void *ctx, struct str name),
		const void *ctx, struct routes *out, struct diag_list *dl)
{
	struct planner pl = { .arena = a, .site = s, .has_template = has_template, .ctx = ctx, .dl = dl };
	size_t errors = dl->errors;

	*out = (struct routes){ 0 };
	pl.of_kind = arena_array(a, struct str, s->config->n_kinds + 1);
	pl.buckets = arena_array(a, struct route_buckets, s->n_pages + 1);
	vec_reserve(a, &pl.list, s->n_pages + s->n_pages / 2 + s->n_assets + 16);
	for (size_t i = 0; i < s->n_pages; i++)
		add_page(&pl, &s->pages[i]);
	add_letters(&pl);
	add_whole_site(&pl, &out->lines);
	add_redirects(&pl);
	add_assets(&pl);
	add_search(&pl);
	add_previews(&pl, &out->previews);
	finish(&pl, out);
	out->buckets = pl.buckets;
	return dl->errors == errors;
}

uint64_t route_hash(const struct output *o)
{
	struct digest_state d;

	digest_begin(&d);
	digest_add_u64(&d, o->type);
	digest_add(&d, o->template);
	digest_add(&d, o->bucket);
	digest_add_u64(&d, (uint64_t)o->part << 32 | o->parts);
	return digest_end(&d).lo;
}
