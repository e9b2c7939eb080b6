#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/path.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void check(const char *what, struct str got, const char *want)
{
	if (!str_eq(got, str_from(want)))
		fail_msg("%s: got '%.*s', want '%s'", what, STR_ARG(got), want);
}

static void joins(void **state)
{
	static const struct {
		const char *dir, *name, *want;
	} cases[] = {
		{ "a", "b", "a/b" }, { "a/", "b", "a/b" }, { "", "b", "b" }, { "a", "", "a" },
		{ "/", "b", "/b" },  { "a", "/b", "/b" },  { "", "", "" },   { "a/b", "c/d.md", "a/b/c/d.md" },
	};
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check("join", path_join(&a, str_from(cases[i].dir), str_from(cases[i].name)), cases[i].want);
	arena_release(&a);
}

static void normalizes(void **state)
{
	static const struct {
		const char *in, *want; /* NULL: climbs above its start */
	} cases[] = {
		{ "a/./b//../c", "a/c" },
		{ "a", "a" },
		{ "", "" },
		{ ".", "" },
		{ "./a/", "a" },
		{ "/", "/" },
		{ "//a//b/", "/a/b" },
		{ "a/..", "" },
		{ "a/b/../..", "" },
		{ "..", NULL },
		{ "a/../..", NULL },
		{ "/..", NULL },
		{ "/a/../../b", NULL },
		{ "/a/..", "/" },
		{ "a/...", "a/..." },
		{ "..a/b", "..a/b" },
		{ "a/../b", "b" },
		{ "/a/../b", "/b" },
	};
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str out = STR("untouched");
		bool ok = path_normalize(&a, str_from(cases[i].in), &out);

		if (ok != (cases[i].want != NULL))
			fail_msg("'%s': %d", cases[i].in, ok);
		check(cases[i].in, out, ok ? cases[i].want : "");
	}
	arena_release(&a);
}

static void takes_names_apart(void **state)
{
	static const struct {
		const char *path, *dir, *base, *stem, *ext;
	} cases[] = {
		{ "a/b.md", "a", "b.md", "b", ".md" },
		{ "b.md", "", "b.md", "b", ".md" },
		{ "/b.md", "/", "b.md", "b", ".md" },
		{ "a/b.tar.gz", "a", "b.tar.gz", "b.tar", ".gz" },
		{ "a.b/c", "a.b", "c", "c", "" },
		{ ".hidden", "", ".hidden", ".hidden", "" },
		{ "a/.hidden.md", "a", ".hidden.md", ".hidden", ".md" },
		{ "a/", "a", "", "", "" },
		{ "a.", "", "a.", "a", "." },
		{ "", "", "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str path = str_from(cases[i].path);

		check(cases[i].path, path_dir(path), cases[i].dir);
		check(cases[i].path, path_base(path), cases[i].base);
		check(cases[i].path, path_stem(path), cases[i].stem);
		check(cases[i].path, path_ext(path), cases[i].ext);
	}
}

static void knows_what_lies_within(void **state)
{
	static const struct {
		const char *path, *dir;
		bool want;
	} cases[] = {
		{ "a/b", "a", true },   { "a", "a", true },     { "ab", "a", false }, { "a", "a/b", false },
		{ "a", "", true },      { "/a", "", false },    { "/a", "/", true },  { "/", "/", true },
		{ "/a/b", "/a", true }, { "/ab", "/a", false }, { "", "", true },     { "", "a", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (path_is_within(str_from(cases[i].path), str_from(cases[i].dir)) != cases[i].want)
			fail_msg("'%s' in '%s'", cases[i].path, cases[i].dir);
	assert_true(path_is_absolute(STR("/a")));
	assert_false(path_is_absolute(STR("a/b")));
	assert_false(path_is_absolute(STR_NONE));
}

static void makes_urls_relative(void **state)
{
	static const struct {
		const char *from, *to, *want;
	} cases[] = {
		{ "/a/b/", "/c/", "../../c/" },
		{ "/a/b/", "/a/c/", "../c/" },
		{ "/a/b/", "/a/b/", "./" },
		{ "/a/b/", "/a/b/c.css", "c.css" },
		{ "/a/b/", "/a/b/c/d/", "c/d/" },
		{ "/a/b/", "/", "../../" },
		{ "/a/b/", "/a/", "../" },
		{ "/", "/", "./" },
		{ "/", "/a/", "a/" },
		{ "/404.html", "/a.css", "a.css" },
		{ "/a/p.html", "/a/p.html", "p.html" },
		{ "/a/p.html", "/a/", "./" },
		{ "/a/b/", "/a/bc/", "../bc/" },
		{ "/a/bc/", "/a/b/", "../b/" },
		{ "/a/", "/a/#top", "./#top" },
		{ "/a/", "/b/?x=/a/#/y", "../b/?x=/a/#/y" },
		{ "/a/", "/a/x:y/", "./x:y/" },
		{ "/a/", "/a/b/x:y", "b/x:y" },
		{ "/a/b/", "/a/x:y", "../x:y" },
	};
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check(cases[i].to, path_relative_url(&a, str_from(cases[i].from), str_from(cases[i].to)),
		      cases[i].want);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joins),
		cmocka_unit_test(normalizes),
		cmocka_unit_test(takes_names_apart),
		cmocka_unit_test(knows_what_lies_within),
		cmocka_unit_test(makes_urls_relative),
	};

	return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
