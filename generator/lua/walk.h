#ifndef WALK_H
#define WALK_H

#include "lua/state.h"

/*
 * walk - goes through the plans of templates (text/tmpl_tree.h): writes text and holes, decides, loops, and reads
 * what the site gives without making values of Lua's of it.
 */

/* A function of Lua's: (plan, values that it is given). Its upvalues: the template, entries of included templates, components. */
int walk_plan(lua_State *L);

#endif
