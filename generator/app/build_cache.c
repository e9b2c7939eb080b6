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

static struct str store_file(const struct build *b, enum build_store which)
{
	return build_file(b, which == BUILD_DOCS ? STR(".dossier/docs") : STR(".dossier/heads"));
}

static struct str *mapped(const struct build *b, enum build_store which)
{
	return which == BUILD_DOCS ? &b->out->docs : &b->out->heads;
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
	digest_add_digest(&d, page_settings(&b->out->config));
	return digest_end(&d);
}

/* By what files are known for those that were left: nobody can write to one and leave all of this as it was. */
static struct digest marks_of(const struct fs_info *files)
{
	struct digest_state d;

	digest_begin(&d);
	for (int i = 0; i < BUILD_STORES; i++) {
		digest_add_u64(&d, files[i].device);
		digest_add_u64(&d, files[i].inode);
		digest_add_u64(&d, files[i].size);
		digest_add_u64(&d, (uint64_t)files[i].mtime_ns);
		digest_add_u64(&d, (uint64_t)files[i].ctime_ns);
	}
	return digest_end(&d);
}

static bool map_stores(struct build *b)
{
	struct diag_list ignored;
	struct arena scratch = { 0 };
	bool ok = true;

	diag_init(&ignored, &scratch);
	for (int i = 0; ok && i < BUILD_STORES; i++)
		ok = fs_info(store_file(b, (enum build_store)i)).type == FS_FILE &&
		     fs_map_known(store_file(b, (enum build_store)i), mapped(b, (enum build_store)i), &b->stored[i],
				  i == BUILD_DOCS ? &b->out->docs_file : NULL, &ignored);
	arena_release(&scratch);
	return ok;
}

void build_open_cache(struct build *b)
{
	struct digest now = settings(b);
	enum overlay_found found = OVERLAY_NONE;

	if (!b->opt->no_cache)
		found = overlay_open(&b->pages_kept, pages_file(b), CACHE_MARK);
	if (found == OVERLAY_DAMAGED || (found == OVERLAY_GOOD && !cache_open(&b->cache, &b->pages_kept)))
		diag_add(b->dl, DIAG_NOTE, "cache/damaged", STR(".dossier"), (struct pos){ 0, 0 },
			 "what the last build kept of the pages cannot be used, so all are read anew");
	else if (!digest_eq(b->cache.settings, now) || !map_stores(b))
		b->cache.n = 0;
	b->cache.settings = now;
	b->trusts_stores = b->cache.n && digest_eq(marks_of(b->stored), b->cache.marks);
}

/* Both are in the order of paths. */
void build_find_kept(struct build *b, const struct scan_file *const *files, size_t n)
{
	size_t at = 0;

	b->were = arena_array(&b->parsing, const struct cache_page *, n + 1);
	for (size_t i = 0; i < n; i++) {
		int order = 1;

		while (at < b->cache.n && (order = str_cmp(cache_path(&b->cache, at), files[i]->path)) < 0)
			at++;
		if (order == 0)
			b->were[i] = &b->cache.pages[at++];
	}
}

void build_recall_page(const struct build *b, size_t i, const struct scan_file *f, struct parse_input *in)
{
	const struct cache_page *p = b->were[i];

	if (!p || !cache_read_head(b->out->heads, p, b->trusts_stores, &in->head))
		return;
	in->doc = cache_read_doc(b->out->docs, p, b->trusts_stores ? NULL : &in->head);
	if (!in->doc)
		return;
	in->kept = p;
	in->is_same = (p->mtime_ns && p->mtime_ns == f->mtime_ns && p->size == f->size) ||
		      (!digest_is_zero(f->digest) && digest_eq(f->digest, p->file));
}

/* A doc that the file will not hold stays in memory. */
static void stay(struct build *b, size_t worker, struct parsed *p)
{
	const struct doc *d = p->page->doc;

	if (b->moves_docs && !p->is_kept)
		p->page->doc =
			memcpy(arena_alloc(&b->out->workers[worker], 1, d->bytes, _Alignof(struct doc)), d, d->bytes);
}

static void flush(struct build *b, size_t worker)
{
	struct build_keeper *k = &b->keepers[worker];
	uint64_t at[BUILD_STORES] = { 0 };
	bool ok = true;

	if (k->pending.len == 0)
		return;
	for (int i = 0; ok && i < BUILD_STORES; i++)
		ok = fs_append(store_file(b, (enum build_store)i), buf_str(&k->bytes[i]), &at[i], k->dl);
	for (size_t i = 0; i < k->pending.len; i++) {
		struct build_pending *p = &k->pending.ptr[i];

		p->kept->doc.at += at[BUILD_DOCS];
		p->kept->head.at += at[BUILD_HEADS];
		if (ok)
			continue;
		b->kept[p->page] = NULL;
		stay(b, worker, &b->parsed[p->page]);
	}
	k->pending.len = 0;
	for (int i = 0; i < BUILD_STORES; i++)
		buf_clear(&k->bytes[i]);
	arena_reset(&k->docs);
}

/* In places of its own, or where it is already. */
void build_keep_page(struct build *b, size_t worker, size_t i, const struct scan_file *f, struct parsed *p)
{
	struct build_keeper *k = &b->keepers[worker];
	const struct cache_page *old = p->is_kept && !b->is_cache_new ? b->were[i] : NULL;
	int64_t mtime = f->mtime_ns > b->scanned_ns - BUILD_RACY_NS ? 0 : f->mtime_ns;
	struct cache_page *kept;

	if (!p->is_keepable) {
		stay(b, worker, p);
		return;
	}
	if (old)
		p->page->doc_bytes = (uint32_t)old->doc.len;
	if (old && old->size == f->size && old->mtime_ns == mtime) {
		b->kept[i] = old;
		return;
	}
	b->kept[i] = kept = arena_new(&b->out->workers[worker], struct cache_page);
	if (old)
		*kept = *old;
	kept->size = f->size;
	kept->mtime_ns = mtime;
	kept->file = p->digest;
	if (old)
		return;
	kept->doc = cache_write_doc(&k->bytes[BUILD_DOCS], p->page->doc);
	p->page->doc_bytes = (uint32_t)kept->doc.len;
	kept->head = cache_write_head(&k->bytes[BUILD_HEADS], p->head, &kept->made);
	vec_push(&b->out->workers[worker], &k->pending, ((struct build_pending){ (uint32_t)i, kept }));
	if (k->bytes[BUILD_DOCS].len >= PIECE)
		flush(b, worker);
}

bool build_move_doc(struct build *b, size_t i)
{
	struct parsed *p = &b->parsed[i];
	const struct cache_page *kept = b->moves_docs ? b->kept[i] : NULL;
	struct cache_head head = { .doc_digest = p->page->doc_digest, .doc_image = p->page->doc_image };
	const struct doc *d;

	if (!kept)
		return true;
	d = cache_read_doc(b->out->docs, kept, &head);
	if (d)
		p->page->doc = d;
	/* Neither is listed where another run has put other files in their place. */
	if (!d || !cache_read_head(b->out->heads, kept, false, &head))
		b->kept[i] = NULL;
	return d != NULL;
}

void build_begin_cache(struct build *b, size_t n)
{
	size_t used = 0;

	if (!b->keeps_pages)
		return;
	for (size_t i = 0; i < b->cache.n; i++)
		used += b->cache.pages[i].doc.len;
	b->is_cache_new = b->cache.n == 0 || b->out->docs.len > 2 * used + SLACK;
	b->moves_docs = b->is_cache_new && b->out->docs.len == 0;
	/* What is mapped stays when its name goes. */
	for (int i = 0; b->is_cache_new && i < BUILD_STORES; i++)
		fs_remove(store_file(b, (enum build_store)i), b->dl);
	b->kept = arena_array(&b->parsing, const struct cache_page *, n + 1);
	b->keepers = arena_array(b->arena, struct build_keeper, pool_size(b->pool));
	for (size_t w = 0; w < pool_size(b->pool); w++) {
		for (int i = 0; i < BUILD_STORES; i++)
			buf_init(&b->keepers[w].bytes[i], 0);
		b->keepers[w].dl = &b->lists[w];
	}
}

void build_flush_cache(struct build *b)
{
	if (!b->keeps_pages)
		return;
	for (size_t w = 0; w < pool_size(b->pool); w++) {
		flush(b, w);
		for (int i = 0; i < BUILD_STORES; i++)
			buf_release(&b->keepers[w].bytes[i]);
		arena_release(&b->keepers[w].docs);
	}
	/* What cannot be mapped is parsed again. */
	if (b->moves_docs) {
		fs_unmap(b->out->heads);
		b->out->heads = STR_NONE;
		map_stores(b);
	}
}

/* All that is listed was added to the files that are mapped, or checked in them. */
static struct digest stores_marks(const struct build *b)
{
	struct fs_info now[BUILD_STORES];
	/* Files that were begun anew are mapped only where all of them was read again. */
	bool ok = b->moves_docs || !b->is_cache_new;

	for (int i = 0; i < BUILD_STORES; i++) {
		now[i] = fs_info(store_file(b, (enum build_store)i));
		ok &= now[i].device == b->stored[i].device && now[i].inode == b->stored[i].inode;
	}
	return ok ? marks_of(now) : (struct digest){ 0, 0 };
}

/* In the file as it stands, where it lists the same pages. */
static bool amend(struct build *b, size_t n, struct digest marks)
{
	size_t listed = 0;

	for (size_t i = 0; i < n; i++)
		listed += b->kept[i] && b->were[i];
	if (b->is_cache_new || listed != b->cache.n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (b->kept[i] && !b->were[i])
			return false;
		if (b->kept[i] && b->kept[i] != b->were[i])
			cache_put_page(&b->pages_kept, (size_t)(b->were[i] - b->cache.pages), b->kept[i]);
	}
	cache_put_marks(&b->pages_kept, marks);
	return overlay_save(&b->pages_kept, b->dl);
}

void build_end_cache(struct build *b, const struct scan_file *const *files, size_t n)
{
	struct cache now = { .settings = b->cache.settings };
	struct fs_pieces file;
	struct str *paths;

	if (!b->keeps_pages)
		return;
	now.marks = stores_marks(b);
	if (amend(b, n, now.marks))
		return;
	paths = arena_array(&b->parsing, struct str, n + 1);
	for (size_t i = 0; i < n; i++) {
		if (!b->kept[i])
			continue;
		paths[now.n] = files[i]->path;
		b->kept[now.n++] = b->kept[i];
	}
	fs_pieces_begin(&file, pages_file(b), b->dl);
	cache_write(&now, b->kept, paths, now.n, fs_pieces_put, &file);
	overlay_replace(&file, pages_file(b), b->dl);
}

struct str build_links_file(const struct build *b, enum link_file which)
{
	return build_file(b, which == LINK_ROSTER ? STR(".dossier/roster") : STR(".dossier/links"));
}

struct digest build_recall_links(struct build *b)
{
	struct str roster = build_links_file(b, LINK_ROSTER);
	struct diag_list ignored;
	struct arena scratch = { 0 };

	diag_init(&ignored, &scratch);
	if (!b->opt->no_cache && fs_info(roster).type == FS_FILE)
		fs_map(roster, &b->out->kept_roster, &ignored);
	if (!b->opt->no_cache)
		overlay_open(&b->out->kept_texts, build_links_file(b, LINK_TEXTS), LINK_MARK);
	arena_release(&scratch);
	return digest_join(b->cache.settings, b->config_digest);
}
