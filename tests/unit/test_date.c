#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct date date(const char *text)
{
	struct date d = { 0 };

	if (*text && !date_parse(str_from(text), &d))
		fail_msg("'%s' is refused", text);
	return d;
}

static void check(const char *what, struct buf *b, const char *want)
{
	if (!str_eq(buf_str(b), str_from(want)))
		fail_msg("%s: got '%s', want '%s'", what, buf_str(b).ptr, want);
	buf_clear(b);
}

static void reads_and_writes_the_same_text(void **state)
{
	static const struct {
		const char *text;
		enum date_precision precision;
	} cases[] = {
		{ "2025", DATE_YEAR },
		{ "0000", DATE_YEAR },
		{ "2025-02", DATE_MONTH },
		{ "2024-02-29", DATE_DAY },
		{ "2000-02-29", DATE_DAY },
		{ "9999-12-31", DATE_DAY },
		{ "1979-05-27T07:32:00", DATE_LOCAL },
		{ "1979-05-27T00:32:00.999999", DATE_LOCAL },
		{ "1979-05-27T00:32:00.000000001", DATE_LOCAL },
		{ "1979-05-27T07:32:00Z", DATE_TIME },
		{ "1979-05-27T00:32:00-07:00", DATE_TIME },
		{ "1979-05-27T00:32:00.5+05:45", DATE_TIME },
		{ "2016-12-31T23:59:60Z", DATE_TIME },
		{ "2017-01-01T05:29:60+05:30", DATE_TIME },
		{ "2025-01-01T00:00:00-23:59", DATE_TIME },
	};
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct date d = date(cases[i].text);

		assert_int_equal(d.precision, cases[i].precision);
		date_write(&b, d);
		check(cases[i].text, &b, cases[i].text);
	}
	buf_release(&b);
}

static void reads_variants_of_the_form(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "1979-05-27 07:32:00Z", "1979-05-27T07:32:00Z" },
		{ "1979-05-27t07:32:00z", "1979-05-27T07:32:00Z" },
		{ "1979-05-27T07:32:00+00:00", "1979-05-27T07:32:00Z" },
		{ "1979-05-27T07:32:00-00:00", "1979-05-27T07:32:00Z" },
		{ "1979-05-27T07:32:00.1234567891Z", "1979-05-27T07:32:00.123456789Z" },
		{ "1979-05-27T07:32:00.500", "1979-05-27T07:32:00.5" },
		{ "1979-05-27T07:32:00.000", "1979-05-27T07:32:00" },
	};
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		date_write(&b, date(cases[i].text));
		check(cases[i].text, &b, cases[i].want);
	}
	buf_release(&b);
}

static void refuses_what_no_calendar_has(void **state)
{
	static const char *const cases[] = {
		"",
		"25",
		"202",
		"20255",
		"-2025",
		"+2025",
		"2025-",
		"2025-0",
		"2025-00",
		"2025-13",
		"2025-1-1",
		"2025-01-",
		"2025-01-00",
		"2025-01-32",
		"2025-02-29",
		"1900-02-29",
		"2025-04-31",
		"2025-06-31",
		"2025-09-31",
		"2025-11-31",
		"31-02-2026",
		"2025/01/01",
		"20250101",
		"2025-01-01T",
		"2025-01-01 ",
		"2025-01-01T10",
		"2025-01-01T10:00",
		"2025-01-01T24:00:00",
		"2025-01-01T10:60:00",
		"2025-01-01T10:00:61",
		"2025-01-01T10:00:60Z",
		"2025-01-01T10:59:60+00:30",
		"2025-01-01T10:00:00.",
		"2025-01-01T10:00:00.Z",
		"2025-01-01T10:00:00+1",
		"2025-01-01T10:00:00+0100",
		"2025-01-01T10:00:00+24:00",
		"2025-01-01T10:00:00+01:60",
		"2025-01-01T10:00:00ZZ",
		"2025-01-01T10:00:00 Z",
		"2025-01-01  10:00:00",
		" 2025",
		"2025 ",
		"two thousand",
		"10:00:00",
	};
	struct date d;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (date_parse(str_from(cases[i]), &d))
			fail_msg("'%s' is accepted", cases[i]);
	assert_false(date_parse(STR("2025\0"), &d));
}

static void reads_a_time_of_day(void **state)
{
	struct buf b = { 0 };
	struct date d;

	(void)state;
	assert_true(date_parse_clock(STR("07:32:00.25"), &d));
	assert_int_equal(d.precision, DATE_CLOCK);
	date_write(&b, d);
	check("clock", &b, "07:32:00.25");
	date_write_human(&b, d, NULL);
	check("human", &b, "07:32:00.25");
	assert_int_equal(date_unix(d), 7 * 3600 + 32 * 60);
	assert_false(date_parse_clock(STR("07:32"), &d));
	assert_false(date_parse_clock(STR("24:00:00"), &d));
	assert_false(date_parse_clock(STR("07:32:00Z"), &d));
	buf_release(&b);
}

/* Every day from 0000-01-01 to 9999-12-31, counted without arithmetic on days. */
static void every_day_has_its_number_and_back(void **state)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	struct buf b = { 0 };
	int32_t n = 0;

	(void)state;
	for (int year = 1970; year < 10000; year++)
		n += 365 + ((year % 4 == 0 && year % 100) || year % 400 == 0);
	assert_int_equal(n, 2932897);
	n = -719528;
	for (int year = 0; year < 10000; year++) {
		bool is_leap = (year % 4 == 0 && year % 100) || year % 400 == 0;
		struct date whole = { .year = (int16_t)year, .precision = DATE_YEAR };

		assert_int_equal(date_first_day(whole), n);
		for (int month = 1; month <= 12; month++) {
			int len = lengths[month - 1] + (month == 2 && is_leap);
			struct date part = { .year = (int16_t)year, .month = (uint8_t)month, .precision = DATE_MONTH };

			assert_int_equal(date_first_day(part), n);
			assert_int_equal(date_last_day(part), n + len - 1);
			for (int day = 1; day <= len; day++, n++) {
				struct date d = date_from_days(n), back;

				if (d.year != year || d.month != month || d.day != day || d.precision != DATE_DAY)
					fail_msg("day %d is not %d-%d-%d", n, year, month, day);
				if (date_first_day(d) != n || date_last_day(d) != n)
					fail_msg("%d-%d-%d is not day %d", year, month, day, n);
				if (date_unix(d) != (int64_t)n * 86400)
					fail_msg("seconds of day %d", n);
				buf_clear(&b);
				date_write(&b, d);
				if (!date_parse(buf_str(&b), &back) || memcmp(&d, &back, sizeof(d)))
					fail_msg("%s does not read back", b.ptr);
			}
		}
		assert_int_equal(date_last_day(whole), n - 1);
	}
	assert_int_equal(date_first_day(date("1970-01-01")), 0);
	buf_release(&b);
}

static void clamps_days_outside_its_years(void **state)
{
	static const int32_t days[] = { INT32_MIN, -719529, 2932897, INT32_MAX };
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(days); i++) {
		date_write(&b, date_from_days(days[i]));
		check("days", &b, days[i] < 0 ? "0000-01-01" : "9999-12-31");
	}
	date_write(&b, date_from_unix(INT64_MIN));
	check("first moment", &b, "0000-01-01T00:00:00Z");
	date_write(&b, date_from_unix(INT64_MAX));
	check("last moment", &b, "9999-12-31T23:59:59Z");
	buf_release(&b);
}

static void moments_are_counted_in_utc(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} cases[] = {
		{ "1970", 0 },
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1969-12-31T23:59:59Z", -1 },
		{ "2001-09-09T01:46:40Z", 1000000000 },
		{ "2001-09-09T03:46:40+02:00", 1000000000 },
		{ "2001-09-08T18:16:40-07:30", 1000000000 },
		{ "2001-09-09T01:46:40", 1000000000 },
		{ "2016-12-31T23:59:60Z", 1483228800 },
		{ "", 0 },
	};
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (date_unix(date(cases[i].text)) != cases[i].want)
			fail_msg("%s: %lld", cases[i].text, (long long)date_unix(date(cases[i].text)));
	for (int64_t t = -62167219200; t < 253402300800; t += 86400 * 1000 + 12345)
		assert_true(date_unix(date_from_unix(t)) == t);
	date_write(&b, date_from_unix(-1));
	check("before the epoch", &b, "1969-12-31T23:59:59Z");
	buf_release(&b);
}

static void reads_intervals(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		const char *written;
	} cases[] = {
		{ "2025", true, "2025" },
		{ "2018/2022", true, "2018/2022" },
		{ "2018-05/2018-05-20", true, "2018-05/2018-05-20" },
		{ "2018/2018-05", true, "2018/2018-05" },
		{ "2018/", true, "2018/" },
		{ "/2022", true, "/2022" },
		{ "2018/2018", true, "2018" },
		{ "2022/2018", false, "" },
		{ "2018-06/2018-05", false, "" },
		{ "/", false, "" },
		{ "", false, "" },
		{ "2018/2019/2020", false, "" },
		{ "2018/x", false, "" },
		{ "x/2018", false, "" },
	};
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct date_range r = { { 0 }, { 0 } };

		if (date_parse_range(str_from(cases[i].text), &r) != cases[i].ok)
			fail_msg("'%s' should be %s", cases[i].text, cases[i].ok ? "accepted" : "refused");
		assert_int_equal(date_range_is_set(r), cases[i].ok);
		date_write_range(&b, r);
		check(cases[i].text, &b, cases[i].written);
	}
	buf_release(&b);
}

static void reads_durations(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		int32_t months, days;
	} cases[] = {
		{ "12 months", true, 12, 0 },
		{ "2 weeks", true, 0, 14 },
		{ "90 days", true, 0, 90 },
		{ "1 year", true, 12, 0 },
		{ "1 day", true, 0, 1 },
		{ "1 Year 6 Months 3days", true, 18, 3 },
		{ " 2  weeks ", true, 0, 14 },
		{ "0 days", true, 0, 0 },
		{ "100000 years", true, 1200000, 0 },
		{ "100001 days", false, 0, 0 },
		{ "", false, 0, 0 },
		{ "months", false, 0, 0 },
		{ "12", false, 0, 0 },
		{ "-1 day", false, 0, 0 },
		{ "1.5 years", false, 0, 0 },
		{ "3 fortnights", false, 0, 0 },
		{ "1 day and", false, 0, 0 },
		{ "99999999999999999999 days", false, 0, 0 },
		{ "100000 years 1 month", false, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct date_span span = { 0, 0 };

		if (date_parse_span(str_from(cases[i].text), &span) != cases[i].ok || span.months != cases[i].months ||
		    span.days != cases[i].days)
			fail_msg("'%s': %d months, %d days", cases[i].text, span.months, span.days);
	}
}

static void adds_durations(void **state)
{
	static const struct {
		const char *text;
		struct date_span span;
		const char *want;
	} cases[] = {
		{ "2024-01-31", { 1, 0 }, "2024-02-29" },
		{ "2025-01-31", { 1, 0 }, "2025-02-28" },
		{ "2024-02-29", { 12, 0 }, "2025-02-28" },
		{ "2024-12-31", { 0, 1 }, "2025-01-01" },
		{ "2024-11-30", { 3, 1 }, "2025-03-01" },
		{ "2024-03-31", { -1, 0 }, "2024-02-29" },
		{ "2024", { 12, 0 }, "2025" },
		{ "2024", { 6, 0 }, "2024-07-01" },
		{ "2024-05", { 6, 0 }, "2024-11" },
		{ "2024-05", { 0, 14 }, "2024-05-15" },
		{ "2024-05", { 0, 0 }, "2024-05" },
		{ "2024-05-31T10:20:30+02:00", { 1, 1 }, "2024-07-01T10:20:30+02:00" },
		{ "9999-06-01", { 1200000, 0 }, "9999-12-01" },
		{ "9999-06-01", { 0, 700000 }, "9999-12-31" },
		{ "0000-02-01", { -1200000, 0 }, "0000-01-01" },
		{ "0000-02-01", { 0, INT32_MIN }, "0000-01-01" },
		{ "2000-01-01", { INT32_MAX, INT32_MAX }, "9999-12-31" },
		{ "", { 5, 5 }, "" },
	};
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		date_write(&b, date_add(date(cases[i].text), cases[i].span));
		check(cases[i].text, &b, cases[i].want);
	}
	buf_release(&b);
}

static void sorts_by_first_moment_then_coarser_first(void **state)
{
	static const char *const sorted[] = {
		"",
		"0000",
		"1999-12-31",
		"2000",
		"2000-01",
		"2000-01-01",
		"2000-01-01T00:00:00",
		"2000-01-01T00:00:00Z",
		"2000-01-01T00:00:00.000000001Z",
		"2000-01-01T01:00:00Z",
		"2000-01-01T01:00:00-01:00",
		"2000-01-02",
		"2001",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(sorted); i++) {
		for (size_t j = 0; j < COUNT(sorted); j++) {
			int got = date_cmp(date(sorted[i]), date(sorted[j])), want = (i > j) - (i < j);

			if (got != want)
				fail_msg("'%s' and '%s': %d", sorted[i], sorted[j], got);
		}
	}
}

static void has_a_key_of_the_same_order(void **state)
{
	static const char *const sorted[] = {
		"",
		"0000",
		"0000-01-01T00:00:00.000001100Z",
		"1969-12-31T23:59:59.999999Z",
		"1970",
		"2000",
		"2000-01",
		"2000-01-01",
		"2000-01-01T00:00:00",
		"2000-01-01T00:00:00Z",
		"2000-01-01T00:00:00.000001100Z",
		"2000-01-01T01:00:00.999999Z",
		"2000-01-01T01:00:00-01:00",
		"9999-12-31T23:59:59Z",
	};

	(void)state;
	assert_int_equal(date_key((struct date){ 0 }), 0);
	for (size_t i = 1; i < COUNT(sorted); i++)
		if (date_key(date(sorted[i - 1])) >= date_key(date(sorted[i])))
			fail_msg("'%s' and '%s'", sorted[i - 1], sorted[i]);
}

static void intervals_overlap_by_days(void **state)
{
	static const struct {
		const char *a, *b;
		bool want;
	} cases[] = {
		{ "2018/2022", "2022/2024", true },
		{ "2018/2022", "2023", false },
		{ "2018", "2018-05-03", true },
		{ "2018-05", "2018-06", false },
		{ "2018-05-31", "2018-05", true },
		{ "2018/", "2030", true },
		{ "2018/", "2017-12-31", false },
		{ "/2018", "1200", true },
		{ "/2018", "2019/", false },
		{ "/2018", "2018-12-31/", true },
		{ "", "2018", false },
		{ "", "", false },
		{ "", "2018/", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct date_range a = { { 0 }, { 0 } }, b = { { 0 }, { 0 } };

		date_parse_range(str_from(cases[i].a), &a);
		date_parse_range(str_from(cases[i].b), &b);
		if (date_ranges_overlap(a, b) != cases[i].want || date_ranges_overlap(b, a) != cases[i].want)
			fail_msg("'%s' and '%s'", cases[i].a, cases[i].b);
	}
}

static void writes_for_people_and_feeds(void **state)
{
	static const struct {
		const char *text, *human, *feed;
	} cases[] = {
		{ "2025", "2025", "2025-01-01T00:00:00Z" },
		{ "2025-05", "May 2025", "2025-05-01T00:00:00Z" },
		{ "2025-05-04", "4 May 2025", "2025-05-04T00:00:00Z" },
		{ "2025-12-14T10:11:12.5", "14 December 2025", "2025-12-14T10:11:12.5Z" },
		{ "2025-12-14T10:11:12-03:30", "14 December 2025", "2025-12-14T10:11:12-03:30" },
		{ "0079-08", "August 79", "0079-08-01T00:00:00Z" },
		{ "", "", "" },
	};
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		date_write_human(&b, date(cases[i].text), NULL);
		check("human", &b, cases[i].human);
		date_write_rfc3339(&b, date(cases[i].text));
		check("feed", &b, cases[i].feed);
	}
	buf_release(&b);
}

static void writes_by_a_format(void **state)
{
	static const struct {
		const char *text, *format, *want;
	} cases[] = {
		{ "2025-05-04T03:02:01", "%Y-%m-%d %H:%M:%S", "2025-05-04 03:02:01" },
		{ "2025-05-04", "%-d %B %Y", "4 May 2025" },
		{ "2025-09-14", "%-d %b/%-m", "14 Sep/9" },
		{ "2025", "%d.%m.%Y", "01.01.2025" },
		{ "2025", "100%% %q %", "100% %q %" },
		{ "2025", "%-Y %-", "%-Y %-" },
		{ "2025", "", "" },
		{ "", "%Y", "" },
	};
	struct str months[24];
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		date_write_format(&b, date(cases[i].text), str_from(cases[i].format), NULL);
		check(cases[i].format, &b, cases[i].want);
	}
	for (size_t i = 0; i < 24; i++)
		months[i] = i < 12 ? STR("long") : STR("short");
	months[4] = STR("mai");
	months[23] = STR("d\xc3\xa9"
			 "c.");
	date_write_format(&b, date("2025-05"), STR("%B"), months);
	check("own names", &b, "mai");
	date_write_format(&b, date("2025-12"), STR("%b"), months);
	check("own short names", &b,
	      "d\xc3\xa9"
	      "c.");
	date_write_human(&b, date("2025-05-04"), months);
	check("own names for people", &b, "4 mai 2025");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_the_same_text),
		cmocka_unit_test(reads_variants_of_the_form),
		cmocka_unit_test(refuses_what_no_calendar_has),
		cmocka_unit_test(reads_a_time_of_day),
		cmocka_unit_test(every_day_has_its_number_and_back),
		cmocka_unit_test(clamps_days_outside_its_years),
		cmocka_unit_test(moments_are_counted_in_utc),
		cmocka_unit_test(reads_intervals),
		cmocka_unit_test(reads_durations),
		cmocka_unit_test(adds_durations),
		cmocka_unit_test(sorts_by_first_moment_then_coarser_first),
		cmocka_unit_test(has_a_key_of_the_same_order),
		cmocka_unit_test(intervals_overlap_by_days),
		cmocka_unit_test(writes_for_people_and_feeds),
		cmocka_unit_test(writes_by_a_format),
	};

	return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
