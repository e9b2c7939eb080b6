#ifndef LAYOUT_H
#define LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/*
 * layout - where the nodes and labels of a drawn graph stand.
 *
 * Only + - * / and square roots of doubles, in a fixed order, from a fixed
 * start: the same graph gives the same places on every machine and for any
 * number of threads. Units are those of the drawing (CSS pixels at its natural
 * size), y grows downwards.
 */
struct layout_node {
	double x, y;     /* the middle of its dot: the result */
	double r;        /* radius of the dot */
	double w, h;     /* size of its label; 0: none */
	double lx, ly;   /* the label's left upper corner: the result of layout_labels */
	bool has_label;  /* false: no place was free */
	int8_t side;     /* where the label is: -1 left, 1 right, 0 above or below the dot */
};

struct layout_edge {
	uint32_t a, b;
	double length; /* wanted, in any unit; above 0 */
};

/*
 * Stress majorisation (Gansner, Koren, North: Graph Drawing by Stress Majorization, 2004) over the distances in the
 * graph, then stretched to the frame, with dots and labels pushed apart. Parts that hang together by nothing are kept
 * at a distance. Nodes that matter come first. Time grows with n²: for at most some hundreds.
 */
void layout_graph(struct arena *scratch, struct layout_node *nodes, size_t n, const struct layout_edge *edges, size_t n_edges,
		  double width, double height);
/*
 * Node 0 in the middle, the others in their order clockwise from the top, in rows at both sides, so that labels beside
 * them never meet. Gives the height that is needed.
 */
double layout_around(struct layout_node *nodes, size_t n, double width, double pitch);
/* Labels below, above, right or left of their dots, the first nodes choosing first, none upon another or upon a dot. */
void layout_labels(struct layout_node *nodes, size_t n, double width, double height);

/* Approximate, for a sans-serif typeface at `size` pixels; on the safe side. */
double layout_text_width(struct str s, double size);
/* As much of the text as fits, with an ellipsis where it was cut; s itself when it fits. */
struct str layout_text_cut(struct arena *a, struct str s, double size, double width);

#endif
