#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/doc.h"
#include "doc_text.h"

static const uint32_t lines[] = { 0, 10, 20, 35 };

/* # One / text 'a' / > ## Two / text 'b' / # Three */
static struct doc *sample(struct arena *a)
{
	struct doc_builder b;
	struct doc_node *n;
	struct doc *d;

	doc_builder_init(&b);
	doc_open(&b, DOC_ROOT, 0);
	n = doc_open(&b, DOC_HEADING, 0);
	n->level = 1;
	doc_set_arg(&b, n, STR("one"));
	doc_set_text(&b, doc_leaf(&b, DOC_TEXT, 2), STR("One more"));
	doc_close(&b);
	doc_open(&b, DOC_PARAGRAPH, 10);
	doc_set_text(&b, doc_leaf(&b, DOC_TEXT, 10), STR("a"));
	doc_leaf(&b, DOC_SOFT_BREAK, 11);
	doc_open(&b, DOC_EMPH, 12);
	doc_set_text(&b, doc_leaf(&b, DOC_TEXT, 13), STR("deep"));
	doc_close(&b);
	doc_set_text(&b, doc_leaf(&b, DOC_TEXT, 18), STR("ly"));
	doc_close(&b);
	doc_open(&b, DOC_QUOTE, 20);
	n = doc_open(&b, DOC_HEADING, 22);
	n->level = 2;
	doc_set_arg(&b, n, STR("two"));
	doc_close(&b);
	doc_open(&b, DOC_PARAGRAPH, 25);
	doc_set_text(&b, doc_leaf(&b, DOC_TEXT, 25), STR("深度求索 b"));
	doc_close(&b);
	doc_close(&b);
	n = doc_open(&b, DOC_HEADING, 35);
	n->level = 1;
	doc_set_arg(&b, n, STR("three"));
	doc_close(&b);
	doc_close(&b);
	d = doc_finish(&b, a, lines, 4, 1);
	doc_builder_release(&b);
	return d;
}

static void nodes_know_their_subtrees_and_texts(void **state)
{
	struct arena a = { 0 };
	struct doc *d = sample(&a);
	struct buf out = { 0 };

	(void)state;
	doc_text_write(&out, d);
	assert_string_equal(
		out.ptr, "h1[|one]('One more') p('a' nl em('deep') 'ly') quote(h2[|two] p('深度求索 b')) h1[|three]");
	assert_int_equal(doc_nodes(d)[0].end, d->n_nodes);
	assert_int_equal(d->head_lines, 1);
	assert_true(doc_is_block(&doc_nodes(d)[1]));
	assert_false(doc_is_block(&doc_nodes(d)[2]));
	buf_release(&out);
	arena_release(&a);
}

static void words_are_counted_across_markup(void **state)
{
	static const struct {
		const char *text;
		uint32_t words;
	} cases[] = {
		{ "", 0 },
		{ "one", 1 },
		{ "  two  words ", 2 },
		{ "a line of well over sixteen bytes, so that whole vectors are counted, too", 14 },
		{ "深度求索", 2 },
		{ "深度求", 2 },
		{ "用 DeepSeek 写", 2 },
		{ "naïve café – a b", 4 },
		{ "a long enough line with a — dash and some naïve words in it, twice over", 15 },
		{ "x\xC2\xA0y", 2 },
	};
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct doc_builder b;

		doc_builder_init(&b);
		doc_open(&b, DOC_ROOT, 0);
		doc_set_text(&b, doc_leaf(&b, DOC_TEXT, 0), str_from(cases[i].text));
		doc_close(&b);
		assert_int_equal(doc_finish(&b, &a, lines, 1, 0)->words, cases[i].words);
		doc_builder_release(&b);
	}
	/* "One more", "a deeply", four characters that are two words, "b" */
	assert_int_equal(sample(&a)->words, 7);
	arena_release(&a);
}

static void counting_by_vectors_equals_counting_by_bytes(void **state)
{
	struct arena a = { 0 };
	uint32_t seed = 7;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct doc_builder b;
		char text[5000];
		uint32_t expected = 0;
		bool in_word = false;
		size_t n = (size_t)round * 16 + (size_t)round % 16;

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1664525 + 1013904223;
			text[i] = (seed >> 24) % 3 ? 'a' : ' ';
			expected += text[i] == 'a' && !in_word;
			in_word = text[i] == 'a';
		}
		doc_builder_init(&b);
		doc_open(&b, DOC_ROOT, 0);
		doc_set_text(&b, doc_leaf(&b, DOC_TEXT, 0), (struct str){ text, n });
		doc_close(&b);
		assert_int_equal(doc_finish(&b, &a, lines, 1, 0)->words, expected);
		doc_builder_release(&b);
	}
	arena_release(&a);
}

static void offsets_become_lines_and_columns(void **state)
{
	static const struct {
		uint32_t offset, line, col;
	} cases[] = { { 0, 1, 1 }, { 9, 1, 10 }, { 10, 2, 1 }, { 19, 2, 10 }, { 35, 4, 1 }, { 99, 4, 65 } };
	struct arena a = { 0 };
	struct doc *d = sample(&a);
	struct pos at;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		at = doc_pos(d, cases[i].offset);
		assert_int_equal(at.line, cases[i].line);
		assert_int_equal(at.col, cases[i].col);
	}
	/* Code points, where the text is at hand; a byte order mark is none. */
	at = doc_pos_in(d, STR("\xEF\xBB\xBFüü x   \nöä y"), 7);
	assert_int_equal(at.line, 1);
	assert_int_equal(at.col, 3);
	arena_release(&a);
}

static void running_text_has_single_spaces(void **state)
{
	struct arena a = { 0 };
	struct doc *d = sample(&a);
	struct buf out = { 0 };

	(void)state;
	doc_plain(&out, d, 0, d->n_nodes);
	assert_string_equal(out.ptr, "One more a deeply 深度求索 b");
	buf_clear(&out);
	buf_add_z(&out, "x");
	doc_plain(&out, d, 3, 9);
	assert_string_equal(out.ptr, "xa deeply");
	buf_release(&out);
	arena_release(&a);
}

static void a_section_ends_at_a_heading_of_its_level(void **state)
{
	struct arena a = { 0 };
	struct doc *d = sample(&a);
	uint32_t from, to;

	(void)state;
	assert_true(doc_section(d, STR("one"), &from, &to));
	assert_int_equal(from, 1);
	assert_int_equal(doc_nodes(d)[to].type, DOC_HEADING);
	assert_true(str_eq(doc_arg(d, &doc_nodes(d)[to]), STR("three")));
	/* A heading in a quote ends with the quote. */
	assert_true(doc_section(d, STR("two"), &from, &to));
	assert_int_equal(doc_nodes(d)[to].type, DOC_HEADING);
	assert_true(str_eq(doc_arg(d, &doc_nodes(d)[to]), STR("three")));
	assert_true(doc_section(d, STR("three"), &from, &to));
	assert_int_equal(to, d->n_nodes);
	assert_false(doc_section(d, STR("four"), &from, &to));
	arena_release(&a);
}

static void the_empty_doc_is_sound(void **state)
{
	(void)state;
	assert_true(doc_is_sound(doc_empty(), doc_empty()->bytes));
	assert_int_equal(doc_empty()->n_nodes, 1);
}

/* Any change of one byte gives a doc that is refused or can be walked within its bounds. */
static void damaged_images_are_refused_or_harmless(void **state)
{
	struct arena a = { 0 };
	struct doc *d = sample(&a), *copy;
	struct buf out = { 0 };
	size_t refused = 0;

	(void)state;
	assert_true(doc_is_sound(d, d->bytes));
	assert_false(doc_is_sound(d, d->bytes - 1));
	assert_false(doc_is_sound(d, 3));
	copy = arena_alloc(&a, 1, d->bytes, 8);
	for (size_t i = 0; i < d->bytes; i++) {
		for (int bit = 0; bit < 8; bit++) {
			memcpy(copy, d, d->bytes);
			((unsigned char *)copy)[i] ^= (unsigned char)(1 << bit);
			if (!doc_is_sound(copy, d->bytes)) {
				refused++;
				continue;
			}
			buf_clear(&out);
			doc_plain(&out, copy, 0, copy->n_nodes);
			doc_text_write(&out, copy);
		}
	}
	assert_true(refused > d->bytes);
	buf_release(&out);
	arena_release(&a);
}

static void images_that_lie_about_nesting_are_refused(void **state)
{
	struct arena a = { 0 };
	struct doc *d = sample(&a);
	struct doc_node *nodes = (struct doc_node *)(void *)(d + 1);

	(void)state;
	nodes[1].end = 0;
	assert_false(doc_is_sound(d, d->bytes));
	nodes[1].end = d->n_nodes + 1;
	assert_false(doc_is_sound(d, d->bytes));
	nodes[1].end = 3;
	assert_true(doc_is_sound(d, d->bytes));
	nodes[2].end = 9; /* beyond its parent's */
	assert_false(doc_is_sound(d, d->bytes));
	nodes[2].end = 3;
	nodes[2].type = DOC_CELL; /* in no row */
	assert_false(doc_is_sound(d, d->bytes));
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_know_their_subtrees_and_texts),
		cmocka_unit_test(words_are_counted_across_markup),
		cmocka_unit_test(counting_by_vectors_equals_counting_by_bytes),
		cmocka_unit_test(offsets_become_lines_and_columns),
		cmocka_unit_test(running_text_has_single_spaces),
		cmocka_unit_test(a_section_ends_at_a_heading_of_its_level),
		cmocka_unit_test(the_empty_doc_is_sound),
		cmocka_unit_test(damaged_images_are_refused_or_harmless),
		cmocka_unit_test(images_that_lie_about_nesting_are_refused),
	};

	return cmocka_run_group_tests_name("doc", tests, NULL, NULL);
}
