#include "app/serve.h"

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/http.h"
#include "app/watch.h"

#ifdef __APPLE__
extern char **environ; /* unistd.h has it elsewhere */
#endif

/* How long to wait for requests before looking whether a file changed or the end has come. */
#define TICK_MS 50
#define PORTS_TRIED 50

struct serve {
	const struct serve_options *opt;
	struct http *http;
	uint64_t generation;
	struct buf error;
	sigset_t signals;
};

static const struct str watched[] = {
	STR_INIT("site.toml"), STR_INIT("content"), STR_INIT("data"),
	STR_INIT("templates"), STR_INIT("plugins"), STR_INIT("assets"),
};

static void rebuild(struct serve *s)
{
	struct arena arena = { 0 };
	struct diag_list dl;
	struct serve_result result;
	struct report report = *s->opt->report;

	diag_init(&dl, &arena);
	/* A build can be interrupted: what it has not published yet is only work lost. */
	sigprocmask(SIG_UNBLOCK, &s->signals, NULL);
	result = s->opt->build(s->opt->ctx, &dl);
	sigprocmask(SIG_BLOCK, &s->signals, NULL);
	report_flush(&report, &dl);
	buf_clear(&s->error);
	if (!result.is_ok) {
		report.has_color = false;
		report.is_quiet = true;
		report.format = REPORT_TEXT;
		report_write(&s->error, &report, &dl);
	}
	if (result.is_ok && result.is_changed)
		s->generation++;
	if (s->http)
		http_set_state(s->http, s->generation, buf_str(&s->error));
	arena_release(&arena);
}

static void open_browser(struct arena *a, struct str url)
{
	const char *const names[] = { getenv("BROWSER"), "xdg-open", "open" };

	/* Nobody waits for it. */
	signal(SIGCHLD, SIG_IGN);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *argv[] = { NULL, str_z(a, url), NULL };
		pid_t pid;

		if (!names[i] || !*names[i])
			continue;
		argv[0] = str_z(a, str_from(names[i]));
		if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) == 0)
			return;
	}
}

static struct watch *start_watching(const struct serve_options *opt)
{
	struct watch_options watch_opt = {
		.root = opt->root, .names = watched, .n_names = sizeof(watched) / sizeof(watched[0]), .poll = opt->poll
	};
	struct arena arena = { 0 };
	struct diag_list dl;
	struct watch *watch;

	/* Said at once, not when the preview ends. */
	diag_init(&dl, &arena);
	watch = watch_new(&watch_opt, &dl);
	report_flush(opt->report, &dl);
	arena_release(&arena);
	return watch;
}

static bool start(struct serve *s, struct arena *a, struct diag_list *dl)
{
	const struct serve_options *opt = s->opt;
	struct http_options http = { opt->output, opt->base_path, opt->bind, opt->port, PORTS_TRIED, opt->reload };
	bool is_v6 = str_find_byte(opt->bind, ':') >= 0;
	struct str url;

	s->http = http_start(&http, dl);
	if (!s->http)
		return false;
	http_set_state(s->http, s->generation, buf_str(&s->error));
	url = str_format(a, "http://%s%.*s%s:%u%.*s", is_v6 ? "[" : "", STR_ARG(opt->bind), is_v6 ? "]" : "",
			 http_port(s->http), STR_ARG(opt->base_path));
	if (http_port(s->http) != opt->port)
		fprintf(stderr, "Port %u is taken.\n", opt->port);
	fprintf(stderr, "Serving on %.*s (Ctrl-C ends)\n", STR_ARG(url));
	if (opt->open)
		open_browser(a, url);
	return true;
}

static bool is_told_to_end(struct serve *s)
{
	sigset_t pending;
	int signal_number;

	if (sigpending(&pending) != 0)
		return false;
	if (!sigismember(&pending, SIGINT) && !sigismember(&pending, SIGTERM) && !sigismember(&pending, SIGHUP))
		return false;
	sigwait(&s->signals, &signal_number);
	return true;
}

bool serve_run(const struct serve_options *opt, struct diag_list *dl)
{
	struct serve s = { .opt = opt };
	struct arena arena = { 0 };
	struct watch *watch;
	bool ok;

	sigemptyset(&s.signals);
	sigaddset(&s.signals, SIGINT);
	sigaddset(&s.signals, SIGTERM);
	sigaddset(&s.signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &s.signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	buf_init(&s.error, 0);
	/* Watching begins first: what changes during the first build is not missed. */
	watch = start_watching(opt);
	rebuild(&s);
	ok = start(&s, &arena, dl);
	while (ok && !is_told_to_end(&s)) {
		http_wait(s.http, TICK_MS);
		if (watch_changed(watch))
			rebuild(&s);
	}
	http_stop(s.http);
	watch_free(watch);
	buf_release(&s.error);
	arena_release(&arena);
	sigprocmask(SIG_UNBLOCK, &s.signals, NULL);
	return ok;
}
