#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/*
 * gen - a made-up briefing of N articles for measuring: gen N DIR [WORDS].
 *
 * DIR/articles/ holds the articles: about WORDS (800) words each, with headings, lists, quotations, tables, links and, in every
 * other sentence or so, the name of a company, institution or topic that the front matter tags. How often a name or a word
 * comes falls with its rank. DIR/companies/ holds pages of ten companies that no article tags; the word "Quillmere<n>"
 * stands in a hundred articles each (or a tenth of them), for an alias that is added later. An article of less than 200
 * words is one paragraph or two with three tags. The same N and WORDS give the same bytes.
 */
#define WORDS 7000
#define ARTICLE_WORDS 800
#define SMALL 200
#define PROBES 10
#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const char *const common[] = { "the",   "of",    "and",   "to",    "in",    "a",     "that",  "is",    "for",
				      "on",    "with",  "as",    "by",    "at",    "from",  "it",    "was",   "were",
				      "be",    "are",   "which", "this",  "has",   "have",  "its",   "not",   "but",
				      "or",    "more",  "than",  "will",  "would", "one",   "been",  "their", "they",
				      "while", "after", "under", "about", "over",  "into",  "when",  "where", "some",
				      "other", "also",  "only",  "such",  "could", "since", "until", "still", "first",
				      "most",  "many",  "both",  "each",  "two",   "last",  "next",  "year",  "month",
				      "week",  "before" };
static const char *const subjects[] = {
	"harbour", "tide",    "ferry",   "turbine",  "cable",    "anchor",  "dredger",  "fishery",  "lighthouse",
	"pilot",   "tonnage", "levy",    "subsidy",  "audit",    "ledger",  "bond",     "tender",   "mandate",
	"permit",  "survey",  "kiln",    "smelter",  "quarry",   "timber",  "wool",     "barley",   "orchard",
	"dairy",   "brewery", "granary", "clinic",   "nurse",    "vaccine", "ward",     "pharmacy", "school",
	"tutor",   "library", "archive", "museum",   "signal",   "relay",   "antenna",  "modem",    "compiler",
	"kernel",  "sensor",  "robot",   "battery",  "inverter", "tram",    "bridge",   "tunnel",   "depot",
	"viaduct", "quay",    "crane",   "barge",    "convoy",   "customs", "rainfall", "drought",  "glacier",
	"estuary", "reef",    "peat",    "sediment", "plankton", "osprey",  "salmon",   "verdict",  "statute",
	"appeal",  "clause",  "charter", "council",  "ballot",   "treaty",  "envoy",    "quorum"
};
static const char *const onsets[] = { "b", "br", "d",  "dr", "f", "fl", "g",  "gl", "h",  "k", "l", "m",
				      "n", "p",  "pr", "r",  "s", "sk", "st", "t",  "tr", "v", "w", "y" };
static const char *const vowels[] = { "a", "e", "i", "o", "u", "ai", "ea", "ou" };
static const char *const codas[] = { "n", "r", "l", "s", "m", "nd", "rt", "sk", "th", "ck", "ld", "" };
static const char *const firms[] = { "Shipping", "Textiles", "Instruments", "Dairies", "Power",   "Cables",
				     "Trust",    "Brothers", "Engineering", "Optics",  "Freight", "Press" };
static const char *const bodies[] = { "Board of %s",         "%s Harbour Office",  "University of %s",
				      "%s Court of Audit",   "%s Weather Service", "College of %s",
				      "%s Fisheries Council" };

struct name {
	char text[64], slug[64];
};

struct kind {
	const char *dir;
	struct name *names;
	double *rank; /* cumulative */
	size_t n;
};

struct corpus {
	uint64_t random;
	char (*words)[24];
	double *rank; /* cumulative, of common words and the others */
	struct kind kinds[3];
	struct name *titles;
	size_t n;
	uint32_t size; /* words in an article, about */
	FILE *out;
	size_t words_out; /* of this article */
};

static uint32_t roll(struct corpus *c, uint32_t n)
{
	c->random ^= c->random << 13;
	c->random ^= c->random >> 7;
	c->random ^= c->random << 17;
	return (uint32_t)((c->random >> 11) % n);
}

/* By a cumulative table. */
static size_t draw(struct corpus *c, const double *rank, size_t n)
{
	double at = roll(c, 1u << 30) / (double)(1u << 30) * rank[n - 1];
	size_t low = 0, high = n - 1;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (rank[middle] > at)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static void *room(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p) {
		perror("gen");
		exit(1);
	}
	return p;
}

static double *ranks(size_t n, double offset, double share)
{
	double *rank = room(n, sizeof(*rank)), sum = 0, all = 0;

	for (size_t i = 0; i < n; i++)
		all += 1 / ((double)i + offset);
	for (size_t i = 0; i < n; i++)
		rank[i] = sum += share / ((double)i + offset) / all;
	return rank;
}

static void invent(struct corpus *c, char *out, size_t size, unsigned syllables)
{
	*out = '\0';
	for (unsigned i = 0; i < syllables; i++)
		snprintf(out + strlen(out), size - strlen(out), "%s%s", onsets[roll(c, COUNT(onsets))],
			 vowels[roll(c, COUNT(vowels))]);
	snprintf(out + strlen(out), size - strlen(out), "%s", codas[roll(c, COUNT(codas))]);
}

static void make_slug(char *slug, const char *text)
{
	for (; *text; text++)
		*slug++ = *text == ' ' ? '-' : *text >= 'A' && *text <= 'Z' ? (char)(*text + 32) : *text;
	*slug = '\0';
}

/* A name that nobody has; the number makes it so where chance does not. */
static void make_name(struct corpus *c, size_t kind, size_t i)
{
	struct kind *k = &c->kinds[kind];
	char word[24];

	for (;;) {
		struct name *n = &k->names[i];
		bool is_taken = false;

		invent(c, word, sizeof(word), 2);
		*word = (char)(*word - 32);
		if (kind == 0) {
			snprintf(n->text, sizeof(n->text), "%s %s", word, firms[roll(c, COUNT(firms))]);
		} else if (kind == 1) {
			const char *form = bodies[roll(c, COUNT(bodies))], *at = strstr(form, "%s");

			snprintf(n->text, sizeof(n->text), "%.*s%s%s", (int)(at - form), form, word, at + 2);
		} else {
			snprintf(n->text, sizeof(n->text), "%s %s %s", subjects[roll(c, COUNT(subjects))],
				 subjects[roll(c, COUNT(subjects))], subjects[roll(c, COUNT(subjects))]);
			*n->text = (char)(*n->text - 32);
		}
		make_slug(n->slug, n->text);
		for (size_t j = 0; j < i && !is_taken; j++)
			is_taken = strcmp(k->names[j].slug, n->slug) == 0;
		if (!is_taken)
			return;
	}
}

static void begin(struct corpus *c, size_t n)
{
	static const char *const dirs[] = { "companies", "institutions", "topics" };
	size_t companies = n >= 1000 ? (n / 25 > 400 ? n / 25 : 400) : (n / 3 > 20 ? n / 3 : 20);
	size_t all = COUNT(common) + COUNT(subjects) + WORDS;
	size_t sizes[] = { companies, companies * 3 / 8, companies * 3 / 20 };
	double *others;

	c->n = n;
	c->random = UINT64_C(0x2545f4914f6cdd1d) + n;
	c->words = room(all, sizeof(*c->words));
	for (size_t i = 0; i < all; i++) {
		if (i < COUNT(common))
			snprintf(c->words[i], sizeof(*c->words), "%s", common[i]);
		else if (i < COUNT(common) + COUNT(subjects))
			snprintf(c->words[i], sizeof(*c->words), "%s", subjects[i - COUNT(common)]);
		else
			invent(c, c->words[i], sizeof(*c->words), 1 + roll(c, 3));
	}
	c->rank = room(all, sizeof(*c->rank));
	others = ranks(COUNT(common), 3, 0.45);
	memcpy(c->rank, others, COUNT(common) * sizeof(*others));
	free(others);
	others = ranks(all - COUNT(common), 12, 0.55);
	for (size_t i = COUNT(common); i < all; i++)
		c->rank[i] = 0.45 + others[i - COUNT(common)];
	free(others);
	for (size_t k = 0; k < 3; k++) {
		c->kinds[k].dir = dirs[k];
		c->kinds[k].n = sizes[k] > 6 ? sizes[k] : 6;
		c->kinds[k].names = room(c->kinds[k].n, sizeof(struct name));
		c->kinds[k].rank = ranks(c->kinds[k].n, 1, 1);
		for (size_t i = 0; i < c->kinds[k].n; i++)
			make_name(c, k, i);
	}
	c->titles = room(n, sizeof(*c->titles));
	for (size_t i = 0; i < n; i++) {
		struct name *t = &c->titles[i];
		size_t cut;

		for (size_t w = 0, words = 4 + roll(c, 2); w < words; w++)
			snprintf(t->text + strlen(t->text), sizeof(t->text) - strlen(t->text), "%s%s", w ? " " : "",
				 subjects[roll(c, COUNT(subjects))]);
		make_slug(t->slug, t->text);
		/* The number makes it one of a kind. */
		cut = strlen(t->slug) > 30 ? 30 : strlen(t->slug);
		cut -= t->slug[cut - 1] == '-';
		snprintf(t->slug + cut, 24, "-%zu", i);
		*t->text = (char)(*t->text - 32);
	}
}

struct tags {
	const struct name *names[18];
	const char *dirs[18];
	size_t n, ends[3];
};

static void choose_tags(struct corpus *c, struct tags *t)
{
	t->n = 0;
	for (size_t k = 0; k < 3; k++) {
		size_t want = c->size < SMALL ? 1 : 2 + roll(c, 5), from = t->n;

		while (t->n - from < want && t->n - from < c->kinds[k].n) {
			const struct name *name = &c->kinds[k].names[draw(c, c->kinds[k].rank, c->kinds[k].n)];
			bool is_there = false;

			for (size_t i = from; i < t->n; i++)
				is_there |= t->names[i] == name;
			if (is_there)
				continue;
			t->dirs[t->n] = c->kinds[k].dir;
			t->names[t->n++] = name;
		}
		t->ends[k] = t->n;
	}
}

static const char *word(struct corpus *c)
{
	return c->words[draw(c, c->rank, COUNT(common) + COUNT(subjects) + WORDS)];
}

static const char *subject(struct corpus *c)
{
	return subjects[roll(c, COUNT(subjects))];
}

/* One of the things that stand in a sentence beside words. */
static void put_special(struct corpus *c, const struct tags *t, unsigned kind)
{
	size_t i = roll(c, (uint32_t)t->n);
	const struct name *other = &c->titles[roll(c, (uint32_t)c->n)];

	if (kind < 6)
		fprintf(c->out, "[%s](/%s/%s/)", t->names[i]->text, t->dirs[i], t->names[i]->slug);
	else if (kind < 42)
		fputs(t->names[i]->text, c->out);
	else if (kind < 49)
		fprintf(c->out, "**%s %s**", subject(c), subject(c));
	else if (kind < 56)
		fprintf(c->out, "*%s*", subject(c));
	else if (kind < 60)
		fprintf(c->out, "[%s](/articles/%s/)", other->text, other->slug);
	else if (kind < 63)
		fprintf(c->out, "[report](https://example.net/%s/%s?n=%u)", subject(c), subject(c), roll(c, 9999));
	else if (kind < 65)
		fprintf(c->out, "`%s_%s`", subject(c), subject(c));
	else
		fprintf(c->out, "%u.%u%%", roll(c, 100), roll(c, 10));
}

static void sentence(struct corpus *c, const struct tags *t)
{
	unsigned n = 9 + roll(c, 16), kind = roll(c, 100), at = roll(c, n);

	for (unsigned i = 0; i < n; i++) {
		const char *w = word(c);

		if (i)
			fputc(' ', c->out);
		if (i == at && kind < 70)
			put_special(c, t, kind);
		else if (i == 0)
			fprintf(c->out, "%c%s", *w - 32, w + 1);
		else
			fprintf(c->out, "%s%s", w, i == n / 2 && n > 14 ? "," : "");
	}
	fputs(".", c->out);
	c->words_out += n;
}

static void paragraph(struct corpus *c, const struct tags *t)
{
	for (unsigned i = 0, n = 3 + roll(c, 4); i < n; i++) {
		if (i)
			fputc(' ', c->out);
		sentence(c, t);
	}
	fputs("\n\n", c->out);
}

static void list(struct corpus *c, const struct tags *t, bool is_numbered)
{
	for (unsigned i = 0, n = 3 + roll(c, 3); i < n; i++) {
		if (is_numbered)
			fprintf(c->out, "%u. ", i + 1);
		else
			fputs("- ", c->out);
		sentence(c, t);
		fputc('\n', c->out);
	}
	fputc('\n', c->out);
}

static void table(struct corpus *c, const struct tags *t)
{
	fputs("| Name | Year | Volume | Change |\n|---|:---:|---:|---:|\n", c->out);
	for (unsigned i = 0, n = 4 + roll(c, 5); i < n; i++)
		fprintf(c->out, "| %s | %u | %u | %d%% |\n", t->names[roll(c, (uint32_t)t->n)]->text,
			1990 + roll(c, 35), roll(c, 9999), (int)roll(c, 60) - 20);
	fputc('\n', c->out);
}

static void text(struct corpus *c, const struct tags *t)
{
	size_t target = c->size * 3 / 5 + roll(c, c->size * 13 / 40);
	bool has_table = roll(c, 5) != 0;

	c->words_out = 0;
	paragraph(c, t);
	if (c->words_out < target)
		paragraph(c, t);
	for (unsigned part = 0; c->words_out < target; part++) {
		fputs("##", c->out);
		for (unsigned i = 0, n = 2 + roll(c, 4); i < n; i++) {
			const char *w = subject(c);

			fprintf(c->out, i ? " %c%s" : " %c%s", i ? *w : *w - 32, w + 1);
		}
		fputs("\n\n", c->out);
		paragraph(c, t);
		paragraph(c, t);
		if (part == 0) {
			list(c, t, false);
		} else if (part == 1) {
			fputs("> ", c->out);
			sentence(c, t);
			fputs("\n> ", c->out);
			sentence(c, t);
			fputs("\n\n", c->out);
		} else if (roll(c, 3) == 0) {
			list(c, t, true);
		}
		if (!has_table)
			table(c, t);
		has_table = true;
	}
}

static void article(struct corpus *c, const char *dir, size_t i)
{
	static const char *const keys[] = { "companies", "institutions", "topics" };
	size_t hundred = c->n >= 1000 ? 100 : c->n / PROBES;
	time_t when = (time_t)(1546300800 + (double)i / (double)c->n * 6 * 365 * 86400);
	char path[600], date[32];
	struct tags t;
	struct tm tm;

	snprintf(path, sizeof(path), "%s/articles/%s.md", dir, c->titles[i].slug);
	c->out = fopen(path, "w");
	if (!c->out) {
		perror(path);
		exit(1);
	}
	choose_tags(c, &t);
	gmtime_r(&when, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm);
	fprintf(c->out,
		"+++\ntitle = \"%s\"\ndate = %s\npublisher = \"The %s %s\"\nsummary = \"On %s and %s, and what ",
		c->titles[i].text, date, t.names[0]->text, roll(c, 2) ? "Letter" : "Review", t.names[0]->text,
		subject(c));
	for (unsigned w = 0; w < 12; w++)
		fprintf(c->out, "%s ", word(c));
	fprintf(c->out, "of it.\"\n");
	for (size_t k = 0, at = 0; k < 3; k++) {
		fprintf(c->out, "%s = [", keys[k]);
		for (size_t first = at; at < t.ends[k]; at++)
			fprintf(c->out, "%s\"%s\"", at > first ? ", " : "", t.names[at]->text);
		fprintf(c->out, "]\n");
	}
	fputs("+++\n\n", c->out);
	text(c, &t);
	if (i / hundred < PROBES)
		fprintf(c->out, "Of Quillmere%zu nothing is known.\n", i / hundred);
	fclose(c->out);
}

int main(int argc, char **argv)
{
	struct corpus c = { 0 };
	char path[600];
	size_t n = argc == 3 || argc == 4 ? (size_t)strtoull(argv[1], NULL, 10) : 0;

	c.size = argc == 4 ? (uint32_t)strtoul(argv[3], NULL, 10) : ARTICLE_WORDS;
	if (n < 20 || c.size < 20 || c.size > 100000) {
		fprintf(stderr, "gen N DIR [WORDS]: at least 20 articles of at least 20 words\n");
		return 2;
	}
	begin(&c, n);
	mkdir(argv[2], 0777);
	snprintf(path, sizeof(path), "%s/articles", argv[2]);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/companies", argv[2]);
	mkdir(path, 0777);
	for (size_t i = 0; i < n; i++)
		article(&c, argv[2], i);
	for (int i = 0; i < PROBES; i++) {
		snprintf(path, sizeof(path), "%s/companies/probe-%d.md", argv[2], i);
		c.out = fopen(path, "w");
		if (!c.out)
			return 1;
		fprintf(c.out,
			"+++\ntitle = \"Probe House %d\"\naliases = [\"Probe%d\"]\n+++\n\nA company of which little is "
			"known.\n",
			i, i);
		fclose(c.out);
	}
	return 0;
}
