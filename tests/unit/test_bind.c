#include "bind_site.h"

static bool differs(const char *what, const char *where, const struct buf *got, const char *wanted)
{
	if (strcmp(got->len ? got->ptr : "", wanted) == 0)
		return false;
	print_error("%s of %s:\n  %s\nnot\n  %s\n", what, where, got->len ? got->ptr : "", wanted);
	return true;
}

/* A row is a template's expression, what it prints on some page, and what it was found to have read. */
struct row {
	const char *at, *template, *output, *read;
};

/* Where the fields of a class are read; `of` gives the object. */
struct object {
	const char *name, *at, *of;
	struct field_row {
		const char *name, *rest; /* after the field's name; "*…": each item's, "#": how many */
		const char *output, *read;
	} fields[80];
};

#define ACME "companies/acme/index.html"

static const struct object objects[] = {
	{ "page",
	  ACME,
	  "page",
	  {
		  { "key", NULL, "companies/acme", "page title companies/acme" },
		  { "slug", NULL, "acme", "page title companies/acme" },
		  { "url", NULL, "/companies/acme/", "page title companies/acme" },
		  { "title", NULL, "Acme", "page title companies/acme" },
		  { "kind", ".id", "company", "page title companies/acme; configuration kinds" },
		  { "lang", NULL, "de", "page title companies/acme" },
		  { "schema", NULL, "Corporation", "page title companies/acme" },
		  { "template", NULL, "page", "page front matter companies/acme" },
		  { "summary", NULL, "Makes ropes &amp; more.", "page head companies/acme" },
		  { "excerpt", NULL, "", "page head companies/acme" },
		  { "description", NULL, "Makes ropes &amp; more.", "page head companies/acme" },
		  { "body", NULL,
		    "<h2 id=\"first\">First <a class=\"anchor\" href=\"#first\" aria-hidden=\"true\" tabindex=\"-1\">"
		    "#</a></h2>\n<p><a class=\"auto\" href=\"/sub/people/ada/\">Ada Holm</a> makes it.<sup class=\"ci"
		    "te\"><a href=\"#note-1\" id=\"cite-1-1\">1</a></sup> Again.<sup class=\"cite\"><a href=\"#note-1"
		    "\" id=\"cite-1-2\">1</a></sup> And.<sup class=\"cite\"><a href=\"#note-2\" id=\"cite-2-1\">2</a>"
		    "</sup></p>\n<h3 id=\"second\">Second <a class=\"anchor\" href=\"#second\" aria-hidden=\"true\" t"
		    "abindex=\"-1\">#</a></h3>\n<p><b>loud|Within <em>it</em>|companies/acme</b></p>\n<i>2–5</i>",
		    "page text companies/acme; page title people/ada; page title companies/acme; fact f3" },
		  { "toc", "*.text", "First Second ", "page text companies/acme" },
		  { "date", NULL, "2026-01-15", "page dates companies/acme" },
		  { "updated", NULL, "2026-02-01", "page dates companies/acme" },
		  { "reviewed", NULL, "2025-01-01", "page front matter companies/acme" },
		  { "is_stub", NULL, "false", "page head companies/acme" },
		  { "is_section", NULL, "false", "page title companies/acme" },
		  { "is_home", NULL, "false", "page title companies/acme" },
		  { "is_builtin", NULL, "false", "page title companies/acme" },
		  { "is_entity", NULL, "true", "page title companies/acme" },
		  { "is_source", NULL, "false", "page title companies/acme" },
		  { "is_stale", NULL, "true", "page front matter companies/acme; staleness page:companies/acme" },
		  { "words", NULL, "10", "page text companies/acme" },
		  { "minutes", NULL, "1", "page text companies/acme" },
		  { "names", "*.text", "Acme Acme Ltd Acmee ", "page names companies/acme" },
		  { "aliases", "*.text", "Acme Ltd ", "page names companies/acme" },
		  { "authors", "*", "Ann Bob ", "page front matter companies/acme" },
		  { "tags", "*", "old ", "page front matter companies/acme" },
		  { "links", "*.label", "Site ", "page front matter companies/acme" },
		  { "image", NULL, "/companies/logo.svg", "page head companies/acme; asset companies/logo.svg" },
		  { "get", "('mine')", "own", "page front matter companies/acme" },
		  { "get", "('launched')", "1998", "page front matter companies/acme" },
		  { "get", "('owner').key", "companies/bolt",
		    "page front matter companies/acme; page title companies/bolt" },
		  { "get", "('topics') ?? 'nil'", "nil", "page front matter companies/acme" },
		  { "get", "('facts') ?? 'nil'", "nil", "page front matter companies/acme" },
		  { "get", "('absent') ?? 'nil'", "nil", "page front matter companies/acme" },
		  { "fields", "*.name", "launched owner ", "page front matter companies/acme" },
		  { "extra", ".colour", "hemp", "page front matter companies/acme" },
		  { "extra", ".mine", "own", "page front matter companies/acme" },
		  { "tagged", "#", "1", "page front matter companies/acme" },
		  { "members", "*.key", "", "page members companies/acme" },
		  { "prev", "?.key ?? 'nil'", "nil", "neighbours companies/acme" },
		  { "next", ".key", "companies/bolt", "neighbours companies/acme; page title companies/bolt" },
		  { "section", ".key", "companies", "page title companies/acme; page title companies" },
		  { "breadcrumbs", "*.key", "index companies ",
		    "page title companies/acme; page title index; page title companies" },
		  { "relations", "*.id", "r1 ", "page relations companies/acme; end of relation r1" },
		  { "relation_groups", "*.label", "Founded by ", "page relations companies/acme; end of relation r1" },
		  { "facts", "*.id", "f1 f2 f3 ", "page facts companies/acme; fact f1; fact f2; fact f3" },
		  { "facts_about", "*.id", "", "page facts companies/acme" },
		  { "events", "*.id", "e1 ", "page events companies/acme; record event:e1" },
		  { "quotes", "*.id", "q1 ", "page quotes companies/acme; record quote:q1" },
		  { "comparisons", "#", "2", "page comparisons companies/acme" },
		  { "backlinks", "*.page.key", "companies/cog ", "backlinks companies/acme; page title companies/cog" },
		  { "backlink_count", NULL, "3", "backlinks companies/acme" },
		  { "backlink_buckets", "*.label", "2026 undated ",
		    "backlinks companies/acme; string entity.backlinks_undated" },
		  { "comentions", "*.page.key", "people/ada topics/ropes ",
		    "backlinks companies/acme; page title people/ada; page title topics/ropes" },
		  { "citations", "*.number", "1 2 ", "page text companies/acme" },
		  { "source", NULL, "nil", "page front matter companies/acme" },
		  { "rests", ".facts | length", "0", "page evidence companies/acme" },
		  { "json_url", NULL, "/companies/acme/index.json", "page title companies/acme" },
		  { "csv_url", NULL, "/companies/acme/facts.csv", "page facts companies/acme" },
		  { "feed_url", NULL, "/companies/acme/feed.xml",
		    "page title companies/acme; any backlink companies/acme" },
		  { "json_feed_url", NULL, "/companies/acme/feed.json",
		    "page title companies/acme; any backlink companies/acme" },
		  { "card_url", NULL, "nil", "page head companies/acme; configuration cards" },
		  { "book_anchor", NULL, "nil", "page title companies/acme" },
		  { "book_note", NULL, "nil", "" },
	  } },
	{ "page",
	  "companies/bolt/index.html",
	  "page",
	  {
		  { "get", "('owner') ?? 'nil'", "nil", "page front matter companies/bolt" },
		  { "get", "('topics') ?? 'nil'", "nil", "page front matter companies/bolt" },
		  { "fields", "#", "0", "page front matter companies/bolt" },
		  { "image", NULL, "/companies/logo.svg", "page head companies/bolt; asset companies/logo.svg" },
		  { "summary", NULL, "", "page head companies/bolt" },
		  { "description", NULL, "Ada Holm knows Acme well.", "page head companies/bolt" },
		  { "is_stale", NULL, "false", "page front matter companies/bolt" },
		  { "reviewed", NULL, "nil", "page front matter companies/bolt" },
		  { "updated", NULL, "nil", "page dates companies/bolt" },
		  { "facts_about", "*.id", "f1 ", "page facts companies/bolt; fact f1" },
		  { "extra", "#", "0", "page front matter companies/bolt" },
		  { "next", ".key", "companies/cog", "neighbours companies/bolt; page title companies/cog" },
		  { "csv_url", NULL, "/companies/bolt/facts.csv", "page facts companies/bolt" },
		  { "facts", "#", "0", "page facts companies/bolt" },
		  { "aliases", "#", "0", "page names companies/bolt" },
		  { "toc", "#", "0", "page text companies/bolt" },
	  } },
	{ "page",
	  "companies/cog/index.html",
	  "page",
	  {
		  { "image", NULL, "/shared/pic.png", "page head companies/cog; asset shared/pic.png" },
		  { "next", NULL, "nil", "neighbours companies/cog" },
		  { "prev", ".key", "companies/bolt", "neighbours companies/cog; page title companies/bolt" },
	  } },
	{ "page",
	  "topics/ropes/index.html",
	  "page",
	  {
		  { "members", "*.key", "companies/bolt companies/acme ",
		    "page members topics/ropes; page title companies/bolt; page title companies/acme" },
		  { "image", NULL, "nil", "page head topics/ropes" },
	  } },
	{ "page",
	  "index.html",
	  "page",
	  {
		  { "section", NULL, "nil", "page title index" },
		  { "is_home", NULL, "true", "page title index" },
		  { "breadcrumbs", "#", "0", "page title index" },
		  { "is_entity", NULL, "false", "page title index" },
	  } },
	{ "page",
	  "companies/index.html",
	  "page",
	  {
		  { "is_section", NULL, "true", "page title companies" },
		  { "is_entity", NULL, "false", "page title companies" },
		  { "members", "*.key", "companies/acme companies/bolt companies/cog ",
		    "page members companies; page title companies/acme; page title companies/bolt; page title "
		    "companies/cog" },
		  { "section", NULL, "nil", "page title companies" },
	  } },
	{ "kind",
	  ACME,
	  "page.kind",
	  {
		  { "id", NULL, "company", "page title companies/acme; configuration kinds" },
		  { "label", NULL, "Company", "page title companies/acme; configuration kinds" },
		  { "plural", NULL, "Companies", "page title companies/acme; configuration kinds" },
		  { "dir", NULL, "companies", "page title companies/acme; configuration kinds" },
		  { "schema", NULL, "Organization", "page title companies/acme; configuration kinds" },
		  { "url", NULL, "/companies/", "page title companies/acme; page title companies" },
		  { "is_entity", NULL, "true", "page title companies/acme; configuration kinds" },
		  { "is_main", NULL, "true", "page title companies/acme; configuration kinds" },
		  { "count", NULL, "3", "page title companies/acme; page title companies; member count companies" },
		  { "page", ".key", "companies", "page title companies/acme; page title companies" },
	  } },
	{ "name",
	  ACME,
	  "page.names[3]",
	  {
		  { "text", NULL, "Acmee", "page names companies/acme" },
		  { "lang", NULL, "fr", "page names companies/acme" },
		  { "use", NULL, "search", "page names companies/acme" },
		  { "note", NULL, "a misprint", "page names companies/acme" },
		  { "locator", NULL, "line 2", "page names companies/acme" },
		  { "letter", NULL, "a", "page names companies/acme" },
		  { "source", ".key", "sources/report", "page names companies/acme; page title sources/report" },
		  { "page", ".key", "companies/acme", "page names companies/acme; page title companies/acme" },
	  } },
	{ "name",
	  ACME,
	  "page.names[1]",
	  {
		  { "use", NULL, "title", "page names companies/acme" },
		  { "source", NULL, "nil", "page names companies/acme" },
	  } },
	{ "heading",
	  ACME,
	  "page.toc[1]",
	  {
		  { "id", NULL, "first", "page text companies/acme" },
		  { "text", NULL, "First", "page text companies/acme" },
		  { "level", NULL, "2", "page text companies/acme" },
	  } },
	{ "citation",
	  ACME,
	  "page.citations[1]",
	  {
		  { "number", NULL, "1", "page text companies/acme" },
		  { "id", NULL, "note-1", "page text companies/acme" },
		  { "fact", NULL, "nil", "page text companies/acme" },
		  { "source", ".key", "sources/report", "page text companies/acme; page title sources/report" },
		  { "locator", NULL, "line 3", "page text companies/acme" },
		  { "uses", NULL, "2", "page text companies/acme" },
		  { "refs", "*", "cite-1-1 cite-1-2 ", "page text companies/acme" },
	  } },
	{ "citation",
	  ACME,
	  "page.citations[2]",
	  {
		  { "fact", ".id", "f1", "page text companies/acme; fact f1" },
		  { "source", ".key", "sources/report", "page text companies/acme; fact f1; page title sources/report" },
		  { "locator", NULL, "line 11", "page text companies/acme; fact f1" },
	  } },
	{ "backlink",
	  ACME,
	  "page.backlinks[1]",
	  {
		  { "page", ".key", "companies/cog", "backlinks companies/acme; page title companies/cog" },
		  { "sentence", NULL, "<mark>Acme</mark> is near.",
		    "backlinks companies/acme; page text companies/cog; page names companies/acme" },
		  { "count", NULL, "1", "backlinks companies/acme" },
		  { "is_tag", NULL, "false", "backlinks companies/acme" },
	  } },
	{ "backlink",
	  "topics/ropes/index.html",
	  "page.backlinks[1]",
	  {
		  { "sentence", NULL, "", "backlinks topics/ropes; page text companies/bolt; page names topics/ropes" },
		  { "is_tag", NULL, "true", "backlinks topics/ropes" },
	  } },
	{ "comention",
	  ACME,
	  "page.comentions[1]",
	  {
		  { "page", ".key", "people/ada", "backlinks companies/acme; page title people/ada" },
		  { "count", NULL, "1", "backlinks companies/acme" },
	  } },
	{ "bucket",
	  ACME,
	  "page.backlink_buckets[1]",
	  {
		  { "label", NULL, "2026", "backlinks companies/acme" },
		  { "url", NULL, "/companies/acme/backlinks/2026/", "backlinks companies/acme" },
		  { "count", NULL, "1", "backlinks companies/acme" },
	  } },
	{ "bucket",
	  ACME,
	  "page.backlink_buckets[2]",
	  {
		  { "label", NULL, "undated", "backlinks companies/acme; string entity.backlinks_undated" },
	  } },
	{ "step",
	  "companies/page/2/index.html",
	  "pager.steps[2]",
	  {
		  { "number", NULL, "2", "" },
		  { "url", NULL, "/companies/page/2/", "" },
	  } },
	{ "source",
	  "sources/report/index.html",
	  "page.source",
	  {
		  { "publisher", NULL, "Press", "page front matter sources/report" },
		  { "author", NULL, "Eve", "page front matter sources/report" },
		  { "published", NULL, "2025-03-01", "page front matter sources/report" },
		  { "published_basis", NULL, "stated", "page front matter sources/report" },
		  { "accessed", NULL, "2026-01-02", "page front matter sources/report" },
		  { "url", NULL, "https://press.example/r", "page front matter sources/report" },
		  { "archived", NULL, "https://archive.example/r", "page front matter sources/report" },
		  { "license", NULL, "CC0", "page front matter sources/report" },
		  { "reliability", NULL, "good", "page front matter sources/report" },
		  { "translation", NULL, "from French", "page front matter sources/report" },
		  { "rests_on", "*.key", "sources/study ",
		    "page front matter sources/report; page title sources/study" },
		  { "notes", "*", "one two ", "page front matter sources/report" },
	  } },
	{ "rests",
	  "sources/report/index.html",
	  "page.rests",
	  {
		  { "facts", "*.id", "f1 f3 ", "page evidence sources/report; fact f1; fact f3" },
		  { "relations", "*.id", "r1 ", "page evidence sources/report" },
		  { "events", "*.id", "e1 ", "page evidence sources/report; record event:e1" },
		  { "quotes", "*.id", "q1 ", "page evidence sources/report; record quote:q1" },
		  { "comparisons", "*.id", "c1 ", "page evidence sources/report; record comparison:c1" },
		  { "names", "*.text", "Acmee ", "page evidence sources/report" },
		  { "sources", "#", "0", "page evidence sources/report" },
	  } },
	{ "rests",
	  "sources/study/index.html",
	  "page.rests",
	  {
		  { "sources", "*.key", "sources/report ", "page evidence sources/study; page title sources/report" },
		  { "facts", "#", "0", "page evidence sources/study" },
	  } },
	{ "tag list",
	  ACME,
	  "page.tagged[1]",
	  {
		  { "kind", ".id", "topic", "page front matter companies/acme; configuration kinds" },
		  { "pages", "*.key", "topics/ropes ", "page front matter companies/acme; page title topics/ropes" },
	  } },
	{ "field",
	  ACME,
	  "page.fields[1]",
	  {
		  { "name", NULL, "launched", "page front matter companies/acme" },
		  { "label", NULL, "Launched", "page front matter companies/acme" },
		  { "value", NULL, "1998", "page front matter companies/acme" },
	  } },
	{ "field",
	  ACME,
	  "page.fields[2]",
	  {
		  { "value", ".key", "companies/bolt", "page front matter companies/acme; page title companies/bolt" },
	  } },
	{ "link",
	  ACME,
	  "page.links[1]",
	  {
		  { "label", NULL, "Site", "page front matter companies/acme" },
		  { "url", NULL, "https://acme.example/", "page front matter companies/acme" },
	  } },
	{ "fact",
	  ACME,
	  "fact('f1')",
	  {
		  { "id", NULL, "f1", "fact f1" },
		  { "anchor", NULL, "fact-f1", "fact f1" },
		  { "url", NULL, "/companies/acme/#fact-f1", "fact f1; page title companies/acme" },
		  { "measure", NULL, "Staff", "fact f1" },
		  { "value", NULL, "1200", "fact f1" },
		  { "max", NULL, "nil", "fact f1" },
		  { "display", NULL, "about 1,200 people", "fact f1" },
		  { "unit", NULL, "people", "fact f1" },
		  { "approx", NULL, "about", "fact f1" },
		  { "as_of", NULL, "2025-02", "fact f1" },
		  { "as_of_text", NULL, "February 2025", "fact f1" },
		  { "as_of_basis", NULL, "inferred", "fact f1" },
		  { "edition", NULL, "2025", "fact f1" },
		  { "scope", NULL, "all", "fact f1" },
		  { "locator", NULL, "line 11", "fact f1" },
		  { "quote", NULL, "twelve hundred", "fact f1" },
		  { "attributed_to", NULL, "The chief", "fact f1" },
		  { "confidence", NULL, "high", "fact f1" },
		  { "status", NULL, "current", "fact f1" },
		  { "note", NULL, "rounded", "fact f1" },
		  { "is_stale", NULL, "false", "fact f1; staleness fact:f1" },
		  { "review_by", NULL, "nil", "fact f1" },
		  { "basis", NULL, "stated", "fact f1" },
		  { "subject", ".key", "companies/acme", "fact f1; page title companies/acme" },
		  { "source", ".key", "sources/report", "fact f1; page title sources/report" },
		  { "about", "*.key", "companies/bolt ", "fact f1; page title companies/bolt" },
		  { "set", ".kind", "conflict",
		    "fact f1; page comparisons companies/acme; record "
		    "comparison:companies-acme-staff-people-conflict" },
	  } },
	{ "fact",
	  ACME,
	  "fact('f3')",
	  {
		  { "value", NULL, "2", "fact f3" },
		  { "max", NULL, "5", "fact f3" },
		  { "display", NULL, "2–5", "fact f3" },
		  { "as_of", NULL, "nil", "fact f3" },
		  { "as_of_text", NULL, "nil", "fact f3" },
		  { "set", NULL, "nil", "fact f3; page comparisons companies/acme" },
		  { "comparisons", "*.id", "c1 ", "fact f3; page comparisons companies/acme; record comparison:c1" },
		  { "unit", NULL, "", "fact f3" },
	  } },
	{ "relation",
	  ACME,
	  "page.relations[1]",
	  {
		  { "id", NULL, "r1", "page relations companies/acme; end of relation r1" },
		  { "type", NULL, "founded_by", "page relations companies/acme; end of relation r1" },
		  { "label", NULL, "Founded by", "page relations companies/acme; end of relation r1" },
		  { "anchor", NULL, "relation-r1", "page relations companies/acme; end of relation r1" },
		  { "is_reverse", NULL, "false", "page relations companies/acme; end of relation r1" },
		  { "is_former", NULL, "true", "page relations companies/acme; end of relation r1" },
		  { "role", NULL, "chief", "page relations companies/acme; end of relation r1" },
		  { "share", NULL, "50%", "page relations companies/acme; end of relation r1" },
		  { "from", NULL, "2019", "page relations companies/acme; end of relation r1" },
		  { "to", NULL, "2023", "page relations companies/acme; end of relation r1" },
		  { "period", NULL, "2019–2023", "page relations companies/acme; end of relation r1" },
		  { "locator", NULL, "line 6", "page relations companies/acme; end of relation r1" },
		  { "quote", NULL, "Ada did it", "page relations companies/acme; end of relation r1" },
		  { "note", NULL, "a remark", "page relations companies/acme; end of relation r1" },
		  { "basis", NULL, "stated", "page relations companies/acme; end of relation r1" },
		  { "page", ".key", "people/ada",
		    "page relations companies/acme; end of relation r1; page title people/ada" },
		  { "source", ".key", "sources/report",
		    "page relations companies/acme; end of relation r1; page title sources/report" },
	  } },
	{ "relation",
	  "people/ada/index.html",
	  "page.relations[1]",
	  {
		  { "label", NULL, "Founder of", "page relations people/ada; end of relation r1" },
		  { "is_reverse", NULL, "true", "page relations people/ada; end of relation r1" },
		  { "page", ".key", "companies/acme",
		    "page relations people/ada; end of relation r1; page title companies/acme" },
	  } },
	{ "relation group",
	  ACME,
	  "page.relation_groups[1]",
	  {
		  { "label", NULL, "Founded by", "page relations companies/acme; end of relation r1" },
		  { "items", "*.id", "r1 ", "page relations companies/acme; end of relation r1" },
	  } },
	{ "event",
	  ACME,
	  "page.events[1]",
	  {
		  { "id", NULL, "e1", "page events companies/acme; record event:e1" },
		  { "date", NULL, "2025-01/2025-03", "page events companies/acme; record event:e1" },
		  { "date_text", NULL, "January 2025–March 2025", "page events companies/acme; record event:e1" },
		  { "year", NULL, "2025", "page events companies/acme; record event:e1" },
		  { "text", NULL, "Acme sails", "page events companies/acme; record event:e1" },
		  { "locator", NULL, "line 1", "page events companies/acme; record event:e1" },
		  { "quote", NULL, "it sails", "page events companies/acme; record event:e1" },
		  { "note", NULL, "windy", "page events companies/acme; record event:e1" },
		  { "basis", NULL, "stated", "page events companies/acme; record event:e1" },
		  { "source", ".key", "sources/report",
		    "page events companies/acme; record event:e1; page title sources/report" },
		  { "about", "*.key", "companies/acme companies/bolt ",
		    "page events companies/acme; record event:e1; page title companies/acme; page title "
		    "companies/bolt" },
	  } },
	{ "quote",
	  "people/ada/index.html",
	  "page.quotes[1]",
	  {
		  { "id", NULL, "q1", "page quotes people/ada; record quote:q1" },
		  { "text", NULL, "Ropes hold.", "page quotes people/ada; record quote:q1" },
		  { "locator", NULL, "line 3", "page quotes people/ada; record quote:q1" },
		  { "is_verbatim", NULL, "false", "page quotes people/ada; record quote:q1" },
		  { "note", NULL, "retold", "page quotes people/ada; record quote:q1" },
		  { "speaker", ".key", "people/ada", "page quotes people/ada; record quote:q1; page title people/ada" },
		  { "source", ".key", "sources/report",
		    "page quotes people/ada; record quote:q1; page title sources/report" },
		  { "about", "*.key", "companies/acme ",
		    "page quotes people/ada; record quote:q1; page title companies/acme" },
	  } },
	{ "comparison",
	  "companies/bolt/index.html",
	  "page.comparisons[1]",
	  {
		  { "id", NULL, "c1", "page comparisons companies/bolt; record comparison:c1" },
		  { "anchor", NULL, "comparison-c1", "page comparisons companies/bolt; record comparison:c1" },
		  { "url", NULL, "/comparisons/#comparison-c1",
		    "page comparisons companies/bolt; record comparison:c1; query find tag=comparisons" },
		  { "title", NULL, "Staff and ships", "page comparisons companies/bolt; record comparison:c1" },
		  { "kind", NULL, "look-alike", "page comparisons companies/bolt; record comparison:c1" },
		  { "kind_label", NULL, "look-alike",
		    "page comparisons companies/bolt; record comparison:c1; string comparison.kinds.look-alike" },
		  { "is_computed", NULL, "false", "page comparisons companies/bolt; record comparison:c1" },
		  { "is_conflict", NULL, "false", "page comparisons companies/bolt; record comparison:c1" },
		  { "explanation", NULL, "<p>One <em>counts</em> people.</p>\n",
		    "page comparisons companies/bolt; record comparison:c1" },
		  { "facts", "*.id", "f1 f3 ",
		    "page comparisons companies/bolt; record comparison:c1; fact f1; fact f3" },
		  { "passages", "#", "1", "page comparisons companies/bolt; record comparison:c1" },
		  { "about", "*.key", "companies/bolt ",
		    "page comparisons companies/bolt; record comparison:c1; page title companies/bolt" },
		  { "subject", NULL, "nil", "page comparisons companies/bolt; record comparison:c1" },
	  } },
	{ "comparison",
	  ACME,
	  "comparisons{status='disagreement'}[1]",
	  {
		  { "is_computed", NULL, "true",
		    "query comparisons status=disagreement; record comparison:companies-acme-staff-people-conflict" },
		  { "is_conflict", NULL, "true",
		    "query comparisons status=disagreement; record comparison:companies-acme-staff-people-conflict" },
		  { "subject", ".key", "companies/acme",
		    "query comparisons status=disagreement; record comparison:companies-acme-staff-people-conflict; "
		    "page title companies/acme" },
		  { "facts", "*.id", "f1 f2 ",
		    "query comparisons status=disagreement; record comparison:companies-acme-staff-people-conflict; f"
		    "act f1; fact f2" },
	  } },
	{ "passage",
	  "companies/bolt/index.html",
	  "page.comparisons[1].passages[1]",
	  {
		  { "source", ".key", "sources/report",
		    "page comparisons companies/bolt; record comparison:c1; page title sources/report" },
		  { "locator", NULL, "line 3", "page comparisons companies/bolt; record comparison:c1" },
		  { "quote", NULL, "so it is", "page comparisons companies/bolt; record comparison:c1" },
	  } },
	{ "site",
	  ACME,
	  "site",
	  {
		  { "title", NULL, "Test", "configuration title" },
		  { "base_url", NULL, "https://example.org/sub/", "configuration base_url" },
		  { "description", NULL, "About it", "configuration description" },
		  { "language", NULL, "en", "configuration language" },
		  { "author", NULL, "Ann", "configuration author" },
		  { "copyright", NULL, "Ann 2026", "configuration copyright" },
		  { "feed_url", NULL, "/feed.xml", "" },
		  { "json_feed_url", NULL, "/feed.json", "" },
		  { "home", ".key", "index", "page title index" },
		  { "menu", "*.label", "Firms ", "configuration menu" },
		  { "chapters", "*.id", "company person topic ", "configuration kinds; site all" },
		  { "sections", "*.id", "company person topic source ",
		    "configuration kinds; any member companies; any member people; any member topics; query find "
		    "tag=articles; any member sources" },
		  { "extra", ".colour", "sea", "configuration extra" },
		  { "previews", NULL, "1", "site previews" },
		  { "counts", ".pages", "8", "query pages no_builtin=1 counts=1 limit=1" },
		  { "has", "('companies')", "true", "query find tag=companies" },
		  { "has", "('nowhere')", "false", "query find tag=nowhere" },
	  } },
	{ "menu entry",
	  ACME,
	  "site.menu[1]",
	  {
		  { "label", NULL, "Firms", "configuration menu" },
		  { "url", NULL, "/companies/", "configuration menu" },
	  } },
	{ "counts",
	  ACME,
	  "site.counts",
	  {
		  { "pages", NULL, "8", "query pages no_builtin=1 counts=1 limit=1" },
		  { "entities", NULL, "5", "query pages entities=1 counts=1 limit=1" },
		  { "facts", NULL, "3", "query facts counts=1 limit=1" },
		  { "sources", NULL, "3", "query pages kind=source counts=1 limit=1" },
		  { "relations", NULL, "1", "query relations counts=1 limit=1" },
		  { "events", NULL, "1", "query events counts=1 limit=1" },
		  { "quotes", NULL, "1", "query quotes counts=1 limit=1" },
		  { "comparisons", NULL, "2", "query comparisons counts=1 limit=1" },
		  { "disagreements", NULL, "1", "query comparisons status=disagreement counts=1 limit=1" },
	  } },
	{ "config",
	  ACME,
	  "config",
	  {
		  { "get", "('lists.page_size')", "2", "configuration lists.page_size" },
		  { "get", "('no.such') ?? 'nil'", "nil", "configuration no.such" },
	  } },
	{ "output",
	  ACME,
	  "output",
	  {
		  { "url", NULL, "/companies/acme/", "" },
		  { "path", NULL, "companies/acme/index.html", "" },
		  { "part", NULL, "1", "" },
		  { "parts", NULL, "1", "" },
		  { "bucket", NULL, "", "" },
		  { "is_offline", NULL, "false", "" },
		  { "root", NULL, "/sub/", "" },
	  } },
	{ "output",
	  "companies/page/2/index.html",
	  "output",
	  {
		  { "url", NULL, "/companies/page/2/", "" },
		  { "part", NULL, "2", "" },
		  { "parts", NULL, "2", "" },
	  } },
	{ "output",
	  "companies/acme/backlinks/2026/index.html",
	  "output",
	  {
		  { "url", NULL, "/companies/acme/backlinks/2026/", "" },
		  { "bucket", NULL, "2026", "" },
	  } },
	{ "pager",
	  "companies/index.html",
	  "pager",
	  {
		  { "items", "*.key", "companies/acme companies/bolt ",
		    "query members about=companies limit=2; page title companies/acme; page title companies/bolt" },
		  { "total", NULL, "3", "member count companies" },
		  { "number", NULL, "1", "" },
		  { "count", NULL, "2", "" },
		  { "first_url", NULL, "nil", "" },
		  { "prev_url", NULL, "nil", "" },
		  { "next_url", NULL, "/companies/page/2/", "" },
		  { "last_url", NULL, "/companies/page/2/", "" },
		  { "urls", "*", "/companies/ /companies/page/2/ ", "" },
		  { "steps", "*.number", "1 2 ", "" },
	  } },
	{ "pager",
	  "companies/page/2/index.html",
	  "pager",
	  {
		  { "items", "*.key", "companies/cog ",
		    "query members about=companies offset=2 limit=2; page title companies/cog" },
		  { "total", NULL, "3", "member count companies" },
		  { "number", NULL, "2", "" },
		  { "first_url", NULL, "/companies/", "" },
		  { "prev_url", NULL, "/companies/", "" },
		  { "next_url", NULL, "nil", "" },
		  { "last_url", NULL, "nil", "" },
	  } },
	{ "pager",
	  "companies/acme/backlinks/2026/index.html",
	  "pager",
	  {
		  { "items", "*.page.key", "companies/bolt ", "backlinks companies/acme; page title companies/bolt" },
		  { "total", NULL, "1", "backlinks companies/acme" },
		  { "buckets", "*.label", "2026 undated ", "backlinks companies/acme; string entity.backlinks_undated" },
	  } },
	{ "pager",
	  ACME,
	  "pager",
	  {
		  { "items", "#", "0", "" },
		  { "total", NULL, "0", "" },
		  { "next_url", NULL, "nil", "" },
	  } },
};

static const char *field_template(struct binding *b, const struct object *x, const struct field_row *f)
{
	const char *rest = f->rest;

	if (!rest)
		return str_z(&b->t.arena, str_format(&b->t.arena, "{{ %s.%s ?? 'nil' }}", x->of, f->name));
	if (rest[0] == '#')
		return str_z(&b->t.arena, str_format(&b->t.arena, "{{ #%s.%s }}", x->of, f->name));
	if (rest[0] == '*')
		return str_z(&b->t.arena, str_format(&b->t.arena, "{%% for i in %s.%s %%}{{ i%s }} {%% end %%}", x->of,
						     f->name, rest + 1));
	return str_z(&b->t.arena, str_format(&b->t.arena, "{{ %s.%s%s }}", x->of, f->name, rest));
}

static void fields_give_the_site_and_note_what_they_read(void **state)
{
	struct binding *b = *state;
	size_t failures = 0;

	for (size_t i = 0; i < COUNT(objects); i++) {
		for (const struct field_row *f = objects[i].fields; f->name; f++) {
			const char *template = field_template(b, &objects[i], f);

			render_at(b, objects[i].at, template, false);
			failures += differs("output", template, &b->out, f->output);
			failures += differs("what was read", template, &b->read, f->read);
		}
	}
	assert_int_equal(failures, 0);
}

static bool is_tried(const char *cls, const char *field)
{
	for (size_t i = 0; i < COUNT(objects); i++)
		for (const struct field_row *f = objects[i].fields; strcmp(objects[i].name, cls) == 0 && f->name; f++)
			if (strcmp(f->name, field) == 0)
				return true;
	return false;
}

static void no_field_is_left_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < BIND_LAST; i++)
		for (size_t k = 0; k < bind_classes[i]->n_fields; k++)
			if (!is_tried(bind_classes[i]->name, bind_classes[i]->fields[k].name))
				fail_msg("%s.%s", bind_classes[i]->name, bind_classes[i]->fields[k].name);
}

static void check_rows(struct binding *b, const struct row *rows, size_t n)
{
	size_t failures = 0;

	for (size_t i = 0; i < n; i++) {
		render_at(b, rows[i].at, rows[i].template, false);
		failures += differs("output", rows[i].template, &b->out, rows[i].output);
		failures += differs("what was read", rows[i].template, &b->read, rows[i].read);
	}
	assert_int_equal(failures, 0);
}

static const struct row calls[] = {
	{ ACME, "{% for p in pages{} %}{{ p.key }} {% end %}",
	  "companies/acme people/ada companies/bolt companies/cog sources/other sources/report topics/ropes"
	  " sources/study ",
	  "query pages no_builtin=1; page title companies/acme; page title people/ada; page title companies/bolt; page "
	  "title companies/cog; page title sources/other; page title sources/report; page title topics/ropes; page "
	  "title sources/study" },
	{ ACME, "{% for p in pages{kind='company', sort='-date', limit=1, offset=1} %}{{ p.key }} {% end %}",
	  "companies/bolt ",
	  "query pages kind=company sort=-date no_builtin=1 offset=1 limit=1; page title companies/bolt" },
	{ ACME, "{% for p in pages{section='sources', sort='title'} %}{{ p.key }} {% end %}",
	  "sources/other sources/report sources/study ",
	  "query pages section=sources sort=title no_builtin=1; page title sources/other; page title sources/report; "
	  "page title sources/study" },
	{ ACME, "{% for p in pages{tag='Ropes'} %}{{ p.key }} {% end %}", "companies/acme companies/bolt ",
	  "query find tag=Ropes; query pages tag=topics/ropes no_builtin=1; page title companies/acme; page title "
	  "companies/bolt" },
	{ ACME, "{{ #pages{tag=find('ropes')} }}", "2",
	  "query find tag=ropes; query pages tag=topics/ropes no_builtin=1" },
	{ ACME, "{% for p in pages{status='stale'} %}{{ p.key }} {% end %}", "companies/acme ",
	  "query pages status=stale no_builtin=1; page title companies/acme" },
	{ ACME, "{{ #pages{entities=true} }}", "5", "query pages entities=1 no_builtin=1" },
	{ ACME, "{{ #entities{} }} {{ #entities() }}", "5 5", "query pages entities=1 no_builtin=1" },
	{ ACME, "{% for p in entities{kind='topic'} %}{{ p.key }} {% end %}", "topics/ropes ",
	  "query pages kind=topic entities=1 no_builtin=1; page title topics/ropes" },
	{ ACME, "{{ #pages{kind='absent'} }}", "0", "query pages kind=absent no_builtin=1" },
	{ ACME, "{% for f in facts{about='acme', measure='staff'} %}{{ f.id }} {% end %}", "f1 f2 ",
	  "query find tag=acme; query facts about=companies/acme measure=staff; fact f1; fact f2" },
	{ ACME,
	  "{{ #facts{source='report'} }} {{ #facts{status='stale'} }} {{ #facts{kind='person'} }} {{ #facts"
	  "{sort='measure', limit=1} }}",
	  "2 0 0 1",
	  "query find tag=report; query facts source=sources/report; query facts status=stale; query facts "
	  "kind=person; query facts sort=measure limit=1" },
	{ ACME, "{% for e in events{about='bolt'} %}{{ e.id }} {% end %}{{ #events{source='study'} }}", "e1 0",
	  "query find tag=bolt; query events about=companies/bolt; record event:e1; query find tag=study; q"
	  "uery events source=sources/study" },
	{ ACME,
	  "{% for q in quotes{about='acme', source='report'} %}{{ q.id }} {% end %}{{ #quotes{limit=1, offs"
	  "et=1} }}",
	  "q1 0",
	  "query find tag=acme; query find tag=report; query quotes about=companies/acme source=sources/rep"
	  "ort; record quote:q1; query quotes offset=1 limit=1" },
	{ ACME,
	  "{% for c in comparisons{kind='look-alike'} %}{{ c.id }} {% end %}{{ #comparisons{about='bolt'} }"
	  "} {{ #comparisons{status='disagreement'} }}",
	  "c1 1 1",
	  "query comparisons kind=look-alike; record comparison:c1; query find tag=bolt; query comparisons "
	  "about=companies/bolt; query comparisons status=disagreement" },
	{ ACME, "{% for n in names{letter='a'} %}{{ n.text }} {% end %}{{ #names{limit=2, offset=1} }}",
	  "Acme Acme Ltd Acmee Ada Holm 2", "query names letter=a; query names offset=1 limit=2" },
	{ ACME, "{{ find('Bolt').key }} {{ find('nobody')?.key ?? 'nil' }} {{ find('Ghost')?.key ?? 'nil' }}",
	  "companies/bolt nil nil",
	  "query find tag=Bolt; page title companies/bolt; query find tag=nobody; query find tag=Ghost" },
	{ ACME, "{{ fact('f2').id }} {{ fact('f9')?.id ?? 'nil' }}", "f2 nil", "fact f2; fact f9" },
	{ ACME, "{{ link(find('bolt')) }} {{ link(find('bolt'), 'a <b>') }}",
	  "<a href=\"/sub/companies/bolt/\">Bolt</a> <a href=\"/sub/companies/bolt/\">a &lt;b&gt;</a>",
	  "query find tag=bolt; page title companies/bolt" },
	{ ACME, "{{ cite(find('report'), 'p. <1>') }} {{ cite(fact('f1')) }} {{ cite(fact('f1'), 'x') }}",
	  "<cite><a href=\"/sub/sources/report/\">Report</a></cite>, p. &lt;1&gt; <cite><a href=\"/sub/sour"
	  "ces/report/\">Report</a></cite>, line 11 <cite><a href=\"/sub/sources/report/\">Report</a></cite"
	  ">, x",
	  "query find tag=report; page title sources/report; fact f1" },
	{ ACME, "{{ markdown('a *b* [[bolt]] [[Cog]]') }}|{{ '# x' | markdown }}",
	  "a <em>b</em> <a href=\"/sub/companies/bolt/\">Bolt</a> <a href=\"/sub/companies/cog/\">Cog</a>|<"
	  "h1>x</h1>\n",
	  "query find tag=bolt; page title companies/bolt; page names companies/bolt; query find tag=Cog; page title "
	  "companies/cog; page names companies/cog" },
	{ ACME, "{{ markdown('one\\n\\ntwo') }}", "<p>one</p>\n<p>two</p>\n", "" },
	{ ACME, "{{ t('mine.greeting') }} {{ t('mine.greeting', {name = '<Eve>'}) }}",
	  "Hello {name}, {other} Hello &lt;Eve&gt;, {other}", "string mine.greeting" },
	{ ACME,
	  "{{ '/companies/' | relative_url }} {{ '/companies/' | absolute_url }} {{ 'https://x.example/' | "
	  "relative_url }}",
	  "/sub/companies/ https://example.org/sub/companies/ https://x.example/", "configuration base_url" },
	{ ACME, "{{ 'theme/style.css' | asset | split('.') | length }}", "3", "asset theme/style.css" },
	{ ACME, "{{ data.prices.rope }}", "5", "data file prices" },
	{ ACME, "{{ data?.absent ?? 'nil' }}", "nil", "data file absent" },
	{ ACME, "{{ #pages{tag=find('bolt').key} }}", "0",
	  "query find tag=bolt; page title companies/bolt; query find tag=companies/bolt; query pages "
	  "tag=companies/bolt no_builtin=1" },
	{ ACME, "{{ markdown('[[Ghost]] [[bolt|b]]') }}", "Ghost <a href=\"/sub/companies/bolt/\">b</a>",
	  "query find tag=Ghost; query find tag=bolt; page title companies/bolt" },
};

static void functions_and_filters_note_what_they_read(void **state)
{
	check_rows(*state, calls, COUNT(calls));
}

static const struct row mistakes[] = {
	{ ACME, "{{ data.absent }}", "template/undefined-field 'absent' is not defined on a data", "data file absent" },
	{ ACME, "{{ page.nmae }}",
	  "template/undefined-field 'nmae' is not defined on page companies/acme [it has key, slug, url, ti"
	  "tle, kind, lang, schema, template, …]",
	  "" },
	{ ACME, "{{ page.title.x }}",
	  "lua/not-available there is no 'string.x' here [the sandbox leaves out what reaches beyond it]",
	  "page title companies/acme" },
	{ ACME, "{{ site.titel }}", "template/undefined-field 'titel' is not defined on a site [did you mean 'title'?]",
	  "" },
	{ ACME, "{{ #pages{knd='company'} }}",
	  "template/unknown-argument a query knows no condition `knd` [did you mean 'kind'?]", "" },
	{ ACME, "{{ #pages('company') }}", "template/wrong-type a query takes a table of conditions, not a string",
	  "" },
	{ ACME, "{{ #pages{limit='x'} }}", "template/wrong-type limit must be a whole number, not a string", "" },
	{ ACME, "{{ #pages{limit=-1} }}", "template/wrong-type limit must be a whole number, not a number", "" },
	{ ACME, "{{ #pages{kind={}} }}", "template/wrong-type kind must be text, not a table", "" },
	{ ACME, "{{ #pages{tag='nobody'} }}",
	  "template/unknown-page tag: no page, or more than one, is called `nobody`", "query find tag=nobody" },
	{ ACME, "{{ #facts{about='Ghost'} }}",
	  "template/unknown-page about: no page, or more than one, is called `Ghost`", "query find tag=Ghost" },
	{ ACME, "{{ find({}) }}", "template/wrong-type a reference must be text, not a table", "" },
	{ ACME, "{{ fact(nil) }}", "template/wrong-type an id must be text, not nil", "" },
	{ ACME, "{{ link('bolt') }}", "template/wrong-type `link` needs a page, not a string", "" },
	{ ACME, "{{ cite('report') }}", "template/wrong-type `cite` needs a page, not a string", "" },
	{ ACME, "{{ markdown({}) }}", "template/wrong-type Markdown must be text, not a table", "" },
	{ ACME, "{{ t('mine.greetin') }}", "template/unknown-string the strings table has no text `mine.greetin`",
	  "string mine.greetin" },
	{ ACME, "{{ t({}) }}", "template/wrong-type the key of a text must be text, not a table", "" },
	{ ACME, "{{ 'theme/stile.css' | asset }}",
	  "template/unknown-asset there is no asset `theme/stile.css` [did you mean 'theme/style.css'?]",
	  "asset theme/stile.css" },
	{ ACME, "{{ {} | relative_url }}", "template/wrong-type an address must be text, not a table", "" },
	{ ACME, "{{ page.get({}) }}", "template/wrong-type `get` needs the name of a key", "" },
	{ ACME, "{{ config.get({}) }}", "template/wrong-type `config.get` needs the name of a key", "" },
	{ ACME, "{{ site.has({}) }}", "template/wrong-type `site.has` needs the name of a page", "" },
	{ ACME, "{{ page }}",
	  "template/wrong-type a page cannot be printed [print one of its fields, or use a filter such as '"
	  "join' or 'json']",
	  "" },
	{ ACME, "{{ markdown('<i>') }}",
	  "markdown/raw-html raw HTML is left out [write it in Markdown or as a shortcode, or set markdown."
	  "unsafe = true in site.toml; for a literal '<' write '&lt;']",
	  "" },
	{ ACME, "{{ config.title }}", "template/undefined-field 'title' is not defined on a config [it has get]", "" },
	{ ACME, "{{ output.nope }}",
	  "template/undefined-field 'nope' is not defined on a output [it has url, path, part, parts, bucke"
	  "t, is_offline, root]",
	  "" },
};

static void mistakes_have_their_message(void **state)
{
	check_rows(*state, mistakes, COUNT(mistakes));
}

static void a_place_offline_is_relative(void **state)
{
	struct binding *b = *state;

	render_at(b, ACME, "{{ output.is_offline }} {{ output.root }} {{ '/companies/bolt/' | relative_url }}", true);
	assert_string_equal(b->out.ptr, "true ../../ ../bolt/index.html");
}

/* Neither its name nor its address, however it is asked for. */
static void nothing_shows_what_is_withheld(void **state)
{
	static const char *const all[] = {
		"{{ page.extra | json }}",
		"{% for f in page.fields %}{{ f.name == 'owner' and f.value.title or f.value }}{% end %}",
		"{% for t in page.tagged %}{% for p in t.pages %}{{ p.title }}{% end %}{% end %}",
		"{{ page.get('owner')?.title ?? '' }}{{ page.get('topics') ?? '' }}",
		"{{ page.body }}",
		"{% for p in pages{} %}{{ p.title }}{% end %}{% for n in names{} %}{{ n.text }}{% end %}",
	};
	static const char *const pages[] = { ACME, "companies/bolt/index.html" };
	struct binding *b = *state;

	for (size_t i = 0; i < COUNT(all); i++) {
		for (size_t k = 0; k < COUNT(pages); k++) {
			render_at(b, pages[k], all[i], false);
			assert_int_equal(b->dl.errors, 0);
			assert_false(str_contains(buf_str(&b->out), STR("host")));
			assert_false(str_contains(buf_str(&b->out), STR("yvern")));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_give_the_site_and_note_what_they_read),
		cmocka_unit_test(no_field_is_left_out),
		cmocka_unit_test(functions_and_filters_note_what_they_read),
		cmocka_unit_test(mistakes_have_their_message),
		cmocka_unit_test(a_place_offline_is_relative),
		cmocka_unit_test(nothing_shows_what_is_withheld),
	};

	return cmocka_run_group_tests_name("bind", tests, set_up, tear_down);
}
