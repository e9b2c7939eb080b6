#include "base/vec.h"

#include <stdint.h>

void *vec_room(struct arena *a, void *ptr, size_t *cap, size_t want, size_t size)
{
	size_t more = *cap ? *cap : 8;

	if (want <= *cap)
		return ptr;
	while (more < want)
		more = more > SIZE_MAX / 2 ? want : more * 2;
	/* Arrays are of any type, and an arena's data start at the strictest alignment anyway. */
	ptr = arena_grow(a, ptr, *cap, more, size, _Alignof(max_align_t));
	*cap = more;
	return ptr;
}
