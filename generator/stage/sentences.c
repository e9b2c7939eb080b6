#include "stage/sentences.h"

#include <stdlib.h>
#include <string.h>

#define WANTED UINT32_MAX /* of a backlink, while they are counted */

/* What a worker uses again for every page. */
struct desk {
	struct arena scratch;
	struct buf texts;
};

struct place {
	uint32_t node, off;
	uint32_t page, backlink; /* whose */
};

struct job {
	struct site *site;
	struct arena *arenas; /* by worker */
	struct desk *desks;   /* by worker */
	struct arena scratch;
	uint32_t *ends;       /* by page: where its part of `places` ends */
	struct place *places; /* wanted ones, by the page whose text they are in */
};

static void want(struct job *job, struct page *p, size_t backlink)
{
	const struct backlink *b = &p->backlinks[backlink];

	if (b->node == UINT32_MAX)
		return;
	if (!p->shown)
		p->shown = arena_array(&job->arenas[0], uint32_t, p->n_backlinks);
	job->ends[b->page] += p->shown[backlink] == 0;
	p->shown[backlink] = WANTED;
}

static void want_bucket(struct job *job, const struct routes *r, const struct output *o)
{
	const struct route_buckets *list = &r->buckets[o->page];

	for (size_t i = 0; i < list->n; i++) {
		if (!str_eq(list->items[i].key, o->bucket))
			continue;
		for (uint32_t k = 0; k < list->items[i].n; k++)
			want(job, &job->site->pages[o->page], list->items[i].backlinks[k]);
		return;
	}
}

static void want_shown(struct job *job, struct page *p)
{
	size_t shown = (size_t)job->site->config->backlinks_shown;

	for (size_t i = 0; i < p->n_backlinks && i < shown; i++)
		want(job, p, i);
}

static void collect(struct job *job, const struct routes *r, const bool *render)
{
	struct site *s = job->site;
	uint32_t n = 0;

	for (size_t i = 0; i < r->len; i++) {
		const struct output *o = &r->outputs[i];

		if (render[i] && o->type == ROUTE_BACKLINKS)
			want_bucket(job, r, o);
		else if (render[i] && (o->type == ROUTE_PAGE || o->type == ROUTE_JSON))
			want_shown(job, &s->pages[o->page]);
	}
	for (size_t i = 0; i < s->n_pages; i++) {
		uint32_t count = job->ends[i];

		job->ends[i] = n;
		n += count;
	}
	job->places = arena_alloc(&job->scratch, n, sizeof(*job->places), _Alignof(struct place));
	for (uint32_t i = 0; i < s->n_pages; i++) {
		const struct page *p = &s->pages[i];

		for (uint32_t k = 0; p->shown && k < p->n_backlinks; k++) {
			const struct backlink *b = &p->backlinks[k];

			if (p->shown[k] == WANTED)
				job->places[job->ends[b->page]++] = (struct place){ b->node, b->off, i, k };
		}
	}
}

static int by_place(const void *x, const void *y)
{
	const struct place *a = x, *b = y;

	if (a->node != b->node)
		return a->node < b->node ? -1 : 1;
	return (a->off > b->off) - (a->off < b->off);
}

/* Two that are named in one sentence share it. */
static void read_page(void *ctx, size_t worker, size_t i)
{
	struct job *job = ctx;
	struct desk *desk = &job->desks[worker];
	struct page *p = &job->site->pages[i];
	uint32_t from = i ? job->ends[i - 1] : 0, to = job->ends[i], at = 0;
	struct str last = STR_NONE;

	if (from == to)
		return;
	arena_reset(&desk->scratch);
	buf_clear(&desk->texts);
	buf_add_char(&desk->texts, '\0'); /* no offset is 0 */
	qsort(job->places + from, to - from, sizeof(*job->places), by_place);
	for (uint32_t k = from; k < to; k++) {
		const struct place *here = &job->places[k];
		struct str s = page_sentence(&desk->scratch, p, here->node, here->off, PAGE_SENTENCE_MAX);
		uint16_t len = (uint16_t)s.len;

		if (at == 0 || !str_eq(s, last)) {
			at = (uint32_t)desk->texts.len;
			buf_add_mem(&desk->texts, (const char *)&len, sizeof(len));
			buf_add(&desk->texts, s);
			last = s;
		}
		job->site->pages[here->page].shown[here->backlink] = at;
	}
	p->sentences = buf_copy(&desk->texts, &job->arenas[worker]).ptr;
}

void sentences_make(struct sentences *out, struct pool *pool, struct site *s, const struct routes *r,
		    const bool *render)
{
	size_t workers = pool_size(pool);
	struct job job = { .site = s, .arenas = arena_sys_alloc(workers * sizeof(*job.arenas)) };

	memset(job.arenas, 0, workers * sizeof(*job.arenas));
	*out = (struct sentences){ job.arenas, workers };
	job.ends = arena_array(&job.scratch, uint32_t, s->n_pages + 1);
	job.desks = arena_array(&job.scratch, struct desk, workers);
	for (size_t w = 0; w < workers; w++)
		buf_init(&job.desks[w].texts, 0);
	collect(&job, r, render);
	pool_each(pool, s->n_pages, read_page, &job);
	for (size_t w = 0; w < workers; w++) {
		buf_release(&job.desks[w].texts);
		arena_release(&job.desks[w].scratch);
	}
	arena_release(&job.scratch);
}

void sentences_drop(struct sentences *all, struct site *s)
{
	for (size_t i = 0; i < s->n_pages; i++) {
		s->pages[i].shown = NULL;
		s->pages[i].sentences = NULL;
	}
	for (size_t w = 0; w < all->n; w++)
		arena_release(&all->arenas[w]);
	free(all->arenas);
	*all = (struct sentences){ NULL, 0 };
}
