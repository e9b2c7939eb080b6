#ifndef SWAR_H
#define SWAR_H

#include <stdbool.h>
#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/str.h"

/*
 * swar - several bytes looked at together (SIMD within a register): sixteen where the machine has registers for them,
 * else eight as one number.
 *
 * An answer, called marks, has the high bit of every byte that fits; what else is in it means nothing. Marks are joined
 * with |, & and ~, as words are.
 */
#ifdef __SSE2__

typedef __m128i swar_word;

static inline swar_word swar_load(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* `c` in each byte. */
static inline swar_word swar_each(unsigned c)
{
	return _mm_set1_epi8((char)c);
}

static inline swar_word swar_equal(swar_word v, unsigned char c)
{
	return _mm_cmpeq_epi8(v, swar_each(c));
}

/* Bytes smaller than `n`, which is from 1 to 0x80. Behind the first of them others may be marked, too. */
static inline swar_word swar_below(swar_word v, unsigned n)
{
	return _mm_cmpeq_epi8(_mm_min_epu8(v, swar_each(n - 1)), v);
}

/* Bytes from `lo` to `hi`, which are below 0x80. */
static inline swar_word swar_between(swar_word v, unsigned lo, unsigned hi)
{
	return swar_below(_mm_sub_epi8(v, swar_each(lo)), hi - lo + 1);
}

/* Where the first mark from byte `from` on is, or the size of a word. */
static inline size_t swar_first(swar_word marks, size_t from)
{
	unsigned bits = (unsigned)_mm_movemask_epi8(marks) >> from << from;

	return bits ? (size_t)__builtin_ctz(bits) : sizeof(marks);
}

static inline bool swar_any(swar_word marks)
{
	return _mm_movemask_epi8(marks);
}

/* `c`, a single bit, in each marked byte: of marks as they are found, not joined with words. */
static inline swar_word swar_where(swar_word marks, unsigned c)
{
	return marks & swar_each(c);
}

/* The first `n` bytes, less than all; zeros behind them. */
static inline swar_word swar_head(swar_word v, size_t n)
{
	static const char heads[2 * sizeof(v)] = { [0 ... sizeof(v) - 1] = -1 };

	return v & swar_load(heads + sizeof(v) - n);
}

#else

typedef uint64_t swar_word;

static inline swar_word swar_load(const char *p)
{
	swar_word v;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

static inline swar_word swar_each(unsigned c)
{
	return UINT64_C(0x0101010101010101) * c;
}

static inline swar_word swar_below(swar_word v, unsigned n)
{
	return (v - swar_each(n)) & ~v;
}

static inline swar_word swar_between(swar_word v, unsigned lo, unsigned hi)
{
	swar_word low = v & swar_each(0x7f);

	return (low + swar_each(0x80 - lo)) & ~(low + swar_each(0x7f - hi)) & ~v;
}

static inline swar_word swar_equal(swar_word v, unsigned char c)
{
	v ^= swar_each(c);
	return ~(((v & swar_each(0x7f)) + swar_each(0x7f)) | v);
}

static inline size_t swar_first(swar_word marks, size_t from)
{
	marks = (marks & swar_each(0x80)) >> 8 * from << 8 * from;
	return marks ? (size_t)__builtin_ctzll(marks) / 8 : sizeof(marks);
}

static inline bool swar_any(swar_word marks)
{
	return marks & swar_each(0x80);
}

static inline swar_word swar_where(swar_word marks, unsigned c)
{
	return ((marks & swar_each(0x80)) >> 7) * c;
}

static inline swar_word swar_head(swar_word v, size_t n)
{
	return v & (((swar_word)1 << 8 * n) - 1);
}

#endif

/* Marks the bytes that may be special: that it marks others, too, only costs a second look. */
typedef swar_word swar_may(swar_word v);

/* Where from `i` on the first special byte of `s` stands, one that is not 0 in the table; or its end. */
__attribute__((always_inline)) static inline size_t swar_find(struct str s, size_t i, const unsigned char special[256],
							      swar_may *may)
{
	const size_t wide = sizeof(swar_word);
	size_t at;

	while (i < s.len && s.len >= wide) {
		/* What is left may be less than a word, but the last word can be looked at again. */
		size_t back = s.len - i < wide ? wide - (s.len - i) : 0;

		at = swar_first(may(swar_load(s.ptr + i - back)), back);
		i += at - back;
		if (at < wide && special[(unsigned char)s.ptr[i]])
			return i;
		i += at < wide;
	}
	while (i < s.len && !special[(unsigned char)s.ptr[i]])
		i++;
	return i;
}

/* Behind the last special byte before `i`; 0: there is none. */
static inline size_t swar_find_back(struct str s, size_t i, const unsigned char special[256], swar_may *may)
{
	const size_t wide = sizeof(swar_word);

	while (i > 0) {
		size_t start = i >= wide ? i - wide : 0;

		if (start + wide <= s.len && !swar_any(may(swar_load(s.ptr + start)))) {
			i = start;
			continue;
		}
		for (; i > start; i--)
			if (special[(unsigned char)s.ptr[i - 1]])
				return i;
	}
	return 0;
}

/*
 * Where from `i` on the first `a` or `b` of `s` stands, or its end. For what is near: where most of a text is passed
 * over, memchr takes less.
 */
static inline size_t swar_find_byte(struct str s, size_t i, char a, char b)
{
	for (; i + sizeof(swar_word) <= s.len; i += sizeof(swar_word)) {
		swar_word v = swar_load(s.ptr + i),
			  found = swar_equal(v, (unsigned char)a) | swar_equal(v, (unsigned char)b);

		if (swar_any(found))
			return i + swar_first(found, 0);
	}
	while (i < s.len && s.ptr[i] != a && s.ptr[i] != b)
		i++;
	return i;
}

/* Where from `i` on the first `a` stands that `but` does not follow, or the end. */
static inline size_t swar_find_unless(struct str s, size_t i, char a, char but)
{
	for (; i + sizeof(swar_word) < s.len; i += sizeof(swar_word)) {
		swar_word next = swar_equal(swar_load(s.ptr + i + 1), (unsigned char)but);
		swar_word found = swar_equal(swar_load(s.ptr + i), (unsigned char)a) & ~next;

		if (swar_any(found))
			return i + swar_first(found, 0);
	}
	while (i < s.len && (s.ptr[i] != a || (i + 1 < s.len && s.ptr[i + 1] == but)))
		i++;
	return i;
}

#endif
