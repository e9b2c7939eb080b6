#ifndef PLAN_H
#define PLAN_H

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
};

/*
 * `manifest` may be empty. `build` is the digest of what every output depends
 * on. `state` tells what is published now at a path: false when the file is
 * missing; size and time are compared with the manifest's.
 */
void plan_outputs(struct arena *a, const struct query_world *world, const struct routes *routes, const struct manifest *manifest,
		  struct digest build, bool (*state)(void *ctx, struct str path, uint64_t *size, int64_t *mtime_ns), void *ctx,
		  struct plan *out);

#endif
