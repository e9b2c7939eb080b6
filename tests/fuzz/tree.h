#ifndef TREE_H
#define TREE_H

#include <stdlib.h>

#include "base/diag.h"
#include "base/utf8.h"

/*
 * tree - what holds for whatever a reader gives: positions, valid UTF-8, keys
 * that are found again, and messages that stand somewhere.
 */
static inline void tree_check_value(const struct value *v)
{
	if (!v || !v->at.line || !v->at.col)
		abort();
	if (v->type == VALUE_STRING && utf8_check(v->as.string) != v->as.string.len)
		abort();
	if (v->type == VALUE_TABLE)
		for (size_t i = 0; i < v->as.table.len; i++) {
			const struct value_entry *e = &v->as.table.entries[i];

			if (!e->at.line || !e->at.col || utf8_check(e->key) != e->key.len ||
			    value_get(v, e->key) != e->value)
				abort();
		}
}

/* Bounded: what aliases repeat is looked at once more each time. */
static inline void tree_walk(const struct value *v, size_t *left)
{
	tree_check_value(v);
	if (!*left)
		return;
	--*left;
	if (v->type == VALUE_ARRAY)
		for (size_t i = 0; i < v->as.array.len; i++)
			tree_walk(v->as.array.items[i], left);
	if (v->type == VALUE_TABLE)
		for (size_t i = 0; i < v->as.table.len; i++)
			tree_walk(v->as.table.entries[i].value, left);
}

typedef bool tree_reader(struct arena *a, struct str text, struct value **root, struct diag_list *dl);

static inline void tree_check(const struct value *root, const struct diag_list *dl, bool ok)
{
	struct buf json;
	size_t left = 20000;

	tree_walk(root, &left);
	buf_init(&json, 1 << 20);
	value_write_json(&json, root);
	buf_release(&json);
	if (ok != (dl->errors == 0))
		abort();
	for (size_t i = 0; i < dl->len; i++) {
		const struct diag *d = &dl->items[i];

		if (!d->message.len || !d->path.len || (d->at.line && !d->at.col))
			abort();
	}
}

/* Any bytes give a tree, with messages exactly when something is wrong. */
static inline int tree_fuzz(const uint8_t *data, size_t size, tree_reader *read)
{
	struct arena arena = { 0 };
	struct diag_list dl;
	struct value *root = NULL;
	bool ok;

	diag_init(&dl, &arena);
	ok = read(&arena, (struct str){ (const char *)data, size }, &root, &dl);
	if (!root)
		abort();
	tree_check(root, &dl, ok);
	arena_release(&arena);
	return 0;
}

#endif
