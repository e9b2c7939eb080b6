#include "fixture.h"

#include "site/body.h"
#include "site/book.h"

static const struct fixture_page pages[] = {
	{ "articles", "title = 'Articles'", NULL },
	{ "articles/one", "title = 'One'", "## Part two\n\nText." },
	{ "comparisons", "title = 'Comparisons'", NULL },
	{ "companies", "title = 'Companies'", NULL },
	{ "companies/acme", "title = 'Acme'", "## History\n\nLong." },
	{ "companies/bolt", "title = 'Bolt'", NULL },
	{ "index", "title = 'Home'", NULL },
	{ "people", "title = 'People'", NULL },
	{ "sources", "title = 'Sources'", NULL },
	{ "sources/book", "title = 'A book'", NULL },
	{ "sources/paper", "title = 'A paper'", NULL },
	{ "sources/report", "title = 'A report'", NULL },
	{ "timeline", "title = 'Timeline'", NULL },
};
enum { ARTICLES, ONE, SETS, COMPANIES, ACME, BOLT, HOME, PEOPLE, SOURCES, BOOK, PAPER, REPORT };

struct world {
	struct arena a;
	struct site *site;
	struct book book;
	struct href href;
	struct buf out;
};

static uint32_t *list(struct arena *a, uint32_t x, uint32_t y)
{
	uint32_t *l = arena_array(a, uint32_t, 2);

	l[0] = x;
	l[1] = y;
	return l;
}

static void set_section(struct world *w, uint32_t page, const char *kind, uint32_t *members, size_t n)
{
	struct page *p = &w->site->pages[page];

	p->is_section = true;
	p->kind = config_kind(w->site->config, str_from(kind));
	p->members = members;
	p->n_members = n;
	w->site->sections[p->kind->index] = page;
}

/* The article cites the report and, by a fact, the paper; Acme's fact is from the paper; nothing cites the book. */
static void set_up(struct world *w)
{
	struct site *s;

	memset(w, 0, sizeof(*w));
	s = w->site = fixture_site(&w->a, pages, COUNT(pages));
	s->sections = arena_array(&w->a, uint32_t, s->config->n_kinds);
	for (size_t k = 0; k < s->config->n_kinds; k++)
		s->sections[k] = UINT32_MAX;
	set_section(w, ARTICLES, "article", list(&w->a, ONE, 0), 1);
	set_section(w, COMPANIES, "company", list(&w->a, BOLT, ACME), 2);
	set_section(w, PEOPLE, "person", NULL, 0);
	set_section(w, SOURCES, "source", list(&w->a, BOOK, PAPER), 2);
	s->records.facts = arena_array(&w->a, struct fact, 1);
	s->records.n_facts = 1;
	s->records.facts[0] = (struct fact){ .r = { .id = STR("staff"), .source.page = &s->pages[PAPER] },
					     .subject.page = &s->pages[ACME] };
	s->pages[ACME].facts = list(&w->a, 0, 0);
	s->pages[ACME].n_facts = s->pages[ACME].n_own_facts = 1;
	s->pages[ONE].citations = arena_array(&w->a, struct citation, 2);
	s->pages[ONE].citations[0] = (struct citation){ .target = REPORT };
	s->pages[ONE].citations[1] = (struct citation){ .target = 0, .is_fact = true };
	s->pages[ONE].n_citations = 2;
	s->sets = arena_array(&w->a, struct comparison, 1);
	s->sets[0] = (struct comparison){ .r.id = STR("set-1"), .is_computed = true };
	s->n_sets = 1;
	book_plan(&w->a, s, &w->book);
	w->href = (struct href){ .config = s->config, .from = STR("/book/"), .inside = &w->book.inside };
	buf_init(&w->out, 0);
}

static void tear_down(struct world *w)
{
	buf_release(&w->out);
	arena_release(&w->a);
}

static void articles_come_first_then_entities_without_empty_kinds(void **state)
{
	struct world w;
	uint32_t *kinds;

	(void)state;
	set_up(&w);
	assert_int_equal(book_kinds(w.site, &w.a, &kinds), 2);
	fixture_equal(w.site->config->kinds[kinds[0]].id, "article");
	fixture_equal(w.site->config->kinds[kinds[1]].id, "company");
	assert_int_equal(w.book.n_pages, 3);
	tear_down(&w);
}

static void sources_are_numbered_as_they_are_first_cited(void **state)
{
	struct world w;

	(void)state;
	set_up(&w);
	assert_int_equal(w.book.n_sources, 3);
	assert_int_equal(w.book.inside.notes[REPORT], 1);
	assert_int_equal(w.book.inside.notes[PAPER], 2);
	assert_int_equal(w.book.inside.notes[BOOK], 3);
	assert_int_equal(w.book.inside.notes[ACME], 0);
	tear_down(&w);
}

static const struct {
	const char *path, *wanted;
} links[] = {
	{ "/companies/acme/", "#companies/acme" },
	{ "/companies/acme/#history", "#companies/acme/history" },
	{ "/companies/acme/#fact-staff", "#fact-staff" },
	{ "/companies/acme/#sec-timeline", "#companies/acme" },
	{ "/companies/acme/?x", "#companies/acme" },
	{ "/companies/", "#companies" },
	{ "/comparisons/#comparison-set-1", "#comparison-set-1" },
	{ "/comparisons/", "#comparisons" },
	{ "/sources/report/", "#source-1" },
	{ "/sources/", "#sources" },
	{ "/", "/sub/" },
	{ "/people/", "/sub/people/" },
	{ "/timeline/", "/sub/timeline/" },
	{ "/companies/acme/facts.csv", "/sub/companies/acme/facts.csv" },
	{ "https://example.com/companies/acme/", "https://example.com/companies/acme/" },
};

static void links_lead_to_what_the_book_holds(void **state)
{
	struct world w;

	(void)state;
	set_up(&w);
	for (size_t i = 0; i < COUNT(links); i++) {
		buf_clear(&w.out);
		href_write(&w.out, &w.href, str_from(links[i].path));
		fixture_equal(buf_str(&w.out), links[i].wanted);
	}
	/* Other outputs are not concerned. */
	w.href.inside = NULL;
	buf_clear(&w.out);
	href_write(&w.out, &w.href, STR("/companies/acme/#history"));
	fixture_equal(buf_str(&w.out), "/sub/companies/acme/#history");
	tear_down(&w);
}

static void texts_have_ids_of_their_place(void **state)
{
	struct world w;
	struct body body;

	(void)state;
	set_up(&w);
	body = (struct body){ .site = w.site, .href = &w.href, .scratch = &w.a };
	body_write(&w.out, &body, &w.site->pages[ONE]);
	assert_true(str_starts(buf_str(&w.out), STR("<h4 id=\"articles/one/part-two\">Part two")));
	assert_true(str_contains(buf_str(&w.out), STR("href=\"#articles/one/part-two\"")));
	tear_down(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(articles_come_first_then_entities_without_empty_kinds),
		cmocka_unit_test(sources_are_numbered_as_they_are_first_cited),
		cmocka_unit_test(links_lead_to_what_the_book_holds),
		cmocka_unit_test(texts_have_ids_of_their_place),
	};

	return cmocka_run_group_tests_name("book", tests, NULL, NULL);
}
