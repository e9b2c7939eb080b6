/*
 * replay - runs a fuzz harness over kept inputs without libFuzzer.
 *
 *     replay_NAME PATH...     files, or folders of files
 *
 * Each input runs as it is, cut short at a few places, and with a few bytes
 * changed; the changes come from a fixed seed, so that a failure repeats.
 * Every input that ends well prints "ok - NAME".
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define VARIANTS 12
/* Variants of large inputs would make the replay slow without finding more. */
#define VARIANT_MAX 65536

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* An exact heap copy, so that a sanitizer sees a read beyond the end. */
static void run(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	memcpy(copy, bytes, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static void run_variants(uint8_t *bytes, size_t len)
{
	static const uint8_t tokens[] = {
		0, '\n', '"', '\\', '[', ']', '{', '}', '#', 0xff, 0xc3, 0xe2, '\t', '=', '|'
	};
	uint32_t state = 2463534242u;

	for (int i = 0; i < VARIANTS && len > 0; i++) {
		size_t at = next_random(&state) % len;

		if (i % 3 == 0) {
			run(bytes, at);
		} else {
			uint8_t was = bytes[at];

			bytes[at] = i % 3 == 1 ? tokens[next_random(&state) % sizeof(tokens)]
					       : (uint8_t)next_random(&state);
			run(bytes, len);
			bytes[at] = was;
		}
	}
}

static int replay_file(const char *file)
{
	FILE *f = fopen(file, "rb");
	uint8_t *bytes = NULL;
	long len;

	if (!f || fseek(f, 0, SEEK_END) != 0 || (len = ftell(f)) < 0 || fseek(f, 0, SEEK_SET) != 0) {
		printf("not ok - %s: cannot be read\n", file);
		if (f)
			fclose(f);
		return 1;
	}
	bytes = malloc((size_t)len + 1);
	if (!bytes || fread(bytes, 1, (size_t)len, f) != (size_t)len)
		abort();
	fclose(f);
	/* Known before the run: after a crash the last line names the input. */
	printf("# %s\n", file);
	fflush(stdout);
	run(bytes, (size_t)len);
	if (len <= VARIANT_MAX)
		run_variants(bytes, (size_t)len);
	free(bytes);
	printf("ok - %s\n", file);
	return 0;
}

static int replay_folder(const char *folder)
{
	struct dirent **entries = NULL;
	int failed = 0;
	int n = scandir(folder, &entries, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char file[4096];

		if (entries[i]->d_name[0] != '.' &&
		    (size_t)snprintf(file, sizeof(file), "%s/%s", folder, entries[i]->d_name) < sizeof(file))
			failed += replay_file(file);
		free(entries[i]);
	}
	free(entries);
	return failed;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		struct stat st;

		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			failed += replay_folder(argv[i]);
		else
			failed += replay_file(argv[i]);
	}
	return failed ? 1 : 0;
}
