#include <stdlib.h>
#include <string.h>

#include "base/pack.h"
#include "site/cache.h"
#include "site/page.h"

/*
 * The first half as a list of pages behind a header whose digest fits, the
 * second as docs and heads, and as a packed tree: what is damaged must be refused,
 * and what unpacks must come back from what it packs to.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_files(struct arena *a, const struct cache *c, struct str bytes)
{
	struct config config;

	config_defaults(a, &config);
	for (size_t i = 0; i < c->n; i++) {
		struct cache_head head;
		struct page p = { .key = STR("a"), .path = STR("content/a.md") };

		/* As one that is trusted, so that digests do not keep all of it out. */
		if (!cache_read_head(bytes, &c->pages[i], true, &head))
			continue;
		p.doc = cache_read_doc(bytes, &c->pages[i], &head);
		if (p.doc && !doc_is_sound(p.doc, p.doc->bytes))
			abort();
		if (page_unpack(a, &config, &p, head.said))
			for (size_t t = 0; t < p.n_tagged; t++)
				page_tag_refs(a, &p.tagged[t]);
		page_unpack_extract(a, &p, head.extract);
	}
}

static void read_file(struct arena *a, struct str file, struct str bytes)
{
	struct cache c;
	struct overlay o;
	char *at = arena_alloc(a, file.len + 1, 1, 8);

	if (file.len)
		memcpy(at, file.ptr, file.len);
	if (!overlay_read(&o, (struct str){ at, file.len }, CACHE_MARK) || !cache_open(&c, &o))
		return;
	for (size_t i = 0; i < c.n; i++)
		cache_path(&c, i);
	read_files(a, &c, bytes);
}

static void read_tree(struct arena *a, struct str bytes)
{
	size_t n = bytes.len ? (unsigned char)bytes.ptr[0] : 0;
	struct value *v = value_unpack(a, str_skip(bytes, n + 1), str_cut(bytes, 1, n + 1));
	struct buf once, places, again, ignored;

	if (!v)
		return;
	buf_init(&once, 0);
	buf_init(&places, 0);
	buf_init(&again, 0);
	buf_init(&ignored, 0);
	value_pack(v, &once, &places);
	v = value_unpack(a, buf_str(&once), buf_str(&places));
	if (!v)
		abort();
	value_pack(v, &again, &ignored);
	if (!str_eq(buf_str(&once), buf_str(&again)) || !str_eq(buf_str(&places), buf_str(&ignored)))
		abort();
	buf_release(&once);
	buf_release(&places);
	buf_release(&again);
	buf_release(&ignored);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct buf file;
	size_t half = size / 2;
	char *docs = arena_alloc(&a, size - half + 1, 1, 8);

	if (size > half)
		memcpy(docs, data + half, size - half);
	buf_init(&file, 0);
	pack_begin(&file, CACHE_MARK);
	buf_add_mem(&file, data, half);
	pack_end(&file);
	read_file(&a, buf_str(&file), (struct str){ docs, size - half });
	read_tree(&a, (struct str){ docs, size - half });
	read_file(&a, (struct str){ (const char *)data, size }, STR_NONE);
	buf_release(&file);
	arena_release(&a);
	return 0;
}
