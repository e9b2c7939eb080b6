#!/usr/bin/env bash
# A run that changes nothing compares names, sizes and times, and stops; anything that differs ends that.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir -p site/content/companies
cat >site/site.toml <<'TOML'
title = "Site"
[kinds.company]
dir = "companies"
[measures.staff]
review_in = "12 months"
[relations.owned_by]
label = "Owned by"
TOML
printf -- '+++\ntitle = "Acme"\n+++\n\nAcme makes things.\n' >site/content/companies/acme.md
cat >site/content/companies/bolt.md <<'MD'
+++
title = "Bolt"
[[relations]]
type = "owned_by"
target = "acme"
to = 2031-07-01
+++
MD
printf -- '+++\ntitle = "Later"\nembargo = 2031-05-01\n+++\n' >site/content/companies/later.md
find site -exec touch -d '2026-01-01' {} +

# The time of parsing tells whether the stages ran.
stages() {
	run build site --now "${1:-2030-01-01}"
	case $err in *'parse 0 '*) echo stopped ;; *) echo ran ;; esac
}

is 'the first build runs' ran "$(stages)"
is 'the second stops' stopped "$(stages)"
run build site --now 2030-01-01
has 'and counts what there is' ' 2 entities' "$err"
has 'and calls it published' 'published in' "$err"

touch -d '2026-01-02' site/content/companies/acme.md
is 'another time of a file alone changes nothing' stopped "$(stages)"
is 'and is settled then' stopped "$(stages)"
printf 'x\n' >site/content/note.txt && touch -d '2026-01-01' site/content/note.txt
is 'a new file is seen' ran "$(stages)"
rm site/content/note.txt
is 'a file that is gone is seen' ran "$(stages)"
is 'and is settled then, too' stopped "$(stages)"

rm site/public/index.html
is 'a missing output is seen' ran "$(stages)"
exists 'and written again' site/public/index.html
stages >/dev/null
printf ' ' >>site/public/robots.txt
is 'an altered output is seen' ran "$(stages)"
is 'and mended' '' "$(grep -c ' $' site/public/robots.txt | grep -v '^0')"
stages >/dev/null

find site/public -type f -exec touch -d '2026-03-03' {} +
is 'outputs with other times are looked into' ran "$(stages)"
run build site --now 2030-01-01
has 'and are left alone' ' 0 rendered, 0 written' "$err"
is 'and settled' stopped "$(stages)"

is 'a day before the embargo changes nothing' stopped "$(stages 2031-04-30)"
is 'the day it ends does' ran "$(stages 2031-05-01)"
exists 'and publishes the page' site/public/companies/later/index.html
bolt=site/public/companies/bolt/index.html
is 'so does the day a relation ends' '0 before, some then' \
	"$(grep -c former "$bolt") $(stages 2031-07-01 >/dev/null && grep -q former "$bolt" && echo 'before, some then')"
run build site --now 2031-07-02 --explain
lacks 'which is then over for good' 'companies/bolt' "$out$err"
is 'an earlier day is looked into again' ran "$(stages 2030-01-01)"
is 'and withholds it' '' "$(find site/public -path '*later*')"

# A fresh checkout gives every file another time.
stages >/dev/null
find site/content site/site.toml -exec touch -d '2026-02-02' {} +
is 'other times of the same bytes change nothing' stopped "$(stages)"
find site/content -exec touch {} +
is 'nor do those of this moment' stopped "$(stages)"
is 'also when they are looked at again' stopped "$(stages)"
sed -i 's/Acme makes/Acme mends/' site/content/companies/acme.md
is 'the same size with other bytes does' ran "$(stages)"
printf 'p { color: red }\n' >site/more.css
mkdir -p site/assets && mv site/more.css site/assets/more.css
touch -d '2026-03-03' site/assets/more.css
is 'a new asset does' ran "$(stages)"
touch -d '2026-04-04' site/assets/more.css
is 'another time of it does not' stopped "$(stages)"
printf 'p { color: tan }\n' >site/assets/more.css
touch -d '2026-04-04' site/assets/more.css
touch -d '2026-05-05' site/assets/more.css
is 'other bytes of it do' ran "$(stages)"
find site -path site/public -prune -o -exec touch -d '2026-01-01' {} +
rm -r site/assets
stages >/dev/null

stages >/dev/null
is 'all is settled' stopped "$(stages)"
for manifest in site/.dossier/manifest-*; do
	head -c 60 "$manifest" >short && cp short "$manifest"
done
is 'a damaged manifest means a run' ran "$(stages)"
stages >/dev/null
for manifest in site/.dossier/manifest-*; do
	touch -d '2026-03-03' "$manifest"
	is 'a manifest from elsewhere that says the same does not' stopped "$(stages)"
	printf '\252' | dd of="$manifest" bs=1 seek=200 conv=notrunc 2>/dev/null
done
is 'one wrong byte in it means a run' ran "$(stages)"
stages >/dev/null
state=$(echo site/.dossier/state-*)
size=$(wc -c <"$state")
for at in 0 9 30 60 $((size / 2)) $((size - 1)); do
	cp "$state" keep
	other='\377'
	[ "$(od -An -tu1 -j "$at" -N 1 "$state" | tr -d ' ')" != 255 ] || other='\376'
	# shellcheck disable=SC2059
	printf "$other" | dd of="$state" bs=1 seek="$at" conv=notrunc 2>/dev/null
	is "damage at byte $at means a run" ran "$(stages)"
	cp keep "$state"
done
head -c 40 keep >"$state"
is 'a cut state means a run' ran "$(stages)"
run build site --now 2030-01-01 --offline
case $err in *' 0 rendered'*) not_ok 'other settings mean a run' "$err" ;; *) ok 'other settings mean a run' ;; esac
printf -- '+++\ntitle = "Warned"\nalias = ["W"]\n+++\n' >site/content/warned.md
touch -d '2026-01-01' site/content/warned.md
stages >/dev/null
is 'what has a warning says it each time' ran "$(stages)"
finish
