#ifndef PLAN_H
#define PLAN_H

#include "base/pool.h"
#include "site/manifest.h"
#include "site/query.h"
#include "site/route.h"

/*
 * plan - which outputs must be rendered, and why.
 *
 * An output is rendered when it is new, when its file is missing or was
 * altered, or when a fact it read has another value now. Everything else keeps
 * its bytes.
 */
struct plan {
	bool *render;      /* by output */
	struct str *why;   /* by output; empty where nothing is rendered */
	const struct manifest_output **old; /* by output: what was published; NULL: nothing */
	struct str *remove; /* paths that are no longer outputs */
	size_t n_render, n_remove;
	/* Of the manifest, unless everything is rendered anyway: */
	const uint32_t *pages;    /* by key: the page it is now; UINT32_MAX: gone */
	const struct digest *now; /* by fact that is no aspect of a page: what it is now */
	const uint32_t *changed;  /* numbers of facts that are others now; of no groups */
	size_t n_changed;
};

struct plan_question {
	const struct query_world *world;
	const struct routes *routes;
	const struct manifest *manifest; /* may be empty */
	struct digest build;             /* of what every output depends on */
	/*
	 * What is published now in place of `old`: false when the file is missing; size and time are compared with the
	 * manifest's. From any thread.
	 */
	bool (*state)(void *ctx, const struct manifest_output *old, uint64_t *size, int64_t *mtime_ns);
	void *ctx;
	struct pool *pool;
};
void plan_outputs(struct arena *a, const struct plan_question *q, struct plan *out);

#endif
