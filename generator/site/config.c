#include "site/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "site/meta.h"

#define AT(field) offsetof(struct config, field)

static const struct config_key keys[] = {
	{ "title", CONFIG_STRING, AT(title), "Untitled", NULL, "Name of the site", 0, 0, true },
	{ "base_url", CONFIG_STRING, AT(base_url), "http://localhost/", NULL,
	  "Where the site will live, with its path; used for feeds, the sitemap and sharing", 0, 0, true },
	{ "description", CONFIG_STRING, AT(description), "", NULL, "One sentence about the site", 0, 0, true },
	{ "language", CONFIG_STRING, AT(language), "en", NULL, "Language of the text, as BCP 47 writes it", 0, 0,
	  true },
	{ "author", CONFIG_STRING, AT(author), "", NULL, "Who publishes the site", 0, 0, true },
	{ "copyright", CONFIG_STRING, AT(copyright), "", NULL, "Line shown at the foot of every page", 0, 0, true },
	{ "output_dir", CONFIG_STRING, AT(output_dir), "public", NULL, "Folder the site is built into", 0, 0, false },
	{ "links", CONFIG_CHOICE, AT(links), "root", "root|relative",
	  "How pages link to each other: from the root of the site, or relative to the page", 0, 0, true },
	{ "book", CONFIG_CHOICE, AT(book), "auto", "auto|always|never",
	  "Write the print edition, all in one document: by itself below 1,000 pages, always, or never", 0, 0, true },
	{ "cards", CONFIG_BOOL, AT(cards), "false", NULL,
	  "Draw a picture for every page that has none, shown where somebody shares a link", 0, 0, true },
	{ "markdown.unsafe", CONFIG_BOOL, AT(markdown_unsafe), "false", NULL, "Keep raw HTML in Markdown", 0, 0, true },
	{ "markdown.max_bytes", CONFIG_INT, AT(markdown_max_bytes), "1048576", NULL, "Largest page accepted, in bytes",
	  1024, 1 << 30, false },
	{ "linking.mentions", CONFIG_CHOICE, AT(mentions), "first-per-section",
	  "first-per-section|first-per-page|all|none", "Which mentions of an entity become links", 0, 0, true },
	{ "lists.page_size", CONFIG_INT, AT(page_size), "50", NULL, "Entries on one page of a list", 1, 100000, true },
	{ "lists.backlinks_shown", CONFIG_INT, AT(backlinks_shown), "50", NULL,
	  "Backlinks shown on the entity's own page; the rest stand on sub-pages", 1, 100000, true },
	{ "feeds.enabled", CONFIG_BOOL, AT(feeds), "true", NULL, "Write Atom feeds", 0, 0, true },
	{ "feeds.json", CONFIG_BOOL, AT(feeds_json), "true", NULL, "Write a JSON Feed beside every Atom feed", 0, 0,
	  true },
	{ "feeds.limit", CONFIG_INT, AT(feed_limit), "20", NULL, "Entries in a feed", 1, 10000, true },
	{ "outputs.json", CONFIG_BOOL, AT(json), "true", NULL, "Write index.json beside every entity", 0, 0, true },
	{ "outputs.csv", CONFIG_BOOL, AT(csv), "true", NULL, "Write facts.csv beside every entity that has facts", 0, 0,
	  true },
	{ "outputs.ndjson", CONFIG_BOOL, AT(ndjson), "true", NULL, "Write site.ndjson, the model one object a line", 0,
	  0, true },
	{ "outputs.ndjson_limit_mb", CONFIG_INT, AT(ndjson_limit_mb), "2", NULL,
	  "Size above which the lines of site.ndjson are spread over files of their own; 0: always", 0, 256, true },
	{ "outputs.sitemap", CONFIG_BOOL, AT(sitemap), "true", NULL, "Write sitemap.xml", 0, 0, true },
	{ "outputs.sitemap_limit", CONFIG_INT, AT(sitemap_limit), "50000", NULL,
	  "Addresses in one sitemap before it is split", 1, 50000, true },
	{ "outputs.robots", CONFIG_BOOL, AT(robots), "true", NULL, "Write robots.txt", 0, 0, true },
	{ "outputs.redirects", CONFIG_BOOL, AT(redirects), "true", NULL,
	  "Write _redirects and a stub page per old address", 0, 0, true },
	{ "outputs.previews", CONFIG_BOOL, AT(previews), "true", NULL, "Write what links to entities show beside them",
	  0, 0, true },
	{ "search.enabled", CONFIG_BOOL, AT(search), "true", NULL, "Write the search page and its index", 0, 0, true },
	{ "server.bind", CONFIG_STRING, AT(server_bind), "127.0.0.1", NULL, "Address that `dossier serve` listens on",
	  0, 0, false },
	{ "server.port", CONFIG_INT, AT(server_port), "4040", NULL,
	  "Port that `dossier serve` listens on; the next free one if taken", 1, 65535, false },
	{ "security.instructions", CONFIG_INT, AT(template_instructions), "50000000", NULL,
	  "Virtual machine instructions one render may use", 10000, INT64_MAX, false },
	{ "security.memory_mb", CONFIG_INT, AT(template_memory_mb), "64", NULL, "Memory one render may use, in MB", 1,
	  65536, false },
};

/* Tables at the top level that are not keys of the list above. */
static const char *const tables[] = { "kinds", "relations", "measures", "menu", "strings", "extra", "params" };

const struct config_key *config_keys(size_t *n)
{
	*n = sizeof(keys) / sizeof(keys[0]);
	return keys;
}

static int64_t choice_index(const char *choices, struct str word)
{
	struct str rest = str_from(choices), part;
	int64_t i = 0;

	while (str_next(&rest, '|', &part)) {
		if (str_eq(part, word))
			return i;
		i++;
	}
	return -1;
}

static void set_fallback(struct config *c, const struct config_key *k)
{
	void *field = (char *)c + k->offset;

	switch (k->type) {
	case CONFIG_STRING:
		*(struct str *)field = str_from(k->fallback);
		break;
	case CONFIG_BOOL:
		*(bool *)field = strcmp(k->fallback, "true") == 0;
		break;
	case CONFIG_INT:
		*(int64_t *)field = strtoll(k->fallback, NULL, 10);
		break;
	case CONFIG_CHOICE:
		*(int64_t *)field = choice_index(k->choices, str_from(k->fallback));
		break;
	}
}

static bool is_type(enum config_type type, const struct value *v)
{
	switch (type) {
	case CONFIG_STRING:
	case CONFIG_CHOICE:
		return v->type == VALUE_STRING;
	case CONFIG_BOOL:
		return v->type == VALUE_BOOL;
	case CONFIG_INT:
		return v->type == VALUE_INTEGER;
	}
	return false;
}

static const char *type_name(enum config_type type)
{
	static const char *const names[] = { "a string", "true or false", "a whole number", "a string" };

	return names[type];
}

static void read_key(struct arena *a, struct str path, struct config *c, const struct config_key *k,
		     const struct value *v, struct diag_list *dl)
{
	void *field = (char *)c + k->offset;
	struct str text;

	if (!is_type(k->type, v)) {
		diag_add(dl, DIAG_ERROR, "config/wrong-type", path, v->at, "'%s' must be %s, not %s", k->name,
			 type_name(k->type), value_type_name(v->type));
		return;
	}
	switch (k->type) {
	case CONFIG_STRING:
		*(struct str *)field = str_copy(a, v->as.string);
		break;
	case CONFIG_BOOL:
		*(bool *)field = v->as.boolean;
		break;
	case CONFIG_INT:
		if (v->as.integer < k->min || v->as.integer > k->max) {
			diag_add(dl, DIAG_ERROR, "config/out-of-range", path, v->at,
				 "'%s' must lie between %lld and %lld", k->name, (long long)k->min, (long long)k->max);
			return;
		}
		*(int64_t *)field = v->as.integer;
		break;
	case CONFIG_CHOICE:
		text = v->as.string;
		if (choice_index(k->choices, text) < 0) {
			diag_add(dl, DIAG_ERROR, "config/unknown-choice", path, v->at, "'%s' cannot be '%.*s'", k->name,
				 STR_ARG(text));
			diag_hint(dl, "choose one of %s", k->choices);
			return;
		}
		*(int64_t *)field = choice_index(k->choices, text);
		break;
	}
}

static bool is_table_name(struct str name)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (str_eq(name, str_from(tables[i])))
			return true;
	return false;
}

static const struct config_key *find_key(struct str name)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (str_eq(name, str_from(keys[i].name)))
			return &keys[i];
	return NULL;
}

static bool is_group(struct str name)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct str k = str_from(keys[i].name);

		if (k.len > name.len && k.ptr[name.len] == '.' && str_starts(k, name))
			return true;
	}
	return false;
}

static void unknown_key(struct arena *a, struct str path, struct str name, struct str key, struct pos at,
			struct diag_list *dl)
{
	VEC(struct str) known = { 0 };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		vec_push(a, &known, str_from(keys[i].name));
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		vec_push(a, &known, str_from(tables[i]));
	diag_add(dl, DIAG_ERROR, "config/unknown-key", path, at, "'%.*s' is no configuration key", STR_ARG(name));
	diag_width(dl, (uint32_t)utf8_length(key));
	diag_hint(dl, "keys of your own go into [extra]");
	diag_suggest(dl, name, known.ptr, known.len);
}

static void read_keys(struct arena *a, struct str path, struct str prefix, const struct value *table, struct config *c,
		      struct diag_list *dl)
{
	for (size_t i = 0; i < table->as.table.len; i++) {
		const struct value_entry *e = &table->as.table.entries[i];
		struct str name = prefix.len ? str_format(a, "%.*s.%.*s", STR_ARG(prefix), STR_ARG(e->key)) : e->key;
		const struct config_key *k = find_key(name);

		if (k)
			read_key(a, path, c, k, e->value, dl);
		else if (prefix.len == 0 && is_table_name(e->key))
			continue;
		else if (!is_group(name))
			unknown_key(a, path, name, e->key, e->at, dl);
		else if (e->value->type == VALUE_TABLE)
			read_keys(a, path, name, e->value, c, dl);
		else
			diag_add(dl, DIAG_ERROR, "config/wrong-type", path, e->value->at,
				 "'%.*s' must be a table, not %s", STR_ARG(name), value_type_name(e->value->type));
	}
}

static struct meta meta_of(struct arena *a, struct str path, const struct value *table, const char *what,
			   struct diag_list *dl)
{
	return (struct meta){ a, path, table, what, "config/wrong-type", "config/unknown-key", dl };
}

/* `v` is there and a table; what is there and none is reported. */
static bool is_table(struct str path, const struct value *v, const char *key, struct diag_list *dl)
{
	if (v && v->type != VALUE_TABLE)
		diag_add(dl, DIAG_ERROR, "config/wrong-type", path, v->at, "'%s' must be a table, not %s", key,
			 value_type_name(v->type));
	return v && v->type == VALUE_TABLE;
}

static struct str text_or(const struct meta *m, const char *key, struct str fallback)
{
	return value_get(m->table, str_from(key)) ? meta_text(m, key) : fallback;
}

static void read_fields(struct arena *a, struct str path, const struct value *table, struct kind *k,
			struct diag_list *dl)
{
	static const struct str known[] = { STR_INIT("type"), STR_INIT("label"), STR_INIT("required"),
					    STR_INIT("kind") };
	static const char *const types[] = { "string", "date", "number", "url", "list", "reference", "bool", NULL };
	struct field *fields;

	if (!is_table(path, table, "keys", dl))
		return;
	fields = arena_array(a, struct field, table->as.table.len);
	for (size_t i = 0; i < table->as.table.len; i++) {
		const struct value_entry *e = &table->as.table.entries[i];
		struct field *f = &fields[k->n_fields];
		struct meta m = meta_of(a, path, e->value, "a front-matter key", dl);
		int type;

		f->name = str_copy(a, e->key);
		f->label = f->name;
		if (e->value->type == VALUE_STRING) {
			struct value *wrap = value_new(a, VALUE_TABLE, e->at);

			value_put(a, wrap, STR("type"), e->at, e->value);
			m.table = wrap;
			type = meta_choice(&m, "type", types, FIELD_STRING);
		} else if (e->value->type == VALUE_TABLE) {
			meta_check_keys(&m, known, sizeof(known) / sizeof(known[0]));
			type = meta_choice(&m, "type", types, FIELD_STRING);
			f->label = text_or(&m, "label", f->name);
			f->kind = meta_text(&m, "kind");
			f->is_required = meta_flag(&m, "required", false);
		} else {
			diag_add(dl, DIAG_ERROR, "config/wrong-type", path, e->at, "'%.*s' must be a table with 'type'",
				 STR_ARG(e->key));
			continue;
		}
		f->type = type < 0 ? FIELD_STRING : (enum field_type)type;
		k->n_fields++;
	}
	k->fields = fields;
}

static struct str capitalised(struct arena *a, struct str s)
{
	struct str copy = str_copy(a, s);

	if (copy.len && copy.ptr[0] >= 'a' && copy.ptr[0] <= 'z') {
		char *z = str_z(a, s);

		z[0] = (char)(z[0] - 'a' + 'A');
		return str_from(z);
	}
	return copy;
}

static const char *const sorts[] = { "title", "date", "-date", "weight", NULL };

const char *config_sort_name(enum sort_by sort)
{
	return sorts[sort];
}

static void read_kind(struct arena *a, struct str path, struct str id, const struct value *t, struct kind *k,
		      struct diag_list *dl)
{
	static const struct str known[] = { STR_INIT("label"),  STR_INIT("plural"), STR_INIT("dir"),
					    STR_INIT("schema"), STR_INIT("sort"),   STR_INIT("template"),
					    STR_INIT("entity"), STR_INIT("main"),   STR_INIT("closed"),
					    STR_INIT("stubs"),  STR_INIT("match"),  STR_INIT("keys") };
	static const char *const matches[] = { "exact", "any-case", NULL };
	struct meta m = meta_of(a, path, t, "a kind", dl);
	int choice;

	k->is_declared = true;
	meta_check_keys(&m, known, sizeof(known) / sizeof(known[0]));
	k->label = text_or(&m, "label", k->label.len ? k->label : capitalised(a, id));
	k->plural = text_or(&m, "plural", k->plural.len ? k->plural : k->label);
	k->dir = text_or(&m, "dir", k->dir);
	k->schema = text_or(&m, "schema", k->schema);
	k->template = text_or(&m, "template", k->template);
	k->is_entity = meta_flag(&m, "entity", k->is_entity);
	k->is_main = meta_flag(&m, "main", false);
	k->is_closed = meta_flag(&m, "closed", false);
	k->has_stubs = meta_flag(&m, "stubs", false);
	choice = meta_choice(&m, "sort", sorts, (int)k->sort);
	if (choice >= 0)
		k->sort = (enum sort_by)choice;
	k->any_case = meta_choice(&m, "match", matches, k->any_case) == 1;
	read_fields(a, path, value_get(t, STR("keys")), k, dl);
	while (k->dir.len && k->dir.ptr[k->dir.len - 1] == '/')
		k->dir.len--;
	if (str_starts(k->dir, STR("/")) || str_contains(k->dir, STR(".."))) {
		const struct value *at = value_get(t, STR("dir"));

		diag_add(dl, DIAG_ERROR, "config/bad-dir", path, at ? at->at : t->at,
			 "the folder of kind '%.*s' must lie in content/", STR_ARG(id));
		k->dir = STR_NONE;
	}
}

static const struct kind builtin_kinds[] = {
	{ .id = STR_INIT("page"),
	  .label = STR_INIT("Page"),
	  .plural = STR_INIT("Pages"),
	  .schema = STR_INIT("WebPage"),
	  .sort = SORT_WEIGHT },
	{ .id = STR_INIT("article"),
	  .label = STR_INIT("Article"),
	  .plural = STR_INIT("Articles"),
	  .dir = STR_INIT("articles"),
	  .schema = STR_INIT("Article"),
	  .sort = SORT_DATE_DESC },
	{ .id = STR_INIT("source"),
	  .label = STR_INIT("Source"),
	  .plural = STR_INIT("Sources"),
	  .dir = STR_INIT("sources"),
	  .schema = STR_INIT("CreativeWork"),
	  .sort = SORT_TITLE },
};
#define N_BUILTIN (sizeof(builtin_kinds) / sizeof(builtin_kinds[0]))

static void check_dirs(struct str path, const struct config *c, const struct value *table, struct diag_list *dl)
{
	for (size_t i = 0; i < c->n_kinds; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct value_entry *e = value_entry_of(table, c->kinds[i].id);

			if (c->kinds[i].dir.len && str_eq_nocase(c->kinds[i].dir, c->kinds[j].dir)) {
				diag_add(dl, DIAG_ERROR, "config/bad-dir", path, e ? e->at : (struct pos){ 0, 0 },
					 "kinds '%.*s' and '%.*s' have the same folder '%.*s'", STR_ARG(c->kinds[j].id),
					 STR_ARG(c->kinds[i].id), STR_ARG(c->kinds[i].dir));
			}
		}
	}
}

static void read_kinds(struct arena *a, struct str path, const struct value *table, struct config *c,
		       struct diag_list *dl)
{
	size_t declared = table && table->type == VALUE_TABLE ? table->as.table.len : 0, n = 0;
	struct kind *kinds = arena_array(a, struct kind, declared + N_BUILTIN);

	/* Declared first, in the order written: that is the order of sections. */
	for (size_t i = 0; i < declared; i++) {
		const struct value_entry *e = &table->as.table.entries[i];
		struct kind *k = &kinds[n];

		if (e->value->type != VALUE_TABLE) {
			diag_add(dl, DIAG_ERROR, "config/wrong-type", path, e->at, "kind '%.*s' must be a table",
				 STR_ARG(e->key));
			continue;
		}
		k->is_entity = true;
		k->schema = STR("Thing");
		for (size_t b = 0; b < N_BUILTIN; b++)
			if (str_eq(builtin_kinds[b].id, e->key))
				*k = builtin_kinds[b];
		k->id = str_copy(a, e->key);
		k->index = (uint32_t)n;
		read_kind(a, path, e->key, e->value, k, dl);
		n++;
	}
	for (size_t b = 0; b < N_BUILTIN; b++) {
		bool is_there = false, is_dir_taken = false;

		for (size_t i = 0; i < n; i++) {
			is_there |= str_eq(kinds[i].id, builtin_kinds[b].id);
			is_dir_taken |= kinds[i].dir.len && str_eq(kinds[i].dir, builtin_kinds[b].dir);
		}
		if (is_there)
			continue;
		kinds[n] = builtin_kinds[b];
		if (is_dir_taken)
			kinds[n].dir = STR_NONE;
		kinds[n].index = (uint32_t)n;
		n++;
	}
	c->kinds = kinds;
	c->n_kinds = n;
	if (table)
		check_dirs(path, c, table, dl);
}

static void read_relations(struct arena *a, struct str path, const struct value *table, struct config *c,
			   struct diag_list *dl)
{
	static const struct str known[] = { STR_INIT("label"), STR_INIT("reverse") };
	struct relation_type *types;

	if (!is_table(path, table, "relations", dl))
		return;
	types = arena_array(a, struct relation_type, table->as.table.len);
	for (size_t i = 0; i < table->as.table.len; i++) {
		const struct value_entry *e = &table->as.table.entries[i];
		struct relation_type *t = &types[c->n_relations];
		struct meta m = meta_of(a, path, e->value, "a relation type", dl);

		if (e->value->type != VALUE_TABLE) {
			diag_add(dl, DIAG_ERROR, "config/wrong-type", path, e->at,
				 "relation '%.*s' must be a table with 'label'", STR_ARG(e->key));
			continue;
		}
		meta_check_keys(&m, known, 2);
		t->id = str_copy(a, e->key);
		t->label = text_or(&m, "label", t->id);
		t->reverse = text_or(&m, "reverse", t->label);
		t->is_symmetric = str_eq(t->label, t->reverse);
		c->n_relations++;
	}
	c->relations = types;
}

/* "5%" is a share, "2" an absolute distance. */
static bool read_tolerance(const struct value *v, struct measure *m)
{
	struct str s;
	double d;

	if (value_as_double(v, &d)) {
		m->tolerance_abs = d;
		return d >= 0;
	}
	s = str_trim(value_text(v));
	if (str_ends(s, STR("%")) && str_to_double(str_trim(str_cut(s, 0, s.len - 1)), &d)) {
		m->tolerance = d / 100;
		return d >= 0;
	}
	if (str_to_double(s, &d)) {
		m->tolerance_abs = d;
		return d >= 0;
	}
	return false;
}

static void read_measures(struct arena *a, struct str path, const struct value *table, struct config *c,
			  struct diag_list *dl)
{
	static const struct str known[] = { STR_INIT("unit"), STR_INIT("tolerance"), STR_INIT("review_in") };
	struct measure *list;

	if (!is_table(path, table, "measures", dl))
		return;
	list = arena_array(a, struct measure, table->as.table.len);
	for (size_t i = 0; i < table->as.table.len; i++) {
		const struct value_entry *e = &table->as.table.entries[i];
		struct measure *m = &list[c->n_measures];
		struct meta t = meta_of(a, path, e->value, "a measure", dl);
		const struct value *v;

		if (e->value->type != VALUE_TABLE) {
			diag_add(dl, DIAG_ERROR, "config/wrong-type", path, e->at, "measure '%.*s' must be a table",
				 STR_ARG(e->key));
			continue;
		}
		meta_check_keys(&t, known, sizeof(known) / sizeof(known[0]));
		m->id = utf8_slug(a, e->key);
		m->unit = meta_text(&t, "unit");
		v = value_get(e->value, STR("tolerance"));
		if (v && !read_tolerance(v, m)) {
			diag_add(dl, DIAG_ERROR, "config/bad-tolerance", path, v->at,
				 "a tolerance is a share or a number");
			diag_hint(dl, "write tolerance = \"5%%\" or tolerance = 2");
		}
		m->has_review = meta_span(&t, "review_in", &m->review_in);
		c->n_measures++;
	}
	c->measures = list;
}

static void read_menu(struct arena *a, struct str path, const struct value *list, struct config *c,
		      struct diag_list *dl)
{
	static const struct str known[] = { STR_INIT("label"), STR_INIT("url") };
	struct menu_item *items;

	if (!list)
		return;
	if (list->type != VALUE_ARRAY) {
		diag_add(dl, DIAG_ERROR, "config/wrong-type", path, list->at, "'menu' must be a list of tables");
		diag_hint(dl, "write [[menu]] before each entry");
		return;
	}
	items = arena_array(a, struct menu_item, list->as.array.len);
	for (size_t i = 0; i < list->as.array.len; i++) {
		const struct value *t = list->as.array.items[i];
		struct meta m = meta_of(a, path, t, "a menu entry", dl);

		if (t->type != VALUE_TABLE) {
			diag_add(dl, DIAG_ERROR, "config/wrong-type", path, t->at,
				 "a menu entry must be a table with 'label' and 'url'");
			continue;
		}
		meta_check_keys(&m, known, 2);
		items[c->n_menu].label = text_or(&m, "label", STR_NONE);
		items[c->n_menu].url = text_or(&m, "url", STR_NONE);
		items[c->n_menu].at = t->at;
		c->n_menu++;
	}
	c->menu = items;
}

bool config_set_base_url(struct arena *a, struct config *c, struct str url)
{
	struct str rest;
	ptrdiff_t slash;

	url = str_trim(url);
	if (str_starts(url, STR("https://")))
		rest = str_skip(url, 8);
	else if (str_starts(url, STR("http://")))
		rest = str_skip(url, 7);
	else
		return false;
	if (rest.len == 0 || rest.ptr[0] == '/' || str_contains(rest, STR("//")) || str_contains(rest, STR("/.")))
		return false;
	for (size_t i = 0; i < rest.len; i++)
		if ((unsigned char)rest.ptr[i] <= ' ' || memchr("?#\"<>\\`{}|^\x7f", rest.ptr[i], 13))
			return false;
	slash = str_find_byte(rest, '/');
	c->base_path = slash < 0 ? STR("/") : str_copy(a, str_skip(rest, (size_t)slash));
	c->base_url = str_copy(a, url);
	if (!str_ends(c->base_path, STR("/")))
		c->base_path = str_format(a, "%.*s/", STR_ARG(c->base_path));
	if (!str_ends(c->base_url, STR("/")))
		c->base_url = str_format(a, "%.*s/", STR_ARG(c->base_url));
	return true;
}

void config_defaults(struct arena *a, struct config *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		set_fallback(out, &keys[i]);
	config_set_base_url(a, out, out->base_url);
	read_kinds(a, STR_NONE, NULL, out, NULL);
}

bool config_read(struct arena *a, struct str path, const struct value *tree, struct config *out, struct diag_list *dl)
{
	size_t errors = dl->errors;
	const struct value *v;

	config_defaults(a, out);
	out->raw = tree;
	read_keys(a, path, STR_NONE, tree, out, dl);
	if (!config_set_base_url(a, out, out->base_url)) {
		v = value_get(tree, STR("base_url"));
		diag_add(dl, DIAG_ERROR, "config/bad-base-url", path, v ? v->at : (struct pos){ 0, 0 },
			 "'%.*s' is no web address", STR_ARG(out->base_url));
		diag_hint(dl, "write it in full, such as https://example.org/briefing/");
		config_set_base_url(a, out, STR("http://localhost/"));
	}
	v = value_get(tree, STR("kinds"));
	read_kinds(a, path, is_table(path, v, "kinds", dl) ? v : NULL, out, dl);
	read_relations(a, path, value_get(tree, STR("relations")), out, dl);
	read_measures(a, path, value_get(tree, STR("measures")), out, dl);
	read_menu(a, path, value_get(tree, STR("menu")), out, dl);
	out->extra = value_get(tree, STR("extra"));
	if (!out->extra)
		out->extra = value_get(tree, STR("params"));
	out->strings = value_get(tree, STR("strings"));
	is_table(path, out->strings, "strings", dl);
	is_table(path, out->extra, "extra", dl);
	return dl->errors == errors;
}

const struct kind *config_kind(const struct config *c, struct str id)
{
	for (size_t i = 0; i < c->n_kinds; i++)
		if (str_eq(c->kinds[i].id, id))
			return &c->kinds[i];
	return NULL;
}

const struct kind *config_kind_of_dir(const struct config *c, struct str path)
{
	const struct kind *best = config_kind(c, STR("page"));
	size_t best_len = 0;

	for (size_t i = 0; i < c->n_kinds; i++) {
		const struct kind *k = &c->kinds[i];

		if (k->dir.len > best_len && path_is_within(path, k->dir) && path.len > k->dir.len) {
			best = k;
			best_len = k->dir.len;
		}
	}
	return best;
}

const struct relation_type *config_relation(const struct config *c, struct str id)
{
	for (size_t i = 0; i < c->n_relations; i++)
		if (str_eq(c->relations[i].id, id))
			return &c->relations[i];
	return NULL;
}

const struct measure *config_measure(const struct config *c, struct str slug)
{
	for (size_t i = 0; i < c->n_measures; i++)
		if (str_eq(c->measures[i].id, slug))
			return &c->measures[i];
	return NULL;
}

/* A basic string: JSON's quoting escapes the slash too, which TOML does not know. */
static void write_string(struct buf *out, struct str s)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c == '"' || c == '\\')
			buf_add_format(out, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			buf_add_format(out, "\\u%04X", c);
		else
			buf_add_char(out, (char)c);
	}
	buf_add_char(out, '"');
}

/* Bare where TOML allows it. */
static void write_key(struct buf *out, struct str key)
{
	bool is_bare = key.len > 0;

	for (size_t i = 0; i < key.len; i++) {
		char c = key.ptr[i];

		is_bare &= (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
			   c == '_';
	}
	if (is_bare)
		buf_add(out, key);
	else
		write_string(out, key);
}

static void write_header(struct buf *out, const char *table, struct str key)
{
	buf_add_format(out, "\n[%s.", table);
	write_key(out, key);
	buf_add_z(out, "]\n");
}

static void write_entry(struct buf *out, const char *key, struct str value)
{
	buf_add_format(out, "%s = ", key);
	write_string(out, value);
	buf_add_char(out, '\n');
}

static void write_value(struct buf *out, const struct config *c, const struct config_key *k)
{
	const void *field = (const char *)c + k->offset;

	switch (k->type) {
	case CONFIG_STRING:
		write_string(out, *(const struct str *)field);
		break;
	case CONFIG_BOOL:
		buf_add_z(out, *(const bool *)field ? "true" : "false");
		break;
	case CONFIG_INT:
		buf_add_format(out, "%lld", (long long)*(const int64_t *)field);
		break;
	case CONFIG_CHOICE: {
		struct str rest = str_from(k->choices), part = STR_NONE;

		for (int64_t i = *(const int64_t *)field; i >= 0; i--)
			str_next(&rest, '|', &part);
		write_string(out, part);
		break;
	}
	}
}

static void write_kinds(struct buf *out, const struct config *c)
{
	static const char *const types[] = { "string", "date", "number", "url", "list", "reference", "bool" };

	for (size_t i = 0; i < c->n_kinds; i++) {
		const struct kind *k = &c->kinds[i];

		write_header(out, "kinds", k->id);
		write_entry(out, "label", k->label);
		write_entry(out, "plural", k->plural);
		write_entry(out, "dir", k->dir);
		write_entry(out, "schema", k->schema);
		if (k->template.len)
			write_entry(out, "template", k->template);
		buf_add_format(out, "sort = \"%s\"\nentity = %s\nmain = %s\nclosed = %s\nstubs = %s\nmatch = \"%s\"\n",
			       config_sort_name(k->sort), k->is_entity ? "true" : "false",
			       k->is_main ? "true" : "false", k->is_closed ? "true" : "false",
			       k->has_stubs ? "true" : "false", k->any_case ? "any-case" : "exact");
		for (size_t f = 0; f < k->n_fields; f++) {
			buf_add_z(out, "keys.");
			write_key(out, k->fields[f].name);
			buf_add_format(out, " = { type = \"%s\", label = ", types[k->fields[f].type]);
			write_string(out, k->fields[f].label);
			if (k->fields[f].kind.len) {
				buf_add_z(out, ", kind = ");
				write_string(out, k->fields[f].kind);
			}
			buf_add_format(out, ", required = %s }\n", k->fields[f].is_required ? "true" : "false");
		}
	}
}

static void write_measure(struct buf *out, const struct measure *m)
{
	write_header(out, "measures", m->id);
	write_entry(out, "unit", m->unit);
	if (m->tolerance_abs > 0) {
		buf_add_z(out, "tolerance = ");
		buf_add_double(out, m->tolerance_abs);
		buf_add_char(out, '\n');
	} else {
		buf_add_z(out, "tolerance = \"");
		buf_add_double(out, m->tolerance * 100);
		buf_add_z(out, "%\"\n");
	}
	if (m->has_review)
		buf_add_format(out, "review_in = \"%d months %d days\"\n", (int)m->review_in.months,
			       (int)m->review_in.days);
}

void config_write_toml(struct buf *out, const struct config *c)
{
	struct str group = STR_NONE;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct str name = str_from(keys[i].name);
		ptrdiff_t dot = str_find_byte(name, '.');
		struct str g = dot < 0 ? STR_NONE : str_cut(name, 0, (size_t)dot);

		if (!str_eq(g, group)) {
			buf_add_format(out, "\n[%.*s]\n", STR_ARG(g));
			group = g;
		}
		buf_add_format(out, "# %s", keys[i].help);
		if (keys[i].choices)
			buf_add_format(out, " (%s)", keys[i].choices);
		buf_add_format(out, "\n%.*s = ", STR_ARG(dot < 0 ? name : str_skip(name, (size_t)dot + 1)));
		write_value(out, c, &keys[i]);
		buf_add_char(out, '\n');
	}
	write_kinds(out, c);
	for (size_t i = 0; i < c->n_relations; i++) {
		write_header(out, "relations", c->relations[i].id);
		write_entry(out, "label", c->relations[i].label);
		write_entry(out, "reverse", c->relations[i].reverse);
	}
	for (size_t i = 0; i < c->n_measures; i++)
		write_measure(out, &c->measures[i]);
	for (size_t i = 0; i < c->n_menu; i++) {
		buf_add_z(out, "\n[[menu]]\n");
		write_entry(out, "label", c->menu[i].label);
		write_entry(out, "url", c->menu[i].url);
	}
}
