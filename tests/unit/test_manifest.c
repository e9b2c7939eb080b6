#include "fixture.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/pack.h"
#include "base/path.h"
#include "site/manifest.h"

#define OTHER (2 * FACT_PAGE_KINDS) /* the first fact that is no aspect of a page */

static const uint32_t facts_a[] = { OTHER + 2, FACT_PAGE_KINDS + FACT_PAGE_BODY, OTHER + 1 },
		      members[] = { FACT_PAGE_META, OTHER }, links_a[] = { 1, 0 }, ids_b[] = { 2 };

static struct str keys[] = { STR_INIT("companies/deepseek"), STR_INIT("index") };
static const struct digest aspects[OTHER] = { { 1, 2 }, [FACT_PAGE_KINDS + FACT_PAGE_BODY] = { 5, 6 } };
static struct manifest_fact facts[] = {
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
	  .n_facts = 3,
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
	.keys = keys,
	.n_keys = 2,
	.aspects = aspects,
	.facts = facts,
	.n_facts = 3,
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
	assert_int_equal(m->n_keys, sample.n_keys);
	for (size_t i = 0; i < m->n_keys; i++)
		assert_true(str_eq(m->keys[i], keys[i]));
	for (size_t i = 0; i < OTHER; i++)
		assert_true(digest_eq(m->aspects[i], aspects[i]));
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
	manifest_write(&sample, pack_gather, &b);
	assert_true(manifest_read(&a, buf_str(&b), &m));
	expect_sample(&m);
	manifest_write(&m, pack_gather, &again);
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
	manifest_write(&nothing, pack_gather, &b);
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
	manifest_write(&sample, pack_gather, &b);
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
	manifest_write(&sample, pack_gather, &b);
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
	struct digest d = digest_of(str_cut(buf_str(b), PACK_MARK, b->len - PACK_DIGEST));

	buf_cut(b, b->len - PACK_DIGEST);
	pack_digest(b, d);
}

static void stays_within_its_bytes_behind_a_right_checksum(void **state)
{
	static const unsigned char values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	size_t read_well = 0;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	manifest_write(&sample, pack_gather, &b);
	for (size_t at = PACK_MARK; at < b.len - PACK_DIGEST; at++) {
		for (size_t v = 0; v < COUNT(values); v++) {
			struct arena a = { 0 };
			struct manifest m;
			char was = b.ptr[at], *copy;

			b.ptr[at] = (char)values[v];
			write_digest(&b);
			if (read_copy(&a, buf_str(&b), &m, &copy)) {
				uint32_t n = manifest_n_of_pages(&m);

				read_well++;
				for (size_t i = 0; i < m.n_facts; i++)
					for (uint32_t k = 0; k < m.facts[i].n_members; k++)
						assert_true(m.facts[i].members[k] < n + i);
				for (size_t i = 0; i < m.n_outputs; i++) {
					for (uint32_t k = 0; k < m.outputs[i].n_facts; k++)
						assert_true(m.outputs[i].facts[k] < n + m.n_facts);
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
	/* Another digest or letter is as good as the one that was. */
	assert_true(read_well > OTHER * 16);
	buf_release(&b);
}

/* What was rendered comes with the numbers of the worker that did it. */
static void is_written_in_numbers_of_its_own(void **state)
{
	static const uint32_t theirs[] = { 7, 3, FACT_PAGE_KINDS + FACT_PAGE_BODY, OTHER + 5 }, their_urls[] = { 4, 0 },
			      ours[] = { FACT_PAGE_KINDS + 7, 3, FACT_PAGE_KINDS + FACT_PAGE_BODY, OTHER + 1 },
			      our_urls[] = { 1, 2 };
	struct manifest m = sample, back;
	struct manifest_output one = { .path = STR_INIT("x"),
				       .facts = theirs,
				       .n_facts = 4,
				       .links = their_urls,
				       .n_links = 2,
				       .ids = their_urls,
				       .n_ids = 1 };
	struct manifest_numbers numbers = { .same = 4 };
	struct arena a = { 0 };
	uint32_t *map = arena_array(&a, uint32_t, OTHER + 6), *urls_map = arena_array(&a, uint32_t, 5);
	struct buf b;

	(void)state;
	map[7 - 4] = FACT_PAGE_KINDS + 7;
	map[FACT_PAGE_KINDS + FACT_PAGE_BODY - 4] = FACT_PAGE_KINDS + FACT_PAGE_BODY;
	map[OTHER + 5 - 4] = OTHER + 1;
	urls_map[4] = 1;
	urls_map[0] = 2;
	numbers.facts = map;
	numbers.urls = urls_map;
	one.numbers = &numbers;
	m.outputs = &one;
	m.n_outputs = 1;
	buf_init(&b, 0);
	manifest_write(&m, pack_gather, &b);
	assert_true(manifest_read(&a, buf_str(&b), &back));
	expect_list(back.outputs[0].facts, back.outputs[0].n_facts, ours, 4);
	expect_list(back.outputs[0].links, back.outputs[0].n_links, our_urls, 2);
	expect_list(back.outputs[0].ids, back.outputs[0].n_ids, our_urls, 1);
	one.facts = ours;
	one.links = our_urls;
	one.n_ids = 0;
	numbers = (struct manifest_numbers){ 0 };
	buf_clear(&b);
	manifest_write(&m, pack_gather, &b);
	assert_true(manifest_read(&a, buf_str(&b), &back));
	expect_list(back.outputs[0].facts, back.outputs[0].n_facts, ours, 4);
	expect_list(back.outputs[0].links, back.outputs[0].n_links, our_urls, 2);
	buf_release(&b);
	arena_release(&a);
}

static void knows_every_fact_by_its_number(void **state)
{
	struct manifest_fact f = manifest_fact(&sample, FACT_PAGE_KINDS + FACT_PAGE_BODY);

	(void)state;
	assert_int_equal(f.kind, FACT_PAGE_BODY);
	fixture_equal(f.key, "index");
	assert_int_equal(f.digest.lo, 6);
	f = manifest_fact(&sample, OTHER);
	assert_int_equal(f.kind, FACT_QUERY);
	fixture_equal(f.key, "pages kind=company");
}

static void tells_which_pages_its_keys_are(void **state)
{
	static const struct page pages[] = { { .key = STR_INIT("a") },
					     { .key = STR_INIT("index") },
					     { .key = STR_INIT("z") } };
	struct arena a = { 0 };

	(void)state;
	expect_list(manifest_pages(&sample, &a, pages, 3), 2, (uint32_t[]){ UINT32_MAX, 1 }, 2);
	expect_list(manifest_pages(&sample, &a, pages, 0), 2, (uint32_t[]){ UINT32_MAX, UINT32_MAX }, 2);
	arena_release(&a);
}

/* What is written over the sample in two rounds: the second changes what the first one added. */
static void changes_are_read_with_the_rest(void **state)
{
	char dir[] = "/tmp/dossier-manifest-XXXXXX";
	const uint32_t group[] = { OTHER + 3, FACT_PAGE_META }, twice[] = { OTHER + 4, OTHER + 4, 0 },
		       links[] = { 3, 4, 0 };
	struct manifest_fact query = { .kind = FACT_QUERY, .key = STR_INIT("new"), .digest = { 21, 22 } };
	const struct manifest_fact both = { .kind = FACT_GROUP, .members = group, .n_members = 2 };
	struct arena a = { 0 };
	struct diag_list dl;
	struct fs_pieces pieces;
	struct overlay o;
	struct manifest m;
	struct str file;

	(void)state;
	diag_init(&dl, &a);
	assert_non_null(mkdtemp(dir));
	file = path_join(&a, str_from(dir), STR("manifest"));
	fs_pieces_begin(&pieces, file, &dl);
	manifest_write(&sample, fs_pieces_put, &pieces);
	assert_true(overlay_replace(&pieces, file, &dl));
	for (uint32_t round = 0; round < 2; round++) {
		struct manifest_change c = { .m = &m, .overlay = &o };
		struct manifest_output out;

		assert_int_equal(overlay_open(&o, file, MANIFEST_MARK), OVERLAY_GOOD);
		assert_true(manifest_open(&a, &o, &m));
		if (round == 0) {
			expect_sample(&m);
			manifest_change_digest(&c, FACT_PAGE_KINDS + FACT_PAGE_BODY, (struct digest){ 15, 16 });
			manifest_change_digest(&c, OTHER, (struct digest){ 17, 18 });
			assert_int_equal(manifest_add_fact(&c, &query), OTHER + 3);
			assert_int_equal(manifest_add_fact(&c, &both), OTHER + 4);
			assert_int_equal(manifest_add_url(&c, STR("/new/")), 3);
			assert_int_equal(manifest_add_url(&c, STR_NONE), 4);
			out = m.outputs[0];
			out.facts = twice;
			out.links = links;
			out.n_links = 3;
			out.mtime_ns = 77;
			manifest_change_output(&c, 0, &out);
		} else {
			manifest_change_digest(&c, OTHER + 3, (struct digest){ 31, 32 });
			query.key = STR("newer");
			assert_int_equal(manifest_add_fact(&c, &query), OTHER + 5);
			out = m.outputs[1];
			out.n_ids = 0;
			out.size = 5;
			manifest_change_output(&c, 1, &out);
		}
		assert_true(overlay_save(&o, &dl));
		overlay_close(&o);
	}
	assert_int_equal(overlay_open(&o, file, MANIFEST_MARK), OVERLAY_GOOD);
	for (int trusted = 1; trusted >= 0; trusted--) {
		o.is_trusted = trusted;
		assert_true(manifest_open(&a, &o, &m));
		assert_true(m.aspects[FACT_PAGE_KINDS + FACT_PAGE_BODY].hi == 15 && m.aspects[0].hi == 1);
		assert_int_equal(m.n_facts, 6);
		assert_true(m.facts[0].digest.lo == 18 && m.facts[3].digest.lo == 32 && m.facts[5].digest.lo == 22);
		assert_true(str_eq(m.facts[3].key, STR("new")) && str_eq(m.facts[5].key, STR("newer")));
		expect_list(m.facts[4].members, m.facts[4].n_members, group, 2);
		assert_int_equal(m.n_urls, 5);
		assert_true(str_eq(m.urls[3], STR("/new/")) && m.urls[4].len == 0);
		expect_list(m.outputs[0].facts, m.outputs[0].n_facts, twice, 3);
		expect_list(m.outputs[0].links, m.outputs[0].n_links, links, 3);
		assert_true(m.outputs[0].mtime_ns == 77 && m.outputs[0].size == 1234);
		assert_true(m.outputs[1].n_ids == 0 && m.outputs[1].size == 5 &&
			    str_eq(m.outputs[2].path, STR("b.html")));
	}
	overlay_close(&o);
	assert_true(fs_remove_tree(str_from(dir), &dl) && dl.len == 0);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back_as_it_was),
		cmocka_unit_test(holds_nothing_too),
		cmocka_unit_test(finds_outputs_by_path),
		cmocka_unit_test(is_written_in_numbers_of_its_own),
		cmocka_unit_test(changes_are_read_with_the_rest),
		cmocka_unit_test(knows_every_fact_by_its_number),
		cmocka_unit_test(tells_which_pages_its_keys_are),
		cmocka_unit_test(refuses_every_truncation),
		cmocka_unit_test(survives_every_flipped_bit),
		cmocka_unit_test(stays_within_its_bytes_behind_a_right_checksum),
	};

	return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
