#ifndef SEARCH_IMPL_H
#define SEARCH_IMPL_H

#include "base/buf.h"
#include "base/vec.h"
#include "stage/search.h"

/*
 * search_impl - what the parts of search share.
 *
 * Terms come by the million and are short, so they are handled as numbers: the
 * first eight bytes and the next eight, zero after the end, the first byte in
 * the lowest eight bits.
 */
struct term_key {
	uint64_t head, tail;
	size_t len;
	const char *text; /* where there are more than 16 bytes: all of them; the key has the first and the last eight */
};

struct search_chunk {
	struct search_chunk *next;
	uint32_t len, cap;
	char bytes[];
};

struct search_term {
	uint64_t head, tail;
	const char *text;
	uint32_t hash;
	uint32_t n;     /* postings */
	uint32_t first; /* posting: slot << 3 | level; not in the chunks, for what is before it is not known yet */
	uint32_t next;  /* slot after the last posting's */
	struct search_chunk *chunks, *last;
	uint32_t times; /* in the text of the page at hand */
	uint8_t len;
	uint8_t level;  /* on the page at hand, beside its text */
	bool is_prominent;
};

/* Pages of neighbouring slots, read by one worker: their terms, each with its postings as they will be written. */
struct search_range {
	struct arena arena;
	struct search_term *terms;
	uint64_t *slots; /* hash << 32 | number + 1; 0 is empty */
	size_t n_terms, n_slots; /* slots: a power of two, more than twice the terms */
	uint32_t *touched;       /* terms of the page at hand */
	size_t n_touched;
	uint32_t *by_shard; /* numbers of terms, grouped by their shard of t */
	uint32_t *starts;   /* of the shards there, and the end of the last */
};

static inline uint64_t term_load(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

/* The first `n` (0 to 8) bytes of a number. */
static inline uint64_t term_cut(uint64_t v, size_t n)
{
	return n >= 8 ? v : v & (((uint64_t)1 << 8 * n) - 1);
}

static inline struct term_key term_key_of(const char *text, size_t len)
{
	struct term_key k = { 0, 0, len, text };
	char bytes[16] = { 0 };

	if (len <= sizeof(bytes)) {
		memcpy(bytes, text, len);
		k.head = term_load(bytes);
		k.tail = term_load(bytes + 8);
	} else {
		k.head = term_load(text);
		k.tail = term_load(text + (len - 8));
	}
	return k;
}

/* Adds a term that is not there yet. There is always room in `touched` for all terms. */
struct search_term *search_new_term(struct search_range *r, const struct term_key *k, uint32_t hash);

static inline struct search_term *search_term(struct search_range *r, const struct term_key *k)
{
	uint64_t h = (k->head ^ (k->tail << 29 | k->tail >> 35)) * 0x9e3779b97f4a7c15u, slot;
	uint32_t hash = (uint32_t)(h >> 32);

	for (size_t at = hash & (r->n_slots - 1); (slot = r->slots[at]) != 0; at = (at + 1) & (r->n_slots - 1)) {
		struct search_term *t = &r->terms[(uint32_t)slot - 1];

		if (slot >> 32 == hash && ((t->head ^ k->head) | (t->tail ^ k->tail) | (t->len ^ k->len)) == 0 &&
		    (k->len <= 16 || memcmp(t->text, k->text, k->len) == 0))
			return t;
	}
	return search_new_term(r, k, hash);
}

#define AVERAGE_LENGTH 400 /* of a page, in words; fixed, so that no page's levels depend on another */

/*
 * Takes the terms of a page into r->touched. Gives k (1 - b + b length / average) of BM25 with k = 1.2 and b = 0.75,
 * ten times the average times it; lengths count in powers of two, so that a small edit moves nothing.
 */
uint32_t search_read(struct search_range *r, struct buf *text, struct arena *scratch, const struct site *s,
		     const struct page *p, bool has_stems);

/* Of a touched term; in the text three steps of BM25's t / (t + norm), which begin at 0, 0.4 and 0.7. */
static inline uint32_t search_level(const struct search_term *t, uint64_t norm)
{
	uint64_t times = (uint64_t)t->times * 10 * AVERAGE_LENGTH;

	return t->level ? t->level : (times * 6 >= norm * 4) + (times * 3 >= norm * 7);
}

/* Pages indexed, their slots and the d files they stand in. */
void search_place(struct arena *a, const struct site *s, struct search_plan *out);
/* A d file. */
void search_write_pages(struct buf *out, const struct site *s, const struct search_plan *plan, size_t file);
/* A fact in words. */
void search_write_fact(struct buf *b, const struct fact *f);
/* A t, p or r file. */
void search_write_shard(struct buf *out, struct arena *scratch, const struct search_plan *plan,
			const struct search_index *x, size_t path);

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
void search_add_number(struct buf *b, uint32_t n);

#endif
