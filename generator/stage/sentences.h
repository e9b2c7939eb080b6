#ifndef SENTENCES_H
#define SENTENCES_H

#include "base/pool.h"
#include "site/route.h"

/*
 * sentences - the sentences that pages show of those that speak of them.
 *
 * A page's own output, its sub-pages, its JSON and its feed show the same ones, each from another text. Here each is worked
 * out once for all of them, text after text, before anything is rendered; page_backlink_sentence gives it then.
 */

struct sentences {
	struct arena *arenas; /* by worker */
	size_t n;
};

/*
 * Those that outputs with `render` set show. The only change to a site after link, made while nobody else reads it. They are
 * there until sentences_drop; before and after that page_backlink_sentence looks into the text.
 */
void sentences_make(struct sentences *out, struct pool *pool, struct site *s, const struct routes *r, const bool *render);
void sentences_drop(struct sentences *all, struct site *s);

#endif
