#include "stage/link_impl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/vec.h"

#define MAX_LINKED_NAME 1000 /* bytes: no name, but a mistake */

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
	/* Slugs have small letters alone. */
	add_to_list(l, utf8_length(p->slug) == p->slug.len ? p->slug : utf8_fold_key(l->arena, p->slug), page);
	for (size_t i = 0; i < p->n_names; i++)
		add_to_list(l, utf8_fold_key(l->arena, p->names[i].text), page);
}

void link_names(struct linker *l)
{
	map_reserve(l->arena, &l->site->by_name, 2 * l->site->n_pages);
	for (uint32_t i = 0; i < l->site->n_pages; i++)
		link_add_names(l, i);
}

static void report_several(struct linker *l, struct str path, const struct ref *r, const struct kind *need,
			   struct diag_list *dl)
{
	const struct page *found[8];
	size_t n = site_candidates(l->site, r->text, need, found, 8);

	diag_add(dl, DIAG_ERROR, "link/ambiguous", path, r->at, "'%.*s' may mean several pages", STR_ARG(r->text));
	diag_width(dl, (uint32_t)utf8_length(r->text) + 2);
	diag_hint(dl, "write the path, such as '%.*s'", STR_ARG(found[0]->key));
	for (size_t i = 0; i < n && i < 8; i++)
		diag_relate(dl, found[i]->path, found[i]->title_at, "'%.*s' (%.*s)", STR_ARG(found[i]->title),
			    STR_ARG(found[i]->key));
}

struct str link_kind_name(struct arena *a, const struct kind *k, struct str name)
{
	return str_format(a, "%u|%.*s", k->index, STR_ARG(utf8_fold_key(a, name)));
}

bool link_is_withheld(const struct linker *l, struct str text)
{
	struct arena scratch = { 0 };
	bool yes = map_has(&l->withheld, text) || map_has(&l->withheld, utf8_fold_key(&scratch, text));

	arena_release(&scratch);
	return yes;
}

const struct page *link_resolve(struct linker *l, struct str path, struct ref *r, const struct kind *need,
				const char *code, struct diag_list *dl)
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
	if (link_is_withheld(l, r->text)) {
		diag_add(dl, DIAG_WARNING, "link/withheld", path, r->at, "'%.*s' is not published, so this is left out",
			 STR_ARG(r->text));
		return NULL;
	}
	if (need && site_resolve(l->site, r->text, NULL, &p) != SITE_NONE) {
		diag_add(dl, DIAG_ERROR, code, path, r->at, "'%.*s' is %s of kind '%.*s', not a page of kind '%.*s'",
			 STR_ARG(r->text), p->is_section ? "the section" : "a page", STR_ARG(p->kind->id),
			 STR_ARG(need->id));
		return NULL;
	}
	diag_add(dl, DIAG_ERROR, code, path, r->at, "no page is called '%.*s'", STR_ARG(r->text));
	diag_width(dl, (uint32_t)utf8_length(r->text) + 2);
	diag_hint(dl, "write the path, slug, title or an alias of a page");
	n = site_near(l->site, &l->scratch, r->text, near, 3);
	if (n)
		diag_hint(dl, "did you mean '%.*s'?", STR_ARG(near[0]));
	return NULL;
}

/* The key of the page that a name would get, or nothing: then it is reported. */
static struct str stub_key(struct linker *l, struct str path, const struct kind *kind, const struct ref *r)
{
	struct str slug = utf8_slug(l->arena, r->text),
		   key = str_format(l->arena, "%.*s/%.*s", STR_ARG(kind->dir), STR_ARG(slug));
	const struct page *other = site_page_by_key(l->site, key);

	if (slug.len && !other)
		return key;
	if (other)
		diag_add(l->dl, DIAG_ERROR, "link/unknown-tag", path, r->at,
			 "'%.*s' would be the page '%.*s', which is of kind '%.*s'", STR_ARG(r->text), STR_ARG(key),
			 STR_ARG(other->kind->id));
	else
		diag_add(l->dl, DIAG_ERROR, "link/unknown-tag", path, r->at,
			 "'%.*s' has neither letters nor digits to make an address of", STR_ARG(r->text));
	diag_width(l->dl, (uint32_t)utf8_length(r->text) + 2);
	return STR_NONE;
}

/* A page for a name that only a tag list knows. */
static uint32_t add_stub(struct linker *l, struct str path, const struct kind *kind, const struct ref *r,
			 struct map *stubs)
{
	struct site *s = l->site;
	struct str name = r->text, key = stub_key(l, path, kind, r);
	bool is_new;
	struct map_entry *e;
	struct page *p;

	if (key.len == 0)
		return UINT32_MAX;
	e = map_at(&l->scratch, stubs, key, &is_new);
	if (!is_new) {
		diag_add(l->dl, DIAG_WARNING, "link/stub-shared", path, r->at,
			 "'%.*s' and '%.*s' share the page '%.*s'", STR_ARG(name), STR_ARG(s->pages[e->value].title),
			 STR_ARG(key));
		diag_width(l->dl, (uint32_t)utf8_length(name) + 2);
		diag_hint(l->dl, "write one of them everywhere, or write a page for each");
		return (uint32_t)e->value;
	}
	p = link_new_stub(l, key, name, kind);
	e->value = p->index;
	link_add_names(l, p->index);
	return p->index;
}

static int by_key(const void *x, const void *y, void *ctx)
{
	const struct page *pages = ctx;

	return str_cmp(pages[*(const uint32_t *)x].key, pages[*(const uint32_t *)y].key);
}

static int by_index(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	return (a > b) - (a < b);
}

/* What tables say of pages that have moved. */
static void move_tables(struct linker *l, const uint32_t *moved)
{
	struct site *s = l->site;

	for (size_t i = 0; i < s->by_key.len; i++)
		s->by_key.entries[i].value = moved[s->by_key.entries[i].value];
	for (size_t i = 0; i < s->by_url.len; i++)
		s->by_url.entries[i].value = moved[s->by_url.entries[i].value];
	for (size_t i = 0; i < s->n_name_lists; i++) {
		struct name_list *list = &s->name_lists[i];

		for (size_t k = 0; k < list->n; k++)
			list->pages[k] = moved[list->pages[k]];
		if (list->n > 1)
			qsort(list->pages, list->n, sizeof(*list->pages), by_index);
	}
}

/* Puts every page to its place: which page comes to stand there is said by `from`, which is used up. */
static void permute(struct page *pages, uint32_t *from, size_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct page held;
		uint32_t at = i, next;

		if (from[i] == i)
			continue;
		held = pages[i];
		for (; from[at] != i; at = next) {
			next = from[at];
			pages[at] = pages[next];
			from[at] = at;
		}
		pages[at] = held;
		from[at] = at;
	}
}

const uint32_t *link_sort_pages(struct linker *l)
{
	struct site *s = l->site;
	uint32_t n = (uint32_t)s->n_pages, old = (uint32_t)l->n_written, left = 0;
	uint32_t *made, *from = arena_array(&l->scratch, uint32_t, n), *moved = arena_array(&l->scratch, uint32_t, n);

	made = arena_array(&l->scratch, uint32_t, n - old);
	for (uint32_t i = old; i < n; i++)
		made[i - old] = i;
	qsort_r(made, n - old, sizeof(*made), by_key, s->pages);
	for (uint32_t at = 0, next = 0; at < n; at++) {
		bool is_made =
			left == old || (next < n - old && str_cmp(s->pages[made[next]].key, s->pages[left].key) < 0);

		from[at] = is_made ? made[next++] : left++;
		moved[from[at]] = at;
	}
	permute(s->pages, from, n);
	for (uint32_t i = 0; i < n; i++)
		s->pages[i].index = i;
	for (size_t i = 0; i < l->in->n_pages; i++)
		if (l->in->pages[i].at != UINT32_MAX)
			l->in->pages[i].at = moved[l->in->pages[i].at];
	for (size_t i = 0; i < l->roster.stubs.len; i++)
		l->roster.stubs.ptr[i] = moved[l->roster.stubs.ptr[i]];
	return moved;
}

typedef VEC(uint32_t) uint32_list;

/* The page a tag means, made if its kind has stubs; UINT32_MAX: none, and reported. */
static uint32_t find_tag(struct linker *l, const struct page *on, const struct kind *kind, struct ref *r,
			 struct map *stubs)
{
	const struct page *p;

	if (r->text.len == 0)
		return UINT32_MAX;
	if (kind->has_stubs && site_resolve(l->site, r->text, kind, &p) == SITE_NONE &&
	    !map_has(&l->withheld, r->text) && !map_has(&l->withheld, link_kind_name(&l->scratch, kind, r->text)))
		return add_stub(l, on->path, kind, r, stubs);
	p = link_resolve(l, on->path, r, kind, "link/unknown-tag", l->dl);
	return p ? p->index : UINT32_MAX;
}

/* Those of one page, found by what is written: most texts stand on many pages. */
static void find_tags(struct linker *l, const struct page *p, struct map *memo, struct map *stubs, uint32_list *out)
{
	struct arena scratch = { 0 };

	for (size_t t = 0; t < p->n_tagged; t++) {
		const struct tag_list *list = &p->tagged[t];
		struct ref *refs = page_tag_refs(&scratch, list);

		for (size_t k = 0; k < list->n; k++) {
			struct map_entry *e = map_at(&l->scratch, &memo[list->kind->index], refs[k].text, NULL);
			uint32_t found =
				e->value ? (uint32_t)e->value - 1 : find_tag(l, p, list->kind, &refs[k], stubs);

			if (found != UINT32_MAX)
				e->value = (uint64_t)found + 1;
			vec_push(&l->scratch, out, found);
		}
	}
	arena_release(&scratch);
}

void link_tags(struct linker *l)
{
	struct site *s = l->site;
	struct map stubs = { 0 };
	struct map *memo = arena_array(&l->scratch, struct map, l->config->n_kinds); /* text as written → index + 1 */
	uint32_list found = { 0 };
	uint32_t *tags;
	size_t old = s->n_pages;
	const uint32_t *moved;

	for (size_t i = 0; i < old; i++)
		find_tags(l, &s->pages[i], memo, &stubs, &found);
	/* Pages keep their order among themselves when stubs come between them, and stubs have no tags. */
	moved = link_sort_pages(l);
	move_tables(l, moved);
	for (size_t i = old; i < s->n_pages; i++)
		link_add_address(l, moved[i]);
	tags = arena_alloc(l->arena, found.len, sizeof(*tags), _Alignof(uint32_t));
	for (size_t i = 0; i < found.len; i++)
		tags[i] = found.ptr[i] == UINT32_MAX ? UINT32_MAX : moved[found.ptr[i]];
	l->tags = tags;
	l->n_tags = found.len;
}

void link_fields(struct linker *l)
{
	struct site *s = l->site;
	const struct kind *source = config_kind(l->config, STR("source"));

	for (uint32_t i = 0; i < s->n_pages; i++) {
		struct page *p = &s->pages[i];
		bool has_sources = p->source && p->source->n_rests_on;

		for (size_t k = 0; k < p->n_prefer; k++)
			link_resolve(l, p->path, &p->prefer[k], NULL, "link/unknown-page", l->dl);
		for (size_t k = 0; k < p->n_names; k++) {
			struct ref r = { p->names[k].source_ref, p->names[k].at, NULL };

			if (r.text.len)
				p->names[k].source = link_resolve(l, p->path, &r, source, "link/unknown-source", l->dl);
			has_sources |= p->names[k].source != NULL;
		}
		if (has_sources)
			vec_push(&l->scratch, &l->sourced, i);
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

bool link_is_linkable(const struct page *p, const struct name *n)
{
	return p->kind->is_entity && !p->is_section && n->use != NAME_SEARCH && n->text.len <= MAX_LINKED_NAME &&
	       utf8_length(n->text) >= 2;
}

struct patterns {
	struct map seen;
	VEC(struct str) texts;
	VEC(uint8_t) firsts;
	VEC(struct candidates) lists;
};

/* A capital must be one in the text too; a small letter may stand at the beginning of a sentence. */
static uint8_t first_case(const struct name *n)
{
	char c = n->text.ptr[0];

	return !n->any_case && c >= 'A' && c <= 'Z' ? AUTOMATON_UPPER : AUTOMATON_LOWER | AUTOMATON_UPPER;
}

static void add_pattern(struct linker *l, struct patterns *out, struct candidate item)
{
	char *lower = str_z(&l->scratch, item.text);
	struct candidates *c;
	struct map_entry *e;
	bool is_new;

	for (size_t b = 0; b < item.text.len; b++)
		if (lower[b] >= 'A' && lower[b] <= 'Z')
			lower[b] = (char)(lower[b] - 'A' + 'a');
	e = map_at(&l->scratch, &out->seen, (struct str){ lower, item.text.len }, &is_new);
	if (is_new) {
		e->value = out->lists.len;
		vec_push(&l->scratch, &out->texts, e->key);
		vec_push(&l->scratch, &out->lists, (struct candidates){ 0 });
		vec_push(&l->scratch, &out->firsts, 0);
	}
	out->firsts.ptr[e->value] |= first_case(&l->site->pages[item.page].names[item.name]);
	c = &out->lists.ptr[e->value];
	if (c->n == c->cap) {
		c->items = arena_grow(&l->scratch, c->items, c->cap, c->cap ? c->cap * 2 : 1, sizeof(*c->items),
				      _Alignof(struct candidate));
		c->cap = c->cap ? c->cap * 2 : 1;
	}
	c->items[c->n++] = item;
}

struct str link_other_apostrophe(struct arena *a, struct str name)
{
	static const struct str straight = STR_INIT("'"), curved = STR_INIT("\xe2\x80\x99");
	struct str from = str_contains(name, straight) ? straight : curved,
		   to = str_eq(from, straight) ? curved : straight, s;
	struct buf b;

	if (!str_contains(name, from))
		return STR_NONE;
	buf_init(&b, 0);
	for (size_t i = 0; i < name.len;) {
		bool is_one = str_starts(str_skip(name, i), from);

		buf_add(&b, is_one ? to : str_cut(name, i, i + 1));
		i += is_one ? from.len : 1;
	}
	s = buf_copy(&b, a);
	buf_release(&b);
	return s;
}

void link_automaton(struct linker *l)
{
	struct site *s = l->site;
	struct patterns all = { 0 };

	for (uint32_t i = 0; i < s->n_pages; i++) {
		for (uint32_t k = 0; k < s->pages[i].n_names; k++) {
			const struct name *n = &s->pages[i].names[k];
			struct str other;

			if (!link_is_linkable(&s->pages[i], n))
				continue;
			add_pattern(l, &all, (struct candidate){ i, k, n->text });
			other = link_other_apostrophe(&l->scratch, n->text);
			if (other.len)
				add_pattern(l, &all, (struct candidate){ i, k, other });
		}
	}
	automaton_build(&l->scratch, &l->automaton, all.texts.ptr, all.firsts.ptr, all.texts.len);
	l->names = all.lists.ptr;
	l->n_names = all.lists.len;
}
