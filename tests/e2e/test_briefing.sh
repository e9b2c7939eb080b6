#!/usr/bin/env bash
# The briefing in content/: everything is there once, in its place and under all its names, and nothing that was left out.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

briefing real
run build real -o "$tmp/out"
is 'the briefing builds' 0 $status
lacks 'without a warning' 'warning' "$err"

grep '"type":"page"' out/site.ndjson > pages
count() { # TYPE
	grep -c "^{\"type\":\"$1\"" out/site.ndjson
}
# Section pages are of the kind of their section.
of_kind() { # KIND FOLDER
	grep -c "^{\"type\":\"page\",\"id\":\"$2/[^\"]*\",\"kind\":\"$1\"" pages
}
in_place() { # KIND FOLDER WANTED
	is "$3 pages of kind $1" "$3" "$(of_kind "$1" "$2")"
	is "all pages of kind $1 lie under /$2/" '' \
		"$(grep "\"kind\":\"$1\"" pages | sed 's/.*"url":"\([^"]*\)".*/\1/' | grep -v "^/$2/")"
	exists "there is a section for kind $1" "out/$2/index.html"
	is "the section lists all of kind $1" '' "$(unlisted "$2")"
}
unlisted() {
	grep -o "\"id\":\"$1/[^\"]*\"" pages | cut -d'"' -f4 | while read -r id; do
		cat "out/$1/index.html" out/"$1"/page/*/index.html 2>/dev/null | grep -qF "href=\"/$id/\"" || echo "$id"
	done
}
in_place company companies 34
in_place institution institutions 26
in_place person people 19
in_place place places 16
in_place product products 16
in_place group groups 5
in_place report reports 7
in_place policy policies 7
in_place media media 8
in_place topic topics 48
in_place source sources 6
entities=0
for kind in company:companies institution:institutions person:people place:places product:products group:groups \
	report:reports policy:policies media:media; do
	entities=$((entities + $(of_kind "${kind%:*}" "${kind#*:}")))
done
is 'entities' 138 $entities
is 'facts' 76 "$(count fact)"
is 'relations' 136 "$(count relation)"
is 'events' 28 "$(count event)"
is 'quotations' 16 "$(count quote)"
is 'comparisons' 24 "$(grep '^{"type":"comparison"' out/site.ndjson | grep -c '"kind":"')"
ids=$(grep -oE '^\{"type":"[a-z]+"(,"page":"[^"]*")?,"id":"[^"]*"' out/site.ndjson | sed 's/"page":"[^"]*",//')
is 'everything has an id' "$(grep -c . out/site.ndjson)" "$(printf '%s\n' "$ids" | grep -c .)"
is 'ids are of one thing each' '' "$(printf '%s\n' "$ids" | sort | uniq -d)"
is 'every fact has a source' '' "$(grep '^{"type":"fact"' out/site.ndjson | grep -v '"source":"sources/')"
is 'every quotation has a source' '' "$(grep '^{"type":"quote"' out/site.ndjson | grep -v '"source":"sources/')"
is 'the machine translation is nobody'\''s words' '' \
	"$(grep '^{"type":"quote"' out/site.ndjson | grep '"source":"sources/talent-article-2025"' | grep '"verbatim":true')"
for kind in conflict look-alike; do
	has "comparisons of kind $kind" "\"kind\":\"$kind\"" "$(grep '^{"type":"comparison"' out/site.ndjson)"
done

# DeepSeek's page.
page=$(cat out/companies/deepseek/index.html)
plain=$(sed 's/<[^>]*>/ /g' out/companies/deepseek/index.html | tr -s '\n\t ' ' ' | sed 's/ ,/,/g')
glance=$(printf '%s' "$plain" | sed 's/.*At a glance//; s/On this page.*//')
section() { # ID
	awk -v id="id=\"$1\"" 'index($0, "id=\"sec-") { on = index($0, id) > 0 } on' out/companies/deepseek/index.html
}
has 'its founder' 'Founded by Liang Wenfeng' "$glance"
has 'its city' 'Located in Hangzhou' "$glance"
has 'its province' 'Headquartered in Zhejiang Province' "$glance"
has 'its models' 'DeepSeek R1' "$glance"
has 'its models, the other too' 'DeepSeek V2' "$glance"
for school in tsinghua-university peking-university nanjing-university zhejiang-university; do
	has "where its people studied: $school" "href=\"/institutions/$school/\"" "$page"
done
has 'the alma maters are named as such' 'Recruits from Tsinghua University, Peking University' "$glance"
figures=$(section sec-figures)
is 'its figures' 14 "$(printf '%s\n' "$figures" | grep -c 'id="fact-')"
has 'a figure with its source' 'href="/sources/business-standard-2025/' "$figures"
has 'a figure with its words' 'annual income of some 1.54 million yuan per year' "$figures"
has 'a figure in Dollars' '215,000' "$figures"
comparisons=$(section sec-comparisons)
for id in deepseek-team-education which-deepseek-release deepseek-finances pay-figures; do
	has "its comparison $id" "id=\"comparison-$id\"" "$comparisons"
done
has 'its timeline' '2025' "$(section sec-timeline | sed 's/<[^>]*>//g')"
backlinks=$(section sec-backlinks)
has 'what links to it' 'href="/products/deepseek-r1/' "$backlinks"
sentences=$(printf '%s\n' "$backlinks" | sed 's/<[^>]*>//g' | grep -c 'DeepSeek')
if [ "$sentences" -ge 30 ]; then ok 'with the sentences'; else not_ok 'with the sentences' "$sentences of them"; fi
for file in index.json facts.csv feed.xml; do
	exists "its $file" "out/companies/deepseek/$file"
done
is 'its figures as a table of data' 16 "$(grep -c . out/companies/deepseek/facts.csv)"

# What was left out of the briefing has no page under any name.
names=$(sed 's/.*"title":"\([^"]*\)","aliases":\[\([^]]*\)\].*/"\1",\2/' pages)
for name in 'Donald Trump' Bloomberg Reuters Daily8 'TikTok Shop' Amazon Instagram YouTube Oracle 'White House' 'Wang Wentao' \
	'European Union' Infosys Taboola 'Project Texas' Germany Thailand 'International Energy Agency' Shopee; do
	lacks "no page is called $name" "\"$name\"" "$names"
done

# Every name is found where the A-Z (one page here, or one for each letter) leads from it to its page. Spellings that
# differ from the title in capitals alone are left out there. tests/browser/ asks the search for all of them.
cat out/a-z/index.html out/a-z/*/index.html 2>/dev/null | grep -o '<li>.*</li>' |
	sed -nE 's|^<li><a href="([^"]*)">(.*)</a> <span class="kind">.*|\1 \2|p
		s|^<li><span class="name"[^>]*>(.*)</span> <span class="see">[^<]*<a href="([^"]*)">.*|\2 \1|p' |
	sed "s/&#39;/'/g; s/&#34;/\"/g; s/&quot;/\"/g; s/&amp;/\&/g" | tr '[:upper:]' '[:lower:]' | sort -u > a-z
grep -E '"kind":"(company|institution|person|place|product|group|report|policy|media|topic)"' pages |
	grep -E '"id":"[^"/]*/' | sed -E 's/.*"url":"([^"]*)","title":("([^"\\]|\\.)*"),"aliases":\[([^]]*)\].*/\1 \2,\4/' |
	while read -r url names; do
		printf '%s\n' "$names" | grep -oE '"([^"\\]|\\.)*"' | sed -E 's/^"//; s/"$//; s/\\(.)/\1/g' | sed "s|^|$url |"
	done > named
cut -d' ' -f2- named | sort -u > names
if [ "$(grep -c . names)" -ge 300 ]; then ok 'the names are many'; else not_ok 'the names are many' "$(grep -c . names)"; fi
is 'the A-Z leads from every name to its page' '' "$(tr '[:upper:]' '[:lower:]' < named | sort -u | comm -23 - a-z)"
for damaged in 'Tingryu University' 'Yang Bo Wang' 'Marina Chang' 'Sydney Institute of Technology' Leann 'Z Jiang Province' \
	'Time of India' 'Baichuan Intelligent'; do
	has "the damaged spelling $damaged is a name" "$damaged" "$(cat names)"
	lacks "and no other page prints it as a name: $damaged" "\"title\":\"$damaged\"" "$(cat pages)"
done

finish
