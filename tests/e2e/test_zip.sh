#!/usr/bin/env bash
# The site as one archive: what --offline writes, always the same bytes, whole when unpacked anywhere.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

run init site
run build site --offline -o disk
run build site --zip briefing.zip
is 'an archive is written' 0 $status
has 'that is said' 'in briefing.zip' "$err"
absent 'the site itself is not touched' site/public
is 'it is a sound one' '' "$(unzip -tqq briefing.zip 2>&1)"
mkdir away
unzip -q briefing.zip -d away
is 'all lies in one folder of its name' briefing "$(ls away)"
if diff -r disk away/briefing >/dev/null; then ok 'it holds what --offline writes'; else not_ok 'it holds what --offline writes' "$(diff -rq disk away/briefing | head -n 3)"; fi
run check site -o "$tmp/away/briefing"
is 'unpacked, it is sound' 0 $status
is 'no link there begins at a root' '' "$(grep -rhoE ' (href|src)="/[^"]*"' --include='*.html' away | head -n 3)"
is 'names are sorted' '' "$(unzip -Z1 briefing.zip > names; LC_ALL=C sort -c names 2>&1)"

cp briefing.zip first.zip
sleep 1
TZ=Asia/Tokyo run build site --zip briefing.zip --no-cache
if cmp -s first.zip briefing.zip; then ok 'once more, the same bytes'; else not_ok 'once more, the same bytes'; fi
before=$(stat -c %Y briefing.zip 2>/dev/null || stat -f %m briefing.zip)
run build site --zip briefing.zip
is 'and the file is not written again' "$before" "$(stat -c %Y briefing.zip 2>/dev/null || stat -f %m briefing.zip)"
cp -R site other
find other -name '*.md' -exec touch {} +
run build other --zip elsewhere/briefing.zip
if cmp -s first.zip elsewhere/briefing.zip; then ok 'from other files with the same content too'; else not_ok 'from other files with the same content too'; fi
echo 'More.' >> site/content/topics/tidal-power.md
run build site --zip briefing.zip
if cmp -s first.zip briefing.zip; then not_ok 'a change changes it'; else ok 'a change changes it'; fi
echo 'See [there](/nowhere/).' >> site/content/topics/tidal-power.md
run build site --zip none.zip
is 'a broken site is an error' 1 $status
absent 'and makes no archive' none.zip
run build other --zip first.zip/all.zip
is 'a file that cannot be written is named' 3 $status
# A library that is not one.
mkdir fake
echo none > fake/libarchive.so.13
LD_LIBRARY_PATH=$tmp/fake run build other --zip none.zip
is 'without the library it is an error' 3 $status
has 'with its code' '[build/no-library]' "$err"
absent 'and no archive' none.zip
run clean site
absent 'clean takes along what was built for it' site/.dossier

finish
