#include <assert.h>
#include <string.h>

#include "text/markdown_impl.h"

/*
 * Where libcmark-gfm 0.29 takes quadratic time or space (measured), and how
 * much of it is allowed. Each limit keeps a page under half a second; real
 * pages stay orders of magnitude below. Paragraphs are over-estimated by runs
 * of lines without a blank one.
 */
#define MAX_DEPTH 100              /* nested quotes and list items */
#define MAX_BLANK_WORK 20000000    /* blank lines times open list items */
#define MAX_IMAGE_WORK 50000000    /* "![" times "]" in a paragraph */
#define MAX_EMPHASIS_WORK 40000000 /* runs of '*' or '_' times "]" in a paragraph */
#define MAX_HTML_WORK 300000000    /* bytes searched for the ends of <? <! <![CDATA[ */
#define MAX_COLUMNS 500
#define MAX_CELLS 200000
#define MAX_TABLE_WORK 4000000         /* lines read again for each possible start of a table; wide ones count more */
#define MAX_ROW_WORK 100000000         /* bars of a line times themselves */
#define MAX_REFERENCE_BYTES (32 << 20) /* longest link definition times references */

enum class { PLAIN, OPEN, CLOSE, LESS, COLON, AT, W, BRACE, TILDE, ESCAPE, EMPHASIS, BAR, CONTROL };

static const uint8_t classes[256] = {
	['['] = OPEN,   [']'] = CLOSE,  ['<'] = LESS,    [':'] = COLON,   ['@'] = AT,       ['w'] = W,
	['{'] = BRACE,  ['~'] = TILDE,  ['\\'] = ESCAPE, ['&'] = ESCAPE,  ['*'] = EMPHASIS, ['_'] = EMPHASIS,
	['|'] = BAR,    [1] = CONTROL,  [2] = CONTROL,   [3] = CONTROL,   [4] = CONTROL,    [5] = CONTROL,
	[6] = CONTROL,  [7] = CONTROL,  [8] = CONTROL,   [14] = CONTROL,  [15] = CONTROL,   [16] = CONTROL,
	[17] = CONTROL, [18] = CONTROL, [19] = CONTROL,  [20] = CONTROL,  [21] = CONTROL,   [22] = CONTROL,
	[23] = CONTROL, [24] = CONTROL, [25] = CONTROL,  [26] = CONTROL,  [27] = CONTROL,   [28] = CONTROL,
	[29] = CONTROL, [30] = CONTROL, [31] = CONTROL,  [127] = CONTROL,
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
	uint64_t open_ends, open_ends_at;        /* HTML openers without end: number and sum of offsets */
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

bool markdown_is_thematic(const char *p, const char *end)
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

uint32_t markdown_marker(const char *p, const char *end)
{
	uint32_t n = 0;

	if (*p == '>')
		return 1;
	if (*p == '-' || *p == '+' || *p == '*') {
		if (markdown_is_thematic(p, end))
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
		n = markdown_marker(s->text + i, s->text + end);
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
		case '|':
			bars++;
			break;
		case '-':
			dashes++;
			break;
		case ':':
			colons++;
			break;
		case ' ':
		case '\t':
		case '\v':
		case '\f':
		case '>':
			break;
		default:
			return true;
		}
	}
	if (dashes == 0 || bars + colons == 0)
		return true;
	s->m->has |= HAS_TABLE;
	s->table_work += s->paragraph_work;
	if (bars > MAX_COLUMNS)
		return refuse(s, at, "this table has more than 500 columns",
			      "split it, or put the data into a CSV file");
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
		return refuse(s, at, "this page has lines with too many '|'",
			      "split the table, or put the data into a CSV file");
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

static void scan_byte(struct scanner *s, uint32_t i, uint32_t end)
{
	const char *t = s->text;

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

typedef uint8_t vector __attribute__((vector_size(16)));

/*
 * Marks those of the 16 bytes at p that have a class, and a few that have none.
 * The byte behind them is read, too: it tells "ww" from the many single ones.
 */
static void find_classes(const char *p, uint64_t half[2])
{
	vector v, next, hit;

	memcpy(&v, p, sizeof(v));
	memcpy(&next, p + 1, sizeof(next));
	hit = (vector)(v < 0x20) | (vector)((v & 0xF9) == 0x38) | (vector)(v == '@') | (vector)(v == '&') |
	      (vector)(v - '[' < 5) | (vector)(v == '*') | (vector)(v - '{' < 5) | (vector)((v == 'w') & (next == 'w'));
	memcpy(half, &hit, sizeof(hit));
}

static void scan_bytes(struct scanner *s, uint32_t at, uint32_t end)
{
	uint64_t half[2];

	for (; __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && at < end && s->size - at > 16; at += 16) {
		find_classes(s->text + at, half);
		for (uint32_t k = 0; k < 2; k++) {
			while (half[k]) {
				uint32_t byte = (uint32_t)__builtin_ctzll(half[k]) / 8, i = at + 8 * k + byte;

				assert(byte < 8);
				if (i >= end)
					return;
				scan_byte(s, i, end);
				half[k] &= ~((uint64_t)0xFF << 8 * byte);
			}
		}
	}
	for (; at < end; at++)
		scan_byte(s, at, end);
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
			 "the page contains the control character U+%04X",
			 (unsigned)(unsigned char)s.text[s.control_at]);
		diag_hint(&m->diags, "remove it: neither HTML nor a feed may contain it");
		ok = false;
	}
	return ok;
}
