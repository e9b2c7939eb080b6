#ifndef TMPL_AST_H
#define TMPL_AST_H

#include "base/map.h"
#include "base/vec.h"
#include "text/tmpl.h"

/*
 * tmpl_ast - what tmpl_*.c share: tokens, the tree, and the parser's state.
 * Nobody else includes this. The tree keeps text and holes in order, so that
 * passes (contexts, emission) can walk a template from its first byte to its last.
 */
#define TMPL_MAX_REPORTS 50 /* for each template, of each pass */

enum tmpl_token_kind {
	TOKEN_END, /* the tag's closing mark, or the end of the text */
	TOKEN_NAME,
	TOKEN_KEYWORD, /* a word that Lua reserves */
	TOKEN_NUMBER,
	TOKEN_STRING,
	TOKEN_OP,
	TOKEN_BAD, /* has been reported */
};

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

struct tmpl_token {
	enum tmpl_token_kind kind;
	int op;
	struct str text; /* name, number as written, string decoded */
	uint32_t off, len;
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
	EXPR_LOOP, /* loop.text of the loop `depth` */
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
};

struct tmpl_ast {
	struct tmpl_node *body;
	struct tmpl_scope *scope;
	VEC(struct tmpl_expr *) filters;
	VEC(struct tmpl_expr *) calls;
	VEC(struct tmpl_expr *) names; /* free and hard */
	VEC(struct tmpl_node *) includes;
	VEC(struct tmpl_block *) blocks;
	VEC(struct tmpl_component *) components;
	VEC(struct str) locals;
	struct map local_index;
	struct map with; /* names that some include passes to this template */
	struct map top;  /* names set at the top level */
	bool has_context;
	enum { TMPL_UNKNOWN, TMPL_VARIES, TMPL_STEADY } steady; /* its whole text in every render */
	const struct tmpl_env *env; /* that it was checked with */
	uint32_t reports;                                      /* made by the check */
	uint32_t mark;    /* of the walk that looks for cycles: 0 not seen, 1 on the path, 2 done */
};

struct tmpl_parser {
	struct arena *arena;
	struct tmpl *t;
	struct tmpl_ast *ast;
	struct diag_list *dl;
	struct str text;
	size_t at;          /* next byte */
	bool trim_next;     /* the last tag ended with a minus */
	bool skip_line;     /* the last tag stood alone on its line */
	bool has_no_endraw; /* none from here to the end of the text */
	struct str *
		last_text; /* the literal before the tag, where only white space lies between a line's start and the tag */

	/* within a tag */
	char closer; /* '%' for {% %}, '}' for {{ }} */
	uint32_t tag_off;
	int braces;
	struct tmpl_token tok;
	uint32_t last_end; /* end of the token before tok */
	bool has_error;    /* in this tag; further ones are not reported */
	bool has_closed;   /* the closing mark was read */
	bool is_cut;       /* the text ended within a tag or comment */

	struct tmpl_scope *scope;
	struct tmpl_block *block;
	uint32_t depth, expr_depth, pending, errors, no_filter;
	bool in_component;
};

/*
 * tmpl_lex.c: the next literal, into *literal, which must stay where it is until the tag behind it is
 * closed: a tag alone on its line takes its indentation away. Gives what it stopped at: '{' or '%' when a
 * tag was opened, '#' behind a comment, 0 at the end of the text.
 */
char tmpl_lex_segment(struct tmpl_parser *p, struct str *literal);
void tmpl_lex_next(struct tmpl_parser *p);      /* moves p->tok on, within a tag */
void tmpl_lex_skip_tag(struct tmpl_parser *p);  /* after an error: to behind the tag's end */
struct str tmpl_lex_raw(struct tmpl_parser *p); /* behind {% raw %}: the text up to its end, which is consumed */
void tmpl_lex_error(struct tmpl_parser *p, uint32_t off, uint32_t len, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
bool tmpl_lex_is_reserved(struct str word);

/* tmpl_expr.c: never NULL; EXPR_BAD after an error, which has been reported. */
struct tmpl_expr *tmpl_expr_parse(struct tmpl_parser *p);
struct tmpl_expr *tmpl_expr_table(struct tmpl_parser *p); /* at '{' */
bool tmpl_expr_accept(struct tmpl_parser *p, int op);
bool tmpl_expr_expect(struct tmpl_parser *p, int op, const char *what);
bool tmpl_expr_is_word(const struct tmpl_parser *p, const char *word);
/* Where a name is bound, seen from a scope. */
uint8_t tmpl_expr_resolve(const struct tmpl_scope *scope, struct str name);

/* tmpl_context.c: sets the escape of every hole; reports holes where no value can be safe. */
void tmpl_context(struct arena *a, struct tmpl *t, struct diag_list *dl);

/* tmpl_steady.c: marks the nodes that give the same text in every render; for a set without errors. */
void tmpl_steady(struct tmpl *t, const struct tmpl_env *env, const struct map *top);

/* Reports at a stretch of a template. */
void tmpl_report(const struct tmpl *t, struct diag_list *dl, const char *code, uint32_t off, uint32_t len,
		 const char *fmt, ...) __attribute__((format(printf, 6, 7)));

#endif
