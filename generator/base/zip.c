#include "base/zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/library.h"

struct zip_library {
	__typeof__(archive_entry_clear) *archive_entry_clear;
	__typeof__(archive_entry_free) *archive_entry_free;
	__typeof__(archive_entry_new) *archive_entry_new;
	__typeof__(archive_entry_set_filetype) *archive_entry_set_filetype;
	__typeof__(archive_entry_set_pathname_utf8) *archive_entry_set_pathname_utf8;
	__typeof__(archive_entry_set_perm) *archive_entry_set_perm;
	__typeof__(archive_entry_set_size) *archive_entry_set_size;
	__typeof__(archive_write_close) *archive_write_close;
	__typeof__(archive_write_data) *archive_write_data;
	__typeof__(archive_write_free) *archive_write_free;
	__typeof__(archive_write_header) *archive_write_header;
	__typeof__(archive_write_new) *archive_write_new;
	__typeof__(archive_write_open) *archive_write_open;
	__typeof__(archive_write_set_bytes_per_block) *archive_write_set_bytes_per_block;
	__typeof__(archive_write_set_format_zip) *archive_write_set_format_zip;
	__typeof__(archive_write_zip_set_compression_deflate) *archive_write_zip_set_compression_deflate;
};

static const struct library_function functions[] = {
	LIBRARY_FUNCTION(zip_library, archive_entry_clear),
	LIBRARY_FUNCTION(zip_library, archive_entry_free),
	LIBRARY_FUNCTION(zip_library, archive_entry_new),
	LIBRARY_FUNCTION(zip_library, archive_entry_set_filetype),
	LIBRARY_FUNCTION(zip_library, archive_entry_set_pathname_utf8),
	LIBRARY_FUNCTION(zip_library, archive_entry_set_perm),
	LIBRARY_FUNCTION(zip_library, archive_entry_set_size),
	LIBRARY_FUNCTION(zip_library, archive_write_close),
	LIBRARY_FUNCTION(zip_library, archive_write_data),
	LIBRARY_FUNCTION(zip_library, archive_write_free),
	LIBRARY_FUNCTION(zip_library, archive_write_header),
	LIBRARY_FUNCTION(zip_library, archive_write_new),
	LIBRARY_FUNCTION(zip_library, archive_write_open),
	LIBRARY_FUNCTION(zip_library, archive_write_set_bytes_per_block),
	LIBRARY_FUNCTION(zip_library, archive_write_set_format_zip),
	LIBRARY_FUNCTION(zip_library, archive_write_zip_set_compression_deflate),
};
static const char *const files[] = { "libarchive.so.13", "libarchive.13.dylib", "libarchive.dylib", NULL };

struct zip {
	struct zip_library lib;
	struct archive *archive;
	struct archive_entry *entry;
	struct buf *out, name;
	bool ok;
};

/* That the buffer is full is seen at the end: on an error in between the library forgets to free what it holds. */
static la_ssize_t on_write(struct archive *a, void *ctx, const void *bytes, size_t n)
{
	(void)a;
	buf_add_mem(ctx, bytes, n);
	return (la_ssize_t)n;
}

struct zip *zip_new(struct buf *out)
{
	struct zip *z = arena_sys_alloc(sizeof(*z));

	*z = (struct zip){ .out = out };
	if (!library_load(files, functions, sizeof(functions) / sizeof(functions[0]), &z->lib)) {
		free(z);
		return NULL;
	}
	z->archive = z->lib.archive_write_new();
	z->entry = z->lib.archive_entry_new();
	assert(z->archive && z->entry);
	buf_init(&z->name, 0);
	/* Without padding at the end: the bytes are a file, not a tape. */
	z->ok = z->lib.archive_write_set_format_zip(z->archive) == ARCHIVE_OK &&
		z->lib.archive_write_zip_set_compression_deflate(z->archive) == ARCHIVE_OK &&
		z->lib.archive_write_set_bytes_per_block(z->archive, 0) == ARCHIVE_OK &&
		z->lib.archive_write_open(z->archive, out, NULL, on_write, NULL) == ARCHIVE_OK;
	return z;
}

void zip_add(struct zip *z, struct str name, struct str bytes)
{
	if (!z->ok)
		return;
	buf_clear(&z->name);
	buf_add(&z->name, name);
	z->lib.archive_entry_clear(z->entry);
	z->lib.archive_entry_set_pathname_utf8(z->entry, z->name.ptr);
	z->lib.archive_entry_set_filetype(z->entry, AE_IFREG);
	z->lib.archive_entry_set_perm(z->entry, 0644);
	z->lib.archive_entry_set_size(z->entry, (la_int64_t)bytes.len);
	z->ok = z->lib.archive_write_header(z->archive, z->entry) >= ARCHIVE_WARN &&
		(bytes.len == 0 ||
		 z->lib.archive_write_data(z->archive, bytes.ptr, bytes.len) == (la_ssize_t)bytes.len);
}

bool zip_end(struct zip *z)
{
	bool ok = z->lib.archive_write_close(z->archive) == ARCHIVE_OK && z->ok && !z->out->is_full;

	z->lib.archive_entry_free(z->entry);
	z->lib.archive_write_free(z->archive);
	buf_release(&z->name);
	free(z);
	return ok;
}
