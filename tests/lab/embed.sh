#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The blob that travels: what `vmcompat embed` stores on one host is whole on the next, however the
# guest gets there; and `vmcompat gate` on the same hosts.
#
#   embed.sh [--vmcompat PATH]
#
# Needs what run-lab.sh needs; without it, prints SKIP and exits 77.

# shellcheck source=tests/lab/asides.sh
. "$(dirname "$0")/asides.sh"

migrate() { # FROM TO NAME FLAGS…
    local from=$1 to=$2
    shift 2
    timeout 60 virsh -q -c "$(host_uri "$from")" migrate "$@" "$(host_uri "$to")" \
        --migrateuri "tcp://$(host_addr "$to")" >"$X/out" 2>&1 || wrong "$(tail -n 2 "$X/out" | tr '\n' ' ')"
}

running() { # NAME TOKENS…: a guest that runs on a
    define a "$@"
    host_virsh a start "$1" >"$X/out" 2>&1 || wrong "$(tail -n 2 "$X/out")"
}

embed() { # HOST ARGS…
    local host=$1
    shift
    host_exec "$host" timeout 60 "$vmcompat" embed -c qemu:///system "$@" >"$X/out" 2>&1 || wrong "embed $*: $(cat "$X/out")"
}

take() { # HOST NAME DUMPXML-ARGS…: the blob in its definition, as $X/NAME.found
    local host=$1 name=$2
    shift 2
    host_virsh "$host" dumpxml "$name" "$@" |
        sed -n '/^-----BEGIN VMCOMPAT BLOB/,/^-----END VMCOMPAT BLOB/{s/<.*//;p}' >"$X/$name.found"
    "$vmcompat" show "$X/$name.found" >"$X/out" 2>&1 || wrong "no blob of $name on $host: $(cat "$X/out")"
}

facts_of() { "$vmcompat" show "$1" --format xml | sed -E "s/ time='[0-9]+'//"; } # BLOB
made_on() { "$vmcompat" show "$1" --format xml | grep -q "<uuid>$(host_uuid "$2")</uuid>" || wrong "it was not made on $2"; } # BLOB HOST

same_as() { # BLOB BLOB
    cmp -s <(facts_of "$1") <(facts_of "$2") || wrong "not the same: $(diff <(facts_of "$1") <(facts_of "$2") | head -n 5)"
}

travels_live() {
    running live cpu=hm
    get a before -c qemu:///system live
    embed a live
    take a live && same_as "$X/before" "$X/live.found"
    # what a hook on the destination gets on its standard input
    take a live --migratable && same_as "$X/before" "$X/live.found"
    migrate a b --live live --persistent --undefinesource
    take b live && same_as "$X/before" "$X/live.found"
    made_on "$X/live.found" a
    # The CPU that the guest sees is in it, though the definition of newer libvirts does not say it
    check c "/xfer/t/live.found"
    expect 2 'cpu-feature-missing(blocker)'
    check a "/xfer/t/live.found" --ignore same-host --ignore already-active-on-destination
    # and the way back
    embed b live
    take b live && made_on "$X/live.found" b
    get b after -c qemu:///system live
    grep -q 'urn:vmcompat:blob' <(facts_of "$X/after") && wrong "a blob inside a blob"
    migrate b a --live live --persistent --undefinesource
    take a live && made_on "$X/live.found" b
    take a live --inactive
    host_virsh a destroy live >/dev/null
}

travels_off() {
    define a off
    embed a off
    take a off
    cp "$X/off.found" "$X/off.before"
    migrate a b --offline --persistent off
    take b off && cmp -s "$X/off.before" "$X/off.found" || wrong "not as it was sent"
}

travels_in_a_saved_image() {
    running saved
    embed a saved
    host_virsh a managedsave saved >/dev/null
    host_virsh a managedsave-dumpxml saved | grep -q '^-----BEGIN VMCOMPAT BLOB-----$' || wrong "not in the saved image"
    host_virsh a start saved >/dev/null
    take a saved
    host_virsh a destroy saved >/dev/null
}

the_next_run_does_not_have_it_as_its_own() {
    running again
    embed a again
    host_virsh a destroy again >/dev/null
    host_virsh a start again >/dev/null
    take a again && "$vmcompat" show "$X/again.found" --format json | grep -q '"enabledState" *: *3' || wrong "not as off"
    host_virsh a destroy again >/dev/null
}

kept_fresh_on_arrival() {
    local i
    host_exec b timeout 40 "$vmcompat" embed --watch -c qemu:///system >"$X/watch" 2>&1 &
    running fresh cpu=hm
    embed a fresh
    migrate a b --live fresh --persistent --undefinesource
    for ((i = 0; i < 100; i++)); do
        grep -q '^fresh: embedded$' "$X/watch" && break
        sleep 0.2
    done
    take b fresh && made_on "$X/fresh.found" b
    host_virsh b destroy fresh >/dev/null
}

gate_knows_where_to() {
    local status=0
    running gated cpu=hm
    "$vmcompat" gate --source "$(host_uri a)" --domain gated --destination "$(host_uri c)" "$(host_uri b)" \
        --local-files no >"$X/gate" 2>&1 || status=$?
    [ $status = 0 ] || wrong "status $status: $(head -n 5 "$X/gate")"
    [ "$(sed -nE 's/^(qemu[^ ]*): .*/\1/p' "$X/gate" | tr '\n' ' ')" = "$(host_uri b) $(host_uri c) " ] || wrong "order: $(cat "$X/gate")"
    grep -q '^  blocker .*\[cpu-feature-missing\]' "$X/gate" || wrong "why not c: $(cat "$X/gate")"
    migrate a b --live gated
    host_virsh b destroy gated >/dev/null
}

tests=(travels_live travels_off travels_in_a_saved_image the_next_run_does_not_have_it_as_its_own
    kept_fresh_on_arrival gate_knows_where_to)
aside_begin ${#tests[@]} a b c
for test in "${tests[@]}"; do aside "$test"; done
aside_end
