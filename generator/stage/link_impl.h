#ifndef LINK_IMPL_H
#define LINK_IMPL_H

#include "base/automaton.h"
#include "base/vec.h"
#include "stage/link.h"

/*
 * link_impl - what the parts of link share; nobody else includes it.
 */
struct candidate { /* one name of one page */
	uint32_t page;
	uint32_t name;
	struct str text; /* as it may stand in a text: the name, or with the other apostrophe */
};

struct candidates {
	struct candidate *items;
	size_t n, cap;
};

struct linker {
	const struct link_input *in;
	const struct config *config;
	struct arena *arena;
	struct arena scratch;      /* of what is not needed after link; the calling thread's */
	struct arena *spot_arenas, *target_arenas; /* by worker: of edges, which are not needed after link_graph */
	struct site *site;
	struct diag_list *dl;
	size_t cap_pages;          /* of site->pages */
	size_t n_written;          /* of them somebody wrote, which come first until link_sort_pages */
	bool is_folding;           /* there are addresses beyond ASCII */
	const uint32_t *tags;      /* what all tag lists name, one behind the other, by page */
	size_t n_tags;
	struct roster {            /* what is kept of who there is */
		struct digest digest; /* of all it follows from */
		VEC(uint32_t) stubs;  /* pages made for tags, by index, as they were made */
	} roster;
	struct map withheld;       /* of what is not published: keys, addresses, slugs, folded names, ids of facts */
	struct automaton automaton;
	struct candidates *names;  /* by pattern */
	size_t n_names;
	struct edge_list *edges;   /* by page: whom it speaks of; nothing of those that are as they were */
	bool *is_entity;           /* by page; not of sections */
	VEC(uint32_t) sourced;     /* pages that rest on others, or have names with a source */
	const struct stamp *stamps; /* by page: what digests of others take of it */
	struct digest nothing;     /* of an aspect with nothing in it */
	struct link_text *texts;   /* by page */
	struct digest things;      /* what texts refer to beside pages: facts, attachments, what is withheld */
	struct digest records, records_then; /* of all that is said in records, and of what rests on what: now, and then */
	uint32_t *moved;           /* by page of the run that kept texts: its index now; UINT32_MAX: gone */
	size_t n_moved;
	bool has_changes;          /* what a reference means may be another thing than then, or pages have other numbers */
	bool is_still;             /* there is a then, and nothing of that kind has changed */
	bool has_changed_names;
	struct automaton changed;  /* names that came, went, or are written otherwise */
};

/* What is kept of a page, as it lies in the file; lists follow it, and names, and what its text came to. */
struct link_kept {
	struct digest said; /* of all that the page says, its place included */
	struct digest face; /* of all that others may call it */
	struct digest own;  /* of what the page says to its links and mentions */
	struct digest refs, whole; /* page.refs, page.said */
	struct digest digests[PAGE_ASPECTS];
	uint64_t when;      /* its stamp */
	uint32_t prev, next;
	uint32_t is_heard;  /* somebody speaks of it, or tags it */
	uint32_t n_backlinks, n_comentions, n_members; /* not the members of a section */
};

/* A page, and what an earlier run kept of it. */
struct link_text {
	const struct link_kept *then; /* NULL: nothing */
	struct digest face, own; /* as they are now */
	struct str kept;    /* links and mentions, as long as they are good; empty: nothing */
	struct str record;  /* all that is kept of it */
	bool is_same;       /* it says what it said then */
	bool is_good;       /* may be kept: there is nothing to report, and no other page was looked into */
	bool is_in_place;   /* links, mentions and tags are those of then, and lead to the same pages */
	bool is_body_same;  /* links and mentions are, under the same addresses */
	bool is_heard_same; /* who speaks of it, where and how often, and whom else they name is as it was then */
	bool is_heard;
};

struct link_heard { /* who spoke of a page, and whom else those named */
	const struct backlink *backlinks;
	const struct comention *comentions;
	const uint32_t *members;
	uint32_t n_backlinks, n_comentions, n_members;
};

/* Lists lie as they were written. */
static inline struct link_heard link_heard_then(const struct linker *l, uint32_t page)
{
	const struct link_kept *then = l->texts[page].then;
	struct link_heard h = { 0 };

	if (!then)
		return h;
	h.backlinks = (const void *)(then + 1);
	h.comentions = (const void *)(h.backlinks + then->n_backlinks);
	h.members = (const void *)(h.comentions + then->n_comentions);
	h.n_backlinks = then->n_backlinks;
	h.n_comentions = then->n_comentions;
	h.n_members = then->n_members;
	return h;
}

struct stamp {
	uint64_t key;  /* of its key: indices move when other pages come */
	uint64_t when; /* of what orders lists that it stands in */
};

/* Where one page speaks of another. */
struct spot {
	uint32_t count, node, off;
	bool is_tag;
};
/* Whom one page speaks of, each once; itself only where it tags itself. */
struct edge_list {
	uint32_t *targets;  /* entities first, but for sections and itself; of a section none counts as one */
	struct spot *spots; /* by target */
	uint32_t n, n_entities;
};

struct hit {
	uint32_t pattern;
	uint32_t start, end; /* bytes of the run */
	bool is_plural;      /* the last byte is no part of the name */
};

struct origin { /* of a mention */
	uint32_t pattern;
	struct str text; /* as it stands there; only of weak and ambiguous ones */
};

struct piece { /* of a run: where a node's text stands in it */
	uint32_t node, start;
};

/* What a worker uses again for every page. */
struct scratch {
	struct buf run;
	VEC(struct hit) hits;
	VEC(struct piece) pieces;
	VEC(struct mention) mentions;
	VEC(struct origin) origins; /* by mention */
	VEC(struct link) links;
	VEC(struct citation) notes;
	struct arena arena;
	uint32_t *seen;  /* by page: stamp of the section that linked it last */
	uint32_t *slots; /* by page: its place in the edges at hand */
	struct edge_list edges; /* of the page at hand; room for all pages */
	uint32_t *named; /* by page: stamp of the page that names it in full */
	uint32_t stamp;
};

/* One page's text, as a worker reads it. */
struct text {
	struct linker *l;
	struct scratch *s;
	struct page *page;
	struct arena *arena, *spots, *targets; /* of what is made for good, and of its edges */
	struct diag_list *dl;
	struct map notes; /* "f12|line 3" → number */
	struct str run;
	uint32_t page_stamp;
	const struct automaton *sought; /* only whether one of these names stands there is asked; NULL: all is read */
	bool is_found;
	bool looked_into_others; /* at the headings of another page */
};

/* Resolves a reference of a record or the front matter; reports what fails. `need` NULL: any kind. NULL when unresolved. */
const struct page *link_resolve(struct linker *l, struct str path, struct ref *r, const struct kind *need, const char *code,
				struct diag_list *dl);

/* Whether a reference means something that is not published. */
bool link_is_withheld(const struct linker *l, struct str text);
/* A name in `withheld` that only pages of this kind bear. */
struct str link_kind_name(struct arena *a, const struct kind *k, struct str name);

/*
 * Where a name stands in a text as words of its own (link_words.c). A name with
 * capitals matches only with those capitals (its first letter may have one
 * more), or in a text all in capitals.
 */
bool link_case_fits(struct str name, struct str text, bool any_case);
bool link_begins_word(struct str run, size_t start);
/* Byte length of a plural ending at `end` that belongs to the name, 0 for none, -1 where no word ends. */
int link_ending(struct str run, size_t start, size_t end);
/* Whether a name of one word is part of another: "Sydney Opera House", "University of Sydney"; of weak names "Jack Ma", too. */
bool link_is_in_name(struct str run, size_t start, size_t end, bool is_weak);
/* Whether a changed form of a one-word name may be any word, because it begins a sentence: "Apples are ripe", "Meta-analysis". */
bool link_is_plain_word(struct str run, size_t start, size_t end, bool is_plural);

void link_pages(struct linker *l);    /* who is published; sections, built-in pages */
/* A page nobody wrote - a section, a built-in page, a stub - behind the others: link_sort_pages puts it into its place. */
struct page *link_new_page(struct linker *l, struct str key, struct str slug, struct str title, const struct kind *kind);
struct page *link_new_stub(struct linker *l, struct str key, struct str name, const struct kind *kind);
void link_roster(struct linker *l);   /* all that follows from front matter alone, as it was kept or made of what follows */
void link_add_address(struct linker *l, uint32_t page); /* by_key, by_url */
void link_check_addresses(struct linker *l);
void link_names(struct linker *l);    /* by_name */
void link_add_names(struct linker *l, uint32_t page); /* of one page made later */
/* Puts pages that were made behind the others into their places. Gives, for every old index, the new one. */
const uint32_t *link_sort_pages(struct linker *l);
void link_tags(struct linker *l);     /* tag lists, stubs; the pages as they stay */
/* Which pages a tag list names, by their keys. */
void link_add_tags(struct digest_state *d, const struct linker *l, const struct tag_list *t);
void link_fields(struct linker *l);   /* prefer, rests_on, sources of names */
void link_records(struct linker *l);  /* records, sets */
void link_automaton(struct linker *l);
bool link_is_linkable(const struct page *p, const struct name *n); /* where a text names it */
/* The name with straight apostrophes for curved ones, or the other way; nothing when it has none. */
struct str link_other_apostrophe(struct arena *a, struct str name);
void link_stamps(struct linker *l);   /* after link_tags; part of the roster */
void link_recall(struct linker *l);   /* what is kept of texts, and what has changed since */
bool link_recall_text(struct text *t); /* links, mentions and citations, if they are still what would be made */
bool link_is_preferred(const struct page *on, const struct page *p);
void link_take(struct text *t, uint32_t node); /* an explicit link: to t->s->links, and to its notes */
void link_give(struct text *t);       /* links and notes to the page, for good */
bool link_names_sought(struct text *t); /* whether the text names any of t->sought */
/* Goes through all places where a page speaks of others, and of itself; begun as zero with these two set. */
struct link_walk {
	const struct site *site;
	const struct page *page;
	uint32_t node, off; /* of the place at hand; UINT32_MAX: a tag */
	bool is_tag;
	uint32_t link, mention, list, tag; /* which come next */
};
uint32_t link_next_target(struct link_walk *w); /* UINT32_MAX: no more */
void link_texts(struct linker *l);    /* links and mentions of every page; in parallel */
void link_keep(struct linker *l);     /* nothing when all was kept before */
void link_graph(struct linker *l);    /* backlinks, co-mentions, members, neighbours */
void link_digests(struct linker *l);  /* in parallel */

#endif
