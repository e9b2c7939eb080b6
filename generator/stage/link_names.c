#include "stage/link_impl.h"

#include <stdlib.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/vec.h"

static void add_to_list(struct linker *l, struct str folded, uint32_t page)
{
	struct site *s = l->site;
	bool is_new;
	struct map_entry *e;
	struct name_list *list;

	if (folded.len == 0)
		return;
	e = map_at(l->arena, &s->by_name, folded, &is_new);
	if (is_new) {
		e->value = s->n_name_lists;
		if ((s->n_name_lists & (s->n_name_lists + 1)) == 0 || s->n_name_lists == 0)
			s->name_lists = arena_grow(l->arena, s->name_lists, s->n_name_lists, s->n_name_lists * 2 + 2,
						   sizeof(*s->name_lists), _Alignof(struct name_list));
		memset(&s->name_lists[s->n_name_lists++], 0, sizeof(*s->name_lists));
	}
	list = &s->name_lists[e->value];
	for (size_t i = 0; i < list->n; i++)
		if (list->pages[i] == page)
			return;
	/* Full at every power of two: most names belong to one page. */
	if ((list->n & (list->n - 1)) == 0)
		list->pages = arena_grow(l->arena, list->pages, list->n, list->n ? list->n * 2 : 1, sizeof(uint32_t),
					 _Alignof(uint32_t));
	list->pages[list->n++] = page;
}

void link_add_names(struct linker *l, uint32_t page)
{
	const struct page *p = &l->site->pages[page];

	/* Built-in pages and sections are found by path; as names they would shadow the things they list. */
	if (p->is_home || p->is_section || p->is_builtin)
		return;
	add_to_list(l, utf8_fold_key(l->arena, p->slug), page);
	for (size_t i = 0; i < p->n_names; i++)
		add_to_list(l, utf8_fold_key(l->arena, p->names[i].text), page);
}

void link_names(struct linker *l)
{
	struct site *s = l->site;

	memset(&s->by_name, 0, sizeof(s->by_name));
	s->name_lists = NULL;
	s->n_name_lists = 0;
	for (uint32_t i = 0; i < s->n_pages; i++)
		link_add_names(l, i);
}

static void report_several(struct linker *l, struct str path, const struct ref *r, const struct kind *need, struct diag_list *dl)
{
	const struct page *found[8];
	size_t n = site_candidates(l->site, r->text, need, found, 8);

	diag_add(dl, DIAG_ERROR, "link/ambiguous", path, r->at, "'%.*s' may mean several pages", STR_ARG(r->text));
	diag_width(dl, (uint32_t)utf8_length(r->text) + 2);
	diag_hint(dl, "write the path, such as '%.*s'", STR_ARG(found[0]->key));
	for (size_t i = 0; i < n && i < 8; i++)
		diag_relate(dl, found[i]->path, found[i]->title_at, "'%.*s' (%.*s)", STR_ARG(found[i]->title), STR_ARG(found[i]->key));
}

static bool is_of_withheld(const struct linker *l, struct str text)
{
	struct arena scratch = { 0 };
	bool yes = map_has(&l->withheld, text) || map_has(&l->withheld, utf8_fold_key(&scratch, text));

	arena_release(&scratch);
	return yes;
}

const struct page *link_resolve(struct linker *l, struct str path, struct ref *r, const struct kind *need, const char *code,
				struct diag_list *dl)
{
	const struct page *p;
	struct str near[3];
	size_t n;

	r->page = NULL;
	switch (site_resolve(l->site, r->text, need, &p)) {
	case SITE_ONE:
		r->page = p;
		return p;
	case SITE_SEVERAL:
		report_several(l, path, r, need, dl);
		return NULL;
	case SITE_NONE:
		break;
	}
	if (is_of_withheld(l, r->text)) {
		diag_add(dl, DIAG_WARNING, "link/withheld", path, r->at, "'%.*s' is not published, so this is left out", STR_ARG(r->text));
		return NULL;
	}
	if (need && site_resolve(l->site, r->text, NULL, &p) != SITE_NONE) {
		diag_add(dl, DIAG_ERROR, code, path, r->at, "'%.*s' is a page of kind '%.*s', not '%.*s'", STR_ARG(r->text),
			 STR_ARG(p->kind->id), STR_ARG(need->id));
		return NULL;
	}
	diag_add(dl, DIAG_ERROR, code, path, r->at, "no page is called '%.*s'", STR_ARG(r->text));
	diag_width(dl, (uint32_t)utf8_length(r->text) + 2);
	diag_hint(dl, "write the path, slug, title or an alias of a page");
	n = site_near(l->site, l->arena, r->text, near, 3);
	if (n)
		diag_hint(dl, "did you mean '%.*s'?", STR_ARG(near[0]));
	return NULL;
}

/* A page for a name that only a tag list knows. */
static uint32_t add_stub(struct linker *l, const struct kind *kind, struct str name, struct map *stubs, size_t *cap)
{
	struct site *s = l->site;
	struct str slug = utf8_slug(l->arena, name), key = str_format(l->arena, "%.*s/%.*s", STR_ARG(kind->dir), STR_ARG(slug));
	bool is_new;
	struct map_entry *e = map_at(l->arena, stubs, key, &is_new);
	struct page *p;

	if (!is_new)
		return (uint32_t)e->value;
	if (s->n_pages == *cap) {
		s->pages = arena_grow(l->arena, s->pages, *cap, *cap * 2, sizeof(*s->pages), _Alignof(struct page));
		*cap *= 2;
	}
	p = &s->pages[s->n_pages];
	memset(p, 0, sizeof(*p));
	p->index = (uint32_t)s->n_pages;
	p->prev = p->next = UINT32_MAX;
	p->key = key;
	p->slug = slug;
	p->title = name;
	p->kind = kind;
	p->is_stub = true;
	p->doc = doc_empty();
	p->sort_key = utf8_sort_key(l->arena, name);
	p->names = arena_new(l->arena, struct name);
	p->names->text = name;
	p->names->any_case = kind->any_case;
	p->n_names = 1;
	e->value = p->index;
	s->n_pages++;
	link_add_names(l, p->index);
	return p->index;
}

static int by_key(const void *x, const void *y)
{
	return str_cmp(((const struct page *)x)->key, ((const struct page *)y)->key);
}

/* Stubs were appended: puts the pages into order. Gives, for every old index, the new one. */
static const uint32_t *resort(struct linker *l)
{
	struct site *s = l->site;
	uint32_t *moved = arena_array(l->arena, uint32_t, s->n_pages);

	qsort(s->pages, s->n_pages, sizeof(*s->pages), by_key);
	for (uint32_t i = 0; i < s->n_pages; i++) {
		moved[s->pages[i].index] = i;
		s->pages[i].index = i;
	}
	for (size_t i = 0; i < l->in->n_pages; i++)
		if (l->in->pages[i].page->index != UINT32_MAX)
			l->in->pages[i].page->index = moved[l->in->pages[i].page->index];
	return moved;
}

/* The page a tag means, made if its kind has stubs; UINT32_MAX: none, and reported. */
static uint32_t find_tag(struct linker *l, const struct page *on, const struct kind *kind, struct ref *r, struct map *stubs,
			 size_t *cap)
{
	const struct page *p;

	if (r->text.len == 0)
		return UINT32_MAX;
	if (kind->has_stubs && site_resolve(l->site, r->text, kind, &p) == SITE_NONE && !is_of_withheld(l, r->text))
		return add_stub(l, kind, r->text, stubs, cap);
	p = link_resolve(l, on->path, r, kind, "link/unknown-tag", l->dl);
	return p ? p->index : UINT32_MAX;
}

void link_tags(struct linker *l)
{
	struct site *s = l->site;
	struct map stubs = { 0 };
	struct map *memo = arena_array(l->arena, struct map, l->config->n_kinds); /* text as written → index + 1 */
	VEC(uint32_t) targets = { 0 };
	size_t old = s->n_pages, cap = s->n_pages, at = 0;
	const uint32_t *moved;

	for (size_t i = 0; i < old; i++) {
		for (size_t t = 0; t < s->pages[i].n_tagged; t++) {
			const struct tag_list *list = &s->pages[i].tagged[t];

			for (size_t k = 0; k < list->n; k++) {
				struct map_entry *e = map_at(l->arena, &memo[list->kind->index], list->refs[k].text, NULL);
				uint32_t found = e->value ? (uint32_t)e->value - 1
							  : find_tag(l, &s->pages[i], list->kind, &list->refs[k], &stubs, &cap);

				if (found != UINT32_MAX)
					e->value = (uint64_t)found + 1;
				vec_push(l->arena, &targets, found);
			}
		}
	}
	/* Pages keep their order among themselves when stubs come between them, and stubs have no tags. */
	moved = resort(l);
	for (size_t i = 0; i < s->n_pages; i++)
		for (size_t t = 0; t < s->pages[i].n_tagged; t++)
			for (size_t k = 0; k < s->pages[i].tagged[t].n; k++, at++)
				s->pages[i].tagged[t].refs[k].page =
					targets.ptr[at] == UINT32_MAX ? NULL : &s->pages[moved[targets.ptr[at]]];
}

void link_fields(struct linker *l)
{
	struct site *s = l->site;
	const struct kind *source = config_kind(l->config, STR("source"));

	for (size_t i = 0; i < s->n_pages; i++) {
		struct page *p = &s->pages[i];

		for (size_t k = 0; k < p->n_prefer; k++)
			link_resolve(l, p->path, &p->prefer[k], NULL, "link/unknown-page", l->dl);
		for (size_t k = 0; k < p->n_names; k++) {
			struct ref r = { p->names[k].source_ref, p->names[k].at, NULL };

			if (r.text.len)
				p->names[k].source = link_resolve(l, p->path, &r, source, "link/unknown-source", l->dl);
		}
		for (size_t k = 0; p->source && k < p->source->n_rests_on; k++)
			link_resolve(l, p->path, &p->source->rests_on[k], NULL, "link/unknown-page", l->dl);
		for (size_t f = 0; p->meta && f < p->kind->n_fields; f++) {
			const struct field *fd = &p->kind->fields[f];
			const struct value *v = value_get(p->meta, fd->name);

			if (fd->type == FIELD_REFERENCE && v && v->type == VALUE_STRING) {
				struct ref r = { v->as.string, v->at, NULL };

				link_resolve(l, p->path, &r, fd->kind.len ? config_kind(l->config, fd->kind) : NULL,
					     "link/unknown-page", l->dl);
			}
		}
	}
}

static bool is_linkable(const struct page *p, const struct name *n)
{
	return p->kind->is_entity && !p->is_section && n->use != NAME_SEARCH && utf8_length(n->text) >= 2;
}

void link_automaton(struct linker *l)
{
	struct site *s = l->site;
	struct map seen = { 0 };
	VEC(struct str) patterns = { 0 };
	VEC(struct candidates) lists = { 0 };

	for (uint32_t i = 0; i < s->n_pages; i++) {
		for (uint32_t k = 0; k < s->pages[i].n_names; k++) {
			const struct name *n = &s->pages[i].names[k];
			struct candidates *c;
			struct map_entry *e;
			char *lower;
			bool is_new;

			if (!is_linkable(&s->pages[i], n))
				continue;
			lower = str_z(l->arena, n->text);
			for (size_t b = 0; b < n->text.len; b++)
				if (lower[b] >= 'A' && lower[b] <= 'Z')
					lower[b] = (char)(lower[b] - 'A' + 'a');
			e = map_at(l->arena, &seen, (struct str){ lower, n->text.len }, &is_new);
			if (is_new) {
				e->value = lists.len;
				vec_push(l->arena, &patterns, e->key);
				vec_push(l->arena, &lists, (struct candidates){ 0 });
			}
			c = &lists.ptr[e->value];
			if (c->n == c->cap) {
				c->items = arena_grow(l->arena, c->items, c->cap, c->cap ? c->cap * 2 : 1, sizeof(*c->items),
						      _Alignof(struct candidate));
				c->cap = c->cap ? c->cap * 2 : 1;
			}
			c->items[c->n++] = (struct candidate){ i, k };
		}
	}
	automaton_build(l->arena, &l->automaton, patterns.ptr, patterns.len);
	l->names = lists.ptr;
	l->n_names = lists.len;
}
