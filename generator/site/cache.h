#ifndef CACHE_H
#define CACHE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/doc.h"
#include "base/overlay.h"
#include "base/value.h"

/*
 * cache - what parse made of each page, kept between runs, so that an
 * unchanged page is neither read nor parsed again.
 *
 * There are three files. `docs` holds the doc of each page as it lies in
 * memory, `heads` what else was made of it; both are only ever added to.
 * `pages` lists them, and an edit changes it where it stands (overlay.h). What
 * lies in the others and is not listed is a leaving of earlier runs.
 *
 * `pages` is checked when it is read. Docs and heads are checked by digest
 * when they are used, unless their files are by every mark of the system those
 * that were left: then docs need not be looked at. Damage means that a page is
 * parsed anew.
 */
struct cache_head { /* what was made of a page, beside its doc */
	struct str said;         /* page_pack; empty where there is something to report, or records */
	struct str meta, places; /* else the front matter, packed: what it says, and where */
	struct str extract;      /* page_pack_extract */
	struct digest meta_digest, doc_digest, doc_image; /* as a page has them */
};

struct cache_place { /* in a file */
	uint64_t at, len;
};

struct cache_page { /* as it lies in the file */
	uint64_t size;      /* of the page's file */
	int64_t mtime_ns;   /* 0: changed too shortly before it was read to go by its time */
	struct digest file; /* of its bytes */
	struct digest made; /* of the head's bytes, with the digests of the doc among them */
	struct cache_place doc, head;
};

struct cache {
	struct digest settings; /* of all that a page depends on beside the file */
	struct digest marks;    /* by what `docs` and `heads` are known for those that were left; zero: by nothing */
	const struct cache_page *pages; /* sorted by path */
	size_t n;
	const uint32_t *ends;   /* of their paths in `paths` */
	const char *paths;
};
#define CACHE_MARK "DOSSPAG9"

/* All is borrowed from the file. False: damaged, and *out is empty. */
bool cache_open(struct cache *out, const struct overlay *file);
struct str cache_path(const struct cache *c, size_t i); /* "content/companies/deepseek.md" */
/* What an edit changes, where the file stands: one page, what the others are known by. */
void cache_put_page(struct overlay *file, size_t i, const struct cache_page *p);
void cache_put_marks(struct overlay *file, struct digest marks);
/* A new file of `n` pages, to `put` in pieces; of `c` settings and marks are taken. */
void cache_write(const struct cache *c, const struct cache_page *const *pages, const struct str *paths, size_t n,
		 void (*put)(void *ctx, struct str bytes), void *ctx);

/* Append, and tell where in `out`. The next one begins at a multiple of eight. */
struct cache_place cache_write_doc(struct buf *out, const struct doc *d);
struct cache_place cache_write_head(struct buf *out, const struct cache_head *h, struct digest *made);
/* From the bytes of a whole file, which are aligned to eight; borrowed. False, NULL: damaged. */
bool cache_read_head(struct str heads, const struct cache_page *p, bool is_trusted, struct cache_head *out);
/* The doc that `h` has the digests of; NULL: it is trusted, and not looked at. */
const struct doc *cache_read_doc(struct str docs, const struct cache_page *p, const struct cache_head *h);

#endif
