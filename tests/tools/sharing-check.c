/*
 * sharing-check: what the site tells machines, held against the rules of each form. Prints one line for each breach and
 * ends with 1 when there was one, so that shell tests can ask.
 *
 *   jsonld TABLE FILE…   JSON-LD in pages: the types and properties of TABLE alone, their values, what must be there
 *   jsonfeed FILE…       JSON Feed 1.1
 *   meta FILE…           OpenGraph and what cards of links need
 *   schema RNG FILE…     XML against a RELAX NG schema
 */
#include <libxml/relaxng.h>
#include <libxml/xmlerror.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "base/fs.h"
#include "base/vec.h"
#include "text/yaml.h"

#define MAX_BYTES ((size_t)256 << 20)
#define MAX_DEPTH 32

struct property {
	struct str name, values;
	bool is_required;
};

struct type {
	struct str name, parent;
	VEC(struct property) properties;
};

struct check {
	struct arena arena;
	VEC(struct type) types;
	const char *file;
	size_t breaches;
	struct map described; /* @id of every node of the page that says more than that */
};

__attribute__((format(printf, 2, 3))) static void breach(struct check *c, const char *format, ...)
{
	va_list args;

	c->breaches++;
	printf("%s: ", c->file);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

static struct str read_file(struct check *c, const char *file)
{
	struct diag_list dl;
	struct str s = STR_NONE;

	diag_init(&dl, &c->arena);
	if (!fs_read(&c->arena, str_from(file), MAX_BYTES, &s, &dl))
		breach(c, "cannot be read");
	return s;
}

static struct value *read_json(struct check *c, struct str text)
{
	struct diag_list dl;
	struct value *v = NULL;

	diag_init(&dl, &c->arena);
	if (!yaml_parse_json(&c->arena, str_from(c->file), text, &v, &dl)) {
		breach(c, "no JSON: %s", dl.len ? str_z(&c->arena, dl.items[0].message) : "");
		return NULL;
	}
	return v;
}

static bool is_url(struct str s)
{
	return (str_starts(s, STR("https://")) || str_starts(s, STR("http://"))) && s.len > 8 &&
	       str_find_byte(s, ' ') < 0;
}

static bool is_moment(struct str s)
{
	struct date d;

	return date_parse(s, &d) && d.precision == DATE_TIME;
}

/* JSON-LD */

static bool next_word(struct str *rest, struct str *word)
{
	while (rest->len && rest->ptr[0] == ' ')
		*rest = str_skip(*rest, 1);
	return rest->len && str_next(rest, ' ', word);
}

static void read_table(struct check *c, const char *file)
{
	struct str rest = read_file(c, file), line, word;

	while (str_next(&rest, '\n', &line)) {
		struct type *t;

		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		t = vec_add(&c->arena, &c->types);
		next_word(&line, &t->name);
		next_word(&line, &t->parent);
		while (next_word(&line, &word)) {
			ptrdiff_t colon = str_find_byte(word, ':');
			struct property *p = vec_add(&c->arena, &t->properties);

			p->name = str_cut(word, 0, (size_t)colon);
			p->values = str_skip(word, (size_t)colon + 1);
			p->is_required = str_ends(p->name, STR("!"));
			if (p->is_required)
				p->name.len--;
		}
	}
}

static const struct type *type_of(const struct check *c, struct str name)
{
	for (size_t i = 0; i < c->types.len; i++)
		if (str_eq(c->types.ptr[i].name, name))
			return &c->types.ptr[i];
	return NULL;
}

static bool is_a(const struct check *c, struct str name, struct str ancestor)
{
	for (const struct type *t = type_of(c, name); t; t = type_of(c, t->parent))
		if (str_eq(t->name, ancestor))
			return true;
	return false;
}

static const struct property *property_of(const struct check *c, struct str type, struct str name)
{
	for (const struct type *t = type_of(c, type); t; t = type_of(c, t->parent))
		for (size_t i = 0; i < t->properties.len; i++)
			if (str_eq(t->properties.ptr[i].name, name))
				return &t->properties.ptr[i];
	return NULL;
}

static bool is_reference(const struct value *v)
{
	return v->type == VALUE_TABLE && v->as.table.len == 1 && is_url(value_text(value_get(v, STR("@id"))));
}

static bool fits(const struct check *c, const struct value *v, struct str what)
{
	struct str text = value_text(v);
	struct date d;
	struct date_range r;

	if (str_eq(what, STR("text")))
		return text.len > 0;
	if (str_eq(what, STR("url")))
		return is_url(text);
	if (str_eq(what, STR("date")))
		return date_parse(text, &d);
	if (str_eq(what, STR("period")))
		return date_parse_range(str_ends(text, STR("/..")) ? str_cut(text, 0, text.len - 2) : text, &r);
	if (str_eq(what, STR("count")))
		return v->type == VALUE_INTEGER && v->as.integer > 0;
	return is_reference(v) || is_a(c, value_text(value_get(v, STR("@type"))), what);
}

static void check_node(struct check *c, const struct value *node, int depth);

static void check_value(struct check *c, struct str type, const struct property *p, const struct value *v, int depth)
{
	struct str rest = p->values, what;
	bool ok = false;

	while (str_next(&rest, '|', &what))
		ok |= fits(c, v, what);
	if (!ok)
		breach(c, "%.*s.%.*s is no %.*s", STR_ARG(type), STR_ARG(p->name), STR_ARG(p->values));
	if (v->type == VALUE_TABLE && !is_reference(v))
		check_node(c, v, depth + 1);
}

/* What the type itself asks for; a nearer type may ask for less than one that it inherits from. */
static void check_required(struct check *c, struct str type, const struct value *node)
{
	for (const struct type *t = type_of(c, type); t; t = type_of(c, t->parent))
		for (size_t i = 0; i < t->properties.len; i++) {
			const struct property *p = &t->properties.ptr[i];

			if (property_of(c, type, p->name) == p && p->is_required && !value_get(node, p->name))
				breach(c, "%.*s without %.*s", STR_ARG(type), STR_ARG(p->name));
		}
}

static void check_node(struct check *c, const struct value *node, int depth)
{
	struct str type = value_text(value_get(node, STR("@type"))), id = value_text(value_get(node, STR("@id")));

	if (depth > MAX_DEPTH || !type_of(c, type)) {
		breach(c, "unknown type '%.*s'", STR_ARG(type));
		return;
	}
	if (value_get(node, STR("@id"))) {
		if (!is_url(id))
			breach(c, "@id '%.*s' is no address", STR_ARG(id));
		if (map_has(&c->described, id))
			breach(c, "'%.*s' is described twice", STR_ARG(id));
		map_put(&c->arena, &c->described, id, 1);
	}
	check_required(c, type, node);
	for (size_t i = 0; i < node->as.table.len; i++) {
		const struct value_entry *e = &node->as.table.entries[i];
		const struct property *p = property_of(c, type, e->key);
		size_t n = e->value->type == VALUE_ARRAY ? e->value->as.array.len : 1;

		if (str_starts(e->key, STR("@")))
			continue;
		if (!p) {
			breach(c, "%.*s has no property '%.*s'", STR_ARG(type), STR_ARG(e->key));
			continue;
		}
		if (n == 0)
			breach(c, "%.*s.%.*s is empty", STR_ARG(type), STR_ARG(e->key));
		for (size_t k = 0; k < n; k++) {
			const struct value *v = e->value->type == VALUE_ARRAY ? e->value->as.array.items[k] : e->value;

			check_value(c, type, p, v, depth);
			if (str_eq(e->key, STR("itemListElement")) &&
			    (!value_get(v, STR("position")) ||
			     value_get(v, STR("position"))->as.integer != (int64_t)k + 1))
				breach(c, "positions are not 1, 2, 3, …");
		}
	}
}

/* What stands between two texts, from *rest on; *rest is then behind the second. */
static bool between(struct str *rest, struct str open, struct str close, struct str *out)
{
	ptrdiff_t from = str_find(*rest, open), to;

	if (from < 0)
		return false;
	*rest = str_skip(*rest, (size_t)from + open.len);
	to = str_find(*rest, close);
	if (to < 0)
		return false;
	*out = str_cut(*rest, 0, (size_t)to);
	*rest = str_skip(*rest, (size_t)to + close.len);
	return true;
}

static void check_jsonld(struct check *c, struct str page)
{
	struct str json;

	c->described = (struct map){ 0 };
	while (between(&page, STR("<script type=\"application/ld+json\">"), STR("</script>"), &json)) {
		const struct value *v = read_json(c, json), *graph = value_get(v, STR("@graph"));

		if (!v)
			continue;
		if (!str_eq(value_text(value_get(v, STR("@context"))), STR("https://schema.org")) || !graph ||
		    graph->type != VALUE_ARRAY) {
			breach(c, "JSON-LD without context or graph");
			continue;
		}
		for (size_t i = 0; i < graph->as.array.len; i++)
			check_node(c, graph->as.array.items[i], 0);
	}
}

/* JSON Feed: https://www.jsonfeed.org/version/1.1/ */

enum form { TEXT, URL, MOMENT, LIST, LANGUAGE };

struct feed_key {
	const char *name;
	enum form form;
	bool is_required;
};

static const struct feed_key feed_keys[] = {
	{ "version", URL, true },        { "title", TEXT, true },    { "items", LIST, true },
	{ "home_page_url", URL, false }, { "feed_url", URL, false }, { "description", TEXT, false },
	{ "language", LANGUAGE, false }, { "authors", LIST, false }, { "icon", URL, false },
	{ "favicon", URL, false },
};
static const struct feed_key item_keys[] = {
	{ "id", TEXT, true },
	{ "url", URL, false },
	{ "external_url", URL, false },
	{ "title", TEXT, false },
	{ "content_html", TEXT, false },
	{ "content_text", TEXT, false },
	{ "summary", TEXT, false },
	{ "image", URL, false },
	{ "banner_image", URL, false },
	{ "date_published", MOMENT, false },
	{ "date_modified", MOMENT, false },
	{ "authors", LIST, false },
	{ "tags", LIST, false },
	{ "language", LANGUAGE, false },
};
static const struct feed_key author_keys[] = { { "name", TEXT, false },
					       { "url", URL, false },
					       { "avatar", URL, false } };
#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

static bool has_form(const struct value *v, enum form form)
{
	struct str s = value_text(v);

	switch (form) {
	case TEXT:
		return s.len > 0;
	case URL:
		return is_url(s);
	case MOMENT:
		return is_moment(s);
	case LIST:
		return v->type == VALUE_ARRAY;
	case LANGUAGE:
		return s.len >= 2 && str_find_byte(s, '_') < 0;
	}
	return false;
}

static void check_keys(struct check *c, const char *what, const struct value *v, const struct feed_key *keys, size_t n)
{
	if (v->type != VALUE_TABLE) {
		breach(c, "%s is no object", what);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (keys[i].is_required && !value_get(v, str_from(keys[i].name)))
			breach(c, "%s without '%s'", what, keys[i].name);
	for (size_t i = 0; i < v->as.table.len; i++) {
		const struct value_entry *e = &v->as.table.entries[i];
		size_t k = 0;

		while (k < n && !str_eq(str_from(keys[k].name), e->key))
			k++;
		if (k == n ? !str_starts(e->key, STR("_")) : !has_form(e->value, keys[k].form))
			breach(c, "%s: '%.*s' is %s", what, STR_ARG(e->key), k == n ? "unknown" : "not of its form");
	}
}

static void check_authors(struct check *c, const struct value *list)
{
	for (size_t i = 0; list && list->type == VALUE_ARRAY && i < list->as.array.len; i++) {
		check_keys(c, "author", list->as.array.items[i], author_keys, COUNT(author_keys));
		if (list->as.array.items[i]->as.table.len == 0)
			breach(c, "an author of whom nothing is said");
	}
}

static void check_feed(struct check *c, struct str text)
{
	const struct value *feed = read_json(c, text), *items = value_get(feed, STR("items"));
	struct map ids = { 0 };

	if (!feed)
		return;
	check_keys(c, "feed", feed, feed_keys, COUNT(feed_keys));
	if (!str_eq(value_text(value_get(feed, STR("version"))), STR("https://jsonfeed.org/version/1.1")))
		breach(c, "not version 1.1");
	check_authors(c, value_get(feed, STR("authors")));
	for (size_t i = 0; items && items->type == VALUE_ARRAY && i < items->as.array.len; i++) {
		const struct value *item = items->as.array.items[i], *tags = value_get(item, STR("tags"));
		struct str id = value_text(value_get(item, STR("id")));

		check_keys(c, "item", item, item_keys, COUNT(item_keys));
		check_authors(c, value_get(item, STR("authors")));
		if (map_has(&ids, id))
			breach(c, "two items '%.*s'", STR_ARG(id));
		map_put(&c->arena, &ids, id, 1);
		if (!value_get(item, STR("content_html")) && !value_get(item, STR("content_text")))
			breach(c, "item '%.*s' without content", STR_ARG(id));
		for (size_t k = 0; tags && tags->type == VALUE_ARRAY && k < tags->as.array.len; k++)
			if (value_text(tags->as.array.items[k]).len == 0)
				breach(c, "a tag that is no text");
	}
}

/* OpenGraph: https://ogp.me/ */

static const struct meta_key {
	const char *name;
	bool is_required, is_url;
} meta_keys[] = {
	{ "description", true, false },
	{ "og:title", true, false },
	{ "og:site_name", true, false },
	{ "og:locale", true, false },
	{ "og:description", true, false },
	{ "og:type", true, false },
	{ "og:url", true, true },
	{ "twitter:card", true, false },
	{ "og:image", false, true },
	{ "og:image:alt", false, false },
	{ "og:image:width", false, false },
	{ "og:image:height", false, false },
	{ "og:image:type", false, false },
	{ "article:published_time", false, false },
	{ "article:modified_time", false, false },
	{ "article:section", false, false },
	{ "article:tag", false, false },
};

static struct str attribute(struct str tag, struct str name)
{
	struct str out = STR_NONE;

	between(&tag, name, STR("\""), &out);
	return out;
}

static void check_meta_values(struct check *c, const struct str values[COUNT(meta_keys)], struct str canonical)
{
	struct str type = STR_NONE, card = STR_NONE, url = STR_NONE, image = STR_NONE, alt = STR_NONE;

	for (size_t i = 0; i < COUNT(meta_keys); i++) {
		struct str key = str_from(meta_keys[i].name);

		if (meta_keys[i].is_required && values[i].len == 0)
			breach(c, "no %s", meta_keys[i].name);
		if (meta_keys[i].is_url && values[i].len && !is_url(values[i]))
			breach(c, "%s is no whole address", meta_keys[i].name);
		if (str_eq(key, STR("og:type")))
			type = values[i];
		else if (str_eq(key, STR("twitter:card")))
			card = values[i];
		else if (str_eq(key, STR("og:url")))
			url = values[i];
		else if (str_eq(key, STR("og:image")))
			image = values[i];
		else if (str_eq(key, STR("og:image:alt")))
			alt = values[i];
		else if (str_starts(key, STR("article:")) && values[i].len && !str_eq(type, STR("article")))
			breach(c, "%s of what is no article", meta_keys[i].name);
	}
	if (!str_eq(type, STR("website")) && !str_eq(type, STR("article")) && !str_eq(type, STR("profile")))
		breach(c, "unknown og:type '%.*s'", STR_ARG(type));
	if (!str_eq(url, canonical))
		breach(c, "og:url is not the canonical address");
	if ((image.len > 0) != (alt.len > 0))
		breach(c, "a picture needs its text");
	if (!str_eq(card, image.len ? STR("summary_large_image") : STR("summary")))
		breach(c, "twitter:card '%.*s'", STR_ARG(card));
}

static void check_meta(struct check *c, struct str page)
{
	struct str values[COUNT(meta_keys)] = { { NULL, 0 } }, head = page, tag, canonical = STR_NONE;

	/* What is not to be found needs none of it: stubs of old addresses, the page for errors. */
	if (str_find(page, STR("content=\"noindex\"")) >= 0)
		return;
	while (between(&head, STR("<meta "), STR(">"), &tag)) {
		struct str name = attribute(tag, STR("property=\""));

		if (name.len == 0)
			name = attribute(tag, STR("name=\""));
		for (size_t i = 0; i < COUNT(meta_keys); i++) {
			if (!str_eq(str_from(meta_keys[i].name), name))
				continue;
			if (values[i].ptr && !str_eq(name, STR("article:tag")))
				breach(c, "two %.*s", STR_ARG(name));
			values[i] = attribute(tag, STR("content=\""));
			if (values[i].len == 0)
				breach(c, "empty %.*s", STR_ARG(name));
		}
	}
	head = page;
	if (between(&head, STR("<link rel=\"canonical\""), STR(">"), &tag))
		canonical = attribute(tag, STR("href=\""));
	check_meta_values(c, values, canonical);
}

/* XML */

__attribute__((format(printf, 2, 3))) static void on_error(void *ctx, const char *format, ...)
{
	struct check *c = ctx;
	char line[1000];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	line[strcspn(line, "\n")] = '\0';
	breach(c, "%s", line);
}

static void check_schema(struct check *c, const char *rng, char **files, int n)
{
	xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewParserCtxt(rng);
	xmlRelaxNG *schema;
	xmlRelaxNGValidCtxt *valid;

	c->file = rng;
	xmlRelaxNGSetParserErrors(parser, on_error, on_error, c);
	schema = xmlRelaxNGParse(parser);
	xmlRelaxNGFreeParserCtxt(parser);
	for (int i = 0; schema && i < n; i++) {
		xmlDoc *doc = xmlReadFile(files[i], NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);

		c->file = files[i];
		valid = xmlRelaxNGNewValidCtxt(schema);
		xmlRelaxNGSetValidErrors(valid, on_error, on_error, c);
		if (!doc)
			breach(c, "no XML");
		else
			xmlRelaxNGValidateDoc(valid, doc);
		xmlRelaxNGFreeValidCtxt(valid);
		xmlFreeDoc(doc);
	}
	xmlRelaxNGFree(schema);
	xmlRelaxNGCleanupTypes();
}

int main(int argc, char **argv)
{
	struct check c = { .file = "" };
	struct str mode = str_from(argc > 1 ? argv[1] : "");
	int first = str_eq(mode, STR("jsonld")) || str_eq(mode, STR("schema")) ? 3 : 2;

	if (argc <= first) {
		fputs("sharing-check jsonld TABLE FILE… | jsonfeed FILE… | meta FILE… | schema RNG FILE…\n", stderr);
		return 2;
	}
	if (str_eq(mode, STR("jsonld")))
		read_table(&c, argv[2]);
	if (str_eq(mode, STR("schema")))
		check_schema(&c, argv[2], argv + first, argc - first);
	for (int i = first; i < argc && !str_eq(mode, STR("schema")); i++) {
		struct str text;

		c.file = argv[i];
		text = read_file(&c, argv[i]);
		if (str_eq(mode, STR("jsonld")))
			check_jsonld(&c, text);
		else if (str_eq(mode, STR("jsonfeed")))
			check_feed(&c, text);
		else
			check_meta(&c, text);
	}
	arena_release(&c.arena);
	return c.breaches ? 1 : 0;
}
