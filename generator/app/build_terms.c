#include "app/build_impl.h"

#include <stdlib.h>

#include "base/fs.h"
#include "base/pack.h"
#include "base/version.h"

/*
 * build_terms - the terms of each page for the search index, kept beside the
 * manifest, so that an edit reads one page and not all.
 */
#define MARK "DOSSTRM1"

struct kept_terms {
	struct digest page;
	struct str terms;
};

static struct str terms_file(const struct build *b)
{
	return build_kept_file(b, "terms");
}

static struct digest settings(const struct build *b, bool has_stems)
{
	struct digest_state d;

	digest_begin(&d);
	digest_add(&d, str_from(version_sources));
	digest_add_digest(&d, b->config_digest);
	digest_add_u64(&d, has_stems);
	return digest_end(&d);
}

static int by_page(const void *x, const void *y)
{
	return digest_cmp(((const struct kept_terms *)x)->page, ((const struct kept_terms *)y)->page);
}

static size_t read_terms(const struct build *b, struct str bytes, bool has_stems, struct kept_terms **out)
{
	struct pack_reader r;
	size_t n;

	if (!pack_open(bytes, MARK, &r) || !digest_eq(pack_get_digest(&r), settings(b, has_stems)))
		return 0;
	n = pack_get_count(&r, 20);
	*out = arena_array(b->arena, struct kept_terms, n + 1);
	for (size_t i = 0; i < n; i++) {
		(*out)[i].page = pack_get_digest(&r);
		(*out)[i].terms = pack_get_str(&r);
	}
	return r.ok && r.left.len == 0 ? n : 0;
}

struct build_terms *build_recall_terms(struct build *b, bool has_stems)
{
	const struct site *s = &b->out->site;
	struct build_terms *t = arena_new(b->arena, struct build_terms);
	struct kept_terms *kept = NULL;
	struct diag_list ignored;
	size_t n = 0;

	diag_init(&ignored, b->arena);
	t->has_stems = has_stems;
	t->pages = arena_array(b->arena, struct digest, s->n_pages + 1);
	t->terms = arena_array(b->arena, struct str, s->n_pages + 1);
	if (!b->opt->no_cache && fs_info(terms_file(b)).type == FS_FILE && fs_map(terms_file(b), &t->bytes, &ignored))
		n = read_terms(b, t->bytes, has_stems, &kept);
	if (n)
		qsort(kept, n, sizeof(*kept), by_page);
	t->is_same = n == s->n_pages;
	for (size_t i = 0; i < s->n_pages; i++) {
		struct kept_terms key = { page_digest(&s->pages[i]), STR_NONE };
		const struct kept_terms *old = n ? bsearch(&key, kept, n, sizeof(*kept), by_page) : NULL;

		t->pages[i] = key.page;
		if (old)
			t->terms[i] = old->terms;
		else
			t->is_same = false;
	}
	return t;
}

void build_keep_terms(struct build *b, struct build_terms *t)
{
	size_t n = b->out->site.n_pages;
	struct buf out;

	if (t && !t->is_same) {
		buf_init(&out, 0);
		pack_begin(&out, MARK);
		pack_digest(&out, settings(b, t->has_stems));
		pack_u32(&out, (uint32_t)n);
		for (size_t i = 0; i < n; i++) {
			pack_digest(&out, t->pages[i]);
			pack_str(&out, t->terms[i]);
		}
		pack_end(&out);
		fs_write(terms_file(b), buf_str(&out), b->dl);
		buf_release(&out);
	}
	if (t && t->bytes.len)
		fs_unmap(t->bytes);
}
