#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "text/markdown_impl.h"

/* Longer ones are no host names; keeps the search linear. */
#define MAX_DOMAIN 300

static bool is_one_of(const char *set, char c)
{
	return c != '\0' && strchr(set, c);
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

static bool is_blank(struct str s)
{
	return str_trim(s).len == 0;
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
			markdown_report(m, DIAG_WARNING, "markdown/unclosed-citation", at, 2,
					"this '[@' is never closed",
					"write [@source] or [@source, line 3]; for a literal bracket write \\[");
		else if (limit == m->len)
			markdown_report(m, DIAG_WARNING, "markdown/unclosed-wikilink", at, 2,
					"this '[[' is never closed",
					"write [[target]]; for literal brackets write \\[\\[");
		return limit;
	}
	if (found == 0)
		return open + 1;
	inner = (struct str){ m->raw + open + 2, end - open - (is_citation ? 3 : 4) };
	if (in_link) {
		markdown_report(m, DIAG_WARNING, "markdown/nested-link", at, end - at,
				"a link cannot stand inside another link, so this is shown as it is",
				"move it out of the link's text");
		return end;
	}
	if (is_citation && (is_blank(inner) || (str_trim(inner).ptr[0] == ',' || str_trim(inner).ptr[0] == ';'))) {
		markdown_report(m, DIAG_ERROR, "markdown/empty-citation", at, end - at, "this citation names no source",
				"write [@source]; for a literal bracket write \\[");
		return end;
	}
	if (!is_citation && (is_blank(inner) || str_eq(str_trim(inner), STR("#")) || str_trim(inner).ptr[0] == '|')) {
		markdown_report(m, DIAG_ERROR, "markdown/empty-wikilink", at, end - at, "this link names no page",
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
		markdown_report(m, DIAG_ERROR, "markdown/unclosed-shortcode", at, 3, "this '{{<' is never closed",
				"end it with '>}}' on the same line; to show one, write {{</* name */>}}");
		return limit;
	}
	markdown_report(m, DIAG_ERROR, "markdown/bad-shortcode", at, 3, "this is no shortcode",
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

/* Bare URLs follow the rules of cmark-gfm's autolink extension. */

static bool is_host_char(const struct markdown *m, uint32_t at)
{
	size_t next;
	uint32_t cp;

	if (markdown_is_alnum(m->raw[at]))
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

		if (is_one_of("?!.,:*_~'\"", c)) {
			to--;
		} else if (c == ';') {
			uint32_t i = to - from >= 2 ? to - 2 : from;

			while (i > from && markdown_is_letter(t[i]))
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
	while (start > 0 && at - start < 6 && markdown_is_letter(m->raw[start - 1]))
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

	if (at > 0 && !is_one_of("*_~(", m->raw[at - 1]) && !markdown_is_space(m->raw[at - 1]))
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
	return slashes % 2 == 1 && to < m->len && is_one_of("*_`[]<&~!\\", m->cooked[to]);
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
	size_t mark;           /* first of the dialect's marks that ends after the place at hand */
	size_t n_marks;        /* the dialect's */
	uint32_t skip;         /* text before this is taken */
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

/* Strikethrough follows the rules of cmark-gfm's extension. */

struct tilde {
	uint32_t at, length;
	uint32_t scope; /* the link it stands in */
	size_t depth;   /* of open emphasis at that place */
	bool can_open, can_close;
};

struct emphasis {
	size_t item;
	size_t tildes; /* on the stack when it opened */
};

struct strike_state {
	VEC(struct tilde) tildes;  /* may still open */
	VEC(struct emphasis) open; /* emphasis and links */
	uint32_t scope, n_scopes;
	size_t bottom;  /* tildes below belong to an outer link */
	size_t none[2]; /* tildes below open nothing for a closer of this length */
	bool may_mask;  /* the first conflict of a block is solved first */
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
			assert(s.open.len > 0);
			s.tildes.len = s.open.ptr[--s.open.len].tildes;
			assert(!is_link || outer.len > 0);
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
