#include "lua/api.h"

#include "lua/bind.h"
#include "lua/object.h"
#include "lua/state.h"
#include "lua/stdlib.h"

/* A bar would end the cell of a table. */
static void cell(struct buf *b, const char *text)
{
	for (; text && *text; text++) {
		if (*text == '|')
			buf_add_char(b, '\\');
		buf_add_char(b, *text);
	}
}

static void write_functions(struct buf *b, const char *title, const struct state_function *f, size_t n, bool is_filter)
{
	if (n == 0)
		return;
	buf_add_format(b, "\n## %s\n\n| call | what it gives |\n|---|---|\n", title);
	for (size_t i = 0; i < n; i++) {
		bool has_params = !f[i].params || *f[i].params;

		buf_add_format(b, "| `%s%s", is_filter ? "… \\| " : "", f[i].name);
		if (!is_filter || has_params)
			buf_add_format(b, "(%s)", f[i].params ? f[i].params : "…");
		buf_add_z(b, "` | ");
		cell(b, f[i].doc);
		buf_add_z(b, " |\n");
	}
}

static void write_class(struct buf *b, const struct object_class *c)
{
	if (c->n_fields == 0)
		return;
	buf_add_format(b, "\n## %s\n\n| field | type | what it is |\n|---|---|---|\n", c->name);
	for (size_t i = 0; i < c->n_fields; i++) {
		buf_add_format(b, "| `%s` | ", c->fields[i].name);
		cell(b, c->fields[i].type);
		buf_add_z(b, " | ");
		cell(b, c->fields[i].doc);
		buf_add_z(b, " |\n");
	}
}

void api_write_markdown(struct buf *out)
{
	const struct engine_host *host = bind_host();
	const struct state_function *list;
	size_t n;

	buf_add_z(out, "# What templates and plugins can use\n\nA `?` marks what may be absent.\n\n## Globals\n\n");
	for (size_t i = 0; i < host->n_globals; i++)
		buf_add_format(out, "%s`%.*s`", i ? ", " : "", STR_ARG(host->globals[i]));
	buf_add_char(out, '\n');
	write_functions(out, "Functions of the site", host->functions, host->n_functions, false);
	list = stdlib_functions(&n);
	write_functions(out, "Functions", list, n, false);
	write_functions(out, "Filters of the site", host->filters, host->n_filters, true);
	list = stdlib_filters(&n);
	write_functions(out, "Filters", list, n, true);
	for (size_t i = 0; i < host->n_classes; i++)
		write_class(out, host->classes[i]);
}
