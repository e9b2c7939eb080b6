#ifndef YAML_TEXT_H
#define YAML_TEXT_H

#include "base/str.h"

/*
 * yaml_text - the text of scalars, from the source (YAML 1.2, 7.3.2 and 8.1).
 * Private to yaml*.c.
 *
 * Written here because libfyaml 0.7 leaks memory on '' in single quotes, and
 * gives text of a wrong length, with what lay in memory behind it, for some
 * block scalars. Lines end with LF.
 */

/* What stands between the quotes. */
struct str yaml_text_single_quoted(struct arena *a, struct str s);

/*
 * The block scalar whose text begins with the line at `start` of `source`; its
 * header ("|", ">-", "|2 # comment") ends the line before, somewhere behind
 * `after`. `parent` is the indentation of what it belongs to. *end is the
 * beginning of the first line that is no part of it. False when there is no header.
 */
bool yaml_text_block(struct arena *a, struct str source, size_t after, size_t start, size_t parent, struct str *out,
		     size_t *end);

#endif
