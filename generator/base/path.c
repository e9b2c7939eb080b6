#include "base/path.h"

bool path_is_absolute(struct str path)
{
	return path.len && path.ptr[0] == '/';
}

struct str path_join(struct arena *a, struct str dir, struct str name)
{
	struct str parts[2] = { dir, name };

	if (!dir.len || path_is_absolute(name))
		return str_copy(a, name);
	if (!name.len)
		return str_copy(a, dir);
	return str_join(a, parts, 2, dir.ptr[dir.len - 1] == '/' ? STR("") : STR("/"));
}

bool path_normalize(struct arena *a, struct str path, struct str *out)
{
	char *z = arena_alloc(a, path.len + 1, 1, 1);
	size_t root = path_is_absolute(path), len = root;
	struct str part;

	*out = STR_NONE;
	if (root)
		z[0] = '/';
	while (str_next(&path, '/', &part)) {
		if (!part.len || str_eq(part, STR(".")))
			continue;
		if (str_eq(part, STR(".."))) {
			if (len == root)
				return false;
			while (len > root && z[len - 1] != '/')
				len--;
			len -= len > root;
			continue;
		}
		if (len > root)
			z[len++] = '/';
		memcpy(z + len, part.ptr, part.len);
		len += part.len;
	}
	z[len] = '\0';
	*out = (struct str){ z, len };
	return true;
}

struct str path_dir(struct str path)
{
	ptrdiff_t slash = str_rfind_byte(path, '/');

	return str_cut(path, 0, slash < 0 ? 0 : slash ? (size_t)slash : 1);
}

struct str path_base(struct str path)
{
	return str_skip(path, (size_t)(str_rfind_byte(path, '/') + 1));
}

struct str path_ext(struct str path)
{
	struct str base = path_base(path);
	ptrdiff_t dot = str_rfind_byte(base, '.');

	return dot > 0 ? str_skip(base, (size_t)dot) : str_skip(base, base.len);
}

struct str path_stem(struct str path)
{
	struct str base = path_base(path);

	return str_cut(base, 0, base.len - path_ext(path).len);
}

bool path_is_within(struct str path, struct str dir)
{
	if (!dir.len)
		return !path_is_absolute(path);
	if (!str_starts(path, dir))
		return false;
	return path.len == dir.len || dir.ptr[dir.len - 1] == '/' || path.ptr[dir.len] == '/';
}

struct str path_relative_url(struct arena *a, struct str from, struct str to)
{
	size_t folder = 0, same = 0, end = 0, ups = 0;
	struct str tail;
	char *z, *at;

	/* A query or fragment may hold slashes that are no folders. */
	while (end < to.len && to.ptr[end] != '?' && to.ptr[end] != '#')
		end++;
	folder = (size_t)(str_rfind_byte(from, '/') + 1);
	for (size_t i = 0; i < folder && i < end && from.ptr[i] == to.ptr[i]; i++)
		if (from.ptr[i] == '/')
			same = i + 1;
	for (size_t i = same; i < folder; i++)
		ups += from.ptr[i] == '/';
	tail = str_skip(to, same);
	z = at = arena_alloc(a, ups * 3 + 2 + tail.len + 1, 1, 1);
	for (size_t i = 0; i < ups; i++, at += 3)
		memcpy(at, "../", 3);
	if (!ups) {
		ptrdiff_t colon = str_find_byte(str_cut(to, same, end), ':');
		ptrdiff_t slash = str_find_byte(str_cut(to, same, end), '/');

		/* Empty would mean the page itself, "a:b" an absolute URL, "//" another host. */
		if (same == end || slash == 0 || (colon >= 0 && (slash < 0 || colon < slash))) {
			memcpy(at, "./", 2);
			at += 2;
		}
	}
	if (tail.len)
		memcpy(at, tail.ptr, tail.len);
	at[tail.len] = '\0';
	return (struct str){ z, (size_t)(at - z) + tail.len };
}
