#!/usr/bin/env bash
# What the documentation shows works: its examples are put into a site that must build without a word of complaint,
# and its commands must say what it claims.
#
# Of fenced blocks those count whose opening line declares what they are:
#   ```toml data/facts.toml               the file, as it is
#   ```toml site.toml added               lines at the end of that file
#   ```toml content/a/b.md front-matter   lines at the end of that page's front matter
#   ```markdown content/a/b.md text       lines at the end of that page
#   ```console                            commands after "$ ", each with lines that its output must hold; "…" is any text
# A document without `$ dossier init` begins in the site that `dossier init` makes. HTML comments of the form
# <!-- run: COMMAND --> are commands that a reader need not see.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir bin
ln -s "$DOSSIER" bin/dossier
PATH=$tmp/bin:$PATH

# blocks FILE DIR: each counting block as DIR/NNN, its first line "LINE PATH HOW".
blocks() {
	awk -v dir="$2" '
		function begin(head) { file = sprintf("%s/%03d", dir, ++n); print head > file }
		/^```/ && open { open = 0; if (file) close(file); file = ""; next }
		/^```/ { open = 1; if ($1 == "```console") begin(NR " - console"); else if (NF > 1) begin(NR " " $2 " " (NF > 2 ? $3 : "whole")); next }
		open && file { print > file }
		!open && /^<!-- run: .* -->$/ { begin(NR " - console"); print "$ " substr($0, 11, length($0) - 14) > file; close(file); file = "" }
	' "$1"
}

# matches PATTERN TEXT: a line of TEXT is PATTERN, where "…" in PATTERN is any text.
matches() {
	local pattern=$1 line

	pattern=${pattern//\\/\\\\}
	pattern=${pattern//\[/\\[}
	pattern=${pattern//\*/\\*}
	pattern=${pattern//\?/\\?}
	pattern=${pattern//…/*}
	while IFS= read -r line; do
		# shellcheck disable=SC2254
		case $line in $pattern) return 0 ;; esac
	done <<< "$2"
	return 1
}

# In the current folder, which `cd` changes. Commands may fail: their output tells.
play() {
	local line said='' place=$2

	while IFS= read -r line; do
		case $line in
		'$ cd '*) cd "${line#'$ cd '}" || return ;;
		'$ '*)
			said=$(bash -c "${line#'$ '}" 2>&1 </dev/null) ;;
		'' | '…') ;;
		*) matches "$line" "$said" || bad="$bad"$'\n'"$place: '$line' is not in: ${said:0:1200}" ;;
		esac
	done < "$1"
}

put() {
	local path=$2 body

	mkdir -p "$(dirname "$path")"
	case $3 in
	whole) tail -n +2 "$1" > "$path" ;;
	added) { echo; tail -n +2 "$1"; } >> "$path" ;;
	text) { echo; tail -n +2 "$1"; } >> "$path" ;;
	front-matter)
		body=$(tail -n +2 "$1")
		BODY=$body awk '/^(\+\+\+|---)$/ && ++n == 2 { print ""; print ENVIRON["BODY"] } { print }' "$path" > "$path.new" &&
			mv "$path.new" "$path" ;;
	*) bad="$bad"$'\n'"$4: nobody knows '$3'" ;;
	esac
}

try_document() {
	local doc=$1 name line path how block dir
	name=$(basename "$doc" .md)
	dir=$tmp/blocks-$name
	mkdir "$dir" "$tmp/$name"
	blocks "$doc" "$dir"
	[ -n "$(ls "$dir")" ] || return 0
	bad=
	cd "$tmp/$name" || return
	if ! grep -q '^\$ dossier init' "$doc"; then
		dossier init site >/dev/null 2>&1
		cd site || return
	fi
	for block in "$dir"/*; do
		read -r line path how < "$block"
		if [ "$how" = console ]; then
			tail -n +2 "$block" > "$block.commands"
			play "$block.commands" "$doc:$line"
		else
			put "$block" "$path" "$how" "$doc:$line"
		fi
	done
	is "the commands of $name say what it shows" '' "$bad"
	run build --strict
	is "the examples of $name build without a warning" 0 "$status"
	lacks "the examples of $name build without a note" 'note[' "$err"
	run check
	is "what the examples of $name make is sound" 0 "$status"
	cd "$tmp" || return
}

for doc in "$repo/README.md" "$repo"/docs/*.md "$repo"/docs/reference/*.md; do
	try_document "$doc"
done

finish
