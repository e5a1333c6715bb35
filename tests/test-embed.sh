#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# vmcompat embed on a real daemon: live and persistent metadata, no blob inside a blob, and the
# service that keeps blobs fresh.

# shellcheck source=tests/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/daemons.sh
. "$top_srcdir/tests/daemons.sh"
needs_program

# ---- what needs no daemon ----
uri=test:///default
while read -r -a words; do
    expect 1 "$vmcompat" embed "${words[@]}"
done <<END
-c $uri
-c $uri test --all
-c $uri --all --watch
-c $uri --watch --remove
-c $uri nobody
-c $uri test extra
-c nosuch:///x --all
-c nosuch:///x --watch
END
expect 0 "$vmcompat" embed -c $uri test && has "$tmp/out" '^test: embedded$'
expect 0 "$vmcompat" embed -c $uri --all -q && empty "$tmp/out"
# Of one process' driver nothing is left for the next
expect 0 "$vmcompat" embed -c $uri --all --remove && empty "$tmp/out"

# ---- a real host ----
if why=$(daemons_missing); then
    not_tried "with a real daemon: $why"
    finish
fi
daemon_start a 1
daemon_wait a || { fail "no daemon of our own"; finish; }
a=$(daemon_uri a)
daemon_guest a on 00000001 && daemon_guest a off 00000002 && virsh -q -c "$a" start on >/dev/null ||
    fail "no guests"

dump() { virsh -q -c "$a" dumpxml "$@"; }       # DOMAIN …
n_blobs() { dump "$@" | grep -c '^-----BEGIN VMCOMPAT BLOB-----$'; } # DOMAIN …
embedded() { # DOMAIN …: the blob in its definition, as the bytes of a file
    dump "$@" | sed -n '/^-----BEGIN VMCOMPAT BLOB/,/^-----END VMCOMPAT BLOB/{s/<.*//;p}' >"$tmp/blob"
}
stamp() { dump "$1" | sed -nE 's/.*<vmcompat:blob .* time="([0-9]+)".*/\1/p'; } # DOMAIN
state_of() { "$vmcompat" show "$1" --format json | tr -d '\n ' | grep -oE '"enabledState":[0-9]+' | head -n 1; } # BLOB
facts_of() { "$vmcompat" show "$1" --format xml | sed -E "s/ time='[0-9]+'//"; } # BLOB

dump on >"$tmp/before.xml"
dump on --inactive >"$tmp/before-off.xml"
expect 0 "$vmcompat" get -c "$a" on -o "$tmp/before"
expect 0 "$vmcompat" embed -c "$a" on
[ "$(n_blobs on)" = 1 ] && [ "$(n_blobs on --inactive)" = 1 ] || fail "not in both configurations"
embedded on && expect 0 "$vmcompat" show "$tmp/blob" && has "$tmp/out" '\bon\b'
diff <(facts_of "$tmp/before") <(facts_of "$tmp/blob") || fail "the blob in the guest is not that of the guest"
# The configuration knows nothing of this run
embedded on --inactive && [ "$(state_of "$tmp/blob")" = '"enabledState":3' ] || fail "not off: $(state_of "$tmp/blob")"
"$vmcompat" show "$tmp/blob" --format xml | grep -q "<domain type='qemu' id=" && fail "a run in the configuration"
# The next blob is that of a guest without a blob
expect 0 "$vmcompat" get -c "$a" on -o "$tmp/after"
diff <(facts_of "$tmp/before") <(facts_of "$tmp/after") || fail "a blob inside a blob"
"$vmcompat" show "$tmp/after" --format xml | grep -q vmcompat:blob && fail "a blob inside a blob"
expect 0 "$vmcompat" get -c "$a" --host -o "$tmp/host"
"$vmcompat" show "$tmp/host" --format xml | grep -q vmcompat:blob && fail "a blob inside a host's"
dump on >"$tmp/file.xml"
expect 0 "$vmcompat" get --xml "$tmp/file.xml" -o "$tmp/from-file"
"$vmcompat" show "$tmp/from-file" --format xml | grep -q vmcompat:blob && fail "a blob inside a file's"
expect 0 "$vmcompat" collect -c "$a" on --save "$tmp/facts"
expect 0 "$vmcompat" get --facts "$tmp/facts" on -o "$tmp/from-facts"
"$vmcompat" show "$tmp/from-facts" --format xml | grep -q vmcompat:blob && fail "a blob inside that of a folder"

expect 0 "$vmcompat" embed -c "$a" --all && has "$tmp/out" '^on: embedded$' && has "$tmp/out" '^off: embedded$'
[ "$(n_blobs off)" = 1 ] || fail "not in a guest that is off"
# Other people's metadata stays
virsh -q -c "$a" metadata on urn:other --set '<x>mine</x>' --key other --live --config >/dev/null
expect 0 "$vmcompat" embed -c "$a" on --remove && has "$tmp/out" '^on: removed$'
[ "$(n_blobs on)$(n_blobs on --inactive)" = 00 ] || fail "not removed"
dump on | grep -q '<other:x ' || fail "other metadata removed"
virsh -q -c "$a" metadata on urn:other --remove --live --config >/dev/null
diff <(dump on | grep -v '<metadata/>') "$tmp/before.xml" || fail "not as it was before"
diff <(dump on --inactive | grep -v '<metadata/>') "$tmp/before-off.xml" || fail "not as it was before"
expect 0 "$vmcompat" embed -c "$a" --all --remove && has "$tmp/out" '^off: removed$'
expect 1 "$vmcompat" embed -c "$a" nobody

# ---- kept fresh ----
until_true() { # SECONDS COMMAND…
    local i
    for ((i = 0; i < $1 * 10; i++)); do
        "${@:2}" && return
        sleep 0.1
    done
    return 1
}
watch_says() { [ "$(grep -c "$2" "$tmp/watch")" = "$1" ]; } # N REGEX
"$vmcompat" embed --watch -c "$a" >"$tmp/watch" 2>"$tmp/watch.err" &
watch=$!
end_at_exit $watch
until_true 10 watch_says 1 '^on: embedded$' && until_true 10 watch_says 1 '^off: embedded$' ||
    fail "not all at first"
first=$(stamp on)
# Started: the blob is that of the run
virsh -q -c "$a" start off >/dev/null
until_true 15 watch_says 2 '^off: embedded$' || fail "a start was not noticed"
embedded off && [ "$(state_of "$tmp/blob")" = '"enabledState":2' ] || fail "not running: $(state_of "$tmp/blob")"
# Defined anew: the definition has no blob, and then has
sed 's/<vcpu>1</<vcpu>2</' "$tmp/off.xml" >"$tmp/off2.xml"
virsh -q -c "$a" define "$tmp/off2.xml" >/dev/null
until_true 15 watch_says 3 '^off: embedded$' || fail "a new definition was not noticed"
[ "$(n_blobs off --inactive)" = 1 ] || fail "no blob in the new definition"
# A device more
virsh -q -c "$a" attach-interface on user --model virtio --live >/dev/null 2>&1 ||
    virsh -q -c "$a" setvcpus on 1 >/dev/null
# What we write ourselves wakes nobody
lines=$(wc -l <"$tmp/watch")
"$vmcompat" embed -q -c "$a" off
sleep 4
embedded on && expect 0 "$vmcompat" show "$tmp/blob"
[ "$(grep -c '^off' "$tmp/watch")" = 3 ] || fail "it woke itself: $(cat "$tmp/watch")"
[ "$lines" -le 6 ] || fail "too many: $(cat "$tmp/watch")"
[ -n "$first" ] || fail "no time in the element"
# The daemon goes: so does the service, with an error
kill -KILL "${daemon_pid[a]}"
status=0
until_true 10 bash -c "! kill -0 $watch 2>/dev/null" || fail "it stays without a daemon"
wait $watch || status=$?
[ $status = 1 ] && grep -q 'connection to libvirt is lost' "$tmp/watch.err" || fail "status $status: $(cat "$tmp/watch.err")"
# its guests' processes, by what they alone have on their command lines
for name in on off; do
    kill "$(cat "$tmp/hosts/a/run/libvirt/qemu/run/$name.pid")" || fail "$name is gone"
done
finish
