#ifndef DIAG_H
#define DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/value.h"

/*
 * diag - what went wrong, where, and what to do: collected, never printed here.
 *
 * A list belongs to one thread; lists of workers are merged in a fixed order.
 * Codes are stable slugs ("link/missing-target") that must stand in the table
 * of diag.c, which holds a sentence of explanation for each; docs and tests
 * read the same table.
 */
enum diag_severity { DIAG_NOTE, DIAG_WARNING, DIAG_ERROR };

struct diag_related { /* "included from", "first defined here" */
	struct str path;
	struct pos at;
	struct str message;
	struct diag_related *next;
};

struct diag {
	enum diag_severity severity;
	const char *code;
	struct str path;    /* relative to the site's root; empty: about no file */
	struct pos at;
	uint32_t width;     /* code points to underline; 0: one */
	struct str message; /* one sentence, no full stop */
	struct str hint;    /* what to do; may be empty */
	struct diag_related *related;
	uint32_t seq; /* order of arrival, the last key of sorting */
};

struct diag_list {
	struct arena *arena; /* messages live here */
	struct diag *items;
	size_t len, cap;
	size_t errors, warnings;
	size_t kept_errors; /* of the items */
	size_t dropped; /* beyond DIAG_LIST_MAX; counted in errors and warnings too */
	bool is_deaf;   /* the last one was dropped: what is said of it goes nowhere */
};

#define DIAG_LIST_MAX 10000 /* errors; and as many of the others */

void diag_init(struct diag_list *dl, struct arena *arena);
/* Copies `path`. Control characters and bytes that are not UTF-8 are shown escaped ("\x1b") in all texts. */
void diag_add(struct diag_list *dl, enum diag_severity severity, const char *code, struct str path, struct pos at,
	      const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* All four speak of the diagnostic added last. */
void diag_hint(struct diag_list *dl, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void diag_width(struct diag_list *dl, uint32_t width);
/* Hint "did you mean '…'?" if a candidate is near, before the hint there is. */
void diag_suggest(struct diag_list *dl, struct str word, const struct str *candidates, size_t n);
void diag_relate(struct diag_list *dl, struct str path, struct pos at, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

void diag_merge(struct diag_list *into, const struct diag_list *from); /* copies */
void diag_sort(struct diag_list *dl); /* by path, line, column, severity, code, arrival; duplicates removed */
/* Warnings become errors. */
void diag_promote(struct diag_list *dl);

struct diag_code {
	const char *code, *title, *explanation; /* explanation: Markdown, what it means and what to do */
};
const struct diag_code *diag_find_code(struct str code); /* NULL when unknown */
const struct diag_code *diag_codes(size_t *n);           /* sorted by code */

#endif
