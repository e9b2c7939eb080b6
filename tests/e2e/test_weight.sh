#!/usr/bin/env bash
# What a reader's browser fetches for a page of this repository's site, compressed as hosts do it: the page, its style,
# scripts and pictures. Fonts are the reader's own. Previews and the search index come only when asked for.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

entity_max=60000
home_max=80000
scripts_max=20480

run build "$repo" -q --no-cache -o "$tmp/site"
is 'the site builds' 0 $status
[ $status -eq 0 ] || finish

weigh() {
	gzip -9nc "$1" | wc -c
}

declare -A weights
# weight_of FILE: sets $weight to that of the page and of all it refers to.
weight_of() {
	local part
	weight=$(weigh "$1")
	for part in $(grep -oE '<(link|script|img)[^>]*>' "$1" | grep -vE 'rel="(alternate|canonical|prev|next)"' |
		grep -oE '(href|src)="/[^"]*"' | cut -d'"' -f2 | sort -u); do
		[ -n "${weights[$part]:-}" ] || weights[$part]=$(weigh "$tmp/site$part")
		weight=$((weight + weights[$part]))
	done
}

heaviest=0
n=0
for json in "$tmp"/site/*/*/index.json; do
	weight_of "${json%.json}.html"
	n=$((n + 1))
	if [ $weight -gt $heaviest ]; then
		heaviest=$weight
		where=${json#"$tmp"/site/}
	fi
done
if [ $n -gt 100 ] && [ $heaviest -lt $entity_max ]; then
	ok "the heaviest of $n entities, ${where%/index.json}, weighs $heaviest bytes of $entity_max"
else
	not_ok "entities weigh less than $entity_max bytes" "$n entities; ${where%/index.json}: $heaviest"
fi
if [ ${#weights[@]} -ge 4 ]; then
	ok 'style, scripts and icon are counted'
else
	not_ok 'style, scripts and icon are counted' "${!weights[*]}"
fi

weight_of "$tmp/site/index.html"
if [ $weight -lt $home_max ]; then
	ok "home weighs $weight bytes of $home_max"
else
	not_ok "home weighs less than $home_max bytes" "$weight"
fi

size=$(cat "$repo"/assets/theme/*.js | wc -c)
if [ "$size" -lt $scripts_max ]; then
	ok "all scripts have $size bytes of $scripts_max"
else
	not_ok "all scripts have less than $scripts_max bytes" "$size"
fi
finish
