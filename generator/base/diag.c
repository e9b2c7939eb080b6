#include "base/diag.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "base/vec.h"

static const struct diag_code codes[] = {
#define CODE(code, title, explanation) { code, title, explanation },
#include "base/diag_codes.inc"
#undef CODE
};

const struct diag_code *diag_codes(size_t *n)
{
	*n = sizeof(codes) / sizeof(codes[0]);
	return codes;
}

const struct diag_code *diag_find_code(struct str code)
{
	size_t lo = 0, hi = sizeof(codes) / sizeof(codes[0]);

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = str_cmp(code, str_from(codes[mid].code));

		if (!c)
			return &codes[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

void diag_init(struct diag_list *dl, struct arena *arena)
{
	*dl = (struct diag_list){ .arena = arena };
}

/* What the user wrote may hold anything; a message must not move a terminal's cursor or break a line. */
static struct str printable(struct arena *a, struct str s)
{
	struct buf b = { 0 };
	struct str out;

	for (size_t i = 0, next; i < s.len; i = next) {
		uint32_t cp = utf8_decode(s, i, &next);
		bool is_bad = cp == 0xfffd && next == i + 1;
		bool is_bidi = (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069);

		if (is_bad || cp < 0x20 || cp == 0x7f) {
			if (cp == '\n')
				buf_add(&b, STR("\\n"));
			else if (cp == '\t')
				buf_add(&b, STR("\\t"));
			else
				buf_add_format(&b, "\\x%02x", (unsigned char)s.ptr[i]);
		} else if ((cp >= 0x80 && cp < 0xa0) || is_bidi) {
			buf_add_format(&b, "\\u%04x", (unsigned)cp);
		} else {
			buf_add(&b, str_cut(s, i, next));
		}
	}
	out = buf_copy(&b, a);
	buf_release(&b);
	return out;
}

static struct str __attribute__((format(printf, 2, 0))) format_text(struct arena *a, const char *fmt, va_list ap)
{
	struct str out;
	char *z = NULL;
	int n = vasprintf(&z, fmt, ap);

	assert(n >= 0);
	if (n < 0)
		return STR_NONE;
	out = printable(a, (struct str){ z, (size_t)n });
	free(z);
	return out;
}

static void count(struct diag_list *dl, enum diag_severity severity)
{
	dl->errors += severity == DIAG_ERROR;
	dl->warnings += severity == DIAG_WARNING;
}

/* Errors have room of their own: a flood of warnings must not hide why the build fails. */
static struct diag *add_item(struct diag_list *dl, enum diag_severity severity)
{
	size_t kept = severity == DIAG_ERROR ? dl->kept_errors : dl->len - dl->kept_errors;
	struct diag *d;

	count(dl, severity);
	dl->is_deaf = kept >= DIAG_LIST_MAX;
	if (dl->is_deaf) {
		dl->dropped++;
		return NULL;
	}
	dl->items = vec_room(dl->arena, dl->items, &dl->cap, dl->len + 1, sizeof(*dl->items));
	d = &dl->items[dl->len];
	*d = (struct diag){ .severity = severity, .seq = (uint32_t)dl->len };
	dl->len++;
	dl->kept_errors += severity == DIAG_ERROR;
	return d;
}

static struct diag *last(struct diag_list *dl)
{
	assert(dl->len || dl->is_deaf);
	return dl->is_deaf ? NULL : &dl->items[dl->len - 1];
}

void diag_add(struct diag_list *dl, enum diag_severity severity, const char *code, struct str path, struct pos at,
	      const char *fmt, ...)
{
	struct diag *d = add_item(dl, severity);
	va_list ap;

	assert(diag_find_code(str_from(code)));
	if (!d)
		return;
	d->code = code;
	d->path = str_copy(dl->arena, path);
	d->at = at;
	va_start(ap, fmt);
	d->message = format_text(dl->arena, fmt, ap);
	va_end(ap);
}

void diag_hint(struct diag_list *dl, const char *fmt, ...)
{
	struct diag *d = last(dl);
	va_list ap;

	if (!d)
		return;
	va_start(ap, fmt);
	d->hint = format_text(dl->arena, fmt, ap);
	va_end(ap);
}

void diag_width(struct diag_list *dl, uint32_t width)
{
	struct diag *d = last(dl);

	if (d)
		d->width = width;
}

void diag_suggest(struct diag_list *dl, struct str word, const struct str *candidates, size_t n)
{
	struct diag *d = last(dl);
	struct str near, old;

	if (!d)
		return;
	near = str_nearest(word, candidates, n);
	if (!near.len)
		return;
	old = d->hint;
	diag_hint(dl, "did you mean '%.*s'?%s%.*s", STR_ARG(near), old.len ? " " : "", STR_ARG(old));
}

void diag_relate(struct diag_list *dl, struct str path, struct pos at, const char *fmt, ...)
{
	struct diag *d = last(dl);
	struct diag_related **link;
	va_list ap;

	if (!d)
		return;
	for (link = &d->related; *link; link = &(*link)->next)
		;
	*link = arena_new(dl->arena, struct diag_related);
	(*link)->path = str_copy(dl->arena, path);
	(*link)->at = at;
	va_start(ap, fmt);
	(*link)->message = format_text(dl->arena, fmt, ap);
	va_end(ap);
}

static struct diag_related *copy_related(struct arena *a, const struct diag_related *from)
{
	struct diag_related *first = NULL, **link = &first;

	for (; from; from = from->next, link = &(*link)->next) {
		*link = arena_new(a, struct diag_related);
		(*link)->path = str_copy(a, from->path);
		(*link)->at = from->at;
		(*link)->message = str_copy(a, from->message);
	}
	return first;
}

void diag_merge(struct diag_list *into, const struct diag_list *from)
{
	size_t errors = from->errors, warnings = from->warnings;

	for (size_t i = 0; i < from->len; i++) {
		const struct diag *old = &from->items[i];
		struct diag *d = add_item(into, old->severity);
		uint32_t seq;

		errors -= old->severity == DIAG_ERROR;
		warnings -= old->severity == DIAG_WARNING;
		if (!d)
			continue;
		seq = d->seq;
		*d = *old;
		d->seq = seq;
		d->path = str_copy(into->arena, old->path);
		d->message = str_copy(into->arena, old->message);
		d->hint = str_copy(into->arena, old->hint);
		d->related = copy_related(into->arena, old->related);
	}
	/* Those that `from` had dropped itself. */
	into->errors += errors;
	into->warnings += warnings;
	into->dropped += from->dropped;
}

static int cmp_u32(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int cmp_place(const struct diag *a, const struct diag *b)
{
	int c = str_cmp(a->path, b->path);

	if (!c)
		c = cmp_u32(a->at.line, b->at.line);
	if (!c)
		c = cmp_u32(a->at.col, b->at.col);
	if (!c)
		c = cmp_u32(b->severity, a->severity);
	if (!c)
		c = strcmp(a->code, b->code);
	return c;
}

static int cmp_arrival(const void *pa, const void *pb)
{
	const struct diag *a = pa, *b = pb;
	int c = cmp_place(a, b);

	return c ? c : cmp_u32(a->seq, b->seq);
}

static int cmp_message(const void *pa, const void *pb)
{
	const struct diag *a = pa, *b = pb;
	int c = cmp_place(a, b);

	if (!c)
		c = str_cmp(a->message, b->message);
	return c ? c : cmp_u32(a->seq, b->seq);
}

void diag_sort(struct diag_list *dl)
{
	size_t n = 0;

	if (!dl->len)
		return;
	qsort(dl->items, dl->len, sizeof(*dl->items), cmp_message);
	for (size_t i = 0; i < dl->len; i++) {
		const struct diag *d = &dl->items[i];

		if (n && !cmp_place(d, &dl->items[n - 1]) && str_eq(d->message, dl->items[n - 1].message)) {
			dl->errors -= d->severity == DIAG_ERROR;
			dl->kept_errors -= d->severity == DIAG_ERROR;
			dl->warnings -= d->severity == DIAG_WARNING;
			continue;
		}
		dl->items[n++] = *d;
	}
	dl->len = n;
	qsort(dl->items, dl->len, sizeof(*dl->items), cmp_arrival);
	for (size_t i = 0; i < dl->len; i++)
		dl->items[i].seq = (uint32_t)i;
}

void diag_promote(struct diag_list *dl)
{
	dl->errors += dl->warnings;
	dl->warnings = 0;
	dl->kept_errors = 0;
	for (size_t i = 0; i < dl->len; i++) {
		if (dl->items[i].severity == DIAG_WARNING)
			dl->items[i].severity = DIAG_ERROR;
		dl->kept_errors += dl->items[i].severity == DIAG_ERROR;
	}
}
