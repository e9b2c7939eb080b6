#!/usr/bin/env bash
# docs.sh [check]: puts what the binary says of itself into docs/: options and commands into reference/cli.md
# and dossier.1, keys into reference/config.md, codes into diagnostics.md, the Lua API into reference/lua-api.md.
# With `check` nothing is written, and what would change is an error.
set -u
cd "$(dirname "$0")/.." || exit 3
dossier=${DOSSIER:-build/dossier}
mode=${1:-write}
status=0
new=$(mktemp)
part=$(mktemp)
trap 'rm -f "$new" "$part"' EXIT

settle() {
	if [ "$mode" = check ]; then
		cmp -s "$new" "$1" || { echo "$1: not what $dossier says; run tools/docs.sh"; status=1; }
	else
		cmp -s "$new" "$1" || { cp "$new" "$1"; echo "$1"; }
	fi
}

# splice FILE BEGIN END COMMAND...: what stands between the two marks is what COMMAND prints.
splice() {
	local file=$1 begin=$2 end=$3
	shift 3
	[ -f "$file" ] || { echo "$file: missing"; status=1; return; }
	"$@" > "$part" || { echo "$*: failed"; status=1; return; }
	# By the environment: awk would read the backslashes of roff in -v.
	BEGIN_MARK=$begin END_MARK=$end awk -v part="$part" '
		$0 == ENVIRON["BEGIN_MARK"] { print; while ((getline line < part) > 0) print line; skip = 1; next }
		$0 == ENVIRON["END_MARK"] { skip = 0 }
		!skip { print }' "$file" > "$new"
	settle "$file"
}

splice docs/reference/cli.md '<!-- from the table of options: tools/docs.sh -->' '<!-- end -->' "$dossier" help --markdown
splice docs/dossier.1 '.\" from the table of options: tools/docs.sh' '.\" end' "$dossier" help --man
splice docs/reference/config.md '<!-- from the table of keys: tools/docs.sh -->' '<!-- end -->' "$dossier" config --markdown
splice docs/diagnostics.md '<!-- from the table of codes: tools/docs.sh -->' '<!-- end -->' "$dossier" explain --all
exit $status
