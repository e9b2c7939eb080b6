#ifndef LINK_H
#define LINK_H

#include "base/overlay.h"
#include "base/pool.h"
#include "site/site.h"

/*
 * link - makes the site out of its parsed pages: who is published, who is
 * called what, what every reference means, who speaks of whom. After it the
 * site is frozen.
 */
struct link_page { /* what parse gave for one file */
	uint32_t at;             /* its page in link_input.room; link leaves the page's index, UINT32_MAX where it has none */
	struct records *records; /* NULL: none */
};

#define LINK_MARK "DOSSLNK8" /* of what is kept of texts */

/* What is kept between runs: who there is and is called what; what each text links to and names. */
enum link_file { LINK_ROSTER, LINK_TEXTS, LINK_FILES };

struct link_input {
	const struct config *config;
	struct str root;
	struct page *room;       /* those of all files, by key; they become the site's, with room for others behind them */
	size_t cap_room;
	struct link_page *pages; /* by file, sorted by path */
	size_t n_pages;
	struct data_file *data;
	struct records *data_records; /* one per data file */
	size_t n_data;
	struct asset *assets; /* attachments among them: name is the path in content/ */
	size_t n_assets;
	const struct value *theme_strings, *site_strings;
	struct date now;
	bool with_drafts, with_future;
	/* Whether a template of this name exists: decides which built-in pages there are. */
	bool (*has_template)(const void *ctx, struct str name);
	/* Parses an explanation; from the calling thread. */
	const struct doc *(*markdown)(void *ctx, struct str path, struct str text);
	void *ctx;
	struct digest settings;    /* of all that links and mentions depend on beside pages, records and assets */
	struct str roster;         /* what an earlier run kept, which the site borrows from; empty: nothing */
	struct overlay *texts;     /* the same of texts, an overlay of LINK_MARK, or of nothing */
	struct overlay *texts_now; /* the same file once more: it is brought up to date and saved where that is enough */
	/* Takes what is to be kept of this run, in pieces, where it is not the same; NULL: nothing is kept. */
	void (*keep)(void *ctx, struct str bytes);
	void *keep_ctx[LINK_FILES];
	struct pool *pool;
	struct arena *workers;     /* pool_size of them */
	struct diag_list *lists;   /* pool_size of them */
};

/* Fills *out; what it makes lies in `a`, where `room` must lie, and the workers' arenas. Diagnostics go to `dl` and the workers' lists. */
void link_site(struct arena *a, const struct link_input *in, struct site *out, struct diag_list *dl);

#endif
