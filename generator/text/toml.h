#ifndef TOML_H
#define TOML_H

#include "base/diag.h"
#include "base/value.h"

/*
 * toml - reads TOML 1.0.0 (https://toml.io/en/v1.0.0) into a value tree.
 *
 * Linear in the size of the input; nesting is limited to TOML_MAX_DEPTH.
 * Errors are diagnostics "toml/…"; reading goes on after an error at the next
 * line so that several are reported, and the result is then false.
 */
#define TOML_MAX_DEPTH 128

/*
 * `text` is the document, `path` the name for messages, `first_line` the line
 * number of its first line (front matter does not start at 1). The tree lives
 * in `a` and borrows nothing from `text`. *out is a table, also on failure
 * (what could be read).
 */
bool toml_parse(struct arena *a, struct str path, struct str text, uint32_t first_line, struct value **out,
		struct diag_list *dl);

#endif
