#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

bool library_load(const char *const *files, const struct library_function *functions, size_t n, void *api)
{
	for (; *files; files++) {
		void *handle = dlopen(*files, RTLD_NOW | RTLD_LOCAL);
		size_t i = 0;

		for (; handle && i < n; i++) {
			void *f = dlsym(handle, functions[i].name);

			if (!f)
				break;
			/* ISO C has no cast from an object to a function. */
			memcpy((char *)api + functions[i].offset, &f, sizeof(f));
		}
		if (handle && i == n)
			return true;
		if (handle)
			dlclose(handle);
	}
	return false;
}
