/* fuzz_json - JSON */
#include "text/yaml.h"
#include "fuzz/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take(struct arena *a, struct str text, struct value **root, struct diag_list *dl)
{
	return yaml_parse_json(a, STR("fuzz.json"), text, root, dl);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return tree_fuzz(data, size, take);
}
