#include <stdlib.h>
#include <string.h>

#include "base/pack.h"
#include "site/manifest.h"

/*
 * The bytes as a manifest, and again behind a header whose checksum fits, which
 * chance would never find. What is accepted must come back the same when written again.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_and_write(struct str bytes)
{
	struct arena a = { 0 };
	struct manifest m, again;
	struct buf b, c;

	if (manifest_read(&a, bytes, &m)) {
		buf_init(&b, 0);
		buf_init(&c, 0);
		manifest_write(&m, pack_gather, &b);
		if (!manifest_read(&a, buf_str(&b), &again))
			abort();
		manifest_write(&again, pack_gather, &c);
		if (!str_eq(buf_str(&b), buf_str(&c)))
			abort();
		buf_release(&c);
		for (size_t i = 0; i < m.n_outputs; i++)
			if (manifest_find(&m, m.outputs[i].path) != &m.outputs[i])
				abort();
		buf_release(&b);
	}
	arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct manifest nothing = { .n_facts = 0 };
	struct str bytes = { (const char *)data, size },
		   body = size > PACK_MARK + PACK_DIGEST ? str_cut(bytes, PACK_MARK, size - PACK_DIGEST) : bytes;
	struct buf b;

	read_and_write(bytes);
	buf_init(&b, 0);
	manifest_write(&nothing, pack_gather, &b);
	buf_cut(&b, PACK_MARK);
	buf_add(&b, body);
	pack_end(&b);
	read_and_write(buf_str(&b));
	buf_release(&b);
	return 0;
}
