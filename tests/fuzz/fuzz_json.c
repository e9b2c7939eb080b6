/* fuzz_json - JSON: any bytes give a tree, with messages exactly when something is wrong. */
#include "text/yaml.h"
#include "fuzz/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct diag_list dl;
	struct value *root = NULL;
	bool ok;

	diag_init(&dl, &arena);
	ok = yaml_parse_json(&arena, STR("fuzz.json"), (struct str){ (const char *)data, size }, &root, &dl);
	if (!root)
		abort();
	tree_check(root, &dl, ok);
	arena_release(&arena);
	return 0;
}
