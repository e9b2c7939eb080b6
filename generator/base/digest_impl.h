#ifndef DIGEST_IMPL_H
#define DIGEST_IMPL_H

#include "base/digest.h"

/* digest_impl - what the parts of digest share. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define DIGEST_WIDE
struct digest digest_of_wide(struct str bytes);
#endif

#endif
