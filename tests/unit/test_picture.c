#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "site/picture.h"
#include "text/xml.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* One drawing with all it needs. */
struct world {
	struct arena a;
	struct buf out;
	struct config config;
	struct href href;
	struct picture p;
};

static void set_up(struct world *w, bool is_offline)
{
	memset(w, 0, sizeof(*w));
	xml_setup();
	buf_init(&w->out, 0);
	config_defaults(&w->a, &w->config);
	assert_true(config_set_base_url(&w->a, &w->config, STR("https://example.org/")));
	w->href = (struct href){ .config = &w->config,
				 .from = STR("/companies/acme/"),
				 .is_relative = is_offline,
				 .is_offline = is_offline };
	w->p = (struct picture){
		.out = &w->out, .scratch = &w->a, .href = &w->href, .title = STR("A & <B>"), .desc = STR("\"in\" words")
	};
}

static void tear_down(struct world *w)
{
	buf_release(&w->out);
	arena_release(&w->a);
}

/* The texts of all elements of this name; the drawing must be well-formed. */
static size_t texts_of(struct world *w, const char *element, struct str **texts)
{
	struct diag_list dl;
	size_t n = 0;

	diag_init(&dl, &w->a);
	assert_true(xml_check(&w->a, STR("picture.svg"), buf_str(&w->out), element, texts, &n, &dl));
	assert_int_equal(dl.len, 0);
	return n;
}

static bool has(const struct world *w, const char *text)
{
	return str_contains(buf_str(&w->out), str_from(text));
}

static const struct picture_kind kinds[] = { { STR_INIT("Companies"), 1 }, { STR_INIT("People & <others>"), 12 } };

static struct picture_map make_map(struct arena *a, size_t n)
{
	struct picture_node *nodes = arena_array(a, struct picture_node, n + 1);
	struct picture_edge *edges = arena_array(a, struct picture_edge, 2 * n + 1);
	size_t n_edges = 0;

	for (uint32_t i = 0; i < n; i++) {
		nodes[i] = (struct picture_node){ .label = str_format(a, "<b>\"Node\" %u & 杭州's", i),
						  .title = STR("</title><script>"),
						  .url = str_format(a, "/people/n-%u/", i),
						  .kind = i % 2,
						  .size = 5 + i % 3 };
		if (i % 3 == 0)
			nodes[i].note = STR("Founder & <owner> of very many companies in several provinces");
		if (i)
			edges[n_edges++] = (struct picture_edge){ 0, i, i % 3 ? STR_NONE : STR("x <-> y") };
		if (i > 2)
			edges[n_edges++] = (struct picture_edge){ i, i - 1, STR_NONE };
	}
	return (struct picture_map){ nodes, n, edges, n_edges, kinds, COUNT(kinds) };
}

static void maps_are_well_formed_and_escape_everything(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 23, 60 };

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		for (int is_around = 0; is_around < 2; is_around++) {
			struct world w;
			struct picture_map m;
			struct str *links;

			set_up(&w, false);
			m = make_map(&w.a, sizes[i]);
			(is_around ? picture_neighbours : picture_network)(&w.p, &m);
			/* The middle one is the page itself: no link. */
			assert_int_equal(texts_of(&w, "a", &links), sizes[i] - (size_t)is_around);
			assert_true(has(&w, "<title>A &amp; &lt;B&gt;</title><desc>&quot;in&quot; words</desc>"));
			assert_false(has(&w, "<script"));
			assert_false(has(&w, "style"));
			assert_true(has(&w, "People &amp; &lt;others&gt;"));
			tear_down(&w);
		}
	}
}

static void nothing_is_drawn_of_nothing(void **state)
{
	struct picture_map m = { .kinds = kinds, .n_kinds = COUNT(kinds) };
	struct world w;

	(void)state;
	set_up(&w, false);
	picture_network(&w.p, &m);
	picture_neighbours(&w.p, &m);
	picture_timeline(&w.p, NULL, 0);
	picture_chart(&w.p, NULL, 0);
	assert_int_equal(w.out.len, 0);
	tear_down(&w);
}

static void a_picture_with_links_is_no_image(void **state)
{
	struct picture_map m;
	struct world w;

	(void)state;
	set_up(&w, false);
	m = make_map(&w.a, 4);
	picture_neighbours(&w.p, &m);
	assert_true(has(&w, " role=\"group\" "));
	assert_false(has(&w, "role=\"img\""));
	tear_down(&w);
}

static void links_fit_the_place_they_stand_in(void **state)
{
	struct picture_map m;
	struct world w;

	(void)state;
	set_up(&w, false);
	m = make_map(&w.a, 3);
	picture_network(&w.p, &m);
	assert_true(has(&w, "<a href=\"/people/n-1/\">"));
	tear_down(&w);

	set_up(&w, true);
	m = make_map(&w.a, 3);
	picture_network(&w.p, &m);
	assert_true(has(&w, "<a href=\"../../people/n-1/index.html\">"));
	tear_down(&w);
}

static void links_go_below_the_path_of_the_site(void **state)
{
	struct picture_map m;
	struct world w;

	(void)state;
	set_up(&w, false);
	assert_true(config_set_base_url(&w.a, &w.config, STR("https://example.org/sub/path/")));
	m = make_map(&w.a, 3);
	picture_neighbours(&w.p, &m);
	assert_true(has(&w, "<a href=\"/sub/path/people/n-1/\">"));
	tear_down(&w);
}

static void the_same_map_is_the_same_bytes(void **state)
{
	struct picture_map m;
	struct world w;
	struct str first;

	(void)state;
	set_up(&w, false);
	m = make_map(&w.a, 60);
	picture_network(&w.p, &m);
	first = buf_copy(&w.out, &w.a);
	buf_clear(&w.out);
	picture_network(&w.p, &m);
	assert_true(str_eq(first, buf_str(&w.out)));
	tear_down(&w);
}

static struct picture_event event(const char *date)
{
	struct picture_event e = {
		.label = STR("Something <happens> & more of it, at some length, so that it must be cut somewhere"),
		.title = STR("\"When\""),
		.url = STR("#event-a&b")
	};

	assert_true(date_parse_range(str_from(date), &e.date));
	return e;
}

static void timelines_know_partial_dates(void **state)
{
	struct picture_event events[6];
	struct str *found;
	struct world w;

	(void)state;
	set_up(&w, false);
	events[0] = event("2025-03-04");
	events[1] = event("1956");
	events[2] = event("2018/2022");
	events[3] = event("2025-03");
	events[4] = event("2024/");
	events[5] = (struct picture_event){ .label = STR("undated"), .url = STR("#x") };
	picture_timeline(&w.p, events, 6);
	assert_int_equal(texts_of(&w, "circle", &found), 1);
	assert_int_equal(texts_of(&w, "rect", &found), 4);
	assert_int_equal(texts_of(&w, "a", &found), 5);
	assert_true(has(&w, ">1956</text>"));
	assert_true(has(&w, "href=\"#event-a&amp;b\""));
	assert_false(has(&w, "undated"));
	tear_down(&w);
}

static void timelines_reach_from_the_first_year_to_the_last(void **state)
{
	struct picture_event events[3];
	struct str *found;
	struct world w;

	(void)state;
	set_up(&w, false);
	events[0] = event("0000");
	events[1] = event("9999-12-31");
	events[2] = event("0000/9999");
	picture_timeline(&w.p, events, 3);
	assert_int_equal(texts_of(&w, "a", &found), 3);
	tear_down(&w);
}

static void two_events_or_too_many_make_no_timeline(void **state)
{
	struct picture_event *events;
	struct world w;

	(void)state;
	set_up(&w, false);
	events = arena_array(&w.a, struct picture_event, PICTURE_MAX_EVENTS + 1);
	for (size_t i = 0; i <= PICTURE_MAX_EVENTS; i++)
		events[i] = event("2025-01-02");
	picture_timeline(&w.p, events, 2);
	picture_timeline(&w.p, events, PICTURE_MAX_EVENTS + 1);
	assert_int_equal(w.out.len, 0);
	picture_timeline(&w.p, events, PICTURE_MAX_EVENTS);
	assert_true(w.out.len > 0);
	tear_down(&w);
}

static void charts_show_values_and_ranges(void **state)
{
	const struct picture_value values[] = {
		{ 28, 28, STR_INIT("28%"), STR_INIT("in <the> US"), STR_INIT("A & B 2024"), STR_INIT("t"),
		  STR_INIT("/a/#fact-x") },
		{ 30, 42, STR_INIT("30–42%"), STR_INIT("in China"), STR_INIT("C 2025"), STR_INIT("t"),
		  STR_INIT("/a/#fact-y") },
		{ -5, -5, STR_INIT("-5%"), STR_INIT("in China"), STR_INIT("C 2025"), STR_INIT("t"),
		  STR_INIT("/a/#fact-z") },
	};
	struct str *found;
	struct world w;

	(void)state;
	set_up(&w, false);
	picture_chart(&w.p, values, COUNT(values));
	assert_int_equal(texts_of(&w, "circle", &found), 2);
	assert_int_equal(texts_of(&w, "rect", &found), 1);
	assert_true(has(&w, "<ol class=\"p-chart\" aria-label=\"A &amp; &lt;B&gt;\">"));
	assert_true(has(&w, ">28%</span>"));
	/* -5 to 42: the axis of zero stands at 5/47. */
	assert_true(has(&w, "<line class=\"p-axis\" x1=\"10.6%\" x2=\"10.6%\""));
	assert_true(has(&w, "cx=\"70.2%\""));
	assert_true(has(&w, "x=\"74.5%\" width=\"25.5%\""));
	assert_false(has(&w, "style"));
	assert_true(has(&w, "in &lt;the&gt; US"));
	assert_true(has(&w, "href=\"/a/#fact-y\""));
	buf_clear(&w.out);
	picture_chart(&w.p, values, 1);
	assert_int_equal(w.out.len, 0);
	tear_down(&w);
}

static void coverage_has_a_column_for_each_period_with_pages(void **state)
{
	const struct picture_bar bars[] = {
		{ 1, STR_INIT("May <2024>"), STR_INIT("One & only"), STR_INIT("/articles/one/") },
		{ 0, STR_INIT("June 2024"), STR_INIT("x"), STR_INIT("/x/") },
		{ 4, STR_INIT("July 2024"), STR_INIT("July 2024: 4"), STR_INIT("#sec-backlinks") },
	};
	struct str *found;
	struct world w;

	(void)state;
	set_up(&w, false);
	picture_coverage(&w.p, bars, COUNT(bars));
	assert_int_equal(texts_of(&w, "a", &found), 2);
	assert_true(has(&w, "<title>One &amp; only</title>"));
	assert_true(has(&w, "href=\"/articles/one/\""));
	assert_true(has(&w, "href=\"#sec-backlinks\""));
	assert_true(has(&w, ">May &lt;2024&gt;</text>"));
	assert_true(has(&w, ">July 2024</text>"));
	assert_false(has(&w, "June"));
	assert_true(has(&w, ">4</text>"));
	buf_clear(&w.out);
	picture_coverage(&w.p, bars, 1);
	picture_coverage(&w.p, bars + 1, 1);
	assert_int_equal(w.out.len, 0);
	tear_down(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_are_well_formed_and_escape_everything),
		cmocka_unit_test(nothing_is_drawn_of_nothing),
		cmocka_unit_test(a_picture_with_links_is_no_image),
		cmocka_unit_test(links_fit_the_place_they_stand_in),
		cmocka_unit_test(links_go_below_the_path_of_the_site),
		cmocka_unit_test(the_same_map_is_the_same_bytes),
		cmocka_unit_test(timelines_know_partial_dates),
		cmocka_unit_test(timelines_reach_from_the_first_year_to_the_last),
		cmocka_unit_test(two_events_or_too_many_make_no_timeline),
		cmocka_unit_test(charts_show_values_and_ranges),
		cmocka_unit_test(coverage_has_a_column_for_each_period_with_pages),
	};

	return cmocka_run_group_tests_name("picture", tests, NULL, NULL);
}
