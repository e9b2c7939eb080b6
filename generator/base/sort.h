#ifndef SORT_H
#define SORT_H

#include <stddef.h>
#include <stdint.h>

/*
 * sort - numbers put in the order of whole-number keys, without comparing them
 * two by two: what is sorted by date or by count, anew in every run; and lists
 * that mostly are in order already.
 */
struct sort_item {
	uint64_t key;
	uint32_t value;
};

/*
 * Ascending by key; equal keys stay as they were. `spare` has room for n items, whose contents do not matter. Time is
 * linear: a radix sort from the last byte on (Knuth, The Art of Computer Programming, 5.2.5) that passes over the bytes
 * all keys share; a few items are inserted one by one.
 */
void sort_items(struct sort_item *list, size_t n, struct sort_item *spare);

/*
 * As qsort, but equal ones stay as they were, and what is in order costs one comparison each. A natural merge sort (Knuth,
 * 5.2.4): runs are merged two by two, and of two only what overlaps is moved.
 */
void sort_runs(void *list, size_t n, size_t size, int (*cmp)(const void *x, const void *y));

#endif
