#!/usr/bin/env bash
# A new site through its life: build, build again, edit, break, mend, check, list, clean.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

run build nowhere
is 'a folder that is not there is wrong usage' 2 $status
has 'it has a code' '[scan/no-site]' "$err"
mkdir empty
run build empty
is 'a folder without a site is wrong usage' 2 $status
has 'the way out is named' 'dossier init' "$err"

cp "$DOSSIER" alone
mkdir elsewhere
./alone init site >/dev/null 2>&1
(cd elsewhere && ../alone build ../site) >.out 2>.err
is 'a binary alone builds a new site' 0 $?
has 'the summary counts pages' ' pages, ' "$(cat .err)"
has 'the summary gives the time of each stage' 'parse ' "$(cat .err)"
is 'a build prints no data' '' "$(cat .out)"
for page in index.html companies/merrow-tidal/index.html people/ada-holm/index.html topics/tidal-power/index.html \
	institutions/sea-energy/index.html sources/courier-2025/index.html 404.html sitemap.xml robots.txt feed.xml \
	companies/merrow-tidal/index.json companies/merrow-tidal/facts.csv site.ndjson; do
	exists "it has $page" "site/public/$page"
done
company=$(cat site/public/companies/merrow-tidal/index.html)
has 'a relation links to its target' 'href="/people/ada-holm/"' "$company"
has 'the other end shows it too' 'href="/companies/merrow-tidal/"' "$(cat site/public/people/ada-holm/index.html)"
has 'both figures stand there' '12' "$company"
has 'both figures stand there, the other too' '9' "$company"
has 'names link by themselves' 'href="/institutions/sea-energy/"' "$(cat site/public/index.html)"
lacks 'nothing of the disk is in a page' "$tmp" "$company"
run check site
is 'what was published is sound' 0 $status

# Again, and elsewhere, and with other numbers of threads: always the same bytes.
printf -- '+++\ntitle = "Unrelated"\n+++\n\nNobody speaks of this.\n' > site/content/unrelated.md
run build site
cp -R site/public first
before=$(stat -c '%Y %n' site/public/index.html 2>/dev/null)
run build site --explain
is 'a second build is clean' 0 $status
is 'a second build renders nothing' '' "$(printf '%s' "$out" | grep -v $'\t$')"
is 'what is equal is not touched' "$before" "$(stat -c '%Y %n' site/public/index.html 2>/dev/null)"
for jobs in 1 2 8; do
	TZ=Pacific/Kiritimati LC_ALL=C run build site --no-cache -j $jobs -o "$tmp/out$jobs"
	if diff -r first "out$jobs" >/dev/null; then ok "the same bytes with -j$jobs"; else not_ok "the same bytes with -j$jobs" "$(diff -rq first "out$jobs" | head -n 3)"; fi
done
rm -rf site/.dossier site/public
run build site
if diff -r first site/public >/dev/null; then ok 'the same bytes without a cache'; else not_ok 'the same bytes without a cache'; fi

# One edit.
echo 'The institute and Merrow Tidal publish together.' >> site/content/people/ada-holm.md
run build site --explain --changed-list changed.txt
has 'the edited page is rendered' 'people/ada-holm/index.html' "$out"
lacks 'a page that has nothing to do with it is not' $'\nunrelated/index.html' "$out"
has 'the list of changes holds it' 'people/ada-holm/index.html' "$(cat changed.txt)"
cp -R site/public second
rm -rf site/.dossier site/public
run build site
if diff -r second site/public >/dev/null; then ok 'an incremental build equals a clean one'; else not_ok 'an incremental build equals a clean one' "$(diff -rq second site/public | head -n 3)"; fi

# What is missing or altered is made good; what is not ours stays.
rm site/public/robots.txt
echo damaged > site/public/404.html
echo mine > site/public/mine.txt
run build site
if diff -r second site/public | grep -v 'mine.txt' | grep -q .; then not_ok 'missing and altered outputs are made good'; else ok 'missing and altered outputs are made good'; fi
rm site/content/institutions/sea-energy.md
run build site
is 'a reference to a page that is gone is an error' 1 $status
has 'it is said that nothing was published' 'nothing was published' "$err"
exists 'nothing was removed' site/public/institutions/sea-energy/index.html

# Errors.
mkdir -p site/content/institutions
cp "$repo/generator/app/skeleton/content/institutions/sea-energy.md" site/content/institutions/
echo 'See [[Merrow Tydal]].' >> site/content/articles/power-from-the-sound.md
run build site
is 'a broken link is an error of the site' 1 $status
has 'its place is named' '--> content/articles/power-from-the-sound.md:' "$err"
has 'a near name is suggested' "did you mean 'Merrow Tidal'" "$err"
run build site --format json
has 'as JSON it goes to standard output' '"code":"link/missing-target"' "$out"
run build site --format github
has 'as a workflow command it names the file' '::error file=site/content/articles/power-from-the-sound.md,line=' "$out"
run build site --format sarif
has 'as SARIF it has a schema' '"version":"2.1.0"' "$out"
sed -i.bak '$d' site/content/articles/power-from-the-sound.md && rm site/content/articles/*.bak
run build site
is 'mended, it builds' 0 $status

# What is withheld appears nowhere.
printf -- '+++\ntitle = "Hidden Harbour"\ndraft = true\n+++\n\nxyzzy secret\n' > site/content/companies/hidden.md
printf -- '+++\ntitle = "Later Lagoon"\nembargo = 2999-01-01\n+++\n\nxyzzy later\n' > site/content/companies/later.md
run build site
if grep -rqE 'xyzzy|Hidden Harbour|Later Lagoon' site/public; then not_ok 'what is withheld appears nowhere' "$(grep -rlE 'xyzzy|Hidden Harbour|Later Lagoon' site/public | head -n 3)"; else ok 'what is withheld appears nowhere'; fi
run build site -D -F -o "$tmp/drafts" --no-cache
exists 'drafts appear when asked for' drafts/companies/hidden/index.html
exists 'the future appears when asked for' drafts/companies/later/index.html
run build site --now 2999-02-01 -o "$tmp/then" --no-cache
exists 'an embargo ends on its day' then/companies/later/index.html
SOURCE_DATE_EPOCH=32500000000 run build site -o "$tmp/epoch" --no-cache
exists 'SOURCE_DATE_EPOCH is the build date' epoch/companies/later/index.html
SOURCE_DATE_EPOCH=soon run build site
is 'a bad SOURCE_DATE_EPOCH is wrong usage' 2 $status

# Lists.
for what in pages entities mentions facts sources orphans stale disagreements; do
	run -C site list $what
	is "list $what ends well" 0 $status
	run -C site list $what --format json
	if printf '%s\n' "$out" | grep -qvE '^(\{.*\})?$'; then not_ok "list $what as JSON is one object a line"; else ok "list $what as JSON is one object a line"; fi
done
run -C site list facts
has 'a fact is listed with its place' 'content/companies/merrow-tidal.md:' "$out"
run -C site list disagreements
has 'the disagreement is listed' 'merrow-capacity' "$out"
run -C site list entities --kind person
is 'a list can be of one kind' 'people/ada-holm' "$(printf '%s\n' "$out" | cut -f2)"
run -C site list pagse
has 'an unknown list is suggested' "did you mean 'pages'" "$err"

# Where it lives.
run build site -u https://example.org/sub/path/ -o "$tmp/sub" --no-cache
has 'a base path is part of every link' 'href="/sub/path/people/ada-holm/"' "$(cat sub/companies/merrow-tidal/index.html)"
run build site --offline -o "$tmp/offline" --no-cache
has 'offline links end in a file' 'href="../../people/ada-holm/index.html"' "$(cat offline/companies/merrow-tidal/index.html)"

# Damage.
for manifest in site/.dossier/manifest-*; do
	head -c 100 "$manifest" > short.bin
	cp short.bin "$manifest"
done
run build site
is 'a damaged cache is only work lost' 0 $status
has 'and it is said' 'cache/damaged' "$err"
for damage in gone cut other; do
	echo 'One more.' >> site/content/companies/merrow-tidal.md
	run build site
	lacks "an edit is written down ($damage)" 'cache/damaged' "$err"
	for more in site/.dossier/more-manifest-*; do
		case $damage in
		gone) rm "$more" ;;
		cut) head -c 60 "$more" > short.bin && cp short.bin "$more" ;;
		other) printf '\252' | dd of="$more" bs=1 seek=70 conv=notrunc status=none ;;
		esac
	done
	echo 'And more.' >> site/content/companies/merrow-tidal.md
	run build site --verify
	is "without what was written down of it a build is right ($damage)" 0 $status
	has "and it is said ($damage)" 'cache/damaged' "$err"
done

# Neither size nor time need tell that a file of ours was written to.
for file in docs heads; do
	touch -r site/.dossier/$file when
	for at in $(seq 40 40 $(($(stat -c %s site/.dossier/$file) - 1))); do
		printf '\377' | dd of=site/.dossier/$file bs=1 seek="$at" conv=notrunc status=none
	done
	touch -r when site/.dossier/$file
	echo 'One more.' >> site/content/companies/merrow-tidal.md
	run build site --verify
	is "damage to $file that keeps size and time is noticed" 0 $status
done

# Clean.
run clean site
is 'clean ends well' 0 $status
exists 'clean leaves what is not ours' site/public/mine.txt
absent 'clean removes what is ours' site/public/index.html
absent 'clean removes the cache' site/.dossier
run clean site
is 'clean has nothing to do twice' 0 $status

finish
