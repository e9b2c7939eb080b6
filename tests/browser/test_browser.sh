#!/usr/bin/env bash
# The site of this repository in a browser: Chromium through playwright-core, with axe-core. Where one of them is
# not installed (tools/deps.sh test installs them) the suite says so and counts as skipped.
# shellcheck source=tests/browser/lib.sh
. "$(dirname "$0")/lib.sh"

for variant in 'root' 'sub --base-url https://example.org/sub/' 'disk --offline'; do
	# shellcheck disable=SC2086
	set -- $variant
	name=$1
	shift
	run build "$repo" -q --no-cache -o "$tmp/$name" "$@"
	is "the site builds: $variant" 0 $status
	[ $status -eq 0 ] || finish
done

node "$repo/tests/browser/suite.js" "$chromium" "$tmp" || failures=1
finish
