#include "text/xml.h"

#include <assert.h>
#include <libxml/parser.h>
#include <stdlib.h>

#include "base/library.h"
#include "base/swar.h"
#include "base/utf8.h"
#include "base/vec.h"

#define MAX_ERRORS 20
#define REPLACEMENT "\xef\xbf\xbd"

#if LIBXML_VERSION >= 21200
#define ERROR_TYPE const xmlError
#else
#define ERROR_TYPE xmlError
#endif

/* A variable of the library holds what frees its texts. */
struct xml_library {
	__typeof__(xmlCtxtReadMemory) *xmlCtxtReadMemory;
	__typeof__(xmlDocGetRootElement) *xmlDocGetRootElement;
	__typeof__(xmlFree) *free_text;
	__typeof__(xmlFreeDoc) *xmlFreeDoc;
	__typeof__(xmlFreeParserCtxt) *xmlFreeParserCtxt;
	__typeof__(xmlInitParser) *xmlInitParser;
	__typeof__(xmlNewParserCtxt) *xmlNewParserCtxt;
	__typeof__(xmlNodeGetContent) *xmlNodeGetContent;
};

static const struct library_function functions[] = {
	LIBRARY_FUNCTION(xml_library, xmlCtxtReadMemory),       LIBRARY_FUNCTION(xml_library, xmlDocGetRootElement),
	{ "xmlFree", offsetof(struct xml_library, free_text) }, LIBRARY_FUNCTION(xml_library, xmlFreeDoc),
	LIBRARY_FUNCTION(xml_library, xmlFreeParserCtxt),       LIBRARY_FUNCTION(xml_library, xmlInitParser),
	LIBRARY_FUNCTION(xml_library, xmlNewParserCtxt),        LIBRARY_FUNCTION(xml_library, xmlNodeGetContent),
};
static const char *const files[] = LIBRARY_XML2;

static bool load(struct xml_library *lib)
{
	return library_load(files, functions, sizeof(functions) / sizeof(functions[0]), lib);
}

bool xml_setup(void)
{
	struct xml_library lib;
	bool ok = load(&lib);

	if (ok)
		lib.xmlInitParser();
	return ok;
}

void xml_begin(struct xml *x, struct buf *out)
{
	*x = (struct xml){ .out = out };
	buf_add_z(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
}

/* What is not an attribute ends the start tag. */
static void end_tag(struct xml *x)
{
	if (x->is_in_tag)
		buf_add_char(x->out, '>');
	x->is_in_tag = false;
}

void xml_open(struct xml *x, const char *name)
{
	assert(x->depth < XML_MAX_DEPTH);
	end_tag(x);
	buf_add_char(x->out, '<');
	buf_add_z(x->out, name);
	x->open[x->depth++] = name;
	x->is_in_tag = 1;
}

/* What may need something: markup, controls, and what is no ASCII. */
static const unsigned char special[256] = {
	[0 ... 0x1f] = 1, ['&'] = 1, ['<'] = 1, ['>'] = 1, ['"'] = 1, [0x80 ... 0xff] = 1,
};

/* '"' and '&' become '&' by setting one bit, '<' and '>' become '>'. */
static swar_word may_be_special(swar_word v)
{
	return swar_below(v, 0x20) | swar_equal(v | swar_each(4), '&') | swar_equal(v | swar_each(2), '>') | v;
}

/* What stands for a code point; empty: itself. */
static struct str instead_of(uint32_t cp, bool is_attribute)
{
	switch (cp) {
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
	case 0xfffd: /* of bad bytes, too */
	case 0xfffe:
	case 0xffff:
		return STR(REPLACEMENT);
	default:
		return cp < 0x20 ? STR(REPLACEMENT) : STR_NONE;
	}
}

/* Escaped, without what XML cannot hold. Plain stretches are copied at once. */
static void add_clean(struct buf *b, struct str s, bool is_attribute)
{
	size_t done = 0, i = 0, next;

	for (; (i = swar_find(s, i, special, may_be_special)) < s.len; i = next) {
		struct str instead = instead_of(utf8_decode(s, i, &next), is_attribute);

		if (instead.len == 0)
			continue;
		buf_add_mem(b, s.ptr + done, i - done);
		buf_add(b, instead);
		done = next;
	}
	buf_add(b, str_skip(s, done));
}

void xml_attribute(struct xml *x, const char *name, struct str value)
{
	assert(x->is_in_tag);
	buf_add_char(x->out, ' ');
	buf_add_z(x->out, name);
	buf_add_z(x->out, "=\"");
	add_clean(x->out, value, true);
	buf_add_char(x->out, '"');
}

void xml_text(struct xml *x, struct str text)
{
	end_tag(x);
	add_clean(x->out, text, false);
}

void xml_close(struct xml *x)
{
	assert(x->depth > 0);
	x->depth--;
	if (x->is_in_tag) {
		buf_add_z(x->out, "/>");
		x->is_in_tag = false;
		return;
	}
	buf_add_z(x->out, "</");
	buf_add_z(x->out, x->open[x->depth]);
	buf_add_char(x->out, '>');
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
	end_tag(x);
	buf_add_char(x->out, '\n');
}

void xml_end(struct xml *x)
{
	while (x->depth)
		xml_close(x);
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

static void collect(const struct xml_library *lib, struct arena *a, xmlDoc *doc, const char *element,
		    struct str **texts, size_t *n)
{
	VEC(struct str) list = { 0 };

	for (xmlNode *node = lib->xmlDocGetRootElement(doc); node; node = following(node)) {
		xmlChar *text;

		if (node->type != XML_ELEMENT_NODE || strcmp((const char *)node->name, element) != 0)
			continue;
		text = lib->xmlNodeGetContent(node);
		vec_push(a, &list, str_copy(a, str_from((const char *)text)));
		(*lib->free_text)(text);
	}
	*texts = list.ptr;
	*n = list.len;
}

bool xml_check(struct arena *a, struct str path, struct str text, const char *element, struct str **texts, size_t *n,
	       struct diag_list *dl)
{
	struct xml_library lib;
	xmlParserCtxt *ctxt;
	struct check c = { path, dl, 0 };
	xmlDoc *doc = NULL;
	bool ok = false;

	if (element) {
		*texts = NULL;
		*n = 0;
	}
	if (!load(&lib))
		abort(); /* xml_setup has loaded it */
	ctxt = lib.xmlNewParserCtxt();
	if (!ctxt)
		abort();
	ctxt->_private = &c;
	ctxt->sax->serror = on_error;
	if (text.len < INT32_MAX)
		doc = lib.xmlCtxtReadMemory(ctxt, text.ptr ? text.ptr : "", (int)text.len, NULL, NULL,
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
		collect(&lib, a, doc, element, texts, n);
	lib.xmlFreeDoc(doc);
	lib.xmlFreeParserCtxt(ctxt);
	return ok;
}
