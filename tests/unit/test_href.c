#include "fixture.h"

#include "base/path.h"
#include "site/href.h"

enum mode { ROOT, RELATIVE, OFFLINE };

static const struct {
	enum mode mode;
	const char *from, *to, *wanted;
} cases[] = {
	{ ROOT, "/", "/", "/sub/" },
	{ ROOT, "/a/", "/companies/deepseek/", "/sub/companies/deepseek/" },
	{ ROOT, "/a/", "/a/#facts", "/sub/a/#facts" },
	{ ROOT, "/a/", "/search/?q=x", "/sub/search/?q=x" },
	{ ROOT, "/", "/caf\xc3\xa9 1/", "/sub/caf%C3%A9%201/" },
	{ ROOT, "/", "#top", "#top" },
	{ ROOT, "/", "", "" },
	{ ROOT, "/", "https://example.com/x", "https://example.com/x" },
	{ ROOT, "/", "//example.com/x", "//example.com/x" },
	{ ROOT, "/", "mailto:a@example.com", "mailto:a@example.com" },
	{ RELATIVE, "/", "/", "./" },
	{ RELATIVE, "/", "/a/", "a/" },
	{ RELATIVE, "/a/", "/", "../" },
	{ RELATIVE, "/a/", "/a/", "./" },
	{ RELATIVE, "/a/", "/a/#facts", "#facts" },
	{ RELATIVE, "/a/", "/a/?q=x", "./?q=x" },
	{ RELATIVE, "/a/b/", "/a/", "../" },
	{ RELATIVE, "/a/b/", "/a/c/", "../c/" },
	{ RELATIVE, "/a/b/", "/ab/", "../../ab/" },
	{ RELATIVE, "/ab/", "/a/", "../a/" },
	{ RELATIVE, "/a/b/", "/a/b/c/d.png", "c/d.png" },
	{ RELATIVE, "/a/b/", "/assets/x.css", "../../assets/x.css" },
	{ RELATIVE, "/404.html", "/a/", "a/" },
	{ RELATIVE, "/a/", "/a/b:c.png", "./b:c.png" },
	{ RELATIVE, "/a/", "/b:c.png", "../b:c.png" },
	{ RELATIVE, "/a/", "https://example.com/", "https://example.com/" },
	{ OFFLINE, "/", "/", "index.html" },
	{ OFFLINE, "/a/", "/", "../index.html" },
	{ OFFLINE, "/a/", "/a/", "index.html" },
	{ OFFLINE, "/a/", "/a/#facts", "#facts" },
	{ OFFLINE, "/a/", "/b/#facts", "../b/index.html#facts" },
	{ OFFLINE, "/a/", "/search/?q=x", "../search/index.html?q=x" },
	{ OFFLINE, "/", "/a./", "a./index.html" },
	{ OFFLINE, "/a/b/", "/a/c.csv", "../c.csv" },
};

static struct href href_in(enum mode mode, const struct config *c, const char *from)
{
	return (struct href){
		.config = c, .from = str_from(from), .is_relative = mode != ROOT, .is_offline = mode == OFFLINE
	};
}

static void writes_links_as_the_page_needs_them(void **state)
{
	struct arena a = { 0 };
	const struct config *c = fixture_config(&a);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct href h = href_in(cases[i].mode, c, cases[i].from);
		struct buf b;

		print_message("  case: %s to %s\n", cases[i].from, cases[i].to);
		buf_init(&b, 0);
		/* What stands before must not matter. */
		buf_add_z(&b, "href=./");
		href_write(&b, &h, str_from(cases[i].to));
		assert_string_equal(b.ptr + strlen("href=./"), cases[i].wanted);
		buf_release(&b);
	}
	arena_release(&a);
}

/* Follows a relative reference as a browser does. */
static struct str follow(struct arena *a, const char *from, struct str ref)
{
	struct str base = str_from(from), out, path = ref;
	ptrdiff_t hash = str_find_byte(path, '#');

	if (hash >= 0)
		path.len = (size_t)hash;
	if (path.len == 0)
		return base;
	base.len = (size_t)str_rfind_byte(base, '/') + 1;
	assert_true(path_normalize(a, str_format(a, "%.*s%.*s", STR_ARG(str_skip(base, 1)), STR_ARG(path)), &out));
	return str_format(a, "/%.*s%s", STR_ARG(out), out.len && str_ends(path, STR("/")) ? "/" : "");
}

static void leads_where_it_should(void **state)
{
	static const char *const places[] = { "/", "/a/", "/a/b/", "/a/b/c/", "/ab/", "/a/b.png", "/x.html", "/b/a/" };
	struct arena a = { 0 };
	const struct config *c = fixture_config(&a);

	(void)state;
	for (size_t from = 0; from < COUNT(places); from++) {
		for (size_t to = 0; to < COUNT(places); to++) {
			struct href h = href_in(RELATIVE, c, places[from]);
			struct str got;
			struct buf b;

			buf_init(&b, 0);
			href_write(&b, &h, str_from(places[to]));
			got = follow(&a, places[from], buf_str(&b));
			/* path_normalize drops the slash of "../" and "./": compare without. */
			if (got.len > 1 && str_ends(got, STR("/")))
				got.len--;
			fixture_equal(got, str_z(&a, strlen(places[to]) > 1 && str_ends(str_from(places[to]), STR("/"))
							     ? str_cut(str_from(places[to]), 0, strlen(places[to]) - 1)
							     : str_from(places[to])));
			buf_release(&b);
		}
	}
	arena_release(&a);
}

static void writes_absolute_addresses(void **state)
{
	static const char *const list[][2] = {
		{ "/", "https://example.org/sub/" },
		{ "/a b/#x", "https://example.org/sub/a%20b/#x" },
		{ "#x", "#x" },
		{ "https://example.com/", "https://example.com/" },
	};
	struct arena a = { 0 };
	const struct config *c = fixture_config(&a);

	(void)state;
	for (size_t i = 0; i < COUNT(list); i++) {
		struct buf b;

		buf_init(&b, 0);
		href_write_absolute(&b, c, str_from(list[i][0]));
		assert_string_equal(b.ptr, list[i][1]);
		buf_release(&b);
	}
	arena_release(&a);
}

static void finds_the_way_to_the_root(void **state)
{
	static const struct {
		enum mode mode;
		const char *from, *wanted;
	} list[] = {
		{ ROOT, "/a/b/", "/sub/" },     { RELATIVE, "/", "" },         { RELATIVE, "/a/", "../" },
		{ OFFLINE, "/a/b/", "../../" }, { RELATIVE, "/404.html", "" }, { RELATIVE, "/a/feed.xml", "../" },
	};
	struct arena a = { 0 };
	const struct config *c = fixture_config(&a);

	(void)state;
	for (size_t i = 0; i < COUNT(list); i++) {
		struct href h = href_in(list[i].mode, c, list[i].from);

		fixture_equal(href_root(&a, &h), list[i].wanted);
	}
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_links_as_the_page_needs_them),
		cmocka_unit_test(leads_where_it_should),
		cmocka_unit_test(writes_absolute_addresses),
		cmocka_unit_test(finds_the_way_to_the_root),
	};

	return cmocka_run_group_tests_name("href", tests, NULL, NULL);
}
