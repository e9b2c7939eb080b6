#ifndef DOC_TEXT_H
#define DOC_TEXT_H

#include <string.h>

#include "base/doc.h"

/*
 * doc_text - a doc as one line, and the law of its positions; for tests.
 *
 *     'text'  name  name[text]  name[text|arg]  name(children)
 */
static const char *const doc_names[] = {
	[DOC_ROOT] = "root",
	[DOC_PARAGRAPH] = "p",
	[DOC_HEADING] = "h",
	[DOC_QUOTE] = "quote",
	[DOC_CALLOUT] = "callout",
	[DOC_LIST] = "list",
	[DOC_ITEM] = "item",
	[DOC_CODE_BLOCK] = "pre",
	[DOC_HTML_BLOCK] = "html",
	[DOC_RULE] = "rule",
	[DOC_TABLE] = "table",
	[DOC_ROW] = "row",
	[DOC_CELL] = "cell",
	[DOC_FOOTNOTE] = "note",
	[DOC_EMBED] = "embed",
	[DOC_SHORTCODE] = "shortcode",
	[DOC_TEXT] = "text",
	[DOC_SOFT_BREAK] = "nl",
	[DOC_LINE_BREAK] = "br",
	[DOC_CODE] = "code",
	[DOC_HTML] = "tag",
	[DOC_EMPH] = "em",
	[DOC_STRONG] = "strong",
	[DOC_STRIKE] = "del",
	[DOC_LINK] = "a",
	[DOC_IMAGE] = "img",
	[DOC_FOOTNOTE_REF] = "ref",
	[DOC_WIKILINK] = "wiki",
	[DOC_CITATION] = "cite",
	[DOC_INLINE_EMBED] = "include",
	[DOC_INLINE_SHORTCODE] = "short",
};

static inline void doc_text_flags(struct buf *b, const struct doc_node *n)
{
	if (n->type == DOC_TEXT) {
		if (n->flags & DOC_ENTITY)
			buf_add_char(b, '&');
		return;
	}
	if (n->type == DOC_HEADING || n->type == DOC_FOOTNOTE || n->type == DOC_FOOTNOTE_REF)
		buf_add_u64(b, n->level);
	if (n->flags & DOC_ORDERED)
		buf_add_u64(b, n->level);
	if (n->flags & DOC_TASK)
		buf_add_z(b, n->flags & DOC_CHECKED ? "+x" : "+_");
	if (n->flags & DOC_AUTO)
		buf_add_z(b, "+auto");
	if (n->flags & DOC_CLOSED)
		buf_add_z(b, "+body");
}

static inline uint32_t doc_text_node(struct buf *b, const struct doc *d, uint32_t i)
{
	const struct doc_node *n = &doc_nodes(d)[i];
	uint32_t end = n->end;

	if (n->type == DOC_TEXT) {
		doc_text_flags(b, n);
		buf_add_char(b, '\'');
		buf_add(b, doc_text(d, n));
		buf_add_char(b, '\'');
		return end;
	}
	buf_add_z(b, doc_names[n->type]);
	doc_text_flags(b, n);
	if (n->text_len || n->arg_len) {
		buf_add_char(b, '[');
		buf_add(b, doc_text(d, n));
		if (n->arg_len) {
			buf_add_char(b, '|');
			buf_add(b, doc_arg(d, n));
		}
		buf_add_char(b, ']');
	}
	if (end > i + 1) {
		buf_add_char(b, '(');
		for (uint32_t k = i + 1; k < end;) {
			if (k > i + 1)
				buf_add_char(b, ' ');
			k = doc_text_node(b, d, k);
		}
		buf_add_char(b, ')');
	}
	return end;
}

/* Everything below the root. */
static inline void doc_text_write(struct buf *b, const struct doc *d)
{
	for (uint32_t k = 1; k < d->n_nodes;) {
		if (k > 1)
			buf_add_char(b, ' ');
		k = doc_text_node(b, d, k);
	}
}

static inline bool doc_text_starts(struct str file, uint32_t at, const char *z)
{
	return at <= file.len && str_starts(str_skip(file, at), str_from(z));
}

static inline bool doc_text_is_one_of(struct str file, uint32_t at, const char *set)
{
	return at < file.len && strchr(set, file.ptr[at]) != NULL;
}

/* Does the token that the node stands for begin where it is said to? */
static inline bool doc_text_is_at(const struct doc *d, struct str file, uint32_t i)
{
	const struct doc_node *n = &doc_nodes(d)[i];
	uint32_t at = doc_sources(d)[i];
	bool has_child = n->end > i + 1, is_childs = has_child && doc_sources(d)[i + 1] == at;

	switch (n->type) {
	case DOC_TEXT:
		if (n->flags & DOC_ENTITY)
			return doc_text_is_one_of(file, at, "&\r\n\t ");
		return str_starts(str_skip(file, at), doc_text(d, n));
	case DOC_CODE:
		return doc_text_starts(file, at, "`");
	case DOC_EMPH:
		return doc_text_is_one_of(file, at, "*_");
	case DOC_STRONG:
		return doc_text_starts(file, at, "**") || doc_text_starts(file, at, "__");
	case DOC_STRIKE:
		return doc_text_starts(file, at, "~");
	case DOC_LINK:
		if (n->flags & DOC_AUTO)
			return doc_text_starts(file, at, "<") || is_childs;
		return doc_text_starts(file, at, "[");
	case DOC_IMAGE:
		return doc_text_starts(file, at, "![");
	case DOC_FOOTNOTE_REF:
	case DOC_FOOTNOTE:
		return doc_text_starts(file, at, "[^");
	case DOC_WIKILINK:
		return doc_text_starts(file, at, "[[");
	case DOC_CITATION:
		return doc_text_starts(file, at, "@");
	case DOC_EMBED:
	case DOC_INLINE_EMBED:
		return doc_text_starts(file, at, "![[");
	case DOC_SHORTCODE:
	case DOC_INLINE_SHORTCODE:
		return doc_text_starts(file, at, "{{<");
	case DOC_HTML:
		return doc_text_starts(file, at, "<");
	case DOC_SOFT_BREAK:
	case DOC_LINE_BREAK:
		return doc_text_is_one_of(file, at, "\r\n");
	case DOC_QUOTE:
	case DOC_CALLOUT:
		return doc_text_starts(file, at, ">");
	case DOC_LIST:
	case DOC_ITEM:
		return doc_text_is_one_of(file, at, "-+*0123456789");
	case DOC_RULE:
		return doc_text_is_one_of(file, at, "-*_");
	case DOC_HEADING:
	case DOC_PARAGRAPH:
		/* Marks, an escape, a tag that is left out, a citation's bracket, a shortcode's end have no nodes. */
		return !has_child || is_childs || doc_text_is_one_of(file, at, "#\\<[{");
	default:
		return at <= file.len;
	}
}

#endif
