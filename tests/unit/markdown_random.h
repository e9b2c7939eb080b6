#ifndef MARKDOWN_RANDOM_H
#define MARKDOWN_RANDOM_H

#include <stdint.h>
#include <string.h>

#include "base/buf.h"

/*
 * markdown_random - documents put together at random from fragments of markup,
 * the same for the same seed; for comparing two renderings of each.
 */
struct random {
	uint64_t state;
};

static inline uint32_t random_next(struct random *r, uint32_t below)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return (uint32_t)((r->state * 0x2545F4914F6CDD1Du) >> 33) % below;
}

static inline const char *random_of(struct random *r, const char *const *list, size_t n)
{
	return list[random_next(r, (uint32_t)n)];
}

#define RANDOM_OF(r, list) random_of((r), (list), sizeof(list) / sizeof((list)[0]))

static const char *const random_words[] = { "a",   "b", "word", "x y",  "foo",  "Ünïcode", "深度", "求索", "1", "20 %",
					    "end", "w", "http", "code", "e.g.", "(c)",     "—",    "tail", "ß", "“q”" };

static const char *const random_marks[] = {
	"*",
	"**",
	"_",
	"__",
	"***",
	"`",
	"``",
	"[",
	"]",
	"](/u)",
	"](<u v> \"t\")",
	"][r]",
	"[r]",
	"[r][]",
	"![",
	"\\*",
	"\\",
	"\\\\",
	"\\`",
	"&amp;",
	"&",
	"&#42;",
	"&nope;",
	"&copy",
	"&ouml;",
	"<b>",
	"</b>",
	"<a href=\"x\">",
	"<!-- c -->",
	"<http://x.y/*z*>",
	"<a@b.c>",
	"<",
	">",
	"  \n",
	"\\\n",
	"\n",
	"\n",
	" ",
	" ",
	"\t",
	"!",
	"#",
	"|",
	"\\|",
	"(",
	")",
	"\"",
	"'",
	":",
	"[^1]",
	"](\n/u\n\"t\n\")",
	"`a\nb`",
	"&quot;",
	"[x]: y",
	"<?p?>",
	"<i\nx='y'>",
};

static const char *const random_gfm[] = {
	"~",
	"~~",
	"~~",
	"~~~",
	"http://a.com",
	"https://x.y.z/p_q_r?s=*t*&u=[v]",
	"www.a.com",
	"www.b_c.de",
	"ftp://f.g",
	"a@b.c",
	"m_n@o-p.qr",
	"mailto:a@b.co",
	"@",
	"://",
	"www.",
	".",
	",",
	";",
	"&lt;",
	"http://é.fr/ü",
	"**~~",
	"~~**",
	"_~",
	"*~",
	"http://a.b/(c)",
	")",
	"http://a.b/`c`",
	"http://a.b/<c>",
	"http://a.b/\\*c*",
	"xmpp:a@b.c/d",
	"(www.c.d)",
};

static const char *const random_lines[] = {
	"",   "",    "",   "> ", "> > ",   "- ",     "1. ", "2) ", "   ",  "    ", "  ",
	"# ", "## ", "* ", "+ ", "- [ ] ", "- [x] ", ">",   "\t",  "- - ", "> - ", "1. > ",
};

static const char *const random_blocks[] = {
	"---\n",
	"===\n",
	"```\ncode *x*\n```\n",
	"~~~ info\nx\n~~~\n",
	"<div>\nx\n</div>\n",
	"    indented\n\ttab\n",
	"[r]: /url 'title'\n",
	"[r]: <x y>\n",
	"***\n",
	"<!-- c\nd -->\n",
	"[r]:\n/u\n\"t\nu\"\n",
	"#\n",
	"# h #\n",
	"-\n",
	"1.\n",
	"<?php\n?>\n",
	"[q]: /p\nand text\n",
};

static const char *const random_gfm_blocks[] = {
	"|a|b|\n|-|:-:|\n|1|2|\n",
	"a|b\n-|-\nx|`y|z`\n*p*|q\n",
	"p\n|a \\| b|c|\n|:-|-:|\n| d\\|e | f |g|\n|h\n",
	"| x |\n|---|\n",
	"- [ ] todo\n- [x] done\n",
	"<script>x</script>\n",
	"<title>t\n",
	"|*a*|~~b~~|\n|-|-|\n|http://a.b|c@d.ef|\n",
};

static inline void random_inline(struct random *r, struct buf *out, uint32_t n, bool gfm)
{
	while (n-- > 0) {
		uint32_t k = random_next(r, gfm ? 8 : 6);

		if (k < 2)
			buf_add_z(out, RANDOM_OF(r, random_words));
		else if (k < 3)
			buf_add_char(out, ' ');
		else if (k < 6)
			buf_add_z(out, RANDOM_OF(r, random_marks));
		else
			buf_add_z(out, RANDOM_OF(r, random_gfm));
	}
}

static inline void random_document(struct random *r, struct buf *out, bool gfm)
{
	uint32_t n = 1 + random_next(r, 6);

	while (n-- > 0) {
		uint32_t k = random_next(r, 10);

		if (k == 0) {
			buf_add_z(out, RANDOM_OF(r, random_blocks));
		} else if (k == 1 && gfm) {
			buf_add_z(out, RANDOM_OF(r, random_gfm_blocks));
		} else {
			buf_add_z(out, RANDOM_OF(r, random_lines));
			random_inline(r, out, 1 + random_next(r, 14), gfm);
			buf_add_char(out, '\n');
			if (k < 5)
				buf_add_char(out, '\n');
		}
	}
}

#endif
