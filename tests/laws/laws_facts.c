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
	for (size_t i = 0; i < m->n_facts; i++)
		map_put(a, &out->by_kind[m->facts[i].kind], m->facts[i].key, i);
}

/* Whether a fact that was read has the same value in the other manifest; `is_known` is false where nobody read it there. */
static bool is_same(const struct manifest_fact *f, const struct index *in, const struct manifest *m, bool *is_known)
{
	uint64_t at;

	*is_known = map_get(&in->by_kind[f->kind], f->key, &at);
	return *is_known && digest_eq(f->digest, m->facts[at].digest);
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
		bool was_rendered = tree_find(rendered, str_z(a, o->path)) != NULL, has_changed = false, is_known;

		if (!n)
			continue;
		for (uint32_t k = 0; k < o->n_facts; k++) {
			const struct manifest_fact *f = &old.facts[o->facts[k]];

			if (is_same(f, &now, &new, &is_known))
				continue;
			has_changed = true;
			if (was_rendered)
				break;
			buf_add_format(why, "%.*s was not rendered, though %s '%.*s' changed\n", STR_ARG(o->path),
				       factset_kind_name((enum fact_kind)f->kind), STR_ARG(f->key));
			return false;
		}
		if (was_rendered && !has_changed && o->route == n->route) {
			buf_add_format(why, "%.*s was rendered, though nothing it read changed\n", STR_ARG(o->path));
			return false;
		}
	}
	return true;
}
