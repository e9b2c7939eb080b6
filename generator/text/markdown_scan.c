#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/markdown_impl.h"

/*
 * Where libcmark-gfm 0.29 takes quadratic time or space (measured), and how
 * much of it is allowed. Each limit keeps a page under half a second; real
 * pages stay orders of magnitude below. Paragraphs are over-estimated by runs
 * of lines without a blank one.
 */
#define MAX_DEPTH 100           /* nested quotes and list items */
#define MAX_BLANK_WORK 20000000 /* blank lines times open list items */
#define MAX_IMAGE_WORK 50000000 /* "![" times "]" in a paragraph */
#define MAX_EMPHASIS_WORK 40000000 /* runs of '*' or '_' times "]" in a paragraph */
#define MAX_HTML_WORK 300000000 /* bytes searched for the ends of <? <! <![CDATA[ */
#define MAX_COLUMNS 500
#define MAX_CELLS 200000
#define MAX_TABLE_WORK 4000000     /* lines read again for each possible start of a table; wide ones count more */
#define MAX_ROW_WORK 100000000     /* bars of a line times themselves */
#define MAX_REFERENCE_BYTES (32 << 20) /* longest link definition times references */

/* The longest shortcode tag; keeps the search for its end linear. */
#define MAX_TAG 2000

enum class { PLAIN, OPEN, CLOSE, LESS, COLON, AT, W, BRACE, TILDE, ESCAPE, EMPHASIS, BAR, CONTROL };

static const uint8_t classes[256] = {
	['['] = OPEN,  [']'] = CLOSE,   ['<'] = LESS,    [':'] = COLON,  ['@'] = AT,     ['w'] = W,      ['{'] = BRACE,
	['~'] = TILDE, ['\\'] = ESCAPE, ['&'] = ESCAPE,  ['*'] = EMPHASIS, ['_'] = EMPHASIS, ['|'] = BAR,  [1] = CONTROL,  [2] = CONTROL,  [3] = CONTROL,  [4] = CONTROL,
	[5] = CONTROL, [6] = CONTROL,   [7] = CONTROL,   [8] = CONTROL,  [14] = CONTROL, [15] = CONTROL, [16] = CONTROL,
	[17] = CONTROL, [18] = CONTROL, [19] = CONTROL,  [20] = CONTROL, [21] = CONTROL, [22] = CONTROL, [23] = CONTROL,
	[24] = CONTROL, [25] = CONTROL, [26] = CONTROL,  [27] = CONTROL, [28] = CONTROL, [29] = CONTROL, [30] = CONTROL,
	[31] = CONTROL, [127] = CONTROL,
};

/* Ends that cmark searches for, each to the end of the paragraph. */
enum { END_PI, END_DECLARATION, END_CDATA, N_ENDS };
static const struct str html_ends[N_ENDS] = { STR_INIT("?>"), STR_INIT(">"), STR_INIT("]]>") };

struct scanner {
	struct markdown *m;
	const char *text; /* the whole file */
	uint32_t size;
	/* containers */
	uint32_t columns[MAX_DEPTH + 1]; /* of the markers of open ones */
	uint32_t depth;
	bool after_blank;
	uint64_t blank_work;
	/* the paragraph at hand */
	uint32_t start, line, lines;
	uint64_t images, closes, emphasis;
	uint64_t table_work, cells, table_columns;
	uint64_t bars, paragraph_work, row_work; /* of this line; lines so far, weighed by their bars; of all lines */
	uint64_t open_ends, open_ends_at; /* HTML openers without end: number and sum of offsets */
	uint64_t html_work;
	uint32_t next_end[N_ENDS]; /* where each stands next; size: nowhere */
	/* link definitions */
	bool may_define;
	uint32_t define_at; /* 0: none open */
	uint64_t longest, references;
	uint32_t longest_line;
	uint32_t control_at;
	bool is_heavy; /* an eighth of a limit was reached */
};

struct pos markdown_pos(const struct markdown *m, uint32_t source)
{
	size_t lo = 0, hi = m->n_lines;
	uint32_t start;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (m->lines[mid] <= source)
			lo = mid;
		else
			hi = mid;
	}
	start = m->lines[lo];
	if (start == 0 && str_starts(m->file, STR("\xEF\xBB\xBF")) && source >= 3)
		start = 3;
	return (struct pos){ (uint32_t)lo + 1, (uint32_t)utf8_length(str_cut(m->file, start, source)) + 1 };
}

uint32_t markdown_line_start(const struct markdown *m, uint32_t line)
{
	size_t i = m->head_lines + (size_t)line - 1;

	if (line <= 1)
		return m->body;
	return i < m->n_lines ? m->lines[i] : (uint32_t)m->file.len;
}

uint32_t markdown_line_end(const struct markdown *m, uint32_t line)
{
	size_t i = m->head_lines + (size_t)line;
	uint32_t end = i < m->n_lines ? m->lines[i] : (uint32_t)m->file.len, start = markdown_line_start(m, line);

	if (end > start && m->file.ptr[end - 1] == '\n')
		end--;
	if (end > start && m->file.ptr[end - 1] == '\r')
		end--;
	return end;
}

static bool refuse(struct scanner *s, uint32_t at, const char *what, const char *hint)
{
	diag_add(&s->m->diags, DIAG_ERROR, "markdown/hostile", s->m->path, markdown_pos(s->m, at), "%s", what);
	diag_hint(&s->m->diags, "%s", hint);
	return false;
}

static void add_line(struct markdown *m, uint32_t at)
{
	if (m->n_lines == m->cap_lines) {
		m->cap_lines = m->cap_lines ? m->cap_lines * 2 : 256;
		m->lines = arena_sys_realloc(m->lines, m->cap_lines * sizeof(*m->lines));
	}
	m->lines[m->n_lines++] = at;
}

static bool is_thematic(const char *p, const char *end)
{
	char c = *p;
	int n = 0;

	for (; p < end; p++) {
		if (*p == c)
			n++;
		else if (*p != ' ' && *p != '\t')
			return false;
	}
	return n >= 3;
}

/* Length of the list marker or quote mark at p, 0 when there is none. */
static uint32_t marker_length(const char *p, const char *end)
{
	uint32_t n = 0;

	if (*p == '>')
		return 1;
	if (*p == '-' || *p == '+' || *p == '*') {
		if (is_thematic(p, end))
			return 0;
		n = 1;
	} else {
		while (p + n < end && n < 9 && p[n] >= '0' && p[n] <= '9')
			n++;
		if (n == 0 || p + n >= end || (p[n] != '.' && p[n] != ')'))
			return 0;
		n++;
	}
	return p + n == end || p[n] == ' ' || p[n] == '\t' ? n : 0;
}

static bool open_container(struct scanner *s, uint32_t column, uint32_t at)
{
	while (s->depth > 0 && s->columns[s->depth - 1] >= column)
		s->depth--;
	if (s->depth == MAX_DEPTH)
		return refuse(s, at, "quotes and lists are nested more than 100 deep",
			      "no page needs this; look for a line of many '>' or '-'");
	s->columns[s->depth++] = column;
	return true;
}

/*
 * Reads quote marks and list markers; *at is where the text begins. A line of
 * nothing but '>' counts as blank only where cmark cannot take it for text.
 */
static bool scan_prefix(struct scanner *s, uint32_t *at, uint32_t end, bool *is_blank, bool *is_item)
{
	uint32_t column = 0, gap = 0, i = *at;
	bool is_first = true, is_text = false;

	for (;;) {
		uint32_t n;

		for (gap = 0; i < end && (s->text[i] == ' ' || s->text[i] == '\t'); i++) {
			uint32_t width = s->text[i] == '\t' ? 4 - column % 4 : 1;

			column += width;
			gap += width;
		}
		if (i == end)
			break;
		n = marker_length(s->text + i, s->text + end);
		if (n == 0)
			break;
		if (gap > 3 || s->text[i] != '>')
			is_text = true;
		if (!open_container(s, column, i))
			return false;
		/* A bullet within three columns of the margin ends any paragraph, if text follows. */
		*is_item |= is_first && column < 4 && n == 1 && s->text[i] != '>';
		is_first = false;
		i += n;
		column += n;
	}
	*is_blank = i == end && !is_text;
	if (is_first && i < end && s->after_blank) {
		while (s->depth > 0 && s->columns[s->depth - 1] >= column)
			s->depth--;
	}
	*at = i;
	return true;
}

static void end_definition(struct scanner *s, uint32_t at)
{
	if (s->define_at && at - s->define_at > s->longest) {
		s->longest = at - s->define_at;
		s->longest_line = s->define_at;
	}
	s->define_at = 0;
}

static bool exceeds(struct scanner *s, uint64_t work, uint64_t limit)
{
	s->is_heavy |= work > limit / 8;
	return work > limit;
}

static bool end_paragraph(struct scanner *s, uint32_t at)
{
	s->html_work += s->open_ends * at - s->open_ends_at;
	end_definition(s, at);
	if (exceeds(s, s->images * s->closes, MAX_IMAGE_WORK))
		return refuse(s, s->start, "this paragraph has too many unfinished images",
			      "close each '![' with '](address)', or put a blank line between them");
	if (exceeds(s, s->emphasis * s->closes, MAX_EMPHASIS_WORK))
		return refuse(s, s->start, "this paragraph has too much emphasis and too many links",
			      "put a blank line between its parts");
	if (exceeds(s, s->html_work, MAX_HTML_WORK))
		return refuse(s, s->start, "this paragraph has too many unfinished '<?' or '<!'",
			      "write a single '<' as '&lt;', or put the lines into a code block");
	s->images = s->closes = s->emphasis = s->lines = 0;
	s->open_ends = s->open_ends_at = 0;
	s->table_columns = s->paragraph_work = 0;
	s->may_define = false;
	return true;
}

/* A row of dashes and bars may start a table: cmark then reads the paragraph again. */
static bool scan_delimiter_row(struct scanner *s, uint32_t at, uint32_t end)
{
	uint64_t bars = 0, dashes = 0, colons = 0;

	for (uint32_t i = at; i < end; i++) {
		switch (s->text[i]) {
		case '|': bars++; break;
		case '-': dashes++; break;
		case ':': colons++; break;
		case ' ': case '\t': case '\v': case '\f': case '>': break;
		default: return true;
		}
	}
	if (dashes == 0 || bars + colons == 0)
		return true;
	s->m->has |= HAS_TABLE;
	s->table_work += s->paragraph_work;
	if (bars > MAX_COLUMNS)
		return refuse(s, at, "this table has more than 500 columns", "split it, or put the data into a CSV file");
	if (exceeds(s, s->table_work, MAX_TABLE_WORK))
		return refuse(s, at, "this paragraph has too many rows that could start a table",
			      "put a blank line before each table, or put the lines into a code block");
	s->table_columns = bars + 1;
	return true;
}

/* cmark-gfm appends each cell at the end of a list that it walks. */
static bool scan_row_work(struct scanner *s, uint32_t at, uint32_t end)
{
	s->paragraph_work += 1 + (end - at) / 64 + s->bars * s->bars / 32;
	s->row_work += s->bars * s->bars;
	s->bars = 0;
	if (exceeds(s, s->row_work, MAX_ROW_WORK))
		return refuse(s, at, "this page has lines with too many '|'", "split the table, or put the data into a CSV file");
	return true;
}

static bool scan_cells(struct scanner *s, uint32_t at)
{
	s->cells += s->table_columns;
	if (exceeds(s, s->cells, MAX_CELLS))
		return refuse(s, at, "this page has more than 200000 table cells", "put the data into a CSV file");
	return true;
}

static void scan_less(struct scanner *s, uint32_t at)
{
	const char *p = s->text + at;
	size_t left = s->size - at;
	int kind;

	if (left < 3)
		return;
	if (p[1] == '?')
		kind = END_PI;
	else if (p[1] != '!')
		return;
	else if (left >= 9 && memcmp(p, "<![CDATA[", 9) == 0)
		kind = END_CDATA;
	else if ((p[2] | 0x20) >= 'a' && (p[2] | 0x20) <= 'z')
		kind = END_DECLARATION;
	else
		return;
	if (s->next_end[kind] <= at) {
		const char *hit = memmem(p + 2, left - 2, html_ends[kind].ptr, html_ends[kind].len);

		s->next_end[kind] = hit ? (uint32_t)(hit - s->text) : s->size;
	}
	/* An end on a later line may be a quote's mark: it does not count. */
	if (s->next_end[kind] < s->size && s->next_end[kind] - at < 256 && !memchr(p, '\n', s->next_end[kind] - at))
		return;
	s->open_ends++;
	s->open_ends_at += at;
}

static void scan_open(struct scanner *s, uint32_t at)
{
	char next = at + 1 < s->size ? s->text[at + 1] : 0;

	if (at > s->m->body && s->text[at - 1] == '!')
		s->images++;
	if (next == '[')
		s->m->has |= HAS_WIKI;
	else if (next == '@')
		s->m->has |= HAS_CITE;
	else if (next == '!')
		s->m->has |= HAS_CALLOUT;
	else if (next == '^')
		s->m->has |= HAS_NOTE;
	else if (next == ' ' || next == 'x' || next == 'X')
		s->m->has |= HAS_TASK;
}

static void scan_close(struct scanner *s, uint32_t at)
{
	char next = at + 1 < s->size ? s->text[at + 1] : 0;

	s->closes++;
	if (next != '(')
		s->references++;
	if (next == ':' && s->may_define && !s->define_at)
		s->define_at = at;
}

typedef uint8_t vector __attribute__((vector_size(16)));

/*
 * False when none of the 16 bytes at p has a class (true may be an error). The
 * byte behind them is read, too: it tells "ww" from the many single ones.
 */
static bool has_class(const char *p)
{
	vector v, next, hit;
	uint64_t half[2];

	memcpy(&v, p, sizeof(v));
	memcpy(&next, p + 1, sizeof(next));
	hit = (vector)(v < 0x20) | (vector)((v & 0xF9) == 0x38) | (vector)(v == '@') | (vector)(v == '&') |
	      (vector)(v - '[' < 5) | (vector)(v == '*') | (vector)(v - '{' < 5) | (vector)((v == 'w') & (next == 'w'));
	memcpy(half, &hit, sizeof(half));
	return half[0] | half[1];
}

static void scan_few(struct scanner *s, uint32_t at, uint32_t stop, uint32_t end)
{
	const char *t = s->text;

	for (uint32_t i = at; i < stop; i++) {
		switch ((enum class)classes[(unsigned char)t[i]]) {
		case PLAIN:
			break;
		case OPEN:
			scan_open(s, i);
			break;
		case CLOSE:
			scan_close(s, i);
			break;
		case LESS:
			scan_less(s, i);
			break;
		case COLON:
			if (i + 2 < end && t[i + 1] == '/' && t[i + 2] == '/')
				s->m->has |= HAS_URL;
			break;
		case AT:
			s->m->has |= HAS_AT;
			break;
		case W:
			if (i + 3 < end && t[i + 1] == 'w' && t[i + 2] == 'w' && t[i + 3] == '.')
				s->m->has |= HAS_WWW;
			break;
		case BRACE:
			if (i + 2 < end && t[i + 1] == '{' && t[i + 2] == '<')
				s->m->has |= HAS_TAG;
			break;
		case TILDE:
			s->m->has |= HAS_TILDE;
			break;
		case ESCAPE:
			s->m->has |= HAS_ESCAPE;
			break;
		case EMPHASIS:
			s->emphasis += i == 0 || t[i] != t[i - 1];
			break;
		case BAR:
			s->bars++;
			break;
		case CONTROL:
			if (!(s->m->has & HAS_CONTROL))
				s->control_at = i;
			s->m->has |= HAS_CONTROL;
			break;
		}
	}
}

static void scan_bytes(struct scanner *s, uint32_t at, uint32_t end)
{
	for (; at < end; at += 16) {
		uint32_t stop = end - at < 16 ? end : at + 16;

		if (s->size - at < 17 || has_class(s->text + at))
			scan_few(s, at, stop, end);
	}
}

static bool scan_line(struct scanner *s, uint32_t at, uint32_t end)
{
	uint32_t text = at;
	bool is_blank, is_item = false;

	if (!scan_prefix(s, &text, end, &is_blank, &is_item))
		return false;
	if (is_item && text < end && !end_paragraph(s, at))
		return false;
	if (is_blank) {
		s->blank_work += s->depth;
		s->after_blank = true;
		if (exceeds(s, s->blank_work, MAX_BLANK_WORK))
			return refuse(s, at, "too many blank lines in deeply nested lists", "remove the blank lines");
		return end_paragraph(s, at);
	}
	s->after_blank = false;
	if (s->lines++ == 0)
		s->start = at;
	if (text < end) {
		char first = s->text[text];

		if (first == '[') {
			end_definition(s, at);
			s->may_define = true;
		}
		if (s->table_columns && !scan_cells(s, at))
			return false;
		if ((first == '|' || first == ':' || first == '-' || first == '\v' || first == '\f') &&
		    !scan_delimiter_row(s, text, end))
			return false;
		scan_bytes(s, text, end);
	}
	return scan_row_work(s, at, end);
}

/* Calls for each line end: '\n', '\r' or both, as CommonMark has it. */
static bool scan_lines(struct scanner *s)
{
	struct markdown *m = s->m;
	const char *t = s->text;
	bool has_cr = memchr(t, '\r', s->size) != NULL;
	uint32_t at = 0, feed = 0;
	bool has_feed = true;

	while (at < s->size) {
		uint32_t end, next;

		/* A line feed is looked for once: carriage returns alone may stand before it. */
		if (has_feed && (at == 0 || feed < at)) {
			const char *nl = memchr(t + at, '\n', s->size - at);

			has_feed = nl != NULL;
			feed = nl ? (uint32_t)(nl - t) : s->size;
		}
		end = feed;
		next = has_feed ? end + 1 : end;

		if (has_cr) {
			const char *cr = memchr(t + at, '\r', end - at);

			if (cr) {
				end = (uint32_t)(cr - t);
				next = end + 1 < s->size && t[end + 1] == '\n' ? end + 2 : end + 1;
			}
		}
		add_line(m, at);
		if (at < m->body && next <= m->body)
			m->head_lines++;
		else if (!scan_line(s, at < m->body ? m->body : at, end))
			return false;
		at = next;
	}
	if (m->n_lines == 0)
		add_line(m, 0);
	return end_paragraph(s, s->size);
}

bool markdown_scan(struct markdown *m)
{
	struct scanner s = { .m = m, .text = m->file.ptr, .size = (uint32_t)m->file.len };
	bool ok = scan_lines(&s);

	if (ok && exceeds(&s, s.longest * s.references, MAX_REFERENCE_BYTES))
		ok = refuse(&s, s.longest_line, "this link definition is too long for how often it may be used",
			    "a link's address belongs in a few hundred bytes; put images into files");
	m->is_heavy = s.is_heavy;
	if (ok && m->is_site && (m->has & HAS_CONTROL)) {
		diag_add(&m->diags, DIAG_ERROR, "markdown/control-byte", m->path, markdown_pos(m, s.control_at),
			 "the page contains the control character U+%04X", (unsigned)(unsigned char)s.text[s.control_at]);
		diag_hint(&m->diags, "remove it: neither HTML nor a feed may contain it");
		ok = false;
	}
	return ok;
}

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
		uint32_t n = t[i] == ' ' || t[i] == '\t' ? 1 : marker_length(t + i, t + end);

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

/* The character before `at`; at the start of a quoted line that is a line end. */
static uint32_t char_before(const struct markdown *m, uint32_t at)
{
	uint32_t i = at;
	size_t other;

	while (i > m->body && memchr(" \t>", m->file.ptr[i - 1], 3))
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
