#include "fixture.h"

#include "site/cache.h"

static const struct cache_head bare = { 0 }, full = { .said = STR_INIT("said"),
						      .meta = STR_INIT("says"),
						      .places = STR_INIT("where"),
						      .extract = STR_INIT("what"),
						      .meta_digest = { 2, 1 } };

static struct cache_head head_of(size_t i)
{
	struct cache_head h = i ? full : bare;

	h.doc_digest = doc_digest(doc_empty());
	h.doc_image = doc_image(doc_empty(), h.doc_digest);
	return h;
}

/* Two pages with their docs and heads; doc_empty is as good a doc as any. */
static struct cache sample(struct arena *a, struct buf *docs, struct buf *heads)
{
	struct cache c = { { 5, 6 }, { 7, 8 }, arena_array(a, struct cache_page, 2), 2 };

	buf_init(docs, 0);
	buf_init(heads, 0);
	for (size_t i = 0; i < 2; i++) {
		struct cache_page *p = &c.pages[i];
		struct cache_head h = head_of(i);

		*p = (struct cache_page){
			.path = i ? STR("content/b.md") : STR("content/a.md"),
			.size = 100 + i,
			.mtime_ns = i ? -7 : INT64_MAX,
			.file = { 1, i },
		};
		p->doc = cache_write_doc(docs, doc_empty());
		p->head = cache_write_head(heads, &h, &p->made);
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
	struct buf docs, heads, file;
	struct cache c, back;
	struct str doc_bytes, head_bytes;

	(void)state;
	c = sample(&a, &docs, &heads);
	buf_init(&file, 0);
	cache_write(&file, &c);
	assert_true(cache_read(&a, buf_str(&file), &back));
	assert_true(digest_eq(back.settings, c.settings));
	assert_true(digest_eq(back.marks, c.marks));
	assert_int_equal(back.n, 2);
	doc_bytes = aligned(&a, buf_str(&docs));
	head_bytes = aligned(&a, buf_str(&heads));
	for (size_t i = 0; i < 2; i++) {
		const struct cache_page *p = &back.pages[i];
		struct cache_head want = head_of(i), h;
		const struct doc *d;

		assert_true(str_eq(p->path, c.pages[i].path));
		assert_int_equal(p->size, c.pages[i].size);
		assert_int_equal(p->mtime_ns, c.pages[i].mtime_ns);
		assert_true(digest_eq(p->file, c.pages[i].file));
		assert_true(cache_read_head(head_bytes, p, true, &h));
		assert_true(cache_read_head(head_bytes, p, false, &h));
		assert_true(str_eq(h.said, want.said));
		assert_true(str_eq(h.meta, want.meta));
		assert_true(str_eq(h.places, want.places));
		assert_true(str_eq(h.extract, want.extract));
		assert_true(digest_eq(h.meta_digest, want.meta_digest));
		assert_true(digest_eq(h.doc_digest, want.doc_digest));
		assert_true(digest_eq(h.doc_image, want.doc_image));
		assert_int_equal(p->doc.at % 8, 0);
		d = cache_read_doc(doc_bytes, p, &h);
		assert_non_null(d);
		assert_memory_equal(d, doc_empty(), doc_empty()->bytes);
		assert_ptr_equal(cache_read_doc(doc_bytes, p, NULL), d);
	}
	buf_release(&file);
	buf_release(&docs);
	buf_release(&heads);
	arena_release(&a);
}

static void every_flipped_byte_and_every_cut_is_noticed(void **state)
{
	struct arena a = { 0 };
	struct buf docs, heads, file;
	struct cache c, back;
	struct cache_head h = head_of(0);

	(void)state;
	c = sample(&a, &docs, &heads);
	buf_init(&file, 0);
	cache_write(&file, &c);
	for (size_t i = 0; i < file.len; i++) {
		file.ptr[i] ^= 16;
		assert_false(cache_read(&a, buf_str(&file), &back));
		assert_int_equal(back.n, 0);
		file.ptr[i] ^= 16;
		assert_false(cache_read(&a, str_cut(buf_str(&file), 0, i), &back));
	}
	for (size_t i = 0; i < c.pages[0].doc.len; i++) {
		struct str image;

		docs.ptr[i] ^= 1;
		image = aligned(&a, buf_str(&docs));
		assert_null(cache_read_doc(image, &c.pages[0], &h));
		assert_non_null(cache_read_doc(image, &c.pages[1], &h));
		docs.ptr[i] ^= 1;
		assert_null(cache_read_doc(str_cut(image, 0, i), &c.pages[0], &h));
		assert_null(cache_read_doc(str_cut(image, 0, i), &c.pages[0], NULL));
	}
	for (size_t i = 0; i < c.pages[0].head.len; i++) {
		struct str bytes = buf_str(&heads);

		heads.ptr[i] ^= 1;
		assert_false(cache_read_head(bytes, &c.pages[0], false, &h));
		assert_true(cache_read_head(bytes, &c.pages[1], false, &h));
		heads.ptr[i] ^= 1;
		assert_false(cache_read_head(str_cut(bytes, 0, i), &c.pages[0], true, &h));
	}
	buf_release(&file);
	buf_release(&docs);
	buf_release(&heads);
	arena_release(&a);
}

static void a_listing_that_points_elsewhere_is_refused(void **state)
{
	static const struct cache_place places[] = {
		{ 4, 16 }, { UINT64_MAX - 7, 16 }, { 0, UINT32_MAX }, { 1 << 20, 8 }, { 0, 0 }
	};
	struct arena a = { 0 };
	struct buf docs, heads;
	struct cache c = sample(&a, &docs, &heads);
	struct str image = aligned(&a, buf_str(&docs));

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct cache_page p = c.pages[0];
		struct cache_head h = head_of(0);

		p.doc = p.head = places[i];
		assert_null(cache_read_doc(image, &p, &h));
		assert_null(cache_read_doc(image, &p, NULL));
		assert_false(cache_read_head(buf_str(&heads), &p, false, &h));
		assert_false(cache_read_head(buf_str(&heads), &p, true, &h));
	}
	buf_release(&docs);
	buf_release(&heads);
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
