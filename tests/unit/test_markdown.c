#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "doc_text.h"
#include "text/markdown.h"
#include "unit/markdown_threads.h"

static struct markdown *parser;
static struct arena arena;
static struct diag_list diags;

static int begin(void **state)
{
	(void)state;
	markdown_setup();
	parser = markdown_new();
	return 0;
}

static int end(void **state)
{
	(void)state;
	markdown_free(parser);
	arena_release(&arena);
	return 0;
}

static struct doc *parse(struct str text, size_t body, const struct markdown_options *opt)
{
	arena_reset(&arena);
	diag_init(&diags, &arena);
	return markdown_parse(parser, &arena, STR("page.md"), text, body, opt, &diags);
}

/* As a site's page. */
static struct doc *page(const char *text)
{
	struct markdown_options opt = { 0 };

	return parse(str_from(text), 0, &opt);
}

struct shape {
	const char *text, *nodes;
};

static void assert_shapes(const struct shape *cases, size_t n)
{
	struct buf out;

	buf_init(&out, 0);
	for (size_t i = 0; i < n; i++) {
		struct doc *d = page(cases[i].text);

		assert_non_null(d);
		buf_clear(&out);
		doc_text_write(&out, d);
		assert_string_equal(out.ptr, cases[i].nodes);
		assert_int_equal(diags.len, 0);
	}
	buf_release(&out);
}

#define ASSERT_SHAPES(cases) assert_shapes((cases), sizeof(cases) / sizeof((cases)[0]))

static void wikilinks_are_links_by_name(void **state)
{
	static const struct shape cases[] = {
		{ "see [[target]] now", "p('see ' wiki[target] ' now')" },
		{ "[[ a b ]]", "p(wiki[a b])" },
		{ "[[t#h]] [[t#h|x y]] [[#h]] [[t|]]", "p(wiki[t|h] ' ' wiki[t|h]('x y') ' ' wiki[|h] ' ' wiki[t])" },
		{ "[[people/liang_wen_feng|*Liang* ~x~ & `y`]]",
		  "p('[[people/liang_wen_feng|' em('Liang') ' ' del('x') ' & ' code[y] ']]')" },
		{ "[[a_b_c*d*&e:f~g|x_y_ *z* & \\* &amp;]]", "p(wiki[a_b_c*d*&e:f~g]('x_y_ *z* & \\* &amp;'))" },
		{ "*[[a]]* **[[b]]**[[c]]_d_", "p(em(wiki[a]) ' ' strong(wiki[b]) wiki[c] '_d_')" },
		{ "中文**[[深度求索]]**中文", "p('中文' strong(wiki[深度求索]) '中文')" },
		{ "[[a\nb]] [[c|d\n  e]]", "p(wiki[a b] ' ' wiki[c]('d' nl 'e'))" },
		{ "> [[a\n> b]]", "quote(p(wiki[a b]))" },
		{ "# H [[a|b]] `c`", "h1[|h-b-c]('H ' wiki[a]('b') ' ' code[c])" },
		{ "\\[[a]] [\\[b]] [[c]\\] [[ d", "p('[[a]] [' '[b]] [[c]' '] [[ d')" },
		{ "`[[a]]`\n\n    [[c]]\n\n```\n[[d*e*]]\n```\n", "p(code[[[a]]]) pre[[[c]]\n] pre[[[d*e*]]\n]" },
		{ "[[1]](/url) [x](/a[[b]]c)", "p(a[/url]('[1]') ' ' a[/a[[b]]c]('x'))" },
		{ "[[1,2],[3,4]] a[[0]", "p('[[1,2],[3,4]] a[[0]')" },
		{ "|a|\n|-|\n| [[x\\|y]] [[z]] |", "table[|-](row(cell('a')) row(cell(wiki[x]('y') ' ' wiki[z])))" },
		{ "use `[[` and `]]` *here*", "p('use ' code[[[] ' and ' code[]]] ' ' em('here'))" },
		{ "[[a|b\\|c]]", "p(wiki[a]('b' '|c'))" },
		{ "http://a.b/x[[c]]d www.e.fg[@h]",
		  "p(a+auto[http://a.b/x]('http://a.b/x') wiki[c] 'd ' a+auto[http://www.e.fg]('www.e.fg') cite[h])" },
	};

	(void)state;
	/* Two of the rows end in an unclosed bracket on purpose. */
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct doc *d = page(cases[i].text);
		struct buf out;

		buf_init(&out, 0);
		doc_text_write(&out, d);
		assert_string_equal(out.ptr, cases[i].nodes);
		assert_int_equal(diags.len, strstr(cases[i].text, "[[ d") != NULL);
		buf_release(&out);
	}
}

static void citations_name_sources_and_places(void **state)
{
	static const struct shape cases[] = {
		{ "x [@key]", "p('x ' cite[key])" },
		{ "[@key, line 3]", "p(cite[key|line 3])" },
		{ "[@a; @b, line 3;@c , p. 4-5; and 6]", "p(cite[a] cite[b|line 3] cite[c|p. 4-5; and 6])" },
		{ "[@a_b*c*, *p*]", "p(cite[a_b*c*|*p*])" },
		{ "[@New York Times 2025]", "p(cite[New York Times 2025])" },
		{ "[@a,\nline 3]", "p(cite[a|line 3])" },
		{ "[@a][@b] [@c][[d]]", "p(cite[a] cite[b] ' ' cite[c] wiki[d])" },
		{ "[@user](/u) [@ref][r]\n\n[r]: /v", "p(a[/u]('@user') ' ' a[/v]('@ref'))" },
		{ "\\[@a] `[@b]` a@b.c", "p('[@a] ' code[[@b]] ' ' a+auto[mailto:a@b.c]('a@b.c'))" },
		{ "[@a, see https://x.y/z]", "p(cite[a|see https://x.y/z])" },
	};

	(void)state;
	ASSERT_SHAPES(cases);
}

static void embeds_are_blocks_when_alone(void **state)
{
	static const struct shape cases[] = {
		{ "![[a]]", "embed[a]" },
		{ "![[a#h]]\n\nx ![[b]]", "embed[a|h] p('x ' include[b])" },
		{ "- ![[a]]\n- b", "list(item(embed[a]) item(p('b')))" },
		{ "> ![[a b_c_]]", "quote(embed[a b_c_])" },
		{ "![[a]] ![[b]]", "p(include[a] ' ' include[b])" },
		{ "![[x.png|A *b*]]", "embed[x.png]('A *b*')" },
		{ "![[1]](/u) !\\[[a]] `![[b]]`", "p(img[/u]('[1]') ' !' '[[a]] ' code[![[b]]])" },
	};

	(void)state;
	ASSERT_SHAPES(cases);
}

static void shortcodes_stand_alone_or_pair_up(void **state)
{
	static const struct shape cases[] = {
		{ "{{< fig src=\"*a*_b_\" >}}", "shortcode[fig|src=\"*a*_b_\"]" },
		{ "a {{< b >}} c", "p('a ' short[b] ' c')" },
		{ "{{< a >}}x *y*{{< /a >}} z", "p(short+body[a]('x ' em('y')) ' z')" },
		{ "para\n{{< a >}}\n*x*\n{{< /a >}}\nend", "p('para') shortcode+body[a](p(em('x'))) p('end')" },
		{ "{{< a >}}\n- x\n\n> y\n{{< /a >}}", "shortcode+body[a](list(item(p('x'))) quote(p('y')))" },
		{ "{{< a >}}\n{{< b >}}\n{{< c >}}\n{{< /c >}}\n{{< /a >}}",
		  "shortcode+body[a](shortcode[b] shortcode+body[c])" },
		{ "- {{< a >}}\n\n  x\n\n  {{< /a >}}\n- y", "list(item(shortcode+body[a](p('x'))) item(p('y')))" },
		{ "> {{< a >}}\n> x\n> {{< /a >}}", "quote(shortcode+body[a](p('x')))" },
		{ "{{<a/>}} {{< b x=1 />}}", "p(short[a] ' ' short[b|x=1])" },
		{ "{{< a \"x >}} y\" `>}}` >}}", "shortcode[a|\"x >}} y\" `>}}`]" },
		{ "{{</* a b=\"c\" */>}}", "p('{{<' ' a b=\"c\" ' '>}}')" },
		{ "x {{</* a\r\nb */>}}", "p('x ' '{{<' ' a' nl 'b ' '>}}')" },
		{ "`{{< a >}}` \\{{< b >}}\n\n```\n{{< c >}}\n```\n\n    {{< d *e* >}}",
		  "p(code[{{< a >}}] ' ' '{{< b >}}') pre[{{< c >}}\n] pre[{{< d *e* >}}\n]" },
		{ "*x {{< a >}} y*", "p(em('x ' short[a] ' y'))" },
		{ "# {{< a >}} b", "h1[|b](short[a] ' b')" },
		{ "|a|\n|-|\n|{{< b \"c\\|d\" >}}|", "table[|-](row(cell('a')) row(cell(short[b|\"c|d\"])))" },
		{ "text\n{{< a >}} tail\n{{< b >}}", "p('text' nl short[a] ' tail') shortcode[b]" },
	};

	(void)state;
	ASSERT_SHAPES(cases);
}

static void callouts_are_quotes_with_a_kind(void **state)
{
	static const struct shape cases[] = {
		{ "> [!NOTE]\n> body", "callout[note](p('body'))" },
		{ "> [!tip] My *own* `title`\n> body\n> more\n>\n> - x",
		  "callout[tip|My own title](p('body' nl 'more') list(item(p('x'))))" },
		{ "> [!IMPORTANT]\n>\n> p", "callout[important](p('p'))" },
		{ "> [!WARNING]", "callout[warning]" },
		{ "> [!CAUTION] x  \n> y", "callout[caution|x](p('y'))" },
		{ "> a [!NOTE]\n> b", "quote(p('a [!NOTE]' nl 'b'))" },
		{ "> [!NOTE] *a\n> b*", "quote(p('[!NOTE] ' em('a' nl 'b')))" },
		{ "> > [!NOTE]\n> > a", "quote(callout[note](p('a')))" },
		{ "> [!NOTE] ~~a\n> b~~ ~~c~~", "callout[note|~~a](p('b~~ ' del('c')))" },
		{ "[!NOTE]\n\n- [!TIP] x", "p('[!NOTE]') list(item(p('[!TIP] x')))" },
	};

	(void)state;
	ASSERT_SHAPES(cases);
}

static void headings_have_unique_ids(void **state)
{
	static const struct shape cases[] = {
		{ "# A b\n## A b\n### A b\n", "h1[|a-b]('A b') h2[|a-b-1]('A b') h3[|a-b-2]('A b')" },
		{ "# A-1\n# A\n# A\n", "h1[|a-1]('A-1') h1[|a]('A') h1[|a-2]('A')" },
		{ "# *E* `c` [l](u) &amp; **é** 深度!\n",
		  "h1[|e-c-l--é-深度](em('E') ' ' code[c] ' ' a[u]('l') ' ' &'&' ' ' strong('é') ' 深度!')" },
		{ "#\n# !\n", "h1[|section] h1[|section-1]('!')" },
		{ "Two\nlines\n---\n", "h2[|two-lines]('Two' nl 'lines')" },
	};

	(void)state;
	ASSERT_SHAPES(cases);
}

static void text_is_cut_where_the_source_differs(void **state)
{
	static const struct shape cases[] = {
		{ "AT&amp;T \\* b\\\nc", "p('AT' &'&' 'T ' '* b' br 'c')" },
		{ "a\\\\b &ouml;&#x4e2d; &nope; &", "p('a' '\\b ' &'ö' &'中' ' &nope; &')" },
		{ "one\ntwo  \nthree", "p('one' nl 'two' br 'three')" },
		{ "|a \\| b|\n|-|\n", "table[|-](row(cell('a ' '| b')))" },
		{ "a [^b\nc] d", "p('a [^b' nl 'c] d')" },
		{ "m\\_n@o.pq", "p(a+auto[mailto:m_n@o.pq]('m' '_n@o.pq'))" },
	};

	(void)state;
	ASSERT_SHAPES(cases);
}

static void other_blocks_carry_what_is_needed(void **state)
{
	static const struct shape cases[] = {
		{ "3. a\n4. b", "list3(item(p('a')) item(p('b')))" },
		{ "123456789) a", "list0[123456789](item(p('a')))" },
		{ "- [ ] a [x]\n- [x] b", "list(item+_(p('a [x]')) item+x(p('b')))" },
		{ "|a|b|c|d|\n|:-|-:|:-:|-|\n|1|",
		  "table[|lrc-](row(cell('a') cell('b') cell('c') cell('d')) row(cell('1') cell cell cell))" },
		{ "```lang more\nx\n```\n***", "pre[x\n|lang more] rule" },
		{ "a[^x] b[^y] c[^x]\n\n[^y]: Y\n[^x]: X [^y]",
		  "p('a' ref1[|x] ' b' ref2[|y] ' c' ref1[2|x]) note1[2|x](p('X ' ref2[2|y])) note2[2|y](p('Y'))" },
	};

	(void)state;
	ASSERT_SHAPES(cases);
}

static const struct {
	const char *text, *code;
	uint32_t line, col;
} reports[] = {
	{ "a\n\nbé [[c", "markdown/unclosed-wikilink", 3, 4 },
	{ "- x\n- [[a|b", "markdown/unclosed-wikilink", 2, 3 },
	{ "[[]]", "markdown/empty-wikilink", 1, 1 },
	{ "a [[ | b]]", "markdown/empty-wikilink", 1, 3 },
	{ "a ![[#]]", "markdown/empty-wikilink", 1, 3 },
	{ "> [@a", "markdown/unclosed-citation", 1, 3 },
	{ "[@]", "markdown/empty-citation", 1, 1 },
	{ "[@, p. 3]", "markdown/empty-citation", 1, 1 },
	{ "[@a; @ , b]", "markdown/empty-citation", 1, 6 },
	{ "x {{< a", "markdown/unclosed-shortcode", 1, 3 },
	{ "{{< a \"b >}}", "markdown/bad-shortcode", 1, 1 },
	{ "{{< >}}", "markdown/bad-shortcode", 1, 1 },
	{ "a\n\n{{< /b >}}", "markdown/stray-shortcode-end", 3, 1 },
	{ "{{< a >}}\n\nx {{< /a >}}", "markdown/stray-shortcode-end", 3, 3 },
	{ "{{< a >}}{{< b >}}{{< /a >}}{{< /b >}}", "markdown/stray-shortcode-end", 1, 29 },
	{ "- {{< a >}}\n\n{{< /a >}}", "markdown/stray-shortcode-end", 3, 1 },
	{ "*{{< a >}}* {{< /a >}}", "markdown/stray-shortcode-end", 1, 13 },
	{ "[x [[y]]](z)", "markdown/nested-link", 1, 4 },
	{ "> [!NOTICE]\n> x", "markdown/unknown-callout", 1, 3 },
	{ "a <b>c</b>", "markdown/raw-html", 1, 3 },
	{ "x\n\n<div>\n</div>", "markdown/raw-html", 3, 1 },
	{ "a\x01", "markdown/control-byte", 1, 2 },
};

static void mistakes_are_reported_where_they_stand(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		page(reports[i].text);
		assert_int_equal(diags.len, 1);
		assert_string_equal(diags.items[0].code, reports[i].code);
		assert_int_equal(diags.items[0].at.line, reports[i].line);
		assert_int_equal(diags.items[0].at.col, reports[i].col);
		assert_non_null(diag_find_code(str_from(reports[i].code)));
		assert_true(diags.items[0].hint.len > 0);
	}
}

static void lines_count_from_the_top_of_the_file(void **state)
{
	struct str text = STR("+++\ntitle = \"x\"\n+++\n\ntext [[\n");
	struct markdown_options opt = { 0 };
	struct doc *d = parse(text, 20, &opt);

	(void)state;
	assert_int_equal(d->head_lines, 3);
	assert_int_equal(d->n_lines, 5);
	assert_int_equal(diags.items[0].at.line, 5);
	assert_int_equal(diags.items[0].at.col, 6);
	assert_int_equal(doc_pos(d, doc_sources(d)[1]).line, 5);
}

static void raw_html_is_left_out_of_a_safe_site(void **state)
{
	struct markdown_options unsafe = { .unsafe = true };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	doc_text_write(&out, page("a <b>c</b> <!-- d -->e\n\n<div>\nf\n</div>\n\ng <i>\n"));
	assert_string_equal(out.ptr, "p('a ' 'c' ' ' 'e') p('g ')");
	assert_int_equal(diags.len, 1);
	page("a <!-- b --> c\n\n<!--\nd\n-->\n");
	assert_int_equal(diags.len, 0);
	buf_clear(&out);
	doc_text_write(&out, parse(STR("a <b>[[c]]</b>\n\n<div>[[d]]</div>\n"), 0, &unsafe));
	assert_string_equal(out.ptr, "p('a ' tag[<b>] wiki[c] tag[</b>]) html[<div>[[d]]</div>\n]");
	assert_int_equal(diags.len, 0);
	buf_release(&out);
}

static void what_is_no_text_is_refused(void **state)
{
	struct markdown_options opt = { 0 }, small = { .max_bytes = 10 };

	(void)state;
	assert_null(parse(STR("a\nb \xFFx"), 0, &opt));
	assert_string_equal(diags.items[0].code, "markdown/not-utf8");
	assert_int_equal(diags.items[0].at.line, 2);
	assert_int_equal(diags.items[0].at.col, 3);
	assert_null(parse(STR("a\0b\xFF"), 0, &opt));
	assert_string_equal(diags.items[0].code, "markdown/nul-byte");
	assert_null(parse(STR("elevenbytes"), 0, &small));
	assert_string_equal(diags.items[0].code, "markdown/too-large");
	assert_non_null(parse(STR("ten bytes!"), 0, &small));
	assert_non_null(parse(STR(""), 0, &opt));
	assert_non_null(parse(STR("+++\n+++"), 7, &opt));
}

/* Pieces of the dialect and of Markdown, broken at will. */
static const char *const dialect[] = {
	"[[t]]",
	"[[a b#h|x *y* z]]",
	"[@key]",
	"[@k, line 3; @l]",
	"![[e]]",
	"![[e#f]]",
	"{{< s a=\"*b*\" >}}",
	"{{< /s >}}",
	"{{</* s */>}}",
	"[[a\\|b_c_]]",
	"\n{{< blk x >}}\n",
	"\n{{< /blk >}}\n",
	"> [!NOTE] t *i*\n> body\n",
	"[^1]",
	"[^n]",
	"\n[^n]: def [^1] x\n",
	"\n[^1]: one\n",
	"[[un",
	"[@un",
	"[!TIP]",
	"{{<",
	"[[]]",
	"[x [[y]]](/z)",
};

/* With the dialect strewn in, line ends of either kind, a byte order mark, front matter. */
static size_t random_page(struct random *r, struct buf *out)
{
	bool has_cr = random_next(r, 4) == 0;
	struct buf text, mixed;
	size_t body = 0;

	buf_init(&text, 0);
	buf_init(&mixed, 0);
	random_document(r, &text, true);
	for (size_t i = 0, to; i < text.len; i = to) {
		to = i + 1 + random_next(r, 30);
		to = to < text.len ? to : text.len;
		while (to < text.len && ((unsigned char)text.ptr[to] & 0xC0) == 0x80)
			to++;
		buf_add_mem(&mixed, text.ptr + i, to - i);
		if (random_next(r, 4) == 0)
			buf_add_z(&mixed, RANDOM_OF(r, dialect));
	}
	buf_clear(out);
	if (random_next(r, 8) == 0)
		buf_add_z(out, "\xEF\xBB\xBF");
	if (random_next(r, 3) == 0) {
		buf_add_z(out, "+++\ntitle = \"é\"\n+++\n");
		body = out->len;
	}
	for (size_t i = 0; i < mixed.len; i++) {
		if (has_cr && mixed.ptr[i] == '\n')
			buf_add_char(out, '\r');
		buf_add_char(out, mixed.ptr[i]);
	}
	buf_release(&text);
	buf_release(&mixed);
	return body;
}

static void every_position_is_that_of_its_token(void **state)
{
	struct random r = { 987654321 };
	struct buf text;
	size_t texts = 0;

	(void)state;
	buf_init(&text, 0);
	for (int i = 0; i < 4000; i++) {
		size_t body = random_page(&r, &text);
		struct markdown_options opt = { .unsafe = i % 2 };
		struct doc *d = parse(buf_str(&text), body, &opt);

		assert_non_null(d);
		assert_true(doc_is_sound(d, d->bytes));
		for (uint32_t k = 1; k < d->n_nodes; k++) {
			const struct doc_node *n = &doc_nodes(d)[k];

			if (!doc_text_is_at(d, buf_str(&text), k))
				print_message("node %u (%s) at %u of:\n%s\n", k, doc_names[n->type], doc_sources(d)[k],
					      text.ptr);
			assert_true(doc_text_is_at(d, buf_str(&text), k));
			texts += n->type == DOC_TEXT && !(n->flags & DOC_ENTITY);
		}
	}
	assert_true(texts > 20000);
	buf_release(&text);
}

static const struct {
	const char *before, *unit, *after;
	size_t times;
	bool is_refused;
} hostile[] = {
	{ "", "[", "", 25000, false },
	{ "", "[", "", 1000000, false },
	{ "", "![[]()", "", 160000, true },
	{ "", "[a](", "", 50000, false },
	{ "", "*a ", "", 100000, false },
	{ "", "*a **b ", "", 140000, false },
	{ "", "*[a](b)* ", "", 100000, true },
	{ "", "> ", "a", 50000, true },
	{ "", "- ", "a", 50000, true },
	{ "", "> - ", "a", 50000, true },
	{ "- - - - - - - - - - - - - - - - - - - - a\n", "\n", "", 900000, false },
	{ "", "[^1]", "\n\n[^1]: x", 200000, false },
	{ "", "[^", "", 400000, false },
	{ "|", "x|", "\n", 100000, true },
	{ "|a|\n|-|\n", "|x", "\n", 300000, true },
	{ "|a|b|c|d|e|f|g|h|\n|-|-|-|-|-|-|-|-|\n", "x\n", "", 400000, true },
	{ "", "a\n-|-|-\n", "", 100000, true },
	{ "", "`", "", 900000, false },
	{ "", "`a ``b ```c ", "", 70000, false },
	{ "", "[a]: <b\n", "", 100000, false },
	{ "", "a <!--", "", 150000, false },
	{ "", "a <?", "", 200000, true },
	{ "", "a <![CDATA[", "", 80000, true },
	{ "", "[[", "", 400000, false },
	{ "", "[[a ", "", 200000, false },
	{ "", "{{< a ", "", 150000, false },
	{ "", "{{<a>}}", "", 120000, false },
	{ "", "~~a~ ", "", 150000, false },
	{ "", "http://a.b/`c` x`", "", 50000, false },
	{ "", "a@", "", 400000, false },
	{ "", "_www.a", "", 150000, false },
	{ "", "&NotEqualTilde;", "", 60000, false },
	{ "", "# a\n", "", 200000, false },
	{ "", "\r", "", 900000, false },
};

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void hostile_input_is_refused_or_quick(void **state)
{
	struct buf text;
	/* Sanitizers slow everything down; the law is for the real thing. */
	double limit = 2;

#if defined(__SANITIZE_ADDRESS__)
	limit = 30;
#elif defined(__SANITIZE_THREAD__)
	limit = 300; /* it takes a search for the next mark as a read of the whole rest */
#endif
	(void)state;
	buf_init(&text, 0);
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		struct markdown_options opt = { 0 };
		double start;
		struct doc *d;

		buf_clear(&text);
		buf_add_z(&text, hostile[i].before);
		for (size_t k = 0; k < hostile[i].times; k++)
			buf_add_z(&text, hostile[i].unit);
		buf_add_z(&text, hostile[i].after);
		start = seconds();
		d = parse(buf_str(&text), 0, &opt);
		if (seconds() - start > limit)
			print_message("%s x %zu\n", hostile[i].unit, hostile[i].times);
		assert_true(seconds() - start < limit);
		if ((d == NULL) != hostile[i].is_refused)
			print_message("%s x %zu\n", hostile[i].unit, hostile[i].times);
		assert_int_equal(d == NULL, hostile[i].is_refused);
		if (!d)
			assert_string_equal(diags.items[0].code, "markdown/hostile");
	}
	buf_release(&text);
}

static void a_refusal_names_the_limit_and_the_line(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	buf_add_z(&text, "# Fine\n\nfine\n\n");
	for (int i = 0; i < 200; i++)
		buf_add_z(&text, ">");
	assert_null(page(text.ptr));
	assert_int_equal(diags.len, 1);
	assert_int_equal(diags.items[0].at.line, 5);
	assert_int_equal(diags.items[0].at.col, 101);
	assert_true(str_contains(diags.items[0].message, STR("100")));
	buf_release(&text);
}

static void ten_megabytes_in_a_line_are_too_many(void **state)
{
	struct markdown_options opt = { 0 };
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	buf_reserve(&text, 10000000);
	for (int i = 0; i < 10000000; i++)
		buf_add_char(&text, 'a');
	assert_null(parse(buf_str(&text), 0, &opt));
	assert_string_equal(diags.items[0].code, "markdown/too-large");
	buf_release(&text);
}

/* What real pages are full of must not be taken for an attack. */
static void large_honest_pages_pass(void **state)
{
	static const struct {
		const char *before, *unit;
		size_t times;
	} cases[] = {
		{ "", "- [![badge](https://a.b/c.svg)](https://d.e/f) *[name](g)* **x** text\n", 1500 },
		{ "|a|b|c|d|\n|-|-|-|-|\n", "| [x](y) | *z* | ![i](j) | `k` |\n", 3000 },
		{ "", "A paragraph with [a link](b), *emphasis*, `code` and a note.[^1]\n\n", 8000 },
		{ "```php\n", "<?php if ($a[0]) { echo \"[x]\"; }\n", 2000 },
		{ "", "> quoted\n>\n> > deeper\n\n", 10000 },
		{ "", "- a\n  - b\n    - c\n\n      d\n\n", 10000 },
		{ "", "[ref]: https://a.b/c 'title'\n", 5000 },
		{ "",
		  "- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - -\n\n",
		  500 },
	};
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&text);
		buf_add_z(&text, cases[i].before);
		for (size_t k = 0; k < cases[i].times; k++)
			buf_add_z(&text, cases[i].unit);
		assert_non_null(page(text.ptr));
	}
	buf_release(&text);
}

static void nothing_of_one_page_is_left_in_the_next(void **state)
{
	struct markdown_options gfm = { .gfm = true };
	struct str first = STR("# A\n[[b]] {{< c >}}\n\n{{< d >}}\n\nx[^1] ~y~\n\n[^1]: z\n");
	struct doc *d = parse(first, 0, &gfm);
	struct digest once, twice;

	(void)state;
	assert_non_null(d);
	d = page(first.ptr);
	once = digest_of((struct str){ (const char *)d, d->bytes });
	assert_null(page("\x01"));
	page("{{< d >}} {{< d >}} # A");
	d = page(first.ptr);
	twice = digest_of((struct str){ (const char *)d, d->bytes });
	assert_true(digest_eq(once, twice));
}

static void threads_give_the_same_bytes_as_one(void **state)
{
	(void)state;
	assert_int_equal(threads_differences(2, 2000), 0);
	assert_int_equal(threads_differences(8, 2000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wikilinks_are_links_by_name),
		cmocka_unit_test(citations_name_sources_and_places),
		cmocka_unit_test(embeds_are_blocks_when_alone),
		cmocka_unit_test(shortcodes_stand_alone_or_pair_up),
		cmocka_unit_test(callouts_are_quotes_with_a_kind),
		cmocka_unit_test(headings_have_unique_ids),
		cmocka_unit_test(text_is_cut_where_the_source_differs),
		cmocka_unit_test(other_blocks_carry_what_is_needed),
		cmocka_unit_test(mistakes_are_reported_where_they_stand),
		cmocka_unit_test(lines_count_from_the_top_of_the_file),
		cmocka_unit_test(raw_html_is_left_out_of_a_safe_site),
		cmocka_unit_test(what_is_no_text_is_refused),
		cmocka_unit_test(every_position_is_that_of_its_token),
		cmocka_unit_test(hostile_input_is_refused_or_quick),
		cmocka_unit_test(a_refusal_names_the_limit_and_the_line),
		cmocka_unit_test(ten_megabytes_in_a_line_are_too_many),
		cmocka_unit_test(large_honest_pages_pass),
		cmocka_unit_test(nothing_of_one_page_is_left_in_the_next),
		cmocka_unit_test(threads_give_the_same_bytes_as_one),
	};

	return cmocka_run_group_tests_name("markdown", tests, begin, end);
}
