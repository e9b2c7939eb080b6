/* fuzz_csv - CSV */
#include "text/csv.h"
#include "fuzz/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take(struct arena *a, struct str text, struct value **root, struct diag_list *dl)
{
	bool ok = csv_parse(a, STR("fuzz.csv"), text, root, dl);

	if (*root && (*root)->type != VALUE_ARRAY)
		abort();
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return tree_fuzz(data, size, take);
}
