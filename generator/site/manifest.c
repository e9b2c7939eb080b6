#include "site/manifest.h"

#include <string.h>

#include "base/buf.h"

/*
 * Layout, all numbers little-endian: magic (8), version (u32), reserved (u32),
 * digest of the rest (16), then counts and tables. Strings stand in one block.
 */
#define MAGIC "DOSSMAN\n"
#define VERSION 2u
#define HEADER 32u

static void put_u32(struct buf *b, uint32_t n)
{
	unsigned char c[4] = { (unsigned char)n, (unsigned char)(n >> 8), (unsigned char)(n >> 16),
			       (unsigned char)(n >> 24) };

	buf_add_mem(b, c, 4);
}

static void put_u64(struct buf *b, uint64_t n)
{
	put_u32(b, (uint32_t)n);
	put_u32(b, (uint32_t)(n >> 32));
}

static void put_digest(struct buf *b, struct digest d)
{
	put_u64(b, d.hi);
	put_u64(b, d.lo);
}

static void put_str(struct buf *b, struct str s)
{
	put_u32(b, (uint32_t)s.len);
	buf_add(b, s);
}

static void put_list(struct buf *b, const uint32_t *list, uint32_t n)
{
	put_u32(b, n);
	for (uint32_t i = 0; i < n; i++)
		put_u32(b, list[i]);
}

void manifest_write(struct buf *out, const struct manifest *m)
{
	struct buf body;

	buf_init(&body, 0);
	put_digest(&body, m->build);
	put_u32(&body, (uint32_t)m->n_facts);
	for (size_t i = 0; i < m->n_facts; i++) {
		put_u32(&body, m->facts[i].kind);
		put_str(&body, m->facts[i].key);
		put_digest(&body, m->facts[i].digest);
	}
	put_u32(&body, (uint32_t)m->n_urls);
	for (size_t i = 0; i < m->n_urls; i++)
		put_str(&body, m->urls[i]);
	put_u32(&body, (uint32_t)m->n_outputs);
	for (size_t i = 0; i < m->n_outputs; i++) {
		const struct manifest_output *o = &m->outputs[i];

		put_str(&body, o->path);
		put_digest(&body, o->digest);
		put_u64(&body, o->route);
		put_u64(&body, o->size);
		put_u64(&body, (uint64_t)o->mtime_ns);
		put_list(&body, o->facts, o->n_facts);
		put_list(&body, o->links, o->n_links);
		put_list(&body, o->ids, o->n_ids);
	}
	buf_add_mem(out, MAGIC, 8);
	put_u32(out, VERSION);
	put_u32(out, 0);
	put_digest(out, digest_of(buf_str(&body)));
	buf_add(out, buf_str(&body));
	buf_release(&body);
}

struct reader {
	const unsigned char *p;
	size_t left;
	bool ok;
};

static uint32_t get_u32(struct reader *r)
{
	uint32_t n;

	if (r->left < 4) {
		r->ok = false;
		r->left = 0;
		return 0;
	}
	n = (uint32_t)r->p[0] | (uint32_t)r->p[1] << 8 | (uint32_t)r->p[2] << 16 | (uint32_t)r->p[3] << 24;
	r->p += 4;
	r->left -= 4;
	return n;
}

static uint64_t get_u64(struct reader *r)
{
	uint64_t lo = get_u32(r);

	return lo | (uint64_t)get_u32(r) << 32;
}

static struct digest get_digest(struct reader *r)
{
	struct digest d;

	d.hi = get_u64(r);
	d.lo = get_u64(r);
	return d;
}

static struct str get_str(struct reader *r)
{
	struct str s = { NULL, get_u32(r) };

	if (s.len > r->left) {
		r->ok = false;
		r->left = 0;
		return STR_NONE;
	}
	s.ptr = (const char *)r->p;
	r->p += s.len;
	r->left -= s.len;
	return s;
}

/* A count that cannot be larger than what is left allows. */
static uint32_t get_count(struct reader *r, size_t least)
{
	uint32_t n = get_u32(r);

	if ((uint64_t)n * least > r->left) {
		r->ok = false;
		return 0;
	}
	return n;
}

static const uint32_t *get_list(struct reader *r, struct arena *a, uint32_t *n, size_t limit)
{
	uint32_t *list;

	*n = get_count(r, 4);
	list = arena_array(a, uint32_t, *n ? *n : 1);
	for (uint32_t i = 0; i < *n; i++) {
		list[i] = get_u32(r);
		if (list[i] >= limit) {
			r->ok = false;
			list[i] = 0;
		}
	}
	return list;
}

static bool check_header(struct str bytes, struct reader *r)
{
	struct digest d;

	if (bytes.len < HEADER || memcmp(bytes.ptr, MAGIC, 8) != 0)
		return false;
	*r = (struct reader){ (const unsigned char *)bytes.ptr + 8, bytes.len - 8, true };
	if (get_u32(r) != VERSION)
		return false;
	get_u32(r);
	d = get_digest(r);
	return digest_eq(d, digest_of(str_skip(bytes, HEADER)));
}

bool manifest_read(struct arena *a, struct str bytes, struct manifest *out)
{
	struct reader r;

	memset(out, 0, sizeof(*out));
	if (!check_header(bytes, &r))
		return false;
	out->build = get_digest(&r);
	out->n_facts = get_count(&r, 24);
	out->facts = arena_array(a, struct manifest_fact, out->n_facts ? out->n_facts : 1);
	for (size_t i = 0; i < out->n_facts; i++) {
		out->facts[i].kind = get_u32(&r);
		out->facts[i].key = get_str(&r);
		out->facts[i].digest = get_digest(&r);
		r.ok &= out->facts[i].kind < FACT_KINDS;
	}
	out->n_urls = get_count(&r, 4);
	out->urls = arena_array(a, struct str, out->n_urls ? out->n_urls : 1);
	for (size_t i = 0; i < out->n_urls; i++)
		out->urls[i] = get_str(&r);
	out->n_outputs = get_count(&r, 56);
	out->outputs = arena_array(a, struct manifest_output, out->n_outputs ? out->n_outputs : 1);
	for (size_t i = 0; i < out->n_outputs; i++) {
		struct manifest_output *o = &out->outputs[i];

		o->path = get_str(&r);
		o->digest = get_digest(&r);
		o->route = get_u64(&r);
		o->size = get_u64(&r);
		o->mtime_ns = (int64_t)get_u64(&r);
		o->facts = get_list(&r, a, &o->n_facts, out->n_facts);
		o->links = get_list(&r, a, &o->n_links, out->n_urls);
		o->ids = get_list(&r, a, &o->n_ids, out->n_urls);
		r.ok &= i == 0 || str_cmp(out->outputs[i - 1].path, o->path) < 0;
	}
	if (r.ok && r.left == 0)
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
