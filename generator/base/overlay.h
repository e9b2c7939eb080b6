#ifndef OVERLAY_H
#define OVERLAY_H

#include <stdbool.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/str.h"

/*
 * overlay - a packed file (pack.h) that is changed in a few places. The file, its base, stays; what is other since stands
 * in a second one beside it, the supplement "more-NAME": the lines of the base that are others, and what was added behind
 * it. That one is replaced whole. Both are seen as one piece of memory, in which changes are made.
 *
 * The supplement names its base by digest. While the base is by every mark of the system the file that was left when the
 * supplement was written, its digest is not taken again. Once there is a base there always is a supplement: one that is not
 * there, or damaged, makes the base worthless. One of another base says nothing of this one: a new base is put into its
 * place first, and then its supplement.
 *
 * Zero is ready: an overlay of nothing.
 */
#define OVERLAY_LINE 128

enum overlay_found { OVERLAY_NONE, OVERLAY_DAMAGED, OVERLAY_GOOD };

struct overlay {
	const char *bytes; /* base and additions, as they are now; of a file aligned to 8 */
	char *own;         /* the same, to be changed; NULL: they are borrowed */
	size_t base, len;  /* bytes of the base; of all: additions begin at the next multiple of 8 behind the base */
	size_t cap;        /* bytes that there is room for */
	struct str file;   /* of the base */
	struct digest digest, more; /* of the base, and of the supplement */
	struct digest marks;  /* by what its file is known */
	bool is_trusted;   /* nobody has touched the base since the supplement was written: it is as it was left */
	bool is_changed;   /* what stands in the supplement is not all any more */
	bool is_full;      /* something did not find room: it must be written anew */
	uint64_t *lines;   /* bits: lines of the base that are others */
};

/* `file` is the base, and lives as long; `mark` is its mark. */
enum overlay_found overlay_open(struct overlay *o, struct str file, const char *mark);
/* A base in memory, borrowed, to be read. False: not such a file, or damaged. */
bool overlay_read(struct overlay *o, struct str bytes, const char *mark);
void overlay_close(struct overlay *o);
bool overlay_is_whole(struct str file, const char *mark); /* with its supplement, if there is one */
struct str overlay_supplement(struct arena *a, struct str file);

/* Where the body of the base lies: behind the mark, before the digest; and what was added. */
struct str overlay_base(const struct overlay *o);
struct str overlay_added(const struct overlay *o);

/* Puts bytes in the place of others. */
void overlay_put(struct overlay *o, size_t at, const void *bytes, size_t n);
/* Adds bytes, aligned to 8; gives where. 0: is_full. */
size_t overlay_add(struct overlay *o, const void *bytes, size_t n);
/*
 * Parts that change their length. A row of a table that stands in the base tells where one is: at which byte, how many it
 * has (4 bytes), and for how many there is room (4 bytes).
 */
#define OVERLAY_ROW 16
void overlay_pack_row(struct buf *b, uint64_t at, size_t len, size_t room);
bool overlay_part(const struct overlay *o, size_t row, struct str *out); /* false: it does not lie in the file */
/* In its place where there is room, else behind all others, with some more. False: is_full, and nothing is changed. */
bool overlay_put_part(struct overlay *o, size_t row, struct str bytes);
/*
 * Writes the supplement, if it is to be another one. False: there is too much in it, or it cannot be written: the base must
 * be written anew.
 */
bool overlay_save(struct overlay *o, struct diag_list *dl);

/* Puts a new base into place, which was packed into `base` (begun for `file`), with a supplement of nothing. As fs_pieces_end. */
bool overlay_replace(struct fs_pieces *base, struct str file, struct diag_list *dl);

#endif
