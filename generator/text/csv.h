#ifndef CSV_H
#define CSV_H

#include "base/diag.h"
#include "base/value.h"

/*
 * csv - reads RFC 4180 (also LF line ends, a BOM, and a missing last line end)
 * with a header row into an array of tables of strings, in the order of the
 * rows and columns. Linear in the size of the input.
 *
 * Empty lines are passed over. A field keeps its white space, a header does not;
 * line ends inside quotes are read as LF. Rows with too many or too few fields,
 * duplicate or empty headers, and stray quotes are errors ("csv/…"): a bad row is
 * left out and reading goes on, up to CSV_MAX_ERRORS.
 */
#define CSV_MAX_BYTES (64 << 20)
#define CSV_MAX_COLUMNS 1000
#define CSV_MAX_ERRORS 100

/* *out is an array, also on failure (of the rows that could be read). A table's position is its first field's. */
bool csv_parse(struct arena *a, struct str path, struct str text, struct value **out, struct diag_list *dl);

#endif
