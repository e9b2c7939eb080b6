#include "fixture.h"

#include "site/cache.h"

/* Two pages and their docs; doc_empty is as good a doc as any. */
static struct cache sample(struct arena *a, struct buf *docs)
{
	struct cache c = { { 5, 6 }, { 7, 8 }, arena_array(a, struct cache_page, 2), 2 };

	buf_init(docs, 0);
	for (size_t i = 0; i < 2; i++) {
		const struct doc *d = doc_empty();
		struct cache_page *p = &c.pages[i];

		*p = (struct cache_page){
			.path = i ? STR("content/b.md") : STR("content/a.md"),
			.size = 100 + i,
			.mtime_ns = i ? -7 : INT64_MAX,
			.file = { 1, i },
			.head = { .meta = i ? STR("says") : STR_NONE,
				  .places = i ? STR("where") : STR_NONE,
				  .extract = i ? STR("what") : STR_NONE,
				  .meta_digest = { 2, i },
				  .doc_digest = doc_digest(d) },
			.at = docs->len,
		};
		p->head.doc_image = doc_image(d, p->head.doc_digest);
		cache_write_doc(docs, d, &p->len);
	}
	return c;
}

/* Aligned, as a mapping is. */
static struct str aligned(struct arena *a, struct str s)
{
	char *z = arena_alloc(a, s.len + 8, 1, 8);

	memcpy(z, s.ptr, s.len);
	return (struct str){ z, s.len };
}

static void what_is_kept_comes_back(void **state)
{
	struct arena a = { 0 };
	struct buf docs, file;
	struct cache c, back;
	struct str image;

	(void)state;
	c = sample(&a, &docs);
	buf_init(&file, 0);
	cache_write(&file, &c);
	assert_true(cache_read(&a, buf_str(&file), &back));
	assert_true(digest_eq(back.settings, c.settings));
	assert_true(digest_eq(back.docs, c.docs));
	assert_int_equal(back.n, 2);
	image = aligned(&a, buf_str(&docs));
	for (size_t i = 0; i < 2; i++) {
		const struct cache_page *p = cache_find(&back, c.pages[i].path);
		const struct doc *d;

		assert_non_null(p);
		assert_int_equal(p->size, c.pages[i].size);
		assert_int_equal(p->mtime_ns, c.pages[i].mtime_ns);
		assert_true(digest_eq(p->file, c.pages[i].file));
		assert_true(str_eq(p->head.meta, c.pages[i].head.meta));
		assert_true(str_eq(p->head.places, c.pages[i].head.places));
		assert_true(str_eq(p->head.extract, c.pages[i].head.extract));
		assert_true(digest_eq(p->head.meta_digest, c.pages[i].head.meta_digest));
		assert_true(digest_eq(p->head.doc_digest, c.pages[i].head.doc_digest));
		assert_true(digest_eq(p->head.doc_image, c.pages[i].head.doc_image));
		assert_int_equal(p->at % 8, 0);
		d = cache_read_doc(image, p, false);
		assert_non_null(d);
		assert_memory_equal(d, doc_empty(), doc_empty()->bytes);
		assert_ptr_equal(cache_read_doc(image, p, true), d);
	}
	assert_null(cache_find(&back, STR("content/aa.md")));
	buf_release(&file);
	buf_release(&docs);
	arena_release(&a);
}

static void every_flipped_byte_and_every_cut_is_noticed(void **state)
{
	struct arena a = { 0 };
	struct buf docs, file;
	struct cache c, back;

	(void)state;
	c = sample(&a, &docs);
	buf_init(&file, 0);
	cache_write(&file, &c);
	for (size_t i = 0; i < file.len; i++) {
		file.ptr[i] ^= 16;
		assert_false(cache_read(&a, buf_str(&file), &back));
		assert_int_equal(back.n, 0);
		file.ptr[i] ^= 16;
		assert_false(cache_read(&a, str_cut(buf_str(&file), 0, i), &back));
	}
	for (size_t i = 0; i < c.pages[0].len; i++) {
		struct str image;

		docs.ptr[i] ^= 1;
		image = aligned(&a, buf_str(&docs));
		assert_null(cache_read_doc(image, &c.pages[0], false));
		assert_non_null(cache_read_doc(image, &c.pages[1], false));
		docs.ptr[i] ^= 1;
		assert_null(cache_read_doc(str_cut(image, 0, i), &c.pages[0], false));
		assert_null(cache_read_doc(str_cut(image, 0, i), &c.pages[0], true));
	}
	buf_release(&file);
	buf_release(&docs);
	arena_release(&a);
}

static void a_listing_that_points_elsewhere_is_refused(void **state)
{
	static const struct {
		uint64_t at;
		uint32_t len;
	} places[] = { { 4, 16 }, { UINT64_MAX - 7, 16 }, { 0, UINT32_MAX }, { 1 << 20, 8 }, { 0, 0 } };
	struct arena a = { 0 };
	struct buf docs;
	struct cache c = sample(&a, &docs);
	struct str image = aligned(&a, buf_str(&docs));

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct cache_page p = c.pages[0];

		p.at = places[i].at;
		p.len = places[i].len;
		assert_null(cache_read_doc(image, &p, false));
		assert_null(cache_read_doc(image, &p, true));
	}
	buf_release(&docs);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_comes_back),
		cmocka_unit_test(every_flipped_byte_and_every_cut_is_noticed),
		cmocka_unit_test(a_listing_that_points_elsewhere_is_refused),
	};

	return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
