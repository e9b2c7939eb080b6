#include "app/cli.h"

#include <assert.h>
#include <string.h>

#include "base/date.h"
#include "base/path.h"
#include "base/vec.h"

#define FIELD(name) offsetof(struct cli, name)
#define ON(id) (1u << CLI_##id)

static const struct cli_option options[] = {
	{ "root", 'C', CLI_TEXT, FIELD(root), CLI_ALL, "DIR", NULL, "Work on the site in DIR instead of here", 0, 0 },
	{ "config", 'c', CLI_TEXT, FIELD(config), CLI_ALL, "FILE", NULL, "Read FILE instead of site.toml", 0, 0 },
	{ "output", 'o', CLI_TEXT, FIELD(output), CLI_ALL, "DIR", NULL, "Publish into DIR", 0, 0 },
	{ "base-url", 'u', CLI_TEXT, FIELD(base_url), CLI_ALL, "URL", NULL, "Where the site will live", 0, 0 },
	{ "drafts", 'D', CLI_FLAG, FIELD(drafts), CLI_ALL, NULL, NULL, "Publish drafts too", 0, 0 },
	{ "future", 'F', CLI_FLAG, FIELD(future), CLI_ALL, NULL, NULL, "Publish what is under embargo too", 0, 0 },
	{ "strict", 0, CLI_FLAG, FIELD(strict), CLI_ALL, NULL, NULL, "Warnings are errors", 0, 0 },
	{ "format", 0, CLI_CHOICE, FIELD(format), CLI_ALL, "FORMAT", "text|json|sarif|github",
	  "How to print diagnostics and lists", 0, 0 },
	{ "jobs", 'j', CLI_NUMBER, FIELD(jobs), CLI_ALL, "N", NULL, "Worker threads; 0: one per core", 0, 256 },
	{ "no-cache", 0, CLI_FLAG, FIELD(no_cache), CLI_ALL, NULL, NULL, "Read, parse and render everything anew", 0,
	  0 },
	{ "now", 0, CLI_DAY, FIELD(now), CLI_ALL, "DATE", NULL,
	  "The build date; else SOURCE_DATE_EPOCH, else today in UTC", 0, 0 },
	{ "quiet", 'q', CLI_FLAG, FIELD(quiet), CLI_ALL, NULL, NULL, "Print errors only", 0, 0 },
	{ "verbose", 'v', CLI_FLAG, FIELD(verbose), CLI_ALL, NULL, NULL, "Print more; fold nothing", 0, 0 },
	{ "color", 0, CLI_CHOICE, FIELD(color), CLI_ALL, "WHEN", "auto|always|never", "Colours in messages", 0, 0 },
	{ "help", 'h', CLI_FLAG, FIELD(help), CLI_ALL, NULL, NULL, "Print help", 0, 0 },
	{ "version", 'V', CLI_FLAG, FIELD(version), CLI_ALL, NULL, NULL, NULL, 0, 0 },

	{ "explain", 0, CLI_FLAG, FIELD(explain), ON(BUILD), NULL, NULL,
	  "Say of every output why it was or was not rendered", 0, 0 },
	{ "changed-list", 0, CLI_TEXT, FIELD(changed_list), ON(BUILD), "FILE", NULL,
	  "Write the paths of outputs that changed to FILE", 0, 0 },
	{ "offline", 0, CLI_FLAG, FIELD(offline), ON(BUILD), NULL, NULL,
	  "Write relative links that end in index.html, for reading from a disk", 0, 0 },
	{ "zip", 0, CLI_TEXT, FIELD(zip), ON(BUILD), "FILE", NULL,
	  "Write the site as one archive, for reading from a disk: --offline into .dossier/offline, and that into FILE",
	  0, 0 },
	{ "verify", 0, CLI_FLAG, FIELD(verify), ON(BUILD), NULL, NULL,
	  "Build anew into a folder of its own as well, and compare: what differs is an error", 0, 0 },
	{ "swap", 0, CLI_FLAG, FIELD(swap), ON(BUILD), NULL, NULL,
	  "Build into a tree beside the output folder, and exchange the two at once", 0, 0 },
	{ "book", 0, CLI_FLAG, FIELD(book), ON(BUILD), NULL, NULL,
	  "Write the print edition too, however many pages there are", 0, 0 },
	{ "profile", 0, CLI_FLAG, FIELD(profile), ON(BUILD), NULL, NULL, "Say how much CPU time and memory it took", 0,
	  0 },

	{ "port", 'p', CLI_NUMBER, FIELD(port), ON(SERVE), "PORT", NULL,
	  "Listen on PORT; when it is taken, on the next one that is free", 1, 65535 },
	{ "bind", 0, CLI_TEXT, FIELD(bind), ON(SERVE), "ADDRESS", NULL, "Listen on ADDRESS instead of 127.0.0.1", 0,
	  0 },
	{ "open", 0, CLI_FLAG, FIELD(open), ON(SERVE), NULL, NULL, "Open the site in a browser", 0, 0 },
	{ "no-reload", 0, CLI_FLAG, FIELD(no_reload), ON(SERVE), NULL, NULL, "Leave reloading to the reader", 0, 0 },
	{ "poll", 0, CLI_FLAG, FIELD(poll), ON(SERVE), NULL, NULL,
	  "Look at the files again and again instead of waiting for the system to tell", 0, 0 },

	{ "stale", 0, CLI_FLAG, FIELD(stale), ON(CHECK), NULL, NULL, "Report facts and pages that are due for review",
	  0, 0 },

	{ "unlinked", 0, CLI_FLAG, FIELD(unlinked), ON(LIST), NULL, NULL, "Mentions: those that did not become links",
	  0, 0 },
	{ "ambiguous", 0, CLI_FLAG, FIELD(ambiguous), ON(LIST), NULL, NULL, "Mentions: names that several pages have",
	  0, 0 },
	{ "missing", 0, CLI_FLAG, FIELD(missing), ON(LIST), NULL, NULL, "Mentions: names that no page has", 0, 0 },
	{ "kind", 0, CLI_TEXT, FIELD(kind), ON(LIST), "KIND", NULL, "Only pages of KIND, or what concerns them", 0, 0 },

	{ "force", 0, CLI_FLAG, FIELD(force), ON(INIT) | ON(NEW) | ON(TEMPLATES), NULL, NULL,
	  "Write over files that are there", 0, 0 },
	{ "copy", 0, CLI_FLAG, FIELD(copy), ON(TEMPLATES), NULL, NULL,
	  "Copy the files into the site, to be changed there", 0, 0 },
	{ "effective", 0, CLI_FLAG, FIELD(effective), ON(CONFIG), NULL, NULL,
	  "Print every key with the value that counts and what it means", 0, 0 },
	{ "all", 0, CLI_FLAG, FIELD(all), ON(EXPLAIN), NULL, NULL, "Explain every code, as Markdown", 0, 0 },
	{ "markdown", 0, CLI_FLAG, FIELD(markdown), ON(HELP) | ON(CONFIG), NULL, NULL, NULL, 0, 0 },
	{ "man", 0, CLI_FLAG, FIELD(man), ON(HELP), NULL, NULL, NULL, 0, 0 },
};
#define N_OPTIONS (sizeof(options) / sizeof(options[0]))

static const struct cli_command commands[CLI_COMMANDS] = {
	[CLI_INIT] = { "init", "[DIR]", 0, 1, "Start a new site",
		       "Writes a small site that builds at once: `site.toml`, a home page, and one page each of the "
		       "kinds "
		       "company, institution, person, topic and source, with facts, relations, citations and two "
		       "figures "
		       "that disagree. A folder that is not empty is refused unless `--force` is given.",
		       true },
	[CLI_NEW] = { "new", "KIND TITLE", 2, 2, "Start a new page",
		      "Writes a page of KIND with the front matter that the kind asks for, in the kind's folder, and "
		      "prints its path. An existing page is never written over unless `--force` is given.",
		      false },
	[CLI_BUILD] = { "build", "[DIR]", 0, 1, "Build the site",
			"Reads `content/`, `data/`, `templates/`, `assets/` and `site.toml`, and publishes into the "
			"output "
			"folder what has changed since the last build. When there is an error nothing is published.",
			true },
	[CLI_SERVE] = { "serve", "[DIR]", 0, 1, "Preview the site while writing",
			"Builds the site, serves it on http://127.0.0.1:4040/, builds again when a file changes, and "
			"reloads "
			"the pages that are open. An error of the build is shown in the page.",
			true },
	[CLI_CHECK] = { "check", "[DIR]", 0, 1, "Check what was published",
			"An independent second opinion: reads the published files back and reports broken links, "
			"missing "
			"anchors, doubled ids and broken markup. Publishes nothing.",
			true },
	[CLI_LIST] = { "list", "WHAT", 1, 1, "List what the site holds",
		       "WHAT is one of `pages`, `entities`, `mentions`, `facts`, `sources`, `orphans`, `stale` or "
		       "`disagreements`. One line each, fields divided by tabs; with `--format json` one JSON object a "
		       "line.",
		       false },
	[CLI_EXPLAIN] = { "explain", "[CODE]", 0, 1, "Explain a diagnostic code",
			  "CODE is what stands in brackets in a message, for example `link/missing-target`. Without "
			  "one, all "
			  "codes are listed.",
			  false },
	[CLI_TEMPLATES] = { "templates", "[FILE...]", 0, 1000, "List or copy files of the default theme",
			    "Without FILE, lists the files of the theme and says which of them the site overrides. "
			    "With "
			    "FILE, prints it; with `--copy`, puts it into the site under the same name, where it takes "
			    "the "
			    "place of the theme's.",
			    false },
	[CLI_CONFIG] = { "config", "", 0, 0, "Print the configuration",
			 "With `--effective`, prints `site.toml` as the program sees it: every key, its value and its "
			 "meaning.",
			 false },
	[CLI_LUA_API] = { "lua-api", "", 0, 0, "Print what templates and plugins can use",
			  "Fields, filters and functions of the template language, as Markdown.", false },
	[CLI_CLEAN] = { "clean", "[DIR]", 0, 1, "Remove what was built",
			"Removes the files that the last build published and the cache, and nothing else.", true },
	[CLI_VERSION] = { "version", "", 0, 0, "Print the version",
			  "Prints the version and those of the libraries in use.", false },
	[CLI_HELP] = { "help", "[COMMAND]", 0, 1, "Print help", "Prints the overview, or all about one command.",
		       false },
};

const struct cli_command *cli_command(enum cli_command_id id)
{
	assert(id < CLI_COMMANDS);
	return &commands[id];
}

const struct cli_option *cli_options(size_t *n)
{
	*n = N_OPTIONS;
	return options;
}

enum cli_command_id cli_find_command(struct str name)
{
	for (size_t i = 0; i < CLI_COMMANDS; i++)
		if (str_eq(name, str_from(commands[i].name)))
			return (enum cli_command_id)i;
	return CLI_NONE;
}

/* What one run of the parser knows. */
struct parser {
	struct arena *arena;
	struct diag_list *dl;
	struct cli *out;
	char **argv;
	int argc, at;
	bool has_command, is_ended;
	bool given[N_OPTIONS];
	VEC(struct str) args;
};

static const struct pos no_pos = { 0, 0 };

static const struct cli_option *find_long(struct str name)
{
	for (size_t i = 0; i < N_OPTIONS; i++)
		if (str_eq(name, str_from(options[i].name)))
			return &options[i];
	return NULL;
}

static const struct cli_option *find_letter(char letter)
{
	for (size_t i = 0; i < N_OPTIONS; i++)
		if (options[i].letter == letter)
			return &options[i];
	return NULL;
}

static void suggest_command(struct parser *p, struct str word)
{
	struct str names[CLI_COMMANDS];

	for (size_t i = 0; i < CLI_COMMANDS; i++)
		names[i] = str_from(commands[i].name);
	diag_hint(p->dl, "'dossier help' lists the commands");
	diag_suggest(p->dl, word, names, CLI_COMMANDS);
}

static void unknown_option(struct parser *p, struct str shown, struct str name)
{
	struct str names[N_OPTIONS];
	size_t n = 0;

	for (size_t i = 0; i < N_OPTIONS; i++)
		if (options[i].help)
			names[n++] = str_format(p->arena, "--%s", options[i].name);
	diag_add(p->dl, DIAG_ERROR, "cli/unknown-option", STR_NONE, no_pos, "unknown option '%.*s'", STR_ARG(shown));
	diag_hint(p->dl, "'dossier help' lists the options");
	if (name.len > 1)
		diag_suggest(p->dl, str_format(p->arena, "--%.*s", STR_ARG(name)), names, n);
}

static bool is_choice(const char *choices, struct str value)
{
	struct str rest = str_from(choices), part;

	while (str_next(&rest, '|', &part))
		if (str_eq(part, value))
			return true;
	return false;
}

static void bad_choice(struct parser *p, const struct cli_option *o, struct str value)
{
	struct str names[16], rest = str_from(o->choices), part;
	size_t n = 0;

	while (n < 16 && str_next(&rest, '|', &part))
		names[n++] = part;
	diag_add(p->dl, DIAG_ERROR, "cli/bad-value", STR_NONE, no_pos, "'%.*s' is no value of --%s", STR_ARG(value),
		 o->name);
	diag_hint(p->dl, "it is one of %.*s", STR_ARG(str_join(p->arena, names, n, STR(", "))));
	diag_suggest(p->dl, value, names, n);
}

static void set_value(struct parser *p, const struct cli_option *o, struct str value)
{
	char *field = (char *)p->out + o->offset;
	struct date date;
	int64_t number;

	switch (o->type) {
	case CLI_FLAG:
		*(bool *)field = true;
		return;
	case CLI_NUMBER:
		if (str_to_i64(value, &number) && number >= o->min && number <= o->max) {
			*(int64_t *)(void *)field = number;
			return;
		}
		diag_add(p->dl, DIAG_ERROR, "cli/bad-value", STR_NONE, no_pos, "'%.*s' is no value of --%s",
			 STR_ARG(value), o->name);
		diag_hint(p->dl, "it is a whole number from %lld to %lld", (long long)o->min, (long long)o->max);
		return;
	case CLI_CHOICE:
		if (is_choice(o->choices, value))
			break;
		bad_choice(p, o, value);
		return;
	case CLI_DAY:
		if (date_parse(value, &date) && date.precision >= DATE_DAY && date.precision != DATE_CLOCK)
			break;
		diag_add(p->dl, DIAG_ERROR, "cli/bad-value", STR_NONE, no_pos, "'%.*s' is not a date", STR_ARG(value));
		diag_hint(p->dl, "write it as 2026-05-01 or 2026-05-01T12:00:00Z");
		return;
	case CLI_TEXT:
		if (value.len > 0)
			break;
		diag_add(p->dl, DIAG_ERROR, "cli/missing-value", STR_NONE, no_pos, "--%s needs a value", o->name);
		return;
	}
	*(struct str *)(void *)field = value;
}

/* The value of an option that stands apart from it; false when the line ends before. */
static bool next_value(struct parser *p, const struct cli_option *o, struct str *value)
{
	if (p->at < p->argc) {
		*value = str_from(p->argv[p->at++]);
		return true;
	}
	diag_add(p->dl, DIAG_ERROR, "cli/missing-value", STR_NONE, no_pos, "--%s needs a value", o->name);
	diag_hint(p->dl, "write it as --%s %s", o->name, o->metavar);
	return false;
}

static void parse_long(struct parser *p, struct str word)
{
	struct str name = str_skip(word, 2), value = STR_NONE;
	ptrdiff_t equals = str_find_byte(name, '=');
	const struct cli_option *o;

	if (equals >= 0) {
		value = str_skip(name, (size_t)equals + 1);
		name = str_cut(name, 0, (size_t)equals);
	}
	o = find_long(name);
	if (!o) {
		unknown_option(p, str_format(p->arena, "--%.*s", STR_ARG(name)), name);
		return;
	}
	p->given[o - options] = true;
	if (o->type == CLI_FLAG && equals >= 0) {
		diag_add(p->dl, DIAG_ERROR, "cli/bad-value", STR_NONE, no_pos, "--%s takes no value", o->name);
		return;
	}
	if (o->type != CLI_FLAG && equals < 0 && !next_value(p, o, &value))
		return;
	set_value(p, o, value);
}

static void parse_letters(struct parser *p, struct str word)
{
	for (size_t i = 1; i < word.len; i++) {
		const struct cli_option *o = find_letter(word.ptr[i]);
		struct str value = STR_NONE;

		if (!o) {
			unknown_option(p, str_format(p->arena, "-%c", word.ptr[i]), word);
			return;
		}
		p->given[o - options] = true;
		if (o->type == CLI_FLAG) {
			set_value(p, o, value);
			continue;
		}
		value = str_skip(word, i + 1);
		if (value.len > 0 || next_value(p, o, &value))
			set_value(p, o, value);
		return;
	}
}

static void parse_word(struct parser *p, struct str word)
{
	if (p->has_command) {
		vec_push(p->arena, &p->args, word);
		return;
	}
	p->has_command = true;
	p->out->command = cli_find_command(word);
	if (p->out->command == CLI_NONE) {
		diag_add(p->dl, DIAG_ERROR, "cli/unknown-command", STR_NONE, no_pos, "unknown command '%.*s'",
			 STR_ARG(word));
		suggest_command(p, word);
	}
}

/* Options that belong to other commands. */
static void check_options(struct parser *p)
{
	for (size_t i = 0; i < N_OPTIONS; i++) {
		struct str names[CLI_COMMANDS];
		size_t n = 0;

		if (!p->given[i] || (options[i].commands & (1u << p->out->command)))
			continue;
		for (size_t c = 0; c < CLI_COMMANDS; c++)
			if (options[i].commands & (1u << c))
				names[n++] = str_from(commands[c].name);
		diag_add(p->dl, DIAG_ERROR, "cli/unknown-option", STR_NONE, no_pos, "'%s' has no option '--%s'",
			 commands[p->out->command].name, options[i].name);
		diag_hint(p->dl, "it belongs to %.*s", STR_ARG(str_join(p->arena, names, n, STR(", "))));
	}
}

static void check_arguments(struct parser *p)
{
	const struct cli_command *c = &commands[p->out->command];

	if (p->args.len < c->min_args) {
		diag_add(p->dl, DIAG_ERROR, "cli/missing-argument", STR_NONE, no_pos, "'%s' needs %s", c->name,
			 c->arguments);
		diag_hint(p->dl, "usage: dossier %s %s", c->name, c->arguments);
	} else if (p->args.len > c->max_args) {
		diag_add(p->dl, DIAG_ERROR, "cli/unexpected-argument", STR_NONE, no_pos,
			 "'%.*s' is one argument too many", STR_ARG(p->args.ptr[c->max_args]));
		diag_hint(p->dl, "usage: dossier %s%s%s", c->name, *c->arguments ? " " : "", c->arguments);
	}
}

bool cli_parse(struct arena *a, int argc, char **argv, struct cli *out, struct diag_list *dl)
{
	struct parser p = { .arena = a, .dl = dl, .out = out, .argv = argv, .argc = argc, .at = 1 };
	size_t errors = dl->errors;

	memset(out, 0, sizeof(*out));
	out->command = CLI_NONE;
	while (p.at < p.argc) {
		struct str word = str_from(p.argv[p.at++]);

		if (p.is_ended || word.len < 2 || word.ptr[0] != '-')
			parse_word(&p, word);
		else if (str_eq(word, STR("--")))
			p.is_ended = true;
		else if (word.ptr[1] == '-')
			parse_long(&p, word);
		else
			parse_letters(&p, word);
	}
	out->args = p.args.ptr;
	out->n_args = p.args.len;
	if (out->root.len == 0)
		out->root = STR(".");
	if (out->command != CLI_NONE) {
		check_options(&p);
		if (!out->help)
			check_arguments(&p);
		if (commands[out->command].takes_root && out->n_args > 0)
			out->root = str_eq(out->root, STR(".")) ? out->args[0] : path_join(a, out->root, out->args[0]);
	}
	return dl->errors == errors;
}
