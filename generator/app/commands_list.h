#ifndef COMMANDS_LIST_H
#define COMMANDS_LIST_H

#include "site/site.h"

/*
 * commands_list - what a linked site holds, a line each: fields divided by
 * tabs, or one JSON object. The order is that of the model, always the same.
 */
struct commands_list {
	bool is_json;
	bool unlinked, ambiguous, missing; /* mentions: only these; none of them: all */
	struct str kind;                   /* empty: every kind */
};

/* "pages", "entities", … */
const struct str *commands_list_names(size_t *n);
/* False when `what` is none of those names. */
bool commands_list_write(struct buf *out, const struct site *s, struct str what, const struct commands_list *opt);

#endif
