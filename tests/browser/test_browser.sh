#!/usr/bin/env bash
# The site of this repository in a browser: Chromium through playwright-core, with axe-core. Where one of them is
# not installed (tools/deps.sh test installs them) the suite says so and counts as skipped.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"

skip() {
	echo "skip - browser tests: $1"
	exit 0
}

command -v node >/dev/null 2>&1 || skip 'no node here'
node -e 'process.exit(process.versions.node.split(".")[0] < 18 ? 1 : 0)' || skip 'node is older than 18'
chromium=
for name in chromium chromium-browser google-chrome-stable google-chrome; do
	chromium=$(command -v $name) && break
done
[ -n "$chromium" ] || skip 'no Chromium here'
[ -d "$repo/tests/browser/node_modules/axe-core" ] && [ -d "$repo/tests/browser/node_modules/playwright-core" ] ||
	skip 'npm ci has not run in tests/browser'

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
