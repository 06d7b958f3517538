#!/usr/bin/env bash
# Installs what building, testing and checking need. Debian 12 and newer, Ubuntu 24.04 and newer.
#
# Usage: ci/setup.sh [--print]      --print shows what it would do, and does nothing
#
# Packages of the system where they are new enough; the rest goes into the private prefix .deps/ of this tree:
# Boost headers, Catch2's source, promtool (its package would start a service), npm packages. No other suite is ever
# mixed into the system. When nothing is missing the network is not touched.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
deps=$root/.deps
boost_min=108400 # as in BOOST_VERSION: 1.84
boost_packages='libboost1\.(8[4-9]|9[0-9])-dev'

packages=(
    g++ make cmake ninja-build ccache xz-utils ca-certificates
    libssl-dev libsqlite3-dev libcli11-dev libtomlplusplus-dev libspdlog-dev libbenchmark-dev
    openssl sqlite3 python3 python3-jsonschema python3-websockets python3-jwt
)
clang_parts=(clang clang-tidy clang-format clang-tools)

print_only=false
case ${1:-} in
--print) print_only=true ;;
'') ;;
*) sed -n 's/^# \{0,1\}//p' "$0" | head -4 >&2 && exit 2 ;;
esac

say() { echo "setup: $*"; }
die() { echo "setup: $*" >&2 && exit 1; }

# Runs a command that changes something, or shows it.
run() {
    if $print_only; then echo "  $*"; else "$@" </dev/null; fi
}

run_as_root() {
    if [ "$(id -u)" = 0 ]; then
        run env "$@"
    elif $print_only || command -v sudo >/dev/null; then
        run sudo env "$@"
    else
        die "not root, and no sudo. As root run: $*"
    fi
}

apt_install() {
    run_as_root DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends --no-remove \
        -o DPkg::Lock::Timeout=300 "$@"
}

updated=false
apt_update() {
    $updated && return
    updated=true
    # A broken list of a third party is no reason to stop: what is then missing says so itself.
    run_as_root apt-get update -o DPkg::Lock::Timeout=300 -qq || say "apt-get update failed for some sources; going on"
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
offered() { apt-cache show --no-all-versions "$1" >/dev/null 2>&1; }

os() { (. /etc/os-release && eval "echo \"\${$1:-}\""); }

# ---- packages of the system

# Prints the newest release of clang that is installed in full, else that is offered; 19 before all others.
clang_release() {
    local release part
    for test in installed offered; do
        for release in 19 20 21 22 23 18; do
            for part in "${clang_parts[@]}"; do $test "$part-$release" || continue 2; done
            $test "libclang-rt-$release-dev" || continue
            echo "$release" && return
        done
    done
    echo 19
}

missing_packages() {
    local package release
    for package in "${packages[@]}"; do installed "$package" || echo "$package"; done
    # A node of another origin stays: it conflicts with the npm of the system.
    command -v node >/dev/null || echo nodejs
    command -v npm >/dev/null || echo npm
    # A browser for one test, which is skipped without. Ubuntu's package is an empty one that wants snapd.
    [ "$(os ID)" != debian ] || installed chromium || echo chromium
    release=$(clang_release)
    for package in "${clang_parts[@]/%/-$release}" "libclang-rt-$release-dev"; do
        installed "$package" || echo "$package"
    done
}

install_packages() {
    local missing
    [ -n "$(missing_packages)" ] || return 0
    apt_update
    # Only now is it known which releases of clang are offered.
    mapfile -t missing < <(missing_packages)
    if [[ " ${missing[*]} " == *" npm "* ]] && command -v node >/dev/null && ! installed nodejs; then
        die "node is installed but npm is not: install the npm that belongs to your node"
    fi
    say "packages: ${missing[*]}"
    apt_install "${missing[@]}"
}

# ---- packages of other suites, unpacked into .deps/

work=
cleanup() { [ -z "$work" ] || rm -rf "$work"; }
trap cleanup EXIT

# The system's own suite, then newer ones that its mirror is likely to have.
suites() {
    local all
    case $(os ID) in
    debian) all=(bookworm trixie forky) ;;
    ubuntu) all=(noble plucky questing resolute) ;;
    *) die "neither Debian nor Ubuntu: install Boost >= 1.84, and Catch2 3 as .deps/include and .deps/src" ;;
    esac
    local own seen=false suite
    own=$(os VERSION_CODENAME)
    [[ " ${all[*]} " == *" $own "* ]] || { echo "$own" && return; }
    for suite in "${all[@]}"; do
        [ "$suite" != "$own" ] || seen=true
        ! $seen || echo "$suite"
    done
}

# The mirrors the system itself uses for its own suite.
mirrors() {
    apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        awk -v suite="$(os VERSION_CODENAME)" '$1 == suite && $2 == "main" && !seen[$3]++ { print $3 }'
}

# apt with sources and lists of its own: nothing it does is seen by the system.
apt_of() {
    local suite=$1 && shift
    local program=$1 && shift
    "$program" -qq -o Dir::Etc::sourcelist="$work/$suite/sources.list" -o Dir::Etc::sourceparts=- \
        -o Dir::State::lists="$work/$suite/lists" -o Dir::Cache="$work/$suite/cache" -o APT::Sandbox::User=root \
        -o APT::Get::List-Cleanup=0 -o Acquire::Languages=none -o Debug::NoLocking=1 "$@" </dev/null
}

# Makes apt_of SUITE usable, once. Fails when no mirror has the suite.
open_suite() {
    local suite=$1 mirror keyring option='' components=main
    [ ! -e "$work/$suite/ready" ] || return 0
    mkdir -p "$work/$suite/lists/partial" "$work/$suite/cache/archives/partial"
    for keyring in /usr/share/keyrings/"$(os ID)"-archive-keyring.{gpg,pgp}; do
        [ ! -e "$keyring" ] || option="[signed-by=$keyring]"
    done
    [ "$(os ID)" != ubuntu ] || components='main universe'
    while read -r mirror; do
        printf '%s '"$option $mirror $suite $components"'\n' deb deb-src >"$work/$suite/sources.list"
        if apt_of "$suite" apt-get update >"$work/$suite/log" 2>&1; then
            touch "$work/$suite/ready"
            return 0
        fi
    done < <(mirrors)
    say "suite $suite can't be had: $(tail -n 1 "$work/$suite/log" 2>/dev/null)"
    return 1
}

# Unpacks a binary package of a suite into $work/unpacked.
unpack() {
    local suite=$1 package=$2
    rm -rf "$work/unpacked"
    (cd "$work/$suite" && apt_of "$suite" apt-get download "$package") &&
        dpkg-deb -x "$work/$suite/$package"_*.deb "$work/unpacked"
}

# Runs "$@ SUITE" for one suite after the other until it succeeds. What it runs is a chain of &&: set -e does not
# hold inside a condition.
from_first_suite() {
    local suite
    [ -n "$(mirrors)" ] || apt_update
    work=${work:-$(mktemp -d)}
    for suite in $(suites); do
        if open_suite "$suite" && "$@" "$suite"; then return 0; fi
    done
    return 1
}

boost_version() { sed -n 's/^#define BOOST_VERSION \([0-9]*\).*/\1/p' "$1/boost/version.hpp" 2>/dev/null || true; }
boost_in() { [ "$(boost_version "$1")" -ge "$boost_min" ] 2>/dev/null; }

# 1.88 is what we build and measure with; else the newest.
preferred_boost() {
    local names
    names=$(grep -xE "$boost_packages" | sort -V) || return 0
    grep -x 'libboost1\.88-dev' <<<"$names" || tail -n 1 <<<"$names"
}

boost_from() {
    local suite=$1 package
    package=$(apt_of "$suite" apt-cache pkgnames libboost1. | preferred_boost) || true
    [ -n "$package" ] || return 1
    say "Boost: $package of $suite into .deps/"
    unpack "$suite" "$package" && mkdir -p "$deps/include" && rm -rf "$deps/include/boost" &&
        mv "$work/unpacked/usr/include/boost" "$deps/include/boost"
}

install_boost() {
    local package
    ! boost_in "$deps/include" && ! boost_in /usr/include || return 0
    if [ ! -e /usr/include/boost ]; then
        apt_update
        package=$(apt-cache pkgnames libboost1. | preferred_boost) || true
        if [ -n "$package" ]; then
            say "Boost: $package of the system"
            apt_install "$package"
            return
        fi
    fi
    if $print_only; then
        echo "  fetch a package $boost_packages from the first of the suites $(suites | xargs), unpack it into .deps/include"
        return
    fi
    from_first_suite boost_from && boost_in "$deps/include" || die "no Boost >= 1.84 in the suites $(suites | xargs)"
}

catch2_from() {
    local suite=$1 source=$work/catch2
    [[ $(apt_of "$suite" apt-cache showsrc catch2 | sed -n 's/^Version: //p' | sort -V | tail -n 1) == 3.* ]] || return 1
    say "Catch2: source package of $suite into .deps/"
    rm -rf "$source" && mkdir -p "$source" "$deps/include" "$deps/src" &&
        (cd "$work/$suite" && apt_of "$suite" apt-get source --download-only catch2 >/dev/null) &&
        tar -C "$source" --strip-components=1 -xf "$(echo "$work/$suite"/catch2_*.orig.tar.*z)" &&
        mv "$source/extras/catch_amalgamated.hpp" "$deps/include/" &&
        mv "$source/extras/catch_amalgamated.cpp" "$deps/src/"
}

install_catch2() {
    [ ! -s "$deps/include/catch_amalgamated.hpp" ] || [ ! -s "$deps/src/catch_amalgamated.cpp" ] || return 0
    if $print_only; then
        echo "  fetch the source package catch2 (version 3) from the first of the suites $(suites | xargs), unpack it into .deps/"
        return
    fi
    from_first_suite catch2_from || die "no Catch2 3 in the suites $(suites | xargs)"
}

# Newer suites have it as a package of its own.
promtool_from() {
    local suite=$1 package
    for package in promtool prometheus; do
        [ -n "$(apt_of "$suite" apt-cache madison "$package")" ] || continue
        say "promtool: from the package $package of $suite into .deps/bin"
        unpack "$suite" "$package" && [ -e "$work/unpacked/usr/bin/promtool" ] && mkdir -p "$deps/bin" &&
            mv "$work/unpacked/usr/bin/promtool" "$deps/bin/promtool" && return
    done
    return 1
}

install_promtool() {
    ! command -v promtool >/dev/null && [ ! -x "$deps/bin/promtool" ] || return 0
    if $print_only; then
        echo "  fetch the package promtool or prometheus, unpack promtool alone into .deps/bin"
        return
    fi
    from_first_suite promtool_from || die "no promtool"
}

# ---- links, npm packages

# The presets that need clang name it by this link, whichever release the system has.
link_clang() {
    local release target
    release=$(clang_release)
    target=/usr/bin/clang++-$release
    [ "$(readlink "$deps/bin/clang++" 2>/dev/null)" != "$target" ] || return 0
    say "clang: release $release"
    run mkdir -p "$deps/bin"
    run ln -sfn "$target" "$deps/bin/clang++"
}

# node_modules in the root, so that scripts in any folder find their packages.
install_npm_packages() {
    local manifest=$root/tests/integration
    if ! cmp -s "$manifest/package-lock.json" "$deps/node/installed-lock.json"; then
        say "npm packages of tests/integration into .deps/node"
        run mkdir -p "$deps/node"
        run cp "$manifest/package.json" "$manifest/package-lock.json" "$deps/node/"
        run env -C "$(realpath -m "$deps/node")" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
        run cp "$manifest/package-lock.json" "$deps/node/installed-lock.json"
    fi
    [ "$(readlink "$root/node_modules" 2>/dev/null)" = .deps/node/node_modules ] ||
        run ln -sfn .deps/node/node_modules "$root/node_modules"
}

command -v apt-get >/dev/null || die "needs apt: Debian 12 or newer, Ubuntu 24.04 or newer"
install_packages
install_boost
install_catch2
install_promtool
link_clang
install_npm_packages
if $print_only; then say "nothing was done"; else say "everything is there"; fi
