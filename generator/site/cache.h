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
 * There are two files. `docs` holds blobs, one for each page: its doc, as it
 * lies in memory, and its front matter, as value_pack has it; blobs are only
 * ever added to its end. `pages` lists them and is replaced whole. What lies in `docs`
 * and is not listed is a leaving of earlier runs. Every blob has its digest in
 * the list and is checked when it is used: damage means that a page is parsed
 * anew.
 */
struct cache_blob {
	struct str meta, places;  /* the front matter, packed: what it says, and where */
	const struct value *tree; /* of a blob that was read: what they unpack to */
	const struct doc *doc;
	struct digest meta_digest, doc_digest, doc_image; /* as a page has them */
};

struct cache_page {
	struct str path;    /* "content/companies/deepseek.md" */
	uint64_t size;      /* of the file */
	int64_t mtime_ns;   /* 0: changed too shortly before it was read to go by its time */
	struct digest file; /* of its bytes */
	struct digest blob; /* cache_blob_digest */
	uint64_t at;        /* where the blob begins in `docs` */
	uint32_t len;
};

struct cache {
	struct digest settings; /* of all that a blob depends on beside the file */
	struct cache_page *pages; /* sorted by path */
	size_t n;
};

/* Texts are borrowed from `bytes`. False: damaged, and *out is empty. */
bool cache_read(struct arena *a, struct str bytes, struct cache *out);
void cache_write(struct buf *out, const struct cache *c);
const struct cache_page *cache_find(const struct cache *c, struct str path); /* NULL: not there */

/* The doc of p alone. NULL: it has another image. */
const struct doc *cache_read_doc(struct str docs, const struct cache_page *p, struct digest image);
/* From the digests in it, and of its places. */
struct digest cache_blob_digest(const struct cache_blob *b);
/* Appends a blob; its length is a multiple of eight. */
void cache_write_blob(struct buf *out, const struct cache_blob *b);
/* The blob of p in the bytes of `docs`, which are aligned to eight and outlive *out. False: damaged; *out is zero. */
bool cache_read_blob(struct arena *a, struct str docs, const struct cache_page *p, struct cache_blob *out);

#endif
