#ifndef CONFIG_H
#define CONFIG_H

#include "base/date.h"
#include "base/diag.h"
#include "base/map.h"
#include "base/str.h"
#include "base/value.h"

/*
 * config - what site.toml says, checked and with every default filled in.
 *
 * One table (config_keys) is the master copy of keys, types, defaults and help;
 * the reader, `config --effective` and the documentation all walk it. Kinds,
 * relation types and measures are declared lists of their own. Lives in the
 * arena it was read into; immutable afterwards.
 */
enum config_type { CONFIG_STRING, CONFIG_BOOL, CONFIG_INT, CONFIG_CHOICE };

struct config_key {
	const char *name; /* dotted: "linking.mentions" */
	enum config_type type;
	size_t offset;          /* of the field in struct config */
	const char *fallback;   /* the default, as text */
	const char *choices;    /* CONFIG_CHOICE: "a|b|c", stored as its index */
	const char *help;       /* one sentence */
	int64_t min, max;       /* CONFIG_INT */
	bool is_render;         /* changes what pages look like */
};
const struct config_key *config_keys(size_t *n);

/* A typed front-matter key of a kind. */
enum field_type { FIELD_STRING, FIELD_DATE, FIELD_NUMBER, FIELD_URL, FIELD_LIST, FIELD_REFERENCE, FIELD_BOOL };
struct field {
	struct str name, label;
	enum field_type type;
	struct str kind; /* FIELD_REFERENCE: the kind it must be of, or empty */
	bool is_required;
};

enum sort_by { SORT_TITLE, SORT_DATE, SORT_DATE_DESC, SORT_WEIGHT };
const char *config_sort_name(enum sort_by sort); /* as it is written */

struct kind {
	uint32_t index; /* in config.kinds */
	struct str id, label, plural, dir, schema, template;
	enum sort_by sort;
	bool is_entity; /* has names that link automatically, and a page of its own with facts, JSON and a feed */
	bool is_main;   /* one of the main sections */
	bool is_closed; /* unknown front-matter keys are errors */
	bool has_stubs; /* unknown names in tag lists get a page */
	bool any_case;  /* names match in any case */
	bool is_declared; /* in site.toml; otherwise built in */
	const struct field *fields;
	size_t n_fields;
};

struct relation_type {
	struct str id, label, reverse;
	bool is_symmetric; /* no reverse label was given that differs */
};

struct measure {
	struct str id; /* slug of the measure's name */
	struct str unit; /* of figures that name none */
	double tolerance; /* a fraction: 0.05 for "5%" */
	double tolerance_abs; /* absolute: for "2" */
	struct date_span review_in;
	bool has_review;
};

struct menu_item {
	struct str label, url;
	struct pos at;
};

enum config_links { LINKS_ROOT, LINKS_RELATIVE };
enum config_book { BOOK_AUTO, BOOK_ALWAYS, BOOK_NEVER };
enum config_mentions { MENTIONS_FIRST_PER_SECTION, MENTIONS_FIRST_PER_PAGE, MENTIONS_ALL, MENTIONS_NONE };

struct config {
	struct str title, base_url, description, language, author, output_dir;
	struct str base_path; /* path part of base_url with slashes at both ends: "/" or "/sub/" */
	int64_t links;        /* enum config_links */
	struct str copyright;
	int64_t book;         /* enum config_book */

	bool cards;

	bool markdown_unsafe;
	int64_t markdown_max_bytes;

	int64_t mentions; /* enum config_mentions */
	int64_t page_size, backlinks_shown, feed_limit, sitemap_limit, ndjson_limit_mb;
	bool feeds, feeds_json, json, csv, ndjson, sitemap, robots, redirects, search, previews;

	struct str server_bind;
	int64_t server_port;
	int64_t template_instructions, template_memory_mb;

	const struct kind *kinds;
	size_t n_kinds;
	const struct relation_type *relations;
	size_t n_relations;
	const struct measure *measures;
	size_t n_measures;
	const struct menu_item *menu;
	size_t n_menu;

	const struct value *extra;   /* [extra], a table */
	const struct value *strings; /* [strings], overrides of theme text, a table */
	const struct value *raw;     /* the whole file, for `config.get` in templates */
};

/* Reads site.toml's tree; errors are "config/…" at `path`. False when there was one; *out is usable then, too. */
bool config_read(struct arena *a, struct str path, const struct value *tree, struct config *out, struct diag_list *dl);
/* A site without site.toml. */
void config_defaults(struct arena *a, struct config *out);
/* Below so many pages there is a print edition without being asked for. */
#define CONFIG_BOOK_PAGES 1000
/* base_url replaced (command line); sets base_path. False: not an absolute http(s) URL. */
bool config_set_base_url(struct arena *a, struct config *c, struct str base_url);

const struct kind *config_kind(const struct config *c, struct str id);        /* NULL */
const struct kind *config_kind_of_dir(const struct config *c, struct str path); /* by the longest declared folder that holds the content path */
const struct relation_type *config_relation(const struct config *c, struct str id);
const struct measure *config_measure(const struct config *c, struct str slug);
/* The effective configuration as TOML with every key and its help as a comment. */
void config_write_toml(struct buf *out, const struct config *c);

#endif
