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

struct search_index *build_search(struct build *b, const struct search_plan *plan, struct overlay *kept)
{
	struct str name = terms_file(b);
	struct search_index *x;
	struct fs_pieces file;

	if (!b->opt->no_cache)
		overlay_open(kept, name, SEARCH_MARK);
	x = search_build(&b->out->site, plan, settings(b), kept, b->pool);
	if (search_amend(x) && overlay_save(kept, b->dl))
		return x;
	fs_pieces_begin(&file, name, b->dl);
	search_keep(x, fs_pieces_put, &file);
	overlay_replace(&file, name, b->dl);
	return x;
}
