#include "laws/tree.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/vec.h"

#define FILE_MAX ((size_t)1 << 28)

struct reader {
	struct tree *t;
	const char *dir;
	VEC(struct tree_file) files;
	void (*each)(struct reader *r, const char *file, const char *path);
	int64_t mtime_ns;
	const char *to;
};

static int by_path(const void *x, const void *y)
{
	return strcmp(((const struct tree_file *)x)->path, ((const struct tree_file *)y)->path);
}

struct str tree_bytes(struct arena *a, const char *file)
{
	struct arena scratch = { 0 };
	struct diag_list ignored;
	struct str bytes = STR_NONE;

	diag_init(&ignored, &scratch);
	if (!fs_read(a, str_from(file), FILE_MAX, &bytes, &ignored))
		bytes = STR_NONE;
	arena_release(&scratch);
	return bytes;
}

static void note_file(struct reader *r, const char *file, const char *path)
{
	struct fs_info info = fs_link_info(str_from(file));
	struct arena scratch = { 0 };
	struct tree_file f = { .path = str_z(&r->t->arena, str_from(path)),
			       .size = info.size,
			       .inode = info.inode,
			       .mtime_ns = info.mtime_ns,
			       .is_plain = info.type == FS_FILE };

	f.digest = digest_of(tree_bytes(&scratch, file));
	vec_push(&r->t->arena, &r->files, f);
	arena_release(&scratch);
}

static void touch_file(struct reader *r, const char *file, const char *path)
{
	(void)path;
	if (!fs_touch(str_from(file), r->mtime_ns++))
		abort();
}

static void clone_file(struct reader *r, const char *file, const char *path)
{
	struct fs_info info = fs_link_info(str_from(file));
	struct arena scratch = { 0 };
	char to[4096];

	snprintf(to, sizeof(to), "%s/%s", r->to, path);
	tree_write(to, tree_bytes(&scratch, file));
	if (!fs_touch(str_from(to), info.mtime_ns))
		abort();
	arena_release(&scratch);
}

static void walk(struct reader *r, const char *below)
{
	char dir[4096], name[4096], path[2048];
	const struct dirent *e;
	struct stat st;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s%s%s", r->dir, *below ? "/" : "", below);
	d = opendir(dir);
	if (!d)
		return;
	while ((e = readdir(d))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s%s%s", below, *below ? "/" : "", e->d_name) >=
			    sizeof(path) ||
		    (size_t)snprintf(name, sizeof(name), "%s/%s", r->dir, path) >= sizeof(name))
			abort();
		if (lstat(name, &st))
			continue;
		if (S_ISDIR(st.st_mode))
			walk(r, path);
		else
			r->each(r, name, path);
	}
	closedir(d);
}

void tree_read(struct tree *t, const char *dir)
{
	struct reader r = { .t = t, .dir = dir, .each = note_file };

	arena_reset(&t->arena);
	walk(&r, "");
	if (r.files.len)
		qsort(r.files.ptr, r.files.len, sizeof(*r.files.ptr), by_path);
	t->files = r.files.ptr;
	t->n = r.files.len;
}

void tree_copy(struct tree *t, const struct tree *from)
{
	arena_reset(&t->arena);
	t->files = arena_array(&t->arena, struct tree_file, from->n + 1);
	t->n = from->n;
	for (size_t i = 0; i < from->n; i++) {
		t->files[i] = from->files[i];
		t->files[i].path = str_z(&t->arena, str_from(from->files[i].path));
	}
}

void tree_release(struct tree *t)
{
	arena_release(&t->arena);
	*t = (struct tree){ 0 };
}

const struct tree_file *tree_find(const struct tree *t, const char *path)
{
	struct tree_file key = { .path = path };

	return t->n ? bsearch(&key, t->files, t->n, sizeof(*t->files), by_path) : NULL;
}

void tree_write(const char *file, struct str bytes)
{
	char dir[4096];
	FILE *f = fopen(file, "wb");

	if (!f) {
		snprintf(dir, sizeof(dir), "%s", file);
		for (char *c = dir + 1; (c = strchr(c, '/')); c++) {
			*c = '\0';
			mkdir(dir, 0777);
			*c = '/';
		}
		f = fopen(file, "wb");
	}
	if (!f || (bytes.len && fwrite(bytes.ptr, 1, bytes.len, f) != bytes.len) || fclose(f)) {
		perror(file);
		abort();
	}
}

void tree_remove(const char *dir)
{
	struct arena scratch = { 0 };
	struct diag_list ignored;

	diag_init(&ignored, &scratch);
	if (!fs_remove_tree(str_from(dir), &ignored))
		abort();
	arena_release(&scratch);
}

void tree_clone(const char *from, const char *to)
{
	struct reader r = { .dir = from, .each = clone_file, .to = to };

	tree_remove(to);
	walk(&r, "");
}

void tree_touch(const char *dir, int64_t mtime_ns)
{
	struct reader r = { .dir = dir, .each = touch_file, .mtime_ns = mtime_ns };

	walk(&r, "");
}
