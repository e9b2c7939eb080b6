#include "base/sort.h"

#include <stdbool.h>
#include <string.h>

#include "base/vec.h"

#define FEW 32 /* items, for which counting bytes costs more than moving items */

static void insert_all(struct sort_item *list, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct sort_item item = list[i];
		size_t at = i;

		for (; at > 0 && list[at - 1].key > item.key; at--)
			list[at] = list[at - 1];
		list[at] = item;
	}
}

static void sort_byte(const struct sort_item *from, size_t n, struct sort_item *to, unsigned shift)
{
	size_t starts[257] = { 0 };

	for (size_t i = 0; i < n; i++)
		starts[(from[i].key >> shift & 255) + 1]++;
	for (size_t d = 1; d < 257; d++)
		starts[d] += starts[d - 1];
	for (size_t i = 0; i < n; i++)
		to[starts[from[i].key >> shift & 255]++] = from[i];
}

void sort_items(struct sort_item *list, size_t n, struct sort_item *spare)
{
	struct sort_item *from = list, *to = spare, *swap;
	uint64_t differ = 0;
	bool is_sorted = true;

	for (size_t i = 1; i < n; i++) {
		differ |= list[i].key ^ list[0].key;
		is_sorted &= list[i - 1].key <= list[i].key;
	}
	if (is_sorted)
		return;
	if (n < FEW) {
		insert_all(list, n);
		return;
	}
	for (unsigned shift = 0; shift < 64; shift += 8) {
		if (!(differ >> shift & 255))
			continue;
		sort_byte(from, n, to, shift);
		swap = from;
		from = to;
		to = swap;
	}
	if (from != list)
		memcpy(list, from, n * sizeof(*list));
}

struct runs {
	char *list, *spare; /* room for the overlap at hand */
	size_t spare_bytes, size;
	int (*cmp)(const void *x, const void *y);
	struct arena arena;
	VEC(size_t) ends;
};

/* How many of the first `n` items at `from` come before `item`, or are equal and `with_equal`. */
static size_t count_before(const struct runs *r, size_t from, size_t n, const char *item, bool with_equal)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = r->cmp(r->list + (from + mid) * r->size, item);

		if (c < 0 || (c == 0 && with_equal))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static char *spare(struct runs *r, const char *items, size_t bytes)
{
	if (bytes > r->spare_bytes) {
		r->spare_bytes = 2 * bytes;
		r->spare = arena_alloc(&r->arena, r->spare_bytes, 1, _Alignof(max_align_t));
	}
	return memcpy(r->spare, items, bytes);
}

/* x, which is moved aside, stands before y; from their fronts. */
static void merge_up(struct runs *r, char *x, char *y, char *end)
{
	size_t bytes = (size_t)(y - x);
	char *at = x, *next = spare(r, x, bytes), *last = next + bytes;

	while (next < last) {
		bool takes_y = y < end && r->cmp(y, next) < 0;

		memcpy(at, takes_y ? y : next, r->size);
		at += r->size;
		*(takes_y ? &y : &next) += r->size;
	}
}

/* y is moved aside; from their ends. */
static void merge_down(struct runs *r, char *x, char *y, char *end)
{
	size_t bytes = (size_t)(end - y);
	char *first = spare(r, y, bytes), *left = first + bytes, *last = y;

	while (left > first) {
		bool takes_x = last > x && r->cmp(last - r->size, left - r->size) > 0;
		char **from = takes_x ? &last : &left;

		*from -= r->size;
		end -= r->size;
		memcpy(end, *from, r->size);
	}
}

static void merge(struct runs *r, size_t from, size_t mid, size_t end)
{
	size_t size = r->size;

	from += count_before(r, from, mid - from, r->list + mid * size, true);
	if (from == mid)
		return;
	end = mid + count_before(r, mid, end - mid, r->list + (mid - 1) * size, false);
	(mid - from <= end - mid ? merge_up : merge_down)(r, r->list + from * size, r->list + mid * size,
							  r->list + end * size);
}

void sort_runs(void *list, size_t n, size_t size, int (*cmp)(const void *x, const void *y))
{
	struct runs r = { .list = list, .size = size, .cmp = cmp };

	for (size_t i = 1; i <= n; i++)
		if (i == n || cmp(r.list + (i - 1) * size, r.list + i * size) > 0)
			vec_push(&r.arena, &r.ends, i);
	while (r.ends.len > 1) {
		size_t kept = 0;

		for (size_t i = 0; i + 1 < r.ends.len; i += 2) {
			merge(&r, i ? r.ends.ptr[i - 1] : 0, r.ends.ptr[i], r.ends.ptr[i + 1]);
			r.ends.ptr[kept++] = r.ends.ptr[i + 1];
		}
		if (r.ends.len % 2)
			r.ends.ptr[kept++] = n;
		r.ends.len = kept;
	}
	arena_release(&r.arena);
}
