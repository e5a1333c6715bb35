#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# check --dry-run against a real libvirt: it touches nothing, whatever guest it is about; it
# objects to what libvirt refuses; it accepts what libvirt starts.
#
#   dry-run.sh [--vmcompat PATH]
#
# Needs what run-lab.sh needs; without it, prints SKIP and exits 77.

# shellcheck source=tests/lab/asides.sh
. "$(dirname "$0")/asides.sh"

# --- guests

nic() { dev "<interface type='$1'>$2<model type='virtio'/></interface>"; }
# all that libvirt's own dry run would make, open or run, and more that it must not
g_touchy() {
    nic network "<source network='net-all'/>"
    nic bridge "<source bridge='br-all'/>"
    nic ethernet "<script path='/lab/mark.sh'/>"
    nic ethernet "<script path='/lab/mark.sh'/><target dev='lab-tap'/>"
    if [ "$1" = off ]; then # what not every machine can start
        nic direct "<source dev='br-all' mode='bridge'/>"
        g_vsock
    fi
    g_tpm tpm-tis
    g_channel org.qemu.guest_agent.0
    g_socket /run/touchy.sock
    g_serial /run/touchy.log
    g_vncsocket /run/touchy.vnc
    g_shared "a:cache-none"
}
g_queue() { dev "<interface type='network'><source network='net-all'/><model type='virtio'/><driver rx_queue_size='$1'/></interface>"; }
g_iothread() {
    g_shared iothread:cache-none
    G_DEV=${G_DEV/"cache='none'"/"cache='none' iothread='$1'"}
}
g_hostdevnic() { dev "<interface type='hostdev' managed='yes'><source><address type='pci' domain='0' bus='0' slot='0x1d' function='0'/></source></interface>"; }
g_nicroot() { dev "<interface type='user'><model type='e1000e'/><address type='pci' domain='0' bus='0' slot='$1' function='0'/></interface>"; }
g_nics8() { # eight in one slot
    local function
    dev "<interface type='user'><model type='e1000'/><address type='pci' domain='0' bus='0' slot='$1' function='0' multifunction='on'/></interface>"
    for function in 1 2 3 4 5 6 7; do
        dev "<interface type='user'><model type='e1000'/><address type='pci' domain='0' bus='0' slot='$1' function='$function'/></interface>"
    done
}
g_full() { # no slot of the PCI bus is left
    local slot
    for slot in $(seq 3 31); do
        dev "<interface type='user'><model type='e1000'/><address type='pci' domain='0' bus='0' slot='$slot' function='0'/></interface>"
    done
}

marks() { # HOST: a script of interfaces, which tells that it ran
    printf '#!/bin/sh\necho "$@" >>/run/marker\n' >"$LAB_DIR/$1/root.mark"
    host_exec "$1" sh -c 'cat >/lab/mark.sh && chmod 755 /lab/mark.sh' <"$LAB_DIR/$1/root.mark"
}

# --- what could be touched

snapshot() { # HOST: devices, addresses, firewall, processes, files, and what libvirt lists
    local b=$1 what
    nsenter -t "$(host_pid "$b")" -n ip -o link
    nsenter -t "$(host_pid "$b")" -n ip -o addr
    nsenter -t "$(host_pid "$b")" -n ip -o route
    for what in "iptables-save" "ip6tables-save" "nft list ruleset" "ebtables-save"; do
        # shellcheck disable=SC2086 # words are wanted
        host_exec "$b" $what 2>/dev/null | sed -E '/^#/d; s/\[[0-9]+:[0-9]+\]//'
    done
    host_exec "$b" ps -eo pid,ppid,args --no-headers | grep -v 'ps -eo'
    for what in "list --all" "list --all --uuid" "net-list --all" "pool-list --all" secret-list nwfilter-binding-list; do
        # shellcheck disable=SC2086
        host_virsh "$b" $what
    done
    # All that is written lands in the upper folder, but for these; the daemon may log.
    find "$LAB_DIR/$b/upper" "$LAB_DIR/$b/run" "$LAB_DIR/shared.back" -printf '%p %y %m %s %T@\n' |
        grep -v '/libvirtd\.log ' | sort
    host_exec "$b" find /dev/shm -printf '%p %y %s %T@\n'
}

watch_start() { # HOST: every device of its network that comes, goes or changes is noted
    nsenter -t "$(host_pid "$1")" -n ip monitor link >"$X/monitor" 2>&1 &
    monitor=$!
    sleep 0.5
}

watch_end() {
    sleep 0.5
    kill "$monitor"
    wait "$monitor" 2>/dev/null
}

touches_nothing() { # ARGS… of check on b
    rm -f "$LAB_DIR/b/run/marker"
    check b "$@" # what libvirt learns once, it has learnt before
    snapshot b >"$X/before"
    watch_start b
    check b "$@" --dry-run
    watch_end
    snapshot b >"$X/after"
    [ ! -e "$LAB_DIR/b/run/marker" ] || wrong "$*: the script was run: $(cat "$LAB_DIR/b/run/marker")"
    [ ! -s "$X/monitor" ] || wrong "$*: devices were touched: $(head -n 3 "$X/monitor" | tr '\n' ' ')"
    diff "$X/before" "$X/after" >"$X/diff" || wrong "$*: $(head -n 5 "$X/diff" | tr '\n' ' ')"
}

# --- tests

# The proof is worth what the detectors are: libvirt's own dry run trips them.
detectors_work() {
    define - touchy touchy=off
    rm -f "$LAB_DIR/b/run/marker"
    watch_start b
    host_virsh b domxml-to-native qemu-argv "$X/touchy.xml" >"$X/argv" 2>&1 || wrong "$(head -c 300 "$X/argv")"
    watch_end
    [ -s "$LAB_DIR/b/run/marker" ] || wrong "libvirt's own dry run ran no script"
    grep -q tap "$X/monitor" || grep -q vnet "$X/monitor" || wrong "libvirt's own dry run made no device"
    rm -f "$LAB_DIR/b/run/marker"
}

off_touches_nothing() {
    define - touchy touchy=off
    get b touchy.blob --xml /xfer/t/touchy.xml
    touches_nothing /xfer/t/touchy.blob
    [[ $rules = *"dry-run(note)"* ]] || wrong "it was not accepted: $rules"
}

live_touches_nothing() {
    define a running touchy=running
    host_virsh a start running >/dev/null || wrong "the guest can't be started"
    get a running.blob -c qemu:///system running
    touches_nothing /xfer/t/running.blob
    [[ $rules = *"dry-run(note)"* ]] || wrong "it was not accepted: $rules"
    host_virsh a destroy running >/dev/null
}

refused_touches_nothing() {
    define - refused touchy=off iothread=9
    get b refused.blob --xml /xfer/t/refused.xml
    touches_nothing /xfer/t/refused.blob
    [[ $rules = *"libvirt-objects(blocker)"* ]] || wrong "it was not refused: $rules"
}

# libvirt refuses it, no rule knows: found with --dry-run only, and libvirt says why
objects() { # TEXT TOKENS…
    local text=$1
    shift
    define - objects "$@"
    get b objects.blob --xml /xfer/t/objects.xml
    check b /xfer/t/objects.blob
    expect 0 '!libvirt-objects' '!dry-run'
    check b /xfer/t/objects.blob --dry-run
    expect 2 'libvirt-objects(blocker)' '!dry-run'
    grep -q "$text" "$X/json" || wrong "libvirt's words '$text' are not in the report"
    # … and it is libvirt's answer to a start, too
    if host_virsh b create "$X/objects.xml" >"$X/out" 2>&1; then
        wrong "libvirt starts it"
        host_virsh b destroy objects
    fi
}
objects_to_interface() { objects rx_queue_size queue=300; }
objects_to_disk() { objects iothread iothread=9; }

agrees() {
    define - agrees volume=nopool/v
    get b agrees.blob --xml /xfer/t/agrees.xml
    check b /xfer/t/agrees.blob --dry-run
    expect 2 'storage-pool-missing(blocker)' 'libvirt-objects(note)' '!libvirt-objects(blocker)'
}

accepts() { # without and with --dry-run the same, and libvirt was asked
    local guest without
    for guest in - "machine=pc vnc=0.0.0.0" "net=net-all video=virtio" "cpu=hm tpm=tpm-crb" "cpu=Nehalem" \
        "shared=a:cache-none shared=b:qcow2:cache-none" "firmware=efi" "ovmf=OVMF_CODE_4M.fd nvram=OVMF_VARS_4M.fd" \
        "vsock=1 channel=org.qemu.guest_agent.0" "hugepages=2048" "volume=shpool/v:ro" "virtiofs=/shared" \
        "usbdev=1" "pcidev=1" "disk=/lab/none.iso:cdrom:optional" "machine=pc full=1" "usbnic=1" "nicroot=0x10" "machine=pc nics8=3 nics8=4" "watchdog=i6300esb" "hostdevnic=1"; do
        # shellcheck disable=SC2086 # words are wanted
        define - accepts ${guest#-}
        get b accepts.blob --xml /xfer/t/accepts.xml
        check b /xfer/t/accepts.blob
        without=$said
        check b /xfer/t/accepts.blob --dry-run
        [ "$said" = "$without" ] || wrong "$guest: $said, without --dry-run $without: $rules"
        [[ $rules != *"libvirt-objects(blocker)"* ]] || wrong "$guest: $rules"
        [ "$guest" = pcidev=1 ] || [[ $rules = *"dry-run(note)"* ]] || wrong "$guest: $rules"
    done
}

# An interface that is a host device would make the daemon use freed memory.
daemon_lives_on() {
    local before after
    define - hostdevnic hostdevnic=1 net=net-all
    get b hostdevnic.blob --xml /xfer/t/hostdevnic.xml
    before=$(host_exec b pgrep -x libvirtd)
    check b /xfer/t/hostdevnic.blob --dry-run
    check b /xfer/t/hostdevnic.blob --dry-run
    after=$(host_exec b pgrep -x libvirtd)
    [ -n "$before" ] && [ "$before" = "$after" ] || wrong "libvirtd was '$before' and is '$after'"
    [ "$said" != 1 ] || wrong "$(head -c 300 "$X/err")"
}

read_only_says_so() {
    define - plain
    get b plain.blob --xml /xfer/t/plain.xml
    check b -r /xfer/t/plain.blob --dry-run
    [[ $rules = *"dry-run(warning)"* ]] || wrong "not said: $rules"
}

tests=(detectors_work off_touches_nothing live_touches_nothing refused_touches_nothing objects_to_interface
    objects_to_disk agrees accepts daemon_lives_on read_only_says_so)
aside_begin ${#tests[@]} a b
marks a
marks b
for test in "${tests[@]}"; do aside "$test"; done
aside_end
