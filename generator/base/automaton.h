#ifndef AUTOMATON_H
#define AUTOMATON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/*
 * automaton - finds many names in a text at once (Aho and Corasick, "Efficient
 * string matching", CACM 18(6), 1975), as a table over classes of bytes.
 *
 * ASCII letters match in either case; other bytes exactly. An occurrence is
 * reported only where a word can begin: after anything but an ASCII letter or
 * digit, or at a byte outside ASCII. Immutable once built; lives in the arena.
 */
struct automaton {
	uint8_t class_of[256]; /* 0: in no pattern */
	uint32_t n_classes, n_states;
	uint32_t *next;     /* state × class → state; 0 is the root */
	uint32_t *pattern;  /* state → pattern that ends here + 1, or 0 */
	uint32_t *shorter;  /* state → the longest proper suffix state that ends a pattern, or 0 */
	const uint32_t *lengths;
	bool starts[256];   /* bytes that begin some pattern, as they stand in the text */
	uint8_t first, n_firsts, beyond; /* a range of ASCII that holds all that do; 0xFF when some are beyond it */
	uint64_t pairs[1024];  /* bit set: first two bytes of some pattern, as they stand in the text */
	uint64_t briefs[1024]; /* the same of those of less than four bytes */
	/* Bit set: the hash of the first eight bytes of some pattern, or of the first four of one that has no eight. */
	uint64_t *prefixes;
	unsigned prefix_shift; /* a hash of 64 bits to the number of a bit */
	bool is_word[256];  /* ASCII letters and digits */
};

/*
 * Empty patterns are ignored; of two that differ only in ASCII case the first
 * one's number is reported. `firsts` says, by pattern, which case its first
 * letter may have in a text (AUTOMATON_LOWER, _UPPER): most names begin with a
 * capital, and most words do not. NULL: either.
 */
enum { AUTOMATON_LOWER = 1, AUTOMATON_UPPER = 2 };
void automaton_build(struct arena *a, struct automaton *m, const struct str *patterns, const uint8_t *firsts, size_t n);

/* Calls `hit` for every occurrence, by end, longer first. Linear in the text and the hits. */
void automaton_scan(const struct automaton *m, struct str text,
		    void (*hit)(void *ctx, uint32_t pattern, size_t start, size_t end), void *ctx);

#endif
