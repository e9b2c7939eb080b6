#ifndef ORDER_H
#define ORDER_H

#include "site/site.h"

/*
 * order - the orders that pages are listed in. They are found out once, when
 * all pages and their titles and dates are known; a list is then what of an
 * order belongs to it.
 */

/* Fills s->by_title, by_newest and by_oldest, in `a`. */
void order_pages(struct site *s, struct arena *a);

/*
 * All pages in the order that a query or a kind asks for: "title" (and anything else), "date", "-date", "weight",
 * "-mentions"; pages that are equal in it go by title, then by key. One of the site's lists, or made in `a`.
 */
const uint32_t *order_by(const struct site *s, struct arena *a, struct str by);

#endif
