#ifndef SEARCH_H
#define SEARCH_H

#include "base/overlay.h"
#include "base/pool.h"
#include "site/site.h"

/*
 * search - the index that the browser searches, as small classic scripts that
 * each call dossierSearch(name, data); read by assets/theme/search.js.
 *
 *     search/index.js   the sizes below
 *     search/t/N.js     terms by their first letters, with the postings of the rare ones
 *     search/p/N.js     postings of the terms that more than SEARCH_INLINE pages have
 *     search/r/N.js     terms by their last letters: for typing mistakes in the first
 *     search/d/N.js     some pages: address, names, summary; on small sites, and for reading from a disk, also text
 *
 * A page has a slot, which its key alone decides (but for collisions), and a
 * posting is a slot and a level, which the page alone decides: so an edit of a
 * page changes its own d file and the shards of the terms that came, went or
 * moved a level. How many shards there are follows from the number of pages,
 * in powers of two. Everything is linear in the text (sorting terms apart).
 *
 * An index is kept between runs: the next build reads the pages that changed since, and makes the shards anew that
 * their terms are in.
 *
 * Ranking is Okapi BM25's (Robertson and Zaragoza, "The Probabilistic Relevance
 * Framework", 2009), its part that depends on the page in seven levels.
 *
 * A d file is a list of pages, each [slot, address, title, label of its kind, other names, summary], and where the text is
 * there: [[id, heading, text], …], and 1 where it goes on.
 *
 * A number is written in the 92 printable characters of ASCII without space, quote and
 * backslash: the first 62 end a number, the other 30 are a digit to base 30 with more to
 * follow. Files t, p and r are, for each term in order: how many UTF-16 units it shares with
 * the one before, the rest, a space, and its list: how many postings times four (plus one when pages
 * are left out because too many have the word, plus two when they stand in a p file), and where there
 * are some here, how many characters they take, and those. A posting is (slot - last slot - 1) * 4 + level;
 * where that level would be SEARCH_SUMMARY or more it is SEARCH_SUMMARY, and the number of levels
 * above it follows.
 */
#define SEARCH_INLINE 16
#define SEARCH_KIND '='  /* before a kind's id: the term of its pages, but for its section page */
#define SEARCH_BEGIN '^' /* before fewer letters than decide a term's shard: the term of pages with a name that begins so */

/* How prominent a term is on its page. */
enum search_level {
	SEARCH_TEXT = 0,    /* 0 to 2: in the text, by frequency against the page's length */
	SEARCH_SUMMARY = 3, /* summary, publisher, tags */
	SEARCH_HEADING = 4,
	SEARCH_NAME = 5,  /* title and aliases, also those for search only */
	SEARCH_WHOLE = 6, /* a whole name of not too many letters */
};

struct search_plan {
	struct str *paths; /* under the output folder; fixed before anything is indexed */
	struct str *keys;  /* by path: which pages in which slots a d file holds, as a digest; else empty */
	struct digest *digests; /* by path, but of d files: of the bytes; known after search_build */
	size_t n_paths;
	size_t first_page, first_term, first_list, first_ending; /* of paths: where d, t, p and r begin */
	uint32_t *slots;                                         /* by page; UINT32_MAX: not indexed */
	uint32_t *order;                                         /* indexed pages by slot */
	uint32_t *starts;   /* of each d file in `order`, and the end of the last */
	uint32_t n_docs;
	uint32_t n_pages;   /* d files */
	uint32_t page_bits; /* a slot without these is the number of its d file */
	uint32_t n_terms, n_lists, n_endings; /* shards of t, of p for each of t (may be 0), of r: powers of two */
	uint32_t depth;                       /* letters of a term that decide its shard */
	bool is_offline;                      /* addresses are those of files */
	bool has_texts;                       /* d files hold the text; else the browser reads it off the page */
	bool has_stems;                       /* English plurals are taken off */
};

/* Slots, sizes and output paths; `is_offline`: nothing but scripts can be loaded. All lies in `a`. */
void search_plan(struct arena *a, const struct site *s, bool is_offline, struct search_plan *out);
/* Of everything in the plan that all d files depend on. */
struct digest search_sizes(const struct search_plan *plan);

/* Whether a d file depends on this aspect (PAGE_HEAD, …) of its pages. */
bool search_reads(const struct search_plan *plan, int aspect);

#define SEARCH_MARK "DOSSIDX2"

struct search_index;
/*
 * Makes the index; to be freed with search_free. The site and the plan must outlive it, and so must `kept`: what
 * search_keep wrote of an earlier one with the same `settings` (of all that decides what the site says of its pages),
 * an overlay of SEARCH_MARK, or of nothing.
 */
struct search_index *search_build(const struct site *s, const struct search_plan *plan, struct digest settings,
				  struct overlay *kept, struct pool *pool);
void search_free(struct search_index *x); /* NULL is allowed */
void search_drop_files(struct search_index *x); /* when all that are to be written have been: they need memory */
/* Brings what was kept up to date, to be saved; before search_write. False: it is to be packed anew. */
bool search_amend(struct search_index *x);
/*
 * Packs the index: `put` gets it in pieces, one behind the other. Once, and before search_write: what files are made of is
 * given back where all of them are made.
 */
void search_keep(struct search_index *x, void (*put)(void *ctx, struct str bytes), void *ctx);
/* The bytes of a path of the plan. From any thread. */
void search_write(struct buf *out, const struct search_index *x, size_t path);

/* Calls `word` for each term of a text, as search.js splits queries: folded, without marks and plurals, CJK in pairs. */
void search_split(struct str text, bool has_stems, void (*word)(void *ctx, struct str term), void *ctx);
/* FNV-1a over code points; what search.js computes. */
uint32_t search_hash(struct str s);
/* The shard of t that holds a term. */
uint32_t search_shard(const struct search_plan *plan, struct str term);

#endif
