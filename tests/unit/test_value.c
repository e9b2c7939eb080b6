#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/value.h"

static const struct pos nowhere = { 0, 0 };

static struct value *integer(struct arena *a, int64_t n)
{
	struct value *v = value_new(a, VALUE_INTEGER, nowhere);

	v->as.integer = n;
	return v;
}

static struct value *number(struct arena *a, double d)
{
	struct value *v = value_new(a, VALUE_FLOAT, nowhere);

	v->as.number = d;
	return v;
}

static void keeps_type_and_position(void **state)
{
	struct arena a = { 0 };
	struct value *v = value_string(&a, STR("x"), (struct pos){ 3, 14 });

	(void)state;
	assert_int_equal(v->type, VALUE_STRING);
	assert_int_equal(v->at.line, 3);
	assert_int_equal(v->at.col, 14);
	assert_true(str_eq(value_text(v), STR("x")));
	arena_release(&a);
}

/* Small tables are searched, large ones hashed: both sides of the change must behave alike. */
static void tables_refuse_a_second_value(void **state)
{
	struct arena a = { 0 };
	struct value *t = value_new(&a, VALUE_TABLE, nowhere);

	(void)state;
	for (int64_t i = 0; i < 200; i++) {
		struct str key = str_format(&a, "k%d", (int)i);

		assert_null(value_get(t, key));
		assert_true(value_put(&a, t, key, (struct pos){ (uint32_t)i + 1, 1 }, integer(&a, i)));
		assert_false(value_put(&a, t, key, nowhere, integer(&a, -1)));
		assert_int_equal(t->as.table.len, i + 1);
		for (int64_t j = 0; j <= i; j++) {
			const struct value_entry *e = value_entry_of(t, str_format(&a, "k%d", (int)j));

			assert_non_null(e);
			assert_int_equal(e->value->as.integer, j);
			assert_int_equal(e->at.line, j + 1);
			assert_ptr_equal(e, &t->as.table.entries[j]);
		}
	}
	arena_release(&a);
}

static void arrays_keep_their_order(void **state)
{
	struct arena a = { 0 };
	struct value *list = value_new(&a, VALUE_ARRAY, nowhere);

	(void)state;
	for (int64_t i = 0; i < 1000; i++)
		value_push(&a, list, integer(&a, i));
	assert_int_equal(list->as.array.len, 1000);
	for (int64_t i = 0; i < 1000; i++)
		assert_int_equal(list->as.array.items[i]->as.integer, i);
	arena_release(&a);
}

static void asks_are_safe_on_anything(void **state)
{
	struct arena a = { 0 };
	struct value *n = integer(&a, 5);
	double d = 0;

	(void)state;
	assert_null(value_get(NULL, STR("a")));
	assert_null(value_get(n, STR("a")));
	assert_null(value_entry_of(n, STR("a")));
	assert_null(value_path(NULL, STR("a.b")));
	assert_int_equal(value_text(NULL).len, 0);
	assert_int_equal(value_text(n).len, 0);
	assert_false(value_is_true(NULL));
	assert_false(value_is_true(n));
	assert_false(value_as_double(NULL, &d));
	assert_false(value_as_double(value_string(&a, STR("5"), nowhere), &d));
	assert_true(value_as_double(n, &d));
	assert_true(d == 5);
	assert_true(value_as_double(number(&a, 2.5), &d));
	assert_true(d == 2.5);
	arena_release(&a);
}

static void follows_dotted_paths(void **state)
{
	struct arena a = { 0 };
	struct value *top = value_new(&a, VALUE_TABLE, nowhere);
	struct value *mid = value_new(&a, VALUE_TABLE, nowhere);

	(void)state;
	value_put(&a, top, STR("a"), nowhere, mid);
	value_put(&a, mid, STR("b"), nowhere, integer(&a, 7));
	value_put(&a, mid, STR(""), nowhere, integer(&a, 8));
	assert_ptr_equal(value_path(top, STR("a")), mid);
	assert_int_equal(value_path(top, STR("a.b"))->as.integer, 7);
	assert_int_equal(value_path(top, STR("a."))->as.integer, 8);
	assert_null(value_path(top, STR("a.b.c")));
	assert_null(value_path(top, STR("x.b")));
	assert_null(value_path(top, STR("")));
	arena_release(&a);
}

static void names_every_type(void **state)
{
	(void)state;
	for (int type = VALUE_NULL; type <= VALUE_TABLE; type++)
		assert_true(str_from(value_type_name((enum value_type)type)).len > 3);
}

static void writes_canonical_json(void **state)
{
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct value *t = value_new(&a, VALUE_TABLE, nowhere);
	struct value *list = value_new(&a, VALUE_ARRAY, nowhere);
	struct value *yes = value_new(&a, VALUE_BOOL, nowhere);
	struct value *day = value_new(&a, VALUE_DATE, nowhere);

	(void)state;
	yes->as.boolean = true;
	assert_true(date_parse(STR("2025-02"), &day->as.date));
	value_put(&a, t, STR("z\"y"), nowhere, list);
	value_put(&a, t, STR("a"), nowhere, value_string(&a, STR("</b>"), nowhere));
	value_put(&a, t, STR("yes"), nowhere, yes);
	value_put(&a, t, STR("none"), nowhere, value_new(&a, VALUE_NULL, nowhere));
	value_put(&a, t, STR("day"), nowhere, day);
	value_push(&a, list, integer(&a, INT64_MIN));
	value_push(&a, list, integer(&a, INT64_MAX));
	value_push(&a, list, number(&a, 0.5));
	value_push(&a, list, number(&a, (double)INFINITY));
	value_push(&a, list, number(&a, (double)NAN));
	value_push(&a, list, value_new(&a, VALUE_ARRAY, nowhere));
	value_push(&a, list, value_new(&a, VALUE_TABLE, nowhere));
	value_write_json(&b, t);
	assert_string_equal(b.ptr, "{\"z\\\"y\":[-9223372036854775808,9223372036854775807,0.5,null,null,[],{}],"
				   "\"a\":\"<\\/b>\",\"yes\":true,\"none\":null,\"day\":\"2025-02\"}");
	buf_clear(&b);
	value_write_json(&b, NULL);
	assert_string_equal(b.ptr, "null");
	buf_release(&b);
	arena_release(&a);
}

/* One of everything, with a place each. */
static struct value *one_of_each(struct arena *a)
{
	static const enum value_type plain[] = { VALUE_NULL, VALUE_BOOL, VALUE_DATE, VALUE_ARRAY };
	struct value *t = value_new(a, VALUE_TABLE, (struct pos){ 2, 1 }), *list = value_new(a, VALUE_ARRAY, nowhere);

	for (uint32_t i = 0; i < 4; i++)
		value_push(a, list, value_new(a, plain[i], (struct pos){ 3, i }));
	list->as.array.items[1]->as.boolean = true;
	assert_true(date_parse(STR("2025-02-03T04:05:06.007-08:00"), &list->as.array.items[2]->as.date));
	value_put(a, t, STR("list"), (struct pos){ 3, 1 }, list);
	value_put(a, t, STR(""), (struct pos){ 4, 1 }, value_string(a, STR("text \xe2\x80\xa6"), (struct pos){ 4, 9 }));
	value_put(a, t, STR("n"), (struct pos){ 5, 1 }, integer(a, INT64_MIN));
	value_put(a, t, STR("x"), (struct pos){ 6, 1 }, number(a, -0.5));
	for (uint32_t i = 0; i < 20; i++) {
		char *key = str_z(a, STR("key?"));

		key[3] = (char)('a' + i);
		value_put(a, t, str_from(key), (struct pos){ 7, i }, integer(a, i));
	}
	return t;
}

static void comes_back_from_its_packed_form(void **state)
{
	struct arena a = { 0 };
	struct value *t = one_of_each(&a), *back;
	struct buf content = { 0 }, places = { 0 }, json = { 0 }, again = { 0 };
	struct date d;

	(void)state;
	value_pack(t, &content, &places);
	back = value_unpack(&a, buf_str(&content), buf_str(&places));
	assert_non_null(back);
	value_write_json(&json, t);
	value_write_json(&again, back);
	assert_string_equal(json.ptr, again.ptr);
	assert_int_equal(value_entry_of(back, STR("keyt"))->at.col, 19);
	assert_int_equal(value_get(back, STR(""))->at.col, 9);
	d = value_get(back, STR("list"))->as.array.items[2]->as.date;
	assert_int_equal(d.nanos, 7000000);
	assert_int_equal(d.offset, -480);
	for (size_t i = 0; i < content.len; i++)
		assert_null(value_unpack(&a, str_cut(buf_str(&content), 0, i), buf_str(&places)));
	for (size_t i = 0; i < places.len; i++)
		assert_null(value_unpack(&a, buf_str(&content), str_cut(buf_str(&places), 0, i)));
	buf_release(&content);
	buf_release(&places);
	buf_release(&json);
	buf_release(&again);
	arena_release(&a);
}

static void nesting_without_end_is_refused(void **state)
{
	struct arena a = { 0 };
	struct value *v = value_new(&a, VALUE_ARRAY, nowhere);
	struct buf content = { 0 }, places = { 0 };

	(void)state;
	for (int i = 0; i < 600; i++) {
		struct value *outer = value_new(&a, VALUE_ARRAY, nowhere);

		value_push(&a, outer, v);
		v = outer;
	}
	value_pack(v, &content, &places);
	assert_null(value_unpack(&a, buf_str(&content), buf_str(&places)));
	buf_release(&content);
	buf_release(&places);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_type_and_position),        cmocka_unit_test(tables_refuse_a_second_value),
		cmocka_unit_test(arrays_keep_their_order),        cmocka_unit_test(asks_are_safe_on_anything),
		cmocka_unit_test(follows_dotted_paths),           cmocka_unit_test(names_every_type),
		cmocka_unit_test(writes_canonical_json),          cmocka_unit_test(comes_back_from_its_packed_form),
		cmocka_unit_test(nesting_without_end_is_refused),
	};

	return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
