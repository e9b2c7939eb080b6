#ifndef STR_H
#define STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

/*
 * str - a borrowed slice of bytes.
 *
 * Never owns, is not NUL-terminated, may contain NUL. Valid as long as what it
 * was cut from. An empty str may have any ptr, also NULL.
 */
struct str {
	const char *ptr;
	size_t len;
};

#define STR(lit) ((struct str){ "" lit, sizeof(lit) - 1 })
#define STR_INIT(lit) { "" lit, sizeof(lit) - 1 }
#define STR_NONE ((struct str){ NULL, 0 })
#define STR_ARG(s) (int)(s).len, (s).ptr /* for "%.*s" */

/* From a NUL-terminated string; NULL gives empty. */
static inline struct str str_from(const char *z)
{
	return z ? (struct str){ z, strlen(z) } : STR_NONE;
}
/* Clamped to s. */
static inline struct str str_cut(struct str s, size_t from, size_t to)
{
	if (to > s.len)
		to = s.len;
	if (from > to)
		from = to;
	/* Adding zero to NULL is undefined in C. */
	if (from)
		s.ptr += from;
	s.len = to - from;
	return s;
}
/* Without the first n bytes. */
static inline struct str str_skip(struct str s, size_t n)
{
	return str_cut(s, n, s.len);
}
struct str str_trim(struct str s);                  /* without ASCII white space at both ends */
struct str str_copy(struct arena *a, struct str s); /* also NUL-terminated */
char *str_z(struct arena *a, struct str s);         /* a NUL-terminated copy */
struct str str_format(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct str str_join(struct arena *a, const struct str *parts, size_t n, struct str sep);

static inline bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
bool str_eq_nocase(struct str a, struct str b); /* ASCII letters only */
int str_cmp(struct str a, struct str b);        /* by bytes, shorter first: <0, 0, >0 */
static inline bool str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq((struct str){ s.ptr, prefix.len }, prefix);
}
bool str_ends(struct str s, struct str suffix);
bool str_contains(struct str s, struct str needle);
ptrdiff_t str_find(struct str s, struct str needle); /* offset, or -1 */
ptrdiff_t str_find_byte(struct str s, char c);       /* offset, or -1 */
ptrdiff_t str_rfind_byte(struct str s, char c);      /* offset, or -1 */
uint64_t str_hash(struct str s);                     /* XXH3, 64 bits, seed 0 */

/* Splits off the part before `sep`; *rest is what follows it. False when *rest was exhausted. */
bool str_next(struct str *rest, char sep, struct str *part);

/* Decimal, optional sign, whole input; false on anything else or overflow. */
bool str_to_i64(struct str s, int64_t *out);
/* Locale-independent; the forms of YAML's core schema without inf and nan ("1", "-1.5e3", ".5", "5."); false on overflow. */
bool str_to_double(struct str s, double *out);

/*
 * The candidate nearest to `word` by Damerau-Levenshtein distance (optimal
 * string alignment over code points, upper and lower case being equal), if near
 * enough to be worth suggesting (at most a third of the longer one's length);
 * else empty. Of equally near ones the first.
 */
struct str str_nearest(struct str word, const struct str *candidates, size_t n);

#endif
