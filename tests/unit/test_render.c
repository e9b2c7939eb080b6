#include "tempsite.h"

#include "stage/render.h"

/*
 * The outputs of a small site, each through a template that says its own name
 * and what it was given.
 */
struct rendering {
	struct tempsite t;
	struct routes routes;
	struct engine_set *set;
	struct arena said;
	struct diag_list dl;
	struct render_worker worker;
	struct buf out;
};

#define SHOW \
	"{{ output.url }} {{ page.key }} {{ output.part }}/{{ output.parts }} '{{ output.bucket }}' {{ #pager.items " \
	"}}"
#define TEMPLATE(name, text) \
	{ \
		STR_INIT(name), STR_INIT("templates/" name), STR_INIT(text) \
	}

static const struct engine_source templates[] = {
	TEMPLATE("404.html", "404: " SHOW),
	TEMPLATE("a-z.html", "a-z: " SHOW),
	TEMPLATE("backlinks.html", "backlinks: " SHOW),
	TEMPLATE("broken.html", "before{{ page.titel }}"),
	TEMPLATE("endless.html", "{% for i in range(1, 1000000) %}{% for k in range(1, 1000000) %}{% end %}{% end %}"),
	TEMPLATE("entity.html", "entity: " SHOW),
	TEMPLATE("home.html", "home: " SHOW),
	TEMPLATE("letter.html", "letter: " SHOW),
	TEMPLATE("page.html", "page: " SHOW),
	TEMPLATE("redirect.html", "redirect: " SHOW),
	TEMPLATE("section.html", "section: " SHOW),
	TEMPLATE("shortcodes/print.html", "({{ find(key).body }})"),
	TEMPLATE("text.html", "{{ page.body }}"),
};

static bool has_template(const void *ctx, struct str name)
{
	(void)ctx;
	for (size_t i = 0; i < COUNT(templates); i++)
		if (str_eq(templates[i].name, name))
			return true;
	return false;
}

/* So many names that each letter has a page. */
static void put_people(struct tempsite *t)
{
	struct buf b;

	buf_init(&b, 0);
	for (int i = 0; i < 6; i++) {
		buf_clear(&b);
		buf_add_format(&b, "+++\ntitle = 'Person %d'\naliases = [", i);
		for (int k = 0; k < 180; k++)
			buf_add_format(&b, "'Bearer %d of %d', ", k, i);
		buf_add_z(&b, "]\n+++\n");
		tempsite_put(t, str_z(&t->arena, str_format(&t->arena, "content/people/p%d.md", i)), b.ptr);
	}
	buf_release(&b);
}

/* Texts that print each other: chain-0 is the last. */
static void put_chain(struct tempsite *t)
{
	for (int i = 0; i <= BIND_MAX_DEPTH + 1; i++) {
		const char *print =
			i ? str_z(&t->arena, str_format(&t->arena, " {{< print key=\"chain-%d\" >}}", i - 1)) : "";

		tempsite_put(t, str_z(&t->arena, str_format(&t->arena, "content/chain-%d.md", i)),
			     str_z(&t->arena,
				   str_format(&t->arena, "+++\ntitle = 'C%d'\ntemplate = 'text'\n+++\n%d%s%s\n", i, i,
					      print, print)));
	}
}

static int set_up(void **state)
{
	static struct rendering r;

	memset(&r, 0, sizeof(r));
	tempsite_open(&r.t);
	tempsite_put(&r.t, "site.toml",
		     TEMPSITE_CONFIG
		     "[lists]\npage_size = 4\nbacklinks_shown = 1\n[security]\ninstructions = 1000000\n");
	tempsite_put(&r.t, "content/index.md", "+++\ntitle = 'Home'\n+++\n");
	tempsite_put(&r.t, "content/about.md",
		     "+++\ntitle = 'About'\ndate = 2025-03-01\nredirects = ['/old/']\n+++\nAcme.\n");
	tempsite_put(&r.t, "content/more.md", "+++\ntitle = 'More'\ndate = 2024-03-01\n+++\nAcme.\n");
	tempsite_put(&r.t, "content/companies/acme.md", "+++\ntitle = 'Acme'\n+++\n");
	put_people(&r.t);
	put_chain(&r.t);
	tempsite_build(&r.t);
	if (r.t.dl.errors)
		fail_msg("%s", tempsite_said(&r.t));
	diag_init(&r.dl, &r.said);
	assert_true(route_plan(&r.t.arena, &r.t.r.site, has_template, NULL, &r.routes, &r.dl));
	r.set = engine_load(&r.t.arena, templates, COUNT(templates), NULL, 0, bind_host(), &r.dl);
	assert_non_null(r.set);
	render_worker_init(&r.worker, &r.t.r.site, &r.routes, r.set, false, &r.t.arena, &r.dl);
	buf_init(&r.out, 0);
	*state = &r;
	return 0;
}

static int tear_down(void **state)
{
	struct rendering *r = *state;

	render_worker_release(&r->worker);
	buf_release(&r->out);
	arena_release(&r->said);
	tempsite_close(&r->t);
	return 0;
}

static const struct output *output_at(const struct rendering *r, const char *path)
{
	uint64_t at;

	if (!map_get(&r->routes.by_path, str_from(path), &at))
		fail_msg("no output %s", path);
	return &r->routes.outputs[at];
}

static const struct {
	const char *path;
	enum route_type type;
	const char *out;
} rows[] = {
	{ "index.html", ROUTE_PAGE, "home: / index 1/1 '' 0" },
	{ "about/index.html", ROUTE_PAGE, "page: /about/ about 1/1 '' 0" },
	{ "companies/acme/index.html", ROUTE_PAGE, "entity: /companies/acme/ companies/acme 1/1 '' 0" },
	{ "companies/index.html", ROUTE_PAGE, "section: /companies/ companies 1/1 '' 1" },
	{ "people/index.html", ROUTE_PAGE, "section: /people/ people 1/2 '' 4" },
	{ "people/page/2/index.html", ROUTE_PAGE, "section: /people/page/2/ people 2/2 '' 2" },
	{ "a-z/index.html", ROUTE_PAGE, "a-z: /a-z/ a-z 1/1 '' 0" },
	{ "a-z/b/index.html", ROUTE_LETTER, "letter: /a-z/b/ a-z 1/1 'b' 0" },
	{ "companies/acme/backlinks/2024/index.html", ROUTE_BACKLINKS,
	  "backlinks: /companies/acme/backlinks/2024/ companies/acme 1/1 '2024' 1" },
	/* Those without a page of their own have the home page. */
	{ "404.html", ROUTE_404, "404: /404.html index 1/1 '' 0" },
	{ "old/index.html", ROUTE_REDIRECT, "redirect: /old/ about 1/1 '' 0" },
};

static void each_kind_of_output_has_its_template_and_page(void **state)
{
	struct rendering *r = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct output *o = output_at(r, rows[i].path);

		assert_int_equal(o->type, rows[i].type);
		buf_clear(&r->out);
		render_begin(&r->worker, o);
		assert_int_equal(r->worker.facts.len, 0);
		assert_true(render_output(&r->worker, o, &r->out));
		assert_string_equal(r->out.ptr, rows[i].out);
	}
	assert_int_equal(r->dl.len, 0);
}

static void facts_are_those_of_the_last_output(void **state)
{
	struct rendering *r = *state;
	const struct output *first = output_at(r, "about/index.html"),
			    *second = output_at(r, "companies/acme/index.html");

	render_begin(&r->worker, first);
	assert_true(render_output(&r->worker, first, &r->out));
	assert_true(fixture_notes(&r->worker.facts, FACT_PAGE_TITLE, "about"));
	assert_true(fixture_notes(&r->worker.facts, FACT_TEMPLATE, "page.html"));
	render_begin(&r->worker, second);
	assert_true(render_output(&r->worker, second, &r->out));
	assert_false(fixture_notes(&r->worker.facts, FACT_PAGE_TITLE, "about"));
	assert_true(fixture_notes(&r->worker.facts, FACT_PAGE_TITLE, "companies/acme"));
	assert_true(fixture_notes(&r->worker.facts, FACT_TEMPLATE, "entity.html"));
	assert_false(fixture_notes(&r->worker.facts, FACT_TEMPLATE, "page.html"));
}

static const struct {
	const char *template, *code, *path;
} failing[] = {
	{ "broken.html", "template/undefined-field", "templates/broken.html" },
	{ "endless.html", "template/over-budget", "templates/endless.html" },
};

static void a_failed_output_leaves_nothing_and_the_worker_goes_on(void **state)
{
	struct rendering *r = *state;
	const struct output *sound = output_at(r, "about/index.html");

	for (size_t i = 0; i < COUNT(failing); i++) {
		struct output o = *sound;
		const struct diag *d;
		size_t errors = r->dl.errors;

		o.template = str_from(failing[i].template);
		buf_clear(&r->out);
		buf_add_z(&r->out, "old");
		render_begin(&r->worker, &o);
		assert_false(render_output(&r->worker, &o, &r->out));
		assert_string_equal(r->out.ptr, "old");
		assert_int_equal(r->dl.errors, errors + 1);
		d = fixture_diag(&r->dl, failing[i].code);
		assert_non_null(d);
		fixture_equal(d->path, failing[i].path);
		buf_clear(&r->out);
		render_begin(&r->worker, sound);
		assert_true(render_output(&r->worker, sound, &r->out));
		assert_string_equal(r->out.ptr, "page: /about/ about 1/1 '' 0");
	}
}

static void links_are_as_the_worker_was_told(void **state)
{
	struct rendering *r = *state;
	const struct output *o = output_at(r, "companies/acme/index.html");
	struct render_worker offline;

	render_begin(&r->worker, o);
	assert_false(r->worker.job.href.is_relative);
	fixture_equal(r->worker.job.href.from, "/companies/acme/");
	render_worker_init(&offline, &r->t.r.site, &r->routes, NULL, true, &r->t.arena, &r->dl);
	render_begin(&offline, o);
	assert_true(offline.job.href.is_relative && offline.job.href.is_offline);
	render_worker_release(&offline);
}

static void shortcodes_print_texts_with_shortcodes(void **state)
{
	struct rendering *r = *state;
	const struct output *two = output_at(r, "chain-2/index.html"), *deep, *too_deep;
	size_t errors = r->dl.errors;
	const struct diag *d;

	buf_clear(&r->out);
	render_begin(&r->worker, two);
	assert_true(render_output(&r->worker, two, &r->out));
	assert_string_equal(r->out.ptr,
			    "<p>2 (<p>1 (<p>0</p>\n) (<p>0</p>\n)</p>\n) (<p>1 (<p>0</p>\n) (<p>0</p>\n)</p>\n)</p>\n");
	deep = output_at(r, str_z(&r->said, str_format(&r->said, "chain-%d/index.html", BIND_MAX_DEPTH)));
	render_begin(&r->worker, deep);
	assert_true(render_output(&r->worker, deep, &r->out));
	too_deep = output_at(r, str_z(&r->said, str_format(&r->said, "chain-%d/index.html", BIND_MAX_DEPTH + 1)));
	render_begin(&r->worker, too_deep);
	render_output(&r->worker, too_deep, &r->out);
	d = fixture_diag(&r->dl, "shortcode/too-deep");
	assert_non_null(d);
	fixture_equal(d->path, "content/chain-1.md");
	assert_int_equal(d->at.line, 5);
	/* Said once, though the text that goes too deep is printed again and again. */
	assert_int_equal(r->dl.errors, errors + 1);
	render_begin(&r->worker, two);
	assert_true(render_output(&r->worker, two, &r->out));
}

/* Whatever address was asked for, links of the error page lead to the same places. */
static void links_of_the_error_page_do_not_depend_on_its_place(void **state)
{
	struct rendering *r = *state;
	struct site *s = &r->t.r.site;
	const struct config *before = s->config;
	struct config config = *before;

	config.links = LINKS_RELATIVE;
	s->config = &config;
	render_begin(&r->worker, output_at(r, "companies/acme/index.html"));
	assert_true(r->worker.job.href.is_relative);
	render_begin(&r->worker, output_at(r, "404.html"));
	assert_false(r->worker.job.href.is_relative);
	s->config = before;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_output_has_its_template_and_page),
		cmocka_unit_test(facts_are_those_of_the_last_output),
		cmocka_unit_test(a_failed_output_leaves_nothing_and_the_worker_goes_on),
		cmocka_unit_test(links_are_as_the_worker_was_told),
		cmocka_unit_test(shortcodes_print_texts_with_shortcodes),
		cmocka_unit_test(links_of_the_error_page_do_not_depend_on_its_place),
	};

	return cmocka_run_group_tests_name("render", tests, set_up, tear_down);
}
