#include "base/doc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

static const struct {
	struct doc head;
	struct doc_node root;
	uint32_t source, line;
} empty = {
	.head = { .bytes = sizeof(struct doc) + sizeof(struct doc_node) + 2 * sizeof(uint32_t),
		  .n_nodes = 1,
		  .n_lines = 1 },
	.root = { .type = DOC_ROOT, .end = 1 },
};

const struct doc *doc_empty(void)
{
	return &empty.head;
}

/* Index of the line that holds `offset`. */
static uint32_t line_of(const struct doc *d, uint32_t offset)
{
	const uint32_t *lines = doc_lines(d);
	uint32_t lo = 0, hi = d->n_lines;

	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (lines[mid] <= offset)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

struct pos doc_pos(const struct doc *d, uint32_t offset)
{
	uint32_t line;

	if (d->n_lines == 0)
		return (struct pos){ 0, 0 };
	line = line_of(d, offset);
	return (struct pos){ line + 1, offset - doc_lines(d)[line] + 1 };
}

struct pos doc_pos_in(const struct doc *d, struct str file_text, uint32_t offset)
{
	struct pos at = doc_pos(d, offset);
	uint32_t start;

	if (at.line == 0)
		return at;
	start = doc_lines(d)[at.line - 1];
	if (start == 0 && str_starts(file_text, STR("\xEF\xBB\xBF")) && offset >= 3)
		start = 3;
	at.col = (uint32_t)utf8_length(str_cut(file_text, start, offset)) + 1;
	return at;
}

bool doc_is_block(const struct doc_node *n)
{
	return n->type <= DOC_SHORTCODE;
}

void doc_plain_at(struct buf *b, const struct doc *d, uint32_t from, uint32_t to, uint32_t node, size_t *at)
{
	const struct doc_node *nodes = doc_nodes(d);
	size_t start = b->len;
	bool gap = false, is_found = false;

	*at = start;
	for (uint32_t i = from; i < to && i < d->n_nodes; i++) {
		const struct doc_node *n = &nodes[i];
		struct str text = STR_NONE;

		/* Without any text it stands where the text before it ends. */
		if (i == node)
			*at = b->len;
		switch (n->type) {
		case DOC_SOFT_BREAK:
		case DOC_LINE_BREAK:
			gap = true;
			break;
		case DOC_TEXT:
		case DOC_CODE:
			text = doc_text(d, n);
			break;
		case DOC_WIKILINK:
			if (n->end == i + 1)
				text = n->text_len ? doc_text(d, n) : doc_arg(d, n);
			break;
		case DOC_CODE_BLOCK:
			text = str_trim(doc_text(d, n));
			gap = true;
			break;
		default:
			if (doc_is_block(n))
				gap = true;
			break;
		}
		if (text.len == 0)
			continue;
		if (gap && b->len > start && b->ptr[b->len - 1] != ' ')
			buf_add_char(b, ' ');
		gap = false;
		if (!is_found && i >= node && i < nodes[node].end) {
			is_found = true;
			*at = b->len;
		}
		buf_add(b, text);
	}
}

void doc_plain(struct buf *b, const struct doc *d, uint32_t from, uint32_t to)
{
	size_t at;

	doc_plain_at(b, d, from, to, from, &at);
}

bool doc_section(const struct doc *d, struct str anchor, uint32_t *from, uint32_t *to)
{
	const struct doc_node *nodes = doc_nodes(d);

	for (uint32_t i = 1; i < d->n_nodes; i++) {
		uint32_t j;

		if (nodes[i].type != DOC_HEADING || !str_eq(doc_arg(d, &nodes[i]), anchor))
			continue;
		/* Siblings only: a heading in a later quote does not end the section. */
		for (j = nodes[i].end; j < d->n_nodes; j = nodes[j].end) {
			if (nodes[j].type == DOC_HEADING && nodes[j].level <= nodes[i].level)
				break;
			if (nodes[j].type == DOC_FOOTNOTE)
				break;
		}
		/* A heading inside a container ends with it at the latest. */
		for (uint32_t k = 1; k < i; k++) {
			if (nodes[k].end > i && nodes[k].end < j)
				j = nodes[k].end;
		}
		*from = i;
		*to = j;
		return true;
	}
	return false;
}

/* What the fields of one node must satisfy, apart from nesting. */
static bool node_is_sound(const struct doc *d, const struct doc_node *n, const struct doc_node *parent)
{
	if (n->type > DOC_INLINE_SHORTCODE || (n->type == DOC_ROOT) != (parent == NULL))
		return false;
	if (n->text > d->text_bytes || n->text_len > d->text_bytes - n->text)
		return false;
	if (n->arg_len > d->text_bytes - n->text - n->text_len)
		return false;
	switch (n->type) {
	case DOC_HEADING:
		return n->level >= 1 && n->level <= 6;
	case DOC_TABLE:
		return n->arg_len == n->level;
	case DOC_ROW:
		return parent->type == DOC_TABLE;
	case DOC_CELL:
		return parent->type == DOC_ROW;
	case DOC_ITEM:
		return parent->type == DOC_LIST;
	default:
		return true;
	}
}

static bool nodes_are_sound(const struct doc *d)
{
	const struct doc_node *nodes = doc_nodes(d);
	uint32_t *open = NULL;
	size_t depth = 0, cap = 0;
	bool ok = false;

	for (uint32_t i = 0; i < d->n_nodes; i++) {
		while (depth > 0 && nodes[open[depth - 1]].end <= i)
			depth--;
		if (i > 0 && depth == 0)
			goto out;
		if (nodes[i].end <= i || nodes[i].end > (depth ? nodes[open[depth - 1]].end : d->n_nodes))
			goto out;
		if (!node_is_sound(d, &nodes[i], depth ? &nodes[open[depth - 1]] : NULL))
			goto out;
		/* Cells are counted against their table's columns by markup. */
		if (nodes[i].type == DOC_CELL && (depth < 2 || nodes[i].level >= nodes[open[depth - 2]].level))
			goto out;
		if (nodes[i].end == i + 1)
			continue;
		if (depth == cap) {
			cap = cap ? cap * 2 : 64;
			open = arena_sys_realloc(open, cap * sizeof(*open));
		}
		open[depth++] = i;
	}
	ok = nodes[0].end == d->n_nodes;
out:
	free(open);
	return ok;
}

static uint64_t padded(uint64_t text_bytes)
{
	return (text_bytes + 3) & ~UINT64_C(3);
}

bool doc_fits(const void *image, size_t bytes)
{
	const struct doc *d = image;

	if (bytes < sizeof(*d) || (uintptr_t)image % _Alignof(struct doc) != 0 || d->bytes != bytes)
		return false;
	if (d->n_nodes == 0 || d->n_lines == 0 || d->head_lines > d->n_lines)
		return false;
	return sizeof(*d) + d->n_nodes * (uint64_t)(sizeof(struct doc_node) + sizeof(uint32_t)) +
		       d->n_lines * (uint64_t)sizeof(uint32_t) + padded(d->text_bytes) ==
	       bytes;
}

bool doc_is_sound(const void *image, size_t bytes)
{
	const struct doc *d = image;
	const uint32_t *lines;

	if (!doc_fits(image, bytes))
		return false;
	lines = doc_lines(d);
	if (lines[0] != 0)
		return false;
	for (uint32_t i = 1; i < d->n_lines; i++) {
		if (lines[i] <= lines[i - 1])
			return false;
	}
	return nodes_are_sound(d);
}

static struct digest digest_between(const void *from, const void *to)
{
	return digest_of((struct str){ from, (size_t)((const char *)to - (const char *)from) });
}

struct digest doc_digest(const struct doc *d)
{
	return digest_between(doc_nodes(d), doc_sources(d));
}

struct digest doc_image(const struct doc *d, struct digest digest)
{
	struct digest places = digest_between(doc_sources(d), doc_lines(d) + d->n_lines);

	return digest_join(digest, digest_join(digest_between(d, d + 1), places));
}

void doc_builder_init(struct doc_builder *b)
{
	*b = (struct doc_builder){ 0 };
	buf_init(&b->text, 0);
}

void doc_builder_release(struct doc_builder *b)
{
	free(b->nodes);
	free(b->sources);
	free(b->open);
	buf_release(&b->text);
	*b = (struct doc_builder){ 0 };
}

void doc_builder_clear(struct doc_builder *b)
{
	b->n_nodes = 0;
	b->depth = 0;
	buf_clear(&b->text);
}

struct doc_node *doc_open(struct doc_builder *b, enum doc_type type, uint32_t source)
{
	struct doc_node *n = doc_leaf(b, type, source);

	if (b->depth == b->cap_depth) {
		b->cap_depth = b->cap_depth ? b->cap_depth * 2 : 64;
		b->open = arena_sys_realloc(b->open, b->cap_depth * sizeof(*b->open));
	}
	b->open[b->depth++] = (uint32_t)(n - b->nodes);
	return n;
}

struct doc_node *doc_leaf(struct doc_builder *b, enum doc_type type, uint32_t source)
{
	struct doc_node *n;

	if (b->n_nodes == b->cap_nodes) {
		b->cap_nodes = b->cap_nodes ? b->cap_nodes * 2 : 256;
		b->nodes = arena_sys_realloc(b->nodes, b->cap_nodes * sizeof(*b->nodes));
		b->sources = arena_sys_realloc(b->sources, b->cap_nodes * sizeof(*b->sources));
	}
	assert(b->n_nodes < UINT32_MAX);
	b->sources[b->n_nodes] = source;
	n = &b->nodes[b->n_nodes++];
	*n = (struct doc_node){ .type = (uint8_t)type, .end = (uint32_t)b->n_nodes };
	return n;
}

void doc_close(struct doc_builder *b)
{
	assert(b->depth > 0);
	b->nodes[b->open[--b->depth]].end = (uint32_t)b->n_nodes;
}

void doc_set_text(struct doc_builder *b, struct doc_node *n, struct str s)
{
	n->text = (uint32_t)b->text.len;
	n->text_len = (uint32_t)s.len;
	buf_add(&b->text, s);
}

void doc_set_arg(struct doc_builder *b, struct doc_node *n, struct str s)
{
	if (n->text_len == 0)
		n->text = (uint32_t)b->text.len;
	assert(n->text + n->text_len == b->text.len);
	n->arg_len = (uint32_t)s.len;
	buf_add(&b->text, s);
}

struct word_count {
	uint64_t words, cjk;
	bool in_word;
};

typedef int8_t vector __attribute__((vector_size(16)));

static uint64_t sum_lanes(vector v)
{
	const uint64_t even = 0x00FF00FF00FF00FFu;
	uint64_t half[2], sum;

	memcpy(half, &v, sizeof(half));
	sum = (half[0] & even) + (half[0] >> 8 & even) + (half[1] & even) + (half[1] >> 8 & even);
	return sum * 0x0001000100010001u >> 48;
}

/* Marks, with -1, the bytes s[i..i+15] that begin a word, from lane `first` on. False: not all of them are ASCII. */
static bool mark_words(struct str s, size_t i, size_t first, vector *marks)
{
	static const vector lanes = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	vector v, before;
	uint64_t half[2];

	memcpy(&v, s.ptr + i, sizeof(v));
	memcpy(half, &v, sizeof(half));
	if ((half[0] | half[1]) & 0x8080808080808080u)
		return false;
	memcpy(&before, s.ptr + i - 1, sizeof(before));
	/* A byte beyond ASCII before the first one is negative here, and belongs to a word as a rule. */
	*marks = (vector)((v > ' ') & (before <= ' ') & (before >= 0) & (lanes >= (int8_t)first));
	return true;
}

/*
 * Words that begin in s[*at..], *at > 0, as long as all is ASCII: where a byte
 * above space follows one that is not. How far that went is left in *at.
 */
static uint64_t count_ascii_words(struct str s, size_t *at)
{
	vector marks, starts = { 0 };
	uint64_t words = 0;
	size_t i = *at;

	for (unsigned n = 1; i + 16 <= s.len && mark_words(s, i, 0, &marks); i += 16, n++) {
		starts += marks;
		/* Each lane counts down from 0 and must not pass -128. */
		if (n % 127 == 0) {
			words += sum_lanes(-starts);
			starts = (vector){ 0 };
		}
	}
	if (i < s.len && i + 16 > s.len && s.len > 16 && mark_words(s, s.len - 16, i + 16 - s.len, &marks)) {
		words += sum_lanes(-marks);
		i = s.len;
	}
	*at = i;
	return words + sum_lanes(-starts);
}

static void count_words(struct word_count *w, struct str s)
{
	size_t i = 0;

	while (i < s.len) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c >= 0x80) {
			uint32_t cp = utf8_decode(s, i, &i);

			if (utf8_is_cjk(cp)) {
				w->cjk++;
				w->in_word = false;
			} else if (utf8_is_space(cp)) {
				w->in_word = false;
			} else if (w->in_word || utf8_is_word(cp)) {
				w->words += !w->in_word;
				w->in_word = true;
			}
			continue;
		}
		w->words += c > ' ' && !w->in_word;
		w->in_word = c > ' ';
		if (++i < s.len && s.len > 16) {
			size_t from = i;

			w->words += count_ascii_words(s, &i);
			if (i > from)
				w->in_word = s.ptr[i - 1] > ' ';
		}
	}
}

static uint32_t words_of(const struct doc_builder *b)
{
	struct word_count w = { 0 };

	for (size_t i = 0; i < b->n_nodes; i++) {
		const struct doc_node *n = &b->nodes[i];

		if (n->type == DOC_TEXT || n->type == DOC_CODE)
			count_words(&w, (struct str){ b->text.ptr + n->text, n->text_len });
		else if (n->type <= DOC_SHORTCODE || n->type == DOC_SOFT_BREAK || n->type == DOC_LINE_BREAK)
			w.in_word = false;
	}
	return (uint32_t)(w.words + (w.cjk + 1) / 2);
}

struct doc *doc_finish(struct doc_builder *b, struct arena *a, const uint32_t *lines, uint32_t n_lines,
		       uint32_t head_lines)
{
	size_t node_bytes = b->n_nodes * sizeof(*b->nodes), source_bytes = b->n_nodes * sizeof(*b->sources);
	size_t line_bytes = (size_t)n_lines * sizeof(*lines), text_bytes = padded(b->text.len);
	size_t bytes = sizeof(struct doc) + node_bytes + text_bytes + source_bytes + line_bytes;
	struct doc *d;
	char *at;

	assert(b->depth == 0 && b->n_nodes > 0 && b->nodes[0].type == DOC_ROOT && n_lines > 0);
	assert(bytes <= UINT32_MAX && !b->text.is_full);
	d = arena_alloc(a, 1, bytes, _Alignof(struct doc));
	*d = (struct doc){
		.bytes = (uint32_t)bytes,
		.n_nodes = (uint32_t)b->n_nodes,
		.text_bytes = (uint32_t)b->text.len,
		.words = words_of(b),
		.n_lines = n_lines,
		.head_lines = head_lines,
	};
	at = (char *)(d + 1);
	memcpy(at, b->nodes, node_bytes);
	at += node_bytes;
	memcpy(at, b->text.ptr, b->text.len);
	memset(at + b->text.len, 0, text_bytes - b->text.len);
	at += text_bytes;
	memcpy(at, b->sources, source_bytes);
	memcpy(at + source_bytes, lines, line_bytes);
	return d;
}
