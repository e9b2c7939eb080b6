#!/usr/bin/env bash
# fuzz.sh SECONDS HARNESS...: runs each libFuzzer harness for SECONDS, growing build/fuzz/corpus/<name> from
# the inputs that are kept in tests/fuzz/corpus/<name>. A crash leaves its input in build/fuzz/crashes/.
set -u
seconds=$1
shift
mkdir -p build/fuzz/crashes
status=0
for harness in "$@"; do
	name=${harness##*/fuzz_}
	grown=build/fuzz/corpus/$name
	mkdir -p "$grown"
	kept=()
	[ ! -d "tests/fuzz/corpus/$name" ] || kept=("tests/fuzz/corpus/$name")
	dict=()
	[ ! -f "tests/fuzz/$name.dict" ] || dict=("-dict=tests/fuzz/$name.dict")
	printf '%s: ' "$name"
	if "$harness" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
		-artifact_prefix="build/fuzz/crashes/$name-" "${dict[@]}" "$grown" "${kept[@]}" >"build/fuzz/$name.log" 2>&1; then
		awk '/number_of_executed_units/ { print $2, "runs, no finding" }' "build/fuzz/$name.log"
	else
		echo "a finding: see build/fuzz/$name.log"
		status=1
	fi
done
exit $status
