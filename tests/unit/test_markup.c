#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>
#include <cmocka.h>

#include "markdown_random.h"
#include "text/markdown.h"
#include "text/markup.h"

enum mode { PLAIN, GFM, NOTES };

static struct markdown *parser;
static struct arena arena;

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

/* The HTML that libcmark-gfm itself writes, with its own extensions. */
static char *reference(struct str text, enum mode mode)
{
	static const char *const names[] = { "table", "strikethrough", "autolink", "tagfilter", "tasklist" };
	int options = CMARK_OPT_UNSAFE | (mode == NOTES ? CMARK_OPT_FOOTNOTES : 0);
	cmark_parser *p = cmark_parser_new(options);
	cmark_node *root;
	char *html;

	for (size_t i = 0; mode == GFM && i < sizeof(names) / sizeof(names[0]); i++)
		cmark_parser_attach_syntax_extension(p, cmark_find_syntax_extension(names[i]));
	cmark_parser_feed(p, text.ptr, text.len);
	root = cmark_parser_finish(p);
	html = cmark_render_html(root, options, cmark_parser_get_syntax_extensions(p));
	cmark_node_free(root);
	cmark_parser_free(p);
	return html;
}

static struct doc *parse(struct str text, enum mode mode)
{
	struct markdown_options opt = { .plain = mode == PLAIN, .gfm = mode == GFM, .unsafe = true };
	struct diag_list dl;

	diag_init(&dl, &arena);
	return markdown_parse(parser, &arena, STR("test.md"), text, 0, &opt, &dl);
}

static void assert_same(struct str text, enum mode mode)
{
	struct markup how = { .unsafe = true, .tagfilter = mode == GFM };
	struct buf out;
	struct doc *d;
	char *html;

	arena_reset(&arena);
	d = parse(text, mode);
	assert_non_null(d);
	assert_true(doc_is_sound(d, d->bytes));
	buf_init(&out, 0);
	markup_html(&out, d, 0, d->n_nodes, &how);
	html = reference(text, mode);
	if (strcmp(html, out.ptr) != 0)
		print_message("input:\n%.*s\n", STR_ARG(text));
	assert_string_equal(out.ptr, html);
	free(html);
	buf_release(&out);
}

static const char *const plain[] = {
	"",
	"\n\n\n",
	"text",
	"*em* **strong** ***both*** _em_ __strong__ a*b*c a_b_c 2*3*4",
	"*a **b* c**",
	"**a *b** c*",
	"*a `*` b*",
	"***a** b*",
	"***a* b**",
	"****a****",
	"**a*",
	"*a**",
	"_a __b_ c__",
	"中文*强调*中文，**“引号”**。",
	"`code` `` a`b `` ` a ` `  ` `a\nb` ``unclosed `x` `",
	"\\*not em\\* \\\\ \\a \\` \\[x] a\\\nb",
	"&amp; &lt; &copy; &nope; &#65; &#x42; &#0; &#xD800; &#99999999; &ouml;&NotEqualTilde; &amp;amp; & &x &#; &#x;",
	"a  \nb\\\nc   \n   d \t\ne",
	"[a](b) [a](<b c> \"t\") [a](b 't') [a](b (t)) [a]() [](b) [a](b \"un) [a] (b)",
	"[a](b(c)d) [a](b\\)c) [a](<b>c) [a](b\n\"t\"\n) [*a*](b) [`]`](b) [a]b](c)",
	"[a]: /u 'title'\n[b]:\n/v\n\"two\nlines\"\n[a] [x][a] [a][] [b] [B] [c] [a][c] ![a] ![x][b]\n\n[c]: <>\n",
	"[a]: /u\n[b]: /v\ntext after definitions [a] [b]\n",
	"![alt *em* `c` [link](u) <b> &amp;](src \"t\") ![](x) [![i](a)](b) ![![in](a) out](b)",
	"<http://a.b?c=d&e=f\\g> <mailto:x@y.z> <x@y.z> <made-up-scheme:foo> <http://a b> <a>",
	"a <b c='d' e=\"f\" g=h i> </b> <!-- x -->\n<?php ?> <!D x> <![CDATA[ ]]> <b\nc> <3 < 4",
	"# one\n## two ##\n### three ### x\n#not\n####### seven\n#\n## \n\nsetext *a*\n===\n\ntwo\nlines\n---\n",
	"> a\nb\n> > c\nd\n>e\n>\n>     code\n> # h\n",
	"- a\n- b\n\n- c\n  - d\n\n    e\n    > f\n\n* g\n+ h\n1. i\n3. j\n1) k\n0. l\n123456789. m\n",
	"- a\n\n\n- b\n-\n- \n  c\n-\td\n\n- - - e\n",
	"    code\n\n\ttab\n      more\n\n```lang info\nx < y\n\n```\n~~~\n```\n~~~\n```` a\n```\n````\n- ```\n  x\n",
	"<div>\n*a*\n\n*b*\n</div>\n\n<pre>\n\n</pre>\n<!-- a\n\nb --> c\n",
	"<script>\n</script>\n\n<custom>\nx\n\np\n<div>\n",
	"---\n***\n_ _ _\n- - -\n-- -\n",
	"a\rb\r\nc\n\rd",
	"\xEF\xBB\xBF# with a byte order mark\n",
	"tabs\tin\ttext\n>\tquote\n-\titem\n\n\tcont\n",
	"> - > - deep\n> lazy\nlazier\n",
	"line with trailing backslash\\",
	"a\n\n[x]: y\n\nb [x]\n\n> [q]: z\n\n[q]\n",
	"\"quotes\" 'and' <tags> & ampersands > everywhere",
	"[javascript](javascript:alert(1)) [ü](/ü?a=b&c='d'#e%20%zz[]{}|\\^`) ![d](data:image/png;base64,aa)",
	"* a\n  continued\nlazy\n\n  para\n* b\n1986\\. A great year\n",
	"a\v\nb\f\nc",
	"`a\n> b`",
	"> `a\n> b` c [d\n> e](f\n> \"g\") *h\n> i*\n",
};

static const char *const gfm[] = {
	"|a|b|\n|-|:-:|\n|1|2|\n",
	"a|b|c|d\n:-|-:|:-:|-\n1|2\n1|2|3|4|5\n\n| x |\n|---|\n",
	"para\n| a \\| b | `c\\|d` |\n|---|---|\n| *e* | f\\\\| |\nlast | row\n> quote\n",
	"para one\npara two\n|h|\n|-|\n|x|\n\n|only|\n|-|\n",
	"> |a|\n> |-|\n> |b|\n\n- |a|\n  |-|\n  |b|\n",
	"[x]: /u\n|a|\n|-|\n|[x]|\n",
	"|a|\n|-|-|\n|b|\n",
	"|\\||\n|-|\n| \\\\| |\n",
	"- [ ] open\n- [x] done\n- [X] DONE\n  - [ ] nested\n1. [ ] one\n- [x]not\n- [ ]\n\n- [ ] loose\n",
	"~~a~~ ~b~ ~~~c~~~ ~~d~ ~e~~ a~~b~~c ~~ f ~~ ~~*g* **h**~~ *~~i~~* ~~j `~~` k~~",
	"**~~a~~** ~~**a**~~ *~a~* _~a~_ 中文**~~删除~~**中文 a*~~b~~*c",
	"~a *b~ c* *d ~e* f~ ~~g [h~~](i) [~~j~~](k) ~~[l](m)~~ ~~n ~o~ p~~ \\~~q~~ ~\\~r~~",
	"~~a~~b~~c~~ ~a~b~c~ ~~~~ ~~~a~~ ~ a~ ~a ~",
	"www.a.com www.a.com/x_y(z) (www.a.com) www.a.com. www.a.com, www.a.com; www.a.com&amp; www.a.com&x; www. "
	"www.a awww.a.com",
	"http://a.com https://a.b.c/d?e=f&g=*h* ftp://i.j mailto:k http://l_m.n http://o.p_q http:// http://. "
	"HTTP://R.S xhttp://t.u",
	"http://a.b/(c) (http://a.b/c) (http://a.b/(c)) http://a.b/c)) http://a.b/'c' http://a.b/c\"d\" http://a.b/<c> "
	"http://a.b/c:",
	"http://a.b/*c* *http://a.b/c* http://a.b/c*d*e **http://a.b** http://a.b/_c_ _http://a.b_ ~~http://a.b/~c~~",
	"http://a.b/`c` `http://a.b` http://a.b/[c](d) [http://a.b](c) [ http://a.b ![ http://a.b ] ] "
	"http://a.b/\\*c\\_d",
	"http://a.b/&ouml;&amp;c http://ü.de/ä?ö http://中文.cn/路径。 http://a.b|c",
	"![ [a](b) http://c.d [e](f) ![g](http://h.i) http://j.k",
	"a@b.c a.b+c-d_e@f-g.h_i.jk a@b a@b. a@b.c. a@b.c1 a@b.1c @a.b a@ mailto:a@b.c xmpp:a@b.c/d/e xmailto:a@b.c "
	"x:a@b.c",
	"*a@b.c* [a@b.c](d) [a@b.c] <a@b.c> a\\_b@c.de a&amp;b@c.de a@b.c@d.e a@b.c/d",
	"<script>a</script> <b><title>x</b>\n\n<style>\n\n</style>\n<xmp/> <plaintext > <textareax> "
	"<iframe>\n<noembed>\n",
	"[www.a.com](b) www.[a](b) http://[a](b)",
	"- http://a.b\n- *http://a.b*\n\n> www.a.b\n> http://c.d\n\n# http://a.b #\n",
	"foo[^1]\n\n[^1]: not a footnote here\n",
	"\"http://a.b\" 'www.a.b' http://a.b\nhttp://c.d\\\nwww.e.f  \nend",
};

static const char *const notes[] = {
	"a[^1] b[^2] c[^1]\n\n[^2]: two\n[^1]: one\n    more\n\n    > quote\n",
	"a[^long-näme \"x\"] b[^long-näme]\n\n[^long-näme]: *em*[^n]\n\n[^n]: nested[^long-näme]\n[^unused]: x\n",
	"a[^none] [^1][^1][^1]\n\n[^1]:\n[^1]: again\n",
	"a[^1]\n\n[^1]: - list\n      - more\n",
	"[^a]: [^b]\n[^b]: [^a]\n\nx[^b]\n",
	"![^1] [^ 1] [^] [^1](u)\n\n[^1]: d\n",
	"> a[^q]\n>\n> [^q]: in a quote\n\n- b[^q]\n",
	"text[^1] `[^1]` \\[^1]\n\n[^1]: ```\n    code\n    ```\n",
};

static void plain_markdown_is_written_as_cmark_writes_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		assert_same(str_from(plain[i]), PLAIN);
}

static void gfm_is_written_as_cmark_gfm_writes_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		assert_same(str_from(plain[i]), GFM);
	for (size_t i = 0; i < sizeof(gfm) / sizeof(gfm[0]); i++) {
		assert_same(str_from(gfm[i]), GFM);
		assert_same(str_from(gfm[i]), PLAIN);
	}
}

/* The site's dialect has footnotes; what else it has is not in these. */
static void footnotes_are_written_as_cmark_gfm_writes_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		assert_same(str_from(notes[i]), NOTES);
}

static void every_byte_is_escaped_as_cmark_escapes_it(void **state)
{
	(void)state;
	for (unsigned c = 1; c < 256; c++) {
		char text[64];
		struct str s = { text, 0 };

		if (c >= 0x80)
			s.len = (size_t)snprintf(text, sizeof(text), "[x](<a\xC3%cb> '\xC3%c') y\xC3%c", c % 64 + 128,
						 c % 64 + 128, c % 64 + 128);
		else
			s.len = (size_t)snprintf(text, sizeof(text), "a%cb [x](<a%cb> 'a%cb')\n\n```%cz\n%c\n```\n", c,
						 c, c, c, c);
		assert_same(s, PLAIN);
	}
}

/* cmark-gfm looks through tildes beside '*' and '_'; what we do about it is not exact between them. */
static bool has_bordering_tildes(struct str s)
{
	for (size_t i = 1; i < s.len; i++) {
		const char *pair = s.ptr + i - 1;

		if ((pair[0] == '~' && (pair[1] == '*' || pair[1] == '_')) ||
		    (pair[1] == '~' && (pair[0] == '*' || pair[0] == '_')))
			return true;
	}
	return false;
}

/* Nor is emphasis that touches a URL's last byte, when that is a backslash, backtick or bracket. */
static bool has_bordering_url(struct str s)
{
	for (size_t i = 1; i < s.len; i++) {
		size_t from = i;

		if (!strchr("*_~", s.ptr[i]) || !strchr("\\`[", s.ptr[i - 1]))
			continue;
		while (from > 0 && !strchr(" \n\t", s.ptr[from - 1]))
			from--;
		if (str_contains(str_cut(s, from, i), STR("://")) || str_contains(str_cut(s, from, i), STR("www.")))
			return true;
	}
	return false;
}

/* libcmark-gfm 0.29 looks before the start of a text for the scheme that a colon at its start may end. */
static bool has_bare_colon(struct str s)
{
	for (size_t i = 1; i < s.len; i++) {
		size_t from = i;

		if (s.ptr[i] != '@')
			continue;
		while (from > 0 && !strchr(" \n\t:", s.ptr[from - 1]))
			from--;
		if (from > 0 && s.ptr[from - 1] == ':' && (from < 2 || !isalpha((unsigned char)s.ptr[from - 2])))
			return true;
	}
	return false;
}

static void random_markdown_is_written_as_cmark_writes_it(void **state)
{
	struct random r = { 88172645463325252u };
	struct buf text;
	int compared = 0;

	(void)state;
	buf_init(&text, 0);
	for (int i = 0; i < 8000; i++) {
		bool is_gfm = i % 2;

		buf_clear(&text);
		random_document(&r, &text, is_gfm);
		if (is_gfm && (has_bordering_tildes(buf_str(&text)) || has_bordering_url(buf_str(&text)) ||
			       has_bare_colon(buf_str(&text))))
			continue;
		assert_same(buf_str(&text), is_gfm ? GFM : PLAIN);
		compared++;
	}
	assert_true(compared > 5000);
	buf_release(&text);
}

static void html_is(const char *text, const struct markup *how, const char *expected)
{
	struct markdown_options opt = { .unsafe = how->unsafe };
	struct buf out;
	struct diag_list dl;
	struct doc *d;

	arena_reset(&arena);
	diag_init(&dl, &arena);
	d = markdown_parse(parser, &arena, STR("test.md"), str_from(text), 0, &opt, &dl);
	assert_non_null(d);
	buf_init(&out, 0);
	markup_html(&out, d, 0, d->n_nodes, how);
	assert_string_equal(out.ptr, expected);
	buf_release(&out);
}

static void dangerous_addresses_are_left_out_unless_unsafe(void **state)
{
	static const struct {
		const char *url, *safe;
	} cases[] = {
		{ "javascript:alert(1)", "" },
		{ "JavaScript:x", "" },
		{ "vbscript:x", "" },
		{ "file:///etc/passwd", "" },
		{ "data:text/html,x", "" },
		{ "data:image/svg+xml,x", "" },
		{ "data:image/png;base64,x", "data:image/png;base64,x" },
		{ "DATA:IMAGE/GIF,x", "DATA:IMAGE/GIF,x" },
		{ "/javascript:x", "/javascript:x" },
		{ "https://a.b", "https://a.b" },
		{ "java&#10;script:x", "java%0Ascript:x" },
	};
	struct markup safe = { 0 }, unsafe = { .unsafe = true };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[128], expected[128];

		snprintf(text, sizeof(text), "[a](%s)", cases[i].url);
		snprintf(expected, sizeof(expected), "<p><a href=\"%s\">a</a></p>\n", cases[i].safe);
		html_is(text, &safe, expected);
		snprintf(text, sizeof(text), "![a](%s)", cases[i].url);
		snprintf(expected, sizeof(expected), "<p><img src=\"%s\" alt=\"a\" /></p>\n", cases[i].safe);
		html_is(text, &safe, expected);
	}
	html_is("[a](javascript:x)", &unsafe, "<p><a href=\"javascript:x\">a</a></p>\n");
}

static void the_dialect_has_plain_forms(void **state)
{
	struct markup how = { .heading_ids = true };
	const struct str titles[5] = { STR_INIT("Hinweis"), STR_INIT("Tipp"), STR_INIT("Wichtig"), STR_INIT("Warnung"),
				       STR_INIT("Vorsicht") };

	(void)state;
	html_is("[[a]] [[b|c]] [@d, p. 3] {{< e f >}} ![[g]] x\n\n![[h]]", &how,
		"<p>a c [d, p. 3]  g x</p>\n<p>h</p>\n");
	html_is("# A & B\n", &how,
		"<h1 id=\"a--b\">A &amp; B <a class=\"anchor\" href=\"#a--b\" aria-hidden=\"true\" "
		"tabindex=\"-1\">#</a></h1>\n");
	html_is("> [!WARNING] Mind & *this*\n> text\n", &how,
		"<div class=\"callout callout-warning\" role=\"note\">\n<p class=\"callout-title\">Mind &amp; "
		"this</p>\n"
		"<p>text</p>\n</div>\n");
	html_is("> [!tip]\n> text\n", &how,
		"<div class=\"callout callout-tip\" role=\"note\">\n<p "
		"class=\"callout-title\">Tip</p>\n<p>text</p>\n</div>\n");
	how.callout_titles = titles;
	html_is("> [!tip]\n> text\n", &how,
		"<div class=\"callout callout-tip\" role=\"note\">\n<p "
		"class=\"callout-title\">Tipp</p>\n<p>text</p>\n</div>\n");
}

static void levels_are_shifted_and_ids_prefixed(void **state)
{
	struct markup how = { .heading_ids = true, .heading_shift = 5, .id_prefix = STR_INIT("p7-") };

	(void)state;
	html_is("## A\n\nx[^1]\n\n[^1]: y\n", &how,
		"<h6 id=\"p7-a\">A <a class=\"anchor\" href=\"#p7-a\" aria-hidden=\"true\" tabindex=\"-1\">#</a></h6>\n"
		"<p>x<sup class=\"footnote-ref\"><a href=\"#fn-p7-1\" id=\"fnref-p7-1\" "
		"data-footnote-ref>1</a></sup></p>\n"
		"<section class=\"footnotes\" data-footnotes>\n<ol>\n<li id=\"fn-p7-1\">\n<p>y <a href=\"#fnref-p7-1\" "
		"class=\"footnote-backref\" data-footnote-backref aria-label=\"Back to "
		"content\">↩</a></p>\n</li>\n</ol>\n</section>\n");
	how.heading_shift = -3;
	how.heading_ids = false;
	html_is("## A\n", &how, "<h1>A</h1>\n");
}

static void tasks_have_names_and_cells_classes_where_people_read(void **state)
{
	struct markup how = { .accessible = true };

	(void)state;
	html_is("- [x] Buy *\"rope\"* & [tar](/t)\n- [ ]\n- [ ] Row\n\n  Hard.\n", &how,
		"<ul>\n<li><input type=\"checkbox\" checked=\"\" disabled=\"\" "
		"aria-label=\"Buy &quot;rope&quot; &amp; tar\" /> \n"
		"<p>Buy <em>&quot;rope&quot;</em> &amp; <a href=\"/t\">tar</a></p>\n</li>\n<li>\n<p>[ ]</p>\n</li>\n"
		"<li><input type=\"checkbox\" disabled=\"\" aria-label=\"Row\" /> \n"
		"<p>Row</p>\n<p>Hard.</p>\n</li>\n</ul>\n");
	html_is("|a|b|c|d|\n|-|:-|:-:|-:|\n|1|2|3|4|\n", &how,
		"<table>\n<thead>\n<tr>\n<th>a</th>\n<th class=\"align-left\">b</th>\n<th "
		"class=\"align-center\">c</th>\n"
		"<th class=\"align-right\">d</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td "
		"class=\"align-left\">2</td>\n<td class=\"align-center\">3</td>\n<td "
		"class=\"align-right\">4</td>\n</tr>\n</tbody>\n"
		"</table>\n");
}

static void note_link(void *ctx, struct buf *out, const struct doc *d, uint32_t node, bool open)
{
	const struct doc_node *n = &doc_nodes(d)[node];

	(void)ctx;
	buf_add_z(out, open ? "<" : ">");
	if (open && n->end == node + 1)
		buf_add_z(out, "!");
}

static void note_image(void *ctx, struct buf *out, const struct doc *d, uint32_t node, struct str alt)
{
	(void)ctx;
	buf_add_format(out, "{%.*s:%.*s}", STR_ARG(doc_text(d, &doc_nodes(d)[node])), STR_ARG(alt));
}

static void note_span(void *ctx, struct buf *out, const struct markup_span *span, struct str text)
{
	(void)ctx;
	buf_add_format(out, "(%u:%.*s)", span->ref, STR_ARG(text));
}

static void note_node(void *ctx, struct buf *out, const struct doc *d, uint32_t node)
{
	(void)ctx;
	buf_add_format(out, "<%.*s/>", STR_ARG(doc_text(d, &doc_nodes(d)[node])));
}

static void note_shortcode(void *ctx, struct buf *out, const struct doc *d, uint32_t node, struct str body)
{
	(void)ctx;
	buf_add_format(out, "<%.*s>%.*s</%.*s>", STR_ARG(doc_text(d, &doc_nodes(d)[node])), STR_ARG(body),
		       STR_ARG(doc_text(d, &doc_nodes(d)[node])));
}

static void hooks_write_what_only_a_site_knows(void **state)
{
	struct markup how = {
		.link = note_link,
		.wikilink = note_link,
		.image = note_image,
		.span = note_span,
		.citation = note_node,
		.embed = note_node,
		.shortcode = note_shortcode,
		.code = note_node,
	};

	(void)state;
	html_is("[a *b*](c) [[d]] [[e|f]]", &how, "<p><a <em>b</em>> <!> <f></p>\n");
	html_is("![a *b* `c` ![d](e)\nf](g)", &how, "<p>{g:a b c d f}</p>\n");
	html_is("[@a; @b] ![[c]]\n\n![[d#e]]\n\n```x\ncode\n```\n", &how, "<p><a/><b/> <c/></p>\n<d/><code\n/>");
	html_is("x {{< s >}}*y* {{< t >}}z{{< /s >}} {{< u />}}", &how,
		"<p>x <s><em>y</em> <t></t>z</s> <u></u></p>\n");
	html_is("{{< s >}}\npara\n\n- {{< t >}}\n  deep\n  {{< /t >}}\n{{< /s >}}\nend\n", &how,
		"<s><p>para</p>\n<ul>\n<li>\n<t><p>deep</p>\n</t>\n</li>\n</ul>\n</s>\n<p>end</p>\n");
}

static void spans_are_cut_out_of_text(void **state)
{
	struct markdown_options opt = { 0 };
	const struct markup_span spans[] = { { 2, 0, 3, 7 }, { 2, 6, 4, 8 }, { 5, 1, 6, 9 } };
	struct markup how = { .span = note_span, .spans = spans, .n_spans = 3 };
	struct diag_list dl;
	struct buf out;
	struct doc *d;

	(void)state;
	arena_reset(&arena);
	diag_init(&dl, &arena);
	buf_init(&out, 0);
	d = markdown_parse(parser, &arena, STR("t"), STR("IBM & DeepSeek *x* Google"), 0, &opt, &dl);
	markup_html(&out, d, 0, d->n_nodes, &how);
	assert_string_equal(out.ptr, "<p>(7:IBM) &amp; (8:Deep)Seek <em>x</em> (9:Google)</p>\n");
	/* A part of the doc: spans before it are passed over. */
	buf_clear(&out);
	markup_html(&out, d, 3, 5, &how);
	assert_string_equal(out.ptr, "<em>x</em>");
	how.span = NULL;
	buf_clear(&out);
	markup_html(&out, d, 2, 3, &how);
	assert_string_equal(out.ptr, "IBM &amp; DeepSeek ");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_markdown_is_written_as_cmark_writes_it),
		cmocka_unit_test(gfm_is_written_as_cmark_gfm_writes_it),
		cmocka_unit_test(footnotes_are_written_as_cmark_gfm_writes_them),
		cmocka_unit_test(every_byte_is_escaped_as_cmark_escapes_it),
		cmocka_unit_test(random_markdown_is_written_as_cmark_writes_it),
		cmocka_unit_test(dangerous_addresses_are_left_out_unless_unsafe),
		cmocka_unit_test(the_dialect_has_plain_forms),
		cmocka_unit_test(levels_are_shifted_and_ids_prefixed),
		cmocka_unit_test(tasks_have_names_and_cells_classes_where_people_read),
		cmocka_unit_test(hooks_write_what_only_a_site_knows),
		cmocka_unit_test(spans_are_cut_out_of_text),
	};

	return cmocka_run_group_tests_name("markup", tests, begin, end);
}
