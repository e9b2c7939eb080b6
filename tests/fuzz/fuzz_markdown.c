/*
 * fuzz_markdown - any bytes as a page. The first byte chooses the options. What
 * is parsed must be a sound doc whose positions lie in the file; parsing it
 * again with the same buffers must give the same bytes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/markdown.h"
#include "text/markup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check_doc(const struct doc *d, struct str text)
{
	must(doc_is_sound(d, d->bytes));
	for (uint32_t i = 0; i < d->n_nodes; i++) {
		const struct doc_node *n = &doc_nodes(d)[i];

		must(doc_sources(d)[i] <= text.len);
		if (n->type == DOC_TEXT && !(n->flags & DOC_ENTITY))
			must(str_starts(str_skip(text, doc_sources(d)[i]), doc_text(d, n)));
	}
}

static void render(const struct doc *d, bool unsafe)
{
	struct markup how = { .unsafe = unsafe, .heading_ids = true, .tagfilter = !unsafe, .heading_shift = 1 };
	struct buf out = { 0 };

	markup_html(&out, d, 0, d->n_nodes, &how);
	markup_html(&out, d, d->n_nodes / 3, d->n_nodes / 2, &how);
	buf_clear(&out);
	doc_plain(&out, d, 0, d->n_nodes);
	buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct markdown_options all[] = {
		{ 0 },
		{ .unsafe = true },
		{ .gfm = true, .unsafe = true },
		{ .plain = true, .unsafe = true },
	};
	const struct markdown_options *opt;
	struct arena a = { 0 };
	struct diag_list dl;
	struct markdown *m;
	struct doc *d, *again;
	struct str text;
	char *copy;

	if (size == 0)
		return 0;
	opt = &all[data[0] % 4];
	/* Of exactly this size, so that a byte too many is noticed. */
	copy = malloc(size > 1 ? size - 1 : 1);
	memcpy(copy, data + 1, size - 1);
	text = (struct str){ copy, size - 1 };
	markdown_setup();
	m = markdown_new();
	diag_init(&dl, &a);
	d = markdown_parse(m, &a, STR("fuzz.md"), text, 0, opt, &dl);
	must(d || dl.errors > 0);
	if (d) {
		check_doc(d, text);
		render(d, opt->unsafe);
		again = markdown_parse(m, &a, STR("fuzz.md"), text, 0, opt, &dl);
		must(again && again->bytes == d->bytes && memcmp(again, d, d->bytes) == 0);
	}
	markdown_free(m);
	arena_release(&a);
	free(copy);
	return 0;
}
