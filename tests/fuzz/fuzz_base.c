/*
 * fuzz_base - the small readers of base/ on any bytes: Unicode, dates, numbers,
 * paths, escapes. Beyond not crashing, what reads must write and read again the same.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/digest.h"
#include "base/path.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void read_text(struct arena *a, struct str s)
{
	struct str (*const maps[])(struct arena * a, struct str s) = {
		utf8_lower,       utf8_to_upper, utf8_nfc,        utf8_fold_key,
		utf8_strip_marks, utf8_slug,     utf8_heading_id, utf8_sort_key,
	};
	bool is_valid = utf8_check(s) == s.len;
	size_t n = 0, back = 0;

	for (size_t i = 0; i < s.len; n++)
		utf8_decode(s, i, &i);
	must(n == utf8_length(s));
	for (size_t i = s.len; i > 0; back++)
		utf8_decode_back(s, i, &i);
	must(!is_valid || back == n);
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		struct str once = maps[i](a, s);

		must(!is_valid || utf8_check(once) == once.len);
	}
	must(utf8_length(utf8_truncate(s, n / 2)) <= n / 2);
	must(str_eq(utf8_slug(a, utf8_slug(a, s)), utf8_slug(a, s)));
}

static void read_date(struct str s)
{
	struct date_range r, again;
	struct date_span span;
	struct buf b = { 0 };

	if (date_parse_range(s, &r)) {
		date_write_range(&b, r);
		must(date_parse_range(buf_str(&b), &again));
		must(date_cmp(r.from, again.from) == 0 && date_cmp(r.to, again.to) == 0);
		must(date_ranges_overlap(r, again));
		date_write_human(&b, r.from, NULL);
		date_write_rfc3339(&b, r.to);
		if (date_parse_span(STR("1 year 1 day"), &span))
			date_write(&b, date_add(r.to, span));
		date_write_format(&b, r.from, s, NULL);
	}
	date_parse_span(s, &span);
	date_parse_clock(s, &r.from);
	buf_release(&b);
}

static void read_number(struct str s)
{
	struct buf b = { 0 };
	double d, again = 0;
	int64_t n;

	if (str_to_double(s, &d)) {
		must(isfinite(d));
		buf_add_double(&b, d);
		must(str_to_double(buf_str(&b), &again) && again == d);
	}
	str_to_i64(s, &n);
	buf_release(&b);
}

static void read_path(struct arena *a, struct str s)
{
	struct str once, twice;

	if (path_normalize(a, s, &once)) {
		must(path_normalize(a, once, &twice) && str_eq(once, twice));
		must(path_is_within(once, path_dir(once)));
		path_relative_url(a, path_join(a, STR("/"), once), path_join(a, STR("/"), s));
	}
	must(str_eq(path_base(s),
		    path_join(a, STR(""), str_join(a, (struct str[]){ path_stem(s), path_ext(s) }, 2, STR("")))));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = { (const char *)data, size };
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct digest d;

	read_text(&a, s);
	read_date(s);
	read_number(s);
	read_path(&a, s);
	buf_add_html(&b, s);
	buf_add_csv(&b, s);
	buf_add_url(&b, s);
	buf_clear(&b);
	buf_add_json(&b, s);
	must(utf8_check(buf_str(&b)) == b.len);
	digest_parse_hex(s, &d);
	buf_release(&b);
	arena_release(&a);
	return 0;
}
