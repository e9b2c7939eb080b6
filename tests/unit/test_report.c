#include "app/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/value.h"
#include "text/yaml.h"

static const char *const file = "one\n"
				"two [[Deepsek]] three\n"
				"\tindented\tby tabs\r\n"
				"深度求索 is wide\n"
				"bad \033[31m control\n";

static bool source(void *ctx, struct str path, struct str *text)
{
	(void)ctx;
	if (!str_eq(path, STR("a.md")))
		return false;
	*text = str_from(file);
	return true;
}

static struct report plain(enum report_format format)
{
	return (struct report){ .format = format, .root = STR("."), .source = source };
}

static void write_text(struct buf *out, struct diag_list *dl)
{
	struct report r = plain(REPORT_TEXT);

	report_write(out, &r, dl);
}

static const struct {
	const char *name;
	struct pos at;
	uint32_t width;
	const char *expect;
} excerpts[] = {
	{ "a place of several characters",
	  { 2, 7 },
	  7,
	  "error[fs/unreadable]: m\n"
	  "  --> a.md:2:7\n"
	  "   |\n"
	  " 2 | two [[Deepsek]] three\n"
	  "   |       ^^^^^^^\n"
	  "   = help: h\n\n" },
	{ "tabs",
	  { 3, 2 },
	  1,
	  "error[fs/unreadable]: m\n"
	  "  --> a.md:3:2\n"
	  "   |\n"
	  " 3 |     indented    by tabs\n"
	  "   |     ^\n"
	  "   = help: h\n\n" },
	{ "wide characters",
	  { 4, 3 },
	  2,
	  "error[fs/unreadable]: m\n"
	  "  --> a.md:4:3\n"
	  "   |\n"
	  " 4 | 深度求索 is wide\n"
	  "   |     ^^^^\n"
	  "   = help: h\n\n" },
	{ "beyond the end of the line",
	  { 1, 9 },
	  3,
	  "error[fs/unreadable]: m\n"
	  "  --> a.md:1:9\n"
	  "   |\n"
	  " 1 | one\n"
	  "   |    ^\n"
	  "   = help: h\n\n" },
	{ "beyond the end of the file",
	  { 99, 1 },
	  1,
	  "error[fs/unreadable]: m\n"
	  "  --> a.md:99:1\n"
	  "   = help: h\n\n" },
	{ "the whole file",
	  { 0, 0 },
	  0,
	  "error[fs/unreadable]: m\n"
	  "  --> a.md\n"
	  "   = help: h\n\n" },
	{ "control characters",
	  { 5, 1 },
	  3,
	  "error[fs/unreadable]: m\n"
	  "  --> a.md:5:1\n"
	  "   |\n"
	  " 5 | bad \xef\xbf\xbd[31m control\n"
	  "   | ^^^\n"
	  "   = help: h\n\n" },
};

static void shows_the_line_and_a_caret(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(excerpts) / sizeof(excerpts[0]); i++) {
		struct arena a = { 0 };
		struct buf out = { 0 };
		struct diag_list dl;

		diag_init(&dl, &a);
		diag_add(&dl, DIAG_ERROR, "fs/unreadable", STR("a.md"), excerpts[i].at, "m");
		diag_width(&dl, excerpts[i].width);
		diag_hint(&dl, "h");
		write_text(&out, &dl);
		assert_string_equal(out.ptr, excerpts[i].expect);
		buf_release(&out);
		arena_release(&a);
	}
}

static bool long_line(void *ctx, struct str path, struct str *text)
{
	(void)path;
	*text = *(struct str *)ctx;
	return true;
}

static void cuts_long_lines_around_the_place(void **state)
{
	struct arena a = { 0 };
	struct buf out = { 0 }, line = { 0 };
	struct report r = plain(REPORT_TEXT);
	struct str text, rest, part, line_above = STR_NONE;
	struct diag_list dl;
	bool has_caret = false;

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_add_z(&line, "0123456789");
	text = buf_str(&line);
	r.source = long_line;
	r.ctx = &text;
	diag_init(&dl, &a);
	diag_add(&dl, DIAG_ERROR, "fs/unreadable", STR("a.md"), (struct pos){ 1, 500006 }, "m");
	report_write(&out, &r, &dl);
	rest = buf_str(&out);
	assert_true(rest.len < 1000);
	while (str_next(&rest, '\n', &part)) {
		ptrdiff_t at = str_find_byte(part, '^');

		assert_true(part.len < 140);
		if (at < 0) {
			line_above = part;
			continue;
		}
		has_caret = true;
		/* The ellipsis before it takes one column and three bytes. */
		assert_int_equal(line_above.ptr[at + 2], '5');
	}
	assert_true(has_caret);
	assert_true(str_contains(buf_str(&out), STR("…")));
	buf_release(&out);
	buf_release(&line);
	arena_release(&a);
}

static void folds_what_repeats(void **state)
{
	struct arena a = { 0 };
	struct buf out = { 0 };
	struct report r = plain(REPORT_TEXT);
	struct diag_list dl;

	(void)state;
	diag_init(&dl, &a);
	for (uint32_t i = 1; i <= 20; i++)
		diag_add(&dl, DIAG_WARNING, "fs/unreadable", STR("b.md"), (struct pos){ i, 1 }, "same");
	diag_add(&dl, DIAG_ERROR, "fs/unreadable", STR("c.md"), (struct pos){ 1, 1 }, "other");
	report_write(&out, &r, &dl);
	assert_non_null(strstr(out.ptr, "b.md:3:1"));
	assert_non_null(strstr(out.ptr, "17 more like this [fs/unreadable]: b.md:4:1, b.md:5:1"));
	assert_non_null(strstr(out.ptr, "other"));

	buf_clear(&out);
	r.is_verbose = true;
	report_write(&out, &r, &dl);
	assert_null(strstr(out.ptr, "more like this"));
	assert_non_null(strstr(out.ptr, "b.md:20:1"));

	buf_clear(&out);
	r.is_verbose = false;
	r.is_quiet = true;
	report_write(&out, &r, &dl);
	assert_null(strstr(out.ptr, "b.md"));
	assert_non_null(strstr(out.ptr, "other"));
	buf_release(&out);
	arena_release(&a);
}

static void fill(struct diag_list *dl, struct arena *a)
{
	diag_init(dl, a);
	diag_add(dl, DIAG_ERROR, "fs/unreadable", STR("a \"b\".md"), (struct pos){ 2, 7 }, "50%% of, \"this\": that");
	diag_width(dl, 7);
	diag_hint(dl, "try 深");
	diag_relate(dl, STR("x.md"), (struct pos){ 3, 1 }, "first here");
	diag_add(dl, DIAG_WARNING, "fs/unwritable", STR_NONE, (struct pos){ 0, 0 }, "no file");
}

static struct value *json(struct arena *a, struct str text)
{
	struct diag_list dl;
	struct value *v = NULL;

	diag_init(&dl, a);
	assert_true(yaml_parse_json(a, STR("out"), text, &v, &dl));
	return v;
}

static int64_t number(const struct value *v, const char *path)
{
	const struct value *at = value_path(v, str_from(path));

	assert_non_null(at);
	assert_int_equal(at->type, VALUE_INTEGER);
	return at->as.integer;
}

static void writes_json_lines_as_lsp_has_them(void **state)
{
	struct arena a = { 0 };
	struct buf out = { 0 };
	struct report r = plain(REPORT_JSON);
	struct diag_list dl;
	struct str rest, line;
	const struct value *v;

	(void)state;
	fill(&dl, &a);
	report_write(&out, &r, &dl);
	rest = buf_str(&out);
	/* The one about no file sorts first. */
	assert_true(str_next(&rest, '\n', &line));
	v = json(&a, line);
	assert_true(str_eq(value_text(value_get(v, STR("file"))), STR("")));
	assert_int_equal(number(v, "severity"), 2);
	assert_true(str_next(&rest, '\n', &line));
	v = json(&a, line);
	assert_true(str_eq(value_text(value_get(v, STR("file"))), STR("a \"b\".md")));
	assert_true(str_eq(value_text(value_get(v, STR("code"))), STR("fs/unreadable")));
	assert_true(str_eq(value_text(value_get(v, STR("hint"))), STR("try 深")));
	assert_int_equal(number(v, "severity"), 1);
	assert_int_equal(number(v, "range.start.line"), 1);
	assert_int_equal(number(v, "range.start.character"), 6);
	assert_int_equal(number(v, "range.end.character"), 13);
	v = value_get(v, STR("relatedInformation"))->as.array.items[0];
	assert_int_equal(number(v, "location.range.start.line"), 2);
	buf_release(&out);
	arena_release(&a);
}

static void writes_sarif_that_names_rule_and_place(void **state)
{
	struct arena a = { 0 };
	struct buf out = { 0 };
	struct report r = plain(REPORT_SARIF);
	struct diag_list dl;
	const struct value *run, *result, *rules;
	size_t n;

	(void)state;
	fill(&dl, &a);
	report_write(&out, &r, &dl);
	run = value_get(json(&a, buf_str(&out)), STR("runs"))->as.array.items[0];
	diag_codes(&n);
	rules = value_path(run, STR("tool.driver.rules"));
	assert_int_equal(rules->as.array.len, n);
	assert_int_equal(value_get(run, STR("results"))->as.array.len, 2);
	result = value_get(run, STR("results"))->as.array.items[1];
	assert_true(str_eq(value_text(value_get(result, STR("level"))), STR("error")));
	assert_true(str_eq(value_text(value_get(rules->as.array.items[number(result, "ruleIndex")], STR("id"))),
			   STR("fs/unreadable")));
	result = value_get(result, STR("locations"))->as.array.items[0];
	assert_true(str_eq(value_text(value_path(result, STR("physicalLocation.artifactLocation.uri"))),
			   STR("a%20%22b%22.md")));
	assert_int_equal(number(result, "physicalLocation.region.startLine"), 2);
	assert_int_equal(number(result, "physicalLocation.region.endColumn"), 14);
	buf_release(&out);
	arena_release(&a);
}

static void writes_workflow_commands(void **state)
{
	struct arena a = { 0 };
	struct buf out = { 0 };
	struct report r = plain(REPORT_GITHUB);
	struct diag_list dl;

	(void)state;
	diag_init(&dl, &a);
	diag_add(&dl, DIAG_ERROR, "fs/unreadable", STR("a,b.md"), (struct pos){ 2, 7 }, "50%% of, this: that");
	diag_width(&dl, 7);
	diag_hint(&dl, "hint");
	r.root = STR("site");
	report_write(&out, &r, &dl);
	assert_string_equal(out.ptr, "::error file=site/a%2Cb.md,line=2,col=7,endColumn=14,title=fs/unreadable::"
				     "50%25 of, this: that%0Ahint\n");
	buf_release(&out);
	arena_release(&a);
}

static void names_files_as_the_site_does(void **state)
{
	struct arena a = { 0 };
	struct buf out = { 0 };
	struct report r = plain(REPORT_TEXT);
	struct diag_list dl;

	(void)state;
	r.root = STR("/srv/site");
	diag_init(&dl, &a);
	diag_add(&dl, DIAG_ERROR, "fs/unreadable", STR("/srv/site/content/b.md"), (struct pos){ 0, 0 }, "m");
	diag_add(&dl, DIAG_ERROR, "fs/unreadable", STR("/srv/sites/c.md"), (struct pos){ 0, 0 }, "m");
	report_write(&out, &r, &dl);
	assert_non_null(strstr(out.ptr, "--> content/b.md\n"));
	assert_non_null(strstr(out.ptr, "--> /srv/sites/c.md\n"));
	buf_release(&out);
	arena_release(&a);
}

static const struct {
	enum report_color wish;
	bool is_terminal;
	const char *no_color, *clicolor, *force, *term;
	bool expect;
} colors[] = {
	{ REPORT_AUTO, true, NULL, NULL, NULL, "xterm", true },
	{ REPORT_AUTO, false, NULL, NULL, NULL, "xterm", false },
	{ REPORT_AUTO, true, NULL, NULL, NULL, "dumb", false },
	{ REPORT_AUTO, true, "1", NULL, NULL, "xterm", false },
	{ REPORT_AUTO, true, "", NULL, NULL, "xterm", true },
	{ REPORT_AUTO, true, "1", NULL, "1", "xterm", false },
	{ REPORT_AUTO, true, NULL, "0", NULL, "xterm", false },
	{ REPORT_AUTO, false, NULL, "0", "1", "xterm", true },
	{ REPORT_AUTO, false, NULL, NULL, "0", "xterm", false },
	{ REPORT_ALWAYS, false, "1", "0", NULL, "dumb", true },
	{ REPORT_NEVER, true, NULL, "1", "1", "xterm", false },
};
static size_t color_row;

static const char *fake_env(const char *name)
{
	if (!strcmp(name, "NO_COLOR"))
		return colors[color_row].no_color;
	if (!strcmp(name, "CLICOLOR"))
		return colors[color_row].clicolor;
	if (!strcmp(name, "CLICOLOR_FORCE"))
		return colors[color_row].force;
	return colors[color_row].term;
}

static void honours_the_customs_of_colour(void **state)
{
	(void)state;
	for (color_row = 0; color_row < sizeof(colors) / sizeof(colors[0]); color_row++)
		if (report_wants_color(colors[color_row].wish, colors[color_row].is_terminal, fake_env) !=
		    colors[color_row].expect)
			fail_msg("row %zu", color_row);
}

static const struct {
	const char *code, *path;
	enum diag_severity severity;
	int expect;
} exits[] = {
	{ "fs/unreadable", "a.md", DIAG_WARNING, 0 },  { "toml/syntax", "content/a.md", DIAG_ERROR, 1 },
	{ "toml/syntax", "site.toml", DIAG_ERROR, 2 }, { "cli/unknown-option", "", DIAG_ERROR, 2 },
	{ "fs/unwritable", "public", DIAG_ERROR, 3 },
};

static void tells_by_exit_code_who_is_to_act(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
		struct arena a = { 0 };
		struct diag_list dl;

		diag_init(&dl, &a);
		diag_add(&dl, exits[i].severity, exits[i].code, str_from(exits[i].path), (struct pos){ 0, 0 }, "m");
		assert_int_equal(report_exit_code(&dl), exits[i].expect);
		arena_release(&a);
	}
}

static void counts_and_times_in_words(void **state)
{
	static const struct {
		uint64_t ns;
		const char *expect;
	} times[] = { { 840000, "840 µs" },
		      { 1200000, "1.2 ms" },
		      { 12400000, "12 ms" },
		      { 420000000, "420 ms" },
		      { 1420000000, "1.42 s" } };
	struct buf out = { 0 };

	(void)state;
	report_counts(&out, 2, 1);
	assert_string_equal(out.ptr, "2 errors, 1 warning");
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		buf_clear(&out);
		report_duration(&out, times[i].ns);
		assert_string_equal(out.ptr, times[i].expect);
	}
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_the_line_and_a_caret),
		cmocka_unit_test(cuts_long_lines_around_the_place),
		cmocka_unit_test(folds_what_repeats),
		cmocka_unit_test(writes_json_lines_as_lsp_has_them),
		cmocka_unit_test(writes_sarif_that_names_rule_and_place),
		cmocka_unit_test(writes_workflow_commands),
		cmocka_unit_test(names_files_as_the_site_does),
		cmocka_unit_test(honours_the_customs_of_colour),
		cmocka_unit_test(tells_by_exit_code_who_is_to_act),
		cmocka_unit_test(counts_and_times_in_words),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
