#!/usr/bin/env bash
# The print edition: everything in one document, links inside it, sources once; by itself for small sites only.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

run init site
run build site
book=site/public/book/index.html
exists 'a small site has a print edition' $book
text=$(cat $book)
has 'an article is a section with a number' '<h3 id="articles/power-from-the-sound"><span class="n">1.1</span> Power from the sound</h3>' "$text"
has 'entities are sections' '<h3 id="companies/merrow-tidal"><span class="n">' "$text"
has 'the contents lead there' '<a href="#companies/merrow-tidal"><span class="n">' "$text"
has 'headings of texts are theirs' '<h4 id="articles/power-from-the-sound/' "$text"
has 'a name in a text leads to its section' '<a class="auto" href="#companies/merrow-tidal">' "$text"
has 'a note leads to the source' '<sup class="cite"><a href="#source-1">1</a></sup>' "$text"
is 'each source stands there once' "$(find site/content/sources -name '*.md' | wc -l)" "$(grep -c '<li id="source-' $book)"
is 'numbered through' "$(seq "$(grep -c '<li id="source-' $book)" | tr '\n' ' ')" "$(sed -n 's/^<li id="source-\([0-9]*\)".*/\1/p' $book | tr '\n' ' ')"
has 'figures stand with their words' '<tr id="fact-merrow-capacity-report">' "$text"
is 'no link leaves it for what it holds' '' "$(sed -n '/<div class="book">/,/^<\/main>/p' $book | grep -oE 'href="/(companies|articles|people|sources|topics|institutions)/[^"]*"')"
has 'it has styles of its own' '/assets/theme/book.' "$text"
run check site
is 'it is sound' 0 $status

# What is withheld takes its chapters along.
cp -R site withheld
for file in withheld/content/*/*.md; do sed -i.bak '0,/^+++/s//+++\ndraft = true/' "$file" && rm "$file.bak"; done
run build withheld
is 'without records it builds' 0 $status
lacks 'and has no chapter of them' 'id="timeline"' "$(cat withheld/public/book/index.html)"
rm -r withheld

printf 'More of it.\n' >> site/content/topics/tidal-power.md
run build site --explain
has 'it is made anew with what it holds' 'book/index.html' "$out"
cp -R site/public first
run build site --no-cache
if diff -r first site/public >/dev/null; then ok 'as a clean build makes it'; else not_ok 'as a clean build makes it' "$(diff -rq first site/public | head -n 3)"; fi
run build site --offline -o disk
has 'on a disk it leads into itself too' '<a class="auto" href="#companies/merrow-tidal">' "$(cat disk/book/index.html)"
has 'and to other pages' 'href="../index.html"' "$(cat disk/book/index.html)"

{ echo 'book = "never"'; cat site/site.toml; } > with && cp with site/site.toml
run build site
absent 'it can be switched off' $book
run build site --book
exists 'and asked for' $book
run build site
absent 'for once' $book
sed -i.bak 's/^book = .*/book = "sometimes"/' site/site.toml
run build site
is 'there are three ways only' 2 $status
sed -i.bak '/^book = /d' site/site.toml
printf -- '+++\ntitle = "All of it"\n+++\n\nA word before, on [[Merrow Tidal]].\n' > site/content/book.md
run build site
has 'a page of that name is its preface' 'A word before, on <a href="#companies/merrow-tidal">' "$(cat $book)"
rm site/content/book.md

mkdir -p site/content/articles/many
for ((i = 0; i < 1000; i++)); do printf -- '+++\ntitle = "Page %d"\n+++\n' "$i" > "site/content/articles/many/$i.md"; done
run build site
absent 'a large site has none by itself' $book
run build site --book
is 'it may be asked for one' 0 $status
exists 'and has it' $book
{ echo 'book = "always"'; cat site/site.toml; } > with && cp with site/site.toml
run build site
exists 'or always' $book

finish
