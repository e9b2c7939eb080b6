#include "stage/verify.h"

#include <string.h>

#include "base/swar.h"
#include "base/utf8.h"
#include "base/vec.h"

/* Paths of what is another site's, and of what differs from page to page. */
#define NOWHERE UINT32_MAX
#define RELATIVE (UINT32_MAX - 1)
#define KNOWN_BYTES 256 /* longer addresses are resolved each time */
#define FIRST_SLOTS 256

struct verify_slot {
	struct digest key; /* of the bytes: two attributes with one digest are one */
	uint32_t page;     /* the last that had it */
	uint32_t text;     /* number */
	uint32_t path;     /* of addresses: its number from 1, NOWHERE or RELATIVE; of ids: 1; empty slots: 0 */
	uint32_t times;    /* of ids: on that page */
};

/* An attribute, until the page is read: by then its slot has come from far memory. */
struct asked {
	struct digest key;
	struct str value;
	bool is_id, counts;
};

struct scan {
	struct verify_scanner *v;
	struct str url, html;
	size_t tag;    /* where the name of the tag begins that is being read */
	uint32_t path; /* number of url */
	VEC(uint32_t) links, ids, twice;
	VEC(struct str) own; /* anchors on the page itself */
	VEC(struct asked) asked;
};

void verify_scanner_init(struct verify_scanner *v, struct arena *arena, const struct config *c)
{
	*v = (struct verify_scanner){ .arena = arena, .config = c };
}

void verify_scanner_release(struct verify_scanner *v)
{
	arena_release(&v->scratch);
	arena_release(&v->tables);
}

static struct verify_slot *slot_at(const struct verify_table *t, struct digest key)
{
	size_t at = (size_t)key.lo & (t->n_slots - 1);

	while (t->slots[at].path && !digest_eq(t->slots[at].key, key))
		at = (at + 1) & (t->n_slots - 1);
	return &t->slots[at];
}

static void grow(struct arena *a, struct verify_table *t)
{
	struct verify_table old = *t;

	t->n_slots = old.n_slots ? old.n_slots * 2 : FIRST_SLOTS;
	t->slots = arena_array(a, struct verify_slot, t->n_slots);
	for (size_t i = 0; i < old.n_slots; i++)
		if (old.slots[i].path)
			*slot_at(t, old.slots[i].key) = old.slots[i];
	arena_drop(a, old.slots, old.n_slots * sizeof(*old.slots));
}

/* Adds one without a path, which the caller gives it, when it is new. */
static struct verify_slot *find(struct arena *a, struct verify_table *t, struct digest key)
{
	struct verify_slot *slot;

	if ((t->len + 1) * 2 > t->n_slots)
		grow(a, t);
	slot = slot_at(t, key);
	t->len += !slot->path;
	slot->key = key;
	return slot;
}

static void ask(struct scan *s, const struct verify_table *t, struct asked asked)
{
	asked.key = digest_of(asked.value);
	if (t->n_slots)
		__builtin_prefetch(&t->slots[(size_t)asked.key.lo & (t->n_slots - 1)]);
	vec_push(&s->v->scratch, &s->asked, asked);
}

static uint32_t add_text(struct verify_scanner *v, struct str text)
{
	size_t cap = v->cap_texts ? v->cap_texts * 2 : FIRST_SLOTS;

	if (v->given.len == v->cap_texts) {
		v->texts = arena_grow(v->arena, v->texts, v->cap_texts, cap, sizeof(*v->texts), _Alignof(struct str));
		v->last = arena_grow(&v->tables, v->last, v->cap_texts, cap, sizeof(*v->last), _Alignof(uint32_t));
		v->cap_texts = cap;
		v->given.ptr = v->texts;
	}
	v->texts[v->given.len] = text;
	v->last[v->given.len] = 0;
	return (uint32_t)v->given.len++;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 32);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct str percent_decoded(struct arena *a, struct str s)
{
	char *z;
	size_t n = 0;

	if (str_find_byte(s, '%') < 0)
		return s;
	z = arena_alloc(a, s.len, 1, 1);
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '%' && i + 2 < s.len && hex(s.ptr[i + 1]) >= 0 && hex(s.ptr[i + 2]) >= 0) {
			z[n++] = (char)(hex(s.ptr[i + 1]) << 4 | hex(s.ptr[i + 2]));
			i += 2;
		} else {
			z[n++] = s.ptr[i];
		}
	}
	return (struct str){ z, n };
}

/* The character references that our own writers and people use in addresses. */
static const struct {
	struct str name;
	uint32_t cp;
} references[] = {
	{ STR_INIT("amp;"), '&' }, { STR_INIT("quot;"), '"' }, { STR_INIT("apos;"), '\'' },
	{ STR_INIT("lt;"), '<' },  { STR_INIT("gt;"), '>' },   { STR_INIT("nbsp;"), 0xa0 },
};

/* Length of the reference that begins after '&', or 0. */
static size_t read_reference(struct str s, uint32_t *cp)
{
	size_t i = 1;
	unsigned base = 10;

	*cp = 0;
	if (s.len == 0 || s.ptr[0] != '#') {
		for (size_t k = 0; k < sizeof(references) / sizeof(references[0]); k++) {
			if (str_starts(s, references[k].name)) {
				*cp = references[k].cp;
				return references[k].name.len;
			}
		}
		return 0;
	}
	if (i < s.len && (s.ptr[i] | 32) == 'x') {
		base = 16;
		i++;
	}
	for (size_t from = i; i < s.len && i - from < 8; i++) {
		int d = hex(s.ptr[i]);

		if (s.ptr[i] == ';' && i > from)
			return i + 1;
		if (d < 0 || (unsigned)d >= base)
			return 0;
		*cp = *cp * base + (unsigned)d;
	}
	return 0;
}

static struct str html_decoded(struct arena *a, struct str s)
{
	struct buf b;
	struct str out;

	if (str_find_byte(s, '&') < 0)
		return s;
	buf_init(&b, 0);
	for (size_t i = 0; i < s.len; i++) {
		uint32_t cp;
		size_t n = s.ptr[i] == '&' ? read_reference(str_skip(s, i + 1), &cp) : 0;

		if (n)
			utf8_encode(&b, cp);
		else
			buf_add_char(&b, s.ptr[i]);
		i += n;
	}
	out = buf_copy(&b, a);
	buf_release(&b);
	return out;
}

static bool has_scheme(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i], low = (char)(c | 32);

		if (c == ':')
			return i > 0;
		if (!(low >= 'a' && low <= 'z') &&
		    (i == 0 || !((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.')))
			return false;
	}
	return false;
}

/* "/a/b/" + "../c" by RFC 3986, 5.2.4; above the root it climbs no further. */
static struct str resolved(struct arena *a, struct str url, struct str ref)
{
	struct str base = str_cut(url, 0, (size_t)(str_rfind_byte(url, '/') + 1)), rest = ref, part;
	char *z = arena_alloc(a, base.len + ref.len + 2, 1, 1);
	size_t n = base.len;

	memcpy(z, base.ptr, base.len);
	while (str_next(&rest, '/', &part)) {
		bool is_last = part.ptr + part.len == ref.ptr + ref.len;

		if (str_eq(part, STR("..")))
			for (n = n > 1 ? n - 1 : n; n > 1 && z[n - 1] != '/'; n--)
				;
		if (str_eq(part, STR("..")) || str_eq(part, STR(".")))
			continue;
		memcpy(z + n, part.ptr, part.len);
		n += part.len;
		if (!is_last)
			z[n++] = '/';
	}
	return (struct str){ z, n };
}

/* A path of this host as a site path. */
static struct str without_base(struct arena *a, const struct config *c, struct str path)
{
	struct str base = c->base_path;

	if (base.len <= 1)
		return path;
	if (str_starts(path, base))
		return str_skip(path, base.len - 1);
	if (str_eq(path, str_cut(base, 0, base.len - 1)))
		return STR("/");
	return str_format(a, "/..%.*s", STR_ARG(path));
}

/* The rest of a full address after base_url, with its slash; false: another site's. */
static bool after_base_url(const struct config *c, struct str ref, struct str *path)
{
	struct str base = c->base_url;

	if (base.len == 0 || !str_starts(ref, str_cut(base, 0, base.len - 1)))
		return false;
	*path = str_skip(ref, base.len - 1);
	if (path->len == 0)
		*path = STR("/");
	return path->ptr[0] == '/' || path->ptr[0] == '#' || path->ptr[0] == '?';
}

/* Site path and anchor of a reference as written; false: not of this site. */
static bool resolve(struct scan *s, struct str ref, struct str *path, struct str *anchor)
{
	struct arena *a = &s->v->scratch;
	ptrdiff_t at;

	*anchor = STR_NONE;
	if (has_scheme(ref)) {
		if (!after_base_url(s->v->config, ref, &ref))
			return false;
		*path = STR("/");
	} else if (str_starts(ref, STR("//"))) {
		return false;
	} else {
		*path = s->url;
		if (str_starts(ref, STR("/")))
			ref = without_base(a, s->v->config, ref);
	}
	at = str_find_byte(ref, '#');
	if (at >= 0) {
		*anchor = percent_decoded(a, str_skip(ref, (size_t)at + 1));
		ref = str_cut(ref, 0, (size_t)at);
	}
	at = str_find_byte(ref, '?');
	if (at >= 0)
		ref = str_cut(ref, 0, (size_t)at);
	/* What browsers find without an id. */
	if (str_eq_nocase(*anchor, STR("top")) || str_starts(*anchor, STR(":~:")))
		*anchor = STR_NONE;
	if (ref.len == 0)
		return true;
	if (ref.ptr[0] != '/')
		ref = resolved(a, *path, ref);
	else if (str_contains(ref, STR("/.")) && !str_starts(ref, STR("/../")))
		ref = resolved(a, STR("/"), str_skip(ref, 1));
	ref = percent_decoded(a, ref);
	if (str_ends(ref, STR("/index.html")))
		ref.len -= sizeof("index.html") - 1;
	*path = ref;
	return true;
}

static uint32_t path_number(struct verify_scanner *v, struct str path)
{
	uint64_t at;

	if (!map_get(&v->paths, path, &at)) {
		at = v->paths.len + 1;
		map_put(&v->tables, &v->paths, str_copy(&v->tables, path), at);
	}
	return (uint32_t)at;
}

/* The number of an address among the texts. */
static uint32_t text_number(struct verify_scanner *v, struct str path, struct str anchor)
{
	struct str parts[] = { path, anchor }, text = anchor.len ? str_join(&v->scratch, parts, 2, STR("#")) : path;
	uint64_t at;

	if (!map_get(&v->links, text, &at)) {
		text = str_copy(v->arena, text);
		at = add_text(v, text);
		map_put(&v->tables, &v->links, text, at);
	}
	return (uint32_t)at;
}

static void add_text_link(struct scan *s, uint32_t text)
{
	if (s->v->last[text] != s->v->page)
		vec_push(&s->v->scratch, &s->links, text);
	s->v->last[text] = s->v->page;
}

/* What may lead elsewhere from another page. */
static void add_link(struct scan *s, struct str ref)
{
	struct str path, anchor;

	if (!resolve(s, ref, &path, &anchor))
		return;
	if (!str_eq(path, s->url))
		add_text_link(s, text_number(s->v, path, anchor));
	else if (anchor.len)
		vec_push(&s->v->scratch, &s->own, anchor);
}

static void learn(struct scan *s, struct verify_slot *slot, struct str value)
{
	struct verify_scanner *v = s->v;
	struct str ref = str_trim(html_decoded(&v->scratch, value)), path, anchor;

	if (ref.len && ref.ptr[0] != '/' && !has_scheme(ref)) {
		slot->path = RELATIVE;
	} else if (!ref.len || !resolve(s, ref, &path, &anchor)) {
		slot->path = NOWHERE;
	} else {
		slot->path = path_number(v, path);
		slot->text = text_number(v, path, anchor);
	}
}

/* Most addresses stand on many pages, and more than once on each: what they mean is looked up by their bytes. */
static void add_reference(struct scan *s, struct str value)
{
	if (value.len > 0 && value.len <= KNOWN_BYTES && value.ptr[0] != '#')
		ask(s, &s->v->values, (struct asked){ .value = value });
	else if ((value = str_trim(html_decoded(&s->v->scratch, value))).len)
		add_link(s, value);
}

static void settle_reference(struct scan *s, const struct asked *asked)
{
	struct verify_scanner *v = s->v;
	struct verify_slot *slot = find(&v->tables, &v->values, asked->key);
	struct str value;

	if (!slot->path)
		learn(s, slot, asked->value);
	if (slot->path == NOWHERE || slot->page == v->page)
		return;
	slot->page = v->page;
	if (slot->path != RELATIVE && slot->path != s->path) {
		add_text_link(s, slot->text);
		return;
	}
	value = str_trim(html_decoded(&v->scratch, asked->value));
	if (value.len)
		add_link(s, value);
}

/* "a.png 1x, b.png 2x": commas inside an address do not end it, one at its end does. */
static void add_srcset(struct scan *s, struct str value)
{
	size_t i = 0;

	value = html_decoded(&s->v->scratch, value);
	while (i < value.len) {
		size_t from, end;

		while (i < value.len && (value.ptr[i] == ',' || (unsigned char)value.ptr[i] <= ' '))
			i++;
		from = i;
		while (i < value.len && (unsigned char)value.ptr[i] > ' ')
			i++;
		end = i;
		if (end > from && value.ptr[end - 1] == ',') {
			end--;
		} else {
			while (i < value.len && value.ptr[i] != ',')
				i++;
		}
		if (end > from)
			add_link(s, str_cut(value, from, end));
	}
}

static void add_id(struct scan *s, struct str value, bool counts)
{
	value = html_decoded(&s->v->scratch, value);
	if (value.len)
		ask(s, &s->v->ids, (struct asked){ .value = value, .is_id = true, .counts = counts });
}

static void settle_id(struct scan *s, const struct asked *asked)
{
	struct verify_scanner *v = s->v;
	struct verify_slot *slot = find(&v->tables, &v->ids, asked->key);

	if (!slot->path) {
		slot->path = 1;
		slot->text = add_text(v, str_copy(v->arena, asked->value));
	}
	if (slot->page != v->page) {
		slot->page = v->page;
		slot->times = 0;
		vec_push(&v->scratch, &s->ids, slot->text);
	}
	slot->times += asked->counts;
	if (asked->counts && slot->times == 2)
		vec_push(&v->scratch, &s->twice, slot->text);
}

enum { BLANK = 1, SLASH = 2, CLOSE = 4, FIRST = 8, LAST = 16 };

/* FIRST: of the names of elements that hold text; LAST: of the names of attributes that are taken. */
static const unsigned char classes[256] = {
	[' '] = BLANK, ['\n'] = BLANK, ['\t'] = BLANK, ['\r'] = BLANK,       ['\f'] = BLANK,       ['/'] = SLASH,
	['>'] = CLOSE, ['s'] = FIRST,  ['S'] = FIRST,  ['t'] = FIRST | LAST, ['i'] = FIRST,        ['T'] = FIRST | LAST,
	['I'] = FIRST, ['x'] = FIRST,  ['X'] = FIRST,  ['n'] = FIRST | LAST, ['N'] = FIRST | LAST, ['a'] = LAST,
	['A'] = LAST,  ['c'] = LAST,   ['C'] = LAST,   ['d'] = LAST,         ['D'] = LAST,         ['e'] = LAST,
	['E'] = LAST,  ['f'] = LAST,   ['F'] = LAST,   ['r'] = LAST,         ['R'] = LAST,
};

static bool is_any(char c, unsigned which)
{
	return classes[(unsigned char)c] & which;
}

static bool is_blank(char c)
{
	return is_any(c, BLANK);
}

/* Whether a name of the same length as `lower` is it. */
static inline bool is_name(struct str name, struct str lower)
{
	for (size_t i = 0; i < lower.len; i++)
		if ((name.ptr[i] | 32) != lower.ptr[i])
			return false;
	return true;
}

/* Length of the name at `i` of a tag. */
static size_t name_length(struct str html, size_t i)
{
	size_t end = i;

	while (end < html.len && !is_any(html.ptr[end], BLANK | SLASH | CLOSE))
		end++;
	return end - i;
}

static bool is_tag(const struct scan *s, struct str lower)
{
	return name_length(s->html, s->tag) == lower.len && is_name(str_skip(s->html, s->tag), lower);
}

__attribute__((noinline)) static void take_attribute(struct scan *s, struct str name, struct str value)
{
	switch (name.len) {
	case 2:
		if (is_name(name, STR("id")))
			add_id(s, value, true);
		break;
	case 3:
		if (is_name(name, STR("src")))
			add_reference(s, value);
		break;
	case 4:
		if (is_name(name, STR("href")) || (is_name(name, STR("data")) && is_tag(s, STR("object"))))
			add_reference(s, value);
		else if (is_name(name, STR("name")) && is_tag(s, STR("a")))
			add_id(s, value, false);
		break;
	case 6:
		if (is_name(name, STR("srcset")))
			add_srcset(s, value);
		else if (is_name(name, STR("poster")) || is_name(name, STR("action")))
			add_reference(s, value);
		break;
	case 10:
		if (is_name(name, STR("xlink:href")))
			add_reference(s, value);
		break;
	}
}

/* The value at *i, behind '='; then *i is behind it. */
static inline struct str read_value(struct str html, size_t *i)
{
	const char *z = html.ptr;
	size_t n = html.len, from = *i, to;

	while (from < n && is_blank(z[from]))
		from++;
	if (from < n && z[from] == '"') {
		to = swar_find_byte(html, ++from, '"', '"');
		*i = to < n ? to + 1 : n;
	} else if (from < n && z[from] == '\'') {
		to = swar_find_byte(html, ++from, '\'', '\'');
		*i = to < n ? to + 1 : n;
	} else {
		for (to = from; to < n && !is_blank(z[to]) && z[to] != '>'; to++)
			;
		*i = to;
	}
	return (struct str){ z + from, to - from };
}

/* From the name of a tag to behind its '>'. What has no '=' has no value that could matter. */
static size_t read_tag(struct scan *s, struct str html, size_t i)
{
	const char *start = html.ptr + ++i; /* behind the last attribute */

	s->tag = i - 1;
	while ((i = swar_find_byte(html, i, '=', '>')) < html.len && html.ptr[i] == '=') {
		const char *end = html.ptr + i, *name;
		struct str value;

		i++;
		while (end > start && is_blank(end[-1]))
			end--;
		/* A name may begin with '='. */
		if (end == start || end[-1] == '/')
			continue;
		value = read_value(html, &i);
		if (is_any(end[-1], LAST)) {
			for (name = end - 1; name > start && !is_any(name[-1], BLANK | SLASH); name--)
				;
			take_attribute(s, (struct str){ name, (size_t)(end - name) }, value);
		}
		start = html.ptr + i;
	}
	return i < html.len ? i + 1 : i;
}

/* Elements whose content is text up to their end tag. */
static bool holds_text(struct str tag)
{
	static const struct str names[] = { STR_INIT("script"),  STR_INIT("style"),   STR_INIT("textarea"),
					    STR_INIT("title"),   STR_INIT("iframe"),  STR_INIT("xmp"),
					    STR_INIT("noembed"), STR_INIT("noframes") };

	for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
		if (tag.len == names[k].len && is_name(tag, names[k]))
			return true;
	return false;
}

/* To the end tag of the element. */
static size_t skip_text(struct str html, size_t i, struct str tag)
{
	for (; (i = swar_find_byte(html, i, '<', '<')) < html.len; i++) {
		struct str rest = str_skip(html, i + 1);

		if (rest.len > tag.len + 1 && rest.ptr[0] == '/' && str_eq_nocase(str_cut(rest, 1, tag.len + 1), tag) &&
		    is_any(rest.ptr[tag.len + 1], BLANK | CLOSE | SLASH))
			break;
	}
	return i;
}

static size_t skip_past(struct str html, size_t i, struct str mark)
{
	ptrdiff_t at = str_find(str_skip(html, i), mark);

	return at < 0 ? html.len : i + (size_t)at + mark.len;
}

static bool is_letter(char c)
{
	return (unsigned char)((c | 32) - 'a') < 26;
}

/* From a '<' to behind what it begins. */
static size_t read_markup(struct scan *s, struct str html, size_t i)
{
	struct str rest = str_skip(html, i + 1), tag;

	if (rest.len == 0 || !is_letter(rest.ptr[0])) {
		if (str_starts(rest, STR("!--")))
			return skip_past(html, i + 2, STR("-->"));
		return rest.len && (rest.ptr[0] == '!' || rest.ptr[0] == '?') ? skip_past(html, i, STR(">")) : i + 1;
	}
	i = read_tag(s, html, i + 1);
	if (!is_any(rest.ptr[0], FIRST))
		return i;
	tag = str_cut(rest, 0, name_length(rest, 0));
	return holds_text(tag) ? skip_text(html, i, tag) : i;
}

static uint32_t *kept(struct arena *a, const uint32_t *list, size_t n)
{
	uint32_t *out = n ? arena_array(a, uint32_t, n) : NULL;

	if (n)
		memcpy(out, list, n * sizeof(*out));
	return out;
}

/* Anchors on the page itself: what has its id needs no second look. */
static void settle_own(struct scan *s)
{
	struct verify_scanner *v = s->v;

	for (size_t i = 0; i < s->own.len; i++) {
		const struct verify_slot *slot = v->ids.len ? slot_at(&v->ids, digest_of(s->own.ptr[i])) : NULL;

		if (!slot || !slot->path || slot->page != v->page)
			add_text_link(s, text_number(v, s->url, s->own.ptr[i]));
	}
}

void verify_scan(struct verify_scanner *v, struct str url, struct str html, struct verify_page *out)
{
	struct scan s = { .v = v, .url = url, .html = html };

	arena_reset(&v->scratch);
	v->page++;
	if (str_ends(url, STR("/index.html")))
		s.url.len -= sizeof("index.html") - 1;
	s.path = path_number(v, s.url);
	/* End tags have nothing to read. */
	for (size_t i = 0; (i = swar_find_unless(html, i, '<', '/')) < html.len;)
		i = read_markup(&s, html, i);
	for (size_t i = 0; i < s.asked.len; i++) {
		if (s.asked.ptr[i].is_id)
			settle_id(&s, &s.asked.ptr[i]);
		else
			settle_reference(&s, &s.asked.ptr[i]);
	}
	settle_own(&s);
	*out = (struct verify_page){
		&v->given, kept(v->arena, s.links.ptr, s.links.len), s.links.len, kept(v->arena, s.ids.ptr, s.ids.len),
		s.ids.len, kept(v->arena, s.twice.ptr, s.twice.len), s.twice.len,
	};
}
