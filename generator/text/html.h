#ifndef HTML_H
#define HTML_H

#include "base/diag.h"
#include "base/str.h"

/*
 * html - reads a finished page back with libxml2's HTML parser: a second
 * opinion on what we wrote; one of the two doors to libxml2. Slow beside
 * everything else (a tree is built), so not for the hot path.
 *
 * The parser knows HTML 4; what HTML 5 added is known by a list here. Safe on
 * any number of threads after xml_setup.
 */
enum html_ref_type {
	HTML_HREF, /* href of any element */
	HTML_SRC,  /* src, poster, data of object, and the addresses of srcset */
};

struct html_ref {
	struct str text; /* as the attribute's value means it, references decoded */
	uint32_t line;
	enum html_ref_type type;
};

struct html_page {
	struct str title, lang;
	bool has_title, has_lang;
	struct html_ref *ids; /* in document order, doubles included */
	size_t n_ids;
	struct html_ref *refs;
	size_t n_refs;
	uint32_t *without_alt; /* lines of images without an alt attribute */
	size_t n_without_alt;
};

/*
 * Everything in *out lies in `a`. Errors of the parser are "html/syntax" at
 * `path`, at most HTML_MAX_ERRORS of them. False when there was one; *out then
 * holds what could be read.
 */
#define HTML_MAX_ERRORS 20
bool html_read(struct arena *a, struct str path, struct str text, struct html_page *out, struct diag_list *dl);

#endif
