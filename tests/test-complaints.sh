#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What people complain of in systems that do our job (HACKING.md has the list): for each
# complaint a pair of hosts, and all that the command prints, word for word.
#
# By hand: --update writes down what is printed now; git diff then shows what changed.

# shellcheck source=tests/functions.sh
. "$(dirname "$0")/functions.sh"
needs_program
requires perl

data=$top_srcdir/tests/data
update=no
[ "${1:-}" != --update ] || update=yes
mkdir "$tmp/bin" && ln -s "$vmcompat" "$tmp/bin/vmcompat"
PATH=$tmp/bin:$PATH

say() { # COMMANDS on stdin: each with a $ before it, what it prints, and its status
    local line code
    while read -r line; do
        printf '$ %s\n' "$line"
        code=0
        eval "$line" 2>&1 </dev/null || code=$?
        [ $code = 0 ] || printf '(exit status %s)\n' $code
    done
}

n=0
for case in "$data"/complaints/*.facts; do
    name=${case##*/}
    name=${name%.facts}
    expected=${case%.facts}.txt
    mkdir "$tmp/$name"
    perl "$top_srcdir/tests/facts-folders.pl" "$data/rules/base.facts" "$data/complaints/hosts.inc" \
        "$case" "$tmp/$name" >"$tmp/commands" ||
        fail "$name: no facts"
    (
        cd "$tmp/$name" || exit 99
        vmcompat get --facts a g -o g.vmc || exit 99
        say <"$tmp/commands"
    ) >"$tmp/said" 2>&1
    [ $update = no ] || cp "$tmp/said" "$expected"
    diff -u "$expected" "$tmp/said" || fail "$name: something else is printed"
    n=$((n + 1))
done
[ $n -gt 0 ] || fail "no complaints"

# The list names each case, and rules that exist.
list=$top_srcdir/HACKING.md
for number in $(seq -w 1 31); do
    grep -qE "^\| 0?${number#0} \|" "$list" || fail "complaint $number is not in HACKING.md"
done
ls "$data"/complaints/*.facts | sed 's|.*/||; s|\.facts$||' | sort >"$tmp/cases"
grep -E '^\| [0-9]+ \|' "$list" | grep -oE '`[0-9]{2}-[a-z-]+`' | tr -d '`' | sort -u >"$tmp/named"
diff -u "$tmp/cases" "$tmp/named" || fail "HACKING.md and tests/data/complaints name different cases"
vmcompat rules --format json | tr -d '\n' | grep -oE '"id" *: *"[^"]+"' | sed -E 's/.*"([^"]+)"$/\1/' |
    sort >"$tmp/ids"
grep -E '^\| [0-9]+ \|' "$list" | cut -d'|' -f4 | grep -oE '`[a-z]+(-[a-z0-9]+)*`' | tr -d '`' | sort -u |
    comm -23 - "$tmp/ids" >"$tmp/unknown"
[ ! -s "$tmp/unknown" ] || fail "HACKING.md names rules that do not exist: $(tr '\n' ' ' <"$tmp/unknown")"
finish
