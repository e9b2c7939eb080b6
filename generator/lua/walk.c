#include "lua/walk_impl.h"

#include <string.h>

#include "lua/runtime.h"

#define MAX_KEPT ((size_t)8 << 20) /* bytes of one engine */
#define MAX_DEPTH 150              /* of plans that call each other */

static void walk_nodes(struct walk *w, const struct tmpl_node *node, const struct tmpl_node *end);
static void walk_inner_component(struct walk *w, const struct tmpl_node *node, const struct tmpl_component *c);
static void walk_inner_file(struct walk *w, const struct tmpl_node *node, const struct tmpl *t);

/* Schemes that a URL from data may have; others could run script. */
static bool is_safe_url(struct str url)
{
	static const struct str schemes[] = { STR_INIT("http"), STR_INIT("https"), STR_INIT("mailto"), STR_INIT("tel"),
					      STR_INIT("ftp") };
	size_t i = 0;

	url = str_trim(url);
	while (i < url.len && url.ptr[i] != ':' && url.ptr[i] != '/' && url.ptr[i] != '?' && url.ptr[i] != '#')
		i++;
	if (i == url.len || url.ptr[i] != ':')
		return true;
	for (size_t k = 0; k < sizeof(schemes) / sizeof(schemes[0]); k++)
		if (str_eq_nocase(str_cut(url, 0, i), schemes[k]))
			return true;
	return false;
}

static bool is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80 ||
	       (c && strchr("-._~", c));
}

static void write_percent(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (is_unreserved((unsigned char)s.ptr[i]))
			buf_add_char(out, s.ptr[i]);
		else
			buf_add_format(out, "%%%02X", (unsigned char)s.ptr[i]);
	}
}

/* A word, a number with unit, a colour: nothing that could end a declaration. */
static bool is_plain_css(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_unreserved((unsigned char)s.ptr[i]) && !strchr("#% ,", s.ptr[i]))
			return false;
	return true;
}

static void write_srcset(struct buf *out, struct str s)
{
	struct str part;

	for (bool is_first = true; str_next(&s, ',', &part); is_first = false) {
		part = str_trim(part);
		if (!is_first)
			buf_add_z(out, ", ");
		buf_add_html(out, is_safe_url(part) ? part : STR("#blocked"));
	}
}

_Noreturn static void not_printable(struct walk *w, int index)
{
	const struct tmpl_pos *p = &w->at.t->positions[w->at.pos];
	const char *type = state_type_name(w->L, index);

	if (lua_isnoneornil(w->L, index)) {
		state_hint(w->e, "print something else where it is absent: '?\?', or test it with 'if'");
		state_raise(w->L, "template/nil", "'%.*s' is nil", (int)(p->len < 100 ? p->len : 100),
			    w->at.t->text.ptr + p->off);
	}
	state_hint(w->e, "print one of its fields, or use a filter such as 'join' or 'json'");
	state_raise(w->L, "template/wrong-type", "%s cannot be printed", type);
}

/* Escapes what was written since `start` for HTML, where there is something to do. */
static void escape_from(struct engine *e, size_t start)
{
	struct str s = str_skip(buf_str(e->out), start);
	struct buf *copy;

	if (buf_html_plain(s) == s.len)
		return;
	copy = state_buf(e);
	buf_add(copy, s);
	buf_cut(e->out, start);
	buf_add_html(e->out, buf_str(copy));
}

/* A '<' is written so that nothing in the value can end the script or begin a comment in it. */
static void escape_json_from(struct engine *e, size_t start)
{
	struct str s = str_skip(buf_str(e->out), start);
	struct buf *copy;

	if (!s.len || !memchr(s.ptr, '<', s.len))
		return;
	copy = state_buf(e);
	buf_add(copy, s);
	s = buf_str(copy);
	buf_cut(e->out, start);
	for (size_t i = 0; i < s.len; i++) {
		const char *open = memchr(s.ptr + i, '<', s.len - i);
		size_t at = open ? (size_t)(open - s.ptr) : s.len;

		buf_add(e->out, str_cut(s, i, at));
		if (open)
			buf_add_z(e->out, "\\u003c");
		i = at;
	}
}

static void write_json(struct walk *w, const struct tmpl_node *node, int index)
{
	struct buf *out = w->e->out;
	enum object_mark kind;
	size_t start = out->len;
	struct str s;

	if (lua_isnil(w->L, index) && !node->is_json)
		not_printable(w, index);
	if (!node->is_json && object_mark(w->L, index, &kind, &s) && kind == MARK_JSON) {
		buf_add(out, s);
	} else {
		w->at.pos = node->is_json ? node->filter : node->pos;
		object_write_json(w->L, index, out, 0);
	}
	if (node->how == TMPL_ESCAPE_JSON_ATTR)
		escape_from(w->e, start);
	else
		escape_json_from(w->e, start);
}

/* A text with a filter that gives a URL. */
static void write_filtered(struct engine *e, const struct tmpl_node *node, struct str text)
{
	bool is_json = node->how == TMPL_ESCAPE_JSON;
	struct buf *out = is_json ? state_buf(e) : e->out;
	size_t start = e->out->len;

	e->set->host->write[node->writer - 1](e, text, out);
	if (is_json)
		buf_add_json(e->out, buf_str(out));
	if (is_json)
		escape_json_from(e, start);
	else
		escape_from(e, start);
}

/* The value at `index` of Lua's stack. */
static void write_other(struct walk *w, const struct tmpl_node *node, int index)
{
	struct buf *out = w->e->out, *text;
	enum object_mark kind = MARK_HTML;
	struct str s = STR_NONE;
	bool is_marked = object_mark(w->L, index, &kind, &s);

	if (node->how == TMPL_ESCAPE_JSON || node->how == TMPL_ESCAPE_JSON_ATTR) {
		write_json(w, node, index);
		return;
	}
	if (node->how == TMPL_ESCAPE_NONE || (node->how == TMPL_ESCAPE_HTML && is_marked && kind == MARK_HTML)) {
		if (!object_print(w->L, w->e, index, out))
			not_printable(w, index);
		return;
	}
	if (!is_marked) {
		text = state_buf(w->e);
		if (!object_print(w->L, w->e, index, text))
			not_printable(w, index);
		s = buf_str(text);
	}
	switch ((enum tmpl_escape)node->how) {
	case TMPL_ESCAPE_URL:
		buf_add_html(out, (is_marked && kind == MARK_URL) || is_safe_url(s) ? s : STR("#blocked"));
		break;
	case TMPL_ESCAPE_URL_PART:
		write_percent(out, s);
		break;
	case TMPL_ESCAPE_CSS:
		buf_add(out, is_plain_css(s) ? s : STR("blocked"));
		break;
	case TMPL_ESCAPE_SRCSET:
		write_srcset(out, s);
		break;
	default:
		buf_add_html(out, s);
	}
}

static void write_cell(struct walk *w, const struct tmpl_node *node, const struct object_cell *c)
{
	walk_push(w, c);
	write_other(w, node, lua_gettop(w->L));
}

static void write_text(struct walk *w, const struct tmpl_node *node, const struct object_cell *c)
{
	struct buf *out = w->e->out;
	size_t start = out->len;

	switch ((enum tmpl_escape)node->how) {
	case TMPL_ESCAPE_HTML:
	case TMPL_ESCAPE_RCDATA:
	case TMPL_ESCAPE_ATTR:
		buf_add_html(out, c->as.text);
		break;
	case TMPL_ESCAPE_NONE:
		buf_add(out, c->as.text);
		break;
	case TMPL_ESCAPE_JSON:
		buf_add_json(out, c->as.text);
		escape_json_from(w->e, start);
		break;
	default:
		write_cell(w, node, c);
	}
}

__attribute__((noinline)) static void call_component(struct walk *w, const struct tmpl_node *node)
{
	const struct tmpl_component *c = w->at.t->calls[node->value->target - 1];

	if (c->plan) {
		walk_inner_component(w, node, c);
		return;
	}
	walk_make_room(w, 8);
	runtime_push_component(w->L, w->e, c);
	walk_push_slots(w, node->value);
	w->at.pos = node->pos;
	lua_call(w->L, (int)node->value->n_slots, 0);
}

/* A call whose function the host can write with; false: it cannot. */
static bool write_direct(struct walk *w, const struct tmpl_expr *e)
{
	const struct engine_host *host = w->e->set->host;
	struct object_cell room;
	const struct object_cell *f = walk_eval(w, e->a, &room);
	lua_CFunction call = f->kind == CELL_LUA ? lua_tocfunction(w->L, f->index) : NULL;

	if (!call || !host || !e->n_slots || !e->slots[0] || (e->n_slots > 1 && e->slots[1]))
		return false;
	for (size_t i = 0; i < host->n_directs; i++)
		if (host->directs[i].call == call)
			return host->directs[i].write(w->e, walk_eval(w, e->slots[0], &room), w->e->out);
	return false;
}

__attribute__((noinline)) static void walk_hole(struct walk *w, const struct tmpl_node *node)
{
	struct object_cell room;
	const struct object_cell *c;
	struct str text;

	if (node->how <= TMPL_ESCAPE_NONE && node->value->kind == EXPR_CALL && write_direct(w, node->value))
		return;
	c = walk_eval(w, node->value, &room);
	w->at.pos = w->e->last_pos = node->pos;
	w->e->last = w->at.t;
	if (node->writer) {
		w->at.pos = node->filter;
		text = c->as.text;
		if (c->kind != CELL_TEXT) {
			walk_push(w, c);
			text = object_address(w->L, lua_gettop(w->L));
		}
		write_filtered(w->e, node, text);
	} else if (c->kind == CELL_TEXT) {
		write_text(w, node, c);
	} else if (c->kind == CELL_INTEGER && node->how <= TMPL_ESCAPE_NONE) {
		object_write_integer(c->as.integer, w->e->out);
	} else {
		write_cell(w, node, c);
	}
}

/* Brings steps and output to account. */
static void check(struct walk *w)
{
	state_check_output(w->L, w->e);
	state_charge(w->L, w->e, w->steps);
	w->steps = 0;
}

/* Drops what expressions have left on Lua's stack, where it is worth it: then there is as much room as at first. */
static void sweep(struct walk *w)
{
	if (w->room > WALK_ROOM / 3)
		return;
	lua_settop(w->L, w->top);
	w->room = WALK_ROOM;
}

/* The list of a loop, and its keys where it is asked for those too. */
static void open_loop(struct walk *w, const struct tmpl_node *node, struct object_cell *slots, struct object_list *list)
{
	size_t first = (size_t)(slots - w->cells);
	int index = (int)first + TMPL_LOOP_LIST + w->base;
	struct object_cell room;
	const struct object_cell *c = walk_eval(w, node->value, &room);

	w->at.pos = node->pos;
	walk_make_room(w, 8);
	if (node->text2.len)
		runtime_push_pairs(w->L);
	walk_push(w, c);
	if (node->text2.len) {
		lua_call(w->L, 1, 3);
		/* Not the table's own length: a value may be nil. */
		*list = (struct object_list){ .type = OBJECT_LIST_TABLE, .index = index };
		list->n = (size_t)lua_tointeger(w->L, -1);
		lua_pop(w->L, 1);
		lua_copy(w->L, -2, index + TMPL_LOOP_KEYS - TMPL_LOOP_LIST);
	}
	lua_replace(w->L, index);
	if (!node->text2.len)
		*list = runtime_list(w->L, index);
	object_set_integer(&slots[TMPL_LOOP_LENGTH], list->n);
}

static void next_value(struct walk *w, size_t slot, const struct object_list *list, size_t i)
{
	struct object_cell c;

	if (list->type == OBJECT_LIST_LIGHT) {
		object_class(w->e, list->ref)->item(w->e, list->ref, i, &w->cells[slot]);
		return;
	}
	object_list_push(w->L, list, i);
	walk_take(w, &c);
	walk_set(w, slot, &c);
}

__attribute__((noinline)) static void walk_for(struct walk *w, const struct tmpl_node *node)
{
	size_t first = walk_slot(w, node->slot), at = first + TMPL_LOOP_SLOTS, n_names = node->text2.len ? 2 : 1;
	struct object_cell *slots = &w->cells[first];
	struct object_list list, keys = { .type = OBJECT_LIST_TABLE, .index = (int)first + TMPL_LOOP_KEYS + w->base };

	open_loop(w, node, slots, &list);
	if (!list.n)
		walk_nodes(w, node->orelse, NULL);
	for (size_t i = 0; i < list.n; i++) {
		object_set_integer(&slots[TMPL_LOOP_NUMBER], i + 1);
		if (node->text2.len)
			next_value(w, at, &keys, i);
		next_value(w, at + n_names - 1, &list, i);
		for (size_t k = 0; k < node->n_sets; k++)
			w->cells[at + n_names + k].kind = CELL_NIL;
		sweep(w);
		walk_nodes(w, node->body, NULL);
		check(w);
	}
}

/* A table of names of its own that an included template looks others up in. */
static void push_names(struct walk *w, const struct tmpl_node *node)
{
	walk_make_room(w, 8);
	walk_push_table(w, node->expr);
	lua_rawgeti(w->L, LUA_REGISTRYINDEX, w->e->proxy_ref);
	lua_setmetatable(w->L, -2);
}

static bool has_names(const struct tmpl_node *node)
{
	return node->expr && node->expr->n_args;
}

__attribute__((noinline)) static void walk_include(struct walk *w, const struct tmpl_node *node)
{
	if (node->file->body_plan) {
		walk_inner_file(w, node, node->file);
		return;
	}
	walk_make_room(w, 8);
	runtime_push_parts(w->L, w->e, node->file);
	lua_getfield(w->L, -1, "entry");
	if (has_names(node))
		push_names(w, node);
	else
		lua_rawgeti(w->L, LUA_REGISTRYINDEX, w->e->env_ref);
	w->at.pos = node->pos;
	lua_call(w->L, 1, 0);
}

__attribute__((noinline)) static void walk_set_node(struct walk *w, const struct tmpl_node *node)
{
	struct object_cell room;

	walk_set(w, walk_slot(w, node->slot), walk_eval(w, node->value, &room));
}

__attribute__((noinline)) static void walk_if(struct walk *w, const struct tmpl_node *node)
{
	struct object_cell room;
	bool is_true = walk_is_true(walk_eval(w, node->value, &room));

	walk_nodes(w, is_true ? node->body : node->orelse, NULL);
}

static void walk_node(struct walk *w, const struct tmpl_node *node)
{
	w->steps++;
	switch (node->kind) {
	case NODE_TEXT:
		buf_add(w->e->out, node->text);
		return;
	case NODE_HOLE:
		if (node->value->kind == EXPR_CALL && node->value->resolved == CALL_COMPONENT)
			call_component(w, node);
		else
			walk_hole(w, node);
		break;
	case NODE_IF:
		walk_if(w, node);
		break;
	case NODE_FOR:
		walk_for(w, node);
		break;
	case NODE_SET:
		walk_set_node(w, node);
		break;
	case NODE_INCLUDE:
		walk_include(w, node);
		break;
	case NODE_BLOCK: /* is Lua's */
		break;
	}
	sweep(w);
}

/* A stretch that is the same in every render is taken from an earlier one, or kept. */
static void walk_kept(struct walk *w, const struct tmpl_node *node)
{
	struct engine *e = w->e;
	struct state_kept *kept = &e->kept[w->at.t->index][node->kept - 1];
	const struct tmpl_node *end = node->kept_end;
	bool is_first;

	if (e->may_keep && kept->is_there) {
		buf_add(e->out, kept->text);
		e->set->host->keep_again(e, kept->reads);
		w->steps += 4 + kept->text.len / 64;
		return;
	}
	is_first = e->may_keep && !e->being_kept && e->kept_arena.used < MAX_KEPT;
	if (is_first) {
		e->serial++;
		e->being_kept = kept;
		e->kept_from = e->out->len;
		e->set->host->keep_begin(e);
	}
	for (; node != end; node = node->next)
		walk_node(w, node);
	if (!is_first)
		return;
	e->serial++;
	e->being_kept = NULL;
	kept->text = str_copy(&e->kept_arena, str_skip(buf_str(e->out), e->kept_from));
	kept->reads = e->set->host->keep_end(e, &e->kept_arena);
	kept->is_there = true;
}

static void walk_nodes(struct walk *w, const struct tmpl_node *node, const struct tmpl_node *end)
{
	while (node != end) {
		if (node->kept) {
			walk_kept(w, node);
			node = node->kept_end;
			continue;
		}
		if (node->kind == NODE_TEXT)
			buf_add(w->e->out, node->text);
		else
			walk_node(w, node);
		node = node->next;
	}
}

/* Begins at slot `base`; the slots that are given are still to be filled. */
static void begin(struct walk *w, lua_State *L, const struct tmpl *t, const struct tmpl_plan *plan, int base)
{
	struct engine *e = state_engine(L);

	w->at = (struct state_walk){ .t = t, .outer = e->walk, .depth = e->walk ? e->walk->depth + 1 : 0 };
	w->L = L;
	w->e = e;
	w->plan = plan;
	w->seen = e->seen[t->index];
	w->base = base;
	w->steps = 4;
	w->room = WALK_ROOM;
	w->top = (int)(plan->n_given + plan->n_own) + base - 1;
	luaL_checkstack(L, (int)(plan->n_given + plan->n_own) + 2 * WALK_ROOM, NULL);
	lua_settop(L, w->top);
	for (uint32_t i = 0; i < plan->n_own; i++)
		w->cells[plan->n_given + i].kind = CELL_EMPTY;
	if (w->at.depth < MAX_DEPTH)
		return;
	state_hint(e, "something calls itself without an end");
	state_raise(L, "template/over-budget", "calls are nested too deeply");
}

static void check_argument(struct walk *w, const struct tmpl_component *c, size_t i)
{
	const struct tmpl_param *p = &c->params[i];

	if ((w->cells[i].kind == CELL_NIL && p->fallback) || !p->type.len || str_eq(p->type, STR("any")))
		return;
	walk_push(w, &w->cells[i]);
	runtime_check_argument(w->L, w->e, c, i, lua_gettop(w->L));
}

static void take_arguments(struct walk *w, const struct tmpl_component *c)
{
	struct object_cell room;

	for (size_t i = 0; i < c->n_params; i++)
		check_argument(w, c, i);
	for (size_t i = 0; i < c->n_params; i++)
		if (w->cells[i].kind == CELL_NIL && c->params[i].fallback)
			walk_set(w, i, walk_eval(w, c->params[i].fallback, &room));
}

/* What was begun, with everything given. */
static void walk(struct walk *w, const struct tmpl_component *c)
{
	w->e->walk = &w->at;
	if (c) {
		w->steps += 16;
		w->at.pos = c->pos;
		if (w->plan->names >= 0)
			w->cells[w->plan->names].kind = CELL_EMPTY;
		take_arguments(w, c);
	}
	walk_nodes(w, w->plan->first, w->plan->end);
	check(w);
	w->e->walk = w->at.outer;
}

/* What a plan calls that is one itself. */
static void begin_inner(struct walk *inner, struct walk *w, const struct tmpl *t, uint32_t plan)
{
	begin(inner, w->L, t, &t->plans[plan - 1], lua_gettop(w->L) + 1);
	inner->at.is_inner = true;
}

/* What it is given may be held above its slots. */
static void end_given(struct walk *inner)
{
	inner->top = lua_gettop(inner->L);
	luaL_checkstack(inner->L, 2 * WALK_ROOM, NULL);
}

static void walk_inner_component(struct walk *w, const struct tmpl_node *node, const struct tmpl_component *c)
{
	struct walk inner;

	begin_inner(&inner, w, c->owner, c->plan);
	for (size_t i = 0; i < c->n_params; i++) {
		const struct tmpl_expr *e = node->value->slots[i];
		struct object_cell room = { .kind = CELL_NIL };

		walk_set(&inner, i, e ? walk_eval(w, e, &room) : &room);
	}
	w->at.pos = node->pos;
	end_given(&inner);
	walk(&inner, c);
	lua_settop(w->L, inner.base - 1);
}

static void walk_inner_file(struct walk *w, const struct tmpl_node *node, const struct tmpl *t)
{
	struct walk inner;
	struct object_cell names = { .kind = CELL_EMPTY };

	begin_inner(&inner, w, t, t->body_plan);
	if (has_names(node)) {
		push_names(w, node);
		walk_take(w, &names);
	}
	if (inner.plan->names >= 0)
		walk_set(&inner, (size_t)inner.plan->names, &names);
	w->at.pos = node->pos;
	end_given(&inner);
	walk(&inner, NULL);
	lua_settop(w->L, inner.base - 1);
}

static void call(lua_State *L, const struct tmpl *t, const struct tmpl_plan *plan, const struct tmpl_component *c)
{
	struct walk w;

	begin(&w, L, t, plan, 2);
	for (uint32_t i = 0; i < plan->n_given; i++)
		walk_read(&w, (int)i + w.base, &w.cells[i]);
	walk(&w, c);
}

int walk_plan(lua_State *L)
{
	const struct tmpl *t = lua_touserdata(L, lua_upvalueindex(1));

	call(L, t, &t->plans[lua_tointeger(L, 1)], NULL);
	return 0;
}

int walk_component(lua_State *L)
{
	const struct tmpl *t = lua_touserdata(L, lua_upvalueindex(1));
	const struct tmpl_component *c = t->components[lua_tointeger(L, 1)];

	call(L, t, &t->plans[c->plan - 1], c);
	return 0;
}
