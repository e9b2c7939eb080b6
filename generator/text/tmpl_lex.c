#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "text/tmpl_ast.h"

static const struct str reserved[] = {
	STR_INIT("and"),   STR_INIT("break"),  STR_INIT("do"),     STR_INIT("else"),     STR_INIT("elseif"),
	STR_INIT("end"),   STR_INIT("false"),  STR_INIT("for"),    STR_INIT("function"), STR_INIT("goto"),
	STR_INIT("if"),    STR_INIT("in"),     STR_INIT("local"),  STR_INIT("nil"),      STR_INIT("not"),
	STR_INIT("or"),    STR_INIT("repeat"), STR_INIT("return"), STR_INIT("then"),     STR_INIT("true"),
	STR_INIT("until"), STR_INIT("while"),
};

bool tmpl_lex_is_reserved(struct str word)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (str_eq(word, reserved[i]))
			return true;
	return false;
}

void tmpl_lex_error(struct tmpl_parser *p, uint32_t off, uint32_t len, const char *code, const char *fmt, ...)
{
	char message[512];
	va_list ap;

	if (p->has_error)
		return;
	p->has_error = true;
	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	tmpl_report(p->t, p->dl, code, off, len, "%s", message);
	p->t->has_failed = true;
	/* Enough: the rest would cost time and tell nothing. */
	if (++p->errors >= TMPL_MAX_REPORTS) {
		p->at = p->text.len;
		p->has_closed = true;
	}
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_space(char c)
{
	return is_blank(c) || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The byte at offset i, NUL beyond the end. */
static char peek(const struct tmpl_parser *p, size_t i)
{
	return i < p->text.len ? p->text.ptr[i] : '\0';
}

static bool starts_line(const struct tmpl_parser *p, size_t off)
{
	while (off > 0 && is_blank(p->text.ptr[off - 1]))
		off--;
	return off == 0 || p->text.ptr[off - 1] == '\n';
}

static bool ends_line(const struct tmpl_parser *p, size_t off)
{
	while (off < p->text.len && is_blank(p->text.ptr[off]))
		off++;
	return off == p->text.len || p->text.ptr[off] == '\n' || (p->text.ptr[off] == '\r' && peek(p, off + 1) == '\n');
}

static void strip_blanks(struct str *s)
{
	while (s->len > 0 && is_blank(s->ptr[s->len - 1]))
		s->len--;
}

/* Behind a tag's end: what of the following text goes away. */
static void close_tag(struct tmpl_parser *p, size_t end, bool trim)
{
	p->at = end;
	p->trim_next = trim;
	if (p->last_text && ends_line(p, end)) {
		strip_blanks(p->last_text);
		p->skip_line = !trim;
	}
	p->last_text = NULL;
}

static void skip_leading(struct tmpl_parser *p)
{
	if (p->trim_next) {
		while (p->at < p->text.len && is_space(p->text.ptr[p->at]))
			p->at++;
	} else if (p->skip_line) {
		while (p->at < p->text.len && is_blank(p->text.ptr[p->at]))
			p->at++;
		p->at += peek(p, p->at) == '\r';
		p->at += peek(p, p->at) == '\n';
	}
	p->trim_next = p->skip_line = false;
}

static char skip_comment(struct tmpl_parser *p, size_t off)
{
	const char *end = NULL;
	size_t from = off + 2;

	while (from < p->text.len && (end = memchr(p->text.ptr + from, '#', p->text.len - from))) {
		from = (size_t)(end - p->text.ptr) + 1;
		if (peek(p, from) == '}')
			break;
		end = NULL;
	}
	if (!end) {
		p->has_error = false;
		tmpl_lex_error(p, (uint32_t)off, 2, "template/unclosed",
			       "the comment that begins here is never closed");
		diag_hint(p->dl, "end it with '#}'");
		p->at = p->text.len;
		p->is_cut = true;
		p->last_text = NULL;
		return '#';
	}
	/* {#-#} has one minus, which belongs to the opening mark. */
	close_tag(p, from + 1, from >= off + 5 && p->text.ptr[from - 2] == '-');
	return '#';
}

char tmpl_lex_segment(struct tmpl_parser *p, struct str *literal)
{
	size_t from, off;
	char kind = 0;

	if (p->errors >= TMPL_MAX_REPORTS)
		p->at = p->text.len;
	skip_leading(p);
	from = off = p->at;
	while (off < p->text.len) {
		const char *brace = memchr(p->text.ptr + off, '{', p->text.len - off);

		if (!brace) {
			off = p->text.len;
			break;
		}
		off = (size_t)(brace - p->text.ptr);
		kind = peek(p, off + 1);
		if (kind == '{' || kind == '%' || kind == '#')
			break;
		kind = 0;
		off++;
	}
	*literal = str_cut(p->text, from, off);
	p->last_text = NULL;
	if (!kind) {
		p->at = p->text.len;
		return 0;
	}
	if (kind != '{' && starts_line(p, off))
		p->last_text = literal;
	p->tag_off = (uint32_t)off;
	p->at = off + 2;
	/* "{{-5}}" is minus five only with a space: the minus of the mark comes first, as in Jinja. */
	if (peek(p, p->at) == '-' && (kind != '#' || peek(p, p->at + 1) != '#' || peek(p, p->at + 2) != '}')) {
		while (literal->len > 0 && is_space(literal->ptr[literal->len - 1]))
			literal->len--;
		p->at++;
	}
	if (kind == '#')
		return skip_comment(p, off);
	p->closer = kind == '{' ? '}' : '%';
	p->braces = 0;
	p->has_error = p->has_closed = false;
	p->tok = (struct tmpl_token){ 0 };
	p->last_end = (uint32_t)p->at;
	tmpl_lex_next(p);
	return kind;
}

static void set_token(struct tmpl_parser *p, enum tmpl_token_kind kind, size_t from, size_t to)
{
	p->tok = (struct tmpl_token){
		.kind = kind, .text = str_cut(p->text, from, to), .off = (uint32_t)from, .len = (uint32_t)(to - from)
	};
	p->at = to;
}

static void bad_token(struct tmpl_parser *p, size_t from, size_t to, const char *message, const char *hint)
{
	bool is_first = !p->has_error;

	tmpl_lex_error(p, (uint32_t)from, (uint32_t)(to - from), "template/syntax", "%s", message);
	if (is_first && hint)
		diag_hint(p->dl, "%s", hint);
	set_token(p, TOKEN_BAD, from, to);
}

static void lex_number(struct tmpl_parser *p)
{
	size_t from = p->at, i = from;

	if (peek(p, i) == '0' && (peek(p, i + 1) == 'x' || peek(p, i + 1) == 'X')) {
		for (i += 2; hex_value(peek(p, i)) >= 0; i++)
			;
		if (i == from + 2) {
			bad_token(p, from, i, "this number has no digits", NULL);
			return;
		}
	} else {
		while (is_digit(peek(p, i)))
			i++;
		if (peek(p, i) == '.' && peek(p, i + 1) != '.')
			for (i++; is_digit(peek(p, i)); i++)
				;
		if (peek(p, i) == 'e' || peek(p, i) == 'E') {
			size_t digits = i + 1 + (peek(p, i + 1) == '+' || peek(p, i + 1) == '-');

			if (is_digit(peek(p, digits)))
				for (i = digits; is_digit(peek(p, i)); i++)
					;
		}
	}
	if (is_word(peek(p, i))) {
		while (is_word(peek(p, i)))
			i++;
		bad_token(p, from, i, "this is neither a number nor a name", NULL);
		return;
	}
	set_token(p, TOKEN_NUMBER, from, i);
}

/* One escape at `i` (behind the backslash); gives the offset behind it, 0 when there is no such escape. */
static size_t lex_escape(const struct tmpl_parser *p, size_t i, struct buf *out)
{
	static const char names[] = "ntrabfv\\\"'", values[] = "\n\t\r\a\b\f\v\\\"'";
	char c = peek(p, i);
	const char *known = c ? strchr(names, c) : NULL;
	uint32_t n = 0;

	if (known) {
		buf_add_char(out, values[known - names]);
		return i + 1;
	}
	if (c == 'x' && hex_value(peek(p, i + 1)) >= 0 && hex_value(peek(p, i + 2)) >= 0) {
		buf_add_char(out, (char)(hex_value(peek(p, i + 1)) * 16 + hex_value(peek(p, i + 2))));
		return i + 3;
	}
	if (is_digit(c)) {
		size_t end = i;

		while (end < i + 3 && is_digit(peek(p, end)))
			n = n * 10 + (uint32_t)(p->text.ptr[end++] - '0');
		if (n > 255)
			return 0;
		buf_add_char(out, (char)n);
		return end;
	}
	if (c == 'u' && peek(p, i + 1) == '{') {
		size_t end = i + 2;

		while (hex_value(peek(p, end)) >= 0 && end < i + 10)
			n = n * 16 + (uint32_t)hex_value(p->text.ptr[end++]);
		if (end == i + 2 || peek(p, end) != '}' || n > 0x10FFFF || (n >= 0xD800 && n < 0xE000))
			return 0;
		utf8_encode(out, n);
		return end + 1;
	}
	return 0;
}

static void lex_string(struct tmpl_parser *p)
{
	size_t from = p->at, i = from + 1, run = i;
	char quote = p->text.ptr[from];
	struct buf decoded;
	bool has_escape = false;

	buf_init(&decoded, 0);
	while (i < p->text.len && p->text.ptr[i] != quote && p->text.ptr[i] != '\n') {
		size_t next;

		if (p->text.ptr[i] != '\\') {
			i++;
			continue;
		}
		buf_add(&decoded, str_cut(p->text, run, i));
		has_escape = true;
		next = lex_escape(p, i + 1, &decoded);
		if (!next) {
			bad_token(p, i, i + 2 <= p->text.len ? i + 2 : i + 1, "there is no such escape in a string",
				  "known are \\n \\t \\r \\\\ \\\" \\' \\xXX \\ddd \\u{XXXX}");
			goto out;
		}
		i = run = next;
	}
	if (peek(p, i) != quote || i >= p->text.len) {
		bad_token(p, from, i, "the string that begins here has no end on its line", NULL);
		goto out;
	}
	set_token(p, TOKEN_STRING, from, i + 1);
	p->tok.text = str_cut(p->text, from + 1, i);
	if (has_escape) {
		buf_add(&decoded, str_cut(p->text, run, i));
		p->tok.text = buf_copy(&decoded, p->arena);
	}
out:
	buf_release(&decoded);
}

static void lex_word(struct tmpl_parser *p)
{
	size_t from = p->at, i = from;

	while (is_word(peek(p, i)))
		i++;
	set_token(p, TOKEN_NAME, from, i);
	if (tmpl_lex_is_reserved(p->tok.text)) {
		p->tok.kind = TOKEN_KEYWORD;
		p->tok.op = str_eq(p->tok.text, STR("and"))   ? OP_AND
			    : str_eq(p->tok.text, STR("or"))  ? OP_OR
			    : str_eq(p->tok.text, STR("not")) ? OP_NOT
							      : 0;
		if (p->tok.op)
			p->tok.kind = TOKEN_OP;
	} else if (str_starts(p->tok.text, STR("__"))) {
		bad_token(p, from, i, "names that begin with two underscores are reserved", NULL);
	}
}

static const struct {
	char text[3];
	int op;           /* 0: not ours */
	const char *hint; /* for who comes from another language */
} pairs[] = {
	{ "..", OP_CONCAT, NULL },
	{ "==", OP_EQ, NULL },
	{ "~=", OP_NE, NULL },
	{ "<=", OP_LE, NULL },
	{ ">=", OP_GE, NULL },
	{ "//", OP_IDIV, NULL },
	{ "?\?", OP_COALESCE, NULL },
	{ "?.", OP_SOFT_DOT, NULL },
	{ "!=", 0, "not equal is written '~='" },
	{ "&&", 0, "write 'and'" },
	{ "||", 0, "write 'or'" },
	{ "<<", 0, "there are no operators on bits" },
	{ ">>", 0, "there are no operators on bits" },
};

static void lex_operator(struct tmpl_parser *p)
{
	size_t from = p->at;
	char c = p->text.ptr[from];
	char message[64];

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (c != pairs[i].text[0] || peek(p, from + 1) != pairs[i].text[1])
			continue;
		if (pairs[i].op) {
			set_token(p, TOKEN_OP, from, from + 2);
			p->tok.op = pairs[i].op;
		} else {
			snprintf(message, sizeof(message), "'%.2s' is not an operator here", pairs[i].text);
			bad_token(p, from, from + 2, message, pairs[i].hint);
		}
		return;
	}
	if (c && strchr("+-*/%^#<>=()[]{},;.:|", c)) {
		set_token(p, TOKEN_OP, from, from + 1);
		p->tok.op = (unsigned char)c;
		p->braces += c == '{';
		p->braces -= c == '}';
		return;
	}
	if ((unsigned char)c >= 0x80) {
		size_t next;

		utf8_decode(p->text, from, &next);
		bad_token(p, from, next, "only ASCII letters, digits and underscores make names",
			  "put text into quotes");
		return;
	}
	if (c > ' ' && c != 0x7f)
		snprintf(message, sizeof(message), "'%c' has no meaning here", c);
	else
		snprintf(message, sizeof(message), "byte 0x%02x has no meaning here", (unsigned)c);
	bad_token(p, from, from + 1, message, c == '!' ? "write 'not'" : NULL);
}

static void end_tag(struct tmpl_parser *p, size_t from, size_t marks, bool trim)
{
	set_token(p, TOKEN_END, from, from + marks);
	p->has_closed = true;
	close_tag(p, from + marks, trim);
}

static void unclosed(struct tmpl_parser *p, size_t at)
{
	bool is_hole = p->closer == '}';

	if (!p->has_error) {
		tmpl_lex_error(p, p->tag_off, 2, "template/unclosed", "this '%s' is never closed",
			       is_hole ? "{{" : "{%");
		diag_hint(p->dl, "end it with '%s'", is_hole ? "}}" : "%}");
	}
	p->at = at;
	p->is_cut = at >= p->text.len;
	p->has_closed = true;
	p->last_text = NULL;
	p->tok = (struct tmpl_token){ .kind = TOKEN_END, .off = (uint32_t)at };
}

void tmpl_lex_next(struct tmpl_parser *p)
{
	char c, c1;

	if (p->has_closed)
		return;
	if (p->tok.len)
		p->last_end = p->tok.off + p->tok.len;
	while (p->at < p->text.len && is_space(p->text.ptr[p->at]))
		p->at++;
	if (p->at >= p->text.len) {
		unclosed(p, p->text.len);
		return;
	}
	c = p->text.ptr[p->at];
	c1 = peek(p, p->at + 1);
	if (c == '-' && c1 == p->closer && peek(p, p->at + 2) == '}' && p->braces == 0)
		end_tag(p, p->at, 3, true);
	else if (c == p->closer && c1 == '}' && (c == '%' || p->braces == 0))
		end_tag(p, p->at, 2, false);
	else if (c == '{' && c1 == '%')
		unclosed(p, p->at);
	else if (c1 == '}' && p->braces == 0 && (c == '%' || c == '}'))
		bad_token(p, p->at, p->at + 2, c == '%' ? "'{{' is closed by '}}'" : "'{%' is closed by '%}'", NULL);
	else if (is_digit(c) || (c == '.' && is_digit(c1)))
		lex_number(p);
	else if (c == '"' || c == '\'')
		lex_string(p);
	else if (is_word(c))
		lex_word(p);
	else
		lex_operator(p);
}

void tmpl_lex_skip_tag(struct tmpl_parser *p)
{
	size_t i = p->tag_off + 2u;

	if (p->has_closed)
		return;
	/* The first end there is: strings and braces may be what is broken. */
	for (; i + 1 < p->text.len; i++) {
		if (p->text.ptr[i + 1] == '}' && (p->text.ptr[i] == '}' || p->text.ptr[i] == '%'))
			break;
		if (p->text.ptr[i] == '{' && p->text.ptr[i + 1] == '%') {
			unclosed(p, i);
			return;
		}
	}
	if (i + 1 >= p->text.len) {
		unclosed(p, p->text.len);
		return;
	}
	end_tag(p, i, 2, p->text.ptr[i - 1] == '-');
}

/* At `i`, "{%", the word, "%}" with optional white space and minus signs: the offset behind it, else 0. */
static size_t match_tag(const struct tmpl_parser *p, size_t i, struct str word, bool *trims_before, bool *trims_after)
{
	*trims_before = *trims_after = false;
	i += 2;
	if (peek(p, i) == '-') {
		*trims_before = true;
		i++;
	}
	while (i < p->text.len && is_space(p->text.ptr[i]))
		i++;
	if (!str_starts(str_skip(p->text, i), word) || is_word(peek(p, i + word.len)))
		return 0;
	i += word.len;
	while (i < p->text.len && is_space(p->text.ptr[i]))
		i++;
	if (peek(p, i) == '-') {
		*trims_after = true;
		i++;
	}
	return peek(p, i) == '%' && peek(p, i + 1) == '}' ? i + 2 : 0;
}

static bool find_raw_end(struct tmpl_parser *p, struct str word, struct str *raw)
{
	size_t from = p->at, i = from, end;
	bool before, after;

	for (; i + 1 < p->text.len; i++) {
		const char *brace = memchr(p->text.ptr + i, '{', p->text.len - i);

		if (!brace)
			break;
		i = (size_t)(brace - p->text.ptr);
		if (peek(p, i + 1) != '%' || !(end = match_tag(p, i, word, &before, &after)))
			continue;
		*raw = str_cut(p->text, from, i);
		while (before && raw->len > 0 && is_space(raw->ptr[raw->len - 1]))
			raw->len--;
		p->last_text = starts_line(p, i) ? raw : NULL;
		close_tag(p, end, after);
		return true;
	}
	return false;
}

struct str tmpl_lex_raw(struct tmpl_parser *p)
{
	struct str raw = STR_NONE;

	skip_leading(p);
	if (!p->has_no_endraw && find_raw_end(p, STR("endraw"), &raw))
		return raw;
	p->has_no_endraw = true;
	if (find_raw_end(p, STR("end"), &raw))
		return raw;
	tmpl_lex_error(p, p->tag_off, 2, "template/unclosed", "this '{%% raw %%}' is never closed");
	diag_hint(p->dl, "end it with '{%% endraw %%}'");
	raw = str_skip(p->text, p->at);
	p->at = p->text.len;
	return raw;
}
