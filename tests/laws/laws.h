#ifndef LAWS_H
#define LAWS_H

#include "base/buf.h"
#include "laws/model.h"
#include "laws/tree.h"

/*
 * laws - one site on disk, built upon its last build and anew after each step.
 *
 * A step changes the sources, may damage what lies beside them, and builds.
 * The laws: the tree equals that of a clean build byte for byte, and so do
 * status and messages; what is rendered is what read something that changed;
 * the list of changes is what differs from the last build that was written
 * down; what did not change is not touched; a failed build changes nothing.
 */
enum laws_damage {
	LAWS_NONE,
	LAWS_OUTPUT_GONE,
	LAWS_OUTPUT_ALTERED,
	LAWS_OUTPUT_LINKED,
	LAWS_OUTPUTS_GONE,    /* the cache alone is kept */
	LAWS_OUTPUTS_TOUCHED,
	LAWS_INPUTS_TOUCHED,  /* as after a checkout */
	LAWS_CHECKOUT,        /* both */
	LAWS_CACHE_GONE,      /* the outputs alone are kept */
	LAWS_CACHE_CUT,
	LAWS_CACHE_FLIPPED,
	LAWS_CACHE_NOISE,
	LAWS_CACHE_EMPTY,
	LAWS_CACHE_PART_GONE,
	LAWS_CACHE_OTHER,     /* of another build of the program */
	LAWS_CACHE_OLD,       /* from some steps ago */
	LAWS_CACHE_OLD_ALONE, /* and no outputs */
	LAWS_BOTH_OLD,
	LAWS_SAVE,            /* what the three above bring back */
	LAWS_KILLED,          /* a build that did not come to its end */
	LAWS_STRANGER,        /* somebody else's file among the outputs */
	LAWS_UNCACHED,        /* --no-cache */
	LAWS_VERIFIED,        /* --verify */
	LAWS_SWAPPED,         /* --swap */
	LAWS_SWAP_KILLED,
	LAWS_DAMAGES
};

struct laws_step {
	struct model model;
	const char *edit;
	enum laws_damage damage;
	uint64_t chance; /* seed of what the damage hits */
	bool is_aged;    /* files that were written get a time in the past */
	unsigned jobs;
};

struct laws {
	char dir[512];       /* a folder of its own */
	const char *program;
	struct arena arena;  /* of one step */
	struct model_files written; /* what is on disk, in written_arena */
	struct arena written_arena;
	bool is_moved;
	struct tree base;    /* what the last build that was written down published */
	struct tree disk;    /* what is in the output folder */
	struct tree saved;   /* goes with the saved cache */
	bool has_saved;
	bool is_touched;     /* outputs may be written though they are the same */
	bool may_leave;      /* outputs of a build that nobody remembers may lie there */
	bool is_forgotten;   /* nothing is written down: the base is the folder */
	bool has_stranger;
	uint64_t clock;      /* makes times of files, no two alike */
	struct buf why;      /* what law was broken, and how */
	size_t steps, failed, rendered, differing, stopped;
};

void laws_begin(struct laws *l, const char *program);
bool laws_step(struct laws *l, const struct laws_step *s); /* false: see why */
void laws_end(struct laws *l, bool keep); /* keep: the folder stays */
const char *laws_damage_name(enum laws_damage d);

/* laws_facts.c: whether what was rendered, by path, is what read a fact that changed; else says so. */
bool laws_facts_hold(struct arena *a, struct str before, struct str after, const struct tree *rendered,
		     struct buf *why);

#endif
