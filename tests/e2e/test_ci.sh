#!/usr/bin/env bash
# A build in CI: the sources are a fresh checkout, what was kept of the last run is there, whole, in part, or damaged.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

export SOURCE_DATE_EPOCH=1790000000 LC_ALL=C
"$DOSSIER" init repo >/dev/null 2>&1
mkdir -p repo/content/companies/yard
printf -- '+++\ntitle = "Yard"\n+++\n\n![A plan](plan.svg)\n' >repo/content/companies/yard/index.md
echo '<svg xmlns="http://www.w3.org/2000/svg"/>' >repo/content/companies/yard/plan.svg
clock=1000000000

# checkout DIR: the sources as git writes them: all new, none with the time of another run.
checkout() {
	rm -rf "$1" && mkdir -p "$1" && cp -R repo/. "$1"
	clock=$((clock + 100))
	find "$1" -type f -exec touch -d "@$clock" {} +
}
# keep DIR PART...: into the store of the CI; bring DIR PART...: out of it.
keep() {
	local dir=$1
	shift
	rm -rf store && mkdir store && tar -C "$dir" -cf store/kept.tar "$@"
}
bring() {
	local dir=$1
	shift
	tar -C "$dir" -xf store/kept.tar "$@"
}
times() { (cd "$1" && find . -type f -printf '%P %T@ %i\n' | sort); }
sums() { (cd "$1" && find . -type f -exec cksum {} + | awk '{ print substr($3, 3), $1, $2 }' | sort); }
differ() { # what differs between two trees, as the list of changes names it
	comm -3 <(sums "$1") <(sums "$2") | awk '{ print $1 }' | sort -u
}
build() {
	run build "$1" --changed-list changed --explain
	sort -o changed changed
}
clean() { # NAME DIR: what lies in DIR/public is what a clean build gives
	rm -rf anew && cp -R repo anew
	"$DOSSIER" build anew >/dev/null 2>&1
	if diff -r anew/public "$2/public" >/dev/null; then ok "$1"; else not_ok "$1" "$(diff -rq anew/public "$2/public" | head -n 5)"; fi
}

checkout first
build first
is 'the first run builds' 0 $status
is 'and lists everything' "$(cd first/public && find . -type f -printf '%P\n' | sort)" "$(cat changed)"
keep first .dossier public
cp -R first/public published

# Both kept, in a checkout elsewhere.
checkout second/deep/er
bring second/deep/er
times second/deep/er/public >before
build second/deep/er
# Attachments are copies: with another time they are read again.
is 'with everything kept and nothing changed, nothing is rendered' '' "$(grep -v plan.svg <<<"$out")"
is 'nor listed' '' "$(cat changed)"
is 'nor touched' '' "$(times second/deep/er/public | diff before -)"

checkout third
bring third
find third/public -type f -exec touch -d @1100000000 {} +
times third/public >before
build third
is 'outputs with other times are not rendered' '' "$(grep -v plan.svg <<<"$out")"
is 'nor listed' '' "$(cat changed)"
is 'nor touched' '' "$(times third/public | diff before -)"

echo 'A sentence for the third run.' >>repo/content/companies/merrow-tidal.md
checkout third
bring third
times third/public >before
build third
is 'one body: what is listed is what differs' "$(differ published third/public)" "$(cat changed)"
has 'the page is' 'companies/merrow-tidal/index.html' "$(cat changed)"
lacks 'others are not' 'people/ada-holm/index.json' "$(cat changed)"
is 'what is the same keeps its time' "$(cat changed)" "$(times third/public | comm -3 before - | awk '{ print $1 }' | sort -u)"
clean 'and it is what a clean build gives' third

# The cache alone.
checkout fourth
bring fourth .dossier
build fourth
is 'the cache alone: only what changed is listed' "$(differ published fourth/public)" "$(cat changed)"
clean 'and all is there' fourth
is 'the same list' "$(differ published third/public)" "$(cat changed)"
keep fourth .dossier public
checkout fifth
bring fifth .dossier
build fifth
is 'with nothing changed nothing is listed' '' "$(cat changed)"
clean 'and all is there again' fifth

# The outputs alone.
checkout sixth
bring sixth public
times sixth/public >before
build sixth
is 'the outputs alone: nothing differs, nothing is listed' '' "$(cat changed)"
is 'nor touched' '' "$(times sixth/public | diff before -)"

# Missing, altered, replaced.
checkout seventh
bring seventh
rm -r seventh/public/people
echo more >>seventh/public/robots.txt
rm seventh/public/index.html && mkdir seventh/elsewhere && ln -s ../elsewhere seventh/public/index.html
sed 's/Merrow/Mirrow/' seventh/public/companies/merrow-tidal/index.html >new
cat new >seventh/public/companies/merrow-tidal/index.html
build seventh
is 'a damaged tree is mended' 0 $status
clean 'all of it' seventh
is 'and is no news to those who have the last one' '' "$(cat changed)"

# A page goes, one comes, one has another name.
checkout eighth
bring eighth
cp -R eighth/public published-8

rm -r repo/content/companies/yard
printf -- '+++\ntitle = "New Bank"\n+++\n\nA bank.\n' >repo/content/institutions/new-bank.md
mv repo/content/institutions/sea-energy.md repo/content/institutions/sea-energy-board.md
sed -i "s/\([\"\[]\)sea-energy\([]\"|]\)/\1sea-energy-board\2/g" repo/content/*/*.md
for how in '.dossier public' '.dossier'; do
	checkout eighth
	# shellcheck disable=SC2086
	bring eighth $how
	build eighth
	is "with $how: pages that come and go are built" 0 $status
	is "with $how: both are listed" "$(differ published-8 eighth/public)" "$(cat changed)"
	has "with $how: what went is" 'companies/yard/plan.svg' "$(cat changed)"
	clean "with $how: and it is what a clean build gives" eighth
done

# Damage of any kind is a full build with a note.
keep eighth .dossier public
for file in $(cd eighth/.dossier && echo *); do
	for how in cut flip empty text; do
		checkout ninth
		bring ninth
		size=$(wc -c <"ninth/.dossier/$file")
		case $how in
		cut) head -c $((size / 2)) "eighth/.dossier/$file" >"ninth/.dossier/$file" ;;
		flip) printf '\377' | dd of="ninth/.dossier/$file" bs=1 seek=$((size / 3)) conv=notrunc 2>/dev/null ;;
		empty) : >"ninth/.dossier/$file" ;;
		text) echo 'not a cache' >"ninth/.dossier/$file" ;;
		esac
		build ninth
		is "${file%-*} $how: it builds" 0 $status
		lacks "${file%-*} $how: without an error" 'error[' "$err"
		is "${file%-*} $how: nothing differs, nothing is listed" '' "$(cat changed)"
		diff -r anew/public ninth/public >/dev/null || not_ok "${file%-*} $how: it is what a clean build gives"
	done
done

# What the documentation shows.
script() { awk -v head="\`\`\`sh $1" '$0 == head { p = 1; next } /^```/ { p = 0 } p' "$repo/docs/ci.md"; }
mkdir bin
ln -s "$DOSSIER" bin/dossier
cat >bin/aws <<'SH'
#!/bin/sh
# s3 cp --only-show-errors FROM s3://TO, s3 rm --only-show-errors s3://TO: in the folder $BUCKETS
case $2 in
cp) to=$BUCKETS/${5#s3://}; mkdir -p "${to%/*}"; cp "$4" "$to" ;;
rm) rm -f "$BUCKETS/${4#s3://}" && rmdir -p "$(dirname "$BUCKETS/${4#s3://}")" 2>/dev/null ;;
esac
echo "$2" >>"$BUCKETS/requests"
SH
chmod +x bin/aws
export PATH=$tmp/bin:$PATH BUCKETS=$tmp/buckets
mkdir buckets
script upload.sh >upload.sh
[ -s upload.sh ] && ok 'there is a script to upload with' || not_ok 'there is a script to upload with'
upload() { # NAME: builds in a checkout that has .dossier and what is pending, and no outputs
	checkout uploading
	[ ! -e store/kept.tar ] || bring uploading
	(cd uploading && sh ../upload.sh bucket) >said 2>&1 || not_ok "$1: it ends well" "$(cat said)"
	keep uploading .dossier
	if diff -r uploading/public buckets/bucket >/dev/null; then ok "$1: the bucket is the site"; else not_ok "$1: the bucket is the site" "$(diff -rq uploading/public buckets/bucket | head -n 5)"; fi
}
rm -rf store
upload 'a first upload'
: >buckets/requests
upload 'an upload of nothing'
is 'makes no request' 0 "$(wc -l <buckets/requests)"
echo 'More.' >>repo/content/people/ada-holm.md
upload 'an upload of an edit'
n=$(wc -l <buckets/requests)
if [ "$n" -gt 0 ] && [ "$n" -lt 20 ]; then ok 'makes a few requests'; else not_ok 'makes a few requests' "$n"; fi
rm repo/content/institutions/new-bank.md
upload 'an upload of a deletion'
absent 'takes it from the bucket' buckets/bucket/institutions/new-bank/index.html

commands=$(grep -ohE '(^|run: |- )dossier (build|check)[^#]*' "$repo/docs/ci.md" | sed 's/^.*dossier /dossier /' | grep -v changed)
cp -R repo shown
is 'commands are shown' yes "$([ "$(wc -l <<<"$commands")" -ge 4 ] && echo yes)"
while IFS= read -r command; do
	(cd shown && CI_PAGES_URL=https://example.org/site bash -c "$command") >said 2>&1 || not_ok "'$command' works" "$(cat said)"
done <<<"$commands"
script publish.sh >publish.sh
if command -v git >/dev/null 2>&1; then
	git init -q --bare origin.git
	export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
	(cd repo && git init -q . && git checkout -q -b main && git add -A . && git commit -qm one &&
		git push -q ../origin.git main) >said 2>&1
	git clone -q -b main origin.git served >>said 2>&1
	printf '#!/bin/sh\nfor last; do to=$last; done\nmkdir -p "$to" && cp -a "$3." "$to"\n' >bin/rsync
	chmod +x bin/rsync
	cp publish.sh served/publish.sh
	chmod +x served/publish.sh
	served/publish.sh "$tmp/www" >said 2>&1 || not_ok 'the script for cron works' "$(cat said)"
	is 'it says nothing' '' "$(cat said)"
	(cd repo && echo 'Pushed.' >>content/index.md && git commit -qam two && git push -q ../origin.git main) >>said 2>&1
	times www >before
	served/publish.sh "$tmp/www" >said 2>&1
	has 'what was pushed is published' 'Pushed.' "$(cat www/index.html)"
	is 'with new times only where it is new' '' "$(comm -3 <(awk '{ print $1, $2 }' before) <(times www | awk '{ print $1, $2 }') | grep -c ada-holm | grep -v '^0')"
else
	echo '# no git: the script for cron was not tried'
fi
finish
