#include "stage/plan.h"

#include <string.h>

#include "base/vec.h"

static const char *change(struct digest old, struct digest now)
{
	if (digest_is_zero(old))
		return "appeared";
	return digest_is_zero(now) ? "is gone" : "changed";
}

/* Of a group: what is said of the first of its facts that does not hold. */
static struct str changed_member(const struct manifest_fact *group, const struct str *why)
{
	for (uint32_t i = 0; i < group->n_members; i++)
		if (why[group->members[i]].len)
			return why[group->members[i]];
	return STR_NONE;
}

/* For every fact of the manifest: empty when it still holds, else the sentence for --explain. */
static struct str *changed_facts(struct arena *a, const struct query_world *world, const struct manifest *m)
{
	struct str *why = arena_array(a, struct str, m->n_facts ? m->n_facts : 1);
	struct arena scratch = { 0 };

	for (size_t i = 0; i < m->n_facts; i++) {
		const struct manifest_fact *f = &m->facts[i];
		struct digest now;

		if (f->kind == FACT_GROUP) {
			why[i] = changed_member(f, why);
			continue;
		}
		now = query_fact_digest(world, &scratch, f->kind, f->key);
		if (!digest_eq(now, f->digest))
			why[i] = str_format(a, "%s '%.*s' %s", factset_kind_name((enum fact_kind)f->kind),
					    STR_ARG(f->key), change(f->digest, now));
		arena_reset(&scratch);
	}
	arena_release(&scratch);
	return why;
}

static struct str why_render(const struct manifest_output *old, const struct str *facts,
			     bool (*state)(void *ctx, struct str path, uint64_t *size, int64_t *mtime_ns), void *ctx)
{
	uint64_t size;
	int64_t mtime;

	for (uint32_t i = 0; i < old->n_facts; i++)
		if (facts[old->facts[i]].len)
			return facts[old->facts[i]];
	if (!state(ctx, old->path, &size, &mtime))
		return STR("its file is missing");
	if (size != old->size || mtime != old->mtime_ns)
		return STR("its file was altered");
	return STR_NONE;
}

void plan_outputs(struct arena *a, const struct query_world *world, const struct routes *routes,
		  const struct manifest *m, struct digest build,
		  bool (*state)(void *ctx, struct str path, uint64_t *size, int64_t *mtime_ns), void *ctx,
		  struct plan *out)
{
	bool is_fresh = m->n_outputs == 0 || !digest_eq(m->build, build);
	const struct str *facts = is_fresh ? NULL : changed_facts(a, world, m);
	VEC(struct str) remove = { 0 };

	memset(out, 0, sizeof(*out));
	out->render = arena_array(a, bool, routes->len + 1);
	out->why = arena_array(a, struct str, routes->len + 1);
	out->old = arena_array(a, const struct manifest_output *, routes->len + 1);
	for (size_t i = 0; i < routes->len; i++) {
		const struct manifest_output *old = manifest_find(m, routes->outputs[i].path);

		out->old[i] = old;
		if (m->n_outputs == 0)
			out->why[i] = STR("there is no manifest of an earlier build");
		else if (!old)
			out->why[i] = STR("it is new");
		else if (is_fresh)
			out->why[i] = STR("the program, the configuration or the links' form changed");
		else if (old->route != route_hash(&routes->outputs[i]))
			out->why[i] = STR("its template or its part of a list is another");
		else
			out->why[i] = why_render(old, facts, state, ctx);
		out->render[i] = out->why[i].len > 0;
		out->n_render += out->render[i];
	}
	for (size_t i = 0; i < m->n_outputs; i++)
		if (!map_has(&routes->by_path, m->outputs[i].path))
			vec_push(a, &remove, m->outputs[i].path);
	out->remove = remove.ptr;
	out->n_remove = remove.len;
}
