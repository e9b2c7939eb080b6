#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/path.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct place { /* a folder of its own for every test */
	struct arena arena;
	struct diag_list dl;
	char dir[64];
};

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	if (!p)
		return -1;
	strcpy(p->dir, "/tmp/dossier-fs-XXXXXX");
	diag_init(&p->dl, &p->arena);
	*state = p;
	return mkdtemp(p->dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	bool ok;

	diag_init(&p->dl, &p->arena);
	ok = fs_remove_tree(str_from(p->dir), &p->dl);
	arena_release(&p->arena);
	free(p);
	return ok ? 0 : -1;
}

static struct str in(struct place *p, const char *name)
{
	return path_join(&p->arena, str_from(p->dir), str_from(name));
}

static const char *z(struct place *p, const char *name)
{
	return str_z(&p->arena, in(p, name));
}

static enum fs_written put(struct place *p, const char *name, const char *text)
{
	return fs_write(in(p, name), str_from(text), &p->dl);
}

static void assert_holds(struct place *p, const char *name, const char *text)
{
	struct str got;

	assert_true(fs_read(&p->arena, in(p, name), 1 << 20, &got, &p->dl));
	if (!str_eq(got, str_from(text)))
		fail_msg("%s holds '%.*s', not '%s'", name, STR_ARG(got), text);
}

static void assert_failed(struct place *p, const char *code, const char *part)
{
	const struct diag *d;

	assert_true(p->dl.len > 0);
	d = &p->dl.items[p->dl.len - 1];
	assert_string_equal(d->code, code);
	assert_int_equal(d->severity, DIAG_ERROR);
	assert_true(d->path.len > 0);
	if (!str_contains(d->message, str_from(part)))
		fail_msg("'%.*s' does not say '%s'", STR_ARG(d->message), part);
	diag_init(&p->dl, &p->arena);
}

/* What a write that was refused leaves behind in the folder. */
static void assert_no_temporary_files(struct place *p, const char *name)
{
	struct fs_entry *entries;
	size_t n;

	assert_true(fs_list(&p->arena, in(p, name), &entries, &n, &p->dl));
	for (size_t i = 0; i < n; i++)
		if (str_ends(entries[i].name, STR(FS_TEMP_SUFFIX)))
			fail_msg("%.*s is left", STR_ARG(entries[i].name));
}

static void reads_what_was_written(void **state)
{
	struct place *p = *state;
	size_t len = 300000;
	char *big = arena_alloc(&p->arena, len, 1, 1);
	struct str got;

	for (size_t i = 0; i < len; i++)
		big[i] = (char)(i * 7);
	assert_int_equal(fs_write(in(p, "big"), (struct str){ big, len }, &p->dl), FS_WRITE_NEW);
	assert_true(fs_read(&p->arena, in(p, "big"), len, &got, &p->dl));
	assert_int_equal(got.len, len);
	assert_memory_equal(got.ptr, big, len);
	assert_int_equal(got.ptr[len], 0);
	assert_int_equal(put(p, "empty", ""), FS_WRITE_NEW);
	assert_holds(p, "empty", "");
	assert_int_equal(p->dl.len, 0);
	assert_no_temporary_files(p, ".");
}

static void refuses_more_than_the_limit(void **state)
{
	struct place *p = *state;
	struct str got = STR("untouched");

	put(p, "f", "12345");
	assert_true(fs_read(&p->arena, in(p, "f"), 5, &got, &p->dl));
	assert_false(fs_read(&p->arena, in(p, "f"), 4, &got, &p->dl));
	assert_int_equal(got.len, 0);
	assert_failed(p, "fs/too-large", "larger than 4 bytes");
}

/* Files of the proc file system say they have no size. */
static void reads_files_that_hide_their_size(void **state)
{
	struct place *p = *state;
	struct str got;

	if (access("/proc/self/status", R_OK))
		skip();
	assert_true(fs_read(&p->arena, STR("/proc/self/status"), 1 << 20, &got, &p->dl));
	assert_true(got.len > 100 && str_contains(got, STR("Pid:")));
	assert_false(fs_read(&p->arena, STR("/proc/self/status"), 50, &got, &p->dl));
	assert_failed(p, "fs/too-large", "larger than 50 bytes");
}

static void says_why_it_cannot_read(void **state)
{
	struct place *p = *state;
	struct str got;
	char long_name[5000];

	assert_false(fs_read(&p->arena, in(p, "missing"), 100, &got, &p->dl));
	assert_true(p->dl.items[0].hint.len > 0);
	assert_failed(p, "fs/unreadable", strerror(ENOENT));
	assert_false(fs_read(&p->arena, in(p, "."), 100, &got, &p->dl));
	assert_failed(p, "fs/unreadable", strerror(EISDIR));
	put(p, "f", "x");
	assert_false(fs_read(&p->arena, in(p, "f/g"), 100, &got, &p->dl));
	assert_failed(p, "fs/unreadable", strerror(ENOTDIR));
	assert_false(fs_read(&p->arena, STR("/dev/zero"), 100, &got, &p->dl));
	assert_failed(p, "fs/unreadable", strerror(EINVAL));
	assert_int_equal(mkfifo(z(p, "pipe"), 0666), 0);
	assert_false(fs_read(&p->arena, in(p, "pipe"), 100, &got, &p->dl));
	assert_failed(p, "fs/unreadable", strerror(EINVAL));
	assert_int_equal(symlink("loop", z(p, "loop")), 0);
	assert_false(fs_read(&p->arena, in(p, "loop"), 100, &got, &p->dl));
	assert_failed(p, "fs/unreadable", strerror(ELOOP));
	memset(long_name, 'a', sizeof(long_name));
	assert_false(fs_read(&p->arena, (struct str){ long_name, sizeof(long_name) }, 100, &got, &p->dl));
	assert_failed(p, "fs/unreadable", strerror(ENAMETOOLONG));
	assert_false(fs_map(in(p, "missing"), &got, &p->dl));
	assert_failed(p, "fs/unreadable", strerror(ENOENT));
	assert_false(fs_read(&p->arena, STR(""), 100, &got, &p->dl));
	assert_int_equal(p->dl.errors, 1);
}

static void never_opens_a_name_cut_short_by_nul(void **state)
{
	struct place *p = *state;
	struct str name = in(p, "f?x"), got;
	char *copy = str_z(&p->arena, name);

	put(p, "f", "secret");
	copy[name.len - 2] = '\0';
	name.ptr = copy;
	assert_false(fs_read(&p->arena, name, 100, &got, &p->dl));
	assert_failed(p, "fs/unreadable", strerror(EINVAL));
	assert_int_equal(fs_write(name, STR("x"), &p->dl), FS_WRITE_FAILED);
	assert_failed(p, "fs/unwritable", strerror(EINVAL));
	assert_false(fs_remove(name, &p->dl));
	assert_int_equal(fs_info(name).type, FS_NONE);
	assert_holds(p, "f", "secret");
}

static void permissions_are_reported(void **state)
{
	struct place *p = *state;
	struct fs_entry *entries;
	struct str got;
	size_t n;

	if (geteuid() == 0)
		skip(); /* root may do everything */
	put(p, "f", "x");
	chmod(z(p, "f"), 0);
	assert_false(fs_read(&p->arena, in(p, "f"), 100, &got, &p->dl));
	assert_failed(p, "fs/unreadable", strerror(EACCES));
	assert_true(fs_make_dirs(in(p, "d"), &p->dl));
	chmod(z(p, "d"), 0500);
	assert_int_equal(put(p, "d/f", "x"), FS_WRITE_FAILED);
	assert_failed(p, "fs/unwritable", strerror(EACCES));
	chmod(z(p, "d"), 0);
	assert_false(fs_list(&p->arena, in(p, "d"), &entries, &n, &p->dl));
	assert_failed(p, "fs/unreadable", strerror(EACCES));
	chmod(z(p, "d"), 0700);
}

static void maps_files(void **state)
{
	struct place *p = *state;
	struct str got;

	put(p, "f", "mapped bytes");
	put(p, "empty", "");
	assert_true(fs_map(in(p, "f"), &got, &p->dl));
	assert_true(str_eq(got, STR("mapped bytes")));
	/* Replacing the file leaves the mapping as it was. */
	put(p, "f", "other");
	assert_true(str_eq(got, STR("mapped bytes")));
	fs_unmap(got);
	assert_true(fs_map(in(p, "empty"), &got, &p->dl));
	assert_int_equal(got.len, 0);
	fs_unmap(got);
}

static void reads_a_part_of_a_mapped_file(void **state)
{
	struct place *p = *state;
	struct fs_info info;
	struct str got;
	char part[6];
	int fd = -1;

	put(p, "f", "mapped bytes");
	assert_true(fs_map_known(in(p, "f"), &got, &info, &fd, &p->dl));
	assert_int_equal(info.size, got.len);
	assert_true(fs_read_part(fd, 6, part, sizeof(part)));
	assert_memory_equal(part, " bytes", sizeof(part));
	assert_false(fs_read_part(fd, 7, part, sizeof(part)));
	/* It is the file that was mapped, whatever has its name now. */
	put(p, "f", "other bytes.");
	assert_true(fs_read_part(fd, 0, part, sizeof(part)));
	assert_memory_equal(part, "mapped", sizeof(part));
	fs_close(fd);
	fs_unmap(got);
}

static void mapped_bytes_are_held_until_they_are_forgotten(void **state)
{
	struct place *p = *state;
	const size_t size = (size_t)16 << 20;
	char *bytes = arena_alloc(&p->arena, size, 1, 1);
	size_t before, sum = 0;
	struct str got;

	memset(bytes, 1, size);
	assert_int_equal(fs_write(in(p, "large"), (struct str){ bytes, size }, &p->dl), FS_WRITE_NEW);
	assert_true(fs_map(in(p, "large"), &got, &p->dl));
	before = fs_held();
	for (size_t i = 0; i < size; i += 512)
		sum += (unsigned char)got.ptr[i];
	assert_int_equal(sum, size / 512);
	if (before) {
		assert_true(fs_held() >= before + size / 2);
		fs_forget(got);
		assert_true(fs_held() < before + size / 2);
	}
	assert_int_equal(got.ptr[size - 1], 1);
	fs_unmap(got);
}

static void tells_what_is_there(void **state)
{
	struct place *p = *state;
	struct fs_info file, other;

	put(p, "f", "12345");
	put(p, "g", "12345");
	assert_int_equal(symlink("f", z(p, "link")), 0);
	assert_int_equal(symlink("nowhere", z(p, "dangling")), 0);
	assert_int_equal(mkfifo(z(p, "pipe"), 0666), 0);
	file = fs_info(in(p, "f"));
	other = fs_info(in(p, "g"));
	assert_int_equal(file.type, FS_FILE);
	assert_int_equal(file.size, 5);
	assert_true(file.mtime_ns > INT64_C(1500000000) * 1000000000);
	assert_true(file.inode != other.inode && file.device == other.device);
	assert_int_equal(fs_info(in(p, ".")).type, FS_DIR);
	assert_int_equal(fs_info(in(p, "link")).type, FS_FILE);
	assert_int_equal(fs_link_info(in(p, "link")).type, FS_LINK);
	assert_int_equal(fs_info(in(p, "dangling")).type, FS_NONE);
	assert_int_equal(fs_link_info(in(p, "dangling")).type, FS_LINK);
	assert_int_equal(fs_info(in(p, "pipe")).type, FS_OTHER);
	assert_int_equal(fs_info(in(p, "missing")).type, FS_NONE);
	assert_int_equal(fs_info(in(p, "f/g")).type, FS_NONE);
}

static void lists_in_order_of_bytes(void **state)
{
	static const struct fs_entry want[] = {
		{ STR_INIT(".hidden"), FS_FILE }, { STR_INIT("..."), FS_FILE },      { STR_INIT("B"), FS_FILE },
		{ STR_INIT("a"), FS_DIR },        { STR_INIT("a.md"), FS_FILE },     { STR_INIT("b"), FS_LINK },
		{ STR_INIT("pipe"), FS_OTHER },   { STR_INIT("\xc3\xa4"), FS_FILE },
	};
	struct place *p = *state;
	struct fs_entry *entries;
	size_t n;

	assert_true(fs_list(&p->arena, in(p, "."), &entries, &n, &p->dl));
	assert_int_equal(n, 0);
	put(p, "\xc3\xa4", "");
	put(p, "a.md", "");
	put(p, "a/x", "");
	put(p, "...", "");
	put(p, ".hidden", "");
	put(p, "B", "");
	assert_int_equal(symlink("a", z(p, "b")), 0);
	assert_int_equal(mkfifo(z(p, "pipe"), 0666), 0);
	assert_true(fs_list(&p->arena, in(p, "."), &entries, &n, &p->dl));
	assert_int_equal(n, COUNT(want));
	for (size_t i = 0; i < n; i++) {
		/* "..." sorts before ".hidden". */
		const struct fs_entry *w = &want[i < 2 ? 1 - i : i];

		assert_true(str_eq(entries[i].name, w->name));
		assert_int_equal(entries[i].type, w->type);
	}
	assert_false(fs_list(&p->arena, in(p, "missing"), &entries, &n, &p->dl));
	assert_failed(p, "fs/unreadable", strerror(ENOENT));
	assert_false(fs_list(&p->arena, in(p, "B"), &entries, &n, &p->dl));
	assert_failed(p, "fs/unreadable", strerror(ENOTDIR));
}

static void resolves_links(void **state)
{
	struct place *p = *state;
	struct str real, direct;

	put(p, "a/f", "x");
	assert_int_equal(symlink("a", z(p, "b")), 0);
	assert_true(fs_real_path(&p->arena, in(p, "b/../b/f"), &real));
	assert_true(fs_real_path(&p->arena, in(p, "a/f"), &direct));
	assert_true(str_eq(real, direct));
	assert_false(fs_real_path(&p->arena, in(p, "b/g"), &real));
	assert_int_equal(real.len, 0);
}

static void makes_folders(void **state)
{
	struct place *p = *state;

	assert_true(fs_make_dirs(in(p, "a/b/c"), &p->dl));
	assert_int_equal(fs_info(in(p, "a/b/c")).type, FS_DIR);
	assert_true(fs_make_dirs(in(p, "a/b/c"), &p->dl));
	assert_true(fs_make_dirs(in(p, "a/b/d//e/"), &p->dl));
	assert_int_equal(fs_info(in(p, "a/b/d/e")).type, FS_DIR);
	assert_true(fs_make_dirs(STR(""), &p->dl));
	assert_true(fs_make_dirs(STR("/"), &p->dl));
	put(p, "f", "x");
	assert_false(fs_make_dirs(in(p, "f"), &p->dl));
	assert_failed(p, "fs/unwritable", strerror(ENOTDIR));
	assert_false(fs_make_dirs(in(p, "f/g/h"), &p->dl));
	assert_failed(p, "fs/unwritable", strerror(ENOTDIR));
	assert_int_equal(put(p, "f/g", "x"), FS_WRITE_FAILED);
	assert_failed(p, "fs/unwritable", strerror(ENOTDIR));
}

static void leaves_equal_files_alone(void **state)
{
	struct place *p = *state;
	struct fs_info before, after;

	assert_int_equal(put(p, "a/b/f", "first"), FS_WRITE_NEW);
	before = fs_info(in(p, "a/b/f"));
	assert_int_equal(put(p, "a/b/f", "first"), FS_WRITE_SAME);
	after = fs_info(in(p, "a/b/f"));
	assert_true(before.inode == after.inode && before.mtime_ns == after.mtime_ns);
	assert_int_equal(put(p, "a/b/f", "fIrst"), FS_WRITE_NEW);
	assert_holds(p, "a/b/f", "fIrst");
	assert_int_equal(put(p, "a/b/f", "fIrst and more"), FS_WRITE_NEW);
	assert_int_equal(put(p, "a/b/f", "fIrst"), FS_WRITE_NEW);
	assert_holds(p, "a/b/f", "fIrst");
	assert_int_equal(put(p, "a/b/f", ""), FS_WRITE_NEW);
	assert_int_equal(put(p, "a/b/f", ""), FS_WRITE_SAME);
	assert_no_temporary_files(p, "a/b");
}

/* Differences in the last byte of each piece that is compared at once. */
static void compares_to_the_last_byte(void **state)
{
	struct place *p = *state;
	size_t len = 100000;
	char *bytes = arena_array(&p->arena, char, len);

	for (size_t at = 0; at < len; at += 16383) {
		struct str s = { bytes, len };

		fs_write(in(p, "f"), s, &p->dl);
		assert_int_equal(fs_write(in(p, "f"), s, &p->dl), FS_WRITE_SAME);
		bytes[len - 1 - at]++;
		assert_int_equal(fs_write(in(p, "f"), s, &p->dl), FS_WRITE_NEW);
	}
}

static void replaces_links_instead_of_following_them(void **state)
{
	struct place *p = *state;

	put(p, "outside", "same");
	assert_int_equal(symlink("outside", z(p, "link")), 0);
	assert_int_equal(put(p, "link", "same"), FS_WRITE_NEW);
	assert_int_equal(fs_link_info(in(p, "link")).type, FS_FILE);
	put(p, "link", "changed");
	assert_holds(p, "outside", "same");
}

static void says_why_it_cannot_write(void **state)
{
	struct place *p = *state;
	char name[300];

	assert_true(fs_make_dirs(in(p, "d"), &p->dl));
	assert_int_equal(put(p, "d", "x"), FS_WRITE_FAILED);
	assert_failed(p, "fs/unwritable", strerror(EISDIR));
	assert_no_temporary_files(p, ".");
	memset(name, 'n', sizeof(name));
	name[299] = '\0';
	assert_int_equal(put(p, name, "x"), FS_WRITE_FAILED);
	assert_failed(p, "fs/unwritable", strerror(ENAMETOOLONG));
	assert_no_temporary_files(p, ".");
	/* The longest name that a file may have still has a temporary one. */
	name[255] = '\0';
	assert_int_equal(put(p, name, "x"), FS_WRITE_NEW);
	if (!access("/dev/full", W_OK)) {
		assert_int_equal(fs_write(STR("/dev/full/x"), STR("x"), &p->dl), FS_WRITE_FAILED);
		assert_failed(p, "fs/unwritable", strerror(ENOTDIR));
	}
}

/* A limit on file sizes stands for a full disk: the write breaks off in the middle. */
static void a_write_that_breaks_off_changes_nothing(void **state)
{
	struct place *p = *state;
	size_t len = 200000;
	char *big = arena_array(&p->arena, char, len);
	pid_t pid;
	int status = 0;

	put(p, "f", "what was there");
	pid = fork();
	if (pid == 0) {
		struct rlimit limit = { 100000, 100000 };
		bool ok;

		signal(SIGXFSZ, SIG_IGN);
		ok = !setrlimit(RLIMIT_FSIZE, &limit) &&
		     fs_write(in(p, "f"), (struct str){ big, len }, &p->dl) == FS_WRITE_FAILED && p->dl.len == 1 &&
		     !strcmp(p->dl.items[0].code, "fs/unwritable") && p->dl.items[0].hint.len &&
		     str_contains(p->dl.items[0].message, str_from(strerror(EFBIG)));
		_exit(ok ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_holds(p, "f", "what was there");
	assert_no_temporary_files(p, ".");
}

static void long_files_are_put_in_pieces(void **state)
{
	struct place *p = *state;
	struct fs_pieces f;

	put(p, "f", "what was there");
	fs_pieces_begin(&f, in(p, "f"), &p->dl);
	fs_pieces_put(&f, STR("one, "));
	fs_pieces_put(&f, STR(""));
	fs_pieces_put(&f, STR("two"));
	assert_holds(p, "f", "what was there");
	assert_true(fs_pieces_end(&f));
	assert_holds(p, "f", "one, two");

	fs_pieces_begin(&f, in(p, "deep/new/f"), &p->dl);
	fs_pieces_put(&f, STR("three"));
	assert_true(fs_pieces_end(&f));
	assert_holds(p, "deep/new/f", "three");

	fs_pieces_begin(&f, in(p, "f"), &p->dl);
	assert_false(fs_pieces_end(&f));
	assert_holds(p, "f", "one, two");
	assert_int_equal(p->dl.len, 0);

	fs_pieces_begin(&f, in(p, "f/g"), &p->dl);
	fs_pieces_put(&f, STR("four"));
	fs_pieces_put(&f, STR("five"));
	assert_false(fs_pieces_end(&f));
	assert_int_equal(p->dl.len, 1);
	assert_no_temporary_files(p, ".");
}

/* What comes after the failure is not written, and nothing is left. */
static void a_long_file_that_breaks_off_is_gone(void **state)
{
	struct place *p = *state;
	char *big = arena_array(&p->arena, char, 60000);
	struct str piece = { big, 60000 };
	int status = 0;
	pid_t pid;

	put(p, "f", "what was there");
	pid = fork();
	if (pid == 0) {
		struct rlimit limit = { 100000, 100000 };
		struct fs_pieces f;
		bool ok;

		signal(SIGXFSZ, SIG_IGN);
		ok = !setrlimit(RLIMIT_FSIZE, &limit);
		fs_pieces_begin(&f, in(p, "f"), &p->dl);
		fs_pieces_put(&f, piece);
		fs_pieces_put(&f, piece);
		fs_pieces_put(&f, STR("x"));
		ok = ok && p->dl.len == 0 && !fs_pieces_end(&f) && p->dl.len == 1 &&
		     str_contains(p->dl.items[0].message, str_from(strerror(EFBIG)));
		_exit(ok ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_holds(p, "f", "what was there");
	assert_no_temporary_files(p, ".");
}

static void leftovers_of_a_crash_do_not_block_a_write(void **state)
{
	struct place *p = *state;
	struct fs_entry *entries;
	struct str left, own;
	size_t n;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		struct rlimit none = { 0, 0 };

		/* Dies of SIGXFSZ after the temporary file is made. */
		setrlimit(RLIMIT_CORE, &none);
		setrlimit(RLIMIT_FSIZE, &none);
		signal(SIGXFSZ, SIG_DFL);
		put(p, "f", "x");
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFSIGNALED(status))
		skip(); /* sanitizers catch the signal */
	assert_true(fs_list(&p->arena, in(p, "."), &entries, &n, &p->dl));
	assert_int_equal(n, 1);
	assert_true(str_ends(entries[0].name, STR(FS_TEMP_SUFFIX)));
	/* The name that this process would take, as after a restart that gave it the same number. */
	left = path_join(&p->arena, str_from(p->dir), entries[0].name);
	own = str_format(&p->arena, "%s/%.*s-%ld-0" FS_TEMP_SUFFIX, p->dir, (int)str_find_byte(entries[0].name, '-'),
			 entries[0].name.ptr, (long)getpid());
	assert_true(fs_rename(left, own, &p->dl));
	assert_int_equal(put(p, "f", "new"), FS_WRITE_NEW);
	assert_holds(p, "f", "new");
}

static void removes_files_and_links_only(void **state)
{
	struct place *p = *state;

	put(p, "d/f", "x");
	assert_int_equal(symlink("d", z(p, "link")), 0);
	assert_true(fs_remove(in(p, "link"), &p->dl));
	assert_int_equal(fs_info(in(p, "d/f")).type, FS_FILE);
	assert_true(fs_remove(in(p, "d/f"), &p->dl));
	assert_true(fs_remove(in(p, "d/f"), &p->dl));
	assert_true(fs_remove(in(p, "no/such/f"), &p->dl));
	assert_int_equal(p->dl.len, 0);
	assert_false(fs_remove(in(p, "d"), &p->dl));
	assert_failed(p, "fs/unwritable", "cannot remove");
}

static void removes_empty_folders_up_to_a_limit(void **state)
{
	struct place *p = *state;

	put(p, "a/b/c/f", "x");
	put(p, "a/g", "x");
	assert_true(fs_remove_empty_dirs(in(p, "a/b/c"), str_from(p->dir)));
	assert_int_equal(fs_info(in(p, "a/b/c")).type, FS_DIR);
	fs_remove(in(p, "a/b/c/f"), &p->dl);
	assert_true(fs_remove_empty_dirs(in(p, "a/b/c"), str_from(p->dir)));
	assert_int_equal(fs_info(in(p, "a/b")).type, FS_NONE);
	assert_int_equal(fs_info(in(p, "a/g")).type, FS_FILE);
	fs_remove(in(p, "a/g"), &p->dl);
	assert_true(fs_remove_empty_dirs(in(p, "a"), in(p, "a")));
	assert_true(fs_remove_empty_dirs(in(p, "a"), in(p, "elsewhere")));
	assert_int_equal(fs_info(in(p, "a")).type, FS_DIR);
	assert_true(fs_remove_empty_dirs(in(p, "a/gone/too"), str_from(p->dir)));
	assert_int_equal(fs_info(in(p, "a")).type, FS_NONE);
	assert_int_equal(fs_info(str_from(p->dir)).type, FS_DIR);
}

static void removes_trees_without_following_links(void **state)
{
	struct place *p = *state;
	char deep[600] = "tree";

	put(p, "outside/f", "kept");
	put(p, "tree/a/b/f", "x");
	put(p, "tree/.hidden", "x");
	assert_int_equal(symlink("../outside", z(p, "tree/link")), 0);
	assert_int_equal(symlink("outside", z(p, "top-link")), 0);
	for (int i = 0; i < 200; i++)
		strcat(deep, "/d");
	assert_true(fs_make_dirs(in(p, deep), &p->dl));
	assert_true(fs_remove_tree(in(p, "tree"), &p->dl));
	assert_int_equal(fs_link_info(in(p, "tree")).type, FS_NONE);
	assert_true(fs_remove_tree(in(p, "top-link"), &p->dl));
	assert_int_equal(fs_link_info(in(p, "top-link")).type, FS_NONE);
	assert_holds(p, "outside/f", "kept");
	assert_true(fs_remove_tree(in(p, "tree"), &p->dl));
	assert_true(fs_remove_tree(in(p, "outside/f"), &p->dl));
	assert_int_equal(p->dl.len, 0);
	assert_false(fs_remove_tree(STR("/"), &p->dl));
	assert_failed(p, "fs/unwritable", "cannot remove");
	assert_false(fs_remove_tree(STR("//"), &p->dl));
	assert_false(fs_remove_tree(STR("."), &p->dl));
	assert_false(fs_remove_tree(in(p, "outside/.."), &p->dl));
	assert_false(fs_remove_tree(STR(""), &p->dl));
	assert_int_equal(fs_info(str_from(p->dir)).type, FS_DIR);
}

static void renames_and_exchanges(void **state)
{
	struct place *p = *state;

	put(p, "a/f", "one");
	put(p, "b/f", "two");
	assert_true(fs_exchange(in(p, "a"), in(p, "b"), &p->dl));
	assert_holds(p, "a/f", "two");
	assert_holds(p, "b/f", "one");
	assert_true(fs_rename(in(p, "a"), in(p, "c"), &p->dl));
	assert_holds(p, "c/f", "two");
	assert_int_equal(p->dl.len, 0);
	assert_false(fs_rename(in(p, "a"), in(p, "d"), &p->dl));
	assert_non_null(p->dl.items[0].related);
	assert_failed(p, "fs/unwritable", strerror(ENOENT));
	assert_false(fs_exchange(in(p, "b"), in(p, "missing"), &p->dl));
	assert_failed(p, "fs/unwritable", strerror(ENOENT));
	assert_holds(p, "b/f", "one");
	assert_no_temporary_files(p, ".");
}

static void sets_the_time_of_change(void **state)
{
	static const int64_t times[] = { 0, INT64_C(1700000000123456789), -1, INT64_C(-1500000000) };
	struct place *p = *state;

	put(p, "f", "x");
	for (size_t i = 0; i < COUNT(times); i++) {
		assert_true(fs_touch(in(p, "f"), times[i]));
		assert_true(fs_info(in(p, "f")).mtime_ns == times[i]);
	}
	assert_false(fs_touch(in(p, "missing"), 0));
}

static void what_is_appended_tells_where_it_lies(void **state)
{
	struct place *p = *state;
	uint64_t first = 9, second = 9;
	struct str got;

	assert_true(fs_append(in(p, "deep/log"), STR("one"), &first, &p->dl));
	assert_true(fs_append(in(p, "deep/log"), STR("two"), &second, &p->dl));
	assert_int_equal(first, 0);
	assert_int_equal(second, 3);
	assert_true(fs_read(&p->arena, in(p, "deep/log"), 100, &got, &p->dl));
	assert_true(str_eq(got, STR("onetwo")));
	assert_false(fs_append(in(p, "deep"), STR("x"), &first, &p->dl));
	assert_int_equal(p->dl.errors, 1);
}

static void looks_at_files_from_their_folder(void **state)
{
	struct place *p = *state;
	struct fs_dir dir;

	put(p, "deep/f", "text");
	assert_int_equal(symlink("f", str_z(&p->arena, in(p, "deep/link"))), 0);
	assert_true(fs_dir_open(&dir, in(p, "deep")));
	assert_int_equal(fs_dir_info(&dir, STR("f")).size, 4);
	assert_int_equal(fs_dir_info(&dir, STR("link")).type, FS_FILE);
	assert_int_equal(fs_dir_link_info(&dir, STR("link")).type, FS_LINK);
	assert_int_equal(fs_dir_info(&dir, STR("missing")).type, FS_NONE);
	fs_dir_close(&dir);
	assert_int_equal(fs_dir_info(&dir, STR("f")).type, FS_NONE);
	assert_false(fs_dir_open(&dir, in(p, "missing")));
	assert_int_equal(fs_dir_link_info(&dir, STR("f")).type, FS_NONE);
	assert_false(fs_dir_open(&dir, in(p, "deep/f")));
}

static void mirrors_a_tree_by_second_names(void **state)
{
	struct place *p = *state;
	struct fs_info info;

	put(p, "a/f", "one");
	put(p, "a/deep/er/g", "two");
	assert_true(fs_touch(in(p, "a/f"), INT64_C(1500000000)));
	assert_int_equal(symlink("f", z(p, "a/link")), 0);
	assert_true(fs_mirror_tree(in(p, "a"), in(p, "b"), &p->dl));
	assert_holds(p, "b/f", "one");
	assert_holds(p, "b/deep/er/g", "two");
	info = fs_info(in(p, "b/f"));
	assert_true(info.mtime_ns == INT64_C(1500000000));
	assert_true(info.inode == fs_info(in(p, "a/f")).inode);
	info = fs_link_info(in(p, "b/link"));
	assert_int_equal(info.type, FS_LINK);
	assert_true(info.inode == fs_link_info(in(p, "a/link")).inode);
	/* A file that is replaced in one tree stays what it was in the other. */
	assert_int_equal(fs_write(in(p, "b/f"), STR("another"), &p->dl), FS_WRITE_NEW);
	assert_holds(p, "a/f", "one");
	assert_int_equal(p->dl.len, 0);
	assert_false(fs_mirror_tree(in(p, "missing"), in(p, "c"), &p->dl));
	assert_int_equal(p->dl.errors, 1);
}

static void what_is_held_tells_of_a_killed_process(void **state)
{
	struct place *p = *state;
	bool was_there = true;
	int held = fs_hold(in(p, "deep/mark"), &was_there), other;
	int status;
	pid_t child;

	assert_true(held >= 0);
	assert_false(was_there);
	child = fork();
	if (child == 0) {
		other = fs_hold(in(p, "deep/mark"), &was_there);
		_exit(other < 0 && was_there ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	fs_let_go(held, in(p, "deep/mark"));
	assert_int_equal(fs_info(in(p, "deep/mark")).type, FS_NONE);

	child = fork();
	if (child == 0) {
		other = fs_hold(in(p, "deep/mark"), &was_there);
		raise(SIGKILL);
		_exit(other);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	held = fs_hold(in(p, "deep/mark"), &was_there);
	assert_true(held >= 0);
	assert_true(was_there);
	fs_let_go(held, in(p, "deep/mark"));
	fs_let_go(-1, in(p, "deep/mark"));
}

static void maps_with_room_to_change(void **state)
{
	struct place *p = *state;
	struct fs_info info;
	struct str bytes;
	char *mapped;
	size_t len;

	assert_int_equal(fs_write(in(p, "a"), STR("text"), &p->dl), FS_WRITE_NEW);
	assert_true(fs_map_room(in(p, "a"), 10000, &mapped, &len, &info, &p->dl));
	assert_int_equal(info.size, 4);
	assert_true(len >= 10004 && info.inode == fs_info(in(p, "a")).inode);
	assert_memory_equal(mapped, "text", 4);
	for (size_t i = 4; i < len; i++)
		assert_int_equal(mapped[i], 0);
	memset(mapped, 'x', len);
	assert_true(fs_read(&p->arena, in(p, "a"), 100, &bytes, &p->dl));
	assert_true(str_eq(bytes, STR("text")));
	fs_unmap((struct str){ mapped, len });
	assert_int_equal(fs_write(in(p, "empty"), STR_NONE, &p->dl), FS_WRITE_NEW);
	assert_true(fs_map_room(in(p, "empty"), 1, &mapped, &len, &info, &p->dl));
	assert_true(len >= 1 && mapped[0] == 0);
	fs_unmap((struct str){ mapped, len });
	assert_int_equal(p->dl.len, 0);
	assert_false(fs_map_room(in(p, "none"), 1, &mapped, &len, &info, &p->dl));
	assert_int_equal(p->dl.len, 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_what_was_written),
		TEST(looks_at_files_from_their_folder),
		TEST(what_is_appended_tells_where_it_lies),
		TEST(maps_with_room_to_change),
		TEST(refuses_more_than_the_limit),
		TEST(reads_files_that_hide_their_size),
		TEST(says_why_it_cannot_read),
		TEST(never_opens_a_name_cut_short_by_nul),
		TEST(permissions_are_reported),
		TEST(maps_files),
		TEST(reads_a_part_of_a_mapped_file),
		TEST(mapped_bytes_are_held_until_they_are_forgotten),
		TEST(tells_what_is_there),
		TEST(lists_in_order_of_bytes),
		TEST(resolves_links),
		TEST(makes_folders),
		TEST(leaves_equal_files_alone),
		TEST(compares_to_the_last_byte),
		TEST(replaces_links_instead_of_following_them),
		TEST(says_why_it_cannot_write),
		TEST(a_write_that_breaks_off_changes_nothing),
		TEST(long_files_are_put_in_pieces),
		TEST(a_long_file_that_breaks_off_is_gone),
		TEST(leftovers_of_a_crash_do_not_block_a_write),
		TEST(removes_files_and_links_only),
		TEST(removes_empty_folders_up_to_a_limit),
		TEST(removes_trees_without_following_links),
		TEST(renames_and_exchanges),
		TEST(sets_the_time_of_change),
		TEST(mirrors_a_tree_by_second_names),
		TEST(what_is_held_tells_of_a_killed_process),
	};

	return cmocka_run_group_tests_name("fs", tests, NULL, NULL);
}
