#include "stage/publish.h"

#include <string.h>

bool publish_stage(struct arena *a, struct str file, struct str bytes, struct publish_item *out, struct diag_list *dl)
{
	memset(out, 0, sizeof(*out));
	out->file = file;
	out->digest = digest_of(bytes);
	out->size = bytes.len;
	out->state = fs_stage(a, file, bytes, &out->temp, dl);
	return out->state != FS_WRITE_FAILED;
}

bool publish_commit(struct publish_item *items, size_t n, struct diag_list *dl)
{
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		if (items[i].temp.len == 0)
			continue;
		if (!fs_rename(items[i].temp, items[i].file, dl)) {
			items[i].state = FS_WRITE_FAILED;
			ok = false;
			continue;
		}
		items[i].temp = STR_NONE;
	}
	return ok;
}

void publish_discard(struct publish_item *items, size_t n)
{
	struct arena scratch = { 0 };
	struct diag_list ignored;

	diag_init(&ignored, &scratch);
	for (size_t i = 0; i < n; i++) {
		if (items[i].temp.len)
			fs_remove(items[i].temp, &ignored);
		items[i].temp = STR_NONE;
	}
	arena_release(&scratch);
}

static uint32_t add_fact(struct publish_facts *p, uint32_t kind, struct str key)
{
	if (p->n == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 256;

		p->facts =
			arena_grow(p->arena, p->facts, p->cap, cap, sizeof(*p->facts), _Alignof(struct manifest_fact));
		p->cap = cap;
	}
	p->facts[p->n] = (struct manifest_fact){ kind, key, { 0, 0 } };
	return (uint32_t)p->n++;
}

static uint32_t intern_text(struct publish_facts *p, uint32_t kind, struct str key)
{
	struct map_entry *m;
	bool is_new;
	uint64_t at;

	if (map_get(&p->texts[kind], key, &at))
		return (uint32_t)at;
	/* The key may lie in memory of this render alone. */
	key = str_copy(p->arena, key);
	m = map_at(p->arena, &p->texts[kind], key, &is_new);
	m->value = add_fact(p, kind, key);
	return (uint32_t)m->value;
}

const uint32_t *publish_intern(struct publish_facts *p, const struct factset *set)
{
	uint32_t *ids = arena_array(p->arena, uint32_t, set->len ? set->len : 1);

	for (size_t i = 0; i < set->len; i++) {
		const struct factset_entry *e = &set->entries[i];

		if (!factset_is_interned((enum fact_kind)e->kind)) {
			ids[i] = intern_text(p, e->kind, e->key);
			continue;
		}
		ids[i] = idmap_get(&p->interned, e->key.ptr, e->kind);
		if (ids[i] == UINT32_MAX) {
			/* Of a page that is not there the key lies in the renderer's memory, which goes before the manifest is written. */
			ids[i] = add_fact(p, e->kind, str_copy(p->arena, e->key));
			idmap_put(p->arena, &p->interned, e->key.ptr, e->kind, ids[i]);
		}
	}
	return ids;
}
