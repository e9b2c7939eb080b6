#include "stage/publish.h"

#include <string.h>

#include "base/buf.h"
#include "base/path.h"

void publish_begin(struct arena *a, struct str output, struct publish *out, struct diag_list *dl)
{
	struct str tree;

	while (output.len > 1 && output.ptr[output.len - 1] == '/')
		output.len--;
	*out = (struct publish){ output, STR_NONE, STR_NONE, -1 };
	tree = str_format(a, "%.*s" FS_TEMP_SUFFIX, STR_ARG(output));
	if (fs_link_info(tree).type != FS_NONE)
		fs_remove_tree(tree, dl);
	if (fs_link_info(output).type == FS_NONE)
		out->tree = tree;
}

/* Removes temporary files, and folders that held nothing else. */
static void sweep(struct arena *a, struct str dir, struct str output)
{
	struct diag_list ignored;
	struct fs_entry *entries;
	bool any = false;
	size_t n;

	diag_init(&ignored, a);
	if (!fs_list(a, dir, &entries, &n, &ignored))
		return;
	for (size_t i = 0; i < n; i++) {
		struct str path = path_join(a, dir, entries[i].name);

		if (entries[i].type == FS_DIR) {
			sweep(a, path, output);
		} else if (entries[i].name.ptr[0] == '.' && str_ends(entries[i].name, STR(FS_TEMP_SUFFIX))) {
			fs_remove(path, &ignored);
			any = true;
		}
	}
	if (any)
		fs_remove_empty_dirs(dir, output);
}

void publish_mark(struct publish *p, struct str mark, bool is_staging)
{
	struct arena scratch = { 0 };
	bool was_there = fs_link_info(mark).type != FS_NONE;

	/* A new tree is one temporary folder. */
	if (!was_there && (!is_staging || p->tree.len))
		return;
	p->mark = mark;
	p->held = fs_hold(mark, &was_there);
	if (p->held >= 0 && was_there)
		sweep(&scratch, p->output, p->output);
	arena_release(&scratch);
}

static void unmark(struct publish *p)
{
	fs_let_go(p->held, p->mark);
	p->held = -1;
}

/* The name on disk, in `name`. */
static struct str place(struct buf *name, struct str dir, struct str path)
{
	buf_init(name, 0);
	buf_add(name, dir);
	buf_add_char(name, '/');
	buf_add(name, path);
	return buf_str(name);
}

bool publish_stage(const struct publish *p, struct arena *a, struct str path, struct str bytes,
		   struct publish_item *out, struct diag_list *dl)
{
	struct buf name;
	struct str file = place(&name, p->tree.len ? p->tree : p->output, path);

	memset(out, 0, sizeof(*out));
	out->path = path;
	out->digest = digest_of(bytes);
	out->size = bytes.len;
	if (p->tree.len)
		out->state = fs_create(file, bytes, &out->mtime_ns, dl) ? FS_WRITE_NEW : FS_WRITE_FAILED;
	else
		out->state = fs_stage(a, file, bytes, &out->temp, &out->mtime_ns, dl);
	buf_release(&name);
	return out->state != FS_WRITE_FAILED;
}

bool publish_commit(struct publish *p, struct publish_item *items, size_t n, struct diag_list *dl)
{
	bool ok = true;

	if (p->tree.len) {
		ok = fs_make_dirs(p->tree, dl) && fs_rename(p->tree, p->output, dl);
		if (!ok)
			publish_discard(p, items, n);
		return ok;
	}
	for (size_t i = 0; i < n; i++) {
		struct buf name;

		if (items[i].temp.len == 0)
			continue;
		if (fs_rename(items[i].temp, place(&name, p->output, items[i].path), dl)) {
			items[i].temp = STR_NONE;
		} else {
			items[i].state = FS_WRITE_FAILED;
			ok = false;
		}
		buf_release(&name);
	}
	if (!ok)
		publish_discard(p, items, n);
	unmark(p);
	return ok;
}

void publish_discard(struct publish *p, struct publish_item *items, size_t n)
{
	struct arena scratch = { 0 };
	struct diag_list ignored;
	struct str last = STR_NONE;

	diag_init(&ignored, &scratch);
	if (p->tree.len)
		fs_remove_tree(p->tree, &ignored);
	for (size_t i = 0; i < n; i++)
		if (items[i].temp.len)
			fs_remove(items[i].temp, &ignored);
	for (size_t i = 0; i < n; i++) {
		struct str dir = path_dir(items[i].temp);

		if (!str_eq(dir, last))
			fs_remove_empty_dirs(dir, p->output);
		last = dir;
		items[i].temp = STR_NONE;
	}
	unmark(p);
	arena_release(&scratch);
}
