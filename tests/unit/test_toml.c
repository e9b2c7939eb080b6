#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "text/toml.h"
#include "unit/tree_case.h"
#include "unit/value_text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool read_table(struct arena *a, struct str text, uint32_t first_line, struct value **root, struct diag_list *dl)
{
	return toml_parse(a, STR("a.toml"), text, first_line, root, dl);
}

static void parse_at(struct parsed *p, struct str text, uint32_t first_line)
{
	tree_parse(p, read_table, text, first_line);
	assert_int_equal(p->root->type, VALUE_TABLE);
}

static void parse(struct parsed *p, struct str text)
{
	parse_at(p, text, 1);
}

static const struct {
	const char *name;
	struct str text;
	const char *meaning;
} valid[] = {
#include "toml_valid.inc"
};

static void reads_what_is_valid(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(valid); i++) {
		struct parsed p;
		struct buf b = { 0 };

		parse(&p, valid[i].text);
		if (p.dl.len)
			print_message("%s: %.*s\n", valid[i].name, STR_ARG(p.dl.items[0].message));
		assert_true(p.ok);
		value_text_write(&b, p.root);
		if (strcmp(b.ptr, valid[i].meaning) != 0)
			print_message("%s\n", valid[i].name);
		assert_string_equal(b.ptr, valid[i].meaning);
		buf_release(&b);
		release(&p);
	}
}

static const struct {
	const char *name;
	struct str text;
	const char *code;
	struct pos at;
} invalid[] = {
#include "toml_invalid.inc"
};

static void refuses_what_is_invalid(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(invalid); i++) {
		struct parsed p;
		const struct diag *d;

		parse(&p, invalid[i].text);
		if (p.ok)
			print_message("accepted: %s\n", invalid[i].name);
		assert_false(p.ok);
		d = &p.dl.items[0];
		if (strcmp(d->code, invalid[i].code) != 0 || d->at.line != invalid[i].at.line ||
		    d->at.col != invalid[i].at.col)
			print_message("%s: %s at %u:%u\n", invalid[i].name, d->code, d->at.line, d->at.col);
		assert_string_equal(d->code, invalid[i].code);
		assert_int_equal(d->at.line, invalid[i].at.line);
		assert_int_equal(d->at.col, invalid[i].at.col);
		assert_true(d->message.len > 0);
		release(&p);
	}
}

static const struct {
	const char *path;
	struct pos key, value;
} places[] = {
	{ "title", { 8, 1 }, { 8, 9 } },          { "名", { 9, 1 }, { 9, 7 } },
	{ "owner", { 10, 2 }, { 10, 1 } },        { "owner.born", { 11, 3 }, { 11, 10 } },
	{ "owner.a", { 12, 3 }, { 12, 3 } },      { "owner.a.b", { 12, 5 }, { 12, 9 } },
	{ "owner.list", { 13, 3 }, { 13, 10 } },  { "owner.in", { 16, 3 }, { 16, 8 } },
	{ "owner.in.x", { 16, 10 }, { 16, 14 } }, { "owner.long", { 17, 3 }, { 17, 10 } },
	{ "owner.after", { 19, 3 }, { 19, 11 } }, { "deep", { 21, 2 }, { 22, 1 } },
	{ "deep.er", { 21, 7 }, { 21, 1 } },      { "p", { 23, 3 }, { 23, 1 } },
};

static void knows_where_everything_stands(void **state)
{
	struct parsed p;
	const struct value *list;

	(void)state;
	parse_at(&p,
		 STR("title = \"x\"\n"
		     "\"名\" = 'ü' # two bytes, one column\n"
		     "[owner]\n"
		     "  born = 1815-12-10\r\n"
		     "  a.b = 1\n"
		     "  list = [ 1,\n"
		     "\"ü\", 2,\n"
		     "    { } ]\n"
		     "  in = { x = 1 }\n"
		     "  long = '''\n"
		     "  '''\n"
		     "  after = 1\n"
		     "\n"
		     "[deep.er]\n"
		     "[deep]\n"
		     "[[p]]\n"
		     "[[p]]\n"),
		 8);
	assert_true(p.ok);
	for (size_t i = 0; i < COUNT(places); i++) {
		struct str path = str_from(places[i].path);
		ptrdiff_t dot = str_rfind_byte(path, '.');
		const struct value *table = dot < 0 ? p.root : value_path(p.root, str_cut(path, 0, (size_t)dot));
		const struct value_entry *e = value_entry_of(table, str_skip(path, (size_t)(dot + 1)));

		assert_non_null(e);
		if (memcmp(&e->at, &places[i].key, sizeof(e->at)) ||
		    memcmp(&e->value->at, &places[i].value, sizeof(e->at)))
			print_message("%s: %u:%u, %u:%u\n", places[i].path, e->at.line, e->at.col, e->value->at.line,
				      e->value->at.col);
		assert_memory_equal(&e->at, &places[i].key, sizeof(e->at));
		assert_memory_equal(&e->value->at, &places[i].value, sizeof(e->at));
	}
	list = value_path(p.root, STR("owner.list"));
	assert_int_equal(list->as.array.items[2]->at.line, 14);
	assert_int_equal(list->as.array.items[2]->at.col, 6);
	assert_int_equal(list->as.array.items[3]->at.line, 15);
	assert_int_equal(value_get(p.root, STR("p"))->as.array.items[1]->at.line, 24);
	release(&p);
}

static const struct {
	const char *name;
	struct str text;
	const char *lines; /* of all messages, in order */
} several[] = {
	{ "each bad line", T("a = x\nb = 1\nc = 01\nd = \"\nf = 1\nf = 2\n"), "1 3 4 6" },
	{ "a list without an end does not hide what follows", T("a = [1,\nb = 2\nc = x\n"), "1 3" },
	{ "a list that goes wrong is one message", T("a = [\n  1 2,\n  3,\n  [4],\n]\nb = x\n"), "2 6" },
	{ "a header ends a list that went wrong", T("a = [\n  1 2,\n[b]\nc = x\n"), "2 4" },
	{ "an inline table over lines is one message", T("a = {\n  b = 1,\n  c = 2,\n}\nd = x\n"), "1 5" },
	{ "a bad header does not mix its keys with others", T("a = 1\n[b\na = 2\n[c]\na = 3\n[c]\na = 4\n"), "2 6" },
	{ "keys below a doubled header are not doubled again", T("[a]\nb = 1\n[a]\nb = 2\nc = x\n"), "3 5" },
	{ "several in one string", T("a = \"\\q\\p\"\n"), "1 1" },
	{ "a bad value of a doubled key", T("a = 1\na = x\n"), "2 2" },
	{ "a string over lines that is never closed", T("a = 1\nb = \"\"\"\nc = x\n"), "2" },
};

static void goes_on_after_a_mistake(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(several); i++) {
		struct parsed p;
		struct buf b = { 0 };

		parse(&p, several[i].text);
		buf_init(&b, 0);
		for (size_t k = 0; k < p.dl.len; k++)
			buf_add_format(&b, k ? " %u" : "%u", p.dl.items[k].at.line);
		if (strcmp(b.ptr, several[i].lines) != 0)
			print_message("%s\n", several[i].name);
		assert_string_equal(b.ptr, several[i].lines);
		buf_release(&b);
		release(&p);
	}
}

static const struct {
	struct str text;
	const char *message, *hint;
	uint32_t related; /* line of "first defined here" or "begins here"; 0: none */
} advice[] = {
	{ T("title = My site # x\n"), "'My' is not a value", "put quotes around text: \"My site\"", 0 },
	{ T("a = yes\n"), "'yes' is not a value", "write true, or put quotes around it if it is text", 0 },
	{ T("a = NO\n"), "'NO' is not a value", "write false, or put quotes around it if it is text", 0 },
	{ T("a = null\n"), "'null' is not a value", "TOML has no empty value: leave the key out, or write \"\"", 0 },
	{ T("a = “x”\n"), "'“x”' is not a value", "write straight quotes: \" or '", 0 },
	{ T("a = 2026-02-30\n"), "'2026-02-30' is a date that no calendar has", "the days of 2026-02 go from 01 to 28",
	  0 },
	{ T("a = 2024-13-01\n"), "'2024-13-01' is a date that no calendar has",
	  "the month goes from 01 to 12: year-month-day", 0 },
	{ T("a = 01\n"), "'01' is not a number", "remove the leading zero, or put quotes around it if it is text", 0 },
	{ T("a = 1__0\n"), "'1__0' is not a number", "underscores stand only between digits, as in 1_000", 0 },
	{ T("a: 1\n"), "expected '=' after the key 'a', not ':'", "TOML writes key = value", 0 },
	{ T("a b = 1\n"), "expected '=' after the key 'a', not 'b'", "a key with spaces goes in quotes", 0 },
	{ T("a\n"), "expected '=' after the key 'a', not the end of the line", "write a = \"value\"", 0 },
	{ T("é = 1\n"), "the key 'é' needs quotes", "only letters a to z, digits, '-' and '_' stand without: \"é\"",
	  0 },
	{ T("x = 0\na = 1\nb = 2\na = 3\n"), "'a' is defined twice", "", 2 },
	{ T("[a]\n[b]\n[a]\n"), "'a' is defined twice",
	  "put the keys under the one header, or write [[a]] for a list of tables", 1 },
	{ T("[[a]]\n[a]\n"), "'a' is defined twice", "it is a list of tables: add to it with [[a]]", 1 },
	{ T("a = {}\na.b = 1\n"), "'a' is an inline table: keys cannot be added to it",
	  "an inline table is complete: put the key between its braces", 1 },
	{ T("a = [\n1,\nb = 2\n"), "the list that begins here has no closing ]", "", 3 },
	{ T("a = [\n1\n2 ]\n"), "expected ',' or ']' in the list, not '2'",
	  "put a comma between values, and ] after the last", 1 },
	{ T("a = \"say \"yes\"\"\n"), "expected the end of the line, not 'y'",
	  "each key has a line of its own; text goes in quotes", 0 },
	{ T("a = 1\001\n"), "the control character U+0001 between values",
	  "remove it, or write it as \\u0001 in a quoted string", 0 },
	{ T("\xff\xfe\x61"), "the text is not valid UTF-8", "it looks like UTF-16: save it as UTF-8", 0 },
};

static void says_what_to_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(advice); i++) {
		struct parsed p;
		const struct diag *d;

		parse(&p, (struct str)advice[i].text);
		assert_false(p.ok);
		d = &p.dl.items[0];
		assert_string_equal(str_z(&p.arena, d->message), advice[i].message);
		assert_string_equal(str_z(&p.arena, d->hint), advice[i].hint);
		if (advice[i].related) {
			assert_non_null(d->related);
			assert_int_equal(d->related->at.line, advice[i].related);
		} else {
			assert_null(d->related);
		}
		release(&p);
	}
}

static const struct {
	const char *name, *before, *middle, *after;
	size_t fits; /* how often `middle` may stand there */
} nests[] = {
	{ "lists", "a = ", "[", "", TOML_MAX_DEPTH },
	{ "dotted keys", "a", ".a", " = 1", TOML_MAX_DEPTH },
	{ "headers", "[a", ".a", "]", TOML_MAX_DEPTH - 2 },
	{ "inline tables", "a = ", "{ a = ", "", TOML_MAX_DEPTH },
	{ "dotted keys in an inline table", "a = { b", ".b", " = 1 }", TOML_MAX_DEPTH - 1 },
	{ "a list below a header", "[a.b.c]\nd = ", "[", "", TOML_MAX_DEPTH - 3 },
	{ "a list below list headers", "[[a]]\n[[a.b]]\nc = ", "[", "", TOML_MAX_DEPTH - 4 },
};

static void limits_the_depth(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(nests); i++) {
		for (size_t n = nests[i].fits; n <= nests[i].fits + 1; n++) {
			bool is_limited = false;
			struct parsed p;

			repeat(&b, nests[i].before, nests[i].middle, n, nests[i].after);
			parse(&p, buf_str(&b));
			for (size_t k = 0; k < p.dl.len; k++)
				is_limited |= strcmp(p.dl.items[k].code, "toml/limit") == 0;
			if (is_limited != (n > nests[i].fits))
				print_message("%s, %zu\n", nests[i].name, n);
			assert_true(is_limited == (n > nests[i].fits));
			release(&p);
		}
	}
	buf_release(&b);
}

static const struct {
	const char *name, *before, *middle, *after;
	size_t width; /* of the middle */
	bool ok;
} hostile[] = {
	{ "keys of one table", "", "k@ = 1\n", "", 10, true },
	{ "headers of a list", "", "[[a]]\n", "", 6, true },
	{ "headers of a list, with keys", "", "[[a.b.c]]\nx = @\n", "", 18, true },
	{ "tables", "", "[a.b@]\nc = 1\n", "", 16, true },
	{ "dotted keys", "", "a.b.c.d.e@ = 1\n", "", 18, true },
	{ "keys of an inline table", "a = {x = 1", ", k@ = 1", "}", 12, true },
	{ "numbers of a list", "a = [", "1,", "]", 2, true },
	{ "strings of a list on one line", "a = [", "\"é\", ", "]", 6, true },
	{ "lists of a list", "a = [", "[],", "]", 3, true },
	{ "tables of a list over lines", "a = [", "{b = 1},\n", "]", 9, true },
	{ "escapes", "a = \"", "\\u00e9", "\"", 6, true },
	{ "a long string", "a = \"", "x", "\"", 1, true },
	{ "lines of a long string", "a = '''", "\n", "'''", 1, true },
	{ "continued lines", "a = \"\"\"", "\\\n", "\"\"\"", 2, true },
	{ "quotes of a long string", "a = \"\"\"", "\"\" ", "\"\"\"", 3, true },
	{ "comments", "", "#\n", "", 2, true },
	{ "blanks", "", " ", "", 1, true },
	{ "a long key", "", "k", " = 1", 1, true },
	{ "digits of a fraction", "a = 0.", "1", "", 1, true },
	{ "digits of a number", "a = ", "1", "", 1, false },
	{ "opening brackets", "a = ", "[", "", 1, false },
	{ "opening brackets at the beginning", "", "[", "", 1, false },
	{ "opening braces", "a = ", "{a=", "", 3, false },
	{ "dots", "a", ".a", " = 1", 2, false },
	{ "quotes", "", "\"", "", 1, false },
	{ "doubled keys", "", "a = 1\n", "", 6, false },
	{ "bad escapes", "a = \"", "\\q", "\"", 2, false },
	{ "controls", "a = \"", "\001", "\"", 1, false },
	{ "lists that are never closed", "", "a = [\n", "", 6, false },
	{ "lists of nonsense", "", "a = [\n?\n", "", 8, false },
	{ "nonsense in one list", "a = [\n", "?\n", "", 2, false },
	{ "lines of nonsense", "", "?\n", "", 2, false },
	{ "words", "", "a = x\n", "", 6, false },
	{ "inline tables over lines", "", "a@ = {\n}\n", "", 14, false },
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

		repeat(&b, hostile[i].before, hostile[i].middle, (1 << 20) / hostile[i].width, hostile[i].after);
		began = clock();
		parse(&p, buf_str(&b));
		seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
		if (p.ok != hostile[i].ok || seconds > 5)
			print_message("%s: %.1f s\n", hostile[i].name, seconds);
		assert_true(p.ok == hostile[i].ok);
		assert_true(seconds <= 5);
		assert_true(p.dl.len <= TOML_MAX_ERRORS + 1);
		release(&p);
	}
	buf_release(&b);
}

static void survives_every_cut_and_every_byte(void **state)
{
	static const char bytes[] = "\"'[]{}=.,#\\\n\r\0\xff-_0e ";
	static const char text[] =
		"# c\ntitle = \"a\\u00e9b\" # é\n[a.'b c']\nx = [1, 2.5,\n { y = 'z' }]\n"
		"[[p.q]]\nd = 2026-05-01 09:30:00.5+01:00\nt = \"\"\"\nl \\\n  m\"\"\"\n0x1F = 0x1F\n";
	char changed[sizeof(text)];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++) {
		struct parsed p;

		parse(&p, (struct str){ text, i });
		release(&p);
		for (size_t k = 0; k < sizeof(bytes) && i < sizeof(text) - 1; k++) {
			memcpy(changed, text, sizeof(text));
			changed[i] = bytes[k];
			parse(&p, (struct str){ changed, sizeof(text) - 1 });
			release(&p);
		}
	}
}

static void keeps_what_could_be_read(void **state)
{
	struct parsed p;

	(void)state;
	parse(&p, STR("a = 1\nb = oops\n[c]\nd = 2\nd = 3\n"));
	assert_false(p.ok);
	assert_int_equal(value_get(p.root, STR("a"))->as.integer, 1);
	assert_null(value_get(p.root, STR("b")));
	assert_int_equal(value_path(p.root, STR("c.d"))->as.integer, 2);
	release(&p);
}

static void takes_a_text_that_is_nowhere(void **state)
{
	struct arena arena = { 0 };
	struct diag_list dl;
	struct value *root = NULL;

	(void)state;
	diag_init(&dl, &arena);
	assert_true(toml_parse(&arena, STR("a.toml"), STR_NONE, 1, &root, &dl));
	assert_non_null(root);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_is_valid),
		cmocka_unit_test(refuses_what_is_invalid),
		cmocka_unit_test(knows_where_everything_stands),
		cmocka_unit_test(goes_on_after_a_mistake),
		cmocka_unit_test(says_what_to_do),
		cmocka_unit_test(limits_the_depth),
		cmocka_unit_test(reads_a_megabyte_of_anything_in_no_time),
		cmocka_unit_test(survives_every_cut_and_every_byte),
		cmocka_unit_test(keeps_what_could_be_read),
		cmocka_unit_test(takes_a_text_that_is_nowhere),
	};

	return cmocka_run_group_tests_name("toml", tests, NULL, NULL);
}
