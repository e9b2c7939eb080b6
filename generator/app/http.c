#include "app/http.h"

#include <arpa/inet.h>
#include <assert.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/library.h"
#include "base/path.h"

#define FILE_MAX ((size_t)1 << 30)
/* Event streams kept open at once; more are told to come back later. */
#define STREAMS_MAX 64
/* A comment this often finds streams whose reader is gone. */
#define PING_MS 15000
/* Connections that say nothing for so long are closed; streams are pinged more often. */
#define IDLE_SECONDS 60u

static const struct pos no_pos = { 0, 0 };

struct http_library {
	__typeof__(MHD_add_response_header) *MHD_add_response_header;
	__typeof__(MHD_create_response_from_buffer_with_free_callback_cls)
		*MHD_create_response_from_buffer_with_free_callback_cls;
	__typeof__(MHD_create_response_from_callback) *MHD_create_response_from_callback;
	__typeof__(MHD_destroy_response) *MHD_destroy_response;
	__typeof__(MHD_get_daemon_info) *MHD_get_daemon_info;
	__typeof__(MHD_lookup_connection_value) *MHD_lookup_connection_value;
	__typeof__(MHD_queue_response) *MHD_queue_response;
	__typeof__(MHD_resume_connection) *MHD_resume_connection;
	__typeof__(MHD_run_wait) *MHD_run_wait;
	__typeof__(MHD_start_daemon) *MHD_start_daemon;
	__typeof__(MHD_stop_daemon) *MHD_stop_daemon;
	__typeof__(MHD_suspend_connection) *MHD_suspend_connection;
};

static const struct library_function functions[] = {
	LIBRARY_FUNCTION(http_library, MHD_add_response_header),
	LIBRARY_FUNCTION(http_library, MHD_create_response_from_buffer_with_free_callback_cls),
	LIBRARY_FUNCTION(http_library, MHD_create_response_from_callback),
	LIBRARY_FUNCTION(http_library, MHD_destroy_response),
	LIBRARY_FUNCTION(http_library, MHD_get_daemon_info),
	LIBRARY_FUNCTION(http_library, MHD_lookup_connection_value),
	LIBRARY_FUNCTION(http_library, MHD_queue_response),
	LIBRARY_FUNCTION(http_library, MHD_resume_connection),
	LIBRARY_FUNCTION(http_library, MHD_run_wait),
	LIBRARY_FUNCTION(http_library, MHD_start_daemon),
	LIBRARY_FUNCTION(http_library, MHD_stop_daemon),
	LIBRARY_FUNCTION(http_library, MHD_suspend_connection),
};
static const char *const files[] = { "libmicrohttpd.so.12", "libmicrohttpd.12.dylib", "libmicrohttpd.dylib", NULL };

struct stream {
	struct http *http;
	struct MHD_Connection *connection;
	struct stream *next;
	uint64_t seen; /* number of the state it was told last */
	bool is_suspended, wants_ping;
};

struct http {
	struct http_library lib;
	struct arena arena; /* copies of the options */
	struct MHD_Daemon *daemon;
	struct str root, real_root, base_path, bind;
	bool reload;
	uint16_t port;
	uint64_t generation, state; /* `state` counts calls of http_set_state */
	struct buf error;
	struct stream *streams;
	size_t n_streams;
	unsigned since_ping; /* milliseconds */
};

/* One answer; everything of it lives in its own arena until the connection is done with it. */
struct answer {
	struct arena arena;
	struct str body;
	unsigned status;
	const char *type;
	struct str location, etag, modified, content_range;
	bool has_ranges, is_fresh; /* is_fresh: never from a cache */
};

static void free_answer(void *p)
{
	struct answer *ans = p;

	arena_release(&ans->arena);
	free(ans);
}

static void add_header(const struct http *h, struct MHD_Response *r, struct arena *a, const char *name,
		       struct str value)
{
	if (value.len > 0)
		h->lib.MHD_add_response_header(r, name, str_z(a, value));
}

static enum MHD_Result send_answer(const struct http *h, struct MHD_Connection *c, struct answer *ans)
{
	/*
	 * HEAD gets the same response: the library leaves the body out and keeps its
	 * length. It takes a pointer to what it might change, and never does.
	 */
	struct MHD_Response *r = h->lib.MHD_create_response_from_buffer_with_free_callback_cls(
		ans->body.len, (void *)(uintptr_t)ans->body.ptr, free_answer, ans);
	enum MHD_Result result;

	if (!r) {
		free_answer(ans);
		return MHD_NO;
	}
	if (ans->type)
		h->lib.MHD_add_response_header(r, "Content-Type", ans->type);
	add_header(h, r, &ans->arena, "Location", ans->location);
	add_header(h, r, &ans->arena, "ETag", ans->etag);
	add_header(h, r, &ans->arena, "Last-Modified", ans->modified);
	add_header(h, r, &ans->arena, "Content-Range", ans->content_range);
	if (ans->has_ranges)
		h->lib.MHD_add_response_header(r, "Accept-Ranges", "bytes");
	if (ans->status == 405)
		h->lib.MHD_add_response_header(r, "Allow", "GET, HEAD");
	h->lib.MHD_add_response_header(r, "Cache-Control", ans->is_fresh ? "no-store" : "no-cache");
	h->lib.MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	result = h->lib.MHD_queue_response(c, ans->status, r);
	h->lib.MHD_destroy_response(r);
	return result;
}

static struct answer *new_answer(unsigned status, const char *type)
{
	struct answer *ans = arena_sys_alloc(sizeof(*ans));

	memset(ans, 0, sizeof(*ans));
	ans->status = status;
	ans->type = type;
	ans->body = STR("");
	return ans;
}

static enum MHD_Result send_text(const struct http *h, struct MHD_Connection *c, unsigned status, struct str text)
{
	struct answer *ans = new_answer(status, "text/plain; charset=utf-8");

	ans->body = text;
	ans->is_fresh = true;
	return send_answer(h, c, ans);
}

static struct str header_of(const struct http *h, struct MHD_Connection *c, const char *name)
{
	return str_from(h->lib.MHD_lookup_connection_value(c, MHD_HEADER_KIND, name));
}

/*
 * The event stream. Its state is one JSON object: {"generation":3,"error":""}.
 * A stream that has nothing to say is suspended until http_set_state or the next ping.
 */
static ssize_t read_stream(void *cls, uint64_t at, char *out, size_t max)
{
	struct stream *s = cls;
	struct buf b = { 0 };
	ssize_t n;

	(void)at;
	if (s->seen == s->http->state && !s->wants_ping) {
		s->is_suspended = true;
		s->http->lib.MHD_suspend_connection(s->connection);
		return 0;
	}
	if (s->seen == s->http->state) {
		buf_add_z(&b, ":\n\n");
	} else {
		/* An error longer than the library's buffer is cut: the terminal has all of it. */
		struct str error = str_cut(buf_str(&s->http->error), 0, max / 8);

		buf_add_format(&b, "data: {\"generation\":%llu,\"error\":", (unsigned long long)s->http->generation);
		buf_add_json(&b, error);
		buf_add_z(&b, "}\n\n");
	}
	assert(b.len <= max);
	s->seen = s->http->state;
	s->wants_ping = false;
	memcpy(out, b.ptr, b.len);
	n = (ssize_t)b.len;
	buf_release(&b);
	return n;
}

static void free_stream(void *cls)
{
	struct stream *s = cls;
	struct stream **link;

	for (link = &s->http->streams; *link != s; link = &(*link)->next)
		;
	*link = s->next;
	s->http->n_streams--;
	free(s);
}

static enum MHD_Result open_stream(struct http *h, struct MHD_Connection *c)
{
	struct MHD_Response *r;
	struct stream *s;
	enum MHD_Result result;

	if (h->n_streams >= STREAMS_MAX)
		return send_text(h, c, 503, STR("too many pages are listening\n"));
	s = arena_sys_alloc(sizeof(*s));
	*s = (struct stream){ .http = h, .connection = c, .next = h->streams, .seen = UINT64_MAX };
	r = h->lib.MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 8192, read_stream, s, free_stream);
	if (!r) {
		free(s);
		return MHD_NO;
	}
	h->streams = s;
	h->n_streams++;
	h->lib.MHD_add_response_header(r, "Content-Type", "text/event-stream");
	h->lib.MHD_add_response_header(r, "Cache-Control", "no-store");
	result = h->lib.MHD_queue_response(c, 200, r);
	h->lib.MHD_destroy_response(r);
	return result;
}

static void wake_streams(struct http *h, bool ping)
{
	for (struct stream *s = h->streams; s; s = s->next) {
		s->wants_ping |= ping;
		if (!s->is_suspended)
			continue;
		s->is_suspended = false;
		h->lib.MHD_resume_connection(s->connection);
	}
}

/*
 * The generation a page was loaded with stands in its script's address, so that a
 * build between loading and listening is not missed. Tabs in the background let
 * go of their stream: browsers allow few connections to one host.
 */
static const struct str reload_js = STR_INIT(
	"(function () {\n"
	"\tvar me = document.currentScript, loaded = me.src.split('?g=')[1], stream = null, box = null;\n"
	"\tfunction show(text) {\n"
	"\t\tif (!text) {\n"
	"\t\t\tif (box) box.remove();\n"
	"\t\t\tbox = null;\n"
	"\t\t\treturn;\n"
	"\t\t}\n"
	"\t\tif (!box) {\n"
	"\t\t\tbox = document.createElement('pre');\n"
	"\t\t\tbox.setAttribute('role', 'alert');\n"
	"\t\t\tvar look = { position: 'fixed', left: '0', right: '0', bottom: '0', maxHeight: '70vh', overflow: "
	"'auto',\n"
	"\t\t\t\tmargin: '0', padding: '1rem 1.5rem', background: '#1d1f21', color: '#f4f4f4', zIndex: '2147483647',\n"
	"\t\t\t\tfont: '14px/1.45 monospace', whiteSpace: 'pre-wrap', borderTop: '4px solid #d33' };\n"
	"\t\t\tfor (var k in look) box.style[k] = look[k];\n"
	"\t\t\t(document.body || document.documentElement).appendChild(box);\n"
	"\t\t}\n"
	"\t\tbox.textContent = text;\n"
	"\t}\n"
	"\tfunction listen() {\n"
	"\t\tif (stream) return;\n"
	"\t\tstream = new EventSource('/_dossier/events');\n"
	"\t\tstream.onmessage = function (event) {\n"
	"\t\t\tvar state = JSON.parse(event.data);\n"
	"\t\t\tif (!state.error && String(state.generation) !== loaded) location.reload();\n"
	"\t\t\telse show(state.error);\n"
	"\t\t};\n"
	"\t}\n"
	"\tfunction leave() {\n"
	"\t\tif (stream) stream.close();\n"
	"\t\tstream = null;\n"
	"\t}\n"
	"\tdocument.addEventListener('visibilitychange', function () { document.hidden ? leave() : listen(); });\n"
	"\twindow.addEventListener('pagehide', leave);\n"
	"\twindow.addEventListener('pageshow', listen);\n"
	"\tif (!document.hidden) listen();\n"
	"})();\n");

static enum MHD_Result send_own(struct http *h, struct MHD_Connection *c, struct str name)
{
	if (h->reload && str_eq(name, STR("reload.js"))) {
		struct answer *ans = new_answer(200, "text/javascript; charset=utf-8");

		ans->body = reload_js;
		ans->is_fresh = true;
		return send_answer(h, c, ans);
	}
	if (h->reload && str_eq(name, STR("events")))
		return open_stream(h, c);
	return send_text(h, c, 404, STR("not found\n"));
}

static void inject_script(struct http *h, struct answer *ans)
{
	struct buf out = { 0 };
	struct str tag = str_format(&ans->arena, "<script src=\"/_dossier/reload.js?g=%llu\"></script>",
				    (unsigned long long)h->generation);

	http_inject(&out, ans->body, tag);
	ans->body = buf_copy(&out, &ans->arena);
	ans->is_fresh = true;
	buf_release(&out);
}

/* "a", W/"b", or *: whether one of them is ours (RFC 9110, 13.1.2: weak comparison). */
static bool etag_matches(struct str header, struct str etag)
{
	struct str part;

	while (str_next(&header, ',', &part)) {
		part = str_trim(part);
		if (str_starts(part, STR("W/")))
			part = str_skip(part, 2);
		if (str_eq(part, etag) || str_eq(part, STR("*")))
			return true;
	}
	return false;
}

static void answer_conditions(const struct http *h, struct MHD_Connection *c, struct answer *ans)
{
	struct str none = header_of(h, c, "If-None-Match"), since = header_of(h, c, "If-Modified-Since");
	struct str range = header_of(h, c, "Range"), if_range = header_of(h, c, "If-Range");
	uint64_t from, to, size = ans->body.len;

	/* Dates are compared as text: what a browser has is what we gave it. */
	if (none.len > 0 ? etag_matches(none, ans->etag) : str_eq(since, ans->modified)) {
		ans->status = 304;
		ans->body = STR("");
		return;
	}
	ans->has_ranges = true;
	if (range.len == 0 || (if_range.len > 0 && !str_eq(if_range, ans->etag)))
		return;
	switch (http_range(range, size, &from, &to)) {
	case HTTP_RANGE_NONE:
		return;
	case HTTP_RANGE_BAD:
		ans->status = 416;
		ans->body = STR("");
		ans->content_range = str_format(&ans->arena, "bytes */%llu", (unsigned long long)size);
		return;
	case HTTP_RANGE_PART:
		ans->status = 206;
		ans->body = str_cut(ans->body, (size_t)from, (size_t)to);
		ans->content_range = str_format(&ans->arena, "bytes %llu-%llu/%llu", (unsigned long long)from,
						(unsigned long long)to - 1, (unsigned long long)size);
		return;
	}
}

/* The file, if it is a regular one whose real path lies in the root. */
static bool read_file(struct http *h, struct answer *ans, struct str path, struct fs_info *info)
{
	struct str file = path_join(&ans->arena, h->root, path), real;
	struct diag_list ignored;

	diag_init(&ignored, &ans->arena);
	*info = fs_info(file);
	if (info->type != FS_FILE || !fs_real_path(&ans->arena, file, &real) || !path_is_within(real, h->real_root))
		return false;
	return fs_read(&ans->arena, real, FILE_MAX, &ans->body, &ignored);
}

static enum MHD_Result send_missing(struct http *h, struct MHD_Connection *c)
{
	struct answer *ans = new_answer(404, "text/html; charset=utf-8");
	struct fs_info info;

	ans->is_fresh = true;
	if (!read_file(h, ans, STR("404.html"), &info)) {
		struct buf b = { 0 };

		/* Nothing was ever built: the page shows why, and reloads when that changes. */
		buf_add_z(&b, "<!doctype html><html lang=\"en\"><title>Not found</title><body><h1>Not found</h1><pre>");
		buf_add_html(&b, buf_str(&h->error));
		buf_add_z(&b, "</pre></body></html>\n");
		ans->body = buf_copy(&b, &ans->arena);
		buf_release(&b);
	}
	if (h->reload)
		inject_script(h, ans);
	return send_answer(h, c, ans);
}

static enum MHD_Result send_redirect(const struct http *h, struct MHD_Connection *c, struct str to)
{
	struct answer *ans = new_answer(302, NULL);
	struct buf b = { 0 };

	buf_add_url(&b, to);
	ans->location = buf_copy(&b, &ans->arena);
	buf_release(&b);
	return send_answer(h, c, ans);
}

static enum MHD_Result send_path(struct http *h, struct MHD_Connection *c, struct str path, bool has_slash)
{
	struct answer *ans = new_answer(200, NULL);
	struct fs_info info = fs_info(path.len > 0 ? path_join(&ans->arena, h->root, path) : h->root);
	struct buf b = { 0 };

	if (info.type == FS_DIR && !has_slash) {
		enum MHD_Result result =
			send_redirect(h, c, str_format(&ans->arena, "%.*s%.*s/", STR_ARG(h->base_path), STR_ARG(path)));

		free_answer(ans);
		return result;
	}
	if (info.type == FS_DIR)
		path = path_join(&ans->arena, path, STR("index.html"));
	if ((info.type == FS_FILE && has_slash) || !read_file(h, ans, path, &info)) {
		free_answer(ans);
		return send_missing(h, c);
	}
	ans->type = http_mime(path);
	if (h->reload && str_starts(str_from(ans->type), STR("text/html"))) {
		inject_script(h, ans);
		return send_answer(h, c, ans);
	}
	buf_add_char(&b, '"');
	digest_write_hex(&b, digest_of(ans->body), 16);
	buf_add_char(&b, '"');
	ans->etag = buf_copy(&b, &ans->arena);
	buf_clear(&b);
	http_write_date(&b, info.mtime_ns / 1000000000);
	ans->modified = buf_copy(&b, &ans->arena);
	buf_release(&b);
	answer_conditions(h, c, ans);
	return send_answer(h, c, ans);
}

static enum MHD_Result answer(void *cls, struct MHD_Connection *c, const char *url, const char *method,
			      const char *version, const char *upload, size_t *upload_size, void **seen)
{
	static const struct str own = STR_INIT("/_dossier/");
	struct http *h = cls;
	struct str address = str_from(url), path;
	struct arena a = { 0 };
	enum MHD_Result result;

	(void)version;
	(void)upload;
	(void)upload_size;
	(void)seen;
	if (!http_is_own_host(header_of(h, c, "Host"), h->bind))
		return send_text(h, c, 403, STR("this preview answers only to its own address\n"));
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return send_text(h, c, 405, STR("only GET and HEAD\n"));
	if (str_starts(address, own))
		return send_own(h, c, str_skip(address, own.len));
	if (str_eq(address, STR("/")) && h->base_path.len > 1)
		return send_redirect(h, c, h->base_path);
	if (!str_starts(address, h->base_path))
		return send_missing(h, c);
	if (http_decode_path(&a, str_skip(address, h->base_path.len - 1), &path))
		result = send_path(h, c, path, str_ends(address, STR("/")));
	else
		result = send_text(h, c, 400, STR("no such address\n"));
	arena_release(&a);
	return result;
}

/* Addresses stay as they were sent: http_decode_path knows what to refuse. */
static size_t keep_escapes(void *cls, struct MHD_Connection *c, char *s)
{
	(void)cls;
	(void)c;
	return strlen(s);
}

static struct MHD_Daemon *listen_on(struct http *h, struct str bind, uint16_t port)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	const char *z = str_eq(bind, STR("localhost")) ? "127.0.0.1" : str_z(&h->arena, bind);
	unsigned flags = MHD_ALLOW_SUSPEND_RESUME | MHD_USE_AUTO;
	const struct sockaddr *address = (const struct sockaddr *)&in4;

	if (inet_pton(AF_INET, z, &in4.sin_addr) != 1) {
		if (inet_pton(AF_INET6, z, &in6.sin6_addr) != 1)
			return NULL;
		flags |= MHD_USE_IPv6;
		address = (const struct sockaddr *)&in6;
	}
	return h->lib.MHD_start_daemon(flags, port, NULL, NULL, answer, h, MHD_OPTION_SOCK_ADDR, address,
				       MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_CONNECTION_TIMEOUT,
				       IDLE_SECONDS, MHD_OPTION_END);
}

struct http *http_start(const struct http_options *opt, struct diag_list *dl)
{
	struct http *h = arena_sys_alloc(sizeof(*h));

	memset(h, 0, sizeof(*h));
	if (!library_load(files, functions, sizeof(functions) / sizeof(functions[0]), &h->lib)) {
		diag_add(dl, DIAG_ERROR, "build/no-library", STR_NONE, no_pos,
			 "the preview needs libmicrohttpd, which is not on this machine");
		free(h);
		return NULL;
	}
	h->root = str_copy(&h->arena, opt->root);
	h->base_path = str_copy(&h->arena, opt->base_path.len > 0 ? opt->base_path : STR("/"));
	h->bind = str_copy(&h->arena, opt->bind);
	h->reload = opt->reload;
	assert(str_starts(h->base_path, STR("/")) && str_ends(h->base_path, STR("/")));
	buf_init(&h->error, 0);
	if (!fs_real_path(&h->arena, h->root, &h->real_root))
		h->real_root = h->root;
	for (unsigned i = 0; i <= opt->tries && !h->daemon && opt->port + i <= 65535; i++) {
		h->port = (uint16_t)(opt->port + i);
		h->daemon = listen_on(h, h->bind, h->port);
	}
	if (!h->daemon) {
		diag_add(dl, DIAG_ERROR, "serve/no-port", STR_NONE, no_pos, "cannot listen on %.*s, port %u",
			 STR_ARG(opt->bind), opt->port);
		diag_hint(dl, "choose another with --port, or another address with --bind");
		http_stop(h);
		return NULL;
	}
	if (h->port == 0)
		h->port = h->lib.MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
	return h;
}

void http_stop(struct http *h)
{
	if (!h)
		return;
	wake_streams(h, true);
	if (h->daemon)
		h->lib.MHD_stop_daemon(h->daemon);
	buf_release(&h->error);
	arena_release(&h->arena);
	free(h);
}

uint16_t http_port(const struct http *h)
{
	return h->port;
}

void http_wait(struct http *h, unsigned ms)
{
	h->lib.MHD_run_wait(h->daemon, (int32_t)ms);
	h->since_ping += ms;
	if (h->since_ping >= PING_MS) {
		h->since_ping = 0;
		wake_streams(h, true);
	}
}

void http_set_state(struct http *h, uint64_t generation, struct str error)
{
	h->generation = generation;
	h->state++;
	buf_clear(&h->error);
	buf_add(&h->error, error);
	/* The folder may not have been there when the server started. */
	if (!fs_real_path(&h->arena, h->root, &h->real_root))
		h->real_root = h->root;
	wake_streams(h, false);
}
