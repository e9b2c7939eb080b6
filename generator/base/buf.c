#include "base/buf.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/swar.h"
#include "base/utf8.h"

#define FIRST_CAP 256

void buf_init(struct buf *b, size_t max)
{
	b->max = max ? max : BUF_MAX;
	/* Never more than the maximum allows: room alone decides whether a byte fits. */
	b->cap = b->max < FIRST_CAP ? b->max + 1 : FIRST_CAP;
	b->ptr = arena_sys_alloc(b->cap);
	b->ptr[0] = '\0';
	b->len = 0;
	b->is_full = false;
}

void buf_release(struct buf *b)
{
	free(b->ptr);
	*b = (struct buf){ 0 };
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->is_full = false;
	if (b->ptr)
		b->ptr[0] = '\0';
}

void buf_reserve(struct buf *b, size_t more)
{
	size_t want, cap;

	if (!b->ptr)
		buf_init(b, b->max);
	if (more > b->max - b->len)
		more = b->max - b->len;
	want = b->len + more + 1;
	if (want <= b->cap)
		return;
	cap = b->cap * 2;
	if (cap < want)
		cap = want;
	if (cap > b->max + 1)
		cap = b->max + 1;
	b->ptr = arena_sys_realloc(b->ptr, cap);
	b->cap = cap;
}

void buf_add_more(struct buf *b, const void *p, size_t n)
{
	buf_reserve(b, n);
	if (n > b->max - b->len) {
		n = b->max - b->len;
		b->is_full = true;
	}
	if (n)
		memcpy(b->ptr + b->len, p, n);
	b->len += n;
	b->ptr[b->len] = '\0';
}

void buf_add_format(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	size_t room;
	int n;

	buf_reserve(b, FIRST_CAP);
	room = b->cap - b->len;
	va_start(ap, fmt);
	n = vsnprintf(b->ptr + b->len, room, fmt, ap);
	va_end(ap);
	assert(n >= 0);
	if (n < 0)
		return;
	if ((size_t)n >= room) {
		buf_reserve(b, (size_t)n);
		room = b->cap - b->len;
		va_start(ap, fmt);
		vsnprintf(b->ptr + b->len, room, fmt, ap);
		va_end(ap);
	}
	if ((size_t)n > b->max - b->len) {
		b->len = b->max;
		b->is_full = true;
	} else {
		b->len += (size_t)n;
	}
	b->ptr[b->len] = '\0';
}

void buf_add_u64(struct buf *b, uint64_t n)
{
	char digits[20];
	size_t i = sizeof(digits);

	if (n < 10) {
		buf_add_char(b, (char)('0' + n));
		return;
	}
	do
		digits[--i] = (char)('0' + n % 10);
	while (n /= 10);
	buf_add_mem(b, digits + i, sizeof(digits) - i);
}

struct scientific {
	char digits[24]; /* "d" or "ddd": the point stands after the first */
	int n, exponent;
};

/* `precision` digits of d, without the locale's decimal point. */
static void scientific_of(struct scientific *s, double d, int precision)
{
	char text[64];
	const char *p;

	snprintf(text, sizeof(text), "%.*e", precision - 1, d);
	s->n = 0;
	for (p = text; *p && *p != 'e'; p++)
		if (*p >= '0' && *p <= '9')
			s->digits[s->n++] = *p;
	s->exponent = *p ? (int)strtol(p + 1, NULL, 10) : 0;
	while (s->n > 1 && s->digits[s->n - 1] == '0')
		s->n--;
}

static bool reads_as(const struct scientific *s, double d)
{
	char text[64];
	double back;
	int n = snprintf(text, sizeof(text), "%.*se%d", s->n, s->digits, s->exponent - (s->n - 1));

	return str_to_double((struct str){ text, (size_t)n }, &back) && back == d;
}

/* One unit more in the last place. All nines give what reads_as() refuses. */
static void step_up(struct scientific *s)
{
	int i = s->n - 1;

	while (i > 0 && s->digits[i] == '9')
		s->digits[i--] = '0';
	s->digits[i]++;
	while (s->n > 1 && s->digits[s->n - 1] == '0')
		s->n--;
}

/*
 * d > 0. A normal double is told apart by 15 digits if it came from 15 or
 * fewer, so only what came from more, or has fewer bits, needs several tries.
 */
static void shortest(struct scientific *s, double d)
{
	int e;

	for (int precision = d < 2.2250738585072014e-308 ? 1 : 15; precision < 17; precision++) {
		scientific_of(s, d, precision);
		if (reads_as(s, d))
			return;
		/*
		 * A power of two has nearer neighbours below than above: the nearest decimal
		 * may fall out below while the next above is still inside.
		 */
		if (precision == 16 && frexp(d, &e) == 0.5 && s->n == 16) {
			step_up(s);
			if (reads_as(s, d))
				return;
		}
	}
	scientific_of(s, d, 17);
}

static void add_zeros(struct buf *b, int n)
{
	while (n-- > 0)
		buf_add_char(b, '0');
}

void buf_add_double(struct buf *b, double d)
{
	struct scientific s;
	int whole;

	if (isnan(d)) {
		buf_add(b, STR("nan"));
		return;
	}
	if (signbit(d)) {
		buf_add_char(b, '-');
		d = -d;
	}
	if (isinf(d)) {
		buf_add(b, STR("inf"));
		return;
	}
	if (d < 9007199254740992.0 && d == floor(d)) {
		buf_add_u64(b, (uint64_t)d);
		return;
	}
	shortest(&s, d);
	whole = s.exponent + 1;
	if (whole > 21 || whole < -5) {
		buf_add_char(b, s.digits[0]);
		if (s.n > 1) {
			buf_add_char(b, '.');
			buf_add_mem(b, s.digits + 1, (size_t)s.n - 1);
		}
		buf_add_format(b, "e%d", s.exponent);
	} else if (whole <= 0) {
		buf_add(b, STR("0."));
		add_zeros(b, -whole);
		buf_add_mem(b, s.digits, (size_t)s.n);
	} else if (whole >= s.n) {
		buf_add_mem(b, s.digits, (size_t)s.n);
		add_zeros(b, whole - s.n);
	} else {
		buf_add_mem(b, s.digits, (size_t)whole);
		buf_add_char(b, '.');
		buf_add_mem(b, s.digits + whole, (size_t)(s.n - whole));
	}
}

static const unsigned char html_special[256] = { ['&'] = 1, ['<'] = 2, ['>'] = 3, ['"'] = 4, ['\''] = 5 };

/*
 * '"', '#', '&' and '\'' are what becomes '\'' by setting two bits, '<' and '>' by setting one '>': a '#' is taken for
 * special, too.
 */
static swar_word may_be_html(swar_word v)
{
	return swar_equal(v | swar_each(5), '\'') | swar_equal(v | swar_each(2), '>');
}

size_t buf_html_plain(struct str s)
{
	return swar_find(s, 0, html_special, may_be_html);
}

void buf_add_html(struct buf *b, struct str s)
{
	static const struct str entity[] = {
		STR_INIT(""),     STR_INIT("&amp;"),  STR_INIT("&lt;"),
		STR_INIT("&gt;"), STR_INIT("&quot;"), STR_INIT("&#39;"),
	};

	for (;;) {
		size_t n = buf_html_plain(s);

		buf_add_mem(b, s.ptr, n);
		if (n == s.len)
			break;
		buf_add(b, entity[html_special[(unsigned char)s.ptr[n]]]);
		s = str_skip(s, n + 1);
	}
}

static void add_json_char(struct buf *b, unsigned char c)
{
	switch (c) {
	case '\b':
		buf_add(b, STR("\\b"));
		break;
	case '\f':
		buf_add(b, STR("\\f"));
		break;
	case '\n':
		buf_add(b, STR("\\n"));
		break;
	case '\r':
		buf_add(b, STR("\\r"));
		break;
	case '\t':
		buf_add(b, STR("\\t"));
		break;
	case '"':
	case '\\':
		buf_add_char(b, '\\');
		buf_add_char(b, (char)c);
		break;
	default:
		buf_add_format(b, "\\u%04x", c);
	}
}

static const unsigned char json_special[256] = {
	[0 ... 0x1f] = 1, ['"'] = 1, ['<'] = 1, ['\\'] = 1, [0x7f ... 0xff] = 1,
};

/* With one bit turned '"' stands right behind the controls; '<' and '\\' become '|' by setting two, as '|' itself. */
static swar_word may_be_json(swar_word v)
{
	return swar_below(v ^ swar_each(2), 0x21) | swar_equal(v | swar_each(0x60), '|') | swar_equal(v, 0x7f) | v;
}

void buf_add_json(struct buf *b, struct str s)
{
	size_t from = 0, i = 0;

	buf_add_char(b, '"');
	while ((i = swar_find(s, i, json_special, may_be_json)) < s.len) {
		unsigned char c = (unsigned char)s.ptr[i];
		char after = i + 1 < s.len ? s.ptr[i + 1] : '\0';
		size_t next = i + 1;

		if (c >= 0x80 && (utf8_decode(s, i, &next) != 0xfffd || next > i + 1)) {
			i = next;
			continue;
		}
		/* "</" would end a script element, "<!--" would change how its end is found. */
		if (c == '<' && after != '!' && after != '/') {
			i = next;
			continue;
		}
		buf_add(b, str_cut(s, from, i));
		if (c >= 0x80)
			buf_add(b, STR("\xef\xbf\xbd"));
		else if (c == '<' && after == '/')
			buf_add(b, STR("<\\"));
		else
			add_json_char(b, c);
		i = from = next;
	}
	buf_add(b, str_skip(s, from));
	buf_add_char(b, '"');
}

void buf_add_csv(struct buf *b, struct str s)
{
	bool is_quoted = s.len && (s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' ');

	for (size_t i = 0; i < s.len && !is_quoted; i++)
		is_quoted = s.ptr[i] == '"' || s.ptr[i] == ',' || s.ptr[i] == '\n' || s.ptr[i] == '\r';
	if (!is_quoted) {
		buf_add(b, s);
		return;
	}
	buf_add_char(b, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '"')
			buf_add_char(b, '"');
		buf_add_char(b, s.ptr[i]);
	}
	buf_add_char(b, '"');
}

/* All but pchar and '/' of RFC 3986, section 3.3. */
static const unsigned char url_special[256] = {
	[0 ... ' '] = 1, ['"'] = 1, ['#'] = 1, ['%'] = 1, ['<'] = 1, ['>'] = 1, ['?'] = 1, ['['] = 1,
	['\\'] = 1,      [']'] = 1, ['^'] = 1, ['`'] = 1, ['{'] = 1, ['|'] = 1, ['}'] = 1, [0x7f ... 0xff] = 1,
};

/* Of the plain bytes those that nearly all are. */
static swar_word may_be_url(swar_word v)
{
	return ~(swar_between(v, '-', ';') | swar_between(v, 'a', 'z'));
}

void buf_add_url(struct buf *b, struct str s)
{
	size_t from = 0, i = 0;

	for (; (i = swar_find(s, i, url_special, may_be_url)) < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		char escape[3] = { '%', "0123456789ABCDEF"[c >> 4], "0123456789ABCDEF"[c & 15] };

		buf_add_mem(b, s.ptr + from, i - from);
		buf_add_mem(b, escape, sizeof(escape));
		from = i + 1;
	}
	buf_add(b, str_skip(s, from));
}

struct str buf_str(const struct buf *b)
{
	return (struct str){ b->ptr ? b->ptr : "", b->len };
}

struct str buf_copy(const struct buf *b, struct arena *a)
{
	return str_copy(a, buf_str(b));
}
