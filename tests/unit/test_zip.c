#include "fixture.h"

#include "base/buf.h"
#include "base/zip.h"

static const struct {
	const char *name, *bytes;
} files[] = {
	{ "site/a.html", "<p>One" },
	{ "site/empty.txt", "" },
	{ "site/\xe5\x8c\x97\xe5\xa4\xa7/b.html", "<p>Two two two two two two two two two two two two" },
};

static bool pack(struct buf *out)
{
	struct zip *z = zip_new(out);

	for (size_t i = 0; i < COUNT(files); i++)
		zip_add(z, str_from(files[i].name), str_from(files[i].bytes));
	return zip_end(z);
}

static void the_same_files_give_the_same_bytes(void **state)
{
	const char *zones[] = { "UTC", "Asia/Tokyo", "America/Los_Angeles" };
	struct buf first, again;

	(void)state;
	buf_init(&first, 0);
	assert_true(pack(&first));
	assert_true(str_starts(buf_str(&first), STR("PK\3\4")));
	for (size_t i = 0; i < COUNT(files); i++)
		assert_true(str_contains(buf_str(&first), str_from(files[i].name)));
	for (size_t i = 0; i < COUNT(zones); i++) {
		setenv("TZ", zones[i], 1);
		buf_init(&again, 0);
		assert_true(pack(&again));
		assert_true(str_eq(buf_str(&first), buf_str(&again)));
		buf_release(&again);
	}
	buf_release(&first);
}

static void an_archive_that_grows_too_large_is_refused(void **state)
{
	struct buf out;

	(void)state;
	for (size_t max = 1; max < 400; max += 40) {
		buf_init(&out, max);
		assert_false(pack(&out));
		buf_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_files_give_the_same_bytes),
		cmocka_unit_test(an_archive_that_grows_too_large_is_refused),
	};

	return cmocka_run_group_tests_name("zip", tests, NULL, NULL);
}
