#include "text/html.h"

#include <libxml/HTMLparser.h>
#include <libxml/HTMLtree.h>
#include <stdlib.h>
#include <string.h>

#include "base/library.h"
#include "base/vec.h"

#if LIBXML_VERSION >= 21200
#define ERROR_TYPE const xmlError
#else
#define ERROR_TYPE xmlError
#endif

/* A variable of the library holds what frees its texts. */
struct html_library {
	__typeof__(htmlCtxtReadMemory) *htmlCtxtReadMemory;
	__typeof__(htmlFreeParserCtxt) *htmlFreeParserCtxt;
	__typeof__(htmlNewParserCtxt) *htmlNewParserCtxt;
	__typeof__(xmlFree) *free_text;
	__typeof__(xmlFreeDoc) *xmlFreeDoc;
	__typeof__(xmlGetLineNo) *xmlGetLineNo;
	__typeof__(xmlNodeGetContent) *xmlNodeGetContent;
	__typeof__(xmlNodeListGetString) *xmlNodeListGetString;
};

static const struct library_function functions[] = {
	LIBRARY_FUNCTION(html_library, htmlCtxtReadMemory), LIBRARY_FUNCTION(html_library, htmlFreeParserCtxt),
	LIBRARY_FUNCTION(html_library, htmlNewParserCtxt),  { "xmlFree", offsetof(struct html_library, free_text) },
	LIBRARY_FUNCTION(html_library, xmlFreeDoc),         LIBRARY_FUNCTION(html_library, xmlGetLineNo),
	LIBRARY_FUNCTION(html_library, xmlNodeGetContent),  LIBRARY_FUNCTION(html_library, xmlNodeListGetString),
};
static const char *const files[] = LIBRARY_XML2;

struct reader {
	struct html_library lib;
	struct arena *arena;
	struct str path;
	struct diag_list *dl;
	unsigned errors;
	VEC(struct html_ref) ids, refs;
	VEC(uint32_t) without_alt;
	struct html_page *out;
};

/* Elements of HTML 5, SVG and MathML that an HTML 4 parser does not know. Sorted. */
static const char *const newer[] = {
	"animate",
	"article",
	"aside",
	"audio",
	"bdi",
	"canvas",
	"circle",
	"clippath",
	"data",
	"datalist",
	"defs",
	"desc",
	"details",
	"dialog",
	"ellipse",
	"embed",
	"figcaption",
	"figure",
	"filter",
	"footer",
	"foreignobject",
	"g",
	"header",
	"hgroup",
	"image",
	"line",
	"lineargradient",
	"main",
	"mark",
	"marker",
	"mask",
	"math",
	"menu",
	"metadata",
	"meter",
	"mi",
	"mn",
	"mo",
	"mrow",
	"msub",
	"msup",
	"nav",
	"output",
	"path",
	"pattern",
	"picture",
	"polygon",
	"polyline",
	"progress",
	"radialgradient",
	"rect",
	"rp",
	"rt",
	"ruby",
	"search",
	"section",
	"slot",
	"source",
	"stop",
	"summary",
	"svg",
	"switch",
	"symbol",
	"template",
	"text",
	"textpath",
	"time",
	"title",
	"track",
	"tspan",
	"use",
	"video",
	"view",
	"wbr",
};

static int cmp_names(const void *key, const void *item)
{
	const char *const *name = item;

	return strcasecmp(key, *name);
}

/* "Tag section invalid": libxml2 gives the name as the first string. */
static bool is_newer_element(const xmlError *e)
{
	return e->code == XML_HTML_UNKNOWN_TAG && e->str1 &&
	       bsearch(e->str1, newer, sizeof(newer) / sizeof(newer[0]), sizeof(newer[0]), cmp_names);
}

static void on_error(void *ctx, ERROR_TYPE *e)
{
	struct reader *r = ((htmlParserCtxt *)ctx)->_private;

	/* Doubles are counted by who asks, with both lines. A bare '&' is right in HTML 5. */
	if (is_newer_element(e) || e->code == XML_DTD_ID_REDEFINED || e->code == XML_ERR_NAME_REQUIRED ||
	    e->code == XML_ERR_ENTITYREF_SEMICOL_MISSING)
		return;
	if (r->errors++ >= HTML_MAX_ERRORS)
		return;
	diag_add(r->dl, DIAG_ERROR, "html/syntax", r->path,
		 (struct pos){ e->line > 0 ? (uint32_t)e->line : 0, e->int2 > 0 ? (uint32_t)e->int2 : 0 }, "%.*s",
		 STR_ARG(str_trim(str_from(e->message))));
}

static bool is_named(const xmlNode *n, const char *name)
{
	return strcasecmp((const char *)n->name, name) == 0;
}

static struct str attribute(struct reader *r, xmlNode *n, const xmlAttr *attr)
{
	xmlChar *text = r->lib.xmlNodeListGetString(n->doc, attr->children, 1);
	struct str s = str_copy(r->arena, str_from((const char *)text));

	(*r->lib.free_text)(text);
	return s;
}

static void add_srcset(struct reader *r, struct str set, uint32_t line)
{
	struct str part;

	while (str_next(&set, ',', &part)) {
		size_t end = 0;

		part = str_trim(part);
		while (end < part.len && part.ptr[end] != ' ')
			end++;
		if (end)
			vec_push(r->arena, &r->refs, ((struct html_ref){ str_cut(part, 0, end), line, HTML_SRC }));
	}
}

static void read_element(struct reader *r, xmlNode *n)
{
	uint32_t line = (uint32_t)r->lib.xmlGetLineNo(n);
	bool has_alt = false;

	for (xmlAttr *at = n->properties; at; at = at->next) {
		const char *name = (const char *)at->name;

		if (strcmp(name, "id") == 0)
			vec_push(r->arena, &r->ids, ((struct html_ref){ attribute(r, n, at), line, HTML_HREF }));
		else if (strcmp(name, "href") == 0 || strcmp(name, "xlink:href") == 0)
			vec_push(r->arena, &r->refs, ((struct html_ref){ attribute(r, n, at), line, HTML_HREF }));
		else if (strcmp(name, "src") == 0 || strcmp(name, "poster") == 0 ||
			 (strcmp(name, "data") == 0 && is_named(n, "object")))
			vec_push(r->arena, &r->refs, ((struct html_ref){ attribute(r, n, at), line, HTML_SRC }));
		else if (strcmp(name, "srcset") == 0)
			add_srcset(r, attribute(r, n, at), line);
		else if (strcmp(name, "alt") == 0)
			has_alt = true;
		else if (strcmp(name, "lang") == 0 && is_named(n, "html")) {
			r->out->lang = attribute(r, n, at);
			r->out->has_lang = true;
		}
	}
	if (is_named(n, "img") && !has_alt)
		vec_push(r->arena, &r->without_alt, line);
	/* Titles of SVG are named alike. */
	if (is_named(n, "title") && n->parent && is_named(n->parent, "head") && !r->out->has_title) {
		xmlChar *text = r->lib.xmlNodeGetContent(n);

		r->out->title = str_trim(str_copy(r->arena, str_from((const char *)text)));
		r->out->has_title = true;
		(*r->lib.free_text)(text);
	}
}

static xmlNode *following(xmlNode *n)
{
	if (n->type == XML_ELEMENT_NODE && n->children)
		return n->children;
	while (n && !n->next)
		n = n->parent && n->parent->type == XML_ELEMENT_NODE ? n->parent : NULL;
	return n ? n->next : NULL;
}

bool html_read(struct arena *a, struct str path, struct str text, struct html_page *out, struct diag_list *dl)
{
	struct reader r = { .arena = a, .path = path, .dl = dl, .out = out };
	htmlParserCtxt *ctxt;
	xmlDoc *doc = NULL;

	*out = (struct html_page){ 0 };
	if (!library_load(files, functions, sizeof(functions) / sizeof(functions[0]), &r.lib))
		abort(); /* xml_setup has loaded it */
	ctxt = r.lib.htmlNewParserCtxt();
	if (!ctxt)
		abort();
	ctxt->_private = &r;
	/* The structured handler is asked only of a SAX2 handler, which the HTML one does not call itself before 2.12. */
	ctxt->sax->initialized = XML_SAX2_MAGIC;
	ctxt->sax->serror = on_error;
	if (text.len > 0 && text.len < INT32_MAX)
		doc = r.lib.htmlCtxtReadMemory(ctxt, text.ptr, (int)text.len, NULL, "UTF-8", HTML_PARSE_NONET);
	if (!doc) {
		r.errors++;
		diag_add(dl, DIAG_ERROR, "html/syntax", path, (struct pos){ 0, 0 }, "this is no HTML document");
	}
	for (xmlNode *n = doc ? doc->children : NULL; n; n = following(n))
		if (n->type == XML_ELEMENT_NODE)
			read_element(&r, n);
	out->ids = r.ids.ptr;
	out->n_ids = r.ids.len;
	out->refs = r.refs.ptr;
	out->n_refs = r.refs.len;
	out->without_alt = r.without_alt.ptr;
	out->n_without_alt = r.without_alt.len;
	r.lib.xmlFreeDoc(doc);
	r.lib.htmlFreeParserCtxt(ctxt);
	return r.errors == 0;
}
