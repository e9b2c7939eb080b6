#include "app/watch.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/inotify.h>
#define HAS_INOTIFY 1
#define EVENTS (IN_CREATE | IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF)
#else
#define HAS_INOTIFY 0
#endif

#include "base/digest.h"
#include "base/fs.h"
#include "base/path.h"

/* Deeper folders are not looked at: a loop of mounts would have no end. */
#define DEPTH_MAX 64

struct watched {
	int id;
	struct str dir; /* on disk */
	bool is_root;
};

struct watch {
	struct arena arena;
	struct str root;
	struct str *names;
	size_t n_names;
	unsigned settle_ms, poll_ms;
	int fd; /* -1: polling */
	struct watched *dirs;
	size_t n_dirs, cap_dirs;
	bool is_pending;
	uint64_t last_event_ms, last_look_ms;
	struct digest seen;
};

static const struct pos no_pos = { 0, 0 };

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

bool watch_is_noise(struct str name)
{
	return name.len == 0 || name.ptr[0] == '.' || str_ends(name, STR("~")) || str_ends(name, STR(".swp")) ||
	       str_ends(name, STR(".swx")) || str_ends(name, STR(".tmp")) || str_eq(name, STR("4913")) ||
	       (name.ptr[0] == '#' && str_ends(name, STR("#")));
}

static bool is_watched_name(const struct watch *w, struct str name)
{
	for (size_t i = 0; i < w->n_names; i++)
		if (str_eq(w->names[i], name))
			return true;
	return false;
}

/* What the files looked like: one digest over every name, size and time, in order. */
static void look_at(struct digest_state *state, struct str file, unsigned depth)
{
	struct arena a = { 0 };
	struct fs_info info = fs_info(file);
	struct fs_entry *entries;
	struct diag_list ignored;
	size_t n;

	diag_init(&ignored, &a);
	digest_add(state, file);
	digest_add_u64(state, (uint64_t)info.type);
	if (info.type == FS_FILE) {
		digest_add_u64(state, info.size);
		digest_add_u64(state, (uint64_t)info.mtime_ns);
		digest_add_u64(state, info.inode);
	} else if (info.type == FS_DIR && depth < DEPTH_MAX && fs_list(&a, file, &entries, &n, &ignored)) {
		for (size_t i = 0; i < n; i++)
			if (!watch_is_noise(entries[i].name))
				look_at(state, path_join(&a, file, entries[i].name), depth + 1);
	}
	arena_release(&a);
}

static struct digest look(const struct watch *w)
{
	struct digest_state state;
	struct arena a = { 0 };

	digest_begin(&state);
	for (size_t i = 0; i < w->n_names; i++)
		look_at(&state, path_join(&a, w->root, w->names[i]), 0);
	arena_release(&a);
	return digest_end(&state);
}

static void start_polling(struct watch *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	w->seen = look(w);
	w->last_look_ms = now_ms();
}

#if HAS_INOTIFY
static bool add_dir(struct watch *w, struct str dir, bool is_root)
{
	int id = inotify_add_watch(w->fd, str_z(&w->arena, dir), EVENTS | IN_ONLYDIR);

	if (id < 0) /* gone again, or a file: no harm; anything else is */
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES;
	/* One folder seen twice has one id. */
	for (size_t i = 0; i < w->n_dirs; i++)
		if (w->dirs[i].id == id)
			return true;
	if (w->n_dirs == w->cap_dirs) {
		size_t cap = w->cap_dirs ? w->cap_dirs * 2 : 64;

		w->dirs = arena_sys_realloc(w->dirs, cap * sizeof(*w->dirs));
		w->cap_dirs = cap;
	}
	w->dirs[w->n_dirs++] = (struct watched){ id, str_copy(&w->arena, dir), is_root };
	return true;
}

static bool add_tree(struct watch *w, struct str dir, unsigned depth)
{
	struct arena a = { 0 };
	struct fs_entry *entries;
	struct diag_list ignored;
	size_t n;
	bool ok;

	diag_init(&ignored, &a);
	ok = add_dir(w, dir, false);
	if (ok && depth < DEPTH_MAX && fs_info(dir).type == FS_DIR && fs_list(&a, dir, &entries, &n, &ignored)) {
		for (size_t i = 0; ok && i < n; i++)
			if (entries[i].type == FS_DIR && !watch_is_noise(entries[i].name))
				ok = add_tree(w, path_join(&a, dir, entries[i].name), depth + 1);
	}
	arena_release(&a);
	return ok;
}

static bool add_all(struct watch *w)
{
	bool ok = add_dir(w, w->root, true);

	for (size_t i = 0; ok && i < w->n_names; i++) {
		struct str dir = path_join(&w->arena, w->root, w->names[i]);

		if (fs_info(dir).type == FS_DIR)
			ok = add_tree(w, dir, 0);
	}
	return ok;
}

static const struct watched *find_dir(const struct watch *w, int id)
{
	for (size_t i = 0; i < w->n_dirs; i++)
		if (w->dirs[i].id == id)
			return &w->dirs[i];
	return NULL;
}

/* False when a new folder could not be watched. */
static bool take_event(struct watch *w, const struct inotify_event *e)
{
	struct str name = e->len > 0 ? str_from(e->name) : STR_NONE;
	const struct watched *d = find_dir(w, e->wd);

	if (e->mask & IN_Q_OVERFLOW) {
		/* Folders may have been missed with their events. */
		w->is_pending = true;
		return add_all(w);
	}
	if (!d || (e->mask & IN_IGNORED))
		return true;
	if (d->is_root ? !is_watched_name(w, name) : name.len > 0 && watch_is_noise(name))
		return true;
	w->is_pending = true;
	if ((e->mask & IN_ISDIR) && (e->mask & (IN_CREATE | IN_MOVED_TO)))
		return add_tree(w, path_join(&w->arena, d->dir, name), 0);
	return true;
}

static void read_events(struct watch *w)
{
	_Alignas(struct inotify_event) char bytes[16384];
	bool ok = true;
	ssize_t n;

	while (ok && (n = read(w->fd, bytes, sizeof(bytes))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *e = (const struct inotify_event *)(const void *)(bytes + at);

			ok = take_event(w, e) && ok;
			at += (ssize_t)(sizeof(*e) + e->len);
		}
		w->last_event_ms = now_ms();
	}
	if (!ok)
		start_polling(w);
}

static void start_inotify(struct watch *w, struct diag_list *dl)
{
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd >= 0 && add_all(w))
		return;
	diag_add(dl, DIAG_WARNING, "serve/no-watch", STR_NONE, no_pos, "the system cannot tell when files change: %s",
		 strerror(errno));
	diag_hint(dl, "the files are looked at every %u ms instead", w->poll_ms);
	start_polling(w);
}
#else
static void read_events(struct watch *w)
{
	(void)w;
}

static void start_inotify(struct watch *w, struct diag_list *dl)
{
	(void)dl;
	start_polling(w);
}
#endif

struct watch *watch_new(const struct watch_options *opt, struct diag_list *dl)
{
	struct watch *w = arena_sys_alloc(sizeof(*w));

	memset(w, 0, sizeof(*w));
	w->fd = -1;
	w->root = str_copy(&w->arena, opt->root);
	w->names = arena_array(&w->arena, struct str, opt->n_names ? opt->n_names : 1);
	for (size_t i = 0; i < opt->n_names; i++)
		w->names[i] = str_copy(&w->arena, opt->names[i]);
	w->n_names = opt->n_names;
	w->settle_ms = opt->settle_ms ? opt->settle_ms : 40;
	w->poll_ms = opt->poll_ms ? opt->poll_ms : 500;
	if (opt->poll)
		start_polling(w);
	else
		start_inotify(w, dl);
	return w;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	if (w->fd >= 0)
		close(w->fd);
	free(w->dirs);
	arena_release(&w->arena);
	free(w);
}

bool watch_is_polling(const struct watch *w)
{
	return w->fd < 0;
}

bool watch_changed(struct watch *w)
{
	uint64_t now = now_ms();

	if (w->fd >= 0) {
		read_events(w);
	} else if (now - w->last_look_ms >= w->poll_ms) {
		struct digest seen = look(w);

		w->last_look_ms = now;
		if (!digest_eq(seen, w->seen)) {
			w->seen = seen;
			w->is_pending = true;
			w->last_event_ms = now;
		}
	}
	if (!w->is_pending || now_ms() - w->last_event_ms < w->settle_ms)
		return false;
	w->is_pending = false;
	return true;
}
