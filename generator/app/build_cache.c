#include "app/build_impl.h"

#include <string.h>

#include "base/fs.h"
#include "base/path.h"
#include "base/version.h"

/* Docs are added in pieces of about this size. */
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

/* All that a page depends on beside the file. Docs are kept as they lie in memory. */
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

/* By what a file is known for the one that was left: nobody can write to it and leave all of this as it was. */
static struct digest marks_of(const struct fs_info *i)
{
	struct digest_state d;

	digest_begin(&d);
	digest_add_u64(&d, i->device);
	digest_add_u64(&d, i->inode);
	digest_add_u64(&d, i->size);
	digest_add_u64(&d, (uint64_t)i->mtime_ns);
	digest_add_u64(&d, (uint64_t)i->ctime_ns);
	return digest_end(&d);
}

static bool map_docs(struct build *b, struct diag_list *dl)
{
	return fs_map_known(docs_file(b), &b->out->docs, &b->docs_info, dl);
}

void build_open_cache(struct build *b)
{
	struct digest now = settings(b);
	struct diag_list ignored;
	struct arena scratch = { 0 };

	diag_init(&ignored, &scratch);
	if (!b->opt->no_cache && fs_info(pages_file(b)).type == FS_FILE &&
	    fs_map(pages_file(b), &b->out->heads, &ignored)) {
		if (!cache_read(b->arena, b->out->heads, &b->cache))
			diag_add(b->dl, DIAG_NOTE, "cache/damaged", STR(".dossier"), (struct pos){ 0, 0 },
				 "what the last build kept of the pages cannot be used, so all are read anew");
		else if (!digest_eq(b->cache.settings, now) || !map_docs(b, &ignored))
			b->cache.n = 0;
	}
	b->cache.settings = now;
	b->trusts_docs = b->cache.n && digest_eq(marks_of(&b->docs_info), b->cache.docs);
	arena_release(&scratch);
}

void build_recall_page(const struct build *b, const struct scan_file *f, struct parse_input *in)
{
	const struct cache_page *p = cache_find(&b->cache, f->path);

	in->doc = p ? cache_read_doc(b->out->docs, p, b->trusts_docs) : NULL;
	if (!in->doc)
		return;
	in->kept = p;
	in->is_same = p->mtime_ns && p->mtime_ns == f->mtime_ns && p->size == f->size;
}

/* A doc that the file will not hold stays in memory. */
static void stay(struct build *b, size_t worker, struct parsed *p)
{
	const struct doc *d = p->page.doc;

	if (b->moves_docs && !p->is_kept)
		p->page.doc =
			memcpy(arena_alloc(&b->out->workers[worker], 1, d->bytes, _Alignof(struct doc)), d, d->bytes);
}

static void flush(struct build *b, size_t worker)
{
	struct build_keeper *k = &b->keepers[worker];
	uint64_t at;
	bool ok;

	if (k->bytes.len == 0)
		return;
	ok = fs_append(docs_file(b), buf_str(&k->bytes), &at, k->dl);
	for (size_t i = 0; i < k->pending.len; i++) {
		struct cache_page *kept = &b->kept[k->pending.ptr[i]];

		kept->at += ok ? at : 0;
		kept->len = ok ? kept->len : 0;
		if (!ok)
			stay(b, worker, &b->parsed[k->pending.ptr[i]]);
	}
	k->pending.len = 0;
	buf_clear(&k->bytes);
	arena_reset(&k->docs);
}

static struct cache_head copy_of(struct arena *a, struct cache_head h)
{
	h.meta = str_copy(a, h.meta);
	h.places = str_copy(a, h.places);
	h.extract = str_copy(a, h.extract);
	return h;
}

/* With a doc of its own in `docs`, or the one that is there already. */
void build_keep_page(struct build *b, size_t worker, size_t i, const struct scan_file *f, struct parsed *p)
{
	struct build_keeper *k = &b->keepers[worker];
	struct cache_page *kept = &b->kept[i];
	const struct cache_page *old = p->is_kept ? cache_find(&b->cache, f->path) : NULL;

	if (!p->is_keepable) {
		stay(b, worker, p);
		return;
	}
	*kept = (struct cache_page){ f->path, f->size, f->mtime_ns, p->digest, p->head, k->bytes.len, 0 };
	if (f->mtime_ns > b->scanned_ns - BUILD_RACY_NS)
		kept->mtime_ns = 0;
	if (!old)
		kept->head = copy_of(&k->heads, p->head);
	if (old && !b->is_cache_new) {
		kept->at = old->at;
		kept->len = old->len;
		return;
	}
	cache_write_doc(&k->bytes, p->page.doc, &kept->len);
	vec_push(&b->out->workers[worker], &k->pending, (uint32_t)i);
	if (k->bytes.len >= PIECE)
		flush(b, worker);
}

bool build_move_doc(struct build *b, size_t i)
{
	struct page *p = &b->parsed[i].page;
	const struct doc *d;

	if (!b->moves_docs || b->kept[i].len == 0)
		return true;
	d = cache_read_doc(b->out->docs, &b->kept[i], false);
	if (d)
		p->doc = d;
	else
		b->kept[i].len = 0;
	return d != NULL;
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
		buf_init(&b->keepers[w].bytes, 0);
		b->keepers[w].dl = &b->lists[w];
	}
}

void build_flush_cache(struct build *b)
{
	struct diag_list ignored;
	struct arena scratch = { 0 };

	if (!b->keeps_pages)
		return;
	for (size_t w = 0; w < pool_size(b->pool); w++) {
		flush(b, w);
		buf_release(&b->keepers[w].bytes);
		arena_release(&b->keepers[w].docs);
	}
	/* What cannot be mapped is parsed again. */
	diag_init(&ignored, &scratch);
	if (b->moves_docs && fs_info(docs_file(b)).type == FS_FILE)
		map_docs(b, &ignored);
	arena_release(&scratch);
}

static bool is_listed(const struct cache *c, const struct cache_page *p)
{
	const struct cache_page *old = cache_find(c, p->path);

	return old && old->size == p->size && old->mtime_ns == p->mtime_ns && digest_eq(old->file, p->file) &&
	       old->at == p->at;
}

/* Every doc that is listed was added to the file that is mapped, or checked in it. */
static struct digest docs_marks(const struct build *b)
{
	struct fs_info now = fs_info(docs_file(b));
	bool is_mapped = now.device == b->docs_info.device && now.inode == b->docs_info.inode;

	/* A file that was begun anew is mapped only where all of it was read again. */
	return is_mapped && (b->moves_docs || !b->is_cache_new) ? marks_of(&now) : (struct digest){ 0, 0 };
}

void build_end_cache(struct build *b, size_t n)
{
	struct cache now = { b->cache.settings, { 0, 0 }, b->kept, 0 };
	bool is_same;
	struct buf bytes;

	if (!b->keeps_pages)
		return;
	now.docs = docs_marks(b);
	for (size_t i = 0; i < n; i++)
		if (b->kept[i].len)
			b->kept[now.n++] = b->kept[i];
	is_same = now.n == b->cache.n && !b->is_cache_new && digest_eq(now.docs, b->cache.docs);
	for (size_t i = 0; is_same && i < now.n; i++)
		is_same = is_listed(&b->cache, &now.pages[i]);
	if (!is_same) {
		buf_init(&bytes, 0);
		cache_write(&bytes, &now);
		fs_write(pages_file(b), buf_str(&bytes), b->dl);
		buf_release(&bytes);
	}
	for (size_t w = 0; w < pool_size(b->pool); w++)
		arena_release(&b->keepers[w].heads);
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
