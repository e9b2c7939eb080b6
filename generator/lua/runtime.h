#ifndef RUNTIME_H
#define RUNTIME_H

#include "lua/object.h"

/*
 * runtime - what the Lua text of a template calls: writing, looking up, loops,
 * arguments (text/tmpl_emit.c lists the names).
 */

/* The helpers that are the same for all templates; once. */
void runtime_open(lua_State *L, struct engine *e);
/* Loads a template and all it refers to. Raises when Lua is out of memory. */
void runtime_load(lua_State *L, struct engine *e, const struct tmpl *t);
/* What a loop goes over; raises where that is no list. */
struct object_list runtime_list(lua_State *L, int index);
/* Pushes the function that gives keys, values and length of a table, keys in a defined order. */
void runtime_push_pairs(lua_State *L);
/* Pushes the table of parts of a loaded template. */
void runtime_push_parts(lua_State *L, struct engine *e, const struct tmpl *t);

void runtime_push_component(lua_State *L, struct engine *e, const struct tmpl_component *c);
/* Raises when the value at `index` is none that the component's parameter takes. */
void runtime_check_argument(lua_State *L, struct engine *e, const struct tmpl_component *c, size_t i, int index);

#endif
