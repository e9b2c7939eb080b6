#include "app/commands_list.h"

#include "base/fs.h"
#include "site/query.h"
#include "site/record.h"

#define PAGE_MAX ((size_t)64 << 20)

/* One field of a line. */
struct cell {
	const char *name;
	struct str text;
	bool is_number;
};

struct list {
	struct arena *arena;
	struct buf *out;
	const struct site *site;
	const struct commands_list *opt;
};

static const struct str whats[] = {
	STR_INIT("pages"),   STR_INIT("entities"), STR_INIT("mentions"), STR_INIT("facts"),
	STR_INIT("sources"), STR_INIT("orphans"),  STR_INIT("stale"),    STR_INIT("disagreements"),
};

const struct str *commands_list_names(size_t *n)
{
	*n = sizeof(whats) / sizeof(whats[0]);
	return whats;
}

static void write_row(struct list *l, const struct cell *cells, size_t n)
{
	struct buf *b = l->out;

	for (size_t i = 0; i < n; i++) {
		if (l->opt->is_json) {
			buf_add_format(b, "%c\"%s\":", i ? ',' : '{', cells[i].name);
			if (cells[i].is_number)
				buf_add(b, cells[i].text);
			else
				buf_add_json(b, cells[i].text);
			continue;
		}
		if (i > 0)
			buf_add_char(b, '\t');
		/* One line each, whatever a title holds. */
		for (size_t k = 0; k < cells[i].text.len; k++) {
			char c = cells[i].text.ptr[k];

			buf_add_char(b, c == '\t' || c == '\n' || c == '\r' ? ' ' : c);
		}
	}
	buf_add_z(b, l->opt->is_json ? "}\n" : "\n");
}

static struct str number(struct list *l, size_t n)
{
	return str_format(l->arena, "%zu", n);
}

static struct str place(struct list *l, struct str path, struct pos at)
{
	if (path.len == 0 || !at.line)
		return path;
	return str_format(l->arena, "%.*s:%u:%u", STR_ARG(path), at.line, at.col ? at.col : 1);
}

static bool is_wanted(const struct list *l, const struct page *p)
{
	return l->opt->kind.len == 0 || (p && str_eq(p->kind->id, l->opt->kind));
}

static void page_row(struct list *l, const struct page *p)
{
	struct cell cells[] = {
		{ "kind", p->kind->id, false },
		{ "key", p->key, false },
		{ "url", p->url, false },
		{ "title", p->title, false },
		{ "words", number(l, p->words), true },
		{ "backlinks", number(l, p->n_backlinks), true },
		{ "path", p->path, false },
	};

	write_row(l, cells, sizeof(cells) / sizeof(cells[0]));
}

static void list_pages(struct list *l, bool entities, const char *status)
{
	struct query q = { .of = QUERY_PAGES, .kind = l->opt->kind, .status = str_from(status), .entities = entities };
	struct query_result r;

	query_run(l->site, l->arena, &q, &r);
	for (size_t i = 0; i < r.len; i++)
		page_row(l, site_page(l->site, r.items[i]));
}

static struct str date_text(struct list *l, struct date_range range)
{
	struct buf b = { 0 };
	struct str text;

	date_write_range(&b, range);
	text = buf_copy(&b, l->arena);
	buf_release(&b);
	return text;
}

static void fact_row(struct list *l, const struct fact *f)
{
	struct buf value = { 0 };

	record_write_value(&value, f);
	struct cell cells[] = {
		{ "id", f->r.id, false },
		{ "subject", f->subject.page ? f->subject.page->key : f->subject.text, false },
		{ "measure", f->measure, false },
		{ "value", buf_copy(&value, l->arena), false },
		{ "as_of", date_text(l, f->as_of), false },
		{ "scope", f->scope, false },
		{ "source", f->r.source.page ? f->r.source.page->key : f->r.source.text, false },
		{ "place", place(l, f->r.path, f->r.at), false },
	};

	write_row(l, cells, sizeof(cells) / sizeof(cells[0]));
	buf_release(&value);
}

static void list_facts(struct list *l, const char *status)
{
	struct query q = { .of = QUERY_FACTS, .status = str_from(status), .sort = STR("subject") };
	struct query_result r;

	query_run(l->site, l->arena, &q, &r);
	for (size_t i = 0; i < r.len; i++) {
		const struct fact *f = &l->site->records.facts[r.items[i]];

		if (is_wanted(l, f->subject.page))
			fact_row(l, f);
	}
}

static void list_sources(struct list *l)
{
	struct query q = { .of = QUERY_PAGES, .kind = STR("source"), .no_builtin = true };
	struct query_result r;

	query_run(l->site, l->arena, &q, &r);
	for (size_t i = 0; i < r.len; i++) {
		const struct page *p = site_page(l->site, r.items[i]);
		struct date_range published = { 0 };

		if (p->source)
			published = (struct date_range){ p->source->published, p->source->published };
		struct cell cells[] = {
			{ "key", p->key, false },
			{ "title", p->title, false },
			{ "publisher", p->source ? p->source->publisher : STR_NONE, false },
			{ "published", date_text(l, published), false },
			{ "rests", number(l, p->n_rests), true },
			{ "path", p->path, false },
		};

		write_row(l, cells, sizeof(cells) / sizeof(cells[0]));
	}
}

static void list_disagreements(struct list *l)
{
	struct query q = { .of = QUERY_COMPARISONS, .status = STR("disagreement") };
	struct query_result r;

	query_run(l->site, l->arena, &q, &r);
	for (size_t i = 0; i < r.len; i++) {
		uint32_t item = r.items[i];
		const struct comparison *c = item & QUERY_COMPUTED ? &l->site->sets[item & ~QUERY_COMPUTED]
								   : &l->site->records.comparisons[item];
		struct buf facts = { 0 };

		for (size_t k = 0; k < c->n_facts; k++) {
			const struct fact *f = &l->site->records.facts[c->facts[k]];

			if (k > 0)
				buf_add_z(&facts, "; ");
			buf_add_format(&facts, "%.*s: ", STR_ARG(f->r.id));
			record_write_value(&facts, f);
		}
		struct cell cells[] = {
			{ "id", c->r.id, false },
			{ "title", c->title, false },
			{ "origin", c->is_computed ? STR("computed") : STR("declared"), false },
			{ "facts", buf_copy(&facts, l->arena), false },
			{ "place", place(l, c->r.path, c->r.at), false },
		};

		write_row(l, cells, sizeof(cells) / sizeof(cells[0]));
		buf_release(&facts);
	}
}

/* Positions of one page's nodes: columns count code points where the file can still be read. */
struct places {
	const struct page *page;
	struct str text;
	bool has_text;
};

static struct pos pos_of(const struct places *at, uint32_t node, uint32_t off)
{
	uint32_t source = doc_sources(at->page->doc)[node] + off;

	return at->has_text ? doc_pos_in(at->page->doc, at->text, source) : doc_pos(at->page->doc, source);
}

static void mention_row(struct list *l, const struct places *at, struct pos pos, const char *state, struct str text,
			const struct page *target)
{
	struct cell cells[] = {
		{ "place", place(l, at->page->path, pos), false },
		{ "state", str_from(state), false },
		{ "text", text, false },
		{ "target", target ? target->key : STR_NONE, false },
	};

	write_row(l, cells, sizeof(cells) / sizeof(cells[0]));
}

static bool wants_state(const struct commands_list *opt, enum mention_state state)
{
	if (!opt->unlinked && !opt->ambiguous && !opt->missing)
		return true;
	if (state == MENTION_AMBIGUOUS)
		return opt->ambiguous || opt->unlinked;
	return opt->unlinked && state != MENTION_LINKED && state != MENTION_SELF;
}

static void page_mentions(struct list *l, const struct places *at)
{
	static const char *const states[] = {
		[MENTION_LINKED] = "linked",       [MENTION_REPEATED] = "repeated", [MENTION_SELF] = "self",
		[MENTION_AMBIGUOUS] = "ambiguous", [MENTION_WEAK] = "weak",         [MENTION_OFF] = "off",
	};
	const struct page *p = at->page;

	for (size_t i = 0; i < p->n_mentions; i++) {
		const struct mention *m = &p->mentions[i];
		const struct page *target = site_page(l->site, m->target);
		struct str text = doc_text(p->doc, &doc_nodes(p->doc)[m->node]);

		if (wants_state(l->opt, (enum mention_state)m->state) && is_wanted(l, target))
			mention_row(l, at, pos_of(at, m->node, m->off), states[m->state],
				    str_cut(text, m->off, (size_t)m->off + m->len), target);
	}
	for (size_t i = 0; i < p->n_links; i++) {
		const struct link *k = &p->links[i];
		bool is_all = !l->opt->unlinked && !l->opt->ambiguous && !l->opt->missing;

		if (k->type == LINK_BROKEN && (is_all || l->opt->missing))
			mention_row(l, at, pos_of(at, k->node, 0), "missing",
				    doc_text(p->doc, &doc_nodes(p->doc)[k->node]), NULL);
	}
}

static void list_mentions(struct list *l)
{
	for (size_t i = 0; i < l->site->n_pages; i++) {
		struct arena a = { 0 };
		struct diag_list ignored;
		struct places at = { .page = &l->site->pages[i] };

		if (!at.page->doc || at.page->path.len == 0)
			continue;
		diag_init(&ignored, &a);
		at.has_text = fs_read(&a, str_format(&a, "%.*s/%.*s", STR_ARG(l->site->root), STR_ARG(at.page->path)),
				      PAGE_MAX, &at.text, &ignored);
		page_mentions(l, &at);
		arena_release(&a);
	}
}

bool commands_list_write(struct buf *out, const struct site *s, struct str what, const struct commands_list *opt)
{
	struct arena a = { 0 };
	struct list l = { &a, out, s, opt };
	bool ok = true;

	if (str_eq(what, STR("pages"))) {
		list_pages(&l, false, "");
	} else if (str_eq(what, STR("entities"))) {
		list_pages(&l, true, "");
	} else if (str_eq(what, STR("mentions"))) {
		list_mentions(&l);
	} else if (str_eq(what, STR("facts"))) {
		list_facts(&l, "");
	} else if (str_eq(what, STR("sources"))) {
		list_sources(&l);
	} else if (str_eq(what, STR("orphans"))) {
		list_pages(&l, true, "orphan");
	} else if (str_eq(what, STR("stale"))) {
		list_pages(&l, false, "stale");
		list_facts(&l, "stale");
	} else if (str_eq(what, STR("disagreements"))) {
		list_disagreements(&l);
	} else {
		ok = false;
	}
	arena_release(&a);
	return ok;
}
