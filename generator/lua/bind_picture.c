#include "lua/bind_picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "site/picture.h"

/*
 * Pictures of the site: which pages and records a drawing is of, and the words
 * in it. Where they stand is layout's, how they look picture's and the theme's.
 */
enum { RELATED_MAX = 18, AROUND_MAX = 22, NETWORK_MAX = 90, TIES_PER_PAGE = 2 };

struct by_page {
	uint32_t page, node;
};

struct graph {
	struct engine *e;
	struct arena *a;
	uint32_t *pages; /* by node */
	struct str *notes;
	double *sizes;
	size_t n;
	struct by_page *sorted; /* to find a page's node */
	uint32_t *matrix;       /* n × n: index of the edge between two nodes, plus 1 */
	struct picture_edge *edges;
	size_t n_edges, cap_edges;
};

/* A text of the strings table, or of ours where a theme has none; {title} is replaced. */
static struct str words(struct engine *e, const char *key, const char *fallback, struct str title)
{
	const struct bind_job *job = bind_of(e);
	struct str text = str_from(fallback);
	ptrdiff_t at;

	bind_note_lasting(e, FACT_STRING, str_from(key));
	site_string(job->site, str_from(key), &text);
	at = str_find(text, STR("{title}"));
	if (at < 0)
		return text;
	return str_format(job->scratch, "%.*s%.*s%.*s", (int)at, text.ptr, STR_ARG(title),
			  STR_ARG(str_skip(text, (size_t)at + 7)));
}

/* Nothing drawn gives nil; releases the buffer. */
static int push_picture(lua_State *L, struct engine *e, struct buf *out)
{
	if (out->len) {
		bind_push_html(L, e, out);
	} else {
		buf_release(out);
		lua_pushnil(L);
	}
	return 1;
}

static int by_page(const void *a, const void *b)
{
	const struct by_page *x = a, *y = b;

	return (x->page > y->page) - (x->page < y->page);
}

/* Makes the graph ready for edges once its pages are known. */
static void graph_ready(struct graph *g)
{
	size_t cells = g->n * g->n + 1;

	g->sorted = arena_array(g->a, struct by_page, g->n + 1);
	for (size_t i = 0; i < g->n; i++)
		g->sorted[i] = (struct by_page){ g->pages[i], (uint32_t)i };
	qsort(g->sorted, g->n, sizeof(*g->sorted), by_page);
	g->matrix = arena_array(g->a, uint32_t, cells);
}

static uint32_t node_of(const struct graph *g, uint32_t page)
{
	struct by_page key = { page, 0 }, *found = bsearch(&key, g->sorted, g->n, sizeof(key), by_page);

	return found ? found->node : UINT32_MAX;
}

static void add_edge(struct graph *g, uint32_t a, uint32_t b, struct str title)
{
	uint32_t *slot = &g->matrix[a < b ? a * g->n + b : b * g->n + a];
	struct picture_edge *edge;

	if (a == b)
		return;
	if (*slot == 0) {
		if (g->n_edges == g->cap_edges) {
			size_t cap = g->cap_edges ? 2 * g->cap_edges : 64;

			g->edges = arena_grow(g->a, g->edges, g->cap_edges, cap, sizeof(*g->edges),
					      _Alignof(struct picture_edge));
			g->cap_edges = cap;
		}
		g->edges[g->n_edges++] = (struct picture_edge){ a, b, title };
		*slot = (uint32_t)g->n_edges;
		return;
	}
	edge = &g->edges[*slot - 1];
	if (edge->title.len == 0)
		edge->title = title;
	else if (title.len && !str_contains(edge->title, title))
		edge->title = str_format(g->a, "%.*s; %.*s", STR_ARG(edge->title), STR_ARG(title));
}

static uint32_t other_end(const struct site *s, uint32_t id)
{
	const struct relation *r = &s->records.relations[id >> 1];

	return id & 1 ? r->from_page : r->target.page ? r->target.page->index : UINT32_MAX;
}

/* The relations that nodes state of each other; `from` 1 leaves out those of the middle one. */
static void add_relations(struct graph *g, size_t from)
{
	const struct site *s = bind_of(g->e)->site;

	for (size_t i = from; i < g->n; i++) {
		const struct page *p = site_page(s, g->pages[i]);

		bind_note_page(g->e, FACT_PAGE_RELATED, p);
		for (size_t k = 0; k < p->n_relations; k++) {
			uint32_t other = p->relations[k] & 1 ? UINT32_MAX : other_end(s, p->relations[k]);
			uint32_t node = other == UINT32_MAX ? other : node_of(g, other);

			if (node != UINT32_MAX && node >= from)
				add_edge(g, (uint32_t)i, node,
					 str_format(g->a, "%.*s: %.*s %.*s", STR_ARG(p->title),
						    STR_ARG(bind_relation_label(g->e, p->relations[k])),
						    STR_ARG(site_page(s, other)->title)));
		}
	}
}

/* Kinds that occur, in the order of site.toml; of[] gets each node's. A kind has one colour on all pages. */
static struct picture_kind *kinds_of(const struct graph *g, unsigned *of, size_t *n)
{
	const struct config *c = bind_of(g->e)->site->config;
	struct picture_kind *kinds = arena_array(g->a, struct picture_kind, c->n_kinds + 1);
	unsigned colour = 0;

	*n = 0;
	bind_note_lasting(g->e, FACT_CONFIG, STR("kinds"));
	for (size_t k = 0; k < c->n_kinds; k++) {
		bool occurs = false;

		colour += c->kinds[k].is_entity;
		for (size_t i = 0; i < g->n; i++) {
			if (bind_page(g->e, g->pages[i])->kind->index != k)
				continue;
			of[i] = (unsigned)*n;
			occurs = true;
		}
		if (occurs)
			kinds[(*n)++] =
				(struct picture_kind){ c->kinds[k].plural,
						       c->kinds[k].is_entity ? (colour - 1) % PICTURE_COLOURS + 1 : 0 };
	}
	return kinds;
}

static int push_graph(lua_State *L, struct graph *g, struct str title, struct str desc, bool is_around)
{
	const struct bind_job *job = bind_of(g->e);
	struct picture_node *nodes = arena_array(g->a, struct picture_node, g->n + 1);
	unsigned *kinds = arena_array(g->a, unsigned, g->n + 1);
	struct buf out;
	struct picture p = { .out = &out, .scratch = g->a, .href = &job->href, .title = title, .desc = desc };
	struct picture_map m = { .nodes = nodes, .n = g->n, .edges = g->edges, .n_edges = g->n_edges };

	m.kinds = kinds_of(g, kinds, &m.n_kinds);
	for (size_t i = 0; i < g->n; i++) {
		const struct page *q = bind_page(g->e, g->pages[i]);
		struct str note = g->notes ? g->notes[i] : STR_NONE, parts[5] = { [1] = STR(" (") };

		bind_note_page(g->e, FACT_PAGE_TITLE, q);
		nodes[i] = (struct picture_node){
			.label = q->title, .note = note, .url = q->url, .size = g->sizes[i], .kind = kinds[i]
		};
		parts[0] = q->title;
		parts[2] = q->kind->label;
		parts[3] = note.len ? STR("): ") : STR(")");
		parts[4] = note;
		nodes[i].title = str_join(g->a, parts, 5, STR_NONE);
	}
	buf_init(&out, 0);
	if (is_around)
		picture_neighbours(&p, &m);
	else
		picture_network(&p, &m);
	return push_picture(L, g->e, &out);
}

/* neighbourhoods */

struct neighbour {
	uint32_t page;
	uint32_t kind;
	size_t rank;
	struct str labels; /* of its relations; empty: only named together */
};

static int by_kind(const void *a, const void *b)
{
	const struct neighbour *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return (x->rank > y->rank) - (x->rank < y->rank);
}

static struct neighbour *neighbour_of(struct neighbour *list, size_t n, uint32_t page)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].page == page)
			return &list[i];
	return NULL;
}

/* Relations first, in their order, then what is named together with it most often. */
static size_t find_neighbours(struct engine *e, const struct page *p, struct neighbour *list)
{
	const struct site *s = bind_of(e)->site;
	size_t n = 0;

	bind_note_page(e, FACT_PAGE_RELATED, p);
	for (size_t i = 0; i < p->n_relations && n < RELATED_MAX; i++) {
		uint32_t other = other_end(s, p->relations[i]);
		struct str label = bind_relation_label(e, p->relations[i]);
		struct neighbour *known = neighbour_of(list, n, other);

		if (other == UINT32_MAX || other == p->index)
			continue;
		if (!known)
			list[n++] = (struct neighbour){ .page = other, .labels = label };
		else if (!str_contains(known->labels, label))
			known->labels =
				str_format(bind_of(e)->scratch, "%.*s, %.*s", STR_ARG(known->labels), STR_ARG(label));
	}
	bind_note_page(e, FACT_PAGE_LINKS_IN, p);
	for (size_t i = 0; i < p->n_comentions && n < AROUND_MAX; i++)
		if (p->comentions[i].page != p->index && !neighbour_of(list, n, p->comentions[i].page))
			list[n++] = (struct neighbour){ .page = p->comentions[i].page };
	for (size_t i = 0; i < n; i++) {
		list[i].kind = site_page(s, list[i].page)->kind->index;
		list[i].rank = i;
	}
	qsort(list, n, sizeof(*list), by_kind);
	return n;
}

static int push_neighbours(lua_State *L, struct engine *e, const struct page *p)
{
	struct arena *a = bind_of(e)->scratch;
	struct neighbour list[AROUND_MAX];
	size_t n = find_neighbours(e, p, list);
	struct graph g = { .e = e,
			   .a = a,
			   .n = n + 1,
			   .pages = arena_array(a, uint32_t, n + 1),
			   .notes = arena_array(a, struct str, n + 1),
			   .sizes = arena_array(a, double, n + 1) };

	if (n < 3) {
		lua_pushnil(L);
		return 1;
	}
	g.pages[0] = p->index;
	g.sizes[0] = 10;
	for (size_t i = 0; i < n; i++) {
		g.pages[i + 1] = list[i].page;
		g.notes[i + 1] = list[i].labels;
		g.sizes[i + 1] = list[i].labels.len ? 6.5 : 4.5;
	}
	graph_ready(&g);
	for (size_t i = 0; i < n; i++)
		add_edge(&g, 0, (uint32_t)i + 1,
			 list[i].labels.len
				 ? str_format(a, "%.*s: %.*s %.*s", STR_ARG(p->title), STR_ARG(list[i].labels),
					      STR_ARG(bind_page(e, list[i].page)->title))
				 : STR_NONE);
	add_relations(&g, 1);
	return push_graph(L, &g, words(e, "picture.neighbours", "Network of {title}", p->title),
			  words(e, "picture.neighbours_text",
				"Lines with a name are relations, thin ones join what is named together.", p->title),
			  true);
}

/* the whole site */

struct weight {
	uint32_t page;
	double sum;
};

static int by_weight(const void *a, const void *b)
{
	const struct weight *x = a, *y = b;

	if (x->sum != y->sum)
		return x->sum > y->sum ? -1 : 1;
	return (x->page > y->page) - (x->page < y->page);
}

/* All entities that are tied to others, the strongest first. */
static struct weight *weigh(lua_State *L, struct engine *e, size_t *n)
{
	const struct bind_job *job = bind_of(e);
	struct query q = { .of = QUERY_PAGES, .no_builtin = true, .entities = true };
	struct query_result all;
	struct weight *list;

	*n = 0;
	bind_note(e, FACT_QUERY, query_key(job->scratch, &q));
	query_run(job->site, job->scratch, &q, &all);
	state_charge(L, e, all.total);
	list = arena_array(job->scratch, struct weight, all.len + 1);
	for (size_t i = 0; i < all.len; i++) {
		const struct page *p = bind_page(e, all.items[i]);
		double sum = 3.0 * (double)p->n_relations;

		bind_note_page(e, FACT_PAGE_RELATED, p);
		bind_note_page(e, FACT_PAGE_LINKS_IN, p);
		for (size_t k = 0; k < p->n_comentions; k++)
			sum += p->comentions[k].count;
		if (sum > 0)
			list[(*n)++] = (struct weight){ p->index, sum };
	}
	qsort(list, *n, sizeof(*list), by_weight);
	return list;
}

static int push_network(lua_State *L, struct engine *e)
{
	struct arena *a = bind_of(e)->scratch;
	struct graph g = { .e = e, .a = a };
	const struct weight *list = weigh(L, e, &g.n);

	if (g.n < 3) {
		lua_pushnil(L);
		return 1;
	}
	g.n = g.n < NETWORK_MAX ? g.n : NETWORK_MAX;
	g.pages = arena_array(a, uint32_t, g.n);
	g.sizes = arena_array(a, double, g.n);
	for (size_t i = 0; i < g.n; i++) {
		g.pages[i] = list[i].page;
		g.sizes[i] = 4 + 7 * sqrt(list[i].sum / list[0].sum);
	}
	graph_ready(&g);
	add_relations(&g, 0);
	for (size_t i = 0; i < g.n; i++) {
		const struct page *p = bind_page(e, g.pages[i]);

		for (size_t k = 0, ties = 0; k < p->n_comentions && ties < TIES_PER_PAGE; k++) {
			uint32_t node = node_of(&g, p->comentions[k].page);

			if (node == UINT32_MAX)
				continue;
			add_edge(&g, (uint32_t)i, node, STR_NONE);
			ties++;
		}
	}
	return push_graph(L, &g, words(e, "picture.network", "Who and what belongs together", STR_NONE),
			  words(e, "picture.network_text",
				"Lines with a name are relations, thin ones join what is named together.", STR_NONE),
			  false);
}

int bind_picture_network(lua_State *L)
{
	struct engine *e = state_engine(L);
	struct object_ref o;

	if (lua_isnoneornil(L, 1))
		return push_network(L, e);
	if (!object_get(L, 1, &o) || o.cls != BIND_PAGE)
		state_raise(L, "template/wrong-type", "`network` needs a page, or nothing, not %s",
			    state_type_name(L, 1));
	return push_neighbours(L, e, bind_page(e, o.id));
}

/* timelines */

static void read_event(struct engine *e, uint32_t id, struct picture_event *out)
{
	struct arena *a = bind_of(e)->scratch;
	const struct event *v = &bind_of(e)->site->records.events[id];
	struct str when = bind_format_date(e, v->date);

	bind_note(e, FACT_RECORD, str_format(a, "event:%.*s", STR_ARG(v->r.id)));
	*out = (struct picture_event){ .date = v->date,
				       .label = v->text,
				       .url = str_format(a, "#event-%.*s", STR_ARG(v->r.id)) };
	out->title = str_format(a, "%.*s: %.*s", STR_ARG(when), STR_ARG(v->text));
}

int bind_picture_timeline(lua_State *L)
{
	struct engine *e = state_engine(L);
	const struct bind_job *job = bind_of(e);
	struct picture_event *events;
	struct object_list list;
	struct object_ref o;
	struct buf out;
	struct picture p = { .out = &out, .scratch = job->scratch, .href = &job->href };

	if (!object_list(L, 1, &list))
		state_raise(L, "template/wrong-type", "`timeline` needs a list of events, not %s",
			    state_type_name(L, 1));
	state_charge(L, e, list.n);
	/* Too many to draw: what is in the list is not read. */
	if (list.n > PICTURE_MAX_EVENTS)
		list.n = 0;
	events = arena_array(job->scratch, struct picture_event, list.n + 1);
	for (size_t i = 0; i < list.n; i++) {
		object_list_push(L, &list, i);
		if (!object_get(L, lua_gettop(L), &o) || o.cls != BIND_EVENT)
			state_raise(L, "template/wrong-type", "`timeline` needs events, not %s",
				    state_type_name(L, lua_gettop(L)));
		read_event(e, o.id, &events[i]);
		lua_pop(L, 1);
	}
	if (!lua_isnoneornil(L, 2))
		p.width = fmax(400, fmin(2000, luaL_checknumber(L, 2)));
	p.title = words(e, "picture.timeline", "Timeline", STR_NONE);
	p.desc = words(e, "picture.timeline_text",
		       "Dots are days; bars are months, years and longer. The same is written below.", STR_NONE);
	buf_init(&out, 0);
	picture_timeline(&p, events, list.n);
	return push_picture(L, e, &out);
}

/* charts */

static struct str source_name(struct engine *e, const struct page *p)
{
	bind_note_page(e, FACT_PAGE_META, p);
	bind_note_page(e, FACT_PAGE_TITLE, p);
	return site_source_name(bind_of(e)->scratch, p);
}

static void read_value(struct engine *e, const struct fact *f, bool by_measure, struct picture_value *out)
{
	struct arena *a = bind_of(e)->scratch;
	struct str when = bind_format_date(e, f->as_of);
	struct str source = f->r.source.page ? source_name(e, f->r.source.page) : STR_NONE;
	struct buf *b = state_buf(e);

	bind_note_page(e, FACT_PAGE_TITLE, f->subject.page);
	record_write_value(b, f);
	*out = (struct picture_value){ .value = f->value,
				       .max = f->type == FACT_RANGE ? f->max : f->value,
				       .display = buf_copy(b, a),
				       .url = site_fact_url(bind_of(e)->site, a, f) };
	out->what = by_measure ? f->measure : f->scope;
	out->label = str_format(a, "%.*s%s%.*s", STR_ARG(when), when.len && source.len ? " · " : "", STR_ARG(source));
	out->title = str_format(a, "%.*s: %.*s%s%.*s (%.*s)", STR_ARG(f->measure), STR_ARG(out->display),
				f->scope.len ? ", " : "", STR_ARG(f->scope), STR_ARG(out->label));
}

/* Years as numbers have no zero to begin at. */
static bool is_year(const struct fact *f)
{
	return (f->unit.len == 0 || str_eq(f->unit, STR("year"))) && f->value >= 1000 && f->value < 2200 &&
	       f->value == floor(f->value);
}

int bind_picture_chart(lua_State *L)
{
	struct engine *e = state_engine(L);
	const struct bind_job *job = bind_of(e);
	const struct comparison *c;
	struct picture_value *values;
	struct object_ref o;
	struct buf out;
	struct picture p = { .out = &out, .scratch = job->scratch, .href = &job->href };
	struct str unit = STR_NONE;
	size_t n = 0, years = 0;
	bool by_measure = false;

	if (!object_get(L, 1, &o) || o.cls != BIND_COMPARISON)
		state_raise(L, "template/wrong-type", "`chart` needs a comparison, not %s", state_type_name(L, 1));
	c = bind_comparison(e, o.id);
	bind_note(e, FACT_RECORD, str_format(job->scratch, "comparison:%.*s", STR_ARG(c->r.id)));
	state_charge(L, e, c->n_facts);
	values = arena_array(job->scratch, struct picture_value, c->n_facts + 1);
	for (size_t i = 0; i < c->n_facts; i++) {
		const struct fact *f = &job->site->records.facts[c->facts[i]];

		bind_note(e, FACT_FACT, f->r.id);
		by_measure |= !str_eq(f->measure_slug, job->site->records.facts[c->facts[0]].measure_slug);
	}
	for (size_t i = 0; i < c->n_facts; i++) {
		const struct fact *f = &job->site->records.facts[c->facts[i]];

		if (f->type != FACT_NUMBER && f->type != FACT_RANGE)
			continue;
		if (n == 0)
			unit = f->unit;
		/* Values in different units have no axis in common. */
		if (!str_eq(unit, f->unit)) {
			n = 0;
			break;
		}
		years += is_year(f);
		read_value(e, f, by_measure, &values[n++]);
	}
	p.title = words(e, "picture.chart", "{title}: the values side by side", c->title);
	buf_init(&out, 0);
	if (years < n)
		picture_chart(&p, values, n);
	return push_picture(L, e, &out);
}

/* coverage */

enum { COVERAGE_FROM = 3, COVERAGE_MONTHS = 36, COVERAGE_YEARS = 60 };

struct coverage {
	int first, last;  /* months since year 0, or years */
	uint32_t *counts; /* by period */
	uint32_t *pages;  /* one of them */
	size_t dated;
	bool by_month;
};

static int period_of(const struct coverage *c, struct date d)
{
	return c->by_month ? d.year * 12 + d.month - 1 : d.year;
}

static bool counts_for(const struct coverage *c, struct date d)
{
	return date_is_set(d) && (!c->by_month || d.precision >= DATE_MONTH);
}

/* Months where they are few, else years. */
static bool find_periods(const struct site *s, const struct page *p, struct coverage *c)
{
	for (int pass = 0; pass < 2; pass++) {
		c->by_month = pass == 0;
		c->dated = 0;
		for (size_t i = 0; i < p->n_backlinks; i++) {
			struct date d = site_page_date(site_page(s, p->backlinks[i].page));
			int at = period_of(c, d);

			if (!counts_for(c, d))
				continue;
			c->first = c->dated == 0 || at < c->first ? at : c->first;
			c->last = c->dated == 0 || at > c->last ? at : c->last;
			c->dated++;
		}
		if (c->dated >= COVERAGE_FROM && c->last > c->first &&
		    c->last - c->first < (pass ? COVERAGE_YEARS : COVERAGE_MONTHS))
			return true;
	}
	return false;
}

static void count_periods(struct engine *e, const struct page *p, struct coverage *c)
{
	const struct site *s = bind_of(e)->site;
	size_t n = (size_t)(c->last - c->first) + 1;

	c->counts = arena_array(bind_of(e)->scratch, uint32_t, n);
	c->pages = arena_array(bind_of(e)->scratch, uint32_t, n);
	for (size_t i = 0; i < p->n_backlinks; i++) {
		struct date d = site_page_date(site_page(s, p->backlinks[i].page));

		if (!counts_for(c, d))
			continue;
		c->counts[period_of(c, d) - c->first]++;
		c->pages[period_of(c, d) - c->first] = p->backlinks[i].page;
	}
}

static void make_bar(struct engine *e, const struct coverage *c, size_t i, struct picture_bar *out)
{
	struct arena *a = bind_of(e)->scratch;
	int at = c->first + (int)i;
	struct date d = { .year = (int16_t)at, .precision = DATE_YEAR };

	if (c->by_month)
		d = (struct date){ .year = (int16_t)(at / 12),
				   .month = (uint8_t)(at % 12 + 1),
				   .precision = DATE_MONTH };
	*out = (struct picture_bar){ .count = c->counts[i],
				     .label = bind_format_date(e, (struct date_range){ d, d }),
				     .url = STR("#sec-backlinks") };
	out->title = str_format(a, "%.*s: %u", STR_ARG(out->label), c->counts[i]);
	if (c->counts[i] == 1) {
		const struct page *one = bind_page(e, c->pages[i]);

		bind_note_page(e, FACT_PAGE_TITLE, one);
		out->url = one->url;
		out->title = str_format(a, "%.*s: %.*s", STR_ARG(out->label), STR_ARG(one->title));
	}
}

int bind_picture_coverage(lua_State *L)
{
	struct engine *e = state_engine(L);
	const struct bind_job *job = bind_of(e);
	const struct page *p;
	struct coverage c = { 0 };
	struct picture_bar *bars;
	struct object_ref o;
	struct buf out;
	struct picture drawn = { .out = &out, .scratch = job->scratch, .href = &job->href };
	size_t n;

	if (!object_get(L, 1, &o) || o.cls != BIND_PAGE)
		state_raise(L, "template/wrong-type", "`coverage` needs a page, not %s", state_type_name(L, 1));
	p = bind_page(e, o.id);
	bind_note_page(e, FACT_PAGE_LINKS_IN, p);
	if (p->n_backlinks < COVERAGE_FROM || !find_periods(job->site, p, &c)) {
		lua_pushnil(L);
		return 1;
	}
	state_charge(L, e, p->n_backlinks);
	count_periods(e, p, &c);
	n = (size_t)(c.last - c.first) + 1;
	bars = arena_array(job->scratch, struct picture_bar, n);
	for (size_t i = 0; i < n; i++)
		make_bar(e, &c, i, &bars[i]);
	drawn.title = words(e, "picture.coverage", "Pages that speak of {title}, by date", p->title);
	drawn.desc = words(e, c.by_month ? "picture.coverage_months" : "picture.coverage_years",
			   c.by_month ? "A column for each month." : "A column for each year.", STR_NONE);
	buf_init(&out, 0);
	picture_coverage(&drawn, bars, n);
	return push_picture(L, e, &out);
}
