#include "app/build_impl.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fs.h"
#include "base/path.h"
#include "base/vec.h"

#define DOCS_HELD ((size_t)8 << 20) /* bytes, more or less */

static const char *const stage_names[] = { "scan", "parse", "link", "plan", "render", "verify", "publish" };

const char *build_stage_name(enum build_stage s)
{
	return stage_names[s];
}

double build_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A stage that ends gives its time to the result. */
void build_progress(struct build *b, enum build_stage stage, size_t done, size_t total)
{
	if (done == 0)
		b->started = build_clock();
	if (done == total)
		b->out->seconds[stage] = build_clock() - b->started;
	if (b->opt->progress)
		b->opt->progress(b->opt->ctx, stage_names[stage], done, total);
}

void build_merge_lists(struct build *b)
{
	for (size_t i = 0; i < pool_size(b->pool); i++) {
		diag_merge(b->dl, &b->lists[i]);
		diag_init(&b->lists[i], &b->out->workers[i]);
	}
}

struct str build_file(const struct build *b, struct str path)
{
	return path_join(b->arena, b->root, path);
}

/* The build date: --now, else SOURCE_DATE_EPOCH, else today in UTC. */
static bool choose_now(struct build *b, struct date *now)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	int64_t seconds;

	if (b->opt->now.len) {
		if (date_parse(b->opt->now, now) && now->precision >= DATE_DAY && now->precision != DATE_CLOCK)
			return true;
		diag_add(b->dl, DIAG_ERROR, "cli/bad-value", STR_NONE, (struct pos){ 0, 0 },
			 "'%.*s' is no value of --now", STR_ARG(b->opt->now));
		diag_hint(b->dl, "write it as 2026-05-01");
		return false;
	}
	if (epoch && *epoch) {
		if (str_to_i64(str_from(epoch), &seconds)) {
			*now = date_from_unix(seconds);
			return true;
		}
		diag_add(b->dl, DIAG_ERROR, "cli/bad-value", STR_NONE, (struct pos){ 0, 0 },
			 "SOURCE_DATE_EPOCH is '%s', which is no number of seconds", epoch);
		return false;
	}
	*now = date_from_unix((int64_t)time(NULL));
	return true;
}

/* The real path of what may not be there yet: the rest of its name below what is. */
static struct str resolve(struct arena *a, struct str path)
{
	struct str parent = path, real, whole;

	while (parent.len && !fs_real_path(a, parent, &real))
		parent = path_dir(parent);
	if (parent.len == 0 && !fs_real_path(a, STR("."), &real))
		return path;
	if (parent.len == path.len)
		return real;
	real = path_join(a, real, parent.len ? str_skip(path, parent.len + 1) : path);
	return path_normalize(a, real, &whole) ? whole : real;
}

struct str build_manifest_file(struct arena *a, struct str root, struct str output)
{
	struct str real = resolve(a, root), out = resolve(a, output);
	struct buf name;
	struct str file;

	/* A checkout may lie elsewhere next time, with its cache. */
	if (path_is_within(out, real) && out.len > real.len)
		out = str_skip(out, real.len + 1);
	buf_init(&name, 0);
	buf_add(&name, STR(".dossier/manifest-"));
	digest_write_hex(&name, digest_of(out), 16);
	file = path_join(a, root, buf_str(&name));
	buf_release(&name);
	return file;
}

/* The output may not lie among the sources, nor hold them. */
static bool check_output(struct build *b)
{
	struct str root, out = resolve(b->arena, b->out->output);

	if (!fs_real_path(b->arena, b->root, &root))
		return true;
	if (path_is_within(root, out)) {
		diag_add(b->dl, DIAG_ERROR, "config/bad-output", b->config_path, (struct pos){ 0, 0 },
			 "the output folder '%.*s' holds the site itself", STR_ARG(b->out->output));
		diag_hint(b->dl, "choose a folder of its own, such as output_dir = \"public\"");
		return false;
	}
	for (int area = 0; area < SCAN_AREAS; area++) {
		struct str dir = path_join(b->arena, root, str_from(scan_folder((enum scan_area)area)));

		if (!path_is_within(out, dir))
			continue;
		diag_add(b->dl, DIAG_ERROR, "config/bad-output", b->config_path, (struct pos){ 0, 0 },
			 "the output folder '%.*s' lies inside %s/", STR_ARG(b->out->output),
			 scan_folder((enum scan_area)area));
		diag_hint(b->dl, "choose a folder beside it, such as output_dir = \"public\"");
		return false;
	}
	return true;
}

enum build_status build_configure(struct build *b)
{
	struct config *c = &b->out->config;
	bool is_default = b->opt->config.len == 0;
	struct str file;
	const struct value *tree;
	bool ok = true;

	b->root = b->opt->root.len ? b->opt->root : STR(".");
	b->config_path = is_default ? STR("site.toml") : b->opt->config;
	file = is_default ? build_file(b, b->config_path) : b->config_path;
	if (fs_info(b->root).type != FS_DIR) {
		diag_add(b->dl, DIAG_ERROR, "scan/no-site", STR_NONE, (struct pos){ 0, 0 }, "'%.*s' is no folder",
			 STR_ARG(b->root));
		return BUILD_BAD_CONFIG;
	}
	if (is_default && fs_info(file).type == FS_NONE && fs_info(build_file(b, STR("content"))).type != FS_DIR) {
		diag_add(b->dl, DIAG_ERROR, "scan/no-site", STR_NONE, (struct pos){ 0, 0 },
			 "there is no site here: neither site.toml nor content/");
		diag_hint(b->dl, "make one with 'dossier init', or name its folder with --root");
		return BUILD_BAD_CONFIG;
	}
	config_defaults(b->arena, c);
	if (!is_default || fs_info(file).type != FS_NONE) {
		tree = parse_toml_file(b->arena, b->config_path, file, &b->config_digest, b->dl);
		ok = tree && config_read(b->arena, b->config_path, tree, c, b->dl);
	}
	if (b->opt->base_url.len && !config_set_base_url(b->arena, c, b->opt->base_url)) {
		diag_add(b->dl, DIAG_ERROR, "cli/bad-value", STR_NONE, (struct pos){ 0, 0 },
			 "'%.*s' is no value of --base-url", STR_ARG(b->opt->base_url));
		diag_hint(b->dl, "it begins with http:// or https://");
		ok = false;
	}
	if (b->opt->with_book)
		c->book = BOOK_ALWAYS;
	b->out->output = b->opt->output.len ? b->opt->output : build_file(b, c->output_dir);
	ok = ok && choose_now(b, &b->now) && check_output(b);
	return ok ? BUILD_OK : BUILD_BAD_CONFIG;
}

void build_forget(struct build *b)
{
	fs_forget(b->out->docs);
	b->may_hold = fs_held() + DOCS_HELD;
}

/* Every stage reads the docs of all pages. Between two slots this is asked often, and looked into some times a second. */
static void pause(void *ctx)
{
	struct build *b = ctx;
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	if (t.tv_nsec == b->looked.tv_nsec)
		return;
	b->looked = t;
	if (fs_held() > b->may_hold)
		build_forget(b);
}

static bool begin(struct build *b, const struct build_options *opt, struct build_result *out, struct diag_list *dl)
{
	memset(out, 0, sizeof(*out));
	memset(b, 0, sizeof(*b));
	b->opt = opt;
	b->out = out;
	b->arena = &out->arena;
	b->dl = dl;
	b->pool = pool_new(opt->jobs);
	pool_set_pause(b->pool, pause, b);
	out->n_workers = pool_size(b->pool);
	out->workers = arena_array(&out->arena, struct arena, out->n_workers);
	b->lists = arena_array(&out->arena, struct diag_list, out->n_workers);
	b->parsers = arena_array(&out->arena, struct parse_worker *, out->n_workers);
	for (size_t i = 0; i < out->n_workers; i++) {
		diag_init(&b->lists[i], &out->workers[i]);
		b->parsers[i] = parse_worker_new(&out->workers[i], &b->lists[i]);
	}
	return true;
}

static void end(struct build *b)
{
	for (size_t i = 0; i < b->out->n_workers; i++)
		parse_worker_free(b->parsers[i]);
	overlay_close(&b->pages_kept);
	arena_release(&b->parsing);
	pool_free(b->pool);
	if (b->opt->is_strict)
		diag_promote(b->dl);
	diag_sort(b->dl);
}

static void count(struct build_result *r)
{
	const struct site *s = &r->site;

	r->entities = r->links = r->mentions = 0;
	r->pages = s->n_pages;
	r->facts = s->records.n_facts;
	for (size_t i = 0; i < s->n_pages; i++) {
		r->entities += s->pages[i].kind->is_entity && !s->pages[i].is_section;
		r->links += s->pages[i].n_links;
		for (size_t k = 0; k < s->pages[i].n_mentions; k++)
			r->mentions += s->pages[i].mentions[k].state == MENTION_LINKED;
	}
}

/* Errors of the environment have an exit code of their own. */
static enum build_status status_of(const struct diag_list *dl)
{
	for (size_t i = 0; i < dl->len; i++)
		if (dl->items[i].severity == DIAG_ERROR &&
		    str_starts(str_from(dl->items[i].code), STR("fs/unwritable")))
			return BUILD_ENVIRONMENT;
	return dl->errors ? BUILD_ERRORS : BUILD_OK;
}

/* Configuration and the names of files: what every run looks at. */
static enum build_status look(struct build *b)
{
	enum build_status status = build_configure(b);

	if (status == BUILD_OK && !build_scan(b))
		return status_of(b->dl);
	return status;
}

static bool make_model(struct build *b)
{
	if (!build_load(b))
		return false;
	build_link(b);
	count(b->out);
	return true;
}

enum build_status build_model(const struct build_options *opt, struct build_result *out, struct diag_list *dl)
{
	struct build b;
	enum build_status status;

	begin(&b, opt, out, dl);
	status = look(&b);
	if (status == BUILD_OK)
		make_model(&b);
	end(&b);
	return status == BUILD_OK ? status_of(dl) : status;
}

enum build_status build_run(const struct build_options *opt, struct build_result *out, struct diag_list *dl)
{
	struct build b;
	enum build_status status;
	bool templates_ok;

	begin(&b, opt, out, dl);
	b.keeps_pages = true;
	status = look(&b);
	if (status == BUILD_OK && !build_is_current(&b) && make_model(&b)) {
		templates_ok = build_templates(&b);
		if (opt->is_strict)
			diag_promote(dl);
		if (templates_ok && dl->errors == 0)
			build_outputs(&b);
	}
	end(&b);
	return status == BUILD_OK ? status_of(dl) : status;
}

void build_release(struct build_result *r)
{
	for (size_t i = 0; i < r->n_workers; i++)
		arena_release(&r->workers[i]);
	arena_release(&r->arena);
	if (r->docs.len)
		fs_close(r->docs_file);
	fs_unmap(r->docs);
	fs_unmap(r->heads);
	overlay_close(&r->manifest);
	overlay_close(&r->kept_texts);
	fs_unmap(r->kept_roster);
	r->docs = r->heads = r->kept_roster = STR_NONE;
}
