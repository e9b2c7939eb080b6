#include "fixture.h"

#include "base/card.h"

static const struct card plain = { STR_INIT("Company"),    STR_INIT("Merrow Tidal"), STR_INIT("Builds turbines."),
				   STR_INIT("A briefing"), STR_INIT("example.org"),  STR_INIT("en") };

static struct buf draw(struct card_painter *p, const struct card *c)
{
	struct buf png;

	buf_init(&png, 0);
	card_draw(p, c, &png);
	return png;
}

static uint32_t big_endian(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void is_sound(const struct buf *png)
{
	assert_true(str_starts(buf_str(png), (struct str){ "\x89PNG\r\n\x1a\n", 8 }));
	assert_int_equal(big_endian(png->ptr + 16), CARD_WIDTH);
	assert_int_equal(big_endian(png->ptr + 20), CARD_HEIGHT);
	assert_true(str_contains(buf_str(png), STR("IEND")));
}

static void every_card_is_a_picture_of_its_size(void **state)
{
	static const char han[] = "深度求索：中国人工智能的新星，总部位于杭州的人工智能初创公司，由梁文锋创立。";
	char long_text[4000];
	const struct card cards[] = {
		plain,
		{ .title = STR_INIT("") },
		{ .title = { han, sizeof(han) - 1 }, .text = { han, sizeof(han) - 1 }, .lang = STR_INIT("zh-Hans") },
		{ .label = { long_text, 300 },
		  .title = { long_text, 900 },
		  .text = { long_text, 4000 },
		  .site = { long_text, 500 },
		  .address = { long_text, 500 },
		  .lang = STR_INIT("no such language") },
		{ .title = STR_INIT("a\nb\r\nc\td"), .text = STR_INIT("\n\n\n\n\n\n\n\n") },
	};

	memset(long_text, 'w', sizeof(long_text));
	for (size_t i = 0; i < COUNT(cards); i++) {
		struct buf png = draw(*state, &cards[i]);

		is_sound(&png);
		buf_release(&png);
	}
}

static void the_same_words_give_the_same_picture(void **state)
{
	struct buf first = draw(*state, &plain), again = draw(*state, &plain);
	struct card others[] = { plain, plain, plain, plain, plain };

	assert_true(str_eq(buf_str(&first), buf_str(&again)));
	buf_release(&again);
	others[0].label = others[1].title = others[2].text = others[3].site = others[4].address = STR("Other");
	for (size_t i = 0; i < COUNT(others); i++) {
		again = draw(*state, &others[i]);
		assert_false(str_eq(buf_str(&first), buf_str(&again)));
		buf_release(&again);
	}
	buf_release(&first);
}

static void the_key_lasts(void **state)
{
	struct card_painter *other = card_new();
	struct digest key = card_key(*state);

	assert_true(digest_eq(key, card_key(*state)));
	assert_true(digest_eq(key, card_key(other)));
	card_free(other);
	card_free(NULL);
}

static int set_up(void **state)
{
	*state = card_new();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	card_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_card_is_a_picture_of_its_size),
		cmocka_unit_test(the_same_words_give_the_same_picture),
		cmocka_unit_test(the_key_lasts),
	};

	return cmocka_run_group_tests_name("card", tests, set_up, tear_down);
}
