#ifndef SITE_H
#define SITE_H

#include <assert.h>

#include "base/map.h"
#include "site/config.h"
#include "site/page.h"
#include "site/record.h"

/*
 * site - the whole model. Built by the stages scan, parse and link; frozen
 * after link: everybody later has it as const, so threads need no locks.
 */
struct asset {
	struct str path;  /* under the output: "assets/theme.css" or the attachment's URL without slash */
	struct str file;  /* on disk; empty: embedded */
	struct str bytes; /* where already in memory (embedded, or processed) */
	struct str url;   /* as published, fingerprinted: "/assets/theme.3f2a9c01.css" */
	struct str name;  /* as templates call it: "theme/style.css" */
	struct digest digest;
	bool is_used;
};

struct data_file {
	struct str path; /* "data/prices.csv" */
	struct str name; /* "prices" */
	const struct value *value;
	struct digest digest;
};

struct redirect {
	struct str from, to; /* site paths with slashes */
	uint32_t page;
};

struct site {
	struct arena *arena; /* of everything that link made */
	const struct config *config;
	struct str root;     /* folder of site.toml on disk */
	struct date now;     /* the build date, for predicates only */
	bool with_drafts, with_future;

	struct str docs; /* the file of parsed texts, mapped: most docs of pages lie in it */
	int docs_file;   /* the same, open */

	struct page *pages; /* published ones, sorted by key */
	size_t n_pages;
	const uint32_t *by_title, *by_newest, *by_oldest; /* all pages in these orders: see order.h */
	struct map by_key;  /* key, without extension → page index */
	struct map by_url;
	struct map by_name; /* folded name → index into name_lists */
	struct name_list {
		uint32_t *pages;
		size_t n;
	} *name_lists;
	size_t n_name_lists;

	struct records records;
	struct map fact_by_id; /* → fact index */
	struct map event_by_id, quote_by_id, relation_by_id, comparison_by_id; /* → index */
	struct comparison *sets; /* computed ones; records.comparisons holds the declared */
	size_t n_sets;

	uint32_t *sections; /* page index of each kind's section page, by kind index; UINT32_MAX: none */
	struct data_file *data;
	size_t n_data;
	struct asset *assets;
	size_t n_assets;
	struct map asset_by_name;
	struct redirect *redirects;
	size_t n_redirects;
	const struct str *search_paths; /* outputs of the search index, announced before routes are planned */
	const struct str *search_keys;  /* by path: a digest of which pages it holds; empty: it is of all pages */
	size_t n_search_paths;
	struct map made; /* path of an output that is made of many things at once → index into made_digests */
	const struct digest *made_digests; /* of all that it is made of */
	struct str card_key;                /* of cards drawn with the fonts and libraries at hand; empty: no cards */
	struct digest search_sizes;     /* of what decides their shards */
	struct digest digest;           /* of every aspect of every page, and of where in its file everything stands */
	const struct value *theme_strings; /* templates/strings.toml of the theme, and of the site */
	const struct value *site_strings;
};

/* How a reference is meant: by content path, slug, title or alias, in that order. A section is no page of its kind. */
enum site_found { SITE_NONE, SITE_ONE, SITE_SEVERAL };
/*
 * Resolves a reference as written. On SITE_SEVERAL *page is the first candidate and
 * site_candidates lists all. `kind` NULL: any.
 */
enum site_found site_resolve(const struct site *s, struct str text, const struct kind *kind, const struct page **page);
size_t site_candidates(const struct site *s, struct str text, const struct kind *kind, const struct page **out, size_t max);
/* What a typed reference of the front matter names; NULL where the page is not published, or there is no one page. */
const struct page *site_field_page(const struct site *s, const struct field *f, const struct value *v);
/* Page titles and slugs near `word`, for suggestions; up to max. */
size_t site_near(const struct site *s, struct arena *a, struct str word, struct str *out, size_t max);

static inline const struct page *site_page(const struct site *s, uint32_t index)
{
	assert(index < s->n_pages);
	return &s->pages[index];
}
/*
 * The doc of a page, for one who reads many in no order: a copy in *room, as each that is looked at where it is mapped
 * brings its neighbours into memory. Valid until *room is changed.
 */
const struct doc *site_read_doc(const struct site *s, const struct page *p, struct buf *room);
const struct page *site_page_by_key(const struct site *s, struct str key); /* NULL */
const struct page *site_page_by_url(const struct site *s, struct str url); /* NULL */
const struct fact *site_fact(const struct site *s, struct str id);         /* NULL */
const struct data_file *site_data(const struct site *s, struct str name);  /* NULL */
/* When a page says what it says: its date; of a source when it was published. */
struct date site_page_date(const struct page *p);
/* A source in a few words, as the theme has it: its short_title, its publisher and year, or its title. */
struct str site_source_name(struct arena *a, const struct page *p);
const struct asset *site_asset(const struct site *s, struct str name);     /* NULL */

/* A text of the strings table: [strings] of site.toml, else the site's strings.toml, else the theme's. False: no such key. */
bool site_string(const struct site *s, struct str key, struct str *out);
/* Keys of the theme's table that are near, for suggestions. */
size_t site_string_keys(const struct site *s, struct arena *a, struct str **out);

/* Names of assets that a page's `image` may mean, the first that exists: beside the page, or by its path; empty: none. */
void site_image_names(struct arena *a, const struct page *p, struct str names[2]);

bool site_is_stale_fact(const struct site *s, const struct fact *f);
bool site_is_stale_page(const struct site *s, const struct page *p);
/* From the first day of its `to`. */
bool site_is_former(const struct site *s, const struct relation *r);
/* URL of a fact's permalink: its subject's page with #fact-ID. */
struct str site_fact_url(const struct site *s, struct arena *a, const struct fact *f);

#endif
