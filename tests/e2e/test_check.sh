#!/usr/bin/env bash
# `check` finds what somebody broke after the build, and what has become old.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

run init site
run check site
is 'without a build there is nothing to check' 1 $status
has 'that has a code' '[check/no-output]' "$err"
run build site
run check site
is 'a built site is sound' 0 $status
has 'that is said' 'sound' "$err"
page=site/public/people/ada-holm/index.html
cp $page whole.html

# NAME CODE SED-SCRIPT: the page, edited, gives the code.
breaks() {
	sed "$3" whole.html > $page
	run check site
	has "$1" "[$2]" "$err"
	case $2 in
	*unknown-file) ;;
	*) is "$1: an error of the site" 1 $status ;;
	esac
	cp whole.html $page
}

breaks 'a broken link' check/broken-link 's|href="/companies/merrow-tidal/"|href="/companies/nobody/"|'
breaks 'a broken anchor' check/broken-anchor 's|href="/companies/merrow-tidal/"|href="/companies/merrow-tidal/#none"|'
breaks 'a doubled id' check/duplicate-id 's|</body>|<p id="twice"></p><p id="twice"></p></body>|'
breaks 'an image without words' check/missing-alt 's|</body>|<img src="/robots.txt"></body>|'
breaks 'no language' check/missing-lang 's|<html[^>]*>|<html>|'
breaks 'no title' check/missing-title 's|<title>.*</title>||'
breaks 'markup that is broken' html/syntax 's|</body>|<b><i></b></i></div></body>|'
echo '<?xml version="1.0"?><feed>' > site/public/feed.xml
run check site
has 'a feed that is broken' '[xml/syntax]' "$err"
run check site --format json
has 'as JSON it goes to standard output' '"code":"xml/syntax"' "$out"
run build site
sed -i.bak 's|"id":"[^"]*/figures-differ/"|"id":"http://localhost/articles/none/"|; t; s|"id":"http://localhost/[^"]*"|"id":"http://localhost/articles/none/"|' site/public/feed.json
rm site/public/feed.json.bak
run check site
has 'a feed that tells of a page that is not there' '[check/broken-link]' "$err"
run build site
echo mine > site/public/mine.txt
run check site -v
has 'a file that nobody links to' '[check/unknown-file]' "$err"
rm site/public/mine.txt

run check site --stale --now 2026-01-01
is 'new figures are not stale' 0 $status
run check site --stale --now 2030-01-01
has 'old figures are' '[check/stale-fact]' "$err"
has 'their place is named' '--> site/content/companies/merrow-tidal.md:' "$err"
is 'that is a warning' 0 $status
run check site --stale --now 2030-01-01 --strict
is 'which may count as an error' 1 $status
printf -- '+++\ntitle = "Old"\nreviewed = 2020-01-01\nreview_in = "12 months"\n+++\n' > site/content/old.md
run build site
run check site --stale
has 'a page is due for review' '[check/stale-page]' "$err"

# A library that is not one.
mkdir fake
echo none > fake/libxml2.so.2
LD_LIBRARY_PATH=$tmp/fake run check site
is 'without the library it is an error' 3 $status
has 'with its code' '[build/no-library]' "$err"

finish
