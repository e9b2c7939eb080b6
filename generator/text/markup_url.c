#include "text/markup_impl.h"

#include <string.h>

/* Bytes that stay as they are in an href; the rest is percent-encoded, '&' and the apostrophe as references. */
static bool is_href_safe(unsigned char c)
{
	if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
		return true;
	return c != 0 && strchr("!#$%()*+,-./:;=?@_~", c) != NULL;
}

void markup_write_href(struct buf *out, struct str url)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t done = 0;

	for (size_t i = 0; i < url.len; i++) {
		unsigned char c = (unsigned char)url.ptr[i];

		if (is_href_safe(c))
			continue;
		buf_add_mem(out, url.ptr + done, i - done);
		done = i + 1;
		if (c == '&') {
			buf_add(out, STR("&amp;"));
		} else if (c == '\'') {
			buf_add(out, STR("&#x27;"));
		} else {
			char escape[3] = { '%', hex[c >> 4], hex[c & 15] };

			buf_add_mem(out, escape, 3);
		}
	}
	buf_add_mem(out, url.ptr + done, url.len - done);
}

static bool has_scheme(struct str url, struct str scheme)
{
	return str_eq_nocase(str_cut(url, 0, scheme.len), scheme);
}

bool markup_is_dangerous(struct str url)
{
	static const struct str images[] = {
		STR_INIT("data:image/png"),
		STR_INIT("data:image/gif"),
		STR_INIT("data:image/jpeg"),
		STR_INIT("data:image/webp"),
	};

	if (has_scheme(url, STR("data:"))) {
		for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++) {
			if (has_scheme(url, images[i]))
				return false;
		}
		return true;
	}
	return has_scheme(url, STR("javascript:")) || has_scheme(url, STR("vbscript:")) ||
	       has_scheme(url, STR("file:"));
}
