#ifndef STDLIB_LIST_H
#define STDLIB_LIST_H

#include "lua/state.h"

/* stdlib_list - the filters on lists and tables; stdlib.c has them in its table. */
int stdlib_contains(lua_State *L);
int stdlib_first(lua_State *L);
int stdlib_group_by(lua_State *L);
int stdlib_join(lua_State *L);
int stdlib_keys(lua_State *L);
int stdlib_last(lua_State *L);
int stdlib_length(lua_State *L);
int stdlib_limit(lua_State *L);
int stdlib_map(lua_State *L);
int stdlib_max(lua_State *L);
int stdlib_min(lua_State *L);
int stdlib_reverse(lua_State *L);
int stdlib_sort_by(lua_State *L);
int stdlib_sum(lua_State *L);
int stdlib_unique(lua_State *L);
int stdlib_values(lua_State *L);
int stdlib_where(lua_State *L);

#endif
