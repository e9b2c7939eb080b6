#!/usr/bin/env bash
# What readers take away: the archive unpacked on a disk, and the print edition as it stands and as PDF.
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
command -v unzip >/dev/null 2>&1 || skip 'no unzip here'

run init site
run build site --zip away.zip
is 'an archive is written' 0 $status
mkdir "away from home"
unzip -q away.zip -d 'away from home'
node "$repo/tests/browser/sharing.js" "$chromium" "$tmp/away from home/away" || failures=1
finish
