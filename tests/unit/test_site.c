#include "fixture.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "site/site.h"

static const struct fixture_page pages[] = {
	{ "about", "title = 'About'", "Text." },
	{ "companies", "title = 'Companies'", NULL },
	{ "companies/alibaba", "title = 'Alibaba'\naliases = ['\xe9\x98\xbf\xe9\x87\x8c', 'BABA']", NULL },
	{ "companies/deepseek",
	  "title = 'DeepSeek'\naliases = ['\xe6\xb7\xb1\xe5\xba\xa6', 'DS', { name = 'Dipsik', use = 'search' }]",
	  NULL },
	{ "companies/straße", "title = 'Straße'", NULL },
	{ "index", "title = 'Home'", NULL },
	{ "people/deepseek", "title = 'Mr Deep'\naliases = ['DS']", NULL },
	{ "topics/meta", "title = 'Alibaba (topic)'\naliases = ['alibaba', 'BABA']", NULL },
};

static const struct {
	const char *text, *kind;
	enum site_found found;
	const char *key;
} references[] = {
	{ "companies/deepseek", NULL, SITE_ONE, "companies/deepseek" },
	{ "companies/deepseek/", NULL, SITE_ONE, "companies/deepseek" },
	{ "/companies/deepseek/", NULL, SITE_ONE, "companies/deepseek" },
	{ "/companies/deepseek", NULL, SITE_ONE, "companies/deepseek" },
	{ "companies/deepseek.md", NULL, SITE_ONE, "companies/deepseek" },
	{ "content/companies/deepseek.md", NULL, SITE_ONE, "companies/deepseek" },
	{ "companies/deepseek/index.md", NULL, SITE_ONE, "companies/deepseek" },
	{ "/", NULL, SITE_ONE, "index" },
	{ " DeepSeek ", NULL, SITE_ONE, "companies/deepseek" },
	{ "deepseek", NULL, SITE_SEVERAL, "companies/deepseek" },
	{ "deepseek", "person", SITE_ONE, "people/deepseek" },
	{ "deepseek", "topic", SITE_NONE, NULL },
	{ "Mr Deep", NULL, SITE_ONE, "people/deepseek" },
	{ "mr deep", NULL, SITE_ONE, "people/deepseek" },
	{ "STRASSE", NULL, SITE_ONE, "companies/straße" },
	{ "\xe6\xb7\xb1\xe5\xba\xa6", NULL, SITE_ONE, "companies/deepseek" },
	{ "Dipsik", NULL, SITE_ONE, "companies/deepseek" },
	{ "DS", NULL, SITE_SEVERAL, "companies/deepseek" },
	{ "DS", "person", SITE_ONE, "people/deepseek" },
	/* Slug before title before alias. */
	{ "alibaba", NULL, SITE_ONE, "companies/alibaba" },
	{ "Alibaba", NULL, SITE_ONE, "companies/alibaba" },
	{ "BABA", NULL, SITE_SEVERAL, "companies/alibaba" },
	{ "companies/none", NULL, SITE_NONE, NULL },
	{ "Nobody", NULL, SITE_NONE, NULL },
	{ "", NULL, SITE_NONE, NULL },
	{ ".md", NULL, SITE_NONE, NULL },
	{ "content/", NULL, SITE_NONE, NULL },
};

static void resolves_references(void **state)
{
	struct arena a = { 0 };
	const struct site *s = fixture_site(&a, pages, COUNT(pages));

	(void)state;
	for (size_t i = 0; i < COUNT(references); i++) {
		const struct kind *kind =
			references[i].kind ? config_kind(s->config, str_from(references[i].kind)) : NULL;
		const struct page *p;

		print_message("  case: '%s'\n", references[i].text);
		assert_int_equal(site_resolve(s, str_from(references[i].text), kind, &p), references[i].found);
		if (references[i].key)
			fixture_equal(p->key, references[i].key);
		else
			assert_null(p);
	}
	arena_release(&a);
}

static void lists_candidates_up_to_the_room(void **state)
{
	struct arena a = { 0 };
	const struct site *s = fixture_site(&a, pages, COUNT(pages));
	const struct page *out[2] = { NULL, NULL };

	(void)state;
	assert_int_equal(site_candidates(s, STR("DS"), NULL, out, 2), 2);
	fixture_equal(out[0]->key, "companies/deepseek");
	fixture_equal(out[1]->key, "people/deepseek");
	out[1] = NULL;
	assert_int_equal(site_candidates(s, STR("DS"), NULL, out, 1), 2);
	assert_null(out[1]);
	arena_release(&a);
}

static void suggests_what_is_near(void **state)
{
	struct arena a = { 0 };
	const struct site *s = fixture_site(&a, pages, COUNT(pages));
	struct str out[3];

	(void)state;
	assert_int_equal(site_near(s, &a, STR("Alibabba"), out, 3), 2);
	fixture_equal(out[0], "alibaba");
	fixture_equal(out[1], "Alibaba");
	/* Damaged spellings are not suggested. */
	assert_int_equal(site_near(s, &a, STR("Dipsikk"), out, 3), 0);
	assert_int_equal(site_near(s, &a, STR("entirely different"), out, 3), 0);
	arena_release(&a);
}

static void looks_texts_up_in_order(void **state)
{
	struct arena a = { 0 };
	struct site *s = fixture_site(&a, pages, COUNT(pages));
	struct config *c = arena_new(&a, struct config);
	struct str text, *keys;

	(void)state;
	*c = *s->config;
	c->strings = fixture_toml(&a, "[nav]\nhome = 'config'\n");
	s->config = c;
	s->site_strings = fixture_toml(&a, "[nav]\nhome = 'site'\nnext = 'site'\n");
	s->theme_strings = fixture_toml(
		&a, "'nav.flat' = 'flat'\n[nav]\nhome = 'theme'\nnext = 'theme'\nlast = 'theme'\nnumber = 1\n");
	assert_true(site_string(s, STR("nav.home"), &text));
	fixture_equal(text, "config");
	assert_true(site_string(s, STR("nav.next"), &text));
	fixture_equal(text, "site");
	assert_true(site_string(s, STR("nav.last"), &text));
	fixture_equal(text, "theme");
	assert_true(site_string(s, STR("nav.flat"), &text));
	assert_false(site_string(s, STR("nav"), &text));
	assert_false(site_string(s, STR("nav.number"), &text));
	assert_false(site_string(s, STR("nav.none"), &text));
	assert_int_equal(site_string_keys(s, &a, &keys), 7);
	fixture_equal(keys[1], "nav.home");
	arena_release(&a);
}

static const struct {
	const char *now, *date; /* reviewed, or the fact's review_by */
	bool page, fact;
} staleness[] = {
	{ "2026-05-01", "2025-05-01", false, true },
	{ "2026-05-02", "2025-05-01", true, true },
	{ "2026-05-31", "2025-05", false, true },
	{ "2026-06-01", "2025-05", true, true },
	{ "2025-05-01", "2025-05-01", false, false },
	{ "2025-12-31", "2025", false, false },
	{ "2026-01-01", "2025", false, true },
	{ "2027-01-01", "2025", true, true },
	{ "", "2025", false, false },
	{ "2027-01-01", "", false, false },
};

static void tells_what_is_stale(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(staleness); i++) {
		struct site s = { 0 };
		struct page p = { .has_review = true, .review_in = { 12, 0 } };
		struct fact f = { .type = FACT_NUMBER };

		print_message("  case: %s on %s\n", staleness[i].date, staleness[i].now);
		if (staleness[i].now[0])
			assert_true(date_parse(str_from(staleness[i].now), &s.now));
		if (staleness[i].date[0]) {
			assert_true(date_parse(str_from(staleness[i].date), &p.reviewed));
			f.review_by = p.reviewed;
		}
		assert_int_equal(site_is_stale_page(&s, &p), staleness[i].page);
		assert_int_equal(site_is_stale_fact(&s, &f), staleness[i].fact);
		p.has_review = false;
		assert_false(site_is_stale_page(&s, &p));
	}
}

static const struct {
	const char *now, *to;
	bool is_former;
} ends[] = {
	{ "2026-05-01", "2026-05-02", false }, { "2026-05-02", "2026-05-02", true },
	{ "2026-05-03", "2026-05-02", true },  { "2026-05-01", "2027", false },
	{ "2026-05-01", "2026", true },        { "2026-05-01", "2026-06", false },
	{ "2026-05-01", "", false },           { "", "2027", true },
};

static void tells_what_is_over(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ends); i++) {
		struct site s = { 0 };
		struct relation r = { .share = STR_INIT("") };

		if (ends[i].now[0])
			assert_true(date_parse(str_from(ends[i].now), &s.now));
		if (ends[i].to[0])
			assert_true(date_parse(str_from(ends[i].to), &r.to));
		if (site_is_former(&s, &r) != ends[i].is_former)
			fail_msg("'%s' on '%s'", ends[i].to, ends[i].now);
	}
}

static void finds_things_by_name(void **state)
{
	struct arena a = { 0 };
	struct site *s = fixture_site(&a, pages, COUNT(pages));
	struct fact f = { .r = { .id = STR_INIT("head-count") } };
	struct data_file data = { .name = STR_INIT("prices") };
	struct asset asset = { .name = STR_INIT("theme/style.css") };

	(void)state;
	f.subject.page = site_page_by_url(s, STR("/companies/deepseek/"));
	s->records.facts = &f;
	s->records.n_facts = 1;
	s->data = &data;
	s->n_data = 1;
	s->assets = &asset;
	s->n_assets = 1;
	map_put(&a, &s->fact_by_id, f.r.id, 0);
	map_put(&a, &s->asset_by_name, asset.name, 0);
	assert_ptr_equal(site_fact(s, STR("head-count")), &f);
	assert_null(site_fact(s, STR("head")));
	fixture_equal(site_fact_url(s, &a, &f), "/companies/deepseek/#fact-head-count");
	assert_ptr_equal(site_data(s, STR("prices")), &data);
	assert_null(site_data(s, STR("price")));
	assert_ptr_equal(site_asset(s, STR("theme/style.css")), &asset);
	assert_null(site_asset(s, STR("style.css")));
	assert_ptr_equal(site_page(s, 3), site_page_by_key(s, STR("companies/deepseek")));
	assert_null(site_page_by_key(s, STR("companies/deep")));
	arena_release(&a);
}

static void reads_docs_from_the_file_they_are_mapped_from(void **state)
{
	char name[] = "/tmp/dossier-test-XXXXXX";
	struct arena a = { 0 };
	struct site *s = fixture_site(&a, pages, COUNT(pages));
	const struct doc *d = fixture_doc(&a, "Some text.");
	struct page *about = &s->pages[0];
	struct buf file, room;
	struct diag_list dl;
	struct fs_info info;
	int fd = mkstemp(name);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	diag_init(&dl, &a);
	buf_init(&file, 0);
	buf_init(&room, 0);
	buf_add(&file, STR("12345678"));
	buf_add_mem(&file, (const char *)d, d->bytes);
	assert_ptr_equal(site_read_doc(s, about, &room), about->doc);
	assert_int_equal(fs_write(str_from(name), buf_str(&file), &dl), FS_WRITE_NEW);
	assert_true(fs_map_known(str_from(name), &s->docs, &info, &s->docs_file, &dl));
	assert_ptr_equal(site_read_doc(s, about, &room), about->doc);
	about->doc = (const struct doc *)(const void *)(s->docs.ptr + 8);
	about->doc_bytes = d->bytes;
	assert_ptr_equal(site_read_doc(s, about, &room), room.ptr);
	assert_memory_equal(room.ptr, d, d->bytes);
	/* What is not all there is left where it is. */
	about->doc_bytes++;
	assert_ptr_equal(site_read_doc(s, about, &room), about->doc);
	fs_close(s->docs_file);
	fs_unmap(s->docs);
	assert_true(fs_remove(str_from(name), &dl));
	buf_release(&file);
	buf_release(&room);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolves_references),
		cmocka_unit_test(lists_candidates_up_to_the_room),
		cmocka_unit_test(suggests_what_is_near),
		cmocka_unit_test(looks_texts_up_in_order),
		cmocka_unit_test(tells_what_is_stale),
		cmocka_unit_test(tells_what_is_over),
		cmocka_unit_test(finds_things_by_name),
		cmocka_unit_test(reads_docs_from_the_file_they_are_mapped_from),
	};

	return cmocka_run_group_tests_name("site", tests, NULL, NULL);
}
