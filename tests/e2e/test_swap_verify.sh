#!/usr/bin/env bash
# --verify compares with a clean build and names what differs; --swap exchanges whole trees.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

export SOURCE_DATE_EPOCH=1770000000
"$DOSSIER" init site >/dev/null 2>&1
times() { (cd "$1" && find . -type f -printf '%P %T@ %s\n' | LC_ALL=C sort); }

run build site --verify
is 'a first build is verified' 0 $status
is 'and leaves nothing beside the output' 'content data public site.toml' "$(cd site && echo *)"
kept=$(ls site/.dossier)
run build site --verify --explain
is 'a second one, too' 0 $status
is 'which renders nothing' '' "$out"
is 'what is kept is of the output alone' "$kept" "$(ls site/.dossier)"
echo 'Another sentence.' >>site/content/companies/merrow-tidal.md
run build site --verify
is 'so is one upon an edit' 0 $status

# A file changed behind its back, with the size and time that were written down.
page=site/public/companies/merrow-tidal/index.html
touch -r $page when
sed 's/Another sentence/Another sentance/' $page >new && cat new >$page && touch -r when $page
rm -f site/.dossier/state-*
run build site --verify
is 'an output that is not what a clean build gives is an error' 1 $status
has 'with its code' 'build/not-clean' "$err"
has 'and its name' 'companies/merrow-tidal/index.html' "$err"
run build site --verify --format json
has 'as data, too' '"code":"build/not-clean"' "$out"
run build site --no-cache --verify
is 'building without the cache mends it' 0 $status
touch site/public/somebody-elses.txt
run build site --verify
is 'what nobody built is nobody'"'"'s business' 0 $status
is 'the output folder has it still' site/public/somebody-elses.txt "$(echo site/public/some*)"

# Swapping.
times site/public >before
inode=$(stat -c %i site/public)
run build site --swap
is 'a swap with no change' 0 $status
is 'leaves the tree where it is' "$inode" "$(stat -c %i site/public)"
is 'with its times' '' "$(times site/public | diff before -)"
sed -i 's/Another sentence/A sentence/' site/content/companies/merrow-tidal.md
run build site --swap --changed-list changed
is 'a swap with an edit' 0 $status
has 'says where it published' 'published in site/public' "$err"
if [ "$inode" != "$(stat -c %i site/public)" ]; then ok 'puts another tree there'; else not_ok 'puts another tree there'; fi
is 'in which what is the same has its time' '' "$(times site/public | LC_ALL=C comm -23 before - | cut -d' ' -f1 | LC_ALL=C sort | LC_ALL=C comm -23 - <(LC_ALL=C sort changed))"
exists 'and what is somebody else'"'"'s is there' site/public/somebody-elses.txt
is 'nothing stays beside it' 'content data public site.toml' "$(cd site && echo *)"
is 'nothing stays in the cache' "$(cd site/.dossier && ls | wc -l)" "$(ls site/.dossier | sed 's/-[0-9a-f]*$//' | sort -u | wc -l)"
run build site --explain
is 'the next build knows of it' '' "$out"
run build site --verify
is 'and it is what a clean one gives' 0 $status
rm site/content/people/ada-holm.md
run build site --swap
is 'a build with errors swaps nothing' 1 $status
exists 'the old tree stays' site/public/people/ada-holm/index.html
is 'nothing stays beside it then' 'content data public site.toml' "$(cd site && echo *)"
run build site --swap
is 'again and again' 1 $status
cat >site/content/people/ada-holm.md <<'MD'
+++
title = "Ada Holm"
+++
MD
run build site --swap --verify
is 'mended, it is swapped and verified' 0 $status
rm -rf site/public
run build site --swap
is 'without a tree one is made' 0 $status
exists 'at its place' site/public/index.html
mkdir -p releases && mv site/public releases/1 && ln -s ../releases/1 site/public
echo 'One more.' >>site/content/companies/merrow-tidal.md
run build site --swap
is 'a link to the tree is followed' 0 $status
has 'and stays' 'releases/1' "$(readlink site/public)"
has 'with the new text behind it' 'One more.' "$(cat releases/1/companies/merrow-tidal/index.html)"
is 'and nothing beside' 1 "$(ls -A releases | wc -l)"

# A reader in a loop never misses a file, whichever tree it is in.
(
	while [ ! -e stop ]; do
		[ -e releases/1/index.html ] || echo missing >>missed
	done
) &
for i in 1 2 3 4 5 6 7 8; do
	echo "Line $i." >>site/content/companies/merrow-tidal.md
	"$DOSSIER" build site --swap >/dev/null 2>&1
done
touch stop
wait
absent 'a reader sees one tree or the other' missed

# Killed at any time.
for i in 1 2 3 4 5 6 7 8 9 10; do
	echo "Another line $i." >>site/content/companies/merrow-tidal.md
	"$DOSSIER" build site --swap >/dev/null 2>&1 &
	sleep "0.00$i"
	kill -9 $! 2>/dev/null
	wait $! 2>/dev/null
	[ -e releases/1/index.html ] || echo "no site after $i" >>broken
done
absent 'a build that is killed leaves the old site or the new one' broken
run build site --swap --verify
is 'the next one makes good' 0 $status
is 'and takes away what was left' 1 "$(ls -A releases | wc -l)"

# What was left goes with the next build of any kind; what is still in use does not.
left=$(realpath releases/1)
mkdir -p "$left.next.dossier-tmp/deep" "$left.clean.dossier-tmp" "$left.clean.dossier-tmp.dossier-tmp"
echo x >"$left.next.dossier-tmp/deep/file"
run build site
is 'a plain build takes away what a swap and a comparison left' 1 "$(ls -A releases | wc -l)"
is 'and says nothing of it' 0 $status
exists 'the site stands' releases/1/index.html
kept=$(ls site/.dossier)
for i in $(seq 50); do
	echo "A further line $i." >>site/content/companies/merrow-tidal.md
	"$DOSSIER" build site --swap >/dev/null 2>&1 &
	until [ -e "$left.next.dossier-tmp/index.html" ] || ! kill -0 $! 2>/dev/null; do :; done
	kill -STOP $! 2>/dev/null
	# The first of its files may have come while it was being taken away.
	[ -e "$left.next.dossier-tmp/index.html" ] && ls site/.dossier/beside-* >/dev/null 2>&1 && break
	kill -CONT $! 2>/dev/null
	wait $!
done
run build site
exists 'a tree that is being built stays' "$left.next.dossier-tmp/index.html"
kill -9 $!
wait $! 2>/dev/null
exists 'and after a kill' "$left.next.dossier-tmp/index.html"
run build site
is 'until the next build' 1 "$(ls -A releases | wc -l)"
is 'which keeps nothing of it' "$kept" "$(ls site/.dossier)"
finish
