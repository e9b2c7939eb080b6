#ifndef CARD_H
#define CARD_H

#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"

/*
 * card - the picture that stands beside a link to a page elsewhere: 1200 by 630
 * pixels, PNG; the door to Pango and cairo.
 *
 * What it looks like depends on the fonts of the machine and on the libraries,
 * so that cards are the same only where card_key is. One thread at a time.
 */
#define CARD_WIDTH 1200
#define CARD_HEIGHT 630

struct card {
	struct str label;   /* on the tab: what kind of page it is */
	struct str title, text;
	struct str site, address; /* at the foot */
	struct str lang;
};

struct card_painter;

struct card_painter *card_new(void); /* NULL: the libraries are not there */
void card_free(struct card_painter *p); /* NULL is allowed */
/* Of the libraries' versions, and of what their fonts make of a sample of letters. */
struct digest card_key(struct card_painter *p);
/* Appends the picture. What is too long ends in "…". */
void card_draw(struct card_painter *p, const struct card *c, struct buf *png);

#endif
