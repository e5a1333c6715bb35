# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the hosts have, and what they lack.
#   a  has everything
#   b  as a; but: br-kind is no bridge, net-off and pool-off are inactive, volume v-a is missing, secret 2 has no value
#   (pool-moved lies elsewhere on each host)
#   c  the poor one: lacks CPU bits (LAB_CPU_WEAK), labnet, br-x with its address, /lab/ab,
#      firmware images, swtpm, QEMU's spice, qxl and virtio-gpu, the second emulator, pools, secrets, nwfilter, hugetlbfs
#   d  as a, even with a's UUID
#   e  as a, but takes and makes migrations over TLS only, and packs saved images with xz, which c lacks
#   t  as a, with another base tree (run-cross.sh)

LAB_SECRET1=5ec2e700-0000-4000-8000-000000000001
LAB_SECRET2=5ec2e700-0000-4000-8000-000000000002

host_setup() { # NAME ROOT: before its libvirtd starts; inside its namespaces, / still the old one
    local name=$1 root=$2 f
    mkdir -p "$root"/lab/{all,pool,pool-off}
    for f in disk.img local{0..15}.img taken.img taken2.img taken3.img cd.iso; do truncate -s 8M "$root/lab/all/$f"; done
    truncate -s 8M "$root/lab/pool/v-ab"
    mkdir "$root/lab/moved-$name" && truncate -s 8M "$root/lab/moved-$name/v"
    # one firmware image under one path, of another size on c
    cp "$root/usr/share/OVMF/OVMF_CODE_4M.fd" "$root/lab/all/code.fd"
    [ "$name" != c ] || truncate -s 2M "$root/lab/all/code.fd"
    ip link add br-all type bridge && ip link set br-all up
    # a bridge here, and there something else of that name
    if [ "$name" = a ]; then ip link add br-kind type bridge; else ip link add br-kind type veth peer name br-kind-peer; fi
    ip link set br-kind up
    if [ "$name" = c ]; then
        rm -rf "$root"/usr/share/{OVMF,ovmf,qemu/firmware} "$root"/usr/bin/{swtpm*,xz}
        # QEMU's loadable parts: without them no spice, qxl, virtio-gpu, USB redirection
        rm -f "$root"/usr/lib/*/qemu/{ui-spice*,hw-display-*,hw-usb-*,chardev-spice,audio-spice}.so
        return
    fi
    if [ "$name" = e ]; then
        printf '%s\n' 'migrate_tls_force = 1' 'save_image_format = "xz"' >>"$root/etc/libvirt/qemu.conf"
    fi
    [ "$name" = b ] || truncate -s 8M "$root/lab/pool/v-a"
    mkdir -p "$root"/lab/ab/{9p,serial,huge}
    for f in disk.img cd.iso floppy.img; do truncate -s 8M "$root/lab/ab/$f"; done
    [ "$name" = b ] || for f in {0..15}; do truncate -s 8M "$root/lab/ab/a-only$f.img"; done
    lab_kernel >"$root/lab/ab/kernel"
    echo initrd >"$root/lab/ab/initrd"
    { printf 'SLIC\044\0\0\0' && head -c 28 /dev/zero; } >"$root/lab/ab/slic" # a header, length 36
    mknod "$root/lab/ab/rng" c 1 9 # /dev/urandom's numbers
    cp "$root/usr/bin/qemu-system-x86_64" "$root/usr/local/bin/qemu-lab"
    mount -t hugetlbfs -o pagesize=2M hugetlbfs "$root/lab/ab/huge"
    ip link add br-x type bridge && ip link set br-x up
    ip addr add 10.99.1.1/32 dev br-x
}

lab_kernel() { # the least that QEMU takes for a Linux kernel: a boot sector with the header's marks
    head -c 497 /dev/zero
    printf '\004'             # 0x1f1 setup_sects
    head -c 12 /dev/zero
    printf '\125\252\353\146' # 0x1fe boot flag, jump
    printf 'HdrS\002\002'     # 0x202 magic, protocol 2.02
    head -c 16K /dev/zero
}

host_populate() { # NAME: what is defined through libvirt
    local n=$1
    lab_net "$n" net-all 10 start
    if [ "$n" = b ]; then lab_net "$n" net-off 11; else lab_net "$n" net-off 11 start; fi
    [ "$n" != c ] || return 0
    lab_net "$n" labnet 12 start
    lab_pool "$n" labpool /lab/pool start
    lab_pool "$n" pool-moved "/lab/moved-$n" start
    lab_pool "$n" shpool /shared/pool start
    if [ "$n" = b ]; then lab_pool "$n" pool-off /lab/pool-off; else lab_pool "$n" pool-off /lab/pool-off start; fi
    lab_secret "$n" $LAB_SECRET1 start
    if [ "$n" = b ]; then lab_secret "$n" $LAB_SECRET2; else lab_secret "$n" $LAB_SECRET2 start; fi
    host_virsh "$n" nwfilter-define /dev/stdin >/dev/null <<<"<filter name='lab-filter' chain='root'><rule action='accept' direction='inout'><all/></rule></filter>"
}

lab_net() { # HOST NAME NUMBER [start]; mode open: no firewall rules, no dnsmasq
    host_virsh "$1" net-define /dev/stdin >/dev/null <<<"<network><name>$2</name><forward mode='open'/>
<bridge name='vb$3'/><dns enable='no'/><ip address='10.98.$3.1' netmask='255.255.255.0'/></network>"
    [ "${4:-}" != start ] || host_virsh "$1" net-start "$2" >/dev/null
}

lab_pool() { # HOST NAME DIR [start]
    host_exec "$1" mkdir -p "$3"
    host_virsh "$1" pool-define /dev/stdin >/dev/null <<<"<pool type='dir'><name>$2</name><target><path>$3</path></target></pool>"
    [ "${4:-}" != start ] || host_virsh "$1" pool-start "$2" >/dev/null
}

lab_secret() { # HOST UUID [start]
    host_virsh "$1" secret-define /dev/stdin >/dev/null <<<"<secret ephemeral='no' private='no'><uuid>$2</uuid><usage type='volume'><volume>/lab/$2</volume></usage></secret>"
    [ "${3:-}" != start ] || host_virsh "$1" secret-set-value "$2" --base64 "$(printf secret | base64)" >/dev/null 2>&1
}
