#ifndef SEARCH_IMPL_H
#define SEARCH_IMPL_H

#include "base/buf.h"
#include "base/vec.h"
#include "stage/search.h"

/*
 * search_impl - what the parts of search share.
 *
 * Terms come by the million and are short, so they are handled as numbers: of
 * up to 16 bytes those themselves, the first in the lowest bits of `head`, zero
 * after the end; of more a digest.
 */
struct search_key {
	uint64_t head, tail;
	const char *text; /* where there are more than 16 bytes */
	size_t len;
};

/* A text, and the terms in it as they stand. */
struct search_text {
	struct buf text; /* taken by search_split_text */
	struct search_key *keys;
	size_t n, cap;
	struct arena scratch; /* of what the keys point to */
	bool has_stems;
};

void search_text_init(struct search_text *t, bool has_stems);
void search_text_release(struct search_text *t);
void search_split_text(struct search_text *t);
/* Of a key; `bytes` has room for 16. */
struct str search_key_text(const struct search_key *k, char *bytes);
/* Of at most 255 bytes, which stay where they are. */
struct search_key search_key_of(const char *text, size_t len);

/* Neighbouring postings of a term as they are written, but for the first: what is before that may not be known yet. */
struct search_block {
	struct search_block *next;
	const char *bytes;
	uint32_t n;
	uint32_t first; /* slot << 3 | level */
	uint32_t after; /* slot after the last */
	uint16_t len, room; /* bytes */
};

struct search_list {
	struct search_block *first, *last;
	char *to; /* of the last, which is open: where the next posting goes, */
	uint32_t after;
	uint16_t n, room; /* how many it has, how many bytes may follow */
};

/* What is looked at for each word: apart from the rest, so that more of them are near. */
struct search_word {
	uint64_t head, tail;
	uint32_t times; /* in the text of the page at hand */
	uint32_t level; /* on the page at hand; SEARCH_TEXT: it is not beside its text, or not there */
};

/* A term of some pages. */
struct search_term {
	const char *text;
	struct search_list list;
	uint8_t len;
	bool is_prominent;
};

/* Terms of pages that one worker reads. */
struct search_terms {
	struct arena *arena; /* of texts and postings */
	struct search_word *words;
	struct search_term *list; /* of the same number */
	size_t n;
	uint32_t *slots; /* number + 1; 0 is empty */
	size_t n_slots;  /* a power of two, twice that of the terms there is room for */
	unsigned shift;  /* of a hash, to its slot */
	uint32_t *page;  /* numbers of the terms of the page at hand, in order of appearance; there is room for one more */
	size_t n_page;
	uint32_t depth; /* as in the plan */
	struct search_text text;
	struct buf doc; /* of the page at hand */
};

void search_terms_init(struct search_terms *t, struct arena *a, const struct search_plan *plan);
void search_terms_release(struct search_terms *t);
/* Takes the terms of a page, with their levels. */
void search_read(struct search_terms *t, const struct site *s, const struct page *p);
/* To be called after it: makes ready for the next page. */
static inline void search_forget(struct search_word *w)
{
	w->times = 0;
	w->level = SEARCH_TEXT;
}

/* A term of a shard. */
struct search_entry {
	struct str text;
	struct search_list list;
	uint32_t n;        /* postings */
	bool is_prominent; /* somewhere */
	bool is_meant;     /* may be what a mistyped word means */
};

/* Of t: its entries in order, NULL where they are only kept. */
struct search_shard {
	struct search_entry *entries;
	uint32_t n;
	bool is_new;          /* it is not what was kept */
	uint32_t *endings;    /* shards of r that are new with it */
	size_t n_endings;
	struct str kept;      /* as it was packed, where its entries are NULL */
};

struct search_index {
	const struct site *site;
	const struct search_plan *plan;
	struct digest settings;
	struct arena arena;
	struct arena *workers; /* terms and postings */
	struct arena *files;   /* by worker: `bytes` */
	size_t n_workers;
	struct search_shard *shards;
	struct str *bytes; /* by path: of what is new */
	struct overlay *kept; /* what it was made from; NULL: from all pages */
	bool has_same_slots;  /* the same pages stand in the same places there */
};

/* Reads all pages. */
void search_read_all(struct search_index *x, struct pool *pool);
/*
 * Reads what changed since `kept` was packed, and takes the digests of what did not change into the plan. False where it
 * does not fit, or where so much changed that it does not pay.
 */
bool search_read_changed(struct search_index *x, struct overlay *kept, struct pool *pool);
/* The entries of a shard, if need be from where they are kept: their texts and postings stay there. */
const struct search_entry *search_entries(struct arena *a, const struct search_shard *shard);

/* Only where it is prominent a term is looked for that most pages have. */
bool search_is_common(uint32_t n, uint32_t n_docs);
bool search_is_meant(const struct search_entry *e, uint32_t n_docs);

#define SEARCH_POSTING 8 /* bytes that the longest takes */
void search_open_block(struct arena *a, struct search_list *l, uint32_t slot, uint32_t level);
void search_close_block(struct search_list *l);

/* Postings of a list, one after the other. */
struct search_reader {
	const struct search_block *block;
	const char *at;
	uint32_t i, after;
};
bool search_next(struct search_reader *r, uint32_t *posting); /* slot << 3 | level */
static inline uint32_t search_get_number(const char **p)
{
	uint32_t n = 0, power = 1;

	for (;; power *= 30) {
		uint32_t c = (unsigned char)*(*p)++, v = c - (c > 92 ? 35 : c > 34 ? 34 : 33);

		n += v * power;
		if (v < 62)
			return n;
	}
}

/* Pages indexed, their slots and the d files they stand in. */
void search_place(struct arena *a, const struct site *s, struct search_plan *out);
/* A d file. */
void search_write_pages(struct buf *out, const struct site *s, const struct search_plan *plan, size_t file);
/* A fact in words. */
void search_write_fact(struct buf *b, const struct fact *f);
/* The bytes of a t shard with its p files: out[0] is t, then plan->n_lists more. */
void search_write_shard(struct buf *out, const struct search_index *x, size_t shard);
/* Texts of terms that may be meant by mistyped ones, by shard of r. */
struct search_endings {
	struct str *list;
	size_t *starts; /* of the shards, and the end of the last */
};
void search_group_endings(struct arena *a, const struct search_index *x, struct search_endings *out);
void search_write_endings(struct buf *out, const struct search_endings *e, size_t shard);
uint32_t search_ending_shard(const struct search_plan *plan, struct str term);

/* A number, and a posting after one whose slot is `next` - 1. At most 8 bytes each. */
char *search_put_number(char *to, uint32_t n);
static inline char *search_put_posting(char *to, uint32_t next, uint32_t slot, uint32_t level)
{
	uint32_t n = (slot - next) << 2 | (level < SEARCH_SUMMARY ? level : SEARCH_SUMMARY);

	if (n < 62) {
		n += '!';
		n += n >= '"';
		*to++ = (char)(n + (n >= '\\'));
	} else {
		to = search_put_number(to, n);
	}
	return level < SEARCH_SUMMARY ? to : search_put_number(to, level - SEARCH_SUMMARY);
}
/* Behind all that are there; after the last one comes search_close_block. */
static inline void search_add_posting(struct arena *a, struct search_list *l, uint32_t slot, uint32_t level)
{
	char *to;

	if (l->room < SEARCH_POSTING) {
		search_open_block(a, l, slot, level);
		return;
	}
	to = search_put_posting(l->to, l->after, slot, level);
	l->room = (uint16_t)(l->room - (to - l->to));
	l->to = to;
	l->after = slot + 1;
	l->n++;
}
void search_add_number(struct buf *b, uint32_t n);

#endif
