#include "site/cache.h"

#include <string.h>

#include "base/pack.h"

#define MARK "DOSSPAG4"
#define BLOB_ALIGN 8

void cache_write(struct buf *out, const struct cache *c)
{
	pack_begin(out, MARK);
	pack_digest(out, c->settings);
	pack_u32(out, (uint32_t)c->n);
	for (size_t i = 0; i < c->n; i++) {
		const struct cache_page *p = &c->pages[i];

		pack_str(out, p->path);
		pack_u64(out, p->size);
		pack_u64(out, (uint64_t)p->mtime_ns);
		pack_digest(out, p->file);
		pack_digest(out, p->blob);
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
	out->n = pack_get_count(&r, 64);
	out->pages = arena_array(a, struct cache_page, out->n + 1);
	for (size_t i = 0; i < out->n; i++) {
		struct cache_page *p = &out->pages[i];

		p->path = pack_get_str(&r);
		p->size = pack_get_u64(&r);
		p->mtime_ns = (int64_t)pack_get_u64(&r);
		p->file = pack_get_digest(&r);
		p->blob = pack_get_digest(&r);
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

struct digest cache_blob_digest(const struct cache_blob *b)
{
	return digest_join(b->doc_image, digest_join(b->meta_digest, digest_of(b->places)));
}

/* The doc comes first, where it is aligned. */
void cache_write_blob(struct buf *out, const struct cache_blob *b)
{
	pack_u32(out, b->doc->bytes);
	pack_u32(out, 0);
	buf_add_mem(out, b->doc, b->doc->bytes);
	pack_str(out, b->meta);
	pack_str(out, b->places);
	while (out->len % BLOB_ALIGN)
		buf_add_char(out, '\0');
}

/* The doc comes first, and leaves *r behind it. NULL: there is none. */
static const struct doc *get_doc(struct str docs, const struct cache_page *p, struct pack_reader *r)
{
	const void *doc;
	uint32_t bytes;

	*r = (struct pack_reader){ STR_NONE, true };
	if (p->at % BLOB_ALIGN || p->at > docs.len || p->len > docs.len - p->at)
		return NULL;
	r->left = str_cut(docs, (size_t)p->at, (size_t)p->at + p->len);
	bytes = pack_get_u32(r);
	if (pack_get_u32(r) != 0 || bytes > r->left.len || !doc_fits(r->left.ptr, bytes))
		return NULL;
	doc = r->left.ptr;
	r->left = str_skip(r->left, bytes);
	return doc;
}

const struct doc *cache_read_doc(struct str docs, const struct cache_page *p, struct digest image)
{
	struct pack_reader r;
	const struct doc *d = get_doc(docs, p, &r);

	return d && digest_eq(doc_image(d, doc_digest(d)), image) ? d : NULL;
}

static bool read_blob(struct str docs, const struct cache_page *p, struct cache_blob *out)
{
	struct pack_reader r;

	out->doc = get_doc(docs, p, &r);
	if (!out->doc)
		return false;
	out->meta = pack_get_str(&r);
	out->places = pack_get_str(&r);
	for (size_t i = 0; i < r.left.len; i++)
		r.ok &= r.left.ptr[i] == '\0';
	if (!r.ok || r.left.len >= BLOB_ALIGN)
		return false;
	/* What its digest says of it is what was written: no need to look at every offset. */
	out->doc_digest = doc_digest(out->doc);
	out->doc_image = doc_image(out->doc, out->doc_digest);
	out->meta_digest = digest_of(out->meta);
	return digest_eq(cache_blob_digest(out), p->blob);
}

bool cache_read_blob(struct arena *a, struct str docs, const struct cache_page *p, struct cache_blob *out)
{
	*out = (struct cache_blob){ 0 };
	if (read_blob(docs, p, out))
		out->tree = value_unpack(a, out->meta, out->places);
	if (!out->tree)
		*out = (struct cache_blob){ 0 };
	return out->tree != NULL;
}
