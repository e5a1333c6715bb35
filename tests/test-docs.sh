#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The manual and the program agree: commands, options, rules, statuses; both ways.

# shellcheck source=tests/functions.sh
. "$(dirname "$0")/functions.sh"
needs_program

page=$top_srcdir/docs/vmcompat.pod
rules_page=$top_builddir/docs/vmcompat-rules.pod
[ -f "$rules_page" ] || rules_page=$top_srcdir/docs/vmcompat-rules.pod

section() { # HEADING: the text below it, up to the next heading of its rank
    awk -v head="$1" '$0 == head { inside = 1; rank = $1; next }
        inside && /^=head/ && $1 <= rank { exit } inside' "$page"
}
documented() { grep -E '^=item ' | grep -oE -- '--[a-z][a-z-]+' | sort -u; }
printed() { sed -nE 's/^ +(-[a-zA-Z], )?(--[a-z][a-z-]*).*/\2/p' | grep -v -- '--help-' | sort -u; }

"$vmcompat" help --commands | sort >"$tmp/commands"
[ -s "$tmp/commands" ] || fail "help --commands prints nothing"
section '=head1 COMMANDS' | sed -n 's/^=head2 //p' | grep -vx help | sort >"$tmp/documented"
diff -u "$tmp/commands" "$tmp/documented" || fail "commands: program and vmcompat.pod differ"
for command in $(cat "$tmp/commands"); do
    section '=head1 SYNOPSIS' >"$tmp/synopsis"
    grep -qE "vmcompat $command( |$)" "$page" || fail "$command is not in the synopsis"
done

section '=head1 COMMON OPTIONS' | documented >"$tmp/common"
: >"$tmp/used"
for command in $(cat "$tmp/commands"); do
    "$vmcompat" "$command" --help | printed >"$tmp/printed"
    [ -s "$tmp/printed" ] || fail "$command --help prints no options"
    section "=head2 $command" | documented >"$tmp/own"
    comm -23 "$tmp/printed" <(sort -u "$tmp/own" "$tmp/common") >"$tmp/diff"
    [ ! -s "$tmp/diff" ] || fail "$command: not in vmcompat.pod:" "$(tr "\n" " " <"$tmp/diff")"
    comm -13 "$tmp/printed" "$tmp/own" >"$tmp/diff"
    [ ! -s "$tmp/diff" ] || fail "$command: in vmcompat.pod, but unknown to the program:" "$(tr "\n" " " <"$tmp/diff")"
    cat "$tmp/printed" >>"$tmp/used"
done
echo --version >>"$tmp/used"
comm -13 <(sort -u "$tmp/used") "$tmp/common" >"$tmp/diff"
[ ! -s "$tmp/diff" ] || fail "common options that no command knows:" "$(tr "\n" " " <"$tmp/diff")"

for code in 0 1 2 3; do
    section '=head1 EXIT STATUS' | grep -qx "=item B<$code>" || fail "exit status $code is not documented"
done
# Every return value of the header is explained.
grep -oE 'VMC_RETURN_[A-Z_]+ = [0-9]+' "$top_srcdir/include/vmcompat/vmcompat.h" | grep -oE '[0-9]+$' |
    while read -r code; do
        section '=head1 RETURN VALUES' | grep -q "^ $code " || [ "$code" = 0 ] || echo "$code"
    done | grep -vxE '32774|32778' >"$tmp/diff" # codes of the specification that we never give
[ ! -s "$tmp/diff" ] || fail "return values that are not documented:" "$(tr "\n" " " <"$tmp/diff")"

# Rules: the list, the explanation of each, and the generated page.
run "$vmcompat" rules --format json
tr -d '\n' <"$tmp/out" | grep -oE '"id" *: *"[^"]+"' | sed -E 's/.*"([^"]+)"$/\1/' | sort >"$tmp/ids"
[ -s "$tmp/ids" ] || fail "rules --format json names no rule"
uniq -d "$tmp/ids" | grep . && fail "rules with the same id"
"$vmcompat" rules >"$tmp/list"
if [ -f "$rules_page" ]; then
    sed -n 's/^=head2 //p' "$rules_page" | sort >"$tmp/documented"
    diff -u "$tmp/ids" "$tmp/documented" || fail "rules: program and vmcompat-rules.pod differ"
else
    fail "docs/vmcompat-rules.pod was not made"
fi
while read -r id; do
    grep -qE "(^|[^a-z0-9-])$id([^a-z0-9-]|$)" "$tmp/list" || fail "$id is not in the list that 'rules' prints"
    [[ $id =~ ^[a-z0-9]+(-[a-z0-9]+)*$ ]] || fail "'$id' is no proper id"
done <"$tmp/ids"
for id in $(head -n 3 "$tmp/ids"); do expect 0 "$vmcompat" rules "$id" && has "$tmp/out" "$id"; done
expect 1 "$vmcompat" rules no-such-rule
# Ids that the pages mention exist.
grep -ohE 'rules [a-z]+(-[a-z]+)+|--ignore [a-z]+(-[a-z]+)+|"rule": "[a-z-]+"' "$page" "$top_srcdir"/README.md |
    sed -E 's/"$//;s/.*[ "]//' | sort -u | comm -23 - "$tmp/ids" >"$tmp/diff"
[ ! -s "$tmp/diff" ] || fail "rules that the manual or README mention, and that do not exist:" "$(tr "\n" " " <"$tmp/diff")"

if command -v podchecker >/dev/null; then
    for pod in "$top_srcdir"/docs/*.pod "$rules_page"; do
        podchecker "$pod" >"$tmp/pod" 2>&1 || { fail "${pod##*/}" && cat "$tmp/pod"; }
    done
fi
finish
