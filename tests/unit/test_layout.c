#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "site/layout.h"

enum { MAX = 120, WIDTH = 1160 };

struct graph {
	struct layout_node nodes[MAX];
	struct layout_edge edges[4 * MAX];
	size_t n, n_edges;
};

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* A graph in which the first nodes have most edges; with gaps: some have none. */
static void make_graph(struct graph *g, size_t n, uint32_t seed)
{
	memset(g, 0, sizeof(*g));
	g->n = n;
	for (size_t i = 0; i < n; i++) {
		g->nodes[i].r = 4 + next(&seed) % 7;
		g->nodes[i].w = 20 + next(&seed) % 120;
		g->nodes[i].h = 16;
	}
	for (size_t i = 1; i < n; i++)
		for (uint32_t k = next(&seed) % 4; k > 0; k--)
			g->edges[g->n_edges++] = (struct layout_edge){ (uint32_t)i, next(&seed) % (uint32_t)i,
								       next(&seed) % 2 ? 1 : 1.4 };
}

static void lay_out(struct graph *g, double height)
{
	struct arena a = { 0 };

	layout_graph(&a, g->nodes, g->n, g->edges, g->n_edges, WIDTH, height);
	arena_release(&a);
}

static bool meet(double ax, double ay, double aw, double ah, double bx, double by, double bw, double bh)
{
	return ax < bx + bw && bx < ax + aw && ay < by + bh && by < ay + ah;
}

static void check_labels(const struct graph *g, double height)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct layout_node *v = &g->nodes[i];

		assert_true(v->x >= 0 && v->x <= WIDTH && v->y >= 0 && v->y <= height);
		if (!v->has_label)
			continue;
		assert_true(v->lx >= 0 && v->ly >= 0 && v->lx + v->w <= WIDTH && v->ly + v->h <= height);
		for (size_t k = 0; k < g->n; k++) {
			const struct layout_node *o = &g->nodes[k];

			if (k == i)
				continue;
			assert_false(meet(v->lx, v->ly, v->w, v->h, o->x - o->r, o->y - o->r, 2 * o->r, 2 * o->r));
			if (o->has_label)
				assert_false(meet(v->lx, v->ly, v->w, v->h, o->lx, o->ly, o->w, o->h));
		}
	}
}

static const size_t sizes[] = { 0, 1, 2, 3, 7, 24, 60, 120 };

static void labels_never_collide(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		for (uint32_t seed = 1; seed <= 5; seed++) {
			double height = 240 + 6.5 * (double)sizes[k];
			struct graph g;

			make_graph(&g, sizes[k], seed);
			lay_out(&g, height);
			check_labels(&g, height);
		}
	}
}

static void nearly_all_labels_are_shown_on_a_map_of_usual_size(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 5; seed++) {
		size_t shown = 0;
		struct graph g;

		make_graph(&g, 90, seed);
		lay_out(&g, 825);
		for (size_t i = 0; i < g.n; i++)
			shown += g.nodes[i].has_label;
		assert_true(shown >= 86);
	}
}

static void the_same_graph_has_the_same_places(void **state)
{
	struct graph a, b;

	(void)state;
	make_graph(&a, 80, 9);
	make_graph(&b, 80, 9);
	lay_out(&a, 700);
	lay_out(&b, 700);
	assert_memory_equal(a.nodes, b.nodes, sizeof(a.nodes));
}

static void the_places_are_the_same_on_every_machine(void **state)
{
	struct graph g;

	(void)state;
	make_graph(&g, 5, 1);
	lay_out(&g, 300);
	assert_int_equal((int)(g.nodes[0].x * 10), 10995);
	assert_int_equal((int)(g.nodes[0].y * 10), 512);
	assert_int_equal((int)(g.nodes[4].x * 10), 1399);
	assert_int_equal((int)(g.nodes[4].y * 10), 300);
}

static void neighbours_are_nearer_than_strangers(void **state)
{
	struct graph g = { .n = 6, .n_edges = 5 };
	double near, far;

	(void)state;
	for (size_t i = 0; i < 6; i++)
		g.nodes[i].r = 5;
	for (uint32_t i = 0; i < 5; i++)
		g.edges[i] = (struct layout_edge){ i, i + 1, 1 };
	lay_out(&g, WIDTH);
	near = (g.nodes[1].x - g.nodes[0].x) * (g.nodes[1].x - g.nodes[0].x) +
	       (g.nodes[1].y - g.nodes[0].y) * (g.nodes[1].y - g.nodes[0].y);
	far = (g.nodes[5].x - g.nodes[0].x) * (g.nodes[5].x - g.nodes[0].x) +
	      (g.nodes[5].y - g.nodes[0].y) * (g.nodes[5].y - g.nodes[0].y);
	assert_true(far > 4 * near);
}

static void rows_around_a_node_keep_their_distance(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 25; n++) {
		struct layout_node nodes[25] = { 0 };
		double height = layout_around(nodes, n, 640, 36);

		for (size_t i = 1; i < n; i++) {
			assert_true(nodes[i].y > 0 && nodes[i].y < height);
			assert_true(nodes[i].side < 0 ? nodes[i].x < 270 : nodes[i].x > 370);
			for (size_t k = 1; k < i; k++)
				if (nodes[k].side == nodes[i].side)
					assert_true(nodes[k].y - nodes[i].y > 35.9 || nodes[i].y - nodes[k].y > 35.9);
		}
	}
	assert_true(layout_around(NULL, 0, 640, 36) == 0);
}

static void texts_are_measured_and_cut(void **state)
{
	struct arena a = { 0 };
	struct str cut;

	(void)state;
	assert_true(layout_text_width(STR_NONE, 13) == 0);
	assert_true(layout_text_width(STR("深度求索"), 10) == 42);
	assert_true(layout_text_width(STR("mmmm"), 10) > 3 * layout_text_width(STR("iiii"), 10));
	cut = layout_text_cut(&a, STR("short"), 13, 100);
	assert_memory_equal(cut.ptr, "short", 5);
	cut = layout_text_cut(&a, STR("北京大学人工智能研究院"), 10, 60);
	assert_string_equal(cut.ptr, "北京大学…");
	cut = layout_text_cut(&a, STR("anything"), 10, 1);
	assert_string_equal(cut.ptr, "…");
	arena_release(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_never_collide),
		cmocka_unit_test(nearly_all_labels_are_shown_on_a_map_of_usual_size),
		cmocka_unit_test(the_same_graph_has_the_same_places),
		cmocka_unit_test(the_places_are_the_same_on_every_machine),
		cmocka_unit_test(neighbours_are_nearer_than_strangers),
		cmocka_unit_test(rows_around_a_node_keep_their_distance),
		cmocka_unit_test(texts_are_measured_and_cut),
	};

	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
