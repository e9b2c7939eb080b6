#include "app/report.h"

#include "base/path.h"
#include "base/utf8.h"

/* JSON lines whose fields are those of an LSP Diagnostic, with the file and the hint beside them. */
static void json_range(struct buf *b, struct pos at, uint32_t width)
{
	uint32_t line = at.line ? at.line - 1 : 0, col = at.col ? at.col - 1 : 0;

	buf_add_format(b, "{\"start\":{\"line\":%u,\"character\":%u},\"end\":{\"line\":%u,\"character\":%u}}", line,
		       col, line, at.line && at.col ? col + (width ? width : 1) : col);
}

static void json_one(struct buf *b, const struct diag *d)
{
	static const int severities[] = { [DIAG_NOTE] = 3, [DIAG_WARNING] = 2, [DIAG_ERROR] = 1 };

	buf_add_z(b, "{\"file\":");
	buf_add_json(b, d->path);
	buf_add_z(b, ",\"range\":");
	json_range(b, d->at, d->width);
	buf_add_format(b,
		       ",\"severity\":%d,\"code\":\"%s\",\"source\":\"dossier\",\"message\":", severities[d->severity],
		       d->code);
	buf_add_json(b, d->message);
	if (d->hint.len > 0) {
		buf_add_z(b, ",\"hint\":");
		buf_add_json(b, d->hint);
	}
	if (d->related) {
		buf_add_z(b, ",\"relatedInformation\":[");
		for (const struct diag_related *rel = d->related; rel; rel = rel->next) {
			buf_add_z(b, "{\"location\":{\"uri\":");
			buf_add_json(b, rel->path);
			buf_add_z(b, ",\"range\":");
			json_range(b, rel->at, 0);
			buf_add_z(b, "},\"message\":");
			buf_add_json(b, rel->message);
			buf_add_z(b, rel->next ? "}," : "}");
		}
		buf_add_char(b, ']');
	}
	buf_add_z(b, "}\n");
}

void report_json(struct buf *out, const struct diag_list *dl)
{
	for (size_t i = 0; i < dl->len; i++)
		json_one(out, &dl->items[i]);
}

/* SARIF: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
static void sarif_text(struct buf *b, const char *name, struct str text)
{
	buf_add_format(b, "\"%s\":{\"text\":", name);
	buf_add_json(b, text);
	buf_add_char(b, '}');
}

static void sarif_location(struct buf *b, struct str path, struct pos at, uint32_t width, struct str message)
{
	struct buf uri = { 0 };

	buf_add_url(&uri, path);
	buf_add_z(b, "{\"physicalLocation\":{\"artifactLocation\":{\"uri\":");
	buf_add_json(b, buf_str(&uri));
	buf_add_z(b, ",\"uriBaseId\":\"%SRCROOT%\"}");
	if (at.line) {
		buf_add_format(b, ",\"region\":{\"startLine\":%u", at.line);
		if (at.col)
			buf_add_format(b, ",\"startColumn\":%u,\"endColumn\":%u", at.col, at.col + (width ? width : 1));
		buf_add_char(b, '}');
	}
	buf_add_char(b, '}');
	if (message.len > 0) {
		buf_add_char(b, ',');
		sarif_text(b, "message", message);
	}
	buf_add_char(b, '}');
	buf_release(&uri);
}

static void sarif_result(struct buf *b, const struct diag *d, size_t rule)
{
	static const char *const levels[] = { [DIAG_NOTE] = "note", [DIAG_WARNING] = "warning", [DIAG_ERROR] = "error" };
	struct buf message = { 0 };

	buf_add(&message, d->message);
	if (d->hint.len > 0) {
		buf_add_z(&message, "; ");
		buf_add(&message, d->hint);
	}
	buf_add_format(b, "{\"ruleId\":\"%s\",\"ruleIndex\":%zu,\"level\":\"%s\",", d->code, rule, levels[d->severity]);
	sarif_text(b, "message", buf_str(&message));
	if (d->path.len > 0) {
		buf_add_z(b, ",\"locations\":[");
		sarif_location(b, d->path, d->at, d->width, STR_NONE);
		buf_add_char(b, ']');
	}
	if (d->related) {
		const char *sep = "";

		buf_add_z(b, ",\"relatedLocations\":[");
		for (const struct diag_related *rel = d->related; rel; rel = rel->next) {
			if (rel->path.len == 0)
				continue;
			buf_add_z(b, sep);
			sarif_location(b, rel->path, rel->at, 0, rel->message);
			sep = ",";
		}
		buf_add_char(b, ']');
	}
	buf_add_char(b, '}');
	buf_release(&message);
}

void report_sarif(struct buf *out, const struct diag_list *dl)
{
	size_t n;
	const struct diag_code *codes = diag_codes(&n);

	buf_add_z(out, "{\"$schema\":\"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
		       "sarif-schema-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{\"name\":"
		       "\"dossier\",\"rules\":[");
	for (size_t i = 0; i < n; i++) {
		buf_add_format(out, "%s{\"id\":\"%s\",", i ? "," : "", codes[i].code);
		sarif_text(out, "shortDescription", str_from(codes[i].title));
		buf_add_z(out, ",\"help\":{\"text\":");
		buf_add_json(out, str_from(codes[i].explanation));
		buf_add_z(out, ",\"markdown\":");
		buf_add_json(out, str_from(codes[i].explanation));
		buf_add_z(out, "}}");
	}
	buf_add_z(out, "]}},\"columnKind\":\"unicodeCodePoints\",\"results\":[");
	for (size_t i = 0; i < dl->len; i++) {
		const struct diag_code *code = diag_find_code(str_from(dl->items[i].code));

		if (i > 0)
			buf_add_char(out, ',');
		sarif_result(out, &dl->items[i], (size_t)(code - codes));
	}
	buf_add_z(out, "]}]}\n");
}

/*
 * GitHub's workflow commands. Values escape %, CR and LF; properties also ':' and ','
 * (https://github.com/actions/toolkit, packages/core, command.ts).
 */
static void github_escape(struct buf *b, struct str s, bool is_property)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ',')))
			buf_add_format(b, "%%%02X", (unsigned)(unsigned char)c);
		else
			buf_add_char(b, c);
	}
}

void report_github(struct buf *out, const struct report *r, const struct diag_list *dl)
{
	static const char *const levels[] = {
		[DIAG_NOTE] = "notice", [DIAG_WARNING] = "warning", [DIAG_ERROR] = "error"
	};
	struct arena a = { 0 };

	for (size_t i = 0; i < dl->len; i++) {
		const struct diag *d = &dl->items[i];

		buf_add_format(out, "::%s ", levels[d->severity]);
		if (d->path.len > 0) {
			/* The file as seen from the folder where the command runs: that is the checkout. */
			bool is_here = r->root.len == 0 || str_eq(r->root, STR("."));

			buf_add_z(out, "file=");
			github_escape(out, is_here ? d->path : path_join(&a, r->root, d->path), true);
			if (d->at.line)
				buf_add_format(out, ",line=%u", d->at.line);
			if (d->at.line && d->at.col)
				buf_add_format(out, ",col=%u,endColumn=%u", d->at.col,
					       d->at.col + (d->width ? d->width : 1));
			buf_add_char(out, ',');
		}
		buf_add_format(out, "title=%s::", d->code);
		github_escape(out, d->message, false);
		if (d->hint.len > 0) {
			buf_add_z(out, "%0A");
			github_escape(out, d->hint, false);
		}
		buf_add_char(out, '\n');
	}
	arena_release(&a);
}
