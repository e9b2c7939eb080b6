#!/usr/bin/env bash
# site.ndjson spread over files: the same lines, one file for one edit, and nothing left of them afterwards.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

lines() {
	cat "$@" | LC_ALL=C sort
}

run init site
run build site
lines site/public/site.ndjson > whole
cp site/site.toml one.toml
printf '\n[outputs]\nndjson_limit_mb = 0\n' >> site/site.toml
printf -- '+++\ntitle = "Of the same name"\n+++\n\nText.\n' > site/content/site.md
run build site
is 'a page may have the name of their folder' 0 $status
exists 'beside which it stands' site/public/site/index.html
rm site/content/site.md
run build site
is 'the index has a line for each' 8 "$(grep -c '"type":"index"' site/public/site.ndjson)"
is 'and no other' 8 "$(grep -c . site/public/site.ndjson)"
is 'it names them' "$(cd site/public && ls site/*.ndjson)" \
	"$(sed 's/.*"url":"\/\([^"]*\)".*/\1/' site/public/site.ndjson)"
is 'they have the lines of the one file' '' "$(lines site/public/site/*.ndjson | diff whole - | head -n 3)"
run check site
is 'check reads them, also one without a line' 0 $status

holder=$(cd site/public && grep -l '^{"type":"page","id":"companies/merrow-tidal"' site/*.ndjson)
is 'one of them has the page' 1 "$(echo "$holder" | wc -l | tr -d ' ')"
echo 'One word more.' >> site/content/companies/merrow-tidal.md
run build site --explain --changed-list changed
is 'an edit is one of the file that has the page' "$holder" "$(grep -o '^site[./].*' changed)"
has 'and it is said why' "$holder	site '$holder' changed" "$out"
lacks 'the index is left alone' 'site.ndjson	' "$(printf '%s' "$out" | grep '^site\.')"
run build site --verify
is 'it is what a clean build makes' 0 $status

cp one.toml site/site.toml
run build site
absent 'one file again, they are gone' site/public/site
is 'and it has all lines' "$(grep -c . whole)" "$(grep -c . site/public/site.ndjson)"

finish
