#include "site/layout.h"

#include <assert.h>
#include <math.h>

#include "base/utf8.h"

/* A product and a sum in one rounding would give other bytes on machines that can. */
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

enum { STRESS_ROUNDS = 80, SPREAD_ROUNDS = 160, MARGIN = 8 };

/* text */

/* Hundredths of an em from ' ' to '~', the widest of the usual system typefaces. */
static const uint8_t widths[95] = {
	32,  38, 46, 84, 64, 96, 78, 28,  44, 44, 54, 84, 36, 42, 36, 44, /* space to / */
	64,  64, 64, 64, 64, 64, 64, 64,  64, 64, 38, 38, 84, 84, 84, 56, /* 0 to ? */
	100, 72, 70, 73, 78, 64, 60, 80,  78, 42, 48, 70, 58, 90, 78, 81, /* @ to O */
	64,  81, 71, 68, 64, 76, 70, 102, 70, 66, 68, 45, 44, 45, 84, 64, /* P to _ */
	64,  63, 64, 55, 64, 62, 38, 64,  65, 30, 36, 60, 30, 98, 65, 63, /* ` to o */
	64,  64, 45, 54, 42, 65, 60, 84,  60, 60, 54, 64, 46, 64, 84,     /* p to ~ */
};

static double advance(uint32_t cp)
{
	unsigned columns;

	if (cp >= ' ' && cp <= '~')
		return widths[cp - ' '] / 100.0;
	columns = utf8_width(cp);
	return columns == 0 ? 0 : columns == 1 ? 0.68 : 1.05;
}

double layout_text_width(struct str s, double size)
{
	double sum = 0;

	for (size_t i = 0; i < s.len;)
		sum += advance(utf8_decode(s, i, &i));
	return sum * size;
}

struct str layout_text_cut(struct arena *a, struct str s, double size, double width)
{
	double sum = 0, room = width / size - 1;
	size_t n = 0;

	if (layout_text_width(s, size) <= width)
		return s;
	for (size_t i = 0; i < s.len;) {
		sum += advance(utf8_decode(s, i, &i));
		if (sum > room)
			break;
		n++;
	}
	return str_format(a, "%.*s…", STR_ARG(str_trim(utf8_truncate(s, n))));
}

/* distances in the graph */

struct links { /* by node: its edges in a row */
	size_t *first;
	uint32_t *to;
	double *length;
};

static struct links links_of(struct arena *a, size_t n, const struct layout_edge *edges, size_t n_edges)
{
	struct links l = { arena_array(a, size_t, n + 2), arena_array(a, uint32_t, 2 * n_edges + 1),
			   arena_array(a, double, 2 * n_edges + 1) };

	for (size_t i = 0; i < n_edges; i++) {
		assert(edges[i].a < n && edges[i].b < n && edges[i].length > 0);
		l.first[edges[i].a + 2]++;
		l.first[edges[i].b + 2]++;
	}
	for (size_t i = 2; i < n + 2; i++)
		l.first[i] += l.first[i - 1];
	for (size_t i = 0; i < n_edges; i++) {
		size_t from = l.first[edges[i].a + 1]++, back = l.first[edges[i].b + 1]++;

		l.to[from] = edges[i].b;
		l.to[back] = edges[i].a;
		l.length[from] = l.length[back] = edges[i].length;
	}
	return l;
}

/* Dijkstra without a heap: the graphs are small. Unreached nodes keep HUGE_VAL. */
static void distances_from(const struct links *l, size_t n, size_t from, double *d, bool *done)
{
	for (size_t i = 0; i < n; i++) {
		d[i] = HUGE_VAL;
		done[i] = false;
	}
	d[from] = 0;
	for (;;) {
		size_t at = n;

		for (size_t i = 0; i < n; i++)
			if (!done[i] && d[i] < HUGE_VAL && (at == n || d[i] < d[at]))
				at = i;
		if (at == n)
			return;
		done[at] = true;
		for (size_t k = l->first[at]; k < l->first[at + 1]; k++)
			if (d[at] + l->length[k] < d[l->to[k]])
				d[l->to[k]] = d[at] + l->length[k];
	}
}

/* What is wanted between two nodes, and how much that counts. */
struct wanted {
	double length, weight;
};

static struct wanted *all_distances(struct arena *a, size_t n, const struct layout_edge *edges, size_t n_edges)
{
	struct links l = links_of(a, n, edges, n_edges);
	size_t cells = n * n;
	struct wanted *w = arena_array(a, struct wanted, cells + 1);
	double *d = arena_array(a, double, cells + 1), far = 1;
	bool *done = arena_array(a, bool, n + 1);

	for (size_t i = 0; i < n; i++)
		distances_from(&l, n, i, d + i * n, done);
	for (size_t i = 0; i < cells; i++)
		if (d[i] < HUGE_VAL && d[i] > far)
			far = d[i];
	for (size_t i = 0; i < cells; i++) {
		double length = d[i] == HUGE_VAL ? far : d[i];

		w[i] = (struct wanted){ length, length > 0 ? 1 / (length * length) : 0 };
	}
	return w;
}

/* places */

/* A sunflower: each next seed is turned by the golden angle, given here by its cosine and sine. */
static void start(struct layout_node *nodes, size_t n)
{
	const double c = -0.73736887807831985, s = 0.67549029426152362;
	double x = 1, y = 0;

	for (size_t i = 0; i < n; i++) {
		double radius = sqrt((double)i), turned = x * c - y * s;

		nodes[i].x = x * radius;
		nodes[i].y = y * radius;
		y = x * s + y * c;
		x = turned;
	}
}

static void stress_round(struct layout_node *nodes, size_t n, const struct wanted *wanted)
{
	for (size_t i = 0; i < n; i++, wanted += n) {
		double x = nodes[i].x, y = nodes[i].y, sx = 0, sy = 0, sum = 0;

		for (size_t j = 0; j < n; j++) {
			double dx = x - nodes[j].x, dy = y - nodes[j].y, is = sqrt(dx * dx + dy * dy);
			double w = wanted[j].weight;

			if (i == j)
				continue;
			is = is > 1e-9 ? wanted[j].length / is : 0;
			sx += w * (nodes[j].x + dx * is);
			sy += w * (nodes[j].y + dy * is);
			sum += w;
		}
		if (sum > 0) {
			nodes[i].x = sx / sum;
			nodes[i].y = sy / sum;
		}
	}
}

static double half_width(const struct layout_node *v)
{
	return (v->w > 2 * v->r ? v->w : 2 * v->r) / 2 + 4;
}

static double clamp(double v, double min, double max)
{
	return v < min ? min : v > max ? max : v;
}

static void keep_inside(struct layout_node *v, double width, double height)
{
	double half = half_width(v);

	v->x = half > width / 2 ? width / 2 : clamp(v->x, half, width - half);
	v->y = clamp(v->y, v->r + MARGIN, height - v->r - v->h - MARGIN);
}

static void stretch(struct layout_node *nodes, size_t n, double width, double height)
{
	double x0 = nodes[0].x, x1 = x0, y0 = nodes[0].y, y1 = y0;

	for (size_t i = 1; i < n; i++) {
		x0 = nodes[i].x < x0 ? nodes[i].x : x0;
		x1 = nodes[i].x > x1 ? nodes[i].x : x1;
		y0 = nodes[i].y < y0 ? nodes[i].y : y0;
		y1 = nodes[i].y > y1 ? nodes[i].y : y1;
	}
	for (size_t i = 0; i < n; i++) {
		nodes[i].x = x1 - x0 > 1e-9 ? (nodes[i].x - x0) / (x1 - x0) * (width - 120) + 60 : width / 2;
		nodes[i].y = y1 - y0 > 1e-9 ? (nodes[i].y - y0) / (y1 - y0) * (height - 60) + 30 : height / 2;
		keep_inside(&nodes[i], width, height);
	}
}

/* Two boxes of dot and label below it that overlap go apart along the shorter way. True when they did. */
static bool push_apart(struct layout_node *a, struct layout_node *b, double room)
{
	double dx = b->x - a->x, dy, ox = room - (dx < 0 ? -dx : dx), oy;

	if (ox <= 0)
		return false;
	dy = (b->y + (b->h - b->r) / 2) - (a->y + (a->h - a->r) / 2);
	oy = a->r + b->r + (a->h + b->h) / 2 + 5 - (dy < 0 ? -dy : dy);
	if (oy <= 0)
		return false;
	if (ox < oy) {
		a->x -= dx < 0 ? -ox / 2 : ox / 2;
		b->x += dx < 0 ? -ox / 2 : ox / 2;
	} else {
		a->y -= dy < 0 ? -oy / 2 : oy / 2;
		b->y += dy < 0 ? -oy / 2 : oy / 2;
	}
	return true;
}

static bool spread_round(struct layout_node *nodes, size_t n, const double *halves)
{
	bool moved = false;

	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			moved |= push_apart(&nodes[i], &nodes[j], halves[i] + halves[j]);
	return moved;
}

void layout_graph(struct arena *scratch, struct layout_node *nodes, size_t n, const struct layout_edge *edges,
		  size_t n_edges, double width, double height)
{
	const struct wanted *wanted;
	double *halves;

	if (n == 0)
		return;
	wanted = all_distances(scratch, n, edges, n_edges);
	start(nodes, n);
	for (int round = 0; round < STRESS_ROUNDS; round++)
		stress_round(nodes, n, wanted);
	stretch(nodes, n, width, height);
	halves = arena_array(scratch, double, n);
	for (size_t i = 0; i < n; i++)
		halves[i] = half_width(&nodes[i]);
	for (int round = 0; round < SPREAD_ROUNDS && spread_round(nodes, n, halves); round++)
		for (size_t i = 0; i < n; i++)
			keep_inside(&nodes[i], width, height);
	layout_labels(nodes, n, width, height);
}

double layout_around(struct layout_node *nodes, size_t n, double width, double pitch)
{
	size_t around = n ? n - 1 : 0, right = (around + 1) / 2, rows = right ? right : 1;
	double height, reach = width * 0.19;

	if (n == 0)
		return 0;
	if (pitch * (double)rows < 150)
		pitch = 150 / (double)rows;
	height = pitch * (double)rows + 2 * MARGIN;
	nodes[0].x = width / 2;
	nodes[0].y = height / 2;
	for (size_t i = 0; i < around; i++) {
		bool is_right = i < right;
		size_t here = is_right ? right : around - right, row = is_right ? i : around - 1 - i;
		struct layout_node *v = &nodes[i + 1];
		double t;

		v->y = height / 2 + ((double)row - ((double)here - 1) / 2) * pitch;
		t = (v->y - height / 2) / (height / 2);
		v->side = is_right ? 1 : -1;
		v->x = width / 2 + v->side * reach * sqrt(1 - 0.7 * t * t);
	}
	return height;
}

/* labels */

static bool boxes_meet(double ax, double ay, double aw, double ah, double bx, double by, double bw, double bh)
{
	return ax < bx + bw && bx < ax + aw && ay < by + bh && by < ay + ah;
}

static bool is_free(const struct layout_node *nodes, size_t n, size_t me, double x, double y)
{
	const struct layout_node *v = &nodes[me];

	for (size_t i = 0; i < n; i++) {
		const struct layout_node *o = &nodes[i];

		if (i != me && boxes_meet(x, y, v->w, v->h, o->x - o->r, o->y - o->r, 2 * o->r, 2 * o->r))
			return false;
		if (i != me && o->has_label && boxes_meet(x, y, v->w, v->h, o->lx, o->ly, o->w, o->h))
			return false;
	}
	return true;
}

void layout_labels(struct layout_node *nodes, size_t n, double width, double height)
{
	for (size_t i = 0; i < n; i++)
		nodes[i].has_label = false;
	for (size_t i = 0; i < n; i++) {
		struct layout_node *v = &nodes[i];
		const struct {
			double x, y;
			int8_t side;
		} places[] = {
			{ v->x - v->w / 2, v->y + v->r + 1, 0 }, { v->x - v->w / 2, v->y - v->r - 1 - v->h, 0 },
			{ v->x + v->r + 3, v->y - v->h / 2, 1 }, { v->x - v->r - 3 - v->w, v->y - v->h / 2, -1 },
			{ v->x + v->r, v->y + v->r, 1 },         { v->x - v->r - v->w, v->y + v->r, -1 },
			{ v->x + v->r, v->y - v->r - v->h, 1 },  { v->x - v->r - v->w, v->y - v->r - v->h, -1 },
		};

		for (size_t k = 0; k < sizeof(places) / sizeof(places[0]) && !v->has_label && v->w > 0; k++) {
			if (places[k].x < 0 || places[k].y < 0 || places[k].x + v->w > width ||
			    places[k].y + v->h > height || !is_free(nodes, n, i, places[k].x, places[k].y))
				continue;
			v->lx = places[k].x;
			v->ly = places[k].y;
			v->side = places[k].side;
			v->has_label = true;
		}
	}
}
