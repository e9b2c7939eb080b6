#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/*
 * buf - growing bytes that it owns, with a maximum.
 *
 * `ptr` is never NULL after buf_init and always NUL-terminated at `len`.
 * Writing past `max` sets `is_full` and drops the rest; check it once at the
 * end. Zero is ready too: it means a maximum of BUF_MAX.
 */
#define BUF_MAX ((size_t)1 << 31)

struct buf {
	char *ptr;
	size_t len, cap, max;
	bool is_full;
};

void buf_init(struct buf *b, size_t max); /* max 0: BUF_MAX */
void buf_release(struct buf *b);
void buf_clear(struct buf *b); /* keeps the memory */
void buf_reserve(struct buf *b, size_t more); /* room for so many bytes, as far as the maximum allows */

static inline void buf_cut(struct buf *b, size_t len) /* drops what is behind the first `len` bytes */
{
	if (len >= b->len)
		return;
	b->len = len;
	b->ptr[len] = '\0';
}

void buf_add_more(struct buf *b, const void *p, size_t n); /* buf_add_mem where the room may not do */
static inline void buf_add_mem(struct buf *b, const void *p, size_t n)
{
	if (b->cap - b->len <= n) {
		buf_add_more(b, p, n);
		return;
	}
	if (n)
		memcpy(b->ptr + b->len, p, n);
	b->len += n;
	b->ptr[b->len] = '\0';
}
static inline void buf_add(struct buf *b, struct str s)
{
	buf_add_mem(b, s.ptr, s.len);
}
static inline void buf_add_char(struct buf *b, char c)
{
	if (b->len + 1 < b->cap) {
		b->ptr[b->len++] = c;
		b->ptr[b->len] = '\0';
	} else {
		buf_add_mem(b, &c, 1);
	}
}
static inline void buf_add_z(struct buf *b, const char *z)
{
	buf_add_mem(b, z, strlen(z));
}
void buf_add_format(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_add_u64(struct buf *b, uint64_t n);
/*
 * The shortest decimal that reads back as the same double, with an exponent
 * below 1e-6 and from 1e21 on ("5", "0.1", "1e-7"); "inf", "-inf", "nan" as TOML writes
 * them; no locale.
 */
void buf_add_double(struct buf *b, double d);
void buf_add_html(struct buf *b, struct str s); /* & < > " ' escaped */
size_t buf_html_plain(struct str s);            /* bytes before the first of those; all of them: its length */
void buf_add_json(struct buf *b, struct str s); /* quoted, RFC 8259; bad UTF-8 becomes U+FFFD; safe inside <script>: "<\/", "\u003c!" */
void buf_add_csv(struct buf *b, struct str s);  /* one RFC 4180 field, quoted where needed */
void buf_add_url(struct buf *b, struct str s);  /* percent-encodes what a URL path may not hold (RFC 3986), keeps '/' */

struct str buf_str(const struct buf *b);                     /* borrowed: until the next write */
struct str buf_copy(const struct buf *b, struct arena *a);   /* a copy in the arena */

#endif
