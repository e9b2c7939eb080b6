#include "fixture.h"

static const struct {
	const char *name, *text;
	const char *at; /* a word of the text (its first occurrence), or a '|' in front of the place */
	const char *wanted;
} sentences[] = {
	{ "the only one", "DeepSeek is a lab.", "DeepSeek", "DeepSeek is a lab." },
	{ "no full stop", "DeepSeek is a lab", "lab", "DeepSeek is a lab" },
	{ "the first", "One about Kimi. Two about Qwen.", "Kimi", "One about Kimi." },
	{ "the last", "One about Kimi. Two about Qwen.", "Qwen", "Two about Qwen." },
	{ "first word of the second", "One. DeepSeek two. Three.", "DeepSeek", "DeepSeek two." },
	{ "after a soft break", "One.\nDeepSeek two. Three.", "DeepSeek", "DeepSeek two." },
	{ "on a later line", "One. Two\nis about DeepSeek\nstill. Three.", "DeepSeek", "Two is about DeepSeek still." },
	{ "initials", "The U.S. Department met Kimi. Then it left.", "Kimi", "The U.S. Department met Kimi." },
	{ "an initial at the start", "J. Smith met Kimi. Then he left.", "Kimi", "J. Smith met Kimi." },
	{ "before a small letter", "It is the no. one lab, Kimi. End.", "Kimi", "It is the no. one lab, Kimi." },
	{ "titles", "Dr. Li and Prof. Wu met Kimi. End.", "Kimi", "Dr. Li and Prof. Wu met Kimi." },
	{ "for example", "Labs, e.g. Kimi and vs. Qwen. End.", "Kimi", "Labs, e.g. Kimi and vs. Qwen." },
	{ "number", "It is No. 5 of Kimi. End.", "Kimi", "It is No. 5 of Kimi." },
	{ "no is an answer", "He said no. Kimi left.", "Kimi", "Kimi left." },
	{ "decimals", "It has 3.5 billion. Kimi 2.0 has more.", "billion", "It has 3.5 billion." },
	{ "quotes after the stop", "\xe2\x80\x9cYes.\xe2\x80\x9d Kimi said so.", "Kimi", "Kimi said so." },
	{ "brackets after the stop", "(So Qwen says.) Kimi said no.", "Qwen", "(So Qwen says.)" },
	{ "question", "Why Kimi? Because.", "Kimi", "Why Kimi?" },
	{ "question within", "\"Why Kimi?\" he asked. Then.", "asked", "\"Why Kimi?\" he asked." },
	{ "many stops", "Wait... Kimi came!! Really?! Yes.", "came", "Kimi came!!" },
	{ "Chinese", "\xe4\xb8\x80\xe3\x80\x82\xe4\xba\x8cKimi\xe4\xb8\x89\xe3\x80\x82\xe5\x9b\x9b\xe3\x80\x82", "Kimi",
	  "\xe4\xba\x8cKimi\xe4\xb8\x89\xe3\x80\x82" },
	{ "Chinese quote", "\xe2\x80\x9c\xe5\xa5\xbd\xe3\x80\x82\xe2\x80\x9dKimi\xe8\xaf\xb4\xe3\x80\x82", "Kimi",
	  "Kimi\xe8\xaf\xb4\xe3\x80\x82" },
	{ "another paragraph", "One two.\n\nKimi three. Four.", "Kimi", "Kimi three." },
	{ "a heading", "# About Kimi\n\nText.", "Kimi", "About Kimi" },
};

static void find_node(const struct doc *d, struct str word, uint32_t *node, uint32_t *off)
{
	const struct doc_node *nodes = doc_nodes(d);

	for (uint32_t i = 0; i < d->n_nodes; i++) {
		ptrdiff_t at = nodes[i].type == DOC_TEXT ? str_find(doc_text(d, &nodes[i]), word) : -1;

		if (at >= 0) {
			*node = i;
			*off = (uint32_t)at;
			return;
		}
	}
	fail_msg("no '%.*s' in the text", STR_ARG(word));
}

static void cuts_out_the_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(sentences); i++) {
		struct arena a = { 0 };
		struct page p = { .doc = fixture_doc(&a, sentences[i].text) };
		uint32_t node, off;

		print_message("  case: %s\n", sentences[i].name);
		find_node(p.doc, str_from(sentences[i].at), &node, &off);
		fixture_equal(page_sentence(&a, &p, node, off, 200), sentences[i].wanted);
		arena_release(&a);
	}
}

static void finds_the_sentence_of_any_inline(void **state)
{
	struct arena a = { 0 };
	struct doc_builder b;
	struct page p = { 0 };
	uint32_t zero = 0;

	(void)state;
	doc_builder_init(&b);
	doc_open(&b, DOC_ROOT, 0);
	doc_open(&b, DOC_PARAGRAPH, 0);
	doc_set_text(&b, doc_leaf(&b, DOC_TEXT, 0), STR("One"));
	doc_set_text(&b, doc_leaf(&b, DOC_CITATION, 0), STR("nyt"));
	doc_set_text(&b, doc_leaf(&b, DOC_TEXT, 0), STR(". Two "));
	doc_open(&b, DOC_WIKILINK, 0);
	doc_open(&b, DOC_EMPH, 0);
	doc_set_text(&b, doc_leaf(&b, DOC_TEXT, 0), STR("Kimi"));
	doc_close(&b);
	doc_close(&b);
	doc_set_text(&b, doc_leaf(&b, DOC_TEXT, 0), STR(". Three."));
	doc_close(&b);
	doc_close(&b);
	p.doc = doc_finish(&b, &a, &zero, 1, 0);
	doc_builder_release(&b);
	fixture_equal(page_sentence(&a, &p, 3, 0, 100), "One.");
	fixture_equal(page_sentence(&a, &p, 5, 0, 100), "Two Kimi.");
	fixture_equal(page_sentence(&a, &p, 7, 0, 100), "Two Kimi.");
	fixture_equal(page_sentence(&a, &p, 8, 5, 100), "Three.");
	/* Beyond the end is the end. */
	fixture_equal(page_sentence(&a, &p, 8, 500, 100), "Three.");
	arena_release(&a);
}

static void keeps_the_mention_when_it_shortens(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (int cjk = 0; cjk < 2; cjk++) {
		for (size_t before = 0; before < 120; before += 3) {
			for (size_t after = 0; after < 120; after += 7) {
				struct arena a = { 0 };
				struct page p = { 0 };
				struct str s;
				uint32_t node, off;
				size_t length = 0;

				buf_clear(&b);
				for (size_t i = 0; i < before; i++)
					buf_add_z(&b, cjk ? "\xe4\xb8\xad" : "word ");
				buf_add_z(&b, "DeepSeek");
				for (size_t i = 0; i < after; i++)
					buf_add_z(&b, cjk ? "\xe5\x9b\xbd" : " more");
				p.doc = fixture_doc(&a, b.ptr);
				find_node(p.doc, STR("DeepSeek"), &node, &off);
				s = page_sentence(&a, &p, node, off, 60);
				length = utf8_length(buf_str(&b));
				assert_true(utf8_length(s) <= 60);
				assert_true(utf8_check(s) == s.len);
				assert_true(str_contains(s, STR("DeepSeek")));
				/* An ellipsis stands where something is left out and nowhere else. */
				if (length <= 60)
					assert_true(str_eq(s, buf_str(&b)));
				else
					assert_true(str_ends(s, STR("\xe2\x80\xa6")) ||
						    str_starts(s, STR("\xe2\x80\xa6")));
				assert_true(str_starts(s, STR("\xe2\x80\xa6")) ||
					    str_starts(buf_str(&b), str_cut(s, 0, 3)));
				assert_true(str_ends(s, STR("\xe2\x80\xa6")) ||
					    str_ends(buf_str(&b), str_skip(s, s.len - 3)));
				arena_release(&a);
			}
		}
	}
	buf_release(&b);
}

static const struct {
	const char *name, *key, *head, *code, *message;
	uint32_t line, col;
	const char *hint;
} mistakes[] = {
	{ "no title", "a", "", "page/missing-key", "a page must have a 'title'", 1, 1, NULL },
	{ "empty title", "a", "title = ' '", "page/missing-key", "the title is empty", 1, 9, NULL },
	{ "title no string", "a", "title = 7", "meta/wrong-type", "'title' must be a string, not a whole number", 1, 9,
	  "put it in quotes" },
	{ "slug", "a", "title = 'A'\nslug = 'Deep Seek'", "page/bad-slug", "'Deep Seek' is no slug", 2, 8,
	  "write slug = \"deep-seek\"" },
	{ "alias is an address", "a", "title = 'A'\naliases = ['B', '/old/']", "page/alias-is-path",
	  "'/old/' looks like an address, but aliases are names", 2, 17,
	  "put old addresses into redirects = [\"/old/\"]" },
	{ "alias without name", "a", "title = 'A'\naliases = [{ lang = 'zh' }]", "page/alias-without-name",
	  "this alias has no 'name'", 2, 12, NULL },
	{ "alias with a wrong key", "a", "title = 'A'\naliases = [{ name = 'B', langg = 'zh' }]", "page/unknown-key",
	  "'langg' is no key of an alias", 2, 26, "did you mean 'lang'?" },
	{ "alias no name", "a", "title = 'A'\naliases = [7]", "meta/wrong-type",
	  "an alias must be a string or a table, not a whole number", 2, 12, NULL },
	{ "redirect", "a", "title = 'A'\nredirects = ['/x', 'y']", "page/bad-redirect",
	  "'y' is no address on this site", 2, 20, NULL },
	{ "redirect after a wrong one", "a", "title = 'A'\nredirects = ['/x', '/../y']", "page/bad-redirect",
	  "'/../y' is no address on this site", 2, 20, NULL },
	{ "date", "a", "title = 'A'\ndate = 'May'", "meta/bad-date", "'May' is not a date", 2, 8, NULL },
	{ "review", "a", "title = 'A'\nreview_in = 12", "meta/bad-duration", "'review_in' must be a duration", 2, 13,
	  NULL },
	{ "extra no table", "a", "title = 'A'\nextra = 1", "meta/wrong-type",
	  "'extra' must be a table, not a whole number", 2, 9, NULL },
	{ "near key", "a", "title = 'A'\nsummry = 'x'", "page/near-key", "'summry' is unknown but close to 'summary'",
	  2, 1, "did you mean 'summary'?" },
	{ "closed kind", "labs/a", "title = 'A'\nfounder = 'x'\nrole = 'r'", "page/unknown-key",
	  "'founder' is no key of kind 'lab'", 2, 1, NULL },
	{ "required key", "labs/a", "title = 'A'", "page/missing-key", "a page of kind 'lab' must have 'role'", 1, 1,
	  NULL },
	{ "type of a declared key", "labs/a", "title = 'A'\nrole = 7", "meta/wrong-type",
	  "'role' must be a string, not a whole number", 2, 8, NULL },
	{ "web address", "labs/a", "title = 'A'\nrole = 'r'\nhome = 'javascript:x'", "meta/wrong-type",
	  "'home' must be a web address, not this text", 3, 8, NULL },
	{ "basis", "sources/a", "title = 'A'\npublished_basis = 'guess'", "meta/unknown-choice",
	  "'published_basis' of this page cannot be 'guess'", 2, 19, NULL },
};

static struct config *config_of(struct arena *a, struct diag_list *dl)
{
	struct config *c = arena_new(a, struct config);

	diag_init(dl, a);
	assert_true(config_read(a, STR("site.toml"),
				fixture_toml(a, "[kinds.lab]\ndir = 'labs'\nclosed = true\n[kinds.lab.keys]\n"
						"role = { type = 'string', required = true }\nhome = 'url'\n"
						"[kinds.topic]\ndir = 'topics'\nmatch = 'any-case'\n"),
				c, dl));
	return c;
}

static struct page read(struct arena *a, const char *key, const char *head, struct diag_list *dl)
{
	struct config *c = config_of(a, dl);
	struct page p = { .key = str_from(key), .path = STR("content/a.md"), .slug = STR("a") };

	p.kind = config_kind_of_dir(c, p.key);
	page_read(a, c, &p, fixture_toml(a, head), dl);
	return p;
}

static void says_what_is_wrong_and_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(mistakes); i++) {
		struct arena a = { 0 };
		struct diag_list dl;

		print_message("  case: %s\n", mistakes[i].name);
		read(&a, mistakes[i].key, mistakes[i].head, &dl);
		assert_int_equal(dl.len, 1);
		assert_string_equal(dl.items[0].code, mistakes[i].code);
		fixture_equal(dl.items[0].message, mistakes[i].message);
		assert_int_equal(dl.items[0].at.line, mistakes[i].line);
		assert_int_equal(dl.items[0].at.col, mistakes[i].col);
		if (mistakes[i].hint)
			fixture_equal(dl.items[0].hint, mistakes[i].hint);
		arena_release(&a);
	}
}

static void reads_names_in_order(void **state)
{
	static const struct {
		const char *text, *lang;
		enum name_use use;
		bool any_case;
	} wanted[] = {
		{ "DeepSeek", "", NAME_TITLE, true },
		{ "\xe6\xb7\xb1\xe5\xba\xa6", "zh", NAME_ALIAS, true },
		{ "Dipsik", "", NAME_SEARCH, true },
		{ "\xe3\x83\x87\xe5\xba\xa6", "ja", NAME_ALIAS, true },
		{ "\xeb\x94\xa5", "ko", NAME_ALIAS, true },
		{ "Deep", "fr", NAME_ALIAS, true },
		{ "DS", "", NAME_WEAK, true },
	};
	struct arena a = { 0 };
	struct diag_list dl;
	struct page p = read(&a, "topics/a",
			     "title = ' DeepSeek '\naliases = ['\xe6\xb7\xb1\xe5\xba\xa6', { name = 'Dipsik', use = "
			     "'search', source = 'nyt', "
			     "locator = 'line 3' }, '\xe3\x83\x87\xe5\xba\xa6', '\xeb\x94\xa5', ' ', { name = 'Deep', "
			     "lang = 'fr' }]\nweak_aliases = 'DS'\n",
			     &dl);

	(void)state;
	assert_int_equal(dl.len, 0);
	assert_int_equal(p.n_names, COUNT(wanted));
	for (size_t i = 0; i < COUNT(wanted); i++) {
		fixture_equal(p.names[i].text, wanted[i].text);
		fixture_equal(p.names[i].lang, wanted[i].lang);
		assert_int_equal(p.names[i].use, wanted[i].use);
		assert_int_equal(p.names[i].any_case, wanted[i].any_case);
	}
	fixture_equal(p.names[2].source_ref, "nyt");
	assert_int_equal(p.names[1].at.col, 12);
	arena_release(&a);
}

static void reads_the_rest(void **state)
{
	struct arena a = { 0 };
	struct diag_list dl;
	struct page p = read(&a, "sources/a",
			     "title = 'A'\ndescription = 'D'\npublished = 2025-05-01\nrests_on = ['b', 'c']\npublish = "
			     "false\ntoc = false\n"
			     "weight = 1.5\nlinks = [{ url = 'https://x.org/' }]\ntopics = ['T', 'U']\nmine = "
			     "1\n[extra]\nyours = 2\n",
			     &dl);

	(void)state;
	assert_int_equal(dl.len, 0);
	fixture_equal(p.summary, "D");
	assert_int_equal(p.date.day, 1);
	assert_int_equal(p.source->n_rests_on, 2);
	fixture_equal(p.source->rests_on[1].text, "c");
	assert_int_equal(p.source->rests_on[1].at.col, 18);
	assert_true(p.is_unpublished && p.no_toc && !p.no_autolink && !p.is_draft);
	assert_true(p.weight == 1.5);
	fixture_equal(p.links_out[0].label, "https://x.org/");
	assert_int_equal(p.n_tagged, 1);
	fixture_equal(p.tagged[0].kind->id, "topic");
	fixture_equal(p.tagged[0].refs[1].text, "U");
	/* What nobody declared, and what stands in [extra], is one table. */
	assert_int_equal(value_get(p.extra, STR("mine"))->as.integer, 1);
	assert_int_equal(value_get(p.extra, STR("yours"))->as.integer, 2);
	assert_null(value_get(p.extra, STR("title")));
	arena_release(&a);
}

static void knows_keys_of_sources_on_other_pages(void **state)
{
	struct arena a = { 0 };
	struct diag_list dl;
	struct page p = read(&a, "a", "title = 'A'\npublisher = 'The Herald'\n", &dl);

	(void)state;
	assert_int_equal(dl.len, 0);
	fixture_equal(value_text(value_get(p.extra, STR("publisher"))), "The Herald");
	arena_release(&a);
}

static void takes_an_empty_yaml_value_for_absent(void **state)
{
	struct arena a = { 0 };
	struct diag_list dl;
	struct config c;
	struct page p = { .key = STR("a"), .path = STR("content/a.md"), .slug = STR("a") };
	struct value *head = value_new(&a, VALUE_TABLE, (struct pos){ 1, 1 });
	size_t n;
	const struct str *keys = page_native_keys(&n);

	(void)state;
	diag_init(&dl, &a);
	config_defaults(&a, &c);
	p.kind = config_kind(&c, STR("page"));
	for (size_t i = 0; i < n; i++)
		if (!str_eq(keys[i], STR("title")))
			value_put(&a, head, keys[i], (struct pos){ 2, 1 },
				  value_new(&a, VALUE_NULL, (struct pos){ 2, 5 }));
	value_put(&a, head, STR("title"), (struct pos){ 1, 1 }, value_string(&a, STR("A"), (struct pos){ 1, 1 }));
	assert_true(page_read(&a, &c, &p, head, &dl));
	assert_int_equal(dl.len, 0);
	assert_int_equal(p.n_names, 1);
	arena_release(&a);
}

static void extracts_outline_and_excerpt(void **state)
{
	struct arena a = { 0 };
	struct page p = { .doc = fixture_doc(
				  &a, "# Who they are\n\nFirst sentence. Second one.\n\n## What they do\n\nMore.") };

	(void)state;
	page_extract(&a, &p);
	assert_int_equal(p.n_outline, 2);
	fixture_equal(p.outline[1].text, "What they do");
	fixture_equal(p.outline[1].id, "what-they-do");
	assert_int_equal(p.outline[1].level, 2);
	fixture_equal(p.excerpt, "First sentence. Second one.");
	assert_int_equal(p.words, 11);
	assert_int_equal(p.minutes, 1);
	arena_release(&a);
}

static void keeps_excerpts_short(void **state)
{
	struct arena a = { 0 };
	struct page p = { 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (int i = 0; i < 30; i++)
		buf_add_z(&b, "This is a sentence of text. ");
	p.doc = fixture_doc(&a, b.ptr);
	page_extract(&a, &p);
	assert_true(p.excerpt.len <= 220 && str_ends(p.excerpt, STR("text.")));
	buf_clear(&b);
	for (int i = 0; i < 200; i++)
		buf_add_z(&b, "endless ");
	p.doc = fixture_doc(&a, b.ptr);
	page_extract(&a, &p);
	assert_true(utf8_length(p.excerpt) <= 300 && str_ends(p.excerpt, STR("endless\xe2\x80\xa6")));
	/* A summary takes its place. */
	p.summary = STR("S");
	p.excerpt = STR_NONE;
	page_extract(&a, &p);
	assert_int_equal(p.excerpt.len, 0);
	buf_release(&b);
	arena_release(&a);
}

static const struct {
	const char *name, *key, *head;
} packed[] = {
	{ "the least", "a", "title = 'A'" },
	{ "names", "topics/a",
	  "title = 'A'\naliases = ['B', { name = 'C', lang = 'fr', use = 'search', note = 'n', source = 's', locator = "
	  "'l' }]\nweak_aliases = 'D'" },
	{ "dates", "a",
	  "title = 'A'\ndate = 2026-05-01T10:00:00+02:00\nupdated = 2026\nreviewed = '2026-05'\nreview_in = '1 year'\n"
	  "embargo = 1999-12-31\nexpires = 2030-01-01" },
	{ "flags", "a", "title = 'A'\ndraft = true\npublish = false\ntoc = false\nautolink = false\nweight = -2.5" },
	{ "lists", "a",
	  "title = 'A'\nauthors = ['x', 'y']\ntags = 't'\nredirects = ['/old/']\nprefer = ['p']\n"
	  "links = [{ url = 'https://x.example/' }, { url = '/y', label = 'Y' }]\ntopics = ['One', 'Two']\nlabs = []" },
	{ "texts", "a",
	  "title = 'A'\nslug = 'b'\nsummary = 'S'\nlang = 'de'\ntemplate = 't.html'\nschema = 'X'\nimage = 'i.png'" },
	{ "a source", "sources/a",
	  "title = 'A'\npublisher = 'P'\nauthor = 'Q'\npublished = 2020\npublished_basis = 'inferred'\naccessed = "
	  "'2021-02'\nurl = 'u'\narchived = 'v'\nlicense = 'w'\nreliability = 'r'\ntranslation = 't'\nrests_on = "
	  "['b']\nnotes = ['n', 'm']" },
	{ "keys of one's own", "a", "title = 'A'\nmine = [1, { x = 2020-01-01 }]\nextra = { more = 'm' }" },
	{ "fields", "labs/a", "title = 'A'\nrole = 'r'\nhome = 'https://h.example/'\nextra = {}" },
};

static void a_page_comes_back_from_what_it_is_packed_to(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(packed); i++) {
		struct arena a = { 0 };
		struct diag_list dl;
		struct config *c;
		struct page p = read(&a, packed[i].key, packed[i].head, &dl), back = { .key = p.key, .path = p.path };
		struct buf once, again, json;

		print_message("  case: %s\n", packed[i].name);
		assert_int_equal(dl.len, 0);
		c = config_of(&a, &dl);
		buf_init(&once, 0);
		buf_init(&again, 0);
		buf_init(&json, 0);
		page_pack(&once, &p);
		assert_true(page_unpack(&a, c, &back, buf_str(&once)));
		page_pack(&again, &back);
		assert_true(str_eq(buf_str(&once), buf_str(&again)));
		assert_true(str_eq(back.title, p.title) && str_eq(back.slug, p.slug) && str_eq(back.image, p.image));
		assert_int_equal(date_cmp(back.date, p.date), 0);
		assert_int_equal(back.n_names, p.n_names);
		assert_string_equal(back.kind->id.ptr, p.kind->id.ptr);
		value_write_json(&json, p.extra);
		buf_add_char(&json, '|');
		buf_clear(&again);
		value_write_json(&again, back.extra);
		buf_add_char(&again, '|');
		assert_string_equal(again.ptr, json.ptr);
		for (size_t cut = 0; cut < once.len; cut++) {
			struct page part = { .key = p.key, .path = p.path };

			assert_false(page_unpack(&a, c, &part, str_cut(buf_str(&once), 0, cut)));
		}
		buf_release(&once);
		buf_release(&again);
		buf_release(&json);
		arena_release(&a);
	}
}

static void settings_of_pages_are_those_of_their_kinds(void **state)
{
	struct arena a = { 0 };
	struct diag_list dl;
	struct config *one, *other;
	struct kind *kinds;

	(void)state;
	one = config_of(&a, &dl);
	other = config_of(&a, &dl);
	other->title = STR("Another");
	assert_true(digest_eq(page_settings(one), page_settings(other)));
	kinds = arena_array(&a, struct kind, other->n_kinds);
	memcpy(kinds, other->kinds, other->n_kinds * sizeof(*kinds));
	kinds[0].any_case = !kinds[0].any_case;
	other->kinds = kinds;
	assert_false(digest_eq(page_settings(one), page_settings(other)));
	kinds[0].any_case = !kinds[0].any_case;
	other->n_kinds--;
	assert_false(digest_eq(page_settings(one), page_settings(other)));
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_out_the_sentence),
		cmocka_unit_test(finds_the_sentence_of_any_inline),
		cmocka_unit_test(keeps_the_mention_when_it_shortens),
		cmocka_unit_test(says_what_is_wrong_and_where),
		cmocka_unit_test(reads_names_in_order),
		cmocka_unit_test(reads_the_rest),
		cmocka_unit_test(knows_keys_of_sources_on_other_pages),
		cmocka_unit_test(takes_an_empty_yaml_value_for_absent),
		cmocka_unit_test(extracts_outline_and_excerpt),
		cmocka_unit_test(keeps_excerpts_short),
		cmocka_unit_test(a_page_comes_back_from_what_it_is_packed_to),
		cmocka_unit_test(settings_of_pages_are_those_of_their_kinds),
	};

	return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
