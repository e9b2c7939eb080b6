#ifndef BOOK_H
#define BOOK_H

#include "site/href.h"
#include "site/site.h"

/*
 * book - the print edition: articles and entities in one document, sources as
 * endnotes, numbered through in the order in which they are first cited.
 *
 * A link to what the book holds leads to its place in the book: `inside` says
 * where, and is what makes href and body write for a book. Anchors are the
 * addresses without their outer slashes ("companies/deepseek"), before those of
 * headings ("companies/deepseek/history"); records keep theirs ("fact-…"),
 * sources are "source-1" and on.
 */
struct book {
	struct href_inside inside;
	size_t n_pages, n_sources;
};

/* Kinds by config index, in the order of the book: of articles, then of entities, main ones first. The number of them. */
size_t book_kinds(const struct site *s, struct arena *a, uint32_t **out);
/* Lies in `a`; borrows from the site. Linear in pages, headings and records. */
void book_plan(struct arena *a, const struct site *s, struct book *out);

#endif
