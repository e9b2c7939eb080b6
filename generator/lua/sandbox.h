#ifndef SANDBOX_H
#define SANDBOX_H

#include "lua/state.h"

/*
 * sandbox - what Lua code may do, and how much of it.
 *
 * Memory: the state's allocator counts. Past the budget of a render the next
 * instruction raises an error; far past it an allocation fails. Instructions:
 * a count hook, needed only when there are scripts, because templates alone
 * cannot loop without an end: loops over lists and calls of components are
 * charged as they happen. The hook is armed with a count of one once the
 * budget is used up, so that an error caught by pcall comes again at once.
 *
 * Allow-listed environment: no files, clock, environment, randomness, load,
 * coroutines, addresses or order by hash; patterns count their steps; no
 * metatable can make Lua call something where no hook reaches.
 */
#define SANDBOX_FILTERS "dossier.filters" /* in Lua's registry: names that scripts defined, in order */
#define SANDBOX_FUNCTIONS "dossier.functions"

/* Names of the libraries and functions of Lua that templates see; ends with NULL. */
extern const char *const sandbox_libraries[];

lua_State *sandbox_new_state(struct engine *e); /* never NULL */
void sandbox_free_state(struct engine *e);         /* closes it, with its memory */
void sandbox_open(lua_State *L, struct engine *e);
/* Raises with the script's own position on errors. */
void sandbox_run_script(lua_State *L, struct engine *e, const struct engine_source *script);

void sandbox_begin(struct engine *e); /* a render starts: budgets are full */
void sandbox_end(struct engine *e);
/* Now and then: raises when a render takes too long by the clock, however few its steps. */
void sandbox_tick(lua_State *L, struct engine *e);
/* Where C code works long without an instruction of Lua's: raises when memory is used up. */
void sandbox_check(lua_State *L, struct engine *e);
/* Before one large allocation: raises where it does not fit into the budget. */
void sandbox_expect(lua_State *L, struct engine *e, size_t bytes);

#endif
