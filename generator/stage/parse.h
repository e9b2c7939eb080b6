#ifndef PARSE_H
#define PARSE_H

#include "base/pool.h"
#include "site/cache.h"
#include "site/record.h"
#include "site/site.h"

/*
 * parse - one file to one page: front matter, typed; text, as a doc; records.
 * Every file is parsed on its own, on any worker; what is made lies in the
 * worker's arena. The text of the file is not kept.
 */
struct parse_input {
	struct str path; /* "content/companies/deepseek.md" */
	struct str file; /* on disk */

	/* What an earlier run made of a file with these bytes; NULL: nothing. It outlives the page. */
	const struct cache_page *kept;
	struct cache_head head; /* of it */
	const struct doc *doc;  /* of it */
	bool is_same; /* by its size and time the file is still that one: it is not even read */

	struct page *page;  /* takes the page; NULL: a place in the worker's arena */
	struct arena *docs; /* takes the doc, which nothing else of the page borrows from; NULL: the worker's arena */
};

struct parsed {
	struct page *page;
	struct records *records; /* NULL: it makes none */
	struct digest digest; /* of the file's bytes */
	bool is_ok;           /* the page can be linked; its diagnostics tell the rest */
	bool is_kept;         /* made from input.kept */
	bool is_keepable;     /* the text had nothing to say, so that `head` and the doc stand for it */
	const struct cache_head *head; /* the input's, or good until the worker's next page; NULL: there is none */
};

/* One per worker. */
struct parse_worker;
struct parse_worker *parse_worker_new(struct arena *a, struct diag_list *dl);
void parse_worker_free(struct parse_worker *w);

/* The key of the page that a file makes: "companies/deepseek" of "content/companies/deepseek/index.md". */
struct str parse_key(struct str path);
/* Parses `in` for site `c` into *out. */
void parse_page(struct parse_worker *w, const struct config *c, const struct parse_input *in, struct parsed *out);

/* A data file: .toml, .json or .csv. Records in it are read too (`facts` and `events` lists, or a CSV with their columns). */
void parse_data(struct parse_worker *w, const struct config *c, const struct parse_input *in, struct data_file *out,
		struct records *records);

/* site.toml. NULL: unreadable or broken; then there are diagnostics. */
const struct value *parse_toml_file(struct arena *a, struct str path, struct str file, struct digest *digest,
				    struct diag_list *dl);
/* A short text of Markdown (an explanation), parsed on its own. */
const struct doc *parse_markdown(struct parse_worker *w, const struct config *c, struct str path, struct str text);

#endif
