#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * floor - what cannot be saved: floor THREADS IN OUT reads every IN/NAME.md, has cmark-gfm with tables make HTML of it, and
 * writes OUT/NAME/index.html with a frame of 2 KB around it. No front matter, no names, no lists, no templates: nobody who
 * parses with cmark-gfm and writes one file a page gets below it.
 */
#define FRAME 1024 /* bytes before the text, and as many behind it */

struct work {
	char **names;
	size_t n;
	int in, out;
	atomic_size_t next;
	cmark_syntax_extension *table;
	char frame[FRAME];
};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void page(struct work *w, const char *name)
{
	char path[512];
	cmark_parser *parser = cmark_parser_new(CMARK_OPT_DEFAULT);
	cmark_node *root;
	struct stat st;
	char *text, *html;
	size_t len;
	int fd = openat(w->in, name, O_RDONLY);

	if (fd < 0 || fstat(fd, &st) || !(text = malloc((size_t)st.st_size + 1)) ||
	    read(fd, text, (size_t)st.st_size) != st.st_size)
		fail(name);
	close(fd);
	cmark_parser_attach_syntax_extension(parser, w->table);
	cmark_parser_feed(parser, text, (size_t)st.st_size);
	root = cmark_parser_finish(parser);
	html = cmark_render_html(root, CMARK_OPT_DEFAULT, cmark_parser_get_syntax_extensions(parser));
	len = strlen(html);
	snprintf(path, sizeof(path), "%.*s", (int)(strlen(name) - 3), name);
	mkdirat(w->out, path, 0777);
	snprintf(path, sizeof(path), "%.*s/index.html", (int)(strlen(name) - 3), name);
	fd = openat(w->out, path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (fd < 0 || write(fd, w->frame, FRAME) != FRAME || write(fd, html, len) != (ssize_t)len ||
	    write(fd, w->frame, FRAME) != FRAME || close(fd))
		fail(path);
	cmark_node_free(root);
	cmark_parser_free(parser);
	free(html);
	free(text);
}

static void *run(void *ctx)
{
	struct work *w = ctx;

	for (size_t i; (i = atomic_fetch_add(&w->next, 1)) < w->n;)
		page(w, w->names[i]);
	return NULL;
}

static void list(struct work *w, const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	size_t cap = 0;

	if (!d)
		fail(dir);
	while ((e = readdir(d))) {
		size_t len = strlen(e->d_name);

		if (len < 4 || strcmp(e->d_name + len - 3, ".md") != 0)
			continue;
		if (w->n == cap && !(w->names = realloc(w->names, (cap = cap ? cap * 2 : 1024) * sizeof(*w->names))))
			fail("memory");
		w->names[w->n++] = strdup(e->d_name);
	}
	closedir(d);
}

int main(int argc, char **argv)
{
	struct work w = { 0 };
	pthread_t threads[64];
	int n = argc == 4 ? atoi(argv[1]) : 0;

	if (n < 1 || n > 64) {
		fprintf(stderr, "floor THREADS IN OUT\n");
		return 2;
	}
	cmark_gfm_core_extensions_ensure_registered();
	w.table = cmark_find_syntax_extension("table");
	memset(w.frame, ' ', FRAME);
	list(&w, argv[2]);
	mkdir(argv[3], 0777);
	w.in = open(argv[2], O_RDONLY | O_DIRECTORY);
	w.out = open(argv[3], O_RDONLY | O_DIRECTORY);
	for (int i = 1; i < n; i++)
		if (pthread_create(&threads[i], NULL, run, &w))
			fail("thread");
	run(&w);
	for (int i = 1; i < n; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
