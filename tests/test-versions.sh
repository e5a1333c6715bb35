#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What real libvirts of several versions did with definitions that have something new in them
# (data/versions.tsv) is what the rules about versions say of them.

# shellcheck source=tests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/versions-xml.sh
. "$top_srcdir/tests/versions-xml.sh"
needs_program

table=$top_srcdir/tests/data/versions.tsv
refusals='xml-enum-unknown|qemu-feature-missing|qemu-feature-removed|hyperv-incomplete'

offer_of() { # LIBVIRT QEMU FILE
    mkdir -p "$tmp/facts/host"
    printf '%s\t%s\n' uri qemu:///system hostname lab type QEMU libvirtVersion "$1" hypervisorVersion "$2" \
        offer yes >"$tmp/facts/host/host.tsv"
    "$vmcompat" offer --facts "$tmp/facts" -o "$3"
}

get_row() { # NAME LINE
    versions_write "$1" "$2" "$tmp"
    "$vmcompat" get --xml "$tmp/$1.xml" -o "$tmp/$1.vmc" >"$tmp/err" 2>&1 || fail "get: $1: $(cat "$tmp/err")"
}

check_all() { # OFFER: a line "NAME RULE SEVERITY" for each finding
    "$vmcompat" check --offer "$1" "$tmp"/*.vmc --format json | tr -d '\n' | tr '{' '\n' |
        sed -n -e 's/^ *"name" *: *"\([^"]*\)".*/\1/p' \
            -e 's/.*"rule" *: *"\([^"]*\)" *, *"severity" *: *"\([^"]*\)".*/\1 \2/p' |
        awk 'NF == 1 { name = $1; next } { print name, $0 }'
}

check_row() { # NAME LINE COLUMN OFFER
    local said
    said=$(cut -f"$3" <<<"$2")
    case $said in
    -) return ;;
    refuses) grep -qE "^$1 ($refusals) blocker" "$4.found" || fail "$1, $4: refused for real" ;;
    drops) grep -q "^$1 xml-element-dropped warning" "$4.found" || fail "$1, $4: dropped for real" ;;
    knows) ! grep -E "^$1 xml-e" "$4.found" || fail "$1, $4: known to the real one" ;;
    *) fail "$1: what is '$said'?" ;;
    esac
    checked=$((checked + 1))
}

check_column() { # COLUMN OFFER
    check_all "$2" >"$2.found"
    versions_each "$table" check_row "$1" "$2"
}

checked=0
offer_of 7000000 5002000 "$tmp/7.0"
offer_of 9000000 7002022 "$tmp/9.0"
offer_of 11003000 10000002 "$tmp/11.3"
offer_of 12008000 11001003 "$tmp/12.8"
versions_each "$table" get_row
check_column 2 "$tmp/7.0"
check_column 3 "$tmp/9.0"
check_column 4 "$tmp/11.3"
check_column 5 "$tmp/12.8"
[ "$checked" -gt 200 ] || fail "only $checked answers were compared"
finish
