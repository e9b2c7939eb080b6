#ifndef TEMPSITE_H
#define TEMPSITE_H

#include <stdio.h>
#include <unistd.h>

#include "fixture.h"

#include "app/build.h"
#include "base/fs.h"
#include "base/path.h"
#include "text/markdown.h"

/*
 * tempsite - a site of real files in a folder of its own, and its model.
 *
 *     struct tempsite t;
 *     tempsite_open(&t);
 *     tempsite_put(&t, "content/companies/deepseek.md", "+++\ntitle = 'DeepSeek'\n+++\nText.\n");
 *     tempsite_build(&t);          (again after further puts: the old model goes)
 *     … t.r.site, t.dl, tempsite_page(&t, "companies/deepseek") …
 *     tempsite_close(&t);
 *
 * site.toml declares the kinds that most tests want; put another one over it.
 */
struct tempsite {
	struct arena arena; /* of paths and results of the helpers: lives until tempsite_close */
	struct arena said;  /* of the diagnostics */
	struct str root;
	struct build_options opt; /* the build date is 2026-05-01 */
	struct build_result r;
	struct diag_list dl;
	enum build_status status;
	bool has_model;
};

#define TEMPSITE_CONFIG                                                                                     \
	"title = 'Test'\nbase_url = 'https://example.org/'\n"                                               \
	"[kinds.company]\nlabel = 'Company'\nplural = 'Companies'\ndir = 'companies'\nstubs = true\n"       \
	"[kinds.person]\nlabel = 'Person'\nplural = 'People'\ndir = 'people'\n"                             \
	"[kinds.topic]\nlabel = 'Topic'\nplural = 'Topics'\ndir = 'topics'\nmatch = 'any-case'\n"           \
	"[relations.founded_by]\nlabel = 'Founded by'\nreverse = 'Founder of'\n"

static inline void tempsite_put_bytes(struct tempsite *t, const char *path, struct str text)
{
	struct diag_list dl;

	diag_init(&dl, &t->arena);
	assert_int_not_equal(fs_write(path_join(&t->arena, t->root, str_from(path)), text, &dl), FS_WRITE_FAILED);
}

static inline void tempsite_put(struct tempsite *t, const char *path, const char *text)
{
	tempsite_put_bytes(t, path, str_from(text));
}

static inline void tempsite_open(struct tempsite *t)
{
	char name[] = "/tmp/dossier-test-XXXXXX";

	memset(t, 0, sizeof(*t));
	assert_non_null(mkdtemp(name));
	t->root = str_copy(&t->arena, str_from(name));
	t->opt = (struct build_options){ .root = t->root, .now = STR("2026-05-01"), .jobs = 1 };
	markdown_setup();
	tempsite_put(t, "site.toml", TEMPSITE_CONFIG);
}

static inline void tempsite_build(struct tempsite *t)
{
	if (t->has_model)
		build_release(&t->r);
	arena_reset(&t->said);
	diag_init(&t->dl, &t->said);
	t->status = build_model(&t->opt, &t->r, &t->dl);
	t->has_model = true;
}

static inline void tempsite_close(struct tempsite *t)
{
	struct diag_list dl;

	if (t->has_model)
		build_release(&t->r);
	diag_init(&dl, &t->said);
	assert_true(fs_remove_tree(t->root, &dl));
	arena_release(&t->said);
	arena_release(&t->arena);
}

static inline const struct page *tempsite_page(const struct tempsite *t, const char *key)
{
	return site_page_by_key(&t->r.site, str_from(key));
}

/* "error link/ambiguous content/a.md:3:5; …" in the order of the list. */
static inline const char *tempsite_said(struct tempsite *t)
{
	static const char *const severities[] = { "note", "warning", "error" };
	struct buf b;
	const char *z;

	buf_init(&b, 0);
	for (size_t i = 0; i < t->dl.len; i++) {
		const struct diag *d = &t->dl.items[i];

		buf_add_format(&b, "%s%s %s %.*s", i ? "; " : "", severities[d->severity], d->code, STR_ARG(d->path));
		if (d->at.line)
			buf_add_format(&b, ":%u:%u", d->at.line, d->at.col);
	}
	z = str_z(&t->arena, buf_str(&b));
	buf_release(&b);
	return z;
}

/* The bytes of a mention, which may lie in several nodes. */
static inline struct str tempsite_mention(struct tempsite *t, const struct page *p, const struct mention *m)
{
	const struct doc_node *nodes = doc_nodes(p->doc);
	struct buf b;
	struct str text, s;
	size_t off = m->off, left = m->len;

	buf_init(&b, 0);
	for (uint32_t i = m->node; left; i++, off = 0) {
		text = nodes[i].type == DOC_TEXT ? str_skip(doc_text(p->doc, &nodes[i]), off) : STR(" ");
		text.len = text.len < left ? text.len : left;
		buf_add(&b, text);
		left -= text.len;
	}
	s = buf_copy(&b, &t->arena);
	buf_release(&b);
	return s;
}

/* "DeepSeek=companies/deepseek chips~topics/chips": '=' linked, '~' repeated, '@' self, '?' ambiguous, '-' weak, '!' off. */
static inline const char *tempsite_mentions(struct tempsite *t, const char *key)
{
	const struct page *p = tempsite_page(t, key);
	struct buf b;
	const char *z;

	assert_non_null(p);
	buf_init(&b, 0);
	for (size_t i = 0; i < p->n_mentions; i++) {
		const struct mention *m = &p->mentions[i];

		buf_add_format(&b, "%s%.*s%c%.*s", i ? " " : "", STR_ARG(tempsite_mention(t, p, m)), "=~@?-!"[m->state],
			       STR_ARG(t->r.site.pages[m->target].key));
	}
	z = str_z(&t->arena, buf_str(&b));
	buf_release(&b);
	return z;
}

/* "page companies/a#x; file /a.pdf; external https://…; anchor #x; source sources/s 1.1 p. 3; fact f 2.1; embed …; broken" */
static inline const char *tempsite_links(struct tempsite *t, const char *key)
{
	static const char *const types[] = { "page", "file", "external", "anchor", "source", "fact", "embed-fact", "embed", "broken" };
	const struct page *p = tempsite_page(t, key);
	const struct site *s = &t->r.site;
	struct buf b;
	const char *z;

	assert_non_null(p);
	buf_init(&b, 0);
	for (size_t i = 0; i < p->n_links; i++) {
		const struct link *ln = &p->links[i];

		buf_add_format(&b, "%s%s", i ? "; " : "", types[ln->type]);
		if (ln->type == LINK_CITE_FACT || ln->type == LINK_EMBED_FACT)
			buf_add_format(&b, " %.*s", STR_ARG(s->records.facts[ln->target].r.id));
		else if (ln->type == LINK_FILE || ln->type == LINK_EXTERNAL)
			buf_add_format(&b, " %.*s", STR_ARG(ln->url));
		else if (ln->type != LINK_BROKEN && ln->type != LINK_ANCHOR)
			buf_add_format(&b, " %.*s", STR_ARG(s->pages[ln->target].key));
		if (ln->anchor.len)
			buf_add_format(&b, "#%.*s", STR_ARG(ln->anchor));
		if (ln->number)
			buf_add_format(&b, " %u.%u", ln->number, ln->use);
	}
	z = str_z(&t->arena, buf_str(&b));
	buf_release(&b);
	return z;
}

/* Keys of pages: "a b c". */
static inline const char *tempsite_keys(struct tempsite *t, const uint32_t *pages, size_t n)
{
	struct buf b;
	const char *z;

	buf_init(&b, 0);
	for (size_t i = 0; i < n; i++)
		buf_add_format(&b, "%s%.*s", i ? " " : "", STR_ARG(t->r.site.pages[pages[i]].key));
	z = str_z(&t->arena, buf_str(&b));
	buf_release(&b);
	return z;
}

/* The keys of all pages that an editor wrote or named: without home, sections and built-in pages. */
static inline const char *tempsite_pages(struct tempsite *t)
{
	uint32_t *list = arena_array(&t->arena, uint32_t, t->r.site.n_pages + 1);
	size_t n = 0;

	for (uint32_t i = 0; i < t->r.site.n_pages; i++) {
		const struct page *p = &t->r.site.pages[i];

		if (!p->is_home && !p->is_section && !p->is_builtin)
			list[n++] = i;
	}
	return tempsite_keys(t, list, n);
}

#endif
