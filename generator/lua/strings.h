#ifndef STRINGS_H
#define STRINGS_H

#include "lua/state.h"

/*
 * strings - Lua's libraries `string` and `table` for the sandbox: the same
 * functions with the same results, but each counts its work against the budget,
 * patterns count their steps, `sort` is stable and ends for any comparison, and
 * `format` prints no address.
 */
void strings_open(lua_State *L);       /* pushes the table `string` */
void strings_open_table(lua_State *L); /* pushes the table `table` */

#endif
