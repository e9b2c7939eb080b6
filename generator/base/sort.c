#include "base/sort.h"

#include <stdbool.h>
#include <string.h>

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
