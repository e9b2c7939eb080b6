#include <stdlib.h>
#include <string.h>

#include "base/doc.h"
#include "base/utf8.h"
#include "stage/search_impl.h"

#define JOINED_MAX 32      /* bytes of the words of a name in one */
#define AVERAGE_LENGTH 400 /* of a page, in words; fixed, so that no page's levels depend on another */
#define TERMS_BITS 14      /* of the slots that there are at first */

static void make_tables(struct search_terms *t, unsigned bits)
{
	size_t n = (size_t)1 << bits;

	t->n_slots = n;
	t->shift = 64 - bits;
	t->slots = arena_sys_realloc(t->slots, n * sizeof(*t->slots));
	t->words = arena_sys_realloc(t->words, n / 2 * sizeof(*t->words));
	t->list = arena_sys_realloc(t->list, n / 2 * sizeof(*t->list));
	t->page = arena_sys_realloc(t->page, (n / 2 + 1) * sizeof(*t->page));
	memset(t->slots, 0, n * sizeof(*t->slots));
}

void search_terms_init(struct search_terms *t, struct arena *a, const struct search_plan *plan)
{
	memset(t, 0, sizeof(*t));
	t->arena = a;
	t->depth = plan->depth;
	make_tables(t, TERMS_BITS);
	search_text_init(&t->text, plan->has_stems);
	buf_init(&t->doc, 0);
}

void search_terms_release(struct search_terms *t)
{
	free(t->slots);
	free(t->words);
	free(t->list);
	free(t->page);
	search_text_release(&t->text);
	buf_release(&t->doc);
}

static inline size_t first_slot(const struct search_terms *t, uint64_t head, uint64_t tail)
{
	uint64_t h = (head ^ (tail << 29 | tail >> 35)) * 0x9e3779b97f4a7c15u;

	return (size_t)((h ^ h >> 32) * 0x9e3779b97f4a7c15u >> t->shift);
}

static void put_slot(struct search_terms *t, size_t number)
{
	size_t at = first_slot(t, t->words[number].head, t->words[number].tail);

	while (t->slots[at])
		at = (at + 1) & (t->n_slots - 1);
	t->slots[at] = (uint32_t)number + 1;
}

static uint32_t add_term(struct search_terms *t, const struct search_key *k)
{
	char bytes[16];

	if (t->n * 2 >= t->n_slots) {
		make_tables(t, 64 - t->shift + 1);
		for (size_t i = 0; i < t->n; i++)
			put_slot(t, i);
	}
	t->words[t->n] = (struct search_word){ .head = k->head, .tail = k->tail };
	t->list[t->n] = (struct search_term){ .text = str_copy(t->arena, search_key_text(k, bytes)).ptr,
					      .len = (uint8_t)k->len };
	put_slot(t, t->n);
	return (uint32_t)t->n++;
}

static inline uint32_t number_of(struct search_terms *t, const struct search_key *k)
{
	uint32_t number;

	for (size_t at = first_slot(t, k->head, k->tail); (number = t->slots[at]) != 0;
	     at = (at + 1) & (t->n_slots - 1)) {
		const struct search_word *w = &t->words[number - 1];

		if (((w->head ^ k->head) | (w->tail ^ k->tail)) == 0)
			return number - 1;
	}
	return add_term(t, k);
}

/* On the page at hand; whether it is the first time there is hard to foretell, so nothing is skipped where it is not. */
static inline struct search_word *note(struct search_terms *t, const struct search_key *k)
{
	uint32_t number = number_of(t, k);
	struct search_word *w = &t->words[number];

	t->page[t->n_page] = number;
	t->n_page += (w->times | w->level) == 0;
	return w;
}

/* Whatever stands in t->text.text; gives how many words those are. */
static uint32_t count(struct search_terms *t)
{
	const struct search_key *k, *end;

	search_split_text(&t->text);
	end = t->text.keys + t->text.n;
	for (k = t->text.keys; k < end; k++)
		note(t, k)->times++;
	return (uint32_t)t->text.n;
}

static void raise(struct search_terms *t, const struct search_key *k, enum search_level level)
{
	struct search_word *w = note(t, k);

	if (w->level < level)
		w->level = level;
}

static void collect(struct search_terms *t, struct str text, enum search_level level)
{
	buf_add(&t->text.text, text);
	search_split_text(&t->text);
	for (size_t i = 0; i < t->text.n; i++)
		raise(t, &t->text.keys[i], level);
}

/* Of CJK one character alone finds its pairs. */
static void collect_beginnings(struct search_terms *t, struct str word)
{
	char begin[16] = { SEARCH_BEGIN };
	size_t i = 0, next;

	for (uint32_t n = 1; n < t->depth && !utf8_is_cjk(utf8_decode(word, i, &next)) && next < word.len; n++) {
		struct search_key k;

		memcpy(begin + 1 + i, word.ptr + i, next - i);
		i = next;
		k = search_key_of(begin, 1 + i);
		raise(t, &k, SEARCH_NAME);
	}
}

/* A name is a term as a whole too, if it is short: found as it stands, and before longer ones that have its words. */
static void collect_name(struct search_terms *t, struct str name)
{
	char joined[JOINED_MAX], bytes[16];
	size_t len = 0;
	struct search_key whole;

	collect(t, name, SEARCH_NAME);
	if (t->text.n)
		collect_beginnings(t, search_key_text(&t->text.keys[0], bytes));
	for (size_t i = 0; i < t->text.n; i++) {
		struct str text = search_key_text(&t->text.keys[i], bytes);

		if (len + text.len > JOINED_MAX)
			return;
		memcpy(joined + len, text.ptr, text.len);
		len += text.len;
	}
	whole = search_key_of(joined, len);
	if (len)
		raise(t, &whole, SEARCH_WHOLE);
}

/* Its kind is a term too, which no word can be. */
static void collect_kind(struct search_terms *t, const struct page *p)
{
	char term[64] = { SEARCH_KIND };
	struct str id = p->kind->id;
	struct search_key k;

	if (p->is_section || p->is_builtin || p->is_home || id.len >= sizeof(term))
		return;
	memcpy(term + 1, id.ptr, id.len);
	k = search_key_of(term, id.len + 1);
	raise(t, &k, SEARCH_SUMMARY);
}

static void collect_head(struct search_terms *t, const struct page *p)
{
	for (size_t i = 0; i < p->n_names; i++)
		collect_name(t, p->names[i].text);
	collect_kind(t, p);
	for (size_t i = 0; i < p->n_outline; i++)
		collect(t, p->outline[i].text, SEARCH_HEADING);
	collect(t, p->summary.len ? p->summary : p->excerpt, SEARCH_SUMMARY);
	for (size_t i = 0; i < p->n_tags; i++)
		collect(t, p->tags[i], SEARCH_SUMMARY);
	for (size_t i = 0; i < p->n_authors; i++)
		collect(t, p->authors[i], SEARCH_SUMMARY);
	if (p->source) {
		collect(t, p->source->publisher, SEARCH_SUMMARY);
		collect(t, p->source->author, SEARCH_SUMMARY);
	}
}

void search_write_fact(struct buf *b, const struct fact *f)
{
	buf_add(b, f->measure);
	buf_add_z(b, ": ");
	record_write_value(b, f);
	if (f->scope.len) {
		buf_add_z(b, " (");
		buf_add(b, f->scope);
		buf_add_char(b, ')');
	}
	buf_add_z(b, ". ");
	buf_add(b, f->r.quote);
}

static uint32_t count_text(struct search_terms *t, const struct site *s, const struct page *p)
{
	struct buf *text = &t->text.text;
	const struct doc *d;
	uint32_t words;

	d = site_read_doc(s, p, &t->doc);
	doc_plain(text, d, 1, d->n_nodes);
	words = count(t);
	for (size_t i = 0; i < p->n_own_facts; i++) {
		search_write_fact(text, &s->records.facts[p->facts[i]]);
		words += count(t);
	}
	for (size_t i = 0; i < p->n_events; i++) {
		buf_add(text, s->records.events[p->events[i]].text);
		words += count(t);
	}
	for (size_t i = 0; i < p->n_quotes; i++) {
		buf_add(text, s->records.quotes[p->quotes[i]].text);
		words += count(t);
	}
	return words;
}

/*
 * The level of a word that stands in the text alone: three steps of BM25's t / (t + norm), which begin at 0, 0.4 and 0.7.
 * `norm` is k (1 - b + b length / average) with k = 1.2 and b = 0.75, ten times the average times it; lengths count in
 * powers of two, so that a small edit moves nothing.
 */
static void weigh(struct search_terms *t, uint32_t words)
{
	uint32_t norm, length = 64, some, many;

	while (length < words && length < 8192)
		length *= 2;
	norm = 3 * (AVERAGE_LENGTH + 3 * length);
	some = (norm * 2 + 30 * AVERAGE_LENGTH - 1) / (30 * AVERAGE_LENGTH);
	many = (norm * 7 + 30 * AVERAGE_LENGTH - 1) / (30 * AVERAGE_LENGTH);
	for (size_t i = 0; i < t->n_page; i++) {
		struct search_word *w = &t->words[t->page[i]];

		if (w->level == SEARCH_TEXT)
			w->level = (uint32_t)(w->times >= some) + (w->times >= many);
	}
}

void search_read(struct search_terms *t, const struct site *s, const struct page *p)
{
	uint32_t words;

	t->n_page = 0;
	arena_reset(&t->text.scratch);
	collect_head(t, p);
	words = count_text(t, s, p);
	weigh(t, words);
}
