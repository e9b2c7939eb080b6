#!/usr/bin/env bash
# Output folders: each is known by itself, what is not ours stays, and a build that fails leaves no trace.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

files() {
	(cd "$1" && find . | LC_ALL=C sort)
}

run init site
run build site
cp -R site/public first

# Another folder, with files of its own under names that were ours elsewhere.
mkdir -p other/companies/merrow-tidal
echo mine > other/mine.txt
echo mine > other/gone.html
mkdir -p other/hollow
printf -- '+++\ntitle = "Passing"\n+++\n\nText.\n' > site/content/passing.md
run build site
exists 'a new page is there' site/public/passing/index.html
mkdir -p other/passing
echo mine > other/passing/index.html
rm site/content/passing.md
run build site -o other
is 'a build into another folder ends well' 0 $status
is 'a file there that another folder once had is not removed' mine "$(cat other/passing/index.html)"
is 'other files there stay' minemine "$(cat other/mine.txt other/gone.html | tr -d '\n')"
exists 'folders there stay' other/hollow
exists 'the first folder is not touched by it' site/public/passing/index.html
run build site --explain
absent 'the first folder knows its own leavings' site/public/passing
if diff -r first site/public >/dev/null; then ok 'and is as it was'; else not_ok 'and is as it was' "$(diff -rq first site/public | head -n 3)"; fi
run build site --explain
is 'nothing is rendered for the first folder' '' "$(printf '%s' "$out" | grep -v $'\t$')"
run build site -o other --explain
is 'nothing is rendered for the second folder' '' "$(printf '%s' "$out" | grep -v $'\t$')"
run build site -o ./site/../other/ --explain
is 'a folder is the same by whatever way it is named' '' "$(printf '%s' "$out" | grep -v $'\t$')"
mv site moved
run build moved --explain
is 'a site that was moved is built on' '' "$(printf '%s' "$out" | grep -v $'\t$')"
mv moved site

# Without the cache everything is rendered, and what is to go is known all the same.
printf -- '+++\ntitle = "Passing"\n+++\n\nText.\n' > site/content/passing.md
run build site
sed -i.bak 's/^title.*/&\ndraft = true/' site/content/passing.md && rm site/content/passing.md.bak
run build site --no-cache
absent 'a page that became a draft goes, without the cache too' site/public/passing
rm site/content/passing.md
run build site

# A build that fails after rendering: nothing in the folder changes, and a new one is not left behind.
files site/public > before
mkdir -p site/content/late/deep
printf -- '+++\ntitle = "Late"\n+++\n\nText.\n' > site/content/late/deep/page.md
printf -- '+++\ntitle = "Broken"\n+++\n\nSee [there](/late/deep/page/#nowhere).\n' > site/content/broken.md
run build site
is 'a broken anchor is an error' 1 $status
has 'it has its code' 'verify/broken-anchor' "$err"
files site/public > after
is 'a failed build leaves neither files nor folders' '' "$(diff before after)"
if diff -r first site/public >/dev/null; then ok 'and changes none'; else not_ok 'and changes none'; fi
run build site -o fresh
is 'it fails in a new folder too' 1 $status
absent 'the new folder is not left behind' fresh
mkdir ready
run build site -o ready
exists 'an empty folder that was there stays' ready
is 'and stays empty' '' "$(ls -A ready)"
rm -r site/content/late site/content/broken.md
run build site
is 'mended, it builds' 0 $status
is 'no temporary file is left' '' "$(find site other ready -name '*dossier-tmp*')"

# Clean, folder by folder.
run clean site -o other
exists 'clean leaves what is not ours' other/mine.txt
absent 'clean removes what is ours' other/index.html
exists 'clean of one folder leaves the other' site/public/index.html
run build site --explain
is 'and what is known of it' '' "$(printf '%s' "$out" | grep -v $'\t$')"
run clean site
absent 'clean removes the cache' site/.dossier
absent 'and the output' site/public

# Links of pages that are not rendered again are known from the last build.
printf -- '+++\ntitle = "Aim"\n+++\n\n# One\n\n# Two\n' > site/content/aim.md
printf -- '+++\ntitle = "Hidden aim"\n+++\n\n# Three\n' > site/content/hidden.md
printf -- '+++\ntitle = "Archer"\n+++\n\n[To](/aim/#two) and [there](/hidden/#three).\n' > site/content/archer.md
run build site
is 'links to anchors hold' 0 $status
printf -- '+++\ntitle = "Aim"\n+++\n\n# Two\n\n# One\n\n# More\n' > site/content/aim.md
run build site
is 'anchors in another order are there' 0 $status
printf -- '+++\ntitle = "Aim"\n+++\n\n# One\n\n# More\n' > site/content/aim.md
run build site
is 'an anchor that is gone is missed by a page that stays' 1 $status
has 'and it is named' 'content/archer.md' "$err"
printf -- '+++\ntitle = "Aim"\n+++\n\n# Two\n' > site/content/aim.md
run build site
is 'back again, all is well' 0 $status
mv site/content/hidden.md .
run build site
is 'a page that is gone is missed' 1 $status
mv hidden.md site/content/
run build site
is 'until it is there again' 0 $status

finish
