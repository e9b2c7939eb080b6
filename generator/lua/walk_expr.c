#include "lua/walk_impl.h"

#include <string.h>

#define ITEMS_AT_ONCE 50 /* Lua's LFIELDS_PER_FLUSH */

/*
 * Expressions of plans. What they give and what they say of mistakes is what Lua would.
 */
void walk_push(struct walk *w, const struct object_cell *c)
{
	walk_make_room(w, 2);
	if (c->kind == CELL_LUA || (c->kind == CELL_TEXT && c->index))
		lua_pushvalue(w->L, c->index);
	else
		object_push_cell(w->L, c);
}

void walk_read(struct walk *w, int index, struct object_cell *out)
{
	lua_State *L = w->L;

	out->kind = CELL_LUA;
	out->index = index;
	switch (lua_type(L, index)) {
	case LUA_TNIL:
		out->kind = CELL_NIL;
		break;
	case LUA_TBOOLEAN:
		out->kind = CELL_BOOLEAN;
		out->as.boolean = lua_toboolean(L, index);
		break;
	case LUA_TNUMBER:
		if (!lua_isinteger(L, index))
			break;
		out->kind = CELL_INTEGER;
		out->as.integer = lua_tointeger(L, index);
		break;
	case LUA_TSTRING:
		out->kind = CELL_TEXT;
		out->as.text.ptr = lua_tolstring(L, index, &out->as.text.len);
		break;
	case LUA_TLIGHTUSERDATA:
		if (object_get(L, index, &out->as.object))
			out->kind = CELL_OBJECT;
	}
}

void walk_take(struct walk *w, struct object_cell *out)
{
	walk_read(w, lua_gettop(w->L), out);
	if (out->kind != CELL_LUA && out->kind != CELL_TEXT)
		lua_pop(w->L, 1);
}

void walk_set(struct walk *w, size_t slot, const struct object_cell *c)
{
	struct object_cell *to = &w->cells[slot];

	*to = *c;
	if (c->kind != CELL_LUA && (c->kind != CELL_TEXT || !c->index))
		return;
	to->index = (int)slot + w->base;
	lua_copy(w->L, c->index, to->index);
}

/* What Lua calls the value of an expression, from how it came by it. */
static struct str kind_and_name(const struct tmpl_expr *e, const char **kind)
{
	*kind = "field";
	if (e->is_soft)
		return STR_NONE;
	if (e->kind == EXPR_NAME && !e->is_looked_up)
		*kind = "local";
	if (e->kind == EXPR_STRING)
		*kind = "constant";
	if (e->kind == EXPR_NAME || e->kind == EXPR_STRING)
		return e->text;
	if (e->kind != EXPR_INDEX)
		return STR_NONE;
	if (!e->b)
		return e->text;
	if (e->b->kind == EXPR_STRING)
		return e->b->text;
	return e->b->kind == EXPR_NUMBER && e->b->integer < 256 ? STR("integer index") : STR("?");
}

struct str walk_callee(const struct state_walk *at)
{
	const char *kind;

	if (!at->call)
		return STR_NONE;
	return at->call->kind == EXPR_FILTER ? at->call->text : kind_and_name(at->call->a, &kind);
}

static const char *lua_type_of(struct walk *w, const struct object_cell *c)
{
	walk_push(w, c);
	if (c->kind == CELL_LUA && luaL_getmetafield(w->L, -1, "__name") == LUA_TSTRING)
		return lua_tostring(w->L, -1);
	return lua_typename(w->L, c->kind == CELL_LUA ? lua_type(w->L, c->index) : lua_type(w->L, -1));
}

void walk_type_error(struct walk *w, const char *what, const struct tmpl_expr *e, const struct object_cell *c)
{
	const char *kind, *type = lua_type_of(w, c);
	struct str name = kind_and_name(e, &kind);

	if (c->kind == CELL_NIL && strcmp(what, "index") == 0)
		state_hint(w->e, "write '?.' where something may be absent");
	state_raise(w->L,
		    c->kind == CELL_NIL && (what[0] == 'i' || strcmp(what, "call") == 0) ? "template/nil"
											 : "template/wrong-type",
		    "attempt to %s a %s value%s%s%s%.*s%s", what, type, name.len ? " (" : "", name.len ? kind : "",
		    name.len ? " '" : "", STR_ARG(name), name.len ? "')" : "");
}

static bool has_fields(struct walk *w, const struct object_cell *c)
{
	return c->kind == CELL_TEXT || c->kind == CELL_OBJECT ||
	       (c->kind == CELL_LUA && lua_type(w->L, c->index) != LUA_TNUMBER &&
		lua_type(w->L, c->index) != LUA_TFUNCTION);
}

/* `base` may lie in `out`. */
__attribute__((noinline)) static void read_other(struct walk *w, const struct tmpl_expr *e,
						 const struct object_cell *base, struct object_cell *out)
{
	struct object_cell key_room = { .kind = CELL_TEXT, .as.text = e->text };
	const struct object_cell *key = e->b ? walk_eval(w, e->b, &key_room) : &key_room;

	w->at.pos = e->pos;
	if (!e->is_soft && !has_fields(w, base))
		walk_type_error(w, "index", e->a, base);
	walk_push(w, base);
	walk_push(w, key);
	if (e->is_soft)
		object_push_soft(w->L, -2, -1);
	else
		lua_gettable(w->L, -2);
	walk_take(w, out);
}

static void read_field(struct walk *w, struct object_ref o, const struct tmpl_expr *e, struct object_cell *out)
{
	struct state_seen *seen = &w->seen[e->pos];

	if (seen->cls != o.cls) {
		seen->field = object_field(w->e, o, e->text);
		seen->cls = seen->field ? o.cls : 0;
	}
	w->at.pos = e->pos;
	if (seen->cls && seen->field->text) {
		object_set_text(out, seen->field->text(w->e, o));
		return;
	}
	if (seen->cls && seen->field->get) {
		seen->field->get(w->e, o, out);
		return;
	}
	walk_make_room(w, 2);
	if (seen->cls)
		seen->field->push(w->L, w->e, o);
	else
		object_push_other(w->L, o, e->text, e->is_soft);
	walk_take(w, out);
}

__attribute__((noinline)) static const struct object_cell *eval_index(struct walk *w, const struct tmpl_expr *e,
								      struct object_cell *out)
{
	const struct object_cell *base = walk_eval(w, e->a, out);

	if (base->kind == CELL_OBJECT && !e->b)
		read_field(w, base->as.object, e, out);
	else
		read_other(w, e, base, out);
	return out;
}

__attribute__((noinline)) static const struct object_cell *look_up(struct walk *w, const struct tmpl_expr *e)
{
	static const struct object_cell nil = { .kind = CELL_NIL };
	size_t slot = walk_slot(w, e->slot);
	struct object_cell c;

	if (!e->is_looked_up)
		return &nil;
	w->at.pos = e->pos;
	walk_make_room(w, 4);
	if (w->cells[w->plan->names].kind == CELL_EMPTY)
		lua_rawgeti(w->L, LUA_REGISTRYINDEX, w->e->env_ref);
	else
		walk_push(w, &w->cells[w->plan->names]);
	state_push(w->L, e->text);
	if (e->is_soft)
		object_push_soft(w->L, -2, -1);
	else
		lua_gettable(w->L, -2);
	walk_take(w, &c);
	walk_set(w, slot, &c);
	return &w->cells[slot];
}

static bool has_metamethod(struct walk *w, const struct object_cell *c, const char *name)
{
	bool has = false;

	if (c->kind != CELL_LUA && c->kind != CELL_OBJECT && c->kind != CELL_TEXT)
		return false;
	walk_push(w, c);
	has = luaL_getmetafield(w->L, -1, name) != LUA_TNIL;
	lua_pop(w->L, has ? 2 : 1);
	return has;
}

void walk_push_slots(struct walk *w, const struct tmpl_expr *e)
{
	int base = lua_gettop(w->L);

	walk_make_room(w, (int)e->n_slots + 2);
	lua_settop(w->L, base + (int)e->n_slots);
	for (size_t i = 0; i < e->n_slots; i++) {
		struct object_cell room;

		if (!e->slots[i])
			continue;
		walk_push(w, walk_eval(w, e->slots[i], &room));
		lua_replace(w->L, base + 1 + (int)i);
		lua_settop(w->L, base + (int)e->n_slots);
	}
}

static void eval_call(struct walk *w, const struct tmpl_expr *e, struct object_cell *out)
{
	struct object_cell room;
	const struct object_cell *f = walk_eval(w, e->a, &room);

	walk_push(w, f);
	walk_push_slots(w, e);
	w->at.pos = e->pos;
	if ((f->kind != CELL_LUA || lua_type(w->L, f->index) != LUA_TFUNCTION) && !has_metamethod(w, f, "__call"))
		walk_type_error(w, "call", e->a, f);
	w->at.call = e;
	lua_call(w->L, (int)e->n_slots, 1);
	walk_take(w, out);
}

static void eval_filter(struct walk *w, const struct tmpl_expr *e, struct object_cell *out)
{
	struct object_cell room;
	int base;

	walk_make_room(w, 8);
	lua_rawgeti(w->L, LUA_REGISTRYINDEX, w->e->filters_ref);
	state_push(w->L, e->text);
	lua_rawget(w->L, -2);
	base = lua_gettop(w->L);
	lua_pushnil(w->L);
	walk_push(w, walk_eval(w, e->a, &room));
	lua_replace(w->L, base + 1);
	lua_settop(w->L, base + 1);
	walk_push_slots(w, e);
	w->at.pos = e->pos;
	w->at.call = e;
	lua_call(w->L, (int)e->n_slots + 1, 1);
	walk_take(w, out);
}

/* What stands on the stack above a table becomes its items behind the nth. */
static lua_Integer store_items(lua_State *L, int table, lua_Integer n)
{
	lua_Integer count = lua_gettop(L) - table;

	for (lua_Integer i = count; i; i--)
		lua_rawseti(L, table, n + i);
	return n + count;
}

/* In Lua's order: items wait on the stack until there are many, so that they win over what has their numbers as keys. */
void walk_push_table(struct walk *w, const struct tmpl_expr *e)
{
	lua_Integer n = 0;
	int table, n_items = 0;

	for (size_t i = 0; i < e->n_args; i++)
		n_items += !e->args[i].name.len && !e->args[i].key;
	walk_make_room(w, 8);
	/* The length of a list with nil in it depends on its size. */
	lua_createtable(w->L, n_items, (int)e->n_args - n_items);
	table = lua_gettop(w->L);
	for (size_t i = 0; i < e->n_args; i++) {
		const struct tmpl_arg *arg = &e->args[i];
		struct object_cell key_room = { .kind = CELL_TEXT, .as.text = arg->name }, value_room;
		const struct object_cell *key, *value;
		int top;

		if (lua_gettop(w->L) - table == ITEMS_AT_ONCE)
			n = store_items(w->L, table, n);
		top = lua_gettop(w->L);
		key = arg->key ? walk_eval(w, arg->key, &key_room) : &key_room;
		value = walk_eval(w, arg->value, &value_room);
		if (arg->name.len || arg->key) {
			walk_push(w, key);
			walk_push(w, value);
			w->at.pos = e->pos;
			lua_rawset(w->L, table);
		} else {
			walk_push(w, value);
			lua_copy(w->L, -1, ++top);
		}
		lua_settop(w->L, top);
	}
	store_items(w->L, table, n);
}

static int compare_raw(const struct object_cell *a, const struct object_cell *b) /* 1 equal, 0 not, -1: Lua knows */
{
	if (a->kind == CELL_LUA || b->kind == CELL_LUA)
		return a->kind == b->kind || a->kind == CELL_INTEGER || b->kind == CELL_INTEGER ? -1 : 0;
	if (a->kind != b->kind)
		return 0;
	switch (a->kind) {
	case CELL_BOOLEAN:
		return a->as.boolean == b->as.boolean;
	case CELL_INTEGER:
		return a->as.integer == b->as.integer;
	case CELL_TEXT:
		return str_eq(a->as.text, b->as.text);
	case CELL_OBJECT:
		return a->as.object.cls == b->as.object.cls && a->as.object.aux == b->as.object.aux &&
		       a->as.object.id == b->as.object.id;
	default:
		return 1;
	}
}

static bool compare(struct walk *w, int op, const struct object_cell *a, const struct object_cell *b)
{
	bool is_swapped = op == '>' || op == OP_GE, is_strict = op == '<' || op == '>';
	int known = -1;

	if (op == OP_EQ || op == OP_NE)
		known = compare_raw(a, b);
	if (known >= 0)
		return known == (op == OP_EQ);
	if (is_swapped) {
		const struct object_cell *c = a;

		a = b;
		b = c;
	}
	if (op != OP_EQ && op != OP_NE && a->kind == CELL_INTEGER && b->kind == CELL_INTEGER)
		return is_strict ? a->as.integer < b->as.integer : a->as.integer <= b->as.integer;
	walk_push(w, a);
	walk_push(w, b);
	if (op == OP_EQ || op == OP_NE)
		return lua_compare(w->L, -2, -1, LUA_OPEQ) == (op == OP_EQ);
	return lua_compare(w->L, -2, -1, is_strict ? LUA_OPLT : LUA_OPLE);
}

static bool is_number(struct walk *w, const struct object_cell *c)
{
	return c->kind == CELL_INTEGER || (c->kind == CELL_LUA && lua_type(w->L, c->index) == LUA_TNUMBER);
}

static void concat(struct walk *w, const struct tmpl_expr *e, const struct object_cell *a, const struct object_cell *b,
		   struct object_cell *out)
{
	bool fits_a = a->kind == CELL_TEXT || is_number(w, a), fits_b = b->kind == CELL_TEXT || is_number(w, b);

	if ((!fits_a || !fits_b) && !has_metamethod(w, a, "__concat") && !has_metamethod(w, b, "__concat"))
		walk_type_error(w, "concatenate", fits_a ? e->b : e->a, fits_a ? b : a);
	walk_push(w, a);
	walk_push(w, b);
	lua_concat(w->L, 2);
	walk_take(w, out);
}

static int lua_operator(int op, const char **event)
{
	static const struct {
		int op, lua;
		const char *event;
	} operators[] = { { '+', LUA_OPADD, "__add" },       { '-', LUA_OPSUB, "__sub" },
			  { '*', LUA_OPMUL, "__mul" },       { '/', LUA_OPDIV, "__div" },
			  { '%', LUA_OPMOD, "__mod" },       { '^', LUA_OPPOW, "__pow" },
			  { OP_IDIV, LUA_OPIDIV, "__idiv" }, { OP_NEGATE, LUA_OPUNM, "__unm" } };
	size_t i = 0;

	while (operators[i].op != op)
		i++;
	*event = operators[i].event;
	return operators[i].lua;
}

/* b NULL: of one operand. */
static void arithmetic(struct walk *w, const struct tmpl_expr *e, const struct object_cell *a,
		       const struct object_cell *b, struct object_cell *out)
{
	const char *event;
	int op = lua_operator(e->op, &event);
	bool fits_a = is_number(w, a), fits_b = !b || is_number(w, b);

	/* Texts have such a method too, and ways of their own to fail. */
	if ((!fits_a || !fits_b) && !has_metamethod(w, a, event) && !(b && has_metamethod(w, b, event)))
		walk_type_error(w, "perform arithmetic on", fits_a ? e->b : e->a, fits_a ? b : a);
	walk_push(w, a);
	if (b)
		walk_push(w, b);
	lua_arith(w->L, op);
	walk_take(w, out);
}

static bool is_choice(const struct tmpl_expr *e)
{
	return e->op == OP_AND || e->op == OP_OR || e->op == OP_COALESCE;
}

__attribute__((noinline)) static const struct object_cell *eval_choice(struct walk *w, const struct tmpl_expr *e,
								       struct object_cell *room)
{
	const struct object_cell *a = walk_eval(w, e->a, room);

	if (e->op == OP_COALESCE ? a->kind == CELL_NIL : walk_is_true(a) == (e->op == OP_AND))
		return walk_eval(w, e->b, room);
	return a;
}

static void eval_binary(struct walk *w, const struct tmpl_expr *e, struct object_cell *out)
{
	struct object_cell a_room, b_room;
	const struct object_cell *a = walk_eval(w, e->a, &a_room), *b = walk_eval(w, e->b, &b_room);

	w->at.pos = e->pos;
	switch (e->op) {
	case OP_CONCAT:
		concat(w, e, a, b, out);
		break;
	case OP_EQ:
	case OP_NE:
	case '<':
	case '>':
	case OP_LE:
	case OP_GE:
		out->as.boolean = compare(w, e->op, a, b);
		out->kind = CELL_BOOLEAN;
		break;
	default:
		arithmetic(w, e, a, b, out);
	}
}

static void length(struct walk *w, const struct tmpl_expr *e, const struct object_cell *c, struct object_cell *out)
{
	if (c->kind == CELL_TEXT) {
		out->kind = CELL_INTEGER;
		out->as.integer = (int64_t)c->as.text.len;
		return;
	}
	if (c->kind != CELL_OBJECT && (c->kind != CELL_LUA || lua_type(w->L, c->index) != LUA_TTABLE) &&
	    !has_metamethod(w, c, "__len"))
		walk_type_error(w, "get length of", e->a, c);
	walk_push(w, c);
	lua_len(w->L, -1);
	walk_take(w, out);
}

static void eval_unary(struct walk *w, const struct tmpl_expr *e, struct object_cell *out)
{
	struct object_cell room;
	const struct object_cell *a = walk_eval(w, e->a, &room);

	w->at.pos = e->pos;
	if (e->op == OP_LENGTH) {
		const struct object_class *cls = a->kind == CELL_OBJECT ? object_class(w->e, a->as.object) : NULL;

		if (!cls || !cls->length) {
			length(w, e, a, out);
			return;
		}
		out->kind = CELL_INTEGER;
		out->as.integer = (int64_t)cls->length(w->e, a->as.object);
	} else if (e->op == OP_NOT) {
		out->kind = CELL_BOOLEAN;
		out->as.boolean = !walk_is_true(a);
	} else {
		arithmetic(w, e, a, NULL, out);
	}
}

static void eval_loop(struct walk *w, const struct tmpl_expr *e, struct object_cell *out)
{
	int64_t number = w->cells[walk_slot(w, e->slot)].as.integer;
	int64_t n = w->cells[walk_slot(w, e->second)].as.integer;

	out->kind = CELL_INTEGER;
	if (str_eq(e->text, STR("index"))) {
		out->as.integer = number;
	} else if (str_eq(e->text, STR("index0"))) {
		out->as.integer = number - 1;
	} else if (str_eq(e->text, STR("length"))) {
		out->as.integer = n;
	} else {
		out->kind = CELL_BOOLEAN;
		out->as.boolean = number == (str_eq(e->text, STR("first")) ? 1 : n);
	}
}

__attribute__((noinline)) static const struct object_cell *eval(struct walk *w, const struct tmpl_expr *e,
								struct object_cell *out)
{
	switch (e->kind) {
	case EXPR_TRUE:
	case EXPR_FALSE:
		out->kind = CELL_BOOLEAN;
		out->as.boolean = e->kind == EXPR_TRUE;
		break;
	case EXPR_NUMBER:
		out->kind = CELL_INTEGER;
		out->as.integer = e->integer;
		break;
	case EXPR_STRING:
		out->kind = CELL_TEXT;
		out->index = 0;
		out->as.text = e->text;
		break;
	case EXPR_CALL:
		eval_call(w, e, out);
		break;
	case EXPR_FILTER:
		eval_filter(w, e, out);
		break;
	case EXPR_BINARY:
		eval_binary(w, e, out);
		break;
	case EXPR_UNARY:
		eval_unary(w, e, out);
		break;
	case EXPR_LOOP:
		eval_loop(w, e, out);
		break;
	case EXPR_TABLE:
		walk_push_table(w, e);
		walk_take(w, out);
		break;
	default:
		out->kind = CELL_NIL;
	}
	return out;
}

const struct object_cell *walk_eval_other(struct walk *w, const struct tmpl_expr *e, struct object_cell *room)
{
	if (e->kind == EXPR_INDEX)
		return eval_index(w, e, room);
	if (e->kind == EXPR_NAME)
		return look_up(w, e);
	if (e->kind == EXPR_GIVEN)
		return &w->cells[e->slot];
	if (e->kind == EXPR_BINARY && is_choice(e))
		return eval_choice(w, e, room);
	return eval(w, e, room);
}
