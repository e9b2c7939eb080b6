#!/usr/bin/env bash
# What readers take away: the archive unpacked on a disk, and the print edition as it stands and as PDF.
# shellcheck source=tests/browser/lib.sh
. "$(dirname "$0")/lib.sh"
command -v unzip >/dev/null 2>&1 || skip 'no unzip here'

run init site
run build site --zip away.zip
is 'an archive is written' 0 $status
mkdir "away from home"
unzip -q away.zip -d 'away from home'
node "$repo/tests/browser/sharing.js" "$chromium" "$tmp/away from home/away" || failures=1
finish
