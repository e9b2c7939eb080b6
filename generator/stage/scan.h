#ifndef SCAN_H
#define SCAN_H

#include "base/diag.h"
#include "base/digest.h"
#include "base/fs.h"
#include "base/str.h"

/*
 * scan - finds the files of a site. Reads names and sizes, never contents.
 *
 * Lists are sorted by path, so nothing later depends on the order of a folder.
 * Symbolic links are followed while they stay inside the site; one that leads
 * out is an error. Hidden files and those ending in '~' are passed over.
 */
enum scan_area { SCAN_CONTENT, SCAN_DATA, SCAN_TEMPLATES, SCAN_PLUGINS, SCAN_ASSETS, SCAN_AREAS };

struct scan_file {
	struct str path; /* from the root: "content/companies/deepseek.md" */
	struct str file; /* on disk */
	uint64_t size;
	int64_t mtime_ns;
	struct digest digest; /* of its bytes, where somebody has read them since; zero: nobody has */
};

struct scan {
	struct scan_file *files[SCAN_AREAS];
	size_t n_files[SCAN_AREAS];
};

struct pool;
/* Files are looked at by all workers. Missing folders are empty. False only when the root itself cannot be read. */
bool scan_site(struct arena *a, struct str root, struct pool *pool, struct scan *out, struct diag_list *dl);
const char *scan_folder(enum scan_area area); /* "content" */

#endif
