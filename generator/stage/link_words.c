#include "stage/link_impl.h"

#include <string.h>

#include "base/utf8.h"

static bool is_upper_byte(char c)
{
	return c >= 'A' && c <= 'Z';
}

bool link_case_fits(struct str name, struct str text, bool any_case)
{
	bool has_capital = false, has_lower = false, same = true;

	if (any_case || memcmp(name.ptr, text.ptr, name.len) == 0)
		return true;
	for (size_t i = 0; i < name.len; i++) {
		has_capital |= is_upper_byte(name.ptr[i]);
		has_lower |= text.ptr[i] >= 'a' && text.ptr[i] <= 'z';
		same &= name.ptr[i] == text.ptr[i] || (i == 0 && !is_upper_byte(name.ptr[0]));
	}
	if (same || !has_capital)
		return true;
	return !has_lower && name.len > 3;
}

int link_ending(struct str run, size_t start, size_t end)
{
	size_t next;
	uint32_t cp, last;
	size_t at;

	last = utf8_decode_back(run, end, &at);
	if (utf8_is_cjk(last) || !utf8_is_word(last) || end == run.len)
		return 0;
	cp = utf8_decode(run, end, &next);
	if (utf8_is_cjk(cp))
		return 0;
	/* A name inside an address: "apple.com", "user@meta". */
	if (cp == '.' && next < run.len && utf8_is_lower(utf8_decode(run, next, &at)))
		return -1;
	if (cp == '@' || cp == '_')
		return -1;
	if (!utf8_is_word(cp))
		return 0;
	if (cp == 's' && end - start >= 3 && last < 0x80 && utf8_is_letter(last) &&
	    (next == run.len || !utf8_is_word(utf8_decode(run, next, &at)) || utf8_is_cjk(utf8_decode(run, next, &at))))
		return 1;
	return -1;
}

bool link_begins_word(struct str run, size_t start)
{
	size_t at;
	uint32_t cp;

	if (start == 0 || utf8_is_cjk(utf8_decode(run, start, &at)))
		return true;
	cp = utf8_decode_back(run, start, &at);
	if (cp == '@' || cp == '_' || cp == '#')
		return false;
	return !utf8_is_word(cp) || utf8_is_cjk(cp);
}

/* Of a word; Chinese has no spaces around its own. */
static bool is_part(uint32_t cp)
{
	return utf8_is_word(cp) && !utf8_is_cjk(cp);
}

/* The word after one space; empty when something else comes. */
static struct str word_after(struct str s, size_t end)
{
	size_t to = end + 1, next;

	if (end >= s.len || s.ptr[end] != ' ')
		return STR_NONE;
	while (to < s.len && is_part(utf8_decode(s, to, &next)))
		to = next;
	return str_cut(s, end + 1, to);
}

static struct str word_before(struct str s, size_t start)
{
	size_t from, at;

	if (start == 0 || s.ptr[start - 1] != ' ')
		return STR_NONE;
	for (from = start - 1; from > 0 && is_part(utf8_decode_back(s, from, &at)); from = at)
		;
	return str_cut(s, from, start - 1);
}

/* Written as names are: "House", not "AI" and not "house". */
static bool is_capitalised(struct str word)
{
	bool has_lower = false;
	size_t next;

	if (word.len == 0 || !utf8_is_upper(utf8_decode(word, 0, &next)))
		return false;
	for (size_t i = next; i < word.len; i = next)
		has_lower |= utf8_is_lower(utf8_decode(word, i, &next));
	return has_lower;
}

static bool is_among(struct str word, const char *const *list)
{
	for (size_t i = 0; list[i]; i++)
		if (str_eq(word, str_from(list[i])))
			return true;
	return false;
}

static bool is_title(struct str word)
{
	static const char *const titles[] = { "Chair",   "Chairman",  "Chairwoman", "Chief",    "Director",  "Dr",
					      "Foreign", "Founder",   "General",    "Governor", "Mayor",     "Minister",
					      "Mr",      "Mrs",       "Ms",         "Premier",  "President", "Prime",
					      "Prof",    "Professor", "Secretary",  "Senator",  "Vice",      "Monday",
					      "Tuesday", "Wednesday", "Thursday",   "Friday",   "Saturday",  "Sunday",
					      NULL };

	return is_among(word, titles);
}

/* Words that begin sentences; the capital says nothing. */
static bool is_small_word(struct str word)
{
	static const char *const words[] = { "A",      "After", "Although", "And",   "As",  "At",   "Because",
					     "Before", "But",   "By",       "Both",  "For", "From", "How",
					     "If",     "In",    "Is",       "Like",  "Of",  "On",   "Once",
					     "Only",   "Or",    "Says",     "Since", "So",  "That", "The",
					     "Then",   "To",    "Under",    "Until", "Was", "What", "When",
					     "Where",  "While", "Why",      "With",  NULL };

	return is_among(word, words);
}

/* "University of Sydney": bodies that are named after a place. */
static bool is_body_of(struct str s, size_t start)
{
	static const char *const bodies[] = { "Academy",   "Bank",       "Bay",    "College", "Gulf",
					      "Institute", "Kingdom",    "Museum", "Port",    "Republic",
					      "Times",     "University", "Voice",  NULL };
	struct str of = word_before(s, start);

	return str_eq(of, STR("of")) && is_among(word_before(s, start - of.len - 1), bodies);
}

bool link_is_in_name(struct str run, size_t start, size_t end, bool is_weak)
{
	struct str text = str_cut(run, start, end), after = word_after(run, end), before;
	size_t next;

	if (!utf8_is_upper(utf8_decode(text, 0, &next)) || str_find_byte(text, ' ') >= 0)
		return false;
	if ((is_capitalised(after) && !is_title(after)) || is_body_of(run, start))
		return true;
	/* Weak names are surnames above all: another's first name or initial may stand before them. */
	before = word_before(run, start);
	if (is_weak && start > 2 && run.ptr[start - 1] == ' ' && run.ptr[start - 2] == '.' &&
	    is_upper_byte(run.ptr[start - 3]))
		return true;
	return is_weak && is_capitalised(before) && !is_title(before) && !is_small_word(before);
}

static bool begins_sentence(struct str s, size_t start)
{
	uint32_t cp;

	while (start > 0) {
		cp = utf8_decode_back(s, start, &start);
		if (cp == '.' || cp == '!' || cp == '?' || cp == ':' || cp == 0x3002)
			return true;
		if (cp != ' ' && cp != '"' && cp != '\'' && cp != '(' && cp != 0x201c && cp != 0x2018)
			return false;
	}
	return true;
}

bool link_is_plain_word(struct str run, size_t start, size_t end, bool is_plural)
{
	size_t next;
	bool is_compound = end + 1 < run.len && run.ptr[end] == '-' && utf8_is_lower(utf8_decode(run, end + 1, &next));

	if (!is_plural && !is_compound)
		return false;
	for (size_t i = start; i < end; i++)
		if (i > start ? run.ptr[i] < 'a' || run.ptr[i] > 'z' : !is_upper_byte(run.ptr[i]))
			return false;
	return begins_sentence(run, start);
}
