#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/commands.h"
#include "text/markdown.h"

static const char *env(const char *name)
{
	return getenv(name);
}

static enum report_color color_wish(struct str word)
{
	if (str_eq(word, STR("always")))
		return REPORT_ALWAYS;
	return str_eq(word, STR("never")) ? REPORT_NEVER : REPORT_AUTO;
}

int main(int argc, char **argv)
{
	struct arena arena = { 0 };
	struct diag_list dl;
	struct cli cli;
	struct report report = { 0 };
	struct commands commands = { &arena, &cli, &report, &dl, false };
	bool is_terminal = isatty(STDERR_FILENO) == 1, ok;
	int code = COMMANDS_CLEAN, found = COMMANDS_CLEAN;

	diag_init(&dl, &arena);
	ok = cli_parse(&arena, argc, argv, &cli, &dl);
	/* Elsewhere --format is about the data, and diagnostics stay talk. */
	if (ok && (cli.command == CLI_BUILD || cli.command == CLI_CHECK))
		report.format = report_format_of(cli.format);
	report.has_color = report_wants_color(color_wish(cli.color), is_terminal, env);
	report.is_terminal = is_terminal && report.format == REPORT_TEXT;
	report.is_quiet = cli.quiet;
	report.is_verbose = cli.verbose;
	report.root = cli.root;
	if (ok && cli.command == CLI_NONE && !cli.help && !cli.version) {
		struct buf out = { 0 };

		cli_write_help(&out, CLI_NONE);
		fwrite(out.ptr, 1, out.len, stderr);
		buf_release(&out);
		code = COMMANDS_USAGE;
	} else if (ok) {
		/* The library has tables of its own, to be filled before there are threads. */
		markdown_setup();
		code = commands_run(&commands);
	}
	if (!commands.is_reported)
		found = report_flush(&report, &dl);
	if (code == COMMANDS_CLEAN)
		code = found;
	arena_release(&arena);
	/* A full disk behind a pipe or a file is found out only here. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs("dossier: standard output cannot be written\n", stderr);
		code = COMMANDS_ENVIRONMENT;
	}
	return code;
}
