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
struct sample {
	struct arena a;
	struct cache c;
	struct cache_page pages[2];
	const struct cache_page *list[2];
	struct str paths[2];
	struct buf docs, heads, file;
};

static void begin(struct sample *s)
{
	*s = (struct sample){ .c = { .settings = { 5, 6 }, .marks = { 7, 8 } },
			      .list = { &s->pages[0], &s->pages[1] },
			      .paths = { STR("content/a.md"), STR("content/b.md") } };
	buf_init(&s->docs, 0);
	buf_init(&s->heads, 0);
	buf_init(&s->file, 0);
	for (size_t i = 0; i < 2; i++) {
		struct cache_page *p = &s->pages[i];
		struct cache_head h = head_of(i);

		*p = (struct cache_page){ .size = 100 + i, .mtime_ns = i ? -7 : INT64_MAX, .file = { 1, i } };
		p->doc = cache_write_doc(&s->docs, doc_empty());
		p->head = cache_write_head(&s->heads, &h, &p->made);
	}
	cache_write(&s->c, s->list, s->paths, 2, pack_gather, &s->file);
}

static void end(struct sample *s)
{
	buf_release(&s->file);
	buf_release(&s->docs);
	buf_release(&s->heads);
	arena_release(&s->a);
}

/* Aligned, as a mapping is. */
static struct str aligned(struct arena *a, struct str s)
{
	char *z = arena_alloc(a, s.len + 8, 1, 8);

	memcpy(z, s.ptr, s.len);
	return (struct str){ z, s.len };
}

/* False: it is refused, and nothing is left of what was read. */
static bool reads(struct arena *a, struct str file, struct cache *out)
{
	struct overlay o;

	if (overlay_read(&o, aligned(a, file), CACHE_MARK) && cache_open(out, &o))
		return true;
	return false;
}

static void what_is_kept_comes_back(void **state)
{
	struct sample s;
	struct cache back;
	struct str doc_bytes, head_bytes;

	(void)state;
	begin(&s);
	assert_true(reads(&s.a, buf_str(&s.file), &back));
	assert_true(digest_eq(back.settings, s.c.settings));
	assert_true(digest_eq(back.marks, s.c.marks));
	assert_int_equal(back.n, 2);
	doc_bytes = aligned(&s.a, buf_str(&s.docs));
	head_bytes = aligned(&s.a, buf_str(&s.heads));
	for (size_t i = 0; i < 2; i++) {
		const struct cache_page *p = &back.pages[i];
		struct cache_head want = head_of(i), h;
		const struct doc *d;

		assert_true(str_eq(cache_path(&back, i), s.paths[i]));
		assert_memory_equal(p, &s.pages[i], sizeof(*p));
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
	end(&s);
}

static void every_flipped_byte_and_every_cut_is_noticed(void **state)
{
	struct sample s;
	struct cache back;
	struct cache_head h = head_of(0);

	(void)state;
	begin(&s);
	for (size_t i = 0; i < s.file.len; i++) {
		s.file.ptr[i] ^= 16;
		assert_false(reads(&s.a, buf_str(&s.file), &back));
		s.file.ptr[i] ^= 16;
		assert_false(reads(&s.a, str_cut(buf_str(&s.file), 0, i), &back));
	}
	for (size_t i = 0; i < s.pages[0].doc.len; i++) {
		struct str image;

		s.docs.ptr[i] ^= 1;
		image = aligned(&s.a, buf_str(&s.docs));
		assert_null(cache_read_doc(image, &s.pages[0], &h));
		assert_non_null(cache_read_doc(image, &s.pages[1], &h));
		s.docs.ptr[i] ^= 1;
		assert_null(cache_read_doc(str_cut(image, 0, i), &s.pages[0], &h));
		assert_null(cache_read_doc(str_cut(image, 0, i), &s.pages[0], NULL));
	}
	for (size_t i = 0; i < s.pages[0].head.len; i++) {
		struct str bytes = buf_str(&s.heads);

		s.heads.ptr[i] ^= 1;
		assert_false(cache_read_head(bytes, &s.pages[0], false, &h));
		assert_true(cache_read_head(bytes, &s.pages[1], false, &h));
		s.heads.ptr[i] ^= 1;
		assert_false(cache_read_head(str_cut(bytes, 0, i), &s.pages[0], true, &h));
	}
	end(&s);
}

static void a_listing_that_points_elsewhere_is_refused(void **state)
{
	static const struct cache_place places[] = {
		{ 4, 16 }, { UINT64_MAX - 7, 16 }, { 0, UINT32_MAX }, { 1 << 20, 8 }, { 0, 0 }
	};
	struct sample s;
	struct str image;

	(void)state;
	begin(&s);
	image = aligned(&s.a, buf_str(&s.docs));
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct cache_page p = s.pages[0];
		struct cache_head h = head_of(0);

		p.doc = p.head = places[i];
		assert_null(cache_read_doc(image, &p, &h));
		assert_null(cache_read_doc(image, &p, NULL));
		assert_false(cache_read_head(buf_str(&s.heads), &p, false, &h));
		assert_false(cache_read_head(buf_str(&s.heads), &p, true, &h));
	}
	end(&s);
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
