#include "lua/pattern.h"

#include <ctype.h>
#include <string.h>

#define FAIL ((size_t)-1)
#define OPEN ((size_t)-2) /* length of a capture that is still open */
#define MAX_DEPTH 200     /* of recursion */

struct matcher {
	struct str s, p;
	size_t *steps;
	unsigned depth;
	const char *error;
	bool is_over;
	struct pattern_match *m;
};

static size_t match(struct matcher *x, size_t s, size_t p);

static size_t malformed(struct matcher *x, const char *error)
{
	if (!x->error)
		x->error = error;
	return FAIL;
}

static bool step(struct matcher *x)
{
	if (*x->steps == 0) {
		x->is_over = true;
		return false;
	}
	--*x->steps;
	return true;
}

static unsigned char byte(struct str s, size_t i)
{
	return (unsigned char)s.ptr[i];
}

/* Offset behind the single-character class at p; FAIL when the pattern ends in it. */
static size_t class_end(struct matcher *x, size_t p)
{
	unsigned char c = byte(x->p, p++);

	if (c == '%')
		return p < x->p.len ? p + 1 : malformed(x, "malformed pattern (ends with '%')");
	if (c != '[')
		return p;
	if (p < x->p.len && byte(x->p, p) == '^')
		p++;
	/* A bracket right at the beginning is an ordinary member. */
	do {
		if (p >= x->p.len)
			return malformed(x, "malformed pattern (missing ']')");
		if (byte(x->p, p++) == '%') {
			if (p >= x->p.len)
				return malformed(x, "malformed pattern (missing ']')");
			p++;
		}
	} while (p >= x->p.len || byte(x->p, p) != ']');
	return p + 1;
}

static bool in_named_class(unsigned char c, unsigned char name)
{
	bool is_in;

	switch (tolower(name)) {
	case 'a':
		is_in = isalpha(c);
		break;
	case 'c':
		is_in = iscntrl(c);
		break;
	case 'd':
		is_in = isdigit(c);
		break;
	case 'g':
		is_in = isgraph(c);
		break;
	case 'l':
		is_in = islower(c);
		break;
	case 'p':
		is_in = ispunct(c);
		break;
	case 's':
		is_in = isspace(c);
		break;
	case 'u':
		is_in = isupper(c);
		break;
	case 'w':
		is_in = isalnum(c);
		break;
	case 'x':
		is_in = isxdigit(c);
		break;
	default:
		return name == c;
	}
	return isupper(name) ? !is_in : is_in;
}

/* The set from p ("[") to end (behind "]"). */
static bool in_set(const struct matcher *x, unsigned char c, size_t p, size_t end)
{
	bool is_negated = byte(x->p, p + 1) == '^';

	end--;
	for (p += is_negated ? 2 : 1; p < end; p++) {
		unsigned char a = byte(x->p, p);

		if (a == '%') {
			p++;
			if (in_named_class(c, byte(x->p, p)))
				return !is_negated;
		} else if (p + 2 < end && byte(x->p, p + 1) == '-') {
			if (a <= c && c <= byte(x->p, p + 2))
				return !is_negated;
			p += 2;
		} else if (a == c) {
			return !is_negated;
		}
	}
	return is_negated;
}

static bool in_class(struct matcher *x, size_t s, size_t p, size_t end)
{
	unsigned char c;

	if (s >= x->s.len || !step(x))
		return false;
	c = byte(x->s, s);
	switch (byte(x->p, p)) {
	case '.':
		return true;
	case '%':
		return in_named_class(c, byte(x->p, p + 1));
	case '[':
		/* A set costs as much as it is long. */
		if (*x->steps < (end - p) / 8) {
			x->is_over = true;
			return false;
		}
		*x->steps -= (end - p) / 8;
		return in_set(x, c, p, end);
	default:
		return byte(x->p, p) == c;
	}
}

/* %bxy */
static size_t balanced(struct matcher *x, size_t s, size_t p)
{
	size_t open = 1;
	unsigned char begin, end;

	if (p + 1 >= x->p.len)
		return malformed(x, "malformed pattern (missing arguments to '%b')");
	begin = byte(x->p, p);
	end = byte(x->p, p + 1);
	if (s >= x->s.len || byte(x->s, s) != begin)
		return FAIL;
	for (s++; s < x->s.len && step(x); s++) {
		unsigned char c = byte(x->s, s);

		if (c == end) {
			if (--open == 0)
				return s + 1;
		} else if (c == begin) {
			open++;
		}
	}
	return FAIL;
}

static size_t frontier(struct matcher *x, size_t s, size_t p)
{
	size_t end;
	unsigned char before = s > 0 ? byte(x->s, s - 1) : 0, here = s < x->s.len ? byte(x->s, s) : 0;

	if (p >= x->p.len || byte(x->p, p) != '[')
		return malformed(x, "missing '[' after '%f' in pattern");
	end = class_end(x, p);
	if (end == FAIL || !step(x) || in_set(x, before, p, end) || !in_set(x, here, p, end))
		return FAIL;
	return match(x, s, end);
}

static size_t back_reference(struct matcher *x, size_t s, size_t p)
{
	size_t i = (size_t)(byte(x->p, p) - '1'), len;

	if (byte(x->p, p) == '0' || i >= x->m->n_captures || x->m->captures[i].len == OPEN)
		return malformed(x, "invalid capture index in pattern");
	len = x->m->captures[i].len;
	if (len == PATTERN_POSITION)
		return FAIL;
	if (*x->steps < len / 16) {
		x->is_over = true;
		return FAIL;
	}
	*x->steps -= len / 16;
	if (x->s.len - s < len || memcmp(x->s.ptr + x->m->captures[i].off, x->s.ptr + s, len) != 0)
		return FAIL;
	return match(x, s + len, p + 1);
}

static size_t open_capture(struct matcher *x, size_t s, size_t p, size_t len)
{
	size_t end;

	if (x->m->n_captures >= PATTERN_CAPTURES)
		return malformed(x, "too many captures");
	x->m->captures[x->m->n_captures].off = s;
	x->m->captures[x->m->n_captures].len = len;
	x->m->n_captures++;
	end = match(x, s, p);
	if (end == FAIL)
		x->m->n_captures--;
	return end;
}

static size_t close_capture(struct matcher *x, size_t s, size_t p)
{
	size_t i = x->m->n_captures, end;

	while (i > 0 && x->m->captures[i - 1].len != OPEN)
		i--;
	if (i == 0)
		return malformed(x, "invalid pattern capture");
	x->m->captures[i - 1].len = s - x->m->captures[i - 1].off;
	end = match(x, s, p);
	if (end == FAIL)
		x->m->captures[i - 1].len = OPEN;
	return end;
}

/* x* and x+: the longest first. */
static size_t repeat(struct matcher *x, size_t s, size_t p, size_t end, size_t least)
{
	size_t n = 0;

	while (in_class(x, s + n, p, end))
		n++;
	for (;; n--) {
		size_t found;

		if (n < least || x->is_over || x->error)
			return FAIL;
		found = match(x, s + n, end + 1);
		if (found != FAIL || n == 0)
			return found;
	}
}

/* x-: the shortest first. */
static size_t repeat_lazily(struct matcher *x, size_t s, size_t p, size_t end)
{
	for (;;) {
		size_t found = match(x, s, end + 1);

		if (found != FAIL)
			return found;
		if (x->is_over || x->error || !in_class(x, s, p, end))
			return FAIL;
		s++;
	}
}

static size_t match_here(struct matcher *x, size_t s, size_t p)
{
	while (p < x->p.len) {
		unsigned char c = byte(x->p, p), next = p + 1 < x->p.len ? byte(x->p, p + 1) : 0;
		size_t end, found;

		if (x->error || !step(x))
			return FAIL;
		if (c == '(')
			return next == ')' ? open_capture(x, s, p + 2, PATTERN_POSITION)
					   : open_capture(x, s, p + 1, OPEN);
		if (c == ')')
			return close_capture(x, s, p + 1);
		if (c == '$' && p + 1 == x->p.len)
			return s == x->s.len ? s : FAIL;
		if (c == '%' && next == 'b') {
			s = balanced(x, s, p + 2);
			if (s == FAIL)
				return FAIL;
			p += 4;
			continue;
		}
		if (c == '%' && next == 'f')
			return frontier(x, s, p + 2);
		if (c == '%' && isdigit(next))
			return back_reference(x, s, p + 1);
		end = class_end(x, p);
		if (end == FAIL)
			return FAIL;
		switch (end < x->p.len ? byte(x->p, end) : 0) {
		case '?':
			if (in_class(x, s, p, end) && (found = match(x, s + 1, end + 1)) != FAIL)
				return found;
			p = end + 1;
			continue;
		case '*':
			return repeat(x, s, p, end, 0);
		case '+':
			return repeat(x, s, p, end, 1);
		case '-':
			return repeat_lazily(x, s, p, end);
		default:
			if (!in_class(x, s, p, end))
				return FAIL;
			s++;
			p = end;
		}
	}
	return s;
}

/* Offset behind a match of the pattern from p on at s, or FAIL. */
static size_t match(struct matcher *x, size_t s, size_t p)
{
	size_t end;

	if (++x->depth > MAX_DEPTH) {
		x->depth--;
		return malformed(x, "pattern too complex");
	}
	end = match_here(x, s, p);
	x->depth--;
	return end;
}

static bool has_open_capture(const struct pattern_match *m)
{
	for (size_t i = 0; i < m->n_captures; i++)
		if (m->captures[i].len == OPEN)
			return true;
	return false;
}

enum pattern_result pattern_find(struct str subject, struct str pattern, size_t from, struct pattern_match *out,
				 size_t *steps, const char **error)
{
	struct matcher x = { .s = subject, .p = pattern, .steps = steps, .m = out };
	bool is_anchored = pattern.len > 0 && pattern.ptr[0] == '^';

	for (size_t s = from; s <= subject.len; s++) {
		size_t end;

		out->n_captures = 0;
		end = match(&x, s, is_anchored ? 1 : 0);
		if (x.error) {
			*error = x.error;
			return PATTERN_MALFORMED;
		}
		if (x.is_over)
			return PATTERN_TOO_LONG;
		if (end != FAIL) {
			if (has_open_capture(out)) {
				*error = "unfinished capture";
				return PATTERN_MALFORMED;
			}
			out->start = s;
			out->end = end;
			return PATTERN_FOUND;
		}
		if (is_anchored)
			break;
	}
	return PATTERN_NONE;
}

bool pattern_is_plain(struct str pattern)
{
	for (size_t i = 0; i < pattern.len; i++)
		if (pattern.ptr[i] && strchr("^$*+?.([%-", pattern.ptr[i]))
			return false;
	return true;
}
