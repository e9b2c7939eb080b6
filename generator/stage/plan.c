#include "stage/plan.h"

#include <string.h>

#include "base/vec.h"

enum reason { KEPT, NO_MANIFEST, NEW, FRESH, ROUTE, FACT, MISSING, ALTERED };

static const char *const sentences[] = {
	[NO_MANIFEST] = "there is no manifest of an earlier build",
	[NEW] = "it is new",
	[FRESH] = "the program, the configuration or the links' form changed",
	[ROUTE] = "its template or its part of a list is another",
	[MISSING] = "its file is missing",
	[ALTERED] = "its file was altered",
};

struct planning {
	const struct plan_question *q;
	struct plan *out;
	bool is_fresh;   /* what is kept of the last build is of no use */
	bool *changed;   /* by fact of the manifest */
	uint8_t *reason; /* by output */
	uint32_t *fact;  /* by output: the first that changed, where that is the reason */
};

static struct digest aspect_now(const struct planning *x, uint32_t number)
{
	uint32_t page = x->out->pages[number / FACT_PAGE_KINDS];

	if (page == UINT32_MAX)
		return (struct digest){ 0, 0 };
	return factset_page_digest(&x->q->world->site->pages[page], (enum fact_kind)(number % FACT_PAGE_KINDS));
}

/* The first kinds of facts are the page's own digests, in their order: mostly all are what they were. */
static uint32_t first_to_compare(const struct planning *x, uint32_t key)
{
	uint32_t page = x->out->pages[key];
	const struct digest *then = &x->q->manifest->aspects[key * FACT_PAGE_KINDS];

	if (page == UINT32_MAX ||
	    memcmp(x->q->world->site->pages[page].digests, then, PAGE_ASPECTS * sizeof(*then)) != 0)
		return 0;
	return PAGE_ASPECTS;
}

/* A group has changed with any of its facts, which stand before it. */
static bool has_changed(const struct planning *x, const struct manifest_fact *f, struct digest now)
{
	for (uint32_t i = 0; i < f->n_members; i++)
		if (x->changed[f->members[i]])
			return true;
	return f->kind != FACT_GROUP && !digest_eq(now, f->digest);
}

static void compare_facts(struct arena *a, struct planning *x)
{
	const struct manifest *m = x->q->manifest;
	const struct site *s = x->q->world->site;
	struct digest *now = arena_array(a, struct digest, m->n_facts + 1);
	uint32_t n = manifest_n_of_pages(m);
	struct arena scratch = { 0 };
	VEC(uint32_t) changed = { 0 };

	x->out->pages = manifest_pages(m, a, s->pages, s->n_pages);
	x->out->now = now;
	for (uint32_t key = 0; key < m->n_keys; key++) {
		for (uint32_t kind = first_to_compare(x, key); kind < FACT_PAGE_KINDS; kind++) {
			uint32_t i = key * FACT_PAGE_KINDS + kind;

			x->changed[i] = !digest_eq(aspect_now(x, i), m->aspects[i]);
			if (x->changed[i])
				vec_push(a, &changed, i);
		}
	}
	for (size_t i = 0; i < m->n_facts; i++) {
		const struct manifest_fact *f = &m->facts[i];

		if (f->kind != FACT_GROUP)
			now[i] = query_fact_digest(x->q->world, &scratch, f->kind, f->key);
		x->changed[n + i] = has_changed(x, f, now[i]);
		if (x->changed[n + i] && f->kind != FACT_GROUP)
			vec_push(a, &changed, n + (uint32_t)i);
		arena_reset(&scratch);
	}
	x->out->changed = changed.ptr;
	x->out->n_changed = changed.len;
	arena_release(&scratch);
}

static void find_reason(void *ctx, size_t worker, size_t i)
{
	struct planning *x = ctx;
	const struct manifest_output *old = x->out->old[i];
	uint64_t size;
	int64_t mtime;

	(void)worker;
	if (!old || x->is_fresh) {
		x->reason[i] = x->q->manifest->n_outputs == 0 ? NO_MANIFEST : !old ? NEW : FRESH;
		return;
	}
	if (old->route != route_hash(&x->q->routes->outputs[i])) {
		x->reason[i] = ROUTE;
		return;
	}
	for (uint32_t k = 0; k < old->n_facts; k++) {
		if (x->changed[old->facts[k]]) {
			x->reason[i] = FACT;
			x->fact[i] = old->facts[k];
			return;
		}
	}
	if (!x->q->state(x->q->ctx, old, &size, &mtime))
		x->reason[i] = MISSING;
	else if (size != old->size || mtime != old->mtime_ns)
		x->reason[i] = ALTERED;
}

static const char *change(struct digest old, struct digest now)
{
	if (digest_is_zero(old))
		return "appeared";
	return digest_is_zero(now) ? "is gone" : "changed";
}

/* Of a group: what is to be said of the first of its facts that does not hold. */
static struct str describe(struct arena *a, const struct planning *x, uint32_t number)
{
	const struct manifest *m = x->q->manifest;
	struct manifest_fact f = manifest_fact(m, number);
	uint32_t n = manifest_n_of_pages(m);
	struct digest now;

	for (uint32_t i = 0; f.kind == FACT_GROUP && i < f.n_members; i++)
		if (x->changed[f.members[i]])
			return describe(a, x, f.members[i]);
	now = number < n ? aspect_now(x, number) : x->out->now[number - n];
	return str_format(a, "%s '%.*s' %s", factset_kind_name((enum fact_kind)f.kind), STR_ARG(f.key),
			  change(f.digest, now));
}

/* Both are sorted by path. */
static void match_outputs(struct arena *a, const struct routes *routes, const struct manifest *m, struct plan *out)
{
	VEC(struct str) remove = { 0 };
	size_t at = 0;

	for (size_t i = 0; i < routes->len; i++) {
		int c = 1;

		while (at < m->n_outputs && (c = str_cmp(m->outputs[at].path, routes->outputs[i].path)) < 0)
			vec_push(a, &remove, m->outputs[at++].path);
		if (at < m->n_outputs && c == 0)
			out->old[i] = &m->outputs[at++];
	}
	while (at < m->n_outputs)
		vec_push(a, &remove, m->outputs[at++].path);
	out->remove = remove.ptr;
	out->n_remove = remove.len;
}

void plan_outputs(struct arena *a, const struct plan_question *q, struct plan *out)
{
	const struct manifest *m = q->manifest;
	struct planning x = { .q = q, .out = out, .is_fresh = m->n_outputs == 0 || !digest_eq(m->build, q->build) };
	struct arena scratch = { 0 };
	size_t len = q->routes->len;

	memset(out, 0, sizeof(*out));
	out->render = arena_array(a, bool, len + 1);
	out->why = arena_array(a, struct str, len + 1);
	out->old = arena_array(a, const struct manifest_output *, len + 1);
	x.changed = arena_array(&scratch, bool, manifest_n_of_pages(m) + m->n_facts + 1);
	x.reason = arena_array(&scratch, uint8_t, len + 1);
	x.fact = arena_array(&scratch, uint32_t, len + 1);
	match_outputs(a, q->routes, m, out);
	if (!x.is_fresh)
		compare_facts(a, &x);
	pool_each(q->pool, len, find_reason, &x);
	for (size_t i = 0; i < len; i++) {
		if (x.reason[i] == KEPT)
			continue;
		out->why[i] = x.reason[i] == FACT ? describe(a, &x, x.fact[i]) : str_from(sentences[x.reason[i]]);
		out->render[i] = true;
		out->n_render++;
	}
	arena_release(&scratch);
}
