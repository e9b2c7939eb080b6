#ifndef RECORD_H
#define RECORD_H

#include "base/date.h"
#include "site/page.h"

/*
 * record - the statements of the site: facts, relations, events, quotes and
 * comparisons, each tied to its source. Read from front matter and data files,
 * resolved by link, const from then on.
 */
enum basis { BASIS_NONE, BASIS_STATED, BASIS_INFERRED, BASIS_OUTSIDE };

/* What every record has: where it was written and what it rests on. */
struct record {
	struct str id;   /* unique among its type; made from its content where not given */
	struct str path; /* file it was written in */
	struct pos at;
	uint32_t page;   /* page whose front matter it stands in; UINT32_MAX: a data file */
	struct ref source;
	struct str locator, quote, note;
	enum basis basis;
	struct digest digest; /* of all that is shown of it; after link */
};

enum fact_value { FACT_NUMBER, FACT_RANGE, FACT_TEXT, FACT_DATE };

struct fact {
	struct record r;
	struct ref subject;
	struct str measure, measure_slug, unit, scope, edition, approx, attributed_to, confidence, status;
	enum fact_value type;
	double value, max; /* number; range: value..max */
	struct str text;   /* FACT_TEXT; of numbers the digits as written */
	struct date date;  /* FACT_DATE */
	struct date_range as_of;
	enum basis as_of_basis;
	struct ref *about;
	size_t n_about;
	uint32_t set;      /* computed set it belongs to; UINT32_MAX: none */
	struct date review_by; /* none: never stale */
};

struct relation {
	struct record r;
	const struct relation_type *type;
	struct str type_id;
	uint32_t from_page; /* the page it is written on */
	struct ref target;
	struct str role, share;
	struct date from, to;
};

struct event {
	struct record r;
	struct date_range date;
	struct str text;
	struct ref *about;
	size_t n_about;
};

struct quote {
	struct record r;
	struct ref speaker;
	struct str text;
	bool is_verbatim;
	struct ref *about;
	size_t n_about;
};

enum comparison_kind {
	COMPARISON_CONFLICT,
	COMPARISON_LOOK_ALIKE,
	COMPARISON_SCOPE,
	COMPARISON_PERIOD,
	COMPARISON_EDITION,
	COMPARISON_SAME_STUDY,
	COMPARISON_TRANSLATION,
	COMPARISON_IDENTITY,
	COMPARISON_KINDS,
};

struct passage {
	struct ref source;
	struct str locator, quote;
};

/* A set that an editor declared, or one that was computed. */
struct comparison {
	struct record r;
	struct str title, explanation; /* Markdown */
	const struct doc *doc;         /* the explanation, parsed */
	enum comparison_kind kind;
	bool is_computed;
	struct str *fact_ids;
	struct pos *fact_at;
	uint32_t *facts; /* after link */
	size_t n_facts;
	struct passage *passages;
	size_t n_passages;
	struct ref *about;
	size_t n_about;
	uint32_t subject; /* computed: page index */
};

/* All records of a site, or what one file adds. */
struct records {
	struct fact *facts;
	size_t n_facts, cap_facts;
	struct relation *relations;
	size_t n_relations, cap_relations;
	struct event *events;
	size_t n_events, cap_events;
	struct quote *quotes;
	size_t n_quotes, cap_quotes;
	struct comparison *comparisons;
	size_t n_comparisons, cap_comparisons;
};

/*
 * Reads the lists `facts`, `relations`, `events`, `quotes` and `comparisons` of
 * a table into *out. `path` is the file; `page` the page it belongs to or
 * UINT32_MAX (data files: facts need a subject there, relations are refused).
 * Errors are "fact/…", "relation/…", "event/…", "quote/…", "comparison/…".
 */
bool record_read(struct arena *a, const struct config *c, struct str path, uint32_t page, const struct value *table,
		 struct records *out, struct diag_list *dl);
/* Appends copies (shallow) of `from`. */
void record_append(struct arena *a, struct records *into, const struct records *from);

const char *record_comparison_kind(enum comparison_kind k); /* "look-alike" */
const char *record_basis(enum basis b);                     /* "stated"; "" for none */
/* "more than 2,300 programmes", "5–10 %", "all": value with approx and unit, for people. */
void record_write_value(struct buf *b, const struct fact *f);

#endif
