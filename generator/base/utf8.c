#include "base/utf8.h"

#include <stdlib.h>
#include <utf8proc.h>

#define BAD 0xfffd
#define ASCII_MASK 0x8080808080808080u

const unsigned char utf8_ascii[128] = {
	['\t' ... '\r'] = UTF8_SPACE,           [' '] = UTF8_SPACE,
	['0' ... '9'] = UTF8_DIGIT | UTF8_WORD, ['A' ... 'Z'] = UTF8_LETTER | UTF8_UPPER | UTF8_WORD,
	['_'] = UTF8_CONNECTOR | UTF8_WORD,     ['a' ... 'z'] = UTF8_LETTER | UTF8_LOWER | UTF8_WORD,
};

/* Length of the valid sequence at p (n > 0 bytes are there), or 0 (RFC 3629, section 4). */
static size_t sequence(const unsigned char *p, size_t n)
{
	unsigned char c = p[0], lo = 0x80, hi = 0xbf;
	size_t len = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;

	if (len < 2)
		return len;
	if (c == 0xe0)
		lo = 0xa0;
	else if (c == 0xed)
		hi = 0x9f;
	else if (c == 0xf0)
		lo = 0x90;
	else if (c == 0xf4)
		hi = 0x8f;
	if (n < len || p[1] < lo || p[1] > hi)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

/* The offset from `i` on of the first byte that is not ASCII, or s.len. */
static size_t skip_ascii(struct str s, size_t i)
{
	while (i + 32 <= s.len) {
		uint64_t w[4];

		memcpy(w, s.ptr + i, sizeof(w));
		if ((w[0] | w[1] | w[2] | w[3]) & ASCII_MASK)
			break;
		i += 32;
	}
	while (i + 8 <= s.len) {
		uint64_t w;

		memcpy(&w, s.ptr + i, sizeof(w));
		if (w & ASCII_MASK)
			break;
		i += 8;
	}
	while (i < s.len && (unsigned char)s.ptr[i] < 0x80)
		i++;
	return i;
}

static bool is_ascii(struct str s)
{
	return skip_ascii(s, 0) == s.len;
}

size_t utf8_check(struct str s)
{
	size_t i = 0;

	for (;;) {
		i = skip_ascii(s, i);
		while (i < s.len && (unsigned char)s.ptr[i] >= 0x80) {
			size_t n = sequence((const unsigned char *)s.ptr + i, s.len - i);

			if (!n)
				return i;
			i += n;
		}
		if (i == s.len)
			return i;
	}
}

uint32_t utf8_decode_wide(struct str s, size_t i, size_t *next)
{
	const unsigned char *p = (const unsigned char *)s.ptr + i;
	size_t n = sequence(p, s.len - i);

	*next = i + (n ? n : 1);
	switch (n) {
	case 1:
		return p[0];
	case 2:
		return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
	case 3:
		return (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
	case 4:
		return (p[0] & 0x07u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 | (p[3] & 0x3fu);
	default:
		return BAD;
	}
}

uint32_t utf8_decode_back(struct str s, size_t i, size_t *start)
{
	for (size_t n = 1; n <= 4 && n <= i; n++) {
		unsigned char c = (unsigned char)s.ptr[i - n];
		size_t next;
		uint32_t cp;

		if ((c & 0xc0) == 0x80)
			continue;
		cp = utf8_decode(str_cut(s, 0, i), i - n, &next);
		if (next != i)
			break;
		*start = i - n;
		return cp;
	}
	*start = i - 1;
	return BAD;
}

void utf8_encode(struct buf *b, uint32_t cp)
{
	char z[4];

	if (cp < 0x80) {
		buf_add_char(b, (char)cp);
		return;
	}
	if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		cp = BAD;
	if (cp < 0x800) {
		z[0] = (char)(0xc0 | cp >> 6);
		z[1] = (char)(0x80 | (cp & 0x3f));
		buf_add_mem(b, z, 2);
	} else if (cp < 0x10000) {
		z[0] = (char)(0xe0 | cp >> 12);
		z[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		z[2] = (char)(0x80 | (cp & 0x3f));
		buf_add_mem(b, z, 3);
	} else {
		z[0] = (char)(0xf0 | cp >> 18);
		z[1] = (char)(0x80 | (cp >> 12 & 0x3f));
		z[2] = (char)(0x80 | (cp >> 6 & 0x3f));
		z[3] = (char)(0x80 | (cp & 0x3f));
		buf_add_mem(b, z, 4);
	}
}

size_t utf8_length(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; n++) {
		size_t ascii = skip_ascii(s, i);

		n += ascii - i;
		if (ascii == s.len)
			break;
		utf8_decode_wide(s, ascii, &i);
	}
	return n;
}

struct str utf8_truncate(struct str s, size_t n)
{
	size_t cut = 0, seen = 0;
	utf8proc_int32_t state = 0;
	uint32_t before = 0;

	if (s.len <= n)
		return s;
	for (size_t i = 0, next; i < s.len; i = next, seen++) {
		uint32_t cp = utf8_decode(s, i, &next);

		if (!i || utf8proc_grapheme_break_stateful((utf8proc_int32_t)before, (utf8proc_int32_t)cp, &state))
			cut = i;
		if (seen == n)
			return str_cut(s, 0, cut);
		before = cp;
	}
	return s;
}

unsigned utf8_class_wide(uint32_t cp)
{
	if (cp < 0x80)
		return utf8_ascii[cp];
	if (cp >= 0x4e00 && cp < 0xa000)
		return UTF8_LETTER | UTF8_WORD;
	switch (utf8proc_category((utf8proc_int32_t)cp)) {
	case UTF8PROC_CATEGORY_LU:
		return UTF8_LETTER | UTF8_UPPER | UTF8_WORD;
	case UTF8PROC_CATEGORY_LL:
		return UTF8_LETTER | UTF8_LOWER | UTF8_WORD;
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
		return UTF8_LETTER | UTF8_WORD;
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ME:
		return UTF8_MARK | UTF8_WORD;
	case UTF8PROC_CATEGORY_ND:
		return UTF8_DIGIT | UTF8_WORD;
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return UTF8_WORD;
	case UTF8PROC_CATEGORY_PC:
		return UTF8_CONNECTOR | UTF8_WORD;
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return UTF8_SPACE;
	default:
		return cp == 0x85 ? UTF8_SPACE : 0;
	}
}

bool utf8_is_punct(uint32_t cp)
{
	if (cp < 0x80)
		return cp > ' ' && cp < 0x7f && !(utf8_ascii[cp] & (UTF8_LETTER | UTF8_DIGIT));
	switch (utf8proc_category((utf8proc_int32_t)cp)) {
	case UTF8PROC_CATEGORY_PC:
	case UTF8PROC_CATEGORY_PD:
	case UTF8PROC_CATEGORY_PS:
	case UTF8PROC_CATEGORY_PE:
	case UTF8PROC_CATEGORY_PI:
	case UTF8PROC_CATEGORY_PF:
	case UTF8PROC_CATEGORY_PO:
		return true;
	default:
		return false;
	}
}

struct range {
	uint32_t first, last;
};

static bool is_in(uint32_t cp, const struct range *r, size_t n)
{
	size_t lo = 0;

	while (lo < n) {
		size_t mid = lo + (n - lo) / 2;

		if (cp > r[mid].last)
			lo = mid + 1;
		else if (cp < r[mid].first)
			n = mid;
		else
			return true;
	}
	return false;
}

/* From Scripts.txt of Unicode 13: Han, Hiragana, Katakana, Bopomofo, Hangul, and the sound marks that kana share. */
bool utf8_is_cjk(uint32_t cp)
{
	static const struct range cjk[] = {
		{ 0x1100, 0x11ff },   { 0x2e80, 0x2e99 },   { 0x2e9b, 0x2ef3 },   { 0x2f00, 0x2fd5 },
		{ 0x3005, 0x3005 },   { 0x3007, 0x3007 },   { 0x3021, 0x302f },   { 0x3031, 0x3035 },
		{ 0x3038, 0x303b },   { 0x3041, 0x3096 },   { 0x3099, 0x309f },   { 0x30a1, 0x30fa },
		{ 0x30fc, 0x30ff },   { 0x3105, 0x312f },   { 0x3131, 0x318e },   { 0x31a0, 0x31bf },
		{ 0x31f0, 0x31ff },   { 0x3400, 0x4dbf },   { 0x4e00, 0x9fff },   { 0xa960, 0xa97c },
		{ 0xac00, 0xd7a3 },   { 0xd7b0, 0xd7fb },   { 0xf900, 0xfad9 },   { 0xff66, 0xffdc },
		{ 0x16ff0, 0x16ff1 }, { 0x1aff0, 0x1b167 }, { 0x20000, 0x323af },
	};

	return cp >= 0x1100 && is_in(cp, cjk, sizeof(cjk) / sizeof(cjk[0]));
}

bool utf8_is_latin(uint32_t cp)
{
	static const struct range latin[] = {
		{ 'A', 'Z' },       { 'a', 'z' },       { 0xaa, 0xaa },     { 0xba, 0xba },     { 0xc0, 0xd6 },
		{ 0xd8, 0xf6 },     { 0xf8, 0x2b8 },    { 0x2e0, 0x2e4 },   { 0x1d00, 0x1d25 }, { 0x1d2c, 0x1d5c },
		{ 0x1d62, 0x1d65 }, { 0x1d6b, 0x1d77 }, { 0x1d79, 0x1dbe }, { 0x1e00, 0x1eff }, { 0x2071, 0x2071 },
		{ 0x207f, 0x207f }, { 0x2090, 0x209c }, { 0x212a, 0x212b }, { 0x2132, 0x2132 }, { 0x214e, 0x214e },
		{ 0x2160, 0x2188 }, { 0x2c60, 0x2c7f }, { 0xa722, 0xa787 }, { 0xa78b, 0xa7ff }, { 0xab30, 0xab5a },
		{ 0xab5c, 0xab64 }, { 0xab66, 0xab69 }, { 0xfb00, 0xfb06 }, { 0xff21, 0xff3a }, { 0xff41, 0xff5a },
	};

	return is_in(cp, latin, sizeof(latin) / sizeof(latin[0]));
}

static bool is_greek(uint32_t cp)
{
	return (cp >= 0x370 && cp < 0x400) || (cp >= 0x1f00 && cp < 0x2000);
}

uint32_t utf8_fold_wide(uint32_t cp)
{
	utf8proc_int32_t full[8];
	int last = 0;

	/* Dotted capital I folds to two code points or, in simple folding, not at all. */
	if (cp == 0x130 || cp > 0x10ffff)
		return cp;
	if (utf8proc_decompose_char((utf8proc_int32_t)cp, full, 8, UTF8PROC_CASEFOLD, &last) == 1)
		return (uint32_t)full[0];
	return (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp);
}

uint32_t utf8_upper(uint32_t cp)
{
	if (cp < 0x80)
		return cp >= 'a' && cp <= 'z' ? cp & ~0x20u : cp;
	return (uint32_t)utf8proc_toupper((utf8proc_int32_t)cp);
}

static uint32_t to_lower(uint32_t cp)
{
	if (cp < 0x80)
		return cp >= 'A' && cp <= 'Z' ? cp | 0x20 : cp;
	return (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp);
}

static struct str finish(struct arena *a, struct buf *b)
{
	struct str s = buf_copy(b, a);

	buf_release(b);
	return s;
}

static struct str lower_ascii(struct arena *a, struct str s)
{
	char *z = str_z(a, s);

	for (size_t i = 0; i < s.len; i++)
		if (z[i] >= 'A' && z[i] <= 'Z')
			z[i] |= 0x20;
	return (struct str){ z, s.len };
}

struct str utf8_lower(struct arena *a, struct str s)
{
	struct buf b = { 0 };

	if (is_ascii(s))
		return lower_ascii(a, s);
	for (size_t i = 0; i < s.len;)
		utf8_encode(&b, to_lower(utf8_decode(s, i, &i)));
	return finish(a, &b);
}

struct str utf8_to_upper(struct arena *a, struct str s)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < s.len;) {
		uint32_t cp = utf8_decode(s, i, &i);

		/* The capital sharp s is for signs; text writes two letters. */
		if (cp == 0xdf)
			buf_add(&b, STR("SS"));
		else
			utf8_encode(&b, utf8_upper(cp));
	}
	return finish(a, &b);
}

static struct str repaired(struct arena *a, struct str s)
{
	struct buf b = { 0 };

	if (utf8_check(s) == s.len)
		return s;
	for (size_t i = 0; i < s.len;)
		utf8_encode(&b, utf8_decode(s, i, &i));
	return finish(a, &b);
}

static struct str map_with(struct arena *a, struct str s, unsigned options)
{
	utf8proc_uint8_t *mapped = NULL;
	utf8proc_ssize_t n;
	struct str out;

	s = repaired(a, s);
	n = utf8proc_map((const utf8proc_uint8_t *)s.ptr, (utf8proc_ssize_t)s.len, &mapped,
			 (utf8proc_option_t)(options | UTF8PROC_STABLE));
	out = n < 0 ? str_copy(a, s) : str_copy(a, (struct str){ (const char *)mapped, (size_t)n });
	free(mapped);
	return out;
}

/*
 * Code points that are their own NFC wherever they stand: no decomposition, no
 * combining class, never the second part of a composition. A subset of what
 * Unicode's NFC_Quick_Check would allow, enough for the texts that are common.
 */
static bool is_inert(uint32_t cp)
{
	return cp < 0x300 || (cp >= 0x400 && cp < 0x483) || (cp >= 0x48a && cp < 0x530) ||
	       (cp >= 0x2010 && cp < 0x2060) || (cp >= 0x3000 && cp < 0x302a) || (cp >= 0x3030 && cp < 0x3099) ||
	       (cp >= 0x309b && cp < 0xa48d) || (cp >= 0xac00 && cp < 0xd7a4) || (cp >= 0xff00 && cp < 0xffff);
}

struct str utf8_nfc(struct arena *a, struct str s)
{
	struct str mapped;
	size_t i = 0;

	while (i < s.len) {
		i = skip_ascii(s, i);
		if (i < s.len && !is_inert(utf8_decode_wide(s, i, &i)))
			break;
		if (i == s.len)
			return s;
	}
	if (!s.len)
		return s;
	mapped = map_with(a, s, UTF8PROC_COMPOSE);
	return str_eq(mapped, s) ? s : mapped;
}

struct str utf8_fold_key(struct arena *a, struct str s)
{
	if (is_ascii(s))
		return lower_ascii(a, s);
	return map_with(a, s, UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
}

/* Latin letters that Unicode does not take apart, as people write them without their marks. */
static const char *plain_letter(uint32_t cp)
{
	static const struct {
		uint32_t cp;
		char plain[3];
	} letters[] = {
		{ 0xc6, "AE" }, { 0xd0, "D" },  { 0xd8, "O" },    { 0xde, "Th" }, { 0xdf, "ss" },  { 0xe6, "ae" },
		{ 0xf0, "d" },  { 0xf8, "o" },  { 0xfe, "th" },   { 0x110, "D" }, { 0x111, "d" },  { 0x126, "H" },
		{ 0x127, "h" }, { 0x131, "i" }, { 0x141, "L" },   { 0x142, "l" }, { 0x152, "OE" }, { 0x153, "oe" },
		{ 0x166, "T" }, { 0x167, "t" }, { 0x1e9e, "SS" },
	};

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (letters[i].cp == cp)
			return letters[i].plain;
	return NULL;
}

struct str utf8_strip_marks(struct arena *a, struct str s)
{
	struct buf b = { 0 };
	struct str apart, out;
	bool drops = false;

	if (is_ascii(s))
		return str_copy(a, s);
	apart = map_with(a, s, UTF8PROC_DECOMPOSE);
	for (size_t i = 0; i < apart.len;) {
		uint32_t cp = utf8_decode(apart, i, &i);
		const char *plain;

		if (utf8_class(cp) & UTF8_MARK) {
			if (!drops)
				utf8_encode(&b, cp);
			continue;
		}
		drops = utf8_is_latin(cp) || is_greek(cp);
		plain = cp < 0x80 ? NULL : plain_letter(cp);
		if (plain)
			buf_add_z(&b, plain);
		else
			utf8_encode(&b, cp);
	}
	out = map_with(a, buf_str(&b), UTF8PROC_COMPOSE);
	buf_release(&b);
	return out;
}

/* Names of files are mostly slugs as they are. */
static bool is_slug(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    !(c == '-' && i && i + 1 < s.len && s.ptr[i - 1] != '-'))
			return false;
	}
	return true;
}

struct str utf8_slug(struct arena *a, struct str s)
{
	struct str plain;
	struct buf b = { 0 };
	bool is_inside = false;

	if (is_slug(s))
		return str_copy(a, s);
	plain = is_ascii(s) ? s : utf8_strip_marks(a, s);
	for (size_t i = 0; i < plain.len;) {
		uint32_t cp = utf8_decode(plain, i, &i);
		unsigned class;

		/* Full-width letters and digits are the ASCII ones with another width. */
		if (cp >= 0xff01 && cp <= 0xff5e)
			cp -= 0xfee0;
		cp = to_lower(cp);
		class = utf8_class(cp);
		if ((class & UTF8_WORD) && !(class & UTF8_CONNECTOR) && (is_inside || !(class & UTF8_MARK))) {
			if (!is_inside && b.len)
				buf_add_char(&b, '-');
			utf8_encode(&b, cp);
			is_inside = true;
		} else if (cp < 0x80 || utf8proc_category((utf8proc_int32_t)cp) != UTF8PROC_CATEGORY_CF) {
			/* Soft hyphens and joiners do not part a word. */
			is_inside = false;
		}
	}
	return finish(a, &b);
}

struct str utf8_heading_id(struct arena *a, struct str s)
{
	struct buf b = { 0 };
	bool is_inside = false;

	for (size_t i = 0; i < s.len;) {
		uint32_t cp = to_lower(utf8_decode(s, i, &i));
		unsigned class = utf8_class(cp);

		/* A mark needs a letter to stand on: an emoji's variation selector goes with it. */
		if (class & UTF8_MARK && !is_inside)
			continue;
		is_inside = class & UTF8_WORD;
		if (is_inside || cp == '-')
			utf8_encode(&b, cp);
		else if (cp == ' ')
			buf_add_char(&b, '-');
	}
	return finish(a, &b);
}

struct str utf8_sort_key(struct arena *a, struct str s)
{
	struct str folded = utf8_fold_key(a, s);
	struct str plain = utf8_strip_marks(a, folded);
	size_t i = 0, next;

	for (; i < plain.len; i = next)
		if (utf8_is_word(utf8_decode(plain, i, &next)))
			break;
	return i < plain.len ? str_skip(plain, i) : folded;
}

unsigned utf8_width(uint32_t cp)
{
	int width = utf8proc_charwidth((utf8proc_int32_t)cp);

	return width > 0 ? (unsigned)width : 0;
}
