#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Real libvirt hosts on one machine: each is a libvirtd with its own mount, network,
# PID, UTS and IPC namespaces over an overlay of "/" (or of another tree).
# Sourced by the other scripts here; by hand:
#
#   tests/lab/lab.sh up [HOST…]     start a lab that stays, print its URIs and folder
#   tests/lab/lab.sh exec HOST CMD  run CMD inside a host of that lab
#   tests/lab/lab.sh down           end it
#
# Needs root, unshare, overlayfs, libvirtd, QEMU; see lab_missing and lab_install.
#
# Everything lives in namespaces owned by one "holder" process: when it and the hosts end,
# their mounts, bridge and veths are gone by themselves, and several labs never collide.
# The machine's own libvirt, /run and network are not touched.

LAB_SRC=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB_TOP=$(cd "$LAB_SRC/../.." && pwd)
LAB_POINTER=${LAB_POINTER:-/var/tmp/vmcompat-lab.up}
# CPU bits added on every host where the machine's CPU has them but its KVM hides them
# (KVM inside a para-virtual machine), and bits that KVM announces but then refuses
# (7.0.edx.29: arch-capabilities, whose MSR can't be set there).
LAB_CPU_SET=1.0.ecx.0,1.0.ecx.1,1.0.ecx.9,1.0.ecx.19,1.0.ecx.20,1.0.ecx.22,1.0.ecx.23,1.0.ecx.25,1.0.ecx.30,7.0.ebx.0,7.0.ebx.3,7.0.ebx.8,7.0.ebx.9,7.0.ebx.18,7.0.ebx.19,7.0.ebx.29,80000001.0.ecx.5,80000001.0.ecx.6
LAB_CPU_CLEAR=7.0.edx.29
# What host c lacks: bmi1 bmi2 adx sha-ni movbe aes clwb, by name in guests.sh.
LAB_CPU_WEAK=7.0.ebx.3,7.0.ebx.8,7.0.ebx.19,7.0.ebx.29,1.0.ecx.22,1.0.ecx.25,7.0.ebx.24

lab_install() { # what the scripts here need, on Debian
    apt-get install -y --no-install-recommends libvirt-daemon-system libvirt-daemon-driver-qemu \
        libvirt-clients qemu-system-x86 qemu-utils ovmf swtpm swtpm-tools tini bindfs iproute2 \
        util-linux gcc libc6-dev
}

lab_missing() { # prints why a lab can't be had here; fails if it can
    local t
    [ "$(id -u)" = 0 ] || { echo "not root"; return 0; }
    for t in unshare nsenter ip libvirtd virsh qemu-system-x86_64 qemu-img tini bindfs gcc; do
        command -v "$t" >/dev/null || { echo "no $t (lab.sh install)"; return 0; }
    done
    unshare -mnpuif --kill-child true 2>/dev/null || { echo "unshare not permitted"; return 0; }
    t=$(mktemp -d /var/tmp/vmclab.XXXXXX)
    mkdir "$t/u" "$t/w" "$t/m"
    if ! unshare -m mount -t overlay overlay -o "lowerdir=/,upperdir=$t/u,workdir=$t/w" "$t/m" 2>/dev/null; then
        rm -rf "$t"
        echo "no overlay mounts"
        return 0
    fi
    rm -rf "$t"
    return 1
}

# --- processes that we started: kept as "pid starttime", so that a reused pid is never hit

lab_keep() { # PID
    echo "$1 $(cut -d' ' -f22 "/proc/$1/stat")" >>"$LAB_DIR/pids"
    disown "$1" 2>/dev/null # or bash would tell of each that we end
    return 0
}

lab_end_kept() {
    local pid start now
    [ -f "$LAB_DIR/pids" ] || return 0
    while read -r pid start; do
        now=$(cut -d' ' -f22 "/proc/$pid/stat" 2>/dev/null)
        [ "$now" = "$start" ] && kill -9 "$pid" 2>/dev/null
    done <"$LAB_DIR/pids"
    rm -f "$LAB_DIR/pids"
}

lab_begin() { # the folder and the holder: namespaces with the bridge and the shared folder
    local i
    LAB_DIR=$(mktemp -d /var/tmp/vmclab.XXXXXX)
    mkdir -p "$LAB_DIR/xfer" "$LAB_DIR/shared" "$LAB_DIR/shared.back/pool"
    truncate -s 8M "$LAB_DIR/shared.back/pool/v"
    chmod 755 "$LAB_DIR"
    # the domain type of all guests; LAB_VIRT=qemu in the environment asks for TCG
    if [ "${LAB_VIRT:-}" != qemu ] && [ -c /dev/kvm ] && lab_kvm_works; then LAB_VIRT=kvm; else LAB_VIRT=qemu; fi
    gcc -O2 -shared -fPIC -o "$LAB_DIR/cpuid-mask.so" "$LAB_SRC/cpuid-mask.c"
    gcc -O2 -shared -fPIC -o "$LAB_DIR/hook-clock.so" "$LAB_SRC/hook-clock.c"
    # /shared passes for a cluster file system: libvirt knows "fuse.glusterfs" by its name only.
    # shellcheck disable=SC2016 # for the inner shell
    unshare -m -n bash -c '
        ip link add lab type bridge && ip link set lab up
        bindfs -f -o subtype=glusterfs,dev "$1/shared.back" "$1/shared" &
        exec sleep infinity' holder "$LAB_DIR" >"$LAB_DIR/holder.log" 2>&1 </dev/null &
    LAB_HOLDER=$!
    lab_keep "$LAB_HOLDER"
    for ((i = 0; i < 100; i++)); do
        grep -q "$LAB_DIR/shared" "/proc/$LAB_HOLDER/mounts" && break
        sleep 0.05
    done
    lab_keep "$(pgrep -P "$LAB_HOLDER" bindfs)"
    lab_hugepages
    declare -p LAB_DIR LAB_VIRT LAB_HOLDER | sed 's/^declare --/export/' >"$LAB_DIR/env"
}

lab_hugepages() { # some 2 MiB pages, if the machine has none; given back at the end
    local f=/proc/sys/vm/nr_hugepages
    [ "$(cat $f)" = 0 ] || return 0
    echo 160 >$f && touch "$LAB_DIR/hugepages"
}

lab_kvm_works() { # KVM may be there and yet be unable to start a guest
    (sleep 0.5; echo quit) | LD_PRELOAD='' timeout 10 qemu-system-x86_64 -accel kvm \
        -cpu host,arch-capabilities=off -m 16 -nodefaults -display none -monitor stdio >/dev/null 2>&1
}

lab_end() {
    [ -n "${LAB_DIR:-}" ] && [ -d "$LAB_DIR" ] || return 0
    lab_end_kept
    [ ! -e "$LAB_DIR/hugepages" ] || echo 0 >/proc/sys/vm/nr_hugepages
    sleep 0.2 # until the namespaces' last processes are gone
    rm -rf --one-file-system "$LAB_DIR"
}

host_uuid() { # a host's UUID; d is the twin of a
    case $1 in
    a | d) echo 11111111-aaaa-4aaa-8aaa-00000000000a ;;
    *) printf '11111111-aaaa-4aaa-8aaa-%012x\n' "'$1" ;;
    esac
}

host_tree() { # a host's base tree: LAB_TREE_x in the environment, or the machine's own
    local tree=LAB_TREE_$1
    echo "${!tree:-/}"
}

host_addr() { # 10.99.0.N
    echo "10.99.0.$(($(printf '%d' "'$1") - 96))"
}

host_socket() { echo "$LAB_DIR/$1/run/libvirt/libvirt-sock"; }
host_uri() { echo "qemu+unix:///system?socket=$(host_socket "$1")"; }
host_pid() { cat "$LAB_DIR/$1/run/pid"; }
host_exec() { # NAME CMD…: inside the host's namespaces and root
    local pid
    pid=$(host_pid "$1")
    shift
    nsenter -t "$pid" -m -u -i -n -p -r -w -- env -u LIBVIRT_DEFAULT_URI HOME=/root "$@"
}
host_virsh() { # NAME ARGS…: from outside
    local uri
    uri=$(host_uri "$1")
    shift
    virsh -q -c "$uri" "$@"
}

host_start() { # NAME [BASE-TREE]: starts one; host_wait waits until it answers
    local name=$1 base=${2:-/} dir=$LAB_DIR/$1 pid i clear=$LAB_CPU_CLEAR
    mkdir -p "$dir"/{upper/etc/libvirt,upper/usr/bin,work,root,run}
    sed 's/^hosts:.*/hosts: files/' /etc/nsswitch.conf >"$dir/upper/etc/nsswitch.conf"
    {
        echo "127.0.0.1 localhost"
        for i in a b c d e t; do echo "$(host_addr $i) $i"; done
    } >"$dir/upper/etc/hosts"
    echo "$name" >"$dir/upper/etc/hostname"
    cat >"$dir/upper/etc/libvirt/qemu.conf" <<EOF
stdio_handler = "file"
security_driver = "none"
user = "root"
group = "root"
namespaces = []
cgroup_controllers = []
dynamic_ownership = 0
swtpm_user = "root"
swtpm_group = "root"
EOF
    cat >"$dir/upper/etc/libvirt/libvirtd.conf" <<EOF
host_uuid = "$(host_uuid "$name")"
auth_unix_rw = "none"
auth_unix_ro = "none"
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
EOF
    case $name in c) clear=$clear,$LAB_CPU_WEAK ;; esac
    cat >"$dir/upper/usr/bin/qemu-system-x86_64" <<EOF
#!/bin/sh
export LD_PRELOAD=/run/cpuid-mask.so VMC_CPUID_SET=$LAB_CPU_SET VMC_CPUID_CLEAR=$clear
exec /usr/bin/qemu-system-x86_64.real "\$@"
EOF
    chmod 755 "$dir/upper/usr/bin/qemu-system-x86_64"
    cp "$base/usr/bin/qemu-system-x86_64" "$dir/upper/usr/bin/qemu-system-x86_64.real"
    cp "$LAB_DIR"/{cpuid-mask,hook-clock}.so "$dir/run/"
    nsenter -t "$LAB_HOLDER" -m -n -- setsid unshare -m -u -i -n -p -f --kill-child --propagation private \
        bash "$LAB_SRC/lab.sh" _inside "$LAB_DIR" "$name" "$base" >"$dir/log" 2>&1 </dev/null &
    lab_keep $!
    for ((i = 0; i < 100; i++)); do
        [ -s "$dir/run/pid" ] && break
        sleep 0.02
    done
    pid=$(cat "$dir/run/pid") || { cat "$dir/log" >&2; return 1; }
    nsenter -t "$LAB_HOLDER" -n ip link add "v$name" master lab up type veth peer name eth0 netns "$pid"
    nsenter -t "$pid" -n ip addr add "$(host_addr "$name")/24" dev eth0
    nsenter -t "$pid" -n ip link set eth0 up
    nsenter -t "$pid" -n ip link set lo up
}

host_inside() { # runs as PID 1 of the host; never returns
    local dir=$1/$2 root=$1/$2/root pid
    read -r pid _ </proc/self/stat # our pid as seen from outside: /proc is still the old one
    hostname "$2"
    mount -t overlay overlay -o "lowerdir=$3,upperdir=$dir/upper,workdir=$dir/work" "$root" || exit 1
    mkdir -p "$root"/{xfer,shared,oldroot,lab} "$root$LAB_TOP"
    mount -t proc proc "$root/proc"
    mount -t sysfs sysfs "$root/sys"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/dev/shm" # else ivshmem of two hosts would be the same memory
    mount --bind "$dir/run" "$root/run"  # sockets are reached from outside through $dir/run
    mount --bind "$1/xfer" "$root/xfer"
    mount --bind "$1/shared" "$root/shared"
    mount --rbind "$LAB_TOP" "$root$LAB_TOP"
    # nothing of the machine's own libvirt
    rm -rf "$root"/etc/libvirt/{qemu,secrets,storage,nwfilter,hooks} "$root"/var/{lib,cache,log}/libvirt
    rm -f "$root"/usr/bin/qemu-system-{i386,x86_64-*,[a-w]*}
    mkdir -p "$root"/var/{lib,cache,log}/libvirt "$root/var/lib/libvirt/dnsmasq" "$root/etc/libvirt/nwfilter" "$root/run/libvirt"
    # shellcheck source=tests/lab/hosts.sh
    . "$LAB_SRC/hosts.sh"
    host_setup "$2" "$root"
    cd "$root" || exit 1
    pivot_root . oldroot
    umount -l /oldroot
    echo "$pid" >/run/pid.new && mv /run/pid.new /run/pid # last: whoever sees it may enter
    # LAB_HOOK_CLOCK: what hooks cost is written to run/hook-clock
    exec /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        ${LAB_HOOK_CLOCK:+LD_PRELOAD=/run/hook-clock.so VMC_HOOK_CLOCK=/run/hook-clock} tini -- libvirtd
}

host_wait() { # NAME: until its daemon answers, with capabilities probed
    local i
    for ((i = 0; i < 400; i++)); do
        if [ -S "$(host_socket "$1")" ] && host_virsh "$1" domcapabilities --virttype "$LAB_VIRT" >/dev/null 2>&1; then
            return 0
        fi
        [ -d "/proc/$(host_pid "$1")" ] || break
        sleep 0.05
    done
    cat "$LAB_DIR/$1/log" >&2
    echo "host $1 doesn't answer" >&2
    return 1
}

host_stop() { # NAME: its PID 1, and with it everything in it
    kill -9 "$(host_pid "$1")"
    rm -f "$LAB_DIR/$1/run/pid"
}

lab_up() { # HOST…: all of them at once
    local h
    # shellcheck source=tests/lab/hosts.sh
    . "$LAB_SRC/hosts.sh"
    for h; do host_start "$h" "$(host_tree "$h")" || return 1; done
    for h; do host_wait "$h" || return 1; done
    for h; do host_populate "$h" || return 1; done
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    case ${1:-} in
    _inside) host_inside "$2" "$3" "$4" ;;
    install) lab_install ;;
    up)
        shift
        why=$(lab_missing) && { echo "SKIP: $why"; exit 77; }
        lab_begin
        [ $# -gt 0 ] || set -- a b c d
        if ! lab_up "$@"; then lab_end; exit 1; fi
        echo "$LAB_DIR" >"$LAB_POINTER"
        echo "$LAB_DIR"
        for h; do echo "$h: $(host_uri "$h")   migrate to it with --migrateuri tcp://$(host_addr "$h")"; done
        ;;
    exec | down)
        LAB_DIR=$(cat "$LAB_POINTER") || exit 1
        # shellcheck source=/dev/null
        . "$LAB_DIR/env"
        if [ "$1" = down ]; then lab_end; rm -f "$LAB_POINTER"; else shift; host_exec "$@"; fi
        ;;
    *) sed -n '4,12p' "$0"; exit 1 ;;
    esac
fi
