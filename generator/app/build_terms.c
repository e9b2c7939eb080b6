#include "app/build_impl.h"

#include "base/fs.h"
#include "base/version.h"
#include "stage/search.h"

/*
 * build_terms - the search index, kept beside the manifest, so that an edit
 * reads one page and not all.
 */
static struct str terms_file(const struct build *b)
{
	return build_kept_file(b, "terms");
}

static struct digest settings(const struct build *b)
{
	return digest_join(digest_of(str_from(version_sources)), b->config_digest);
}

struct search_index *build_search(struct build *b, const struct search_plan *plan, struct str *kept)
{
	struct search_index *x;
	struct diag_list ignored;
	struct fs_pieces file;

	diag_init(&ignored, b->arena);
	if (b->opt->no_cache || fs_info(terms_file(b)).type != FS_FILE || !fs_map(terms_file(b), kept, &ignored))
		*kept = STR_NONE;
	x = search_build(&b->out->site, plan, settings(b), *kept, b->pool);
	fs_pieces_begin(&file, terms_file(b), b->dl);
	search_keep(x, fs_pieces_put, &file);
	fs_pieces_end(&file);
	return x;
}
