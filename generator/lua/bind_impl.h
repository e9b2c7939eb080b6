#ifndef BIND_IMPL_H
#define BIND_IMPL_H

#include "lua/bind.h"
#include "lua/object.h"
#include "lua/state.h"
#include "site/query.h"

/*
 * bind_impl - what the parts of bind share; nobody else includes it.
 */
enum bind_class {
	BIND_SITE = 1,
	BIND_CONFIG,
	BIND_DATA,
	BIND_OUTPUT,
	BIND_PAGER,
	BIND_LIST,
	BIND_KIND,
	BIND_PAGE,       /* id: page */
	BIND_FACT,       /* id: fact */
	BIND_RELATION,   /* id: relation << 1 | seen from its target */
	BIND_RELATION_GROUP, /* id: page, aux: first in the page's ordered list */
	BIND_EVENT,
	BIND_QUOTE,
	BIND_COMPARISON, /* id: comparison, or computed set | QUERY_COMPUTED */
	BIND_PASSAGE,    /* id: comparison, aux: passage */
	BIND_NAME,       /* id: page, aux: name */
	BIND_CITATION,   /* id: page, aux: note */
	BIND_BACKLINK,   /* id: page, aux: backlink */
	BIND_COMENTION,  /* id: page, aux: index */
	BIND_HEADING,    /* id: page, aux: outline item */
	BIND_SOURCE,     /* id: page */
	BIND_RESTS,      /* id: page */
	BIND_TAGGED,     /* id: page, aux: tag list */
	BIND_FIELD,      /* id: page, aux: field of its kind */
	BIND_LINK,       /* id: page, aux: link */
	BIND_MENU,       /* id: menu item */
	BIND_BUCKET,     /* id: page, aux: bucket */
	BIND_COUNTS,
	BIND_STEP,       /* id: number of a part of a list; 0: parts left out */
	BIND_LAST = BIND_STEP,
};

/* A list made during a render: items are objects of one class, by id or by (page, number). */
struct bind_list {
	enum bind_class cls;
	const uint32_t *ids; /* NULL: items are (owner, 0), (owner, 1), … */
	const struct str *strings; /* of strings instead of objects */
	uint32_t owner;
	size_t n;
};

/* What one render keeps: made by bind_job_init, in the job's scratch arena. */
struct bind_state {
	VEC(struct bind_list) lists;
	const uint32_t *pager_ids; /* of the output at hand; filled when first asked for */
	size_t pager_n, pager_total;
	bool has_pager;
	/* of a shortcode or figure: rendered inside a page's text */
	const struct value *shortcode_args;
	struct str body;
	bool has_body, is_given_up;
	uint32_t depth;           /* 0: not within a text */
	struct bind_state *outer; /* of the text it stands in; NULL: none */
	struct factset_stretch kept; /* what is kept reads these */
};

static inline const struct bind_job *bind_of(struct engine *e)
{
	return e->ctx;
}

/* The one door of reads: everything a template sees passes here. */
static inline void bind_note(struct engine *e, enum fact_kind kind, struct str key)
{
	factset_note(bind_of(e)->facts, kind, key);
}

/* Of a key that stays where it is: a name of a template, a constant. */
static inline void bind_note_lasting(struct engine *e, enum fact_kind kind, struct str key)
{
	factset_note_lasting(bind_of(e)->facts, kind, key);
}

static inline void bind_note_page(struct engine *e, enum fact_kind kind, const struct page *p)
{
	factset_note_page(bind_of(e)->facts, kind, p->index);
}

/* Whether there is a page with this key. */
void bind_note_place(struct engine *e, struct str key);

static inline const struct page *bind_page(struct engine *e, uint32_t id)
{
	return site_page(bind_of(e)->site, id);
}

void bind_fetch_backlinks(struct engine *e, const struct page *p, const uint32_t *ids, size_t n); /* ids NULL: the first n */
const struct comparison *bind_comparison(struct engine *e, uint32_t id);

void bind_set(struct object_cell *out, enum bind_class cls, uint32_t id, uint32_t aux);
void bind_set_page(struct object_cell *out, const struct page *p);                  /* NULL gives nil */
void bind_set_index(struct object_cell *out, struct engine *e, uint32_t page);      /* UINT32_MAX gives nil */
void bind_set_list(struct object_cell *out, struct engine *e, struct bind_list list);
void bind_set_refs(struct object_cell *out, struct engine *e, const struct ref *refs, size_t n); /* those that resolved, as pages */
void bind_set_tags(struct object_cell *out, struct engine *e, const struct tag_list *t); /* so are these */
/* The same as values of Lua's. */
void bind_push(lua_State *L, enum bind_class cls, uint32_t id, uint32_t aux);
void bind_push_page(lua_State *L, const struct page *p);        /* NULL gives nil */
void bind_push_index(lua_State *L, struct engine *e, uint32_t page); /* UINT32_MAX gives nil */
void bind_push_list(lua_State *L, struct engine *e, struct bind_list list);
void bind_push_refs(lua_State *L, struct engine *e, const struct ref *refs, size_t n); /* those that resolved, as pages */
void bind_push_str(lua_State *L, struct str s);
void bind_push_maybe(lua_State *L, struct str s); /* empty gives nil */
/* As safe HTML; releases the buffer. */
void bind_push_html(lua_State *L, struct engine *e, struct buf *b);
void bind_push_written(lua_State *L, struct engine *e, const struct buf *b); /* leaves it, being the engine's */
/* "May 2025–June 2025"; lies in the render's arena. */
struct str bind_format_date(struct engine *e, struct date_range r);

extern const struct object_class bind_page_class, bind_kind_class, bind_name_class, bind_heading_class, bind_citation_class,
	bind_backlink_class, bind_comention_class, bind_source_class, bind_rests_class, bind_tagged_class, bind_field_class,
	bind_link_class, bind_bucket_class;
extern const struct object_class bind_fact_class, bind_relation_class, bind_relation_group_class, bind_event_class,
	bind_quote_class, bind_comparison_class, bind_passage_class;
extern const struct object_class bind_site_class, bind_config_class, bind_data_class, bind_output_class, bind_pager_class,
	bind_list_class, bind_menu_class, bind_counts_class, bind_step_class;

extern const struct object_class *const bind_classes[BIND_LAST];
void bind_begin(lua_State *L, struct engine *e, const void *ctx);
void bind_uses(struct engine *e, struct str name);
/* Of struct engine_host: texts that are the same on every output. */
const void *bind_keeps(struct engine *e);
void bind_keep_begin(struct engine *e);
const void *bind_keep_end(struct engine *e, struct arena *a);
void bind_keep_again(struct engine *e, const void *kept);

/* Relations of a page in the order of their groups: by label, current before former. */
const uint32_t *bind_ordered_relations(struct engine *e, const struct page *p);
struct str bind_relation_label(struct engine *e, uint32_t id);
#endif
