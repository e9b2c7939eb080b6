#!/usr/bin/env bash
# Cards beside shared links: drawn for pages without a picture when asked for, and again only when their words change.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
: "${TOOLS_DIR:?where sharing-check is}"

drawn() {
	printf '%s\n' "$out" | grep -v $'\t$' | cut -f1 | grep 'card\.png$' | tr '\n' ' '
}

run init site
run build site
is 'without being asked for there is none' '' "$(find site/public -name card.png)"
{ echo 'cards = true'; cat site/site.toml; } > with && cp with site/site.toml
mkdir -p site/assets
cp "$repo/docs/images/entity-narrow.png" site/assets/picture.png
printf -- '+++\ntitle = "Pictured"\nimage = "/picture.png"\n+++\n\nText.\n' > site/content/articles/pictured.md
run build site
is 'with them it builds' 0 $status
card=site/public/companies/merrow-tidal/card.png
is 'a card is a picture of 1200 by 630' '89504e470d0a1a0a 000004b0 00000276' "$(od -An -tx1 -v -N8 $card | tr -d ' \n') $(od -An -tx1 -v -j16 -N4 $card | tr -d ' \n') $(od -An -tx1 -v -j20 -N4 $card | tr -d ' \n')"
exists 'the home page has one' site/public/card.png
absent 'a page with a picture of its own has none' site/public/articles/pictured/card.png
has 'it is named where links are shared' '<meta property="og:image" content="http://localhost/companies/merrow-tidal/card.png">' "$(cat site/public/companies/merrow-tidal/index.html)"
has 'search engines are told of it' ',"image":"http://localhost/companies/merrow-tidal/card.png"' "$(cat site/public/companies/merrow-tidal/index.html)"
has 'with its size' '<meta property="og:image:width" content="1200">' "$(cat site/public/companies/merrow-tidal/index.html)"
is 'all that is said there is sound' '' "$(find site/public -name '*.html' -print0 | xargs -0 "$TOOLS_DIR/sharing-check" meta)"
run check site -v
is 'and the tree is' 0 $status
lacks 'no card is a stranger' 'card.png' "$err"

cp -R site/public first
run build site --explain
is 'a build without changes draws none' '' "$(drawn)"
echo 'More of it.' >> site/content/companies/merrow-tidal.md
run build site --explain
is 'nor does a change of a text that has a summary' '' "$(drawn)"
sed -i.bak 's/^title = .*/title = "Merrow Tidal Power"/' site/content/companies/merrow-tidal.md && rm site/content/companies/merrow-tidal.md.bak
run build site --explain
is 'another title draws its card' 'companies/merrow-tidal/card.png ' "$(drawn)"
if cmp -s first/companies/merrow-tidal/card.png $card; then not_ok 'which is another one'; else ok 'which is another one'; fi
rm $card
run build site --explain
is 'a card that is gone is drawn again' 'companies/merrow-tidal/card.png ' "$(drawn)"
cp -R site/public kept
run build site --no-cache -j 3
if diff -r kept site/public >/dev/null; then ok 'with any number of threads they are the same'; else not_ok 'with any number of threads they are the same' "$(diff -rq kept site/public | head -n 3)"; fi
run build site --offline -o disk
is 'for reading from a disk there are none' '' "$(find disk -name card.png)"

mkdir fake
echo none > fake/libpangocairo-1.0.so.0
LD_LIBRARY_PATH=$tmp/fake run build site --no-cache
is 'without the library it is an error' 1 $status
has 'with its code' '[build/no-library]' "$err"
if diff -r kept site/public >/dev/null; then ok 'and nothing is published'; else not_ok 'and nothing is published'; fi
sed -i.bak '/^cards/d' site/site.toml
LD_LIBRARY_PATH=$tmp/fake run build site
is 'nobody else needs it' 0 $status
is 'switched off, they go' '' "$(find site/public -name card.png)"

finish
