#include "stage/parse.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/path.h"
#include "base/utf8.h"
#include "text/csv.h"
#include "text/markdown.h"
#include "text/toml.h"
#include "text/yaml.h"

#define MAX_DATA ((size_t)256 << 20)
#define MAX_CONFIG ((size_t)16 << 20)

struct parse_worker {
	struct arena *arena;  /* what is kept */
	struct arena scratch; /* file texts */
	struct arena front;   /* of the front matter at hand, until it is packed */
	struct markdown *markdown;
	struct diag_list *dl;
	struct cache_head head; /* of the page at hand: what is kept of it */
	struct buf said, meta, places, extract;
};

struct parse_worker *parse_worker_new(struct arena *a, struct diag_list *dl)
{
	struct parse_worker *w = arena_sys_alloc(sizeof(*w));

	memset(w, 0, sizeof(*w));
	w->arena = a;
	w->dl = dl;
	w->markdown = markdown_new();
	buf_init(&w->said, 0);
	buf_init(&w->meta, 0);
	buf_init(&w->places, 0);
	buf_init(&w->extract, 0);
	return w;
}

void parse_worker_free(struct parse_worker *w)
{
	if (!w)
		return;
	markdown_free(w->markdown);
	arena_release(&w->scratch);
	arena_release(&w->front);
	buf_release(&w->said);
	buf_release(&w->meta);
	buf_release(&w->places);
	buf_release(&w->extract);
	free(w);
}

enum head_type { HEAD_NONE, HEAD_TOML, HEAD_YAML, HEAD_OPEN };

struct head {
	enum head_type type;
	struct str text;     /* between the marks */
	uint32_t first_line; /* line number of its first line */
	size_t body;         /* offset of what follows */
};

/* The end of the line at `i`: the offset after its line feed. */
static size_t next_line(struct str s, size_t i)
{
	const char *nl = i < s.len ? memchr(s.ptr + i, '\n', s.len - i) : NULL;

	return nl ? (size_t)(nl - s.ptr) + 1 : s.len;
}

static bool is_mark(struct str line, char c)
{
	while (line.len && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r' ||
			    line.ptr[line.len - 1] == ' ' || line.ptr[line.len - 1] == '\t'))
		line.len--;
	return line.len == 3 && line.ptr[0] == c && line.ptr[1] == c && line.ptr[2] == c;
}

static struct head split_head(struct str text)
{
	struct head h = { HEAD_NONE, STR_NONE, 2, 0 };
	size_t start = str_starts(text, STR("\xef\xbb\xbf")) ? 3 : 0, at = next_line(text, start);
	struct str line = str_cut(text, start, at);
	size_t begin = at;
	char c;

	h.body = start;
	if (is_mark(line, '+'))
		c = '+';
	else if (is_mark(line, '-'))
		c = '-';
	else
		return h;
	h.type = c == '+' ? HEAD_TOML : HEAD_YAML;
	while (at < text.len) {
		size_t end = next_line(text, at);

		if (is_mark(str_cut(text, at, end), c)) {
			h.text = str_cut(text, begin, at);
			h.body = end;
			return h;
		}
		at = end;
	}
	h.type = HEAD_OPEN;
	return h;
}

struct path_parts {                  /* of "content/companies/deepseek/index.md" */
	struct str inner, dir, stem; /* "companies/deepseek/index.md", "companies/deepseek", "index" */
	bool is_index;
};

static struct path_parts split_path(struct str path)
{
	struct path_parts p = { .inner = str_starts(path, STR("content/")) ? str_skip(path, 8) : path };

	p.dir = path_dir(p.inner);
	p.stem = path_stem(p.inner);
	p.is_index = str_eq(p.stem, STR("index")) || str_eq(p.stem, STR("_index"));
	return p;
}

static struct str key_of(const struct path_parts *p)
{
	if (p->is_index)
		return p->dir.len ? p->dir : STR("index");
	return str_cut(p->inner, 0, p->dir.len ? p->dir.len + 1 + p->stem.len : p->stem.len);
}

struct str parse_key(struct str path)
{
	struct path_parts parts = split_path(path);

	return key_of(&parts);
}

static void name_page(struct str path, struct page *p)
{
	struct path_parts parts = split_path(path);

	p->path = path;
	p->dir = parts.dir;
	p->key = key_of(&parts);
	p->is_bundle = parts.is_index;
	p->is_home = p->is_bundle && str_eq(p->key, STR("index"));
	p->doc = doc_empty();
}

/* The last word of its key, whatever its front matter says. */
static struct str first_slug(struct arena *a, const struct page *p)
{
	return utf8_slug(a, path_base(p->key));
}

static const struct kind *choose_kind(struct parse_worker *w, const struct config *c, const struct page *p,
				      const struct value *meta)
{
	const struct value *v = value_get(meta, STR("kind"));
	const struct kind *k = NULL;
	struct str names[64];
	size_t n = 0;

	if (!v)
		return config_kind_of_dir(c, p->key);
	if (v->type == VALUE_STRING)
		k = config_kind(c, v->as.string);
	if (k)
		return k;
	diag_add(w->dl, DIAG_ERROR, "page/unknown-kind", p->path, v->at, "'%.*s' is no kind of page",
		 STR_ARG(value_text(v)));
	diag_width(w->dl, (uint32_t)utf8_length(value_text(v)) + 2);
	diag_hint(w->dl, "declare it in site.toml: [kinds.%.*s]", STR_ARG(value_text(v)));
	for (size_t i = 0; i < c->n_kinds && n < 64; i++)
		names[n++] = c->kinds[i].id;
	diag_suggest(w->dl, value_text(v), names, n);
	return config_kind_of_dir(c, p->key);
}

static const struct value *read_head(struct parse_worker *w, struct arena *a, struct str path, const struct head *h,
				     bool *ok)
{
	struct value *meta = NULL;

	*ok = true;
	switch (h->type) {
	case HEAD_TOML:
		*ok = toml_parse(a, path, h->text, h->first_line, &meta, w->dl);
		break;
	case HEAD_YAML:
		if (str_trim(h->text).len)
			*ok = yaml_parse(a, path, h->text, h->first_line, &meta, w->dl);
		break;
	case HEAD_OPEN:
		*ok = false;
		diag_add(w->dl, DIAG_ERROR, "page/open-front-matter", path, (struct pos){ 1, 1 },
			 "the front matter is not closed");
		diag_hint(w->dl, "end it with a line like its first");
		break;
	case HEAD_NONE:
		break;
	}
	if (meta && meta->type == VALUE_NULL)
		meta = NULL;
	if (meta && meta->type != VALUE_TABLE) {
		*ok = false;
		diag_add(w->dl, DIAG_ERROR, "page/bad-front-matter", path, (struct pos){ h->first_line, 1 },
			 "the front matter must be a table of keys, not %s", value_type_name(meta->type));
		meta = NULL;
	}
	return meta ? meta : value_new(a, VALUE_TABLE, (struct pos){ 1, 1 });
}

/* Bytes that no page may have; the position tells an editor where to look. */
static bool check_text(struct parse_worker *w, struct str path, struct str text)
{
	size_t bad = utf8_check(text);
	const char *nul = text.len ? memchr(text.ptr, '\0', text.len) : NULL;
	struct pos at = { 1, 1 };
	size_t end = bad;

	if (bad == text.len && !nul)
		return true;
	if (nul && (size_t)(nul - text.ptr) < end)
		end = (size_t)(nul - text.ptr);
	for (size_t i = 0; i < end; i++) {
		if (text.ptr[i] == '\n') {
			at.line++;
			at.col = 1;
		} else if (((unsigned char)text.ptr[i] & 0xc0) != 0x80) {
			at.col++;
		}
	}
	if (end == bad && bad < text.len) {
		diag_add(w->dl, DIAG_ERROR, "page/not-utf8", path, at, "this file is not UTF-8: byte 0x%02x",
			 (unsigned char)text.ptr[bad]);
		diag_hint(w->dl, "save it as UTF-8");
	} else {
		diag_add(w->dl, DIAG_ERROR, "page/nul-byte", path, at, "this file holds a NUL byte");
		diag_hint(w->dl, "it may not be a text file; move it out of content/ or give it another ending");
	}
	return false;
}

static void pack_meta(struct parse_worker *w, const struct value *meta, struct cache_head *out)
{
	buf_clear(&w->meta);
	buf_clear(&w->places);
	value_pack(meta, &w->meta, &w->places);
	*out = (struct cache_head){ .meta = buf_str(&w->meta),
				    .places = buf_str(&w->places),
				    .meta_digest = digest_of(buf_str(&w->meta)) };
}

/* What the front matter says. Gives whether there is nothing to report of it, and no record. */
static bool read_meta(struct parse_worker *w, struct arena *a, const struct config *c, const struct value *meta,
		      struct parsed *out)
{
	struct page *p = out->page;
	struct records r = { 0 };
	size_t said = w->dl->len;

	p->slug = first_slug(a, p);
	p->kind = choose_kind(w, c, p, meta);
	page_read(a, c, p, meta, w->dl);
	if (p->slug.len == 0) {
		diag_add(w->dl, DIAG_ERROR, "page/bad-slug", p->path, (struct pos){ 1, 1 },
			 "the name of this file has neither letters nor digits to make an address of");
		diag_hint(w->dl, "rename the file, or set slug in the front matter");
	}
	record_read(a, c, p->path, 0, meta, &r, w->dl);
	if (r.n_facts || r.n_relations || r.n_events || r.n_quotes || r.n_comparisons) {
		out->records = arena_new(a, struct records);
		*out->records = r;
	}
	return !out->records && w->dl->len == said;
}

/* What a front matter came to, from its packed form, which it borrows from. False: that is not good. */
static bool take_front(struct parse_worker *w, const struct config *c, const struct cache_head *h, struct parsed *out)
{
	struct page *p = out->page;
	struct str path = p->path;
	const struct value *meta = NULL;

	memset(p, 0, sizeof(*p));
	name_page(path, p);
	if (h->said.len ? page_unpack(w->arena, c, p, h->said)
			: (meta = value_unpack(w->arena, h->meta, h->places)) && meta->type == VALUE_TABLE) {
		if (meta)
			read_meta(w, w->arena, c, meta, out);
		return true;
	}
	memset(p, 0, sizeof(*p));
	name_page(path, p);
	return false;
}

/* What an earlier run made of the file. False: that is not good. */
static bool take_kept(struct parse_worker *w, const struct config *c, const struct parse_input *in, struct parsed *out)
{
	struct page *p = out->page;
	const struct cache_head *h = &in->head;

	if (!take_front(w, c, h, out))
		return false;
	p->doc = in->doc;
	if (!page_unpack_extract(w->arena, p, h->extract))
		page_extract(w->arena, p);
	out->head = h;
	out->is_kept = out->is_keepable = out->is_ok = true;
	return true;
}

/* The text of a file that nothing is kept of, or another. */
static bool read_text(struct parse_worker *w, const struct config *c, const struct parse_input *in, struct parsed *out,
		      struct str text, size_t body)
{
	struct page *p = out->page;
	struct markdown_options opt = { .unsafe = c->markdown_unsafe,
					.is_text = true, /* parse_page has looked */
					.max_bytes = (size_t)c->markdown_max_bytes };
	size_t said = w->dl->len;
	const struct doc *d =
		markdown_parse(w->markdown, in->docs ? in->docs : w->arena, in->path, text, body, &opt, w->dl);

	out->is_keepable &= w->dl->len == said;
	if (!d)
		return false;
	p->doc = d;
	w->head.doc_digest = doc_digest(d);
	w->head.doc_image = doc_image(d, w->head.doc_digest);
	page_extract(w->arena, p);
	buf_clear(&w->extract);
	page_pack_extract(&w->extract, p);
	w->head.extract = buf_str(&w->extract);
	return true;
}

/* As a later run will have it, so that all that reading it took is given back. What there is to report comes up here. */
static void keep_front(struct parse_worker *w, const struct config *c, struct parsed *out)
{
	struct cache_head h = w->head;
	bool ok;

	h.said = str_copy(w->arena, h.said);
	h.meta = str_copy(w->arena, h.meta);
	h.places = str_copy(w->arena, h.places);
	out->records = NULL;
	ok = take_front(w, c, &h, out);
	assert(ok);
	(void)ok;
}

/* The front matter, and whether it can be gone on with. */
static bool read_front(struct parse_worker *w, const struct config *c, struct parsed *out, struct str text,
		       size_t *body)
{
	struct head head = split_head(text);
	struct diag_list *dl = w->dl, quiet;
	size_t said = dl->len;
	bool ok;
	const struct value *meta = read_head(w, &w->front, out->page->path, &head, &ok);

	out->is_keepable = w->dl->len == said;
	if (!ok) {
		/* For what a broken one still says. */
		out->page->slug = first_slug(w->arena, out->page);
		out->page->kind = choose_kind(w, c, out->page, meta);
		return false;
	}
	pack_meta(w, meta, &w->head);
	diag_init(&quiet, &w->front);
	w->dl = &quiet;
	ok = read_meta(w, &w->front, c, meta, out);
	w->dl = dl;
	if (ok) {
		buf_clear(&w->said);
		page_pack(&w->said, out->page);
		w->head.said = buf_str(&w->said);
		w->head.meta = w->head.places = STR_NONE;
	}
	keep_front(w, c, out);
	out->head = &w->head;
	*body = head.body;
	return true;
}

static void finish_page(const struct cache_head *h, struct page *p)
{
	p->meta_digest = h->meta_digest;
	p->doc_digest = h->doc_digest;
	p->doc_image = h->doc_image;
}

void parse_page(struct parse_worker *w, const struct config *c, const struct parse_input *in, struct parsed *out)
{
	struct page *p = in->page ? memset(in->page, 0, sizeof(*p)) : arena_new(w->arena, struct page);
	struct str text = STR_NONE;
	size_t body;

	*out = (struct parsed){ .page = p };
	arena_reset(&w->scratch);
	arena_reset(&w->front);
	name_page(in->path, p);
	if (in->kept && in->is_same && take_kept(w, c, in, out)) {
		out->digest = in->kept->file;
		finish_page(out->head, p);
		return;
	}
	if (!fs_read(&w->scratch, in->file, (size_t)c->markdown_max_bytes, &text, w->dl)) {
		/* Messages name files as the site does. */
		w->dl->items[w->dl->len - 1].path = in->path;
		return;
	}
	out->digest = digest_of(text);
	if (in->kept && !in->is_same && digest_eq(out->digest, in->kept->file) && take_kept(w, c, in, out)) {
		finish_page(out->head, p);
		return;
	}
	if (!check_text(w, in->path, text) || !read_front(w, c, out, text, &body))
		return;
	out->is_ok = read_text(w, c, in, out, text, body);
	finish_page(out->head, p);
}

const struct value *parse_toml_file(struct arena *a, struct str path, struct str file, struct digest *digest,
				    struct diag_list *dl)
{
	struct arena scratch = { 0 };
	struct value *tree = NULL;
	struct str text;
	bool ok;

	ok = fs_read(&scratch, file, MAX_CONFIG, &text, dl);
	if (ok) {
		*digest = digest_of(text);
		ok = toml_parse(a, path, text, 1, &tree, dl);
	}
	arena_release(&scratch);
	return ok ? tree : NULL;
}

const struct doc *parse_markdown(struct parse_worker *w, const struct config *c, struct str path, struct str text)
{
	struct markdown_options opt = { .unsafe = c->markdown_unsafe, .max_bytes = (size_t)c->markdown_max_bytes };
	const struct doc *d = markdown_parse(w->markdown, w->arena, path, text, 0, &opt, w->dl);

	return d ? d : doc_empty();
}

/* A file of rows - CSV, or a JSON list - of facts, events or quotes: they become the list that a TOML file would hold. */
static const struct value *row_records(struct arena *a, const struct value *rows, struct str name)
{
	struct value *table = value_new(a, VALUE_TABLE, (struct pos){ 1, 1 }), *list;

	if (!str_eq(name, STR("facts")) && !str_eq(name, STR("events")) && !str_eq(name, STR("quotes")))
		return table;
	list = value_new(a, VALUE_ARRAY, (struct pos){ 1, 1 });
	for (size_t i = 0; i < rows->as.array.len; i++) {
		struct value *row = rows->as.array.items[i], *copy;

		if (row->type != VALUE_TABLE) {
			value_push(a, list, row);
			continue;
		}
		copy = value_new(a, VALUE_TABLE, row->at);
		/* An empty cell is an absent key. */
		for (size_t k = 0; k < row->as.table.len; k++) {
			const struct value_entry *e = &row->as.table.entries[k];

			if (e->value->type != VALUE_STRING || value_text(e->value).len)
				value_put(a, copy, e->key, e->at, e->value);
		}
		value_push(a, list, copy);
	}
	value_put(a, table, name, (struct pos){ 1, 1 }, list);
	return table;
}

void parse_data(struct parse_worker *w, const struct config *c, const struct parse_input *in, struct data_file *out,
		struct records *records)
{
	struct str ext = path_ext(in->path), text;
	struct value *tree = NULL;
	const struct value *table;
	bool ok = false;

	memset(out, 0, sizeof(*out));
	memset(records, 0, sizeof(*records));
	out->path = in->path;
	out->name = path_stem(in->path);
	arena_reset(&w->scratch);
	if (!fs_read(&w->scratch, in->file, MAX_DATA, &text, w->dl)) {
		w->dl->items[w->dl->len - 1].path = in->path;
		return;
	}
	out->digest = digest_of(text);
	if (!check_text(w, in->path, text))
		return;
	if (str_eq(ext, STR(".toml")))
		ok = toml_parse(w->arena, in->path, text, 1, &tree, w->dl);
	else if (str_eq(ext, STR(".json")))
		ok = yaml_parse_json(w->arena, in->path, text, &tree, w->dl);
	else if (str_eq(ext, STR(".csv")))
		ok = csv_parse(w->arena, in->path, text, &tree, w->dl);
	if (!ok)
		return;
	out->value = tree;
	table = tree;
	if (tree->type == VALUE_ARRAY)
		table = row_records(w->arena, tree, out->name);
	if (table->type == VALUE_TABLE &&
	    (value_get(table, STR("facts")) || value_get(table, STR("events")) || value_get(table, STR("quotes")) ||
	     value_get(table, STR("comparisons")) || value_get(table, STR("relations"))))
		record_read(w->arena, c, in->path, UINT32_MAX, table, records, w->dl);
}
