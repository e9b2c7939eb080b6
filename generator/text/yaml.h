#ifndef YAML_H
#define YAML_H

#include "base/diag.h"
#include "base/value.h"

/*
 * yaml - reads YAML 1.2 front matter and JSON (RFC 8259) into a value tree;
 * the only door to libfyaml. Plain scalars follow the core schema (null, true,
 * false, integers, floats), plus dates (YYYY-MM-DD and RFC 3339 timestamps);
 * quoted scalars are always strings. Anchors and aliases are expanded up to
 * YAML_MAX_NODES nodes in all; tags other than the core ones, several
 * documents, duplicate and non-string keys are errors ("yaml/…", "json/…").
 */
#define YAML_MAX_DEPTH 128
#define YAML_MAX_NODES 1000000

bool yaml_parse(struct arena *a, struct str path, struct str text, uint32_t first_line, struct value **out,
		struct diag_list *dl);
/* Strict JSON: no comments, no trailing commas, no single quotes, no duplicate keys. */
bool yaml_parse_json(struct arena *a, struct str path, struct str text, struct value **out, struct diag_list *dl);

#endif
