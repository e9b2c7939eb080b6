#include "tempsite.h"

#include <sys/stat.h>

#include "stage/publish.h"

static struct str at(struct tempsite *t, const char *name)
{
	return path_join(&t->arena, t->root, str_from(name));
}

static const char *content(struct tempsite *t, const char *name)
{
	struct diag_list dl;
	struct str s;

	diag_init(&dl, &t->arena);
	return fs_read(&t->arena, at(t, name), 1000, &s, &dl) ? str_z(&t->arena, s) : "";
}

/* Files in public/, temporary ones too. */
static size_t count_files(struct tempsite *t)
{
	struct diag_list dl;
	struct fs_entry *entries;
	size_t n = 0;

	diag_init(&dl, &t->arena);
	fs_list(&t->arena, at(t, "public"), &entries, &n, &dl);
	return n;
}

static void nothing_is_seen_before_the_commit(void **state)
{
	struct tempsite t;
	struct publish p;
	struct publish_item items[3];
	struct diag_list dl;
	struct fs_info before;

	(void)state;
	tempsite_open(&t);
	diag_init(&dl, &t.arena);
	tempsite_put(&t, "public/same.html", "same");
	tempsite_put(&t, "public/old.html", "old");
	fs_touch(at(&t, "public/same.html"), 1000000000);
	before = fs_info(at(&t, "public/same.html"));
	publish_begin(&t.arena, at(&t, "public"), &p, &dl);
	assert_true(publish_stage(&p, &t.arena, STR("same.html"), STR("same"), &items[0], &dl));
	assert_true(publish_stage(&p, &t.arena, STR("old.html"), STR("new"), &items[1], &dl));
	assert_true(publish_stage(&p, &t.arena, STR("deep/new.html"), STR("first"), &items[2], &dl));
	assert_int_equal(items[0].state, FS_WRITE_SAME);
	assert_int_equal(items[0].temp.len, 0);
	assert_int_equal(items[1].state, FS_WRITE_NEW);
	assert_true(digest_eq(items[1].digest, digest_of(STR("new"))));
	assert_int_equal(items[1].size, 3);
	assert_string_equal(content(&t, "public/old.html"), "old");
	assert_int_equal(fs_info(at(&t, "public/deep/new.html")).type, FS_NONE);
	assert_true(publish_commit(&p, items, 3, &dl));
	assert_string_equal(content(&t, "public/old.html"), "new");
	assert_string_equal(content(&t, "public/deep/new.html"), "first");
	assert_true(before.mtime_ns == fs_info(at(&t, "public/same.html")).mtime_ns);
	assert_true(before.inode == fs_info(at(&t, "public/same.html")).inode);
	assert_int_equal(count_files(&t), 3);
	assert_int_equal(dl.len, 0);
	tempsite_close(&t);
}

static void what_is_given_up_leaves_no_trace(void **state)
{
	struct tempsite t;
	struct publish p;
	struct publish_item items[2];
	struct diag_list dl;

	(void)state;
	tempsite_open(&t);
	diag_init(&dl, &t.arena);
	tempsite_put(&t, "public/old.html", "old");
	publish_begin(&t.arena, at(&t, "public"), &p, &dl);
	publish_stage(&p, &t.arena, STR("old.html"), STR("new"), &items[0], &dl);
	publish_stage(&p, &t.arena, STR("new.html"), STR("new"), &items[1], &dl);
	assert_int_equal(count_files(&t), 3);
	publish_discard(&p, items, 2);
	assert_int_equal(count_files(&t), 1);
	assert_string_equal(content(&t, "public/old.html"), "old");
	/* Twice does no harm, and there is nothing left to commit. */
	publish_discard(&p, items, 2);
	assert_true(publish_commit(&p, items, 2, &dl));
	assert_string_equal(content(&t, "public/old.html"), "old");
	tempsite_close(&t);
}

static void a_commit_goes_on_after_a_failure_and_tells(void **state)
{
	struct tempsite t;
	struct publish p;
	struct publish_item items[2];
	struct diag_list dl;

	(void)state;
	tempsite_open(&t);
	diag_init(&dl, &t.arena);
	tempsite_put(&t, "public/c.html", "c");
	publish_begin(&t.arena, at(&t, "public"), &p, &dl);
	publish_stage(&p, &t.arena, STR("a.html"), STR("a"), &items[0], &dl);
	publish_stage(&p, &t.arena, STR("b.html"), STR("b"), &items[1], &dl);
	/* A folder came in its place. */
	tempsite_put(&t, "public/a.html/x", "x");
	assert_false(publish_commit(&p, items, 2, &dl));
	assert_int_equal(dl.errors, 1);
	assert_int_equal(items[0].state, FS_WRITE_FAILED);
	assert_string_equal(content(&t, "public/b.html"), "b");
	/* What cannot be renamed is given up. */
	assert_int_equal(items[0].temp.len, 0);
	assert_int_equal(count_files(&t), 3);
	tempsite_close(&t);
}

static void what_a_killed_build_staged_is_removed_by_the_next(void **state)
{
	struct tempsite t;
	struct publish p;
	struct publish_item item;
	struct diag_list dl;
	struct str mark;

	(void)state;
	tempsite_open(&t);
	diag_init(&dl, &t.arena);
	mark = at(&t, ".dossier/staging");
	tempsite_put(&t, "public/a.html", "a");
	publish_begin(&t.arena, at(&t, "public"), &p, &dl);
	publish_mark(&p, mark, false);
	assert_int_equal(fs_info(mark).type, FS_NONE);
	publish_mark(&p, mark, true);
	assert_int_equal(fs_info(mark).type, FS_FILE);
	publish_stage(&p, &t.arena, STR("a.html"), STR("b"), &item, &dl);
	publish_commit(&p, &item, 1, &dl);
	assert_int_equal(fs_info(mark).type, FS_NONE);
	assert_string_equal(content(&t, "public/a.html"), "b");

	tempsite_put(&t, ".dossier/staging", "");
	tempsite_put(&t, "public/.0000-1-0" FS_TEMP_SUFFIX, "a");
	tempsite_put(&t, "public/deep/er/.0000-1-0" FS_TEMP_SUFFIX, "a");
	tempsite_put(&t, "public/not-ours.dossier-tmp", "a");
	publish_begin(&t.arena, at(&t, "public"), &p, &dl);
	publish_mark(&p, mark, false);
	assert_int_equal(fs_info(at(&t, "public/.0000-1-0" FS_TEMP_SUFFIX)).type, FS_NONE);
	assert_int_equal(fs_info(at(&t, "public/deep")).type, FS_NONE);
	assert_int_equal(fs_info(at(&t, "public/not-ours.dossier-tmp")).type, FS_FILE);
	publish_discard(&p, &item, 0);
	assert_int_equal(fs_info(mark).type, FS_NONE);
	tempsite_close(&t);
}

/* Where there is no tree yet a new one grows beside it, and takes its place whole. */
static void a_first_tree_appears_whole_or_not_at_all(void **state)
{
	struct tempsite t;
	struct publish p;
	struct publish_item items[2];
	struct diag_list dl;

	(void)state;
	tempsite_open(&t);
	diag_init(&dl, &t.arena);
	/* Left by a build that was killed. */
	tempsite_put(&t, "public" FS_TEMP_SUFFIX "/leaving.html", "x");
	for (int round = 0; round < 2; round++) {
		publish_begin(&t.arena, at(&t, "public/"), &p, &dl);
		assert_true(publish_stage(&p, &t.arena, STR("a.html"), STR("a"), &items[0], &dl));
		assert_true(publish_stage(&p, &t.arena, STR("deep/b.html"), STR("b"), &items[1], &dl));
		assert_int_equal(items[1].state, FS_WRITE_NEW);
		assert_int_equal(fs_info(at(&t, "public")).type, FS_NONE);
		if (round == 0) {
			publish_discard(&p, items, 2);
			assert_int_equal(fs_info(at(&t, "public" FS_TEMP_SUFFIX)).type, FS_NONE);
		}
	}
	assert_true(publish_commit(&p, items, 2, &dl));
	assert_string_equal(content(&t, "public/deep/b.html"), "b");
	assert_true(fs_info(at(&t, "public/deep/b.html")).mtime_ns == items[1].mtime_ns);
	assert_int_equal(count_files(&t), 2);
	assert_int_equal(fs_info(at(&t, "public" FS_TEMP_SUFFIX)).type, FS_NONE);
	assert_int_equal(dl.len, 0);
	tempsite_close(&t);
}

static void a_tree_that_came_meanwhile_is_not_replaced(void **state)
{
	struct tempsite t;
	struct publish p;
	struct publish_item item;
	struct diag_list dl;

	(void)state;
	tempsite_open(&t);
	diag_init(&dl, &t.arena);
	publish_begin(&t.arena, at(&t, "public"), &p, &dl);
	assert_true(publish_stage(&p, &t.arena, STR("a.html"), STR("ours"), &item, &dl));
	tempsite_put(&t, "public/a.html", "theirs");
	assert_false(publish_commit(&p, &item, 1, &dl));
	assert_int_equal(dl.errors, 1);
	assert_string_equal(content(&t, "public/a.html"), "theirs");
	assert_int_equal(fs_info(at(&t, "public" FS_TEMP_SUFFIX)).type, FS_NONE);
	tempsite_close(&t);
}

static void a_place_that_cannot_be_written_is_an_error(void **state)
{
	struct tempsite t;
	struct publish p;
	struct publish_item item;
	struct diag_list dl;

	(void)state;
	tempsite_open(&t);
	diag_init(&dl, &t.arena);
	tempsite_put(&t, "public/file", "x");
	publish_begin(&t.arena, at(&t, "public"), &p, &dl);
	assert_false(publish_stage(&p, &t.arena, STR("file/a.html"), STR("a"), &item, &dl));
	assert_int_equal(dl.errors, 1);
	tempsite_close(&t);
}

static void links_are_replaced_not_followed(void **state)
{
	struct tempsite t;
	struct publish p;
	struct publish_item item;
	struct diag_list dl;

	(void)state;
	tempsite_open(&t);
	diag_init(&dl, &t.arena);
	tempsite_put(&t, "elsewhere.html", "theirs");
	tempsite_put(&t, "public/x", "x");
	assert_int_equal(symlink("../elsewhere.html", str_z(&t.arena, at(&t, "public/a.html"))), 0);
	publish_begin(&t.arena, at(&t, "public"), &p, &dl);
	assert_true(publish_stage(&p, &t.arena, STR("a.html"), STR("ours"), &item, &dl));
	assert_true(publish_commit(&p, &item, 1, &dl));
	assert_string_equal(content(&t, "elsewhere.html"), "theirs");
	assert_string_equal(content(&t, "public/a.html"), "ours");
	tempsite_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_seen_before_the_commit),
		cmocka_unit_test(what_is_given_up_leaves_no_trace),
		cmocka_unit_test(a_commit_goes_on_after_a_failure_and_tells),
		cmocka_unit_test(what_a_killed_build_staged_is_removed_by_the_next),
		cmocka_unit_test(a_first_tree_appears_whole_or_not_at_all),
		cmocka_unit_test(a_tree_that_came_meanwhile_is_not_replaced),
		cmocka_unit_test(a_place_that_cannot_be_written_is_an_error),
		cmocka_unit_test(links_are_replaced_not_followed),
	};

	return cmocka_run_group_tests_name("publish", tests, NULL, NULL);
}
