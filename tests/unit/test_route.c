#include "fixture.h"

#include "site/route.h"

static const struct fixture_page pages[] = {
	{ "a-z", "title = 'Index'", NULL },
	{ "about", "title = 'About'", "Text." },
	{ "articles", "title = 'Articles'", NULL },
	{ "articles/one", "title = 'One'\ndate = 2024-05-17", "Text." },
	{ "articles/two", "title = 'Two'\ndate = 2024-06-01\ntemplate = 'wide'", "Text." },
	{ "companies", "title = 'Companies'", NULL },
	{ "companies/acme", "title = 'Acme'\naliases = ['ACME Inc']\nredirects = ['/old/acme/', '/acme.html']", NULL },
	{ "companies/böll", "title = 'Böll'", NULL },
	{ "index", "title = 'Home'", NULL },
	{ "people/ada", "title = 'Ada'", NULL },
};

static const char *const theme[] = {
	"home.html",     "section.html", "page.html",   "entity.html",    "404.html",
	"redirect.html", "wide.html",    "person.html", "backlinks.html", "articles-section.html",
	"about.html",    "letter.html",  "a-z.html",
};

static bool has_template(const void *ctx, struct str name)
{
	const char *const *list = ctx;

	for (size_t i = 0; i < COUNT(theme); i++)
		if (list[i] && str_eq(name, str_from(list[i])))
			return true;
	return false;
}

static bool has_base(const void *ctx, struct str name)
{
	(void)ctx;
	return str_eq(name, STR("base.html")) || str_eq(name, STR("page.html"));
}

/* What link adds to what fixture_site reads. */
static struct site *make_site(struct arena *a, struct config **config)
{
	struct site *s = fixture_site(a, pages, COUNT(pages));
	struct config *c = arena_new(a, struct config);

	*c = *s->config;
	s->config = c;
	*config = c;
	for (size_t i = 0; i < s->n_pages; i++)
		s->pages[i].is_section =
			str_eq(s->pages[i].key, STR("articles")) || str_eq(s->pages[i].key, STR("companies"));
	s->pages[2].kind = config_kind(c, STR("article"));
	s->pages[5].kind = config_kind(c, STR("company"));
	return s;
}

static const struct output *find(const struct routes *r, const char *path)
{
	uint64_t at;

	return map_get(&r->by_path, str_from(path), &at) ? &r->outputs[at] : NULL;
}

static void add_redirects(struct arena *a, struct site *s)
{
	const struct page *acme = site_page_by_key(s, STR("companies/acme"));

	s->redirects = arena_array(a, struct redirect, 2);
	s->n_redirects = 2;
	s->redirects[0] = (struct redirect){ STR("/old/acme/"), acme->url, acme->index };
	s->redirects[1] = (struct redirect){ STR("/acme.html"), acme->url, acme->index };
}

static const struct {
	const char *path, *url, *template;
	enum route_type type;
} planned[] = {
	{ "404.html", "/404.html", "404.html", ROUTE_404 },
	{ "_redirects", "/_redirects", "", ROUTE_REDIRECTS },
	{ "a-z/index.html", "/a-z/", "a-z.html", ROUTE_PAGE },
	{ "about/index.html", "/about/", "page.html", ROUTE_PAGE },
	{ "acme.html", "/acme.html", "redirect.html", ROUTE_REDIRECT },
	{ "articles/feed.json", "/articles/feed.json", "", ROUTE_JSON_FEED },
	{ "articles/feed.xml", "/articles/feed.xml", "", ROUTE_FEED },
	{ "articles/index.html", "/articles/", "articles-section.html", ROUTE_PAGE },
	{ "articles/one/index.html", "/articles/one/", "page.html", ROUTE_PAGE },
	{ "articles/two/index.html", "/articles/two/", "wide.html", ROUTE_PAGE },
	{ "companies/acme/index.html", "/companies/acme/", "entity.html", ROUTE_PAGE },
	{ "companies/acme/index.json", "/companies/acme/index.json", "", ROUTE_JSON },
	{ "companies/böll/index.html", "/companies/böll/", "entity.html", ROUTE_PAGE },
	{ "companies/böll/index.json", "/companies/böll/index.json", "", ROUTE_JSON },
	{ "companies/index.html", "/companies/", "section.html", ROUTE_PAGE },
	{ "feed.json", "/feed.json", "", ROUTE_JSON_FEED },
	{ "feed.xml", "/feed.xml", "", ROUTE_FEED },
	{ "index.html", "/", "home.html", ROUTE_PAGE },
	{ "old/acme/index.html", "/old/acme/", "redirect.html", ROUTE_REDIRECT },
	{ "people/ada/index.html", "/people/ada/", "person.html", ROUTE_PAGE },
	{ "people/ada/index.json", "/people/ada/index.json", "", ROUTE_JSON },
	{ "robots.txt", "/robots.txt", "", ROUTE_ROBOTS },
	{ "site.ndjson", "/site.ndjson", "", ROUTE_NDJSON },
	{ "sitemap.xml", "/sitemap.xml", "", ROUTE_SITEMAP },
};

static void plans_every_output_sorted(void **state)
{
	struct arena a = { 0 };
	struct config *c;
	struct site *s = make_site(&a, &c);
	struct routes r;
	struct diag_list dl;

	(void)state;
	diag_init(&dl, &a);
	add_redirects(&a, s);
	assert_true(route_plan(&a, s, has_template, theme, &r, &dl));
	assert_int_equal(dl.len, 0);
	for (size_t i = 0; i < COUNT(planned) && i < r.len; i++) {
		fixture_equal(r.outputs[i].path, planned[i].path);
		fixture_equal(r.outputs[i].url, planned[i].url);
		fixture_equal(r.outputs[i].template, planned[i].template);
		assert_int_equal(r.outputs[i].type, planned[i].type);
		assert_ptr_equal(route_at_url(&r, r.outputs[i].url), &r.outputs[i]);
	}
	assert_int_equal(r.len, COUNT(planned));
	assert_ptr_equal(route_at_url(&r, STR("/about/index.html")), find(&r, "about/index.html"));
	assert_null(route_at_url(&r, STR("/about")));
	assert_null(route_at_url(&r, STR("/none/")));
	arena_release(&a);
}

static void a_page_without_a_picture_has_a_card(void **state)
{
	struct arena a = { 0 };
	struct config *c;
	struct site *s = make_site(&a, &c);
	struct routes r;
	struct diag_list dl;
	uint64_t hash;

	(void)state;
	diag_init(&dl, &a);
	s->card_key = STR("0123");
	for (size_t i = 0; i < s->n_pages; i++)
		if (str_eq(s->pages[i].key, STR("articles/one")))
			s->pages[i].image = STR("/one.png");
	assert_true(route_plan(&a, s, has_template, theme, &r, &dl));
	assert_int_equal(find(&r, "companies/acme/card.png")->type, ROUTE_CARD);
	assert_non_null(find(&r, "card.png"));
	assert_null(find(&r, "articles/one/card.png"));
	hash = route_hash(find(&r, "card.png"));
	/* With other fonts it is another card. */
	s->card_key = STR("4567");
	assert_true(route_plan(&a, s, has_template, theme, &r, &dl));
	assert_true(route_hash(find(&r, "card.png")) != hash);
	arena_release(&a);
}

static void leaves_out_what_is_switched_off(void **state)
{
	struct arena a = { 0 };
	struct config *c;
	struct site *s = make_site(&a, &c);
	struct routes r;
	struct diag_list dl;

	(void)state;
	diag_init(&dl, &a);
	add_redirects(&a, s);
	c->json = c->feeds = c->sitemap = c->robots = c->ndjson = c->redirects = false;
	assert_true(route_plan(&a, s, has_template, theme, &r, &dl));
	for (size_t i = 0; i < r.len; i++)
		assert_true(r.outputs[i].type == ROUTE_PAGE || r.outputs[i].type == ROUTE_404);
	assert_int_equal(r.len, COUNT(pages) + 1);
	arena_release(&a);
}

static void warns_of_templates_that_are_missing(void **state)
{
	struct arena a = { 0 };
	struct config *c;
	struct site *s = make_site(&a, &c);
	const char *fewer[COUNT(theme)];
	struct routes r;
	struct diag_list dl;

	(void)state;
	memcpy(fewer, theme, sizeof(theme));
	for (size_t i = 0; i < COUNT(theme); i++)
		if (strcmp(theme[i], "wide.html") == 0)
			fewer[i] = NULL;
	diag_init(&dl, &a);
	assert_true(route_plan(&a, s, has_template, fewer, &r, &dl));
	assert_int_equal(dl.len, 1);
	assert_string_equal(dl.items[0].code, "route/missing-template");
	assert_int_equal(dl.items[0].at.line, 3);
	fixture_equal(find(&r, "articles/two/index.html")->template, "page.html");
	arena_release(&a);
}

static void paginates_sections(void **state)
{
	struct arena a = { 0 };
	struct config *c;
	struct site *s = make_site(&a, &c);
	struct page *companies = &s->pages[5];
	struct routes r;
	struct diag_list dl;

	(void)state;
	diag_init(&dl, &a);
	c->page_size = 2;
	companies->members = arena_array(&a, uint32_t, 5);
	companies->n_members = 4;
	assert_int_equal(route_parts(s, companies), 2);
	companies->n_members = 5;
	assert_true(route_plan(&a, s, has_template, theme, &r, &dl));
	assert_int_equal(find(&r, "companies/index.html")->part, 1);
	assert_int_equal(find(&r, "companies/index.html")->parts, 3);
	assert_int_equal(find(&r, "companies/page/3/index.html")->part, 3);
	fixture_equal(find(&r, "companies/page/3/index.html")->url, "/companies/page/3/");
	assert_null(find(&r, "companies/page/1/index.html"));
	assert_null(find(&r, "companies/page/4/index.html"));
	arena_release(&a);
}

static const struct {
	const char *name;
	const char *first, *second; /* addresses of two redirects, of which one at least is in the way */
	const char *said;
	size_t errors;
} collisions[] = {
	{ "no collision", "/x/", "/y/", NULL, 0 },
	{ "a page's own address", "/about/", "/y/", "'about/index.html' would be written by content/about.md", 1 },
	{ "two redirects", "/x/", "/x/", "the redirect '/x/' of content/companies/acme.md", 1 },
	{ "capitals", "/About/", "/y/", "upper and lower case", 1 },
	{ "capitals beyond ASCII", "/companies/BÖLL/", "/y/", "upper and lower case", 1 },
	{ "capitals of two redirects", "/X/", "/x/", "upper and lower case", 1 },
	{ "a file where a folder must be", "/a.b", "/a.b/c/", "as a file and as a folder", 1 },
	{ "a generated output", "/robots.txt", "/y/", "robots.txt", 1 },
};

static void refuses_collisions(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(collisions); i++) {
		struct arena a = { 0 };
		struct config *c;
		struct site *s = make_site(&a, &c);
		struct routes r;
		struct diag_list dl;

		diag_init(&dl, &a);
		add_redirects(&a, s);
		s->redirects[0].from = str_from(collisions[i].first);
		s->redirects[1].from = str_from(collisions[i].second);
		route_plan(&a, s, has_template, theme, &r, &dl);
		if (dl.errors != collisions[i].errors)
			fail_msg("%s: %zu errors", collisions[i].name, dl.errors);
		if (dl.errors) {
			assert_string_equal(dl.items[0].code, "route/collision");
			fixture_equal(dl.items[0].path, "content/companies/acme.md");
			assert_int_equal(dl.items[0].at.line, 3);
			if (!str_contains(dl.items[0].message, str_from(collisions[i].said)))
				fail_msg("%s: %.*s", collisions[i].name, STR_ARG(dl.items[0].message));
		}
		arena_release(&a);
	}
}

static void publishes_attachments_only_when_used(void **state)
{
	struct arena a = { 0 };
	struct config *c;
	struct site *s = make_site(&a, &c);
	struct asset assets[] = {
		{ .path = STR_INIT("assets/theme.css"),
		  .name = STR_INIT("theme.css"),
		  .url = STR_INIT("/assets/theme.12.css") },
		{ .path = STR_INIT("companies/logo.png"),
		  .name = STR_INIT("companies/logo.png"),
		  .url = STR_INIT("/companies/logo.png") },
		{ .path = STR_INIT("companies/draft.png"),
		  .name = STR_INIT("companies/draft.png"),
		  .url = STR_INIT("/companies/draft.png") },
		{ .path = STR_INIT("assets/secret.png"),
		  .name = STR_INIT("assets/secret.png"),
		  .url = STR_INIT("/assets/secret.png") },
	};
	struct routes r;
	struct diag_list dl;

	(void)state;
	diag_init(&dl, &a);
	assets[1].is_used = true;
	s->assets = assets;
	s->n_assets = COUNT(assets);
	assert_true(route_plan(&a, s, has_template, theme, &r, &dl));
	assert_int_equal(find(&r, "assets/theme.12.css")->type, ROUTE_ASSET);
	assert_int_equal(find(&r, "companies/logo.png")->type, ROUTE_FILE);
	assert_int_equal(find(&r, "companies/logo.png")->asset, 1);
	assert_null(find(&r, "companies/draft.png"));
	assert_null(find(&r, "assets/secret.png"));
	arena_release(&a);
}

/* `n` pages that link to the last one, dated by `dates` in turn. */
static struct site *linking_site(struct arena *a, size_t n, const char *const *dates, size_t n_dates, int64_t shown)
{
	struct config *c;
	struct site *s = make_site(a, &c);
	struct page *list = arena_array(a, struct page, n + 1), *entity = &list[n];
	struct backlink *links = arena_array(a, struct backlink, n);

	*entity = s->pages[6];
	entity->index = (uint32_t)n;
	entity->n_backlinks = n;
	entity->backlinks = links;
	for (size_t i = 0; i < n; i++) {
		list[i] = s->pages[3];
		list[i].index = (uint32_t)i;
		list[i].date = (struct date){ 0 };
		if (dates[i % n_dates])
			assert_true(date_parse(str_from(dates[i % n_dates]), &list[i].date));
		links[i].page = (uint32_t)i;
	}
	s->pages = list;
	s->n_pages = n + 1;
	c->backlinks_shown = shown;
	return s;
}

static const struct {
	size_t n;
	int64_t shown;
	const char *dates[4]; /* in turn */
	const char *keys;     /* "key:count " … */
} bucketed[] = {
	{ 10, 10, { "2024" }, "" },
	{ 10, 9, { "2024" }, "2024:1 " },
	{ 4, 0, { "2023-02-01", "2024-05", "2022", NULL }, "2024:1 2023:1 2022:1 undated:1 " },
	{ 200, 0, { "2024-05-01", "2024-06-01", "2024-05-02", "2024" }, "2024:200 " },
	{ 204, 0, { "2024-05-01", "2024-06-01", "2024-05-02", "2024" }, "2024-06:51 2024-05:102 2024:51 " },
	{ 404,
	  0,
	  { "2024-05-01", "2024-05-02", "2024-05-02", "2024-05" },
	  "2024-05-02:202 2024-05-01:101 2024-05:101 " },
	{ 1000, 2, { NULL, NULL, NULL, NULL }, "undated:998 " },
	{ 4, 0, { "0000", "0001-01-01", NULL, "9999" }, "9999:1 0001:1 0000:1 undated:1 " },
};

static void buckets_backlinks_by_date(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bucketed); i++) {
		struct arena a = { 0 };
		size_t n_dates = bucketed[i].dates[1] || bucketed[i].n >= 1000 ? 4 : 1;
		struct site *s = linking_site(&a, bucketed[i].n, bucketed[i].dates, n_dates, bucketed[i].shown);
		struct route_bucket *list;
		size_t n = route_backlink_buckets(s, &a, route_days(&a, s), &s->pages[bucketed[i].n], &list), seen = 0;
		struct buf b;

		buf_init(&b, 0);
		for (size_t k = 0; k < n; k++) {
			buf_add_format(&b, "%.*s:%u ", STR_ARG(list[k].key), list[k].n);
			seen += list[k].n;
			for (uint32_t m = 0; m < list[k].n; m++) {
				assert_true(list[k].backlinks[m] >= (size_t)bucketed[i].shown);
				assert_true(m == 0 || list[k].backlinks[m] > list[k].backlinks[m - 1]);
			}
		}
		fixture_equal(buf_str(&b), bucketed[i].keys);
		assert_int_equal(seen, n ? bucketed[i].n - (size_t)bucketed[i].shown : 0);
		buf_release(&b);
		arena_release(&a);
	}
}

static void gives_every_bucket_a_page(void **state)
{
	const char *const dates[] = { "2023-02-01", "2024-05" };
	struct arena a = { 0 };
	struct site *s = linking_site(&a, 60, dates, 2, 50);
	struct routes r;
	struct diag_list dl;

	(void)state;
	diag_init(&dl, &a);
	/* All linking pages share one address here; only the entity's outputs matter. */
	route_plan(&a, s, has_template, theme, &r, &dl);
	assert_non_null(find(&r, "companies/acme/backlinks/2023/index.html"));
	fixture_equal(find(&r, "companies/acme/backlinks/2024/index.html")->url, "/companies/acme/backlinks/2024/");
	fixture_equal(find(&r, "companies/acme/backlinks/2024/index.html")->bucket, "2024");
	fixture_equal(find(&r, "companies/acme/backlinks/2024/index.html")->template, "backlinks.html");
	fixture_equal(route_bucket_url(&a, &s->pages[60], STR("2024")), "/companies/acme/backlinks/2024/");
	/* A page with a template of its own name shows no backlinks, so nothing would lead to the rest. */
	s->pages[60].key = STR("a-z");
	s->pages[60].slug = STR("a-z");
	s->pages[60].kind = config_kind(s->config, STR("article"));
	route_plan(&a, s, has_template, theme, &r, &dl);
	fixture_equal(find(&r, "companies/acme/index.html")->template, "a-z.html");
	assert_null(find(&r, "companies/acme/backlinks/2024/index.html"));
	arena_release(&a);
}

static const struct {
	const char *name, *letter;
} letters[] = {
	{ "Acme", "a" },   { "zeta", "z" },   { "01.AI", "0-9" },      { "“Quoted”", "q" },  { "Über", "u" },
	{ "Łódź", "l" },   { "Éclair", "e" }, { "北大", "zh" },        { "ひらがな", "zh" }, { "Москва", "other" },
	{ "--", "other" }, { "", "other" },   { "\xff\xfe", "other" }, { "_x", "x" },        { "Straße", "s" },
};

/* Every entity is in the file that a script looks for it in. */
static void spreads_previews_by_address(void **state)
{
	enum { N = 200 };
	static const struct fixture_page one = { "companies/acme", "title = 'Acme'", NULL };
	struct fixture_page *many;
	struct arena a = { 0 };
	struct config *c;
	struct routes r;
	struct diag_list dl;
	struct site *s;
	uint64_t first;

	(void)state;
	diag_init(&dl, &a);
	many = arena_array(&a, struct fixture_page, N);
	for (size_t i = 0; i < N; i++) {
		many[i] = (struct fixture_page){ str_format(&a, "companies/acme-%03zu-é", i).ptr, one.head, NULL };
	}
	s = fixture_site(&a, many, N);
	c = arena_new(&a, struct config);
	*c = *s->config;
	s->config = c;
	assert_int_equal(route_preview_count(s), 8);
	route_plan(&a, s, has_base, NULL, &r, &dl);
	assert_int_equal(r.previews.n, 8);
	assert_non_null(find(&r, "previews/7.js"));
	assert_null(find(&r, "previews/8.js"));
	assert_int_equal(r.previews.first[8], N);
	for (uint32_t k = 0; k < 8; k++) {
		assert_true(r.previews.first[k] < r.previews.first[k + 1]);
		for (uint32_t i = r.previews.first[k]; i < r.previews.first[k + 1]; i++)
			assert_int_equal(route_preview_hash(s->pages[r.previews.pages[i]].url) % 8, k);
	}
	/* A page more is another file, although nothing that stood in it has changed. */
	first = route_hash(find(&r, "previews/0.js"));
	s->pages[r.previews.pages[0]].key = STR("companies/other");
	route_plan(&a, s, has_base, NULL, &r, &dl);
	assert_true(first != route_hash(find(&r, "previews/0.js")));
	c->previews = false;
	route_plan(&a, s, has_base, NULL, &r, &dl);
	assert_int_equal(r.previews.n, 0);
	assert_null(find(&r, "previews/0.js"));
	arena_release(&a);
}

/* As site.js counts it. */
static void knows_the_hash_of_an_address(void **state)
{
	(void)state;
	assert_int_equal(route_preview_hash(STR("/companies/deepseek/")), 1974122504u);
	assert_int_equal(route_preview_hash(STR("/companies/böll/")), 4154068225u);
}

static void sorts_names_under_letters(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(letters); i++)
		fixture_equal(route_letter(str_from(letters[i].name)), letters[i].letter);
}

static void gives_letters_pages_only_to_large_sites(void **state)
{
	struct arena a = { 0 };
	struct config *c;
	struct site *s = make_site(&a, &c);
	struct page *acme = &s->pages[6];
	struct routes r;
	struct diag_list dl;

	(void)state;
	diag_init(&dl, &a);
	/* With the two other entities' titles the limit is just met, then passed. */
	for (size_t more = 0; more < 2; more++) {
		acme->n_names = ROUTE_LETTERS_FROM - 2 + more;
		acme->names = arena_array(&a, struct name, acme->n_names);
		for (size_t i = 0; i < acme->n_names; i++)
			acme->names[i].text = i % 2 ? STR("Acme") : STR("1");
		assert_true(route_plan(&a, s, has_template, theme, &r, &dl));
		assert_int_equal(find(&r, "a-z/b/index.html") != NULL, more);
		assert_int_equal(find(&r, "a-z/a/index.html") != NULL, more);
		assert_int_equal(find(&r, "a-z/0-9/index.html") != NULL, more);
		assert_null(find(&r, "a-z/c/index.html"));
	}
	fixture_equal(find(&r, "a-z/b/index.html")->bucket, "b");
	arena_release(&a);
}

static void splits_what_is_too_long(void **state)
{
	struct arena a = { 0 };
	struct config *c;
	struct site *s = make_site(&a, &c);
	struct routes r;
	struct diag_list dl;

	(void)state;
	diag_init(&dl, &a);
	c->sitemap_limit = 4;
	/* Ten pages: three sitemaps and their index. */
	assert_true(route_plan(&a, s, has_template, theme, &r, &dl));
	assert_int_equal(find(&r, "sitemap.xml")->parts, 3);
	assert_int_equal(find(&r, "sitemap.xml")->part, 0);
	assert_int_equal(find(&r, "sitemap-3.xml")->part, 3);
	assert_null(find(&r, "sitemap-4.xml"));
	arena_release(&a);
}

static void spreads_lines_by_their_page(void **state)
{
	struct arena a = { 0 };
	struct config *c;
	struct site *s = make_site(&a, &c);
	struct routes r;
	struct diag_list dl;

	(void)state;
	diag_init(&dl, &a);
	assert_true(route_plan(&a, s, has_template, theme, &r, &dl));
	assert_int_equal(find(&r, "site.ndjson")->parts, 0);
	assert_int_equal(r.lines.n, 1);
	assert_int_equal(r.lines.first[1], s->n_pages);
	c->ndjson_limit_mb = 0;
	assert_true(route_plan(&a, s, has_template, theme, &r, &dl));
	assert_int_equal(find(&r, "site.ndjson")->parts, ROUTE_LINES_FEWEST);
	assert_int_equal(find(&r, "site/8.ndjson")->part, 8);
	assert_null(find(&r, "site/9.ndjson"));
	/* As many as the size asks for, and names that sort as they count. */
	c->ndjson_limit_mb = 2;
	s->pages[1].summary = (struct str){ arena_alloc(&a, 3 << 20, 1, 1), 3 << 20 };
	assert_true(route_plan(&a, s, has_template, theme, &r, &dl));
	assert_int_equal(r.lines.n, 16);
	assert_int_equal(r.lines.first[16], s->n_pages);
	assert_int_equal(find(&r, "site/01.ndjson")->part, 1);
	assert_int_equal(find(&r, "site/16.ndjson")->part, 16);
	for (uint32_t group = 0; group < r.lines.n; group++)
		for (uint32_t i = r.lines.first[group]; i < r.lines.first[group + 1]; i++)
			assert_int_equal(str_hash(s->pages[r.lines.items[i].index].key) % 16, group);
	c->ndjson = false;
	assert_true(route_plan(&a, s, has_template, theme, &r, &dl));
	assert_int_equal(r.lines.n, 0);
	arena_release(&a);
}

static void turns_addresses_into_paths(void **state)
{
	struct arena a = { 0 };

	(void)state;
	fixture_equal(route_path(&a, STR("/")), "index.html");
	fixture_equal(route_path(&a, STR("/a/b/")), "a/b/index.html");
	fixture_equal(route_path(&a, STR("/a/b.html")), "a/b.html");
	fixture_equal(route_path(&a, STR("/a.b/c")), "a.b/c/index.html");
	fixture_equal(route_part_url(&a, STR("/a/"), 1), "/a/");
	fixture_equal(route_part_url(&a, STR("/a/"), 2), "/a/page/2/");
	arena_release(&a);
}

static const struct {
	uint32_t part, parts;
	const char *steps;
} walks[] = {
	{ 1, 1, "1" },
	{ 1, 3, "1 2 3" },
	{ 1, 9, "1 2 3 0 9" },
	{ 3, 6, "1 2 3 4 5 6" },
	{ 4, 7, "1 2 3 4 5 6 7" },
	{ 5, 9, "1 0 3 4 5 6 7 0 9" },
	{ 9, 9, "1 0 7 8 9" },
	{ 8, 9, "1 0 6 7 8 9" },
	{ 2000000000u, 4000000000u, "1 0 1999999998 1999999999 2000000000 2000000001 2000000002 0 4000000000" },
};

static void names_the_parts_near_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(walks); i++) {
		uint32_t steps[ROUTE_STEPS];
		size_t n = route_steps(walks[i].part, walks[i].parts, steps);
		struct buf b;

		assert_in_range(n, 1, ROUTE_STEPS);
		buf_init(&b, 0);
		for (size_t k = 0; k < n; k++)
			buf_add_format(&b, "%s%u", k ? " " : "", steps[k]);
		assert_string_equal(b.ptr, walks[i].steps);
		buf_release(&b);
	}
}

static const struct {
	const char *key, *near; /* "+" stands for others as well */
} neighbours[] = {
	{ "2024", "2024 2023+ 2022+ undated" },
	{ "2023-11", "2024 2023-12 2023-11 2023-10+ 2022+ undated" },
	{ "2023-10-02", "2024 2023-12 2023-11 2023-10-31 2023-10-02 2022+ undated" },
	{ "2022-10-01", "2024 2023+ 2022-10-01 2022-09 undated" },
	{ "undated", "2024 2023+ 2022+ undated" },
};

static void a_bucket_names_those_near_it(void **state)
{
	static const char *const keys[] = { "2024",       "2023-12",    "2023-11", "2023-10-31",
					    "2023-10-02", "2022-10-01", "2022-09", "undated" };
	struct route_bucket all[COUNT(keys)] = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++)
		all[i].key = str_from(keys[i]);
	for (size_t i = 0; i < COUNT(neighbours); i++) {
		struct str own = str_from(neighbours[i].key);
		uint32_t near[COUNT(keys)];
		size_t n = route_near_buckets(all, COUNT(keys), own, near);
		struct buf b;

		buf_init(&b, 0);
		for (size_t k = 0; k < n; k++)
			buf_add_format(&b, "%s%.*s%s", k ? " " : "",
				       STR_ARG(route_bucket_group(all[near[k] & ~ROUTE_GROUP].key, own)),
				       near[k] & ROUTE_GROUP ? "+" : "");
		assert_string_equal(b.ptr, neighbours[i].near);
		buf_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans_every_output_sorted),
		cmocka_unit_test(a_page_without_a_picture_has_a_card),
		cmocka_unit_test(leaves_out_what_is_switched_off),
		cmocka_unit_test(warns_of_templates_that_are_missing),
		cmocka_unit_test(paginates_sections),
		cmocka_unit_test(refuses_collisions),
		cmocka_unit_test(publishes_attachments_only_when_used),
		cmocka_unit_test(buckets_backlinks_by_date),
		cmocka_unit_test(gives_every_bucket_a_page),
		cmocka_unit_test(spreads_previews_by_address),
		cmocka_unit_test(knows_the_hash_of_an_address),
		cmocka_unit_test(sorts_names_under_letters),
		cmocka_unit_test(gives_letters_pages_only_to_large_sites),
		cmocka_unit_test(names_the_parts_near_one),
		cmocka_unit_test(a_bucket_names_those_near_it),
		cmocka_unit_test(splits_what_is_too_long),
		cmocka_unit_test(spreads_lines_by_their_page),
		cmocka_unit_test(turns_addresses_into_paths),
	};

	return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
