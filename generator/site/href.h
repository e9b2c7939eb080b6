#ifndef HREF_H
#define HREF_H

#include "base/buf.h"
#include "site/config.h"

/*
 * href - how one output writes links to others. The model knows site paths
 * ("/companies/deepseek/", "/assets/theme.1a2b.css#x"); what stands in a page
 * depends on where the page is and how the site will be visited.
 */
struct href {
	const struct config *config;
	struct str from;   /* site path of the output that links: "/companies/deepseek/" */
	bool is_relative;  /* links = "relative", or offline */
	bool is_offline;   /* folders are written as …/index.html */
};

/* Writes the reference for a site path (with '#…' or '?…' kept). Anything that does not begin with one '/' is written as it is. */
void href_write(struct buf *out, const struct href *h, struct str path);
/* base_url + path. */
void href_write_absolute(struct buf *out, const struct config *c, struct str path);
/* The relative path to the site's root: "../../", "" at the root; in root mode the base path. */
struct str href_root(struct arena *a, const struct href *h);

#endif
