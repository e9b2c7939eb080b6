#include "site/record.h"

#include <math.h>
#include <string.h>

#include "base/digest.h"
#include "base/utf8.h"
#include "site/meta.h"

#define QUOTE_WORDS 40

static const char *const comparison_kinds[] = { "conflict",   "look-alike",  "scope",    "period", "edition",
						"same-study", "translation", "identity", NULL };
static const char *const bases[] = { "", "stated", "inferred", "outside", NULL };

struct reading {
	const struct config *config;
	struct meta meta; /* of the table at hand */
	uint32_t page;
};

const char *record_comparison_kind(enum comparison_kind k)
{
	return comparison_kinds[k];
}

const char *record_basis(enum basis b)
{
	return bases[b];
}

static void *grown(struct arena *a, void *ptr, size_t len, size_t *cap, size_t size)
{
	size_t cap2;

	if (len < *cap)
		return ptr;
	cap2 = *cap ? *cap * 2 : 4;
	ptr = arena_grow(a, ptr, *cap, cap2, size, _Alignof(struct fact));
	*cap = cap2;
	return ptr;
}

static struct ref read_ref(const struct meta *m, const char *key)
{
	return (struct ref){ .text = str_trim(meta_text(m, key)), .at = meta_pos(m, key) };
}

static struct ref *read_ref_list(const struct meta *m, const char *key, size_t *n)
{
	struct pos *at;
	struct str *words = meta_words_at(m, key, n, &at);
	struct ref *refs = arena_array(m->arena, struct ref, *n ? *n : 1);

	for (size_t i = 0; i < *n; i++) {
		refs[i].text = words[i];
		refs[i].at = at[i];
	}
	return refs;
}

/* As doc counts them: each CJK character is half a word. */
static size_t count_words(struct str s)
{
	size_t n = 0, cjk = 0, next;
	bool in_word = false;

	for (size_t i = 0; i < s.len; i = next) {
		uint32_t cp = utf8_decode(s, i, &next);
		bool is_cjk = utf8_is_cjk(cp), is_space = utf8_is_space(cp);

		cjk += is_cjk;
		n += !is_space && !is_cjk && !in_word && (cp < 0x80 || utf8_is_word(cp));
		in_word = !is_space && !is_cjk && (in_word || cp < 0x80 || utf8_is_word(cp));
	}
	return n + (cjk + 1) / 2;
}

static void check_quote(const struct meta *m, const char *key, struct str text)
{
	size_t n = count_words(text);

	if (n <= QUOTE_WORDS)
		return;
	diag_add(m->dl, DIAG_ERROR, "record/quote-too-long", m->path, meta_pos(m, key),
		 "this quote has %zu words; at most %d may be quoted verbatim", n, QUOTE_WORDS);
	diag_hint(m->dl, "quote the words that carry the figure and describe the rest");
}

static void read_record(const struct reading *r, struct record *out)
{
	const struct meta *m = &r->meta;
	int basis = meta_choice(m, "basis", bases, 0);

	out->path = m->path;
	out->at = m->table->at;
	out->page = r->page;
	out->id = meta_text(m, "id");
	out->source = read_ref(m, "source");
	out->locator = meta_text(m, "locator");
	out->quote = str_trim(meta_text(m, "quote"));
	out->note = meta_text(m, "note");
	out->basis = basis < 0 ? BASIS_NONE : (enum basis)basis;
	check_quote(m, "quote", out->quote);
	if (out->id.len && !str_eq(utf8_slug(m->arena, out->id), out->id)) {
		diag_add(m->dl, DIAG_ERROR, "record/bad-id", m->path, meta_pos(m, "id"), "'%.*s' cannot be an id",
			 STR_ARG(out->id));
		diag_hint(m->dl, "write it as '%.*s'", STR_ARG(utf8_slug(m->arena, out->id)));
	}
}

/* An id from content: stays the same while the content does, whatever stands around it. */
static void default_id(const struct meta *m, struct record *r, const char *prefix)
{
	struct buf b;
	struct buf id;

	if (r->id.len)
		return;
	buf_init(&b, 0);
	buf_init(&id, 0);
	buf_add(&b, m->path);
	value_write_json(&b, m->table);
	buf_add_format(&id, "%s-", prefix);
	digest_write_hex(&id, digest_of(buf_str(&b)), 10);
	r->id = buf_copy(&id, m->arena);
	buf_release(&id);
	buf_release(&b);
}

static void read_range_value(const struct meta *m, const struct value *v, struct fact *f)
{
	static const struct str known[] = { STR_INIT("min"), STR_INIT("max") };
	struct meta t = *m;

	t.table = v;
	t.what = "a range";
	meta_check_keys(&t, known, 2);
	f->type = FACT_RANGE;
	f->value = meta_number(&t, "min", 0);
	f->max = meta_number(&t, "max", f->value);
	if (!value_get(v, STR("min")) || !value_get(v, STR("max"))) {
		diag_add(m->dl, DIAG_ERROR, "fact/bad-range", m->path, v->at, "a range has both 'min' and 'max'");
		diag_hint(m->dl, "for an open one write value = 10 and approx = \"up to\"");
	} else if (f->max < f->value)
		diag_add(m->dl, DIAG_ERROR, "fact/bad-range", m->path, v->at, "this range ends before it begins");
}

static void read_value(const struct meta *m, struct fact *f)
{
	const struct value *v = value_get(m->table, STR("value"));

	f->text = STR_NONE;
	if (!v || v->type == VALUE_NULL) {
		diag_add(m->dl, DIAG_ERROR, "fact/missing-value", m->path, m->table->at, "this fact has no 'value'");
		return;
	}
	switch (v->type) {
	case VALUE_INTEGER:
	case VALUE_FLOAT:
		f->type = FACT_NUMBER;
		value_as_double(v, &f->value);
		f->max = f->value;
		if (!isfinite(f->value)) {
			diag_add(m->dl, DIAG_ERROR, "meta/wrong-type", m->path, v->at,
				 "a value cannot be infinite or no number");
			f->value = f->max = 0;
		}
		break;
	case VALUE_STRING:
		f->type = FACT_TEXT;
		f->text = str_trim(v->as.string);
		/* CSV knows only strings. */
		if (str_to_double(f->text, &f->value)) {
			f->type = FACT_NUMBER;
			f->max = f->value;
		} else if (f->text.len == 0) {
			diag_add(m->dl, DIAG_ERROR, "fact/missing-value", m->path, v->at,
				 "the value of this fact is empty");
		}
		break;
	case VALUE_DATE:
		f->type = FACT_DATE;
		f->date = v->as.date;
		break;
	case VALUE_TABLE:
		read_range_value(m, v, f);
		break;
	default:
		diag_add(m->dl, DIAG_ERROR, "meta/wrong-type", m->path, v->at, "a value cannot be %s",
			 value_type_name(v->type));
		diag_hint(m->dl, "it is a number, a text, a date, or { min = 5, max = 10 }");
	}
}

static void need_source(const struct meta *m, const struct record *r, const char *code)
{
	if (r->source.text.len)
		return;
	diag_add(m->dl, DIAG_ERROR, code, m->path, m->table->at, "%s has no 'source'", m->what);
	diag_hint(m->dl, "name the page in sources/ that it was taken from");
}

static void read_fact(struct reading *r, struct fact *f)
{
	static const struct str known[] = {
		STR_INIT("id"),      STR_INIT("subject"),       STR_INIT("measure"),    STR_INIT("value"),
		STR_INIT("approx"),  STR_INIT("unit"),          STR_INIT("as_of"),      STR_INIT("as_of_basis"),
		STR_INIT("edition"), STR_INIT("scope"),         STR_INIT("source"),     STR_INIT("quote"),
		STR_INIT("locator"), STR_INIT("attributed_to"), STR_INIT("confidence"), STR_INIT("status"),
		STR_INIT("note"),    STR_INIT("about"),         STR_INIT("basis"),
	};
	static const char *const statuses[] = { "current", "superseded", "withdrawn", NULL };
	const struct meta *m = &r->meta;
	int basis;

	meta_check_keys(m, known, sizeof(known) / sizeof(known[0]));
	read_record(r, &f->r);
	f->set = UINT32_MAX;
	f->subject = read_ref(m, "subject");
	f->measure = str_trim(meta_text(m, "measure"));
	f->measure_slug = utf8_slug(m->arena, f->measure);
	f->unit = str_trim(meta_text(m, "unit"));
	f->scope = str_trim(meta_text(m, "scope"));
	f->edition = meta_word(m, "edition");
	f->approx = meta_text(m, "approx");
	f->attributed_to = meta_text(m, "attributed_to");
	f->confidence = meta_text(m, "confidence");
	f->status = meta_choice(m, "status", statuses, 0) > 0 ? meta_text(m, "status") : STR("current");
	f->as_of = meta_range(m, "as_of");
	basis = meta_choice(m, "as_of_basis", bases, 0);
	f->as_of_basis = basis < 0 ? BASIS_NONE : (enum basis)basis;
	f->about = read_ref_list(m, "about", &f->n_about);
	read_value(m, f);
	need_source(m, &f->r, "fact/missing-source");
	if (f->measure.len == 0)
		diag_add(m->dl, DIAG_ERROR, "fact/missing-measure", m->path, m->table->at,
			 "this fact has no 'measure'");
	if (r->page == UINT32_MAX && f->subject.text.len == 0) {
		diag_add(m->dl, DIAG_ERROR, "fact/missing-subject", m->path, m->table->at,
			 "a fact in a data file must name its 'subject'");
		diag_hint(m->dl, "write the path or title of the page it is about");
	}
	default_id(m, &f->r, "f");
}

static void read_relation(struct reading *r, struct relation *rel)
{
	static const struct str known[] = {
		STR_INIT("type"),    STR_INIT("target"), STR_INIT("from"),   STR_INIT("to"),
		STR_INIT("role"),    STR_INIT("share"),  STR_INIT("source"), STR_INIT("quote"),
		STR_INIT("locator"), STR_INIT("note"),   STR_INIT("basis"),  STR_INIT("id"),
	};
	const struct meta *m = &r->meta;
	struct str names[64];
	size_t n = 0;

	meta_check_keys(m, known, sizeof(known) / sizeof(known[0]));
	read_record(r, &rel->r);
	rel->from_page = r->page;
	rel->type_id = meta_text(m, "type");
	rel->type = config_relation(r->config, rel->type_id);
	rel->target = read_ref(m, "target");
	rel->role = meta_text(m, "role");
	rel->share = meta_word(m, "share");
	rel->from = meta_date(m, "from");
	rel->to = meta_date(m, "to");
	if (!rel->type) {
		diag_add(m->dl, DIAG_ERROR, "relation/unknown-type", m->path, meta_pos(m, "type"),
			 rel->type_id.len ? "'%.*s' is no relation type" : "this relation has no 'type'%.*s",
			 STR_ARG(rel->type_id));
		for (size_t i = 0; i < r->config->n_relations && n < sizeof(names) / sizeof(names[0]); i++)
			names[n++] = r->config->relations[i].id;
		if (rel->type_id.len)
			diag_hint(m->dl, "declare it in site.toml: [relations.%.*s] with label and reverse",
				  STR_ARG(rel->type_id));
		else
			diag_hint(m->dl, "name one of the types declared in site.toml under [relations]");
		diag_suggest(m->dl, rel->type_id, names, n);
	}
	if (rel->target.text.len == 0)
		diag_add(m->dl, DIAG_ERROR, "relation/missing-target", m->path, m->table->at,
			 "this relation has no 'target'");
	default_id(m, &rel->r, "r");
}

static void read_event(struct reading *r, struct event *e)
{
	static const struct str known[] = { STR_INIT("id"),     STR_INIT("date"),    STR_INIT("text"),
					    STR_INIT("source"), STR_INIT("locator"), STR_INIT("quote"),
					    STR_INIT("about"),  STR_INIT("basis"),   STR_INIT("note") };
	const struct meta *m = &r->meta;

	meta_check_keys(m, known, sizeof(known) / sizeof(known[0]));
	read_record(r, &e->r);
	e->date = meta_range(m, "date");
	e->text = str_trim(meta_text(m, "text"));
	e->about = read_ref_list(m, "about", &e->n_about);
	if (!value_get(m->table, STR("date")))
		diag_add(m->dl, DIAG_ERROR, "event/missing-date", m->path, m->table->at, "this event has no 'date'");
	if (e->text.len == 0)
		diag_add(m->dl, DIAG_ERROR, "event/missing-text", m->path, m->table->at, "this event has no 'text'");
	default_id(m, &e->r, "e");
}

static void read_quote(struct reading *r, struct quote *q)
{
	static const struct str known[] = { STR_INIT("id"),     STR_INIT("speaker"), STR_INIT("text"),
					    STR_INIT("source"), STR_INIT("locator"), STR_INIT("verbatim"),
					    STR_INIT("about"),  STR_INIT("note"),    STR_INIT("basis") };
	const struct meta *m = &r->meta;

	meta_check_keys(m, known, sizeof(known) / sizeof(known[0]));
	read_record(r, &q->r);
	q->speaker = read_ref(m, "speaker");
	q->text = str_trim(meta_text(m, "text"));
	q->is_verbatim = meta_flag(m, "verbatim", true);
	q->about = read_ref_list(m, "about", &q->n_about);
	check_quote(m, "text", q->text);
	need_source(m, &q->r, "quote/missing-source");
	if (q->text.len == 0)
		diag_add(m->dl, DIAG_ERROR, "quote/missing-text", m->path, m->table->at, "this quote has no 'text'");
	default_id(m, &q->r, "q");
}

static void read_passages(struct reading *r, struct comparison *c)
{
	static const struct str known[] = { STR_INIT("source"), STR_INIT("locator"), STR_INIT("quote") };
	size_t n;
	const struct value *const *tables = meta_tables(&r->meta, "passages", &n);

	c->passages = arena_array(r->meta.arena, struct passage, n ? n : 1);
	c->n_passages = n;
	for (size_t i = 0; i < n; i++) {
		struct meta m = r->meta;

		m.table = tables[i];
		m.what = "a passage";
		meta_check_keys(&m, known, 3);
		c->passages[i].source = read_ref(&m, "source");
		c->passages[i].locator = meta_text(&m, "locator");
		c->passages[i].quote = str_trim(meta_text(&m, "quote"));
		check_quote(&m, "quote", c->passages[i].quote);
		if (c->passages[i].source.text.len == 0) {
			struct record none = { 0 };

			need_source(&m, &none, "comparison/missing-source");
		}
	}
}

static void read_comparison(struct reading *r, struct comparison *c)
{
	static const struct str known[] = { STR_INIT("id"),    STR_INIT("title"),    STR_INIT("kind"),
					    STR_INIT("facts"), STR_INIT("passages"), STR_INIT("explanation"),
					    STR_INIT("about"), STR_INIT("note") };
	const struct meta *m = &r->meta;
	int kind;

	meta_check_keys(m, known, sizeof(known) / sizeof(known[0]));
	read_record(r, &c->r);
	c->subject = UINT32_MAX;
	c->title = meta_text(m, "title");
	c->explanation = meta_text(m, "explanation");
	kind = meta_choice(m, "kind", comparison_kinds, -2);
	if (kind == -2)
		diag_add(m->dl, DIAG_ERROR, "comparison/missing-kind", m->path, m->table->at,
			 "this comparison has no 'kind'");
	c->kind = kind < 0 ? COMPARISON_LOOK_ALIKE : (enum comparison_kind)kind;
	c->fact_ids = meta_words_at(m, "facts", &c->n_facts, &c->fact_at);
	c->facts = arena_array(m->arena, uint32_t, c->n_facts ? c->n_facts : 1);
	c->about = read_ref_list(m, "about", &c->n_about);
	read_passages(r, c);
	if (c->title.len == 0)
		diag_add(m->dl, DIAG_ERROR, "comparison/missing-title", m->path, m->table->at,
			 "this comparison has no 'title'");
	if (c->n_facts + c->n_passages < 1)
		diag_add(m->dl, DIAG_ERROR, "comparison/empty", m->path, m->table->at,
			 "this comparison names neither facts nor passages");
	default_id(m, &c->r, "c");
}

bool record_read(struct arena *a, const struct config *c, struct str path, uint32_t page, const struct value *table,
		 struct records *out, struct diag_list *dl)
{
	struct reading r = { c, { a, path, table, "", "meta/wrong-type", "record/unknown-key", dl }, page };
	const struct meta top = r.meta;
	const struct value *const *list;
	size_t errors = dl->errors, n;

/* One list of the table: each entry into a zeroed slot. */
#define READ_LIST(key, name, label) \
	list = meta_tables(&top, key, &n); \
	for (size_t i = 0; i < n; i++) { \
		out->name##s = grown(a, out->name##s, out->n_##name##s, &out->cap_##name##s, sizeof(*out->name##s)); \
		memset(&out->name##s[out->n_##name##s], 0, sizeof(*out->name##s)); \
		r.meta.table = list[i]; \
		r.meta.what = label; \
		read_##name(&r, &out->name##s[out->n_##name##s++]); \
	}
	READ_LIST("facts", fact, "a fact")
	READ_LIST("events", event, "an event")
	READ_LIST("quotes", quote, "a quote")
	READ_LIST("comparisons", comparison, "a comparison")
	if (page == UINT32_MAX) {
		const struct value_entry *e = value_entry_of(table, STR("relations"));

		if (e) {
			diag_add(dl, DIAG_ERROR, "relation/no-page", path, e->at,
				 "relations belong into the front matter of a page");
			diag_hint(dl, "move them to the page they begin at");
		}
		return dl->errors == errors;
	}
	READ_LIST("relations", relation, "a relation")
#undef READ_LIST
	return dl->errors == errors;
}

#define APPEND(name) \
	do { \
		for (size_t i = 0; i < from->n_##name; i++) { \
			into->name = grown(a, into->name, into->n_##name, &into->cap_##name, sizeof(*into->name)); \
			into->name[into->n_##name++] = from->name[i]; \
		} \
	} while (0)

void record_append(struct arena *a, struct records *into, const struct records *from)
{
	APPEND(facts);
	APPEND(relations);
	APPEND(events);
	APPEND(quotes);
	APPEND(comparisons);
}

/* Thousands separated by commas; fractions as they are. */
static void write_number(struct buf *b, double d, bool has_commas)
{
	struct buf digits;
	struct str s, whole;
	ptrdiff_t dot;

	buf_init(&digits, 64);
	if (d < 1e15 && d > -1e15 && d == (double)(int64_t)d)
		buf_add_format(&digits, "%lld", (long long)d);
	else
		buf_add_double(&digits, d);
	s = buf_str(&digits);
	if (str_starts(s, STR("-"))) {
		buf_add_z(b, "\xe2\x88\x92");
		s = str_skip(s, 1);
	}
	dot = str_find_byte(s, '.');
	whole = dot < 0 ? s : str_cut(s, 0, (size_t)dot);
	for (size_t i = 0; i < whole.len; i++) {
		if (has_commas && i && (whole.len - i) % 3 == 0 && str_find_byte(s, 'e') < 0)
			buf_add_char(b, ',');
		buf_add_char(b, whole.ptr[i]);
	}
	if (dot >= 0)
		buf_add(b, str_skip(s, (size_t)dot));
	buf_release(&digits);
}

static bool is_percent(struct str unit)
{
	return str_eq(unit, STR("%")) || str_eq(unit, STR("percent")) || str_eq(unit, STR("per cent"));
}

/* Years are numbers without separators. */
static bool is_year(struct str unit)
{
	return str_eq_nocase(unit, STR("year"));
}

void record_write_value(struct buf *b, const struct fact *f)
{
	struct str unit = f->unit;

	if (f->approx.len) {
		buf_add(b, f->approx);
		buf_add_char(b, ' ');
	}
	switch (f->type) {
	case FACT_NUMBER:
	case FACT_RANGE:
		write_number(b, f->value, !is_year(unit));
		if (f->type == FACT_RANGE) {
			buf_add_z(b, "–");
			write_number(b, f->max, !is_year(unit));
		}
		break;
	case FACT_TEXT:
		buf_add(b, f->text);
		break;
	case FACT_DATE:
		date_write_human(b, f->date, NULL);
		break;
	}
	if (is_percent(unit))
		buf_add_z(b, "%");
	else if (unit.len && !is_year(unit)) {
		buf_add_char(b, ' ');
		buf_add(b, unit);
	}
}
