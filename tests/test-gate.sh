#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# vmcompat gate on several real libvirt daemons at once: one that fits, one that does not,
# one that can't be decided, one that is down, one that is mute, one that is stopped.

# shellcheck source=tests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/daemons.sh
. "$top_srcdir/tests/daemons.sh"
needs_program

comes_to() { # NUMBER: the return value of all together
    local found
    found=$(sed -nE 's/^  "returnValue" : ([0-9]+),$/\1/p' "$tmp/out")
    [ "$found" = "$1" ] || { fail "all together: '$found', not $1" && show_last; }
}

# ---- what needs no daemon ----
uri=test:///default
while read -r -a words; do
    expect 1 "$vmcompat" gate "${words[@]//@/$tmp}"
done <<END
--source $uri
--source $uri --domain test
--source $uri --destination $uri
--source $uri --domain nobody --destination $uri
--source nosuch:///x --domain test --destination $uri
--source $uri --domain test --destination $uri --format xml
--source $uri --domain test --destination $uri --as asleep
--source $uri --domain test --destination nosuch:///x
--source $uri --domain test --destination qemu+unix:///system?socket=@/nothing
END
expect 1 "$vmcompat" gate --source $uri --domain test --destination "qemu+unix:///system?socket=$tmp/nothing" --format json &&
    comes_to 32777 && has "$tmp/out" '"error"'
expect 2 "$vmcompat" gate --source $uri --domain test --destination $uri --format json && comes_to 32784
[ "$(json verdict)" = incompatible ] || fail "the verdict should be incompatible"
# One that is down is no "no"
expect 3 "$vmcompat" gate --source $uri --domain test --destination nosuch:///x $uri --format json &&
    comes_to 32771
expect 3 "$vmcompat" gate -q --source $uri --domain test --destination nosuch:///x --destination $uri &&
    empty "$tmp/out" && empty "$tmp/err"
# The findings are those of check, and a single destination has check's status
expect 0 "$vmcompat" get -c $uri test -o "$tmp/test.vmc"
run "$vmcompat" check -c $uri "$tmp/test.vmc"
sed 1d "$tmp/out" >"$tmp/check"
run "$vmcompat" gate -c $uri --domain test --destination $uri
sed 1d "$tmp/out" | cmp - "$tmp/check" || fail "gate and check say different things"
# The test driver's memory is too small for two; several domains, several lines
expect 2 "$vmcompat" gate -c $uri --domain test --domain 1 --destination $uri &&
    has "$tmp/out" "^$uri: not compatible$" && has "$tmp/out" '^ test: not compatible$'

# ---- real hosts ----
if why=$(daemons_missing); then
    not_tried "with real daemons: $why"
    finish
fi
daemon_start a 1
daemon_wait a || { fail "no daemon of our own"; finish; }
for host in b c d; do daemon_start $host $(($(printf '%d' "'$host") - 95)); done
for host in b c d; do daemon_wait $host || { fail "no daemon of our own ($host)"; finish; }; done
a=$(daemon_uri a) b=$(daemon_uri b) c=$(daemon_uri c) d=$(daemon_uri d)

daemon_guest a plain 00000001 || fail "can't define a guest"
virsh -q -c "$a" start plain >/dev/null || fail "can't start a guest"
# c has another domain of that name: refused there
daemon_guest c plain 00000009 || fail "can't define a guest on c"
mute=$tmp/mute.sock
perl -MIO::Socket::UNIX -e '
    my $s = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 5) or die; my @kept;
    while (my $c = $s->accept) { push @kept, $c }' "$mute" &
end_at_exit $!
disown $!
for ((i = 0; i < 100; i++)); do [ -S "$mute" ] && break || sleep 0.05; done
mute="qemu+unix:///system?socket=$mute"

order() { # the URIs that were printed, in their order
    sed -nE 's/^([a-z][a-z+]*:[^ ]*): .*/\1/p' "$tmp/out" | tr '\n' ' '
}
expect 0 "$vmcompat" gate --source "$a" --domain plain --destination "nosuch:///x" "$c" "$b" "$d"
[ "$(order)" = "$b $d $c nosuch:///x " ] || { fail "order: $(order)" && show_last; }
has "$tmp/out" "^ +blocker .*plain.*\[" # why not c
has "$tmp/out" '^  error .*\[32777\]'
expect 0 "$vmcompat" gate --source "$a" --domain plain --destination "$c" "$d" --format json && comes_to 0
[ "$(tr -d '\n ' <"$tmp/out" | grep -oE '"destinations":\[\{"uri":"[^"]*"' | sed 's/.*"uri":"//;s/"$//')" = "$d" ] ||
    fail "JSON does not begin with the one that fits"
expect 2 "$vmcompat" gate --source "$a" --domain plain --destination "$c"
expect 3 "$vmcompat" gate --source "$a" --domain plain --destination "$c" nosuch:///x

# What nobody can see is no yes
daemon_guest a diskful 00000002 "<disk type='file' device='disk'><source file='/no/such/image'/><target dev='vda' bus='virtio'/></disk>" ||
    fail "can't define a guest with a disk"
expect 3 "$vmcompat" gate --source "$a" --domain diskful --destination "$b" "$d" --format json && comes_to 32771
expect 0 "$vmcompat" gate --source "$a" --domain diskful --destination "$b" --assume shared-storage

# A stopped and a mute daemon: the others' answers, in the time allowed to each
kill -STOP "${daemon_pid[d]}"
start=$SECONDS
expect 0 "$vmcompat" gate --source "$a" --domain plain --destination "$mute" "$d" "$b" "$mute" --timeout 2 --format json
took=$((SECONDS - start))
kill -CONT "${daemon_pid[d]}"
comes_to 0
[ "$(grep -c '"returnValue" : 32772' "$tmp/out")" = 3 ] || { fail "three should be late" && show_last; }
[ $took -le 5 ] || fail "two seconds for each took $took in all"
expect 1 "$vmcompat" gate --source "$a" --domain plain --destination "$mute" --timeout 1 --format json && comes_to 32772
expect 1 "$vmcompat" gate --source "$mute" --domain plain --destination "$b" --timeout 1 --format json && comes_to 32772
# Killed while it is asked
kill -STOP "${daemon_pid[d]}"
"$vmcompat" gate --source "$a" --domain plain --destination "$d" "$b" --format json >"$tmp/out" 2>"$tmp/err" &
waiting=$!
sleep 1
kill -KILL "${daemon_pid[d]}"
wait $waiting || fail "one killed of two: status $?"
comes_to 0
has "$tmp/out" '"returnValue" : 32777'
virsh -q -c "$a" destroy plain >/dev/null || fail "the guest is gone"
finish
