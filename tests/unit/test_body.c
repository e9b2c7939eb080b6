#include "fixture.h"

#include "site/body.h"
#include "text/markdown.h"

static const struct fixture_page pages[] = {
	{ "about", "title = 'About \"us\" & <them>'", NULL },
	{ "companies/acme", "title = 'Acme'\naliases = ['ACME Inc', 'Akme', '北大']", NULL },
	{ "index", "title = 'Home'", NULL },
	{ "notes", "title = 'Notes'", NULL },
	{ "sources/report", "title = 'A report'", NULL },
};
enum { ABOUT, ACME, HOME, NOTES, REPORT };

struct link_spec {
	enum link_type type;
	uint32_t target;
	const char *anchor, *url;
	uint32_t number, use;
};

struct world {
	struct arena a;
	struct site *site;
	struct href href;
	struct factset facts;
	struct body body;
	struct markdown *md;
	struct buf out;
};

static void set_up(struct world *w, const char *from)
{
	memset(w, 0, sizeof(*w));
	markdown_setup();
	w->md = markdown_new();
	w->site = fixture_site(&w->a, pages, COUNT(pages));
	w->href = (struct href){ .config = w->site->config, .from = str_from(from) };
	factset_init(&w->facts, &w->a, w->site->pages, w->site->n_pages);
	w->body = (struct body){ .site = w->site, .href = &w->href, .facts = &w->facts, .scratch = &w->a };
	w->site->records.facts = arena_array(&w->a, struct fact, 1);
	w->site->records.n_facts = 1;
	w->site->records.facts[0] = (struct fact){ .r.id = STR("staff"),
						   .type = FACT_NUMBER,
						   .value = 1200,
						   .unit = STR("people"),
						   .subject.page = &w->site->pages[ACME] };
	buf_init(&w->out, 0);
}

static void tear_down(struct world *w)
{
	buf_release(&w->out);
	markdown_free(w->md);
	arena_release(&w->a);
}

static const struct doc *parse(struct world *w, const char *text)
{
	struct markdown_options opt = { 0 };
	struct diag_list dl;
	const struct doc *d;

	diag_init(&dl, &w->a);
	d = markdown_parse(w->md, &w->a, STR("test.md"), str_from(text), 0, &opt, &dl);
	assert_non_null(d);
	return d;
}

static bool is_linking(uint8_t type)
{
	return type == DOC_LINK || type == DOC_IMAGE || type == DOC_WIKILINK || type == DOC_CITATION ||
	       type == DOC_EMBED || type == DOC_INLINE_EMBED;
}

/* Gives a page its text; its linking nodes mean what `specs` say, in order. */
static void set_text(struct world *w, uint32_t page, const char *text, const struct link_spec *specs)
{
	struct page *p = &w->site->pages[page];
	const struct doc_node *nodes;

	p->doc = parse(w, text);
	page_extract(&w->a, p);
	nodes = doc_nodes(p->doc);
	p->links = arena_array(&w->a, struct link, p->doc->n_nodes);
	p->n_links = 0;
	for (uint32_t i = 0; specs && i < p->doc->n_nodes; i++) {
		const struct link_spec *s = specs + p->n_links;

		if (is_linking(nodes[i].type))
			p->links[p->n_links++] = (struct link){
				i, s->type, s->target, s->number, s->use, str_from(s->anchor), str_from(s->url)
			};
	}
}

/* A mention of `target` wherever `name` begins; it may run over a line end. */
static void add_mention(struct world *w, uint32_t page, const char *name, size_t len, uint32_t target,
			enum mention_state state)
{
	struct page *p = &w->site->pages[page];
	struct mention *list = arena_array(&w->a, struct mention, p->n_mentions + 1);

	if (p->n_mentions)
		memcpy(list, p->mentions, p->n_mentions * sizeof(*list));
	p->mentions = list;
	for (uint32_t i = 0; i < p->doc->n_nodes; i++) {
		ptrdiff_t at = str_find(doc_text(p->doc, &doc_nodes(p->doc)[i]), str_from(name));

		if (doc_nodes(p->doc)[i].type == DOC_TEXT && at >= 0) {
			list[p->n_mentions++] =
				(struct mention){ target, i, (uint32_t)at, (uint16_t)len, (uint8_t)state };
			return;
		}
	}
	fail_msg("no '%s' in the text", name);
}

static const struct {
	const char *text;
	struct link_spec links[3];
	const char *html;
} cases[] = {
	/* links */
	{ "[a](x.md)", { { LINK_PAGE, ACME, "", "", 0, 0 } }, "<p><a href=\"/sub/companies/acme/\">a</a></p>\n" },
	{ "[a](x.md \"T&\")",
	  { { LINK_PAGE, ACME, "h-1", "", 0, 0 } },
	  "<p><a href=\"/sub/companies/acme/#h-1\" title=\"T&amp;\">a</a></p>\n" },
	{ "[a](#x)", { { LINK_ANCHOR, UINT32_MAX, "x", "", 0, 0 } }, "<p><a href=\"#x\">a</a></p>\n" },
	{ "[a](#x)",
	  { { LINK_ANCHOR, UINT32_MAX, "x\"><script>", "", 0, 0 } },
	  "<p><a href=\"#x&quot;&gt;&lt;script&gt;\">a</a></p>\n" },
	{ "[a](f.pdf)",
	  { { LINK_FILE, UINT32_MAX, "", "/f&g.pdf", 0, 0 } },
	  "<p><a href=\"/sub/f&amp;g.pdf\">a</a></p>\n" },
	{ "[a](https://y.org/?a=1&b=2)",
	  { { LINK_EXTERNAL, UINT32_MAX, "", "https://y.org/?a=1&b='\"", 0, 0 } },
	  "<p><a class=\"external\" href=\"https://y.org/?a=1&amp;b=&#39;%22\">a</a></p>\n" },
	{ "[a](mailto:x@y.org)",
	  { { LINK_EXTERNAL, UINT32_MAX, "", "mailto:x@y.org", 0, 0 } },
	  "<p><a href=\"mailto:x@y.org\">a</a></p>\n" },
	{ "[*a*](javascript:x)", { { LINK_EXTERNAL, UINT32_MAX, "", "javascript:x", 0, 0 } }, "<p><em>a</em></p>\n" },
	{ "[a](x)", { { LINK_EXTERNAL, UINT32_MAX, "", "DATA:text/html,x", 0, 0 } }, "<p>a</p>\n" },
	{ "[a](x.md)", { { LINK_BROKEN, UINT32_MAX, "", "", 0, 0 } }, "<p>a</p>\n" },
	/* wikilinks */
	{ "[[companies/acme]]",
	  { { LINK_PAGE, ACME, "", "", 0, 0 } },
	  "<p><a href=\"/sub/companies/acme/\">Acme</a></p>\n" },
	{ "[[北大]]", { { LINK_PAGE, ACME, "", "", 0, 0 } }, "<p><a href=\"/sub/companies/acme/\">北大</a></p>\n" },
	{ "[[acme|the firm]]",
	  { { LINK_PAGE, ACME, "", "", 0, 0 } },
	  "<p><a href=\"/sub/companies/acme/\">the firm</a></p>\n" },
	{ "[[about]]",
	  { { LINK_PAGE, ABOUT, "", "", 0, 0 } },
	  "<p><a href=\"/sub/about/\">About &quot;us&quot; &amp; &lt;them&gt;</a></p>\n" },
	{ "[[#part]]\n\n## The part",
	  { { LINK_ANCHOR, HOME, "the-part", "", 0, 0 } },
	  "<p><a href=\"#the-part\">The part</a></p>\n<h2 id=\"the-part\">The part <a class=\"anchor\" "
	  "href=\"#the-part\" "
	  "aria-hidden=\"true\" tabindex=\"-1\">#</a></h2>\n" },
	{ "[[hidden]]", { { LINK_BROKEN, UINT32_MAX, "", "", 0, 0 } }, "<p>hidden</p>\n" },
	/* images */
	{ "![a *b*](i.png \"t\")",
	  { { LINK_FILE, UINT32_MAX, "", "/i.12.png", 0, 0 } },
	  "<p><img src=\"/sub/i.12.png\" alt=\"a b\" title=\"t\" loading=\"lazy\" /></p>\n" },
	{ "![a](https://y.org/i.png)",
	  { { LINK_EXTERNAL, UINT32_MAX, "", "https://y.org/i.png", 0, 0 } },
	  "<p><img src=\"https://y.org/i.png\" alt=\"a\" loading=\"lazy\" /></p>\n" },
	{ "![a \"b\"](javascript:x)",
	  { { LINK_EXTERNAL, UINT32_MAX, "", "javascript:x", 0, 0 } },
	  "<p>a &quot;b&quot;</p>\n" },
	{ "![a](x)", { { LINK_BROKEN, UINT32_MAX, "", "", 0, 0 } }, "<p>a</p>\n" },
	/* citations */
	{ "A[@report]. B[@report].",
	  { { LINK_CITE_SOURCE, REPORT, "", "", 1, 1 }, { LINK_CITE_SOURCE, REPORT, "", "", 1, 2 } },
	  "<p>A<sup class=\"cite\"><a href=\"#note-1\" id=\"cite-1-1\">1</a></sup>. "
	  "B<sup class=\"cite\"><a href=\"#note-1\" id=\"cite-1-2\">1</a></sup>.</p>\n" },
	{ "A[@gone].", { { LINK_BROKEN, UINT32_MAX, "", "", 0, 0 } }, "<p>A.</p>\n" },
	/* embeds of facts */
	{ "![[staff]]",
	  { { LINK_EMBED_FACT, 0, "", "", 0, 0 } },
	  "<p class=\"figure\"><a href=\"/sub/companies/acme/#fact-staff\">1,200 people</a></p>\n" },
	{ "It has ![[staff]].",
	  { { LINK_EMBED_FACT, 0, "", "", 0, 0 } },
	  "<p>It has <a href=\"/sub/companies/acme/#fact-staff\">1,200 people</a>.</p>\n" },
	{ "![[gone]]", { { LINK_BROKEN, UINT32_MAX, "", "", 0, 0 } }, "" },
	/* shortcodes without an engine */
	{ "{{< box >}}\n\nText.\n\n{{< /box >}}", { { 0 } }, "<p>Text.</p>\n" },
};

static void writes_what_links_mean(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct world w;

		set_up(&w, "/");
		set_text(&w, HOME, cases[i].text, cases[i].links);
		body_write(&w.out, &w.body, &w.site->pages[HOME]);
		fixture_equal(buf_str(&w.out), cases[i].html);
		tear_down(&w);
	}
}

static void links_mentions(void **state)
{
	struct world w;

	(void)state;
	set_up(&w, "/");
	set_text(&w, HOME, "Acme & Notes, Acme.\nThen ACME\nInc and\nNotes.", NULL);
	add_mention(&w, HOME, "Acme", 4, ACME, MENTION_LINKED);
	add_mention(&w, HOME, "Notes", 5, NOTES, MENTION_REPEATED);
	add_mention(&w, HOME, "ACME", 8, ACME, MENTION_LINKED);
	body_write(&w.out, &w.body, &w.site->pages[HOME]);
	fixture_equal(buf_str(&w.out),
		      "<p><a class=\"auto\" href=\"/sub/companies/acme/\">Acme</a> &amp; Notes, Acme.\n"
		      "Then <a class=\"auto\" href=\"/sub/companies/acme/\">ACME\nInc</a> and\nNotes.</p>\n");
	tear_down(&w);
}

static void leaves_ids_out_elsewhere(void **state)
{
	static const struct link_spec cite[] = { { LINK_CITE_SOURCE, REPORT, "", "", 2, 1 } };
	struct world w;

	(void)state;
	set_up(&w, "/about/");
	set_text(&w, HOME, "## Part\n\nText[@report][^n]. [a](#part)\n\n[^n]: A note.",
		 (struct link_spec[]){ cite[0], { LINK_ANCHOR, UINT32_MAX, "part", "", 0, 0 } });
	body_write(&w.out, &w.body, &w.site->pages[HOME]);
	assert_true(str_starts(buf_str(&w.out),
			       STR("<h2>Part</h2>\n<p>Text<sup class=\"cite\"><a href=\"/sub/#note-2\">2</a></sup>"
				   "<sup class=\"footnote-ref\"><a href=\"/sub/#fn-")));
	assert_true(str_ends(buf_str(&w.out), STR("\">1</a></sup>. <a href=\"/sub/#part\">a</a></p>\n")));
	/* At home they are all there. */
	buf_clear(&w.out);
	w.href.from = STR("/");
	body_write(&w.out, &w.body, &w.site->pages[HOME]);
	assert_true(str_contains(buf_str(&w.out), STR("<h2 id=\"part\">")));
	assert_true(str_contains(buf_str(&w.out), STR("id=\"cite-2-1\"")));
	assert_true(str_contains(buf_str(&w.out), STR("<li id=\"fn-")));
	tear_down(&w);
}

static void embeds_pages_and_sections(void **state)
{
	struct world w;

	(void)state;
	set_up(&w, "/");
	set_text(&w, ACME, "Intro.\n\n## One\n\nFirst.\n\n## Two\n\nSecond.", NULL);
	set_text(&w, HOME, "![[acme#one]]\n\nAnd ![[acme]].",
		 (struct link_spec[]){ { LINK_EMBED_PAGE, ACME, "one", "", 0, 0 },
				       { LINK_EMBED_PAGE, ACME, "", "", 0, 0 } });
	body_write(&w.out, &w.body, &w.site->pages[HOME]);
	fixture_equal(buf_str(&w.out), "<div class=\"embed\">\n<h2>One</h2>\n<p>First.</p>\n"
				       "<p class=\"embed-from\"><a href=\"/sub/companies/acme/\">Acme</a></p>\n</div>\n"
				       "<p>And <a href=\"/sub/companies/acme/\">Acme</a>.</p>\n");
	tear_down(&w);
}

/* link refuses circles; should one come through, the page must end all the same. */
static void ends_circles_of_embeds(void **state)
{
	static const struct link_spec self[] = { { LINK_EMBED_PAGE, HOME, "", "", 0, 0 },
						 { LINK_EMBED_PAGE, HOME, "", "", 0, 0 },
						 { LINK_EMBED_PAGE, HOME, "", "", 0, 0 } };
	struct world w;

	(void)state;
	set_up(&w, "/");
	set_text(&w, HOME, "![[a]]\n\n![[b]]\n\n![[c]]", self);
	body_write(&w.out, &w.body, &w.site->pages[HOME]);
	assert_true(w.out.len < 1000000);
	assert_int_equal(w.body.depth, 0);
	tear_down(&w);
}

struct hooks {
	int figures, shortcodes;
	bool ok;
};

static bool on_figure(void *ctx, struct buf *out, const struct fact *f, bool is_block)
{
	struct hooks *h = ctx;

	h->figures++;
	if (h->ok)
		buf_add_format(out, "<figure>%.*s %d</figure>", STR_ARG(f->r.id), is_block);
	return h->ok;
}

static bool on_shortcode(void *ctx, struct buf *out, const struct page *p, struct str name, struct str args,
			 struct str body, struct pos at)
{
	struct hooks *h = ctx;

	h->shortcodes++;
	buf_add_format(out, "[%.*s:%.*s:%.*s:%.*s:%u]", STR_ARG(p->key), STR_ARG(name), STR_ARG(str_trim(args)),
		       STR_ARG(str_trim(body)), at.line);
	return true;
}

static void calls_the_theme(void **state)
{
	struct hooks h = { .ok = true };
	struct world w;

	(void)state;
	set_up(&w, "/");
	w.body.figure = on_figure;
	w.body.shortcode = on_shortcode;
	w.body.ctx = &h;
	set_text(&w, HOME, "![[staff]]\n\n{{< box a=\"1\" >}}\n\n*b*\n\n{{< /box >}}",
		 (struct link_spec[]){ { LINK_EMBED_FACT, 0, "", "", 0, 0 } });
	body_write(&w.out, &w.body, &w.site->pages[HOME]);
	assert_true(str_contains(buf_str(&w.out), STR("<figure>staff 1</figure>")));
	assert_true(str_contains(buf_str(&w.out), STR("[index:box:a=\"1\":<p><em>b</em></p>:3]")));
	/* A figure that failed leaves the value. */
	buf_clear(&w.out);
	h.ok = false;
	body_write(&w.out, &w.body, &w.site->pages[HOME]);
	assert_true(str_contains(buf_str(&w.out), STR("1,200 people")));
	assert_int_equal(h.figures, 2);
	assert_int_equal(h.shortcodes, 2);
	tear_down(&w);
}

static const struct {
	const char *text, *html;
} docs[] = {
	{ "A *b*.", "<p>A <em>b</em>.</p>\n" },
	{ "See [[companies/acme]] and [[acme]], not [[none]].",
	  "<p>See <a href=\"/sub/companies/acme/\">Acme</a> and <a href=\"/sub/companies/acme/\">Acme</a>, not "
	  "none.</p>\n" },
	{ "See [[companies/acme|it]].", "<p>See <a href=\"/sub/companies/acme/\">it</a>.</p>\n" },
	{ "Says who [@report, p. 3]", "<p>Says who (<a href=\"/sub/sources/report/\">A report</a>, p. 3)</p>\n" },
	{ "Says who [@acme]", "<p>Says who </p>\n" },
	{ "Says who [@nobody]", "<p>Says who </p>\n" },
	{ "[a](https://y.org) [b](/about/) [c](about.md) [d](javascript:x)",
	  "<p><a class=\"external\" href=\"https://y.org\">a</a> <a href=\"/sub/about/\">b</a> c d</p>\n" },
};

static void writes_short_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(docs); i++) {
		struct world w;

		set_up(&w, "/");
		body_write_doc(&w.out, &w.body, parse(&w, docs[i].text));
		fixture_equal(buf_str(&w.out), docs[i].html);
		tear_down(&w);
	}
}

static const struct {
	const char *text, *name; /* name: where the backlink points */
	const char *html;
} sentences[] = {
	{ "First. Then Acme grew. Last.", "Acme", "Then <mark>Acme</mark> grew." },
	{ "Acme's rivals & ACME Inc, Acmes.", "Acme",
	  "<mark>Acme</mark>&#39;s rivals &amp; <mark>ACME Inc</mark>, <mark>Acme</mark>s." },
	{ "Acmeist art at PreAcme.", "Acmeist", "Acmeist art at PreAcme." },
	{ "Sie gingen an die 北大. Dann", "北大", "Sie gingen an die <mark>北大</mark>." },
	{ "An ACME firm is acme, but akme and AKME are it.", "AKME",
	  "An ACME firm is acme, but <mark>akme</mark> and <mark>AKME</mark> are it." },
	{ "The company <b> grew.", "company", "The company &lt;b&gt; grew." },
};

static void marks_names_in_sentences(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(sentences); i++) {
		struct backlink link = { .page = HOME, .count = 1 };
		struct world w;

		set_up(&w, "/companies/acme/");
		w.site->pages[ACME].names[2].any_case = true;
		w.site->pages[HOME].doc = fixture_doc(&w.a, sentences[i].text);
		for (link.node = 0; doc_nodes(w.site->pages[HOME].doc)[link.node].type != DOC_TEXT; link.node++)
			;
		link.off = (uint32_t)str_find(str_from(sentences[i].text), str_from(sentences[i].name));
		body_write_sentence(&w.out, &w.body, &w.site->pages[HOME], &link, &w.site->pages[ACME]);
		fixture_equal(buf_str(&w.out), sentences[i].html);
		/* Who only tags a page says nothing of it. */
		buf_clear(&w.out);
		link.node = UINT32_MAX;
		body_write_sentence(&w.out, &w.body, &w.site->pages[HOME], &link, &w.site->pages[ACME]);
		assert_int_equal(w.out.len, 0);
		tear_down(&w);
	}
}

static void notes_what_it_reads(void **state)
{
	struct world w;

	(void)state;
	set_up(&w, "/");
	set_text(&w, ABOUT, "Text.", NULL);
	set_text(&w, HOME, "[[acme]]\n\n![[staff]]\n\n![[about]]",
		 (struct link_spec[]){ { LINK_PAGE, ACME, "", "", 0, 0 },
				       { LINK_EMBED_FACT, 0, "", "", 0, 0 },
				       { LINK_EMBED_PAGE, ABOUT, "", "", 0, 0 } });
	body_write(&w.out, &w.body, &w.site->pages[HOME]);
	assert_true(fixture_notes(&w.facts, FACT_PAGE_BODY, "index"));
	assert_true(fixture_notes(&w.facts, FACT_PAGE_TITLE, "companies/acme"));
	assert_true(fixture_notes(&w.facts, FACT_PAGE_NAMES, "companies/acme"));
	assert_true(fixture_notes(&w.facts, FACT_FACT, "staff"));
	assert_true(fixture_notes(&w.facts, FACT_PAGE_BODY, "about"));
	/* Also what is not there may come to be. */
	factset_begin(&w.facts);
	body_write_doc(&w.out, &w.body, parse(&w, "[[companies/none]] [@none]"));
	assert_true(fixture_notes(&w.facts, FACT_QUERY, "find tag=companies/none"));
	assert_true(fixture_notes(&w.facts, FACT_QUERY, "find tag=none"));
	tear_down(&w);
}

static void follows_the_form_of_links(void **state)
{
	struct world w;

	(void)state;
	set_up(&w, "/companies/acme/");
	w.href.is_relative = w.href.is_offline = true;
	body_write_link(&w.out, &w.body, &w.site->pages[ABOUT], STR("a<b"));
	body_write_href(&w.out, &w.href, STR("/companies/acme/"), STR("x"));
	fixture_equal(buf_str(&w.out), "<a href=\"../../about/index.html\">a&lt;b</a>#x");
	tear_down(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_what_links_mean),   cmocka_unit_test(links_mentions),
		cmocka_unit_test(leaves_ids_out_elsewhere), cmocka_unit_test(embeds_pages_and_sections),
		cmocka_unit_test(ends_circles_of_embeds),   cmocka_unit_test(calls_the_theme),
		cmocka_unit_test(writes_short_texts),       cmocka_unit_test(marks_names_in_sentences),
		cmocka_unit_test(notes_what_it_reads),      cmocka_unit_test(follows_the_form_of_links),
	};

	return cmocka_run_group_tests_name("body", tests, NULL, NULL);
}
