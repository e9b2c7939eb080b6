#include "stage/emit_impl.h"

#include "base/swar.h"

/* More than this on one page is a table of data, which belongs into data/. */
#define MAX_FOUND 100

struct finder {
	struct arena *arena;
	struct str text;
	struct emit_findings *out;
};

static const struct str months[] = {
	STR_INIT("January"),   STR_INIT("February"), STR_INIT("March"),    STR_INIT("April"),
	STR_INIT("May"),       STR_INIT("June"),     STR_INIT("July"),     STR_INIT("August"),
	STR_INIT("September"), STR_INIT("October"),  STR_INIT("November"), STR_INIT("December"),
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void add(struct str **list, size_t *n, struct arena *a, struct str s)
{
	for (size_t i = 0; i < *n; i++)
		if (str_eq((*list)[i], s))
			return;
	if (*n == MAX_FOUND)
		return;
	if (*n == 0)
		*list = arena_array(a, struct str, MAX_FOUND);
	(*list)[(*n)++] = s;
}

static char byte_at(struct str s, size_t i)
{
	return i < s.len ? s.ptr[i] : '\0';
}

/* The end of "2,300", "4.35" or "46": commas only before three digits. */
static size_t number_end(struct str s, size_t i)
{
	while (is_digit(byte_at(s, i)))
		i++;
	while (byte_at(s, i) == ',' && is_digit(byte_at(s, i + 1)) && is_digit(byte_at(s, i + 2)) &&
	       is_digit(byte_at(s, i + 3)) && !is_digit(byte_at(s, i + 4)))
		i += 4;
	if (byte_at(s, i) == '.' && is_digit(byte_at(s, i + 1)))
		for (i++; is_digit(byte_at(s, i));)
			i++;
	return i;
}

static unsigned number_of(struct str s)
{
	unsigned n = 0;

	for (size_t i = 0; i < s.len && i < 6; i++)
		n = n * 10 + (unsigned)(s.ptr[i] - '0');
	return n;
}

/* The word or number that ends before `i`, over a space and a comma. */
static struct str word_before(struct str s, size_t i)
{
	size_t end;

	while (i > 0 && (s.ptr[i - 1] == ' ' || s.ptr[i - 1] == ','))
		i--;
	end = i;
	while (i > 0 && end - i < 10 && (is_alpha(s.ptr[i - 1]) || is_digit(s.ptr[i - 1])))
		i--;
	return str_cut(s, i, end);
}

static unsigned month_of(struct str word)
{
	for (unsigned m = 0; m < 12; m++)
		if (str_eq(word, months[m]) || (word.len == 3 && str_starts(months[m], word)))
			return m + 1;
	return 0;
}

static unsigned day_of(struct str word)
{
	unsigned n = word.len && word.len <= 2 && is_digit(word.ptr[0]) && (word.len == 1 || is_digit(word.ptr[1]))
			     ? number_of(word)
			     : 0;

	return n <= 31 ? n : 0;
}

/* Behind a year: "-05-04" or the Chinese form; *end moves over it. */
static void read_rest(struct str s, size_t *end, unsigned *month, unsigned *day)
{
	size_t i = *end;

	if (byte_at(s, i) == '-' && is_digit(byte_at(s, i + 1)) && is_digit(byte_at(s, i + 2)) &&
	    !is_digit(byte_at(s, i + 3))) {
		*month = number_of(str_cut(s, i + 1, i + 3));
		i += 3;
		if (byte_at(s, i) == '-' && is_digit(byte_at(s, i + 1)) && is_digit(byte_at(s, i + 2)) &&
		    !is_digit(byte_at(s, i + 3))) {
			*day = number_of(str_cut(s, i + 1, i + 3));
			i += 3;
		}
		*end = i;
	} else if (str_starts(str_skip(s, i), STR("年"))) {
		size_t from = i += sizeof("年") - 1;

		while (is_digit(byte_at(s, i)) && i - from < 2)
			i++;
		*end = from;
		if (i > from && str_starts(str_skip(s, i), STR("月"))) {
			*month = number_of(str_cut(s, from, i));
			*end = i + sizeof("月") - 1;
		}
	}
}

/* "4 May 2025", "May 4, 2025", "May 2025", "2025-05-04", "2025" */
static size_t take_year(struct finder *f, size_t from, size_t end)
{
	struct str s = f->text, word = word_before(s, from);
	unsigned year = number_of(str_cut(s, from, end)), month = 0, day = 0;
	struct date d = { .year = (int16_t)year, .precision = DATE_YEAR };
	struct date_range valid;
	struct buf b;

	read_rest(s, &end, &month, &day);
	if (!month) {
		month = month_of(word);
		if (month)
			day = day_of(word_before(s, (size_t)(word.ptr - s.ptr)));
		else if (day_of(word) && (month = month_of(word_before(s, (size_t)(word.ptr - s.ptr)))) != 0)
			day = day_of(word);
	}
	if (month >= 1 && month <= 12) {
		d.month = (uint8_t)month;
		d.precision = DATE_MONTH;
		if (day >= 1 && day <= 31) {
			d.day = (uint8_t)day;
			d.precision = DATE_DAY;
		}
	}
	buf_init(&b, 0);
	date_write(&b, d);
	/* 31 June is no date. */
	if (date_parse_range(buf_str(&b), &valid))
		add(&f->out->dates, &f->out->n_dates, f->arena, buf_copy(&b, f->arena));
	buf_release(&b);
	return end;
}

static size_t take_figure(struct finder *f, size_t from, size_t end)
{
	static const struct str before[] = { STR_INIT("US$"), STR_INIT("$"), STR_INIT("€"), STR_INIT("£"),
					     STR_INIT("¥") };
	static const struct str after[] = { STR_INIT("%"),         STR_INIT(" %"),        STR_INIT(" percent"),
					    STR_INIT(" per cent"), STR_INIT(" thousand"), STR_INIT(" million"),
					    STR_INIT(" billion"),  STR_INIT(" trillion") };
	struct str head = str_cut(f->text, 0, from), tail = str_skip(f->text, end);
	size_t digits = end - from;
	bool is_marked = false;

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]) && !is_marked; i++) {
		if (str_ends(head, before[i])) {
			from -= before[i].len;
			is_marked = true;
		}
	}
	for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
		if (str_starts(tail, after[i])) {
			end += after[i].len;
			is_marked = true;
			break;
		}
	}
	if (is_marked || digits >= 3)
		add(&f->out->figures, &f->out->n_figures, f->arena, str_copy(f->arena, str_cut(f->text, from, end)));
	return end;
}

/* Digits, and the bytes that Han characters begin with. */
static const unsigned char of_interest[256] = { ['0' ... '9'] = 1, [0xe4 ... 0xe9] = 1 };

static swar_word may_be_of_interest(swar_word v)
{
	return swar_between(v, '0', '9') | v;
}

void emit_find(struct arena *a, struct str text, struct emit_findings *out)
{
	struct finder f = { a, text, out };
	size_t han = 0;

	*out = (struct emit_findings){ 0 };
	for (size_t i = 0; (i = swar_find(text, i, of_interest, may_be_of_interest)) < text.len; i++) {
		size_t end;

		if (!is_digit(text.ptr[i])) {
			han++;
			continue;
		}
		end = number_end(text, i);
		/* "R1", "GPT-4": part of a name. */
		if (i > 0 && (is_alpha(text.ptr[i - 1]) || ((text.ptr[i - 1] == '-' || text.ptr[i - 1] == '.') &&
							    i > 1 && is_alpha(text.ptr[i - 2])))) {
			i = end - 1;
			continue;
		}
		if (end - i == 4 && (text.ptr[i] == '1' || text.ptr[i] == '2') &&
		    number_of(str_cut(text, i, end)) >= 1800 && number_of(str_cut(text, i, end)) < 2100 &&
		    !is_alpha(byte_at(text, end)))
			end = take_year(&f, i, end);
		else if (!is_alpha(byte_at(text, end)))
			end = take_figure(&f, i, end);
		i = end - 1;
	}
	/* Three bytes to a character. */
	out->is_chinese = han * 3 * 3 > text.len;
}
