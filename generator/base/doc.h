#ifndef DOC_H
#define DOC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"
#include "base/value.h"

/*
 * doc - one parsed page: an array of nodes in document order with offsets into
 * one block of text. Position-independent: the bytes of a doc are its cache
 * entry, and a doc may lie in a read-only mapping. Nothing points at it or out
 * of it. Immutable.
 *
 * A node's subtree is the nodes from its own index + 1 to `end` - 1.
 */
enum doc_type {
	/* blocks */
	DOC_ROOT,
	DOC_PARAGRAPH,
	DOC_HEADING,      /* level 1..6; arg: its id, unique on the page */
	DOC_QUOTE,
	DOC_CALLOUT,      /* text: "note", "tip", "important", "warning", "caution"; arg: own title or empty */
	DOC_LIST,         /* flags: ORDERED, TIGHT, PAREN; level: start number (0..65535; larger: text holds the digits) */
	DOC_ITEM,         /* flags: TASK, CHECKED */
	DOC_CODE_BLOCK,   /* text: the code; arg: info string */
	DOC_HTML_BLOCK,   /* text */
	DOC_RULE,
	DOC_TABLE,        /* level: columns; arg: one letter per column: - l c r */
	DOC_ROW,          /* flags: HEADER */
	DOC_CELL,         /* level: column, from 0 */
	DOC_FOOTNOTE,     /* a definition, at the end of the root, in order of first reference; level: number from 1; arg: label; text: references to it, as digits */
	DOC_EMBED,        /* ![[target#anchor]] alone in its paragraph; text: target; arg: anchor */
	DOC_SHORTCODE,    /* block; text: name; arg: raw arguments; children: its body; flags: CLOSED when it had one */
	/* inlines */
	DOC_TEXT,         /* text: the bytes that stand at its place in doc_sources, unless flags has ENTITY */
	DOC_SOFT_BREAK,
	DOC_LINE_BREAK,
	DOC_CODE,         /* text */
	DOC_HTML,         /* text */
	DOC_EMPH,
	DOC_STRONG,
	DOC_STRIKE,
	DOC_LINK,         /* text: destination; arg: title; flags: AUTO for bare URLs and <…> */
	DOC_IMAGE,        /* text: destination; arg: title; children: the alternative text */
	DOC_FOOTNOTE_REF, /* level: number; arg: label; text: how many references before it, as digits (empty: first) */
	DOC_WIKILINK,     /* text: target, empty for this page; arg: anchor (without '#'); children: the display text, none when not given */
	DOC_CITATION,     /* text: key; arg: locator ("line 3"); one node for each key; stands at its '@' */
	DOC_INLINE_EMBED,     /* as DOC_EMBED, inside other text */
	DOC_INLINE_SHORTCODE, /* as DOC_SHORTCODE */
};

enum {
	DOC_ORDERED = 1,
	DOC_TIGHT = 2,
	DOC_PAREN = 4,
	DOC_TASK = 8,
	DOC_CHECKED = 16,
	DOC_HEADER = 32,
	DOC_AUTO = 64,
	DOC_CLOSED = 128,
	DOC_ENTITY = 1, /* of DOC_TEXT: a character reference, or blanks that stand for a tab: not the bytes of the source */
};

struct doc_node {
	uint8_t type;
	uint8_t flags;
	uint16_t level;
	uint32_t end;            /* index after the subtree */
	uint32_t text, text_len; /* offset into the doc's text */
	uint32_t arg_len;        /* the argument stands behind the text */
};

struct doc {
	uint32_t bytes;      /* of the whole doc */
	uint32_t n_nodes;
	uint32_t text_bytes;
	uint32_t words;      /* word count of the running text; each CJK character counts as half a word, rounded up */
	uint32_t n_lines;    /* of the source file */
	uint32_t head_lines; /* lines before the body: front matter */
	/* followed by: nodes, text, zeros up to a multiple of four, where nodes stand (n_nodes), where lines begin (n_lines) */
};

static inline const struct doc_node *doc_nodes(const struct doc *d)
{
	return (const struct doc_node *)(const void *)(d + 1);
}
static inline struct str doc_text(const struct doc *d, const struct doc_node *n)
{
	return (struct str){ (const char *)(doc_nodes(d) + d->n_nodes) + n->text, n->text_len };
}
static inline struct str doc_arg(const struct doc *d, const struct doc_node *n)
{
	return (struct str){ (const char *)(doc_nodes(d) + d->n_nodes) + n->text + n->text_len, n->arg_len };
}
/* By node: the byte offset in the file where its first character stands. */
static inline const uint32_t *doc_sources(const struct doc *d)
{
	return (const uint32_t *)(const void *)((const char *)(doc_nodes(d) + d->n_nodes) +
						((d->text_bytes + 3) & ~UINT32_C(3)));
}
/* Byte offsets of the lines of the whole file. */
static inline const uint32_t *doc_lines(const struct doc *d)
{
	return doc_sources(d) + d->n_nodes;
}

/* The smallest valid doc: a root and nothing else. Static storage. */
const struct doc *doc_empty(void);

/*
 * Line and column of byte offset `source` + `extra`, for messages. Columns
 * count bytes here (the text of the file is gone); pass the file's text to
 * count code points where it is at hand.
 */
struct pos doc_pos(const struct doc *d, uint32_t offset);
struct pos doc_pos_in(const struct doc *d, struct str file_text, uint32_t offset);

/* Of all but where in the file it stands: that changes with the front matter, and nothing is shown of it. */
struct digest doc_digest(const struct doc *d);
/* Of all its bytes, given its doc_digest. */
struct digest doc_image(const struct doc *d, struct digest digest);

/* The running text of nodes from..to-1 without markup: soft breaks as spaces, blocks separated by one space. */
void doc_plain(struct buf *b, const struct doc *d, uint32_t from, uint32_t to);
/* The same; *at is where in the buffer the text of `node` begins, which is one of them. */
void doc_plain_at(struct buf *b, const struct doc *d, uint32_t from, uint32_t to, uint32_t node, size_t *at);
/* The subtree that "#anchor" means: the heading with that id up to the next of its level or higher. False: no such id. */
bool doc_section(const struct doc *d, struct str anchor, uint32_t *from, uint32_t *to);
bool doc_is_block(const struct doc_node *n);
/* Whether an image of `bytes` bytes is as long as it says: enough to take its digests. */
bool doc_fits(const void *image, size_t bytes);
/* Checks every offset and index of an untrusted image; linear. */
bool doc_is_sound(const void *image, size_t bytes);

/* Building, by text/markdown.c alone: nodes are opened and closed in order. */
struct doc_builder {
	struct doc_node *nodes;
	uint32_t *sources; /* by node */
	size_t n_nodes, cap_nodes;
	uint32_t *open; /* stack of indices */
	size_t depth, cap_depth;
	struct buf text;
};
void doc_builder_init(struct doc_builder *b);
void doc_builder_release(struct doc_builder *b);
void doc_builder_clear(struct doc_builder *b);
struct doc_node *doc_open(struct doc_builder *b, enum doc_type type, uint32_t source); /* valid until the next open */
struct doc_node *doc_leaf(struct doc_builder *b, enum doc_type type, uint32_t source); /* opened and closed */
void doc_close(struct doc_builder *b);
void doc_set_text(struct doc_builder *b, struct doc_node *n, struct str s);
void doc_set_arg(struct doc_builder *b, struct doc_node *n, struct str s); /* right after its text, if it has one */
/* One block in the arena. `lines` are the offsets of line starts of the whole file. */
struct doc *doc_finish(struct doc_builder *b, struct arena *a, const uint32_t *lines, uint32_t n_lines, uint32_t head_lines);

#endif
