#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/*
 * pattern - Lua's patterns (reference manual 5.4, section 6.4.1) with a limit
 * on the steps taken: a pattern such as "a?a?a?…aaa" takes exponential time
 * otherwise, in C, where no hook reaches.
 */
#define PATTERN_CAPTURES 32
#define PATTERN_POSITION ((size_t)-1) /* length of a capture "()" */

struct pattern_match {
	size_t start, end; /* offsets in the subject */
	struct {
		size_t off, len; /* len PATTERN_POSITION: only off is meant */
	} captures[PATTERN_CAPTURES];
	size_t n_captures;
};

enum pattern_result { PATTERN_NONE, PATTERN_FOUND, PATTERN_MALFORMED, PATTERN_TOO_LONG };

/*
 * The first match at or after `from` (≤ subject.len). *steps is counted down;
 * at zero: PATTERN_TOO_LONG. After PATTERN_MALFORMED *error says why.
 */
enum pattern_result pattern_find(struct str subject, struct str pattern, size_t from, struct pattern_match *out,
				 size_t *steps, const char **error);
bool pattern_is_plain(struct str pattern); /* has no magic characters */

#endif
