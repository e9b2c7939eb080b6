#include "lua/stdlib.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "lua/object.h"
#include "lua/stdlib_list.h"

static struct str text_of(lua_State *L, int index, const char *filter)
{
	struct engine *e = state_engine(L);
	struct str s;

	if (!object_text(L, index, &s)) {
		if (lua_isnil(L, index))
			state_hint(e, "give it something else where the value may be absent: '?\?' or 'default'");
		state_raise(L, lua_isnil(L, index) ? "template/nil" : "template/wrong-type", "'%s' needs text, not %s",
			    filter, state_type_name(L, index));
	}
	state_charge(L, e, 1 + s.len / 8);
	return s;
}

static struct str option_text(lua_State *L, int index, const char *filter, struct str fallback)
{
	return lua_isnoneornil(L, index) ? fallback : text_of(L, index, filter);
}

static double number_of(lua_State *L, int index, const char *filter)
{
	struct engine *e = state_engine(L);
	struct str s;
	double d;

	if (lua_type(L, index) == LUA_TNUMBER)
		return lua_tonumber(L, index);
	if (lua_type(L, index) == LUA_TSTRING && object_text(L, index, &s) && str_to_double(str_trim(s), &d))
		return d;
	if (lua_isnil(L, index))
		state_hint(e, "give it something else where the value may be absent: '?\?' or 'default'");
	state_raise(L, lua_isnil(L, index) ? "template/nil" : "template/wrong-type", "'%s' needs a number, not %s",
		    filter, state_type_name(L, index));
}

static lua_Integer option_int(lua_State *L, int index, const char *filter, lua_Integer fallback, lua_Integer min,
			      lua_Integer max)
{
	double d;

	if (lua_isnoneornil(L, index))
		return fallback;
	d = number_of(L, index, filter);
	if (!(d >= (double)min && d <= (double)max) || floor(d) != d)
		state_raise(L, "template/bad-argument", "'%s' takes a whole number from %lld to %lld here", filter,
			    (long long)min, (long long)max);
	return (lua_Integer)d;
}

static int filter_date(lua_State *L)
{
	struct engine *e = state_engine(L);
	const struct date *d = object_date(L, 1);
	struct buf *out = state_buf(e);
	struct date parsed;

	if (!d) {
		struct str s = text_of(L, 1, "date");

		if (!date_parse(str_trim(s), &parsed)) {
			state_hint(e, "dates are written 2026, 2026-05 or 2026-05-01");
			state_raise(L, "template/wrong-type", "'%.*s' is not a date", STR_ARG(s));
		}
		d = &parsed;
	}
	if (lua_isnoneornil(L, 2))
		date_write_human(out, *d, NULL);
	else
		date_write_format(out, *d, text_of(L, 2, "date"), NULL);
	state_push(L, buf_str(out));
	return 1;
}

static int filter_default(lua_State *L)
{
	struct object_list l;
	struct str s;
	bool is_empty = lua_isnil(L, 1);

	if (lua_toboolean(L, 3))
		is_empty = !lua_toboolean(L, 1) || (object_text(L, 1, &s) && s.len == 0) ||
			   (object_list(L, 1, &l) && l.n == 0);
	lua_settop(L, 2);
	if (!is_empty)
		lua_settop(L, 1);
	return 1;
}

static int filter_escape(lua_State *L)
{
	struct engine *e = state_engine(L);
	struct buf *out = state_buf(e);

	buf_add_html(out, text_of(L, 1, "escape"));
	object_push_mark(L, e, MARK_HTML, buf_str(out));
	return 1;
}

static int filter_safe(lua_State *L)
{
	object_push_mark(L, state_engine(L), MARK_HTML, text_of(L, 1, "safe"));
	return 1;
}

static int filter_json(lua_State *L)
{
	object_push_json(L, state_engine(L), 1);
	return 1;
}

static int filter_slugify(lua_State *L)
{
	state_push(L, utf8_slug(&state_engine(L)->scratch, text_of(L, 1, "slugify")));
	return 1;
}

static int filter_truncate(lua_State *L)
{
	struct engine *e = state_engine(L);
	struct str s = text_of(L, 1, "truncate"), end = option_text(L, 3, "truncate", STR("…")), cut;
	size_t n = (size_t)option_int(L, 2, "truncate", 160, 0, 1000000), space;
	struct buf *out;

	cut = utf8_truncate(s, n);
	if (cut.len == s.len) {
		state_push(L, s);
		return 1;
	}
	/* At the end of a word, if one ends in the second half. */
	space = cut.len;
	while (space > cut.len / 2 && cut.ptr[space - 1] != ' ' && s.ptr[cut.len] != ' ')
		space--;
	if (space > cut.len / 2)
		cut.len = space;
	out = state_buf(e);
	buf_add(out, str_trim(cut));
	buf_add(out, end);
	state_push(L, buf_str(out));
	return 1;
}

static int filter_number(lua_State *L)
{
	struct engine *e = state_engine(L);
	double d = number_of(L, 1, "number");
	lua_Integer digits = option_int(L, 2, "number", -1, 0, 20);
	struct str group = option_text(L, 3, "number", STR(",")), point = option_text(L, 4, "number", STR("."));
	struct buf *plain = state_buf(e), *out = state_buf(e);
	struct str s;
	size_t whole = 0;

	if (!isfinite(d) || fabs(d) >= 1e15) {
		object_write_number(L, 1, plain);
		state_push(L, buf_str(plain));
		return 1;
	}
	if (digits >= 0)
		buf_add_format(plain, "%.*f", (int)digits, d);
	else if (floor(d) == d)
		buf_add_format(plain, "%.0f", d);
	else
		buf_add_double(plain, d);
	s = buf_str(plain);
	/* Minus zero, as "%.0f" makes of -0.4. */
	if (s.len && s.ptr[0] == '-' && strspn(s.ptr + 1, "0.") == s.len - 1)
		s = str_skip(s, 1);
	if (s.len && s.ptr[0] == '-') {
		buf_add_z(out, "−");
		s = str_skip(s, 1);
	}
	while (whole < s.len && s.ptr[whole] >= '0' && s.ptr[whole] <= '9')
		whole++;
	for (size_t i = 0; i < whole; i++) {
		if (i > 0 && (whole - i) % 3 == 0)
			buf_add(out, group);
		buf_add_char(out, s.ptr[i]);
	}
	if (whole < s.len && s.ptr[whole] == '.') {
		buf_add(out, point);
		whole++;
	}
	buf_add(out, str_skip(s, whole));
	state_push(L, buf_str(out));
	return 1;
}

static int filter_round(lua_State *L)
{
	double d = number_of(L, 1, "round"), scale;
	lua_Integer digits = option_int(L, 2, "round", 0, 0, 15);

	scale = pow(10, (double)digits);
	d = floor(d * scale + 0.5) / scale;
	if (floor(d) == d && fabs(d) < 1e15)
		lua_pushinteger(L, (lua_Integer)d);
	else
		lua_pushnumber(L, d);
	return 1;
}

static int filter_upper(lua_State *L)
{
	state_push(L, utf8_to_upper(&state_engine(L)->scratch, text_of(L, 1, "upper")));
	return 1;
}

static int filter_lower(lua_State *L)
{
	state_push(L, utf8_lower(&state_engine(L)->scratch, text_of(L, 1, "lower")));
	return 1;
}

static int filter_title(lua_State *L)
{
	struct engine *e = state_engine(L);
	struct str s = text_of(L, 1, "title");
	struct buf *out = state_buf(e);
	bool in_word = false;
	size_t next;

	for (size_t i = 0; i < s.len; i = next) {
		uint32_t cp = utf8_decode(s, i, &next);

		if (!in_word && utf8_is_letter(cp))
			utf8_encode(out, utf8_upper(cp));
		else
			buf_add(out, str_cut(s, i, next));
		in_word = utf8_is_word(cp) || cp == '\'' || cp == 0x2019;
	}
	state_push(L, buf_str(out));
	return 1;
}

static int filter_replace(lua_State *L)
{
	struct engine *e = state_engine(L);
	struct str s = text_of(L, 1, "replace"), from = text_of(L, 2, "replace"), to = text_of(L, 3, "replace");
	struct buf *out = state_buf(e);
	ptrdiff_t at;

	if (!from.len)
		state_raise(L, "template/bad-argument", "'replace' needs something to look for");
	while ((at = str_find(s, from)) >= 0) {
		buf_add(out, str_cut(s, 0, (size_t)at));
		buf_add(out, to);
		s = str_skip(s, (size_t)at + from.len);
		state_charge(L, e, 1 + to.len / 16);
	}
	buf_add(out, s);
	state_push(L, buf_str(out));
	return 1;
}

static int filter_trim(lua_State *L)
{
	state_push(L, str_trim(text_of(L, 1, "trim")));
	return 1;
}

static int filter_split(lua_State *L)
{
	struct str s = text_of(L, 1, "split"), sep = option_text(L, 2, "split", STR(" "));
	lua_Integer n = 0;
	ptrdiff_t at;

	if (!sep.len)
		state_raise(L, "template/bad-argument", "'split' needs a separator that is not empty");
	lua_newtable(L);
	while ((at = str_find(s, sep)) >= 0) {
		state_push(L, str_cut(s, 0, (size_t)at));
		lua_rawseti(L, -2, ++n);
		s = str_skip(s, (size_t)at + sep.len);
	}
	state_push(L, s);
	lua_rawseti(L, -2, n + 1);
	return 1;
}

static int filter_pluralize(lua_State *L)
{
	struct engine *e = state_engine(L);
	double n = number_of(L, 1, "pluralize");
	struct str one = text_of(L, 2, "pluralize"), many;
	struct buf *out = state_buf(e);

	buf_add(out, one);
	buf_add_char(out, 's');
	many = option_text(L, 3, "pluralize", buf_str(out));
	state_push(L, n == 1 || n == -1 ? one : many);
	return 1;
}

static int filter_url_encode(lua_State *L)
{
	static const char keep[] = "-._~";
	struct engine *e = state_engine(L);
	struct str s = text_of(L, 1, "url_encode");
	struct buf *out = state_buf(e);

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
				(c && strchr(keep, c));

		if (is_plain)
			buf_add_char(out, c);
		else
			buf_add_format(out, "%%%02X", (unsigned char)c);
	}
	state_push(L, buf_str(out));
	return 1;
}

static int filter_startswith(lua_State *L)
{
	struct str s = text_of(L, 1, "startswith");

	lua_pushboolean(L, str_starts(s, text_of(L, 2, "startswith")));
	return 1;
}

static int filter_endswith(lua_State *L)
{
	struct str s = text_of(L, 1, "endswith");

	lua_pushboolean(L, str_ends(s, text_of(L, 2, "endswith")));
	return 1;
}

static int filter_format(lua_State *L)
{
	struct engine *e = state_engine(L);

	text_of(L, 1, "format");
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->env_ref);
	lua_getfield(L, -1, "string");
	lua_getfield(L, -1, "format");
	lua_insert(L, 1);
	lua_pop(L, 2);
	lua_call(L, lua_gettop(L) - 1, 1);
	return 1;
}

/* range(to) or range(from, to, step): a list of numbers. */
static int function_range(lua_State *L)
{
	struct engine *e = state_engine(L);
	lua_Integer from = 1, to = option_int(L, 1, "range", 0, -1000000, 1000000), step, n = 0;

	if (!lua_isnoneornil(L, 2)) {
		from = to;
		to = option_int(L, 2, "range", 0, -1000000, 1000000);
	}
	step = option_int(L, 3, "range", 1, -1000000, 1000000);
	if (step == 0)
		state_raise(L, "template/bad-argument", "'range' needs a step that is not 0");
	state_charge(L, e, 1 + (size_t)llabs((to - from) / step));
	lua_newtable(L);
	for (lua_Integer i = from; step > 0 ? i <= to : i >= to; i += step) {
		lua_pushinteger(L, i);
		lua_rawseti(L, -2, ++n);
	}
	return 1;
}

static const struct state_function filters[] = {
	{ "contains", stdlib_contains, "item", "Whether a text holds another, a list an item, a table a key" },
	{ "date", filter_date, "format?", "A date for people, or in a format as of strftime" },
	{ "default", filter_default, "value, empty?",
	  "The value where there is none; with empty=true also for empty ones" },
	{ "endswith", filter_endswith, "text", "Whether a text ends so" },
	{ "escape", filter_escape, "", "Text escaped for HTML" },
	{ "first", stdlib_first, "", "The first item of a list, or nil" },
	{ "format", filter_format, NULL, "string.format with the value as the format" },
	{ "group_by", stdlib_group_by, "field", "A list of tables with key and items, in the order the keys appear" },
	{ "join", stdlib_join, "separator?, last?", "Items one after the other; 'last' stands before the last one" },
	{ "json", filter_json, "", "The value as JSON" },
	{ "keys", stdlib_keys, "", "The keys of a table, in order" },
	{ "last", stdlib_last, "", "The last item of a list, or nil" },
	{ "length", stdlib_length, "", "Characters of a text, items of a list, keys of a table" },
	{ "limit", stdlib_limit, "count, offset?", "At most so many items, after leaving out some" },
	{ "lower", filter_lower, "", "In small letters" },
	{ "map", stdlib_map, "field", "A list of one field of each item" },
	{ "max", stdlib_max, "field?", "The largest item, by a field if given" },
	{ "min", stdlib_min, "field?", "The smallest item, by a field if given" },
	{ "number", filter_number, "digits?, group?, point?", "A number for people: 12,345.6" },
	{ "pluralize", filter_pluralize, "one, many?", "The word that fits the number" },
	{ "replace", filter_replace, "from, to", "Every occurrence replaced; no patterns" },
	{ "reverse", stdlib_reverse, "", "A list the other way round" },
	{ "round", filter_round, "digits?", "Rounded, halves upwards" },
	{ "safe", filter_safe, "", "HTML that is known to be safe, and is not escaped" },
	{ "slugify", filter_slugify, "", "As a part of a URL" },
	{ "sort_by", stdlib_sort_by, "field?, descending?",
	  "A sorted list; absent values last; equal ones keep their order" },
	{ "split", filter_split, "separator?", "The parts of a text" },
	{ "startswith", filter_startswith, "text", "Whether a text begins so" },
	{ "sum", stdlib_sum, "field?", "The sum of the items, of a field if given" },
	{ "title", filter_title, "", "Each word with a capital" },
	{ "trim", filter_trim, "", "Without white space at both ends" },
	{ "truncate", filter_truncate, "length?, end?", "At most so many characters, cut at a word" },
	{ "unique", stdlib_unique, "field?", "Each item once, by a field if given" },
	{ "upper", filter_upper, "", "In capitals" },
	{ "url_encode", filter_url_encode, "", "Percent-encoded, as a part of a URL" },
	{ "values", stdlib_values, "", "The values of a table, in the order of its keys" },
	{ "where", stdlib_where, "field, value?", "The items whose field has the value, or is true" },
};

static const struct state_function functions[] = {
	{ "range", function_range, "from, to?, step?", "A list of whole numbers; with one argument from 1" },
};

const struct state_function *stdlib_filters(size_t *n)
{
	*n = sizeof(filters) / sizeof(filters[0]);
	return filters;
}

const struct state_function *stdlib_functions(size_t *n)
{
	*n = sizeof(functions) / sizeof(functions[0]);
	return functions;
}
