#include "lua/bind_impl.h"
#include "lua/bind_picture.h"

#include <string.h>

#include "text/markdown.h"

/*
 * Functions and filters with knowledge of the site. Queries take one table of
 * conditions; the lists they give are facts by their canonical text.
 */
static struct str text_argument(lua_State *L, int index, const char *what)
{
	struct str s;

	if (!object_text(L, index, &s))
		state_raise(L, "template/wrong-type", "%s must be text, not %s", what, state_type_name(L, index));
	return str_copy(bind_of(state_engine(L))->scratch, s);
}

/* A page, or something that names one: its key. */
static struct str page_key(lua_State *L, int index, const char *what)
{
	struct engine *e = state_engine(L);
	struct object_ref o;
	const struct page *p;
	struct str s;

	if (object_get(L, index, &o) && o.cls == BIND_PAGE)
		return bind_page(e, o.id)->key;
	s = text_argument(L, index, what);
	bind_note_place(e, s);
	if (site_resolve(bind_of(e)->site, s, NULL, &p) != SITE_ONE)
		state_raise(L, "template/unknown-page", "%s: no page, or more than one, is called `%.*s`", what,
			    STR_ARG(s));
	return p->key;
}

static bool condition(lua_State *L, const char *name)
{
	if (lua_istable(L, 1))
		lua_getfield(L, 1, name);
	else
		lua_pushnil(L);
	if (!lua_isnil(L, -1))
		return true;
	lua_pop(L, 1);
	return false;
}

static struct str text_condition(lua_State *L, const char *name)
{
	struct str s = STR_NONE;

	if (condition(L, name)) {
		s = text_argument(L, lua_gettop(L), name);
		lua_pop(L, 1);
	}
	return s;
}

static struct str page_condition(lua_State *L, const char *name)
{
	struct str s = STR_NONE;

	if (condition(L, name)) {
		s = page_key(L, lua_gettop(L), name);
		lua_pop(L, 1);
	}
	return s;
}

static uint32_t number_condition(lua_State *L, const char *name)
{
	lua_Integer n = 0;

	if (condition(L, name)) {
		int ok;

		n = lua_tointegerx(L, -1, &ok);
		if (!ok || n < 0 || n > UINT32_MAX)
			state_raise(L, "template/wrong-type", "%s must be a whole number, not %s", name,
				    state_type_name(L, -1));
		lua_pop(L, 1);
	}
	return (uint32_t)n;
}

/* Conditions that no query knows are mistakes. */
static void check_conditions(lua_State *L, const char *const *known)
{
	struct engine *e = state_engine(L);
	struct str names[16];
	size_t n = 0;

	while (known[n] && n < 16) {
		names[n] = str_from(known[n]);
		n++;
	}
	if (lua_isnoneornil(L, 1))
		return;
	if (!lua_istable(L, 1))
		state_raise(L, "template/wrong-type", "a query takes a table of conditions, not %s",
			    state_type_name(L, 1));
	lua_pushnil(L);
	while (lua_next(L, 1)) {
		struct str key = STR_NONE;
		bool found = false;

		if (lua_type(L, -2) == LUA_TSTRING)
			object_text(L, lua_gettop(L) - 1, &key);
		for (size_t i = 0; i < n && !found; i++)
			found = str_eq(key, names[i]);
		if (!found) {
			state_suggest(e, key, names, n);
			state_raise(L, "template/unknown-argument", "a query knows no condition `%.*s`", STR_ARG(key));
		}
		lua_pop(L, 1);
	}
}

static int push_query(lua_State *L, const struct query *q, enum bind_class cls)
{
	struct engine *e = state_engine(L);
	const struct bind_job *job = bind_of(e);
	struct query_result r;

	bind_note(e, FACT_QUERY, query_key(job->scratch, q));
	query_run(job->site, job->scratch, q, &r);
	state_charge(L, e, r.total);
	bind_push_list(L, e, (struct bind_list){ .cls = cls, .ids = r.items, .n = r.len });
	return 1;
}

static int query_pages_with(lua_State *L, bool entities)
{
	static const char *const known[] = { "kind",  "section", "tag",      "status", "sort",
					     "limit", "offset",  "entities", NULL };
	struct query q = { .of = QUERY_PAGES, .no_builtin = true, .entities = entities };

	check_conditions(L, known);
	q.kind = text_condition(L, "kind");
	q.section = text_condition(L, "section");
	q.tag = page_condition(L, "tag");
	q.status = text_condition(L, "status");
	q.sort = text_condition(L, "sort");
	q.limit = number_condition(L, "limit");
	q.offset = number_condition(L, "offset");
	if (condition(L, "entities")) {
		q.entities = lua_toboolean(L, -1);
		lua_pop(L, 1);
	}
	return push_query(L, &q, BIND_PAGE);
}

static int call_pages(lua_State *L)
{
	return query_pages_with(L, false);
}

static int call_entities(lua_State *L)
{
	return query_pages_with(L, true);
}

static int call_facts(lua_State *L)
{
	static const char *const known[] = { "about", "measure", "source", "status", "kind",
					     "sort",  "limit",   "offset", NULL };
	struct query q = { .of = QUERY_FACTS };

	check_conditions(L, known);
	q.about = page_condition(L, "about");
	q.source = page_condition(L, "source");
	q.measure = text_condition(L, "measure");
	q.status = text_condition(L, "status");
	q.kind = text_condition(L, "kind");
	q.sort = text_condition(L, "sort");
	q.limit = number_condition(L, "limit");
	q.offset = number_condition(L, "offset");
	return push_query(L, &q, BIND_FACT);
}

static int query_records(lua_State *L, enum query_of of, enum bind_class cls)
{
	static const char *const known[] = { "about", "source", "sort", "limit", "offset", NULL };
	struct query q = { .of = of };

	check_conditions(L, known);
	q.about = page_condition(L, "about");
	q.source = page_condition(L, "source");
	q.sort = text_condition(L, "sort");
	q.limit = number_condition(L, "limit");
	q.offset = number_condition(L, "offset");
	return push_query(L, &q, cls);
}

static int call_events(lua_State *L)
{
	return query_records(L, QUERY_EVENTS, BIND_EVENT);
}

static int call_quotes(lua_State *L)
{
	return query_records(L, QUERY_QUOTES, BIND_QUOTE);
}

static int call_comparisons(lua_State *L)
{
	static const char *const known[] = { "kind", "status", "about", "limit", "offset", NULL };
	struct query q = { .of = QUERY_COMPARISONS };

	check_conditions(L, known);
	q.kind = text_condition(L, "kind");
	q.status = text_condition(L, "status");
	q.about = page_condition(L, "about");
	q.limit = number_condition(L, "limit");
	q.offset = number_condition(L, "offset");
	return push_query(L, &q, BIND_COMPARISON);
}

static int call_names(lua_State *L)
{
	static const char *const known[] = { "letter", "limit", "offset", NULL };
	struct query q = { .of = QUERY_NAMES };

	check_conditions(L, known);
	q.letter = text_condition(L, "letter");
	q.limit = number_condition(L, "limit");
	q.offset = number_condition(L, "offset");
	return push_query(L, &q, BIND_NAME);
}

static int call_find(lua_State *L)
{
	struct engine *e = state_engine(L);
	struct query q = { .of = QUERY_FIND, .tag = text_argument(L, 1, "a reference") };
	const struct page *p;

	bind_note(e, FACT_QUERY, query_key(bind_of(e)->scratch, &q));
	bind_push_page(L, site_resolve(bind_of(e)->site, q.tag, NULL, &p) == SITE_ONE ? p : NULL);
	return 1;
}

static int call_fact(lua_State *L)
{
	struct engine *e = state_engine(L);
	struct str id = text_argument(L, 1, "an id");
	uint64_t at;

	bind_note(e, FACT_FACT, id);
	if (map_get(&bind_of(e)->site->fact_by_id, id, &at))
		bind_push(L, BIND_FACT, (uint32_t)at, 0);
	else
		lua_pushnil(L);
	return 1;
}

static const struct page *page_argument(lua_State *L, int index, const char *what)
{
	struct engine *e = state_engine(L);
	struct object_ref o;

	if (object_get(L, index, &o) && o.cls == BIND_PAGE)
		return bind_page(e, o.id);
	state_raise(L, "template/wrong-type", "%s needs a page, not %s", what, state_type_name(L, index));
}

static bool write_link(struct engine *e, const struct object_cell *value, struct buf *out)
{
	struct body body = bind_of(e)->body;

	if (value->kind != CELL_OBJECT || value->as.object.cls != BIND_PAGE)
		return false;
	body_write_link(out, &body, bind_page(e, value->as.object.id), STR_NONE);
	return true;
}

static int call_link(lua_State *L)
{
	struct engine *e = state_engine(L);
	const struct page *p = page_argument(L, 1, "`link`");
	struct body body = bind_of(e)->body;
	struct str text = lua_isnoneornil(L, 2) ? STR_NONE : text_argument(L, 2, "the text of a link");
	struct buf *out = state_buf(e);

	body_write_link(out, &body, p, text);
	bind_push_written(L, e, out);
	return 1;
}

/* The source's title and where in it, as a link to its page. */
static int call_cite(lua_State *L)
{
	struct engine *e = state_engine(L);
	struct body body = bind_of(e)->body;
	struct str locator = lua_isnoneornil(L, 2) ? STR_NONE : text_argument(L, 2, "a locator");
	struct object_ref o;
	const struct page *p;
	struct buf *out;

	if (object_get(L, 1, &o) && o.cls == BIND_FACT) {
		const struct fact *f = &bind_of(e)->site->records.facts[o.id];

		bind_note(e, FACT_FACT, f->r.id);
		p = f->r.source.page;
		if (locator.len == 0)
			locator = f->r.locator;
	} else {
		p = page_argument(L, 1, "`cite`");
	}
	out = state_buf(e);
	buf_add_z(out, "<cite>");
	body_write_link(out, &body, p, STR_NONE);
	buf_add_z(out, "</cite>");
	if (locator.len) {
		buf_add_z(out, ", ");
		buf_add_html(out, locator);
	}
	bind_push_written(L, e, out);
	return 1;
}

/* One paragraph is written without its <p>, so that it fits into a line. */
static int call_markdown(lua_State *L)
{
	struct engine *e = state_engine(L);
	const struct bind_job *job = bind_of(e);
	struct markdown_options opt = { .unsafe = job->site->config->markdown_unsafe };
	struct str text = text_argument(L, 1, "Markdown");
	struct body body = job->body;
	struct markdown *m = markdown_new();
	const struct doc *d = markdown_parse(m, job->scratch, job->page->path, text, 0, &opt, job->dl);
	struct buf out;
	struct str s;

	markdown_free(m);
	buf_init(&out, 0);
	if (d)
		body_write_doc(&out, &body, d);
	s = str_trim(buf_str(&out));
	if (str_starts(s, STR("<p>")) && str_ends(s, STR("</p>")) && str_find(str_skip(s, 3), STR("<p>")) < 0) {
		s = str_copy(job->scratch, str_cut(s, 3, s.len - 4));
		buf_clear(&out);
		buf_add(&out, s);
	}
	bind_push_html(L, e, &out);
	return 1;
}

/* {name} in a text stands for the value of that name. */
static void write_filled(lua_State *L, struct buf *out, struct str text, int values)
{
	ptrdiff_t open, length;

	while (values && (open = str_find_byte(text, '{')) >= 0) {
		struct str name = str_skip(text, (size_t)open + 1), value;

		if ((length = str_find_byte(name, '}')) < 0)
			break;
		buf_add(out, str_cut(text, 0, (size_t)open));
		name = str_cut(name, 0, (size_t)length);
		state_push(L, name);
		lua_gettable(L, values);
		if (object_text(L, lua_gettop(L), &value))
			buf_add(out, value);
		else if (lua_isnil(L, -1))
			buf_add(out, (struct str){ name.ptr - 1, name.len + 2 });
		else
			object_print(L, state_engine(L), lua_gettop(L), out);
		lua_pop(L, 1);
		text = str_skip(text, (size_t)(open + length) + 2);
	}
	buf_add(out, text);
}

static void find_text(lua_State *L, struct engine *e, struct str key, struct str *text)
{
	const struct bind_job *job = bind_of(e);
	struct str *known;
	size_t n;

	bind_note(e, FACT_STRING, key);
	if (site_string(job->site, key, text))
		return;
	n = site_string_keys(job->site, job->scratch, &known);
	state_suggest(e, key, known, n);
	state_raise(L, "template/unknown-string", "the strings table has no text `%.*s`", STR_ARG(key));
}

/* Texts go by the address of their key, which is a constant of a template; the first ones stay. */
static struct state_text *text_at(lua_State *L, struct engine *e, const char *at)
{
	size_t slot = ((uintptr_t)at >> 4) * 31 % STATE_TEXTS;

	if (e->texts_for != bind_of(e)->site) {
		for (size_t i = 0; i < STATE_TEXTS; i++)
			if (e->texts[i].at)
				luaL_unref(L, LUA_REGISTRYINDEX, e->texts[i].ref);
		memset(e->texts, 0, sizeof(e->texts));
		e->texts_for = bind_of(e)->site;
	}
	for (int tries = 0; tries < 4; tries++, slot = (slot + 1) % STATE_TEXTS)
		if (!e->texts[slot].at || e->texts[slot].at == at)
			return &e->texts[slot];
	return NULL;
}

/* Pushes the text as Lua's string. */
static struct str push_text(lua_State *L)
{
	struct engine *e = state_engine(L);
	const char *at = lua_type(L, 1) == LUA_TSTRING ? lua_tostring(L, 1) : NULL;
	struct state_text *known = at ? text_at(L, e, at) : NULL;
	struct str key, text;

	if (known && known->at) {
		lua_rawgeti(L, LUA_REGISTRYINDEX, known->ref);
		if (known->noted != e->serial)
			bind_note(e, FACT_STRING, known->key);
		known->noted = e->serial;
		return known->text;
	}
	key = text_argument(L, 1, "the key of a text");
	find_text(L, e, key, &text);
	state_push(L, text);
	if (known) {
		object_keep_name(L, e, 1);
		lua_pushvalue(L, -1);
		known->ref = luaL_ref(L, LUA_REGISTRYINDEX);
		known->key = str_copy(&e->lasting, key);
		known->text = text;
		known->at = at;
	}
	return text;
}

static int call_t(lua_State *L)
{
	struct engine *e = state_engine(L);
	struct str text = push_text(L);
	struct buf *out;

	if (lua_istable(L, 2)) {
		out = state_buf(e);
		write_filled(L, out, text, 2);
		state_push(L, buf_str(out));
	}
	return 1;
}

/* filters */

static void write_relative_url(struct engine *e, struct str path, struct buf *out)
{
	href_write(out, &bind_of(e)->href, path);
}

static void write_absolute_url(struct engine *e, struct str path, struct buf *out)
{
	bind_note_lasting(e, FACT_CONFIG, STR("base_url"));
	href_write_absolute(out, bind_of(e)->site->config, path);
}

static int push_url(lua_State *L, state_writer *write)
{
	struct engine *e = state_engine(L);
	struct buf *out = state_buf(e);

	write(e, object_address(L, 1), out);
	object_push_mark(L, e, MARK_URL, buf_str(out));
	return 1;
}

static int filter_relative_url(lua_State *L)
{
	return push_url(L, write_relative_url);
}

static int filter_absolute_url(lua_State *L)
{
	return push_url(L, write_absolute_url);
}

static int filter_asset(lua_State *L)
{
	struct engine *e = state_engine(L);
	const struct site *s = bind_of(e)->site;
	struct str name = text_argument(L, 1, "the name of an asset"), *known;
	const struct asset *as = site_asset(s, name);
	struct buf *out;

	bind_note(e, FACT_ASSET, name);
	if (!as) {
		known = arena_array(bind_of(e)->scratch, struct str, s->n_assets + 1);
		for (size_t i = 0; i < s->n_assets; i++)
			known[i] = s->assets[i].name;
		state_suggest(e, name, known, s->n_assets);
		state_raise(L, "template/unknown-asset", "there is no asset `%.*s`", STR_ARG(name));
	}
	out = state_buf(e);
	href_write(out, &bind_of(e)->href, as->url);
	object_push_mark(L, e, MARK_URL, buf_str(out));
	return 1;
}

static const struct state_function functions[] = {
	{ "chart", bind_picture_chart, "comparison",
	  "Its values side by side as SVG; nil when they have no unit in common" },
	{ "cite", call_cite, "source, locator?", "Link to a source, or to that of a fact, with the place in it" },
	{ "comparisons", call_comparisons, NULL, "comparisons{kind=, status=, about=}: declared and computed sets" },
	{ "coverage", bind_picture_coverage, "page",
	  "How many dated pages speak of it over time, as SVG; nil for less than three, or all of one month" },
	{ "entities", call_entities, NULL, "entities{kind=, tag=, status=, sort=, limit=}: pages of entity kinds" },
	{ "events", call_events, NULL, "events{about=, source=, sort=, limit=}: by date" },
	{ "fact", call_fact, "id", "A fact by its id, or nil" },
	{ "facts", call_facts, NULL, "facts{about=, measure=, source=, status=, kind=, sort=, limit=}" },
	{ "find", call_find, "reference", "A page by path, slug, title or alias, or nil" },
	{ "link", call_link, "page, text?", "A link to a page" },
	{ "markdown", call_markdown, "text", "Markdown as HTML; one paragraph without its <p>" },
	{ "names", call_names, NULL, "names{letter=, limit=, offset=}: every name of every entity, sorted" },
	{ "network", bind_picture_network, "page?",
	  "Map of a page and its neighbours, or of the whole site, as SVG; nil for less than three" },
	{ "pages", call_pages, NULL, "pages{kind=, section=, tag=, status=, sort=, limit=, offset=, entities=}" },
	{ "quotes", call_quotes, NULL, "quotes{about=, source=, limit=}" },
	{ "t", call_t, "key, values?", "A text of the strings table, {name} replaced by a value" },
	{ "timeline", bind_picture_timeline, "events, width?",
	  "Events on an axis of years as SVG, leading to #event-ID; nil for less than three or more than 160" },
};

static const struct state_function filters[] = {
	{ "absolute_url", filter_absolute_url, "", "A site path with base_url" },
	{ "asset", filter_asset, "", "The published address of an asset" },
	{ "markdown", call_markdown, "", "Markdown as HTML; one paragraph without its <p>" },
	{ "relative_url", filter_relative_url, "", "A site path as links are written on this output" },
};

static const struct str global_names[] = { STR_INIT("site"),   STR_INIT("config"), STR_INIT("data"),
					   STR_INIT("output"), STR_INIT("page"),   STR_INIT("pager") };
static const struct str loose_names[] = { STR_INIT("shortcodes/") };

/*
 * What reads neither the page nor the output, and on every output of a build with root links gives the same: fields by
 * name, as far as they are reached from `site` and `config`.
 */
static const struct str constants[] = { STR_INIT("site"), STR_INIT("config") };
static const struct str steady_fields[] = {
	STR_INIT("author"),
	STR_INIT("base_url"),
	STR_INIT("comparisons"),
	STR_INIT("copyright"),
	STR_INIT("count"),
	STR_INIT("counts"),
	STR_INIT("description"),
	STR_INIT("dir"),
	STR_INIT("disagreements"),
	STR_INIT("entities"),
	STR_INIT("events"),
	STR_INIT("facts"),
	STR_INIT("feed_url"),
	STR_INIT("get"),
	STR_INIT("has"),
	STR_INIT("home"),
	STR_INIT("id"),
	STR_INIT("is_entity"),
	STR_INIT("is_main"),
	STR_INIT("json_feed_url"),
	STR_INIT("label"),
	STR_INIT("language"),
	STR_INIT("menu"),
	STR_INIT("page"),
	STR_INIT("pages"),
	STR_INIT("plural"),
	STR_INIT("previews"),
	STR_INIT("quotes"),
	STR_INIT("relations"),
	STR_INIT("schema"),
	STR_INIT("sections"),
	STR_INIT("sources"),
	STR_INIT("title"),
	STR_INIT("url"),
};
static const struct str steady_functions[] = { STR_INIT("find"), STR_INIT("link"), STR_INIT("range"), STR_INIT("t") };
static const struct str steady_filters[] = {
	STR_INIT("absolute_url"), STR_INIT("asset"),   STR_INIT("default"),  STR_INIT("escape"),
	STR_INIT("first"),        STR_INIT("join"),    STR_INIT("json"),     STR_INIT("last"),
	STR_INIT("length"),       STR_INIT("lower"),   STR_INIT("number"),   STR_INIT("pluralize"),
	STR_INIT("relative_url"), STR_INIT("replace"), STR_INIT("safe"),     STR_INIT("slugify"),
	STR_INIT("title"),        STR_INIT("trim"),    STR_INIT("truncate"), STR_INIT("upper"),
	STR_INIT("url_encode"),
};

/* Applied by the holes themselves. */
static const struct state_directs directs[] = { { call_link, write_link } };
static const struct str writers[] = { STR_INIT("relative_url"), STR_INIT("absolute_url") };
static state_writer *const write[] = { write_relative_url, write_absolute_url };

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const struct engine_host host = { .functions = functions,
					 .n_functions = sizeof(functions) / sizeof(functions[0]),
					 .filters = filters,
					 .n_filters = sizeof(filters) / sizeof(filters[0]),
					 .globals = global_names,
					 .n_globals = sizeof(global_names) / sizeof(global_names[0]),
					 .classes = bind_classes,
					 .n_classes = BIND_LAST,
					 .loose = loose_names,
					 .n_loose = 1,
					 .begin = bind_begin,
					 .uses = bind_uses,
					 .constants = constants,
					 .n_constants = COUNT(constants),
					 .steady_fields = steady_fields,
					 .n_steady_fields = COUNT(steady_fields),
					 .steady_functions = steady_functions,
					 .n_steady_functions = COUNT(steady_functions),
					 .steady_filters = steady_filters,
					 .n_steady_filters = COUNT(steady_filters),
					 .writers = writers,
					 .write = write,
					 .n_writers = COUNT(writers),
					 .directs = directs,
					 .n_directs = COUNT(directs),
					 .keeps = bind_keeps,
					 .keep_begin = bind_keep_begin,
					 .keep_end = bind_keep_end,
					 .keep_again = bind_keep_again };

const struct engine_host *bind_host(void)
{
	return &host;
}
