#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text/tmpl_ast.h"

struct check {
	struct arena *arena;
	struct tmpl **set;
	size_t n;
	const struct tmpl_env *env;
	struct diag_list *dl;
	struct map files;                              /* name to index in set */
	struct map filters, functions, globals, types; /* name to index in env */
	struct map components;                         /* name to index in shared */
	VEC(struct tmpl_component *) shared;           /* those of components/... */
	struct map top;                                /* every name that some template sets at its top level */
	VEC(struct str) file_names, filter_names, callable_names, global_names, type_names;
	bool ok, is_muted; /* is_muted: the last report was not made, so nothing is added to it */
};

struct called {
	struct tmpl_component **ptr;
	size_t len, cap;
};

static void report(struct check *c, struct tmpl *t, const char *code, uint32_t off, uint32_t len, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

static void report(struct check *c, struct tmpl *t, const char *code, uint32_t off, uint32_t len, const char *fmt, ...)
{
	char message[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	/* Each report counts lines from the start: a template that is all mistakes would take for ever. */
	c->is_muted = ++t->ast->reports > TMPL_MAX_REPORTS;
	if (!c->is_muted)
		tmpl_report(t, c->dl, code, off, len, "%s", message);
	t->has_failed = true;
	c->ok = false;
}

static void suggest(struct check *c, struct str word, const struct str *candidates, size_t n)
{
	if (!c->is_muted)
		diag_suggest(c->dl, word, candidates, n);
}

static void relate(struct check *c, const struct tmpl *t, uint32_t off, const char *message)
{
	if (!c->is_muted)
		diag_relate(c->dl, t->path, tmpl_position(t, off), "%s", message);
}

static void hint(struct check *c, const char *text)
{
	if (!c->is_muted)
		diag_hint(c->dl, "%s", text);
}

static struct tmpl *find_file(struct check *c, struct tmpl *t, struct str name, uint32_t off, uint32_t len)
{
	uint64_t i;

	if (map_get(&c->files, name, &i))
		return c->set[i];
	report(c, t, "template/unknown-template", off, len, "there is no template '%.*s'", STR_ARG(name));
	diag_suggest(c->dl, name, c->file_names.ptr, c->file_names.len);
	return NULL;
}

/* Parents, and that nobody is among their own ancestors. */
static void check_parents(struct check *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct tmpl *t = c->set[i];

		if (t->parent_name.len)
			t->parent = find_file(c, t, t->parent_name, t->parent_off, t->parent_len);
	}
	for (size_t i = 0; i < c->n; i++) {
		struct tmpl *t = c->set[i], *up = t->parent;

		/* A chain longer than the set goes round, though perhaps not through t. */
		for (size_t steps = 0; up && up != t && steps < c->n && steps < TMPL_MAX_DEPTH; steps++)
			up = up->parent;
		if (up == t) {
			report(c, t, "template/extends-cycle", t->parent_off, t->parent_len,
			       t->parent == t ? "'%.*s' extends itself" : "'%.*s' is among its own parents",
			       STR_ARG(t->name));
			for (up = t->parent; up != t; up = up->parent)
				relate(c, up, up->parent_off, "which extends");
			t->parent = NULL;
		} else if (up) {
			report(c, t, "template/too-deep", t->parent_off, t->parent_len,
			       "more than %d templates extend each other", TMPL_MAX_DEPTH);
			t->parent = NULL;
		}
	}
}

static struct tmpl_block *find_block(const struct tmpl *t, struct str name)
{
	for (; t; t = t->parent)
		for (size_t i = 0; i < t->n_blocks; i++)
			if (str_eq(t->blocks[i]->name, name))
				return t->blocks[i];
	return NULL;
}

static void check_blocks(struct check *c, struct tmpl *t)
{
	for (size_t i = 0; i < t->n_blocks && t->parent; i++) {
		struct tmpl_block *block = t->blocks[i];
		VEC(struct str) names = { 0 };

		block->parent = find_block(t->parent, block->name);
		if (block->parent || block->is_nested)
			continue;
		report(c, t, "template/unknown-block", block->off, block->len, "'%.*s' has no block '%.*s' to replace",
		       STR_ARG(t->parent_name), STR_ARG(block->name));
		for (const struct tmpl *up = t->parent; up; up = up->parent)
			for (size_t k = 0; k < up->n_blocks; k++)
				vec_push(c->arena, &names, up->blocks[k]->name);
		suggest(c, block->name, names.ptr, names.len);
	}
}

/* What stands outside of blocks in a template with a parent would never be seen. */
static bool check_outside(struct check *c, struct tmpl *t, const struct tmpl_node *node)
{
	for (; node; node = node->next) {
		bool is_lost = node->kind == NODE_HOLE || node->kind == NODE_INCLUDE ||
			       (node->kind == NODE_TEXT && str_trim(node->text).len > 0);

		if (is_lost) {
			struct str text = node->kind == NODE_TEXT ? str_trim(node->text) : STR_NONE;
			uint32_t off = text.len ? (uint32_t)(text.ptr - t->text.ptr) : node->off;

			report(c, t, "template/outside-block", off, text.len ? (uint32_t)text.len : node->len,
			       "this is outside of every block and would not be shown");
			hint(c, "a template that extends another fills its blocks; put this into one");
			return false;
		}
		if ((node->kind == NODE_IF || node->kind == NODE_FOR) &&
		    (!check_outside(c, t, node->body) || !check_outside(c, t, node->orelse)))
			return false;
	}
	return true;
}

static void resolve_includes(struct check *c, struct tmpl *t)
{
	VEC(struct tmpl *) files = { 0 };

	for (size_t i = 0; i < t->ast->includes.len; i++) {
		struct tmpl_node *node = t->ast->includes.ptr[i];
		size_t k = 0;

		node->file = find_file(c, t, node->text, node->off, node->len);
		if (!node->file)
			continue;
		for (size_t arg = 0; node->expr && arg < node->expr->n_args; arg++)
			map_put(c->arena, &node->file->ast->with, node->expr->args[arg].name, 1);
		while (k < files.len && files.ptr[k] != node->file)
			k++;
		if (k == files.len)
			vec_push(c->arena, &files, node->file);
		node->target = (uint32_t)k + 1; /* as Lua counts */
	}
	t->includes = files.ptr;
	t->n_includes = files.len;
}

/* Depth first over what is included or extended; `depth` bounds the recursion. */
static void check_include_cycle(struct check *c, struct tmpl *t, size_t depth)
{
	t->ast->mark = 1;
	if (depth > 100) {
		report(c, t, "template/too-deep", 0, 1, "more than 100 templates include each other");
		t->ast->mark = 2;
		return;
	}
	for (size_t i = 0; i < t->ast->includes.len; i++) {
		const struct tmpl_node *node = t->ast->includes.ptr[i];

		if (!node->file)
			continue;
		if (node->file->ast->mark == 1) {
			report(c, t, "template/include-cycle", node->off, node->len,
			       node->file == t ? "'%.*s' includes itself" : "including '%.*s' leads back to it",
			       STR_ARG(node->file->name));
			hint(c, "what calls itself must be a component, and end");
		} else if (!node->file->ast->mark) {
			check_include_cycle(c, node->file, depth + 1);
		}
	}
	if (t->parent && t->parent->ast->mark == 1)
		report(c, t, "template/include-cycle", t->parent_off, t->parent_len,
		       "extending '%.*s', which includes this template, has no end", STR_ARG(t->parent_name));
	else if (t->parent && !t->parent->ast->mark)
		check_include_cycle(c, t->parent, depth + 1);
	t->ast->mark = 2;
}

static bool is_builtin_type(struct str type)
{
	static const struct str types[] = { STR_INIT("any"),    STR_INIT("string"),  STR_INIT("int"),
					    STR_INIT("number"), STR_INIT("bool"),    STR_INIT("list"),
					    STR_INIT("table"),  STR_INIT("function") };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (str_eq(types[i], type))
			return true;
	return false;
}

static void check_components(struct check *c, struct tmpl *t)
{
	bool is_shared = str_starts(t->name, STR("components/"));
	uint64_t k;

	for (size_t i = 0; i < t->n_components; i++) {
		struct tmpl_component *component = t->components[i];
		struct tmpl_component *other = NULL;

		for (size_t p = 0; p < component->n_params; p++) {
			struct tmpl_param *param = &component->params[p];

			if (!param->type.len || is_builtin_type(param->type) || map_has(&c->types, param->type))
				continue;
			report(c, t, "template/unknown-type", param->off, param->len, "there is no type '%.*s'",
			       STR_ARG(param->type));
			suggest(c, param->type, c->type_names.ptr, c->type_names.len);
		}
		if (map_has(&c->functions, component->name)) {
			report(c, t, "template/duplicate-component", component->off, component->len,
			       "'%.*s' is a function already", STR_ARG(component->name));
			continue;
		}
		for (size_t p = 0; p < i && !other; p++)
			if (str_eq(t->components[p]->name, component->name))
				other = t->components[p];
		if (!other && is_shared && map_get(&c->components, component->name, &k))
			other = c->shared.ptr[k];
		if (other) {
			report(c, t, "template/duplicate-component", component->off, component->len,
			       "the component '%.*s' is there twice", STR_ARG(component->name));
			relate(c, other->owner, other->off, "first one");
		} else if (is_shared) {
			map_put(c->arena, &c->components, component->name, c->shared.len);
			vec_push(c->arena, &c->shared, component);
			vec_push(c->arena, &c->callable_names, component->name);
		}
	}
}

static size_t find_param(const struct tmpl_signature *sig, struct str name)
{
	size_t i = 0;

	while (i < sig->n_params && !str_eq(sig->params[i], name))
		i++;
	return i;
}

/* Named arguments become one table, behind the others. */
static void collect_named(struct check *c, struct tmpl_expr *e, size_t n_plain)
{
	struct tmpl_expr *table;

	e->slots = arena_array(c->arena, struct tmpl_expr *, e->n_args + 1);
	for (size_t i = 0; i < n_plain; i++)
		e->slots[e->n_slots++] = e->args[i].value;
	if (n_plain == e->n_args)
		return;
	table = arena_new(c->arena, struct tmpl_expr);
	table->kind = EXPR_TABLE;
	table->off = table->at = e->args[n_plain].off;
	table->len = table->at_len = e->args[n_plain].len;
	table->args = e->args + n_plain;
	table->n_args = e->n_args - n_plain;
	e->slots[e->n_slots++] = table;
}

/* Puts arguments in the order of the parameters, and sees that they fit. */
static void fit_args(struct check *c, struct tmpl *t, struct tmpl_expr *e, const struct tmpl_signature *sig)
{
	size_t n_plain = 0, k;

	while (n_plain < e->n_args && !e->args[n_plain].name.len)
		n_plain++;
	for (k = n_plain; k < e->n_args; k++) {
		if (e->args[k].name.len)
			continue;
		report(c, t, "template/bad-argument", e->args[k].off, e->args[k].len,
		       "arguments without a name come before those with one");
		return;
	}
	if (sig->open) {
		collect_named(c, e, n_plain);
		return;
	}
	if (n_plain > sig->n_params) {
		report(c, t, "template/bad-argument", e->args[sig->n_params].off, e->args[sig->n_params].len,
		       "'%.*s' takes %s%zu argument%s", STR_ARG(sig->name), sig->n_params ? "at most " : "",
		       sig->n_params, sig->n_params == 1 ? "" : "s");
		return;
	}
	e->slots = arena_array(c->arena, struct tmpl_expr *, sig->n_params + 1);
	for (k = 0; k < e->n_args; k++) {
		size_t i = k < n_plain ? k : find_param(sig, e->args[k].name);

		if (i == sig->n_params) {
			report(c, t, "template/bad-argument", e->args[k].off, e->args[k].len,
			       "'%.*s' has no parameter '%.*s'", STR_ARG(sig->name), STR_ARG(e->args[k].name));
			suggest(c, e->args[k].name, sig->params, sig->n_params);
			return;
		}
		if (e->slots[i]) {
			report(c, t, "template/bad-argument", e->args[k].off, e->args[k].len,
			       "the parameter '%.*s' is given twice", STR_ARG(sig->params[i]));
			return;
		}
		e->slots[i] = e->args[k].value;
		if (i >= e->n_slots)
			e->n_slots = i + 1;
	}
	for (k = 0; k < sig->n_required; k++) {
		if (e->slots[k])
			continue;
		report(c, t, "template/bad-argument", e->at, e->at_len, "'%.*s' needs an argument for '%.*s'",
		       STR_ARG(sig->name), STR_ARG(sig->params[k]));
		return;
	}
}

static void fit_component(struct check *c, struct tmpl *t, struct tmpl_expr *e, const struct tmpl_component *component)
{
	struct tmpl_signature sig = { .name = component->name, .n_params = component->n_params };
	struct str *params = arena_array(c->arena, struct str, component->n_params);
	bool is_required = true;

	for (size_t i = 0; i < component->n_params; i++) {
		params[i] = component->params[i].name;
		if (!component->params[i].fallback)
			sig.n_required = is_required ? i + 1 : sig.n_required;
		else
			is_required = false;
	}
	sig.params = params;
	fit_args(c, t, e, &sig);
	/* Required ones may also follow optional ones. */
	for (size_t i = sig.n_required; e->slots && i < component->n_params; i++)
		if (!component->params[i].fallback && !e->slots[i])
			report(c, t, "template/bad-argument", e->at, e->at_len, "'%.*s' needs an argument for '%.*s'",
			       STR_ARG(sig.name), STR_ARG(params[i]));
}

static struct tmpl_component *find_component(struct check *c, const struct tmpl *t, struct str name)
{
	uint64_t k;

	for (size_t i = 0; i < t->n_components; i++)
		if (str_eq(t->components[i]->name, name))
			return t->components[i];
	return map_get(&c->components, name, &k) ? c->shared.ptr[k] : NULL;
}

static void check_super(struct check *c, struct tmpl *t, struct tmpl_expr *e)
{
	e->resolved = CALL_SUPER;
	if (e->n_args)
		report(c, t, "template/bad-argument", e->args[0].off, e->args[0].len, "'super' takes no arguments");
	else if (!e->block)
		report(c, t, "template/no-super", e->off, e->len, "'super' is known only in a block");
	else if (!e->block->parent)
		report(c, t, "template/no-super", e->off, e->len, "no parent has a block '%.*s'",
		       STR_ARG(e->block->name));
}

static bool is_known_name(struct check *c, const struct tmpl *t, struct str name)
{
	if (map_has(&c->globals, name) || map_has(&c->functions, name) || map_has(&c->top, name) ||
	    map_has(&t->ast->with, name))
		return true;
	for (size_t i = 0; i < c->env->n_loose; i++)
		if (str_starts(t->name, c->env->loose[i]))
			return true;
	return false;
}

static void check_call(struct check *c, struct tmpl *t, struct tmpl_expr *e, struct called *called)
{
	static const struct tmpl_signature any = { .open = true };
	struct tmpl_component *component;
	struct str name = e->a->text;
	uint64_t i;
	size_t k = 0;

	if (e->a->kind != EXPR_NAME || e->a->resolved != NAME_FREE) {
		fit_args(c, t, e, &any);
		return;
	}
	e->a->is_known = true;
	e->at = e->a->off;
	e->at_len = e->a->len;
	if (str_eq(name, STR("super"))) {
		check_super(c, t, e);
	} else if ((component = find_component(c, t, name))) {
		e->resolved = CALL_COMPONENT;
		while (k < called->len && called->ptr[k] != component)
			k++;
		if (k == called->len)
			vec_push(c->arena, called, component);
		e->target = (uint32_t)k + 1;
		fit_component(c, t, e, component);
	} else if (map_get(&c->functions, name, &i)) {
		fit_args(c, t, e, &c->env->functions[i]);
	} else if (is_known_name(c, t, name)) {
		fit_args(c, t, e, &any);
	} else {
		report(c, t, "template/unknown-function", e->at, e->at_len, "there is no function or component '%.*s'",
		       STR_ARG(name));
		suggest(c, name, c->callable_names.ptr, c->callable_names.len);
	}
}

static void check_calls(struct check *c, struct tmpl *t)
{
	struct called called = { 0 };

	for (size_t i = 0; i < t->ast->calls.len; i++)
		check_call(c, t, t->ast->calls.ptr[i], &called);
	t->calls = called.ptr;
	t->n_calls = called.len;
}

static void check_filters(struct check *c, struct tmpl *t)
{
	for (size_t i = 0; i < t->ast->filters.len; i++) {
		struct tmpl_expr *e = t->ast->filters.ptr[i];
		uint64_t k;

		if (map_get(&c->filters, e->text, &k)) {
			fit_args(c, t, e, &c->env->filters[k]);
			continue;
		}
		report(c, t, "template/unknown-filter", e->at, e->at_len, "there is no filter '%.*s'",
		       STR_ARG(e->text));
		suggest(c, e->text, c->filter_names.ptr, c->filter_names.len);
	}
}

/* Names that nobody gives this template. */
static void check_names(struct check *c, struct tmpl *t)
{
	for (size_t i = 0; i < t->ast->names.len; i++) {
		struct tmpl_expr *e = t->ast->names.ptr[i];
		VEC(struct str) names = { 0 };

		if (e->is_soft || e->is_known || is_known_name(c, t, e->text))
			continue;
		report(c, t, "template/undefined-name", e->off, e->len, "'%.*s' is not defined", STR_ARG(e->text));
		for (size_t k = 0; k < t->n_locals; k++)
			vec_push(c->arena, &names, t->locals[k]);
		for (size_t k = 0; k < t->ast->with.len; k++)
			vec_push(c->arena, &names, t->ast->with.entries[k].key);
		for (size_t k = 0; k < c->global_names.len; k++)
			vec_push(c->arena, &names, c->global_names.ptr[k]);
		for (size_t k = 0; k < t->n_locals; k++) {
			if (!str_eq(t->locals[k], e->text))
				continue;
			hint(c, "a variable of this name is in the template, but not visible here");
			goto next;
		}
		suggest(c, e->text, names.ptr, names.len);
next:;
	}
}

static void index_env(struct check *c)
{
	static const struct str types[] = { STR_INIT("any"),    STR_INIT("string"),  STR_INIT("int"),
					    STR_INIT("number"), STR_INIT("bool"),    STR_INIT("list"),
					    STR_INIT("table"),  STR_INIT("function") };
	const struct tmpl_env *env = c->env;

	for (size_t i = 0; i < env->n_filters; i++)
		if (map_put(c->arena, &c->filters, env->filters[i].name, i))
			vec_push(c->arena, &c->filter_names, env->filters[i].name);
	for (size_t i = 0; i < env->n_functions; i++) {
		if (!map_put(c->arena, &c->functions, env->functions[i].name, i))
			continue;
		vec_push(c->arena, &c->callable_names, env->functions[i].name);
		vec_push(c->arena, &c->global_names, env->functions[i].name);
	}
	for (size_t i = 0; i < env->n_globals; i++)
		if (map_put(c->arena, &c->globals, env->globals[i], i))
			vec_push(c->arena, &c->global_names, env->globals[i]);
	for (size_t i = 0; i < env->n_types; i++)
		if (map_put(c->arena, &c->types, env->types[i], i))
			vec_push(c->arena, &c->type_names, env->types[i]);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		vec_push(c->arena, &c->type_names, types[i]);
}

static void index_set(struct check *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct tmpl *t = c->set[i];

		t->index = (uint32_t)i;
		t->ast->env = c->env;
		if (map_put(c->arena, &c->files, t->name, i))
			vec_push(c->arena, &c->file_names, t->name);
		for (size_t k = 0; k < t->ast->top.len && (t->n_blocks || t->parent_name.len); k++)
			map_put(c->arena, &c->top, t->ast->top.entries[k].key, 1);
		c->ok = c->ok && !t->has_failed;
	}
}

bool tmpl_check(struct arena *a, struct tmpl **set, size_t n, const struct tmpl_env *env, struct diag_list *dl)
{
	struct check c = { .arena = a, .set = set, .n = n, .env = env, .dl = dl, .ok = true };

	index_env(&c);
	index_set(&c);
	check_parents(&c);
	for (size_t i = 0; i < n; i++) {
		check_components(&c, set[i]);
		resolve_includes(&c, set[i]);
	}
	for (size_t i = 0; i < n; i++)
		if (!set[i]->ast->mark)
			check_include_cycle(&c, set[i], 0);
	for (size_t i = 0; i < n; i++) {
		struct tmpl *t = set[i];
		bool is_whole = !t->has_failed;

		/* Behind a syntax error, variables and blocks may be missing for that reason alone. */
		if (is_whole)
			check_blocks(&c, t);
		check_filters(&c, t);
		check_calls(&c, t);
		if (is_whole) {
			if (t->parent_name.len)
				check_outside(&c, t, t->ast->body);
			check_names(&c, t);
		}
		t->has_top_sets = t->ast->top.len > 0 && (t->n_blocks > 0 || t->parent_name.len > 0);
	}
	/* When all is resolved: blocks begin where those stand that they replace. */
	for (size_t i = 0; i < n; i++) {
		bool was_sound = !set[i]->has_failed;

		tmpl_context(a, set[i], dl);
		c.ok = c.ok && was_sound && !set[i]->has_failed;
	}
	for (size_t i = 0; i < n && c.ok; i++)
		tmpl_steady(set[i], env, &c.top);
	return c.ok;
}
