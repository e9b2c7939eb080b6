#include <math.h>
#include <string.h>

#include "base/swar.h"
#include "base/utf8.h"
#include "text/toml_read.h"

static const char *const escape_hint = "write \\\\ for a backslash, or put the text in single quotes: 'C:\\folder'";

/* The code point of \uXXXX or \UXXXXXXXX; r->i is at the backslash and moves beyond what was read. */
static void read_unicode_escape(struct toml_reader *r)
{
	size_t from = r->i, digits = peek(r, 1) == 'u' ? 4 : 8, n;
	uint32_t cp = 0;

	r->i += 2;
	for (n = 0; n < digits; n++, r->i++) {
		int c = peek(r, 0);

		if (is_digit(c))
			cp = cp << 4 | (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			cp = cp << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			break;
	}
	if (n < digits) {
		toml_problem(r, toml_pos(r, from), "toml/escape", "'%.*s' has fewer than %d hexadecimal digits",
			     STR_ARG(str_cut(r->text, from, r->i)), (int)digits);
		diag_hint(r->dl, "write \\u and four digits or \\U and eight; %s", escape_hint);
	} else if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff)) {
		toml_problem(r, toml_pos(r, from), "toml/escape", "'%.*s' is no Unicode character",
			     STR_ARG(str_cut(r->text, from, r->i)));
		diag_hint(r->dl, "write characters beyond U+FFFF with eight digits, such as \\U0001F600");
	} else {
		utf8_encode(&r->scratch, cp);
		return;
	}
	diag_width(r->dl, toml_points(str_cut(r->text, from, r->i)));
}

static void read_escape(struct toml_reader *r)
{
	static const char names[] = "btnfr\"\\", bytes[] = "\b\t\n\f\r\"\\";
	int c = peek(r, 1);
	const char *at = c > 0 ? strchr(names, c) : NULL;
	size_t next;

	if (c == 'u' || c == 'U') {
		read_unicode_escape(r);
	} else if (at) {
		buf_add_char(&r->scratch, bytes[at - names]);
		r->i += 2;
	} else {
		toml_problem(r, toml_pos(r, r->i), "toml/escape", "a backslash before %.*s means nothing",
			     STR_ARG(toml_shown(r, r->i + 1)));
		diag_width(r->dl, 2);
		diag_hint(r->dl, "%s", escape_hint);
		r->i++;
		if (!is_line_end(r) && !is_control(c)) {
			utf8_decode(r->text, r->i, &next);
			r->i = next;
		}
	}
}

/* The text from `from` to here joins what was kept before; without escapes it is copied only once. */
static struct str take_string(struct toml_reader *r, size_t from)
{
	if (!r->scratch.len)
		return str_copy(r->arena, str_cut(r->text, from, r->i));
	buf_add(&r->scratch, str_cut(r->text, from, r->i));
	return buf_copy(&r->scratch, r->arena);
}

static void keep_run(struct toml_reader *r, size_t from)
{
	buf_add(&r->scratch, str_cut(r->text, from, r->i));
}

/* What a string on one line does not simply hold: quotes, backslashes, control characters. */
static const unsigned char special[256] = {
	[0 ... '\t' - 1] = 1, ['\t' + 1 ... 0x1f] = 1, ['"'] = 1, ['\''] = 1, ['\\'] = 1, [0x7f] = 1,
};

static swar_word may_be_special(swar_word v)
{
	return swar_below(v, 0x20) | swar_equal(v, '"') | swar_equal(v, '\'') | swar_equal(v, '\\') |
	       swar_equal(v, 0x7f);
}

/* A string on one line, at its opening quote. */
bool toml_read_line_string(struct toml_reader *r, struct str *out)
{
	struct pos at = toml_pos(r, r->i);
	int quote = peek(r, 0);
	size_t from = ++r->i;

	buf_clear(&r->scratch);
	while (r->i = swar_find(r->text, r->i, special, may_be_special), peek(r, 0) != quote) {
		if (r->errors >= TOML_MAX_ERRORS)
			return false;
		if (is_line_end(r)) {
			toml_problem(r, at, "toml/unclosed", "the string that begins here has no closing %c", quote);
			diag_hint(r->dl, "close it on the same line, or use %c%c%c for text of several lines", quote,
				  quote, quote);
			return false;
		}
		if (peek(r, 0) == '\\' && quote == '"') {
			keep_run(r, from);
			read_escape(r);
			from = r->i;
		} else if (is_control(peek(r, 0))) {
			toml_refuse_control(r, "in a string");
		} else {
			r->i++;
		}
	}
	*out = take_string(r, from);
	r->i++;
	return true;
}

/* A backslash at the end of a line takes with it all white space up to the next text. */
static bool skip_continuation(struct toml_reader *r)
{
	size_t back = r->i;

	r->i++;
	skip_blanks(r);
	if (!is_newline(r)) {
		r->i = back;
		return false;
	}
	while (is_newline(r)) {
		toml_skip_newline(r);
		skip_blanks(r);
	}
	return true;
}

/* How many quotes stand here, up to the five that can end a string: two of its own and the closing three. */
static size_t count_quotes(const struct toml_reader *r, int quote)
{
	size_t n = 0;

	while (n < 5 && peek(r, n) == quote)
		n++;
	return n;
}

static bool read_long_string(struct toml_reader *r, struct str *out)
{
	struct pos at = toml_pos(r, r->i);
	int quote = peek(r, 0);
	size_t from, n;

	buf_clear(&r->scratch);
	r->i += 3;
	if (is_newline(r))
		toml_skip_newline(r);
	for (from = r->i;;) {
		if (r->errors >= TOML_MAX_ERRORS)
			return false;
		if (peek(r, 0) < 0) {
			toml_problem(r, at, "toml/unclosed", "the string that begins here has no closing %c%c%c", quote,
				     quote, quote);
			diag_width(r->dl, 3);
			return false;
		}
		n = count_quotes(r, quote);
		if (n >= 3) {
			r->i += n - 3;
			*out = take_string(r, from);
			r->i += 3;
			return true;
		}
		if (n) {
			r->i += n;
		} else if (is_newline(r)) {
			/* Line ends are LF in the value, however the file was checked out. */
			keep_run(r, from);
			buf_add_char(&r->scratch, '\n');
			toml_skip_newline(r);
			from = r->i;
		} else if (peek(r, 0) == '\\' && quote == '"') {
			keep_run(r, from);
			if (!skip_continuation(r))
				read_escape(r);
			from = r->i;
		} else if (is_control(peek(r, 0))) {
			toml_refuse_control(r, "in a string");
		} else {
			r->i++;
		}
	}
}

struct value *toml_read_string(struct toml_reader *r)
{
	struct pos at = toml_pos(r, r->i);
	bool is_long = peek(r, 1) == peek(r, 0) && peek(r, 2) == peek(r, 0);
	struct str s;

	if (is_long ? !read_long_string(r, &s) : !toml_read_line_string(r, &s))
		return NULL;
	return value_string(r->arena, s, at);
}

/* Digits with single underscores between them, from *i on; copied without the underscores. */
static bool read_digits(struct toml_reader *r, struct str s, size_t *i, bool is_hex)
{
	size_t from = *i;

	for (; *i < s.len; (*i)++) {
		int c = (unsigned char)s.ptr[*i];
		bool is_one = is_digit(c) || (is_hex && (c | 0x20) >= 'a' && (c | 0x20) <= 'f');

		if (is_one)
			buf_add_char(&r->scratch, (char)c);
		else if (c != '_' || *i == from || s.ptr[*i - 1] == '_')
			break;
	}
	return *i > from && s.ptr[*i - 1] != '_';
}

static bool bad_number(struct toml_reader *r, struct str s, struct pos at, const char *hint)
{
	toml_problem(r, at, "toml/bad-number", "'%.*s' is not a number", STR_ARG(toml_quoted(s)));
	diag_width(r->dl, toml_points(s));
	diag_hint(r->dl, "%s", hint);
	return false;
}

static bool out_of_range(struct toml_reader *r, struct str s, struct pos at, const char *limit)
{
	toml_problem(r, at, "toml/bad-number", "the number '%.*s' is too large", STR_ARG(toml_quoted(s)));
	diag_width(r->dl, toml_points(s));
	diag_hint(r->dl, "%s", limit);
	return false;
}

static const char *const integer_range =
	"whole numbers go from -9223372036854775808 to 9223372036854775807; put quotes around anything longer";

/* 0x, 0o, 0b. */
static bool read_prefixed(struct toml_reader *r, struct str s, struct pos at, struct value *v)
{
	unsigned shift = s.ptr[1] == 'x' ? 4 : s.ptr[1] == 'o' ? 3 : 1;
	uint64_t n = 0;
	size_t i = 2;

	buf_clear(&r->scratch);
	if (!read_digits(r, s, &i, shift == 4) || i < s.len)
		return bad_number(r, s, at,
				  "after 0x come hexadecimal digits, after 0o 0 to 7, after 0b 0 and 1; "
				  "underscores only between digits");
	for (i = 0; i < r->scratch.len; i++) {
		char c = r->scratch.ptr[i];
		unsigned digit = (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);

		if (digit >> shift)
			return bad_number(r, s, at, "after 0o come only the digits 0 to 7, after 0b only 0 and 1");
		if (n >> (63 - shift))
			return out_of_range(r, s, at, integer_range);
		n = n << shift | digit;
	}
	v->type = VALUE_INTEGER;
	v->as.integer = (int64_t)n;
	return true;
}

static const char *number_hint(struct str s, size_t digits)
{
	if (str_contains(s, STR("_")))
		return "underscores stand only between digits, as in 1_000";
	if (digits && s.ptr[digits - 1] == '0' && digits < s.len && is_digit(s.ptr[digits]))
		return "remove the leading zero, or put quotes around it if it is text";
	if (s.len > 1 && s.ptr[0] == '0' && (s.ptr[1] == 'X' || s.ptr[1] == 'O' || s.ptr[1] == 'B'))
		return "write 0x, 0o and 0b with small letters";
	if (str_contains(s, STR(".")))
		return "a decimal point stands between digits, as in 0.5; put quotes around versions such as \"1.2.3\"";
	return "if it is text, put quotes around it";
}

static bool read_decimal(struct toml_reader *r, struct str s, struct pos at, struct value *v)
{
	size_t i = s.ptr[0] == '+' || s.ptr[0] == '-', first = i;
	bool is_float = false;

	buf_clear(&r->scratch);
	if (s.ptr[0] == '-')
		buf_add_char(&r->scratch, '-');
	if (!read_digits(r, s, &i, false))
		return bad_number(r, s, at, number_hint(s, 0));
	if (s.ptr[first] == '0' && i - first > 1)
		return bad_number(r, s, at, number_hint(s, first + 1));
	if (i < s.len && s.ptr[i] == '.') {
		is_float = true;
		i++;
		buf_add_char(&r->scratch, '.');
		if (!read_digits(r, s, &i, false))
			return bad_number(r, s, at, number_hint(s, 0));
	}
	if (i < s.len && (s.ptr[i] | 0x20) == 'e') {
		is_float = true;
		i++;
		buf_add_char(&r->scratch, 'e');
		if (i < s.len && (s.ptr[i] == '+' || s.ptr[i] == '-'))
			buf_add_char(&r->scratch, s.ptr[i++]);
		if (!read_digits(r, s, &i, false))
			return bad_number(r, s, at, number_hint(s, 0));
	}
	if (i < s.len)
		return bad_number(r, s, at, number_hint(s, 0));
	v->type = is_float ? VALUE_FLOAT : VALUE_INTEGER;
	if (is_float ? !str_to_double(buf_str(&r->scratch), &v->as.number)
		     : !str_to_i64(buf_str(&r->scratch), &v->as.integer))
		return out_of_range(r, s, at, is_float ? "numbers go up to 1.7976931348623157e308" : integer_range);
	return true;
}

static bool read_number(struct toml_reader *r, struct str s, struct pos at, struct value *v)
{
	struct str word = str_skip(s, s.ptr[0] == '+' || s.ptr[0] == '-');

	if (str_eq(word, STR("inf")) || str_eq(word, STR("nan"))) {
		v->type = VALUE_FLOAT;
		v->as.number = word.ptr[0] == 'n' ? NAN : s.ptr[0] == '-' ? -INFINITY : INFINITY;
		return true;
	}
	if (s.len > 1 && s.ptr[0] == '0' && (s.ptr[1] == 'x' || s.ptr[1] == 'o' || s.ptr[1] == 'b'))
		return read_prefixed(r, s, at, v);
	return read_decimal(r, s, at, v);
}

/* Exactly n digits at *i, which moves beyond them. */
static bool take_number(struct str s, size_t *i, size_t n, unsigned *out)
{
	*out = 0;
	if (s.len - *i < n)
		return false;
	for (; n; n--, (*i)++) {
		if (!is_digit((unsigned char)s.ptr[*i]))
			return false;
		*out = *out * 10 + (unsigned)(s.ptr[*i] - '0');
	}
	return true;
}

static bool take_byte(struct str s, size_t *i, const char *any_of)
{
	if (*i >= s.len || !s.ptr[*i] || !strchr(any_of, s.ptr[*i]))
		return false;
	(*i)++;
	return true;
}

static bool take_day(struct str s, size_t *i, struct date *d)
{
	unsigned year, month, day;

	if (!take_number(s, i, 4, &year) || !take_byte(s, i, "-") || !take_number(s, i, 2, &month) ||
	    !take_byte(s, i, "-") || !take_number(s, i, 2, &day))
		return false;
	d->year = (int16_t)year;
	d->month = (uint8_t)month;
	d->day = (uint8_t)day;
	return true;
}

static bool take_clock(struct str s, size_t *i, struct date *d)
{
	unsigned hour, minute, second, digit, scale = 100000000;

	if (!take_number(s, i, 2, &hour) || !take_byte(s, i, ":") || !take_number(s, i, 2, &minute) ||
	    !take_byte(s, i, ":") || !take_number(s, i, 2, &second))
		return false;
	d->hour = (uint8_t)hour;
	d->minute = (uint8_t)minute;
	d->second = (uint8_t)second;
	if (!take_byte(s, i, "."))
		return true;
	if (!take_number(s, i, 1, &digit))
		return false;
	/* What is finer than a nanosecond is dropped, as the specification says. */
	do {
		d->nanos += digit * scale;
		scale /= 10;
	} while (take_number(s, i, 1, &digit));
	return true;
}

/* The offset in minutes; *hour and *minute are what was written, for the checks. */
static bool take_offset(struct str s, size_t *i, struct date *d, unsigned *hour, unsigned *minute)
{
	char sign = s.ptr[*i];

	if (take_byte(s, i, "Zz"))
		return true;
	if (!take_byte(s, i, "+-") || !take_number(s, i, 2, hour) || !take_byte(s, i, ":") ||
	    !take_number(s, i, 2, minute))
		return false;
	d->offset = (int16_t)((int)(*hour * 60 + *minute) * (sign == '-' ? -1 : 1));
	return true;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && is_leap);
}

/* A second 60 is a leap second: with an offset it must be the last of a UTC day, without one we cannot know. */
static bool is_leap_second(const struct date *d)
{
	int minute = d->hour * 60 + d->minute - d->offset;

	if (d->second != 60)
		return false;
	return d->precision != DATE_TIME || ((minute % 1440) + 1440) % 1440 == 1439;
}

static bool check_calendar(struct toml_reader *r, struct str s, struct pos at, const struct date *d)
{
	unsigned days = d->month >= 1 && d->month <= 12 ? days_in_month((unsigned)d->year, d->month) : 0;

	if (d->precision == DATE_CLOCK || (days && d->day >= 1 && d->day <= days))
		return true;
	toml_problem(r, at, "toml/bad-date", "'%.*s' is a date that no calendar has", STR_ARG(toml_quoted(s)));
	diag_width(r->dl, toml_points(s));
	if (!days)
		diag_hint(r->dl, "the month goes from 01 to 12: year-month-day");
	else
		diag_hint(r->dl, "the days of %04d-%02d go from 01 to %u", d->year, d->month, days);
	return false;
}

static bool read_date(struct toml_reader *r, struct str s, struct pos at, struct value *v)
{
	struct date d = { 0 };
	unsigned offset_hour = 0, offset_minute = 0;
	bool has_day = s.len > 2 && s.ptr[2] != ':', ok = true;
	size_t i = 0;

	d.precision = has_day ? DATE_DAY : DATE_CLOCK;
	if (has_day)
		ok = take_day(s, &i, &d);
	if (ok && has_day && i < s.len) {
		d.precision = DATE_LOCAL;
		ok = take_byte(s, &i, "Tt ");
	}
	if (ok && d.precision != DATE_DAY)
		ok = take_clock(s, &i, &d);
	if (ok && has_day && i < s.len) {
		d.precision = DATE_TIME;
		ok = take_offset(s, &i, &d, &offset_hour, &offset_minute);
	}
	if (!ok || i < s.len) {
		toml_problem(r, at, "toml/bad-date", "'%.*s' is neither a date nor a time", STR_ARG(toml_quoted(s)));
		diag_width(r->dl, toml_points(s));
		diag_hint(r->dl, "write 2026-05-01, 2026-05-01T09:30:00, 2026-05-01T09:30:00Z or 09:30:00; "
				 "put quotes around a year and month, as in \"2026-05\"");
		return false;
	}
	if (!check_calendar(r, s, at, &d))
		return false;
	if (d.hour > 23 || d.minute > 59 || (d.second > 59 && !is_leap_second(&d)) || offset_hour > 23 ||
	    offset_minute > 59) {
		toml_problem(r, at, "toml/bad-date", "'%.*s' is a time that no clock shows", STR_ARG(toml_quoted(s)));
		diag_width(r->dl, toml_points(s));
		diag_hint(r->dl, "hours go from 00 to 23, minutes and seconds from 00 to 59");
		return false;
	}
	v->type = VALUE_DATE;
	v->as.date = d;
	return true;
}

static bool is_delimiter(int c)
{
	return c <= ' ' || c == 0x7f || strchr(",]}#\"'=[{", c);
}

/* "1979-05-27 07:32:00" has a space inside. */
static bool is_day_then_clock(const struct toml_reader *r, size_t from)
{
	struct str day = str_cut(r->text, from, r->i);
	struct date d;
	size_t i = 0;

	return day.len == 10 && take_day(day, &i, &d) && peek(r, 0) == ' ' && is_digit(peek(r, 1));
}

static struct str take_word(struct toml_reader *r)
{
	size_t from = r->i;

	while (!is_delimiter(peek(r, 0)))
		r->i++;
	if (is_day_then_clock(r, from))
		for (r->i++; !is_delimiter(peek(r, 0));)
			r->i++;
	return str_cut(r->text, from, r->i);
}

static bool looks_like_date(struct str s)
{
	size_t digits = 0;

	while (digits < s.len && is_digit((unsigned char)s.ptr[digits]))
		digits++;
	return digits && digits < s.len && (s.ptr[digits] == '-' || s.ptr[digits] == ':' || s.ptr[digits] == '/');
}

struct str toml_unquoted_text(const struct toml_reader *r, size_t from)
{
	size_t to = from;

	while (to < r->text.len && to - from < 200 &&
	       !strchr(r->open_lists ? "#\"\\,]\r\n" : "#\"\\\r\n", r->text.ptr[to]))
		to++;
	return str_trim(str_cut(r->text, from, to));
}

/* A word that is no value: most often text without quotes. */
static void refuse_word(struct toml_reader *r, struct str word, size_t from, struct pos at)
{
	static const char *const bools[] = { "true", "false", "yes", "no", "on", "off" };
	static const char *const nothing[] = { "null", "nil", "none", "undefined" };
	struct str text = toml_unquoted_text(r, from);

	if (toml_refuse_invisible(r, word, at))
		return;
	toml_problem(r, at, "toml/unquoted-value", "'%.*s' is not a value", STR_ARG(toml_quoted(word)));
	diag_width(r->dl, toml_points(word));
	for (size_t i = 0; i < sizeof(bools) / sizeof(bools[0]); i++)
		if (str_eq_nocase(word, str_from(bools[i]))) {
			diag_hint(r->dl, "write %s, or put quotes around it if it is text", i % 2 ? "false" : "true");
			return;
		}
	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++)
		if (str_eq_nocase(word, str_from(nothing[i]))) {
			diag_hint(r->dl, "TOML has no empty value: leave the key out, or write \"\"");
			return;
		}
	if (str_starts(word, STR("\xe2\x80\x9c")) || str_starts(word, STR("\xe2\x80\x9d")) ||
	    str_starts(word, STR("`")))
		diag_hint(r->dl, "write straight quotes: \" or '");
	else
		diag_hint(r->dl, "put quotes around text: \"%.*s\"", STR_ARG(toml_quoted(text)));
}

struct value *toml_read_word(struct toml_reader *r)
{
	struct pos at = toml_pos(r, r->i);
	size_t from = r->i;
	struct str word = take_word(r);
	struct value *v;
	bool ok;

	if (!word.len) {
		toml_problem(r, at, "toml/syntax", "expected a value, not %.*s", STR_ARG(toml_shown(r, from)));
		diag_hint(r->dl, "write text in quotes, a number, true, false, a date, [a list] or { a table }");
		return NULL;
	}
	v = value_new(r->arena, VALUE_BOOL, at);
	if (str_eq(word, STR("true")) || str_eq(word, STR("false"))) {
		v->as.boolean = word.ptr[0] == 't';
		return v;
	}
	if (looks_like_date(word)) {
		ok = read_date(r, word, at, v);
	} else if (is_digit((unsigned char)word.ptr[0]) || strchr("+-.", word.ptr[0]) || str_eq(word, STR("inf")) ||
		   str_eq(word, STR("nan"))) {
		ok = read_number(r, word, at, v);
	} else {
		refuse_word(r, word, from, at);
		ok = false;
	}
	return ok ? v : NULL;
}
