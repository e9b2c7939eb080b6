#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"

#define LINK_MAX_BYTES 4096

struct mirror {
	struct arena *arena;
	struct diag_list *dl;
	bool cannot_link; /* nor will the next one: another device, or a file system without links */
};

static bool fail(struct mirror *m, struct str file, const char *what)
{
	int error = errno;

	diag_add(m->dl, DIAG_ERROR, "fs/unwritable", file, (struct pos){ 0, 0 }, "cannot %s: %s", what,
		 strerror(error));
	return false;
}

static bool copy_file(struct mirror *m, struct str from, struct str to)
{
	struct fs_info info = fs_link_info(from);
	struct str bytes;
	bool ok;

	if (!fs_map(from, &bytes, m->dl))
		return false;
	ok = fs_write(to, bytes, m->dl) != FS_WRITE_FAILED;
	fs_unmap(bytes);
	return ok && (fs_touch(to, info.mtime_ns) || fail(m, to, "set its time"));
}

/* Of a link itself, too, and not of what it leads to. */
static bool second_name(struct mirror *m, struct str from, struct str to)
{
	if (!m->cannot_link && !linkat(AT_FDCWD, str_z(m->arena, from), AT_FDCWD, str_z(m->arena, to), 0))
		return true;
	m->cannot_link = m->cannot_link || errno == EXDEV || errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS;
	return false;
}

static bool mirror_file(struct mirror *m, struct str from, struct str to)
{
	return second_name(m, from, to) || copy_file(m, from, to);
}

static bool mirror_link(struct mirror *m, struct str from, struct str to)
{
	char target[LINK_MAX_BYTES];
	ssize_t n;

	if (second_name(m, from, to))
		return true;
	n = readlink(str_z(m->arena, from), target, sizeof(target) - 1);
	if (n < 0 || n == (ssize_t)sizeof(target) - 1)
		return fail(m, from, "read the link");
	target[n] = '\0';
	return !symlink(target, str_z(m->arena, to)) || fail(m, to, "make the link");
}

static bool mirror_dir(struct mirror *m, struct str from, struct str to)
{
	struct fs_entry *entries;
	struct stat st;
	size_t n;
	bool ok;

	if (!fs_list(m->arena, from, &entries, &n, m->dl) || !fs_make_dirs(to, m->dl))
		return false;
	ok = (!stat(str_z(m->arena, from), &st) && !chmod(str_z(m->arena, to), st.st_mode & 07777)) ||
	     fail(m, to, "set the permissions");
	for (size_t i = 0; i < n && ok; i++) {
		struct str old = path_join(m->arena, from, entries[i].name);
		struct str new = path_join(m->arena, to, entries[i].name);

		if (entries[i].type == FS_DIR)
			ok = mirror_dir(m, old, new);
		else if (entries[i].type == FS_LINK)
			ok = mirror_link(m, old, new);
		else if (entries[i].type == FS_FILE)
			ok = mirror_file(m, old, new);
	}
	return ok;
}

bool fs_mirror_tree(struct str from, struct str to, struct diag_list *dl)
{
	struct arena scratch = { 0 };
	struct mirror m = { &scratch, dl, false };
	bool ok = mirror_dir(&m, from, to);

	arena_release(&scratch);
	return ok;
}
