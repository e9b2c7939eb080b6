#include "fixture.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/overlay.h"
#include "base/pack.h"
#include "base/path.h"

#define MARK "TESTMRK1"
#define SIZE 5003 /* of the body; it ends within a line */

struct place { /* a folder of its own for every test, with a base in it */
	struct arena arena;
	struct diag_list dl;
	char dir[64];
	struct str file, more;
};

static void put_base(struct place *p, char fill)
{
	struct pack_file packed;
	struct fs_pieces pieces;
	char body[SIZE];

	memset(body, fill, sizeof(body));
	fs_pieces_begin(&pieces, p->file, &p->dl);
	pack_file_begin(&packed, &p->arena, MARK, fs_pieces_put, &pieces);
	buf_add_mem(&packed.body, body, sizeof(body));
	pack_file_end(&packed);
	assert_true(overlay_replace(&pieces, p->file, &p->dl));
}

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	if (!p)
		return -1;
	strcpy(p->dir, "/tmp/dossier-overlay-XXXXXX");
	diag_init(&p->dl, &p->arena);
	*state = p;
	if (!mkdtemp(p->dir))
		return -1;
	p->file = path_join(&p->arena, str_from(p->dir), STR("base"));
	p->more = overlay_supplement(&p->arena, p->file);
	put_base(p, 'a');
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	bool ok = fs_remove_tree(str_from(p->dir), &p->dl) && p->dl.len == 0;

	arena_release(&p->arena);
	free(p);
	return ok ? 0 : -1;
}

static struct str bytes_of(struct place *p, struct str file)
{
	struct str bytes;

	assert_true(fs_read(&p->arena, file, SIZE_MAX, &bytes, &p->dl));
	return bytes;
}

static void expect(struct place *p, const char *at, char byte, const char *added)
{
	struct overlay o;
	struct str body;

	assert_int_equal(overlay_open(&o, p->file, MARK), OVERLAY_GOOD);
	body = overlay_base(&o);
	assert_int_equal(body.len, SIZE);
	for (size_t i = 0; i < SIZE; i++)
		assert_int_equal(body.ptr[i], at && strchr(at, (int)('0' + i / 1000)) && i % 1000 == 0 ? byte : 'a');
	assert_true(str_eq(overlay_added(&o), str_from(added)));
	overlay_close(&o);
}

static void a_base_alone_is_what_was_packed(void **state)
{
	expect(*state, NULL, 0, "");
}

static void changes_and_additions_come_back(void **state)
{
	struct place *p = *state;
	struct str base = bytes_of(p, p->file);
	struct overlay o;

	for (int round = 0; round < 3; round++) {
		size_t at;

		assert_int_equal(overlay_open(&o, p->file, MARK), OVERLAY_GOOD);
		assert_true(o.is_trusted);
		overlay_put(&o, PACK_MARK + (size_t)round * 1000, "x", 1);
		/* What says the same is no change. */
		overlay_put(&o, PACK_MARK + 4500, "aaa", 3);
		at = overlay_add(&o, "eight by", 8);
		assert_int_equal(at % 8, 0);
		assert_true(overlay_save(&o, &p->dl));
		overlay_close(&o);
	}
	expect(p, "012", 'x', "eight byeight byeight by");
	/* Additions are changed like all else, and the last line, which is shorter. */
	assert_int_equal(overlay_open(&o, p->file, MARK), OVERLAY_GOOD);
	overlay_put(&o, o.len - 24, "eight", 5);
	overlay_put(&o, o.len - 8, "ninth.", 6);
	overlay_put(&o, PACK_MARK + 5000, "x", 1);
	assert_true(overlay_save(&o, &p->dl));
	overlay_close(&o);
	expect(p, "0125", 'x', "eight byeight byninth.by");
	assert_true(str_eq(base, bytes_of(p, p->file)));
}

static void nothing_changed_is_not_written(void **state)
{
	struct place *p = *state;
	struct fs_info before = fs_info(p->more);
	struct overlay o;

	assert_int_equal(overlay_open(&o, p->file, MARK), OVERLAY_GOOD);
	overlay_put(&o, PACK_MARK, "aaaa", 4);
	assert_true(overlay_save(&o, &p->dl));
	overlay_close(&o);
	assert_int_equal(fs_info(p->more).inode, before.inode);
}

static void too_much_wants_a_new_base(void **state)
{
	struct place *p = *state;
	char many[200000] = { 0 };
	struct overlay o;
	size_t room = 0;

	assert_int_equal(overlay_open(&o, p->file, MARK), OVERLAY_GOOD);
	assert_true(overlay_add(&o, many, sizeof(many)) > 0);
	assert_false(overlay_save(&o, &p->dl));
	/* Where there is no room nothing is written, however much is asked for. */
	for (; overlay_add(&o, many, sizeof(many)) > 0; room++)
		assert_true(room < 100);
	assert_true(o.is_full);
	assert_int_equal(overlay_add(&o, many, 8), 0);
	assert_false(overlay_save(&o, &p->dl));
	overlay_close(&o);
	expect(p, NULL, 0, "");
}

static void a_supplement_of_another_base_is_nothing(void **state)
{
	struct place *p = *state;
	struct overlay o;
	struct str kept;

	put_base(p, 'b');
	assert_int_equal(overlay_open(&o, p->file, MARK), OVERLAY_GOOD);
	overlay_put(&o, PACK_MARK, "x", 1);
	assert_true(overlay_save(&o, &p->dl));
	overlay_close(&o);
	kept = bytes_of(p, p->more);
	put_base(p, 'a');
	assert_int_equal(fs_write(p->more, kept, &p->dl), FS_WRITE_NEW);
	expect(p, NULL, 0, "");
}

/* A copy has other marks, and what was written to keeps none. */
static void what_was_touched_is_looked_at(void **state)
{
	struct place *p = *state;
	struct str base = bytes_of(p, p->file);
	struct overlay o;
	char *bad = arena_array(&p->arena, char, base.len);

	assert_true(fs_touch(p->file, 1000000000));
	assert_int_equal(overlay_open(&o, p->file, MARK), OVERLAY_GOOD);
	assert_false(o.is_trusted);
	assert_true(overlay_save(&o, &p->dl));
	overlay_close(&o);
	assert_int_equal(overlay_open(&o, p->file, MARK), OVERLAY_GOOD);
	assert_true(o.is_trusted);
	overlay_close(&o);
	memcpy(bad, base.ptr, base.len);
	bad[100] ^= 1;
	assert_int_equal(fs_write(p->file, (struct str){ bad, base.len }, &p->dl), FS_WRITE_NEW);
	assert_true(fs_touch(p->file, 1000000000));
	assert_int_equal(overlay_open(&o, p->file, MARK), OVERLAY_DAMAGED);
	assert_false(overlay_is_whole(p->file, MARK));
}

static void damage_is_noticed(void **state)
{
	struct place *p = *state;
	struct str files[] = { p->file, p->more };
	struct overlay o;

	assert_int_equal(overlay_open(&o, p->file, MARK), OVERLAY_GOOD);
	overlay_put(&o, PACK_MARK + 1000, "x", 1);
	overlay_add(&o, "and more", 8);
	assert_true(overlay_save(&o, &p->dl));
	overlay_close(&o);
	assert_int_equal(overlay_open(&o, p->file, "TESTMRK2"), OVERLAY_DAMAGED);
	for (size_t f = 0; f < 2; f++) {
		struct str good = bytes_of(p, files[f]);
		char *bad = arena_array(&p->arena, char, good.len + 1);

		for (size_t at = 0; at < good.len; at += f ? 1 : 61) {
			memcpy(bad, good.ptr, good.len);
			bad[at] ^= 4;
			fs_write(files[f], (struct str){ bad, good.len }, &p->dl);
			assert_int_equal(overlay_open(&o, p->file, MARK), OVERLAY_DAMAGED);
			fs_write(files[f], str_cut(good, 0, at), &p->dl);
			assert_int_equal(overlay_open(&o, p->file, MARK), OVERLAY_DAMAGED);
		}
		fs_remove(files[f], &p->dl);
		assert_int_equal(overlay_open(&o, p->file, MARK), f ? OVERLAY_DAMAGED : OVERLAY_NONE);
		fs_write(files[f], good, &p->dl);
		expect(p, "1", 'x', "and more");
	}
}

/* Numbers that a right checksum stands behind are believed as far as there are bytes. */
static void a_wrong_supplement_stays_within_its_base(void **state)
{
	static const unsigned char values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	struct place *p = *state;
	struct str good;
	struct overlay o;

	assert_int_equal(overlay_open(&o, p->file, MARK), OVERLAY_GOOD);
	overlay_put(&o, PACK_MARK + SIZE - 1, "x", 1);
	overlay_add(&o, "and more", 8);
	assert_true(overlay_save(&o, &p->dl));
	overlay_close(&o);
	good = bytes_of(p, p->more);
	for (size_t at = PACK_MARK; at < good.len - PACK_DIGEST; at++) {
		for (size_t v = 0; v < sizeof(values); v++) {
			struct buf b;

			buf_init(&b, 0);
			buf_add(&b, str_cut(good, 0, good.len - PACK_DIGEST));
			b.ptr[at] = (char)values[v];
			pack_end(&b);
			fs_write(p->more, buf_str(&b), &p->dl);
			overlay_open(&o, p->file, MARK);
			assert_true(o.len <= o.cap && o.base <= SIZE + PACK_MARK + PACK_DIGEST);
			overlay_close(&o);
			buf_release(&b);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_base_alone_is_what_was_packed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(changes_and_additions_come_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_changed_is_not_written, set_up, tear_down),
		cmocka_unit_test_setup_teardown(too_much_wants_a_new_base, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_supplement_of_another_base_is_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_touched_is_looked_at, set_up, tear_down),
		cmocka_unit_test_setup_teardown(damage_is_noticed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_wrong_supplement_stays_within_its_base, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("overlay", tests, NULL, NULL);
}
