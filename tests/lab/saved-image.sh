#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# get --image: what is said of a saved image is what virsh restore then does.
#
#   saved-image.sh [--vmcompat PATH]
#
# Needs what run-lab.sh needs; without it, prints SKIP and exits 77.

# shellcheck source=tests/lab/asides.sh
. "$(dirname "$0")/asides.sh"

save() { # NAME TOKENS…: runs on a, is saved to a file that all hosts see, and is known no more
    local name=$1
    define a "$@"
    host_virsh a "start $name; save $name /shared/$name.img" >"$X/out" 2>&1 || wrong "$(tail -n 3 "$X/out")"
    host_virsh a undefine "$name" >/dev/null
}

predicts() { # STATUS HOST NAME GET-ARGS…: and restores it there
    local status=$1 host=$2 name=$3 real=2
    shift 3
    get a "$name.blob" "$@" --image "/shared/$name.img"
    check "$host" "/xfer/t/$name.blob" --dry-run
    expect "$status" '!libvirt-objects(blocker)'
    grep -q '"judgedAs" *: *"saved"' "$X/json" || wrong "it was not judged as saved"
    host_virsh "$host" restore "/shared/$name.img" >"$X/out" 2>&1 && real=0
    [ "$real" = "$status" ] || wrong "restore on $host: $(tail -n 2 "$X/out" | tr '\n' ' ')"
    host_virsh "$host" destroy "$name" >/dev/null 2>&1
}

plain_fits() { save plain && predicts 0 b plain; }
plain_fits_asked_of_libvirt() { save plain && predicts 0 c plain -c qemu:///system; }
cpu_fits() { save cpu cpu=hm && predicts 0 b cpu; }
cpu_of_the_file_does_not() { save cpu cpu=hm && predicts 2 c cpu; }
cpu_asked_of_libvirt_does_not() { save cpu cpu=hm && predicts 2 c cpu -c qemu:///system; }
missing_disk_does_not() { save disk disk=/lab/ab/cd.iso:cdrom && predicts 2 c disk; }

libvirt_needs_more_than_reading() {
    save plain
    host_exec a "$vmcompat" get -r -c qemu:///system --image /shared/plain.img >"$X/out" 2>&1 && wrong "it was read"
    grep -q 'plain.img' "$X/out" || wrong "$(cat "$X/out")"
}

tests=(plain_fits plain_fits_asked_of_libvirt cpu_fits cpu_of_the_file_does_not cpu_asked_of_libvirt_does_not
    missing_disk_does_not libvirt_needs_more_than_reading)
aside_begin ${#tests[@]} a b c
for test in "${tests[@]}"; do aside "$test"; done
aside_end
