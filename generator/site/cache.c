#include "site/cache.h"

#include <string.h>

#include "base/pack.h"

#define ALIGN 8

/*
 * The file: settings, marks, how many pages; the pages, as they lie in memory; the ends of their paths; the paths. What is
 * written by a machine of another byte order has other settings.
 */
#define MARKS_AT (PACK_MARK + 16)
#define PAGES_AT (MARKS_AT + 24)

_Static_assert(sizeof(struct cache_page) == 80, "pages are kept as they lie, without holes");

static void put_digest(struct buf *b, struct digest d)
{
	buf_add_mem(b, &d, sizeof(d));
}

void cache_write(const struct cache *c, const struct cache_page *const *pages, const struct str *paths, size_t n,
		 void (*put)(void *ctx, struct str bytes), void *ctx)
{
	struct arena scratch = { 0 };
	struct pack_file f;
	uint32_t end = 0;

	pack_file_begin(&f, &scratch, CACHE_MARK, put, ctx);
	put_digest(&f.body, c->settings);
	put_digest(&f.body, c->marks);
	pack_list(&f.body, (uint32_t[]){ (uint32_t)n, 0 }, 2);
	for (size_t i = 0; i < n; i++, pack_file_spill(&f))
		buf_add_mem(&f.body, pages[i], sizeof(*pages[i]));
	for (size_t i = 0; i < n; i++, pack_file_spill(&f))
		pack_u32(&f.body, end += (uint32_t)paths[i].len);
	for (size_t i = 0; i < n; i++, pack_file_spill(&f))
		buf_add(&f.body, paths[i]);
	pack_file_end(&f);
	arena_release(&scratch);
}

struct str cache_path(const struct cache *c, size_t i)
{
	uint32_t from = i ? c->ends[i - 1] : 0;

	return (struct str){ c->paths + from, c->ends[i] - from };
}

static bool are_paths_good(const struct cache *c, size_t len)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->ends[i] > len || (i && c->ends[i] < c->ends[i - 1]))
			return false;
	for (size_t i = 1; i < c->n; i++)
		if (str_cmp(cache_path(c, i - 1), cache_path(c, i)) >= 0)
			return false;
	return (c->n ? c->ends[c->n - 1] : 0) == len;
}

bool cache_open(struct cache *out, const struct overlay *file)
{
	struct pack_reader r = { overlay_base(file), true };
	const void *settings = pack_take(&r, 16), *marks = pack_take(&r, 16), *pages, *ends;

	*out = (struct cache){ 0 };
	if (!settings || !marks || (uintptr_t)file->bytes % ALIGN)
		return false;
	memcpy(&out->settings, settings, sizeof(out->settings));
	memcpy(&out->marks, marks, sizeof(out->marks));
	out->n = pack_get_count(&r, sizeof(*out->pages) + 4);
	pack_get_u32(&r);
	out->pages = pages = pack_take(&r, out->n * sizeof(*out->pages));
	out->ends = ends = pack_take(&r, out->n * sizeof(*out->ends));
	out->paths = r.left.ptr;
	if (r.ok && pages && ends && (file->is_trusted || are_paths_good(out, r.left.len)))
		return true;
	*out = (struct cache){ 0 };
	return false;
}

void cache_put_page(struct overlay *file, size_t i, const struct cache_page *p)
{
	overlay_put(file, PAGES_AT + i * sizeof(*p), p, sizeof(*p));
}

void cache_put_marks(struct overlay *file, struct digest marks)
{
	overlay_put(file, MARKS_AT, &marks, sizeof(marks));
}

static struct cache_place placed(struct buf *out, size_t at)
{
	struct cache_place p = { at, out->len - at };

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
