#include "stage/link_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "site/query.h"
#include "site/route.h"

/* Hours count where the build date has them too; else what lies on its day is ahead or not as `on_the_day` says. */
static bool is_future(const struct linker *l, struct date d, bool on_the_day)
{
	struct date now = l->in->now;
	bool has_hours = d.precision == DATE_LOCAL || d.precision == DATE_TIME;

	if (!date_is_set(d))
		return false;
	if (has_hours && (now.precision == DATE_LOCAL || now.precision == DATE_TIME))
		return date_unix(d) > date_unix(now);
	if (has_hours && date_first_day(d) == date_first_day(now))
		return on_the_day;
	return date_first_day(d) > date_first_day(now);
}

static bool is_withheld(const struct linker *l, const struct page *p)
{
	if (p->is_unpublished)
		return true;
	if (p->is_draft && !l->in->with_drafts)
		return true;
	if (!l->in->with_future && (is_future(l, p->embargo, true) || is_future(l, p->date, false)))
		return true;
	return date_is_set(p->expires) && !is_future(l, p->expires, false);
}

static struct str page_url(struct arena *a, const struct page *p)
{
	struct str rest = p->key, part, last = STR_NONE;
	struct buf b;
	struct str url;

	if (p->is_home)
		return STR("/");
	buf_init(&b, 0);
	buf_add_char(&b, '/');
	while (str_next(&rest, '/', &part)) {
		last = utf8_slug(a, last);
		if (last.len) {
			buf_add(&b, last);
			buf_add_char(&b, '/');
		}
		last = part;
	}
	buf_add(&b, p->slug);
	buf_add_char(&b, '/');
	url = buf_copy(&b, a);
	buf_release(&b);
	return url;
}

/* What nobody may learn of, but whoever refers to it should be told. */
static void remember_withheld(struct linker *l, const struct page *p, const struct records *r)
{
	map_put(&l->scratch, &l->withheld, p->key, 1);
	map_put(&l->scratch, &l->withheld, p->slug, 1);
	map_put(&l->scratch, &l->withheld, page_url(&l->scratch, p), 1);
	map_put(&l->scratch, &l->withheld, link_kind_name(&l->scratch, p->kind, p->slug), 1);
	for (size_t i = 0; i < p->n_names; i++) {
		map_put(&l->scratch, &l->withheld, utf8_fold_key(&l->scratch, p->names[i].text), 1);
		map_put(&l->scratch, &l->withheld, link_kind_name(&l->scratch, p->kind, p->names[i].text), 1);
	}
	for (size_t i = 0; r && i < r->n_facts; i++)
		map_put(&l->scratch, &l->withheld, r->facts[i].r.id, 1);
}

/* What its front matter leaves open. */
static void complete(const struct linker *l, struct page *p)
{
	if (p->lang.len == 0)
		p->lang = l->config->language;
	if (p->schema.len == 0)
		p->schema = p->kind->schema;
}

struct page *link_new_page(struct linker *l, struct str key, struct str slug, struct str title, const struct kind *kind)
{
	struct site *s = l->site;
	struct name *name = arena_new(l->arena, struct name);
	struct page *p;

	if (s->n_pages == l->cap_pages) {
		s->pages = arena_grow(l->arena, s->pages, l->cap_pages, l->cap_pages * 2, sizeof(*s->pages),
				      _Alignof(struct page));
		l->cap_pages *= 2;
	}
	p = &s->pages[s->n_pages];
	memset(p, 0, sizeof(*p));
	p->index = (uint32_t)s->n_pages++;
	p->prev = p->next = UINT32_MAX;
	p->key = key;
	p->slug = slug;
	p->title = title;
	p->kind = kind;
	p->doc = doc_empty();
	p->sort_key = utf8_sort_key(l->arena, title);
	name->text = title;
	name->use = NAME_TITLE;
	name->any_case = kind->any_case;
	p->names = name;
	p->n_names = 1;
	complete(l, p);
	return p;
}

struct page *link_new_stub(struct linker *l, struct str key, struct str name, const struct kind *kind)
{
	struct page *p = link_new_page(l, key, str_skip(key, kind->dir.len + 1), name, kind);

	p->is_stub = true;
	vec_push(&l->scratch, &l->roster.stubs, p->index);
	return p;
}

/* Whether a page has this key, before there is a table of them. */
static bool is_key_taken(const struct linker *l, struct str key)
{
	const struct page *pages = l->site->pages;
	size_t lo = 0, hi = l->n_written;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = str_cmp(pages[mid].key, key);

		if (c == 0)
			return true;
		*(c < 0 ? &lo : &hi) = c < 0 ? mid + 1 : mid;
	}
	for (size_t i = l->n_written; i < l->site->n_pages; i++)
		if (str_eq(pages[i].key, key))
			return true;
	return false;
}

/* What decides which pages are made beside the written ones. */
struct survey {
	bool has_entities, has_search_names;
	bool *is_used; /* by kind: of a page there is */
};

static void survey_page(struct survey *v, const struct page *p)
{
	v->has_entities |= p->kind->is_entity;
	v->is_used[p->kind->index] = true;
	for (size_t k = 0; k < p->n_names; k++)
		v->has_search_names |= p->names[k].use == NAME_SEARCH;
}

static struct page *make_page(struct linker *l, struct survey *v, struct str key, struct str slug, struct str title,
			      const struct kind *kind)
{
	struct page *p = link_new_page(l, key, slug, title, kind);

	survey_page(v, p);
	return p;
}

static bool has_records(const struct linker *l, const char *what)
{
	size_t n = 0;

	for (size_t i = 0; i < l->in->n_pages + l->in->n_data; i++) {
		const struct records *r =
			i < l->in->n_pages ? l->in->pages[i].records : &l->in->data_records[i - l->in->n_pages];

		if (!r)
			continue;
		switch (what[0]) {
		case 'f':
			n += r->n_facts;
			break;
		case 'e':
			n += r->n_events;
			break;
		case 'q':
			n += r->n_quotes;
			break;
		default:
			n += r->n_comparisons + r->n_facts;
		}
	}
	return n > 0;
}

static bool has_entities(const struct linker *l, const struct survey *v)
{
	bool yes = v->has_entities;

	for (size_t i = 0; i < l->config->n_kinds; i++)
		yes |= l->config->kinds[i].has_stubs;
	return yes;
}

static bool is_wanted(const struct linker *l, const struct survey *v, struct str slug)
{
	if (str_eq(slug, STR("search")) && !l->config->search)
		return false;
	if (str_eq(slug, STR("book")))
		return l->config->book == BOOK_ALWAYS ||
		       (l->config->book == BOOK_AUTO && l->site->n_pages < CONFIG_BOOK_PAGES);
	if (str_eq(slug, STR("figures")))
		return has_records(l, "facts");
	if (str_eq(slug, STR("comparisons")))
		return has_records(l, "comparisons");
	if (str_eq(slug, STR("timeline")))
		return has_records(l, "events");
	if (str_eq(slug, STR("quotations")))
		return has_records(l, "quotes");
	if (str_eq(slug, STR("corrections")))
		return v->has_search_names;
	return has_entities(l, v);
}

static struct str builtin_title(struct linker *l, const struct route_builtin *b)
{
	struct str key = str_format(&l->scratch, "builtin.%s", b->slug), text;

	return site_string(l->site, key, &text) ? text : str_from(b->title);
}

/* Each stands when its template does and there is something to show. */
static void add_builtin(struct linker *l, struct survey *v)
{
	const struct kind *kind = config_kind(l->config, STR("page"));
	size_t n;
	const struct route_builtin *builtin = route_builtins(&n);

	for (size_t i = 0; i < n; i++) {
		struct str slug = str_from(builtin[i].slug);
		struct page *p;

		if (!l->in->has_template(l->in->ctx, str_format(&l->scratch, "%s.html", builtin[i].slug)))
			continue;
		if (is_key_taken(l, slug) || !is_wanted(l, v, slug))
			continue;
		p = make_page(l, v, slug, slug, builtin_title(l, &builtin[i]), kind);
		p->is_builtin = true;
	}
}

static void add_home(struct linker *l, struct survey *v)
{
	struct page *p;

	if (is_key_taken(l, STR("index")))
		return;
	p = make_page(l, v, STR("index"), STR("index"), l->config->title, config_kind(l->config, STR("page")));
	p->is_home = true;
	p->summary = l->config->description;
}

/* Every kind with a folder and at least one page is a section. */
static void add_sections(struct linker *l, struct survey *v)
{
	for (size_t k = 0; k < l->config->n_kinds; k++) {
		const struct kind *kind = &l->config->kinds[k];
		struct str slug = kind->dir;
		struct page *p;

		if (kind->dir.len == 0 || (!kind->has_stubs && !v->is_used[k]) || is_key_taken(l, kind->dir))
			continue;
		if (str_rfind_byte(slug, '/') >= 0)
			slug = str_skip(slug, (size_t)str_rfind_byte(slug, '/') + 1);
		p = make_page(l, v, kind->dir, slug, kind->plural, kind);
		p->is_section = true;
	}
}

static const struct kind *section_kind(const struct linker *l, const struct page *p)
{
	for (size_t k = 0; k < l->config->n_kinds; k++)
		if (l->config->kinds[k].dir.len && str_eq(l->config->kinds[k].dir, p->key))
			return &l->config->kinds[k];
	return NULL;
}

/* Closes the gaps that withheld pages leave, and gives all who stay their index. */
static void take_pages(struct linker *l, struct survey *v)
{
	struct site *s = l->site;
	uint32_t *moved = arena_array(&l->scratch, uint32_t, l->in->n_pages);

	for (size_t i = 0; i < l->in->n_pages; i++) {
		struct page *p = &s->pages[s->n_pages], *from = &l->in->room[i];

		moved[i] = UINT32_MAX;
		if (from->index == UINT32_MAX)
			continue;
		if (s->n_pages && str_eq(from->key, p[-1].key)) {
			diag_add(l->dl, DIAG_ERROR, "page/duplicate", from->path, (struct pos){ 0, 0 },
				 "two files make the page '%.*s'", STR_ARG(from->key));
			diag_relate(l->dl, p[-1].path, (struct pos){ 0, 0 }, "the other one");
			continue;
		}
		if (p != from)
			*p = *from;
		if (section_kind(l, p)) {
			p->kind = section_kind(l, p);
			p->is_section = true;
		}
		p->index = moved[i] = (uint32_t)s->n_pages++;
		p->prev = p->next = UINT32_MAX;
		complete(l, p);
		survey_page(v, p);
	}
	l->n_written = s->n_pages;
	for (size_t i = 0; i < l->in->n_pages; i++)
		l->in->pages[i].at = moved[l->in->pages[i].at];
}

void link_pages(struct linker *l)
{
	struct survey v = { .is_used = arena_array(&l->scratch, bool, l->config->n_kinds) };

	l->site->pages = l->in->room;
	l->cap_pages = l->in->cap_room;
	for (size_t i = 0; i < l->in->n_pages; i++) {
		struct page *p = &l->in->room[l->in->pages[i].at];

		p->index = 0;
		if (is_withheld(l, p)) {
			remember_withheld(l, p, l->in->pages[i].records);
			p->index = UINT32_MAX;
		}
	}
	take_pages(l, &v);
	add_home(l, &v);
	add_sections(l, &v);
	add_builtin(l, &v);
}

static void check_url(struct linker *l, struct map *seen, struct page *p)
{
	struct str folded = utf8_fold_key(&l->scratch, p->url);
	bool is_new;
	struct map_entry *e = map_at(&l->scratch, seen, folded, &is_new);
	const struct page *other;

	if (is_new) {
		e->value = p->index;
		return;
	}
	other = &l->site->pages[e->value];
	/* Of a page that nobody wrote there is no file to name. */
	if (p->path.len == 0) {
		const struct page *written = other;

		other = p;
		p = &l->site->pages[written->index];
	}
	diag_add(l->dl, DIAG_ERROR, "page/duplicate-url", p->path, (struct pos){ 0, 0 },
		 "'%.*s' is the address of another page already", STR_ARG(p->url));
	diag_hint(l->dl,
		  "give one of them another slug; addresses that differ only in case are one file on some systems");
	diag_relate(l->dl, other->path, (struct pos){ 0, 0 }, "the other page");
}

void link_add_address(struct linker *l, uint32_t page)
{
	struct page *p = &l->site->pages[page];

	p->url = page_url(l->arena, p);
	l->is_folding |= utf8_length(p->url) != p->url.len;
	map_put(l->arena, &l->site->by_key, p->key, page);
	map_put(l->arena, &l->site->by_url, p->url, page);
}

static void find_sections(struct linker *l)
{
	struct site *s = l->site;

	s->sections = arena_array(l->arena, uint32_t, l->config->n_kinds);
	for (size_t k = 0; k < l->config->n_kinds; k++) {
		uint64_t at;

		s->sections[k] = UINT32_MAX;
		if (l->config->kinds[k].dir.len && map_get(&s->by_key, l->config->kinds[k].dir, &at))
			s->sections[k] = (uint32_t)at;
	}
}

void link_check_addresses(struct linker *l)
{
	struct map seen = { 0 };

	/* Slugs have small letters alone: without others than those of ASCII they are alike when they are the same. */
	if (!l->is_folding && l->site->by_url.len == l->site->n_pages)
		return;
	map_reserve(&l->scratch, &seen, l->site->n_pages);
	for (size_t i = 0; i < l->site->n_pages; i++)
		check_url(l, &seen, &l->site->pages[i]);
}

static void add_redirect(struct linker *l, struct map *seen, struct redirect r, const struct page *p)
{
	struct site *s = l->site;
	struct str from = r.from;
	bool is_new;

	if (!str_ends(from, STR("/")) && str_rfind_byte(from, '.') <= str_rfind_byte(from, '/'))
		from = str_format(l->arena, "%.*s/", STR_ARG(from));
	r.from = from;
	if (map_has(&s->by_url, from)) {
		diag_add(l->dl, DIAG_ERROR, "page/redirect-taken", p->path, (struct pos){ 0, 0 },
			 "'%.*s' cannot be redirected: a page stands there", STR_ARG(from));
		return;
	}
	map_at(&l->scratch, seen, utf8_fold_key(&l->scratch, from), &is_new);
	if (!is_new) {
		diag_add(l->dl, DIAG_ERROR, "page/redirect-taken", p->path, (struct pos){ 0, 0 },
			 "'%.*s' is redirected by another page already", STR_ARG(from));
		return;
	}
	s->redirects[s->n_redirects++] = r;
}

static void link_redirects(struct linker *l)
{
	struct site *s = l->site;
	struct map seen = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < s->n_pages; i++)
		n += s->pages[i].n_redirects;
	s->redirects = arena_array(l->arena, struct redirect, n ? n : 1);
	for (size_t i = 0; i < s->n_pages; i++)
		for (size_t k = 0; k < s->pages[i].n_redirects; k++)
			add_redirect(l, &seen,
				     (struct redirect){ s->pages[i].redirects[k], s->pages[i].url, (uint32_t)i },
				     &s->pages[i]);
}

static bool find_image(const struct linker *l, const struct page *p, uint64_t *at)
{
	struct arena scratch = { 0 };
	struct str names[2];
	bool found;

	site_image_names(&scratch, p, names);
	found = (names[0].len && map_get(&l->site->asset_by_name, names[0], at)) ||
		map_get(&l->site->asset_by_name, names[1], at);
	arena_release(&scratch);
	return found;
}

/* Attachments are published only when a published page uses them; fail closed. */
static void mark_used_assets(struct linker *l)
{
	struct site *s = l->site;

	for (size_t i = 0; i < s->n_pages; i++) {
		const struct page *p = &s->pages[i];
		uint64_t at;

		for (size_t k = 0; k < p->n_links; k++)
			if (p->links[k].type == LINK_FILE && p->links[k].target != UINT32_MAX)
				s->assets[p->links[k].target].is_used = true;
		if (p->image.len && find_image(l, p, &at))
			s->assets[at].is_used = true;
	}
}

void link_site(struct arena *a, const struct link_input *in, struct site *out, struct diag_list *dl)
{
	struct linker l = { .in = in, .config = in->config, .arena = a, .site = out, .dl = dl };

	memset(out, 0, sizeof(*out));
	out->arena = a;
	out->config = in->config;
	out->root = in->root;
	out->now = in->now;
	out->with_drafts = in->with_drafts;
	out->with_future = in->with_future;
	out->data = in->data;
	out->n_data = in->n_data;
	out->assets = in->assets;
	out->n_assets = in->n_assets;
	out->theme_strings = in->theme_strings;
	out->site_strings = in->site_strings;
	map_reserve(a, &out->asset_by_name, in->n_assets);
	for (size_t i = 0; i < in->n_assets; i++)
		map_put(a, &out->asset_by_name, in->assets[i].name, i);
	link_pages(&l);
	link_roster(&l);
	find_sections(&l);
	link_fields(&l);
	link_records(&l);
	link_redirects(&l);
	link_recall(&l);
	link_automaton(&l);
	link_texts(&l);
	mark_used_assets(&l);
	link_graph(&l);
	link_digests(&l);
	if (in->keep)
		link_keep(&l);
	arena_release(&l.scratch);
}
