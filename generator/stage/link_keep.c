#include "stage/link_impl.h"

#include "base/pack.h"

/*
 * What link_texts made of each page, kept between runs. All of it holds as long
 * as there are the same pages, facts and assets under the same names, which is
 * the digest that stands first: then indices are good, too. A page's part holds
 * as long as the page says the same.
 */
#define MARK "DOSSLNK1"

static void add_page(struct digest_state *d, const struct page *p)
{
	digest_add(d, p->key);
	digest_add(d, p->url);
	digest_add(d, p->slug);
	digest_add_u64(d, (uint64_t)p->kind->index << 32 | p->is_section << 3 | p->is_home << 2 | p->is_builtin << 1 |
				  p->is_stub);
	digest_add_u64(d, p->n_names);
	for (size_t i = 0; i < p->n_names; i++) {
		digest_add(d, p->names[i].text);
		digest_add_u64(d, (uint64_t)p->names[i].use << 1 | p->names[i].any_case);
	}
}

static struct digest names_digest(const struct linker *l)
{
	const struct site *s = l->site;
	struct digest_state d;

	digest_begin(&d);
	digest_add_digest(&d, l->in->settings);
	digest_add_u64(&d, s->n_pages);
	for (size_t i = 0; i < s->n_pages; i++)
		add_page(&d, &s->pages[i]);
	digest_add_u64(&d, s->records.n_facts);
	for (size_t i = 0; i < s->records.n_facts; i++) {
		digest_add(&d, s->records.facts[i].r.id);
		digest_add_u64(&d, s->records.facts[i].r.source.page ? s->records.facts[i].r.source.page->index
								     : UINT32_MAX);
	}
	/* A link to what is not published is reported. */
	digest_add_u64(&d, l->withheld.len);
	for (size_t i = 0; i < l->withheld.len; i++)
		digest_add(&d, l->withheld.entries[i].key);
	digest_add_u64(&d, s->n_assets);
	for (size_t i = 0; i < s->n_assets; i++) {
		digest_add(&d, s->assets[i].name);
		digest_add(&d, s->assets[i].url);
	}
	return digest_end(&d);
}

static void add_refs(struct digest_state *d, const struct ref *refs, size_t n)
{
	digest_add_u64(d, n);
	for (size_t i = 0; i < n; i++)
		digest_add_u64(d, refs[i].page ? refs[i].page->index : UINT32_MAX);
}

static struct digest own_digest(const struct page *p)
{
	struct digest_state d;

	digest_begin(&d);
	digest_add_digest(&d, p->doc_digest);
	digest_add(&d, p->dir);
	digest_add(&d, p->lang);
	digest_add_u64(&d, p->no_autolink);
	add_refs(&d, p->prefer, p->n_prefer);
	for (size_t i = 0; i < p->n_tagged; i++)
		add_refs(&d, p->tagged[i].refs, p->tagged[i].n);
	return digest_end(&d);
}

void link_recall(struct linker *l)
{
	size_t n = l->site->n_pages;
	struct pack_reader r;

	l->names_digest = names_digest(l);
	l->texts = arena_array(&l->scratch, struct link_text, n);
	if (!pack_open(l->in->kept, MARK, &r) || !digest_eq(pack_get_digest(&r), l->names_digest) ||
	    pack_get_u32(&r) != n)
		return;
	for (size_t i = 0; i < n; i++) {
		l->texts[i].own = pack_get_digest(&r);
		l->texts[i].kept = pack_get_str(&r);
	}
}

static void get_mentions(struct pack_reader *r, struct arena *a, struct page *p)
{
	p->n_mentions = pack_get_count(r, 16);
	p->mentions = arena_alloc(a, p->n_mentions, sizeof(*p->mentions), _Alignof(struct mention));
	for (size_t i = 0; i < p->n_mentions; i++) {
		struct mention *m = &p->mentions[i];
		uint32_t form;

		m->target = pack_get_u32(r);
		m->node = pack_get_u32(r);
		m->off = pack_get_u32(r);
		form = pack_get_u32(r);
		m->len = (uint16_t)form;
		m->state = (uint8_t)(form >> 16);
	}
}

static void get_links(struct pack_reader *r, struct arena *a, struct page *p)
{
	p->n_links = pack_get_count(r, 28);
	p->links = arena_alloc(a, p->n_links, sizeof(*p->links), _Alignof(struct link));
	for (size_t i = 0; i < p->n_links; i++) {
		struct link *ln = &p->links[i];

		ln->node = pack_get_u32(r);
		ln->type = (enum link_type)pack_get_u32(r);
		ln->target = pack_get_u32(r);
		ln->number = pack_get_u32(r);
		ln->use = pack_get_u32(r);
		ln->anchor = str_copy(a, pack_get_str(r));
		ln->url = str_copy(a, pack_get_str(r));
	}
}

static void get_citations(struct pack_reader *r, struct arena *a, struct page *p)
{
	p->n_citations = pack_get_count(r, 16);
	p->citations = arena_alloc(a, p->n_citations, sizeof(*p->citations), _Alignof(struct citation));
	for (size_t i = 0; i < p->n_citations; i++) {
		struct citation *c = &p->citations[i];

		c->target = pack_get_u32(r);
		c->is_fact = pack_get_u32(r) != 0;
		c->uses = pack_get_u32(r);
		c->locator = str_copy(a, pack_get_str(r));
	}
}

bool link_recall_text(struct linker *l, struct arena *a, struct page *p)
{
	struct link_text *t = &l->texts[p->index];
	struct digest own = own_digest(p);
	struct pack_reader r = { t->kept, true };

	if (!digest_eq(t->own, own))
		t->kept = STR_NONE;
	t->own = own;
	if (t->kept.len == 0)
		return false;
	get_mentions(&r, a, p);
	get_links(&r, a, p);
	get_citations(&r, a, p);
	if (r.ok && r.left.len == 0)
		return true;
	t->kept = STR_NONE;
	return false;
}

static void put_text(struct buf *b, const struct page *p)
{
	pack_u32(b, (uint32_t)p->n_mentions);
	for (size_t i = 0; i < p->n_mentions; i++) {
		const struct mention *m = &p->mentions[i];

		pack_list(b, (uint32_t[]){ m->target, m->node, m->off, (uint32_t)m->state << 16 | m->len }, 4);
	}
	pack_u32(b, (uint32_t)p->n_links);
	for (size_t i = 0; i < p->n_links; i++) {
		const struct link *ln = &p->links[i];

		pack_list(b, (uint32_t[]){ ln->node, ln->type, ln->target, ln->number, ln->use }, 5);
		pack_str(b, ln->anchor);
		pack_str(b, ln->url);
	}
	pack_u32(b, (uint32_t)p->n_citations);
	for (size_t i = 0; i < p->n_citations; i++) {
		const struct citation *c = &p->citations[i];

		pack_list(b, (uint32_t[]){ c->target, c->is_fact, c->uses }, 3);
		pack_str(b, c->locator);
	}
}

void link_keep(struct linker *l, struct buf *out)
{
	const struct site *s = l->site;
	struct buf text;
	bool is_same = true;

	for (size_t i = 0; is_same && i < s->n_pages; i++)
		is_same = l->texts[i].kept.len || !l->texts[i].is_good;
	if (is_same)
		return;
	buf_init(&text, 0);
	pack_begin(out, MARK);
	pack_digest(out, l->names_digest);
	pack_u32(out, (uint32_t)s->n_pages);
	for (size_t i = 0; i < s->n_pages; i++) {
		const struct link_text *t = &l->texts[i];

		buf_clear(&text);
		if (t->is_good && t->kept.len == 0)
			put_text(&text, &s->pages[i]);
		pack_digest(out, t->own);
		pack_str(out, t->kept.len ? t->kept : buf_str(&text));
	}
	pack_end(out);
	buf_release(&text);
}
