#ifndef API_H
#define API_H

#include "base/buf.h"

/*
 * api - everything that templates and plugins can use, as Markdown, from the
 * same tables that the compiler and the binding read: `dossier lua-api`.
 */
void api_write_markdown(struct buf *out);

#endif
