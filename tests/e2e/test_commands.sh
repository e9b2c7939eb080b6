#!/usr/bin/env bash
# The commands that need no build.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

run
is 'without a command the status is 2' 2 $status
has 'without a command help is shown' 'Usage: dossier' "$err"
is 'without a command standard output stays empty' '' "$out"

run --version
is 'version is given' 0 $status
has 'version names the program' 'dossier ' "$out"

run help build
has 'help of a command goes to standard output' 'Usage: dossier build [OPTIONS] [DIR]' "$out"

run bulid
is 'an unknown command is wrong usage' 2 $status
has 'an unknown command is suggested' "did you mean 'build'?" "$err"

run build --drafst
is 'an unknown option is wrong usage' 2 $status
has 'an unknown option is suggested' "did you mean '--drafts'?" "$err"

run explain cli/unknown-option
has 'a code is explained' 'Unknown option' "$out"
run explain cli/unknown-optoin
is 'an unknown code is wrong usage' 2 $status
has 'a near code is suggested' "did you mean 'cli/unknown-option'?" "$err"

run init site
is 'init makes a site' 0 $status
exists 'init writes the configuration' site/site.toml
exists 'init writes a home page' site/content/index.md
has 'init says what to do next' 'dossier serve' "$err"
is 'init prints no data' '' "$out"
run init site
is 'init refuses a folder that is not empty' 2 $status
has 'init names the way out' '--force' "$err"
run init site --force
is 'init writes over it when told to' 0 $status
mkdir -p git/.git
run init git
is 'a folder with nothing but version control is empty' 0 $status
if grep -rqiE 'china|deepseek' site; then
	not_ok 'a new site holds nothing of the briefing'
else
	ok 'a new site holds nothing of the briefing'
fi

run -C site new company 'Zürich "Werke" & 深度'
is 'new makes a page' 0 $status
is 'new prints where' 'site/content/companies/zurich-werke-深度.md' "$out"
has 'new quotes the title' 'title = "Zürich \"Werke\" & 深度"' "$(cat "$out")"
has 'new offers the keys of the kind' 'founded = ' "$(cat "$out")"
run -C site new company 'Zürich "Werke" & 深度'
is 'new never writes over a page' 2 $status
run -C site new compny X
has 'an unknown kind is suggested' "did you mean 'company'?" "$err"
run -C site new page 'About us'
is 'a page of no folder stands at the top' 'site/content/about-us.md' "$out"
run -C site new company '!!!'
is 'a title without letters is refused' 2 $status

run -C site config --effective
is 'the configuration is printed' 0 $status
has 'the configuration holds what was set' 'title = "A first briefing"' "$out"
has 'the configuration holds defaults' 'page_size = 50' "$out"
printf '%s\n' "$out" > effective.toml
run -C site -c effective.toml config --effective
is 'the printed configuration can be read again' "$(cat effective.toml)" "$out"
run -C site -u ftp://x/ config --effective
is 'a base URL of another scheme is wrong usage' 2 $status
run -C site -u https://x.example/sub config --effective
has 'a base URL on the command line counts' 'https://x.example/sub' "$out"
printf 'titel = "x"\n' > site/site.toml
run -C site config --effective
is 'an unknown key is wrong configuration' 2 $status
has 'an unknown key is suggested' "did you mean 'title'?" "$err"
has 'its place is named' 'site.toml:1:1' "$err"
run -C site -c none.toml config --effective
is 'a configuration that cannot be read is the environment' 3 $status

run templates
is 'the theme is listed' 0 $status
has 'the theme has its base' 'templates/base.html' "$out"
run templates base.html
is 'a file of the theme is printed as it is' "$(cat "$repo/templates/base.html")" "$out"
run -C site templates --copy base.html
is 'a file of the theme is copied' "$(cat "$repo/templates/base.html")" "$(cat site/templates/base.html)"
run -C site templates --copy base.html
is 'a copy never writes over a file' 2 $status
run -C site templates
has 'an overridden file is marked' $'templates/base.html\toverridden' "$out"
run templates bsae.html
has 'a near file is suggested' "did you mean 'base.html'?" "$err"

run --format json frobnicate
is 'diagnostics about the command line are text' '' "$out"

if [ -w /dev/full ]; then
	"$DOSSIER" help >/dev/full 2>"$tmp/.err"
	is 'a full disk is noticed' 3 $?
fi
run --color=always bulid
has 'colours are there when asked for' $'\033[' "$err"
run --color=never bulid
lacks 'colours are absent when not wanted' $'\033[' "$err"

finish
