#ifndef PATH_H
#define PATH_H

#include <stdbool.h>

#include "base/str.h"

/*
 * path - names with '/': purely of strings, never looks at a disk.
 */
struct str path_join(struct arena *a, struct str dir, struct str name); /* an absolute name replaces dir */
/* "a/./b//../c" to "a/c"; false (and *out empty) when it climbs above its start. */
bool path_normalize(struct arena *a, struct str path, struct str *out);
struct str path_dir(struct str path);  /* "a/b.md" to "a"; "b.md" to "" */
struct str path_base(struct str path); /* "a/b.md" to "b.md" */
struct str path_stem(struct str path); /* "a/b.md" to "b" */
struct str path_ext(struct str path);  /* "a/b.md" to ".md"; dotfiles have none */
bool path_is_absolute(struct str path);
bool path_is_within(struct str path, struct str dir); /* both normalized; equal counts */
/* Relative reference from the folder of URL path `from` to URL path `to`, both absolute ("/a/b/", "/c/"): "../../c/". */
struct str path_relative_url(struct arena *a, struct str from, struct str to);

#endif
