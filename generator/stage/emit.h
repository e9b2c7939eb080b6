#ifndef EMIT_H
#define EMIT_H

#include "base/buf.h"
#include "site/factset.h"
#include "site/href.h"
#include "site/route.h"

/*
 * emit - every output that C writes: JSON, CSV, feeds, the sitemap, robots.txt,
 * redirects, and the model as lines of JSON. Pure functions of the facts they
 * note; no clock, no order but that of the model. Any worker, any number at once.
 *
 * Addresses in JSON are site paths ("/companies/deepseek/"), those in feeds and
 * the sitemap full ones.
 */
/*
 * site.ndjson in pieces, for it holds the whole site. The lines of pages as an earlier run wrote them: what of a page is
 * the same is handed on, not written again.
 */
struct emit_line {
	struct digest page; /* of all that the lines of one page say */
	uint64_t at;        /* where they begin in the file */
	uint64_t len;
};

struct emit_lines {
	bool (*put)(void *ctx, struct str bytes); /* gets the pieces, in order; false: the rest need not be put */
	void *ctx;
	struct str bytes; /* the whole file; empty: there is nothing to hand on */
	struct emit_line *old;
	size_t n_old;
	struct emit_line *now; /* of the output that is written; in the arena */
	size_t n_now;
	struct arena *arena;
};

struct emit {
	struct emit_lines *lines; /* of ROUTE_NDJSON, which then leaves its buffer empty; NULL: it is as any other */
	const struct site *site;
	const struct routes *routes;
	struct href href;      /* of the output */
	struct factset *facts; /* NULL: nobody wants to know */
	struct arena *scratch; /* for the time of one output */
	struct card_painter *painter; /* for cards alone */
};

/* Appends the output. Its type must be one that emit_is_ours. */
void emit_output(struct buf *out, const struct emit *e, const struct output *o);
/* Not a page of templates, nor a file that is copied. */
bool emit_is_ours(const struct output *o);

#endif
