#include "tempsite.h"

#include "site/route.h"
#include "stage/plan.h"

struct planning {
	struct tempsite t;
	struct routes routes;
	struct manifest m;
	struct digest *aspects; /* the manifest's */
	struct pool *pool;
	struct plan plan;
	struct str missing, altered, touched; /* outputs whose file is not what it was */
};

static bool has_template(const void *ctx, struct str name)
{
	(void)ctx;
	return !str_eq(name, STR("none.html"));
}

static struct digest template_digest(const void *ctx, struct str name)
{
	(void)ctx;
	return str_eq(name, STR("gone.html")) ? (struct digest){ 0, 0 } : digest_of(name);
}

static bool state_of(void *ctx, const struct manifest_output *old, uint64_t *size, int64_t *mtime_ns)
{
	const struct planning *p = ctx;

	*size = str_eq(old->path, p->altered) ? 11 : 10;
	*mtime_ns = str_eq(old->path, p->touched) ? 21 : 20;
	return !str_eq(old->path, p->missing);
}

static void make_site(struct planning *p)
{
	struct diag_list dl;

	tempsite_build(&p->t);
	assert_int_equal(p->t.dl.len, 0);
	diag_init(&dl, &p->t.arena);
	assert_true(route_plan(&p->t.arena, &p->t.r.site, has_template, NULL, &p->routes, &dl));
}

static uint32_t put_fact(struct planning *p, struct manifest_fact fact)
{
	struct manifest_fact *f = arena_array(&p->t.arena, struct manifest_fact, p->m.n_facts + 1);

	if (p->m.n_facts)
		memcpy(f, p->m.facts, p->m.n_facts * sizeof(*f));
	f[p->m.n_facts] = fact;
	p->m.facts = f;
	return manifest_n_of_pages(&p->m) + (uint32_t)p->m.n_facts++;
}

static struct digest *digest_at(struct planning *p, uint32_t fact)
{
	uint32_t n = manifest_n_of_pages(&p->m);

	return fact < n ? &p->aspects[fact] : &p->m.facts[fact - n].digest;
}

static uint32_t add_fact(struct planning *p, enum fact_kind kind, const char *key)
{
	struct query_world world = { &p->t.r.site, template_digest, NULL };

	for (uint32_t i = 0; kind < FACT_PAGE_KINDS && i < p->m.n_keys; i++)
		if (str_eq(p->m.keys[i], str_from(key)))
			return i * FACT_PAGE_KINDS + kind;
	return put_fact(
		p, (struct manifest_fact){ .kind = kind,
					   .key = str_from(key),
					   .digest = query_fact_digest(&world, &p->t.arena, kind, str_from(key)) });
}

/* The pages, and one that is gone. */
static void list_pages(struct planning *p)
{
	const struct site *s = &p->t.r.site;
	bool is_in = false;

	p->m.keys = arena_array(&p->t.arena, struct str, s->n_pages + 1);
	p->aspects = arena_array(&p->t.arena, struct digest, (s->n_pages + 1) * FACT_PAGE_KINDS);
	for (size_t i = 0; i < s->n_pages; i++) {
		if (!is_in && str_cmp(STR("nowhere"), s->pages[i].key) < 0) {
			p->m.keys[p->m.n_keys++] = STR("nowhere");
			is_in = true;
		}
		for (int k = 0; k < FACT_PAGE_KINDS; k++)
			p->aspects[p->m.n_keys * FACT_PAGE_KINDS + (size_t)k] =
				factset_page_digest(&s->pages[i], (enum fact_kind)k);
		p->m.keys[p->m.n_keys++] = str_copy(&p->t.arena, s->pages[i].key);
	}
	p->m.aspects = p->aspects;
}

/* A manifest as if all outputs had been published; each page read its own text and head. */
static void publish(struct planning *p)
{
	uint32_t *read;

	p->m = (struct manifest){ .build = { 1, 1 } };
	list_pages(p);
	p->m.outputs = arena_array(&p->t.arena, struct manifest_output, p->routes.len);
	for (size_t i = 0; i < p->routes.len; i++) {
		const struct output *o = &p->routes.outputs[i];
		struct manifest_output *out = &p->m.outputs[p->m.n_outputs++];

		/* The routes go with the model that they were made of. */
		*out = (struct manifest_output){
			.path = str_copy(&p->t.arena, o->path), .route = route_hash(o), .size = 10, .mtime_ns = 20
		};
		if (o->type != ROUTE_PAGE)
			continue;
		read = arena_array(&p->t.arena, uint32_t, 2);
		read[0] = add_fact(p, FACT_PAGE_HEAD, str_z(&p->t.arena, p->t.r.site.pages[o->page].key));
		read[1] = add_fact(p, FACT_PAGE_BODY, str_z(&p->t.arena, p->t.r.site.pages[o->page].key));
		out->facts = read;
		out->n_facts = 2;
	}
}

static void open_planning(struct planning *p)
{
	memset(p, 0, sizeof(*p));
	p->pool = pool_new(2);
	tempsite_open(&p->t);
	tempsite_put(&p->t, "content/a.md", "+++\ntitle = 'A'\n+++\nText.\n");
	tempsite_put(&p->t, "content/b.md", "+++\ntitle = 'B'\n+++\nText.\n");
	make_site(p);
	publish(p);
}

static void close_planning(struct planning *p)
{
	pool_free(p->pool);
	tempsite_close(&p->t);
}

static void run(struct planning *p, struct digest build)
{
	struct query_world world = { &p->t.r.site, template_digest, NULL };
	struct plan_question q = { &world, &p->routes, &p->m, build, state_of, p, p->pool };

	plan_outputs(&p->t.arena, &q, &p->plan);
}

/* "a/index.html: it is new; …" */
static const char *planned(struct planning *p)
{
	struct buf b;
	const char *z;
	size_t n = 0;

	run(p, (struct digest){ 1, 1 });
	buf_init(&b, 0);
	for (size_t i = 0; i < p->routes.len; i++) {
		assert_int_equal(p->plan.render[i], p->plan.why[i].len > 0);
		if (p->plan.render[i])
			buf_add_format(&b, "%s%.*s: %.*s", n++ ? "; " : "", STR_ARG(p->routes.outputs[i].path),
				       STR_ARG(p->plan.why[i]));
	}
	assert_int_equal(p->plan.n_render, n);
	for (size_t i = 0; i < p->plan.n_remove; i++)
		buf_add_format(&b, " -%.*s", STR_ARG(p->plan.remove[i]));
	z = str_z(&p->t.arena, buf_str(&b));
	buf_release(&b);
	return z;
}

static void nothing_changed_renders_nothing(void **state)
{
	struct planning p;

	(void)state;
	open_planning(&p);
	assert_string_equal(planned(&p), "");
	for (size_t i = 0; i < p.routes.len; i++)
		assert_true(str_eq(p.plan.old[i]->path, p.routes.outputs[i].path));
	close_planning(&p);
}

static void without_a_manifest_all_is_rendered(void **state)
{
	struct planning p;

	(void)state;
	open_planning(&p);
	p.m = (struct manifest){ .build = { 1, 1 } };
	run(&p, (struct digest){ 1, 1 });
	assert_int_equal(p.plan.n_render, p.routes.len);
	assert_int_equal(p.plan.n_remove, 0);
	assert_null(p.plan.old[0]);
	assert_true(str_contains(p.plan.why[0], STR("no manifest")));
	close_planning(&p);
}

static void another_program_or_configuration_renders_all(void **state)
{
	struct planning p;

	(void)state;
	open_planning(&p);
	run(&p, (struct digest){ 1, 2 });
	assert_int_equal(p.plan.n_render, p.routes.len);
	assert_non_null(p.plan.old[0]);
	assert_true(str_contains(p.plan.why[0], STR("configuration")));
	close_planning(&p);
}

static void files_that_are_not_what_they_were_are_rendered(void **state)
{
	struct planning p;

	(void)state;
	open_planning(&p);
	p.missing = STR("a/index.html");
	assert_string_equal(planned(&p), "a/index.html: its file is missing");
	p.missing = STR_NONE;
	p.altered = STR("a/index.html");
	assert_string_equal(planned(&p), "a/index.html: its file was altered");
	p.altered = STR_NONE;
	p.touched = STR("b/index.html");
	assert_string_equal(planned(&p), "b/index.html: its file was altered");
	close_planning(&p);
}

static void what_read_a_changed_fact_is_rendered(void **state)
{
	struct planning p;

	(void)state;
	open_planning(&p);
	tempsite_put(&p.t, "content/a.md", "+++\ntitle = 'A'\n+++\nText of another wording.\n");
	make_site(&p);
	assert_true(str_starts(str_from(planned(&p)), STR("a/index.html: page ")));
	assert_int_equal(p.plan.n_render, 1);
	close_planning(&p);
}

static void another_template_is_a_change(void **state)
{
	struct planning p;

	(void)state;
	open_planning(&p);
	tempsite_put(&p.t, "content/a.md", "+++\ntitle = 'A'\ntemplate = 'b.html'\n+++\nText.\n");
	make_site(&p);
	assert_string_equal(planned(&p), "a/index.html: its template or its part of a list is another");
	close_planning(&p);
}

static void facts_that_appear_or_go_are_changes(void **state)
{
	static const struct {
		enum fact_kind kind;
		const char *key;
		bool was_there;
		const char *why;
	} cases[] = {
		{ FACT_TEMPLATE, "x.html", true, "" },
		{ FACT_TEMPLATE, "x.html", false, "appeared" },
		{ FACT_TEMPLATE, "gone.html", true, "is gone" },
		{ FACT_TEMPLATE, "gone.html", false, "" },
		{ FACT_PAGE_HEAD, "nowhere", true, "is gone" },
		{ FACT_PAGE_NAMES, "b", false, "appeared" },
		{ FACT_FACT, "nothing", false, "" },
		{ FACT_FACT, "nothing", true, "is gone" },
	};

	(void)state;
	/* Each alone, and as the second of a group. */
	for (size_t i = 0; i < 2 * COUNT(cases); i++) {
		size_t c = i / 2;
		struct planning p;
		uint32_t fact, members[2];

		open_planning(&p);
		fact = add_fact(&p, cases[c].kind, cases[c].key);
		if (!cases[c].was_there)
			*digest_at(&p, fact) = (struct digest){ 0, 0 };
		else if (digest_is_zero(*digest_at(&p, fact)))
			*digest_at(&p, fact) = (struct digest){ 5, 5 };
		if (i % 2) {
			members[1] = fact;
			members[0] = add_fact(&p, FACT_TEMPLATE, "x.html");
			fact = put_fact(
				&p, (struct manifest_fact){ .kind = FACT_GROUP, .members = members, .n_members = 2 });
		}
		for (size_t k = 0; k < p.m.n_outputs; k++) {
			if (str_eq(p.m.outputs[k].path, STR("a/index.html"))) {
				p.m.outputs[k].facts = &fact;
				p.m.outputs[k].n_facts = 1;
			}
		}
		run(&p, (struct digest){ 1, 1 });
		if (p.plan.n_render != (cases[c].why[0] != 0))
			fail_msg("%s: %s", cases[c].key, planned(&p));
		if (cases[c].why[0] && !str_contains(str_from(planned(&p)), str_from(cases[c].why)))
			fail_msg("%s: %s", cases[c].key, planned(&p));
		close_planning(&p);
	}
}

static void outputs_come_and_go_with_their_pages(void **state)
{
	struct planning p;
	struct diag_list dl;
	const char *got;

	(void)state;
	open_planning(&p);
	diag_init(&dl, &p.t.arena);
	tempsite_put(&p.t, "content/c.md", "+++\ntitle = 'C'\n+++\n");
	assert_true(fs_remove(path_join(&p.t.arena, p.t.root, STR("content/a.md")), &dl));
	make_site(&p);
	got = planned(&p);
	assert_true(str_contains(str_from(got), STR("c/index.html: it is new")));
	assert_true(str_contains(str_from(got), STR(" -a/index.html")));
	assert_false(str_contains(str_from(got), STR("b/index.html")));
	close_planning(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_changed_renders_nothing),
		cmocka_unit_test(without_a_manifest_all_is_rendered),
		cmocka_unit_test(another_program_or_configuration_renders_all),
		cmocka_unit_test(files_that_are_not_what_they_were_are_rendered),
		cmocka_unit_test(what_read_a_changed_fact_is_rendered),
		cmocka_unit_test(another_template_is_a_change),
		cmocka_unit_test(facts_that_appear_or_go_are_changes),
		cmocka_unit_test(outputs_come_and_go_with_their_pages),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
