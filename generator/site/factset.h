#ifndef FACTSET_H
#define FACTSET_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/str.h"

/*
 * factset - what one render read: the facts its output is a pure function of.
 *
 * Every read of site data through a template passes factset_note with a kind
 * and a key that outlives the run (a page's key, a query's text). The manifest
 * keeps (kind, key, digest); the next build renders again only what read a fact
 * whose digest is another now. Absence is a fact too: its digest is zero.
 */
enum fact_kind {
	FACT_PAGE_HEAD, /* in the order of PAGE_HEAD, …: FACT_PAGE_HEAD + aspect */
	FACT_PAGE_META,
	FACT_PAGE_BODY,
	FACT_PAGE_NAMES,
	FACT_PAGE_LINKS_IN,
	FACT_PAGE_FACTS,
	FACT_PAGE_RELATIONS,
	FACT_PAGE_EVENTS,
	FACT_PAGE_QUOTES,
	FACT_PAGE_COMPARISONS,
	FACT_PAGE_RESTS,
	FACT_PAGE_MEMBERS,
	FACT_FACT,       /* one fact, by id */
	FACT_RECORD,     /* one relation, event, quote or comparison: "relation:id" */
	FACT_QUERY,      /* the identities a query gives, by its canonical text */
	FACT_CONFIG,     /* a configuration key */
	FACT_STRING,     /* a text of the strings table */
	FACT_DATA,       /* a data file, by path */
	FACT_TEMPLATE,   /* a template's or plugin's text, by name */
	FACT_ASSET,      /* an asset's published name, by path */
	FACT_STALE,      /* whether a fact or page is stale on the build date: "fact:id", "page:key" */
	FACT_ENDED,      /* whether a relation is over on the build date, by id */
	/* "all": everything there is; "linked:key": whether anything links to a page; "search": how its index is cut;
	 * "previews": in how many files */
	FACT_SITE,
	FACT_KINDS,
};

struct factset_entry {
	uint32_t kind;
	struct str key;
};

struct factset {
	struct arena *arena; /* of its worker; entries live until factset_clear */
	struct factset_entry *entries;
	size_t len, cap;
	uint32_t *slots;
	size_t n_slots;
};

void factset_init(struct factset *s, struct arena *a);
void factset_clear(struct factset *s);
/*
 * Notes a read. `key` is borrowed and must outlive the set. Keys of pages must
 * be the page's own (page->key): they are told apart by their address alone.
 */
void factset_note(struct factset *s, enum fact_kind kind, struct str key);
/* Whether keys of this kind are given by one address each: those of pages, and names of templates. */
bool factset_is_interned(enum fact_kind kind);
const char *factset_kind_name(enum fact_kind kind); /* "page head", "query", … for --explain */

#endif
