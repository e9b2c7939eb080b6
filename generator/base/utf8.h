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
/* Decodes one code point at `i` (< s.len); *next is the offset after it. Bad bytes give U+FFFD and advance by one. */
uint32_t utf8_decode(struct str s, size_t i, size_t *next);
/* The code point that ends before `i` (> 0); *start is its offset. */
uint32_t utf8_decode_back(struct str s, size_t i, size_t *start);
void utf8_encode(struct buf *b, uint32_t cp);
size_t utf8_length(struct str s); /* code points */
/* Cuts to at most n code points, never inside a grapheme cluster (UAX #29). */
struct str utf8_truncate(struct str s, size_t n);

bool utf8_is_letter(uint32_t cp);
bool utf8_is_digit(uint32_t cp);
bool utf8_is_word(uint32_t cp); /* letter, mark, number, connector punctuation */
bool utf8_is_upper(uint32_t cp);
bool utf8_is_lower(uint32_t cp);
bool utf8_is_space(uint32_t cp);
bool utf8_is_cjk(uint32_t cp); /* Han, kana, bopomofo, hangul: scripts without spaces between words */
bool utf8_is_latin(uint32_t cp);
uint32_t utf8_fold(uint32_t cp);  /* simple case folding of one code point */
uint32_t utf8_upper(uint32_t cp);

struct str utf8_lower(struct arena *a, struct str s);
struct str utf8_to_upper(struct arena *a, struct str s);
struct str utf8_nfc(struct arena *a, struct str s);      /* returns s itself when already normal */
struct str utf8_fold_key(struct arena *a, struct str s); /* NFKC + case folding: keys for comparing names */
struct str utf8_strip_marks(struct arena *a, struct str s); /* NFD without combining marks: "Zürich" to "Zurich" */

/* A URL segment: lower case, marks stripped, runs of other than letters and digits become one '-'; letters of any script stay. */
struct str utf8_slug(struct arena *a, struct str s);
/* GitHub's heading id: lower case, spaces to '-', everything but letters, digits, '-' and '_' dropped. */
struct str utf8_heading_id(struct arena *a, struct str s);
/* For sorting names: folded, marks stripped, leading punctuation dropped. */
struct str utf8_sort_key(struct arena *a, struct str s);

#endif
