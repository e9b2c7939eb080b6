#ifndef LAWS_MODEL_H
#define LAWS_MODEL_H

#include "base/arena.h"
#include "base/str.h"

/*
 * model - a small rich site as numbers, for edits at random.
 *
 * Plain data: a copy of the struct is a copy of the site, and the text of
 * every file is a pure function of it. References are indices plus one, 0 is
 * none; one that leads to a page not in use is left out of the text, so that
 * most edits give a site that builds.
 */
#define MODEL_PAGES 56
#define MODEL_RECORDS 3
#define MODEL_BODY 9
#define MODEL_ROWS 6

enum model_kind { MODEL_PAGE, MODEL_ARTICLE, MODEL_COMPANY, MODEL_PERSON, MODEL_TOPIC, MODEL_SOURCE, MODEL_KINDS };

enum model_sentence {
	MODEL_WORDS,
	MODEL_MENTION,
	MODEL_ALIAS,
	MODEL_WIKILINK,
	MODEL_LINK,
	MODEL_CITE,
	MODEL_CITE_FACT,
	MODEL_EMBED_FACT,
	MODEL_EMBED_PAGE,
	MODEL_HEADING,
	MODEL_ANCHOR, /* a link to a heading of another page */
	MODEL_SHORTCODE,
	MODEL_TABLE,
	MODEL_NOTE,
	MODEL_CALLOUT,
	MODEL_PICTURE,
	MODEL_SENTENCES
};

/* What makes the site one that must not be published. */
enum model_fault {
	MODEL_SOUND,
	MODEL_DANGLING,
	MODEL_BAD_DATE,
	MODEL_BAD_KEY,
	MODEL_BAD_TEMPLATE,
	MODEL_BAD_FILTER,
	MODEL_BAD_FIELD,
	MODEL_BAD_HEAD,
	MODEL_BAD_BYTES,
	MODEL_BAD_SCRIPT,
	MODEL_BAD_ANCHOR,
	MODEL_BAD_DATA,
	MODEL_SAME_URL,
	MODEL_FAULTS
};

struct model_page {
	bool is_used, is_draft, is_yaml, is_bundle, no_autolink, in_windows;
	unsigned kind, declared, slug, title, summary, date, updated, reviewed, embargo, expires, weight;
	unsigned alias[3], weak, misspelt, redirect, extra, template, prefer, picture, lang;
	unsigned tags[3];
	struct {
		unsigned type, target, source, from, to, quote;
	} relations[MODEL_RECORDS];
	struct {
		unsigned measure, value, year, scope, source, status; /* measure plus one; 0: none */
	} facts[MODEL_RECORDS];
	struct {
		unsigned text, year, about, source;
	} events[2], quotes[2];
	struct {
		unsigned kind, a, b;
	} body[MODEL_BODY]; /* kind plus one; 0: none */
};

struct model {
	struct model_page pages[MODEL_PAGES];
	struct {
		unsigned subject, measure, value, year, source;
	} rows[MODEL_ROWS];
	unsigned comparison[2], comparison_text; /* facts of pages, plus one */
	/* site.toml */
	unsigned title, colour, line, page_size, backlinks, mentions, label, reverse, tolerance, review, feed, match;
	bool relative, no_previews, no_book, no_json_feeds, no_json, no_csv, no_ndjson, no_parts, no_sitemap, no_search, no_feeds, no_stubs, has_menu;
	/* templates/, plugins/, data/, assets/ */
	unsigned foot, special, shortcode, component, script, number, style, attachment, text;
	/* the command line */
	unsigned now; /* days after the first */
	bool is_offline, with_drafts, is_moved;
	unsigned fault, fault_at;
	unsigned n_slugs; /* none is used twice */
};

struct model_file {
	const char *path;
	struct str text;
};

struct model_files {
	struct model_file *ptr;
	size_t len;
};

struct model_random {
	uint64_t state;
};
unsigned model_pick(struct model_random *r, unsigned n); /* 0 to n-1 */

void model_begin(struct model *m, struct model_random *r); /* a site of about forty pages */
void model_write(struct arena *a, const struct model *m, struct model_files *out); /* in `a` */
/* One change at random; its name for people. A fault is likely to be mended. */
const char *model_edit(struct model *m, struct model_random *r);
/*
 * Takes the i-th of all parts away that a site may have, which are numbered alike in every model; `was` says whether it
 * had it. False: there are not so many. For finding out what of a site matters.
 */
bool model_drop(struct model *m, size_t i, bool *was);
void model_now(const struct model *m, char date[16]);

#endif
