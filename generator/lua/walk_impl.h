#ifndef WALK_IMPL_H
#define WALK_IMPL_H

#include "lua/object.h"
#include "lua/walk.h"
#include "text/tmpl_tree.h"

/*
 * walk_impl - what the parts of walk share; nobody else includes it.
 */
struct walk {
	struct state_walk at;
	lua_State *L;
	struct engine *e;
	const struct tmpl_plan *plan;
	struct state_seen *seen; /* by position */
	int base;     /* slot i has i + base on Lua's stack, for values that must be held there */
	size_t steps; /* not counted against the budget yet */
	int top;      /* of Lua's stack: what lies above goes after some nodes */
	int room;     /* values that may be pushed yet before asking for more */
	struct object_cell cells[TMPL_PLAN_GIVEN + TMPL_PLAN_OWN];
};

static inline size_t walk_slot(const struct walk *w, int slot)
{
	return slot >= 0 ? (size_t)slot : w->plan->n_given + (size_t)(-1 - slot);
}

static inline bool walk_is_true(const struct object_cell *c)
{
	return c->kind > CELL_NIL && (c->kind != CELL_BOOLEAN || c->as.boolean);
}

#define WALK_ROOM 60

/* Before something is pushed: twice as much as is asked for is there. */
static inline void walk_make_room(struct walk *w, int n)
{
	w->room -= n;
	if (w->room > 0)
		return;
	w->room = WALK_ROOM;
	luaL_checkstack(w->L, n + 2 * WALK_ROOM, NULL);
}

const struct object_cell *walk_eval_other(struct walk *w, const struct tmpl_expr *e, struct object_cell *room);

/* The value, which lies in `room` or is one of the slots. */
static inline const struct object_cell *walk_eval(struct walk *w, const struct tmpl_expr *e, struct object_cell *room)
{
	if (e->kind == EXPR_NAME) {
		const struct object_cell *c = &w->cells[walk_slot(w, e->slot)];

		if (c->kind != CELL_EMPTY)
			return c;
	}
	return walk_eval_other(w, e, room);
}

void walk_push(struct walk *w, const struct object_cell *c);             /* as a value of Lua's */
void walk_read(struct walk *w, int index, struct object_cell *out);      /* what stands on Lua's stack */
void walk_take(struct walk *w, struct object_cell *out);                 /* what stands on top; it goes where the cell has it */
void walk_set(struct walk *w, size_t slot, const struct object_cell *c); /* for as long as the plan is walked */
void walk_push_table(struct walk *w, const struct tmpl_expr *e);
void walk_push_slots(struct walk *w, const struct tmpl_expr *e);
/* Raises "attempt to … a nil value (field 'x')". */
_Noreturn void walk_type_error(struct walk *w, const char *what, const struct tmpl_expr *e, const struct object_cell *c);

#endif
