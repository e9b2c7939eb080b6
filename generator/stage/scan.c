#include "stage/scan.h"

#include <stdlib.h>

#include "base/path.h"
#include "base/pool.h"
#include "base/utf8.h"
#include "base/vec.h"

#define MAX_DEPTH 64
#define MAX_LINKED 10000 /* folders reached through links: links that cross each other multiply */

static const char *const folders[] = { "content", "data", "templates", "plugins", "assets" };

struct walk {
	struct arena *arena;
	struct pool *pool;
	struct str root, real_root;
	struct diag_list *dl;
	VEC(struct scan_file) files;
	struct fs_info above[MAX_DEPTH + 1]; /* the folders around the one at hand */
	unsigned n_linked;
};

const char *scan_folder(enum scan_area area)
{
	return folders[area];
}

static bool is_passed_over(struct str name)
{
	return str_starts(name, STR(".")) || str_ends(name, STR("~")) || str_ends(name, STR(".dossier-tmp"));
}

/* Whether a link stays inside the site. */
static bool stays_inside(struct walk *w, struct str path, struct str file)
{
	struct str real;

	if (!fs_real_path(w->arena, file, &real)) {
		diag_add(w->dl, DIAG_ERROR, "scan/dangling-link", path, (struct pos){ 0, 0 },
			 "this link leads nowhere");
		diag_hint(w->dl, "remove the link or make the file it points at");
		return false;
	}
	if (path_is_within(real, w->real_root))
		return true;
	diag_add(w->dl, DIAG_ERROR, "scan/link-outside", path, (struct pos){ 0, 0 }, "this link leads out of the site");
	diag_hint(w->dl, "copy the file into the site; only what lies in its folder is published");
	return false;
}

/* Whether to go into a folder; a link may have led to it. */
static bool may_enter(struct walk *w, struct str path, struct str file, unsigned depth, bool is_linked)
{
	struct fs_info info = fs_info(file);

	for (unsigned i = 0; i < depth && i <= MAX_DEPTH; i++) {
		if (w->above[i].inode != info.inode || w->above[i].device != info.device)
			continue;
		diag_add(w->dl, DIAG_ERROR, "scan/too-deep", path, (struct pos){ 0, 0 },
			 "this link leads back to a folder it lies in");
		diag_hint(w->dl, "remove the link");
		return false;
	}
	if (depth > MAX_DEPTH) {
		diag_add(w->dl, DIAG_ERROR, "scan/too-deep", path, (struct pos){ 0, 0 },
			 "folders are nested more than %d deep", MAX_DEPTH);
		return false;
	}
	if (is_linked && w->n_linked++ >= MAX_LINKED) {
		if (w->n_linked == MAX_LINKED + 1)
			diag_add(w->dl, DIAG_ERROR, "scan/too-deep", path, (struct pos){ 0, 0 },
				 "links lead to more than %d folders", MAX_LINKED);
		return false;
	}
	w->above[depth] = info;
	return true;
}

struct folder {
	struct fs_dir dir;
	const struct fs_entry *entries;
	struct fs_info *infos; /* by entry */
};

static void look_at(void *ctx, size_t worker, size_t i)
{
	struct folder *f = ctx;

	(void)worker;
	if (!is_passed_over(f->entries[i].name))
		f->infos[i] = fs_dir_info(&f->dir, f->entries[i].name);
}

static void walk_dir(struct walk *w, struct str path, unsigned depth, bool is_linked)
{
	struct str file = path_join(w->arena, w->root, path);
	struct arena scratch = { 0 };
	struct fs_entry *entries;
	struct folder folder;
	size_t n;

	if (!may_enter(w, path, file, depth, is_linked) || !fs_list(w->arena, file, &entries, &n, w->dl))
		return;
	folder.entries = entries;
	folder.infos = arena_array(&scratch, struct fs_info, n + 1);
	fs_dir_open(&folder.dir, file);
	pool_each(w->pool, n, look_at, &folder);
	fs_dir_close(&folder.dir);
	for (size_t i = 0; i < n; i++) {
		struct fs_info info = folder.infos[i];
		struct str sub, sub_file;

		if (is_passed_over(entries[i].name))
			continue;
		sub_file = path_join(w->arena, file, entries[i].name);
		/* The one ends with the other. */
		sub = str_skip(sub_file, sub_file.len - path.len - 1 - entries[i].name.len);
		if (utf8_check(entries[i].name) != entries[i].name.len) {
			diag_add(w->dl, DIAG_ERROR, "scan/bad-name", path, (struct pos){ 0, 0 },
				 "a file in this folder has a name that is not UTF-8");
			continue;
		}
		if (entries[i].type == FS_LINK && !stays_inside(w, sub, sub_file))
			continue;
		if (info.type == FS_DIR) {
			walk_dir(w, sub, depth + 1, is_linked || entries[i].type == FS_LINK);
		} else if (info.type == FS_FILE) {
			struct scan_file f = {
				.path = sub, .file = sub_file, .size = info.size, .mtime_ns = info.mtime_ns
			};

			vec_push(w->arena, &w->files, f);
		}
	}
	arena_release(&scratch);
}

static int by_path(const void *a, const void *b)
{
	return str_cmp(((const struct scan_file *)a)->path, ((const struct scan_file *)b)->path);
}

bool scan_site(struct arena *a, struct str root, struct pool *pool, struct scan *out, struct diag_list *dl)
{
	struct walk w = { .arena = a, .pool = pool, .root = root, .dl = dl };

	*out = (struct scan){ { 0 }, { 0 } };
	if (!fs_real_path(a, root, &w.real_root) || fs_info(root).type != FS_DIR) {
		diag_add(dl, DIAG_ERROR, "scan/no-site", root, (struct pos){ 0, 0 }, "'%.*s' is no folder",
			 STR_ARG(root));
		return false;
	}
	for (int area = 0; area < SCAN_AREAS; area++) {
		struct str folder = str_from(folders[area]);
		struct str dir = path_join(a, root, folder);

		if (fs_info(dir).type != FS_DIR)
			continue;
		if (fs_link_info(dir).type == FS_LINK && !stays_inside(&w, folder, dir))
			continue;
		w.files.ptr = NULL;
		w.files.len = w.files.cap = 0;
		walk_dir(&w, folder, 0, false);
		if (w.files.len)
			qsort(w.files.ptr, w.files.len, sizeof(*w.files.ptr), by_path);
		out->files[area] = w.files.ptr;
		out->n_files[area] = w.files.len;
	}
	return true;
}
