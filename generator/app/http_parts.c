#include "app/http.h"

#include "base/date.h"
#include "base/path.h"

const char *http_mime(struct str path)
{
	static const struct {
		struct str ext;
		const char *type;
	} types[] = {
		{ STR_INIT(".html"), "text/html; charset=utf-8" },
		{ STR_INIT(".htm"), "text/html; charset=utf-8" },
		{ STR_INIT(".css"), "text/css; charset=utf-8" },
		{ STR_INIT(".js"), "text/javascript; charset=utf-8" },
		{ STR_INIT(".mjs"), "text/javascript; charset=utf-8" },
		{ STR_INIT(".json"), "application/json" },
		{ STR_INIT(".ndjson"), "application/x-ndjson" },
		{ STR_INIT(".webmanifest"), "application/manifest+json" },
		{ STR_INIT(".xml"), "application/xml" },
		{ STR_INIT(".csv"), "text/csv; charset=utf-8" },
		{ STR_INIT(".txt"), "text/plain; charset=utf-8" },
		{ STR_INIT(".md"), "text/markdown; charset=utf-8" },
		{ STR_INIT(".svg"), "image/svg+xml" },
		{ STR_INIT(".png"), "image/png" },
		{ STR_INIT(".jpg"), "image/jpeg" },
		{ STR_INIT(".jpeg"), "image/jpeg" },
		{ STR_INIT(".gif"), "image/gif" },
		{ STR_INIT(".webp"), "image/webp" },
		{ STR_INIT(".avif"), "image/avif" },
		{ STR_INIT(".ico"), "image/x-icon" },
		{ STR_INIT(".woff2"), "font/woff2" },
		{ STR_INIT(".woff"), "font/woff" },
		{ STR_INIT(".ttf"), "font/ttf" },
		{ STR_INIT(".otf"), "font/otf" },
		{ STR_INIT(".pdf"), "application/pdf" },
		{ STR_INIT(".zip"), "application/zip" },
		{ STR_INIT(".mp4"), "video/mp4" },
		{ STR_INIT(".webm"), "video/webm" },
		{ STR_INIT(".mp3"), "audio/mpeg" },
		{ STR_INIT(".ogg"), "audio/ogg" },
	};
	struct str ext = path_ext(path);

	/* Feeds are told apart by name: they all end in .xml. */
	if (str_eq(path_base(path), STR("feed.xml")))
		return "application/atom+xml";
	if (str_eq(path_base(path), STR("feed.json")))
		return "application/feed+json";
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (str_eq_nocase(ext, types[i].ext))
			return types[i].type;
	return "application/octet-stream";
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool decode(struct buf *b, struct str url)
{
	for (size_t i = 0; i < url.len; i++) {
		int c = (unsigned char)url.ptr[i];

		if (c == '%') {
			int hi = i + 2 < url.len ? hex_value(url.ptr[i + 1]) : -1;
			int lo = i + 2 < url.len ? hex_value(url.ptr[i + 2]) : -1;

			if (hi < 0 || lo < 0)
				return false;
			c = hi * 16 + lo;
			i += 2;
		}
		if (c == 0)
			return false;
		buf_add_char(b, (char)c);
	}
	return true;
}

bool http_decode_path(struct arena *a, struct str url, struct str *out)
{
	struct buf b = { 0 };
	struct str text;
	bool ok = false;

	*out = STR_NONE;
	if (url.len > 0 && url.ptr[0] == '/' && decode(&b, url)) {
		text = buf_str(&b);
		while (text.len > 0 && text.ptr[0] == '/')
			text = str_skip(text, 1);
		ok = text.len == 0 || path_normalize(a, str_copy(a, text), out);
	}
	buf_release(&b);
	return ok && !path_is_absolute(*out);
}

static bool is_ipv4(struct str s)
{
	size_t parts = 0;
	struct str part;

	while (str_next(&s, '.', &part)) {
		int64_t n;

		if (part.len == 0 || part.len > 3 || !str_to_i64(part, &n) || n < 0 || n > 255 || part.ptr[0] == '+' ||
		    part.ptr[0] == '-')
			return false;
		parts++;
	}
	return parts == 4;
}

bool http_is_own_host(struct str host, struct str bind)
{
	struct str name = host;
	ptrdiff_t colon;

	if (str_starts(host, STR("["))) {
		ptrdiff_t end = str_find_byte(host, ']');

		return end > 0; /* an IPv6 address: nobody can point a name at us with it */
	}
	colon = str_find_byte(host, ':');
	if (colon >= 0)
		name = str_cut(host, 0, (size_t)colon);
	if (name.len == 0)
		return false;
	return is_ipv4(name) || str_eq_nocase(name, STR("localhost")) || str_eq_nocase(name, bind);
}

/* Digits alone: a sign or a space is no part of a range. */
static bool range_number(struct str s, uint64_t *out)
{
	int64_t n;

	if (s.len == 0 || s.ptr[0] < '0' || s.ptr[0] > '9' || !str_to_i64(s, &n))
		return false;
	*out = (uint64_t)n;
	return true;
}

enum http_range http_range(struct str header, uint64_t size, uint64_t *from, uint64_t *to)
{
	struct str spec, first, last;
	ptrdiff_t dash;
	uint64_t n;

	if (!str_starts(header, STR("bytes=")))
		return HTTP_RANGE_NONE;
	spec = str_skip(header, 6);
	dash = str_find_byte(spec, '-');
	if (dash < 0 || str_find_byte(spec, ',') >= 0)
		return HTTP_RANGE_NONE;
	first = str_cut(spec, 0, (size_t)dash);
	last = str_skip(spec, (size_t)dash + 1);
	*to = size;
	if (first.len == 0) {
		if (!range_number(last, &n))
			return HTTP_RANGE_NONE;
		*from = n < size ? size - n : 0;
		return n == 0 || size == 0 ? HTTP_RANGE_BAD : HTTP_RANGE_PART;
	}
	if (!range_number(first, from) || (last.len > 0 && !range_number(last, &n)))
		return HTTP_RANGE_NONE;
	if (last.len > 0 && n < *from)
		return HTTP_RANGE_NONE;
	if (*from >= size)
		return HTTP_RANGE_BAD;
	if (last.len > 0 && n < size - 1)
		*to = n + 1;
	return HTTP_RANGE_PART;
}

void http_inject(struct buf *out, struct str html, struct str tag)
{
	static const struct str body = STR_INIT("</body>");
	size_t at = html.len;

	for (size_t i = html.len >= body.len ? html.len - body.len + 1 : 0; i-- > 0;) {
		if (html.ptr[i] == '<' && str_eq_nocase(str_cut(html, i, i + body.len), body)) {
			at = i;
			break;
		}
	}
	buf_add(out, str_cut(html, 0, at));
	buf_add(out, tag);
	buf_add(out, str_skip(html, at));
}

void http_write_date(struct buf *out, int64_t unix_seconds)
{
	static const char *const days[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
	struct date d = date_from_unix(unix_seconds);
	int64_t day = unix_seconds / 86400 - (unix_seconds % 86400 < 0);

	buf_add_format(out, "%s, ", days[((day % 7) + 7) % 7]);
	date_write_format(out, d, STR("%d %b %Y %H:%M:%S GMT"), NULL);
}
