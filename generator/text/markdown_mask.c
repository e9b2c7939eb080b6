#include <stdlib.h>
#include <string.h>

#include "text/markdown_impl.h"

/* The longest shortcode tag; keeps the search for its end linear. */
#define MAX_TAG 2000

bool markdown_read_tag(const char *text, uint32_t at, uint32_t end, struct markdown_tag *out)
{
	uint32_t i = at + 3, name, args;
	char quote = 0;
	const char *close;

	*out = (struct markdown_tag){ .from = at };
	if (end - at > MAX_TAG)
		end = at + MAX_TAG;
	if (end - at < 7 || memcmp(text + at, "{{<", 3) != 0)
		return false;
	if (memcmp(text + i, "/*", 2) == 0) {
		close = memmem(text + i + 2, end - i - 2, "*/>}}", 5);
		if (!close)
			return false;
		out->escaped = true;
		out->args = (struct str){ text + i + 2, (size_t)(close - text) - i - 2 };
		out->to = (uint32_t)(close - text) + 5;
		return true;
	}
	while (i < end && markdown_is_space(text[i]))
		i++;
	if (i < end && text[i] == '/') {
		out->closes = true;
		for (i++; i < end && markdown_is_space(text[i]);)
			i++;
	}
	for (name = i; i < end; i++) {
		char c = text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
		      c == '-' || c == '.' || (c == '/' && i + 1 < end && text[i + 1] != '>')))
			break;
	}
	out->name = (struct str){ text + name, i - name };
	if (out->name.len == 0)
		return false;
	for (args = i; i + 2 < end; i++) {
		char c = text[i];

		if (quote) {
			if (c == '\\' && quote == '"')
				i++;
			else if (c == quote)
				quote = 0;
		} else if (c == '"' || c == '`') {
			quote = c;
		} else if (c == '>' && text[i + 1] == '}' && text[i + 2] == '}') {
			out->args = str_trim((struct str){ text + args, i - args });
			/* {{< name />}} stands alone, as does {{< name >}} without an end. */
			if (out->args.len && out->args.ptr[out->args.len - 1] == '/')
				out->args = str_trim(str_cut(out->args, 0, out->args.len - 1));
			out->to = i + 3;
			return true;
		}
	}
	return false;
}

void markdown_need_mask(struct markdown *m)
{
	size_t size = m->file.len - m->body;

	if (m->is_masked)
		return;
	if (m->cap_cooked < size) {
		free(m->cooked_file);
		m->cooked_file = arena_sys_alloc(size);
		m->cap_cooked = size;
	}
	memcpy(m->cooked_file, m->file.ptr + m->body, size);
	m->is_masked = true;
}

static const uint8_t masks[128] = {
	['['] = MASK_OPEN,      [']'] = MASK_CLOSE, ['*'] = MASK_STAR,       ['_'] = MASK_UNDERSCORE,
	['&'] = MASK_AMPERSAND, ['<'] = MASK_LESS,  ['\\'] = MASK_BACKSLASH, ['`'] = MASK_TICK,
};

static const char unmasks[256] = {
	[MASK_OPEN] = '[',      [MASK_CLOSE] = ']', [MASK_STAR] = '*',       [MASK_UNDERSCORE] = '_',
	[MASK_AMPERSAND] = '&', [MASK_LESS] = '<',  [MASK_BACKSLASH] = '\\', [MASK_TICK] = '`',
	[MASK_TILDE] = '~',     [MASK_TAG] = '<',   [MASK_TAG_END] = '>',
};

bool markdown_mask_byte(struct markdown *m, uint32_t source)
{
	unsigned char c = (unsigned char)m->file.ptr[source];
	char *at;

	if (c >= 128 || masks[c] == 0 || (m->has & HAS_CONTROL))
		return false;
	markdown_need_mask(m);
	at = m->cooked_file + (source - m->body);
	if (*at == (char)masks[c])
		return false;
	*at = (char)masks[c];
	return true;
}

struct str markdown_unmask(struct markdown *m, struct str s)
{
	char *out;
	size_t i = 0;

	if (!m->is_masked)
		return s;
	while (i < s.len && !unmasks[(unsigned char)s.ptr[i]])
		i++;
	if (i == s.len)
		return s;
	out = arena_alloc(&m->scratch, s.len + 1, 1, 1);
	memcpy(out, s.ptr, s.len);
	out[s.len] = '\0';
	for (; i < s.len; i++) {
		char c = unmasks[(unsigned char)s.ptr[i]];

		if (!c)
			continue;
		out[i] = c;
		if ((unsigned char)s.ptr[i] == MASK_TAG && i >= 2)
			memcpy(out + i - 2, "{{", 2);
		else if ((unsigned char)s.ptr[i] == MASK_TAG_END && i + 2 < s.len)
			memcpy(out + i + 1, "}}", 2);
	}
	return (struct str){ out, s.len };
}

/* Masks a construct's bytes, unless it holds a backtick: code binds tighter. */
static void mask_range(struct markdown *m, uint32_t from, uint32_t to)
{
	if (memchr(m->file.ptr + from, '`', to - from))
		return;
	for (uint32_t i = from; i < to; i++) {
		/* In a table cmark must see the backslash of an escaped bar. */
		if (m->file.ptr[i] == '\\' && i + 1 < to && m->file.ptr[i + 1] == '|')
			continue;
		markdown_mask_byte(m, i);
	}
}

static bool is_escaped(const struct markdown *m, uint32_t at)
{
	uint32_t n = 0;

	while (at - n > m->body && m->file.ptr[at - n - 1] == '\\')
		n++;
	return n % 2 == 1;
}

int markdown_match_bracket(const char *raw, uint32_t at, uint32_t limit, uint32_t *end)
{
	bool is_wikilink = raw[at + 1] == '[';
	uint32_t stop = limit - at > 2000 ? at + 2000 : limit;

	for (uint32_t i = at + 2; i < stop; i++) {
		if (raw[i] == '[')
			return 0;
		if (raw[i] != ']')
			continue;
		if (is_wikilink && (i + 1 >= limit || raw[i + 1] != ']'))
			return 0;
		*end = i + 1 + is_wikilink;
		return 1;
	}
	return stop == limit ? -1 : 0;
}

static uint32_t line_end_at(const struct markdown *m, uint32_t at)
{
	const char *p = m->file.ptr + at, *nl = memchr(p, '\n', m->file.len - at);
	uint32_t end = nl ? (uint32_t)(nl - m->file.ptr) : (uint32_t)m->file.len;
	const char *cr = memchr(p, '\r', end - at);

	return cr ? (uint32_t)(cr - m->file.ptr) : end;
}

/* Wikilinks, embeds and citations, each on one line. */
static void mask_brackets(struct markdown *m)
{
	const char *t = m->file.ptr;
	uint32_t at = m->body, size = (uint32_t)m->file.len, line_end = at;

	for (;;) {
		const char *hit = memchr(t + at, '[', size - at);
		uint32_t end;
		char next;

		if (!hit)
			return;
		at = (uint32_t)(hit - t);
		if (at + 1 >= size || (t[at + 1] != '[' && t[at + 1] != '@')) {
			at++;
			continue;
		}
		if (at >= line_end)
			line_end = line_end_at(m, at);
		if (is_escaped(m, at) || markdown_match_bracket(t, at, line_end, &end) != 1) {
			at++;
			continue;
		}
		/* [[1]](url), [@name](url), [@name][ref] and [@name]: url are CommonMark's. */
		next = end < size ? t[end] : 0;
		if (next == '(' || (next == '[' && !(end + 1 < size && (t[end + 1] == '@' || t[end + 1] == '['))) ||
		    (next == ':' && t[at + 1] == '@')) {
			at++;
			continue;
		}
		mask_range(m, at, end);
		at = end;
	}
}

/* Behind the container marks that the line at `i` begins with. */
static uint32_t line_text(const struct markdown *m, uint32_t i, uint32_t end)
{
	const char *t = m->file.ptr;

	while (i < end) {
		uint32_t n = t[i] == ' ' || t[i] == '\t' ? 1 : markdown_marker(t + i, t + end);

		if (n == 0)
			break;
		i += n;
	}
	return i;
}

static bool stands_last(const struct markdown *m, uint32_t at)
{
	while (at < m->file.len && (m->file.ptr[at] == ' ' || m->file.ptr[at] == '\t'))
		at++;
	return at == m->file.len || m->file.ptr[at] == '\n' || m->file.ptr[at] == '\r';
}

/* To cmark a processing instruction: a block of its own that ends with the line. */
static void mask_block_tag(struct markdown *m, const struct markdown_tag *tag)
{
	char *p;

	markdown_need_mask(m);
	for (uint32_t i = tag->from + 3; i < tag->to - 3; i++)
		markdown_mask_byte(m, i);
	p = m->cooked_file + (tag->from - m->body);
	p[0] = '<';
	p[1] = '?';
	p[2] = MASK_TAG;
	p += tag->to - tag->from;
	p[-3] = MASK_TAG_END;
	p[-2] = '?';
	p[-1] = '>';
	vec_push(&m->scratch, &m->tags, *tag);
}

/* Shortcodes; those that are not alone on a line keep cmark from what is in them. */
static void mask_tags(struct markdown *m)
{
	const char *t = m->file.ptr;
	uint32_t at = m->body, size = (uint32_t)m->file.len, line_end = at, text = at, close = 0;

	for (;;) {
		const char *hit = memmem(t + at, size - at, "{{<", 3);
		struct markdown_tag tag;

		if (!hit)
			return;
		at = (uint32_t)(hit - t);
		if (close <= at) {
			hit = memmem(t + at, size - at, ">}}", 3);
			if (!hit)
				return;
			close = (uint32_t)(hit - t);
		}
		if (at >= line_end) {
			uint32_t start = at;

			while (start > m->body && t[start - 1] != '\n' && t[start - 1] != '\r')
				start--;
			line_end = line_end_at(m, at);
			text = line_text(m, start, line_end);
		}
		if (close >= line_end) {
			at = line_end;
			continue;
		}
		if (is_escaped(m, at) || !markdown_read_tag(t, at, line_end, &tag)) {
			at += 3;
			continue;
		}
		if (!tag.escaped && at == text && stands_last(m, tag.to))
			mask_block_tag(m, &tag);
		else
			mask_range(m, at, tag.to);
		at = tag.to;
	}
}

static bool is_delimiter(char c)
{
	return c == '*' || c == '_';
}

static bool is_mark_or_blank(char c)
{
	return c == ' ' || c == '\t' || c == '>';
}

/* The character before `at`; at the start of a quoted line that is a line end. */
static uint32_t char_before(const struct markdown *m, uint32_t at)
{
	uint32_t i = at;
	size_t other;

	while (i > m->body && is_mark_or_blank(m->file.ptr[i - 1]))
		i--;
	if (i == m->body || m->file.ptr[i - 1] == '\n' || m->file.ptr[i - 1] == '\r')
		return '\n';
	return utf8_decode_back(m->file, at, &other);
}

static uint32_t char_after(const struct markdown *m, uint32_t at)
{
	size_t other;

	return at < m->file.len ? utf8_decode(m->file, at, &other) : '\n';
}

/*
 * cmark-gfm with strikethrough looks through tildes when it decides what a run
 * of '*' or '_' beside them may open or close; without it a tilde counts as
 * punctuation. So a tilde that hides a letter is masked, which looks like one;
 * where it hides a space and there is another behind the run, the run is text.
 * (A run between a space behind tildes and punctuation stays wrong.)
 */
static void mask_tilde_side(struct markdown *m, uint32_t tilde, uint32_t hidden, uint32_t run, int step)
{
	const char *t = m->file.ptr;
	uint32_t end = run, beyond;

	if (!markdown_is_wide_space(hidden)) {
		if (!utf8_is_punct(hidden)) {
			markdown_need_mask(m);
			m->cooked_file[tilde - m->body] = MASK_TILDE;
		}
		return;
	}
	while (end + 1 > m->body && end < m->file.len && t[end] == t[run])
		end += (uint32_t)step;
	beyond = step < 0 ? char_before(m, end + 1) : char_after(m, end);
	if (!markdown_is_wide_space(beyond) || run == m->body || t[run - 1] == '\n' || t[run - 1] == '\r')
		return;
	for (; run != end; run += (uint32_t)step)
		markdown_mask_byte(m, run);
}

static void mask_tildes(struct markdown *m)
{
	const char *t = m->file.ptr;
	uint32_t at = m->body, size = (uint32_t)m->file.len, end;

	for (;; at = end) {
		const char *hit = memchr(t + at, '~', size - at);

		if (!hit)
			return;
		at = (uint32_t)(hit - t);
		for (end = at; end < size && t[end] == '~';)
			end++;
		if (at > m->body && is_delimiter(t[at - 1]))
			mask_tilde_side(m, at, char_after(m, end), at - 1, -1);
		if (end < size && is_delimiter(t[end]))
			mask_tilde_side(m, end - 1, char_before(m, at), end, 1);
	}
}

void markdown_mask(struct markdown *m)
{
	m->is_masked = false;
	m->tags.len = 0;
	if (m->opt.plain || (m->has & HAS_CONTROL))
		return;
	if (m->is_site) {
		if (m->has & (HAS_WIKI | HAS_CITE))
			mask_brackets(m);
		if (m->has & HAS_TAG)
			mask_tags(m);
	}
	if (m->has & HAS_TILDE)
		mask_tildes(m);
}
