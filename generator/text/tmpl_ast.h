#ifndef TMPL_AST_H
#define TMPL_AST_H

#include "base/buf.h"
#include "base/map.h"
#include "base/vec.h"
#include "text/tmpl_tree.h"

/*
 * tmpl_ast - what tmpl_*.c share beside the tree: tokens, the parser's state, and that of emission.
 * Nobody else includes this.
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

struct tmpl_token {
	enum tmpl_token_kind kind;
	int op;
	struct str text; /* name, number as written, string decoded */
	uint32_t off, len;
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

/* What emission has written so far. */
struct tmpl_emitter {
	struct arena *arena;
	struct tmpl *t;
	struct map *names; /* of fields, to one address each */
	struct buf code;
	VEC(struct tmpl_pos) positions;
	VEC(struct tmpl_plan) plans;
};

/* Begins a Lua line that stands for a stretch of the template; its index among the positions. */
uint32_t tmpl_emit_at(struct tmpl_emitter *em, uint32_t off, uint32_t len, enum tmpl_pos_kind kind);

/* tmpl_plan.c: a stretch of nodes that becomes a plan. */
struct tmpl_planner {
	struct tmpl_emitter *em;
	bool is_whole; /* the function has no more than this: what it sets are slots of the plan */
	struct tmpl_plan plan;
	struct tmpl_given {
		enum { GIVEN_NAMES, GIVEN_LOCAL, GIVEN_LOOP_NUMBER, GIVEN_LOOP_LENGTH, GIVEN_VALUE } kind;
		bool is_component;             /* GIVEN_NAMES: past the template's own variables */
		struct str name;               /* GIVEN_LOCAL */
		uint32_t depth;                /* of a loop */
		const struct tmpl_expr *value; /* GIVEN_VALUE */
	} given[TMPL_PLAN_GIVEN];
	struct tmpl_bound { /* what stands in the plan's own slots */
		enum { BOUND_OTHER, BOUND_LOCAL, BOUND_HARD, BOUND_SOFT, BOUND_LOOP } kind;
		struct str name;
		uint32_t depth;
	} own[TMPL_PLAN_OWN];
};

/* `scope`: of the function that the plan is the whole of; NULL: it is a part. False: it sets too much for a plan. */
bool tmpl_plan_begin(struct tmpl_planner *p, struct tmpl_emitter *em, const struct tmpl_scope *scope);
/* Of a component: its parameters are given, all and in order, with their fallbacks. */
bool tmpl_plan_params(struct tmpl_planner *p, const struct tmpl_component *c);
/* Adds a node, or a stretch that is kept; *next: the one behind. False: it is nothing for a plan, and nothing was added. */
bool tmpl_plan_add(struct tmpl_planner *p, struct tmpl_node *node, struct tmpl_node **next);

/* Reports at a stretch of a template. */
void tmpl_report(const struct tmpl *t, struct diag_list *dl, const char *code, uint32_t off, uint32_t len,
		 const char *fmt, ...) __attribute__((format(printf, 6, 7)));

#endif
