#include "app/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/path.h"

struct fixture {
	struct arena arena;
	struct diag_list dl;
	struct str dir;
	struct watch *watch;
};

static struct str at(struct fixture *f, const char *path)
{
	return path_join(&f->arena, f->dir, str_from(path));
}

static void put(struct fixture *f, const char *path, const char *text)
{
	assert_int_not_equal(fs_write(at(f, path), str_from(text), &f->dl), FS_WRITE_FAILED);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char name[] = "/tmp/test_watch_XXXXXX";

	assert_non_null(f);
	assert_non_null(mkdtemp(name));
	diag_init(&f->dl, &f->arena);
	f->dir = str_copy(&f->arena, str_from(name));
	put(f, "site.toml", "a");
	put(f, "content/a.md", "a");
	put(f, "content/deep/er/b.md", "b");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	watch_free(f->watch);
	assert_true(fs_remove_tree(f->dir, &f->dl));
	arena_release(&f->arena);
	free(f);
	return 0;
}

static void start(struct fixture *f, bool poll)
{
	static const struct str names[] = { STR_INIT("site.toml"), STR_INIT("content"), STR_INIT("data") };
	struct watch_options opt = { f->dir, names, 3, poll, 5, 10 };

	f->watch = watch_new(&opt, &f->dl);
	assert_int_equal(f->dl.len, 0);
	assert_int_equal(watch_is_polling(f->watch) || !poll, true);
}

/* Whether a change is told within `ms`. */
static bool told(struct fixture *f, int ms)
{
	for (int i = 0; i < ms / 5; i++) {
		if (watch_changed(f->watch))
			return true;
		usleep(5000);
	}
	return false;
}

static void edit(struct fixture *f)
{
	put(f, "content/a.md", "changed");
}

static void edit_deep(struct fixture *f)
{
	put(f, "content/deep/er/b.md", "changed");
}

static void add(struct fixture *f)
{
	put(f, "content/new.md", "new");
}

static void add_in_new_folder(struct fixture *f)
{
	put(f, "content/x/y/z/new.md", "new");
}

static void add_whole_area(struct fixture *f)
{
	put(f, "data/facts.toml", "new");
}

static void remove_file(struct fixture *f)
{
	assert_true(fs_remove(at(f, "content/a.md"), &f->dl));
}

static void remove_folder(struct fixture *f)
{
	assert_true(fs_remove_tree(at(f, "content/deep"), &f->dl));
}

static void rename_file(struct fixture *f)
{
	assert_true(fs_rename(at(f, "content/a.md"), at(f, "content/c.md"), &f->dl));
}

static void edit_config(struct fixture *f)
{
	put(f, "site.toml", "changed");
}

static void write_output(struct fixture *f)
{
	put(f, "public/index.html", "built");
	put(f, ".dossier/manifest", "built");
}

static void leave_noise(struct fixture *f)
{
	put(f, "content/.a.md.swp", "x");
	put(f, "content/a.md~", "x");
	put(f, "content/#a.md#", "x");
	put(f, "content/4913", "x");
}

static const struct {
	const char *name;
	void (*change)(struct fixture *f);
	bool counts;
} changes[] = {
	{ "edit", edit, true },
	{ "edit deep below", edit_deep, true },
	{ "add", add, true },
	{ "add in new folders", add_in_new_folder, true },
	{ "add an area that was not there", add_whole_area, true },
	{ "remove a file", remove_file, true },
	{ "remove a folder", remove_folder, true },
	{ "rename", rename_file, true },
	{ "edit the configuration", edit_config, true },
	{ "write the output", write_output, false },
	{ "what editors leave behind", leave_noise, false },
};

static void sees(void **state, bool poll)
{
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct fixture *f;

		set_up(state);
		f = *state;
		start(f, poll);
		assert_false(told(f, 30));
		changes[i].change(f);
		if (told(f, changes[i].counts ? 3000 : 80) != changes[i].counts)
			fail_msg("%s", changes[i].name);
		assert_false(told(f, 30));
		tear_down(state);
	}
}

static void sees_changes_as_the_system_tells_them(void **state)
{
	sees(state, false);
}

static void sees_changes_by_looking(void **state)
{
	sees(state, true);
}

static void watches_folders_that_came_later(void **state)
{
	struct fixture *f = *state;

	start(f, false);
	put(f, "content/x/y/one.md", "1");
	assert_true(told(f, 3000));
	put(f, "content/x/y/one.md", "2");
	assert_true(told(f, 3000));
	put(f, "data/z/one.csv", "1");
	assert_true(told(f, 3000));
	put(f, "data/z/one.csv", "2");
	assert_true(told(f, 3000));
}

static void tells_many_changes_once(void **state)
{
	struct fixture *f = *state;
	int times = 0;

	start(f, false);
	for (int i = 0; i < 200; i++)
		put(f, str_format(&f->arena, "content/many/%d.md", i).ptr, "x");
	for (int i = 0; i < 60; i++) {
		times += watch_changed(f->watch);
		usleep(2000);
	}
	assert_int_equal(times, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sees_changes_as_the_system_tells_them),
		cmocka_unit_test(sees_changes_by_looking),
		cmocka_unit_test_setup_teardown(watches_folders_that_came_later, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tells_many_changes_once, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
