#include "app/commands.h"

#include "base/fs.h"
#include "base/path.h"
#include "site/manifest.h"

/*
 * commands_beside - builds into a second folder beside the output: to be
 * exchanged with it, or to be compared with it.
 *
 * What is kept between runs belongs to one output folder, whose digest is in
 * the names of those files. It follows its tree when that takes another place.
 */
#define MANIFEST_MAX ((size_t)1 << 30)
#define NAMED_MAX 20  /* files that --verify names one by one */
#define HELD "beside" /* begins the name of what is held while a tree is built */

static const struct pos no_pos = { 0, 0 };

/* How the names of a folder's own files in .dossier/ end. */
static struct str suffix_of(struct commands *c, struct str output)
{
	struct str name = path_base(build_manifest_file(c->arena, c->cli->root, output));

	return str_skip(name, (size_t)str_find_byte(name, '-'));
}

enum move { MOVE_LINK, MOVE_RENAME, MOVE_REMOVE };

/* Gives the kept files of one output folder to another, or removes them. */
static bool move_kept(struct commands *c, struct str from, struct str to, enum move how)
{
	struct str dir = path_dir(build_manifest_file(c->arena, c->cli->root, from));
	struct str old = suffix_of(c, from), new = suffix_of(c, to);
	struct fs_entry *entries;
	size_t n;
	bool ok = true;

	if (fs_info(dir).type != FS_DIR)
		return true;
	if (!fs_list(c->arena, dir, &entries, &n, c->dl))
		return false;
	for (size_t i = 0; i < n && ok; i++) {
		struct str file = path_join(c->arena, dir, entries[i].name), target, bytes;

		if (!str_ends(entries[i].name, old) || entries[i].type != FS_FILE ||
		    str_starts(entries[i].name, STR(HELD "-")))
			continue;
		target = path_join(c->arena, dir,
				   str_format(c->arena, "%.*s%.*s",
					      STR_ARG(str_cut(entries[i].name, 0, entries[i].name.len - old.len)),
					      STR_ARG(new)));
		if (how == MOVE_REMOVE) {
			ok = fs_remove(file, c->dl);
		} else if (how == MOVE_RENAME) {
			ok = fs_rename(file, target, c->dl);
		} else {
			ok = fs_map(file, &bytes, c->dl);
			if (!ok)
				break;
			ok = fs_write(target, bytes, c->dl) != FS_WRITE_FAILED;
			fs_unmap(bytes);
		}
	}
	return ok;
}

/* The folder for a second tree, beside where the first one really is. */
static struct str beside(struct commands *c, struct str output, const char *what)
{
	struct str real;

	while (output.len > 1 && output.ptr[output.len - 1] == '/')
		output.len--;
	return str_format(c->arena, "%.*s.%s" FS_TEMP_SUFFIX,
			  STR_ARG(fs_real_path(c->arena, output, &real) ? real : output), what);
}

/* Stands while that tree is built, and is left by who was killed meanwhile. */
static struct str mark_of(struct commands *c, struct str tree)
{
	return path_join(c->arena, path_dir(build_manifest_file(c->arena, c->cli->root, tree)),
			 str_format(c->arena, HELD "%.*s", STR_ARG(suffix_of(c, tree))));
}

/* The tree, what it was before it was whole, and what was kept of it. */
static bool take_away(struct commands *c, struct str tree, struct diag_list *dl)
{
	struct commands with = *c;

	with.dl = dl;
	return fs_remove_tree(tree, dl) &&
	       fs_remove_tree(str_format(c->arena, "%.*s" FS_TEMP_SUFFIX, STR_ARG(tree)), dl) &&
	       move_kept(&with, tree, tree, MOVE_REMOVE);
}

void commands_clear_beside(struct commands *c, struct str output)
{
	static const char *const kinds[] = { "next", "clean" };
	struct diag_list ignored;

	diag_init(&ignored, c->arena);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct str tree = beside(c, output, kinds[i]);
		struct str begun = str_format(c->arena, "%.*s" FS_TEMP_SUFFIX, STR_ARG(tree));
		bool was_there;
		int held;

		if (fs_link_info(tree).type == FS_NONE && fs_link_info(begun).type == FS_NONE)
			continue;
		/* Who still builds there holds it. */
		held = fs_hold(mark_of(c, tree), &was_there);
		if (held >= 0)
			take_away(c, tree, &ignored);
		fs_let_go(held, mark_of(c, tree));
	}
}

/* Where the site is published; empty when that is not to be known, which build_run will say why. */
static struct str output_of(struct commands *c)
{
	struct diag_list ignored;
	struct commands quiet = *c;
	struct config config;

	if (c->cli->output.len > 0)
		return c->cli->output;
	diag_init(&ignored, c->arena);
	quiet.dl = &ignored;
	return commands_load_config(&quiet, &config) ? commands_file(c, config.output_dir) : STR_NONE;
}

/* Puts the tree in its place. What is kept follows last: without it the next build only looks more closely. */
static bool take_place(struct commands *c, struct str next, struct str output, const struct build_result *r)
{
	if (r->written + r->removed > 0 && !fs_exchange(next, output, c->dl))
		return false;
	return move_kept(c, next, output, MOVE_RENAME) && fs_remove_tree(next, c->dl);
}

static enum build_status build_swapped(struct commands *c, const struct build_options *opt, struct str next,
				       struct str output, struct build_result *out)
{
	struct build_options anew = *opt;
	enum build_status status;

	if (!take_away(c, next, c->dl) || !fs_mirror_tree(output, next, c->dl) ||
	    !move_kept(c, output, next, MOVE_LINK)) {
		*out = (struct build_result){ 0 };
		fs_remove_tree(next, c->dl);
		return BUILD_ENVIRONMENT;
	}
	anew.output = next;
	status = build_run(&anew, out, c->dl);
	if (out->is_published && take_place(c, next, output, out)) {
		out->output = opt->output.len ? opt->output : output_of(c);
		return status;
	}
	take_away(c, next, c->dl);
	if (!out->is_published)
		return status;
	out->is_published = false;
	return BUILD_ENVIRONMENT;
}

enum build_status commands_build_swapped(struct commands *c, const struct build_options *opt, struct build_result *out)
{
	struct str output = output_of(c), next;
	enum build_status status;
	bool was_there;
	int held;

	/* The first tree is built beside its place as it is. */
	if (output.len == 0 || !fs_real_path(c->arena, output, &output) || fs_info(output).type != FS_DIR)
		return build_run(opt, out, c->dl);
	next = beside(c, output, "next");
	held = fs_hold(mark_of(c, next), &was_there);
	status = build_swapped(c, opt, next, output, out);
	fs_let_go(held, mark_of(c, next));
	return status;
}

struct side_by_side {
	struct commands *c;
	struct str clean, output;
	size_t n; /* files that differ */
};

static void differs(struct side_by_side *with, struct str path, const char *how)
{
	struct diag_list *dl = with->c->dl;

	if (with->n++ >= NAMED_MAX)
		return;
	diag_add(dl, DIAG_ERROR, "build/not-clean", path, no_pos, "%s", how);
	if (with->n == 1)
		diag_hint(dl, "if nobody else changed it, build with --no-cache and report it");
}

static bool is_same(struct side_by_side *with, struct str a, struct str b)
{
	struct str x, y;
	bool same = false;

	if (!fs_map(a, &x, with->c->dl))
		return false;
	if (fs_map(b, &y, with->c->dl)) {
		same = str_eq(x, y);
		fs_unmap(y);
	}
	fs_unmap(x);
	return same;
}

static void compare_dir(struct side_by_side *with, struct str below)
{
	struct arena *a = with->c->arena;
	struct fs_entry *entries;
	size_t n;

	if (!fs_list(a, path_join(a, with->clean, below), &entries, &n, with->c->dl))
		return;
	for (size_t i = 0; i < n; i++) {
		struct str path = path_join(a, below, entries[i].name), file = path_join(a, with->output, path);

		if (entries[i].type == FS_DIR)
			compare_dir(with, path);
		else if (fs_link_info(file).type != FS_FILE)
			differs(with, path, "is missing, though a clean build publishes it");
		else if (!is_same(with, path_join(a, with->clean, path), file))
			differs(with, path, "is not what a clean build publishes");
	}
}

/* What was published and would not be. Files that no build made are somebody else's. */
static void compare_manifest(struct side_by_side *with)
{
	struct arena *a = with->c->arena;
	struct str file = build_manifest_file(a, with->c->cli->root, with->output), bytes;
	struct manifest m;
	struct diag_list ignored;

	diag_init(&ignored, a);
	if (!fs_read(a, file, MANIFEST_MAX, &bytes, &ignored) || !manifest_read(a, bytes, &m))
		return;
	for (size_t i = 0; i < m.n_outputs; i++)
		if (fs_link_info(path_join(a, with->clean, m.outputs[i].path)).type == FS_NONE)
			differs(with, m.outputs[i].path, "was published, though a clean build does not");
}

enum build_status commands_verify(struct commands *c, const struct build_options *opt, const struct build_result *r)
{
	struct build_options anew = *opt;
	struct side_by_side with = { .c = c, .output = r->output };
	struct diag_list said;
	struct build_result clean;
	enum build_status status;
	bool was_there;
	int held;

	with.clean = beside(c, with.output, "clean");
	if (!take_away(c, with.clean, c->dl))
		return BUILD_ENVIRONMENT;
	held = fs_hold(mark_of(c, with.clean), &was_there);
	anew.output = with.clean;
	anew.no_cache = true;
	diag_init(&said, c->arena);
	status = build_run(&anew, &clean, &said);
	if (clean.is_published) {
		compare_dir(&with, STR_NONE);
		compare_manifest(&with);
		if (with.n > NAMED_MAX)
			diag_add(c->dl, DIAG_ERROR, "build/not-clean", STR_NONE, no_pos, "%zu more files differ",
				 with.n - NAMED_MAX);
	} else {
		diag_add(c->dl, DIAG_ERROR, "build/not-clean", STR_NONE, no_pos,
			 "a clean build of the same site has errors");
		diag_merge(c->dl, &said);
	}
	build_release(&clean);
	take_away(c, with.clean, c->dl);
	fs_let_go(held, mark_of(c, with.clean));
	return status;
}
