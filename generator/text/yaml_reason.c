#include "text/yaml_reason.h"

#include <string.h>

struct reason {
	const char *part; /* of libfyaml's message */
	const char *message, *hint;
};

static const struct reason yaml_reasons[] = {
	{ "nested block mapping on the same line", "a second ': ' in one line",
	  "put quotes around a value that holds ': '" },
	{ "multiline plain key", "text that runs on over a line with ': '",
	  "write 'key: value' on each line, and indent the keys of one mapping alike" },
	{ "mapping in plain multiline", "text that runs on over a line with ': '",
	  "write 'key: value' on each line, and indent the keys of one mapping alike" },
	{ " tab", "a tab in the indentation", "indent with spaces" },
	{ "tab character", "a tab in the indentation", "indent with spaces" },
	{ "wrong ind", "the indentation fits nothing above",
	  "the keys of one mapping, and the dashes of one list, begin in the same column" },
	{ "invalid indentation", "the indentation fits nothing above",
	  "the keys of one mapping, and the dashes of one list, begin in the same column" },
	{ "in flow mode", "a line inside brackets is indented less than what they belong to", "indent it further" },
	{ "without closing quote", "the quoted text that begins here has no closing quote", "" },
	{ "wrongly indented double-quoted", "the quoted text that begins here has no closing quote", "" },
	{ "wrongly indented single-quoted", "the quoted text that begins here has no closing quote", "" },
	{ "trailing content after double", "text after the closing quote",
	  "inside double quotes a quote is written \\\"" },
	{ "trailing content after single", "text after the closing quote",
	  "inside single quotes an apostrophe is written twice: 'it''s'" },
	{ "plain scalar cannot start", "a value cannot begin like this", "put quotes around it" },
	{ "invalid escape", "a backslash that escapes nothing",
	  "in double quotes write \\\\ for a backslash, or use single quotes" },
	{ "hex escape", "\\x, \\u and \\U need 2, 4 and 8 hexadecimal digits",
	  "in double quotes write \\\\ for a backslash, or use single quotes" },
	{ "UTF8 escape", "an escape that stands for no character",
	  "write characters beyond U+FFFF with eight digits, such as \\U0001F600" },
	{ "low surrogate", "an escape that stands for no character",
	  "write characters beyond U+FFFF with eight digits, such as \\U0001F600" },
	{ "extra closing", "a closing bracket too many", "" },
	{ "mismatched flow", "a closing bracket that does not match the opening one", "" },
	{ "missing comma in flow", "a comma is missing", "" },
	{ "invalid comma", "a value is missing before the comma", "" },
	{ "extra comma", "a value is missing before the comma", "" },
	{ "block sequence on the same line", "a list begins on the line of its key",
	  "write each '- item' on a line of its own, or the list as [a, b]" },
	{ "did not find expected key", "this line is no 'key: value' of the mapping above",
	  "check its indentation, and that a space follows the colon" },
	{ "scalar at the end of block sequence", "this line is no item of the list above",
	  "check its indentation, and that it begins with '- '" },
	{ "invalid value after mapping", "text that belongs to no key",
	  "put quotes around a value with special characters, and indent what belongs to the line above" },
	{ "expected ':'", "expected ': ' after the key", "a space follows the colon" },
	{ "missing ':'", "expected ': ' after the key", "a space follows the colon" },
	{ "tag", "a value cannot begin with '!'", "put quotes around it" },
	{ "alias", "a value that begins with '*' or '&' is an alias or an anchor", "put quotes around it" },
	{ "anchor", "a value that begins with '*' or '&' is an alias or an anchor", "put quotes around it" },
	{ "linebreak found", "text on the line of '|' or '>'", "the text begins on the next line, indented" },
	{ "missing document start", "text after the end of the data", "" },
	/* libfyaml 0.7 also says so of "-" without a value in a list that is not indented below its key. */
	{ "expected node content", "a value is missing", "an item without a value is written '- null'" },
	{ NULL, NULL, NULL },
};

static const struct reason json_reasons[] = {
	{ "trailing comma", "a comma after the last value", "remove it" },
	{ "invalid comma", "a value is missing before the comma", "" },
	{ "extra comma", "a value is missing before the comma", "" },
	{ "missing comma", "a comma is missing", "" },
	{ "cannot start with '#'", "JSON has no comments", "remove it" },
	{ "single quoted", "text in single quotes", "write it in double quotes" },
	{ "only allows double quoted", "a key that is no string", "write keys in double quotes" },
	{ "not in mapping context", "a key in a list", "put braces around 'key: value'" },
	{ "empty root", "the file holds no value", "" },
	{ "empty values", "a key without a value", "write \"key\": value" },
	{ "empty", "a value is missing", "" },
	{ "expected node content", "a value is missing", "" },
	{ "Multi line double", "a line end in a string", "write it as \\n" },
	{ "unescaped character", "a control character in a string", "write it as an escape, such as \\t or \\u0001" },
	{ "without closing quote", "the string that begins here has no closing quote", "" },
	{ "invalid escape", "a backslash that escapes nothing", "write \\\\ for a backslash" },
	{ "hex escape", "\\u needs four hexadecimal digits", "write \\\\ for a backslash" },
	{ "UTF8 escape", "half of a surrogate pair stands alone", "" },
	{ "low surrogate", "half of a surrogate pair stands alone", "" },
	{ "extra closing", "a closing bracket too many", "" },
	{ "mismatched flow", "a closing bracket that does not match the opening one", "" },
	{ "missing document start", "more text after the value", "a file holds one value" },
	{ "trailing content after", "more text after a string", "" },
	{ "plain scalar", "neither a string, a number, true, false nor null",
	  "text and keys go in double quotes; numbers have no leading zeros; there are no comments" },
	{ "", "this is not JSON", "write { } for objects, [ ] for lists, and text in double quotes" },
	{ NULL, NULL, NULL },
};

/* What libfyaml calls a bad plain scalar may be any mistake but that: the text shows which. */
static const struct reason *json_word_reason(struct str text, size_t *off)
{
	static const struct reason comment = { "", "JSON has no comments", "remove it" };
	static const struct reason key = { "", "a key that is no string", "write keys in double quotes" };
	static const struct reason comma = { "", "a comma is missing", "" };
	static const struct reason more = { "", "more text after the value", "a file holds one value" };
	struct str word = str_skip(text, *off), rest;

	for (size_t i = 0; i < word.len; i++)
		if (strchr(" \t\r\n,:[]{}\"", word.ptr[i])) {
			word.len = i;
			break;
		}
	rest = str_trim(str_skip(text, *off + word.len));
	if (str_starts(word, STR("/")))
		return &comment;
	if (str_starts(rest, STR(":")))
		return &key;
	if (!word.len || !rest.len || strchr(",]}", rest.ptr[0]) ||
	    !(strchr("-0123456789", word.ptr[0]) || str_eq(word, STR("true")) || str_eq(word, STR("false")) ||
	      str_eq(word, STR("null"))))
		return NULL;
	*off += word.len;
	text = str_trim(text);
	return strchr("[{", text.ptr[0]) ? &comma : &more;
}

const char *yaml_reason(bool is_json, const char *said, struct str text, size_t *off, const char **hint)
{
	const struct reason *reason = is_json ? json_reasons : yaml_reasons, *better = NULL;

	while (reason->part && !strstr(said, reason->part))
		reason++;
	/* The mark of a quoted scalar stands behind its quote. */
	if (strstr(said, "closing quote") && *off && strchr("\"'", text.ptr[*off - 1]))
		--*off;
	if (is_json && strstr(said, "plain scalar"))
		better = json_word_reason(text, off);
	if (better)
		reason = better;
	*hint = reason->part ? reason->hint : "";
	return reason->part ? reason->message : said;
}
