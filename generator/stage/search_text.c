#include <string.h>

#include "base/doc.h"
#include "base/utf8.h"
#include "stage/search_impl.h"

#define WORD_MAX 64        /* bytes; what is longer is no word */
#define AVERAGE_LENGTH 400 /* of a page, in words; fixed, so that no page's levels depend on another */

uint32_t search_hash(struct str s)
{
	uint32_t h = 2166136261u;
	size_t next;

	for (size_t i = 0; i < s.len; i = next)
		h = (h ^ utf8_decode(s, i, &next)) * 16777619u;
	h ^= h >> 15;
	h *= 0x2c1b3c6du;
	return h ^ h >> 12;
}

/* The first `depth` letters; of CJK the first alone, so that one character finds its pairs. */
uint32_t search_shard(const struct search_plan *plan, struct str term)
{
	size_t end = 0, next;

	for (uint32_t n = 0; n < plan->depth && end < term.len; n++) {
		bool is_cjk = utf8_is_cjk(utf8_decode(term, end, &next));

		end = next;
		if (is_cjk)
			break;
	}
	return search_hash(str_cut(term, 0, end)) & (plan->n_terms - 1);
}

struct splitter {
	struct str s; /* folded */
	bool has_stems;
	void (*word)(void *ctx, struct str term);
	void *ctx;
};

static bool is_word(uint32_t cp)
{
	return (utf8_class(cp) & (UTF8_WORD | UTF8_CONNECTOR)) == UTF8_WORD;
}

static bool is_digit(struct str s, size_t i)
{
	return i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9';
}

/* English plurals (Harman, "How effective is suffixing?", JASIS 42(1), 1991), and not "-is". */
static struct str without_plural(struct str w)
{
	if (w.len < 4 || w.ptr[w.len - 1] != 's')
		return w;
	for (size_t i = 0; i < w.len; i++)
		if (w.ptr[i] < 'a' || w.ptr[i] > 'z')
			return w;
	if (str_ends(w, STR("ies")) && !str_ends(w, STR("eies")) && !str_ends(w, STR("aies")))
		return str_cut(w, 0, w.len - 3); /* and a y, which the caller adds */
	if (str_ends(w, STR("us")) || str_ends(w, STR("ss")) || str_ends(w, STR("is")))
		return w;
	return str_cut(w, 0, w.len - 1);
}

static void emit_word(const struct splitter *p, char *w, size_t len)
{
	struct str word = { w, len }, stem = word;

	if (p->has_stems)
		stem = without_plural(word);
	if (stem.len + 3 == word.len) {
		w[stem.len] = 'y';
		stem.len++;
	}
	p->word(p->ctx, stem);
}

/* A word from `i` on; gives the offset after it. */
static size_t split_word(const struct splitter *p, size_t i)
{
	char w[WORD_MAX];
	size_t len = 0, next, after;

	while (i < p->s.len) {
		uint32_t cp = utf8_decode(p->s, i, &next);

		if (cp == ',' && len && is_digit(p->s, i - 1) && is_digit(p->s, i + 1) && is_digit(p->s, i + 2) &&
		    is_digit(p->s, i + 3) && !is_digit(p->s, i + 4)) {
			i = next; /* 2,300 */
			continue;
		}
		if (!is_word(cp) || utf8_is_cjk(cp))
			break;
		if (len + (next - i) <= WORD_MAX)
			memcpy(w + len, p->s.ptr + i, next - i);
		len += next - i;
		i = next;
	}
	/* "DeepSeek's": one letter after an apostrophe belongs to no word. */
	if (i < p->s.len && ((utf8_decode(p->s, i, &next)) == '\'' || utf8_decode(p->s, i, &next) == 0x2019) &&
	    next < p->s.len && utf8_is_letter(utf8_decode(p->s, next, &after)) &&
	    (after >= p->s.len || !is_word(utf8_decode(p->s, after, &next))))
		i = after;
	if (len <= WORD_MAX)
		emit_word(p, w, len);
	return i;
}

/* Pairs of a run of CJK characters, and the last alone: so each character begins a term. */
static size_t split_run(const struct splitter *p, size_t i)
{
	size_t next, after;

	while (i < p->s.len && utf8_is_cjk(utf8_decode(p->s, i, &next))) {
		after = next;
		if (next < p->s.len && utf8_is_cjk(utf8_decode(p->s, next, &after)))
			p->word(p->ctx, str_cut(p->s, i, after));
		else
			p->word(p->ctx, str_cut(p->s, i, next));
		i = next;
	}
	return i;
}

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] >= 0x80)
			return false;
	return true;
}

void search_split(struct arena *scratch, struct str text, bool has_stems, void (*word)(void *ctx, struct str term),
		  void *ctx)
{
	struct splitter p = { text, has_stems, word, ctx };
	size_t i = 0, next;

	if (is_ascii(text))
		p.s = utf8_lower(scratch, text);
	else
		p.s = utf8_strip_marks(scratch, utf8_fold_key(scratch, text));
	while (i < p.s.len) {
		uint32_t cp = utf8_decode(p.s, i, &next);

		if (utf8_is_cjk(cp))
			i = split_run(&p, i);
		else if (is_word(cp))
			i = split_word(&p, i);
		else
			i = next;
	}
}

struct collector {
	struct arena *scratch;
	struct term_table terms;
	VEC(uint32_t) weights; /* by term: occurrences in the text << 8 | level */
	uint32_t level;        /* of what is being read; SEARCH_TEXT: counted */
	uint32_t words;        /* of the text */
	uint32_t n;            /* terms of the piece at hand */
	bool has_stems;
};

static void take(void *ctx, struct str term)
{
	struct collector *c = ctx;
	bool is_new;
	uint32_t i = term_table_at(c->scratch, &c->terms, term, &is_new), *weight;

	c->n++;
	if (is_new) {
		c->terms.keys.ptr[i].ptr = str_copy(c->scratch, term).ptr;
		vec_push(c->scratch, &c->weights, 0);
	}
	weight = &c->weights.ptr[i];
	if (c->level == SEARCH_TEXT) {
		c->words++;
		*weight += 1 << 8;
	} else if ((*weight & 255) < c->level) {
		*weight = (*weight & ~255u) | c->level;
	}
}

static void collect(struct collector *c, struct str text, enum search_level level)
{
	c->level = level;
	c->n = 0;
	if (text.len)
		search_split(c->scratch, text, c->has_stems, take, c);
}

static void collect_names(struct collector *c, const struct page *p)
{
	for (size_t i = 0; i < p->n_names; i++) {
		collect(c, p->names[i].text, SEARCH_NAME);
		if (c->n == 1)
			collect(c, p->names[i].text, SEARCH_WHOLE);
	}
}

static void collect_head(struct collector *c, const struct page *p)
{
	collect_names(c, p);
	for (size_t i = 0; i < p->n_outline; i++)
		collect(c, p->outline[i].text, SEARCH_HEADING);
	collect(c, p->summary.len ? p->summary : p->excerpt, SEARCH_SUMMARY);
	for (size_t i = 0; i < p->n_tags; i++)
		collect(c, p->tags[i], SEARCH_SUMMARY);
	for (size_t i = 0; i < p->n_authors; i++)
		collect(c, p->authors[i], SEARCH_SUMMARY);
	if (p->source) {
		collect(c, p->source->publisher, SEARCH_SUMMARY);
		collect(c, p->source->author, SEARCH_SUMMARY);
	}
}

/* A piece of a page that can be shown: under a heading, or a record. */
struct section {
	struct str id, title, text;
};

static void write_fact(struct buf *b, const struct fact *f)
{
	buf_add(b, f->measure);
	buf_add_z(b, ": ");
	record_write_value(b, f);
	if (f->scope.len) {
		buf_add_z(b, " (");
		buf_add(b, f->scope);
		buf_add_char(b, ')');
	}
	buf_add_z(b, ". ");
	buf_add(b, f->r.quote);
}

/* Calls `fn` for each section of the page in order; its strings live for the time of the call. */
static void each_section(const struct site *s, const struct page *p, void (*fn)(void *ctx, const struct section *sec),
			 void *ctx)
{
	const struct doc_node *nodes = doc_nodes(p->doc);
	struct section sec = { STR_NONE, STR_NONE, STR_NONE };
	struct buf text, title, id;

	buf_init(&text, 0);
	buf_init(&title, 0);
	buf_init(&id, 0);
	for (uint32_t i = 1; i <= p->doc->n_nodes; i = i < p->doc->n_nodes ? nodes[i].end : i + 1) {
		if (i == p->doc->n_nodes || nodes[i].type == DOC_HEADING) {
			sec.text = buf_str(&text);
			if (sec.text.len || sec.title.len)
				fn(ctx, &sec);
			buf_clear(&text);
			buf_clear(&title);
		}
		if (i == p->doc->n_nodes)
			break;
		if (nodes[i].type == DOC_HEADING) {
			doc_plain(&title, p->doc, i + 1, nodes[i].end);
			sec.id = doc_arg(p->doc, &nodes[i]);
			sec.title = buf_str(&title);
			continue;
		}
		if (text.len)
			buf_add_char(&text, '\n');
		doc_plain(&text, p->doc, i, nodes[i].end);
	}
	sec.title = STR_NONE;
	for (size_t i = 0; i < p->n_own_facts; i++) {
		const struct fact *f = &s->records.facts[p->facts[i]];

		buf_clear(&text);
		buf_clear(&id);
		write_fact(&text, f);
		buf_add_format(&id, "fact-%.*s", STR_ARG(f->r.id));
		sec.id = buf_str(&id);
		sec.text = buf_str(&text);
		fn(ctx, &sec);
	}
	sec.id = STR_NONE;
	for (size_t i = 0; i < p->n_events; i++) {
		sec.text = s->records.events[p->events[i]].text;
		fn(ctx, &sec);
	}
	for (size_t i = 0; i < p->n_quotes; i++) {
		sec.text = s->records.quotes[p->quotes[i]].text;
		fn(ctx, &sec);
	}
	buf_release(&text);
	buf_release(&title);
	buf_release(&id);
}

static void collect_section(void *ctx, const struct section *sec)
{
	collect(ctx, sec->text, SEARCH_TEXT);
}

/* BM25 with k = 1.2 and b = 0.75, in four steps; lengths in powers of two, so that a small edit moves nothing. */
static uint8_t text_level(uint32_t times, uint32_t words)
{
	uint32_t length = 64;
	double x;

	while (length < words && length < 8192)
		length *= 2;
	x = times / (times + 1.2 * (0.25 + 0.75 * length / AVERAGE_LENGTH));
	return x < 0.4 ? 0 : x < 0.6 ? 1 : x < 0.75 ? 2 : 3;
}

void search_page_terms(struct arena *a, struct arena *scratch, const struct site *s, const struct search_plan *plan,
		       const struct page *p, struct search_terms *out)
{
	struct collector c = { .scratch = scratch, .has_stems = plan->has_stems };
	size_t n, bytes = 0;
	char *text;

	each_section(s, p, collect_section, &c);
	collect_head(&c, p);
	n = c.terms.keys.len;
	for (size_t i = 0; i < n; i++)
		bytes += c.terms.keys.ptr[i].len;
	text = arena_alloc(a, bytes + 1, 1, 1);
	out->items = arena_array(a, struct search_term, n ? n : 1);
	out->n = n;
	out->text = text;
	bytes = 0;
	for (size_t i = 0; i < n; i++) {
		struct str term = { c.terms.keys.ptr[i].ptr, c.terms.keys.ptr[i].len };
		uint8_t level = (uint8_t)(c.weights.ptr[i] & 255);

		memcpy(text + bytes, term.ptr, term.len);
		out->items[i] =
			(struct search_term){ .text = (uint32_t)bytes,
					      .shard = (uint16_t)search_shard(plan, term),
					      .len = (uint8_t)term.len,
					      .level = level ? level : text_level(c.weights.ptr[i] >> 8, c.words) };
		bytes += term.len;
	}
}

struct page_writer {
	struct buf *out;
	uint32_t left; /* bytes of text */
	bool is_first, is_cut;
};

static void write_section(void *ctx, const struct section *sec)
{
	struct page_writer *w = ctx;
	struct str text = sec->text;

	if (text.len > w->left) {
		size_t start = w->left;

		while (start > 0 && ((unsigned char)text.ptr[start] & 0xc0) == 0x80)
			start--;
		text.len = start;
		w->is_cut = true;
	}
	if (text.len == 0 && (sec->text.len || !sec->title.len))
		return;
	w->left -= (uint32_t)text.len;
	buf_add_z(w->out, w->is_first ? "[" : ",[");
	w->is_first = false;
	buf_add_json(w->out, sec->id);
	buf_add_char(w->out, ',');
	buf_add_json(w->out, sec->title);
	buf_add_char(w->out, ',');
	buf_add_json(w->out, text);
	buf_add_char(w->out, ']');
}

void search_write_page(struct buf *out, const struct site *s, const struct search_plan *plan, const struct page *p)
{
	struct page_writer w = { out, plan->text_max, true, false };

	buf_add_format(out, "dossierSearch(\"d/%u\",[", plan->slots[p->index]);
	buf_add_json(out, p->url);
	buf_add_char(out, ',');
	buf_add_json(out, p->title);
	buf_add_format(out, ",%u,[", p->kind->index);
	for (size_t i = 1; i < p->n_names; i++) {
		if (i > 1)
			buf_add_char(out, ',');
		buf_add_json(out, p->names[i].text);
	}
	buf_add_z(out, "],");
	buf_add_json(out, p->summary.len ? p->summary : p->excerpt);
	buf_add_z(out, ",[");
	each_section(s, p, write_section, &w);
	buf_add_format(out, "],%d])\n", w.is_cut);
}
