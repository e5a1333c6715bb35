# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Guests from a small template and named variations.  A guest in scenarios.tsv is a list of
# KEY=VALUE; each KEY is a function g_KEY here that adds to the template.  prep=NAME calls
# prep_NAME when the guest is in its state, before anything is asked; keep=PROPERTY says that
# the property of QEMU's devices must be the same after a migration.

guest_xml() { # NAME UUID KEY=VALUE…: prints the definition; also makes the images it needs
    local name=$1 uuid=$2 token
    shift 2
    # shellcheck disable=SC2034
    G_NAME=$name G_TYPE=$LAB_VIRT G_MEM=65536 G_VCPU="<vcpu>1</vcpu>" G_MACHINE=q35 G_EMU=/usr/bin/qemu-system-x86_64
    G_OSATTR='' G_OS='' G_CPU='' G_FEAT='<acpi/>' G_TOP='' G_DEV='' G_QEMU='' G_BALLOON=none G_DISKS=0
    for token; do
        case ${token%%=*} in prep | keep) ;; *) "g_${token%%=*}" "${token#*=}" ;; esac
    done
    cat <<EOF
<domain type='$G_TYPE' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>$name</name><uuid>$uuid</uuid>
  <memory unit='KiB'>$G_MEM</memory>$G_VCPU
  <os$G_OSATTR><type arch='x86_64' machine='$G_MACHINE'>hvm</type>$G_OS</os>
  <features>$G_FEAT</features>
  $G_CPU$G_TOP
  <devices><emulator>$G_EMU</emulator>
    <controller type='usb' model='qemu-xhci'/><memballoon model='$G_BALLOON'/>$G_DEV
  </devices>$G_QEMU
</domain>
EOF
}

dev() { G_DEV+=$'\n    '"$1"; }
top() { G_TOP+=$'\n  '"$1"; }

g_machine() { G_MACHINE=$1; [[ $1 = *q35* ]] || G_DEV=${G_DEV/qemu-xhci/piix3-uhci}; }
g_emulator() { G_EMU=$1; }
g_type() { G_TYPE=$1; }
g_mem() { G_MEM=$1; }
g_vcpus() { G_VCPU="<vcpu>$1</vcpu>"; }
g_cores() { # as many vCPUs in one socket, no CPU model
    g_vcpus "$1"
    G_CPU="<cpu><topology sockets='1' dies='1' cores='$1' threads='1'/></cpu>"
}
g_cpuset() { G_VCPU="<vcpu placement='static' cpuset='$1'>1</vcpu>"; }
g_vcpupin() { top "<cputune><vcpupin vcpu='0' cpuset='$1'/></cputune>"; }
g_numa() { top "<numatune><memory mode='strict' nodeset='$1'/></numatune>"; }
g_hugepages() { top "<memoryBacking><hugepages><page size='$1' unit='KiB'/></hugepages></memoryBacking>"; }
g_membacking() { top "<memoryBacking><source type='$1'/><access mode='shared'/></memoryBacking>"; }
g_quota() { top "<cputune><quota>$1</quota></cputune>"; }
g_shares() { top "<cputune><shares>$1</shares></cputune>"; }
g_realtime() { top "<cputune><vcpusched vcpus='0' scheduler='$1' priority='1'/></cputune>"; }
g_cachetune() { # a part of the cache of that level
    top "<cputune><cachetune vcpus='0'><cache id='0' level='$1' type='both' size='1' unit='MiB'/></cachetune></cputune>"
}
g_blkiodev() { top "<blkiotune><device><path>$1</path><weight>500</weight></device></blkiotune>"; }
g_partition() { top "<resource><partition>$1</partition></resource>"; }
g_perf() { top "<perf><event name='$1' enabled='yes'/></perf>"; }
g_restrictive() { top "<numatune><memory mode='restrictive' nodeset='$1'/></numatune>"; }
g_seclabel() { # MODEL:LABEL
    top "<seclabel type='static' model='${1%%:*}' relabel='no'><label>${1#*:}</label></seclabel>"
}
g_feature() { G_FEAT+=$1; }
g_pmu() { G_FEAT+="<pmu state='$1'/>"; }
g_hyperv() { G_FEAT+="<hyperv mode='custom'><$1 state='on'/></hyperv>"; }

# hm | hp | max | MODEL, then :matchX :checkX :+feature :-feature :!feature (forbid) :?feature (optional) :@vendor :coresN
g_cpu() {
    local part inner='' open
    local IFS=:
    # shellcheck disable=SC2086
    set -- $1
    case $1 in
    hm) open="mode='host-model'" ;;
    hp) open="mode='host-passthrough'" ;;
    max) open="mode='maximum'" ;;
    *) open="mode='custom' match='exact'" inner="<model fallback='forbid'>$1</model>" ;;
    esac
    shift
    for part; do
        case $part in
        +*) inner+="<feature policy='require' name='${part#?}'/>" ;;
        -*) inner+="<feature policy='disable' name='${part#?}'/>" ;;
        !*) inner+="<feature policy='forbid' name='${part#?}'/>" ;;
        \?*) inner+="<feature policy='optional' name='${part#?}'/>" ;;
        @*) inner+="<vendor>${part#?}</vendor>" ;;
        cores*) inner+="<topology sockets='1' dies='1' cores='${part#cores}' threads='1'/>" ;;
        match*) open=${open/exact/${part#match}} ;;
        check*) open+=" check='${part#check}'" ;;
        migratable*) open+=" migratable='${part#migratable}'" ;;
        esac
    done
    G_CPU="<cpu $open>$inner</cpu>"
}
g_tsc() { top "<clock offset='utc'><timer name='tsc' frequency='$1'/></clock>"; }
# the frequency of the machine itself: what libvirt tells of it
g_tscown() {
    local f
    f=$(host_virsh a capabilities | sed -n "s/.*counter name='tsc' frequency='\([0-9]*\)'.*/\1/p")
    g_tsc "$((f + $1))"
}

# storage: disk=PATH[:OPTION…], where "%" is the worker's number, so that none waits for another's lock; options: ro optional transient bus-X cache-X cdrom floppy shareable raw/qcow2
g_disk() {
    local letters=_abcdefgh part device=disk bus=virtio fmt=raw cache='' inner='' startup='' target
    local IFS=:
    # shellcheck disable=SC2086
    set -- $1
    local path=${1/\%/${worker:-0}}
    shift
    for part; do
        case $part in
        ro) inner+='<readonly/>' ;;
        transient) inner+='<transient/>' ;;
        shareable) inner+='<shareable/>' ;;
        optional) startup=" startupPolicy='optional'" ;;
        bus-*) bus=${part#bus-} ;;
        cache-*) cache=" cache='${part#cache-}'" ;;
        cdrom) device=cdrom bus=sata inner+='<readonly/>' ;;
        floppy) device=floppy bus=fdc ;;
        qcow2) fmt=qcow2 ;;
        luks-*) inner+="<encryption format='luks'><secret type='passphrase' uuid='${part#luks-}'/></encryption>" ;;
        esac
    done
    G_DISKS=$((G_DISKS + 1))
    target=vd
    case $bus in sata | scsi | usb) target=sd ;; ide) target=hd ;; fdc) target=fd ;; esac
    target+=${letters:G_DISKS:1}
    [ -z "$path" ] || path="<source file='$path'$startup/>"
    dev "<disk type='file' device='$device'><driver name='qemu' type='$fmt'$cache/>$path<target dev='$target' bus='$bus'/>$inner</disk>"
}
g_shared() { # NAME[:OPTION…] a fresh image in the folder that all hosts share
    local fmt=raw
    case $1 in *:qcow2*) fmt=qcow2 ;; esac
    rm -f "$LAB_DIR/shared.back/$G_NAME-${1%%:*}"
    qemu-img create -q -f $fmt "$LAB_DIR/shared.back/$G_NAME-${1%%:*}" 8M
    g_disk "/shared/$G_NAME-$1"
}
g_backed() { # a shared overlay image over a base that lies on each host: backed=BASE
    qemu-img create -q -u -f qcow2 -b "$1" -F raw "$LAB_DIR/shared.back/$G_NAME.qcow2" 8M
    g_disk "/shared/$G_NAME.qcow2:qcow2"
}
g_luks() { # 1 | 2: the secret
    local s=LAB_SECRET$1 time
    printf secret >"$LAB_DIR/xfer/$G_NAME.key"
    # It measures how fast this machine is, and at times fails ("accurate CPU usage").
    for time in 10 50 100 500 2000; do
        qemu-img create -q -f luks --object "secret,id=s,file=$LAB_DIR/xfer/$G_NAME.key" \
            -o key-secret=s,iter-time=$time "$LAB_DIR/shared.back/$G_NAME.luks" 8M && break
    done
    g_disk "/shared/$G_NAME.luks:luks-${!s}"
}
g_volume() { # POOL/VOLUME[:ro]
    local ro=''
    case $1 in *:ro) ro='<readonly/>' ;; esac
    set -- "${1%:ro}"
    dev "<disk type='volume' device='disk'><driver name='qemu' type='raw'/><source pool='${1%/*}' volume='${1#*/}'/><target dev='vdv' bus='virtio'/>$ro</disk>"
}
g_nbd() { # a disk on a server HOST:PORT
    dev "<disk type='network' device='disk'><driver name='qemu' type='raw'/><source protocol='nbd' name='x'><host name='${1%:*}' port='${1#*:}'/></source><target dev='vdn' bus='virtio'/></disk>"
}

# boot
g_ovmf() { G_OS+="<loader readonly='yes' type='pflash'>/usr/share/OVMF/$1</loader>"; }
g_loader() { G_OS+="<loader readonly='yes' type='pflash' stateless='yes'>$1</loader>"; }
g_smbios() { G_OS+="<smbios mode='$1'/>"; }
g_nvram() { G_OS+="<nvram template='/usr/share/OVMF/$1'/>"; }
g_firmware() { # efi; secure boot would need SMM, which not every KVM has
    G_OSATTR=" firmware='$1'" G_OS+="<firmware><feature enabled='no' name='secure-boot'/></firmware>"
}
g_kernel() { G_OS+="<kernel>$1</kernel>"; }
g_initrd() { G_OS+="<initrd>$1</initrd>"; }

# network
g_net() { dev "<interface type='network'><source network='$1'/><model type='virtio'/></interface>"; }
g_bridge() { dev "<interface type='bridge'><source bridge='$1'/><model type='virtio'/></interface>"; }
g_nwfilter() { dev "<interface type='bridge'><source bridge='br-all'/><model type='virtio'/><filterref filter='$1'/></interface>"; }
g_nic() { dev "<interface type='network'><source network='net-all'/><model type='$1'/></interface>"; }
g_usbnic() { dev "<interface type='network'><source network='net-all'/><model type='usb-net'/><address type='usb' bus='0' port='1'/></interface>"; }
g_user() { dev "<interface type='user'><model type='$1'/></interface>"; }
g_direct() { dev "<interface type='direct'><source dev='$1' mode='bridge'/><model type='virtio'/></interface>"; }
g_vhostuser() { dev "<interface type='vhostuser'><source type='unix' path='$1' mode='client'/><model type='virtio'/></interface>"; }

# devices
g_vnc() { dev "<graphics type='vnc' autoport='yes'><listen type='address' address='$1'/></graphics>"; }
g_vncport() { dev "<graphics type='vnc' port='$1' autoport='no'/>"; }
g_websocket() { dev "<graphics type='vnc' autoport='yes' websocket='$1'/>"; }
g_tcp() { dev "<serial type='tcp'><source mode='bind' host='127.0.0.1' service='$1'/></serial>"; }
g_tap() { dev "<interface type='network'><source network='net-all'/><model type='virtio'/><target dev='$1'/></interface>"; }
g_mac() { dev "<interface type='network'><mac address='$1'/><source network='net-all'/><model type='virtio'/></interface>"; }
g_vncsocket() { dev "<graphics type='vnc'><listen type='socket' socket='$1'/></graphics>"; }
g_vncnet() { dev "<graphics type='vnc' autoport='yes'><listen type='network' network='$1'/></graphics>"; }
g_graphics() { dev "<graphics type='$1'/>"; }
g_video() { dev "<video><model type='$1'/></video>"; }
g_sound() { dev "<sound model='$1'/>"; }
g_tpm() { dev "<tpm model='$1'><backend type='emulator' version='2.0'/></tpm>"; }
g_rng() { dev "<rng model='virtio'><backend model='random'>$1</backend></rng>"; }
g_serial() { dev "<serial type='file'><source path='$1'/></serial>"; }
g_socket() { dev "<serial type='unix'><source mode='bind' path='$1'/></serial>"; }
g_channel() { dev "<channel type='unix'><target type='virtio' name='$1'/></channel>"; }
g_shmem() { dev "<shmem name='$G_NAME' role='$1'><model type='ivshmem-plain'/><size unit='M'>1</size></shmem>"; }
g_9p() { dev "<filesystem type='mount' accessmode='passthrough'><source dir='$1'/><target dir='tag'/></filesystem>"; }
g_virtiofs() {
    g_membacking memfd
    dev "<filesystem type='mount' accessmode='passthrough'><driver type='virtiofs'/><binary><sandbox mode='chroot'/></binary><source dir='$1'/><target dir='tag'/></filesystem>"
}
g_watchdog() { dev "<watchdog model='$1' action='none'/>"; }
g_panic() { dev "<panic model='$1'/>"; }
g_iommu() { G_FEAT+="<ioapic driver='qemu'/>"; dev "<iommu model='$1'><driver intremap='on'/></iommu>"; }
g_crypto() { dev "<crypto model='virtio' type='qemu'><backend model='$1'/></crypto>"; }
g_vsock() { dev "<vsock model='virtio'><cid auto='yes'/></vsock>"; }
g_usbdev() { dev "<hostdev mode='subsystem' type='usb'><source><vendor id='0x1234'/><product id='0x5678'/></source></hostdev>"; }
g_pcidev() { dev "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='0x00' slot='0x1d' function='0x0'/></source></hostdev>"; }
g_evdev() { dev "<input type='evdev'><source dev='$1'/></input>"; }
g_input() { dev "<input type='${1%%:*}' bus='${1#*:}'/>"; }
g_balloon() { G_BALLOON=$1; }
g_controller() { dev "<controller type='${1%%:*}' model='${1#*:}'/>"; }
g_redirdev() { dev "<redirdev bus='usb' type='spicevmc'/>"; }
g_smartcard() { dev "<smartcard mode='passthrough' type='spicevmc'/>"; }
g_memdev() { # virtio-mem's slots etc. need a maximum and a NUMA cell
    top "<maxMemory slots='4' unit='KiB'>1048576</maxMemory>"
    G_CPU="<cpu mode='custom' match='exact'><model>Nehalem</model><numa><cell id='0' cpus='0' memory='65536' unit='KiB'/></numa></cpu>"
    dev "<memory model='dimm'><target><size unit='KiB'>131072</size><node>$1</node></target></memory>"
    G_MEM=196608
}
g_fwcfg() { # a file in QEMU's own command line: libvirt knows nothing of it
    G_QEMU="<qemu:commandline><qemu:arg value='-fw_cfg'/><qemu:arg value='name=opt/lab,file=$1'/></qemu:commandline>"
}
g_acpitable() { G_OS+="<acpi><table type='slic'>$1</table></acpi>"; }


# what a guest may have besides, by name: with=NAME,NAME…  PLACE:XML
declare -A LAB_WITH=(
    [apic]="FEAT:<apic/>"
    [kvm-hidden]="FEAT:<kvm><hidden state='on'/></kvm>"
    [kvm-hint]="FEAT:<kvm><hint-dedicated state='on'/></kvm>"
    [vmport-off]="FEAT:<vmport state='off'/>"
    [pmu-off]="FEAT:<pmu state='off'/>"
    [vmcoreinfo]="FEAT:<vmcoreinfo state='on'/>"
    [hv-many]="FEAT:<hyperv mode='custom'><relaxed state='on'/><vapic state='on'/><spinlocks state='on' retries='8191'/><vpindex state='on'/><runtime state='on'/><synic state='on'/></hyperv>"
    [hv-vendor]="FEAT:<hyperv mode='custom'><vendor_id state='on' value='lab'/></hyperv>"
    [hv-reset]="FEAT:<hyperv mode='custom'><reset state='on'/></hyperv>"
    [genid]="TOP:<genid>43dc0cf8-809b-4adb-9bea-a9abb5f3d90e</genid>"
    [smbios]="OS:<smbios mode='sysinfo'/>|TOP:<sysinfo type='smbios'><bios><entry name='vendor'>lab</entry></bios><system><entry name='product'>guest</entry></system></sysinfo>"
    [fwcfg]="TOP:<sysinfo type='fwcfg'><entry name='opt/lab/a'>text</entry></sysinfo>"
    [bootmenu]="OS:<boot dev='network'/><boot dev='hd'/><bootmenu enable='yes' timeout='3000'/>"
    [msdm]="OS:<acpi><table type='msdm'>/lab/ab/slic</table></acpi>"
    [useserial]="OS:<bios useserial='yes' rebootTimeout='0'/>|DEV:<serial type='pty'/>"
    [localtime]="TOP:<clock offset='localtime'/>"
    [timezone]="TOP:<clock offset='timezone' timezone='Europe/Paris'/>"
    [variable]="TOP:<clock offset='variable' adjustment='3600' basis='utc'/>"
    [absolute]="TOP:<clock offset='absolute' start='1600000000'/>"
    [timers]="TOP:<clock offset='utc'><timer name='rtc' tickpolicy='catchup'/><timer name='pit' tickpolicy='delay'/><timer name='hpet' present='no'/><timer name='kvmclock' present='no'/></clock>"
    [hvclock]="TOP:<clock offset='utc'><timer name='hypervclock' present='yes'/></clock>"
    [iothreads]="TOP:<iothreads>2</iothreads>"
    [threadpool]="TOP:<iothreads>1</iothreads><defaultiothread thread_pool_min='1' thread_pool_max='4'/>"
    [oncrash]="TOP:<on_poweroff>destroy</on_poweroff><on_reboot>destroy</on_reboot><on_crash>restart</on_crash>"
    [pm]="TOP:<pm><suspend-to-mem enabled='no'/><suspend-to-disk enabled='no'/></pm>"
    [locked]="TOP:<memoryBacking><nosharepages/></memoryBacking>"
    [title]="TOP:<title>a guest</title><description>with words</description>"
    [metadata]="TOP:<metadata><lab:x xmlns:lab='http://example.org/lab'>y</lab:x></metadata>"
    [vcpus-offline]="VCPU:<vcpu current='1'>2</vcpu>"
    [sockets]="VCPU:<vcpu>2</vcpu>|CPU:<cpu><topology sockets='2' dies='1' cores='1' threads='1'/></cpu>"
    [numa]="VCPU:<vcpu>2</vcpu>|CPU:<cpu mode='custom' match='exact'><model>Nehalem</model><topology sockets='2' dies='1' cores='1' threads='1'/><numa><cell id='0' cpus='0' memory='32768' unit='KiB'/><cell id='1' cpus='1' memory='32768' unit='KiB'/></numa></cpu>"
    [isa-serial]="DEV:<serial type='pty'><target type='isa-serial'/></serial>"
    [pci-serial]="DEV:<serial type='pty'><target type='pci-serial'/></serial>"
    [isa-debug]="DEV:<serial type='pty'><target type='isa-debug'><model name='isa-debugcon'/></target></serial>"
    [null-serial]="DEV:<serial type='null'/>"
    [udp-serial]="DEV:<serial type='udp'><source mode='connect' host='127.0.0.1' service='9'/></serial>"
    [parallel]="DEV:<parallel type='null'/>"
    [console]="DEV:<console type='pty'><target type='virtio'/></console>"
    [spicevmc]="DEV:<graphics type='spice'/><channel type='spicevmc'><target type='virtio'/></channel>"
    [pty-channel]="DEV:<channel type='pty'><target type='virtio' name='lab.0'/></channel>"
    [rng-builtin]="DEV:<rng model='virtio'><backend model='builtin'/></rng>"
    [rng-rate]="DEV:<rng model='virtio'><rate bytes='1024' period='1000'/><backend model='random'>/dev/urandom</backend></rng>"
    [hub]="DEV:<hub type='usb'/>"
    [vnc-two]="DEV:<graphics type='vnc'/><video><model type='vga'/></video><video><model type='qxl'/></video>"
    [video-vram]="DEV:<video><model type='vga' vram='32768'/></video>"
    [video-virtio-res]="DEV:<video><model type='virtio'><resolution x='800' y='600'/></model></video>"
    [video-none]="DEV:<video><model type='none'/></video>"
    [vgamem]="DEV:<video><model type='qxl' ram='65536' vram='65536' vgamem='16384'/></video>"
    [nic-queues]="DEV:<interface type='user'><model type='virtio'/><driver name='qemu' rx_queue_size='512'/></interface>"
    [nic-host]="DEV:<interface type='user'><model type='virtio'/><driver name='qemu'><host csum='off' gso='off'/><guest csum='off' tso4='off'/></driver></interface>"
    [nic-boot]="DEV:<interface type='user'><model type='virtio'/><boot order='1'/></interface>"
    [nic-mtu]="DEV:<interface type='network'><source network='net-all'/><model type='virtio'/><mtu size='1400'/></interface>"
    [nic-down]="DEV:<interface type='user'><model type='virtio'/><link state='down'/></interface>"
    [nic-two]="DEV:<interface type='user'><model type='virtio'/></interface><interface type='user'><model type='e1000'/></interface>"
    [nic-index]="DEV:<interface type='user'><model type='virtio'/><acpi index='3'/></interface>"
    [nic-ppvq]="DEV:<interface type='user'><model type='virtio'/><driver page_per_vq='on'/></interface>"
    [nic-packed]="DEV:<interface type='user'><model type='virtio'/><driver name='qemu' packed='on'/></interface>"
    [virtio-serial]="DEV:<controller type='virtio-serial' index='0' ports='8' vectors='4'/>"
    [pcie-expander]="DEV:<controller type='pci' model='pcie-root'/><controller type='pci' model='pcie-expander-bus'><target busNr='180'/></controller>"
    [root-ports]="DEV:<controller type='pci' model='pcie-root'/><controller type='pci' model='pcie-root-port'/><controller type='pci' model='pcie-to-pci-bridge'/>"
    [dmi-bridge]="DEV:<controller type='pci' model='pcie-root'/><controller type='pci' model='dmi-to-pci-bridge'/><controller type='pci' model='pci-bridge'/>"
    [ioh3420]="DEV:<controller type='pci' model='pcie-root'/><controller type='pci' model='pcie-root-port'><model name='ioh3420'/></controller>"
    [nohotplug]="DEV:<controller type='pci' model='pcie-root'/><controller type='pci' model='pcie-root-port'><target hotplug='off'/></controller>"
    [balloon-report]="DEV:<input type='keyboard' bus='usb'/>|BALLOON:virtio"
    [sound-codec]="DEV:<sound model='ich6'><codec type='micro'/></sound>"
    [ccid-null]="DEV:<controller type='ccid' index='0'/><smartcard mode='passthrough' type='null'/>"
    [ccid-tcp]="DEV:<controller type='ccid' index='0'/><smartcard mode='passthrough' type='tcp'><source mode='bind' host='127.0.0.1' service='2001'/><protocol type='raw'/></smartcard>"
    [ccid]="DEV:<controller type='ccid' index='0'/><graphics type='spice'/><smartcard mode='passthrough' type='spicevmc'/>"
    [memory-locked]="TOP:<memtune><hard_limit unit='MiB'>4096</hard_limit></memtune>"
)
g_with() {
    local name part
    local -a parts
    for name in ${1//,/ }; do
        IFS='|' read -r -a parts <<<"${LAB_WITH[$name]}"
        for part in "${parts[@]}"; do
            case ${part%%:*} in
            FEAT) g_feature "${part#*:}" ;;
            OS) G_OS+=${part#*:} ;;
            TOP) top "${part#*:}" ;;
            DEV) dev "${part#*:}" ;;
            CPU) G_CPU=${part#*:} ;;
            VCPU) G_VCPU=${part#*:} ;;
            BALLOON) G_BALLOON=${part#*:} ;;
            esac
        done
    done
}
# a row of tests/data/versions.tsv: something that came with a version of libvirt
g_new() {
    local field
    local -a fields
    IFS=$'\t' read -r -a fields < <(grep "^$1"$'\t' "$LAB_SRC/../data/versions.tsv")
    for field in "${fields[@]:5}"; do
        case ${field%%=*} in
        domain) top "${field#*=}" ;;
        os) G_OS+=${field#*=} ;;
        features) g_feature "${field#*=}" ;;
        cpu) G_CPU=${field#*=} ;;
        devices) dev "${field#*=}" ;;
        vcpus) g_vcpus "${field#*=}" ;;
        type) g_type "${field#*=}" ;;
        memory) g_mem "$((${field#*=} * 1024))" ;;
        esac
    done
}
# an image in the folder that all hosts share, with something of a new libvirt in its <disk>: newdisk=DRIVER-ATTRIBUTE=VALUE
g_newdisk() {
    rm -f "$LAB_DIR/shared.back/$G_NAME.qcow2"
    qemu-img create -q -f qcow2 "$LAB_DIR/shared.back/$G_NAME.qcow2" 8M
    dev "<disk type='file' device='disk'><driver name='qemu' type='qcow2' ${1%%=*}='${1#*=}'/><source file='/shared/$G_NAME.qcow2'/><target dev='vdz' bus='virtio'/></disk>"
}

# --- preparations: called with SRC DST NAME UUID

prep_snapshot() { # metadata is enough for libvirt to refuse
    host_virsh "$1" snapshot-create-as "$3" s1 >/dev/null
}
prep_checkpoint() { host_virsh "$1" checkpoint-create-as "$3" c1 >/dev/null; }
prep_blockjob() {
    rm -f "$LAB_DIR/shared.back/$3.copy"
    host_virsh "$1" blockcopy "$3" vda "/shared/$3.copy" --transient-job >/dev/null
}
lab_twin() { # HOST NAME UUID: a guest of another kind with that name or UUID
    local G_NAME G_TYPE G_MEM G_VCPU G_MACHINE G_EMU G_OSATTR G_OS G_CPU G_FEAT G_TOP G_DEV G_QEMU G_BALLOON G_DISKS
    guest_xml "$2" "$3" >"$LAB_DIR/xfer/$2-twin.xml"
    host_virsh "$1" define "$LAB_DIR/xfer/$2-twin.xml" >/dev/null
}
prep_samename() { lab_twin "$2" "$3" "ffff${4#????}"; }
prep_sameuuid() { lab_twin "$2" "$3-twin" "$4"; }
prep_twin() { lab_twin "$2" "$3" "$4"; }
prep_twinsnapshot() { # metadata is enough here, too
    lab_twin "$2" "$3" "$4"
    host_virsh "$2" snapshot-create "$3" /dev/stdin --redefine >/dev/null <<EOF
<domainsnapshot><name>s1</name><state>shutoff</state><creationTime>1</creationTime>
$(host_virsh "$2" dumpxml "$3")</domainsnapshot>
EOF
}
prep_twinactive() { lab_twin "$2" "$3" "$4" && host_virsh "$2" start "$3" >/dev/null; }
prep_twinsaved() { prep_twinactive "$@" && host_virsh "$2" managedsave "$3" >/dev/null; }
lab_other() { # HOST NAME UUID KEY=VALUE…: another guest that runs there
    local G_NAME G_TYPE G_MEM G_VCPU G_MACHINE G_EMU G_OSATTR G_OS G_CPU G_FEAT G_TOP G_DEV G_QEMU G_BALLOON G_DISKS
    local host=$1 name=$2-twin uuid=ffff${3#????}
    shift 3
    guest_xml "$name" "$uuid" "$@" >"$LAB_DIR/xfer/$name.xml"
    host_virsh "$host" define "$LAB_DIR/xfer/$name.xml" >/dev/null && host_virsh "$host" start "$name" >/dev/null
}
prep_vncport1() { lab_other "$2" "$3" "$4" vncport=5991; }
prep_vncport2() { lab_other "$2" "$3" "$4" vncport=5992; }
prep_websocket() { lab_other "$2" "$3" "$4" websocket=5700; }
prep_tcp() { lab_other "$2" "$3" "$4" tcp=4455; }
prep_tap() { lab_other "$2" "$3" "$4" tap=lab-tap; }
prep_mac() { lab_other "$2" "$3" "$4" mac=52:54:00:99:00:01; }
prep_disk() { lab_other "$2" "$3" "$4" disk=/lab/all/taken.img; }
prep_disk2() { lab_other "$2" "$3" "$4" disk=/lab/all/taken2.img; }
prep_diskshared() { lab_other "$2" "$3" "$4" disk=/lab/all/taken3.img:shareable:cache-none; }
