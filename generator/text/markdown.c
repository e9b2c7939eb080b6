#include "text/markdown.h"

#include <assert.h>
#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/markdown_impl.h"

/*
 * Attempts at a page whose URLs or strikethrough cmark took apart, and bytes
 * parsed in all: real pages need one. What is still apart then stays so.
 */
#define MAX_ATTEMPTS 16
#define MAX_ATTEMPT_BYTES ((size_t)1 << 20)

/*
 * cmark's memory comes from the worker's arena and goes with it: allocation and
 * freeing took a third of its time. Its callbacks carry no context, so the arena
 * is the thread's; cmark-gfm's own arena is one for the whole process.
 */
static _Thread_local struct arena *memory;

/* Each piece is preceded by its size, for realloc. */
struct piece {
	size_t bytes;
};

static void *memory_calloc(size_t count, size_t size)
{
	size_t bytes = count * size;
	struct piece *p;

	assert(size == 0 || bytes / size == count);
	p = arena_zalloc(memory, 1, sizeof(*p) + bytes, _Alignof(max_align_t));
	p->bytes = bytes;
	return p + 1;
}

static void *memory_realloc(void *ptr, size_t bytes)
{
	struct piece *p = ptr, *grown;

	if (!p)
		return memory_calloc(1, bytes);
	p--;
	if (bytes <= p->bytes)
		return ptr;
	grown = arena_grow(memory, p, sizeof(*p) + p->bytes, sizeof(*p) + bytes, 1, _Alignof(max_align_t));
	grown->bytes = bytes;
	return grown + 1;
}

static void memory_free(void *ptr)
{
	(void)ptr;
}

void markdown_setup(void)
{
	cmark_gfm_core_extensions_ensure_registered();
}

/* The tree lives until the next call. */
static cmark_node *parse(struct markdown *m, struct str text)
{
	bool has_notes = m->is_site && (m->has & HAS_NOTE);
	cmark_parser *parser;
	cmark_mem *mem;

	arena_reset(&m->tree);
	memory = &m->tree;
	mem = arena_new(&m->tree, cmark_mem);
	*mem = (cmark_mem){ memory_calloc, memory_realloc, memory_free };
	parser = cmark_parser_new_with_mem(has_notes ? CMARK_OPT_FOOTNOTES : CMARK_OPT_DEFAULT, mem);

	/* An attached extension is asked at each line. */
	if (!m->opt.plain && (m->has & HAS_TABLE))
		cmark_parser_attach_syntax_extension(parser, m->table);
	if (!m->opt.plain && (m->has & HAS_TASK))
		cmark_parser_attach_syntax_extension(parser, m->tasklist);
	cmark_parser_feed(parser, text.ptr, text.len);
	return cmark_parser_finish(parser);
}

/* The type of the table extension's nodes is made when it registers: a table tells it. */
static void learn_types(struct markdown *m)
{
	m->has = HAS_TABLE;
	m->table_type = (int)cmark_node_get_type(cmark_node_first_child(parse(m, STR("|a|\n|-|\n"))));
}

struct markdown *markdown_new(void)
{
	struct markdown *m = arena_sys_alloc(sizeof(*m));

	memset(m, 0, sizeof(*m));
	m->table = cmark_find_syntax_extension("table");
	m->tasklist = cmark_find_syntax_extension("tasklist");
	assert(m->table && m->tasklist); /* markdown_setup() comes first */
	doc_builder_init(&m->doc);
	buf_init(&m->text, 0);
	learn_types(m);
	return m;
}

void markdown_free(struct markdown *m)
{
	if (!m)
		return;
	doc_builder_release(&m->doc);
	buf_release(&m->text);
	arena_release(&m->scratch);
	arena_release(&m->tree);
	free(m->lines);
	free(m->cooked_file);
	free(m);
}

static uint32_t block_source(const struct markdown *m, cmark_node *node)
{
	uint32_t line = (uint32_t)cmark_node_get_start_line(node), column = (uint32_t)cmark_node_get_start_column(node);
	uint32_t at = markdown_line_start(m, line) + (column ? column - 1 : 0);

	return at < m->file.len ? at : (uint32_t)m->file.len;
}

/* GitHub's rule for ids that are there already: -1, -2 and so on. */
static struct str unique_id(struct markdown *m, struct str id)
{
	struct map_entry *e;
	bool is_new;
	uint64_t n;

	e = map_at(&m->scratch, &m->ids, id, &is_new);
	if (is_new)
		return id;
	for (n = e->value + 1;; n++) {
		struct str other = str_format(&m->scratch, "%.*s-%llu", STR_ARG(id), (unsigned long long)n);

		if (map_put(&m->scratch, &m->ids, other, 0)) {
			map_at(&m->scratch, &m->ids, id, NULL)->value = n;
			return other;
		}
	}
}

static void set_heading_id(struct markdown *m, uint32_t heading)
{
	struct str id;

	buf_clear(&m->text);
	for (size_t i = heading + 1; i < m->doc.n_nodes; i++) {
		const struct doc_node *n = &m->doc.nodes[i];

		if (n->type == DOC_TEXT || n->type == DOC_CODE || (n->type == DOC_WIKILINK && n->end == i + 1))
			buf_add_mem(&m->text, m->doc.text.ptr + n->text, n->text_len);
		else if (n->type == DOC_SOFT_BREAK || n->type == DOC_LINE_BREAK)
			buf_add_char(&m->text, ' ');
	}
	id = utf8_heading_id(&m->scratch, str_trim(buf_str(&m->text)));
	if (id.len == 0)
		id = STR("section");
	id = unique_id(m, id);
	doc_set_arg(&m->doc, &m->doc.nodes[heading], id);
}

/* Raw HTML is left out of a safe site: said once, and not for comments. */
static bool keeps_html(struct markdown *m, struct str html, uint32_t source)
{
	if (!m->is_site || m->opt.unsafe)
		return true;
	if (!m->warned_html && !str_starts(str_trim(html), STR("<!--"))) {
		m->warned_html = true;
		diag_add(&m->diags, DIAG_WARNING, "markdown/raw-html", m->path, markdown_pos(m, source),
			 "raw HTML is left out");
		diag_hint(&m->diags,
			  "write it in Markdown or as a shortcode, or set markdown.unsafe = true in site.toml; "
			  "for a literal '<' write '&lt;'");
	}
	return false;
}

static void drop_html_items(struct markdown *m)
{
	size_t w = 0;

	for (size_t i = 0; i < m->items.len; i++) {
		const struct markdown_item *it = &m->items.ptr[i];

		if (it->kind == ITEM_HTML && !keeps_html(m, it->text, markdown_source(m, it->from)))
			continue;
		m->items.ptr[w++] = *it;
	}
	m->items.len = w;
}

/* An embed alone in its paragraph is a block: its mark, or NULL. */
static const struct markdown_mark *lone_embed(const struct markdown *m)
{
	const struct markdown_mark *mark = m->marks.ptr;

	if (m->marks.len != 1 || mark->kind != MARK_EMBED || mark->from != 0 || mark->to != m->len)
		return NULL;
	return mark;
}

/* Of a block that knows more than where its content begins. */
struct place {
	uint16_t level;
	uint32_t source;
};

static void write_inlines(struct markdown *m, cmark_node *block, enum doc_type type, const struct place *like)
{
	uint32_t index;
	struct doc_node *n;

	markdown_take_inlines(m, block);
	if (m->is_site && m->has_html)
		drop_html_items(m);
	markdown_find_marks(m);
	if (type == DOC_PARAGRAPH && lone_embed(m)) {
		/* Written as an inline, then made a block: its children and names are the same. */
		index = (uint32_t)m->doc.n_nodes;
		markdown_emit(m);
		m->doc.nodes[index].type = DOC_EMBED;
		return;
	}
	index = (uint32_t)m->doc.n_nodes;
	n = doc_open(&m->doc, type, like ? like->source : markdown_source(m, 0));
	if (like) {
		n->level = like->level;
	}
	markdown_emit(m);
	markdown_drop_pending(m);
	doc_close(&m->doc);
	if (type == DOC_HEADING && m->is_site)
		set_heading_id(m, index);
}

static void write_paragraph(struct markdown *m, cmark_node *node)
{
	markdown_load(m, node);
	markdown_map_paragraph(m, node);
	write_inlines(m, node, DOC_PARAGRAPH, NULL);
}

static void write_heading(struct markdown *m, cmark_node *node)
{
	struct place like = { (uint16_t)cmark_node_get_heading_level(node), block_source(m, node) };

	markdown_load(m, node);
	markdown_map_heading(m, node);
	/* An underlined one begins with its text. */
	if (like.source >= m->file.len || m->file.ptr[like.source] != '#')
		like.source = markdown_source(m, 0);
	write_inlines(m, node, DOC_HEADING, &like);
}

static void write_cells(struct markdown *m, cmark_node *row, uint32_t at, uint32_t end)
{
	uint32_t number = 0;

	if (at < end && m->file.ptr[at] == '|')
		at++;
	for (cmark_node *cell = cmark_node_first_child(row); cell; cell = cmark_node_next(cell), number++) {
		struct place like = { .level = (uint16_t)number };

		markdown_load(m, cell);
		markdown_map_cell(m, &at, end);
		like.source = markdown_source(m, 0);
		write_inlines(m, cell, DOC_CELL, &like);
	}
}

static void write_table(struct markdown *m, cmark_node *node)
{
	uint16_t columns = cmark_gfm_extensions_get_table_columns(node);
	const uint8_t *align = cmark_gfm_extensions_get_table_alignments(node);
	uint32_t end, start = markdown_row_start(m, cmark_node_first_child(node), &end);
	struct doc_node *n = doc_open(&m->doc, DOC_TABLE, start);

	n->level = columns;
	n->text = (uint32_t)m->doc.text.len;
	n->arg_len = columns;
	for (uint16_t i = 0; i < columns; i++)
		buf_add_char(&m->doc.text, align[i] ? (char)align[i] : '-');
	for (cmark_node *row = cmark_node_first_child(node); row; row = cmark_node_next(row)) {
		start = markdown_row_start(m, row, &end);
		n = doc_open(&m->doc, DOC_ROW, start);
		n->flags = cmark_gfm_extensions_get_table_row_is_header(row) ? DOC_HEADER : 0;
		write_cells(m, row, start, end);
		doc_close(&m->doc);
	}
	doc_close(&m->doc);
}

static void write_code_block(struct markdown *m, cmark_node *node)
{
	struct doc_node *n = doc_leaf(&m->doc, DOC_CODE_BLOCK, block_source(m, node));

	doc_set_text(&m->doc, n, markdown_unmask(m, str_from(cmark_node_get_literal(node))));
	doc_set_arg(&m->doc, n, markdown_unmask(m, str_from(cmark_node_get_fence_info(node))));
}

/* The shortcode that stands alone on the line where `source` is. */
static const struct markdown_tag *tag_at(const struct markdown *m, uint32_t source, uint32_t line)
{
	size_t lo = 0, hi = m->tags.len;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (m->tags.ptr[mid].from < source)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < m->tags.len && m->tags.ptr[lo].from < markdown_line_end(m, line) ? &m->tags.ptr[lo] : NULL;
}

static void write_html_block(struct markdown *m, cmark_node *node)
{
	struct str literal = str_from(cmark_node_get_literal(node));
	uint32_t source = block_source(m, node);
	struct doc_node *n;

	if (m->tags.len && str_starts(str_trim(literal), STR("<?\x0E"))) {
		const struct markdown_tag *tag = tag_at(m, source, (uint32_t)cmark_node_get_start_line(node));

		if (tag) {
			markdown_emit_tag(m, tag, tag->from, true);
			return;
		}
	}
	literal = markdown_unmask(m, literal);
	if (!keeps_html(m, literal, source))
		return;
	n = doc_leaf(&m->doc, DOC_HTML_BLOCK, source);
	doc_set_text(&m->doc, n, literal);
}

static void open_list(struct markdown *m, cmark_node *node)
{
	struct doc_node *n = doc_open(&m->doc, DOC_LIST, block_source(m, node));
	int start = cmark_node_get_list_start(node);

	if (cmark_node_get_list_tight(node))
		n->flags |= DOC_TIGHT;
	if (cmark_node_get_list_type(node) != CMARK_ORDERED_LIST)
		return;
	n->flags |= DOC_ORDERED;
	if (cmark_node_get_list_delim(node) == CMARK_PAREN_DELIM)
		n->flags |= DOC_PAREN;
	if (start >= 0 && start <= UINT16_MAX) {
		n->level = (uint16_t)start;
	} else {
		n->text = (uint32_t)m->doc.text.len;
		buf_add_u64(&m->doc.text, (uint64_t)start);
		n->text_len = (uint32_t)m->doc.text.len - n->text;
	}
}

/*
 * cmark-gfm 0.29 takes a task for done when "[x]" stands anywhere in its line;
 * that is copied where its output is asked for, not on a site.
 */
static bool is_checked(const struct markdown *m, cmark_node *item)
{
	uint32_t line = (uint32_t)cmark_node_get_start_line(item);
	uint32_t at = m->is_site ? block_source(m, item) : markdown_line_start(m, line);
	struct str text = str_cut(m->file, at, markdown_line_end(m, line));
	ptrdiff_t box = str_find_byte(text, '[');

	if (m->is_site)
		return box >= 0 && (size_t)box + 1 < text.len && text.ptr[box + 1] != ' ';
	return str_contains(text, STR("[x]")) || str_contains(text, STR("[X]"));
}

static void open_item(struct markdown *m, cmark_node *node)
{
	struct doc_node *n = doc_open(&m->doc, DOC_ITEM, block_source(m, node));

	if (m->opt.plain || cmark_node_get_syntax_extension(node) != m->tasklist)
		return;
	n->flags = DOC_TASK;
	if (is_checked(m, node))
		n->flags |= DOC_CHECKED;
}

static void open_footnote(struct markdown *m, uint32_t number)
{
	const struct markdown_note *note = &m->notes.ptr[number - 1];
	struct doc_node *n = doc_open(&m->doc, DOC_FOOTNOTE, note->source);

	n->level = (uint16_t)number;
	doc_set_arg(&m->doc, n, note->label);
}

static const struct str callouts[] = {
	STR_INIT("note"), STR_INIT("tip"), STR_INIT("important"), STR_INIT("warning"), STR_INIT("caution"),
};

/* "[!NOTE] title" in the first line of a quote's first paragraph: the kind, or NULL. */
static const struct str *callout_kind(struct markdown *m, cmark_node *quote, struct str *line)
{
	cmark_node *first = cmark_node_first_child(quote);
	struct str text, word;
	ptrdiff_t close;

	if (!m->is_site || !(m->has & HAS_CALLOUT) || !first || cmark_node_get_type(first) != CMARK_NODE_PARAGRAPH)
		return NULL;
	text = str_from(cmark_node_get_string_content(first));
	if (!str_starts(text, STR("[!")))
		return NULL;
	str_next(&text, '\n', line);
	close = str_find_byte(*line, ']');
	if (close < 0)
		return NULL;
	word = str_cut(*line, 2, (size_t)close);
	for (size_t i = 0; i < sizeof(callouts) / sizeof(callouts[0]); i++) {
		if (str_eq_nocase(word, callouts[i]))
			return &callouts[i];
	}
	if (word.len && memchr(word.ptr, ' ', word.len) == NULL && markdown_may_report(m)) {
		diag_add(&m->diags, DIAG_WARNING, "markdown/unknown-callout", m->path,
			 markdown_pos(m, block_source(m, first)), "there is no callout '%.*s'", STR_ARG(word));
		diag_suggest(&m->diags, word, callouts, sizeof(callouts) / sizeof(callouts[0]));
	}
	return NULL;
}

/*
 * The callout's first line goes into the node, without markup; the rest of the
 * paragraph stays one, if there is any. False when the line cannot be parted
 * from the rest, because emphasis or a link crosses its end.
 */
static bool write_callout(struct markdown *m, cmark_node *quote, const struct str *kind)
{
	cmark_node *first = cmark_node_first_child(quote);
	size_t i, depth = 0;
	struct doc_node *n;

	markdown_load(m, first);
	markdown_map_paragraph(m, first);
	markdown_take_inlines(m, first);
	for (i = 0; i < m->items.len; i++) {
		const struct markdown_item *it = &m->items.ptr[i];

		if ((it->kind == ITEM_SOFT || it->kind == ITEM_HARD) ||
		    (it->kind == ITEM_CODE && memchr(m->cooked + it->from, '\n', it->to - it->from)))
			break;
		depth += it->kind == ITEM_OPEN;
		depth -= it->kind == ITEM_CLOSE;
	}
	if (depth > 0 || (i < m->items.len && m->items.ptr[i].kind == ITEM_CODE))
		return false;
	n = doc_open(&m->doc, DOC_CALLOUT, block_source(m, quote));
	doc_set_text(&m->doc, n, *kind);
	buf_clear(&m->text);
	for (size_t k = 0; k < i; k++) {
		const struct markdown_item *it = &m->items.ptr[k];

		if (it->kind == ITEM_CODE)
			buf_add(&m->text, it->text);
		else if (it->kind == ITEM_TEXT)
			buf_add_mem(&m->text, m->raw + it->from, it->to - it->from);
	}
	doc_set_arg(&m->doc, n, str_trim(str_skip(buf_str(&m->text), kind->len + 3)));
	if (i < m->items.len) {
		uint32_t from = m->items.ptr[i].to;

		m->items.len -= i + 1;
		memmove(m->items.ptr, m->items.ptr + i + 1, m->items.len * sizeof(*m->items.ptr));
		drop_html_items(m);
		markdown_find_marks(m);
		doc_open(&m->doc, DOC_PARAGRAPH, markdown_source(m, from));
		markdown_emit(m);
		markdown_drop_pending(m);
		doc_close(&m->doc);
	}
	return true;
}

/* Opens a container, or writes a leaf; true when the children are to be walked. *child: where to begin. */
static bool enter_block(struct markdown *m, cmark_node *node, uint32_t *footnote, cmark_node **child)
{
	int type = (int)cmark_node_get_type(node);
	const struct str *kind;
	struct str line;

	*child = NULL;
	if (type == m->table_type) {
		write_table(m, node);
		return false;
	}
	switch (type) {
	case CMARK_NODE_PARAGRAPH:
		write_paragraph(m, node);
		return false;
	case CMARK_NODE_HEADING:
		write_heading(m, node);
		return false;
	case CMARK_NODE_CODE_BLOCK:
		write_code_block(m, node);
		return false;
	case CMARK_NODE_HTML_BLOCK:
		write_html_block(m, node);
		return false;
	case CMARK_NODE_THEMATIC_BREAK:
		doc_leaf(&m->doc, DOC_RULE, block_source(m, node));
		return false;
	case CMARK_NODE_BLOCK_QUOTE:
		*child = cmark_node_first_child(node);
		kind = callout_kind(m, node, &line);
		if (kind && write_callout(m, node, kind))
			*child = cmark_node_next(*child);
		else
			doc_open(&m->doc, DOC_QUOTE, block_source(m, node));
		return true;
	case CMARK_NODE_LIST:
		open_list(m, node);
		break;
	case CMARK_NODE_ITEM:
		open_item(m, node);
		break;
	case CMARK_NODE_FOOTNOTE_DEFINITION:
		open_footnote(m, ++*footnote);
		break;
	default:
		assert(!"a block that was not asked for");
	}
	*child = cmark_node_first_child(node);
	return true;
}

/* cmark tells where the text of a definition begins; its label stands before, "[^label]:". */
static void add_note(struct markdown *m, cmark_node *node)
{
	uint32_t start = markdown_line_start(m, (uint32_t)cmark_node_get_start_line(node)), at = block_source(m, node);
	struct markdown_note note = { STR_NONE, at };
	const char *t = m->file.ptr, *close;

	while (at > start && !(t[at - 1] == ']' && at < m->file.len && t[at] == ':'))
		at--;
	close = t + (at > start ? at - 1 : at);
	while (at > start && !(t[at] == '[' && at + 1 < m->file.len && t[at + 1] == '^'))
		at--;
	if (close > t + at + 2) {
		note.source = at;
		note.label = (struct str){ t + at + 2, (size_t)(close - (t + at)) - 2 };
	}
	vec_push(&m->scratch, &m->notes, note);
}

static void find_notes(struct markdown *m, cmark_node *root)
{
	cmark_node *node = cmark_node_last_child(root), *before = node;

	m->notes.len = 0;
	for (; before && cmark_node_get_type(before) == CMARK_NODE_FOOTNOTE_DEFINITION;
	     before = cmark_node_previous(node))
		node = before;
	for (; node && cmark_node_get_type(node) == CMARK_NODE_FOOTNOTE_DEFINITION; node = cmark_node_next(node))
		add_note(m, node);
}

static void walk(struct markdown *m, cmark_node *root)
{
	cmark_node *node = cmark_node_first_child(root), *next;
	uint32_t footnote = 0;

	find_notes(m, root);
	doc_open(&m->doc, DOC_ROOT, m->body);
	while (node) {
		bool is_container = enter_block(m, node, &footnote, &next);

		if (next) {
			node = next;
			continue;
		}
		if (is_container) {
			markdown_drop_pending(m);
			doc_close(&m->doc);
		}
		while (!(next = cmark_node_next(node))) {
			node = cmark_node_parent(node);
			if (node == root)
				break;
			markdown_drop_pending(m);
			doc_close(&m->doc);
		}
		node = next;
	}
	doc_close(&m->doc);
}

struct note_ref {
	uint32_t source, node;
};

static int by_source(const void *a, const void *b)
{
	const struct note_ref *x = a, *y = b;

	return x->source < y->source ? -1 : x->source > y->source;
}

/* The label follows the count. */
static void set_count(struct markdown *m, struct doc_node *n, uint32_t count)
{
	struct str label = str_copy(&m->scratch, (struct str){ m->doc.text.ptr + n->text, n->arg_len });

	n->text = (uint32_t)m->doc.text.len;
	buf_add_u64(&m->doc.text, count);
	n->text_len = (uint32_t)m->doc.text.len - n->text;
	doc_set_arg(&m->doc, n, label);
}

/* References to one note are counted in the order of the file; notes stand last here, but not there. */
static void count_notes(struct markdown *m)
{
	VEC(struct note_ref) refs = { 0 };
	uint32_t *counts;

	if (m->notes.len == 0)
		return;
	counts = arena_array(&m->scratch, uint32_t, m->notes.len + 1);
	for (uint32_t i = 0; i < m->doc.n_nodes; i++) {
		struct note_ref r = { m->doc.sources[i], i };

		if (m->doc.nodes[i].type == DOC_FOOTNOTE_REF)
			vec_push(&m->scratch, &refs, r);
	}
	if (refs.len > 1)
		qsort(refs.ptr, refs.len, sizeof(*refs.ptr), by_source);
	for (size_t i = 0; i < refs.len; i++) {
		struct doc_node *n = &m->doc.nodes[refs.ptr[i].node];

		if (n->level <= m->notes.len && ++counts[n->level] > 1)
			set_count(m, n, counts[n->level]);
	}
	for (size_t i = 0; i < m->doc.n_nodes; i++) {
		struct doc_node *n = &m->doc.nodes[i];

		if (n->type == DOC_FOOTNOTE)
			set_count(m, n, counts[n->level]);
	}
}

/* Everything of an earlier page or attempt is forgotten; memory stays. */
static void begin_attempt(struct markdown *m)
{
	doc_builder_clear(&m->doc);
	m->diags = (struct diag_list){ 0 };
	diag_init(&m->diags, &m->scratch);
	m->pending.len = 0;
	m->ids = (struct map){ 0 };
	m->warned_html = false;
	m->again = false;
}

static void begin_page(struct markdown *m, struct arena *a, struct str path, struct str text, size_t body,
		       const struct markdown_options *opt)
{
	arena_reset(&m->scratch);
	m->opt = *opt;
	m->is_gfm = opt->gfm && !opt->plain;
	m->is_site = !opt->gfm && !opt->plain;
	m->arena = a;
	m->path = path;
	m->file = text;
	if (body == 0 && str_starts(text, STR("\xEF\xBB\xBF")))
		body = 3;
	m->body = (uint32_t)(body < text.len ? body : text.len);
	m->has = 0;
	m->n_lines = 0;
	m->head_lines = 0;
	m->is_masked = false;
	memset(&m->tags, 0, sizeof(m->tags));
	memset(&m->pending, 0, sizeof(m->pending));
	memset(&m->notes, 0, sizeof(m->notes));
	memset(&m->spans, 0, sizeof(m->spans));
	memset(&m->items, 0, sizeof(m->items));
	memset(&m->marks, 0, sizeof(m->marks));
	memset(&m->pieces, 0, sizeof(m->pieces));
	begin_attempt(m);
}

/* Size and encoding. */
static bool check_bytes(struct markdown *m)
{
	size_t max = m->opt.max_bytes ? m->opt.max_bytes : MARKDOWN_MAX_BYTES, at, start = 0;
	uint32_t line = 1;
	const char *nul;

	if (max > INT32_MAX / 4)
		max = INT32_MAX / 4;
	if (m->file.len > max) {
		diag_add(&m->diags, DIAG_ERROR, "markdown/too-large", m->path, (struct pos){ 0, 0 },
			 "the page has %zu bytes, more than the %zu that are allowed", m->file.len, max);
		diag_hint(&m->diags, "split it, or put data into files of their own");
		return false;
	}
	if (m->opt.is_text)
		return true;
	at = utf8_check(m->file);
	nul = m->file.len ? memchr(m->file.ptr, 0, m->file.len) : NULL;
	if (at == m->file.len && !nul)
		return true;
	if (nul && (size_t)(nul - m->file.ptr) < at)
		at = (size_t)(nul - m->file.ptr);
	else
		nul = NULL;
	for (size_t i = 0; i < at; i++) {
		if (m->file.ptr[i] == '\n') {
			line++;
			start = i + 1;
		}
	}
	diag_add(&m->diags, DIAG_ERROR, nul ? "markdown/nul-byte" : "markdown/not-utf8", m->path,
		 (struct pos){ line, (uint32_t)utf8_length(str_cut(m->file, start, at)) + 1 },
		 nul ? "the file contains a NUL byte" : "the file is not valid UTF-8");
	diag_hint(&m->diags, nul ? "it may be a binary file or UTF-16; save it as UTF-8" : "save it as UTF-8");
	return false;
}

struct doc *markdown_parse(struct markdown *m, struct arena *a, struct str path, struct str text, size_t body,
			   const struct markdown_options *opt, struct diag_list *dl)
{
	struct doc *d = NULL;

	begin_page(m, a, path, text, body, opt);
	if (!check_bytes(m) || !markdown_scan(m))
		goto out;
	markdown_mask(m);
	for (int attempt = 1;; attempt++) {
		cmark_node *root;

		begin_attempt(m);
		root = parse(m, m->is_masked ? (struct str){ m->cooked_file, text.len - m->body }
					     : str_skip(text, m->body));
		walk(m, root);
		if (!m->again || m->is_heavy || attempt == MAX_ATTEMPTS ||
		    (size_t)attempt * text.len > MAX_ATTEMPT_BYTES)
			break;
	}
	count_notes(m);
	d = doc_finish(&m->doc, a, m->lines, (uint32_t)m->n_lines, m->head_lines);
out:
	diag_merge(dl, &m->diags);
	return d;
}
