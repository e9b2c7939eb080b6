#include "tempsite.h"

static void put_page(struct tempsite *t, const char *path, const char *head, const char *text)
{
	tempsite_put(t, path, str_z(&t->arena, str_format(&t->arena, "+++\n%s\n+++\n%s\n", head, text)));
}

static void open_sources(struct tempsite *t)
{
	tempsite_open(t);
	put_page(t, "content/companies/a.md", "title = 'A'", "");
	put_page(t, "content/companies/b.md", "title = 'B'", "");
	put_page(t, "content/people/p.md", "title = 'P'", "");
	put_page(t, "content/sources/one.md", "title = 'One'", "");
	put_page(t, "content/sources/two.md", "title = 'Two'", "");
	put_page(t, "content/sources/study.md", "title = 'Study'", "");
	put_page(t, "content/sources/resting.md", "title = 'Resting'\nrests_on = ['study']", "");
	put_page(t, "content/sources/resting-too.md", "title = 'Resting too'\nrests_on = ['study']", "");
}

#define F(id, rest) "[[facts]]\nid = '" id "'\nsubject = 'a'\nmeasure = 'Staff'\n" rest "\n"

static const struct {
	const char *name, *facts, *sets; /* "conflict f g" */
} differences[] = {
	{ "equal values", F("f", "value = 5\nsource = 'one'") F("g", "value = 5\nsource = 'two'"), "" },
	{ "a conflict", F("f", "value = 5\nsource = 'one'") F("g", "value = 6\nsource = 'two'"), "conflict f g" },
	{ "three, two of them alike",
	  F("f", "value = 5\nsource = 'one'") F("g", "value = 6\nsource = 'two'") F("h", "value = 5\nsource = 'two'"),
	  "conflict f g h" },
	{ "another subject",
	  F("f", "value = 5\nsource = 'one'") "[[facts]]\nid = 'g'\nsubject = 'b'\nmeasure = 'Staff'\nvalue = "
					      "6\nsource = 'two'\n",
	  "" },
	{ "one subject by two names",
	  F("f", "value = 5\nsource = 'one'") "[[facts]]\nid = 'g'\nsubject = 'companies/a'\nmeasure = 'staff'\nvalue "
					      "= 6\nsource = 'two'\n",
	  "conflict f g" },
	{ "another unit", F("f", "value = 5\nunit = '%'\nsource = 'one'") F("g", "value = 6\nsource = 'two'"), "" },
	{ "another scope", F("f", "value = 5\nscope = 'abroad'\nsource = 'one'") F("g", "value = 6\nsource = 'two'"),
	  "scope f g" },
	{ "another period",
	  F("f", "value = 5\nas_of = '2024'\nsource = 'one'") F("g", "value = 6\nas_of = '2025'\nsource = 'two'"),
	  "period f g" },
	{ "overlapping periods",
	  F("f", "value = 5\nas_of = '2025'\nsource = 'one'") F("g", "value = 6\nas_of = '2025-03'\nsource = 'two'"),
	  "conflict f g" },
	{ "intervals that touch",
	  F("f", "value = 5\nas_of = '2018/2022'\nsource = 'one'") F("g", "value = 6\nas_of = '2022'\nsource = 'two'"),
	  "conflict f g" },
	{ "one of them undated",
	  F("f", "value = 5\nas_of = '2024'\nsource = 'one'") F("g", "value = 6\nsource = 'two'"), "conflict f g" },
	{ "another edition",
	  F("f", "value = 5\nedition = '2024'\nsource = 'one'") F("g", "value = 6\nedition = '2025'\nsource = 'two'"),
	  "edition f g" },
	{ "one replaced",
	  F("f", "value = 5\nstatus = 'superseded'\nsource = 'one'") F("g", "value = 6\nsource = 'two'"),
	  "edition f g" },
	{ "one withdrawn",
	  F("f", "value = 5\nstatus = 'withdrawn'\nsource = 'one'") F("g", "value = 6\nsource = 'two'"), "" },
	{ "both rest on one study", F("f", "value = 5\nsource = 'resting'") F("g", "value = 6\nsource = 'resting-too'"),
	  "same-study f g" },
	{ "one rests on the other", F("f", "value = 5\nsource = 'resting'") F("g", "value = 6\nsource = 'study'"),
	  "same-study f g" },
	{ "attributed to one body",
	  F("f", "value = 5\nattributed_to = 'MacroPolo'\nsource = 'one'")
		  F("g", "value = 6\nattributed_to = 'Macropolo'\nsource = 'two'"),
	  "same-study f g" },
	{ "ranges that touch",
	  F("f", "value = { min = 1, max = 5 }\nsource = 'one'") F("g", "value = { min = 5, max = 9 }\nsource = 'two'"),
	  "" },
	{ "a number in a range",
	  F("f", "value = { min = 1, max = 5 }\nsource = 'one'") F("g", "value = 3\nsource = 'two'"), "" },
	{ "a number beside a range",
	  F("f", "value = { min = 1, max = 5 }\nsource = 'one'") F("g", "value = 6\nsource = 'two'"), "conflict f g" },
	{ "texts in two cases", F("f", "value = 'All'\nsource = 'one'") F("g", "value = 'all'\nsource = 'two'"), "" },
	{ "two texts", F("f", "value = 'all'\nsource = 'one'") F("g", "value = 'none'\nsource = 'two'"),
	  "conflict f g" },
	{ "a text and a number", F("f", "value = 'all'\nsource = 'one'") F("g", "value = 5\nsource = 'two'"),
	  "conflict f g" },
	{ "two dates", F("f", "value = 2025-01-01\nsource = 'one'") F("g", "value = 2025-01-02\nsource = 'two'"),
	  "conflict f g" },
	{ "negative values", F("f", "value = -5\nsource = 'one'") F("g", "value = -6\nsource = 'two'"),
	  "conflict f g" },
	{ "more than, and more",
	  F("f", "value = 5\napprox = 'more than'\nsource = 'one'") F("g", "value = 9\nsource = 'two'"), "" },
	{ "more than, and less",
	  F("f", "value = 5\napprox = 'more than'\nsource = 'one'") F("g", "value = 4\nsource = 'two'"),
	  "conflict f g" },
	{ "up to, and less", F("f", "value = 5\napprox = 'up to'\nsource = 'one'") F("g", "value = 4\nsource = 'two'"),
	  "" },
	{ "up to, and more than as much",
	  F("f", "value = 5\napprox = 'Up to'\nsource = 'one'") F("g", "value = 6\napprox = 'over'\nsource = 'two'"),
	  "conflict f g" },
	{ "for two reasons",
	  F("f", "value = 5\nsource = 'one'") F("g", "value = 6\nsource = 'two'")
		  F("h", "value = 7\nscope = 'x'\nsource = 'two'"),
	  "conflict f g; scope f g h" },
	{ "declared",
	  F("f", "value = 5\nsource = 'one'")
		  F("g", "value = 6\nsource = 'two'") "[[comparisons]]\ntitle = 'T'\nkind = 'look-alike'\nfacts = "
						      "['g', 'f']\n",
	  "" },
	{ "declared in part",
	  F("f", "value = 5\nsource = 'one'") F("g", "value = 6\nsource = 'two'")
		  F("h", "value = 7\nsource = 'two'") "[[comparisons]]\ntitle = 'T'\nkind = 'look-alike'\nfacts = "
						      "['g', 'f']\n",
	  "conflict f g h" },
};

static const char *sets_of(struct tempsite *t)
{
	const struct site *s = &t->r.site;
	struct buf b;
	const char *z;

	buf_init(&b, 0);
	for (size_t i = 0; i < s->n_sets; i++) {
		buf_add_format(&b, "%s%s", i ? "; " : "", record_comparison_kind(s->sets[i].kind));
		for (size_t k = 0; k < s->sets[i].n_facts; k++)
			buf_add_format(&b, " %.*s", STR_ARG(s->records.facts[s->sets[i].facts[k]].r.id));
	}
	z = str_z(&t->arena, buf_str(&b));
	buf_release(&b);
	return z;
}

static void facts_that_differ_form_sets(void **state)
{
	struct tempsite t;

	(void)state;
	open_sources(&t);
	for (size_t i = 0; i < COUNT(differences); i++) {
		tempsite_put(&t, "data/facts.toml", differences[i].facts);
		tempsite_build(&t);
		if (strcmp(sets_of(&t), differences[i].sets) || t.dl.len)
			fail_msg("%s: '%s', not '%s'; %s", differences[i].name, sets_of(&t), differences[i].sets,
				 tempsite_said(&t));
	}
	tempsite_close(&t);
}

static const struct {
	const char *tolerance, *a, *b;
	bool agrees;
} tolerances[] = {
	{ "5%", "100", "105", true },   { "5%", "100", "106", false },    { "2", "100", "102", true },
	{ "2", "100", "102.5", false }, { "0.5%", "1000", "1005", true }, { "5%", "-100", "-104", true },
	{ "5%", "0", "0.0001", false }, { "5%", "0", "0", true },
};

static void measures_say_how_much_may_differ(void **state)
{
	struct tempsite t;

	(void)state;
	open_sources(&t);
	for (size_t i = 0; i < COUNT(tolerances); i++) {
		tempsite_put(&t, "site.toml",
			     str_z(&t.arena, str_format(&t.arena, "%s[measures.staff]\ntolerance = '%s'\n",
							TEMPSITE_CONFIG, tolerances[i].tolerance)));
		tempsite_put(&t, "data/facts.toml",
			     str_z(&t.arena,
				   str_format(&t.arena,
					      F("f", "value = %s\nsource = 'one'") F("g", "value = %s\nsource = 'two'"),
					      tolerances[i].a, tolerances[i].b)));
		tempsite_build(&t);
		assert_int_equal(t.dl.len, 0);
		if ((t.r.site.n_sets == 0) != tolerances[i].agrees)
			fail_msg("%s: %s and %s", tolerances[i].tolerance, tolerances[i].a, tolerances[i].b);
	}
	tempsite_close(&t);
}

static void sets_have_names_of_their_own(void **state)
{
	struct tempsite t;
	const struct site *s = &t.r.site;

	(void)state;
	open_sources(&t);
	put_page(&t, "content/people/a.md", "title = 'Another A'", "");
	tempsite_put(&t, "data/facts.toml",
		     "[[facts]]\nsubject = 'companies/a'\nmeasure = 'M'\nvalue = 1\nsource = 'one'\n"
		     "[[facts]]\nsubject = 'companies/a'\nmeasure = 'M'\nvalue = 2\nsource = 'one'\n"
		     "[[facts]]\nsubject = 'companies/a'\nmeasure = 'M'\nvalue = 1\nunit = '%'\nsource = 'one'\n"
		     "[[facts]]\nsubject = 'companies/a'\nmeasure = 'M'\nvalue = 2\nunit = '%'\nsource = 'one'\n"
		     "[[facts]]\nsubject = 'companies/a'\nmeasure = 'M'\nvalue = 2\nunit = '€'\nsource = 'one'\n"
		     "[[facts]]\nsubject = 'companies/a'\nmeasure = 'M'\nvalue = 3\nunit = '€'\nsource = 'one'\n"
		     "[[facts]]\nsubject = 'people/a'\nmeasure = 'M'\nvalue = 1\nsource = 'one'\n"
		     "[[facts]]\nsubject = 'people/a'\nmeasure = 'M'\nvalue = 2\nsource = 'one'\n");
	tempsite_build(&t);
	assert_int_equal(t.dl.len, 0);
	assert_int_equal(s->n_sets, 4);
	for (size_t i = 0; i < s->n_sets; i++)
		for (size_t k = 0; k < i; k++)
			assert_false(str_eq(s->sets[i].r.id, s->sets[k].r.id));
	tempsite_close(&t);
}

static void subjects_show_their_sets(void **state)
{
	struct tempsite t;
	const struct page *a;
	const struct site *s = &t.r.site;

	(void)state;
	open_sources(&t);
	tempsite_put(&t, "data/facts.toml",
		     F("f", "value = 5\nsource = 'one'") F("g", "value = 6\nsource = 'two'")
			     F("h", "value = 5\nsource = 'two'\nunit = 'x'"));
	tempsite_build(&t);
	a = tempsite_page(&t, "companies/a");
	assert_int_equal(a->n_comparisons, 1);
	assert_int_equal(a->comparisons[0], 0x80000000u);
	assert_int_equal(s->records.facts[0].set, 0);
	assert_int_equal(s->records.facts[1].set, 0);
	assert_int_equal(s->records.facts[2].set, UINT32_MAX);
	tempsite_close(&t);
}

static void facts_belong_to_their_page_unless_they_say_else(void **state)
{
	struct tempsite t;
	const struct site *s = &t.r.site;
	const struct page *a, *b;

	(void)state;
	open_sources(&t);
	put_page(&t, "content/companies/a.md",
		 "title = 'A'\n[[facts]]\nid = 'own'\nmeasure = 'M'\nvalue = 1\nsource = 'one'\nabout = ['b', 'b', "
		 "'a']\n"
		 "[[facts]]\nid = 'other'\nsubject = 'B'\nmeasure = 'M'\nvalue = 1\nsource = 'two'",
		 "");
	tempsite_build(&t);
	assert_int_equal(t.dl.len, 0);
	a = tempsite_page(&t, "companies/a");
	b = tempsite_page(&t, "companies/b");
	assert_int_equal(a->n_facts, 1);
	assert_int_equal(a->n_own_facts, 1);
	fixture_equal(s->records.facts[a->facts[0]].r.id, "own");
	assert_int_equal(b->n_own_facts, 1);
	assert_int_equal(b->n_facts, 2);
	fixture_equal(s->records.facts[b->facts[0]].r.id, "other");
	fixture_equal(s->records.facts[b->facts[1]].r.id, "own");
	assert_ptr_equal(site_fact(s, STR("other"))->subject.page, b);
	assert_int_equal(tempsite_page(&t, "sources/one")->n_rests, 1);
	tempsite_close(&t);
}

static void records_stand_at_both_ends(void **state)
{
	struct tempsite t;
	const struct page *a, *p;

	(void)state;
	open_sources(&t);
	put_page(&t, "content/companies/a.md",
		 "title = 'A'\n[[relations]]\ntype = 'founded_by'\ntarget = 'p'\nsource = 'one'\n"
		 "[[events]]\ndate = '2025-03'\ntext = 'Later'\n[[events]]\ndate = '2024'\ntext = 'Sooner'\nsource = "
		 "'one'\nabout = ['a', 'p']\n"
		 "[[quotes]]\ntext = 'Words'\nsource = 'one'\nabout = ['p']\n",
		 "");
	tempsite_build(&t);
	assert_int_equal(t.dl.len, 0);
	a = tempsite_page(&t, "companies/a");
	p = tempsite_page(&t, "people/p");
	assert_int_equal(a->n_relations, 1);
	assert_int_equal(a->relations[0], 0);
	assert_int_equal(p->n_relations, 1);
	assert_int_equal(p->relations[0], 1);
	assert_int_equal(a->n_events, 2);
	fixture_equal(t.r.site.records.events[a->events[0]].text, "Sooner");
	assert_int_equal(p->n_events, 1);
	assert_int_equal(a->n_quotes, 1);
	assert_int_equal(p->n_quotes, 1);
	assert_ptr_equal(t.r.site.records.quotes[0].speaker.page, a);
	assert_int_equal(tempsite_page(&t, "sources/one")->n_rests, 3);
	assert_int_equal(tempsite_page(&t, "sources/study")->n_resting_pages, 2);
	tempsite_close(&t);
}

static const struct {
	const char *name, *path, *text, *said;
} broken[] = {
	{ "no such subject", "data/x.toml", "[[facts]]\nsubject = 'zz'\nmeasure = 'M'\nvalue = 1\nsource = 'one'\n",
	  "error link/unknown-page data/x.toml:2:11" },
	{ "no such source", "data/x.toml", "[[facts]]\nsubject = 'a'\nmeasure = 'M'\nvalue = 1\nsource = 'zz'\n",
	  "error link/unknown-source data/x.toml:5:10" },
	{ "a source that is none", "data/x.toml", "[[facts]]\nsubject = 'a'\nmeasure = 'M'\nvalue = 1\nsource = 'b'\n",
	  "error link/unknown-source data/x.toml:5:10" },
	{ "the section for a source", "data/x.toml",
	  "[[facts]]\nsubject = 'a'\nmeasure = 'M'\nvalue = 1\nsource = 'sources'\n",
	  "error link/unknown-source data/x.toml:5:10" },
	{ "the section cited", "content/x.md", "+++\ntitle = 'X'\n+++\nText.[@sources]\n",
	  "error link/unknown-citation content/x.md:4:7" },
	{ "no subject", "data/x.toml", "[[facts]]\nmeasure = 'M'\nvalue = 1\nsource = 'one'\n",
	  "error fact/missing-subject data/x.toml:1:1" },
	{ "no speaker", "data/x.toml", "[[quotes]]\ntext = 'x'\nsource = 'one'\n",
	  "error quote/missing-speaker data/x.toml:1:1" },
	{ "one id twice", "data/x.toml",
	  "[[facts]]\nid = 'f'\nsubject = 'a'\nmeasure = 'M'\nvalue = 1\nsource = 'one'\n"
	  "[[facts]]\nid = 'f'\nsubject = 'a'\nmeasure = 'M'\nvalue = 2\nsource = 'one'\n",
	  "error record/duplicate-id data/x.toml:7:1" },
	{ "a comparison of no fact", "data/x.toml", "[[comparisons]]\ntitle = 'T'\nkind = 'scope'\nfacts = ['zz']\n",
	  "error comparison/unknown-fact data/x.toml:4:10" },
	{ "a passage of no source", "data/x.toml",
	  "[[comparisons]]\ntitle = 'T'\nkind = 'scope'\npassages = [{ source = 'zz', quote = 'x' }]\n",
	  "error link/unknown-source data/x.toml:4:24" },
	{ "an event about nobody", "data/x.toml", "[[events]]\ndate = 2025\ntext = 'T'\nabout = ['zz']\n",
	  "error link/unknown-page data/x.toml:4:10" },
	{ "a relation to nobody", "content/x.md",
	  "+++\ntitle = 'X'\n[[relations]]\ntype = 'founded_by'\ntarget = 'zz'\n+++\n",
	  "error relation/unknown-target content/x.md:5:10" },
	{ "a relation without a target", "content/x.md", "+++\ntitle = 'X'\n[[relations]]\ntype = 'founded_by'\n+++\n",
	  "error relation/missing-target content/x.md:3:1" },
	{ "prefer of nobody", "content/x.md", "+++\ntitle = 'X'\nprefer = ['zz']\n+++\n",
	  "error link/unknown-page content/x.md:3:11" },
	{ "a source resting on nothing", "content/sources/x.md", "+++\ntitle = 'X'\nrests_on = ['zz']\n+++\n",
	  "error link/unknown-page content/sources/x.md:3:13" },
	{ "a source of a spelling", "content/x.md",
	  "+++\ntitle = 'X'\naliases = [{ name = 'Y', source = 'zz' }]\n+++\n",
	  "error link/unknown-source content/x.md:3:12" },
	{ "nothing in a record resolves", "data/x.toml",
	  "[[facts]]\nsubject = ''\nmeasure = 'M'\nvalue = 1\nsource = ''\n",
	  "error fact/missing-source data/x.toml:1:1; error fact/missing-subject data/x.toml:1:1" },
};

static void references_of_records_that_fail_are_reported_where_they_stand(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(broken); i++) {
		struct tempsite t;

		open_sources(&t);
		tempsite_put(&t, broken[i].path, broken[i].text);
		tempsite_build(&t);
		if (strcmp(tempsite_said(&t), broken[i].said))
			fail_msg("%s: %s", broken[i].name, tempsite_said(&t));
		tempsite_close(&t);
	}
}

static const struct {
	const char *name, *fact, *now;
	bool is_stale;
} ages[] = {
	{ "young", "as_of = '2025-06-15'", "2026-06-15", false },
	{ "a day too old", "as_of = '2025-06-15'", "2026-06-16", true },
	{ "a month counts from its end", "as_of = '2025-06'", "2026-06-30", false },
	{ "and a day", "as_of = '2025-06'", "2026-07-01", true },
	{ "an interval counts from its end", "as_of = '2018/2022'", "2023-12-31", false },
	{ "and a day after it", "as_of = '2018/2022'", "2024-01-01", true },
	{ "an open interval never", "as_of = '2018/'", "2030-01-01", false },
	{ "undated never", "", "2030-01-01", false },
	{ "withdrawn never", "as_of = '2020'\nstatus = 'withdrawn'", "2030-01-01", false },
	{ "replaced never", "as_of = '2020'\nstatus = 'superseded'", "2030-01-01", false },
};

static void facts_grow_stale(void **state)
{
	struct tempsite t;

	(void)state;
	open_sources(&t);
	tempsite_put(&t, "site.toml", TEMPSITE_CONFIG "[measures.staff]\nreview_in = '12 months'\nunit = 'people'\n");
	for (size_t i = 0; i < COUNT(ages); i++) {
		t.opt.now = str_from(ages[i].now);
		tempsite_put(&t, "data/facts.toml",
			     str_z(&t.arena,
				   str_format(&t.arena, F("f", "value = 1\nsource = 'one'\n%s"), ages[i].fact)));
		tempsite_build(&t);
		assert_int_equal(t.dl.len, 0);
		if (site_is_stale_fact(&t.r.site, site_fact(&t.r.site, STR("f"))) != ages[i].is_stale)
			fail_msg("%s", ages[i].name);
		fixture_equal(site_fact(&t.r.site, STR("f"))->unit, "people");
	}
	tempsite_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_that_differ_form_sets),
		cmocka_unit_test(measures_say_how_much_may_differ),
		cmocka_unit_test(sets_have_names_of_their_own),
		cmocka_unit_test(subjects_show_their_sets),
		cmocka_unit_test(facts_belong_to_their_page_unless_they_say_else),
		cmocka_unit_test(records_stand_at_both_ends),
		cmocka_unit_test(references_of_records_that_fail_are_reported_where_they_stand),
		cmocka_unit_test(facts_grow_stale),
	};

	return cmocka_run_group_tests_name("link_records", tests, NULL, NULL);
}
