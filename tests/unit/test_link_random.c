#include "tempsite.h"

/*
 * Random small sites, and their mentions found again in the plainest way: at
 * every place of a text every name is tried. What both say must be the same.
 */
#define SITES 60
#define ARTICLES 12
#define PAGES 10
#define NAMES 3
#define PARTS 120

static const char *const pool[] = {
	"Ant",
	"Ant Group",
	"Group",
	"AB",
	"Ab",
	"ABCD",
	"iPad",
	"Li",
	"Bo Li",
	"Bo",
	"Barron's",
	"深度",
	"深度求",
	"度求索",
	"open-source AI",
	"AI",
	"01.AI",
	"C++",
	"Ants",
	"Zürich",
	"chip",
	"chips",
	"AI chips",
	"New York",
	"York",
	"New York Times",
	"Times",
	"Q-1",
	"a.b",
	"深度 AI",
};
static const char *const words[] = { " ",      " ",      " ",          " ",        " ",   ". ",   ", ",
				     "\nand ", "-",      "s",          "'s ",      "’s ", "the ", "x",
				     "The ",   "Watch ", "President ", "of ",      "ANT", "chip", "Chips",
				     "york",   "。",     "和",         "1_",       "@(",  ".com", "(@",
				     ") ",     "Bo ",    "é",          "Barron’s", "2",   "ant",  "University of ",
				     "A. " };

struct alias {
	char text[32];
	bool is_weak, any_case;
};

struct cast { /* one page that has names */
	char key[32];
	struct alias names[NAMES];
	size_t n;
	uint32_t index; /* in the site */
};

enum part_type { PART_TEXT, PART_CODE, PART_LINK, PART_HEADING };
struct part {
	enum part_type type;
	size_t page;     /* PART_LINK */
	char text[4096]; /* PART_TEXT: between other parts, line feeds as spaces */
};

struct found {
	size_t page, start, end;
	int state;
	uint8_t cast[PAGES]; /* of weak ones: who is meant, perhaps */
	char text[64];
};

struct world {
	uint32_t seed;
	struct cast cast[PAGES];
	struct part *parts;
	size_t n_parts;
	struct found found[4096];
	size_t n_found;
};

static uint32_t next_random(struct world *w, uint32_t n)
{
	w->seed = w->seed * 1664525 + 1013904223;
	return (w->seed >> 8) % n;
}

static void make_cast(struct world *w, struct tempsite *t)
{
	for (size_t i = 0; i < PAGES; i++) {
		struct cast *c = &w->cast[i];
		bool is_topic = i % 5 == 4;
		struct buf b;

		snprintf(c->key, sizeof(c->key), "%s/page-%zu", is_topic ? "topics" : "companies", i);
		c->n = 1 + next_random(w, NAMES);
		buf_init(&b, 0);
		for (size_t k = 0; k < c->n; k++) {
			snprintf(c->names[k].text, sizeof(c->names[k].text), "%s", pool[next_random(w, COUNT(pool))]);
			c->names[k].any_case = is_topic;
			c->names[k].is_weak = k == 2;
			buf_add_format(&b,
				       k == 0   ? "+++\ntitle = \"%s\"\n"
				       : k == 1 ? "aliases = [\"%s\"]\n"
						: "weak_aliases = [\"%s\"]\n",
				       c->names[k].text);
		}
		buf_add_z(&b, "+++\n");
		tempsite_put(t, str_z(&t->arena, str_format(&t->arena, "content/%s.md", c->key)),
			     str_z(&t->arena, buf_str(&b)));
		buf_release(&b);
	}
}

static struct part *add_part(struct world *w, enum part_type type)
{
	struct part *p = &w->parts[w->n_parts++];

	p->type = type;
	p->text[0] = '\0';
	return p;
}

static void add_text(struct world *w, struct buf *file, const char *text)
{
	struct part *p = w->n_parts && w->parts[w->n_parts - 1].type == PART_TEXT ? &w->parts[w->n_parts - 1]
										  : add_part(w, PART_TEXT);
	size_t len = strlen(p->text);

	/* No space at the ends of lines, and none twice: markup would drop it. */
	if ((*text == ' ' || *text == '\n') &&
	    (len == 0 || p->text[len - 1] == ' ' || file->ptr[file->len - 1] == '\n'))
		return;
	buf_add_z(file, text);
	for (; *text; text++)
		p->text[len++] = *text == '\n' ? ' ' : *text;
	p->text[len] = '\0';
}

/* Paragraphs that begin and end with a plain word, so that nothing in them is markup. */
static void make_article(struct world *w, struct buf *file)
{
	w->n_parts = 0;
	buf_add_z(file, "+++\ntitle = \"Article\"\n+++\n");
	for (uint32_t section = 0; section < 3; section++) {
		if (section) {
			add_part(w, PART_HEADING);
			buf_add_z(file, "\n\n# Ant Group\n\n");
		}
		add_text(w, file, "so ");
		for (uint32_t i = 0, n = 30 + next_random(w, 60); i < n; i++) {
			uint32_t what = next_random(w, 20);

			if (what < 9) {
				add_text(w, file, pool[next_random(w, COUNT(pool))]);
				add_text(w, file, next_random(w, 3) ? " " : "");
			} else if (what < 18) {
				add_text(w, file, words[next_random(w, COUNT(words))]);
			} else if (what == 18) {
				add_part(w, PART_CODE);
				buf_add_z(file, "`Ant`");
				add_text(w, file, ",");
			} else {
				struct part *p = add_part(w, PART_LINK);

				p->page = next_random(w, PAGES);
				buf_add_format(file, "[[%s]]", w->cast[p->page].key);
				add_text(w, file, ",");
			}
		}
		add_text(w, file, "z.");
	}
}

/* The oracle. Letters are those that the pools have. */
static bool is_word(const char *s, size_t at)
{
	unsigned char c = (unsigned char)s[at];

	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       strncmp(s + at, "é", 2) == 0 || strncmp(s + at, "ü", 2) == 0;
}

static bool is_han(const char *s, size_t at)
{
	return strncmp(s + at, "深", 3) == 0 || strncmp(s + at, "度", 3) == 0 || strncmp(s + at, "求", 3) == 0 ||
	       strncmp(s + at, "索", 3) == 0 || strncmp(s + at, "和", 3) == 0;
}

static size_t before(const char *s, size_t at)
{
	do
		at--;
	while (((unsigned char)s[at] & 0xc0) == 0x80);
	return at;
}

static bool is_small(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_big(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* `name` as it stands, or with the curved apostrophe. */
static size_t length_at(const char *s, size_t at, const char *name, bool any_case)
{
	size_t i = at;
	bool same = true, has_big = false, has_small = false;

	for (size_t k = 0; name[k]; k++) {
		if (name[k] == '\'' && strncmp(s + i, "’", 3) == 0) {
			i += 3;
			continue;
		}
		if ((is_big(name[k]) ? name[k] + 32 : name[k]) != (is_big(s[i]) ? s[i] + 32 : s[i]))
			return 0;
		same &= name[k] == s[i] || (k == 0 && is_small(name[0]));
		has_big |= is_big(name[k]);
		has_small |= is_small(s[i]);
		i++;
	}
	if (!any_case && has_big && !same && (has_small || i - at <= 3))
		return 0;
	return i - at;
}

/* Whether a name may stand from `at` to `end`; a plural ending is added. */
static bool stands(const char *s, size_t at, size_t *end)
{
	size_t last = before(s, *end);
	bool is_plural;

	if (at && !is_han(s, at)) {
		size_t prev = before(s, at);

		if (strchr("@_#", s[prev]) || (is_word(s, prev) && !is_han(s, prev)))
			return false;
	}
	if (is_han(s, last) || !is_word(s, last) || !s[*end] || is_han(s, *end))
		return true;
	if ((s[*end] == '.' && is_small(s[*end + 1])) || s[*end] == '@' || s[*end] == '_')
		return false;
	if (strncmp(s + *end, ".é", 3) == 0)
		return false;
	if (!is_word(s, *end))
		return true;
	is_plural = s[*end] == 's' && *end - at >= 3 && (is_small(s[last]) || is_big(s[last])) &&
		    (!is_word(s, *end + 1) || is_han(s, *end + 1));
	*end += is_plural;
	return is_plural;
}

struct
try {
	size_t length, end; /* of the name; with its plural ending */
};

/* Lengths of names at a place, longest first, a name before a plural. */
static size_t tries_at(const struct world *w, const char *s, size_t at, struct try *out)
{
	size_t n = 0;

	for (size_t i = 0; i < PAGES; i++) {
		for (size_t k = 0; k < w->cast[i].n; k++) {
			const struct alias *name = &w->cast[i].names[k];
			size_t length = length_at(s, at, name->text, name->any_case), end = at + length, to;

			if (length == 0 || !stands(s, at, &end))
				continue;
			for (to = 0; to < n && out[to].length != length; to++)
				;
			if (to < n)
				continue;
			for (to = n++; to > 0 && (out[to - 1].end < end ||
						  (out[to - 1].end == end && out[to - 1].length < length));
			     to--)
				out[to] = out[to - 1];
			out[to] = (struct try){ length, end };
		}
	}
	return n;
}

static bool starts_with_any(const char *s, const char *const *list)
{
	for (size_t i = 0; list[i]; i++)
		if (strncmp(s, list[i], strlen(list[i])) == 0 && !is_word(s, strlen(list[i])))
			return true;
	return false;
}

static bool ends_with(const char *s, size_t at, const char *what)
{
	size_t n = strlen(what);

	return at >= n && strncmp(s + at - n, what, n) == 0 && (at == n || !is_word(s, before(s, at - n)));
}

/* A capital and small letters after it. */
static bool is_title_case(const char *s)
{
	bool has_small = false;

	if (!is_big(*s))
		return false;
	for (size_t i = 1; s[i] && is_word(s, i); i++)
		has_small |= is_small(s[i]) || (unsigned char)s[i] >= 0x80;
	return has_small;
}

/* What precedes, after a space: "Bo " but neither "The " nor "President ". */
static bool follows_a_first_name(const char *s, size_t at)
{
	size_t from;

	if (at > 2 && s[at - 1] == ' ' && s[at - 2] == '.' && is_big(s[at - 3]))
		return true;
	if (at < 2 || s[at - 1] != ' ')
		return false;
	for (from = at - 1; from > 0 && is_word(s, before(s, from)); from = before(s, from))
		;
	if (from == at - 1)
		return false;
	return is_title_case(s + from) && strncmp(s + from, "The ", 4) != 0 && strncmp(s + from, "President ", 10) != 0;
}

static bool begins_sentence(const char *s, size_t at)
{
	while (at > 0) {
		at = before(s, at);
		if (s[at] == '.' || strncmp(s + at, "。", 3) == 0)
			return true;
		if (!strchr(" ('", s[at]) && strncmp(s + at, "’", 3) != 0)
			return false;
		if (strncmp(s + at, "’", 3) == 0)
			return false;
	}
	return true;
}

static bool is_another(const struct world *w, const char *s, size_t at, const struct try *t, bool is_weak,
		       bool has_capital)
{
	static const char *const titles[] = { "President", NULL };
	struct try after[PAGES * NAMES];
	bool is_plain = is_big(s[at]), is_one = true;

	for (size_t i = at; i < t->end; i++) {
		is_plain &= i == at || is_small(s[i]);
		is_one &= s[i] != ' ';
	}
	if (has_capital && is_plain && begins_sentence(s, at) &&
	    (t->end > at + t->length ||
	     (s[t->end] == '-' && (is_small(s[t->end + 1]) || strncmp(s + t->end + 1, "é", 2) == 0))))
		return true;
	if (s[t->end] && tries_at(w, s, t->end + 1, after))
		return false;
	if (!is_big(s[at]) || !is_one)
		return false;
	if (s[t->end] == ' ' && is_title_case(s + t->end + 1) && !starts_with_any(s + t->end + 1, titles))
		return true;
	if (ends_with(s, at, "University of ") || ends_with(s, at, "Times of "))
		return true;
	return is_weak && follows_a_first_name(s, at);
}

static void judge(struct world *w, const char *s, size_t at, const struct try *t, struct found *f)
{
	size_t strong = 0, weak = 0;

	memset(f->cast, 0, sizeof(f->cast));
	for (size_t i = 0; i < PAGES; i++) {
		bool is_strong = false, is_weak = false;

		for (size_t k = 0; k < w->cast[i].n; k++) {
			const struct alias *name = &w->cast[i].names[k];

			if (length_at(s, at, name->text, name->any_case) != t->length)
				continue;
			is_strong |= !name->is_weak;
			is_weak |= name->is_weak;
		}
		if (is_strong && strong++ == 0)
			f->page = i;
		f->cast[i] = is_weak;
		weak += is_weak;
	}
	f->state = strong > 1 ? MENTION_AMBIGUOUS : strong ? MENTION_LINKED : MENTION_WEAK;
	assert_true(strong + weak > 0);
}

static void find_in(struct world *w, const char *s, size_t part)
{
	for (size_t at = 0; s[at];) {
		struct try tries[PAGES * NAMES];
		size_t n = tries_at(w, s, at, tries), k;

		for (k = 0; k < n; k++) {
			struct found *f = &w->found[w->n_found];
			bool has_capital = true, is_weak = true;

			/* The rules for names look at all that are written alike, whoever bears them. */
			for (size_t i = 0; i < PAGES; i++) {
				for (size_t j = 0; j < w->cast[i].n; j++) {
					const struct alias *name = &w->cast[i].names[j];

					if (length_at(s, at, name->text, true) != tries[k].length)
						continue;
					is_weak &= name->is_weak;
					has_capital &= !name->any_case && is_big(name->text[0]);
				}
			}
			if (is_another(w, s, at, &tries[k], is_weak, has_capital))
				continue;
			assert_true(w->n_found < COUNT(w->found));
			judge(w, s, at, &tries[k], f);
			f->start = part;
			snprintf(f->text, sizeof(f->text), "%.*s", (int)(tries[k].end - at), s + at);
			w->n_found++;
			break;
		}
		if (k < n) {
			at = tries[k].end;
			continue;
		}
		for (at++; ((unsigned char)s[at] & 0xc0) == 0x80; at++)
			;
	}
}

static void settle(struct world *w)
{
	bool named[PAGES] = { false }, seen[PAGES] = { false };
	size_t part = 0;

	for (size_t i = 0; i < w->n_parts; i++)
		if (w->parts[i].type == PART_LINK)
			named[w->parts[i].page] = true;
	for (size_t i = 0; i < w->n_found; i++)
		if (w->found[i].state == MENTION_LINKED)
			named[w->found[i].page] = true;
	for (size_t i = 0; i < w->n_found; i++) {
		struct found *f = &w->found[i];
		size_t n = 0;

		for (; part < f->start; part++) {
			if (w->parts[part].type == PART_HEADING)
				memset(seen, 0, sizeof(seen));
			if (w->parts[part].type == PART_LINK)
				seen[w->parts[part].page] = true;
		}
		for (size_t k = 0; f->state == MENTION_WEAK && k < PAGES; k++)
			if (f->cast[k] && named[k] && n++ == 0)
				f->page = k;
		if (n)
			f->state = n > 1 ? MENTION_AMBIGUOUS : MENTION_LINKED;
		if (f->state != MENTION_LINKED)
			continue;
		if (seen[f->page])
			f->state = MENTION_REPEATED;
		seen[f->page] = true;
	}
}

static const char *expected(struct world *w, struct tempsite *t)
{
	struct buf b;
	const char *z;

	w->n_found = 0;
	for (size_t i = 0; i < w->n_parts; i++)
		if (w->parts[i].type == PART_TEXT)
			find_in(w, w->parts[i].text, i);
	settle(w);
	buf_init(&b, 0);
	for (size_t i = 0; i < w->n_found; i++) {
		const struct found *f = &w->found[i];

		buf_add_format(&b, "%s%s%c", i ? "|" : "", f->text, "=~@?-!"[f->state]);
		if (f->state == MENTION_LINKED || f->state == MENTION_REPEATED)
			buf_add_z(&b, w->cast[f->page].key);
	}
	z = str_z(&t->arena, buf_str(&b));
	buf_release(&b);
	return z;
}

static const char *actual(struct tempsite *t, const struct page *p)
{
	struct buf b;
	const char *z;

	buf_init(&b, 0);
	for (size_t i = 0; i < p->n_mentions; i++) {
		const struct mention *m = &p->mentions[i];

		buf_add_format(&b, "%s%.*s%c", i ? "|" : "", STR_ARG(tempsite_mention(t, p, m)), "=~@?-!"[m->state]);
		if (m->state == MENTION_LINKED || m->state == MENTION_REPEATED)
			buf_add(&b, t->r.site.pages[m->target].key);
	}
	z = str_z(&t->arena, buf_str(&b));
	buf_release(&b);
	return z;
}

static void random_sites_are_linked_as_the_plainest_search_would(void **state)
{
	static struct part parts[ARTICLES][PARTS];
	struct world *w = calloc(1, sizeof(*w));
	size_t total = 0;

	(void)state;
	assert_non_null(w);
	for (uint32_t site = 0; site < SITES; site++) {
		struct tempsite t;
		size_t n_parts[ARTICLES];

		tempsite_open(&t);
		w->seed = site * 7919 + 1;
		make_cast(w, &t);
		for (size_t i = 0; i < ARTICLES; i++) {
			struct buf file;

			w->parts = parts[i];
			buf_init(&file, 0);
			make_article(w, &file);
			assert_true(w->n_parts < COUNT(parts[i]));
			n_parts[i] = w->n_parts;
			tempsite_put(&t, str_z(&t.arena, str_format(&t.arena, "content/articles/a%zu.md", i)),
				     str_z(&t.arena, buf_str(&file)));
			buf_release(&file);
		}
		tempsite_build(&t);
		if (t.dl.errors)
			fail_msg("site %u: %s", (unsigned)site, tempsite_said(&t));
		for (size_t i = 0; i < ARTICLES; i++) {
			const char *want, *got;

			w->parts = parts[i];
			w->n_parts = n_parts[i];
			want = expected(w, &t);
			got = actual(&t, tempsite_page(&t, str_z(&t.arena, str_format(&t.arena, "articles/a%zu", i))));
			total += w->n_found;
			if (strcmp(want, got)) {
				for (size_t k = 0; k < n_parts[i]; k++)
					print_message("%s\n", parts[i][k].type == PART_TEXT ? parts[i][k].text : "--");
				fail_msg("site %u, article %zu:\n%s\nnot\n%s", (unsigned)site, i, got, want);
			}
		}
		tempsite_close(&t);
	}
	assert_true(total > SITES * ARTICLES * 10);
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_sites_are_linked_as_the_plainest_search_would),
	};

	return cmocka_run_group_tests_name("link_random", tests, NULL, NULL);
}
