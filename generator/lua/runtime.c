#include "lua/runtime.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua/object.h"

#define MAX_KEPT ((size_t)8 << 20) /* bytes of one engine */

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

_Noreturn static void raise_at(lua_State *L, struct engine *e, const struct tmpl *t, uint32_t pos)
{
	const struct tmpl_pos *p = &t->positions[pos];

	e->raise.t = t;
	e->raise.pos = pos;
	state_hint(e, "print something else where it is absent: '?\?', or test it with 'if'");
	state_raise(L, "template/nil", "'%.*s' is nil", (int)(p->len < 100 ? p->len : 100), t->text.ptr + p->off);
}

_Noreturn static void not_printable(lua_State *L, struct engine *e, const struct tmpl *t, uint32_t pos, int index)
{
	const char *type = state_type_name(L, index);

	if (lua_isnoneornil(L, index))
		raise_at(L, e, t, pos);
	e->raise.t = t;
	e->raise.pos = pos;
	state_hint(e, "print one of its fields, or use a filter such as 'join' or 'json'");
	state_raise(L, "template/wrong-type", "%s cannot be printed", type);
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

static void write_json(lua_State *L, struct engine *e, const struct tmpl *t, const struct tmpl_piece *piece, int index)
{
	enum object_mark kind;
	size_t start = e->out->len;
	struct str s;

	if (lua_isnil(L, index) && !piece->is_json)
		raise_at(L, e, t, piece->pos);
	if (!piece->is_json && object_mark(L, index, &kind, &s) && kind == MARK_JSON) {
		buf_add(e->out, s);
	} else {
		e->raise.t = t;
		e->raise.pos = piece->is_json ? piece->filter : piece->pos;
		object_write_json(L, index, e->out, 0);
		e->raise.t = NULL;
	}
	if (piece->escape == TMPL_ESCAPE_JSON_ATTR)
		escape_from(e, start);
	else
		escape_json_from(e, start);
}

/* A text with a filter that gives a URL. */
static void write_filtered(struct engine *e, const struct tmpl_piece *piece, struct str text)
{
	bool is_json = piece->escape == TMPL_ESCAPE_JSON;
	struct buf *out = is_json ? state_buf(e) : e->out;
	size_t start = e->out->len;

	e->set->host->write[piece->writer - 1](e, text, out);
	if (is_json)
		buf_add_json(e->out, buf_str(out));
	if (is_json)
		escape_json_from(e, start);
	else
		escape_from(e, start);
}

static void write_other(lua_State *L, struct engine *e, const struct tmpl *t, const struct tmpl_piece *piece, int index)
{
	struct buf *out = e->out, *text;
	enum object_mark kind = MARK_HTML;
	struct str s = STR_NONE;
	bool is_marked = object_mark(L, index, &kind, &s);

	if (piece->escape == TMPL_ESCAPE_JSON || piece->escape == TMPL_ESCAPE_JSON_ATTR) {
		write_json(L, e, t, piece, index);
		return;
	}
	if (piece->escape == TMPL_ESCAPE_NONE ||
	    (piece->escape == TMPL_ESCAPE_HTML && is_marked && kind == MARK_HTML)) {
		if (!object_print(L, e, index, out))
			not_printable(L, e, t, piece->pos, index);
		return;
	}
	if (!is_marked) {
		text = state_buf(e);
		if (!object_print(L, e, index, text))
			not_printable(L, e, t, piece->pos, index);
		s = buf_str(text);
	}
	switch ((enum tmpl_escape)piece->escape) {
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

_Noreturn static void no_fields(lua_State *L, struct engine *e, const struct tmpl_path *path, size_t i, int index)
{
	struct str name = i ? path->names[i - 1] : path->base;
	const char *what = !name.len ? "" : i || !path->is_local ? " (field '" : " (local '";

	if (lua_isnil(L, index))
		state_hint(e, "write '?.' where something may be absent");
	state_raise(L, lua_isnil(L, index) ? "template/nil" : "template/wrong-type",
		    "attempt to index a %s value%s%.*s%s", luaL_typename(L, index), what, STR_ARG(name),
		    name.len ? "')" : "");
}

/* Reads the fields off the value at `index`, for which the last one comes; true: it is a text, in `out`. */
static bool read_path(lua_State *L, struct engine *e, const struct tmpl *t, const struct tmpl_path *path, int index,
		      struct str *out)
{
	bool is_text = false;

	e->raise.t = t;
	for (size_t i = 0; i < path->n; i++) {
		int type;

		e->raise.pos = path->pos + (uint32_t)i;
		if (is_text) {
			state_push(L, *out);
			lua_replace(L, index);
		}
		type = lua_type(L, index);
		if (type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TFUNCTION)
			no_fields(L, e, path, i, index);
		is_text = object_read(L, e, index, path->names[i], out);
	}
	e->raise.t = NULL;
	return is_text;
}

static void write_text(lua_State *L, struct engine *e, const struct tmpl *t, const struct tmpl_piece *piece, int index,
		       struct str s)
{
	size_t start = e->out->len;

	if (piece->writer) {
		write_filtered(e, piece, s);
		return;
	}
	switch ((enum tmpl_escape)piece->escape) {
	case TMPL_ESCAPE_HTML:
	case TMPL_ESCAPE_RCDATA:
	case TMPL_ESCAPE_ATTR:
		buf_add_html(e->out, s);
		break;
	case TMPL_ESCAPE_NONE:
		buf_add(e->out, s);
		break;
	case TMPL_ESCAPE_JSON:
		buf_add_json(e->out, s);
		escape_json_from(e, start);
		break;
	default:
		state_push(L, s);
		lua_replace(L, index);
		write_other(L, e, t, piece, index);
	}
}

static void write_hole(lua_State *L, struct engine *e, const struct tmpl *t, const struct tmpl_piece *piece, int index)
{
	int type;
	struct str s;

	if (piece->path && read_path(L, e, t, piece->path, index, &s)) {
		write_text(L, e, t, piece, index, s);
		return;
	}
	type = lua_type(L, index);
	if (piece->writer) {
		e->raise.t = t;
		e->raise.pos = piece->filter;
		s = object_address(L, index);
		e->raise.t = NULL;
		write_filtered(e, piece, s);
	} else if (type == LUA_TSTRING) {
		s.ptr = lua_tolstring(L, index, &s.len);
		write_text(L, e, t, piece, index, s);
	} else if (type == LUA_TNUMBER && piece->escape <= TMPL_ESCAPE_NONE) {
		object_write_number(L, index, e->out);
	} else {
		write_other(L, e, t, piece, index);
	}
}

/* __o(run, values…) */
static int write_run(lua_State *L)
{
	struct engine *e = state_engine(L);
	const struct tmpl *t = lua_touserdata(L, lua_upvalueindex(1));
	const struct tmpl_run *run = &t->runs[lua_tointeger(L, 1)];
	const struct tmpl_piece *piece = &t->pieces[run->first];

	e->last = t;
	e->last_run = (uint32_t)(run - t->runs);
	lua_settop(L, (int)run->holes + 1);
	for (uint32_t i = 0; i < run->holes; i++, piece++) {
		buf_add(e->out, piece->literal);
		write_hole(L, e, t, piece, (int)i + 2);
	}
	buf_add(e->out, piece->literal);
	state_check_output(L, e);
	state_charge(L, e, 4 + run->holes);
	return 0;
}

/* A lookup that found nothing: (environment, name). */
static int undefined_name(lua_State *L)
{
	struct engine *e = state_engine(L);
	VEC(struct str) names = { 0 };
	struct str name = STR_NONE;
	lua_Debug ar;

	if (lua_type(L, 2) != LUA_TSTRING)
		return 0;
	name.ptr = lua_tolstring(L, 2, &name.len);
	lua_settop(L, 2);
	lua_pushnil(L);
	while (lua_next(L, 1)) {
		if (lua_type(L, 3) == LUA_TSTRING)
			vec_push(&e->scratch, &names, str_from(lua_tostring(L, 3)));
		lua_pop(L, 1);
	}
	if (lua_getstack(L, 1, &ar) && lua_getinfo(L, "S", &ar) && ar.source[0] == '=' && ar.source[1] == 'T') {
		const struct tmpl *t = e->set->templates[strtoul(ar.source + 2, NULL, 10)];

		for (size_t i = 0; i < t->n_locals; i++)
			vec_push(&e->scratch, &names, t->locals[i]);
	}
	for (size_t i = 0; e->set->host && i < e->set->host->n_globals; i++) {
		if (!str_eq(e->set->host->globals[i], name))
			continue;
		state_hint(e, "there is one only on some outputs; use '?\?' or '?.'");
		state_raise(L, "template/undefined-name", "there is no '%.*s' here", STR_ARG(name));
	}
	state_suggest(e, name, names.ptr, names.len);
	state_raise(L, "template/undefined-name", "'%.*s' is not defined", STR_ARG(name));
}

static int wrap(lua_State *L) /* __w */
{
	if (lua_type(L, 1) == LUA_TBOOLEAN && !lua_toboolean(L, 1))
		lua_pushlightuserdata(L, NULL);
	lua_settop(L, lua_gettop(L) > 1 ? 2 : 1);
	return 1;
}

static int unwrap(lua_State *L) /* __u */
{
	if (lua_type(L, 1) == LUA_TLIGHTUSERDATA && !lua_touserdata(L, 1))
		lua_pushboolean(L, 0);
	else
		lua_settop(L, 1);
	return 1;
}

_Noreturn static void not_a_list(lua_State *L, struct engine *e, int index)
{
	const struct value *v = object_value(L, index);

	if (lua_isnil(L, index))
		state_hint(e, "loop over 'list ?\? {}' where there may be none");
	else if (v)
		state_hint(e, "a table is read by 'for key, value in …'");
	state_raise(L, lua_isnil(L, index) ? "template/nil" : "template/wrong-type", "a loop needs a list, not %s",
		    state_type_name(L, index));
}

static int open_list(lua_State *L) /* __l(list) gives list, length */
{
	struct engine *e = state_engine(L);
	struct object_list l;

	lua_settop(L, 1);
	if (!object_list(L, 1, &l))
		not_a_list(L, e, 1);
	state_charge(L, e, 8 + 8 * l.n);
	lua_pushinteger(L, (lua_Integer)l.n);
	return 2;
}

/* A stable merge sort of n items of an array. */
static void sort_keys(lua_State *L, int array, lua_Integer from, lua_Integer n)
{
	lua_Integer half = n / 2, i = 0, k = 0;
	int merged;

	if (n < 2)
		return;
	luaL_checkstack(L, 6, NULL);
	sort_keys(L, array, from, half);
	sort_keys(L, array, from + half, n - half);
	lua_createtable(L, (int)n, 0);
	merged = lua_gettop(L);
	for (lua_Integer out = 1; out <= n; out++) {
		if (i < half)
			lua_rawgeti(L, array, from + i);
		else
			lua_pushnil(L);
		if (k < n - half)
			lua_rawgeti(L, array, from + half + k);
		else
			lua_pushnil(L);
		if (k >= n - half || (i < half && object_compare(L, -2, -1) <= 0)) {
			lua_pop(L, 1);
			i++;
		} else {
			lua_remove(L, -2);
			k++;
		}
		lua_rawseti(L, merged, out);
	}
	for (lua_Integer out = 1; out <= n; out++) {
		lua_rawgeti(L, merged, out);
		lua_rawseti(L, array, from + out - 1);
	}
	lua_pop(L, 1);
}

/* __m(table) gives keys, values, length; keys of Lua's tables sorted, of others in the order written. */
static int open_pairs(lua_State *L)
{
	struct engine *e = state_engine(L);
	const struct value *v = object_value(L, 1);
	struct object_list l;
	lua_Integer n = 0;

	lua_settop(L, 1);
	lua_newtable(L);
	lua_newtable(L);
	if (lua_type(L, 1) == LUA_TTABLE) {
		lua_pushnil(L);
		while (lua_next(L, 1)) {
			int type = lua_type(L, -2);

			if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN)
				state_raise(L, "template/wrong-type", "a table with %s as a key has no order",
					    state_type_name(L, -2));
			lua_pop(L, 1);
			lua_pushvalue(L, -1);
			lua_rawseti(L, 2, ++n);
		}
		state_charge(L, e, 8 + 32 * (size_t)n);
		sort_keys(L, 2, 1, n);
		for (lua_Integer i = 1; i <= n; i++) {
			lua_rawgeti(L, 2, i);
			lua_rawget(L, 1);
			lua_rawseti(L, 3, i);
		}
	} else if (v && v->type == VALUE_TABLE) {
		state_charge(L, e, 8 + 8 * v->as.table.len);
		for (size_t i = 0; i < v->as.table.len; i++) {
			state_push(L, v->as.table.entries[i].key);
			lua_rawseti(L, 2, ++n);
			object_push_value(L, e, v->as.table.entries[i].value);
			lua_rawseti(L, 3, n);
		}
	} else if (object_list(L, 1, &l)) {
		state_charge(L, e, 8 + 8 * l.n);
		for (size_t i = 0; i < l.n; i++) {
			lua_pushinteger(L, ++n);
			lua_rawseti(L, 2, n);
			object_list_push(L, &l, i);
			lua_rawseti(L, 3, n);
		}
	} else {
		not_a_list(L, e, 1);
	}
	lua_pushinteger(L, n);
	return 3;
}

static int over_env(lua_State *L) /* __W(table) */
{
	lua_rawgeti(L, LUA_REGISTRYINDEX, state_engine(L)->proxy_ref);
	lua_setmetatable(L, 1);
	lua_settop(L, 1);
	return 1;
}

static int new_names(lua_State *L) /* __n(names): a table of its own to set names in */
{
	struct engine *e = state_engine(L);

	lua_settop(L, 1);
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->env_ref);
	if (lua_rawequal(L, 1, 2)) {
		lua_newtable(L);
		lua_rawgeti(L, LUA_REGISTRYINDEX, e->proxy_ref);
		lua_setmetatable(L, -2);
		return 1;
	}
	lua_settop(L, 1);
	return 1;
}

static bool has_type(lua_State *L, struct engine *e, int index, struct str type)
{
	const struct engine_host *host = e->set->host;
	const struct value *v;
	struct object_list l;
	struct object_ref ref;
	int n = 0, lua = lua_type(L, index);

	if (!type.len || str_eq(type, STR("any")))
		return true;
	if (str_eq(type, STR("string")))
		return lua == LUA_TSTRING ||
		       (lua == LUA_TUSERDATA && !object_value(L, index) && !object_date(L, index));
	if (str_eq(type, STR("bool")))
		return lua == LUA_TBOOLEAN;
	if (str_eq(type, STR("number")))
		return lua == LUA_TNUMBER;
	if (str_eq(type, STR("int"))) {
		if (lua == LUA_TNUMBER)
			lua_tointegerx(L, index, &n);
		return n;
	}
	if (str_eq(type, STR("list")))
		return object_list(L, index, &l);
	if (str_eq(type, STR("table")))
		return lua == LUA_TTABLE || ((v = object_value(L, index)) && v->type == VALUE_TABLE);
	if (str_eq(type, STR("function")))
		return lua == LUA_TFUNCTION;
	if (object_get(L, index, &ref) && str_eq(type, str_from(object_class(e, ref)->name)))
		return true;
	return host && host->is_type && host->is_type(L, e, index, type);
}

static int check_arguments(lua_State *L) /* __t(component, arguments…) */
{
	struct engine *e = state_engine(L);
	const struct tmpl *t = lua_touserdata(L, lua_upvalueindex(1));
	const struct tmpl_component *c = t->components[lua_tointeger(L, 1)];

	state_charge(L, e, 16);
	for (size_t i = 0; i < c->n_params; i++) {
		const struct tmpl_param *p = &c->params[i];
		int index = (int)i + 2;

		if (lua_isnil(L, index) ? p->fallback != NULL : has_type(L, e, index, p->type))
			continue;
		if (lua_isnil(L, index) && (!p->type.len || str_eq(p->type, STR("any"))))
			continue;
		e->raise.skip = 1;
		state_raise(L, "template/wrong-type", "the argument '%.*s' of '%.*s' must be %.*s, not %s",
			    STR_ARG(p->name), STR_ARG(c->name), STR_ARG(p->type), state_type_name(L, index));
	}
	return 0;
}

static int begin_capture(lua_State *L) /* __b() */
{
	struct engine *e = state_engine(L);

	if (e->n_captures == STATE_CAPTURES)
		state_raise(L, "template/over-budget", "texts are captured more than %d deep", STATE_CAPTURES);
	e->captures[e->n_captures++] = e->out->len;
	return 0;
}

static int end_capture(lua_State *L) /* __x(is_html) */
{
	struct engine *e = state_engine(L);
	size_t from = e->captures[--e->n_captures];
	struct str text = str_skip(buf_str(e->out), from);

	state_charge(L, e, 4 + text.len / 16);
	if (lua_toboolean(L, 1))
		object_push_mark(L, e, MARK_HTML, text);
	else
		state_push(L, text);
	buf_cut(e->out, from);
	return 1;
}

/* __s(number): whether a stretch must be written; else it is, from what an earlier render kept */
static int begin_kept(lua_State *L)
{
	struct engine *e = state_engine(L);
	const struct tmpl *t = lua_touserdata(L, lua_upvalueindex(1));
	struct state_kept *kept = &e->kept[t->index][lua_tointeger(L, 1)];

	if (e->may_keep && kept->is_there) {
		buf_add(e->out, kept->text);
		e->set->host->keep_again(e, kept->reads);
		state_check_output(L, e);
		state_charge(L, e, 4 + kept->text.len / 64);
	} else if (e->may_keep && !e->being_kept && e->kept_arena.used < MAX_KEPT) {
		e->serial++;
		e->being_kept = kept;
		e->kept_from = e->out->len;
		e->set->host->keep_begin(e);
	}
	lua_pushboolean(L, !e->may_keep || !kept->is_there);
	return 1;
}

static int end_kept(lua_State *L) /* __e(number) */
{
	struct engine *e = state_engine(L);
	const struct tmpl *t = lua_touserdata(L, lua_upvalueindex(1));
	struct state_kept *kept = &e->kept[t->index][lua_tointeger(L, 1)];

	if (e->being_kept != kept)
		return 0;
	e->serial++;
	e->being_kept = NULL;
	kept->text = str_copy(&e->kept_arena, str_skip(buf_str(e->out), e->kept_from));
	kept->reads = e->set->host->keep_end(e, &e->kept_arena);
	kept->is_there = true;
	return 0;
}

static int capture_call(lua_State *L) /* __k(is_html, function, arguments…) */
{
	begin_capture(L);
	lua_call(L, lua_gettop(L) - 2, 0);
	return end_capture(L);
}

void runtime_push_parts(lua_State *L, struct engine *e, const struct tmpl *t)
{
	assert(e->part_refs[t->index]);
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->part_refs[t->index]);
}

static void push_part(lua_State *L, struct engine *e, const struct tmpl *t, char kind, uint32_t n)
{
	char name[16];

	snprintf(name, sizeof(name), "%c%u", kind, n);
	runtime_push_parts(L, e, t);
	lua_pushstring(L, name);
	lua_rawget(L, -2);
	lua_remove(L, -2);
}

/* Runs the chunk: its parts, with empty tables for what it refers to, which are pushed behind them. */
static void load_chunk(lua_State *L, struct engine *e, const struct tmpl *t)
{
	char name[32];
	int top = lua_gettop(L);

	snprintf(name, sizeof(name), "=T%u", t->index);
	if (luaL_loadbufferx(L, t->lua.ptr, t->lua.len, name, "t") != LUA_OK)
		state_raise(L, "template/internal", "'%.*s' became Lua that does not load: %s", STR_ARG(t->name),
			    lua_tostring(L, -1));
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->env_ref);
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->filters_ref);
	lua_pushlightuserdata(L, (void *)(uintptr_t)t);
	lua_pushcclosure(L, write_run, 1);
	lua_newtable(L); /* __I */
	lua_newtable(L); /* __C */
	lua_newtable(L); /* __S */
	lua_pushcfunction(L, object_soft_index);
	lua_pushcfunction(L, wrap);
	lua_pushcfunction(L, unwrap);
	lua_pushcfunction(L, open_list);
	lua_pushcfunction(L, open_pairs);
	lua_pushcfunction(L, over_env);
	lua_pushlightuserdata(L, (void *)(uintptr_t)t);
	lua_pushcclosure(L, check_arguments, 1);
	lua_pushcfunction(L, capture_call);
	lua_pushcfunction(L, begin_capture);
	lua_pushcfunction(L, end_capture);
	lua_pushcfunction(L, new_names);
	lua_pushlightuserdata(L, (void *)(uintptr_t)t);
	lua_pushcclosure(L, begin_kept, 1);
	lua_pushlightuserdata(L, (void *)(uintptr_t)t);
	lua_pushcclosure(L, end_kept, 1);
	/* Copies of the three tables stay behind the chunk's result. */
	for (int i = 0; i < 3; i++)
		lua_pushvalue(L, top + 5 + i);
	for (int i = 0; i < 3; i++)
		lua_insert(L, top + 1);
	lua_call(L, 19, 1);
	lua_insert(L, top + 1); /* parts, then I, C, S */
	lua_pushvalue(L, top + 1);
	e->part_refs[t->index] = luaL_ref(L, LUA_REGISTRYINDEX);
	e->kept[t->index] = arena_sys_alloc((t->n_kept + 1) * sizeof(**e->kept));
	memset(e->kept[t->index], 0, (t->n_kept + 1) * sizeof(**e->kept));
}

/* The blocks in force when t is rendered: its own over its parent's. */
static void push_blocks(lua_State *L, struct engine *e, const struct tmpl *t)
{
	if (t->parent)
		push_blocks(L, e, t->parent);
	else
		lua_newtable(L);
	for (size_t i = 0; i < t->n_blocks; i++) {
		state_push(L, t->blocks[i]->name);
		push_part(L, e, t, 'b', (uint32_t)i + 1);
		lua_rawset(L, -3);
	}
}

void runtime_load(lua_State *L, struct engine *e, const struct tmpl *t)
{
	int top = lua_gettop(L), supers, components, includes;

	if (e->part_refs[t->index])
		return;
	luaL_checkstack(L, 40, NULL);
	load_chunk(L, e, t);
	includes = top + 2;
	components = top + 3;
	supers = top + 4;
	if (t->parent) {
		runtime_load(L, e, t->parent);
		runtime_push_parts(L, e, t->parent);
		lua_getfield(L, -1, "body");
		lua_rawseti(L, supers, 0);
		lua_pop(L, 1);
	}
	for (size_t i = 0; i < t->n_blocks; i++) {
		if (!t->blocks[i]->parent)
			continue;
		push_part(L, e, t->blocks[i]->parent->owner, 'b', t->blocks[i]->parent->index + 1);
		lua_rawseti(L, supers, (lua_Integer)i + 1);
	}
	for (size_t i = 0; i < t->n_calls; i++) {
		runtime_load(L, e, t->calls[i]->owner);
		push_part(L, e, t->calls[i]->owner, 'c', t->calls[i]->index + 1);
		lua_rawseti(L, components, (lua_Integer)i + 1);
	}
	for (size_t i = 0; i < t->n_includes; i++) {
		runtime_load(L, e, t->includes[i]);
		runtime_push_parts(L, e, t->includes[i]);
		lua_getfield(L, -1, "entry");
		lua_rawseti(L, includes, (lua_Integer)i + 1);
		lua_pop(L, 1);
	}
	push_blocks(L, e, t);
	lua_setfield(L, top + 1, "B");
	lua_settop(L, top);
}

void runtime_push_pairs(lua_State *L)
{
	lua_pushcfunction(L, open_pairs);
}

void runtime_open(lua_State *L, struct engine *e)
{
	lua_newtable(L); /* the environment */
	lua_newtable(L);
	lua_pushcfunction(L, undefined_name);
	lua_setfield(L, -2, "__index");
	lua_setmetatable(L, -2);
	lua_pushvalue(L, -1);
	e->env_ref = luaL_ref(L, LUA_REGISTRYINDEX);
	lua_newtable(L); /* over it: tables of names of one template */
	lua_insert(L, -2);
	lua_setfield(L, -2, "__index");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	e->proxy_ref = luaL_ref(L, LUA_REGISTRYINDEX);
	lua_newtable(L);
	e->filters_ref = luaL_ref(L, LUA_REGISTRYINDEX);
}
