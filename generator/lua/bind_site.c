#include "lua/bind_impl.h"

#include <string.h>

#include "site/book.h"

static const struct config *config_of(struct engine *e)
{
	return bind_of(e)->site->config;
}

/* site */

#define CONFIG_TEXT(field, key) \
	static struct str site_##field(struct engine *e, struct object_ref o) \
	{ \
		(void)o; \
		bind_note_lasting(e, FACT_CONFIG, STR(key)); \
		return config_of(e)->field; \
	}
CONFIG_TEXT(title, "title")
CONFIG_TEXT(base_url, "base_url")
CONFIG_TEXT(description, "description")
CONFIG_TEXT(language, "language")
CONFIG_TEXT(author, "author")
CONFIG_TEXT(copyright, "copyright")

static void site_home(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)o;
	bind_push_page(L, site_page_by_key(bind_of(e)->site, STR("index")));
}

static void site_menu(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)o;
	bind_note_lasting(e, FACT_CONFIG, STR("menu"));
	bind_push_list(L, e, (struct bind_list){ .cls = BIND_MENU, .n = config_of(e)->n_menu });
}

/* Main sections first, each in the order they are declared. */
static void site_sections(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct config *c = config_of(e);
	const struct site *s = bind_of(e)->site;
	uint32_t *ids = arena_array(bind_of(e)->scratch, uint32_t, c->n_kinds + 1);
	size_t n = 0;

	(void)o;
	bind_note_lasting(e, FACT_CONFIG, STR("kinds"));
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t k = 0; k < c->n_kinds; k++) {
			if (c->kinds[k].is_main != (pass == 0))
				continue;
			if (s->sections[k] == UINT32_MAX) {
				if (c->kinds[k].dir.len)
					bind_note_place(e, c->kinds[k].dir);
				continue;
			}
			bind_note_page(e, FACT_PAGE_FILLED, &s->pages[s->sections[k]]);
			if (s->pages[s->sections[k]].n_members)
				ids[n++] = k;
		}
	}
	bind_push_list(L, e, (struct bind_list){ .cls = BIND_KIND, .ids = ids, .n = n });
}

/* Of the print edition. */
static void site_chapters(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct site *s = bind_of(e)->site;
	uint32_t *ids;
	size_t n = book_kinds(s, bind_of(e)->scratch, &ids);

	(void)o;
	bind_note_lasting(e, FACT_CONFIG, STR("kinds"));
	bind_note(e, FACT_SITE, STR("all"));
	bind_push_list(L, e, (struct bind_list){ .cls = BIND_KIND, .ids = ids, .n = n });
}

static void site_extra(lua_State *L, struct engine *e, struct object_ref o)
{
	static const struct value empty = { .type = VALUE_TABLE };

	(void)o;
	bind_note_lasting(e, FACT_CONFIG, STR("extra"));
	object_push_value(L, e, config_of(e)->extra ? config_of(e)->extra : &empty);
}

static void site_feed_url(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)o;
	if (map_has(&bind_of(e)->routes->by_path, STR("feed.xml")))
		lua_pushliteral(L, "/feed.xml");
	else
		lua_pushnil(L);
}

static void site_json_feed_url(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)o;
	if (map_has(&bind_of(e)->routes->by_path, STR("feed.json")))
		lua_pushliteral(L, "/feed.json");
	else
		lua_pushnil(L);
}

/* In how many files, so that a script finds the one it needs. */
static void site_previews(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)o;
	bind_note(e, FACT_SITE, STR("previews"));
	lua_pushinteger(L, (lua_Integer)bind_of(e)->routes->previews.n);
}

static void site_counts(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)o;
	(void)e;
	bind_push(L, BIND_COUNTS, 0, 0);
}

static int site_has_builtin(lua_State *L)
{
	struct engine *e = state_engine(L);
	struct str name;

	if (!object_text(L, lua_gettop(L), &name))
		state_raise(L, "template/wrong-type", "`site.has` needs the name of a page");
	bind_note_place(e, name);
	lua_pushboolean(L, site_page_by_key(bind_of(e)->site, name) != NULL);
	return 1;
}

static void site_has(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)e;
	(void)o;
	lua_pushcfunction(L, site_has_builtin);
}

static const struct object_field site_fields[] = {
	{ "title", "string", "Name of the site", .text = site_title },
	{ "base_url", "string", "Address of the site", .text = site_base_url },
	{ "description", "string", "One sentence", .text = site_description },
	{ "language", "string", "Language", .text = site_language },
	{ "author", "string", "Who publishes it", .text = site_author },
	{ "copyright", "string", "Line for the foot", .text = site_copyright },
	{ "home", "page", "The home page", .push = site_home },
	{ "menu", "list of menu entry", "The menu", .push = site_menu },
	{ "sections", "list of kind", "Kinds that have pages, main ones first", .push = site_sections },
	{ "chapters", "list of kind", "The same as chapters of the print edition: without sources, articles first",
	  .push = site_chapters },
	{ "extra", "table", "[extra] of site.toml", .push = site_extra },
	{ "feed_url", "string?", "The site's feed", .push = site_feed_url },
	{ "json_feed_url", "string?", "The same as JSON Feed", .push = site_json_feed_url },
	{ "previews", "number", "Files of previews, /previews/0.js and on; 0: none", .push = site_previews },
	{ "counts", "counts", "How much there is", .push = site_counts },
	{ "has", "function", "has(name): whether there is a page at /name/", .push = site_has },
};
const struct object_class bind_site_class = { .name = "site",
					      .fields = site_fields,
					      .n_fields = sizeof(site_fields) / sizeof(site_fields[0]) };

/* counts: each is a query, so that a page showing one is rendered again when it changes */

static void push_count(lua_State *L, struct engine *e, struct query q)
{
	struct query_result r;

	q.counts = true;
	q.limit = 1;
	bind_note(e, FACT_QUERY, query_key(bind_of(e)->scratch, &q));
	query_run(bind_of(e)->site, bind_of(e)->scratch, &q, &r);
	lua_pushinteger(L, (lua_Integer)r.total);
}

#define COUNT_FIELD(field, ...) \
	static void count_##field(lua_State *L, struct engine *e, struct object_ref o) \
	{ \
		(void)o; \
		push_count(L, e, (struct query){ __VA_ARGS__ }); \
	}
COUNT_FIELD(pages, .of = QUERY_PAGES, .no_builtin = true)
COUNT_FIELD(entities, .of = QUERY_PAGES, .entities = true)
COUNT_FIELD(facts, .of = QUERY_FACTS)
COUNT_FIELD(sources, .of = QUERY_PAGES, .kind = STR("source"))
COUNT_FIELD(relations, .of = QUERY_RELATIONS)
COUNT_FIELD(events, .of = QUERY_EVENTS)
COUNT_FIELD(quotes, .of = QUERY_QUOTES)
COUNT_FIELD(comparisons, .of = QUERY_COMPARISONS)
COUNT_FIELD(disagreements, .of = QUERY_COMPARISONS, .status = STR("disagreement"))

static const struct object_field count_fields[] = {
	{ "pages", "number", "Pages that someone wrote, and stubs", .push = count_pages },
	{ "entities", "number", "Entities", .push = count_entities },
	{ "facts", "number", "Facts", .push = count_facts },
	{ "sources", "number", "Sources", .push = count_sources },
	{ "relations", "number", "Relations", .push = count_relations },
	{ "events", "number", "Events", .push = count_events },
	{ "quotes", "number", "Quotations", .push = count_quotes },
	{ "comparisons", "number", "Comparisons of every kind", .push = count_comparisons },
	{ "disagreements", "number", "Conflicts among them", .push = count_disagreements },
};
const struct object_class bind_counts_class = { .name = "counts",
						.fields = count_fields,
						.n_fields = sizeof(count_fields) / sizeof(count_fields[0]) };

/* config and data */

static int config_get_key(lua_State *L)
{
	struct engine *e = state_engine(L);
	struct str key;

	if (!object_text(L, lua_gettop(L), &key))
		state_raise(L, "template/wrong-type", "`config.get` needs the name of a key");
	bind_note(e, FACT_CONFIG, str_copy(bind_of(e)->scratch, key));
	object_push_value(L, e, value_path(config_of(e)->raw, key));
	return 1;
}

static void config_get(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)e;
	(void)o;
	lua_pushcfunction(L, config_get_key);
}

static const struct object_field config_fields[] = {
	{ "get", "function", "get(\"dotted.key\"): what site.toml says, or nil", .push = config_get },
};
const struct object_class bind_config_class = { .name = "config", .fields = config_fields, .n_fields = 1 };

static bool data_other(lua_State *L, struct engine *e, struct object_ref o, struct str key)
{
	const struct data_file *d = site_data(bind_of(e)->site, key);

	(void)o;
	bind_note(e, FACT_DATA, str_copy(bind_of(e)->scratch, key));
	if (!d)
		return false;
	object_push_value(L, e, d->value);
	return true;
}

const struct object_class bind_data_class = { .name = "data", .other = data_other };

/* output */

static const struct output *output_of(struct engine *e)
{
	return bind_of(e)->output;
}

static struct str output_url(struct engine *e, struct object_ref o)
{
	(void)o;
	return output_of(e)->url;
}

static struct str output_path(struct engine *e, struct object_ref o)
{
	(void)o;
	return output_of(e)->path;
}

static void output_part(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)o;
	lua_pushinteger(L, output_of(e)->part ? output_of(e)->part : 1);
}

static void output_parts(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)o;
	lua_pushinteger(L, output_of(e)->parts ? output_of(e)->parts : 1);
}

static struct str output_bucket(struct engine *e, struct object_ref o)
{
	(void)o;
	return output_of(e)->bucket;
}

static void output_is_offline(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)o;
	lua_pushboolean(L, bind_of(e)->href.is_offline);
}

static struct str output_root(struct engine *e, struct object_ref o)
{
	(void)o;
	return href_root(bind_of(e)->scratch, &bind_of(e)->href);
}

static const struct object_field output_fields[] = {
	{ "url", "string", "Site path of this output", .text = output_url },
	{ "path", "string", "Its file under the output folder", .text = output_path },
	{ "part", "number", "Part of a list, from 1", .push = output_part },
	{ "parts", "number", "How many parts", .push = output_parts },
	{ "bucket", "string", "Year, month or letter of a sub-page", .text = output_bucket },
	{ "is_offline", "boolean", "Built with --offline", .push = output_is_offline },
	{ "root", "string", "What stands before a site path without its slash", .text = output_root },
};
const struct object_class bind_output_class = { .name = "output",
						.fields = output_fields,
						.n_fields = sizeof(output_fields) / sizeof(output_fields[0]) };

/* pager */

static bool is_section_list(struct engine *e)
{
	return output_of(e)->type != ROUTE_BACKLINKS && bind_of(e)->page->is_section;
}

static struct bind_state *pager_of(struct engine *e)
{
	const struct bind_job *job = bind_of(e);
	struct bind_state *st = job->state;
	const struct output *o = job->output;
	const struct page *p = job->page;
	size_t size = (size_t)config_of(e)->page_size, from;

	if (st->has_pager)
		return st;
	st->has_pager = true;
	if (o->type == ROUTE_BACKLINKS) {
		const struct route_buckets *list = &job->routes->buckets[p->index];

		bind_note_page(e, FACT_PAGE_LINKS_IN, p);
		for (size_t i = 0; i < list->n; i++) {
			if (!str_eq(list->items[i].key, o->bucket))
				continue;
			st->pager_ids = list->items[i].backlinks;
			st->pager_n = st->pager_total = list->items[i].n;
		}
	} else if (is_section_list(e)) {
		from = (o->part ? o->part - 1 : 0) * size;
		st->pager_total = p->n_members;
		if (from < p->n_members) {
			st->pager_ids = p->members + from;
			st->pager_n = p->n_members - from < size || o->parts <= 1 ? p->n_members - from : size;
		}
	}
	return st;
}

/* A page that comes in behind this part, or goes, is no reason to write it again. */
static void note_part(struct engine *e)
{
	const struct output *o = output_of(e);
	struct query q = { .of = QUERY_MEMBERS, .about = bind_of(e)->page->key };

	if (o->parts > 1) {
		q.limit = (uint32_t)config_of(e)->page_size;
		q.offset = (o->part ? o->part - 1 : 0) * q.limit;
	}
	bind_note(e, FACT_QUERY, query_key(bind_of(e)->scratch, &q));
}

static void pager_items(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct bind_state *st = pager_of(e);
	bool is_backlinks = output_of(e)->type == ROUTE_BACKLINKS;

	(void)o;
	if (is_section_list(e))
		note_part(e);
	if (is_backlinks)
		bind_fetch_backlinks(e, bind_of(e)->page, st->pager_ids, st->pager_n);
	bind_push_list(L, e,
		       (struct bind_list){ .cls = is_backlinks ? BIND_BACKLINK : BIND_PAGE,
					   .ids = st->pager_ids,
					   .owner = bind_of(e)->page->index,
					   .n = st->pager_n });
}

static void pager_total(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)o;
	if (is_section_list(e))
		bind_note_page(e, FACT_PAGE_COUNT, bind_of(e)->page);
	lua_pushinteger(L, (lua_Integer)pager_of(e)->pager_total);
}

static void push_part_url(lua_State *L, struct engine *e, uint32_t part, bool is_there)
{
	if (is_there)
		bind_push_str(L, route_part_url(bind_of(e)->scratch, bind_of(e)->page->url, part));
	else
		lua_pushnil(L);
}

static void pager_first(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)o;
	push_part_url(L, e, 1, output_of(e)->part > 1);
}

static void pager_prev(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)o;
	push_part_url(L, e, output_of(e)->part - 1, output_of(e)->part > 1);
}

static void pager_next(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)o;
	push_part_url(L, e, output_of(e)->part + 1, output_of(e)->part < output_of(e)->parts);
}

static void pager_last(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)o;
	push_part_url(L, e, output_of(e)->parts, output_of(e)->part < output_of(e)->parts);
}

static void pager_urls(lua_State *L, struct engine *e, struct object_ref o)
{
	uint32_t n = output_of(e)->parts > 1 ? output_of(e)->parts : 1;
	struct str *urls = arena_array(bind_of(e)->scratch, struct str, n);

	(void)o;
	for (uint32_t i = 0; i < n; i++)
		urls[i] = route_part_url(bind_of(e)->scratch, bind_of(e)->page->url, i + 1);
	bind_push_list(L, e, (struct bind_list){ .cls = BIND_LIST, .strings = urls, .n = n });
}

static void pager_steps(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct output *out = output_of(e);
	uint32_t *ids = arena_array(bind_of(e)->scratch, uint32_t, ROUTE_STEPS);
	size_t n = route_steps(out->part ? out->part : 1, out->parts > 1 ? out->parts : 1, ids);

	(void)o;
	bind_push_list(L, e, (struct bind_list){ .cls = BIND_STEP, .ids = ids, .n = n });
}

static void step_number(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)e;
	lua_pushinteger(L, (lua_Integer)o.id);
}

static struct str step_url(struct engine *e, struct object_ref o)
{
	return o.id ? route_part_url(bind_of(e)->scratch, bind_of(e)->page->url, o.id) : STR_NONE;
}

static const struct object_field step_fields[] = {
	{ "number", "number", "From 1; 0: parts that are left out", .push = step_number },
	{ "url", "string", "Address; empty for parts left out", .text = step_url },
};
const struct object_class bind_step_class = { .name = "step",
					      .fields = step_fields,
					      .n_fields = sizeof(step_fields) / sizeof(step_fields[0]) };

static void pager_buckets(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct page *p = bind_of(e)->page;
	const struct route_buckets *all = &bind_of(e)->routes->buckets[p->index];
	uint32_t *ids = arena_array(bind_of(e)->scratch, uint32_t, all->n + 1);
	size_t n = 0;

	(void)o;
	bind_note_page(e, FACT_PAGE_LINKS_IN, p);
	if (output_of(e)->type == ROUTE_BACKLINKS)
		n = route_near_buckets(all->items, all->n, output_of(e)->bucket, ids);
	bind_push_list(L, e, (struct bind_list){ .cls = BIND_BUCKET, .ids = ids, .owner = p->index, .n = n });
}

static const struct object_field pager_fields[] = {
	{ "items", "list", "Pages of this part; on sub-pages of backlinks, backlinks", .push = pager_items },
	{ "total", "number", "Entries in all parts", .push = pager_total },
	{ "number", "number", "This part, from 1", .push = output_part },
	{ "count", "number", "How many parts", .push = output_parts },
	{ "first_url", "string?", "nil on the first part", .push = pager_first },
	{ "prev_url", "string?", "nil on the first part", .push = pager_prev },
	{ "next_url", "string?", "nil on the last part", .push = pager_next },
	{ "last_url", "string?", "nil on the last part", .push = pager_last },
	{ "urls", "list of string", "All parts", .push = pager_urls },
	{ "buckets", "list of bucket",
	  "On sub-pages of backlinks: those of its month and year, and one for each other year",
	  .push = pager_buckets },
	{ "steps", "list of step", "First, last and near parts, with a step of number 0 for those between",
	  .push = pager_steps },
};
const struct object_class bind_pager_class = { .name = "pager",
					       .fields = pager_fields,
					       .n_fields = sizeof(pager_fields) / sizeof(pager_fields[0]) };

/* kinds and menu entries */

static const struct kind *kind_of(struct engine *e, struct object_ref o)
{
	const struct kind *k = &config_of(e)->kinds[o.id];

	bind_note_lasting(e, FACT_CONFIG, STR("kinds"));
	return k;
}

/* There is none as long as the kind has no pages. */
static const struct page *kind_section(struct engine *e, struct object_ref o)
{
	uint32_t at = bind_of(e)->site->sections[o.id];

	if (at != UINT32_MAX)
		bind_note_page(e, FACT_PAGE_TITLE, bind_page(e, at));
	else if (config_of(e)->kinds[o.id].dir.len)
		bind_note_place(e, config_of(e)->kinds[o.id].dir);
	return at == UINT32_MAX ? NULL : bind_page(e, at);
}

#define KIND_TEXT(field) \
	static struct str kind_##field(struct engine *e, struct object_ref o) \
	{ \
		return kind_of(e, o)->field; \
	}
KIND_TEXT(id)
KIND_TEXT(label)
KIND_TEXT(plural)
KIND_TEXT(dir)
KIND_TEXT(schema)

static void kind_url(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct page *p = kind_section(e, o);

	bind_push_maybe(L, p ? p->url : STR_NONE);
}

static void kind_is_entity(lua_State *L, struct engine *e, struct object_ref o)
{
	lua_pushboolean(L, kind_of(e, o)->is_entity);
}

static void kind_is_main(lua_State *L, struct engine *e, struct object_ref o)
{
	lua_pushboolean(L, kind_of(e, o)->is_main);
}

static void kind_count(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct page *p = kind_section(e, o);

	if (p)
		bind_note_page(e, FACT_PAGE_COUNT, p);
	lua_pushinteger(L, p ? (lua_Integer)p->n_members : 0);
}

static void kind_page(lua_State *L, struct engine *e, struct object_ref o)
{
	bind_push_page(L, kind_section(e, o));
}

static void kind_key(lua_State *L, struct engine *e, struct object_ref o)
{
	bind_push_str(L, kind_of(e, o)->id);
}

static const struct object_field kind_fields[] = {
	{ "id", "string", "Name in site.toml", .text = kind_id },
	{ "label", "string", "One of them", .text = kind_label },
	{ "plural", "string", "Many of them", .text = kind_plural },
	{ "dir", "string", "Folder", .text = kind_dir },
	{ "url", "string?", "Its section", .push = kind_url },
	{ "schema", "string", "schema.org type", .text = kind_schema },
	{ "is_entity", "boolean", "Its names link", .push = kind_is_entity },
	{ "is_main", "boolean", "A main section", .push = kind_is_main },
	{ "count", "number", "Pages", .push = kind_count },
	{ "page", "page?", "Its section page", .push = kind_page },
};
const struct object_class bind_kind_class = {
	.name = "kind", .fields = kind_fields, .n_fields = sizeof(kind_fields) / sizeof(kind_fields[0]), .key = kind_key
};

static struct str menu_label(struct engine *e, struct object_ref o)
{
	return config_of(e)->menu[o.id].label;
}

static struct str menu_url(struct engine *e, struct object_ref o)
{
	return config_of(e)->menu[o.id].url;
}

static const struct object_field menu_fields[] = {
	{ "label", "string", "Text", .text = menu_label },
	{ "url", "string", "Address", .text = menu_url },
};
const struct object_class bind_menu_class = { .name = "menu entry", .fields = menu_fields, .n_fields = 2 };
