#include "stage/check.h"

#include <string.h>

#include "base/fs.h"
#include "base/path.h"
#include "base/vec.h"
#include "text/html.h"
#include "text/xml.h"
#include "text/yaml.h"

#define MAX_FILE_BYTES ((size_t)1 << 30)
#define MAX_DEPTH 64
#define NONE SIZE_MAX

struct file {
	struct str path;  /* in the tree */
	struct str shown; /* for messages */
	struct html_page page;
	struct map *ids; /* of pages with anchored links to them */
	bool is_page, is_linked;
};

struct check {
	struct arena *arena;
	const struct config *config;
	struct str dir;
	struct diag_list *dl;
	VEC(struct file) files;
	struct map by_path;
};

static void list_files(struct check *c, struct str path, unsigned depth)
{
	struct str dir = path.len ? path_join(c->arena, c->dir, path) : c->dir;
	struct fs_entry *entries;
	size_t n;

	if (depth > MAX_DEPTH || !fs_list(c->arena, dir, &entries, &n, c->dl))
		return;
	for (size_t i = 0; i < n; i++) {
		struct str sub = path_join(c->arena, path, entries[i].name);

		if (entries[i].type == FS_DIR) {
			list_files(c, sub, depth + 1);
		} else if (entries[i].type == FS_FILE) {
			struct file *f = vec_add(c->arena, &c->files);

			f->path = sub;
			f->shown = path_join(c->arena, c->dir, sub);
			map_put(c->arena, &c->by_path, sub, c->files.len - 1);
		} else {
			diag_add(c->dl, DIAG_WARNING, "check/unknown-file", path_join(c->arena, c->dir, sub),
				 (struct pos){ 0, 0 },
				 "this is neither a file nor a folder, so it was not put here by the generator");
		}
	}
}

static void check_ids(struct check *c, struct file *f)
{
	struct map seen = { 0 };

	for (size_t i = 0; i < f->page.n_ids; i++) {
		const struct html_ref *id = &f->page.ids[i];
		bool is_new;
		struct map_entry *e = map_at(c->arena, &seen, id->text, &is_new);

		if (is_new) {
			e->value = id->line;
			continue;
		}
		diag_add(c->dl, DIAG_ERROR, "check/duplicate-id", f->shown, (struct pos){ id->line, 1 },
			 "the id '%.*s' stands on line %u already", STR_ARG(id->text), (unsigned)e->value);
	}
}

static void check_page(struct check *c, struct file *f, struct str bytes)
{
	f->is_page = true;
	html_read(c->arena, f->shown, bytes, &f->page, c->dl);
	if (f->page.title.len == 0)
		diag_add(c->dl, DIAG_ERROR, "check/missing-title", f->shown, (struct pos){ 1, 1 },
			 "this page has no title");
	if (f->page.lang.len == 0)
		diag_add(c->dl, DIAG_ERROR, "check/missing-lang", f->shown, (struct pos){ 1, 1 },
			 "this page does not say its language");
	for (size_t i = 0; i < f->page.n_without_alt; i++)
		diag_add(c->dl, DIAG_ERROR, "check/missing-alt", f->shown, (struct pos){ f->page.without_alt[i], 1 },
			 "this image has no alt text");
	check_ids(c, f);
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct str unescaped(struct arena *a, struct str s)
{
	char *z = str_z(a, s);
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++, n++) {
		z[n] = s.ptr[i];
		if (s.ptr[i] == '%' && i + 2 < s.len && hex(s.ptr[i + 1]) >= 0 && hex(s.ptr[i + 2]) >= 0) {
			z[n] = (char)(hex(s.ptr[i + 1]) * 16 + hex(s.ptr[i + 2]));
			i += 2;
		}
	}
	return (struct str){ z, n };
}

static bool is_foreign(struct str url)
{
	size_t i = 0;

	if (str_starts(url, STR("//")))
		return true;
	while (i < url.len && url.ptr[i] != ':' && url.ptr[i] != '/' && url.ptr[i] != '?' && url.ptr[i] != '#')
		i++;
	return i > 0 && i < url.len && url.ptr[i] == ':';
}

/* What a reference on page `from` (a path in the tree) means: a path in the tree and an anchor. */
enum meaning { FOREIGN, INSIDE, OUTSIDE };
static enum meaning mean(struct check *c, struct str from, struct str url, struct str *path, struct str *anchor)
{
	struct str base = c->config->base_url, host_path;
	bool is_folder, is_rooted = false;
	size_t end = 0;

	url = str_trim(url);
	if (base.len && str_starts(url, str_cut(base, 0, base.len - 1)) &&
	    (url.len < base.len || url.ptr[base.len - 1] == '/')) {
		url = str_skip(url, base.len);
		is_rooted = true;
	} else if (is_foreign(url)) {
		return FOREIGN;
	} else if (str_starts(url, STR("/"))) {
		if (!str_starts(url, c->config->base_path))
			return OUTSIDE;
		url = str_skip(url, c->config->base_path.len);
		is_rooted = true;
	}
	while (end < url.len && url.ptr[end] != '?' && url.ptr[end] != '#')
		end++;
	*anchor = str_find_byte(url, '#') < 0 ? STR_NONE
					      : unescaped(c->arena, str_skip(url, (size_t)str_find_byte(url, '#') + 1));
	host_path = unescaped(c->arena, str_cut(url, 0, end));
	if (host_path.len == 0 && !is_rooted) {
		*path = from;
		return INSIDE;
	}
	is_folder = host_path.len == 0 || str_ends(host_path, STR("/")) || str_ends(host_path, STR("/.")) ||
		    str_ends(host_path, STR("..")) || str_eq(host_path, STR("."));
	if (!is_rooted)
		host_path = path_join(c->arena, path_dir(from), host_path);
	if (!path_normalize(c->arena, host_path, path))
		return OUTSIDE;
	if (is_folder)
		*path = path_join(c->arena, *path, STR("index.html"));
	return INSIDE;
}

/* Anchors that browsers understand without an id. */
static bool is_known_anchor(struct str anchor)
{
	return anchor.len == 0 || str_eq_nocase(anchor, STR("top")) || str_starts(anchor, STR(":~:"));
}

static bool has_id(struct check *c, struct file *f, struct str id)
{
	if (!f->ids) {
		f->ids = arena_new(c->arena, struct map);
		for (size_t i = 0; i < f->page.n_ids; i++)
			map_put(c->arena, f->ids, f->page.ids[i].text, 0);
	}
	return map_has(f->ids, id);
}

static void check_ref(struct check *c, struct file *from, struct str url, uint32_t line)
{
	struct str path = STR_NONE, anchor = STR_NONE;
	struct pos at = { line, line ? 1 : 0 };
	enum meaning m = mean(c, from->path, url, &path, &anchor);
	struct file *to;
	uint64_t i;

	if (m == FOREIGN)
		return;
	if (m == OUTSIDE || !map_get(&c->by_path, path, &i)) {
		diag_add(c->dl, DIAG_ERROR, "check/broken-link", from->shown, at, "'%.*s' leads nowhere", STR_ARG(url));
		if (m == INSIDE && map_has(&c->by_path, path_join(c->arena, path, STR("index.html"))))
			diag_hint(c->dl, "a '/' is missing at its end");
		return;
	}
	to = &c->files.ptr[i];
	if (to != from)
		to->is_linked = true;
	if (to->is_page && !is_known_anchor(anchor) && !has_id(c, to, anchor))
		diag_add(c->dl, DIAG_ERROR, "check/broken-anchor", from->shown, at,
			 "'%.*s' leads to a page without that id", STR_ARG(url));
}

/* What a feed tells of must be pages of the tree, as in Atom. */
static void check_json_feed(struct check *c, struct file *f, const struct value *feed)
{
	const struct value *items = value_get(feed, STR("items"));

	for (size_t i = 0; items && items->type == VALUE_ARRAY && i < items->as.array.len; i++)
		check_ref(c, f, str_copy(c->arena, value_text(value_get(items->as.array.items[i], STR("id")))), 0);
}

/* A sitemap's addresses and a feed's must be pages of the tree; addresses of other sites are nobody's concern. */
static void check_xml(struct check *c, struct file *f, struct str bytes)
{
	bool is_sitemap = str_starts(f->path, STR("sitemap")), is_feed = str_ends(f->path, STR("feed.xml"));
	struct str *texts;
	size_t n;

	if (!xml_check(c->arena, f->shown, bytes, is_sitemap ? "loc" : is_feed ? "id" : NULL, &texts, &n, c->dl))
		return;
	for (size_t i = 0; i < n; i++)
		check_ref(c, f, texts[i], 0);
}

static void check_json(struct check *c, struct file *f, struct str bytes, bool is_lines)
{
	struct str rest = bytes, line;
	struct arena scratch = { 0 };
	uint32_t number = 0;

	while (str_next(&rest, is_lines ? '\n' : '\0', &line)) {
		size_t errors = c->dl->errors;
		struct value *v;

		number++;
		if (is_lines && line.len == 0)
			continue;
		if (!yaml_parse_json(&scratch, f->shown, line, &v, c->dl) && c->dl->errors == errors)
			diag_add(c->dl, DIAG_ERROR, "json/syntax", f->shown, (struct pos){ number, 1 },
				 "this is no JSON");
		else if (c->dl->errors == errors && str_ends(f->path, STR("feed.json")))
			check_json_feed(c, f, v);
		/* Positions count from the line's own start. */
		if (is_lines && c->dl->errors > errors && c->dl->len)
			c->dl->items[c->dl->len - 1].at.line = number;
		arena_reset(&scratch);
	}
	arena_release(&scratch);
}

static bool is_text_file(struct str ext)
{
	return str_eq(ext, STR(".html")) || str_eq(ext, STR(".xml")) || str_eq(ext, STR(".json")) ||
	       str_eq(ext, STR(".ndjson"));
}

/* Pages first: links from feeds are resolved like theirs, when all files are known. */
static void read_file(struct check *c, struct file *f, bool wants_pages)
{
	struct str ext = path_ext(f->path), bytes;
	struct arena scratch = { 0 };

	if (!is_text_file(ext) || str_eq(ext, STR(".html")) != wants_pages)
		return;
	if (fs_read(&scratch, path_join(c->arena, c->dir, f->path), MAX_FILE_BYTES, &bytes, c->dl)) {
		if (str_eq(ext, STR(".html")))
			check_page(c, f, bytes);
		else if (str_eq(ext, STR(".xml")))
			check_xml(c, f, bytes);
		else
			check_json(c, f, bytes, str_eq(ext, STR(".ndjson")));
	}
	arena_release(&scratch);
}

/* What the generator writes without anything linking to it. */
static bool stands_alone(struct str path)
{
	static const struct str names[] = {
		STR_INIT("404.html"),   STR_INIT("robots.txt"), STR_INIT("_redirects"),
		STR_INIT("index.html"), STR_INIT("index.json"), STR_INIT("facts.csv"),
		STR_INIT("feed.xml"),   STR_INIT("feed.json"),  STR_INIT("card.png"),
	};
	struct str base = path_base(path);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_eq(base, names[i]))
			return true;
	return str_starts(path, STR("assets/")) || str_starts(path, STR("search/")) ||
	       str_starts(path, STR("sitemap")) || str_starts(path, STR("site.")) || str_starts(path, STR("site-")) ||
	       str_ends(path, STR(".html"));
}

bool check_tree(struct arena *a, const struct config *config, struct str output_dir, struct diag_list *dl)
{
	struct check c = { .arena = a, .config = config, .dir = output_dir, .dl = dl };
	size_t errors = dl->errors;

	if (fs_info(output_dir).type != FS_DIR) {
		diag_add(dl, DIAG_ERROR, "check/no-output", output_dir, (struct pos){ 0, 0 },
			 "there is nothing to check");
		diag_hint(dl, "build the site first");
		return false;
	}
	list_files(&c, STR_NONE, 0);
	for (size_t i = 0; i < c.files.len; i++)
		read_file(&c, &c.files.ptr[i], true);
	for (size_t i = 0; i < c.files.len; i++)
		read_file(&c, &c.files.ptr[i], false);
	for (size_t i = 0; i < c.files.len; i++) {
		struct file *f = &c.files.ptr[i];

		for (size_t k = 0; k < f->page.n_refs; k++)
			check_ref(&c, f, f->page.refs[k].text, f->page.refs[k].line);
	}
	for (size_t i = 0; i < c.files.len; i++) {
		const struct file *f = &c.files.ptr[i];

		if (!f->is_linked && !stands_alone(f->path))
			diag_add(dl, DIAG_NOTE, "check/unknown-file", f->shown, (struct pos){ 0, 0 },
				 "no page links to this file");
	}
	return dl->errors == errors;
}
