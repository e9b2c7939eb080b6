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

/* Texts by number: addresses as "/a/#anchor", and ids. */
struct verify_texts {
	const struct str *ptr;
	size_t len;
};

/* What one page asks of the others and offers them, as numbers into `texts`. */
struct verify_page {
	const struct verify_texts *texts;
	const uint32_t *links; /* internal: site path without base path, decoded, "/a/" for "/a/index.html", "#anchor" kept; each once */
	size_t n_links;
	const uint32_t *ids;   /* in order, each once, without '#' */
	size_t n_ids;
	const uint32_t *twice; /* ids that stand more than once */
	size_t n_twice;
};

/* What was read before, by the digest of its attribute's bytes: open addressing. */
struct verify_table {
	struct verify_slot *slots;
	size_t n_slots, len; /* n_slots: a power of two */
};

/* One per worker. Texts and pages lie in `arena`, which outlives it. */
struct verify_scanner {
	struct arena *arena;
	struct arena tables;              /* of what it finds texts by */
	const struct config *config;
	struct arena scratch;             /* of one page */
	struct verify_table values, ids;  /* addresses that mean the same on every page, and ids */
	struct map links, paths;          /* resolved: text → its number; path → a number */
	struct str *texts;
	uint32_t *last;                   /* by text: the page it was last seen on */
	size_t cap_texts;
	struct verify_texts given;        /* the same, for pages: stays where it is while the texts grow */
	uint32_t page;                    /* number of the page being scanned, from 1 */
};
void verify_scanner_init(struct verify_scanner *v, struct arena *arena, const struct config *c);
void verify_scanner_release(struct verify_scanner *v); /* texts and pages stay */

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
 * pages[i] belongs to routes->outputs[i] (zero for what is no page); few different `texts` stand behind all of them. Reports
 * "verify/broken-link", "verify/broken-anchor" and "verify/duplicate-id", one
 * for each target, with the output it was seen in first. Linear. False: there were some.
 */
bool verify_all(struct arena *scratch, const struct site *s, const struct routes *routes, const struct verify_page *pages,
		struct diag_list *dl);

#endif
