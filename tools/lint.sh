#!/usr/bin/env bash
# lint.sh: the house rules that a compiler does not check. B is the build folder whose objects are read.
# LINT=layers,format runs only those parts; the parts are the names of the functions below.
set -u
cd "$(dirname "$0")/.." || exit 3
B=${B:-build}
CC=${CC:-cc}
out=build/lint
mkdir -p "$out"
warn='-std=c11 -D_GNU_SOURCE -Igenerator -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Wformat=2 -Wundef -Werror'
mapfile -t sources < <(find generator -name '*.c' | LC_ALL=C sort)
mapfile -t headers < <(find generator -name '*.h' | LC_ALL=C sort)
mapfile -t tests < <(find tests tools -name '*.c' | LC_ALL=C sort)

layers() {
	awk -f tools/lint-layers.awk generator/LAYERS "${sources[@]}" "${headers[@]}"
}

# A global symbol of X.o starts with X_; of X_part.o with X_ or X_part_.
symbols() {
	local bad=0 source object module stem symbol
	for source in "${sources[@]}"; do
		object=$B/obj/${source#generator/}
		object=${object%.c}.o
		stem=$(basename "$source" .c)
		module=${stem%%_*}
		[ -f "$object" ] || { echo "$source: not built"; bad=1; continue; }
		[ "$stem" != main ] || continue
		while read -r symbol; do
			case $symbol in
			"${module}"_* | "${stem}"_* | "$module") ;;
			__odr_asan* | __asan* | __tsan*) ;;
			*) echo "$source: global symbol '$symbol' does not start with '${module}_'"; bad=1 ;;
			esac
		done < <(nm -g --defined-only "$object" | awk 'NF == 3 { print $3 }')
		# Writable objects: everything in .data and .bss that relocation does not make read-only.
		while read -r symbol; do
			if ! awk -v m="${source#generator/}" '$1 == "writable" && index(m, $2) == 1 { found = 1 } END { exit !found }' generator/LAYERS; then
				echo "$source: '$symbol' is writable and global to the program"
				bad=1
			fi
		done < <(objdump -t "$object" | awk '/ O / && $0 ~ / \.(data|bss|tbss|tdata)/ && $0 !~ /\.data\.rel\.ro/ { print $NF }')
	done
	return $bad
}

# Every header compiles alone, with both compilers.
alone() {
	local bad=0 compiler header
	for compiler in gcc clang; do
		command -v "$compiler" >/dev/null 2>&1 || continue
		for header in "${headers[@]}"; do
			# shellcheck disable=SC2046,SC2086
			printf '#include "%s"\n' "${header#generator/}" |
				"$compiler" $warn $(head -n 1 "$B/cflags") -x c -fsyntax-only - || { echo "$header: does not compile alone ($compiler)"; bad=1; }
		done
	done
	return $bad
}

# Headers keep their comments in columns by hand; .c files are what clang-format makes of them.
format() {
	local tool=clang-format bad=0 file
	command -v clang-format-14 >/dev/null 2>&1 && tool=clang-format-14
	command -v "$tool" >/dev/null 2>&1 || { echo 'format: clang-format is not installed, skipped'; return 0; }
	for file in "${sources[@]}" "${tests[@]}"; do
		"$tool" "$file" | cmp -s - "$file" || { echo "$file: not as clang-format writes it ($tool -i $file)"; bad=1; }
	done
	awk 'length($0) > 160 { printf "%s:%d: line too long\n", FILENAME, FNR; bad = 1 }
		/^ +[^ *]/ { printf "%s:%d: indented with spaces\n", FILENAME, FNR; bad = 1 }
		/[ \t]$/ { printf "%s:%d: white space at the end\n", FILENAME, FNR; bad = 1 }
		END { exit bad }' "${headers[@]}" || bad=1
	return $bad
}

# A file is checked again when its object is newer than the last clean check.
tidy() {
	local todo=() source stamp object
	command -v clang-tidy >/dev/null 2>&1 || { echo 'tidy: clang-tidy is not installed, skipped'; return 0; }
	for source in "${sources[@]}"; do
		stamp=$out/$(echo "$source" | tr / _).ok
		object=$B/obj/${source#generator/}
		object=${object%.c}.o
		if [ ! -f "$stamp" ] || [ "$object" -nt "$stamp" ] || [ .clang-tidy -nt "$stamp" ]; then
			todo+=("$source")
		fi
	done
	[ ${#todo[@]} -gt 0 ] || return 0
	# shellcheck disable=SC2016
	printf '%s\n' "${todo[@]}" | WARN="$warn $(head -n 1 "$B/cflags")" OUT=$out xargs -P 2 -n 1 sh -c '
		log=$OUT/$(echo "$1" | tr / _)
		if clang-tidy --quiet "$1" -- $WARN >"$log.log" 2>/dev/null; then touch "$log.ok"; else cat "$log.log"; exit 1; fi' sh
}

length() {
	awk -f tools/lint-length.awk "${sources[@]}" "${headers[@]}"
}

# Codes used stand in the table, codes of the table are used, explained in docs/ and shown in tests/invalid/.
codes() {
	local bad=0 table=generator/base/diag_codes.inc areas code
	sed -n 's/^CODE("\([^"]*\)".*/\1/p' "$table" > "$out/codes.table"
	LC_ALL=C sort -c -u "$out/codes.table" || { echo "$table: not sorted by slug, or a slug twice"; bad=1; }
	# An area is one of the table, or one that a diagnostic is added with.
	areas=$({ cut -d/ -f1 "$out/codes.table"; cat "${sources[@]}" | tr '\n' ' ' |
		grep -oE 'diag_add\([^"]*"[a-z]+/[a-z0-9-]+"' | sed 's/.*"\([a-z]*\)\/.*/\1/'; } | sort -u | paste -sd'|')
	grep -ohE "\"($areas)/[a-z][a-z0-9-]*\"" "${sources[@]}" "${headers[@]}" generator/lua/*.lua 2>/dev/null |
		tr -d '"' | LC_ALL=C sort -u > "$out/codes.used"
	while read -r code; do
		case $code in text/*) continue ;; esac
		echo "code '$code' is used but not in $table"
		bad=1
	done < <(LC_ALL=C comm -13 "$out/codes.table" "$out/codes.used")
	while read -r code; do
		echo "code '$code' is in $table but nothing uses it"
		bad=1
	done < <(LC_ALL=C comm -23 "$out/codes.table" "$out/codes.used")
	while read -r code; do
		if [ ! -d "tests/invalid/${code//\//-}" ] && ! grep -q "^${code}[[:space:]]" tests/invalid/WITHOUT; then
			echo "code '$code' has neither a broken site tests/invalid/${code//\//-} nor a reason in tests/invalid/WITHOUT"
			bad=1
		fi
	done < "$out/codes.table"
	return $bad
}

# What the binary says of itself and what docs/ say must be one.
docs() {
	tools/docs.sh check
}

words() {
	local bad=0
	if git grep -nIE '\b(TODO|FIXME|XXX|HACK)\b' -- generator tests templates assets bench tools Makefile .ci ':!tools/lint.sh'; then
		echo 'words that promise later'
		bad=1
	fi
	if git grep -nIE '(^|[^A-Za-z0-9._-])/(work|farm|root|home/[a-z]+)/' -- . ':!tools/lint.sh' ':!docs/images'; then
		echo 'paths of one machine'
		bad=1
	fi
	return $bad
}

scripts() {
	command -v shellcheck >/dev/null 2>&1 || return 0
	shellcheck -x -S warning tools/*.sh .ci/run tests/e2e/test_*.sh tests/browser/test_*.sh bench/*.sh
}

status=0
for part in $(echo "${LINT:-layers,symbols,alone,format,length,codes,docs,words,scripts,tidy}" | tr , ' '); do
	if "$part"; then
		printf 'lint: %-8s ok\n' "$part"
	else
		printf 'lint: %-8s FAILED\n' "$part"
		status=1
	fi
done
exit $status
