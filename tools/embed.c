/*
 * embed - writes files as C arrays, for the generator to carry inside itself.
 *
 *     embed NAME OUT FOLDER FILE...   struct embed_file embed_NAME[], sorted by name
 *     embed prelude OUT [FILE]        embed_prelude_lua[]
 *
 * Names are those given on the command line, without FOLDER and its slash ("." takes nothing away). The output depends on names and
 * bytes only; it is written to a temporary name and renamed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "embed: %s: %s\n", what, strerror(errno));
	exit(1);
}

static unsigned char *read_file(const char *file, size_t *len)
{
	FILE *f = fopen(file, "rb");
	unsigned char *bytes = NULL;
	size_t cap = 0;

	*len = 0;
	if (!f)
		die(file);
	for (;;) {
		if (*len == cap) {
			cap = cap ? cap * 2 : 65536;
			bytes = realloc(bytes, cap);
			if (!bytes)
				die(file);
		}
		size_t n = fread(bytes + *len, 1, cap - *len, f);
		*len += n;
		if (n == 0)
			break;
	}
	if (ferror(f))
		die(file);
	fclose(f);
	return bytes;
}

/* String literals compile many times faster than lists of numbers. '?' is escaped because of trigraphs. */
static void write_literal(FILE *out, const unsigned char *bytes, size_t len)
{
	size_t col = 0;

	fputs("\t\"", out);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = bytes[i];

		if (c == '\n')
			fputs("\\n", out);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 32 || c > 126 || c == '?')
			fprintf(out, "\\%03o", c);
		else
			fputc(c, out);
		col++;
		if (i + 1 < len && (c == '\n' || col >= 100)) {
			fputs("\"\n\t\"", out);
			col = 0;
		}
	}
	fputc('"', out);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void write_files(FILE *out, const char *array, const char *folder, char **files, size_t n)
{
	size_t *lengths = calloc(n + 1, sizeof(*lengths));
	size_t cut = strcmp(folder, ".") ? strlen(folder) + 1 : 0;

	if (!lengths)
		die("memory");
	qsort(files, n, sizeof(*files), by_name);
	for (size_t i = 0; i < n; i++) {
		unsigned char *bytes = read_file(files[i], &lengths[i]);

		fprintf(out, "\nstatic const unsigned char file_%zu[] =\n", i);
		write_literal(out, bytes, lengths[i]);
		fputs(";\n", out);
		free(bytes);
	}
	fprintf(out, "\nconst struct embed_file embed_%s[] = {\n", array);
	for (size_t i = 0; i < n; i++) {
		fputs("\t{", out);
		write_literal(out, (const unsigned char *)files[i] + cut, strlen(files[i]) - cut);
		fprintf(out, ", file_%zu, %zu },\n", i, lengths[i]);
	}
	fprintf(out, "\t{ NULL, NULL, 0 },\n};\n\nconst size_t embed_%s_len = %zu;\n", array, n);
	free(lengths);
}

static void write_prelude(FILE *out, const char *file)
{
	size_t len = 0;
	unsigned char *bytes = file ? read_file(file, &len) : NULL;

	fputs("\nconst unsigned char embed_prelude_lua[] =\n", out);
	write_literal(out, bytes, len);
	fprintf(out, ";\n\nconst size_t embed_prelude_lua_len = %zu;\n", len);
	free(bytes);
}

int main(int argc, char **argv)
{
	char temp[4096];
	FILE *out;

	if (argc < 3 || (strcmp(argv[1], "prelude") && argc < 4)) {
		fputs("usage: embed NAME OUT FOLDER FILE... | embed prelude OUT [FILE]\n", stderr);
		return 2;
	}
	if ((size_t)snprintf(temp, sizeof(temp), "%s.%ld", argv[2], (long)getpid()) >= sizeof(temp)) {
		errno = ENAMETOOLONG;
		die(argv[2]);
	}
	out = fopen(temp, "wb");
	if (!out)
		die(temp);
	fputs("/* Written by tools/embed.c. */\n#include \"base/embed.h\"\n", out);
	if (!strcmp(argv[1], "prelude"))
		write_prelude(out, argc > 3 ? argv[3] : NULL);
	else
		write_files(out, argv[1], argv[3], argv + 4, (size_t)(argc - 4));
	if (fclose(out) != 0)
		die(temp);
	if (rename(temp, argv[2]) != 0)
		die(argv[2]);
	return 0;
}
