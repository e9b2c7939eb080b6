#include "site/cache.h"

#include <string.h>

#include "base/pack.h"

#define MARK "DOSSPAG8"
#define ALIGN 8

static void put_place(struct buf *out, struct cache_place p)
{
	pack_u64(out, p.at);
	pack_u32(out, p.len);
}

static struct cache_place get_place(struct pack_reader *r)
{
	struct cache_place p;

	p.at = pack_get_u64(r);
	p.len = pack_get_u32(r);
	return p;
}

void cache_write(struct buf *out, const struct cache *c)
{
	pack_begin(out, MARK);
	pack_digest(out, c->settings);
	pack_digest(out, c->marks);
	pack_u32(out, (uint32_t)c->n);
	for (size_t i = 0; i < c->n; i++) {
		const struct cache_page *p = &c->pages[i];

		pack_str(out, p->path);
		pack_u64(out, p->size);
		pack_u64(out, (uint64_t)p->mtime_ns);
		pack_digest(out, p->file);
		pack_digest(out, p->made);
		put_place(out, p->doc);
		put_place(out, p->head);
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
	out->marks = pack_get_digest(&r);
	out->n = pack_get_count(&r, 76);
	out->pages = arena_array(a, struct cache_page, out->n + 1);
	for (size_t i = 0; i < out->n; i++) {
		struct cache_page *p = &out->pages[i];

		p->path = pack_get_str(&r);
		p->size = pack_get_u64(&r);
		p->mtime_ns = (int64_t)pack_get_u64(&r);
		p->file = pack_get_digest(&r);
		p->made = pack_get_digest(&r);
		p->doc = get_place(&r);
		p->head = get_place(&r);
		r.ok &= i == 0 || str_cmp(p[-1].path, p->path) < 0;
	}
	if (r.ok && r.left.len == 0)
		return true;
	memset(out, 0, sizeof(*out));
	return false;
}

static struct cache_place placed(struct buf *out, size_t at)
{
	struct cache_place p = { at, (uint32_t)(out->len - at) };

	while (out->len % ALIGN)
		buf_add_char(out, '\0');
	return p;
}

struct cache_place cache_write_doc(struct buf *out, const struct doc *d)
{
	size_t at = out->len;

	buf_add_mem(out, d, d->bytes);
	return placed(out, at);
}

struct cache_place cache_write_head(struct buf *out, const struct cache_head *h, struct digest *made)
{
	size_t at = out->len;

	pack_digest(out, h->meta_digest);
	pack_digest(out, h->doc_digest);
	pack_digest(out, h->doc_image);
	pack_str(out, h->said);
	pack_str(out, h->meta);
	pack_str(out, h->places);
	pack_str(out, h->extract);
	*made = digest_of(str_skip(buf_str(out), at));
	return placed(out, at);
}

static bool cut(struct str file, struct cache_place p, struct str *out)
{
	if (p.at % ALIGN || p.at > file.len || p.len > file.len - p.at)
		return false;
	*out = str_cut(file, (size_t)p.at, (size_t)p.at + p.len);
	return true;
}

bool cache_read_head(struct str heads, const struct cache_page *p, bool is_trusted, struct cache_head *out)
{
	struct pack_reader r = { STR_NONE, true };

	if (!cut(heads, p->head, &r.left) || (!is_trusted && !digest_eq(digest_of(r.left), p->made)))
		return false;
	out->meta_digest = pack_get_digest(&r);
	out->doc_digest = pack_get_digest(&r);
	out->doc_image = pack_get_digest(&r);
	out->said = pack_get_str(&r);
	out->meta = pack_get_str(&r);
	out->places = pack_get_str(&r);
	out->extract = pack_get_str(&r);
	return r.ok && r.left.len == 0;
}

const struct doc *cache_read_doc(struct str docs, const struct cache_page *p, const struct cache_head *h)
{
	const void *at;
	struct digest digest;
	struct str bytes;

	if (!cut(docs, p->doc, &bytes) || bytes.len < sizeof(struct doc))
		return NULL;
	at = bytes.ptr;
	if (!h)
		return at;
	if (!doc_fits(at, bytes.len))
		return NULL;
	/* What its digest says of it is what was written: no need to look at every offset. */
	digest = doc_digest(at);
	return digest_eq(digest, h->doc_digest) && digest_eq(doc_image(at, digest), h->doc_image) ? at : NULL;
}
