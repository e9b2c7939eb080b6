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
	ROUTE_NDJSON,     /* part as with the sitemap: the index keeps the name site.ndjson; part n holds group n - 1 of lines */
	ROUTE_ASSET,      /* asset: its index */
	ROUTE_FILE,       /* an attachment: asset index */
	ROUTE_JSON_FEED,  /* feed.json beside each feed.xml */
	ROUTE_CARD,       /* card.png of a page without a picture; bucket: the key of the painter */
	ROUTE_PREVIEW,    /* what links to entities show beside them; part: its place among route_preview_count files */
	ROUTE_SEARCH,     /* a part of the search index; asset: its index in site.search_paths; bucket: a digest of which pages it holds, if it is of some */
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
	struct output *outputs; /* sorted by path, bytewise */
	size_t len;
	struct map by_path; /* output path → index */
	struct route_buckets {
		struct route_bucket *items;
		size_t n;
	} *buckets; /* by page: where its further backlinks stand */
	struct route_previews {
		uint32_t *pages;
		uint32_t *first; /* file i has pages[first[i]] up to pages[first[i + 1]] */
		size_t n;        /* files; 0: none are written */
	} previews;
	struct route_lines {
		struct route_line {
			uint32_t type, index; /* enum route_line_type; in its list of the model */
		} *items;
		uint32_t *first; /* group i has items[first[i]] up to items[first[i + 1]] */
		uint32_t n;      /* 1: one file has them all; 0: none are written */
	} lines;
};

/*
 * `has_template` says which templates exist (the theme's and the site's).
 * Everything made lies in `a`; texts of the site are borrowed. False when there
 * was an error; *out is usable then, too: of two outputs that collide, the first.
 */
bool route_plan(struct arena *a, const struct site *s, bool (*has_template)(const void *ctx, struct str name), const void *ctx,
		struct routes *out, struct diag_list *dl);

/* The output at a site path ("/companies/", "/feed.xml", also "/companies/index.html"; without '#' and '?'), or NULL. */
/* What an output is beside what it reads: its type, template and part. */
uint64_t route_hash(const struct output *o);
const struct output *route_at_url(const struct routes *r, struct str url);
/* Where a site path is written: "/companies/" to "companies/index.html". */
struct str route_path(struct arena *a, struct str url);
/* The URL of part `part` (from 1) of a list: "/companies/page/2/". */
struct str route_part_url(struct arena *a, struct str url, uint32_t part);
/*
 * The parts that part `part` of `parts` names: first, last and those near it, ascending; 0 where others lie between. Gives
 * how many.
 */
#define ROUTE_STEPS 9
size_t route_steps(uint32_t part, uint32_t parts, uint32_t out[ROUTE_STEPS]);
/* Parts of a page's list: 1, but for sections with more pages than lists.page_size. */
uint32_t route_parts(const struct site *s, const struct page *p);

/* Pages that the program makes, with their names in addresses. Each has a template of its name; other pages have to ask for theirs. */
struct route_builtin {
	const char *slug, *title;
};
const struct route_builtin *route_builtins(size_t *n);

/* A page of an entity: it has JSON, CSV and a feed of its own. */
bool route_is_entity(const struct page *p);

/*
 * Backlinks beyond lists.backlinks_shown stand on sub-pages by the date of the
 * page that links: a year; its months, and their days, where there are more
 * than ROUTE_BUCKET_MAX; "undated". So one edit changes one of them.
 */
#define ROUTE_BUCKET_MAX 200
struct route_bucket {
	struct str key;      /* "2024", "2024-05", "2024-05-17", "undated" */
	uint32_t *backlinks; /* indices into the entity's, in their order */
	uint32_t n;
};
/* Newest first, "undated" last; 0 when all are shown on the page itself. Linear in the backlinks (times log). */
size_t route_backlink_buckets(const struct site *s, struct arena *a, const uint64_t *days, const struct page *entity,
			      struct route_bucket **out);
const uint64_t *route_days(struct arena *a, const struct site *s); /* by page: what puts it into its bucket */
struct str route_bucket_url(struct arena *a, const struct page *entity, struct str key); /* "/companies/deepseek/backlinks/2024/" */
/*
 * What the sub-page `key` lists, so that however many there are each names few: the days of its month, the months of its
 * year, and the years. Where one entry stands for several buckets, it is the index of the first with ROUTE_GROUP. `out` has
 * room for all; ascending; gives how many.
 */
#define ROUTE_GROUP UINT32_C(0x800000)
size_t route_near_buckets(const struct route_bucket *all, size_t n, struct str key, uint32_t *out);
/* "2024", "2024-05" or all of `bucket`: as much of it as is said on the sub-page `key`. */
struct str route_bucket_group(struct str bucket, struct str key);

/*
 * Previews of entities stand together in files, "/previews/0.js" and on, so that there are few of them and a reader
 * fetches little: a power of two, by a hash of the address that site.js knows too. All entities are spread over them.
 */
#define ROUTE_PREVIEWS_EACH 32
size_t route_preview_count(const struct site *s); /* 0 where there is no entity */
uint32_t route_preview_hash(struct str url);      /* FNV-1a of the address as links write it, without the first slash */

/* First letter under which a name stands in the A-Z: "a".."z", "0-9", "zh", "other". Static storage. */
struct str route_letter(struct str name);
/* More names than this, and the A-Z has a page for each letter: /a-z/<letter>/. */
#define ROUTE_LETTERS_FROM 1000

/*
 * The lines of site.ndjson. Too many for one file (by a size computed from the model, because outputs are known before
 * they are written), they are spread over "/site/01.ndjson" and on: a power of two of files, each line by a hash of the
 * key of the page it is written on, one of a data file by its id. So an edit is an edit of one small file, and no other
 * moves before there are twice as many.
 */
#define ROUTE_LINES_EACH ((uint64_t)256 << 10) /* bytes of a file by that size, at most */
#define ROUTE_LINES_FEWEST 8                   /* files, where there is more than one */
enum route_line_type { ROUTE_LINE_PAGE, ROUTE_LINE_FACT, ROUTE_LINE_RELATION, ROUTE_LINE_EVENT, ROUTE_LINE_QUOTE,
		       ROUTE_LINE_COMPARISON, ROUTE_LINE_SET, ROUTE_LINES };
/* Each group in the order of the types, of one type in that of the model. */
void route_spread_lines(struct arena *a, const struct site *s, struct route_lines *out);
struct str route_lines_url(struct arena *a, uint32_t part, uint32_t parts); /* part 0: the index, or all of them */

#endif
