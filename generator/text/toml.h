#ifndef TOML_H
#define TOML_H

#include "base/diag.h"
#include "base/value.h"

/*
 * toml - reads TOML 1.0.0 (https://toml.io/en/v1.0.0) into a value tree.
 *
 * Linear in the size of the input; nesting is limited to TOML_MAX_DEPTH, the
 * input to TOML_MAX_BYTES. Errors are diagnostics "toml/…"; reading goes on
 * after an error at the next line, so that several are reported, and ends
 * after TOML_MAX_ERRORS. Line ends in strings of several lines are read as LF.
 * Fractions of a second are cut to nanoseconds. A second 60 is accepted where
 * a leap second can be.
 */
#define TOML_MAX_DEPTH 128
#define TOML_MAX_BYTES (64 << 20)
#define TOML_MAX_ERRORS 100

/*
 * `text` is the document, `path` the name for messages, `first_line` the line
 * number of its first line (front matter does not start at 1). The tree lives
 * in `a` and borrows nothing from `text`. *out is a table, also on failure
 * (what could be read). A table's position is that of its header or opening
 * brace, else of the key that made it; a [[list]] has that of its first header.
 */
bool toml_parse(struct arena *a, struct str path, struct str text, uint32_t first_line, struct value **out,
		struct diag_list *dl);

#endif
