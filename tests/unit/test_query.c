#include "fixture.h"

#include "site/query.h"

static const struct fixture_page pages[] = {
	{ "about", "title = 'About'\nweight = 2", NULL },
	{ "articles/one", "title = 'One'\ndate = 2025-03-01\ncompanies = ['alibaba']\nweight = 1", NULL },
	{ "articles/two", "title = 'Two'\ndate = 2025-01-01\ncompanies = ['deepseek', 'alibaba']", NULL },
	{ "companies", "title = 'Companies'", NULL },
	{ "companies-old/x", "title = 'X'", NULL },
	{ "companies/alibaba",
	  "title = 'alibaba'\naliases = ['\xe9\x98\xbf\xe9\x87\x8c']\nreviewed = 2020-01-01\nreview_in = '1 year'",
	  NULL },
	{ "companies/deepseek", "title = 'DeepSeek'\naliases = ['Ape']", NULL },
	{ "index", "title = 'Home'", NULL },
	{ "people/zed", "title = 'Zed'", NULL },
};

static struct backlink backlinks[3];
static uint32_t members[] = { 6, 5, 4 };
static struct fact facts[4];
static struct event events[4];
static struct quote quotes[2];
static struct comparison comparisons[2], sets[1];
static struct relation relations[1];
static struct ref about_deepseek;

static struct date day(const char *s)
{
	struct date d;

	assert_true(date_parse(str_from(s), &d));
	return d;
}

static void add_records(struct site *s)
{
	const struct page *alibaba = site_page_by_key(s, STR("companies/alibaba")),
			  *deepseek = site_page_by_key(s, STR("companies/deepseek"));
	const struct page *source = site_page_by_key(s, STR("about"));

	about_deepseek = (struct ref){ .page = deepseek };
	facts[0] = (struct fact){ .r = { .id = STR("f-a"), .source = { .page = source } },
				  .subject = { .page = deepseek },
				  .measure_slug = STR("staff"),
				  .status = STR("current") };
	facts[1] = (struct fact){ .r = { .id = STR("f-b") },
				  .subject = { .page = alibaba },
				  .measure_slug = STR("staff"),
				  .status = STR("withdrawn") };
	facts[2] = (struct fact){ .r = { .id = STR("f-c") },
				  .subject = { .page = alibaba },
				  .measure_slug = STR("age"),
				  .status = STR("current"),
				  .about = &about_deepseek,
				  .n_about = 1,
				  .review_by = day("2021") };
	facts[3] = (struct fact){ .r = { .id = STR("f-d") },
				  .subject = { .page = alibaba },
				  .measure_slug = STR("staff"),
				  .status = STR("current"),
				  .as_of = { day("2025"), day("2025") } };
	events[0] = (struct event){ .r = { .id = STR("e-1") }, .date = { day("2025"), day("2025") } };
	events[1] = (struct event){ .r = { .id = STR("e-2") },
				    .date = { day("2023-05"), day("2023-05") },
				    .about = &about_deepseek,
				    .n_about = 1 };
	events[2] = (struct event){ .r = { .id = STR("e-0") }, .date = { day("2025"), day("2025") } };
	events[3] = (struct event){ .r = { .id = STR("e-3") } };
	quotes[0] = (struct quote){ .r = { .id = STR("q-1"), .source = { .page = source } },
				    .speaker = { .page = deepseek } };
	quotes[1] = (struct quote){ .r = { .id = STR("q-2") }, .speaker = { .page = alibaba } };
	comparisons[0] =
		(struct comparison){ .r = { .id = STR("c-1"), .digest = { 1, 1 } }, .kind = COMPARISON_CONFLICT };
	comparisons[1] = (struct comparison){
		.r = { .id = STR("c-2") }, .kind = COMPARISON_SCOPE, .about = &about_deepseek, .n_about = 1
	};
	sets[0] = (struct comparison){ .r = { .id = STR("c-3"), .digest = { 2, 2 } },
				       .kind = COMPARISON_CONFLICT,
				       .about = &about_deepseek,
				       .n_about = 1 };
	relations[0] = (struct relation){ .r = { .id = STR("r-1"), .source = { .page = source } } };
	s->records = (struct records){ .facts = facts,
				       .n_facts = 4,
				       .events = events,
				       .n_events = 4,
				       .quotes = quotes,
				       .n_quotes = 2,
				       .comparisons = comparisons,
				       .n_comparisons = 2,
				       .relations = relations,
				       .n_relations = 1 };
	s->sets = sets;
	s->n_sets = 1;
	for (size_t i = 0; i < 4; i++) {
		facts[i].r.digest = (struct digest){ 9, i };
		map_put(s->arena, &s->fact_by_id, facts[i].r.id, i);
	}
	for (size_t i = 0; i < 2; i++)
		map_put(s->arena, &s->comparison_by_id, comparisons[i].r.id, i);
	events[1].r.digest = (struct digest){ 4, 4 };
	quotes[0].r.digest = (struct digest){ 5, 5 };
	relations[0].r.digest = (struct digest){ 6, 6 };
	map_put(s->arena, &s->event_by_id, events[1].r.id, 1);
	map_put(s->arena, &s->quote_by_id, quotes[0].r.id, 0);
	map_put(s->arena, &s->relation_by_id, relations[0].r.id, 0);
}

static struct site *make_site(struct arena *a)
{
	struct site *s = fixture_site(a, pages, COUNT(pages));
	struct page *deepseek = &s->pages[6];

	s->now = day("2026-01-01");
	s->pages[3].is_section = true;
	s->pages[3].members = members;
	s->pages[3].n_members = COUNT(members);
	deepseek->backlinks = backlinks;
	deepseek->n_backlinks = 3;
	add_records(s);
	return s;
}

static const struct {
	const char *query, *wanted; /* identities; names as text */
	size_t total;
} cases[] = {
	{ "pages", "about alibaba Companies DeepSeek Home One Two X Zed", 9 },
	{ "pages sort=title", "about alibaba Companies DeepSeek Home One Two X Zed", 9 },
	{ "pages no_builtin=1", "about alibaba DeepSeek One Two X Zed", 7 },
	{ "pages kind=company", "alibaba DeepSeek", 2 },
	{ "pages kind=none", "", 0 },
	{ "pages section=companies", "alibaba DeepSeek", 2 },
	{ "pages section=articles sort=date", "Two One", 2 },
	{ "pages section=articles sort=-date", "One Two", 2 },
	{ "pages sort=weight no_builtin=1 limit=2 offset=4", "Zed One", 7 },
	{ "pages sort=-mentions limit=1", "DeepSeek", 9 },
	{ "pages tag=companies/alibaba", "One Two", 2 },
	{ "pages tag=companies/deepseek", "Two", 1 },
	{ "pages entities=1", "alibaba DeepSeek Zed", 3 },
	{ "pages entities=1 offset=1 limit=1", "DeepSeek", 3 },
	{ "pages entities=1 offset=9", "", 3 },
	{ "pages status=stale", "alibaba", 1 },
	{ "pages kind=company status=orphan", "alibaba", 1 },
	{ "pages status=stub", "", 0 },
	{ "pages status=odd", "", 0 },
	{ "facts", "f-c f-d f-b f-a", 4 },
	{ "facts sort=measure", "f-c f-d f-a f-b", 4 },
	{ "facts about=companies/deepseek", "f-c f-a", 2 },
	{ "facts measure=age", "f-c", 1 },
	{ "facts source=about", "f-a", 1 },
	{ "facts kind=company status=current", "f-c f-d f-a", 3 },
	{ "facts kind=person", "", 0 },
	{ "facts status=stale", "f-c", 1 },
	{ "events", "e-2 e-0 e-1 e-3", 4 },
	{ "events sort=-date", "e-0 e-1 e-2 e-3", 4 },
	{ "events about=companies/deepseek", "e-2", 1 },
	{ "quotes", "q-1 q-2", 2 },
	{ "quotes about=companies/alibaba", "q-2", 1 },
	{ "quotes source=about", "q-1", 1 },
	{ "relations", "r-1", 1 },
	{ "relations source=companies/alibaba", "", 0 },
	{ "comparisons", "c-1 c-2 c-3", 3 },
	{ "comparisons status=disagreement", "c-1 c-3", 2 },
	{ "comparisons kind=scope", "c-2", 1 },
	{ "comparisons about=companies/deepseek", "c-2 c-3", 2 },
	{ "find tag=companies/deepseek", "DeepSeek", 1 },
	{ "find tag=Ape", "DeepSeek", 1 },
	{ "find tag=nobody", "", 0 },
	{ "members about=companies", "DeepSeek alibaba X", 3 },
	{ "members about=companies limit=2", "DeepSeek alibaba", 3 },
	{ "members about=companies offset=2 limit=2", "X", 3 },
	{ "members about=companies offset=4 limit=2", "", 3 },
	{ "members about=nowhere", "", 0 },
	{ "names", "alibaba Ape DeepSeek Zed \xe9\x98\xbf\xe9\x87\x8c", 5 },
};

static struct str shown(const struct site *s, const struct query *q, uint32_t item)
{
	switch (q->of) {
	case QUERY_FIND:
	case QUERY_PAGES:
	case QUERY_MEMBERS:
		return str_eq(s->pages[item].title, STR("About")) ? STR("about") : s->pages[item].title;
	case QUERY_FACTS:
		return s->records.facts[item].r.id;
	case QUERY_RELATIONS:
		return s->records.relations[item].r.id;
	case QUERY_EVENTS:
		return s->records.events[item].r.id;
	case QUERY_QUOTES:
		return s->records.quotes[item].r.id;
	case QUERY_COMPARISONS:
		return item & QUERY_COMPUTED ? s->sets[item & ~QUERY_COMPUTED].r.id : s->records.comparisons[item].r.id;
	case QUERY_NAMES:
		return s->pages[item >> 8].names[item & 255].text;
	}
	return STR_NONE;
}

static void finds_and_sorts(void **state)
{
	struct arena a = { 0 };
	const struct site *s = make_site(&a);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct query q;
		struct query_result r;
		struct buf b;

		print_message("  case: %s\n", cases[i].query);
		assert_true(query_parse(&a, str_from(cases[i].query), &q));
		query_run(s, &a, &q, &r);
		buf_init(&b, 0);
		for (size_t k = 0; k < r.len; k++)
			buf_add_format(&b, "%s%.*s", k ? " " : "", STR_ARG(shown(s, &q, r.items[k])));
		assert_string_equal(b.ptr, cases[i].wanted);
		assert_int_equal(r.total, cases[i].total);
		buf_release(&b);
	}
	arena_release(&a);
}

static void comes_back_from_its_key(void **state)
{
	static const char *const texts[] = { "",   "company",      "a b",  "%",  "%20", "=x = y",
					     "  ", "\xe4\xb8\xad", "100%", "\n", "a=b" };
	struct arena a = { 0 };
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct query q = { 0 }, back;
		struct str *fields[] = { &q.kind,   &q.section, &q.tag,    &q.about,
					 &q.source, &q.measure, &q.status, &q.sort };
		struct str *got[] = { &back.kind,   &back.section, &back.tag,    &back.about,
				      &back.source, &back.measure, &back.status, &back.sort };
		struct str key;

		seed = seed * 1664525u + 1013904223u;
		q.of = (enum query_of)((seed >> 8) % 9);
		for (size_t f = 0; f < COUNT(fields); f++) {
			seed = seed * 1664525u + 1013904223u;
			*fields[f] = str_from(texts[(seed >> 8) % COUNT(texts)]);
		}
		q.entities = seed >> 20 & 1;
		q.no_builtin = seed >> 21 & 1;
		q.counts = seed >> 22 & 1;
		q.limit = seed >> 24 & 3 ? 0 : UINT32_MAX;
		q.offset = seed >> 26 & 3 ? 0 : 7;
		key = query_key(&a, &q);
		assert_true(query_parse(&a, key, &back));
		assert_int_equal(back.of, q.of);
		for (size_t f = 0; f < COUNT(fields); f++)
			assert_true(str_eq(*fields[f], *got[f]));
		assert_true(back.entities == q.entities && back.no_builtin == q.no_builtin && back.counts == q.counts);
		assert_true(back.limit == q.limit && back.offset == q.offset);
		assert_true(str_eq(query_key(&a, &back), key));
	}
	arena_release(&a);
}

static void refuses_what_is_no_key(void **state)
{
	static const char *const texts[] = { "",
					     " pages",
					     "page",
					     "pages kind",
					     "pages  kind=x",
					     "pages colour=red",
					     "pages limit=-1",
					     "pages limit=x",
					     "pages offset=4294967296",
					     "pages kind=%",
					     "pages kind=%2",
					     "pages kind=%zz",
					     "pages kind=%41",
					     "pages " };
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct query q;

		print_message("  case: '%s'\n", texts[i]);
		assert_false(query_parse(&a, str_from(texts[i]), &q) && texts[i][strlen(texts[i]) - 1] != ' ');
	}
	arena_release(&a);
}

static struct digest digest_of_query(const struct site *s, struct arena *a, const char *text)
{
	struct query q;

	assert_true(query_parse(a, str_from(text), &q));
	return query_digest(s, a, &q);
}

static void changes_its_digest_with_its_answer(void **state)
{
	struct arena a = { 0 };
	struct site *s = make_site(&a);
	struct digest pages_before = digest_of_query(s, &a, "pages kind=company"),
		      names_before = digest_of_query(s, &a, "names");
	struct digest limited = digest_of_query(s, &a, "pages limit=1"),
		      counted = digest_of_query(s, &a, "pages counts=1 limit=1");

	(void)state;
	/* A page's text is another fact. */
	s->pages[5].words = 1000;
	assert_true(digest_eq(pages_before, digest_of_query(s, &a, "pages kind=company")));
	s->pages[5].sort_key = STR("zzz");
	order_pages(s, &a);
	assert_false(digest_eq(pages_before, digest_of_query(s, &a, "pages kind=company")));
	s->pages[6].names[1].text = STR("Bee");
	assert_false(digest_eq(names_before, digest_of_query(s, &a, "names")));
	/* The total counts only where it is asked for. */
	s->n_pages--;
	order_pages(s, &a);
	assert_true(digest_eq(limited, digest_of_query(s, &a, "pages limit=1")));
	assert_false(digest_eq(counted, digest_of_query(s, &a, "pages counts=1 limit=1")));
	arena_release(&a);
}

static struct digest template_digest(const void *ctx, struct str name)
{
	return str_eq(name, str_from(ctx)) ? (struct digest){ 5, 5 } : (struct digest){ 0, 0 };
}

static void knows_the_digest_of_every_fact(void **state)
{
	static const struct {
		enum fact_kind kind;
		const char *key;
		bool is_there;
	} list[] = {
		{ FACT_PAGE_HEAD, "companies/deepseek", true },
		{ FACT_PAGE_MEMBERS, "companies/deepseek", true },
		{ FACT_PAGE_HEAD, "companies/gone", false },
		{ FACT_PAGE_LINKED, "companies/deepseek", true },
		{ FACT_PAGE_FILLED, "companies/deepseek", true },
		{ FACT_PAGE_FILLED, "companies/gone", false },
		{ FACT_PAGE_COUNT, "companies/deepseek", true },
		{ FACT_PAGE_NEIGHBOURS, "companies/deepseek", true },
		{ FACT_PAGE_NEIGHBOURS, "companies/gone", false },
		{ FACT_FACT, "f-a", true },
		{ FACT_FACT, "f-z", false },
		{ FACT_RECORD, "comparison:c-1", true },
		{ FACT_RECORD, "comparison:c-3", true },
		{ FACT_RECORD, "comparison:c-9", false },
		{ FACT_RECORD, "event:e-2", true },
		{ FACT_RECORD, "event:q-1", false },
		{ FACT_RECORD, "quote:q-1", true },
		{ FACT_RECORD, "relation:r-1", true },
		{ FACT_RECORD, "no colon", false },
		{ FACT_QUERY, "pages kind=company", true },
		{ FACT_QUERY, "members about=companies", true },
		{ FACT_QUERY, "nonsense", false },
		{ FACT_CONFIG, "title", true },
		{ FACT_CONFIG, "kinds.company.label", true },
		{ FACT_CONFIG, "none", false },
		{ FACT_STRING, "nav.home", true },
		{ FACT_STRING, "nav.none", false },
		{ FACT_DATA, "prices", true },
		{ FACT_DATA, "none", false },
		{ FACT_ASSET, "theme/style.css", true },
		{ FACT_ASSET, "none", false },
		{ FACT_TEMPLATE, "page.html", true },
		{ FACT_TEMPLATE, "none.html", false },
		{ FACT_STALE, "page:companies/alibaba", true },
		{ FACT_STALE, "fact:f-c", true },
		{ FACT_STALE, "fact:none", false },
		{ FACT_STALE, "odd", false },
		{ FACT_ENDED, "r-1", true },
		{ FACT_ENDED, "r-none", false },
	};
	struct arena a = { 0 };
	struct site *s = make_site(&a);
	struct query_world w = { s, template_digest, "page.html" };
	struct data_file data = { .name = STR_INIT("prices"), .digest = { 3, 3 } };
	struct asset asset = { .url = STR_INIT("/assets/x.css") };
	struct digest stale, fresh;

	(void)state;
	s->data = &data;
	s->n_data = 1;
	s->assets = &asset;
	s->n_assets = 1;
	map_put(&a, &s->asset_by_name, STR("theme/style.css"), 0);
	s->theme_strings = fixture_toml(&a, "[nav]\nhome = 'Home'\n");
	for (int i = 0; i < PAGE_ASPECTS; i++)
		*fixture_digest(&s->pages[6], i) = (struct digest){ 1, i };
	for (size_t i = 0; i < COUNT(list); i++) {
		print_message("  case: %s %s\n", factset_kind_name(list[i].kind), list[i].key);
		assert_int_equal(!digest_is_zero(query_fact_digest(&w, &a, list[i].kind, str_from(list[i].key))),
				 list[i].is_there);
	}
	assert_int_equal(query_fact_digest(&w, &a, FACT_PAGE_MEMBERS, STR("companies/deepseek")).lo, PAGE_MEMBERS);
	stale = query_fact_digest(&w, &a, FACT_STALE, STR("fact:f-c"));
	s->now = day("2020-01-01");
	fresh = query_fact_digest(&w, &a, FACT_STALE, STR("fact:f-c"));
	assert_false(digest_eq(stale, fresh));
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_and_sorts),
		cmocka_unit_test(comes_back_from_its_key),
		cmocka_unit_test(refuses_what_is_no_key),
		cmocka_unit_test(changes_its_digest_with_its_answer),
		cmocka_unit_test(knows_the_digest_of_every_fact),
	};

	return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
