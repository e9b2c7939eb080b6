#ifndef BUILD_H
#define BUILD_H

#include "base/diag.h"
#include "base/overlay.h"
#include "base/pool.h"
#include "site/route.h"
#include "site/site.h"
#include "stage/link.h"

/*
 * build - runs the stages in order: scan, parse, link, plan, render, verify,
 * publish. Prints nothing; the caller reports.
 */
struct build_options {
	struct str root;       /* folder of the site; empty: "." */
	struct str config;     /* configuration file, relative to root; empty: site.toml */
	struct str output;     /* output folder; empty: what the configuration says */
	struct str base_url;   /* empty: what the configuration says */
	struct str now;        /* build date; empty: SOURCE_DATE_EPOCH, else today in UTC */
	size_t jobs;           /* 0: one per core */
	bool with_drafts, with_future, is_strict, no_cache, is_offline, keep_going;
	bool with_book;        /* the print edition, whatever the configuration says */
	/* Called as stages begin and outputs are rendered; may be NULL. From the calling thread. */
	void (*progress)(void *ctx, const char *stage, size_t done, size_t total);
	void *ctx;
};

enum build_stage { BUILD_SCAN, BUILD_PARSE, BUILD_LINK, BUILD_PLAN, BUILD_RENDER, BUILD_VERIFY, BUILD_PUBLISH, BUILD_STAGES };

struct build_reason { /* why an output was rendered, for --explain */
	struct str path;
	struct str why;    /* "new", "missing", "page text of companies/deepseek changed", … */
};

struct build_result {
	struct site site;        /* the frozen model, valid until build_release */
	struct config config;
	struct routes routes;
	size_t pages, entities, facts, links, mentions;
	size_t outputs, rendered, written, removed, unchanged;
	double seconds[BUILD_STAGES]; /* wall clock */
	struct build_reason *reasons;
	size_t n_reasons;
	struct str *written_paths, *removed_paths, *changed_paths;
	size_t n_written, n_removed;
	size_t n_changed; /* outputs whose bytes are not those of the last build, wherever its files are now */
	struct str output;       /* folder on disk */
	bool is_published;
	struct arena arena;      /* everything above lies in it */
	struct str docs;     /* mapped: parsed texts that an earlier run kept */
	int docs_file;       /* the same, open */
	struct str heads;    /* mapped: what else it kept of pages */
	struct str kept_roster; /* mapped: what it kept of who there is */
	struct overlay kept_texts; /* what it kept of links and mentions */
	struct overlay manifest; /* what the last build published */
	struct arena *workers;
	size_t n_workers;
};

enum build_status { BUILD_OK, BUILD_ERRORS, BUILD_BAD_CONFIG, BUILD_ENVIRONMENT }; /* the exit codes 0 to 3 */

/* Scan, parse and link only: for list, check, serve's model, config. */
enum build_status build_model(const struct build_options *opt, struct build_result *out, struct diag_list *dl);
/* All of it; nothing is published when there is an error. */
enum build_status build_run(const struct build_options *opt, struct build_result *out, struct diag_list *dl);
void build_release(struct build_result *r);
/*
 * Where what was published in a folder is written down: a manifest for each output folder, so that a build into
 * another one neither forgets the first nor removes what it finds there.
 */
struct str build_manifest_file(struct arena *a, struct str root, struct str output);
const char *build_stage_name(enum build_stage s);

#endif
