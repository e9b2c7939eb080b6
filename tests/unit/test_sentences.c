#include "tempsite.h"

#include "stage/sentences.h"

static bool has_template(const void *ctx, struct str name)
{
	(void)ctx;
	return str_eq(name, STR("page.html")) || str_eq(name, STR("entity.html")) ||
	       str_eq(name, STR("backlinks.html"));
}

struct place {
	struct tempsite t;
	struct routes routes;
	bool *render;
	struct pool *pool;
	struct sentences made;
};

/* Two companies in one sentence, one of them in its own; a tag; and more of one than its page shows. */
static void open_place(struct place *p)
{
	struct diag_list dl;

	memset(p, 0, sizeof(*p));
	tempsite_open(&p->t);
	tempsite_put(&p->t, "site.toml", TEMPSITE_CONFIG "[lists]\nbacklinks_shown = 2\n");
	tempsite_put(&p->t, "content/companies/acme.md", "+++\ntitle = 'Acme'\n+++\n");
	tempsite_put(&p->t, "content/companies/bolt.md", "+++\ntitle = 'Bolt'\n+++\n");
	tempsite_put(&p->t, "content/articles/a.md",
		     "+++\ntitle = 'A'\ndate = 2024-01-01\n+++\nFirst. Acme met *Bolt* here. Last.\n\nAnd Bolt left.");
	tempsite_put(&p->t, "content/articles/b.md", "+++\ntitle = 'B'\ndate = 2024-02-01\n+++\nAcme alone.");
	tempsite_put(&p->t, "content/articles/c.md", "+++\ntitle = 'C'\ndate = 2023-01-01\n+++\nStill Acme.");
	tempsite_put(&p->t, "content/articles/d.md", "+++\ntitle = 'D'\ncompanies = ['Bolt']\n+++\nNobody.");
	tempsite_build(&p->t);
	diag_init(&dl, &p->t.said);
	assert_true(route_plan(&p->t.arena, &p->t.r.site, has_template, NULL, &p->routes, &dl));
	p->render = arena_array(&p->t.arena, bool, p->routes.len);
	p->pool = pool_new(2);
}

static void close_place(struct place *p)
{
	pool_free(p->pool);
	sentences_drop(&p->made, &p->t.r.site);
	tempsite_close(&p->t);
}

static void will_render(struct place *p, const char *path)
{
	uint64_t at;

	assert_true(map_get(&p->routes.by_path, str_from(path), &at));
	p->render[at] = true;
}

static void make(struct place *p)
{
	sentences_make(&p->made, p->pool, &p->t.r.site, &p->routes, p->render);
}

/* Of all backlinks of a page, with what each that is not only a tag gives: it must be what page_sentence gives. */
static const char *made(struct place *p, const char *key)
{
	const struct page *to = tempsite_page(&p->t, key);
	struct buf b;
	const char *z;

	buf_init(&b, 0);
	for (size_t i = 0; i < to->n_backlinks; i++) {
		const struct backlink *l = &to->backlinks[i];
		const struct page *from = &p->t.r.site.pages[l->page];
		struct str s = STR("(tag)");

		if (l->node != UINT32_MAX) {
			s = page_backlink_sentence(&p->t.arena, from, l, to);
			assert_true(str_eq(s, page_sentence(&p->t.arena, from, l->node, l->off, PAGE_SENTENCE_MAX)));
		}
		buf_add_format(&b, "%s%s%.*s", i ? "; " : "", to->shown && to->shown[i] ? "made: " : "", STR_ARG(s));
	}
	z = str_z(&p->t.arena, buf_str(&b));
	buf_release(&b);
	return z;
}

static const struct {
	const char *name, *outputs[3], *acme, *bolt;
} cases[] = {
	{ "nothing", { NULL }, "Acme alone.; Acme met Bolt here.; Still Acme.", "Acme met Bolt here.; (tag)" },
	{ "a page, as far as it shows them",
	  { "companies/acme/index.html" },
	  "made: Acme alone.; made: Acme met Bolt here.; Still Acme.",
	  "Acme met Bolt here.; (tag)" },
	{ "its JSON",
	  { "companies/acme/index.json" },
	  "made: Acme alone.; made: Acme met Bolt here.; Still Acme.",
	  "Acme met Bolt here.; (tag)" },
	{ "a sub-page",
	  { "companies/acme/backlinks/2023/index.html" },
	  "Acme alone.; Acme met Bolt here.; made: Still Acme.",
	  "Acme met Bolt here.; (tag)" },
	{ "several of two",
	  { "companies/acme/index.html", "companies/acme/index.json", "companies/bolt/index.html" },
	  "made: Acme alone.; made: Acme met Bolt here.; Still Acme.",
	  "made: Acme met Bolt here.; (tag)" },
};

static void makes_what_outputs_show(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct place p;

		print_message("  case: %s\n", cases[i].name);
		open_place(&p);
		for (size_t k = 0; k < COUNT(cases[i].outputs) && cases[i].outputs[k]; k++)
			will_render(&p, cases[i].outputs[k]);
		make(&p);
		assert_string_equal(made(&p, "companies/acme"), cases[i].acme);
		assert_string_equal(made(&p, "companies/bolt"), cases[i].bolt);
		close_place(&p);
	}
}

static void one_sentence_is_kept_once(void **state)
{
	struct place p;
	const struct page *acme, *bolt;

	(void)state;
	open_place(&p);
	memset(p.render, true, p.routes.len);
	make(&p);
	acme = tempsite_page(&p.t, "companies/acme");
	bolt = tempsite_page(&p.t, "companies/bolt");
	assert_int_equal(acme->backlinks[1].page, bolt->backlinks[0].page);
	assert_int_equal(acme->shown[1], bolt->shown[0]);
	assert_int_not_equal(acme->shown[1], 0);
	sentences_drop(&p.made, &p.t.r.site);
	assert_string_equal(made(&p, "companies/acme"), cases[0].acme);
	close_place(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_what_outputs_show),
		cmocka_unit_test(one_sentence_is_kept_once),
	};

	return cmocka_run_group_tests_name("sentences", tests, NULL, NULL);
}
