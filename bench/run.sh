#!/usr/bin/env bash
# bench/run.sh: CPU time, wall time and peak memory of a clean build, a build without changes, and a build after one
# line was edited. BENCH_SITE names the site (this repository's by default), BENCH_RUNS how often (5): the medians count.
# The site is copied first; nothing of it is touched.
set -u
cd "$(dirname "$0")/.." || exit 3
: "${DOSSIER:=$PWD/build/dossier}"
runs=${BENCH_RUNS:-5}
site=${BENCH_SITE:-.}
tmp=$(mktemp -d "${BENCH_TMP:-${TMPDIR:-/tmp}}/dossier-bench.XXXXXX") || exit 3
trap 'rm -rf "$tmp"' EXIT

mkdir "$tmp/site"
for part in site.toml content data templates plugins assets; do
	[ ! -e "$site/$part" ] || cp -R "$site/$part" "$tmp/site/"
done
pages=$(find "$tmp/site/content" -name '*.md' | wc -l)
first=$(find "$tmp/site/content" -name '*.md' ! -name index.md | LC_ALL=C sort | head -n 1)

# One line: CPU seconds, wall seconds, peak memory in KB, as the kernel accounts for the process.
measure() {
	if [ -x /usr/bin/time ] && /usr/bin/time -f '%U %S %e %M' true 2>/dev/null; then
		/usr/bin/time -o "$tmp/time" -f '%U %S %e %M' "$@" >"$tmp/out" 2>&1 || { cat "$tmp/out" >&2; exit 1; }
		awk '{ print $1 + $2, $3, $4 }' "$tmp/time"
	else
		TIMEFORMAT='%U %S %R'
		{ time "$@" >"$tmp/out" 2>&1; } 2>"$tmp/time" || { cat "$tmp/out" >&2; exit 1; }
		awk '{ print $1 + $2, $3, 0 }' "$tmp/time"
	fi
}

median() {
	sort -n | awk -v column="$1" '{ v[NR] = $column } END { print v[int((NR + 1) / 2)] }'
}

report() {
	local name=$1 file=$2
	printf '%-22s %8.3f s CPU  %8.3f s wall' "$name" "$(cut -d' ' -f1 "$file" | median 1)" "$(cut -d' ' -f2 "$file" | median 1)"
	memory=$(cut -d' ' -f3 "$file" | median 1)
	if [ "$memory" -gt 0 ]; then printf '  %6d MB\n' $((memory / 1024)); else printf '\n'; fi
}

for ((i = 0; i < runs; i++)); do
	rm -rf "$tmp/site/public" "$tmp/site/.dossier"
	measure "$DOSSIER" build -q "$tmp/site" >>"$tmp/clean"
	measure "$DOSSIER" build -q "$tmp/site" >>"$tmp/same"
	printf '\nAnother line, number %d.\n' "$i" >>"$first"
	measure "$DOSSIER" build -q "$tmp/site" >>"$tmp/edit"
done
printf '%s pages, median of %s runs\n' "$pages" "$runs"
report 'clean' "$tmp/clean"
report 'nothing changed' "$tmp/same"
report 'one line edited' "$tmp/edit"
