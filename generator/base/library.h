#ifndef LIBRARY_H
#define LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * library - outside libraries that few runs need, loaded by those alone: at
 * every start they would cost more than a run that changes nothing takes. The
 * door to dlopen; a door to such a library has its functions in a struct.
 */
struct library_function {
	const char *name;
	size_t offset; /* of the pointer in the struct */
};

#define LIBRARY_FUNCTION(api, name) { #name, offsetof(struct api, name) }

/* Names of libxml2, which has two doors. */
#define LIBRARY_XML2 { "libxml2.so.2", "libxml2.2.dylib", "libxml2.dylib", NULL }

/* The first of `files` (ends with NULL) that is there and has every function; the library stays until the end. */
bool library_load(const char *const *files, const struct library_function *functions, size_t n, void *api);

#endif
