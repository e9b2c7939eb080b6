/*
 * toml-decoder - reads TOML on standard input and prints the tagged JSON of
 * the public test suite (https://github.com/toml-lang/toml-test):
 * {"answer": {"type": "integer", "value": "42"}}. Ends with 1 and the
 * diagnostics on standard error when the input is not TOML 1.0.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "text/toml.h"

static struct str read_all(FILE *f, struct buf *b)
{
	char chunk[16384];
	size_t n;

	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add_mem(b, chunk, n);
	return buf_str(b);
}

static const char *date_type(const struct date *d)
{
	switch (d->precision) {
	case DATE_TIME:
		return "datetime";
	case DATE_LOCAL:
		return "datetime-local";
	case DATE_CLOCK:
		return "time-local";
	default:
		return "date-local";
	}
}

/* Written here and not by base/date, so that the suite judges the reader alone. */
static void write_date(struct buf *b, const struct date *d)
{
	unsigned digits = 9;
	uint32_t fraction = d->nanos;

	if (d->precision != DATE_CLOCK)
		buf_add_format(b, "%04d-%02d-%02d", d->year, d->month, d->day);
	if (d->precision == DATE_LOCAL || d->precision == DATE_TIME)
		buf_add_char(b, 'T');
	if (d->precision != DATE_DAY)
		buf_add_format(b, "%02d:%02d:%02d", d->hour, d->minute, d->second);
	if (fraction) {
		while (fraction % 10 == 0) {
			fraction /= 10;
			digits--;
		}
		buf_add_format(b, ".%0*u", (int)digits, fraction);
	}
	if (d->precision == DATE_TIME && d->offset)
		buf_add_format(b, "%c%02d:%02d", d->offset < 0 ? '-' : '+', abs(d->offset) / 60, abs(d->offset) % 60);
	else if (d->precision == DATE_TIME)
		buf_add_char(b, 'Z');
}

static const char *write_scalar(struct buf *b, const struct value *v)
{
	switch (v->type) {
	case VALUE_BOOL:
		buf_add_z(b, v->as.boolean ? "true" : "false");
		return "bool";
	case VALUE_INTEGER:
		buf_add_format(b, "%lld", (long long)v->as.integer);
		return "integer";
	case VALUE_FLOAT:
		buf_add_double(b, v->as.number);
		/* "1.0" and not "1", for those who compare texts. */
		if (isfinite(v->as.number) && !str_contains(buf_str(b), STR(".")) &&
		    !str_contains(buf_str(b), STR("e")))
			buf_add_z(b, ".0");
		return "float";
	case VALUE_DATE:
		write_date(b, &v->as.date);
		return date_type(&v->as.date);
	default:
		buf_add(b, value_text(v));
		return "string";
	}
}

static void write_tagged(struct buf *b, const struct value *v)
{
	struct buf text = { 0 };
	const char *type = write_scalar(&text, v);

	buf_add_format(b, "{\"type\":\"%s\",\"value\":", type);
	buf_add_json(b, buf_str(&text));
	buf_add_char(b, '}');
	buf_release(&text);
}

static void print_diagnostics(const struct diag_list *dl)
{
	for (size_t i = 0; i < dl->len; i++) {
		const struct diag *d = &dl->items[i];

		fprintf(stderr, "%.*s:%u:%u: error[%s]: %.*s\n", STR_ARG(d->path), d->at.line, d->at.col, d->code,
			STR_ARG(d->message));
		for (const struct diag_related *r = d->related; r; r = r->next)
			fprintf(stderr, "%.*s:%u:%u: note: %.*s\n", STR_ARG(r->path), r->at.line, r->at.col,
				STR_ARG(r->message));
		if (d->hint.len)
			fprintf(stderr, "  hint: %.*s\n", STR_ARG(d->hint));
	}
}

int main(void)
{
	struct arena arena = { 0 };
	struct buf in = { 0 }, out = { 0 };
	struct diag_list dl;
	struct value *root;
	bool ok;

	diag_init(&dl, &arena);
	ok = toml_parse(&arena, STR("<stdin>"), read_all(stdin, &in), 1, &root, &dl);
	if (ok) {
		value_write_json_with(&out, root, write_tagged);
		buf_add_char(&out, '\n');
		ok = fwrite(out.ptr, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
	} else {
		print_diagnostics(&dl);
	}
	buf_release(&in);
	buf_release(&out);
	arena_release(&arena);
	return ok ? 0 : 1;
}
