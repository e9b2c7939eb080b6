#!/usr/bin/env bash
# bench/run.sh: Dossier, Hugo and the floor, measured in turn on one made-up corpus; Markdown on standard output.
#
#   BENCH_PAGES=10000     articles
#   BENCH_N=5             runs of each case: the medians count
#   BENCH_TMP=FOLDER      where to work; else /dev/shm, else the folder for temporary files
#   BENCH_HUGO=0          without Hugo
#   BENCH_COUNT=0         without instruction counts; BENCH_COUNT_PAGES=1000 is their corpus
#   BENCH_DOC=FILE        puts the tables between <!-- bench: PAGES --> and <!-- end --> of FILE
#
# Ends with status 1 where a promise of bench/budget is broken by more than 15 %.
set -u
export LC_ALL=C SOURCE_DATE_EPOCH=1780000000
cd "$(dirname "$0")/.." || exit 3
: "${DOSSIER:=$PWD/build/dossier}"
pages=${BENCH_PAGES:-10000}
runs=${BENCH_N:-5}
parent=${BENCH_TMP:-}
[ -n "$parent" ] || { [ -w /dev/shm ] && parent=/dev/shm || parent=${TMPDIR:-/tmp}; }
tmp=$(mktemp -d "$parent/dossier-bench.XXXXXX") || exit 3
trap 'rm -rf "$tmp"' EXIT
hugo=
[ "${BENCH_HUGO:-1}" = 0 ] || hugo=$(command -v hugo)
log=$tmp/log

die() {
	echo "bench: $*" >&2
	exit 3
}

measure() { # NAME COMMAND...
	"$tmp/measure" "$log" "$@" || { tail -n 20 "$log.out" >&2; die "$1 failed"; }
}

# Nothing that was written lately looks new: files are as old as in real life.
settle() {
	find "$@" -newermt '2026-01-01' -type f -exec touch -d '2025-06-01' {} +
}

build() { # NAME [OPTION...]: the site with everything
	local name=$1
	shift
	measure "$name" "$DOSSIER" build "$tmp/site" -q --strict "$@"
}

# After an edit that was measured, a build that is not, so that the next edit starts from rest.
rest() {
	settle "$tmp/site/content" "$tmp/site/templates" 2>/dev/null
	"$DOSSIER" build "$tmp/site" -q || die 'a build to rest failed'
}

nth() { # the nth article
	sed -n "$(($1 + 1))p" "$tmp/names"
}

bare() { # FOLDER: puts the articles named on standard input there without their front matter, which the floor does not know
	mkdir "$1"
	xargs awk 'FNR == 1 { if (out) close(out); n = split(FILENAME, part, "/"); out = bare "/" part[n]; head = 0 }
		head < 2 && /^\+\+\+$/ { head++; next } head == 2 { print > out }' bare="$1"
}

prepare() {
	local lib='-lcmark-gfm-extensions -lcmark-gfm'

	cc -O2 -o "$tmp/gen" bench/gen.c && cc -O2 -o "$tmp/measure" bench/measure.c || die 'cannot compile'
	# shellcheck disable=SC2086
	cc -O2 -o "$tmp/floor" bench/floor.c $lib -lpthread || die 'cannot compile the floor'
	"$tmp/gen" "$pages" "$tmp/corpus" || die 'cannot make the corpus'
	mkdir -p "$tmp/site/content" "$tmp/hugo/content"
	cp -R "$tmp/corpus/articles" "$tmp/corpus/companies" "$tmp/site/content/"
	cp bench/dossier/site.toml bench/dossier/peer.toml "$tmp/site/"
	cp -R bench/hugo/. "$tmp/hugo/"
	cp -R "$tmp/corpus/articles" "$tmp/hugo/content/"
	find "$tmp/site/content/articles" -name '*.md' | sort >"$tmp/names"
	bare "$tmp/bare" <"$tmp/names"
	mkdir -p "$tmp/site/templates"
	settle "$tmp/site" "$tmp/hugo"
}

full() { # RUN: everything from nothing, each in turn
	if [ -n "$hugo" ]; then
		rm -rf "$tmp/hugo/public" "$tmp/hugo/resources"
		measure hugo "$hugo" --quiet --source "$tmp/hugo" --destination "$tmp/hugo/public"
	fi
	rm -rf "$tmp/floor-out"
	measure floor-j1 "$tmp/floor" 1 "$tmp/bare" "$tmp/floor-out"
	rm -rf "$tmp/floor-out"
	measure floor-j2 "$tmp/floor" 2 "$tmp/bare" "$tmp/floor-out"
	rm -rf "$tmp/floor-out" "$tmp/peer-out" "$tmp/site/.dossier"
	measure peer-j1 "$DOSSIER" build "$tmp/site" -q -j1 -c "$tmp/site/peer.toml" -o "$tmp/peer-out"
	rm -rf "$tmp/peer-out" "$tmp/site/.dossier"
	measure peer "$DOSSIER" build "$tmp/site" -q -j2 -c "$tmp/site/peer.toml" -o "$tmp/peer-out"
	peer_outputs=$(find "$tmp/peer-out" -type f | wc -l)
	rm -rf "$tmp/peer-out" "$tmp/site/public" "$tmp/site/.dossier"
	build full-j1 -j1
	rm -rf "$tmp/site/public" "$tmp/site/.dossier"
	build full -j2
}

edits() { # RUN: one after the other, each upon the last build
	local run=$1 article

	rest
	build nothing
	article=$(nth $((run * 7 + 3)))
	printf '\nA sentence that was not there before, number %d.\n' "$run" >>"$article"
	build body
	rest
	article=$(nth $((run * 7 + 5)))
	sed -i "s/^title = .*/title = \"Another title $run\"/" "$article"
	build title
	rest
	sed -i "s/^aliases = .*/aliases = [\"Quillmere$run\"]/" "$tmp/site/content/companies/probe-$run.md"
	build alias
	rest
	printf '+++\ntitle = "A new article %d"\ndate = 2024-12-01T00:00:00Z\n+++\n\nIt is short.\n' "$run" >"$tmp/site/content/articles/new-$run.md"
	build new-page
	rest
	"$DOSSIER" templates -C "$tmp/site" --copy --force foot.html >/dev/null 2>&1 || die 'no template to copy'
	echo "<p>Line $run.</p>" >>"$tmp/site/templates/foot.html"
	build template
	rm "$tmp/site/templates/foot.html"
	rest
}

ci() { # RUN: in a checkout where every file is new
	local run=$1 article

	find "$tmp/site/content" -type f -exec touch {} +
	build ci-nothing
	article=$(nth $((run * 7 + 6)))
	printf '\nWritten elsewhere, number %d.\n' "$run" >>"$article"
	find "$tmp/site/content" -type f -exec touch {} +
	build ci-body
	rm -rf "$tmp/site/public"
	find "$tmp/site/content" -type f -exec touch {} +
	build ci-cache-alone
}

median() { # CASE COLUMN
	awk -v name="$1" -v column="$2" '$1 == name { print $column }' "$log" | sort -g |
		awk '{ v[NR] = $1 } END { if (NR) print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

figure() { # CASE cpu|wall|mb|kb-per-page
	case $2 in
	cpu) median "$1" 2 ;;
	wall) median "$1" 3 ;;
	mb) median "$1" 4 | awk '{ print $1 / 1024 }' ;;
	kb-per-page) median "$1" 4 | awk -v n="$pages" '{ print $1 / n }' ;;
	esac
}

ratio() { # A B
	awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0 && a != "") printf "%.3g", a / b; else print "–" }'
}

row() { # CASE WHAT OUTPUTS BY
	local cpu wall mb

	cpu=$(figure "$1" cpu)
	[ -n "$cpu" ] || return 0
	wall=$(figure "$1" wall)
	mb=$(figure "$1" mb)
	awk -v what="$2" -v cpu="$cpu" -v wall="$wall" -v mb="$mb" -v outputs="$3" -v r="$(ratio "$cpu" "$(figure "$4" cpu)")" \
		'BEGIN { printf "| %s | %s | %s | %.0f | %s | %s |\n", what, t(cpu), t(wall), mb, outputs, r }
		function t(s) { return s < 0.9995 ? sprintf("%.1f ms", s * 1000) : sprintf("%.2f s", s) }'
}

describe() {
	local commit
	commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
	[ -z "$(git status --porcelain -- generator templates assets Makefile 2>/dev/null)" ] || commit="$commit, changed"
	echo "Commit $commit. \`BENCH_PAGES=$pages BENCH_N=$runs make bench\`, $(date -u +%Y-%m-%d)."
	echo
	awk -F': *' '/^model name/ { m = $2 } END { printf "%s", m ? m : "unknown processor" }' /proc/cpuinfo 2>/dev/null
	echo ", $(nproc) cores; $(uname -sr); $(df -T "$tmp" | awk 'NR == 2 { print $2 }'); $(cc --version | head -n 1)."
	echo "$("$DOSSIER" version 2>/dev/null | head -n 1); ${hugo:+$("$hugo" version | cut -d' ' -f1-2), }cmark-gfm $(pkg-config --modversion libcmark-gfm 2>/dev/null || echo 0.29.0)."
	echo "$pages articles, $(find "$tmp/bare" -type f -exec cat {} + | wc -c | awk -v n="$pages" '{ printf "%.0f", $1 / n }') bytes of text each. Medians of $runs runs in turn; CPU is user and system together."
}

collect() { # NAME COMMAND...: counts the instructions of a command, with those of all it calls by function
	local name=$1
	shift
	valgrind --tool=callgrind --callgrind-out-file="$tmp/callgrind.$name" "$@" >/dev/null 2>"$tmp/callgrind" || die "callgrind: $name failed"
	awk '/Collected/ { print $4 }' "$tmp/callgrind" >"$tmp/count.$name"
	callgrind_annotate --inclusive=yes --threshold=100 "$tmp/callgrind.$name" 2>/dev/null |
		awk '{ gsub(",", "", $1); f = $3; if ($2 !~ /%\)$/) f = $4; sub(/.*:/, "", f); if (f != "" && !(f in seen)) { seen[f]; print f, $1 } }' >"$tmp/parts.$name"
}

instructions() { # NAME FUNCTION...: of all of them together
	local name=$1
	shift
	awk -v names="$*" 'BEGIN { n = split(names, list, " "); for (i = 1; i <= n; i++) want[list[i]] } $1 in want { sum += $2 } END { print sum + 0 }' "$tmp/parts.$name"
}

parts() { # where the instructions of a full build go; what is not named is the rest
	local n=$1 row what name got left_full left_peer cells

	left_full=$(cat "$tmp/count.full") left_peer=$(cat "$tmp/count.peer")
	printf '\n| part, thousands of instructions per article | everything | as Hugo |\n|---|---:|---:|\n'
	for row in 'front matter and Markdown:parse_page' 'of it cmark:cmark_parser_feed cmark_parser_finish' \
		'links, names, backlinks, digests:link_site' 'pages by templates:render_output' 'of it texts of pages:body_write' \
		'JSON, CSV, feeds, sitemap, `site.ndjson`:emit_output' 'links and anchors read back:verify_scan' \
		'search index:build_search' 'digests of outputs, making files:publish_stage'; do
		what=${row%%:*} cells=
		for name in full peer; do
			# shellcheck disable=SC2086
			got=$(instructions $name ${row#*:})
			cells="$cells $(awk -v v="$got" -v n="$n" 'BEGIN { printf "%.0f", v / n / 1e3 }') |"
			case $what in
			'of it'*) ;;
			*) eval "left_$name=\$((left_$name - got))" ;;
			esac
		done
		echo "| $what |$cells"
	done
	awk -v f="$left_full" -v p="$left_peer" -v n="$n" 'BEGIN { printf "| the rest | %.0f | %.0f |\n", f / n / 1e3, p / n / 1e3 }'
}

count() { # instructions of the floor, of a full build, and of one that changes nothing
	local n=${BENCH_COUNT_PAGES:-1000} site=$tmp/count what name options

	if [ "${BENCH_COUNT:-1}" = 0 ] || ! command -v valgrind >/dev/null; then return; fi
	rm -rf "$site" "$tmp/count-corpus"
	"$tmp/gen" "$n" "$tmp/count-corpus"
	mkdir -p "$site/content"
	mv "$tmp/count-corpus/articles" "$tmp/count-corpus/companies" "$site/content/"
	cp bench/dossier/*.toml "$site/"
	bare "$site/bare" < <(find "$site/content/articles" -name '*.md')
	settle "$site"
	printf '\nInstructions, which do not depend on how busy a machine is; %s articles, `-j1`, callgrind; not those of the kernel:\n\n' "$n"
	echo '| run | instructions | per article |'
	echo '|---|---:|---:|'
	for what in floor:'the floor' full:everything 'peer:as Hugo' nothing:'no change'; do
		name=${what%%:*} options=
		[ "$name" = nothing ] || rm -rf "$site/.dossier" "$site/public" "$site/peer"
		[ "$name" != peer ] || options="-c $site/peer.toml -o $site/peer"
		[ "$name" != nothing ] || "$DOSSIER" build "$site" -q
		if [ "$name" = floor ]; then
			collect floor "$tmp/floor" 1 "$site/bare" "$site/floor-out"
		else
			# shellcheck disable=SC2086
			collect "$name" "$DOSSIER" build "$site" -q -j1 $options
		fi
		awk -v what="${what#*:}" -v name="$name" -v n="$n" -v log_="$log" '{ printf "| %s | %.1f M | %.0f k |\n", what, $1 / 1e6, $1 / n / 1e3; print "count-" name, $1 / n, 0, 0 >> log_ }' "$tmp/count.$name"
	done
	parts "$n"
}

promises() {
	local at case what by promise got bad=0 state

	printf '\nPromises (`bench/budget`):\n\n| case | figure | measured | promised | |\n|---|---|---:|---:|---|\n'
	while read -r at case what by promise; do
		case $at in '' | '#'*) continue ;; esac
		got=$(figure "$case" "$what")
		[ "$by" = - ] || got=$(ratio "$got" "$(figure "$by" "$what")")
		if [ -z "$got" ] || [ "$got" = – ]; then continue; fi
		state=$(awk -v got="$got" -v promise="$promise" 'BEGIN { print got <= promise ? "kept" : got <= promise * 1.15 ? "within 15 %" : "broken" }')
		if [ "$pages" -lt "$at" ]; then
			state="from $at articles on"
		elif [ "$state" = broken ]; then
			bad=1
		fi
		[ "$by" = - ] && by= || by=" / $by"
		awk -v c="$case" -v w="$what$by" -v g="$got" -v p="$promise" -v s="$state" 'BEGIN { printf "| %s | %s | %.3g | %.3g | %s |\n", c, w, g, p, s }'
	done <bench/budget
	return $bad
}

tables() {
	local outputs hugo_outputs

	outputs=$(find "$tmp/site/public" -type f | wc -l)
	hugo_outputs=$(find "$tmp/hugo/public" -type f 2>/dev/null | wc -l)
	describe
	printf '\n| from nothing | CPU | wall | MB | files | CPU / floor |\n|---|---:|---:|---:|---:|---:|\n'
	row floor-j1 'floor, one thread' "$pages" floor-j1
	row floor-j2 'floor, two threads' "$pages" floor-j1
	row peer-j1 'Dossier as Hugo, `-j1`' "$peer_outputs" floor-j1
	row peer 'Dossier as Hugo, `-j2`' "$peer_outputs" floor-j1
	row full-j1 'Dossier with everything, `-j1`' "$outputs" floor-j1
	row full 'Dossier with everything, `-j2`' "$outputs" floor-j1
	row hugo Hugo "$hugo_outputs" floor-j1
	[ -z "$hugo" ] || printf '\nHugo takes %s times the CPU of Dossier with everything, and %s times that of Dossier as Hugo.\n' \
		"$(ratio "$(figure hugo cpu)" "$(figure full cpu)")" "$(ratio "$(figure hugo cpu)" "$(figure peer cpu)")"
	printf '\n| upon the last build, everything on | CPU | wall | MB | files | CPU / floor |\n|---|---:|---:|---:|---:|---:|\n'
	row nothing 'no change' '' floor-j1
	row body 'one body' '' floor-j1
	row title 'one title' '' floor-j1
	row alias "a new alias that $((pages >= 1000 ? 100 : pages / 10)) pages name" '' floor-j1
	row new-page 'a new article' '' floor-j1
	row template 'a template of every page' '' floor-j1
	row ci-nothing 'fresh checkout, no change' '' floor-j1
	row ci-body 'fresh checkout, one body' '' floor-j1
	row ci-cache-alone 'fresh checkout, the cache alone' '' floor-j1
	count
	promises
}

prepare
[ "$runs" -le 10 ] || die 'BENCH_N is at most 10'
for ((run = 0; run < runs; run++)); do
	echo "run $((run + 1)) of $runs" >&2
	full "$run"
	edits "$run"
	ci "$run"
done
tables >"$tmp/tables"
status=$?
cat "$tmp/tables"
if [ -n "${BENCH_DOC:-}" ] && grep -q "^<!-- bench: $pages -->$" "$BENCH_DOC"; then
	awk -v part="$tmp/tables" -v mark="<!-- bench: $pages -->" '
		$0 == mark { print; print ""; while ((getline line < part) > 0) print line; print ""; skip = 1; next }
		$0 == "<!-- end -->" { skip = 0 }
		!skip { print }' "$BENCH_DOC" >"$tmp/doc" && cat "$tmp/doc" >"$BENCH_DOC"
fi
exit $status
