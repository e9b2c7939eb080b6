#include "app/build_impl.h"

#include <string.h>

#include "base/card.h"
#include "base/fs.h"
#include "base/path.h"
#include "base/vec.h"
#include "base/version.h"

#define OUTPUT_MAX ((size_t)1 << 30)
#define BYTES_KEPT ((size_t)4 << 20)
#define BATCH 1024

static bool is_html(const struct output *o)
{
	return str_ends(o->path, STR(".html"));
}

static bool write_asset(struct outputs *x, size_t worker, const struct output *o, struct buf *out)
{
	const struct asset *as = &x->b->out->site.assets[o->asset];
	struct maker *m = &x->makers[worker];
	struct str bytes = as->bytes;

	if (as->file.len && !fs_read(&m->render.scratch, as->file, OUTPUT_MAX, &bytes, &x->b->lists[worker]))
		return false;
	factset_note(&m->render.facts, FACT_ASSET, str_format(&m->render.scratch, "bytes:%.*s", STR_ARG(as->name)));
	buf_add(out, bytes);
	return true;
}

/* A d file is made from its pages; what a shard is made of is in its digest. */
static void write_search(struct outputs *x, size_t worker, const struct output *o, struct buf *out)
{
	const struct search_plan *plan = &x->search;
	struct factset *facts = &x->makers[worker].render.facts;
	uint32_t file;

	if (o->asset >= plan->first_page && o->asset < plan->first_term) {
		factset_note(facts, FACT_SITE, STR("search"));
		file = o->asset - (uint32_t)plan->first_page;
		for (uint32_t d = plan->starts[file]; d < plan->starts[file + 1]; d++)
			for (int aspect = 0; aspect < PAGE_ASPECTS; aspect++)
				if (search_reads(plan, aspect))
					factset_note_page(facts, (enum fact_kind)(FACT_PAGE_HEAD + aspect),
							  plan->order[d]);
	} else {
		factset_note(facts, FACT_SITE, o->path);
	}
	search_write(out, x->search_index, o->asset);
}

static struct digest template_digest(const void *ctx, struct str name)
{
	const struct build *b = ctx;
	uint64_t at;

	return map_get(&b->template_names, name, &at) ? digest_of(b->templates[at].text) : (struct digest){ 0, 0 };
}

struct query_world build_world(const struct build *b)
{
	return (struct query_world){ &b->out->site, template_digest, b };
}

struct digest build_made_with(const struct build *b)
{
	struct digest_state d;

	digest_begin(&d);
	digest_add(&d, str_from(version_sources));
	digest_add_u64(&d, b->opt->is_offline);
	digest_add(&d, b->out->config.base_url);
	digest_add_digest(&d, b->config_digest);
	digest_add_digest(&d, b->scripts_digest);
	return digest_end(&d);
}

static bool write_output(struct outputs *x, size_t worker, const struct output *o, struct buf *out)
{
	struct maker *m = &x->makers[worker];
	struct emit e;

	render_begin(&m->render, o);
	if (o->type == ROUTE_ASSET || o->type == ROUTE_FILE)
		return write_asset(x, worker, o, out);
	if (o->type == ROUTE_SEARCH) {
		write_search(x, worker, o, out);
		return true;
	}
	if (o->template.len)
		return render_output(&m->render, o, out);
	e = (struct emit){
		.site = &x->b->out->site,
		.routes = x->routes,
		.href = m->render.job.href,
		.facts = &m->render.facts,
		.scratch = &m->render.scratch,
		.painter = x->painter,
	};
	emit_output(out, &e, o);
	return true;
}

static void make_output(void *ctx, size_t worker, size_t k)
{
	struct outputs *x = ctx;
	struct maker *m = &x->makers[worker];
	uint32_t i = x->queue[k];
	const struct output *o = &x->routes->outputs[i];
	struct arena *a = &x->b->out->workers[worker];

	buf_clear(&m->bytes);
	x->worker[i] = (uint32_t)worker;
	if (!write_output(x, worker, o, &m->bytes))
		return;
	if (m->bytes.is_full) {
		diag_add(&x->b->lists[worker], DIAG_ERROR, "render/too-large", o->path, (struct pos){ 0, 0 },
			 "this output would be larger than %zu MB", OUTPUT_MAX >> 20);
		return;
	}
	if (is_html(o))
		verify_scan(&m->verify, o->url, buf_str(&m->bytes), &x->links[i]);
	x->n_facts[i] = (uint32_t)m->render.facts.len;
	x->facts[i] = factset_numbers(&m->render.facts, 0, a);
	publish_stage(&x->publish, a, o->path, buf_str(&m->bytes), &x->items[i], &x->b->lists[worker]);
	/* What one long output needed is not kept for all the short ones. */
	if (m->bytes.cap > BYTES_KEPT) {
		buf_release(&m->bytes);
		buf_init(&m->bytes, OUTPUT_MAX);
	}
}

/* Copies and caches lose times: bytes of the same length and digest are still what was published. */
static bool holds_published(struct str file, const struct manifest_output *old)
{
	struct arena scratch = { 0 };
	struct diag_list ignored;
	struct str bytes;
	bool yes;

	diag_init(&ignored, &scratch);
	if (!fs_map(file, &bytes, &ignored))
		return false;
	yes = digest_eq(digest_of(bytes), old->digest);
	fs_unmap(bytes);
	arena_release(&scratch);
	return yes;
}

static bool file_state(void *ctx, const struct manifest_output *old, uint64_t *size, int64_t *mtime_ns)
{
	struct outputs *x = ctx;
	struct fs_info info = fs_dir_link_info(&x->dir, old->path);
	struct arena scratch = { 0 };

	*size = info.size;
	*mtime_ns = info.mtime_ns;
	if (info.type == FS_FILE && info.size == old->size && info.mtime_ns != old->mtime_ns &&
	    holds_published(path_join(&scratch, x->b->out->output, old->path), old)) {
		x->mtimes[old - x->old.outputs] = info.mtime_ns;
		*mtime_ns = old->mtime_ns;
	}
	arena_release(&scratch);
	return info.type == FS_FILE;
}

static void read_manifest(struct outputs *x)
{
	struct build *b = x->b;
	struct overlay *o = &b->out->manifest;
	enum overlay_found found =
		overlay_open(o, build_manifest_file(b->arena, b->root, b->out->output), MANIFEST_MARK);

	if (found == OVERLAY_DAMAGED || (found == OVERLAY_GOOD && !manifest_open(b->arena, o, &x->old))) {
		diag_add(b->dl, DIAG_NOTE, "cache/damaged", STR(".dossier"), (struct pos){ 0, 0 },
			 "what the last build left cannot be used, so everything is built anew");
		diag_hint(b->dl, "files of pages that are gone since may still lie in '%.*s'", STR_ARG(b->out->output));
		overlay_close(o);
	}
	/* Without the cache everything is rendered; what is to be removed is known from it alone. */
	if (b->opt->no_cache)
		x->old.build = (struct digest){ 0, 0 };
}

/* What is made of the whole site takes long: begun first, it keeps nobody waiting at the end. */
static bool is_long(const struct output *o)
{
	return (o->type == ROUTE_NDJSON && o->parts == 0) || o->type == ROUTE_SITEMAP ||
	       str_eq(o->template, STR("book.html"));
}

static enum turn turn_of(const struct site *s, const struct output *o)
{
	return o->type == ROUTE_CARD                                         ? TURN_CARDS
	       : o->type == ROUTE_SEARCH                                     ? TURN_SEARCH
	       : is_long(o)                                                  ? TURN_LONG
	       : o->page != UINT32_MAX && site_page(s, o->page)->n_backlinks ? TURN_HEARD
									     : TURN_PAGES;
}

/* The numbers of what is to be rendered, in an order that depends on nothing else. */
static void fill_queue(struct outputs *x)
{
	struct build *b = x->b;
	size_t n = 0, len = x->routes->len;

	x->queue = arena_array(b->arena, uint32_t, len + 1);
	b->out->reasons = arena_array(b->arena, struct build_reason, len + 1);
	for (int turn = 0; turn < TURNS; turn++) {
		for (uint32_t i = 0; i < len; i++)
			if (x->plan.render[i] && (int)turn_of(&b->out->site, &x->routes->outputs[i]) == turn)
				x->queue[n++] = i;
		x->ends[turn] = n;
	}
	for (uint32_t i = 0; i < len; i++)
		if (x->plan.render[i])
			b->out->reasons[b->out->n_reasons++] =
				(struct build_reason){ x->routes->outputs[i].path, x->plan.why[i] };
}

static void plan(struct outputs *x)
{
	struct build *b = x->b;
	struct query_world world = build_world(b);
	struct plan_question q = { .world = &world,
				   .routes = x->routes,
				   .manifest = &x->old,
				   .build = build_made_with(b),
				   .state = file_state,
				   .ctx = x,
				   .pool = b->pool };
	size_t len = x->routes->len;

	build_progress(b, BUILD_PLAN, 0, 1);
	read_manifest(x);
	x->mtimes = arena_array(b->arena, int64_t, x->old.n_outputs + 1);
	fs_dir_open(&x->dir, b->out->output);
	plan_outputs(b->arena, &q, &x->plan);
	fs_dir_close(&x->dir);
	x->items = arena_array(b->arena, struct publish_item, len + 1);
	x->links = arena_array(b->arena, struct verify_page, len + 1);
	x->facts = arena_array(b->arena, const uint32_t *, len + 1);
	x->n_facts = arena_array(b->arena, uint32_t, len + 1);
	x->worker = arena_array(b->arena, uint32_t, len + 1);
	for (size_t i = 0; i < len; i++)
		x->worker[i] = UINT32_MAX;
	fill_queue(x);
	build_progress(b, BUILD_PLAN, 1, 1);
}

/* The search index, where the site has a page to search on: which of its files are others is known before they are. */
static void make_search(struct outputs *x)
{
	struct build *b = x->b;
	struct site *s = &b->out->site;

	if (!site_page_by_key(s, STR("search")))
		return;
	search_plan(b->arena, s, b->opt->is_offline, &x->search);
	s->search_keys = x->search.keys;
	s->search_paths = x->search.paths;
	s->n_search_paths = x->search.n_paths;
	s->search_sizes = search_sizes(&x->search);
	x->search_index = build_search(b, &x->search, &x->search_kept);
}

struct made {
	const struct outputs *x;
	struct digest *lines; /* by group */
};

static void digest_lines(void *ctx, size_t worker, size_t group)
{
	const struct made *m = ctx;
	const struct routes *r = m->x->routes;

	(void)worker;
	m->lines[group] = emit_lines_digest(&m->x->b->out->site, &r->lines, (uint32_t)group);
}

/* Whether they are others is known before they are made, for each is one fact. */
static void digest_made(struct outputs *x)
{
	struct build *b = x->b;
	struct site *s = &b->out->site;
	const struct route_lines *lines = &x->routes->lines;
	struct digest *digests = arena_array(b->arena, struct digest, x->search.n_paths + lines->n + 1);
	struct made m = { x, digests + x->search.n_paths };

	for (size_t i = 0; i < x->search.n_paths; i++) {
		digests[i] = x->search.digests[i];
		map_put(b->arena, &s->made, x->search.paths[i], i);
	}
	pool_each(b->pool, lines->n, digest_lines, &m);
	for (size_t i = 0; i < x->routes->len; i++) {
		const struct output *o = &x->routes->outputs[i];

		if (o->type == ROUTE_NDJSON && (o->parts == 0 || o->part > 0))
			map_put(b->arena, &s->made, o->path, x->search.n_paths + (o->parts ? o->part - 1 : 0));
	}
	s->made_digests = digests;
}

static void free_search(struct outputs *x)
{
	search_free(x->search_index);
	overlay_close(&x->search_kept);
}

static bool plan_cards(struct outputs *x)
{
	struct build *b = x->b;
	struct buf key;

	if (!b->out->config.cards || b->opt->is_offline)
		return true;
	x->painter = card_new();
	if (!x->painter) {
		diag_add(b->dl, DIAG_ERROR, "build/no-library", b->config_path, (struct pos){ 0, 0 },
			 "cards need Pango, which is not on this machine");
		diag_hint(b->dl, "install it, or set cards = false");
		return false;
	}
	buf_init(&key, 0);
	digest_write_hex(&key, card_key(x->painter), 16);
	b->out->site.card_key = buf_copy(&key, b->arena);
	buf_release(&key);
	return true;
}

static void begin_makers(struct outputs *x)
{
	struct build *b = x->b;

	x->makers = arena_array(b->arena, struct maker, pool_size(b->pool));
	for (size_t w = 0; w < pool_size(b->pool); w++) {
		struct maker *m = &x->makers[w];

		render_worker_init(&m->render, &b->out->site, x->routes, b->set, b->opt->is_offline,
				   &b->out->workers[w], &b->lists[w]);
		verify_scanner_init(&m->verify, &b->out->workers[w], &b->out->config);
		buf_init(&m->bytes, OUTPUT_MAX);
	}
}

static void end_makers(struct outputs *x)
{
	for (size_t w = 0; w < pool_size(x->b->pool); w++) {
		render_worker_release(&x->makers[w].render);
		verify_scanner_release(&x->makers[w].verify);
		buf_release(&x->makers[w].bytes);
	}
}

/* In pieces, so that a terminal sees it move and a broken template does not fail ten thousand times. */
static void make_outputs(struct outputs *x, size_t from, size_t to, size_t piece)
{
	struct build *b = x->b;
	uint32_t *all = x->queue;

	for (; from < to && b->dl->errors == 0; from += piece) {
		if (from)
			build_progress(b, BUILD_RENDER, from, x->plan.n_render);
		x->queue = all + from;
		pool_each(b->pool, to - from < piece ? to - from : piece, make_output, x);
		x->queue = all;
		build_merge_lists(b);
	}
}

static void render(struct outputs *x)
{
	struct build *b = x->b;
	struct site *s = &b->out->site;
	size_t total = x->plan.n_render, from = 0;

	build_progress(b, BUILD_RENDER, 0, total ? total : 1);
	if (total)
		begin_makers(x);
	for (int turn = 0; turn < TURNS; from = x->ends[turn++]) {
		bool is_heard = turn == TURN_HEARD && from < x->ends[turn];

		if (is_heard) {
			arena_settle_up();
			sentences_make(&x->sentences, b->pool, s, x->routes, x->plan.render);
		}
		/* A single slot is the caller's. */
		make_outputs(x, from, x->ends[turn], turn == TURN_CARDS ? 1 : BATCH);
		if (is_heard) {
			sentences_drop(&x->sentences, s);
			arena_settle_up();
		}
		if (turn == TURN_SEARCH && x->search_index)
			search_drop_files(x->search_index);
	}
	if (total)
		end_makers(x);
	b->out->rendered = total;
	build_progress(b, BUILD_RENDER, total ? total : 1, total ? total : 1);
}

/* All anchors that an output had, in their order. */
static bool keeps_ids(const struct outputs *x, size_t i)
{
	const struct manifest_output *old = x->plan.old[i];
	const struct verify_page *now = &x->links[i];
	size_t at = 0;

	for (uint32_t k = 0; k < old->n_ids; k++) {
		while (at < now->n_ids && !str_eq(now->texts->ptr[now->ids[at]], x->old.urls[old->ids[k]]))
			at++;
		if (at++ == now->n_ids)
			return false;
	}
	return true;
}

/* Whether all that the links of the last build led to is still there: then those of outputs that stay need no look. */
static bool is_nothing_gone(const struct outputs *x)
{
	if (x->plan.n_remove)
		return false;
	for (size_t k = 0; k < x->plan.n_render; k++) {
		uint32_t i = x->queue[k];
		const struct manifest_output *old = x->plan.old[i];

		if (old && (old->route != route_hash(&x->routes->outputs[i]) || !keeps_ids(x, i)))
			return false;
	}
	return true;
}

/* Anchors and links of outputs that were not rendered, as the manifest kept them. */
static void recall_links(struct outputs *x)
{
	bool has_links = !is_nothing_gone(x);

	x->old_texts = (struct verify_texts){ x->old.urls, x->old.n_urls };
	for (size_t i = 0; i < x->routes->len; i++) {
		const struct manifest_output *old = x->plan.old[i];

		if (x->plan.render[i])
			continue;
		x->links[i] = (struct verify_page){ .texts = &x->old_texts, .ids = old->ids, .n_ids = old->n_ids };
		if (has_links) {
			x->links[i].links = old->links;
			x->links[i].n_links = old->n_links;
		}
	}
}

/* Only what an earlier build wrote is removed. */
static void remove_leavings(struct outputs *x)
{
	struct build *b = x->b;

	b->out->removed_paths = x->plan.remove;
	for (size_t i = 0; i < x->plan.n_remove; i++) {
		struct str file = path_join(b->arena, b->out->output, x->plan.remove[i]);

		if (fs_remove(file, b->dl))
			b->out->n_removed++;
		fs_remove_empty_dirs(path_dir(file), b->out->output);
	}
}

/* Against the last build that was written down, wherever its files are now; where none was, against the folder. */
static bool has_changed(const struct outputs *x, size_t i)
{
	const struct manifest_output *old = x->plan.old[i];

	if (!x->plan.render[i])
		return false;
	if (x->old.n_outputs == 0)
		return x->items[i].state == FS_WRITE_NEW;
	return !old || !digest_eq(old->digest, x->items[i].digest);
}

static void publish(struct outputs *x)
{
	struct build *b = x->b;
	size_t len = x->routes->len;

	build_progress(b, BUILD_PUBLISH, 0, 1);
	b->out->written_paths = arena_array(b->arena, struct str, len + 1);
	b->out->changed_paths = arena_array(b->arena, struct str, len + 1);
	for (size_t i = 0; i < len; i++) {
		if (x->items[i].state == FS_WRITE_NEW)
			b->out->written_paths[b->out->n_written++] = x->routes->outputs[i].path;
		if (has_changed(x, i))
			b->out->changed_paths[b->out->n_changed++] = x->routes->outputs[i].path;
	}
	build_forget_state(b);
	if (publish_commit(&x->publish, x->items, len, b->dl)) {
		remove_leavings(x);
		b->out->is_published = build_write_manifest(x);
	}
	b->out->written = b->out->n_written;
	b->out->removed = b->out->n_removed;
	b->out->outputs = len;
	b->out->unchanged = len - b->out->n_written;
	build_progress(b, BUILD_PUBLISH, 1, 1);
}

bool build_outputs(struct build *b)
{
	struct outputs x = { .b = b, .routes = &b->out->routes };
	struct arena scratch = { 0 };

	make_search(&x);
	if (!plan_cards(&x) || !route_plan(b->arena, &b->out->site, build_has_template, b, &b->out->routes, b->dl)) {
		card_free(x.painter);
		free_search(&x);
		return false;
	}
	digest_made(&x);
	publish_begin(b->arena, b->out->output, &x.publish, b->dl);
	plan(&x);
	publish_mark(&x.publish, build_staging_file(b), x.plan.n_render > 0);
	render(&x);
	card_free(x.painter);
	free_search(&x);
	build_forget(b);
	build_progress(b, BUILD_VERIFY, 0, 1);
	if (b->dl->errors == 0) {
		recall_links(&x);
		verify_all(&scratch, &b->out->site, x.routes, x.links, b->dl);
	}
	build_progress(b, BUILD_VERIFY, 1, 1);
	if (b->opt->is_strict)
		diag_promote(b->dl);
	if (b->dl->errors == 0)
		publish(&x);
	else
		publish_discard(&x.publish, x.items, x.routes->len);
	arena_release(&scratch);
	return b->dl->errors == 0;
}
