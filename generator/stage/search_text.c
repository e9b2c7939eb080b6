#include <string.h>

#include "base/doc.h"
#include "base/utf8.h"
#include "stage/search_impl.h"

#define WORD_MAX 64   /* bytes; what is longer is no word */
#define JOINED_MAX 32 /* of the words of a name in one */

uint32_t search_hash(struct str s)
{
	uint32_t h = 2166136261u;
	size_t next;

	for (size_t i = 0; i < s.len; i = next)
		h = (h ^ utf8_decode(s, i, &next)) * 16777619u;
	return h;
}

/* The first `depth` letters; of CJK the first alone, so that one character finds its pairs. */
uint32_t search_shard(const struct search_plan *plan, struct str term)
{
	size_t end = 0, next;

	for (uint32_t n = 0; n < plan->depth && end < term.len; n++) {
		bool is_cjk = utf8_is_cjk(utf8_decode(term, end, &next));

		end = next;
		if (is_cjk)
			break;
	}
	return search_hash(str_cut(term, 0, end)) & (plan->n_terms - 1);
}

struct collector {
	struct search_range *range;
	struct arena *scratch;
	struct buf *text; /* the piece at hand, and PADDING */
	uint32_t level;   /* of what is being read; SEARCH_TEXT: counted */
	uint32_t words;   /* of the text */
	uint32_t n;       /* terms of the piece */
	bool has_stems;
	char joined[JOINED_MAX + WORD_MAX]; /* terms of a name; more than JOINED_MAX: not all of them */
	size_t joined_len;
	void (*word)(void *ctx, struct str term); /* of search_split, which collects nothing */
	void *ctx;
};

/* Zeros behind a text: no word runs on, and looking ahead stays within. */
#define PADDING "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static void __attribute__((noinline)) call_word(struct collector *c, const struct term_key *k)
{
	char bytes[16];

	for (size_t i = 0; i < 16; i++)
		bytes[i] = (char)((i < 8 ? k->head : k->tail) >> i % 8 * 8);
	c->word(c->ctx, (struct str){ k->len > 16 ? k->text : bytes, k->len });
}

static inline void take(struct collector *c, const struct term_key *k)
{
	struct search_range *r = c->range;
	struct search_term *t;

	c->n++;
	if (!r) {
		call_word(c, k);
		return;
	}
	t = search_term(r, k);
	if (t->times == 0 && t->level == 0)
		r->touched[r->n_touched++] = (uint32_t)(t - r->terms);
	if (c->level == SEARCH_TEXT) {
		t->times++;
		return;
	}
	if (t->level < c->level)
		t->level = (uint8_t)c->level;
	if (c->level == SEARCH_NAME && c->joined_len <= JOINED_MAX) {
		memcpy(c->joined + c->joined_len, t->text, t->len);
		c->joined_len += t->len;
	}
}

static void take_bytes(struct collector *c, const char *text, size_t len)
{
	struct term_key k = term_key_of(text, len);

	take(c, &k);
}

static bool is_word(uint32_t cp)
{
	return (utf8_class(cp) & (UTF8_WORD | UTF8_CONNECTOR)) == UTF8_WORD;
}

static bool is_digit(const char *p)
{
	return *p >= '0' && *p <= '9';
}

/* A comma that groups digits: "2,300". */
static bool is_group(const char *comma)
{
	return is_digit(comma - 1) && is_digit(comma + 1) && is_digit(comma + 2) && is_digit(comma + 3) &&
	       !is_digit(comma + 4);
}

/* English plurals (Harman, "How effective is suffixing?", JASIS 42(1), 1991), and not "-is". May end it in 'y'. */
static size_t without_plural(char *w, size_t len)
{
	struct str s = { w, len };

	if (len < 4 || w[len - 1] != 's')
		return len;
	for (size_t i = 0; i < len; i++)
		if (w[i] < 'a' || w[i] > 'z')
			return len;
	if (str_ends(s, STR("ies")) && !str_ends(s, STR("eies")) && !str_ends(s, STR("aies"))) {
		w[len - 3] = 'y';
		return len - 2;
	}
	if (str_ends(s, STR("us")) || str_ends(s, STR("ss")) || str_ends(s, STR("is")))
		return len;
	return len - 1;
}

/* The same for a word of at most 16 letters and digits. */
static void cut_plural(struct term_key *k)
{
	size_t i = k->len - 1;
	unsigned before = (unsigned)((i <= 8 ? k->head >> (i - 1) * 8 : k->tail >> (i - 9) * 8) & 255);
	char w[WORD_MAX];

	if (before == 's' || before == 'u' || before == 'i')
		return;
	if (before != 'e' && before >= 'a') {
		for (size_t at = 0; at < i; at++)
			if (((at < 8 ? k->head >> at * 8 : k->tail >> (at - 8) * 8) & 255) < 'a')
				return;
		k->head = i < 8 ? term_cut(k->head, i) : k->head;
		k->tail = i < 8 ? 0 : term_cut(k->tail, i - 8);
		k->len = i;
		return;
	}
	for (size_t at = 0; at < k->len; at++)
		w[at] = (char)(at < 8 ? k->head >> at * 8 : k->tail >> (at - 8) * 8);
	*k = term_key_of(w, without_plural(w, k->len));
	k->text = NULL;
}

/* A word of folded text from `i` on; gives the offset after it. */
static size_t wide_word(struct collector *c, struct str s, size_t i)
{
	char w[WORD_MAX];
	size_t len = 0, next, after;

	while (i < s.len) {
		uint32_t cp = utf8_decode(s, i, &next);

		if (cp == ',' && len && is_group(s.ptr + i)) {
			i = next;
			continue;
		}
		if (!is_word(cp) || utf8_is_cjk(cp))
			break;
		if (len + (next - i) <= WORD_MAX)
			memcpy(w + len, s.ptr + i, next - i);
		len += next - i;
		i = next;
	}
	/* "DeepSeek's": one letter after an apostrophe belongs to no word. */
	if (i < s.len && (utf8_decode(s, i, &next) == '\'' || utf8_decode(s, i, &next) == 0x2019) && next < s.len &&
	    utf8_is_letter(utf8_decode(s, next, &after)) && (after >= s.len || !is_word(utf8_decode(s, after, &next))))
		i = after;
	if (len <= WORD_MAX)
		take_bytes(c, w, c->has_stems ? without_plural(w, len) : len);
	return i;
}

/* Pairs of a run of CJK characters, and the last alone: so each character begins a term. */
static size_t wide_run(struct collector *c, struct str s, size_t i)
{
	size_t next, after;

	while (i < s.len && utf8_is_cjk(utf8_decode(s, i, &next))) {
		if (next < s.len && utf8_is_cjk(utf8_decode(s, next, &after)))
			take_bytes(c, s.ptr + i, after - i);
		else
			take_bytes(c, s.ptr + i, next - i);
		i = next;
	}
	return i;
}

/*
 * Text that needs Unicode's tables, from `p` on: all that is not ASCII, or a letter, digit, comma or apostrophe, for
 * nothing beyond it can change what the words are. Gives what follows it.
 */
static const char *split_wide(struct collector *c, const char *p)
{
	const char *to = p;
	struct str s;
	size_t next;

	while ((unsigned char)*to >= 0x80 || utf8_is_letter((unsigned char)*to) || is_digit(to) || *to == ',' ||
	       *to == '\'')
		to++;
	s = utf8_strip_marks(c->scratch, utf8_fold_key(c->scratch, (struct str){ p, (size_t)(to - p) }));
	s = str_copy(c->scratch, s); /* ends in NUL */
	for (size_t i = 0; i < s.len;) {
		uint32_t cp = utf8_decode(s, i, &next);

		if (utf8_is_cjk(cp))
			i = wide_run(c, s, i);
		else if (is_word(cp))
			i = wide_word(c, s, i);
		else
			i = next;
	}
	return to;
}

enum { STOP, IDEOGRAPH, OTHER };

/* What a character beyond ASCII is, as far as that is known without Unicode's tables. */
static int kind_of(const char *p, size_t *len)
{
	const unsigned char *u = (const unsigned char *)p;
	uint32_t cp;

	*len = 3;
	if (u[0] == 0xc2 && (u[1] == 0xa0 || u[1] == 0xb7)) {
		*len = 2;
		return STOP;
	}
	if (u[0] < 0xe2 || u[0] > 0xef || !u[1] || !u[2])
		return OTHER;
	cp = (u[0] & 15u) << 12 | (u[1] & 63u) << 6 | (u[2] & 63u);
	if ((cp >= 0x2010 && cp <= 0x2027) || cp == 0x3001 || cp == 0x3002 || (cp >= 0x3008 && cp <= 0x3011))
		return STOP; /* dashes, quotes, brackets, stops */
	if ((cp >= 0x4e00 && cp <= 0x9fff) || (cp >= 0x3400 && cp <= 0x4dbf))
		return IDEOGRAPH;
	return OTHER;
}

/* Ideographs, which are their own folding; gives what follows them. */
static const char *split_run(struct collector *c, const char *p)
{
	const char *to = p;
	size_t len;

	while ((unsigned char)*to >= 0x80 && kind_of(to, &len) == IDEOGRAPH)
		to += 3;
	if ((unsigned char)*to >= 0x80 && kind_of(to, &len) == OTHER)
		return split_wide(c, p);
	for (; p < to; p += 3)
		take_bytes(c, p, p + 3 < to ? 6 : 3);
	return to;
}

static bool is_alnum(char c)
{
	return utf8_class((unsigned char)c & 127) & (UTF8_LETTER | UTF8_DIGIT) && (unsigned char)c < 0x80;
}

/*
 * What follows a word of ASCII that ends at `p`, with what belongs to it ("DeepSeek's"); NULL where only Unicode's
 * tables tell where it ends.
 */
static const char *end_of_word(const char *p)
{
	size_t len = 1;

	if (*p == ',')
		return is_group(p) ? NULL : p;
	if ((unsigned char)*p >= 0x80) {
		if (kind_of(p, &len) == OTHER)
			return NULL;
		if (memcmp(p, "\xe2\x80\x99", 3) != 0)
			return p;
	} else if (*p != '\'') {
		return p;
	}
	if ((unsigned char)p[len] >= 0x80)
		return NULL;
	if (!is_alnum(p[len]) || is_digit(p + len))
		return p;
	if ((unsigned char)p[len + 1] >= 0x80)
		return NULL;
	return is_alnum(p[len + 1]) ? p : p + len + 1;
}

#define EACH_BYTE 0x0101010101010101u

/* Reads eight bytes: those before the first that is no ASCII letter or digit, in lower case; *n is how many. */
static inline uint64_t read_eight(const char *p, size_t *n)
{
	uint64_t v = term_load(p), x = v & 0x7f * EACH_BYTE, lower = x | 0x20 * EACH_BYTE, letters, digits, stop;

	letters = (lower + (0x80 - 'a') * EACH_BYTE) & ~(lower + (0x7f - 'z') * EACH_BYTE);
	digits = (x + (0x80 - '0') * EACH_BYTE) & ~(x + (0x7f - '9') * EACH_BYTE);
	stop = (~(letters | digits) | v) & 0x80 * EACH_BYTE;
	*n = stop ? (size_t)__builtin_ctzll(stop) / 8 : 8;
	return term_cut(v | (letters & 0x80 * EACH_BYTE) >> 2, *n);
}

/* A word of ASCII that has more than 16 bytes, or 16. */
static const char *split_long(struct collector *c, const char *p)
{
	char w[WORD_MAX];
	const char *end = p, *after;
	size_t len;

	while (is_alnum(*end))
		end++;
	len = (size_t)(end - p);
	after = end_of_word(end);
	if (!after)
		return split_wide(c, p);
	if (len > WORD_MAX)
		return after;
	for (size_t i = 0; i < len; i++)
		w[i] = (char)utf8_fold((unsigned char)p[i]);
	take_bytes(c, w, c->has_stems ? without_plural(w, len) : len);
	return after;
}

/* A character that begins no word of ASCII; gives what follows it, or a run that begins with it. */
static const char *split_other(struct collector *c, const char *p)
{
	size_t len;
	int kind;

	if ((unsigned char)*p < 0x80)
		return p + 1;
	kind = kind_of(p, &len);
	return kind == STOP ? p + len : kind == IDEOGRAPH ? split_run(c, p) : split_wide(c, p);
}

/* Takes the terms of the text. */
static void split(struct collector *c)
{
	const char *p, *end, *after;

	c->n = 0;
	buf_add_mem(c->text, PADDING, sizeof(PADDING));
	p = c->text->ptr;
	end = p + c->text->len - sizeof(PADDING);
	while (p < end) {
		struct term_key k = { .tail = 0 };
		size_t more;
		uint64_t last;

		k.head = read_eight(p, &k.len);
		if (k.len == 0) {
			p = split_other(c, p);
			continue;
		}
		last = k.head >> (k.len - 1) * 8;
		if (k.len == 8) {
			k.tail = read_eight(p + 8, &more);
			k.len += more;
			last = more ? k.tail >> (more - 1) * 8 : last;
			if (more == 8) {
				p = split_long(c, p);
				continue;
			}
		}
		after = p + k.len;
		if (*after == ' ')
			after++;
		else
			after = end_of_word(after);
		if (!after) {
			p = split_wide(c, p);
			continue;
		}
		if (last == 's' && c->has_stems && k.len >= 4)
			cut_plural(&k);
		take(c, &k);
		p = after;
	}
	if (c->level == SEARCH_TEXT)
		c->words += c->n;
	buf_clear(c->text);
}

void search_split(struct arena *scratch, struct str text, bool has_stems, void (*word)(void *ctx, struct str term),
		  void *ctx)
{
	struct collector c = { .scratch = scratch, .has_stems = has_stems, .word = word, .ctx = ctx };
	struct buf copy;

	buf_init(&copy, 0);
	buf_add(&copy, text);
	c.text = &copy;
	split(&c);
	buf_release(&copy);
}

static void collect(struct collector *c, struct str text, enum search_level level)
{
	c->level = level;
	buf_add(c->text, text);
	split(c);
}

/* A name is a term as a whole too, if it is short: found as it stands, and before longer ones that have its words. */
static void collect_names(struct collector *c, const struct page *p)
{
	for (size_t i = 0; i < p->n_names; i++) {
		c->joined_len = 0;
		collect(c, p->names[i].text, SEARCH_NAME);
		if (c->n == 0 || c->joined_len > JOINED_MAX)
			continue;
		c->level = SEARCH_WHOLE;
		take_bytes(c, c->joined, c->joined_len);
	}
}

/* Its kind is a term too, which no word can be. */
static void collect_kind(struct collector *c, const struct page *p)
{
	char term[WORD_MAX] = { SEARCH_KIND };
	size_t len = p->kind->id.len;

	if (p->is_section || p->is_builtin || p->is_home || len >= WORD_MAX)
		return;
	memcpy(term + 1, p->kind->id.ptr, len);
	c->level = SEARCH_SUMMARY;
	take_bytes(c, term, len + 1);
}

static void collect_head(struct collector *c, const struct page *p)
{
	collect_names(c, p);
	collect_kind(c, p);
	for (size_t i = 0; i < p->n_outline; i++)
		collect(c, p->outline[i].text, SEARCH_HEADING);
	collect(c, p->summary.len ? p->summary : p->excerpt, SEARCH_SUMMARY);
	for (size_t i = 0; i < p->n_tags; i++)
		collect(c, p->tags[i], SEARCH_SUMMARY);
	for (size_t i = 0; i < p->n_authors; i++)
		collect(c, p->authors[i], SEARCH_SUMMARY);
	if (p->source) {
		collect(c, p->source->publisher, SEARCH_SUMMARY);
		collect(c, p->source->author, SEARCH_SUMMARY);
	}
}

void search_write_fact(struct buf *b, const struct fact *f)
{
	buf_add(b, f->measure);
	buf_add_z(b, ": ");
	record_write_value(b, f);
	if (f->scope.len) {
		buf_add_z(b, " (");
		buf_add(b, f->scope);
		buf_add_char(b, ')');
	}
	buf_add_z(b, ". ");
	buf_add(b, f->r.quote);
}

static void collect_text(struct collector *c, const struct site *s, const struct page *p)
{
	c->level = SEARCH_TEXT;
	doc_plain(c->text, p->doc, 1, p->doc->n_nodes);
	split(c);
	for (size_t i = 0; i < p->n_own_facts; i++) {
		search_write_fact(c->text, &s->records.facts[p->facts[i]]);
		split(c);
	}
	for (size_t i = 0; i < p->n_events; i++)
		collect(c, s->records.events[p->events[i]].text, SEARCH_TEXT);
	for (size_t i = 0; i < p->n_quotes; i++)
		collect(c, s->records.quotes[p->quotes[i]].text, SEARCH_TEXT);
}

uint32_t search_read(struct search_range *r, struct buf *text, struct arena *scratch, const struct site *s,
		     const struct page *p, bool has_stems)
{
	struct collector c = { .range = r, .text = text, .scratch = scratch, .has_stems = has_stems };
	uint32_t length = 64;

	collect_head(&c, p);
	collect_text(&c, s, p);
	while (length < c.words && length < 8192)
		length *= 2;
	return 3 * (AVERAGE_LENGTH + 3 * length);
}
