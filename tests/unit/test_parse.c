#include "tempsite.h"

#include "stage/parse.h"

struct parsing {
	struct tempsite t;
	struct config config;
	struct diag_list dl;
	struct parse_worker *w;
};

static void begin(struct parsing *p)
{
	struct digest digest;
	const struct value *tree;

	tempsite_open(&p->t);
	diag_init(&p->dl, &p->t.arena);
	tree = parse_toml_file(&p->t.arena, STR("site.toml"), path_join(&p->t.arena, p->t.root, STR("site.toml")),
			       &digest, &p->dl);
	assert_non_null(tree);
	assert_true(config_read(&p->t.arena, STR("site.toml"), tree, &p->config, &p->dl));
	p->w = parse_worker_new(&p->t.arena, &p->dl);
}

static void end(struct parsing *p)
{
	parse_worker_free(p->w);
	tempsite_close(&p->t);
}

static void parse_at(struct parsing *p, const char *path, struct str text, struct parsed *out)
{
	struct parse_input in = { .path = str_from(path), .file = path_join(&p->t.arena, p->t.root, str_from(path)) };

	diag_init(&p->dl, &p->t.arena);
	tempsite_put_bytes(&p->t, path, text);
	parse_page(p->w, &p->config, &in, out);
}

static const char *plain(struct parsing *p, const struct page *page)
{
	struct buf b;
	const char *z;

	buf_init(&b, 0);
	doc_plain(&b, page->doc, 1, page->doc->n_nodes);
	z = str_z(&p->t.arena, buf_str(&b));
	buf_release(&b);
	return z;
}

static const struct {
	const char *name, *file, *title, *text, *code;
	uint32_t line; /* of the diagnostic */
} heads[] = {
	{ "TOML", "+++\ntitle = 'A'\n+++\nText.\n", "A", "Text.", NULL, 0 },
	{ "YAML", "---\ntitle: A\n---\nText.\n", "A", "Text.", NULL, 0 },
	{ "TOML with CRLF", "+++\r\ntitle = 'A'\r\n+++\r\nText.\r\n", "A", "Text.", NULL, 0 },
	{ "YAML with CRLF", "---\r\ntitle: A\r\n---\r\nText.\r\n", "A", "Text.", NULL, 0 },
	{ "a byte order mark", "\xef\xbb\xbf+++\ntitle = 'A'\n+++\nText.\n", "A", "Text.", NULL, 0 },
	{ "a byte order mark alone", "\xef\xbb\xbfText.\n", "x", "Text.", "page/missing-key", 1 },
	{ "spaces after the marks", "+++ \ntitle = 'A'\n+++\t\nText.\n", "A", "Text.", NULL, 0 },
	{ "nothing after it", "+++\ntitle = 'A'\n+++", "A", "", NULL, 0 },
	{ "none", "Text.\n", "x", "Text.", "page/missing-key", 1 },
	{ "an empty file", "", "x", "", "page/missing-key", 1 },
	{ "an empty one", "---\n---\nText.\n", "x", "Text.", "page/missing-key", 1 },
	{ "an empty TOML one", "+++\n+++\nText.\n", "x", "Text.", "page/missing-key", 1 },
	{ "only a comment in YAML", "---\n# nothing\n---\nText.\n", "x", "Text.", "page/missing-key", 1 },
	{ "TOML never closed", "+++\ntitle = 'A'\nText.\n", NULL, NULL, "page/open-front-matter", 1 },
	{ "YAML never closed", "---\ntitle: A\nText.\n", NULL, NULL, "page/open-front-matter", 1 },
	{ "closed by the other mark", "+++\ntitle = 'A'\n---\n", NULL, NULL, "page/open-front-matter", 1 },
	{ "only the first mark", "+++", NULL, NULL, "page/open-front-matter", 1 },
	{ "a rule further down", "+++\ntitle = 'A'\n+++\nText.\n\n---\n\nMore.\n", "A", "Text. More.", NULL, 0 },
	{ "a mark within a line", "---\ntitle: A --- B\n---\nText.\n", "A --- B", "Text.", NULL, 0 },
	{ "four signs are no mark", "++++\ntext\n", "x", "++++ text", "page/missing-key", 1 },
	{ "a list instead of keys", "---\n- a\n---\n", NULL, NULL, "yaml/syntax", 2 },
	{ "a broken line", "+++\ntitle = 'A'\nb =\n+++\n", NULL, NULL, "toml/syntax", 3 },
	{ "a broken line of YAML", "---\ntitle: A\nb: [\n---\n", NULL, NULL, "yaml/syntax", 0 },
	{ "NUL", NULL, NULL, NULL, "page/nul-byte", 1 },
	{ "Latin-1", "+++\ntitle = 'A'\n+++\nOr Z\xfcrich.\n", NULL, NULL, "page/not-utf8", 4 },
};

static void reads_front_matter_of_all_forms(void **state)
{
	struct parsing p;

	(void)state;
	begin(&p);
	for (size_t i = 0; i < COUNT(heads); i++) {
		struct parsed out;
		struct str text = heads[i].file ? str_from(heads[i].file) : STR("a\0b");

		parse_at(&p, "content/x.md", text, &out);
		if (heads[i].code && !fixture_diag(&p.dl, heads[i].code))
			fail_msg("%s: no %s but %s", heads[i].name, heads[i].code,
				 p.dl.len ? p.dl.items[0].code : "nothing");
		if (!heads[i].code && p.dl.len)
			fail_msg("%s: %s", heads[i].name, p.dl.items[0].code);
		if (heads[i].line)
			assert_int_equal(fixture_diag(&p.dl, heads[i].code)->at.line, heads[i].line);
		if (out.is_ok != (heads[i].title != NULL))
			fail_msg("%s: is_ok is %d", heads[i].name, out.is_ok);
		if (!heads[i].title)
			continue;
		fixture_equal(out.page->title, heads[i].title);
		assert_string_equal(plain(&p, out.page), heads[i].text);
		assert_true(digest_eq(out.digest, digest_of(text)));
	}
	end(&p);
}

static void counts_lines_from_the_top_of_the_file(void **state)
{
	struct parsing p;
	struct parsed out;

	(void)state;
	begin(&p);
	parse_at(&p, "content/x.md", STR("+++\r\ntitle = 'A'\r\n+++\r\n\r\nText.\r\n"), &out);
	for (uint32_t i = 0; i < out.page->doc->n_nodes; i++)
		if (doc_nodes(out.page->doc)[i].type == DOC_TEXT)
			assert_int_equal(doc_pos(out.page->doc, doc_sources(out.page->doc)[i]).line, 5);
	parse_at(&p, "content/x.md", STR("---\ntitle: A\ndate: never\n---\n"), &out);
	assert_int_equal(fixture_diag(&p.dl, "meta/bad-date")->at.line, 3);
	end(&p);
}

static const struct {
	const char *path, *head, *key, *slug, *kind;
	bool is_bundle, is_home;
} names[] = {
	{ "content/index.md", "", "index", "index", "page", true, true },
	{ "content/_index.md", "", "index", "index", "page", true, true },
	{ "content/about.md", "", "about", "about", "page", false, false },
	{ "content/About Us.md", "", "About Us", "about-us", "page", false, false },
	{ "content/other/x.md", "", "other/x", "x", "page", false, false },
	{ "content/companies/deepseek.md", "", "companies/deepseek", "deepseek", "company", false, false },
	{ "content/companies/deepseek/index.md", "", "companies/deepseek", "deepseek", "company", true, false },
	{ "content/companies/Deep Seek/index.md", "", "companies/Deep Seek", "deep-seek", "company", true, false },
	{ "content/companies/asia/x.md", "", "companies/asia/x", "x", "company", false, false },
	{ "content/companiesx/x.md", "", "companiesx/x", "x", "page", false, false },
	{ "content/articles/x.md", "", "articles/x", "x", "article", false, false },
	{ "content/sources/x.md", "", "sources/x", "x", "source", false, false },
	{ "content/other/x.md", "kind = 'person'\n", "other/x", "x", "person", false, false },
	{ "content/companies/x.md", "kind = 'person'\n", "companies/x", "x", "person", false, false },
	{ "content/companies/x.md", "slug = 'y'\n", "companies/x", "y", "company", false, false },
	{ "content/companies/x/index.md", "slug = 'y'\n", "companies/x", "y", "company", true, false },
	{ "content/people/\xe6\xa2\x81\xe6\x96\x87\xe9\x94\x8b.md", "", "people/\xe6\xa2\x81\xe6\x96\x87\xe9\x94\x8b",
	  "\xe6\xa2\x81\xe6\x96\x87\xe9\x94\x8b", "person", false, false },
	{ "content/people/Z\xc3\xbcrich.md", "", "people/Z\xc3\xbcrich", "zurich", "person", false, false },
	{ "content/a.b.md", "", "a.b", "a-b", "page", false, false },
};

static void names_pages_by_folder_file_and_keys(void **state)
{
	struct parsing p;

	(void)state;
	begin(&p);
	for (size_t i = 0; i < COUNT(names); i++) {
		struct parsed out;

		parse_at(&p, names[i].path, str_format(&p.t.arena, "+++\ntitle = 'A'\n%s+++\n", names[i].head), &out);
		if (p.dl.len)
			fail_msg("%s: %s", names[i].path, p.dl.items[0].code);
		fixture_equal(out.page->key, names[i].key);
		fixture_equal(out.page->slug, names[i].slug);
		fixture_equal(out.page->kind->id, names[i].kind);
		assert_int_equal(out.page->is_bundle, names[i].is_bundle);
		assert_int_equal(out.page->is_home, names[i].is_home);
	}
	end(&p);
}

static const struct {
	const char *path, *head, *code, *hint;
} wrong[] = {
	{ "content/!!!.md", "title = 'A'\n", "page/bad-slug", "rename the file" },
	{ "content/companies/+/index.md", "title = 'A'\n", "page/bad-slug", "rename the file" },
	{ "content/x.md", "title = 'A'\nslug = 'Not A Slug'\n", "page/bad-slug", "not-a-slug" },
	{ "content/x.md", "title = 'A'\nkind = 'compani'\n", "page/unknown-kind", "company" },
	{ "content/x.md", "title = 'A'\nkind = 5\n", "page/unknown-kind", "declare" },
	{ "content/x.md", "title = ''\n", "page/missing-key", "" },
	{ "content/x.md", "title = 'A'\naliases = ['/old/']\n", "page/alias-is-path", "redirects" },
	{ "content/x.md", "title = 'A'\nredirects = ['old']\n", "page/bad-redirect", "begins with" },
	{ "content/x.md", "title = 'A'\naliasses = ['B']\n", "page/near-key", "aliases" },
};

static void says_what_is_wrong_with_a_page(void **state)
{
	struct parsing p;

	(void)state;
	begin(&p);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct parsed out;
		const struct diag *d;

		parse_at(&p, wrong[i].path, str_format(&p.t.arena, "+++\n%s+++\n", wrong[i].head), &out);
		d = fixture_diag(&p.dl, wrong[i].code);
		if (!d)
			fail_msg("%s: no %s", wrong[i].path, wrong[i].code);
		assert_true(str_eq(d->path, str_from(wrong[i].path)));
		if (!str_contains(d->hint, str_from(wrong[i].hint)))
			fail_msg("%s: %.*s", wrong[i].code, STR_ARG(d->hint));
		assert_true(out.is_ok);
	}
	end(&p);
}

static void a_file_that_is_gone_is_named_as_the_site_names_it(void **state)
{
	struct parsing p;
	struct parsed out;
	struct parse_input in = { .path = STR("content/x.md"), .file = STR("/nowhere/content/x.md") };

	(void)state;
	begin(&p);
	parse_page(p.w, &p.config, &in, &out);
	assert_false(out.is_ok);
	assert_int_equal(p.dl.errors, 1);
	fixture_equal(p.dl.items[0].path, "content/x.md");
	end(&p);
}

static void a_page_beyond_the_limit_is_refused(void **state)
{
	struct parsing p;
	struct parsed out;

	(void)state;
	begin(&p);
	p.config.markdown_max_bytes = 20;
	parse_at(&p, "content/x.md", STR("+++\ntitle = 'A'\n+++\nText.\n"), &out);
	assert_false(out.is_ok);
	assert_int_equal(p.dl.errors, 1);
	end(&p);
}

/* By size and time the same: not read. Of the same bytes: not parsed. Of others: what is kept is passed over. */
static void what_is_kept_is_not_parsed_again(void **state)
{
	static const struct {
		const char *text; /* NULL: the file is gone */
		bool is_same, is_kept;
		const char *plain;
	} cases[] = {
		{ NULL, true, true, "Kept text." },
		{ "+++\ntitle = 'A'\n+++\nKept text.\n", false, true, "Kept text." },
		{ "+++\ntitle = 'A'\n+++\nOther text.\n", false, false, "Other text." },
	};
	struct parsing p;
	struct parsed first, out;
	struct cache_page kept = { 0 };
	struct cache_head head;

	(void)state;
	begin(&p);
	parse_at(&p, "content/x.md", STR("+++\ntitle = 'A'\n+++\nKept text.\n"), &first);
	assert_false(first.is_kept);
	assert_true(first.is_keepable);
	kept.file = first.digest;
	head = *first.head;
	head.said = str_copy(&p.t.arena, first.head->said);
	head.meta = str_copy(&p.t.arena, first.head->meta);
	head.places = str_copy(&p.t.arena, first.head->places);
	head.extract = str_copy(&p.t.arena, first.head->extract);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct parse_input in = { .path = STR("content/x.md"),
					  .file = path_join(&p.t.arena, p.t.root, STR("content/x.md")),
					  .kept = &kept,
					  .head = head,
					  .doc = first.page->doc,
					  .is_same = cases[i].is_same };

		if (cases[i].text)
			tempsite_put(&p.t, "content/x.md", cases[i].text);
		else
			in.file = STR("/nowhere/x.md");
		parse_page(p.w, &p.config, &in, &out);
		assert_true(out.is_ok);
		assert_int_equal(out.is_kept, cases[i].is_kept);
		fixture_equal(out.page->title, "A");
		assert_string_equal(plain(&p, out.page), cases[i].plain);
		fixture_equal(out.page->excerpt, cases[i].plain);
		assert_true(str_eq(out.page->sort_key, first.page->sort_key));
		assert_true(digest_eq(out.digest, first.digest) == cases[i].is_kept);
	}
	assert_int_equal(p.dl.len, 0);
	end(&p);
}

/* What has something to say about its text says it in each run. */
static void a_text_with_a_warning_is_not_keepable(void **state)
{
	struct parsing p;
	struct parsed out;

	(void)state;
	begin(&p);
	parse_at(&p, "content/x.md", STR("Text {{< never closed\n"), &out);
	assert_int_equal(out.is_keepable, p.dl.len == 0);
	assert_true(p.dl.len > 0);
	end(&p);
}

static void data_at(struct parsing *p, const char *path, const char *text, struct data_file *out,
		    struct records *records)
{
	struct parse_input in = { .path = str_from(path), .file = path_join(&p->t.arena, p->t.root, str_from(path)) };

	diag_init(&p->dl, &p->t.arena);
	tempsite_put(&p->t, path, text);
	parse_data(p->w, &p->config, &in, out, records);
}

static const struct {
	const char *path, *text;
	size_t facts, events, quotes;
	const char *code;
} data[] = {
	{ "data/x.toml", "[[facts]]\nsubject = 'a'\nmeasure = 'M'\nvalue = 5\nsource = 's'\n", 1, 0, 0, NULL },
	{ "data/x.json", "{\"facts\": [{\"subject\": \"a\", \"measure\": \"M\", \"value\": 5, \"source\": \"s\"}]}", 1,
	  0, 0, NULL },
	{ "data/facts.json", "[{\"subject\": \"a\", \"measure\": \"M\", \"value\": 5, \"source\": \"s\"}]", 1, 0, 0,
	  NULL },
	{ "data/facts.json", "[1, \"x\"]", 0, 0, 0, "meta/wrong-type" },
	{ "data/facts.csv", "subject,measure,value,unit,source\na,M,5,,s\nb,M,6,,s\n", 2, 0, 0, NULL },
	{ "data/events.csv", "date,text,about\n2025-01,It began,a\n", 0, 1, 0, NULL },
	{ "data/quotes.csv", "speaker,text,source\na,Words,s\n", 0, 0, 1, NULL },
	{ "data/prices.csv", "subject,value\na,5\n", 0, 0, 0, NULL },
	{ "data/prices.json", "[1, 2]", 0, 0, 0, NULL },
	{ "data/prices.json", "5", 0, 0, 0, NULL },
	{ "data/x.json", "{", 0, 0, 0, "json/syntax" },
	{ "data/x.toml", "a = \xff\n", 0, 0, 0, "page/not-utf8" },
	{ "data/facts.csv", "subject,measure,value,source\n,M,5,s\n", 1, 0, 0, "fact/missing-subject" },
};

static void reads_records_from_data_files(void **state)
{
	struct parsing p;

	(void)state;
	begin(&p);
	for (size_t i = 0; i < COUNT(data); i++) {
		struct data_file out;
		struct records r;

		data_at(&p, data[i].path, data[i].text, &out, &r);
		if (data[i].code && !fixture_diag(&p.dl, data[i].code))
			fail_msg("%s: no %s", data[i].path, data[i].code);
		if (!data[i].code && p.dl.len)
			fail_msg("%s %zu: %s", data[i].path, i, p.dl.items[0].code);
		if (r.n_facts != data[i].facts || r.n_events != data[i].events || r.n_quotes != data[i].quotes)
			fail_msg("%s %zu: %zu facts, %zu events, %zu quotes", data[i].path, i, r.n_facts, r.n_events,
				 r.n_quotes);
	}
	end(&p);
}

static void numbers_of_a_csv_are_numbers(void **state)
{
	struct parsing p;
	struct data_file out;
	struct records r;

	(void)state;
	begin(&p);
	data_at(&p, "data/facts.csv", "subject,measure,value,source\na,M,5.5,s\na,M,all,s\n", &out, &r);
	assert_int_equal(r.facts[0].type, FACT_NUMBER);
	assert_true(r.facts[0].value == 5.5);
	assert_int_equal(r.facts[1].type, FACT_TEXT);
	fixture_equal(out.name, "facts");
	end(&p);
}

/* One worker parses thousands of files: what it keeps of one must not change with the next. */
static void what_was_parsed_outlives_the_next_file(void **state)
{
	struct parsing p;
	struct parsed first, second;

	(void)state;
	begin(&p);
	parse_at(&p, "content/companies/a.md",
		 STR("+++\ntitle = 'Alpha'\naliases = ['Al']\nsummary = 'One'\n+++\nFirst text.\n"), &first);
	parse_at(&p, "content/companies/b.md",
		 STR("+++\ntitle = 'Betax'\naliases = ['Be']\nsummary = 'Two'\n+++\nOther text.\n"), &second);
	fixture_equal(first.page->title, "Alpha");
	fixture_equal(first.page->names[1].text, "Al");
	fixture_equal(first.page->summary, "One");
	assert_string_equal(plain(&p, first.page), "First text.");
	end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_front_matter_of_all_forms),
		cmocka_unit_test(counts_lines_from_the_top_of_the_file),
		cmocka_unit_test(names_pages_by_folder_file_and_keys),
		cmocka_unit_test(says_what_is_wrong_with_a_page),
		cmocka_unit_test(a_file_that_is_gone_is_named_as_the_site_names_it),
		cmocka_unit_test(a_page_beyond_the_limit_is_refused),
		cmocka_unit_test(what_is_kept_is_not_parsed_again),
		cmocka_unit_test(a_text_with_a_warning_is_not_keepable),
		cmocka_unit_test(reads_records_from_data_files),
		cmocka_unit_test(numbers_of_a_csv_are_numbers),
		cmocka_unit_test(what_was_parsed_outlives_the_next_file),
	};

	return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
