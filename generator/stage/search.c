#include "stage/search_impl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"

#define ENDING_MIN 5   /* letters of a word that may hold a typing mistake */
#define ENDING_DEPTH 2 /* last letters that decide the shard of an ending */

static uint32_t power_of_two(uint32_t n)
{
	uint32_t p = 1;

	while (p < n && p < 1u << 30)
		p *= 2;
	return p;
}

static uint32_t clamped(uint32_t n, uint32_t min, uint32_t max)
{
	return n < min ? min : n > max ? max : n;
}

static bool is_indexed(const struct page *p)
{
	return !(p->is_builtin && str_eq(p->slug, STR("search")));
}

struct placed {
	uint64_t hash;
	uint32_t page;
};

static int cmp_placed(const void *x, const void *y)
{
	const struct placed *a = x, *b = y;

	return a->hash != b->hash ? (a->hash < b->hash ? -1 : 1) : (a->page > b->page) - (a->page < b->page);
}

/* By the high bits of the key's hash, in a table at most two thirds full; the next free one where it is taken. */
static void place(struct arena *a, const struct site *s, struct search_plan *out)
{
	struct placed *list = arena_array(a, struct placed, s->n_pages ? s->n_pages : 1);
	uint32_t n = 0, bits = 1;
	uint64_t next = 0;

	out->slots = arena_array(a, uint32_t, s->n_pages ? s->n_pages : 1);
	out->order = arena_array(a, uint32_t, s->n_pages ? s->n_pages : 1);
	for (uint32_t i = 0; i < s->n_pages; i++) {
		out->slots[i] = UINT32_MAX;
		if (is_indexed(&s->pages[i]))
			list[n++] = (struct placed){ str_hash(s->pages[i].key), i };
	}
	while (1u << bits < n + n / 2 && bits < 30)
		bits++;
	qsort(list, n, sizeof(*list), cmp_placed);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t slot = list[i].hash >> (64 - bits);

		slot = slot < next ? next : slot;
		next = slot + 1;
		out->slots[list[i].page] = (uint32_t)slot;
		out->order[i] = list[i].page;
	}
	out->n_docs = n;
}

void search_plan(struct arena *a, const struct site *s, struct search_plan *out)
{
	VEC(struct str) paths = { 0 };
	uint32_t n, p2;

	memset(out, 0, sizeof(*out));
	place(a, s, out);
	n = out->n_docs;
	p2 = power_of_two(n);
	out->n_terms = clamped(p2 / 32, 8, 1024);
	out->n_lists = n <= SEARCH_INLINE ? 0 : clamped(p2 / 2048, 1, 16);
	out->n_endings = clamped(p2 / 128, 4, 256);
	out->depth = p2 < 2048 ? 2 : 3;
	out->text_max = p2 < 2048 ? 12288 : 8192;
	out->has_stems = str_starts(s->config->language, STR("en"));
	vec_push(a, &paths, STR("search/index.js"));
	for (size_t i = 0; i < s->config->n_kinds; i++)
		vec_push(a, &paths, str_format(a, "search/k/%zu.js", i));
	out->first_page = paths.len;
	for (uint32_t i = 0; i < n; i++)
		vec_push(a, &paths, str_format(a, "search/d/%u.js", out->slots[out->order[i]]));
	for (uint32_t i = 0; i < out->n_terms; i++)
		vec_push(a, &paths, str_format(a, "search/t/%u.js", i));
	for (uint32_t i = 0; i < out->n_terms * out->n_lists; i++)
		vec_push(a, &paths, str_format(a, "search/p/%u.js", i));
	for (uint32_t i = 0; i < out->n_endings; i++)
		vec_push(a, &paths, str_format(a, "search/r/%u.js", i));
	out->paths = paths.ptr;
	out->n_paths = paths.len;
}

static void write_digit(struct buf *b, uint32_t v)
{
	uint32_t c = '!' + v;

	c += c >= '"';
	c += c >= '\\';
	buf_add_char(b, (char)c);
}

static void write_number(struct buf *b, uint32_t n)
{
	while (n >= 62) {
		n -= 62;
		write_digit(b, 62 + n % 30);
		n /= 30;
	}
	write_digit(b, n);
}

/* A term of a shard, with its postings: slot << 3 | level. */
struct entry {
	struct str term;
	uint32_t *postings;
	uint32_t n, at;
	bool is_common, is_prominent;
};

static int cmp_entries(const void *x, const void *y)
{
	return str_cmp(((const struct entry *)x)->term, ((const struct entry *)y)->term);
}

static void write_list(struct buf *b, const struct entry *e)
{
	uint32_t next = 0;

	write_number(b, e->n << 1 | e->is_common);
	for (uint32_t i = 0; i < e->n; i++) {
		uint32_t slot = e->postings[i] >> 3;

		write_number(b, (slot - next) << 3 | (e->postings[i] & 7));
		next = slot + 1;
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

	write_number(b, units);
	buf_add(b, str_skip(term, bytes));
	buf_add_char(b, ' ');
	*last = term;
}

struct indexer {
	const struct site *site;
	const struct search_plan *plan;
	struct arena *workers;
	struct arena *scratch;      /* one per worker */
	struct arena *kept;         /* one per worker: terms of pages, then endings */
	struct search_terms *terms; /* by doc */
	char *stream;               /* each term of each page, by shard and slot: posting, length, bytes */
	size_t *starts;             /* of the shards in the stream; one more than there are shards */
	struct str **endings;       /* by shard of t: reversed terms */
	size_t *n_endings;
	struct str *ending_list; /* grouped by shard of r */
	size_t *ending_starts;
	struct str *bytes;
	size_t first_term, first_list, first_ending; /* in bytes */
	bool with_pages;
};

static struct str finished(struct buf *b, struct arena *a)
{
	struct str s = buf_copy(b, a);

	buf_release(b);
	return s;
}

static void read_page(void *ctx, size_t worker, size_t i)
{
	struct indexer *x = ctx;
	const struct page *p = &x->site->pages[x->plan->order[i]];
	struct buf b;

	search_page_terms(&x->kept[worker], &x->scratch[worker], x->site, x->plan, p, &x->terms[i]);
	arena_reset(&x->scratch[worker]);
	if (!x->with_pages)
		return;
	buf_init(&b, 0);
	search_write_page(&b, x->site, x->plan, p);
	x->bytes[x->plan->first_page + i] = finished(&b, &x->workers[worker]);
}

#define RECORD_HEAD (sizeof(uint32_t) + 1)

/*
 * By shard, and there by slot: two passes of counting. The terms go along, because looking each up in its page's
 * list later would miss the cache each time.
 */
static void group_terms(struct indexer *x, struct arena *a)
{
	const struct search_plan *plan = x->plan;
	size_t *at;

	x->starts = arena_array(a, size_t, plan->n_terms + 1);
	for (uint32_t d = 0; d < plan->n_docs; d++)
		for (size_t t = 0; t < x->terms[d].n; t++)
			x->starts[x->terms[d].items[t].shard + 1] += RECORD_HEAD + x->terms[d].items[t].len;
	for (uint32_t i = 0; i < plan->n_terms; i++)
		x->starts[i + 1] += x->starts[i];
	x->stream = arena_alloc(a, x->starts[plan->n_terms] + 1, 1, 1);
	at = arena_array(a, size_t, plan->n_terms);
	memcpy(at, x->starts, plan->n_terms * sizeof(*at));
	for (uint32_t d = 0; d < plan->n_docs; d++) {
		for (size_t t = 0; t < x->terms[d].n; t++) {
			const struct search_term *term = &x->terms[d].items[t];
			uint32_t posting = plan->slots[plan->order[d]] << 3 | term->level;
			char *to = x->stream + at[term->shard];

			memcpy(to, &posting, sizeof(posting));
			to[sizeof(posting)] = (char)term->len;
			memcpy(to + RECORD_HEAD, x->terms[d].text + term->text, term->len);
			at[term->shard] += RECORD_HEAD + term->len;
		}
	}
}

/* Of a word that most pages have, only where it is prominent. */
static void thin_out(struct entry *e, uint32_t n_docs)
{
	uint32_t n = 0;

	if (e->n <= 200 || e->n <= n_docs / 2)
		return;
	e->is_common = true;
	for (uint32_t i = 0; i < e->n; i++)
		if ((e->postings[i] & 7) >= SEARCH_SUMMARY)
			e->postings[n++] = e->postings[i];
	e->n = n;
}

/* Reads one record of the stream; gives what follows it. */
static const char *read_record(const char *p, uint32_t *posting, struct str *term)
{
	memcpy(posting, p, sizeof(*posting));
	*term = (struct str){ p + RECORD_HEAD, (unsigned char)p[sizeof(*posting)] };
	return term->ptr + term->len;
}

static size_t collect_entries(const struct indexer *x, struct arena *a, size_t shard, struct entry **out)
{
	const char *begin = x->stream + x->starts[shard], *end = x->stream + x->starts[shard + 1];
	struct term_table table = { .n_slots = 0 };
	VEC(struct entry) list = { 0 };
	VEC(uint32_t) entry_of = { 0 };
	struct str term;
	uint32_t posting, i = 0;

	for (const char *p = begin; p < end;) {
		bool is_new;
		uint32_t at;

		p = read_record(p, &posting, &term);
		at = term_table_at(a, &table, term, &is_new);
		if (is_new)
			vec_push(a, &list, ((struct entry){ .term = term }));
		assert(at < list.len);
		list.ptr[at].n++;
		vec_push(a, &entry_of, at);
	}
	for (size_t k = 0; k < list.len; k++)
		list.ptr[k].postings = arena_alloc(a, list.ptr[k].n, sizeof(uint32_t), _Alignof(uint32_t));
	for (const char *p = begin; p < end; i++) {
		struct entry *e = &list.ptr[entry_of.ptr[i]];

		p = read_record(p, &posting, &term);
		e->postings[e->at++] = posting;
		e->is_prominent |= (posting & 7) >= SEARCH_SUMMARY;
	}
	for (size_t k = 0; k < list.len; k++)
		thin_out(&list.ptr[k], x->plan->n_docs);
	if (list.len)
		qsort(list.ptr, list.len, sizeof(struct entry), cmp_entries);
	*out = list.ptr;
	return list.len;
}

/* Words that may be meant by a mistyped one: known by more than an accident, long enough, letters. */
static bool can_be_meant(const struct entry *e)
{
	size_t next, n = 0;

	if (!e->is_prominent && !e->is_common && e->n < 3)
		return false;
	for (size_t i = 0; i < e->term.len; i = next, n++) {
		uint32_t cp = utf8_decode(e->term, i, &next);

		if (utf8_is_cjk(cp) || utf8_is_digit(cp))
			return false;
	}
	return n >= ENDING_MIN;
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

static uint32_t list_shard(const struct search_plan *plan, size_t shard, struct str term)
{
	return (uint32_t)shard * plan->n_lists + (search_hash(term) >> 8 & (plan->n_lists - 1));
}

static void write_shard(void *ctx, size_t worker, size_t shard)
{
	struct indexer *x = ctx;
	struct arena *a = &x->workers[worker], *local = &x->scratch[worker];
	struct buf terms, lists[16];
	struct entry *entries;
	size_t n = collect_entries(x, local, shard, &entries);
	struct str last = STR_NONE;

	buf_init(&terms, 0);
	buf_add_format(&terms, "dossierSearch(\"t/%zu\",\"", shard);
	for (uint32_t i = 0; i < x->plan->n_lists; i++) {
		buf_init(&lists[i], 0);
		buf_add_format(&lists[i], "dossierSearch(\"p/%zu\",\"", shard * x->plan->n_lists + i);
	}
	x->endings[shard] = arena_array(&x->kept[worker], struct str, n ? n : 1);
	for (size_t i = 0; i < n; i++) {
		const struct entry *e = &entries[i];

		write_term(&terms, &last, e->term);
		if (e->n <= SEARCH_INLINE) {
			write_list(&terms, e);
		} else {
			struct buf *b;

			assert(x->plan->n_lists);
			b = &lists[list_shard(x->plan, shard, e->term) % x->plan->n_lists];

			write_number(&terms, e->n << 1 | e->is_common);
			buf_add(b, e->term);
			buf_add_char(b, ' ');
			write_list(b, e);
		}
		if (can_be_meant(e))
			x->endings[shard][x->n_endings[shard]++] = reversed(&x->kept[worker], e->term);
	}
	buf_add_z(&terms, "\")\n");
	x->bytes[x->first_term + shard] = finished(&terms, a);
	for (uint32_t i = 0; i < x->plan->n_lists; i++) {
		buf_add_z(&lists[i], "\")\n");
		x->bytes[x->first_list + shard * x->plan->n_lists + i] = finished(&lists[i], a);
	}
	arena_reset(local);
}

static uint32_t ending_shard(const struct search_plan *plan, struct str reversed_term)
{
	size_t end = 0;

	for (int i = 0; i < ENDING_DEPTH; i++)
		utf8_decode(reversed_term, end, &end);
	return search_hash(str_cut(reversed_term, 0, end)) & (plan->n_endings - 1);
}

static void group_endings(struct indexer *x, struct arena *a)
{
	const struct search_plan *plan = x->plan;
	size_t *at;

	x->ending_starts = arena_array(a, size_t, plan->n_endings + 1);
	for (uint32_t i = 0; i < plan->n_terms; i++)
		for (size_t k = 0; k < x->n_endings[i]; k++)
			x->ending_starts[ending_shard(plan, x->endings[i][k]) + 1]++;
	for (uint32_t i = 0; i < plan->n_endings; i++)
		x->ending_starts[i + 1] += x->ending_starts[i];
	x->ending_list = arena_array(a, struct str, x->ending_starts[plan->n_endings] + 1);
	at = arena_array(a, size_t, plan->n_endings);
	memcpy(at, x->ending_starts, plan->n_endings * sizeof(*at));
	for (uint32_t i = 0; i < plan->n_terms; i++)
		for (size_t k = 0; k < x->n_endings[i]; k++)
			x->ending_list[at[ending_shard(plan, x->endings[i][k])]++] = x->endings[i][k];
}

static int cmp_strings(const void *x, const void *y)
{
	return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

static void write_endings(void *ctx, size_t worker, size_t shard)
{
	struct indexer *x = ctx;
	struct str *list = x->ending_list + x->ending_starts[shard], last = STR_NONE;
	size_t n = x->ending_starts[shard + 1] - x->ending_starts[shard];
	struct buf b;

	qsort(list, n, sizeof(*list), cmp_strings);
	buf_init(&b, 0);
	buf_add_format(&b, "dossierSearch(\"r/%zu\",\"", shard);
	for (size_t i = 0; i < n; i++)
		write_term(&b, &last, list[i]);
	buf_add_z(&b, "\")\n");
	x->bytes[x->first_ending + shard] = finished(&b, &x->workers[worker]);
}

static void write_kinds(struct indexer *x, struct arena *a)
{
	const struct search_plan *plan = x->plan;
	struct entry e = { .postings = arena_array(a, uint32_t, plan->n_docs + 1) };
	bool is_first = true;
	struct buf b, index;

	buf_init(&index, 0);
	buf_add_format(&index,
		       "dossierSearch(\"index\",{\"n\":%u,\"depth\":%u,\"t\":%u,\"p\":%u,\"r\":%u,\"inline\":%d,"
		       "\"stems\":%s,\"kinds\":[",
		       plan->n_docs, plan->depth, plan->n_terms, plan->n_lists, plan->n_endings, SEARCH_INLINE,
		       plan->has_stems ? "true" : "false");
	for (uint32_t k = 0; k < x->site->config->n_kinds; k++) {
		const struct kind *kind = &x->site->config->kinds[k];

		e.n = 0;
		for (uint32_t d = 0; d < plan->n_docs; d++) {
			const struct page *p = &x->site->pages[plan->order[d]];

			if (p->kind == kind && !p->is_section && !p->is_builtin && !p->is_home)
				e.postings[e.n++] = plan->slots[p->index] << 3;
		}
		buf_init(&b, 0);
		buf_add_format(&b, "dossierSearch(\"k/%u\",\"", k);
		write_list(&b, &e);
		buf_add_z(&b, "\")\n");
		x->bytes[1 + k] = finished(&b, &x->workers[0]);
		buf_add_z(&index, is_first ? "[" : ",[");
		is_first = false;
		buf_add_json(&index, kind->id);
		buf_add_char(&index, ',');
		buf_add_json(&index, kind->label);
		buf_add_char(&index, ',');
		buf_add_json(&index, kind->plural);
		buf_add_format(&index, ",%u]", e.n);
	}
	buf_add_z(&index, "]})\n");
	x->bytes[0] = finished(&index, &x->workers[0]);
}

void search_build(const struct site *s, const struct search_plan *plan, bool with_pages, struct pool *pool,
		  struct arena *workers, struct str *bytes)
{
	struct arena a = { 0 };
	struct indexer x = { .site = s, .plan = plan, .workers = workers, .bytes = bytes, .with_pages = with_pages };

	x.first_term = plan->first_page + plan->n_docs;
	x.first_list = x.first_term + plan->n_terms;
	x.first_ending = x.first_list + (size_t)plan->n_terms * plan->n_lists;
	x.scratch = arena_array(&a, struct arena, pool_size(pool));
	x.kept = arena_array(&a, struct arena, pool_size(pool));
	x.terms = arena_array(&a, struct search_terms, plan->n_docs + 1);
	x.endings = arena_array(&a, struct str *, plan->n_terms);
	x.n_endings = arena_array(&a, size_t, plan->n_terms);
	pool_each(pool, plan->n_docs, read_page, &x);
	group_terms(&x, &a);
	for (size_t i = 0; i < pool_size(pool); i++)
		arena_release(&x.kept[i]);
	pool_each(pool, plan->n_terms, write_shard, &x);
	group_endings(&x, &a);
	pool_each(pool, plan->n_endings, write_endings, &x);
	write_kinds(&x, &a);
	for (size_t i = 0; i < pool_size(pool); i++) {
		arena_release(&x.scratch[i]);
		arena_release(&x.kept[i]);
	}
	arena_release(&a);
}
