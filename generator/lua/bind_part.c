#include "lua/bind_impl.h"

/*
 * The small things that belong to a page: names, notes, backlinks, headings and
 * their like. Whoever listed them has noted the aspect they come from.
 */
#define GETTER(class, field, body) \
	static void class##_##field(lua_State *L, struct engine *e, struct object_ref o) \
	{ \
		const struct page *p = bind_page(e, o.id); \
\
		body; \
	}
#define GIVER(class, field, body) \
	static void class##_##field(struct engine *e, struct object_ref o, struct object_cell *out) \
	{ \
		const struct page *p = bind_page(e, o.id); \
\
		body; \
	}
#define TEXT(class, field, value) \
	static struct str class##_##field(struct engine *e, struct object_ref o) \
	{ \
		const struct page *p = bind_page(e, o.id); \
\
		(void)p; \
		return value; \
	}
#define CLASS(variable, label, table) \
	const struct object_class variable = { .name = label, \
					       .fields = table, \
					       .n_fields = sizeof(table) / sizeof((table)[0]) }

/* names */

static const char *const uses[] = { "title", "alias", "weak", "search" };

TEXT(name, text, p->names[o.aux].text)
TEXT(name, lang, p->names[o.aux].lang)
TEXT(name, use, str_from(uses[p->names[o.aux].use]))
TEXT(name, note, p->names[o.aux].note)
TEXT(name, locator, p->names[o.aux].locator)
GIVER(name, source, bind_set_page(out, p->names[o.aux].source))
GIVER(name, page, bind_set_page(out, p))
TEXT(name, letter, route_letter(p->names[o.aux].text))

static const struct object_field name_fields[] = {
	{ "text", "string", "The name", .text = name_text },
	{ "lang", "string", "Its language, where it is marked or another script", .text = name_lang },
	{ "use", "string", "title, alias, weak, search", .text = name_use },
	{ "note", "string", "Remark", .text = name_note },
	{ "source", "page?", "Where a damaged spelling stands", .get = name_source },
	{ "locator", "string", "Where in the source", .text = name_locator },
	{ "page", "page", "Whose name it is", .get = name_page },
	{ "letter", "string", "Where it stands in the A-Z: a to z, 0-9, zh, other", .text = name_letter },
};
CLASS(bind_name_class, "name", name_fields);

/* headings */

TEXT(heading, id, p->outline[o.aux].id)
TEXT(heading, text, p->outline[o.aux].text)
GIVER(heading, level, object_set_integer(out, p->outline[o.aux].level))

static const struct object_field heading_fields[] = {
	{ "id", "string", "Anchor", .text = heading_id },
	{ "text", "string", "Text", .text = heading_text },
	{ "level", "number", "1 to 6", .get = heading_level },
};
CLASS(bind_heading_class, "heading", heading_fields);

/* notes */

GIVER(citation, number, (void)p; object_set_integer(out, o.aux + 1))
TEXT(citation, id, str_format(bind_of(e)->scratch, "note-%u", o.aux + 1))
GIVER(citation, uses, object_set_integer(out, p->citations[o.aux].uses))

static const struct fact *cited_fact(struct engine *e, const struct page *p, uint32_t i)
{
	const struct fact *f;

	if (!p->citations[i].is_fact)
		return NULL;
	f = &bind_of(e)->site->records.facts[p->citations[i].target];
	bind_note(e, FACT_FACT, f->r.id);
	return f;
}

static void citation_fact(struct engine *e, struct object_ref o, struct object_cell *out)
{
	const struct page *p = bind_page(e, o.id);

	if (p->citations[o.aux].is_fact)
		bind_set(out, BIND_FACT, p->citations[o.aux].target, 0);
	else
		out->kind = CELL_NIL;
}

static void citation_source(struct engine *e, struct object_ref o, struct object_cell *out)
{
	const struct page *p = bind_page(e, o.id);
	const struct fact *f = cited_fact(e, p, o.aux);

	if (f)
		bind_set_page(out, f->r.source.page);
	else
		bind_set_index(out, e, p->citations[o.aux].target);
}

static struct str citation_locator(struct engine *e, struct object_ref o)
{
	const struct page *p = bind_page(e, o.id);
	const struct fact *f = cited_fact(e, p, o.aux);

	return p->citations[o.aux].locator.len || !f ? p->citations[o.aux].locator : f->r.locator;
}

static void citation_refs(struct engine *e, struct object_ref o, struct object_cell *out)
{
	const struct page *p = bind_page(e, o.id);
	uint32_t n = p->citations[o.aux].uses;
	struct str *refs = arena_array(bind_of(e)->scratch, struct str, n + 1);

	for (uint32_t i = 0; i < n; i++)
		refs[i] = str_format(bind_of(e)->scratch, "cite-%u-%u", o.aux + 1, i + 1);
	bind_set_list(out, e, (struct bind_list){ .cls = BIND_LIST, .strings = refs, .n = n });
}

static const struct object_field citation_fields[] = {
	{ "number", "number", "From 1", .get = citation_number },
	{ "id", "string", "Anchor of the note", .text = citation_id },
	{ "fact", "fact?", "The figure it cites", .get = citation_fact },
	{ "source", "page", "The source", .get = citation_source },
	{ "locator", "string", "Where in the source", .text = citation_locator },
	{ "uses", "number", "How often the text refers to it", .get = citation_uses },
	{ "refs", "list of string", "Anchors of those places", .get = citation_refs },
};
CLASS(bind_citation_class, "citation", citation_fields);

/* backlinks and co-mentions */

GIVER(backlink, page, bind_set_index(out, e, p->backlinks[o.aux].page))
GIVER(backlink, count, object_set_integer(out, p->backlinks[o.aux].count))
GIVER(backlink, is_tag, object_set_boolean(out, p->backlinks[o.aux].is_tag))

/*
 * The pages that link here, and the words around, lie all over the memory: asked for one step at a time for all of them,
 * they are on their way together.
 */
void bind_fetch_backlinks(struct engine *e, const struct page *p, const uint32_t *ids, size_t n)
{
	const struct page *pages = bind_of(e)->site->pages;

	for (size_t i = 0; i < n; i++) {
		const struct page *from = &pages[p->backlinks[ids ? ids[i] : i].page];

		__builtin_prefetch(from);
		__builtin_prefetch(&from->title);
		__builtin_prefetch(&from->sentences);
	}
	for (size_t i = 0; i < n; i++) {
		size_t k = ids ? ids[i] : i;
		const struct page *from = &pages[p->backlinks[k].page];

		__builtin_prefetch(from->title.ptr);
		__builtin_prefetch(from->url.ptr);
		if (p->shown && p->shown[k])
			__builtin_prefetch(from->sentences + p->shown[k]);
	}
}

static void backlink_sentence(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct page *p = bind_page(e, o.id), *from = bind_page(e, p->backlinks[o.aux].page);
	struct body body = bind_of(e)->body;
	struct buf *out = state_buf(e);

	bind_note_page(e, FACT_PAGE_BODY, from);
	bind_note_page(e, FACT_PAGE_NAMES, p);
	if (p->backlinks[o.aux].node != UINT32_MAX)
		body_write_sentence(out, &body, from, &p->backlinks[o.aux], p);
	bind_push_written(L, e, out);
}

static const struct object_field backlink_fields[] = {
	{ "page", "page", "The page that links here", .get = backlink_page },
	{ "sentence", "html", "The sentence it stands in; empty for tags", .push = backlink_sentence },
	{ "count", "number", "Mentions and links there", .get = backlink_count },
	{ "is_tag", "boolean", "Named in a tag list there", .get = backlink_is_tag },
};
CLASS(bind_backlink_class, "backlink", backlink_fields);

GIVER(comention, page, bind_set_index(out, e, p->comentions[o.aux].page))
GIVER(comention, count, object_set_integer(out, p->comentions[o.aux].count))

static const struct object_field comention_fields[] = {
	{ "page", "page", "The other entity", .get = comention_page },
	{ "count", "number", "Pages that name both", .get = comention_count },
};
CLASS(bind_comention_class, "comention", comention_fields);

/* sources */

TEXT(source, publisher, p->source->publisher)
TEXT(source, author, p->source->author)
GETTER(source, published, object_push_date(L, e, p->source->published))
TEXT(source, published_basis, p->source->published_basis)
GETTER(source, accessed, object_push_date(L, e, p->source->accessed))
TEXT(source, url, p->source->url)
TEXT(source, archived, p->source->archived)
TEXT(source, license, p->source->license)
TEXT(source, reliability, p->source->reliability)
TEXT(source, translation, p->source->translation)
GIVER(source, rests_on, bind_set_refs(out, e, p->source->rests_on, p->source->n_rests_on))
GIVER(source, notes,
      bind_set_list(out, e,
		    (struct bind_list){ .cls = BIND_LIST, .strings = p->source->notes, .n = p->source->n_notes }))

static const struct object_field source_fields[] = {
	{ "publisher", "string", "Publisher", .text = source_publisher },
	{ "author", "string", "Author", .text = source_author },
	{ "published", "date?", "Date of publication", .push = source_published },
	{ "published_basis", "string", "stated, inferred, outside", .text = source_published_basis },
	{ "accessed", "date?", "When it was read", .push = source_accessed },
	{ "url", "string", "Address", .text = source_url },
	{ "archived", "string", "Address of a copy", .text = source_archived },
	{ "license", "string", "Licence", .text = source_license },
	{ "reliability", "string", "As the editors judge it", .text = source_reliability },
	{ "translation", "string", "Why its words are not the speakers' own", .text = source_translation },
	{ "rests_on", "list of page", "Sources it rests on", .get = source_rests_on },
	{ "notes", "list of string", "Remarks", .get = source_notes },
};
CLASS(bind_source_class, "source", source_fields);

/* What rests on a source, of one type, each once. */
static void push_rests(lua_State *L, struct engine *e, const struct page *p, enum rest_type type, enum bind_class cls)
{
	uint32_t *ids = arena_array(bind_of(e)->scratch, uint32_t, p->n_rests + 1);
	size_t n = 0;

	for (size_t i = 0; i < p->n_rests; i++)
		if (REST_TYPE(p->rests[i]) == type)
			ids[n++] = type == REST_RELATION ? REST_INDEX(p->rests[i]) << 1 : REST_INDEX(p->rests[i]);
	bind_push_list(L, e, (struct bind_list){ .cls = cls, .ids = ids, .n = n });
}

GETTER(rests, facts, push_rests(L, e, p, REST_FACT, BIND_FACT))
GETTER(rests, relations, push_rests(L, e, p, REST_RELATION, BIND_RELATION))
GETTER(rests, events, push_rests(L, e, p, REST_EVENT, BIND_EVENT))
GETTER(rests, quotes, push_rests(L, e, p, REST_QUOTE, BIND_QUOTE))
GETTER(rests, comparisons, push_rests(L, e, p, REST_PASSAGE, BIND_COMPARISON))
GIVER(rests, sources,
      bind_set_list(out, e, (struct bind_list){ .cls = BIND_PAGE, .ids = p->resting_pages, .n = p->n_resting_pages }))

static void rests_names(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct page *p = bind_page(e, o.id);
	int n = 0;

	lua_newtable(L);
	for (size_t i = 0; i < p->n_rests; i++) {
		if (REST_TYPE(p->rests[i]) != REST_NAME)
			continue;
		bind_push(L, BIND_NAME, REST_INDEX(p->rests[i]) >> 8, REST_INDEX(p->rests[i]) & 255);
		lua_rawseti(L, -2, ++n);
	}
}

static const struct object_field rests_fields[] = {
	{ "facts", "list of fact", "Figures", .push = rests_facts },
	{ "relations", "list of relation", "Relations, from the side they are written on", .push = rests_relations },
	{ "events", "list of event", "Events", .push = rests_events },
	{ "quotes", "list of quote", "Quotations", .push = rests_quotes },
	{ "comparisons", "list of comparison", "Comparisons that cite a passage of it", .push = rests_comparisons },
	{ "names", "list of name", "Damaged spellings found in it", .push = rests_names },
	{ "sources", "list of page", "Sources that rest on it", .get = rests_sources },
};
CLASS(bind_rests_class, "rests", rests_fields);

/* tags, fields, links */

GIVER(tagged, kind, bind_set(out, BIND_KIND, p->tagged[o.aux].kind->index, 0))
GIVER(tagged, pages, bind_set_tags(out, e, &p->tagged[o.aux]))

static const struct object_field tagged_fields[] = {
	{ "kind", "kind", "Whose list it is", .get = tagged_kind },
	{ "pages", "list of page", "What it names", .get = tagged_pages },
};
CLASS(bind_tagged_class, "tag list", tagged_fields);

TEXT(field, name, p->kind->fields[o.aux].name)
TEXT(field, label, p->kind->fields[o.aux].label)

static void field_value(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct page *p = bind_page(e, o.id);
	const struct field *f = &p->kind->fields[o.aux];
	const struct value *v = value_get(p->meta, f->name);
	struct date_range r;

	if (f->type == FIELD_REFERENCE)
		bind_push_page(L, site_field_page(bind_of(e)->site, f, v));
	else if (f->type == FIELD_DATE && v->type == VALUE_STRING && date_parse_range(v->as.string, &r))
		object_push_date(L, e, r.from);
	else
		object_push_value(L, e, v);
}

static const struct object_field field_fields[] = {
	{ "name", "string", "The key", .text = field_name },
	{ "label", "string", "Its label", .text = field_label },
	{ "value", "any", "String, number, date, list or page", .push = field_value },
};
CLASS(bind_field_class, "field", field_fields);

TEXT(link, label, p->links_out[o.aux].label)
TEXT(link, url, p->links_out[o.aux].url)

static const struct object_field link_fields[] = {
	{ "label", "string", "Text", .text = link_label },
	{ "url", "string", "Address", .text = link_url },
};
CLASS(bind_link_class, "link", link_fields);

/* buckets of backlinks */

static struct route_bucket bucket_of(struct engine *e, struct object_ref o)
{
	const struct route_buckets *list = &bind_of(e)->routes->buckets[o.id];
	uint32_t at = o.aux & ~ROUTE_GROUP;

	return at < list->n ? list->items[at] : (struct route_bucket){ STR_NONE, NULL, 0 };
}

/* Years and months speak for themselves; what has no date is said in the strings table's words. */
static void bucket_label(lua_State *L, struct engine *e, struct object_ref o)
{
	struct str key = bucket_of(e, o).key, text;

	if (o.aux & ROUTE_GROUP)
		key = route_bucket_group(key, bind_of(e)->output->bucket);
	if (str_eq(key, STR("undated"))) {
		bind_note(e, FACT_STRING, STR("entity.backlinks_undated"));
		if (site_string(bind_of(e)->site, STR("entity.backlinks_undated"), &text))
			key = text;
	}
	bind_push_str(L, key);
}

static struct str bucket_url(struct engine *e, struct object_ref o)
{
	return route_bucket_url(bind_of(e)->scratch, bind_page(e, o.id), bucket_of(e, o).key);
}

static void bucket_count(struct engine *e, struct object_ref o, struct object_cell *out)
{
	const struct route_buckets *list = &bind_of(e)->routes->buckets[o.id];
	struct str own = bind_of(e)->output->bucket, group = route_bucket_group(bucket_of(e, o).key, own);
	lua_Integer count = bucket_of(e, o).n;

	if (o.aux & ROUTE_GROUP)
		for (size_t i = (o.aux & ~ROUTE_GROUP) + 1;
		     i < list->n && str_eq(route_bucket_group(list->items[i].key, own), group); i++)
			count += list->items[i].n;
	object_set_integer(out, count);
}

static const struct object_field bucket_fields[] = {
	{ "label", "string", "Year, month or day", .push = bucket_label },
	{ "url", "string", "Site path", .text = bucket_url },
	{ "count", "number", "Backlinks there", .get = bucket_count },
};
CLASS(bind_bucket_class, "bucket", bucket_fields);
