#include <string.h>

#include "base/digest.h"
#include "base/doc.h"
#include "base/utf8.h"
#include "stage/search_impl.h"

#define TEXT_MAX 12288    /* bytes of text kept of a page */
#define SUMMARY_SHORT 160 /* characters, where the page itself is read for more */

static bool is_indexed(const struct page *p)
{
	return !(p->is_builtin && str_eq(p->slug, STR("search")));
}

struct placed {
	uint64_t hash;
	uint32_t page;
};

static bool is_after(const struct placed *a, const struct placed *b)
{
	return a->hash != b->hash ? a->hash > b->hash : a->page > b->page;
}

/* By hash; they are spread evenly, so each is put near its place and has but a few to pass. */
static void sort_placed(struct arena *a, struct placed *list, uint32_t n, uint32_t bits)
{
	uint32_t *starts = arena_array(a, uint32_t, ((size_t)1 << bits) + 1);
	struct placed *sorted = arena_array(a, struct placed, n + 1);

	for (uint32_t i = 0; i < n; i++)
		starts[(list[i].hash >> (64 - bits)) + 1]++;
	for (uint32_t i = 0; i < 1u << bits; i++)
		starts[i + 1] += starts[i];
	for (uint32_t i = 0; i < n; i++)
		sorted[starts[list[i].hash >> (64 - bits)]++] = list[i];
	for (uint32_t i = 1; i < n; i++) {
		struct placed item = sorted[i];
		uint32_t at = i;

		for (; at > 0 && is_after(&sorted[at - 1], &item); at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = item;
	}
	memcpy(list, sorted, n * sizeof(*list));
}

/* By the high bits of the key's hash, in a table at most two thirds full; the next free one where it is taken. */
void search_place(struct arena *a, const struct site *s, struct search_plan *out)
{
	struct arena scratch = { 0 };
	struct placed *list = arena_array(&scratch, struct placed, s->n_pages + 1);
	uint32_t n = 0, bits = 1, slots, size;
	uint64_t next = 0;

	out->slots = arena_array(a, uint32_t, s->n_pages + 1);
	out->order = arena_array(a, uint32_t, s->n_pages + 1);
	for (uint32_t i = 0; i < s->n_pages; i++) {
		out->slots[i] = UINT32_MAX;
		if (is_indexed(&s->pages[i]))
			list[n++] = (struct placed){ str_hash(s->pages[i].key), i };
	}
	while (1u << bits < n + n / 2 && bits < 30)
		bits++;
	sort_placed(&scratch, list, n, bits);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t slot = list[i].hash >> (64 - bits);

		slot = slot < next ? next : slot;
		next = slot + 1;
		out->slots[list[i].page] = (uint32_t)slot;
		out->order[i] = list[i].page;
	}
	out->n_docs = n;
	arena_release(&scratch);

	/* With texts four slots for a file, as far as 512 go; without, 32. */
	slots = 1u << bits;
	size = out->has_texts ? 4 : 32;
	while (slots / size > (out->has_texts ? 512 : 4096))
		size *= 2;
	while (1u << out->page_bits < size)
		out->page_bits++;
	out->n_pages = (uint32_t)(next >> out->page_bits) + 1;
	out->starts = arena_array(a, uint32_t, out->n_pages + 1);
	for (uint32_t i = 0, file = 0; file < out->n_pages; file++) {
		out->starts[file] = i;
		while (i < n && out->slots[out->order[i]] >> out->page_bits <= file)
			i++;
		out->starts[file + 1] = i;
	}
}

/* A piece of a page that can be shown: under a heading, or a record. */
struct section {
	struct str id, title, text;
};

struct page_writer {
	struct buf *out;
	size_t left; /* bytes of text */
	bool is_first, is_cut;
};

static void write_section(struct page_writer *w, const struct section *sec)
{
	struct str text = sec->text;

	if (text.len > w->left) {
		size_t end = w->left;

		while (end > 0 && ((unsigned char)text.ptr[end] & 0xc0) == 0x80)
			end--;
		text.len = end;
		w->is_cut = true;
	}
	if (text.len == 0 && (sec->text.len || !sec->title.len))
		return;
	w->left -= text.len;
	buf_add_z(w->out, w->is_first ? "[" : ",[");
	w->is_first = false;
	buf_add_json(w->out, sec->id);
	buf_add_char(w->out, ',');
	buf_add_json(w->out, sec->title);
	buf_add_char(w->out, ',');
	buf_add_json(w->out, text);
	buf_add_char(w->out, ']');
}

static void write_body(struct page_writer *w, const struct doc *d, struct buf *text, struct buf *title)
{
	const struct doc_node *nodes = doc_nodes(d);
	struct section sec = { STR_NONE, STR_NONE, STR_NONE };

	for (uint32_t i = 1; i <= d->n_nodes; i = i < d->n_nodes ? nodes[i].end : i + 1) {
		if (i == d->n_nodes || nodes[i].type == DOC_HEADING) {
			sec.text = buf_str(text);
			if (sec.text.len || sec.title.len)
				write_section(w, &sec);
			buf_clear(text);
		}
		if (i == d->n_nodes)
			break;
		if (nodes[i].type == DOC_HEADING) {
			buf_clear(title);
			doc_plain(title, d, i + 1, nodes[i].end);
			sec.id = doc_arg(d, &nodes[i]);
			sec.title = buf_str(title);
			continue;
		}
		if (text->len)
			buf_add_char(text, '\n');
		doc_plain(text, d, i, nodes[i].end);
	}
}

static void write_sections(struct page_writer *w, const struct site *s, const struct page *p)
{
	struct section sec = { STR_NONE, STR_NONE, STR_NONE };
	struct buf text, id;

	buf_init(&text, 0);
	buf_init(&id, 0);
	write_body(w, p->doc, &text, &id);
	for (size_t i = 0; i < p->n_own_facts; i++) {
		const struct fact *f = &s->records.facts[p->facts[i]];

		buf_clear(&text);
		buf_clear(&id);
		search_write_fact(&text, f);
		buf_add_format(&id, "fact-%.*s", STR_ARG(f->r.id));
		sec.id = buf_str(&id);
		sec.text = buf_str(&text);
		write_section(w, &sec);
	}
	sec.id = STR_NONE;
	for (size_t i = 0; i < p->n_events; i++) {
		sec.text = s->records.events[p->events[i]].text;
		write_section(w, &sec);
	}
	for (size_t i = 0; i < p->n_quotes; i++) {
		sec.text = s->records.quotes[p->quotes[i]].text;
		write_section(w, &sec);
	}
	buf_release(&text);
	buf_release(&id);
}

static void write_summary(struct buf *out, const struct page *p, bool is_short)
{
	struct str text = p->summary.len ? p->summary : p->excerpt, cut;
	struct arena scratch = { 0 };

	cut = is_short && text.len > SUMMARY_SHORT ? utf8_truncate(text, SUMMARY_SHORT) : text;
	if (cut.len < text.len)
		buf_add_json(out, str_format(&scratch, "%.*s…", STR_ARG(cut)));
	else
		buf_add_json(out, text);
	arena_release(&scratch);
}

/* From the site's root. */
static void write_address(struct buf *out, const struct page *p, bool is_offline)
{
	struct arena scratch = { 0 };

	if (is_offline && str_ends(p->url, STR("/")))
		buf_add_json(out, str_format(&scratch, "%.*sindex.html", STR_ARG(str_skip(p->url, 1))));
	else
		buf_add_json(out, str_skip(p->url, 1));
	arena_release(&scratch);
}

bool search_reads(const struct search_plan *plan, int aspect)
{
	if (plan->has_texts)
		return aspect != PAGE_LINKS_IN && aspect < PAGE_MEMBERS;
	return aspect == PAGE_HEAD || aspect == PAGE_META || aspect == PAGE_NAMES || aspect == PAGE_BODY;
}

void search_write_pages(struct buf *out, const struct site *s, const struct search_plan *plan, size_t file)
{
	buf_add_format(out, "dossierSearch(\"d/%zu\",[", file);
	for (uint32_t d = plan->starts[file]; d < plan->starts[file + 1]; d++) {
		const struct page *p = &s->pages[plan->order[d]];
		struct page_writer w = { out, TEXT_MAX, true, false };

		buf_add_format(out, "%s[%u,", d > plan->starts[file] ? "," : "", plan->slots[p->index]);
		write_address(out, p, plan->is_offline);
		buf_add_char(out, ',');
		buf_add_json(out, p->title);
		buf_add_char(out, ',');
		buf_add_json(out, p->kind->label);
		buf_add_z(out, ",[");
		for (size_t i = 1; i < p->n_names; i++) {
			if (i > 1)
				buf_add_char(out, ',');
			buf_add_json(out, p->names[i].text);
		}
		buf_add_z(out, "],");
		write_summary(out, p, !plan->has_texts);
		if (plan->has_texts) {
			buf_add_z(out, ",[");
			write_sections(&w, s, p);
			buf_add_format(out, "],%d", w.is_cut);
		}
		buf_add_char(out, ']');
	}
	buf_add_z(out, "])\n");
}
