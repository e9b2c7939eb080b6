#ifndef HTTP_H
#define HTTP_H

#include "base/diag.h"
#include "base/str.h"

/*
 * http - serves one folder for preview; the only door to libmicrohttpd.
 *
 * No threads: everything happens inside http_wait, so that nobody asks for a
 * file while a build writes it. Only GET and HEAD; only regular files whose real
 * path lies in the folder; only requests whose Host is an address, "localhost",
 * or the name bound to (a page elsewhere that points its own name at us gets
 * nothing). A folder gives its index.html, what is missing 404.html.
 *
 * With `reload`, each page gets one script tag that opens an event stream; it
 * reloads the page when http_set_state is called with another generation and
 * shows the error when there is one. The script and the stream live under
 * "/_dossier/", which no page can have.
 */
struct http;

struct http_options {
	struct str root;      /* folder on disk */
	struct str base_path; /* where the site lives: "/" or "/sub/" */
	struct str bind;      /* an address, or "localhost" */
	uint16_t port;        /* 0: any free one */
	uint16_t tries;       /* further ports tried when it is taken */
	bool reload;
};

/* NULL with "serve/no-port" when no port could be had, or "build/no-library". Keeps copies of the options. */
struct http *http_start(const struct http_options *opt, struct diag_list *dl);
void http_stop(struct http *h); /* NULL is allowed */
uint16_t http_port(const struct http *h);
/* Answers what comes in, for at most `ms` milliseconds. */
void http_wait(struct http *h, unsigned ms);
/* `generation`: another than before makes open pages reload. `error`: what the build said, empty when it went well. */
void http_set_state(struct http *h, uint64_t generation, struct str error);

/* Parts, without a connection. */

/* By extension; "application/octet-stream" where nothing is known. */
const char *http_mime(struct str path);
/* Percent-decodes and normalizes the path of a URL into one relative to the root; false for what no file can have. */
bool http_decode_path(struct arena *a, struct str url, struct str *out);
/* Whether a Host header may be answered. */
bool http_is_own_host(struct str host, struct str bind);
enum http_range { HTTP_RANGE_NONE, HTTP_RANGE_PART, HTTP_RANGE_BAD };
/* A Range header with one range (RFC 9110, 14.1.2): bytes *from .. *to - 1. Several ranges count as none. */
enum http_range http_range(struct str header, uint64_t size, uint64_t *from, uint64_t *to);
/* `html` with `tag` before its last </body>, or at its end. */
void http_inject(struct buf *out, struct str html, struct str tag);
/* "Sun, 06 Nov 1994 08:49:37 GMT" */
void http_write_date(struct buf *out, int64_t unix_seconds);

#endif
