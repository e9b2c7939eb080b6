#ifndef CACHE_H
#define CACHE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/doc.h"
#include "base/value.h"

/*
 * cache - what parse made of each page, kept between runs, so that an
 * unchanged page is neither read nor parsed again.
 *
 * There are two files. `docs` holds the doc of each page as it lies in memory;
 * docs are only ever added to its end. `pages` lists them, each with what else
 * was made of the page, and is replaced whole. What lies in `docs` and is not
 * listed is a leaving of earlier runs.
 *
 * `pages` is checked when it is read. A doc is checked by its digest when it is
 * used, unless `docs` is by every mark of the system the file that was left:
 * then it need not be looked at. Damage means that a page is parsed anew.
 */
struct cache_head { /* what was made of a page, beside its doc */
	struct str meta, places; /* the front matter, packed: what it says, and where */
	struct str extract;      /* page_pack_extract */
	struct digest meta_digest, doc_digest, doc_image; /* as a page has them */
};

struct cache_page {
	struct str path;    /* "content/companies/deepseek.md" */
	uint64_t size;      /* of the file */
	int64_t mtime_ns;   /* 0: changed too shortly before it was read to go by its time */
	struct digest file; /* of its bytes */
	struct cache_head head;
	uint64_t at;  /* where the doc begins in `docs` */
	uint32_t len; /* of the doc; 0: nothing is kept */
};

struct cache {
	struct digest settings; /* of all that a page depends on beside the file */
	struct digest docs;     /* by what `docs` is known for the file that was left; zero: by nothing */
	struct cache_page *pages; /* sorted by path */
	size_t n;
};

/* Texts are borrowed from `bytes`. False: damaged, and *out is empty. */
bool cache_read(struct arena *a, struct str bytes, struct cache *out);
void cache_write(struct buf *out, const struct cache *c);
const struct cache_page *cache_find(const struct cache *c, struct str path); /* NULL: not there */

/* Appends a doc. *len is its own length; the next one begins at a multiple of eight. */
void cache_write_doc(struct buf *out, const struct doc *d, uint32_t *len);
/* The doc of p in the bytes of `docs`, aligned to eight; without a look at it where they are trusted. NULL: damaged. */
const struct doc *cache_read_doc(struct str docs, const struct cache_page *p, bool is_trusted);

#endif
