#ifndef EMBED_H
#define EMBED_H

#include <stddef.h>

/*
 * embed - the files that the binary carries inside itself: the default theme
 * (templates/ and assets/theme/), the site that `dossier init` writes, and the
 * Lua prelude. The arrays are written at build time by tools/embed.c, live as
 * long as the program and are never written to; each file is followed by a NUL
 * byte that its length does not count.
 */
struct embed_file {
	const char *name; /* from the root of the sources: "templates/base.html", "assets/theme/site.css" */
	const unsigned char *bytes;
	size_t len;
};

extern const struct embed_file embed_theme[]; /* sorted by name (bytes) */
extern const size_t embed_theme_len;

extern const struct embed_file embed_skeleton[]; /* names from the new site's root: "content/index.md" */
extern const size_t embed_skeleton_len;

extern const unsigned char embed_prelude_lua[];
extern const size_t embed_prelude_lua_len;

#endif
