#include "tempsite.h"

static void put_page(struct tempsite *t, const char *path, const char *head, const char *text)
{
	tempsite_put(t, path, str_z(&t->arena, str_format(&t->arena, "+++\n%s\n+++\n%s\n", head, text)));
}

static const struct {
	const char *path, *head, *key, *url;
} addresses[] = {
	{ "content/index.md", "title = 'A'", "index", "/" },
	{ "content/about.md", "title = 'A'", "about", "/about/" },
	{ "content/About Us.md", "title = 'A'", "About Us", "/about-us/" },
	{ "content/companies/index.md", "title = 'A'", "companies", "/companies/" },
	{ "content/companies/deepseek.md", "title = 'A'", "companies/deepseek", "/companies/deepseek/" },
	{ "content/companies/Deep Seek/index.md", "title = 'A'", "companies/Deep Seek", "/companies/deep-seek/" },
	{ "content/My Notes/Part One/x.md", "title = 'A'", "My Notes/Part One/x", "/my-notes/part-one/x/" },
	{ "content/companies/a.md", "title = 'A'\nslug = 'b'", "companies/a", "/companies/b/" },
	{ "content/people/梁文锋.md", "title = 'A'", "people/梁文锋", "/people/梁文锋/" },
	{ "content/people/Zürich Zoë.md", "title = 'A'", "people/Zürich Zoë", "/people/zurich-zoe/" },
	{ "content/+/x.md", "title = 'A'", "+/x", "/x/" },
};

static void addresses_follow_from_folders_and_slugs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(addresses); i++) {
		struct tempsite t;
		const struct page *p;

		tempsite_open(&t);
		put_page(&t, addresses[i].path, addresses[i].head, "");
		tempsite_build(&t);
		if (t.dl.len)
			fail_msg("%s: %s", addresses[i].path, tempsite_said(&t));
		p = tempsite_page(&t, addresses[i].key);
		assert_non_null(p);
		fixture_equal(p->url, addresses[i].url);
		assert_ptr_equal(site_page_by_url(&t.r.site, p->url), p);
		assert_ptr_equal(site_page(&t.r.site, p->index), p);
		fixture_equal(p->lang, "en");
		tempsite_close(&t);
	}
}

static const struct {
	const char *name, *first, *first_head, *second, *second_head, *said;
} collisions[] = {
	{ "a file and a folder of one name", "content/a.md", "title = 'A'", "content/a/index.md", "title = 'B'",
	  "error page/duplicate content/a/index.md" },
	{ "two names of an index", "content/a/_index.md", "title = 'A'", "content/a/index.md", "title = 'B'",
	  "error page/duplicate content/a/index.md" },
	{ "one slug twice", "content/a.md", "title = 'A'\nslug = 'c'", "content/b.md", "title = 'B'\nslug = 'c'",
	  "error page/duplicate-url content/b.md" },
	{ "names that differ in case", "content/A.md", "title = 'A'", "content/a.md", "title = 'B'",
	  "error page/duplicate-url content/a.md" },
	{ "names that differ in signs", "content/a b.md", "title = 'A'", "content/a-b.md", "title = 'B'",
	  "error page/duplicate-url content/a-b.md" },
	{ "a slug that is another folder's", "content/companies/x.md", "title = 'A'\nslug = 'y'",
	  "content/companies/y.md", "title = 'B'", "error page/duplicate-url content/companies/y.md" },
	{ "a page where a section is", "content/a.md", "title = 'A'\nslug = 'companies'", "content/b.md", "title = 'B'",
	  "error page/duplicate-url content/a.md" },
	{ "a redirect onto a page", "content/a.md", "title = 'A'\nredirects = ['/b/']", "content/b.md", "title = 'B'",
	  "error page/redirect-taken content/a.md" },
	{ "a redirect without its slash onto a page", "content/a.md", "title = 'A'\nredirects = ['/b']", "content/b.md",
	  "title = 'B'", "error page/redirect-taken content/a.md" },
	{ "one redirect twice", "content/a.md", "title = 'A'\nredirects = ['/old/']", "content/b.md",
	  "title = 'B'\nredirects = ['/Old']", "error page/redirect-taken content/b.md" },
};

static void no_two_pages_share_an_address(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(collisions); i++) {
		struct tempsite t;

		tempsite_open(&t);
		put_page(&t, collisions[i].first, collisions[i].first_head, "");
		put_page(&t, collisions[i].second, collisions[i].second_head, "");
		tempsite_build(&t);
		if (strcmp(tempsite_said(&t), collisions[i].said))
			fail_msg("%s: %s", collisions[i].name, tempsite_said(&t));
		tempsite_close(&t);
	}
}

static void redirects_lead_to_their_page(void **state)
{
	struct tempsite t;
	const struct site *s = &t.r.site;

	(void)state;
	tempsite_open(&t);
	put_page(&t, "content/a.md", "title = 'A'\nredirects = ['/old', '/older/', '/was.html', '/v1.2/x']", "");
	tempsite_build(&t);
	assert_int_equal(t.dl.len, 0);
	assert_int_equal(s->n_redirects, 4);
	fixture_equal(s->redirects[0].from, "/old/");
	fixture_equal(s->redirects[1].from, "/older/");
	fixture_equal(s->redirects[2].from, "/was.html");
	fixture_equal(s->redirects[3].from, "/v1.2/x/");
	for (size_t i = 0; i < 4; i++)
		fixture_equal(s->redirects[i].to, "/a/");
	tempsite_close(&t);
}

static void sections_stand_for_kinds_that_have_pages(void **state)
{
	struct tempsite t;

	(void)state;
	tempsite_open(&t);
	put_page(&t, "content/people/a.md", "title = 'A'", "");
	put_page(&t, "content/other/b.md", "title = 'B'\nkind = 'topic'", "");
	tempsite_build(&t);
	/* companies may have stubs, topics a page elsewhere. */
	assert_true(tempsite_page(&t, "companies")->is_section);
	assert_true(tempsite_page(&t, "people")->is_section);
	assert_true(tempsite_page(&t, "topics")->is_section);
	assert_null(tempsite_page(&t, "articles"));
	fixture_equal(tempsite_page(&t, "people")->title, "People");
	assert_true(tempsite_page(&t, "index")->is_home);
	fixture_equal(tempsite_page(&t, "index")->title, "Test");
	assert_string_equal(tempsite_keys(&t, tempsite_page(&t, "topics")->members,
					  tempsite_page(&t, "topics")->n_members),
			    "other/b");
	/* A page of its own, too, is the section. */
	put_page(&t, "content/people/index.md", "title = 'Persons'", "Introduction.");
	tempsite_build(&t);
	assert_true(tempsite_page(&t, "people")->is_section);
	fixture_equal(tempsite_page(&t, "people")->title, "Persons");
	assert_string_equal(tempsite_keys(&t, tempsite_page(&t, "people")->members,
					  tempsite_page(&t, "people")->n_members),
			    "people/a");
	tempsite_close(&t);
}

static const struct {
	const char *sort, *members;
} orders[] = {
	{ "title", "people/d people/a people/b people/c" },
	{ "date", "people/d people/b people/a people/c" },
	{ "-date", "people/c people/a people/b people/d" },
	{ "weight", "people/d people/b people/c people/a" },
};

static void sections_are_in_the_order_of_their_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(orders); i++) {
		struct tempsite t;
		const struct page *s;

		tempsite_open(&t);
		tempsite_put(&t, "site.toml",
			     str_z(&t.arena,
				   str_format(&t.arena,
					      "title = 'T'\nbase_url = 'https://example.org/'\n[kinds.person]\n"
					      "label = 'Person'\nplural = 'People'\ndir = 'people'\nsort = '%s'\n",
					      orders[i].sort)));
		put_page(&t, "content/people/a.md", "title = 'Émile'\ndate = '2024-05'\nweight = 5", "");
		put_page(&t, "content/people/b.md", "title = 'Frank'\ndate = 2024-04-30\nweight = 1", "");
		put_page(&t, "content/people/c.md", "title = 'gerd'\ndate = 2025\nweight = 2", "");
		put_page(&t, "content/people/d.md", "title = '“Adam”'", "");
		tempsite_build(&t);
		s = tempsite_page(&t, "people");
		if (t.dl.len || strcmp(tempsite_keys(&t, s->members, s->n_members), orders[i].members))
			fail_msg("%s: %s %s", orders[i].sort, tempsite_keys(&t, s->members, s->n_members),
				 tempsite_said(&t));
		for (size_t k = 0; k < s->n_members; k++) {
			const struct page *p = &t.r.site.pages[s->members[k]];

			assert_int_equal(p->prev, k ? s->members[k - 1] : UINT32_MAX);
			assert_int_equal(p->next, k + 1 < s->n_members ? s->members[k + 1] : UINT32_MAX);
		}
		assert_int_equal(s->prev, UINT32_MAX);
		tempsite_close(&t);
	}
}

static const struct {
	const char *name, *head, *now;
	bool is_draft_lifted, is_future_lifted, is_published;
} holds[] = {
	{ "a draft", "draft = true", "2026-05-01", false, false, false },
	{ "a draft in a preview", "draft = true", "2026-05-01", true, false, true },
	{ "publish = false", "publish = false", "2026-05-01", true, true, false },
	{ "before the embargo", "embargo = 2026-05-02", "2026-05-01", false, false, false },
	{ "on its day", "embargo = 2026-05-02", "2026-05-02", false, false, true },
	{ "before it in a preview", "embargo = 2026-05-02", "2026-05-01", false, true, true },
	{ "before its hour", "embargo = 2026-05-02T12:00:00Z", "2026-05-02T11:59:59Z", false, false, false },
	{ "at its hour", "embargo = 2026-05-02T12:00:00Z", "2026-05-02T12:00:00Z", false, false, true },
	{ "its hour unknown", "embargo = 2026-05-02T12:00:00Z", "2026-05-02", false, false, false },
	{ "the day after its hour", "embargo = 2026-05-02T12:00:00Z", "2026-05-03", false, false, true },
	{ "an hour of another zone", "embargo = 2026-05-02T01:00:00+08:00", "2026-05-01T18:00:00Z", false, false,
	  true },
	{ "a future date", "date = 2026-05-02", "2026-05-01", false, false, false },
	{ "a future date in a preview", "date = 2026-05-02", "2026-05-01", false, true, true },
	{ "today", "date = 2026-05-01", "2026-05-01", false, false, true },
	{ "today at noon", "date = 2026-05-01T12:00:00Z", "2026-05-01", false, false, true },
	{ "this year", "date = '2026'", "2026-05-01", false, false, true },
	{ "next year", "date = '2027'", "2026-05-01", false, false, false },
	{ "before it expires", "expires = 2026-05-02", "2026-05-01", false, false, true },
	{ "on the day it expires", "expires = 2026-05-02", "2026-05-02", false, false, false },
	{ "expired, in a preview", "expires = 2026-05-01", "2026-05-02", true, true, false },
	{ "on the day it expires, its hour unknown", "expires = 2026-05-01T12:00:00Z", "2026-05-01", false, false,
	  false },
};

static void pages_are_withheld_by_state_and_date(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(holds); i++) {
		struct tempsite t;

		tempsite_open(&t);
		t.opt.now = str_from(holds[i].now);
		t.opt.with_drafts = holds[i].is_draft_lifted;
		t.opt.with_future = holds[i].is_future_lifted;
		put_page(&t, "content/people/a.md",
			 str_z(&t.arena, str_format(&t.arena, "title = 'A'\n%s", holds[i].head)), "");
		tempsite_build(&t);
		if (t.dl.len || (tempsite_page(&t, "people/a") != NULL) != holds[i].is_published)
			fail_msg("%s: %s", holds[i].name, tempsite_said(&t));
		tempsite_close(&t);
	}
}

#define SECRET \
	"title = 'Secret'\naliases = ['Hidden', '秘密']\nredirects = ['/leak/']\ndraft = true\ncompanies = " \
	"['Public', 'Nobody else']\n" \
	"[[facts]]\nid = 'secret-fact'\nmeasure = 'M'\nvalue = 1\nsource = 'open-source'\n" \
	"[[facts]]\nid = 'secret-about-public'\nsubject = 'public'\nmeasure = 'M'\nvalue = 2\nsource = " \
	"'open-source'\n" \
	"[[relations]]\ntype = 'founded_by'\ntarget = 'public'\n" \
	"[[events]]\ndate = 2025\ntext = 'It'\nabout = ['public']\n" \
	"[[quotes]]\nspeaker = 'public'\ntext = 'Words'\nsource = 'open-source'\n" \
	"[[comparisons]]\ntitle = 'C'\nkind = 'scope'\npassages = [{ source = 'open-source', quote = 'x' }]\nabout = " \
	"['public']"

static void nothing_of_a_withheld_page_is_left(void **state)
{
	struct tempsite t;
	const struct site *s = &t.r.site;
	const struct page *p;

	(void)state;
	tempsite_open(&t);
	put_page(&t, "content/companies/secret/index.md", SECRET,
		 "Speaks of Public, ![x](s.png) and [[public]][@open-source].");
	tempsite_put(&t, "content/companies/secret/s.png", "x");
	put_page(&t, "content/companies/public.md", "title = 'Public'", "Names Secret, Hidden and 秘密.");
	put_page(&t, "content/sources/open-source.md", "title = 'Open'", "");
	tempsite_build(&t);
	assert_int_equal(t.dl.len, 0);
	assert_string_equal(tempsite_pages(&t), "companies/public sources/open-source");
	p = tempsite_page(&t, "companies/public");
	assert_int_equal(p->n_mentions, 0);
	assert_int_equal(p->n_backlinks, 0);
	assert_int_equal(p->n_members, 0);
	assert_int_equal(p->n_facts + p->n_relations + p->n_events + p->n_quotes + p->n_comparisons, 0);
	assert_int_equal(tempsite_page(&t, "sources/open-source")->n_rests, 0);
	assert_int_equal(tempsite_page(&t, "sources/open-source")->n_backlinks, 0);
	assert_int_equal(tempsite_page(&t, "companies")->n_members, 1);
	assert_int_equal(s->records.n_facts + s->records.n_relations + s->records.n_events + s->records.n_quotes +
				 s->records.n_comparisons + s->n_sets + s->n_redirects,
			 0);
	assert_false(map_has(&s->by_name, STR("hidden")));
	assert_false(map_has(&s->by_name, STR("secret")));
	for (size_t i = 0; i < s->n_assets; i++)
		if (str_eq(s->assets[i].name, STR("companies/secret/s.png")))
			assert_false(s->assets[i].is_used);
	tempsite_close(&t);
}

static const struct {
	const char *text, *links;
} to_withheld[] = {
	{ "[[Secret]]", "broken" },
	{ "[[secret|it]]", "broken" },
	{ "[[companies/secret]]", "broken" },
	{ "[[秘密]]", "broken" },
	{ "[x](../companies/secret/index.md)", "broken" },
	{ "[x](../companies/secret.md)", "broken" },
	{ "[x](/companies/secret/)", "broken" },
	{ "[x](/companies/secret)", "broken" },
	{ "[x](/companies/secret.md)", "broken" },
	{ "![[secret]]", "broken" },
	{ "x[@secret-fact]", "broken" },
	{ "![[secret-fact]]", "broken" },
};

static void links_to_withheld_pages_are_only_text(void **state)
{
	struct tempsite t;

	(void)state;
	tempsite_open(&t);
	put_page(&t, "content/companies/secret/index.md", SECRET, "");
	put_page(&t, "content/companies/public.md", "title = 'Public'", "");
	put_page(&t, "content/sources/open-source.md", "title = 'Open'", "");
	for (size_t i = 0; i < COUNT(to_withheld); i++) {
		put_page(&t, "content/articles/x.md", "title = 'X'", to_withheld[i].text);
		tempsite_build(&t);
		if (strcmp(tempsite_links(&t, "articles/x"), to_withheld[i].links) || t.dl.len != 1 || t.dl.errors ||
		    !fixture_diag(&t.dl, "link/withheld"))
			fail_msg("%s: %s; %s", to_withheld[i].text, tempsite_links(&t, "articles/x"),
				 tempsite_said(&t));
	}
	tempsite_close(&t);
}

static const struct {
	const char *name, *records;
} about_withheld[] = {
	{ "a fact of it", "[[facts]]\nid = 'x'\nsubject = 'secret'\nmeasure = 'M'\nvalue = 1\nsource = 's'\n" },
	{ "a fact from it", "[[facts]]\nid = 'x'\nsubject = 'public'\nmeasure = 'M'\nvalue = 1\nsource = 'hidden'\n" },
	{ "an event about it", "[[events]]\ndate = 2025\ntext = 'x'\nabout = ['secret']\n" },
	{ "an event from it", "[[events]]\ndate = 2025\ntext = 'x'\nabout = ['public']\nsource = 'hidden'\n" },
	{ "what it said", "[[quotes]]\nspeaker = 'secret'\ntext = 'x'\nsource = 's'\n" },
	{ "what was said in it", "[[quotes]]\nspeaker = 'public'\ntext = 'x'\nsource = 'hidden'\n" },
	{ "a passage of it", "[[comparisons]]\ntitle = 'T'\nkind = 'scope'\npassages = [{ source = 's', quote = 'x' }, "
			     "{ source = 'hidden', quote = 'y' }]\n" },
	{ "a comparison with its fact",
	  "[[comparisons]]\ntitle = 'T'\nkind = 'scope'\nfacts = ['public-fact', 'secret-fact']\nexplanation = 'x'\n" },
};

static void records_about_withheld_pages_go_with_them(void **state)
{
	struct tempsite t;
	const struct records *r = &t.r.site.records;

	(void)state;
	tempsite_open(&t);
	put_page(
		&t, "content/companies/secret.md",
		"title = 'Secret'\ndraft = true\n[[facts]]\nid = 'secret-fact'\nmeasure = 'M'\nvalue = 1\nsource = 's'",
		"");
	put_page(&t, "content/sources/hidden.md", "title = 'Hidden'\ndraft = true", "");
	put_page(&t, "content/companies/public.md",
		 "title = 'Public'\n[[facts]]\nid = 'public-fact'\nmeasure = 'M'\nvalue = 2\nsource = 's'", "");
	put_page(&t, "content/sources/s.md", "title = 'S'", "");
	for (size_t i = 0; i < COUNT(about_withheld); i++) {
		tempsite_put(&t, "data/records.toml", about_withheld[i].records);
		tempsite_build(&t);
		if (r->n_facts + r->n_events + r->n_quotes + r->n_comparisons != 1 || t.dl.errors || t.dl.len != 1 ||
		    !fixture_diag(&t.dl, "link/withheld"))
			fail_msg("%s: %s", about_withheld[i].name, tempsite_said(&t));
	}
	/* What is about others as well stays, without it. */
	tempsite_put(&t, "data/records.toml", "[[events]]\ndate = 2025\ntext = 'x'\nabout = ['secret', 'public']\n");
	tempsite_build(&t);
	assert_int_equal(r->n_events, 1);
	assert_int_equal(r->events[0].n_about, 1);
	fixture_equal(r->events[0].about[0].page->key, "companies/public");
	tempsite_close(&t);
}

static const struct {
	const char *name, *first, *second, *pages, *said;
} tags[] = {
	{ "a known page", "companies = ['known', 'Known', 'KN', 'companies/known']", "",
	  "articles/a articles/b companies/known", "" },
	{ "stubs, by key", "companies = ['Zeta', 'Alpha']", "companies = ['Beta', 'Zeta']",
	  "articles/a articles/b companies/alpha companies/beta companies/known companies/zeta", "" },
	{ "two cases of one name", "companies = ['Zeta', 'ZETA']", "companies = ['zeta']",
	  "articles/a articles/b companies/known companies/zeta", "" },
	{ "Chinese", "companies = ['深度求索']", "companies = ['深度求索']",
	  "articles/a articles/b companies/known companies/深度求索", "" },
	{ "one address for two names", "companies = ['C']", "companies = ['C++', 'C++']",
	  "articles/a articles/b companies/c companies/known", "warning link/stub-shared content/articles/b.md:3:14" },
	{ "no address", "companies = ['++']", "", "articles/a articles/b companies/known",
	  "error link/unknown-tag content/articles/a.md:3:14" },
	{ "no stubs of this kind", "people = ['Nobody']", "", "articles/a articles/b companies/known",
	  "error link/unknown-tag content/articles/a.md:3:11" },
	{ "another kind", "people = ['Known']", "", "articles/a articles/b companies/known",
	  "error link/unknown-tag content/articles/a.md:3:11" },
	{ "an empty name", "companies = ['', 'Known']", "", "articles/a articles/b companies/known", "" },
};

static void tags_name_pages_or_make_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(tags); i++) {
		struct tempsite t;

		tempsite_open(&t);
		put_page(&t, "content/companies/known.md", "title = 'Known'\naliases = ['KN']", "");
		put_page(&t, "content/articles/a.md",
			 str_z(&t.arena, str_format(&t.arena, "title = 'A'\n%s", tags[i].first)), "");
		put_page(&t, "content/articles/b.md",
			 str_z(&t.arena, str_format(&t.arena, "title = 'B'\n%s", tags[i].second)), "");
		tempsite_build(&t);
		if (strcmp(tempsite_pages(&t), tags[i].pages) || strcmp(tempsite_said(&t), tags[i].said))
			fail_msg("%s: %s; %s", tags[i].name, tempsite_pages(&t), tempsite_said(&t));
		tempsite_close(&t);
	}
}

static void stubs_are_pages_like_others(void **state)
{
	struct tempsite t;
	const struct page *p;

	(void)state;
	tempsite_open(&t);
	put_page(&t, "content/articles/a.md", "title = 'A'\ndate = 2025-01-01\ncompanies = ['Zeta', 'Alpha']", "");
	put_page(&t, "content/articles/b.md", "title = 'B'\ndate = 2025-02-01\ncompanies = ['zeta']",
		 "Zeta is named, and [[Alpha]].");
	tempsite_build(&t);
	assert_int_equal(t.dl.len, 0);
	p = tempsite_page(&t, "companies/zeta");
	assert_true(p->is_stub);
	fixture_equal(p->title, "Zeta");
	fixture_equal(p->url, "/companies/zeta/");
	assert_string_equal(tempsite_keys(&t, p->members, p->n_members), "articles/b articles/a");
	assert_string_equal(tempsite_mentions(&t, "articles/b"), "Zeta=companies/zeta");
	assert_string_equal(tempsite_links(&t, "articles/b"), "page companies/alpha");
	assert_string_equal(tempsite_keys(&t, tempsite_page(&t, "companies")->members,
					  tempsite_page(&t, "companies")->n_members),
			    "companies/alpha companies/zeta");
	p = tempsite_page(&t, "articles/a");
	assert_int_equal(p->tagged[0].pages[0], tempsite_page(&t, "companies/zeta")->index);
	assert_int_equal(p->tagged[0].pages[1], tempsite_page(&t, "companies/alpha")->index);
	for (uint32_t i = 0; i < t.r.site.n_pages; i++)
		assert_int_equal(t.r.site.pages[i].index, i);
	tempsite_close(&t);
}

static void a_page_that_tags_itself_is_a_member_and_no_backlink(void **state)
{
	const struct page *p;
	struct tempsite t;

	(void)state;
	tempsite_open(&t);
	put_page(&t, "content/companies/x.md", "title = 'X'\ndate = 2020-01-02\ncompanies = ['X']", "It is called X.");
	put_page(&t, "content/articles/a.md", "title = 'A'\ndate = 2020-01-01\ncompanies = ['X', 'Y']", "");
	put_page(&t, "content/articles/b.md", "title = 'B'\ndate = 2020-01-03\ncompanies = ['X', 'X']", "");
	tempsite_build(&t);
	p = tempsite_page(&t, "companies/x");
	assert_string_equal(tempsite_keys(&t, p->members, p->n_members), "articles/b companies/x articles/a");
	assert_int_equal(p->n_backlinks, 2);
	assert_int_equal(p->n_comentions, 1);
	assert_string_equal(tempsite_keys(&t, &p->comentions[0].page, 1), "companies/y");
	p = tempsite_page(&t, "companies/y");
	assert_int_equal(p->n_comentions, 1);
	assert_int_equal(p->comentions[0].count, 1);
	tempsite_close(&t);
}

/* A draft does not come back as a stub; a draft of another kind keeps no tag from its page. */
static void stubs_stay_clear_of_withheld_pages(void **state)
{
	struct tempsite t;

	(void)state;
	tempsite_open(&t);
	put_page(&t, "content/companies/secret.md", "title = 'Secret'\naliases = ['Hidden']\ndraft = true", "");
	put_page(&t, "content/articles/zeta.md", "title = 'Zeta'\ndraft = true", "");
	put_page(&t, "content/articles/a.md", "title = 'A'\ncompanies = ['Secret', 'hidden', 'Zeta']", "");
	tempsite_build(&t);
	assert_string_equal(tempsite_pages(&t), "articles/a companies/zeta");
	assert_int_equal(t.dl.errors, 0);
	assert_int_equal(t.dl.warnings, 2);
	tempsite_close(&t);
}

static void a_stub_does_not_take_the_place_of_a_page(void **state)
{
	struct tempsite t;

	(void)state;
	tempsite_open(&t);
	put_page(&t, "content/companies/ada.md", "title = 'Ada Holm'\nkind = 'person'", "");
	put_page(&t, "content/articles/a.md", "title = 'A'\ncompanies = ['Ada']", "");
	tempsite_build(&t);
	assert_string_equal(tempsite_said(&t), "error link/unknown-tag content/articles/a.md:3:14");
	assert_string_equal(tempsite_pages(&t), "articles/a companies/ada");
	tempsite_close(&t);
}

static const struct {
	const char *image, *used;
} images[] = {
	{ "pic.png", "articles/a/pic.png" },
	{ "./pic.png", "articles/a/pic.png" },
	{ "../shared.png", "articles/shared.png" },
	{ "articles/shared.png", "articles/shared.png" },
	{ "/articles/shared.png", "articles/shared.png" },
	{ "https://example.org/pic.png", "" },
};

static void attachments_are_published_when_they_are_used(void **state)
{
	struct tempsite t;

	(void)state;
	tempsite_open(&t);
	tempsite_put(&t, "content/articles/a/pic.png", "x");
	tempsite_put(&t, "content/articles/shared.png", "x");
	tempsite_put(&t, "content/articles/a/linked.pdf", "x");
	tempsite_put(&t, "content/articles/a/unused.pdf", "x");
	for (size_t i = 0; i < COUNT(images); i++) {
		put_page(&t, "content/articles/a/index.md",
			 str_z(&t.arena, str_format(&t.arena, "title = 'A'\nimage = '%s'", images[i].image)),
			 "[x](linked.pdf)");
		tempsite_build(&t);
		assert_int_equal(t.dl.len, 0);
		for (size_t k = 0; k < t.r.site.n_assets; k++) {
			const struct asset *as = &t.r.site.assets[k];

			if (str_starts(as->name, STR("articles/")) &&
			    as->is_used != (str_eq(as->name, str_from(images[i].used)) ||
					    str_eq(as->name, STR("articles/a/linked.pdf"))))
				fail_msg("%s: %.*s", images[i].image, STR_ARG(as->name));
		}
	}
	tempsite_close(&t);
}

static const char *const aspects[] = { "head",      "meta",   "body",       "names",       "links-in", "facts",
				       "relations", "events", "quotes",     "comparisons", "rests",    "members",
				       "title",     "dates",  "neighbours", "related" };

/* Aspects of written pages that differ: "companies/a:head companies/a:body". */
static const char *changed(struct tempsite *t, const struct digest *before, const char *const *keys, size_t n)
{
	struct buf b;
	const char *z;

	buf_init(&b, 0);
	for (size_t i = 0; i < n; i++)
		for (int k = 0; k < PAGE_ASPECTS; k++)
			if (!digest_eq(before[i * PAGE_ASPECTS + (size_t)k], tempsite_page(t, keys[i])->digests[k]))
				buf_add_format(&b, "%s%s:%s", b.len ? " " : "", keys[i], aspects[k]);
	z = str_z(&t->arena, buf_str(&b));
	buf_release(&b);
	return z;
}

static struct digest *digests_of(struct tempsite *t, const char *const *keys, size_t n)
{
	struct digest *d = arena_array(&t->arena, struct digest, n * PAGE_ASPECTS);

	for (size_t i = 0; i < n; i++)
		memcpy(d + i * PAGE_ASPECTS, tempsite_page(t, keys[i])->digests, sizeof(struct digest) * PAGE_ASPECTS);
	return d;
}

#define DEEPSEEK "title = 'DeepSeek'\n[[facts]]\nid = 'f'\nmeasure = 'M'\nvalue = 1\nsource = 's'"

static const char *const watched[] = { "articles/a", "companies/apple", "companies/deepseek", "people/liang",
				       "sources/s" };

static void put_watched(struct tempsite *t)
{
	put_page(t, "content/articles/a.md", "title = 'A'\ncompanies = ['Apple']", "DeepSeek and Apple[@s].");
	put_page(t, "content/companies/apple.md", "title = 'Apple'", "");
	put_page(t, "content/companies/deepseek.md", DEEPSEEK, "By [[liang]].");
	put_page(t, "content/people/liang.md", "title = 'Liang'", "");
	put_page(t, "content/sources/s.md", "title = 'S'", "");
}

static const struct {
	const char *name, *path, *head, *text, *changed;
} edits[] = {
	{ "nothing", "content/people/liang.md", "title = 'Liang'", "", "" },
	{ "pages before and after", "content/aaa.md", "title = 'AAA'", "Nobody.", "" },
	{ "a page that speaks of one", "content/aaa.md", "title = 'AAA'", "Apple.", "companies/apple:links-in" },
	{ "a text", "content/companies/apple.md", "title = 'Apple'", "Text.",
	  "companies/apple:head companies/apple:body" },
	{ "a title", "content/people/liang.md", "title = 'Liang W'", "",
	  "people/liang:head people/liang:meta people/liang:names people/liang:title" },
	{ "a date", "content/articles/a.md", "title = 'A'\ncompanies = ['Apple']\ndate = 2026-01-02",
	  "DeepSeek and Apple[@s].",
	  "articles/a:head articles/a:meta articles/a:dates companies/apple:links-in companies/deepseek:links-in "
	  "sources/s:links-in" },
	{ "a page beside one", "content/articles/b.md", "title = 'B'", "Nobody.", "articles/a:neighbours" },
	{ "a summary", "content/people/liang.md", "title = 'Liang'\nsummary = 'Somebody.'", "",
	  "people/liang:head people/liang:meta" },
	{ "a heading", "content/companies/deepseek.md", DEEPSEEK, "By [[liang]].\n\n# H", "companies/deepseek:body" },
	{ "another destination of a link", "content/companies/deepseek.md", DEEPSEEK,
	  "By [liang](https://example.org/).", "companies/deepseek:body people/liang:links-in" },
	{ "a template", "content/people/liang.md", "title = 'Liang'\ntemplate = 'x.html'", "", "people/liang:meta" },
	{ "a longer name at the same place", "content/companies/apple.md", "title = 'Apple'\naliases = ['and Apple']",
	  "", "articles/a:body companies/apple:meta companies/apple:names companies/apple:links-in" },
	{ "a figure", "content/companies/deepseek.md",
	  "title = 'DeepSeek'\n[[facts]]\nid = 'f'\nmeasure = 'M'\nvalue = 2\nsource = 's'", "By [[liang]].",
	  "companies/deepseek:meta companies/deepseek:facts sources/s:rests" },
	{ "a tag", "content/articles/a.md", "title = 'A'\ncompanies = ['DeepSeek']", "DeepSeek and Apple[@s].",
	  "articles/a:meta companies/apple:links-in companies/apple:members companies/deepseek:links-in "
	  "companies/deepseek:members" },
	{ "a withheld page", "content/zzz.md", "title = 'Z'\ndraft = true", "DeepSeek.", "" },
};

/* The second law needs exactness: what did not change must have the digest it had, whatever moved around it. */
static void digests_tell_what_changed_and_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(edits); i++) {
		struct tempsite t;
		struct digest *before;
		const char *got;

		tempsite_open(&t);
		put_watched(&t);
		tempsite_build(&t);
		assert_int_equal(t.dl.len, 0);
		before = digests_of(&t, watched, COUNT(watched));
		put_page(&t, edits[i].path, edits[i].head, edits[i].text);
		tempsite_build(&t);
		got = changed(&t, before, watched, COUNT(watched));
		if (strcmp(got, edits[i].changed) || t.dl.len)
			fail_msg("%s: '%s', not '%s'; %s", edits[i].name, got, edits[i].changed, tempsite_said(&t));
		tempsite_close(&t);
	}
}

/* What a page's body does not show of them, site.ndjson does. */
static void tells_where_references_lead(void **state)
{
	static const struct {
		const char *name, *path, *head, *text;
		bool is_other; /* than before */
	} steps[] = {
		{ "nothing", "content/people/liang.md", "title = 'Liang'", "", false },
		{ "an address", "content/people/liang.md", "title = 'Liang'\nslug = 'w'", "", true },
		{ "the address back", "content/people/liang.md", "title = 'Liang'", "", true },
		{ "a title", "content/people/liang.md", "title = 'Liang W'", "", false },
		{ "a name of several", "content/companies/apple.md", "title = 'Apple'\naliases = ['Fruit']", "",
		  false },
		{ "the other of them", "content/companies/fruit.md", "title = 'Fruit'", "", true },
		{ "an address that it only mentions", "content/companies/fruit.md", "title = 'Fruit'\nslug = 'f'", "",
		  false },
	};
	struct digest before;
	struct tempsite t;

	(void)state;
	tempsite_open(&t);
	put_watched(&t);
	put_page(&t, "content/articles/a.md", "title = 'A'", "[[liang]] sells Fruit, DeepSeek, and A.");
	tempsite_build(&t);
	for (size_t i = 0; i < COUNT(steps); i++) {
		before = tempsite_page(&t, "articles/a")->refs;
		put_page(&t, steps[i].path, steps[i].head, steps[i].text);
		tempsite_build(&t);
		if (digest_eq(before, tempsite_page(&t, "articles/a")->refs) == steps[i].is_other)
			fail_msg("%s", steps[i].name);
	}
	tempsite_close(&t);
}

#define RELATED(target, note) \
	"title = 'Apple'\n[[relations]]\ntype = 'founded_by'\ntarget = '" target "'\nsource = 's'\nnote = '" note "'"

/* A map of relations is drawn anew for another one, not for other words about it. */
static void tells_relations_from_what_is_said_of_them(void **state)
{
	static const struct {
		const char *head;
		bool is_related, is_said; /* whether the digest is another than the one before */
	} steps[] = { { RELATED("liang", "One."), true, true },
		      { RELATED("liang", "One."), false, false },
		      { RELATED("liang", "Two."), false, true },
		      { RELATED("deepseek", "Two."), true, true } };
	struct digest related = { 0, 0 }, said = { 0, 0 };
	struct tempsite t;

	(void)state;
	tempsite_open(&t);
	put_watched(&t);
	for (size_t i = 0; i < COUNT(steps); i++) {
		const struct page *p;

		put_page(&t, "content/companies/apple.md", steps[i].head, "");
		tempsite_build(&t);
		p = tempsite_page(&t, "companies/apple");
		assert_int_equal(p->n_relations, 1);
		assert_int_equal(!digest_eq(related, p->digests[PAGE_RELATED]), steps[i].is_related);
		assert_int_equal(!digest_eq(said, p->digests[PAGE_RELATIONS]), steps[i].is_said);
		related = p->digests[PAGE_RELATED];
		said = p->digests[PAGE_RELATIONS];
	}
	tempsite_close(&t);
}

static struct digest site_digest(const struct site *s)
{
	struct digest_state d;

	digest_begin(&d);
	for (size_t i = 0; i < s->n_pages; i++) {
		const struct page *p = &s->pages[i];

		digest_add(&d, p->key);
		for (int k = 0; k < PAGE_ASPECTS; k++) {
			digest_add_u64(&d, p->digests[k].hi);
			digest_add_u64(&d, p->digests[k].lo);
		}
		for (size_t k = 0; k < p->n_mentions; k++) {
			digest_add_u64(&d, (uint64_t)p->mentions[k].node << 32 | p->mentions[k].off);
			digest_add_u64(&d, (uint64_t)p->mentions[k].state << 32 | p->mentions[k].target);
		}
		for (size_t k = 0; k < p->n_comentions; k++)
			digest_add_u64(&d, (uint64_t)p->comentions[k].page << 32 | p->comentions[k].count);
	}
	return digest_end(&d);
}

static void any_number_of_workers_makes_the_same_site(void **state)
{
	static const char *const words[] = { "Apple",     "DeepSeek",   "Liang",       "Mercury", "and",   "the", "of",
					     "[[apple]]", "[[nobody]]", "\n\n# H\n\n", "[@s]",    "tags.", "AI" };
	static const size_t jobs[] = { 1, 2, 8 };
	struct tempsite t;
	struct digest first = { 0, 0 };
	const char *said = NULL;
	uint32_t seed = 5;

	(void)state;
	tempsite_open(&t);
	put_watched(&t);
	put_page(&t, "content/people/m.md", "title = 'Freddie Mercury'\naliases = ['Mercury']", "");
	put_page(&t, "content/companies/m.md", "title = 'Mercury Systems'\naliases = ['Mercury']", "");
	for (int i = 0; i < 120; i++) {
		struct buf b;

		buf_init(&b, 0);
		for (int k = 0; k < 60; k++) {
			seed = seed * 1664525 + 1013904223;
			buf_add_format(&b, "%s ", words[(seed >> 16) % COUNT(words)]);
		}
		put_page(&t, str_z(&t.arena, str_format(&t.arena, "content/articles/n%03d.md", i)),
			 str_z(&t.arena, str_format(&t.arena, "title = 'N'\ncompanies = ['Stub %d', 'apple']", i % 7)),
			 str_z(&t.arena, buf_str(&b)));
		buf_release(&b);
	}
	for (size_t i = 0; i < COUNT(jobs); i++) {
		struct digest now;

		t.opt.jobs = jobs[i];
		tempsite_build(&t);
		now = site_digest(&t.r.site);
		if (i == 0) {
			first = now;
			said = tempsite_said(&t);
			assert_true(t.dl.len > 50);
			continue;
		}
		assert_true(digest_eq(first, now));
		assert_string_equal(said, tempsite_said(&t));
	}
	tempsite_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_follow_from_folders_and_slugs),
		cmocka_unit_test(no_two_pages_share_an_address),
		cmocka_unit_test(redirects_lead_to_their_page),
		cmocka_unit_test(sections_stand_for_kinds_that_have_pages),
		cmocka_unit_test(sections_are_in_the_order_of_their_kind),
		cmocka_unit_test(pages_are_withheld_by_state_and_date),
		cmocka_unit_test(nothing_of_a_withheld_page_is_left),
		cmocka_unit_test(links_to_withheld_pages_are_only_text),
		cmocka_unit_test(records_about_withheld_pages_go_with_them),
		cmocka_unit_test(tags_name_pages_or_make_them),
		cmocka_unit_test(stubs_are_pages_like_others),
		cmocka_unit_test(a_page_that_tags_itself_is_a_member_and_no_backlink),
		cmocka_unit_test(stubs_stay_clear_of_withheld_pages),
		cmocka_unit_test(a_stub_does_not_take_the_place_of_a_page),
		cmocka_unit_test(attachments_are_published_when_they_are_used),
		cmocka_unit_test(digests_tell_what_changed_and_nothing_else),
		cmocka_unit_test(tells_where_references_lead),
		cmocka_unit_test(tells_relations_from_what_is_said_of_them),
		cmocka_unit_test(any_number_of_workers_makes_the_same_site),
	};

	return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
