#ifndef TMPL_TREE_H
#define TMPL_TREE_H

#include "base/vec.h"
#include "text/tmpl.h"

/*
 * tmpl_tree - templates as trees, for tmpl_*.c, which make them, and for lua/walk, which goes through them. The tree
 * keeps text and holes in order, so that passes (contexts, emission) can walk a template from its first byte to its last.
 */
/* Operators of one character are that character. */
enum tmpl_op {
	OP_CONCAT = 256,
	OP_EQ,
	OP_NE,
	OP_LE,
	OP_GE,
	OP_IDIV,
	OP_COALESCE,
	OP_SOFT_DOT, /* ?. */
	OP_AND,
	OP_OR,
	OP_NOT,
	OP_NEGATE,
	OP_LENGTH,
};

enum tmpl_expr_kind {
	EXPR_NIL,
	EXPR_TRUE,
	EXPR_FALSE,
	EXPR_NUMBER,
	EXPR_STRING,
	EXPR_NAME,
	EXPR_INDEX,  /* a[b]; text is set when b is a plain name */
	EXPR_CALL,   /* a(args) */
	EXPR_METHOD, /* a:text(args) */
	EXPR_FILTER, /* a | text(args) */
	EXPR_BINARY,
	EXPR_UNARY,
	EXPR_TABLE,
	EXPR_LOOP,  /* loop.text of the loop `depth` */
	EXPR_GIVEN, /* in plans: what Lua has worked out before */
	EXPR_BAD,
};

enum tmpl_name_kind { NAME_FREE, NAME_LOCAL, NAME_TOP }; /* NAME_TOP: set at the template's top level */
enum tmpl_call_kind { CALL_PLAIN, CALL_COMPONENT, CALL_SUPER };

struct tmpl_arg {
	struct str name;       /* empty: by position */
	struct tmpl_expr *key; /* [key] = value, in tables */
	struct tmpl_expr *value;
	uint32_t off, len; /* of the name or the value */
};

struct tmpl_expr {
	enum tmpl_expr_kind kind;
	int op;
	bool is_soft;         /* may be absent: gives nil instead of an error */
	bool is_chain;        /* has a ?. in it */
	uint8_t resolved;     /* enum tmpl_name_kind or enum tmpl_call_kind */
	bool is_known;        /* as a callee; the name needs no further check */
	bool is_in_component; /* names resolve past the template's own variables */
	uint32_t depth;
	uint32_t off, len;   /* the whole of it */
	uint32_t at, at_len; /* where a caret belongs: operator, field, filter */
	struct str text;
	struct tmpl_expr *a, *b;
	struct tmpl_arg *args;
	size_t n_args;
	struct tmpl_expr **slots; /* arguments by position, after the check; an entry may be NULL */
	size_t n_slots;
	const struct tmpl_block *block; /* CALL_SUPER: whose parent is meant */
	uint32_t target;                /* CALL_COMPONENT: index into calls */
	/* In plans. */
	int slot, second; /* EXPR_NAME, EXPR_GIVEN: where the value is; EXPR_LOOP: of its number, and of its length */
	uint32_t pos;    /* index into positions: of the caret; those of what is called are apart */
	bool is_looked_up; /* EXPR_NAME: of no local; the slot is empty at first */
	bool is_whole;     /* EXPR_NUMBER: is `integer` */
	int64_t integer;
};

enum tmpl_node_kind { NODE_TEXT, NODE_HOLE, NODE_IF, NODE_FOR, NODE_SET, NODE_INCLUDE, NODE_BLOCK };

/* The names that one function or loop body sets; declared at its start. */
struct tmpl_scope {
	struct tmpl_scope *outer; /* NULL at a function's border */
	struct tmpl *owner;
	bool is_top, is_component;
	VEC(struct str) names; /* parameters and loop variables, then what is set */
	size_t n_fixed;        /* parameters and loop variables */
	size_t deepest;        /* locals of the deepest chain of scopes within */
	uint32_t loops;        /* loops around in this function */
	bool is_loop;
};

struct tmpl_node {
	enum tmpl_node_kind kind;
	struct tmpl_node *next;
	uint32_t off, len; /* of the tag */
	uint32_t escape;
	struct str text;  /* NODE_TEXT; name of variable, template or block */
	struct str text2; /* NODE_FOR: the second variable */
	struct tmpl_expr *expr;
	struct tmpl_node *body;   /* NODE_SET: captured text */
	struct tmpl_node *orelse; /* else of if and for; an elseif is a NODE_IF here */
	struct tmpl_scope *scope; /* NODE_FOR */
	struct tmpl_block *block;
	bool is_top;       /* NODE_SET: of a name at the template's top level */
	bool is_steady;    /* gives the same text in every render */
	uint32_t depth;    /* NODE_FOR: loops around it in its function */
	uint32_t target;   /* NODE_INCLUDE: index into includes */
	struct tmpl *file; /* NODE_INCLUDE: after the check */
	/* In plans. */
	const struct tmpl_expr *value; /* of expr: without the filters that a hole applies itself, or what is given for it */
	uint32_t how;                  /* NODE_HOLE: enum tmpl_escape */
	uint32_t writer;               /* NODE_HOLE: the value goes through this one of env's, from 1; 0: none */
	bool is_json; /* NODE_HOLE: was written with `| json`, in a place for JSON: any value will do, and is no JSON yet */
	uint32_t pos, filter;         /* indexes into positions: of the value as a whole, of the filter */
	int slot;        /* NODE_SET: of the variable; NODE_FOR: the first of TMPL_LOOP_… and of the names its body sets */
	uint32_t n_sets; /* NODE_FOR: how many those are */
	uint32_t kept;                /* from here to kept_end the text is kept under this number, from 1; 0: it is not */
	struct tmpl_node *kept_end;
};

/*
 * A stretch of nodes that the engine walks itself: text, holes, conditions, loops, what they set, and calls of
 * components. Values of the Lua function around it are given to it. A slot from 0 on is one of those, -1, -2, … are
 * the plan's own: variables of its loops, and globals once they were looked up.
 */
enum { TMPL_LOOP_NUMBER, TMPL_LOOP_LENGTH, TMPL_LOOP_LIST, TMPL_LOOP_KEYS, TMPL_LOOP_SLOTS }; /* of a loop */
#define TMPL_PLAN_GIVEN 25
#define TMPL_PLAN_OWN 70

struct tmpl_plan {
	const struct tmpl_node *first, *end; /* end: behind the last one */
	uint32_t n_given, n_own;
	int names; /* slot of the table where free names are looked up; -1: nothing is looked up */
};


#endif
