#ifndef TREE_CASE_H
#define TREE_CASE_H

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/value.h"

/*
 * tree_case - what tests of the syntaxes that are read into trees share.
 * Included after cmocka.
 */

/* Not STR: a text may hold NUL, and may stand in a static table. */
#define T(lit) \
	{ \
		(lit), sizeof(lit) - 1 \
	}

struct parsed {
	struct arena arena;
	struct diag_list dl;
	struct value *root;
	bool ok;
};

typedef bool tree_reader(struct arena *a, struct str text, uint32_t first_line, struct value **root,
			 struct diag_list *dl);

/* From a copy on the heap that is gone before anybody looks: the tree may borrow nothing. */
static inline void tree_parse(struct parsed *p, tree_reader *read, struct str text, uint32_t first_line)
{
	char *copy = malloc(text.len + 1);

	assert_non_null(copy);
	memcpy(copy, text.ptr, text.len);
	memset(p, 0, sizeof(*p));
	diag_init(&p->dl, &p->arena);
	p->ok = read(&p->arena, (struct str){ copy, text.len }, first_line, &p->root, &p->dl);
	memset(copy, 'x', text.len);
	free(copy);
	assert_non_null(p->root);
	assert_true(p->ok == (p->dl.errors == 0));
}

static inline void release(struct parsed *p)
{
	arena_release(&p->arena);
}

/* `n` times the middle between the ends; an @ in it counts. */
static inline void repeat(struct buf *b, const char *before, const char *middle, size_t n, const char *after)
{
	const char *number = strchr(middle, '@');

	buf_clear(b);
	buf_add_z(b, before);
	for (size_t i = 0; i < n; i++) {
		if (!number) {
			buf_add_z(b, middle);
			continue;
		}
		buf_add_mem(b, middle, (size_t)(number - middle));
		buf_add_u64(b, i);
		buf_add_z(b, number + 1);
	}
	buf_add_z(b, after);
}

#endif
