#include "app/build_impl.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/fs.h"
#include "base/pack.h"
#include "base/path.h"
#include "base/version.h"

/*
 * A run that changes nothing looks at names, sizes and times, and stops. What
 * it compares them with is kept beside the manifest, after a build without a
 * word to say. Damage only means that the stages run.
 *
 * Where only times are others, as in a fresh checkout, the bytes decide: of all
 * inputs but attachments the digest is kept, too.
 */
#define MARK "DOSSTAT6"
#define PUT_FILE_LEAST (4 + 8 + 8) /* bytes of put_file, without the path */

static void put_file(struct buf *b, struct str path, uint64_t size, int64_t mtime_ns)
{
	pack_str(b, path);
	pack_u64(b, size);
	pack_u64(b, (uint64_t)mtime_ns);
}

struct str build_kept_file(const struct build *b, const char *what)
{
	struct str manifest = build_manifest_file(b->arena, b->root, b->out->output), base = path_base(manifest);

	return path_join(b->arena, path_dir(manifest),
			 str_format(b->arena, "%s-%.*s", what, STR_ARG(str_skip(base, strlen("manifest-")))));
}

static struct str state_file(const struct build *b)
{
	return build_kept_file(b, "state");
}

struct str build_staging_file(const struct build *b)
{
	return build_kept_file(b, "staging");
}

/* What the same files would be built with. */
static struct digest settings(const struct build *b)
{
	struct digest_state d;

	digest_begin(&d);
	digest_add(&d, str_from(version_sources));
	digest_add_u64(&d, (uint64_t)b->opt->with_book << 3 | (uint64_t)b->opt->is_offline << 2 |
				   (uint64_t)b->opt->with_drafts << 1 | b->opt->with_future);
	digest_add(&d, b->out->config.base_url);
	digest_add_digest(&d, b->config_digest);
	return digest_end(&d);
}

static void sooner(int32_t *until, int32_t today, struct date d, int32_t more)
{
	int32_t day;

	if (!date_is_set(d))
		return;
	day = date_first_day(d) + more;
	if (day > today && day < *until)
		*until = day;
}

void build_note_pages(struct build *b)
{
	int32_t today = date_first_day(b->now), until = INT32_MAX;

	b->digests = arena_array(b->arena, struct digest, b->n_parsed + 1);
	for (size_t i = 0; i < b->n_parsed; i++) {
		const struct page *p = b->parsed[i].page;

		b->digests[i] = b->parsed[i].digest;
		/* Hours of an embargo end within their day. */
		for (int more = 0; more <= 1; more++) {
			sooner(&until, today, p->embargo, more);
			sooner(&until, today, p->expires, more);
			sooner(&until, today, p->date, more);
		}
		if (p->has_review && date_is_set(p->reviewed))
			sooner(&until, today, date_from_days(date_last_day(date_add(p->reviewed, p->review_in))), 1);
	}
	b->holds_until = until;
}

/* The first day on which a predicate of the build date may turn: until then today's answers hold. */
static int32_t holds_until(const struct build *b)
{
	const struct site *s = &b->out->site;
	int32_t today = date_first_day(b->now), until = b->holds_until;

	for (size_t i = 0; i < s->records.n_facts; i++)
		if (date_is_set(s->records.facts[i].review_by))
			sooner(&until, today, date_from_days(date_last_day(s->records.facts[i].review_by)), 1);
	for (size_t i = 0; i < s->records.n_relations; i++)
		sooner(&until, today, s->records.relations[i].to, 0);
	return until;
}

static struct digest file_digest(struct str file)
{
	struct arena scratch = { 0 };
	struct diag_list ignored;
	struct digest d = { 0, 0 };
	struct str bytes;

	diag_init(&ignored, &scratch);
	if (fs_read(&scratch, file, SIZE_MAX, &bytes, &ignored))
		d = digest_of(bytes);
	arena_release(&scratch);
	return d;
}

/* A file that has another time than it had: whether it has other bytes. */
struct touched {
	struct scan_file *file;
	struct digest kept;
};
typedef VEC(struct touched) touched_list;

#define READ_AT_ONCE 256 /* files: where one is another, the rest need not be read */

static void read_touched(void *ctx, size_t worker, size_t i)
{
	struct touched *t = (struct touched *)ctx + i;

	(void)worker;
	t->file->digest = file_digest(t->file->file);
}

static bool same_bytes(const struct build *b, const touched_list *list)
{
	for (size_t at = 0; at < list->len; at += READ_AT_ONCE) {
		size_t n = list->len - at < READ_AT_ONCE ? list->len - at : READ_AT_ONCE;

		pool_each(b->pool, n, read_touched, list->ptr + at);
		for (size_t i = at; i < at + n; i++)
			if (!digest_eq(list->ptr[i].file->digest, list->ptr[i].kept))
				return false;
	}
	return true;
}

static bool is_racy(const struct build *b, const struct scan_file *f)
{
	return f->mtime_ns > b->scanned_ns - BUILD_RACY_NS;
}

static bool same_inputs(struct build *b, struct arena *scratch, struct pack_reader *r, bool *is_touched)
{
	uint64_t n = pack_get_u64(r), seen = 0;
	touched_list touched = { 0 };

	for (int area = 0; area < SCAN_AREAS; area++)
		seen += b->scan.n_files[area];
	if (n != seen)
		return false;
	for (int area = 0; area < SCAN_AREAS; area++) {
		for (size_t i = 0; i < b->scan.n_files[area]; i++) {
			struct scan_file *f = &b->scan.files[area][i];
			struct str path = pack_get_str(r);
			uint64_t size = pack_get_u64(r);
			int64_t mtime = (int64_t)pack_get_u64(r);
			struct digest digest = pack_get_digest(r);

			if (!r->ok || !str_eq(path, f->path) || size != f->size)
				return false;
			if (mtime == f->mtime_ns)
				continue;
			if (digest_is_zero(digest))
				return false;
			vec_push(scratch, &touched, ((struct touched){ f, digest }));
		}
	}
	*is_touched |= touched.len > 0;
	return same_bytes(b, &touched);
}

/* The two files that a manifest is. */
struct manifest_files {
	uint64_t sizes[2];
	int64_t mtimes_ns[2];
};

static struct manifest_files manifest_files(const struct build *b)
{
	struct str file = build_manifest_file(b->arena, b->root, b->out->output);
	struct fs_info infos[2] = { fs_info(file), fs_info(overlay_supplement(b->arena, file)) };

	return (struct manifest_files){ { infos[0].size, infos[1].size }, { infos[0].mtime_ns, infos[1].mtime_ns } };
}

static void put_times(struct buf *b, const struct manifest_files *f)
{
	pack_u64(b, (uint64_t)f->mtimes_ns[0]);
	pack_u64(b, (uint64_t)f->mtimes_ns[1]);
}

/* Without it the next run that does something would have to do everything. One that was written since is read. */
static bool same_manifest(const struct build *b, const struct manifest_files *then, bool *is_touched)
{
	struct manifest_files now = manifest_files(b);

	if (memcmp(now.sizes, then->sizes, sizeof(now.sizes)) != 0)
		return false;
	if (memcmp(now.mtimes_ns, then->mtimes_ns, sizeof(now.mtimes_ns)) == 0)
		return true;
	*is_touched = true;
	return overlay_is_whole(build_manifest_file(b->arena, b->root, b->out->output), MANIFEST_MARK);
}

/*
 * What was read, from the manifest's times at `inputs` on, with the times of now: the next run need not look into those
 * files again.
 */
static void keep_times(struct build *b, struct str state, struct pack_reader inputs)
{
	struct manifest_files files = manifest_files(b);
	struct buf now;

	buf_init(&now, 0);
	buf_reserve(&now, state.len + 64);
	buf_add(&now, str_cut(state, 0, (size_t)(inputs.left.ptr - state.ptr)));
	pack_get_u64(&inputs);
	pack_get_u64(&inputs);
	put_times(&now, &files);
	pack_u64(&now, pack_get_u64(&inputs));
	for (int area = 0; area < SCAN_AREAS; area++) {
		for (size_t i = 0; i < b->scan.n_files[area]; i++) {
			const struct scan_file *f = &b->scan.files[area][i];

			pack_get_str(&inputs);
			pack_get_u64(&inputs);
			pack_get_u64(&inputs);
			put_file(&now, f->path, f->size, is_racy(b, f) ? 0 : f->mtime_ns);
			pack_digest(&now, pack_get_digest(&inputs));
		}
	}
	buf_add(&now, inputs.left);
	pack_end(&now);
	fs_write(state_file(b), buf_str(&now), b->dl);
	buf_release(&now);
}

struct published {
	struct str path;
	uint64_t size;
	int64_t mtime_ns;
};

struct looking {
	struct fs_dir dir; /* the output folder */
	struct published *files;
	atomic_bool differs;
};

static void look_at(void *ctx, size_t worker, size_t i)
{
	struct looking *x = ctx;
	const struct published *f = &x->files[i];
	struct fs_info info;

	(void)worker;
	if (atomic_load_explicit(&x->differs, memory_order_relaxed))
		return;
	info = fs_dir_link_info(&x->dir, f->path);
	if (info.type != FS_FILE || info.size != f->size || info.mtime_ns != f->mtime_ns)
		atomic_store_explicit(&x->differs, true, memory_order_relaxed);
}

static bool same_outputs(struct build *b, struct arena *scratch, struct pack_reader *r)
{
	size_t n = (size_t)pack_get_u64(r);
	struct looking x = { 0 };
	bool ok;

	if (n > r->left.len / PUT_FILE_LEAST)
		return false;
	x.files = arena_array(scratch, struct published, n + 1);
	for (size_t i = 0; i < n; i++) {
		x.files[i].path = pack_get_str(r);
		x.files[i].size = pack_get_u64(r);
		x.files[i].mtime_ns = (int64_t)pack_get_u64(r);
	}
	ok = r->ok && r->left.len == 0 && fs_dir_open(&x.dir, b->out->output);
	if (!ok)
		return false;
	atomic_init(&x.differs, false);
	pool_each(b->pool, n, look_at, &x);
	fs_dir_close(&x.dir);
	b->out->outputs = b->out->unchanged = n;
	return !atomic_load(&x.differs);
}

bool build_is_current(struct build *b)
{
	struct build_result *out = b->out;
	struct diag_list ignored;
	struct arena scratch = { 0 };
	struct str bytes = STR_NONE;
	struct pack_reader r, inputs;
	struct digest built_with;
	int32_t today = date_first_day(b->now);
	struct manifest_files files;
	bool ok = false, is_touched = false;

	diag_init(&ignored, &scratch);
	/* A build that was killed may have left temporary files. */
	if (b->opt->no_cache || fs_info(build_staging_file(b)).type != FS_NONE ||
	    fs_info(state_file(b)).type != FS_FILE || !fs_map(state_file(b), &bytes, &ignored))
		goto out;
	if (!pack_open(bytes, MARK, &r))
		goto out;
	built_with = pack_get_digest(&r);
	if (!digest_eq(built_with, settings(b)) || today < (int32_t)pack_get_u64(&r) ||
	    today >= (int32_t)pack_get_u64(&r))
		goto out;
	out->pages = (size_t)pack_get_u64(&r);
	out->entities = (size_t)pack_get_u64(&r);
	out->facts = (size_t)pack_get_u64(&r);
	out->links = (size_t)pack_get_u64(&r);
	out->mentions = (size_t)pack_get_u64(&r);
	for (int i = 0; i < 2; i++)
		files.sizes[i] = pack_get_u64(&r);
	inputs = r;
	for (int i = 0; i < 2; i++)
		files.mtimes_ns[i] = (int64_t)pack_get_u64(&r);
	ok = same_manifest(b, &files, &is_touched) && same_inputs(b, &scratch, &r, &is_touched) &&
	     same_outputs(b, &scratch, &r);
	out->is_published = ok;
	if (ok && is_touched)
		keep_times(b, bytes, inputs);
out:
	if (bytes.len)
		fs_unmap(bytes);
	arena_release(&scratch);
	return ok;
}

static bool is_page_file(const struct scan_file *f)
{
	return str_ends(f->path, STR(".md"));
}

/* What was read when the build began; nothing of a file that has changed since. */
static struct digest input_digest(const struct build *b, const struct scan_file *f)
{
	struct digest d = is_racy(b, f) ? (struct digest){ 0, 0 } : file_digest(f->file);

	return fs_info(f->file).mtime_ns == f->mtime_ns ? d : (struct digest){ 0, 0 };
}

/* Whether each can be told from what it may become within its time. */
static bool are_inputs_settled(const struct build *b)
{
	size_t page = 0;

	for (int area = 0; area < SCAN_AREAS; area++) {
		for (size_t i = 0; i < b->scan.n_files[area]; i++) {
			const struct scan_file *f = &b->scan.files[area][i];
			bool is_page = area == SCAN_CONTENT && is_page_file(f), is_known;

			is_known = is_page && !digest_is_zero(b->digests[page]);
			page += is_page;
			if (!is_known && is_racy(b, f))
				return false;
		}
	}
	return true;
}

static void put_inputs(const struct build *b, struct pack_file *out)
{
	uint64_t n = 0;
	size_t page = 0;

	for (int area = 0; area < SCAN_AREAS; area++)
		n += b->scan.n_files[area];
	pack_u64(&out->body, n);
	for (int area = 0; area < SCAN_AREAS; area++) {
		for (size_t i = 0; i < b->scan.n_files[area]; i++) {
			const struct scan_file *f = &b->scan.files[area][i];
			struct digest digest = { 0, 0 };

			if (area == SCAN_CONTENT && is_page_file(f))
				digest = b->digests[page++];
			else if (area != SCAN_CONTENT)
				digest = input_digest(b, f);
			put_file(&out->body, f->path, f->size, is_racy(b, f) ? 0 : f->mtime_ns);
			pack_digest(&out->body, digest);
			pack_file_spill(out);
		}
	}
}

static void put_outputs(const struct outputs *x, struct pack_file *out)
{
	pack_u64(&out->body, x->routes->len);
	for (size_t i = 0; i < x->routes->len; i++) {
		struct manifest_output o = build_published(x, i);

		put_file(&out->body, o.path, o.size, o.mtime_ns);
		pack_file_spill(out);
	}
}

void build_forget_state(struct build *b)
{
	fs_remove(state_file(b), b->dl);
}

void build_keep_state(const struct outputs *x)
{
	struct build *b = x->b;
	const struct build_result *out = b->out;
	struct manifest_files files = manifest_files(b);
	struct arena scratch = { 0 };
	struct fs_pieces pieces;
	struct pack_file file;

	/* What has something to say says it again, until it is mended. */
	if (b->dl->len || !are_inputs_settled(b))
		return;
	fs_pieces_begin(&pieces, state_file(b), b->dl);
	pack_file_begin(&file, &scratch, MARK, fs_pieces_put, &pieces);
	pack_digest(&file.body, settings(b));
	pack_u64(&file.body, (uint64_t)(uint32_t)date_first_day(b->now));
	pack_u64(&file.body, (uint64_t)(uint32_t)holds_until(b));
	pack_u64(&file.body, out->pages);
	pack_u64(&file.body, out->entities);
	pack_u64(&file.body, out->facts);
	pack_u64(&file.body, out->links);
	pack_u64(&file.body, out->mentions);
	for (int i = 0; i < 2; i++)
		pack_u64(&file.body, files.sizes[i]);
	put_times(&file.body, &files);
	put_inputs(b, &file);
	put_outputs(x, &file);
	pack_file_end(&file);
	fs_pieces_end(&pieces);
	arena_release(&scratch);
}
