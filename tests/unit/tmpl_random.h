#ifndef TMPL_RANDOM_H
#define TMPL_RANDOM_H

#include <stdint.h>

#include "unit/bind_site.h"

/*
 * tmpl_random - sets of templates put together at random, the same for the same seed: root0.html, root1.html, … with
 * all that the language has, of which some fail; and good.html, which does not.
 */
#define TMPL_RANDOM_ROOTS 4

/* Values of every kind, `show` that writes any of them, and functions that fail. */
static const char script[] =
	"local mt = { __add = function(a, b) return 'sum' end, __unm = function() return 'minus' end,\n"
	"  __index = function(t, k) return 'at ' .. tostring(k) end, __len = function() return 7 end,\n"
	"  __call = function(self, a, b) return a, b end, __concat = function(a, b) return 'joined' end,\n"
	"  __eq = function() return true end, __lt = function() return true end, __le = function() return false end,\n"
	"  __tostring = function() return 'odd' end, __name = 'Odd', __div = function() error('no division') end }\n"
	"local named = { __name = 'Named' }\n"
	"local broken = { __index = function(t, k) error('no ' .. tostring(k)) end,\n"
	"  __concat = function() error('not joined', 2) end, __len = function() return 'long' end }\n"
	"local function odd() return setmetatable({ 1, 2, x = 'own' }, mt) end\n"
	"local values = { 0, -1, 2.5, 0/0, 1/0, -1/0, -0.0, math.maxinteger, math.mininteger, 2^53, '10', '0x10', ' 5 "
	"',\n"
	"  'abc', 'a\\0b', '\\xff\\xfe', '', '<b>&\"', {}, { 1, 2, 3 }, { a = 1, b = { c = 'x' } }, { { 1 }, { 2, 3 } "
	"},\n"
	"  odd(), odd(), setmetatable({}, named), setmetatable({}, broken), function(a, b) return b, a end, true, "
	"false,\n"
	"  { 1, nil, 3 }, { [1] = 'one', [2.5] = 'half', [true] = 'yes', k = 'v' }, 'javascript:x', '/a b?c=d&e', "
	"'1e2',\n"
	"  1e300, 3.0, -7 }\n"
	"local function show(v, deep)\n"
	"  local kind = math.type(v) or type(v)\n"
	"  if kind == 'table' and getmetatable(v) == nil and (deep or 0) < 3 then\n"
	"    local parts = {}\n"
	"    for k, w in pairs(v) do parts[#parts + 1] = tostring(k) .. '=' .. show(w, (deep or 0) + 1) end\n"
	"    return '{' .. table.concat(parts, ',') .. '}'\n"
	"  end\n"
	"  return kind .. ':' .. tostring(v)\n"
	"end\n"
	"func('show', function(v) return show(v) end)\n"
	"func('v', function(n) return values[n] end)\n"
	"func('fail', function(x) error('failed with ' .. type(x) .. ' 5: x') end)\n"
	"func('fail_above', function(x) error('item 5: above', 2) end)\n"
	"func('fail_bare', function(x) error('bare 7: x', 0) end)\n"
	"func('fail_deep', function(x) local function f() return x.a.b.c end return (f()) end)\n"
	"func('caught', function(f, x) local ok, e = pcall(f, x) return ok end)\n"
	"func('two', function(a, b) return a, b end)\n"
	"local count = 0\n"
	"func('reset', function() count = 0 return '' end)\n"
	"func('tick', function() count = count + 1 return 'acme' end)\n"
	"func('ticks', function() return count end)\n"
	"func('none', function() end)\n"
	"func('garbage', function(x) local t = {} for i = 1, 50 do t[i] = { i .. 'th' } end return x end)\n"
	"filter('twice', function(x) return x .. x end)\n"
	"filter('broken', function(x) return x.y.z end)\n"
	"filter('pick', function(x, k) return x[k] end)\n";

struct tmpl_random {
	struct buf *out;
	const char *start; /* of a root */
	uint64_t seed;
	uint32_t wild; /* of a hundred expressions, those that may fail */
	unsigned loops, nodes, root;
	bool has_pair, is_component, is_root,
		needs_lua[TMPL_RANDOM_ROOTS + 1]; /* by root: what is worked out before the rest of a plan */
};

static inline uint32_t tmpl_random_pick(struct tmpl_random *g, uint32_t n)
{
	/* xorshift64* (Vigna 2016). */
	g->seed ^= g->seed >> 12;
	g->seed ^= g->seed << 25;
	g->seed ^= g->seed >> 27;
	return (uint32_t)((g->seed * UINT64_C(2685821657736338717)) >> 33) % n;
}

static inline void put(struct tmpl_random *g, const char *z)
{
	buf_add_z(g->out, z);
}

static inline void put_one(struct tmpl_random *g, const char *const *list, size_t n)
{
	put(g, list[tmpl_random_pick(g, (uint32_t)n)]);
}

#define PUT_ONE(g, list) put_one((g), (list), COUNT(list))

static inline void put_any(struct tmpl_random *g, unsigned depth);

static inline void put_variable(struct tmpl_random *g)
{
	static const char *const plain[] = { "a", "b", "c", "d" }, *const params[] = { "p", "q", "r" };
	static const char *const loop[] = { "loop.index", "loop.index0", "loop.first", "loop.last", "loop.length" };
	static const char *const site[] = { "page.facts",
					    "page.backlinks",
					    "page.relations",
					    "site.menu",
					    "page.facts[1]",
					    "page.backlinks?.[1]",
					    "pages()",
					    "facts{about = 'acme'}",
					    "events()[1]",
					    "entities{kind = 'company'}",
					    "page.get('mine')",
					    "site.counts",
					    "page.facts?.[1]?.source",
					    "page.next",
					    "config.extra",
					    "page.title",
					    "page.date",
					    "page.tags",
					    "page",
					    "site",
					    "page.links",
					    "data.odd.list",
					    "data.odd",
					    "site.title",
					    "page.toc",
					    "page.extra",
					    "page?.nothing",
					    "(nobody ?\? nil)",
					    "page.words",
					    "data.odd.text",
					    "config",
					    "output",
					    "page.summary",
					    "page.body",
					    "page.image",
					    "page.kind.label" };
	uint32_t what = tmpl_random_pick(g, 12);

	if (what < 5) {
		PUT_ONE(g, plain);
	} else if (what < 7 && g->is_component) {
		PUT_ONE(g, params);
	} else if (what < 9 && g->loops) {
		put(g, tmpl_random_pick(g, 2)                  ? "i"
		       : g->has_pair && tmpl_random_pick(g, 2) ? "k"
							       : loop[tmpl_random_pick(g, COUNT(loop))]);
	} else if (what < 11) {
		PUT_ONE(g, site);
	} else {
		buf_add_format(g->out, "v(%u)", tmpl_random_pick(g, 37) + 1);
	}
}

static inline void put_atom(struct tmpl_random *g)
{
	static const char *const atoms[] = { "nil",
					     "true",
					     "false",
					     "0",
					     "1",
					     "7",
					     "255",
					     "256",
					     "'text'",
					     "'10'",
					     "'<&>'",
					     "''",
					     "'a'",
					     "math.pi",
					     "math.huge",
					     "math.maxinteger",
					     "{}",
					     "{1, 2}",
					     "{a = 1}",
					     "999999999999999999",
					     "find('bolt')",
					     "fact('f1')",
					     "none()",
					     "range(3)" };

	static const char *const ordered[] = { "tick()", "ticks()" };
	static const char *const of_lua[] = { "2.5", "0x1f", "1e3", "9223372036854775807", "('m'):rep(2)" };

	if (tmpl_random_pick(g, 2))
		put_variable(g);
	else if (g->needs_lua[g->root] && tmpl_random_pick(g, 6) == 0)
		PUT_ONE(g, of_lua);
	else if (!g->needs_lua[g->root] && tmpl_random_pick(g, 10) == 0)
		PUT_ONE(g, ordered);
	else
		PUT_ONE(g, atoms);
}

static inline void put_after(struct tmpl_random *g, unsigned depth)
{
	static const char *const filters[] = { "upper",      "default('d')", "length",       "json",
					       "safe",       "first",        "last",         "twice",
					       "broken",     "pick('a')",    "escape",       "default(a, true)",
					       "join(', ')", "keys",         "relative_url", "absolute_url",
					       "round(2)",   "number",       "sort_by",      "map('a')",
					       "reverse",    "limit(2)",     "url_encode",   "truncate(3)",
					       "pick(b)",    "sum",          "markdown" };
	static const char *const fields[] = { ".page",      ".value",  "?.date",       "?.source", ".display",
					      "?.title?.x", ".count",  "?.facts?.[1]", ".items",   ".a",
					      ".b",         "?.b",     "?.a.c",        ".x",       ".b.c",
					      ".title",     ".key",    "[1]",          "[2]",      "?.[a]",
					      "['a']",      "['b'].c", "[300]",        ".end",     "?.end" };

	switch (tmpl_random_pick(g, 5)) {
	case 0:
		put(g, " | ");
		PUT_ONE(g, filters);
		break;
	case 1:
	case 2:
		PUT_ONE(g, fields);
		break;
	case 3:
		put(g, tmpl_random_pick(g, 2) ? "?.[" : "[");
		put_any(g, depth + 1);
		put(g, "]");
		break;
	default:
		put(g, "(");
		if (tmpl_random_pick(g, 2))
			put_any(g, depth + 1);
		if (tmpl_random_pick(g, 4) == 0) {
			put(g, str_ends(buf_str(g->out), STR("(")) ? "1, " : ", ");
			put_any(g, depth + 1);
		}
		put(g, ")");
	}
}

static inline void put_call(struct tmpl_random *g, unsigned depth)
{
	static const char *const functions[] = { "show",         "fail",     "fail_above", "fail_bare", "fail_deep",
						 "two",          "none",     "garbage",    "garbage",   "show",
						 "tostring",     "type",     "link",       "t",         "math.floor",
						 "string.upper", "math.max", "caught",     "utf8.len",  "string.rep",
						 "ipairs",       "tonumber" };

	PUT_ONE(g, functions);
	put(g, "(");
	put_any(g, depth + 1);
	if (tmpl_random_pick(g, 3) == 0) {
		put(g, ", ");
		put_any(g, depth + 1);
	}
	put(g, ")");
}

static inline void put_table(struct tmpl_random *g, unsigned depth)
{
	static const char *const keys[] = { "", "", "a = ", "b = ", "end = ", "[1] = ", "['k'] = " };
	uint32_t n = tmpl_random_pick(g, 4);

	put(g, "{");
	for (uint32_t i = 0; i < n; i++) {
		if (tmpl_random_pick(g, 8) == 0) {
			put(g, "[ ");
			put_any(g, depth + 1);
			put(g, "] = ");
		} else {
			PUT_ONE(g, keys);
		}
		put_any(g, depth + 1);
		put(g, ", ");
	}
	put(g, "}");
}

/* An expression of any kind, which may fail. */
static inline void put_any(struct tmpl_random *g, unsigned depth)
{
	static const char *const binary[] = { "+",  "-", "*", "/",  "%",  "//",    "^",    "..",   "==",
					      "~=", "<", ">", "<=", ">=", " and ", " or ", " ?? ", ".." };
	static const char *const unary[] = { "not ", "-", "#" };
	uint32_t what = depth > 3 ? 0 : tmpl_random_pick(g, 16);

	if (what < 5) {
		put_atom(g);
	} else if (what < 6) {
		PUT_ONE(g, unary);
		put(g, "(");
		put_any(g, depth + 1);
		put(g, ")");
	} else if (what < 9) {
		put(g, "(");
		put_any(g, depth + 1);
		put(g, ")");
		put_after(g, depth);
	} else if (what < 11) {
		put_call(g, depth);
	} else if (what == 11) {
		put_table(g, depth);
	} else {
		bool has_parens = tmpl_random_pick(g, 2);

		put(g, has_parens ? "(" : "");
		put_any(g, depth + 1);
		put(g, has_parens ? ")" : " ");
		PUT_ONE(g, binary);
		put(g, has_parens ? "(" : " ");
		put_any(g, depth + 1);
		put(g, has_parens ? ")" : "");
	}
}

/* One that can be printed, most often. */
static inline void put_value(struct tmpl_random *g)
{
	static const char *const tame[] = { "page.facts[1].display",
					    "page.backlinks[1].sentence",
					    "show(page.facts[1].value)",
					    "page.body",
					    "show(page?.[a])",
					    "page.kind.label .. '!'",
					    "show(#page.facts)",
					    "cite(page.facts[1])",
					    "config.extra.colour",
					    "show(page.next == page)",
					    "show(a)",
					    "show(b)",
					    "a ?? 'none'",
					    "show(c)",
					    "'t' .. 1",
					    "1 + 2 * 3",
					    "page.title",
					    "show(v(23))",
					    "show({a, b, c = d})",
					    "show(a == b)",
					    "show(a and b)",
					    "show(a or b)",
					    "show(d ?? c)",
					    "site.title",
					    "page.url | relative_url",
					    "link(page)",
					    "'x' | twice",
					    "show(page?.a?.b)",
					    "('<i>' | safe) .. '<'",
					    "page.tags | join(',')",
					    "page.date",
					    "2.0",
					    "t('mine.greeting', {name = 'A', other = 'B'})",
					    "'/x y'",
					    "show(#'abc')" };

	if (tmpl_random_pick(g, 100) < g->wild) {
		bool is_shown = tmpl_random_pick(g, 2);

		put(g, is_shown ? "show(" : "");
		put_any(g, 0);
		put(g, is_shown ? ")" : "");
	} else if (!g->needs_lua[g->root] && tmpl_random_pick(g, 10) == 0) {
		put(g, "link(tick() and page) }}{{ ticks()");
	} else if (g->loops && tmpl_random_pick(g, 3) == 0) {
		put(g, g->has_pair ? "show({k, i, loop.index})" : "show({i, loop.last})");
	} else if (g->is_component && tmpl_random_pick(g, 3) == 0) {
		put(g, "show({p, q, r})");
	} else {
		PUT_ONE(g, tame);
	}
}

static inline void put_condition(struct tmpl_random *g)
{
	static const char *const tame[] = { "a",         "b",         "not c",   "a == b", "(nobody ?\? nil)",
					    "d ?? true", "page.tags", "#'a' > 1" };

	if (tmpl_random_pick(g, 100) < g->wild)
		put_any(g, 1);
	else
		PUT_ONE(g, tame);
}

static inline void put_nodes(struct tmpl_random *g, unsigned depth);

static inline void put_hole(struct tmpl_random *g)
{
	static const char *const places[][2] = { { "", "" },
						 { "", "" },
						 { "", "" },
						 { "", "" },
						 { "", "" },
						 { "<a href=\"", "\">" },
						 { "<a href=\"/x?q=", "\">" },
						 { "<p title=\"", "\">" },
						 { "<p style=\"color: ", "\">" },
						 { "<script>let x = ", ";</script>" },
						 { "<a onclick=\"f(", ")\">" },
						 { "<img srcset=\"", " 2x\">" },
						 { "<title>", "</title>" },
						 { "<textarea>", "</textarea>" },
						 { "<a href=\"/", "/y\">" } };
	size_t i = tmpl_random_pick(g, COUNT(places));

	put(g, places[i][0]);
	put(g, "{{ ");
	put_value(g);
	put(g, " }}");
	put(g, places[i][1]);
}

static inline void put_if(struct tmpl_random *g, unsigned depth)
{
	put(g, "{% if ");
	put_condition(g);
	put(g, " %}");
	put_nodes(g, depth + 1);
	if (tmpl_random_pick(g, 3) == 0) {
		put(g, "{% elseif ");
		put_condition(g);
		put(g, " %}");
		put_nodes(g, depth + 1);
	}
	if (tmpl_random_pick(g, 2)) {
		put(g, "{% else %}");
		put_nodes(g, depth + 1);
	}
	put(g, "{% end %}");
}

static inline void put_for(struct tmpl_random *g, unsigned depth)
{
	static const char *const lists[] = { "page.facts",
					     "page.backlinks",
					     "pages{limit = 3}",
					     "site.menu",
					     "page.relations",
					     "events()",
					     "page.tags | reverse",
					     "names{limit = 4}",
					     "page.facts | sort_by('id')",
					     "{1, 2}",
					     "{}",
					     "range(3)",
					     "page.tags",
					     "page.links",
					     "data.odd.list",
					     "v(20)",
					     "v(22)",
					     "v(23)",
					     "{a, 'x', b}",
					     "page.names",
					     "v(30)",
					     "{page, site, 1}",
					     "'x,y' | split(',')" };
	static const char *const tables[] = { "{x = 1, y = 2}", "data.odd", "v(21)", "v(31)",
					      "data.odd.list",  "{}",       "v(20)", "page.tags",
					      "page.extra",     "v(23)" };
	bool has_pair = g->has_pair, is_pair = tmpl_random_pick(g, 3) == 0;

	put(g, is_pair                  ? "{% for k, i in "
	       : tmpl_random_pick(g, 5) ? "{% for i in "
					: "{% for a in {4, 5} %}-{% end %}{% for i in ");
	if (tmpl_random_pick(g, 100) < g->wild / 2)
		put_any(g, 1);
	else if (is_pair)
		PUT_ONE(g, tables);
	else
		PUT_ONE(g, lists);
	put(g, " %}");
	g->loops++;
	g->has_pair |= is_pair;
	put_nodes(g, depth + 1);
	g->loops--;
	g->has_pair = has_pair;
	if (tmpl_random_pick(g, 3) == 0) {
		put(g, "{% else %}");
		put_nodes(g, depth + 1);
	}
	put(g, "{% end %}");
}

/* Mostly what is sound; the wilder the template, the more of all else. */
static inline void put_some(struct tmpl_random *g)
{
	if (tmpl_random_pick(g, 100) < g->wild)
		put_any(g, 1);
	else
		put_atom(g);
}

static inline void put_set(struct tmpl_random *g, unsigned depth)
{
	static const char *const names[] = { "a", "b", "c", "d", "x" };

	put(g, "{% set ");
	PUT_ONE(g, names);
	if (tmpl_random_pick(g, 6) == 0) {
		put(g, " %}");
		put_nodes(g, depth + 1);
		put(g, "{% end %}");
		return;
	}
	put(g, " = ");
	put_some(g);
	put(g, " %}");
}

static inline void put_include(struct tmpl_random *g)
{
	static const char *const names[] = { "one.html", "two.html", "plain.txt", "lone.html", "three.xml" };

	put(g, "{% include \"");
	PUT_ONE(g, names);
	put(g, "\"");
	if (tmpl_random_pick(g, 2)) {
		put(g, " with {");
		put(g, tmpl_random_pick(g, 2) ? "given = " : "other = 1, given = ");
		put_some(g);
		put(g, "}");
	}
	put(g, " %}");
}

static inline void put_component(struct tmpl_random *g)
{
	static const char *const calls[] = { "card(", "typed(", "deep(", "lua(", "again(" };

	put(g, "{{ ");
	PUT_ONE(g, calls);
	if (str_ends(buf_str(g->out), STR("deep(")) || str_ends(buf_str(g->out), STR("again("))) {
		put(g, tmpl_random_pick(g, 2) ? "3" : "a ?? 2");
	} else {
		put_some(g);
		if (tmpl_random_pick(g, 2)) {
			put(g, ", ");
			put(g, tmpl_random_pick(g, 3) ? "" : "r = ");
			put_some(g);
		}
	}
	put(g, ") }}");
}

static inline void put_node(struct tmpl_random *g, unsigned depth)
{
	uint32_t what = tmpl_random_pick(g, depth > 3 ? 8 : 20);

	g->nodes++;
	if (what < 2)
		put(g, tmpl_random_pick(g, 2) ? "text\n" : "<b>&amp;</b> ");
	else if (what < 8)
		put_hole(g);
	else if (what < 11)
		put_if(g, depth);
	else if (what < 14)
		put_for(g, depth);
	else if (what < 16)
		put_set(g, depth);
	else if (what < 17 && !g->is_component && g->is_root)
		put_include(g);
	else if (what < 19 && !g->is_component)
		put_component(g);
	else
		put_hole(g);
}

static inline void put_nodes(struct tmpl_random *g, unsigned depth)
{
	uint32_t n = tmpl_random_pick(g, depth ? 4 : 7);

	for (uint32_t i = 0; i < n && g->nodes < 40; i++)
		put_node(g, depth);
}

/* Values for the variables, which every template and component begins with. */
static inline void put_variables(struct tmpl_random *g)
{
	static const char *const names[] = { "a", "b", "c", "d" };

	for (size_t i = 0; i < COUNT(names); i++)
		buf_add_format(g->out, "{%% set %s = v(%u) %%}", names[i], tmpl_random_pick(g, 37) + 1);
	put(g, "\n");
}

static inline void put_body(struct tmpl_random *g)
{
	g->nodes = 0;
	put_variables(g);
	put(g, g->start);
	put_nodes(g, 0);
	put(g, "\n");
}

static inline void put_parts(struct tmpl_random *g)
{
	put(g, "{% component card(p, q = 'q', r = {}) %}");
	g->is_component = true;
	put_body(g);
	put(g, "{% end %}{% component typed(p: string, q: int = 5, r: list = {1}) %}");
	put_body(g);
	put(g, "{% end %}{% component deep(p) %}");
	put(g, "{{ p }}{% if p > 1 %}{{ deep(p - 1) }}{% end %}{% end %}");
	put(g, "{% component again(p) %}({{ p }}{% if p > 1 %}{{ back(p - 1) }}{% else %}{{ fail_deep(p) }}{% end %})"
	       "{% end %}{% component back(p) %}[{{ again(p) }}{{ ('x'):rep(2) }}]{% end %}");
	put(g, "{% component lua(p = nil, q = a_default(), r = p) %}{{ show({p, q, r}) }}{{ ('x'):upper() }}{% end %}");
	g->is_component = false;
}

static inline void tmpl_random_put(struct tmpl_random *g)
{
	g->is_root = true;
	for (unsigned i = 0; i < TMPL_RANDOM_ROOTS; i++) {
		buf_add_format(g->out, "== root%u.html\n", i);
		g->needs_lua[i] = tmpl_random_pick(g, 6) == 0;
		g->root = i;
		g->start = "{{ reset() }}";
		if (tmpl_random_pick(g, 4) == 0) {
			put(g, "{% extends \"layout.html\" %}");
			put_variables(g);
			g->nodes = 0;
			put(g, "{% block main %}{% set a = 1 %}{% set b = a %}{% set c = 2 %}{% set d = nil %}");
			put(g, tmpl_random_pick(g, 2) ? "{{ reset() }}{{ super() }}" : "{{ reset() }}");
			put_nodes(g, 0);
			put(g, "{% end %}");
		} else {
			put_body(g);
		}
		put(g, "\n");
	}
	g->root = TMPL_RANDOM_ROOTS;
	g->start = "";
	put(g, "== good.html\n{% for x in {1, 2} %}{{ x }}{% for y in page.tags %}{{ y }}{% end %}{% end %}"
	       "{% include \"lone.html\" with {given = 2} %}{% set x %}<b>{{ deep(3) }}{% end %}{{ x }}{{ page.title "
	       "}}\n");
	g->is_root = false;
	put(g, "== one.html\n");
	put_body(g);
	put(g, "== three.xml\n");
	put_body(g);
	put(g, "== two.html\n{{ show(given ?? 'not given') }}{% for i in {1, 2} %}{{ show(i + (given ?? 0)) }}{% end "
	       "%}\n");
	put(g, "== plain.txt\n<{{ show(given ?? page.title) }}>{{ show(other ?? nil) }}\n");
	put(g, "== lone.html\n{% if 2 < 1 %}{% set y = 1 %}{% end %}{{ show(y) }}\n");
	put(g, "== layout.html\n");
	put_variables(g);
	put(g, "<main>{% block main %}{% set a = 2 %}{% set b = 3 %}{% set c = 4 %}{% set d = 5 %}");
	g->nodes = 0;
	put_nodes(g, 1);
	put(g, "{% end %}</main>{{ show(a) }}\n== components/parts.html\n");
	put_parts(g);
	put(g, "\n== shortcodes/box.html\n<b>{{ tone }}|{{ body }}</b>\n== shortcodes/figure.html\n<i>{{ id }}</i>");
	put(g, "\n== x.lua\nfunc('a_default', function() return 'default' end)\n");
	put(g, script);
}

#endif
