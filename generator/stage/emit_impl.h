#ifndef EMIT_IMPL_H
#define EMIT_IMPL_H

#include "site/record.h"
#include "stage/emit.h"

/*
 * emit_impl - what the parts of emit share; nobody else includes it.
 *
 * JSON is written straight into the buffer: whether a comma is due shows in the
 * byte before, which is an opening bracket or a colon where none is.
 */
void emit_open(struct buf *out, char bracket);  /* '{' or '[', as the next item */
void emit_close(struct buf *out, char bracket);
void emit_key(struct buf *out, const char *key);
void emit_item(struct buf *out, struct str text); /* a string in an array */
void emit_text(struct buf *out, const char *key, struct str text);
void emit_some(struct buf *out, const char *key, struct str text); /* only when not empty */
void emit_count(struct buf *out, const char *key, uint64_t n);
void emit_flag(struct buf *out, const char *key, bool is_set);      /* only when set */
void emit_date(struct buf *out, const char *key, struct date d);    /* only when set */

void emit_note(const struct emit *e, enum fact_kind kind, struct str key); /* key outlives the run */
void emit_note_page(const struct emit *e, enum fact_kind kind, const struct page *p);
void emit_note_copy(const struct emit *e, enum fact_kind kind, const char *prefix, struct str id);

/* Fields of an object that is already open; "id" and what each record has. */
void emit_page_fields(struct buf *out, const struct emit *e, const struct page *p);
void emit_extracted(struct buf *out, const struct emit *e, const struct page *p);
void emit_fact_fields(struct buf *out, const struct emit *e, const struct fact *f);
void emit_relation_fields(struct buf *out, const struct relation *r);
void emit_event_fields(struct buf *out, const struct event *ev);
void emit_quote_fields(struct buf *out, const struct quote *q);
void emit_comparison_fields(struct buf *out, const struct emit *e, const struct comparison *c);

/* What the running text of a page says in figures and dates, as items of two arrays. */
struct emit_findings {
	struct str *figures, *dates; /* each once, in order of appearance */
	size_t n_figures, n_dates;
	bool is_chinese;             /* mostly Han characters */
};
void emit_find(struct arena *a, struct str text, struct emit_findings *out);

/* The outputs. */
void emit_json(struct buf *out, const struct emit *e, const struct output *o);
void emit_csv(struct buf *out, const struct emit *e, const struct output *o);
void emit_feed(struct buf *out, const struct emit *e, const struct output *o);
void emit_json_feed(struct buf *out, const struct emit *e, const struct output *o);
void emit_preview(struct buf *out, const struct emit *e, const struct output *o);
void emit_card(struct buf *out, const struct emit *e, const struct output *o);
void emit_sitemap(struct buf *out, const struct emit *e, const struct output *o);
void emit_ndjson(struct buf *out, const struct emit *e, const struct output *o);

#endif
