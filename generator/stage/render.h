#ifndef RENDER_H
#define RENDER_H

#include "lua/bind.h"
#include "lua/engine.h"

/*
 * render - one output through its template. One per worker.
 */
struct render_worker {
	const struct site *site;
	const struct routes *routes;
	struct engine *engine;
	struct arena scratch; /* of one output */
	struct factset facts; /* what the last output read */
	struct diag_list *dl;
	bool is_offline;
	struct bind_job job;
};

/* `set` may be NULL where nothing is rendered by a template. The facts stay in their arena when the worker is released. */
void render_worker_init(struct render_worker *w, const struct site *s, const struct routes *routes,
			const struct engine_set *set, bool is_offline, struct arena *facts, struct diag_list *dl);
void render_worker_release(struct render_worker *w);

/* Prepares the worker for an output: its links, its page, an empty fact set. */
void render_begin(struct render_worker *w, const struct output *o);
/* Renders it. False after an error, which is in the worker's list. */
bool render_output(struct render_worker *w, const struct output *o, struct buf *out);

#endif
