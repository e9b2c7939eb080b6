#include "lua/bind_impl.h"

/*
 * A page as templates see it. Each field notes the aspect it is part of.
 */
static const struct page *page_of(struct engine *e, struct object_ref o, enum fact_kind aspect)
{
	const struct page *p = bind_page(e, o.id);

	bind_note_page(e, aspect, p);
	return p;
}

#define STR_FIELD(field, aspect, value) \
	static struct str page_##field(struct engine *e, struct object_ref o) \
	{ \
		const struct page *p = page_of(e, o, aspect); \
\
		return value; \
	}
#define BOOL_FIELD(field, aspect, value) \
	static void page_##field(struct engine *e, struct object_ref o, struct object_cell *out) \
	{ \
		const struct page *p = page_of(e, o, aspect); \
\
		object_set_boolean(out, value); \
	}
#define DATE_FIELD(field, aspect, value) \
	static void page_##field(lua_State *L, struct engine *e, struct object_ref o) \
	{ \
		const struct page *p = page_of(e, o, aspect); \
\
		object_push_date(L, e, value); \
	}
#define INDEX_LIST_FIELD(field, aspect, class, list, count) \
	static void page_##field(struct engine *e, struct object_ref o, struct object_cell *out) \
	{ \
		const struct page *p = page_of(e, o, aspect); \
\
		bind_set_list(out, e, (struct bind_list){ .cls = class, .ids = list, .n = count }); \
	}
#define OWN_LIST_FIELD(field, aspect, class, count) \
	static void page_##field(struct engine *e, struct object_ref o, struct object_cell *out) \
	{ \
		const struct page *p = page_of(e, o, aspect); \
\
		bind_set_list(out, e, (struct bind_list){ .cls = class, .owner = p->index, .n = count }); \
	}

STR_FIELD(key, FACT_PAGE_TITLE, p->key)
STR_FIELD(slug, FACT_PAGE_TITLE, p->slug)
STR_FIELD(url, FACT_PAGE_TITLE, p->url)
STR_FIELD(title, FACT_PAGE_TITLE, p->title)
STR_FIELD(lang, FACT_PAGE_TITLE, p->lang)
STR_FIELD(schema, FACT_PAGE_TITLE, p->schema)
STR_FIELD(template, FACT_PAGE_META, p->template)
STR_FIELD(summary, FACT_PAGE_HEAD, p->summary)
STR_FIELD(excerpt, FACT_PAGE_HEAD, p->excerpt)
STR_FIELD(description, FACT_PAGE_HEAD, p->summary.len ? p->summary : p->excerpt)
BOOL_FIELD(is_stub, FACT_PAGE_HEAD, p->is_stub)
BOOL_FIELD(is_section, FACT_PAGE_TITLE, p->is_section)
BOOL_FIELD(is_home, FACT_PAGE_TITLE, p->is_home)
BOOL_FIELD(is_builtin, FACT_PAGE_TITLE, p->is_builtin)
BOOL_FIELD(is_entity, FACT_PAGE_TITLE, p->kind->is_entity && !p->is_section)
BOOL_FIELD(is_source, FACT_PAGE_TITLE, p->source != NULL)
DATE_FIELD(date, FACT_PAGE_DATES, p->date)
DATE_FIELD(updated, FACT_PAGE_DATES, p->updated)
DATE_FIELD(reviewed, FACT_PAGE_META, p->reviewed)
OWN_LIST_FIELD(names, FACT_PAGE_NAMES, BIND_NAME, p->n_names)
OWN_LIST_FIELD(links, FACT_PAGE_META, BIND_LINK, p->n_links_out)
OWN_LIST_FIELD(tagged, FACT_PAGE_META, BIND_TAGGED, p->n_tagged)
OWN_LIST_FIELD(comentions, FACT_PAGE_LINKS_IN, BIND_COMENTION, p->n_comentions)
OWN_LIST_FIELD(citations, FACT_PAGE_BODY, BIND_CITATION, p->n_citations)
OWN_LIST_FIELD(toc, FACT_PAGE_BODY, BIND_HEADING, p->no_toc || p->n_outline < 2 ? 0 : p->n_outline)
INDEX_LIST_FIELD(facts, FACT_PAGE_FACTS, BIND_FACT, p->facts, p->n_own_facts)
INDEX_LIST_FIELD(facts_about, FACT_PAGE_FACTS, BIND_FACT, p->facts + p->n_own_facts, p->n_facts - p->n_own_facts)
INDEX_LIST_FIELD(events, FACT_PAGE_EVENTS, BIND_EVENT, p->events, p->n_events)
INDEX_LIST_FIELD(quotes, FACT_PAGE_QUOTES, BIND_QUOTE, p->quotes, p->n_quotes)
INDEX_LIST_FIELD(comparisons, FACT_PAGE_COMPARISONS, BIND_COMPARISON, p->comparisons, p->n_comparisons)
INDEX_LIST_FIELD(relations, FACT_PAGE_RELATIONS, BIND_RELATION, bind_ordered_relations(e, p), p->n_relations)

static void page_kind(struct engine *e, struct object_ref o, struct object_cell *out)
{
	bind_set(out, BIND_KIND, page_of(e, o, FACT_PAGE_TITLE)->kind->index, 0);
}

static void page_words(struct engine *e, struct object_ref o, struct object_cell *out)
{
	object_set_integer(out, page_of(e, o, FACT_PAGE_BODY)->words);
}

static void page_minutes(struct engine *e, struct object_ref o, struct object_cell *out)
{
	object_set_integer(out, page_of(e, o, FACT_PAGE_BODY)->minutes);
}

static void page_is_stale(struct engine *e, struct object_ref o, struct object_cell *out)
{
	const struct page *p = page_of(e, o, FACT_PAGE_META);
	struct str key[] = { STR("page:"), p->key };

	/* Without a date to review it by, no day makes it stale. */
	if (p->has_review)
		bind_note(e, FACT_STALE, str_join(bind_of(e)->scratch, key, 2, STR_NONE));
	object_set_boolean(out, site_is_stale_page(bind_of(e)->site, p));
}

static void page_body(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct page *p = page_of(e, o, FACT_PAGE_BODY);
	struct body body = bind_of(e)->body;
	struct buf *out = state_buf(e);

	body_write(out, &body, p);
	bind_push_written(L, e, out);
}

static void set_strings(struct object_cell *out, struct engine *e, const struct str *list, size_t n)
{
	bind_set_list(out, e, (struct bind_list){ .cls = BIND_LIST, .strings = list, .n = n });
}

static void page_authors(struct engine *e, struct object_ref o, struct object_cell *out)
{
	const struct page *p = page_of(e, o, FACT_PAGE_META);

	set_strings(out, e, p->authors, p->n_authors);
}

static void page_tags(struct engine *e, struct object_ref o, struct object_cell *out)
{
	const struct page *p = page_of(e, o, FACT_PAGE_META);

	set_strings(out, e, p->tags, p->n_tags);
}

static void page_aliases(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct page *p = page_of(e, o, FACT_PAGE_NAMES);
	uint32_t n = 0;

	lua_createtable(L, (int)p->n_names, 0);
	for (uint32_t i = 0; i < p->n_names; i++) {
		if (p->names[i].use != NAME_ALIAS && p->names[i].use != NAME_WEAK)
			continue;
		bind_push(L, BIND_NAME, p->index, i);
		lua_rawseti(L, -2, ++n);
	}
}

/* The address of an attachment or asset, else an address as it is. */
static void page_image(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct page *p = page_of(e, o, FACT_PAGE_HEAD);
	const struct asset *as = NULL;
	struct str names[2];

	site_image_names(bind_of(e)->scratch, p, names);
	for (int i = 0; i < 2 && !as; i++) {
		if (names[i].len == 0)
			continue;
		bind_note(e, FACT_ASSET, names[i]);
		as = site_asset(bind_of(e)->site, names[i]);
	}
	bind_push_maybe(L, as ? as->url : p->image);
}

static const struct field *declared(const struct page *p, struct str name)
{
	for (size_t i = 0; i < p->kind->n_fields; i++)
		if (str_eq(p->kind->fields[i].name, name))
			return &p->kind->fields[i];
	return NULL;
}

/* What the program reads itself has fields of its own: as written, it may name pages that are not published. */
static int page_get_key(lua_State *L)
{
	struct engine *e = state_engine(L);
	struct object_ref o;
	struct str key;
	const struct page *p;
	const struct field *f;
	const struct value *v;

	/* page.get(key) and page:get(key) */
	int at = lua_gettop(L) >= 2 ? 2 : 1;

	o.id = (uint32_t)lua_tointeger(L, lua_upvalueindex(1));
	p = bind_page(e, o.id);
	if (!object_text(L, at, &key))
		state_raise(L, "template/wrong-type", "`get` needs the name of a key");
	bind_note_page(e, FACT_PAGE_META, p);
	v = p->meta ? value_get(p->meta, key) : NULL;
	f = declared(p, key);
	if (f && f->type == FIELD_REFERENCE)
		bind_push_page(L, site_field_page(bind_of(e)->site, f, v));
	else
		object_push_value(L, e, f || (p->extra && value_get(p->extra, key) == v) ? v : NULL);
	return 1;
}

static void page_get(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)e;
	lua_pushinteger(L, o.id);
	lua_pushcclosure(L, page_get_key, 1);
}

static void page_fields(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct page *p = page_of(e, o, FACT_PAGE_META);
	uint32_t n = 0;

	lua_createtable(L, (int)p->kind->n_fields, 0);
	for (uint32_t i = 0; p->meta && i < p->kind->n_fields; i++) {
		const struct field *f = &p->kind->fields[i];
		const struct value *v = value_get(p->meta, f->name);

		if (!v || (f->type == FIELD_REFERENCE && !site_field_page(bind_of(e)->site, f, v)))
			continue;
		bind_push(L, BIND_FIELD, p->index, i);
		lua_rawseti(L, -2, ++n);
	}
}

static void page_extra(lua_State *L, struct engine *e, struct object_ref o)
{
	static const struct value empty = { .type = VALUE_TABLE };
	const struct page *p = page_of(e, o, FACT_PAGE_META);

	object_push_value(L, e, p->extra ? p->extra : &empty);
}

/* The newest; all of them stand among the backlinks. */
static void page_members(struct engine *e, struct object_ref o, struct object_cell *out)
{
	const struct page *p = page_of(e, o, FACT_PAGE_MEMBERS);
	size_t max = (size_t)bind_of(e)->site->config->page_size;

	bind_set_list(out, e,
		      (struct bind_list){ .cls = BIND_PAGE,
					  .ids = p->members,
					  .n = p->is_section || p->n_members < max ? p->n_members : max });
}

static void page_prev(struct engine *e, struct object_ref o, struct object_cell *out)
{
	bind_set_index(out, e, page_of(e, o, FACT_PAGE_NEIGHBOURS)->prev);
}

static void page_next(struct engine *e, struct object_ref o, struct object_cell *out)
{
	bind_set_index(out, e, page_of(e, o, FACT_PAGE_NEIGHBOURS)->next);
}

static const struct page *section_of(struct engine *e, const struct page *p)
{
	uint32_t at = bind_of(e)->site->sections[p->kind->index];

	return at == UINT32_MAX || at == p->index ? NULL : bind_page(e, at);
}

static void page_section(struct engine *e, struct object_ref o, struct object_cell *out)
{
	bind_set_page(out, section_of(e, page_of(e, o, FACT_PAGE_TITLE)));
}

static void page_breadcrumbs(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct page *p = page_of(e, o, FACT_PAGE_TITLE), *home = site_page_by_key(bind_of(e)->site, STR("index"));
	const struct page *section = section_of(e, p);
	int n = 0;

	lua_createtable(L, 2, 0);
	if (home && home != p) {
		bind_push_page(L, home);
		lua_rawseti(L, -2, ++n);
	}
	if (section) {
		bind_push_page(L, section);
		lua_rawseti(L, -2, ++n);
	}
}

static void page_relation_groups(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct page *p = page_of(e, o, FACT_PAGE_RELATIONS);
	const uint32_t *all = bind_ordered_relations(e, p);
	int n = 0;

	lua_newtable(L);
	for (uint32_t i = 0; i < p->n_relations; i++) {
		if (i && str_eq(bind_relation_label(e, all[i]), bind_relation_label(e, all[i - 1])))
			continue;
		bind_push(L, BIND_RELATION_GROUP, p->index, i);
		lua_rawseti(L, -2, ++n);
	}
}

static void page_backlinks(struct engine *e, struct object_ref o, struct object_cell *out)
{
	const struct page *p = page_of(e, o, FACT_PAGE_LINKS_IN);
	size_t max = (size_t)bind_of(e)->site->config->backlinks_shown;

	bind_fetch_backlinks(e, p, NULL, p->n_backlinks < max ? p->n_backlinks : max);
	bind_set_list(out, e,
		      (struct bind_list){ .cls = BIND_BACKLINK,
					  .owner = p->index,
					  .n = p->n_backlinks < max ? p->n_backlinks : max });
}

static void page_backlink_count(struct engine *e, struct object_ref o, struct object_cell *out)
{
	object_set_integer(out, (lua_Integer)page_of(e, o, FACT_PAGE_LINKS_IN)->n_backlinks);
}

static void page_backlink_buckets(struct engine *e, struct object_ref o, struct object_cell *out)
{
	const struct page *p = page_of(e, o, FACT_PAGE_LINKS_IN);

	bind_set_list(out, e,
		      (struct bind_list){
			      .cls = BIND_BUCKET, .owner = p->index, .n = bind_of(e)->routes->buckets[p->index].n });
}

static void page_source(struct engine *e, struct object_ref o, struct object_cell *out)
{
	const struct page *p = page_of(e, o, FACT_PAGE_META);

	if (p->source)
		bind_set(out, BIND_SOURCE, p->index, 0);
	else
		out->kind = CELL_NIL;
}

static void page_rests(struct engine *e, struct object_ref o, struct object_cell *out)
{
	bind_set(out, BIND_RESTS, page_of(e, o, FACT_PAGE_RESTS)->index, 0);
}

static void push_output_url(lua_State *L, struct engine *e, const struct page *p, const char *name)
{
	struct str parts[] = { p->url, str_from(name) };
	struct str path = str_join(bind_of(e)->scratch, parts, 2, STR_NONE);

	if (map_has(&bind_of(e)->routes->by_path, str_skip(path, 1)))
		bind_push_str(L, path);
	else
		lua_pushnil(L);
}

static void page_json_url(lua_State *L, struct engine *e, struct object_ref o)
{
	push_output_url(L, e, page_of(e, o, FACT_PAGE_TITLE), "index.json");
}

static void page_csv_url(lua_State *L, struct engine *e, struct object_ref o)
{
	push_output_url(L, e, page_of(e, o, FACT_PAGE_FACTS), "facts.csv");
}

/* An entity that nothing links to has no feed. */
static void push_feed_url(lua_State *L, struct engine *e, struct object_ref o, const char *name)
{
	const struct page *p = page_of(e, o, FACT_PAGE_TITLE);

	if (route_is_entity(p))
		bind_note_page(e, FACT_PAGE_LINKED, p);
	push_output_url(L, e, p, name);
}

static void page_feed_url(lua_State *L, struct engine *e, struct object_ref o)
{
	push_feed_url(L, e, o, "feed.xml");
}

static void page_json_feed_url(lua_State *L, struct engine *e, struct object_ref o)
{
	push_feed_url(L, e, o, "feed.json");
}

static void page_card_url(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct page *p = page_of(e, o, FACT_PAGE_HEAD);

	bind_note_lasting(e, FACT_CONFIG, STR("cards"));
	if (bind_of(e)->site->card_key.len)
		push_output_url(L, e, p, "card.png");
	else
		lua_pushnil(L);
}

static void page_book_anchor(lua_State *L, struct engine *e, struct object_ref o)
{
	struct str anchor;

	bind_push_maybe(L, href_inside(&bind_of(e)->href, page_of(e, o, FACT_PAGE_TITLE)->url, &anchor) ? anchor
													: STR_NONE);
}

static void page_book_note(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct href_inside *book = bind_of(e)->href.inside;

	if (book && book->notes[o.id])
		lua_pushinteger(L, book->notes[o.id]);
	else
		lua_pushnil(L);
}

static struct str page_describe(struct engine *e, struct object_ref o)
{
	return str_format(&e->scratch, "page %.*s", STR_ARG(bind_page(e, o.id)->key));
}

static void page_sort_key(lua_State *L, struct engine *e, struct object_ref o)
{
	bind_push_str(L, page_of(e, o, FACT_PAGE_TITLE)->sort_key);
}

static const struct object_field page_fields_table[] = {
	{ "key", "string", "Path in content/ without ending", .text = page_key },
	{ "slug", "string", "Last part of the address", .text = page_slug },
	{ "url", "string", "Site path", .text = page_url },
	{ "title", "string", "Title", .text = page_title },
	{ "kind", "kind", "Kind", .get = page_kind },
	{ "lang", "string", "Language", .text = page_lang },
	{ "schema", "string", "schema.org type", .text = page_schema },
	{ "template", "string", "Template named in the front matter", .text = page_template },
	{ "summary", "string", "Summary; may be empty", .text = page_summary },
	{ "excerpt", "string", "First sentences where there is no summary", .text = page_excerpt },
	{ "description", "string", "Summary, else excerpt", .text = page_description },
	{ "body", "html", "The text", .push = page_body },
	{ "toc", "list of heading", "Headings, when there are two or more", .get = page_toc },
	{ "date", "date?", "Publication", .push = page_date },
	{ "updated", "date?", "Last change", .push = page_updated },
	{ "reviewed", "date?", "Last review", .push = page_reviewed },
	{ "is_stub", "boolean", "Made from a tag list alone", .get = page_is_stub },
	{ "is_section", "boolean", "A kind's list", .get = page_is_section },
	{ "is_home", "boolean", "The home page", .get = page_is_home },
	{ "is_builtin", "boolean", "Made by the program", .get = page_is_builtin },
	{ "is_entity", "boolean", "Of an entity kind", .get = page_is_entity },
	{ "is_source", "boolean", "A source", .get = page_is_source },
	{ "is_stale", "boolean", "Past its review on the build date", .get = page_is_stale },
	{ "words", "number", "Words of text", .get = page_words },
	{ "minutes", "number", "Reading time", .get = page_minutes },
	{ "names", "list of name", "Every name", .get = page_names },
	{ "aliases", "list of name", "Names but the title and damaged spellings", .push = page_aliases },
	{ "authors", "list of string", "Authors", .get = page_authors },
	{ "tags", "list of string", "Free tags", .get = page_tags },
	{ "links", "list of link", "Links of the front matter", .get = page_links },
	{ "image", "string?", "Picture, a site path", .push = page_image },
	{ "get", "function", "get(key): a front-matter key, or nil", .push = page_get },
	{ "fields", "list of field", "Declared keys that are set", .push = page_fields },
	{ "extra", "table", "Undeclared keys", .push = page_extra },
	{ "tagged", "list of tag list", "What its tag lists name", .get = page_tagged },
	{ "members", "list of page",
	  "Pages that tag it, newest first, at most lists.page_size; of sections: all their pages",
	  .get = page_members },
	{ "prev", "page?", "Before it in its section", .get = page_prev },
	{ "next", "page?", "After it in its section", .get = page_next },
	{ "section", "page?", "The section it belongs to", .get = page_section },
	{ "breadcrumbs", "list of page", "From home to the section", .push = page_breadcrumbs },
	{ "relations", "list of relation", "From this page's side", .get = page_relations },
	{ "relation_groups", "list of relation group", "The same by label", .push = page_relation_groups },
	{ "facts", "list of fact", "Facts whose subject it is", .get = page_facts },
	{ "facts_about", "list of fact", "Further facts shown with it", .get = page_facts_about },
	{ "events", "list of event", "By date", .get = page_events },
	{ "quotes", "list of quote", "Spoken by it, then about it", .get = page_quotes },
	{ "comparisons", "list of comparison", "Declared and computed", .get = page_comparisons },
	{ "backlinks", "list of backlink", "Best first, at most lists.backlinks_shown", .get = page_backlinks },
	{ "backlink_count", "number", "All of them", .get = page_backlink_count },
	{ "backlink_buckets", "list of bucket", "Sub-pages with the rest", .get = page_backlink_buckets },
	{ "comentions", "list of comention", "Entities named on the same pages", .get = page_comentions },
	{ "citations", "list of citation", "The numbered notes", .get = page_citations },
	{ "source", "source?", "What is known of a source", .get = page_source },
	{ "rests", "rests", "All that rests on this source", .get = page_rests },
	{ "json_url", "string?", "index.json", .push = page_json_url },
	{ "csv_url", "string?", "facts.csv", .push = page_csv_url },
	{ "feed_url", "string?", "feed.xml", .push = page_feed_url },
	{ "json_feed_url", "string?", "feed.json", .push = page_json_feed_url },
	{ "card_url", "string?", "Its card, where it has no picture", .push = page_card_url },
	{ "book_anchor", "string?", "Its place in the print edition, while that is written", .push = page_book_anchor },
	{ "book_note", "number?", "Of sources: their note in the print edition, while that is written",
	  .push = page_book_note },
};
const struct object_class bind_page_class = { .name = "page",
					      .fields = page_fields_table,
					      .n_fields = sizeof(page_fields_table) / sizeof(page_fields_table[0]),
					      .describe = page_describe,
					      .key = page_sort_key };
