#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/digest.h"
#include "base/utf8.h"

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
	size_t from = 0, to = s.len;

	while (from < to && is_space(s.ptr[from]))
		from++;
	while (to > from && is_space(s.ptr[to - 1]))
		to--;
	return str_cut(s, from, to);
}

char *str_z(struct arena *a, struct str s)
{
	char *z = arena_alloc(a, s.len + 1, 1, 1);

	if (s.len)
		memcpy(z, s.ptr, s.len);
	z[s.len] = '\0';
	return z;
}

struct str str_copy(struct arena *a, struct str s)
{
	return (struct str){ str_z(a, s), s.len };
}

struct str str_format(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char small[256];
	char *z;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n < 0)
		return STR_NONE;
	if ((size_t)n < sizeof(small))
		return str_copy(a, (struct str){ small, (size_t)n });
	z = arena_alloc(a, (size_t)n + 1, 1, 1);
	va_start(ap, fmt);
	vsnprintf(z, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return (struct str){ z, (size_t)n };
}

static char *put(char *at, struct str s)
{
	if (s.len)
		memcpy(at, s.ptr, s.len);
	return at + s.len;
}

struct str str_join(struct arena *a, const struct str *parts, size_t n, struct str sep)
{
	size_t len = n ? (n - 1) * sep.len : 0;
	char *z, *at;

	for (size_t i = 0; i < n; i++)
		len += parts[i].len;
	z = at = arena_alloc(a, len + 1, 1, 1);
	for (size_t i = 0; i < n; i++) {
		if (i)
			at = put(at, sep);
		at = put(at, parts[i]);
	}
	*at = '\0';
	return (struct str){ z, len };
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool str_eq_nocase(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	return true;
}

int str_cmp(struct str a, struct str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n ? memcmp(a.ptr, b.ptr, n) : 0;

	return c ? c : (a.len > b.len) - (a.len < b.len);
}

bool str_ends(struct str s, struct str suffix)
{
	return s.len >= suffix.len && str_eq(str_skip(s, s.len - suffix.len), suffix);
}

ptrdiff_t str_find(struct str s, struct str needle)
{
	const char *p;

	if (!needle.len)
		return 0;
	p = s.len ? memmem(s.ptr, s.len, needle.ptr, needle.len) : NULL;
	return p ? p - s.ptr : -1;
}

bool str_contains(struct str s, struct str needle)
{
	return str_find(s, needle) >= 0;
}

ptrdiff_t str_find_byte(struct str s, char c)
{
	const char *p = s.len ? memchr(s.ptr, c, s.len) : NULL;

	return p ? p - s.ptr : -1;
}

ptrdiff_t str_rfind_byte(struct str s, char c)
{
	const char *at = s.len ? memrchr(s.ptr, c, s.len) : NULL;

	return at ? at - s.ptr : -1;
}

uint64_t str_hash(struct str s)
{
	return digest_hash(s);
}

bool str_next(struct str *rest, char sep, struct str *part)
{
	ptrdiff_t at;

	/* A NULL ptr says that the last part has been given: an empty rest is still an empty part. */
	if (!rest->ptr)
		return false;
	at = str_find_byte(*rest, sep);
	if (at < 0) {
		*part = *rest;
		*rest = STR_NONE;
		return true;
	}
	*part = str_cut(*rest, 0, (size_t)at);
	*rest = str_skip(*rest, (size_t)at + 1);
	return true;
}

bool str_to_i64(struct str s, int64_t *out)
{
	bool is_negative = s.len && s.ptr[0] == '-';
	uint64_t n = 0, limit = (uint64_t)INT64_MAX + is_negative;
	size_t i = s.len && (s.ptr[0] == '-' || s.ptr[0] == '+');

	if (i == s.len)
		return false;
	for (; i < s.len; i++) {
		unsigned digit = (unsigned char)s.ptr[i] - (unsigned)'0';

		if (digit > 9 || n > (limit - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*out = is_negative ? (int64_t)(0 - n) : (int64_t)n;
	return true;
}

/* Beyond this many digits only "is anything left" can change the rounding of a double. */
#define DIGITS_MAX 780

struct decimal {
	char digits[DIGITS_MAX + 32]; /* significant digits, then room for an exponent */
	size_t n;
	int64_t exponent; /* of the last digit */
	bool is_negative, is_inexact;
};

static void decimal_add(struct decimal *d, char c, bool is_fraction)
{
	if (d->n == DIGITS_MAX) {
		d->is_inexact |= c != '0';
		d->exponent += !is_fraction;
		return;
	}
	d->exponent -= is_fraction;
	if (d->n || c != '0')
		d->digits[d->n++] = c;
}

static bool decimal_read(struct decimal *d, struct str s)
{
	size_t i = 0, seen = 0;
	bool is_fraction = false, minus;
	int64_t e = 0;

	if (i < s.len && (s.ptr[i] == '-' || s.ptr[i] == '+'))
		d->is_negative = s.ptr[i++] == '-';
	for (; i < s.len; i++) {
		if (s.ptr[i] == '.' && !is_fraction) {
			is_fraction = true;
		} else if (s.ptr[i] >= '0' && s.ptr[i] <= '9') {
			decimal_add(d, s.ptr[i], is_fraction);
			seen++;
		} else {
			break;
		}
	}
	if (!seen || i == s.len)
		return seen;
	if (lower(s.ptr[i++]) != 'e')
		return false;
	minus = i < s.len && s.ptr[i] == '-';
	i += i < s.len && (s.ptr[i] == '-' || s.ptr[i] == '+');
	if (i == s.len)
		return false;
	for (; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
		/* Saturates far outside a double's range, also for an input of 2 GiB of zeros before it. */
		if (e < (int64_t)1 << 40)
			e = e * 10 + (s.ptr[i] - '0');
	}
	d->exponent += minus ? -e : e;
	return true;
}

bool str_to_double(struct str s, double *out)
{
	static const double tens[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
				       1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
	struct decimal d;
	double x = 0;

	d.n = 0;
	d.exponent = 0;
	d.is_negative = d.is_inexact = false;
	if (!decimal_read(&d, s))
		return false;
	if (d.n && d.n <= 15 && d.exponent >= -22 && d.exponent <= 22) {
		/* Both numbers are exact, so one operation rounds once (Clinger 1990). */
		for (size_t i = 0; i < d.n; i++)
			x = x * 10 + (d.digits[i] - '0');
		x = d.exponent < 0 ? x / tens[-d.exponent] : x * tens[d.exponent];
	} else if (d.n) {
		if (d.exponent > 1000 || d.exponent < -3000)
			d.exponent = d.exponent > 0 ? 1000 : -3000;
		if (d.is_inexact) {
			d.digits[d.n++] = '1';
			d.exponent--;
		}
		/* No decimal point, so no locale can matter. */
		snprintf(d.digits + d.n, sizeof(d.digits) - d.n, "e%d", (int)d.exponent);
		x = strtod(d.digits, NULL);
		if (x > 1.7976931348623157e308)
			return false;
	}
	*out = d.is_negative ? -x : x;
	return true;
}

#define NEAREST_MAX 96 /* code points; nobody mistypes longer names */

static size_t fold_word(struct str s, uint32_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len;) {
		if (n == NEAREST_MAX)
			return SIZE_MAX;
		out[n++] = utf8_fold(utf8_decode(s, i, &i));
	}
	return n;
}

/* The letters of a word, as a set of 64. */
static uint64_t letters(const uint32_t *word, size_t n)
{
	uint64_t set = 0;

	for (size_t i = 0; i < n; i++)
		set |= UINT64_C(1) << (word[i] & 63);
	return set;
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Optimal string alignment distance; anything above `limit` gives limit + 1. */
static size_t distance(const uint32_t *a, size_t n, const uint32_t *b, size_t m, size_t limit)
{
	size_t rows[3][NEAREST_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2];

	if ((n > m ? n - m : m - n) > limit)
		return limit + 1;
	for (size_t j = 0; j <= m; j++)
		before[j] = last[j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t best = i, *old = before;

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			row[j] = min3(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
			if (row[j] < best)
				best = row[j];
		}
		/* A swap may reach back one row, so two rows must be beyond hope. */
		if (best > limit + 1)
			return limit + 1;
		before = last;
		last = row;
		row = old;
	}
	return last[m];
}

struct str str_nearest(struct str word, const struct str *candidates, size_t n)
{
	uint32_t a[NEAREST_MAX], b[NEAREST_MAX];
	size_t len = fold_word(word, a);
	struct str found = STR_NONE;
	size_t best = SIZE_MAX; /* distance of `found` */
	uint64_t ours, theirs;

	if (!len || len == SIZE_MAX)
		return STR_NONE;
	ours = letters(a, len);
	for (size_t i = 0; i < n && best; i++) {
		size_t m = fold_word(candidates[i], b), limit, d;

		if (!m || m == SIZE_MAX)
			continue;
		limit = (len > m ? len : m) / 3;
		if (limit >= best)
			limit = best - 1;
		/* Each letter that the other lacks takes an edit of its own. */
		theirs = letters(b, m);
		if ((size_t)__builtin_popcountll(ours & ~theirs) > limit ||
		    (size_t)__builtin_popcountll(theirs & ~ours) > limit)
			continue;
		d = distance(a, len, b, m, limit);
		if (d > limit)
			continue;
		found = candidates[i];
		best = d;
	}
	return found;
}
