#include "lua/walk_impl.h"

#include <string.h>

#include "lua/runtime.h"

#define MAX_KEPT ((size_t)8 << 20) /* bytes of one engine */

static void walk_nodes(struct walk *w, const struct tmpl_node *node, const struct tmpl_node *end);

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

static void write_cell(struct walk *w, const struct tmpl_node *node, const struct cell *c)
{
	walk_push(w, c);
	write_other(w, node, lua_gettop(w->L));
}

static void write_text(struct walk *w, const struct tmpl_node *node, const struct cell *c)
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
	walk_make_room(w, 8);
	lua_rawgeti(w->L, lua_upvalueindex(3), node->value->target);
	walk_push_slots(w, node->value);
	w->at.pos = node->pos;
	lua_call(w->L, (int)node->value->n_slots, 0);
}

__attribute__((noinline)) static void walk_hole(struct walk *w, const struct tmpl_node *node)
{
	struct cell room;
	const struct cell *c;
	struct str text;

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

/* Drops what expressions have left on Lua's stack, where it is worth it. */
static void sweep(struct walk *w)
{
	if (lua_gettop(w->L) > w->top + 40)
		lua_settop(w->L, w->top);
}

static void set_integer(struct cell *c, size_t n)
{
	c->kind = CELL_INTEGER;
	c->as.integer = (int64_t)n;
}

/* The list of a loop, and its keys where it is asked for those too. */
static void open_loop(struct walk *w, const struct tmpl_node *node, struct cell *slots, struct object_list *list)
{
	size_t first = (size_t)(slots - w->cells);
	int index = (int)first + TMPL_LOOP_LIST + WALK_SLOTS;
	struct cell room;
	const struct cell *c = walk_eval(w, node->value, &room);

	w->at.pos = node->pos;
	walk_make_room(w, 8);
	if (node->text2.len)
		runtime_push_pairs(w->L);
	walk_push(w, c);
	if (node->text2.len) {
		lua_call(w->L, 1, 3);
		lua_pop(w->L, 1);
		lua_copy(w->L, -2, index + TMPL_LOOP_KEYS - TMPL_LOOP_LIST);
	}
	lua_replace(w->L, index);
	*list = runtime_list(w->L, index);
	set_integer(&slots[TMPL_LOOP_LENGTH], list->n);
}

static void next_value(struct walk *w, size_t slot, const struct object_list *list, size_t i)
{
	struct cell c;

	object_list_push(w->L, list, i);
	walk_take(w, &c);
	walk_set(w, slot, &c);
}

__attribute__((noinline)) static void walk_for(struct walk *w, const struct tmpl_node *node)
{
	size_t first = walk_slot(w, node->slot), at = first + TMPL_LOOP_SLOTS, n_names = node->text2.len ? 2 : 1;
	struct cell *slots = &w->cells[first];
	struct object_list list,
		keys = { .type = OBJECT_LIST_TABLE, .index = (int)first + TMPL_LOOP_KEYS + WALK_SLOTS };

	open_loop(w, node, slots, &list);
	if (!list.n)
		walk_nodes(w, node->orelse, NULL);
	for (size_t i = 0; i < list.n; i++) {
		set_integer(&slots[TMPL_LOOP_NUMBER], i + 1);
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

__attribute__((noinline)) static void walk_include(struct walk *w, const struct tmpl_node *node)
{
	lua_State *L = w->L;

	walk_make_room(w, 8);
	lua_rawgeti(L, lua_upvalueindex(2), node->target);
	if (node->expr && node->expr->n_args) {
		walk_push_table(w, node->expr);
		lua_rawgeti(L, LUA_REGISTRYINDEX, w->e->proxy_ref);
		lua_setmetatable(L, -2);
	} else {
		lua_rawgeti(L, LUA_REGISTRYINDEX, w->e->env_ref);
	}
	w->at.pos = node->pos;
	lua_call(L, 1, 0);
}

__attribute__((noinline)) static void walk_set_node(struct walk *w, const struct tmpl_node *node)
{
	struct cell room;

	walk_set(w, walk_slot(w, node->slot), walk_eval(w, node->value, &room));
}

__attribute__((noinline)) static void walk_if(struct walk *w, const struct tmpl_node *node)
{
	struct cell room;
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

int walk_plan(lua_State *L)
{
	struct engine *e = state_engine(L);
	const struct tmpl *t = lua_touserdata(L, lua_upvalueindex(1));
	const struct tmpl_plan *plan = &t->plans[lua_tointeger(L, 1)];
	uint32_t slots = plan->n_given + plan->n_own;
	struct walk w;

	w.at = (struct state_walk){ .t = t, .outer = e->walk };
	w.L = L;
	w.e = e;
	w.plan = plan;
	w.steps = 4;
	w.room = 60;
	w.top = (int)slots + 1;
	luaL_checkstack(L, (int)slots + 120, NULL);
	lua_settop(L, w.top);
	for (uint32_t i = 0; i < slots; i++) {
		if (i < plan->n_given)
			walk_read(&w, (int)i + WALK_SLOTS, &w.cells[i]);
		else
			w.cells[i].kind = CELL_EMPTY;
	}
	e->walk = &w.at;
	walk_nodes(&w, plan->first, plan->end);
	check(&w);
	e->walk = w.at.outer;
	return 0;
}
