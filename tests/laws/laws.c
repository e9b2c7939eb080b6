#include "laws/laws.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/build.h"
#include "base/fs.h"
#include "base/pack.h"
#include "base/vec.h"
#include "site/manifest.h"

extern char **environ;

struct said {
	int status; /* 0 to 3; negative: killed */
	struct str out, err;
	struct tree rendered; /* paths only */
	struct str messages;  /* diagnostics, one a line */
};

static const char *in_dir(struct laws *l, const char *name)
{
	return str_z(&l->arena, str_format(&l->arena, "%s/%s", l->dir, name));
}

static const char *root(struct laws *l)
{
	return in_dir(l, l->is_moved ? "else where/deep/site" : "site");
}

static const char *in_site(struct laws *l, const char *name)
{
	return str_z(&l->arena, str_format(&l->arena, "%s/%s", root(l), name));
}

static bool broken(struct laws *l, const char *path, const char *sentence)
{
	buf_add_format(&l->why, "%s %s\n", path, sentence);
	return false;
}

static pid_t start(struct laws *l, char **argv)
{
	posix_spawn_file_actions_t files;
	pid_t pid;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, in_dir(l, "out"), O_WRONLY | O_CREAT | O_TRUNC, 0666);
	posix_spawn_file_actions_addopen(&files, 2, in_dir(l, "err"), O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (posix_spawn(&pid, l->program, &files, NULL, argv, environ)) {
		perror(l->program);
		abort();
	}
	posix_spawn_file_actions_destroy(&files);
	return pid;
}

/* Arguments of a build; what `output` names is a folder elsewhere, NULL the site's own. */
static char **arguments(struct laws *l, const struct laws_step *s, const char *output, const char *option)
{
	char **argv = arena_array(&l->arena, char *, 24), date[16];
	size_t n = 0;

	model_now(&s->model, date);
	argv[n++] = str_z(&l->arena, str_from(l->program));
	argv[n++] = str_z(&l->arena, STR("build"));
	argv[n++] = str_z(&l->arena, str_from(root(l)));
	argv[n++] = str_z(&l->arena, str_format(&l->arena, "-j%u", s->jobs));
	argv[n++] = str_z(&l->arena, str_format(&l->arena, "--now=%s", date));
	argv[n++] = str_z(&l->arena, STR("--format=json"));
	argv[n++] = str_z(&l->arena, STR("--explain"));
	argv[n++] = str_z(&l->arena, str_format(&l->arena, "--changed-list=%s/changed", l->dir));
	if (output)
		argv[n++] = str_z(&l->arena, str_format(&l->arena, "--output=%s", output));
	if (option)
		argv[n++] = str_z(&l->arena, str_from(option));
	if (s->model.is_offline)
		argv[n++] = str_z(&l->arena, STR("--offline"));
	if (s->model.with_drafts)
		argv[n++] = str_z(&l->arena, STR("--drafts"));
	argv[n] = NULL;
	return argv;
}

/* What --explain and the diagnostics say, both on standard output. */
static void read_lines(struct laws *l, struct said *said)
{
	struct str rest = said->out, line, path;
	VEC(struct tree_file) files = { 0 };
	struct buf messages = { 0 };
	size_t end;

	while (str_next(&rest, '\n', &line)) {
		if (!str_starts(line, STR("{\"path\":\""))) {
			/* That a cache is damaged is no news of the site. */
			if (line.len && !str_contains(line, STR("\"cache/")))
				buf_add_format(&messages, "%.*s\n", STR_ARG(line));
			continue;
		}
		path = str_skip(line, strlen("{\"path\":\""));
		for (end = 0; end < path.len && path.ptr[end] != '"'; end++)
			;
		path = str_cut(path, 0, end);
		if (str_ends(line, STR("\"why\":\"\"}")))
			continue;
		vec_push(&l->arena, &files, ((struct tree_file){ .path = str_z(&l->arena, path) }));
	}
	said->messages = buf_copy(&messages, &l->arena);
	buf_release(&messages);
	said->rendered.files = files.ptr;
	said->rendered.n = files.len;
}

static int by_path(const void *x, const void *y)
{
	return strcmp(((const struct tree_file *)x)->path, ((const struct tree_file *)y)->path);
}

static void build(struct laws *l, const struct laws_step *s, const char *output, const char *option, struct said *said)
{
	int status;
	pid_t pid = start(l, arguments(l, s, output, option));

	*said = (struct said){ 0 };
	if (waitpid(pid, &status, 0) != pid)
		abort();
	said->status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
	said->out = tree_bytes(&l->arena, in_dir(l, "out"));
	said->err = tree_bytes(&l->arena, in_dir(l, "err"));
	read_lines(l, said);
	if (said->rendered.n)
		qsort(said->rendered.files, said->rendered.n, sizeof(*said->rendered.files), by_path);
}

/* Brings the files on disk to what the model says; those that change get a new time. */
static void write_sources(struct laws *l, const struct laws_step *s)
{
	struct arena arena = { 0 };
	struct model_files files;

	if (s->model.is_moved != l->is_moved) {
		const char *from = root(l);

		l->is_moved = s->model.is_moved;
		mkdir(in_dir(l, "else where"), 0777);
		mkdir(in_dir(l, "else where/deep"), 0777);
		if (rename(from, root(l)))
			abort();
	}
	model_write(&arena, &s->model, &files);
	for (size_t i = 0; i < l->written.len; i++) {
		bool stays = false;

		for (size_t k = 0; k < files.len && !stays; k++)
			stays = strcmp(files.ptr[k].path, l->written.ptr[i].path) == 0;
		if (!stays && unlink(in_site(l, l->written.ptr[i].path)))
			abort();
	}
	for (size_t k = 0; k < files.len; k++) {
		bool is_same = false;

		for (size_t i = 0; i < l->written.len && !is_same; i++)
			is_same = strcmp(files.ptr[k].path, l->written.ptr[i].path) == 0 &&
				  str_eq(files.ptr[k].text, l->written.ptr[i].text);
		if (is_same)
			continue;
		tree_write(in_site(l, files.ptr[k].path), files.ptr[k].text);
		/* Forwards and backwards, and never the same twice. */
		if (s->is_aged)
			fs_touch(str_from(in_site(l, files.ptr[k].path)),
				 INT64_C(1700000000000000000) +
					 (int64_t)(l->clock++ * UINT64_C(7919) % 100000007) * INT64_C(300000007));
	}
	arena_release(&l->written_arena);
	l->written_arena = arena;
	l->written = files;
}

static const char *some_output(struct laws *l, struct model_random *r)
{
	return l->disk.n ? in_site(l,
				   str_z(&l->arena, str_format(&l->arena, "public/%s",
							       l->disk.files[model_pick(r, (unsigned)l->disk.n)].path)))
			 : NULL;
}

static const char *const cache_folder = ".dossier";

/* That of the output folder; a swap that was killed may have left others. */
static const char *manifest_file(struct laws *l)
{
	return str_z(&l->arena, build_manifest_file(&l->arena, str_from(root(l)), str_from(in_site(l, "public"))));
}

/* With its changes; empty: none that is good. */
static struct str manifest_bytes(struct laws *l)
{
	struct str bytes = STR_NONE;
	struct buf whole = { 0 };
	struct overlay o;
	struct manifest m;

	if (overlay_open(&o, str_from(manifest_file(l)), MANIFEST_MARK) == OVERLAY_GOOD &&
	    manifest_open(&l->arena, &o, &m)) {
		manifest_write(&m, pack_gather, &whole);
		bytes = buf_copy(&whole, &l->arena);
		buf_release(&whole);
	}
	overlay_close(&o);
	return bytes;
}

static const char *supplement_file(struct laws *l)
{
	return str_z(&l->arena, overlay_supplement(&l->arena, str_from(manifest_file(l))));
}

/* From here on nobody knows what the last build published but the folder itself. */
static void forget_base(struct laws *l)
{
	l->is_forgotten = l->may_leave = true;
}

static struct str noise(struct laws *l, struct model_random *r, size_t n)
{
	char *bytes = arena_array(&l->arena, char, n + 1);

	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)model_pick(r, 256);
	return (struct str){ bytes, n };
}

static void damage_cache_file(struct laws *l, enum laws_damage damage, struct model_random *r)
{
	struct tree cache = { 0 };
	const char *path, *file;
	struct str bytes;
	char *copy;

	tree_read(&cache, in_site(l, cache_folder));
	if (cache.n) {
		path = cache.files[model_pick(r, (unsigned)cache.n)].path;
		file = in_site(l, str_z(&l->arena, str_format(&l->arena, "%s/%s", cache_folder, path)));
		bytes = tree_bytes(&l->arena, file);
		if (damage == LAWS_CACHE_PART_GONE) {
			unlink(file);
		} else if (damage == LAWS_CACHE_EMPTY) {
			tree_write(file, STR_NONE);
		} else if (damage == LAWS_CACHE_NOISE) {
			tree_write(file, noise(l, r, model_pick(r, 5000)));
		} else if (damage == LAWS_CACHE_CUT) {
			tree_write(file, str_cut(bytes, 0, model_pick(r, (unsigned)bytes.len)));
		} else if (bytes.len) {
			copy = str_z(&l->arena, bytes);
			copy[model_pick(r, (unsigned)bytes.len)] ^= (char)(1 << model_pick(r, 8));
			tree_write(file, (struct str){ copy, bytes.len });
		}
		if (strcmp(file, manifest_file(l)) == 0 || strcmp(file, supplement_file(l)) == 0)
			forget_base(l);
	}
	tree_release(&cache);
}

/* A manifest that is sound, and not of this program. */
static void foreign_manifest(struct laws *l)
{
	struct manifest m;
	struct buf bytes = { 0 };

	if (!manifest_read(&l->arena, manifest_bytes(l), &m))
		return;
	m.build.hi ^= 1;
	manifest_write(&m, pack_gather, &bytes);
	tree_write(manifest_file(l), buf_str(&bytes));
	buf_release(&bytes);
}

static void kill_a_build(struct laws *l, const struct laws_step *s, struct model_random *r)
{
	struct str before = manifest_bytes(l);
	pid_t pid = start(l, arguments(l, s, NULL, s->damage == LAWS_SWAP_KILLED ? "--swap" : NULL));

	usleep(model_pick(r, 30000));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (!str_eq(before, manifest_bytes(l))) {
		tree_read(&l->base, in_site(l, "public"));
		l->is_forgotten = false;
	}
	l->is_touched = true;
}

static void save(struct laws *l)
{
	/* Only what goes together. */
	if (l->is_forgotten || l->is_touched || l->may_leave)
		return;
	tree_clone(in_site(l, cache_folder), in_dir(l, "saved-cache"));
	tree_clone(in_site(l, "public"), in_dir(l, "saved-public"));
	tree_copy(&l->saved, &l->base);
	l->has_saved = true;
}

static void bring_back(struct laws *l, enum laws_damage damage)
{
	if (!l->has_saved)
		return;
	tree_clone(in_dir(l, "saved-cache"), in_site(l, cache_folder));
	tree_copy(&l->base, &l->saved);
	l->is_forgotten = false;
	l->is_touched = true;
	if (damage == LAWS_CACHE_OLD_ALONE)
		tree_remove(in_site(l, "public"));
	else if (damage == LAWS_BOTH_OLD)
		tree_clone(in_dir(l, "saved-public"), in_site(l, "public"));
	else
		l->may_leave = true;
}

static void damage_output(struct laws *l, enum laws_damage damage, struct model_random *r)
{
	const char *file = some_output(l, r);
	struct str bytes;

	if (!file)
		return;
	l->is_touched = true;
	bytes = tree_bytes(&l->arena, file);
	unlink(file);
	if (damage == LAWS_OUTPUT_ALTERED)
		tree_write(file, str_format(&l->arena, "%.*sX", STR_ARG(bytes)));
	else if (damage == LAWS_OUTPUT_LINKED && symlink("/etc/passwd", file))
		abort();
}

static void touch(struct laws *l, const struct laws_step *s, bool inputs, bool outputs)
{
	static const char *const folders[] = { "content", "data", "templates", "plugins", "assets" };
	int64_t at = INT64_C(1600000000000000000) + (int64_t)(l->clock++ % 1000000) * INT64_C(5000000000);

	if (!s->is_aged)
		at += INT64_C(150000000000000000);
	for (size_t i = 0; inputs && i < sizeof(folders) / sizeof(*folders); i++)
		tree_touch(in_site(l, folders[i]), at);
	if (inputs)
		fs_touch(str_from(in_site(l, "site.toml")), at);
	if (outputs)
		tree_touch(in_site(l, "public"), at);
}

static void do_damage(struct laws *l, const struct laws_step *s)
{
	struct model_random r = { s->chance };

	switch (s->damage) {
	case LAWS_OUTPUT_GONE:
	case LAWS_OUTPUT_ALTERED:
	case LAWS_OUTPUT_LINKED:
		damage_output(l, s->damage, &r);
		break;
	case LAWS_OUTPUTS_GONE:
		tree_remove(in_site(l, "public"));
		l->is_touched = true;
		break;
	case LAWS_OUTPUTS_TOUCHED:
	case LAWS_INPUTS_TOUCHED:
	case LAWS_CHECKOUT:
		touch(l, s, s->damage != LAWS_OUTPUTS_TOUCHED, s->damage != LAWS_INPUTS_TOUCHED);
		break;
	case LAWS_CACHE_GONE:
		tree_remove(in_site(l, cache_folder));
		forget_base(l);
		break;
	case LAWS_CACHE_CUT:
	case LAWS_CACHE_FLIPPED:
	case LAWS_CACHE_NOISE:
	case LAWS_CACHE_EMPTY:
	case LAWS_CACHE_PART_GONE:
		damage_cache_file(l, s->damage, &r);
		break;
	case LAWS_CACHE_OTHER:
		foreign_manifest(l);
		break;
	case LAWS_CACHE_OLD:
	case LAWS_CACHE_OLD_ALONE:
	case LAWS_BOTH_OLD:
		bring_back(l, s->damage);
		break;
	case LAWS_SAVE:
		save(l);
		break;
	case LAWS_KILLED:
	case LAWS_SWAP_KILLED:
		kill_a_build(l, s, &r);
		break;
	case LAWS_STRANGER:
		tree_write(in_site(l, "public/companies/stranger.txt"), STR("not ours\n"));
		l->has_stranger = true;
		break;
	default:
		break;
	}
}

static bool is_stranger(const char *path)
{
	return strcmp(path, "companies/stranger.txt") == 0;
}

/* Where two texts part, for people. */
static void show_parting(struct laws *l, struct str got, struct str want)
{
	size_t at = 0, from;

	while (at < got.len && at < want.len && got.ptr[at] == want.ptr[at])
		at++;
	from = at > 80 ? at - 80 : 0;
	buf_add_format(&l->why, "from byte %zu: got  …%.*s…\n", at, STR_ARG(str_cut(got, from, at + 80)));
	buf_add_format(&l->why, "from byte %zu: want …%.*s…\n", at, STR_ARG(str_cut(want, from, at + 80)));
}

/* Law one. What nobody remembers having published may be left over; it is taken away here, as people would. */
static bool equals_clean(struct laws *l, const struct tree *got, const struct tree *clean)
{
	for (size_t i = 0; i < clean->n; i++) {
		const struct tree_file *want = &clean->files[i], *f = tree_find(got, want->path);

		if (!f)
			return broken(l, want->path, "is missing: a clean build publishes it");
		if (f->is_plain && digest_eq(f->digest, want->digest))
			continue;
		broken(l, want->path, "is not what a clean build publishes");
		show_parting(l,
			     tree_bytes(&l->arena,
					in_site(l, str_z(&l->arena, str_format(&l->arena, "public/%s", f->path)))),
			     tree_bytes(&l->arena,
					in_dir(l, str_z(&l->arena, str_format(&l->arena, "clean/%s", f->path)))));
		return false;
	}
	for (size_t i = 0; i < got->n; i++) {
		const char *path = got->files[i].path;
		const struct tree_file *before = tree_find(&l->disk, path);

		if (tree_find(clean, path) || (l->has_stranger && is_stranger(path)))
			continue;
		if (!l->may_leave || !before || !digest_eq(before->digest, got->files[i].digest))
			return broken(l, path, "was published, and is not by a clean build");
		unlink(in_site(l, str_z(&l->arena, str_format(&l->arena, "public/%s", path))));
	}
	return true;
}

static bool untouched(struct laws *l, const struct tree *before, const struct tree *after, bool must_stay)
{
	for (size_t i = 0; i < before->n; i++) {
		const struct tree_file *b = &before->files[i], *f = tree_find(after, b->path);

		/* What a killed build has left may go at any time. */
		if (!f && must_stay && !str_ends(str_from(b->path), STR(FS_TEMP_SUFFIX)))
			return broken(l, b->path, "went, though the build published nothing");
		if (!f || (!must_stay && !digest_eq(b->digest, f->digest)))
			continue;
		if (b->inode != f->inode || b->mtime_ns != f->mtime_ns)
			return broken(l, b->path, "was written again, though it is the same");
	}
	if (!must_stay)
		return true;
	for (size_t i = 0; i < after->n; i++)
		if (!tree_find(before, after->files[i].path))
			return broken(l, after->files[i].path, "came, though the build published nothing");
	return true;
}

static void list_changed(struct laws *l, struct tree *out)
{
	struct str rest = tree_bytes(&l->arena, in_dir(l, "changed")), line;
	VEC(struct tree_file) files = { 0 };

	while (str_next(&rest, '\n', &line))
		if (line.len)
			vec_push(&l->arena, &files, ((struct tree_file){ .path = str_z(&l->arena, line) }));
	if (files.len)
		qsort(files.ptr, files.len, sizeof(*files.ptr), by_path);
	*out = (struct tree){ .files = files.ptr, .n = files.len };
}

/* Law two, from outside: the list of changes is what differs, and what differs was rendered. */
static bool lists_changes(struct laws *l, const struct said *said, const struct tree *clean)
{
	struct tree changed;

	list_changed(l, &changed);
	for (size_t i = 0; i < clean->n; i++) {
		const struct tree_file *f = &clean->files[i], *b = tree_find(&l->base, f->path);
		bool differs = !b || !b->is_plain || !digest_eq(b->digest, f->digest);

		l->differing += differs;
		if (differs && !tree_find(&said->rendered, f->path))
			return broken(l, f->path, "differs from the last build, and --explain does not name it");
		if (differs != (tree_find(&changed, f->path) != NULL))
			return broken(l, f->path,
				      differs ? "differs from the last build, and --changed-list does not name it"
					      : "is as it was, and --changed-list names it");
	}
	for (size_t i = 0; i < l->base.n; i++) {
		const char *path = l->base.files[i].path;

		if (tree_find(clean, path) || is_stranger(path) || l->may_leave)
			continue;
		if (!tree_find(&changed, path))
			return broken(l, path, "was removed, and --changed-list does not name it");
	}
	for (size_t i = 0; i < changed.n; i++)
		if (!tree_find(clean, changed.files[i].path) && !tree_find(&l->base, changed.files[i].path))
			return broken(l, changed.files[i].path, "is in the list of changes and never was an output");
	return true;
}

static bool same_words(struct laws *l, const struct said *said, const struct said *clean)
{
	if (said->status < 0 || said->status > 2) {
		buf_add_format(&l->why, "the build ended with %d: %.*s%.*s\n", said->status, STR_ARG(said->messages),
			       STR_ARG(said->err));
		return false;
	}
	if (said->status != clean->status) {
		buf_add_format(&l->why, "the build ended with %d, a clean one with %d\n%.*s%.*s", said->status,
			       clean->status, STR_ARG(said->messages), STR_ARG(clean->messages));
		return false;
	}
	/* What cannot be rendered is said of those outputs that need it. */
	if (said->status != 0 || str_eq(said->messages, clean->messages))
		return true;
	broken(l, "messages", "differ from those of a clean build");
	show_parting(l, said->messages, clean->messages);
	return false;
}

/* Nothing remembered: the folder of the cache is put aside. */
static void build_clean(struct laws *l, const struct laws_step *s, struct said *said, struct tree *out)
{
	bool has_cache;

	tree_remove(in_dir(l, "clean"));
	has_cache = rename(in_site(l, cache_folder), in_dir(l, "aside")) == 0;
	build(l, s, in_dir(l, "clean"), NULL, said);
	tree_remove(in_site(l, cache_folder));
	if (has_cache && rename(in_dir(l, "aside"), in_site(l, cache_folder)))
		abort();
	tree_read(out, in_dir(l, "clean"));
}

static bool renders_nothing_more(struct laws *l, const struct laws_step *s, const struct tree *after)
{
	struct said said;
	struct tree again = { 0 }, changed;
	bool ok;

	build(l, s, NULL, NULL, &said);
	tree_read(&again, in_site(l, "public"));
	list_changed(l, &changed);
	l->stopped += str_contains(said.err, STR("parse 0 "));
	ok = (said.rendered.n == 0 || broken(l, said.rendered.files[0].path, "is rendered by a second build")) &&
	     (changed.n == 0 || broken(l, changed.files[0].path, "is listed by a second build")) &&
	     untouched(l, after, &again, true);
	tree_release(&again);
	return ok;
}

static bool after_success(struct laws *l, const struct laws_step *s, const struct said *said, struct str manifest,
			  const struct tree *after, const struct tree *clean)
{
	bool is_plain = !l->is_touched && s->damage != LAWS_UNCACHED && s->damage != LAWS_CACHE_OTHER;

	l->rendered += said->rendered.n;
	if (!equals_clean(l, after, clean) || !lists_changes(l, said, clean))
		return false;
	if (!l->is_touched && !untouched(l, &l->disk, after, false))
		return false;
	if (is_plain && !laws_facts_hold(&l->arena, manifest, manifest_bytes(l), &said->rendered, &l->why))
		return false;
	tree_read(&l->disk, in_site(l, "public"));
	if (!renders_nothing_more(l, s, &l->disk))
		return false;
	tree_copy(&l->base, &l->disk);
	l->is_touched = l->may_leave = l->is_forgotten = false;
	return true;
}

bool laws_step(struct laws *l, const struct laws_step *s)
{
	struct tree clean = { 0 }, after = { 0 };
	struct said said, said_clean;
	struct str manifest;
	bool ok;

	arena_reset(&l->arena);
	buf_clear(&l->why);
	l->steps++;
	write_sources(l, s);
	do_damage(l, s);
	tree_read(&l->disk, in_site(l, "public"));
	if (l->is_forgotten)
		tree_copy(&l->base, &l->disk);
	manifest = manifest_bytes(l);
	unlink(in_dir(l, "changed"));
	build(l, s, NULL,
	      s->damage == LAWS_UNCACHED   ? "--no-cache"
	      : s->damage == LAWS_VERIFIED ? "--verify"
	      : s->damage == LAWS_SWAPPED  ? "--swap"
					   : NULL,
	      &said);
	tree_read(&after, in_site(l, "public"));
	rename(in_dir(l, "changed"), in_dir(l, "changed.keep"));
	build_clean(l, s, &said_clean, &clean);
	rename(in_dir(l, "changed.keep"), in_dir(l, "changed"));
	ok = same_words(l, &said, &said_clean);
	if (ok && said.status != 0) {
		l->failed++;
		ok = untouched(l, &l->disk, &after, true);
	} else if (ok) {
		ok = after_success(l, s, &said, manifest, &after, &clean);
	}
	tree_release(&clean);
	tree_release(&after);
	return ok;
}

void laws_begin(struct laws *l, const char *program)
{
	const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	*l = (struct laws){ .program = program };
	snprintf(l->dir, sizeof(l->dir), "%s/dossier-laws-XXXXXX", parent);
	if (!mkdtemp(l->dir) || mkdir(in_dir(l, "site"), 0777))
		abort();
	buf_init(&l->why, 0);
}

void laws_end(struct laws *l, bool keep)
{
	if (!keep)
		tree_remove(l->dir);
	tree_release(&l->base);
	tree_release(&l->disk);
	tree_release(&l->saved);
	arena_release(&l->arena);
	arena_release(&l->written_arena);
	buf_release(&l->why);
}

const char *laws_damage_name(enum laws_damage d)
{
	static const char *const names[LAWS_DAMAGES] = {
		"",
		"an output gone",
		"an output altered",
		"an output made a link",
		"all outputs gone",
		"all outputs touched",
		"all inputs touched",
		"all touched",
		"the cache gone",
		"a file of the cache cut",
		"a bit of the cache flipped",
		"noise in the cache",
		"a file of the cache empty",
		"a file of the cache gone",
		"a cache of another program",
		"an old cache",
		"an old cache and no outputs",
		"an old cache with its outputs",
		"saved",
		"a build killed",
		"a stranger's file",
		"--no-cache",
		"--verify",
		"--swap",
		"a swap killed",
	};

	return names[d];
}
