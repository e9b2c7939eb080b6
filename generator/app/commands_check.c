#include "app/commands.h"
#include "site/query.h"
#include "stage/check.h"
#include "text/xml.h"

/* A query's limit of zero is none: all that is due. */
static void report_stale(struct commands *c, const struct site *s)
{
	struct query facts = { .of = QUERY_FACTS, .status = STR("stale"), .sort = STR("subject") };
	struct query pages = { .of = QUERY_PAGES, .status = STR("stale") };
	struct query_result r;

	query_run(s, c->arena, &facts, &r);
	for (size_t i = 0; i < r.len; i++) {
		const struct fact *f = &s->records.facts[r.items[i]];

		diag_add(c->dl, DIAG_WARNING, "check/stale-fact", commands_file(c, f->r.path), f->r.at,
			 "the fact '%.*s' is due for review", STR_ARG(f->r.id));
		diag_hint(c->dl, "look for a newer figure, or mark it: status = \"superseded\"");
	}
	query_run(s, c->arena, &pages, &r);
	for (size_t i = 0; i < r.len; i++) {
		const struct page *p = site_page(s, r.items[i]);

		diag_add(c->dl, DIAG_WARNING, "check/stale-page", commands_file(c, p->path), p->title_at,
			 "the page '%.*s' is due for review", STR_ARG(p->title));
		diag_hint(c->dl, "read it again, and set 'reviewed' to the day you did");
	}
}

static bool check_stale(struct commands *c)
{
	struct build_options opt = commands_build_options(c);
	struct build_result r;
	enum build_status status = build_model(&opt, &r, c->dl);

	report_progress_end(c->report);
	if (status == BUILD_OK)
		report_stale(c, &r.site);
	build_release(&r);
	return status == BUILD_OK;
}

int commands_check(struct commands *c)
{
	struct report report = *c->report;
	struct buf counts = { 0 };
	struct config config;
	struct str output;
	int code;

	if (!commands_load_config(c, &config))
		return COMMANDS_CLEAN;
	if (!xml_setup()) {
		diag_add(c->dl, DIAG_ERROR, "build/no-library", STR_NONE, (struct pos){ 0, 0 },
			 "what was published is read back by libxml2, which is not on this machine");
		return COMMANDS_ENVIRONMENT;
	}
	output = c->cli->output.len > 0 ? c->cli->output : commands_file(c, config.output_dir);
	if (!c->cli->stale || check_stale(c))
		check_tree(c->arena, &config, output, c->dl);
	if (c->cli->strict)
		diag_promote(c->dl);
	/* Files are named as they are seen from here, those of the output and those of the site alike. */
	report.root = STR(".");
	code = report_flush(&report, c->dl);
	c->is_reported = true;
	report_counts(&counts, c->dl->errors, c->dl->warnings);
	commands_say(c, "%.*s: %s", STR_ARG(output), counts.len > 0 ? counts.ptr : "sound");
	buf_release(&counts);
	return code;
}
