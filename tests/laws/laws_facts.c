#include "laws/laws.h"

#include "base/map.h"
#include "site/manifest.h"

/* The facts of a manifest by kind and key. */
struct index {
	struct map by_kind[FACT_KINDS];
};

static void index_facts(struct arena *a, const struct manifest *m, struct index *out)
{
	*out = (struct index){ 0 };
	for (uint32_t i = 0; i < manifest_n_of_pages(m) + m->n_facts; i++) {
		struct manifest_fact f = manifest_fact(m, i);

		if (f.kind != FACT_GROUP)
			map_put(a, &out->by_kind[f.kind], f.key, i);
	}
}

/* Whether a fact that was read, and is no group, has the same value in the other manifest. */
static bool is_same(const struct manifest_fact *f, const struct index *in, const struct manifest *m)
{
	uint64_t at;

	return map_get(&in->by_kind[f->kind], f->key, &at) &&
	       digest_eq(f->digest, manifest_fact(m, (uint32_t)at).digest);
}

/* The fact itself where it has another value, or the first such of a group, in *out; false: it is the same. */
static bool changed(const struct manifest *old, uint32_t fact, const struct index *in, const struct manifest *m,
		    struct manifest_fact *out)
{
	struct manifest_fact f = manifest_fact(old, fact);

	*out = f;
	if (f.kind != FACT_GROUP)
		return !is_same(&f, in, m);
	for (uint32_t i = 0; i < f.n_members; i++) {
		*out = manifest_fact(old, f.members[i]);
		if (!is_same(out, in, m))
			return true;
	}
	return false;
}

bool laws_facts_hold(struct arena *a, struct str before, struct str after, const struct tree *rendered, struct buf *why)
{
	struct manifest old, new;
	struct index now;

	if (!manifest_read(a, before, &old) || !manifest_read(a, after, &new) || !digest_eq(old.build, new.build))
		return true;
	index_facts(a, &new, &now);
	for (size_t i = 0; i < old.n_outputs; i++) {
		const struct manifest_output *o = &old.outputs[i], *n = manifest_find(&new, o->path);
		bool was_rendered = tree_find(rendered, str_z(a, o->path)) != NULL, has_changed = false;

		if (!n)
			continue;
		for (uint32_t k = 0; k < o->n_facts; k++) {
			struct manifest_fact f;

			if (!changed(&old, o->facts[k], &now, &new, &f))
				continue;
			has_changed = true;
			if (was_rendered)
				break;
			buf_add_format(why, "%.*s was not rendered, though %s '%.*s' changed\n", STR_ARG(o->path),
				       factset_kind_name((enum fact_kind)f.kind), STR_ARG(f.key));
			return false;
		}
		if (was_rendered && !has_changed && o->route == n->route) {
			buf_add_format(why, "%.*s was rendered, though nothing it read changed\n", STR_ARG(o->path));
			return false;
		}
	}
	return true;
}
