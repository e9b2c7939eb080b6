#ifndef META_H
#define META_H

#include "base/date.h"
#include "base/diag.h"
#include "base/value.h"

/*
 * meta - typed reading of one table written by a person: front matter, a
 * record, a declaration. Absent keys give the empty value without a word;
 * wrong types are diagnostics at the value. Strings are borrowed from the tree.
 */
struct meta {
	struct arena *arena;
	struct str path;
	const struct value *table;
	const char *what;      /* "a fact", for messages */
	const char *type_code; /* "meta/wrong-type" or "config/wrong-type" */
	const char *key_code;  /* "meta/unknown-key" or "config/unknown-key" */
	struct diag_list *dl;
};

struct str meta_text(const struct meta *m, const char *key);
/* Strings as they are; numbers, dates and booleans as they would be written. */
struct str meta_word(const struct meta *m, const char *key);
bool meta_flag(const struct meta *m, const char *key, bool fallback);
double meta_number(const struct meta *m, const char *key, double fallback);
/* A TOML date or a string that is one (partial dates). Bad ones are "meta/bad-date". */
struct date meta_date(const struct meta *m, const char *key);
struct date_range meta_range(const struct meta *m, const char *key);
bool meta_span(const struct meta *m, const char *key, struct date_span *out); /* "meta/bad-duration" */
/* A list of strings; one string counts as a list of one. */
struct str *meta_words(const struct meta *m, const char *key, size_t *n);
/* The same, with the position of each. */
struct str *meta_words_at(const struct meta *m, const char *key, size_t *n, struct pos **at);
/* A list of tables; one table counts as a list of one. */
const struct value *const *meta_tables(const struct meta *m, const char *key, size_t *n);
/* The index of a word in `names` (NULL-terminated), or -1 with "meta/unknown-choice" when it is none, or `absent`. */
int meta_choice(const struct meta *m, const char *key, const char *const *names, int absent);
/* Position of a key's value, else of the table. */
struct pos meta_pos(const struct meta *m, const char *key);
/* Every key must be one of `known`. */
void meta_check_keys(const struct meta *m, const struct str *known, size_t n);

#endif
