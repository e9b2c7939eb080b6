#!/usr/bin/env bash
# What readers of the briefing find: names, aliases, misspellings, Chinese, topics, phrases (tests/search/queries.tsv).
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

if ! command -v node >/dev/null 2>&1 || node -e 'process.exit(process.versions.node.split(".")[0] < 18 ? 0 : 1)'; then
	echo 'skip - what readers find: no node of version 18 or later here'
	exit 0
fi
queries=$repo/tests/search/queries.tsv
run build "$repo" -q --no-cache -o "$tmp/site"
is 'the briefing builds' 0 $status
grep -v '^#' "$queries" | cut -f1 | node "$repo/tests/unit/search_client.js" "$tmp/site" - >"$tmp/answers" 2>"$tmp/.err"
is 'each query is answered' "$(grep -vc '^#' "$queries")" "$(wc -l <"$tmp/answers")"
if found=$(node "$repo/tests/search/relevance.js" "$queries" "$tmp/answers"); then
	ok "readers find what they look for: $found"
else
	not_ok 'readers find what they look for' "$found"
fi
finish
