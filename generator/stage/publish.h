#ifndef PUBLISH_H
#define PUBLISH_H

#include "base/diag.h"
#include "base/fs.h"
#include "base/digest.h"

/*
 * publish - from rendered bytes to the published tree. Bytes are staged beside
 * their place while outputs are rendered, or, where there is no tree yet, in a
 * new one beside it; only when all is well are they renamed, the leavings
 * removed and the manifest written, in this order: a crash costs work and
 * never truth.
 */
struct publish {
	struct str output; /* the folder */
	struct str tree;   /* what becomes it, when it was not there; else empty */
	struct str mark;   /* stands while bytes are staged; empty: none does */
	int held;
};

struct publish_item {
	struct str path;       /* in the output folder */
	struct str temp;       /* staged bytes, beside the file; empty: unchanged, or in the new tree */
	enum fs_written state;
	struct digest digest;
	uint64_t size;
	int64_t mtime_ns;
};

/* `output` lives as long as `out`. What a build that was killed left of a new tree is removed. */
void publish_begin(struct arena *a, struct str output, struct publish *out, struct diag_list *dl);
/*
 * `mark` is a file that stands while bytes are staged in the folder, if any are to be: one that is there already is of a
 * build that was killed, whose temporary files are removed. It goes with publish_commit or publish_discard.
 */
void publish_mark(struct publish *p, struct str mark, bool is_staging);
/* Compares with what is there and stages what differs. From any thread; temporary names are in `a`. */
bool publish_stage(const struct publish *p, struct arena *a, struct str path, struct str bytes, struct publish_item *out,
		   struct diag_list *dl);
/* Renames everything that was staged. */
bool publish_commit(struct publish *p, struct publish_item *items, size_t n, struct diag_list *dl);
/* Gives up what was staged, and the folders made for it. */
void publish_discard(struct publish *p, struct publish_item *items, size_t n);

#endif
