#include "app/commands.h"

#include <stdlib.h>

#include "base/fs.h"
#include "base/path.h"
#include "base/vec.h"
#include "base/zip.h"

/*
 * commands_zip - the site as one file, for reading from a disk: everything in
 * a folder that was built with --offline, below a folder named like the file.
 */
#define ARCHIVE_MAX ((size_t)1 << 31)
#define MAX_DEPTH 128

typedef VEC(struct str) path_list;

static bool list_files(struct commands *c, struct str dir, struct str below, int depth, path_list *out)
{
	struct fs_entry *entries;
	size_t n;
	bool ok = depth < MAX_DEPTH && fs_list(c->arena, path_join(c->arena, dir, below), &entries, &n, c->dl);

	for (size_t i = 0; ok && i < n; i++) {
		struct str path = path_join(c->arena, below, entries[i].name);

		if (entries[i].type == FS_DIR)
			ok = list_files(c, dir, path, depth + 1, out);
		else if (entries[i].type == FS_FILE)
			vec_push(c->arena, out, path);
	}
	return ok;
}

static int by_path(const void *x, const void *y)
{
	return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

static bool add_files(struct commands *c, struct zip *z, struct str dir, struct str inside, const path_list *files)
{
	struct arena scratch = { 0 };
	bool ok = true;

	for (size_t i = 0; ok && i < files->len; i++) {
		struct str bytes;

		ok = fs_read(&scratch, path_join(&scratch, dir, files->ptr[i]), ARCHIVE_MAX, &bytes, c->dl);
		if (ok)
			zip_add(z, path_join(&scratch, inside, files->ptr[i]), bytes);
		arena_reset(&scratch);
	}
	arena_release(&scratch);
	return ok;
}

bool commands_zip(struct commands *c, struct str dir, struct str file)
{
	struct str inside = path_base(file);
	path_list files = { 0 };
	struct buf bytes;
	struct zip *z;
	bool ok;

	if (!list_files(c, dir, STR_NONE, 0, &files))
		return false;
	if (files.len)
		qsort(files.ptr, files.len, sizeof(*files.ptr), by_path);
	if (str_ends(inside, STR(".zip")))
		inside.len -= 4;
	buf_init(&bytes, ARCHIVE_MAX);
	z = zip_new(&bytes);
	if (!z) {
		buf_release(&bytes);
		diag_add(c->dl, DIAG_ERROR, "build/no-library", STR_NONE, (struct pos){ 0, 0 },
			 "archives need libarchive, which is not on this machine");
		diag_hint(c->dl, "install it, or build a folder with --offline");
		return false;
	}
	ok = add_files(c, z, dir, inside, &files);
	if (!zip_end(z) && ok) {
		diag_add(c->dl, DIAG_ERROR, "fs/too-large", file, (struct pos){ 0, 0 },
			 "the archive would be larger than %zu MB", ARCHIVE_MAX >> 20);
		ok = false;
	}
	ok = ok && fs_write(file, buf_str(&bytes), c->dl) != FS_WRITE_FAILED;
	if (ok)
		commands_say(c, "%zu files in %.*s, %.1f MB", files.len, STR_ARG(file), (double)bytes.len / 1e6);
	buf_release(&bytes);
	return ok;
}
