#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"

static void is_xxh3_in_canonical_order(void **state)
{
	struct digest d = digest_of(STR(""));
	struct buf b = { 0 };

	(void)state;
	digest_write_hex(&b, d, 32);
	/* XXH3, 128 bits, of nothing with seed 0, as `xxhsum -H2` prints it. */
	assert_string_equal(b.ptr, "99aa06d3014798d86001c324468d497f");
	assert_true(digest_eq(d, digest_of(STR_NONE)));
	buf_release(&b);
}

static void pieces_have_the_digest_of_the_whole(void **state)
{
	static char text[5000];
	static const size_t pieces[] = { 1, 7, 64, 240, 256, 1000, 1024, 4999, 5000 };
	struct arena a = { 0 };

	(void)state;
	assert_true(digest_eq(digest_stream_end(digest_stream_new(&a)), digest_of(STR_NONE)));
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 37 >> 3);
	for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++) {
		struct str rest = { text, sizeof(text) };
		struct digest_stream *s = digest_stream_new(&a);

		for (; rest.len; rest = str_skip(rest, pieces[k])) {
			digest_stream_add(s, STR_NONE);
			digest_stream_add(s, str_cut(rest, 0, pieces[k]));
		}
		assert_true(digest_eq(digest_stream_end(s), digest_of((struct str){ text, sizeof(text) })));
	}
	arena_release(&a);
}

static void tells_bytes_apart(void **state)
{
	struct digest a = digest_of(STR("abc")), b = digest_of(STR("abd"));
	struct digest zero = { 0, 0 };

	(void)state;
	assert_false(digest_eq(a, b));
	assert_true(digest_eq(a, digest_of(STR("abc"))));
	assert_true(digest_is_zero(zero));
	assert_false(digest_is_zero(a));
	assert_false(digest_is_zero((struct digest){ 0, 1 }));
	assert_false(digest_is_zero((struct digest){ 1, 0 }));
	assert_false(digest_eq((struct digest){ 1, 2 }, (struct digest){ 1, 3 }));
	assert_false(digest_eq((struct digest){ 1, 2 }, (struct digest){ 3, 2 }));
	assert_false(digest_eq(digest_join(a, b), digest_join(b, a)));
	assert_false(digest_eq(digest_join(a, zero), a));
}

static void hex_reads_back(void **state)
{
	struct digest d = { UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210) }, back;
	struct buf b = { 0 };

	(void)state;
	digest_write_hex(&b, d, 32);
	assert_string_equal(b.ptr, "0123456789abcdeffedcba9876543210");
	assert_true(digest_parse_hex(buf_str(&b), &back));
	assert_true(digest_eq(d, back));
	assert_true(digest_parse_hex(STR("0123456789ABCDEFFEDCBA9876543210"), &back));
	assert_true(digest_eq(d, back));
	buf_clear(&b);
	digest_write_hex(&b, d, 10);
	assert_string_equal(b.ptr, "0123456789");
	assert_false(digest_parse_hex(buf_str(&b), &back));
	assert_false(digest_parse_hex(STR("0123456789abcdeffedcba987654321g"), &back));
	assert_false(digest_parse_hex(STR("0123456789abcdeffedcba98765432 0"), &back));
	assert_false(digest_parse_hex(STR("0123456789abcdeffedcba98765432100"), &back));
	buf_release(&b);
}

static struct digest of_parts(struct str first, struct str second, uint64_t n)
{
	struct digest_state s;

	digest_begin(&s);
	digest_add(&s, first);
	digest_add(&s, second);
	digest_add_u64(&s, n);
	return digest_end(&s);
}

static void parts_cannot_run_together(void **state)
{
	struct digest d = of_parts(STR("ab"), STR("c"), 1);

	(void)state;
	assert_true(digest_eq(d, of_parts(STR("ab"), STR("c"), 1)));
	assert_false(digest_eq(d, of_parts(STR("a"), STR("bc"), 1)));
	assert_false(digest_eq(d, of_parts(STR("abc"), STR(""), 1)));
	assert_false(digest_eq(d, of_parts(STR("ab"), STR("c"), 2)));
	assert_false(digest_eq(d, of_parts(STR("c"), STR("ab"), 1)));
}

/* More than is collected at once: every byte must still count. */
static void every_part_of_much_data_counts(void **state)
{
	enum { LONG = 100000, PARTS = 8 };
	struct arena a = { 0 };
	char *z = arena_array(&a, char, LONG);
	struct digest want = { 0, 0 };

	(void)state;
	for (int changed = -1; changed < PARTS * 100; changed += 37) {
		struct digest_state s;
		struct digest got;

		digest_begin(&s);
		for (int i = 0; i < PARTS * 100; i++) {
			z[3999] = i == changed;
			digest_add(&s, (struct str){ z, i % 100 ? 4000 : LONG });
		}
		got = digest_end(&s);
		if (changed < 0)
			want = got;
		else
			assert_false(digest_eq(got, want));
	}
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_xxh3_in_canonical_order), cmocka_unit_test(pieces_have_the_digest_of_the_whole),
		cmocka_unit_test(tells_bytes_apart),          cmocka_unit_test(hex_reads_back),
		cmocka_unit_test(parts_cannot_run_together),  cmocka_unit_test(every_part_of_much_data_counts),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
