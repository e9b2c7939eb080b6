/*
 * template-bench - what rendering costs: a page of about 13 KB with 60 holes,
 * three includes and loops over lists of C objects, many times over. Prints
 * microseconds of CPU time for one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lua/engine.h"
#include "lua/object.h"

enum { CLS_LIST = 1, CLS_ITEM, CLS_PAGE };

static void item_title(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)e;
	(void)o;
	state_push(L, STR("A title of usual length"));
}

static void item_url(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)e;
	(void)o;
	state_push(L, STR("/companies/some-company/"));
}

static void item_count(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)e;
	lua_pushinteger(L, o.id);
}

static void page_body(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct str *body = e->ctx;

	(void)o;
	object_push_borrowed(L, e, MARK_HTML, *body);
}

static void page_items(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)e;
	(void)o;
	object_push(L, (struct object_ref){ .cls = CLS_LIST });
}

static size_t list_length(struct engine *e, struct object_ref o)
{
	(void)e;
	(void)o;
	return 8;
}

static void list_item(struct engine *e, struct object_ref o, size_t i, struct object_cell *out)
{
	(void)e;
	(void)o;
	out->kind = CELL_OBJECT;
	out->as.object = (struct object_ref){ .cls = CLS_ITEM, .id = (uint32_t)i };
}

static const struct object_field item_fields[] = { { "title", "string", "", .push = item_title },
						   { "url", "string", "", .push = item_url },
						   { "count", "int", "", .push = item_count } };
static const struct object_field page_fields[] = {
	{ "title", "string", "", .push = item_title },
	{ "url", "string", "", .push = item_url },
	{ "body", "html", "", .push = page_body },
	{ "items", "list", "", .push = page_items },
};
static const struct object_class list = { .name = "list", .length = list_length, .item = list_item };
static const struct object_class item = { .name = "item", .fields = item_fields, .n_fields = 3 };
static const struct object_class page = { .name = "page", .fields = page_fields, .n_fields = 4 };
static const struct object_class *const classes[] = { &list, &item, &page };
static const struct str globals[] = { STR_INIT("page"), STR_INIT("site") };

static void begin(lua_State *L, struct engine *e, const void *ctx)
{
	(void)ctx;
	object_push(L, (struct object_ref){ .cls = CLS_PAGE });
	state_set_global(L, e, "page");
	object_push(L, (struct object_ref){ .cls = CLS_PAGE });
	state_set_global(L, e, "site");
}

static const struct engine_host host = {
	.globals = globals, .n_globals = 2, .classes = classes, .n_classes = 3, .begin = begin
};

static const char base[] =
	"<!doctype html><html lang=\"en\"><head><title>{% block title %}{{ page.title }}{% end %}</title>\n"
	"<link rel=\"stylesheet\" href=\"{{ site.url }}\"></head><body>{% include \"menu.html\" %}\n"
	"<main>{% block main %}{% end %}</main>{% include \"foot.html\" %}</body></html>\n";
static const char menu[] =
	"<nav><ul>{% for i in site.items %}<li><a href=\"{{ i.url }}\">{{ i.title }}</a></li>\n{% end %}</ul></nav>\n";
static const char foot[] = "<footer><p>{{ site.title }} {{ site.title }} {{ site.url }}</p></footer>\n";
static const char card[] = "<div class=\"card\">{{ page.title }} {{ page.title }}</div>\n";
static const char main_page[] =
	"{% extends \"base.html\" %}{% block main %}<h1>{{ page.title }}</h1>\n{% include \"card.html\" %}\n{{ "
	"page.body }}\n"
	"{% if page.title ~= \"\" %}<p>{{ page.title }}</p>{% end %}\n"
	"<table>{% for i in page.items %}<tr class=\"row{% if loop.first %} first{% end %}\"><td>{{ loop.index }}</td>"
	"<td><a href=\"{{ i.url }}\">{{ i.title }}</a></td><td>{{ i.count }}</td></tr>\n{% end %}</table>\n"
	"<p>{{ page.title }}</p><p>{{ page.title }}</p><p>{{ page.title }}</p>{% end %}\n";

int main(int argc, char **argv)
{
	const struct engine_source templates[] = { { STR("main.html"), STR("main.html"), str_from(main_page) },
						   { STR("base.html"), STR("base.html"), str_from(base) },
						   { STR("menu.html"), STR("menu.html"), str_from(menu) },
						   { STR("foot.html"), STR("foot.html"), str_from(foot) },
						   { STR("card.html"), STR("card.html"), str_from(card) } };
	char text[10900];
	const struct str body = { text, sizeof(text) };
	const struct engine_job job = { .template = STR("main.html"), .ctx = &body };
	int rounds = argc > 1 ? atoi(argv[1]) : 20000;
	struct arena arena = { 0 };
	struct diag_list dl;
	struct engine_set *set;
	struct engine *e;
	struct buf out;
	clock_t start = 0;

	memset(text, 'x', sizeof(text));
	diag_init(&dl, &arena);
	buf_init(&out, 0);
	set = engine_load(&arena, templates, 5, NULL, 0, &host, &dl);
	if (!set) {
		for (size_t i = 0; i < dl.len; i++)
			fprintf(stderr, "%.*s\n", STR_ARG(dl.items[i].message));
		return 1;
	}
	e = engine_new(set, NULL);
	for (int round = -100; round < rounds; round++) {
		if (round == 0)
			start = clock();
		buf_clear(&out);
		if (!engine_render(e, &job, &out, &dl))
			return 1;
	}
	printf("%.2f us for %zu bytes, %zu KB of Lua\n", (double)(clock() - start) * 1e6 / CLOCKS_PER_SEC / rounds,
	       out.len, engine_memory(e) >> 10);
	engine_free(e);
	buf_release(&out);
	arena_release(&arena);
	return 0;
}
