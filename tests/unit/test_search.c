#include "fixture.h"

#include <stdio.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/pack.h"
#include "base/path.h"
#include "stage/search.h"

static void add_term(void *ctx, struct str term)
{
	struct buf *b = ctx;

	if (b->len)
		buf_add_char(b, '|');
	buf_add(b, term);
}

static const struct {
	const char *name, *text, *terms;
} texts[] = {
	{ "nothing", "", "" },
	{ "no words", " .,;-- \xe2\x80\xa6!", "" },
	{ "words", "DeepSeek is a lab", "deepseek|is|a|lab" },
	{ "hyphens and underscores", "GPT-4o_mini", "gpt|4o|mini" },
	{ "marks",
	  "Z\xc3\xbcrich, \xc5\x81\xc3\xb3"
	  "d\xc5\xba, Stra\xc3\x9f"
	  "e",
	  "zurich|lodz|strasse" },
	{ "decomposed marks", "Zu\xcc\x88rich", "zurich" },
	{ "full width", "\xef\xbc\xa1\xef\xbc\xa9", "ai" },
	{ "possessive", "DeepSeek's labs\xe2\x80\x99 China\xe2\x80\x99s", "deepseek|lab|china" },
	{ "apostrophe in a word",
	  "O'Brien l'\xc3\xa9"
	  "cole",
	  "o|brien|l|ecole" },
	{ "plurals", "universities companies labs boxes", "university|company|lab|boxe" },
	{ "no plurals", "analysis campus process Paris gas R1s", "analysis|campus|process|paris|gas|r1s" },
	{ "thousands", "2,300 1,234,567 1,23 12,3456", "2300|1234567|1|23|12|3456" },
	{ "decimals", "3.5 billion", "3|5|billion" },
	{ "Chinese", "\xe6\xb7\xb1\xe5\xba\xa6\xe6\xb1\x82",
	  "\xe6\xb7\xb1\xe5\xba\xa6|\xe5\xba\xa6\xe6\xb1\x82|\xe6\xb1\x82" },
	{ "one character", "\xe6\xb7\xb1", "\xe6\xb7\xb1" },
	{ "Latin in Chinese",
	  "\xe4\xb8\xad\xe5\x9b\xbd"
	  "AI\xe4\xba\xba",
	  "\xe4\xb8\xad\xe5\x9b\xbd|\xe5\x9b\xbd|ai|\xe4\xba\xba" },
	{ "Cyrillic keeps its marks", "\xd0\xb9\xd0\xbe", "\xd0\xb9\xd0\xbe" },
	{ "what is too long is no word", "a0123456789012345678901234567890123456789012345678901234567890123456789 b",
	  "b" },
};

static void splits_texts_into_terms(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct buf b;

		print_message("  case: %s\n", texts[i].name);
		buf_init(&b, 0);
		search_split(str_from(texts[i].text), true, add_term, &b);
		assert_string_equal(b.ptr, texts[i].terms);
		buf_release(&b);
	}
}

static void leaves_plurals_of_other_languages(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	search_split(STR("laboratoires"), false, add_term, &b);
	assert_string_equal(b.ptr, "laboratoires");
	buf_release(&b);
}

static const struct fixture_page few[] = {
	{ "companies/deepseek",
	  "title = 'DeepSeek'\naliases = ['Deep Quest', { name = 'Dipsik', use = 'search' }]\nsummary = 'A "
	  "laboratory.'\ntags = ['models']",
	  "Founded in Hangzhou by traders. Traders traders traders everywhere.\n\n# The founder\n\nHe said hangzhou "
	  "often enough." },
	{ "companies/kimi", "title = 'Kimi'\naliases = ['\xe6\x9c\x88\xe4\xb9\x8b\xe6\x9a\x97\xe9\x9d\xa2']",
	  "Text about a laboratory. Its constructor has no prototype." },
	{ "index", "title = 'Home'", NULL },
};

static bool is_power(uint32_t n)
{
	return n && (n & (n - 1)) == 0;
}

/* As linking tells one page from another. */
static void set_digest(struct page *p, const char *text)
{
	*fixture_digest(p, PAGE_HEAD) = digest_of(p->title);
	*fixture_digest(p, PAGE_BODY) = digest_of(str_from(text));
	p->said = page_digest(p);
}

static struct site *many(struct arena *a, size_t n, uint32_t seed)
{
	struct fixture_page *pages = arena_array(a, struct fixture_page, n + 1);
	struct site *s;

	for (size_t i = 0; i < n; i++) {
		struct buf b;

		buf_init(&b, 0);
		buf_add_z(&b, "The company everywhere.");
		for (int k = 0; k < 40; k++) {
			seed = seed * 1664525u + 1013904223u;
			/* Half of the draws from forty words, half from some thousand. */
			buf_add_format(&b, " w%ux", (seed >> 8) % (seed >> 30 & 1 ? 40 : 2000));
		}
		pages[i].key = str_z(a, str_format(a, "companies/c%05zu", i));
		pages[i].head = str_z(a, str_format(a, "title = 'Company Num%zu'\n", i));
		pages[i].text = str_z(a, buf_str(&b));
		buf_release(&b);
	}
	s = fixture_site(a, pages, n);
	for (size_t i = 0; i < n; i++)
		set_digest(&s->pages[i], pages[i].text);
	return s;
}

static void plans_before_anything_is_read(void **state)
{
	static const size_t sizes[] = { 0, 1, 3, 64, 65, 300, 512, 513, 3000 };

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct arena a = { 0 };
		const struct site *s = many(&a, sizes[i], 1);
		struct search_plan p;
		struct map seen = { 0 };

		search_plan(&a, s, i % 2, &p);
		assert_int_equal(p.n_docs, sizes[i]);
		assert_true(is_power(p.n_terms) && is_power(p.n_endings) && (is_power(p.n_lists) || sizes[i] <= 512));
		assert_int_equal(p.n_paths, 1 + p.n_pages + p.n_terms * (1 + p.n_lists) + p.n_endings);
		assert_true(p.has_texts == (sizes[i] <= 512 || i % 2));
		for (size_t k = 0; k < p.n_paths; k++)
			assert_true(map_put(&a, &seen, p.paths[k], 0));
		for (uint32_t k = 1; k < p.n_docs; k++)
			assert_true(p.slots[p.order[k - 1]] < p.slots[p.order[k]]);
		/* Each page stands in the file that its slot says. */
		assert_int_equal(p.starts[0], 0);
		assert_int_equal(p.starts[p.n_pages], p.n_docs);
		for (uint32_t f = 0; f < p.n_pages; f++)
			for (uint32_t d = p.starts[f]; d < p.starts[f + 1]; d++)
				assert_int_equal(p.slots[p.order[d]] >> p.page_bits, f);
		arena_release(&a);
	}
}

static struct str *write_all(struct arena *a, const struct search_index *x, const struct search_plan *plan)
{
	struct str *bytes = arena_array(a, struct str, plan->n_paths);
	struct buf b;

	for (size_t i = 0; i < plan->n_paths; i++) {
		buf_init(&b, 0);
		search_write(&b, x, i);
		bytes[i] = buf_copy(&b, a);
		buf_release(&b);
		if (i < plan->first_page || i >= plan->first_term)
			assert_true(digest_eq(plan->digests[i], digest_of(bytes[i])));
	}
	return bytes;
}

/* Every file; from `kept`, which then is what is kept now. */
static struct str *build_from(struct arena *a, const struct site *s, struct search_plan *plan, size_t workers,
			      struct str *kept)
{
	struct pool *pool = pool_new(workers);
	struct overlay old = { .bytes = NULL };
	struct search_index *x;
	struct str *bytes;
	struct buf b;

	search_plan(a, s, false, plan);
	if (kept && !overlay_read(&old, *kept, SEARCH_MARK))
		assert_null(old.bytes);
	x = search_build(s, plan, (struct digest){ 1, 2 }, &old, pool);
	bytes = write_all(a, x, plan);
	buf_init(&b, 0);
	if (kept)
		search_keep(x, pack_gather, &b);
	if (b.len)
		*kept = buf_copy(&b, a);
	buf_release(&b);
	search_free(x);
	pool_free(pool);
	return bytes;
}

static struct str *build(struct arena *a, const struct site *s, struct search_plan *plan, size_t workers)
{
	return build_from(a, s, plan, workers, NULL);
}

/* The format read back, from its description. */
struct reader {
	const char *p, *end;
};

static uint32_t number(struct reader *r)
{
	uint32_t c = (unsigned char)*r->p++, v = c - (c > 92 ? 35 : c > 34 ? 34 : 33);

	assert_true(r->p <= r->end && c > ' ' && c < 0x7f && c != '"' && c != '\\');
	return v < 62 ? v : v + 30 * number(r);
}

static struct reader open_call(struct arena *a, struct str bytes, struct str path)
{
	struct str head = str_format(a, "dossierSearch(\"%.*s\",\"", STR_ARG(str_cut(path, 7, path.len - 3)));

	assert_true(str_starts(bytes, head) && str_ends(bytes, STR("\")\n")));
	return (struct reader){ bytes.ptr + head.len, bytes.ptr + bytes.len - 3 };
}

struct index {
	struct map terms;  /* → list number << 1 | common */
	struct str *lists; /* as "slot:level slot:level" */
	size_t n;
};

static struct str read_until_space(struct reader *r)
{
	const char *space = memchr(r->p, ' ', (size_t)(r->end - r->p));
	struct str s = { r->p, 0 };

	assert_non_null(space);
	s.len = (size_t)(space - r->p);
	r->p = space + 1;
	return s;
}

static uint32_t read_posting(struct reader *r, uint32_t *level)
{
	uint32_t v = number(r);

	*level = v & 3;
	if (*level == SEARCH_SUMMARY)
		*level += number(r);
	return v >> 2;
}

static struct str postings(struct arena *a, struct reader *r, uint32_t n)
{
	struct buf b;
	struct str s;
	uint32_t slot = 0, level;

	buf_init(&b, 0);
	for (; n > 0; n--, slot++) {
		slot += read_posting(r, &level);
		buf_add_format(&b, "%u:%u ", slot, level);
	}
	s = buf_copy(&b, a);
	buf_release(&b);
	return s;
}

/* Terms of a t or p file; those that stand elsewhere are looked up in `far`. */
static void read_terms(struct arena *a, struct reader r, const struct index *far, struct index *out)
{
	struct str last = STR_NONE;

	while (r.p < r.end) {
		uint32_t shared = number(&r), head, size;
		const char *list;
		struct str rest = read_until_space(&r);
		uint64_t at;

		last = str_format(a, "%.*s%.*s", (int)shared, last.ptr ? last.ptr : "", STR_ARG(rest));
		head = number(&r);
		assert_true(map_put(a, &out->terms, last, out->n << 1 | (head & 1)));
		if (head & 2) {
			assert_true(head >> 2 > SEARCH_INLINE);
			assert_true(map_get(&far->terms, last, &at));
			out->lists[out->n++] = far->lists[at >> 1];
		} else {
			size = head >> 2 ? number(&r) : 0;
			list = r.p;
			out->lists[out->n++] = postings(a, &r, head >> 2);
			assert_ptr_equal(r.p, list + size);
		}
	}
}

static void read_index(struct arena *a, const struct search_plan *p, const struct str *bytes, struct index *out)
{
	struct index far = { .lists = arena_array(a, struct str, 10000) };

	out->lists = arena_array(a, struct str, 10000);
	for (size_t i = p->first_list; i < p->first_ending; i++)
		read_terms(a, open_call(a, bytes[i], p->paths[i]), NULL, &far);
	for (size_t i = p->first_term; i < p->first_list; i++)
		read_terms(a, open_call(a, bytes[i], p->paths[i]), &far, out);
}

static int level_of(struct arena *a, const struct index *x, const char *term, uint32_t slot)
{
	struct str head = str_format(a, "%u:", slot), rest;
	uint64_t at;

	if (!map_get(&x->terms, str_from(term), &at))
		return -1;
	for (rest = x->lists[at >> 1]; rest.len && !str_starts(rest, head);)
		rest = str_skip(rest, str_find(rest, STR(" ")) + 1);
	return rest.len ? rest.ptr[head.len] - '0' : -1;
}

static void weighs_terms_by_where_they_stand(void **state)
{
	static const struct {
		const char *term;
		int level;
	} wanted[] = {
		{ "deepseek", SEARCH_WHOLE },
		{ "dipsik", SEARCH_WHOLE },
		{ "quest", SEARCH_NAME },
		{ "founder", SEARCH_HEADING },
		{ "laboratory", SEARCH_SUMMARY },
		{ "model", SEARCH_SUMMARY },
		{ "nowhere", -1 },
		{ "=company", SEARCH_SUMMARY },
		{ "^d", SEARCH_NAME },
		{ "^q", -1 },
		{ "^de", -1 },
	};
	struct arena a = { 0 };
	const struct site *s = fixture_site(&a, few, COUNT(few));
	struct search_plan plan;
	struct str *bytes = build(&a, s, &plan, 1);
	struct index x = { .n = 0 };
	uint32_t slot = plan.slots[0];

	(void)state;
	read_index(&a, &plan, bytes, &x);
	for (size_t i = 0; i < COUNT(wanted); i++) {
		print_message("  case: %s\n", wanted[i].term);
		assert_int_equal(level_of(&a, &x, wanted[i].term, slot), wanted[i].level);
	}
	assert_true(level_of(&a, &x, "trader", slot) > level_of(&a, &x, "often", slot));
	assert_true(level_of(&a, &x, "trader", slot) < SEARCH_SUMMARY);
	arena_release(&a);
}

struct seen {
	struct arena *a;
	struct map *counts; /* pages that have a term */
	struct map page;    /* terms of the page at hand */
};

static void see(void *ctx, struct str term)
{
	struct seen *seen = ctx;

	term = str_copy(seen->a, term);
	if (map_put(seen->a, &seen->page, term, 0))
		map_at(seen->a, seen->counts, term, NULL)->value++;
}

/* A page's words as they stand in its text and title. */
static void see_page(struct arena *a, struct map *counts, const struct page *p)
{
	struct seen seen = { .a = a, .counts = counts };
	struct buf text;

	buf_init(&text, 0);
	buf_add(&text, p->title);
	buf_add_char(&text, '\n');
	doc_plain(&text, p->doc, 1, p->doc->n_nodes);
	search_split(buf_str(&text), true, see, &seen);
	buf_release(&text);
}

static void holds_every_term_of_every_page(void **state)
{
	struct arena a = { 0 };
	const struct site *s = many(&a, 600, 7);
	struct search_plan plan;
	struct str *bytes = build(&a, s, &plan, 2);
	struct index x = { .n = 0 };
	struct map counts = { 0 };
	size_t n_common = 0, n_far = 0;

	(void)state;
	read_index(&a, &plan, bytes, &x);
	for (uint32_t d = 0; d < plan.n_docs; d++)
		see_page(&a, &counts, &s->pages[d]);
	for (size_t i = 0; i < counts.len; i++) {
		const struct map_entry *e = &counts.entries[i];
		uint64_t at;
		size_t n = 0;

		assert_true(map_get(&x.terms, e->key, &at));
		for (size_t k = 0; k < x.lists[at >> 1].len; k++)
			n += x.lists[at >> 1].ptr[k] == ':';
		n_common += at & 1;
		n_far += e->value > SEARCH_INLINE;
		if (at & 1)
			assert_true(e->value > 300 && n <= e->value);
		else
			assert_int_equal(n, e->value);
	}
	/* "the" and "everywhere"; "company" stands in every title. */
	assert_int_equal(n_common, 3);
	assert_true(n_far > 20);
	arena_release(&a);
}

static void writes_the_same_with_any_number_of_workers(void **state)
{
	struct arena a = { 0 };
	const struct site *s = many(&a, 200, 3);
	struct search_plan one, four;
	struct str *x = build(&a, s, &one, 1), *y = build(&a, s, &four, 4);

	(void)state;
	assert_int_equal(one.n_paths, four.n_paths);
	for (size_t i = 0; i < one.n_paths; i++) {
		assert_true(str_eq(one.paths[i], four.paths[i]));
		assert_true(str_eq(x[i], y[i]));
	}
	arena_release(&a);
}

static void set_text(struct arena *a, struct page *p, const char *text)
{
	p->doc = fixture_doc(a, text);
	set_digest(p, text);
}

static void check_kept(struct arena *a, const struct site *s, struct str *kept)
{
	struct search_plan p, q;
	struct str *x = build_from(a, s, &p, 2, kept), *y = build(a, s, &q, 1);

	assert_int_equal(p.n_paths, q.n_paths);
	for (size_t i = 0; i < p.n_paths; i++)
		assert_true(str_eq(x[i], y[i]));
}

static void builds_the_same_from_what_it_kept(void **state)
{
	struct arena a = { 0 };
	struct site *s = many(&a, 900, 3);
	struct str kept = STR_NONE;
	uint32_t all = s->n_pages;

	(void)state;
	s->n_pages = 420;
	check_kept(&a, s, &kept);
	/* Nothing; words that come and go, more often, on more pages; a page that goes; some that come. */
	check_kept(&a, s, &kept);
	set_text(&a, &s->pages[7], "The company everywhere. Newcomer newcomer w7x w8x.");
	check_kept(&a, s, &kept);
	set_text(&a, &s->pages[7], "Nothing of it.");
	for (uint32_t i = 10; i < 40; i++)
		set_text(&a, &s->pages[i], "Newcomer in many pages: everywhere, everywhere, everywhere.");
	check_kept(&a, s, &kept);
	s->n_pages--;
	check_kept(&a, s, &kept);
	for (s->n_pages = 421; s->n_pages < 470; s->n_pages += 12)
		check_kept(&a, s, &kept);
	/* So many that all are read anew. */
	s->n_pages = all;
	check_kept(&a, s, &kept);
	arena_release(&a);
}

static void reads_what_changed_alone(void **state)
{
	struct arena a = { 0 };
	struct site *s = many(&a, 600, 3);
	struct str kept = STR_NONE, first;
	struct search_plan p;

	(void)state;
	build_from(&a, s, &p, 2, &kept);
	first = kept;
	/* Without their texts: what is known of them is not asked for again. */
	for (size_t i = 1; i < s->n_pages; i++)
		s->pages[i].doc = doc_empty();
	build_from(&a, s, &p, 2, &kept);
	assert_true(str_eq(kept, first));
	set_text(&a, &s->pages[0], "Novelty.");
	build_from(&a, s, &p, 2, &kept);
	assert_true(!str_eq(kept, first) && kept.len + 1000 > first.len);
	arena_release(&a);
}

/* From a file and back to it; gives whether that was amended. */
static bool build_on_file(struct arena *a, const struct site *s, struct str file)
{
	struct pool *pool = pool_new(2);
	struct search_plan p, q;
	struct diag_list dl;
	struct fs_pieces pieces;
	struct overlay kept;
	struct search_index *x;
	struct str *got, *wanted;
	bool is_amended;

	diag_init(&dl, a);
	search_plan(a, s, false, &p);
	overlay_open(&kept, file, SEARCH_MARK);
	x = search_build(s, &p, (struct digest){ 1, 2 }, &kept, pool);
	is_amended = search_amend(x) && overlay_save(&kept, &dl);
	if (!is_amended) {
		fs_pieces_begin(&pieces, file, &dl);
		search_keep(x, fs_pieces_put, &pieces);
		assert_true(overlay_replace(&pieces, file, &dl));
	}
	/* Also of what is only kept. */
	got = write_all(a, x, &p);
	search_drop_files(x);
	wanted = build(a, s, &q, 1);
	for (size_t i = 0; i < p.n_paths; i++)
		assert_true(str_eq(got[i], wanted[i]));
	if (is_amended)
		got = write_all(a, x, &p);
	for (size_t i = 0; i < p.n_paths; i++)
		assert_true(str_eq(got[i], wanted[i]));
	search_free(x);
	overlay_close(&kept);
	pool_free(pool);
	assert_int_equal(dl.len, 0);
	return is_amended;
}

static void amends_what_it_kept(void **state)
{
	char dir[] = "/tmp/dossier-search-XXXXXX";
	struct arena a = { 0 };
	struct site *s = many(&a, 600, 3);
	struct diag_list dl;
	size_t n_amended = 0;
	struct str file;

	(void)state;
	diag_init(&dl, &a);
	assert_non_null(mkdtemp(dir));
	file = path_join(&a, str_from(dir), STR("terms"));
	assert_false(build_on_file(&a, s, file));
	assert_true(build_on_file(&a, s, file));
	for (uint32_t i = 0; i < 24; i++) {
		char text[128];

		snprintf(text, sizeof(text), "The company everywhere. Newcomer %u newcomer w%ux w8x.", i / 2, i);
		set_text(&a, &s->pages[7 + i % 3], text);
		n_amended += build_on_file(&a, s, file);
	}
	assert_true(n_amended > 20);
	/* Others in its place. */
	s->n_pages--;
	assert_false(build_on_file(&a, s, file));
	s->n_pages++;
	assert_false(build_on_file(&a, s, file));
	assert_true(fs_remove_tree(str_from(dir), &dl) && dl.len == 0);
	arena_release(&a);
}

static void takes_nothing_that_is_damaged(void **state)
{
	struct arena a = { 0 };
	struct site *s = many(&a, 100, 3);
	struct str kept = STR_NONE, bad;
	struct search_plan p;

	(void)state;
	build_from(&a, s, &p, 1, &kept);
	for (size_t cut = 0; cut < kept.len; cut += 997) {
		bad = str_copy(&a, str_cut(kept, 0, cut));
		check_kept(&a, s, &bad);
		bad = str_copy(&a, kept);
		*(char *)(uintptr_t)(bad.ptr + cut) ^= 4;
		check_kept(&a, s, &bad);
	}
	arena_release(&a);
}

static size_t count_changes(struct arena *a, const struct search_plan *p, const struct str *x,
			    const struct search_plan *q, const struct str *y)
{
	struct map old = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < p->n_paths; i++)
		map_put(a, &old, p->paths[i], i);
	for (size_t i = 0; i < q->n_paths; i++) {
		uint64_t at;

		n += !map_get(&old, q->paths[i], &at) || !str_eq(x[at], y[i]);
	}
	return n;
}

static void changes_little_when_a_page_does(void **state)
{
	struct arena a = { 0 };
	struct site *s = many(&a, 3000, 5);
	struct search_plan p, q;
	struct str *x = build(&a, s, &p, 2), *y;

	(void)state;
	/* One word more: its shard; another if a level moved. */
	set_text(&a, &s->pages[100], "The company everywhere. Novelty.");
	x = build(&a, s, &p, 2);
	set_text(&a, &s->pages[100], "The company everywhere. Novelty twice.");
	y = build(&a, s, &q, 2);
	assert_in_range(count_changes(&a, &p, x, &q, y), 1, 2);
	/* A page less moves few others; its terms go from their shards. */
	s->n_pages--;
	x = build(&a, s, &q, 2);
	assert_in_range(count_changes(&a, &p, y, &q, x), 2, 160);
	arena_release(&a);
}

static void leaves_the_search_page_out(void **state)
{
	struct arena a = { 0 };
	struct site *s = fixture_site(&a, few, COUNT(few));
	struct search_plan p;

	(void)state;
	s->pages[2].is_builtin = true;
	s->pages[2].slug = STR("search");
	search_plan(&a, s, false, &p);
	assert_int_equal(p.n_docs, 2);
	assert_int_equal(p.slots[2], UINT32_MAX);
	arena_release(&a);
}

static struct str page_file(struct arena *a, const struct site *s, bool is_offline, uint32_t page,
			    struct search_plan *p)
{
	struct overlay nothing = { .bytes = NULL };
	struct pool *pool = pool_new(1);
	struct search_index *x;
	struct buf b;
	struct str bytes;

	search_plan(a, s, is_offline, p);
	x = search_build(s, p, (struct digest){ 0, 0 }, &nothing, pool);
	buf_init(&b, 0);
	search_write(&b, x, p->first_page + (p->slots[page] >> p->page_bits));
	bytes = buf_copy(&b, a);
	buf_release(&b);
	search_free(x);
	pool_free(pool);
	return bytes;
}

static void writes_pages_with_their_text(void **state)
{
	struct arena a = { 0 };
	struct site *s = fixture_site(&a, few, COUNT(few));
	struct buf text;
	struct search_plan p;
	struct str wanted;

	(void)state;
	wanted = str_format(&a,
			    "[%u,\"companies/deepseek/\",\"DeepSeek\",\"Company\",[\"Deep Quest\",\"Dipsik\"],"
			    "\"A laboratory.\",[[\"\",\"\",\"Founded in Hangzhou by traders. Traders traders traders "
			    "everywhere.\"],[\"the-founder\",\"The founder\",\"He said hangzhou often enough.\"]],0]",
			    (page_file(&a, s, false, 0, &p), p.slots[0]));
	assert_true(str_contains(page_file(&a, s, false, 0, &p), wanted));
	assert_true(str_contains(page_file(&a, s, true, 0, &p), STR(",\"companies/deepseek/index.html\",")));
	/* What is cut off is cut between characters, and said. */
	buf_init(&text, 0);
	buf_add_z(&text, "ab");
	for (int i = 0; i < 5000; i++)
		buf_add_z(&text, "\xe4\xb8\xad");
	s->pages[0].doc = fixture_doc(&a, text.ptr);
	wanted = page_file(&a, s, false, 0, &p);
	assert_true(str_contains(wanted, STR("\xe4\xb8\xad\"]],1]")));
	assert_int_equal(utf8_check(wanted), wanted.len);
	assert_in_range(wanted.len, 12288, 12800);
	buf_release(&text);
	arena_release(&a);
}

static void leaves_the_text_of_large_sites_to_their_pages(void **state)
{
	struct arena a = { 0 };
	struct site *s = many(&a, 600, 1);
	struct search_plan p;
	struct str bytes;

	(void)state;
	s->pages[5].summary =
		STR("one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
		    "fifteen sixteen seventeen eighteen nineteen twenty twenty-one twenty-two twenty-three "
		    "twenty-four twenty-five");
	bytes = page_file(&a, s, false, 5, &p);
	assert_true(str_contains(bytes, STR("\"companies/c00005/\",\"Company Num5\",\"Company\",[],\"one two")));
	assert_true(str_contains(bytes, STR("\xe2\x80\xa6\"]")) && !str_contains(bytes, STR("twenty-five")));
	assert_true(str_contains(page_file(&a, s, true, 5, &p), STR("The company everywhere. w")));
	arena_release(&a);
}

static const struct {
	const char *query, *status, *first; /* the first hit's address, as JSON writes it */
} queries[] = {
	{ "deepseek", "1 page", "/companies/deepseek/" },
	{ "DEEPS", "1 page", "/companies/deepseek/" },
	{ "deepsek", "1 page fixed deepseek", "/companies/deepseek/" },
	{ "eepseek", "1 page fixed deepseek", "/companies/deepseek/" },
	{ "edepseek", "1 page fixed deepseek", "/companies/deepseek/" },
	{ "neough", "1 page fixed enough", "/companies/deepseek/#the-founder" },
	{ "veerywhere", "1 page fixed everywhere", "/companies/deepseek/" },
	{ "Dipsik", "1 page", "/companies/deepseek/" },
	{ "\xe4\xb9\x8b\xe6\x9a\x97", "1 page", "/companies/kimi/" },
	{ "\xe4\xb9\x8b\xe9\x9d\xa2", "none", NULL },
	{ "laboratories", "2 pages", "/companies/deepseek/" },
	{ "\"about a laboratory\"", "1 page", "/companies/kimi/" },
	{ "\"laboratory about\"", "none", NULL },
	{ "hangzhou founder", "1 page", "/companies/deepseek/#the-founder" },
	{ "Kimi", "1 page", "/companies/kimi/" },
	{ "has no constructor", "1 page", "/companies/kimi/" },
	{ "kimi laboratories", "1 page", "/companies/kimi/" },
	{ "ki", "1 page", "/companies/kimi/" },
	{ "K", "1 page", "/companies/kimi/" },
	{ "q", "none", NULL },
	{ "zzzzzz", "none", NULL },
	{ "...", "", NULL },
};

static struct str run_client(struct arena *a, struct str site, const char *query)
{
	struct str command = str_format(a, "node tests/unit/search_client.js '%.*s' '%s'", STR_ARG(site), query);
	FILE *f = popen(str_z(a, command), "r");
	struct buf b;
	struct str s;
	char part[4096];
	size_t n;

	assert_non_null(f);
	buf_init(&b, 0);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add_mem(&b, part, n);
	assert_int_equal(pclose(f), 0);
	s = buf_copy(&b, a);
	buf_release(&b);
	return s;
}

/* The browser's half, where Node is installed. */
static void is_read_by_the_client(void **state)
{
	char folder[] = "/tmp/dossier-search-XXXXXX";
	struct arena a = { 0 };
	const struct site *s = fixture_site(&a, few, COUNT(few));
	struct search_plan p;
	struct str *bytes, site;
	struct diag_list dl;

	(void)state;
	if (system("command -v node >/dev/null 2>&1") != 0 || access("tests/unit/search_client.js", R_OK) != 0) {
		arena_release(&a);
		skip();
	}
	assert_non_null(mkdtemp(folder));
	site = str_from(folder);
	diag_init(&dl, &a);
	bytes = build(&a, s, &p, 1);
	for (size_t i = 0; i < p.n_paths; i++)
		assert_int_equal(fs_write(path_join(&a, site, p.paths[i]), bytes[i], &dl), FS_WRITE_NEW);
	for (size_t i = 0; i < COUNT(queries); i++) {
		struct str out = run_client(&a, site, queries[i].query);

		print_message("  case: %s\n", queries[i].query);
		assert_true(str_contains(out, str_format(&a, "\"status\": \"%s\"", queries[i].status)));
		if (queries[i].first)
			assert_true(str_contains(str_cut(out, 0, 200),
						 str_format(&a, "\"url\": \"%s\"", queries[i].first)));
	}
	assert_true(fs_remove_tree(site, &dl));
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_texts_into_terms),
		cmocka_unit_test(leaves_plurals_of_other_languages),
		cmocka_unit_test(weighs_terms_by_where_they_stand),
		cmocka_unit_test(plans_before_anything_is_read),
		cmocka_unit_test(holds_every_term_of_every_page),
		cmocka_unit_test(writes_the_same_with_any_number_of_workers),
		cmocka_unit_test(builds_the_same_from_what_it_kept),
		cmocka_unit_test(reads_what_changed_alone),
		cmocka_unit_test(amends_what_it_kept),
		cmocka_unit_test(takes_nothing_that_is_damaged),
		cmocka_unit_test(changes_little_when_a_page_does),
		cmocka_unit_test(leaves_the_search_page_out),
		cmocka_unit_test(writes_pages_with_their_text),
		cmocka_unit_test(leaves_the_text_of_large_sites_to_their_pages),
		cmocka_unit_test(is_read_by_the_client),
	};

	return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
