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

/*
 * Those that outputs with `render` set show. The only change to a site after link, made before others read it. Texts lie in
 * `workers`, an arena for each of the pool.
 */
void sentences_make(struct pool *pool, struct site *s, const struct routes *r, const bool *render, struct arena *workers);

#endif
