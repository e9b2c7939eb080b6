#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "app/commands.h"
#include "app/commands_list.h"
#include "app/serve.h"
#include "base/date.h"
#include "base/fs.h"
#include "base/path.h"
#include "lua/api.h"

static const struct pos no_pos = { 0, 0 };

static void progress(void *ctx, const char *stage, size_t done, size_t total)
{
	const struct commands *c = ctx;

	report_progress(c->report, stage, total > 1 ? done : 0, total > 1 ? total : 0);
}

struct build_options commands_build_options(struct commands *c)
{
	const struct cli *cli = c->cli;

	return (struct build_options){
		.root = cli->root,
		.config = cli->config,
		.output = cli->output,
		.base_url = cli->base_url,
		.now = cli->now,
		.jobs = (size_t)cli->jobs,
		.with_drafts = cli->drafts,
		.with_future = cli->future,
		.is_strict = cli->strict,
		.no_cache = cli->no_cache,
		.is_offline = cli->offline,
		.with_book = cli->book,
		.progress = c->report->is_terminal && !c->report->is_quiet ? progress : NULL,
		.ctx = c,
	};
}

static void add_seconds(struct buf *b, double seconds)
{
	report_duration(b, (uint64_t)(seconds * 1e9));
}

static void write_counts(struct buf *b, const struct build_result *r)
{
	buf_add_format(b, "%zu pages, %zu entities, %zu facts, %zu links, %zu mentions linked\n", r->pages, r->entities,
		       r->facts, r->links, r->mentions);
	buf_add_format(b, "%zu outputs: %zu rendered, %zu written, %zu removed, %zu unchanged\n", r->outputs,
		       r->rendered, r->written, r->removed, r->unchanged);
}

static void write_times(struct buf *b, const struct build_result *r)
{
	double all = 0;

	for (int i = 0; i < BUILD_STAGES; i++) {
		buf_add_format(b, "%s%s ", i ? ", " : "", build_stage_name((enum build_stage)i));
		add_seconds(b, r->seconds[i]);
		all += r->seconds[i];
	}
	buf_add_z(b, "; ");
	add_seconds(b, all);
	buf_add_z(b, " in all\n");
}

static void write_usage(struct buf *b)
{
	struct rusage u;

	if (getrusage(RUSAGE_SELF, &u) != 0)
		return;
	buf_add_z(b, "CPU ");
	add_seconds(b, (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
			       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6);
#ifdef __APPLE__
	u.ru_maxrss /= 1024; /* bytes there, kilobytes elsewhere */
#endif
	buf_add_format(b, ", memory %.1f MB at most\n", (double)u.ru_maxrss / 1024);
}

/* What happened, in a few lines on standard error. */
static void say_summary(const struct commands *c, const struct build_result *r, const struct diag_list *dl)
{
	struct buf b = { 0 };

	if (r->is_published) {
		write_counts(&b, r);
		write_times(&b, r);
	}
	if (c->cli->profile)
		write_usage(&b);
	report_counts(&b, dl->errors, dl->warnings);
	if (dl->errors + dl->warnings > 0)
		buf_add_z(&b, r->is_published ? "; " : dl->errors ? "; nothing was published" : "");
	if (r->is_published)
		buf_add_format(&b, "published in %.*s", STR_ARG(r->output));
	if (b.len > 0)
		commands_say(c, "%.*s", (int)b.len, b.ptr);
	buf_release(&b);
}

static void print_reasons(const struct commands *c, const struct build_result *r)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < r->n_reasons; i++) {
		if (c->report->format == REPORT_JSON) {
			buf_add_z(&b, "{\"path\":");
			buf_add_json(&b, r->reasons[i].path);
			buf_add_z(&b, ",\"why\":");
			buf_add_json(&b, r->reasons[i].why);
			buf_add_z(&b, "}\n");
		} else {
			buf_add_format(&b, "%.*s\t%.*s\n", STR_ARG(r->reasons[i].path), STR_ARG(r->reasons[i].why));
		}
	}
	commands_print(&b);
	buf_release(&b);
}

/* What another server that holds the last build must fetch or drop: one path a line. */
static void write_changed_list(struct commands *c, const struct build_result *r)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < r->n_changed; i++)
		buf_add_format(&b, "%.*s\n", STR_ARG(r->changed_paths[i]));
	for (size_t i = 0; i < r->n_removed; i++)
		buf_add_format(&b, "%.*s\n", STR_ARG(r->removed_paths[i]));
	fs_write(c->cli->changed_list, buf_str(&b), c->dl);
	buf_release(&b);
}

/* Both builds have one date, also where a day ends between them. */
static struct str build_date(struct commands *c, const struct build_options *opt)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	struct date today;
	struct buf b;
	struct str s;

	if (opt->now.len || (epoch && *epoch))
		return opt->now;
	today = date_from_unix((int64_t)time(NULL));
	buf_init(&b, 0);
	date_write(&b, today);
	s = buf_copy(&b, c->arena);
	buf_release(&b);
	return s;
}

int commands_build(struct commands *c)
{
	struct build_options opt = commands_build_options(c);
	struct build_result r;
	enum build_status status;
	int found;

	if (c->cli->verify)
		opt.now = build_date(c, &opt);
	if (c->cli->zip.len > 0) {
		opt.is_offline = true;
		if (opt.output.len == 0)
			opt.output = commands_file(c, STR(".dossier/offline"));
	}
	if (c->cli->swap)
		status = commands_build_swapped(c, &opt, &r);
	else
		status = build_run(&opt, &r, c->dl);
	if (c->cli->verify && status == BUILD_OK && r.is_published)
		status = commands_verify(c, &opt, &r);
	if (r.output.len > 0)
		commands_clear_beside(c, r.output);
	report_progress_end(c->report);
	if (c->cli->zip.len > 0 && status == BUILD_OK && r.is_published && !commands_zip(c, r.output, c->cli->zip))
		status = BUILD_ENVIRONMENT;
	if (c->cli->explain)
		print_reasons(c, &r);
	if (c->cli->changed_list.len > 0 && r.is_published)
		write_changed_list(c, &r);
	found = report_flush(c->report, c->dl);
	c->is_reported = true;
	say_summary(c, &r, c->dl);
	build_release(&r);
	return status != BUILD_OK ? (int)status : found;
}

static void unknown_list(struct commands *c)
{
	size_t n;
	const struct str *names = commands_list_names(&n);

	diag_add(c->dl, DIAG_ERROR, "cli/bad-value", STR_NONE, no_pos, "'%.*s' cannot be listed",
		 STR_ARG(c->cli->args[0]));
	diag_hint(c->dl, "it is one of %.*s", STR_ARG(str_join(c->arena, names, n, STR(", "))));
	diag_suggest(c->dl, c->cli->args[0], names, n);
}

int commands_list(struct commands *c)
{
	struct commands_list list = { c->cli->format.len > 0 && !str_eq(c->cli->format, STR("text")), c->cli->unlinked,
				      c->cli->ambiguous, c->cli->missing, c->cli->kind };
	struct build_options opt = commands_build_options(c);
	struct build_result r;
	enum build_status status;
	struct buf out = { 0 };
	const struct str *names;
	size_t n, i;

	names = commands_list_names(&n);
	for (i = 0; i < n && !str_eq(names[i], c->cli->args[0]); i++)
		;
	if (i == n) {
		unknown_list(c);
		return COMMANDS_USAGE;
	}
	status = build_model(&opt, &r, c->dl);
	report_progress_end(c->report);
	/* What is broken is listed too, where there is a model: that is what some lists are for. */
	if (status != BUILD_BAD_CONFIG && status != BUILD_ENVIRONMENT) {
		commands_list_write(&out, &r.site, c->cli->args[0], &list);
		commands_print(&out);
	}
	buf_release(&out);
	build_release(&r);
	return (int)status;
}

static struct serve_result build_for_preview(void *ctx, struct diag_list *dl)
{
	struct commands *c = ctx;
	struct build_options opt = commands_build_options(c);
	struct serve_result result;
	struct build_result r;
	struct buf b = { 0 };
	double all = 0;

	build_run(&opt, &r, dl);
	report_progress_end(c->report);
	for (int i = 0; i < BUILD_STAGES; i++)
		all += r.seconds[i];
	if (r.is_published) {
		buf_add_format(&b, "Built in ");
		add_seconds(&b, all);
		buf_add_format(&b, ": %zu written, %zu removed, %zu unchanged", r.written, r.removed, r.unchanged);
		commands_say(c, "%s", b.ptr);
	}
	result = (struct serve_result){ r.is_published, r.written + r.removed > 0 };
	buf_release(&b);
	build_release(&r);
	return result;
}

int commands_serve(struct commands *c)
{
	struct config config;
	struct serve_options opt = { .root = c->cli->root,
				     .open = c->cli->open,
				     .reload = !c->cli->no_reload,
				     .poll = c->cli->poll,
				     .report = c->report,
				     .build = build_for_preview,
				     .ctx = c };

	if (!commands_load_config(c, &config))
		return COMMANDS_USAGE;
	opt.output = c->cli->output.len > 0 ? c->cli->output : commands_file(c, config.output_dir);
	opt.base_path = config.base_path;
	opt.bind = c->cli->bind.len > 0 ? c->cli->bind : config.server_bind;
	opt.port = (uint16_t)(c->cli->port > 0 ? c->cli->port : config.server_port);
	serve_run(&opt, c->dl);
	return COMMANDS_CLEAN;
}

int commands_lua_api(struct commands *c)
{
	struct buf b = { 0 };

	(void)c;
	api_write_markdown(&b);
	commands_print(&b);
	buf_release(&b);
	return COMMANDS_CLEAN;
}
