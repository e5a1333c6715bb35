#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# As run-lab.sh, but between two versions: host a is this machine's (libvirt 9.0, QEMU 7.2 on
# Debian 12), host t is made from a debootstrap tree of a newer Debian (13: libvirt 11.3,
# QEMU 10.0), with a vmcompat built inside it.  Scenarios: cross-scenarios.tsv.
#
#   run-cross.sh [options of run-lab.sh]
#   run-cross.sh --tree           only make the tree and vmcompat in it; print their paths
#
# The tree (about 1.3 GB, some minutes) is kept in VMC_LAB_CACHE, by default
# /var/tmp/vmcompat-lab; remove that folder to be rid of it.  VMC_LAB_SUITE names another
# suite than trixie, VMC_LAB_MIRROR another mirror than apt's.
#
# Host a is checked with _build's vmcompat (or --vmcompat): build it first, so that both are equal.
# Where the tree can't be had (no root, no network, …): prints SKIP and exits 77.

src=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$src/../.." && pwd)
cache=${VMC_LAB_CACHE:-/var/tmp/vmcompat-lab}
suite=${VMC_LAB_SUITE:-trixie}
tree=$cache/$suite
log=$cache/$suite.log
build=/var/tmp/vmcompat-build${top//\//-} # as seen within the tree; of these sources alone
export LAB_SCENARIOS=${LAB_SCENARIOS:-$src/cross-scenarios.tsv}

packages=(
    libvirt-daemon libvirt-daemon-system libvirt-daemon-driver-qemu libvirt-clients
    qemu-system-x86 qemu-system-modules-spice qemu-system-modules-opengl qemu-utils
    ovmf swtpm swtpm-tools tini iproute2 nftables dnsmasq-base
    gcc libc6-dev make pkgconf perl gettext libglib2.0-dev libxml2-dev libjson-glib-dev libvirt-dev
)

mirror() {
    local found
    found=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null |
        grep -oE '^(deb|URIs:) .*' | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1)
    echo "${VMC_LAB_MIRROR:-${found:-http://deb.debian.org/debian}}"
}

in_tree() { # CMD…: inside the tree, whose mounts end with CMD
    # shellcheck disable=SC2016 # for the inner shell
    unshare -m bash -c 'tree=$1; shift
        mount -t proc proc "$tree/proc" && mount --rbind /dev "$tree/dev" &&
        exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
            DEBIAN_FRONTEND=noninteractive chroot "$tree" "$@"' - "$tree" "$@"
}

make_tree() {
    [ ! -e "$tree/.ready" ] || return 0
    echo "making $tree, once; log: $log" >&2
    rm -rf --one-file-system "${tree:?}"
    debootstrap --variant=minbase "$suite" "$tree" "$(mirror)" || return 1
    printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d" # starts no services
    chmod 755 "$tree/usr/sbin/policy-rc.d"
    # a mirror may be a snapshot of some former day
    echo 'Acquire::Check-Valid-Until "false";' >"$tree/etc/apt/apt.conf.d/lab"
    in_tree apt-get update && in_tree apt-get install -y --no-install-recommends "${packages[@]}" || return 1
    in_tree apt-get clean
    touch "$tree/.ready"
}

# The sources are copied, so that nothing is ever written to them from within the tree.  The
# tree has no autotools: configure and the Makefile.in are this machine's.
build_vmcompat() {
    local tools=(ACLOCAL=: AUTOCONF=: AUTOMAKE=: AUTOHEADER=:)
    mkdir -p "$tree$build.src" "$tree$build"
    tar -C "$top" --exclude=./_build --exclude=./.git --exclude=./autom4te.cache -cf - . |
        tar -C "$tree$build.src" -xf - || return 1
    [ -e "$tree$build/config.status" ] ||
        in_tree sh -c "cd $build && $build.src/configure --disable-nls" || return 1
    in_tree make -C "$build" "${tools[@]}" -j"$(nproc)" SUBDIRS=src all
}

skip() {
    local n
    n=$("$src/run-lab.sh" --list "$@" | wc -l)
    echo "SKIP: $why"
    echo "0 passed, 0 failed, $n skipped"
    exit 77
}

case " $* " in
*' --help '*) sed -n '4,18p' "$0" && exit ;;
*' --list '*) exec "$src/run-lab.sh" "$@" ;;
esac
why=''
if [ "$(id -u)" != 0 ]; then
    why="not root"
elif ! command -v debootstrap >/dev/null; then
    why="no debootstrap"
elif [ ! -x "$top/configure" ]; then
    why="no $top/configure (autoreconf -fi)"
elif ! mkdir -p "$cache"; then
    why="no folder $cache"
else
    exec 9>"$cache/lock"
    flock 9 # one at a time makes the tree; afterwards it's only read
    if ! make_tree >"$log" 2>&1; then
        why="the $suite tree can't be made: $(tail -n 1 "$log")"
    elif ! build_vmcompat >>"$log" 2>&1; then
        why="vmcompat can't be built in the $suite tree: $(grep -E 'error|Error' "$log" | tail -n 1), see $log"
    fi
    flock -u 9
    exec 9>&-
fi
[ -z "$why" ] || skip "$@"
export LAB_TREE_t=$tree LAB_VMCOMPAT_t=$build/src/cli/vmcompat
if [ "${1:-}" = --tree ]; then
    printf '%s\n' "LAB_TREE_t=$LAB_TREE_t" "LAB_VMCOMPAT_t=$LAB_VMCOMPAT_t"
    exit
fi
versions="$(libvirtd --version) / $(in_tree libvirtd --version)"
case $versions in
*' 9.0.'*' 11.3.'*) ;;
*)
    echo "NOTE: $versions: cross-scenarios.tsv tells the truth about libvirt 9.0 and 11.3 only"
    export LAB_TRUTH=any
    ;;
esac
exec "$src/run-lab.sh" --table lab-cross-report.md "$@"
