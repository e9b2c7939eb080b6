#include "fixture.h"

#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "stage/check.h"
#include "text/xml.h"

#define PAGE(body) "<!doctype html>\n<html lang=\"en\"><head><title>T</title></head>\n<body>" body "</body></html>\n"

struct tree_file {
	const char *path, *text;
};

/* A sound tree below https://example.org/sub/; each case lays one file over it. */
static const struct tree_file sound[] = {
	{ "index.html", PAGE("<a href=\"/sub/a/#x\">a</a><a href=\"a/\">a</a><img src=\"/sub/i.png\" alt=\"\"><a "
			     "href=\"https://other.org/\">o</a>") },
	{ "a/index.html", PAGE("<p id=\"x\"><a href=\"../\">up</a><a href=\"#x\">x</a><a href=\"#top\">top</a><a "
			       "href=\"../index.html\">h</a></p>") },
	{ "a/index.json", "{\"a\":[1,\"b\"]}\n" },
	{ "a/facts.csv", "id\r\n1\r\n" },
	{ "i.png", "png" },
	{ "404.html", PAGE("<a href=\"/sub/\">home</a>") },
	{ "robots.txt", "User-agent: *\n" },
	{ "site.ndjson", "{\"type\":\"page\"}\n{\"type\":\"fact\"}\n" },
	{ "feed.xml", "<feed "
		      "xmlns=\"http://www.w3.org/2005/Atom\"><id>https://example.org/sub/</id><entry><id>https://"
		      "example.org/sub/a/</id></entry></feed>" },
	{ "sitemap.xml", "<urlset><url><loc>https://example.org/sub/</loc></url><url><loc>https://example.org/sub/a/</"
			 "loc></url></urlset>" },
};

static const struct {
	struct tree_file file;
	const char *code;    /* NULL: nothing to say */
	const char *message; /* part of it */
	uint32_t line;
} cases[] = {
	{ { "b/index.html", PAGE("<a href=\"/sub/\">x</a>") }, NULL, NULL, 0 },
	{ { "b/index.html", PAGE("\n<a href=\"/sub/none/\">x</a>") },
	  "check/broken-link",
	  "'/sub/none/' leads nowhere",
	  4 },
	{ { "b/index.html", PAGE("<a href=\"/sub/a\">x</a>") }, "check/broken-link", "'/sub/a'", 3 },
	{ { "b/index.html", PAGE("<a href=\"/a/\">x</a>") }, "check/broken-link", "'/a/'", 3 },
	{ { "b/index.html", PAGE("<a href=\"../../x\">x</a>") }, "check/broken-link", "'../../x'", 3 },
	{ { "b/index.html", PAGE("<img src=\"j.png\" alt=\"\">") }, "check/broken-link", "'j.png'", 3 },
	{ { "b/index.html", PAGE("<a href=\"https://example.org/sub/none/\">x</a>") }, "check/broken-link", "none", 3 },
	{ { "b/index.html", PAGE("<a href=\"../a/#y\">x</a>") }, "check/broken-anchor", "'../a/#y'", 3 },
	{ { "b/index.html", PAGE("<a href=\"../a/#%78\">x</a><a href=\"../a/?q=1#x\">x</a>") }, NULL, NULL, 0 },
	{ { "b/index.html", PAGE("<p id=\"i\">a</p>\n<p id=\"i\">b</p>") }, "check/duplicate-id", "line 3 already", 4 },
	{ { "b/index.html", PAGE("<img src=\"../i.png\">") }, "check/missing-alt", "", 3 },
	{ { "b/index.html", "<!doctype html><html lang=\"en\"><head><title> </title></head><body></body></html>" },
	  "check/missing-title",
	  "",
	  1 },
	{ { "b/index.html", "<!doctype html><html><head><title>x</title></head><body></body></html>" },
	  "check/missing-lang",
	  "",
	  1 },
	{ { "b/index.html", PAGE("<p>x</i></p>") }, "html/syntax", "", 3 },
	{ { "b/index.json", "{\"a\":1,}" }, "json/syntax", "", 1 },
	{ { "site.ndjson", "{}\n{}\n{\n" }, "json/syntax", "", 3 },
	{ { "b/feed.xml", "<feed>\n<id></feed>" }, "xml/syntax", "", 2 },
	{ { "b/feed.xml", "<feed><id>https://example.org/sub/gone/</id></feed>" }, "check/broken-link", "gone", 0 },
	{ { "sitemap.xml", "<urlset><url><loc>https://example.org/sub/gone/</loc></url></urlset>" },
	  "check/broken-link",
	  "gone",
	  0 },
	{ { "b/left-over.pdf", "pdf" }, "check/unknown-file", "no page links", 0 },
};

static void write_file(struct str dir, const struct tree_file *f)
{
	struct arena a = { 0 };
	struct diag_list dl;

	diag_init(&dl, &a);
	assert_int_not_equal(fs_write(path_join(&a, dir, str_from(f->path)), str_from(f->text), &dl), FS_WRITE_FAILED);
	arena_release(&a);
}

static void says_what_is_wrong_with_a_tree(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char dir[] = "/tmp/test_check.XXXXXX";
		struct arena a = { 0 };
		struct diag_list dl;
		struct str tree;
		bool ok;
		const struct diag *d;

		assert_non_null(mkdtemp(dir));
		tree = str_from(dir);
		for (size_t k = 0; k < COUNT(sound); k++)
			write_file(tree, &sound[k]);
		write_file(tree, &cases[i].file);
		diag_init(&dl, &a);
		ok = check_tree(&a, fixture_config(&a), tree, &dl);
		assert_int_equal(ok, dl.errors == 0);
		if (!cases[i].code && dl.len)
			fail_msg("case %zu: %s: %.*s", i, dl.items[0].code, STR_ARG(dl.items[0].message));
		if (cases[i].code) {
			/* A parser may say the same in several ways; nobody else may. */
			for (size_t k = 0; k < dl.len; k++)
				if (strcmp(dl.items[k].code, cases[i].code) != 0 ||
				    (k > 0 && !strstr(cases[i].code, "/syntax")))
					fail_msg("case %zu: %s: %.*s", i, dl.items[k].code,
						 STR_ARG(dl.items[k].message));
			d = fixture_diag(&dl, cases[i].code);
			if (!d)
				fail_msg("case %zu: nothing was said", i);
			assert_int_equal(d->severity,
					 strcmp(cases[i].code, "check/unknown-file") == 0 ? DIAG_NOTE : DIAG_ERROR);
			assert_true(str_contains(d->message, str_from(cases[i].message)));
			assert_true(str_ends(d->path, str_from(cases[i].file.path)));
			assert_int_equal(d->at.line, cases[i].line);
		}
		fs_remove_tree(tree, &dl);
		arena_release(&a);
	}
}

static void needs_a_tree(void **state)
{
	struct arena a = { 0 };
	struct diag_list dl;

	(void)state;
	diag_init(&dl, &a);
	assert_false(check_tree(&a, fixture_config(&a), STR("/nonexistent/public"), &dl));
	assert_string_equal(dl.items[0].code, "check/no-output");
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_wrong_with_a_tree),
		cmocka_unit_test(needs_a_tree),
	};

	xml_setup();
	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
