#ifndef REPORT_H
#define REPORT_H

#include "base/diag.h"
#include "base/str.h"

/*
 * report - what was found, in words: diagnostics as text with the line they
 * speak of and a caret under the place, as JSON lines, as SARIF 2.1.0, or as
 * GitHub's workflow commands. Writes into a buf; only report_flush, the progress
 * line and main touch a stream.
 *
 * Text goes to standard error, the other formats are data and go to standard
 * output. Positions of the data formats count code points, from 0 in JSON (the
 * encoding that LSP calls utf-32) and from 1 elsewhere.
 */
enum report_format { REPORT_TEXT, REPORT_JSON, REPORT_SARIF, REPORT_GITHUB };
enum report_color { REPORT_AUTO, REPORT_ALWAYS, REPORT_NEVER };

struct report {
	enum report_format format;
	bool has_color;
	bool is_quiet;    /* errors only, no summary, no progress */
	bool is_verbose;  /* nothing is folded */
	bool is_terminal; /* standard error is one: a progress line may be drawn */
	struct str root;  /* the site's folder: diag paths are relative to it; "" for none */
	/* The text of `path`, as it was when it was read; NULL: read from disk. For tests and for files that are no more. */
	bool (*source)(void *ctx, struct str path, struct str *text);
	void *ctx;
};

/*
 * Colours as the environment wants them: --color, then NO_COLOR (not empty), then
 * CLICOLOR_FORCE (not "0"), then CLICOLOR=0, then whether it is a terminal that is not "dumb".
 */
bool report_wants_color(enum report_color wish, bool is_terminal, const char *(*env)(const char *name));
/* "text", "json", …; empty: text. */
enum report_format report_format_of(struct str name);

/* All of a list, which is sorted first. */
void report_write(struct buf *out, const struct report *r, struct diag_list *dl);

/* Parts of it, for those who write the formats. */
void report_text(struct buf *out, const struct report *r, const struct diag_list *dl);
void report_json(struct buf *out, const struct diag_list *dl);
void report_sarif(struct buf *out, const struct diag_list *dl);
void report_github(struct buf *out, const struct report *r, const struct diag_list *dl);

/* "2 errors, 1 warning"; "" when there is neither. */
void report_counts(struct buf *out, size_t errors, size_t warnings);
/* "0.42 s", "12 ms", "840 µs" */
void report_duration(struct buf *out, uint64_t nanoseconds);

/* 0 clean, 1 errors in the site, 2 wrong usage or configuration, 3 the environment failed. */
int report_exit_code(const struct diag_list *dl);

/* Writes the list where its format belongs and gives the exit code. */
int report_flush(const struct report *r, struct diag_list *dl);
/* A line that the next one replaces: on a terminal only. report_progress_end takes it away. */
void report_progress(const struct report *r, const char *stage, size_t done, size_t total);
void report_progress_end(const struct report *r);

#endif
