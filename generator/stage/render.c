#include "stage/render.h"

#include <string.h>

#include "site/book.h"

void render_worker_init(struct render_worker *w, const struct site *s, const struct routes *routes,
			const struct engine_set *set, bool is_offline, struct arena *facts, struct diag_list *dl)
{
	struct engine_options opt = { .instructions = (uint64_t)s->config->template_instructions,
				      .memory = (size_t)s->config->template_memory_mb << 20 };

	memset(w, 0, sizeof(*w));
	w->site = s;
	w->routes = routes;
	w->is_offline = is_offline;
	w->dl = dl;
	w->engine = set ? engine_new(set, &opt) : NULL;
	factset_init(&w->facts, facts, s->pages, s->n_pages);
}

void render_worker_release(struct render_worker *w)
{
	engine_free(w->engine);
	arena_release(&w->scratch);
}

/* The error page stands for addresses of any depth. */
static bool is_relative(const struct config *c, const struct output *o)
{
	return c->links == LINKS_RELATIVE && o->type != ROUTE_404;
}

/* The print edition holds about everything, so that it is made anew with anything. */
static void begin_book(struct render_worker *w)
{
	struct book *b = arena_new(&w->scratch, struct book);

	book_plan(&w->scratch, w->site, b);
	w->job.href.inside = &b->inside;
	factset_note(&w->facts, FACT_SITE, STR("all"));
}

void render_begin(struct render_worker *w, const struct output *o)
{
	uint64_t home;

	factset_begin(&w->facts);
	arena_reset(&w->scratch);
	w->job = (struct bind_job){ .site = w->site,
				    .routes = w->routes,
				    .output = o,
				    .facts = &w->facts,
				    .scratch = &w->scratch,
				    .engine = w->engine,
				    .dl = w->dl };
	w->job.href = (struct href){ .config = w->site->config,
				     .from = o->url,
				     .is_relative = w->is_offline || is_relative(w->site->config, o),
				     .is_offline = w->is_offline };
	if (o->page != UINT32_MAX)
		w->job.page = &w->site->pages[o->page];
	else if (map_get(&w->site->by_key, STR("index"), &home))
		w->job.page = &w->site->pages[home];
	if (str_eq(o->template, STR("book.html")))
		begin_book(w);
	bind_job_init(&w->job);
}

bool render_output(struct render_worker *w, const struct output *o, struct buf *out)
{
	struct engine_job job = { .template = o->template, .page = w->job.page->path, .ctx = &w->job };

	if (job.page.len == 0)
		job.page = o->path;
	return engine_render(w->engine, &job, out, w->dl);
}
