#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/pool.h"
#include "text/yaml.h"
#include "unit/tree_case.h"
#include "unit/value_text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool read_yaml(struct arena *a, struct str text, uint32_t first_line, struct value **root, struct diag_list *dl)
{
	return yaml_parse(a, STR("a.md"), text, first_line, root, dl);
}

static bool read_json(struct arena *a, struct str text, uint32_t first_line, struct value **root, struct diag_list *dl)
{
	(void)first_line;
	return yaml_parse_json(a, STR("a.json"), text, root, dl);
}

static void parse(struct parsed *p, bool is_json, struct str text, uint32_t first_line)
{
	tree_parse(p, is_json ? read_json : read_yaml, text, first_line);
	assert_true(is_json || p->root->type == VALUE_TABLE);
}

struct valid_case {
	const char *name;
	struct str text;
	const char *meaning;
};

static const struct valid_case valid_yaml[] = {
#include "yaml_valid.inc"
};

static const struct valid_case valid_json[] = {
#include "json_valid.inc"
};

static void check_valid(bool is_json, const struct valid_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct parsed p;
		struct buf b = { 0 };

		parse(&p, is_json, cases[i].text, 1);
		if (p.dl.len)
			print_message("%s: %.*s\n", cases[i].name, STR_ARG(p.dl.items[0].message));
		assert_true(p.ok);
		value_text_write(&b, p.root);
		if (strcmp(b.ptr, cases[i].meaning) != 0)
			print_message("%s\n", cases[i].name);
		assert_string_equal(b.ptr, cases[i].meaning);
		buf_release(&b);
		release(&p);
	}
}

static void reads_valid_yaml(void **state)
{
	(void)state;
	check_valid(false, valid_yaml, COUNT(valid_yaml));
}

static void reads_valid_json(void **state)
{
	(void)state;
	check_valid(true, valid_json, COUNT(valid_json));
}

struct invalid_case {
	const char *name;
	struct str text;
	const char *code;
	struct pos at;
};

static const struct invalid_case invalid_yaml[] = {
#include "yaml_invalid.inc"
};

static const struct invalid_case invalid_json[] = {
#include "json_invalid.inc"
};

static void check_invalid(bool is_json, const struct invalid_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct parsed p;
		const struct diag *d;

		parse(&p, is_json, cases[i].text, 1);
		if (p.ok)
			print_message("accepted: %s\n", cases[i].name);
		assert_false(p.ok);
		d = &p.dl.items[0];
		if (strcmp(d->code, cases[i].code) != 0 || d->at.line != cases[i].at.line ||
		    d->at.col != cases[i].at.col)
			print_message("%s: %s at %u:%u\n", cases[i].name, d->code, d->at.line, d->at.col);
		assert_string_equal(d->code, cases[i].code);
		assert_int_equal(d->at.line, cases[i].at.line);
		assert_int_equal(d->at.col, cases[i].at.col);
		assert_true(d->message.len > 0);
		release(&p);
	}
}

static void refuses_invalid_yaml(void **state)
{
	(void)state;
	check_invalid(false, invalid_yaml, COUNT(invalid_yaml));
}

static void refuses_invalid_json(void **state)
{
	(void)state;
	check_invalid(true, invalid_json, COUNT(invalid_json));
}

struct place {
	const char *path;
	struct pos key, value;
};

static const struct place yaml_places[] = {
	{ "title", { 3, 1 }, { 3, 8 } },      { "名", { 4, 1 }, { 4, 6 } },
	{ "tags", { 5, 1 }, { 6, 3 } },       { "empty", { 9, 1 }, { 9, 1 } },
	{ "map", { 10, 1 }, { 11, 3 } },      { "map.k", { 11, 3 }, { 11, 6 } },
	{ "map.flow", { 12, 3 }, { 12, 9 } }, { "map.flow.x", { 12, 10 }, { 12, 13 } },
	{ "long", { 13, 1 }, { 14, 3 } },     { "alias", { 16, 1 }, { 7, 8 } },
};

static const struct place json_places[] = {
	{ "a", { 2, 3 }, { 2, 8 } },
	{ "é", { 3, 3 }, { 3, 8 } },
	{ "é.b", { 3, 9 }, { 3, 14 } },
	{ "é.c", { 4, 1 }, { 4, 6 } },
};

static void check_places(const struct value *root, const struct place *places, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct str path = str_from(places[i].path);
		ptrdiff_t dot = str_rfind_byte(path, '.');
		const struct value *table = dot < 0 ? root : value_path(root, str_cut(path, 0, (size_t)dot));
		const struct value_entry *e = value_entry_of(table, str_skip(path, (size_t)(dot + 1)));

		assert_non_null(e);
		if (memcmp(&e->at, &places[i].key, sizeof(e->at)) ||
		    memcmp(&e->value->at, &places[i].value, sizeof(e->at)))
			print_message("%s: %u:%u, %u:%u\n", places[i].path, e->at.line, e->at.col, e->value->at.line,
				      e->value->at.col);
		assert_memory_equal(&e->at, &places[i].key, sizeof(e->at));
		assert_memory_equal(&e->value->at, &places[i].value, sizeof(e->at));
	}
}

static void knows_where_everything_stands(void **state)
{
	struct parsed p;
	const struct value *tags;

	(void)state;
	parse(&p, false,
	      STR("# c\n"
		  "title: \"x\"\n"
		  "\"名\": 'ü' # two bytes, one column\r\n"
		  "tags:\n"
		  "  - one\n"
		  "  - &t two\n"
		  "  - # - nothing\n"
		  "empty:\n"
		  "map:\n"
		  "  k: v\n"
		  "  flow: {x: 1}\n"
		  "long: |\n"
		  "  a\n"
		  "  b\n"
		  "alias: *t\n"),
	      2);
	assert_true(p.ok);
	check_places(p.root, yaml_places, COUNT(yaml_places));
	tags = value_get(p.root, STR("tags"));
	assert_int_equal(tags->as.array.items[0]->at.col, 5);
	assert_int_equal(tags->as.array.items[2]->at.line, 8);
	assert_int_equal(tags->as.array.items[2]->at.col, 3);
	release(&p);

	parse(&p, true, STR("{\n  \"a\": 12,\n  \"é\": {\"b\": \"ü\",\r\n\"c\": [\n1]}}"), 1);
	assert_true(p.ok);
	check_places(p.root, json_places, COUNT(json_places));
	release(&p);
}

static void counts_lines_of_messages_from_the_first(void **state)
{
	struct parsed p;

	(void)state;
	parse(&p, false, STR("a: 1\nb: @\n"), 2);
	assert_int_equal(p.dl.items[0].at.line, 3);
	release(&p);
	parse(&p, false, STR("a: 1\na: 2\n"), 10);
	assert_int_equal(p.dl.items[0].at.line, 11);
	assert_non_null(p.dl.items[0].related);
	assert_int_equal(p.dl.items[0].related->at.line, 10);
	assert_int_equal(value_get(p.root, STR("a"))->as.integer, 1);
	release(&p);
}

static const struct {
	bool is_json;
	struct str text;
	const char *message, *hint;
} advice[] = {
	{ false, T("title: Foo: bar\n"), "a second ': ' in one line", "put quotes around a value that holds ': '" },
	{ false, T("a:\n\t- b\n"), "a tab in the indentation", "indent with spaces" },
	{ false, T("a: 'it's'\n"), "text after the closing quote",
	  "inside single quotes an apostrophe is written twice: 'it''s'" },
	{ false, T("a: @x\n"), "a value cannot begin like this", "put quotes around it" },
	{ false, T("a: [1\nb: 2\n"), "the list that begins here has no closing ]", "" },
	{ false, T("key:value\n"), "expected lines 'key: value', not a string", "a space follows the colon" },
	{ false, T("a: *x\n"), "no anchor '&x' stands before its alias",
	  "put quotes around text that begins with '*'" },
	{ true, T("[1, 2,]"), "a comma after the last value", "remove it" },
	{ true, T("{'a': 1}"), "text in single quotes", "write it in double quotes" },
	{ true, T("{a: 1}"), "a key that is no string", "write keys in double quotes" },
	{ true, T("[1] // x"), "JSON has no comments", "remove it" },
	{ true, T("{\"a\": 1 \"b\": 2}"), "a comma is missing", "" },
	{ true, T("{\"a\": {"), "the object that begins here has no closing }", "" },
};

static void says_what_to_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(advice); i++) {
		struct parsed p;

		parse(&p, advice[i].is_json, (struct str)advice[i].text, 1);
		assert_false(p.ok);
		assert_string_equal(str_z(&p.arena, p.dl.items[0].message), advice[i].message);
		assert_string_equal(str_z(&p.arena, p.dl.items[0].hint), advice[i].hint);
		release(&p);
	}
}

static const struct {
	const char *name;
	bool is_json;
	const char *before, *middle, *after, *end; /* `end` closes once each */
	size_t fits;                               /* how often `middle` may stand there */
} nests[] = {
	{ "lists of JSON", true, "", "[", "", "]", YAML_MAX_DEPTH },
	{ "objects of JSON", true, "", "{\"a\":", "1", "}", YAML_MAX_DEPTH },
	{ "lists", false, "a: ", "[", "", "]", YAML_MAX_DEPTH - 1 },
	{ "mappings", false, "a: ", "{a: ", "", "}", YAML_MAX_DEPTH - 1 },
	{ "dashes", false, "a:\n  ", "- ", "x", "", YAML_MAX_DEPTH - 1 },
	{ "an alias of a nest", false, "a: &x [[[[[[[[]]]]]]]]\nb: ", "[", "*x", "]", YAML_MAX_DEPTH - 9 },
};

static void limits_the_depth(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(nests); i++) {
		for (size_t n = nests[i].fits; n <= nests[i].fits + 1; n++) {
			struct parsed p;

			repeat(&b, nests[i].before, nests[i].middle, n, nests[i].after);
			for (size_t k = 0; k < n; k++)
				buf_add_z(&b, nests[i].end);
			parse(&p, nests[i].is_json, buf_str(&b), 1);
			if (p.ok != (n <= nests[i].fits))
				print_message("%s, %zu\n", nests[i].name, n);
			assert_true(p.ok == (n <= nests[i].fits));
			if (!p.ok)
				assert_string_equal(p.dl.items[0].code, nests[i].is_json ? "json/limit" : "yaml/limit");
			release(&p);
		}
	}
	buf_release(&b);
}

/* Each level holds the one before ten times: 10^40 values in 2 KB. */
static void limits_what_aliases_expand_to(void **state)
{
	struct buf b = { 0 };
	struct parsed p;

	(void)state;
	buf_add_z(&b, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 40; i++) {
		buf_add_format(&b, "a%d: &a%d [*a%d", i, i, i - 1);
		for (int k = 1; k < 10; k++)
			buf_add_format(&b, ",*a%d", i - 1);
		buf_add_z(&b, "]\n");
	}
	parse(&p, false, buf_str(&b), 1);
	assert_false(p.ok);
	assert_string_equal(p.dl.items[0].code, "yaml/limit");
	assert_true(p.arena.held < (1 << 20));
	release(&p);

	repeat(&b, "a: &a {x: 1", ", k@: 1", 5000, "}\n");
	for (int i = 0; i < 1000; i++)
		buf_add_format(&b, "b%d: {<<: *a}\n", i);
	parse(&p, false, buf_str(&b), 1);
	assert_false(p.ok);
	assert_string_equal(p.dl.items[0].code, "yaml/limit");
	release(&p);

	repeat(&b, "a: &a ", "x", 100000, "\n");
	for (int i = 0; i < 1000; i++)
		buf_add_format(&b, "b%d: [*a]\n", i);
	parse(&p, false, buf_str(&b), 1);
	assert_false(p.ok);
	assert_string_equal(p.dl.items[0].code, "yaml/limit");
	assert_int_equal(p.dl.items[0].at.line, 1 + 168);
	release(&p);
	buf_release(&b);
}

static const struct {
	const char *name;
	bool is_json;
	const char *before, *middle, *after;
	size_t width; /* of the middle */
	bool ok;
} hostile[] = {
	{ "keys", false, "", "k@: 1\n", "", 11, true },
	{ "keys in braces", false, "a: {", "k@: 1,", "}", 11, true },
	{ "items", false, "a:\n", "- x\n", "", 4, true },
	{ "items without a value", false, "a:\n", "  - # -\n", "  - x\n", 8, true },
	{ "items in brackets", false, "a: [", "x,", "]", 2, true },
	{ "lists of a list", false, "a: [", "[],", "]", 3, true },
	{ "mappings of a list", false, "a:\n", "- b: 1\n  c: 2\n", "", 14, true },
	{ "anchors", false, "a:\n", "- &a@ x\n", "", 12, true },
	{ "aliases", false, "a: [&x 1", ", *x", "]", 4, true },
	{ "merges", false, "a: &x {p: 1}\n", "k@: {<<: *x}\n", "", 18, true },
	{ "escapes", false, "a: \"", "\\u00e9", "\"", 6, true },
	{ "lines of text", false, "a: |\n", "  x\n", "", 4, true },
	{ "folded lines of text", false, "a: >\n", "  x\n\n", "", 5, true },
	{ "lines of plain text", false, "a: x\n", "  x\n", "", 4, true },
	{ "lines of quoted text", false, "a: \"x", "\n  x", "\"", 4, true },
	{ "apostrophes", false, "a: '", "''", "'", 2, true },
	{ "comments", false, "", "# c\n", "", 4, true },
	{ "a long key", false, "\"", "k", "\": 1", 1, true },
	{ "blanks", false, "a: 1", " ", "", 1, true },
	{ "empty lines in text", false, "a: |\n", "\n", "  x\n", 1, false },
	{ "lines of blanks in text", false, "a: |\n  x\n", "   \n", "  x\n", 4, false },
	{ "empty lines in quotes", false, "a: \"x", "\n", "  x\"", 1, false },
	{ "empty lines, CRLF", false, "a: |\n", "\r\n", "  x\n", 2, false },
	{ "many texts with empty lines", false, "", "a@: |\n  x\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", "", 34,
	  true },
	{ "directives", false, "", "%TAG !a@! b\n", "---\na: 1\n", 16, false },
	{ "percent signs", false, "", "%", "", 1, false },
	{ "opening brackets", false, "a: ", "[", "", 1, false },
	{ "opening braces", false, "a: ", "{a: ", "", 4, false },
	{ "opening braces alone", false, "", "{", "", 1, false },
	{ "dashes", false, "", "- ", "", 2, false },
	{ "question marks", false, "", "? ", "", 2, false },
	{ "exclamation marks", false, "a: ", "! ", "", 2, false },
	{ "ampersands", false, "a: ", "&a ", "", 3, false },
	{ "documents", false, "", "---\n", "", 4, false },
	{ "doubled keys", false, "", "a: 1\n", "", 5, false },
	{ "pairs of JSON", true, "{\"a\":1", ",\"k@\":1", "}", 13, true },
	{ "numbers of JSON", true, "[1", ",2", "]", 2, true },
	{ "strings of JSON on one line", true, "[1", ",\"é\"", "]", 5, true },
	{ "objects of JSON", true, "[1", ",{\"a\":1}", "]", 8, true },
	{ "escapes of JSON", true, "\"", "\\u00e9", "\"", 6, true },
	{ "empty lines of JSON", true, "[", "\n", "]", 1, true },
	{ "opening brackets of JSON", true, "", "[", "", 1, false },
	{ "opening braces of JSON", true, "", "{", "", 1, false },
	{ "opening objects of JSON", true, "", "{\"a\":", "", 5, false },
	{ "quotes of JSON", true, "", "\"", "", 1, false },
	{ "doubled keys of JSON", true, "{\"a\":1", ",\"a\":1", "}", 6, false },
};

/* A quadratic reader needs minutes for these; the bound leaves room for sanitizers and slow machines. */
static void reads_a_megabyte_of_anything_in_no_time(void **state)
{
	struct buf b = { 0 };
	double limit = 5;

#ifdef __SANITIZE_THREAD__
	limit = 30;
#endif
	(void)state;
	for (size_t i = 0; i < COUNT(hostile); i++) {
		clock_t began;
		double seconds;
		struct parsed p;

		repeat(&b, hostile[i].before, hostile[i].middle, (1 << 20) / hostile[i].width, hostile[i].after);
		began = clock();
		parse(&p, hostile[i].is_json, buf_str(&b), 1);
		seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
		if (p.ok != hostile[i].ok || seconds > limit)
			print_message("%s: %.1f s %.*s\n", hostile[i].name, seconds,
				      STR_ARG(p.dl.len ? p.dl.items[0].message : STR_NONE));
		assert_true(p.ok == hostile[i].ok);
		assert_true(seconds <= limit);
		assert_true(p.dl.len <= YAML_MAX_ERRORS + 1);
		release(&p);
	}
	buf_release(&b);
}

static void survives_every_cut_and_every_byte(void **state)
{
	static const char bytes[] = "\"'[]{},:#\\\n\r\0\xff-?&*!|>%@ \t";
	static const char yaml[] = "# c\ntitle: \"a\\u00e9b\" # é\na: &x\n  - [1, 2.5, {y: 'z'}]\n  - *x\n"
				   "t: |\n  l\n\n  m\n? q\n: !!str r\n<<: {p: 1}\n";
	static const char json[] = "{\"a\": [1, -2.5e3, \"\\u00e9\\n\", true, null],\n \"é\": {\"b\": {}}}";
	static const struct str texts[] = { T(yaml), T(json) };
	char changed[256];

	(void)state;
	for (size_t t = 0; t < 2; t++) {
		struct str text = texts[t];

		assert_true(text.len < sizeof(changed));
		for (size_t i = 0; i <= text.len; i++) {
			struct parsed p;

			parse(&p, t == 1, str_cut(text, 0, i), 1);
			release(&p);
			for (size_t k = 0; k < sizeof(bytes) && i < text.len; k++) {
				memcpy(changed, text.ptr, text.len);
				changed[i] = bytes[k];
				parse(&p, t == 1, (struct str){ changed, text.len }, 1);
				release(&p);
			}
		}
	}
}

struct shared {
	const struct valid_case *cases;
	bool *ok;
};

static void parse_one(void *ctx, size_t worker, size_t i)
{
	const struct shared *shared = ctx;
	const struct valid_case *c = &shared->cases[i % COUNT(valid_yaml)];
	struct arena arena = { 0 };
	struct buf b = { 0 };
	struct diag_list dl;
	struct value *root;

	(void)worker;
	diag_init(&dl, &arena);
	if (yaml_parse(&arena, STR("a.md"), c->text, 1, &root, &dl)) {
		value_text_write(&b, root);
		shared->ok[i] = strcmp(b.ptr, c->meaning) == 0;
	}
	buf_release(&b);
	arena_release(&arena);
}

static void reads_the_same_on_many_threads(void **state)
{
	static bool ok[4000];
	struct shared shared = { valid_yaml, ok };
	struct pool *pool = pool_new(4);

	(void)state;
	memset(ok, 0, sizeof(ok));
	pool_each(pool, COUNT(ok), parse_one, &shared);
	for (size_t i = 0; i < COUNT(ok); i++)
		assert_true(ok[i]);
	pool_free(pool);
}

static void takes_a_text_that_is_nowhere(void **state)
{
	struct arena arena = { 0 };
	struct diag_list dl;
	struct value *root = NULL;

	(void)state;
	diag_init(&dl, &arena);
	assert_true(yaml_parse(&arena, STR("a.md"), STR_NONE, 1, &root, &dl));
	assert_non_null(root);
	assert_false(yaml_parse_json(&arena, STR("a.json"), STR_NONE, &root, &dl));
	assert_int_equal(dl.len, 1);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_valid_yaml),
		cmocka_unit_test(reads_valid_json),
		cmocka_unit_test(refuses_invalid_yaml),
		cmocka_unit_test(refuses_invalid_json),
		cmocka_unit_test(knows_where_everything_stands),
		cmocka_unit_test(counts_lines_of_messages_from_the_first),
		cmocka_unit_test(says_what_to_do),
		cmocka_unit_test(limits_the_depth),
		cmocka_unit_test(limits_what_aliases_expand_to),
		cmocka_unit_test(reads_a_megabyte_of_anything_in_no_time),
		cmocka_unit_test(survives_every_cut_and_every_byte),
		cmocka_unit_test(reads_the_same_on_many_threads),
		cmocka_unit_test(takes_a_text_that_is_nowhere),
	};

	return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
