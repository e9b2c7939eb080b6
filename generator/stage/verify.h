#ifndef VERIFY_H
#define VERIFY_H

#include "base/diag.h"
#include "site/config.h"
#include "site/route.h"

/*
 * verify - every internal link of every finished page leads somewhere.
 *
 * Pages are scanned as they are rendered, on any worker; then all of them are
 * looked at together, those not rendered this time by what the manifest kept.
 */

/* What one page asks of the others and offers them. Texts are interned by the scanner: equal ones of a worker share their bytes. */
struct verify_page {
	struct str *links; /* internal: site path without base path, decoded, "/a/" for "/a/index.html", "#anchor" kept; each once */
	size_t n_links;
	struct str *ids;   /* in order, each once, without '#' */
	size_t n_ids;
	struct str *twice; /* ids that stand more than once */
	size_t n_twice;
};

/* One per worker. What it makes lies in `arena`, which outlives the pages it scanned. */
struct verify_scanner {
	struct arena *arena;
	const struct config *config;
	struct arena scratch;   /* of one page */
	struct map links, ids;  /* text → index into marks + 1 of its kind */
	struct verify_mark *marks;
	size_t n_marks, cap_marks;
	struct map known;       /* what stands in attributes and leads to the same from every page → index into targets */
	struct verify_target *targets;
	size_t n_targets, cap_targets;
	uint32_t page;          /* number of the page being scanned, from 1 */
};
void verify_scanner_init(struct verify_scanner *v, struct arena *arena, const struct config *c);
void verify_scanner_release(struct verify_scanner *v);

/*
 * One pass over the bytes of an output whose site path is `url`: the ids, and
 * href, src, srcset, poster, action and object data. Comments, scripts and
 * styles are passed over. Other schemes and hosts are left out; a full address
 * that begins with base_url counts as internal. A link that leads out of the
 * base path is kept as "/../…", which nothing answers. Links of a page to its
 * own anchors are settled here and kept only when broken. Any bytes will do;
 * linear.
 */
void verify_scan(struct verify_scanner *v, struct str url, struct str html, struct verify_page *out);

/*
 * pages[i] belongs to routes->outputs[i] (zero for what is no page). Reports
 * "verify/broken-link", "verify/broken-anchor" and "verify/duplicate-id", one
 * for each target, with the output it was seen in first. Linear. False: there were some.
 */
bool verify_all(struct arena *scratch, const struct site *s, const struct routes *routes, const struct verify_page *pages,
		struct diag_list *dl);

#endif
