#!/bin/sh
# deps.sh [build] [test] [lint]: installs what is missing, and only that.
#
# What is there is found by asking pkg-config and by linking, not by asking a package manager: so nothing
# needs root when nothing is missing, and libraries built by hand count. Afterwards the same questions are
# asked again, and whatever is still missing is named with what to do about it.
set -u

cc=${CC:-cc}
goals=${*:-build}
probe=$(mktemp -d) || exit 3
trap 'rm -rf "$probe"' EXIT

wants() {
	case " $goals " in *" $1 "*) return 0 ;; esac
	return 1
}

has_pc() {
	command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "$@"
}

has_lua() {
	for name in lua5.4 lua-5.4 lua54 lua; do
		has_pc "$name >= 5.4" && has_pc "$name < 5.5" && return 0
	done
	return 1
}

has_cc() {
	printf 'int main(void) { return 0; }\n' > "$probe/t.c"
	command -v "$cc" >/dev/null 2>&1 && "$cc" -o "$probe/t" "$probe/t.c" >/dev/null 2>&1
}

has_cmark_extensions() {
	has_pc libcmark-gfm || return 1
	printf '#include <cmark-gfm-core-extensions.h>\nint main(void) { cmark_gfm_core_extensions_ensure_registered(); return 0; }\n' > "$probe/t.c"
	# shellcheck disable=SC2046
	"$cc" $(pkg-config --cflags libcmark-gfm) -o "$probe/t" "$probe/t.c" -lcmark-gfm-extensions $(pkg-config --libs libcmark-gfm) >/dev/null 2>&1
}


# The name of a need is also the column of the table below.
is_there() {
	case $1 in
	cc) has_cc ;;
	ar) command -v "${AR:-ar}" >/dev/null 2>&1 ;;
	bash) command -v bash >/dev/null 2>&1 ;;
	pkg-config) command -v pkg-config >/dev/null 2>&1 ;;
	cmark-gfm) has_pc libcmark-gfm ;;
	cmark-gfm-extensions) has_cmark_extensions ;;
	libxml2) has_pc libxml-2.0 ;;
	lua) has_lua ;;
	libfyaml) has_pc libfyaml ;;
	libmicrohttpd) has_pc libmicrohttpd ;;
	utf8proc) has_pc libutf8proc ;;
	xxhash) has_pc libxxhash ;;
	libarchive) has_pc libarchive ;;
	pango) has_pc pangocairo ;;
	cmocka) has_pc cmocka ;;
	clang) command -v clang >/dev/null 2>&1 ;;
	clang-format) command -v clang-format >/dev/null 2>&1 ;;
	clang-tidy) command -v clang-tidy >/dev/null 2>&1 ;;
	node) command -v node >/dev/null 2>&1 ;;
	npm) command -v npm >/dev/null 2>&1 ;;
	unzip) command -v unzip >/dev/null 2>&1 ;;
	chromium) command -v chromium || command -v chromium-browser || command -v google-chrome-stable ;;
	esac >/dev/null
}

# need, apt, dnf, pacman, apk, brew, where it comes from; "-": the system brings it or has no package of it
table() {
	cat <<'TABLE'
cc                   gcc,libc6-dev                 gcc                 gcc          build-base        gcc           https://gcc.gnu.org
ar                   binutils                      binutils            binutils     binutils          binutils      https://www.gnu.org/software/binutils
bash                 bash                          bash                bash         bash              bash          https://www.gnu.org/software/bash
pkg-config           pkg-config                    pkgconf-pkg-config  pkgconf      pkgconf           pkgconf       https://www.freedesktop.org/wiki/Software/pkg-config
cmark-gfm            libcmark-gfm-dev              cmark-gfm-devel     cmark-gfm    cmark-gfm-dev     cmark-gfm     https://github.com/github/cmark-gfm
cmark-gfm-extensions libcmark-gfm-extensions-dev   cmark-gfm-devel     cmark-gfm    cmark-gfm-dev     cmark-gfm     https://github.com/github/cmark-gfm
libxml2              libxml2-dev                   libxml2-devel       libxml2      libxml2-dev       libxml2       https://gitlab.gnome.org/GNOME/libxml2
lua                  liblua5.4-dev                 lua-devel           lua54,lua    lua5.4-dev        lua@5.4       https://www.lua.org
libfyaml             libfyaml-dev                  libfyaml-devel      libfyaml     libfyaml-dev      libfyaml      https://github.com/pantoniou/libfyaml
libmicrohttpd        libmicrohttpd-dev             libmicrohttpd-devel libmicrohttpd libmicrohttpd-dev libmicrohttpd https://www.gnu.org/software/libmicrohttpd
utf8proc             libutf8proc-dev               utf8proc-devel      libutf8proc  utf8proc-dev      utf8proc      https://github.com/JuliaStrings/utf8proc
xxhash               libxxhash-dev                 xxhash-devel        xxhash       xxhash-dev        xxhash        https://github.com/Cyan4973/xxHash
libarchive           libarchive-dev                libarchive-devel    libarchive   libarchive-dev    libarchive    https://www.libarchive.org
pango                libpango1.0-dev               pango-devel         pango        pango-dev         pango         https://www.gtk.org/docs/architecture/pango
cmocka               libcmocka-dev                 libcmocka-devel     cmocka       cmocka-dev        cmocka        https://cmocka.org
clang                clang                         clang               clang        clang             llvm          https://clang.llvm.org
clang-format         clang-format                  clang-tools-extra   clang        clang-extra-tools clang-format  https://clang.llvm.org
clang-tidy           clang-tidy                    clang-tools-extra   clang        clang-extra-tools llvm          https://clang.llvm.org
node                 nodejs                        nodejs              nodejs       nodejs            node          https://nodejs.org
npm                  npm                           npm                 npm          npm               node          https://www.npmjs.com
unzip                unzip                         unzip               unzip        unzip             unzip         https://infozip.sourceforge.net
chromium             chromium                      chromium            chromium     chromium          chromium      https://www.chromium.org
TABLE
}

needs='cc ar bash pkg-config cmark-gfm cmark-gfm-extensions libxml2 lua libfyaml libmicrohttpd utf8proc xxhash libarchive pango'
wants test && needs="$needs cmocka unzip node npm chromium"
wants lint && needs="$needs clang clang-format clang-tidy"

missing=
find_missing() {
	missing=
	for need in $needs; do
		is_there "$need" || missing="$missing $need"
	done
}

# Beyond packages: what the browser tests take from npm, as their lock file has it. Without it they are skipped.
browser_modules() {
	wants test && is_there node && is_there npm || return 0
	# npm writes this copy of the lock file last.
	[ -n "$(find tests/browser/node_modules/.package-lock.json -newer tests/browser/package-lock.json 2>/dev/null)" ] && return 0
	(cd tests/browser && npm ci --no-audit --no-fund) >&2 </dev/null || echo 'npm ci did not work: the browser tests will be skipped' >&2
}

cd "$(dirname "$0")/.." || exit 3
find_missing
if [ -z "$missing" ]; then
	browser_modules
	exit 0
fi
printf 'missing:%s\n' "$missing" >&2

if command -v apt-get >/dev/null 2>&1; then manager=apt column=2
elif command -v dnf >/dev/null 2>&1; then manager=dnf column=3
elif command -v pacman >/dev/null 2>&1; then manager=pacman column=4
elif command -v apk >/dev/null 2>&1; then manager=apk column=5
elif command -v brew >/dev/null 2>&1; then manager=brew column=6
else manager=none column=2
fi

as_root=
may_install=yes
if [ "$manager" != brew ] && [ "$manager" != none ] && [ "$(id -u)" -ne 0 ]; then
	if command -v sudo >/dev/null 2>&1; then as_root=sudo
	elif command -v doas >/dev/null 2>&1; then as_root=doas
	else may_install=no
	fi
fi

known() {
	case $manager in
	apt) apt-cache show "$1" >/dev/null 2>&1 ;;
	dnf) dnf -q list "$1" >/dev/null 2>&1 ;;
	pacman) pacman -Si "$1" >/dev/null 2>&1 ;;
	apk) [ -n "$(apk search -e "$1" 2>/dev/null)" ] ;;
	brew) brew info "$1" >/dev/null 2>&1 ;;
	esac
}

refresh() {
	case $manager in
	apt) $as_root apt-get -q update ;;
	pacman) $as_root pacman -Sy --noconfirm ;;
	apk) $as_root apk update ;;
	esac
}

install_packages() {
	case $manager in
	apt) $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@" ;;
	dnf) $as_root dnf install -y "$@" ;;
	pacman) $as_root pacman -S --needed --noconfirm "$@" ;;
	apk) $as_root apk add "$@" ;;
	brew) brew install "$@" ;;
	esac
}

# A need may name alternatives or several packages; those the manager does not know are left out.
packages_of() {
	table | awk -v need="$1" -v column="$column" '$1 == need { gsub(",", " ", $column); print $column }'
}

packages=
if [ "$manager" != none ] && [ $may_install = yes ]; then
	refresh >&2 </dev/null || echo "the list of packages could not be refreshed; going on with the one that is here" >&2
	for need in $missing; do
		for package in $(packages_of "$need"); do
			case " $packages " in *" $package "*) continue ;; esac
			if known "$package"; then packages="$packages $package"; fi
		done
	done
	if [ -n "$packages" ]; then
		# shellcheck disable=SC2086
		install_packages $packages >&2 </dev/null || echo "$manager could not install everything" >&2
	fi
	# What is keg-only is found only where pkg-config looks.
	if [ "$manager" = brew ] && ! { has_lua && has_pc libarchive; }; then
		kegs=$(brew --prefix)/opt
		echo "if Lua or libarchive stays missing: export PKG_CONFIG_PATH=\"$kegs/lua@5.4/lib/pkgconfig:$kegs/libarchive/lib/pkgconfig\"" >&2
	fi
fi

browser_modules
find_missing
[ -n "$missing" ] || exit 0

{
	echo
	echo 'still missing:'
	all=
	for need in $missing; do
		url=$(table | awk -v need="$need" '$1 == need { print $7 }')
		names=$(packages_of "$need")
		all="$all $names"
		found=
		for package in $names; do
			case " $packages " in *" $package "*) found=$package ;; esac
		done
		if [ "$manager" = none ]; then
			printf '  %-22s build it from %s (its package is called %s in Debian)\n' "$need" "$url" "$names"
		elif [ $may_install = no ]; then
			printf '  %-22s package %s\n' "$need" "$names"
		elif [ -n "$found" ]; then
			printf '  %-22s package %s did not give it: see what %s says above\n' "$need" "$found" "$manager"
		else
			printf '  %-22s %s has no package of it: build it from %s, and let PKG_CONFIG_PATH name the folder of its .pc file\n' \
				"$need" "$manager" "$url"
		fi
	done
	if [ $may_install = no ]; then
		echo "not root, and neither sudo nor doas is here; as root, install:$all"
	fi
} >&2
for need in $missing; do
	case $need in
	node | npm | chromium) echo "without $need the browser tests are skipped" >&2 ;;
	*) exit 3 ;;
	esac
done
exit 0
