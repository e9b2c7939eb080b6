#ifndef WALK_H
#define WALK_H

#include "lua/state.h"

/*
 * walk - goes through the plans of templates (text/tmpl_tree.h): writes text and holes, decides, loops, and reads
 * what the site gives without making values of Lua's of it.
 */

/* Functions of Lua's; the template is their upvalue. */
int walk_plan(lua_State *L);      /* (plan, values that it is given) */
int walk_component(lua_State *L); /* (component, arguments): of one that is a plan */

/* What Lua would call the function that a plan called last; empty: nothing. */
struct str walk_callee(const struct state_walk *at);

#endif
