#include "base/overlay.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/pack.h"
#include "base/path.h"

/*
 * A supplement: the digest of its base, the marks of the file that the base is, how many lines and how many bytes of
 * additions; the numbers of the lines, the lines, the additions.
 */
#define MARK "DOSSMOR1"
#define ROOM ((size_t)1 << 20)
#define SPARE 16 /* a part of its length is left free behind what grew */
#define ADDED(base) (((base) + 7) & ~(size_t)7)

struct str overlay_supplement(struct arena *a, struct str file)
{
	return path_join(a, path_dir(file), str_format(a, "more-%.*s", STR_ARG(path_base(file))));
}

/* What may stand in a supplement: beyond an eighth, writing the base costs little more. */
static size_t most(const struct overlay *o)
{
	return o->base / 8 + ROOM / 16;
}

/* Nobody can write to a file and leave all of this as it was. */
static struct digest marks_of(const struct fs_info *f)
{
	struct digest_state d;

	digest_begin(&d);
	digest_add_u64(&d, f->device);
	digest_add_u64(&d, f->inode);
	digest_add_u64(&d, f->size);
	digest_add_u64(&d, (uint64_t)f->mtime_ns);
	digest_add_u64(&d, (uint64_t)f->ctime_ns);
	return digest_end(&d);
}

static size_t line_length(const struct overlay *o, size_t line)
{
	size_t left = o->base - line * OVERLAY_LINE;

	return left < OVERLAY_LINE ? left : OVERLAY_LINE;
}

static void mark_line(struct overlay *o, size_t line)
{
	o->lines[line / 64] |= UINT64_C(1) << line % 64;
}

static size_t n_lines(const struct overlay *o)
{
	return (o->base + OVERLAY_LINE - 1) / OVERLAY_LINE;
}

struct str overlay_base(const struct overlay *o)
{
	return (struct str){ o->bytes + PACK_MARK, o->base - PACK_MARK - PACK_DIGEST };
}

struct str overlay_added(const struct overlay *o)
{
	size_t from = ADDED(o->base);

	return o->len > from ? (struct str){ o->bytes + from, o->len - from } : STR_NONE;
}

static struct digest digest_at_end(struct str file)
{
	struct pack_reader r = { str_skip(file, file.len - PACK_DIGEST), true };

	return pack_get_digest(&r);
}

/* What is left of a supplement behind its header is put over the base. False: it does not fit. */
static bool lay_over(struct overlay *o, struct pack_reader *r)
{
	struct arena scratch = { 0 };
	size_t n = pack_get_count(r, 4), added = pack_get_u32(r);
	const uint32_t *lines = pack_get_list(r, &scratch, n);
	const char *bytes;
	bool ok = r->ok && added <= o->cap - o->len;

	for (size_t i = 0; ok && i < n; i++) {
		ok = lines[i] < n_lines(o) && (bytes = pack_take(r, line_length(o, lines[i]))) != NULL;
		if (!ok)
			break;
		memcpy(o->own + (size_t)lines[i] * OVERLAY_LINE, bytes, line_length(o, lines[i]));
		mark_line(o, lines[i]);
	}
	ok = ok && r->left.len == added;
	if (ok && added)
		memcpy(o->own + o->len, r->left.ptr, added);
	o->len += added;
	arena_release(&scratch);
	return ok;
}

/* The digest of the base is of what lies in the file, so it is looked at first. */
static bool open_both(struct overlay *o, struct str supplement, const char *mark)
{
	struct pack_reader r, more;
	struct digest of, marks;

	if (o->base < PACK_MARK + PACK_DIGEST || memcmp(o->bytes, mark, PACK_MARK) != 0 ||
	    !pack_open(supplement, MARK, &more))
		return false;
	o->digest = digest_at_end((struct str){ o->bytes, o->base });
	o->more = digest_at_end(supplement);
	of = pack_get_digest(&more);
	marks = pack_get_digest(&more);
	o->is_trusted = digest_eq(of, o->digest) && digest_eq(marks, o->marks);
	o->is_changed = !o->is_trusted;
	if (!o->is_trusted && !pack_open((struct str){ o->bytes, o->base }, mark, &r))
		return false;
	return !digest_eq(of, o->digest) || lay_over(o, &more);
}

enum overlay_found overlay_open(struct overlay *o, struct str file, const char *mark)
{
	enum overlay_found found = OVERLAY_DAMAGED;
	struct arena scratch = { 0 };
	struct str more = overlay_supplement(&scratch, file), supplement = STR_NONE;
	struct diag_list ignored;
	struct fs_info info = fs_info(file);

	*o = (struct overlay){ .file = file };
	diag_init(&ignored, &scratch);
	if (info.type == FS_NONE) {
		found = OVERLAY_NONE;
		goto out;
	}
	if (!fs_map(more, &supplement, &ignored) ||
	    !fs_map_room(file, (size_t)info.size / 4 + supplement.len + ROOM, &o->own, &o->cap, &info, &ignored))
		goto out;
	o->bytes = o->own;
	o->base = (size_t)info.size;
	o->len = ADDED(o->base);
	o->marks = marks_of(&info);
	o->lines = arena_sys_alloc((n_lines(o) / 64 + 1) * sizeof(*o->lines));
	memset(o->lines, 0, (n_lines(o) / 64 + 1) * sizeof(*o->lines));
	if (open_both(o, supplement, mark))
		found = OVERLAY_GOOD;
out:
	fs_unmap(supplement);
	if (found != OVERLAY_GOOD)
		overlay_close(o);
	arena_release(&scratch);
	return found;
}

bool overlay_read(struct overlay *o, struct str bytes, const char *mark)
{
	struct pack_reader r;

	*o = (struct overlay){ .is_full = true };
	if (!pack_open(bytes, mark, &r))
		return false;
	o->bytes = bytes.ptr;
	o->base = o->len = o->cap = bytes.len;
	return true;
}

void overlay_close(struct overlay *o)
{
	if (o->own)
		fs_unmap((struct str){ o->own, o->cap });
	free(o->lines);
	*o = (struct overlay){ .bytes = NULL };
}

bool overlay_is_whole(struct str file, const char *mark)
{
	struct overlay o;
	bool yes = overlay_open(&o, file, mark) == OVERLAY_GOOD;

	overlay_close(&o);
	return yes;
}

void overlay_put(struct overlay *o, size_t at, const void *bytes, size_t n)
{
	const char *from = bytes;

	assert(o->own && at + n <= o->len);
	for (size_t len; n > 0; at += len, from += len, n -= len) {
		len = OVERLAY_LINE - at % OVERLAY_LINE;
		len = len < n ? len : n;
		if (memcmp(o->bytes + at, from, len) == 0)
			continue;
		memcpy(o->own + at, from, len);
		o->is_changed = true;
		if (at < o->base)
			mark_line(o, at / OVERLAY_LINE);
	}
}

size_t overlay_add(struct overlay *o, const void *bytes, size_t n)
{
	size_t at = o->len, end;

	if (o->is_full || n > o->cap - at || at > o->cap - n - 8) {
		o->is_full = true;
		return 0;
	}
	memcpy(o->own + at, bytes, n);
	end = ADDED(at + n);
	memset(o->own + at + n, 0, end - (at + n));
	o->len = end;
	o->is_changed = true;
	return at;
}

void overlay_pack_row(struct buf *b, uint64_t at, size_t len, size_t room)
{
	pack_u64(b, at);
	pack_u32(b, (uint32_t)len);
	pack_u32(b, (uint32_t)room);
}

bool overlay_part(const struct overlay *o, size_t row, struct str *out)
{
	struct pack_reader r = { { o->bytes + row, OVERLAY_ROW }, true };
	uint64_t at = pack_get_u64(&r), len = pack_get_u32(&r);
	bool ok = at <= o->len && len <= o->len - at;

	*out = ok ? (struct str){ o->bytes + at, (size_t)len } : STR_NONE;
	return ok;
}

bool overlay_put_part(struct overlay *o, size_t row, struct str bytes)
{
	struct pack_reader r = { { o->bytes + row, OVERLAY_ROW }, true };
	uint64_t at = pack_get_u64(&r);
	uint32_t room = (pack_get_u32(&r), pack_get_u32(&r));
	struct buf b;

	buf_init(&b, 0);
	if (bytes.len <= room) {
		overlay_put(o, (size_t)at, bytes.ptr, bytes.len);
	} else {
		buf_add(&b, bytes);
		for (size_t left = bytes.len / SPARE; left > 0; left--)
			buf_add_char(&b, '\0');
		room = (uint32_t)b.len;
		at = overlay_add(o, b.ptr, b.len);
		buf_clear(&b);
	}
	overlay_pack_row(&b, at, bytes.len, room);
	if (at)
		overlay_put(o, row, b.ptr, b.len);
	buf_release(&b);
	return at > 0;
}

static void pack_lines(const struct overlay *o, struct buf *out, bool is_numbers)
{
	for (size_t word = 0; word <= n_lines(o) / 64; word++) {
		for (uint64_t left = o->lines[word]; left; left &= left - 1) {
			size_t line = word * 64 + (size_t)__builtin_ctzll(left);

			if (is_numbers)
				pack_u32(out, (uint32_t)line);
			else
				buf_add_mem(out, o->bytes + line * OVERLAY_LINE, line_length(o, line));
		}
	}
}

static void pack_supplement(const struct overlay *o, uint32_t lines, struct buf *out)
{
	pack_begin(out, MARK);
	pack_digest(out, o->digest);
	pack_digest(out, o->marks);
	pack_u32(out, lines);
	pack_u32(out, (uint32_t)overlay_added(o).len);
	pack_lines(o, out, true);
	pack_lines(o, out, false);
	buf_add(out, overlay_added(o));
	pack_end(out);
}

bool overlay_save(struct overlay *o, struct diag_list *dl)
{
	struct arena scratch = { 0 };
	size_t n = 0;
	struct buf out;
	bool ok = false;

	if (o->is_full)
		return false;
	if (!o->is_changed)
		return true;
	for (size_t word = 0; word <= n_lines(o) / 64; word++)
		n += (size_t)__builtin_popcountll(o->lines[word]);
	if (n * (OVERLAY_LINE + 4) + overlay_added(o).len > most(o))
		return false;
	buf_init(&out, 0);
	pack_supplement(o, (uint32_t)n, &out);
	ok = fs_write(overlay_supplement(&scratch, o->file), buf_str(&out), dl) != FS_WRITE_FAILED;
	buf_release(&out);
	arena_release(&scratch);
	return ok;
}

static bool write_empty(const struct overlay *o, struct diag_list *dl)
{
	struct arena scratch = { 0 };
	struct buf out;
	bool ok;

	buf_init(&out, 0);
	pack_supplement(o, 0, &out);
	ok = fs_write(overlay_supplement(&scratch, o->file), buf_str(&out), dl) != FS_WRITE_FAILED;
	buf_release(&out);
	arena_release(&scratch);
	return ok;
}

/* The marks of a new base, so that the next run need not take its digest. */
static bool settle(struct overlay *o, struct diag_list *dl)
{
	struct fs_info info;
	struct str bytes;

	if (!fs_map_known(o->file, &bytes, &info, NULL, dl))
		return false;
	if (bytes.len >= PACK_DIGEST)
		o->digest = digest_at_end(bytes);
	o->marks = marks_of(&info);
	fs_unmap(bytes);
	return write_empty(o, dl);
}

bool overlay_replace(struct fs_pieces *base, struct str file, struct diag_list *dl)
{
	uint64_t lines = 0;
	struct overlay o = { .file = file, .lines = &lines };
	struct arena scratch = { 0 };
	bool ok = true;

	/* Whoever is killed in between leaves the new base with a supplement of another. */
	if (base->is_begun && fs_info(overlay_supplement(&scratch, file)).type == FS_NONE)
		ok = write_empty(&o, dl);
	arena_release(&scratch);
	return fs_pieces_end(base) && ok && settle(&o, dl);
}
