#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Guests of hypervisors that are not QEMU: they are read like any other, and the answer is a
# "no" with the reason or "can't tell", never a "yes", against hosts of any kind.

# shellcheck source=tests/functions.sh
. "$(dirname "$0")/functions.sh"
needs_program

domain() { # TYPE OS-TYPE ARCH: the rest on standard input
    cat <<XML
<domain type='$1'>
  <name>guest of $1</name>
  <uuid>5b8f5d0e-1111-4222-8333-000000000001</uuid>
  <memory unit='MiB'>512</memory>
  <vcpu>2</vcpu>
  <os><type arch='$3'>$2</type>$(cat)
</domain>
XML
}

mkdir "$tmp/guests"
domain lxc exe x86_64 >"$tmp/guests/lxc.xml" <<'XML'
<init>/sbin/init</init><initarg>--log</initarg></os>
  <features><capabilities policy='allow'><mknod state='on'/></capabilities></features>
  <devices>
    <emulator>/usr/libexec/libvirt_lxc</emulator>
    <filesystem type='mount' accessmode='passthrough'><source dir='/srv/tree'/><target dir='/'/></filesystem>
    <hostdev mode='capabilities' type='misc'><source><char>/dev/rtc0</char></source></hostdev>
    <interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='br0'/></interface>
    <console type='pty'><target type='lxc' port='0'/></console>
  </devices>
XML
domain xen xen x86_64 >"$tmp/guests/xen-pv.xml" <<'XML'
<kernel>/boot/vmlinuz-xen</kernel><cmdline>ro</cmdline></os>
  <bootloader>/usr/bin/pygrub</bootloader>
  <clock offset='variable' adjustment='0' basis='utc'/>
  <devices>
    <disk type='block' device='disk'><driver name='phy'/><source dev='/dev/vg/lv'/><target dev='xvda' bus='xen'/></disk>
    <interface type='bridge'><mac address='00:16:3e:00:00:01'/><source bridge='xenbr0'/><script path='vif-bridge'/></interface>
    <graphics type='vnc' port='-1' autoport='yes'/>
  </devices>
XML
domain xen hvm x86_64 >"$tmp/guests/xen-hvm.xml" <<'XML'
<loader type='rom'>/usr/lib/xen/boot/hvmloader</loader><boot dev='hd'/></os>
  <features><acpi/><apic/><pae/></features>
  <cpu mode='host-passthrough'><feature policy='optional' name='svm'/></cpu>
  <devices>
    <emulator>/usr/lib/xen/bin/qemu-system-i386</emulator>
    <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/images/x.img'/><target dev='hda' bus='ide'/></disk>
    <hostdev mode='subsystem' type='pci' managed='no'><source><address domain='0' bus='6' slot='2' function='0'/></source></hostdev>
  </devices>
XML
domain bhyve hvm x86_64 >"$tmp/guests/bhyve.xml" <<'XML'
<loader readonly='yes' type='pflash'>/usr/local/share/uefi-firmware/BHYVE_UEFI.fd</loader></os>
  <features><apic/><acpi/></features>
  <devices>
    <disk type='volume' device='disk'><source pool='zfs' volume='guest'/><target dev='vda' bus='virtio'/></disk>
    <interface type='bridge'><mac address='52:54:00:00:00:02'/><source bridge='virbr0'/><model type='virtio'/></interface>
    <serial type='nmdm'><source master='/dev/nmdm0A' slave='/dev/nmdm0B'/></serial>
  </devices>
  <bhyve:commandline xmlns:bhyve='http://libvirt.org/schemas/domain/bhyve/1.0'><bhyve:arg value='-s'/></bhyve:commandline>
XML
domain kvm hvm x86_64 >"$tmp/guests/cloud-hypervisor.xml" <<'XML'
<kernel>/images/hypervisor-fw</kernel></os>
  <devices>
    <emulator>/usr/bin/cloud-hypervisor</emulator>
    <disk type='file' device='disk'><source file='/images/ch.raw'/><target dev='vda' bus='virtio'/></disk>
  </devices>
XML
domain vmware hvm x86_64 >"$tmp/guests/vmware.xml" <<'XML'
</os>
  <devices>
    <disk type='file' device='disk'><source file='[datastore] folder/guest.vmdk'/><target dev='sda' bus='scsi'/></disk>
    <controller type='scsi' index='0' model='vmpvscsi'/>
    <interface type='bridge'><mac address='00:50:56:00:00:01'/><source bridge='VM Network'/><model type='vmxnet3'/></interface>
    <video><model type='vmvga' vram='4096'/></video>
  </devices>
XML
domain test hvm i686 >"$tmp/guests/test.xml" <<'XML'
</os>
XML
domain openvz exe x86_64 >"$tmp/guests/openvz.xml" <<'XML'
<init>/sbin/init</init></os>
  <devices><filesystem type='template'><source name='centos'/><target dir='/'/></filesystem></devices>
XML
domain vz hvm x86_64 >"$tmp/guests/vz.xml" <<'XML'
<boot dev='hd'/></os>
  <devices><disk type='file'><driver type='ploop'/><source file='/vz/root.hdd'/><target dev='sda' bus='sata'/></disk></devices>
XML
domain hyperv hvm x86_64 >"$tmp/guests/hyperv.xml" <<'XML'
</os>
  <devices><disk type='file'><source file='C:\vm\guest.vhdx'/><target dev='sda' bus='scsi'/></disk></devices>
XML
domain hvf hvm aarch64 >"$tmp/guests/hvf.xml" <<'XML'
</os>
  <cpu mode='host-passthrough'/>
  <devices><emulator>/opt/homebrew/bin/qemu-system-aarch64</emulator></devices>
XML
domain nosuch hvm x86_64 >"$tmp/guests/nosuch.xml" <<'XML'
</os>
XML

# ---- hosts: of QEMU and of others, known by connection, by facts, or by capabilities alone ----
host() { # DRIVER TYPE OS-TYPE EMULATOR: a folder of facts
    mkdir -p "$tmp/hosts/$1/host"
    printf 'uri\tx:///system\nhostname\tb.example\ntype\t%s\nlibvirtVersion\t9000000\n' "$1" >"$tmp/hosts/$1/host/host.tsv"
    cat >"$tmp/hosts/$1/host/capabilities.xml" <<XML
<capabilities><host><uuid>5b8f5d0e-1111-4222-8333-00000000000b</uuid><cpu><arch>x86_64</arch></cpu></host>
<guest><os_type>$3</os_type><arch name='x86_64'><wordsize>64</wordsize><emulator>$4</emulator><domain type='$2'/></arch></guest>
</capabilities>
XML
    expect 0 "$vmcompat" offer --facts "$tmp/hosts/$1" -o "$tmp/hosts/$1.xml"
}
mkdir "$tmp/hosts"
host LXC lxc exe /usr/libexec/libvirt_lxc
host Xen xen xen /usr/lib/xen/bin/qemu-system-i386
host BHYVE bhyve hvm /usr/sbin/bhyve
host CH kvm hvm /usr/bin/cloud-hypervisor
host QEMU kvm hvm /usr/bin/qemu-system-x86_64
expect 0 "$vmcompat" offer -c test:///default -o "$tmp/hosts/test.xml"
# … the same without a word about the driver
for name in LXC Xen BHYVE CH; do
    sed "s/ type='$name'//; s/type=\"$name\"//" "$tmp/hosts/$name.xml" >"$tmp/hosts/$name-unnamed.xml"
    cmp -s "$tmp/hosts/$name.xml" "$tmp/hosts/$name-unnamed.xml" && fail "$name: the driver is still named"
done

# ---- every guest, every host, every state ----
for guest in "$tmp"/guests/*.xml; do
    name=$(basename "$guest" .xml)
    expect 0 "$vmcompat" get --xml "$guest" -o "$tmp/$name.vmc" || continue
    expect 0 "$vmcompat" show "$tmp/$name.vmc" && has "$tmp/out" 'guest of'
    for host in "$tmp"/hosts/*.xml; do
        for as in off saved live; do
            run "$vmcompat" check --offer "$host" --as $as "$tmp/$name.vmc" --format json
            case $status in
            2) return_value 32784 ;;
            3) return_value 32771 ;;
            *) fail "$name as $as on ${host##*/}: status $status" && show_last ;;
            esac
            grep -qE 'hypervisor-not-judged|dest-driver-mismatch|driver-without-migration|arch-mismatch|virttype-unsupported' "$tmp/out" ||
                fail "$name as $as on ${host##*/}: no reason"
        done
    done
done

# What is expected of some, by name
answer() { # GUEST HOST STATUS RULE
    expect "$3" "$vmcompat" check --offer "$tmp/hosts/$2.xml" "$tmp/$1.vmc" --format json && has "$tmp/out" "\"$4\""
}
answer lxc LXC 2 driver-without-migration
answer lxc QEMU 2 dest-driver-mismatch
answer bhyve BHYVE 2 driver-without-migration
answer test test 2 driver-without-migration
answer xen-pv Xen 3 hypervisor-not-judged
answer xen-pv Xen-unnamed 3 hypervisor-not-judged
answer xen-hvm QEMU 2 dest-driver-mismatch
answer cloud-hypervisor CH 3 hypervisor-not-judged
answer cloud-hypervisor CH-unnamed 3 hypervisor-not-judged
answer cloud-hypervisor QEMU 2 dest-driver-mismatch
answer vmware QEMU 2 dest-driver-mismatch
answer hvf QEMU 2 arch-mismatch

# A connection to a driver that is not there is an error with its reason, not a verdict.
for uri in lxc:///system bhyve:///system xen:///system vbox:///session esx://nowhere.invalid/ nosuch:///; do
    run timeout 60 "$vmcompat" check -c "$uri" --timeout 20 "$tmp/lxc.vmc"
    case $status in
    1) [ -s "$tmp/err" ] || fail "$uri: no reason" ;;
    2 | 3) ;; # it is there
    *) fail "$uri: status $status" && show_last ;;
    esac
done
finish
