#include "app/build_impl.h"

#include <string.h>

#include "base/fs.h"
#include "base/path.h"
#include "base/version.h"

/* Blobs are added in pieces of about this size. */
#define PIECE ((size_t)1 << 20)
/* Leavings in `docs` that are not worth a new file. */
#define SLACK ((size_t)1 << 20)

static struct str pages_file(const struct build *b)
{
	return build_file(b, STR(".dossier/pages"));
}

static struct str docs_file(const struct build *b)
{
	return build_file(b, STR(".dossier/docs"));
}

/* All that a blob depends on beside the file. Docs are kept as they lie in memory. */
static struct digest settings(const struct build *b)
{
	const uint32_t one = 1;
	struct digest_state d;

	digest_begin(&d);
	digest_add(&d, str_from(version_sources));
	digest_add(&d, (struct str){ (const char *)&one, sizeof(one) });
	digest_add_u64(&d, b->out->config.markdown_unsafe);
	digest_add_u64(&d, (uint64_t)b->out->config.markdown_max_bytes);
	return digest_end(&d);
}

void build_open_cache(struct build *b)
{
	struct digest now = settings(b);
	struct diag_list ignored;
	struct arena scratch = { 0 };
	struct str bytes;

	diag_init(&ignored, &scratch);
	if (!b->opt->no_cache && fs_info(pages_file(b)).type == FS_FILE &&
	    fs_read(b->arena, pages_file(b), SIZE_MAX, &bytes, &ignored)) {
		if (!cache_read(b->arena, bytes, &b->cache))
			diag_add(b->dl, DIAG_NOTE, "cache/damaged", STR(".dossier"), (struct pos){ 0, 0 },
				 "what the last build kept of the pages cannot be used, so all are read anew");
		else if (!digest_eq(b->cache.settings, now) || !fs_map(docs_file(b), &b->out->docs, &ignored))
			b->cache.n = 0;
	}
	b->cache.settings = now;
	arena_release(&scratch);
}

void build_recall_page(const struct build *b, size_t worker, const struct scan_file *f, struct parse_input *in)
{
	const struct cache_page *p = cache_find(&b->cache, f->path);

	if (!p || !cache_read_blob(&b->out->workers[worker], b->out->docs, p, &in->kept))
		return;
	in->kept_digest = p->file;
	in->is_same = p->mtime_ns && p->mtime_ns == f->mtime_ns && p->size == f->size;
}

/* A doc that the file will not hold stays in memory. */
static void stay(struct build *b, size_t worker, struct parsed *p)
{
	const struct doc *d = p->page.doc;

	if (b->moves_docs && d == p->blob.doc)
		p->page.doc =
			memcpy(arena_alloc(&b->out->workers[worker], 1, d->bytes, _Alignof(struct doc)), d, d->bytes);
}

static void flush(struct build *b, size_t worker)
{
	struct build_keeper *k = &b->keepers[worker];
	uint64_t at;
	bool ok;

	if (k->blobs.len == 0)
		return;
	ok = fs_append(docs_file(b), buf_str(&k->blobs), &at, k->dl);
	for (size_t i = 0; i < k->pending.len; i++) {
		struct cache_page *kept = &b->kept[k->pending.ptr[i]];

		kept->at += ok ? at : 0;
		kept->len = ok ? kept->len : 0;
		if (!ok)
			stay(b, worker, &b->parsed[k->pending.ptr[i]]);
	}
	k->pending.len = 0;
	buf_clear(&k->blobs);
	arena_reset(&k->docs);
}

/* A blob of its own, or the one that is there already. */
void build_keep_page(struct build *b, size_t worker, size_t i, const struct scan_file *f, struct parsed *p)
{
	struct build_keeper *k = &b->keepers[worker];
	struct cache_page *kept = &b->kept[i];
	const struct cache_page *old = p->is_kept && !b->is_cache_new ? cache_find(&b->cache, f->path) : NULL;

	if (!p->is_keepable) {
		stay(b, worker, p);
		return;
	}
	*kept = (struct cache_page){ f->path, f->size, f->mtime_ns, p->digest, { 0, 0 }, k->blobs.len, 0 };
	if (f->mtime_ns > b->scanned_ns - BUILD_RACY_NS)
		kept->mtime_ns = 0;
	if (old) {
		kept->blob = old->blob;
		kept->at = old->at;
		kept->len = old->len;
		return;
	}
	cache_write_blob(&k->blobs, &p->blob);
	kept->len = (uint32_t)(k->blobs.len - kept->at);
	kept->blob = cache_blob_digest(&p->blob);
	vec_push(&b->out->workers[worker], &k->pending, (uint32_t)i);
	if (k->blobs.len >= PIECE)
		flush(b, worker);
}

bool build_move_doc(const struct build *b, size_t i)
{
	struct page *p = &b->parsed[i].page;

	if (!b->moves_docs || b->kept[i].len == 0)
		return true;
	p->doc = cache_read_doc(b->out->docs, &b->kept[i], p->doc_image);
	return p->doc != NULL;
}

void build_begin_cache(struct build *b, size_t n)
{
	size_t used = 0;

	if (!b->keeps_pages)
		return;
	for (size_t i = 0; i < b->cache.n; i++)
		used += b->cache.pages[i].len;
	b->is_cache_new = b->cache.n == 0 || b->out->docs.len > 2 * used + SLACK;
	b->moves_docs = b->is_cache_new && b->out->docs.len == 0;
	/* What is mapped stays when its name goes. */
	if (b->is_cache_new)
		fs_remove(docs_file(b), b->dl);
	b->kept = arena_array(b->arena, struct cache_page, n + 1);
	b->keepers = arena_array(b->arena, struct build_keeper, pool_size(b->pool));
	for (size_t w = 0; w < pool_size(b->pool); w++) {
		buf_init(&b->keepers[w].blobs, 0);
		b->keepers[w].dl = &b->lists[w];
	}
}

/* What cannot be mapped is parsed again. */
static void map_docs(struct build *b)
{
	struct diag_list ignored;
	struct arena scratch = { 0 };

	diag_init(&ignored, &scratch);
	if (fs_info(docs_file(b)).type == FS_FILE)
		fs_map(docs_file(b), &b->out->docs, &ignored);
	arena_release(&scratch);
}

static bool is_listed(const struct cache *c, const struct cache_page *p)
{
	const struct cache_page *old = cache_find(c, p->path);

	return old && old->size == p->size && old->mtime_ns == p->mtime_ns && digest_eq(old->file, p->file) &&
	       old->at == p->at;
}

void build_end_cache(struct build *b, size_t n)
{
	struct cache now = { b->cache.settings, b->kept, 0 };
	bool is_same;
	struct buf bytes;

	if (!b->keeps_pages)
		return;
	for (size_t w = 0; w < pool_size(b->pool); w++) {
		flush(b, w);
		buf_release(&b->keepers[w].blobs);
		arena_release(&b->keepers[w].docs);
	}
	if (b->moves_docs)
		map_docs(b);
	for (size_t i = 0; i < n; i++)
		if (b->kept[i].len)
			b->kept[now.n++] = b->kept[i];
	is_same = now.n == b->cache.n && !b->is_cache_new;
	for (size_t i = 0; is_same && i < now.n; i++)
		is_same = is_listed(&b->cache, &now.pages[i]);
	if (is_same)
		return;
	buf_init(&bytes, 0);
	cache_write(&bytes, &now);
	fs_write(pages_file(b), buf_str(&bytes), b->dl);
	buf_release(&bytes);
}

static struct str links_file(const struct build *b)
{
	return build_file(b, STR(".dossier/links"));
}

struct str build_recall_links(struct build *b, struct digest *settings)
{
	struct diag_list ignored;
	struct arena scratch = { 0 };
	struct str bytes = STR_NONE;

	diag_init(&ignored, &scratch);
	*settings = digest_join(b->cache.settings, b->config_digest);
	if (!b->opt->no_cache && fs_info(links_file(b)).type == FS_FILE)
		fs_map(links_file(b), &bytes, &ignored);
	arena_release(&scratch);
	return bytes;
}

void build_keep_links(struct build *b, struct str links)
{
	if (b->keeps_pages && links.len)
		fs_write(links_file(b), links, b->dl);
}
