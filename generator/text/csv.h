#ifndef CSV_H
#define CSV_H

#include "base/diag.h"
#include "base/value.h"

/*
 * csv - reads RFC 4180 (also LF line ends, a BOM, and a missing last line end)
 * with a header row into an array of tables of strings. Rows with too many or
 * too few fields, duplicate or empty headers, and stray quotes are errors ("csv/…").
 */
bool csv_parse(struct arena *a, struct str path, struct str text, struct value **out, struct diag_list *dl);

#endif
