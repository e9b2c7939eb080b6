#ifndef BIND_SITE_H
#define BIND_SITE_H

#include "tempsite.h"

#include "lua/bind_impl.h"
#include "stage/render.h"

/*
 * bind_site - a site that holds something for every field that templates see,
 * and one template rendered at one of its outputs.
 */
struct binding {
	struct tempsite t;
	struct routes routes;
	struct arena arena; /* of one render */
	struct diag_list dl;
	struct buf out, read;
};

static const char *const files[][2] = {
	{ "site.toml",
	  "title = 'Test'\nbase_url = 'https://example.org/sub/'\ndescription = 'About it'\nauthor = 'Ann'\n"
	  "copyright = 'Ann 2026'\nlists.page_size = 2\nlists.backlinks_shown = 1\n[extra]\ncolour = 'sea'\n"
	  "[strings.mine]\ngreeting = 'Hello {name}, {other}'\n[[menu]]\nlabel = 'Firms'\nurl = '/companies/'\n"
	  "[kinds.company]\nlabel = 'Company'\nplural = 'Companies'\ndir = 'companies'\nmain = true\n"
	  "schema = 'Organization'\n[kinds.company.keys]\nlaunched = { type = 'date', label = 'Launched' }\n"
	  "owner = { type = 'reference', label = 'Owner', kind = 'company' }\n"
	  "[kinds.person]\nlabel = 'Person'\nplural = 'People'\ndir = 'people'\n"
	  "[kinds.topic]\nlabel = 'Topic'\nplural = 'Topics'\ndir = 'topics'\n"
	  "[relations.founded_by]\nlabel = 'Founded by'\nreverse = 'Founder of'\n" },
	{ "content/index.md", "+++\ntitle = 'Home'\n+++\n" },
	{ "content/companies/acme.md",
	  "+++\ntitle = 'Acme'\naliases = ['Acme Ltd', { name = 'Acmee', use = 'search', note = 'a misprint', "
	  "source = 'report', locator = 'line 2', lang = 'fr' }]\nsummary = 'Makes ropes & more.'\ndate = 2026-01-15\n"
	  "updated = 2026-02-01\nreviewed = 2025-01-01\nreview_in = '12 months'\ntemplate = 'page'\nlang = 'de'\n"
	  "schema = 'Corporation'\nimage = 'logo.svg'\nauthors = ['Ann', 'Bob']\ntags = ['old']\n"
	  "topics = ['Ropes', 'Wyvern']\nlinks = [{ label = 'Site', url = 'https://acme.example/' }]\n"
	  "launched = 1998\nowner = 'bolt'\nmine = 'own'\n[extra]\ncolour = 'hemp'\n"
	  "[[relations]]\nid = 'r1'\ntype = 'founded_by'\ntarget = 'ada'\nsource = 'report'\nlocator = 'line 6'\n"
	  "quote = 'Ada did it'\nfrom = '2019'\nto = '2023'\nrole = 'chief'\nshare = '50%'\nbasis = 'stated'\n"
	  "note = 'a remark'\n"
	  "[[facts]]\nid = 'f1'\nmeasure = 'Staff'\nvalue = 1200\napprox = 'about'\nunit = 'people'\nas_of = "
	  "'2025-02'\n"
	  "as_of_basis = 'inferred'\nedition = '2025'\nscope = 'all'\nsource = 'report'\nlocator = 'line 11'\n"
	  "quote = 'twelve hundred'\nbasis = 'stated'\nattributed_to = 'The chief'\nconfidence = 'high'\n"
	  "status = 'current'\nnote = 'rounded'\nabout = ['bolt']\n"
	  "[[facts]]\nid = 'f2'\nmeasure = 'Staff'\nvalue = 900\nunit = 'people'\nas_of = '2025-02'\nscope = 'all'\n"
	  "edition = '2025'\nsource = 'other'\n"
	  "[[facts]]\nid = 'f3'\nmeasure = 'Ships'\nvalue = { min = 2, max = 5 }\nsource = 'report'\n"
	  "[[events]]\nid = 'e1'\ndate = '2025-01/2025-03'\ntext = 'Acme sails'\nsource = 'report'\nlocator = 'line "
	  "1'\n"
	  "quote = 'it sails'\nabout = ['acme', 'bolt']\nbasis = 'stated'\nnote = 'windy'\n"
	  "[[quotes]]\nid = 'q1'\nspeaker = 'ada'\ntext = 'Ropes hold.'\nsource = 'report'\nlocator = 'line 3'\n"
	  "verbatim = false\nabout = ['acme']\nnote = 'retold'\n+++\n"
	  "## First\n\nAda Holm makes it.[@report, line 3] Again.[@report, line 3] And.[@f1]\n\n### Second\n\n"
	  "{{< box tone=\"loud\" >}}Within *it*{{< /box >}}\n\n![[f3]]\n" },
	{ "content/companies/bolt.md", "+++\ntitle = 'Bolt'\ndate = 2026-02-10\nowner = 'ghost'\nimage = "
				       "'./logo.svg'\ntopics = ['Ropes']\n+++\nAda Holm knows Acme well.\n" },
	{ "content/companies/cog.md",
	  "+++\ntitle = 'Cog'\ndate = 2026-03-10\nimage = '/shared/pic.png'\n+++\nAcme is near.\n" },
	{ "content/companies/ghost.md", "+++\ntitle = 'Ghost'\ndraft = true\n+++\nBoo.\n" },
	{ "content/companies/logo.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>" },
	{ "content/shared/pic.png", "png" },
	{ "content/people/ada.md", "+++\ntitle = 'Ada Holm'\nslug = 'ada'\n+++\nAcme is hers.\n" },
	{ "content/topics/ropes.md", "+++\ntitle = 'Ropes'\n+++\n" },
	{ "content/topics/wyvern.md", "+++\ntitle = 'Wyvern'\ndraft = true\n+++\n" },
	{ "content/sources/report.md",
	  "+++\ntitle = 'Report'\npublisher = 'Press'\nauthor = 'Eve'\npublished = 2025-03-01\npublished_basis = "
	  "'stated'\n"
	  "accessed = 2026-01-02\nurl = 'https://press.example/r'\narchived = 'https://archive.example/r'\n"
	  "license = 'CC0'\nreliability = 'good'\ntranslation = 'from French'\nrests_on = ['study']\nnotes = ['one', "
	  "'two']\n"
	  "short_title = 'R.'\n+++\n" },
	{ "content/sources/study.md", "+++\ntitle = 'Study'\n+++\n" },
	{ "content/sources/other.md", "+++\ntitle = 'Other'\n+++\n" },
	{ "data/comparisons.toml",
	  "[[comparisons]]\nid = 'c1'\ntitle = 'Staff and ships'\nkind = 'look-alike'\nfacts = ['f1', 'f3']\n"
	  "passages = [{ source = 'report', locator = 'line 3', quote = 'so it is' }]\nabout = ['bolt']\n"
	  "explanation = 'One *counts* people.'\n" },
	{ "data/prices.toml", "rope = 5\n" },
};

static inline bool has_template(const void *ctx, struct str name)
{
	static const char *const names[] = { "page.html",      "section.html", "entity.html",
					     "backlinks.html", "home.html",    "base.html" };

	(void)ctx;
	for (size_t i = 0; i < COUNT(names); i++)
		if (str_eq(name, str_from(names[i])))
			return true;
	return false;
}

/* The site, with one more file where `path` is no NULL. */
static inline int set_up_with(void **state, const char *path, const char *text)
{
	static struct binding b;
	struct diag_list dl;

	memset(&b, 0, sizeof(b));
	tempsite_open(&b.t);
	for (size_t i = 0; i < COUNT(files); i++)
		tempsite_put(&b.t, files[i][0], files[i][1]);
	if (path)
		tempsite_put(&b.t, path, text);
	tempsite_build(&b.t);
	if (b.t.dl.errors)
		fail_msg("%s", tempsite_said(&b.t));
	diag_init(&dl, &b.t.arena);
	assert_true(route_plan(&b.t.arena, &b.t.r.site, has_template, NULL, &b.routes, &dl));
	buf_init(&b.out, 0);
	buf_init(&b.read, 0);
	*state = &b;
	return 0;
}

static inline int set_up(void **state)
{
	return set_up_with(state, NULL, NULL);
}

static inline int tear_down(void **state)
{
	struct binding *b = *state;

	buf_release(&b->out);
	buf_release(&b->read);
	arena_release(&b->arena);
	tempsite_close(&b->t);
	return 0;
}

/* "page head companies/acme; query …": in the order they were read, without the templates. */
static inline void write_facts(struct binding *b, const struct factset *s)
{
	struct arena a = { 0 };
	struct factset_entry *f;
	size_t n = fixture_noted(&a, s, &f);

	for (size_t i = 0; i < n; i++)
		if (f[i].kind != FACT_TEMPLATE)
			buf_add_format(&b->read, "%s%s %.*s", b->read.len ? "; " : "",
				       factset_kind_name((enum fact_kind)f[i].kind), STR_ARG(f[i].key));
	arena_release(&a);
}

/* Output, or "code message [hint]" of each error in b->out; what was read in b->read. */
static inline void render_at(struct binding *b, const char *path, const char *template, bool is_offline)
{
	struct engine_source sources[] = {
		{ STR("main.html"), STR("templates/main.html"), str_from(template) },
		{ STR("shortcodes/box.html"), STR("templates/shortcodes/box.html"),
		  STR("<b>{{ tone }}|{{ body }}|{{ page.key }}</b>") },
		{ STR("shortcodes/figure.html"), STR("templates/shortcodes/figure.html"),
		  STR("<i>{{ fact(id).display }}</i>") },
	};
	struct engine_set *set;
	struct render_worker w;
	struct output o;
	uint64_t at;

	buf_clear(&b->out);
	buf_clear(&b->read);
	arena_reset(&b->arena);
	diag_init(&b->dl, &b->arena);
	if (!map_get(&b->routes.by_path, str_from(path), &at))
		fail_msg("no output %s", path);
	o = b->routes.outputs[at];
	o.template = STR("main.html");
	set = engine_load(&b->arena, sources, COUNT(sources), NULL, 0, bind_host(), &b->dl);
	if (set) {
		render_worker_init(&w, &b->t.r.site, &b->routes, set, is_offline, &b->arena, &b->dl);
		render_begin(&w, &o);
		render_output(&w, &o, &b->out);
		write_facts(b, &w.facts);
		render_worker_release(&w);
	}
	for (size_t i = 0; i < b->dl.len; i++) {
		const struct diag *d = &b->dl.items[i];

		buf_add_format(&b->out, "%s %.*s", d->code, STR_ARG(d->message));
		if (d->hint.len)
			buf_add_format(&b->out, " [%.*s]", STR_ARG(d->hint));
	}
}

#endif
