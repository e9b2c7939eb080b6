#include "site/manifest.h"

#include <string.h>

#include "base/pack.h"

/*
 * The mark's last letter is the version. Behind the header stand, in this
 * order: how many there are of everything; digests and numbers of eight bytes;
 * numbers of four; texts, without their lengths. So each list lies as it must
 * to be used where the file is mapped.
 */
#define MARK "DOSSMAN7"
#define CHUNK 1024
#define FACT_FORM 3   /* numbers of four bytes for each fact: kind, length of the key, members */
#define OUTPUT_LENS 4 /* and for each output: length of the path, facts, links, ids */
#define OUTPUT_BYTES (16 + 3 * 8)

enum count { KEYS, FACTS, URLS, OUTPUTS, FACT_REFS, LINK_REFS, ID_REFS, MEMBER_REFS, DROPPED, COUNTS };

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
	counts[DROPPED] = m->dropped;
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
	for (size_t i = 0; i < m->n_outputs; i++) {
		const struct manifest_output *o = &m->outputs[i];

		pack_digest(&f->body, o->digest);
		pack_u64(&f->body, o->route);
		pack_u64(&f->body, o->size);
		pack_u64(&f->body, (uint64_t)o->mtime_ns);
		pack_file_spill(f);
	}
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
	for (size_t i = 0; i < m->n_outputs; i++) {
		const struct manifest_output *o = &m->outputs[i];

		pack_list(b, (uint32_t[]){ (uint32_t)o->path.len, o->n_facts, o->n_links, o->n_ids }, 4);
	}
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
	pack_file_begin(&f, &scratch, MARK, put, ctx);
	pack_digest(&f.body, m->build);
	pack_list(&f.body, counts, COUNTS);
	put_digests(&f, m);
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
	struct pack_reader r;
	uint32_t counts[COUNTS];
	const struct digest *fact_digests;
	struct pack_reader outputs; /* digest, route, size and time of each */
	const uint32_t *key_lens, *fact_forms, *url_lens, *output_lens, *members, *facts, *links, *ids;
};

static const uint32_t *get_list(struct reading *x, struct arena *a, enum count what, size_t each)
{
	return pack_get_list(&x->r, a, each * x->counts[what]);
}

static void find_lists(struct reading *x, struct arena *a, struct manifest *out)
{
	out->build = pack_get_digest(&x->r);
	for (int i = 0; i < COUNTS; i++)
		x->counts[i] = pack_get_u32(&x->r);
	out->aspects = pack_get_digests(&x->r, a, (size_t)x->counts[KEYS] * FACT_PAGE_KINDS);
	x->fact_digests = pack_get_digests(&x->r, a, x->counts[FACTS]);
	x->outputs = x->r;
	pack_take(&x->r, (size_t)x->counts[OUTPUTS] * OUTPUT_BYTES);
	x->key_lens = get_list(x, a, KEYS, 1);
	x->fact_forms = get_list(x, a, FACTS, FACT_FORM);
	x->url_lens = get_list(x, a, URLS, 1);
	x->output_lens = get_list(x, a, OUTPUTS, OUTPUT_LENS);
	x->members = get_list(x, a, MEMBER_REFS, 1);
	x->facts = get_list(x, a, FACT_REFS, 1);
	x->links = get_list(x, a, LINK_REFS, 1);
	x->ids = get_list(x, a, ID_REFS, 1);
	x->r.ok &= (uint64_t)x->counts[KEYS] * FACT_PAGE_KINDS + x->counts[FACTS] <= UINT32_MAX;
}

static struct str get_text(struct pack_reader *r, uint32_t len)
{
	const char *p = pack_take(r, len);

	return p ? (struct str){ p, len } : STR_NONE;
}

static struct str *get_texts(struct reading *x, struct arena *a, const uint32_t *lens, uint32_t n)
{
	struct str *texts = arena_array(a, struct str, n ? n : 1);

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

static bool get_facts(struct reading *x, struct arena *a, struct manifest *out)
{
	uint32_t n = x->counts[FACTS], n_of_pages = x->counts[KEYS] * FACT_PAGE_KINDS, used = 0;
	bool ok = true;

	out->facts = arena_array(a, struct manifest_fact, n ? n : 1);
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
		ok &= f->kind >= FACT_PAGE_KINDS && f->kind < FACT_KINDS;
		ok &= f->kind == FACT_GROUP ? f->key.len == 0 && digest_is_zero(f->digest) : f->n_members == 0;
		ok &= all_below(f->members, f->n_members, (size_t)n_of_pages + i);
	}
	out->n_facts = n;
	return ok && used == x->counts[MEMBER_REFS];
}

static bool get_outputs(struct reading *x, struct arena *a, struct manifest *out)
{
	uint32_t n = x->counts[OUTPUTS], facts = 0, links = 0, ids = 0;
	bool ok = true;

	out->outputs = arena_array(a, struct manifest_output, n ? n : 1);
	for (uint32_t i = 0; i < n && ok; i++) {
		const uint32_t *lens = &x->output_lens[(size_t)i * OUTPUT_LENS];
		struct manifest_output *o = &out->outputs[i];

		ok = lens[1] <= x->counts[FACT_REFS] - facts && lens[2] <= x->counts[LINK_REFS] - links &&
		     lens[3] <= x->counts[ID_REFS] - ids;
		if (!ok)
			break;
		o->path = get_text(&x->r, lens[0]);
		o->digest = pack_get_digest(&x->outputs);
		o->route = pack_get_u64(&x->outputs);
		o->size = pack_get_u64(&x->outputs);
		o->mtime_ns = (int64_t)pack_get_u64(&x->outputs);
		o->facts = x->facts + facts;
		o->links = x->links + links;
		o->ids = x->ids + ids;
		facts += o->n_facts = lens[1];
		links += o->n_links = lens[2];
		ids += o->n_ids = lens[3];
		ok = i == 0 || str_cmp(out->outputs[i - 1].path, o->path) < 0;
	}
	out->n_outputs = n;
	return ok && facts == x->counts[FACT_REFS] && links == x->counts[LINK_REFS] && ids == x->counts[ID_REFS];
}

static bool get_all(struct reading *x, struct arena *a, struct manifest *out)
{
	find_lists(x, a, out);
	if (!x->r.ok)
		return false;
	out->n_keys = x->counts[KEYS];
	out->dropped = x->counts[DROPPED];
	out->keys = get_texts(x, a, x->key_lens, x->counts[KEYS]);
	for (size_t i = 1; i < out->n_keys; i++)
		if (str_cmp(out->keys[i - 1], out->keys[i]) >= 0)
			return false;
	if (!get_facts(x, a, out))
		return false;
	out->n_urls = x->counts[URLS];
	out->urls = get_texts(x, a, x->url_lens, x->counts[URLS]);
	return get_outputs(x, a, out) && x->r.ok && x->r.left.len == 0 &&
	       all_below(x->facts, x->counts[FACT_REFS], (size_t)manifest_n_of_pages(out) + out->n_facts) &&
	       all_below(x->links, x->counts[LINK_REFS], out->n_urls) &&
	       all_below(x->ids, x->counts[ID_REFS], out->n_urls);
}

bool manifest_read(struct arena *a, struct str bytes, struct manifest *out)
{
	struct reading x;

	memset(out, 0, sizeof(*out));
	if (pack_open(bytes, MARK, &x.r) && get_all(&x, a, out))
		return true;
	memset(out, 0, sizeof(*out));
	return false;
}

bool manifest_is_whole(struct str bytes)
{
	struct pack_reader r;

	return pack_open(bytes, MARK, &r);
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
