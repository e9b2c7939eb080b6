#include "base/digest_impl.h"

/* Compiled for registers that not every machine has: digest asks before it calls. */
#ifdef DIGEST_WIDE

#pragma GCC target("avx2")
#define XXH_INLINE_ALL
#include <xxhash.h>

struct digest digest_of_wide(struct str bytes)
{
	XXH128_hash_t h = XXH3_128bits(bytes.ptr, bytes.len);

	return (struct digest){ h.high64, h.low64 };
}

#endif
