#ifndef STATE_H
#define STATE_H

#include <lauxlib.h>
#include <lua.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/vec.h"
#include "lua/engine.h"
#include "text/tmpl.h"

/*
 * state - what the files of lua/ share about one worker's Lua state. Nobody
 * outside of this room includes it.
 *
 * Any lua_* call may jump away with an error, so nothing that needs freeing is
 * held across one: scratch memory is the engine's arena.
 */
struct object_class;
struct object_cell;
struct object_field;

/* A function or filter in C: the name, its parameters for calls by name, and a line of documentation. */
struct state_function {
	const char *name;
	lua_CFunction call;
	const char *params; /* "digits?, group?"; of filters without the value; NULL: anything goes */
	const char *doc;
};

/*
 * What a site adds: bind.c, or a test. Functions without a need for upvalues;
 * state_engine() gives the engine, engine.job the context of the render.
 */
/* A filter without arguments as a hole applies it: adds what becomes of the text, as marked URL. */
typedef void state_writer(struct engine *e, struct str text, struct buf *out);

/* A function with its first argument alone, as a hole calls it: adds the HTML it gives. False: the call must be made. */
typedef bool state_direct(struct engine *e, const struct object_cell *value, struct buf *out);

struct engine_host {
	const struct state_function *functions;
	size_t n_functions;
	const struct state_function *filters;
	size_t n_filters;
	const struct str *globals; /* that begin() may set */
	size_t n_globals;
	const struct object_class *const *classes; /* by number - 1; their names are types of parameters */
	size_t n_classes;
	const struct str *loose; /* templates that are given further names */
	size_t n_loose;
	const struct str *types; /* of parameters, beside the classes' names */
	size_t n_types;
	/* Whether the value at `index` is of one of `types`. May be NULL when there are none. */
	bool (*is_type)(lua_State *L, struct engine *e, int index, struct str type);
	/* Sets the globals of a render with state_set_global. Errors inside are reported like those of templates. */
	void (*begin)(lua_State *L, struct engine *e, const void *ctx);
	/* A render uses this template, or this script when it is not one. May be NULL. */
	void (*uses)(struct engine *e, struct str name);
	/*
	 * What is the same in every render, as struct tmpl_env has it. `keeps` gives what it depends on, compared by
	 * address, or NULL when nothing of this render may be kept or taken. Between keep_begin and keep_end the host
	 * collects what is read; keep_again does those reads for a text that is taken from an earlier render. keep_end
	 * with NULL drops them, after an error.
	 */
	const struct str *constants, *steady_fields, *steady_functions, *steady_filters;
	size_t n_constants, n_steady_fields, n_steady_functions, n_steady_filters;
	const struct str *writers; /* names of filters that are there as functions in C, too */
	state_writer *const *write; /* by number of the name */
	size_t n_writers;
	const struct state_directs {
		lua_CFunction call;
		state_direct *write;
	} *directs;
	size_t n_directs;
	const void *(*keeps)(struct engine *e);
	void (*keep_begin)(struct engine *e);
	const void *(*keep_end)(struct engine *e, struct arena *a);
	void (*keep_again)(struct engine *e, const void *reads);
	bool is_all_lua; /* as struct tmpl_env has it */
};

#define STATE_CACHE 1024
#define STATE_TEXTS 512
#define STATE_CAPTURES 60
#define STATE_FRAMES 12
#define STATE_GRAIN 16 /* bytes by which the sizes of small pieces of memory differ */
#define STATE_SIZES 32

struct state_frame {          /* of a trace */
	const struct tmpl *t; /* NULL: a script */
	uint32_t pos;         /* of a template: index into positions; of a script: the line */
	char script[128];
};

struct state_failure {
	const char *code;
	char message[512], hint[256];
	struct state_frame frames[STATE_FRAMES]; /* innermost first */
	size_t n_frames;
	uint32_t skip; /* frames that are not where the mistake is, but what it contradicts */
};

struct state_seen { /* what a field was last time, where a plan reads it */
	uint8_t cls;
	const struct object_field *field;
};

struct state_walk { /* a plan that is being walked, for traces */
	const struct tmpl *t;
	uint32_t pos; /* index into positions */
	uint32_t depth;
	const struct tmpl_expr *call; /* the function's or filter's that was called last */
	bool is_inner; /* of what `outer` calls, in the same function of Lua's */
	struct state_walk *outer;
};

struct state_kept { /* a stretch of a template that is the same in every render */
	bool is_there;
	struct str text;
	const void *reads; /* the host's */
};

struct engine {
	lua_State *L;
	const struct engine_set *set;
	struct engine_options options;
	struct engine *inner; /* NULL: not asked for */
	struct arena scratch; /* of one render */
	struct buf *out;
	size_t out_start; /* its length before this render */
	const struct engine_job *job;
	const void *ctx; /* job's, for the host */

	int env_ref, filters_ref, scripts_ref, proxy_ref; /* in Lua's registry; 0: not made */
	int mark_ref, value_ref, date_ref;                /* metatables */
	int names_ref;                                    /* strings whose addresses are compared, as keys */
	int *part_refs;                                   /* by template: what its chunk returned; 0: not loaded */
	VEC(struct str) globals;                          /* set for this render */
	struct buf bufs[8];                               /* of state_buf */
	size_t next_buf;
	struct buf work; /* of one filter at a time, for as long as it runs */

	int64_t fuel; /* instructions left */
	size_t mem, mem_soft, mem_hard;
	struct {                         /* memory for small things of Lua's */
		void *free[STATE_SIZES]; /* by size: pieces that begin with the next one's address */
		char *at;                /* of the newest chunk: what was never used */
		size_t left;
		void *chunks; /* each begins with the next one's address */
	} pool;
	int64_t deadline; /* seconds of a monotonic clock */
	unsigned ticks;
	bool is_rendering, is_over, has_scripts, is_frozen, is_broken;
	bool is_hook_near; /* memory is used up: the next instruction tells */
	size_t captures[STATE_CAPTURES];
	size_t n_captures;
	uint64_t serial; /* counts renders, and stretches for which other facts are collected */
	struct arena lasting; /* as long as the engine */
	struct state_uses {
		bool is_there;
		VEC(struct str) names;
		const void *reads, *reads_for; /* noted as one, for what host.keeps gave */
	} *uses; /* by template: what it refers to, and that to what */
	const void *texts_for; /* the site that the texts are of */
	struct state_text {
		const char *at; /* of the key as Lua's string, which is kept; NULL: empty */
		struct str key, text;
		int ref;        /* the text as Lua's string */
		uint64_t noted; /* serial of the last render that has it among its facts */
	} texts[STATE_TEXTS];
	struct arena kept_arena;
	const void *kept_for;           /* what host.keeps gave for what is kept */
	struct state_kept **kept;       /* by template and number; a template's NULL: not loaded */
	struct state_seen **seen;       /* by template and position; a template's NULL: not loaded */
	struct state_kept *being_kept;  /* the one that is written; NULL: none */
	size_t kept_from;               /* where it begins in `out` */
	bool may_keep;                  /* in this render */
	const struct tmpl *last; /* whose hole was written last */
	uint32_t last_pos;
	struct state_walk *walk; /* innermost first */

	/* the error that is being raised */
	struct {
		const char *code;
		char hint[256];
		const char *message; /* Lua's string; tells whether an error value is this one */
		uint32_t skip;
		struct state_frame script; /* a place in a script that is not on the stack; script[0] NUL: none */
	} raise;
	struct state_failure failure;

	struct {
		const char *key;
		const struct object_class *cls;
		const void *field;
	} cache[STATE_CACHE];
};

static inline struct engine *state_engine(lua_State *L)
{
	return *(struct engine **)lua_getextraspace(L);
}

/* Raise an error with a code of ours; the message is one sentence. Never returns. */
_Noreturn void state_raise(lua_State *L, const char *code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* A hint for the error that is raised next. */
void state_hint(struct engine *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Hint "did you mean …?" where one is near. */
void state_suggest(struct engine *e, struct str word, const struct str *candidates, size_t n);
/* Counts n steps of work against the budget; raises when it is used up. */
void state_charge(lua_State *L, struct engine *e, size_t n);
/* Raises when more was written than a render may write. */
void state_check_output(lua_State *L, struct engine *e);
/* Sets a global name of this render to the value on top of the stack, and pops it. */
void state_set_global(lua_State *L, struct engine *e, const char *name);
/* Name of a value's type for messages: "nil", "a string", "a page". */
const char *state_type_name(lua_State *L, int index);

/*
 * An empty buffer of the engine's, which need not be released. There are eight, used in turn: one is good until
 * seven others were asked for, so not across a call of a script's function.
 */
struct buf *state_buf(struct engine *e);

/* "name?, other, ..." of a state_function, as the template compiler wants it. */
struct tmpl_signature state_signature(struct arena *a, const struct state_function *f);

static inline void state_push(lua_State *L, struct str s)
{
	lua_pushlstring(L, s.len ? s.ptr : "", s.len);
}

/* Forgets the error that was raised and caught. */
void state_clear(struct engine *e);
/* The message handler of every protected call that leaves Lua: fills engine.failure while the stack is still there. */
int state_on_error(lua_State *L);
/* After a protected call has failed: what is known of it, as a diagnostic. `status` is lua_pcall's. */
void state_report(struct engine *e, int status, struct str page, struct diag_list *dl);

/* What engine_load made. */
struct engine_set {
	const struct engine_host *host;
	struct tmpl **templates;
	size_t n_templates;
	struct map by_name;
	const struct engine_source *scripts;
	size_t n_scripts;
	struct str *script_filters, *script_functions; /* names that scripts define */
	size_t n_script_filters, n_script_functions;
};

#endif
