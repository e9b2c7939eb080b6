#include "app/commands.h"

#include <stdio.h>

#include "base/embed.h"
#include "base/fs.h"
#include "base/path.h"
#include "base/utf8.h"
#include "site/config.h"

static const struct pos no_pos = { 0, 0 };

/* Folders that hold nothing but version control count as empty. */
static bool is_empty_folder(struct commands *c, struct str dir)
{
	struct fs_entry *entries;
	size_t n;

	if (fs_info(dir).type == FS_NONE)
		return true;
	if (!fs_list(c->arena, dir, &entries, &n, c->dl))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!str_eq(entries[i].name, STR(".git")) && !str_eq(entries[i].name, STR(".gitignore")))
			return false;
	return true;
}

int commands_init(struct commands *c)
{
	struct str root = c->cli->root;
	bool is_here = str_eq(root, STR("."));
	size_t errors = c->dl->errors;

	if (fs_info(root).type == FS_FILE) {
		diag_add(c->dl, DIAG_ERROR, "cli/exists", STR_NONE, no_pos, "'%.*s' is a file", STR_ARG(root));
		return COMMANDS_USAGE;
	}
	if (!c->cli->force && !is_empty_folder(c, root)) {
		if (c->dl->errors == errors) {
			diag_add(c->dl, DIAG_ERROR, "cli/exists", STR_NONE, no_pos, "'%.*s' is not empty",
				 STR_ARG(root));
			diag_hint(c->dl, "name a new folder, or --force to write into this one");
		}
		return c->dl->errors == errors ? COMMANDS_CLEAN : report_exit_code(c->dl);
	}
	for (size_t i = 0; i < embed_skeleton_len; i++) {
		const struct embed_file *f = &embed_skeleton[i];

		fs_write(commands_file(c, str_from(f->name)), (struct str){ (const char *)f->bytes, f->len }, c->dl);
	}
	if (fs_info(commands_file(c, STR(".gitignore"))).type == FS_NONE)
		fs_write(commands_file(c, STR(".gitignore")), STR("/public/\n/.dossier/\n"), c->dl);
	if (c->dl->errors > errors)
		return COMMANDS_CLEAN;
	commands_say(c, "A new site is in %s. Next:\n", is_here ? "this folder" : str_z(c->arena, root));
	if (!is_here)
		commands_say(c, "  cd %.*s", STR_ARG(root));
	commands_say(c, "  dossier serve                     preview it on http://127.0.0.1:4040/\n"
			"  dossier new company \"Some name\"   start a page\n"
			"  dossier build                     write it to public/");
	return COMMANDS_CLEAN;
}

/* A TOML basic string (https://toml.io/en/v1.0.0#string). */
static void add_toml_string(struct buf *b, struct str s)
{
	buf_add_char(b, '"');
	for (size_t i = 0; i < s.len; i++) {
		unsigned char ch = (unsigned char)s.ptr[i];

		if (ch == '"' || ch == '\\')
			buf_add_format(b, "\\%c", ch);
		else if (ch < 0x20 || ch == 0x7f)
			buf_add_format(b, "\\u%04X", ch);
		else
			buf_add_char(b, (char)ch);
	}
	buf_add_char(b, '"');
}

static void add_field(struct buf *b, const struct field *f)
{
	static const char *const examples[] = {
		[FIELD_STRING] = "\"\"",      [FIELD_DATE] = "2000-01-01", [FIELD_NUMBER] = "0",
		[FIELD_URL] = "\"https://\"", [FIELD_LIST] = "[]",         [FIELD_REFERENCE] = "\"\"",
		[FIELD_BOOL] = "false",
	};

	/* What is not required stays a comment, so that nothing invented is published by accident. */
	buf_add_format(b, "%s%.*s = %s\n", f->is_required ? "" : "# ", STR_ARG(f->name), examples[f->type]);
}

static void write_page(struct buf *b, const struct kind *kind, struct str title, bool by_folder)
{
	buf_add_z(b, "+++\ntitle = ");
	add_toml_string(b, title);
	buf_add_char(b, '\n');
	if (!by_folder) {
		buf_add_z(b, "kind = ");
		add_toml_string(b, kind->id);
		buf_add_char(b, '\n');
	}
	buf_add_z(b, "summary = \"\"\n");
	if (kind->is_entity)
		buf_add_z(b, "aliases = []\n");
	if (str_eq(kind->id, STR("source")))
		buf_add_z(b, "publisher = \"\"\n# author = \"\"\n# published = 2000-01-01\n# url = \"https://\"\n");
	for (size_t i = 0; i < kind->n_fields; i++)
		add_field(b, &kind->fields[i]);
	buf_add_z(b, "draft = true\n+++\n\n");
}

static void unknown_kind(struct commands *c, const struct config *config, struct str id)
{
	struct str *names = arena_array(c->arena, struct str, config->n_kinds);

	for (size_t i = 0; i < config->n_kinds; i++)
		names[i] = config->kinds[i].id;
	diag_add(c->dl, DIAG_ERROR, "cli/bad-value", STR_NONE, no_pos, "no kind is called '%.*s'", STR_ARG(id));
	diag_hint(c->dl, "the kinds are %.*s", STR_ARG(str_join(c->arena, names, config->n_kinds, STR(", "))));
	diag_suggest(c->dl, id, names, config->n_kinds);
}

int commands_new(struct commands *c)
{
	struct str title = str_trim(c->cli->args[1]), slug = utf8_slug(c->arena, title), path, file;
	struct buf text = { 0 };
	struct config config;
	const struct kind *kind;

	if (!commands_load_config(c, &config))
		return COMMANDS_CLEAN;
	kind = config_kind(&config, c->cli->args[0]);
	if (!kind) {
		unknown_kind(c, &config, c->cli->args[0]);
		return COMMANDS_USAGE;
	}
	if (slug.len == 0) {
		diag_add(c->dl, DIAG_ERROR, "cli/bad-value", STR_NONE, no_pos,
			 "'%.*s' has no letter or digit to name a file by", STR_ARG(title));
		return COMMANDS_USAGE;
	}
	path = path_join(c->arena, path_join(c->arena, STR("content"), kind->dir),
			 str_format(c->arena, "%.*s.md", STR_ARG(slug)));
	file = commands_file(c, path);
	if (fs_link_info(file).type != FS_NONE && !c->cli->force) {
		diag_add(c->dl, DIAG_ERROR, "cli/exists", path, no_pos, "'%.*s' is there already", STR_ARG(path));
		diag_hint(c->dl, "choose another title, or --force to write over it");
		return COMMANDS_USAGE;
	}
	write_page(&text, kind, title, config_kind_of_dir(&config, path) == kind);
	if (fs_write(file, buf_str(&text), c->dl) != FS_WRITE_FAILED)
		printf("%.*s\n", STR_ARG(file));
	buf_release(&text);
	return COMMANDS_CLEAN;
}
