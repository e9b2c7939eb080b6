#include <stdlib.h>
#include <string.h>

#include "base/swar.h"
#include "base/utf8.h"
#include "stage/search_impl.h"

#define WORD_MAX 64 /* bytes; what is longer is no word */

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

static inline uint64_t term_load(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

/* The first `n` (0 to 8) bytes of a number. */
static inline uint64_t term_cut(uint64_t v, size_t n)
{
	return n >= 8 ? v : v & (((uint64_t)1 << 8 * n) - 1);
}

struct search_key search_key_of(const char *text, size_t len)
{
	char bytes[16] = { 0 };
	struct digest d;

	if (len > sizeof(bytes)) {
		d = digest_of((struct str){ text, len });
		return (struct search_key){ d.hi, d.lo, text, len };
	}
	memcpy(bytes, text, len);
	return (struct search_key){ term_load(bytes), term_load(bytes + 8), NULL, len };
}

struct str search_key_text(const struct search_key *k, char *bytes)
{
	if (k->len > 16)
		return (struct str){ k->text, k->len };
	for (size_t i = 0; i < 16; i++)
		bytes[i] = (char)((i < 8 ? k->head : k->tail) >> i % 8 * 8);
	return (struct str){ bytes, k->len };
}

void search_text_init(struct search_text *t, bool has_stems)
{
	memset(t, 0, sizeof(*t));
	t->has_stems = has_stems;
	buf_init(&t->text, 0);
}

void search_text_release(struct search_text *t)
{
	buf_release(&t->text);
	free(t->keys);
	arena_release(&t->scratch);
}

/* Zeros behind a text: no word runs on, and looking ahead stays within. */
#define PADDING "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

/* Room for the next term, which is one when t->n is counted up. */
static inline struct search_key *next_key(struct search_text *t)
{
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 1024;
		t->keys = arena_sys_realloc(t->keys, t->cap * sizeof(*t->keys));
	}
	return &t->keys[t->n];
}

static void push_bytes(struct search_text *t, const char *text, size_t len)
{
	struct search_key *k = next_key(t);

	if (len > 16)
		text = str_copy(&t->scratch, (struct str){ text, len }).ptr;
	*k = search_key_of(text, len);
	t->n++;
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
static void cut_plural(struct search_key *k)
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
	*k = search_key_of(w, without_plural(w, k->len));
	k->text = NULL;
}

/* A word of folded text from `i` on; gives the offset after it. */
static size_t wide_word(struct search_text *t, struct str s, size_t i)
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
		push_bytes(t, w, t->has_stems ? without_plural(w, len) : len);
	return i;
}

/* Pairs of a run of CJK characters, and the last alone: so each character begins a term. */
static size_t wide_run(struct search_text *t, struct str s, size_t i)
{
	size_t next, after;

	while (i < s.len && utf8_is_cjk(utf8_decode(s, i, &next))) {
		if (next < s.len && utf8_is_cjk(utf8_decode(s, next, &after)))
			push_bytes(t, s.ptr + i, after - i);
		else
			push_bytes(t, s.ptr + i, next - i);
		i = next;
	}
	return i;
}

/*
 * Text that needs Unicode's tables, from `p` on: all that is not ASCII, or a letter, digit, comma or apostrophe, for
 * nothing beyond it can change what the words are. Gives what follows it.
 */
static const char *split_wide(struct search_text *t, const char *p)
{
	const char *to = p;
	struct str s;
	size_t next;

	while ((unsigned char)*to >= 0x80 || utf8_is_letter((unsigned char)*to) || is_digit(to) || *to == ',' ||
	       *to == '\'')
		to++;
	s = utf8_strip_marks(&t->scratch, utf8_fold_key(&t->scratch, (struct str){ p, (size_t)(to - p) }));
	s = str_copy(&t->scratch, s); /* ends in NUL */
	for (size_t i = 0; i < s.len;) {
		uint32_t cp = utf8_decode(s, i, &next);

		if (utf8_is_cjk(cp))
			i = wide_run(t, s, i);
		else if (is_word(cp))
			i = wide_word(t, s, i);
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
static const char *split_run(struct search_text *t, const char *p)
{
	const char *to = p;
	size_t len;

	while ((unsigned char)*to >= 0x80 && kind_of(to, &len) == IDEOGRAPH)
		to += 3;
	if ((unsigned char)*to >= 0x80 && kind_of(to, &len) == OTHER)
		return split_wide(t, p);
	for (; p < to; p += 3)
		push_bytes(t, p, p + 3 < to ? 6 : 3);
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

/* What there is of a word of ASCII in the next 16 bytes, in lower case; gives how many that is. */
static inline size_t read_word(const char *p, struct search_key *k)
{
	uint64_t parts[2] = { 0, 0 };
	size_t len = 0, n = sizeof(swar_word);

	while (len < sizeof(parts) && n == sizeof(swar_word)) {
		swar_word v = swar_load(p + len), letters = swar_between(v | swar_each(0x20), 'a', 'z');

		n = swar_first(~(letters | swar_between(v, '0', '9')), 0);
		v |= swar_where(letters, 0x20);
		v = n < sizeof(v) ? swar_head(v, n) : v;
		memcpy((char *)parts + len, &v, sizeof(v));
		len += n;
	}
	k->head = parts[0];
	k->tail = parts[1];
	return len;
}

/* A word of ASCII that has more than 16 bytes, or 16. */
static const char *split_long(struct search_text *t, const char *p)
{
	char w[WORD_MAX];
	const char *end = p, *after;
	size_t len;

	while (is_alnum(*end))
		end++;
	len = (size_t)(end - p);
	after = end_of_word(end);
	if (!after)
		return split_wide(t, p);
	if (len > WORD_MAX)
		return after;
	for (size_t i = 0; i < len; i++)
		w[i] = (char)utf8_fold((unsigned char)p[i]);
	push_bytes(t, w, t->has_stems ? without_plural(w, len) : len);
	return after;
}

/* A character that begins no word of ASCII; gives what follows it, or a run that begins with it. */
static const char *split_other(struct search_text *t, const char *p)
{
	size_t len;
	int kind;

	if ((unsigned char)*p < 0x80)
		return p + 1;
	kind = kind_of(p, &len);
	return kind == STOP ? p + len : kind == IDEOGRAPH ? split_run(t, p) : split_wide(t, p);
}

void search_split_text(struct search_text *t)
{
	const char *p, *end, *after;

	t->n = 0;
	buf_add_mem(&t->text, PADDING, sizeof(PADDING));
	p = t->text.ptr;
	end = p + t->text.len - sizeof(PADDING);
	while (p < end) {
		struct search_key *k = next_key(t);

		k->len = read_word(p, k);
		if (k->len == 0) {
			p = split_other(t, p);
			continue;
		}
		if (k->len == 16) {
			p = split_long(t, p);
			continue;
		}
		after = p + k->len;
		after = *after == ' ' ? after + 1 : end_of_word(after);
		if (!after) {
			p = split_wide(t, p);
			continue;
		}
		if ((p[k->len - 1] | 0x20) == 's' && k->len >= 4 && t->has_stems)
			cut_plural(k);
		t->n++;
		p = after;
	}
	buf_clear(&t->text);
}

void search_split(struct str text, bool has_stems, void (*word)(void *ctx, struct str term), void *ctx)
{
	struct search_text t;
	char bytes[16];

	search_text_init(&t, has_stems);
	buf_add(&t.text, text);
	search_split_text(&t);
	for (size_t i = 0; i < t.n; i++)
		word(ctx, search_key_text(&t.keys[i], bytes));
	search_text_release(&t);
}
