#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void is_ready_when_zero(void **state)
{
	struct buf b = { 0 };

	(void)state;
	assert_int_equal(buf_str(&b).len, 0);
	assert_non_null(buf_str(&b).ptr);
	buf_clear(&b);
	buf_add_char(&b, 'x');
	assert_string_equal(b.ptr, "x");
	buf_release(&b);
	buf_release(&b);
	buf_add_format(&b, "%d", 5);
	assert_string_equal(b.ptr, "5");
	buf_release(&b);
}

static void grows_and_stays_terminated(void **state)
{
	struct arena a = { 0 };
	struct buf b;
	struct str copy;

	(void)state;
	buf_init(&b, 0);
	assert_string_equal(b.ptr, "");
	for (int i = 0; i < 10000; i++) {
		buf_add_char(&b, (char)('a' + i % 26));
		assert_int_equal(b.ptr[b.len], 0);
	}
	for (int i = 0; i < 10000; i++)
		assert_int_equal(b.ptr[i], 'a' + i % 26);
	copy = buf_copy(&b, &a);
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.ptr, "");
	assert_int_equal(copy.len, 10000);
	buf_release(&b);
	arena_release(&a);
}

static void stops_at_its_maximum(void **state)
{
	static const size_t maxima[] = { 1, 5, 62, 63, 64, 65, 127, 1000 };

	(void)state;
	for (size_t i = 0; i < COUNT(maxima); i++) {
		size_t max = maxima[i];
		struct buf b;

		buf_init(&b, max);
		for (size_t n = 0; n < max; n++)
			buf_add_char(&b, 'x');
		assert_false(b.is_full);
		assert_int_equal(b.len, max);
		buf_add_mem(&b, NULL, 0);
		assert_false(b.is_full);
		buf_add_char(&b, 'y');
		assert_true(b.is_full);
		buf_add(&b, STR("and more"));
		buf_add_format(&b, "%d", 12345);
		assert_int_equal(b.len, max);
		assert_int_equal(b.ptr[max - 1], 'x');
		assert_int_equal(b.ptr[max], 0);
		buf_clear(&b);
		assert_false(b.is_full);
		buf_add_format(&b, "%0*d", (int)max + 7, 0);
		assert_true(b.is_full);
		assert_int_equal(b.len, max);
		buf_release(&b);
	}
}

static void is_cut_to_its_beginning(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_add_z(&b, "begin and end");
	buf_cut(&b, 100);
	assert_string_equal(b.ptr, "begin and end");
	buf_cut(&b, 5);
	assert_string_equal(b.ptr, "begin");
	buf_cut(&b, 0);
	assert_string_equal(b.ptr, "");
	buf_release(&b);
}

static void formats_longer_than_the_room(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (int n = 55; n < 75; n++) {
		buf_clear(&b);
		buf_add_format(&b, "%*d|", n, 1);
		assert_int_equal(b.len, n + 1);
		assert_int_equal(b.ptr[n], '|');
	}
	buf_release(&b);
}

static void check_double(double d, const char *want)
{
	struct buf b = { 0 };

	buf_add_double(&b, d);
	if (strcmp(b.ptr, want))
		fail_msg("got %s, want %s", b.ptr, want);
	buf_release(&b);
}

static void writes_the_shortest_decimal(void **state)
{
	(void)state;
	check_double(0, "0");
	check_double(-0.0, "-0");
	check_double(1, "1");
	check_double(-2300, "-2300");
	check_double(0.1, "0.1");
	check_double(0.1 + 0.2, "0.30000000000000004");
	check_double(1.0 / 3, "0.3333333333333333");
	check_double(123456.789, "123456.789");
	check_double(1e15, "1000000000000000");
	check_double(9007199254740992.0, "9007199254740992");
	check_double(1.5e20, "150000000000000000000");
	check_double(1e21, "1e21");
	check_double(1e22, "1e22");
	check_double(1.25e300, "1.25e300");
	check_double(0.000001, "0.000001");
	check_double(0.00000012, "1.2e-7");
	check_double(5e-324, "5e-324");
	check_double(2.2250738585072014e-308, "2.2250738585072014e-308");
	check_double(DBL_MAX, "1.7976931348623157e308");
	/* A power of two, whose nearest decimal of 16 digits is not the one that reads back. */
	check_double(0x1p-44, "5.684341886080802e-14");
	check_double(HUGE_VAL, "inf");
	check_double(-HUGE_VAL, "-inf");
	check_double((double)NAN, "nan");
}

static void doubles_read_back_as_they_were(void **state)
{
	struct buf b = { 0 };
	uint64_t random = 1181783497276652981u;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		double d, back = 0;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		memcpy(&d, &random, sizeof(d));
		if (i % 4 == 1)
			d = (double)(random >> 44) / 100;
		else if (i % 4 == 2)
			d = ldexp(1, (int)(random % 2000) - 1000);
		if (!isfinite(d))
			continue;
		buf_clear(&b);
		buf_add_double(&b, d);
		if (!str_to_double(buf_str(&b), &back) || memcmp(&d, &back, sizeof(d)))
			fail_msg("%.17g became %s", d, b.ptr);
		assert_true(b.len <= 25);
	}
	buf_release(&b);
}

/* A locale with a decimal comma: one that is installed, or one made for the test where the system can. */
static bool set_comma_locale(void)
{
	char dir[] = "/tmp/dossier-locale-XXXXXX", command[200];
	bool ok;

	if (setlocale(LC_ALL, "de_DE.UTF-8") || setlocale(LC_ALL, "fr_FR.UTF-8"))
		return true;
	if (!mkdtemp(dir))
		return false;
	snprintf(command, sizeof(command), "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >%s/log 2>&1", dir, dir);
	ok = system(command) == 0 && !setenv("LOCPATH", dir, 1) && setlocale(LC_ALL, "de_DE.UTF-8");
	unsetenv("LOCPATH");
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) == 0 && ok;
}

static void numbers_do_not_depend_on_the_locale(void **state)
{
	char text[16];
	double d = 0;

	(void)state;
	if (!set_comma_locale())
		skip();
	snprintf(text, sizeof(text), "%.1f", 0.5);
	assert_string_equal(text, "0,5");
	check_double(1234.5678, "1234.5678");
	check_double(1e-10 / 3, "3.3333333333333335e-11");
	assert_true(str_to_double(STR("0.12345678901234567890"), &d));
	assert_true(d == 0.12345678901234568);
	assert_false(str_to_double(STR("1,5"), &d));
	setlocale(LC_ALL, "C");
}

static void writes_whole_numbers(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_add_u64(&b, 0);
	buf_add_char(&b, ' ');
	buf_add_u64(&b, UINT64_MAX);
	assert_string_equal(b.ptr, "0 18446744073709551615");
	buf_release(&b);
}

struct escape {
	struct str in;
	const char *out;
};

static void check_escapes(const struct escape *cases, size_t n, void (*add)(struct buf *b, struct str s))
{
	for (size_t i = 0; i < n; i++) {
		struct buf b = { 0 };

		add(&b, cases[i].in);
		if (!str_eq(buf_str(&b), str_from(cases[i].out)))
			fail_msg("got %s, want %s", buf_str(&b).ptr, cases[i].out);
		buf_release(&b);
	}
}

static void escapes_html(void **state)
{
	static const struct escape cases[] = {
		{ STR_INIT("<a href=\"x\">Tom & 'Jerry'</a>"),
		  "&lt;a href=&quot;x&quot;&gt;Tom &amp; &#39;Jerry&#39;&lt;/a&gt;" },
		{ STR_INIT("plain \xe4\xb8\xad"), "plain \xe4\xb8\xad" },
		{ STR_INIT("&&"), "&amp;&amp;" },
		{ STR_INIT(""), "" },
		{ { NULL, 0 }, "" },
	};

	(void)state;
	check_escapes(cases, COUNT(cases), buf_add_html);
}

static void escapes_json(void **state)
{
	static const struct escape cases[] = {
		{ STR_INIT("a \"b\" \\ /"), "\"a \\\"b\\\" \\\\ /\"" },
		{ STR_INIT("\b\f\n\r\t\v\0"
			   "1\x7f"),
		  "\"\\b\\f\\n\\r\\t\\u000b\\u00001\\u007f\"" },
		{ STR_INIT("</script><!-- x"), "\"<\\/script>\\u003c!-- x\"" },
		{ STR_INIT("< / !"), "\"< / !\"" },
		{ STR_INIT("Z\xc3\xbcrich \xe4\xb8\xad \xf0\x9f\x98\x80"),
		  "\"Z\xc3\xbcrich \xe4\xb8\xad \xf0\x9f\x98\x80\"" },
		{ STR_INIT("a\xff"
			   "b\xc3"),
		  "\"a\xef\xbf\xbd"
		  "b\xef\xbf\xbd\"" },
		{ STR_INIT("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ STR_INIT("\xef\xbf\xbd"), "\"\xef\xbf\xbd\"" },
		{ { NULL, 0 }, "\"\"" },
	};

	(void)state;
	check_escapes(cases, COUNT(cases), buf_add_json);
}

static void quotes_csv_where_needed(void **state)
{
	static const struct escape cases[] = {
		{ STR_INIT("plain; text"), "plain; text" },
		{ STR_INIT("a,b"), "\"a,b\"" },
		{ STR_INIT("say \"hi\""), "\"say \"\"hi\"\"\"" },
		{ STR_INIT("two\nlines"), "\"two\nlines\"" },
		{ STR_INIT("cr\r"), "\"cr\r\"" },
		{ STR_INIT(" padded"), "\" padded\"" },
		{ STR_INIT(""), "" },
	};

	(void)state;
	check_escapes(cases, COUNT(cases), buf_add_csv);
}

static void percent_encodes_urls(void **state)
{
	static const struct escape cases[] = {
		{ STR_INIT("/companies/deep-seek_1.0~/"), "/companies/deep-seek_1.0~/" },
		{ STR_INIT("a b"), "a%20b" },
		{ STR_INIT("100%?#"), "100%25%3F%23" },
		{ STR_INIT("\xe4\xb8\xad"), "%E4%B8%AD" },
		{ STR_INIT("a\"<>\\^`{|}"), "a%22%3C%3E%5C%5E%60%7B%7C%7D" },
		{ STR_INIT("a@b:c;d=e+f,g!$&'()*"), "a@b:c;d=e+f,g!$&'()*" },
		{ STR_INIT("\0\x7f"), "%00%7F" },
	};

	(void)state;
	check_escapes(cases, COUNT(cases), buf_add_url);
}

/* Eight bytes are looked at together: each place among them, and what only resembles a special character. */
static void special_characters_are_found_wherever_they_stand(void **state)
{
	static const char around[] = "#%$\"!+/;=?@`abcdefg\xa6\xa7\xbc\xbe\x80\xff";

	(void)state;
	for (size_t c = 0; c < 256; c++) {
		for (size_t at = 0; at < 24; at++) {
			bool is_special = c && strchr("&<>\"'", (int)c);
			char text[24];

			for (size_t i = 0; i < sizeof(text); i++)
				text[i] = i % 2 ? '#' : around[i] == '"' ? 'x' : around[i];
			text[at] = (char)c;
			assert_int_equal(buf_html_plain((struct str){ text, sizeof(text) }), is_special ? at : 24);
			assert_int_equal(buf_html_plain((struct str){ text, at + 1 }), is_special ? at : at + 1);
		}
	}
}

static struct str written(struct arena *a, void (*add)(struct buf *b, struct str s), struct str s)
{
	struct buf b;
	struct str out;

	buf_init(&b, 0);
	add(&b, s);
	out = buf_copy(&b, a);
	buf_release(&b);
	return out;
}

/* The same as by itself, before and behind what only resembles it. */
static void escapes_are_the_same_wherever_they_stand(void **state)
{
	void (*const adds[])(struct buf *, struct str) = { buf_add_html, buf_add_json, buf_add_url };
	static const char around[] = "a|zA.-;09#Z_}m:x~y(w)v,u"; /* '#' and '}' are special in addresses alone */

	struct arena a = { 0 };

	(void)state;
	for (size_t k = 0; k < COUNT(adds) * 256 * 24; k++) {
		void (*add)(struct buf *, struct str) = adds[k / (256 * 24)];
		size_t at = k % 24, quote = add == buf_add_json;
		char text[24], c = (char)(k / 24 % 256);
		struct str parts[3];

		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = add == buf_add_url && strchr("#}|", around[i]) ? 'b' : around[i];
		text[at] = c;
		parts[0] = (struct str){ text, at };
		parts[1] = written(&a, add, (struct str){ &c, 1 });
		parts[1] = str_cut(parts[1], quote, parts[1].len - quote);
		parts[2] = (struct str){ text + at + 1, sizeof(text) - at - 1 };
		parts[1] = str_join(&a, parts, 3, STR_NONE);
		if (quote)
			parts[1] = str_format(&a, "\"%.*s\"", STR_ARG(parts[1]));
		assert_true(str_eq(written(&a, add, (struct str){ text, sizeof(text) }), parts[1]));
		arena_reset(&a);
	}
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_ready_when_zero),
		cmocka_unit_test(grows_and_stays_terminated),
		cmocka_unit_test(stops_at_its_maximum),
		cmocka_unit_test(is_cut_to_its_beginning),
		cmocka_unit_test(formats_longer_than_the_room),
		cmocka_unit_test(writes_the_shortest_decimal),
		cmocka_unit_test(doubles_read_back_as_they_were),
		cmocka_unit_test(numbers_do_not_depend_on_the_locale),
		cmocka_unit_test(writes_whole_numbers),
		cmocka_unit_test(escapes_html),
		cmocka_unit_test(escapes_json),
		cmocka_unit_test(quotes_csv_where_needed),
		cmocka_unit_test(percent_encodes_urls),
		cmocka_unit_test(special_characters_are_found_wherever_they_stand),
		cmocka_unit_test(escapes_are_the_same_wherever_they_stand),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
