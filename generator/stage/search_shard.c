#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "stage/search_impl.h"

#define ENDING_DEPTH 2 /* last letters that decide the shard of an ending */

static void add_posting(struct buf *b, uint32_t after, uint32_t posting)
{
	char bytes[SEARCH_POSTING];
	char *end = search_put_posting(bytes, after, posting >> 3, posting & 7);

	buf_add_mem(b, bytes, (size_t)(end - bytes));
}

static void write_list(struct buf *b, const struct search_entry *e)
{
	uint32_t after = 0;

	for (const struct search_block *block = e->list.first; block; block = block->next) {
		add_posting(b, after, block->first);
		buf_add_mem(b, block->bytes, block->len);
		after = block->after;
	}
}

/* Gives how many there are. */
static uint32_t write_prominent(struct buf *b, const struct search_entry *e)
{
	struct search_reader r = { .block = e->list.first };
	uint32_t posting, after = 0, n = 0;

	while (search_next(&r, &posting)) {
		if ((posting & 7) < SEARCH_SUMMARY)
			continue;
		add_posting(b, after, posting);
		after = (posting >> 3) + 1;
		n++;
	}
	return n;
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

void search_write_shard(struct buf *out, const struct search_index *x, size_t shard)
{
	const struct search_plan *plan = x->plan;
	struct arena scratch = { 0 };
	const struct search_entry *entries = search_entries(&scratch, &x->shards[shard]);
	struct str *last = arena_array(&scratch, struct str, 1 + plan->n_lists);
	struct buf list;

	buf_init(&list, 0);
	buf_add_format(out, "dossierSearch(\"t/%zu\",\"", shard);
	for (size_t i = 0; i < plan->n_lists; i++)
		buf_add_format(&out[1 + i], "dossierSearch(\"p/%zu\",\"", shard * plan->n_lists + i);
	for (size_t i = 0; i < x->shards[shard].n; i++) {
		const struct search_entry *e = &entries[i];
		bool is_common = search_is_common(e->n, plan->n_docs);
		uint32_t n = e->n, to = 0;

		buf_clear(&list);
		if (is_common)
			n = write_prominent(&list, e);
		else
			write_list(&list, e);
		write_term(out, &last[0], e->text);
		if (n > SEARCH_INLINE && plan->n_lists) {
			search_add_number(out, n << 2 | 2 | is_common);
			to = 1 + (search_hash(e->text) >> 8 & (plan->n_lists - 1));
			write_term(&out[to], &last[to], e->text);
		}
		search_add_number(&out[to], n << 2 | is_common);
		if (n)
			search_add_number(&out[to], (uint32_t)list.len);
		buf_add(&out[to], buf_str(&list));
	}
	for (size_t i = 0; i <= plan->n_lists; i++)
		buf_add_z(&out[i], "\")\n");
	buf_release(&list);
	arena_release(&scratch);
}

uint32_t search_ending_shard(const struct search_plan *plan, struct str term)
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

void search_group_endings(struct arena *a, const struct search_index *x, struct search_endings *out)
{
	const struct search_plan *plan = x->plan;
	size_t *at = arena_array(a, size_t, plan->n_endings);

	out->starts = arena_array(a, size_t, plan->n_endings + 1);
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < plan->n_terms; i++) {
			const struct search_entry *entries = search_entries(a, &x->shards[i]);

			for (size_t k = 0; k < x->shards[i].n; k++) {
				uint32_t shard;

				if (!entries[k].is_meant)
					continue;
				shard = search_ending_shard(plan, entries[k].text);
				if (pass)
					out->list[at[shard]++] = entries[k].text;
				else
					out->starts[shard + 1]++;
			}
		}
		if (pass)
			break;
		for (uint32_t i = 0; i < plan->n_endings; i++)
			out->starts[i + 1] += out->starts[i];
		memcpy(at, out->starts, plan->n_endings * sizeof(*at));
		out->list = arena_array(a, struct str, out->starts[plan->n_endings] + 1);
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

void search_write_endings(struct buf *out, const struct search_endings *e, size_t shard)
{
	struct arena scratch = { 0 };
	size_t first = e->starts[shard], n = e->starts[shard + 1] - first;
	struct str *list = arena_array(&scratch, struct str, n + 1), last = STR_NONE;

	for (size_t i = 0; i < n; i++)
		list[i] = reversed(&scratch, e->list[first + i]);
	qsort(list, n, sizeof(*list), cmp_strings);
	buf_add_format(out, "dossierSearch(\"r/%zu\",\"", shard);
	for (size_t i = 0; i < n; i++) {
		write_term(out, &last, list[i]);
		search_add_number(out, 0);
	}
	buf_add_z(out, "\")\n");
	arena_release(&scratch);
}
