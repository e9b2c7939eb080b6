#ifndef MANIFEST_H
#define MANIFEST_H

#include "base/digest.h"
#include "base/str.h"
#include "site/factset.h"

/*
 * manifest - what the last build published: every output with its digest, the
 * facts it read and the links and anchors it holds. Written last, so that a
 * crash costs work and never truth. Any damage makes it empty: a full build.
 */
struct manifest_fact {
	uint32_t kind;
	struct str key;
	struct digest digest;    /* zero for a group */
	const uint32_t *members; /* of a group: indices of facts before it */
	uint32_t n_members;
};

struct manifest_output {
	struct str path;
	struct digest digest; /* of the published bytes */
	uint64_t route;       /* route_hash of the output: its template and place */
	uint64_t size;
	int64_t mtime_ns;
	const uint32_t *facts; /* indices into manifest.facts */
	uint32_t n_facts;
	const uint32_t *links; /* indices into manifest.urls: what it links to, "path#anchor" */
	uint32_t n_links;
	const uint32_t *ids;   /* indices into manifest.urls: anchors it has, "#id" */
	uint32_t n_ids;
};

struct manifest {
	struct digest build; /* of what every output depends on: the program's version, options of rendering */
	struct manifest_fact *facts;
	size_t n_facts;
	struct str *urls;
	size_t n_urls;
	struct manifest_output *outputs; /* sorted by path */
	size_t n_outputs;
};

/* Serialised form: a header with magic, version and checksum, then tables. Machine-independent (little-endian). */
void manifest_write(struct buf *out, const struct manifest *m);
/* Borrows from `bytes`. False: absent, damaged, or of another version. */
bool manifest_read(struct arena *a, struct str bytes, struct manifest *out);
const struct manifest_output *manifest_find(const struct manifest *m, struct str path); /* NULL */

#endif
