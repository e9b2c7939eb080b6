/* fuzz_verify - the scanner of finished pages: links begin at the root, ids and links stand once, twice scanned is the same. */
#include <stdlib.h>

#include "stage/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_once(struct arena *a, const struct verify_page *p, const uint32_t *list, size_t n)
{
	struct map seen = { 0 };

	for (size_t i = 0; i < n; i++)
		if (list[i] >= p->texts->len || p->texts->ptr[list[i]].len == 0 ||
		    !map_put(a, &seen, p->texts->ptr[list[i]], 0))
			abort();
}

/* The first byte chooses where the site lives and which page it is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const bases[] = { "https://x.org/", "https://x.org/sub/", "http://localhost:80/a/b/" };
	static const char *const urls[] = { "/", "/a/", "/a/b/page/2/", "/404.html" };
	struct arena arena = { 0 };
	struct config config;
	struct verify_scanner v;
	struct verify_page page, again;
	struct str html;

	if (size == 0)
		return 0;
	html = (struct str){ (const char *)data + 1, size - 1 };
	config_defaults(&arena, &config);
	config_set_base_url(&arena, &config, str_from(bases[data[0] % 3]));
	verify_scanner_init(&v, &arena, &config);
	verify_scan(&v, str_from(urls[data[0] / 3 % 4]), html, &page);
	for (size_t i = 0; i < page.n_links; i++)
		if (page.texts->ptr[page.links[i]].ptr[0] != '/')
			abort();
	check_once(&arena, &page, page.links, page.n_links);
	check_once(&arena, &page, page.ids, page.n_ids);
	check_once(&arena, &page, page.twice, page.n_twice);
	verify_scan(&v, str_from(urls[data[0] / 3 % 4]), html, &again);
	if (again.n_links != page.n_links || again.n_ids != page.n_ids || again.n_twice != page.n_twice)
		abort();
	for (size_t i = 0; i < page.n_links; i++)
		if (again.links[i] != page.links[i])
			abort();
	verify_scanner_release(&v);
	arena_release(&arena);
	return 0;
}
