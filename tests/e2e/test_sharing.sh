#!/usr/bin/env bash
# What the site tells machines keeps to the rules of each form: Atom, JSON Feed, sitemap, JSON-LD, OpenGraph.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
: "${TOOLS_DIR:?where sharing-check is}"
check=$TOOLS_DIR/sharing-check
schemas=$repo/tests/schemas

# sound NAME MODE DIR FILES [SCHEMA]: every file of that name in DIR keeps to the rules, and there is one.
sound() {
	local said count
	count=$(find "$3" -name "$4" | wc -l)
	said=$(find "$3" -name "$4" -print0 | xargs -0 "$check" "$2" ${5:+"$5"} 2>&1 | head -n 5)
	if [ "$count" -gt 0 ] && [ -z "$said" ]; then ok "$1"; else not_ok "$1" "$count files" "$said"; fi
}

all_sound() {
	sound "$1: Atom" schema "$2" feed.xml "$schemas/atom.rng"
	sound "$1: JSON Feed" jsonfeed "$2" feed.json
	sound "$1: the sitemap" schema "$2" 'sitemap*.xml' "$schemas/sitemap.rng"
	sound "$1: JSON-LD" jsonld "$2" '*.html' "$schemas/schema-org.txt"
	sound "$1: OpenGraph" meta "$2" '*.html'
}

# breach NAME WHAT MODE SCHEMA FILE SED-SCRIPT: the file, edited, is refused with these words.
breach() {
	sed "$6" "$5" > broken
	if cmp -s "$5" broken; then not_ok "$1" 'the edit changed nothing'; return; fi
	has "$1" "$2" "$("$check" "$3" ${4:+"$4"} broken 2>&1)"
}

# node FILE TYPE: what the page's JSON-LD says of the first node of that type, in one line.
node() {
	tr -d '\n' < "$1" | sed 's/,{"@type":"/\n&/g' | grep "^,{\"@type\":\"$2\"" | head -n 1
}

run init small
printf -- '+++\ntitle = "</script> & \\"so\\""\ndate = 2025-05-01\nupdated = 2025-05-02T10:00:00+02:00\nauthors = ["A & B"]\ntags = ["a, b"]\nlang = "zh-Hans"\nimage = "/picture.png"\ncompanies = ["Merrow Tidal"]\n+++\n\nMerrow Tidal ]]> &lt;b>.\n' > small/content/articles/odd.md
printf -- '+++\ntitle = "Blank"\ndate = "2025-04"\n+++\n' > small/content/articles/blank.md
mkdir -p small/assets
cp "$repo/docs/images/entity-narrow.png" small/assets/picture.png
run build small
is 'a small site builds' 0 $status
all_sound 'a small site' small/public

article=small/public/articles/odd/index.html
has 'an article has its language for cards' '<meta property="og:locale" content="zh_Hans">' "$(cat $article)"
has 'its times' '<meta property="article:modified_time" content="2025-05-02T10:00:00+02:00">' "$(cat $article)"
has 'its picture, with a text' '<meta property="og:image:alt"' "$(cat $article)"
has 'a large card' '<meta name="twitter:card" content="summary_large_image">' "$(cat $article)"
lacks 'no script ends early' '</script> & "so"' "$(cat $article)"
has 'a feed leads the head of every page' '<link rel="alternate" type="application/feed+json"' "$(cat $article)"
has 'an entity has a feed of its own' 'href="/companies/merrow-tidal/feed.json"' "$(cat small/public/companies/merrow-tidal/index.html)"
has 'an article says what it is about' '"about":[{"@id":"http://localhost/companies/merrow-tidal/"' "$(node $article Article)"
claim=$(node small/public/companies/merrow-tidal/index.html Claim)
has 'a figure is a claim about its subject' '"about":{"@id":"http://localhost/companies/merrow-tidal/"' "$claim"
has 'it appears in its source' '"appearance":{"@type":"CreativeWork","@id":"http://localhost/sources/' "$claim"
has 'which is cited' '"citation":{"@id":"http://localhost/sources/' "$claim"
has 'with the time it is of' '"temporalCoverage":"20' "$claim"
has 'the home page says how to search' '"urlTemplate":"http://localhost/search/?q={query}"' "$(cat small/public/index.html)"

# The rules are felt.
feed=small/public/feed.xml
breach 'an entry without a time' 'updated' schema "$schemas/atom.rng" $feed 's|<updated>[^<]*</updated>||'
breach 'a day where a moment is asked' 'dateTime' schema "$schemas/atom.rng" $feed 's|T00:00:00Z</updated>|</updated>|'
breach 'a feed without an author' 'author' schema "$schemas/atom.rng" $feed '/^<author>/d'
breach 'an address of a page alone' 'anyURI' schema "$schemas/sitemap.rng" small/public/sitemap.xml 's|http://localhost||'
breach 'a time without an offset' 'lastmod' schema "$schemas/sitemap.rng" small/public/sitemap.xml 's|<lastmod>[^<]*|&T10:00:00|'
feed=small/public/feed.json
breach 'an item without content' 'without content' jsonfeed '' $feed 's/"content_html"/"_content"/'
breach 'a key that is not known' 'unknown' jsonfeed '' $feed 's/"summary"/"abstract"/'
breach 'a day alone in an item' 'not of its form' jsonfeed '' $feed 's/T00:00:00Z"/"/'
breach 'another version' 'version' jsonfeed '' $feed 's|version/1.1|version/1|'
breach 'a property of another type' "has no property 'headline'" jsonld "$schemas/schema-org.txt" small/public/companies/index.html 's/"name"/"headline"/g'
breach 'a type that is not known' 'unknown type' jsonld "$schemas/schema-org.txt" $article 's/"@type":"Article"/"@type":"Artikel"/'
breach 'a claim without a source' 'Claim without appearance' jsonld "$schemas/schema-org.txt" small/public/companies/merrow-tidal/index.html 's/"appearance"/"description"/'
breach 'a crumb out of place' 'positions' jsonld "$schemas/schema-org.txt" $article 's/"position":2/"position":3/'
breach 'another address than the canonical one' 'canonical' meta '' $article 's|<link rel="canonical" href="|&x|'
breach 'a picture without words' 'needs its text' meta '' $article '/og:image:alt/d'
breach 'no description' 'no og:description' meta '' $article '/og:description/d'

# In many files, under a path, in several parts, for reading from a disk.
sed -i.bak 's|^base_url.*|base_url = "https://example.org/sub/path/"|' small/site.toml
printf '\n[outputs]\nsitemap_limit = 5\n\n[lists]\npage_size = 1\nbacklinks_shown = 1\n' >> small/site.toml
run build small --offline
is 'it builds in parts' 0 $status
exists 'the sitemap has parts' small/public/sitemap-2.xml
all_sound 'in parts' small/public
has 'a further part has its own address' '<meta property="og:url" content="https://example.org/sub/path/articles/page/2/">' "$(cat small/public/articles/page/2/index.html)"
lacks 'and does not describe the section again' 'CollectionPage' "$(cat small/public/articles/page/2/index.html)"
printf '\n[feeds]\njson = false\n' >> small/site.toml
run build small
absent 'JSON Feed can be switched off' small/public/feed.json
exists 'without the other' small/public/feed.xml
lacks 'and nothing leads there' 'feed+json' "$(cat small/public/index.html)"
sed -i.bak 's/^json = false/enabled = false/' small/site.toml
run build small
absent 'feeds can be switched off' small/public/feed.xml
absent 'both of them' small/public/feed.json

briefing site
run build site --now 2026-07-01
is 'the briefing builds' 0 $status
all_sound 'the briefing' site/public
is 'a university is one' 1 "$(grep -c '"@type":"CollegeOrUniversity"' site/public/institutions/zhejiang-university/index.html)"
is 'every figure is a claim' 76 "$(find site/public -name '*.html' -exec cat {} + | grep -c '^,{"@type":"Claim"')"

finish
