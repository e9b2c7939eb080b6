#ifndef CLI_H
#define CLI_H

#include "base/diag.h"
#include "base/str.h"

/*
 * cli - the command line: one table of commands and one of options, which the
 * parser, the help texts, docs/reference/cli.md and the man page all read.
 *
 * Options may stand before or after the command: `--name value`, `--name=value`,
 * `-n value`, `-nvalue`, and flags combined as in `-qD`; `--` ends them. What is
 * given twice counts as given last. Anything unknown is a diagnostic "cli/…"
 * with a suggestion; nothing is guessed.
 */
enum cli_command_id {
	CLI_INIT,
	CLI_NEW,
	CLI_BUILD,
	CLI_SERVE,
	CLI_CHECK,
	CLI_LIST,
	CLI_EXPLAIN,
	CLI_TEMPLATES,
	CLI_CONFIG,
	CLI_LUA_API,
	CLI_CLEAN,
	CLI_VERSION,
	CLI_HELP,
	CLI_COMMANDS,
	CLI_NONE = CLI_COMMANDS,
};

enum cli_type {
	CLI_FLAG,   /* bool */
	CLI_TEXT,   /* struct str */
	CLI_NUMBER, /* int64_t, min..max */
	CLI_CHOICE, /* struct str, one of choices */
	CLI_DAY,    /* struct str that date_parse takes as a day or a time */
};

struct cli_option {
	const char *name; /* without dashes */
	char letter;      /* 0: none */
	enum cli_type type;
	size_t offset;       /* of its field in struct cli */
	uint32_t commands;   /* bit per enum cli_command_id; CLI_ALL: every command */
	const char *metavar; /* "DIR"; flags: NULL */
	const char *choices; /* CLI_CHOICE: "a|b|c" */
	const char *help;    /* one sentence without full stop; NULL: not shown */
	int64_t min, max;    /* CLI_NUMBER */
};
#define CLI_ALL 0xffffffffu

struct cli_command {
	const char *name;
	const char *arguments; /* "[DIR]", "KIND TITLE"; empty: none */
	size_t min_args, max_args;
	const char *summary; /* one line */
	const char *details; /* paragraphs for `help NAME`; Markdown that also reads as text */
	bool takes_root;     /* its first argument is the site's folder */
};

struct cli {
	enum cli_command_id command; /* CLI_NONE: none was given */
	struct str *args;            /* what is neither option nor command */
	size_t n_args;

	struct str root;   /* the site's folder: -C, joined with the argument of commands that take one; "." by default */
	struct str config; /* empty: site.toml in the root */
	struct str output; /* empty: as configured */
	struct str base_url, format, now, color;
	bool drafts, future, strict, no_cache, quiet, verbose, help, version;
	int64_t jobs; /* 0: one per core */

	bool explain, offline, book, profile, verify, swap; /* build */
	struct str changed_list, zip;
	struct str bind; /* serve; empty: as configured */
	int64_t port;    /* 0: as configured */
	bool open, no_reload, poll;
	bool stale;                         /* check */
	bool unlinked, ambiguous, missing;  /* list mentions */
	struct str kind;                    /* list */
	bool force, copy, effective, all;   /* init, new, templates; templates; config; explain */
	bool markdown, man;                 /* help: what docs/ are made from */
};

/* argv[0] is skipped. Borrows from argv. False when there was an error in `dl`. */
bool cli_parse(struct arena *a, int argc, char **argv, struct cli *out, struct diag_list *dl);

const struct cli_command *cli_command(enum cli_command_id id);
const struct cli_option *cli_options(size_t *n);
/* CLI_NONE when there is none of that name. */
enum cli_command_id cli_find_command(struct str name);

/* The overview (CLI_NONE) or the help of one command, for a terminal 80 columns wide. */
void cli_write_help(struct buf *b, enum cli_command_id id);
/* All commands and options as Markdown, and as man(7) source: the middle parts of docs/reference/cli.md and docs/dossier.1. */
void cli_write_markdown(struct buf *b);
void cli_write_man(struct buf *b);

#endif
