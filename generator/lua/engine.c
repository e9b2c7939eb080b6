#include "lua/engine.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lua/object.h"
#include "lua/runtime.h"
#include "lua/sandbox.h"
#include "lua/state.h"
#include "lua/stdlib.h"

#define DEFAULT_INSTRUCTIONS 50000000
#define DEFAULT_BYTES ((size_t)64 << 20)

static void register_functions(lua_State *L, int ref, const struct state_function *functions, size_t n)
{
	lua_rawgeti(L, LUA_REGISTRYINDEX, ref);
	for (size_t i = 0; i < n; i++) {
		lua_pushstring(L, functions[i].name);
		lua_pushcfunction(L, functions[i].call);
		lua_rawset(L, -3);
	}
	lua_pop(L, 1);
}

/* Everything but the templates, which are loaded when they are used. */
static int open_state(lua_State *L)
{
	struct engine *e = state_engine(L);
	const struct engine_host *host = e->set->host;
	const struct state_function *functions;
	size_t n;

	object_open(L, e);
	runtime_open(L, e);
	sandbox_open(L, e);
	functions = stdlib_functions(&n);
	register_functions(L, e->env_ref, functions, n);
	functions = stdlib_filters(&n);
	register_functions(L, e->filters_ref, functions, n);
	if (host) {
		register_functions(L, e->env_ref, host->functions, host->n_functions);
		register_functions(L, e->filters_ref, host->filters, host->n_filters);
	}
	for (size_t i = 0; i < e->set->n_scripts; i++)
		sandbox_run_script(L, e, &e->set->scripts[i]);
	e->is_frozen = true;
	return 0;
}

static struct engine *new_engine(const struct engine_set *set, const struct engine_options *options)
{
	struct engine *e = arena_sys_alloc(sizeof(*e));

	memset(e, 0, sizeof(*e));
	e->set = set;
	if (options)
		e->options = *options;
	if (!e->options.instructions)
		e->options.instructions = DEFAULT_INSTRUCTIONS;
	if (!e->options.memory)
		e->options.memory = DEFAULT_BYTES;
	if (!e->options.output)
		e->options.output = DEFAULT_BYTES;
	e->has_scripts = set->n_scripts > 0;
	e->part_refs = arena_sys_alloc((set->n_templates + 1) * sizeof(*e->part_refs));
	memset(e->part_refs, 0, (set->n_templates + 1) * sizeof(*e->part_refs));
	e->uses = arena_array(&e->lasting, struct state_uses, set->n_templates + 1);
	e->kept = arena_sys_alloc((set->n_templates + 1) * sizeof(*e->kept));
	memset(e->kept, 0, (set->n_templates + 1) * sizeof(*e->kept));
	e->seen = arena_sys_alloc((set->n_templates + 1) * sizeof(*e->seen));
	memset(e->seen, 0, (set->n_templates + 1) * sizeof(*e->seen));
	e->L = sandbox_new_state(e);
	return e;
}

/* Calls fn in protected mode under the budget; false after an error, which is reported. */
static bool run(struct engine *e, lua_CFunction fn, struct str page, struct diag_list *dl)
{
	lua_State *L = e->L;
	int status;

	sandbox_begin(e);
	lua_settop(L, 0);
	lua_pushcfunction(L, state_on_error);
	lua_pushcfunction(L, fn);
	status = lua_pcall(L, 0, 0, 1);
	sandbox_end(e);
	if (status != LUA_OK)
		state_report(e, status, page, dl);
	state_clear(e);
	lua_settop(L, 0);
	return status == LUA_OK;
}

static struct tmpl_env *make_env(struct arena *a, const struct engine_set *set)
{
	const struct engine_host *host = set->host;
	struct tmpl_env *env = arena_new(a, struct tmpl_env);
	VEC(struct tmpl_signature) filters = { 0 }, functions = { 0 };
	VEC(struct str) globals = { 0 }, types = { 0 };
	const struct state_function *list;
	size_t n;

	list = stdlib_filters(&n);
	for (size_t i = 0; i < n; i++)
		vec_push(a, &filters, state_signature(a, &list[i]));
	list = stdlib_functions(&n);
	for (size_t i = 0; i < n; i++)
		vec_push(a, &functions, state_signature(a, &list[i]));
	for (size_t i = 0; host && i < host->n_filters; i++)
		vec_push(a, &filters, state_signature(a, &host->filters[i]));
	for (size_t i = 0; host && i < host->n_functions; i++)
		vec_push(a, &functions, state_signature(a, &host->functions[i]));
	for (size_t i = 0; i < set->n_script_filters; i++)
		*(struct tmpl_signature *)vec_add(a, &filters) =
			(struct tmpl_signature){ .name = set->script_filters[i], .open = true };
	for (size_t i = 0; i < set->n_script_functions; i++)
		*(struct tmpl_signature *)vec_add(a, &functions) =
			(struct tmpl_signature){ .name = set->script_functions[i], .open = true };
	for (size_t i = 0; host && i < host->n_globals; i++)
		vec_push(a, &globals, host->globals[i]);
	for (size_t i = 0; sandbox_libraries[i]; i++)
		vec_push(a, &globals, str_from(sandbox_libraries[i]));
	for (size_t i = 0; host && i < host->n_classes; i++)
		vec_push(a, &types, str_from(host->classes[i]->name));
	for (size_t i = 0; host && i < host->n_types; i++)
		vec_push(a, &types, host->types[i]);
	*env = (struct tmpl_env){ .is_all_lua = host && host->is_all_lua,
				  .writers = host ? host->writers : NULL,
				  .n_writers = host ? host->n_writers : 0,
				  .constants = host ? host->constants : NULL,
				  .n_constants = host ? host->n_constants : 0,
				  .steady_fields = host ? host->steady_fields : NULL,
				  .n_steady_fields = host ? host->n_steady_fields : 0,
				  .steady_functions = host ? host->steady_functions : NULL,
				  .n_steady_functions = host ? host->n_steady_functions : 0,
				  .steady_filters = host ? host->steady_filters : NULL,
				  .n_steady_filters = host ? host->n_steady_filters : 0,
				  .filters = filters.ptr,
				  .n_filters = filters.len,
				  .functions = functions.ptr,
				  .n_functions = functions.len,
				  .globals = globals.ptr,
				  .n_globals = globals.len,
				  .types = types.ptr,
				  .n_types = types.len,
				  .loose = host ? host->loose : NULL,
				  .n_loose = host ? host->n_loose : 0 };
	return env;
}

/* Names of what scripts define, read off the tables they filled. */
static struct str *names_beyond(struct arena *a, lua_State *L, const char *registry, size_t *n)
{
	VEC(struct str) names = { 0 };

	lua_getfield(L, LUA_REGISTRYINDEX, registry);
	*n = 0;
	if (!lua_istable(L, -1)) {
		lua_pop(L, 1);
		return NULL;
	}
	for (lua_Integer i = 1; lua_rawgeti(L, -1, i) == LUA_TSTRING; i++) {
		vec_push(a, &names, str_copy(a, str_from(lua_tostring(L, -1))));
		lua_pop(L, 1);
	}
	lua_pop(L, 2);
	*n = names.len;
	return names.ptr;
}

struct engine_set *engine_load(struct arena *a, const struct engine_source *templates, size_t n_templates,
			       const struct engine_source *scripts, size_t n_scripts, const struct engine_host *host,
			       struct diag_list *dl)
{
	struct engine_set *set = arena_new(a, struct engine_set);
	size_t errors = dl->errors;
	struct map names = { 0 };
	struct engine *e;
	bool ok;

	set->host = host;
	set->scripts = scripts;
	set->n_scripts = n_scripts;
	e = new_engine(set, NULL);
	ok = run(e, open_state, STR_NONE, dl);
	if (ok) {
		set->script_filters = names_beyond(a, e->L, SANDBOX_FILTERS, &set->n_script_filters);
		set->script_functions = names_beyond(a, e->L, SANDBOX_FUNCTIONS, &set->n_script_functions);
	}
	engine_free(e);
	set->templates = arena_array(a, struct tmpl *, n_templates);
	for (size_t i = 0; i < n_templates; i++) {
		if (!map_put(a, &set->by_name, templates[i].name, set->n_templates))
			continue;
		set->templates[set->n_templates++] =
			tmpl_parse(a, templates[i].name, templates[i].path, templates[i].text, dl);
	}
	/* Without the scripts' names everything of theirs would be reported as unknown. */
	ok = ok && tmpl_check(a, set->templates, set->n_templates, make_env(a, set), dl);
	if (!ok || dl->errors > errors)
		return NULL;
	for (size_t i = 0; i < set->n_templates; i++)
		tmpl_emit(a, set->templates[i], &names);
	return set;
}

static const struct tmpl *find(const struct engine_set *set, struct str name)
{
	uint64_t i;

	return map_get(&set->by_name, name, &i) ? set->templates[i] : NULL;
}

bool engine_has_template(const struct engine_set *set, struct str name)
{
	return find(set, name) != NULL;
}

size_t engine_kept(const struct engine_set *set, struct str name)
{
	const struct tmpl *t = find(set, name);

	return t ? t->n_kept : 0;
}

struct engine *engine_new(const struct engine_set *set, const struct engine_options *options)
{
	struct engine *e = new_engine(set, options);
	struct arena arena = { 0 };
	struct diag_list dl;

	diag_init(&dl, &arena);
	/* The same scripts ran without an error when the set was loaded; with a smaller budget they may not. */
	e->is_broken = !run(e, open_state, STR_NONE, &dl);
	arena_release(&arena);
	return e;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	engine_free(e->inner);
	sandbox_free_state(e);
	for (size_t i = 0; i < sizeof(e->bufs) / sizeof(e->bufs[0]); i++)
		buf_release(&e->bufs[i]);
	buf_release(&e->work);
	arena_release(&e->scratch);
	arena_release(&e->kept_arena);
	arena_release(&e->lasting);
	for (size_t i = 0; i < e->set->n_templates; i++) {
		free(e->kept[i]);
		free(e->seen[i]);
	}
	free(e->kept);
	free(e->seen);
	free(e->part_refs);
	free(e);
}

struct engine *engine_inner(struct engine *e)
{
	if (!e->inner)
		e->inner = engine_new(e->set, &e->options);
	return e->inner;
}

size_t engine_memory(const struct engine *e)
{
	return e->mem;
}

/* What the last renders kept serves as long as all of it comes from the same. */
static void begin_keeping(struct engine *e)
{
	const struct engine_host *host = e->set->host;
	const void *keeps = host && host->keeps ? host->keeps(e) : NULL;

	e->may_keep = keeps != NULL;
	if (!keeps || keeps == e->kept_for)
		return;
	for (size_t i = 0; i < e->set->n_templates; i++)
		if (e->kept[i])
			memset(e->kept[i], 0, e->set->templates[i]->n_kept * sizeof(*e->kept[i]));
	arena_reset(&e->kept_arena);
	e->kept_for = keeps;
}

/* What a template refers to, and that to what. */
static void collect_uses(struct engine *e, struct state_uses *uses, const struct tmpl *t, struct map *seen)
{
	if (!map_put(&e->scratch, seen, t->name, 1))
		return;
	vec_push(&e->lasting, &uses->names, t->name);
	if (t->parent)
		collect_uses(e, uses, t->parent, seen);
	for (size_t i = 0; i < t->n_includes; i++)
		collect_uses(e, uses, t->includes[i], seen);
	for (size_t i = 0; i < t->n_calls; i++)
		collect_uses(e, uses, t->calls[i]->owner, seen);
}

static void note_uses(struct engine *e, const struct tmpl *t)
{
	struct state_uses *uses = &e->uses[t->index];
	const struct engine_host *host = e->set->host;
	const void *keeps = host->keeps ? host->keeps(e) : NULL;
	struct map seen = { 0 };

	if (keeps && keeps == uses->reads_for) {
		host->keep_again(e, uses->reads);
		return;
	}
	if (!uses->is_there)
		collect_uses(e, uses, t, &seen);
	uses->is_there = true;
	if (keeps)
		host->keep_begin(e);
	for (size_t i = 0; i < uses->names.len; i++)
		host->uses(e, uses->names.ptr[i]);
	for (size_t i = 0; i < e->set->n_scripts; i++)
		host->uses(e, e->set->scripts[i].name);
	if (keeps)
		uses->reads = host->keep_end(e, &e->lasting);
	uses->reads_for = keeps;
}

static int render(lua_State *L)
{
	struct engine *e = state_engine(L);
	const struct engine_host *host = e->set->host;
	const struct tmpl *t = find(e->set, e->job->template);

	if (!t)
		state_raise(L, "template/unknown-template", "there is no template '%.*s'", STR_ARG(e->job->template));
	e->last = t;
	e->last_pos = 0;
	runtime_load(L, e, t);
	e->serial++;
	if (host && host->uses)
		note_uses(e, t);
	if (host && host->begin)
		host->begin(L, e, e->ctx);
	begin_keeping(e);
	lua_settop(L, 0);
	runtime_push_parts(L, e, t);
	lua_getfield(L, -1, "entry");
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->env_ref);
	lua_call(L, 1, 0);
	return 0;
}

/* Names set for this render are not there in the next one. */
static void clear_globals(struct engine *e)
{
	lua_rawgeti(e->L, LUA_REGISTRYINDEX, e->env_ref);
	for (size_t i = 0; i < e->globals.len; i++) {
		lua_pushnil(e->L);
		lua_setfield(e->L, -2, e->globals.ptr[i].ptr);
	}
	lua_pop(e->L, 1);
	memset(&e->globals, 0, sizeof(e->globals));
}

bool engine_render(struct engine *e, const struct engine_job *job, struct buf *out, struct diag_list *dl)
{
	size_t length = out->len;
	bool ok;

	if (e->is_broken) {
		diag_add(dl, DIAG_ERROR, "template/over-budget", STR_NONE, (struct pos){ 0, 0 },
			 "the site's scripts do not fit into the budget");
		return false;
	}
	arena_reset(&e->scratch);
	e->out = out;
	e->out_start = length;
	e->job = job;
	e->ctx = job->ctx;
	e->n_captures = 0;
	e->last = NULL;
	ok = run(e, render, job->page, dl);
	if (e->being_kept)
		e->set->host->keep_end(e, NULL);
	e->being_kept = NULL;
	e->walk = NULL;
	clear_globals(e);
	e->out = NULL;
	e->job = NULL;
	e->ctx = NULL;
	if (!ok)
		buf_cut(out, length);
	return ok;
}
