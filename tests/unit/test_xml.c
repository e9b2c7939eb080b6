#include "fixture.h"

#include "text/xml.h"

static void writes_a_document(void **state)
{
	struct buf b;
	struct xml x;

	(void)state;
	buf_init(&b, 0);
	buf_add_z(&b, "before");
	xml_begin(&x, &b);
	xml_open(&x, "feed");
	xml_attribute(&x, "xmlns", STR("http://www.w3.org/2005/Atom"));
	xml_line(&x);
	xml_element(&x, "title", STR("A & <b>"));
	xml_element(&x, "none", STR_NONE);
	xml_open(&x, "link");
	xml_attribute(&x, "href", STR("?a=\"1\"&b=\n<2>"));
	xml_close(&x);
	xml_open(&x, "open");
	xml_text(&x, STR("left"));
	xml_end(&x);
	fixture_equal(buf_str(&b), "before<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
				   "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<title>A &amp; &lt;b&gt;</title>"
				   "<link href=\"?a=&quot;1&quot;&amp;b=&#10;&lt;2&gt;\"/><open>left</open></feed>\n");
	buf_release(&b);
}

static const struct {
	struct str text;
	const char *read; /* what a parser makes of it */
} texts[] = {
	{ STR_INIT("plain"), "plain" },
	{ STR_INIT("]]> & &amp; <![CDATA[x]]>"), "]]> & &amp; <![CDATA[x]]>" },
	{ STR_INIT("a\r\nb\tc\n"), "a\r\nb\tc\n" },
	{ STR_INIT("a\0b\x01\x0b\x1f\x7f"), "a\xef\xbf\xbd"
					    "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\x7f" },
	{ STR_INIT("\xff\xc3(\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ STR_INIT("\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ STR_INIT("北大 \xf0\x9f\x98\x80"), "北大 \xf0\x9f\x98\x80" },
};

/* Whatever the text, it comes out well-formed and means what it meant. */
static void comes_back_as_it_was(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct arena a = { 0 };
		struct diag_list dl;
		struct str *found;
		struct buf b;
		struct xml x;
		size_t n;

		diag_init(&dl, &a);
		buf_init(&b, 0);
		xml_begin(&x, &b);
		xml_open(&x, "r");
		xml_open(&x, "t");
		xml_attribute(&x, "v", texts[i].text);
		xml_text(&x, texts[i].text);
		xml_end(&x);
		assert_true(xml_check(&a, STR("x.xml"), buf_str(&b), "t", &found, &n, &dl));
		assert_int_equal(dl.len, 0);
		assert_int_equal(n, 1);
		fixture_equal(found[0], texts[i].read);
		buf_release(&b);
		arena_release(&a);
	}
}

static void collects_elements_by_local_name(void **state)
{
	struct arena a = { 0 };
	struct diag_list dl;
	struct str *found;
	size_t n;

	(void)state;
	diag_init(&dl, &a);
	assert_true(xml_check(&a, STR("s.xml"),
			      STR("<s:set xmlns:s='u'><s:url><s:loc>a</s:loc></s:url><loc><b>c</b>d</loc><x/></s:set>"),
			      "loc", &found, &n, &dl));
	assert_int_equal(n, 2);
	fixture_equal(found[0], "a");
	fixture_equal(found[1], "cd");
	arena_release(&a);
}

static const struct {
	struct str text;
	uint32_t line;
} broken[] = {
	{ STR_INIT(""), 1 },
	{ STR_INIT("text"), 1 },
	{ STR_INIT("<a>\n<b></a>"), 2 },
	{ STR_INIT("<a>\n\n&nothing;</a>"), 3 },
	{ STR_INIT("<a b='1' b='2'/>"), 1 },
	{ STR_INIT("<a>\x01</a>"), 1 },
	{ STR_INIT("<a/><b/>"), 1 },
	/* Nothing of ours declares entities; ones that multiply could hide in a declaration. */
	{ STR_INIT("<!DOCTYPE a [<!ENTITY b 'bb'>]><a>&b;</a>"), 0 },
};

static void reports_what_is_malformed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(broken); i++) {
		struct arena a = { 0 };
		struct diag_list dl;

		diag_init(&dl, &a);
		assert_false(xml_check(&a, STR("b.xml"), broken[i].text, NULL, NULL, NULL, &dl));
		assert_true(dl.errors > 0);
		assert_string_equal(dl.items[0].code, "xml/syntax");
		assert_int_equal(dl.items[0].at.line, broken[i].line);
		assert_true(dl.items[0].message.len > 0);
		arena_release(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_a_document),
		cmocka_unit_test(comes_back_as_it_was),
		cmocka_unit_test(collects_elements_by_local_name),
		cmocka_unit_test(reports_what_is_malformed),
	};

	xml_setup();
	return cmocka_run_group_tests_name("xml", tests, NULL, NULL);
}
