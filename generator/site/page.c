#include "site/page.h"

#include <string.h>

#include "base/swar.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "site/meta.h"

#define WORDS_PER_MINUTE 230
#define EXCERPT_LENGTH 220

static const struct str native_keys[] = {
	STR_INIT("title"),        STR_INIT("kind"),      STR_INIT("slug"),     STR_INIT("aliases"),
	STR_INIT("weak_aliases"), STR_INIT("redirects"), STR_INIT("summary"),  STR_INIT("description"),
	STR_INIT("date"),         STR_INIT("updated"),   STR_INIT("reviewed"), STR_INIT("review_in"),
	STR_INIT("draft"),        STR_INIT("publish"),   STR_INIT("embargo"),  STR_INIT("expires"),
	STR_INIT("template"),     STR_INIT("lang"),      STR_INIT("schema"),   STR_INIT("weight"),
	STR_INIT("image"),        STR_INIT("authors"),   STR_INIT("tags"),     STR_INIT("toc"),
	STR_INIT("autolink"),     STR_INIT("prefer"),    STR_INIT("links"),    STR_INIT("relations"),
	STR_INIT("facts"),        STR_INIT("events"),    STR_INIT("quotes"),   STR_INIT("comparisons"),
	STR_INIT("extra"),
};

static const struct str source_keys[] = {
	STR_INIT("publisher"),   STR_INIT("author"),      STR_INIT("published"), STR_INIT("published_basis"),
	STR_INIT("accessed"),    STR_INIT("url"),         STR_INIT("archived"),  STR_INIT("license"),
	STR_INIT("reliability"), STR_INIT("translation"), STR_INIT("rests_on"),  STR_INIT("notes"),
};

const struct str *page_native_keys(size_t *n)
{
	*n = sizeof(native_keys) / sizeof(native_keys[0]);
	return native_keys;
}

static bool is_among(struct str key, const struct str *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(key, list[i]))
			return true;
	return false;
}

static void add_name(struct arena *a, struct page *p, size_t *cap, struct name name)
{
	name.text = str_trim(name.text);
	if (name.text.len == 0)
		return;
	if (p->n_names == *cap) {
		/* Most pages have their title alone. */
		p->names = arena_grow(a, p->names, *cap, *cap ? *cap * 4 : 1, sizeof(*p->names), _Alignof(struct name));
		*cap = *cap ? *cap * 4 : 1;
	}
	p->names[p->n_names++] = name;
}

/* The language that a script alone gives away. */
static struct str script_lang(struct str text)
{
	size_t next;
	bool is_han = false;

	for (size_t i = 0; i < text.len; i = next) {
		uint32_t cp = utf8_decode(text, i, &next);

		if (cp >= 0x3041 && cp <= 0x30fa)
			return STR("ja");
		if ((cp >= 0xac00 && cp <= 0xd7a3) || (cp >= 0x1100 && cp <= 0x11ff))
			return STR("ko");
		is_han |= utf8_is_cjk(cp);
	}
	return is_han ? STR("zh") : STR_NONE;
}

static void read_alias(const struct meta *m, struct page *p, const struct value *v, size_t *cap, enum name_use use)
{
	static const char *const uses[] = { "link", "search", NULL };
	static const char *const matches[] = { "exact", "any-case", NULL };
	static const struct str known[] = { STR_INIT("name"),   STR_INIT("lang"),    STR_INIT("use"), STR_INIT("match"),
					    STR_INIT("source"), STR_INIT("locator"), STR_INIT("note") };
	struct name n = { .use = use, .at = v->at, .any_case = p->kind->any_case };
	struct meta t = *m;

	if (v->type == VALUE_STRING) {
		n.text = v->as.string;
		/* Hugo's meaning of the key: an old address. */
		if (str_starts(n.text, STR("/"))) {
			diag_add(m->dl, DIAG_ERROR, "page/alias-is-path", m->path, v->at,
				 "'%.*s' looks like an address, but aliases are names", STR_ARG(n.text));
			diag_hint(m->dl, "put old addresses into redirects = [\"%.*s\"]", STR_ARG(n.text));
			return;
		}
	} else if (v->type == VALUE_TABLE) {
		t.table = v;
		t.what = "an alias";
		meta_check_keys(&t, known, sizeof(known) / sizeof(known[0]));
		n.text = meta_text(&t, "name");
		n.lang = meta_text(&t, "lang");
		n.note = meta_text(&t, "note");
		n.source_ref = meta_text(&t, "source");
		n.locator = meta_text(&t, "locator");
		if (meta_choice(&t, "use", uses, 0) == 1)
			n.use = NAME_SEARCH;
		if (meta_choice(&t, "match", matches, 0) == 1)
			n.any_case = true;
		if (n.text.len == 0)
			diag_add(m->dl, DIAG_ERROR, "page/alias-without-name", m->path, v->at,
				 "this alias has no 'name'");
	} else {
		diag_add(m->dl, DIAG_ERROR, "meta/wrong-type", m->path, v->at,
			 "an alias must be a string or a table, not %s", value_type_name(v->type));
		return;
	}
	if (n.lang.len == 0)
		n.lang = script_lang(n.text);
	add_name(m->arena, p, cap, n);
}

static void read_names(const struct meta *m, struct page *p)
{
	static const struct {
		const char *key;
		enum name_use use;
	} lists[] = { { "aliases", NAME_ALIAS }, { "weak_aliases", NAME_WEAK } };
	size_t cap = 0;

	add_name(m->arena, p, &cap,
		 (struct name){ .text = p->title,
				.use = NAME_TITLE,
				.at = p->title_at,
				.any_case = p->kind->any_case,
				.lang = script_lang(p->title) });
	for (size_t l = 0; l < 2; l++) {
		const struct value *v = value_get(m->table, str_from(lists[l].key));

		if (!v || v->type == VALUE_NULL)
			continue;
		if (v->type != VALUE_ARRAY) {
			read_alias(m, p, v, &cap, lists[l].use);
			continue;
		}
		for (size_t i = 0; i < v->as.array.len; i++)
			read_alias(m, p, v->as.array.items[i], &cap, lists[l].use);
	}
}

static struct str *read_words(const struct meta *m, const char *key, uint32_t *n)
{
	size_t len;
	struct str *words = meta_words(m, key, &len);

	*n = (uint32_t)len;
	return words;
}

static struct ref *read_refs(const struct meta *m, const char *key, uint32_t *n)
{
	struct pos *at;
	size_t len;
	struct str *words = meta_words_at(m, key, &len, &at);
	struct ref *refs = arena_alloc(m->arena, len, sizeof(*refs), _Alignof(struct ref));

	for (size_t i = 0; i < len; i++)
		refs[i] = (struct ref){ words[i], at[i], NULL };
	*n = (uint32_t)len;
	return refs;
}

static void read_links(const struct meta *m, struct page *p)
{
	static const struct str known[] = { STR_INIT("label"), STR_INIT("url") };
	size_t n;
	const struct value *const *tables = meta_tables(m, "links", &n);

	p->links_out = arena_array(m->arena, struct label_url, n);
	for (size_t i = 0; i < n; i++) {
		struct meta t = *m;

		t.table = tables[i];
		t.what = "a link";
		meta_check_keys(&t, known, 2);
		p->links_out[i].url = meta_text(&t, "url");
		p->links_out[i].label = meta_text(&t, "label");
		if (p->links_out[i].label.len == 0)
			p->links_out[i].label = p->links_out[i].url;
	}
	p->n_links_out = (uint32_t)n;
}

/* A list named after a kind's folder tags the page. */
static void read_tags(const struct meta *m, const struct config *c, struct page *p)
{
	VEC(struct tag_list) lists = { 0 };

	for (size_t i = 0; i < c->n_kinds; i++) {
		const struct kind *k = &c->kinds[i];
		struct tag_list t = { .kind = k };
		char key[128];

		if (k->dir.len == 0 || k->dir.len >= sizeof(key) || str_eq(k->dir, STR("links")))
			continue;
		memcpy(key, k->dir.ptr, k->dir.len);
		key[k->dir.len] = '\0';
		if (!value_get(m->table, k->dir))
			continue;
		t.refs = read_refs(m, key, &t.n);
		if (t.n)
			vec_push(m->arena, &lists, t);
	}
	p->tagged = lists.ptr;
	p->n_tagged = (uint32_t)lists.len;
}

static void read_source(const struct meta *m, struct page *p)
{
	static const char *const bases[] = { "stated", "inferred", "outside", NULL };
	struct source_info *s = arena_new(m->arena, struct source_info);

	s->publisher = meta_text(m, "publisher");
	s->author = meta_text(m, "author");
	s->published = meta_date(m, "published");
	meta_choice(m, "published_basis", bases, -1);
	s->published_basis = meta_text(m, "published_basis");
	s->accessed = meta_date(m, "accessed");
	s->url = meta_text(m, "url");
	s->archived = meta_text(m, "archived");
	s->license = meta_text(m, "license");
	s->reliability = meta_text(m, "reliability");
	s->translation = meta_text(m, "translation");
	s->rests_on = read_refs(m, "rests_on", &s->n_rests_on);
	s->notes = read_words(m, "notes", &s->n_notes);
	p->source = s;
	if (!date_is_set(p->date))
		p->date = s->published;
}

static bool fits_field(const struct field *f, const struct value *v)
{
	struct date_range r;

	switch (f->type) {
	case FIELD_STRING:
	case FIELD_REFERENCE:
		return v->type == VALUE_STRING;
	case FIELD_URL:
		return v->type == VALUE_STRING &&
		       (str_starts(v->as.string, STR("https://")) || str_starts(v->as.string, STR("http://")));
	case FIELD_DATE:
		return v->type == VALUE_DATE || (v->type == VALUE_STRING && date_parse_range(v->as.string, &r)) ||
		       (v->type == VALUE_INTEGER && v->as.integer >= 0 && v->as.integer <= 9999);
	case FIELD_NUMBER:
		return v->type == VALUE_INTEGER || v->type == VALUE_FLOAT;
	case FIELD_LIST:
		return v->type == VALUE_ARRAY;
	case FIELD_BOOL:
		return v->type == VALUE_BOOL;
	}
	return false;
}

static void read_fields(const struct meta *m, const struct page *p)
{
	static const char *const names[] = { "a string", "a date",      "a number",     "a web address",
					     "a list",   "a reference", "true or false" };

	for (size_t i = 0; i < p->kind->n_fields; i++) {
		const struct field *f = &p->kind->fields[i];
		const struct value *v = value_get(m->table, f->name);

		if (!v || v->type == VALUE_NULL) {
			if (f->is_required) {
				diag_add(m->dl, DIAG_ERROR, "page/missing-key", m->path, (struct pos){ 1, 1 },
					 "a page of kind '%.*s' must have '%.*s'", STR_ARG(p->kind->id),
					 STR_ARG(f->name));
				diag_hint(m->dl, "add %.*s to the front matter; it is %s", STR_ARG(f->name),
					  names[f->type]);
			}
			continue;
		}
		if (!fits_field(f, v))
			diag_add(m->dl, DIAG_ERROR, "meta/wrong-type", m->path, v->at, "'%.*s' must be %s, not %s",
				 STR_ARG(f->name), names[f->type],
				 v->type == VALUE_STRING ? "this text" : value_type_name(v->type));
	}
}

static bool is_field(const struct page *p, struct str key)
{
	for (size_t i = 0; i < p->kind->n_fields; i++)
		if (str_eq(p->kind->fields[i].name, key))
			return true;
	return false;
}

static bool is_declared_key(const struct config *c, const struct page *p, struct str key)
{
	if (is_field(p, key))
		return true;
	for (size_t i = 0; i < c->n_kinds; i++)
		if (c->kinds[i].dir.len && str_eq(c->kinds[i].dir, key))
			return true;
	if (p->source && is_among(key, source_keys, sizeof(source_keys) / sizeof(source_keys[0])))
		return true;
	return is_among(key, native_keys, sizeof(native_keys) / sizeof(native_keys[0]));
}

/* What is read by name later on, or reported with its place. */
static const struct value *rest_of(const struct meta *m, const struct config *c, const struct page *p)
{
	static const struct str others[] = { STR_INIT("extra"), STR_INIT("template"), STR_INIT("redirects") };
	struct value *rest = NULL;

	for (size_t i = 0; i < m->table->as.table.len; i++) {
		const struct value_entry *e = &m->table->as.table.entries[i];

		if (is_declared_key(c, p, e->key) && !is_field(p, e->key) && !is_among(e->key, others, 3))
			continue;
		if (!rest)
			rest = value_new(m->arena, VALUE_TABLE, m->table->at);
		value_put(m->arena, rest, e->key, e->at, e->value);
	}
	return rest;
}

const struct value *page_read_extra(struct arena *a, const struct config *c, const struct page *p)
{
	size_t declared = 0;
	struct value *extra = NULL;

	for (size_t i = 0; p->meta && i < p->meta->as.table.len; i++)
		declared += is_declared_key(c, p, p->meta->as.table.entries[i].key);
	if (!declared)
		return p->meta;
	for (size_t i = 0; i < p->meta->as.table.len; i++) {
		const struct value_entry *e = &p->meta->as.table.entries[i], *from = e;
		size_t n = !is_declared_key(c, p, e->key);

		/* The place for keys of one's own that nobody looks at. */
		if (str_eq(e->key, STR("extra")) && e->value->type == VALUE_TABLE) {
			from = e->value->as.table.entries;
			n = e->value->as.table.len;
		}
		if (!extra && (n || from != e))
			extra = value_new(a, VALUE_TABLE, p->meta->at);
		for (size_t k = 0; k < n; k++)
			value_put(a, extra, from[k].key, from[k].at, from[k].value);
	}
	return extra;
}

static void check_extra(const struct meta *m, const struct config *c, const struct page *p)
{
	for (size_t i = 0; i < m->table->as.table.len; i++) {
		const struct value_entry *e = &m->table->as.table.entries[i];
		struct str near;

		if (str_eq(e->key, STR("extra")) && e->value->type != VALUE_TABLE && e->value->type != VALUE_NULL)
			diag_add(m->dl, DIAG_ERROR, "meta/wrong-type", m->path, e->value->at,
				 "'extra' must be a table, not %s", value_type_name(e->value->type));
		if (is_declared_key(c, p, e->key))
			continue;
		/* "publisher" on an article is no mistyped "publish". */
		near = is_among(e->key, source_keys, sizeof(source_keys) / sizeof(source_keys[0]))
			       ? STR_NONE
			       : str_nearest(e->key, native_keys, sizeof(native_keys) / sizeof(native_keys[0]));
		if (p->kind->is_closed) {
			diag_add(m->dl, DIAG_ERROR, "page/unknown-key", m->path, e->at,
				 "'%.*s' is no key of kind '%.*s'", STR_ARG(e->key), STR_ARG(p->kind->id));
		} else if (near.len && near.len >= 5) {
			diag_add(m->dl, DIAG_WARNING, "page/near-key", m->path, e->at,
				 "'%.*s' is unknown but close to '%.*s'", STR_ARG(e->key), STR_ARG(near));
		}
		if (p->kind->is_closed || (near.len && near.len >= 5)) {
			diag_width(m->dl, (uint32_t)utf8_length(e->key));
			if (near.len)
				diag_hint(m->dl, "did you mean '%.*s'?", STR_ARG(near));
		}
	}
}

static void read_title(const struct meta *m, struct page *p)
{
	const struct value *v = value_get(m->table, STR("title"));

	p->title = str_trim(meta_text(m, "title"));
	p->title_at = v ? v->at : (struct pos){ 1, 1 };
	if (p->title.len)
		return;
	if (!v) {
		diag_add(m->dl, DIAG_ERROR, "page/missing-key", m->path, (struct pos){ 1, 1 },
			 "a page must have a 'title'");
		diag_hint(m->dl, "add title = \"…\" to the front matter");
	} else if (v->type == VALUE_STRING) {
		diag_add(m->dl, DIAG_ERROR, "page/missing-key", m->path, v->at, "the title is empty");
	}
	p->title = p->slug;
}

static void read_redirects(const struct meta *m, struct page *p)
{
	struct pos *at;
	size_t n;

	p->redirects = meta_words_at(m, "redirects", &n, &at);
	p->n_redirects = (uint32_t)n;
	for (size_t i = 0; i < p->n_redirects; i++) {
		if (str_starts(p->redirects[i], STR("/")) && !str_contains(p->redirects[i], STR("..")) &&
		    str_find_byte(p->redirects[i], '\\') < 0)
			continue;
		diag_add(m->dl, DIAG_ERROR, "page/bad-redirect", m->path, at[i], "'%.*s' is no address on this site",
			 STR_ARG(p->redirects[i]));
		diag_hint(m->dl, "an old address begins with '/'");
	}
}

bool page_read(struct arena *a, const struct config *c, struct page *p, const struct value *tree, struct diag_list *dl)
{
	struct meta m = { a, p->path, tree, "this page", "meta/wrong-type", "page/unknown-key", dl };
	size_t errors = dl->errors;
	struct str slug = meta_text(&m, "slug");

	if (slug.len) {
		p->slug = utf8_slug(a, slug);
		if (!str_eq(p->slug, slug)) {
			diag_add(dl, DIAG_ERROR, "page/bad-slug", p->path, meta_pos(&m, "slug"), "'%.*s' is no slug",
				 STR_ARG(slug));
			diag_hint(dl, "write slug = \"%.*s\"", STR_ARG(p->slug));
		}
	}
	read_title(&m, p);
	p->summary = str_trim(meta_text(&m, "summary"));
	if (p->summary.len == 0)
		p->summary = str_trim(meta_text(&m, "description"));
	p->date = meta_date(&m, "date");
	p->updated = meta_date(&m, "updated");
	p->reviewed = meta_date(&m, "reviewed");
	p->has_review = meta_span(&m, "review_in", &p->review_in);
	p->embargo = meta_date(&m, "embargo");
	p->expires = meta_date(&m, "expires");
	p->is_draft = meta_flag(&m, "draft", false);
	p->is_unpublished = !meta_flag(&m, "publish", true);
	p->template = meta_text(&m, "template");
	p->lang = meta_text(&m, "lang");
	p->schema = meta_text(&m, "schema");
	p->image = meta_text(&m, "image");
	p->weight = meta_number(&m, "weight", 0);
	p->no_toc = !meta_flag(&m, "toc", true);
	p->no_autolink = !meta_flag(&m, "autolink", true);
	p->authors = read_words(&m, "authors", &p->n_authors);
	p->tags = read_words(&m, "tags", &p->n_tags);
	p->prefer = read_refs(&m, "prefer", &p->n_prefer);
	read_redirects(&m, p);
	read_names(&m, p);
	read_links(&m, p);
	read_tags(&m, c, p);
	if (str_eq(p->kind->id, STR("source")))
		read_source(&m, p);
	read_fields(&m, p);
	check_extra(&m, c, p);
	p->meta = rest_of(&m, c, p);
	p->extra = page_read_extra(a, c, p);
	return dl->errors == errors;
}

static void extract_outline(struct arena *a, struct page *p)
{
	const struct doc_node *nodes = doc_nodes(p->doc);
	struct buf b;
	size_t n = 0;

	for (uint32_t i = 0; i < p->doc->n_nodes; i++)
		n += nodes[i].type == DOC_HEADING;
	p->outline = arena_alloc(a, n, sizeof(*p->outline), _Alignof(struct outline_item));
	p->n_outline = 0;
	buf_init(&b, 0);
	for (uint32_t i = 0; p->n_outline < n; i++) {
		struct outline_item it = { .node = i };

		if (nodes[i].type != DOC_HEADING)
			continue;
		buf_clear(&b);
		doc_plain(&b, p->doc, i + 1, nodes[i].end);
		it.text = buf_copy(&b, a);
		it.id = str_copy(a, doc_arg(p->doc, &nodes[i]));
		it.level = (uint8_t)nodes[i].level;
		p->outline[p->n_outline++] = it;
	}
	buf_release(&b);
}

/* After closing quotes and brackets. */
static size_t skip_closing(struct str s, size_t i)
{
	size_t next;

	while (i < s.len) {
		uint32_t cp = utf8_decode(s, i, &next);

		if (cp != ')' && cp != ']' && cp != '"' && cp != '\'' && cp != 0x201d && cp != 0x2019 && cp != 0x300d &&
		    cp != 0x300f && cp != 0xff09)
			break;
		i = next;
	}
	return i;
}

static bool is_ascii_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether the full stop at `i` belongs to a word that seldom ends a sentence: an initial, "Dr.", "e.g.". */
static bool is_abbreviation(struct str s, size_t i)
{
	static const struct str known[] = {
		STR_INIT("Mr"),  STR_INIT("Mrs"),  STR_INIT("Ms"),     STR_INIT("Dr"),  STR_INIT("Prof"),
		STR_INIT("St"),  STR_INIT("Gen"),  STR_INIT("Col"),    STR_INIT("Gov"), STR_INIT("Sen"),
		STR_INIT("Rep"), STR_INIT("vs"),   STR_INIT("e.g"),    STR_INIT("i.e"), STR_INIT("cf"),
		STR_INIT("ca"),  STR_INIT("p"),    STR_INIT("pp"),     STR_INIT("vol"), STR_INIT("Vol"),
		STR_INIT("fig"), STR_INIT("Fig"),  STR_INIT("approx"), STR_INIT("Jan"), STR_INIT("Feb"),
		STR_INIT("Aug"), STR_INIT("Sept"), STR_INIT("Oct"),    STR_INIT("Nov"), STR_INIT("Dec"),
	};
	size_t start = i;
	struct str word;

	while (start > 0 && i - start < 8 && (s.ptr[start - 1] == '.' || is_ascii_letter(s.ptr[start - 1])))
		start--;
	word = str_cut(s, start, i);
	if (word.len && word.ptr[word.len - 1] >= 'A' && word.ptr[word.len - 1] <= 'Z' &&
	    (word.len == 1 || word.ptr[word.len - 2] == '.'))
		return true;
	for (size_t k = 0; word.len <= 6 && k < sizeof(known) / sizeof(known[0]); k++)
		if (str_eq(word, known[k]))
			return true;
	/* "No. 5", but "The answer is no. Then" */
	return (str_eq(word, STR("No")) || str_eq(word, STR("no"))) && i + 2 < s.len && s.ptr[i + 2] >= '0' &&
	       s.ptr[i + 2] <= '9';
}

/* The first bytes of . ! ? and of their full-width forms. */
static const unsigned char may_end[256] = { ['.'] = 1, ['!'] = 1, ['?'] = 1, [0xe3] = 1, [0xef] = 1 };

/* '.', '/', '>' and '?' become '?' by setting two bits. */
static swar_word may_hold_end(swar_word v)
{
	return swar_equal(v | swar_each(0x11), '?') | swar_equal(v, '!') | v;
}

/*
 * Whether a sentence ends with what stands at `i`: . ! ? and what closes with it before a space, or a CJK full stop. A
 * stop before a small letter ends nothing. Gives its end, or where to look on.
 */
static bool stops_at(struct str s, size_t i, size_t *end)
{
	uint32_t cp = utf8_decode(s, i, end);
	size_t next = *end;

	if (cp == 0x3002 || cp == 0xff01 || cp == 0xff1f) {
		*end = skip_closing(s, next);
		return true;
	}
	if (cp != '.' && cp != '!' && cp != '?')
		return false;
	*end = skip_closing(s, next);
	if (*end >= s.len)
		return true;
	if (s.ptr[*end] != ' ' || (cp == '.' && *end == next && is_abbreviation(s, i)))
		return false;
	return *end + 1 >= s.len || !utf8_is_lower(utf8_decode(s, *end + 1, &next));
}

/* The end of the sentence that holds byte `from`. */
static size_t sentence_end(struct str s, size_t from)
{
	size_t i = from, end;

	for (;;) {
		i = swar_find(s, i, may_end, may_hold_end);
		if (i == s.len || stops_at(s, i, &end))
			return i == s.len ? i : end;
		i = end;
	}
}

/* At most `max` code points; what is longer is cut, at a word if there is one near, and gets an ellipsis. */
static struct str shortened(struct arena *a, struct str s, size_t max)
{
	struct str cut = utf8_truncate(s, max);
	size_t end;

	if (cut.len == s.len)
		return str_copy(a, s);
	cut = utf8_truncate(s, max - 1);
	for (end = cut.len; end > 0 && cut.len - end < 24; end--) {
		if (s.ptr[end] == ' ') {
			cut = str_trim(str_cut(s, 0, end));
			break;
		}
	}
	return str_format(a, "%.*s…", STR_ARG(cut));
}

static void extract_excerpt(struct arena *a, struct page *p)
{
	const struct doc_node *nodes = doc_nodes(p->doc);
	struct buf b;
	struct str s;
	size_t end = 0;

	p->excerpt = STR_NONE;
	for (uint32_t i = 1; i < p->doc->n_nodes; i = nodes[i].end) {
		if (nodes[i].type != DOC_PARAGRAPH)
			continue;
		buf_init(&b, 0);
		doc_plain(&b, p->doc, i + 1, nodes[i].end);
		s = str_trim(buf_str(&b));
		while (end < s.len) {
			size_t e = sentence_end(s, end);

			if (end && e > EXCERPT_LENGTH)
				break;
			end = e;
		}
		p->excerpt = shortened(a, str_cut(s, 0, end), EXCERPT_LENGTH + 80);
		buf_release(&b);
		if (p->excerpt.len)
			return;
	}
}

struct digest page_digest(const struct page *p)
{
	struct digest_state d;

	digest_begin(&d);
	for (int aspect = 0; aspect < PAGE_ASPECTS; aspect++) {
		if (aspect == PAGE_LINKS_IN || aspect >= PAGE_MEMBERS)
			continue;
		digest_add_digest(&d, p->digests[aspect]);
	}
	return digest_end(&d);
}

void page_extract(struct arena *a, struct page *p)
{
	extract_outline(a, p);
	p->words = p->doc->words;
	p->minutes = (p->words + WORDS_PER_MINUTE - 1) / WORDS_PER_MINUTE;
	p->sort_key = utf8_sort_key(a, p->title);
	if (p->summary.len == 0)
		extract_excerpt(a, p);
}

/* The innermost block of running text around a node. */
static uint32_t block_of(const struct doc *d, uint32_t node)
{
	const struct doc_node *nodes = doc_nodes(d);

	/* Backwards, where it is near. */
	for (uint32_t i = node; i-- > 0;)
		if (doc_is_block(&nodes[i]) && nodes[i].end > node)
			return i;
	return 0;
}

/* Backwards: whether a sentence ends somewhere depends on nothing that is far before. */
static size_t sentence_start(struct str s, size_t at)
{
	for (size_t i = at, end; (i = swar_find_back(s, i, may_end, may_hold_end)) > 0;) {
		if (!stops_at(s, --i, &end))
			continue;
		while (end < s.len && s.ptr[end] == ' ')
			end++;
		if (end <= at)
			return end;
	}
	return 0;
}

/* Keeps the mention in sight: up to `lead` code points before it, from a word's start if there is one. */
static size_t lead_start(struct str s, size_t from, size_t at, size_t lead)
{
	size_t begin = at, word;

	while (begin > from && lead-- > 0)
		utf8_decode_back(s, begin, &begin);
	if (begin <= from)
		return from;
	for (word = begin; word < at; word++)
		if (s.ptr[word] == ' ')
			return word + 1;
	return begin;
}

/* The sentence when it begins and ends inside one text node, as it mostly does: nothing has to be put together. */
static bool sentence_in_node(const struct doc *d, uint32_t block, uint32_t node, uint32_t off, struct str *out)
{
	const struct doc_node *nodes = doc_nodes(d);
	struct str s = doc_text(d, &nodes[node]);
	size_t from, to;

	if (nodes[node].type != DOC_TEXT || off >= s.len)
		return false;
	from = sentence_start(s, off);
	to = sentence_end(s, off > from ? off : from);
	if ((from == 0 && node != block + 1) || (to == s.len && nodes[node].end != nodes[block].end))
		return false;
	*out = str_trim(str_cut(s, from, to));
	return true;
}

struct str page_sentence(struct arena *a, const struct page *p, uint32_t node, uint32_t off, size_t max)
{
	const struct doc_node *nodes = doc_nodes(p->doc);
	uint32_t block = block_of(p->doc, node);
	struct buf b;
	struct str s, out;
	size_t at, from, to;

	if (sentence_in_node(p->doc, block, node, off, &out) && utf8_length(out) <= max)
		return out;
	buf_init(&b, 0);
	doc_plain_at(&b, p->doc, block + 1, nodes[block].end, node, &at);
	at += off;
	s = buf_str(&b);
	/* A note at the very end belongs to the last sentence. */
	if (at >= s.len)
		at = s.len ? s.len - 1 : 0;
	from = sentence_start(s, at);
	to = sentence_end(s, at > from ? at : from);
	out = str_trim(str_cut(s, from, to));
	if (utf8_length(out) > max && at > from) {
		size_t begin = lead_start(s, from, at, max / 3);

		if (begin > from && max > 2)
			out = str_format(a, "… %.*s", STR_ARG(str_trim(str_cut(s, begin, to))));
	}
	out = shortened(a, out, max);
	buf_release(&b);
	return out;
}

struct str page_backlink_sentence(struct arena *a, const struct page *from, const struct backlink *link,
				  const struct page *target)
{
	uint32_t at = target->shown ? target->shown[link - target->backlinks] : 0;
	uint16_t len;

	if (!at)
		return page_sentence(a, from, link->node, link->off, PAGE_SENTENCE_MAX);
	memcpy(&len, from->sentences + at, sizeof(len));
	return (struct str){ from->sentences + at + sizeof(len), len };
}
