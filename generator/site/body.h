#ifndef BODY_H
#define BODY_H

#include "base/buf.h"
#include "site/factset.h"
#include "site/href.h"
#include "site/site.h"

/*
 * body - the text of a page as HTML: links, notes, embeds and automatic links
 * in their place. Notes every fact it reads.
 */
struct body {
	const struct site *site;
	const struct href *href;
	struct factset *facts;
	struct arena *scratch; /* for the time of one render */
	/* {{< name … >}}: the engine's shortcode template; false when it failed. May be NULL: left out. */
	bool (*shortcode)(void *ctx, struct buf *out, const struct page *p, struct str name, struct str args, struct str body,
			  struct pos at);
	/* ![[fact-id]]: the theme's figure. May be NULL: the value with a link. */
	bool (*figure)(void *ctx, struct buf *out, const struct fact *f, bool is_block);
	void *ctx;
	uint32_t depth; /* of embeds */
};

#define BODY_MAX_DEPTH 8

/* The whole text of `p`. */
void body_write(struct buf *out, struct body *b, const struct page *p);
/* One line of Markdown from front matter (explanations): paragraphs as HTML, without links resolved unless `owner` has them. */
void body_write_doc(struct buf *out, struct body *b, const struct doc *d);
/* A backlink's sentence as HTML with the name in <mark>. */
void body_write_sentence(struct buf *out, struct body *b, const struct page *from, const struct backlink *link,
			 const struct page *target);
/* <a href="…">text</a> to a page. */
void body_write_link(struct buf *out, struct body *b, const struct page *to, struct str text);

#endif
