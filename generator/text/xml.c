#include "text/xml.h"

#include <assert.h>
#include <libxml/parser.h>
#include <libxml/xmlwriter.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "base/vec.h"

#define MAX_ERRORS 20

#if LIBXML_VERSION >= 21200
#define ERROR_TYPE const xmlError
#else
#define ERROR_TYPE xmlError
#endif

/* libxml2's own cast drops const. */
static const xmlChar *as_xml(const char *z)
{
	return (const xmlChar *)z;
}

void xml_setup(void)
{
	xmlInitParser();
}

static int on_write(void *ctx, const char *bytes, int len)
{
	buf_add_mem(ctx, bytes, (size_t)len);
	return len;
}

static int on_close(void *ctx)
{
	(void)ctx;
	return 0;
}

void xml_begin(struct xml *x, struct buf *out)
{
	xmlOutputBuffer *sink = xmlOutputBufferCreateIO(on_write, on_close, out, NULL);

	*x = (struct xml){ .out = out };
	buf_init(&x->scratch, 0);
	x->writer = sink ? xmlNewTextWriter(sink) : NULL;
	/* Running out of memory ends the program everywhere else, too. */
	if (!x->writer)
		abort();
	xmlTextWriterStartDocument(x->writer, NULL, "UTF-8", NULL);
}

void xml_open(struct xml *x, const char *name)
{
	xmlTextWriterStartElement(x->writer, as_xml(name));
	x->depth++;
}

/* Bytes that may need something: markup, controls, and the first one of U+FFFE and U+FFFF. */
static const bool is_special[256] = {
	[0x00] = 1, [0x01] = 1, [0x02] = 1, [0x03] = 1, [0x04] = 1, [0x05] = 1, [0x06] = 1, [0x07] = 1,
	[0x08] = 1, [0x09] = 1, [0x0a] = 1, [0x0b] = 1, [0x0c] = 1, [0x0d] = 1, [0x0e] = 1, [0x0f] = 1,
	[0x10] = 1, [0x11] = 1, [0x12] = 1, [0x13] = 1, [0x14] = 1, [0x15] = 1, [0x16] = 1, [0x17] = 1,
	[0x18] = 1, [0x19] = 1, [0x1a] = 1, [0x1b] = 1, [0x1c] = 1, [0x1d] = 1, [0x1e] = 1, [0x1f] = 1,
	['&'] = 1,  ['<'] = 1,  ['>'] = 1,  ['"'] = 1,  [0xef] = 1,
};

/* What stands for a special byte; empty: itself. */
static struct str instead_of(unsigned char c, bool is_attribute)
{
	switch (c) {
	case '&':
		return STR("&amp;");
	case '<':
		return STR("&lt;");
	case '>':
		return STR("&gt;");
	case '"':
		return is_attribute ? STR("&quot;") : STR_NONE;
	case '\n':
		return is_attribute ? STR("&#10;") : STR_NONE;
	case '\t':
		return is_attribute ? STR("&#9;") : STR_NONE;
	case '\r':
		return STR("&#13;");
	default:
		return c < 0x20 ? STR("\xef\xbf\xbd") : STR_NONE;
	}
}

/* Appends valid UTF-8 escaped, without what XML cannot hold. Plain stretches are copied at once. */
static void add_valid(struct buf *b, struct str s, bool is_attribute)
{
	size_t done = 0;

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		struct str instead;
		size_t len = 1;

		if (!is_special[c])
			continue;
		instead = instead_of(c, is_attribute);
		if (c == 0xef && i + 2 < s.len && (unsigned char)s.ptr[i + 1] == 0xbf &&
		    (unsigned char)s.ptr[i + 2] >= 0xbe) {
			instead = STR("\xef\xbf\xbd");
			len = 3;
		}
		if (instead.len == 0)
			continue;
		buf_add_mem(b, s.ptr + done, i - done);
		buf_add(b, instead);
		done = i + len;
		i = done - 1;
	}
	buf_add_mem(b, s.ptr + done, s.len - done);
}

static void add_clean(struct buf *b, struct str s, bool is_attribute)
{
	for (;;) {
		size_t good = utf8_check(s);

		add_valid(b, str_cut(s, 0, good), is_attribute);
		if (good == s.len)
			return;
		buf_add_z(b, "\xef\xbf\xbd");
		s = str_skip(s, good + 1);
	}
}

/* The writer's own escaping copies every text several times; feeds hold megabytes of it. */
static void write_clean(struct xml *x, struct str s, bool is_attribute)
{
	buf_clear(&x->scratch);
	add_clean(&x->scratch, s, is_attribute);
	xmlTextWriterWriteRawLen(x->writer, as_xml(x->scratch.ptr), (int)x->scratch.len);
}

void xml_attribute(struct xml *x, const char *name, struct str value)
{
	xmlTextWriterStartAttribute(x->writer, as_xml(name));
	write_clean(x, value, true);
	xmlTextWriterEndAttribute(x->writer);
}

void xml_text(struct xml *x, struct str text)
{
	write_clean(x, text, false);
}

void xml_close(struct xml *x)
{
	assert(x->depth > 0);
	xmlTextWriterEndElement(x->writer);
	x->depth--;
}

void xml_element(struct xml *x, const char *name, struct str text)
{
	if (text.len == 0)
		return;
	xml_open(x, name);
	xml_text(x, text);
	xml_close(x);
}

void xml_line(struct xml *x)
{
	xmlTextWriterWriteRawLen(x->writer, as_xml("\n"), 1);
}

void xml_end(struct xml *x)
{
	xmlTextWriterEndDocument(x->writer);
	xmlFreeTextWriter(x->writer);
	buf_release(&x->scratch);
	x->writer = NULL;
	if (x->out->len && x->out->ptr[x->out->len - 1] != '\n')
		buf_add_char(x->out, '\n');
}

struct check {
	struct str path;
	struct diag_list *dl;
	unsigned errors;
};

/* Set on the parser's own handlers, so that threads do not share it. */
static void on_error(void *ctx, ERROR_TYPE *e)
{
	struct check *c = ((xmlParserCtxt *)ctx)->_private;

	if (c->errors++ >= MAX_ERRORS)
		return;
	diag_add(c->dl, DIAG_ERROR, "xml/syntax", c->path,
		 (struct pos){ e->line > 0 ? (uint32_t)e->line : 0, e->int2 > 0 ? (uint32_t)e->int2 : 0 }, "%.*s",
		 STR_ARG(str_trim(str_from(e->message))));
}

/* The node after `n` in document order, or NULL. */
static xmlNode *following(xmlNode *n)
{
	if (n->type == XML_ELEMENT_NODE && n->children)
		return n->children;
	while (n && !n->next)
		n = n->parent && n->parent->type == XML_ELEMENT_NODE ? n->parent : NULL;
	return n ? n->next : NULL;
}

static void collect(struct arena *a, xmlDoc *doc, const char *element, struct str **texts, size_t *n)
{
	VEC(struct str) list = { 0 };

	for (xmlNode *node = xmlDocGetRootElement(doc); node; node = following(node)) {
		xmlChar *text;

		if (node->type != XML_ELEMENT_NODE || xmlStrcmp(node->name, as_xml(element)) != 0)
			continue;
		text = xmlNodeGetContent(node);
		vec_push(a, &list, str_copy(a, str_from((const char *)text)));
		xmlFree(text);
	}
	*texts = list.ptr;
	*n = list.len;
}

bool xml_check(struct arena *a, struct str path, struct str text, const char *element, struct str **texts, size_t *n,
	       struct diag_list *dl)
{
	xmlParserCtxt *ctxt = xmlNewParserCtxt();
	struct check c = { path, dl, 0 };
	xmlDoc *doc = NULL;
	bool ok = false;

	if (element) {
		*texts = NULL;
		*n = 0;
	}
	if (!ctxt)
		abort();
	ctxt->_private = &c;
	ctxt->sax->serror = on_error;
	if (text.len < INT32_MAX)
		doc = xmlCtxtReadMemory(ctxt, text.ptr ? text.ptr : "", (int)text.len, NULL, NULL,
					XML_PARSE_NONET | XML_PARSE_NOCDATA);
	ok = doc && ctxt->wellFormed && c.errors == 0;
	if (ok && doc->intSubset) {
		diag_add(dl, DIAG_ERROR, "xml/syntax", path, (struct pos){ 0, 0 },
			 "this document declares types or entities");
		c.errors++;
		ok = false;
	}
	if (!ok && c.errors == 0)
		diag_add(dl, DIAG_ERROR, "xml/syntax", path, (struct pos){ 0, 0 }, "this is no XML document");
	if (ok && element)
		collect(a, doc, element, texts, n);
	xmlFreeDoc(doc);
	xmlFreeParserCtxt(ctxt);
	return ok;
}
