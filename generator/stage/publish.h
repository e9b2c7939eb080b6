#ifndef PUBLISH_H
#define PUBLISH_H

#include "base/diag.h"
#include "base/fs.h"
#include "base/idmap.h"
#include "base/map.h"
#include "site/manifest.h"
#include "site/factset.h"

/*
 * publish - from rendered bytes to the published tree. Bytes are staged beside
 * their place while outputs are rendered; only when all is well are they
 * renamed, the leavings removed and the manifest written, in this order: a
 * crash costs work and never truth.
 */
struct publish_item {
	struct str file;       /* on disk */
	struct str temp;       /* staged bytes; empty: unchanged */
	enum fs_written state;
	struct digest digest;
	uint64_t size;
};

/* Compares with what is there and stages what differs. */
bool publish_stage(struct arena *a, struct str file, struct str bytes, struct publish_item *out, struct diag_list *dl);
/* Renames everything that was staged. */
bool publish_commit(struct publish_item *items, size_t n, struct diag_list *dl);
/* Gives up what was staged. */
void publish_discard(struct publish_item *items, size_t n);

/* What an output read, as one worker saw it: the manifest numbers facts for all workers alike. */
struct publish_facts {
	struct arena *arena;
	struct map texts[FACT_KINDS];  /* key → number */
	struct idmap interned;         /* the same by address, for keys that have one */
	struct manifest_fact *facts;   /* without digests */
	size_t n, cap;
};
/* Numbers of the worker's own; in its arena. */
const uint32_t *publish_intern(struct publish_facts *p, const struct factset *set);

#endif
