#include "fixture.h"

#include "site/query.h"
#include "stage/emit.h"
#include "text/csv.h"
#include "text/xml.h"
#include "text/yaml.h"

static const struct fixture_page pages[] = {
	{ "about", "title = 'About'\ndate = 2024-08-01", "Text." },
	{ "articles", "title = 'Articles'", NULL },
	{ "articles/one", "title = 'One & only'\ndate = 2024-05-17\nauthors = ['Ada']\ntags = ['x']",
	  "# Part\n\nAcme made $4.3 billion, 46% more, in May 2023.\nOn 4 May 2024 and 2024-06-01 it had 2,300 people; "
	  "3 left. GPT-4000 came in 2023." },
	{ "articles/two", "title = 'Two'\ndate = 2024-06-01\nupdated = 2024-07-01T10:00:00Z\nsummary = 'Short.'",
	  "Nothing." },
	{ "companies", "title = 'Companies'", NULL },
	{ "companies/acme",
	  "title = 'Acme'\naliases = ['ACME \"Inc\"', { name = 'Akme', use = 'search' }]\nsummary = 'A firm.'",
	  "It is." },
	{ "index", "title = 'Home'\ndate = 2025-01-01", NULL },
	{ "people/ada", "title = 'Ada'", NULL },
	{ "sources/report", "title = 'A report'\npublished = 2024-01-01\nurl = 'https://r.org/'", NULL },
};
enum { ABOUT, ARTICLES, ONE, TWO, COMPANIES, ACME, HOME, ADA, REPORT };

struct world {
	struct arena a;
	struct site *site;
	struct config *config;
	struct routes routes;
	struct factset facts;
	struct buf out;
	struct diag_list dl;
};

static bool has_template(const void *ctx, struct str name)
{
	(void)ctx;
	return str_eq(name, STR("page.html")) || str_eq(name, STR("redirect.html"));
}

static uint32_t *indices(struct arena *a, uint32_t first)
{
	uint32_t *list = arena_array(a, uint32_t, 1);

	*list = first;
	return list;
}

static void add_records(struct world *w)
{
	struct site *s = w->site;
	struct records *r = &s->records;
	struct record base = { .path = STR("content/companies/acme.md"),
			       .page = ACME,
			       .source = { .page = &s->pages[REPORT] },
			       .locator = STR("line 3"),
			       .quote = STR("said \"so\"") };

	r->facts = arena_array(&w->a, struct fact, 2);
	r->n_facts = 2;
	r->facts[0] = (struct fact){ .r = base,
				     .subject.page = &s->pages[ACME],
				     .measure = STR("Staff"),
				     .unit = STR("people"),
				     .type = FACT_NUMBER,
				     .value = 2300,
				     .approx = STR("more than"),
				     .scope = STR("all, worldwide"),
				     .as_of_basis = BASIS_STATED,
				     .set = UINT32_MAX };
	r->facts[0].r.id = STR("staff");
	assert_true(date_parse_range(STR("2024-02"), &r->facts[0].as_of));
	assert_true(date_parse(STR("2024-12-31"), &r->facts[0].review_by));
	r->facts[1] = (struct fact){ .r = base,
				     .subject.page = &s->pages[ACME],
				     .measure = STR("Share"),
				     .type = FACT_RANGE,
				     .value = 0.5,
				     .max = 10,
				     .unit = STR("%"),
				     .set = 0 };
	r->facts[1].r.id = STR("share");
	s->pages[ACME].facts = arena_array(&w->a, uint32_t, 2);
	s->pages[ACME].facts[1] = 1;
	s->pages[ACME].n_facts = s->pages[ACME].n_own_facts = 2;
	r->relations = arena_array(&w->a, struct relation, 1);
	r->n_relations = 1;
	r->relations[0] = (struct relation){ .r = base,
					     .type = config_relation(s->config, STR("founded_by")),
					     .type_id = STR("founded_by"),
					     .from_page = ACME,
					     .target.page = &s->pages[ADA] };
	r->relations[0].r.id = STR("r1");
	s->pages[ACME].relations = indices(&w->a, 0 << 1);
	s->pages[ADA].relations = indices(&w->a, 0 << 1 | 1);
	s->pages[ACME].n_relations = s->pages[ADA].n_relations = 1;
	r->events = arena_array(&w->a, struct event, 1);
	r->n_events = 1;
	r->events[0] = (struct event){ .r = base, .text = STR("Founded") };
	r->events[0].r.id = STR("e1");
	assert_true(date_parse_range(STR("2018/2019"), &r->events[0].date));
	s->pages[ACME].events = indices(&w->a, 0);
	s->pages[ACME].n_events = 1;
	r->quotes = arena_array(&w->a, struct quote, 1);
	r->n_quotes = 1;
	r->quotes[0] =
		(struct quote){ .r = base, .speaker.page = &s->pages[ADA], .text = STR("Yes."), .is_verbatim = true };
	r->quotes[0].r.id = STR("q1");
	s->sets = arena_array(&w->a, struct comparison, 1);
	s->n_sets = 1;
	s->sets[0] = (struct comparison){ .title = STR("Share"),
					  .kind = COMPARISON_CONFLICT,
					  .is_computed = true,
					  .facts = indices(&w->a, 1),
					  .n_facts = 1,
					  .subject = ACME };
	s->sets[0].r.id = STR("set-1");
	s->pages[ACME].comparisons = indices(&w->a, QUERY_COMPUTED);
	s->pages[ACME].n_comparisons = 1;
}

static void set_up(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->site = fixture_site(&w->a, pages, COUNT(pages));
	w->config = arena_new(&w->a, struct config);
	*w->config = *w->site->config;
	w->site->config = w->config;
	w->site->pages[ARTICLES].is_section = w->site->pages[COMPANIES].is_section = true;
	w->site->pages[ARTICLES].kind = config_kind(w->config, STR("article"));
	w->site->pages[COMPANIES].kind = config_kind(w->config, STR("company"));
	add_records(w);
	diag_init(&w->dl, &w->a);
	factset_init(&w->facts, &w->a, w->site->pages, w->site->n_pages);
	buf_init(&w->out, 0);
}

static void add_mention(struct world *w, struct page *p, struct mention m)
{
	struct mention *list = arena_new(&w->a, struct mention);

	*list = m;
	p->mentions = list;
	p->n_mentions = 1;
}

static void link_one_to_acme(struct world *w)
{
	struct page *one = &w->site->pages[ONE], *acme = &w->site->pages[ACME];
	struct backlink *links = arena_array(&w->a, struct backlink, 2);
	uint32_t node = 0;

	while (!str_starts(doc_text(one->doc, &doc_nodes(one->doc)[node]), STR("Acme")))
		node++;
	add_mention(w, one, (struct mention){ ACME, node, 0, 4, MENTION_LINKED });
	acme->backlinks = links;
	acme->n_backlinks = 2;
	links[0] = (struct backlink){ .page = ONE, .count = 1, .node = node };
	links[1] = (struct backlink){ .page = TWO, .count = 1, .node = UINT32_MAX, .is_tag = true };
}

static void tear_down(struct world *w)
{
	buf_release(&w->out);
	arena_release(&w->a);
}

static struct str emit(struct world *w, const char *path)
{
	struct emit e = { .site = w->site, .routes = &w->routes, .facts = &w->facts, .scratch = &w->a };
	const struct output *o;
	uint64_t at;

	route_plan(&w->a, w->site, has_template, NULL, &w->routes, &w->dl);
	if (!map_get(&w->routes.by_path, str_from(path), &at))
		fail_msg("no output %s", path);
	o = &w->routes.outputs[at];
	e.href = (struct href){ .config = w->config, .from = o->url };
	assert_true(emit_is_ours(o));
	buf_clear(&w->out);
	factset_begin(&w->facts);
	emit_output(&w->out, &e, o);
	return buf_str(&w->out);
}

static const struct value *parse_json(struct world *w, struct str text)
{
	struct value *v = NULL;

	if (!yaml_parse_json(&w->a, STR("x.json"), text, &v, &w->dl))
		fail_msg("%.*s in %.*s", STR_ARG(w->dl.items[0].message), STR_ARG(text));
	return v;
}

static void text_at(const struct value *v, const char *path, const char *wanted)
{
	const struct value *found = value_path(v, str_from(path));

	if (!found)
		fail_msg("no %s", path);
	fixture_equal(value_text(found), wanted);
}

static const struct value *item(const struct value *v, const char *path, size_t i)
{
	const struct value *list = value_path(v, str_from(path));

	if (!list || list->type != VALUE_ARRAY || list->as.array.len <= i)
		fail_msg("no item %zu of %s", i, path);
	return list->as.array.items[i];
}

static void describes_an_entity(void **state)
{
	struct world w;
	const struct value *v;

	(void)state;
	set_up(&w);
	link_one_to_acme(&w);
	v = parse_json(&w, emit(&w, "companies/acme/index.json"));
	text_at(v, "type", "page");
	text_at(v, "id", "companies/acme");
	text_at(v, "kind", "company");
	text_at(v, "url", "/companies/acme/");
	text_at(v, "canonical", "https://example.org/sub/companies/acme/");
	text_at(v, "summary", "A firm.");
	fixture_equal(item(v, "aliases", 0)->as.string, "ACME \"Inc\"");
	fixture_equal(item(v, "aliases", 1)->as.string, "Akme");
	text_at(item(v, "names", 2), "use", "search");
	text_at(item(v, "relations", 0), "label", "Founded by");
	text_at(item(v, "relations", 0), "page.id", "people/ada");
	text_at(item(v, "facts", 0), "source", "sources/report");
	text_at(item(v, "facts", 0), "url", "/companies/acme/#fact-staff");
	text_at(item(v, "events", 0), "date", "2018/2019");
	text_at(item(v, "comparisons", 0), "id", "set-1");
	assert_int_equal(value_path(v, STR("backlink_count"))->as.integer, 2);
	text_at(item(v, "backlinks", 0), "id", "articles/one");
	text_at(item(v, "backlinks", 0), "sentence", "Acme made $4.3 billion, 46% more, in May 2023.");
	assert_null(value_get(item(v, "backlinks", 1), STR("sentence")));
	assert_true(value_is_true(value_get(item(v, "backlinks", 1), STR("tag"))));
	/* The other end reads the relation backwards. */
	v = parse_json(&w, emit(&w, "people/ada/index.json"));
	text_at(item(v, "relations", 0), "label", "Founder of");
	assert_true(value_is_true(value_get(item(v, "relations", 0), STR("reverse"))));
	text_at(item(v, "relations", 0), "page.id", "companies/acme");
	tear_down(&w);
}

static const struct {
	const char *image, *url, *read;
} images[] = {
	{ "logo.svg", "/companies/logo.svg", "companies/logo.svg" },
	{ "/shared/pic.png", "/assets/shared/pic.1a2b.png", "shared/pic.png" },
	{ "https://example.com/x.png", "https://example.com/x.png", "https://example.com/x.png" },
};

static void says_where_a_picture_is_published(void **state)
{
	static const char *const names[] = { "companies/logo.svg", "shared/pic.png" };
	struct world w;

	(void)state;
	set_up(&w);
	w.site->assets = arena_array(&w.a, struct asset, COUNT(names));
	w.site->n_assets = COUNT(names);
	for (size_t i = 0; i < COUNT(names); i++) {
		w.site->assets[i] = (struct asset){ .name = str_from(names[i]),
						    .path = str_from(names[i]),
						    .url = str_from(images[i].url) };
		map_put(&w.a, &w.site->asset_by_name, str_from(names[i]), i);
	}
	w.site->pages[ACME].dir = STR("companies");
	for (size_t i = 0; i < COUNT(images); i++) {
		w.site->pages[ACME].image = str_from(images[i].image);
		text_at(parse_json(&w, emit(&w, "companies/acme/index.json")), "image", images[i].url);
		if (!fixture_notes(&w.facts, FACT_ASSET, images[i].read))
			fail_msg("%s was not read", images[i].read);
	}
	tear_down(&w);
}

static bool has_base(const void *ctx, struct str name)
{
	(void)ctx;
	return str_eq(name, STR("base.html")) || str_eq(name, STR("page.html"));
}

static struct str preview_of(struct world *w, const char *path)
{
	struct emit e = { .site = w->site, .routes = &w->routes, .facts = &w->facts, .scratch = &w->a };
	const struct value *v;
	struct str text;

	route_plan(&w->a, w->site, has_base, NULL, &w->routes, &w->dl);
	buf_clear(&w->out);
	factset_begin(&w->facts);
	emit_output(&w->out, &e, route_at_url(&w->routes, STR("/previews/0.js")));
	text = buf_str(&w->out);
	assert_true(str_starts(text, STR("dossierPreview({")));
	assert_true(str_ends(text, STR("});\n")));
	v = value_get(parse_json(w, str_cut(text, 15, text.len - 3)), str_from(path));
	return v ? value_text(v) : STR_NONE;
}

#define ROW(what, url, value, note) \
	"<div><dt>" what "</dt><dd><a data-url=\"" url "\">" value "</a><span class=\"scope\">" note \
	"</span></dd></div>"

static void previews_entities_in_a_few_words(void **state)
{
	struct world w;
	struct str html;

	(void)state;
	set_up(&w);
	w.site->records.facts[0].measure_slug = STR("staff");
	w.site->pages[ACME].summary = STR("A firm & more.");
	html = preview_of(&w, "companies/acme/");
	assert_true(str_starts(html, STR("<p class=\"pop-title\">Acme <span ")));
	assert_true(str_contains(html, STR(" <span class=\"kind\">Company</span></p><p>A firm &amp; more.</p><dl>" ROW(
					       "Staff", "companies/acme/#fact-staff", "more than 2,300 people",
					       "February 2024 · A report, line 3"))));
	assert_true(str_contains(html, STR("<dt>Founded by</dt>")) && str_contains(html, STR(">Ada</a>")));
	assert_true(str_ends(html, STR("</div></dl>")));
	assert_true(fixture_notes(&w.facts, FACT_PAGE_FACTS, "companies/acme"));
	assert_true(fixture_notes(&w.facts, FACT_PAGE_META, "sources/report"));
	/* Who has no figures is tied to someone. */
	html = preview_of(&w, "people/ada/");
	assert_true(str_contains(html, STR("<dl><div><dt>Founder of</dt><dd><a data-url=\"companies/acme/\">")));
	assert_true(fixture_notes(&w.facts, FACT_PAGE_RELATIONS, "people/ada"));
	/* Withdrawn figures are not what one should know first. */
	w.site->records.facts[0].status = STR("withdrawn");
	assert_true(str_contains(preview_of(&w, "companies/acme/"), STR("<dl><div><dt>Share</dt>")));
	assert_int_equal(preview_of(&w, "articles/one/").len, 0);
	tear_down(&w);
}

static void notes_what_an_entity_reads(void **state)
{
	static const struct {
		enum fact_kind kind;
		const char *key;
	} wanted[] = {
		{ FACT_PAGE_HEAD, "companies/acme" },        { FACT_PAGE_META, "companies/acme" },
		{ FACT_PAGE_NAMES, "companies/acme" },       { FACT_PAGE_BODY, "companies/acme" },
		{ FACT_PAGE_FACTS, "companies/acme" },       { FACT_PAGE_RELATIONS, "companies/acme" },
		{ FACT_PAGE_EVENTS, "companies/acme" },      { FACT_PAGE_QUOTES, "companies/acme" },
		{ FACT_PAGE_COMPARISONS, "companies/acme" }, { FACT_PAGE_LINKS_IN, "companies/acme" },
		{ FACT_PAGE_TITLE, "people/ada" },           { FACT_PAGE_TITLE, "articles/one" },
		{ FACT_PAGE_BODY, "articles/one" },          { FACT_STALE, "fact:staff" },
	};
	struct world w;

	(void)state;
	set_up(&w);
	link_one_to_acme(&w);
	emit(&w, "companies/acme/index.json");
	for (size_t i = 0; i < COUNT(wanted); i++)
		if (!fixture_notes(&w.facts, wanted[i].kind, wanted[i].key))
			fail_msg("%s of %s", factset_kind_name(wanted[i].kind), wanted[i].key);
	tear_down(&w);
}

static void extracts_from_the_text(void **state)
{
	static const char *const figures[] = { "$4.3 billion", "46%", "2,300" }, *const dates[] = {
		"2023-05", "2024-05-04", "2024-06-01", "2023"
	};
	struct world w;
	const struct value *v;
	struct str line, rest;

	(void)state;
	set_up(&w);
	link_one_to_acme(&w);
	rest = emit(&w, "site.ndjson");
	while (str_next(&rest, '\n', &line) && !str_contains(line, STR("\"id\":\"articles/one\",")))
		;
	v = parse_json(&w, line);
	text_at(v, "extracted.language", "en");
	text_at(item(v, "extracted.outline", 0), "id", "part");
	text_at(item(v, "extracted.mentions", 0), "page", "companies/acme");
	assert_int_equal(value_path(v, STR("extracted.words"))->as.integer, w.site->pages[ONE].words);
	for (size_t i = 0; i < COUNT(figures); i++)
		fixture_equal(item(v, "extracted.figures", i)->as.string, figures[i]);
	assert_int_equal(value_path(v, STR("extracted.figures"))->as.array.len, COUNT(figures));
	for (size_t i = 0; i < COUNT(dates); i++)
		fixture_equal(item(v, "extracted.dates", i)->as.string, dates[i]);
	assert_int_equal(value_path(v, STR("extracted.dates"))->as.array.len, COUNT(dates));
	tear_down(&w);
}

static void writes_the_model_line_by_line(void **state)
{
	static const char *const types[] = { "page", "fact", "relation", "event", "quote", "comparison", "mention" };
	size_t count[COUNT(types)] = { 0 };
	struct map ids = { 0 };
	struct world w;
	struct str line, rest;

	(void)state;
	set_up(&w);
	link_one_to_acme(&w);
	rest = emit(&w, "site.ndjson");
	assert_true(str_ends(rest, STR("\n")));
	while (str_next(&rest, '\n', &line) && line.len) {
		const struct value *v = parse_json(&w, line);
		struct str type = value_text(value_get(v, STR("type"))), id = value_text(value_get(v, STR("id")));

		assert_true(id.len > 0);
		/* One id once in each type. */
		assert_true(map_put(&w.a, &ids, str_format(&w.a, "%.*s:%.*s", STR_ARG(type), STR_ARG(id)), 0));
		for (size_t i = 0; i < COUNT(types); i++)
			count[i] += str_eq(type, str_from(types[i]));
		if (str_eq(id, STR("staff"))) {
			text_at(v, "subject", "companies/acme");
			text_at(v, "measure", "Staff");
			assert_int_equal(value_get(v, STR("value"))->as.integer, 2300);
			text_at(v, "unit", "people");
			text_at(v, "as_of", "2024-02");
			text_at(v, "scope", "all, worldwide");
			text_at(v, "source", "sources/report");
			text_at(v, "quote", "said \"so\"");
			text_at(v, "url", "/companies/acme/#fact-staff");
			text_at(v, "display", "more than 2,300 people");
		} else if (str_eq(id, STR("share"))) {
			assert_int_equal(value_path(v, STR("value.max"))->as.integer, 10);
			assert_int_equal(value_get(v, STR("as_of"))->type, VALUE_NULL);
			text_at(v, "set", "set-1");
		} else if (str_eq(id, STR("set-1"))) {
			text_at(v, "kind", "conflict");
			fixture_equal(item(v, "facts", 0)->as.string, "share");
		} else if (str_eq(type, STR("mention"))) {
			text_at(v, "id", "articles/one#mention-1");
			text_at(v, "text", "Acme");
			text_at(v, "state", "linked");
			text_at(v, "target", "companies/acme");
		}
	}
	assert_int_equal(count[0], COUNT(pages));
	assert_int_equal(count[1], 2);
	for (size_t i = 2; i < COUNT(types); i++)
		assert_int_equal(count[i], 1);
	tear_down(&w);
}

/* The part that holds a line with these bytes; only one does. */
static size_t part_with(struct world *w, struct str bytes)
{
	size_t found = 0, parts = w->routes.lines.n;

	for (uint32_t part = 1; part <= parts; part++) {
		struct str url = route_lines_url(&w->a, part, (uint32_t)parts);

		if (!str_contains(emit(w, str_z(&w->a, str_skip(url, 1))), bytes))
			continue;
		assert_int_equal(found, 0);
		found = part;
	}
	assert_true(found > 0);
	return found;
}

static void spreads_the_model_over_parts(void **state)
{
	struct world w;
	struct buf parts;
	struct str whole, index, line;
	size_t n = 0;

	(void)state;
	set_up(&w);
	link_one_to_acme(&w);
	whole = str_copy(&w.a, emit(&w, "site.ndjson"));
	w.config->ndjson_limit_mb = 0;
	buf_init(&parts, 0);
	index = str_copy(&w.a, emit(&w, "site.ndjson"));
	while (str_next(&index, '\n', &line) && line.len) {
		const struct value *v = parse_json(&w, line);

		text_at(v, "type", "index");
		text_at(v, "id", str_z(&w.a, str_format(&w.a, "part-%zu", ++n)));
		text_at(v, "url", str_z(&w.a, str_format(&w.a, "/site/%zu.ndjson", n)));
		buf_add(&parts, emit(&w, str_z(&w.a, str_skip(value_text(value_get(v, STR("url"))), 1))));
	}
	assert_int_equal(n, ROUTE_LINES_FEWEST);
	/* The same lines in another order. */
	assert_int_equal(parts.len, whole.len);
	while (str_next(&whole, '\n', &line) && line.len)
		part_with(&w, str_format(&w.a, "%.*s\n", STR_ARG(line)));
	/* Records lie where their page does. */
	n = part_with(&w, STR("{\"type\":\"page\",\"id\":\"companies/acme\""));
	assert_int_equal(part_with(&w, STR("\"id\":\"staff\",\"subject\"")), n);
	assert_int_equal(part_with(&w, STR("\"id\":\"r1\"")), n);
	assert_int_equal(part_with(&w, STR("\"id\":\"q1\"")), n);
	n = part_with(&w, STR("{\"type\":\"page\",\"id\":\"articles/one\""));
	assert_int_equal(part_with(&w, STR("\"id\":\"articles/one#mention-1\"")), n);
	buf_release(&parts);
	tear_down(&w);
}

static void notes_of_a_part_what_it_is_made_of_alone(void **state)
{
	struct world w;

	(void)state;
	set_up(&w);
	emit(&w, "site.ndjson");
	assert_int_equal(w.facts.len, 1);
	assert_true(fixture_notes(&w.facts, FACT_SITE, "site.ndjson"));
	w.config->ndjson_limit_mb = 0;
	emit(&w, "site/3.ndjson");
	assert_int_equal(w.facts.len, 1);
	assert_true(fixture_notes(&w.facts, FACT_SITE, "site/3.ndjson"));
	/* How many there are is of the output itself. */
	emit(&w, "site.ndjson");
	assert_int_equal(w.facts.len, 0);
	tear_down(&w);
}

/* One read of what no digest of the page or record itself has. */
static void other_references(struct world *w)
{
	w->site->pages[TWO].refs.lo++;
}

static void other_subject_address(struct world *w)
{
	w->site->pages[ACME].url = STR("/companies/acme-inc/");
}

static void other_set(struct world *w)
{
	w->site->sets[0].r.id = STR("set-2");
}

static void other_day(struct world *w)
{
	assert_true(date_parse(STR("2025-01-01"), &w->site->now));
}

static void other_subject_of_a_set(struct world *w)
{
	w->site->sets[0].subject = ADA;
}

static void other_place_in_the_file(struct world *w)
{
	w->site->pages[ONE].doc_image.lo++;
}

static void other_page(struct world *w)
{
	fixture_digest(&w->site->pages[TWO], PAGE_HEAD)->lo++;
}

static void other_record(struct world *w)
{
	w->site->records.events[0].r.digest.lo++;
}

static const struct {
	const char *name;
	void (*edit)(struct world *w);
	const char *line; /* of the part that it is another of */
} line_edits[] = {
	{ "what a page refers to", other_references, "\"type\":\"page\",\"id\":\"articles/two\"" },
	{ "the address of a fact's subject", other_subject_address, "\"type\":\"fact\",\"id\":\"staff\"" },
	{ "the set of a fact", other_set, "\"type\":\"fact\",\"id\":\"share\"" },
	{ "the day on which a fact is stale", other_day, "\"type\":\"fact\",\"id\":\"staff\"" },
	{ "the subject of a computed set", other_subject_of_a_set, "\"type\":\"comparison\",\"id\":\"set-1\"" },
	{ "where something stands in a file", other_place_in_the_file, "\"type\":\"page\",\"id\":\"articles/one\"" },
	{ "what a page says", other_page, "\"type\":\"page\",\"id\":\"articles/two\"" },
	{ "what a record says", other_record, "\"type\":\"event\",\"id\":\"e1\"" },
};

static void a_digest_is_of_the_lines_of_one_part(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(line_edits); i++) {
		struct digest before[ROUTE_LINES_FEWEST];
		struct world w;
		size_t part;

		set_up(&w);
		assert_true(date_parse(STR("2024-12-01"), &w.site->now));
		w.config->ndjson_limit_mb = 0;
		emit(&w, "site.ndjson");
		part = part_with(&w, str_from(line_edits[i].line));
		for (uint32_t k = 0; k < ROUTE_LINES_FEWEST; k++)
			before[k] = emit_lines_digest(w.site, &w.routes.lines, k);
		line_edits[i].edit(&w);
		if (digest_eq(before[part - 1], emit_lines_digest(w.site, &w.routes.lines, (uint32_t)part - 1)))
			fail_msg("%s", line_edits[i].name);
		/* Of a page that nobody's line is of, the part is the same. */
		part = part_with(&w, STR("\"type\":\"page\",\"id\":\"sources/report\""));
		assert_true(
			digest_eq(before[part - 1], emit_lines_digest(w.site, &w.routes.lines, (uint32_t)part - 1)));
		tear_down(&w);
	}
}

static void writes_facts_as_rows(void **state)
{
	struct world w;
	struct str text;
	struct value *rows = NULL;

	(void)state;
	set_up(&w);
	text = emit(&w, "companies/acme/facts.csv");
	assert_true(csv_parse(&w.a, STR("facts.csv"), text, &rows, &w.dl));
	assert_int_equal(rows->as.array.len, 2);
	text_at(rows->as.array.items[0], "id", "staff");
	text_at(rows->as.array.items[0], "value", "2300");
	text_at(rows->as.array.items[0], "scope", "all, worldwide");
	text_at(rows->as.array.items[0], "quote", "said \"so\"");
	text_at(rows->as.array.items[0], "source_url", "https://r.org/");
	text_at(rows->as.array.items[0], "url", "https://example.org/sub/companies/acme/#fact-staff");
	text_at(rows->as.array.items[1], "value", "0.5");
	text_at(rows->as.array.items[1], "max", "10");
	text_at(rows->as.array.items[1], "as_of", "");
	assert_true(str_ends(text, STR("\r\n")));
	tear_down(&w);
}

static void writes_feeds(void **state)
{
	struct world w;
	struct str text, *ids, *found;
	size_t n;

	(void)state;
	set_up(&w);
	link_one_to_acme(&w);
	text = emit(&w, "feed.xml");
	assert_true(xml_check(&w.a, STR("feed.xml"), text, "id", &ids, &n, &w.dl));
	/* Articles, newest first; neither entities nor sources, nor what has no date or no folder. */
	assert_int_equal(n, 3);
	fixture_equal(ids[0], "https://example.org/sub/");
	fixture_equal(ids[1], "https://example.org/sub/articles/two/");
	fixture_equal(ids[2], "https://example.org/sub/articles/one/");
	assert_true(str_contains(text, STR("<title>One &amp; only</title>")));
	assert_true(str_contains(
		text,
		STR("<link rel=\"self\" type=\"application/atom+xml\" href=\"https://example.org/sub/feed.xml\"/>")));
	assert_true(xml_check(&w.a, STR("feed.xml"), text, "updated", &found, &n, &w.dl));
	fixture_equal(found[0], "2024-07-01T10:00:00Z");
	fixture_equal(found[2], "2024-05-17T00:00:00Z");
	/* Links in a feed are whole. */
	assert_true(xml_check(&w.a, STR("feed.xml"), text, "content", &found, &n, &w.dl));
	assert_true(str_contains(found[1],
				 STR("<a class=\"auto\" href=\"https://example.org/sub/companies/acme/\">Acme</a>")));
	assert_true(fixture_notes(&w.facts, FACT_PAGE_BODY, "articles/one"));
	text = emit(&w, "articles/feed.xml");
	assert_true(xml_check(&w.a, STR("feed.xml"), text, "entry", &found, &n, &w.dl));
	assert_int_equal(n, 2);
	text = emit(&w, "companies/acme/feed.xml");
	assert_true(xml_check(&w.a, STR("feed.xml"), text, "id", &ids, &n, &w.dl));
	assert_int_equal(n, 3);
	/* An entity's feed says what is said of it; who only tags it says nothing. */
	assert_true(xml_check(&w.a, STR("feed.xml"), text, "content", &found, &n, &w.dl));
	assert_int_equal(n, 1);
	fixture_equal(found[0], "<mark>Acme</mark> made $4.3 billion, 46% more, in May 2023.");
	w.config->feed_limit = 1;
	assert_true(xml_check(&w.a, STR("feed.xml"), emit(&w, "companies/acme/feed.xml"), "id", &ids, &n, &w.dl));
	assert_int_equal(n, 2);
	fixture_equal(ids[1], "https://example.org/sub/articles/two/");
	tear_down(&w);
}

static void writes_json_feeds(void **state)
{
	struct world w;
	const struct value *feed, *items, *item;

	(void)state;
	set_up(&w);
	link_one_to_acme(&w);
	feed = parse_json(&w, emit(&w, "feed.json"));
	text_at(feed, "version", "https://jsonfeed.org/version/1.1");
	text_at(feed, "home_page_url", "https://example.org/sub/");
	text_at(feed, "feed_url", "https://example.org/sub/feed.json");
	/* What Atom has, in its order. */
	items = value_get(feed, STR("items"));
	assert_int_equal(items->as.array.len, 2);
	item = items->as.array.items[0];
	text_at(item, "id", "https://example.org/sub/articles/two/");
	text_at(item, "title", "Two");
	text_at(item, "summary", "Short.");
	text_at(item, "date_published", "2024-06-01T00:00:00Z");
	text_at(item, "date_modified", "2024-07-01T10:00:00Z");
	assert_null(value_get(item, STR("tags")));
	item = items->as.array.items[1];
	text_at(item, "url", "https://example.org/sub/articles/one/");
	text_at(value_get(item, STR("authors"))->as.array.items[0], "name", "Ada");
	fixture_equal(value_text(value_get(item, STR("tags"))->as.array.items[0]), "x");
	assert_true(str_contains(value_text(value_get(item, STR("content_html"))),
				 STR("<a class=\"auto\" href=\"https://example.org/sub/companies/acme/\">Acme</a>")));
	assert_true(fixture_notes(&w.facts, FACT_PAGE_BODY, "articles/one"));
	feed = parse_json(&w, emit(&w, "articles/feed.json"));
	assert_int_equal(value_get(feed, STR("items"))->as.array.len, 2);
	/* An entity's feed has the sentence that names it; who only tags it is there with what it is called. */
	feed = parse_json(&w, emit(&w, "companies/acme/feed.json"));
	items = value_get(feed, STR("items"));
	assert_int_equal(items->as.array.len, 2);
	text_at(items->as.array.items[0], "content_text", "Short.");
	text_at(items->as.array.items[1], "content_text", "Acme made $4.3 billion, 46% more, in May 2023.");
	w.config->feed_limit = 1;
	feed = parse_json(&w, emit(&w, "companies/acme/feed.json"));
	assert_int_equal(value_get(feed, STR("items"))->as.array.len, 1);
	tear_down(&w);
}

static void writes_sitemaps(void **state)
{
	struct world w;
	struct str *found, text;
	size_t n, total = 0;

	(void)state;
	set_up(&w);
	text = emit(&w, "sitemap.xml");
	assert_true(xml_check(&w.a, STR("sitemap.xml"), text, "loc", &found, &n, &w.dl));
	assert_int_equal(n, COUNT(pages));
	fixture_equal(found[0], "https://example.org/sub/about/");
	assert_true(str_contains(text, STR("/articles/two/</loc><lastmod>2024-07-01</lastmod>")));
	w.config->sitemap_limit = 4;
	assert_true(xml_check(&w.a, STR("sitemap.xml"), emit(&w, "sitemap.xml"), "loc", &found, &n, &w.dl));
	assert_int_equal(n, 3);
	fixture_equal(found[2], "https://example.org/sub/sitemap-3.xml");
	for (size_t i = 1; i <= 3; i++) {
		assert_true(xml_check(&w.a, STR("s.xml"), emit(&w, str_z(&w.a, str_format(&w.a, "sitemap-%zu.xml", i))),
				      "loc", &found, &n, &w.dl));
		assert_int_equal(n, i < 3 ? 4 : 1);
		total += n;
	}
	assert_int_equal(total, COUNT(pages));
	tear_down(&w);
}

static void writes_redirects_and_robots(void **state)
{
	struct world w;

	(void)state;
	set_up(&w);
	w.site->redirects = arena_array(&w.a, struct redirect, 1);
	w.site->n_redirects = 1;
	w.site->redirects[0] = (struct redirect){ STR("/old/"), STR("/companies/acme/"), ACME };
	fixture_equal(emit(&w, "_redirects"), "/sub/old/ /sub/companies/acme/ 301\n");
	fixture_equal(emit(&w, "robots.txt"),
		      "User-agent: *\nAllow: /\n\nSitemap: https://example.org/sub/sitemap.xml\n");
	w.config->sitemap = false;
	fixture_equal(emit(&w, "robots.txt"), "User-agent: *\nAllow: /\n");
	tear_down(&w);
}

/* Nothing of an output may depend on what was written before it. */
static void writes_the_same_twice(void **state)
{
	struct world w;

	(void)state;
	set_up(&w);
	link_one_to_acme(&w);
	emit(&w, "robots.txt");
	for (size_t i = 0; i < w.routes.len; i++) {
		struct str path = w.routes.outputs[i].path, first;

		if (!emit_is_ours(&w.routes.outputs[i]))
			continue;
		first = str_copy(&w.a, emit(&w, str_z(&w.a, path)));
		assert_true(first.len > 0);
		assert_true(str_eq(emit(&w, str_z(&w.a, path)), first));
	}
	tear_down(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(describes_an_entity),
		cmocka_unit_test(says_where_a_picture_is_published),
		cmocka_unit_test(previews_entities_in_a_few_words),
		cmocka_unit_test(notes_what_an_entity_reads),
		cmocka_unit_test(extracts_from_the_text),
		cmocka_unit_test(writes_the_model_line_by_line),
		cmocka_unit_test(spreads_the_model_over_parts),
		cmocka_unit_test(notes_of_a_part_what_it_is_made_of_alone),
		cmocka_unit_test(a_digest_is_of_the_lines_of_one_part),
		cmocka_unit_test(writes_facts_as_rows),
		cmocka_unit_test(writes_feeds),
		cmocka_unit_test(writes_json_feeds),
		cmocka_unit_test(writes_sitemaps),
		cmocka_unit_test(writes_redirects_and_robots),
		cmocka_unit_test(writes_the_same_twice),
	};

	xml_setup();
	return cmocka_run_group_tests_name("emit", tests, NULL, NULL);
}
