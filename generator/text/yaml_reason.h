#ifndef YAML_REASON_H
#define YAML_REASON_H

#include "base/str.h"

/*
 * yaml_reason - libfyaml's messages in words that help. Private to yaml*.c.
 *
 * `said` is libfyaml's message about the text at *off, which moves to the place
 * meant. Gives a message and a hint (perhaps empty); what no table knows is
 * given as it was said.
 */
const char *yaml_reason(bool is_json, const char *said, struct str text, size_t *off, const char **hint);

#endif
