#include "app/build_impl.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/embed.h"
#include "base/fs.h"
#include "base/path.h"
#include "base/vec.h"
#include "lua/bind.h"
#include "text/toml.h"

#define MAX_TEMPLATE ((size_t)4 << 20)
#define MAX_ASSET ((size_t)512 << 20)

typedef VEC(struct asset) asset_list;
typedef VEC(struct engine_source) source_list;

static bool is_page_file(struct str path)
{
	return str_ends(path, STR(".md"));
}

struct parse_job {
	struct build *b;
	const struct scan_file **files;
};

static struct parse_input input_of(const struct scan_file *f)
{
	return (struct parse_input){ .path = f->path, .file = f->file };
}

static void parse_page_job(void *ctx, size_t worker, size_t i)
{
	struct parse_job *job = ctx;
	struct build *b = job->b;
	struct parse_input in = input_of(job->files[i]);

	in.page = &b->pages[b->places[i]];
	build_recall_page(b, i, job->files[i], &in);
	if (b->moves_docs)
		in.docs = &b->keepers[worker].docs;
	parse_page(b->parsers[worker], &b->out->config, &in, &b->parsed[i]);
	if (b->keeps_pages)
		build_keep_page(b, worker, i, job->files[i], &b->parsed[i]);
}

static void move_doc_job(void *ctx, size_t worker, size_t i)
{
	struct parse_job *job = ctx;
	struct parse_input in = input_of(job->files[i]);

	/* Another run may have changed the file since. */
	in.page = &job->b->pages[job->b->places[i]];
	if (!build_move_doc(job->b, i))
		parse_page(job->b->parsers[worker], &job->b->out->config, &in, &job->b->parsed[i]);
}

static void parse_data_job(void *ctx, size_t worker, size_t i)
{
	struct parse_job *job = ctx;
	struct parse_input in = input_of(job->files[i]);

	parse_data(job->b->parsers[worker], &job->b->out->config, &in, &job->b->out->site.data[i],
		   &job->b->data_records[i]);
}

static size_t files_of(struct build *b, enum scan_area area, bool (*is_wanted)(struct str path),
		       const struct scan_file ***out)
{
	size_t n = 0;

	*out = arena_array(b->arena, const struct scan_file *, b->scan.n_files[area] + 1);
	for (size_t i = 0; i < b->scan.n_files[area]; i++)
		if (is_wanted(b->scan.files[area][i].path))
			(*out)[n++] = &b->scan.files[area][i];
	return n;
}

static bool is_data_file(struct str path)
{
	return str_ends(path, STR(".toml")) || str_ends(path, STR(".json")) || str_ends(path, STR(".csv"));
}

struct keyed {
	struct str key;
	uint32_t file;
};

static int by_key(const void *x, const void *y)
{
	const struct keyed *a = x, *b = y;
	int c = str_cmp(a->key, b->key);

	return c ? c : (a->file > b->file) - (a->file < b->file);
}

/* Pages are parsed where they stay, in the order of their keys; room behind them that nobody takes is no memory. */
static void place_pages(struct build *b, const struct scan_file **files, size_t n)
{
	struct keyed *order = arena_alloc(&b->parsing, n, sizeof(*order), _Alignof(struct keyed));
	bool is_sorted = true;

	/* Files are in the order of their paths, which mostly is that of their keys. */
	for (uint32_t i = 0; i < n; i++) {
		order[i] = (struct keyed){ parse_key(files[i]->path), i };
		is_sorted &= i == 0 || by_key(&order[i - 1], &order[i]) < 0;
	}
	if (!is_sorted)
		qsort(order, n, sizeof(*order), by_key);
	b->places = arena_alloc(&b->parsing, n, sizeof(*b->places), _Alignof(uint32_t));
	for (uint32_t i = 0; i < n; i++)
		b->places[order[i].file] = i;
	b->cap_pages = 2 * n + 256;
	b->pages = arena_alloc(b->arena, b->cap_pages, sizeof(*b->pages), _Alignof(struct page));
}

static void load_pages(struct build *b)
{
	struct parse_job job = { b, NULL };
	size_t n;

	build_progress(b, BUILD_PARSE, 0, 1);
	n = files_of(b, SCAN_CONTENT, is_page_file, &job.files);
	place_pages(b, job.files, n);
	b->parsed = arena_alloc(&b->parsing, n, sizeof(struct parsed), _Alignof(struct parsed));
	b->n_parsed = n;
	build_open_cache(b);
	build_find_kept(b, job.files, n);
	build_begin_cache(b, n);
	pool_each(b->pool, n, parse_page_job, &job);
	build_flush_cache(b);
	pool_each(b->pool, n, move_doc_job, &job);
	build_end_cache(b, job.files, n);
	if (b->moves_docs) {
		build_forget(b);
		fs_forget(b->out->heads);
	}
	n = files_of(b, SCAN_DATA, is_data_file, &job.files);
	b->out->site.data = arena_array(b->arena, struct data_file, n + 1);
	b->out->site.n_data = n;
	b->data_records = arena_array(b->arena, struct records, n + 1);
	pool_each(b->pool, n, parse_data_job, &job);
	build_merge_lists(b);
	build_progress(b, BUILD_PARSE, 1, 1);
}

/* "theme/style.css" is published as /assets/theme/style.1a2b3c4d.css. */
static void fingerprint(struct build *b, struct asset *as)
{
	struct buf url;
	struct str ext = path_ext(as->name), stem = str_cut(as->name, 0, as->name.len - ext.len);

	buf_init(&url, 0);
	buf_add_format(&url, "/assets/%.*s.", STR_ARG(stem));
	digest_write_hex(&url, as->digest, 8);
	buf_add(&url, ext);
	as->url = buf_copy(&url, b->arena);
	as->path = str_skip(as->url, 1);
	buf_release(&url);
}

static void add_asset(struct build *b, asset_list *list, struct str name, struct str bytes)
{
	struct asset as = { .name = name, .bytes = bytes, .digest = digest_of(bytes), .is_used = true };

	for (size_t i = 0; i < list->len; i++)
		if (str_eq(list->ptr[i].name, name))
			return; /* the site's own file comes before the theme's */
	fingerprint(b, &as);
	vec_push(b->arena, list, as);
}

static void load_assets(struct build *b)
{
	asset_list list = { 0 };
	struct str text;

	for (size_t i = 0; i < b->scan.n_files[SCAN_ASSETS]; i++) {
		const struct scan_file *f = &b->scan.files[SCAN_ASSETS][i];

		if (fs_read(b->arena, f->file, MAX_ASSET, &text, b->dl))
			add_asset(b, &list, str_skip(f->path, strlen("assets/")), text);
	}
	for (size_t i = 0; i < embed_theme_len; i++) {
		struct str name = str_from(embed_theme[i].name);

		if (str_starts(name, STR("assets/")))
			add_asset(b, &list, str_skip(name, strlen("assets/")),
				  (struct str){ (const char *)embed_theme[i].bytes, embed_theme[i].len });
	}
	for (size_t i = 0; i < b->scan.n_files[SCAN_CONTENT]; i++) {
		const struct scan_file *f = &b->scan.files[SCAN_CONTENT][i];
		struct asset as = { .file = f->file };
		struct buf key;

		if (is_page_file(f->path))
			continue;
		as.name = as.path = str_skip(f->path, strlen("content/"));
		as.url = str_format(b->arena, "/%.*s", STR_ARG(as.path));
		/* Read only when it is published: until then size and time stand for the bytes. */
		buf_init(&key, 0);
		buf_add_format(&key, "%llu %lld", (unsigned long long)f->size, (long long)f->mtime_ns);
		as.digest = digest_of(buf_str(&key));
		buf_release(&key);
		vec_push(b->arena, &list, as);
	}
	b->out->site.assets = list.ptr;
	b->out->site.n_assets = list.len;
}

static void add_source(struct build *b, source_list *list, struct str name, struct str path, struct str text)
{
	bool is_new;
	struct map_entry *e = map_at(b->arena, &b->template_names, name, &is_new);

	if (!is_new)
		return;
	e->value = list->len;
	vec_push(b->arena, list, ((struct engine_source){ name, path, text }));
}

static const struct value *read_strings(struct build *b, struct str path, struct str text)
{
	struct value *tree = NULL;

	return toml_parse(b->arena, path, text, 1, &tree, b->dl) ? tree : NULL;
}

static int by_name(const void *x, const void *y)
{
	return str_cmp(((const struct engine_source *)x)->name, ((const struct engine_source *)y)->name);
}

/* The site's templates stand before the theme's of the same name. */
static void load_templates(struct build *b)
{
	source_list templates = { 0 }, scripts = { 0 };
	struct site *s = &b->out->site;
	struct digest_state d;
	struct str text;

	for (int area = SCAN_TEMPLATES; area <= SCAN_PLUGINS; area++) {
		for (size_t i = 0; i < b->scan.n_files[area]; i++) {
			const struct scan_file *f = &b->scan.files[area][i];
			struct str name = str_skip(f->path, area == SCAN_TEMPLATES ? strlen("templates/") : 0);

			if (!fs_read(b->arena, f->file, MAX_TEMPLATE, &text, b->dl))
				continue;
			if (str_eq(f->path, STR("templates/strings.toml")))
				s->site_strings = read_strings(b, f->path, text);
			else if (str_ends(f->path, STR(".lua")))
				vec_push(b->arena, &scripts, ((struct engine_source){ name, f->path, text }));
			else if (area == SCAN_TEMPLATES)
				add_source(b, &templates, name, f->path, text);
		}
	}
	for (size_t i = 0; i < embed_theme_len; i++) {
		struct str path = str_from(embed_theme[i].name), name = str_skip(path, strlen("templates/"));

		text = (struct str){ (const char *)embed_theme[i].bytes, embed_theme[i].len };
		if (str_eq(path, STR("templates/strings.toml")))
			s->theme_strings = read_strings(b, path, text);
		else if (str_starts(path, STR("templates/")) && !str_ends(path, STR(".lua")))
			add_source(b, &templates, name, path, text);
	}
	if (templates.len)
		qsort(templates.ptr, templates.len, sizeof(*templates.ptr), by_name);
	for (size_t i = 0; i < templates.len; i++)
		map_put(b->arena, &b->template_names, templates.ptr[i].name, i);
	digest_begin(&d);
	for (size_t i = 0; i < scripts.len; i++) {
		digest_add(&d, scripts.ptr[i].path);
		digest_add(&d, scripts.ptr[i].text);
	}
	b->scripts_digest = digest_end(&d);
	b->templates = templates.ptr;
	b->n_templates = templates.len;
	b->scripts = scripts.ptr;
	b->n_scripts = scripts.len;
}

bool build_scan(struct build *b)
{
	struct timespec now;
	bool ok;

	build_progress(b, BUILD_SCAN, 0, 1);
	clock_gettime(CLOCK_REALTIME, &now);
	b->scanned_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	ok = scan_site(b->arena, b->root, b->pool, &b->scan, b->dl);
	build_progress(b, BUILD_SCAN, 1, 1);
	return ok;
}

bool build_load(struct build *b)
{
	load_templates(b);
	load_assets(b);
	load_pages(b);
	/* A page that could not be read is missing under all its names: what link would say of that is noise. */
	for (size_t i = 0; i < b->n_parsed; i++)
		if (!b->parsed[i].is_ok)
			return false;
	return true;
}

bool build_has_template(const void *ctx, struct str name)
{
	const struct build *b = ctx;

	return map_has(&b->template_names, name);
}

static const struct doc *markdown(void *ctx, struct str path, struct str text)
{
	struct build *b = ctx;

	return parse_markdown(b->parsers[0], &b->out->config, path, text);
}

void build_link(struct build *b)
{
	struct site *s = &b->out->site;
	struct fs_pieces kept[LINK_FILES];
	struct overlay texts_now = { .bytes = NULL };
	struct link_input in = { .config = &b->out->config,
				 .root = b->root,
				 .data = s->data,
				 .n_data = s->n_data,
				 .data_records = b->data_records,
				 .assets = s->assets,
				 .n_assets = s->n_assets,
				 .theme_strings = s->theme_strings,
				 .site_strings = s->site_strings,
				 .now = b->now,
				 .with_drafts = b->opt->with_drafts,
				 .with_future = b->opt->with_future,
				 .has_template = build_has_template,
				 .markdown = markdown,
				 .ctx = b,
				 .pool = b->pool,
				 .workers = b->out->workers,
				 .lists = b->lists };

	build_progress(b, BUILD_LINK, 0, 1);
	in.settings = build_recall_links(b);
	in.roster = b->out->kept_roster;
	in.texts = &b->out->kept_texts;
	in.texts_now = &texts_now;
	in.keep = b->keeps_pages ? fs_pieces_put : NULL;
	if (in.keep && in.texts->bytes)
		overlay_open(&texts_now, build_links_file(b, LINK_TEXTS), LINK_MARK);
	for (int i = 0; i < LINK_FILES; i++) {
		fs_pieces_begin(&kept[i], build_links_file(b, (enum link_file)i), b->dl);
		in.keep_ctx[i] = &kept[i];
	}
	build_note_pages(b);
	in.room = b->pages;
	in.cap_room = b->cap_pages;
	in.pages = arena_array(&b->parsing, struct link_page, b->n_parsed + 1);
	in.n_pages = b->n_parsed;
	for (size_t i = 0; i < b->n_parsed; i++)
		in.pages[i] = (struct link_page){ b->places[i], b->parsed[i].records };
	link_site(b->arena, &in, s, b->dl);
	fs_pieces_end(&kept[LINK_ROSTER]);
	overlay_replace(&kept[LINK_TEXTS], build_links_file(b, LINK_TEXTS), b->dl);
	overlay_close(&texts_now);
	s->docs = b->out->docs;
	s->docs_file = b->out->docs_file;
	arena_release(&b->parsing);
	b->parsed = NULL;
	build_merge_lists(b);
	build_progress(b, BUILD_LINK, 1, 1);
}

bool build_templates(struct build *b)
{
	b->set = engine_load(b->arena, b->templates, b->n_templates, b->scripts, b->n_scripts, bind_host(), b->dl);
	return b->set != NULL;
}
