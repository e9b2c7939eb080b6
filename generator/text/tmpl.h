#ifndef TMPL_H
#define TMPL_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/map.h"
#include "base/str.h"

/*
 * tmpl - the template language: Jinja's shape, Lua's expressions
 * (docs/reference/templates-language.md), compiled to Lua text. Knows neither
 * Lua's library nor sites: lua/engine runs what comes out.
 *
 *     parse each template  ->  check the whole set  ->  emit each template
 *
 * Everything lives in the arena given and borrows the template's text and
 * name, which must live as long. After tmpl_emit a template is immutable and
 * may be shared by threads.
 *
 * The Lua text of a template is one chunk. Only what needs Lua is in it; other stretches of the tree are `plans`, each
 * one call. Each operation that can fail stands on a Lua line of its own, and `positions` maps that line to the exact
 * stretch of the template, so that a run-time error costs nothing to locate and has line, column and width. Lines that
 * are empty stand for operations of plans.
 */
#define TMPL_MAX_DEPTH 40 /* nesting of tags, and of expressions */
#define TMPL_MAX_BYTES ((size_t)4 << 20)

/* What a hole's value must go through. */
enum tmpl_escape {
	TMPL_ESCAPE_HTML,      /* text between tags and in quoted attributes */
	TMPL_ESCAPE_NONE,      /* plain text files, and `| safe` */
	TMPL_ESCAPE_URL,       /* a quoted attribute that holds a URL: schemes are checked, then escaped for HTML */
	TMPL_ESCAPE_URL_PART,  /* a later part of a URL: percent-encoded, then escaped for HTML */
	TMPL_ESCAPE_JSON,      /* in <script>: the value as JSON */
	TMPL_ESCAPE_JSON_ATTR, /* in an attribute that holds script: JSON, then escaped for HTML */
	TMPL_ESCAPE_RCDATA,    /* <title>, <textarea>: text, where marked HTML is escaped as well */
	TMPL_ESCAPE_ATTR,      /* a quoted attribute: marked HTML is escaped as well */
	TMPL_ESCAPE_CSS,       /* <style> and style="": a plain word or number only */
	TMPL_ESCAPE_SRCSET,    /* a list of URLs with descriptors */
};

enum tmpl_pos_kind {
	TMPL_POS_EXPR,
	TMPL_POS_INCLUDE,
	TMPL_POS_EXTENDS,
	TMPL_POS_BLOCK,
	TMPL_POS_COMPONENT,
	TMPL_POS_SUPER
};

struct tmpl_pos {
	uint32_t off, len; /* bytes of the template's text */
	uint32_t kind;     /* enum tmpl_pos_kind */
};

/* A name that another part of the program provides, with the names of its parameters. */
struct tmpl_signature {
	struct str name;
	const struct str *params; /* a filter's without its first, the value */
	size_t n_params, n_required;
	bool open; /* takes any arguments; named ones arrive as one table, last */
};

struct tmpl_env {
	const struct tmpl_signature *filters;
	size_t n_filters;
	const struct tmpl_signature *functions;
	size_t n_functions;
	const struct str *globals; /* names that may be read; functions need not be repeated */
	size_t n_globals;
	const struct str *types; /* of component parameters, beside any string int number bool list table function */
	size_t n_types;
	const struct str *loose; /* templates whose name starts so are given further names by their caller */
	size_t n_loose;
	/* Filters without arguments that holes apply themselves, where URLs or JSON belong and between tags. */
	const struct str *writers;
	size_t n_writers;
	/*
	 * What gives the same text in every render: these globals, and of what they lead to these fields, functions and
	 * filters, given nothing else. No constants: nothing is kept.
	 */
	const struct str *constants, *steady_fields, *steady_functions, *steady_filters;
	size_t n_constants, n_steady_fields, n_steady_functions, n_steady_filters;
	bool is_all_lua; /* plans write holes and no more: what others do is held against this */
};

struct tmpl_param {
	struct str name, type;
	struct tmpl_expr *fallback; /* NULL: required */
	uint32_t off, len;
};

struct tmpl_component {
	struct str name;
	struct tmpl *owner;
	uint32_t index; /* in its owner */
	uint32_t off, len;
	struct tmpl_param *params;
	size_t n_params;
	struct tmpl_node *body;
	struct tmpl_scope *scope;
	uint32_t plan; /* the whole of it, given its parameters in order; from 1; 0: it needs Lua */
	uint32_t pos;  /* its own place, index into positions */
};

struct tmpl_block {
	struct str name;
	uint32_t off, len;
	struct tmpl_node *body;
	struct tmpl_scope *scope;
	struct tmpl_block *parent; /* the one that it replaces; after the check */
	struct tmpl *owner;
	struct tmpl_place *place; /* where it stands in the HTML; private to tmpl_context.c */
	uint32_t index;
	bool is_nested; /* inside another block */
};

struct tmpl {
	struct str name; /* "company.html", as other templates call it */
	struct str path; /* "templates/company.html", for messages */
	struct str text;
	uint32_t index;        /* in its set */
	bool has_failed;       /* not to be emitted */
	bool is_html;          /* by its name: .html, .htm, .xml, .svg and shortcodes escape, the rest does not */
	bool is_markup_strict; /* .html: contexts are followed */
	bool has_top_sets;     /* sets names at the top level while having blocks or a parent */

	struct tmpl *parent; /* after the check */
	struct str parent_name;
	uint32_t parent_off, parent_len;
	struct tmpl_block **blocks;
	size_t n_blocks;
	struct tmpl_component **components; /* defined here */
	size_t n_components;
	struct tmpl **includes; /* each once, in the order of the Lua text's numbers */
	size_t n_includes;
	struct tmpl_component **calls; /* components called here, likewise */
	size_t n_calls;
	const struct str *locals; /* every name that it sets or loops over, for suggestions */
	size_t n_locals;

	struct str lua;
	const struct tmpl_pos *positions; /* by Lua line; 0 is unused */
	size_t n_positions;
	const struct tmpl_plan *plans; /* stretches that are no Lua, see tmpl_tree.h */
	size_t n_plans;
	uint32_t body_plan; /* its whole text, given the table of names where it reads any; from 1; 0: it needs Lua */
	uint32_t n_kept; /* stretches whose text is the same in every render, numbered from 0 */

	struct tmpl_ast *ast; /* private to tmpl_*.c */
};

/* Reads one template. Syntax errors are reported, and reading goes on behind them; never NULL. */
struct tmpl *tmpl_parse(struct arena *a, struct str name, struct str path, struct str text, struct diag_list *dl);

/*
 * Resolves parents, includes, blocks, components, filters, functions and names
 * over the whole set and reports all that does not fit. True when every
 * template is sound. Names in the set must be unique.
 */
bool tmpl_check(struct arena *a, struct tmpl **set, size_t n, const struct tmpl_env *env, struct diag_list *dl);

/*
 * Writes the Lua text and its tables; the template must have passed the check. `names` is where names of fields get one
 * address for all templates; zero at first.
 */
void tmpl_emit(struct arena *a, struct tmpl *t, struct map *names);

/* Line and column of an offset, and how many code points a stretch has on its first line (at least 1). */
struct pos tmpl_position(const struct tmpl *t, uint32_t off);
uint32_t tmpl_width(const struct tmpl *t, uint32_t off, uint32_t len);

#endif
