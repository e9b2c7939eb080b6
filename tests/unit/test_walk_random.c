#include <stdlib.h>

#include "unit/engine_case.h"

#include "unit/bind_site.h"
#include "unit/tmpl_random.h"

/*
 * Plans against Lua: random templates are rendered as they are and with everything but holes compiled to Lua. What is
 * written, what was read, and what is said of mistakes must be the same. WALK_SEED and WALK_ROUNDS say where to begin
 * and how long to go on, WALK_COLLECT has Lua's memory collected at every allocation.
 */
#define ROUNDS ENGINE_CASE_ROUNDS(500)

struct side {
	struct engine_host host;
	struct engine_set *set;
	struct render_worker worker;
	struct arena arena;
	struct diag_list dl;
	struct buf out, said;
};

/* Fails every other time that there is to be more: Lua then collects all it can before it asks again. */
struct starved {
	lua_Alloc allocate;
	void *ud;
	bool is_asked_again;
};

static void *starve(void *ud, void *ptr, size_t old, size_t size)
{
	struct starved *s = ud;

	if (size > (ptr ? old : 0)) {
		s->is_asked_again = !s->is_asked_again;
		if (s->is_asked_again)
			return NULL;
	}
	return s->allocate(s->ud, ptr, old, size);
}

static bool open_side(struct side *s, struct binding *b, struct str sources, bool is_all_lua)
{
	static const struct engine_options options = { .instructions = 200000 };
	struct engine_source *templates, *scripts;
	size_t n_templates, n_scripts;

	arena_reset(&s->arena);
	diag_init(&s->dl, &s->arena);
	s->host = *bind_host();
	s->host.is_all_lua = is_all_lua;
	engine_case_sources(&s->arena, sources, &templates, &n_templates, &scripts, &n_scripts);
	s->set = engine_load(&s->arena, templates, n_templates, scripts, n_scripts, &s->host, &s->dl);
	if (!s->set)
		return false;
	render_worker_init(&s->worker, &b->t.r.site, &b->routes, s->set, false, &s->arena, &s->dl);
	engine_free(s->worker.engine);
	s->worker.engine = engine_new(s->set, &options);
	return true;
}

static int compare_facts(const void *a, const void *b)
{
	const struct factset_entry *x = a, *y = b;

	return x->kind != y->kind ? (x->kind < y->kind ? -1 : 1) : str_cmp(x->key, y->key);
}

/* In order and each once: a plan may keep a stretch, whose facts are then noted together. */
static void write_read(struct side *s)
{
	struct arena a = { 0 };
	struct factset_entry *f;
	size_t n = fixture_noted(&a, &s->worker.facts, &f);

	if (n)
		qsort(f, n, sizeof(*f), compare_facts);
	buf_add_z(&s->said, "\nread");
	for (size_t i = 0; i < n; i++)
		if (!i || compare_facts(&f[i], &f[i - 1]) != 0)
			buf_add_format(&s->said, "; %s %.*s", factset_kind_name((enum fact_kind)f[i].kind),
				       STR_ARG(f[i].key));
	arena_release(&a);
}

/* Output and errors of one template in s->said, and the facts. */
static void render_side(struct side *s, struct binding *b, const char *name)
{
	uint64_t at;
	struct output o;

	assert_true(map_get(&b->routes.by_path, STR("companies/acme/index.html"), &at));
	o = b->routes.outputs[at];
	o.template = str_from(name);
	buf_clear(&s->out);
	buf_clear(&s->said);
	diag_init(&s->dl, &s->arena);
	s->worker.dl = &s->dl;
	render_begin(&s->worker, &o);
	if (render_output(&s->worker, &o, &s->out)) {
		buf_add(&s->said, buf_str(&s->out));
		write_read(s);
	}
	engine_case_errors(&s->dl, &s->said);
}

static bool says(const struct buf *b, const char *what)
{
	return str_find(buf_str(b), str_from(what)) >= 0;
}

/* Takes out `from` up to the next `to`, which stays. False: it is not there. */
static bool take_out(struct buf *b, const char *from, const char *to)
{
	char *at = strstr(b->ptr, from), *end = at ? strstr(at + 1, to) : NULL;

	if (!end)
		return false;
	memmove(at, end, strlen(end) + 1);
	b->len = strlen(b->ptr);
	return true;
}

/* Takes column and width out of the place in the first line with these words: "templates/name:line:col+width". */
static void drop_column(struct buf *b, const char *where)
{
	char *at = strstr(b->ptr, where), *rest;

	while (at && at > b->ptr && at[-1] != '\n')
		at--;
	at = at ? strstr(at, "templates/") : NULL;
	at = at ? strchr(at, ':') : NULL;
	at = at ? strchr(at + 1, ':') : NULL;
	if (!at)
		return;
	rest = at + strcspn(at, " ");
	memmove(at, rest, strlen(rest) + 1);
	b->len = strlen(b->ptr);
}

/* Takes out names that Lua has for variables of its own, and for texts. */
static void drop_places_and_names(struct buf *b)
{
	take_out(b, " (local '__", "\n");
	take_out(b, " (constant ''", "\n");
	drop_column(b, "templates/");
	drop_column(b, " called from here\n");
}

/*
 * What may differ: Lua reports fields at what stands behind them, and joins several texts at once, at the last; it has
 * names of its own, and one for what is left of 'true and x'; and what needs Lua is worked out before what a plan
 * writes, so the other of two mistakes may come first.
 */
static bool is_same(struct side *plan, struct side *lua, bool needs_lua)
{
	if (says(&plan->said, "template/over-budget") || says(&lua->said, "template/over-budget"))
		return true;
	if (needs_lua && plan->dl.errors && lua->dl.errors)
		return true;
	if (plan->dl.errors && lua->dl.errors) {
		drop_places_and_names(&plan->said);
		drop_places_and_names(&lua->said);
		if (!says(&plan->said, " value (") && !take_out(&lua->said, " (local '", "\n"))
			take_out(&lua->said, " (field '", "\n");
	}
	return str_eq(buf_str(&plan->said), buf_str(&lua->said));
}

static void print_source(struct str sources, const char *name)
{
	ptrdiff_t at = str_find(sources, str_from(name)), end;

	if (at < 0)
		return;
	sources = str_skip(sources, (size_t)at);
	end = str_find(sources, STR("\n== "));
	print_error("== %.*s\n", STR_ARG(str_cut(sources, 0, end < 0 ? sources.len : (size_t)end)));
}

static bool is_template_same(struct side sides[2], struct binding *b, struct str sources, const char *name,
			     bool needs_lua)
{
	for (int i = 0; i < 2; i++)
		render_side(&sides[i], b, name);
	if (is_same(&sides[0], &sides[1], needs_lua))
		return true;
	if (getenv("WALK_ROUNDS"))
		print_source(sources, name);
	print_error("%s: as a plan\n%s\nas Lua\n%s\n", name, sides[0].said.ptr, sides[1].said.ptr);
	return false;
}

static uint64_t setting(const char *name, uint64_t fallback)
{
	const char *value = getenv(name);

	return value && *value ? strtoull(value, NULL, 10) : fallback;
}

static void starve_side(struct side *s, struct starved *starved)
{
	lua_State *L = s->worker.engine->L;

	starved->allocate = lua_getallocf(L, &starved->ud);
	lua_setallocf(L, starve, starved);
}

/* True when all of its templates are the same. */
static bool run_round(struct side sides[2], struct binding *b, uint64_t seed, bool is_starved, size_t *loaded)
{
	struct tmpl_random g = { .seed = seed * UINT64_C(0x9e3779b97f4a7c15) + 1 };
	struct starved starved[2] = { 0 };
	struct buf sources;
	bool ok = true;

	buf_init(&sources, 0);
	g.out = &sources;
	g.wild = tmpl_random_pick(&g, 3) * 6 + 1;
	tmpl_random_put(&g);
	if (open_side(&sides[0], b, buf_str(&sources), false) && open_side(&sides[1], b, buf_str(&sources), true)) {
		(*loaded)++;
		for (int i = 0; i < 2 && is_starved; i++)
			starve_side(&sides[i], &starved[i]);
		for (int i = 0; i < 2 * TMPL_RANDOM_ROOTS && ok; i++) {
			char name[20];

			snprintf(name, sizeof(name), i % 2 ? "good.html" : "root%d.html", i / 2);
			ok = is_template_same(sides, b, buf_str(&sources), name, g.needs_lua[i / 2]);
		}
		for (int i = 0; i < 2; i++) {
			if (starved[i].allocate)
				lua_setallocf(sides[i].worker.engine->L, starved[i].allocate, starved[i].ud);
			render_worker_release(&sides[i].worker);
		}
	} else if (getenv("WALK_ROUNDS")) {
		buf_clear(&sides[0].said);
		engine_case_errors(&sides[0].dl, &sides[0].said);
		print_error("%s", sides[0].said.ptr);
	}
	if (!ok)
		print_error("seed %llu\n", (unsigned long long)seed);
	buf_release(&sources);
	return ok;
}

static void plans_do_as_lua_does(void **state)
{
	uint64_t seed = setting("WALK_SEED", 1), n = setting("WALK_ROUNDS", ROUNDS), failures = 0;
	struct side sides[2] = { 0 };
	size_t loaded = 0;

	for (int i = 0; i < 2; i++) {
		buf_init(&sides[i].out, 0);
		buf_init(&sides[i].said, 0);
	}
	for (uint64_t i = 0; i < n && failures < setting("WALK_FAILURES", 1); i++)
		failures += !run_round(sides, *state, seed + i, i % 20 == 0 || setting("WALK_COLLECT", 0), &loaded);
	for (int i = 0; i < 2; i++) {
		buf_release(&sides[i].out);
		buf_release(&sides[i].said);
		arena_release(&sides[i].arena);
	}
	if (getenv("WALK_ROUNDS"))
		print_message("%zu of %llu loaded\n", loaded, (unsigned long long)n);
	assert_true(loaded > n / 2 || failures);
	assert_int_equal(failures, 0);
}

static int set_up_odd(void **state)
{
	return set_up_with(
		state, "data/odd.json",
		"{\"list\": [1, null, 3, \"x\", {\"a\": 1}, [2], 2.5, null], \"text\": \"<t>\", \"a\": {\"b\": 1}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(plans_do_as_lua_does, set_up_odd, tear_down),
	};

	return cmocka_run_group_tests_name("walk_random", tests, NULL, NULL);
}
