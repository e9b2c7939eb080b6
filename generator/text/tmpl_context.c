#include "text/tmpl_ast.h"

static void walk(const struct tmpl *t, struct tmpl_node *node)
{
	for (; node; node = node->next) {
		node->escape = t->is_html ? TMPL_ESCAPE_HTML : TMPL_ESCAPE_NONE;
		walk(t, node->body);
		walk(t, node->orelse);
		if (node->kind == NODE_BLOCK)
			walk(t, node->block->body);
	}
}

void tmpl_context(struct arena *a, struct tmpl *t, struct diag_list *dl)
{
	(void)a;
	(void)dl;
	walk(t, t->ast->body);
	for (size_t i = 0; i < t->n_components; i++)
		walk(t, t->components[i]->body);
}
