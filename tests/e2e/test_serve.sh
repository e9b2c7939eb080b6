#!/usr/bin/env bash
# The preview: serves, rebuilds, reloads, shows errors, ends when told to.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# get PATH: the whole answer, by bash's own sockets.
get() {
	exec 3<>"/dev/tcp/127.0.0.1/$port" || return 1
	printf 'GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$1" "${2:-localhost}" >&3
	timeout 5 cat <&3
	exec 3<&-
}

# wait_for TEXT: until the preview has said TEXT on standard error.
wait_for() {
	for _ in $(seq 200); do
		! grep -q "$1" serve.err || return 0
		sleep 0.05
	done
	return 1
}

begin() {
	"$DOSSIER" serve site -p 4940 "$@" >serve.out 2>serve.err </dev/null &
	server=$!
	if wait_for 'Serving on'; then ok "serve begins $*"; else not_ok "serve begins $*" "$(cat serve.err)"; finish; fi
	port=$(sed -n 's|.*http://127.0.0.1:\([0-9]*\)/.*|\1|p' serve.err | head -n 1)
}

end() {
	kill -"$1" "$server"
	wait "$server"
	is "serve ends on SIG$1" 0 $?
}

"$DOSSIER" init site >/dev/null 2>&1
begin
has 'the home page is served' 'HTTP/1.1 200' "$(get /)"
has 'a page has the script' '/_dossier/reload.js?g=' "$(get /companies/merrow-tidal/)"
lacks 'a published file has it not' 'reload.js' "$(cat site/public/index.html)"
has 'a strange host is refused' 'HTTP/1.1 403' "$(get / evil.example)"
lacks 'nothing outside is served' 'base_url' "$(get /../site.toml)"

echo 'A line that is new: plugh.' >> site/content/index.md
wait_for 'Built in .*written.*' || true
for _ in $(seq 400); do
	case $(get /) in *plugh*) break ;; esac
	sleep 0.05
done
has 'an edit is seen' 'plugh' "$(get /)"

echo 'See [[nowhere at all]].' >> site/content/index.md
if wait_for 'link/missing-target'; then ok 'an error is told'; else not_ok 'an error is told'; fi
has 'the last good page is still served' 'plugh' "$(get /)"
exec 4<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /_dossier/events HTTP/1.1\r\nHost: localhost\r\n\r\n' >&4
has 'the error is told to open pages' 'link/missing-target' "$(timeout 1 cat <&4)"
exec 4<&-

second=$("$DOSSIER" serve site -p "$port" >serve2.out 2>serve2.err </dev/null & echo $!)
for _ in $(seq 400); do
	! grep -q 'Serving on' serve2.err || break
	sleep 0.05
done
has 'the next port is taken and it is said' "Port $port is taken" "$(cat serve2.err)"
kill -TERM "$second"
end TERM

begin --poll
sed -i.bak '$d' site/content/index.md && rm site/content/index.md.bak
echo 'Once more: plover.' >> site/content/index.md
for _ in $(seq 400); do
	case $(get /) in *plover*) break ;; esac
	sleep 0.05
done
has 'an edit is seen by looking' 'plover' "$(get /)"
end TERM

# A library that is not one.
mkdir fake
echo none > fake/libmicrohttpd.so.12
LD_LIBRARY_PATH=$tmp/fake run serve site
is 'without the library it is an error' 1 $status
has 'with its code' '[build/no-library]' "$err"

begin --no-reload
lacks 'without reloading there is no script' 'reload.js' "$(get /)"
end HUP

finish
