#ifndef ROUTE_H
#define ROUTE_H

#include "site/site.h"

/*
 * route - every output of the site, known before anything is rendered.
 *
 * Outputs are sorted by path; two that differ only in case are an error
 * ("route/collision"). A template cannot make further ones.
 */
enum route_type {
	ROUTE_PAGE,       /* a page through its template; part: page number of its list, from 1 */
	ROUTE_BACKLINKS,  /* further backlinks of an entity; bucket: "2024", "2024-05" */
	ROUTE_LETTER,     /* A-Z: one letter; bucket: the letter's slug */
	ROUTE_JSON,       /* index.json of an entity */
	ROUTE_CSV,        /* facts.csv */
	ROUTE_FEED,       /* feed.xml of the site (page: home), a section or an entity */
	ROUTE_SITEMAP,    /* part 0: the only one or the index; 1…: pieces */
	ROUTE_ROBOTS,
	ROUTE_404,
	ROUTE_REDIRECT,   /* a stub page; redirect: its index */
	ROUTE_REDIRECTS,  /* _redirects */
	ROUTE_NDJSON,     /* part as with the sitemap */
	ROUTE_ASSET,      /* asset: its index */
	ROUTE_FILE,       /* an attachment: asset index */
};

struct output {
	struct str path; /* under the output folder: "companies/deepseek/index.html" */
	struct str url;  /* "/companies/deepseek/" */
	enum route_type type;
	uint32_t page;   /* page index; UINT32_MAX: none */
	uint32_t part, parts;
	struct str bucket;
	uint32_t asset;  /* asset or redirect index */
	struct str template; /* name of the template that renders it; empty: written by C */
};

struct routes {
	struct output *outputs;
	size_t len;
	struct map by_path;
};

/* `has_template` says which templates exist (the theme's and the site's). */
bool route_plan(struct arena *a, const struct site *s, bool (*has_template)(const void *ctx, struct str name), const void *ctx,
		struct routes *out, struct diag_list *dl);

/* Bucket of a backlink's page on the sub-pages of an entity's backlinks. */
struct str route_backlink_bucket(const struct site *s, const struct page *entity, uint32_t backlink);
/* Buckets in order, newest first. */
size_t route_backlink_buckets(const struct site *s, struct arena *a, const struct page *entity, struct str **out);
/* First letter under which a name stands in the A-Z: "a".."z", "0-9", "zh", "other". */
struct str route_letter(struct str name);

#endif
