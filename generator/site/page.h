#ifndef PAGE_H
#define PAGE_H

#include "base/date.h"
#include "base/digest.h"
#include "base/doc.h"
#include "base/value.h"
#include "site/config.h"

/*
 * page - one page of the site: what its front matter says, typed, and what was
 * extracted from its text. Filled by parse, completed by link, const from then on.
 */
struct page;
struct fact;

enum name_use {
	NAME_TITLE,
	NAME_ALIAS,
	NAME_WEAK,   /* links only where the page also names the entity in full */
	NAME_SEARCH, /* never links: search, redirects, the A-Z */
};

struct name {
	struct str text, lang;
	enum name_use use;
	bool any_case;
	struct pos at;
	struct str note, source_ref, locator; /* where a damaged spelling stands */
	const struct page *source;            /* after link; NULL without source_ref */
};

struct label_url {
	struct str label, url;
};

/* A reference to another page as written, and what it became. */
struct ref {
	struct str text;
	struct pos at;
	const struct page *page; /* after link; NULL: unresolved */
};

enum {
	PAGE_HEAD, PAGE_META, PAGE_BODY, PAGE_NAMES, PAGE_LINKS_IN, PAGE_FACTS, PAGE_RELATIONS, PAGE_EVENTS, PAGE_QUOTES,
	PAGE_COMPARISONS, PAGE_RESTS, PAGE_MEMBERS,
	/* Smaller ones, of which much is read: what a link to the page shows; its dates; the pages before and after it;
	   which pages it is related to, and how. */
	PAGE_TITLE, PAGE_DATES, PAGE_NEIGHBOURS, PAGE_RELATED, PAGE_ASPECTS
};

/* Of pages of kind source. */
struct source_info {
	struct str publisher, author, url, archived, license, reliability, translation, published_basis;
	struct date published, accessed;
	struct ref *rests_on;
	uint32_t n_rests_on;
	struct str *notes;
	uint32_t n_notes;
};

struct outline_item {
	struct str id, text;
	uint32_t node;
	uint8_t level;
};

enum mention_state {
	MENTION_LINKED,
	MENTION_REPEATED,  /* not the first in its section */
	MENTION_SELF,      /* the page's own name */
	MENTION_AMBIGUOUS, /* several pages have the name: no link */
	MENTION_WEAK,      /* a weak alias without the full name on the page */
	MENTION_OFF,       /* automatic links are off here */
};

/* A place where a name stands in the text. */
struct mention {
	uint32_t target; /* page index; of an ambiguous one the first candidate */
	uint32_t node;   /* DOC_TEXT */
	uint32_t off;    /* bytes within its text */
	uint16_t len;
	uint16_t state;  /* enum mention_state; of two bytes, so that none are between: mentions are kept as they lie */
};

/* An explicit link of the text: [[wikilink]], [text](page.md), [@cite], ![[embed]]. */
enum link_type { LINK_PAGE, LINK_FILE, LINK_EXTERNAL, LINK_ANCHOR, LINK_CITE_SOURCE, LINK_CITE_FACT, LINK_EMBED_FACT, LINK_EMBED_PAGE, LINK_BROKEN };
struct link {
	uint32_t node;
	enum link_type type;
	uint32_t target;    /* page index, or fact index for *_FACT; UINT32_MAX when none */
	uint32_t number;    /* citations: the note's number on the page, from 1 */
	uint32_t use;       /* citations: which use of that note this is, from 1 */
	struct str anchor;  /* without '#' */
	struct str url;     /* LINK_FILE: site path; LINK_EXTERNAL: as written */
};

/* A numbered note of a page: one per source or fact and locator, in order of first use. */
struct citation {
	uint32_t target;    /* page index of a source, or fact index */
	bool is_fact;
	struct str locator; /* of the citation itself; empty: none */
	uint32_t uses;      /* how often the text refers to it */
};

/* One page that speaks of another, with all it takes to show where. */
struct backlink {
	uint32_t page;       /* the page that links */
	uint32_t count : 31; /* mentions and links in it */
	uint32_t is_tag : 1; /* named in a front-matter list */
	uint32_t node;       /* the first: DOC node; UINT32_MAX: only tagged */
	uint32_t off;
};

/* Code points of a backlink's sentence. */
#define PAGE_SENTENCE_MAX 280

struct comention {
	uint32_t page;
	uint32_t count; /* pages that name both */
};

/* A tag list of the front matter: companies = ["…"] */
struct tag_list {
	const struct kind *kind;
	struct ref *refs;      /* as written; NULL: packed, see page_tag_refs */
	struct str packed;
	const uint32_t *pages; /* after link: index of each; UINT32_MAX: unresolved */
	uint32_t n;
};

struct page {
	uint32_t index; /* in site.pages; pages are sorted by path */
	bool has_review;
	bool is_draft, is_unpublished; /* as declared; withheld pages are not in site.pages */
	bool is_stub, is_section, is_home, is_builtin, no_toc, no_autolink, is_bundle;
	const struct kind *kind;
	struct str path; /* from the site's root: "content/companies/deepseek.md"; of stubs and built-in pages "" */
	struct str key;  /* "companies/deepseek"; unique, the name that lasts */
	struct str slug, title, url, summary, lang, template, schema, image, sort_key;
	struct str dir;  /* folder of attachments: "companies/deepseek" for bundles, else the page's folder */
	struct pos title_at;
	struct date date, updated, reviewed, embargo, expires;
	struct date_span review_in;
	double weight;
	struct name *names; /* the title first */
	struct str *authors, *tags, *redirects;
	struct label_url *links_out;
	struct ref *prefer;
	struct tag_list *tagged;
	uint32_t n_names, n_authors, n_tags, n_redirects, n_links_out, n_prefer, n_tagged;
	const struct value *meta;  /* of the front matter what has no member here, and `template` and `redirects`; NULL: nothing */
	const struct value *extra; /* keys nobody declared, and those of `extra` */
	struct source_info *source; /* kind source only */
	const struct doc *doc;
	uint32_t doc_bytes; /* of it, where it lies in a mapped file; else 0 */
	struct digest meta_digest; /* of all that the front matter says; zero for stubs */
	struct digest doc_digest;  /* doc_digest of it */
	struct digest doc_image;   /* of all its bytes: also of where in the file everything stands */

	/* extracted */
	uint32_t n_outline, words, minutes;
	struct outline_item *outline;
	struct str excerpt; /* first sentences of the text, where there is no summary */

	/* filled by link */
	struct link *links;           /* by node */
	const struct mention *mentions; /* by node, then offset */
	struct citation *citations;   /* note n is citations[n - 1] */
	const struct backlink *backlinks; /* best first; as those above and below, often where a file is mapped */
	const struct comention *comentions; /* most first */
	uint32_t n_links, n_mentions, n_citations, n_backlinks, n_comentions;
	uint32_t n_members; /* of the following lists, in their order */
	uint32_t n_facts, n_own_facts, n_relations, n_events, n_quotes, n_comparisons, n_rests, n_resting_pages;
	const uint32_t *members; /* pages that tag this one, newest first; of sections: its pages in the kind's order */
	uint32_t *facts;   /* indices: subject is this page; then those that are about it */
	uint32_t *relations; /* relation index << 1 | 1 when this page is the target */
	uint32_t *events, *quotes;
	uint32_t *comparisons; /* declared ones by index; computed ones by index | QUERY_COMPUTED */
	uint32_t *rests;   /* sources: facts, then relations, events, quotes that cite it: tagged indices (rest_type << 28 | index) */
	uint32_t *resting_pages; /* sources: sources that rest on it */
	uint32_t prev, next; /* in the section's order; UINT32_MAX at the ends */
	const struct digest *digests; /* PAGE_ASPECTS of them */
	struct digest refs;     /* of what PAGE_BODY leaves out: addresses that links lead to, and mentions that do not show */
	struct digest said;     /* page_digest */

	/* filled while pages that others speak of are rendered, see stage/sentences.h */
	const char *sentences; /* in which it names others: where theirs say, two bytes of length and the text */
	uint32_t *shown;       /* by backlink: its place in the sentences of that page; 0: not worked out; NULL: none is */
};

enum rest_type { REST_FACT, REST_RELATION, REST_EVENT, REST_QUOTE, REST_PASSAGE, REST_NAME };
#define REST_TYPE(r) ((enum rest_type)((r) >> 28))
#define REST_INDEX(r) ((r) & 0x0fffffffu)

/*
 * Reads typed front matter into *p (kind, path and key are set). Records of
 * facts, relations, events, quotes and comparisons are left to record_read.
 * Errors are "page/…" at p->path.
 */
bool page_read(struct arena *a, const struct config *c, struct page *p, const struct value *meta, struct diag_list *dl);
/*
 * Of all that a page says itself, not of where in its file; nor of who links to it, nor of its members. From its other
 * digests.
 */
struct digest page_digest(const struct page *p);
/* Outline, words, minutes, excerpt from p->doc, and the sort key; they borrow nothing from it. */
void page_extract(struct arena *a, struct page *p);
/* Keys of p->meta that nobody declared, and those in its `extra`. */
const struct value *page_read_extra(struct arena *a, const struct config *c, const struct page *p);
/* What page_read gave, packed; what its bytes depend on beside the front matter and the file's path. */
void page_pack(struct buf *b, const struct page *p);
struct digest page_settings(const struct config *c);
/* From there, for the same settings; *p is named, and else zero. Texts are borrowed. False: that is not what it is. */
bool page_unpack(struct arena *a, const struct config *c, struct page *p, struct str packed);
/* The references of a tag list as written, none of them resolved: those of most pages are never asked for again. */
struct ref *page_tag_refs(struct arena *a, const struct tag_list *t);
/* What was extracted, packed; and from there, borrowed from it. False: that is not what it is. */
void page_pack_extract(struct buf *b, const struct page *p);
bool page_unpack_extract(struct arena *a, struct page *p, struct str packed);

/*
 * The sentence of the running text around byte `off` of text node `node`; at most `max` code points, cut with an
 * ellipsis. Lies in `a` or in the page.
 */
struct str page_sentence(struct arena *a, const struct page *p, uint32_t node, uint32_t off, size_t max);
/* Of one of the target's backlinks, which is not only a tag: as it was worked out before, else as above. */
struct str page_backlink_sentence(struct arena *a, const struct page *from, const struct backlink *link,
				  const struct page *target);
/* Native front-matter keys, for suggestions and docs. */
const struct str *page_native_keys(size_t *n);

#endif
