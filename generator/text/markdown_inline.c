#include <string.h>

#include "text/markdown_impl.h"

/* cmark-gfm gives up on a text after so many '@'. */
#define MAX_MAILS 1000
/* Shortcodes without an end that may stand between the two of a pair. */
#define MAX_UNCLOSED 1000

uint32_t markdown_source(struct markdown *m, uint32_t content)
{
	const struct markdown_span *s = m->spans.ptr;
	size_t n = m->spans.len, i = m->span;
	uint32_t off;

	if (n == 0)
		return m->body;
	if (i >= n || s[i].content > content)
		i = 0;
	while (i + 1 < n && s[i + 1].content <= content)
		i++;
	m->span = i;
	off = content > s[i].content ? content - s[i].content : 0;
	return s[i].source + (off < s[i].len ? off : s[i].len);
}

void markdown_report(struct markdown *m, enum diag_severity severity, const char *code, uint32_t content,
		     uint32_t width, const char *message, const char *hint)
{
	if (!markdown_may_report(m))
		return;
	diag_add(&m->diags, severity, code, m->path, markdown_pos(m, markdown_source(m, content)), "%s", message);
	diag_width(&m->diags, width);
	diag_hint(&m->diags, "%s", hint);
}

/* The byte behind the span that holds `content`, at most `to`. */
static uint32_t span_end(struct markdown *m, uint32_t content, uint32_t to)
{
	const struct markdown_span *s;

	markdown_source(m, content);
	if (m->span + 1 >= m->spans.len)
		return to;
	s = &m->spans.ptr[m->span + 1];
	return s->content < to ? s->content : to;
}

static void add_text(struct markdown *m, struct str text, uint32_t source, bool is_entity)
{
	struct doc_node *n;

	if (text.len == 0)
		return;
	n = doc_leaf(&m->doc, DOC_TEXT, source);
	n->flags = is_entity ? DOC_ENTITY : 0;
	doc_set_text(&m->doc, n, text);
}

static void put_piece(struct markdown *m, struct str text, uint32_t source, bool is_entity)
{
	if (text.len == 0)
		return;
	if (m->has & HAS_AT && !m->opt.plain) {
		struct markdown_piece p = { text, source, is_entity };

		vec_push(&m->scratch, &m->pieces, p);
	} else {
		add_text(m, text, source, is_entity);
	}
}

/* Pieces of the gathered text between two offsets of it. */
static void add_pieces(struct markdown *m, size_t *piece, size_t *base, size_t from, size_t to)
{
	while (from < to) {
		const struct markdown_piece *p = &m->pieces.ptr[*piece];
		size_t end = *base + p->text.len < to ? *base + p->text.len : to;

		if (p->is_entity)
			add_text(m, str_cut(p->text, from - *base, end - *base), p->source, true);
		else
			add_text(m, str_cut(p->text, from - *base, end - *base), p->source + (uint32_t)(from - *base),
				 false);
		from = end;
		if (end == *base + p->text.len) {
			*base = end;
			++*piece;
		}
	}
}

static bool has_protocol(struct str s, size_t start, size_t colon, struct str name)
{
	if (colon - start < name.len || !str_eq(str_cut(s, colon - name.len, colon), name))
		return false;
	return colon - start == name.len || !markdown_is_alnum(s.ptr[colon - name.len - 1]);
}

struct mail {
	size_t from, to;
	bool has_scheme;
};

/*
 * An e-mail address around the '@' at `at`, by cmark-gfm's rules: none of it
 * before `start`, where the search goes on, nor its scheme before `text`.
 */
static bool match_mail(struct str s, size_t text, size_t start, size_t at, struct mail *out)
{
	size_t from = at, to, dots = 0;
	bool is_xmpp = false, has_scheme = false;

	while (from > start) {
		char c = s.ptr[from - 1];

		if (markdown_is_alnum(c) || c == '.' || c == '+' || c == '-' || c == '_') {
			from--;
		} else if (c == ':' && has_protocol(s, text, from - 1, STR("mailto"))) {
			has_scheme = true;
			from--;
		} else if (c == ':' && has_protocol(s, text, from - 1, STR("xmpp"))) {
			has_scheme = is_xmpp = true;
			from--;
		} else {
			break;
		}
	}
	if (from == at)
		return false;
	for (to = at + 1; to < s.len; to++) {
		char c = s.ptr[to];

		if (c == '@')
			return false;
		if (c == '.' && to + 1 < s.len && markdown_is_alnum(s.ptr[to + 1]))
			dots++;
		else if (!markdown_is_alnum(c) && !(c == '/' && is_xmpp) && c != '-' && c != '_')
			break;
	}
	if (to - at < 2 || dots == 0 || (!markdown_is_letter(s.ptr[to - 1]) && s.ptr[to - 1] != '.'))
		return false;
	while (to > at + 1 && (s.ptr[to - 1] == '_' || s.ptr[to - 1] == '.'))
		to--;
	*out = (struct mail){ from, to, has_scheme };
	return true;
}

/* Writes the gathered text, with e-mail addresses as links. */
static void flush_text(struct markdown *m)
{
	size_t piece = 0, base = 0, done = 0, at = 0, tries = 0;
	struct str s;

	if (m->pieces.len == 0)
		return;
	buf_clear(&m->text);
	for (size_t i = 0; i < m->pieces.len; i++)
		buf_add(&m->text, m->pieces.ptr[i].text);
	s = buf_str(&m->text);
	while (!m->in_link && at < s.len && tries++ <= MAX_MAILS) {
		const char *hit = memchr(s.ptr + at, '@', s.len - at);
		struct mail mail;

		if (!hit)
			break;
		if (match_mail(s, done, at, (size_t)(hit - s.ptr), &mail)) {
			struct doc_node *n;
			uint32_t source;

			add_pieces(m, &piece, &base, done, mail.from);
			source = m->pieces.ptr[piece].source;
			if (!m->pieces.ptr[piece].is_entity)
				source += (uint32_t)(mail.from - base);
			n = doc_open(&m->doc, DOC_LINK, source);
			n->flags = DOC_AUTO;
			n->text = (uint32_t)m->doc.text.len;
			if (!mail.has_scheme)
				buf_add(&m->doc.text, STR("mailto:"));
			buf_add(&m->doc.text, str_cut(s, mail.from, mail.to));
			n->text_len = (uint32_t)m->doc.text.len - n->text;
			add_pieces(m, &piece, &base, mail.from, mail.to);
			doc_close(&m->doc);
			at = done = mail.to;
		} else {
			at = (size_t)(hit - s.ptr) + 1;
		}
	}
	add_pieces(m, &piece, &base, done, s.len);
	m->pieces.len = 0;
}

/* Content as it stands, one piece for each span. */
static void put_raw(struct markdown *m, uint32_t from, uint32_t to)
{
	while (from < to) {
		uint32_t source = markdown_source(m, from), end = span_end(m, from, to);
		const struct markdown_span *s = &m->spans.ptr[m->span];

		/* Blanks that a tab was taken apart into stand nowhere: before the first span, or behind the last byte of one. */
		bool is_gap = from < s->content || from - s->content >= s->len;

		if (from < s->content) {
			end = end > s->content ? s->content : end;
			source = s->source > m->body ? s->source - 1 : s->source;
		}
		put_piece(m, (struct str){ m->raw + from, end - from }, source, is_gap);
		from = end;
	}
}

/* Literal text that may go over lines, with escaped bars if it says so. */
static void put_lines(struct markdown *m, uint32_t from, uint32_t to, bool has_bars)
{
	uint32_t done = from;

	for (uint32_t i = from; i < to; i++) {
		if (has_bars && m->raw[i] == '\\' && m->raw[i + 1] == '|') {
			put_raw(m, done, i);
			done = i + 1;
		} else if (m->raw[i] == '\n') {
			put_raw(m, done, i);
			flush_text(m);
			doc_leaf(&m->doc, DOC_SOFT_BREAK, markdown_source(m, i));
			while (i + 1 < to && (m->raw[i + 1] == ' ' || m->raw[i + 1] == '\t'))
				i++;
			done = i + 1;
		}
	}
	put_raw(m, done, to);
}

/* Content with its escapes and character references resolved. */
static void put_text(struct markdown *m, uint32_t from, uint32_t to, unsigned flags)
{
	uint32_t done = from;

	if (flags & ITEM_RAW) {
		put_raw(m, from, to);
		return;
	}
	if (flags & ITEM_LINES) {
		put_lines(m, from, to, false);
		return;
	}
	for (uint32_t i = from; i < to; i++) {
		char c = m->cooked[i];

		if (c == '\\' && !(flags & ITEM_AUTO) && i + 1 < to && markdown_is_punct(m->cooked[i + 1])) {
			put_raw(m, done, i);
			done = ++i;
		} else if (c == '&') {
			struct str text;
			uint32_t n = markdown_entity(m, (struct str){ m->cooked + i, to - i }, &text);

			if (n == 0)
				continue;
			put_raw(m, done, i);
			put_piece(m, text, markdown_source(m, i), true);
			done = i + n;
			i = done - 1;
		}
	}
	put_raw(m, done, to);
}

/* White space around, and line ends within, are no part of a name. */
static struct str clean(struct markdown *m, struct str s)
{
	char *out;
	size_t w = 0;

	s = str_trim(s);
	if (s.len == 0 || (!memchr(s.ptr, '\n', s.len) && !memchr(s.ptr, '\\', s.len)))
		return s;
	out = arena_alloc(&m->scratch, s.len, 1, 1);
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\\' && i + 1 < s.len && s.ptr[i + 1] == '|')
			continue;
		if (s.ptr[i] == '\n') {
			while (w > 0 && (out[w - 1] == ' ' || out[w - 1] == '\t'))
				w--;
			while (i + 1 < s.len && (s.ptr[i + 1] == ' ' || s.ptr[i + 1] == '\t'))
				i++;
			out[w++] = ' ';
		} else {
			out[w++] = s.ptr[i];
		}
	}
	return (struct str){ out, w };
}

/* The display text of a wikilink. */
static void put_display(struct markdown *m, uint32_t from, uint32_t to)
{
	while (from < to && markdown_is_space(m->raw[from]))
		from++;
	while (to > from && markdown_is_space(m->raw[to - 1]))
		to--;
	put_lines(m, from, to, true);
	flush_text(m);
}

static void emit_wikilink(struct markdown *m, const struct markdown_mark *mark, enum doc_type type)
{
	uint32_t from = mark->from + (type == DOC_WIKILINK ? 2 : 3), to = mark->to - 2, end;
	const char *bar = memchr(m->raw + from, '|', to - from), *hash;
	uint32_t name_end = bar ? (uint32_t)(bar - m->raw) : to;
	struct doc_node *n;

	end = name_end;
	if (bar && end > from && m->raw[end - 1] == '\\')
		end--;
	hash = memchr(m->raw + from, '#', end - from);
	n = doc_open(&m->doc, type, markdown_source(m, mark->from));
	doc_set_text(&m->doc, n,
		     clean(m, (struct str){ m->raw + from, (hash ? (uint32_t)(hash - m->raw) : end) - from }));
	if (hash)
		doc_set_arg(&m->doc, n, clean(m, (struct str){ hash + 1, (size_t)(m->raw + end - hash) - 1 }));
	if (bar) {
		bool outer = m->in_link;

		m->in_link = true;
		put_display(m, name_end + 1, to);
		m->in_link = outer;
	}
	doc_close(&m->doc);
}

/* [@a, where; @b]: a semicolon parts citations only when another '@' follows. */
static void emit_citation(struct markdown *m, const struct markdown_mark *mark)
{
	uint32_t at = mark->from + 1, end = mark->to - 1;

	while (at < end) {
		uint32_t stop = at + 1, next = end;
		struct str key, locator = STR_NONE;
		const char *comma;
		struct doc_node *n;

		for (; stop < end; stop++) {
			if (m->raw[stop] != ';')
				continue;
			for (next = stop + 1; next < end && markdown_is_space(m->raw[next]);)
				next++;
			if (next < end && m->raw[next] == '@')
				break;
			next = end;
		}
		key = (struct str){ m->raw + at + 1, stop - at - 1 };
		comma = memchr(key.ptr, ',', key.len);
		if (comma) {
			locator = str_skip(key, (size_t)(comma - key.ptr) + 1);
			key.len = (size_t)(comma - key.ptr);
		}
		key = clean(m, key);
		if (key.len == 0) {
			markdown_report(m, DIAG_ERROR, "markdown/empty-citation", at, stop - at,
					"this citation names no source",
					"write [@source]; for a literal bracket write \\[");
		} else {
			n = doc_leaf(&m->doc, DOC_CITATION, markdown_source(m, at));
			doc_set_text(&m->doc, n, key);
			doc_set_arg(&m->doc, n, clean(m, locator));
		}
		at = stop < end ? next : end;
	}
}

static uint32_t parent_index(const struct markdown *m)
{
	return m->doc.open[m->doc.depth - 1];
}

void markdown_drop_pending(struct markdown *m)
{
	uint32_t parent = parent_index(m);

	while (m->pending.len > 0 && m->pending.ptr[m->pending.len - 1].parent >= parent)
		m->pending.len--;
}

/*
 * An opening shortcode is a leaf until its end comes: then all that was written
 * since becomes its subtree. Those between that were never closed stay leaves.
 */
void markdown_emit_tag(struct markdown *m, const struct markdown_tag *tag, uint32_t source, bool is_block)
{
	uint32_t parent = parent_index(m);
	struct markdown_pending p = { .parent = parent, .name = tag->name };
	struct doc_node *n;

	if (!tag->closes) {
		p.node = (uint32_t)m->doc.n_nodes;
		n = doc_leaf(&m->doc, is_block ? DOC_SHORTCODE : DOC_INLINE_SHORTCODE, source);
		doc_set_text(&m->doc, n, tag->name);
		doc_set_arg(&m->doc, n, clean(m, tag->args));
		vec_push(&m->scratch, &m->pending, p);
		return;
	}
	for (size_t i = m->pending.len, tries = 0; i > 0 && tries < MAX_UNCLOSED; i--, tries++) {
		const struct markdown_pending *open = &m->pending.ptr[i - 1];

		if (open->parent != parent)
			break;
		if (!str_eq(open->name, tag->name))
			continue;
		n = &m->doc.nodes[open->node];
		n->flags |= DOC_CLOSED;
		n->end = (uint32_t)m->doc.n_nodes;
		m->pending.len = i - 1;
		return;
	}
	if (!markdown_may_report(m))
		return;
	diag_add(&m->diags, DIAG_ERROR, "markdown/stray-shortcode-end", m->path, markdown_pos(m, source),
		 "this closes the shortcode '%.*s', but none is open here", STR_ARG(tag->name));
	diag_width(&m->diags, tag->to - tag->from);
	diag_hint(&m->diags,
		  "both ends stand in the same paragraph, or each alone on its line in the same list item or quote");
}

static void emit_mark(struct markdown *m, const struct markdown_mark *mark)
{
	struct markdown_tag tag;
	struct doc_node *n;
	struct str url;

	if (mark->kind == MARK_TAG && markdown_read_tag(m->raw, mark->from, mark->to, &tag) && tag.escaped) {
		uint32_t inner = mark->from + 5;

		put_raw(m, mark->from, mark->from + 3);
		put_lines(m, inner, inner + (uint32_t)tag.args.len, false);
		put_raw(m, mark->to - 3, mark->to);
		return;
	}
	flush_text(m);
	switch ((enum markdown_mark_kind)mark->kind) {
	case MARK_URL:
		url = (struct str){ m->raw + mark->from, mark->to - mark->from };
		n = doc_open(&m->doc, DOC_LINK, markdown_source(m, mark->from));
		n->flags = DOC_AUTO;
		if (str_starts(url, STR("www"))) {
			doc_set_text(&m->doc, n, STR("http://"));
			buf_add(&m->doc.text, url);
			n->text_len += (uint32_t)url.len;
		} else {
			doc_set_text(&m->doc, n, url);
		}
		m->in_link = true;
		put_raw(m, mark->from, mark->to);
		flush_text(m);
		m->in_link = false;
		doc_close(&m->doc);
		break;
	case MARK_STRIKE:
		doc_open(&m->doc, DOC_STRIKE, markdown_source(m, mark->from));
		break;
	case MARK_STRIKE_END:
		markdown_drop_pending(m);
		doc_close(&m->doc);
		break;
	case MARK_WIKILINK:
		emit_wikilink(m, mark, DOC_WIKILINK);
		break;
	case MARK_EMBED:
		emit_wikilink(m, mark, DOC_INLINE_EMBED);
		break;
	case MARK_CITATION:
		emit_citation(m, mark);
		break;
	case MARK_TAG:
		markdown_emit_tag(m, &tag, markdown_source(m, mark->from), false);
		break;
	}
}

static void emit_open(struct markdown *m, const struct markdown_item *it)
{
	struct doc_node *n = doc_open(&m->doc, it->type, markdown_source(m, it->from));

	if (it->type != DOC_LINK && it->type != DOC_IMAGE)
		return;
	n->flags = it->flags & ITEM_AUTO ? DOC_AUTO : 0;
	doc_set_text(&m->doc, n, it->text);
	doc_set_arg(&m->doc, n, it->arg);
	if (it->type == DOC_LINK)
		m->in_link = true;
}

static void emit_leaf(struct markdown *m, const struct markdown_item *it)
{
	static const uint8_t types[] = { [ITEM_SOFT] = DOC_SOFT_BREAK,
					 [ITEM_HARD] = DOC_LINE_BREAK,
					 [ITEM_CODE] = DOC_CODE,
					 [ITEM_HTML] = DOC_HTML,
					 [ITEM_NOTE] = DOC_FOOTNOTE_REF };
	struct doc_node *n = doc_leaf(&m->doc, types[it->kind], markdown_source(m, it->from));

	if (it->kind == ITEM_NOTE) {
		n->level = (uint16_t)it->number;
		doc_set_arg(&m->doc, n, it->arg);
	} else if (it->kind == ITEM_CODE || it->kind == ITEM_HTML) {
		doc_set_text(&m->doc, n, it->text);
	}
}

/* A text item, and the marks that begin in it; returns how far these reach. */
static uint32_t emit_text(struct markdown *m, const struct markdown_item *it, uint32_t from, size_t *mark)
{
	if (it->flags & ITEM_LITERAL) {
		put_piece(m, it->text, markdown_source(m, it->from), true);
		return from;
	}
	if (from < it->from)
		from = it->from;
	while (*mark < m->marks.len && m->marks.ptr[*mark].from < it->to) {
		const struct markdown_mark *k = &m->marks.ptr[(*mark)++];

		if (k->from < from)
			continue;
		put_text(m, from, k->from, it->flags);
		emit_mark(m, k);
		from = k->to;
	}
	if (from < it->to)
		put_text(m, from, it->to, it->flags);
	return from;
}

void markdown_emit(struct markdown *m)
{
	uint32_t taken = 0;
	size_t mark = 0;

	m->in_link = false;
	m->pieces.len = 0;
	for (size_t i = 0; i < m->items.len; i++) {
		const struct markdown_item *it = &m->items.ptr[i];

		if (it->kind == ITEM_TEXT) {
			taken = emit_text(m, it, taken, &mark);
			continue;
		}
		if (it->from < taken)
			continue;
		flush_text(m);
		if (it->kind == ITEM_OPEN) {
			emit_open(m, it);
		} else if (it->kind == ITEM_CLOSE) {
			if (it->type == DOC_LINK)
				m->in_link = false;
			markdown_drop_pending(m);
			doc_close(&m->doc);
		} else {
			emit_leaf(m, it);
		}
	}
	flush_text(m);
}
