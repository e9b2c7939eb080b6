/*
 * markdown-render - HTML of the Markdown on standard input, as plain CommonMark
 * or, with --gfm, as GitHub Flavored Markdown; for the public specifications.
 * Raw HTML is kept. Exit 1 when the input is refused, 2 on wrong usage.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/markdown.h"
#include "text/markup.h"

static void read_all(struct buf *in, FILE *f)
{
	char chunk[65536];
	size_t n;

	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add_mem(in, chunk, n);
}

/* CommonMark replaces NUL by U+FFFD; bytes that are no UTF-8 are replaced, too. */
static void replace_bad_bytes(struct buf *out, struct str s)
{
	for (size_t i = 0, next; i < s.len; i = next) {
		uint32_t cp = utf8_decode(s, i, &next);

		utf8_encode(out, cp ? cp : 0xFFFD);
	}
}

int main(int argc, char **argv)
{
	struct markdown_options opt = { .plain = true, .unsafe = true, .max_bytes = (size_t)16 << 20 };
	struct markup how = { .unsafe = true };
	struct arena arena = { 0 };
	struct diag_list dl;
	struct buf in = { 0 }, text = { 0 }, out = { 0 };
	struct markdown *m;
	struct doc *d;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--gfm") != 0) {
			fprintf(stderr, "usage: markdown-render [--gfm] < text\n");
			return 2;
		}
		opt.plain = false;
		opt.gfm = how.tagfilter = true;
	}
	read_all(&in, stdin);
	replace_bad_bytes(&text, buf_str(&in));
	markdown_setup();
	m = markdown_new();
	diag_init(&dl, &arena);
	d = markdown_parse(m, &arena, STR("stdin"), buf_str(&text), 0, &opt, &dl);
	for (size_t i = 0; i < dl.len; i++)
		fprintf(stderr, "stdin:%u:%u: %.*s [%s]\n", dl.items[i].at.line, dl.items[i].at.col,
			STR_ARG(dl.items[i].message), dl.items[i].code);
	if (d) {
		markup_html(&out, d, 0, d->n_nodes, &how);
		fwrite(out.ptr ? out.ptr : "", 1, out.len, stdout);
	}
	markdown_free(m);
	arena_release(&arena);
	buf_release(&in);
	buf_release(&text);
	buf_release(&out);
	return d ? 0 : 1;
}
