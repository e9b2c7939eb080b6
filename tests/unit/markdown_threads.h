#ifndef MARKDOWN_THREADS_H
#define MARKDOWN_THREADS_H

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/pool.h"
#include "text/markdown.h"
#include "text/markup.h"
#include "unit/markdown_random.h"

/*
 * markdown_threads - the same pages parsed and rendered by one thread and by
 * many: docs and HTML must be the same bytes.
 */
#define THREAD_PAGES 500

struct threads {
	struct buf pages[THREAD_PAGES];
	struct digest expected[THREAD_PAGES];
	struct worker {
		struct markdown *m;
		struct arena arena;
		struct buf out;
		size_t wrong;
	} * workers;
};

static inline struct digest threads_digest(struct worker *w, struct str text, size_t page)
{
	struct markdown_options opt = { .plain = page % 7 == 0, .gfm = page % 3 == 0, .unsafe = page % 2 };
	struct markup how = { .unsafe = opt.unsafe, .tagfilter = opt.gfm, .heading_ids = true };
	struct diag_list dl;
	struct doc *d;

	arena_reset(&w->arena);
	diag_init(&dl, &w->arena);
	d = markdown_parse(w->m, &w->arena, STR("page.md"), text, 0, &opt, &dl);
	if (!d)
		return (struct digest){ 1, dl.len };
	buf_clear(&w->out);
	markup_html(&w->out, d, 0, d->n_nodes, &how);
	return digest_join(digest_of((struct str){ (const char *)d, d->bytes }), digest_of(buf_str(&w->out)));
}

static inline void threads_check(void *ctx, size_t worker, size_t i)
{
	struct threads *t = ctx;
	size_t page = i % THREAD_PAGES;
	struct digest got = threads_digest(&t->workers[worker], buf_str(&t->pages[page]), page);

	t->workers[worker].wrong += !digest_eq(got, t->expected[page]);
}

/* How many of `parses` parses by `n` threads differ from those of one. */
static inline size_t threads_differences(size_t n, size_t parses)
{
	struct threads *t = calloc(1, sizeof(*t));
	struct pool *pool = pool_new(n);
	struct random r = { 4711 };
	size_t wrong = 0;

	markdown_setup();
	t->workers = calloc(n, sizeof(*t->workers));
	for (size_t i = 0; i < n; i++)
		t->workers[i].m = markdown_new();
	for (size_t i = 0; i < THREAD_PAGES; i++) {
		buf_init(&t->pages[i], 0);
		for (int k = 0; k < 3; k++)
			random_document(&r, &t->pages[i], true);
		buf_add_z(&t->pages[i],
			  "\n~~struck~~ http://a.b [[link|text]] [@key, p. 1] {{< code >}} a@b.c[^1]\n\n[^1]: note\n");
		t->expected[i] = threads_digest(&t->workers[0], buf_str(&t->pages[i]), i);
	}
	pool_each(pool, parses, threads_check, t);
	for (size_t i = 0; i < n; i++) {
		wrong += t->workers[i].wrong;
		markdown_free(t->workers[i].m);
		arena_release(&t->workers[i].arena);
		buf_release(&t->workers[i].out);
	}
	for (size_t i = 0; i < THREAD_PAGES; i++)
		buf_release(&t->pages[i]);
	pool_free(pool);
	free(t->workers);
	free(t);
	return wrong;
}

#endif
