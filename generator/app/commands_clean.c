#include "app/commands.h"

#include "base/fs.h"
#include "base/path.h"
#include "site/config.h"
#include "site/manifest.h"

#define MANIFEST_MAX ((size_t)1 << 30)

/* A manifest is a file like any other: what it names outside the output folder is not ours. */
static bool is_below(struct arena *a, struct str path)
{
	struct str clean;

	return path.len > 0 && !path_is_absolute(path) && path_normalize(a, path, &clean) && str_eq(clean, path);
}

static size_t remove_outputs(struct commands *c, const struct manifest *m, struct str output)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_outputs; i++) {
		struct str path = m->outputs[i].path, file = path_join(c->arena, output, path);

		if (!is_below(c->arena, path) || fs_link_info(file).type == FS_NONE)
			continue;
		n += fs_remove(file, c->dl);
		fs_remove_empty_dirs(path_dir(file), output);
	}
	return n;
}

int commands_clean(struct commands *c)
{
	struct str cache = commands_file(c, STR(".dossier")), bytes, output, manifest;
	struct manifest m = { 0 };
	struct config config;
	struct diag_list ignored;
	size_t n = 0;
	bool has_manifest;

	if (!commands_load_config(c, &config))
		return COMMANDS_CLEAN;
	output = c->cli->output.len > 0 ? c->cli->output : commands_file(c, config.output_dir);
	manifest = build_manifest_file(c->arena, commands_file(c, STR(".")), output);
	diag_init(&ignored, c->arena);
	has_manifest =
		fs_read(c->arena, manifest, MANIFEST_MAX, &bytes, &ignored) && manifest_read(c->arena, bytes, &m);
	if (has_manifest)
		n = remove_outputs(c, &m, output);
	fs_remove_empty_dirs(output, path_dir(output));
	/* A folder that the command line names is one of several: what is known of the others stays. */
	if (c->cli->output.len > 0) {
		fs_remove(manifest, c->dl);
		fs_remove(overlay_supplement(c->arena, manifest), c->dl);
		fs_remove_empty_dirs(cache, path_dir(cache));
	} else if (fs_info(cache).type == FS_DIR) {
		fs_remove_tree(cache, c->dl);
	}
	if (c->dl->errors > 0)
		return COMMANDS_CLEAN;
	if (has_manifest)
		commands_say(c, "%zu files removed from %.*s", n, STR_ARG(output));
	else
		commands_say(c, "no build is known here: nothing removed from %.*s", STR_ARG(output));
	return COMMANDS_CLEAN;
}
