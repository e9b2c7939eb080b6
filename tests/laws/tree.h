#ifndef LAWS_TREE_H
#define LAWS_TREE_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/str.h"

/*
 * tree - what stands in a folder: names, bytes, times. And what the proofs do to folders. Names are NUL-terminated.
 */
struct tree_file {
	const char *path; /* below the folder */
	struct digest digest;
	uint64_t size, inode;
	int64_t mtime_ns;
	bool is_plain; /* no link, no folder */
};

struct tree {
	struct arena arena;
	struct tree_file *files; /* sorted by path */
	size_t n;
};

void tree_read(struct tree *t, const char *dir); /* a folder that is not there is empty */
void tree_copy(struct tree *t, const struct tree *from);
void tree_release(struct tree *t);
const struct tree_file *tree_find(const struct tree *t, const char *path); /* NULL */

struct str tree_bytes(struct arena *a, const char *file); /* empty where it cannot be read */
void tree_write(const char *file, struct str bytes);      /* makes its folder */
void tree_remove(const char *dir);
void tree_clone(const char *from, const char *to); /* with times; `to` goes first */
void tree_touch(const char *dir, int64_t mtime_ns); /* every file below */

#endif
