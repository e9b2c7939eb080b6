#ifndef BIND_PICTURE_H
#define BIND_PICTURE_H

#include "lua/bind_impl.h"

/*
 * bind_picture - functions of templates that draw: each gives an SVG as safe
 * HTML, or nil where there is too little to show.
 */
int bind_picture_network(lua_State *L);  /* network(page?) */
int bind_picture_timeline(lua_State *L); /* timeline(events, width?) */
int bind_picture_chart(lua_State *L);    /* chart(comparison) */
int bind_picture_coverage(lua_State *L); /* coverage(page) */

#endif
