#include "stage/link_impl.h"

#include "base/pack.h"

/*
 * What link_texts made of each page, kept between runs. A page's part holds as
 * long as the page says the same, none of the names that came, went or changed
 * since stands in its text, and its references, looked up again when anything
 * they may mean has changed, lead where they led.
 *
 * A mention depends on nothing else: on the names that stand in the text, on
 * whose they are, and on which pages the text links to.
 *
 * In the file are the digests of the settings, of `things` and of `records`, how many pages
 * there are (8 bytes), a record for each in order of keys, and their rows. As
 * long as there are the same pages, records that are others take their place
 * (overlay.h).
 */
#define THINGS_AT (PACK_MARK + PACK_DIGEST)
#define RECORDS_AT (THINGS_AT + 2 * PACK_DIGEST + 8)

/* Of a page that somebody wrote its file tells all; kind and the like follow from that, as long as the settings are the same. */
static struct digest said_digest(const struct page *p)
{
	struct digest_state d;

	digest_begin(&d);
	digest_add(&d, p->path);
	if (p->path.len) {
		digest_add_digest(&d, p->meta_digest);
		digest_add_digest(&d, p->doc_digest);
	} else {
		digest_add(&d, p->title);
		digest_add_u64(&d, (uint64_t)p->kind->index << 32 | p->is_section << 3 | p->is_home << 2 |
					   p->is_builtin << 1 | p->is_stub);
	}
	return digest_end(&d);
}

/* By what others refer to it. */
static struct digest face_digest(const struct page *p)
{
	struct digest_state d;

	digest_begin(&d);
	/* Its address is made of these. */
	digest_add(&d, p->key);
	digest_add(&d, p->slug);
	digest_add_u64(&d, (uint64_t)p->kind->index << 32 | p->is_section << 3 | p->is_home << 2 | p->is_builtin << 1 |
				   p->is_stub);
	digest_add_u64(&d, p->n_names);
	for (size_t i = 0; i < p->n_names; i++) {
		digest_add(&d, p->names[i].text);
		digest_add_u64(&d, (uint64_t)p->names[i].use << 1 | p->names[i].any_case);
	}
	return digest_end(&d);
}

static struct digest things_digest(const struct linker *l)
{
	const struct site *s = l->site;
	struct digest_state d;

	digest_begin(&d);
	digest_add_u64(&d, s->records.n_facts);
	/* Who cites one speaks of its source. */
	for (size_t i = 0; i < s->records.n_facts; i++) {
		digest_add(&d, s->records.facts[i].r.id);
		digest_add_u64(&d, l->stamps[s->records.facts[i].r.source.page->index].key);
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

static void add_refs(struct digest_state *d, const struct linker *l, const struct ref *refs, size_t n)
{
	digest_add_u64(d, n);
	for (size_t i = 0; i < n; i++)
		digest_add_u64(d, refs[i].page ? l->stamps[refs[i].page->index].key : 0);
}

static struct digest own_digest(const struct linker *l, const struct page *p)
{
	struct digest_state d;

	digest_begin(&d);
	digest_add_digest(&d, l->texts[p->index].face);
	digest_add_digest(&d, p->doc_digest);
	digest_add(&d, p->dir);
	digest_add(&d, p->lang);
	digest_add_u64(&d, p->no_autolink);
	add_refs(&d, l, p->prefer, p->n_prefer);
	for (size_t i = 0; i < p->n_tagged; i++)
		link_add_tags(&d, l, &p->tagged[i]);
	return digest_end(&d);
}

/* The names that texts may mention, each behind a byte for how. */
static void put_names(struct buf *b, const struct page *p)
{
	for (size_t i = 0; i < p->n_names; i++) {
		const struct name *n = &p->names[i];

		if (!link_is_linkable(p, n))
			continue;
		pack_u32(b, (uint32_t)n->text.len + 1);
		buf_add_char(b, (char)('0' + (n->use == NAME_WEAK) * 2 + n->any_case));
		buf_add(b, n->text);
	}
}

struct changes {
	struct linker *l;
	VEC(struct str) names;
};

static void add_change(struct changes *c, struct str name)
{
	struct str text = str_skip(name, 1), other = link_other_apostrophe(&c->l->scratch, text);

	vec_push(&c->l->scratch, &c->names, text);
	if (other.len)
		vec_push(&c->l->scratch, &c->names, other);
}

/* Those of two lists that are not in both. */
static void compare_names(struct changes *c, struct str then, struct str now)
{
	struct arena *a = &c->l->scratch;
	struct pack_reader old = { then, true }, new = { now, true };
	struct map seen = { 0 };

	while (old.left.len)
		map_put(a, &seen, pack_get_str(&old), 1);
	while (new.left.len) {
		bool is_new;
		struct map_entry *e = map_at(a, &seen, pack_get_str(&new), &is_new);

		if (is_new)
			add_change(c, e->key);
		e->value = 0;
	}
	for (size_t i = 0; i < seen.len; i++)
		if (seen.entries[i].value)
			add_change(c, seen.entries[i].key);
}

/* `now` NULL: it is gone. */
static void page_changed(struct changes *c, struct str then, const struct page *now)
{
	struct buf names;

	c->l->has_changes = true;
	buf_init(&names, 0);
	if (now)
		put_names(&names, now);
	compare_names(c, then, buf_copy(&names, &c->l->scratch));
	buf_release(&names);
}

static void page_came(struct changes *c, const struct page *p)
{
	c->l->texts[p->index].face = face_digest(p);
	page_changed(c, STR_NONE, p);
}

/* What is kept of a page, behind its key. */
struct kept_page {
	const struct link_kept *kept;
	struct str names, text;
};

_Static_assert(sizeof(struct link_kept) == (5 + PAGE_ASPECTS) * 16 + 32, "pages are kept as they lie, without holes");
_Static_assert(sizeof(struct backlink) == 16, "so are backlinks");

static bool get_page(struct pack_reader *r, struct kept_page *out)
{
	const void *kept = pack_take(r, sizeof(*out->kept));

	out->kept = kept;
	if (!kept)
		return false;
	pack_take(r, out->kept->n_backlinks * sizeof(struct backlink));
	pack_take(r, out->kept->n_comentions * sizeof(struct comention));
	pack_take(r, out->kept->n_members * sizeof(uint32_t));
	out->names = pack_get_str(r);
	pack_get_align(r);
	out->text = pack_get_str(r);
	pack_get_align(r);
	return r->ok;
}

static void page_stays(struct changes *c, const struct kept_page *then, const struct page *p)
{
	struct link_text *t = &c->l->texts[p->index];

	t->then = then->kept;
	t->kept = then->text;
	t->is_same = digest_eq(then->kept->said, said_digest(p));
	t->face = t->is_same ? then->kept->face : face_digest(p);
	if (!digest_eq(t->face, then->kept->face))
		page_changed(c, then->names, p);
}

static size_t row_of(const struct overlay *o, size_t n, size_t i)
{
	return o->base - PACK_DIGEST - OVERLAY_ROW * (n - i);
}

/* Both lists are sorted by key. */
static bool compare_pages(struct changes *c)
{
	struct linker *l = c->l;
	const struct site *s = l->site;
	size_t at = 0;

	for (size_t i = 0; i < l->n_moved; i++) {
		struct str record, key;
		struct pack_reader r;
		struct kept_page then;
		int order = -1;

		overlay_part(l->in->texts, row_of(l->in->texts, l->n_moved, i), &record);
		r = (struct pack_reader){ record, true };
		key = pack_get_str(&r);
		pack_get_align(&r);
		if (!get_page(&r, &then))
			return false;
		while (at < s->n_pages && (order = str_cmp(s->pages[at].key, key)) < 0)
			page_came(c, &s->pages[at++]);
		l->moved[i] = UINT32_MAX;
		if (at == s->n_pages || order > 0) {
			page_changed(c, then.names, NULL);
			continue;
		}
		page_stays(c, &then, &s->pages[at]);
		l->texts[at].record = record;
		l->moved[i] = (uint32_t)at++;
	}
	while (at < s->n_pages)
		page_came(c, &s->pages[at++]);
	return true;
}

/* Whether what was kept can be used. */
static bool open_kept(struct linker *l)
{
	const struct overlay *o = l->in->texts;
	struct pack_reader r;

	if (!o->bytes || (uintptr_t)o->bytes % 8)
		return false;
	r = (struct pack_reader){ overlay_base(o), true };
	if (!digest_eq(pack_get_digest(&r), l->in->settings))
		return false;
	l->has_changes = !digest_eq(pack_get_digest(&r), l->things);
	l->records_then = pack_get_digest(&r);
	l->n_moved = pack_get_count(&r, OVERLAY_ROW);
	l->moved = arena_array(&l->scratch, uint32_t, l->n_moved + 1);
	return true;
}

/* As if nothing had been kept. */
static void forget(struct linker *l)
{
	size_t n = l->site->n_pages;

	memset(l->texts, 0, n * sizeof(*l->texts));
	for (size_t i = 0; i < n; i++)
		l->texts[i].face = face_digest(&l->site->pages[i]);
	l->moved = NULL;
	l->n_moved = 0;
	l->has_changes = false;
}

void link_recall(struct linker *l)
{
	const struct site *s = l->site;
	struct changes c = { .l = l };

	l->texts = arena_array(&l->scratch, struct link_text, s->n_pages);
	l->things = things_digest(l);
	if (!open_kept(l) || !compare_pages(&c)) {
		forget(l);
		return;
	}
	l->is_still = !l->has_changes;
	l->has_changed_names = c.names.len > 0;
	if (l->has_changed_names)
		automaton_build(&l->scratch, &l->changed, c.names.ptr, NULL, c.names.len);
}

static uint32_t moved_to(const struct linker *l, uint32_t page)
{
	return page < l->n_moved ? l->moved[page] : UINT32_MAX;
}

/* As they lie in the file, but where the pages they lead to have other numbers now. */
static bool get_mentions(struct pack_reader *r, struct text *t)
{
	struct page *p = t->page;
	bool ok = true;
	struct mention *moved;
	const char *bytes;

	p->n_mentions = pack_get_count(r, sizeof(struct mention));
	bytes = pack_take(r, p->n_mentions * sizeof(struct mention));
	if (!bytes)
		return false;
	if (!t->l->has_changes && (uintptr_t)bytes % _Alignof(struct mention) == 0) {
		p->mentions = (const void *)bytes;
		return true;
	}
	moved = arena_alloc(t->arena, p->n_mentions, sizeof(*moved), _Alignof(struct mention));
	memcpy(moved, bytes, p->n_mentions * sizeof(*moved));
	for (size_t i = 0; t->l->has_changes && i < p->n_mentions; i++) {
		moved[i].target = moved_to(t->l, moved[i].target);
		ok &= moved[i].target != UINT32_MAX;
	}
	p->mentions = moved;
	return ok;
}

/* Looks a reference up again. What mentions go by is which pages are linked to: else this one must be read anew. */
static bool take_again(struct text *t, const struct link *then, uint32_t target)
{
	const struct link *now;
	size_t n = t->s->links.len;

	if (then->node >= t->page->doc->n_nodes)
		return false;
	link_take(t, then->node);
	if (t->s->links.len == n)
		return false;
	now = &t->s->links.ptr[n];
	return then->type == LINK_PAGE ? now->type == LINK_PAGE && now->target == target : now->type != LINK_PAGE;
}

static bool get_links(struct pack_reader *r, struct text *t)
{
	struct linker *l = t->l;
	size_t n = pack_get_count(r, 28);
	bool ok = true;

	for (size_t i = 0; ok && i < n; i++) {
		struct link ln;

		ln.node = pack_get_u32(r);
		ln.type = (enum link_type)pack_get_u32(r);
		ln.target = pack_get_u32(r);
		ln.number = pack_get_u32(r);
		ln.use = pack_get_u32(r);
		ln.anchor = pack_get_str(r);
		ln.url = pack_get_str(r);
		if (l->has_changes && ln.type != LINK_EXTERNAL) {
			ok = take_again(t, &ln, moved_to(l, ln.target));
			continue;
		}
		vec_push(&t->s->arena, &t->s->links, ln);
	}
	return ok;
}

/* Those of references that were looked up again are numbered already. */
static void get_citations(struct pack_reader *r, struct text *t)
{
	size_t n = pack_get_count(r, 16);

	for (size_t i = 0; i < n; i++) {
		struct citation c;

		c.target = pack_get_u32(r);
		c.is_fact = pack_get_u32(r) != 0;
		c.uses = pack_get_u32(r);
		c.locator = pack_get_str(r);
		if (t->l->has_changes)
			continue;
		vec_push(&t->s->arena, &t->s->notes, c);
	}
}

/* What goes wrong is for the text to say when it is read anew. */
static bool recall(struct text *t, struct str kept)
{
	struct pack_reader r = { kept, true };
	struct diag_list *dl = t->dl, quiet;
	bool ok;

	if (t->l->has_changed_names) {
		t->sought = &t->l->changed;
		if (link_names_sought(t))
			return false;
	}
	diag_init(&quiet, &t->s->arena);
	t->dl = &quiet;
	ok = get_mentions(&r, t) && get_links(&r, t) && quiet.len == 0;
	t->dl = dl;
	if (!ok)
		return false;
	get_citations(&r, t);
	return r.ok && r.left.len == 0;
}

bool link_recall_text(struct text *t)
{
	struct link_text *kept = &t->l->texts[t->page->index];
	/* Where nothing came, went or changed, its references mean what they meant. */
	bool is_same = kept->is_same && !t->l->has_changes, is_kept;

	kept->own = is_same ? kept->then->own : own_digest(t->l, t->page);
	is_kept = kept->kept.len && digest_eq(kept->own, kept->then->own) && recall(t, kept->kept);
	kept->is_in_place = is_same && is_kept;
	/* Links may lead to other files, under other names. */
	kept->is_body_same = is_kept && !t->l->has_changes;
	if (!is_kept) {
		kept->kept = STR_NONE;
		return false;
	}
	link_give(t);
	kept->is_good = !t->looked_into_others;
	return true;
}

static void put_text(struct buf *b, const struct page *p)
{
	pack_u32(b, (uint32_t)p->n_mentions);
	buf_add_mem(b, p->mentions, p->n_mentions * sizeof(*p->mentions));
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

static void put_kept(const struct linker *l, struct buf *b, const struct page *p)
{
	const struct link_text *t = &l->texts[p->index];
	struct link_kept k = { .said = t->is_same ? t->then->said : said_digest(p),
			       .face = t->face,
			       .own = t->own,
			       .refs = p->refs,
			       .whole = p->said,
			       .when = l->stamps[p->index].when,
			       .prev = p->prev,
			       .next = p->next,
			       .is_heard = t->is_heard,
			       .n_backlinks = p->n_backlinks,
			       .n_comentions = p->n_comentions,
			       .n_members = p->is_section ? 0 : p->n_members };

	memcpy(k.digests, p->digests, sizeof(k.digests));
	buf_add_mem(b, &k, sizeof(k));
	buf_add_mem(b, p->backlinks, k.n_backlinks * sizeof(*p->backlinks));
	buf_add_mem(b, p->comentions, k.n_comentions * sizeof(*p->comentions));
	buf_add_mem(b, p->members, k.n_members * sizeof(*p->members));
}

static void put_record(const struct linker *l, struct buf *out, struct buf *part, const struct page *p)
{
	const struct link_text *t = &l->texts[p->index];
	bool is_kept = t->kept.len && !l->has_changes;

	pack_str(out, p->key);
	pack_align(out);
	put_kept(l, out, p);
	buf_clear(part);
	put_names(part, p);
	pack_str(out, buf_str(part));
	pack_align(out);
	buf_clear(part);
	if (t->is_good && !is_kept)
		put_text(part, p);
	pack_str(out, is_kept ? t->kept : buf_str(part));
	pack_align(out);
}

/* Nothing of it is another than then: digests tell of who speaks of it, too. */
static bool is_record_same(const struct linker *l, size_t page)
{
	const struct link_kept *then = l->texts[page].then;

	return then && l->site->pages[page].digests == then->digests;
}

/* What is read is borrowed by the site: changes are made in the file as it is seen a second time. */
static bool amend(struct linker *l)
{
	const struct overlay *then = l->in->texts;
	struct overlay *now = l->in->texts_now;
	size_t n = l->site->n_pages;
	struct buf record, part;
	bool ok = l->moved && l->n_moved == n && now->own && digest_eq(then->digest, now->digest) &&
		  digest_eq(then->more, now->more);

	for (size_t i = 0; ok && i < n; i++)
		ok = l->moved[i] == i;
	if (!ok)
		return false;
	buf_init(&record, 0);
	buf_init(&part, 0);
	pack_digest(&record, l->things);
	pack_digest(&record, l->records);
	overlay_put(now, THINGS_AT, record.ptr, record.len);
	for (size_t i = 0; ok && i < n; i++) {
		if (is_record_same(l, i))
			continue;
		buf_clear(&record);
		put_record(l, &record, &part, &l->site->pages[i]);
		ok = overlay_put_part(now, row_of(now, n, i), buf_str(&record));
	}
	buf_release(&record);
	buf_release(&part);
	return ok && overlay_save(now, l->dl);
}

static void keep_all(struct linker *l)
{
	const struct site *s = l->site;
	size_t at = RECORDS_AT;
	struct pack_file file;
	struct buf part, rows;

	buf_init(&part, 0);
	buf_init(&rows, 0);
	pack_file_begin(&file, &l->scratch, LINK_MARK, l->in->keep, l->in->keep_ctx[LINK_TEXTS]);
	pack_digest(&file.body, l->in->settings);
	pack_digest(&file.body, l->things);
	pack_digest(&file.body, l->records);
	pack_u64(&file.body, s->n_pages);
	for (size_t i = 0; i < s->n_pages; i++) {
		size_t len;

		pack_file_spill(&file);
		len = file.body.len;
		if (is_record_same(l, i))
			buf_add(&file.body, l->texts[i].record);
		else
			put_record(l, &file.body, &part, &s->pages[i]);
		len = file.body.len - len;
		overlay_pack_row(&rows, at, len, len);
		at += len;
	}
	buf_add(&file.body, buf_str(&rows));
	pack_file_end(&file);
	buf_release(&part);
	buf_release(&rows);
}

void link_keep(struct linker *l)
{
	if (!amend(l))
		keep_all(l);
}
