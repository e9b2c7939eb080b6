#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/vec.h"
#include "stage/search_impl.h"

#define ENDING_MIN 5    /* letters of a word that may hold a typing mistake */
#define ENDING_MAX 20   /* what is longer is a whole name, or no word */
#define ENDING_DEPTH 2  /* last letters that decide the shard of an ending */
#define POSTING_BYTES 8 /* room that the longest takes */

/* A term of a shard: what the ranges have of it. */
struct entry {
	struct str text;
	struct search_term **pieces;
	uint32_t n_pieces;
	uint32_t n;     /* postings to be written */
	uint32_t *thin; /* those of a common term, as they are in `first`; NULL: all */
	bool is_common, is_prominent;
};

struct shard {
	struct entry *entries; /* in order */
	size_t n;
	struct str *endings; /* texts of terms that may be meant by mistyped ones */
	size_t n_endings;
};

struct search_index {
	const struct site *site;
	const struct search_plan *plan;
	struct str *terms;
	struct arena *kept;
	struct arena arena;
	struct search_range *ranges;
	size_t n_ranges;
	struct arena *workers;
	size_t n_workers;
	struct shard *shards; /* of t */
	struct str *endings;  /* grouped by shard of r */
	size_t *ending_starts;
};

static void grow(struct search_range *r)
{
	size_t old = r->n_slots / 2;

	r->n_slots = r->n_slots ? r->n_slots * 2 : 8192;
	r->slots = arena_array(&r->arena, uint64_t, r->n_slots);
	r->terms =
		arena_grow(&r->arena, r->terms, old, r->n_slots / 2, sizeof(*r->terms), _Alignof(struct search_term));
	r->touched = arena_grow(&r->arena, r->touched, old, r->n_slots / 2, sizeof(*r->touched), _Alignof(uint32_t));
	for (size_t i = 0; i < r->n_terms; i++) {
		uint32_t hash = r->terms[i].hash;
		size_t at = hash & (r->n_slots - 1);

		while (r->slots[at])
			at = (at + 1) & (r->n_slots - 1);
		r->slots[at] = (uint64_t)hash << 32 | (i + 1);
	}
}

struct search_term *search_new_term(struct search_range *r, const struct term_key *k, uint32_t hash)
{
	char *text = arena_alloc(&r->arena, k->len, 1, 1);
	size_t at;

	if (k->len > 16)
		memcpy(text, k->text, k->len);
	for (size_t i = 0; k->len <= 16 && i < k->len; i++)
		text[i] = (char)((i < 8 ? k->head : k->tail) >> i % 8 * 8);
	if (r->n_terms * 2 >= r->n_slots)
		grow(r);
	for (at = hash & (r->n_slots - 1); r->slots[at];)
		at = (at + 1) & (r->n_slots - 1);
	r->terms[r->n_terms] = (struct search_term){
		.head = k->head, .tail = k->tail, .text = text, .hash = hash, .len = (uint8_t)k->len
	};
	r->slots[at] = (uint64_t)hash << 32 | ++r->n_terms;
	return &r->terms[r->n_terms - 1];
}

static void add_chunk(struct arena *a, struct search_term *t)
{
	uint32_t cap = !t->last ? 24 : t->last->cap < 2048 ? t->last->cap * 3 / 2 : 2048;
	struct search_chunk *c = arena_alloc(a, 1, sizeof(*c) + cap, _Alignof(struct search_chunk));

	c->next = NULL;
	c->len = 0;
	c->cap = cap;
	if (t->last)
		t->last->next = c;
	else
		t->chunks = c;
	t->last = c;
}

static inline void add_posting(struct search_range *r, struct search_term *t, uint32_t slot, uint32_t level)
{
	struct search_chunk *c = t->last;

	if (level >= SEARCH_SUMMARY)
		t->is_prominent = true;
	if (t->n++ == 0) {
		t->first = slot << 3 | level;
	} else {
		if (!c || c->cap - c->len < POSTING_BYTES) {
			add_chunk(&r->arena, t);
			c = t->last;
		}
		c->len = (uint32_t)(search_put_posting(c->bytes + c->len, t->next, slot, level) - c->bytes);
	}
	t->next = slot + 1;
}

/* A page from what search_build said of it earlier. */
static void recall_page(struct search_range *r, struct str terms, uint32_t slot)
{
	const char *p = terms.ptr, *end = p + terms.len;

	while (p < end) {
		struct term_key k = term_key_of(p + 2, (unsigned char)p[0]);

		add_posting(r, search_term(r, &k), slot, (unsigned char)p[1]);
		p += 2 + k.len;
	}
}

/* The postings of the page that was read; its terms for another time, where they are wanted. */
static void finish_page(struct search_range *r, uint32_t slot, uint32_t norm, struct arena *a, struct str *terms)
{
	size_t bytes = 0;
	char *to = NULL;

	for (size_t i = 0; terms && i < r->n_touched; i++)
		bytes += 2u + r->terms[r->touched[i]].len;
	if (terms) {
		to = arena_alloc(a, bytes, 1, 1);
		*terms = (struct str){ to, bytes };
	}
	for (size_t i = 0; i < r->n_touched; i++) {
		struct search_term *t = &r->terms[r->touched[i]];
		uint32_t level = search_level(t, norm);

		add_posting(r, t, slot, level);
		t->times = 0;
		t->level = 0;
		if (terms) {
			*to++ = (char)t->len;
			*to++ = (char)level;
			memcpy(to, t->text, t->len);
			to += t->len;
		}
	}
	r->n_touched = 0;
}

static void group_by_shard(const struct search_plan *plan, struct search_range *r)
{
	uint32_t *shards = arena_alloc(&r->arena, r->n_terms + 1, sizeof(*shards), _Alignof(uint32_t));
	uint32_t *at = arena_array(&r->arena, uint32_t, plan->n_terms);

	r->starts = arena_array(&r->arena, uint32_t, plan->n_terms + 1);
	r->by_shard = arena_alloc(&r->arena, r->n_terms + 1, sizeof(uint32_t), _Alignof(uint32_t));
	for (size_t i = 0; i < r->n_terms; i++) {
		shards[i] = search_shard(plan, (struct str){ r->terms[i].text, r->terms[i].len });
		r->starts[shards[i] + 1]++;
	}
	for (uint32_t i = 0; i < plan->n_terms; i++)
		r->starts[i + 1] += r->starts[i];
	memcpy(at, r->starts, plan->n_terms * sizeof(*at));
	for (size_t i = 0; i < r->n_terms; i++)
		r->by_shard[at[shards[i]]++] = (uint32_t)i;
}

static void read_range(void *ctx, size_t worker, size_t i)
{
	struct search_index *x = ctx;
	const struct search_plan *plan = x->plan;
	struct search_range *r = &x->ranges[i];
	uint64_t from = (uint64_t)plan->n_docs * i / x->n_ranges, to = (uint64_t)plan->n_docs * (i + 1) / x->n_ranges;
	struct arena scratch = { 0 };
	struct buf text;
	uint32_t norm;

	buf_init(&text, 0);
	grow(r);
	for (uint64_t d = from; d < to; d++) {
		uint32_t page = plan->order[d], slot = plan->slots[page];

		if (x->terms && x->terms[page].len) {
			recall_page(r, x->terms[page], slot);
			continue;
		}
		norm = search_read(r, &text, &scratch, x->site, &x->site->pages[page], plan->has_stems);
		finish_page(r, slot, norm, x->kept ? &x->kept[worker] : NULL, x->kept ? &x->terms[page] : NULL);
		arena_reset(&scratch);
	}
	group_by_shard(plan, r);
	buf_release(&text);
	arena_release(&scratch);
}

/* Postings of a piece, one after the other. */
struct reader {
	const struct search_term *t;
	const struct search_chunk *c;
	uint32_t i, at, next;
};

static uint32_t read_number(struct reader *r)
{
	uint32_t n = 0, power = 1;

	if (r->at == r->c->len) {
		r->c = r->c->next;
		r->at = 0;
	}
	for (;;) {
		uint32_t c = (unsigned char)r->c->bytes[r->at++], v = c - (c > 92 ? 35 : c > 34 ? 34 : 33);

		n += v * power;
		if (v < 62)
			return n;
		power *= 30;
	}
}

static bool read_posting(struct reader *r, uint32_t *posting)
{
	uint32_t v, level;

	if (r->i >= r->t->n)
		return false;
	if (r->i++ == 0) {
		*posting = r->t->first;
		r->c = r->t->chunks;
	} else {
		v = read_number(r);
		level = v & 3;
		if (level == SEARCH_SUMMARY)
			level += read_number(r);
		*posting = (r->next + (v >> 2)) << 3 | level;
	}
	r->next = (*posting >> 3) + 1;
	return true;
}

/* Of a word that most pages have, only where it is prominent. */
static void thin_out(struct arena *a, struct entry *e, uint32_t n_docs)
{
	VEC(uint32_t) kept = { 0 };
	uint32_t posting;

	if (e->n <= 200 || e->n <= n_docs / 2)
		return;
	e->is_common = true;
	vec_reserve(a, &kept, 16);
	for (uint32_t i = 0; i < e->n_pieces; i++)
		for (struct reader r = { .t = e->pieces[i] }; read_posting(&r, &posting);)
			if ((posting & 7) >= SEARCH_SUMMARY)
				vec_push(a, &kept, posting);
	e->thin = kept.ptr;
	e->n = (uint32_t)kept.len;
}

/* Words that may be meant by a mistyped one: known by more than an accident, long enough, letters. */
static bool can_be_meant(const struct entry *e)
{
	size_t next, n = 0;

	if (e->text.ptr[0] == SEARCH_KIND || (!e->is_prominent && !e->is_common && e->n < 3))
		return false;
	for (size_t i = 0; i < e->text.len; i = next, n++) {
		uint32_t cp = utf8_decode(e->text, i, &next);

		if (utf8_is_cjk(cp) || utf8_is_digit(cp))
			return false;
	}
	return n >= ENDING_MIN && n <= ENDING_MAX;
}

/* A term with its first bytes as a number, which mostly decides. */
struct sorted {
	uint64_t key;
	struct search_term *term;
	uint32_t range;
};

static int cmp_sorted(const void *x, const void *y)
{
	const struct sorted *a = x, *b = y;
	int c;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	c = str_cmp((struct str){ a->term->text, a->term->len }, (struct str){ b->term->text, b->term->len });
	return c ? c : (a->range > b->range) - (a->range < b->range);
}

static uint64_t key_of(const struct search_term *t)
{
	uint64_t key = 0;

	for (size_t i = 0; i < 8; i++)
		key = key << 8 | (i < t->len ? (unsigned char)t->text[i] : 0);
	return key;
}

static size_t sort_shard(const struct search_index *x, struct arena *a, size_t shard, struct sorted **out)
{
	struct sorted *list;
	size_t n = 0;

	for (size_t i = 0; i < x->n_ranges; i++)
		n += x->ranges[i].starts[shard + 1] - x->ranges[i].starts[shard];
	*out = list = arena_array(a, struct sorted, n + 1);
	n = 0;
	for (uint32_t i = 0; i < x->n_ranges; i++) {
		const struct search_range *r = &x->ranges[i];

		for (uint32_t k = r->starts[shard]; k < r->starts[shard + 1]; k++) {
			struct search_term *t = &r->terms[r->by_shard[k]];

			list[n++] = (struct sorted){ key_of(t), t, i };
		}
	}
	qsort(list, n, sizeof(*list), cmp_sorted);
	return n;
}

/* Joins what the ranges have of each term of a shard. */
static void join_shard(void *ctx, size_t worker, size_t shard)
{
	struct search_index *x = ctx;
	struct arena *a = &x->workers[worker], scratch = { 0 };
	struct shard *out = &x->shards[shard];
	struct sorted *list;
	size_t n = sort_shard(x, &scratch, shard, &list);
	struct search_term **pieces = arena_array(a, struct search_term *, n + 1);

	out->entries = arena_array(a, struct entry, n + 1);
	out->endings = arena_array(a, struct str, n + 1);
	for (size_t i = 0; i < n; i++) {
		struct entry *e = out->n ? &out->entries[out->n - 1] : NULL;
		struct str text = { list[i].term->text, list[i].term->len };

		pieces[i] = list[i].term;
		if (!e || !str_eq(e->text, text)) {
			e = &out->entries[out->n++];
			e->text = text;
			e->pieces = &pieces[i];
		}
		e->n_pieces++;
		e->n += list[i].term->n;
		e->is_prominent = e->is_prominent || list[i].term->is_prominent;
	}
	for (size_t i = 0; i < out->n; i++) {
		thin_out(a, &out->entries[i], x->plan->n_docs);
		if (can_be_meant(&out->entries[i]))
			out->endings[out->n_endings++] = out->entries[i].text;
	}
	arena_release(&scratch);
}

static uint32_t ending_shard(const struct search_plan *plan, struct str term)
{
	char last[16];
	size_t n = 0, i = term.len;

	for (int k = 0; k < ENDING_DEPTH; k++) {
		size_t end = i;

		utf8_decode_back(term, end, &i);
		memcpy(last + n, term.ptr + i, end - i);
		n += end - i;
	}
	return search_hash((struct str){ last, n }) & (plan->n_endings - 1);
}

static void group_endings(struct search_index *x)
{
	const struct search_plan *plan = x->plan;
	size_t *at = arena_array(&x->arena, size_t, plan->n_endings);

	x->ending_starts = arena_array(&x->arena, size_t, plan->n_endings + 1);
	for (uint32_t i = 0; i < plan->n_terms; i++)
		for (size_t k = 0; k < x->shards[i].n_endings; k++)
			x->ending_starts[ending_shard(plan, x->shards[i].endings[k]) + 1]++;
	for (uint32_t i = 0; i < plan->n_endings; i++)
		x->ending_starts[i + 1] += x->ending_starts[i];
	x->endings = arena_array(&x->arena, struct str, x->ending_starts[plan->n_endings] + 1);
	memcpy(at, x->ending_starts, plan->n_endings * sizeof(*at));
	for (uint32_t i = 0; i < plan->n_terms; i++)
		for (size_t k = 0; k < x->shards[i].n_endings; k++)
			x->endings[at[ending_shard(plan, x->shards[i].endings[k])]++] = x->shards[i].endings[k];
}

struct search_index *search_build(const struct site *s, const struct search_plan *plan, struct str *terms,
				  struct arena *kept, struct pool *pool)
{
	struct search_index *x = arena_sys_alloc(sizeof(*x));

	*x = (struct search_index){ .site = s, .plan = plan, .terms = terms, .kept = kept };
	x->n_ranges = x->n_workers = pool_size(pool);
	x->ranges = arena_array(&x->arena, struct search_range, x->n_ranges);
	x->workers = arena_array(&x->arena, struct arena, x->n_workers);
	x->shards = arena_array(&x->arena, struct shard, plan->n_terms);
	pool_each(pool, x->n_ranges, read_range, x);
	pool_each(pool, plan->n_terms, join_shard, x);
	group_endings(x);
	return x;
}

void search_free(struct search_index *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < x->n_ranges; i++)
		arena_release(&x->ranges[i].arena);
	for (size_t i = 0; i < x->n_workers; i++)
		arena_release(&x->workers[i]);
	arena_release(&x->arena);
	free(x);
}

static void write_list(struct buf *b, const struct entry *e)
{
	uint32_t next = 0;
	char posting[POSTING_BYTES];

	search_add_number(b, e->n << 2 | e->is_common);
	for (uint32_t i = 0; e->is_common && i < e->n; i++) {
		char *end = search_put_posting(posting, next, e->thin[i] >> 3, e->thin[i] & 7);

		buf_add_mem(b, posting, (size_t)(end - posting));
		next = (e->thin[i] >> 3) + 1;
	}
	for (uint32_t i = 0; !e->is_common && i < e->n_pieces; i++) {
		const struct search_term *t = e->pieces[i];
		char *end = search_put_posting(posting, next, t->first >> 3, t->first & 7);

		buf_add_mem(b, posting, (size_t)(end - posting));
		for (const struct search_chunk *c = t->chunks; c; c = c->next)
			buf_add_mem(b, c->bytes, c->len);
		next = t->next;
	}
}

/* What `s` shares with `last`, in whole characters: bytes, and UTF-16 units. */
static size_t shared(struct str last, struct str s, uint32_t *units)
{
	size_t i = 0, next;

	*units = 0;
	while (i < s.len && i < last.len) {
		utf8_decode(s, i, &next);
		if (next > last.len || memcmp(s.ptr + i, last.ptr + i, next - i) != 0)
			break;
		*units += next - i > 3 ? 2 : 1;
		i = next;
	}
	return i;
}

static void write_term(struct buf *b, struct str *last, struct str term)
{
	uint32_t units;
	size_t bytes = shared(*last, term, &units);

	search_add_number(b, units);
	buf_add(b, str_skip(term, bytes));
	buf_add_char(b, ' ');
	*last = term;
}

static bool is_inline(const struct search_plan *plan, const struct entry *e)
{
	return e->n <= SEARCH_INLINE || plan->n_lists == 0;
}

static void write_terms(struct buf *b, const struct search_index *x, size_t shard)
{
	const struct shard *from = &x->shards[shard];
	struct str last = STR_NONE;

	buf_add_format(b, "dossierSearch(\"t/%zu\",\"", shard);
	for (size_t i = 0; i < from->n; i++) {
		const struct entry *e = &from->entries[i];

		write_term(b, &last, e->text);
		if (is_inline(x->plan, e))
			write_list(b, e);
		else
			search_add_number(b, e->n << 2 | 2 | e->is_common);
	}
}

static void write_lists(struct buf *b, const struct search_index *x, size_t n)
{
	const struct search_plan *plan = x->plan;
	const struct shard *from = &x->shards[n / plan->n_lists];
	struct str last = STR_NONE;

	buf_add_format(b, "dossierSearch(\"p/%zu\",\"", n);
	for (size_t i = 0; i < from->n; i++) {
		const struct entry *e = &from->entries[i];

		if (is_inline(plan, e) || (search_hash(e->text) >> 8 & (plan->n_lists - 1)) != n % plan->n_lists)
			continue;
		write_term(b, &last, e->text);
		write_list(b, e);
	}
}

static struct str reversed(struct arena *a, struct str s)
{
	char *z = arena_alloc(a, s.len, 1, 1);
	size_t at = s.len, next;

	for (size_t i = 0; i < s.len; i = next) {
		utf8_decode(s, i, &next);
		at -= next - i;
		memcpy(z + at, s.ptr + i, next - i);
	}
	return (struct str){ z, s.len };
}

static int cmp_strings(const void *x, const void *y)
{
	return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

static void write_endings(struct buf *b, struct arena *scratch, const struct search_index *x, size_t shard)
{
	size_t first = x->ending_starts[shard], n = x->ending_starts[shard + 1] - first;
	struct str *list = arena_array(scratch, struct str, n + 1), last = STR_NONE;

	for (size_t i = 0; i < n; i++)
		list[i] = reversed(scratch, x->endings[first + i]);
	qsort(list, n, sizeof(*list), cmp_strings);
	buf_add_format(b, "dossierSearch(\"r/%zu\",\"", shard);
	for (size_t i = 0; i < n; i++) {
		write_term(b, &last, list[i]);
		search_add_number(b, 0);
	}
}

void search_write_shard(struct buf *out, struct arena *scratch, const struct search_plan *plan,
			const struct search_index *x, size_t path)
{
	if (path < plan->first_list)
		write_terms(out, x, path - plan->first_term);
	else if (path < plan->first_ending)
		write_lists(out, x, path - plan->first_list);
	else
		write_endings(out, scratch, x, path - plan->first_ending);
	buf_add_z(out, "\")\n");
}
