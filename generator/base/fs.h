#ifndef FS_H
#define FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"

/*
 * fs - the only door to the disk.
 *
 * Every failure is a diagnostic of code "fs/…" that names the file and the
 * system's reason. Files are written to a temporary name in the same folder
 * and renamed, so that a reader never sees half of one; nothing is flushed to
 * the device. `file` is a name on disk, and is the path of the diagnostics.
 * Only regular files are read: a pipe or device is refused, not waited for.
 */
#define FS_TEMP_SUFFIX ".dossier-tmp" /* ends the name of every temporary file or folder */

enum fs_type { FS_NONE, FS_FILE, FS_DIR, FS_LINK, FS_OTHER };

struct fs_info {
	enum fs_type type; /* FS_NONE: not there */
	uint64_t size;
	int64_t mtime_ns; /* since the epoch */
	int64_t ctime_ns; /* of the last change of any kind, which nobody can set */
	uint64_t inode, device;
};

struct fs_entry {
	struct str name; /* in its folder */
	enum fs_type type;
};

/* Whole file into the arena, NUL-terminated beyond its length. Refuses more than `max` bytes ("fs/too-large"). */
bool fs_read(struct arena *a, struct str file, size_t max, struct str *out, struct diag_list *dl);
/*
 * Read-only mapping; unmap with fs_unmap. An empty file gives an empty str.
 * Only for files of our own, which are replaced and never shortened: reading
 * beyond the end of a file cut short meanwhile kills the process.
 */
bool fs_map(struct str file, struct str *out, struct diag_list *dl);
/* And tells what was mapped; where that is asked for the file stays open as *fd, unless it is empty. */
bool fs_map_known(struct str file, struct str *out, struct fs_info *info, int *fd, struct diag_list *dl);
/*
 * As fs_map_known, but to be changed in memory, where at least `room` zeros follow; the file stays as it is. All of it, of
 * which *len tells, is to be unmapped.
 */
bool fs_map_room(struct str file, size_t room, char **out, size_t *len, struct fs_info *info, struct diag_list *dl);
void fs_unmap(struct str mapped);
/* `n` bytes of an open file from `at` on; false where they are not there. */
bool fs_read_part(int fd, uint64_t at, void *out, size_t n);
void fs_close(int fd);
void fs_forget(struct str mapped); /* what was read of it need not stay in memory: it comes back when it is looked at */
/* Bytes of mapped files that are in memory, the program's own among them; 0 where the system does not tell. */
size_t fs_held(void);

struct fs_info fs_info(struct str file);      /* follows links */
struct fs_info fs_link_info(struct str file); /* does not */
/* A folder to look at many files in, whose names are then relative to it: the system walks a shorter way. */
struct fs_dir {
	int fd;
};
bool fs_dir_open(struct fs_dir *d, struct str dir); /* false: not there; no file is in it then */
void fs_dir_close(struct fs_dir *d);
struct fs_info fs_dir_info(const struct fs_dir *d, struct str file);      /* follows links */
struct fs_info fs_dir_link_info(const struct fs_dir *d, struct str file); /* does not */
/* Entries without "." and "..", sorted by bytes. */
bool fs_list(struct arena *a, struct str dir, struct fs_entry **out, size_t *n, struct diag_list *dl);
bool fs_real_path(struct arena *a, struct str file, struct str *out); /* links resolved; false when not there */

bool fs_make_dirs(struct str dir, struct diag_list *dl);

enum fs_written { FS_WRITE_FAILED, FS_WRITE_SAME, FS_WRITE_NEW };
/*
 * Atomic. Bytes equal to what is there are not written again (FS_WRITE_SAME;
 * mtime stays). Makes the folder. A link is replaced, never written through.
 */
enum fs_written fs_write(struct str file, struct str bytes, struct diag_list *dl);
/*
 * The first half of fs_write: on FS_WRITE_NEW the bytes stand in *temp (its name in `a`), beside `file`;
 * fs_rename(temp, file) publishes them, fs_remove(temp) gives them up. *mtime_ns is what the file has, or will have.
 */
enum fs_written fs_stage(struct arena *a, struct str file, struct str bytes, struct str *temp, int64_t *mtime_ns,
			 struct diag_list *dl);
/* A file where there is none, in a folder that nobody looks at yet. Makes the folder. */
bool fs_create(struct str file, struct str bytes, int64_t *mtime_ns, struct diag_list *dl);
/*
 * A long file in pieces, which go to a temporary file beside it; that is made with the first of them. fs_pieces_end puts
 * it in place: false where nothing was put, or something went wrong at any time, which it has reported; then `file` is as
 * it was. Each begin has its end.
 */
struct fs_pieces {
	struct str file, temp;
	struct diag_list *dl;
	struct arena arena;
	int fd, error;
	bool is_begun;
};
void fs_pieces_begin(struct fs_pieces *p, struct str file, struct diag_list *dl);
void fs_pieces_put(void *pieces, struct str bytes); /* a struct fs_pieces */
bool fs_pieces_end(struct fs_pieces *p);
/* Whether a file is there with just these bytes; *mtime_ns is its time then. */
bool fs_holds(struct str file, struct str bytes, int64_t *mtime_ns);
/* Adds to the end of a file, which is made with its folder where it is not there; *at is where the bytes begin. */
bool fs_append(struct str file, struct str bytes, uint64_t *at, struct diag_list *dl);
bool fs_remove(struct str file, struct diag_list *dl);           /* a file or link; absent is success */
/* dir and its parents while empty and below stop_at (both normalized); false when the system refused for another reason. */
bool fs_remove_empty_dirs(struct str dir, struct str stop_at);
bool fs_remove_tree(struct str dir, struct diag_list *dl);       /* never follows links; absent is success */
bool fs_rename(struct str from, struct str to, struct diag_list *dl);
/*
 * Every file of the folder `from` in `to`, with its time: as a second name of the same file where the system can, else as
 * a copy. Only for trees whose files are replaced and never written to. Links stay links; sockets and the like are left out.
 */
bool fs_mirror_tree(struct str from, struct str to, struct diag_list *dl);
bool fs_exchange(struct str a, struct str b, struct diag_list *dl); /* atomically where the system can, else by renames */
/*
 * Makes a file that is held until fs_let_go, which removes it, or the end of the process, which does not: `was_there` tells
 * that one was killed. Negative: another process holds it, or it cannot be made.
 */
int fs_hold(struct str file, bool *was_there);
void fs_let_go(int held, struct str file);
bool fs_touch(struct str file, int64_t mtime_ns);

#endif
