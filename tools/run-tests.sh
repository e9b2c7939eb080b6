#!/usr/bin/env bash
# run-tests.sh PATTERN LOGDIR SUITE...
# Runs each suite (a program, or a bash script of tests/e2e/) whose name contains PATTERN, two at a time,
# prints what they said in the order given, and as the last line the totals. A suite counts by cmocka's
# closing lines or by lines "ok - name" and "not ok - name"; one that ends badly without saying how counts as a failure,
# as does one that ran nothing, unless it says "skip - why".
set -u
pattern=$1
logs=$2
shift 2
mkdir -p "$logs"
export LC_ALL=C.UTF-8 CMOCKA_MESSAGE_OUTPUT=stdout
: "${DOSSIER:=}" "${TOOLS_DIR:=}"
export DOSSIER TOOLS_DIR
# UBSan's and ASan's findings must fail the suite.
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}"
export TSAN_OPTIONS="${TSAN_OPTIONS:-suppressions=$PWD/tests/tsan.txt:print_suppressions=0}"
export LSAN_OPTIONS="${LSAN_OPTIONS:-suppressions=$PWD/tests/lsan.txt:print_suppressions=0}"

run_one() {
	local suite=$1 log=$2 status
	case $suite in
	*.sh) timeout "${SUITE_TIMEOUT:-900}" bash "$suite" >"$log" 2>&1 </dev/null ;;
	*/replay_*)
		timeout "${SUITE_TIMEOUT:-900}" "$suite" "tests/fuzz/corpus/${suite##*/replay_}" >"$log" 2>&1 </dev/null ;;
	*) timeout "${SUITE_TIMEOUT:-900}" "$suite" >"$log" 2>&1 </dev/null ;;
	esac
	status=$?
	[ $status -ne 124 ] || echo "$suite took too long" >>"$log"
	echo $status >"$log.status"
}

suites=()
for suite in "$@"; do
	name=${suite##*/}
	case $name in
	*"$pattern"*) suites+=("$suite") ;;
	esac
done

width=${TEST_JOBS:-2}
for suite in "${suites[@]}"; do
	while [ "$(jobs -rp | wc -l)" -ge "$width" ]; do
		wait -n
	done
	rm -f "$logs/${suite##*/}.log.status"
	run_one "$suite" "$logs/${suite##*/}.log" &
done
wait

passed=0
failed=0
bad=()
for suite in "${suites[@]}"; do
	log=$logs/${suite##*/}.log
	status=$(cat "$log.status" 2>/dev/null || echo 255)
	printf '== %s\n' "$suite"
	# The names of passing cases stay in the log.
	grep -avE '^\[ +(RUN|OK) +\]|^ok - |^# ' "$log"
	read -r p f < <(awk '
		/^\[  PASSED  \] [0-9]+ test/ { p += $4 }
		/^\[  FAILED  \] .*: [0-9]+ test|^\[  FAILED  \] [0-9]+ test/ { for (i = 1; i <= NF; i++) if ($i ~ /^[0-9]+$/) { f += $i; break } }
		/^ok - / { p++ }
		/^not ok - / { f++ }
		END { print p + 0, f + 0 }' "$log")
	if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then
		f=1
		echo "$suite ended with status $status"
	elif [ "$p" -eq 0 ] && [ "$f" -eq 0 ] && ! grep -aq '^skip - ' "$log"; then
		f=1
		echo "$suite ran no test"
	fi
	passed=$((passed + p))
	failed=$((failed + f))
	[ "$f" -eq 0 ] || bad+=("${suite##*/}")
done
[ ${#bad[@]} -eq 0 ] || printf 'failed: %s\n' "${bad[*]}"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
