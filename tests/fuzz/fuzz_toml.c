/* fuzz_toml - TOML */
#include "text/toml.h"
#include "fuzz/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take(struct arena *a, struct str text, struct value **root, struct diag_list *dl)
{
	bool ok = toml_parse(a, STR("fuzz.toml"), text, 3, root, dl);

	if (*root && (*root)->type != VALUE_TABLE)
		abort();
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return tree_fuzz(data, size, take);
}
