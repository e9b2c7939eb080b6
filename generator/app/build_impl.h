#ifndef BUILD_IMPL_H
#define BUILD_IMPL_H

#include <time.h>

#include "app/build.h"
#include "base/fs.h"
#include "base/vec.h"
#include "lua/engine.h"
#include "site/manifest.h"
#include "stage/emit.h"
#include "stage/link.h"
#include "stage/parse.h"
#include "stage/plan.h"
#include "stage/publish.h"
#include "stage/render.h"
#include "stage/scan.h"
#include "stage/search.h"
#include "stage/sentences.h"
#include "stage/verify.h"

/*
 * build_impl - what the parts of build share; nobody else includes it.
 */

/* An input changed so shortly before it was read may have been changed again without another time. */
#define BUILD_RACY_NS INT64_C(2000000000)

/* Files that are only added to. */
enum build_store { BUILD_DOCS, BUILD_HEADS, BUILD_STORES };

struct build_pending { /* a parsed page, and what is kept of it */
	uint32_t page;
	struct cache_page *kept;
};

struct build_keeper {                   /* of one worker */
	struct buf bytes[BUILD_STORES]; /* on their way to the files */
	VEC(struct build_pending) pending; /* whose they are */
	struct arena docs;              /* theirs, until they lie in the file */
	struct diag_list *dl;
};

struct build {
	const struct build_options *opt;
	struct build_result *out;
	struct arena *arena; /* the result's */
	struct diag_list *dl;
	struct diag_list *lists; /* by worker */
	struct pool *pool;
	struct str root, config_path;
	struct digest config_digest;
	struct scan scan;
	struct arena parsing;  /* of what parse gives to link; gone after it */
	struct parsed *parsed; /* in `parsing` */
	size_t n_parsed;
	uint32_t *places;   /* by parsed page: in `pages`; in `parsing` */
	struct page *pages; /* by key; link makes them the site's */
	size_t cap_pages;
	struct digest *digests; /* by parsed page: of its file */
	int32_t holds_until; /* the first day on which a predicate of the build date may turn for a page; INT32_MAX: none */
	struct date now;
	int64_t scanned_ns;            /* when scanning began, by the clock that files go by */
	struct parse_worker **parsers; /* by worker */
	struct cache cache;            /* what the last run kept of pages; this run's settings */
	const struct cache_page **were; /* by parsed page: what the last run kept; NULL: nothing; in `parsing` */
	const struct cache_page **kept; /* by parsed page: what this one keeps; NULL: nothing; in `parsing` */
	struct overlay pages_kept;      /* the file they lie in */
	struct build_keeper *keepers;
	bool keeps_pages;
	struct fs_info stored[BUILD_STORES]; /* of files as they are mapped */
	bool trusts_stores;                  /* they are what the last run left */
	bool is_cache_new;                   /* they are begun anew */
	bool moves_docs;           /* all docs are to be used where they are mapped, once they are written */
	struct records *data_records;
	struct engine_source *templates, *scripts;
	size_t n_templates, n_scripts;
	struct map template_names;    /* name → index into templates */
	struct digest scripts_digest; /* templates are facts of the outputs that use them; scripts may matter to any */
	struct engine_set *set;
	double started;
	struct timespec looked; /* when what is held was looked at last */
	size_t may_hold; /* bytes of mapped files in memory, before docs are given back */
};

double build_clock(void); /* seconds, monotonic */
void build_progress(struct build *b, enum build_stage stage, size_t done, size_t total);
void build_merge_lists(struct build *b);
/* Docs that were read come back when they are looked at again: until then they need no memory. */
void build_forget(struct build *b);
/* Joins the site's root and a path. */
struct str build_file(const struct build *b, struct str path);

enum build_status build_configure(struct build *b);
bool build_scan(struct build *b);
bool build_load(struct build *b); /* parse, assets, templates */

void build_open_cache(struct build *b);
void build_find_kept(struct build *b, const struct scan_file *const *files, size_t n); /* of all pages' files, sorted */
/* What is kept of this file, if anything. From any thread. */
void build_recall_page(const struct build *b, size_t i, const struct scan_file *f, struct parse_input *in);
void build_begin_cache(struct build *b, size_t n_pages);
void build_keep_page(struct build *b, size_t worker, size_t i, const struct scan_file *f, struct parsed *p);
void build_flush_cache(struct build *b);        /* all docs lie in the file */
bool build_move_doc(struct build *b, size_t i); /* to where it is mapped; false: the page has lost its doc */
void build_end_cache(struct build *b, const struct scan_file *const *files, size_t n_pages);
/* What link takes from an earlier run, mapped, with the settings it goes by; where what it gives to the next one goes. */
struct digest build_recall_links(struct build *b);
struct str build_links_file(const struct build *b, enum link_file which);

/* A file of .dossier/ that belongs to this output folder: "state" of what. */
struct str build_kept_file(const struct build *b, const char *what);
/* The search index, from what was kept of the last, which must outlive it; keeps it in turn. */
struct search_index *build_search(struct build *b, const struct search_plan *plan, struct overlay *kept);

/* What a worker needs for outputs. */
struct maker {
	struct render_worker render;
	struct verify_scanner verify;
	struct buf bytes;
};

/*
 * What need not be held all along comes early: the files of the search, which are made already; and pages that others speak
 * of, for which the sentences are there. Cards are for one thread.
 */
enum turn { TURN_LONG, TURN_SEARCH, TURN_HEARD, TURN_PAGES, TURN_CARDS, TURNS };

struct outputs {
	struct build *b;
	const struct routes *routes;
	struct plan plan;
	struct manifest old;
	struct maker *makers;       /* by worker */
	struct publish_item *items; /* by output */
	struct verify_page *links;  /* by output */
	struct verify_texts old_texts;
	struct publish publish;
	struct fs_dir dir;      /* the output folder, while planning */
	const uint32_t **facts; /* by output: numbers of the worker that rendered it */
	uint32_t *n_facts;
	uint32_t *worker;             /* by output: who rendered it */
	uint32_t *queue;              /* outputs to render */
	int64_t *mtimes;              /* by output of the old manifest: its time now, where only that is another */
	struct card_painter *painter; /* NULL: no cards */
	size_t ends[TURNS];           /* of the queue, where each turn ends */
	struct sentences sentences;
	struct search_plan search;
	struct search_index *search_index; /* NULL: there is no page to search on */
	struct overlay search_kept;
};

bool build_has_template(const void *ctx, struct str name);
void build_link(struct build *b);
bool build_templates(struct build *b); /* compiles them; false with diagnostics */
struct query_world build_world(const struct build *b);
struct digest build_made_with(const struct build *b); /* what all outputs depend on without reading it as a fact */
bool build_write_manifest(struct outputs *x);         /* and what else is kept of a build that was published */
bool build_amend_manifest(struct outputs *x);         /* false: it must be written anew */
/* What stands there now; of one that was rendered in its worker's numbers, else in those of the old manifest. */
struct manifest_output build_published(const struct outputs *x, size_t i);
bool build_outputs(struct build *b);                  /* plan, render, verify, publish */

/* Whether nothing at all has changed since the last build; fills the result then. After build_scan. */
bool build_is_current(struct build *b);
void build_note_pages(struct build *b);               /* what the state takes of parsed pages; before link */
struct str build_staging_file(const struct build *b); /* stands while outputs are staged */
void build_forget_state(struct build *b);             /* before anything is published */
void build_keep_state(const struct outputs *x);

#endif
