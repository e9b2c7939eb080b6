#ifndef HREF_H
#define HREF_H

#include "base/buf.h"
#include "site/config.h"

/*
 * href - how one output writes links to others. The model knows site paths
 * ("/companies/deepseek/", "/assets/theme.1a2b.css#x"); what stands in a page
 * depends on where the page is and how the site will be visited.
 */
struct href_inside { /* of an output that holds what other outputs hold, too: the print edition */
	struct map places;         /* site paths, with or without "#…" → index into anchors */
	const struct str *anchors; /* without '#' */
	const uint32_t *notes;     /* by page: the number under which this source stands; 0: none */
};

struct href {
	const struct config *config;
	struct str from;   /* site path of the output that links: "/companies/deepseek/" */
	bool is_relative;  /* links = "relative", or offline */
	bool is_offline;   /* folders are written as …/index.html */
	const struct href_inside *inside; /* NULL, but for such an output */
};

/* Writes the reference for a site path (with '#…' or '?…' kept). Anything that does not begin with one '/' is written as it is. */
void href_write(struct buf *out, const struct href *h, struct str path);
/* The anchor that holds a site path in this output; false: it is not in here. */
bool href_inside(const struct href *h, struct str path, struct str *anchor);
/* base_url + path. */
void href_write_absolute(struct buf *out, const struct config *c, struct str path);
/* The relative path to the site's root: "../../", "" at the root; in root mode the base path. */
struct str href_root(struct arena *a, const struct href *h);

#endif
