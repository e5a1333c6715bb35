#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# libvirt's own test data through everything that reads and judges: fetched from Debian as the
# source package, kept, and unpacked below one folder.  Ends with "N passed, N failed"; 77 where
# it can't be fetched.  Options are corpus-run's: --limit MS, --verdicts FILE.
#
#   VMC_CORPUS         the folder (/var/tmp/vmcompat-corpus)
#   VMC_CORPUS_SUITES  Debian's releases ("bookworm trixie"): libvirt 9.0 and 11.3
#   VMC_CORPUS_MIRROR  where from (http://deb.debian.org/debian)
set -u
export LC_ALL=C.UTF-8
program=${CORPUS_RUN:?the program corpus-run}
cache=${VMC_CORPUS:-/var/tmp/vmcompat-corpus}
mirror=${VMC_CORPUS_MIRROR:-http://deb.debian.org/debian}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
read -r -a suites <<<"${VMC_CORPUS_SUITES:-bookworm trixie}"

skip() {
    echo "SKIP: corpus: $*"
    exit 77
}

# An apt of its own, so that the machine's lists and sources stay as they are.
apt() { # SUITE WORDS…
    local own=$cache/$1/apt
    apt-get -qq -o Dir::Etc::SourceList="$own/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$own/lists" -o Dir::Cache="$own/cache" \
        -o APT::Sandbox::User="$(id -un)" "${@:2}" </dev/null
}

fetch() { # SUITE: the package's tarball, checked by apt, in the folder of that name
    local folder=$cache/$1
    mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache"
    echo "deb-src [signed-by=$keyring] $mirror $1 main" >"$folder/apt/sources.list"
    apt "$1" update && (cd "$folder" && apt "$1" source --download-only --tar-only libvirt)
}

unpack() { # SUITE: "tests" only, whole or not at all
    local folder=$cache/$1 tarball
    tarball=$(find "$folder" -maxdepth 1 -name 'libvirt_*.orig.tar.xz' | sort -V | tail -n 1)
    [ -n "$tarball" ] || return 1
    rm -rf "$folder/new"
    mkdir "$folder/new" &&
        tar -xJf "$tarball" -C "$folder/new" --strip-components=1 --wildcards '*/tests/*' &&
        mv "$folder/new/tests" "$folder/tests"
    rm -rf "$folder/new"
    [ -d "$folder/tests" ]
}

folders=()
for suite in "${suites[@]}"; do
    mkdir -p "$cache/$suite" || skip "can't write below $cache"
    if [ ! -d "$cache/$suite/tests" ]; then
        command -v apt-get >/dev/null || skip "no apt-get here"
        [ -r "$keyring" ] || skip "no $keyring (package debian-archive-keyring)"
        echo "fetching libvirt's source of $suite into $cache"
        unpack "$suite" || { fetch "$suite" && unpack "$suite"; } || {
            echo "can't fetch the source of $suite: left out"
            continue
        }
    fi
    folders+=("$cache/$suite/tests")
done
[ "${#folders[@]}" -gt 0 ] || skip "nothing could be fetched"

"$program" "$@" "${folders[@]}"
