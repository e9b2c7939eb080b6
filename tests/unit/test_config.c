#include "fixture.h"

#include "site/config.h"

static const struct {
	const char *name, *toml, *code, *message;
	uint32_t line, col;
	const char *hint; /* NULL: not looked at */
} mistakes[] = {
	{ "unknown key", "titel = 'x'", "config/unknown-key", "'titel' is no configuration key", 1, 1,
	  "did you mean 'title'? keys of your own go into [extra]" },
	{ "unknown key in a group", "[linking]\nmention = 'all'", "config/unknown-key",
	  "'linking.mention' is no configuration key", 2, 1,
	  "did you mean 'linking.mentions'? keys of your own go into [extra]" },
	{ "unknown key near none", "zzz = 1", "config/unknown-key", "'zzz' is no configuration key", 1, 1,
	  "keys of your own go into [extra]" },
	{ "a group that is no table", "linking = 'all'", "config/wrong-type", "'linking' must be a table, not a string",
	  1, 11, NULL },
	{ "wrong type", "title = 7", "config/wrong-type", "'title' must be a string, not a whole number", 1, 9, NULL },
	{ "number in quotes", "[lists]\npage_size = '5'", "config/wrong-type",
	  "'lists.page_size' must be a whole number, not a string", 2, 13, NULL },
	{ "out of range", "[server]\nport = 0", "config/out-of-range", "'server.port' must lie between 1 and 65535", 2,
	  8, NULL },
	{ "unknown choice", "links = 'absolute'", "config/unknown-choice", "'links' cannot be 'absolute'", 1, 9,
	  "choose one of root|relative" },
	{ "no address", "base_url = 'example.org'", "config/bad-base-url", "'example.org' is no web address", 1, 12,
	  NULL },
	{ "no host", "base_url = 'https:///x'", "config/bad-base-url", "'https:///x' is no web address", 1, 12, NULL },
	{ "a query", "base_url = 'https://a.org/?x'", "config/bad-base-url", "'https://a.org/?x' is no web address", 1,
	  12, NULL },
	{ "two slashes", "base_url = 'https://a.org//b/'", "config/bad-base-url",
	  "'https://a.org//b/' is no web address", 1, 12, NULL },
	{ "upwards", "base_url = 'https://a.org/../'", "config/bad-base-url", "'https://a.org/../' is no web address",
	  1, 12, NULL },
	{ "a quote", "base_url = 'https://a.org/\"/'", "config/bad-base-url", "'https://a.org/\"/' is no web address",
	  1, 12, NULL },
	{ "kinds no table", "kinds = 1", "config/wrong-type", "'kinds' must be a table, not a whole number", 1, 9,
	  NULL },
	{ "kind no table", "[kinds]\nx = 1", "config/wrong-type", "kind 'x' must be a table", 2, 1, NULL },
	{ "unknown key of a kind", "[kinds.x]\nplurl = 'y'", "config/unknown-key", "'plurl' is no key of a kind", 2, 1,
	  "did you mean 'plural'?" },
	{ "unknown order", "[kinds.x]\nsort = 'size'", "meta/unknown-choice", "'sort' of a kind cannot be 'size'", 2, 8,
	  NULL },
	{ "folder outside", "[kinds.x]\ndir = '../x'", "config/bad-dir", "the folder of kind 'x' must lie in content/",
	  2, 7, NULL },
	{ "absolute folder", "[kinds.x]\ndir = '/x'", "config/bad-dir", "the folder of kind 'x' must lie in content/",
	  2, 7, NULL },
	{ "one folder twice", "[kinds.x]\ndir = 'a'\n[kinds.y]\ndir = 'A/'", "config/bad-dir",
	  "kinds 'x' and 'y' have the same folder 'A'", 3, 8, NULL },
	{ "keys no table", "[kinds.x]\nkeys = 'role'", "config/wrong-type", "'keys' must be a table, not a string", 2,
	  8, NULL },
	{ "unknown type of a key", "[kinds.x.keys]\nrole = 'text'", "meta/unknown-choice",
	  "'type' of a front-matter key cannot be 'text'", 2, 8, NULL },
	{ "a key without type", "[kinds.x.keys]\nrole = 7", "config/wrong-type", "'role' must be a table with 'type'",
	  2, 1, NULL },
	{ "relations no table", "relations = 'x'", "config/wrong-type", "'relations' must be a table, not a string", 1,
	  13, NULL },
	{ "relation no table", "[relations]\nx = 'y'", "config/wrong-type", "relation 'x' must be a table with 'label'",
	  2, 1, NULL },
	{ "measures no table", "measures = []", "config/wrong-type", "'measures' must be a table, not a list", 1, 12,
	  NULL },
	{ "tolerance", "[measures.x]\ntolerance = 'much'", "config/bad-tolerance", "a tolerance is a share or a number",
	  2, 13, NULL },
	{ "negative tolerance", "[measures.x]\ntolerance = '-5%'", "config/bad-tolerance",
	  "a tolerance is a share or a number", 2, 13, NULL },
	{ "a measure's name", "[measures.x]\nlabel = 'X'", "config/unknown-key", "'label' is no key of a measure", 2, 1,
	  NULL },
	{ "what Lua may do", "[security]\nlua = 'safe'", "config/unknown-key", "'security.lua' is no configuration key",
	  2, 1, NULL },
	{ "review", "[measures.x]\nreview_in = 'soon'", "meta/bad-duration", "'review_in' must be a duration", 2, 13,
	  NULL },
	{ "menu no list", "menu = 'x'", "config/wrong-type", "'menu' must be a list of tables", 1, 8, NULL },
	{ "menu entry", "menu = ['x']", "config/wrong-type", "a menu entry must be a table with 'label' and 'url'", 1,
	  9, NULL },
	{ "strings no table", "strings = 1", "config/wrong-type", "'strings' must be a table, not a whole number", 1,
	  11, NULL },
	{ "extra no table", "extra = 1", "config/wrong-type", "'extra' must be a table, not a whole number", 1, 9,
	  NULL },
};

static bool read(struct arena *a, const char *toml, struct config *c, struct diag_list *dl)
{
	diag_init(dl, a);
	return config_read(a, STR("site.toml"), fixture_toml(a, toml), c, dl);
}

static void says_what_is_wrong_and_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(mistakes); i++) {
		struct arena a = { 0 };
		struct config c;
		struct diag_list dl;

		print_message("  case: %s\n", mistakes[i].name);
		assert_false(read(&a, mistakes[i].toml, &c, &dl));
		assert_int_equal(dl.len, 1);
		assert_string_equal(dl.items[0].code, mistakes[i].code);
		fixture_equal(dl.items[0].message, mistakes[i].message);
		assert_int_equal(dl.items[0].at.line, mistakes[i].line);
		assert_int_equal(dl.items[0].at.col, mistakes[i].col);
		if (mistakes[i].hint)
			fixture_equal(dl.items[0].hint, mistakes[i].hint);
		/* Usable all the same. */
		assert_non_null(config_kind(&c, STR("page")));
		assert_true(str_ends(c.base_path, STR("/")));
		arena_release(&a);
	}
}

static void fills_in_every_default(void **state)
{
	struct arena a = { 0 };
	struct config c;

	(void)state;
	memset(&c, 0xa5, sizeof(c));
	config_defaults(&a, &c);
	fixture_equal(c.title, "Untitled");
	fixture_equal(c.base_path, "/");
	fixture_equal(c.output_dir, "public");
	assert_int_equal(c.links, LINKS_ROOT);
	assert_int_equal(c.mentions, MENTIONS_FIRST_PER_SECTION);
	assert_int_equal(c.server_port, 4040);
	assert_true(c.feeds && c.sitemap && !c.markdown_unsafe);
	assert_int_equal(c.n_kinds, 3);
	assert_int_equal(c.n_relations + c.n_measures + c.n_menu, 0);
	assert_false(config_kind(&c, STR("source"))->is_entity);
	arena_release(&a);
}

static void has_a_sound_table_of_keys(void **state)
{
	struct arena a = { 0 };
	size_t n;
	const struct config_key *keys = config_keys(&n);
	struct config c;
	struct diag_list dl;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct str name = str_from(keys[i].name);
		ptrdiff_t dot = str_find_byte(name, '.');
		struct buf b;

		/* Its own default must be accepted. */
		buf_init(&b, 0);
		if (dot >= 0)
			buf_add_format(&b, "[%.*s]\n", (int)dot, name.ptr);
		buf_add(&b, str_skip(name, (size_t)(dot + 1)));
		buf_add_format(&b,
			       keys[i].type == CONFIG_BOOL || keys[i].type == CONFIG_INT ? " = %s\n" : " = \"%s\"\n",
			       keys[i].fallback);
		print_message("  case: %s\n", keys[i].name);
		assert_true(read(&a, b.ptr, &c, &dl));
		assert_true(strlen(keys[i].help) > 0);
		buf_release(&b);
	}
	arena_release(&a);
}

static const char full[] =
	"title = \"A </b> \\\"q\\\" \\u0001 \\\\\"\nbase_url = 'http://example.org:80/a/b'\nlinks = 'relative'\n"
	"[linking]\nmentions = 'none'\n[lists]\npage_size = 7\n[feeds]\nenabled = false\n"
	"[kinds.company]\nlabel = 'Firm'\nplural = 'Firms'\ndir = 'firms/'\nschema = 'Organization'\nsort = "
	"'-date'\nmain = true\n"
	"closed = true\nstubs = true\nmatch = 'any-case'\ntemplate = 'firm.html'\n"
	"[kinds.company.keys]\nrole = 'number'\n'odd key' = { type = 'reference', label = 'L', kind = 'source', "
	"required = true }\n"
	"[kinds.source]\ndir = 'origins'\n[kinds.'odd kind']\n"
	"[relations.owns]\nlabel = 'Owns'\nreverse = 'Owned by'\n[relations.rival]\nlabel = 'Rival of'\n"
	"[measures.'Head count']\nunit = 'people'\ntolerance = '5%'\nreview_in = '1 year'\n[measures.age]\ntolerance = "
	"2\n"
	"[[menu]]\nlabel = 'Home'\nurl = '/'\n";

static void expect_full(const struct config *c)
{
	const struct kind *k = config_kind(c, STR("company"));

	fixture_equal(c->title, "A </b> \"q\" \x01 \\");
	fixture_equal(c->base_url, "http://example.org:80/a/b/");
	fixture_equal(c->base_path, "/a/b/");
	assert_int_equal(c->links, LINKS_RELATIVE);
	assert_int_equal(c->mentions, MENTIONS_NONE);
	assert_int_equal(c->page_size, 7);
	assert_false(c->feeds);
	assert_int_equal(c->n_kinds, 5);
	assert_int_equal(k->index, 0);
	fixture_equal(k->label, "Firm");
	fixture_equal(k->dir, "firms");
	fixture_equal(k->template, "firm.html");
	assert_true(k->is_entity && k->is_main && k->is_closed && k->has_stubs && k->any_case);
	assert_int_equal(k->sort, SORT_DATE_DESC);
	assert_int_equal(k->n_fields, 2);
	assert_int_equal(k->fields[0].type, FIELD_NUMBER);
	fixture_equal(k->fields[1].name, "odd key");
	fixture_equal(k->fields[1].kind, "source");
	assert_true(k->fields[1].is_required && k->fields[1].type == FIELD_REFERENCE);
	assert_false(config_kind(c, STR("source"))->is_entity);
	assert_non_null(config_kind(c, STR("odd kind")));
	assert_false(config_relation(c, STR("owns"))->is_symmetric);
	fixture_equal(config_relation(c, STR("owns"))->reverse, "Owned by");
	assert_true(config_relation(c, STR("rival"))->is_symmetric);
	assert_null(config_relation(c, STR("own")));
	assert_true(config_measure(c, STR("head-count"))->tolerance == 0.05);
	assert_int_equal(config_measure(c, STR("head-count"))->review_in.months, 12);
	assert_true(config_measure(c, STR("age"))->tolerance_abs == 2);
	assert_int_equal(c->n_menu, 1);
	fixture_equal(c->menu[0].label, "Home");
}

static void reads_everything(void **state)
{
	struct arena a = { 0 };
	struct config c;
	struct diag_list dl;

	(void)state;
	assert_true(read(&a, full, &c, &dl));
	assert_int_equal(dl.len, 0);
	expect_full(&c);
	arena_release(&a);
}

static void writes_what_it_reads(void **state)
{
	struct arena a = { 0 };
	struct config c, again;
	struct diag_list dl;
	struct buf b, b2;

	(void)state;
	buf_init(&b, 0);
	buf_init(&b2, 0);
	assert_true(read(&a, full, &c, &dl));
	config_write_toml(&b, &c);
	assert_true(read(&a, b.ptr, &again, &dl));
	assert_int_equal(dl.len, 0);
	expect_full(&again);
	config_write_toml(&b2, &again);
	assert_string_equal(b.ptr, b2.ptr);
	buf_release(&b);
	buf_release(&b2);
	arena_release(&a);
}

static void knows_the_kind_of_a_folder(void **state)
{
	static const char *const list[][2] = {
		{ "companies/deepseek", "company" },
		{ "companies/chips/smic", "chip" },
		{ "companies", "page" },
		{ "companies-old/x", "page" },
		{ "sources/nyt", "source" },
		{ "articles/x", "article" },
		{ "about", "page" },
		{ "companies/chips", "company" },
	};
	struct arena a = { 0 };
	struct config c;
	struct diag_list dl;

	(void)state;
	assert_true(read(&a, "[kinds.company]\ndir = 'companies'\n[kinds.chip]\ndir = 'companies/chips'\n", &c, &dl));
	for (size_t i = 0; i < COUNT(list); i++)
		fixture_equal(config_kind_of_dir(&c, str_from(list[i][0]))->id, list[i][1]);
	arena_release(&a);
}

static void gives_up_a_built_in_folder_that_is_taken(void **state)
{
	struct arena a = { 0 };
	struct config c;
	struct diag_list dl;

	(void)state;
	assert_true(read(&a, "[kinds.essay]\ndir = 'articles'\n", &c, &dl));
	fixture_equal(config_kind_of_dir(&c, STR("articles/x"))->id, "essay");
	assert_int_equal(config_kind(&c, STR("article"))->dir.len, 0);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_wrong_and_where),
		cmocka_unit_test(fills_in_every_default),
		cmocka_unit_test(has_a_sound_table_of_keys),
		cmocka_unit_test(reads_everything),
		cmocka_unit_test(writes_what_it_reads),
		cmocka_unit_test(knows_the_kind_of_a_folder),
		cmocka_unit_test(gives_up_a_built_in_folder_that_is_taken),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
