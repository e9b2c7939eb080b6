#include "fixture.h"

#include "base/buf.h"
#include "site/manifest.h"

static const uint32_t facts_a[] = { 3, 2 }, members[] = { 0, 1 }, links_a[] = { 1, 0 }, ids_b[] = { 2 };

static struct manifest_fact facts[] = {
	{ .kind = FACT_PAGE_HEAD, .key = STR_INIT("companies/deepseek"), .digest = { 1, 2 } },
	{ .kind = FACT_QUERY, .key = STR_INIT("pages kind=company"), .digest = { 3, UINT64_MAX } },
	{ .kind = FACT_STALE, .key = STR_INIT("") },
	{ .kind = FACT_GROUP, .members = members, .n_members = 2 },
};
static struct str urls[] = { STR_INIT("/companies/deepseek/"), STR_INIT("/a/#x"), STR_INIT("#\xe4\xb8\xad") };
static struct manifest_output outputs[] = {
	{ .path = STR_INIT("a.html"),
	  .digest = { 7, 8 },
	  .size = 1234,
	  .mtime_ns = -5,
	  .facts = facts_a,
	  .n_facts = 2,
	  .links = links_a,
	  .n_links = 2 },
	{ .path = STR_INIT("a/b.html"),
	  .digest = { 9, 10 },
	  .size = UINT64_MAX,
	  .mtime_ns = INT64_MAX,
	  .ids = ids_b,
	  .n_ids = 1 },
	{ .path = STR_INIT("b.html") },
};
static const struct manifest sample = {
	.build = { 11, 12 },
	.facts = facts,
	.n_facts = 4,
	.urls = urls,
	.n_urls = 3,
	.outputs = outputs,
	.n_outputs = 3,
};

static void expect_list(const uint32_t *got, uint32_t n, const uint32_t *wanted, uint32_t n_wanted)
{
	assert_int_equal(n, n_wanted);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(got[i], wanted[i]);
}

static void expect_sample(const struct manifest *m)
{
	assert_true(digest_eq(m->build, sample.build));
	assert_int_equal(m->n_facts, sample.n_facts);
	for (size_t i = 0; i < m->n_facts; i++) {
		assert_int_equal(m->facts[i].kind, facts[i].kind);
		assert_true(str_eq(m->facts[i].key, facts[i].key));
		assert_true(digest_eq(m->facts[i].digest, facts[i].digest));
		expect_list(m->facts[i].members, m->facts[i].n_members, facts[i].members, facts[i].n_members);
	}
	assert_int_equal(m->n_urls, sample.n_urls);
	for (size_t i = 0; i < m->n_urls; i++)
		assert_true(str_eq(m->urls[i], urls[i]));
	assert_int_equal(m->n_outputs, sample.n_outputs);
	for (size_t i = 0; i < m->n_outputs; i++) {
		const struct manifest_output *o = &m->outputs[i];

		assert_true(str_eq(o->path, outputs[i].path));
		assert_true(digest_eq(o->digest, outputs[i].digest));
		assert_true(o->size == outputs[i].size && o->mtime_ns == outputs[i].mtime_ns);
		expect_list(o->facts, o->n_facts, outputs[i].facts, outputs[i].n_facts);
		expect_list(o->links, o->n_links, outputs[i].links, outputs[i].n_links);
		expect_list(o->ids, o->n_ids, outputs[i].ids, outputs[i].n_ids);
	}
}

static void comes_back_as_it_was(void **state)
{
	struct arena a = { 0 };
	struct manifest m;
	struct buf b, again;

	(void)state;
	buf_init(&b, 0);
	buf_init(&again, 0);
	manifest_write(&b, &sample);
	assert_true(manifest_read(&a, buf_str(&b), &m));
	expect_sample(&m);
	manifest_write(&again, &m);
	assert_true(str_eq(buf_str(&b), buf_str(&again)));
	buf_release(&b);
	buf_release(&again);
	arena_release(&a);
}

static void holds_nothing_too(void **state)
{
	const struct manifest nothing = { .n_outputs = 0 };
	struct arena a = { 0 };
	struct manifest m;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	manifest_write(&b, &nothing);
	assert_true(manifest_read(&a, buf_str(&b), &m));
	assert_int_equal(m.n_facts + m.n_urls + m.n_outputs, 0);
	assert_null(manifest_find(&m, STR("a.html")));
	buf_release(&b);
	arena_release(&a);
}

static void finds_outputs_by_path(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(outputs); i++)
		assert_ptr_equal(manifest_find(&sample, outputs[i].path), &outputs[i]);
	assert_null(manifest_find(&sample, STR("a")));
	assert_null(manifest_find(&sample, STR("a/b.htm")));
	assert_null(manifest_find(&sample, STR("c")));
}

/* An exact copy, so that a sanitizer sees a read beyond the end. */
static bool read_copy(struct arena *a, struct str bytes, struct manifest *m, char **copy)
{
	*copy = malloc(bytes.len ? bytes.len : 1);
	assert_non_null(*copy);
	memcpy(*copy, bytes.ptr, bytes.len);
	return manifest_read(a, (struct str){ *copy, bytes.len }, m);
}

static void refuses_every_truncation(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	manifest_write(&b, &sample);
	for (size_t n = 0; n <= b.len + 1; n++) {
		struct arena a = { 0 };
		struct manifest m;
		char *copy;
		bool ok;

		if (n == b.len)
			continue;
		if (n > b.len)
			buf_add_char(&b, 'x');
		ok = read_copy(&a, str_cut(buf_str(&b), 0, n), &m, &copy);
		assert_false(ok);
		assert_int_equal(m.n_outputs + m.n_facts + m.n_urls, 0);
		free(copy);
		arena_release(&a);
		if (n >= b.len)
			break;
	}
	buf_release(&b);
}

static void survives_every_flipped_bit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	manifest_write(&b, &sample);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		struct arena a = { 0 };
		struct manifest m;
		char *copy;

		b.ptr[bit / 8] = (char)(b.ptr[bit / 8] ^ (1 << (bit % 8)));
		if (read_copy(&a, buf_str(&b), &m, &copy))
			expect_sample(&m);
		b.ptr[bit / 8] = (char)(b.ptr[bit / 8] ^ (1 << (bit % 8)));
		free(copy);
		arena_release(&a);
	}
	buf_release(&b);
}

/* The checksum made to fit: what a disk never does, a fuzzer and a bug do. */
static void write_digest(struct buf *b)
{
	struct digest d = digest_of(str_skip(buf_str(b), 32));

	for (int i = 0; i < 8; i++) {
		b->ptr[16 + i] = (char)(d.hi >> (8 * i));
		b->ptr[24 + i] = (char)(d.lo >> (8 * i));
	}
}

static void stays_within_its_bytes_behind_a_right_checksum(void **state)
{
	static const unsigned char values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	manifest_write(&b, &sample);
	for (size_t at = 32; at < b.len; at++) {
		for (size_t v = 0; v < COUNT(values); v++) {
			struct arena a = { 0 };
			struct manifest m;
			char was = b.ptr[at], *copy;

			b.ptr[at] = (char)values[v];
			write_digest(&b);
			if (read_copy(&a, buf_str(&b), &m, &copy)) {
				for (size_t i = 0; i < m.n_facts; i++)
					for (uint32_t k = 0; k < m.facts[i].n_members; k++)
						assert_true(m.facts[i].members[k] < i);
				for (size_t i = 0; i < m.n_outputs; i++) {
					for (uint32_t k = 0; k < m.outputs[i].n_facts; k++)
						assert_true(m.outputs[i].facts[k] < m.n_facts);
					for (uint32_t k = 0; k < m.outputs[i].n_links; k++)
						assert_true(m.outputs[i].links[k] < m.n_urls);
				}
			}
			/* A count is believed only as far as there are bytes. */
			assert_true(a.used < 64 * b.len);
			b.ptr[at] = was;
			free(copy);
			arena_release(&a);
		}
	}
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back_as_it_was),
		cmocka_unit_test(holds_nothing_too),
		cmocka_unit_test(finds_outputs_by_path),
		cmocka_unit_test(refuses_every_truncation),
		cmocka_unit_test(survives_every_flipped_bit),
		cmocka_unit_test(stays_within_its_bytes_behind_a_right_checksum),
	};

	return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
