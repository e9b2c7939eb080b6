#ifndef COMMANDS_H
#define COMMANDS_H

#include "app/build.h"
#include "app/cli.h"
#include "app/report.h"

/*
 * commands - what each word of the command line does.
 *
 * A command prints its data on standard output and its talk on standard error,
 * adds diagnostics to `dl`, and returns an exit code; 0 leaves the code to what
 * the diagnostics say (report_exit_code). Nothing here outlives the call.
 */
struct commands {
	struct arena *arena;
	const struct cli *cli;
	const struct report *report;
	struct diag_list *dl;
	bool is_reported; /* the diagnostics were printed already */
};

enum { COMMANDS_CLEAN = 0, COMMANDS_SITE = 1, COMMANDS_USAGE = 2, COMMANDS_ENVIRONMENT = 3 };

#define COMMANDS_VERSION "0.1.0"

int commands_run(struct commands *c);

int commands_init(struct commands *c);
int commands_new(struct commands *c);
int commands_templates(struct commands *c);
int commands_config(struct commands *c);
int commands_build(struct commands *c);
int commands_check(struct commands *c);
int commands_list(struct commands *c);
int commands_serve(struct commands *c);
int commands_clean(struct commands *c);
int commands_lua_api(struct commands *c);

/* For commands: `file` in the site's folder, as a name on disk. */
struct str commands_file(const struct commands *c, struct str path);
/* site.toml (or --config) with the command line's overrides; defaults where there is none. */
bool commands_load_config(struct commands *c, struct config *out);
/* The command line's options of a build; the progress line is drawn for `c`, which outlives them. */
struct build_options commands_build_options(struct commands *c);
/*
 * build_run into a tree beside the output folder, which takes its place at once when all is well (--swap). A server sees
 * the old site or the new one, never half of each.
 */
enum build_status commands_build_swapped(struct commands *c, const struct build_options *opt, struct build_result *out);
/*
 * Builds anew into a folder of its own, which goes again, and compares with what `r` published; "build/not-clean" for
 * every file that differs (--verify). The options name the build date that `r` had.
 */
enum build_status commands_verify(struct commands *c, const struct build_options *opt, const struct build_result *r);
/* Removes what builds of those two kinds left beside `output` that were killed, unless one is at work there. */
void commands_clear_beside(struct commands *c, struct str output);
/* Writes an archive of all files in a folder, under the name of the archive (--zip). The same files give the same bytes. */
bool commands_zip(struct commands *c, struct str dir, struct str file);
/* Data for standard output, at once. */
void commands_print(const struct buf *b);
/* One line of talk on standard error, unless --quiet. */
void commands_say(const struct commands *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
