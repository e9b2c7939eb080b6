#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

/*
 * utf8 - Unicode over UTF-8 bytes; the only door to utf8proc. Fast paths for
 * ASCII. Functions that take offsets want them at the start of a sequence.
 */
/* Offset of the first byte that is not valid UTF-8 (RFC 3629: no surrogates, no overlong forms), or s.len. */
size_t utf8_check(struct str s);
uint32_t utf8_decode_wide(struct str s, size_t i, size_t *next);
/* Decodes one code point at `i` (< s.len); *next is the offset after it. Bad bytes give U+FFFD and advance by one. */
static inline uint32_t utf8_decode(struct str s, size_t i, size_t *next)
{
	unsigned char c = (unsigned char)s.ptr[i];

	if (c >= 0x80)
		return utf8_decode_wide(s, i, next);
	*next = i + 1;
	return c;
}
/* The code point that ends before `i` (> 0); *start is its offset. */
uint32_t utf8_decode_back(struct str s, size_t i, size_t *start);
void utf8_encode(struct buf *b, uint32_t cp); /* what is no code point, surrogates too, becomes U+FFFD */
size_t utf8_length(struct str s); /* code points, as utf8_decode counts them */
/* Cuts to at most n code points, never inside a grapheme cluster (UAX #29). */
struct str utf8_truncate(struct str s, size_t n);

enum utf8_class {
	UTF8_LETTER = 1,     /* L* */
	UTF8_DIGIT = 2,      /* Nd */
	UTF8_UPPER = 4,      /* Lu */
	UTF8_LOWER = 8,      /* Ll */
	UTF8_SPACE = 16,     /* White_Space */
	UTF8_MARK = 32,      /* M* */
	UTF8_CONNECTOR = 64, /* Pc: the underscore and its kin */
	UTF8_WORD = 128,     /* letter, mark, number, connector punctuation */
};

extern const unsigned char utf8_ascii[128];
unsigned utf8_class_wide(uint32_t cp);
/* All that holds of a code point, as bits of enum utf8_class. */
static inline unsigned utf8_class(uint32_t cp)
{
	return cp < 0x80 ? utf8_ascii[cp] : utf8_class_wide(cp);
}
static inline bool utf8_is_letter(uint32_t cp) { return utf8_class(cp) & UTF8_LETTER; }
static inline bool utf8_is_digit(uint32_t cp) { return utf8_class(cp) & UTF8_DIGIT; }
static inline bool utf8_is_word(uint32_t cp) { return utf8_class(cp) & UTF8_WORD; }
static inline bool utf8_is_upper(uint32_t cp) { return utf8_class(cp) & UTF8_UPPER; }
static inline bool utf8_is_lower(uint32_t cp) { return utf8_class(cp) & UTF8_LOWER; }
static inline bool utf8_is_space(uint32_t cp) { return utf8_class(cp) & UTF8_SPACE; }
unsigned utf8_width(uint32_t cp); /* columns on a terminal: 0 for marks and controls, 2 for wide characters */
bool utf8_is_punct(uint32_t cp); /* as CommonMark 0.29 means it: ASCII punctuation, and Unicode's categories P* */
bool utf8_is_cjk(uint32_t cp); /* Han, kana, bopomofo, hangul: scripts without spaces between words */
bool utf8_is_latin(uint32_t cp);
uint32_t utf8_fold_wide(uint32_t cp);
/* Simple case folding of one code point. */
static inline uint32_t utf8_fold(uint32_t cp)
{
	return cp >= 0x80 ? utf8_fold_wide(cp) : cp >= 'A' && cp <= 'Z' ? cp | 0x20 : cp;
}
uint32_t utf8_upper(uint32_t cp); /* simple mapping */

/* All results are copies in `a` except where said; bad bytes become U+FFFD wherever something changes. */
struct str utf8_lower(struct arena *a, struct str s);
struct str utf8_to_upper(struct arena *a, struct str s);
struct str utf8_nfc(struct arena *a, struct str s);      /* returns s itself when already normal */
struct str utf8_fold_key(struct arena *a, struct str s); /* NFKC_Casefold: keys for comparing names */
/*
 * Latin and Greek letters without their marks ("Zürich" to "Zurich", "Łódź" to
 * "Lodz", "Straße" to "Strasse"), in NFC. Marks of other scripts carry meaning and stay.
 */
struct str utf8_strip_marks(struct arena *a, struct str s);

/*
 * A URL segment: lower case, marks stripped, runs of other than letters and
 * digits become one '-', none at the ends; letters of any script stay. May be empty.
 */
struct str utf8_slug(struct arena *a, struct str s);
/* GitHub's heading id: lower case, spaces to '-', everything but letters, digits, '-' and '_' dropped. */
struct str utf8_heading_id(struct arena *a, struct str s);
/* For sorting names: folded, marks stripped, leading punctuation dropped. */
struct str utf8_sort_key(struct arena *a, struct str s);

#endif
