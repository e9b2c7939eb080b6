/* fuzz_html - reading a page back: any bytes give a page or a message, never both silence and failure. */
#include <stdlib.h>

#include "text/html.h"
#include "text/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct diag_list dl;
	struct html_page page;
	struct str *texts;
	size_t n;
	bool ok;

	xml_setup();
	diag_init(&dl, &arena);
	ok = html_read(&arena, STR("fuzz.html"), (struct str){ (const char *)data, size }, &page, &dl);
	if (ok != (dl.errors == 0) || dl.len > HTML_MAX_ERRORS)
		abort();
	for (size_t i = 0; i < page.n_refs; i++)
		if (page.refs[i].text.len && !page.refs[i].text.ptr)
			abort();
	/* The same bytes as XML. */
	diag_init(&dl, &arena);
	ok = xml_check(&arena, STR("fuzz.xml"), (struct str){ (const char *)data, size }, "id", &texts, &n, &dl);
	if (ok != (dl.errors == 0))
		abort();
	arena_release(&arena);
	return 0;
}
