#ifndef SERVE_H
#define SERVE_H

#include "app/report.h"

/*
 * serve - the preview: builds, serves, watches, builds again, until the process
 * is told to end (SIGINT, SIGTERM, SIGHUP). One thread; requests that come in
 * while a build runs wait for it, so nobody sees half of one.
 */
struct serve_result {
	bool is_ok;      /* published */
	bool is_changed; /* and something was written or removed */
};

struct serve_options {
	struct str root;      /* the site's folder */
	struct str output;    /* what is served, on disk */
	struct str base_path; /* "/" or "/sub/" */
	struct str bind;
	uint16_t port;
	bool open, reload, poll;
	const struct report *report;
	/* One build; what is wrong goes to `dl`, whose arena dies after the call. */
	struct serve_result (*build)(void *ctx, struct diag_list *dl);
	void *ctx;
};

/* False when it could not begin; then `dl` says why. */
bool serve_run(const struct serve_options *opt, struct diag_list *dl);

#endif
