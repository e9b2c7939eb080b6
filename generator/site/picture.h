#ifndef PICTURE_H
#define PICTURE_H

#include "base/date.h"
#include "site/href.h"

/*
 * picture - network maps, timelines and charts as SVG for the inside of an
 * HTML page.
 *
 * Well-formed as XML too. Without script and style: colours come from classes
 * (picture, p-edge, p-tie, p-dot, p-k1 to p-k10, …) that the theme knows. A picture with
 * links is a group with a name, since what has role "img" may hold none.
 * Addresses are site paths, or begin with '#'. Numbers are rounded to tenths.
 */
#define PICTURE_COLOURS 10
#define PICTURE_MAX_EVENTS 160

struct picture {
	struct buf *out;
	struct arena *scratch;
	const struct href *href;
	struct str title, desc; /* what it shows, in words */
	double width;           /* timelines: in pixels; 0: as usual */
};

struct picture_kind {
	struct str label;
	unsigned colour; /* 1 to PICTURE_COLOURS */
};

struct picture_node {
	struct str label, note; /* its name; a second line: what it is to the middle one. May be empty */
	struct str title, url;
	unsigned kind;          /* index into kinds */
	double size;            /* radius of the dot */
};

struct picture_edge {
	uint32_t a, b;
	struct str title; /* what ties them; empty: only named together */
};

struct picture_map {
	const struct picture_node *nodes;
	size_t n;
	const struct picture_edge *edges; /* each pair once */
	size_t n_edges;
	const struct picture_kind *kinds; /* those that occur, for the legend */
	size_t n_kinds;
};

/* All nodes in their own right, those that matter most first. */
void picture_network(const struct picture *p, const struct picture_map *m);
/* Node 0 in the middle of the others. Edges of node 0 need no title. */
void picture_neighbours(const struct picture *p, const struct picture_map *m);

struct picture_event {
	struct date_range date; /* those without are left out */
	struct str label, title, url;
};
/* Dots for days, bars for months, years and intervals. Writes nothing for less than three or more than PICTURE_MAX_EVENTS. */
void picture_timeline(const struct picture *p, const struct picture_event *events, size_t n);

struct picture_value {
	double value, max;   /* alike: one value */
	struct str display;  /* the value in words */
	struct str what;     /* what is counted; shown where it is not the same of all */
	struct str label;    /* whose it is: source and date */
	struct str title, url;
};
/*
 * A list with a line per value over a common axis that begins at zero, as wide as the place it stands in: text is
 * HTML, lines are SVG. Writes nothing for less than two.
 */
void picture_chart(const struct picture *p, const struct picture_value *values, size_t n);

struct picture_bar {
	double count;      /* 0: nothing is drawn */
	struct str label;  /* of the first and the last: when */
	struct str title, url;
};
/* A small row of columns over time, as wide as its place. Writes nothing for less than two, or when all are 0. */
void picture_coverage(const struct picture *p, const struct picture_bar *bars, size_t n);

#endif
