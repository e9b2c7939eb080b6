#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/markdown_impl.h"

/* Longer ones are no host names; keeps the search linear. */
#define MAX_DOMAIN 300
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

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_alnum(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9');
}

static void add_mark(struct markdown *m, enum markdown_mark_kind kind, uint32_t from, uint32_t to)
{
	struct markdown_mark mark = { .kind = (uint8_t)kind, .from = from, .to = to };

	vec_push(&m->scratch, &m->marks, mark);
}

static int by_from(const void *a, const void *b)
{
	const struct markdown_mark *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

/* ---- the dialect: wikilinks, embeds, citations, shortcodes ---- */

static bool is_blank(struct str s)
{
	return str_trim(s).len == 0;
}

static void warn(struct markdown *m, enum diag_severity severity, const char *code, uint32_t content, uint32_t width,
		 const char *message, const char *hint)
{
	if (!markdown_may_report(m))
		return;
	diag_add(&m->diags, severity, code, m->path, markdown_pos(m, markdown_source(m, content)), "%s", message);
	diag_width(&m->diags, width);
	diag_hint(&m->diags, "%s", hint);
}

/* At "[[", "![[" or "[@" in the text that ends at `limit`: the offset to go on from. */
static uint32_t match_bracket(struct markdown *m, uint32_t at, uint32_t limit, bool in_link)
{
	uint32_t open = m->raw[at] == '!' ? at + 1 : at, end;
	bool is_citation = m->raw[open + 1] == '@';
	struct str inner;
	int found = markdown_match_bracket(m->raw, open, limit, &end);

	if (found < 0) {
		/* A link inside cuts the text, and then the brackets are somebody else's. */
		if (limit == m->len && is_citation)
			warn(m, DIAG_WARNING, "markdown/unclosed-citation", at, 2, "this '[@' is never closed",
			     "write [@source] or [@source, line 3]; for a literal bracket write \\[");
		else if (limit == m->len)
			warn(m, DIAG_WARNING, "markdown/unclosed-wikilink", at, 2, "this '[[' is never closed",
			     "write [[target]]; for literal brackets write \\[\\[");
		return limit;
	}
	if (found == 0)
		return open + 1;
	inner = (struct str){ m->raw + open + 2, end - open - (is_citation ? 3 : 4) };
	if (in_link) {
		warn(m, DIAG_WARNING, "markdown/nested-link", at, end - at,
		     "a link cannot stand inside another link, so this is shown as it is", "move it out of the link's text");
		return end;
	}
	if (is_citation && (is_blank(inner) || memchr(",;", str_trim(inner).ptr[0], 2))) {
		warn(m, DIAG_ERROR, "markdown/empty-citation", at, end - at, "this citation names no source",
		     "write [@source]; for a literal bracket write \\[");
		return end;
	}
	if (!is_citation && (is_blank(inner) || str_eq(str_trim(inner), STR("#")) || str_trim(inner).ptr[0] == '|')) {
		warn(m, DIAG_ERROR, "markdown/empty-wikilink", at, end - at, "this link names no page",
		     "write [[target]]; for literal brackets write \\[\\[");
		return end;
	}
	add_mark(m, is_citation ? MARK_CITATION : open > at ? MARK_EMBED : MARK_WIKILINK, at, end);
	return end;
}

static uint32_t match_tag(struct markdown *m, uint32_t at, uint32_t limit)
{
	struct markdown_tag tag;

	if (markdown_read_tag(m->raw, at, limit, &tag)) {
		add_mark(m, MARK_TAG, at, tag.to);
		return tag.to;
	}
	if (!memmem(m->raw + at, limit - at, ">}}", 3)) {
		warn(m, DIAG_ERROR, "markdown/unclosed-shortcode", at, 3, "this '{{<' is never closed",
		     "end it with '>}}' on the same line; to show one, write {{</* name */>}}");
		return limit;
	}
	warn(m, DIAG_ERROR, "markdown/bad-shortcode", at, 3, "this is no shortcode",
	     "write {{< name key=\"value\" >}}; to show one, write {{</* name */>}}");
	return at + 3;
}

/* One run of adjacent text, soft breaks included. */
static void find_in_run(struct markdown *m, uint32_t from, uint32_t to, bool in_link)
{
	const char *t = m->raw;

	for (uint32_t i = from; i + 1 < to;) {
		if (m->cooked[i] == '\\' && markdown_is_punct(t[i + 1]))
			i += 2;
		else if (t[i] == '[' && (t[i + 1] == '[' || t[i + 1] == '@'))
			i = match_bracket(m, i, to, in_link);
		else if (t[i] == '!' && t[i + 1] == '[' && t[i + 2] == '[')
			i = match_bracket(m, i, to, in_link);
		else if (t[i] == '{' && t[i + 1] == '{' && t[i + 2] == '<')
			i = match_tag(m, i, to);
		else
			i++;
	}
}

static void find_constructs(struct markdown *m)
{
	const struct markdown_item *items = m->items.ptr;
	uint32_t links = 0, images = 0;

	for (size_t i = 0; i < m->items.len; i++) {
		const struct markdown_item *it = &items[i];
		uint32_t from = it->from, to = it->to;

		if (it->kind == ITEM_OPEN || it->kind == ITEM_CLOSE) {
			uint32_t step = it->kind == ITEM_OPEN ? 1u : UINT32_MAX;

			links += it->type == DOC_LINK ? step : 0;
			images += it->type == DOC_IMAGE ? step : 0;
		}
		if (it->kind != ITEM_TEXT || (it->flags & (ITEM_LITERAL | ITEM_AUTO)))
			continue;
		while (i + 1 < m->items.len && items[i + 1].kind <= ITEM_HARD && !(items[i + 1].flags & ITEM_LITERAL))
			to = items[++i].to;
		if (images == 0)
			find_in_run(m, from, to, links > 0);
	}
}

/* ---- bare URLs, by the rules of cmark-gfm's autolink extension ---- */

static bool is_host_char(const struct markdown *m, uint32_t at)
{
	size_t next;
	uint32_t cp;

	if (is_alnum(m->raw[at]))
		return true;
	cp = utf8_decode((struct str){ m->raw, m->len }, at, &next);
	return !markdown_is_wide_space(cp) && !utf8_is_punct(cp);
}

/* Length of the host name at `at`, 0 when it is none. */
static uint32_t domain_length(const struct markdown *m, uint32_t at, bool needs_dot)
{
	uint32_t size = m->len - at, i, dots = 0, before = 0, after = 0;

	for (i = 1; i + 1 < size; i++) {
		char c = m->raw[at + i];

		if (i > MAX_DOMAIN)
			return 0;
		if (c == '_') {
			after++;
		} else if (c == '.') {
			before = after;
			after = 0;
			dots++;
		} else if (c != '-' && (((unsigned char)c & 0xC0) == 0x80 || !is_host_char(m, at + i))) {
			/* Beyond ASCII cmark-gfm stops within the character: the rest is taken as the URL's path. */
			break;
		}
	}
	if (before > 0 || after > 0)
		return 0;
	return dots || !needs_dot ? i : 0;
}

/* Takes closing punctuation off the end of a URL that begins at `from`. */
static uint32_t trim_url(const struct markdown *m, uint32_t from, uint32_t to)
{
	const char *t = m->raw;
	uint32_t opening = 0, closing = 0;

	for (uint32_t i = from; i < to; i++) {
		opening += t[i] == '(';
		closing += t[i] == ')';
	}
	while (to > from) {
		char c = t[to - 1];

		if (memchr("?!.,:*_~'\"", c, 10)) {
			to--;
		} else if (c == ';') {
			uint32_t i = to - from >= 2 ? to - 2 : from;

			while (i > from && is_letter(t[i]))
				i--;
			to = i + 2 < to && t[i] == '&' ? i : to - 1;
		} else if (c == ')' && closing > opening) {
			closing--;
			to--;
		} else {
			break;
		}
	}
	return to;
}

/* A URL does not reach into what the dialect found behind it, at `limit`. */
static uint32_t url_end(const struct markdown *m, uint32_t from, uint32_t at, uint32_t limit)
{
	while (at < limit && !markdown_is_space(m->raw[at]) && m->raw[at] != '<')
		at++;
	return trim_url(m, from, at);
}

/* At ':' — *from is where the scheme begins; 0 when no URL stands here. */
static uint32_t match_url(const struct markdown *m, uint32_t at, uint32_t limit, uint32_t *from)
{
	static const struct str schemes[] = { STR_INIT("http"), STR_INIT("https"), STR_INIT("ftp") };
	uint32_t start = at, length, end;
	bool is_known = false;

	if (m->len - at < 4 || m->raw[at + 1] != '/' || m->raw[at + 2] != '/')
		return 0;
	while (start > 0 && at - start < 6 && is_letter(m->raw[start - 1]))
		start--;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		is_known |= str_eq_nocase((struct str){ m->raw + start, at - start }, schemes[i]);
	if (!is_known || !is_host_char(m, at + 3))
		return 0;
	length = domain_length(m, at + 3, false);
	if (length == 0)
		return 0;
	if (at + 3 + length > limit)
		length = limit - at - 3;
	end = url_end(m, at, at + 3 + length, limit);
	*from = start;
	return end > at ? end : 0;
}

static uint32_t match_www(const struct markdown *m, uint32_t at, uint32_t limit)
{
	uint32_t length, end;

	if (at > 0 && !memchr("*_~(", m->raw[at - 1], 4) && !markdown_is_space(m->raw[at - 1]))
		return 0;
	if (m->len - at < 4 || memcmp(m->raw + at, "www.", 4) != 0)
		return 0;
	length = domain_length(m, at, true);
	if (length == 0)
		return 0;
	if (length > limit - at)
		length = limit - at;
	end = url_end(m, at, at + length, limit);
	return end > at ? end : 0;
}

/*
 * cmark parsed the URL's bytes as markup, or took an escape across its end:
 * they are masked and the page is parsed again.
 */
static bool is_conflict(const struct markdown *m, const struct markdown_item *it, uint32_t from, uint32_t to)
{
	uint32_t slashes = 0;

	/* An unclosed backtick changes what cmark thinks of later ones. */
	if (to > it->to || memchr(m->cooked + from, '`', to - from))
		return true;
	while (to - slashes > from && m->cooked[to - slashes - 1] == '\\')
		slashes++;
	return slashes % 2 == 1 && to < m->len && memchr("*_`[]<&~!\\", m->cooked[to], 10);
}

static void mask_content(struct markdown *m, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++) {
		if (markdown_mask_byte(m, markdown_source(m, i)))
			m->again = true;
	}
}

/*
 * cmark-gfm makes no link of a URL behind an open bracket, except behind an
 * image's ("![") once a link was completed in it, unless a "[" is open, too.
 */
enum { BRACKET_LINK = 1, BRACKET_IMAGE = 2, BRACKET_IS_IMAGE = 4 };

/*
 * A last bracket or ampersand cannot begin anything, and emphasis behind it
 * must see it; a last backslash or backtick is masked for all that, and
 * emphasis that touches it may come out other than in cmark-gfm.
 */
static void mask_url(struct markdown *m, uint32_t from, uint32_t to)
{
	if (m->raw[to - 1] == ']' || m->raw[to - 1] == '&')
		to--;
	mask_content(m, from, to);
}

struct url_state {
	VEC(uint8_t) brackets; /* open ones: what each is in; bits */
	size_t n_cleared;      /* of these from the bottom, images that no longer count */
	size_t mark;    /* first of the dialect's marks that ends after the place at hand */
	size_t n_marks; /* the dialect's */
	uint32_t skip;  /* text before this is taken */
	bool has_conflict;
};

static void push_bracket(struct markdown *m, struct url_state *s, bool is_image)
{
	uint8_t in = s->brackets.len ? s->brackets.ptr[s->brackets.len - 1] & (BRACKET_LINK | BRACKET_IMAGE) : 0;

	in |= is_image ? BRACKET_IMAGE | BRACKET_IS_IMAGE : BRACKET_LINK;
	vec_push(&m->scratch, &s->brackets, in);
}

static void pop_bracket(struct url_state *s, bool is_link)
{
	if (s->brackets.len == 0)
		return;
	s->brackets.len--;
	if (s->n_cleared > s->brackets.len)
		s->n_cleared = s->brackets.len;
	for (; is_link && s->n_cleared < s->brackets.len; s->n_cleared++) {
		if (s->brackets.ptr[s->n_cleared] & BRACKET_IS_IMAGE)
			s->brackets.ptr[s->n_cleared] &= (uint8_t)~BRACKET_IMAGE;
	}
}

static bool is_in_bracket(const struct url_state *s)
{
	return s->brackets.len && (s->brackets.ptr[s->brackets.len - 1] & (BRACKET_LINK | BRACKET_IMAGE));
}

static void find_urls_in(struct markdown *m, const struct markdown_item *it, struct url_state *s)
{
	uint32_t from, end, limit, i = it->from < s->skip ? s->skip : it->from;

	while (i < it->to) {
		char c = m->cooked[i];

		while (s->mark < s->n_marks && m->marks.ptr[s->mark].to <= i)
			s->mark++;
		if (s->mark < s->n_marks && m->marks.ptr[s->mark].from <= i) {
			i = m->marks.ptr[s->mark].to;
			continue;
		}
		limit = s->mark < s->n_marks ? m->marks.ptr[s->mark].from : m->len;
		end = 0;
		from = i;
		if (c == '\\' && i + 1 < it->to && markdown_is_punct(m->cooked[i + 1])) {
			i += 2;
			continue;
		}
		if (c == '[')
			push_bracket(m, s, false);
		else if (c == '!' && i + 1 < it->to && m->cooked[i + 1] == '[' && m->cooked[i + 2] != '^')
			push_bracket(m, s, true), i++;
		else if (c == ']')
			pop_bracket(s, false);
		else if (c == ':' && !is_in_bracket(s))
			end = limit > i + 3 ? match_url(m, i, limit, &from) : 0;
		else if (c == 'w' && !is_in_bracket(s))
			end = limit > i + 4 ? match_www(m, i, limit) : 0;
		i++;
		if (end == 0 || from < it->from || from < s->skip)
			continue;
		if (is_conflict(m, it, from, end)) {
			/* What follows may look different next time. */
			mask_url(m, from, end);
			s->has_conflict = true;
			return;
		}
		add_mark(m, MARK_URL, from, end);
		s->skip = i = end;
	}
}

/* Addresses of links are no text, so most blocks have none. */
static bool may_have_url(const struct markdown *m)
{
	for (size_t i = 0; i < m->items.len; i++) {
		const struct markdown_item *it = &m->items.ptr[i];
		const char *p = m->raw + it->from, *end = m->raw + it->to;

		if (it->kind != ITEM_TEXT)
			continue;
		if ((m->has & HAS_WWW) && memmem(p, (size_t)(end - p), "www.", 4))
			return true;
		/* The address may go on in what cmark took for something else. */
		for (; (p = memchr(p, ':', (size_t)(end - p))); p++) {
			if (m->raw[p - m->raw + 1] == '/')
				return true;
		}
	}
	return false;
}

/* False when cmark has to look at the block again. */
static bool find_urls(struct markdown *m)
{
	struct url_state s = { .n_marks = m->marks.len };

	if (!may_have_url(m))
		return true;
	for (size_t i = 0; i < m->items.len && !s.has_conflict; i++) {
		const struct markdown_item *it = &m->items.ptr[i];
		bool is_link = it->type == DOC_LINK || it->type == DOC_IMAGE;

		if (it->kind == ITEM_OPEN && is_link && !(it->flags & ITEM_AUTO))
			push_bracket(m, &s, it->type == DOC_IMAGE);
		else if (it->kind == ITEM_CLOSE && is_link && !(it->flags & ITEM_AUTO))
			pop_bracket(&s, it->type == DOC_LINK);
		else if (it->kind == ITEM_TEXT && !(it->flags & (ITEM_LITERAL | ITEM_AUTO)))
			find_urls_in(m, it, &s);
	}
	return !s.has_conflict;
}

/* ---- strikethrough, by the rules of cmark-gfm's extension ---- */

struct tilde {
	uint32_t at, length;
	uint32_t scope;  /* the link it stands in */
	size_t depth;    /* of open emphasis at that place */
	bool can_open, can_close;
};

struct emphasis {
	size_t item;
	size_t tildes; /* on the stack when it opened */
};

struct strike_state {
	VEC(struct tilde) tildes;    /* may still open */
	VEC(struct emphasis) open;   /* emphasis and links */
	uint32_t scope, n_scopes;
	size_t bottom; /* tildes below belong to an outer link */
	size_t none[2]; /* tildes below open nothing for a closer of this length */
	bool may_mask; /* the first conflict of a block is solved first */
};

static void flanking(const struct markdown *m, struct tilde *t)
{
	struct str s = { m->raw, m->len };
	uint32_t before = '\n', after = '\n';
	size_t other;
	bool space_before, space_after, punct_before, punct_after;

	if (t->at > 0)
		before = utf8_decode_back(s, t->at, &other);
	if (t->at + t->length < m->len)
		after = utf8_decode(s, t->at + t->length, &other);
	space_before = markdown_is_wide_space(before);
	space_after = markdown_is_wide_space(after);
	punct_before = utf8_is_punct(before);
	punct_after = utf8_is_punct(after);
	t->can_open = !space_after && !(punct_after && !space_before && !punct_before);
	t->can_close = !space_before && !(punct_before && !space_after && !punct_after);
}

/* An opener for the closer `c`: index + 1, or 0. */
static size_t find_opener(struct strike_state *s, const struct tilde *c)
{
	size_t *none = &s->none[c->length - 1];

	for (size_t i = s->tildes.len; i > s->bottom && i > *none; i--) {
		const struct tilde *o = &s->tildes.ptr[i - 1];

		if (!o->can_open)
			continue;
		if (!(c->can_open || o->can_close) || (o->length + c->length) % 3 != 0)
			return i;
	}
	*none = s->tildes.len;
	return 0;
}

/* Emphasis that opened after the tildes and is still open loses: its delimiters become text. */
static void mask_crossing(struct markdown *m, const struct strike_state *s, const struct tilde *opener)
{
	for (size_t i = s->open.len; i > 0; i--) {
		const struct markdown_item *it = &m->items.ptr[s->open.ptr[i - 1].item];
		uint32_t from = it->from;

		if (it->from < opener->at)
			break;
		while (from > opener->at + opener->length && m->cooked[from - 1] == m->cooked[it->from] &&
		       m->cooked[from - 2] != '\\')
			from--;
		mask_content(m, from, it->to);
	}
}

static void add_tilde(struct markdown *m, struct strike_state *s, uint32_t at, uint32_t length)
{
	struct tilde t = { .at = at, .length = length, .scope = s->scope, .depth = s->open.len };
	size_t i;

	if (length > 2)
		return;
	for (size_t k = 0; k < 2; k++) {
		if (s->none[k] > s->tildes.len)
			s->none[k] = s->tildes.len;
	}
	flanking(m, &t);
	i = t.can_close ? find_opener(s, &t) : 0;
	if (i) {
		const struct tilde *o = &s->tildes.ptr[i - 1];

		if (o->length == length) {
			if (o->depth == t.depth) {
				add_mark(m, MARK_STRIKE, o->at, o->at + length);
				add_mark(m, MARK_STRIKE_END, at, at + length);
			} else {
				if (s->may_mask)
					mask_crossing(m, s, o);
				s->may_mask = false;
			}
			s->tildes.len = i - 1;
			/* Emphasis that opened above what is gone now must not bring it back when it ends. */
			for (size_t k = s->open.len; k > 0 && s->open.ptr[k - 1].tildes > i - 1; k--)
				s->open.ptr[k - 1].tildes = i - 1;
			return;
		}
	}
	if (t.can_open)
		vec_push(&m->scratch, &s->tildes, t);
}

static void find_strikes_in(struct markdown *m, struct strike_state *s, const struct markdown_item *it, size_t n_marks,
			    size_t *mark)
{
	for (uint32_t i = it->from; i < it->to;) {
		uint32_t end = i;

		while (*mark < n_marks && m->marks.ptr[*mark].to <= i)
			++*mark;
		if (*mark < n_marks && m->marks.ptr[*mark].from <= i) {
			i = m->marks.ptr[*mark].to;
			continue;
		}
		if (m->cooked[i] == '\\' && i + 1 < it->to && markdown_is_punct(m->raw[i + 1])) {
			i += 2;
			continue;
		}
		while (end < it->to && m->raw[end] == '~')
			end++;
		if (end > i)
			add_tilde(m, s, i, end - i);
		i = end > i ? end : i + 1;
	}
}

static void find_strikes(struct markdown *m, bool may_mask)
{
	struct strike_state s = { .may_mask = may_mask };
	size_t n_marks = m->marks.len, mark = 0;
	/* Outer scopes, to return to when a link ends. */
	VEC(struct tilde) outer = { 0 };

	if (!memchr(m->raw, '~', m->len))
		return;
	for (size_t i = 0; i < m->items.len; i++) {
		const struct markdown_item *it = &m->items.ptr[i];
		bool is_link = it->type == DOC_LINK || it->type == DOC_IMAGE;

		if (it->kind == ITEM_OPEN) {
			struct emphasis e = { i, s.tildes.len };

			if (is_link) {
				struct tilde mark_outer = { .length = (uint32_t)s.bottom };

				vec_push(&m->scratch, &outer, mark_outer);
				s.bottom = s.tildes.len;
			}
			vec_push(&m->scratch, &s.open, e);
		} else if (it->kind == ITEM_CLOSE) {
			s.tildes.len = s.open.ptr[--s.open.len].tildes;
			if (is_link)
				s.bottom = outer.ptr[--outer.len].length;
		} else if (it->kind == ITEM_TEXT && !(it->flags & (ITEM_LITERAL | ITEM_AUTO))) {
			find_strikes_in(m, &s, it, n_marks, &mark);
		}
	}
}

void markdown_find_marks(struct markdown *m)
{
	bool is_settled = true;

	m->marks.len = 0;
	if (m->opt.plain)
		return;
	if (m->is_site && (m->has & (HAS_WIKI | HAS_CITE | HAS_TAG)))
		find_constructs(m);
	if (m->has & (HAS_URL | HAS_WWW))
		is_settled = find_urls(m);
	if (m->has & HAS_TILDE) {
		if (m->marks.len > 1)
			qsort(m->marks.ptr, m->marks.len, sizeof(*m->marks.ptr), by_from);
		find_strikes(m, is_settled);
	}
	if (m->marks.len > 1)
		qsort(m->marks.ptr, m->marks.len, sizeof(*m->marks.ptr), by_from);
}

/* ---- writing nodes ---- */

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
			add_text(m, str_cut(p->text, from - *base, end - *base), p->source + (uint32_t)(from - *base), false);
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
	return colon - start == name.len || !is_alnum(s.ptr[colon - name.len - 1]);
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

		if (is_alnum(c) || c == '.' || c == '+' || c == '-' || c == '_') {
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
		if (c == '.' && to + 1 < s.len && is_alnum(s.ptr[to + 1]))
			dots++;
		else if (!is_alnum(c) && !(c == '/' && is_xmpp) && c != '-' && c != '_')
			break;
	}
	if (to - at < 2 || dots == 0 || (!is_letter(s.ptr[to - 1]) && s.ptr[to - 1] != '.'))
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
			source = m->pieces.ptr[piece].source + (uint32_t)(mail.from - base);
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

/* Content with its escapes and character references resolved. */
static void put_text(struct markdown *m, uint32_t from, uint32_t to, unsigned flags)
{
	uint32_t done = from;

	if (flags & ITEM_RAW) {
		put_raw(m, from, to);
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

/* The display text of a wikilink: literal, but line ends and escaped bars count. */
static void put_display(struct markdown *m, uint32_t from, uint32_t to)
{
	uint32_t done;

	while (from < to && markdown_is_space(m->raw[from]))
		from++;
	while (to > from && markdown_is_space(m->raw[to - 1]))
		to--;
	done = from;
	for (uint32_t i = from; i < to; i++) {
		if (m->raw[i] == '\\' && m->raw[i + 1] == '|') {
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
	doc_set_text(&m->doc, n, clean(m, (struct str){ m->raw + from, (hash ? (uint32_t)(hash - m->raw) : end) - from }));
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
			warn(m, DIAG_ERROR, "markdown/empty-citation", at, stop - at, "this citation names no source",
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
	diag_hint(&m->diags, "both ends stand in the same paragraph, or each alone on its line in the same list item or quote");
}

static void emit_mark(struct markdown *m, const struct markdown_mark *mark)
{
	struct markdown_tag tag;
	struct doc_node *n;
	struct str url;

	if (mark->kind == MARK_TAG && markdown_read_tag(m->raw, mark->from, mark->to, &tag) && tag.escaped) {
		uint32_t inner = mark->from + 5;

		put_raw(m, mark->from, mark->from + 3);
		put_raw(m, inner, inner + (uint32_t)tag.args.len);
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
	static const uint8_t types[] = { [ITEM_SOFT] = DOC_SOFT_BREAK, [ITEM_HARD] = DOC_LINE_BREAK, [ITEM_CODE] = DOC_CODE,
					 [ITEM_HTML] = DOC_HTML, [ITEM_NOTE] = DOC_FOOTNOTE_REF };
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
