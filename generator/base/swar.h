#ifndef SWAR_H
#define SWAR_H

#include <stdbool.h>
#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/str.h"

/*
 * swar - eight bytes looked at together, as one number (SIMD within a register); sixteen for single bytes, where the
 * machine has registers for them.
 *
 * An answer has the high bit of every byte that fits. Above the first byte that fits others may be marked, too: what
 * counts is whether any is. Some masks are joined with | and tested once.
 */
#define SWAR_EACH UINT64_C(0x0101010101010101)
#define SWAR_HIGH (SWAR_EACH * 0x80)

static inline uint64_t swar_load(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

#ifdef __SSE2__
static inline __m128i swar_wide(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline __m128i swar_wide_equal(__m128i v, char c)
{
	return _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}
#endif

/* Bytes smaller than `n`, which is at most 0x80. */
static inline uint64_t swar_below(uint64_t v, unsigned n)
{
	return (v - SWAR_EACH * n) & ~v & SWAR_HIGH;
}

/* Exact: all bytes from `lo` to `hi`, which are below 0x80; none that is 0x80 or more. */
static inline uint64_t swar_between(uint64_t v, unsigned lo, unsigned hi)
{
	uint64_t low = v & ~SWAR_HIGH;

	return (low + SWAR_EACH * (0x80 - lo)) & ~(low + SWAR_EACH * (0x7f - hi)) & ~v & SWAR_HIGH;
}

static inline uint64_t swar_equal(uint64_t v, unsigned char c)
{
	return swar_below(v ^ SWAR_EACH * c, 1);
}

/*
 * Where from `i` on the first `a` or `b` of `s` stands, or its end. For what is near: where most of a text is passed
 * over, memchr takes less.
 */
static inline size_t swar_find_byte(struct str s, size_t i, char a, char b)
{
#ifdef __SSE2__
	for (; i + 16 <= s.len; i += 16) {
		__m128i v = swar_wide(s.ptr + i);
		int found = _mm_movemask_epi8(_mm_or_si128(swar_wide_equal(v, a), swar_wide_equal(v, b)));

		if (found)
			return i + (size_t)__builtin_ctz((unsigned)found);
	}
#endif
	while (i < s.len && s.ptr[i] != a && s.ptr[i] != b)
		i++;
	return i;
}

/* Where from `i` on the first `a` stands that `but` does not follow, or the end. */
static inline size_t swar_find_unless(struct str s, size_t i, char a, char but)
{
#ifdef __SSE2__
	for (; i + 17 <= s.len; i += 16) {
		__m128i v = swar_wide(s.ptr + i), next = swar_wide(s.ptr + i + 1);
		int found = _mm_movemask_epi8(_mm_andnot_si128(swar_wide_equal(next, but), swar_wide_equal(v, a)));

		if (found)
			return i + (size_t)__builtin_ctz((unsigned)found);
	}
#endif
	while (i < s.len && (s.ptr[i] != a || (i + 1 < s.len && s.ptr[i + 1] == but)))
		i++;
	return i;
}

/*
 * Where from `i` on the first special byte of `s` stands, one that is not 0 in the table; or its end. `may` tells of
 * eight bytes whether any may be special: that it says so of a few others only costs a second look.
 */
static inline size_t swar_find(struct str s, size_t i, const unsigned char special[256], bool (*may)(uint64_t v))
{
	while (i < s.len) {
		size_t end;

		while (s.len - i >= 8 && !may(swar_load(s.ptr + i)))
			i += 8;
		/* What is left may be less than eight bytes, but the last eight can be looked at again. */
		if (s.len - i < 8 && s.len >= 8 && !may(swar_load(s.ptr + s.len - 8)))
			return s.len;
		for (end = s.len - i >= 8 ? i + 8 : s.len; i < end; i++)
			if (special[(unsigned char)s.ptr[i]])
				return i;
	}
	return i;
}

/* Behind the last special byte before `i`; 0: there is none. */
static inline size_t swar_find_back(struct str s, size_t i, const unsigned char special[256], bool (*may)(uint64_t v))
{
	while (i > 0) {
		size_t start = i >= 8 ? i - 8 : 0;

		if (start + 8 <= s.len && !may(swar_load(s.ptr + start))) {
			i = start;
			continue;
		}
		for (; i > start; i--)
			if (special[(unsigned char)s.ptr[i - 1]])
				return i;
	}
	return 0;
}

#endif
