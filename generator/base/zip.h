#ifndef ZIP_H
#define ZIP_H

#include "base/buf.h"
#include "base/str.h"

/*
 * zip - archives of files; the door to libarchive. The same files give the same
 * bytes: entries have no time, owner or rights of their own (readers show
 * 1980-01-01). Names are UTF-8 with slashes.
 */
struct zip;

/* What is added goes to the end of `out`, which outlives it. NULL: the library is not there. */
struct zip *zip_new(struct buf *out);
void zip_add(struct zip *z, struct str name, struct str bytes);
/* Ends the archive and frees `z`. False: it is larger than `out` may be. */
bool zip_end(struct zip *z);

#endif
