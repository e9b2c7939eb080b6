#ifndef XML_H
#define XML_H

#include "base/buf.h"
#include "base/diag.h"

/*
 * xml - writes XML 1.0, and reads it back through libxml2 to see whether it is
 * well-formed; one of the two doors to libxml2.
 *
 * Text and attribute values may be any bytes: what XML 1.0 cannot hold (most
 * control characters, bad UTF-8) becomes U+FFFD. Names are ours, must be
 * names, and outlive what is written.
 */
#define XML_MAX_DEPTH 16

struct xml {
	struct buf *out;
	const char *open[XML_MAX_DEPTH];
	unsigned depth;
	bool is_in_tag; /* attributes may follow */
};

/* Writes the declaration. Everything is appended to `out`. */
void xml_begin(struct xml *x, struct buf *out);
void xml_open(struct xml *x, const char *name);
void xml_attribute(struct xml *x, const char *name, struct str value); /* right after its xml_open */
void xml_text(struct xml *x, struct str text);
void xml_close(struct xml *x);
void xml_element(struct xml *x, const char *name, struct str text); /* left out when empty */
/* A line end between elements, for people and for diff. */
void xml_line(struct xml *x);
void xml_end(struct xml *x); /* closes what is open */

/* Loads libxml2. Once, before any thread reads. False: it is not on this machine. */
bool xml_setup(void);
/*
 * Whether `text` is well-formed; the first errors are "xml/syntax" at `path`.
 * *texts gets the text of every element with the local name `element`, in order;
 * without `element` texts and n are not looked at. Documents with a DOCTYPE are refused.
 */
bool xml_check(struct arena *a, struct str path, struct str text, const char *element, struct str **texts, size_t *n,
	       struct diag_list *dl);

#endif
