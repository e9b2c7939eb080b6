#include "lua/bind_impl.h"

#include <string.h>

void bind_note_place(struct engine *e, struct str key)
{
	struct query q = { .of = QUERY_FIND, .tag = key };

	bind_note(e, FACT_QUERY, query_key(bind_of(e)->scratch, &q));
}

void bind_push(lua_State *L, enum bind_class cls, uint32_t id, uint32_t aux)
{
	object_push(L, (struct object_ref){ (uint8_t)cls, aux, id });
}

void bind_set(struct object_cell *out, enum bind_class cls, uint32_t id, uint32_t aux)
{
	out->kind = CELL_OBJECT;
	out->as.object = (struct object_ref){ (uint8_t)cls, aux, id };
}

void bind_set_page(struct object_cell *out, const struct page *p)
{
	out->kind = CELL_NIL;
	if (p)
		bind_set(out, BIND_PAGE, p->index, 0);
}

void bind_set_index(struct object_cell *out, struct engine *e, uint32_t page)
{
	bind_set_page(out, page == UINT32_MAX ? NULL : bind_page(e, page));
}

void bind_set_list(struct object_cell *out, struct engine *e, struct bind_list list)
{
	struct bind_state *state = bind_of(e)->state;

	vec_push(bind_of(e)->scratch, &state->lists, list);
	bind_set(out, BIND_LIST, (uint32_t)state->lists.len - 1, 0);
}

void bind_set_refs(struct object_cell *out, struct engine *e, const struct ref *refs, size_t n)
{
	uint32_t *ids = arena_array(bind_of(e)->scratch, uint32_t, n + 1);
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		if (refs[i].page)
			ids[len++] = refs[i].page->index;
	bind_set_list(out, e, (struct bind_list){ .cls = BIND_PAGE, .ids = ids, .n = len });
}

void bind_set_tags(struct object_cell *out, struct engine *e, const struct tag_list *t)
{
	uint32_t *ids = arena_array(bind_of(e)->scratch, uint32_t, t->n + 1);
	size_t len = 0;

	for (size_t i = 0; i < t->n; i++)
		if (t->pages[i] != UINT32_MAX)
			ids[len++] = t->pages[i];
	bind_set_list(out, e, (struct bind_list){ .cls = BIND_PAGE, .ids = ids, .n = len });
}

void bind_push_page(lua_State *L, const struct page *p)
{
	if (p)
		bind_push(L, BIND_PAGE, p->index, 0);
	else
		lua_pushnil(L);
}

void bind_push_index(lua_State *L, struct engine *e, uint32_t page)
{
	bind_push_page(L, page == UINT32_MAX ? NULL : bind_page(e, page));
}

void bind_push_list(lua_State *L, struct engine *e, struct bind_list list)
{
	struct object_cell c;

	bind_set_list(&c, e, list);
	object_push_cell(L, &c);
}

void bind_push_refs(lua_State *L, struct engine *e, const struct ref *refs, size_t n)
{
	struct object_cell c;

	bind_set_refs(&c, e, refs, n);
	object_push_cell(L, &c);
}

void bind_push_str(lua_State *L, struct str s)
{
	state_push(L, s);
}

void bind_push_maybe(lua_State *L, struct str s)
{
	if (s.len)
		state_push(L, s);
	else
		lua_pushnil(L);
}

void bind_push_html(lua_State *L, struct engine *e, struct buf *b)
{
	bind_push_written(L, e, b);
	buf_release(b);
}

void bind_push_written(lua_State *L, struct engine *e, const struct buf *b)
{
	object_push_borrowed(L, e, MARK_HTML, buf_copy(b, bind_of(e)->scratch));
}

struct str bind_format_date(struct engine *e, struct date_range r)
{
	struct buf *b = state_buf(e);

	date_write_human(b, r.from, NULL);
	if (date_cmp(r.from, r.to) != 0) {
		buf_add_z(b, "–");
		date_write_human(b, r.to, NULL);
	}
	return buf_copy(b, bind_of(e)->scratch);
}

/* lists */

static const struct bind_list *list_of(struct engine *e, struct object_ref o)
{
	return &bind_of(e)->state->lists.ptr[o.id];
}

static size_t list_length(struct engine *e, struct object_ref o)
{
	return list_of(e, o)->n;
}

static void list_item(struct engine *e, struct object_ref o, size_t i, struct object_cell *out)
{
	const struct bind_list *list = list_of(e, o);

	if (list->strings)
		object_set_text(out, list->strings[i]);
	else if (list->cls == BIND_NAME && list->ids)
		bind_set(out, BIND_NAME, list->ids[i] >> 8, list->ids[i] & 255);
	else if ((list->cls == BIND_BACKLINK || list->cls == BIND_BUCKET) && list->ids)
		bind_set(out, list->cls, list->owner, list->ids[i]);
	else if (list->ids)
		bind_set(out, list->cls, list->ids[i], 0);
	else if (list->cls == BIND_MENU)
		bind_set(out, BIND_MENU, (uint32_t)i, 0);
	else
		bind_set(out, list->cls, list->owner, (uint32_t)i);
}

const struct object_class bind_list_class = { .name = "list", .length = list_length, .item = list_item };

/* begin: the globals of a render */

static void set_object(lua_State *L, struct engine *e, const char *name, enum bind_class cls, uint32_t id)
{
	bind_push(L, cls, id, 0);
	state_set_global(L, e, name);
}

void bind_begin(lua_State *L, struct engine *e, const void *ctx)
{
	const struct bind_job *job = ctx;
	const struct value *args = job->state->shortcode_args;

	set_object(L, e, "site", BIND_SITE, 0);
	set_object(L, e, "config", BIND_CONFIG, 0);
	set_object(L, e, "data", BIND_DATA, 0);
	set_object(L, e, "output", BIND_OUTPUT, 0);
	set_object(L, e, "page", BIND_PAGE, job->page->index);
	set_object(L, e, "pager", BIND_PAGER, 0);
	for (size_t i = 0; args && i < args->as.table.len; i++) {
		object_push_value(L, e, args->as.table.entries[i].value);
		state_set_global(L, e, str_z(&e->scratch, args->as.table.entries[i].key));
	}
	if (job->state->has_body) {
		object_push_borrowed(L, e, MARK_HTML, job->state->body);
		state_set_global(L, e, "body");
	}
}

void bind_uses(struct engine *e, struct str name)
{
	bind_note_lasting(e, FACT_TEMPLATE, name);
}

/* what is the same on every output: the facts it reads are a group, noted each time */

/* Links differ by folder or by what the output holds; the arguments of a shortcode may have the names of constants. */
const void *bind_keeps(struct engine *e)
{
	const struct bind_job *job = bind_of(e);

	return job->href.is_relative || job->href.inside || job->state->depth ? NULL : job->facts;
}

void bind_keep_begin(struct engine *e)
{
	const struct bind_job *job = bind_of(e);

	job->state->kept = factset_stretch_begin(job->facts);
}

const void *bind_keep_end(struct engine *e, struct arena *a)
{
	const struct bind_job *job = bind_of(e);
	uint32_t *group;

	if (!a) {
		factset_stretch_end(job->facts, job->state->kept);
		return NULL;
	}
	group = arena_new(a, uint32_t);
	*group = factset_stretch_group(job->facts, job->state->kept);
	return group;
}

void bind_keep_again(struct engine *e, const void *kept)
{
	factset_note_group(bind_of(e)->facts, *(const uint32_t *)kept);
}

const struct object_class *const bind_classes[] = {
	[BIND_SITE - 1] = &bind_site_class,
	[BIND_CONFIG - 1] = &bind_config_class,
	[BIND_DATA - 1] = &bind_data_class,
	[BIND_OUTPUT - 1] = &bind_output_class,
	[BIND_PAGER - 1] = &bind_pager_class,
	[BIND_LIST - 1] = &bind_list_class,
	[BIND_KIND - 1] = &bind_kind_class,
	[BIND_PAGE - 1] = &bind_page_class,
	[BIND_FACT - 1] = &bind_fact_class,
	[BIND_RELATION - 1] = &bind_relation_class,
	[BIND_RELATION_GROUP - 1] = &bind_relation_group_class,
	[BIND_EVENT - 1] = &bind_event_class,
	[BIND_QUOTE - 1] = &bind_quote_class,
	[BIND_COMPARISON - 1] = &bind_comparison_class,
	[BIND_PASSAGE - 1] = &bind_passage_class,
	[BIND_NAME - 1] = &bind_name_class,
	[BIND_CITATION - 1] = &bind_citation_class,
	[BIND_BACKLINK - 1] = &bind_backlink_class,
	[BIND_COMENTION - 1] = &bind_comention_class,
	[BIND_HEADING - 1] = &bind_heading_class,
	[BIND_SOURCE - 1] = &bind_source_class,
	[BIND_RESTS - 1] = &bind_rests_class,
	[BIND_TAGGED - 1] = &bind_tagged_class,
	[BIND_FIELD - 1] = &bind_field_class,
	[BIND_LINK - 1] = &bind_link_class,
	[BIND_MENU - 1] = &bind_menu_class,
	[BIND_BUCKET - 1] = &bind_bucket_class,
	[BIND_COUNTS - 1] = &bind_counts_class,
	[BIND_STEP - 1] = &bind_step_class,
};
_Static_assert(sizeof(bind_classes) / sizeof(bind_classes[0]) == BIND_LAST, "a class for every number");

/* hooks of page texts: templates inside templates, in an engine of their own */

static bool render_inner(const struct bind_job *outer, struct str template, const struct value *args, struct str body,
			 bool has_body, struct buf *out)
{
	struct bind_job job = *outer;
	struct engine_job inner = { .template = template, .page = outer->page->path, .ctx = &job };
	size_t errors = outer->dl->errors;

	job.engine = engine_inner(outer->engine);
	job.state = arena_new(outer->scratch, struct bind_state);
	job.state->depth = outer->state->depth + 1;
	job.state->outer = outer->state;
	job.state->shortcode_args = args;
	job.state->body = body;
	job.state->has_body = has_body;
	bind_job_init(&job);
	return engine_render(job.engine, &inner, out, outer->dl) && outer->dl->errors == errors;
}

/* A text may hold many of them, each with a text that does: the first that goes too deep ends it for all. */
static bool is_too_deep(const struct bind_job *job, struct str path, struct str name, struct pos at)
{
	if (job->state->is_given_up)
		return true;
	if (job->state->depth < BIND_MAX_DEPTH)
		return false;
	diag_add(job->dl, DIAG_ERROR, "shortcode/too-deep", path, at,
		 "the shortcode '%.*s' stands more than %d deep in texts that shortcodes print", STR_ARG(name),
		 BIND_MAX_DEPTH);
	diag_hint(job->dl, "a shortcode that prints the text it stands in never ends");
	for (struct bind_state *s = job->state; s; s = s->outer)
		s->is_given_up = true;
	return true;
}

/* name="value" name='value' name=word */
static const struct value *parse_args(struct arena *a, struct str s)
{
	struct value *table = value_new(a, VALUE_TABLE, (struct pos){ 0, 0 });

	for (s = str_trim(s); s.len; s = str_trim(s)) {
		ptrdiff_t eq = str_find_byte(s, '=');
		struct str key, value;
		size_t end = 0;

		if (eq <= 0)
			break;
		key = str_trim(str_cut(s, 0, (size_t)eq));
		s = str_trim(str_skip(s, (size_t)eq + 1));
		if (s.len && (s.ptr[0] == '"' || s.ptr[0] == '\'')) {
			ptrdiff_t close = str_find_byte(str_skip(s, 1), s.ptr[0]);

			value = str_cut(s, 1, close < 0 ? s.len : (size_t)close + 1);
			end = close < 0 ? s.len : (size_t)close + 2;
		} else {
			while (end < s.len && s.ptr[end] != ' ' && s.ptr[end] != '\n' && s.ptr[end] != '\t')
				end++;
			value = str_cut(s, 0, end);
		}
		value_put(a, table, key, (struct pos){ 0, 0 }, value_string(a, value, (struct pos){ 0, 0 }));
		s = str_skip(s, end);
	}
	return table;
}

static bool shortcode(void *ctx, struct buf *out, const struct page *p, struct str name, struct str args,
		      struct str body, struct pos at)
{
	const struct bind_job *job = ctx;
	struct str template = str_format(job->scratch, "shortcodes/%.*s.html", STR_ARG(name));

	if (!job->engine || !engine_has_template(job->engine->set, template)) {
		diag_add(job->dl, DIAG_ERROR, "shortcode/unknown", p->path, at, "there is no shortcode '%.*s'",
			 STR_ARG(name));
		diag_hint(job->dl, "make the template templates/shortcodes/%.*s.html", STR_ARG(name));
		return false;
	}
	if (is_too_deep(job, p->path, name, at))
		return false;
	return render_inner(job, template, parse_args(job->scratch, args), str_copy(job->scratch, body), true, out);
}

static bool figure(void *ctx, struct buf *out, const struct fact *f, bool is_block)
{
	const struct bind_job *job = ctx;
	struct value *args;

	if (!is_block || !job->engine || job->state->depth == BIND_MAX_DEPTH ||
	    !engine_has_template(job->engine->set, STR("shortcodes/figure.html")))
		return false;
	args = value_new(job->scratch, VALUE_TABLE, (struct pos){ 0, 0 });
	value_put(job->scratch, args, STR("id"), (struct pos){ 0, 0 },
		  value_string(job->scratch, f->r.id, (struct pos){ 0, 0 }));
	return render_inner(job, STR("shortcodes/figure.html"), args, STR_NONE, false, out);
}

void bind_job_init(struct bind_job *job)
{
	if (!job->state)
		job->state = arena_new(job->scratch, struct bind_state);
	job->body = (struct body){ .site = job->site,
				   .href = &job->href,
				   .facts = job->facts,
				   .scratch = job->scratch,
				   .shortcode = shortcode,
				   .figure = figure,
				   .ctx = job };
}
