/* fuzz_tmpl - templates: whatever passes the check becomes Lua that loads, and renders within its budget. */
#include <stdint.h>
#include <stdlib.h>

#include "unit/engine_case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct engine_options small = { .instructions = 100000,
						     .memory = (size_t)4 << 20,
						     .output = (size_t)1 << 20 };
	struct engine_case c = { .options = &small, .renders = 2 };
	struct str files = { (const char *)data, size };
	struct buf out;

	buf_init(&out, 0);
	engine_case_run(&c, files, &out);
	if (c.is_internal)
		abort();
	buf_release(&out);
	return 0;
}
