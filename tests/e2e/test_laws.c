#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "laws/laws.h"

/*
 * The two laws of incremental building, over random edits and damage: see laws/laws.h.
 *
 * DOSSIER is the program. LAWS_EDITS, LAWS_SECONDS and LAWS_SEED say how many at most, how long at most, and which; by
 * default a short run that is the same every time. What breaks a law is made smaller before it is shown.
 */
#define KEPT 12 /* steps that are tried again to see whether they alone break it */

struct walk {
	struct laws_step *last; /* the newest of KEPT, in a ring */
	size_t n;
	struct model sound; /* the last that could be built */
	unsigned failures;  /* in a row */
	struct model_random random;
};

static size_t number(const char *name, size_t otherwise)
{
	const char *value = getenv(name);

	return value && *value ? (size_t)strtoull(value, NULL, 10) : otherwise;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void next_step(struct walk *w, struct laws_step *s)
{
	struct model_random *r = &w->random;

	if (w->failures > 3 && model_pick(r, 2)) {
		s->model = w->sound;
		s->edit = "back to what was sound";
	} else {
		s->edit = model_edit(&s->model, r);
		/* Several at once, as a merge brings them. */
		for (unsigned more = model_pick(r, 12); more > 9; more--)
			s->edit = model_edit(&s->model, r);
	}
	s->damage = model_pick(r, 3) ? LAWS_NONE : (enum laws_damage)model_pick(r, LAWS_DAMAGES);
	s->chance = (uint64_t)model_pick(r, 1u << 31) << 32 | model_pick(r, 1u << 31);
	s->is_aged = w->n / 40 % 4 != 3;
	s->jobs = 1 + model_pick(r, 3);
}

/* Whether these steps, from nothing on, break a law; `why` says which. */
static bool breaks(const char *program, const struct laws_step *steps, size_t n, struct buf *why, char *dir)
{
	struct laws l;
	bool ok = true;

	laws_begin(&l, program);
	for (size_t i = 0; i < n && ok; i++)
		ok = laws_step(&l, &steps[i]);
	if (!ok && why) {
		buf_clear(why);
		buf_add(why, buf_str(&l.why));
		snprintf(dir, 512, "%s", l.dir);
	}
	laws_end(&l, !ok && why);
	return !ok;
}

/* Takes away what the failure does not need. */
static void shrink(const char *program, struct laws_step *steps, size_t n, double until)
{
	struct laws_step *try = calloc(n, sizeof(*try));
	bool was, any, has_part;

	for (size_t part = 0; try && seconds() < until; part++) {
		any = has_part = false;
		memcpy(try, steps, n * sizeof(*try));
		for (size_t i = 0; i < n; i++) {
			was = false;
			has_part |= model_drop(&try[i].model, part, &was);
			any |= was;
		}
		if (!has_part)
			break;
		if (any && breaks(program, try, n, NULL, NULL))
			memcpy(steps, try, n * sizeof(*try));
	}
	free(try);
}

static void show_files(const struct model *m, const struct model *before)
{
	struct arena a = { 0 };
	struct model_files now, old = { 0 };

	model_write(&a, m, &now);
	if (before)
		model_write(&a, before, &old);
	for (size_t i = 0; i < now.len; i++) {
		bool is_same = false, is_known = false;

		for (size_t k = 0; k < old.len; k++) {
			if (strcmp(old.ptr[k].path, now.ptr[i].path) != 0)
				continue;
			is_known = true;
			is_same = str_eq(old.ptr[k].text, now.ptr[i].text);
		}
		if (!is_same)
			printf("--- %s%s\n%.*s", now.ptr[i].path, is_known ? " becomes" : "", STR_ARG(now.ptr[i].text));
	}
	for (size_t k = 0; k < old.len; k++) {
		bool stays = false;

		for (size_t i = 0; i < now.len && !stays; i++)
			stays = strcmp(old.ptr[k].path, now.ptr[i].path) == 0;
		if (!stays)
			printf("--- %s goes\n", old.ptr[k].path);
	}
	arena_release(&a);
}

static void show(const struct walk *w, const char *program)
{
	size_t have = w->n < KEPT ? w->n : KEPT, n;
	struct laws_step *steps = calloc(KEPT, sizeof(*steps));
	struct buf why = { 0 };
	char dir[512] = "";
	bool ok = false;

	/* The fewest of the last steps that break it from nothing on. */
	for (n = 1; steps && n <= have && !ok; n += !ok) {
		for (size_t i = 0; i < n; i++)
			steps[i] = w->last[(w->n - n + i) % KEPT];
		ok = breaks(program, steps, n, NULL, NULL);
	}
	if (!ok) {
		printf("# the last %zu steps alone do not show it; run it again with the seed above\n", have);
	} else {
		shrink(program, steps, n, seconds() + (double)number("LAWS_SHRINK", 60));
		if (breaks(program, steps, n, &why, dir))
			printf("it is shown by %zu of the steps, in %s:\n%s", n, dir, why.ptr);
		for (size_t i = 0; i < n; i++) {
			printf("=== %s%s%s\n", steps[i].edit, steps[i].damage ? ", " : "",
			       laws_damage_name(steps[i].damage));
			show_files(&steps[i].model, i ? &steps[i - 1].model : NULL);
		}
	}
	buf_release(&why);
	free(steps);
}

static bool walk_on(struct walk *w, struct laws *l, size_t edits, double until)
{
	struct laws_step *s;
	size_t failed, rendered, differing;

	while (w->n < edits && (seconds() < until || w->n < 2)) {
		struct laws_step last = w->last[(w->n + KEPT - 1) % KEPT];

		s = &w->last[w->n % KEPT];
		/* Chance may give a site that cannot be built: another one, then. */
		if (l->steps > l->failed) {
			*s = last;
			next_step(w, s);
		} else {
			model_begin(&s->model, &w->random);
			s->edit = "a new site";
			s->is_aged = true;
			s->jobs = 2;
		}
		w->n++;
		failed = l->failed;
		if (getenv("LAWS_VERBOSE"))
			printf("# %zu: %s%s%s\n", w->n, s->edit, s->damage ? ", " : "", laws_damage_name(s->damage));
		rendered = l->rendered;
		differing = l->differing;
		if (!laws_step(l, s))
			return false;
		if (getenv("LAWS_VERBOSE"))
			printf("#   %zu rendered, %zu of them different\n", l->rendered - rendered,
			       l->differing - differing);
		if (l->failed == l->steps && w->n > 20) {
			buf_add_z(&l->why, "no new site can be built\n");
			return false;
		}
		w->failures = l->failed > failed ? w->failures + 1 : 0;
		if (!w->failures)
			w->sound = s->model;
	}
	return true;
}

int main(void)
{
	const char *program = getenv("DOSSIER");
	size_t seed = number("LAWS_SEED", 1), edits = number("LAWS_EDITS", 300);
	struct walk w = { .random = { seed }, .last = calloc(KEPT, sizeof(*w.last)) };
	struct laws l;
	bool ok;

	if (!program || !w.last) {
		fprintf(stderr, "DOSSIER names the program to test\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	laws_begin(&l, program);
	ok = walk_on(&w, &l, edits, seconds() + (double)number("LAWS_SECONDS", 40));
	printf("%s - both laws hold over %zu random edits, seed %zu\n", ok ? "ok" : "not ok", w.n, seed);
	printf("# %zu could not be built, %zu outputs rendered, %zu of them different, %zu second builds stopped at "
	       "once\n",
	       l.failed, l.rendered, l.differing, l.stopped);
	if (!ok) {
		printf("edit %zu, %s%s%s: %s", w.n, w.last[(w.n - 1) % KEPT].edit,
		       w.last[(w.n - 1) % KEPT].damage ? ", " : "", laws_damage_name(w.last[(w.n - 1) % KEPT].damage),
		       l.why.ptr);
		show(&w, program);
	}
	laws_end(&l, getenv("LAWS_KEEP") != NULL);
	free(w.last);
	return ok ? 0 : 1;
}
