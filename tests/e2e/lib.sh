# shellcheck shell=bash
# What the end-to-end tests share: each sources this, works in a folder of its own ($tmp), and reports with
# shellcheck disable=SC2034
# `ok NAME`, `is NAME WANT GOT`, `has NAME PART TEXT`; `finish` ends it.
set -u
: "${DOSSIER:?the program to test}"
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 3
unset NO_COLOR CLICOLOR CLICOLOR_FORCE SOURCE_DATE_EPOCH
failures=0
out=
err=
status=0

# Runs the program: $out, $err and $status are what it said.
run() {
	"$DOSSIER" "$@" >"$tmp/.out" 2>"$tmp/.err" </dev/null
	status=$?
	out=$(cat "$tmp/.out")
	err=$(cat "$tmp/.err")
}

ok() {
	echo "ok - $1"
}

not_ok() {
	echo "not ok - $1"
	shift
	printf '# %s\n' "$@"
	failures=$((failures + 1))
}

is() {
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "wanted: $2" "got: $3" "stderr: ${err:0:600}"; fi
}

has() {
	case $3 in
	*"$2"*) ok "$1" ;;
	*) not_ok "$1" "no '$2' in: ${3:0:600}" ;;
	esac
}

lacks() {
	case $3 in
	*"$2"*) not_ok "$1" "'$2' is in: ${3:0:600}" ;;
	*) ok "$1" ;;
	esac
}

exists() {
	if [ -e "$2" ]; then ok "$1"; else not_ok "$1" "no file $2"; fi
}

absent() {
	if [ -e "$2" ]; then not_ok "$1" "file $2 is there"; else ok "$1"; fi
}

# briefing DIR [SORT-OPTION]: a copy of the briefing, its files made in that order; nothing is written beside its sources.
briefing() {
	local part parts=()
	for part in content data plugins templates assets site.toml; do
		[ ! -e "$repo/$part" ] || parts+=("$part")
	done
	mkdir -p "$1"
	(cd "$repo" && find "${parts[@]}" -type f | LC_ALL=C sort ${2:+"$2"} | tar -cf - --no-recursion -T -) | tar -xf - -C "$1"
}

finish() {
	[ $failures -eq 0 ]
	exit
}
