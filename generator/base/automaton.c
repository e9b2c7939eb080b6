#include "base/automaton.h"

#include <string.h>

#define LONG_PREFIX 8
#define BRIEF_PREFIX 4
#define PREFIX_BITS_MIN 16
#define PREFIX_BITS_MAX 20

static unsigned char fold(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a') : c;
}

static void make_classes(struct automaton *m, const struct str *patterns, size_t n)
{
	bool used[256] = { false };

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < patterns[i].len; k++)
			used[fold((unsigned char)patterns[i].ptr[k])] = true;
	m->n_classes = 1;
	for (int c = 0; c < 256; c++)
		if (used[c] && fold((unsigned char)c) == c)
			m->class_of[c] = (uint8_t)m->n_classes++;
	for (int c = 'A'; c <= 'Z'; c++)
		m->class_of[c] = m->class_of[c - 'A' + 'a'];
	for (int c = 0; c < 128; c++)
		m->is_word[c] = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void add_start(struct automaton *m, unsigned char first, struct str pattern)
{
	unsigned char second = pattern.len > 1 ? fold((unsigned char)pattern.ptr[1]) : 0;

	m->starts[first] = true;
	for (unsigned c = 0; c < 256; c++) {
		uint64_t bit = pattern.len == 1 || fold((unsigned char)c) == second ? (uint64_t)1 << (c & 63) : 0;

		m->pairs[(unsigned)first << 2 | c >> 6] |= bit;
		if (pattern.len < BRIEF_PREFIX)
			m->briefs[(unsigned)first << 2 | c >> 6] |= bit;
	}
}

/* The bit of the first `n` bytes, 4 or 8. What differs in case alone has the same; so may other things. */
static inline size_t prefix_bit(const struct automaton *m, const void *p, size_t n)
{
	uint64_t bytes = 0;

	memcpy(&bytes, p, n);
	bytes |= UINT64_C(0x2020202020202020);
	/* Fibonacci hashing (Knuth, TAOCP 3, 6.4). */
	return (size_t)(bytes * UINT64_C(0x9e3779b97f4a7c15) >> m->prefix_shift);
}

static void make_prefixes(struct arena *a, struct automaton *m, const struct str *patterns, size_t n)
{
	unsigned bits = PREFIX_BITS_MIN;

	while (bits < PREFIX_BITS_MAX && n * 16 > (size_t)1 << bits)
		bits++;
	m->prefix_shift = 64 - bits;
	m->prefixes = arena_array(a, uint64_t, (size_t)1 << (bits - 6));
	for (size_t i = 0; i < n; i++) {
		size_t len = patterns[i].len, bit;

		if (len < BRIEF_PREFIX)
			continue;
		bit = prefix_bit(m, patterns[i].ptr, len < LONG_PREFIX ? BRIEF_PREFIX : LONG_PREFIX);
		m->prefixes[bit / 64] |= (uint64_t)1 << bit % 64;
	}
}

static void make_range(struct automaton *m)
{
	unsigned last = 0x7f;

	for (unsigned c = 0x80; c < 256; c++)
		if (m->starts[c])
			m->beyond = 0xFF;
	while (m->first < 0x7f && !m->starts[m->first])
		m->first++;
	while (last > m->first && !m->starts[last])
		last--;
	m->n_firsts = (uint8_t)(last + 1 - m->first);
}

static void make_starts(struct automaton *m, const struct str *patterns, const uint8_t *firsts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c;

		if (patterns[i].len == 0)
			continue;
		c = fold((unsigned char)patterns[i].ptr[0]);
		if (c < 'a' || c > 'z' || !firsts || firsts[i] & AUTOMATON_LOWER)
			add_start(m, c, patterns[i]);
		if (c >= 'a' && c <= 'z' && (!firsts || firsts[i] & AUTOMATON_UPPER))
			add_start(m, (unsigned char)(c - 'a' + 'A'), patterns[i]);
	}
	make_range(m);
}

/* Breadth first, so that the failure state's row is complete before it is copied from. */
static void resolve_failures(struct arena *scratch, struct automaton *m)
{
	uint32_t *queue = arena_array(scratch, uint32_t, m->n_states);
	uint32_t *fail = arena_array(scratch, uint32_t, m->n_states);
	size_t head = 0, tail = 0;

	for (uint32_t c = 1; c < m->n_classes; c++)
		if (m->next[c])
			queue[tail++] = m->next[c];
	while (head < tail) {
		uint32_t s = queue[head++];
		uint32_t *row = m->next + (size_t)s * m->n_classes;
		const uint32_t *back = m->next + (size_t)fail[s] * m->n_classes;

		m->shorter[s] = m->pattern[fail[s]] ? fail[s] : m->shorter[fail[s]];
		for (uint32_t c = 1; c < m->n_classes; c++) {
			if (row[c]) {
				fail[row[c]] = back[c];
				queue[tail++] = row[c];
			} else {
				row[c] = back[c];
			}
		}
	}
}

void automaton_build(struct arena *a, struct automaton *m, const struct str *patterns, const uint8_t *firsts, size_t n)
{
	struct arena scratch = { 0 };
	size_t states = 1;
	uint32_t *lengths = arena_array(a, uint32_t, n ? n : 1);

	memset(m, 0, sizeof(*m));
	make_classes(m, patterns, n);
	for (size_t i = 0; i < n; i++) {
		states += patterns[i].len;
		lengths[i] = (uint32_t)patterns[i].len;
	}
	m->lengths = lengths;
	m->next = arena_array(a, uint32_t, states * m->n_classes);
	m->pattern = arena_array(a, uint32_t, states);
	m->shorter = arena_array(a, uint32_t, states);
	m->n_states = 1;
	for (size_t i = 0; i < n; i++) {
		uint32_t s = 0;

		for (size_t k = 0; k < patterns[i].len; k++) {
			uint32_t *slot =
				&m->next[(size_t)s * m->n_classes + m->class_of[(unsigned char)patterns[i].ptr[k]]];

			if (!*slot)
				*slot = m->n_states++;
			s = *slot;
		}
		if (s && !m->pattern[s])
			m->pattern[s] = (uint32_t)i + 1;
	}
	make_starts(m, patterns, firsts, n);
	make_prefixes(a, m, patterns, n);
	resolve_failures(&scratch, m);
	arena_release(&scratch);
}

static inline bool has_pair(const uint64_t *pairs, unsigned char a, unsigned char b)
{
	return pairs[(unsigned)a << 2 | b >> 6] >> (b & 63) & 1;
}

static inline bool has_prefix(const struct automaton *m, const unsigned char *p, size_t n)
{
	size_t bit = prefix_bit(m, p, n);

	return m->prefixes[bit / 64] >> bit % 64 & 1;
}

/*
 * Whether a pattern may begin with the `left` bytes at `p`, its first byte and the one before it aside. Most words
 * that begin like a name do not go on like it, and finding that out by the table costs more.
 */
static inline bool may_go_on(const struct automaton *m, const unsigned char *p, size_t left)
{
	return left < 2 ||
	       (has_pair(m->pairs, p[0], p[1]) && (left < LONG_PREFIX || has_prefix(m, p, LONG_PREFIX) ||
						   has_prefix(m, p, BRIEF_PREFIX) || has_pair(m->briefs, p[0], p[1])));
}

/* Whether a pattern may begin with what stands at `i`. */
static inline bool may_begin(const struct automaton *m, const unsigned char *p, size_t i, size_t n)
{
	return m->starts[p[i]] && !(i && p[i] < 0x80 && m->is_word[p[i - 1]]) && may_go_on(m, p + i, n - i);
}

typedef uint8_t vector __attribute__((vector_size(16)));

static inline vector within(vector v, uint8_t first, uint8_t count)
{
	return (vector)(v - first < count);
}

/* Marks those of p[0..15] that may begin a pattern, as far as ranges tell; p[-1] is read, too. */
static void mark_starts(const struct automaton *m, const unsigned char *p, uint64_t half[2])
{
	vector v, before, high, inside, hit;

	memcpy(&v, p, sizeof(v));
	memcpy(&before, p - 1, sizeof(before));
	high = (vector)(v >= 0x80);
	inside = (within(before | 0x20, 'a', 26) | within(before, '0', 10)) & ~high;
	hit = (within(v, m->first, m->n_firsts) | (high & m->beyond)) & ~inside;
	memcpy(half, &hit, sizeof(hit));
}

/* The next place from `i` on where a pattern may begin, or n. */
static size_t next_start(const struct automaton *m, const unsigned char *p, size_t i, size_t n)
{
	uint64_t half[2];

	if (i == 0 && n && may_begin(m, p, 0, n))
		return 0;
	i += i == 0;
	for (; __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && i + 16 < n; i += 16) {
		mark_starts(m, p + i, half);
		for (size_t k = 0; k < 2; k++) {
			while (half[k]) {
				size_t byte = (size_t)__builtin_ctzll(half[k]) / 8, at = i + 8 * k + byte;

				/* That a word begins here is known, and pairs know the first byte. */
				if (may_go_on(m, p + at, n - at))
					return at;
				half[k] &= ~((uint64_t)0xFF << 8 * byte);
			}
		}
	}
	while (i < n && !may_begin(m, p, i, n))
		i++;
	return i < n ? i : n;
}

void automaton_scan(const struct automaton *m, struct str text,
		    void (*hit)(void *ctx, uint32_t pattern, size_t start, size_t end), void *ctx)
{
	const unsigned char *p = (const unsigned char *)text.ptr;
	size_t i = 0, n = text.len;
	uint32_t s = 0;

	while (i < n) {
		/* At the root nothing is pending. */
		if (s == 0) {
			i = next_start(m, p, i, n);
			if (i == n)
				return;
		}
		s = m->next[(size_t)s * m->n_classes + m->class_of[p[i]]];
		i++;
		for (uint32_t t = m->pattern[s] ? s : m->shorter[s]; t; t = m->shorter[t]) {
			size_t start = i - m->lengths[m->pattern[t] - 1];

			if (start == 0 || p[start] >= 0x80 || !m->is_word[p[start - 1]])
				hit(ctx, m->pattern[t] - 1, start, i);
		}
	}
}
