#include "laws/model.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"

static const char *const folders[MODEL_KINDS] = { "", "articles/", "companies/", "people/", "topics/", "sources/" };
static const char *const kind_names[MODEL_KINDS] = { "page", "article", "company", "person", "topic", "source" };
static const char *const firsts[] = { "Amber",  "Birch",   "Cedar",   "Dover",   "Ember",   "Fenwick",
				      "Garnet", "Harbour", "Ivory",   "Juniper", "Kestrel", "Linden",
				      "Merrow", "Norland", "Orchard", "Pelham" };
static const char *const seconds[] = { "Capital",  "Energy", "Foundry", "Holm",  "Labs",  "Marine",
				       "Networks", "Reyes",  "Systems", "Tidal", "Unger", "Works" };
static const char *const measures[] = { "Staff", "Revenue", "Platforms", "Founded in" };
static const char *const units[] = { "people", "EUR", "platforms", "year" };

struct writer {
	struct arena *arena;
	const struct model *m;
	struct model_files *files;
	size_t cap;
	struct buf b;
};

static const struct model_page *page_of(const struct model *m, unsigned ref)
{
	const struct model_page *p = ref ? &m->pages[(ref - 1) % MODEL_PAGES] : NULL;

	return p && p->is_used ? p : NULL;
}

/* Only sources may be named where a source is meant. */
static const struct model_page *source_of(const struct model *m, unsigned ref)
{
	const struct model_page *p = page_of(m, ref);

	return p && p->kind == MODEL_SOURCE ? p : NULL;
}

static void put_title(struct buf *b, unsigned n)
{
	if (n % 13 == 12)
		buf_add_format(b, "%s公司", (const char *[]){ "深海", "白桦", "长江", "明月" }[n / 13 % 4]);
	else if (n % 13 == 11)
		buf_add_format(b, "%s", firsts[n / 13 % 16]);
	else
		buf_add_format(b, "%s %s", firsts[n % 16], seconds[n / 16 % 12]);
}

static void put_key(struct buf *b, const struct model_page *p)
{
	buf_add_format(b, "%sn%u", folders[p->kind], p->slug);
}

static void put_reference(struct buf *b, const struct model_page *p, unsigned form)
{
	if (form % 8 == 7)
		put_title(b, p->title);
	else if (form % 8 > 3)
		buf_add_format(b, "n%u", p->slug);
	else
		put_key(b, p);
}

static void put_words(struct buf *b, unsigned n)
{
	static const char *const words[] = { "tide",  "grid", "the",    "of a",  "market", "power", "sound", "yard",
					     "again", "slow", "copper", "sails", "while",  "north", "keeps", "turbine" };

	for (unsigned i = 0; i < 3 + n % 5; i++)
		buf_add_format(b, "%s%s", i ? " " : "", words[(n * 7 + i * (n % 11 + 1)) % 16]);
}

static void put_day(struct buf *b, unsigned days)
{
	time_t t = (time_t)(1767225600 + (int64_t)days * 86400); /* 2026-01-01 */
	struct tm tm;

	gmtime_r(&t, &tm);
	buf_add_format(b, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

void model_now(const struct model *m, char date[16])
{
	struct buf b = { 0 };

	put_day(&b, 100 + m->now);
	snprintf(date, 16, "%s", b.ptr);
	buf_release(&b);
}

/* What was written so far becomes a file. */
static void file_end(struct writer *w, struct str path)
{
	if (w->files->len == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 64;

		w->files->ptr = arena_grow(w->arena, w->files->ptr, w->cap, cap, sizeof(*w->files->ptr),
					   _Alignof(struct model_file));
		w->cap = cap;
	}
	w->files->ptr[w->files->len++] = (struct model_file){ str_z(w->arena, path), buf_copy(&w->b, w->arena) };
	buf_clear(&w->b);
}

static bool has_fact(const struct model *m, unsigned ref, unsigned slot)
{
	const struct model_page *p = page_of(m, ref);

	slot %= MODEL_RECORDS;
	return p && !p->is_yaml && p->facts[slot].measure && source_of(m, p->facts[slot].source);
}

static void put_table_sentence(struct buf *b, unsigned a, unsigned n)
{
	buf_add_format(b, "| Year | Value |\n|---|---:|\n| %u | %u |\n| %u | **%u** |", 2000 + a % 30, n % 100,
		       2001 + a % 30, n % 77);
}

/* Those that lead somewhere, where it is. */
static bool put_leading(struct writer *w, unsigned kind, unsigned a, unsigned n)
{
	const struct model_page *p = kind == MODEL_CITE ? source_of(w->m, a + 1) : page_of(w->m, a + 1);
	struct buf *b = &w->b;

	if (!p)
		return false;
	switch (kind) {
	case MODEL_WIKILINK:
		buf_add_z(b, "[[");
		put_reference(b, p, n);
		buf_add_format(b, "%s", n % 3 ? "]]" : "|that one]]");
		return true;
	case MODEL_LINK:
		buf_add_format(b, "[a link](/%sn%u/)", folders[p->kind], p->slug);
		return !p->is_draft;
	case MODEL_CITE:
		buf_add_format(b, "As is known.[@n%u%s]", p->slug, n % 2 ? ", p. 3" : "");
		return true;
	case MODEL_CITE_FACT:
	case MODEL_EMBED_FACT:
		if (!has_fact(w->m, a + 1, n))
			return false;
		buf_add_format(b, kind == MODEL_CITE_FACT ? "So it is.[@f-%u-%u]" : "There are ![[f-%u-%u]] of them.",
			       a % MODEL_PAGES, n % MODEL_RECORDS);
		return true;
	case MODEL_EMBED_PAGE:
		buf_add_z(b, "![[");
		put_key(b, p);
		buf_add_z(b, "]]");
		return true;
	case MODEL_ANCHOR:
		for (size_t i = 0; i < MODEL_BODY; i++) {
			if (p->body[i].kind != MODEL_HEADING + 1)
				continue;
			buf_add_z(b, "[[");
			put_key(b, p);
			buf_add_format(b, "#Part %u]]", p->body[i].a % 100);
			return true;
		}
		return false;
	default:
		put_title(b, p->title);
		return true;
	}
}

static void put_sentence(struct writer *w, const struct model_page *p, size_t i)
{
	unsigned kind = p->body[i].kind - 1, a = p->body[i].a, n = p->body[i].b;
	struct buf *b = &w->b;
	const struct model_page *other = page_of(w->m, a + 1);
	size_t at = b->len;

	switch (kind) {
	case MODEL_ALIAS:
	case MODEL_MENTION:
		buf_add_z(b, "Here we speak of ");
		put_title(b, kind == MODEL_ALIAS && other && other->alias[n % 3] ? other->alias[n % 3]
			     : other                                             ? other->title
										 : a);
		buf_add_z(b, n % 4 == 1 ? "'s affairs." : n % 4 == 2 ? ", *again*, and `Amber Capital`." : ".");
		break;
	case MODEL_HEADING:
		buf_add_format(b, "## Part %u", a % 100);
		break;
	case MODEL_SHORTCODE:
		buf_add_format(b, "{{< mine n=\"%u\" >}}", n % 10);
		break;
	case MODEL_TABLE:
		put_table_sentence(b, a, n);
		break;
	case MODEL_NOTE:
		buf_add_format(b, "A remark.[^%u]\n\n[^%u]: ", (unsigned)i, (unsigned)i);
		put_words(b, a);
		break;
	case MODEL_CALLOUT:
		buf_add_z(b, "> [!NOTE]\n> ");
		put_words(b, a);
		break;
	case MODEL_PICTURE:
		buf_add_z(b, p->is_bundle && p->picture ? "![A picture](pic.svg)" : "No picture.");
		break;
	case MODEL_WORDS:
		put_words(b, a);
		buf_add_z(b, ".");
		break;
	default:
		if (!put_leading(w, kind, a, n)) {
			b->len = at;
			buf_add_z(b, "Nothing to see.");
		}
	}
	buf_add_z(b, "\n\n");
}

static void put_relations(struct writer *w, const struct model_page *p)
{
	struct buf *b = &w->b;

	for (size_t i = 0; i < MODEL_RECORDS; i++) {
		const struct model_page *target = page_of(w->m, p->relations[i].target);
		const struct model_page *source = source_of(w->m, p->relations[i].source);

		if (!target || target == p)
			continue;
		buf_add_format(b, "\n[[relations]]\ntype = \"%s\"\ntarget = \"",
			       p->relations[i].type % 2 ? "owned_by" : "works_with");
		put_key(b, target);
		buf_add_z(b, "\"\n");
		if (p->relations[i].from)
			buf_add_format(b, "from = \"%u\"\n", 1990 + p->relations[i].from % 30);
		if (p->relations[i].to) {
			buf_add_z(b, "to = \"");
			put_day(b, p->relations[i].to);
			buf_add_z(b, "\"\n");
		}
		if (!source)
			continue;
		buf_add_format(b, "source = \"n%u\"\n", source->slug);
		if (p->relations[i].quote) {
			buf_add_z(b, "quote = \"");
			put_words(b, p->relations[i].quote);
			buf_add_z(b, "\"\n");
		}
	}
}

static void put_facts(struct writer *w, const struct model_page *p)
{
	static const char *const statuses[] = { "current", "current", "superseded", "withdrawn" };
	unsigned at = (unsigned)(p - w->m->pages);
	struct buf *b = &w->b;

	for (unsigned i = 0; i < MODEL_RECORDS; i++) {
		unsigned measure = (p->facts[i].measure - 1) % 4;

		if (!has_fact(w->m, at + 1, i))
			continue;
		buf_add_format(b, "\n[[facts]]\nid = \"f-%u-%u\"\nmeasure = \"%s\"\nvalue = %u\nunit = \"%s\"\n", at, i,
			       measures[measure], p->facts[i].value % 40, units[measure]);
		if (p->facts[i].year)
			buf_add_format(b, "as_of = \"%u\"\n", 2022 + p->facts[i].year % 5);
		if (p->facts[i].scope % 3 == 2)
			buf_add_z(b, "scope = \"in one yard\"\n");
		buf_add_format(b, "status = \"%s\"\nsource = \"n%u\"\n", statuses[p->facts[i].status % 4],
			       page_of(w->m, p->facts[i].source)->slug);
	}
}

static void put_events(struct writer *w, const struct model_page *p)
{
	struct buf *b = &w->b;

	for (size_t i = 0; i < 2; i++) {
		const struct model_page *about = page_of(w->m, p->events[i].about);
		const struct model_page *source = source_of(w->m, p->events[i].source);

		if (!p->events[i].text)
			continue;
		buf_add_format(b, "\n[[events]]\ndate = \"%u-%02u\"\ntext = \"", 1990 + p->events[i].year % 36,
			       1 + p->events[i].year % 12);
		put_words(b, p->events[i].text);
		buf_add_z(b, "\"\n");
		if (about) {
			buf_add_z(b, "about = [\"");
			put_key(b, about);
			buf_add_z(b, "\"]\n");
		}
		if (source)
			buf_add_format(b, "source = \"n%u\"\n", source->slug);
	}
	for (size_t i = 0; i < 2; i++) {
		const struct model_page *about = page_of(w->m, p->quotes[i].about);
		const struct model_page *source = source_of(w->m, p->quotes[i].source);

		if (!p->quotes[i].text || !source || !about)
			continue;
		buf_add_z(b, "\n[[quotes]]\nspeaker = \"");
		put_key(b, about);
		buf_add_z(b, "\"\ntext = \"");
		put_words(b, p->quotes[i].text);
		buf_add_format(b, "\"\nsource = \"n%u\"\n", source->slug);
	}
}

static void put_date_key(struct buf *b, const char *key, const char *is, unsigned days)
{
	if (!days)
		return;
	buf_add_format(b, "%s%s", key, is);
	put_day(b, days);
	buf_add_z(b, "\n");
}

static void put_names(struct writer *w, const struct model_page *p)
{
	struct buf *b = &w->b;
	bool any = false;

	buf_add_z(b, "aliases = [");
	for (size_t i = 0; i < 3; i++) {
		if (!p->alias[i] || p->alias[i] == p->title)
			continue;
		buf_add_z(b, any ? ", \"" : "\"");
		put_title(b, p->alias[i]);
		buf_add_z(b, "\"");
		any = true;
	}
	if (p->misspelt)
		buf_add_format(b, "%s{ name = \"Misspelt %u\", use = \"search\" }", any ? ", " : "", p->misspelt);
	buf_add_z(b, "]\n");
	if (p->weak)
		buf_add_format(b, "weak_aliases = [\"%s\"]\n", seconds[p->weak % 12]);
}

static void put_lists(struct writer *w, const struct model_page *p)
{
	struct buf *b = &w->b;
	const struct model_page *prefer = page_of(w->m, p->prefer);
	bool any = false;

	for (size_t i = 0; i < 3; i++) {
		const struct model_page *tag = page_of(w->m, p->tags[i]);

		if (!tag || tag == p || tag->kind != MODEL_TOPIC)
			continue;
		buf_add_format(b, any ? ", \"n%u\"" : "topics = [\"n%u\"", tag->slug);
		any = true;
	}
	if (any)
		buf_add_z(b, "]\n");
	if (p->extra % 4 == 3 && !w->m->no_stubs)
		buf_add_format(b, "companies = [\"Stub %u\"]\n", p->extra % 7);
	if (!prefer || prefer == p)
		return;
	buf_add_z(b, "prefer = [\"");
	put_key(b, prefer);
	buf_add_z(b, "\"]\n");
}

static bool has_fault(const struct model *m, const struct model_page *p, enum model_fault fault)
{
	return m->fault == fault && page_of(m, m->fault_at % MODEL_PAGES + 1) == p;
}

static void put_head_keys(struct writer *w, const struct model_page *p, const char *is)
{
	struct buf *b = &w->b;

	buf_add_format(b, "title%s\"", is);
	put_title(b, p->title);
	buf_add_z(b, "\"\n");
	if (has_fault(w->m, p, MODEL_BAD_DATE))
		buf_add_format(b, "date%s\"31-02-2026\"\n", is);
	else
		put_date_key(b, "date", is, p->date);
	put_date_key(b, "updated", is, p->updated);
	put_date_key(b, "embargo", is, p->embargo);
	put_date_key(b, "expires", is, p->expires);
	put_date_key(b, "reviewed", is, p->reviewed);
	if (p->reviewed)
		buf_add_format(b, "review_in%s\"2 months\"\n", is);
	if (p->is_draft)
		buf_add_format(b, "draft%strue\n", is);
	if (p->weight)
		buf_add_format(b, "weight%s%u\n", is, p->weight % 100);
	if (p->no_autolink)
		buf_add_format(b, "autolink%sfalse\n", is);
	if (p->template)
		buf_add_format(b, "template%s\"special\"\n", is);
	if (p->declared)
		buf_add_format(b, "kind%s\"%s\"\n", is, kind_names[p->declared % MODEL_KINDS]);
	if (p->lang)
		buf_add_format(b, "lang%s\"%s\"\n", is, p->lang % 2 ? "de" : "zh");
	if (p->summary) {
		buf_add_format(b, "summary%s\"", is);
		put_words(b, p->summary);
		buf_add_z(b, "\"\n");
	}
}

static void put_page(struct writer *w, const struct model_page *p)
{
	struct buf *b = &w->b;
	struct str path;

	buf_add_z(b, p->is_yaml ? "---\n" : "+++\n");
	put_head_keys(w, p, p->is_yaml ? ": " : " = ");
	if (!p->is_yaml) {
		put_names(w, p);
		put_lists(w, p);
		if (p->redirect || has_fault(w->m, p, MODEL_SAME_URL))
			buf_add_format(b, "redirects = [\"/old/%u/\"%s]\n", p->redirect,
				       has_fault(w->m, p, MODEL_SAME_URL) ? ", \"/articles/\"" : "");
		if (p->kind == MODEL_COMPANY && p->extra)
			buf_add_format(b, "founded = %u\n", 1900 + p->extra % 120);
		if (p->kind == MODEL_SOURCE)
			buf_add_format(
				b,
				"publisher = \"Paper %u\"\npublished = 2025-0%u-11\nurl = \"https://example.net/%u\"\n",
				p->extra % 5, 1 + p->extra % 9, p->extra);
		put_relations(w, p);
		put_facts(w, p);
		put_events(w, p);
	}
	buf_add_z(b, has_fault(w->m, p, MODEL_BAD_HEAD) ? "not = = toml\n" : "");
	buf_add_z(b, p->is_yaml ? "---\n\n" : "+++\n\n");
	for (size_t i = 0; i < MODEL_BODY; i++)
		if (p->body[i].kind)
			put_sentence(w, p, i);
	if (has_fault(w->m, p, MODEL_DANGLING))
		buf_add_z(b, "[[nobody-has-this-name]]\n");
	if (has_fault(w->m, p, MODEL_BAD_BYTES))
		buf_add_z(b, "\xff\xfe\n");
	if (has_fault(w->m, p, MODEL_BAD_ANCHOR))
		buf_add_format(b, "[x](/%sn%u/#nowhere)\n", folders[p->kind], p->slug);
	path = str_format(w->arena, "content/%sn%u%s.md", folders[p->kind], p->slug, p->is_bundle ? "/index" : "");
	file_end(w, path);
	if (!p->is_bundle || !p->picture)
		return;
	buf_add_format(b, "<svg xmlns=\"http://www.w3.org/2000/svg\"><!-- %u --></svg>", p->picture);
	file_end(w, str_format(w->arena, "content/%sn%u/pic.svg", folders[p->kind], p->slug));
}

static void put_kinds(struct writer *w)
{
	const struct model *m = w->m;
	struct buf *b = &w->b;

	buf_add_format(b,
		       "\n[kinds.company]\nlabel = \"Company %u\"\nplural = \"Companies\"\ndir = \"companies\"\n"
		       "schema = \"Organization\"\nmain = true\nstubs = %s\n"
		       "[kinds.company.keys]\nfounded = { type = \"date\", label = \"Founded\" }\n",
		       m->label, m->no_stubs ? "false" : "true");
	buf_add_z(b,
		  "\n[kinds.person]\nlabel = \"Person\"\nplural = \"People\"\ndir = \"people\"\nsort = \"weight\"\n");
	buf_add_format(b, "\n[kinds.topic]\nlabel = \"Topic\"\nplural = \"Topics\"\ndir = \"topics\"\nmatch = \"%s\"\n",
		       m->match % 2 ? "any-case" : "exact");
	buf_add_format(b, "\n[relations.owned_by]\nlabel = \"Owned by\"\nreverse = \"Owner of %u\"\n", m->reverse);
	buf_add_z(b, "\n[relations.works_with]\nlabel = \"Works with\"\n");
	buf_add_format(b, "\n[measures.staff]\ntolerance = \"%u%%\"\nreview_in = \"%u months\"\n", m->tolerance % 60,
		       12 + m->review % 24);
}

static void put_config(struct writer *w)
{
	static const char *const modes[] = { "first-per-section", "first-per-page", "all", "none" };
	const struct model *m = w->m;
	struct buf *b = &w->b;

	buf_add_format(b, "title = \"Site %u\"\nbase_url = \"https://example.org/\"\nlinks = \"%s\"\n", m->title,
		       m->relative ? "relative" : "root");
	buf_add_format(b, "book = \"%s\"\n", m->no_book ? "never" : "auto");
	if (m->fault == MODEL_BAD_KEY)
		buf_add_z(b, "titel = \"no\"\n");
	buf_add_format(b, "\n[linking]\nmentions = \"%s\"\n", modes[m->mentions % 4]);
	buf_add_format(b, "\n[lists]\npage_size = %u\nbacklinks_shown = %u\n", 3 + m->page_size % 9,
		       2 + m->backlinks % 6);
	buf_add_format(b, "\n[feeds]\nenabled = %s\njson = %s\nlimit = %u\n", m->no_feeds ? "false" : "true",
		       m->no_json_feeds ? "false" : "true", 3 + m->feed % 5);
	buf_add_format(b, "\n[outputs]\njson = %s\ncsv = %s\nndjson = %s\nsitemap = %s\n",
		       m->no_json ? "false" : "true", m->no_csv ? "false" : "true", m->no_ndjson ? "false" : "true",
		       m->no_sitemap ? "false" : "true");
	buf_add_format(b, "previews = %s\nndjson_limit_mb = %u\n", m->no_previews ? "false" : "true",
		       m->no_parts ? 2 : 0);
	buf_add_format(b, "\n[search]\nenabled = %s\n", m->no_search ? "false" : "true");
	put_kinds(w);
	buf_add_format(b, "\n[strings.own]\nline = \"Line %u\"\n\n[extra]\ncolour = \"c%u\"\n", m->line, m->colour);
	if (m->has_menu)
		buf_add_z(b, "\n[[menu]]\nlabel = \"Firms\"\nurl = \"/companies/\"\n");
	file_end(w, STR("site.toml"));
}

/* What a template can ask a site; the nth of many. */
static void put_question(struct buf *b, unsigned n)
{
	static const char *const questions[] = {
		"{{ site.title }}",
		"{{ data.numbers.total }}",
		"{% for p in pages{kind=\"company\", sort=\"-date\", limit=3} %}{{ link(p) }} {% end %}",
		"{{ t(\"own.line\") }} {{ site.extra.colour }}",
		"{{ #facts{measure=\"Staff\"} }} of {{ site.counts.facts }}",
		"{{ find(\"companies/n3\")?.title ?? \"nobody\" }}",
		"{% for e in events{limit=3} %}{{ e.text }};{% end %}",
		"{% for p in pages{status=\"stale\"} %}{{ p.title }};{% end %}",
		"{% for p in entities{sort=\"-mentions\", limit=4} %}{{ p.key }} {% end %}",
		"{% for q in quotes{limit=2} %}{{ q.text | own }};{% end %}",
		"{% for c in comparisons{status=\"disagreement\"} %}{{ c.title }};{% end %}",
		"{{ config.get(\"lists.page_size\") ?? 0 }} {{ fact(\"f-3-0\")?.display ?? \"-\" }}",
	};

	buf_add_z(b, questions[n % 12]);
}

static void put_templates(struct writer *w)
{
	const struct model *m = w->m;
	struct buf *b = &w->b;

	if (m->foot) {
		buf_add_format(b, "<footer><p>Foot %u ", m->foot / 12);
		put_question(b, m->foot);
		buf_add_z(b, "</p></footer>\n");
		file_end(w, STR("templates/foot.html"));
	}
	buf_add_format(b,
		       "{%% extends \"page.html\" %%}\n{%% block main %%}\n<h1>{{ page.title | own }}</h1>\n"
		       "<p>Special %u ",
		       m->special / 144);
	put_question(b, m->special % 12);
	buf_add_z(b, "</p>\n<p>");
	put_question(b, m->special / 12);
	buf_add_z(b, "</p>\n{{ page.body }}\n{% include \"records.html\" %}\n{{ references(page=page) }}\n");
	if (m->fault == MODEL_BAD_TEMPLATE)
		buf_add_z(b, "{% if %}\n");
	if (m->fault == MODEL_BAD_FILTER)
		buf_add_z(b, "{{ page.title | no_such_filter }}\n");
	if (m->fault == MODEL_BAD_FIELD)
		buf_add_z(b, "{{ find(\"not-there\").title }}\n");
	buf_add_z(b, "{% end %}\n");
	file_end(w, STR("templates/special.html"));
	buf_add_format(b, "<p>Mine {{ n }} of %u, ", m->shortcode / 12);
	put_question(b, m->shortcode);
	buf_add_z(b, "</p>\n");
	file_end(w, STR("templates/shortcodes/mine.html"));
	if (m->component) {
		buf_add_format(
			b,
			"{%% component words(record: any) %%}\n<q class=\"w%u\">{{ record.quote }}</q>\n{%% end %%}\n",
			m->component);
		file_end(w, STR("templates/components/words.html"));
	}
	if (m->text) {
		buf_add_format(b, "[nav]\nhome = \"Home %u\"\n", m->text);
		file_end(w, STR("templates/strings.toml"));
	}
	buf_add_format(b, "filter(\"own\", function(s) return s .. \"%.*s\" %send)\n", (int)(m->script % 5), "!!!!!",
		       m->fault == MODEL_BAD_SCRIPT ? "end " : "");
	file_end(w, STR("plugins/own.lua"));
	if (m->style) {
		buf_add_format(b, "body { margin: %upx }\n", m->style);
		file_end(w, STR("assets/theme/own.css"));
	}
	if (m->attachment) {
		buf_add_format(b, "{ \"unused\": %u }\n", m->attachment);
		file_end(w, STR("content/companies/unused.json"));
	}
}

static void put_data(struct writer *w)
{
	const struct model *m = w->m;
	struct buf *b = &w->b;
	const unsigned *c = m->comparison;

	buf_add_format(b, "total = %u\n", m->number);
	file_end(w, STR("data/numbers.toml"));
	buf_add_z(b, "id,subject,measure,value,unit,as_of,source\n");
	for (unsigned i = 0; i < MODEL_ROWS; i++) {
		const struct model_page *subject = page_of(m, m->rows[i].subject);
		const struct model_page *source = source_of(m, m->rows[i].source);

		if (!subject || !source)
			continue;
		buf_add_format(b, "row-%u,n%u,%s,%u,%s,%u,n%u\n", i, subject->slug, measures[m->rows[i].measure % 4],
			       m->rows[i].value % 40, units[m->rows[i].measure % 4], 2022 + m->rows[i].year % 5,
			       source->slug);
	}
	if (m->fault == MODEL_BAD_DATA)
		buf_add_z(b, "\"open\n");
	file_end(w, STR("data/facts.csv"));
	if (c[0] != c[1] && has_fact(m, c[0], 0) && has_fact(m, c[1], 0)) {
		buf_add_format(b,
			       "[[comparisons]]\nid = \"declared\"\ntitle = \"Declared %u\"\nkind = \"%s\"\n"
			       "facts = [\"f-%u-0\", \"f-%u-0\"]\nexplanation = \"",
			       m->comparison_text, m->comparison_text % 2 ? "conflict" : "scope",
			       (c[0] - 1) % MODEL_PAGES, (c[1] - 1) % MODEL_PAGES);
		put_words(b, m->comparison_text);
		buf_add_z(b, "\"\n");
		file_end(w, STR("data/comparisons.toml"));
	}
}

void model_write(struct arena *a, const struct model *m, struct model_files *out)
{
	struct writer w = { .arena = a, .m = m, .files = out };

	*out = (struct model_files){ 0 };
	buf_init(&w.b, 0);
	put_config(&w);
	put_templates(&w);
	put_data(&w);
	for (size_t i = 0; i < MODEL_PAGES; i++)
		if (m->pages[i].is_used)
			put_page(&w, &m->pages[i]);
	buf_add_z(&w.b, "+++\ntitle = \"Home\"\n+++\n\nThe first page.\n");
	file_end(&w, STR("content/index.md"));
	buf_release(&w.b);
}
