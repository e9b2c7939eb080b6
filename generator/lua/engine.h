#ifndef ENGINE_H
#define ENGINE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/str.h"

/*
 * engine - templates and the site's Lua, run.
 *
 * engine_load compiles and checks everything once; the set is immutable and
 * shared by all workers. engine_new makes a worker's engine: one Lua state,
 * templates loaded into it when first used. Rendering is a pure function of the
 * job's context: of one render the next keeps only stretches of text that read
 * nothing but what the host calls constant.
 */
struct engine_host; /* what the site adds: bind.h; NULL: nothing */
struct engine_set;
struct engine;

struct engine_source {
	struct str name; /* as templates call it: "partials/card.html" */
	struct str path; /* for messages: "templates/partials/card.html" */
	struct str text; /* borrowed by the set */
};

struct engine_options {        /* zero: the default */
	uint64_t instructions; /* of one render: 50 million */
	size_t memory;         /* of one render, bytes: 64 MB */
	size_t output;         /* of one render, bytes: 64 MB */
};

struct engine_job {
	struct str template; /* its name */
	struct str page;     /* path of the page that is rendered, for messages; may be empty */
	const void *ctx;     /* for the host */
};

/*
 * Reads templates and scripts (the site's .lua files, run in this order), and
 * checks the whole set. NULL when anything is wrong: all of it is in `dl`. The
 * set lies in `a` and borrows the sources' text.
 */
struct engine_set *engine_load(struct arena *a, const struct engine_source *templates, size_t n_templates,
			       const struct engine_source *scripts, size_t n_scripts, const struct engine_host *host,
			       struct diag_list *dl);
bool engine_has_template(const struct engine_set *set, struct str name);
/* How many stretches of a template are the same in every render, and kept; 0 also when there is no such template. */
size_t engine_kept(const struct engine_set *set, struct str name);

struct engine *engine_new(const struct engine_set *set, const struct engine_options *options); /* options may be NULL */
void engine_free(struct engine *e);                                                            /* NULL is allowed */
/* Another of the same set and budget, for templates that run in the midst of a render of `e`: made once, freed with it. */
struct engine *engine_inner(struct engine *e);

/*
 * Appends to `out`. False after an error, which is in `dl` with the place in
 * the template, how it got there, and the page; `out` then has its old length.
 */
bool engine_render(struct engine *e, const struct engine_job *job, struct buf *out, struct diag_list *dl);

/* Bytes that the Lua state holds now. */
size_t engine_memory(const struct engine *e);

#endif
