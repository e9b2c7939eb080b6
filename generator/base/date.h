#ifndef DATE_H
#define DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/*
 * date - partial dates, date-times and intervals (RFC 3339; ISO 8601-1 for
 * years, months and `from/to`), proleptic Gregorian, no clock and no time zone
 * database. Zero is "no date".
 */
enum date_precision {
	DATE_NONE,
	DATE_YEAR,
	DATE_MONTH,
	DATE_DAY,
	DATE_LOCAL, /* date and time without offset */
	DATE_TIME,  /* date and time with offset */
	DATE_CLOCK, /* a time of day alone (TOML local time) */
};

struct date {
	int16_t year; /* 0 to 9999 */
	uint8_t month, day, hour, minute, second;
	uint8_t precision; /* enum date_precision */
	int16_t offset;    /* minutes east of UTC; DATE_TIME only */
	uint32_t nanos;
};

/* Both ends have the same meaning as in "2018/2022"; a single date gives from == to. */
struct date_range {
	struct date from, to; /* one of them none: open at that end */
};

struct date_span { /* a duration as written: "12 months", "2 weeks", "90 days", "1 year" */
	int32_t months, days;
};

/*
 * Whole input, or false. Accepts YYYY, YYYY-MM, YYYY-MM-DD and RFC 3339
 * date-times (seconds required, offset optional, 'T' or ' ' between, digits
 * beyond the nanosecond dropped), and rejects what no calendar has.
 */
bool date_parse(struct str s, struct date *out);
bool date_parse_clock(struct str s, struct date *out);       /* "07:32:00.5" */
bool date_parse_range(struct str s, struct date_range *out); /* also "2018/2022", "2018/", "/2022"; never backwards */
bool date_parse_span(struct str s, struct date_span *out);   /* "1 year 6 months" too */

/* Days since 1970-01-01 of the first and the last day that the partial date covers, as written (offsets do not count); 0 for none. */
int32_t date_first_day(struct date d);
int32_t date_last_day(struct date d);
struct date date_from_days(int32_t days); /* a day; clamped to the years 0 to 9999, as all results are */
int64_t date_unix(struct date d); /* seconds since the epoch of its first moment, UTC */
struct date date_from_unix(int64_t seconds); /* a DATE_TIME in UTC */
/*
 * Clamps to the month's end: 31 January and a month is 28 February. A year or
 * month keeps its precision where the span is whole in it ("2024" and 12 months
 * is "2025"); else it counts from its first day.
 */
struct date date_add(struct date d, struct date_span span);

/* All that it says in two numbers, for what is kept between runs; and back. */
void date_to_bits(struct date d, uint64_t bits[2]);
struct date date_from_bits(const uint64_t bits[2]);

struct digest_state;
void date_add_digest(struct digest_state *d, struct date x); /* all that it says */
int date_cmp(struct date a, struct date b); /* by first moment, then coarser first; none first */
/* A number in that order, but for parts of a microsecond; 0 for none. */
uint64_t date_key(struct date d);
bool date_is_set(struct date d);
bool date_range_is_set(struct date_range r);
/* By days. An open end ("2018/") reaches without limit; a range without any date overlaps with nothing. */
bool date_ranges_overlap(struct date_range a, struct date_range b);

void date_write(struct buf *b, struct date d); /* the ISO form at its own precision */
void date_write_range(struct buf *b, struct date_range r);
void date_write_rfc3339(struct buf *b, struct date d); /* full timestamp, missing parts as their first moment, for feeds */
/*
 * strftime-like, names from `months` (12 long, then 12 short; NULL: English):
 * %Y %m %-m %d %-d %B %b %H %M %S %%. Missing parts as their first moment; what
 * is no conversion stays as it is.
 */
void date_write_format(struct buf *b, struct date d, struct str format, const struct str *months);
/* For people, at its own precision but never finer than the day: "2025", "May 2025", "4 May 2025". */
void date_write_human(struct buf *b, struct date d, const struct str *months);

#endif
