#ifndef ENGINE_CASE_H
#define ENGINE_CASE_H

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/vec.h"
#include "lua/engine.h"

/*
 * engine_case - what tests of templates share: render a few templates given as
 * one text, and say what came of it.
 *
 * Each template begins with a line "== name" ("== x.lua" is a script); the
 * first template is rendered. Without such a line all of it is "main.html".
 * The result is the output, or for each error a line
 * "code path:line:col+width message", then "  hint: …" and "  path:line:col …"
 * for what it is related to.
 */
/* ThreadSanitizer keeps several bytes for each that any engine ever had, and these tests have no threads. */
#ifdef __SANITIZE_THREAD__
#define ENGINE_CASE_ROUNDS(n) ((n) / 20)
#else
#define ENGINE_CASE_ROUNDS(n) (n)
#endif

struct engine_case {
	const struct engine_options *options;
	const struct engine_host *host;
	const void *ctx;
	int renders;      /* how often; the last one counts. 0: once */
	bool is_internal; /* set: a fault of ours was reported */
};

static inline void engine_case_sources(struct arena *a, struct str files, struct engine_source **templates,
				       size_t *n_templates, struct engine_source **scripts, size_t *n_scripts)
{
	struct {
		struct engine_source *ptr;
		size_t len, cap;
	} lists[2] = { { 0 }, { 0 } };

	if (!str_starts(files, STR("== ")))
		files = str_join(a, (struct str[]){ STR("== main.html\n"), files }, 2, STR_NONE);
	while (files.len) {
		ptrdiff_t newline = str_find_byte(files, '\n'), next;
		size_t line_end = newline < 0 ? files.len : (size_t)newline;
		struct engine_source source = { .name = str_cut(files, 3, line_end) };
		int is_script = str_ends(source.name, STR(".lua"));

		source.path = str_format(a, "%s/%.*s", is_script ? "plugins" : "templates", STR_ARG(source.name));
		files = str_skip(files, line_end + 1);
		next = str_starts(files, STR("== ")) ? 0 : str_find(files, STR("\n== "));
		source.text = next < 0 ? files : str_cut(files, 0, next ? (size_t)next + 1 : 0);
		files = next < 0 ? STR_NONE : str_skip(files, next ? (size_t)next + 1 : 0);
		vec_push(a, &lists[is_script], source);
	}
	*templates = lists[0].ptr;
	*n_templates = lists[0].len;
	*scripts = lists[1].ptr;
	*n_scripts = lists[1].len;
}

static inline void engine_case_errors(const struct diag_list *dl, struct buf *out)
{
	for (size_t i = 0; i < dl->len; i++) {
		const struct diag *d = &dl->items[i];

		buf_add_format(out, "%s %.*s:%u:%u+%u %.*s\n", d->code, STR_ARG(d->path), d->at.line, d->at.col,
			       d->width, STR_ARG(d->message));
		if (d->hint.len)
			buf_add_format(out, "  hint: %.*s\n", STR_ARG(d->hint));
		for (const struct diag_related *r = d->related; r; r = r->next)
			buf_add_format(out, "  %.*s:%u:%u %.*s\n", STR_ARG(r->path), r->at.line, r->at.col,
				       STR_ARG(r->message));
	}
}

/* True when it was rendered. */
static inline bool engine_case_run(struct engine_case *c, struct str files, struct buf *out)
{
	struct arena a = { 0 };
	struct diag_list dl;
	struct engine_source *templates, *scripts;
	size_t n_templates, n_scripts;
	struct engine_set *set;
	struct engine *e;
	bool ok = false;

	diag_init(&dl, &a);
	engine_case_sources(&a, files, &templates, &n_templates, &scripts, &n_scripts);
	set = engine_load(&a, templates, n_templates, scripts, n_scripts, c->host, &dl);
	if (set) {
		struct engine_job job = { .template = templates[0].name,
					  .page = STR("content/page.md"),
					  .ctx = c->ctx };

		e = engine_new(set, c->options);
		for (int i = 0; i < (c->renders ? c->renders : 1); i++) {
			buf_clear(out);
			ok = engine_render(e, &job, out, &dl);
		}
		engine_free(e);
	}
	diag_sort(&dl);
	for (size_t i = 0; i < dl.len; i++)
		c->is_internal = c->is_internal || strcmp(dl.items[i].code, "template/internal") == 0;
	engine_case_errors(&dl, out);
	arena_release(&a);
	return ok;
}

struct engine_case_row {
	const char *files, *expected;
};

/* How many rows, each rendered by an engine of its own, come out as something else; it says which. */
static inline size_t engine_case_failures(const struct engine_case_row *rows, size_t n)
{
	size_t failures = 0;

	for (size_t i = 0; i < n; i++) {
		struct engine_case c = { 0 };
		struct buf out;

		buf_init(&out, 0);
		engine_case_run(&c, str_from(rows[i].files), &out);
		if (strcmp(out.ptr, rows[i].expected) != 0) {
			fprintf(stderr, "%s\ngives\n%s\nnot\n%s\n", rows[i].files, out.ptr, rows[i].expected);
			failures++;
		}
		buf_release(&out);
	}
	return failures;
}

#endif
