#include "app/build_impl.h"

#include "base/fs.h"
#include "base/pack.h"

/*
 * build_lines - where the lines of each page stand in site.ndjson, kept beside
 * the manifest. They hold for one file and one program with its settings: the
 * digests of both stand first.
 */
#define MARK "DOSSLIN1"

static struct str lines_file(const struct build *b)
{
	return build_kept_file(b, "lines");
}

static bool read_list(struct arena *a, struct str bytes, struct digest build, struct digest file, uint64_t size,
		      struct emit_lines *out)
{
	struct pack_reader r;
	size_t n;

	if (!pack_open(bytes, MARK, &r) || !digest_eq(pack_get_digest(&r), build) ||
	    !digest_eq(pack_get_digest(&r), file))
		return false;
	n = pack_get_count(&r, 32);
	out->old = arena_array(a, struct emit_line, n + 1);
	for (size_t i = 0; i < n; i++) {
		struct emit_line *line = &out->old[i];

		line->page = pack_get_digest(&r);
		line->at = pack_get_u64(&r);
		line->len = pack_get_u64(&r);
		r.ok &= line->at <= size && line->len <= size - line->at;
	}
	out->n_old = r.ok && r.left.len == 0 ? n : 0;
	return out->n_old > 0;
}

/* Altered since it was published, it is no earlier output: told by size and time, or else by the bytes. */
static bool is_as_published(struct str file, struct str bytes, const struct manifest_output *old)
{
	struct fs_info info = fs_link_info(file);

	return bytes.len == old->size && info.size == old->size &&
	       (info.mtime_ns == old->mtime_ns || digest_eq(digest_of(bytes), old->digest));
}

static void recall(const struct build *b, struct digest build, struct str file, const struct manifest_output *old,
		   struct emit_lines *out)
{
	struct diag_list ignored;
	struct str bytes;

	diag_init(&ignored, out->arena);
	if (!old || b->opt->no_cache || fs_info(lines_file(b)).type != FS_FILE ||
	    !fs_read(out->arena, lines_file(b), SIZE_MAX, &bytes, &ignored) || !fs_map(file, &out->bytes, &ignored))
		return;
	if (!read_list(out->arena, bytes, build, old->digest, out->bytes.len, out) ||
	    !is_as_published(file, out->bytes, old))
		out->n_old = 0;
}

static bool put(void *ctx, struct str bytes)
{
	return publish_put_long(ctx, bytes);
}

bool build_write_lines(const struct build *b, struct emit *e, const struct output *o, struct digest build,
		       const struct manifest_output *old, const struct publish *p, struct publish_item *item,
		       struct diag_list *dl)
{
	struct emit_lines *l = e->lines;
	struct publish_long file;
	struct buf out;

	if (!publish_begin_long(p, l->arena, o->path, &file, dl))
		return false;
	recall(b, build, file.file.file, old, l);
	l->put = put;
	l->ctx = &file;
	buf_init(&out, 0);
	emit_output(&out, e, o);
	buf_release(&out);
	fs_unmap(l->bytes);
	l->bytes = STR_NONE;
	return publish_end_long(p, &file, l->n_old ? &old->digest : NULL, item, dl);
}

void build_keep_lines(struct build *b, struct digest build, struct digest digest, const struct emit_lines *l)
{
	struct buf out;

	buf_init(&out, 0);
	pack_begin(&out, MARK);
	pack_digest(&out, build);
	pack_digest(&out, digest);
	pack_u32(&out, (uint32_t)l->n_now);
	for (size_t i = 0; i < l->n_now; i++) {
		pack_digest(&out, l->now[i].page);
		pack_u64(&out, l->now[i].at);
		pack_u64(&out, l->now[i].len);
	}
	pack_end(&out);
	fs_write(lines_file(b), buf_str(&out), b->dl);
	buf_release(&out);
}
