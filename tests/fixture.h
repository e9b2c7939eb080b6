#ifndef FIXTURE_H
#define FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/doc.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "site/factset.h"
#include "site/order.h"
#include "site/page.h"
#include "site/site.h"
#include "text/toml.h"

/*
 * fixture - the little that tests of the model share: trees, docs and sites
 * from literals. Everything lies in the arena given.
 */
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* TOML that must be well-formed. */
static inline const struct value *fixture_toml(struct arena *a, const char *text)
{
	struct diag_list dl;
	struct value *tree = NULL;

	diag_init(&dl, a);
	assert_true(toml_parse(a, STR("test.toml"), str_from(text), 1, &tree, &dl));
	return tree;
}

static inline void fixture_line(struct doc_builder *b, struct str line, uint32_t source)
{
	doc_set_text(b, doc_leaf(b, DOC_TEXT, source), line);
}

/*
 * Blocks separated by empty lines: "# Title" is a heading (level by its hashes,
 * id by its text), anything else a paragraph with soft breaks between its lines.
 */
static inline const struct doc *fixture_doc(struct arena *a, const char *text)
{
	struct str rest = str_from(text), line;
	struct doc_builder b;
	const struct doc *d;
	bool is_open = false;
	uint32_t zero = 0;

	doc_builder_init(&b);
	doc_open(&b, DOC_ROOT, 0);
	while (str_next(&rest, '\n', &line)) {
		uint32_t level = 0, source = line.ptr ? (uint32_t)(line.ptr - text) : 0;

		while (level < line.len && line.ptr[level] == '#')
			level++;
		if (is_open && line.len)
			doc_leaf(&b, DOC_SOFT_BREAK, source);
		if (is_open && !line.len)
			doc_close(&b);
		if (!is_open && line.len && level) {
			line = str_trim(str_skip(line, level));
			doc_open(&b, DOC_HEADING, source)->level = (uint16_t)level;
			doc_set_arg(&b, &b.nodes[b.n_nodes - 1], utf8_heading_id(a, line));
			fixture_line(&b, line, source);
			doc_close(&b);
			continue;
		}
		if (!is_open && line.len)
			doc_open(&b, DOC_PARAGRAPH, source);
		is_open = line.len > 0;
		if (is_open)
			fixture_line(&b, line, source);
	}
	if (is_open)
		doc_close(&b);
	doc_close(&b);
	d = doc_finish(&b, a, &zero, 1, 0);
	doc_builder_release(&b);
	return d;
}

/* Builtin kinds, and company, person and topic as entities. */
static inline const struct config *fixture_config(struct arena *a)
{
	struct config *c = arena_new(a, struct config);
	struct diag_list dl;

	diag_init(&dl, a);
	assert_true(config_read(
		a, STR("site.toml"),
		fixture_toml(a, "title = 'Test'\nbase_url = 'https://example.org/sub/'\n"
				"[kinds.company]\nlabel = 'Company'\nplural = 'Companies'\ndir = 'companies'\n"
				"[kinds.person]\nlabel = 'Person'\nplural = 'People'\ndir = 'people'\n"
				"[kinds.topic]\nlabel = 'Topic'\nplural = 'Topics'\ndir = 'topics'\n"
				"[relations.founded_by]\nlabel = 'Founded by'\nreverse = 'Founder of'\n"),
		c, &dl));
	return c;
}

struct fixture_page {
	const char *key;  /* "companies/deepseek" */
	const char *head; /* TOML */
	const char *text; /* as fixture_doc reads it */
};

static inline const uint32_t *fixture_tags(const struct site *s, struct arena *a, const struct tag_list *t)
{
	uint32_t *pages = arena_array(a, uint32_t, t->n);
	const struct page *p;

	for (size_t i = 0; i < t->n; i++)
		pages[i] = site_resolve(s, t->refs[i].text, NULL, &p) == SITE_NONE ? UINT32_MAX : p->index;
	return pages;
}

/* Pages (sorted by key) read, indexed and put in order, references in tag lists resolved; no links, mentions or records. */
static inline struct site *fixture_site(struct arena *a, const struct fixture_page *pages, size_t n)
{
	struct site *s = arena_new(a, struct site);
	struct diag_list dl;

	diag_init(&dl, a);
	s->arena = a;
	s->config = fixture_config(a);
	s->pages = arena_array(a, struct page, n);
	s->n_pages = n;
	s->name_lists = arena_array(a, struct name_list, n * 64);
	for (size_t i = 0; i < n; i++) {
		struct page *p = &s->pages[i];

		p->index = (uint32_t)i;
		p->key = str_from(pages[i].key);
		p->path = str_format(a, "content/%s.md", pages[i].key);
		p->slug = str_rfind_byte(p->key, '/') < 0 ? p->key
							  : str_skip(p->key, (size_t)str_rfind_byte(p->key, '/') + 1);
		p->url = str_eq(p->key, STR("index")) ? STR("/") : str_format(a, "/%s/", pages[i].key);
		p->is_home = str_eq(p->key, STR("index"));
		p->digests = arena_array(a, struct digest, PAGE_ASPECTS);
		p->kind = config_kind_of_dir(s->config, p->key);
		page_read(a, s->config, p, fixture_toml(a, pages[i].head), &dl);
		p->doc = pages[i].text ? fixture_doc(a, pages[i].text) : doc_empty();
		page_extract(a, p);
		map_put(a, &s->by_key, p->key, i);
		map_put(a, &s->by_url, p->url, i);
		for (size_t k = 0; k <= p->n_names; k++) {
			struct str folded = utf8_fold_key(a, k < p->n_names ? p->names[k].text : p->slug);
			bool is_new;
			struct map_entry *e = map_at(a, &s->by_name, folded, &is_new);
			struct name_list *list;

			if (is_new)
				e->value = s->n_name_lists++;
			list = &s->name_lists[e->value];
			if (!list->pages)
				list->pages = arena_array(a, uint32_t, n * 2);
			if (list->n == 0 || list->pages[list->n - 1] != i)
				list->pages[list->n++] = (uint32_t)i;
		}
	}
	assert_int_equal(dl.errors, 0);
	for (size_t i = 0; i < n; i++)
		for (size_t t = 0; t < s->pages[i].n_tagged; t++)
			s->pages[i].tagged[t].pages = fixture_tags(s, a, &s->pages[i].tagged[t]);
	order_pages(s, a);
	return s;
}

/* To be changed: the digests of a fixture's pages are nobody else's. */
static inline struct digest *fixture_digest(const struct page *p, int aspect)
{
	return (struct digest *)(uintptr_t)&p->digests[aspect];
}

/* What the present render noted, in order, those of groups one by one. */
static inline size_t fixture_noted(struct arena *a, const struct factset *s, struct factset_entry **out)
{
	VEC(struct factset_entry) list = { 0 };

	for (size_t i = 0; i < s->len; i++) {
		struct factset_entry f = factset_entry(s, s->noted[i].number);

		if (f.kind != FACT_GROUP)
			vec_push(a, &list, f);
		for (uint32_t k = 0; k < f.n_members; k++)
			vec_push(a, &list, factset_entry(s, f.members[k]));
	}
	*out = list.ptr;
	return list.len;
}

/* Whether the present render noted it. */
static inline bool fixture_notes(const struct factset *s, enum fact_kind kind, const char *key)
{
	struct arena a = { 0 };
	struct factset_entry *f;
	size_t n = fixture_noted(&a, s, &f);
	bool is_there = false;

	for (size_t i = 0; i < n; i++)
		is_there |= f[i].kind == (uint32_t)kind && str_eq(f[i].key, str_from(key));
	arena_release(&a);
	return is_there;
}

/* The diagnostic with this code, or NULL. */
static inline const struct diag *fixture_diag(const struct diag_list *dl, const char *code)
{
	for (size_t i = 0; i < dl->len; i++)
		if (strcmp(dl->items[i].code, code) == 0)
			return &dl->items[i];
	return NULL;
}

static inline void fixture_equal(struct str got, const char *wanted)
{
	char *z = malloc(got.len + 1);

	assert_non_null(z);
	if (got.len)
		memcpy(z, got.ptr, got.len);
	z[got.len] = '\0';
	assert_string_equal(z, wanted);
	free(z);
}

#endif
