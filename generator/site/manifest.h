#ifndef MANIFEST_H
#define MANIFEST_H

#include "base/digest.h"
#include "base/str.h"
#include "site/factset.h"

/*
 * manifest - what the last build published: every output with its digest, the
 * facts it read and the links and anchors it holds. Written last, so that a
 * crash costs work and never truth. Any damage makes it empty: a full build.
 *
 * Facts go by number. The first are the aspects of pages, numbered as in a
 * factset, FACT_PAGE_KINDS for each page in order of keys; behind them stands
 * every other fact.
 */
struct manifest_fact {
	uint32_t kind;
	struct str key;
	struct digest digest;    /* zero for a group */
	const uint32_t *members; /* of a group: numbers of facts before it */
	uint32_t n_members;
};

/* For writing: what numbers of facts and urls are in the manifest that is written. */
struct manifest_numbers {
	uint32_t same;         /* facts below keep theirs */
	const uint32_t *facts; /* of those from `same` on; NULL: they keep theirs, too */
	const uint32_t *urls;  /* NULL: all keep theirs */
};

struct manifest_output {
	struct str path;
	struct digest digest; /* of the published bytes */
	uint64_t route;       /* route_hash of the output: its template and place */
	uint64_t size;
	int64_t mtime_ns;
	const uint32_t *facts; /* numbers */
	uint32_t n_facts;
	uint32_t n_links;
	const uint32_t *links; /* indices into manifest.urls: what it links to, "path#anchor" */
	const uint32_t *ids;   /* indices into manifest.urls: anchors it has, "#id" */
	uint32_t n_ids;
	const struct manifest_numbers *numbers; /* for writing; NULL: they are as they are */
};

struct manifest {
	struct digest build; /* of what every output depends on: the program's version, options of rendering */
	struct str *keys;    /* of pages, sorted */
	size_t n_keys;
	const struct digest *aspects;  /* FACT_PAGE_KINDS for each key */
	struct manifest_fact *facts;   /* the others */
	size_t n_facts;
	struct str *urls;
	size_t n_urls;
	struct manifest_output *outputs; /* sorted by path */
	size_t n_outputs;
	uint32_t dropped; /* at most so many of the facts and urls are no longer in use */
};

static inline uint32_t manifest_n_of_pages(const struct manifest *m) /* numbers that are aspects of pages */
{
	return (uint32_t)m->n_keys * FACT_PAGE_KINDS;
}
struct manifest_fact manifest_fact(const struct manifest *m, uint32_t number);

/* Serialised form, a packed file: it is long, so `put` gets it in pieces, one behind the other. */
void manifest_write(const struct manifest *m, void (*put)(void *ctx, struct str bytes), void *ctx);
/* Borrows from `bytes`. False: absent, damaged, or of another version. */
bool manifest_read(struct arena *a, struct str bytes, struct manifest *out);
bool manifest_is_whole(struct str bytes); /* written by such a program and not damaged since */
const struct manifest_output *manifest_find(const struct manifest *m, struct str path); /* NULL */
/* Which of these pages, sorted by key, each key is, in `a`; UINT32_MAX: none. */
uint32_t *manifest_pages(const struct manifest *m, struct arena *a, const struct page *pages, size_t n_pages);

#endif
