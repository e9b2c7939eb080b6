#!/usr/bin/env bash
# The same content gives the same bytes: with any number of threads, time zone, locale and order of folders, on the
# briefing itself; and after any edit what is built upon the last build equals what is built anew.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

same() { # NAME TREE TREE
	if diff -r "$2" "$3" >/dev/null; then ok "$1"; else not_ok "$1" "$(diff -rq "$2" "$3" | head -n 5)"; fi
}

# What an --explain said was rendered, and why.
rendered() {
	printf '%s\n' "$out" | grep -v $'\t$' | cut -f1 | grep . | LC_ALL=C sort
}

briefing real
briefing backwards -r
export SOURCE_DATE_EPOCH=1770000000
run build real -j1 -o "$tmp/one"
is 'the briefing builds' 0 $status
has 'it is not a small one' 'companies/deepseek/index.html' "$(cd one && find . -type f)"
run build real -j2 --no-cache -o "$tmp/two"
same 'with two threads' one two
TZ=Asia/Tokyo LC_ALL=C run build real -j8 --no-cache -o "$tmp/eight"
same 'with eight threads, in Tokyo' one eight
env TZ=America/Los_Angeles LC_ALL=tr_TR.UTF-8 LANG=de_DE.UTF-8 "$DOSSIER" build backwards -o "$tmp/three" 2>/dev/null
same 'from files created in another order, with another locale' one three
rm -rf two eight three backwards
run build real -o "$tmp/one" --explain
is 'a second build renders nothing' '' "$(rendered)"

# One body of the briefing.
find real/content -name deepseek-r1.md -exec touch {} +
find real/templates real/site.toml -exec touch {} + 2>/dev/null
run build real -o "$tmp/one" --explain
is 'a file that was only touched renders nothing' '' "$(rendered)"
cp -R one before
echo 'A sentence that no other page needs.' >> real/content/companies/wayve.md
run build real -o "$tmp/one" --explain --changed-list changed
rendered > said
is 'what differs was said' '' "$(diff -rq before one | sed -n 's|^Files before/\(.*\) and .*|\1|p' | LC_ALL=C sort | LC_ALL=C comm -23 - said)"
is 'the list of changes is what differs' "$(diff -rq before one | sed -n 's|^Files before/\(.*\) and .*|\1|p' | LC_ALL=C sort)" "$(LC_ALL=C sort changed)"
has 'the page was rendered' 'companies/wayve/index.html' "$(cat said)"
lacks 'a page that has nothing to do with it was not' 'companies/baidu/index.html' "$(cat said)"
lacks 'the lists were not' $'\na-z/index.html' "$(cat said)"
pages=$(grep -c 'index.html$' said)
if [ "$pages" -le 12 ]; then ok 'few pages were'; else not_ok 'few pages were' "$pages: $(grep 'index.html$' said | head -n 20 | tr '\n' ' ')"; fi
run build real --no-cache -o "$tmp/clean"
same 'it equals a clean build' clean one
rm -rf real one before clean

# A new site through all kinds of edits, on a day when all its sources are published.
export SOURCE_DATE_EPOCH=1790000000
"$DOSSIER" init site >/dev/null 2>&1
run build site
edit() { # NAME: the edit was made; builds upon the last build and anew
	run build site --explain
	is "$1: it builds" 0 $status
	if [ -n "$(rendered)" ] || [ "${2:-}" = nothing ]; then ok "$1: something is rendered"; else not_ok "$1: something is rendered"; fi
	rm -rf clean
	"$DOSSIER" build site --no-cache -o clean >/dev/null 2>&1
	same "$1: it equals a clean build" clean site/public
	run build site --explain
	is "$1: once more renders nothing" '' "$(rendered)"
}
change() { # FILE SED-SCRIPT
	sed "$2" "$1" > new && cmp -s new "$1" && not_ok "the edit of $1 is one"
	cat new > "$1"
}

echo 'Ada Holm speaks of Merrow Tidal and of tidal energy.' >> site/content/institutions/sea-energy.md
edit 'a body'
change site/content/people/ada-holm.md 's/^title = .*/title = "Ada Holm-Reyes"/'
change site/content/articles/power-from-the-sound.md 's/Ada Holm/Ada Holm-Reyes/'
edit 'a title'
change site/content/companies/merrow-tidal.md 's/"Merrow", /"Merrow", "The Tidal Company", /'
echo 'The Tidal Company is mentioned here.' >> site/content/index.md
edit 'an alias'
change site/content/companies/merrow-tidal.md '1a # a remark that moves every line'
edit 'a remark in the front matter'
change site/content/companies/merrow-tidal.md 's/"The Tidal Company", //'
edit 'an alias that goes'
change site/content/companies/merrow-tidal.md '0,/^\[\[facts\]\]/s//[[relations]]\ntype = "works_with"\ntarget = "ada-holm"\nsource = "courier-2025"\n\n[[facts]]/'
edit 'a relation'
change site/content/companies/merrow-tidal.md 's/^value = 9$/value = 11.9/'
edit 'a fact'
change site/content/companies/merrow-tidal.md 's/^text = "Merrow Tidal is founded"/text = "The company is founded"/'
edit 'an event'
change site/content/people/ada-holm.md 's/about our forecasts/for our forecasts/'
edit 'a quotation'
change site/data/comparisons.toml 's/How much capacity/How many megawatts/'
edit 'a comparison in data'
printf -- '+++\ntitle = "Tidal Bank"\ntopics = ["tidal-power"]\n+++\n\nThe Tidal Bank lends to Merrow Tidal.\n' > site/content/companies/tidal-bank.md
edit 'a new page'
mv site/content/companies/tidal-bank.md site/content/institutions/sea-bank.md
edit 'a page renamed, of another kind'
mkdir site/content/institutions/sea-bank
mv site/content/institutions/sea-bank.md site/content/institutions/sea-bank/index.md
edit 'a page that gets a folder of its own'
rm -r site/content/institutions/sea-bank
edit 'a page deleted'
change site/content/sources/courier-2025.md 's/^publisher = .*/publisher = "The Courier"/'
edit 'a source'
mkdir -p site/templates
{ cat "$repo/templates/foot.html" && echo '<p>A line of our own.</p>'; } > site/templates/foot.html
edit 'a template'
change site/templates/foot.html 's/A line of our own/Another line/'
edit 'a template again'
rm site/templates/foot.html
edit 'a template that goes'
mkdir -p site/assets/theme
printf 'body { color: #123 }\n' > site/assets/theme/extra.css
edit 'an asset' nothing
change site/site.toml 's/^description = .*/description = "Another text."/'
edit 'the configuration'
change site/site.toml 's/^reverse = "Founder of"/reverse = "Has founded"/'
edit 'a label of a relation'
change site/site.toml 's/^tolerance = .*/tolerance = "50%"/'
edit 'a tolerance'

finish
