#include "bind_site.h"

#define ACME "companies/acme/index.html"

/*
 * Stretches of a template that are the same on every output are written once
 * and taken from there later: neither bytes nor facts may show it.
 */
static const char *const templates[] = {
	"{{ t('nav.home') }} {{ site.title }} {{ page.title }} {{ t('nav.search') }}",
	"<a href=\"{{ '/companies/' | relative_url }}\">{{ site.title | upper }}</a>{{ page.title }}{{ site.home.url "
	"}}",
	"{% for k in site.sections %}{{ loop.index }}/{{ loop.length }} {{ k.plural }} {{ k.count }} {{ k.url | "
	"relative_url }};{% end %}",
	"{% for k in site.sections %}{{ k.plural }}{% if k.url == page.section?.url %}!{% end %}{% end %}",
	"{% for site in page.names %}{{ site.text }}{{ site.page.title }}{% end %}{{ site.title }}{{ site.author }}",
	"{% for p in page.names %}{% for k in site.menu %}{{ k.label }}{{ loop.last }}{{ p.text }}{% end %}{% end %}",
	"{% if site.has('companies') %}{{ t('nav.home') }}{% else %}{{ t('nav.search') }}{% end %}",
	"{% if page.is_section %}{{ t('nav.home') }}{{ t('nav.search') }}{% end %}{{ site.title }}{{ site.author }}",
	"{% set x %}{{ t('nav.home') }}{{ site.title }}{% end %}{{ x | upper }}{{ page.title }}{{ x }}",
	"{% component c(site: any) %}{{ site.title }}{{ site.url }}{% end %}{{ c(site=page) }}",
	"{% include 'given.html' with { site = page } %}{% include 'foot.html' %}",
	"{{ link(site.home) }}{{ site.home.title }}{{ config.get('title') }}{{ site.counts.pages }}",
	"{{ output.url }}{{ output.root }}{{ site.title }}{{ site.title }}",
	"<script>{{ site.title | json }}{{ '/x/' | absolute_url | json }}{{ page.title | json }}</script>",
	"{{ page.body }}{{ site.title }}{{ site.home.body }}{{ t('mine.greeting', {name = 'Eve'}) }}",
	"{{ t('mine.greeting', {name = page.title}) }}{{ t('mine.greeting', {name = site.title}) }}",
};

static const char *const paths[] = { ACME, "companies/bolt/index.html", "companies/index.html", ACME, "index.html" };

static struct engine_set *load(struct binding *b, const char *template)
{
	struct engine_source sources[] = {
		{ STR("main.html"), STR("templates/main.html"), str_from(template) },
		{ STR("given.html"), STR("templates/given.html"), STR("{{ site.title }}{{ site.url }}") },
		{ STR("foot.html"), STR("templates/foot.html"),
		  STR("<p>{{ t('nav.home') }}{% if site.author ~= '' %}{{ site.author }}{% end %}</p>") },
		{ STR("shortcodes/box.html"), STR("templates/shortcodes/box.html"),
		  STR("<b>{{ tone }}|{{ body }}|{{ page.key }}|{{ site.title }}{{ site.author }}</b>") },
		{ STR("shortcodes/figure.html"), STR("templates/shortcodes/figure.html"),
		  STR("<i>{{ fact(id).display }}</i>") },
	};
	struct engine_source *all = arena_array(&b->arena, struct engine_source, COUNT(sources));

	memcpy(all, sources, sizeof(sources));
	return engine_load(&b->arena, all, COUNT(sources), NULL, 0, bind_host(), &b->dl);
}

/* Adds what is written at a path, and what is read for it. */
static void render_by(struct binding *b, struct render_worker *w, const char *path)
{
	struct output o;
	uint64_t at;

	assert_true(map_get(&b->routes.by_path, str_from(path), &at));
	o = b->routes.outputs[at];
	o.template = STR("main.html");
	render_begin(w, &o);
	if (!render_output(w, &o, &b->out))
		fail_msg("%s: %.*s", path, STR_ARG(b->dl.items[0].message));
	buf_add_char(&b->out, '\n');
	write_facts(b, &w->facts);
	buf_add_char(&b->read, '\n');
}

static void hold_against_fresh(struct binding *b, const char *template, bool is_offline)
{
	struct render_worker w;
	struct engine_set *set;
	struct str out, read;

	buf_clear(&b->out);
	buf_clear(&b->read);
	arena_reset(&b->arena);
	diag_init(&b->dl, &b->arena);
	set = load(b, template);
	if (!set)
		fail_msg("%s: %s", template, b->dl.items[0].message.ptr);
	render_worker_init(&w, &b->t.r.site, &b->routes, set, is_offline, &b->arena, &b->dl);
	for (size_t i = 0; i < COUNT(paths); i++)
		render_by(b, &w, paths[i]);
	render_worker_release(&w);
	out = buf_copy(&b->out, &b->arena);
	read = buf_copy(&b->read, &b->arena);
	buf_clear(&b->out);
	buf_clear(&b->read);
	for (size_t i = 0; i < COUNT(paths); i++) {
		render_worker_init(&w, &b->t.r.site, &b->routes, set, is_offline, &b->arena, &b->dl);
		render_by(b, &w, paths[i]);
		render_worker_release(&w);
	}
	assert_string_equal(out.ptr, b->out.ptr);
	assert_string_equal(read.ptr, b->read.ptr);
}

static void what_is_kept_reads_and_writes_the_same(void **state)
{
	for (size_t i = 0; i < COUNT(templates); i++) {
		hold_against_fresh(*state, templates[i], false);
		hold_against_fresh(*state, templates[i], true);
	}
}

static bool is_kept(struct binding *b, const char *template)
{
	struct engine_set *set;

	arena_reset(&b->arena);
	diag_init(&b->dl, &b->arena);
	set = load(b, template);
	assert_non_null(set);
	return engine_kept(set, STR("main.html")) > 0;
}

static void only_what_no_page_changes_is_kept(void **state)
{
	static const char *const yes[] = {
		"{{ t('nav.home') }}",
		"{{ page.title }}{{ t('nav.home') }}{{ page.url }}",
		"{{ page.title }}{{ site.title }}{{ site.url }}{{ page.url }}",
		"{% include 'foot.html' %}",
		"{% if site.author %}x{% end %}",
	};
	static const char *const no[] = {
		"text",
		"{{ page.title }}{{ site.title }}{{ page.url }}",
		"{{ page.title }}{% if page.is_home %}x{% end %}",
		"{% include 'given.html' with { site = page } %}",
		"{{ site.home.body }}{{ site.home.body }}",
		"{{ markdown('x') }}{{ output.url }}",
		"{% for site in page.names %}{{ site.title }}{{ site.url }}{% end %}",
		"{% set site = page %}{{ site.title }}{{ site.url }}",
		"{{ t(page.title) }}{{ ('x' .. page.url) | upper }}",
		"{% component c(site: any) %}{{ site.title }}{{ site.url }}{% end %}{{ c(site=page) }}",
	};

	for (size_t i = 0; i < COUNT(yes); i++)
		if (!is_kept(*state, yes[i]))
			fail_msg("not kept: %s", yes[i]);
	for (size_t i = 0; i < COUNT(no); i++)
		if (is_kept(*state, no[i]))
			fail_msg("kept: %s", no[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_reads_and_writes_the_same),
		cmocka_unit_test(only_what_no_page_changes_is_kept),
	};

	return cmocka_run_group_tests_name("keep", tests, set_up, tear_down);
}
