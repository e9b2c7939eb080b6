#include "site/picture.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/swar.h"
#include "site/body.h"
#include "site/layout.h"

enum { MAP_WIDTH = 1160, AROUND_WIDTH = 760, TIME_WIDTH = 840, NUMBERS_MAX = 6, NUMBER_MAX = 24 };

static const unsigned char is_control[256] = { [0 ... ' ' - 1] = 1, [0x7f] = 1 };

static swar_word may_be_control(swar_word v)
{
	return swar_below(v, ' ') | swar_equal(v, 0x7f);
}

/* Text and attribute values; what XML cannot hold becomes a space. */
static void put_text(struct buf *out, struct str s)
{
	size_t at;

	while ((at = swar_find(s, 0, is_control, may_be_control)) < s.len) {
		buf_add_html(out, str_cut(s, 0, at));
		buf_add_char(out, ' ');
		s = str_skip(s, at + 1);
	}
	buf_add_html(out, s);
}

/* In tenths; gives what follows it. */
static char *write_number(char *to, double v)
{
	long tenths = (long)(v < 0 ? v * 10 - 0.5 : v * 10 + 0.5);
	unsigned long whole = (unsigned long)labs(tenths) / 10, tenth = (unsigned long)labs(tenths) % 10;
	char digits[20], *first = digits + sizeof(digits);

	if (tenths < 0)
		*to++ = '-';
	do
		*--first = (char)('0' + whole % 10);
	while (whole /= 10);
	while (first < digits + sizeof(digits))
		*to++ = *first++;
	if (tenth) {
		*to++ = '.';
		*to++ = (char)('0' + tenth);
	}
	return to;
}

/* `#` stands for a number, anything else for itself. */
static void put(struct buf *out, const char *text, ...)
{
	char made[320], *to = made;
	va_list args;

	assert(strlen(text) + NUMBERS_MAX * NUMBER_MAX <= sizeof(made));
	va_start(args, text);
	for (char c; (c = *text) != '\0'; text++) {
		if (c == '#')
			to = write_number(to, va_arg(args, double));
		else
			*to++ = c;
	}
	va_end(args);
	buf_add_mem(out, made, (size_t)(to - made));
}

static void put_title(struct buf *out, struct str title)
{
	if (title.len == 0)
		return;
	buf_add_z(out, "<title>");
	put_text(out, title);
	buf_add_z(out, "</title>");
}

static void begin(const struct picture *p, const char *class, bool has_links, double width, double height)
{
	struct buf *out = p->out;

	buf_add_format(out, "<svg class=\"picture %s\" paint-order=\"stroke\" role=\"%s\" ", class,
		       has_links ? "group" : "img");
	put(out, "viewBox=\"0 0 # #\" width=\"#\" height=\"#\">", width, height, width, height);
	put_title(out, p->title);
	if (p->desc.len) {
		buf_add_z(out, "<desc>");
		put_text(out, p->desc);
		buf_add_z(out, "</desc>");
	}
	buf_add_char(out, '\n');
}

static void open_link(const struct picture *p, struct str url, struct str title)
{
	buf_add_z(p->out, "<a href=\"");
	if (url.len && url.ptr[0] == '#')
		put_text(p->out, url);
	else
		body_write_href(p->out, p->href, url, STR_NONE);
	buf_add_z(p->out, "\">");
	put_title(p->out, title);
}

static void put_label(struct buf *out, double x, double y, int side, const char *class, struct str text)
{
	buf_add_z(out, "<text");
	if (*class) {
		buf_add_z(out, " class=\"");
		buf_add_z(out, class);
		buf_add_char(out, '"');
	}
	put(out, " x=\"#\" y=\"#\"", x, y);
	if (side < 1)
		buf_add_z(out, side < 0 ? " text-anchor=\"end\">" : " text-anchor=\"middle\">");
	else
		buf_add_char(out, '>');
	put_text(out, text);
	buf_add_z(out, "</text>");
}

static void put_dot(struct buf *out, double x, double y, double r, unsigned colour)
{
	buf_add_z(out, "<circle class=\"p-dot");
	if (colour) {
		buf_add_z(out, " p-k");
		buf_add_u64(out, (colour - 1) % PICTURE_COLOURS + 1);
	}
	put(out, "\" cx=\"#\" cy=\"#\" r=\"#\"/>", x, y, r);
}

/* network maps */

static unsigned colour_of(const struct picture_map *m, const struct picture_node *v)
{
	return v->kind < m->n_kinds ? m->kinds[v->kind].colour : 0;
}

static double legend_height(const struct picture_map *m, double width)
{
	double x = 0, rows = 1;

	for (size_t i = 0; i < m->n_kinds; i++) {
		double w = 34 + layout_text_width(m->kinds[i].label, 12);

		if (x + w > width && x > 0) {
			x = 0;
			rows++;
		}
		x += w;
	}
	return m->n_kinds > 1 ? rows * 20 + 14 : 0;
}

static void put_legend(struct buf *out, const struct picture_map *m, double width, double top)
{
	double x = 0, y = top + 18;

	if (m->n_kinds < 2)
		return;
	buf_add_z(out, "<g class=\"p-legend\" font-size=\"12\">");
	for (size_t i = 0; i < m->n_kinds; i++) {
		double w = 34 + layout_text_width(m->kinds[i].label, 12);

		if (x + w > width && x > 0) {
			x = 0;
			y += 20;
		}
		put_dot(out, x + 8, y - 4, 5, m->kinds[i].colour);
		put_label(out, x + 17, y, 1, "", m->kinds[i].label);
		x += w;
	}
	buf_add_z(out, "</g>\n");
}

/* A straight line, or one that bends towards (cx, cy). */
static void put_path(struct buf *out, const struct layout_node *a, const struct layout_node *b,
		     const struct layout_node *bend)
{
	put(out, "M# #", a->x, a->y);
	if (bend)
		put(out, "Q# # # #", (a->x + b->x) / 4 + bend->x / 2, (a->y + b->y) / 4 + bend->y / 2, b->x, b->y);
	else
		put(out, "L# #", b->x, b->y);
}

/* Those without a title in one path, below the others. */
static void put_edges(struct buf *out, const struct picture_map *m, const struct layout_node *at, bool is_around)
{
	bool any = false;

	for (size_t i = 0; i < m->n_edges; i++) {
		const struct picture_edge *e = &m->edges[i];

		if (e->title.len)
			continue;
		buf_add_z(out, any ? "" : "<path class=\"p-tie\" d=\"");
		any = true;
		put_path(out, &at[e->a], &at[e->b], is_around && e->a && e->b ? &at[0] : NULL);
	}
	buf_add_z(out, any ? "\"/>\n" : "");
	for (size_t i = 0; i < m->n_edges; i++) {
		const struct picture_edge *e = &m->edges[i];

		if (e->title.len == 0)
			continue;
		buf_add_z(out, is_around && e->a && e->b ? "<path class=\"p-edge p-chord\" d=\""
							 : "<path class=\"p-edge\" d=\"");
		put_path(out, &at[e->a], &at[e->b], is_around && e->a && e->b ? &at[0] : NULL);
		buf_add_z(out, "\">");
		put_title(out, e->title);
		buf_add_z(out, "</path>\n");
	}
}

void picture_network(const struct picture *p, const struct picture_map *m)
{
	struct layout_node *at = arena_array(p->scratch, struct layout_node, m->n + 1);
	struct layout_edge *edges = arena_array(p->scratch, struct layout_edge, m->n_edges + 1);
	struct str *labels = arena_array(p->scratch, struct str, m->n + 1);
	double height = 240 + 6.5 * (double)m->n, legend = legend_height(m, MAP_WIDTH);
	struct buf *out = p->out;

	if (m->n == 0)
		return;
	for (size_t i = 0; i < m->n; i++) {
		labels[i] = layout_text_cut(p->scratch, m->nodes[i].label, 13, 165);
		at[i].r = m->nodes[i].size;
		at[i].w = layout_text_width(labels[i], 13);
		at[i].h = 16;
	}
	for (size_t i = 0; i < m->n_edges; i++)
		edges[i] = (struct layout_edge){ m->edges[i].a, m->edges[i].b, m->edges[i].title.len ? 1 : 1.4 };
	layout_graph(p->scratch, at, m->n, edges, m->n_edges, MAP_WIDTH, height);
	begin(p, "p-network", true, MAP_WIDTH, height + legend);
	put_edges(out, m, at, false);
	buf_add_z(out, "<g font-size=\"13\">\n");
	for (size_t i = 0; i < m->n; i++) {
		open_link(p, m->nodes[i].url, m->nodes[i].title);
		put_dot(out, at[i].x, at[i].y, at[i].r, colour_of(m, &m->nodes[i]));
		if (at[i].has_label)
			put_label(out, at[i].side ? at[i].lx + (at[i].side < 0 ? at[i].w : 0) : at[i].x, at[i].ly + 12,
				  at[i].side, "", labels[i]);
		buf_add_z(out, "</a>\n");
	}
	buf_add_z(out, "</g>\n");
	put_legend(out, m, MAP_WIDTH, height);
	buf_add_z(out, "</svg>\n");
}

static void put_neighbour(const struct picture *p, const struct picture_node *v, const struct layout_node *at,
			  unsigned colour)
{
	double x = at->x + at->side * (at->r + 6), room = at->side < 0 ? x - 2 : AROUND_WIDTH - x - 2;
	double y = v->note.len ? at->y - 2 : at->y + 4.5;

	open_link(p, v->url, v->title);
	put_dot(p->out, at->x, at->y, at->r, colour);
	put_label(p->out, x, y, at->side, "", layout_text_cut(p->scratch, v->label, 13, room));
	if (v->note.len)
		put_label(p->out, x, y + 14, at->side, "p-note", layout_text_cut(p->scratch, v->note, 12, room));
	buf_add_z(p->out, "</a>\n");
}

void picture_neighbours(const struct picture *p, const struct picture_map *m)
{
	struct layout_node *at = arena_array(p->scratch, struct layout_node, m->n + 1);
	double pitch = 24, height, legend = legend_height(m, AROUND_WIDTH);
	struct buf *out = p->out;

	if (m->n == 0)
		return;
	for (size_t i = 0; i < m->n; i++) {
		at[i].r = m->nodes[i].size;
		pitch = m->nodes[i].note.len && i ? 36 : pitch;
	}
	height = layout_around(at, m->n, AROUND_WIDTH, pitch);
	begin(p, "p-around", true, AROUND_WIDTH, height + legend);
	put_edges(out, m, at, true);
	buf_add_z(out, "<g font-size=\"13\">\n");
	for (size_t i = 1; i < m->n; i++)
		put_neighbour(p, &m->nodes[i], &at[i], colour_of(m, &m->nodes[i]));
	put_dot(out, at[0].x, at[0].y, at[0].r, colour_of(m, &m->nodes[0]));
	put_label(out, at[0].x, at[0].y + at[0].r + 16, 0, "p-main",
		  layout_text_cut(p->scratch, m->nodes[0].label, 15, 170));
	buf_add_z(out, "\n</g>\n");
	put_legend(out, m, AROUND_WIDTH, height);
	buf_add_z(out, "</svg>\n");
}

/* timelines */

struct span { /* one event in the drawing */
	const struct picture_event *event;
	int32_t first, last; /* days */
	double x0, x1;       /* the mark */
	double from, to;     /* with its label */
	struct str label;
	int8_t side;
	size_t lane;
};

/* Empty years are narrow, and long rows of them narrower still. */
struct axis {
	int first, last;
	double *start; /* of each year, and the end of the last */
	bool *has;
	double width;
};

static int by_day(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	if (x->last != y->last)
		return x->last < y->last ? -1 : 1;
	return x->event < y->event ? -1 : 1;
}

static int year_of(int32_t day)
{
	return date_from_days(day).year;
}

static void make_axis(struct arena *a, struct axis *x, const struct span *spans, size_t n)
{
	double at = 0, scale, empty = 0;
	size_t years;

	x->first = year_of(spans[0].first);
	x->last = x->first;
	for (size_t i = 0; i < n; i++)
		x->last = year_of(spans[i].last) > x->last ? year_of(spans[i].last) : x->last;
	years = (size_t)(x->last - x->first) + 1;
	x->start = arena_array(a, double, years + 1);
	x->has = arena_array(a, bool, years + 1);
	for (size_t i = 0; i < n; i++) {
		x->has[year_of(spans[i].first) - x->first] = true;
		x->has[year_of(spans[i].last) - x->first] = true;
	}
	for (size_t i = 0; i < years; i++) {
		double width = x->has[i] ? 1 : empty < 1 ? 0.3 : 0;

		empty = x->has[i] ? 0 : empty + width;
		x->start[i] = at;
		at += width;
	}
	x->start[years] = at;
	scale = (x->width - 24) / at;
	for (size_t i = 0; i <= years; i++)
		x->start[i] = 12 + x->start[i] * scale;
}

static double place(const struct axis *x, int32_t day)
{
	int year = year_of(day);
	struct date d = { .year = (int16_t)year, .precision = DATE_YEAR };
	int32_t first = date_first_day(d), length = date_last_day(d) - first + 1;
	const double *s = &x->start[year - x->first];

	return s[0] + (s[1] - s[0]) * (double)(day - first) / (double)length;
}

static bool lane_is_free(const struct span *spans, size_t n, size_t lane, double from, double to)
{
	for (size_t i = 0; i < n; i++)
		if (spans[i].lane == lane && spans[i].from < to + 8 && from < spans[i].to + 8)
			return false;
	return true;
}

/* Each into the first lane with room for its mark and label. */
static size_t fill_lanes(struct arena *a, const struct axis *x, struct span *spans, size_t n)
{
	size_t lanes = 0;

	for (size_t i = 0; i < n; i++) {
		struct span *s = &spans[i];
		bool is_day = s->first == s->last;
		double w, left, right, room;

		s->x0 = place(x, s->first);
		s->x1 = is_day ? s->x0 : place(x, s->last);
		if (!is_day && s->x1 - s->x0 < 9)
			s->x1 = s->x0 + 9;
		/* Wide bars carry their label above them. */
		s->side = s->x1 - s->x0 > 300 ? 0 : 1;
		left = s->x0 - 14;
		right = x->width - s->x1 - 14;
		if (s->side && right < left && right < 300)
			s->side = -1;
		room = s->side == 0 ? s->x1 - s->x0 : s->side < 0 ? left : right;
		s->label = layout_text_cut(a, s->event->label, 12, fmin(room, x->width / 2));
		w = layout_text_width(s->label, 12);
		s->from = s->side < 0 ? s->x0 - 10 - w : s->x0 - 5;
		s->to = s->side > 0 ? s->x1 + 10 + w : s->x1 + 5;
		while (!lane_is_free(spans, i, s->lane, s->from, s->to))
			s->lane++;
		lanes = s->lane >= lanes ? s->lane + 1 : lanes;
	}
	return lanes;
}

static void put_axis(struct buf *out, const struct axis *x, double height)
{
	double last = -100;

	put(out, "<path class=\"p-axis\" d=\"M0 #H#\"/>\n<g class=\"p-years\" font-size=\"12\">", height - 22,
	    x->width);
	for (int y = x->first; y <= x->last; y++) {
		double at = x->start[y - x->first];

		if (!x->has[y - x->first])
			continue;
		put(out, "<path class=\"p-grid\" d=\"M# 0V#\"/>", at, height - 17);
		if (at - last < 34)
			continue;
		put(out, "<text x=\"#\" y=\"#\">", at + 3, height - 6);
		buf_add_u64(out, (uint64_t)y);
		buf_add_z(out, "</text>");
		last = at;
	}
	buf_add_z(out, "</g>\n");
}

static size_t make_spans(struct span *spans, const struct picture_event *events, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		const struct date_range *d = &events[i].date;
		struct date from = date_is_set(d->from) ? d->from : d->to, to = date_is_set(d->to) ? d->to : d->from;

		if (!date_is_set(from))
			continue;
		spans[len++] =
			(struct span){ .event = &events[i], .first = date_first_day(from), .last = date_last_day(to) };
	}
	qsort(spans, len, sizeof(*spans), by_day);
	return len;
}

void picture_timeline(const struct picture *p, const struct picture_event *events, size_t n)
{
	struct span *spans = arena_array(p->scratch, struct span, n + 1);
	struct buf *out = p->out;
	struct axis x = { .width = p->width > 0 ? p->width : TIME_WIDTH };
	double height;
	size_t lanes;

	n = make_spans(spans, events, n);
	if (n < 3 || n > PICTURE_MAX_EVENTS)
		return;
	make_axis(p->scratch, &x, spans, n);
	lanes = fill_lanes(p->scratch, &x, spans, n);
	height = 24 * (double)lanes + 30;
	begin(p, x.width > TIME_WIDTH ? "p-timeline p-wide" : "p-timeline", true, x.width, height);
	put_axis(out, &x, height);
	buf_add_z(out, "<g font-size=\"12\">\n");
	for (size_t i = 0; i < n; i++) {
		const struct span *s = &spans[i];
		double y = 24 * (double)s->lane + 12;

		open_link(p, s->event->url, s->event->title);
		if (s->first == s->last)
			put_dot(out, s->x0, y, 5, 0);
		else if (s->side)
			put(out, "<rect class=\"p-bar\" x=\"#\" y=\"#\" width=\"#\" height=\"8\" rx=\"4\"/>", s->x0,
			    y - 4, s->x1 - s->x0);
		else
			put(out, "<rect class=\"p-bar\" x=\"#\" y=\"#\" width=\"#\" height=\"5\" rx=\"2\"/>", s->x0,
			    y + 6, s->x1 - s->x0);
		put_label(out,
			  s->side < 0 ? s->x0 - 9
			  : s->side   ? s->x1 + 9
				      : s->x0 + 2,
			  s->side ? y + 4 : y + 2, s->side < 0 ? -1 : 1, "", s->label);
		buf_add_z(out, "</a>\n");
	}
	buf_add_z(out, "</g>\n</svg>\n");
}

/* charts */

static void put_span(struct buf *out, const char *class, struct str text)
{
	if (text.len == 0)
		return;
	buf_add_z(out, "<span class=\"");
	buf_add_z(out, class);
	buf_add_z(out, "\">");
	put_text(out, text);
	buf_add_z(out, "</span> ");
}

/* A line from the left to the right edge, wherever those are, with the value on it. */
static void put_value_line(struct buf *out, double zero, double from, double to)
{
	buf_add_z(out, "<svg class=\"picture p-line\" aria-hidden=\"true\" overflow=\"visible\" width=\"100%\" "
		       "height=\"16\"><line class=\"p-track\" x2=\"100%\" y1=\"8\" y2=\"8\"/><line class=\"p-axis\"");
	put(out, " x1=\"#%\" x2=\"#%\" y2=\"16\"/><line class=\"p-stem\"", 100 * zero, 100 * zero);
	put(out, " x1=\"#%\" x2=\"#%\" y1=\"8\" y2=\"8\"/>", 100 * zero, 100 * from);
	if (to - from > 0.001)
		put(out, "<rect class=\"p-bar\" x=\"#%\" width=\"#%\" y=\"4\" height=\"8\" rx=\"4\"/></svg>",
		    100 * from, 100 * (to - from));
	else
		put(out, "<circle class=\"p-dot\" cx=\"#%\" cy=\"8\" r=\"5.5\"/></svg>", 100 * from);
}

void picture_chart(const struct picture *p, const struct picture_value *values, size_t n)
{
	double low = 0, high = 0, range;
	struct buf *out = p->out;
	bool has_what = false;

	for (size_t i = 0; i < n; i++) {
		low = values[i].value < low ? values[i].value : low;
		high = values[i].max > high ? values[i].max : high;
		has_what |= !str_eq(values[i].what, values[0].what);
	}
	range = high - low;
	if (n < 2 || !(range > 0) || range > 1e300)
		return;
	buf_add_z(out, "<ol class=\"p-chart\" aria-label=\"");
	put_text(out, p->title);
	buf_add_z(out, "\">\n");
	for (size_t i = 0; i < n; i++) {
		const struct picture_value *v = &values[i];

		buf_add_z(out, "<li><a href=\"");
		body_write_href(out, p->href, v->url, STR_NONE);
		buf_add_z(out, "\" title=\"");
		put_text(out, v->title);
		buf_add_z(out, "\">");
		put_span(out, "p-value", v->display);
		if (has_what)
			put_span(out, "p-note", v->what);
		put_span(out, "p-note p-from", v->label);
		put_value_line(out, -low / range, (v->value - low) / range, (v->max - low) / range);
		buf_add_z(out, "</a></li>\n");
	}
	buf_add_z(out, "</ol>\n");
}

/* coverage */

void picture_coverage(const struct picture *p, const struct picture_bar *bars, size_t n)
{
	const double floor = 60, top = n <= 24 ? 16 : 4;
	struct buf *out = p->out;
	double most = 0, width = 1.0 / (double)(n ? n : 1);

	for (size_t i = 0; i < n; i++)
		most = bars[i].count > most ? bars[i].count : most;
	if (n < 2 || !(most > 0))
		return;
	buf_add_z(out, "<svg class=\"picture p-coverage\" paint-order=\"stroke\" role=\"group\" width=\"100%\" "
		       "height=\"80\">");
	put_title(out, p->title);
	buf_add_z(out, "<desc>");
	put_text(out, p->desc);
	put(out, "</desc>\n<line class=\"p-axis\" x2=\"100%\" y1=\"#\" y2=\"#\"/>\n", floor, floor);
	for (size_t i = 0; i < n; i++) {
		double height = (floor - top) * bars[i].count / most, x = (double)i * width;

		if (!(bars[i].count > 0))
			continue;
		open_link(p, bars[i].url, bars[i].title);
		/* All of the column can be pointed at. */
		put(out, "<rect class=\"p-hit\" x=\"#%\" width=\"#%\" height=\"#\" fill-opacity=\"0\"/>", 100 * x,
		    100 * width, floor);
		put(out, "<rect class=\"p-bar\" x=\"#%\" width=\"#%\" y=\"#\" height=\"#\"/>", 100 * (x + 0.1 * width),
		    100 * (0.8 * width), floor - height, height);
		if (n <= 24) {
			put(out, "<text class=\"p-years\" text-anchor=\"middle\" x=\"#%\" y=\"#\">",
			    100 * (x + width / 2), floor - height - 5);
			buf_add_u64(out, (uint64_t)bars[i].count);
			buf_add_z(out, "</text>");
		}
		buf_add_z(out, "</a>\n");
	}
	put_label(out, 0, floor + 16, 1, "p-years", bars[0].label);
	put(out, "<text class=\"p-years\" x=\"100%\" y=\"#\" text-anchor=\"end\">", floor + 16);
	put_text(out, bars[n - 1].label);
	buf_add_z(out, "</text>\n</svg>\n");
}
