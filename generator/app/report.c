#include "app/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/map.h"
#include "base/path.h"
#include "base/utf8.h"

/* A line is shown in this many columns at most; longer ones are cut around the place meant. */
#define EXCERPT_WIDTH 100
#define EXCERPT_BEFORE 60
#define TAB_WIDTH 4
/* Of diagnostics with one code and message, this many are shown in full. */
#define FOLD_AFTER 3
/* Places of folded ones that are named. */
#define FOLD_PLACES 6
#define SOURCE_MAX ((size_t)64 << 20)

enum tint { TINT_NONE, TINT_ERROR, TINT_WARNING, TINT_NOTE, TINT_FRAME, TINT_BOLD };

static void tint(struct buf *b, const struct report *r, enum tint t)
{
	static const char *const codes[] = {
		"\033[0m", "\033[1;31m", "\033[1;33m", "\033[1;36m", "\033[34m", "\033[1m"
	};

	if (r->has_color)
		buf_add_z(b, codes[t]);
}

bool report_wants_color(enum report_color wish, bool is_terminal, const char *(*env)(const char *name))
{
	const char *value;

	if (wish != REPORT_AUTO)
		return wish == REPORT_ALWAYS;
	value = env("NO_COLOR");
	if (value && *value)
		return false;
	value = env("CLICOLOR_FORCE");
	if (value && *value && strcmp(value, "0") != 0)
		return true;
	value = env("CLICOLOR");
	if (value && !strcmp(value, "0"))
		return false;
	value = env("TERM");
	return is_terminal && !(value && !strcmp(value, "dumb"));
}

enum report_format report_format_of(struct str name)
{
	if (str_eq(name, STR("json")))
		return REPORT_JSON;
	if (str_eq(name, STR("sarif")))
		return REPORT_SARIF;
	if (str_eq(name, STR("github")))
		return REPORT_GITHUB;
	return REPORT_TEXT;
}

void report_counts(struct buf *out, size_t errors, size_t warnings)
{
	if (errors)
		buf_add_format(out, "%zu error%s", errors, errors == 1 ? "" : "s");
	if (errors && warnings)
		buf_add_z(out, ", ");
	if (warnings)
		buf_add_format(out, "%zu warning%s", warnings, warnings == 1 ? "" : "s");
}

void report_duration(struct buf *out, uint64_t nanoseconds)
{
	if (nanoseconds >= 1000000000u)
		buf_add_format(out, "%.2f s", (double)nanoseconds / 1e9);
	else if (nanoseconds >= 10000000u)
		buf_add_format(out, "%.0f ms", (double)nanoseconds / 1e6);
	else if (nanoseconds >= 1000000u)
		buf_add_format(out, "%.1f ms", (double)nanoseconds / 1e6);
	else
		buf_add_format(out, "%.0f µs", (double)nanoseconds / 1e3);
}

int report_exit_code(const struct diag_list *dl)
{
	int code = 0;

	for (size_t i = 0; i < dl->len; i++) {
		struct str slug = str_from(dl->items[i].code);

		if (dl->items[i].severity != DIAG_ERROR)
			continue;
		if (str_starts(slug, STR("cli/")) || str_starts(slug, STR("config/")) ||
		    str_eq(dl->items[i].path, STR("site.toml")))
			return 2;
		if (str_starts(slug, STR("fs/")) || str_starts(slug, STR("serve/")))
			code = 3;
		else if (code == 0)
			code = 1;
	}
	return code;
}

/* The texts that excerpts are cut from; each file is read once. */
struct sources {
	const struct report *report;
	struct arena arena;
	struct map texts; /* path → index + 1 into list, 0: cannot be read */
	struct str *list;
	size_t len, cap;
};

static struct str source_of(struct sources *s, struct str path)
{
	struct str text = STR_NONE;
	struct diag_list ignored;
	struct map_entry *entry;
	bool is_new, ok;

	if (path.len == 0)
		return STR_NONE;
	entry = map_at(&s->arena, &s->texts, path, &is_new);
	if (!is_new)
		return entry->value ? s->list[entry->value - 1] : STR_NONE;
	diag_init(&ignored, &s->arena);
	if (s->report->source)
		ok = s->report->source(s->report->ctx, path, &text);
	else
		ok = fs_read(&s->arena, path_join(&s->arena, s->report->root, path), SOURCE_MAX, &text, &ignored);
	if (!ok)
		return STR_NONE;
	if (s->len == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 16;

		s->list = arena_grow(&s->arena, s->list, s->cap, cap, sizeof(*s->list), _Alignof(struct str));
		s->cap = cap;
	}
	s->list[s->len++] = text;
	entry->value = s->len;
	return text;
}

/* Line `n` (from 1) without its end; false when the text has fewer. */
static bool line_of(struct str text, uint32_t n, struct str *line)
{
	const char *at = text.ptr, *end = text.ptr + text.len;

	for (uint32_t i = 1; i < n && at; i++) {
		at = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
		at = at ? at + 1 : NULL;
	}
	if (!at || text.len == 0)
		return false;
	line->ptr = at;
	line->len = (size_t)(end - at);
	at = memchr(line->ptr, '\n', line->len);
	if (at)
		line->len = (size_t)(at - line->ptr);
	if (line->len > 0 && line->ptr[line->len - 1] == '\r')
		line->len--;
	return true;
}

/* One code point as a terminal may have it; gives the columns it takes. */
static unsigned show(struct buf *b, uint32_t cp, unsigned column)
{
	unsigned width;

	if (cp == '\t') {
		width = TAB_WIDTH - column % TAB_WIDTH;
		for (unsigned i = 0; i < width; i++)
			buf_add_char(b, ' ');
		return width;
	}
	/* Controls and marks that reorder text could make a line say what it does not. */
	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069))
		cp = 0xfffd;
	utf8_encode(b, cp);
	width = utf8_width(cp);
	return cp == 0xfffd ? 1 : width;
}

/* A name or message on one line, safe for a terminal. */
static void show_str(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.len;)
		show(b, utf8_decode(s, i, &i), 0);
}

/* Where in the line to begin, in bytes, so that code point `col` (from 0) is seen. */
static size_t excerpt_start(struct str line, uint32_t col)
{
	size_t i = 0, at = 0, start;
	unsigned columns = 0;

	for (uint32_t n = 0; n < col && at < line.len; n++)
		utf8_decode(line, at, &at);
	for (start = at; start > 0 && columns < EXCERPT_BEFORE;)
		columns += utf8_width(utf8_decode_back(line, start, &start)) + 1;
	/* A short line is shown from its beginning; tabs make the estimate rough, and that does no harm. */
	i = start;
	return line.len <= EXCERPT_WIDTH ? 0 : i;
}

static void write_excerpt(struct buf *b, const struct report *r, const struct diag *d, struct str line, enum tint color)
{
	uint32_t col = d->at.col ? d->at.col - 1 : 0, n = 0;
	uint32_t width = d->width ? d->width : 1;
	size_t i = excerpt_start(line, col), skipped = i;
	unsigned column = 0, caret = 0, carets = 0;
	int digits = snprintf(NULL, 0, "%u", d->at.line);

	tint(b, r, TINT_FRAME);
	buf_add_format(b, " %*s |\n %u | ", digits, "", d->at.line);
	tint(b, r, TINT_NONE);
	if (skipped > 0) {
		n = (uint32_t)utf8_length(str_cut(line, 0, skipped));
		buf_add_z(b, "…");
		column = 1;
	}
	caret = column;
	while (i < line.len) {
		uint32_t cp = utf8_decode(line, i, &i);
		unsigned w = show(b, cp, column);

		if (n < col)
			caret += w;
		else if (n < col + width)
			carets += w;
		column += w;
		n++;
		if (column > EXCERPT_WIDTH && n > col) {
			if (i < line.len)
				buf_add_z(b, "…");
			break;
		}
	}
	if (!d->at.col) {
		buf_add_char(b, '\n');
		return;
	}
	tint(b, r, TINT_FRAME);
	buf_add_format(b, "\n %*s | ", digits, "");
	tint(b, r, color);
	buf_add_format(b, "%*s", (int)caret, "");
	for (unsigned k = 0; k < carets || k == 0; k++)
		buf_add_char(b, '^');
	tint(b, r, TINT_NONE);
	buf_add_char(b, '\n');
}

static void write_place(struct buf *b, struct str path, struct pos at)
{
	show_str(b, path);
	if (at.line)
		buf_add_format(b, ":%u", at.line);
	if (at.line && at.col)
		buf_add_format(b, ":%u", at.col);
}

static void write_tail(struct buf *b, const struct report *r, const char *label, struct str text)
{
	buf_add_z(b, "   ");
	tint(b, r, TINT_FRAME);
	buf_add_z(b, "= ");
	tint(b, r, TINT_BOLD);
	buf_add_z(b, label);
	tint(b, r, TINT_NONE);
	show_str(b, text);
}

static void write_one(struct buf *b, const struct report *r, struct sources *s, const struct diag *d)
{
	static const char *const names[] = { "note", "warning", "error" };
	enum tint color = d->severity == DIAG_ERROR     ? TINT_ERROR
			  : d->severity == DIAG_WARNING ? TINT_WARNING
							: TINT_NOTE;
	struct str line;

	tint(b, r, color);
	buf_add_format(b, "%s[%s]", names[d->severity], d->code);
	tint(b, r, TINT_BOLD);
	buf_add_z(b, ": ");
	show_str(b, d->message);
	tint(b, r, TINT_NONE);
	buf_add_char(b, '\n');
	if (d->path.len > 0) {
		tint(b, r, TINT_FRAME);
		buf_add_z(b, "  --> ");
		tint(b, r, TINT_NONE);
		write_place(b, d->path, d->at);
		buf_add_char(b, '\n');
		if (d->at.line && line_of(source_of(s, d->path), d->at.line, &line))
			write_excerpt(b, r, d, line, color);
	}
	if (d->hint.len > 0) {
		write_tail(b, r, "help: ", d->hint);
		buf_add_char(b, '\n');
	}
	for (const struct diag_related *rel = d->related; rel; rel = rel->next) {
		write_tail(b, r, "note: ", rel->message);
		if (rel->path.len > 0) {
			buf_add_z(b, ": ");
			write_place(b, rel->path, rel->at);
		}
		buf_add_char(b, '\n');
	}
}

/* Diagnostics of one code and message: how many there are, how many were shown, where the others stand. */
struct fold {
	size_t total, shown, named;
	const struct diag *first;
	struct buf places;
};

/* The index of each diagnostic's fold, in order of first appearance. */
static struct fold *make_folds(struct arena *a, const struct diag_list *dl, uint32_t *of, size_t *n)
{
	struct fold *folds = arena_array(a, struct fold, dl->len ? dl->len : 1);
	struct map seen = { 0 };

	*n = 0;
	for (size_t i = 0; i < dl->len; i++) {
		const struct diag *d = &dl->items[i];
		struct str key = str_format(a, "%d %s %.*s", (int)d->severity, d->code, STR_ARG(d->message));
		bool is_new;
		struct map_entry *entry = map_at(a, &seen, key, &is_new);

		if (is_new) {
			entry->value = (*n)++;
			folds[entry->value].first = d;
		}
		of[i] = (uint32_t)entry->value;
		folds[of[i]].total++;
	}
	return folds;
}

static void write_rest(struct buf *b, const struct report *r, const struct fold *f)
{
	size_t rest = f->total - f->shown;

	tint(b, r, TINT_BOLD);
	buf_add_format(b, "%zu more like this", rest);
	tint(b, r, TINT_NONE);
	buf_add_format(b, " [%s]", f->first->code);
	if (f->places.len > 0)
		buf_add_format(b, ": %.*s%s", (int)f->places.len, f->places.ptr, rest > f->named ? ", …" : "");
	buf_add_z(b, " (--verbose shows all)\n\n");
}

void report_text(struct buf *out, const struct report *r, const struct diag_list *dl)
{
	struct sources s = { .report = r };
	uint32_t *of = arena_array(&s.arena, uint32_t, dl->len ? dl->len : 1);
	size_t n_folds;
	struct fold *folds = make_folds(&s.arena, dl, of, &n_folds);

	for (size_t i = 0; i < dl->len; i++) {
		const struct diag *d = &dl->items[i];
		struct fold *f = &folds[of[i]];

		if (r->is_quiet && d->severity != DIAG_ERROR)
			continue;
		/* One more than the limit is shown rather than folded into "1 more". */
		if (r->is_verbose || f->total <= FOLD_AFTER + 1 || f->shown < FOLD_AFTER) {
			write_one(out, r, &s, d);
			buf_add_char(out, '\n');
			f->shown++;
			continue;
		}
		if (f->named < FOLD_PLACES && d->path.len > 0) {
			if (f->named++ > 0)
				buf_add_z(&f->places, ", ");
			write_place(&f->places, d->path, d->at);
		}
	}
	for (size_t i = 0; i < n_folds; i++) {
		if (folds[i].shown > 0 && folds[i].shown < folds[i].total)
			write_rest(out, r, &folds[i]);
		buf_release(&folds[i].places);
	}
	if (dl->dropped > 0)
		buf_add_format(out, "%zu further messages were not kept\n\n", dl->dropped);
	arena_release(&s.arena);
}

/* What speaks of a file on disk that lies in the site speaks of it as the site does. */
static void strip_root(const struct report *r, struct diag_list *dl)
{
	for (size_t i = 0; r->root.len > 0 && i < dl->len; i++) {
		struct str path = dl->items[i].path;

		if (path.len > r->root.len + 1 && str_starts(path, r->root) && path.ptr[r->root.len] == '/')
			dl->items[i].path = str_skip(path, r->root.len + 1);
	}
}

void report_write(struct buf *out, const struct report *r, struct diag_list *dl)
{
	strip_root(r, dl);
	diag_sort(dl);
	switch (r->format) {
	case REPORT_TEXT:
		report_text(out, r, dl);
		break;
	case REPORT_JSON:
		report_json(out, dl);
		break;
	case REPORT_SARIF:
		report_sarif(out, dl);
		break;
	case REPORT_GITHUB:
		report_github(out, r, dl);
		break;
	}
}

int report_flush(const struct report *r, struct diag_list *dl)
{
	struct buf out = { 0 };
	FILE *stream = r->format == REPORT_TEXT ? stderr : stdout;

	report_write(&out, r, dl);
	fwrite(out.ptr ? out.ptr : "", 1, out.len, stream);
	fflush(stream);
	buf_release(&out);
	return report_exit_code(dl);
}

void report_progress(const struct report *r, const char *stage, size_t done, size_t total)
{
	if (!r->is_terminal || r->is_quiet)
		return;
	if (total > 0)
		fprintf(stderr, "\r\033[K%s %zu/%zu", stage, done, total);
	else
		fprintf(stderr, "\r\033[K%s", stage);
	fflush(stderr);
}

void report_progress_end(const struct report *r)
{
	if (r->is_terminal && !r->is_quiet)
		fputs("\r\033[K", stderr);
}
