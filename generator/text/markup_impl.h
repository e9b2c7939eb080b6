#ifndef MARKUP_IMPL_H
#define MARKUP_IMPL_H

#include "text/markup.h"

/* What the parts of markup share. */

/* Writes an address for an attribute as cmark does: escaped, and what no address may hold percent-encoded. */
void markup_write_href(struct buf *out, struct str url);
/* Schemes that run code or read the reader's disk; images as data are let through. */
bool markup_is_dangerous(struct str url);

#endif
