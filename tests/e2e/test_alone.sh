#!/usr/bin/env bash
# The program copied alone into an empty folder, with an empty environment: it makes a site, builds it and shows it,
# and nothing of the briefing that stands beside its sources is in it.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir alone home
cp "$DOSSIER" alone/dossier
cd alone || exit 3

bare() { # in the empty environment
	env -i ${ASAN_OPTIONS:+ASAN_OPTIONS="$ASAN_OPTIONS"} ./dossier "$@" >"$tmp/.out" 2>"$tmp/.err" </dev/null
	status=$?
	err=$(cat "$tmp/.err")
}

bare version
is 'it says its version' 0 $status
bare init site
is 'it makes a site' 0 $status
bare build site --strict
is 'it builds it, without a warning' 0 $status
exists 'there is a home page' site/public/index.html
exists 'there is a style sheet' "$(find site/public/assets -name '*.css' | head -n 1)"
(cd "$tmp/home" && env -i ../alone/dossier -C ../alone/site build -o out >"$tmp/.out" 2>&1)
is 'it builds from elsewhere' 0 $?
if diff -r site/public "$tmp/home/out" >/dev/null; then ok 'to the same bytes'; else not_ok 'to the same bytes'; fi
bare check site
is 'it finds it sound' 0 $status
bare -C site new company 'Harbour Works'
is 'it makes a page' 0 $status
bare build site
is 'which builds' 0 $status

env -i ./dossier serve site -p 4960 >"$tmp/serve.out" 2>"$tmp/serve.err" </dev/null &
server=$!
for _ in $(seq 400); do
	! grep -q 'Serving on' "$tmp/serve.err" || break
	sleep 0.05
done
port=$(sed -n 's|.*http://127.0.0.1:\([0-9]*\)/.*|\1|p' "$tmp/serve.err" | head -n 1)
get() {
	exec 3<>"/dev/tcp/127.0.0.1/$port" || return 1
	printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$1" >&3
	timeout 5 cat <&3
	exec 3<&-
}
has 'it shows it' 'HTTP/1.1 200' "$(get /)"
has 'it shows a page of it' 'Merrow Tidal' "$(get /companies/merrow-tidal/)"
has 'what is not there is not found' 'HTTP/1.1 404' "$(get /companies/deepseek/)"
kill -TERM $server
wait $server
is 'it ends when told to' 0 $?

# Nothing of the briefing: no name of it, no sentence, no file.
bare templates
is 'it lists the theme' 0 $status
for word in DeepSeek Deepseek Tsinghua Hangzhou Wenfeng Zhejiang 'Barron' 'Moonshot' MacroPolo Liangzhu 深度求索; do
	if grep -rlaF -- "$word" site >/dev/null; then not_ok "no $word in the new site" "$(grep -rlaF -- "$word" site | head -n 3)"; else ok "no $word in the new site"; fi
	if grep -qaF -- "$word" dossier; then not_ok "no $word in the program"; else ok "no $word in the program"; fi
done
titles=$(find "$repo/content" -name '*.md' -exec sed -n 's/^summary = "\(.\{24,60\}\).*/\1/p' {} +)
if [ "$(printf '%s\n' "$titles" | grep -c .)" -ge 150 ]; then ok 'the briefing has summaries'; else not_ok 'the briefing has summaries'; fi
printf '%s\n' "$titles" > "$tmp/summaries"
is 'no summary of the briefing is in the program' '' "$(grep -aoF -f "$tmp/summaries" dossier | head -n 3)"
is 'nor in the new site' '' "$(grep -raoF -f "$tmp/summaries" site | head -n 3)"
if [ -d "$repo/assets/site" ]; then
	is 'nor a file of its own' '' "$(cd "$repo/assets/site" && find . -type f | sed 's|.*/||' | while read -r f; do grep -qaF "$f" "$tmp/alone/dossier" && echo "$f"; done)"
fi
is 'nor a path of the machine it was built on' '' "$(grep -aoF "$repo" dossier | head -n 1)"

finish
