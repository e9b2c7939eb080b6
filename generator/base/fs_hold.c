#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/path.h"

int fs_hold(struct str file, bool *was_there)
{
	struct arena scratch = { 0 };
	struct diag_list ignored;
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	const char *name = str_z(&scratch, file);
	int fd;

	diag_init(&ignored, &scratch);
	*was_there = fs_link_info(file).type == FS_FILE;
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (fd < 0 && errno == ENOENT && fs_make_dirs(path_dir(file), &ignored))
		fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	/* The system lets go of it when the process ends, however it does. */
	if (fd >= 0 && fcntl(fd, F_SETLK, &lock)) {
		close(fd);
		fd = -1;
	}
	arena_release(&scratch);
	return fd;
}

void fs_let_go(int held, struct str file)
{
	struct arena scratch = { 0 };
	struct diag_list ignored;

	if (held < 0)
		return;
	diag_init(&ignored, &scratch);
	fs_remove(file, &ignored);
	close(held);
	arena_release(&scratch);
}
