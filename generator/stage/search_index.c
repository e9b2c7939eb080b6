#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "stage/search_impl.h"

#define MEANT_MIN 5  /* letters of a word that may hold a typing mistake */
#define MEANT_MAX 20 /* what is longer is a whole name, or no word */
#define BLOCK_MIN 24
#define BLOCK_MAX 160

/* Pages of neighbouring slots, read by one worker: their terms with their postings. */
struct range {
	struct search_terms terms;
	uint32_t *by_shard; /* numbers of terms, grouped by their shard of t */
	uint32_t *starts;   /* of the shards there, and the end of the last */
	struct arena arena; /* of those */
};

struct reading {
	struct search_index *x;
	struct range *ranges;
	size_t n;
};

bool search_is_common(uint32_t n, uint32_t n_docs)
{
	return n > 200 && n > n_docs / 2;
}

/* Known by more than an accident, long enough, letters. */
bool search_is_meant(const struct search_entry *e, uint32_t n_docs)
{
	size_t next, n = 0;

	if (e->text.ptr[0] == SEARCH_KIND || (!e->is_prominent && !search_is_common(e->n, n_docs) && e->n < 3))
		return false;
	for (size_t i = 0; i < e->text.len; i = next, n++) {
		uint32_t cp = utf8_decode(e->text, i, &next);

		if (utf8_is_cjk(cp) || utf8_is_digit(cp))
			return false;
	}
	return n >= MEANT_MIN && n <= MEANT_MAX;
}

void search_close_block(struct search_list *l)
{
	if (!l->to)
		return;
	l->last->n = l->n;
	l->last->after = l->after;
	l->last->len = (uint16_t)(l->to - l->last->bytes);
}

void search_open_block(struct arena *a, struct search_list *l, uint32_t slot, uint32_t level)
{
	uint32_t room = !l->last ? BLOCK_MIN : l->last->room < BLOCK_MAX ? l->last->room * 3u / 2 : BLOCK_MAX;
	struct search_block *b = arena_alloc(a, 1, sizeof(*b) + room, _Alignof(struct search_block));

	search_close_block(l);
	l->to = (char *)(b + 1);
	*b = (struct search_block){ .bytes = l->to, .first = slot << 3 | level, .room = (uint16_t)room };
	if (l->last)
		l->last->next = b;
	else
		l->first = b;
	l->last = b;
	l->n = 1;
	l->after = slot + 1;
	l->room = (uint16_t)room;
}

bool search_next(struct search_reader *r, uint32_t *posting)
{
	uint32_t v, level;

	if (!r->block)
		return false;
	if (r->i++ == 0) {
		*posting = r->block->first;
		r->at = r->block->bytes;
	} else {
		v = search_get_number(&r->at);
		level = v & 3;
		if (level == SEARCH_SUMMARY)
			level += search_get_number(&r->at);
		*posting = (r->after + (v >> 2)) << 3 | level;
	}
	r->after = (*posting >> 3) + 1;
	if (r->i == r->block->n) {
		r->block = r->block->next;
		r->i = 0;
	}
	return true;
}

static void add_page(struct search_terms *t, uint32_t slot)
{
	for (size_t i = 0; i < t->n_page; i++) {
		struct search_term *term = &t->list[t->page[i]];
		struct search_word *word = &t->words[t->page[i]];

		term->is_prominent |= word->level >= SEARCH_SUMMARY;
		search_add_posting(t->arena, &term->list, slot, word->level);
		search_forget(word);
	}
}

static void group_by_shard(const struct search_plan *plan, struct range *r)
{
	const struct search_terms *t = &r->terms;
	uint32_t *shards = arena_array(&r->arena, uint32_t, t->n + 1),
		 *at = arena_array(&r->arena, uint32_t, plan->n_terms);

	r->starts = arena_array(&r->arena, uint32_t, plan->n_terms + 1);
	r->by_shard = arena_array(&r->arena, uint32_t, t->n + 1);
	for (size_t i = 0; i < t->n; i++) {
		search_close_block(&t->list[i].list);
		shards[i] = search_shard(plan, (struct str){ t->list[i].text, t->list[i].len });
		r->starts[shards[i] + 1]++;
	}
	for (uint32_t i = 0; i < plan->n_terms; i++)
		r->starts[i + 1] += r->starts[i];
	memcpy(at, r->starts, plan->n_terms * sizeof(*at));
	for (size_t i = 0; i < t->n; i++)
		r->by_shard[at[shards[i]]++] = (uint32_t)i;
}

static void read_range(void *ctx, size_t worker, size_t i)
{
	struct reading *all = ctx;
	const struct search_plan *plan = all->x->plan;
	struct range *r = &all->ranges[i];
	uint64_t from = (uint64_t)plan->n_docs * i / all->n, to = (uint64_t)plan->n_docs * (i + 1) / all->n;

	search_terms_init(&r->terms, &all->x->workers[worker], plan);
	for (uint64_t d = from; d < to; d++) {
		search_read(&r->terms, all->x->site, &all->x->site->pages[plan->order[d]]);
		add_page(&r->terms, plan->slots[plan->order[d]]);
	}
	group_by_shard(plan, r);
}

/* A term with its first bytes as a number, which mostly decides. */
struct sorted {
	uint64_t key;
	const struct search_term *term;
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

static size_t sort_shard(const struct reading *all, struct arena *a, size_t shard, struct sorted **out)
{
	struct sorted *list;
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		n += all->ranges[i].starts[shard + 1] - all->ranges[i].starts[shard];
	*out = list = arena_array(a, struct sorted, n + 1);
	n = 0;
	for (uint32_t i = 0; i < all->n; i++) {
		const struct range *r = &all->ranges[i];

		for (uint32_t k = r->starts[shard]; k < r->starts[shard + 1]; k++) {
			const struct search_term *t = &r->terms.list[r->by_shard[k]];

			list[n++] = (struct sorted){ key_of(t), t, i };
		}
	}
	qsort(list, n, sizeof(*list), cmp_sorted);
	return n;
}

/* Joins what the ranges have of each term of a shard. */
static void join_shard(void *ctx, size_t worker, size_t shard)
{
	struct reading *all = ctx;
	struct arena scratch = { 0 };
	struct search_shard *out = &all->x->shards[shard];
	struct sorted *list;
	size_t n = sort_shard(all, &scratch, shard, &list);

	out->is_new = true;
	out->entries = arena_array(&all->x->workers[worker], struct search_entry, n + 1);
	for (size_t i = 0; i < n; i++) {
		const struct search_term *t = list[i].term;
		struct search_entry *e = out->n ? &out->entries[out->n - 1] : NULL;
		struct str text = { t->text, t->len };

		if (e && str_eq(e->text, text)) {
			e->list.last->next = t->list.first;
			e->list.last = t->list.last;
		} else {
			e = &out->entries[out->n++];
			e->text = text;
			e->list = t->list;
		}
		for (const struct search_block *b = t->list.first; b; b = b->next)
			e->n += b->n;
		e->is_prominent = e->is_prominent || t->is_prominent;
	}
	for (size_t i = 0; i < out->n; i++)
		out->entries[i].is_meant = search_is_meant(&out->entries[i], all->x->plan->n_docs);
	arena_release(&scratch);
}

void search_read_all(struct search_index *x, struct pool *pool)
{
	struct reading all = { x, NULL, pool_size(pool) };

	all.ranges = arena_array(&x->arena, struct range, all.n);
	pool_each(pool, all.n, read_range, &all);
	pool_each(pool, x->plan->n_terms, join_shard, &all);
	for (size_t i = 0; i < all.n; i++) {
		search_terms_release(&all.ranges[i].terms);
		arena_release(&all.ranges[i].arena);
	}
}
