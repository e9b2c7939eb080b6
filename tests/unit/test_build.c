#include "tempsite.h"

/* A site and what its last build gave. */
struct builds {
	struct tempsite t;
	struct arena said;
	struct build_result r;
	struct diag_list dl;
	bool has_result;
	struct str stages; /* as they were announced */
};

static struct str file_in(struct builds *b, const char *path)
{
	return path_join(&b->t.arena, b->t.root, str_from(path));
}

static enum build_status run_with(struct builds *b, const struct build_options *opt)
{
	if (b->has_result)
		build_release(&b->r);
	arena_reset(&b->said);
	diag_init(&b->dl, &b->said);
	b->has_result = true;
	return build_run(opt, &b->r, &b->dl);
}

static enum build_status run(struct builds *b)
{
	return run_with(b, &b->t.opt);
}

static int set_up(void **state)
{
	struct builds *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	tempsite_open(&b->t);
	tempsite_put(&b->t, "content/index.md", "+++\ntitle = 'Home'\n+++\n");
	tempsite_put(&b->t, "content/about.md", "+++\ntitle = 'About'\n+++\nAcme is near.\n");
	tempsite_put(&b->t, "content/companies/acme.md", "+++\ntitle = 'Acme'\n+++\nRopes.\n");
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct builds *b = *state;

	if (b->has_result)
		build_release(&b->r);
	arena_release(&b->said);
	tempsite_close(&b->t);
	free(b);
	return 0;
}

static const struct {
	const char *name, *path, *text; /* a file put over the site */
	const char *output;             /* in the site; NULL: what the configuration says */
	struct build_options opt;
	enum build_status status;
	const char *code;
} ends[] = {
	{ "a broken link",
	  "content/x.md",
	  "+++\ntitle = 'X'\n+++\n[[nobody]]\n",
	  NULL,
	  { .jobs = 1 },
	  BUILD_ERRORS,
	  "link/missing-target" },
	{ "no title",
	  "content/x.md",
	  "+++\nsummary = 'x'\n+++\n",
	  NULL,
	  { .jobs = 1 },
	  BUILD_ERRORS,
	  "page/missing-key" },
	{ "a template that does not compile",
	  "templates/page.html",
	  "{% if x %}",
	  NULL,
	  { .jobs = 1 },
	  BUILD_ERRORS,
	  "template/unclosed" },
	{ "a template that fails",
	  "templates/page.html",
	  "{{ page.titel }}",
	  NULL,
	  { .jobs = 1 },
	  BUILD_ERRORS,
	  "template/undefined-field" },
	{ "a link in a template that leads nowhere",
	  "templates/page.html",
	  "<!doctype html><title>x</title><a href=\"/nowhere/\">x</a>",
	  NULL,
	  { .jobs = 1 },
	  BUILD_ERRORS,
	  "verify/broken-link" },
	{ "a shortcode that is not there",
	  "content/x.md",
	  "+++\ntitle = 'X'\n+++\n{{< nope >}}\n",
	  NULL,
	  { .jobs = 1 },
	  BUILD_ERRORS,
	  "shortcode/unknown" },
	{ "an unknown key", "site.toml", "titel = 'x'\n", NULL, { .jobs = 1 }, BUILD_BAD_CONFIG, "config/unknown-key" },
	{ "broken TOML", "site.toml", "title =\n", NULL, { .jobs = 1 }, BUILD_BAD_CONFIG, "toml/syntax" },
	{ "an output folder in content/",
	  NULL,
	  NULL,
	  "content/public",
	  { .jobs = 1 },
	  BUILD_BAD_CONFIG,
	  "config/bad-output" },
	{ "an output folder that is data/", NULL, NULL, "data", { .jobs = 1 }, BUILD_BAD_CONFIG, "config/bad-output" },
	{ "an output folder beside content/ by a detour",
	  NULL,
	  NULL,
	  "content/../templates/x",
	  { .jobs = 1 },
	  BUILD_BAD_CONFIG,
	  "config/bad-output" },
	{ "an output folder that holds the site", NULL, NULL, ".", { .jobs = 1 }, BUILD_BAD_CONFIG, "config/bad-output" },
	{ "no address",
	  NULL,
	  NULL,
	  NULL,
	  { .jobs = 1, .base_url = STR_INIT("example.org") },
	  BUILD_BAD_CONFIG,
	  "cli/bad-value" },
	{ "no day", NULL, NULL, NULL, { .jobs = 1, .now = STR_INIT("2026-13-01") }, BUILD_BAD_CONFIG, "cli/bad-value" },
	{ "half a day", NULL, NULL, NULL, { .jobs = 1, .now = STR_INIT("2026-05") }, BUILD_BAD_CONFIG, "cli/bad-value" },
	{ "an output folder under a file",
	  NULL,
	  NULL,
	  "site.toml/public",
	  { .jobs = 1 },
	  BUILD_ENVIRONMENT,
	  "fs/unwritable" },
	{ "a warning, strictly",
	  "content/x.md",
	  "+++\ntitle = 'X'\ndraft = true\n+++\n",
	  NULL,
	  { .jobs = 1, .is_strict = true },
	  BUILD_ERRORS,
	  "link/withheld" },
};

static void what_is_wrong_decides_the_status_and_publishes_nothing(void **state)
{
	struct builds *b = *state;

	tempsite_put(&b->t, "content/links.md", "+++\ntitle = 'Links'\n+++\n[[x]]\n");
	tempsite_put(&b->t, "content/x.md", "+++\ntitle = 'X'\n+++\n");
	for (size_t i = 0; i < COUNT(ends); i++) {
		struct build_options opt = ends[i].opt;
		struct str before = STR_NONE, file = ends[i].path ? file_in(b, ends[i].path) : STR_NONE;
		bool was_there = file.len && fs_info(file).type == FS_FILE;
		enum build_status status;

		opt.root = b->t.root;
		opt.now = opt.now.len ? opt.now : b->t.opt.now;
		if (ends[i].output)
			opt.output = file_in(b, ends[i].output);
		if (was_there)
			assert_true(fs_read(&b->t.arena, file, 1 << 16, &before, &b->t.dl));
		if (ends[i].path)
			tempsite_put(&b->t, ends[i].path, ends[i].text);
		status = run_with(b, &opt);
		if (status != ends[i].status || !fixture_diag(&b->dl, ends[i].code))
			fail_msg("%s: status %d, %s", ends[i].name, status,
				 b->dl.len ? b->dl.items[0].code : "nothing");
		if (b->r.is_published || b->r.n_written || fs_info(file_in(b, "public")).type != FS_NONE)
			fail_msg("%s: something was published", ends[i].name);
		if (was_there)
			tempsite_put_bytes(&b->t, ends[i].path, before);
		else if (file.len)
			assert_true(fs_remove(file, &b->t.dl));
	}
	assert_int_equal(run(b), BUILD_OK);
	assert_true(b->r.is_published);
}

static void no_site_is_bad_configuration(void **state)
{
	struct builds *b = *state;
	struct build_options opt = b->t.opt;

	opt.root = file_in(b, "content/companies");
	assert_int_equal(run_with(b, &opt), BUILD_BAD_CONFIG);
	assert_non_null(fixture_diag(&b->dl, "scan/no-site"));
	opt.root = file_in(b, "nowhere");
	assert_int_equal(run_with(b, &opt), BUILD_BAD_CONFIG);
	assert_non_null(fixture_diag(&b->dl, "scan/no-site"));
}

static struct str published(struct builds *b, const char *path)
{
	struct str bytes = STR_NONE, file = path_join(&b->t.arena, STR("public"), str_from(path));
	struct diag_list dl;

	diag_init(&dl, &b->t.arena);
	if (!fs_read(&b->t.arena, path_join(&b->t.arena, b->t.root, file), 1 << 24, &bytes, &dl))
		fail_msg("%s is not published", path);
	return bytes;
}

static void what_was_published_stays_until_the_site_is_sound(void **state)
{
	struct builds *b = *state;
	struct str before, after;

	assert_int_equal(run(b), BUILD_OK);
	before = published(b, "about/index.html");
	tempsite_put(&b->t, "content/about.md", "+++\ntitle = 'About us'\n+++\n[[nobody]]\n");
	assert_int_equal(run(b), BUILD_ERRORS);
	assert_false(b->r.is_published);
	assert_true(str_eq(published(b, "about/index.html"), before));
	tempsite_put(&b->t, "content/about.md", "+++\ntitle = 'About us'\n+++\n[[acme]]\n");
	assert_int_equal(run(b), BUILD_OK);
	assert_true(b->r.is_published);
	after = published(b, "about/index.html");
	assert_true(str_contains(after, STR("About us")));
}

static const char *why(struct builds *b, const char *path)
{
	for (size_t i = 0; i < b->r.n_reasons; i++)
		if (str_eq(b->r.reasons[i].path, str_from(path)))
			return str_z(&b->said, b->r.reasons[i].why);
	return "";
}

static bool is_among(const struct str *list, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i], str_from(path)))
			return true;
	return false;
}

static void counts_and_reasons_tell_what_was_done(void **state)
{
	struct builds *b = *state;
	size_t outputs;

	assert_int_equal(run(b), BUILD_OK);
	outputs = b->r.outputs;
	assert_true(outputs > 10);
	assert_int_equal(b->r.rendered, outputs);
	assert_int_equal(b->r.written, outputs);
	assert_int_equal(b->r.n_reasons, outputs);
	assert_int_equal(b->r.entities, 1);
	assert_int_equal(b->r.mentions, 1);
	assert_string_equal(why(b, "about/index.html"), "there is no manifest of an earlier build");

	assert_int_equal(run(b), BUILD_OK);
	assert_int_equal(b->r.outputs, outputs);
	assert_int_equal(b->r.rendered, 0);
	assert_int_equal(b->r.written, 0);
	assert_int_equal(b->r.unchanged, outputs);
	assert_true(b->r.is_published);

	tempsite_put(&b->t, "content/companies/acme.md", "+++\ntitle = 'Acme'\n+++\nOther ropes altogether.\n");
	assert_int_equal(run(b), BUILD_OK);
	assert_non_null(strstr(why(b, "companies/acme/index.html"), "companies/acme"));
	assert_true(is_among(b->r.written_paths, b->r.n_written, "companies/acme/index.html"));
	assert_string_equal(why(b, "robots.txt"), "");
	assert_int_equal(b->r.written + b->r.unchanged, b->r.outputs);

	tempsite_put(&b->t, "content/news.md", "+++\ntitle = 'News'\n+++\n");
	assert_int_equal(run(b), BUILD_OK);
	assert_string_equal(why(b, "news/index.html"), "it is new");
	assert_int_equal(b->r.removed, 0);

	assert_true(fs_remove(file_in(b, "content/news.md"), &b->dl));
	assert_int_equal(run(b), BUILD_OK);
	assert_true(is_among(b->r.removed_paths, b->r.n_removed, "news/index.html"));
	assert_int_equal(fs_info(file_in(b, "public/news/index.html")).type, FS_NONE);
	assert_int_equal(fs_info(file_in(b, "public/news")).type, FS_NONE);
	assert_int_equal(b->r.outputs, outputs);
}

static void a_file_that_is_gone_is_made_again(void **state)
{
	struct builds *b = *state;
	struct str before;

	assert_int_equal(run(b), BUILD_OK);
	before = published(b, "about/index.html");
	assert_true(fs_remove(file_in(b, "public/about/index.html"), &b->dl));
	assert_int_equal(run(b), BUILD_OK);
	assert_int_equal(b->r.rendered, 1);
	assert_true(str_eq(published(b, "about/index.html"), before));
}

static void the_build_date_is_now_else_source_date_epoch(void **state)
{
	struct builds *b = *state;
	struct build_options opt = b->t.opt;

	tempsite_put(&b->t, "content/spring.md", "+++\ntitle = 'Spring'\ndate = 2026-04-01\n+++\n");
	opt.now = STR_NONE;
	assert_int_equal(setenv("SOURCE_DATE_EPOCH", "1772323200", 1), 0); /* 2026-03-01 */
	assert_int_equal(run_with(b, &opt), BUILD_OK);
	assert_int_equal(b->r.site.now.year, 2026);
	assert_int_equal(b->r.site.now.month, 3);
	assert_null(site_page_by_key(&b->r.site, STR("spring")));
	assert_int_equal(fs_info(file_in(b, "public/spring/index.html")).type, FS_NONE);

	opt.now = STR("2026-05-01");
	assert_int_equal(run_with(b, &opt), BUILD_OK);
	assert_int_equal(fs_info(file_in(b, "public/spring/index.html")).type, FS_FILE);

	opt.now = STR_NONE;
	assert_int_equal(setenv("SOURCE_DATE_EPOCH", "soon", 1), 0);
	assert_int_equal(run_with(b, &opt), BUILD_BAD_CONFIG);
	assert_non_null(fixture_diag(&b->dl, "cli/bad-value"));
	assert_int_equal(unsetenv("SOURCE_DATE_EPOCH"), 0);
	/* A run that finds nothing changed makes no site. */
	opt.no_cache = true;
	assert_int_equal(run_with(b, &opt), BUILD_OK);
	assert_true(b->r.site.now.year >= 2026);
}

static void on_progress(void *ctx, const char *stage, size_t done, size_t total)
{
	struct builds *b = ctx;

	assert_true(done <= total);
	if (done == 0)
		b->stages = str_format(&b->t.arena, "%.*s %s", STR_ARG(b->stages), stage);
}

static void stages_are_announced_in_order(void **state)
{
	struct builds *b = *state;
	struct build_options opt = b->t.opt;

	opt.progress = on_progress;
	opt.ctx = b;
	assert_int_equal(run_with(b, &opt), BUILD_OK);
	fixture_equal(b->stages, " scan parse link plan render verify publish");
	for (int i = 0; i < BUILD_STAGES; i++)
		assert_non_null(strstr(str_z(&b->said, b->stages), build_stage_name((enum build_stage)i)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_wrong_decides_the_status_and_publishes_nothing, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(no_site_is_bad_configuration, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_published_stays_until_the_site_is_sound, set_up, tear_down),
		cmocka_unit_test_setup_teardown(counts_and_reasons_tell_what_was_done, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_file_that_is_gone_is_made_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_build_date_is_now_else_source_date_epoch, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stages_are_announced_in_order, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("build", tests, NULL, NULL);
}
