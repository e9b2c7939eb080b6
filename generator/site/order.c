#include "site/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/sort.h"

/* The first eight bytes, so that most titles are put in order without being looked at two by two. */
static uint64_t front_of(struct str s)
{
	uint64_t key = 0;

	for (size_t i = 0; i < 8; i++)
		key = key << 8 | (i < s.len ? (unsigned char)s.ptr[i] : 0);
	return key;
}

static int by_title(const void *x, const void *y, void *ctx)
{
	const struct site *s = ctx;
	uint32_t a = ((const struct sort_item *)x)->value, b = ((const struct sort_item *)y)->value;
	int c = str_cmp(s->pages[a].sort_key, s->pages[b].sort_key);

	/* Pages are in the order of their keys. */
	return c ? c : (a > b) - (a < b);
}

static void sort_titles(struct site *s, struct sort_item *list, struct sort_item *spare)
{
	for (uint32_t i = 0; i < s->n_pages; i++)
		list[i] = (struct sort_item){ front_of(s->pages[i].sort_key), i };
	sort_items(list, s->n_pages, spare);
	for (size_t i = 0, end; i < s->n_pages; i = end) {
		for (end = i + 1; end < s->n_pages && list[end].key == list[i].key; end++)
			;
		if (end > i + 1)
			qsort_r(list + i, end - i, sizeof(*list), by_title, s);
	}
}

static uint32_t *values_of(struct arena *a, const struct sort_item *list, size_t n)
{
	uint32_t *values = arena_alloc(a, n ? n : 1, sizeof(*values), _Alignof(uint32_t));

	for (size_t i = 0; i < n; i++)
		values[i] = list[i].value;
	return values;
}

void order_pages(struct site *s, struct arena *a)
{
	struct arena scratch = { 0 };
	size_t n = s->n_pages;
	struct sort_item *list = arena_array(&scratch, struct sort_item, 2 * n + 1);

	sort_titles(s, list, list + n);
	s->by_title = values_of(a, list, n);
	for (size_t i = 0; i < n; i++)
		list[i].key = date_key(s->pages[list[i].value].date);
	sort_items(list, n, list + n);
	s->by_oldest = values_of(a, list, n);
	for (size_t i = 0; i < n; i++)
		list[i] = (struct sort_item){ ~date_key(s->pages[s->by_title[i]].date), s->by_title[i] };
	sort_items(list, n, list + n);
	s->by_newest = values_of(a, list, n);
	arena_release(&scratch);
}

/* Ascending as the number is (IEEE 754-2019, 5.10: the sign turned, or all bits of what is negative). */
static uint64_t key_of(double weight)
{
	uint64_t bits;

	weight += 0.0; /* one zero */
	memcpy(&bits, &weight, sizeof(bits));
	return bits >> 63 ? ~bits : bits | 1ULL << 63;
}

const uint32_t *order_by(const struct site *s, struct arena *a, struct str by)
{
	bool is_by_weight = str_eq(by, STR("weight"));
	struct sort_item *list;

	if (str_eq(by, STR("date")))
		return s->by_oldest;
	if (str_eq(by, STR("-date")))
		return s->by_newest;
	if (!is_by_weight && !str_eq(by, STR("-mentions")))
		return s->by_title;
	list = arena_array(a, struct sort_item, 2 * s->n_pages + 1);
	for (size_t i = 0; i < s->n_pages; i++) {
		const struct page *p = &s->pages[s->by_title[i]];

		list[i] = (struct sort_item){ is_by_weight ? key_of(p->weight) : ~(uint64_t)p->n_backlinks,
					      s->by_title[i] };
	}
	sort_items(list, s->n_pages, list + s->n_pages);
	return values_of(a, list, s->n_pages);
}
