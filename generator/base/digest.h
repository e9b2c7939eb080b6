#ifndef DIGEST_H
#define DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

/*
 * digest - 128-bit XXH3 fingerprints of bytes, the only door to xxhash; not
 * cryptographic: they detect change, not malice. Equal on every machine (the canonical big-endian form is
 * what is stored). Zero means "nothing".
 */
struct digest {
	uint64_t hi, lo;
};

struct digest digest_of(struct str bytes);
struct digest digest_join(struct digest a, struct digest b); /* order matters */
static inline bool digest_eq(struct digest a, struct digest b)
{
	return a.hi == b.hi && a.lo == b.lo;
}
int digest_cmp(struct digest a, struct digest b); /* an order, for sorting and finding */
bool digest_is_zero(struct digest d);
void digest_write_hex(struct buf *b, struct digest d, unsigned digits); /* the first 1 to 32 */
bool digest_parse_hex(struct str s, struct digest *out);                /* 32 digits */
uint64_t digest_hash(struct str bytes); /* XXH3, 64 bits, seed 0: what str_hash is made of */

/* digest_of what comes in pieces; in the arena. */
struct digest_stream *digest_stream_new(struct arena *a);
void digest_stream_add(struct digest_stream *s, struct str bytes);
struct digest digest_stream_end(const struct digest_stream *s);

/* Incremental, for structures: the same calls in the same order give the same digest. */
struct digest_state {
	char block[4096]; /* folded into one digest when it is full */
	size_t len;
	struct digest folded;
};
void digest_begin(struct digest_state *s);
void digest_add(struct digest_state *s, struct str bytes); /* length-prefixed, so parts cannot run together */
void digest_fold(struct digest_state *s); /* for digest_add_u64 */
static inline void digest_add_u64(struct digest_state *s, uint64_t n)
{
	if (s->len + 8 > sizeof(s->block))
		digest_fold(s);
	/* Big-endian, so that digests are the same on every machine. */
#if __BYTE_ORDER__ != __ORDER_BIG_ENDIAN__
	n = __builtin_bswap64(n);
#endif
	memcpy(s->block + s->len, &n, sizeof(n));
	s->len += 8;
}
static inline void digest_add_digest(struct digest_state *s, struct digest d)
{
	digest_add_u64(s, d.hi);
	digest_add_u64(s, d.lo);
}
struct digest digest_end(struct digest_state *s);

#endif
