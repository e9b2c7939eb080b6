#include "site/site.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/path.h"
#include "base/utf8.h"
#include "base/vec.h"

const struct doc *site_read_doc(const struct site *s, const struct page *p, struct buf *room)
{
	uintptr_t at = (uintptr_t)p->doc - (uintptr_t)s->docs.ptr;

	if (at >= s->docs.len || p->doc_bytes > s->docs.len - at)
		return p->doc;
	buf_clear(room);
	buf_reserve(room, p->doc_bytes);
	if (!fs_read_part(s->docs_file, at, room->ptr, p->doc_bytes))
		return p->doc;
	return (const struct doc *)(const void *)room->ptr;
}

const struct page *site_page_by_key(const struct site *s, struct str key)
{
	uint64_t i;

	return map_get(&s->by_key, key, &i) ? &s->pages[i] : NULL;
}

const struct page *site_page_by_url(const struct site *s, struct str url)
{
	uint64_t i;

	return map_get(&s->by_url, url, &i) ? &s->pages[i] : NULL;
}

const struct fact *site_fact(const struct site *s, struct str id)
{
	uint64_t i;

	return map_get(&s->fact_by_id, id, &i) ? &s->records.facts[i] : NULL;
}

const struct data_file *site_data(const struct site *s, struct str name)
{
	for (size_t i = 0; i < s->n_data; i++)
		if (str_eq(s->data[i].name, name))
			return &s->data[i];
	return NULL;
}

const struct asset *site_asset(const struct site *s, struct str name)
{
	uint64_t i;

	return map_get(&s->asset_by_name, name, &i) ? &s->assets[i] : NULL;
}

/* "companies/deepseek", "/companies/deepseek/", "companies/deepseek.md", "content/companies/deepseek.md" */
static const struct page *by_path(const struct site *s, struct str text)
{
	const struct page *p;

	if (str_starts(text, STR("/"))) {
		p = site_page_by_url(s, text);
		if (p)
			return p;
		text = str_skip(text, 1);
	}
	if (str_ends(text, STR("/")))
		text.len--;
	p = site_page_by_key(s, text);
	if (p)
		return p;
	if (str_ends(text, STR(".md"))) {
		text.len -= 3;
		if (str_starts(text, STR("content/")))
			text = str_skip(text, 8);
		if (str_ends(text, STR("/index")))
			text.len -= 6;
		return site_page_by_key(s, text);
	}
	return NULL;
}

static void add_candidate(const struct page *p, const struct kind *kind, const struct page **out, size_t *n, size_t max)
{
	if (kind && (p->kind != kind || p->is_section))
		return;
	for (size_t i = 0; i < *n && i < max; i++)
		if (out[i] == p)
			return;
	if (*n < max)
		out[*n] = p;
	(*n)++;
}

/* Everything a name list holds, or only those whose slug or title it is. */
enum pass { BY_SLUG, BY_TITLE, BY_NAME };

static bool fits(const struct page *p, struct str text, struct str folded, enum pass pass)
{
	struct arena scratch = { 0 };
	bool ok = false;

	if (pass == BY_NAME)
		return true;
	if (pass == BY_SLUG)
		return str_eq(p->slug, text);
	ok = str_eq(p->title, text) || str_eq(utf8_fold_key(&scratch, p->title), folded);
	arena_release(&scratch);
	return ok;
}

size_t site_candidates(const struct site *s, struct str text, const struct kind *kind, const struct page **out,
		       size_t max)
{
	struct arena scratch = { 0 };
	const struct page *p;
	const struct name_list *list;
	struct str folded;
	uint64_t at;
	size_t n = 0;

	text = str_trim(text);
	p = by_path(s, text);
	if (p)
		add_candidate(p, kind, out, &n, max);
	if (n)
		return n;
	folded = utf8_fold_key(&scratch, text);
	if (map_get(&s->by_name, folded, &at)) {
		assert(s->pages);
		list = &s->name_lists[at];
		for (enum pass pass = BY_SLUG; pass <= BY_NAME && n == 0; pass++)
			for (size_t i = 0; i < list->n; i++)
				if (fits(&s->pages[list->pages[i]], text, folded, pass))
					add_candidate(&s->pages[list->pages[i]], kind, out, &n, max);
	}
	arena_release(&scratch);
	return n;
}

enum site_found site_resolve(const struct site *s, struct str text, const struct kind *kind, const struct page **page)
{
	const struct page *found[2] = { NULL, NULL };
	size_t n = site_candidates(s, text, kind, found, 2);

	*page = n ? found[0] : NULL;
	return n == 0 ? SITE_NONE : n == 1 ? SITE_ONE : SITE_SEVERAL;
}

const struct page *site_field_page(const struct site *s, const struct field *f, const struct value *v)
{
	const struct kind *kind = f->kind.len ? config_kind(s->config, f->kind) : NULL;
	const struct page *p;

	return v && v->type == VALUE_STRING && site_resolve(s, v->as.string, kind, &p) == SITE_ONE ? p : NULL;
}

void site_image_names(struct arena *a, const struct page *p, struct str names[2])
{
	struct str path;

	names[0] = names[1] = STR_NONE;
	if (p->image.len == 0)
		return;
	if (p->image.ptr[0] != '/' && path_normalize(a, path_join(a, p->dir, p->image), &path))
		names[0] = path;
	names[1] = str_skip(p->image, p->image.ptr[0] == '/');
}

size_t site_near(const struct site *s, struct arena *a, struct str word, struct str *out, size_t max)
{
	VEC(struct str) names = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < s->n_pages; i++) {
		const struct page *p = &s->pages[i];

		vec_push(a, &names, p->slug);
		for (size_t k = 0; k < p->n_names; k++)
			if (p->names[k].use != NAME_SEARCH)
				vec_push(a, &names, p->names[k].text);
	}
	while (n < max && names.len) {
		struct str best = str_nearest(word, names.ptr, names.len);

		if (best.len == 0)
			break;
		out[n++] = best;
		for (size_t i = 0; i < names.len;) {
			if (str_eq(names.ptr[i], best))
				names.ptr[i] = names.ptr[--names.len];
			else
				i++;
		}
	}
	return n;
}

bool site_string(const struct site *s, struct str key, struct str *out)
{
	const struct value *tables[] = { s->config->strings, s->site_strings, s->theme_strings };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const struct value *v = value_path(tables[i], key);

		if (!v)
			v = value_get(tables[i], key);
		if (v && v->type == VALUE_STRING) {
			*out = v->as.string;
			return true;
		}
	}
	return false;
}

typedef VEC(struct str) names;

static void collect_keys(struct arena *a, const struct value *t, struct str prefix, names *out)
{
	for (size_t i = 0; t && t->type == VALUE_TABLE && i < t->as.table.len; i++) {
		const struct value_entry *e = &t->as.table.entries[i];
		struct str key = prefix.len ? str_format(a, "%.*s.%.*s", STR_ARG(prefix), STR_ARG(e->key)) : e->key;

		if (e->value->type == VALUE_TABLE)
			collect_keys(a, e->value, key, out);
		else
			vec_push(a, out, key);
	}
}

size_t site_string_keys(const struct site *s, struct arena *a, struct str **out)
{
	names list = { 0 };

	collect_keys(a, s->theme_strings, STR_NONE, &list);
	collect_keys(a, s->site_strings, STR_NONE, &list);
	*out = list.ptr;
	return list.len;
}

bool site_is_stale_fact(const struct site *s, const struct fact *f)
{
	return date_is_set(f->review_by) && date_is_set(s->now) && date_first_day(s->now) > date_last_day(f->review_by);
}

bool site_is_stale_page(const struct site *s, const struct page *p)
{
	if (!p->has_review || !date_is_set(p->reviewed) || !date_is_set(s->now))
		return false;
	return date_first_day(s->now) > date_last_day(date_add(p->reviewed, p->review_in));
}

bool site_is_former(const struct site *s, const struct relation *r)
{
	return date_is_set(r->to) && (!date_is_set(s->now) || date_first_day(s->now) >= date_first_day(r->to));
}

struct date site_page_date(const struct page *p)
{
	return date_is_set(p->date) || !p->source ? p->date : p->source->published;
}

struct str site_source_name(struct arena *a, const struct page *p)
{
	const struct value *given = p->meta ? value_get(p->meta, STR("short_title")) : NULL;

	if (given && given->type == VALUE_STRING)
		return given->as.string;
	if (!p->source || p->source->publisher.len == 0)
		return p->title;
	if (!date_is_set(p->source->published))
		return p->source->publisher;
	return str_format(a, "%.*s %d", STR_ARG(p->source->publisher), p->source->published.year);
}

struct str site_fact_url(const struct site *s, struct arena *a, const struct fact *f)
{
	(void)s;
	return str_format(a, "%.*s#fact-%.*s", STR_ARG(f->subject.page->url), STR_ARG(f->r.id));
}
