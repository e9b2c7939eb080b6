#include "app/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"

/* A folder on disk, a server for it, and what asks it. */
struct fixture {
	struct arena arena;
	struct diag_list dl;
	struct str dir, root;
	struct http *http;
};

static void put(struct fixture *f, const char *path, const char *text)
{
	assert_int_equal(fs_write(path_join(&f->arena, f->dir, str_from(path)), str_from(text), &f->dl), FS_WRITE_NEW);
}

static void serve(struct fixture *f, struct str base_path, bool reload)
{
	struct http_options opt = { f->root, base_path, STR("127.0.0.1"), 0, 0, reload };

	f->http = http_start(&opt, &f->dl);
	assert_non_null(f->http);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char name[] = "/tmp/test_http_XXXXXX";

	assert_non_null(f);
	assert_non_null(mkdtemp(name));
	diag_init(&f->dl, &f->arena);
	f->dir = str_copy(&f->arena, str_from(name));
	f->root = path_join(&f->arena, f->dir, STR("public"));
	put(f, "public/index.html", "<html><body>home</body></html>");
	put(f, "public/a/index.html", "<p>page a");
	put(f, "public/a/facts.csv", "0123456789");
	put(f, "public/404.html", "<html><body>lost</body></html>");
	put(f, "public/\xe6\xb7\xb1.txt", "deep");
	put(f, "public/100%.txt", "percent");
	put(f, "secret.txt", "secret");
	put(f, "public-other/secret.txt", "secret");
	assert_int_equal(symlink("../secret.txt", str_z(&f->arena, path_join(&f->arena, f->root, STR("link.txt")))), 0);
	assert_int_equal(symlink("..", str_z(&f->arena, path_join(&f->arena, f->root, STR("up")))), 0);
	assert_int_equal(symlink("facts.csv", str_z(&f->arena, path_join(&f->arena, f->root, STR("a/inside.csv")))), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	http_stop(f->http);
	assert_true(fs_remove_tree(f->dir, &f->dl));
	arena_release(&f->arena);
	free(f);
	return 0;
}

static int dial(const struct fixture *f)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(http_port(f->http)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&in, sizeof(in)), 0);
	return fd;
}

/* Reads until `until` is seen or the server closes; false when neither happens for two seconds. */
static bool hear(struct fixture *f, int fd, struct buf *out, const char *until)
{
	for (int i = 0; i < 200; i++) {
		char bytes[4096];
		ssize_t n;

		http_wait(f->http, 10);
		while ((n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
			buf_add_mem(out, bytes, (size_t)n);
		if (n == 0 || (until && out->len > 0 && strstr(out->ptr, until)))
			return true;
	}
	return false;
}

/* One request as it stands; the whole answer. */
static struct str ask_raw(struct fixture *f, const char *request)
{
	struct buf out = { 0 };
	int fd = dial(f);
	struct str answer;

	assert_int_equal(send(fd, request, strlen(request), 0), (ssize_t)strlen(request));
	assert_true(hear(f, fd, &out, NULL));
	close(fd);
	answer = buf_copy(&out, &f->arena);
	buf_release(&out);
	return answer;
}

static struct str ask(struct fixture *f, const char *method, const char *url, const char *headers)
{
	return ask_raw(f, str_format(&f->arena, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n%s\r\n",
				     method, url, http_port(f->http), headers)
				  .ptr);
}

static struct str body_of(struct str answer)
{
	ptrdiff_t at = str_find(answer, STR("\r\n\r\n"));

	assert_true(at > 0);
	return str_skip(answer, (size_t)at + 4);
}

static struct str header_of(struct fixture *f, struct str answer, const char *name)
{
	ptrdiff_t at = str_find(answer, str_format(&f->arena, "\r\n%s: ", name));
	struct str rest, line;

	if (at < 0)
		return STR_NONE;
	rest = str_skip(answer, (size_t)at + strlen(name) + 4);
	assert_true(str_next(&rest, '\r', &line));
	return line;
}

static int status_of(struct str answer)
{
	int64_t n = 0;

	assert_true(str_starts(answer, STR("HTTP/1.1 ")));
	assert_true(str_to_i64(str_cut(answer, 9, 12), &n));
	return (int)n;
}

static const struct {
	const char *method, *url, *headers;
	int status;
	const char *body, *type; /* NULL: not looked at */
} requests[] = {
	{ "GET", "/", "", 200, "<html><body>home</body></html>", "text/html; charset=utf-8" },
	{ "GET", "/index.html", "", 200, "<html><body>home</body></html>", "text/html; charset=utf-8" },
	{ "GET", "/a/", "", 200, "<p>page a", "text/html; charset=utf-8" },
	{ "GET", "/a/?x=1", "", 200, "<p>page a", NULL },
	{ "GET", "/a", "", 302, "", NULL },
	{ "GET", "/a/facts.csv", "", 200, "0123456789", "text/csv; charset=utf-8" },
	{ "GET", "/a/facts.csv/", "", 404, NULL, NULL },
	{ "GET", "/a/../a/facts.csv", "", 200, "0123456789", NULL },
	{ "GET", "/a/inside.csv", "", 200, "0123456789", NULL },
	{ "HEAD", "/a/facts.csv", "", 200, "", NULL },
	{ "GET", "/%E6%B7%B1.txt", "", 200, "deep", NULL },
	{ "GET", "/100%25.txt", "", 200, "percent", NULL },
	{ "GET", "/100%.txt", "", 400, NULL, NULL },
	{ "GET", "/a%00/facts.csv", "", 400, NULL, NULL },
	{ "GET", "/none", "", 404, "<html><body>lost</body></html>", "text/html; charset=utf-8" },
	{ "POST", "/", "Content-Length: 2\r\n", 405, NULL, NULL },
	{ "DELETE", "/a/", "", 405, NULL, NULL },
	/* Nothing outside. */
	{ "GET", "/../secret.txt", "", 400, NULL, NULL },
	{ "GET", "/%2e%2e/secret.txt", "", 400, NULL, NULL },
	{ "GET", "/a/..%2f..%2fsecret.txt", "", 400, NULL, NULL },
	{ "GET", "//etc/passwd", "", 404, NULL, NULL },
	{ "GET", "/%2fetc/passwd", "", 404, NULL, NULL },
	{ "GET", "/link.txt", "", 404, NULL, NULL },
	{ "GET", "/up/secret.txt", "", 404, NULL, NULL },
	{ "GET", "/up/public-other/secret.txt", "", 404, NULL, NULL },
	/* Ranges. */
	{ "GET", "/a/facts.csv", "Range: bytes=2-4\r\n", 206, "234", NULL },
	{ "GET", "/a/facts.csv", "Range: bytes=-3\r\n", 206, "789", NULL },
	{ "GET", "/a/facts.csv", "Range: bytes=7-\r\n", 206, "789", NULL },
	{ "GET", "/a/facts.csv", "Range: bytes=0-999\r\n", 206, "0123456789", NULL },
	{ "GET", "/a/facts.csv", "Range: bytes=10-\r\n", 416, "", NULL },
	{ "GET", "/a/facts.csv", "Range: bytes=0-1,3-4\r\n", 200, "0123456789", NULL },
	{ "GET", "/a/facts.csv", "Range: bytes=2-4\r\nIf-Range: \"old\"\r\n", 200, "0123456789", NULL },
};

static void answers_real_requests(void **state)
{
	struct fixture *f = *state;

	serve(f, STR("/"), false);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct str got = ask(f, requests[i].method, requests[i].url, requests[i].headers);

		if (status_of(got) != requests[i].status)
			fail_msg("%s %s: status %d", requests[i].method, requests[i].url, status_of(got));
		if (requests[i].body && !str_eq(body_of(got), str_from(requests[i].body)))
			fail_msg("%s %s: '%.*s'", requests[i].method, requests[i].url, STR_ARG(body_of(got)));
		if (requests[i].type)
			assert_true(str_eq(header_of(f, got, "Content-Type"), str_from(requests[i].type)));
		assert_false(str_contains(got, STR("secret")));
	}
}

static void tells_what_has_not_changed(void **state)
{
	struct fixture *f = *state;
	struct str first, got, etag, date;

	serve(f, STR("/"), false);
	first = ask(f, "GET", "/a/facts.csv", "");
	etag = header_of(f, first, "ETag");
	date = header_of(f, first, "Last-Modified");
	assert_true(etag.len > 10 && date.len == 29);
	got = ask(f, "GET", "/a/facts.csv",
		  str_format(&f->arena, "If-None-Match: \"x\", W/%.*s\r\n", STR_ARG(etag)).ptr);
	assert_int_equal(status_of(got), 304);
	got = ask(f, "GET", "/a/facts.csv", str_format(&f->arena, "If-Modified-Since: %.*s\r\n", STR_ARG(date)).ptr);
	assert_int_equal(status_of(got), 304);
	got = ask(f, "GET", "/a/facts.csv", "If-None-Match: \"x\"\r\n");
	assert_int_equal(status_of(got), 200);
	assert_true(str_eq(header_of(f, ask(f, "HEAD", "/a/facts.csv", ""), "Content-Length"), STR("10")));
}

static const struct {
	const char *host;
	bool expect;
} hosts[] = {
	{ "127.0.0.1:4040", true },
	{ "localhost", true },
	{ "LOCALHOST:1", true },
	{ "[::1]:4040", true },
	{ "192.168.1.7", true },
	{ "mybox:4040", true },
	{ "evil.example", false },
	{ "127.0.0.1.evil.example", false },
	{ "1.2.3", false },
	{ "1.2.3.4.5", false },
	{ "", false },
	{ ":4040", false },
	{ "256.1.1.1", false },
	{ "localhost.evil", false },
	{ "+1.2.3.4", false },
	{ "1e1.2.3.4", false },
};

static void answers_only_to_its_own_name(void **state)
{
	struct fixture *f = *state;
	struct str got;

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (http_is_own_host(str_from(hosts[i].host), STR("mybox")) != hosts[i].expect)
			fail_msg("host '%s'", hosts[i].host);
	serve(f, STR("/"), true);
	got = ask_raw(f, "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
	assert_int_equal(status_of(got), 403);
	got = ask_raw(f, "GET /_dossier/events HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
	assert_int_equal(status_of(got), 403);
}

static void serves_under_the_path_of_the_site(void **state)
{
	struct fixture *f = *state;
	struct str got;

	serve(f, STR("/sub/path/"), false);
	got = ask(f, "GET", "/", "");
	assert_int_equal(status_of(got), 302);
	assert_true(str_eq(header_of(f, got, "Location"), STR("/sub/path/")));
	assert_true(str_eq(body_of(ask(f, "GET", "/sub/path/a/", "")), STR("<p>page a")));
	got = ask(f, "GET", "/sub/path/a", "");
	assert_true(str_eq(header_of(f, got, "Location"), STR("/sub/path/a/")));
	assert_int_equal(status_of(ask(f, "GET", "/a/", "")), 404);
	assert_int_equal(status_of(ask(f, "GET", "/sub/path/../../a/", "")), 400);
}

static void puts_its_script_into_pages(void **state)
{
	struct fixture *f = *state;
	struct str got;

	serve(f, STR("/"), true);
	http_set_state(f->http, 7, STR_NONE);
	got = ask(f, "GET", "/", "");
	assert_true(str_eq(body_of(got),
			   STR("<html><body>home<script src=\"/_dossier/reload.js?g=7\"></script></body></html>")));
	assert_true(str_eq(header_of(f, got, "Cache-Control"), STR("no-store")));
	assert_true(str_contains(body_of(ask(f, "GET", "/none", "")), STR("reload.js?g=7")));
	assert_true(str_eq(body_of(ask(f, "GET", "/a/facts.csv", "")), STR("0123456789")));
	got = ask(f, "GET", "/_dossier/reload.js?g=7", "");
	assert_int_equal(status_of(got), 200);
	assert_true(str_contains(body_of(got), STR("EventSource")));
}

static void tells_open_pages_of_a_new_build(void **state)
{
	static const char *const request = "GET /_dossier/events HTTP/1.1\r\nHost: localhost\r\n\r\n";
	struct fixture *f = *state;
	struct buf one = { 0 }, two = { 0 };
	int first, second;

	serve(f, STR("/"), true);
	http_set_state(f->http, 1, STR_NONE);
	first = dial(f);
	second = dial(f);
	assert_true(send(first, request, strlen(request), 0) > 0);
	assert_true(send(second, request, strlen(request), 0) > 0);
	assert_true(hear(f, first, &one, "{\"generation\":1,\"error\":\"\"}"));
	assert_true(hear(f, second, &two, "{\"generation\":1,\"error\":\"\"}"));
	http_set_state(f->http, 1, STR("broken\n\"here\""));
	assert_true(hear(f, first, &one, "{\"generation\":1,\"error\":\"broken\\n\\\"here\\\"\"}"));
	close(first);
	http_set_state(f->http, 2, STR_NONE);
	assert_true(hear(f, second, &two, "{\"generation\":2,\"error\":\"\"}"));
	/* Another page is served while a stream is open. */
	assert_int_equal(status_of(ask(f, "GET", "/a/", "")), 200);
	close(second);
	buf_release(&one);
	buf_release(&two);
}

static void cuts_an_error_that_is_too_long_for_a_message(void **state)
{
	static const char *const request = "GET /_dossier/events HTTP/1.1\r\nHost: localhost\r\n\r\n";
	struct fixture *f = *state;
	struct buf out = { 0 }, error = { 0 };
	int fd;

	for (int i = 0; i < 20000; i++)
		buf_add_char(&error, 1);
	serve(f, STR("/"), true);
	http_set_state(f->http, 1, buf_str(&error));
	fd = dial(f);
	assert_true(send(fd, request, strlen(request), 0) > 0);
	assert_true(hear(f, fd, &out, "\\u0001\"}"));
	close(fd);
	buf_release(&out);
	buf_release(&error);
}

static void takes_the_next_port_when_one_is_taken(void **state)
{
	struct fixture *f = *state;
	struct http_options opt = { f->root, STR("/"), STR("127.0.0.1"), 0, 20, false };
	struct http *other;

	serve(f, STR("/"), false);
	opt.port = http_port(f->http);
	other = http_start(&opt, &f->dl);
	assert_non_null(other);
	assert_true(http_port(other) > http_port(f->http));
	assert_int_equal(f->dl.errors, 0);
	http_stop(other);

	opt.tries = 0;
	assert_null(http_start(&opt, &f->dl));
	assert_string_equal(f->dl.items[f->dl.len - 1].code, "serve/no-port");
	opt.bind = STR("no address");
	opt.port = 0;
	assert_null(http_start(&opt, &f->dl));
}

static void shows_the_error_when_nothing_was_built(void **state)
{
	struct fixture *f = *state;

	assert_true(fs_remove_tree(f->root, &f->dl));
	serve(f, STR("/"), true);
	http_set_state(f->http, 0, STR("bad <title>"));
	assert_true(str_contains(body_of(ask(f, "GET", "/", "")), STR("bad &lt;title&gt;")));
	/* Built at last: the folder's real path is known from then on. */
	put(f, "public/index.html", "built");
	http_set_state(f->http, 1, STR_NONE);
	assert_true(str_starts(body_of(ask(f, "GET", "/", "")), STR("built<script")));
}

static void survives_nonsense(void **state)
{
	static const char *const lines[] = {
		"\r\n\r\n",
		"GET\r\n\r\n",
		"GET / HTTP/9.9\r\n\r\n",
		"\x16\x03\x01\x02\x01 tls\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\nConnection: close\r\n\r\n",
		"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
	};
	struct fixture *f = *state;

	serve(f, STR("/"), true);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		int fd = dial(f);
		struct buf out = { 0 };

		assert_true(send(fd, lines[i], strlen(lines[i]), 0) > 0);
		hear(f, fd, &out, "\r\n\r\n");
		assert_false(str_contains(buf_str(&out), STR("home")) && i < 3);
		close(fd);
		buf_release(&out);
	}
	assert_int_equal(status_of(ask(f, "GET", "/", "")), 200);
}

static void writes_dates_as_http_has_them(void **state)
{
	static const struct {
		int64_t t;
		const char *expect;
	} dates[] = { { 784111777, "Sun, 06 Nov 1994 08:49:37 GMT" },
		      { 0, "Thu, 01 Jan 1970 00:00:00 GMT" },
		      { -1, "Wed, 31 Dec 1969 23:59:59 GMT" },
		      { 1772323199, "Sat, 28 Feb 2026 23:59:59 GMT" } };
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		buf_clear(&b);
		http_write_date(&b, dates[i].t);
		assert_string_equal(b.ptr, dates[i].expect);
	}
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answers_real_requests, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tells_what_has_not_changed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(answers_only_to_its_own_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(serves_under_the_path_of_the_site, set_up, tear_down),
		cmocka_unit_test_setup_teardown(puts_its_script_into_pages, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tells_open_pages_of_a_new_build, set_up, tear_down),
		cmocka_unit_test_setup_teardown(cuts_an_error_that_is_too_long_for_a_message, set_up, tear_down),
		cmocka_unit_test_setup_teardown(takes_the_next_port_when_one_is_taken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(shows_the_error_when_nothing_was_built, set_up, tear_down),
		cmocka_unit_test_setup_teardown(survives_nonsense, set_up, tear_down),
		cmocka_unit_test(writes_dates_as_http_has_them),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
