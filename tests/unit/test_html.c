#include "fixture.h"

#include "text/html.h"
#include "text/xml.h"

#define HEAD "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title> A &amp; B </title></head>\n"

static void reads_what_a_page_offers(void **state)
{
	static const char text[] =
		HEAD "<body id=\"b\">\n<nav><a href=\"/x/?a=1&amp;b=2\">x</a></nav>\n<main><p id=\"北\">北大</p>\n"
		     "<img src=\"/i.png\" srcset=\"/j.png 1x, /k.png 2x\" alt=\"\">\n<img src=/l.png>\n"
		     "<svg><title>no</title><use href=\"#b\"></use></svg></main></body></html>";
	static const char *const refs[] = { "/x/?a=1&b=2", "/i.png", "/j.png", "/k.png", "/l.png", "#b" };
	struct arena a = { 0 };
	struct diag_list dl;
	struct html_page p;

	(void)state;
	diag_init(&dl, &a);
	assert_true(html_read(&a, STR("p.html"), str_from(text), &p, &dl));
	assert_int_equal(dl.len, 0);
	fixture_equal(p.title, "A & B");
	fixture_equal(p.lang, "en");
	assert_int_equal(p.n_ids, 2);
	fixture_equal(p.ids[0].text, "b");
	assert_int_equal(p.ids[0].line, 4);
	fixture_equal(p.ids[1].text, "北");
	assert_int_equal(p.ids[1].line, 6);
	assert_int_equal(p.n_refs, COUNT(refs));
	for (size_t i = 0; i < COUNT(refs); i++) {
		fixture_equal(p.refs[i].text, refs[i]);
		assert_int_equal(p.refs[i].type, i == 0 || i == 5 ? HTML_HREF : HTML_SRC);
	}
	assert_int_equal(p.n_without_alt, 1);
	assert_int_equal(p.without_alt[0], 8);
	arena_release(&a);
}

static const struct {
	const char *text;
	uint32_t line; /* of the first error; 0: none */
} pages[] = {
	{ HEAD "<body><article><section><figure><figcaption>x</figcaption></figure></section></article></body></html>",
	  0 },
	{ HEAD "<body><header></header><main><details><summary>x</summary></details><mark>x</mark><time>x</time></"
	       "main></body></html>",
	  0 },
	{ HEAD "<body><svg viewBox=\"0 0 1 1\"><g><path d=\"\"/><text>x</text></g></svg></body></html>", 0 },
	{ HEAD "<body><p>a & b</p></body></html>", 0 },
	{ HEAD "<body><p id=a></p><p id=a></p></body></html>", 0 },
	{ HEAD "<body><blink>x</blink></body></html>", 4 },
	{ HEAD "<body>\n<p>x</i></p></body></html>", 5 },
	{ HEAD "<body>\n\n<p class=a class=b></p></body></html>", 6 },
};

static void tells_sound_pages_from_broken_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pages); i++) {
		struct arena a = { 0 };
		struct diag_list dl;
		struct html_page p;

		diag_init(&dl, &a);
		assert_int_equal(html_read(&a, STR("p.html"), str_from(pages[i].text), &p, &dl), pages[i].line == 0);
		if ((dl.len > 0) != (pages[i].line > 0))
			fail_msg("case %zu: %.*s", i, STR_ARG(dl.len ? dl.items[0].message : STR("no error")));
		if (dl.len) {
			assert_string_equal(dl.items[0].code, "html/syntax");
			assert_int_equal(dl.items[0].at.line, pages[i].line);
		}
		arena_release(&a);
	}
}

static void knows_what_is_missing(void **state)
{
	struct arena a = { 0 };
	struct diag_list dl;
	struct html_page p;

	(void)state;
	diag_init(&dl, &a);
	assert_true(
		html_read(&a, STR("p.html"), STR("<html><body><svg><title>x</title></svg></body></html>"), &p, &dl));
	assert_false(p.has_title);
	assert_false(p.has_lang);
	assert_false(html_read(&a, STR("p.html"), STR_NONE, &p, &dl));
	assert_int_equal(p.n_refs, 0);
	arena_release(&a);
}

static void stops_counting_errors(void **state)
{
	struct arena a = { 0 };
	struct diag_list dl;
	struct html_page p;
	struct buf b;

	(void)state;
	diag_init(&dl, &a);
	buf_init(&b, 0);
	for (int i = 0; i < 1000; i++)
		buf_add_z(&b, "<blink></b>");
	assert_false(html_read(&a, STR("p.html"), buf_str(&b), &p, &dl));
	assert_int_equal(dl.len, HTML_MAX_ERRORS);
	buf_release(&b);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_a_page_offers),
		cmocka_unit_test(tells_sound_pages_from_broken_ones),
		cmocka_unit_test(knows_what_is_missing),
		cmocka_unit_test(stops_counting_errors),
	};

	xml_setup();
	return cmocka_run_group_tests_name("html", tests, NULL, NULL);
}
