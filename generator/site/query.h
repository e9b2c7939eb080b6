#ifndef QUERY_H
#define QUERY_H

#include "site/factset.h"
#include "site/site.h"

/*
 * query - lists of pages and records by predicate: what templates call as
 * pages{…}, facts{…}, and `dossier list` too.
 *
 * A query has a canonical text ("pages kind=company sort=title limit=5"), which
 * is its key as a fact: the same text evaluated on another build's site tells
 * whether the list changed. Results are in a defined order, always.
 */
enum query_of {
	QUERY_PAGES,
	QUERY_FACTS,
	QUERY_RELATIONS,
	QUERY_EVENTS,
	QUERY_QUOTES,
	QUERY_COMPARISONS,
	QUERY_NAMES,
	QUERY_FIND,
	QUERY_MEMBERS
};

struct query {
	enum query_of of;
	struct str kind;    /* pages: kind id; comparisons: their kind; empty: any */
	struct str section; /* pages: folder; empty: any */
	struct str tag;     /* pages: key of an entity they are tagged with; find: the reference */
	struct str about;   /* records: key of a page they are about; members: whose */
	struct str source;  /* records: key of a source */
	struct str measure; /* facts: slug */
	struct str letter;  /* names: their letter in the A-Z */
	struct str status;  /* facts: "stale"; pages: "orphan", "stub", "stale"; comparisons: "disagreement" (conflicts declared or computed) */
	struct str sort;    /* pages: title, date, -date, weight, -mentions; events: date, -date; facts: subject, measure */
	bool entities;      /* pages: only of entity kinds */
	bool no_builtin;    /* pages: without home, sections and built-in pages */
	bool counts;            /* whether the total matters, too, of what is cut short */
	uint32_t offset, limit; /* limit 0: all */
};

struct query_result {
	/* Indices into what `of` names; comparisons: declared first, computed from n_declared on as index | QUERY_COMPUTED;
	   names: page << 8 | name index. */
	const uint32_t *items;
	size_t len;
	size_t total; /* before offset and limit */
};
#define QUERY_COMPUTED 0x80000000u

/* Runs the query; the result lies in `a`. */
void query_run(const struct site *s, struct arena *a, const struct query *q, struct query_result *out);
struct str query_key(struct arena *a, const struct query *q);
bool query_parse(struct arena *a, struct str key, struct query *q);
/* Digest of the identities (keys, ids) in order; of a query that counts, of the total as well. */
struct digest query_digest(const struct site *s, struct arena *scratch, const struct query *q);

/* The digest a fact has on this site now; zero when what it speaks of is absent. FACT_TEMPLATE and FACT_ASSET are looked up in what the caller gives. */
struct query_world {
	const struct site *site;
	struct digest (*template_digest)(const void *ctx, struct str name);
	const void *ctx;
};
struct digest query_fact_digest(const struct query_world *w, struct arena *scratch, uint32_t kind, struct str key);

#endif
