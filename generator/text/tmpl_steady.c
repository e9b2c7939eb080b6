#include <string.h>

#include "text/tmpl_ast.h"

/*
 * Which nodes give the same text in every render: those that read nothing but
 * constants, through functions, filters and fields that the environment calls
 * steady. A name that something else may be called is no constant.
 */
struct steady {
	const struct tmpl_env *env;
	const struct map *top; /* names that some template sets at its top level */
	const struct tmpl *t;
	const struct tmpl_node *loops[TMPL_MAX_DEPTH + 1]; /* that are steady themselves, around what is looked at */
	size_t n_loops;
};

static bool is_among(struct str word, const struct str *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i], word))
			return true;
	return false;
}

static bool is_shadowed(const struct steady *w, struct str name)
{
	return map_has(w->top, name) || map_has(&w->t->ast->with, name);
}

static bool is_steady_name(const struct steady *w, const struct tmpl_expr *e)
{
	if (e->resolved == NAME_FREE)
		return is_among(e->text, w->env->constants, w->env->n_constants) && !is_shadowed(w, e->text);
	for (size_t i = 0; i < w->n_loops && e->resolved == NAME_LOCAL; i++)
		if (str_eq(e->text, w->loops[i]->text) || str_eq(e->text, w->loops[i]->text2))
			return true;
	return false;
}

static bool is_steady(const struct steady *w, const struct tmpl_expr *e);

static bool are_slots_steady(const struct steady *w, const struct tmpl_expr *e)
{
	for (size_t i = 0; i < e->n_slots; i++)
		if (e->slots[i] && !is_steady(w, e->slots[i]))
			return false;
	return true;
}

static bool are_args_steady(const struct steady *w, const struct tmpl_expr *e)
{
	for (size_t i = 0; i < e->n_args; i++)
		if ((e->args[i].key && !is_steady(w, e->args[i].key)) || !is_steady(w, e->args[i].value))
			return false;
	return true;
}

static bool is_steady_index(const struct steady *w, const struct tmpl_expr *e)
{
	if (!is_steady(w, e->a))
		return false;
	if (e->b && e->b->kind == EXPR_NUMBER)
		return true;
	return !e->b && is_among(e->text, w->env->steady_fields, w->env->n_steady_fields);
}

static bool is_steady_call(const struct steady *w, const struct tmpl_expr *e)
{
	const struct tmpl_expr *f = e->a;

	if (e->resolved != CALL_PLAIN || !are_slots_steady(w, e))
		return false;
	if (f->kind == EXPR_INDEX)
		return is_steady_index(w, f);
	return f->kind == EXPR_NAME && f->resolved == NAME_FREE && !is_shadowed(w, f->text) &&
	       is_among(f->text, w->env->steady_functions, w->env->n_steady_functions);
}

static bool is_steady(const struct steady *w, const struct tmpl_expr *e)
{
	switch (e->kind) {
	case EXPR_NIL:
	case EXPR_TRUE:
	case EXPR_FALSE:
	case EXPR_NUMBER:
	case EXPR_STRING:
		return true;
	case EXPR_NAME:
		return is_steady_name(w, e);
	case EXPR_INDEX:
		return is_steady_index(w, e);
	case EXPR_CALL:
		return is_steady_call(w, e);
	case EXPR_FILTER:
		return is_among(e->text, w->env->steady_filters, w->env->n_steady_filters) && is_steady(w, e->a) &&
		       are_slots_steady(w, e);
	case EXPR_BINARY:
		return is_steady(w, e->a) && is_steady(w, e->b);
	case EXPR_UNARY:
		return is_steady(w, e->a);
	case EXPR_TABLE:
		return are_args_steady(w, e);
	case EXPR_LOOP:
		return w->n_loops && e->depth >= w->loops[0]->depth;
	default:
		return false;
	}
}

static bool are_nodes_steady(struct steady *w, const struct tmpl_node *node);

static bool is_steady_loop(struct steady *w, const struct tmpl_node *node)
{
	bool is_yes;

	if (w->n_loops == sizeof(w->loops) / sizeof(w->loops[0]) || !is_steady(w, node->expr) ||
	    !are_nodes_steady(w, node->orelse))
		return false;
	w->loops[w->n_loops++] = node;
	is_yes = are_nodes_steady(w, node->body);
	w->n_loops--;
	return is_yes;
}

/* Whether a template gives the same text wherever it is included. */
static bool is_steady_file(const struct steady *outer, struct tmpl *t)
{
	struct steady w = { .env = outer->env, .top = outer->top, .t = t };

	if (!t->ast->steady) {
		t->ast->steady = TMPL_VARIES;
		if (!t->parent && !t->n_blocks && are_nodes_steady(&w, t->ast->body))
			t->ast->steady = TMPL_STEADY;
	}
	return t->ast->steady == TMPL_STEADY;
}

static bool is_steady_node(struct steady *w, const struct tmpl_node *node)
{
	switch (node->kind) {
	case NODE_TEXT:
		return true;
	case NODE_HOLE:
		return is_steady(w, node->expr);
	case NODE_IF:
		return is_steady(w, node->expr) && are_nodes_steady(w, node->body) && are_nodes_steady(w, node->orelse);
	case NODE_FOR:
		return is_steady_loop(w, node);
	case NODE_INCLUDE:
		return !(node->expr && node->expr->n_args) && is_steady_file(w, node->file);
	default:
		return false;
	}
}

static bool are_nodes_steady(struct steady *w, const struct tmpl_node *node)
{
	for (; node; node = node->next)
		if (!is_steady_node(w, node))
			return false;
	return true;
}

/* The outermost nodes are marked; what lies in them goes with them. */
static void mark(struct steady *w, struct tmpl_node *node)
{
	for (; node; node = node->next) {
		node->is_steady = is_steady_node(w, node);
		if (node->is_steady)
			continue;
		mark(w, node->body);
		mark(w, node->orelse);
	}
}

void tmpl_steady(struct tmpl *t, const struct tmpl_env *env, const struct map *top)
{
	struct steady w = { .env = env, .top = top, .t = t };

	if (!env->n_constants)
		return;
	mark(&w, t->ast->body);
	for (size_t i = 0; i < t->n_blocks; i++)
		mark(&w, t->blocks[i]->body);
	for (size_t i = 0; i < t->n_components; i++)
		mark(&w, t->components[i]->body);
}
