#include "stage/emit_impl.h"

#include "base/utf8.h"

/*
 * Previews: scripts that call dossierPreview({path: HTML, …}): title, a name in another language than the site's, kind;
 * summary; what is to be known first, each with when and from where. Links have data-url instead of href: an address
 * relative to the site's root, as paths are.
 */
enum { ROWS = 3, SUMMARY_MAX = 320, VALUE_MAX = 80 };

struct preview {
	struct buf *out; /* HTML */
	const struct emit *e;
	const struct page *page;
	size_t rows;
	struct str of[ROWS]; /* what rows are of, so that none says the same again */
};

static struct str shortened(struct arena *a, struct str text, size_t max)
{
	struct str head = utf8_truncate(text, max);
	ptrdiff_t space;

	if (head.len == text.len)
		return text;
	space = str_rfind_byte(head, ' ');
	if (space > (ptrdiff_t)head.len / 2)
		head = str_cut(head, 0, (size_t)space);
	return str_format(a, "%.*s…", STR_ARG(head));
}

/* As the site's own pages write it, without the first slash: what a browser makes of a link. In `a`. */
static struct str path_of(struct arena *a, struct str url)
{
	struct buf b;
	struct str path;

	buf_init(&b, 0);
	buf_add_url(&b, str_skip(url, 1));
	path = buf_copy(&b, a);
	buf_release(&b);
	return path;
}

static void put(struct buf *out, const char *before, struct str text, const char *after)
{
	buf_add_z(out, before);
	buf_add_html(out, text);
	buf_add_z(out, after);
}

static bool is_said(const struct preview *v, struct str of)
{
	for (size_t i = 0; i < v->rows; i++)
		if (str_eq(v->of[i], of))
			return true;
	return false;
}

static void put_row(struct preview *v, struct str of, struct str what, struct str value, struct date_range when,
		    const struct record *r, struct str url, struct str anchor)
{
	struct arena *a = v->e->scratch;
	struct buf note;

	buf_init(&note, 0);
	if (date_range_is_set(when)) {
		date_write_human(&note, when.from, NULL);
		if (date_cmp(when.from, when.to) != 0) {
			buf_add_z(&note, "–");
			date_write_human(&note, when.to, NULL);
		}
	}
	if (r->source.page) {
		emit_note_page(v->e, FACT_PAGE_TITLE, r->source.page);
		emit_note_page(v->e, FACT_PAGE_META, r->source.page);
		buf_add_z(&note, note.len ? " · " : "");
		buf_add(&note, site_source_name(a, r->source.page));
		if (r->locator.len) {
			buf_add_z(&note, ", ");
			buf_add(&note, r->locator);
		}
	}
	put(v->out, v->rows ? "<div><dt>" : "<dl><div><dt>", what, "</dt><dd>");
	put(v->out, "<a data-url=\"", path_of(a, url), anchor.len ? "#fact-" : "");
	put(v->out, "", anchor, "\">");
	put(v->out, "", shortened(a, value, VALUE_MAX), "</a><span class=\"scope\">");
	put(v->out, "", buf_str(&note), "</span></dd></div>");
	v->of[v->rows++] = of;
	buf_release(&note);
}

static bool is_current(const struct fact *f)
{
	return f->subject.page && !str_eq(f->status, STR("withdrawn")) && !str_eq(f->status, STR("superseded"));
}

static void put_fact(struct preview *v, const struct fact *f)
{
	struct buf value;

	emit_note_page(v->e, FACT_PAGE_TITLE, f->subject.page);
	buf_init(&value, 0);
	record_write_value(&value, f);
	put_row(v, f->measure_slug, f->measure, buf_str(&value), f->as_of, &f->r, f->subject.page->url, f->r.id);
	buf_release(&value);
}

/* Those the editor named. */
static void put_chosen(struct preview *v)
{
	const struct value *list = v->page->meta ? value_get(v->page->meta, STR("key_figures")) : NULL;

	emit_note_page(v->e, FACT_PAGE_META, v->page);
	for (size_t i = 0; list && list->type == VALUE_ARRAY && i < list->as.array.len && v->rows < ROWS; i++) {
		const struct value *id = list->as.array.items[i];
		uint64_t at;

		if (id->type != VALUE_STRING)
			continue;
		emit_note_copy(v->e, FACT_FACT, "", id->as.string);
		if (map_get(&v->e->site->fact_by_id, id->as.string, &at))
			put_fact(v, &v->e->site->records.facts[at]);
	}
}

/* Its own figures in the order of its page: numbers, or what is said in words. */
static void put_facts(struct preview *v, bool numbers)
{
	const struct page *p = v->page;

	emit_note_page(v->e, FACT_PAGE_FACTS, p);
	for (size_t i = 0; i < p->n_own_facts && v->rows < ROWS; i++) {
		const struct fact *f = &v->e->site->records.facts[p->facts[i]];
		bool is_number = f->type == FACT_NUMBER || f->type == FACT_RANGE;

		if (is_number == numbers && is_current(f) && !is_said(v, f->measure_slug))
			put_fact(v, f);
	}
}

/* Who and what it belongs to: its own statements, then those of others. */
static void put_relations(struct preview *v)
{
	const struct page *p = v->page;

	emit_note_page(v->e, FACT_PAGE_RELATIONS, p);
	for (uint32_t pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < p->n_relations && v->rows < ROWS; i++) {
			const struct relation *r = &v->e->site->records.relations[p->relations[i] >> 1];
			const struct page *other = pass ? site_page(v->e->site, r->from_page) : r->target.page;
			struct date_range none = { 0 };

			if ((p->relations[i] & 1) != pass || !other || !r->type || date_is_set(r->to) ||
			    is_said(v, other->key))
				continue;
			emit_note_page(v->e, FACT_PAGE_TITLE, other);
			put_row(v, other->key, pass ? r->type->reverse : r->type->label, other->title, none, &r->r,
				other->url, STR_NONE);
		}
	}
}

/* As it is written at home. */
static void put_name(struct preview *v)
{
	const struct page *p = v->page;
	const struct name *n = NULL;

	emit_note_page(v->e, FACT_PAGE_NAMES, p);
	for (size_t i = 0; i < p->n_names && !n; i++)
		if (p->names[i].use == NAME_ALIAS && p->names[i].lang.len &&
		    !str_eq(p->names[i].lang, v->e->site->config->language))
			n = &p->names[i];
	if (n) {
		put(v->out, " <span lang=\"", n->lang, "\">");
		put(v->out, "", n->text, "</span>");
	}
}

static void put_page(struct preview *v)
{
	const struct page *p = v->page;
	struct str summary = shortened(v->e->scratch, p->summary.len ? p->summary : p->excerpt, SUMMARY_MAX);

	emit_note_page(v->e, FACT_PAGE_HEAD, p);
	put(v->out, "<p class=\"pop-title\">", p->title, "");
	put_name(v);
	put(v->out, " <span class=\"kind\">", p->kind->label, "</span></p>");
	if (summary.len)
		put(v->out, "<p>", summary, "</p>");
	put_chosen(v);
	if (v->rows == 0) {
		put_facts(v, true);
		put_relations(v);
		put_facts(v, false);
	}
	if (v->rows)
		buf_add_z(v->out, "</dl>");
}

void emit_preview(struct buf *out, const struct emit *e, const struct output *o)
{
	const struct route_previews *all = &e->routes->previews;
	struct buf html;

	buf_init(&html, 0);
	buf_add_z(out, "dossierPreview({");
	for (uint32_t i = all->first[o->part]; i < all->first[o->part + 1]; i++) {
		const struct page *p = site_page(e->site, all->pages[i]);
		struct preview v = { .out = &html, .e = e, .page = p };

		buf_clear(&html);
		put_page(&v);
		buf_add_z(out, i > all->first[o->part] ? ",\n" : "\n");
		buf_add_json(out, path_of(e->scratch, p->url));
		buf_add_char(out, ':');
		buf_add_json(out, buf_str(&html));
	}
	buf_add_z(out, "\n});\n");
	buf_release(&html);
}
