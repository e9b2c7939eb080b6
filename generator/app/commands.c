#include "app/commands.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/embed.h"
#include "base/fs.h"
#include "base/path.h"
#include "site/config.h"
#include "text/toml.h"

#define CONFIG_MAX ((size_t)4 << 20)

static const struct pos no_pos = { 0, 0 };

void commands_print(const struct buf *b)
{
	fwrite(b->ptr ? b->ptr : "", 1, b->len, stdout);
}

void commands_say(const struct commands *c, const char *fmt, ...)
{
	va_list ap;

	if (c->cli->quiet)
		return;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

struct str commands_file(const struct commands *c, struct str path)
{
	return path_join(c->arena, c->cli->root, path);
}

bool commands_load_config(struct commands *c, struct config *out)
{
	struct str name = c->cli->config.len ? c->cli->config : STR("site.toml");
	/* --config is meant from where the user stands, site.toml from the site. */
	struct str file = c->cli->config.len ? name : commands_file(c, name);
	struct value *tree = NULL;
	struct str text;
	size_t errors = c->dl->errors;

	if (c->cli->config.len == 0 && fs_info(file).type == FS_NONE) {
		config_defaults(c->arena, out);
	} else {
		config_defaults(c->arena, out);
		if (!fs_read(c->arena, file, CONFIG_MAX, &text, c->dl))
			return false;
		if (!toml_parse(c->arena, name, text, 1, &tree, c->dl))
			return false;
		config_read(c->arena, name, tree, out, c->dl);
	}
	if (c->cli->output.len > 0)
		out->output_dir = c->cli->output;
	if (c->cli->base_url.len > 0 && !config_set_base_url(c->arena, out, c->cli->base_url)) {
		diag_add(c->dl, DIAG_ERROR, "cli/bad-value", STR_NONE, no_pos, "'%.*s' is no value of --base-url",
			 STR_ARG(c->cli->base_url));
		diag_hint(c->dl, "it begins with http:// or https://");
	}
	return c->dl->errors == errors;
}

static int version(void)
{
	printf("dossier " COMMANDS_VERSION "\n");
	return COMMANDS_CLEAN;
}

static void explain_all(struct buf *b, const struct diag_code *codes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_add_format(b, "%s## %s\n\n**%s.** %s\n", i ? "\n" : "", codes[i].code, codes[i].title,
			       codes[i].explanation);
}

static void unknown_code(struct commands *c, struct str code, const struct diag_code *codes, size_t n)
{
	struct str *names = arena_array(c->arena, struct str, n);

	for (size_t i = 0; i < n; i++)
		names[i] = str_from(codes[i].code);
	diag_add(c->dl, DIAG_ERROR, "cli/bad-value", STR_NONE, no_pos, "'%.*s' is no diagnostic code", STR_ARG(code));
	diag_hint(c->dl, "'dossier explain' lists them");
	diag_suggest(c->dl, code, names, n);
}

static int explain(struct commands *c)
{
	size_t n;
	const struct diag_code *codes = diag_codes(&n);
	struct buf out = { 0 };

	if (c->cli->all) {
		explain_all(&out, codes, n);
	} else if (c->cli->n_args == 0) {
		for (size_t i = 0; i < n; i++)
			buf_add_format(&out, "%s\t%s\n", codes[i].code, codes[i].title);
	} else {
		const struct diag_code *code = diag_find_code(c->cli->args[0]);

		if (code)
			buf_add_format(&out, "%s: %s\n\n%s\n", code->code, code->title, code->explanation);
		else
			unknown_code(c, c->cli->args[0], codes, n);
	}
	commands_print(&out);
	buf_release(&out);
	return COMMANDS_CLEAN;
}

static int help(struct commands *c, enum cli_command_id id)
{
	struct buf out = { 0 };

	if (c->cli->markdown)
		cli_write_markdown(&out);
	else if (c->cli->man)
		cli_write_man(&out);
	else
		cli_write_help(&out, id);
	commands_print(&out);
	buf_release(&out);
	return COMMANDS_CLEAN;
}

static int help_on(struct commands *c)
{
	enum cli_command_id id = CLI_NONE;
	struct str names[CLI_COMMANDS];

	if (c->cli->n_args > 0) {
		id = cli_find_command(c->cli->args[0]);
		if (id == CLI_NONE) {
			for (size_t i = 0; i < CLI_COMMANDS; i++)
				names[i] = str_from(cli_command((enum cli_command_id)i)->name);
			diag_add(c->dl, DIAG_ERROR, "cli/unknown-command", STR_NONE, no_pos, "unknown command '%.*s'",
				 STR_ARG(c->cli->args[0]));
			diag_suggest(c->dl, c->cli->args[0], names, CLI_COMMANDS);
			return COMMANDS_USAGE;
		}
	}
	return help(c, id);
}

/* The configuration's keys as a Markdown table: the middle part of docs/reference/config.md. */
static void config_markdown(struct buf *b)
{
	size_t n;
	const struct config_key *keys = config_keys(&n);

	buf_add_z(b, "| key | type | default | meaning |\n|---|---|---|---|\n");
	for (size_t i = 0; i < n; i++) {
		const struct config_key *k = &keys[i];

		buf_add_format(b, "| `%s` | ", k->name);
		if (k->type == CONFIG_CHOICE) {
			struct str rest = str_from(k->choices), part;
			const char *sep = "";

			while (str_next(&rest, '|', &part)) {
				buf_add_format(b, "%s`%.*s`", sep, STR_ARG(part));
				sep = ", ";
			}
		} else {
			static const char *const types[] = { "string", "boolean", "whole number", "" };

			buf_add_z(b, types[k->type]);
		}
		if (*k->fallback)
			buf_add_format(b, " | `%s` | %s |\n", k->fallback, k->help);
		else
			buf_add_format(b, " | | %s |\n", k->help);
	}
}

int commands_config(struct commands *c)
{
	struct config config;
	struct buf out = { 0 };

	if (c->cli->markdown) {
		config_markdown(&out);
	} else if (!c->cli->effective) {
		diag_add(c->dl, DIAG_ERROR, "cli/missing-argument", STR_NONE, no_pos, "'config' needs --effective");
		diag_hint(c->dl, "'dossier config --effective' prints every key with its value");
		return COMMANDS_USAGE;
	} else if (commands_load_config(c, &config)) {
		config_write_toml(&out, &config);
	}
	commands_print(&out);
	buf_release(&out);
	return COMMANDS_CLEAN;
}

static const struct embed_file *find_theme_file(struct str name)
{
	for (size_t i = 0; i < embed_theme_len; i++)
		if (str_eq(name, str_from(embed_theme[i].name)))
			return &embed_theme[i];
	return NULL;
}

static void unknown_theme_file(struct commands *c, struct str name)
{
	static const struct str templates = STR_INIT("templates/");
	struct str *names = arena_array(c->arena, struct str, embed_theme_len * 2 + 1);
	size_t n = 0;

	/* Templates may be named without their folder. */
	for (size_t i = 0; i < embed_theme_len; i++) {
		struct str full = str_from(embed_theme[i].name);

		names[n++] = full;
		if (str_starts(full, templates))
			names[n++] = str_skip(full, templates.len);
	}
	diag_add(c->dl, DIAG_ERROR, "cli/bad-value", STR_NONE, no_pos, "the theme has no file '%.*s'", STR_ARG(name));
	diag_hint(c->dl, "'dossier templates' lists them");
	diag_suggest(c->dl, name, names, n);
}

static void copy_theme_file(struct commands *c, const struct embed_file *f)
{
	struct str file = commands_file(c, str_from(f->name));
	struct str bytes = { (const char *)f->bytes, f->len };

	if (fs_link_info(file).type != FS_NONE && !c->cli->force) {
		diag_add(c->dl, DIAG_ERROR, "cli/exists", str_from(f->name), no_pos, "'%s' is in the site already",
			 f->name);
		diag_hint(c->dl, "--force writes over it");
		return;
	}
	if (fs_write(file, bytes, c->dl) != FS_WRITE_FAILED)
		printf("%.*s\n", STR_ARG(file));
}

int commands_templates(struct commands *c)
{
	for (size_t i = 0; i < c->cli->n_args; i++) {
		const struct embed_file *f = find_theme_file(c->cli->args[i]);

		if (!f)
			f = find_theme_file(str_format(c->arena, "templates/%.*s", STR_ARG(c->cli->args[i])));
		if (!f)
			unknown_theme_file(c, c->cli->args[i]);
		else if (c->cli->copy)
			copy_theme_file(c, f);
		else
			fwrite(f->bytes, 1, f->len, stdout);
	}
	if (c->cli->n_args > 0)
		return COMMANDS_CLEAN;
	for (size_t i = 0; i < embed_theme_len; i++) {
		bool is_own = fs_info(commands_file(c, str_from(embed_theme[i].name))).type == FS_FILE;

		printf("%s%s\n", embed_theme[i].name, is_own ? "\toverridden" : "");
	}
	return COMMANDS_CLEAN;
}

int commands_run(struct commands *c)
{
	if (c->cli->version)
		return version();
	if (c->cli->help)
		return help(c, c->cli->command);
	switch (c->cli->command) {
	case CLI_INIT:
		return commands_init(c);
	case CLI_NEW:
		return commands_new(c);
	case CLI_BUILD:
		return commands_build(c);
	case CLI_SERVE:
		return commands_serve(c);
	case CLI_CHECK:
		return commands_check(c);
	case CLI_LIST:
		return commands_list(c);
	case CLI_EXPLAIN:
		return explain(c);
	case CLI_TEMPLATES:
		return commands_templates(c);
	case CLI_CONFIG:
		return commands_config(c);
	case CLI_LUA_API:
		return commands_lua_api(c);
	case CLI_CLEAN:
		return commands_clean(c);
	case CLI_VERSION:
		return version();
	case CLI_HELP:
		return help_on(c);
	case CLI_COMMANDS:
		break;
	}
	return COMMANDS_USAGE;
}
