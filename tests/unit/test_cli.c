#include "app/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ARGS_MAX 12

/* Splits on spaces; '_' stands for a space within a word. */
static int split(char *line, char **argv)
{
	int n = 0;

	argv[n++] = line;
	for (char *at = line; *at; at++) {
		if (*at == ' ') {
			*at = 0;
			argv[n++] = at + 1;
			assert_true(n < ARGS_MAX);
		} else if (*at == '_') {
			*at = ' ';
		}
	}
	return n;
}

static bool parse(struct arena *a, const char *line, struct cli *cli, struct diag_list *dl)
{
	char *copy = str_z(a, str_from(line));
	char **argv = arena_array(a, char *, ARGS_MAX);

	diag_init(dl, a);
	return cli_parse(a, split(copy, argv), argv, cli, dl);
}

static const struct {
	const char *line, *code, *hint; /* hint: part of it */
} errors[] = {
	{ "dossier bild", "cli/unknown-command", "'build'" },
	{ "dossier frobnicate", "cli/unknown-command", "dossier help" },
	{ "dossier build --drafst", "cli/unknown-option", "'--drafts'" },
	{ "dossier build -x", "cli/unknown-option", "dossier help" },
	{ "dossier build --port 1", "cli/unknown-option", "serve" },
	{ "dossier --profile check", "cli/unknown-option", "build" },
	{ "dossier build --jobs", "cli/missing-value", "--jobs N" },
	{ "dossier build -j", "cli/missing-value", "--jobs N" },
	{ "dossier build --jobs four", "cli/bad-value", "whole number" },
	{ "dossier build -j-1", "cli/bad-value", "from 0 to 256" },
	{ "dossier build -j 100000", "cli/bad-value", "from 0 to 256" },
	{ "dossier build --drafts=yes", "cli/bad-value", "" },
	{ "dossier build --format jsn", "cli/bad-value", "'json'" },
	{ "dossier build --color sometimes", "cli/bad-value", "auto, always, never" },
	{ "dossier build --now 2026-13-01", "cli/bad-value", "2026-05-01" },
	{ "dossier build --now 2026", "cli/bad-value", "2026-05-01" },
	{ "dossier build --output=", "cli/missing-value", "" },
	{ "dossier build a b", "cli/unexpected-argument", "dossier build [DIR]" },
	{ "dossier version now", "cli/unexpected-argument", "dossier version" },
	{ "dossier new company", "cli/missing-argument", "KIND TITLE" },
	{ "dossier list", "cli/missing-argument", "WHAT" },
};

static void refuses_what_it_does_not_know(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct arena a = { 0 };
		struct diag_list dl;
		struct cli cli;

		assert_false(parse(&a, errors[i].line, &cli, &dl));
		assert_int_equal(dl.len, 1);
		assert_string_equal(dl.items[0].code, errors[i].code);
		if (!str_contains(dl.items[0].hint, str_from(errors[i].hint)))
			fail_msg("%s: hint '%.*s' lacks '%s'", errors[i].line, STR_ARG(dl.items[0].hint),
				 errors[i].hint);
		arena_release(&a);
	}
}

static void takes_values_in_every_form(void **state)
{
	static const char *const lines[] = {
		"dossier build -C site -j 4 -qD --now 2026-05-01",
		"dossier build --root=site --jobs=4 --quiet --drafts --now=2026-05-01",
		"dossier -Csite -j4 --drafts -q build --now 2026-05-01",
		"dossier build --drafts -qj4 -C other -C site --now 2026-05-01",
		"dossier build -Dqj 4 --now 2026-05-01 -- site",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct arena a = { 0 };
		struct diag_list dl;
		struct cli cli;

		assert_true(parse(&a, lines[i], &cli, &dl));
		assert_int_equal(cli.command, CLI_BUILD);
		assert_true(str_eq(cli.root, STR("site")));
		assert_true(str_eq(cli.now, STR("2026-05-01")));
		assert_int_equal(cli.jobs, 4);
		assert_true(cli.quiet && cli.drafts && !cli.future && !cli.verbose);
		arena_release(&a);
	}
}

static void gives_arguments_to_the_command(void **state)
{
	struct arena a = { 0 };
	struct diag_list dl;
	struct cli cli;

	(void)state;
	assert_true(parse(&a, "dossier new -C site company Some_name", &cli, &dl));
	assert_int_equal(cli.command, CLI_NEW);
	assert_int_equal(cli.n_args, 2);
	assert_true(str_eq(cli.args[1], STR("Some name")));
	assert_true(str_eq(cli.root, STR("site")));

	assert_true(parse(&a, "dossier new company -- --odd-name", &cli, &dl));
	assert_true(str_eq(cli.args[1], STR("--odd-name")));

	assert_true(parse(&a, "dossier build -C sites one", &cli, &dl));
	assert_true(str_eq(cli.root, STR("sites/one")));

	assert_true(parse(&a, "dossier build", &cli, &dl));
	assert_true(str_eq(cli.root, STR(".")));
	arena_release(&a);
}

static void knows_when_nothing_is_asked(void **state)
{
	struct arena a = { 0 };
	struct diag_list dl;
	struct cli cli;

	(void)state;
	assert_true(parse(&a, "dossier", &cli, &dl));
	assert_int_equal(cli.command, CLI_NONE);
	assert_true(parse(&a, "dossier new --help", &cli, &dl));
	assert_true(cli.help);
	assert_true(parse(&a, "dossier --version", &cli, &dl));
	assert_true(cli.version);
	arena_release(&a);
}

/* The table itself: what a new row could get wrong. */
static void has_a_sound_table_of_options(void **state)
{
	size_t n;
	const struct cli_option *o = cli_options(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(o[i].name, o[j].name);
			if (o[i].letter)
				assert_int_not_equal(o[i].letter, o[j].letter);
		}
		assert_int_equal(o[i].type == CLI_FLAG, o[i].metavar == NULL);
		assert_int_equal(o[i].type == CLI_CHOICE, o[i].choices != NULL);
		assert_true(o[i].offset < sizeof(struct cli));
		if (o[i].help)
			assert_int_not_equal(o[i].help[strlen(o[i].help) - 1], '.');
	}
}

static void prints_help_that_fits_a_terminal(void **state)
{
	(void)state;
	for (size_t i = 0; i <= CLI_COMMANDS; i++) {
		struct buf b = { 0 };
		struct str rest, line;

		cli_write_help(&b, (enum cli_command_id)i);
		rest = buf_str(&b);
		assert_true(str_starts(rest, STR("Usage: dossier ")));
		while (str_next(&rest, '\n', &line))
			if (line.len > 80)
				fail_msg("longer than 80 columns: %.*s", STR_ARG(line));
		buf_release(&b);
	}
}

static void documents_every_option(void **state)
{
	struct buf markdown = { 0 }, man = { 0 };
	struct arena a = { 0 };
	size_t n;
	const struct cli_option *o = cli_options(&n);

	(void)state;
	cli_write_markdown(&markdown);
	cli_write_man(&man);
	for (size_t i = 0; i < n; i++) {
		if (!o[i].help)
			continue;
		assert_true(str_contains(buf_str(&markdown), str_format(&a, "`--%s", o[i].name)));
		assert_true(str_contains(buf_str(&man), str_from(o[i].metavar ? o[i].metavar : "\\-\\-")));
	}
	for (size_t i = 0; i < CLI_COMMANDS; i++)
		assert_true(str_contains(buf_str(&markdown),
					 str_format(&a, "## dossier %s\n", cli_command((enum cli_command_id)i)->name)));
	buf_release(&markdown);
	buf_release(&man);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_it_does_not_know),  cmocka_unit_test(takes_values_in_every_form),
		cmocka_unit_test(gives_arguments_to_the_command), cmocka_unit_test(knows_when_nothing_is_asked),
		cmocka_unit_test(has_a_sound_table_of_options),   cmocka_unit_test(prints_help_that_fits_a_terminal),
		cmocka_unit_test(documents_every_option),
	};

	return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
