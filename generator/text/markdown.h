#ifndef MARKDOWN_H
#define MARKDOWN_H

#include "base/diag.h"
#include "base/doc.h"

/*
 * markdown - Markdown to doc; the only door to libcmark-gfm.
 *
 * CommonMark 0.29 + GFM tables, task lists and footnotes by cmark-gfm;
 * strikethrough, bare-URL links, callouts, wikilinks, citations, embeds and
 * shortcodes by passes of ours over cmark's tree (cmark-gfm's strikethrough and
 * autolink extensions are not thread-safe). Thread-safe after markdown_setup().
 *
 * Positions are exact: a text node's bytes are the file's at its doc_sources
 * (doc.h says which are not). Input on which cmark would take quadratic time is
 * refused; what is not takes under two seconds. Known to differ from cmark-gfm:
 * emphasis beside stray tildes or a URL's last backslash or backtick.
 */
struct markdown_options {
	bool plain;  /* CommonMark alone: no extensions, no dialect */
	bool gfm;    /* GFM (tables, task lists, strikethrough, autolinks), no footnotes, no dialect */
	bool unsafe; /* keep raw HTML; otherwise it is left out with a warning "markdown/raw-html" (once per file) */
	bool is_text; /* it is known to be UTF-8 without NUL bytes */
	size_t max_bytes; /* refuse larger input; 0: MARKDOWN_MAX_BYTES */
};
#define MARKDOWN_MAX_BYTES ((size_t)1 << 20)

/* Registers extensions; once, before any thread. */
void markdown_setup(void);

/* One per worker: buffers that are used again for each page. */
struct markdown;
struct markdown *markdown_new(void);
void markdown_free(struct markdown *m);

/*
 * Parses file text from byte offset `body` on (front matter ends there);
 * positions count from the start of the file. The doc lies in `a`. NULL when
 * the input is refused ("markdown/hostile", "markdown/too-large", "markdown/not-utf8",
 * "markdown/nul-byte", and on a site "markdown/control-byte"). Unclosed shortcodes and
 * the like are diagnostics, too: at most 200 a page.
 */
struct doc *markdown_parse(struct markdown *m, struct arena *a, struct str path, struct str text, size_t body,
			   const struct markdown_options *opt, struct diag_list *dl);

#endif
