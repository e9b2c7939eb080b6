#ifndef BODY_H
#define BODY_H

#include "base/buf.h"
#include "site/factset.h"
#include "site/href.h"
#include "site/site.h"

/*
 * body - the text of a page as HTML: links, notes, embeds and automatic links
 * in their place. Notes every fact it reads.
 *
 * On the page's own output (href->from is its URL) headings, notes and
 * footnotes have ids. Anywhere else - embedded, in a list, in a feed - they
 * have none, and notes lead to the page the text belongs to. In a print edition
 * (href->inside) ids begin with the page's place in it, headings are two levels
 * deeper, and notes are those of the whole edition.
 */
struct body {
	const struct site *site;
	const struct href *href;
	struct factset *facts; /* NULL: nobody wants to know */
	struct arena *scratch; /* for the time of one render */
	/* {{< name … >}}: the engine's shortcode template; false when it failed. NULL: only what it encloses is written. */
	bool (*shortcode)(void *ctx, struct buf *out, const struct page *p, struct str name, struct str args, struct str body,
			  struct pos at);
	/* ![[fact-id]]: the theme's figure; false when it failed. NULL: the value with a link. */
	bool (*figure)(void *ctx, struct buf *out, const struct fact *f, bool is_block);
	void *ctx;
	uint32_t depth;  /* of embeds; zero at the start */
	uint32_t embeds; /* written so far; private */
};

/* Embeds in embeds, and in all of one text: beyond these a link stands in their place. */
#define BODY_MAX_DEPTH 8
#define BODY_MAX_EMBEDS 1000

/* The whole text of `p`. */
void body_write(struct buf *out, struct body *b, const struct page *p);
/*
 * A short text from front matter (explanations): paragraphs as HTML. Wikilinks
 * and citations are links where they mean one page, citations one source;
 * else wikilinks are only their text.
 */
void body_write_doc(struct buf *out, struct body *b, const struct doc *d);
/* A backlink's sentence as HTML with the target's names in <mark>; nothing for pages that only tag it. */
void body_write_sentence(struct buf *out, struct body *b, const struct page *from, const struct backlink *link,
			 const struct page *target);
/* <a href="…">text</a> to a page; empty text: its title. */
void body_write_link(struct buf *out, struct body *b, const struct page *to, struct str text);
/* Writes what href_write gives for path (and "#anchor" when not empty), escaped for an attribute. */
void body_write_href(struct buf *out, const struct href *h, struct str path, struct str anchor);

#endif
