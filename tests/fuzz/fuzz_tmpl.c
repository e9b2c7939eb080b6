/*
 * fuzz_tmpl - templates: whatever passes the check becomes Lua that loads, and renders within its budget; with plans and
 * wholly as Lua it gives the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "lua/state.h"
#include "unit/engine_case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_over(const struct buf *out)
{
	return str_find(buf_str(out), STR("template/over-budget")) >= 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct engine_options small = { .instructions = 100000,
						     .memory = (size_t)4 << 20,
						     .output = (size_t)1 << 20 };
	static const struct engine_host all_lua = { .is_all_lua = true };
	struct engine_case plans = { .options = &small, .renders = 2 }, lua = plans;
	struct str files = { (const char *)data, size };
	bool has_scripts = str_find(files, STR(".lua\n")) >= 0, is_done, is_done_by_lua;
	struct buf out, by_lua;

	lua.host = &all_lua;
	buf_init(&out, 0);
	buf_init(&by_lua, 0);
	is_done = engine_case_run(&plans, files, &out);
	is_done_by_lua = engine_case_run(&lua, files, &by_lua);
	if (plans.is_internal || lua.is_internal)
		abort();
	/* Scripts may count how often they are called, and in which order. */
	if (!has_scripts && !is_over(&out) && !is_over(&by_lua) &&
	    (is_done != is_done_by_lua || (is_done && !str_eq(buf_str(&out), buf_str(&by_lua)))))
		abort();
	buf_release(&out);
	buf_release(&by_lua);
	return 0;
}
