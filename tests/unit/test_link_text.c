#include "tempsite.h"

static void put_page(struct tempsite *t, const char *path, const char *head, const char *text)
{
	tempsite_put(t, path, str_z(&t->arena, str_format(&t->arena, "+++\n%s\n+++\n%s\n", head, text)));
}

static void open_cast(struct tempsite *t)
{
	static const struct {
		const char *path, *head;
	} cast[] = {
		{ "content/companies/deepseek.md", "title = 'DeepSeek'\naliases = ['深度求索']" },
		{ "content/companies/deepseek-r1.md", "title = 'DeepSeek R1'" },
		{ "content/companies/apple.md", "title = 'Apple'\naliases = ['Apple Inc.']" },
		{ "content/companies/meta.md", "title = 'Meta Platforms'\naliases = ['Meta']" },
		{ "content/companies/barrons.md", "title = \"Barron's\"" },
		{ "content/companies/nyt.md", "title = 'The New York Times'\naliases = ['New York Times']" },
		{ "content/companies/01-ai.md", "title = '01.AI'" },
		{ "content/companies/mercury.md", "title = 'Mercury Systems'\naliases = ['Mercury']" },
		{ "content/companies/iphone.md", "title = 'iPhone'" },
		{ "content/companies/ab.md", "title = 'AB'" },
		{ "content/companies/x.md", "title = 'X'" },
		{ "content/companies/c.md", "title = 'C++'" },
		{ "content/companies/att.md", "title = 'AT&T'" },
		{ "content/companies/societe.md", "title = 'Société Générale'" },
		{ "content/people/damien-ma.md", "title = 'Damien Ma'\nweak_aliases = ['Ma']" },
		{ "content/people/jack-ma.md", "title = 'Jack Ma'\nweak_aliases = ['Ma']" },
		{ "content/people/pony-ma.md", "title = 'Pony Ma'" },
		{ "content/people/liang.md", "title = 'Liang Wenfeng'\naliases = ['梁文锋', { name = 'Lean Wenfeng', "
					     "use = 'search' }]\nweak_aliases = ['Liang']" },
		{ "content/people/mercury.md", "title = 'Freddie Mercury'\naliases = ['Mercury']" },
		{ "content/topics/chips.md", "title = 'AI chips'\naliases = ['chip', '人工智能芯片', '芯片']" },
		{ "content/topics/tiger.md", "title = 'tiger'" },
		{ "content/topics/tigers.md", "title = 'tigers'" },
		{ "content/companies/open.md", "title = 'open-source AI'" },
	};

	tempsite_open(t);
	for (size_t i = 0; i < COUNT(cast); i++)
		put_page(t, cast[i].path, cast[i].head, "");
}

static const struct {
	const char *name, *text, *mentions;
} found[] = {
	{ "a name", "About DeepSeek.", "DeepSeek=companies/deepseek" },
	{ "at both ends", "Apple and DeepSeek", "Apple=companies/apple DeepSeek=companies/deepseek" },
	{ "an alias", "The New York Times; New York Times",
	  "The New York Times=companies/nyt New York Times~companies/nyt" },
	{ "the longest", "DeepSeek R1 by DeepSeek", "DeepSeek R1=companies/deepseek-r1 DeepSeek=companies/deepseek" },
	{ "a longer word is another", "DeepSeeker DeepSeek2 xDeepSeek 2DeepSeek", "" },
	{ "underscores bind", "DeepSeek_x x_DeepSeek", "" },
	{ "punctuation does not", "(DeepSeek), \"Apple\": Meta!",
	  "DeepSeek=companies/deepseek Apple=companies/apple Meta=companies/meta" },
	{ "a hyphen does not", "the Apple-designed phone", "Apple=companies/apple" },
	{ "dashes", "Apple—Meta", "Apple=companies/apple Meta=companies/meta" },
	{ "letters of other scripts bind",
	  "\xc3\xa9"
	  "Apple Apple\xc3\xa9 \xd0\xb6"
	  "Apple",
	  "" },
	{ "combining marks bind", "Apple\xcc\x81", "" },
	{ "possessives", "Apple's DeepSeek\xe2\x80\x99s", "Apple=companies/apple DeepSeek=companies/deepseek" },
	{ "plurals", "Two iPhones.", "iPhones=companies/iphone" },
	{ "a plural that goes on", "iPhonesx", "" },
	{ "a possessive plural", "The iPhones' price", "iPhones=companies/iphone" },
	{ "a name before the plural of another", "Six tigers, one tiger", "tigers=topics/tigers tiger=topics/tiger" },
	{ "a sign ends a name before letters, too", "C++11", "C++=companies/c" },
	{ "two letters have no plural", "ABs AB", "AB=companies/ab" },
	{ "capitals count", "deepseek apple meta an apple a day", "" },
	{ "all capitals", "DEEPSEEK AND APPLE", "DEEPSEEK=companies/deepseek APPLE=companies/apple" },
	{ "but not of what is short", "ab Ab", "" },
	{ "mixed capitals do not", "APPle DeepSEEK", "" },
	{ "any case", "Chip, CHIP and ai Chips", "Chip=topics/chips CHIP~topics/chips ai Chips~topics/chips" },
	{ "a small first letter may be a capital", "Open-source AI wins", "Open-source AI=companies/open" },
	{ "but none of the others", "Open-Source AI open-source ai", "" },
	{ "a name of one letter is none", "X marks", "" },
	{ "a name that ends in signs", "C++ and C++.", "C++=companies/c C++~companies/c" },
	{ "a full stop in a name", "Ask 01.AI. Or Apple Inc. again",
	  "01.AI=companies/01-ai Apple Inc.=companies/apple" },
	{ "an ampersand written as a reference", "AT&amp;T and AT&T", "AT&T=companies/att AT&T~companies/att" },
	{ "letters outside ASCII", "Société Générale's", "Société Générale=companies/societe" },
	{ "the other apostrophe", "Barron's, Barron\xe2\x80\x99s",
	  "Barron's=companies/barrons Barron\xe2\x80\x99s~companies/barrons" },
	{ "in an address", "deepseek.com Apple.com me@Meta x@Apple.com #DeepSeek @Meta", "" },
	{ "in a bare URL", "See https://example.org/DeepSeek/Apple now", "" },
	{ "before a full stop and a capital", "By DeepSeek.Then", "DeepSeek=companies/deepseek" },
	{ "Chinese", "深度求索", "深度求索=companies/deepseek" },
	{ "within Chinese", "创始人梁文锋在深度求索工作", "梁文锋=people/liang 深度求索=companies/deepseek" },
	{ "the longest in Chinese", "人工智能芯片和芯片", "人工智能芯片=topics/chips 芯片~topics/chips" },
	{ "Latin within Chinese", "使用DeepSeek的", "DeepSeek=companies/deepseek" },
	{ "Chinese within Latin", "Today深度求索s", "深度求索=companies/deepseek" },
	{ "over two lines", "The New York\nTimes and DeepSeek\nR1",
	  "The New York Times=companies/nyt DeepSeek R1=companies/deepseek-r1" },
	{ "over two lines, indented", "- The New York\n  Times", "The New York Times=companies/nyt" },
	{ "not over a hard break", "The New York\\\nTimes", "" },
	{ "not over paragraphs", "The New York\n\nTimes", "" },
	{ "not over cells", "| New York | Times |\n|---|---|\n| Apple | Meta |",
	  "Apple=companies/apple Meta=companies/meta" },
	{ "not in code", "`DeepSeek` and\n\n    Apple\n\n```\nMeta\n```", "" },
	{ "not in headings", "# DeepSeek\n\nApple\n=====", "" },
	{ "not in links", "[DeepSeek](https://example.org) [[apple|Meta]] ![Apple](https://example.org/x.png)", "" },
	{ "not in citations", "Said[@fact-1] so.", "" },
	{ "in emphasis", "*DeepSeek* and **Apple**, ~~Meta~~",
	  "DeepSeek=companies/deepseek Apple=companies/apple Meta=companies/meta" },
	{ "in quotes, lists and notes", "> DeepSeek\n\n1. Apple[^1]\n\n[^1]: Meta",
	  "DeepSeek=companies/deepseek Apple=companies/apple Meta=companies/meta" },
	{ "in callouts", "> [!NOTE]\n> DeepSeek", "DeepSeek=companies/deepseek" },
	{ "not spellings for search", "Lean Wenfeng", "" },
	{ "a name within another", "The Apple Watch, Meta Quest; University of Apple", "" },
	{ "a name before a title", "So Apple President Liang Wenfeng spoke",
	  "Apple=companies/apple Liang Wenfeng=people/liang" },
	{ "a name before capitals", "An Apple CEO of Apple AI", "Apple=companies/apple Apple~companies/apple" },
	{ "a name before a known one", "By Apple Liang Wenfeng", "Apple=companies/apple Liang Wenfeng=people/liang" },
	{ "a name before the end of a sentence", "It was Apple. Then Meta, Inc",
	  "Apple=companies/apple Meta=companies/meta" },
	{ "a name of two words before another", "The New York Times Magazine", "The New York Times=companies/nyt" },
	{ "another's surname", "Liang Wenfeng met Bo Liang, A. Liang and Liang Bo", "Liang Wenfeng=people/liang" },
	{ "a surname with a title", "Liang Wenfeng: Mr Liang. But Liang",
	  "Liang Wenfeng=people/liang Liang~people/liang Liang~people/liang" },
	{ "a changed form at the start of a sentence",
	  "Apples are ripe. Meta-analysis? The Apples, an Apple-like Apple",
	  "Apples=companies/apple Apple~companies/apple Apple~companies/apple" },
	{ "a weak name alone", "As Liang said", "Liang-people/liang" },
	{ "a weak name and the full one", "Liang Wenfeng. As Liang said",
	  "Liang Wenfeng=people/liang Liang~people/liang" },
	{ "a weak name before the full one", "As Liang said. Liang Wenfeng",
	  "Liang=people/liang Liang Wenfeng~people/liang" },
	{ "a weak name and an explicit link", "Liang said. [[liang]]", "Liang=people/liang" },
	{ "a weak name of two, one of them named", "Jack Ma. As Ma said", "Jack Ma=people/jack-ma Ma~people/jack-ma" },
	{ "a weak name of two, the other named", "As Ma said: Damien Ma.",
	  "Ma=people/damien-ma Damien Ma~people/damien-ma" },
	{ "a weak name of two, none named", "As Ma said", "Ma-people/damien-ma" },
	{ "a weak name within a longer name", "Pony Ma spoke. So did Ma",
	  "Pony Ma=people/pony-ma Ma-people/damien-ma" },
	{ "twice in one section", "DeepSeek. DeepSeek", "DeepSeek=companies/deepseek DeepSeek~companies/deepseek" },
	{ "once in each section", "DeepSeek. DeepSeek\n\n# B\n\nDeepSeek. DeepSeek\n\n## C\n\nDeepSeek",
	  "DeepSeek=companies/deepseek DeepSeek~companies/deepseek DeepSeek=companies/deepseek "
	  "DeepSeek~companies/deepseek "
	  "DeepSeek=companies/deepseek" },
	{ "after an explicit link", "[[deepseek]]. DeepSeek\n\n# B\n\nDeepSeek",
	  "DeepSeek~companies/deepseek DeepSeek=companies/deepseek" },
	{ "before an explicit link", "DeepSeek. [[deepseek]]. DeepSeek",
	  "DeepSeek=companies/deepseek DeepSeek~companies/deepseek" },
	{ "after a link in a heading", "# [[deepseek]]\n\nDeepSeek", "DeepSeek~companies/deepseek" },
	{ "after a relative link", "[it](../companies/deepseek.md). DeepSeek", "DeepSeek~companies/deepseek" },
};

static void finds_names_in_texts(void **state)
{
	struct tempsite t;

	(void)state;
	open_cast(&t);
	put_page(&t, "content/sources/s.md",
		 "title = 'S'\n[[facts]]\nid = 'fact-1'\nmeasure = 'M'\nvalue = 1\nsource = 's'", "");
	for (size_t i = 0; i < COUNT(found); i++) {
		put_page(&t, str_z(&t.arena, str_format(&t.arena, "content/articles/case-%03zu.md", i)),
			 "title = 'Article'", found[i].text);
	}
	tempsite_build(&t);
	if (t.dl.len)
		fail_msg("%s: %.*s", tempsite_said(&t), STR_ARG(t.dl.items[0].message));
	for (size_t i = 0; i < COUNT(found); i++) {
		const char *got =
			tempsite_mentions(&t, str_z(&t.arena, str_format(&t.arena, "articles/case-%03zu", i)));

		if (strcmp(got, found[i].mentions))
			fail_msg("%s: '%s', not '%s'", found[i].name, got, found[i].mentions);
	}
	tempsite_close(&t);
}

static const struct {
	const char *name, *config, *head, *text, *mentions;
} modes[] = {
	{ "first per page", "first-per-page", "", "DeepSeek\n\n# B\n\nDeepSeek",
	  "DeepSeek=companies/deepseek DeepSeek~companies/deepseek" },
	{ "first per page after a link", "first-per-page", "", "[[deepseek]]\n\n# B\n\nDeepSeek",
	  "DeepSeek~companies/deepseek" },
	{ "all", "all", "", "DeepSeek [[deepseek]] DeepSeek",
	  "DeepSeek=companies/deepseek DeepSeek=companies/deepseek" },
	{ "none", "none", "", "DeepSeek. Apple", "DeepSeek!companies/deepseek Apple!companies/apple" },
	{ "off on this page", "all", "autolink = false", "DeepSeek", "DeepSeek!companies/deepseek" },
	{ "a tag names in full", "all", "people = ['Liang Wenfeng']", "As Liang said", "Liang=people/liang" },
	{ "an alias of two", "all", "", "Mercury is near", "Mercury?companies/mercury" },
	{ "an alias of two, decided", "all", "prefer = ['people/mercury']", "Mercury is near",
	  "Mercury=people/mercury" },
	{ "decided for another", "all", "prefer = ['DeepSeek']", "Mercury is near", "Mercury?companies/mercury" },
};

static void links_as_configured(void **state)
{
	struct tempsite t;

	(void)state;
	open_cast(&t);
	for (size_t i = 0; i < COUNT(modes); i++) {
		const char *got;

		tempsite_put(&t, "site.toml",
			     str_z(&t.arena, str_format(&t.arena, "%s[linking]\nmentions = '%s'\n", TEMPSITE_CONFIG,
							modes[i].config)));
		put_page(&t, "content/articles/x.md",
			 str_z(&t.arena, str_format(&t.arena, "title = 'A'\n%s", modes[i].head)), modes[i].text);
		tempsite_build(&t);
		got = tempsite_mentions(&t, "articles/x");
		if (t.status != BUILD_OK || strcmp(got, modes[i].mentions))
			fail_msg("%s: '%s', not '%s'; %s", modes[i].name, got, modes[i].mentions, tempsite_said(&t));
	}
	tempsite_close(&t);
}

static void a_page_does_not_link_to_itself(void **state)
{
	struct tempsite t;

	(void)state;
	open_cast(&t);
	put_page(&t, "content/companies/deepseek.md", "title = 'DeepSeek'\naliases = ['深度求索']",
		 "DeepSeek (深度求索) and Apple");
	put_page(&t, "content/people/liang.md", "title = 'Liang Wenfeng'\nweak_aliases = ['Liang']", "As Liang said");
	tempsite_build(&t);
	assert_string_equal(tempsite_mentions(&t, "companies/deepseek"),
			    "DeepSeek@companies/deepseek 深度求索@companies/deepseek Apple=companies/apple");
	assert_string_equal(tempsite_mentions(&t, "people/liang"), "Liang@people/liang");
	assert_int_equal(tempsite_page(&t, "companies/deepseek")->n_backlinks, 0);
	tempsite_close(&t);
}

static void ambiguous_names_are_reported_with_all_they_may_mean(void **state)
{
	struct tempsite t;
	const struct diag *d;

	(void)state;
	open_cast(&t);
	put_page(&t, "content/articles/x.md", "title = 'A'", "On *the* planet\nMercury. Mercury");
	tempsite_build(&t);
	assert_string_equal(tempsite_said(&t), "warning link/ambiguous-mention content/articles/x.md:5:1");
	d = &t.dl.items[0];
	assert_int_equal(d->width, 7);
	fixture_equal(d->related->path, "content/companies/mercury.md");
	fixture_equal(d->related->next->path, "content/people/mercury.md");
	assert_true(str_contains(d->hint, STR("companies/mercury")));
	assert_string_equal(tempsite_mentions(&t, "articles/x"), "Mercury?companies/mercury Mercury?companies/mercury");
	assert_int_equal(tempsite_page(&t, "companies/mercury")->n_backlinks, 0);
	/* A title of one and an alias of another are two, too. */
	put_page(&t, "content/people/mercury.md", "title = 'Mercury'", "");
	put_page(&t, "content/articles/x.md", "title = 'A'", "Two Mercurys");
	tempsite_build(&t);
	assert_string_equal(tempsite_said(&t), "warning link/ambiguous-mention content/articles/x.md:4:5");
	fixture_equal(t.dl.items[0].related->path, "content/companies/mercury.md");
	t.opt.is_strict = true;
	tempsite_build(&t);
	assert_string_equal(tempsite_said(&t), "error link/ambiguous-mention content/articles/x.md:4:5");
	tempsite_close(&t);
}

static const struct {
	const char *name, *text, *links, *said;
} links[] = {
	{ "by path", "[[companies/deepseek]] [[/companies/deepseek/]] [[companies/deepseek.md]]",
	  "page companies/deepseek; page companies/deepseek; page companies/deepseek", "" },
	{ "by slug", "[[deepseek]]", "page companies/deepseek", "" },
	{ "by title in any case", "[[DEEPSEEK]] [[the new york times]]", "page companies/deepseek; page companies/nyt",
	  "" },
	{ "by alias", "[[深度求索]]", "page companies/deepseek", "" },
	{ "by a spelling for search", "[[Lean Wenfeng|him]]", "page people/liang", "" },
	{ "a section", "[[companies]] [[/]]", "page companies; page index", "" },
	{ "with a heading by id", "[[long#second-part]]", "page articles/long#second-part", "" },
	{ "with a heading by text", "[[long#Second part|x]]", "page articles/long#second-part", "" },
	{ "with an unknown anchor", "[[long#fact-x]]", "page articles/long#fact-x", "" },
	{ "this page's heading", "# Here\n\n[[#here]] [x](#here)", "anchor#here; anchor#here", "" },
	{ "of nothing", "[[nobody]]", "broken", "error link/missing-target content/articles/x.md:4:1" },
	{ "ambiguous", "[[Mercury]]", "broken", "error link/ambiguous content/articles/x.md:4:1" },
	{ "ambiguous slug", "[[mercury]]", "broken", "error link/ambiguous content/articles/x.md:4:1" },
	{ "ambiguous name by path", "[[people/mercury]]", "page people/mercury", "" },
	{ "relative", "[a](long.md) [b](../companies/deepseek.md) [c](./long.md#second-part)",
	  "page articles/long; page companies/deepseek; page articles/long#second-part", "" },
	{ "relative without ending", "[a](long) [b](../companies/deepseek/)",
	  "page articles/long; page companies/deepseek", "" },
	{ "an index file", "[a](../companies/index.md) [b](../index.md) [c](../companies/_index.md)",
	  "page companies; page index; page companies", "" },
	{ "from the root",
	  "[a](/companies/deepseek/) [b](/companies/deepseek) [c](/companies/deepseek.md) [d](/companies/index.md) "
	  "[e](/)",
	  "page companies/deepseek; page companies/deepseek; page companies/deepseek; page companies; page index", "" },
	{ "a file with escapes", "[a](my%20note.pdf) ![b](pics/a.png) [c](/articles/my%20note.pdf)",
	  "file /articles/my note.pdf; file /articles/pics/a.png; file /articles/my note.pdf", "" },
	{ "a percent sign alone", "[a](100%.md) [b](a%2)", "broken; broken",
	  "error link/missing-target content/articles/x.md:4:1; error link/missing-target content/articles/x.md:4:14" },
	{ "above the site", "[a](../../../etc/passwd)", "broken",
	  "error link/missing-target content/articles/x.md:4:1" },
	{ "outside", "[a](https://example.org/DeepSeek) <mailto:a@b.c> [c](//example.org/)",
	  "external https://example.org/DeepSeek; external mailto:a@b.c; external //example.org/", "" },
	{ "an output that is no page", "[a](/feed.xml)", "file /feed.xml", "" },
	{ "citations by source and locator", "A[@s]. B[@s, p. 3]. C[@s]. D[@f]. E[@s, p. 3][@f]. F[@f, x].",
	  "source sources/s 1.1; source sources/s 2.1; source sources/s 1.2; fact f 3.1; source sources/s 2.2; fact f "
	  "3.2; fact f 4.1",
	  "" },
	{ "two keys in one citation", "A[@s; @f].", "source sources/s 1.1; fact f 2.1", "" },
	{ "a citation by title", "A[@Survey].", "source sources/s 1.1", "" },
	{ "a citation of what is no source", "A[@deepseek].", "broken",
	  "error link/unknown-citation content/articles/x.md:4:3" },
	{ "embeds", "![[f]]\n\n![[long]]\n\n![[long#second-part]]\n\nSo ![[f]] it is.",
	  "embed-fact f; embed articles/long; embed articles/long#second-part; embed-fact f", "" },
	{ "an embed of nothing", "![[nothing]]", "broken", "error link/missing-target content/articles/x.md:4:1" },
	{ "links in headings", "# On [[deepseek]]", "page companies/deepseek", "" },
};

static void resolves_links_of_texts(void **state)
{
	struct tempsite t;

	(void)state;
	open_cast(&t);
	put_page(&t, "content/articles/long.md", "title = 'Long'", "# First part\n\nA.\n\n# Second part\n\nB.");
	put_page(&t, "content/sources/s.md",
		 "title = 'Survey'\n[[facts]]\nid = 'f'\nmeasure = 'M'\nvalue = 1\nsource = 's'", "");
	tempsite_put(&t, "content/articles/my note.pdf", "x");
	tempsite_put(&t, "content/articles/pics/a.png", "x");
	for (size_t i = 0; i < COUNT(links); i++) {
		const char *got;

		put_page(&t, "content/articles/x.md", "title = 'A'", links[i].text);
		tempsite_build(&t);
		got = tempsite_links(&t, "articles/x");
		if (strcmp(got, links[i].links))
			fail_msg("%s: '%s', not '%s'; %s", links[i].name, got, links[i].links, tempsite_said(&t));
		if (strcmp(tempsite_said(&t), links[i].said))
			fail_msg("%s: '%s', not '%s'", links[i].name, tempsite_said(&t), links[i].said);
	}
	tempsite_close(&t);
}

static const struct {
	const char *text, *code;
	uint32_t column, width;
} carets[] = {
	{ "See [[Acmee]].", "link/missing-target", 5, 7 },
	{ "See [[Bölle#x|text]].", "link/missing-target", 5, 7 },
	{ "![[nothing]]", "link/missing-target", 1, 10 },
	{ "So ![[nothing]] it is.", "link/missing-target", 4, 10 },
	{ "A[@nobody, p. 3].", "link/unknown-citation", 3, 7 },
	{ "[[Mercury]]", "link/ambiguous", 1, 9 },
	{ "[[hidden]]", "link/withheld", 1, 8 },
};

static void the_whole_target_is_underlined(void **state)
{
	struct tempsite t;

	(void)state;
	open_cast(&t);
	put_page(&t, "content/articles/hidden.md", "title = 'Hidden'\ndraft = true", "");
	for (size_t i = 0; i < COUNT(carets); i++) {
		put_page(&t, "content/articles/x.md", "title = 'A'", carets[i].text);
		tempsite_build(&t);
		assert_int_equal(t.dl.len, 1);
		assert_string_equal(t.dl.items[0].code, carets[i].code);
		assert_int_equal(t.dl.items[0].at.col, carets[i].column);
		if (t.dl.items[0].width != carets[i].width)
			fail_msg("'%s': %u", carets[i].text, t.dl.items[0].width);
	}
	tempsite_close(&t);
}

static void prefer_decides_explicit_links_too(void **state)
{
	struct tempsite t;

	(void)state;
	open_cast(&t);
	put_page(&t, "content/articles/x.md", "title = 'A'\nprefer = ['people/mercury']", "[[Mercury]]");
	tempsite_build(&t);
	assert_string_equal(tempsite_links(&t, "articles/x"), "page people/mercury");
	assert_int_equal(t.dl.len, 0);
	tempsite_close(&t);
}

static void references_go_by_path_slug_title_alias(void **state)
{
	struct tempsite t;

	(void)state;
	tempsite_open(&t);
	put_page(&t, "content/articles/x.md", "title = 'X'", "[[alpha]] [[beta]] [[gamma]]");
	/* alpha: a path at the top; beta: a slug; gamma: a title. Each is also something weaker of another page. */
	put_page(&t, "content/alpha.md", "title = 'Path'", "");
	put_page(&t, "content/people/alpha.md", "title = 'Slug'", "");
	put_page(&t, "content/people/beta.md", "title = 'Person'", "");
	put_page(&t, "content/companies/b.md", "title = 'Beta'", "");
	put_page(&t, "content/companies/g.md", "title = 'Gamma'", "");
	put_page(&t, "content/people/g.md", "title = 'P'\naliases = ['Gamma', 'Beta']", "");
	tempsite_build(&t);
	assert_string_equal(tempsite_links(&t, "articles/x"), "page alpha; page people/beta; page companies/g");
	assert_int_equal(t.dl.len, 0);
	tempsite_close(&t);
}

static void notes_are_numbered_by_target_and_locator(void **state)
{
	struct tempsite t;
	const struct page *p;

	(void)state;
	tempsite_open(&t);
	put_page(&t, "content/sources/s.md", "title = 'S'\n[[facts]]\nid = 'f'\nmeasure = 'M'\nvalue = 1\nsource = 's'",
		 "");
	put_page(&t, "content/articles/x.md", "title = 'X'", "A[@s, p. 3]. B[@s]. C[@f]. D[@s, p. 3].");
	tempsite_build(&t);
	p = tempsite_page(&t, "articles/x");
	assert_int_equal(p->n_citations, 3);
	fixture_equal(p->citations[0].locator, "p. 3");
	assert_int_equal(p->citations[0].uses, 2);
	assert_int_equal(p->citations[1].uses, 1);
	assert_true(p->citations[2].is_fact);
	/* Citing a fact speaks of its source. */
	assert_int_equal(tempsite_page(&t, "sources/s")->n_backlinks, 1);
	assert_int_equal(tempsite_page(&t, "sources/s")->backlinks[0].count, 4);
	tempsite_close(&t);
}

static const char *sentences(struct tempsite *t, const char *key)
{
	const struct page *p = tempsite_page(t, key);
	struct buf b;
	const char *z;

	buf_init(&b, 0);
	for (size_t i = 0; i < p->n_backlinks; i++) {
		const struct backlink *l = &p->backlinks[i];
		const struct page *from = &t->r.site.pages[l->page];

		buf_add_format(&b, "%s%.*s %u%s", i ? "; " : "", STR_ARG(from->key), l->count, l->is_tag ? " tag" : "");
		if (l->node != UINT32_MAX) {
			struct str s = page_sentence(&t->arena, from, l->node, l->off, 200);

			buf_add_format(&b, " '%.*s'", STR_ARG(s));
		}
	}
	z = str_z(&t->arena, buf_str(&b));
	buf_release(&b);
	return z;
}

static void backlinks_come_best_first_with_their_sentence(void **state)
{
	struct tempsite t;

	(void)state;
	open_cast(&t);
	put_page(&t, "content/articles/a.md", "title = 'A'\ndate = 2025-01-01", "One thing. Then DeepSeek came. More.");
	put_page(&t, "content/articles/b.md", "title = 'B'\ndate = 2025-02-01",
		 "Another. It was\n[[deepseek|the firm]] that won.");
	put_page(&t, "content/articles/c.md", "title = 'C'\ncompanies = ['DeepSeek']", "Nothing.");
	put_page(&t, "content/articles/d.md", "title = 'D'\ncompanies = ['DeepSeek']",
		 "DeepSeek, DeepSeek and 深度求索.");
	put_page(&t, "content/articles/e.md", "title = 'E'\ndate = 2025-02-01\nautolink = false", "Even so, DeepSeek.");
	put_page(&t, "content/articles/f.md", "title = 'F'", "Seen in DeepSeek\nR1 only.");
	tempsite_build(&t);
	assert_string_equal(
		sentences(&t, "companies/deepseek"),
		"articles/d 3 tag 'DeepSeek, DeepSeek and 深度求索.'; articles/b 1 'It was the firm that won.'; "
		"articles/e 1 'Even so, DeepSeek.'; articles/a 1 'Then DeepSeek came.'; articles/c 0 tag");
	assert_string_equal(sentences(&t, "companies/deepseek-r1"), "articles/f 1 'Seen in DeepSeek R1 only.'");
	tempsite_close(&t);
}

static void comentions_count_pages_that_name_both(void **state)
{
	struct tempsite t;
	const struct page *p;

	(void)state;
	open_cast(&t);
	put_page(&t, "content/articles/a.md", "title = 'A'", "DeepSeek, Apple, Apple and Meta; [[long]]");
	put_page(&t, "content/articles/b.md", "title = 'B'", "DeepSeek and Apple");
	put_page(&t, "content/articles/c.md", "title = 'C'\ncompanies = ['DeepSeek']", "Meta and Liang Wenfeng");
	put_page(&t, "content/articles/long.md", "title = 'Long'", "Apple");
	tempsite_build(&t);
	p = tempsite_page(&t, "companies/deepseek");
	assert_int_equal(p->n_comentions, 3);
	fixture_equal(t.r.site.pages[p->comentions[0].page].key, "companies/apple");
	assert_int_equal(p->comentions[0].count, 2);
	fixture_equal(t.r.site.pages[p->comentions[1].page].key, "companies/meta");
	assert_int_equal(p->comentions[1].count, 2);
	fixture_equal(t.r.site.pages[p->comentions[2].page].key, "people/liang");
	assert_int_equal(p->comentions[2].count, 1);
	tempsite_close(&t);
}

/* Each of another kind: of the page itself, of names, of what links lead to. */
static const struct {
	const char *name, *path, *text;
} edits[] = {
	{ "nothing", "content/articles/b.md", "+++\ntitle = 'B'\n+++\n# Here\n\nDeepSeek and Apple\n" },
	{ "a body", "content/articles/b.md", "+++\ntitle = 'B'\n+++\n# Here\n\nApple and DeepSeek\n" },
	{ "a heading that others link to", "content/articles/b.md",
	  "+++\ntitle = 'B'\n+++\n# There\n\nDeepSeek and Apple\n" },
	{ "a title", "content/companies/x.md", "+++\ntitle = 'Ocean'\n+++\n" },
	{ "an alias", "content/companies/apple.md", "+++\ntitle = 'Apple'\naliases = ['Ocean plan']\n+++\n" },
	{ "a preference", "content/articles/a.md",
	  "+++\ntitle = 'A'\nprefer = ['people/mercury']\n+++\nMercury, DeepSeek. [[b#Here]] [p](/plan.pdf)\n" },
	{ "a tag", "content/articles/c.md", "+++\ntitle = 'C'\npeople = ['Damien Ma']\n+++\nMa and Ma\n" },
	{ "a page of the same slug", "content/topics/b.md", "+++\ntitle = 'Bees'\n+++\nText\n" },
	{ "a page that goes before the others", "content/aa.md", "+++\ntitle = 'Aa'\n+++\nApple\n" },
	{ "a withheld page", "content/plan.pdf.md", "+++\ntitle = 'P'\nslug = 'plan'\ndraft = true\n+++\nText\n" },
	{ "an attachment", "content/plan.pdf", "%PDF" },
	{ "an alias that stands on two lines", "content/companies/x.md",
	  "+++\ntitle = 'X'\naliases = ['Far shore']\n+++\n" },
	{ "a weak alias", "content/companies/apple.md", "+++\ntitle = 'Apple'\nweak_aliases = ['Ocean plan']\n+++\n" },
	{ "an alias with the other apostrophe", "content/companies/x.md",
	  "+++\ntitle = 'X'\naliases = ['Ocean\xe2\x80\x99s end']\n+++\n" },
	{ "a page that others name is withheld", "content/companies/apple.md",
	  "+++\ntitle = 'Apple'\ndraft = true\n+++\n" },
	{ "a page that others name is of another kind", "content/companies/apple.md",
	  "+++\ntitle = 'Apple'\nkind = 'article'\n+++\n" },
	{ "a fact that goes before the others", "content/aa.md",
	  "+++\ntitle = 'Aa'\n[[facts]]\nid = 'e'\nmeasure = 'M'\nvalue = 1\nsource = 's'\n+++\n" },
	{ "a page under the id of a fact", "content/sources/f.md", "+++\ntitle = 'F'\n+++\n" },
	{ "another page is linked to, and so named in full", "content/companies/anchor.md",
	  "+++\ntitle = 'Anchor'\nslug = 'b'\n+++\n" },
};

/* All that was made of all texts, and what was said. */
static void everything(struct tempsite *t, struct buf *b)
{
	for (size_t i = 0; i < t->r.site.n_pages; i++) {
		const struct page *p = &t->r.site.pages[i];
		const char *key = str_z(&t->said, p->key);

		buf_add_format(b, "%s: %s; %s;", key, tempsite_mentions(t, key), tempsite_links(t, key));
		for (size_t k = 0; k < p->n_backlinks; k++)
			buf_add_format(b, " %u.%u.%u", p->backlinks[k].page, p->backlinks[k].node, p->backlinks[k].off);
		for (size_t k = 0; k < p->n_links; k++)
			buf_add_format(b, " %.*s %.*s", STR_ARG(p->links[k].anchor), STR_ARG(p->links[k].url));
		for (size_t k = 0; k < p->n_citations; k++)
			buf_add_format(b, " %u %u %.*s", p->citations[k].target, p->citations[k].uses,
				       STR_ARG(p->citations[k].locator));
		buf_add_char(b, '\n');
	}
	buf_add_z(b, tempsite_said(t));
}

static void what_is_kept_is_what_would_be_made(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(edits); i++) {
		struct buf kept = { 0 }, anew = { 0 };
		struct tempsite t;

		print_message("  case: %s\n", edits[i].name);
		open_cast(&t);
		put_page(&t, "content/articles/a.md", "title = 'A'", "DeepSeek. [[b#Here]] [p](/plan.pdf)");
		put_page(&t, "content/articles/b.md", "title = 'B'", "# Here\n\nDeepSeek and Apple");
		put_page(&t, "content/articles/c.md", "title = 'C'", "Ma and [x](https://x.example/) [@s, p. 3] [@s]");
		put_page(&t, "content/sources/s.md",
			 "title = 'S'\n[[facts]]\nid = 'f'\nmeasure = 'M'\nvalue = 1\nsource = 's'",
			 "[p](/plan.pdf) [q](/plan) of Liang Wenfeng, [[b]], Ocean plan, Ocean's end, far\nshore [@f] "
			 "[@s]");
		tempsite_build(&t);
		build_release(&t.r);
		build_run(&t.opt, &t.r, &t.dl);
		tempsite_put(&t, edits[i].path, edits[i].text);
		tempsite_build(&t);
		everything(&t, &kept);
		t.opt.no_cache = true;
		tempsite_build(&t);
		everything(&t, &anew);
		assert_string_equal(kept.ptr, anew.ptr);
		buf_release(&kept);
		buf_release(&anew);
		tempsite_close(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_names_in_texts),
		cmocka_unit_test(links_as_configured),
		cmocka_unit_test(a_page_does_not_link_to_itself),
		cmocka_unit_test(ambiguous_names_are_reported_with_all_they_may_mean),
		cmocka_unit_test(resolves_links_of_texts),
		cmocka_unit_test(the_whole_target_is_underlined),
		cmocka_unit_test(prefer_decides_explicit_links_too),
		cmocka_unit_test(references_go_by_path_slug_title_alias),
		cmocka_unit_test(notes_are_numbered_by_target_and_locator),
		cmocka_unit_test(backlinks_come_best_first_with_their_sentence),
		cmocka_unit_test(comentions_count_pages_that_name_both),
		cmocka_unit_test(what_is_kept_is_what_would_be_made),
	};

	return cmocka_run_group_tests_name("link_text", tests, NULL, NULL);
}
