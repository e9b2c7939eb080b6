#ifndef MANIFEST_H
#define MANIFEST_H

#include "base/digest.h"
#include "base/overlay.h"
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
 *
 * While pages and outputs are the same ones, what is other after a build is
 * changed where it stands, and what is new added (overlay.h): facts and urls
 * behind the others, which keep their numbers. Without these changes a
 * manifest is one of an earlier build, as good as any: its outputs are known
 * by size and time.
 */
#define MANIFEST_MARK "DOSSMAN8" /* the last letter is the version */

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
	/* Where in its overlay things stand that are changed there. */
	struct manifest_places {
		size_t aspects, facts, outputs;
		const size_t *added; /* digests of facts that were added, the last of all */
		size_t n_added;
	} places;
};

static inline uint32_t manifest_n_of_pages(const struct manifest *m) /* numbers that are aspects of pages */
{
	return (uint32_t)m->n_keys * FACT_PAGE_KINDS;
}
struct manifest_fact manifest_fact(const struct manifest *m, uint32_t number);

/* Serialised form, a packed file: it is long, so `put` gets it in pieces, one behind the other. */
void manifest_write(const struct manifest *m, void (*put)(void *ctx, struct str bytes), void *ctx);
/* Borrows from the overlay, which is one of MANIFEST_MARK. False: damaged. */
bool manifest_open(struct arena *a, const struct overlay *o, struct manifest *out);
/*
 * Of a file without its changes, whose outputs have the right paths all the same. Borrows from `bytes`. False: absent,
 * damaged, or of another version.
 */
bool manifest_read(struct arena *a, struct str bytes, struct manifest *out);
const struct manifest_output *manifest_find(const struct manifest *m, struct str path); /* NULL */
/* What the overlay that `m` was opened from is to say instead; `m` stays as it is. Numbers are its, and of what is added. */
struct manifest_change {
	const struct manifest *m;
	struct overlay *overlay;
	uint32_t facts, urls; /* how many were added */
};
void manifest_change_digest(struct manifest_change *c, uint32_t fact, struct digest now);
void manifest_change_output(struct manifest_change *c, size_t i, const struct manifest_output *now); /* of the same path */
uint32_t manifest_add_fact(struct manifest_change *c, const struct manifest_fact *f); /* its number */
uint32_t manifest_add_url(struct manifest_change *c, struct str url);

/* Which of these pages, sorted by key, each key is, in `a`; UINT32_MAX: none. */
uint32_t *manifest_pages(const struct manifest *m, struct arena *a, const struct page *pages, size_t n_pages);

#endif
