#ifndef PACK_H
#define PACK_H

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"

/*
 * pack - numbers and texts in the files kept between runs: little-endian,
 * texts behind their length. Reading never goes beyond the end: what is not
 * there reads as nothing and leaves `ok` false.
 *
 * A packed file begins with a mark of eight bytes and ends with a digest of what
 * lies between, so that damage is told from content.
 */
#define PACK_MARK 8
#define PACK_DIGEST 16

struct pack_reader {
	struct str left;
	bool ok;
};

static inline void pack_u64(struct buf *b, uint64_t n)
{
	unsigned char c[8];

	for (int i = 0; i < 8; i++)
		c[i] = (unsigned char)(n >> (8 * i));
	buf_add_mem(b, c, sizeof(c));
}

/* Whether numbers lie in memory as they do in a file, so that lists of them can be written and used as they are. */
#define PACK_IS_NATIVE (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)

static inline void pack_list(struct buf *b, const uint32_t *list, size_t n)
{
	if (PACK_IS_NATIVE) {
		buf_add_mem(b, list, 4 * n);
		return;
	}
	buf_reserve(b, 4 * n);
	for (size_t i = 0; i < n; i++) {
		unsigned char c[4] = { (unsigned char)list[i], (unsigned char)(list[i] >> 8),
				       (unsigned char)(list[i] >> 16), (unsigned char)(list[i] >> 24) };

		if (b->len + 4 < b->cap) {
			memcpy(b->ptr + b->len, c, 4);
			b->len += 4;
			b->ptr[b->len] = '\0';
		} else {
			buf_add_mem(b, c, 4);
		}
	}
}

static inline void pack_u32(struct buf *b, uint32_t n)
{
	pack_list(b, &n, 1);
}

static inline void pack_digest(struct buf *b, struct digest d)
{
	pack_u64(b, d.hi);
	pack_u64(b, d.lo);
}

static inline void pack_digests(struct buf *b, const struct digest *list, size_t n)
{
	if (PACK_IS_NATIVE)
		buf_add_mem(b, list, 16 * n);
	for (size_t i = 0; !PACK_IS_NATIVE && i < n; i++)
		pack_digest(b, list[i]);
}

static inline void pack_str(struct buf *b, struct str s)
{
	pack_u32(b, (uint32_t)s.len);
	buf_add(b, s);
}

/* The next `len` bytes, borrowed from those that are read. NULL: there are not so many. */
static inline const char *pack_take(struct pack_reader *r, size_t len)
{
	const char *p = r->left.ptr;

	if (len > r->left.len) {
		*r = (struct pack_reader){ STR_NONE, false };
		return NULL;
	}
	if (len)
		r->left = (struct str){ p + len, r->left.len - len };
	return p;
}

static inline uint32_t pack_get_u32(struct pack_reader *r)
{
	const unsigned char *p = (const unsigned char *)pack_take(r, 4);

	return p ? (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24 : 0;
}

static inline uint64_t pack_get_u64(struct pack_reader *r)
{
	uint64_t lo = pack_get_u32(r);

	return lo | (uint64_t)pack_get_u32(r) << 32;
}

static inline struct digest pack_get_digest(struct pack_reader *r)
{
	struct digest d;

	d.hi = pack_get_u64(r);
	d.lo = pack_get_u64(r);
	return d;
}

/* Borrowed from the bytes that are read. */
static inline struct str pack_get_str(struct pack_reader *r)
{
	uint32_t len = pack_get_u32(r);
	const char *p = pack_take(r, len);

	return p ? (struct str){ p, len } : STR_NONE;
}

/*
 * Lists, borrowed from the bytes that are read where those lie as they must, else in the arena. NULL: there are not so
 * many.
 */
static inline const uint32_t *pack_get_list(struct pack_reader *r, struct arena *a, size_t n)
{
	struct pack_reader copied = *r;
	const char *p = pack_take(r, n <= SIZE_MAX / 4 ? 4 * n : SIZE_MAX);
	uint32_t *list;

	if (!p || (PACK_IS_NATIVE && (uintptr_t)p % _Alignof(uint32_t) == 0))
		return (const void *)p;
	list = arena_array(a, uint32_t, n ? n : 1);
	for (size_t i = 0; i < n; i++)
		list[i] = pack_get_u32(&copied);
	return list;
}

static inline const struct digest *pack_get_digests(struct pack_reader *r, struct arena *a, size_t n)
{
	struct pack_reader copied = *r;
	const char *p = pack_take(r, n <= SIZE_MAX / 16 ? 16 * n : SIZE_MAX);
	struct digest *list;

	if (!p || (PACK_IS_NATIVE && (uintptr_t)p % _Alignof(struct digest) == 0))
		return (const void *)p;
	list = arena_array(a, struct digest, n ? n : 1);
	for (size_t i = 0; i < n; i++)
		list[i] = pack_get_digest(&copied);
	return list;
}

/* Zeros up to a multiple of eight, so that what follows can be used where it lies; the whole file lies at one. */
static inline void pack_align(struct buf *b)
{
	while (b->len % 8)
		buf_add_char(b, '\0');
}

static inline void pack_get_align(struct pack_reader *r)
{
	pack_take(r, -(uintptr_t)r->left.ptr & 7);
}

/* How many items follow, each of at least `least` bytes: never more than there can be. */
static inline uint32_t pack_get_count(struct pack_reader *r, size_t least)
{
	uint32_t n = pack_get_u32(r);

	if ((uint64_t)n * least <= r->left.len)
		return n;
	r->ok = false;
	return 0;
}

/* A whole file, in an empty buffer: `mark` has eight bytes. What is packed between the two calls is its body. */
static inline void pack_begin(struct buf *out, const char *mark)
{
	buf_add_mem(out, mark, PACK_MARK);
}

static inline void pack_end(struct buf *out)
{
	pack_digest(out, digest_of(str_skip(buf_str(out), PACK_MARK)));
}

/*
 * A file that is longer than one wants to hold in memory: what is packed into `body` goes on to `put` in pieces, whenever
 * pack_file_spill is called and there is enough of it. `put` has nothing to say; it keeps what went wrong for itself.
 */
#define PACK_PIECE ((size_t)256 << 10)

struct pack_file {
	struct buf body;
	struct digest_stream *digest;
	void (*put)(void *ctx, struct str bytes);
	void *ctx;
};

static inline void pack_gather(void *buf, struct str bytes) /* a `put`: all in a struct buf */
{
	buf_add(buf, bytes);
}

static inline void pack_file_begin(struct pack_file *f, struct arena *a, const char *mark,
				   void (*put)(void *ctx, struct str bytes), void *ctx)
{
	*f = (struct pack_file){ .digest = digest_stream_new(a), .put = put, .ctx = ctx };
	put(ctx, (struct str){ mark, PACK_MARK });
}

static inline void pack_file_hand_on(struct pack_file *f)
{
	digest_stream_add(f->digest, buf_str(&f->body));
	f->put(f->ctx, buf_str(&f->body));
	buf_clear(&f->body);
}

static inline void pack_file_spill(struct pack_file *f)
{
	if (f->body.len >= PACK_PIECE)
		pack_file_hand_on(f);
}

static inline void pack_file_end(struct pack_file *f)
{
	pack_file_hand_on(f);
	pack_digest(&f->body, digest_stream_end(f->digest));
	f->put(f->ctx, buf_str(&f->body));
	buf_release(&f->body);
}

/* False: not such a file, or damaged. */
static inline bool pack_open(struct str file, const char *mark, struct pack_reader *r)
{
	struct pack_reader end;

	*r = (struct pack_reader){ STR_NONE, false };
	if (file.len < PACK_MARK + PACK_DIGEST || memcmp(file.ptr, mark, PACK_MARK) != 0)
		return false;
	end = (struct pack_reader){ str_skip(file, file.len - PACK_DIGEST), true };
	*r = (struct pack_reader){ str_cut(file, PACK_MARK, file.len - PACK_DIGEST), true };
	return digest_eq(pack_get_digest(&end), digest_of(r->left));
}

#endif
