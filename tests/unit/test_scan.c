#include "tempsite.h"

#include <sys/stat.h>

#include "base/pool.h"
#include "stage/scan.h"

static void link_to(struct tempsite *t, const char *target, const char *name)
{
	char *file = str_z(&t->arena, path_join(&t->arena, t->root, str_from(name)));

	assert_int_equal(symlink(target, file), 0);
}

static void make_dir(struct tempsite *t, const char *name)
{
	struct diag_list dl;

	diag_init(&dl, &t->arena);
	assert_true(fs_make_dirs(path_join(&t->arena, t->root, str_from(name)), &dl));
}

static bool scan(struct arena *a, struct str root, struct scan *out, struct diag_list *dl)
{
	struct pool *pool = pool_new(2);
	bool ok = scan_site(a, root, pool, out, dl);

	pool_free(pool);
	return ok;
}

/* "content/a.md content/b/c.png" */
static const char *scanned(struct tempsite *t, enum scan_area area, struct diag_list *dl)
{
	struct scan s;
	struct buf b;
	const char *z;

	diag_init(dl, &t->arena);
	assert_true(scan(&t->arena, t->root, &s, dl));
	buf_init(&b, 0);
	for (size_t i = 0; i < s.n_files[area]; i++)
		buf_add_format(&b, "%s%.*s", i ? " " : "", STR_ARG(s.files[area][i].path));
	z = str_z(&t->arena, buf_str(&b));
	buf_release(&b);
	return z;
}

static void lists_files_by_path_and_passes_over_hidden_ones(void **state)
{
	struct tempsite t;
	struct diag_list dl;

	(void)state;
	tempsite_open(&t);
	tempsite_put(&t, "content/b.md", "x");
	tempsite_put(&t, "content/b/z.md", "x");
	tempsite_put(&t, "content/b-c.md", "x");
	tempsite_put(&t, "content/a.md~", "x");
	tempsite_put(&t, "content/.a.md.swp", "x");
	tempsite_put(&t, "content/.git/x.md", "x");
	tempsite_put(&t, "content/a.md.dossier-tmp", "x");
	tempsite_put(&t, "data/d.csv", "a\n");
	tempsite_put(&t, "other/o.md", "x");
	assert_string_equal(scanned(&t, SCAN_CONTENT, &dl), "content/b-c.md content/b.md content/b/z.md");
	assert_string_equal(scanned(&t, SCAN_DATA, &dl), "data/d.csv");
	assert_string_equal(scanned(&t, SCAN_ASSETS, &dl), "");
	assert_int_equal(dl.len, 0);
	tempsite_close(&t);
}

static void tells_size_and_place_on_disk(void **state)
{
	struct tempsite t;
	struct diag_list dl;
	struct scan s;

	(void)state;
	tempsite_open(&t);
	tempsite_put(&t, "content/a.md", "12345");
	diag_init(&dl, &t.arena);
	assert_true(scan(&t.arena, t.root, &s, &dl));
	assert_int_equal(s.n_files[SCAN_CONTENT], 1);
	assert_int_equal(s.files[SCAN_CONTENT][0].size, 5);
	assert_true(s.files[SCAN_CONTENT][0].mtime_ns > 0);
	assert_true(str_eq(s.files[SCAN_CONTENT][0].file, path_join(&t.arena, t.root, STR("content/a.md"))));
	tempsite_close(&t);
}

static void needs_a_folder(void **state)
{
	struct tempsite t;
	struct diag_list dl;
	struct scan s;

	(void)state;
	tempsite_open(&t);
	diag_init(&dl, &t.arena);
	assert_false(scan(&t.arena, path_join(&t.arena, t.root, STR("nowhere")), &s, &dl));
	assert_non_null(fixture_diag(&dl, "scan/no-site"));
	assert_false(scan(&t.arena, path_join(&t.arena, t.root, STR("site.toml")), &s, &dl));
	tempsite_close(&t);
}

static void follows_links_within_the_site_only(void **state)
{
	struct tempsite t;
	struct diag_list dl;

	(void)state;
	tempsite_open(&t);
	tempsite_put(&t, "content/a.md", "x");
	tempsite_put(&t, "notes/n.md", "x");
	link_to(&t, "a.md", "content/same.md");
	link_to(&t, "../notes", "content/notes");
	link_to(&t, "/etc", "content/out");
	link_to(&t, "/etc/hostname", "content/out.md");
	link_to(&t, "gone.md", "content/dangling.md");
	assert_string_equal(scanned(&t, SCAN_CONTENT, &dl), "content/a.md content/notes/n.md content/same.md");
	assert_int_equal(dl.errors, 3);
	assert_non_null(fixture_diag(&dl, "scan/link-outside"));
	assert_non_null(fixture_diag(&dl, "scan/dangling-link"));
	tempsite_close(&t);
}

static void refuses_a_content_folder_that_lies_elsewhere(void **state)
{
	struct tempsite t;
	struct diag_list dl;

	(void)state;
	tempsite_open(&t);
	link_to(&t, "/etc", "content");
	assert_string_equal(scanned(&t, SCAN_CONTENT, &dl), "");
	assert_non_null(fixture_diag(&dl, "scan/link-outside"));
	tempsite_close(&t);
}

static void stops_at_links_that_lead_back(void **state)
{
	struct tempsite t;
	struct diag_list dl;

	(void)state;
	tempsite_open(&t);
	tempsite_put(&t, "content/x/a.md", "x");
	link_to(&t, "..", "content/x/up");
	link_to(&t, ".", "content/x/here");
	assert_string_equal(scanned(&t, SCAN_CONTENT, &dl), "content/x/a.md");
	assert_int_equal(dl.errors, 2);
	assert_non_null(fixture_diag(&dl, "scan/too-deep"));
	tempsite_close(&t);
}

/* Thirty folders, each with two links to the next: 2^30 ways down. */
static void does_not_multiply_links_without_end(void **state)
{
	struct tempsite t;
	struct diag_list dl;

	(void)state;
	tempsite_open(&t);
	for (int i = 0; i < 30; i++) {
		const char *dir = str_z(&t.arena, str_format(&t.arena, "content/d%02d", i));

		make_dir(&t, dir);
		for (int k = 0; i < 29 && k < 2; k++)
			link_to(&t, str_z(&t.arena, str_format(&t.arena, "../d%02d", i + 1)),
				str_z(&t.arena, str_format(&t.arena, "%s/l%d", dir, k)));
	}
	scanned(&t, SCAN_CONTENT, &dl);
	assert_int_equal(dl.errors, 1);
	assert_non_null(fixture_diag(&dl, "scan/too-deep"));
	tempsite_close(&t);
}

static void stops_at_folders_nested_too_deep(void **state)
{
	struct tempsite t;
	struct diag_list dl;
	struct buf b;

	(void)state;
	tempsite_open(&t);
	buf_init(&b, 0);
	buf_add_z(&b, "content");
	for (int i = 0; i < 100; i++)
		buf_add_z(&b, "/d");
	buf_add_z(&b, "/x.md");
	tempsite_put(&t, str_z(&t.arena, buf_str(&b)), "x");
	tempsite_put(&t, "content/a.md", "x");
	assert_string_equal(scanned(&t, SCAN_CONTENT, &dl), "content/a.md");
	assert_int_equal(dl.errors, 1);
	buf_release(&b);
	tempsite_close(&t);
}

static void refuses_names_that_are_not_utf8(void **state)
{
	struct tempsite t;
	struct diag_list dl;

	(void)state;
	tempsite_open(&t);
	tempsite_put(&t, "content/a.md", "x");
	tempsite_put(&t, "content/b\xff.md", "x");
	assert_string_equal(scanned(&t, SCAN_CONTENT, &dl), "content/a.md");
	assert_non_null(fixture_diag(&dl, "scan/bad-name"));
	tempsite_close(&t);
}

static void passes_over_what_is_no_file(void **state)
{
	struct tempsite t;
	struct diag_list dl;

	(void)state;
	tempsite_open(&t);
	tempsite_put(&t, "content/a.md", "x");
	assert_int_equal(mkfifo(str_z(&t.arena, path_join(&t.arena, t.root, STR("content/pipe.md"))), 0600), 0);
	assert_string_equal(scanned(&t, SCAN_CONTENT, &dl), "content/a.md");
	tempsite_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_files_by_path_and_passes_over_hidden_ones),
		cmocka_unit_test(tells_size_and_place_on_disk),
		cmocka_unit_test(needs_a_folder),
		cmocka_unit_test(follows_links_within_the_site_only),
		cmocka_unit_test(refuses_a_content_folder_that_lies_elsewhere),
		cmocka_unit_test(stops_at_links_that_lead_back),
		cmocka_unit_test(does_not_multiply_links_without_end),
		cmocka_unit_test(stops_at_folders_nested_too_deep),
		cmocka_unit_test(refuses_names_that_are_not_utf8),
		cmocka_unit_test(passes_over_what_is_no_file),
	};

	return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
