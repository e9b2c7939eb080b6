#ifndef MARKDOWN_IMPL_H
#define MARKDOWN_IMPL_H

#include "base/map.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "text/markdown.h"

/*
 * markdown_impl - what the parts of markdown share. Before cmark:
 * markdown_scan.c (lines, limits, triggers) and markdown_mask.c. With its tree:
 * markdown.c (blocks), markdown_map.c (where a block's content stands in the
 * file), markdown_align.c (where cmark's inlines stand in the content). After
 * it: markdown_marks.c (what the dialect and GFM find in the text) and
 * markdown_inline.c (the nodes of inlines).
 *
 * Three texts are told apart. The *source* is the file. The *cooked* content of
 * a block is what cmark's inline parser saw: without container prefixes, and
 * with bytes masked that must not mean anything to it. The *raw* content is the
 * same, byte for byte, unmasked. Spans map content to source.
 *
 * Masking replaces bytes by control characters, which no page of a site may
 * contain, before cmark sees them; lengths and offsets stay. MASK_TAG and
 * MASK_TAG_END turn a shortcode that stands alone on its line into a processing
 * instruction, "<?" … "?>", which to cmark is a block of its own.
 */
enum {
	MASK_OPEN = 0x01, /* [ */
	MASK_CLOSE,       /* ] */
	MASK_STAR,
	MASK_UNDERSCORE,
	MASK_AMPERSAND,
	MASK_LESS,
	MASK_BACKSLASH,
	MASK_TILDE,
	MASK_TAG = 0x0E,
	MASK_TAG_END = 0x0F,
	MASK_TICK = 0x10,
};

/* What a page contains at all, so that passes can be skipped. */
enum {
	HAS_ESCAPE = 1, /* a backslash or an ampersand */
	HAS_URL = 2,
	HAS_AT = 4,
	HAS_TILDE = 8,
	HAS_WIKI = 16,
	HAS_CITE = 32,
	HAS_TAG = 64,
	HAS_CALLOUT = 128,
	HAS_CONTROL = 256,
	HAS_WWW = 512,
	HAS_TABLE = 1024, /* a row of dashes that may begin one */
	HAS_TASK = 2048,
	HAS_NOTE = 4096,
};

/* A shortcode as written. */
struct markdown_tag {
	uint32_t from, to; /* in the text it was read from: "{{<" until after ">}}" */
	struct str name, args;
	bool closes;  /* {{< /name >}} */
	bool escaped; /* with a comment's stars inside: shown, not run; args is what stands between them */
};

/* A stretch of content that stands as it is in the source. */
struct markdown_span {
	uint32_t content, source, len;
};

enum markdown_kind { ITEM_TEXT, ITEM_SOFT, ITEM_HARD, ITEM_CODE, ITEM_HTML, ITEM_OPEN, ITEM_CLOSE, ITEM_NOTE };

enum {
	ITEM_RAW = 1,     /* ITEM_TEXT: nothing to decode between from and to */
	ITEM_AUTO = 2,    /* ITEM_OPEN: a link in <…>; ITEM_TEXT: in one, backslashes are literal */
	ITEM_LITERAL = 4, /* ITEM_TEXT: could not be found in the content; `text` holds it */
	ITEM_LINES = 8,   /* ITEM_TEXT: has line ends in it, and nothing is decoded */
};

/* One event of cmark's inline tree. */
struct markdown_item {
	uint8_t kind, flags;
	uint8_t type;      /* ITEM_OPEN, ITEM_CLOSE: enum doc_type */
	uint32_t from, to; /* content */
	uint32_t number;   /* ITEM_NOTE */
	struct str text, arg;
};

enum markdown_mark_kind { MARK_URL, MARK_STRIKE, MARK_STRIKE_END, MARK_WIKILINK, MARK_CITATION, MARK_EMBED, MARK_TAG };

/* What our own passes found in the text: sorted by from, never overlapping. */
struct markdown_mark {
	uint8_t kind;
	uint32_t from, to;
};

/* An open shortcode that may yet be closed. */
struct markdown_pending {
	uint32_t node, parent;
	struct str name;
};

/* A footnote's definition. */
struct markdown_note {
	struct str label;
	uint32_t source; /* of its "[^" */
};

/* Adjacent text, kept until it ends because an e-mail address may cross its pieces. */
struct markdown_piece {
	struct str text;
	uint32_t source;
	bool is_entity;
};

struct markdown {
	/* the page */
	struct markdown_options opt;
	struct arena *arena;
	struct str path, file;
	struct diag_list diags; /* of this attempt; merged into the caller's when it stands */
	struct arena scratch;
	struct arena tree; /* cmark's */
	struct doc_builder doc;
	uint32_t *lines;
	size_t n_lines, cap_lines;
	VEC(struct markdown_tag) tags; /* shortcodes alone on their lines; offsets in the file */
	VEC(struct markdown_pending) pending;
	VEC(struct markdown_note) notes; /* by number - 1 */
	struct map ids;
	char *cooked_file; /* the body with masks, when is_masked */
	size_t cap_cooked;

	/* the block at hand */
	const char *raw, *cooked;
	size_t span; /* cursor */
	VEC(struct markdown_span) spans;
	VEC(struct markdown_item) items;
	VEC(struct markdown_mark) marks;
	VEC(struct markdown_piece) pieces;
	struct buf text;
	uint32_t len;

	uint32_t body, head_lines;
	unsigned has;
	int table_type; /* of cmark's nodes */
	bool is_site, is_gfm;
	bool is_masked;
	bool again;    /* masks were added that cmark must see */
	bool is_heavy; /* cmark is slow with this page: no second attempt */
	bool warned_html;
	bool in_link;
	bool has_html; /* an ITEM_HTML among the items */

	void *table, *tasklist; /* cmark's extensions */
};

/* markdown_scan.c */
/* Line starts, triggers and limits; false when the page is refused (with a diagnostic). */
bool markdown_scan(struct markdown *m);
bool markdown_is_thematic(const char *p, const char *end); /* a rule: three or more of one of - * _ */
/* Length of the list marker or quote mark at p, 0 when there is none. */
uint32_t markdown_marker(const char *p, const char *end);

/* markdown_mask.c */
/* Masks what the dialect needs masked; sets is_masked and `tags`. */
void markdown_mask(struct markdown *m);
/* Masks one byte of the file for the next attempt; false when it needs none. */
bool markdown_mask_byte(struct markdown *m, uint32_t source);
void markdown_need_mask(struct markdown *m);                  /* makes cooked_file a copy that may be written to */
struct str markdown_unmask(struct markdown *m, struct str s); /* s itself, or a copy in scratch */
/* Reads the shortcode that begins at `at` ("{{<"); false when it is none or does not end before `end`. */
bool markdown_read_tag(const char *text, uint32_t at, uint32_t end, struct markdown_tag *out);
/* False when so much was said of the page that more would only cost time. */
static inline bool markdown_may_report(const struct markdown *m)
{
	return m->diags.len < 200;
}
/* A citation or wikilink in the raw content from `at`; *end is after it. 0: none; 1: found; -1: never closed. */
int markdown_match_bracket(const char *raw, uint32_t at, uint32_t limit, uint32_t *end);
struct pos markdown_pos(const struct markdown *m, uint32_t source);
uint32_t markdown_line_start(const struct markdown *m, uint32_t line); /* cmark's line, from 1; clamped */
uint32_t markdown_line_end(const struct markdown *m, uint32_t line);   /* without its line end */
static inline bool markdown_is_punct(char c)                           /* ASCII */
{
	return (c > ' ' && c < '0') || (c > '9' && c < 'A') || (c > 'Z' && c < 'a') || (c > 'z' && c < 0x7f);
}
static inline bool markdown_is_space(char c) /* as cmark has it: without vertical tab and form feed */
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* markdown_map.c */
struct cmark_node;
/* Makes the node's content the block at hand; one of the three below then finds it in the file. */
void markdown_load(struct markdown *m, struct cmark_node *node);
void markdown_map_paragraph(struct markdown *m, struct cmark_node *node);
void markdown_map_heading(struct markdown *m, struct cmark_node *node);
/* The next cell of a row: from *at, which is left behind its bar. */
void markdown_map_cell(struct markdown *m, uint32_t *at, uint32_t end);
/* Where a row's text begins in the file; *end is its end. */
uint32_t markdown_row_start(struct markdown *m, struct cmark_node *row, uint32_t *end);

/* markdown_align.c */
/* Fills `items` with the inline tree below `block`. */
void markdown_take_inlines(struct markdown *m, struct cmark_node *block);
/* Bytes of the character reference at s, or 0; decodes into `out`. */
uint32_t markdown_entity(struct markdown *m, struct str s, struct str *out);

static inline bool markdown_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool markdown_is_alnum(char c)
{
	return markdown_is_letter(c) || (c >= '0' && c <= '9');
}
/* White space as CommonMark 0.29 means it. */
static inline bool markdown_is_wide_space(uint32_t cp)
{
	return utf8_is_space(cp) && cp != '\v' && cp != 0x85 && cp != 0x2028 && cp != 0x2029;
}

/* markdown_marks.c */
/* Fills `marks` from `items`; may ask for another attempt. */
void markdown_find_marks(struct markdown *m);

/* markdown_inline.c */
/* A diagnostic about `width` bytes of the content. */
void markdown_report(struct markdown *m, enum diag_severity severity, const char *code, uint32_t content,
		     uint32_t width, const char *message, const char *hint);
/* Writes `items` with their `marks` as nodes. */
void markdown_emit(struct markdown *m);
uint32_t markdown_source(struct markdown *m, uint32_t content);
/* One shortcode: opens, closes or stands alone. `source` is where it begins. */
void markdown_emit_tag(struct markdown *m, const struct markdown_tag *tag, uint32_t source, bool is_block);
void markdown_drop_pending(struct markdown *m); /* before a container is closed */

#endif
