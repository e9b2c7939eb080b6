#include "site/manifest.h"

#include <string.h>

#include "base/pack.h"

/* Strings are borrowed from the file's bytes. The mark's last letter is the version. */
#define MARK "DOSSMAN4"

static void put_list(struct buf *b, const uint32_t *list, uint32_t n)
{
	pack_u32(b, n);
	pack_list(b, list, n);
}

void manifest_write(struct buf *out, const struct manifest *m)
{
	pack_begin(out, MARK);
	pack_digest(out, m->build);
	pack_u32(out, (uint32_t)m->n_facts);
	for (size_t i = 0; i < m->n_facts; i++) {
		pack_u32(out, m->facts[i].kind);
		if (m->facts[i].kind == FACT_GROUP) {
			put_list(out, m->facts[i].members, m->facts[i].n_members);
			continue;
		}
		pack_str(out, m->facts[i].key);
		pack_digest(out, m->facts[i].digest);
	}
	pack_u32(out, (uint32_t)m->n_urls);
	for (size_t i = 0; i < m->n_urls; i++)
		pack_str(out, m->urls[i]);
	pack_u32(out, (uint32_t)m->n_outputs);
	for (size_t i = 0; i < m->n_outputs; i++) {
		const struct manifest_output *o = &m->outputs[i];

		pack_str(out, o->path);
		pack_digest(out, o->digest);
		pack_u64(out, o->route);
		pack_u64(out, o->size);
		pack_u64(out, (uint64_t)o->mtime_ns);
		put_list(out, o->facts, o->n_facts);
		put_list(out, o->links, o->n_links);
		put_list(out, o->ids, o->n_ids);
	}
	pack_end(out);
}

static const uint32_t *get_list(struct pack_reader *r, struct arena *a, uint32_t *n, size_t limit)
{
	uint32_t *list;

	*n = pack_get_count(r, 4);
	list = arena_array(a, uint32_t, *n ? *n : 1);
	for (uint32_t i = 0; i < *n; i++) {
		list[i] = pack_get_u32(r);
		if (list[i] >= limit) {
			r->ok = false;
			list[i] = 0;
		}
	}
	return list;
}

bool manifest_read(struct arena *a, struct str bytes, struct manifest *out)
{
	struct pack_reader r;

	memset(out, 0, sizeof(*out));
	if (!pack_open(bytes, MARK, &r))
		return false;
	out->build = pack_get_digest(&r);
	out->n_facts = pack_get_count(&r, 8);
	out->facts = arena_array(a, struct manifest_fact, out->n_facts ? out->n_facts : 1);
	for (size_t i = 0; i < out->n_facts; i++) {
		struct manifest_fact *f = &out->facts[i];

		f->kind = pack_get_u32(&r);
		r.ok &= f->kind < FACT_KINDS;
		if (f->kind == FACT_GROUP) {
			f->members = get_list(&r, a, &f->n_members, i);
			continue;
		}
		f->key = pack_get_str(&r);
		f->digest = pack_get_digest(&r);
	}
	out->n_urls = pack_get_count(&r, 4);
	out->urls = arena_array(a, struct str, out->n_urls ? out->n_urls : 1);
	for (size_t i = 0; i < out->n_urls; i++)
		out->urls[i] = pack_get_str(&r);
	out->n_outputs = pack_get_count(&r, 56);
	out->outputs = arena_array(a, struct manifest_output, out->n_outputs ? out->n_outputs : 1);
	for (size_t i = 0; i < out->n_outputs; i++) {
		struct manifest_output *o = &out->outputs[i];

		o->path = pack_get_str(&r);
		o->digest = pack_get_digest(&r);
		o->route = pack_get_u64(&r);
		o->size = pack_get_u64(&r);
		o->mtime_ns = (int64_t)pack_get_u64(&r);
		o->facts = get_list(&r, a, &o->n_facts, out->n_facts);
		o->links = get_list(&r, a, &o->n_links, out->n_urls);
		o->ids = get_list(&r, a, &o->n_ids, out->n_urls);
		r.ok &= i == 0 || str_cmp(out->outputs[i - 1].path, o->path) < 0;
	}
	if (r.ok && r.left.len == 0)
		return true;
	memset(out, 0, sizeof(*out));
	return false;
}

const struct manifest_output *manifest_find(const struct manifest *m, struct str path)
{
	size_t lo = 0, hi = m->n_outputs;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = str_cmp(m->outputs[mid].path, path);

		if (c == 0)
			return &m->outputs[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}
