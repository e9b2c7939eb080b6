#include "fixture.h"

#include <time.h>

#include "stage/verify.h"

static struct config config_of(struct arena *a, const char *base_url)
{
	struct config c;

	config_defaults(a, &c);
	assert_true(config_set_base_url(a, &c, str_from(base_url)));
	return c;
}

/* Everything joined by spaces, for comparison. */
static struct str joined(struct arena *a, const struct verify_page *p, const uint32_t *list, size_t n)
{
	struct str *texts = arena_array(a, struct str, n + 1);

	for (size_t i = 0; i < n; i++)
		texts[i] = p->texts->ptr[list[i]];
	return str_join(a, texts, n, STR(" "));
}

static const struct {
	const char *base, *url, *html;
	const char *links, *ids, *twice;
} scans[] = {
	/* root mode */
	{ "https://x.org/", "/a/", "<a href=\"/b/\">b</a><a href='/c/#d'>", "/b/ /c/#d", "", "" },
	{ "https://x.org/", "/a/", "<A HREF=/b/>b</A><img src=/i.png alt>", "/b/ /i.png", "", "" },
	{ "https://x.org/", "/a/", "<a href=\"/b/\">1</a><a href=\"/b/\">2</a>", "/b/", "", "" },
	{ "https://x.org/", "/a/", "<a href=\"/b/index.html\">", "/b/", "", "" },
	{ "https://x.org/", "/a/", "<a href=\"/b/?q=1#x\">", "/b/#x", "", "" },
	{ "https://x.org/", "/a/", "<a href=\"/%E5%8C%97/%41#%E5%8C%97\">", "/北/A#北", "", "" },
	{ "https://x.org/", "/a/", "<a href=\"/x%zz%4\">", "/x%zz%4", "", "" },
	{ "https://x.org/", "/a/", "<a href=\"/b/?x=1&amp;y=2#a&amp;b&#39;&#x41;\">", "/b/#a&b'A", "", "" },
	/* the page itself */
	{ "https://x.org/", "/a/", "<a href=\"#x\">", "/a/#x", "", "" },
	{ "https://x.org/", "/a/", "<a href=\"#x\"><p id=x>", "", "x", "" },
	{ "https://x.org/", "/a/", "<p id=x><a href=\"/a/#x\"><a href=\"/a/#y\">", "/a/#y", "x", "" },
	{ "https://x.org/", "/a/",
	  "<a href=\"\"><a href=\"#\"><a href=\"#top\"><a href=\"?q=1\"><a href=\"/b/#:~:text=x\">", "/b/", "", "" },
	{ "https://x.org/", "/a/", "<a name=\"x\"><a href=\"#x\"><p id=\"x\">", "", "x", "" },
	/* elsewhere */
	{ "https://x.org/", "/a/",
	  "<a href=\"https://y.org/\"><a href=\"mailto:a@b.c\"><a href=\"//y.org/b\"><img src=\"data:,x\">", "", "",
	  "" },
	{ "https://x.org/", "/a/",
	  "<a href=\"https://x.org/b/\"><a href=\"https://x.org\"><a href=\"https://x.organic/\">", "/b/ /", "", "" },
	{ "https://x.org/", "/a/", "<a href=\"https://x.org#y\">", "/#y", "", "" },
	/* below a path */
	{ "https://x.org/sub/", "/a/", "<a href=\"/sub/b/\"><a href=\"/sub/\"><a href=\"/sub\">", "/b/ /", "", "" },
	{ "https://x.org/sub/", "/a/", "<a href=\"/b/\"><a href=\"/submarine/\">", "/../b/ /../submarine/", "", "" },
	{ "https://x.org/sub/", "/a/", "<a href=\"https://x.org/sub/b/#c\"><a href=\"https://x.org/b/\">", "/b/#c", "",
	  "" },
	{ "https://x.org/sub/", "/a/", "<a href=\"/sub/a/#x\"><p id='x'>", "", "x", "" },
	/* relative and offline */
	{ "https://x.org/", "/a/b/", "<a href=\"../../c/\"><a href=\"./\"><a href=\"../\"><a href=\"d.png\">",
	  "/c/ /a/ /a/b/d.png", "", "" },
	{ "https://x.org/", "/a/b/",
	  "<a href=\"../../c/index.html#x\"><a href=\"index.html\"><a href=\"../../index.html\">", "/c/#x /", "", "" },
	{ "https://x.org/sub/", "/a/", "<a href=\"../../../../b/\"><a href=\"..\"><a href=\".\">", "/b/ /", "", "" },
	{ "https://x.org/", "/404.html", "<a href=\"b/\"><a href=\"./b/../c/\">", "/b/ /c/", "", "" },
	/* attributes */
	{ "https://x.org/", "/a/", "<img srcset=\"/a.png 1x, /b,c.png 2x,/d.png\" src=/e.png>",
	  "/a.png /b,c.png /d.png /e.png", "", "" },
	{ "https://x.org/", "/a/",
	  "<video poster=/p.png></video><form action=/s/></form><object data=/o.svg></object><p data=/no>",
	  "/p.png /s/ /o.svg", "", "" },
	{ "https://x.org/", "/a/", "<svg><use xlink:href=\"#i\"/><path id=i></svg>", "", "i", "" },
	{ "https://x.org/", "/a/", "<a data-href=/x hrefs=/y title=\"<a href=/z>\" href = \"/b/\" href>", "/b/", "",
	  "" },
	{ "https://x.org/", "/a/", "<a title=\"x\"href=/b/><a =x href=/c/><a title/=href href=/d/><a href==>",
	  "/b/ /c/ /d/ /a/=", "", "" },
	{ "https://x.org/", "/a/", "</a href=/x><a hidden href=/b/ hidden></ <i id=y></", "/b/", "y", "" },
	{ "https://x.org/", "/a/", "<a\nhref\n=\n'/b/'\n>", "/b/", "", "" },
	{ "https://x.org/", "/a/", "<a href=\" /b/ \n\">", "/b/", "", "" },
	{ "https://x.org/", "/a/", "</a href=/x>", "", "", "" },
	/* what is no markup */
	{ "https://x.org/", "/a/", "<!-- <a href=/x> --><!doctype html><?pi <a href=/y> ?>", "", "", "" },
	{ "https://x.org/", "/a/", "<script>'<a href=\"/x\">'</script><style>a{}<p id=q></style ><a href=/b/>", "/b/",
	  "", "" },
	{ "https://x.org/", "/a/",
	  "<title><a href=/x></title><textarea><p id=y></textarea><SCRIPT></sCript><a href=/b/>", "/b/", "", "" },
	{ "https://x.org/", "/a/", "<script></scripting><a href=/x></script><a href=/b/>", "/b/", "", "" },
	{ "https://x.org/", "/a/", "1 < 2 <3 <a href=/b/>", "/b/", "", "" },
	{ "https://x.org/", "/a/", "<!-- never closed <a href=/x>", "", "", "" },
	{ "https://x.org/", "/a/", "<script><a href=/x>", "", "", "" },
	{ "https://x.org/", "/a/", "<a href=\"/b/", "/b/", "", "" },
	{ "https://x.org/", "/a/", "<a href=", "", "", "" },
	{ "https://x.org/", "/a/", "<", "", "", "" },
	{ "https://x.org/", "/a/", "", "", "", "" },
	/* ids */
	{ "https://x.org/", "/a/", "<p id=a><p id=\"b\"><p ID='c'><p id=a><p id=a><p id=\"\">", "", "a b c", "a" },
	{ "https://x.org/", "/a/", "<p id=\"a&amp;b\"><p id=\"a&b\">", "", "a&b", "a&b" },
};

static void collects_links_and_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(scans); i++) {
		struct arena a = { 0 };
		struct config c = config_of(&a, scans[i].base);
		struct verify_scanner v;
		struct verify_page p;
		/* An exact copy, so that a sanitizer sees a read beyond the end. */
		struct str html = { malloc(strlen(scans[i].html) + 1), strlen(scans[i].html) };

		memcpy((char *)(uintptr_t)html.ptr, scans[i].html, html.len);
		verify_scanner_init(&v, &a, &c);
		/* What an earlier page had must not count for this one. */
		verify_scan(&v, STR("/z/"), STR("<p id=x><p id=a><a href=/b/>"), &p);
		verify_scan(&v, str_from(scans[i].url), html, &p);
		free((char *)(uintptr_t)html.ptr);
		fixture_equal(joined(&a, &p, p.links, p.n_links), scans[i].links);
		fixture_equal(joined(&a, &p, p.ids, p.n_ids), scans[i].ids);
		fixture_equal(joined(&a, &p, p.twice, p.n_twice), scans[i].twice);
		verify_scanner_release(&v);
		arena_release(&a);
	}
}

static const struct fixture_page pages[] = {
	{ "about", "title = 'About'", NULL },
	{ "companies/acme", "title = 'Acme'", NULL },
	{ "companies/beta", "title = 'Beta'", NULL },
	{ "index", "title = 'Home'", NULL },
};

static bool has_template(const void *ctx, struct str name)
{
	(void)ctx;
	return str_eq(name, STR("page.html"));
}

struct built {
	struct arena a;
	struct site *site;
	struct routes routes;
	struct verify_page *pages;
	struct verify_scanner scanner;
	struct diag_list dl;
};

/* Scans html[i] as the output of pages[i]; NULL: empty. False: verify_all found something. */
static bool verify(struct built *b, const char *const html[COUNT(pages)])
{
	bool ok;

	memset(b, 0, sizeof(*b));
	b->site = fixture_site(&b->a, pages, COUNT(pages));
	diag_init(&b->dl, &b->a);
	assert_true(route_plan(&b->a, b->site, has_template, NULL, &b->routes, &b->dl));
	b->pages = arena_array(&b->a, struct verify_page, b->routes.len);
	verify_scanner_init(&b->scanner, &b->a, b->site->config);
	for (size_t i = 0; i < COUNT(pages); i++) {
		const struct output *o = route_at_url(&b->routes, b->site->pages[i].url);

		if (html[i])
			verify_scan(&b->scanner, o->url, str_from(html[i]), &b->pages[o - b->routes.outputs]);
	}
	verify_scanner_release(&b->scanner);
	ok = verify_all(&b->a, b->site, &b->routes, b->pages, &b->dl);
	assert_int_equal(ok, b->dl.errors == 0);
	return ok;
}

static void accepts_links_that_lead_somewhere(void **state)
{
	static const char *const html[] = {
		"<a href=/sub/companies/acme/#x><a href=/sub/robots.txt#any><a href=/sub/companies/acme/index.json>",
		"<p id=x><a href=../../about/>",
		"<a href=https://example.org/sub/><a href=/sub/companies/acme/#x><a href=/sub/sitemap.xml>",
		"<a href=about/><a href=companies/beta/>",
	};
	struct built b;

	(void)state;
	assert_true(verify(&b, html));
	arena_release(&b.a);
}

static const struct {
	const char *html[COUNT(pages)];
	const char *code, *path, *message, *hint; /* message and hint: parts of them */
} broken[] = {
	{ { "<a href=/sub/companies/acm/>" },
	  "verify/broken-link",
	  "content/about.md",
	  "nothing is published at '/companies/acm/', which is linked from about/index.html",
	  "did you mean '/companies/acme/'?" },
	{ { "<a href=/sub/companies/acme>" },
	  "verify/broken-link",
	  "content/about.md",
	  "'/companies/acme'",
	  "did you mean '/companies/acme/'?" },
	{ { "<a href=/x/>", "<a href=/x/>" },
	  "verify/broken-link",
	  "templates/page.html",
	  "'/x/' lies outside the site",
	  "relative_url" },
	{ { "<a href=/sub/x/>", "<a href=/sub/x/>", "<a href=/sub/x/#y>" },
	  "verify/broken-link",
	  "templates/page.html",
	  "linked from about/index.html and 1 other page",
	  "" },
	{ { NULL, "<p id=profit>", NULL, "<a href=companies/acme/#profits>" },
	  "verify/broken-anchor",
	  "content/index.md",
	  "companies/acme/index.html has no '#profits', which is linked from index.html",
	  "did you mean 'profit'?" },
	{ { "<a href=#no>" }, "verify/broken-anchor", "content/about.md", "about/index.html has no '#no'", "" },
	{ { "<p id=a><p id=a><p id=a>" },
	  "verify/duplicate-id",
	  "content/about.md",
	  "the id 'a' stands more than once in about/index.html",
	  "" },
	{ { "<p id=a><p id=a>", "<p id=a><p id=a>", "<p id=a>", "<p id=a><p id=a>" },
	  "verify/duplicate-id",
	  "templates/page.html",
	  "about/index.html and 2 other pages",
	  "" },
};

static void reports_what_leads_nowhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(broken); i++) {
		struct built b;
		const struct diag *d;

		assert_false(verify(&b, broken[i].html));
		d = fixture_diag(&b.dl, broken[i].code);
		assert_non_null(d);
		fixture_equal(d->path, broken[i].path);
		if (!str_contains(d->message, str_from(broken[i].message)) ||
		    !str_contains(d->hint, str_from(broken[i].hint)))
			fail_msg("case %zu: %.*s (%.*s)", i, STR_ARG(d->message), STR_ARG(d->hint));
		arena_release(&b.a);
	}
}

static void reports_each_target_once(void **state)
{
	static const char *const html[] = { "<a href=/sub/x/><a href=/sub/x/#a><a href=/sub/y/>", "<a href=/sub/x/>",
					    "<a href=/sub/y/>", "<a href=#b>" };
	struct built b;

	(void)state;
	assert_false(verify(&b, html));
	/* "/x/", "/x/#a", "/y/", "#b" */
	assert_int_equal(b.dl.len, 4);
	arena_release(&b.a);
}

/* As the pages of an unchanged output come back from the manifest: other bytes, the same texts. */
static void takes_pages_that_were_not_scanned(void **state)
{
	static const char *const html[COUNT(pages)] = { NULL };
	struct built b;
	struct str list[] = { STR("x"), STR("/companies/acme/#x") };
	struct verify_texts texts = { list, COUNT(list) };
	uint32_t id = 0, link = 1;
	size_t about, acme;

	(void)state;
	assert_true(verify(&b, html));
	about = (size_t)(route_at_url(&b.routes, STR("/about/")) - b.routes.outputs);
	acme = (size_t)(route_at_url(&b.routes, STR("/companies/acme/")) - b.routes.outputs);
	b.pages[about] = (struct verify_page){ .texts = &texts, .links = &link, .n_links = 1 };
	assert_false(verify_all(&b.a, b.site, &b.routes, b.pages, &b.dl));
	diag_init(&b.dl, &b.a);
	b.pages[acme] = (struct verify_page){ .texts = &texts, .ids = &id, .n_ids = 1 };
	assert_true(verify_all(&b.a, b.site, &b.routes, b.pages, &b.dl));
	arena_release(&b.a);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const char *const hostile[] = {
	"<",        "<a href=", "<!--", "<script>",          "</script",        "&", "<a href=\"#x\">",
	"<p id=a>", "<a b='",   "../",  "<img srcset=\", ,", "<a href=/x/./../"
};

static void is_linear(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hostile); i++) {
		struct arena a = { 0 };
		struct config c = config_of(&a, "https://x.org/");
		struct verify_scanner v;
		struct verify_page p;
		struct buf b;
		double start;

		buf_init(&b, 0);
		while (b.len < 1000000)
			buf_add_z(&b, hostile[i]);
		verify_scanner_init(&v, &a, &c);
		start = seconds();
		verify_scan(&v, STR("/a/"), buf_str(&b), &p);
		if (seconds() - start > 1)
			fail_msg("'%s' repeated took %.1f s", hostile[i], seconds() - start);
		verify_scanner_release(&v);
		buf_release(&b);
		arena_release(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(collects_links_and_ids),
		cmocka_unit_test(accepts_links_that_lead_somewhere),
		cmocka_unit_test(reports_what_leads_nowhere),
		cmocka_unit_test(reports_each_target_once),
		cmocka_unit_test(takes_pages_that_were_not_scanned),
		cmocka_unit_test(is_linear),
	};

	return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
