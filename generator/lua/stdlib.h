#ifndef STDLIB_H
#define STDLIB_H

#include "lua/state.h"

/*
 * stdlib - filters and functions that need no site. The tables are the master
 * copy: the compiler takes the parameters from them, the documentation the rest.
 */
const struct state_function *stdlib_filters(size_t *n);
const struct state_function *stdlib_functions(size_t *n);

#endif
