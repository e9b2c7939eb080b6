#include "stage/link_impl.h"

#include <assert.h>

#include "base/pack.h"
#include "site/order.h"

/*
 * Who there is: pages that tags make, addresses, names, what tags mean, the orders. All of it follows from front matter,
 * and from which pages are published. As long as these are the same it is taken from what an earlier run kept, where that
 * is mapped; an edit of texts makes none of it.
 */
#define MARK "DOSSROS1"

static void add_page(struct digest_state *d, const struct page *p)
{
	digest_add(d, p->path);
	if (p->path.len) {
		digest_add_digest(d, p->meta_digest);
		return;
	}
	digest_add(d, p->key);
	digest_add(d, p->title);
	digest_add_u64(d, p->kind->index);
}

/* Of all that the roster follows from. A tag that means what is not published is reported, and makes no page. */
static struct digest source_digest(const struct linker *l)
{
	const struct site *s = l->site;
	struct digest_state d;

	digest_begin(&d);
	digest_add_digest(&d, l->in->settings);
	digest_add_u64(&d, s->n_pages);
	for (size_t i = 0; i < s->n_pages; i++)
		add_page(&d, &s->pages[i]);
	digest_add_u64(&d, l->withheld.len);
	for (size_t i = 0; i < l->withheld.len; i++)
		digest_add(&d, l->withheld.entries[i].key);
	return digest_end(&d);
}

static void make(struct linker *l)
{
	struct site *s = l->site;

	map_reserve(l->arena, &s->by_key, s->n_pages);
	map_reserve(l->arena, &s->by_url, s->n_pages);
	for (uint32_t i = 0; i < s->n_pages; i++)
		link_add_address(l, i);
	link_names(l);
	link_tags(l);
	link_check_addresses(l);
	order_pages(s, l->arena);
	link_stamps(l);
}

static void put_stubs(struct buf *b, const struct linker *l)
{
	pack_u32(b, (uint32_t)l->roster.stubs.len);
	for (size_t i = 0; i < l->roster.stubs.len; i++) {
		const struct page *p = &l->site->pages[l->roster.stubs.ptr[i]];

		pack_str(b, p->key);
		pack_str(b, p->title);
		pack_u32(b, p->kind->index);
	}
}

static void get_stubs(struct linker *l, struct pack_reader *r)
{
	size_t n = pack_get_count(r, 12);

	for (size_t i = 0; r->ok && i < n; i++) {
		struct str key = pack_get_str(r), name = pack_get_str(r);
		uint32_t kind = pack_get_u32(r);

		r->ok &= kind < l->config->n_kinds && key.len > l->config->kinds[kind].dir.len;
		if (r->ok)
			link_new_stub(l, key, name, &l->config->kinds[kind]);
	}
	pack_get_align(r);
}

static void put_names(struct buf *b, const struct site *s)
{
	uint32_t n = 0;

	map_pack(b, &s->by_name);
	pack_align(b);
	pack_u32(b, (uint32_t)s->n_name_lists);
	for (size_t i = 0; i < s->n_name_lists; i++)
		pack_u32(b, n += (uint32_t)s->name_lists[i].n);
	for (size_t i = 0; i < s->n_name_lists; i++)
		pack_list(b, s->name_lists[i].pages, s->name_lists[i].n);
}

static bool get_names(struct linker *l, struct pack_reader *r)
{
	struct site *s = l->site;
	const uint32_t *ends, *list;
	uint32_t *pages, from = 0, n;

	pack_get_align(r);
	if (!map_unpack(l->arena, r, &s->by_name))
		return false;
	pack_get_align(r);
	s->n_name_lists = pack_get_count(r, 4);
	ends = pack_get_list(r, l->arena, s->n_name_lists);
	n = ends && s->n_name_lists ? ends[s->n_name_lists - 1] : 0;
	list = pack_get_list(r, l->arena, n);
	if (!list)
		return false;
	pages = memcpy(arena_alloc(l->arena, n, sizeof(*pages), _Alignof(uint32_t)), list, n * sizeof(*pages));
	s->name_lists = arena_alloc(l->arena, s->n_name_lists, sizeof(*s->name_lists), _Alignof(struct name_list));
	for (size_t i = 0; i < s->n_name_lists; from = ends[i++])
		s->name_lists[i] = (struct name_list){ pages + from, ends[i] - from };
	return true;
}

static void get_urls(struct linker *l)
{
	struct site *s = l->site;

	for (size_t i = 0; i < s->by_url.len; i++)
		s->pages[s->by_url.entries[i].value].url = s->by_url.entries[i].key;
}

static bool get_tables(struct linker *l, struct pack_reader *r)
{
	struct site *s = l->site;
	const struct stamp *stamps;
	bool ok = map_unpack(l->arena, r, &s->by_key);

	pack_get_align(r);
	ok = ok && map_unpack(l->arena, r, &s->by_url) && get_names(l, r);
	l->n_tags = pack_get_count(r, 4);
	l->tags = pack_get_list(r, l->arena, l->n_tags);
	s->by_title = pack_get_list(r, l->arena, s->n_pages);
	s->by_oldest = pack_get_list(r, l->arena, s->n_pages);
	s->by_newest = pack_get_list(r, l->arena, s->n_pages);
	pack_get_align(r);
	stamps = (const void *)pack_take(r, s->n_pages * sizeof(*stamps));
	l->stamps = stamps;
	return ok && r->ok && r->left.len == 0;
}

/* False: nothing was kept, or of other pages. */
static bool recall(struct linker *l)
{
	struct pack_reader r;
	struct str kept = l->in->roster;

	if ((uintptr_t)kept.ptr % 8 || !pack_open(kept, MARK, &r) || !digest_eq(pack_get_digest(&r), l->roster.digest))
		return false;
	get_stubs(l, &r);
	link_sort_pages(l);
	/* It was checked, and is of these pages. */
	if (!get_tables(l, &r))
		assert(!"the roster is what it says it is");
	get_urls(l);
	return true;
}

static void keep(struct linker *l)
{
	const struct site *s = l->site;
	struct pack_file file;

	pack_file_begin(&file, &l->scratch, MARK, l->in->keep, l->in->keep_ctx[LINK_ROSTER]);
	pack_digest(&file.body, l->roster.digest);
	put_stubs(&file.body, l);
	pack_align(&file.body);
	map_pack(&file.body, &s->by_key);
	pack_align(&file.body);
	pack_file_spill(&file);
	map_pack(&file.body, &s->by_url);
	pack_align(&file.body);
	pack_file_spill(&file);
	put_names(&file.body, s);
	pack_u32(&file.body, (uint32_t)l->n_tags);
	pack_list(&file.body, l->tags, l->n_tags);
	pack_list(&file.body, s->by_title, s->n_pages);
	pack_list(&file.body, s->by_oldest, s->n_pages);
	pack_list(&file.body, s->by_newest, s->n_pages);
	pack_align(&file.body);
	buf_add_mem(&file.body, l->stamps, s->n_pages * sizeof(*l->stamps));
	pack_file_end(&file);
}

static void give_tags(struct linker *l)
{
	const uint32_t *tags = l->tags;

	for (size_t i = 0; i < l->site->n_pages; i++) {
		struct page *p = &l->site->pages[i];

		for (size_t t = 0; t < p->n_tagged; tags += p->tagged[t++].n)
			p->tagged[t].pages = tags;
	}
	assert(tags == l->tags + l->n_tags);
}

void link_roster(struct linker *l)
{
	size_t said = l->dl->len;

	l->roster.digest = source_digest(l);
	if (!recall(l)) {
		make(l);
		/* What there is to report must come up each time. */
		if (l->in->keep && l->dl->len == said)
			keep(l);
	}
	give_tags(l);
}
