#include "site/href.h"

#include <string.h>

#include "base/path.h"
#include "base/swar.h"

static bool is_site_path(struct str s)
{
	return s.len && s.ptr[0] == '/' && !(s.len > 1 && s.ptr[1] == '/');
}

static size_t tail_start(struct str s)
{
	return swar_find_byte(s, 0, '?', '#');
}

/* From the folder of `from`: up what is not shared, then down. */
static void write_relative(struct buf *out, struct str from, struct str to, bool is_offline)
{
	size_t same = 0, i, ups = 0, start = out->len;

	for (i = 0; i < from.len && i < to.len && from.ptr[i] == to.ptr[i]; i++)
		if (from.ptr[i] == '/')
			same = i + 1;
	for (i = same; i < from.len; i++)
		ups += from.ptr[i] == '/';
	for (i = 0; i < ups; i++)
		buf_add_z(out, "../");
	to = str_skip(to, same);
	/* "a:b.png" alone would be read as an address with the scheme "a". */
	if (ups == 0 && str_find_byte(to, ':') >= 0)
		buf_add_z(out, "./");
	buf_add_url(out, to);
	if (out->len == start && !is_offline)
		buf_add_z(out, "./");
}

bool href_inside(const struct href *h, struct str path, struct str *anchor)
{
	uint64_t at;

	if (!h->inside || !(map_get(&h->inside->places, path, &at) ||
			    map_get(&h->inside->places, str_cut(path, 0, tail_start(path)), &at)))
		return false;
	*anchor = h->inside->anchors[at];
	return true;
}

void href_write(struct buf *out, const struct href *h, struct str path)
{
	size_t cut = tail_start(path);
	struct str bare = str_cut(path, 0, cut), tail = str_skip(path, cut), anchor;

	if (!is_site_path(path)) {
		buf_add(out, path);
		return;
	}
	if (href_inside(h, path, &anchor)) {
		buf_add_char(out, '#');
		buf_add_url(out, anchor);
		return;
	}
	if (h->is_relative) {
		/* A mere anchor on the same page needs no path. */
		if (tail.len && tail.ptr[0] == '#' && str_eq(bare, h->from)) {
			buf_add(out, tail);
			return;
		}
		write_relative(out, h->from, bare, h->is_offline);
		if (h->is_offline && str_ends(bare, STR("/")))
			buf_add_z(out, "index.html");
	} else {
		buf_add(out, h->config->base_path);
		buf_add_url(out, str_skip(bare, 1));
	}
	buf_add(out, tail);
}

void href_write_absolute(struct buf *out, const struct config *c, struct str path)
{
	size_t cut = tail_start(path);

	if (!is_site_path(path)) {
		buf_add(out, path);
		return;
	}
	buf_add(out, c->base_url);
	buf_add_url(out, str_cut(path, 1, cut));
	buf_add(out, str_skip(path, cut));
}

struct str href_root(struct arena *a, const struct href *h)
{
	struct buf b;
	struct str s;

	if (!h->is_relative)
		return h->config->base_path;
	buf_init(&b, 0);
	for (size_t i = 1; i < h->from.len; i++)
		if (h->from.ptr[i] == '/')
			buf_add_z(&b, "../");
	s = buf_copy(&b, a);
	buf_release(&b);
	return s;
}
