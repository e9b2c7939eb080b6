#include "stage/link_impl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/vec.h"

/*
 * One page's text: what its links mean, and where it names whom. Runs on any
 * worker; writes to its page alone.
 */
struct job {
	struct linker *l;
	struct scratch *scratch; /* by worker */
};

static void on_hit(void *ctx, uint32_t pattern, size_t start, size_t end)
{
	struct text *t = ctx;
	const struct candidates *c = &t->l->names[pattern];
	struct str text = str_cut(t->run, start, end);
	struct hit h = { pattern, (uint32_t)start, (uint32_t)end, false };
	bool fits = false;
	int more;

	for (size_t i = 0; i < c->n && !fits; i++) {
		const struct name *n = &t->l->site->pages[c->items[i].page].names[c->items[i].name];

		fits = link_case_fits(c->items[i].text, text, n->any_case);
	}
	if (!fits || !link_begins_word(t->run, start))
		return;
	more = link_ending(t->run, start, end);
	if (more < 0)
		return;
	h.end += (uint32_t)more;
	h.is_plural = more > 0;
	vec_push(&t->s->arena, &t->s->hits, h);
}

/* NAMED: weak ones of pages that this page names in full, or is. */
enum strength { WEAK, STRONG, NAMED };

/* The candidates for a name that its capitals allow, of one strength; at most two are told apart. */
static size_t pick(struct text *t, uint32_t pattern, struct str text, enum strength strength, uint32_t *page)
{
	const struct candidates *c = &t->l->names[pattern];
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct page *p = &t->l->site->pages[c->items[i].page];
		const struct name *name = &p->names[c->items[i].name];

		if ((name->use == NAME_WEAK) == (strength == STRONG) ||
		    !link_case_fits(c->items[i].text, text, name->any_case))
			continue;
		if (strength == NAMED && p != t->page && t->s->named[p->index] != t->page_stamp)
			continue;
		if (link_is_preferred(t->page, p)) {
			*page = p->index;
			return 1;
		}
		if (n && *page == p->index)
			continue;
		if (n++ == 0)
			*page = p->index;
	}
	return n;
}

static void add_mention(struct text *t, const struct hit *h)
{
	struct scratch *s = t->s;
	struct str text = str_cut(t->run, h->start, h->end - h->is_plural);
	struct mention m = { .state = MENTION_LINKED };
	struct origin from = { h->pattern, STR_NONE };
	size_t lo = 0, hi = s->pieces.len, n;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->pieces.ptr[mid].start <= h->start)
			lo = mid;
		else
			hi = mid;
	}
	m.node = s->pieces.ptr[lo].node;
	m.off = h->start - s->pieces.ptr[lo].start;
	m.len = (uint16_t)(h->end - h->start);
	n = pick(t, h->pattern, text, STRONG, &m.target);
	if (n == 0) {
		pick(t, h->pattern, text, WEAK, &m.target);
		m.state = MENTION_WEAK;
	} else if (n > 1) {
		m.state = MENTION_AMBIGUOUS;
	} else if (m.target == t->page->index) {
		m.state = MENTION_SELF;
	} else {
		s->named[m.target] = t->page_stamp;
	}
	/* The run is gone when these are looked at again. */
	if (m.state == MENTION_WEAK || m.state == MENTION_AMBIGUOUS)
		from.text = str_copy(&s->arena, text);
	vec_push(&s->arena, &s->mentions, m);
	vec_push(&s->arena, &s->origins, from);
}

static int by_start(const void *x, const void *y)
{
	const struct hit *a = x, *b = y;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->end != b->end)
		return a->end > b->end ? -1 : 1;
	return a->is_plural - b->is_plural;
}

/* "Sydney" in "Sydney Opera House", "Apples" for sale. What follows may be a name that the site knows, and begin there itself. */
static bool is_another(const struct text *t, size_t i)
{
	const struct scratch *s = t->s;
	const struct hit *h = &s->hits.ptr[i];
	const struct candidates *c = &t->l->names[h->pattern];
	bool is_weak = true, has_capital = true;

	for (size_t k = 0; k < c->n; k++) {
		const struct name *n = &t->l->site->pages[c->items[k].page].names[c->items[k].name];

		is_weak &= n->use == NAME_WEAK;
		has_capital &= !n->any_case && n->text.ptr[0] >= 'A' && n->text.ptr[0] <= 'Z';
	}
	if (has_capital && link_is_plain_word(t->run, h->start, h->end, h->is_plural))
		return true;
	/* German writes every noun with a capital. */
	if (str_starts(t->page->lang, STR("de")))
		return false;
	for (size_t k = i + 1; k < s->hits.len && s->hits.ptr[k].start <= h->end + 1; k++)
		if (s->hits.ptr[k].start == h->end + 1)
			return false;
	return link_is_in_name(t->run, h->start, h->end, is_weak);
}

static void on_sought(void *ctx, uint32_t pattern, size_t start, size_t end)
{
	struct text *t = ctx;

	(void)pattern, (void)start, (void)end;
	t->is_found = true;
}

/* Leftmost, then longest, a name before a plural, without overlap. */
static void scan_run(struct text *t)
{
	struct scratch *s = t->s;
	uint32_t from = 0;

	if (t->sought) {
		automaton_scan(t->sought, t->run, on_sought, t);
		return;
	}
	s->hits.len = 0;
	automaton_scan(&t->l->automaton, t->run, on_hit, t);
	if (s->hits.len > 1)
		qsort(s->hits.ptr, s->hits.len, sizeof(*s->hits.ptr), by_start);
	for (size_t i = 0; i < s->hits.len; i++) {
		if (s->hits.ptr[i].start < from || is_another(t, i))
			continue;
		add_mention(t, &s->hits.ptr[i]);
		from = s->hits.ptr[i].end;
	}
}

/* Text and soft breaks that stand side by side are one run: a name may be broken over two lines. Gives the node after it. */
static uint32_t take_run(struct text *t, uint32_t i, uint32_t end)
{
	const struct doc *d = t->page->doc;
	const struct doc_node *nodes = doc_nodes(d);
	struct scratch *s = t->s;

	s->pieces.len = 0;
	vec_push(&s->arena, &s->pieces, ((struct piece){ i, 0 }));
	if (i + 1 >= end || (nodes[i + 1].type != DOC_TEXT && nodes[i + 1].type != DOC_SOFT_BREAK)) {
		t->run = doc_text(d, &nodes[i]);
		scan_run(t);
		return i + 1;
	}
	buf_clear(&s->run);
	for (; i < end && (nodes[i].type == DOC_TEXT || nodes[i].type == DOC_SOFT_BREAK); i++) {
		if (s->run.len)
			vec_push(&s->arena, &s->pieces, ((struct piece){ i, (uint32_t)s->run.len }));
		if (nodes[i].type == DOC_TEXT)
			buf_add(&s->run, doc_text(d, &nodes[i]));
		else
			buf_add_char(&s->run, ' ');
	}
	t->run = buf_str(&s->run);
	scan_run(t);
	return i;
}

static bool is_quiet(uint8_t type)
{
	return type == DOC_HEADING || type == DOC_LINK || type == DOC_WIKILINK || type == DOC_IMAGE;
}

/* The nodes from..to-1, siblings of one parent; mentions only where `speaks`. */
static void walk(struct text *t, uint32_t from, uint32_t to, bool speaks)
{
	const struct doc_node *nodes = doc_nodes(t->page->doc);
	uint32_t i = from;

	while (i < to) {
		if (nodes[i].type == DOC_TEXT && speaks) {
			i = take_run(t, i, to);
			continue;
		}
		if (!t->sought && (nodes[i].type >= DOC_LINK || nodes[i].type == DOC_EMBED))
			link_take(t, i);
		if (nodes[i].end > i + 1)
			walk(t, i + 1, nodes[i].end, speaks && !is_quiet(nodes[i].type));
		i = nodes[i].end;
	}
}

static void report_mention(struct text *t, const struct mention *m, const struct origin *from)
{
	struct arena *a = &t->s->arena;
	const struct candidates *c = &t->l->names[from->pattern];
	struct str what = from->text;
	const struct page *first = NULL;
	struct pos at = doc_pos(t->page->doc, doc_sources(t->page->doc)[m->node] + m->off);
	struct str key = str_format(a, "?%.*s", STR_ARG(what));

	if (!map_put(a, &t->notes, key, 1))
		return; /* once a page */
	diag_add(t->dl, DIAG_WARNING, "link/ambiguous-mention", t->page->path, at,
		 "'%.*s' may mean several pages, so it is not linked", STR_ARG(what));
	diag_width(t->dl, (uint32_t)utf8_length(what));
	for (size_t i = 0; i < c->n && i < 8; i++) {
		const struct page *p = &t->l->site->pages[c->items[i].page];

		if (i && p->index == c->items[i - 1].page)
			continue;
		if (!first)
			first = p;
		diag_relate(t->dl, p->path, p->title_at, "'%.*s' (%.*s)", STR_ARG(p->title), STR_ARG(p->key));
	}
	assert(first);
	diag_hint(t->dl, "set prefer = [\"%.*s\"] in the front matter, or write a [[link]]", STR_ARG(first->key));
}

static uint32_t link_target(const struct site *s, const struct link *ln)
{
	switch (ln->type) {
	case LINK_PAGE:
	case LINK_CITE_SOURCE:
	case LINK_EMBED_PAGE:
		return ln->target;
	case LINK_CITE_FACT:
	case LINK_EMBED_FACT:
		return s->records.facts[ln->target].r.source.page->index;
	default:
		return UINT32_MAX;
	}
}

/* A weak alias means whom the page names in full elsewhere. */
static void settle_weak(struct text *t)
{
	struct scratch *s = t->s;

	for (size_t i = 0; i < s->mentions.len; i++) {
		struct mention *m = &s->mentions.ptr[i];
		size_t n;

		if (m->state != MENTION_WEAK)
			continue;
		n = pick(t, s->origins.ptr[i].pattern, s->origins.ptr[i].text, NAMED, &m->target);
		if (n > 1)
			m->state = MENTION_AMBIGUOUS;
		else if (n == 1)
			m->state = m->target == t->page->index ? MENTION_SELF : MENTION_LINKED;
	}
}

/* Explicit links before `node` have linked their pages. */
static void see_links(struct text *t, size_t *link, uint32_t node)
{
	struct scratch *s = t->s;

	for (; *link < s->links.len && s->links.ptr[*link].node < node; ++*link)
		if (s->links.ptr[*link].type == LINK_PAGE)
			s->seen[s->links.ptr[*link].target] = s->stamp;
}

/* Which mentions become links: by section or page, explicit links counting as the first. */
static void settle(struct text *t)
{
	struct scratch *s = t->s;
	const struct page *p = t->page;
	int64_t mode = p->no_autolink ? MENTIONS_NONE : t->l->config->mentions;
	size_t heading = 0, link = 0;

	s->stamp++;
	for (size_t i = 0; i < s->mentions.len; i++) {
		struct mention *m = &s->mentions.ptr[i];

		for (; heading < p->n_outline && p->outline[heading].node < m->node; heading++) {
			see_links(t, &link, p->outline[heading].node);
			if (mode == MENTIONS_FIRST_PER_SECTION)
				s->stamp++;
		}
		see_links(t, &link, m->node);
		if (m->state != MENTION_LINKED)
			continue;
		if (mode == MENTIONS_NONE)
			m->state = MENTION_OFF;
		else if (mode != MENTIONS_ALL && s->seen[m->target] == s->stamp)
			m->state = MENTION_REPEATED;
		s->seen[m->target] = s->stamp;
	}
}

uint32_t link_next_target(struct link_walk *w)
{
	const struct page *p = w->page;

	while (w->link < p->n_links) {
		const struct link *ln = &p->links[w->link++];
		uint32_t target = link_target(w->site, ln);

		w->node = ln->node;
		if (target != UINT32_MAX)
			return target;
	}
	while (w->mention < p->n_mentions) {
		const struct mention *m = &p->mentions[w->mention++];

		w->node = m->node;
		w->off = m->off;
		if (m->state != MENTION_AMBIGUOUS && m->state != MENTION_WEAK)
			return m->target;
	}
	w->node = UINT32_MAX;
	w->off = 0;
	w->is_tag = true;
	for (; w->list < p->n_tagged; w->list++, w->tag = 0)
		while (w->tag < p->tagged[w->list].n) {
			uint32_t target = p->tagged[w->list].pages[w->tag++];

			if (target != UINT32_MAX)
				return target;
		}
	return UINT32_MAX;
}

static bool is_other_entity(const struct text *t, uint32_t target)
{
	return t->l->is_entity[target] && target != t->page->index;
}

static void add_edge(struct text *t, uint32_t target, uint32_t node, uint32_t off, bool is_tag)
{
	struct edge_list *list = &t->s->edges;
	struct spot *at;

	if (target == t->page->index && !is_tag)
		return;
	if (t->s->named[target] != t->s->stamp) {
		t->s->named[target] = t->s->stamp;
		t->s->slots[target] = list->n;
		list->targets[list->n] = target;
		list->spots[list->n++] = (struct spot){ 0, node, off, false };
		list->n_entities += is_other_entity(t, target);
	}
	at = &list->spots[t->s->slots[target]];
	at->is_tag |= is_tag;
	if (node == UINT32_MAX)
		return;
	at->count++;
	if (node < at->node) {
		at->node = node;
		at->off = off;
	}
}

/* To the page, entities first. */
static void give_edges(struct text *t)
{
	const struct edge_list *from = &t->s->edges;
	struct edge_list *to = &t->l->edges[t->page->index];
	uint32_t entity = 0, other = from->n_entities;

	to->targets = arena_alloc(t->targets, from->n, sizeof(*to->targets), _Alignof(uint32_t));
	to->spots = arena_alloc(t->spots, from->n, sizeof(*to->spots), _Alignof(struct spot));
	to->n = from->n;
	/* That a section names two together says nothing of them. */
	to->n_entities = t->page->is_section ? 0 : from->n_entities;
	for (uint32_t i = 0; i < from->n; i++) {
		uint32_t at = is_other_entity(t, from->targets[i]) ? entity++ : other++;

		to->targets[at] = from->targets[i];
		to->spots[at] = from->spots[i];
	}
}

/* One edge per page spoken of; links stand before mentions, the earlier place wins. */
static void collect_edges(struct text *t)
{
	struct link_walk w = { .site = t->l->site, .page = t->page };
	uint32_t target;

	t->s->edges.n = t->s->edges.n_entities = 0;
	t->s->stamp++;
	while ((target = link_next_target(&w)) != UINT32_MAX)
		add_edge(t, target, w.node, w.off, w.is_tag);
	give_edges(t);
}

bool link_names_sought(struct text *t)
{
	t->is_found = false;
	walk(t, 1, t->page->doc->n_nodes, true);
	t->sought = NULL;
	return t->is_found;
}

/* Nothing of an earlier page, or of an earlier try at this one. */
static void clear(struct scratch *s)
{
	s->hits = (__typeof__(s->hits)){ 0 };
	s->pieces = (__typeof__(s->pieces)){ 0 };
	s->mentions = (__typeof__(s->mentions)){ 0 };
	s->origins = (__typeof__(s->origins)){ 0 };
	s->links = (__typeof__(s->links)){ 0 };
	s->notes = (__typeof__(s->notes)){ 0 };
}

static void read_text(struct text *t)
{
	struct scratch *s = t->s;
	struct mention *mentions;
	size_t said = t->dl->len;

	clear(s);
	t->notes = (struct map){ 0 };
	t->page_stamp = ++s->stamp;
	for (size_t k = 0; k < t->page->n_tagged; k++)
		for (size_t r = 0; r < t->page->tagged[k].n; r++)
			if (t->page->tagged[k].pages[r] != UINT32_MAX)
				s->named[t->page->tagged[k].pages[r]] = t->page_stamp;
	walk(t, 1, t->page->doc->n_nodes, true);
	for (size_t k = 0; k < s->links.len; k++)
		if (s->links.ptr[k].type == LINK_PAGE)
			s->named[s->links.ptr[k].target] = t->page_stamp;
	settle_weak(t);
	settle(t);
	for (size_t k = 0; k < s->mentions.len; k++)
		if (s->mentions.ptr[k].state == MENTION_AMBIGUOUS)
			report_mention(t, &s->mentions.ptr[k], &s->origins.ptr[k]);
	link_give(t);
	mentions = arena_alloc(t->arena, s->mentions.len, sizeof(*mentions), _Alignof(struct mention));
	if (s->mentions.len)
		memcpy(mentions, s->mentions.ptr, s->mentions.len * sizeof(*mentions));
	t->page->mentions = mentions;
	t->page->n_mentions = (uint32_t)s->mentions.len;
	t->l->texts[t->page->index].is_good = t->dl->len == said && !t->looked_into_others;
}

static void link_page(void *ctx, size_t worker, size_t i)
{
	struct job *job = ctx;
	struct linker *l = job->l;
	struct text t = { .l = l,
			  .s = &job->scratch[worker],
			  .page = &l->site->pages[i],
			  .arena = &l->in->workers[worker],
			  .spots = &l->spot_arenas[worker],
			  .targets = &l->target_arenas[worker],
			  .dl = &l->in->lists[worker] };

	arena_reset(&t.s->arena);
	clear(t.s);
	if (!link_recall_text(&t))
		read_text(&t);
	if (!l->texts[i].is_in_place)
		collect_edges(&t);
}

void link_texts(struct linker *l)
{
	size_t n = l->site->n_pages, workers = pool_size(l->in->pool);
	struct job job = { l, arena_array(&l->scratch, struct scratch, workers) };

	l->edges = arena_array(&l->scratch, struct edge_list, n);
	l->spot_arenas = arena_array(&l->scratch, struct arena, workers);
	l->target_arenas = arena_array(&l->scratch, struct arena, workers);
	l->is_entity = arena_array(&l->scratch, bool, n);
	for (size_t i = 0; i < n; i++)
		l->is_entity[i] = l->site->pages[i].kind->is_entity && !l->site->pages[i].is_section;
	for (size_t w = 0; w < workers; w++) {
		buf_init(&job.scratch[w].run, 0);
		job.scratch[w].seen = arena_array(&l->scratch, uint32_t, n);
		job.scratch[w].slots = arena_array(&l->scratch, uint32_t, n);
		job.scratch[w].named = arena_array(&l->scratch, uint32_t, n);
		job.scratch[w].edges.targets = arena_alloc(&l->scratch, n, sizeof(uint32_t), _Alignof(uint32_t));
		job.scratch[w].edges.spots = arena_alloc(&l->scratch, n, sizeof(struct spot), _Alignof(struct spot));
	}
	pool_each(l->in->pool, n, link_page, &job);
	for (size_t w = 0; w < workers; w++) {
		buf_release(&job.scratch[w].run);
		arena_release(&job.scratch[w].arena);
	}
}
