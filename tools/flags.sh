#!/bin/sh
# Prints compiler or linker flags of the outside libraries, one line: flags.sh cflags|libs CC
# STATIC=1 prefers archives. Where a library has a .pc file it decides; cmark-gfm's extensions have
# none in Debian, so they are found by linking against them.
set -eu

what=$1
cc=$2

fail() {
	printf '%s\n' "$1" "run 'make deps' to install what the build needs" >&2
	exit 1
}

command -v pkg-config >/dev/null 2>&1 || fail "pkg-config is not installed"

lua=
for name in lua5.4 lua-5.4 lua54 lua; do
	if pkg-config --exists "$name >= 5.4" && pkg-config --exists "$name < 5.5"; then
		lua=$name
		break
	fi
done
[ -n "$lua" ] || fail "Lua 5.4 is not installed (no lua5.4.pc, lua-5.4.pc, lua54.pc or lua.pc of version 5.4)"

modules="libcmark-gfm libfyaml libutf8proc libxxhash $lua"
# Only runs that need them load these, see base/library.h.
loaded="libarchive libmicrohttpd libxml-2.0 pangocairo"
for name in $modules $loaded; do
	pkg-config --exists "$name" || fail "$name is not installed (pkg-config does not know it)"
done

if [ "$what" = cflags ]; then
	# System headers: warnings about them are not ours.
	# shellcheck disable=SC2086
	printf '%s\n' "$(pkg-config --cflags $modules $loaded | sed 's/-I/-isystem /g')"
	exit 0
fi

dir=$(pkg-config --variable=libdir libcmark-gfm)
extensions="-L$dir -lcmark-gfm-extensions -lcmark-gfm"
probe=$(mktemp -d)
trap 'rm -rf "$probe"' EXIT
printf 'void cmark_gfm_core_extensions_ensure_registered(void);\nint main(void) { cmark_gfm_core_extensions_ensure_registered(); return 0; }\n' > "$probe/t.c"
# shellcheck disable=SC2086
$cc -o "$probe/t" "$probe/t.c" $extensions >/dev/null 2>&1 || fail "libcmark-gfm-extensions is not installed (a link test failed)"

# shellcheck disable=SC2086
libs="$extensions $(pkg-config --libs $modules)"
if [ -n "${STATIC:-}" ]; then
	out=
	for flag in $libs; do
		case $flag in
		-lcmark-gfm-extensions | -lcmark-gfm | -lfyaml | -lutf8proc | -lxxhash | -llua*)
			file=$dir/lib${flag#-l}.a
			[ -f "$file" ] && flag=$file
			;;
		esac
		out="$out $flag"
	done
	libs=$out
fi
printf '%s -lm -ldl\n' "$libs"
