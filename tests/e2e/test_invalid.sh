#!/usr/bin/env bash
# Every broken site of tests/invalid/ gives the diagnostic it is named after, with a place, and publishes nothing.
#
# tests/invalid/<area-slug>/ is a site, laid over a minimal one. Files beside its content steer the test:
#   ARGS     further arguments of `dossier build`
#   PLACE    "path:line:col" that the diagnostic must name
#   SETUP    a bash script run in the site first, for what a repository cannot hold
#   WARNING  present: the diagnostic is a warning, and the site is published
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# Root may read everything: what is about permissions runs as nobody.
chmod 755 "$tmp"
cp "$DOSSIER" "$tmp/dossier"
as_nobody=()
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null 2>&1; then
	as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
fi

build() {
	"${as_nobody[@]}" "$tmp/dossier" build "$@" >"$tmp/.out" 2>"$tmp/.err" </dev/null
	status=$?
	out=$(cat "$tmp/.out")
	err=$(cat "$tmp/.err")
}

minimal() {
	mkdir -p "$1/content/sources" "$1/content/companies"
	cat > "$1/site.toml" <<'TOML'
title = "T"
base_url = "https://example.org/"
[kinds.company]
dir = "companies"
[kinds.person]
dir = "people"
[relations.founded_by]
label = "Founded by"
reverse = "Founder of"
TOML
	printf -- '+++\ntitle = "Home"\n+++\n\nText.\n' > "$1/content/index.md"
	printf -- '+++\ntitle = "Acme"\n+++\n\nText.\n' > "$1/content/companies/acme.md"
	printf -- '+++\ntitle = "A report"\n+++\n' > "$1/content/sources/report.md"
}

minimal whole
[ ${#as_nobody[@]} -eq 0 ] || chown -R 65534:65534 whole
build whole
is 'the minimal site is sound' 0 $status

for broken in "$repo"/tests/invalid/*/; do
	name=$(basename "$broken")
	# The area is one word; the first dash was the slash.
	code=${name%%-*}/${name#*-}
	site=$tmp/$name
	args=()
	minimal "$site"
	cp -R "$broken." "$site/"
	[ ! -f "$site/SETUP" ] || (cd "$site" && bash SETUP)
	[ ! -f "$site/ARGS" ] || read -ra args < "$site/ARGS"
	[ ${#as_nobody[@]} -eq 0 ] || chown -Rh 65534:65534 "$site"
	build "$site" --format json "${args[@]}"
	line=$(printf '%s\n' "$out" | grep -F "\"code\":\"$code\"" | head -n 1)
	if [ -z "$line" ]; then
		not_ok "$name gives $code" "status $status" "stdout: ${out:0:500}" "stderr: ${err:0:500}"
		chmod -R u+rwX "$site"
		continue
	fi
	ok "$name gives $code"
	if [ -f "$site/PLACE" ]; then
		build "$site" "${args[@]}"
		has "$name names the place" "--> $(cat "$site/PLACE")" "$err"
	fi
	if [ -f "$site/WARNING" ]; then
		is "$name is a warning" 0 $status
	else
		case $status in
		1 | 2 | 3) ok "$name ends with an error" ;;
		*) not_ok "$name ends with an error" "status $status" ;;
		esac
		# A file of that name may be what is wrong; folders that were made for staging hold nothing.
		if [ -d "$site/public" ] && [ -n "$(find "$site/public" -type f | head -n 1)" ]; then
			not_ok "$name publishes nothing" "$(find "$site/public" -type f | head -n 3)"
		else
			ok "$name publishes nothing"
		fi
	fi
	chmod -R u+rwX "$site"
done

finish
