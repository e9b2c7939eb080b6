#include <string.h>

#include "base/pack.h"
#include "site/page.h"

/*
 * What a page has of its front matter, packed as it is used: reading it back takes no keys to look up and no types to
 * check. Only of pages of which there was nothing to report, and only for the settings that are in page_settings.
 */
enum {
	IS_DRAFT = 1,
	IS_UNPUBLISHED = 2,
	NO_TOC = 4,
	NO_AUTOLINK = 8,
	HAS_REVIEW = 16,
	HAS_SOURCE = 32,
	HAS_META = 64,
	IS_META_EXTRA = 128, /* all of it, as it mostly is */
};

void page_pack_extract(struct buf *b, const struct page *p)
{
	pack_list(b, (uint32_t[]){ p->words, p->minutes, (uint32_t)p->n_outline }, 3);
	pack_str(b, p->sort_key);
	pack_str(b, p->excerpt);
	for (size_t i = 0; i < p->n_outline; i++) {
		pack_list(b, (uint32_t[]){ p->outline[i].node, p->outline[i].level }, 2);
		pack_str(b, p->outline[i].id);
		pack_str(b, p->outline[i].text);
	}
}

bool page_unpack_extract(struct arena *a, struct page *p, struct str packed)
{
	struct pack_reader r = { packed, true };

	p->words = pack_get_u32(&r);
	p->minutes = pack_get_u32(&r);
	p->n_outline = pack_get_count(&r, 16);
	p->sort_key = pack_get_str(&r);
	p->excerpt = pack_get_str(&r);
	p->outline = arena_alloc(a, p->n_outline, sizeof(*p->outline), _Alignof(struct outline_item));
	for (size_t i = 0; i < p->n_outline; i++) {
		struct outline_item *it = &p->outline[i];

		it->node = pack_get_u32(&r);
		it->level = (uint8_t)pack_get_u32(&r);
		it->id = pack_get_str(&r);
		it->text = pack_get_str(&r);
	}
	return r.ok && r.left.len == 0;
}

struct digest page_settings(const struct config *c)
{
	struct digest_state d;

	digest_begin(&d);
	digest_add_u64(&d, c->n_kinds);
	for (size_t i = 0; i < c->n_kinds; i++) {
		const struct kind *k = &c->kinds[i];

		digest_add(&d, k->id);
		digest_add(&d, k->dir);
		digest_add_u64(&d, k->any_case | k->is_closed << 1);
		digest_add_u64(&d, k->n_fields);
		for (size_t f = 0; f < k->n_fields; f++) {
			digest_add(&d, k->fields[f].name);
			digest_add_u64(&d, (uint64_t)k->fields[f].type << 1 | k->fields[f].is_required);
		}
	}
	return digest_end(&d);
}

static void put_words(struct buf *b, const struct str *words, uint32_t n)
{
	pack_u32(b, n);
	for (uint32_t i = 0; i < n; i++)
		pack_str(b, words[i]);
}

static void put_refs(struct buf *b, const struct ref *refs, uint32_t n)
{
	pack_u32(b, n);
	for (uint32_t i = 0; i < n; i++) {
		pack_list(b, (uint32_t[]){ refs[i].at.line, refs[i].at.col }, 2);
		pack_str(b, refs[i].text);
	}
}

/* Behind their length, so that they can be passed over. */
static void put_tags(struct buf *b, const struct tag_list *t)
{
	struct buf refs;

	buf_init(&refs, 0);
	if (t->refs)
		put_refs(&refs, t->refs, t->n);
	pack_u32(b, t->kind->index);
	pack_str(b, t->refs ? buf_str(&refs) : t->packed);
	buf_release(&refs);
}

/* Most are not set, and have one byte. */
static void put_date(struct buf *b, struct date d)
{
	uint64_t bits[2];

	buf_add_char(b, (char)date_is_set(d));
	if (!date_is_set(d))
		return;
	date_to_bits(d, bits);
	pack_u64(b, bits[0]);
	pack_u64(b, bits[1]);
}

static void put_names(struct buf *b, const struct page *p)
{
	pack_u32(b, p->n_names);
	for (size_t i = 0; i < p->n_names; i++) {
		const struct name *n = &p->names[i];

		pack_list(b, (uint32_t[]){ n->at.line, n->at.col, n->use, n->any_case }, 4);
		pack_str(b, n->text);
		pack_str(b, n->lang);
		pack_str(b, n->note);
		pack_str(b, n->source_ref);
		pack_str(b, n->locator);
	}
}

static void put_source(struct buf *b, const struct source_info *s)
{
	const struct str texts[] = { s->publisher, s->author,      s->url,         s->archived,
				     s->license,   s->reliability, s->translation, s->published_basis };

	put_words(b, texts, sizeof(texts) / sizeof(texts[0]));
	put_date(b, s->published);
	put_date(b, s->accessed);
	put_refs(b, s->rests_on, s->n_rests_on);
	put_words(b, s->notes, s->n_notes);
}

static void put_meta(struct buf *b, const struct value *meta)
{
	struct buf content, places;

	buf_init(&content, 0);
	buf_init(&places, 0);
	value_pack(meta, &content, &places);
	pack_str(b, buf_str(&content));
	pack_str(b, buf_str(&places));
	buf_release(&content);
	buf_release(&places);
}

void page_pack(struct buf *b, const struct page *p)
{
	uint32_t flags = (p->is_draft ? IS_DRAFT : 0) | (p->is_unpublished ? IS_UNPUBLISHED : 0) |
			 (p->no_toc ? NO_TOC : 0) | (p->no_autolink ? NO_AUTOLINK : 0) |
			 (p->has_review ? HAS_REVIEW : 0) | (p->source ? HAS_SOURCE : 0) | (p->meta ? HAS_META : 0) |
			 (p->extra == p->meta ? IS_META_EXTRA : 0);
	uint64_t weight;

	memcpy(&weight, &p->weight, sizeof(weight));
	pack_list(b, (uint32_t[]){ flags, p->kind->index, p->title_at.line, p->title_at.col }, 4);
	pack_u64(b, weight);
	pack_str(b, p->slug);
	pack_str(b, p->title);
	pack_str(b, p->summary);
	pack_str(b, p->lang);
	pack_str(b, p->template);
	pack_str(b, p->schema);
	pack_str(b, p->image);
	put_date(b, p->date);
	put_date(b, p->updated);
	put_date(b, p->reviewed);
	put_date(b, p->embargo);
	put_date(b, p->expires);
	if (p->has_review)
		pack_list(b, (uint32_t[]){ (uint32_t)p->review_in.months, (uint32_t)p->review_in.days }, 2);
	put_names(b, p);
	put_words(b, p->authors, p->n_authors);
	put_words(b, p->tags, p->n_tags);
	put_words(b, p->redirects, p->n_redirects);
	pack_u32(b, p->n_links_out);
	for (size_t i = 0; i < p->n_links_out; i++) {
		pack_str(b, p->links_out[i].label);
		pack_str(b, p->links_out[i].url);
	}
	put_refs(b, p->prefer, p->n_prefer);
	pack_u32(b, p->n_tagged);
	for (size_t i = 0; i < p->n_tagged; i++) {
		put_tags(b, &p->tagged[i]);
	}
	if (p->source)
		put_source(b, p->source);
	if (p->meta)
		put_meta(b, p->meta);
}

/* What is being unpacked; its texts are borrowed. */
struct unpacking {
	struct arena *arena;
	const struct config *config;
	struct pack_reader r;
};

static const struct kind *get_kind(struct unpacking *u)
{
	uint32_t n = pack_get_u32(&u->r);

	if (n < u->config->n_kinds)
		return &u->config->kinds[n];
	u->r.ok = false;
	return &u->config->kinds[0];
}

static struct pos get_pos(struct unpacking *u)
{
	uint32_t line = pack_get_u32(&u->r);

	return (struct pos){ line, pack_get_u32(&u->r) };
}

static struct str *get_words(struct unpacking *u, uint32_t *n)
{
	struct str *words;

	*n = pack_get_count(&u->r, 4);
	words = arena_alloc(u->arena, *n, sizeof(*words), _Alignof(struct str));
	for (uint32_t i = 0; i < *n; i++)
		words[i] = pack_get_str(&u->r);
	return words;
}

static struct ref *get_refs(struct unpacking *u, uint32_t *n)
{
	struct ref *refs;

	*n = pack_get_count(&u->r, 12);
	refs = arena_alloc(u->arena, *n, sizeof(*refs), _Alignof(struct ref));
	for (uint32_t i = 0; i < *n; i++) {
		refs[i].at = get_pos(u);
		refs[i].text = pack_get_str(&u->r);
		refs[i].page = NULL;
	}
	return refs;
}

struct ref *page_tag_refs(struct arena *a, const struct tag_list *t)
{
	struct unpacking u = { a, NULL, { t->packed, true } };
	uint32_t n;

	return t->refs ? t->refs : get_refs(&u, &n);
}

static struct date get_date(struct unpacking *u)
{
	const char *is_set = pack_take(&u->r, 1);
	uint64_t bits[2];

	if (!is_set || !*is_set)
		return (struct date){ 0 };
	bits[0] = pack_get_u64(&u->r);
	bits[1] = pack_get_u64(&u->r);
	return date_from_bits(bits);
}

static void get_names(struct unpacking *u, struct page *p)
{
	p->n_names = pack_get_count(&u->r, 36);
	p->names = arena_alloc(u->arena, p->n_names, sizeof(*p->names), _Alignof(struct name));
	for (size_t i = 0; i < p->n_names; i++) {
		struct name *n = &p->names[i];
		uint32_t use;

		n->at = get_pos(u);
		use = pack_get_u32(&u->r);
		u->r.ok &= use <= NAME_SEARCH;
		n->use = (enum name_use)use;
		n->any_case = pack_get_u32(&u->r) != 0;
		n->text = pack_get_str(&u->r);
		n->lang = pack_get_str(&u->r);
		n->note = pack_get_str(&u->r);
		n->source_ref = pack_get_str(&u->r);
		n->locator = pack_get_str(&u->r);
		n->source = NULL;
		u->r.ok &= n->text.len > 0;
	}
}

static void get_source(struct unpacking *u, struct page *p)
{
	struct source_info *s = arena_new(u->arena, struct source_info);
	struct str *const texts[] = { &s->publisher, &s->author,      &s->url,         &s->archived,
				      &s->license,   &s->reliability, &s->translation, &s->published_basis };

	u->r.ok &= pack_get_u32(&u->r) == sizeof(texts) / sizeof(texts[0]);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = pack_get_str(&u->r);
	s->published = get_date(u);
	s->accessed = get_date(u);
	s->rests_on = get_refs(u, &s->n_rests_on);
	s->notes = get_words(u, &s->n_notes);
	p->source = s;
}

static void get_meta(struct unpacking *u, struct page *p, bool is_extra)
{
	struct str content = pack_get_str(&u->r), places = pack_get_str(&u->r);

	p->meta = value_unpack(u->arena, content, places);
	u->r.ok &= p->meta && p->meta->type == VALUE_TABLE;
	if (u->r.ok)
		p->extra = is_extra ? p->meta : page_read_extra(u->arena, u->config, p);
}

static void get_lists(struct unpacking *u, struct page *p)
{
	get_names(u, p);
	p->authors = get_words(u, &p->n_authors);
	p->tags = get_words(u, &p->n_tags);
	p->redirects = get_words(u, &p->n_redirects);
	p->n_links_out = pack_get_count(&u->r, 8);
	p->links_out = arena_alloc(u->arena, p->n_links_out, sizeof(*p->links_out), _Alignof(struct label_url));
	for (size_t i = 0; i < p->n_links_out; i++) {
		p->links_out[i].label = pack_get_str(&u->r);
		p->links_out[i].url = pack_get_str(&u->r);
	}
	p->prefer = get_refs(u, &p->n_prefer);
	p->n_tagged = pack_get_count(&u->r, 8);
	p->tagged = arena_alloc(u->arena, p->n_tagged, sizeof(*p->tagged), _Alignof(struct tag_list));
	for (size_t i = 0; i < p->n_tagged; i++) {
		struct tag_list *t = &p->tagged[i];
		struct pack_reader refs;

		t->kind = get_kind(u);
		t->refs = NULL;
		t->packed = pack_get_str(&u->r);
		t->pages = NULL;
		refs = (struct pack_reader){ t->packed, true };
		t->n = pack_get_count(&refs, 12);
		u->r.ok &= refs.ok;
	}
}

bool page_unpack(struct arena *a, const struct config *c, struct page *p, struct str packed)
{
	struct unpacking u = { a, c, { packed, true } };
	uint32_t flags = pack_get_u32(&u.r);
	uint64_t weight;

	p->is_draft = flags & IS_DRAFT;
	p->is_unpublished = flags & IS_UNPUBLISHED;
	p->no_toc = flags & NO_TOC;
	p->no_autolink = flags & NO_AUTOLINK;
	p->has_review = flags & HAS_REVIEW;
	p->kind = get_kind(&u);
	p->title_at = get_pos(&u);
	weight = pack_get_u64(&u.r);
	memcpy(&p->weight, &weight, sizeof(weight));
	p->slug = pack_get_str(&u.r);
	p->title = pack_get_str(&u.r);
	p->summary = pack_get_str(&u.r);
	p->lang = pack_get_str(&u.r);
	p->template = pack_get_str(&u.r);
	p->schema = pack_get_str(&u.r);
	p->image = pack_get_str(&u.r);
	p->date = get_date(&u);
	p->updated = get_date(&u);
	p->reviewed = get_date(&u);
	p->embargo = get_date(&u);
	p->expires = get_date(&u);
	if (p->has_review) {
		p->review_in.months = (int32_t)pack_get_u32(&u.r);
		p->review_in.days = (int32_t)pack_get_u32(&u.r);
	}
	get_lists(&u, p);
	if (flags & HAS_SOURCE)
		get_source(&u, p);
	if (flags & HAS_META)
		get_meta(&u, p, flags & IS_META_EXTRA);
	return u.r.ok && u.r.left.len == 0 && p->title.len;
}
