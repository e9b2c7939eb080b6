#include "site/route.h"

#include <stdlib.h>
#include <string.h>

#include "base/sort.h"
#include "base/utf8.h"
#include "base/vec.h"

/* Year, month and day in bytes of one number; a month and a day only where the date has them. */
#define MONTH UINT32_C(0xff00)
#define DAY UINT32_C(0xff)

static uint32_t day_of(struct date d)
{
	return (uint32_t)d.year << 16 | (d.precision >= DATE_MONTH ? (uint32_t)d.month << 8 : 0) |
	       (d.precision >= DATE_DAY ? d.day : 0);
}

static struct date date_of(uint32_t day)
{
	return (struct date){ .year = (int16_t)(day >> 16),
			      .month = (uint8_t)(day >> 8),
			      .day = (uint8_t)day,
			      .precision = day & DAY     ? DATE_DAY
					   : day & MONTH ? DATE_MONTH
							 : DATE_YEAR };
}

/* What puts backlinks in order, by day: newest first, undated last. */
#define UNDATED (UINT64_C(1) << 32)

static uint64_t key_of(struct date d)
{
	return date_is_set(d) && d.precision != DATE_CLOCK ? ~day_of(d) : UNDATED;
}

typedef VEC(struct route_bucket) bucket_list;

static void add_bucket(struct arena *a, bucket_list *out, struct str key, struct sort_item *list, size_t n,
		       struct sort_item *spare)
{
	struct route_bucket *b = vec_add(a, out);

	b->key = key;
	b->n = (uint32_t)n;
	b->backlinks = arena_alloc(a, n, sizeof(*b->backlinks), _Alignof(uint32_t));
	for (size_t i = 0; i < n; i++)
		list[i].key = list[i].value;
	sort_items(list, n, spare);
	for (size_t i = 0; i < n; i++)
		b->backlinks[i] = list[i].value;
}

/* Buckets of one precision, that of the last byte of `mask`; a full one is cut at the next. */
static void split(struct arena *a, bucket_list *out, struct sort_item *list, size_t n, struct sort_item *spare,
		  uint32_t mask)
{
	uint32_t lowest = ~mask + 1;
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = 0, end; i < n; i = end) {
		uint32_t day = ~(uint32_t)list[i].key & mask;

		for (end = i + 1; end < n && (~(uint32_t)list[end].key & mask) == day; end++)
			;
		if (end - i > ROUTE_BUCKET_MAX && lowest > 1 && (lowest > MONTH || day & MONTH)) {
			split(a, out, list + i, end - i, spare, mask | mask >> 8);
			continue;
		}
		buf_clear(&b);
		date_write(&b, date_of(day));
		add_bucket(a, out, buf_copy(&b, a), list + i, end - i, spare);
	}
	buf_release(&b);
}

const uint64_t *route_days(struct arena *a, const struct site *s)
{
	uint64_t *days = arena_alloc(a, s->n_pages, sizeof(*days), _Alignof(uint64_t));

	for (size_t i = 0; i < s->n_pages; i++)
		days[i] = key_of(s->pages[i].date);
	return days;
}

size_t route_backlink_buckets(const struct site *s, struct arena *a, const uint64_t *days, const struct page *entity,
			      struct route_bucket **out)
{
	size_t shown = (size_t)s->config->backlinks_shown, n, dated = 0;
	bucket_list buckets = { 0 };
	struct arena scratch = { 0 };
	struct sort_item *list;

	*out = NULL;
	if (entity->n_backlinks <= shown)
		return 0;
	n = entity->n_backlinks - shown;
	list = arena_alloc(&scratch, 2 * n, sizeof(*list), _Alignof(struct sort_item));
	for (size_t i = 0; i < n; i++) {
		uint32_t backlink = (uint32_t)(shown + i);

		list[i].key = days[entity->backlinks[backlink].page];
		list[i].value = backlink;
		dated += list[i].key != UNDATED;
	}
	sort_items(list, n, list + n);
	split(a, &buckets, list, dated, list + n, ~(MONTH | DAY));
	if (dated < n)
		add_bucket(a, &buckets, STR("undated"), list + dated, n - dated, list + n);
	arena_release(&scratch);
	*out = buckets.ptr;
	return buckets.len;
}

/* The length of "2024-" of "2024-05", of "2024-05-" of "2024-05-17"; 0: it has no such part. */
static size_t part_of(struct str key, size_t from)
{
	ptrdiff_t at = str_find_byte(str_skip(key, from), '-');

	return at < 0 ? 0 : from + (size_t)at + 1;
}

struct str route_bucket_group(struct str bucket, struct str key)
{
	size_t end = 0, next;

	/* Down to the part where they differ. */
	while ((next = part_of(bucket, end))) {
		if (!str_starts(key, str_cut(bucket, 0, next)))
			return str_cut(bucket, 0, next - 1);
		end = next;
	}
	return bucket;
}

size_t route_near_buckets(const struct route_bucket *all, size_t n, struct str key, uint32_t *out)
{
	size_t len = 0;

	for (size_t i = 0, end; i < n; i = end) {
		struct str group = route_bucket_group(all[i].key, key);

		for (end = i + 1; end < n && str_eq(route_bucket_group(all[end].key, key), group); end++)
			;
		out[len++] = (uint32_t)i | (end > i + 1 ? ROUTE_GROUP : 0);
	}
	return len;
}

static struct str letter_of(unsigned char c)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";

	if (c >= '0' && c <= '9')
		return STR("0-9");
	if (c >= 'A' && c <= 'Z')
		c = (unsigned char)(c - 'A' + 'a');
	return c >= 'a' && c <= 'z' ? (struct str){ letters + (c - 'a'), 1 } : STR("other");
}

struct str route_letter(struct str name)
{
	for (size_t i = 0, next; i < name.len; i = next) {
		uint32_t cp = utf8_decode(name, i, &next);
		struct arena scratch = { 0 };
		struct str plain, letter;

		if (!utf8_is_word(cp) || cp == '_')
			continue;
		if (cp < 0x80)
			return letter_of((unsigned char)cp);
		if (utf8_is_cjk(cp))
			return STR("zh");
		/* "Łódź" stands under L, "Übersee" under U. */
		plain = utf8_strip_marks(&scratch, str_cut(name, i, next));
		letter = plain.len ? letter_of((unsigned char)plain.ptr[0]) : STR("other");
		arena_release(&scratch);
		return letter;
	}
	return STR("other");
}

static size_t line_count(const struct site *s, int type)
{
	switch ((enum route_line_type)type) {
	case ROUTE_LINE_PAGE:
		return s->n_pages;
	case ROUTE_LINE_FACT:
		return s->records.n_facts;
	case ROUTE_LINE_RELATION:
		return s->records.n_relations;
	case ROUTE_LINE_EVENT:
		return s->records.n_events;
	case ROUTE_LINE_QUOTE:
		return s->records.n_quotes;
	case ROUTE_LINE_COMPARISON:
		return s->records.n_comparisons;
	case ROUTE_LINE_SET:
		return s->n_sets;
	case ROUTE_LINES:
		break;
	}
	return 0;
}

/* Keys, quotes, and what has about the same length everywhere. */
#define LINE_FRAME 400
#define ITEM_FRAME 120

static uint64_t page_bytes(const struct page *p)
{
	uint64_t n = LINE_FRAME + p->key.len + p->url.len + p->title.len + p->summary.len + p->excerpt.len;

	for (size_t i = 0; i < p->n_names; i++)
		n += p->names[i].text.len + 40;
	for (size_t i = 0; i < p->n_outline; i++)
		n += p->outline[i].text.len + p->outline[i].id.len + 40;
	return n + ITEM_FRAME * (uint64_t)(p->n_links + p->n_citations) + 2 * ITEM_FRAME * (uint64_t)p->n_mentions;
}

static uint64_t record_bytes(const struct record *r)
{
	return LINE_FRAME + r->id.len + r->path.len + r->source.text.len + r->locator.len + r->quote.len + r->note.len;
}

static uint64_t comparison_bytes(const struct comparison *c)
{
	uint64_t n = record_bytes(&c->r) + c->title.len + c->explanation.len;

	for (size_t i = 0; i < c->n_passages; i++)
		n += c->passages[i].quote.len + ITEM_FRAME;
	return n + ITEM_FRAME * (uint64_t)(c->n_facts + c->n_about);
}

/* About how many its line takes; of pages with the lines of their mentions. Never less than the half. */
static uint64_t line_bytes(const struct site *s, int type, size_t i)
{
	const struct records *r = &s->records;

	switch ((enum route_line_type)type) {
	case ROUTE_LINE_PAGE:
		return page_bytes(&s->pages[i]);
	case ROUTE_LINE_FACT:
		return record_bytes(&r->facts[i].r) + r->facts[i].measure.len + r->facts[i].scope.len +
		       r->facts[i].text.len + ITEM_FRAME * (uint64_t)(1 + r->facts[i].n_about);
	case ROUTE_LINE_RELATION:
		return record_bytes(&r->relations[i].r) + r->relations[i].role.len + ITEM_FRAME;
	case ROUTE_LINE_EVENT:
		return record_bytes(&r->events[i].r) + r->events[i].text.len +
		       ITEM_FRAME * (uint64_t)r->events[i].n_about;
	case ROUTE_LINE_QUOTE:
		return record_bytes(&r->quotes[i].r) + r->quotes[i].text.len +
		       ITEM_FRAME * (uint64_t)r->quotes[i].n_about;
	case ROUTE_LINE_COMPARISON:
		return comparison_bytes(&r->comparisons[i]);
	case ROUTE_LINE_SET:
		return comparison_bytes(&s->sets[i]);
	case ROUTE_LINES:
		break;
	}
	return 0;
}

static struct str record_place(const struct site *s, const struct record *r)
{
	return r->page < s->n_pages ? s->pages[r->page].key : r->id;
}

/* What a line is filed by. */
static struct str line_place(const struct site *s, int type, size_t i)
{
	const struct records *r = &s->records;

	switch ((enum route_line_type)type) {
	case ROUTE_LINE_PAGE:
		return s->pages[i].key;
	case ROUTE_LINE_FACT:
		return record_place(s, &r->facts[i].r);
	case ROUTE_LINE_RELATION:
		return record_place(s, &r->relations[i].r);
	case ROUTE_LINE_EVENT:
		return record_place(s, &r->events[i].r);
	case ROUTE_LINE_QUOTE:
		return record_place(s, &r->quotes[i].r);
	case ROUTE_LINE_COMPARISON:
		return record_place(s, &r->comparisons[i].r);
	case ROUTE_LINE_SET:
		return record_place(s, &s->sets[i].r);
	case ROUTE_LINES:
		break;
	}
	return STR_NONE;
}

static uint32_t count_groups(const struct site *s)
{
	uint64_t bytes = 0;
	uint32_t n = ROUTE_LINES_FEWEST;

	for (int type = 0; type < ROUTE_LINES; type++)
		for (size_t i = 0; i < line_count(s, type); i++)
			bytes += line_bytes(s, type, i);
	if (bytes < (uint64_t)s->config->ndjson_limit_mb << 20)
		return 1;
	while (n * ROUTE_LINES_EACH < bytes && n < UINT32_C(1) << 16)
		n *= 2;
	return n;
}

void route_spread_lines(struct arena *a, const struct site *s, struct route_lines *out)
{
	uint32_t *group, *at, n = count_groups(s);
	size_t len = 0, k = 0;

	for (int type = 0; type < ROUTE_LINES; type++)
		len += line_count(s, type);
	out->n = n;
	out->items = arena_array(a, struct route_line, len + 1);
	out->first = arena_array(a, uint32_t, n + 2);
	group = arena_array(a, uint32_t, len + 1);
	at = arena_array(a, uint32_t, n + 1);
	for (int type = 0; type < ROUTE_LINES; type++)
		for (size_t i = 0; i < line_count(s, type); i++, k++) {
			group[k] = n > 1 ? (uint32_t)str_hash(line_place(s, type, i)) & (n - 1) : 0;
			out->first[group[k] + 1]++;
		}
	for (uint32_t g = 0; g < n; g++)
		out->first[g + 1] += at[g] = out->first[g];
	k = 0;
	for (int type = 0; type < ROUTE_LINES; type++)
		for (uint32_t i = 0; i < line_count(s, type); i++)
			out->items[at[group[k++]]++] = (struct route_line){ (uint32_t)type, i };
}

/* As many digits for each, so that their names sort as they count. */
struct str route_lines_url(struct arena *a, uint32_t part, uint32_t parts)
{
	int digits = 1;

	for (uint32_t last = parts; last > 9; last /= 10)
		digits++;
	return part ? str_format(a, "/site/%0*u.ndjson", digits, part) : STR("/site.ndjson");
}

size_t route_preview_count(const struct site *s)
{
	size_t entities = 0, n = 1;

	for (size_t i = 0; i < s->n_pages; i++)
		entities += route_is_entity(&s->pages[i]);
	while (n * ROUTE_PREVIEWS_EACH < entities)
		n *= 2;
	return entities ? n : 0;
}

uint32_t route_preview_hash(struct str url)
{
	uint32_t h = 2166136261u;
	struct buf b;

	buf_init(&b, 0);
	buf_add_url(&b, str_skip(url, 1));
	for (size_t i = 0; i < b.len; i++)
		h = (h ^ (unsigned char)b.ptr[i]) * 16777619u;
	buf_release(&b);
	return h ^ h >> 15;
}

size_t route_steps(uint32_t part, uint32_t parts, uint32_t out[ROUTE_STEPS])
{
	uint32_t low = part > 3 ? part - 2 : 1, high = parts - part > 2 ? part + 2 : parts;
	size_t n = 0;

	if (low > 1)
		out[n++] = 1;
	if (low > 2)
		out[n++] = 0;
	for (uint32_t i = low; i <= high; i++)
		out[n++] = i;
	if (parts - high > 1)
		out[n++] = 0;
	if (high < parts)
		out[n++] = parts;
	return n;
}
