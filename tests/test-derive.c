/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Facts → requirement and offer; and XML that nobody should trust.
 */
#include "derive/derive.h"
#include "derive/xml.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "domains/vm"

/* ---- helpers ---------------------------------------------------------------- */

static char *
read_data(const char *name)
{
    const char *root = g_getenv("VMC_TEST_DATA");
    g_autofree char *path = g_build_filename(root ? root : "tests/data", "derive", name, NULL);
    g_autoptr(GError) error = NULL;
    char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, &error))
        ck_abort_msg("%s", error->message);
    return text;
}

static void
set_data(VmcFacts *facts, const char *fact, const char *name)
{
    g_autofree char *text = read_data(name);

    vmc_facts_set(facts, fact, text);
}

static void
set_if_there(VmcFacts *facts, const char *fact, const char *name)
{
    const char *root = g_getenv("VMC_TEST_DATA");
    g_autofree char *path = g_build_filename(root ? root : "tests/data", "derive", name, NULL);

    if (g_file_test(path, G_FILE_TEST_EXISTS))
        set_data(facts, fact, name);
}

static VmcFacts *
sample_host(void)
{
    VmcFacts *facts = vmc_facts_new();

    set_data(facts, "host/capabilities.xml", "host/capabilities.xml");
    set_data(facts, "host/domcapabilities/q35.xml", "host/domcapabilities-kvm-q35.xml");
    set_data(facts, "host/domcapabilities/pc.xml", "host/domcapabilities-kvm-pc.xml");
    return facts;
}

static VmcFacts *
sample_guest(const char *name)
{
    static const char *const files[] = { "live", "inactive", "saved" };
    VmcFacts *facts = sample_host();

    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *fact = g_strdup_printf(FOLDER "/%s.xml", files[i]);
        g_autofree char *data = g_strdup_printf("guests/%s-%s.xml", name, files[i]);

        set_if_there(facts, fact, data);
    }
    return facts;
}

static VmcRequirement *
derive(const VmcFacts *facts, VmcState as)
{
    g_autoptr(GError) error = NULL;
    VmcRequirement *req = vmc_derive_requirement(facts, FOLDER, as, NULL, &error);

    if (!req)
        ck_abort_msg("%s", error->message);
    return req;
}

static char *
domain_of(const char *content)
{
    return g_strdup_printf("<domain type='kvm' xmlns:qemu='urn:q'><name>vm</name>"
                           "<memory unit='MiB'>512</memory>%s</domain>",
                           content);
}

/* A guest with @content below <domain>, and no facts besides. */
static VmcRequirement *
derive_content(const char *content, VmcState as)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autofree char *text = domain_of(content);

    vmc_facts_set(facts, FOLDER "/inactive.xml", text);
    return derive(facts, as);
}

static const VmcNeed *
find_need(const VmcRequirement *req, VmcNeedKind kind, const char *name, const char *detail)
{
    for (size_t i = 0; i < req->needs[kind]->len; i++) {
        const VmcNeed *need = req->needs[kind]->pdata[i];

        if (g_str_equal(need->name, name) && (!detail || g_str_equal(need->detail, detail)))
            return need;
    }
    return NULL;
}

#define HAS(req, kind, name, detail) \
 ck_assert_msg(find_need(req, VMC_NEED_##kind, name, detail), "no %s %s %s", #kind, name, \
               detail ? detail : "")
#define HAS_NOT(req, kind, name) \
 ck_assert_msg(!find_need(req, VMC_NEED_##kind, name, NULL), "%s %s", #kind, name)

/* ---- needs, one row each ------------------------------------------------------ */

static const struct {
    const char *content; /* of <devices>, where it starts so */
    VmcNeedKind kind;
    const char *name, *detail, *subject;
    unsigned int flags;
} needs[] = {
    /* choices */
    { "D<disk type='file'><target dev='vda' bus='virtio'/></disk>", VMC_NEED_CHOICE, "virtio",
      "disk/bus", "devices/disk[target/@dev='vda']" },
    { "D<disk type='file'><target dev='vda'/></disk>", VMC_NEED_CHOICE, "disk", "disk/diskDevice",
      "devices/disk[target/@dev='vda']" },
    { "D<disk device='lun' model='virtio-transitional'/>", VMC_NEED_CHOICE, "virtio-transitional",
      "disk/model", "devices/disk[1]" },
    { "D<graphics type='vnc'/><graphics type='spice'/>", VMC_NEED_CHOICE, "spice", "graphics/type",
      "devices/graphics[2]" },
    { "D<video><model type='qxl'/></video>", VMC_NEED_CHOICE, "qxl", "video/modelType",
      "devices/video[1]" },
    { "D<interface type='user'><mac address='m'/></interface>", VMC_NEED_CHOICE, "default",
      "interface/backendType", "devices/interface[mac/@address='m']" },
    { "D<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>", VMC_NEED_CHOICE,
      "2.0", "tpm/backendVersion", "devices/tpm[1]" },
    { "D<filesystem><target dir='t'/></filesystem>", VMC_NEED_CHOICE, "path",
      "filesystem/driverType", "devices/filesystem[target/@dir='t']" },
    { "<features><hyperv><relaxed state='on'/><vapic state='off'/></hyperv></features>",
      VMC_NEED_CHOICE, "relaxed", "features/hyperv/features", "features/hyperv/relaxed" },
    { "<os firmware='efi'><loader secure='no'/></os>", VMC_NEED_CHOICE, "efi", "os/firmware",
      "os" },
    { "<os><loader secure='yes'>/x</loader></os>", VMC_NEED_CHOICE, "yes", "os/loader/secure",
      "os/loader" },
    { "<launchSecurity type='sev'/>", VMC_NEED_CHOICE, "yes", "features/sev", "launchSecurity" },
    { "<genid/>", VMC_NEED_CHOICE, "yes", "features/genid", "genid" },
    { "<iothreads>2</iothreads>", VMC_NEED_CHOICE, "yes", "iothreads", "iothreads" },
    { "<memoryBacking><source type='memfd'/></memoryBacking>", VMC_NEED_CHOICE, "memfd",
      "memoryBacking/sourceType", "memoryBacking/source" },
    /* files */
    { "D<emulator>/usr/bin/q</emulator>", VMC_NEED_FILE, "/usr/bin/q", "emulator",
      "devices/emulator", VMC_FILE_READONLY },
    { "D<disk type='file'><source file='/i&amp;j'/><target dev='a'/></disk>", VMC_NEED_FILE, "/i&j",
      "disk", "devices/disk[target/@dev='a']" },
    { "D<disk type='block'><source dev='/dev/x'/><shareable/></disk>", VMC_NEED_FILE, "/dev/x",
      "disk", "devices/disk[1]", VMC_FILE_BLOCK | VMC_FILE_SHAREABLE },
    { "D<disk type='file' device='cdrom'><source file='/c' startupPolicy='optional'/></disk>",
      VMC_NEED_FILE, "/c", "cdrom", NULL, VMC_FILE_READONLY | VMC_FILE_OPTIONAL },
    { "D<disk type='file' device='cdrom'><source file='/c' startupPolicy='requisite'/></disk>",
      VMC_NEED_FILE, "/c", "cdrom", NULL, VMC_FILE_READONLY },
    { "D<disk type='file'><source file='/c' startupPolicy='optional'/></disk>", VMC_NEED_FILE, "/c",
      "disk", NULL, 0 },
    { "D<disk type='file'><source file='/a'/><backingStore type='file'><source file='/b'/>"
      "<backingStore type='block'><source dev='/c'/></backingStore></backingStore></disk>",
      VMC_NEED_FILE, "/c", "backing", "devices/disk[1]", VMC_FILE_READONLY | VMC_FILE_BLOCK },
    { "<os><loader>/fw</loader><nvram template='/t'>/nv</nvram></os>", VMC_NEED_FILE, "/nv",
      "nvram", "os/nvram", VMC_FILE_CREATED },
    { "<os><loader>/fw</loader><nvram template='/t'>/nv</nvram></os>", VMC_NEED_FILE, "/t",
      "nvram-template", "os/nvram", VMC_FILE_READONLY },
    { "<os><kernel>/k</kernel></os>", VMC_NEED_FILE, "/k", "kernel", "os/kernel",
      VMC_FILE_READONLY },
    { "<os><acpi><table type='slic'>/s</table></acpi></os>", VMC_NEED_FILE, "/s", "acpi-table",
      "os/acpi/table", VMC_FILE_READONLY },
    { "<sysinfo type='fwcfg'><entry name='n' file='/e'/></sysinfo>", VMC_NEED_FILE, "/e", "fwcfg",
      "sysinfo/entry", VMC_FILE_READONLY },
    { "D<interface><rom file='/r'/></interface>", VMC_NEED_FILE, "/r", "rom", NULL,
      VMC_FILE_READONLY },
    { "D<serial type='dev'><source path='/dev/ttyS0'/></serial>", VMC_NEED_FILE, "/dev/ttyS0",
      "chardev-device", "devices/serial[1]" },
    { "D<serial type='file'><source path='/l/o'/></serial>", VMC_NEED_FILE, "/l/o",
      "chardev-directory", NULL, VMC_FILE_PARENT },
    { "D<channel type='unix'><source mode='connect' path='/s'/></channel>", VMC_NEED_FILE, "/s",
      "chardev-socket", NULL, VMC_FILE_SOCKET },
    { "D<rng><backend model='random'>/dev/hwrng</backend></rng>", VMC_NEED_FILE, "/dev/hwrng",
      "rng" },
    { "D<vsock/>", VMC_NEED_FILE, "/dev/vhost-vsock", "vsock-device" },
    /* the host's libvirt and kernel */
    { "D<interface type='bridge'><source network='n' bridge='b'/></interface>", VMC_NEED_NETWORK,
      "n", "" },
    { "D<interface type='bridge'><source bridge='b'/></interface>", VMC_NEED_BRIDGE, "b", "" },
    { "D<interface type='direct'><source dev='e'/></interface>", VMC_NEED_NETDEV, "e", "" },
    { "D<interface><filterref filter='f'/></interface>", VMC_NEED_NWFILTER, "f", "" },
    { "D<disk type='volume'><source pool='p' volume='v'/></disk>", VMC_NEED_POOL, "p", "" },
    { "D<disk type='volume'><source pool='p' volume='v'/></disk>", VMC_NEED_VOLUME, "v", "p" },
    { "D<disk type='network'><source><auth><secret type='ceph' uuid='AB'/></auth></source></disk>",
      VMC_NEED_SECRET, "ab", "uuid" },
    { "D<disk type='network'><auth><secret type='ceph' usage='u'/></auth></disk>", VMC_NEED_SECRET,
      "u", "ceph" },
    { "D<hostdev type='pci'><source><address domain='0x0' bus='0x1a' slot='0x1f' "
      "function='0x2'/></source></hostdev>",
      VMC_NEED_NODEDEV, "pci_0000_1a_1f_2", "pci", "devices/hostdev[1]" },
    { "D<hostdev type='usb'><source startupPolicy='optional'><vendor id='0x1234'/><product "
      "id='0xBEEF'/></source></hostdev>",
      VMC_NEED_NODEDEV, "0x1234:0xbeef", "usb", NULL, VMC_DEVICE_OPTIONAL },
    { "D<hostdev type='scsi'><source><adapter name='scsi_host4'/><address bus='0' target='1' "
      "unit='2'/></source></hostdev>",
      VMC_NEED_NODEDEV, "scsi_4_0_1_2", "scsi" },
    { "<numatune><memory nodeset='0-1'/></numatune>", VMC_NEED_NUMA_NODE, "1", "",
      "numatune/memory" },
    { "<vcpu cpuset='0-3'>4</vcpu>", VMC_NEED_CPUSET, "0-3", "", "vcpu" },
    { "<cputune><vcpupin vcpu='1' cpuset='2'/></cputune>", VMC_NEED_CPUSET, "2", "",
      "cputune/vcpupin[@vcpu='1']" },
    { "<memoryBacking><hugepages/></memoryBacking>", VMC_NEED_PAGE, "524288", "" },
    { "<memoryBacking><hugepages><page size='1' unit='G'/></hugepages></memoryBacking>",
      VMC_NEED_PAGE, "524288", "" },
    { "<seclabel type='static' model='selinux'/>", VMC_NEED_SECMODEL, "selinux", "" },
    { "D<graphics type='vnc'><listen type='address' address='10.1.2.3'/></graphics>",
      VMC_NEED_ADDRESS, "10.1.2.3", "vnc" },
    { "D<serial type='tcp'><source mode='bind' host='10.1.2.3'/></serial>", VMC_NEED_ADDRESS,
      "10.1.2.3", "serial" },
    /* claims */
    { "D<disk type='block'><source dev='/dev/x'/><shareable/></disk>", VMC_NEED_CLAIM, "/dev/x",
      "disk", NULL, VMC_CLAIM_SHARED },
    { "D<graphics type='vnc' port='5999' autoport='no'/>", VMC_NEED_CLAIM, "5999",
      "graphics-port" },
    { "D<vsock><cid auto='no' address='7'/></vsock>", VMC_NEED_CLAIM, "7", "vsock" },
    { "D<interface type='bridge'><target dev='lan'/></interface>", VMC_NEED_CLAIM, "lan", "tap" },
    { "D<interface><mac address='52:54:00:00:00:01'/></interface>", VMC_NEED_CLAIM,
      "52:54:00:00:00:01", "mac" },
    { "D<serial type='tcp'><source mode='bind' host='::1' service='7'/></serial>", VMC_NEED_CLAIM,
      "::1:7", "tcp-port" },
    { "D<interface type='udp'><source address='a' port='1'><local address='127.0.0.1' port='2'/>"
      "</source></interface>",
      VMC_NEED_CLAIM, "127.0.0.1:2", "udp-port" },
    /* traits */
    { "D<shmem name='s'><model type='ivshmem-plain'/></shmem>", VMC_NEED_TRAIT, "shmem-peer", "s" },
    { "D<shmem name='s'/>", VMC_NEED_TRAIT, "shmem-legacy", "s" },
    { "D<disk><target dev='a'/><transient/></disk>", VMC_NEED_TRAIT, "transient-disk", "a" },
    { "D<disk type='file'><driver type='vmdk'/><source file='/a'/></disk>", VMC_NEED_TRAIT,
      "disk-format", "vmdk" },
    { "D<disk type='file'><backingStore type='file'><format type='vdi'/></backingStore></disk>",
      VMC_NEED_TRAIT, "disk-format", "vdi" },
    { "D<disk type='file'><source file='/a'/></disk>", VMC_NEED_TRAIT, "disk-writable-local",
      "/a" },
    { "D<filesystem><driver type='virtiofs'/><target dir='t'/></filesystem>", VMC_NEED_TRAIT,
      "virtiofs", "t" },
    { "D<filesystem><target dir='t'/></filesystem>", VMC_NEED_TRAIT, "9p", "t" },
    { "<cpu mode='host-passthrough' migratable='off'/>", VMC_NEED_TRAIT,
      "host-passthrough-nonmigratable", "" },
    { "<cpu><model>x</model><feature name='invtsc' policy='require'/></cpu>", VMC_NEED_TRAIT,
      "invtsc", "" },
    { "<launchSecurity type='sev-snp'/>", VMC_NEED_TRAIT, "launch-security", "sev-snp" },
    { "<qemu:commandline><qemu:arg value='-x'/></qemu:commandline>", VMC_NEED_TRAIT,
      "qemu-commandline", "", "commandline" },
    { "<qemu:override><qemu:device alias='d'/></qemu:override>", VMC_NEED_TRAIT, "qemu-override",
      "d" },
    { "D<hostdev type='pci'/><iommu model='intel'/>", VMC_NEED_TRAIT, "hostdev-iommu", "" },
    { "D<hostdev type='pci'><teaming type='transient'/></hostdev>", VMC_NEED_TRAIT,
      "teaming-transient", "" },
    { "D<memory model='dimm'/>", VMC_NEED_TRAIT, "dimm-no-address", "" },
    { "<os><nvram>/nv</nvram></os>", VMC_NEED_TRAIT, "nvram-local", "/nv" },
    { "D<vsock><cid auto='no' address='7'/></vsock>", VMC_NEED_TRAIT, "vsock", "7" },
    { "D<graphics type='vnc' listen='host.example'/>", VMC_NEED_TRAIT, "listen-hostname",
      "host.example" },
};

START_TEST(a_row_makes_its_need)
{
    const char *content = needs[_i].content;
    gboolean device = *content == 'D';
    g_autofree char *inner =
        device ? g_strdup_printf("<devices>%s</devices>", content + 1) : g_strdup(content);
    g_autoptr(VmcRequirement) req = derive_content(inner, VMC_STATE_OFF);
    const VmcNeed *need = find_need(req, needs[_i].kind, needs[_i].name, needs[_i].detail);

    ck_assert_msg(need, "row %d: %s", _i, inner);
    if (needs[_i].subject)
        ck_assert_str_eq(need->subject, needs[_i].subject);
    if (needs[_i].kind == VMC_NEED_FILE || needs[_i].kind == VMC_NEED_NODEDEV ||
        needs[_i].kind == VMC_NEED_CLAIM)
        ck_assert_uint_eq(need->flags, needs[_i].flags);
}
END_TEST

/* What looks like a need and is none. */
static const struct {
    const char *content;
    VmcNeedKind kind;
} quiet[] = {
    { "D<channel type='unix'><source mode='bind' "
      "path='/var/lib/libvirt/qemu/channel/target/domain-1-a/x'/></channel>",
      VMC_NEED_FILE },
    { "D<channel type='unix'><source mode='bind' path='/run/libvirt/qemu/channel/1-a/x'/></channel>",
      VMC_NEED_FILE },
    { "D<console type='file'><source path='/a/b'/><target type='serial'/></console>",
      VMC_NEED_FILE },
    { "D<disk type='file' device='cdrom'><target dev='a'/></disk>", VMC_NEED_FILE },
    { "<os><loader>bios.bin</loader></os>", VMC_NEED_FILE },
    { "<numatune><memory placement='auto' nodeset='0'/></numatune>", VMC_NEED_NUMA_NODE },
    { "D<graphics type='vnc' listen='0.0.0.0'/>", VMC_NEED_ADDRESS },
    { "D<graphics type='vnc'><listen type='address' address='127.0.0.1'/></graphics>",
      VMC_NEED_ADDRESS },
    { "<seclabel type='none' model='none'/>", VMC_NEED_SECMODEL },
    { "D<interface type='bridge'><source network='n' bridge='b'/></interface>", VMC_NEED_BRIDGE },
    { "<features><hyperv><vapic state='off'/></hyperv></features>", VMC_NEED_CHOICE },
    { "<cpu><model>x</model><feature name='invtsc' policy='disable'/></cpu>", VMC_NEED_TRAIT },
    { "<clock><timer name='tsc' frequency='1'/></clock>"
      "<cpu><feature name='invtsc' policy='require'/></cpu>",
      VMC_NEED_TRAIT },
    { "D<shmem name='s' role='master'><model type='ivshmem-plain'/></shmem>", VMC_NEED_TRAIT },
    { "<maxMemory slots='1'/><devices><memory model='dimm'><address type='dimm' base='0x1'/>"
      "</memory></devices>",
      VMC_NEED_TRAIT },
    { "<os><loader>/fw</loader></os>", VMC_NEED_TRAIT },
};

START_TEST(what_is_no_need_makes_none)
{
    const char *content = quiet[_i].content;
    g_autofree char *inner =
        *content == 'D' ? g_strdup_printf("<devices>%s</devices>", content + 1) : g_strdup(content);
    g_autoptr(VmcRequirement) req = derive_content(inner, VMC_STATE_OFF);

    ck_assert_msg(req->needs[quiet[_i].kind]->len == 0, "row %d: %s", _i, inner);
}
END_TEST

START_TEST(requisite_media_may_be_lost_on_the_way)
{
    static const char content[] = "<devices><disk type='file' device='cdrom'><source file='/c' "
                                  "startupPolicy='requisite'/></disk></devices>";
    g_autoptr(VmcRequirement) live = derive_content(content, VMC_STATE_LIVE);
    g_autoptr(VmcRequirement) off = derive_content(content, VMC_STATE_OFF);

    ck_assert(find_need(live, VMC_NEED_FILE, "/c", NULL)->flags & VMC_FILE_OPTIONAL);
    ck_assert(!(find_need(off, VMC_NEED_FILE, "/c", NULL)->flags & VMC_FILE_OPTIONAL));
}
END_TEST

static VmcRequirement *
derive_disk(const char *disk, VmcState as)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autofree char *devices = g_strconcat("<devices>", disk, "</devices>", NULL);
    g_autofree char *text = domain_of(devices);

    vmc_facts_set(facts, FOLDER "/inactive.xml", text);
    vmc_facts_set(facts, FOLDER "/backing.tsv", "/i\t/b\n/b\t/c\n/c\t\n/l\t/l\n");
    vmc_facts_set(facts, FOLDER "/volumes.tsv", "p\tv\t/i\tyes\np\tw\t/w\tno\n");
    return derive(facts, as);
}

#define QCOW2(type, source, rest) \
 "<disk type='" type "'><driver type='qcow2'/><source " source "/>" rest \
 "<target dev='vda'/></disk>"

START_TEST(origin_of_a_pool)
{
    static const struct {
        const char *pool, *origin;
    } cases[] = {
        { "<pool type='dir'><source/><target><path>/vms</path></target></pool>", "/vms" },
        { "<pool type='netfs'><source><host name='nas'/><dir path='/vms'/><format type='nfs'/>"
          "</source><target><path>/mnt</path></target></pool>",
          "nas:/vms" },
        { "<pool type='logical'><source><device path='/dev/sdb'/><name>vg0</name></source></pool>",
          "vg0" },
        { "<pool type='rbd'><source><host name='m2' port='6789'/><host/><host name='m1'/>"
          "<name>libvirt</name></source></pool>",
          "m1,m2:libvirt" },
        { "<pool type='gluster'><source><host name='g'/><dir path='/sub'/><name>vol</name>"
          "</source></pool>",
          "g:vol/sub" },
        { "<pool type='iscsi'><source><host name='t'/><device path='iqn.2013:x'/></source></pool>",
          "t:iqn.2013:x" },
        { "<pool type='logical'><source><device path='/dev/sdb'/></source></pool>", NULL },
        { "<pool type='mpath'><target><path>/dev/mapper</path></target></pool>", NULL },
        { "<pool/>", NULL },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(xmlDoc) doc = vmc_xml_parse(cases[i].pool, -1, VMC_MAX_XML, "pool", NULL);
        g_autofree char *origin = vmc_derive_pool_origin(xmlDocGetRootElement(doc));

        ck_assert_msg(g_strcmp0(origin, cases[i].origin) == 0, "%s: %s", cases[i].pool, origin);
    }
    ck_assert_ptr_null(vmc_derive_pool_origin(NULL));
}
END_TEST

START_TEST(images_tell_the_chain)
{
    g_autoptr(VmcRequirement) file = derive_disk(QCOW2("file", "file='/i'", ""), VMC_STATE_OFF);
    g_autoptr(VmcRequirement) told =
        derive_disk(QCOW2("file", "file='/i'", "<backingStore/>"), VMC_STATE_LIVE);
    g_autoptr(VmcRequirement) volume =
        derive_disk(QCOW2("volume", "pool='p' volume='v'", ""), VMC_STATE_SAVED);
    g_autoptr(VmcRequirement) loop = derive_disk(QCOW2("file", "file='/l'", ""), VMC_STATE_OFF);
    const VmcNeed *need = find_need(file, VMC_NEED_FILE, "/c", "backing");

    HAS(file, FILE, "/b", "backing");
    ck_assert_ptr_nonnull(need);
    ck_assert_str_eq(need->subject, "devices/disk[target/@dev='vda']");
    ck_assert_uint_eq(need->flags, VMC_FILE_READONLY);
    HAS_NOT(told, FILE, "/b");
    HAS(volume, FILE, "/c", "backing");
    ck_assert_uint_le(loop->needs[VMC_NEED_FILE]->len, 2);
}
END_TEST

START_TEST(volumes_are_shared_or_not)
{
    static const struct {
        const char *source;
        VmcTristate shared;
    } volumes[] = {
        { QCOW2("volume", "pool='p' volume='v'", ""), VMC_YES },
        { QCOW2("volume", "pool='p' volume='w'", ""), VMC_NO },
        { QCOW2("volume", "pool='q' volume='w'", ""), VMC_UNKNOWN },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(volumes); i++) {
        g_autoptr(VmcRequirement) req = derive_disk(volumes[i].source, VMC_STATE_LIVE);
        const VmcNeed *need = req->needs[VMC_NEED_VOLUME]->pdata[0];

        ck_assert_int_eq(need->shared, volumes[i].shared);
    }
}
END_TEST

START_TEST(a_long_chain_is_followed)
{
    g_autoptr(GString) text = g_string_new("<devices><disk type='file'><source file='/i'/>");
    g_autoptr(VmcRequirement) req = NULL;

    for (int i = 0; i < 180; i++)
        g_string_append_printf(text, "<backingStore type='file'><source file='/b%d'/>", i);
    for (int i = 0; i < 180; i++)
        g_string_append(text, "</backingStore>");
    g_string_append(text, "</disk></devices>");
    req = derive_content(text->str, VMC_STATE_LIVE);
    HAS(req, FILE, "/b179", "backing");
}
END_TEST

START_TEST(a_nodeset_makes_a_need_of_each_node)
{
    g_autoptr(VmcRequirement) req = derive_content("<numatune><memory nodeset='0-3,^2'/>"
                                                   "<memnode cellid='0' nodeset='3,9'/></numatune>",
                                                   VMC_STATE_OFF);

    ck_assert_uint_eq(req->needs[VMC_NEED_NUMA_NODE]->len, 4);
    ck_assert_uint_eq(find_need(req, VMC_NEED_NUMA_NODE, "9", NULL)->value, 9);
}
END_TEST

START_TEST(shared_comes_from_the_source)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autofree char *text = domain_of("<devices><disk type='file'><source file='/n'/></disk>"
                                      "<disk type='file'><source file='/m'/></disk></devices>");
    g_autoptr(VmcRequirement) req = NULL;

    vmc_facts_set(facts, FOLDER "/live.xml", text);
    vmc_facts_add_row(facts, FOLDER "/files.tsv", 4, (const char *[]){ "/n", "file", "yes", "1" });
    req = derive(facts, VMC_STATE_LIVE);
    ck_assert_int_eq(find_need(req, VMC_NEED_FILE, "/n", NULL)->shared, VMC_YES);
    ck_assert_int_eq(find_need(req, VMC_NEED_FILE, "/m", NULL)->shared, VMC_UNKNOWN);
}
END_TEST

START_TEST(labels_and_addresses_are_those_written)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autofree char *live = domain_of(
        "<devices><graphics type='vnc'><listen type='address' address='10.0.0.1'/></graphics>"
        "</devices><seclabel type='dynamic' model='apparmor'/>");
    g_autofree char *written = domain_of("<devices><graphics type='vnc'/></devices>");
    g_autoptr(VmcRequirement) alone = NULL;
    g_autoptr(VmcRequirement) both = NULL;

    vmc_facts_set(facts, FOLDER "/live.xml", live);
    alone = derive(facts, VMC_STATE_LIVE);
    HAS_NOT(alone, SECMODEL, "apparmor");
    HAS(alone, ADDRESS, "10.0.0.1", "vnc");
    vmc_facts_set(facts, FOLDER "/inactive.xml", written);
    both = derive(facts, VMC_STATE_LIVE);
    HAS_NOT(both, SECMODEL, "apparmor");
    HAS_NOT(both, ADDRESS, "10.0.0.1");
}
END_TEST

START_TEST(status_is_read)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autofree char *text = domain_of("");
    g_autoptr(VmcRequirement) req = NULL;
    g_autoptr(VmcRequirement) bare = derive_content("", VMC_STATE_OFF);

    vmc_facts_set(facts, FOLDER "/inactive.xml", text);
    vmc_facts_add_row(facts, FOLDER "/domain.tsv", 2, (const char *[]){ "state", "5" });
    vmc_facts_add_row(facts, FOLDER "/domain.tsv", 2, (const char *[]){ "reason", "1" });
    vmc_facts_add_row(facts, FOLDER "/domain.tsv", 2, (const char *[]){ "managedSave", "yes" });
    vmc_facts_add_row(facts, FOLDER "/domain.tsv", 2, (const char *[]){ "snapshots", "3" });
    vmc_facts_add_row(facts, FOLDER "/domain.tsv", 2, (const char *[]){ "job", "backup" });
    vmc_facts_add_row(facts, FOLDER "/domain.tsv", 2, (const char *[]){ "persistent", "yes" });
    vmc_facts_add_row(facts, FOLDER "/blockjobs.tsv", 2, (const char *[]){ "vda", "copy" });
    req = derive(facts, VMC_STATE_OFF);
    ck_assert_int_eq(req->n_snapshots, 3);
    ck_assert_int_eq(req->n_checkpoints, -1);
    ck_assert_str_eq(req->job, "backup");
    ck_assert_int_eq(req->persistent, VMC_YES);
    HAS(req, TRAIT, "managed-save", NULL);
    HAS(req, TRAIT, "blockjob", "vda");
    ck_assert_int_eq(bare->n_snapshots, -1);
    ck_assert_int_eq(bare->enabled_state, VMC_ENABLED_STATE_DISABLED);
    ck_assert_int_eq(bare->persistent, VMC_UNKNOWN);
    ck_assert_ptr_null(bare->cpu.mode);
    ck_assert_uint_eq(bare->memory_kib, 512 * 1024);
}
END_TEST

START_TEST(no_definition_is_an_error)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(vmc_derive_requirement(facts, FOLDER, VMC_STATE_OFF, NULL, &error));
    ck_assert(g_error_matches(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT));
    g_clear_error(&error);
    vmc_facts_set(facts, FOLDER "/live.xml", "<domain>");
    ck_assert_ptr_null(vmc_derive_requirement(facts, FOLDER, VMC_STATE_OFF, NULL, &error));
    ck_assert(g_error_matches(error, VMC_ERROR, VMC_ERROR_BAD_DATA));
    ck_assert_ptr_nonnull(strstr(error->message, FOLDER "/live.xml"));
    g_clear_error(&error);
    vmc_facts_set(facts, FOLDER "/live.xml", "<network/>");
    ck_assert_ptr_null(vmc_derive_requirement(facts, FOLDER, VMC_STATE_OFF, NULL, &error));
    ck_assert(g_error_matches(error, VMC_ERROR, VMC_ERROR_BAD_DATA));
}
END_TEST

/* ---- CPU ---------------------------------------------------------------------- */

#define EXPANSION \
 "<cpu mode='custom' match='exact'><model fallback='forbid'>M</model>" \
 "<feature policy='require' name='sse'/><feature policy='require' name='avx'/></cpu>"

START_TEST(visible_is_model_and_policies)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autofree char *text =
        domain_of("<cpu mode='custom' match='exact' check='full'><model fallback='forbid'>M</model>"
                  "<feature policy='require' name='bmi'/><feature policy='disable' name='avx'/>"
                  "<feature policy='optional' name='maybe'/></cpu>");
    g_autofree char *joined = NULL;
    g_autoptr(VmcRequirement) unknown = NULL;
    g_autoptr(VmcRequirement) req = NULL;
    g_auto(GStrv) wanted = NULL;

    vmc_facts_set(facts, FOLDER "/live.xml", text);
    unknown = derive(facts, VMC_STATE_LIVE);
    ck_assert_ptr_null(unknown->cpu.visible);
    wanted = vmc_derive_models_wanted(facts);
    ck_assert_uint_eq(g_strv_length(wanted), 1);
    ck_assert_str_eq(wanted[0], "M");

    vmc_facts_set(facts, "host/cpu-expansions/M.xml", EXPANSION);
    req = derive(facts, VMC_STATE_LIVE);
    joined = vmc_set_join(req->cpu.visible);
    ck_assert_str_eq(joined, "bmi, sse");
    ck_assert_str_eq(req->cpu.check, "full");
    ck_assert_uint_eq(req->cpu.features->len, 3);
    g_strfreev(wanted);
    wanted = vmc_derive_models_wanted(facts);
    ck_assert_uint_eq(g_strv_length(wanted), 0);
}
END_TEST

START_TEST(a_damaged_expansion_is_named)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autofree char *text = domain_of("<cpu mode='custom'><model>M</model></cpu>");
    g_autoptr(GError) error = NULL;

    vmc_facts_set(facts, FOLDER "/live.xml", text);
    vmc_facts_set(facts, "host/cpu-expansions/M.xml", "<cpu><model>M</model>");
    ck_assert_ptr_null(vmc_derive_requirement(facts, FOLDER, VMC_STATE_LIVE, NULL, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "host/cpu-expansions/M.xml"));
}
END_TEST

START_TEST(passthrough_sees_what_the_source_gives)
{
    g_autoptr(VmcFacts) facts = sample_guest("host-passthrough");
    g_autoptr(VmcRequirement) unknown = derive(facts, VMC_STATE_LIVE);
    g_autoptr(VmcRequirement) live = NULL;
    g_autoptr(VmcRequirement) off = NULL;
    g_auto(GStrv) wanted = vmc_derive_models_wanted(facts);

    ck_assert_ptr_null(unknown->cpu.visible);
    ck_assert(g_strv_contains((const char *const *)wanted, "EPYC-Milan"));
    vmc_facts_set(facts, "host/cpu-expansions/EPYC-Milan.xml", EXPANSION);
    live = derive(facts, VMC_STATE_LIVE);
    ck_assert_ptr_nonnull(live->cpu.visible);
    ck_assert(g_hash_table_contains(live->cpu.visible, "x2apic"));
    ck_assert(g_hash_table_contains(live->cpu.visible, "sse"));
    HAS(live, TRAIT, "host-passthrough", NULL);
    off = derive(facts, VMC_STATE_OFF);
    ck_assert_ptr_null(off->cpu.visible);
}
END_TEST

/* ---- samples of a real libvirt 9.0 --------------------------------------------- */

START_TEST(real_guests)
{
    static const char *const names[] = {
        "plain", "disks", "tpm",    "virtiofs", "vnc",        "ovmf",
        "shmem", "net",   "volume", "custom",   "host-model", "host-passthrough",
    };
    static const VmcState states[] = { VMC_STATE_OFF, VMC_STATE_SAVED, VMC_STATE_LIVE };

    for (size_t i = 0; i < G_N_ELEMENTS(names) * G_N_ELEMENTS(states); i++) {
        const char *name = names[i / G_N_ELEMENTS(states)];
        g_autoptr(VmcFacts) facts = sample_guest(name);
        g_autoptr(VmcRequirement) req = derive(facts, states[i % G_N_ELEMENTS(states)]);

        ck_assert_str_eq(req->name, name);
        ck_assert_str_eq(req->virt_type, "kvm");
        ck_assert_str_eq(req->arch, "x86_64");
        ck_assert_str_eq(req->machine, "pc-q35-7.2");
        ck_assert_str_eq(req->os_type, "hvm");
        ck_assert_uint_ge(req->vcpus, 1);
        ck_assert_uint_gt(req->memory_kib, 0);
        HAS(req, FILE, "/usr/bin/qemu-system-x86_64", "emulator");
        HAS_NOT(req, SECMODEL, "dac");
    }
}
END_TEST

START_TEST(real_offer)
{
    g_autoptr(VmcFacts) facts = sample_host();
    g_autoptr(GError) error = NULL;
    g_autoptr(VmcOffer) offer = vmc_derive_offer(facts, &error);
    g_autoptr(VmcRequirement) req = vmc_requirement_new();
    const VmcGuest *guest = NULL;
    const VmcMachine *machine = NULL;
    const VmcDomcaps *domcaps = NULL;

    ck_assert_ptr_nonnull(offer);
    ck_assert_str_eq(offer->host.uuid, "11111111-aaaa-4aaa-8aaa-00000000000a");
    ck_assert_str_eq(offer->host.cpu_vendor, "AMD");
    ck_assert_uint_eq(offer->host.cpu_physbits, 48);
    ck_assert_uint_eq(offer->tsc_frequency, 2445428000);
    ck_assert_int_eq(offer->tsc_scaling, VMC_NO);
    ck_assert_uint_eq(offer->page_sizes->len, 3);
    ck_assert_uint_eq(offer->cells->len, 1);
    guest = vmc_offer_guest(offer, "x86_64", "hvm");
    ck_assert_ptr_nonnull(guest);
    ck_assert(g_hash_table_contains(guest->virt_types, "kvm"));
    machine = g_hash_table_lookup(guest->machines, "q35");
    ck_assert_str_eq(machine->canonical, "pc-q35-7.2");
    ck_assert_uint_gt(machine->max_vcpus, 200);
    ck_assert_uint_eq(offer->domcaps->len, 2);
    req->virt_type = g_strdup("kvm");
    req->arch = g_strdup("x86_64");
    req->machine = g_strdup("pc-q35-7.2");
    domcaps = offer->domcaps->pdata[1];
    ck_assert_uint_eq(g_hash_table_size(domcaps->enums), 0); /* nobody has asked yet */
    ck_assert_ptr_eq(vmc_derive_domcaps_for(offer, req, &error), domcaps);
    ck_assert_str_eq(domcaps->machine, "pc-q35-7.2");
    ck_assert(g_hash_table_contains(g_hash_table_lookup(domcaps->enums, "disk/bus"), "virtio"));
    ck_assert(g_hash_table_contains(g_hash_table_lookup(domcaps->enums, "os/loader/value"),
                                    "/usr/share/OVMF/OVMF_CODE_4M.fd"));
    ck_assert_ptr_nonnull(g_hash_table_lookup(domcaps->enums, "os/firmware"));
    ck_assert_ptr_nonnull(g_hash_table_lookup(domcaps->cpu_models, "qemu64"));
    ck_assert_str_eq(domcaps->host_model, "EPYC-Milan");
    ck_assert_int_eq(
        GPOINTER_TO_INT(g_hash_table_lookup(domcaps->supported, "cpu/mode[host-passthrough]")),
        VMC_YES);
    ck_assert_int_eq(GPOINTER_TO_INT(g_hash_table_lookup(domcaps->supported, "features/genid")),
                     VMC_YES);
    ck_assert_ptr_null(domcaps->visible);
    ck_assert(offer->probed[VMC_PART_CAPABILITIES]);
    ck_assert(offer->probed[VMC_PART_DOMCAPS]);
}
END_TEST

START_TEST(newer_domain_capabilities)
{
    static const char text[] =
        "<domainCapabilities><path>/q</path><domain>kvm</domain><arch>x86_64</arch>"
        "<cpu><mode name='host-model' supported='yes'><model fallback='forbid'>M</model>"
        "<maxphysaddr mode='passthrough' limit='46'/>"
        "<feature policy='require' name='bmi'/><feature policy='disable' name='avx'/></mode>"
        "<mode name='custom' supported='yes'><model usable='no' deprecated='yes'>N</model>"
        "<blockers model='N'><feature name='hle'/><feature name='rtm'/></blockers></mode></cpu>"
        "<devices><crypto supported='yes'><enum name='model'><value>virtio</value></enum></crypto>"
        "</devices><features><hyperv supported='yes'><enum name='features'><value>vapic</value>"
        "</enum></hyperv><launchSecurity supported='yes'><enum name='sectype'><value>sev</value>"
        "</enum></launchSecurity></features></domainCapabilities>";
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(VmcOffer) offer = NULL;
    g_autofree char *joined = NULL;
    const VmcDomcaps *domcaps = NULL;
    const VmcCpuModel *model = NULL;

    vmc_facts_set(facts, "host/domcapabilities/x.xml", text);
    vmc_facts_set(facts, "host/cpu-expansions/M.xml", EXPANSION);
    offer = vmc_derive_offer(facts, NULL);
    ck_assert_ptr_nonnull(offer);
    domcaps = offer->domcaps->pdata[0];
    model = g_hash_table_lookup(domcaps->cpu_models, "N");
    ck_assert_int_eq(model->usable, VMC_NO);
    ck_assert(model->deprecated);
    ck_assert_uint_eq(g_strv_length(model->blockers), 2);
    ck_assert_uint_eq(domcaps->physbits_limit, 46);
    joined = vmc_set_join(domcaps->visible);
    ck_assert_str_eq(joined, "bmi, sse");
    ck_assert(offer->probed[VMC_PART_CPU]);
    ck_assert_ptr_nonnull(g_hash_table_lookup(domcaps->enums, "crypto/model"));
    ck_assert_ptr_nonnull(g_hash_table_lookup(domcaps->enums, "features/hyperv/features"));
    ck_assert_ptr_nonnull(g_hash_table_lookup(domcaps->enums, "launchSecurity/sectype"));
}
END_TEST

START_TEST(tables_of_an_offer)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(VmcOffer) offer = NULL;
    const VmcPool *pool = NULL;
    const VmcNetwork *network = NULL;

    vmc_facts_set(facts, "host/networks.tsv", "n\tyes\tvirbr0\n");
    vmc_facts_set(facts, "host/pools.tsv", "p\tyes\tdir\t/pool\nq\tno\tnetfs\t/q\n");
    vmc_facts_set(facts, "host/volumes/p.tsv", "v\t/pool/v\n");
    vmc_facts_set(facts, "host/volumes/q.tsv", "w\t/q/w\n");
    vmc_facts_set(facts, "host/secrets.tsv",
                  "AB-1\tceph\tadmin\nAB-2\tvolume\t/v\tno\n"
                  "AB-3\tvtpm\tt\tunknown\n");
    vmc_facts_set(facts, "host/nodedevs.tsv", "usb_1\tusb\t0x1234:0xABCD\n");
    vmc_facts_set(facts, "host/domains.tsv", "d\tu\tyes\tno\tno\n");
    vmc_facts_set(facts, "host/cells.tsv", "0\t1024\n");
    vmc_facts_set(facts, "host/pages.tsv", "0\t2048\t5\n0\tx\t5\n");
    vmc_facts_set(facts, "host/files.tsv", "/a\tmissing\tunknown\t\n");
    vmc_facts_set(facts, "host/nwfilters.tsv", "");
    vmc_facts_set(facts, "host/cpumap.txt", "0-1\n");
    vmc_facts_set(facts, "host/cpu-models/x86_64.txt", "EPYC\n\nqemu64\n");
    vmc_facts_set(facts, "host/cpu-names.tsv", "feature\tavx2\tno\n");
    vmc_facts_set(facts, "host/host.tsv", "type\tQEMU\nsession\tno\nfreeMemory\t4096\n");
    vmc_facts_set(facts, "host/unprobed.tsv", "interfaces\taccess denied\nno-such\tx\n");
    offer = vmc_derive_offer(facts, NULL);
    ck_assert_ptr_nonnull(offer);
    network = g_hash_table_lookup(offer->networks, "n");
    ck_assert_int_eq(network->active, VMC_YES);
    pool = g_hash_table_lookup(offer->pools, "p");
    ck_assert_str_eq(g_hash_table_lookup(pool->volumes, "v"), "/pool/v");
    ck_assert_ptr_eq(g_hash_table_lookup(offer->volume_paths, "/pool/v"), pool);
    ck_assert(!g_hash_table_contains(offer->volume_paths, "/q/w"));
    ck_assert(g_hash_table_contains(offer->secrets, "ab-1"));
    ck_assert(g_hash_table_contains(offer->secrets, "ceph/admin"));
    ck_assert(g_hash_table_contains(offer->secrets_without_value, "ab-2"));
    ck_assert(g_hash_table_contains(offer->secrets_without_value, "volume//v"));
    ck_assert_uint_eq(g_hash_table_size(offer->secrets_without_value), 2);
    ck_assert_str_eq(g_hash_table_lookup(offer->nodedevs, "0x1234:0xabcd"), "usb");
    ck_assert_uint_eq(offer->pages->len, 1);
    ck_assert_uint_eq(offer->cells->len, 1);
    ck_assert(offer->probed[VMC_PART_CPU_NAMES]);
    vmc_derive_cpu_names(offer);
    ck_assert(g_hash_table_contains(offer->cpu_models, "x86_64/EPYC"));
    ck_assert(g_hash_table_contains(offer->cpu_archs, "x86_64"));
    ck_assert_int_eq(GPOINTER_TO_INT(g_hash_table_lookup(offer->cpu_features, "avx2")), VMC_NO);
    ck_assert_str_eq(offer->cpumap, "0-1");
    ck_assert_str_eq(offer->why[VMC_PART_INTERFACES], "access denied");
    ck_assert(offer->probed[VMC_PART_NWFILTERS]);
    ck_assert(offer->probed[VMC_PART_MEMORY]);
    ck_assert(!offer->probed[VMC_PART_INTERFACES]);
    ck_assert_int_eq(offer->session, VMC_NO);
}
END_TEST

START_TEST(nothing_is_probed_in_no_facts)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(VmcOffer) offer = vmc_derive_offer(facts, NULL);

    ck_assert_ptr_nonnull(offer);
    for (size_t i = 0; i < VMC_PART_LAST; i++)
        ck_assert_msg(!offer->probed[i], "part %zu", i);
    ck_assert_int_eq(offer->tsc_scaling, VMC_UNKNOWN);
    ck_assert_int_eq(offer->session, VMC_UNKNOWN);
}
END_TEST

START_TEST(a_damaged_fact_of_a_host_is_named)
{
    static const char *const names[] = { "host/capabilities.xml", "host/domcapabilities/a.xml" };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(VmcFacts) facts = vmc_facts_new();
        g_autoptr(GError) error = NULL;

        vmc_facts_set(facts, names[i], "<capabilities><host>");
        ck_assert_ptr_null(vmc_derive_offer(facts, &error));
        ck_assert(g_error_matches(error, VMC_ERROR, VMC_ERROR_BAD_DATA));
        ck_assert_ptr_nonnull(strstr(error->message, names[i]));
    }
}
END_TEST

/* They are read when a guest needs them, and then what is wrong is told each time. */
START_TEST(damaged_domain_capabilities_are_told_to_whom_they_fit)
{
    static const char head[] = "<domainCapabilities><path>/q</path><domain>kvm</domain>"
                               "<machine>m</machine><arch>x86_64</arch>";
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(VmcRequirement) req = vmc_requirement_new();
    g_autoptr(VmcOffer) offer = NULL;

    vmc_facts_set(facts, "host/domcapabilities/a.xml", head);
    offer = vmc_derive_offer(facts, NULL);
    ck_assert_ptr_nonnull(offer);
    req->virt_type = g_strdup("qemu");
    req->arch = g_strdup("x86_64");
    for (size_t i = 0; i < 3; i++) {
        g_autoptr(GError) error = NULL;

        ck_assert_ptr_null(vmc_derive_domcaps_for(offer, req, &error));
        ck_assert_int_eq(error != NULL, i > 0);
        g_free(req->virt_type);
        req->virt_type = g_strdup("kvm");
    }
}
END_TEST

/* ---- hostile XML ---------------------------------------------------------------- */

static void
refuses(const char *text, gssize length, int code)
{
    g_autoptr(GError) error = NULL;
    xmlDoc *doc = vmc_xml_parse(text, length, VMC_MAX_XML, "fact", &error);

    ck_assert_msg(!doc, "accepted: %.60s", text);
    ck_assert_int_eq(error->code, code);
    ck_assert(g_error_matches(error, VMC_ERROR, code));
    ck_assert(g_str_has_prefix(error->message, "fact: "));
    ck_assert(g_utf8_validate(error->message, -1, NULL));
}

static void
accepts(const char *text, gssize length, size_t cap)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(xmlDoc) doc = vmc_xml_parse(text, length, cap, "fact", &error);

    if (!doc)
        ck_abort_msg("%s", error->message);
}

static char *
repeat(const char *before, const char *part, size_t n, const char *after)
{
    GString *text = g_string_new(before);

    for (size_t i = 0; i < n; i++)
        g_string_append(text, part);
    g_string_append(text, after);
    return g_string_free(text, FALSE);
}

START_TEST(entities_and_document_types)
{
    static const char *const texts[] = {
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/hostname'>]><a>&b;</a>",
        "<!DOCTYPE a SYSTEM 'http://127.0.0.1/x.dtd'><a/>",
        "<!DOCTYPE a [<!ENTITY % p SYSTEM 'file:///etc/hostname'> %p;]><a/>",
        "<!DOCTYPE a [<!ATTLIST a b CDATA 'c'>]><a/>",
        "<?xml version='1.0'?>\n<!-- x -->\n<!DOCTYPE a><a/>",
        "<a><!ENTITY b 'c'></a>",
        "<a>&undefined;</a>",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        refuses(texts[i], -1, VMC_ERROR_BAD_DATA);
}
END_TEST

START_TEST(bombs)
{
    g_autofree char *attributes = repeat("<a ", "b='c' ", 300, "/>");
    g_autofree char *many_attributes = repeat("<a ", "x='' ", 100000, "/>");
    g_autofree char *long_tag = repeat("<a b='", "0123456789", 7000, "'/>");
    g_autofree char *deep = repeat("", "<a>", 65, "");
    g_autofree char *tags = repeat("<a>", "<b/>", 100001, "</a>");
    g_autofree char *large = repeat("<a>", "0123456789abcdef", 300000, "</a>");
    g_autofree char *chain = repeat("<a>", "<backingStore>", 201, "");

    refuses(attributes, -1, VMC_ERROR_TOO_LARGE);
    refuses(many_attributes, -1, VMC_ERROR_TOO_LARGE);
    refuses(long_tag, -1, VMC_ERROR_TOO_LARGE);
    refuses(deep, -1, VMC_ERROR_TOO_LARGE);
    refuses(tags, -1, VMC_ERROR_TOO_LARGE);
    refuses(large, -1, VMC_ERROR_TOO_LARGE);
    refuses(chain, -1, VMC_ERROR_TOO_LARGE);
    accepts(tags, -1, VMC_MAX_DOCUMENT);
}
END_TEST

START_TEST(bytes_that_are_no_text)
{
    static const char nul[] = "<a>\0</a>";

    refuses(nul, sizeof(nul) - 1, VMC_ERROR_BAD_DATA);
    refuses("<a>\xff</a>", -1, VMC_ERROR_BAD_DATA);
    refuses("<a>\xc0\xaf</a>", -1, VMC_ERROR_BAD_DATA);
    refuses("\xff\xfe<\0a\0/\0>\0", 10, VMC_ERROR_BAD_DATA);
    /* text that another encoding would turn into markup stays text */
    refuses("<?xml version='1.0' encoding='UTF-7'?>+ADwAIQ-DOCTYPE a+AD4-<a/>", -1,
            VMC_ERROR_BAD_DATA);
}
END_TEST

/* wherever they stand in the text, by the scan alone */
START_TEST(bytes_that_are_no_utf8)
{
    for (size_t length = 1; length <= 20; length++) {
        for (size_t at = 0; at < length; at++) {
            g_autofree char *text = g_strnfill(length, ' ');

            ck_assert(vmc_xml_prescan(text, length, VMC_MAX_XML, "fact", NULL));
            text[at] = '\x80';
            ck_assert(!vmc_xml_prescan(text, length, VMC_MAX_XML, "fact", NULL));
            text[at > 0 ? at - 1 : length] = '\xc3';
            ck_assert(vmc_xml_prescan(text, length, VMC_MAX_XML, "fact", NULL) == (at > 0));
        }
    }
}
END_TEST

START_TEST(truncated)
{
    static const char text[] = "<?xml version='1.0'?><a b='c'><!-- d --><![CDATA[e]]>f</a>";

    accepts(text, -1, VMC_MAX_XML);
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        g_autofree char *part = g_strndup(text, i);

        refuses(part, -1, VMC_ERROR_BAD_DATA);
    }
}
END_TEST

START_TEST(what_only_looks_hostile)
{
    accepts("<a><!-- <!DOCTYPE x> --><![CDATA[<!ENTITY y>]]><?p <!DOCTYPE?></a>", -1, VMC_MAX_XML);
    accepts("<a b='x>y' c=\"it's\">&lt;!DOCTYPE&gt;</a>", -1, VMC_MAX_XML);
    accepts("\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?><a>\xc3\xbc</a>", -1, VMC_MAX_XML);
}
END_TEST

START_TEST(text_is_not_cut)
{
    g_autofree char *text = repeat("<a>", "0123456789", 300000, "</a>");
    g_autoptr(xmlDoc) doc = vmc_xml_parse(text, -1, VMC_MAX_XML, "fact", NULL);
    g_autofree char *content = NULL;

    ck_assert_ptr_nonnull(doc);
    content = vmc_xml_text(xmlDocGetRootElement(doc));
    ck_assert_uint_eq(strlen(content), 3000000);
}
END_TEST

/* ---- small things ----------------------------------------------------------------- */

START_TEST(cpusets)
{
    static const char *const bad[] = {
        "", ",", "a", "1,", "3-1", "-1", "1-", "99999999999", "1 2"
    };
    GHashTable *set = NULL;

    ck_assert(vmc_cpuset_parse("0-3,^2,8", &set));
    ck_assert_uint_eq(g_hash_table_size(set), 4);
    ck_assert(g_hash_table_contains(set, GUINT_TO_POINTER(8)));
    ck_assert(!g_hash_table_contains(set, GUINT_TO_POINTER(2)));
    g_hash_table_unref(set);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        ck_assert_msg(!vmc_cpuset_parse(bad[i], &set), "'%s'", bad[i]);
}
END_TEST

START_TEST(units)
{
    static const struct {
        const char *xml;
        guint64 kib; /* 0: refused */
    } cases[] = {
        { "<m>7</m>", 7 },
        { "<m unit='MiB'>2</m>", 2048 },
        { "<m unit='b'>1025</m>", 2 },
        { "<m unit='GB'>1</m>", 976563 },
        { "<m unit='T'> 1 </m>", G_GUINT64_CONSTANT(1) << 30 },
        { "<m unit='TiB'>99999999999999</m>", 0 },
        { "<m unit='x'>1</m>", 0 },
        { "<m>-1</m>", 0 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(xmlDoc) doc = vmc_xml_parse(cases[i].xml, -1, VMC_MAX_XML, "x", NULL);
        guint64 kib = 0;
        gboolean read = vmc_xml_scaled_kib(xmlDocGetRootElement(doc), &kib);

        ck_assert_msg(read == (cases[i].kib != 0), "%s", cases[i].xml);
        ck_assert_uint_eq(kib, cases[i].kib);
    }
}
END_TEST

/* ---- dry runs ------------------------------------------------------------------ */

/* What a definition becomes, with <domain>…</domain> around @content. */
static void
prepare(const char *content, VmcState as, VmcDryRunTexts *texts)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autofree char *text = domain_of(content);
    g_autoptr(VmcRequirement) req = NULL;
    g_autoptr(GError) error = NULL;

    vmc_facts_set(facts, FOLDER "/inactive.xml", text);
    req = derive(facts, as);
    ck_assert_msg(vmc_derive_dry_run(req, texts, &error), "%s", error ? error->message : "");
}

#define TELLS(text, part) ck_assert_msg(strstr(text, part) != NULL, "no %s in %s", part, text)
#define TELLS_NOT(text, part) ck_assert_msg(strstr(text, part) == NULL, "%s in %s", part, text)

/* A daemon that follows these texts to the end touches nothing of the host. */
static const struct {
    const char *device, *mark;
} touching[] = {
    { "<interface type='network'><source network='n'/></interface>", "<interface" },
    { "<interface type='ethernet'><script path='/s'/></interface>", "<interface" },
    { "<tpm model='tpm-tis'><backend type='passthrough'><device path='/dev/tpm0'/></backend></tpm>",
      "<tpm" },
    { "<hostdev mode='subsystem' type='scsi_host'><source protocol='vhost' wwpn='w'/></hostdev>",
      "<hostdev" },
    { "<hostdev mode='subsystem' type='usb'><source/></hostdev>", "<hostdev" },
};

START_TEST(dry_run_without_what_touches_the_host)
{
    g_autofree char *content = g_strdup_printf("<devices>%s<disk type='file'><target dev='vda'/>"
                                               "</disk></devices><devices>%s</devices>",
                                               touching[_i].device, touching[_i].device);
    g_auto(VmcDryRunTexts) texts = { 0 };

    prepare(content, VMC_STATE_OFF, &texts);
    TELLS_NOT(texts.rest, touching[_i].mark);
    TELLS(texts.rest, "<disk type=\"file\"");
    TELLS_NOT(texts.rest, "vmcompat-dry-run");
    /* … and a text that has it stops at the sentinel before */
    TELLS(texts.whole, touching[_i].mark);
    TELLS(texts.whole, "<disk type=\"volume\"");
    TELLS(texts.whole, texts.sentinel);
    TELLS_NOT(texts.whole, "<script");
    TELLS(texts.control, texts.sentinel);
    TELLS_NOT(texts.control, touching[_i].mark);
}
END_TEST

START_TEST(dry_run_without_a_sentinel)
{
    g_auto(VmcDryRunTexts) texts = { 0 };

    prepare("<metadata><x>y</x></metadata><devices><disk type='file'/></devices>", VMC_STATE_OFF,
            &texts);
    TELLS_NOT(texts.rest, "metadata");
    ck_assert_ptr_null(texts.whole);
    ck_assert_ptr_null(texts.control);
    ck_assert_ptr_null(texts.sentinel);
}
END_TEST

/* libvirt would run it to see what it can do. */
START_TEST(dry_run_never_with_programs_of_the_guest)
{
    g_auto(VmcDryRunTexts) texts = { 0 };

    prepare("<devices><filesystem><binary path='/p' xattr='on'/></filesystem>"
            "<interface type='user'/></devices>",
            VMC_STATE_OFF, &texts);
    TELLS(texts.rest, "<binary xattr=\"on\"/>");
    TELLS(texts.whole, "<binary xattr=\"on\"/>");
    TELLS(texts.control, "<binary xattr=\"on\"/>");
}
END_TEST

/* libvirt's dry run would go on using memory that it has freed. */
START_TEST(dry_run_never_with_host_device_interfaces)
{
    g_auto(VmcDryRunTexts) texts = { 0 };

    prepare("<devices><interface type='hostdev'/><interface type='user'/></devices>", VMC_STATE_OFF,
            &texts);
    TELLS_NOT(texts.whole, "hostdev");
    TELLS(texts.whole, "user");
}
END_TEST

/* libvirt would look for new addresses, which there may not be. */
START_TEST(dry_run_without_interfaces_that_need_their_address)
{
    g_auto(VmcDryRunTexts) texts = { 0 };

    prepare(
        "<devices><interface type='user'><model type='kept'/><address type='pci' function='0x0'/>"
        "</interface><interface type='user'><model type='bare'/></interface>"
        "<interface type='user'><model type='usb-net'/></interface>"
        "<interface type='user'><model type='gone'/><address type='usb'/></interface>"
        "<interface type='user'><model type='gone'/><address function='0x1'/></interface>"
        "<interface type='user'><model type='gone'/><address function='0x0' multifunction='on'/>"
        "</interface></devices>",
        VMC_STATE_OFF, &texts);
    TELLS(texts.whole, "kept");
    TELLS(texts.whole, "bare");
    TELLS_NOT(texts.whole, "usb-net");
    TELLS_NOT(texts.whole, "gone");
}
END_TEST

/* The sentinel must be missed by nobody: a disk that may be absent is none. */
static const struct {
    const char *disk, *kept, *gone;
} sentinels[] = {
    { "<disk type='file'><source file='/f' startupPolicy='optional'/><target dev='vda'/></disk>",
      "vda", "startupPolicy" },
    { "<disk type='block' device='cdrom'><backingStore/><source dev='/d'/><target dev='sda'/>"
      "</disk>",
      "cdrom", "backingStore" },
    { "<disk type='volume'><encryption/><source pool='real' volume='v'/><target dev='vda'/></disk>",
      "vda", "real" },
    { "<disk type='network'><auth/><source protocol='nbd' name='n'/><target dev='vda'/></disk>",
      "vda", "nbd" },
    { "<disk type='vhostuser'><source type='unix' path='/s'/><target dev='vda'/></disk>", "vdzz",
      "nothing of that" },
    { "<disk type='file'><source file='/f'/><target dev='vda'/><transient/></disk>", "vdzz",
      "nothing of that" },
    { "<disk type='file' device='floppy'><target dev='fda'/></disk>", "vdzz", "nothing of that" },
    { "", "vdzz", "nothing of that" },
    { "</devices><os><type arch='x86_64'>hvm</type></os><devices>", "fdc", "vdzz" },
};

START_TEST(dry_run_sentinel)
{
    g_autofree char *content =
        g_strdup_printf("<devices>%s<interface type='user'/></devices>", sentinels[_i].disk);
    g_auto(VmcDryRunTexts) texts = { 0 };

    prepare(content, VMC_STATE_OFF, &texts);
    TELLS(texts.whole, texts.sentinel);
    TELLS(texts.whole, sentinels[_i].kept);
    TELLS_NOT(texts.whole, sentinels[_i].gone);
    TELLS(texts.control, sentinels[_i].kept);
}
END_TEST

/* What libvirt does not see must not stand for what it does. */
START_TEST(dry_run_without_other_namespaces)
{
    g_auto(VmcDryRunTexts) texts = { 0 };

    prepare(
        "<x:devices xmlns:x='urn:x'><x:disk type='file'><target dev='vda'/></x:disk></x:devices>"
        "<devices xmlns:x='urn:x'><x:disk type='file'><target dev='vda'/></x:disk>"
        "<interface x:type='user' type='hostdev'/><interface type='user'/></devices>"
        "<q:devices xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'/>"
        "<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><q:arg value='v'/>"
        "</q:commandline>",
        VMC_STATE_OFF, &texts);
    TELLS_NOT(texts.whole, "x:");
    TELLS_NOT(texts.whole, "hostdev");
    TELLS(texts.whole, "<disk device=\"disk\" type=\"volume\"");
    TELLS(texts.whole, texts.sentinel);
    TELLS(texts.whole, "<q:arg");
    TELLS_NOT(texts.whole, "<q:devices");
}
END_TEST

static const char running_content[] =
    "<os firmware='efi'><firmware><feature name='secure-boot' enabled='no'/></firmware>"
    "<loader type='pflash'>/code</loader></os><cpu mode='custom' check='full'><model>m</model></cpu>"
    "<seclabel type='dynamic' model='dac'><label>+1:+1</label></seclabel>"
    "<devices><watchdog model='itco' action='reset'/></devices>";

/* What runs is not started anew: its CPU is compared in another way. */
START_TEST(dry_run_of_what_runs)
{
    g_auto(VmcDryRunTexts) texts = { 0 };

    prepare(running_content, VMC_STATE_LIVE, &texts);
    TELLS(texts.rest, "check=\"none\"");
    TELLS_NOT(texts.rest, "firmware");
    TELLS(texts.rest, "/code");
    TELLS_NOT(texts.rest, "seclabel");
    TELLS_NOT(texts.rest, "watchdog");
}
END_TEST

START_TEST(dry_run_of_what_starts)
{
    g_auto(VmcDryRunTexts) texts = { 0 };

    prepare(running_content, VMC_STATE_OFF, &texts);
    TELLS(texts.rest, "check=\"full\"");
    TELLS_NOT(texts.rest, "firmware");
    TELLS(texts.rest, "/code");
    TELLS_NOT(texts.rest, "watchdog");
}
END_TEST

START_TEST(dry_run_chooses_firmware)
{
    g_auto(VmcDryRunTexts) texts = { 0 };

    prepare("<os firmware='efi'><loader secure='no'/></os>", VMC_STATE_OFF, &texts);
    TELLS(texts.rest, "firmware=\"efi\"");
}
END_TEST

START_TEST(dry_runs_of_an_offer)
{
    g_autoptr(VmcFacts) facts = sample_host();
    g_autoptr(VmcFacts) guest = sample_guest("plain");
    g_autoptr(VmcRequirement) live = derive(guest, VMC_STATE_LIVE);
    g_autoptr(VmcRequirement) off = derive(guest, VMC_STATE_OFF);
    g_autofree char *digest = vmc_definition_digest(vmc_facts_get(guest, FOLDER "/live.xml"));
    g_autoptr(VmcOffer) offer = NULL;
    const VmcDryRun *said = NULL;

    vmc_facts_add_row(facts, "host/dry-runs.tsv", 5,
                      (const char *[]){ "another", "live", "refused", "1", "no" });
    vmc_facts_add_row(facts, "host/dry-runs.tsv", 5,
                      (const char *[]){ digest, "live", "refused", "67", "because" });
    offer = vmc_derive_offer(facts, NULL);
    said = vmc_offer_dry_run(offer, live);
    ck_assert_ptr_nonnull(said);
    ck_assert_int_eq(said->answer, VMC_DRY_RUN_REFUSED);
    ck_assert_int_eq(said->code, 67);
    ck_assert_str_eq(said->text, "because");
    ck_assert_ptr_null(vmc_offer_dry_run(offer, off));
}
END_TEST

static Suite *
make_suite(void)
{
    Suite *suite = suite_create("derive");
    TCase *rows = tcase_create("rows");
    TCase *guests = tcase_create("guests");
    TCase *offers = tcase_create("offers");
    TCase *dry = tcase_create("dry-runs");
    TCase *xml = tcase_create("xml");

    tcase_add_loop_test(rows, a_row_makes_its_need, 0, G_N_ELEMENTS(needs));
    tcase_add_loop_test(rows, what_is_no_need_makes_none, 0, G_N_ELEMENTS(quiet));
    tcase_add_test(guests, requisite_media_may_be_lost_on_the_way);
    tcase_add_test(guests, a_long_chain_is_followed);
    tcase_add_test(guests, origin_of_a_pool);
    tcase_add_test(guests, images_tell_the_chain);
    tcase_add_test(guests, volumes_are_shared_or_not);
    tcase_add_test(guests, a_nodeset_makes_a_need_of_each_node);
    tcase_add_test(guests, shared_comes_from_the_source);
    tcase_add_test(guests, labels_and_addresses_are_those_written);
    tcase_add_test(guests, status_is_read);
    tcase_add_test(guests, no_definition_is_an_error);
    tcase_add_test(guests, visible_is_model_and_policies);
    tcase_add_test(guests, a_damaged_expansion_is_named);
    tcase_add_test(guests, passthrough_sees_what_the_source_gives);
    tcase_add_test(guests, real_guests);
    tcase_add_test(offers, real_offer);
    tcase_add_test(offers, newer_domain_capabilities);
    tcase_add_test(offers, tables_of_an_offer);
    tcase_add_test(offers, nothing_is_probed_in_no_facts);
    tcase_add_test(offers, a_damaged_fact_of_a_host_is_named);
    tcase_add_test(offers, damaged_domain_capabilities_are_told_to_whom_they_fit);
    tcase_add_test(xml, entities_and_document_types);
    tcase_set_timeout(xml, 60); /* for sanitizers and valgrind */
    tcase_add_test(xml, bombs);
    tcase_add_test(xml, bytes_that_are_no_text);
    tcase_add_test(xml, bytes_that_are_no_utf8);
    tcase_add_test(xml, truncated);
    tcase_add_test(xml, what_only_looks_hostile);
    tcase_add_test(xml, text_is_not_cut);
    tcase_add_test(xml, cpusets);
    tcase_add_test(xml, units);
    tcase_add_loop_test(dry, dry_run_without_what_touches_the_host, 0, G_N_ELEMENTS(touching));
    tcase_add_test(dry, dry_run_without_a_sentinel);
    tcase_add_test(dry, dry_run_never_with_programs_of_the_guest);
    tcase_add_test(dry, dry_run_never_with_host_device_interfaces);
    tcase_add_test(dry, dry_run_without_interfaces_that_need_their_address);
    tcase_add_loop_test(dry, dry_run_sentinel, 0, G_N_ELEMENTS(sentinels));
    tcase_add_test(dry, dry_run_without_other_namespaces);
    tcase_add_test(dry, dry_run_of_what_runs);
    tcase_add_test(dry, dry_run_of_what_starts);
    tcase_add_test(dry, dry_run_chooses_firmware);
    tcase_add_test(dry, dry_runs_of_an_offer);
    suite_add_tcase(suite, dry);
    suite_add_tcase(suite, rows);
    suite_add_tcase(suite, guests);
    suite_add_tcase(suite, offers);
    suite_add_tcase(suite, xml);
    return suite;
}

int
main(void)
{
    SRunner *runner = srunner_create(make_suite());
    int failures = 0;

    srunner_run_all(runner, CK_ENV);
    failures = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
