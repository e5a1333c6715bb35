# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Unprivileged libvirtds of our own, with the QEMU driver, as hosts for tests: session
# daemons of "nobody" where we are root.  Sourced; needs the folder $tmp and end_at_exit of
# functions.sh, or the like.

: "${tmp:?}"
PATH=$PATH:/usr/sbin:/sbin

daemons_missing() { # prints what is not there; fails if nothing is missing
    local command
    for command in libvirtd virsh qemu-system-x86_64 setpriv; do
        command -v "$command" >/dev/null || { echo "no $command here"; return 0; }
    done
    compgen -G '/usr/lib*/libvirt/connection-driver/libvirt_driver_qemu.so' >/dev/null ||
        compgen -G '/usr/lib/*/libvirt/connection-driver/libvirt_driver_qemu.so' >/dev/null ||
        { echo "libvirt has no QEMU driver here"; return 0; }
    return 1
}

daemon_uri() { echo "qemu+unix:///session?socket=$tmp/hosts/$1/run/libvirt/libvirt-sock"; } # NAME

daemon_user=()
[ "$(id -u)" != 0 ] || daemon_user=(setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups)

# A host with a UUID of its own; what the first has learnt of QEMU is given to the others.
# Its process is ${daemon_pid[NAME]}.
declare -A daemon_pid=()
daemon_start() { # NAME NUMBER
    local home=$tmp/hosts/$1 first
    mkdir -p "$home/run" "$home/config/libvirt" "$home/cache"
    printf 'host_uuid = "%08d-1111-4222-8333-444444444444"\n' "$2" >"$home/config/libvirt/libvirtd.conf"
    first=$(find "$tmp/hosts" -mindepth 3 -maxdepth 3 -path '*/cache/libvirt' | head -n 1)
    [ -z "$first" ] || cp -a "$first" "$home/cache/"
    chmod 755 "$tmp" "$tmp/hosts" && chmod 700 "$home/run"
    [ "$(id -u)" != 0 ] || chown -R nobody "$home"
    ${daemon_user[@]+"${daemon_user[@]}"} env -i PATH="$PATH" HOME="$home" \
        XDG_RUNTIME_DIR="$home/run" XDG_CONFIG_HOME="$home/config" XDG_CACHE_HOME="$home/cache" \
        XDG_DATA_HOME="$home/data" libvirtd >"$home/log" 2>&1 </dev/null &
    daemon_pid[$1]=$!
    end_at_exit "${daemon_pid[$1]}"
    disown "${daemon_pid[$1]}"
}

daemon_wait() { # NAME
    local i
    for ((i = 0; i < 300; i++)); do
        virsh -q -c "$(daemon_uri "$1")" domcapabilities >/dev/null 2>&1 && return
        sleep 0.1
    done
    tail -n 3 "$tmp/hosts/$1/log"
    return 1
}

# A guest of no needs; it has no KVM, since nobody may not use that.
daemon_guest() { # HOST NAME UUID-START [DEVICES]
    cat >"$tmp/$2.xml" <<XML
<domain type='qemu'><name>$2</name><uuid>$3-2222-4222-8333-555555555555</uuid>
<memory unit='MiB'>32</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os>
<devices><emulator>$(command -v qemu-system-x86_64)</emulator>${4:-}
<disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>
<video><model type='virtio'/></video></devices></domain>
XML
    virsh -q -c "$(daemon_uri "$1")" define "$tmp/$2.xml" >/dev/null
}
