#!/usr/bin/env bash
# What a query costs the reader of a site of 10,000 articles: bytes transferred, time to the first result, CPU.
# shellcheck source=tests/browser/lib.sh
. "$(dirname "$0")/lib.sh"
${CC:-cc} -O2 -o gen "$repo/bench/gen.c" || skip 'no compiler here'

./gen 10000 content
for n in 1 2 3; do
	printf '+++\ntitle = "Station %s"\naliases = ["第%s观测站"]\n+++\n\n海底电缆在港口之间。第二句话说的是灯塔。\n\nA relay at the third quay.\n' $n $n >content/articles/station-$n.md
done
echo 'A lone bosphorite.' >>content/articles/station-1.md
printf '%s\n' 'title = "Large"' 'base_url = "https://large.example/"' 'book = "never"' '[feeds]' 'enabled = false' \
	'[outputs]' 'json = false' 'ndjson = false' 'sitemap = false' 'previews = false' >site.toml
for kind in company:companies:Companies institution:institutions:Institutions topic:topics:Topics; do
	IFS=: read -r id dir plural <<<"$kind"
	printf '[kinds.%s]\ndir = "%s"\nplural = "%s"\nstubs = true\nmain = true\n' "$id" "$dir" "$plural" >>site.toml
done
run build -q --no-cache -o site
is 'a site of 10,000 articles builds' 0 $status
[ $status -eq 0 ] || finish

entity=$(sed -n 's/^companies = \["\([^"]*\)".*/\1/p' content/articles/*.md | sort | uniq -c | sort -n | sed -n '10s/^ *[0-9]* *//p')
phrase=$(sed -n 's/^title = "\([^ ]*\) \([^ ]*\) .*/\1 \2/p' "$(find content/articles -name 's*.md' | LC_ALL=C sort | tail -n 20 | head -n 1)")
printf '%s\t%s\t%s\n' rare 2 "$(cut -d' ' -f1 <<<"$entity")" 'rare name' 2 "$entity" frequent 2 harbour 'three frequent' 2 'harbour ferry turbine' \
	prefix 3 lighth 'two letters' 3 "${entity:0:2}" 'one letter' 3 "${entity:0:1}" typo 3 lighthuose 'typo in the first letter' 5 kighthouse \
	'two first letters swapped' 3 obsphorite phrase 3 "\"$phrase\"" Chinese 3 海底电缆 'Chinese name' 2 观测站 >queries
files=$(find site/search -type f | wc -l)
size=$(du -sk site/search | cut -f1)
if [ "$files" -lt 1500 ]; then ok "the index has $files files and $size KB"; else not_ok 'the index has less than 1,500 files' "$files"; fi
node "$repo/tests/browser/search_size.js" "$chromium" "$tmp/site" queries || failures=1
finish
