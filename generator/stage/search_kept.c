#include <stdlib.h>
#include <string.h>

#include "base/pack.h"
#include "base/vec.h"
#include "stage/search_impl.h"

/*
 * search_kept - the index as it is kept between runs, and its upkeep: of the
 * pages that changed since, the old terms are found by their slots and those
 * that are others now put in their place. Shards that this does not touch are
 * taken as they are.
 *
 * Behind the mark stand a digest of settings; how many pages there are, and
 * nothing; the digest of each page, its slot; the digests of files; the
 * shards; for each its row, of OVERLAY_ROW bytes and how many entries there
 * are. An edit changes digests, shards and rows where they stand (overlay.h).
 *
 * A packed shard is, for each entry: the length of its text, the text, the
 * number of postings * 4 + 2 where it is prominent + 1 where it may be meant,
 * then its blocks: how many postings, the first, and where there are more, the
 * slots from it to the last, the length of their bytes, and those.
 */
#define HEAD (PACK_MARK + PACK_DIGEST + 8)
#define ROW (OVERLAY_ROW + 8)

/* A term of a page that is new or another. */
struct change {
	struct str text;
	uint32_t shard, slot, level;
};

typedef VEC(struct change) change_list;

struct patching {
	struct search_index *x;
	uint32_t *slots; /* whose pages came, went or are others, in order */
	uint32_t *pages; /* those that stand there now; UINT32_MAX: none */
	size_t n;
	struct search_terms *terms; /* by worker */
	change_list *found;         /* by worker */
	struct change *changes;     /* by shard, text and slot */
	size_t *starts;             /* of the shards there, and the end of the last */
	uint32_t old_docs;
};

static void pack_number(struct buf *b, uint32_t n)
{
	search_add_number(b, n);
}

static void pack_shard(struct buf *b, const struct search_shard *shard)
{
	for (size_t i = 0; i < shard->n; i++) {
		const struct search_entry *e = &shard->entries[i];

		buf_add_char(b, (char)e->text.len);
		buf_add(b, e->text);
		pack_number(b, e->n << 2 | (uint32_t)e->is_prominent << 1 | e->is_meant);
		for (const struct search_block *block = e->list.first; block; block = block->next) {
			pack_number(b, block->n);
			pack_number(b, block->first);
			if (block->n == 1)
				continue;
			pack_number(b, block->after - (block->first >> 3));
			pack_number(b, block->len);
			buf_add_mem(b, block->bytes, block->len);
		}
	}
}

/* What an entry begins with, and a block of it, where they are packed; both give what follows. */
static inline const char *unpack_head(const char *p, struct search_entry *e)
{
	uint32_t n;

	e->text = (struct str){ p + 1, (unsigned char)*p };
	p += 1 + e->text.len;
	n = search_get_number(&p);
	e->n = n >> 2;
	e->is_prominent = n & 2;
	e->is_meant = n & 1;
	e->list = (struct search_list){ .first = NULL };
	return p;
}

static inline const char *unpack_block(const char *p, struct search_block *b)
{
	*b = (struct search_block){ .n = search_get_number(&p) };
	b->first = search_get_number(&p);
	b->after = (b->first >> 3) + 1;
	if (b->n > 1) {
		b->after = (b->first >> 3) + search_get_number(&p);
		b->len = (uint16_t)search_get_number(&p);
	}
	b->bytes = p;
	return p + b->len;
}

/* An entry, its text and postings where they are packed; gives what follows it. */
static const char *unpack_entry(struct arena *a, const char *p, struct search_entry *e)
{
	p = unpack_head(p, e);
	for (uint32_t left = e->n; left > 0; left -= e->list.last->n) {
		struct search_block *b = arena_alloc(a, 1, sizeof(*b), _Alignof(struct search_block));

		p = unpack_block(p, b);
		if (e->list.last)
			e->list.last->next = b;
		else
			e->list.first = b;
		e->list.last = b;
	}
	return p;
}

const struct search_entry *search_entries(struct arena *a, const struct search_shard *shard)
{
	struct search_entry *entries = shard->entries;
	const char *p = shard->kept.ptr;

	if (entries)
		return entries;
	entries = arena_array(a, struct search_entry, shard->n + 1);
	for (size_t i = 0; i < shard->n; i++)
		p = unpack_entry(a, p, &entries[i]);
	return entries;
}

/* Whatever else the bytes depend on. */
static struct digest settings_of(const struct search_index *x)
{
	const struct search_plan *plan = x->plan;
	struct digest_state d;

	digest_begin(&d);
	digest_add_digest(&d, x->settings);
	digest_add_u64(&d, plan->n_terms);
	digest_add_u64(&d, plan->n_lists);
	digest_add_u64(&d, plan->n_endings);
	digest_add_u64(&d, plan->depth);
	digest_add_u64(&d, plan->has_stems);
	return digest_end(&d);
}

/* Where all files are made, none will be made from the terms any more. */
static void forget_terms(struct search_index *x)
{
	for (size_t i = x->plan->first_term; i < x->plan->n_paths; i++)
		if (!x->bytes[i].len)
			return;
	for (uint32_t i = 0; i < x->plan->n_terms; i++)
		x->shards[i].entries = NULL;
	for (size_t i = 0; i < x->n_workers; i++)
		arena_release(&x->workers[i]);
}

/* Where the digests of files and the rows of shards begin. */
static size_t digests_at(const struct search_plan *plan)
{
	return HEAD + (PACK_DIGEST + 4) * (size_t)plan->n_docs;
}

static size_t rows_at(const struct search_plan *plan, const struct overlay *o)
{
	return o->base - PACK_DIGEST - (size_t)ROW * plan->n_terms;
}

static void pack_count(struct buf *b, uint32_t n)
{
	pack_u32(b, n);
	pack_u32(b, 0);
}

static void pack_pages(struct buf *b, const struct search_index *x)
{
	const struct search_plan *plan = x->plan;

	for (uint32_t i = 0; i < plan->n_docs; i++)
		pack_digest(b, x->site->pages[plan->order[i]].said);
	for (uint32_t i = 0; i < plan->n_docs; i++)
		pack_u32(b, plan->slots[plan->order[i]]);
}

static void pack_digests_of(struct buf *b, const struct search_plan *plan)
{
	for (size_t i = plan->first_term; i < plan->n_paths; i++)
		pack_digest(b, plan->digests[i]);
}

void search_keep(struct search_index *x, void (*put)(void *ctx, struct str bytes), void *ctx)
{
	const struct search_plan *plan = x->plan;
	size_t at = digests_at(plan) + PACK_DIGEST * (plan->n_paths - plan->first_term);
	struct pack_file file;
	struct buf rows;

	buf_init(&rows, 0);
	pack_file_begin(&file, &x->arena, SEARCH_MARK, put, ctx);
	pack_digest(&file.body, settings_of(x));
	pack_u64(&file.body, plan->n_docs);
	pack_pages(&file.body, x);
	pack_digests_of(&file.body, plan);
	for (uint32_t i = 0; i < plan->n_terms; i++) {
		const struct search_shard *shard = &x->shards[i];
		size_t len;

		pack_file_spill(&file);
		len = file.body.len;
		if (shard->entries)
			pack_shard(&file.body, shard);
		else
			buf_add(&file.body, shard->kept);
		len = file.body.len - len;
		overlay_pack_row(&rows, at, len, len);
		pack_count(&rows, shard->n);
		at += len;
	}
	buf_add(&file.body, buf_str(&rows));
	pack_file_end(&file);
	buf_release(&rows);
	forget_terms(x);
}

/* Its entries are there from now on. */
static void put_shard(struct overlay *o, struct search_shard *shard, size_t row)
{
	struct buf b;

	buf_init(&b, 0);
	pack_shard(&b, shard);
	if (overlay_put_part(o, row, buf_str(&b)) && overlay_part(o, row, &shard->kept))
		shard->entries = NULL;
	buf_clear(&b);
	pack_count(&b, shard->n);
	overlay_put(o, row + OVERLAY_ROW, b.ptr, b.len);
	buf_release(&b);
}

bool search_amend(struct search_index *x)
{
	const struct search_plan *plan = x->plan;
	struct overlay *o = x->kept;
	struct buf b;

	if (!o || !o->own || !x->has_same_slots)
		return false;
	buf_init(&b, 0);
	pack_pages(&b, x);
	pack_digests_of(&b, plan);
	overlay_put(o, HEAD, b.ptr, b.len);
	buf_release(&b);
	for (uint32_t i = 0; i < plan->n_terms && !o->is_full; i++)
		if (x->shards[i].is_new)
			put_shard(o, &x->shards[i], rows_at(plan, o) + (size_t)ROW * i);
	return !o->is_full;
}

static void add_changed(struct patching *p, uint32_t slot, uint32_t page)
{
	p->slots[p->n] = slot;
	p->pages[p->n++] = page;
}

/* False where too many did. */
static bool find_changed(struct patching *p, struct pack_reader *r)
{
	struct search_index *x = p->x;
	const struct search_plan *plan = x->plan;
	size_t most = 16 + plan->n_docs / 8;
	uint32_t i = 0;

	struct pack_reader slots;

	p->old_docs = pack_get_count(r, PACK_DIGEST + 4);
	pack_get_u32(r);
	slots = *r;
	pack_take(&slots, PACK_DIGEST * (size_t)p->old_docs);
	x->has_same_slots = p->old_docs == plan->n_docs;
	p->slots = arena_array(&p->x->arena, uint32_t, most + 2);
	p->pages = arena_array(&p->x->arena, uint32_t, most + 2);
	for (uint32_t k = 0; k < p->old_docs && p->n <= most; k++) {
		uint32_t slot = pack_get_u32(&slots);
		struct digest page = pack_get_digest(r);

		x->has_same_slots &= i < plan->n_docs && plan->slots[plan->order[i]] == slot;
		for (; i < plan->n_docs && plan->slots[plan->order[i]] < slot && p->n <= most; i++)
			add_changed(p, plan->slots[plan->order[i]], plan->order[i]);
		if (i == plan->n_docs || plan->slots[plan->order[i]] > slot)
			add_changed(p, slot, UINT32_MAX);
		else if (!digest_eq(page, x->site->pages[plan->order[i++]].said))
			add_changed(p, slot, plan->order[i - 1]);
	}
	for (; i < plan->n_docs && p->n <= most; i++)
		add_changed(p, plan->slots[plan->order[i]], plan->order[i]);
	*r = slots;
	return p->n <= most && r->ok;
}

static void read_changed(void *ctx, size_t worker, size_t i)
{
	struct patching *p = ctx;
	struct search_terms *t = &p->terms[worker];

	if (p->pages[i] == UINT32_MAX)
		return;
	if (!t->arena)
		search_terms_init(t, &p->x->workers[worker], p->x->plan);
	search_read(t, p->x->site, &p->x->site->pages[p->pages[i]]);
	for (size_t k = 0; k < t->n_page; k++) {
		struct search_word *word = &t->words[t->page[k]];
		struct str text = { t->list[t->page[k]].text, t->list[t->page[k]].len };

		vec_push(t->arena, &p->found[worker],
			 ((struct change){ text, search_shard(p->x->plan, text), p->slots[i], word->level }));
		search_forget(word);
	}
}

static int cmp_changes(const void *x, const void *y)
{
	const struct change *a = x, *b = y;
	int c;

	if (a->shard != b->shard)
		return a->shard < b->shard ? -1 : 1;
	c = str_cmp(a->text, b->text);
	return c ? c : (a->slot > b->slot) - (a->slot < b->slot);
}

/* The terms that pages have now where others stood. */
static void collect_changes(struct patching *p, struct pool *pool)
{
	struct search_index *x = p->x;
	size_t n = 0;

	p->terms = arena_array(&x->arena, struct search_terms, x->n_workers);
	p->found = arena_array(&x->arena, change_list, x->n_workers);
	pool_each(pool, p->n, read_changed, p);
	for (size_t w = 0; w < x->n_workers; w++) {
		n += p->found[w].len;
		search_terms_release(&p->terms[w]);
	}
	p->changes = arena_array(&x->arena, struct change, n + 1);
	n = 0;
	for (size_t w = 0; w < x->n_workers; w++)
		for (size_t i = 0; i < p->found[w].len; i++)
			p->changes[n++] = p->found[w].ptr[i];
	qsort(p->changes, n, sizeof(*p->changes), cmp_changes);
	p->starts = arena_array(&x->arena, size_t, x->plan->n_terms + 1);
	for (size_t i = 0; i < n; i++)
		p->starts[p->changes[i].shard + 1]++;
	for (uint32_t i = 0; i < x->plan->n_terms; i++)
		p->starts[i + 1] += p->starts[i];
}

/* The first of the changed slots from `slot` on. */
static size_t changed_from(const struct patching *p, uint32_t slot)
{
	size_t from = 0, to = p->n;

	while (from < to) {
		size_t mid = (from + to) / 2;

		if (p->slots[mid] < slot)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

/*
 * Whether the postings of a block in the changed slots are others than the next of the `n` of `c`, of which *i have been
 * seen.
 */
static bool is_block_other(const struct patching *p, const struct search_block *b, const struct change *c, size_t n,
			   size_t *i)
{
	size_t k = changed_from(p, b->first >> 3);
	struct search_reader r = { .block = b };
	uint32_t posting;

	if (k == p->n || p->slots[k] >= b->after)
		return false;
	for (uint32_t left = b->n; left > 0 && k < p->n && search_next(&r, &posting); left--) {
		while (k < p->n && p->slots[k] < posting >> 3)
			k++;
		if (k == p->n || p->slots[k] > posting >> 3)
			continue;
		if (*i == n || c[*i].slot != posting >> 3 || c[*i].level != (posting & 7))
			return true;
		++*i;
	}
	return false;
}

/* Whether the postings of an entry in the changed slots are others than the `n` of `c`. */
static bool is_other(const struct patching *p, const struct search_entry *e, const struct change *c, size_t n)
{
	size_t i = 0;

	for (const struct search_block *b = e->list.first; b; b = b->next)
		if (is_block_other(p, b, c, n, &i))
			return true;
	return i < n;
}

/* Puts the `n` of `c` in the place of its postings in the changed slots. */
static void patch_entry(const struct patching *p, struct arena *a, struct search_entry *e, const struct change *c,
			size_t n)
{
	struct search_reader r = { .block = e->list.first };
	struct search_list list = { .first = NULL };
	uint32_t posting = 0;
	bool more = search_next(&r, &posting);
	size_t i = 0, k = 0;

	e->n = 0;
	e->is_prominent = false;
	while (more || i < n) {
		uint32_t slot, level;

		while (more && k < p->n && p->slots[k] < posting >> 3)
			k++;
		if (more && k < p->n && p->slots[k] == posting >> 3) {
			more = search_next(&r, &posting);
			continue;
		}
		if (i < n && (!more || c[i].slot < posting >> 3)) {
			slot = c[i].slot;
			level = c[i++].level;
		} else {
			slot = posting >> 3;
			level = posting & 7;
			more = search_next(&r, &posting);
		}
		search_add_posting(a, &list, slot, level);
		e->n++;
		e->is_prominent = e->is_prominent || level >= SEARCH_SUMMARY;
	}
	search_close_block(&list);
	e->list = list;
}

/* Brings an entry up to date; true when its files change. */
static bool renew_entry(const struct patching *p, struct arena *a, struct search_shard *shard, struct search_entry *e,
			const struct change *c, size_t n)
{
	uint32_t n_docs = p->x->plan->n_docs, old = e->n;
	bool was_meant = e->is_meant, was_common = search_is_common(old, p->old_docs), other = is_other(p, e, c, n);

	if (other)
		patch_entry(p, a, e, c, n);
	if (!other && search_is_common(e->n, n_docs) == was_common)
		return false;
	e->is_meant = e->n && search_is_meant(e, n_docs);
	if (e->is_meant != was_meant)
		shard->endings[shard->n_endings++] = search_ending_shard(p->x->plan, e->text);
	return true;
}

/* How many of the changes are of this term, where all of terms before it are behind. */
static size_t next_changes(struct str term, const struct change *c, const struct change *end)
{
	size_t n = 0;

	while (c + n < end && str_eq(c[n].text, term))
		n++;
	return n;
}

/* Whether any entry of a shard, as it is packed, is not as it was. */
static bool is_touched(const struct patching *p, const struct search_shard *shard, const struct change *c,
		       const struct change *end)
{
	uint32_t n_docs = p->x->plan->n_docs;
	const char *at = shard->kept.ptr;

	for (uint32_t i = 0; i < shard->n; i++) {
		struct search_entry e;
		size_t n, seen = 0;

		at = unpack_head(at, &e);
		n = next_changes(e.text, c, end);
		for (uint32_t left = e.n; left > 0;) {
			struct search_block b;

			at = unpack_block(at, &b);
			left -= b.n;
			if (is_block_other(p, &b, c, n, &seen))
				return true;
		}
		if (seen < n || search_is_common(e.n, n_docs) != search_is_common(e.n, p->old_docs))
			return true;
		c += n;
	}
	return c < end;
}

static void patch_shard(void *ctx, size_t worker, size_t i)
{
	const struct patching *p = ctx;
	struct search_shard *shard = &p->x->shards[i];
	struct arena *a = &p->x->workers[worker];
	const struct change *c = p->changes + p->starts[i], *end = p->changes + p->starts[i + 1];
	const char *at = shard->kept.ptr;
	size_t left = shard->n, most = left + (size_t)(end - c), n;

	if (!is_touched(p, shard, c, end))
		return;
	shard->entries = arena_array(a, struct search_entry, most + 1);
	shard->endings = arena_alloc(a, most + 1, sizeof(uint32_t), _Alignof(uint32_t));
	shard->n = 0;
	while (left > 0 || c < end) {
		struct search_entry *e = &shard->entries[shard->n];
		const char *next = at;
		int order = 1;

		if (left > 0) {
			next = unpack_entry(a, at, e);
			order = c < end ? str_cmp(e->text, c->text) : -1;
		}
		if (order > 0)
			*e = (struct search_entry){ .text = c->text };
		n = order < 0 ? 0 : next_changes(e->text, c, end);
		shard->is_new |= renew_entry(p, a, shard, e, c, n);
		shard->n += e->n > 0;
		c += n;
		if (order <= 0) {
			at = next;
			left--;
		}
	}
}

/* What is as it was. */
static void take_digests(struct search_index *x, const struct digest *kept)
{
	const struct search_plan *plan = x->plan;
	bool *is_new = arena_array(&x->arena, bool, plan->n_endings);

	for (uint32_t i = 0; i < plan->n_terms; i++) {
		const struct search_shard *shard = &x->shards[i];

		for (size_t k = 0; k < shard->n_endings; k++)
			is_new[shard->endings[k]] = true;
		if (shard->is_new)
			continue;
		plan->digests[plan->first_term + i] = kept[plan->first_term + i];
		for (size_t k = plan->first_list + i * plan->n_lists, n = plan->n_lists; n > 0; n--, k++)
			plan->digests[k] = kept[k];
	}
	for (uint32_t i = 0; i < plan->n_endings; i++)
		if (!is_new[i])
			plan->digests[plan->first_ending + i] = kept[plan->first_ending + i];
}

/* The shards as their rows tell. */
static bool find_shards(struct search_index *x, const struct overlay *o)
{
	bool ok = true;

	for (uint32_t i = 0; i < x->plan->n_terms; i++) {
		size_t row = rows_at(x->plan, o) + (size_t)ROW * i;
		struct pack_reader count = { { o->bytes + row + OVERLAY_ROW, 4 }, true };

		ok &= overlay_part(o, row, &x->shards[i].kept);
		x->shards[i].n = pack_get_u32(&count);
	}
	return ok;
}

bool search_read_changed(struct search_index *x, struct overlay *kept, struct pool *pool)
{
	const struct search_plan *plan = x->plan;
	struct patching p = { .x = x };
	struct digest *digests = arena_array(&x->arena, struct digest, plan->n_paths);
	struct pack_reader r = { kept->bytes ? overlay_base(kept) : STR_NONE, true };

	if (!kept->bytes || !digest_eq(pack_get_digest(&r), settings_of(x)) || !find_changed(&p, &r))
		return false;
	for (size_t i = plan->first_term; i < plan->n_paths; i++)
		digests[i] = pack_get_digest(&r);
	if (!r.ok || r.left.len < (size_t)ROW * plan->n_terms || !find_shards(x, kept)) {
		memset(x->shards, 0, plan->n_terms * sizeof(*x->shards));
		return false;
	}
	x->kept = kept;
	if (p.n) {
		collect_changes(&p, pool);
		pool_each(pool, plan->n_terms, patch_shard, &p);
	}
	take_digests(x, digests);
	return true;
}
