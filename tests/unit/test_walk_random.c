#include <stdlib.h>

#include "unit/engine_case.h"

#include "unit/bind_site.h"

/*
 * Plans against Lua: random templates are rendered as they are and with everything but holes compiled to Lua. What is
 * written, what was read, and what is said of mistakes must be the same. WALK_SEED and WALK_ROUNDS say where to begin
 * and how long to go on, WALK_COLLECT has Lua's memory collected at every allocation.
 */
#define ROUNDS ENGINE_CASE_ROUNDS(500)
#define ROOTS 4

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

struct gen {
	struct buf *out;
	const char *start; /* of a root */
	uint64_t seed;
	uint32_t wild; /* of a hundred expressions, those that may fail */
	unsigned loops, nodes, root;
	bool has_pair, is_component, is_root,
		needs_lua[ROOTS + 1]; /* by root: what is worked out before the rest of a plan */
};

static uint32_t pick(struct gen *g, uint32_t n)
{
	/* xorshift64* (Vigna 2016). */
	g->seed ^= g->seed >> 12;
	g->seed ^= g->seed << 25;
	g->seed ^= g->seed >> 27;
	return (uint32_t)((g->seed * UINT64_C(2685821657736338717)) >> 33) % n;
}

static void put(struct gen *g, const char *z)
{
	buf_add_z(g->out, z);
}

static void put_one(struct gen *g, const char *const *list, size_t n)
{
	put(g, list[pick(g, (uint32_t)n)]);
}

#define PUT_ONE(g, list) put_one((g), (list), COUNT(list))

static void put_any(struct gen *g, unsigned depth);

static void put_variable(struct gen *g)
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
	uint32_t what = pick(g, 12);

	if (what < 5) {
		PUT_ONE(g, plain);
	} else if (what < 7 && g->is_component) {
		PUT_ONE(g, params);
	} else if (what < 9 && g->loops) {
		put(g, pick(g, 2) ? "i" : g->has_pair && pick(g, 2) ? "k" : loop[pick(g, COUNT(loop))]);
	} else if (what < 11) {
		PUT_ONE(g, site);
	} else {
		buf_add_format(g->out, "v(%u)", pick(g, 37) + 1);
	}
}

static void put_atom(struct gen *g)
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

	if (pick(g, 2))
		put_variable(g);
	else if (g->needs_lua[g->root] && pick(g, 6) == 0)
		PUT_ONE(g, of_lua);
	else if (!g->needs_lua[g->root] && pick(g, 10) == 0)
		PUT_ONE(g, ordered);
	else
		PUT_ONE(g, atoms);
}

static void put_after(struct gen *g, unsigned depth)
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

	switch (pick(g, 5)) {
	case 0:
		put(g, " | ");
		PUT_ONE(g, filters);
		break;
	case 1:
	case 2:
		PUT_ONE(g, fields);
		break;
	case 3:
		put(g, pick(g, 2) ? "?.[" : "[");
		put_any(g, depth + 1);
		put(g, "]");
		break;
	default:
		put(g, "(");
		if (pick(g, 2))
			put_any(g, depth + 1);
		if (pick(g, 4) == 0) {
			put(g, str_ends(buf_str(g->out), STR("(")) ? "1, " : ", ");
			put_any(g, depth + 1);
		}
		put(g, ")");
	}
}

static void put_call(struct gen *g, unsigned depth)
{
	static const char *const functions[] = { "show",         "fail",     "fail_above", "fail_bare", "fail_deep",
						 "two",          "none",     "garbage",    "garbage",   "show",
						 "tostring",     "type",     "link",       "t",         "math.floor",
						 "string.upper", "math.max", "caught",     "utf8.len",  "string.rep",
						 "ipairs",       "tonumber" };

	PUT_ONE(g, functions);
	put(g, "(");
	put_any(g, depth + 1);
	if (pick(g, 3) == 0) {
		put(g, ", ");
		put_any(g, depth + 1);
	}
	put(g, ")");
}

static void put_table(struct gen *g, unsigned depth)
{
	static const char *const keys[] = { "", "", "a = ", "b = ", "end = ", "[1] = ", "['k'] = " };
	uint32_t n = pick(g, 4);

	put(g, "{");
	for (uint32_t i = 0; i < n; i++) {
		if (pick(g, 8) == 0) {
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
static void put_any(struct gen *g, unsigned depth)
{
	static const char *const binary[] = { "+",  "-", "*", "/",  "%",  "//",    "^",    "..",   "==",
					      "~=", "<", ">", "<=", ">=", " and ", " or ", " ?? ", ".." };
	static const char *const unary[] = { "not ", "-", "#" };
	uint32_t what = depth > 3 ? 0 : pick(g, 16);

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
		bool has_parens = pick(g, 2);

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
static void put_value(struct gen *g)
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

	if (pick(g, 100) < g->wild) {
		bool is_shown = pick(g, 2);

		put(g, is_shown ? "show(" : "");
		put_any(g, 0);
		put(g, is_shown ? ")" : "");
	} else if (!g->needs_lua[g->root] && pick(g, 10) == 0) {
		put(g, "link(tick() and page) }}{{ ticks()");
	} else if (g->loops && pick(g, 3) == 0) {
		put(g, g->has_pair ? "show({k, i, loop.index})" : "show({i, loop.last})");
	} else if (g->is_component && pick(g, 3) == 0) {
		put(g, "show({p, q, r})");
	} else {
		PUT_ONE(g, tame);
	}
}

static void put_condition(struct gen *g)
{
	static const char *const tame[] = { "a",         "b",         "not c",   "a == b", "(nobody ?\? nil)",
					    "d ?? true", "page.tags", "#'a' > 1" };

	if (pick(g, 100) < g->wild)
		put_any(g, 1);
	else
		PUT_ONE(g, tame);
}

static void put_nodes(struct gen *g, unsigned depth);

static void put_hole(struct gen *g)
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
	size_t i = pick(g, COUNT(places));

	put(g, places[i][0]);
	put(g, "{{ ");
	put_value(g);
	put(g, " }}");
	put(g, places[i][1]);
}

static void put_if(struct gen *g, unsigned depth)
{
	put(g, "{% if ");
	put_condition(g);
	put(g, " %}");
	put_nodes(g, depth + 1);
	if (pick(g, 3) == 0) {
		put(g, "{% elseif ");
		put_condition(g);
		put(g, " %}");
		put_nodes(g, depth + 1);
	}
	if (pick(g, 2)) {
		put(g, "{% else %}");
		put_nodes(g, depth + 1);
	}
	put(g, "{% end %}");
}

static void put_for(struct gen *g, unsigned depth)
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
	bool has_pair = g->has_pair, is_pair = pick(g, 3) == 0;

	put(g, is_pair      ? "{% for k, i in "
	       : pick(g, 5) ? "{% for i in "
			    : "{% for a in {4, 5} %}-{% end %}{% for i in ");
	if (pick(g, 100) < g->wild / 2)
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
	if (pick(g, 3) == 0) {
		put(g, "{% else %}");
		put_nodes(g, depth + 1);
	}
	put(g, "{% end %}");
}

static void put_set(struct gen *g, unsigned depth)
{
	static const char *const names[] = { "a", "b", "c", "d", "x" };

	put(g, "{% set ");
	PUT_ONE(g, names);
	if (pick(g, 6) == 0) {
		put(g, " %}");
		put_nodes(g, depth + 1);
		put(g, "{% end %}");
		return;
	}
	put(g, " = ");
	if (pick(g, 100) < g->wild)
		put_any(g, 1);
	else
		put_atom(g);
	put(g, " %}");
}

static void put_include(struct gen *g)
{
	static const char *const names[] = { "one.html", "two.html", "plain.txt", "lone.html", "three.xml" };

	put(g, "{% include \"");
	PUT_ONE(g, names);
	put(g, "\"");
	if (pick(g, 2)) {
		put(g, " with {");
		put(g, pick(g, 2) ? "given = " : "other = 1, given = ");
		if (pick(g, 100) < g->wild)
			put_any(g, 1);
		else
			put_atom(g);
		put(g, "}");
	}
	put(g, " %}");
}

static void put_component(struct gen *g)
{
	static const char *const calls[] = { "card(", "typed(", "deep(", "lua(", "again(" };

	put(g, "{{ ");
	PUT_ONE(g, calls);
	if (str_ends(buf_str(g->out), STR("deep(")) || str_ends(buf_str(g->out), STR("again("))) {
		put(g, pick(g, 2) ? "3" : "a ?? 2");
	} else {
		if (pick(g, 100) < g->wild)
			put_any(g, 1);
		else
			put_atom(g);
		if (pick(g, 2)) {
			put(g, ", ");
			put(g, pick(g, 3) ? "" : "r = ");
			if (pick(g, 100) < g->wild)
				put_any(g, 1);
			else
				put_atom(g);
		}
	}
	put(g, ") }}");
}

static void put_node(struct gen *g, unsigned depth)
{
	uint32_t what = pick(g, depth > 3 ? 8 : 20);

	g->nodes++;
	if (what < 2)
		put(g, pick(g, 2) ? "text\n" : "<b>&amp;</b> ");
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

static void put_nodes(struct gen *g, unsigned depth)
{
	uint32_t n = pick(g, depth ? 4 : 7);

	for (uint32_t i = 0; i < n && g->nodes < 40; i++)
		put_node(g, depth);
}

/* Values for the variables, which every template and component begins with. */
static void put_variables(struct gen *g)
{
	static const char *const names[] = { "a", "b", "c", "d" };

	for (size_t i = 0; i < COUNT(names); i++)
		buf_add_format(g->out, "{%% set %s = v(%u) %%}", names[i], pick(g, 37) + 1);
	put(g, "\n");
}

static void put_body(struct gen *g)
{
	g->nodes = 0;
	put_variables(g);
	put(g, g->start);
	put_nodes(g, 0);
	put(g, "\n");
}

static void put_parts(struct gen *g)
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

static void put_set_of_templates(struct gen *g)
{
	g->is_root = true;
	for (unsigned i = 0; i < ROOTS; i++) {
		buf_add_format(g->out, "== root%u.html\n", i);
		g->needs_lua[i] = pick(g, 6) == 0;
		g->root = i;
		g->start = "{{ reset() }}";
		if (pick(g, 4) == 0) {
			put(g, "{% extends \"layout.html\" %}");
			put_variables(g);
			g->nodes = 0;
			put(g, "{% block main %}{% set a = 1 %}{% set b = a %}{% set c = 2 %}{% set d = nil %}");
			put(g, pick(g, 2) ? "{{ reset() }}{{ super() }}" : "{{ reset() }}");
			put_nodes(g, 0);
			put(g, "{% end %}");
		} else {
			put_body(g);
		}
		put(g, "\n");
	}
	g->root = ROOTS;
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

struct side {
	struct engine_host host;
	struct engine_set *set;
	struct render_worker worker;
	struct arena arena;
	struct diag_list dl;
	struct buf out, said;
};

/* Fails every other time that there is to be more: Lua then collects all it can before it asks again. */
struct starved {
	lua_Alloc allocate;
	void *ud;
	bool is_asked_again;
};

static void *starve(void *ud, void *ptr, size_t old, size_t size)
{
	struct starved *s = ud;

	if (size > (ptr ? old : 0)) {
		s->is_asked_again = !s->is_asked_again;
		if (s->is_asked_again)
			return NULL;
	}
	return s->allocate(s->ud, ptr, old, size);
}

static bool open_side(struct side *s, struct binding *b, struct str sources, bool is_all_lua)
{
	static const struct engine_options options = { .instructions = 200000 };
	struct engine_source *templates, *scripts;
	size_t n_templates, n_scripts;

	arena_reset(&s->arena);
	diag_init(&s->dl, &s->arena);
	s->host = *bind_host();
	s->host.is_all_lua = is_all_lua;
	engine_case_sources(&s->arena, sources, &templates, &n_templates, &scripts, &n_scripts);
	s->set = engine_load(&s->arena, templates, n_templates, scripts, n_scripts, &s->host, &s->dl);
	if (!s->set)
		return false;
	render_worker_init(&s->worker, &b->t.r.site, &b->routes, s->set, false, &s->arena, &s->dl);
	engine_free(s->worker.engine);
	s->worker.engine = engine_new(s->set, &options);
	return true;
}

static int compare_facts(const void *a, const void *b)
{
	const struct factset_entry *x = a, *y = b;

	return x->kind != y->kind ? (x->kind < y->kind ? -1 : 1) : str_cmp(x->key, y->key);
}

/* In order and each once: a plan may keep a stretch, whose facts are then noted together. */
static void write_read(struct side *s)
{
	struct arena a = { 0 };
	struct factset_entry *f;
	size_t n = fixture_noted(&a, &s->worker.facts, &f);

	if (n)
		qsort(f, n, sizeof(*f), compare_facts);
	buf_add_z(&s->said, "\nread");
	for (size_t i = 0; i < n; i++)
		if (!i || compare_facts(&f[i], &f[i - 1]) != 0)
			buf_add_format(&s->said, "; %s %.*s", factset_kind_name((enum fact_kind)f[i].kind),
				       STR_ARG(f[i].key));
	arena_release(&a);
}

/* Output and errors of one template in s->said, and the facts. */
static void render_side(struct side *s, struct binding *b, const char *name)
{
	uint64_t at;
	struct output o;

	assert_true(map_get(&b->routes.by_path, STR("companies/acme/index.html"), &at));
	o = b->routes.outputs[at];
	o.template = str_from(name);
	buf_clear(&s->out);
	buf_clear(&s->said);
	diag_init(&s->dl, &s->arena);
	s->worker.dl = &s->dl;
	render_begin(&s->worker, &o);
	if (render_output(&s->worker, &o, &s->out)) {
		buf_add(&s->said, buf_str(&s->out));
		write_read(s);
	}
	engine_case_errors(&s->dl, &s->said);
}

static bool says(const struct buf *b, const char *what)
{
	return str_find(buf_str(b), str_from(what)) >= 0;
}

/* Takes out `from` up to the next `to`, which stays. False: it is not there. */
static bool take_out(struct buf *b, const char *from, const char *to)
{
	char *at = strstr(b->ptr, from), *end = at ? strstr(at + 1, to) : NULL;

	if (!end)
		return false;
	memmove(at, end, strlen(end) + 1);
	b->len = strlen(b->ptr);
	return true;
}

/* Takes column and width out of the place in the first line with these words: "templates/name:line:col+width". */
static void drop_column(struct buf *b, const char *where)
{
	char *at = strstr(b->ptr, where), *rest;

	while (at && at > b->ptr && at[-1] != '\n')
		at--;
	at = at ? strstr(at, "templates/") : NULL;
	at = at ? strchr(at, ':') : NULL;
	at = at ? strchr(at + 1, ':') : NULL;
	if (!at)
		return;
	rest = at + strcspn(at, " ");
	memmove(at, rest, strlen(rest) + 1);
	b->len = strlen(b->ptr);
}

/* Takes out names that Lua has for variables of its own, and for texts. */
static void drop_places_and_names(struct buf *b)
{
	take_out(b, " (local '__", "\n");
	take_out(b, " (constant ''", "\n");
	drop_column(b, "templates/");
	drop_column(b, " called from here\n");
}

/*
 * What may differ: Lua reports fields at what stands behind them, and joins several texts at once, at the last; it has
 * names of its own, and one for what is left of 'true and x'; and what needs Lua is worked out before what a plan
 * writes, so the other of two mistakes may come first.
 */
static bool is_same(struct side *plan, struct side *lua, bool needs_lua)
{
	if (says(&plan->said, "template/over-budget") || says(&lua->said, "template/over-budget"))
		return true;
	if (needs_lua && plan->dl.errors && lua->dl.errors)
		return true;
	if (plan->dl.errors && lua->dl.errors) {
		drop_places_and_names(&plan->said);
		drop_places_and_names(&lua->said);
		if (!says(&plan->said, " value (") && !take_out(&lua->said, " (local '", "\n"))
			take_out(&lua->said, " (field '", "\n");
	}
	return str_eq(buf_str(&plan->said), buf_str(&lua->said));
}

static void print_source(struct str sources, const char *name)
{
	ptrdiff_t at = str_find(sources, str_from(name)), end;

	if (at < 0)
		return;
	sources = str_skip(sources, (size_t)at);
	end = str_find(sources, STR("\n== "));
	print_error("== %.*s\n", STR_ARG(str_cut(sources, 0, end < 0 ? sources.len : (size_t)end)));
}

static bool is_template_same(struct side sides[2], struct binding *b, struct str sources, const char *name,
			     bool needs_lua)
{
	for (int i = 0; i < 2; i++)
		render_side(&sides[i], b, name);
	if (is_same(&sides[0], &sides[1], needs_lua))
		return true;
	if (getenv("WALK_ROUNDS"))
		print_source(sources, name);
	print_error("%s: as a plan\n%s\nas Lua\n%s\n", name, sides[0].said.ptr, sides[1].said.ptr);
	return false;
}

static uint64_t setting(const char *name, uint64_t fallback)
{
	const char *value = getenv(name);

	return value && *value ? strtoull(value, NULL, 10) : fallback;
}

static void starve_side(struct side *s, struct starved *starved)
{
	lua_State *L = s->worker.engine->L;

	starved->allocate = lua_getallocf(L, &starved->ud);
	lua_setallocf(L, starve, starved);
}

/* True when all of its templates are the same. */
static bool run_round(struct side sides[2], struct binding *b, uint64_t seed, bool is_starved, size_t *loaded)
{
	struct gen g = { .seed = seed * UINT64_C(0x9e3779b97f4a7c15) + 1 };
	struct starved starved[2] = { 0 };
	struct buf sources;
	bool ok = true;

	buf_init(&sources, 0);
	g.out = &sources;
	g.wild = pick(&g, 3) * 6 + 1;
	put_set_of_templates(&g);
	if (open_side(&sides[0], b, buf_str(&sources), false) && open_side(&sides[1], b, buf_str(&sources), true)) {
		(*loaded)++;
		for (int i = 0; i < 2 && is_starved; i++)
			starve_side(&sides[i], &starved[i]);
		for (int i = 0; i < 2 * ROOTS && ok; i++) {
			char name[20];

			snprintf(name, sizeof(name), i % 2 ? "good.html" : "root%d.html", i / 2);
			ok = is_template_same(sides, b, buf_str(&sources), name, g.needs_lua[i / 2]);
		}
		for (int i = 0; i < 2; i++) {
			if (starved[i].allocate)
				lua_setallocf(sides[i].worker.engine->L, starved[i].allocate, starved[i].ud);
			render_worker_release(&sides[i].worker);
		}
	} else if (getenv("WALK_ROUNDS")) {
		buf_clear(&sides[0].said);
		engine_case_errors(&sides[0].dl, &sides[0].said);
		print_error("%s", sides[0].said.ptr);
	}
	if (!ok)
		print_error("seed %llu\n", (unsigned long long)seed);
	buf_release(&sources);
	return ok;
}

static void plans_do_as_lua_does(void **state)
{
	uint64_t seed = setting("WALK_SEED", 1), n = setting("WALK_ROUNDS", ROUNDS), failures = 0;
	struct side sides[2] = { 0 };
	size_t loaded = 0;

	for (int i = 0; i < 2; i++) {
		buf_init(&sides[i].out, 0);
		buf_init(&sides[i].said, 0);
	}
	for (uint64_t i = 0; i < n && failures < setting("WALK_FAILURES", 1); i++)
		failures += !run_round(sides, *state, seed + i, i % 20 == 0 || setting("WALK_COLLECT", 0), &loaded);
	for (int i = 0; i < 2; i++) {
		buf_release(&sides[i].out);
		buf_release(&sides[i].said);
		arena_release(&sides[i].arena);
	}
	if (getenv("WALK_ROUNDS"))
		print_message("%zu of %llu loaded\n", loaded, (unsigned long long)n);
	assert_true(loaded > n / 2 || failures);
	assert_int_equal(failures, 0);
}

static int set_up_odd(void **state)
{
	static struct binding b;
	struct diag_list dl;

	memset(&b, 0, sizeof(b));
	tempsite_open(&b.t);
	for (size_t i = 0; i < COUNT(files); i++)
		tempsite_put(&b.t, files[i][0], files[i][1]);
	tempsite_put(
		&b.t, "data/odd.json",
		"{\"list\": [1, null, 3, \"x\", {\"a\": 1}, [2], 2.5, null], \"text\": \"<t>\", \"a\": {\"b\": 1}}");
	tempsite_build(&b.t);
	if (b.t.dl.errors)
		fail_msg("%s", tempsite_said(&b.t));
	diag_init(&dl, &b.t.arena);
	assert_true(route_plan(&b.t.arena, &b.t.r.site, has_template, NULL, &b.routes, &dl));
	buf_init(&b.out, 0);
	buf_init(&b.read, 0);
	*state = &b;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(plans_do_as_lua_does, set_up_odd, tear_down),
	};

	return cmocka_run_group_tests_name("walk_random", tests, NULL, NULL);
}
