#include "base/zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"

struct zip {
	struct archive *archive;
	struct archive_entry *entry;
	struct buf *out, name;
	bool ok;
};

static la_ssize_t on_write(struct archive *a, void *ctx, const void *bytes, size_t n)
{
	struct buf *out = ctx;

	(void)a;
	buf_add_mem(out, bytes, n);
	return out->is_full ? -1 : (la_ssize_t)n;
}

struct zip *zip_new(struct buf *out)
{
	struct zip *z = arena_sys_alloc(sizeof(*z));

	*z = (struct zip){ .archive = archive_write_new(), .entry = archive_entry_new(), .out = out };
	assert(z->archive && z->entry);
	buf_init(&z->name, 0);
	/* Without padding at the end: the bytes are a file, not a tape. */
	z->ok = archive_write_set_format_zip(z->archive) == ARCHIVE_OK &&
		archive_write_zip_set_compression_deflate(z->archive) == ARCHIVE_OK &&
		archive_write_set_bytes_per_block(z->archive, 0) == ARCHIVE_OK &&
		archive_write_open(z->archive, out, NULL, on_write, NULL) == ARCHIVE_OK;
	return z;
}

void zip_add(struct zip *z, struct str name, struct str bytes)
{
	if (!z->ok)
		return;
	buf_clear(&z->name);
	buf_add(&z->name, name);
	archive_entry_clear(z->entry);
	archive_entry_set_pathname_utf8(z->entry, z->name.ptr);
	archive_entry_set_filetype(z->entry, AE_IFREG);
	archive_entry_set_perm(z->entry, 0644);
	archive_entry_set_size(z->entry, (la_int64_t)bytes.len);
	z->ok = archive_write_header(z->archive, z->entry) >= ARCHIVE_WARN &&
		(bytes.len == 0 || archive_write_data(z->archive, bytes.ptr, bytes.len) == (la_ssize_t)bytes.len);
}

bool zip_end(struct zip *z)
{
	bool ok = archive_write_close(z->archive) == ARCHIVE_OK && z->ok && !z->out->is_full;

	archive_entry_free(z->entry);
	archive_write_free(z->archive);
	buf_release(&z->name);
	free(z);
	return ok;
}
