#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Exit statuses are an interface: 0 compatible, 2 incompatible, 3 undecided, 1 no verdict;
# a failure of any kind is never taken for a verdict.

# shellcheck source=tests/functions.sh
. "$(dirname "$0")/functions.sh"
needs_program

offline=(--offer "$tmp/host.xml")
guests=$top_srcdir/xml/examples

# ---- verdicts, from hand-made facts: a folder of virsh outputs ----
# (a file per fact; what is missing is not probed)
host=$tmp/facts/host
mkdir -p "$host"
cat >"$host/host.tsv" <<END
uri	qemu:///system
hostname	lab
type	QEMU
libvirtVersion	9000000
hypervisorVersion	7002000
offer	yes
END
expect 0 "$vmcompat" offer --facts "$tmp/facts" -o "$tmp/host.xml"
expect 0 "$vmcompat" get --xml "$guests/guest.xml" -o "$tmp/guest.vmc"
# A host of which nothing is known: never a yes
expect 3 "$vmcompat" check "${offline[@]}" "$tmp/guest.vmc" --format json && return_value 32771
[ "$(json verdict)" = undecided ] || fail "the verdict should be undecided, not '$(json verdict)'"
expect 3 "$vmcompat" check "${offline[@]}" "$tmp/guest.vmc"
expect 3 "$vmcompat" check -q "${offline[@]}" "$tmp/guest.vmc" && empty "$tmp/out" && empty "$tmp/err"

# The test driver's own domain, to its own host: refused
expect 0 "$vmcompat" get -c test:///default test -o "$tmp/test.vmc"
expect 2 "$vmcompat" check -c test:///default "$tmp/test.vmc" --format json && return_value 32784
expect 2 "$vmcompat" check -q -c test:///default "$tmp/test.vmc" && empty "$tmp/out" && empty "$tmp/err"
# Of several, the worst
expect 2 "$vmcompat" check -c test:///default "$tmp/guest.vmc" "$tmp/test.vmc"

# ---- no verdict ----
while read -r -a words; do
    [ "${#words[@]}" != 0 ] || continue
    expect 1 "$vmcompat" "${words[@]//@/$tmp}"
done <<END
nosuchcommand
check
check @/test.vmc --offer @/nothing
check @/nothing --offer @/host.xml
check @/test.vmc --offer @/test.vmc
check @/test.vmc --offer @/host.xml --as asleep
check @/test.vmc --offer @/host.xml --assume no-such-flag
check @/test.vmc --offer @/host.xml --ignore no-such-rule
check @/test.vmc --offer @/host.xml --max-age soon
check @/test.vmc --offer @/host.xml --format yaml
check @/test.vmc --offer @/host.xml --color sometimes
check @/test.vmc --offer @/host.xml --local-files maybe
check @/test.vmc --offer @/host.xml --timeout 0
check @/test.vmc --offer @/host.xml -c test:///default
check @/test.vmc --offer @/host.xml --facts @/facts
check @/test.vmc --facts @/nothing
check @/test.vmc -c nosuch:///driver
check @/test.vmc -c qemu+unix:///system?socket=@/nothing
check --nosuchoption
get
get -c test:///default
get -c test:///default nobody
get -c test:///default test --host
get -c test:///default test extra
get --xml @/nothing
get --xml @/test.vmc
get -c test:///default test -o @/no/such/folder/x
offer -c test:///default extra
show
show @/nothing
systems -c nosuch:///driver
rules no-such-rule
collect -c test:///default
collect -c test:///default --save @/facts
END
run "$vmcompat"
[ "$status" = 1 ] || fail "no command at all: status $status"

# ---- why there is no verdict ----
expect 1 "$vmcompat" check -c "qemu+unix:///system?socket=$tmp/nothing" "$tmp/test.vmc" --format json &&
    return_value 32777
expect 1 "$vmcompat" check --offer "$tmp/test.vmc" "$tmp/test.vmc" --format json && return_value 32773
expect 1 "$vmcompat" check --offer "$tmp/host.xml" "$guests/guest.xml" --format json && return_value 32776

# ---- and what always works ----
expect 0 "$vmcompat" --version && has "$tmp/out" '^vmcompat [0-9]+\.[0-9]+'
expect 0 "$vmcompat" --help && has "$tmp/out" check
expect 0 "$vmcompat" help check && has "$tmp/out" '--assume'
expect 0 "$vmcompat" check --help
expect 0 "$vmcompat" show "$tmp/test.vmc"
expect 0 "$vmcompat" systems -c test:///default
expect 0 "$vmcompat" rules

# A reader that goes away, and a full disk, are not taken for success
if [ -w /dev/full ]; then
    for words in "rules" "show $tmp/test.vmc" "check --offer $tmp/host.xml $tmp/guest.vmc"; do
        # shellcheck disable=SC2086
        "$vmcompat" $words >/dev/full 2>"$tmp/err"
        [ $? = 1 ] || fail "vmcompat $words on a full disk should give 1"
    done
fi
finish
