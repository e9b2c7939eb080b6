#ifndef BIND_H
#define BIND_H

#include "lua/engine.h"
#include "site/body.h"
#include "site/factset.h"
#include "site/route.h"
#include "site/site.h"

/*
 * bind - the site as templates see it: read-only userdata over the frozen
 * model. Every read notes a fact in the job's set, through one function.
 */
struct bind_job { /* the ctx of an engine_job */
	const struct site *site;
	const struct routes *routes;
	const struct output *output;
	const struct page *page; /* never NULL: the home page for outputs without one */
	struct href href;
	struct factset *facts;
	struct arena *scratch;   /* for this render; the caller resets it afterwards */
	struct engine *engine;   /* that runs it; with its inner ones run the templates that texts call; NULL: none do */
	struct diag_list *dl;
	struct body body;          /* filled by bind_job_init */
	struct bind_state *state;  /* NULL before bind_job_init */
};

/* Shortcodes that print texts which have shortcodes: how deep. Beyond, one surely prints the text that it stands in. */
#define BIND_MAX_DEPTH 4

/* What engine_load needs to know the site's names, functions and filters. Static storage. */
const struct engine_host *bind_host(void);
struct bind_state;
/* Fills job->body (with the shortcode and figure templates as hooks); the other fields are set by the caller. */
void bind_job_init(struct bind_job *job);

#endif
