#include "tempsite.h"

/*
 * How well names are recognised in real prose: the site's own content and
 * tests/linking/, against tests/linking/sample.tsv, which people labelled. A row
 * whose words are not found exactly once, because the prose was edited, is
 * passed over; too many of them are a failure.
 */
#define PRECISION 0.99
#define RECALL 0.97
#define ROWS_LOST 0.05

struct piece { /* a text node's place in the running text */
	size_t start;
	uint32_t node;
};

struct running { /* what can be linked of one page; other things are one \1 */
	struct buf text;
	struct piece *pieces;
	size_t n;
};

struct score {
	size_t rows, lost, right, wrong, missed;
};

static void copy_tree(struct tempsite *t, struct str from, struct str to)
{
	struct diag_list dl;
	struct fs_entry *entries;
	size_t n;
	struct str bytes;

	diag_init(&dl, &t->arena);
	assert_true(fs_list(&t->arena, from, &entries, &n, &dl));
	for (size_t i = 0; i < n; i++) {
		struct str file = path_join(&t->arena, from, entries[i].name),
			   copy = path_join(&t->arena, to, entries[i].name);

		if (entries[i].type == FS_DIR) {
			copy_tree(t, file, copy);
			continue;
		}
		assert_true(fs_read(&t->arena, file, (size_t)64 << 20, &bytes, &dl));
		tempsite_put_bytes(t, str_z(&t->arena, copy), bytes);
	}
}

static void read_running(struct arena *a, const struct doc *d, struct running *out)
{
	const struct doc_node *nodes = doc_nodes(d);

	out->pieces = arena_array(a, struct piece, d->n_nodes + 1);
	out->n = 0;
	for (uint32_t i = 1; i < d->n_nodes;) {
		const struct doc_node *n = &nodes[i];

		if (n->type == DOC_TEXT) {
			out->pieces[out->n++] = (struct piece){ out->text.len, i };
			buf_add(&out->text, doc_text(d, n));
		} else if (n->type == DOC_SOFT_BREAK || n->type == DOC_LINE_BREAK) {
			out->pieces[out->n++] = (struct piece){ out->text.len, i };
			buf_add_char(&out->text, ' ');
		} else if (n->type == DOC_LINK || n->type == DOC_WIKILINK || n->type == DOC_IMAGE ||
			   n->type == DOC_CODE || n->type == DOC_HEADING) {
			buf_add_char(&out->text, '\1');
			i = n->end;
			continue;
		} else if (doc_is_block(n)) {
			buf_add_char(&out->text, '\n');
		}
		i++;
	}
}

static size_t place_of(const struct running *r, const struct mention *m)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->pieces[i].node == m->node)
			return r->pieces[i].start + m->off;
	fail_msg("a mention that stands nowhere");
	return 0;
}

/* Where the marked words stand; false when that is not certain. */
static bool find_words(const struct running *r, struct str excerpt, size_t *start, size_t *end)
{
	ptrdiff_t open = str_find(excerpt, STR("«")), close = str_find(excerpt, STR("»")), at;
	struct arena a = { 0 };
	struct str plain, text = { r->text.ptr, r->text.len };
	bool ok;

	assert_true(open >= 0 && close > open);
	plain = str_format(&a, "%.*s%.*s%.*s", (int)open, excerpt.ptr, (int)(close - open - 2), excerpt.ptr + open + 2,
			   (int)(excerpt.len - (size_t)close - 2), excerpt.ptr + close + 2);
	at = str_find(text, plain);
	ok = at >= 0 && str_find(str_skip(text, (size_t)at + 1), plain) < 0;
	*start = (size_t)at + (size_t)open;
	*end = *start + (size_t)(close - open) - 2;
	arena_release(&a);
	return ok;
}

static bool is_recognised(const struct mention *m)
{
	return m->state != MENTION_AMBIGUOUS && m->state != MENTION_WEAK;
}

static void judge(struct tempsite *t, const struct page *p, const struct running *r, struct str excerpt,
		  struct str target, struct score *score)
{
	size_t start, end, right = 0, wrong = 0;
	bool is_name = !str_eq(target, STR("-"));

	score->rows++;
	if (!find_words(r, excerpt, &start, &end) || (is_name && !site_page_by_key(&t->r.site, target))) {
		score->lost++;
		print_message("  not found: %.*s: %.*s\n", STR_ARG(p->key), STR_ARG(excerpt));
		return;
	}
	for (size_t i = 0; i < p->n_mentions; i++) {
		const struct mention *m = &p->mentions[i];
		size_t at = place_of(r, m);

		if (!is_recognised(m) || at >= end || at + m->len <= start)
			continue;
		if (is_name && str_eq(t->r.site.pages[m->target].key, target))
			right++;
		else
			wrong++;
	}
	score->right += right > 0;
	score->wrong += wrong > 0;
	score->missed += is_name && right == 0;
	if (wrong)
		print_message("  wrong: %.*s: %.*s (%.*s)\n", STR_ARG(p->key), STR_ARG(excerpt), STR_ARG(target));
	else if (is_name && right == 0)
		print_message("  missed: %.*s: %.*s (%.*s)\n", STR_ARG(p->key), STR_ARG(excerpt), STR_ARG(target));
}

static void judge_rows(struct tempsite *t, struct str rows, struct score *score)
{
	struct str line, file, excerpt, last = STR_NONE;
	struct running r = { .n = 0 };
	const struct page *p = NULL;

	buf_init(&r.text, 0);
	while (str_next(&rows, '\n', &line)) {
		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		assert_true(str_next(&line, '\t', &file));
		assert_true(str_next(&line, '\t', &excerpt));
		if (!str_eq(file, last)) {
			struct str stem = path_stem(file);

			p = str_starts(file, STR("content/"))
				    ? site_page_by_key(&t->r.site, str_cut(file, 8, file.len - 3))
				    : site_page_by_key(&t->r.site,
						       str_format(&t->arena, "articles/%.*s", STR_ARG(stem)));
			buf_clear(&r.text);
			r.n = 0;
			if (p)
				read_running(&t->arena, p->doc, &r);
			last = file;
		}
		if (p)
			judge(t, p, &r, excerpt, line, score);
		else
			score->rows++, score->lost++;
	}
	buf_release(&r.text);
}

static void names_are_recognised_as_an_editor_would(void **state)
{
	struct tempsite t;
	struct diag_list dl;
	struct str rows, bytes;
	struct score s = { 0 };
	double precision, recall;

	(void)state;
	tempsite_open(&t);
	diag_init(&dl, &t.arena);
	copy_tree(&t, STR("content"), STR("content"));
	copy_tree(&t, STR("data"), STR("data"));
	copy_tree(&t, STR("tests/linking"), STR("content/articles"));
	assert_true(fs_read(&t.arena, STR("site.toml"), (size_t)1 << 20, &bytes, &dl));
	tempsite_put_bytes(&t, "site.toml", bytes);
	assert_true(fs_read(&t.arena, STR("tests/linking/sample.tsv"), (size_t)1 << 20, &rows, &dl));
	t.opt.now = STR_NONE;
	t.opt.jobs = 2;
	tempsite_build(&t);
	if (t.dl.errors)
		fail_msg("%s", tempsite_said(&t));
	judge_rows(&t, rows, &s);
	precision = (double)s.right / (double)(s.right + s.wrong);
	recall = (double)s.right / (double)(s.right + s.missed);
	print_message("  %zu rows, %zu not found; precision %.4f, recall %.4f\n", s.rows, s.lost, precision, recall);
	assert_true(s.rows >= 300);
	assert_true((double)s.lost <= ROWS_LOST * (double)s.rows);
	assert_true(precision >= PRECISION);
	assert_true(recall >= RECALL);
	tempsite_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_recognised_as_an_editor_would),
	};

	return cmocka_run_group_tests_name("linking_quality", tests, NULL, NULL);
}
