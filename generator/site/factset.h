#ifndef FACTSET_H
#define FACTSET_H

#include <assert.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/idmap.h"
#include "base/map.h"
#include "base/str.h"
#include "site/page.h"

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
	FACT_PAGE_HEAD, /* in the order of PAGE_HEAD, …: FACT_PAGE_HEAD + aspect; behind them what follows from the page */
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
	FACT_PAGE_TITLE,
	FACT_PAGE_DATES,
	FACT_PAGE_NEIGHBOURS,
	FACT_PAGE_RELATED,
	FACT_PAGE_LINKED, /* whether anything links to it */
	FACT_PAGE_FILLED, /* whether it has members */
	FACT_PAGE_COUNT,  /* how many */
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
	/* "all": everything there is; "search": how pages are put into the files of its index; "search/t/3.js", "site.ndjson":
	 * what one output is made of, that is made of many things; "previews": in how many files */
	FACT_SITE,
	FACT_GROUP, /* several facts that are read together again and again; it has no key */
	FACT_KINDS,
};

struct factset_entry {
	uint32_t kind;
	struct str key;
	const uint32_t *members; /* of a group: their numbers, none of them a group */
	uint32_t n_members;
};

struct factset_noted {
	uint32_t number, before; /* before: the stamp it had */
};

/*
 * The first numbers are the aspects of pages, FACT_PAGE_KINDS for each page in
 * order, so that noting one neither hashes nor searches.
 */
#define FACT_PAGE_KINDS (FACT_PAGE_COUNT + 1)

struct factset {
	struct arena *arena;
	const struct page *pages;
	uint32_t n_of_pages;           /* numbers that are aspects of pages */
	struct factset_entry *others;  /* every other fact that a render noted, each once, by its number less n_of_pages */
	size_t n_others, cap_others;
	uint32_t *stamps;              /* by number: the render that noted it last */
	struct map texts[FACT_KINDS];  /* key → number */
	struct idmap lasting;          /* the same by the address of keys that stay where they are */
	struct factset_noted *noted;   /* in the present render, in order, each once */
	size_t len, cap;
	uint32_t render, stamp;        /* stamps of the present render, and of the stretch that is read */
	uint32_t last_stamp;
};

/* What is noted lives in `a`. The pages outlive the set. */
void factset_init(struct factset *s, struct arena *a, const struct page *pages, size_t n_pages);
void factset_begin(struct factset *s); /* a new render: nothing is noted */
void factset_note(struct factset *s, enum fact_kind kind, struct str key); /* a read of what is no page's */
/* The same for a key whose bytes stay what and where they are as long as the set: found by their address. */
void factset_note_lasting(struct factset *s, enum fact_kind kind, struct str key);
void factset_note_number(struct factset *s, uint32_t number);
void factset_note_group(struct factset *s, uint32_t group);
struct factset_entry factset_entry(const struct factset *s, uint32_t number);
/* The numbers of all that the present render noted from the `from`th on, in `a`. */
const uint32_t *factset_numbers(const struct factset *s, size_t from, struct arena *a);

static inline void factset_note_page(struct factset *s, enum fact_kind kind, uint32_t page)
{
	uint32_t number = page * FACT_PAGE_KINDS + (uint32_t)kind;

	assert(kind < FACT_PAGE_KINDS && number < s->n_of_pages);
	/* Nearly always it has been noted. */
	if (s->stamps[number] != s->stamp)
		factset_note_number(s, number);
}

/* A stretch whose facts are wanted apart, as though nothing had been noted before; stretches may hold others. */
struct factset_stretch {
	uint32_t stamp;
	size_t from;
};
struct factset_stretch factset_stretch_begin(struct factset *s); /* its facts are those from `from` on */
void factset_stretch_end(struct factset *s, struct factset_stretch outer); /* they are the render's own again */
/* Ends it with a group of its facts, which the render has noted instead of them; the group's number. */
uint32_t factset_stretch_group(struct factset *s, struct factset_stretch outer);

/* Of an aspect of a page; never zero. */
struct digest factset_page_digest(const struct page *p, enum fact_kind kind);
const char *factset_kind_name(enum fact_kind kind); /* "page head", "query", … for --explain */

#endif
