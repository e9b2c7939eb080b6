#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/vec.h"

#define TEMP_TRIES 100

struct name { /* a NUL-terminated copy for the system */
	char z[PATH_MAX];
};

/* False, with errno, for what no file can be called. */
static bool name_of(struct name *n, struct str file)
{
	errno = !file.len ? ENOENT : file.len >= sizeof(n->z) ? ENAMETOOLONG : EINVAL;
	if (!file.len || file.len >= sizeof(n->z) || memchr(file.ptr, '\0', file.len))
		return false;
	memcpy(n->z, file.ptr, file.len);
	n->z[file.len] = '\0';
	return true;
}

static const char *hint_for(int error)
{
	switch (error) {
	case ENOENT:
		return "check the spelling; upper and lower case differ";
	case EACCES:
	case EPERM:
		return "check the permissions of the file and its folder";
	case ENOSPC:
	case EDQUOT:
		return "free some space; what was there before is unharmed";
	case EFBIG:
		return "a limit on file sizes is in force (ulimit -f)";
	case EMFILE:
	case ENFILE:
		return "too many files are open; raise the limit (ulimit -n)";
	case EROFS:
		return "choose another place: this one is mounted read-only";
	case EISDIR:
	case EEXIST:
	case ENOTEMPTY:
		return "a folder of that name is in the way; remove or rename it";
	case ENOTDIR:
		return "a file stands where a folder is needed; remove or rename it";
	case ENAMETOOLONG:
		return "shorten the name; most systems allow 255 bytes";
	case ELOOP:
		return "symbolic links lead in a circle";
	case EINVAL:
		return "the name or kind of file does not allow this";
	case EXDEV:
		return "both names must be on the same file system";
	default:
		return NULL;
	}
}

static bool fail(struct diag_list *dl, const char *code, struct str file, const char *what, int error)
{
	const char *hint = hint_for(error);

	diag_add(dl, DIAG_ERROR, code, file, (struct pos){ 0, 0 }, "%s '%.*s': %s", what, STR_ARG(file),
		 strerror(error));
	if (hint)
		diag_hint(dl, "%s", hint);
	return false;
}

static bool cannot_read(struct diag_list *dl, struct str file, const char *what)
{
	return fail(dl, "fs/unreadable", file, what, errno);
}

static bool cannot_write(struct diag_list *dl, struct str file, const char *what)
{
	return fail(dl, "fs/unwritable", file, what, errno);
}

static int64_t mtime_of(const struct stat *st)
{
#ifdef __APPLE__
	return (int64_t)st->st_mtimespec.tv_sec * 1000000000 + st->st_mtimespec.tv_nsec;
#else
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
#endif
}

static enum fs_type type_of(mode_t mode)
{
	return S_ISREG(mode) ? FS_FILE : S_ISDIR(mode) ? FS_DIR : S_ISLNK(mode) ? FS_LINK : FS_OTHER;
}

static struct fs_info told(const struct stat *st)
{
	return (struct fs_info){
		.type = type_of(st->st_mode),
		.size = (uint64_t)st->st_size,
		.mtime_ns = mtime_of(st),
		.ctime_ns = (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec,
		.inode = (uint64_t)st->st_ino,
		.device = (uint64_t)st->st_dev,
	};
}

static struct fs_info info_of(int dir, struct str file, int flags)
{
	struct name n;
	struct stat st;

	if (!name_of(&n, file) || fstatat(dir, n.z, &st, flags))
		return (struct fs_info){ 0 };
	return told(&st);
}

struct fs_info fs_info(struct str file)
{
	return info_of(AT_FDCWD, file, 0);
}

struct fs_info fs_link_info(struct str file)
{
	return info_of(AT_FDCWD, file, AT_SYMLINK_NOFOLLOW);
}

bool fs_dir_open(struct fs_dir *d, struct str dir)
{
	struct name n;

	d->fd = name_of(&n, dir) ? open(n.z, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	return d->fd >= 0;
}

void fs_dir_close(struct fs_dir *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

struct fs_info fs_dir_info(const struct fs_dir *d, struct str file)
{
	return d->fd < 0 ? (struct fs_info){ 0 } : info_of(d->fd, file, 0);
}

struct fs_info fs_dir_link_info(const struct fs_dir *d, struct str file)
{
	return d->fd < 0 ? (struct fs_info){ 0 } : info_of(d->fd, file, AT_SYMLINK_NOFOLLOW);
}

/* A descriptor of a regular file, or -1 with errno. Opening does not block, or a named pipe would hang the build. */
static int open_regular(struct str file, int flags, struct stat *st)
{
	struct name n;
	int fd, error;

	if (!name_of(&n, file))
		return -1;
	fd = open(n.z, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);
	if (fd < 0)
		return -1;
	error = fstat(fd, st) ? errno : S_ISREG(st->st_mode) ? 0 : S_ISDIR(st->st_mode) ? EISDIR : EINVAL;
	if (!error)
		return fd;
	close(fd);
	errno = error;
	return -1;
}

static ssize_t read_some(int fd, char *p, size_t n)
{
	ssize_t got;

	do
		got = read(fd, p, n);
	while (got < 0 && errno == EINTR);
	return got;
}

static bool too_large(struct str file, size_t max, struct diag_list *dl)
{
	diag_add(dl, DIAG_ERROR, "fs/too-large", file, (struct pos){ 0, 0 }, "'%.*s' is larger than %zu bytes",
		 STR_ARG(file), max);
	return false;
}

bool fs_read(struct arena *a, struct str file, size_t max, struct str *out, struct diag_list *dl)
{
	struct stat st;
	size_t len = 0, room;
	char *p;
	bool ok = false;
	int fd = open_regular(file, 0, &st);

	*out = STR_NONE;
	if (fd < 0)
		return cannot_read(dl, file, "cannot read");
	if ((uint64_t)st.st_size > max) {
		too_large(file, max, dl);
		goto out;
	}
	room = (size_t)st.st_size + 1;
	p = arena_alloc(a, room, 1, 1);
	for (;;) {
		/* One byte more than there should be: a short answer at the known size is the end. */
		ssize_t got = read_some(fd, p + len, room - len);

		if (got < 0) {
			cannot_read(dl, file, "cannot read");
			goto out;
		}
		len += (size_t)got;
		if (got == 0 || (len == (size_t)st.st_size && len > 0))
			break;
		if (len > max) {
			too_large(file, max, dl);
			goto out;
		}
		if (len == room) {
			p = arena_grow(a, p, room, room * 2, 1, 1);
			room *= 2;
		}
	}
	p[len] = '\0';
	*out = (struct str){ p, len };
	ok = true;
out:
	close(fd);
	return ok;
}

bool fs_map_known(struct str file, struct str *out, struct fs_info *info, int *keep, struct diag_list *dl)
{
	struct stat st;
	void *p = MAP_FAILED;
	int fd = open_regular(file, 0, &st);
	bool ok = false;

	*out = STR_NONE;
	*info = (struct fs_info){ 0 };
	if (fd < 0)
		return cannot_read(dl, file, "cannot read");
	*info = told(&st);
	if (!st.st_size) {
		ok = true;
		goto out;
	}
	if ((uint64_t)st.st_size <= SIZE_MAX)
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED) {
		cannot_read(dl, file, "cannot map");
		goto out;
	}
	*out = (struct str){ p, (size_t)st.st_size };
	ok = true;
out:
	if (out->len && keep)
		*keep = fd;
	else
		close(fd);
	return ok;
}

bool fs_read_part(int fd, uint64_t at, void *out, size_t n)
{
	ssize_t got = 0;

	for (size_t done = 0; done < n; done += (size_t)got) {
		do
			got = pread(fd, (char *)out + done, n - done, (off_t)(at + done));
		while (got < 0 && errno == EINTR);
		if (got <= 0)
			return false;
	}
	return true;
}

void fs_close(int fd)
{
	close(fd);
}

bool fs_map(struct str file, struct str *out, struct diag_list *dl)
{
	struct fs_info ignored;

	return fs_map_known(file, out, &ignored, NULL, dl);
}

bool fs_map_room(struct str file, size_t room, char **out, size_t *len, struct fs_info *info, struct diag_list *dl)
{
	struct stat st;
	void *p = MAP_FAILED;
	int fd = open_regular(file, 0, &st);
	size_t size, all = 0;

	*out = NULL;
	*len = 0;
	*info = (struct fs_info){ 0 };
	if (fd < 0)
		return cannot_read(dl, file, "cannot read");
	*info = told(&st);
	size = (size_t)st.st_size;
	if ((uint64_t)st.st_size <= SIZE_MAX / 4 && room <= SIZE_MAX / 4) {
		all = size + room + 1;
		p = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	}
	if (p != MAP_FAILED && size &&
	    mmap(p, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, fd, 0) == MAP_FAILED) {
		munmap(p, all);
		p = MAP_FAILED;
	}
	close(fd);
	if (p == MAP_FAILED)
		return cannot_read(dl, file, "cannot map");
	*out = p;
	*len = all;
	return true;
}

/* The address as the system takes it. */
static void *address(struct str mapped)
{
	union {
		const char *in;
		void *out;
	} p = { mapped.ptr };

	return p.out;
}

void fs_unmap(struct str mapped)
{
	if (mapped.len)
		munmap(address(mapped), mapped.len);
}

void fs_forget(struct str mapped)
{
	if (mapped.len)
		madvise(address(mapped), mapped.len, MADV_DONTNEED);
}

size_t fs_held(void)
{
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	unsigned long long pages = 0;
	char text[128], *at = text;
	ssize_t n = -1;

	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	/* All of it, what is in memory, and what of that is of files. */
	for (int i = 0; i < 3; i++)
		pages = strtoull(at, &at, 10);
	return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

static enum fs_type entry_type(DIR *dir, const struct dirent *e)
{
	struct stat st;

	switch (e->d_type) {
	case DT_REG:
		return FS_FILE;
	case DT_DIR:
		return FS_DIR;
	case DT_LNK:
		return FS_LINK;
	case DT_UNKNOWN: /* some file systems do not say */
		if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW))
			return FS_NONE;
		return type_of(st.st_mode);
	default:
		return FS_OTHER;
	}
}

static int cmp_entry(const void *pa, const void *pb)
{
	const struct fs_entry *a = pa, *b = pb;

	return str_cmp(a->name, b->name);
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

bool fs_list(struct arena *a, struct str dir, struct fs_entry **out, size_t *n, struct diag_list *dl)
{
	VEC(struct fs_entry) entries = { 0 };
	struct name z;
	DIR *d = name_of(&z, dir) ? opendir(z.z) : NULL;
	int error;

	*out = NULL;
	*n = 0;
	if (!d)
		return cannot_read(dl, dir, "cannot list");
	for (;;) {
		const struct dirent *e;
		struct fs_entry entry;

		errno = 0;
		e = readdir(d);
		if (!e)
			break;
		if (is_dots(e->d_name))
			continue;
		entry.type = entry_type(d, e);
		if (entry.type == FS_NONE)
			continue;
		entry.name = str_copy(a, str_from(e->d_name));
		vec_push(a, &entries, entry);
	}
	error = errno;
	closedir(d);
	if (error)
		return fail(dl, "fs/unreadable", dir, "cannot list", error);
	if (entries.len)
		qsort(entries.ptr, entries.len, sizeof(*entries.ptr), cmp_entry);
	*out = entries.ptr;
	*n = entries.len;
	return true;
}

bool fs_real_path(struct arena *a, struct str file, struct str *out)
{
	struct name n;
	char *real = name_of(&n, file) ? realpath(n.z, NULL) : NULL;

	*out = real ? str_copy(a, str_from(real)) : STR_NONE;
	free(real);
	return out->len > 0;
}

static bool is_dir(const char *z)
{
	struct stat st;

	return !stat(z, &st) && S_ISDIR(st.st_mode);
}

/* mkdir that is content with what is there; errno says why not. */
static bool make_dir(const char *z)
{
	if (!mkdir(z, 0777))
		return true;
	if (errno != EEXIST)
		return false;
	if (is_dir(z))
		return true;
	errno = ENOTDIR;
	return false;
}

bool fs_make_dirs(struct str dir, struct diag_list *dl)
{
	struct name n;

	if (!dir.len)
		return true;
	if (!name_of(&n, dir))
		return cannot_write(dl, dir, "cannot make the folder");
	if (make_dir(n.z))
		return true;
	for (size_t i = 1; errno == ENOENT && i < dir.len; i++) {
		if (n.z[i] != '/')
			continue;
		n.z[i] = '\0';
		if (!make_dir(n.z))
			return cannot_write(dl, str_cut(dir, 0, i), "cannot make the folder");
		n.z[i] = '/';
		errno = ENOENT;
	}
	if (errno == ENOENT && make_dir(n.z))
		return true;
	return cannot_write(dl, dir, "cannot make the folder");
}

bool fs_holds(struct str file, struct str bytes, int64_t *mtime_ns)
{
	char chunk[32 << 10];
	struct stat st;
	size_t at = 0;
	int fd = open_regular(file, O_NOFOLLOW, &st);
	bool yes;

	if (fd < 0)
		return false;
	yes = (uint64_t)st.st_size == bytes.len;
	while (yes && at < bytes.len) {
		ssize_t got = read_some(fd, chunk, bytes.len - at < sizeof(chunk) ? bytes.len - at : sizeof(chunk));

		yes = got > 0 && memcmp(chunk, bytes.ptr + at, (size_t)got) == 0;
		at += yes ? (size_t)got : 0;
	}
	close(fd);
	if (yes)
		*mtime_ns = mtime_of(&st);
	return yes;
}

/*
 * A name in the folder of `file` that is no other process's and, with the hash
 * of the file's own name and `attempt`, of no other thread. Short, so that a
 * file whose name just fits still has one.
 */
static bool temp_name(struct name *n, struct str file, unsigned attempt)
{
	struct str dir = path_dir(file);
	int len = snprintf(n->z, sizeof(n->z), "%.*s%s.%08x-%ld-%u" FS_TEMP_SUFFIX, STR_ARG(dir),
			   dir.len && dir.ptr[dir.len - 1] != '/' ? "/" : "",
			   (unsigned)(str_hash(path_base(file)) & 0xffffffff), (long)getpid(), attempt);

	errno = ENAMETOOLONG;
	return len > 0 && (size_t)len < sizeof(n->z);
}

static int create(const char *z)
{
	int fd;

	do
		fd = open(z, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	while (fd < 0 && errno == EINTR);
	return fd;
}

/* A new temporary file beside `file`, whose folder is made when it is missing. */
static int open_temp(struct name *temp, struct str file, struct diag_list *dl)
{
	bool has_made_dir = false;

	for (unsigned attempt = 0; attempt < TEMP_TRIES; attempt++) {
		int fd;

		if (!temp_name(temp, file, attempt))
			break;
		fd = create(temp->z);
		if (fd >= 0)
			return fd;
		if (errno == ENOENT && !has_made_dir) {
			if (!fs_make_dirs(path_dir(file), dl))
				return -1;
			has_made_dir = true;
		} else if (errno != EEXIST) {
			break;
		}
	}
	cannot_write(dl, file, "cannot write");
	return -1;
}

static bool write_all(int fd, struct str bytes)
{
	while (bytes.len) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes = str_skip(bytes, (size_t)n);
	}
	return true;
}

/* Ends what was begun; with an error, which may come from before, nothing is left of it. */
static bool finish(int fd, int error, const char *name, struct str file, int64_t *mtime_ns, struct diag_list *dl)
{
	struct stat st;

	if (!error && fstat(fd, &st))
		error = errno;
	if (!error)
		*mtime_ns = mtime_of(&st);
	/* Some file systems report a full disk only now. */
	if (close(fd) && !error)
		error = errno;
	if (!error)
		return true;
	unlink(name);
	return fail(dl, "fs/unwritable", file, "cannot write", error);
}

static bool fill(int fd, struct str bytes, const char *name, struct str file, int64_t *mtime_ns, struct diag_list *dl)
{
	return finish(fd, write_all(fd, bytes) ? 0 : errno, name, file, mtime_ns, dl);
}

/* A file where there is none; its folder is made when it is missing. */
static int open_new(struct name *n, struct str file, struct diag_list *dl)
{
	int fd = name_of(n, file) ? create(n->z) : -1;

	if (fd < 0 && errno == ENOENT) {
		if (!fs_make_dirs(path_dir(file), dl))
			return -1;
		fd = create(n->z);
	}
	if (fd < 0)
		cannot_write(dl, file, "cannot write");
	return fd;
}

bool fs_create(struct str file, struct str bytes, int64_t *mtime_ns, struct diag_list *dl)
{
	struct name n;
	int fd = open_new(&n, file, dl);

	return fd >= 0 && fill(fd, bytes, n.z, file, mtime_ns, dl);
}

enum fs_written fs_stage(struct arena *a, struct str file, struct str bytes, struct str *temp_file, int64_t *mtime_ns,
			 struct diag_list *dl)
{
	struct name temp, name;
	int fd;

	*mtime_ns = 0;
	*temp_file = STR_NONE;
	if (!name_of(&name, file)) {
		cannot_write(dl, file, "cannot write");
		return FS_WRITE_FAILED;
	}
	if (fs_holds(file, bytes, mtime_ns))
		return FS_WRITE_SAME;
	fd = open_temp(&temp, file, dl);
	if (fd < 0 || !fill(fd, bytes, temp.z, file, mtime_ns, dl))
		return FS_WRITE_FAILED;
	*temp_file = str_copy(a, str_from(temp.z));
	return FS_WRITE_NEW;
}

void fs_pieces_begin(struct fs_pieces *p, struct str file, struct diag_list *dl)
{
	*p = (struct fs_pieces){ .file = file, .dl = dl, .fd = -1 };
}

void fs_pieces_put(void *pieces, struct str bytes)
{
	struct fs_pieces *p = pieces;
	struct name n;

	if (!p->is_begun) {
		p->is_begun = true;
		p->fd = open_temp(&n, p->file, p->dl);
		if (p->fd >= 0)
			p->temp = str_copy(&p->arena, str_from(n.z));
	}
	if (p->fd >= 0 && !p->error && !write_all(p->fd, bytes))
		p->error = errno;
}

bool fs_pieces_end(struct fs_pieces *p)
{
	int64_t mtime;
	bool ok = p->fd >= 0 && finish(p->fd, p->error, p->temp.ptr, p->file, &mtime, p->dl);

	if (ok && !fs_rename(p->temp, p->file, p->dl)) {
		fs_remove(p->temp, p->dl);
		ok = false;
	}
	arena_release(&p->arena);
	return ok;
}

enum fs_written fs_write(struct str file, struct str bytes, struct diag_list *dl)
{
	struct arena scratch = { 0 };
	struct str temp;
	int64_t mtime;
	enum fs_written result = fs_stage(&scratch, file, bytes, &temp, &mtime, dl);

	if (result == FS_WRITE_NEW && !fs_rename(temp, file, dl)) {
		fs_remove(temp, dl);
		result = FS_WRITE_FAILED;
	}
	arena_release(&scratch);
	return result;
}

bool fs_append(struct str file, struct str bytes, uint64_t *at, struct diag_list *dl)
{
	struct name n;
	struct stat st;
	int fd = -1, error = 0;
	off_t end = -1;

	if (!name_of(&n, file))
		return cannot_write(dl, file, "cannot write");
	for (int attempt = 0; fd < 0 && attempt < 2; attempt++) {
		fd = open(n.z, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
		if (fd < 0 && (errno != ENOENT || !fs_make_dirs(path_dir(file), dl)))
			break;
	}
	if (fd < 0)
		return cannot_write(dl, file, "cannot write");
	/* Where the bytes went, whoever else may add to the file. */
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || !write_all(fd, bytes) || (end = lseek(fd, 0, SEEK_CUR)) < 0)
		error = errno ? errno : EINVAL;
	if (close(fd) && !error)
		error = errno;
	if (error)
		return fail(dl, "fs/unwritable", file, "cannot write", error);
	*at = (uint64_t)end - bytes.len;
	return true;
}

bool fs_remove(struct str file, struct diag_list *dl)
{
	struct name n;

	if (name_of(&n, file) && (!unlink(n.z) || errno == ENOENT || errno == ENOTDIR))
		return true;
	return cannot_write(dl, file, "cannot remove");
}

bool fs_remove_empty_dirs(struct str dir, struct str stop_at)
{
	struct name n;

	while (dir.len > stop_at.len && path_is_within(dir, stop_at)) {
		if (!name_of(&n, dir))
			return false;
		if (rmdir(n.z) && errno != ENOENT)
			return errno == ENOTEMPTY || errno == EEXIST;
		dir = path_dir(dir);
	}
	return true;
}

struct tree { /* a folder being removed */
	struct str top;
	struct diag_list *dl;
	bool ok;
};

static void tree_failed(struct tree *t, const char *what)
{
	if (t->ok)
		cannot_write(t->dl, t->top, what);
	t->ok = false;
}

/*
 * Works on descriptors, so that nobody can put a link in place of a folder
 * meanwhile. Depth is bounded by the descriptors a process may have.
 */
static void remove_at(struct tree *t, int parent, const char *name)
{
	const struct dirent *e;
	DIR *dir = NULL;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0) {
		/* A file or a link; Linux and BSD differ in what they call the error. */
		if ((errno != ENOTDIR && errno != ELOOP && errno != EMLINK && errno != ENOENT) ||
		    (unlinkat(parent, name, 0) && errno != ENOENT))
			tree_failed(t, "cannot remove all of");
		return;
	}
	dir = fdopendir(fd);
	if (!dir) {
		tree_failed(t, "cannot remove all of");
		close(fd);
		return;
	}
	while ((e = readdir(dir)) && t->ok)
		if (!is_dots(e->d_name))
			remove_at(t, fd, e->d_name);
	closedir(dir);
	if (t->ok && unlinkat(parent, name, AT_REMOVEDIR) && errno != ENOENT)
		tree_failed(t, "cannot remove all of");
}

bool fs_remove_tree(struct str dir, struct diag_list *dl)
{
	struct tree t = { .top = dir, .dl = dl, .ok = true };
	struct name n;

	while (dir.len > 1 && dir.ptr[dir.len - 1] == '/')
		dir.len--;
	if (str_eq(dir, STR("/")) || str_eq(path_base(dir), STR(".")) || str_eq(path_base(dir), STR("..")))
		return fail(dl, "fs/unwritable", dir, "cannot remove", EBUSY);
	if (!name_of(&n, dir))
		return cannot_write(dl, dir, "cannot remove");
	remove_at(&t, AT_FDCWD, n.z);
	return t.ok;
}

static bool rename_failed(struct str from, struct str to, int error, struct diag_list *dl)
{
	fail(dl, "fs/unwritable", from, "cannot rename", error);
	diag_relate(dl, to, (struct pos){ 0, 0 }, "it was to become this");
	return false;
}

bool fs_rename(struct str from, struct str to, struct diag_list *dl)
{
	struct name a, b;

	if (name_of(&a, from) && name_of(&b, to) && !rename(a.z, b.z))
		return true;
	return rename_failed(from, to, errno, dl);
}

/* Zero, or errno. */
static int exchange_by_renames(const char *a, const char *b, struct str file)
{
	struct name temp;
	int error;

	if (!temp_name(&temp, file, 0) || rename(a, temp.z))
		return errno;
	if (rename(b, a)) {
		error = errno;
		/* Puts the first back; if even that fails nothing better can be done. */
		(void)!rename(temp.z, a);
		return error;
	}
	if (rename(temp.z, b)) {
		error = errno;
		if (!rename(a, b))
			(void)!rename(temp.z, a);
		return error;
	}
	return 0;
}

bool fs_exchange(struct str a, struct str b, struct diag_list *dl)
{
	struct name na, nb;
	int error = 0;

	if (!name_of(&na, a) || !name_of(&nb, b))
		return rename_failed(a, b, errno, dl);
#ifdef RENAME_EXCHANGE
	if (!renameat2(AT_FDCWD, na.z, AT_FDCWD, nb.z, RENAME_EXCHANGE))
		return true;
	error = errno;
	if (error != EINVAL && error != ENOSYS)
		return rename_failed(a, b, error, dl);
#endif
	error = exchange_by_renames(na.z, nb.z, a);
	return !error || rename_failed(a, b, error, dl);
}

bool fs_touch(struct str file, int64_t mtime_ns)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { 0 } };
	struct name n;
	int64_t nanos = mtime_ns % 1000000000;

	times[1].tv_sec = (time_t)(mtime_ns / 1000000000);
	if (nanos < 0) {
		nanos += 1000000000;
		times[1].tv_sec--;
	}
	times[1].tv_nsec = (long)nanos;
	return name_of(&n, file) && !utimensat(AT_FDCWD, n.z, times, 0);
}
