#include "text/markup_impl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/swar.h"

struct open_node {
	uint32_t node;
	size_t start; /* of its output, where a hook wants its children's HTML */
};

struct writer {
	struct buf *out;
	const struct doc *d;
	const struct doc_node *nodes;
	const struct markup *m;
	size_t span;         /* the next one of m->spans */
	uint32_t to;         /* end of what is written */
	uint32_t eaten_node; /* the last node that a span ran into */
	size_t eaten;        /* and how much of its text it took */
	struct buf across;   /* the text of such a span */
	size_t base;         /* no line end is forced before this length */
	struct open_node *open, few[32];
	size_t depth, cap;
	bool in_image;
	uint32_t image; /* the outermost one, when in_image */
	struct buf alt; /* its text so far */
	bool in_footnotes, wants_backref;
	bool in_body; /* of a table */
};

static void put_z(struct writer *w, const char *z)
{
	buf_add_mem(w->out, z, strlen(z));
}

#define put(w, lit) buf_add_mem((w)->out, "" lit, sizeof(lit) - 1)

static void line_start(struct writer *w)
{
	if (w->out->len > w->base && w->out->ptr[w->out->len - 1] != '\n')
		buf_add_char(w->out, '\n');
}

static const unsigned char special[256] = { ['"'] = 1, ['&'] = 2, ['<'] = 3, ['>'] = 4 };

/* '"' and '&' become '&' by setting one bit, '<' and '>' become '>'. */
static swar_word may_be_special(swar_word v)
{
	return swar_equal(v | swar_each(4), '&') | swar_equal(v | swar_each(2), '>');
}

static void put_text(struct buf *out, struct str s)
{
	static const struct str escapes[] = { STR_INIT(""), STR_INIT("&quot;"), STR_INIT("&amp;"), STR_INIT("&lt;"),
					      STR_INIT("&gt;") };
	size_t done = 0;

	for (size_t i = 0; (i = swar_find(s, i, special, may_be_special)) < s.len; done = ++i) {
		buf_add_mem(out, s.ptr + done, i - done);
		buf_add(out, escapes[special[(unsigned char)s.ptr[i]]]);
	}
	buf_add(out, str_skip(s, done));
}

static void put_url(struct writer *w, const struct doc_node *n)
{
	struct str url = doc_text(w->d, n);

	if (w->m->unsafe || !markup_is_dangerous(url))
		markup_write_href(w->out, url);
}

static void put_title(struct writer *w, const struct doc_node *n)
{
	if (n->arg_len) {
		put(w, "\" title=\"");
		put_text(w->out, doc_arg(w->d, n));
	}
}

static bool is_space(char c) /* as cmark has it: without vertical tab and form feed */
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* GFM's disallowed raw HTML: does a tag of these names begin at s? */
static bool is_filtered_tag(struct str s)
{
	static const struct str names[] = {
		STR_INIT("title"),    STR_INIT("textarea"), STR_INIT("style"),
		STR_INIT("xmp"),      STR_INIT("iframe"),   STR_INIT("noembed"),
		STR_INIT("noframes"), STR_INIT("script"),   STR_INIT("plaintext"),
	};
	size_t start = s.len > 1 && s.ptr[1] == '/' ? 2 : 1;

	if (s.len < 3 || s.ptr[0] != '<')
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t end = start + names[i].len;

		if (end >= s.len || !str_eq_nocase(str_cut(s, start, end), names[i]))
			continue;
		if (is_space(s.ptr[end]) || s.ptr[end] == '>')
			return true;
		return s.ptr[end] == '/' && end + 1 < s.len && s.ptr[end + 1] == '>';
	}
	return false;
}

static void put_html_block(struct writer *w, struct str html)
{
	if (!w->m->tagfilter) {
		buf_add(w->out, html);
		return;
	}
	while (html.len) {
		ptrdiff_t at = str_find_byte(html, '<');

		if (at < 0)
			at = (ptrdiff_t)html.len;
		buf_add(w->out, str_cut(html, 0, (size_t)at));
		html = str_skip(html, (size_t)at);
		if (html.len == 0)
			break;
		if (is_filtered_tag(html))
			put(w, "&lt;");
		else
			buf_add_char(w->out, '<');
		html = str_skip(html, 1);
	}
}

static void put_html_inline(struct writer *w, struct str html)
{
	if (w->m->tagfilter && is_filtered_tag(html)) {
		put(w, "&lt;");
		html = str_skip(html, 1);
	}
	buf_add(w->out, html);
}

static void put_code_block(struct writer *w, const struct doc_node *n)
{
	struct str info = doc_arg(w->d, n);
	size_t end = 0;

	line_start(w);
	if (info.len == 0) {
		put(w, "<pre><code>");
	} else {
		while (end < info.len && !is_space(info.ptr[end]))
			end++;
		put(w, "<pre><code class=\"language-");
		put_text(w->out, str_cut(info, 0, end));
		put(w, "\">");
	}
	put_text(w->out, doc_text(w->d, n));
	put(w, "</code></pre>\n");
}

static const struct doc_node *parent_of(const struct writer *w, size_t above)
{
	return w->depth > above ? &w->nodes[w->open[w->depth - 1 - above].node] : NULL;
}

/*
 * The text of a span that runs over its node's end, into the soft breaks and
 * texts that follow in the same element. False: it does not fit.
 */
static bool gather(struct writer *w, uint32_t i, const struct markup_span *s)
{
	const struct doc_node *parent = parent_of(w, 0);
	uint32_t limit = parent && parent->end < w->to ? parent->end : w->to;
	struct str text = str_skip(doc_text(w->d, &w->nodes[i]), s->off);
	size_t want = s->len - text.len, take = 0;

	buf_clear(&w->across);
	buf_add(&w->across, text);
	while (want > 0 && ++i < limit) {
		const struct doc_node *n = &w->nodes[i];

		if (n->type != DOC_TEXT && n->type != DOC_SOFT_BREAK)
			return false;
		text = n->type == DOC_TEXT ? doc_text(w->d, n) : STR("\n");
		take = text.len < want ? text.len : want;
		buf_add(&w->across, str_cut(text, 0, take));
		want -= take;
	}
	if (want > 0)
		return false;
	w->eaten_node = i;
	w->eaten = take;
	return true;
}

/* A text node, cut at the spans in it. */
static void put_text_node(struct writer *w, uint32_t i)
{
	const struct markup *m = w->m;
	struct str text = doc_text(w->d, &w->nodes[i]);
	size_t done = i < w->eaten_node ? text.len : i == w->eaten_node ? w->eaten : 0;

	while (w->span < m->n_spans && m->spans[w->span].node < i)
		w->span++;
	for (; w->span < m->n_spans && m->spans[w->span].node == i; w->span++) {
		const struct markup_span *s = &m->spans[w->span];
		bool is_whole = s->off <= text.len && s->len <= text.len - s->off;

		if (s->off < done || s->off > text.len || (!is_whole && !gather(w, i, s)))
			continue;
		put_text(w->out, str_cut(text, done, s->off));
		done = is_whole ? s->off + s->len : text.len;
		if (m->span)
			m->span(m->ctx, w->out, s, is_whole ? str_cut(text, s->off, done) : buf_str(&w->across));
		else
			put_text(w->out, is_whole ? str_cut(text, s->off, done) : buf_str(&w->across));
	}
	put_text(w->out, str_skip(text, done));
}

static bool is_in_tight_item(const struct writer *w, size_t above)
{
	const struct doc_node *item = parent_of(w, above), *list = parent_of(w, above + 1);

	return item && list && item->type == DOC_ITEM && (list->flags & DOC_TIGHT);
}

static void put_footnote_id(struct writer *w, const char *prefix, const struct doc_node *n)
{
	put_z(w, prefix);
	buf_add(w->out, w->m->id_prefix);
	markup_write_href(w->out, doc_arg(w->d, n));
}

/* The links from a note back to each place that refers to it. */
static void put_backrefs(struct writer *w, const struct doc_node *note)
{
	int64_t n = 0;

	if (!w->wants_backref)
		return;
	w->wants_backref = false;
	str_to_i64(doc_text(w->d, note), &n);
	put_footnote_id(w, "<a href=\"#fnref-", note);
	put(w, "\" class=\"footnote-backref\" data-footnote-backref aria-label=\"Back to content\">↩</a>");
	for (int64_t k = 2; k <= n; k++) {
		put_footnote_id(w, " <a href=\"#fnref-", note);
		buf_add_char(w->out, '-');
		buf_add_u64(w->out, (uint64_t)k);
		put(w, "\" class=\"footnote-backref\" data-footnote-backref aria-label=\"Back to content\">↩"
		       "<sup class=\"footnote-ref\">");
		buf_add_u64(w->out, (uint64_t)k);
		put(w, "</sup></a>");
	}
}

static void put_footnote_ref(struct writer *w, const struct doc_node *n)
{
	put_footnote_id(w, "<sup class=\"footnote-ref\"><a href=\"#fn-", n);
	put_footnote_id(w, "\" id=\"fnref-", n);
	if (n->text_len) {
		buf_add_char(w->out, '-');
		buf_add(w->out, doc_text(w->d, n));
	}
	put(w, "\" data-footnote-ref>");
	buf_add_u64(w->out, n->level);
	put(w, "</a></sup>");
}

static void put_heading_tag(struct writer *w, const struct doc_node *n, bool open)
{
	int level = n->level + w->m->heading_shift;
	struct str id = w->m->heading_ids ? doc_arg(w->d, n) : STR_NONE;

	level = level < 1 ? 1 : level > 6 ? 6 : level;
	if (open) {
		line_start(w);
		put(w, "<h");
		buf_add_char(w->out, (char)('0' + level));
		if (id.len) {
			put(w, " id=\"");
			buf_add(w->out, w->m->id_prefix);
			put_text(w->out, id);
			buf_add_char(w->out, '"');
		}
		buf_add_char(w->out, '>');
		return;
	}
	if (id.len) {
		put(w, " <a class=\"anchor\" href=\"#");
		buf_add(w->out, w->m->id_prefix);
		markup_write_href(w->out, id);
		put(w, "\" aria-hidden=\"true\" tabindex=\"-1\">#</a>");
	}
	put(w, "</h");
	buf_add_char(w->out, (char)('0' + level));
	put(w, ">\n");
}

static void put_callout(struct writer *w, const struct doc_node *n)
{
	static const struct str kinds[] = { STR_INIT("note"), STR_INIT("tip"), STR_INIT("important"),
					    STR_INIT("warning"), STR_INIT("caution") };
	static const struct str english[] = { STR_INIT("Note"), STR_INIT("Tip"), STR_INIT("Important"),
					      STR_INIT("Warning"), STR_INIT("Caution") };
	const struct str *titles = w->m->callout_titles ? w->m->callout_titles : english;
	struct str kind = doc_text(w->d, n), title = doc_arg(w->d, n);

	for (size_t i = 0; title.len == 0 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (str_eq(kind, kinds[i]))
			title = titles[i];
	}
	line_start(w);
	put(w, "<div class=\"callout callout-");
	put_text(w->out, kind);
	put(w, "\" role=\"note\">\n<p class=\"callout-title\">");
	put_text(w->out, title);
	put(w, "</p>\n");
}

static void put_list_tag(struct writer *w, const struct doc_node *n)
{
	line_start(w);
	if (!(n->flags & DOC_ORDERED)) {
		put(w, "<ul>\n");
	} else if (n->level == 1 && n->text_len == 0) {
		put(w, "<ol>\n");
	} else {
		put(w, "<ol start=\"");
		if (n->text_len)
			buf_add(w->out, doc_text(w->d, n));
		else
			buf_add_u64(w->out, n->level);
		put(w, "\">\n");
	}
}

/* The task is in the item's first paragraph. */
static void put_task_name(struct writer *w, uint32_t item)
{
	const struct doc_node *nodes = doc_nodes(w->d);
	uint32_t first = item + 1;
	struct buf name;

	if (first >= nodes[item].end || nodes[first].type != DOC_PARAGRAPH)
		return;
	buf_init(&name, 0);
	doc_plain(&name, w->d, first, nodes[first].end);
	if (name.len) {
		put(w, " aria-label=\"");
		put_text(w->out, buf_str(&name));
		put(w, "\"");
	}
	buf_release(&name);
}

static void put_item(struct writer *w, uint32_t i)
{
	const struct doc_node *n = &doc_nodes(w->d)[i];

	line_start(w);
	put(w, "<li>");
	if (!(n->flags & (DOC_TASK | DOC_CHECKED)))
		return;
	put(w, "<input type=\"checkbox\"");
	if (n->flags & DOC_CHECKED)
		put(w, " checked=\"\"");
	put(w, " disabled=\"\"");
	if (w->m->accessible)
		put_task_name(w, i);
	put(w, " /> ");
}

/* `align` was the attribute for it before HTML 5. */
static void put_align(struct writer *w, char letter)
{
	const char *way = letter == 'l' ? "left" : letter == 'c' ? "center" : letter == 'r' ? "right" : NULL;

	if (!way)
		return;
	if (w->m->accessible)
		put(w, " class=\"align-");
	else
		put(w, " align=\"");
	put_z(w, way);
	put(w, "\"");
}

static void put_cell_tag(struct writer *w, const struct doc_node *n, bool open)
{
	const struct doc_node *row = parent_of(w, 0), *table = parent_of(w, 1);
	bool is_header = row && (row->flags & DOC_HEADER);
	struct str align = table ? doc_arg(w->d, table) : STR_NONE;

	if (!open) {
		put_z(w, is_header ? "</th>" : "</td>");
		return;
	}
	line_start(w);
	put_z(w, is_header ? "<th" : "<td");
	put_align(w, n->level < align.len ? align.ptr[n->level] : '-');
	buf_add_char(w->out, '>');
}

static void put_row_tag(struct writer *w, const struct doc_node *n, bool open)
{
	line_start(w);
	if (!open) {
		put(w, "</tr>");
		if (n->flags & DOC_HEADER)
			put(w, "\n</thead>");
		return;
	}
	if (n->flags & DOC_HEADER) {
		put(w, "<thead>\n");
	} else if (!w->in_body) {
		put(w, "<tbody>\n");
		w->in_body = true;
	}
	put(w, "<tr>");
}

/* What a hook would write, when there is none. */
static void put_plain_form(struct writer *w, const struct doc_node *n)
{
	struct str text = doc_text(w->d, n), arg = doc_arg(w->d, n);

	switch (n->type) {
	case DOC_CITATION:
		buf_add_char(w->out, '[');
		put_text(w->out, text);
		if (arg.len) {
			put(w, ", ");
			put_text(w->out, arg);
		}
		buf_add_char(w->out, ']');
		break;
	default:
		put_text(w->out, text.len ? text : arg);
		break;
	}
}

/* An image's alternative text was gathered while its children were walked. */
static void put_image(struct writer *w, uint32_t i)
{
	const struct doc_node *n = &w->nodes[i];
	struct str alt = buf_str(&w->alt);

	if (w->m->image) {
		w->m->image(w->m->ctx, w->out, w->d, i, alt);
	} else {
		put(w, "<img src=\"");
		put_url(w, n);
		put(w, "\" alt=\"");
		put_text(w->out, alt);
		put_title(w, n);
		put(w, "\" />");
	}
	buf_clear(&w->alt);
}

/* A node inside an image: only its text counts. */
static void add_alt(struct writer *w, const struct doc_node *n, bool is_leaf)
{
	switch (n->type) {
	case DOC_TEXT:
	case DOC_CODE:
	case DOC_HTML:
		buf_add(&w->alt, doc_text(w->d, n));
		break;
	case DOC_WIKILINK:
		if (is_leaf)
			buf_add(&w->alt, doc_text(w->d, n));
		break;
	case DOC_SOFT_BREAK:
	case DOC_LINE_BREAK:
		buf_add_char(&w->alt, ' ');
		break;
	}
}

static void open_block(struct writer *w, uint32_t i)
{
	const struct doc_node *n = &w->nodes[i];

	switch (n->type) {
	case DOC_PARAGRAPH:
		if (!is_in_tight_item(w, 0)) {
			line_start(w);
			put(w, "<p>");
		}
		break;
	case DOC_HEADING:
		put_heading_tag(w, n, true);
		break;
	case DOC_QUOTE:
		line_start(w);
		put(w, "<blockquote>\n");
		break;
	case DOC_CALLOUT:
		put_callout(w, n);
		break;
	case DOC_LIST:
		put_list_tag(w, n);
		break;
	case DOC_ITEM:
		put_item(w, i);
		break;
	case DOC_CODE_BLOCK:
		if (w->m->code)
			w->m->code(w->m->ctx, w->out, w->d, i);
		else
			put_code_block(w, n);
		break;
	case DOC_HTML_BLOCK:
		line_start(w);
		if (w->m->unsafe)
			put_html_block(w, doc_text(w->d, n));
		line_start(w);
		break;
	case DOC_RULE:
		line_start(w);
		put(w, "<hr />\n");
		break;
	case DOC_TABLE:
		line_start(w);
		put(w, "<table>");
		w->in_body = false;
		break;
	case DOC_ROW:
		put_row_tag(w, n, true);
		break;
	case DOC_CELL:
		put_cell_tag(w, n, true);
		break;
	case DOC_FOOTNOTE:
		if (!w->in_footnotes)
			put(w, "<section class=\"footnotes\" data-footnotes>\n<ol>\n");
		w->in_footnotes = true;
		w->wants_backref = true;
		put_footnote_id(w, "<li id=\"fn-", n);
		put(w, "\">\n");
		break;
	case DOC_EMBED:
		line_start(w);
		if (w->m->embed) {
			w->m->embed(w->m->ctx, w->out, w->d, i);
		} else {
			put(w, "<p>");
			put_plain_form(w, n);
			put(w, "</p>\n");
		}
		break;
	case DOC_SHORTCODE:
		line_start(w);
		break;
	}
}

static void close_block(struct writer *w, uint32_t i)
{
	const struct doc_node *n = &w->nodes[i], *parent;

	switch (n->type) {
	case DOC_PARAGRAPH:
		if (is_in_tight_item(w, 0))
			break;
		parent = parent_of(w, 0);
		if (parent && parent->type == DOC_FOOTNOTE && n->end == parent->end) {
			buf_add_char(w->out, ' ');
			put_backrefs(w, parent);
		}
		put(w, "</p>\n");
		break;
	case DOC_HEADING:
		put_heading_tag(w, n, false);
		break;
	case DOC_QUOTE:
		line_start(w);
		put(w, "</blockquote>\n");
		break;
	case DOC_CALLOUT:
		line_start(w);
		put(w, "</div>\n");
		break;
	case DOC_LIST:
		put_z(w, n->flags & DOC_ORDERED ? "</ol>\n" : "</ul>\n");
		break;
	case DOC_ITEM:
		put(w, "</li>\n");
		break;
	case DOC_TABLE:
		if (w->in_body) {
			line_start(w);
			put(w, "</tbody>");
		}
		w->in_body = false;
		line_start(w);
		put(w, "</table>\n");
		break;
	case DOC_ROW:
		put_row_tag(w, n, false);
		break;
	case DOC_CELL:
		put_cell_tag(w, n, false);
		break;
	case DOC_FOOTNOTE:
		if (w->wants_backref) {
			put_backrefs(w, n);
			buf_add_char(w->out, '\n');
		}
		put(w, "</li>\n");
		break;
	}
}

static void open_inline(struct writer *w, uint32_t i)
{
	const struct doc_node *n = &w->nodes[i];

	switch (n->type) {
	case DOC_TEXT:
		if (w->span < w->m->n_spans || i <= w->eaten_node)
			put_text_node(w, i);
		else
			put_text(w->out, doc_text(w->d, n));
		break;
	case DOC_SOFT_BREAK:
		if (i > w->eaten_node)
			buf_add_char(w->out, '\n');
		break;
	case DOC_LINE_BREAK:
		put(w, "<br />\n");
		break;
	case DOC_CODE:
		put(w, "<code>");
		put_text(w->out, doc_text(w->d, n));
		put(w, "</code>");
		break;
	case DOC_HTML:
		if (w->m->unsafe)
			put_html_inline(w, doc_text(w->d, n));
		break;
	case DOC_EMPH:
		put(w, "<em>");
		break;
	case DOC_STRONG:
		put(w, "<strong>");
		break;
	case DOC_STRIKE:
		put(w, "<del>");
		break;
	case DOC_LINK:
		if (w->m->link) {
			w->m->link(w->m->ctx, w->out, w->d, i, true);
			break;
		}
		put(w, "<a href=\"");
		put_url(w, n);
		put_title(w, n);
		put(w, "\">");
		break;
	case DOC_IMAGE:
		w->in_image = true;
		w->image = i;
		break;
	case DOC_FOOTNOTE_REF:
		if (w->m->footnote)
			w->m->footnote(w->m->ctx, w->out, w->d, i);
		else
			put_footnote_ref(w, n);
		break;
	case DOC_WIKILINK:
		if (w->m->wikilink)
			w->m->wikilink(w->m->ctx, w->out, w->d, i, true);
		else if (n->end == i + 1)
			put_plain_form(w, n);
		break;
	case DOC_CITATION:
		if (w->m->citation)
			w->m->citation(w->m->ctx, w->out, w->d, i);
		else
			put_plain_form(w, n);
		break;
	case DOC_INLINE_EMBED:
		if (w->m->embed)
			w->m->embed(w->m->ctx, w->out, w->d, i);
		else
			put_plain_form(w, n);
		break;
	}
}

static void close_inline(struct writer *w, uint32_t i)
{
	switch (w->nodes[i].type) {
	case DOC_EMPH:
		put(w, "</em>");
		break;
	case DOC_STRONG:
		put(w, "</strong>");
		break;
	case DOC_STRIKE:
		put(w, "</del>");
		break;
	case DOC_LINK:
		if (w->m->link)
			w->m->link(w->m->ctx, w->out, w->d, i, false);
		else
			put(w, "</a>");
		break;
	case DOC_WIKILINK:
		if (w->m->wikilink)
			w->m->wikilink(w->m->ctx, w->out, w->d, i, false);
		break;
	}
}

/* The children's HTML, written behind `start`, is taken back and given to the hook. */
static void close_shortcode(struct writer *w, uint32_t i, size_t start)
{
	bool is_block = w->nodes[i].type == DOC_SHORTCODE;

	if (w->m->shortcode) {
		struct buf body = { 0 };

		buf_add_mem(&body, w->out->ptr + start, w->out->len - start);
		buf_cut(w->out, start);
		w->out->ptr[start] = '\0';
		w->m->shortcode(w->m->ctx, w->out, w->d, i, buf_str(&body));
		buf_release(&body);
	}
	if (is_block)
		line_start(w);
}

static void open_node(struct writer *w, uint32_t i)
{
	if (w->in_image)
		add_alt(w, &w->nodes[i], w->nodes[i].end == i + 1);
	else if (doc_is_block(&w->nodes[i]))
		open_block(w, i);
	else
		open_inline(w, i);
}

static void close_node(struct writer *w, uint32_t i, size_t start)
{
	const struct doc_node *n = &w->nodes[i];

	if (w->in_image) {
		if (i == w->image) {
			w->in_image = false;
			put_image(w, i);
		}
	} else if (n->type == DOC_SHORTCODE || n->type == DOC_INLINE_SHORTCODE) {
		close_shortcode(w, i, start);
	} else if (doc_is_block(n)) {
		close_block(w, i);
	} else {
		close_inline(w, i);
	}
}

static void push(struct writer *w, uint32_t node)
{
	if (w->depth == w->cap) {
		size_t bytes = w->cap * 2 * sizeof(*w->open);
		struct open_node *old = w->open == w->few ? NULL : w->open;

		w->open = arena_sys_realloc(old, bytes);
		if (!old)
			memcpy(w->open, w->few, sizeof(w->few));
		w->cap *= 2;
	}
	w->open[w->depth++] = (struct open_node){ node, w->out->len };
}

static void pop_until(struct writer *w, uint32_t i)
{
	while (w->depth > 0 && w->nodes[w->open[w->depth - 1].node].end <= i) {
		struct open_node top = w->open[--w->depth];

		close_node(w, top.node, top.start);
	}
}

/* The first span that may concern nodes from `from` on. */
static size_t first_span(const struct markup *m, uint32_t from)
{
	size_t lo = 0, hi = m->n_spans;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (m->spans[mid].node < from)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void markup_html(struct buf *out, const struct doc *d, uint32_t from, uint32_t to, const struct markup *m)
{
	struct writer w = { .out = out, .d = d, .nodes = doc_nodes(d), .m = m, .base = out->len };

	w.open = w.few;
	w.cap = sizeof(w.few) / sizeof(w.few[0]);
	w.span = first_span(m, from);
	if (to > d->n_nodes)
		to = d->n_nodes;
	w.to = to;
	for (uint32_t i = from; i < to; i++) {
		pop_until(&w, i);
		open_node(&w, i);
		if (w.nodes[i].end == i + 1)
			close_node(&w, i, out->len);
		else
			push(&w, i);
	}
	pop_until(&w, d->n_nodes);
	if (w.in_footnotes)
		put(&w, "</ol>\n</section>\n");
	if (w.open != w.few)
		free(w.open);
	buf_release(&w.alt);
	buf_release(&w.across);
}
