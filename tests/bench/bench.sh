#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# How long vmcompat takes, as a ratio to virsh in the same run on a warm daemon.
# A report, not a test: it fails only when something could not be measured.
# Needs what the lab needs (root); run by `make bench`.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=${abs_top_builddir:?}
runs=${RUNS:-31}
# shellcheck source-path=SCRIPTDIR source=../lab/lab.sh
. "$here/../lab/lab.sh"

if why=$(lab_missing); then
    echo "SKIP: bench: $why"
    exit 77
fi
# The program itself: libtool's wrapper is a shell script and would be timed too.
export LD_LIBRARY_PATH=$top/src/.libs
vmcompat=$top/src/cli/.libs/vmcompat
[ -x "$vmcompat" ] || vmcompat=$top/src/cli/vmcompat
run=$top/tests/bench-run

work=$(mktemp -d /var/tmp/vmcbench.XXXXXX)
daemon=
ended=()
end_at_exit() { ended+=("$1"); } # PID
finish() {
    [ -z "$daemon" ] || kill "$daemon"
    [ "${#ended[@]}" = 0 ] || kill "${ended[@]}"
    lab_end
    rm -rf "$work"
}
trap finish EXIT

row() { # WHAT TARGET COMMAND-A [COMMAND-B]: one line of the table
    local a ka b ratio tenth
    read -r a ka b _ ratio tenth < <("$run" "$runs" "${@:3}") || return 1
    printf '| %-46s | %8s ms | %8s ms | %6s MB | %8s ms | %5s | %s |\n' \
        "$1" "$a" "$tenth" "$((ka / 1024))" "$b" "$ratio" "$2"
}

thousand_domains() { # STATE: a node of libvirt's test driver; 1: they run, 5: they are off
    echo "<node xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><cpu><mhz>2000</mhz><model>x86_64</model><active>4</active><nodes>1</nodes><sockets>1</sockets><cores>4</cores><threads>1</threads></cpu><memory>8388608</memory>"
    local i
    for i in $(seq 1000); do
        cat <<XML
<domain type='test'><name>vm$i</name><uuid>$(printf '%08x-0000-4000-8000-000000000000' "$i")</uuid>
<memory unit='KiB'>1048576</memory><vcpu>2</vcpu><os><type arch='x86_64'>hvm</type><boot dev='hd'/></os>
<devices><disk type='file' device='disk'><source file='/vm/$i.img'/><target dev='vda' bus='virtio'/></disk>
<interface type='network'><source network='default'/><model type='virtio'/></interface></devices>
<test:runstate>$1</test:runstate></domain>
XML
    done
    echo "</node>"
}

private_daemon() { # unprivileged folders of its own; serves test+unix://
    mkdir -p "$work/run" "$work/config" "$work/cache"
    cat >"$work/libvirtd.conf" <<CONF
unix_sock_dir = "$work/run"
auth_unix_rw = "none"
auth_unix_ro = "none"
CONF
    XDG_RUNTIME_DIR=$work/run XDG_CONFIG_HOME=$work/config XDG_CACHE_HOME=$work/cache \
        libvirtd -f "$work/libvirtd.conf" -p "$work/pid" >"$work/log" 2>&1 &
    daemon=$!
    local i
    for i in $(seq 100); do
        [ -S "$work/run/libvirt-sock" ] && return
        sleep 0.1
    done
    return 1
}

lab_begin && lab_up a || exit 1
cat >"$LAB_DIR/xfer/bench.xml" <<XML
<domain type='$LAB_VIRT'><name>bench</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type></os><cpu mode='host-model'/>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
<disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>
<interface type='network'><source network='labnet'/><model type='virtio'/></interface>
<video><model type='virtio'/></video></devices></domain>
XML
uri=$(host_uri a)
virsh -q -c "$uri" define "$LAB_DIR/xfer/bench.xml" >/dev/null && virsh -q -c "$uri" start bench >/dev/null || exit 1
# its firmware, with nothing to boot, would take a processor from what is timed
virsh -q -c "$uri" suspend bench >/dev/null || exit 1
virsh -c "$uri" dumpxml bench >"$work/bench.xml"
"$vmcompat" get -c "$uri" -o "$work/bench.blob" bench || exit 1
"$vmcompat" offer -c "$uri" -o "$work/offer" || exit 1

# Medians.  This machine may have other work, which only ever adds: the quickest tenth, too.
echo "| what | vmcompat | quickest tenth | peak | compared with | ratio | target |"
echo "| --- | --- | --- | --- | --- | --- | --- |"
row "check live : virsh hypervisor-cpu-compare" "<= 2" "$vmcompat check -c $uri $work/bench.blob" \
    "virsh -c $uri hypervisor-cpu-compare $work/bench.xml" || exit 1
row "get : virsh dumpxml" "<= 2" "$vmcompat get -c $uri -o $work/b bench" \
    "virsh -c $uri dumpxml bench" || exit 1
# found as an installed one is, which no search in our folder comes before
LD_LIBRARY_PATH='' LD_PRELOAD=$top/src/.libs/libvmcompat.so.0 runs=${RUNS:-101} row "check --offer, offline, a process" "< 5 ms" \
    "$vmcompat check --offer $work/offer $work/bench.blob" "$vmcompat --version" || exit 1
read -r us findings < <("$top/tests/bench-judge" "$work/bench.blob" "$work/offer") || exit 1
printf '| %-46s | %8s us | %11s | %9s | %11s | %5s | %s |\n' \
    "the judgement, all rules ($findings findings)" "$us" "" "" "" "" "< 50 us"

for state in 1 5; do thousand_domains $state >"$work/node-$state.xml"; done
chmod 755 "$work" && chmod 644 "$work"/node-*.xml
private_daemon || { echo "no private libvirtd: $(tail -n 1 "$work/log")" >&2; exit 1; }
many() { echo "test+unix://$work/node-$1.xml?socket=$work/run/libvirt-sock"; } # STATE
runs=${RUNS:-9}
# What it has to fetch: a running guest has two definitions.
row "get --host, 1,000 domains off : their XML" "<= 1.3" \
    "$vmcompat get -c $(many 5) --host -o $work/h" "$top/tests/bench-fetch $(many 5)" || exit 1
row "get --host, 1,000 that run : both XMLs of each" "<= 1.3" \
    "$vmcompat get -c $(many 1) --host -o $work/h" "$top/tests/bench-fetch $(many 1) both" || exit 1
row "get --host, 1,000 that run : one XML of each" "" \
    "$vmcompat get -c $(many 1) --host -o $work/h" "$top/tests/bench-fetch $(many 1)" || exit 1

# Twenty hosts, each 5 ms away; then as they are, where all share this machine's processors.
tmp=$work
# shellcheck source-path=SCRIPTDIR source=../daemons.sh
. "$here/../daemons.sh"
if why=$(daemons_missing); then
    echo "no row for gate: $why"
    exit
fi
far() { echo "qemu+unix:///session?socket=$work/far-$1"; } # NUMBER
pairs=()
for i in $(seq 0 20); do
    daemon_start "h$i" "$i" && daemon_wait "h$i" || exit 1
    pairs+=("$work/far-$i" "$work/hosts/h$i/run/libvirt/libvirt-sock")
done
daemon_guest h0 gated 00000001 && virsh -q -c "$(daemon_uri h0)" start gated >/dev/null || exit 1
end_guest() { virsh -q -c "$(daemon_uri h0)" destroy gated >/dev/null; }
"$top/tests/bench-relay" 5 "${pairs[@]}" &
end_at_exit $!
sleep 1
gate="$vmcompat gate --domain gated --source"
runs=${RUNS:-11}
row "gate, 20 destinations : 1, each 5 ms away" "<= 1.5" \
    "$gate $(far 0) --destination $(for i in $(seq 20); do far "$i"; done | tr '\n' ' ')" \
    "$gate $(far 0) --destination $(far 1)" || { end_guest; exit 1; }
row "gate, 20 destinations : 1, all on this machine" "" \
    "$gate $(daemon_uri h0) --destination $(for i in $(seq 20); do daemon_uri "h$i"; done | tr '\n' ' ')" \
    "$gate $(daemon_uri h0) --destination $(daemon_uri h1)" || { end_guest; exit 1; }
end_guest
