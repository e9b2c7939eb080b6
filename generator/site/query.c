#include "site/query.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "site/order.h"
#include "site/route.h"

static const char *const of_names[] = { "pages",       "facts", "relations", "events", "quotes",
					"comparisons", "names", "find",      "members" };

/* The text fields of a query, in canonical order. */
static const struct {
	const char *name;
	size_t offset;
} text_fields[] = {
	{ "kind", offsetof(struct query, kind) },     { "section", offsetof(struct query, section) },
	{ "tag", offsetof(struct query, tag) },       { "about", offsetof(struct query, about) },
	{ "source", offsetof(struct query, source) }, { "measure", offsetof(struct query, measure) },
	{ "letter", offsetof(struct query, letter) }, { "status", offsetof(struct query, status) },
	{ "sort", offsetof(struct query, sort) },
};
#define N_TEXT_FIELDS (sizeof(text_fields) / sizeof(text_fields[0]))

typedef VEC(uint32_t) items;

static bool is_about(const struct ref *refs, size_t n, struct str key)
{
	for (size_t i = 0; i < n; i++)
		if (refs[i].page && str_eq(refs[i].page->key, key))
			return true;
	return false;
}

static bool is_ref(const struct ref *r, struct str key)
{
	return r->page && str_eq(r->page->key, key);
}

static bool is_tagged(const struct page *p, uint32_t with)
{
	for (size_t t = 0; t < p->n_tagged; t++)
		for (size_t i = 0; i < p->tagged[t].n; i++)
			if (p->tagged[t].pages[i] == with)
				return true;
	return false;
}

static bool page_has_status(const struct site *s, const struct page *p, struct str status)
{
	if (str_eq(status, STR("stub")))
		return p->is_stub;
	if (str_eq(status, STR("stale")))
		return site_is_stale_page(s, p);
	if (str_eq(status, STR("orphan")))
		return !p->n_backlinks && !p->is_home && !p->is_section && !p->is_builtin;
	return false;
}

static bool page_fits(const struct site *s, const struct query *q, const struct page *p)
{
	if (q->kind.len && !str_eq(p->kind->id, q->kind))
		return false;
	if (q->section.len &&
	    !(str_starts(p->key, q->section) && p->key.len > q->section.len && p->key.ptr[q->section.len] == '/'))
		return false;
	if (q->entities && (!p->kind->is_entity || p->is_section))
		return false;
	if ((q->no_builtin || q->kind.len || q->section.len) && (p->is_home || p->is_section || p->is_builtin))
		return false;
	return q->status.len == 0 || page_has_status(s, p, q->status);
}

static bool fact_fits(const struct site *s, const struct query *q, const struct fact *f)
{
	if (q->about.len && !is_ref(&f->subject, q->about) && !is_about(f->about, f->n_about, q->about))
		return false;
	if (q->source.len && !is_ref(&f->r.source, q->source))
		return false;
	if (q->measure.len && !str_eq(f->measure_slug, q->measure))
		return false;
	if (q->kind.len && !(f->subject.page && str_eq(f->subject.page->kind->id, q->kind)))
		return false;
	return q->status.len == 0 ||
	       (str_eq(q->status, STR("stale")) ? site_is_stale_fact(s, f) : str_eq(f->status, q->status));
}

static bool comparison_fits(const struct query *q, const struct comparison *c)
{
	if (q->kind.len && !str_eq(str_from(record_comparison_kind(c->kind)), q->kind))
		return false;
	if (str_eq(q->status, STR("disagreement")) && c->kind != COMPARISON_CONFLICT)
		return false;
	return q->about.len == 0 || is_about(c->about, c->n_about, q->about);
}

struct sorting {
	const struct site *site;
	struct str by;
};

static int by_title(const struct page *a, const struct page *b)
{
	int c = str_cmp(a->sort_key, b->sort_key);

	return c ? c : str_cmp(a->key, b->key);
}

static int cmp_events(const void *x, const void *y, void *ctx)
{
	const struct sorting *o = ctx;
	const struct event *a = &o->site->records.events[*(const uint32_t *)x],
			   *b = &o->site->records.events[*(const uint32_t *)y];
	bool is_undated = !date_is_set(a->date.from) && !date_is_set(a->date.to);
	int c = date_cmp(a->date.from, b->date.from);

	/* What has no date comes last, whichever way. */
	if (is_undated != (!date_is_set(b->date.from) && !date_is_set(b->date.to)))
		return is_undated ? 1 : -1;
	if (c == 0)
		c = date_cmp(a->date.to, b->date.to);
	if (str_eq(o->by, STR("-date")))
		c = -c;
	return c ? c : str_cmp(a->r.id, b->r.id);
}

static int cmp_facts(const void *x, const void *y, void *ctx)
{
	const struct sorting *o = ctx;
	const struct fact *a = &o->site->records.facts[*(const uint32_t *)x],
			  *b = &o->site->records.facts[*(const uint32_t *)y];
	int c = 0;

	if (!str_eq(o->by, STR("measure")) && a->subject.page && b->subject.page && a->subject.page != b->subject.page)
		return by_title(a->subject.page, b->subject.page);
	c = str_cmp(a->measure_slug, b->measure_slug);
	if (c == 0)
		c = -date_cmp(a->as_of.to, b->as_of.to);
	return c ? c : str_cmp(a->r.id, b->r.id);
}

struct keyed {
	struct str key;
	uint32_t item;
};

static int cmp_keyed(const void *x, const void *y)
{
	const struct keyed *a = x, *b = y;
	int c = str_cmp(a->key, b->key);

	return c ? c : (a->item > b->item) - (a->item < b->item);
}

/* Every name of every entity, by its sorting key. */
static void run_names(const struct site *s, struct arena *a, const struct query *q, items *out)
{
	VEC(struct keyed) list = { 0 };
	struct arena scratch = { 0 };

	for (uint32_t i = 0; i < s->n_pages; i++) {
		const struct page *p = &s->pages[i];

		if (!p->kind->is_entity || p->is_section)
			continue;
		for (uint32_t k = 0; k < p->n_names && k < 256; k++) {
			struct keyed item = { STR_NONE, i << 8 | k };

			if (q->letter.len && !str_eq(route_letter(p->names[k].text), q->letter))
				continue;
			item.key = utf8_sort_key(&scratch, p->names[k].text);
			vec_push(&scratch, &list, item);
		}
	}
	if (list.len)
		qsort(list.ptr, list.len, sizeof(struct keyed), cmp_keyed);
	for (size_t i = 0; i < list.len; i++)
		vec_push(a, out, list.ptr[i].item);
	arena_release(&scratch);
}

static void run_pages(const struct site *s, struct arena *a, const struct query *q, items *out)
{
	struct arena scratch = { 0 };
	const uint32_t *order = order_by(s, &scratch, q->sort);
	const struct page *tag = site_page_by_key(s, q->tag);

	for (size_t i = 0; i < s->n_pages; i++) {
		const struct page *p = &s->pages[order[i]];

		if (page_fits(s, q, p) && (q->tag.len == 0 || (tag && is_tagged(p, tag->index))))
			vec_push(a, out, order[i]);
	}
	arena_release(&scratch);
}

static void run_records(const struct site *s, struct arena *a, const struct query *q, items *out)
{
	const struct records *r = &s->records;
	struct sorting o = { s, q->sort };
	const struct page *found;

	switch (q->of) {
	case QUERY_FACTS:
		for (uint32_t i = 0; i < r->n_facts; i++)
			if (fact_fits(s, q, &r->facts[i]))
				vec_push(a, out, i);
		qsort_r(out->ptr, out->len, sizeof(uint32_t), cmp_facts, &o);
		break;
	case QUERY_EVENTS:
		for (uint32_t i = 0; i < r->n_events; i++)
			if ((q->about.len == 0 || is_about(r->events[i].about, r->events[i].n_about, q->about)) &&
			    (q->source.len == 0 || is_ref(&r->events[i].r.source, q->source)))
				vec_push(a, out, i);
		qsort_r(out->ptr, out->len, sizeof(uint32_t), cmp_events, &o);
		break;
	case QUERY_QUOTES:
		for (uint32_t i = 0; i < r->n_quotes; i++)
			if ((q->about.len == 0 || is_ref(&r->quotes[i].speaker, q->about) ||
			     is_about(r->quotes[i].about, r->quotes[i].n_about, q->about)) &&
			    (q->source.len == 0 || is_ref(&r->quotes[i].r.source, q->source)))
				vec_push(a, out, i);
		break;
	case QUERY_COMPARISONS:
		for (uint32_t i = 0; i < r->n_comparisons; i++)
			if (comparison_fits(q, &r->comparisons[i]))
				vec_push(a, out, i);
		for (uint32_t i = 0; i < s->n_sets; i++)
			if (comparison_fits(q, &s->sets[i]))
				vec_push(a, out, i | QUERY_COMPUTED);
		break;
	case QUERY_RELATIONS:
		for (uint32_t i = 0; i < r->n_relations; i++)
			if (q->source.len == 0 || is_ref(&r->relations[i].r.source, q->source))
				vec_push(a, out, i);
		break;
	case QUERY_NAMES:
		run_names(s, a, q, out);
		break;
	case QUERY_FIND:
		if (site_resolve(s, q->tag, NULL, &found) == SITE_ONE)
			vec_push(a, out, found->index);
		break;
	case QUERY_PAGES:
		run_pages(s, a, q, out);
		break;
	case QUERY_MEMBERS:
		break;
	}
}

void query_run(const struct site *s, struct arena *a, const struct query *q, struct query_result *out)
{
	const struct page *p = q->of == QUERY_MEMBERS ? site_page_by_key(s, q->about) : NULL;
	items list = { 0 };
	size_t from;

	/* The parts of a long section ask for its members again and again. */
	if (p) {
		*out = (struct query_result){ p->members, p->n_members, p->n_members };
	} else {
		vec_reserve(a, &list, 16);
		run_records(s, a, q, &list);
		*out = (struct query_result){ list.ptr, list.len, list.len };
	}
	from = q->offset < out->len ? q->offset : out->len;
	out->items += from;
	out->len -= from;
	if (q->limit && out->len > q->limit)
		out->len = q->limit;
}

static void add_field(struct buf *b, const char *name, struct str value)
{
	if (value.len == 0)
		return;
	buf_add_format(b, " %s=", name);
	for (size_t i = 0; i < value.len; i++) {
		if (value.ptr[i] == ' ' || value.ptr[i] == '%')
			buf_add_format(b, "%%%02X", (unsigned char)value.ptr[i]);
		else
			buf_add_char(b, value.ptr[i]);
	}
}

struct str query_key(struct arena *a, const struct query *q)
{
	struct buf b;
	struct str key;

	buf_init(&b, 0);
	buf_add_z(&b, of_names[q->of]);
	for (size_t i = 0; i < N_TEXT_FIELDS; i++)
		add_field(&b, text_fields[i].name, *(const struct str *)((const char *)q + text_fields[i].offset));
	if (q->entities)
		buf_add_z(&b, " entities=1");
	if (q->no_builtin)
		buf_add_z(&b, " no_builtin=1");
	if (q->counts)
		buf_add_z(&b, " counts=1");
	if (q->offset)
		buf_add_format(&b, " offset=%u", q->offset);
	if (q->limit)
		buf_add_format(&b, " limit=%u", q->limit);
	key = buf_copy(&b, a);
	buf_release(&b);
	return key;
}

/* Only the two escapes that query_key writes. */
static bool unescape(struct arena *a, struct str s, struct str *out)
{
	char *z = str_z(a, s);
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		z[n] = s.ptr[i];
		if (s.ptr[i] == '%') {
			struct str code = str_cut(s, i + 1, i + 3);

			if (!str_eq(code, STR("20")) && !str_eq(code, STR("25")))
				return false;
			z[n] = str_eq(code, STR("20")) ? ' ' : '%';
			i += 2;
		}
		n++;
	}
	*out = (struct str){ z, n };
	return true;
}

static bool set_field(struct arena *a, struct query *q, struct str name, struct str value)
{
	int64_t n;

	for (size_t i = 0; i < N_TEXT_FIELDS; i++) {
		if (str_eq(name, str_from(text_fields[i].name))) {
			return unescape(a, value, (struct str *)((char *)q + text_fields[i].offset));
		}
	}
	if (str_eq(name, STR("entities")))
		return q->entities = true;
	if (str_eq(name, STR("no_builtin")))
		return q->no_builtin = true;
	if (str_eq(name, STR("counts")))
		return q->counts = true;
	if (!str_to_i64(value, &n) || n < 0 || n > UINT32_MAX)
		return false;
	if (str_eq(name, STR("offset")))
		q->offset = (uint32_t)n;
	else if (str_eq(name, STR("limit")))
		q->limit = (uint32_t)n;
	else
		return false;
	return true;
}

bool query_parse(struct arena *a, struct str key, struct query *q)
{
	struct str rest = key, part;
	size_t i = 0;

	memset(q, 0, sizeof(*q));
	if (!str_next(&rest, ' ', &part))
		return false;
	while (i < sizeof(of_names) / sizeof(of_names[0]) && !str_eq(part, str_from(of_names[i])))
		i++;
	if (i == sizeof(of_names) / sizeof(of_names[0]))
		return false;
	q->of = (enum query_of)i;
	while (str_next(&rest, ' ', &part)) {
		ptrdiff_t eq = str_find_byte(part, '=');

		if (eq < 0 || !set_field(a, q, str_cut(part, 0, (size_t)eq), str_skip(part, (size_t)eq + 1)))
			return false;
	}
	return true;
}

/* What stays the same about an item as long as it is that item. */
static struct str identity(const struct site *s, const struct query *q, uint32_t item)
{
	switch (q->of) {
	case QUERY_PAGES:
	case QUERY_FIND:
	case QUERY_MEMBERS:
		return s->pages[item].key;
	case QUERY_FACTS:
		return s->records.facts[item].r.id;
	case QUERY_RELATIONS:
		return s->records.relations[item].r.id;
	case QUERY_EVENTS:
		return s->records.events[item].r.id;
	case QUERY_QUOTES:
		return s->records.quotes[item].r.id;
	case QUERY_COMPARISONS:
		return item & QUERY_COMPUTED ? s->sets[item & ~QUERY_COMPUTED].r.id : s->records.comparisons[item].r.id;
	case QUERY_NAMES:
		return s->pages[item >> 8].names[item & 255].text;
	}
	return STR_NONE;
}

struct digest query_digest(const struct site *s, struct arena *scratch, const struct query *q)
{
	struct query_result r;
	struct digest_state d;

	query_run(s, scratch, q, &r);
	digest_begin(&d);
	digest_add_u64(&d, q->counts ? r.total : r.len);
	for (size_t i = 0; i < r.len; i++) {
		digest_add(&d, identity(s, q, r.items[i]));
		if (q->of == QUERY_NAMES)
			digest_add(&d, s->pages[r.items[i] >> 8].key);
	}
	return digest_end(&d);
}

static struct digest record_digest(const struct site *s, struct str key)
{
	const struct records *r = &s->records;
	ptrdiff_t colon = str_find_byte(key, ':');
	struct str type = str_cut(key, 0, colon < 0 ? 0 : (size_t)colon), id = str_skip(key, (size_t)colon + 1);
	uint64_t at;

	if (str_eq(type, STR("event")) && map_get(&s->event_by_id, id, &at))
		return r->events[at].r.digest;
	if (str_eq(type, STR("quote")) && map_get(&s->quote_by_id, id, &at))
		return r->quotes[at].r.digest;
	if (str_eq(type, STR("relation")) && map_get(&s->relation_by_id, id, &at))
		return r->relations[at].r.digest;
	if (str_eq(type, STR("comparison"))) {
		if (map_get(&s->comparison_by_id, id, &at))
			return r->comparisons[at].r.digest;
		for (size_t i = 0; i < s->n_sets; i++)
			if (str_eq(s->sets[i].r.id, id))
				return s->sets[i].r.digest;
	}
	return (struct digest){ 0, 0 };
}

static struct digest config_digest(const struct site *s, struct str key)
{
	const struct value *v = value_path(s->config->raw, key);
	struct buf b;
	struct digest d;

	if (!v)
		return (struct digest){ 0, 0 };
	buf_init(&b, 0);
	value_write_json(&b, v);
	d = digest_of(buf_str(&b));
	buf_release(&b);
	return d;
}

static struct digest stale_digest(const struct site *s, struct str key)
{
	const struct fact *f;
	const struct page *p;

	if (str_starts(key, STR("fact:"))) {
		f = site_fact(s, str_skip(key, 5));
		if (f)
			return digest_of(site_is_stale_fact(s, f) ? STR("stale") : STR("fresh"));
	} else if (str_starts(key, STR("page:"))) {
		p = site_page_by_key(s, str_skip(key, 5));
		if (p)
			return digest_of(site_is_stale_page(s, p) ? STR("stale") : STR("fresh"));
	}
	return (struct digest){ 0, 0 };
}

static struct digest ended_digest(const struct site *s, struct str id)
{
	uint64_t at;

	if (!map_get(&s->relation_by_id, id, &at))
		return (struct digest){ 0, 0 };
	return digest_of(site_is_former(s, &s->records.relations[at]) ? STR("former") : STR("current"));
}

struct digest query_fact_digest(const struct query_world *w, struct arena *scratch, uint32_t kind, struct str key)
{
	const struct digest none = { 0, 0 };
	const struct site *s = w->site;
	const struct page *p;
	const struct fact *f;
	const struct data_file *d;
	const struct asset *as;
	struct query q;
	struct str text;
	uint64_t at;

	if (kind < FACT_PAGE_KINDS) {
		p = site_page_by_key(s, key);
		return p ? factset_page_digest(p, (enum fact_kind)kind) : none;
	}
	switch ((enum fact_kind)kind) {
	case FACT_FACT:
		f = site_fact(s, key);
		return f ? f->r.digest : none;
	case FACT_RECORD:
		return record_digest(s, key);
	case FACT_QUERY:
		return query_parse(scratch, key, &q) ? query_digest(s, scratch, &q) : none;
	case FACT_CONFIG:
		return config_digest(s, key);
	case FACT_DATA:
		d = site_data(s, key);
		return d ? d->digest : none;
	case FACT_ASSET:
		if (str_starts(key, STR("bytes:"))) {
			as = site_asset(s, str_skip(key, 6));
			return as ? as->digest : none;
		}
		as = site_asset(s, key);
		return as ? digest_of(as->url) : none;
	case FACT_ENDED:
		return ended_digest(s, key);
	case FACT_STALE:
		return stale_digest(s, key);
	case FACT_SITE:
		if (str_eq(key, STR("previews")))
			return (struct digest){ 0, route_preview_count(s) };
		if (str_eq(key, STR("search")))
			return s->search_sizes;
		if (str_eq(key, STR("all")))
			return s->digest;
		return map_get(&s->made, key, &at) ? s->made_digests[at] : none;
	case FACT_STRING:
		return site_string(s, key, &text) ? digest_of(text) : none;
	default: /* templates are not the site's */
		return w->template_digest(w->ctx, key);
	}
}
