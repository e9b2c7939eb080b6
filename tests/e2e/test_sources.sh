#!/usr/bin/env bash
# What the program counts as made from: a build goes by it whether the last one was this program's. Another theme inside
# is another program.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

# sources FOLDER FILES...: the checksum with these files as the theme.
sources() {
	local to=$1
	shift
	make -s -C "$repo" B="$tmp/$to" THEME="$*" "$tmp/$to/gen/version.c" >"$tmp/.out" 2>&1 || cat "$tmp/.out"
	sed -n 's/.*version_sources\[\] = "\(.*\)";/\1/p' "$tmp/$to/gen/version.c"
}

mkdir one
cp "$repo/templates/page.html" "$repo/templates/base.html" one/
theme=("$tmp/one/base.html" "$tmp/one/page.html")
first=$(sources a "${theme[@]}")
has 'it has a checksum' - "$first"
is 'the same sources have the same' "$first" "$(sources b "${theme[@]}")"
is 'and one file less is another' another "$([ "$(sources c "${theme[0]}")" = "$first" ] && echo same || echo another)"
echo >>one/page.html
is 'one more byte in the theme is another' another "$([ "$(sources d "${theme[@]}")" = "$first" ] && echo same || echo another)"
is 'it is made anew where the theme changed' "$(sources d "${theme[@]}")" "$(sources a "${theme[@]}")"

finish
