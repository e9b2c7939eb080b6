#include "lua/bind_impl.h"

#include <stdlib.h>

/* facts */

static const struct fact *fact_of(struct engine *e, struct object_ref o)
{
	const struct fact *f = &bind_of(e)->site->records.facts[o.id];

	bind_note(e, FACT_FACT, f->r.id);
	return f;
}

#define FACT_TEXT_FIELD(field, value) \
	static struct str fact_##field(struct engine *e, struct object_ref o) \
	{ \
		const struct fact *f = fact_of(e, o); \
\
		return value; \
	}
FACT_TEXT_FIELD(id, f->r.id)
FACT_TEXT_FIELD(measure, f->measure)
FACT_TEXT_FIELD(unit, f->unit)
FACT_TEXT_FIELD(approx, f->approx)
FACT_TEXT_FIELD(edition, f->edition)
FACT_TEXT_FIELD(scope, f->scope)
FACT_TEXT_FIELD(locator, f->r.locator)
FACT_TEXT_FIELD(quote, f->r.quote)
FACT_TEXT_FIELD(attributed_to, f->attributed_to)
FACT_TEXT_FIELD(confidence, f->confidence)
FACT_TEXT_FIELD(status, f->status)
FACT_TEXT_FIELD(note, f->r.note)
FACT_TEXT_FIELD(basis, str_from(record_basis(f->r.basis)))
FACT_TEXT_FIELD(as_of_basis, str_from(record_basis(f->as_of_basis)))

static struct str fact_anchor(struct engine *e, struct object_ref o)
{
	const struct fact *f = fact_of(e, o);

	return str_format(bind_of(e)->scratch, "fact-%.*s", STR_ARG(f->r.id));
}

static struct str fact_url(struct engine *e, struct object_ref o)
{
	const struct fact *f = fact_of(e, o);

	bind_note_page(e, FACT_PAGE_TITLE, f->subject.page);
	return site_fact_url(bind_of(e)->site, bind_of(e)->scratch, f);
}

static void fact_subject(lua_State *L, struct engine *e, struct object_ref o)
{
	bind_push_page(L, fact_of(e, o)->subject.page);
}

static void fact_value(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct fact *f = fact_of(e, o);

	if (f->type == FACT_TEXT)
		bind_push_str(L, f->text);
	else if (f->type == FACT_DATE)
		object_push_date(L, e, f->date);
	else if (f->value == (double)(lua_Integer)f->value)
		lua_pushinteger(L, (lua_Integer)f->value);
	else
		lua_pushnumber(L, f->value);
}

static void fact_max(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct fact *f = fact_of(e, o);

	if (f->type == FACT_RANGE)
		lua_pushnumber(L, f->max);
	else
		lua_pushnil(L);
}

static void fact_display(lua_State *L, struct engine *e, struct object_ref o)
{
	struct buf *b = state_buf(e);

	record_write_value(b, fact_of(e, o));
	bind_push_str(L, buf_str(b));
}

static void fact_as_of(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct fact *f = fact_of(e, o);
	struct buf *b = state_buf(e);

	date_write_range(b, f->as_of);
	bind_push_maybe(L, buf_str(b));
}

static void fact_as_of_text(lua_State *L, struct engine *e, struct object_ref o)
{
	bind_push_maybe(L, bind_format_date(e, fact_of(e, o)->as_of));
}

static void fact_source(lua_State *L, struct engine *e, struct object_ref o)
{
	bind_push_page(L, fact_of(e, o)->r.source.page);
}

static void fact_about(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct fact *f = fact_of(e, o);

	bind_push_refs(L, e, f->about, f->n_about);
}

static void fact_is_stale(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct fact *f = fact_of(e, o);

	bind_note(e, FACT_STALE, str_format(bind_of(e)->scratch, "fact:%.*s", STR_ARG(f->r.id)));
	lua_pushboolean(L, site_is_stale_fact(bind_of(e)->site, f));
}

static void fact_review_by(lua_State *L, struct engine *e, struct object_ref o)
{
	object_push_date(L, e, fact_of(e, o)->review_by);
}

static void fact_set(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct fact *f = fact_of(e, o);

	bind_note_page(e, FACT_PAGE_COMPARISONS, f->subject.page);
	if (f->set == UINT32_MAX)
		lua_pushnil(L);
	else
		bind_push(L, BIND_COMPARISON, f->set | QUERY_COMPUTED, 0);
}

static bool holds_fact(const struct comparison *c, uint32_t fact)
{
	for (size_t i = 0; i < c->n_facts; i++)
		if (c->facts[i] == fact)
			return true;
	return false;
}

static void fact_comparisons(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct page *p = fact_of(e, o)->subject.page;
	uint32_t *ids = arena_array(bind_of(e)->scratch, uint32_t, p->n_comparisons + 1);
	size_t n = 0;

	bind_note_page(e, FACT_PAGE_COMPARISONS, p);
	for (size_t i = 0; i < p->n_comparisons; i++)
		if (holds_fact(bind_comparison(e, p->comparisons[i]), o.id))
			ids[n++] = p->comparisons[i];
	bind_push_list(L, e, (struct bind_list){ .cls = BIND_COMPARISON, .ids = ids, .n = n });
}

static void fact_key(lua_State *L, struct engine *e, struct object_ref o)
{
	bind_push_str(L, fact_of(e, o)->r.id);
}

static struct str fact_describe(struct engine *e, struct object_ref o)
{
	return str_format(&e->scratch, "fact %.*s", STR_ARG(bind_of(e)->site->records.facts[o.id].r.id));
}

static const struct object_field fact_fields[] = {
	{ "id", "string", "Its id", .text = fact_id },
	{ "anchor", "string", "Its anchor on the subject's page: fact-ID", .text = fact_anchor },
	{ "url", "string", "Permalink, a site path", .text = fact_url },
	{ "subject", "page", "Whom it is about", .push = fact_subject },
	{ "measure", "string", "What is measured", .text = fact_measure },
	{ "value", "number, string or date", "The value; of ranges the lower end", .push = fact_value },
	{ "max", "number?", "The upper end of a range", .push = fact_max },
	{ "display", "string", "Value with approximation and unit", .push = fact_display },
	{ "unit", "string", "Unit", .text = fact_unit },
	{ "approx", "string", "about, more than, …", .text = fact_approx },
	{ "as_of", "string?", "Date or interval, ISO 8601", .push = fact_as_of },
	{ "as_of_text", "string?", "The same for people", .push = fact_as_of_text },
	{ "as_of_basis", "string", "stated, inferred, outside", .text = fact_as_of_basis },
	{ "edition", "string", "Edition of the publication", .text = fact_edition },
	{ "scope", "string", "What exactly is counted", .text = fact_scope },
	{ "source", "page", "Where it was taken from", .push = fact_source },
	{ "locator", "string", "Where in the source", .text = fact_locator },
	{ "quote", "string", "The exact words", .text = fact_quote },
	{ "attributed_to", "string", "Whom the source names", .text = fact_attributed_to },
	{ "confidence", "string", "As the editors judge it", .text = fact_confidence },
	{ "status", "string", "current, superseded, withdrawn", .text = fact_status },
	{ "note", "string", "Remark", .text = fact_note },
	{ "about", "list of page", "Further pages it is shown with", .push = fact_about },
	{ "is_stale", "boolean", "Past its review on the build date", .push = fact_is_stale },
	{ "review_by", "date?", "When it should be looked at again", .push = fact_review_by },
	{ "set", "comparison?", "The computed set it belongs to", .push = fact_set },
	{ "comparisons", "list of comparison", "All it stands in, declared and computed", .push = fact_comparisons },
	{ "basis", "string", "stated, inferred, outside", .text = fact_basis },
};
const struct object_class bind_fact_class = { .name = "fact",
					      .fields = fact_fields,
					      .n_fields = sizeof(fact_fields) / sizeof(fact_fields[0]),
					      .describe = fact_describe,
					      .key = fact_key };

/* relations, from one page's point of view; the page's own aspect was noted when they were listed */

static const struct relation *relation_of(struct engine *e, struct object_ref o)
{
	return &bind_of(e)->site->records.relations[o.id >> 1];
}

struct str bind_relation_label(struct engine *e, uint32_t id)
{
	const struct relation *r = &bind_of(e)->site->records.relations[id >> 1];

	return id & 1 ? r->type->reverse : r->type->label;
}

/* A new day may end it. */
static void note_end(struct engine *e, const struct relation *r)
{
	if (date_is_set(r->to))
		bind_note(e, FACT_ENDED, r->r.id);
}

#define RELATION_TEXT_FIELD(field, value) \
	static struct str relation_##field(struct engine *e, struct object_ref o) \
	{ \
		const struct relation *r = relation_of(e, o); \
\
		return value; \
	}
RELATION_TEXT_FIELD(id, r->r.id)
RELATION_TEXT_FIELD(type, r->type->id)
RELATION_TEXT_FIELD(role, r->role)
RELATION_TEXT_FIELD(share, r->share)
RELATION_TEXT_FIELD(locator, r->r.locator)
RELATION_TEXT_FIELD(quote, r->r.quote)
RELATION_TEXT_FIELD(note, r->r.note)
RELATION_TEXT_FIELD(basis, str_from(record_basis(r->r.basis)))
RELATION_TEXT_FIELD(label, o.id & 1 ? r->type->reverse : r->type->label)

static struct str relation_anchor(struct engine *e, struct object_ref o)
{
	return str_format(bind_of(e)->scratch, "relation-%.*s", STR_ARG(relation_of(e, o)->r.id));
}

static void relation_page(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct relation *r = relation_of(e, o);

	if (o.id & 1)
		bind_push_index(L, e, r->from_page);
	else
		bind_push_page(L, r->target.page);
}

static void relation_source(lua_State *L, struct engine *e, struct object_ref o)
{
	bind_push_page(L, relation_of(e, o)->r.source.page);
}

static void relation_is_reverse(lua_State *L, struct engine *e, struct object_ref o)
{
	(void)e;
	lua_pushboolean(L, o.id & 1);
}

static void relation_is_former(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct relation *r = relation_of(e, o);

	note_end(e, r);
	lua_pushboolean(L, site_is_former(bind_of(e)->site, r));
}

static void relation_from(lua_State *L, struct engine *e, struct object_ref o)
{
	object_push_date(L, e, relation_of(e, o)->from);
}

static void relation_to(lua_State *L, struct engine *e, struct object_ref o)
{
	object_push_date(L, e, relation_of(e, o)->to);
}

static void relation_period(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct relation *r = relation_of(e, o);
	struct buf *b = state_buf(e);

	if (date_is_set(r->from) || date_is_set(r->to)) {
		date_write_human(b, r->from, NULL);
		buf_add_z(b, "–");
		date_write_human(b, r->to, NULL);
	}
	bind_push_str(L, buf_str(b));
}

static const struct object_field relation_fields[] = {
	{ "id", "string", "Its id", .text = relation_id },
	{ "anchor", "string", "Its anchor on the page it is written on: relation-ID", .text = relation_anchor },
	{ "type", "string", "Type as declared in site.toml", .text = relation_type },
	{ "label", "string", "Label from this page's side", .text = relation_label },
	{ "page", "page", "The other end", .push = relation_page },
	{ "is_reverse", "boolean", "Written on the other end's page", .push = relation_is_reverse },
	{ "is_former", "boolean", "Has ended", .push = relation_is_former },
	{ "role", "string", "Role", .text = relation_role },
	{ "share", "string", "Share", .text = relation_share },
	{ "from", "date?", "Beginning", .push = relation_from },
	{ "to", "date?", "End", .push = relation_to },
	{ "period", "string", "Both for people; may be empty", .push = relation_period },
	{ "source", "page?", "Where it was taken from", .push = relation_source },
	{ "locator", "string", "Where in the source", .text = relation_locator },
	{ "quote", "string", "The exact words", .text = relation_quote },
	{ "note", "string", "Remark", .text = relation_note },
	{ "basis", "string", "stated, inferred, outside", .text = relation_basis },
};
const struct object_class bind_relation_class = { .name = "relation",
						  .fields = relation_fields,
						  .n_fields = sizeof(relation_fields) / sizeof(relation_fields[0]) };

static int by_label(const void *x, const void *y, void *ctx)
{
	struct engine *e = ctx;
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
	const struct site *s = bind_of(e)->site;
	const struct relation *ra = &s->records.relations[a >> 1], *rb = &s->records.relations[b >> 1];
	int c = str_cmp(bind_relation_label(e, a), bind_relation_label(e, b));

	if (c == 0)
		c = (int)site_is_former(s, ra) - (int)site_is_former(s, rb);
	if (c == 0)
		c = date_cmp(ra->from, rb->from);
	return c ? c : str_cmp(ra->r.id, rb->r.id);
}

const uint32_t *bind_ordered_relations(struct engine *e, const struct page *p)
{
	uint32_t *list = arena_array(bind_of(e)->scratch, uint32_t, p->n_relations + 1);

	for (size_t i = 0; i < p->n_relations; i++) {
		list[i] = p->relations[i];
		note_end(e, &bind_of(e)->site->records.relations[list[i] >> 1]);
	}
	qsort_r(list, p->n_relations, sizeof(*list), by_label, e);
	return list;
}

static struct str group_label(struct engine *e, struct object_ref o)
{
	return bind_relation_label(e, bind_ordered_relations(e, bind_page(e, o.id))[o.aux]);
}

static void group_items(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct page *p = bind_page(e, o.id);
	const uint32_t *all = bind_ordered_relations(e, p);
	struct str label = bind_relation_label(e, all[o.aux]);
	size_t end = o.aux;

	while (end < p->n_relations && str_eq(bind_relation_label(e, all[end]), label))
		end++;
	bind_push_list(L, e, (struct bind_list){ .cls = BIND_RELATION, .ids = all + o.aux, .n = end - o.aux });
}

static const struct object_field group_fields[] = {
	{ "label", "string", "What the relations have in common", .text = group_label },
	{ "items", "list of relation", "The relations", .push = group_items },
};
const struct object_class bind_relation_group_class = { .name = "relation group",
							.fields = group_fields,
							.n_fields = 2 };

/* events */

static const struct event *event_of(struct engine *e, struct object_ref o)
{
	const struct event *r = &bind_of(e)->site->records.events[o.id];

	bind_note(e, FACT_RECORD, str_format(bind_of(e)->scratch, "event:%.*s", STR_ARG(r->r.id)));
	return r;
}

#define EVENT_TEXT_FIELD(field, value) \
	static struct str event_##field(struct engine *e, struct object_ref o) \
	{ \
		const struct event *v = event_of(e, o); \
\
		return value; \
	}
EVENT_TEXT_FIELD(id, v->r.id)
EVENT_TEXT_FIELD(text, v->text)
EVENT_TEXT_FIELD(locator, v->r.locator)
EVENT_TEXT_FIELD(quote, v->r.quote)
EVENT_TEXT_FIELD(note, v->r.note)
EVENT_TEXT_FIELD(basis, str_from(record_basis(v->r.basis)))
EVENT_TEXT_FIELD(date_text, bind_format_date(e, v->date))

static void event_date(lua_State *L, struct engine *e, struct object_ref o)
{
	struct buf *b = state_buf(e);

	date_write_range(b, event_of(e, o)->date);
	bind_push_str(L, buf_str(b));
}

static void event_year(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct event *v = event_of(e, o);

	if (date_is_set(v->date.from))
		lua_pushinteger(L, v->date.from.year);
	else
		lua_pushnil(L);
}

static void event_source(lua_State *L, struct engine *e, struct object_ref o)
{
	bind_push_page(L, event_of(e, o)->r.source.page);
}

static void event_about(lua_State *L, struct engine *e, struct object_ref o)
{
	bind_push_refs(L, e, event_of(e, o)->about, event_of(e, o)->n_about);
}

static const struct object_field event_fields[] = {
	{ "id", "string", "Its id", .text = event_id },
	{ "date", "string", "Date or interval, ISO 8601; may be empty", .push = event_date },
	{ "date_text", "string", "The same for people", .text = event_date_text },
	{ "year", "number?", "Year it began", .push = event_year },
	{ "text", "string", "What happened", .text = event_text },
	{ "source", "page?", "Where it was taken from", .push = event_source },
	{ "locator", "string", "Where in the source", .text = event_locator },
	{ "quote", "string", "The exact words", .text = event_quote },
	{ "about", "list of page", "Whom it concerns", .push = event_about },
	{ "note", "string", "Remark", .text = event_note },
	{ "basis", "string", "stated, inferred, outside", .text = event_basis },
};
const struct object_class bind_event_class = { .name = "event",
					       .fields = event_fields,
					       .n_fields = sizeof(event_fields) / sizeof(event_fields[0]) };

/* quotes */

static const struct quote *quote_of(struct engine *e, struct object_ref o)
{
	const struct quote *r = &bind_of(e)->site->records.quotes[o.id];

	bind_note(e, FACT_RECORD, str_format(bind_of(e)->scratch, "quote:%.*s", STR_ARG(r->r.id)));
	return r;
}

#define QUOTE_TEXT_FIELD(field, value) \
	static struct str quote_##field(struct engine *e, struct object_ref o) \
	{ \
		const struct quote *q = quote_of(e, o); \
\
		return value; \
	}
QUOTE_TEXT_FIELD(id, q->r.id)
QUOTE_TEXT_FIELD(text, q->text)
QUOTE_TEXT_FIELD(locator, q->r.locator)
QUOTE_TEXT_FIELD(note, q->r.note)

static void quote_speaker(lua_State *L, struct engine *e, struct object_ref o)
{
	bind_push_page(L, quote_of(e, o)->speaker.page);
}

static void quote_source(lua_State *L, struct engine *e, struct object_ref o)
{
	bind_push_page(L, quote_of(e, o)->r.source.page);
}

static void quote_is_verbatim(lua_State *L, struct engine *e, struct object_ref o)
{
	lua_pushboolean(L, quote_of(e, o)->is_verbatim);
}

static void quote_about(lua_State *L, struct engine *e, struct object_ref o)
{
	bind_push_refs(L, e, quote_of(e, o)->about, quote_of(e, o)->n_about);
}

static const struct object_field quote_fields[] = {
	{ "id", "string", "Its id", .text = quote_id },
	{ "speaker", "page", "Who said it", .push = quote_speaker },
	{ "text", "string", "The words", .text = quote_text },
	{ "source", "page", "Where it was taken from", .push = quote_source },
	{ "locator", "string", "Where in the source", .text = quote_locator },
	{ "is_verbatim", "boolean", "The speaker's own words", .push = quote_is_verbatim },
	{ "about", "list of page", "Whom it concerns", .push = quote_about },
	{ "note", "string", "Remark", .text = quote_note },
};
const struct object_class bind_quote_class = { .name = "quote",
					       .fields = quote_fields,
					       .n_fields = sizeof(quote_fields) / sizeof(quote_fields[0]) };

/* comparisons */

const struct comparison *bind_comparison(struct engine *e, uint32_t id)
{
	const struct site *s = bind_of(e)->site;

	return id & QUERY_COMPUTED ? &s->sets[id & ~QUERY_COMPUTED] : &s->records.comparisons[id];
}

static const struct comparison *comparison_of(struct engine *e, struct object_ref o)
{
	const struct comparison *c = bind_comparison(e, o.id);

	bind_note(e, FACT_RECORD, str_format(bind_of(e)->scratch, "comparison:%.*s", STR_ARG(c->r.id)));
	return c;
}

static struct str comparison_id(struct engine *e, struct object_ref o)
{
	return comparison_of(e, o)->r.id;
}

static struct str comparison_anchor(struct engine *e, struct object_ref o)
{
	return str_format(bind_of(e)->scratch, "comparison-%.*s", STR_ARG(comparison_of(e, o)->r.id));
}

/* On the page of all comparisons where there is one, else with its subject. */
static void comparison_url(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct comparison *c = comparison_of(e, o);
	const struct page *all = site_page_by_key(bind_of(e)->site, STR("comparisons"));

	bind_note_place(e, STR("comparisons"));
	if (!all && c->n_about)
		all = c->about[0].page;
	bind_push_str(L,
		      all ? str_format(bind_of(e)->scratch, "%.*s#comparison-%.*s", STR_ARG(all->url), STR_ARG(c->r.id))
			  : STR("/"));
}

static struct str comparison_title(struct engine *e, struct object_ref o)
{
	return comparison_of(e, o)->title;
}

static struct str comparison_kind(struct engine *e, struct object_ref o)
{
	return str_from(record_comparison_kind(comparison_of(e, o)->kind));
}

static struct str comparison_kind_label(struct engine *e, struct object_ref o)
{
	const char *kind = record_comparison_kind(comparison_of(e, o)->kind);
	struct str key = str_format(bind_of(e)->scratch, "comparison.kinds.%s", kind), text;

	bind_note(e, FACT_STRING, key);
	return site_string(bind_of(e)->site, key, &text) ? text : str_from(kind);
}

static void comparison_is_computed(lua_State *L, struct engine *e, struct object_ref o)
{
	lua_pushboolean(L, comparison_of(e, o)->is_computed);
}

static void comparison_is_conflict(lua_State *L, struct engine *e, struct object_ref o)
{
	lua_pushboolean(L, comparison_of(e, o)->kind == COMPARISON_CONFLICT);
}

static void comparison_facts(lua_State *L, struct engine *e, struct object_ref o)
{
	const struct comparison *c = comparison_of(e, o);

	bind_push_list(L, e, (struct bind_list){ .cls = BIND_FACT, .ids = c->facts, .n = c->n_facts });
}

static void comparison_passages(lua_State *L, struct engine *e, struct object_ref o)
{
	bind_push_list(L, e,
		       (struct bind_list){ .cls = BIND_PASSAGE, .owner = o.id, .n = comparison_of(e, o)->n_passages });
}

static void comparison_about(lua_State *L, struct engine *e, struct object_ref o)
{
	bind_push_refs(L, e, comparison_of(e, o)->about, comparison_of(e, o)->n_about);
}

static void comparison_explanation(lua_State *L, struct engine *e, struct object_ref o)
{
	struct body body = bind_of(e)->body;
	struct buf out;

	buf_init(&out, 0);
	body_write_doc(&out, &body, comparison_of(e, o)->doc);
	bind_push_html(L, e, &out);
}

static void comparison_subject(lua_State *L, struct engine *e, struct object_ref o)
{
	bind_push_index(L, e, comparison_of(e, o)->subject);
}

static const struct object_field comparison_fields[] = {
	{ "id", "string", "Its id", .text = comparison_id },
	{ "anchor", "string", "comparison-ID", .text = comparison_anchor },
	{ "url", "string", "Permalink, a site path", .push = comparison_url },
	{ "title", "string", "Title", .text = comparison_title },
	{ "kind", "string", "conflict, look-alike, scope, period, edition, same-study, translation, identity",
	  .text = comparison_kind },
	{ "kind_label", "string", "The kind in words", .text = comparison_kind_label },
	{ "is_computed", "boolean", "Found by the program, not declared", .push = comparison_is_computed },
	{ "is_conflict", "boolean", "A real disagreement", .push = comparison_is_conflict },
	{ "facts", "list of fact", "The figures", .push = comparison_facts },
	{ "passages", "list of passage", "The passages", .push = comparison_passages },
	{ "about", "list of page", "Whom it concerns", .push = comparison_about },
	{ "explanation", "html", "The editors' words", .push = comparison_explanation },
	{ "subject", "page?", "Of computed sets: whom the figures are about", .push = comparison_subject },
};
const struct object_class bind_comparison_class = { .name = "comparison",
						    .fields = comparison_fields,
						    .n_fields =
							    sizeof(comparison_fields) / sizeof(comparison_fields[0]) };

static const struct passage *passage_of(struct engine *e, struct object_ref o)
{
	return &bind_comparison(e, o.id)->passages[o.aux];
}

static void passage_source(lua_State *L, struct engine *e, struct object_ref o)
{
	bind_push_page(L, passage_of(e, o)->source.page);
}

static struct str passage_locator(struct engine *e, struct object_ref o)
{
	return passage_of(e, o)->locator;
}

static struct str passage_quote(struct engine *e, struct object_ref o)
{
	return passage_of(e, o)->quote;
}

static const struct object_field passage_fields[] = {
	{ "source", "page?", "Where it stands", .push = passage_source },
	{ "locator", "string", "Where in the source", .text = passage_locator },
	{ "quote", "string", "The exact words", .text = passage_quote },
};
const struct object_class bind_passage_class = { .name = "passage", .fields = passage_fields, .n_fields = 3 };
