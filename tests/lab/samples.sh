#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# samples.sh DIR: starts a lab, saves what its hosts and some guests really look like as
# plain files below DIR (virsh outputs): input for fixtures and for reading.

# shellcheck source=tests/lab/lab.sh
. "$(dirname "$0")/lab.sh"
. "$LAB_SRC/hosts.sh"
. "$LAB_SRC/guests.sh"
out=${1:?DIR}

if why=$(lab_missing); then echo "SKIP: $why"; exit 77; fi
trap lab_end EXIT
trap 'exit 1' INT TERM
lab_begin
lab_up a b c || exit 1

for h in a b c; do
    d=$out/host-$h
    mkdir -p "$d"
    host_virsh $h capabilities >"$d/capabilities.xml"
    for m in pc q35; do
        host_virsh $h domcapabilities --virttype "$LAB_VIRT" --machine $m >"$d/domcapabilities-$LAB_VIRT-$m.xml"
        [ "$LAB_VIRT" = qemu ] || host_virsh $h domcapabilities --virttype qemu --machine $m >"$d/domcapabilities-qemu-$m.xml"
    done
    for c in nodeinfo nodecpumap "freepages --all" sysinfo version hostname uri "net-list --all" "iface-list --all" \
        "pool-list --all --details" "nodedev-list" "nwfilter-list" "secret-list" "cpu-models x86_64"; do
        # shellcheck disable=SC2086
        host_virsh $h $c >"$d/${c%% *}.txt" 2>&1
    done
    for n in $(host_virsh $h net-list --all --name); do host_virsh $h net-dumpxml "$n" >"$d/net-$n.xml"; done
    for n in $(host_virsh $h pool-list --all --name); do host_virsh $h pool-dumpxml "$n" >"$d/pool-$n.xml"; done
done

mkdir -p "$out/guests"
i=0
while read -r name tokens; do
    i=$((i + 1))
    # shellcheck disable=SC2086
    guest_xml "$name" "$(printf '00000000-5a3b-4000-8000-%012d' $i)" $tokens >"$out/guests/$name-defined.xml"
    host_virsh a define "$out/guests/$name-defined.xml" >/dev/null || continue
    host_virsh a dumpxml --inactive "$name" >"$out/guests/$name-inactive.xml"
    host_virsh a start "$name" >/dev/null || continue
    host_virsh a dumpxml "$name" >"$out/guests/$name-live.xml"
    host_virsh a dumpxml --migratable "$name" >"$out/guests/$name-migratable.xml"
    host_exec a sh -c "tr '\\0' '\\n' </proc/\$(cat /run/libvirt/qemu/$name.pid)/cmdline" >"$out/guests/$name-argv.txt"
    if host_virsh a managedsave "$name" >/dev/null; then
        host_virsh a managedsave-dumpxml "$name" >"$out/guests/$name-saved.xml"
        host_exec a cat "/var/lib/libvirt/qemu/save/$name.save" | head -c 65536 | tr '\0' '\n' |
            sed -n '/<domain /,/^<\/domstatus>\|^<\/cookie>/p' >"$out/guests/$name-savedimage.txt"
    else
        host_virsh a destroy "$name"
    fi
    host_virsh a undefine "$name" --managed-save --nvram --tpm >/dev/null 2>&1 ||
        host_virsh a undefine "$name" --managed-save --nvram >/dev/null
done <<'EOF'
plain
host-model cpu=hm
host-passthrough cpu=hp
maximum cpu=max
custom cpu=Westmere:+bmi2:-popcnt
pc machine=pc cpu=hm
net net=labnet bridge=br-x
disks shared=s.img disk=/lab/ab/cd.iso:cdrom disk=/lab/all/disk.img:ro
volume volume=labpool/v-ab:ro
ovmf ovmf=OVMF_CODE_4M.fd nvram=OVMF_VARS_4M.fd
efi firmware=efi
tpm tpm=tpm-crb
vnc vnc=10.99.1.1 video=virtio
hugepages hugepages=2048
shmem shmem=master
9p 9p=/lab/ab/9p
virtiofs virtiofs=/lab/ab/9p
fwcfg fwcfg=/lab/ab/initrd
smp vcpus=2 cpu=hm
EOF
