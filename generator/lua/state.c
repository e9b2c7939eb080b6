#include "lua/state.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua/object.h"
#include "lua/sandbox.h"
#include "lua/walk.h"

#define STACK_END 60 /* levels that are looked at from either end of a stack */

void state_hint(struct engine *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->raise.hint, sizeof(e->raise.hint), fmt, ap);
	va_end(ap);
}

void state_suggest(struct engine *e, struct str word, const struct str *candidates, size_t n)
{
	struct str near = str_nearest(word, candidates, n);

	if (near.len)
		state_hint(e, "did you mean '%.*s'?", STR_ARG(near));
}

void state_raise(lua_State *L, const char *code, const char *fmt, ...)
{
	struct engine *e = state_engine(L);
	char message[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	e->raise.code = code;
	e->raise.message = lua_pushstring(L, message);
	lua_error(L);
	abort();
}

void state_charge(lua_State *L, struct engine *e, size_t n)
{
	/* Memory is used up, and no instruction of Lua's has come since that would have told. */
	if (e->is_hook_near)
		sandbox_check(L, e);
	if ((int64_t)n < e->fuel && e->scratch.used <= e->options.memory) {
		e->fuel -= (int64_t)n;
		if (!(++e->ticks & 1023))
			sandbox_tick(L, e);
		return;
	}
	if ((int64_t)n < e->fuel) {
		e->is_over = true;
		state_raise(L, "template/over-budget", "rendering takes more than %zu MB of memory",
			    e->options.memory >> 20);
	}
	e->fuel = 0;
	e->is_over = true;
	state_raise(L, "template/over-budget", "rendering takes more than %llu steps",
		    (unsigned long long)e->options.instructions);
}

void state_check_output(lua_State *L, struct engine *e)
{
	if (!e->out->is_full && e->out->len - e->out_start <= e->options.output)
		return;
	e->is_over = true;
	state_raise(L, "template/over-budget", "the output has more than %zu MB", e->options.output >> 20);
}

struct buf *state_buf(struct engine *e)
{
	struct buf *b = &e->bufs[e->next_buf++ % (sizeof(e->bufs) / sizeof(e->bufs[0]))];

	/* What one large value needed is not kept for good. */
	if (b->cap > (size_t)1 << 20)
		buf_release(b);
	if (!b->ptr)
		buf_init(b, e->options.output);
	buf_clear(b);
	return b;
}

struct tmpl_signature state_signature(struct arena *a, const struct state_function *f)
{
	struct tmpl_signature sig = { .name = str_from(f->name), .open = !f->params };
	struct str rest = str_from(f->params), part;
	VEC(struct str) params = { 0 };

	while (rest.len && str_next(&rest, ',', &part)) {
		part = str_trim(part);
		if (str_ends(part, STR("?")))
			part.len--;
		else
			sig.n_required = params.len + 1;
		vec_push(a, &params, part);
	}
	sig.params = params.ptr;
	sig.n_params = params.len;
	return sig;
}

void state_set_global(lua_State *L, struct engine *e, const char *name)
{
	vec_push(&e->scratch, &e->globals, str_from(name));
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->env_ref);
	lua_insert(L, -2);
	lua_pushstring(L, name);
	lua_insert(L, -2);
	lua_rawset(L, -3);
	lua_pop(L, 1);
}

const char *state_type_name(lua_State *L, int index)
{
	struct engine *e = state_engine(L);
	const struct value *v = object_value(L, index);
	struct object_ref ref;

	if (object_get(L, index, &ref)) {
		const struct object_class *cls = object_class(e, ref);

		return cls->length ? "a list" : lua_pushfstring(L, "a %s", cls->name);
	}
	if (v)
		return v->type == VALUE_ARRAY ? "a list" : "a table";
	if (object_date(L, index))
		return "a date";
	switch (lua_type(L, index)) {
	case LUA_TSTRING:
		return "a string";
	case LUA_TNUMBER:
		return "a number";
	case LUA_TBOOLEAN:
		return lua_toboolean(L, index) ? "true" : "false";
	case LUA_TTABLE:
		return "a table";
	case LUA_TFUNCTION:
		return "a function";
	case LUA_TUSERDATA:
		return "text";
	default:
		return "nil";
	}
}

/* The template of a chunk's name, "=T12". */
static const struct tmpl *template_of(const struct engine *e, const char *source)
{
	char *end;
	unsigned long n;

	if (source[0] != '=' || source[1] != 'T')
		return NULL;
	n = strtoul(source + 2, &end, 10);
	return !*end && n < e->set->n_templates ? e->set->templates[n] : NULL;
}

/* One that only repeats the last is left out. */
static void add_frame(struct engine *e, const struct tmpl *t, uint32_t pos, const char *script)
{
	struct state_failure *f = &e->failure;
	struct state_frame *frame = &f->frames[f->n_frames], *last = f->n_frames ? frame - 1 : NULL;

	if (f->n_frames == STATE_FRAMES)
		return;
	memset(frame, 0, sizeof(*frame));
	frame->t = t;
	frame->pos = t && pos >= t->n_positions ? 0 : pos;
	if (!t)
		snprintf(frame->script, sizeof(frame->script), "%s", script);
	if (last && last->t == t && last->pos == frame->pos && strcmp(last->script, frame->script) == 0)
		return;
	f->n_frames++;
}

/* Notes a frame of a template or a script. `walk`: of the function that it called, where it is one that goes through a
 * plan, and so knows better. */
static void collect_frame(lua_State *L, struct engine *e, lua_Debug *ar, const struct state_walk *walk)
{
	uint32_t pos;
	const struct tmpl *t;

	lua_getinfo(L, "Sl", ar);
	t = template_of(e, ar->source);
	pos = ar->currentline > 0 ? (uint32_t)ar->currentline : 0;
	if (t || ar->source[0] == '@')
		add_frame(e, t, walk && walk->pos ? walk->pos : pos, ar->source + 1);
}

static bool is_walking(lua_State *L, lua_Debug *ar)
{
	lua_CFunction f;

	lua_getinfo(L, "f", ar);
	f = lua_tocfunction(L, -1);
	lua_pop(L, 1);
	return f == walk_plan || f == walk_component;
}

/* The levels from `from` up to `to`; of plans that are walked the next is `walk`. Gives the one behind. */
static const struct state_walk *collect_levels(lua_State *L, struct engine *e, int from, int to,
					       const struct state_walk *walk)
{
	const struct state_walk *called = NULL;
	lua_Debug ar;

	for (int level = from; level < to && lua_getstack(L, level, &ar); level++) {
		if (!walk || !is_walking(L, &ar)) {
			collect_frame(L, e, &ar, called);
			called = NULL;
			continue;
		}
		for (; walk->is_inner; walk = walk->outer)
			add_frame(e, walk->t, walk->pos, "");
		called = walk;
		walk = walk->outer;
	}
	return walk;
}

/* Of a deep stack only both ends: what happened, and where it began. */
static void collect_frames(lua_State *L, struct engine *e)
{
	const struct state_walk *walk;
	int low = STACK_END, high = STACK_END;
	size_t n = 0, n_below = 0;
	lua_Debug ar;

	e->failure.n_frames = 0;
	walk = collect_levels(L, e, 0, STACK_END, e->walk);
	while (lua_getstack(L, high, &ar) && high < INT_MAX / 2)
		high *= 2;
	while (low < high) {
		int middle = low + (high - low) / 2;

		if (lua_getstack(L, middle, &ar))
			low = middle + 1;
		else
			high = middle;
	}
	high = low;
	low = high - STACK_END > STACK_END ? high - STACK_END : STACK_END;
	for (int level = low; level < high && lua_getstack(L, level, &ar); level++)
		n_below += is_walking(L, &ar);
	for (const struct state_walk *w = walk; w; w = w->outer)
		n += !w->is_inner;
	for (; n > n_below; walk = walk->outer)
		n -= !walk->is_inner;
	collect_levels(L, e, low, high, walk);
}

/*
 * Lua's own messages begin with the chunk and its line, which say nothing to a template's author: "T12:5: " or
 * "plugins/x.lua:5: ".
 */
static const char *without_place(const char *message)
{
	const char *p = strstr(message, ": "), *line = p;

	while (line && line > message && line[-1] >= '0' && line[-1] <= '9')
		line--;
	if (!p || line == p || line == message || *--line != ':')
		return message;
	if (message[0] == 'T' && message + 1 + strspn(message + 1, "0123456789") == line)
		return p + 2;
	return line - message >= 4 && memcmp(line - 4, ".lua", 4) == 0 ? p + 2 : message;
}

static void set_lua_message(struct state_failure *f, const char *message)
{
	static const struct {
		const char *begins, *code, *hint;
	} known[] = {
		{ "attempt to index a nil", "template/nil", "write '?.' where something may be absent" },
		{ "attempt to call a nil", "template/nil", NULL },
		{ "attempt to ", "template/wrong-type", NULL },
		{ "stack overflow", "template/over-budget", "something calls itself without an end" },
		{ "C stack overflow", "template/over-budget", "something calls itself without an end" },
		{ "error in error handling", "template/over-budget", "something calls itself without an end" },
	};

	f->code = "template/error";
	message = without_place(message);
	snprintf(f->message, sizeof(f->message), "%s", message);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strncmp(message, known[i].begins, strlen(known[i].begins)) != 0)
			continue;
		f->code = known[i].code;
		if (strstr(f->code, "over-budget"))
			snprintf(f->message, sizeof(f->message), "calls are nested too deeply");
		snprintf(f->hint, sizeof(f->hint), "%s", known[i].hint ? known[i].hint : "");
		break;
	}
	/* "stack overflow (message …)" and tracebacks of several lines */
	f->message[strcspn(f->message, "\n")] = '\0';
}

void state_clear(struct engine *e)
{
	memset(&e->raise, 0, sizeof(e->raise));
}

/* Lua knows no names of functions that a plan calls. */
static void name_callee(lua_State *L, struct engine *e)
{
	struct state_failure *f = &e->failure;
	char *unknown = strstr(f->message, " to '?'"), rest[sizeof(f->message)];
	struct str name;
	lua_Debug ar;

	if (strncmp(f->message, "bad argument #", 14) != 0 || !unknown || !e->walk || !lua_getstack(L, 2, &ar) ||
	    !is_walking(L, &ar))
		return;
	name = walk_callee(e->walk);
	if (!name.len)
		return;
	snprintf(rest, sizeof(rest), "%s", unknown + strlen(" to '?'"));
	snprintf(unknown, sizeof(f->message) - (size_t)(unknown - f->message), " to '%.*s'%s", STR_ARG(name), rest);
}

int state_on_error(lua_State *L)
{
	struct engine *e = state_engine(L);
	struct state_failure *f = &e->failure;
	const char *message = lua_type(L, 1) == LUA_TSTRING ? lua_tostring(L, 1) : NULL;

	memset(f, 0, sizeof(*f));
	if (message && message == e->raise.message) {
		f->code = e->raise.code;
		f->skip = e->raise.skip;
		snprintf(f->message, sizeof(f->message), "%s", message);
		memcpy(f->hint, e->raise.hint, sizeof(f->hint));
	} else if (message) {
		set_lua_message(f, message);
		name_callee(L, e);
	} else {
		f->code = "template/error";
		snprintf(f->message, sizeof(f->message), "an error was raised with %s instead of a message",
			 state_type_name(L, 1));
	}
	collect_frames(L, e);
	if (message && message == e->raise.message && e->raise.script.script[0]) {
		f->frames[0] = e->raise.script;
		f->n_frames = 1;
	}
	state_clear(e);
	return 1;
}

static const char *trace_text(const struct state_frame *frame)
{
	if (!frame->t)
		return "called from here";
	switch ((enum tmpl_pos_kind)frame->t->positions[frame->pos].kind) {
	case TMPL_POS_INCLUDE:
		return "included from here";
	case TMPL_POS_EXTENDS:
		return "extended from here";
	case TMPL_POS_BLOCK:
		return "in this block of its layout";
	case TMPL_POS_COMPONENT:
		return "component called here";
	case TMPL_POS_SUPER:
		return "'super' called here";
	default:
		return "called from here";
	}
}

static void frame_place(struct diag_list *dl, const struct state_frame *frame, struct str *path, struct pos *at,
			uint32_t *width)
{
	*width = 0;
	if (!frame->t) {
		*path = str_copy(dl->arena, str_from(frame->script));
		*at = (struct pos){ frame->pos, 1 };
		return;
	}
	*path = frame->t->path;
	*at = tmpl_position(frame->t, frame->t->positions[frame->pos].off);
	*width = tmpl_width(frame->t, frame->t->positions[frame->pos].off, frame->t->positions[frame->pos].len);
}

/* No memory: the stack was gone before anybody could look. What was written last is near. */
static void fail_memory(struct engine *e)
{
	struct state_failure *f = &e->failure;

	memset(f, 0, sizeof(*f));
	f->code = "template/over-budget";
	snprintf(f->message, sizeof(f->message), "rendering takes more than %zu MB of memory", e->options.memory >> 20);
	f->n_frames = e->last != NULL;
	f->frames[0].t = e->last;
	f->frames[0].pos = e->last_pos;
}

void state_report(struct engine *e, int status, struct str page, struct diag_list *dl)
{
	struct state_failure *f = &e->failure;
	struct str path = STR_NONE;
	struct pos at = { 0, 0 };
	uint32_t width = 0, main;

	if (status == LUA_ERRMEM)
		fail_memory(e);
	else if (status == LUA_ERRERR && !f->code)
		set_lua_message(f, "stack overflow");
	main = f->skip < f->n_frames ? f->skip : 0;
	if (f->n_frames)
		frame_place(dl, &f->frames[main], &path, &at, &width);
	else
		path = page;
	diag_add(dl, DIAG_ERROR, f->code, path, at, "%s", f->message);
	diag_width(dl, width);
	if (f->hint[0])
		diag_hint(dl, "%s", f->hint);
	for (size_t i = 0; i < f->n_frames; i++) {
		if (i == main)
			continue;
		frame_place(dl, &f->frames[i], &path, &at, &width);
		diag_relate(dl, path, at, "%s", i < main ? "declared here" : trace_text(&f->frames[i]));
	}
	if (page.len)
		diag_relate(dl, page, (struct pos){ 0, 0 }, "rendering this page");
	memset(f, 0, sizeof(*f));
}
