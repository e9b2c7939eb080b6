#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "text/csv.h"
#include "unit/tree_case.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool read_rows(struct arena *a, struct str text, uint32_t first_line, struct value **root, struct diag_list *dl)
{
	(void)first_line;
	return csv_parse(a, STR("a.csv"), text, root, dl);
}

static void parse(struct parsed *p, struct str text)
{
	tree_parse(p, read_rows, text, 1);
	assert_int_equal(p->root->type, VALUE_ARRAY);
}

static const struct {
	const char *name;
	struct str text;
	const char *json;
} valid[] = {
	{ "rows", T("a,b\n1,2\n3,4\n"), "[{'a':'1','b':'2'},{'a':'3','b':'4'}]" },
	{ "CRLF", T("a,b\r\n1,2\r\n3,4\r\n"), "[{'a':'1','b':'2'},{'a':'3','b':'4'}]" },
	{ "no line end at the end", T("a,b\n1,2"), "[{'a':'1','b':'2'}]" },
	{ "mixed line ends", T("a\n1\r\n2\n"), "[{'a':'1'},{'a':'2'}]" },
	{ "only a header", T("a,b\n"), "[]" },
	{ "only a header, no line end", T("a"), "[]" },
	{ "one column", T("a\n1\n"), "[{'a':'1'}]" },
	{ "a byte order mark",
	  T("\xef\xbb\xbf"
	    "a\n1\n"),
	  "[{'a':'1'}]" },
	{ "a byte order mark before a quote", T("\xef\xbb\xbf\"a\"\n1\n"), "[{'a':'1'}]" },
	{ "empty fields", T("a,b,c\n,,\n"), "[{'a':'','b':'','c':''}]" },
	{ "empty quoted fields", T("a,b\n\"\",\"\"\n"), "[{'a':'','b':''}]" },
	{ "an empty field at the end", T("a,b\n1,"), "[{'a':'1','b':''}]" },
	{ "a field of one quoted column that is empty", T("a\n\"\"\n"), "[{'a':''}]" },
	{ "quotes", T("a\n\"x\"\n"), "[{'a':'x'}]" },
	{ "commas in quotes", T("a,b\n\"x, y\",z\n"), "[{'a':'x, y','b':'z'}]" },
	{ "line ends in quotes", T("a,b\n\"x\ny\r\nz\",1\n"), "[{'a':'x\\ny\\nz','b':'1'}]" },
	{ "quotes in quotes", T("a\n\"say 'x' \"\"y\"\"\"\n"), "[{'a':'say 'x' \\\"y\\\"'}]" },
	{ "only a quote", T("a\n\"\"\"\"\n"), "[{'a':'\\\"'}]" },
	{ "a carriage return in quotes", T("a\n\"x\ry\"\n"), "[{'a':'x\\ry'}]" },
	{ "blanks are part of a field", T("a,b\n x ,\t\n"), "[{'a':' x ','b':'\\t'}]" },
	{ "blanks are no part of a header", T(" a , b\n1,2\n"), "[{'a':'1','b':'2'}]" },
	{ "quoted headers", T("\"a, b\",\"c\"\n1,2\n"), "[{'a, b':'1','c':'2'}]" },
	{ "empty lines", T("\n\r\na\n\n1\n\r\n\n2\n\n"), "[{'a':'1'},{'a':'2'}]" },
	{ "everything is a string", T("a,b,c\n1,true,2026-05-01\n"), "[{'a':'1','b':'true','c':'2026-05-01'}]" },
	{ "Chinese", T("名,b\n深度求索,\"é\"\n"), "[{'名':'深度求索','b':'é'}]" },
	{ "headers that differ in case", T("a,A\n1,2\n"), "[{'a':'1','A':'2'}]" },
	{ "semicolons in several columns", T("a;b,c\n1;2,3\n"), "[{'a;b':'1;2','c':'3'}]" },
};

static void reads_what_is_valid(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(valid); i++) {
		struct parsed p;
		struct buf b = { 0 };

		parse(&p, valid[i].text);
		value_write_json(&b, p.root);
		/* Single quotes in the table stand for double ones. */
		for (size_t k = 0; k < b.len; k++)
			if (b.ptr[k] == '"' && (k == 0 || b.ptr[k - 1] != '\\'))
				b.ptr[k] = '\'';
		if (!p.ok || strcmp(b.ptr, valid[i].json) != 0)
			print_message("%s\n", valid[i].name);
		assert_true(p.ok);
		assert_string_equal(b.ptr, valid[i].json);
		buf_release(&b);
		release(&p);
	}
}

static const struct {
	const char *name;
	struct str text;
	const char *codes; /* with their places, all of them */
	size_t rows;       /* that could be read */
} invalid[] = {
	{ "nothing", T(""), "csv/header 1:1", 0 },
	{ "empty lines", T("\n\r\n"), "csv/header 1:1", 0 },
	{ "only a byte order mark", T("\xef\xbb\xbf"), "csv/header 1:1", 0 },
	{ "a header without a name", T("a,,c\n1,2,3\n"), "csv/header 1:3", 0 },
	{ "a header of blanks", T("a, ,c\n"), "csv/header 1:3", 0 },
	{ "a comma at the end of the header", T("a,b,\n1,2\n"), "csv/header 1:5", 0 },
	{ "a header twice", T("a,b,a\n1,2,3\n"), "csv/header 1:5", 0 },
	{ "a header twice in quotes", T("a,\"a\"\n"), "csv/header 1:3", 0 },
	{ "semicolons", T("a;b\n1;2\n"), "csv/header 1:1", 0 },
	{ "tabs", T("a\tb\n1\t2\n"), "csv/header 1:1", 0 },
	{ "too few fields", T("a,b\n1\n2,3\n"), "csv/fields 2:1", 1 },
	{ "too many fields", T("a,b\n1,2,3\n4,5\n"), "csv/fields 2:1", 1 },
	{ "a comma too many", T("a,b\n1,2,\n"), "csv/fields 2:1", 0 },
	{ "several bad rows", T("a,b\n1\n2,3\n4,5,6\n"), "csv/fields 2:1 csv/fields 4:1", 1 },
	{ "blanks alone are a field", T("a,b\n \n"), "csv/fields 2:1", 0 },
	{ "a quote inside", T("a,b\n1,x\"y\n3,4\n"), "csv/quote 2:4", 1 },
	{ "a quote after a blank", T("a,b\n1, \"y\"\n3,4\n"), "csv/quote 2:4", 1 },
	{ "text behind a quote", T("a,b\n\"é\"y,2\n3,4\n"), "csv/quote 2:4", 1 },
	{ "a blank behind a quote", T("a,b\n\"x\" ,2\n"), "csv/quote 2:4", 0 },
	{ "a quote that is not closed", T("a,b\n1,\"x\n3,4\n"), "csv/quote 2:3", 0 },
	{ "a quote that is not closed, in the header", T("a,\"b\n1,2\n"), "csv/quote 1:3", 0 },
	{ "only a quote", T("\""), "csv/quote 1:1", 0 },
	{ "a carriage return alone", T("a,b\r1,2\r"), "csv/encoding 1:4", 0 },
	{ "a carriage return at the end", T("a,b\n1,2\r"), "csv/encoding 2:4", 0 },
	{ "NUL", T("a,b\n1,\0\n"), "csv/encoding 2:3", 0 },
	{ "Latin-1", T("a,b\ncaf\xe9,1\n"), "csv/encoding 2:4", 0 },
	{ "UTF-16",
	  T("\xff\xfe"
	    "a\0,\0"),
	  "csv/encoding 1:1", 0 },
	{ "after a field of several lines", T("a,b\n\"x\ny\",\"z\"q\n1,2\n"), "csv/quote 3:7", 1 },
};

static void refuses_what_is_invalid(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(invalid); i++) {
		struct parsed p;
		struct buf b = { 0 };

		parse(&p, invalid[i].text);
		buf_init(&b, 0);
		for (size_t k = 0; k < p.dl.len; k++)
			buf_add_format(&b, "%s%s %u:%u", k ? " " : "", p.dl.items[k].code, p.dl.items[k].at.line,
				       p.dl.items[k].at.col);
		if (p.ok || strcmp(b.ptr, invalid[i].codes) != 0 || p.root->as.array.len != invalid[i].rows)
			print_message("%s\n", invalid[i].name);
		assert_false(p.ok);
		assert_string_equal(b.ptr, invalid[i].codes);
		assert_int_equal(p.root->as.array.len, invalid[i].rows);
		buf_release(&b);
		release(&p);
	}
}

static void knows_where_everything_stands(void **state)
{
	static const struct {
		size_t row;
		const char *key;
		struct pos at;
	} places[] = {
		{ 0, "é", { 2, 1 } }, { 0, "b", { 2, 4 } }, { 1, "é", { 3, 1 } },
		{ 1, "b", { 4, 4 } }, { 2, "é", { 6, 1 } }, { 2, "b", { 6, 2 } },
	};
	struct parsed p;

	(void)state;
	parse(&p, STR("é,b\nüü,1\n\"x\r\ny\",2\n\n,3"));
	assert_true(p.ok);
	for (size_t i = 0; i < COUNT(places); i++) {
		const struct value *row = p.root->as.array.items[places[i].row];
		const struct value *v = value_get(row, str_from(places[i].key));

		assert_non_null(v);
		assert_memory_equal(&v->at, &places[i].at, sizeof(v->at));
	}
	assert_int_equal(p.root->as.array.items[2]->at.line, 6);
	assert_int_equal(value_entry_of(p.root->as.array.items[0], STR("b"))->at.col, 3);
	release(&p);
}

static void says_where_the_first_of_two_columns_is(void **state)
{
	struct parsed p;

	(void)state;
	parse(&p, STR("x,a,a\n"));
	assert_int_equal(p.dl.len, 1);
	assert_string_equal(str_z(&p.arena, p.dl.items[0].message), "two columns are named 'a'");
	assert_non_null(p.dl.items[0].related);
	assert_int_equal(p.dl.items[0].related->at.col, 3);
	release(&p);
}

static void limits_columns_and_messages(void **state)
{
	struct buf b = { 0 };
	struct parsed p;

	(void)state;
	for (int extra = 0; extra < 2; extra++) {
		buf_clear(&b);
		for (int i = 0; i < CSV_MAX_COLUMNS + extra; i++)
			buf_add_format(&b, i ? ",c%d" : "c%d", i);
		parse(&p, buf_str(&b));
		assert_true(p.ok == (extra == 0));
		if (extra)
			assert_string_equal(p.dl.items[0].code, "csv/limit");
		release(&p);
	}
	repeat(&b, "a,b\n", "1\n", 5000, "");
	parse(&p, buf_str(&b));
	assert_int_equal(p.dl.len, CSV_MAX_ERRORS);
	release(&p);
	buf_release(&b);
}

static const struct {
	const char *name, *before, *middle, *after;
	bool ok;
} hostile[] = {
	{ "rows", "a,b\n", "1,2\n", "", true },
	{ "rows of quotes", "a,b\n", "\"é\",\"\"\n", "", true },
	{ "empty lines", "a\n", "\n", "", true },
	{ "a long field", "a\n", "x", "", true },
	{ "a long quoted field", "a\n\"", "\"\"", "\"", true },
	{ "lines of a quoted field", "a\n\"", "\n", "\"", true },
	{ "quotes", "a\n\"", "\"", "", false },
	{ "commas", "a\n", ",", "", false },
	{ "commas of the header", "a", ",", "", false },
	{ "columns with one name", "a", ",a", "", false },
	{ "bad quotes", "a\n", "x\"\n", "", false },
	{ "bad rows", "a,b\n", "1\n", "", false },
};

/* A quadratic reader needs minutes for these; the bound leaves room for sanitizers and slow machines. */
static void reads_a_megabyte_of_anything_in_no_time(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(hostile); i++) {
		clock_t began;
		double seconds;
		struct parsed p;

		repeat(&b, hostile[i].before, hostile[i].middle, (1 << 20) / strlen(hostile[i].middle),
		       hostile[i].after);
		began = clock();
		parse(&p, buf_str(&b));
		seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
		if (p.ok != hostile[i].ok || seconds > 5)
			print_message("%s: %.1f s\n", hostile[i].name, seconds);
		assert_true(p.ok == hostile[i].ok);
		assert_true(seconds <= 5);
		release(&p);
	}
	buf_release(&b);
}

static void reads_back_what_is_written(void **state)
{
	static const struct str fields[] = {
		T("x"), T(""), T("a,b"), T("\""), T("\"\""), T("x\ny"), T(" "), T("\xe4\xb8\xad"), T("'"), T("x\ry"),
	};
	struct buf b = { 0 };
	struct parsed p;

	(void)state;
	buf_add(&b, STR("id,text\n"));
	for (size_t i = 0; i < COUNT(fields); i++) {
		buf_add_u64(&b, i);
		buf_add_char(&b, ',');
		buf_add_csv(&b, fields[i]);
		buf_add(&b, STR("\r\n"));
	}
	parse(&p, buf_str(&b));
	assert_true(p.ok);
	assert_int_equal(p.root->as.array.len, COUNT(fields));
	for (size_t i = 0; i < COUNT(fields); i++)
		assert_true(str_eq(value_text(value_get(p.root->as.array.items[i], STR("text"))), fields[i]));
	release(&p);
	buf_release(&b);
}

static void takes_a_text_that_is_nowhere(void **state)
{
	struct arena arena = { 0 };
	struct diag_list dl;
	struct value *root = NULL;

	(void)state;
	diag_init(&dl, &arena);
	assert_false(csv_parse(&arena, STR("a.csv"), STR_NONE, &root, &dl));
	assert_non_null(root);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_is_valid),
		cmocka_unit_test(refuses_what_is_invalid),
		cmocka_unit_test(knows_where_everything_stands),
		cmocka_unit_test(says_where_the_first_of_two_columns_is),
		cmocka_unit_test(limits_columns_and_messages),
		cmocka_unit_test(reads_a_megabyte_of_anything_in_no_time),
		cmocka_unit_test(reads_back_what_is_written),
		cmocka_unit_test(takes_a_text_that_is_nowhere),
	};

	return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
