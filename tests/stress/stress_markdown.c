/*
 * stress_markdown - 100,000 parses by 2 threads and by 8, compared with those
 * of one thread. Prints what differs; exit 1 when anything does.
 */
#include <stdio.h>

#include "unit/markdown_threads.h"

int main(void)
{
	static const size_t threads[] = { 2, 8 };
	size_t all = 0;

	for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
		size_t wrong = threads_differences(threads[i], 100000);

		printf("%zu threads: %zu of 100000 parses differ\n", threads[i], wrong);
		all += wrong;
	}
	return all ? 1 : 0;
}
