#ifndef FACTSET_H
#define FACTSET_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/idmap.h"
#include "base/map.h"
#include "base/str.h"

/*
 * factset - what each render of a worker read: the facts its output is a pure function of.
 *
 * Every read of site data through a template passes factset_note with a kind
 * and a key (a page's key, a query's text). A fact has one number for all
 * renders of the worker, so that noting it again costs a look at a stamp. The manifest
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

struct factset_noted {
	uint32_t entry, before; /* before: the stamp it had */
};

struct factset {
	struct arena *arena;
	struct factset_entry *entries; /* every fact that a render noted, each once, by its number */
	uint32_t *stamps;              /* by entry: the render that noted it last */
	size_t n_entries, cap_entries;
	struct map texts[FACT_KINDS];  /* key → entry */
	struct idmap interned;         /* the same by address, for keys that have one */
	struct factset_noted *noted;   /* in the present render, in order, each once */
	size_t len, cap;
	uint32_t stamp, last_stamp;    /* of the present render; the highest given */
};

/* What is noted lives in `a`; keys are copied, but those with one address must outlive the set where they are. */
void factset_init(struct factset *s, struct arena *a);
void factset_begin(struct factset *s); /* a new render: nothing is noted */
/*
 * Notes a read. Keys of pages must be the page's own (page->key): they are told
 * apart by their address alone.
 */
void factset_note(struct factset *s, enum fact_kind kind, struct str key);
void factset_note_again(struct factset *s, const uint32_t *entries, size_t n); /* by their numbers */
/* The numbers of all that the present render noted from the `from`th on, in `a`. */
const uint32_t *factset_numbers(const struct factset *s, size_t from, struct arena *a);

/* A stretch whose facts are wanted apart, as though nothing had been noted before; stretches may hold others. */
struct factset_stretch {
	uint32_t stamp;
	size_t from;
};
struct factset_stretch factset_stretch_begin(struct factset *s); /* its facts are those from `from` on */
void factset_stretch_end(struct factset *s, struct factset_stretch outer); /* they are the render's own again */

/* Whether keys of this kind are given by one address each: those of pages, and names of templates. */
bool factset_is_interned(enum fact_kind kind);
const char *factset_kind_name(enum fact_kind kind); /* "page head", "query", … for --explain */

#endif
