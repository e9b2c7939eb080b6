#ifndef CHECK_H
#define CHECK_H

#include "base/diag.h"
#include "site/config.h"

/*
 * check - a second opinion on a published tree, by other means than those that
 * made it: every page is read back with libxml2, every feed and sitemap parsed,
 * every line of JSON read.
 *
 * Errors are "check/…", "html/syntax", "xml/syntax" and "json/…", at the path
 * of the file. Files that nothing links to are notes. False: there was an
 * error. Call xml_setup before.
 */
bool check_tree(struct arena *a, const struct config *c, struct str output_dir, struct diag_list *dl);

#endif
