#!/usr/bin/env bash
# What is withheld appears in no output: no title, name, sentence, figure, event, quotation or attachment of a draft, of
# a page under embargo, of an expired one, or of one that is never to be published.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# page FILE WORD LINE...: a page whose every part holds WORD; LINEs go into its front matter.
page() {
	local file=$1 word=$2
	shift 2
	mkdir -p "$(dirname "site/content/$file")"
	{
		printf '+++\n'
		printf '%s\n' "$@"
		cat <<-TOML
			title = "${word} Title"
			aliases = ["${word} Alias", { name = "${word} Mispelt", use = "search", note = "${word} note" }]
			redirects = ["/old-${word}/"]
			summary = "${word} summary."
			topics = ["tidal-power"]

			[[relations]]
			type = "founded_by"
			target = "ada-holm"
			source = "courier-2025"
			quote = "${word} relation words"

			[[facts]]
			id = "${word,,}-fact"
			measure = "${word} measure"
			value = 4711
			unit = "${word}s"
			as_of = "2025"
			source = "courier-2025"
			quote = "${word} fact words"
			about = ["merrow-tidal"]

			[[events]]
			date = "2020-05"
			text = "${word} happened"
			source = "courier-2025"
			about = ["merrow-tidal"]

			[[quotes]]
			speaker = "ada-holm"
			text = "${word} was said"
			source = "courier-2025"
			about = ["tidal-power"]

			[[comparisons]]
			id = "${word,,}-set"
			title = "${word} comparison"
			kind = "conflict"
			facts = ["${word,,}-fact", "merrow-capacity-report"]
			explanation = "${word} explanation"
		TOML
		printf '+++\n\n'
		cat <<-MD
			The ${word} body speaks of Merrow Tidal, of [[Ada Holm]] and of tidal power.[@courier-2025, ${word} locator]

			## ${word} heading

			![${word} picture](${word}.svg) and [the ${word} table](${word}.csv).

			> [!NOTE]
			> ${word} note

			| ${word} | cell |
			|---|---|
			| a | ${word} |
		MD
	} > "site/content/$file"
	printf '<svg xmlns="http://www.w3.org/2000/svg"><title>%s</title></svg>\n' "$word" > "$(dirname "site/content/$file")/$word.svg"
	printf '%s,1\n' "$word" > "$(dirname "site/content/$file")/$word.csv"
}

leaks() { # WORD FOLDER: files that hold it, or are called so
	[ -d "$2" ] || echo "no folder $2"
	{
		grep -rliaF -- "$1" "$2"
		find "$2" -iname "*$1*"
	} 2>/dev/null | sort -u | head -n 8
}

words='Quaxdraft Quaxembargo Quaxexpired Quaxnever Quaxdated Quaxsource'
all() { # STATE: each page with or without what withholds it
	local v=()
	[ "$1" = shown ] || v=('draft = true' 'embargo = 2030-01-01' 'expires = 2024-01-01' 'publish = false' 'date = 2031-02-03')
	page companies/one.md Quaxdraft ${v[0]:+"${v[0]}"}
	page institutions/two/index.md Quaxembargo ${v[1]:+"${v[1]}"}
	page people/three.md Quaxexpired ${v[2]:+"${v[2]}"}
	page topics/four.md Quaxnever ${v[3]:+"${v[3]}"}
	page articles/five.md Quaxdated ${v[4]:+"${v[4]}"}
	printf -- '+++\ntitle = "Quaxsource Title"\npublisher = "Quaxsource Publisher"\n%s\n+++\n\nQuaxsource body.\n' "${v[0]:-}" > site/content/sources/six.md
}

run init site
run build site
cp -R site/public before
export SOURCE_DATE_EPOCH=1780000000

all hidden
run build site
is 'a site with withheld pages builds' 0 $status
for word in $words; do
	is "nothing of $word is published" '' "$(leaks "$word" site/public)"
done
if diff -r before site/public >/dev/null; then ok 'the site is what it is without them'; else not_ok 'the site is what it is without them' "$(diff -rq before site/public | head -n 5)"; fi

# Shown, then withheld again: an incremental build takes everything back.
all shown
run build site
is 'the same pages, published' 0 $status
for word in $words; do
	if [ "$word" = Quaxsource ] || [ "$(leaks "$word" site/public | grep -c .)" -ge 5 ]; then ok "$word is seen then"; else not_ok "$word is seen then" "$(leaks "$word" site/public)"; fi
done
exists 'an attachment is published with its page' site/public/companies/Quaxdraft.svg
all hidden
run build site
is 'withheld again, it builds' 0 $status
for word in $words; do
	is "nothing of $word is left" '' "$(leaks "$word" site/public)"
done
if diff -r before site/public >/dev/null; then ok 'the site is as it was'; else not_ok 'the site is as it was' "$(diff -rq before site/public | head -n 5)"; fi

# The other forms of the output.
run build site --offline -u https://example.org/sub/ -o offline
for word in $words; do
	is "nothing of $word is in the offline form" '' "$(leaks "$word" offline)"
done
run build site -D -o drafts
is 'with drafts it builds' 0 $status
exists 'drafts are shown' drafts/companies/one/index.html
for word in Quaxembargo Quaxexpired Quaxnever Quaxdated; do
	is "with drafts there is nothing of $word" '' "$(leaks $word drafts)"
done
run build site -F -o future
for word in Quaxdraft Quaxexpired Quaxnever Quaxsource; do
	is "with the future there is nothing of $word" '' "$(leaks $word future)"
done
exists 'the future is shown' future/institutions/two/index.html
run build site -D -F --now 2023-05-01 -o later
is 'what is never to be published is not by any option' '' "$(leaks Quaxnever later)"
exists 'what has expired had its day' later/people/three/index.html

# Published pages that speak of them: a link keeps its own text, and a warning says so.
rm -r site/content/articles/five.md
echo 'See [[companies/one|that company]], and [that image](companies/one.md).' >> site/content/index.md
sed -i.bak 's/^target = "sea-energy"/target = "companies\/one"/' site/content/companies/merrow-tidal.md
rm site/content/companies/merrow-tidal.md.bak
run build site
is 'a link to a withheld page is no error' 0 $status
has 'but a warning' '[link/withheld]' "$err"
for word in $words; do
	is "linked to, nothing of $word is published" '' "$(leaks "$word" site/public)"
done
lacks 'nor its address' 'companies/one' "$(cat site/public/index.html site/public/companies/merrow-tidal/index.html site/public/site.ndjson site/public/companies/merrow-tidal/index.json)"
lacks 'the preview of its attachment neither' '.svg"' "$(cat site/public/sitemap.xml)"

finish
