#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/vec.h"
#include "stage/search_impl.h"

#define LISTS_MAX 16  /* p files for each of t */
#define TEXTS_MAX 512 /* pages up to which a file has so few of them that their text can be loaded along */

static uint32_t power_of_two(uint32_t n)
{
	uint32_t p = 1;

	while (p < n && p < 1u << 30)
		p *= 2;
	return p;
}

static uint32_t clamped(uint32_t n, uint32_t min, uint32_t max)
{
	return n < min ? min : n > max ? max : n;
}

typedef VEC(struct str) path_list;

/* Paths "search/LETTER/N.js"; gives where they begin. */
static size_t add_paths(struct arena *a, path_list *list, char letter, size_t n)
{
	size_t first = list->len;

	vec_reserve(a, list, list->len + n);
	for (size_t i = 0; i < n; i++)
		vec_push(a, list, str_format(a, "search/%c/%zu.js", letter, i));
	return first;
}

/* Which pages a d file holds, and where: an output is another when that is. */
static struct str digest_of_pages(struct arena *a, const struct site *s, const struct search_plan *plan, uint32_t file)
{
	struct digest_state d;
	struct buf b;
	struct str hex;

	digest_begin(&d);
	for (uint32_t i = plan->starts[file]; i < plan->starts[file + 1]; i++) {
		digest_add(&d, s->pages[plan->order[i]].key);
		digest_add_u64(&d, plan->slots[plan->order[i]]);
	}
	buf_init(&b, 0);
	digest_write_hex(&b, digest_end(&d), 32);
	hex = buf_copy(&b, a);
	buf_release(&b);
	return hex;
}

void search_plan(struct arena *a, const struct site *s, bool is_offline, struct search_plan *out)
{
	path_list paths = { 0 };
	uint32_t p2;

	memset(out, 0, sizeof(*out));
	out->is_offline = is_offline;
	out->has_texts = is_offline || s->n_pages <= TEXTS_MAX;
	out->has_stems = str_starts(s->config->language, STR("en"));
	search_place(a, s, out);
	p2 = power_of_two(out->n_docs);
	out->n_terms = clamped(p2 / 128, 8, 1024);
	out->n_lists = out->n_docs <= TEXTS_MAX ? 0 : clamped(p2 / 32 / out->n_terms, 1, LISTS_MAX);
	out->n_endings = clamped(p2 / 512, 4, 64);
	out->depth = p2 < 2048 ? 2 : 3;
	vec_push(a, &paths, STR("search/index.js"));
	out->first_page = add_paths(a, &paths, 'd', out->n_pages);
	out->first_term = add_paths(a, &paths, 't', out->n_terms);
	out->first_list = add_paths(a, &paths, 'p', (size_t)out->n_terms * out->n_lists);
	out->first_ending = add_paths(a, &paths, 'r', out->n_endings);
	out->paths = paths.ptr;
	out->n_paths = paths.len;
	out->keys = arena_array(a, struct str, out->n_paths);
	out->digests = arena_array(a, struct digest, out->n_paths);
	for (uint32_t i = 0; i < out->n_pages; i++)
		out->keys[out->first_page + i] = digest_of_pages(a, s, out, i);
}

struct digest search_sizes(const struct search_plan *plan)
{
	const uint64_t sizes[] = { plan->n_pages, plan->page_bits, plan->has_texts, plan->is_offline };
	struct digest_state d;

	digest_begin(&d);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		digest_add_u64(&d, sizes[i]);
	return digest_end(&d);
}

static char *put_digit(char *to, uint32_t v)
{
	uint32_t c = '!' + v;

	c += c >= '"';
	c += c >= '\\';
	*to = (char)c;
	return to + 1;
}

char *search_put_number(char *to, uint32_t n)
{
	while (n >= 62) {
		n -= 62;
		to = put_digit(to, 62 + n % 30);
		n /= 30;
	}
	return put_digit(to, n);
}

void search_add_number(struct buf *b, uint32_t n)
{
	char number[8];

	buf_add_mem(b, number, (size_t)(search_put_number(number, n) - number));
}

static void write_index(struct buf *out, const struct search_plan *plan)
{
	buf_add_format(out,
		       "dossierSearch(\"index\",{\"n\":%u,\"depth\":%u,\"bits\":%u,\"d\":%u,\"t\":%u,\"p\":%u,\"r\":%u,"
		       "\"stems\":%s})\n",
		       plan->n_docs, plan->depth, plan->page_bits, plan->n_pages, plan->n_terms, plan->n_lists,
		       plan->n_endings, plan->has_stems ? "true" : "false");
}

/* A file that was made, to be written later. */
static void take_file(struct search_index *x, struct arena *a, size_t path, struct buf *bytes)
{
	x->bytes[path] = buf_copy(bytes, a);
	x->plan->digests[path] = digest_of(x->bytes[path]);
	buf_release(bytes);
}

static void make_shard(void *ctx, size_t worker, size_t i)
{
	struct search_index *x = ctx;
	const struct search_plan *plan = x->plan;
	struct arena *a = &x->files[worker];
	struct buf files[1 + LISTS_MAX] = { 0 };

	if (!x->shards[i].is_new)
		return;
	search_write_shard(files, x, i);
	take_file(x, a, plan->first_term + i, &files[0]);
	for (size_t k = 0; k < plan->n_lists; k++)
		take_file(x, a, plan->first_list + i * plan->n_lists + k, &files[1 + k]);
}

static void make_endings(struct search_index *x)
{
	const struct search_plan *plan = x->plan;
	struct search_endings endings = { NULL, NULL };

	for (size_t i = 0; i < plan->n_endings; i++) {
		struct buf file = { 0 };

		if (!digest_is_zero(plan->digests[plan->first_ending + i]))
			continue;
		if (!endings.list)
			search_group_endings(&x->arena, x, &endings);
		search_write_endings(&file, &endings, i);
		take_file(x, &x->arena, plan->first_ending + i, &file);
	}
}

struct search_index *search_build(const struct site *s, const struct search_plan *plan, struct digest settings,
				  struct overlay *kept, struct pool *pool)
{
	struct search_index *x = arena_sys_alloc(sizeof(*x));
	struct buf index = { 0 };

	*x = (struct search_index){ .site = s, .plan = plan, .settings = settings, .n_workers = pool_size(pool) };
	x->workers = arena_array(&x->arena, struct arena, x->n_workers);
	x->files = arena_array(&x->arena, struct arena, x->n_workers);
	x->shards = arena_array(&x->arena, struct search_shard, plan->n_terms);
	x->bytes = arena_array(&x->arena, struct str, plan->n_paths);
	if (!search_read_changed(x, kept, pool))
		search_read_all(x, pool);
	pool_each(pool, plan->n_terms, make_shard, x);
	make_endings(x);
	write_index(&index, plan);
	take_file(x, &x->arena, 0, &index);
	return x;
}

void search_free(struct search_index *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < x->n_workers; i++) {
		arena_release(&x->workers[i]);
		arena_release(&x->files[i]);
	}
	arena_release(&x->arena);
	free(x);
}

void search_drop_files(struct search_index *x)
{
	for (size_t i = 0; i < x->n_workers; i++)
		arena_release(&x->files[i]);
	for (size_t i = x->plan->first_term; i < x->plan->n_paths; i++)
		x->bytes[i] = STR_NONE;
}

/* A file that is as it was kept, but missing or damaged where it was published. */
static void write_kept(struct buf *out, const struct search_index *x, size_t path)
{
	const struct search_plan *plan = x->plan;
	struct buf files[1 + LISTS_MAX] = { 0 };
	struct search_endings endings;
	struct arena scratch = { 0 };
	size_t list = path - plan->first_list;

	if (path >= plan->first_ending) {
		search_group_endings(&scratch, x, &endings);
		search_write_endings(out, &endings, path - plan->first_ending);
	} else if (path < plan->first_list) {
		search_write_shard(files, x, path - plan->first_term);
		buf_add(out, buf_str(&files[0]));
	} else {
		search_write_shard(files, x, list / plan->n_lists);
		buf_add(out, buf_str(&files[1 + list % plan->n_lists]));
	}
	for (size_t i = 0; i <= plan->n_lists; i++)
		buf_release(&files[i]);
	arena_release(&scratch);
}

void search_write(struct buf *out, const struct search_index *x, size_t path)
{
	if (path >= x->plan->first_page && path < x->plan->first_term)
		search_write_pages(out, x->site, x->plan, path - x->plan->first_page);
	else if (x->bytes[path].len)
		buf_add(out, x->bytes[path]);
	else
		write_kept(out, x, path);
}
