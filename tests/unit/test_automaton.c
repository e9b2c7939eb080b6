#include "fixture.h"

#include "base/automaton.h"

struct hit {
	uint32_t pattern;
	size_t start, end;
};

struct hits {
	struct hit items[4096];
	size_t n;
};

static void keep(void *ctx, uint32_t pattern, size_t start, size_t end)
{
	struct hits *h = ctx;

	assert_true(h->n < COUNT(h->items));
	h->items[h->n++] = (struct hit){ pattern, start, end };
}

static const struct {
	const char *name, *patterns[4], *text, *hits; /* "pattern@start" each, by end, longer first */
} cases[] = {
	{ "nothing to find", { "" }, "anything", "" },
	{ "one name", { "DeepSeek" }, "At DeepSeek.", "0@3" },
	{ "either case", { "DeepSeek" }, "deepseek DEEPSEEK", "0@0 0@9" },
	{ "no case outside ASCII", { "\xc3\x89" }, "\xc3\xa9 \xc3\x89", "0@3" },
	{ "not within a word", { "ant" }, "giant ant", "0@6" },
	{ "not after a digit", { "ai" }, "4ai ai", "0@4" },
	{ "ends anywhere", { "ant" }, "ants", "0@0" },
	{ "longer first", { "Ant", "Ant Group" }, "Ant Group", "0@0 1@0" },
	{ "suffix of a longer one", { "new york times", "times", "york" }, "New York Times", "2@4 0@0 1@9" },
	{ "the first of two spellings", { "Kimi", "KIMI" }, "kimi", "0@0" },
	{ "within Chinese",
	  { "\xe6\xb7\xb1\xe5\xba\xa6", "\xe5\xba\xa6\xe6\xb1\x82" },
	  "\xe6\xb7\xb1\xe5\xba\xa6\xe6\xb1\x82",
	  "0@0 1@3" },
	{ "Latin after Chinese",
	  { "AI" },
	  "\xe4\xb8\xad"
	  "AI",
	  "0@3" },
	{ "overlaps itself", { "a-a" }, "a-a-a", "0@0 0@2" },
	{ "NUL is no letter", { "b" }, "ab", "" },
};

static void finds_what_stands_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena a = { 0 };
		struct automaton m;
		struct str patterns[4];
		struct hits h = { .n = 0 };
		struct buf b;
		size_t n = 0;

		print_message("  case: %s\n", cases[i].name);
		for (; n < 4 && cases[i].patterns[n]; n++)
			patterns[n] = str_from(cases[i].patterns[n]);
		automaton_build(&a, &m, patterns, NULL, n);
		automaton_scan(&m, str_from(cases[i].text), keep, &h);
		buf_init(&b, 0);
		for (size_t k = 0; k < h.n; k++)
			buf_add_format(&b, "%s%u@%zu", k ? " " : "", h.items[k].pattern, h.items[k].start);
		assert_string_equal(b.ptr, cases[i].hits);
		buf_release(&b);
		arena_release(&a);
	}
}

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static size_t random_text(uint32_t *seed, char *out, size_t max)
{
	static const char *const parts[] = { "a",           "A", "b", "B", " ", "-", "1", "\xc3\xa9", "\xe4\xb8\x96",
					     "\xe7\x95\x8c" };
	size_t n = 0, pieces = next_random(seed) % max;

	while (pieces-- > 0) {
		const char *part = parts[next_random(seed) % COUNT(parts)];

		memcpy(out + n, part, strlen(part));
		n += strlen(part);
	}
	return n;
}

/* Bits and pieces with whole patterns among them, in either case. */
static size_t text_with(uint32_t *seed, const struct str *patterns, size_t n, char *out, size_t max)
{
	size_t len = 0;

	for (size_t pieces = next_random(seed) % max; pieces > 0; pieces--) {
		struct str one;

		len += random_text(seed, out + len, 4);
		if (n == 0)
			continue;
		one = patterns[next_random(seed) % n];
		for (size_t i = 0; i < one.len; i++)
			out[len++] = (one.ptr[i] | 32) == 'a' || (one.ptr[i] | 32) == 'b'
					     ? (char)(one.ptr[i] ^ (next_random(seed) & 32))
					     : one.ptr[i];
	}
	return len;
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Every pattern at every place; of equal ones the first. */
static void search_slowly(const struct str *patterns, size_t n, struct str text, struct hits *h)
{
	for (size_t end = 1; end <= text.len; end++)
		for (size_t start = 0; start < end; start++)
			for (size_t p = 0; p < n; p++) {
				if (!str_eq_nocase(patterns[p], str_cut(text, start, end)))
					continue;
				if (start == 0 || (unsigned char)text.ptr[start] >= 0x80 ||
				    !is_word(text.ptr[start - 1]))
					keep(h, (uint32_t)p, start, end);
				break;
			}
}

static void agrees_with_a_slow_search(void **state)
{
	uint32_t seed = 88172645;

	(void)state;
	for (int round = 0; round < 1500; round++) {
		struct arena a = { 0 };
		struct automaton m;
		char bytes[12][40], text[1024];
		struct str patterns[12], t;
		struct hits fast = { .n = 0 }, slow = { .n = 0 };
		size_t n = next_random(&seed) % COUNT(patterns);

		for (size_t i = 0; i < n; i++)
			patterns[i] = (struct str){ bytes[i], random_text(&seed, bytes[i], round % 2 ? 6 : 13) };
		t = (struct str){ text, text_with(&seed, patterns, n, text, 20) };
		automaton_build(&a, &m, patterns, NULL, n);
		automaton_scan(&m, t, keep, &fast);
		search_slowly(patterns, n, t, &slow);
		assert_int_equal(fast.n, slow.n);
		for (size_t i = 0; i < fast.n; i++) {
			assert_int_equal(fast.items[i].pattern, slow.items[i].pattern);
			assert_int_equal(fast.items[i].start, slow.items[i].start);
			assert_int_equal(fast.items[i].end, slow.items[i].end);
		}
		arena_release(&a);
	}
}

static void count_hit(void *ctx, uint32_t pattern, size_t start, size_t end)
{
	(void)pattern;
	(void)start;
	(void)end;
	++*(size_t *)ctx;
}

/* A text that almost matches everywhere costs no more than any other. */
static void passes_a_hostile_text_once(void **state)
{
	struct arena a = { 0 };
	struct automaton m;
	struct buf b;
	struct str patterns[200];
	size_t hits = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(patterns); i++) {
		char *z = arena_array(&a, char, 2 * i + 3);

		for (size_t k = 0; k < 2 * i + 1; k++)
			z[k] = k % 2 ? '-' : 'a';
		z[2 * i + 1] = 'b';
		patterns[i] = (struct str){ z, 2 * i + 2 };
	}
	buf_init(&b, 0);
	for (size_t i = 0; i < 500000; i++)
		buf_add_z(&b, "a-");
	automaton_build(&a, &m, patterns, NULL, COUNT(patterns));
	automaton_scan(&m, buf_str(&b), count_hit, &hits);
	assert_int_equal(hits, 0);
	buf_release(&b);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_stands_there),
		cmocka_unit_test(agrees_with_a_slow_search),
		cmocka_unit_test(passes_a_hostile_text_once),
	};

	return cmocka_run_group_tests_name("automaton", tests, NULL, NULL);
}
