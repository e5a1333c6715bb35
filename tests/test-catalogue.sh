#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The catalogue of what stops a migration: each entry is one of our rules, or told in
# HACKING.md as not visible beforehand; and no rule of ours is outside.

# shellcheck source=tests/functions.sh
. "$(dirname "$0")/functions.sh"
needs_program

catalogue=$top_srcdir/tests/data/catalogue.tsv
entries() { grep -v '^#' "$catalogue"; }

"$vmcompat" rules | awk 'NF { print $1 }' | sort >"$tmp/rules"
[ -s "$tmp/rules" ] || fail "vmcompat rules prints nothing"
entries | cut -f1 | sort | uniq -d >"$tmp/twice"
[ ! -s "$tmp/twice" ] || fail "more than once in the catalogue:" "$(tr '\n' ' ' <"$tmp/twice")"

entries | awk -F'\t' '$2 == "rule" { print $3 }' | tr ' ' '\n' | sort -u >"$tmp/named"
comm -13 "$tmp/rules" "$tmp/named" >"$tmp/diff"
[ ! -s "$tmp/diff" ] || fail "no such rules:" "$(tr '\n' ' ' <"$tmp/diff")"

entries | awk -F'\t' '$2 == "hidden" { print $3 }' | sort -u >"$tmp/reasons"
while read -r reason; do
    grep -qxF "### $reason" "$top_srcdir/HACKING.md" || fail "no such heading in HACKING.md: $reason"
done <"$tmp/reasons"
entries | awk -F'\t' '$2 == "hidden" { print $1 }' >"$tmp/hidden"
while read -r id; do
    grep -qF "\`$id\`" "$top_srcdir/HACKING.md" || fail "hidden, but not in HACKING.md: $id"
done <"$tmp/hidden"

entries | awk -F'\t' 'NF != 3 || $3 == "" || ($2 != "rule" && $2 != "hidden") { print $1 }' >"$tmp/open"
[ ! -s "$tmp/open" ] || fail "nobody has decided about:" "$(tr '\n' ' ' <"$tmp/open")"
finish
