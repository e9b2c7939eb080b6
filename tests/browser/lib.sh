# What the suites in a browser share: Chromium, or the word that there is none; on top of tests/e2e/lib.sh.
# shellcheck shell=bash
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"

skip() {
	echo "skip - $(basename "$0" .sh): $1"
	exit 0
}

command -v node >/dev/null 2>&1 || skip 'no node here'
node -e 'process.exit(process.versions.node.split(".")[0] < 18 ? 1 : 0)' || skip 'node is older than 18'
chromium=
for name in chromium chromium-browser google-chrome-stable google-chrome; do
	chromium=$(command -v $name) && break
done
[ -n "$chromium" ] || skip 'no Chromium here'
for name in axe-core playwright-core; do
	[ -d "$repo/tests/browser/node_modules/$name" ] || skip 'npm ci has not run in tests/browser'
done
