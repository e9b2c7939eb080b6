#ifndef WATCH_H
#define WATCH_H

#include "base/diag.h"
#include "base/str.h"

/*
 * watch - tells when a site's files have changed: by inotify where the system
 * has it, else by looking at names, sizes and times again and again.
 *
 * Watches the entries `names` of folder `root`, files or folders with all that
 * is in them, whether they are there yet or not. Hidden files and what editors
 * leave behind ("x~", "#x#", "x.swp", "4913") do not count. Belongs to one thread.
 */
struct watch;

struct watch_options {
	struct str root;
	const struct str *names; /* copied */
	size_t n_names;
	bool poll;           /* do not use what the system offers */
	unsigned settle_ms;  /* a change counts when nothing more has happened for so long; 0: 40 */
	unsigned poll_ms;    /* how often to look; 0: 500 */
};

/* Falls back to polling, with the warning "serve/no-watch", when the system refuses. Never NULL. */
struct watch *watch_new(const struct watch_options *opt, struct diag_list *dl);
void watch_free(struct watch *w); /* NULL is allowed */
/* Whether something changed since the last time this was true. Returns at once; call it some ten times a second. */
bool watch_changed(struct watch *w);
bool watch_is_polling(const struct watch *w);
/* Whether a file of this name counts. */
bool watch_is_noise(struct str name);

#endif
