#include "base/digest_impl.h"

#include <assert.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Parts longer than this enter by their digest, so that a full block is never far from full. */
#define PART_MAX ((size_t)512)
/* From here on wide registers pay. */
#define WIDE_MIN ((size_t)512)

uint64_t digest_hash(struct str bytes)
{
	return XXH3_64bits(bytes.len ? bytes.ptr : "", bytes.len);
}

struct digest digest_of(struct str bytes)
{
	XXH128_hash_t h;

#ifdef DIGEST_WIDE
	if (bytes.len >= WIDE_MIN && __builtin_cpu_supports("avx2"))
		return digest_of_wide(bytes);
#endif
	h = XXH3_128bits(bytes.len ? bytes.ptr : "", bytes.len);
	return (struct digest){ h.high64, h.low64 };
}

struct digest_stream {
	XXH3_state_t state;
};

struct digest_stream *digest_stream_new(struct arena *a)
{
	struct digest_stream *s = arena_alloc(a, sizeof(*s), 1, _Alignof(struct digest_stream));

	XXH3_INITSTATE(&s->state);
	XXH3_128bits_reset(&s->state);
	return s;
}

void digest_stream_add(struct digest_stream *s, struct str bytes)
{
	if (bytes.len)
		XXH3_128bits_update(&s->state, bytes.ptr, bytes.len);
}

struct digest digest_stream_end(const struct digest_stream *s)
{
	XXH128_hash_t h = XXH3_128bits_digest(&s->state);

	return (struct digest){ h.high64, h.low64 };
}

/* Big-endian, so that digests are the same on every machine. */
static inline void put_u64(char *out, uint64_t n)
{
	for (int i = 7; i >= 0; i--, n >>= 8)
		out[i] = (char)(n & 0xff);
}

struct digest digest_join(struct digest a, struct digest b)
{
	char bytes[32];

	put_u64(bytes, a.hi);
	put_u64(bytes + 8, a.lo);
	put_u64(bytes + 16, b.hi);
	put_u64(bytes + 24, b.lo);
	return digest_of((struct str){ bytes, sizeof(bytes) });
}

int digest_cmp(struct digest a, struct digest b)
{
	if (a.hi != b.hi)
		return a.hi < b.hi ? -1 : 1;
	return (a.lo > b.lo) - (a.lo < b.lo);
}

bool digest_is_zero(struct digest d)
{
	return !d.hi && !d.lo;
}

void digest_write_hex(struct buf *b, struct digest d, unsigned digits)
{
	char hex[32];

	assert(digits >= 1 && digits <= 32);
	for (unsigned i = 0; i < 32; i++)
		hex[i] = "0123456789abcdef"[(i < 16 ? d.hi : d.lo) >> (60 - i % 16 * 4) & 15];
	buf_add_mem(b, hex, digits);
}

bool digest_parse_hex(struct str s, struct digest *out)
{
	uint64_t half[2] = { 0, 0 };

	if (s.len != 32)
		return false;
	for (size_t i = 0; i < 32; i++) {
		char c = s.ptr[i];
		unsigned digit;

		if (c >= '0' && c <= '9')
			digit = (unsigned)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (unsigned)((c | 0x20) - 'a') + 10;
		else
			return false;
		half[i / 16] = half[i / 16] << 4 | digit;
	}
	*out = (struct digest){ half[0], half[1] };
	return true;
}

void digest_begin(struct digest_state *s)
{
	s->len = 0;
	s->folded = (struct digest){ 0, 0 };
}

void digest_fold(struct digest_state *s)
{
	s->folded = digest_join(s->folded, digest_of((struct str){ s->block, s->len }));
	s->len = 0;
}

void digest_add(struct digest_state *s, struct str bytes)
{
	struct digest d;

	digest_add_u64(s, bytes.len);
	if (bytes.len > PART_MAX) {
		d = digest_of(bytes);
		digest_add_u64(s, d.hi);
		digest_add_u64(s, d.lo);
		return;
	}
	if (s->len + bytes.len > sizeof(s->block))
		digest_fold(s);
	if (bytes.len)
		memcpy(s->block + s->len, bytes.ptr, bytes.len);
	s->len += bytes.len;
}

struct digest digest_end(struct digest_state *s)
{
	struct digest d = digest_of((struct str){ s->block, s->len });

	return digest_is_zero(s->folded) ? d : digest_join(s->folded, d);
}
