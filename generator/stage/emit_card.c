#include "stage/emit_impl.h"

#include "base/card.h"

/* The words on the tab are those of the theme's tab. */
static struct str tab_of(const struct emit *e, const struct page *p)
{
	struct str key = p->is_home ? STR("home.tab") : p->is_section ? STR("list.index") : STR("nav.reference"), text;

	if (!p->is_home && !p->is_section && !p->is_builtin && !str_eq(p->kind->id, STR("page")))
		return p->kind->label;
	emit_note(e, FACT_STRING, key);
	return site_string(e->site, key, &text) ? text : p->kind->label;
}

static struct str address_of(const struct config *c)
{
	struct str s = c->base_url;
	ptrdiff_t scheme = str_find(s, STR("://"));

	s = str_skip(s, scheme < 0 ? 0 : (size_t)scheme + 3);
	return str_ends(s, STR("/")) ? str_cut(s, 0, s.len - 1) : s;
}

/* The configuration is no fact: with another one everything is made anew. */
void emit_card(struct buf *out, const struct emit *e, const struct output *o)
{
	const struct page *p = site_page(e->site, o->page);
	const struct config *c = e->site->config;
	struct card card = { .label = tab_of(e, p),
			     .title = p->is_home ? c->title : p->title,
			     .text = p->summary.len ? p->summary : p->excerpt,
			     .site = p->is_home ? c->author : c->title,
			     .address = address_of(c),
			     .lang = p->lang.len ? p->lang : c->language };

	emit_note_page(e, FACT_PAGE_HEAD, p);
	if (p->is_home && c->description.len)
		card.text = c->description;
	card_draw(e->painter, &card, out);
}
