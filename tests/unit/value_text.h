#ifndef VALUE_TEXT_H
#define VALUE_TEXT_H

#include "base/value.h"

/*
 * value_text - a value tree as the tables of tests write it. Like JSON, but a
 * float is marked and a date has no quotes: 1, 1f, 2026-05-01, "2026-05-01".
 */
static inline void value_text_date(struct buf *b, const struct date *d)
{
	if (d->precision != DATE_CLOCK)
		buf_add_format(b, "%04d-%02d-%02d", d->year, d->month, d->day);
	if (d->precision == DATE_LOCAL || d->precision == DATE_TIME)
		buf_add_char(b, 'T');
	if (d->precision != DATE_DAY)
		buf_add_format(b, "%02d:%02d:%02d", d->hour, d->minute, d->second);
	if (d->nanos)
		buf_add_format(b, ".%09u", d->nanos);
	if (d->precision == DATE_TIME)
		buf_add_format(b, d->offset ? "%+d" : "Z", d->offset);
}

static inline void value_text_scalar(struct buf *b, const struct value *v)
{
	if (v->type == VALUE_FLOAT) {
		buf_add_double(b, v->as.number);
		buf_add_char(b, 'f');
	} else if (v->type == VALUE_DATE) {
		value_text_date(b, &v->as.date);
	} else {
		value_write_json(b, v);
	}
}

static inline void value_text_write(struct buf *b, const struct value *v)
{
	value_write_json_with(b, v, value_text_scalar);
}

#endif
