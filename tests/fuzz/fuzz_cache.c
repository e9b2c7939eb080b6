#include <stdlib.h>
#include <string.h>

#include "base/pack.h"
#include "site/cache.h"

/*
 * The first half as a list of pages behind a header whose digest fits, the
 * second as the blobs: each is read as if its own digest fitted, too.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_blobs(const struct cache *c, struct str docs)
{
	for (size_t i = 0; i < c->n; i++) {
		struct cache_page p = c->pages[i];
		struct cache_blob blob;

		if (p.at <= docs.len && p.len <= docs.len - p.at)
			p.blob = digest_of(str_cut(docs, (size_t)p.at, (size_t)p.at + p.len));
		if (cache_read_blob(docs, &p, &blob) && !doc_is_sound(blob.doc, blob.doc->bytes))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct cache c;
	struct buf file;
	size_t half = size / 2;
	char *docs = arena_alloc(&a, size - half + 1, 1, 8);

	if (size > half)
		memcpy(docs, data + half, size - half);
	buf_init(&file, 0);
	pack_begin(&file, "DOSSPAG3");
	buf_add_mem(&file, data, half);
	pack_end(&file);
	if (cache_read(&a, buf_str(&file), &c))
		read_blobs(&c, (struct str){ docs, size - half });
	cache_read(&a, (struct str){ (const char *)data, size }, &c);
	buf_release(&file);
	arena_release(&a);
	return 0;
}
