#include "base/date.h"

#include "base/digest.h"

#define SECONDS_PER_DAY 86400
#define SPAN_MAX 100000 /* of any unit: 100,000 years of days still fit an int32_t */

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in(int year, int month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

/*
 * Days of the proleptic Gregorian calendar from its 400-year cycle of 146,097
 * days, with years that begin in March so that the leap day comes last.
 */
static int32_t days_of(int year, int month, int day)
{
	int y = year - (month <= 2) + 400; /* never negative */
	int era = y / 400, year_of_era = y % 400;
	int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return (era - 1) * 146097 + day_of_era - 719468;
}

#define FIRST_DAY (-719528) /* 0000-01-01 */
#define LAST_DAY 2932896    /* 9999-12-31 */

struct date date_from_days(int32_t days)
{
	struct date d = { .precision = DATE_DAY };
	int32_t n, era, day_of_era, year_of_era, day_of_year, month;

	days = days < FIRST_DAY ? FIRST_DAY : days > LAST_DAY ? LAST_DAY : days;
	n = days + 719468 + 146097;
	era = n / 146097;
	day_of_era = n % 146097;
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	month = (5 * day_of_year + 2) / 153;
	d.day = (uint8_t)(day_of_year - (153 * month + 2) / 5 + 1);
	d.month = (uint8_t)(month < 10 ? month + 3 : month - 9);
	d.year = (int16_t)(year_of_era + (era - 1) * 400 + (d.month <= 2));
	return d;
}

/* Exactly `digits` digits off the front of *s. */
static bool take_number(struct str *s, size_t digits, int *out)
{
	*out = 0;
	if (s->len < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (s->ptr[i] < '0' || s->ptr[i] > '9')
			return false;
		*out = *out * 10 + (s->ptr[i] - '0');
	}
	*s = str_skip(*s, digits);
	return true;
}

static bool take_char(struct str *s, char c)
{
	if (!s->len || s->ptr[0] != c)
		return false;
	*s = str_skip(*s, 1);
	return true;
}

static bool take_clock(struct str *s, struct date *d)
{
	int hour, minute, second;
	uint32_t unit = 100000000;

	if (!take_number(s, 2, &hour) || !take_char(s, ':') || !take_number(s, 2, &minute) || !take_char(s, ':') ||
	    !take_number(s, 2, &second))
		return false;
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	d->hour = (uint8_t)hour;
	d->minute = (uint8_t)minute;
	d->second = (uint8_t)second;
	if (!take_char(s, '.'))
		return true;
	if (!s->len || s->ptr[0] < '0' || s->ptr[0] > '9')
		return false;
	for (; s->len && s->ptr[0] >= '0' && s->ptr[0] <= '9'; *s = str_skip(*s, 1), unit /= 10)
		d->nanos += (uint32_t)(s->ptr[0] - '0') * unit;
	return true;
}

static bool take_offset(struct str *s, struct date *d)
{
	int hours, minutes;
	bool is_west = s->len && s->ptr[0] == '-';

	if (take_char(s, 'Z') || take_char(s, 'z'))
		return true;
	if ((!take_char(s, '+') && !take_char(s, '-')) || !take_number(s, 2, &hours) || !take_char(s, ':') ||
	    !take_number(s, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	d->offset = (int16_t)(is_west ? -(hours * 60 + minutes) : hours * 60 + minutes);
	return true;
}

/* Leap seconds end an hour of UTC (RFC 3339, section 5.7). */
static bool leap_second_is_possible(const struct date *d)
{
	return d->second < 60 || (d->minute - d->offset + 2 * 1440) % 60 == 59;
}

bool date_parse(struct str s, struct date *out)
{
	struct date d = { .month = 1, .day = 1, .precision = DATE_YEAR };
	int year, month, day;

	if (!take_number(&s, 4, &year))
		return false;
	d.year = (int16_t)year;
	if (take_char(&s, '-')) {
		if (!take_number(&s, 2, &month) || month < 1 || month > 12)
			return false;
		d.month = (uint8_t)month;
		d.precision = DATE_MONTH;
		if (take_char(&s, '-')) {
			if (!take_number(&s, 2, &day) || day < 1 || day > days_in(year, month))
				return false;
			d.day = (uint8_t)day;
			d.precision = DATE_DAY;
			if (take_char(&s, 'T') || take_char(&s, 't') || take_char(&s, ' ')) {
				if (!take_clock(&s, &d))
					return false;
				d.precision = s.len ? DATE_TIME : DATE_LOCAL;
				if (s.len && !take_offset(&s, &d))
					return false;
			}
		}
	}
	if (s.len || !leap_second_is_possible(&d))
		return false;
	if (d.precision == DATE_YEAR)
		d.month = 0;
	if (d.precision <= DATE_MONTH)
		d.day = 0;
	*out = d;
	return true;
}

bool date_parse_clock(struct str s, struct date *out)
{
	struct date d = { .precision = DATE_CLOCK };

	if (!take_clock(&s, &d) || s.len || !leap_second_is_possible(&d))
		return false;
	*out = d;
	return true;
}

bool date_parse_range(struct str s, struct date_range *out)
{
	ptrdiff_t slash = str_find_byte(s, '/');
	struct date_range r = { { 0 }, { 0 } };
	struct str from, to;

	if (slash < 0) {
		if (!date_parse(s, &r.from))
			return false;
		r.to = r.from;
		*out = r;
		return true;
	}
	from = str_cut(s, 0, (size_t)slash);
	to = str_skip(s, (size_t)slash + 1);
	if ((from.len && !date_parse(from, &r.from)) || (to.len && !date_parse(to, &r.to)) || (!from.len && !to.len))
		return false;
	if (from.len && to.len && date_first_day(r.from) > date_last_day(r.to))
		return false;
	*out = r;
	return true;
}

static bool add_unit(struct str unit, int32_t n, struct date_span *span)
{
	static const struct {
		struct str name;
		int months, days;
	} units[] = {
		{ STR_INIT("day"), 0, 1 },
		{ STR_INIT("week"), 0, 7 },
		{ STR_INIT("month"), 1, 0 },
		{ STR_INIT("year"), 12, 0 },
	};

	if (unit.len && (unit.ptr[unit.len - 1] | 0x20) == 's')
		unit.len--;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!str_eq_nocase(unit, units[i].name))
			continue;
		span->months += n * units[i].months;
		span->days += n * units[i].days;
		return span->months <= SPAN_MAX * 12 && span->days <= SPAN_MAX * 7;
	}
	return false;
}

bool date_parse_span(struct str s, struct date_span *out)
{
	struct date_span span = { 0, 0 };

	s = str_trim(s);
	if (!s.len)
		return false;
	while (s.len) {
		size_t i = 0;
		int32_t n = 0;

		for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++) {
			n = n * 10 + (s.ptr[i] - '0');
			if (n > SPAN_MAX)
				return false;
		}
		if (!i)
			return false;
		s = str_trim(str_skip(s, i));
		for (i = 0; i < s.len && (s.ptr[i] | 0x20) >= 'a' && (s.ptr[i] | 0x20) <= 'z'; i++)
			;
		if (!add_unit(str_cut(s, 0, i), n, &span))
			return false;
		s = str_trim(str_skip(s, i));
	}
	*out = span;
	return true;
}

bool date_is_set(struct date d)
{
	return d.precision != DATE_NONE;
}

/* With the parts that are missing set to their first moment; a clock stands on 1970-01-01. */
static struct date filled(struct date d)
{
	if (d.precision == DATE_CLOCK)
		d.year = 1970;
	if (d.precision < DATE_MONTH || d.precision == DATE_CLOCK)
		d.month = 1;
	if (d.precision < DATE_DAY || d.precision == DATE_CLOCK)
		d.day = 1;
	if (d.precision < DATE_LOCAL)
		d.hour = d.minute = d.second = 0, d.nanos = 0;
	if (d.precision != DATE_TIME)
		d.offset = 0;
	return d;
}

int32_t date_first_day(struct date d)
{
	if (!date_is_set(d))
		return 0;
	d = filled(d);
	return days_of(d.year, d.month, d.day);
}

int32_t date_last_day(struct date d)
{
	if (d.precision == DATE_YEAR)
		return days_of(d.year, 12, 31);
	if (d.precision == DATE_MONTH)
		return days_of(d.year, d.month, days_in(d.year, d.month));
	return date_first_day(d);
}

int64_t date_unix(struct date d)
{
	if (!date_is_set(d))
		return 0;
	d = filled(d);
	return (int64_t)days_of(d.year, d.month, d.day) * SECONDS_PER_DAY + d.hour * 3600 + d.minute * 60 + d.second -
	       (int64_t)d.offset * 60;
}

struct date date_from_unix(int64_t seconds)
{
	int64_t first = (int64_t)FIRST_DAY * SECONDS_PER_DAY, last = (int64_t)(LAST_DAY + 1) * SECONDS_PER_DAY - 1;
	int64_t days, rest;
	struct date d;

	seconds = seconds < first ? first : seconds > last ? last : seconds;
	days = seconds / SECONDS_PER_DAY;
	rest = seconds % SECONDS_PER_DAY;
	if (rest < 0) {
		rest += SECONDS_PER_DAY;
		days--;
	}
	d = date_from_days((int32_t)days);
	d.hour = (uint8_t)(rest / 3600);
	d.minute = (uint8_t)(rest / 60 % 60);
	d.second = (uint8_t)(rest % 60);
	d.precision = DATE_TIME;
	return d;
}

struct date date_add(struct date d, struct date_span span)
{
	int64_t month;
	int32_t days;
	struct date at;

	if (!date_is_set(d) || d.precision == DATE_CLOCK || (!span.months && !span.days))
		return d;
	if (d.precision < DATE_DAY && (span.days || (d.precision == DATE_YEAR && span.months % 12))) {
		d = filled(d);
		d.precision = DATE_DAY;
	}
	at = filled(d);
	month = (int64_t)at.year * 12 + at.month - 1 + span.months;
	month = month < 0 ? 0 : month > 9999 * 12 + 11 ? 9999 * 12 + 11 : month;
	at.year = (int16_t)(month / 12);
	at.month = (uint8_t)(month % 12 + 1);
	if (at.day > days_in(at.year, at.month))
		at.day = (uint8_t)days_in(at.year, at.month);
	/* Two steps, so that no sum leaves int32_t. */
	days = days_of(at.year, at.month, at.day);
	if (span.days > LAST_DAY - days)
		days = LAST_DAY;
	else if (span.days < FIRST_DAY - days)
		days = FIRST_DAY;
	else
		days += span.days;
	at = date_from_days(days);
	d.year = at.year;
	if (d.precision >= DATE_MONTH)
		d.month = at.month;
	if (d.precision >= DATE_DAY)
		d.day = at.day;
	return d;
}

/* What is written, as one number. */
static int64_t order_of(struct date d)
{
	if (d.precision != DATE_LOCAL && d.precision != DATE_TIME)
		d = filled(d);
	return (int64_t)d.year << 40 | (int64_t)d.month << 32 | d.day << 24 | d.hour << 16 | d.minute << 8 | d.second;
}

void date_to_bits(struct date d, uint64_t bits[2])
{
	bits[0] = (uint64_t)(uint16_t)d.year << 48 | (uint64_t)d.month << 40 | (uint64_t)d.day << 32 |
		  (uint64_t)d.hour << 24 | (uint64_t)d.minute << 16 | (uint64_t)d.second << 8 | d.precision;
	bits[1] = (uint64_t)(uint16_t)d.offset << 32 | d.nanos;
}

struct date date_from_bits(const uint64_t bits[2])
{
	return (struct date){ .year = (int16_t)(bits[0] >> 48),
			      .month = (uint8_t)(bits[0] >> 40),
			      .day = (uint8_t)(bits[0] >> 32),
			      .hour = (uint8_t)(bits[0] >> 24),
			      .minute = (uint8_t)(bits[0] >> 16),
			      .second = (uint8_t)(bits[0] >> 8),
			      .precision = (uint8_t)bits[0],
			      .offset = (int16_t)(bits[1] >> 32),
			      .nanos = (uint32_t)bits[1] };
}

void date_add_digest(struct digest_state *d, struct date x)
{
	digest_add_u64(d, (uint64_t)(uint16_t)x.year << 40 | (uint64_t)x.month << 32 | (uint64_t)x.day << 24 |
				  (uint64_t)x.hour << 16 | (uint64_t)x.minute << 8 | x.precision);
	digest_add_u64(d, (uint64_t)x.second << 48 | (uint64_t)(uint16_t)x.offset << 32 | x.nanos);
}

int date_cmp(struct date a, struct date b)
{
	bool is_alike;
	int64_t at, bt;

	if (date_is_set(a) != date_is_set(b))
		return date_is_set(a) ? 1 : -1;
	/* Mostly what is written has the order of the moments, which take divisions to find out. */
	is_alike = (a.precision == DATE_TIME ? a.offset : 0) == (b.precision == DATE_TIME ? b.offset : 0) &&
		   a.second < 60 && b.second < 60;
	if (is_alike && a.year != b.year && a.precision != DATE_CLOCK && b.precision != DATE_CLOCK)
		return a.year < b.year ? -1 : 1;
	at = is_alike ? order_of(a) : date_unix(a);
	bt = is_alike ? order_of(b) : date_unix(b);
	if (at != bt)
		return at < bt ? -1 : 1;
	if (a.nanos != b.nanos)
		return a.nanos < b.nanos ? -1 : 1;
	return (a.precision > b.precision) - (a.precision < b.precision);
}

uint64_t date_key(struct date d)
{
	uint64_t microseconds = d.nanos >> 10, at;

	if (!date_is_set(d))
		return 0;
	/* The years 0 to 9999 are 39 bits of seconds. */
	at = (uint64_t)(date_unix(d) + ((int64_t)1 << 36));
	return at << 23 | (d.precision >= DATE_LOCAL ? microseconds << 3 : 0) | d.precision;
}

bool date_range_is_set(struct date_range r)
{
	return date_is_set(r.from) || date_is_set(r.to);
}

bool date_ranges_overlap(struct date_range a, struct date_range b)
{
	if (!date_range_is_set(a) || !date_range_is_set(b))
		return false;
	if (date_is_set(a.from) && date_is_set(b.to) && date_first_day(a.from) > date_last_day(b.to))
		return false;
	if (date_is_set(b.from) && date_is_set(a.to) && date_first_day(b.from) > date_last_day(a.to))
		return false;
	return true;
}

static void write_number(struct buf *b, int n, int digits)
{
	char text[4];

	for (int i = digits - 1; i >= 0; i--, n /= 10)
		text[i] = (char)('0' + n % 10);
	buf_add_mem(b, text, (size_t)digits);
}

static void write_day(struct buf *b, struct date d)
{
	write_number(b, d.year, 4);
	if (d.precision >= DATE_MONTH) {
		buf_add_char(b, '-');
		write_number(b, d.month, 2);
	}
	if (d.precision >= DATE_DAY) {
		buf_add_char(b, '-');
		write_number(b, d.day, 2);
	}
}

static void write_clock(struct buf *b, struct date d)
{
	char digits[9];
	size_t n = sizeof(digits);

	write_number(b, d.hour, 2);
	buf_add_char(b, ':');
	write_number(b, d.minute, 2);
	buf_add_char(b, ':');
	write_number(b, d.second, 2);
	if (!d.nanos)
		return;
	for (size_t i = n; i > 0; i--, d.nanos /= 10)
		digits[i - 1] = (char)('0' + d.nanos % 10);
	while (digits[n - 1] == '0')
		n--;
	buf_add_char(b, '.');
	buf_add_mem(b, digits, n);
}

static void write_offset(struct buf *b, int offset)
{
	if (!offset) {
		buf_add_char(b, 'Z');
		return;
	}
	buf_add_char(b, offset < 0 ? '-' : '+');
	offset = offset < 0 ? -offset : offset;
	write_number(b, offset / 60, 2);
	buf_add_char(b, ':');
	write_number(b, offset % 60, 2);
}

void date_write(struct buf *b, struct date d)
{
	if (d.precision == DATE_NONE)
		return;
	if (d.precision != DATE_CLOCK)
		write_day(b, d);
	if (d.precision == DATE_LOCAL || d.precision == DATE_TIME)
		buf_add_char(b, 'T');
	if (d.precision >= DATE_LOCAL)
		write_clock(b, d);
	if (d.precision == DATE_TIME)
		write_offset(b, d.offset);
}

static bool same(struct date a, struct date b)
{
	return date_cmp(a, b) == 0 && a.offset == b.offset;
}

void date_write_range(struct buf *b, struct date_range r)
{
	date_write(b, r.from);
	if (!date_range_is_set(r) || same(r.from, r.to))
		return;
	buf_add_char(b, '/');
	date_write(b, r.to);
}

void date_write_rfc3339(struct buf *b, struct date d)
{
	if (!date_is_set(d))
		return;
	d = filled(d);
	d.precision = DATE_TIME;
	date_write(b, d);
}

static struct str month_name(const struct str *months, unsigned month, bool is_short)
{
	static const struct str english[] = {
		STR_INIT("January"),   STR_INIT("February"), STR_INIT("March"),    STR_INIT("April"),
		STR_INIT("May"),       STR_INIT("June"),     STR_INIT("July"),     STR_INIT("August"),
		STR_INIT("September"), STR_INIT("October"),  STR_INIT("November"), STR_INIT("December"),
		STR_INIT("Jan"),       STR_INIT("Feb"),      STR_INIT("Mar"),      STR_INIT("Apr"),
		STR_INIT("May"),       STR_INIT("Jun"),      STR_INIT("Jul"),      STR_INIT("Aug"),
		STR_INIT("Sep"),       STR_INIT("Oct"),      STR_INIT("Nov"),      STR_INIT("Dec"),
	};

	return (months ? months : english)[month - 1 + (is_short ? 12 : 0)];
}

/* One conversion at the front of `s`, which follows a '%'; gives its length, 0 when it is none. */
static size_t convert(struct buf *b, struct date d, struct str s, const struct str *months)
{
	bool is_bare = s.len > 1 && s.ptr[0] == '-' && (s.ptr[1] == 'd' || s.ptr[1] == 'm');

	switch (is_bare ? s.ptr[1] : s.len ? s.ptr[0] : '\0') {
	case 'Y':
		write_number(b, d.year, 4);
		break;
	case 'm':
		write_number(b, d.month, is_bare && d.month < 10 ? 1 : 2);
		break;
	case 'd':
		write_number(b, d.day, is_bare && d.day < 10 ? 1 : 2);
		break;
	case 'B':
		buf_add(b, month_name(months, d.month, false));
		break;
	case 'b':
		buf_add(b, month_name(months, d.month, true));
		break;
	case 'H':
		write_number(b, d.hour, 2);
		break;
	case 'M':
		write_number(b, d.minute, 2);
		break;
	case 'S':
		write_number(b, d.second, 2);
		break;
	case '%':
		buf_add_char(b, '%');
		break;
	default:
		return 0;
	}
	return is_bare ? 2 : 1;
}

void date_write_format(struct buf *b, struct date d, struct str format, const struct str *months)
{
	if (!date_is_set(d))
		return;
	d = filled(d);
	while (format.len) {
		size_t n = 0;

		if (format.ptr[0] == '%')
			n = convert(b, d, str_skip(format, 1), months);
		if (!n)
			buf_add_char(b, format.ptr[0]);
		format = str_skip(format, n + 1);
	}
}

void date_write_human(struct buf *b, struct date d, const struct str *months)
{
	if (d.precision == DATE_CLOCK) {
		write_clock(b, d);
		return;
	}
	if (!date_is_set(d))
		return;
	if (d.precision >= DATE_DAY) {
		buf_add_u64(b, d.day);
		buf_add_char(b, ' ');
	}
	if (d.precision >= DATE_MONTH) {
		buf_add(b, month_name(months, d.month, false));
		buf_add_char(b, ' ');
	}
	buf_add_u64(b, (uint64_t)d.year);
}
