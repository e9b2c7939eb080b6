#ifndef SEARCH_H
#define SEARCH_H

#include "base/pool.h"
#include "site/site.h"

/*
 * search - the index that the browser searches, as small classic scripts that
 * each call dossierSearch(name, data); read by assets/theme/search.js.
 *
 *     search/index.js   the sizes below, kinds
 *     search/t/N.js     terms by their first letters, with the postings of the rare ones
 *     search/p/N.js     postings of the terms that more than SEARCH_INLINE pages have
 *     search/r/N.js     terms by their last letters: for typing mistakes in the first
 *     search/k/N.js     the pages of a kind, without its section page
 *     search/d/N.js     one page: address, names, summary, sections of text for excerpts
 *
 * A page has a slot, which its key alone decides (but for collisions), and a
 * posting is a slot and a level, which the page alone decides: so an edit of a
 * page changes its own d file and the shards of the terms that came, went or
 * moved a level. How many shards there are follows from the number of pages,
 * in powers of two. Everything is linear in the text (sorting terms apart).
 *
 * Ranking is Okapi BM25's (Robertson and Zaragoza, "The Probabilistic Relevance
 * Framework", 2009), its part that depends on the page in eight levels.
 *
 * A number is written in the 92 printable characters of ASCII without space, quote and
 * backslash: the first 62 end a number, the other 30 are a digit to base 30 with more to
 * follow. A list is its length times two (plus one when words are left out that most pages
 * have), then for each posting (slot - last slot - 1) * 8 + level. A t file is, for each
 * term in order: how many UTF-16 units it shares with the one before, the rest, a space,
 * its list, or only its length where the list stands in a p file.
 */
#define SEARCH_INLINE 64

/* How prominent a term is on its page. */
enum search_level {
	SEARCH_TEXT = 0,    /* 0 to 3: in the text, by frequency against the page's length */
	SEARCH_SUMMARY = 4, /* summary, publisher, tags */
	SEARCH_HEADING = 5,
	SEARCH_NAME = 6,  /* title and aliases, also those for search only */
	SEARCH_WHOLE = 7, /* a name of one word */
};

struct search_term {
	uint32_t text;  /* offset in search_terms.text */
	uint16_t shard; /* of t, for a given plan */
	uint8_t len, level;
};

/* The terms of one page, each once: a pure function of the page, its records and the plan's sizes. */
struct search_terms {
	struct search_term *items;
	size_t n;
	const char *text;
};

struct search_plan {
	struct str *paths; /* under the output folder; fixed before anything is indexed */
	size_t n_paths;
	size_t first_page; /* of paths: n_docs d files from here on, in the order of `order` */
	uint32_t *slots;   /* by page; UINT32_MAX: not indexed */
	uint32_t *order;   /* indexed pages by slot */
	uint32_t n_docs;
	uint32_t n_terms, n_lists,
		n_endings; /* shards of t, of p for each of t, of r; powers of two, n_lists may be 0 */
	uint32_t depth;    /* letters of a term that decide its shard */
	uint32_t text_max; /* bytes of text kept of a page */
	bool has_stems;    /* English plurals are taken off */
};

/* Slots, sizes and output paths. All lies in `a`. */
void search_plan(struct arena *a, const struct site *s, struct search_plan *out);
/*
 * The bytes of every path, in `bytes` by its place in plan->paths; they lie in `workers` (pool_size of them). Without
 * `with_pages` those of the d files stay empty: search_write_page gives each on its own, from what its page alone says.
 */
void search_build(const struct site *s, const struct search_plan *plan, bool with_pages, struct pool *pool,
		  struct arena *workers, struct str *bytes);

/* Calls `word` for each term of a text, as search.js splits queries: folded, without marks and plurals, CJK in pairs. */
void search_split(struct arena *scratch, struct str text, bool has_stems, void (*word)(void *ctx, struct str term),
		  void *ctx);
/* `scratch` may be reset afterwards. */
void search_page_terms(struct arena *a, struct arena *scratch, const struct site *s, const struct search_plan *plan,
		       const struct page *p, struct search_terms *out);
/* The d file of a page. */
void search_write_page(struct buf *out, const struct site *s, const struct search_plan *plan, const struct page *p);

/* FNV-1a over code points, mixed; what search.js computes. */
uint32_t search_hash(struct str s);
/* The shard of t that holds a term. */
uint32_t search_shard(const struct search_plan *plan, struct str term);

#endif
