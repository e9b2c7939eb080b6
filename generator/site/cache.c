#include "site/cache.h"

#include <string.h>

#include "base/pack.h"

#define MARK "DOSSPAG6"
#define DOC_ALIGN 8

/* Numbers and digests of one page, without its texts. */
#define FIXED (4 * 4 + 8 + 8 + 16 + 3 * 16 + 8 + 4)

void cache_write(struct buf *out, const struct cache *c)
{
	size_t bytes = PACK_HEADER + 2 * 16 + 4;

	for (size_t i = 0; i < c->n; i++)
		bytes += FIXED + c->pages[i].path.len + c->pages[i].head.meta.len + c->pages[i].head.places.len +
			 c->pages[i].head.extract.len;
	buf_reserve(out, bytes);
	pack_begin(out, MARK);
	pack_digest(out, c->settings);
	pack_digest(out, c->docs);
	pack_u32(out, (uint32_t)c->n);
	for (size_t i = 0; i < c->n; i++) {
		const struct cache_page *p = &c->pages[i];

		pack_str(out, p->path);
		pack_u64(out, p->size);
		pack_u64(out, (uint64_t)p->mtime_ns);
		pack_digest(out, p->file);
		pack_str(out, p->head.meta);
		pack_str(out, p->head.places);
		pack_str(out, p->head.extract);
		pack_digest(out, p->head.meta_digest);
		pack_digest(out, p->head.doc_digest);
		pack_digest(out, p->head.doc_image);
		pack_u64(out, p->at);
		pack_u32(out, p->len);
	}
	pack_end(out);
}

bool cache_read(struct arena *a, struct str bytes, struct cache *out)
{
	struct pack_reader r;

	memset(out, 0, sizeof(*out));
	if (!pack_open(bytes, MARK, &r))
		return false;
	out->settings = pack_get_digest(&r);
	out->docs = pack_get_digest(&r);
	out->n = pack_get_count(&r, FIXED);
	out->pages = arena_array(a, struct cache_page, out->n + 1);
	for (size_t i = 0; i < out->n; i++) {
		struct cache_page *p = &out->pages[i];

		p->path = pack_get_str(&r);
		p->size = pack_get_u64(&r);
		p->mtime_ns = (int64_t)pack_get_u64(&r);
		p->file = pack_get_digest(&r);
		p->head.meta = pack_get_str(&r);
		p->head.places = pack_get_str(&r);
		p->head.extract = pack_get_str(&r);
		p->head.meta_digest = pack_get_digest(&r);
		p->head.doc_digest = pack_get_digest(&r);
		p->head.doc_image = pack_get_digest(&r);
		p->at = pack_get_u64(&r);
		p->len = pack_get_u32(&r);
		r.ok &= i == 0 || str_cmp(p[-1].path, p->path) < 0;
	}
	if (r.ok && r.left.len == 0)
		return true;
	memset(out, 0, sizeof(*out));
	return false;
}

const struct cache_page *cache_find(const struct cache *c, struct str path)
{
	size_t lo = 0, hi = c->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = str_cmp(c->pages[mid].path, path);

		if (order == 0)
			return &c->pages[mid];
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

void cache_write_doc(struct buf *out, const struct doc *d, uint32_t *len)
{
	*len = d->bytes;
	buf_add_mem(out, d, d->bytes);
	while (out->len % DOC_ALIGN)
		buf_add_char(out, '\0');
}

const struct doc *cache_read_doc(struct str docs, const struct cache_page *p, bool is_trusted)
{
	const void *at;
	const struct doc *d;
	struct digest digest;

	if (p->at % DOC_ALIGN || p->at > docs.len || p->len > docs.len - p->at || p->len < sizeof(*d))
		return NULL;
	at = docs.ptr + p->at;
	d = at;
	if (is_trusted)
		return d;
	if (!doc_fits(d, p->len))
		return NULL;
	/* What its digest says of it is what was written: no need to look at every offset. */
	digest = doc_digest(d);
	if (!digest_eq(digest, p->head.doc_digest) || !digest_eq(doc_image(d, digest), p->head.doc_image))
		return NULL;
	return d;
}
