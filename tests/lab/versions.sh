#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What real libvirts do with each definition of tests/data/versions.tsv: refuse it, drop what is
# new in it, or know it; compared with what the file says.  libvirt's QEMU driver runs inside
# virsh (qemu:///embed), so that no daemon is needed and nothing of the machine's is touched.
#
#   versions.sh               this machine's libvirt
#   versions.sh TREE…         also those in debootstrap trees (run-cross.sh --tree makes one)
#   versions.sh --print …     prints the file with the answers filled in, compares nothing
#
# Needs root; without, or without libvirt and QEMU: SKIP, 77.

src=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
table=$src/../data/versions.tsv
# shellcheck source=tests/versions-xml.sh
. "$src/../versions-xml.sh"

answer() { # BATCH PROBE: how virsh's output for one definition reads
    case $1 in
    *'Failed to define'*) echo refuses ;;
    *) if grep -qE -- "$2" <<<"$1"; then echo knows; else echo drops; fi ;;
    esac
}

ask() { # ROOT OUT: virsh on all definitions, inside ROOT ("/": here)
    local inside=/x
    [ "$1" != / ] || inside=$tmp/x
    mkdir -p "$tmp/x/embed/etc"
    printf '%s\n' 'user = "root"' 'group = "root"' 'namespaces = []' 'security_driver = "none"' \
        'cgroup_controllers = []' >"$tmp/x/embed/etc/qemu.conf"
    versions_each "$table" name_of_row | while read -r name; do
        printf 'echo @@%s\ndefine %s/%s.xml\ndumpxml --inactive %s\nundefine %s\n' \
            "$name" "$inside" "$name" "$name" "$name"
    done >"$tmp/x/batch"
    if [ "$1" = / ]; then
        timeout 300 virsh -c "qemu:///embed?root=$tmp/x/embed" <"$tmp/x/batch" >"$2" 2>&1
    else
        # an overlay, so that the tree stays as it is
        # shellcheck disable=SC2016 # for the inner shell
        mkdir -p "$tmp"/{u,w,m} && unshare -m -p -f --kill-child bash -c '
            mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/u,workdir=$2/w" "$2/m" &&
            mkdir -p "$2/m/x" && mount --bind "$2/x" "$2/m/x" && mount -t proc proc "$2/m/proc" &&
            mount --rbind /dev "$2/m/dev" && mount -t sysfs sysfs "$2/m/sys" &&
            exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 timeout 300 chroot "$2/m" \
                virsh -c "qemu:///embed?root=/x/embed"' - "$1" "$tmp" <"$tmp/x/batch" >"$2" 2>&1
    fi
    rm -rf "$tmp/x/embed" "$tmp"/{u,w,m}
}

column_of() { # ROOT: the column of its libvirt's version in the table; 0: none
    local version
    if [ "$1" = / ]; then version=$(virsh --version); else version=$(chroot "$1" virsh --version); fi
    grep '^# name' "$table" | tr '\t' '\n' | grep -nx "${version%.*}" | cut -d: -f1
}

name_of_row() { echo "$1"; }

# reads the output once: sets outputs[name]
split_outputs() { # OUT
    local line name=
    declare -gA outputs=()
    while IFS= read -r line; do
        if [[ $line == @@* ]]; then name=${line#@@}; elif [ -n "$name" ]; then outputs[$name]+=$line$'\n'; fi
    done <"$1"
}

judge() { # NAME PROBE ANSWERS…: of column $column
    local name=$1 probe=$2 said real
    shift 2
    said=${answers[$name/$column]}
    [ -n "${outputs[$name]:-}" ] || { echo "FAIL $root: no answer about $name"; failed=$((failed + 1)); return; }
    real=$(answer "${outputs[$name]}" "$probe")
    if [ -n "$print" ]; then
        printf '%s\t%s\t%s\n' "$column" "$name" "$real" >>"$tmp/real"
        return
    fi
    if [ "$said" = - ] || [ "$real" = "$said" ]; then
        passed=$((passed + 1))
    else
        echo "FAIL $root: $name: $real, the table says $said: $(grep error: <<<"${outputs[$name]}" | tail -n 1)"
        failed=$((failed + 1))
    fi
}

judge_row() { # NAME LINE…
    local -a fields
    local name=$1
    IFS=$'\t' read -r -a fields <<<"$2"
    answers[$name/$column]=${fields[column - 1]}
    judge "$name" "${fields[versions_probe]}"
}

print=''
[ "${1:-}" != --print ] || { print=1 && shift; }
if [ "$(id -u)" != 0 ] || ! command -v virsh qemu-system-x86_64 >/dev/null; then
    echo "SKIP: not root, or no virsh and QEMU"
    exit 77
fi
tmp=$(mktemp -d /var/tmp/vmcompat-versions.XXXXXX)
trap 'rm -rf --one-file-system "$tmp"' EXIT
passed=0 failed=0
declare -A answers=()
mkdir "$tmp/x"
versions_each "$table" versions_write "$tmp/x"
for root in / "$@"; do
    column=$(column_of "$root")
    [ -n "$column" ] || { echo "NOTE: no column for the libvirt in $root" && continue; }
    ask "$root" "$tmp/out"
    split_outputs "$tmp/out"
    versions_each "$table" judge_row
done
if [ -n "$print" ]; then
    awk -F'\t' -v OFS='\t' -v last="$versions_probe" 'NR == FNR { real[$2, $1] = $3; next }
        !/^#/ { for (i = 2; i <= last; i++) if ($i != "-" && ($1, i) in real) $i = real[$1, i] } { print }' "$tmp/real" "$table"
    exit
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
