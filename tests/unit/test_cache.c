#include "fixture.h"

#include "site/cache.h"

static const char *const titles[] = { "A", "" };

/* Two pages and the blobs they stand for; doc_empty is as good a doc as any. */
static struct cache sample(struct arena *a, struct buf *docs)
{
	struct cache c = { { 5, 6 }, arena_array(a, struct cache_page, 2), 2 };
	struct buf meta, places;

	buf_init(docs, 0);
	buf_init(&meta, 0);
	buf_init(&places, 0);
	for (size_t i = 0; i < 2; i++) {
		struct value *tree = value_new(a, VALUE_TABLE, (struct pos){ 1, 1 });
		struct cache_blob b = { .doc = doc_empty() };
		size_t at = docs->len;

		value_put(a, tree, STR("title"), (struct pos){ 2, 1 },
			  value_string(a, str_from(titles[i]), (struct pos){ 2, 9 }));
		buf_clear(&meta);
		buf_clear(&places);
		value_pack(tree, &meta, &places);
		b.meta = buf_str(&meta);
		b.places = buf_str(&places);
		b.meta_digest = digest_of(b.meta);
		b.doc_digest = doc_digest(b.doc);
		b.doc_image = doc_image(b.doc, b.doc_digest);
		cache_write_blob(docs, &b);
		c.pages[i] = (struct cache_page){
			.path = i ? STR("content/b.md") : STR("content/a.md"),
			.size = 100 + i,
			.mtime_ns = i ? -7 : INT64_MAX,
			.file = { 1, i },
			.blob = cache_blob_digest(&b),
			.at = at,
			.len = (uint32_t)(docs->len - at),
		};
	}
	buf_release(&meta);
	buf_release(&places);
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
	assert_int_equal(back.n, 2);
	image = aligned(&a, buf_str(&docs));
	for (size_t i = 0; i < 2; i++) {
		const struct cache_page *p = cache_find(&back, c.pages[i].path);
		struct cache_blob blob;

		assert_non_null(p);
		assert_int_equal(p->size, c.pages[i].size);
		assert_int_equal(p->mtime_ns, c.pages[i].mtime_ns);
		assert_true(digest_eq(p->file, c.pages[i].file));
		assert_int_equal(p->at % 8, 0);
		assert_true(cache_read_blob(&a, image, p, &blob));
		fixture_equal(value_text(value_get(blob.tree, STR("title"))), titles[i]);
		assert_int_equal(value_get(blob.tree, STR("title"))->at.col, 9);
		assert_true(digest_eq(blob.meta_digest, digest_of(blob.meta)));
		assert_true(digest_eq(blob.doc_digest, doc_digest(doc_empty())));
		assert_true(digest_eq(blob.doc_image, doc_image(doc_empty(), blob.doc_digest)));
		assert_int_equal(blob.doc->bytes, doc_empty()->bytes);
		assert_ptr_equal(cache_read_doc(image, p, blob.doc_image), blob.doc);
		assert_null(cache_read_doc(image, p, blob.doc_digest));
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
	struct cache_blob blob;

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
		assert_false(cache_read_blob(&a, image, &c.pages[0], &blob));
		assert_true(cache_read_blob(&a, image, &c.pages[1], &blob));
		docs.ptr[i] ^= 1;
		assert_false(cache_read_blob(&a, str_cut(image, 0, i), &c.pages[0], &blob));
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
	struct cache_blob blob;

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct cache_page p = c.pages[0];

		p.at = places[i].at;
		p.len = places[i].len;
		assert_false(cache_read_blob(&a, image, &p, &blob));
		assert_null(cache_read_doc(image, &p, doc_image(doc_empty(), doc_digest(doc_empty()))));
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
