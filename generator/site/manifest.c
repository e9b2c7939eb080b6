#include "site/manifest.h"

#include <string.h>

#include "base/pack.h"

/*
 * Behind the mark stand, in this order: the digest of the build, how many
 * there are of everything; digests, and rows of outputs; numbers of four
 * bytes; texts, without their lengths. So each list lies as it must to be used
 * where the file is mapped. The row of an output says where its lists begin,
 * in fours of bytes from the beginning of the file.
 *
 * Additions are each a type, a length in bytes, and so many bytes.
 */
#define CHUNK 1024
#define FACT_FORM 3 /* numbers of four bytes for each fact: kind, length of the key, members */
#define OUTPUT_ROW (16 + 3 * 8 + 6 * 4)

enum count { KEYS, FACTS, URLS, OUTPUTS, FACT_REFS, LINK_REFS, ID_REFS, MEMBER_REFS, COUNTS };
enum addition { ADDED_LISTS, ADDED_FACT, ADDED_URL };
enum list { LIST_FACTS, LIST_LINKS, LIST_IDS, LISTS };

struct manifest_fact manifest_fact(const struct manifest *m, uint32_t number)
{
	uint32_t n = manifest_n_of_pages(m);

	if (number >= n)
		return m->facts[number - n];
	return (struct manifest_fact){ .kind = number % FACT_PAGE_KINDS,
				       .key = m->keys[number / FACT_PAGE_KINDS],
				       .digest = m->aspects[number] };
}

static void count_all(const struct manifest *m, uint32_t counts[COUNTS])
{
	memset(counts, 0, sizeof(counts[0]) * COUNTS);
	counts[KEYS] = (uint32_t)m->n_keys;
	counts[FACTS] = (uint32_t)m->n_facts;
	counts[URLS] = (uint32_t)m->n_urls;
	counts[OUTPUTS] = (uint32_t)m->n_outputs;
	for (size_t i = 0; i < m->n_outputs; i++) {
		counts[FACT_REFS] += m->outputs[i].n_facts;
		counts[LINK_REFS] += m->outputs[i].n_links;
		counts[ID_REFS] += m->outputs[i].n_ids;
	}
	for (size_t i = 0; i < m->n_facts; i++)
		counts[MEMBER_REFS] += m->facts[i].n_members;
}

/* A list in the numbers of this manifest. */
static void put_numbers(struct pack_file *f, const uint32_t *list, uint32_t n, uint32_t same, const uint32_t *map)
{
	uint32_t chunk[CHUNK], len;

	if (!map)
		pack_list(&f->body, list, n);
	for (; map && n; n -= len, list += len) {
		len = n < CHUNK ? n : CHUNK;
		for (uint32_t i = 0; i < len; i++)
			chunk[i] = list[i] < same ? list[i] : map[list[i] - same];
		pack_list(&f->body, chunk, len);
	}
	pack_file_spill(f);
}

static void put_lists(struct pack_file *f, const struct manifest *m)
{
	static const struct manifest_numbers none = { 0, NULL, NULL };

	for (size_t i = 0; i < m->n_facts; i++)
		put_numbers(f, m->facts[i].members, m->facts[i].n_members, 0, NULL);
	for (size_t i = 0; i < m->n_outputs; i++) {
		const struct manifest_output *o = &m->outputs[i];
		const struct manifest_numbers *numbers = o->numbers ? o->numbers : &none;

		put_numbers(f, o->facts, o->n_facts, numbers->same, numbers->facts);
	}
	for (size_t i = 0; i < m->n_outputs; i++) {
		const struct manifest_output *o = &m->outputs[i];

		put_numbers(f, o->links, o->n_links, 0, o->numbers ? o->numbers->urls : NULL);
	}
	for (size_t i = 0; i < m->n_outputs; i++) {
		const struct manifest_output *o = &m->outputs[i];

		put_numbers(f, o->ids, o->n_ids, 0, o->numbers ? o->numbers->urls : NULL);
	}
}

/* Of an output whose lists begin at `at`. */
static void pack_row(struct buf *b, const struct manifest_output *o, const uint32_t at[LISTS])
{
	pack_digest(b, o->digest);
	pack_u64(b, o->route);
	pack_u64(b, o->size);
	pack_u64(b, (uint64_t)o->mtime_ns);
	pack_list(b, at, LISTS);
	pack_list(b, (uint32_t[]){ o->n_facts, o->n_links, o->n_ids }, LISTS);
}

/* Where the digests of facts, the rows, and the lists of a file with so many of everything begin. */
static void find_places(const uint32_t counts[COUNTS], struct manifest_places *out, size_t lists[LISTS])
{
	size_t at = PACK_MARK + PACK_DIGEST + 4 * (size_t)COUNTS;

	out->aspects = at;
	out->facts = at += (size_t)counts[KEYS] * FACT_PAGE_KINDS * sizeof(struct digest);
	out->outputs = at += (size_t)counts[FACTS] * sizeof(struct digest);
	at += (size_t)counts[OUTPUTS] * OUTPUT_ROW + 4 * ((size_t)counts[KEYS] + (size_t)counts[FACTS] * FACT_FORM +
							  counts[URLS] + counts[OUTPUTS] + counts[MEMBER_REFS]);
	lists[LIST_FACTS] = at;
	lists[LIST_LINKS] = at += 4 * (size_t)counts[FACT_REFS];
	lists[LIST_IDS] = at + 4 * (size_t)counts[LINK_REFS];
}

static void put_rows(struct pack_file *f, const struct manifest *m, const uint32_t counts[COUNTS])
{
	struct manifest_places places;
	size_t lists[LISTS];
	uint32_t at[LISTS];

	find_places(counts, &places, lists);
	for (int i = 0; i < LISTS; i++)
		at[i] = (uint32_t)(lists[i] / 4);
	for (size_t i = 0; i < m->n_outputs; i++) {
		const struct manifest_output *o = &m->outputs[i];

		pack_row(&f->body, o, at);
		at[LIST_FACTS] += o->n_facts;
		at[LIST_LINKS] += o->n_links;
		at[LIST_IDS] += o->n_ids;
		pack_file_spill(f);
	}
}

static void put_digests(struct pack_file *f, const struct manifest *m)
{
	size_t n = manifest_n_of_pages(m), len;

	for (size_t i = 0; i < n; i += len) {
		len = n - i < CHUNK ? n - i : CHUNK;
		pack_digests(&f->body, m->aspects + i, len);
		pack_file_spill(f);
	}
	for (size_t i = 0; i < m->n_facts; i++)
		pack_digest(&f->body, m->facts[i].digest);
	pack_file_spill(f);
}

static void put_lengths(struct pack_file *f, const struct manifest *m)
{
	struct buf *b = &f->body;

	for (size_t i = 0; i < m->n_keys; i++)
		pack_u32(b, (uint32_t)m->keys[i].len);
	for (size_t i = 0; i < m->n_facts; i++)
		pack_list(b, (uint32_t[]){ m->facts[i].kind, (uint32_t)m->facts[i].key.len, m->facts[i].n_members }, 3);
	for (size_t i = 0; i < m->n_urls; i++)
		pack_u32(b, (uint32_t)m->urls[i].len);
	for (size_t i = 0; i < m->n_outputs; i++)
		pack_u32(b, (uint32_t)m->outputs[i].path.len);
	pack_file_spill(f);
}

static void put_text(struct pack_file *f, struct str text)
{
	buf_add(&f->body, text);
	pack_file_spill(f);
}

void manifest_write(const struct manifest *m, void (*put)(void *ctx, struct str bytes), void *ctx)
{
	struct arena scratch = { 0 };
	struct pack_file f;
	uint32_t counts[COUNTS];

	count_all(m, counts);
	pack_file_begin(&f, &scratch, MANIFEST_MARK, put, ctx);
	pack_digest(&f.body, m->build);
	pack_list(&f.body, counts, COUNTS);
	put_digests(&f, m);
	put_rows(&f, m, counts);
	put_lengths(&f, m);
	put_lists(&f, m);
	for (size_t i = 0; i < m->n_keys; i++)
		put_text(&f, m->keys[i]);
	for (size_t i = 0; i < m->n_facts; i++)
		put_text(&f, m->facts[i].key);
	for (size_t i = 0; i < m->n_urls; i++)
		put_text(&f, m->urls[i]);
	for (size_t i = 0; i < m->n_outputs; i++)
		put_text(&f, m->outputs[i].path);
	pack_file_end(&f);
	arena_release(&scratch);
}

/* A file being read: its lists, as they stand in it. */
struct reading {
	const struct overlay *overlay;
	struct pack_reader r;
	uint32_t counts[COUNTS];
	const struct digest *fact_digests;
	struct pack_reader rows;
	const uint32_t *key_lens, *fact_forms, *url_lens, *path_lens, *members, *lists;
	size_t n_facts, n_urls; /* added */
};

static const uint32_t *get_list(struct reading *x, struct arena *a, enum count what, size_t each)
{
	return pack_get_list(&x->r, a, each * x->counts[what]);
}

static void find_lists(struct reading *x, struct arena *a, struct manifest *out)
{
	size_t lists[LISTS];

	out->build = pack_get_digest(&x->r);
	for (int i = 0; i < COUNTS; i++)
		x->counts[i] = pack_get_u32(&x->r);
	out->aspects = pack_get_digests(&x->r, a, (size_t)x->counts[KEYS] * FACT_PAGE_KINDS);
	x->fact_digests = pack_get_digests(&x->r, a, x->counts[FACTS]);
	x->rows = x->r;
	pack_take(&x->r, (size_t)x->counts[OUTPUTS] * OUTPUT_ROW);
	x->key_lens = get_list(x, a, KEYS, 1);
	x->fact_forms = get_list(x, a, FACTS, FACT_FORM);
	x->url_lens = get_list(x, a, URLS, 1);
	x->path_lens = get_list(x, a, OUTPUTS, 1);
	x->members = get_list(x, a, MEMBER_REFS, 1);
	get_list(x, a, FACT_REFS, 1);
	get_list(x, a, LINK_REFS, 1);
	get_list(x, a, ID_REFS, 1);
	x->r.ok &= (uint64_t)x->counts[KEYS] * FACT_PAGE_KINDS + x->counts[FACTS] <= UINT32_MAX;
	if (x->r.ok)
		find_places(x->counts, &out->places, lists);
}

static struct str get_text(struct pack_reader *r, uint32_t len)
{
	const char *p = pack_take(r, len);

	return p ? (struct str){ p, len } : STR_NONE;
}

/* With room for `more`. */
static struct str *get_texts(struct reading *x, struct arena *a, const uint32_t *lens, uint32_t n, size_t more)
{
	struct str *texts = arena_array(a, struct str, n + more + 1);

	for (uint32_t i = 0; i < n; i++)
		texts[i] = get_text(&x->r, lens[i]);
	return texts;
}

static bool all_below(const uint32_t *list, size_t n, size_t limit)
{
	uint32_t max[4] = { 0 };

	for (size_t i = 0; i + 4 <= n; i += 4)
		for (size_t k = 0; k < 4; k++)
			max[k] = list[i + k] > max[k] ? list[i + k] : max[k];
	for (size_t i = n - n % 4; i < n; i++)
		max[0] = list[i] > max[0] ? list[i] : max[0];
	return n == 0 || (max[0] < limit && max[1] < limit && max[2] < limit && max[3] < limit);
}

/* The next of what was added: its type, its bytes in *out. False: there is no more. */
static bool next_addition(struct pack_reader *r, uint32_t *type, struct str *out)
{
	if (r->left.len == 0)
		return false;
	*type = pack_get_u32(r);
	*out = pack_get_str(r);
	if (r->left.len % 8)
		pack_take(r, r->left.len % 8);
	return r->ok;
}

static bool count_added(struct reading *x)
{
	struct pack_reader r = { overlay_added(x->overlay), true };
	struct str bytes;
	uint32_t type;

	while (next_addition(&r, &type, &bytes)) {
		if (type > ADDED_URL)
			return false;
		x->n_facts += type == ADDED_FACT;
		x->n_urls += type == ADDED_URL;
	}
	return r.ok && x->n_facts + x->counts[FACTS] <= UINT32_MAX - x->counts[KEYS] * FACT_PAGE_KINDS;
}

static bool is_fact_sound(const struct manifest_fact *f, size_t before)
{
	return f->kind >= FACT_PAGE_KINDS && f->kind < FACT_KINDS &&
	       (f->kind == FACT_GROUP ? f->key.len == 0 && digest_is_zero(f->digest) : f->n_members == 0) &&
	       all_below(f->members, f->n_members, before);
}

static bool get_facts(struct reading *x, struct arena *a, struct manifest *out)
{
	uint32_t n = x->counts[FACTS], n_of_pages = x->counts[KEYS] * FACT_PAGE_KINDS, used = 0;
	bool ok = true;

	out->facts = arena_array(a, struct manifest_fact, n + x->n_facts + 1);
	for (uint32_t i = 0; i < n; i++) {
		const uint32_t *form = &x->fact_forms[(size_t)i * FACT_FORM];
		struct manifest_fact *f = &out->facts[i];

		if (form[2] > x->counts[MEMBER_REFS] - used)
			return false;
		*f = (struct manifest_fact){ .kind = form[0],
					     .key = get_text(&x->r, form[1]),
					     .digest = x->fact_digests[i],
					     .members = x->members + used,
					     .n_members = form[2] };
		used += form[2];
		ok &= is_fact_sound(f, (size_t)n_of_pages + i);
	}
	out->n_facts = n;
	return ok && used == x->counts[MEMBER_REFS];
}

static bool get_added(struct reading *x, struct arena *a, struct manifest *out)
{
	struct pack_reader r = { overlay_added(x->overlay), true };
	size_t *places = arena_array(a, size_t, x->n_facts + 1);
	struct str bytes;
	uint32_t type;
	bool ok = true;

	while (next_addition(&r, &type, &bytes)) {
		struct pack_reader in = { bytes, true };
		struct manifest_fact f;

		if (type == ADDED_URL)
			out->urls[out->n_urls++] = bytes;
		if (type != ADDED_FACT)
			continue;
		places[out->places.n_added++] = (size_t)(bytes.ptr - x->overlay->bytes);
		f.digest = pack_get_digest(&in);
		f.kind = pack_get_u32(&in);
		f.n_members = pack_get_count(&in, 4);
		f.members = pack_get_list(&in, a, f.n_members);
		f.key = in.left;
		ok &= in.ok && is_fact_sound(&f, (size_t)manifest_n_of_pages(out) + out->n_facts);
		out->facts[out->n_facts++] = f;
	}
	out->places.added = places;
	return ok;
}

/* A list of numbers that begins at `at`, in fours of bytes. NULL: it does not lie in the file. */
static const uint32_t *list_at(const struct overlay *o, struct arena *a, uint32_t at, uint32_t n)
{
	struct pack_reader r = { { o->bytes, o->len }, true };

	if (n == 0)
		return (const void *)o->bytes;
	return pack_take(&r, 4 * (size_t)at) ? pack_get_list(&r, a, n) : NULL;
}

static bool get_outputs(struct reading *x, struct arena *a, struct manifest *out)
{
	size_t n_facts = (size_t)manifest_n_of_pages(out) + out->n_facts, n = x->counts[OUTPUTS];
	bool trusted = x->overlay->is_trusted;

	out->outputs = arena_array(a, struct manifest_output, n + 1);
	for (out->n_outputs = 0; out->n_outputs < n; out->n_outputs++) {
		struct manifest_output *o = &out->outputs[out->n_outputs];
		uint32_t at[LISTS];

		o->path = get_text(&x->r, x->path_lens[out->n_outputs]);
		o->digest = pack_get_digest(&x->rows);
		o->route = pack_get_u64(&x->rows);
		o->size = pack_get_u64(&x->rows);
		o->mtime_ns = (int64_t)pack_get_u64(&x->rows);
		for (int i = 0; i < LISTS; i++)
			at[i] = pack_get_u32(&x->rows);
		o->n_facts = pack_get_u32(&x->rows);
		o->n_links = pack_get_u32(&x->rows);
		o->n_ids = pack_get_u32(&x->rows);
		o->facts = list_at(x->overlay, a, at[LIST_FACTS], o->n_facts);
		o->links = list_at(x->overlay, a, at[LIST_LINKS], o->n_links);
		o->ids = list_at(x->overlay, a, at[LIST_IDS], o->n_ids);
		if (!o->facts || !o->links || !o->ids)
			return false;
		if (!trusted &&
		    !(all_below(o->facts, o->n_facts, n_facts) && all_below(o->links, o->n_links, out->n_urls) &&
		      all_below(o->ids, o->n_ids, out->n_urls) &&
		      (out->n_outputs == 0 || str_cmp(o[-1].path, o->path) < 0)))
			return false;
	}
	return true;
}

static bool get_all(struct reading *x, struct arena *a, struct manifest *out)
{
	find_lists(x, a, out);
	if (!x->r.ok || !count_added(x))
		return false;
	out->n_keys = x->counts[KEYS];
	out->keys = get_texts(x, a, x->key_lens, x->counts[KEYS], 0);
	for (size_t i = 1; !x->overlay->is_trusted && i < out->n_keys; i++)
		if (str_cmp(out->keys[i - 1], out->keys[i]) >= 0)
			return false;
	if (!get_facts(x, a, out))
		return false;
	out->n_urls = x->counts[URLS];
	out->urls = get_texts(x, a, x->url_lens, x->counts[URLS], x->n_urls);
	return get_added(x, a, out) && get_outputs(x, a, out) && x->r.ok && x->r.left.len == 0;
}

bool manifest_open(struct arena *a, const struct overlay *o, struct manifest *out)
{
	struct reading x = { .overlay = o, .r = { overlay_base(o), true } };

	memset(out, 0, sizeof(*out));
	if (get_all(&x, a, out))
		return true;
	memset(out, 0, sizeof(*out));
	return false;
}

bool manifest_read(struct arena *a, struct str bytes, struct manifest *out)
{
	struct overlay o;

	memset(out, 0, sizeof(*out));
	return overlay_read(&o, bytes, MANIFEST_MARK) && manifest_open(a, &o, out);
}

static size_t add(struct manifest_change *c, enum addition type, struct buf *bytes)
{
	struct buf out;
	size_t at;

	buf_init(&out, 0);
	pack_u32(&out, type);
	pack_str(&out, buf_str(bytes));
	at = overlay_add(c->overlay, out.ptr, out.len);
	buf_release(&out);
	return at + 8;
}

void manifest_change_digest(struct manifest_change *c, uint32_t fact, struct digest now)
{
	const struct manifest *m = c->m;
	uint32_t other = fact - manifest_n_of_pages(m);
	size_t known = m->n_facts - m->places.n_added, at;
	struct buf bytes;

	if (fact < manifest_n_of_pages(m))
		at = m->places.aspects + fact * sizeof(now);
	else if (other < known)
		at = m->places.facts + other * sizeof(now);
	else
		at = m->places.added[other - known];
	buf_init(&bytes, 0);
	pack_digest(&bytes, now);
	overlay_put(c->overlay, at, bytes.ptr, bytes.len);
	buf_release(&bytes);
}

/* Lists that are as they were stay where they are. */
void manifest_change_output(struct manifest_change *c, size_t i, const struct manifest_output *now)
{
	const struct manifest_output *old = &c->m->outputs[i];
	const uint32_t *then[LISTS] = { old->facts, old->links, old->ids },
		       n_then[LISTS] = { old->n_facts, old->n_links, old->n_ids };
	const uint32_t *lists[LISTS] = { now->facts, now->links, now->ids },
		       n[LISTS] = { now->n_facts, now->n_links, now->n_ids };
	size_t row = c->m->places.outputs + i * OUTPUT_ROW;
	struct pack_reader r = { { c->overlay->bytes + row + 16 + 3 * 8, 4 * (size_t)LISTS }, true };
	uint32_t at[LISTS];
	struct buf bytes;

	buf_init(&bytes, 0);
	for (int k = 0; k < LISTS; k++) {
		at[k] = pack_get_u32(&r);
		if (n[k] == n_then[k] && memcmp(lists[k], then[k], 4 * (size_t)n[k]) == 0)
			continue;
		buf_clear(&bytes);
		pack_list(&bytes, lists[k], n[k]);
		at[k] = (uint32_t)(add(c, ADDED_LISTS, &bytes) / 4);
	}
	buf_clear(&bytes);
	pack_row(&bytes, now, at);
	overlay_put(c->overlay, row, bytes.ptr, bytes.len);
	buf_release(&bytes);
}

uint32_t manifest_add_fact(struct manifest_change *c, const struct manifest_fact *f)
{
	struct buf bytes;

	buf_init(&bytes, 0);
	pack_digest(&bytes, f->digest);
	pack_u32(&bytes, f->kind);
	pack_u32(&bytes, f->n_members);
	pack_list(&bytes, f->members, f->n_members);
	buf_add(&bytes, f->key);
	add(c, ADDED_FACT, &bytes);
	buf_release(&bytes);
	return manifest_n_of_pages(c->m) + (uint32_t)c->m->n_facts + c->facts++;
}

uint32_t manifest_add_url(struct manifest_change *c, struct str url)
{
	struct buf bytes;

	buf_init(&bytes, 0);
	buf_add(&bytes, url);
	add(c, ADDED_URL, &bytes);
	buf_release(&bytes);
	return (uint32_t)c->m->n_urls + c->urls++;
}

const struct manifest_output *manifest_find(const struct manifest *m, struct str path)
{
	size_t lo = 0, hi = m->n_outputs;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = str_cmp(m->outputs[mid].path, path);

		if (c == 0)
			return &m->outputs[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

uint32_t *manifest_pages(const struct manifest *m, struct arena *a, const struct page *pages, size_t n_pages)
{
	uint32_t *of = arena_array(a, uint32_t, m->n_keys + 1);
	size_t at = 0;

	for (size_t i = 0; i < m->n_keys; i++) {
		while (at < n_pages && str_cmp(pages[at].key, m->keys[i]) < 0)
			at++;
		of[i] = at < n_pages && str_eq(pages[at].key, m->keys[i]) ? (uint32_t)at : UINT32_MAX;
	}
	return of;
}
