#include "app/cli.h"

#include <string.h>

/* Column where explanations begin, and the width of a terminal that is sure to be there. */
#define HELP_COLUMN 26
#define HELP_WIDTH 80

static void pad(struct buf *b, size_t n)
{
	while (n-- > 0)
		buf_add_char(b, ' ');
}

/* Breaks text between words, so that no line is longer than HELP_WIDTH; the first line starts at column `at`. */
static void wrap(struct buf *b, struct str text, size_t at, size_t indent)
{
	struct str word;

	while (str_next(&text, ' ', &word)) {
		if (at > indent && at + 1 + word.len > HELP_WIDTH) {
			buf_add_char(b, '\n');
			pad(b, indent);
			at = indent;
		} else if (at > indent) {
			buf_add_char(b, ' ');
			at++;
		}
		buf_add(b, word);
		at += word.len;
	}
	buf_add_char(b, '\n');
}

/* "-o, --output DIR" */
static void option_name(struct buf *b, const struct cli_option *o)
{
	if (o->letter)
		buf_add_format(b, "-%c, --%s", o->letter, o->name);
	else
		buf_add_format(b, "    --%s", o->name);
	if (o->metavar)
		buf_add_format(b, " %s", o->metavar);
}

static void option_help(struct buf *b, const struct cli_option *o)
{
	buf_add_z(b, o->help);
	if (o->choices) {
		struct str rest = str_from(o->choices), part;
		const char *sep = ": ";

		while (str_next(&rest, '|', &part)) {
			buf_add_format(b, "%s%.*s", sep, STR_ARG(part));
			sep = ", ";
		}
	}
}

static void list_options(struct buf *b, const char *title, enum cli_command_id id, bool common)
{
	size_t n;
	const struct cli_option *o = cli_options(&n);
	bool is_first = true;

	for (size_t i = 0; i < n; i++) {
		struct buf help = { 0 };
		size_t start;

		if (!o[i].help || (o[i].commands == CLI_ALL) != common || (!common && !(o[i].commands & (1u << id))))
			continue;
		if (is_first)
			buf_add_format(b, "\n%s\n", title);
		is_first = false;
		start = b->len;
		buf_add_z(b, "  ");
		option_name(b, &o[i]);
		if (b->len - start < HELP_COLUMN) {
			pad(b, HELP_COLUMN - (b->len - start));
		} else {
			buf_add_char(b, '\n');
			pad(b, HELP_COLUMN);
		}
		option_help(&help, &o[i]);
		wrap(b, buf_str(&help), HELP_COLUMN, HELP_COLUMN);
		buf_release(&help);
	}
}

static void overview(struct buf *b)
{
	buf_add_z(b, "Usage: dossier COMMAND [OPTIONS] [ARGUMENTS]\n\n"
		     "Turns a folder of Markdown into a briefing site.\n\nCommands:\n");
	for (size_t i = 0; i < CLI_COMMANDS; i++) {
		const struct cli_command *c = cli_command((enum cli_command_id)i);
		size_t start = b->len;

		buf_add_format(b, "  %s%s%s", c->name, *c->arguments ? " " : "", c->arguments);
		pad(b, b->len - start < HELP_COLUMN ? HELP_COLUMN - (b->len - start) : 1);
		wrap(b, str_from(c->summary), HELP_COLUMN, HELP_COLUMN);
	}
	list_options(b, "Options of every command:", CLI_NONE, true);
	buf_add_z(b, "\n'dossier help COMMAND' tells more. Exit status: 0 clean, 1 errors in the site,\n"
		     "2 wrong usage or configuration, 3 the environment failed.\n");
}

/* Backquotes are for Markdown; a terminal shows the words without them. */
static void plain(struct buf *b, const char *text)
{
	for (; *text; text++)
		if (*text != '`')
			buf_add_char(b, *text);
}

void cli_write_help(struct buf *b, enum cli_command_id id)
{
	const struct cli_command *c;
	struct buf text = { 0 };

	if (id == CLI_NONE) {
		overview(b);
		return;
	}
	c = cli_command(id);
	buf_add_format(b, "Usage: dossier %s [OPTIONS]%s%s\n\n", c->name, *c->arguments ? " " : "", c->arguments);
	plain(&text, c->details);
	wrap(b, buf_str(&text), 0, 0);
	list_options(b, "Options:", id, false);
	list_options(b, "Options of every command:", id, true);
	buf_release(&text);
}

static void markdown_options(struct buf *b, enum cli_command_id id, bool common)
{
	size_t n;
	const struct cli_option *o = cli_options(&n);
	bool is_first = true;

	for (size_t i = 0; i < n; i++) {
		if (!o[i].help || (o[i].commands == CLI_ALL) != common || (!common && !(o[i].commands & (1u << id))))
			continue;
		if (is_first)
			buf_add_z(b, "\n| option | meaning |\n|---|---|\n");
		is_first = false;
		buf_add_z(b, "| ");
		if (o[i].letter)
			buf_add_format(b, "`-%c`, ", o[i].letter);
		buf_add_format(b, "`--%s%s%s` | ", o[i].name, o[i].metavar ? " " : "",
			       o[i].metavar ? o[i].metavar : "");
		option_help(b, &o[i]);
		buf_add_z(b, " |\n");
	}
}

void cli_write_markdown(struct buf *b)
{
	buf_add_z(b, "## Options of every command\n");
	markdown_options(b, CLI_NONE, true);
	for (size_t i = 0; i < CLI_COMMANDS; i++) {
		const struct cli_command *c = cli_command((enum cli_command_id)i);

		buf_add_format(b, "\n## dossier %s\n\n", c->name);
		buf_add_format(b, "```\ndossier %s [OPTIONS]%s%s\n```\n\n", c->name, *c->arguments ? " " : "",
			       c->arguments);
		buf_add_format(b, "%s\n", c->details);
		markdown_options(b, (enum cli_command_id)i, false);
	}
}

/* roff takes '-' as a hyphen, a backslash as an escape, and a dot or quote at the start of a line as a request. */
static void roff(struct buf *b, const char *text)
{
	for (; *text; text++) {
		if (*text == '-')
			buf_add_z(b, "\\-");
		else if (*text == '\\')
			buf_add_z(b, "\\e");
		else if (*text != '`')
			buf_add_char(b, *text);
	}
}

static void man_options(struct buf *b, enum cli_command_id id, bool common)
{
	size_t n;
	const struct cli_option *o = cli_options(&n);

	for (size_t i = 0; i < n; i++) {
		struct buf help = { 0 };

		if (!o[i].help || (o[i].commands == CLI_ALL) != common || (!common && !(o[i].commands & (1u << id))))
			continue;
		buf_add_z(b, ".TP\n");
		if (o[i].letter)
			buf_add_format(b, "\\fB\\-%c\\fR, ", o[i].letter);
		buf_add_z(b, "\\fB\\-\\-");
		roff(b, o[i].name);
		buf_add_z(b, "\\fR");
		if (o[i].metavar)
			buf_add_format(b, " \\fI%s\\fR", o[i].metavar);
		buf_add_char(b, '\n');
		option_help(&help, &o[i]);
		roff(b, help.ptr);
		buf_add_char(b, '\n');
		buf_release(&help);
	}
}

void cli_write_man(struct buf *b)
{
	buf_add_z(b, ".SH COMMANDS\n");
	for (size_t i = 0; i < CLI_COMMANDS; i++) {
		const struct cli_command *c = cli_command((enum cli_command_id)i);

		buf_add_z(b, ".SS \"");
		roff(b, c->name);
		buf_add_format(b, "%s%s\"\n", *c->arguments ? " " : "", c->arguments);
		roff(b, c->details);
		buf_add_char(b, '\n');
		man_options(b, (enum cli_command_id)i, false);
	}
	buf_add_z(b, ".SH OPTIONS\nEvery command takes these.\n");
	man_options(b, CLI_NONE, true);
}
