#ifndef MARKUP_H
#define MARKUP_H

#include "base/buf.h"
#include "base/doc.h"

/*
 * markup - doc to HTML, as cmark-gfm writes it (the specifications' examples
 * are its tests), with hooks for what only a site can know.
 */

/*
 * A stretch of text that becomes something else: an automatic link. Sorted by
 * node, then offset. It may run beyond its node's text into the soft breaks
 * (one byte each) and texts that follow directly in the same element: names
 * are broken over lines. The hook then has the whole text, breaks as '\n'.
 */
struct markup_span {
	uint32_t node;    /* index of the DOC_TEXT it begins in */
	uint32_t off, len; /* bytes, from the start of that node's text */
	uint32_t ref;     /* for the hook: whatever the caller wants */
};

struct markup {
	const struct markup_span *spans;
	size_t n_spans;
	bool heading_ids;  /* <h2 id="…"> and a self link */
	bool tagfilter;    /* GFM's disallowed raw HTML */
	bool unsafe;       /* raw HTML and dangerous URL schemes pass */
	bool accessible;   /* tasks are named by their text, cells aligned by classes: not so in the specifications' examples */
	int heading_shift; /* added to levels, clamped to 1..6 */
	struct str id_prefix; /* before the ids of footnotes and headings, for pages printed together */
	const struct str *callout_titles; /* five, as in doc.h (note, tip, important, warning, caution); NULL: English */
	void *ctx;
	/*
	 * Each may be NULL: then the plain form is written. `open` is true before the
	 * children (for nodes that may have some) and false after them.
	 */
	void (*link)(void *ctx, struct buf *out, const struct doc *d, uint32_t node, bool open);     /* DOC_LINK */
	/* Its children are written between; when there are none, the hook writes the text at `open`. */
	void (*wikilink)(void *ctx, struct buf *out, const struct doc *d, uint32_t node, bool open);
	void (*image)(void *ctx, struct buf *out, const struct doc *d, uint32_t node, struct str alt);
	void (*span)(void *ctx, struct buf *out, const struct markup_span *span, struct str text);
	void (*citation)(void *ctx, struct buf *out, const struct doc *d, uint32_t node);
	void (*embed)(void *ctx, struct buf *out, const struct doc *d, uint32_t node);     /* block and inline */
	void (*footnote)(void *ctx, struct buf *out, const struct doc *d, uint32_t node);  /* a mark, not a definition */
	void (*shortcode)(void *ctx, struct buf *out, const struct doc *d, uint32_t node, struct str body); /* body: its children as HTML */
	void (*code)(void *ctx, struct buf *out, const struct doc *d, uint32_t node);      /* code blocks, for highlighting */
};

/* Writes nodes from..to-1 of the doc. */
void markup_html(struct buf *out, const struct doc *d, uint32_t from, uint32_t to, const struct markup *m);

#endif
