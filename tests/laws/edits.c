#include "laws/model.h"

#include <string.h>

/* What can be changed, each in a few lines; the table at the end says how often. */

unsigned model_pick(struct model_random *r, unsigned n)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	return n ? (unsigned)(z % n) : 0;
}

static struct model_page *some_page(struct model *m, struct model_random *r)
{
	for (int tries = 0; tries < 500; tries++) {
		struct model_page *p = &m->pages[model_pick(r, MODEL_PAGES)];

		if (p->is_used)
			return p;
	}
	return &m->pages[0];
}

static unsigned some_reference(struct model *m, struct model_random *r)
{
	return (unsigned)(some_page(m, r) - m->pages) + 1;
}

static unsigned some_of(struct model *m, struct model_random *r, enum model_kind kind)
{
	for (int tries = 0; tries < 200; tries++) {
		unsigned ref = some_reference(m, r);

		if (m->pages[ref - 1].kind == kind)
			return ref;
	}
	return some_reference(m, r);
}

static void flip(bool *b)
{
	*b = !*b;
}

static void set_sentence(struct model *m, struct model_random *r, struct model_page *p, size_t i)
{
	unsigned kind = model_pick(r, MODEL_SENTENCES + 4);

	p->body[i].kind = (kind < MODEL_SENTENCES ? kind : kind % 2 ? MODEL_MENTION : MODEL_WORDS) + 1;
	p->body[i].a = some_reference(m, r) - 1;
	if (p->body[i].kind == MODEL_CITE + 1)
		p->body[i].a = some_of(m, r, MODEL_SOURCE) - 1;
	if (model_pick(r, 4) == 0)
		p->body[i].a = model_pick(r, 4000) * MODEL_PAGES + p->body[i].a;
	p->body[i].b = model_pick(r, 1000);
}

static void edit_sentence(struct model *m, struct model_random *r)
{
	set_sentence(m, r, some_page(m, r), model_pick(r, MODEL_BODY));
}

static void edit_word(struct model *m, struct model_random *r)
{
	struct model_page *p = some_page(m, r);
	size_t i = model_pick(r, MODEL_BODY);

	if (!p->body[i].kind)
		p->body[i].kind = MODEL_WORDS + 1;
	p->body[i].b++;
	if (p->body[i].kind == MODEL_WORDS + 1)
		p->body[i].a++;
}

static void edit_sentence_away(struct model *m, struct model_random *r)
{
	some_page(m, r)->body[model_pick(r, MODEL_BODY)].kind = 0;
}

static void edit_order(struct model *m, struct model_random *r)
{
	struct model_page *p = some_page(m, r);
	size_t i = model_pick(r, MODEL_BODY), k = model_pick(r, MODEL_BODY);
	struct model_page old = *p;

	p->body[i] = old.body[k];
	p->body[k] = old.body[i];
}

static void edit_title(struct model *m, struct model_random *r)
{
	some_page(m, r)->title = model_pick(r, 192);
}

static void edit_title_swap(struct model *m, struct model_random *r)
{
	struct model_page *p = some_page(m, r), *q = some_page(m, r);
	unsigned title = p->title;

	p->title = q->title;
	q->title = title;
}

static void edit_summary(struct model *m, struct model_random *r)
{
	some_page(m, r)->summary = model_pick(r, 50);
}

static void edit_date(struct model *m, struct model_random *r)
{
	struct model_page *p = some_page(m, r);

	p->date = model_pick(r, 5) ? 1 + model_pick(r, 110) : 0;
}

static void edit_updated(struct model *m, struct model_random *r)
{
	some_page(m, r)->updated = model_pick(r, 100);
}

static void edit_reviewed(struct model *m, struct model_random *r)
{
	some_page(m, r)->reviewed = model_pick(r, 100);
}

static void edit_embargo(struct model *m, struct model_random *r)
{
	struct model_page *p = some_page(m, r);

	p->embargo = p->embargo ? 0 : 90 + model_pick(r, 40);
}

static void edit_expires(struct model *m, struct model_random *r)
{
	struct model_page *p = some_page(m, r);

	p->expires = p->expires ? 0 : 90 + model_pick(r, 60);
}

static void edit_draft(struct model *m, struct model_random *r)
{
	flip(&some_page(m, r)->is_draft);
}

static void edit_weight(struct model *m, struct model_random *r)
{
	some_page(m, r)->weight = model_pick(r, 10);
}

static void edit_alias(struct model *m, struct model_random *r)
{
	unsigned *alias = &some_page(m, r)->alias[model_pick(r, 3)];

	*alias = *alias && model_pick(r, 2) ? 0 : 1 + model_pick(r, 190);
}

static void edit_alias_shared(struct model *m, struct model_random *r)
{
	struct model_page *p = some_page(m, r), *q = some_page(m, r);

	p->alias[0] = model_pick(r, 2) ? q->title : q->alias[0];
}

static void edit_weak(struct model *m, struct model_random *r)
{
	struct model_page *p = some_page(m, r);

	p->weak = p->weak ? 0 : 1 + model_pick(r, 12);
}

static void edit_misspelt(struct model *m, struct model_random *r)
{
	struct model_page *p = some_page(m, r);

	p->misspelt = p->misspelt ? 0 : 1 + model_pick(r, 30);
}

static void edit_redirect(struct model *m, struct model_random *r)
{
	struct model_page *p = some_page(m, r);

	p->redirect = p->redirect ? 0 : 1 + model_pick(r, 300);
}

static void edit_prefer(struct model *m, struct model_random *r)
{
	struct model_page *p = some_page(m, r);

	p->prefer = p->prefer ? 0 : some_reference(m, r);
}

static void edit_autolink(struct model *m, struct model_random *r)
{
	flip(&some_page(m, r)->no_autolink);
}

static void edit_language(struct model *m, struct model_random *r)
{
	some_page(m, r)->lang = model_pick(r, 3);
}

static void edit_template_of_page(struct model *m, struct model_random *r)
{
	struct model_page *p = some_page(m, r);

	p->template = !p->template;
}

static void edit_extra(struct model *m, struct model_random *r)
{
	some_page(m, r)->extra = model_pick(r, 200);
}

static void edit_tag(struct model *m, struct model_random *r)
{
	unsigned *tag = &some_page(m, r)->tags[model_pick(r, 3)];

	*tag = *tag && model_pick(r, 2) ? 0 : some_of(m, r, MODEL_TOPIC);
}

static void set_relation(struct model *m, struct model_random *r, struct model_page *p, size_t i)
{
	p->relations[i].type = model_pick(r, 2);
	p->relations[i].target = some_reference(m, r);
	p->relations[i].source = some_of(m, r, MODEL_SOURCE);
	p->relations[i].from = model_pick(r, 30);
	p->relations[i].to = model_pick(r, 3) ? 0 : 60 + model_pick(r, 120);
	p->relations[i].quote = model_pick(r, 20);
}

static void edit_relation(struct model *m, struct model_random *r)
{
	struct model_page *p = some_page(m, r);
	size_t i = model_pick(r, MODEL_RECORDS);

	if (p->relations[i].target && model_pick(r, 3) == 0)
		p->relations[i].target = 0;
	else if (p->relations[i].target && model_pick(r, 2) == 0)
		p->relations[i].quote++;
	else
		set_relation(m, r, p, i);
}

static void set_fact(struct model *m, struct model_random *r, struct model_page *p, size_t i)
{
	p->facts[i].measure = 1 + model_pick(r, 4);
	p->facts[i].value = model_pick(r, 40);
	p->facts[i].year = model_pick(r, 6);
	p->facts[i].scope = model_pick(r, 6);
	p->facts[i].source = some_of(m, r, MODEL_SOURCE);
	p->facts[i].status = model_pick(r, 6) == 0 ? model_pick(r, 4) : 0;
}

static void edit_fact(struct model *m, struct model_random *r)
{
	struct model_page *p = some_page(m, r);
	size_t i = model_pick(r, MODEL_RECORDS);

	switch (p->facts[i].measure ? model_pick(r, 5) : 0) {
	case 1:
		p->facts[i].value++;
		break;
	case 2:
		p->facts[i].year++;
		break;
	case 3:
		p->facts[i].measure = 0;
		break;
	case 4:
		p->facts[i].status++;
		break;
	default:
		set_fact(m, r, p, i);
	}
}

static void edit_event(struct model *m, struct model_random *r)
{
	struct model_page *p = some_page(m, r);
	size_t i = model_pick(r, 2);

	p->events[i].text = model_pick(r, 30);
	p->events[i].year = model_pick(r, 100);
	p->events[i].about = some_reference(m, r);
	p->events[i].source = some_of(m, r, MODEL_SOURCE);
}

static void edit_quote(struct model *m, struct model_random *r)
{
	struct model_page *p = some_page(m, r);
	size_t i = model_pick(r, 2);

	p->quotes[i].text = model_pick(r, 30);
	p->quotes[i].about = some_of(m, r, MODEL_PERSON);
	p->quotes[i].source = some_of(m, r, MODEL_SOURCE);
}

static void edit_row(struct model *m, struct model_random *r)
{
	size_t i = model_pick(r, MODEL_ROWS);

	m->rows[i].subject = some_of(m, r, MODEL_COMPANY);
	m->rows[i].measure = model_pick(r, 4);
	m->rows[i].value = model_pick(r, 40);
	m->rows[i].year = model_pick(r, 5);
	m->rows[i].source = some_of(m, r, MODEL_SOURCE);
}

static void edit_comparison(struct model *m, struct model_random *r)
{
	m->comparison[0] = some_reference(m, r);
	m->comparison[1] = some_reference(m, r);
	m->comparison_text = model_pick(r, 40);
}

static void edit_comparison_text(struct model *m, struct model_random *r)
{
	m->comparison_text = model_pick(r, 40);
}

static void edit_rename(struct model *m, struct model_random *r)
{
	some_page(m, r)->slug = m->n_slugs++;
}

/* The same name in another folder; whoever referred to it does so still. */
static void edit_kind(struct model *m, struct model_random *r)
{
	some_page(m, r)->kind = model_pick(r, MODEL_KINDS);
}

static void edit_declared_kind(struct model *m, struct model_random *r)
{
	struct model_page *p = some_page(m, r);

	if (p->kind != MODEL_SOURCE)
		p->declared = p->declared ? 0 : 1 + model_pick(r, MODEL_KINDS - 2);
}

static void edit_delete(struct model *m, struct model_random *r)
{
	struct model_page *p = some_page(m, r);
	size_t n = 0;

	for (size_t i = 0; i < MODEL_PAGES; i++)
		n += m->pages[i].is_used;
	if (n > MODEL_PAGES / 2)
		p->is_used = false;
}

static void new_page(struct model *m, struct model_random *r, struct model_page *p)
{
	memset(p, 0, sizeof(*p));
	p->is_used = true;
	p->kind = model_pick(r, MODEL_KINDS);
	p->slug = m->n_slugs++;
	p->title = model_pick(r, 192);
	p->summary = model_pick(r, 40);
	p->date = p->kind == MODEL_ARTICLE ? 1 + model_pick(r, 100) : 0;
	p->is_yaml = model_pick(r, 12) == 0;
	p->extra = model_pick(r, 100);
	for (size_t i = 0, n = 2 + model_pick(r, 6); i < n; i++)
		set_sentence(m, r, p, i);
	if (model_pick(r, 2))
		p->tags[0] = some_of(m, r, MODEL_TOPIC);
	if (model_pick(r, 3) == 0)
		p->alias[0] = 1 + model_pick(r, 190);
	if (model_pick(r, 3) == 0)
		set_relation(m, r, p, 0);
	for (size_t i = 0; p->kind == MODEL_COMPANY && i < 2; i++)
		set_fact(m, r, p, i);
}

static void edit_add(struct model *m, struct model_random *r)
{
	for (size_t i = 0; i < MODEL_PAGES; i++) {
		if (m->pages[i].is_used)
			continue;
		new_page(m, r, &m->pages[i]);
		return;
	}
}

/* A page comes back that others may still speak of. */
static void edit_return(struct model *m, struct model_random *r)
{
	struct model_page *p = &m->pages[model_pick(r, MODEL_PAGES)];

	if (!p->is_used && p->slug)
		p->is_used = true;
}

static void edit_bundle(struct model *m, struct model_random *r)
{
	struct model_page *p = some_page(m, r);

	p->is_bundle = !p->is_bundle || model_pick(r, 2);
	p->picture = model_pick(r, 4);
	p->body[0].kind = MODEL_PICTURE + 1;
}

static void edit_source(struct model *m, struct model_random *r)
{
	m->pages[some_of(m, r, MODEL_SOURCE) - 1].extra = model_pick(r, 100);
}

static void edit_foot(struct model *m, struct model_random *r)
{
	m->foot = model_pick(r, 3) ? 1 + model_pick(r, 40) : 0;
}

static void edit_special(struct model *m, struct model_random *r)
{
	m->special = model_pick(r, 400);
}

static void edit_shortcode(struct model *m, struct model_random *r)
{
	m->shortcode = model_pick(r, 36);
}

static void edit_component(struct model *m, struct model_random *r)
{
	m->component = m->component ? 0 : 1 + model_pick(r, 3);
}

static void edit_script(struct model *m, struct model_random *r)
{
	m->script = model_pick(r, 5);
}

static void edit_number(struct model *m, struct model_random *r)
{
	m->number = model_pick(r, 100);
}

static void edit_style(struct model *m, struct model_random *r)
{
	m->style = model_pick(r, 4);
}

static void edit_attachment(struct model *m, struct model_random *r)
{
	m->attachment = model_pick(r, 4);
}

static void edit_text(struct model *m, struct model_random *r)
{
	m->text = model_pick(r, 4);
}

static void edit_config(struct model *m, struct model_random *r)
{
	unsigned *const numbers[] = { &m->title, &m->colour,  &m->line, &m->page_size, &m->backlinks, &m->mentions,
				      &m->label, &m->reverse, &m->feed, &m->match,     &m->tolerance, &m->review };

	*numbers[model_pick(r, sizeof(numbers) / sizeof(*numbers))] = model_pick(r, 60);
}

static void edit_switch(struct model *m, struct model_random *r)
{
	bool *const switches[] = { &m->no_previews, &m->no_book,  &m->no_json_feeds, &m->relative,   &m->no_json,
				   &m->no_csv,      &m->no_parts, &m->no_ndjson,     &m->no_sitemap, &m->no_search,
				   &m->no_feeds,    &m->no_stubs, &m->has_menu };

	flip(switches[model_pick(r, sizeof(switches) / sizeof(*switches))]);
}

static void edit_now(struct model *m, struct model_random *r)
{
	m->now = model_pick(r, 4) ? m->now + 1 + model_pick(r, 20) : model_pick(r, 100);
	m->now %= 800;
}

static void edit_offline(struct model *m, struct model_random *r)
{
	(void)r;
	flip(&m->is_offline);
}

static void edit_drafts(struct model *m, struct model_random *r)
{
	(void)r;
	flip(&m->with_drafts);
}

static void edit_moved(struct model *m, struct model_random *r)
{
	(void)r;
	flip(&m->is_moved);
}

static void edit_fault(struct model *m, struct model_random *r)
{
	m->fault = 1 + model_pick(r, MODEL_FAULTS - 1);
	m->fault_at = some_reference(m, r) - 1;
}

static bool is_taken(const bool *taken, unsigned name)
{
	return name && taken[name % 256];
}

/* Nothing withheld and no name twice: then there is nothing to warn of, and a build may stop at once. */
static void edit_quiet(struct model *m, struct model_random *r)
{
	bool taken[256] = { 0 };

	(void)r;
	for (size_t i = 0; i < MODEL_PAGES; i++) {
		struct model_page *p = &m->pages[i];

		if (!p->is_used)
			continue;
		p->is_draft = false;
		p->embargo = p->expires = 0;
		p->date = p->date > 95 ? 95 : p->date;
		for (unsigned n = 0; n < 256 && taken[p->title]; n++)
			p->title = (p->title + 1) % 192;
		taken[p->title] = true;
	}
	for (size_t i = 0; i < MODEL_PAGES; i++) {
		struct model_page *p = &m->pages[i];

		for (size_t k = 0; p->is_used && k < 3; k++) {
			if (is_taken(taken, p->alias[k]))
				p->alias[k] = 0;
			taken[p->alias[k] % 256] = true;
		}
	}
}

static void edit_nothing(struct model *m, struct model_random *r)
{
	(void)m;
	(void)r;
}

static const struct edit {
	const char *name;
	unsigned weight;
	void (*run)(struct model *m, struct model_random *r);
} edits[] = {
	{ "sentence", 30, edit_sentence },
	{ "word", 30, edit_word },
	{ "sentence away", 10, edit_sentence_away },
	{ "order of sentences", 8, edit_order },
	{ "title", 14, edit_title },
	{ "titles swapped", 6, edit_title_swap },
	{ "summary", 6, edit_summary },
	{ "date", 8, edit_date },
	{ "updated", 4, edit_updated },
	{ "reviewed", 4, edit_reviewed },
	{ "embargo", 5, edit_embargo },
	{ "expires", 4, edit_expires },
	{ "draft", 7, edit_draft },
	{ "weight", 4, edit_weight },
	{ "alias", 16, edit_alias },
	{ "alias of two", 8, edit_alias_shared },
	{ "weak alias", 6, edit_weak },
	{ "misspelt alias", 4, edit_misspelt },
	{ "redirect", 4, edit_redirect },
	{ "prefer", 5, edit_prefer },
	{ "autolink", 4, edit_autolink },
	{ "language", 3, edit_language },
	{ "template of a page", 4, edit_template_of_page },
	{ "extra", 6, edit_extra },
	{ "tag", 10, edit_tag },
	{ "relation", 14, edit_relation },
	{ "fact", 18, edit_fact },
	{ "event", 8, edit_event },
	{ "quotation", 6, edit_quote },
	{ "row of data", 8, edit_row },
	{ "comparison", 5, edit_comparison },
	{ "text of a comparison", 3, edit_comparison_text },
	{ "rename", 9, edit_rename },
	{ "kind", 6, edit_kind },
	{ "declared kind", 4, edit_declared_kind },
	{ "delete", 10, edit_delete },
	{ "add", 12, edit_add },
	{ "return", 6, edit_return },
	{ "picture", 6, edit_bundle },
	{ "source", 5, edit_source },
	{ "foot", 4, edit_foot },
	{ "special template", 6, edit_special },
	{ "shortcode", 5, edit_shortcode },
	{ "component", 3, edit_component },
	{ "script", 3, edit_script },
	{ "number", 5, edit_number },
	{ "style", 3, edit_style },
	{ "unused attachment", 3, edit_attachment },
	{ "text of the theme", 3, edit_text },
	{ "configuration", 6, edit_config },
	{ "switch", 5, edit_switch },
	{ "build date", 10, edit_now },
	{ "offline", 1, edit_offline },
	{ "drafts", 2, edit_drafts },
	{ "moved checkout", 3, edit_moved },
	{ "fault", 18, edit_fault },
	{ "quiet", 14, edit_quiet },
	{ "nothing", 8, edit_nothing },
};
#define N_EDITS (sizeof(edits) / sizeof(*edits))

const char *model_edit(struct model *m, struct model_random *r)
{
	unsigned all = 0, at;

	if (m->fault && model_pick(r, 3)) {
		m->fault = MODEL_SOUND;
		return "fault mended";
	}
	for (size_t i = 0; i < N_EDITS; i++)
		all += edits[i].weight;
	at = model_pick(r, all);
	for (size_t i = 0; i < N_EDITS; i++) {
		if (at < edits[i].weight) {
			edits[i].run(m, r);
			return edits[i].name;
		}
		at -= edits[i].weight;
	}
	return "nothing";
}

void model_begin(struct model *m, struct model_random *r)
{
	static const enum model_kind kinds[] = { MODEL_PAGE,    MODEL_ARTICLE, MODEL_ARTICLE, MODEL_ARTICLE,
						 MODEL_COMPANY, MODEL_COMPANY, MODEL_COMPANY, MODEL_PERSON,
						 MODEL_TOPIC,   MODEL_SOURCE };

	memset(m, 0, sizeof(*m));
	m->n_slugs = 1;
	m->no_stubs = true;
	/* All are there before they refer to each other. */
	for (size_t i = 0; i < 40; i++) {
		m->pages[i].is_used = true;
		m->pages[i].kind = kinds[i % 10];
	}
	for (size_t i = 0; i < 40; i++) {
		new_page(m, r, &m->pages[i]);
		m->pages[i].kind = kinds[i % 10];
		m->pages[i].title = (unsigned)(i * 5);
		m->pages[i].template = i % 13 == 4;
		for (size_t k = 0; m->pages[i].kind == MODEL_COMPANY && k < 2; k++)
			set_fact(m, r, &m->pages[i], k);
	}
	for (int i = 0; i < 4; i++) {
		edit_row(m, r);
		edit_event(m, r);
		edit_quote(m, r);
	}
}

/* The parts are numbered; `was` says whether there was something to take. */
static bool take(unsigned *n, size_t *i, bool *was)
{
	if (*i) {
		--*i;
		return false;
	}
	*was = *n != 0;
	*n = 0;
	return true;
}

static bool page_without(struct model_page *p, size_t *i, bool *was)
{
	unsigned *const fields[] = { &p->summary,        &p->date,          &p->updated,        &p->reviewed,
				     &p->embargo,        &p->expires,       &p->weight,         &p->alias[0],
				     &p->alias[1],       &p->alias[2],      &p->weak,           &p->misspelt,
				     &p->redirect,       &p->extra,         &p->template,       &p->prefer,
				     &p->picture,        &p->lang,          &p->tags[0],        &p->tags[1],
				     &p->tags[2],        &p->declared,      &p->events[0].text, &p->events[1].text,
				     &p->quotes[0].text, &p->quotes[1].text };

	for (size_t k = 0; k < sizeof(fields) / sizeof(*fields); k++)
		if (take(fields[k], i, was))
			return true;
	for (size_t k = 0; k < MODEL_RECORDS; k++)
		if (take(&p->relations[k].target, i, was) || take(&p->facts[k].measure, i, was))
			return true;
	for (size_t k = 0; k < MODEL_BODY; k++)
		if (take(&p->body[k].kind, i, was))
			return true;
	return false;
}

bool model_drop(struct model *m, size_t i, bool *was)
{
	unsigned *const fields[] = { &m->foot,
				     &m->special,
				     &m->shortcode,
				     &m->component,
				     &m->script,
				     &m->number,
				     &m->style,
				     &m->attachment,
				     &m->text,
				     &m->comparison[0],
				     &m->rows[0].subject,
				     &m->rows[1].subject,
				     &m->rows[2].subject,
				     &m->rows[3].subject };

	if (i < MODEL_PAGES) {
		*was = m->pages[i].is_used;
		m->pages[i].is_used = false;
		return true;
	}
	i -= MODEL_PAGES;
	for (size_t k = 0; k < sizeof(fields) / sizeof(*fields); k++)
		if (take(fields[k], &i, was))
			return true;
	for (size_t k = 0; k < MODEL_PAGES; k++)
		if (page_without(&m->pages[k], &i, was)) {
			*was = *was && m->pages[k].is_used;
			return true;
		}
	return false;
}
