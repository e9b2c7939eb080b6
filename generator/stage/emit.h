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
struct emit {
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
/* Of all that the lines of a group of routes.lines say: the one fact that an output of them notes, FACT_SITE by its path. */
struct digest emit_lines_digest(const struct site *s, const struct route_lines *lines, uint32_t group);

#endif
