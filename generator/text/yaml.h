#ifndef YAML_H
#define YAML_H

#include "base/diag.h"
#include "base/value.h"

/*
 * yaml - reads YAML 1.2 front matter and JSON (RFC 8259) into a value tree;
 * the only door to libfyaml. Errors are diagnostics "yaml/…" and "json/…";
 * reading ends at the first that is about the shape of the text. Linear in the
 * size of the input. What could be read is given on failure too; *out is never NULL.
 *
 * YAML: plain scalars follow the core schema (null, true, false, integers,
 * floats), plus dates (YYYY-MM-DD and RFC 3339 timestamps); quoted scalars are
 * always strings. A key is the text of its scalar, whatever it looks like.
 * Aliases share the value of their anchor (its position is the anchor's), up to
 * YAML_MAX_NODES values in all, each alias counted with all it holds; "<<" merges mappings as in YAML 1.1. Tags other
 * than the core ones, directives, several documents, duplicate keys, and keys
 * that are lists, mappings or aliases are errors.
 *
 * JSON: no comments, no trailing commas, no duplicate keys, no lone surrogates.
 * Numbers written as integers are integers where 64 bits hold them.
 */
#define YAML_MAX_DEPTH 128
#define YAML_MAX_NODES 1000000
#define YAML_MAX_REPEATED (16 << 20) /* bytes of text that aliases add */
#define YAML_MAX_BYTES (64 << 20)
#define YAML_MAX_BLANK_LINES 100 /* in a row; not in JSON */
#define YAML_MAX_ERRORS 100

/* *out is a table, also for an empty document. `first_line`: the number of the text's first line. */
bool yaml_parse(struct arena *a, struct str path, struct str text, uint32_t first_line, struct value **out,
		struct diag_list *dl);
/* *out is of any type. */
bool yaml_parse_json(struct arena *a, struct str path, struct str text, struct value **out, struct diag_list *dl);

#endif
