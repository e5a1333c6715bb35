/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Domain capabilities: for the machines that guests ask for, and for a host's
 * usual ones.
 */
#include "collect/collect-internal.h"

#define MAX_TUPLES 12 /* of a complete offer without guests; each may start a QEMU */

/* VIR_CONNECT_GET_DOMAIN_CAPABILITIES_SUPPORTED_CPU_FEATURES, and who has it */
#define SUPPORTED_CPU_FEATURES (1 << 2)
#define LIBVIRT_TELLS_SUPPORTED 12005000

static char *
tuple_name(const VmcMachineTuple *tuple)
{
    g_autofree char *text = g_strjoin(",", tuple->emulator ? tuple->emulator : "default",
                                      tuple->arch ? tuple->arch : "default",
                                      tuple->machine ? tuple->machine : "default",
                                      tuple->virt_type ? tuple->virt_type : "default", NULL);
    g_autofree char *key = vmc_facts_key(text);

    return g_strdup_printf("host/domcapabilities/%s.xml", key);
}

static xmlNode *
host_model(const xmlDoc *document)
{
    const xmlNode *cpu = vmc_xml_child(xmlDocGetRootElement(document), "cpu");

    for (xmlNode *mode = vmc_xml_child(cpu, "mode"); mode; mode = vmc_xml_next(mode, "mode")) {
        if (vmc_xml_attr_is(mode, "name", "host-model"))
            return mode;
    }
    return NULL;
}

static gboolean
expand_host_model(virConnectPtr conn, VmcFacts *facts, const char *xml, GError **error)
{
    g_autoptr(xmlDoc) document = vmc_xml_parse(xml, -1, VMC_MAX_XML, "domcapabilities", NULL);
    g_autofree char *arch = vmc_xml_text(vmc_xml_child(xmlDocGetRootElement(document), "arch"));
    g_autofree char *model = vmc_xml_text(vmc_xml_child(host_model(document), "model"));

    return !model || !arch || vmc_collect_expansion(conn, facts, arch, model, error);
}

/* A guest may have features that QEMU gives to those who name them only. */
static unsigned int
flags_for(const VmcFacts *facts)
{
    guint64 version = vmc_facts_number(facts, "host/host.tsv", "libvirtVersion");

    return version >= LIBVIRT_TELLS_SUPPORTED ? SUPPORTED_CPU_FEATURES : 0;
}

gboolean
vmc_collect_domcaps(virConnectPtr conn,
                    VmcFacts *facts,
                    const VmcMachineTuple *tuple,
                    gboolean *ret_ok,
                    GError **error)
{
    g_autofree char *name = tuple_name(tuple);
    g_autofree char *xml = NULL;

    *ret_ok = vmc_facts_has(facts, name);
    if (*ret_ok)
        return TRUE;
    xml = virConnectGetDomainCapabilities(conn, tuple->emulator, tuple->arch, tuple->machine,
                                          tuple->virt_type, flags_for(facts));
    if (!xml)
        return vmc_virt_refused(conn, facts, VMC_PART_DOMCAPS, error);
    *ret_ok = TRUE;
    vmc_facts_set(facts, name, xml);
    return expand_host_model(conn, facts, xml, error);
}

/* ---- for guests ----------------------------------------------------------------- */

/* "pc-q35-7.2" → "q35": what differs between versions of a machine is little. */
static const char *
machine_family(const char *machine)
{
    if (g_str_has_prefix(machine, "pc-q35-"))
        return "q35";
    if (g_str_has_prefix(machine, "pc-i440fx-"))
        return "pc";
    return NULL;
}

/* A machine type that the host lacks is a finding of its own; its family still
 * tells about all the rest. */
static gboolean
ask_family(VmcAsk *ask, const VmcMachineTuple *tuple, GError **error)
{
    VmcMachineTuple general = *tuple;
    gboolean ok = FALSE;

    general.machine = tuple->machine ? machine_family(tuple->machine) : NULL;
    return !general.machine || vmc_collect_domcaps(ask->conn, ask->facts, &general, &ok, error);
}

static gboolean
ask_machine(VmcAsk *ask, const VmcMachineTuple *tuple, GError **error)
{
    g_autofree char *name = tuple_name(tuple);
    gboolean ok = FALSE;

    if (!vmc_ask_first(ask, "domcapabilities", name))
        return TRUE;
    if (!vmc_collect_domcaps(ask->conn, ask->facts, tuple, &ok, error))
        return FALSE;
    return ok || ask_family(ask, tuple, error);
}

static gboolean
ask_requirement(VmcAsk *ask, const VmcRequirement *requirement, GError **error)
{
    const VmcMachineTuple tuple = {
        requirement->emulator,
        requirement->arch,
        requirement->machine,
        requirement->virt_type,
    };

    return ask_machine(ask, &tuple, error) && vmc_ask_devices(ask, &tuple, requirement, error);
}

/* ---- a host's usual ones ----------------------------------------------------------- */

typedef struct {
    VmcAsk *ask;
    unsigned int n;
    gboolean refused;
} Survey;

static gboolean
survey_one(Survey *survey, const VmcMachineTuple *tuple, GError **error)
{
    gboolean ok = FALSE;

    if (survey->refused || survey->n++ >= MAX_TUPLES)
        return TRUE;
    if (!vmc_collect_domcaps(survey->ask->conn, survey->ask->facts, tuple, &ok, error))
        return FALSE;
    survey->refused = !ok && survey->n == 1;
    return !ok || vmc_ask_devices(survey->ask, tuple, NULL, error);
}

static gboolean
has_machine(const xmlNode *arch, const char *name)
{
    for (const xmlNode *machine = vmc_xml_child(arch, "machine"); machine;
         machine = vmc_xml_next(machine, "machine")) {
        g_autofree char *text = vmc_xml_text(machine);

        if (g_strcmp0(text, name) == 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean
survey_machines(Survey *survey, const xmlNode *arch, VmcMachineTuple *tuple, GError **error)
{
    static const char *const families[] = { "pc", "q35" };
    gboolean any = FALSE;

    for (size_t i = 0; i < G_N_ELEMENTS(families); i++) {
        if (!has_machine(arch, families[i]))
            continue;
        any = TRUE;
        tuple->machine = families[i];
        if (!survey_one(survey, tuple, error))
            return FALSE;
    }
    tuple->machine = NULL;
    return any || survey_one(survey, tuple, error);
}

static gboolean
survey_guest(Survey *survey, const xmlNode *guest, GError **error)
{
    const xmlNode *arch = vmc_xml_child(guest, "arch");
    g_autofree char *arch_name = vmc_xml_attr(arch, "name");
    g_autofree char *emulator = vmc_xml_text(vmc_xml_child(arch, "emulator"));

    for (const xmlNode *domain = vmc_xml_child(arch, "domain"); domain;
         domain = vmc_xml_next(domain, "domain")) {
        g_autofree char *virt_type = vmc_xml_attr(domain, "type");
        VmcMachineTuple tuple = { emulator, arch_name, NULL, virt_type };

        if (!survey_machines(survey, arch, &tuple, error))
            return FALSE;
    }
    return TRUE;
}

/* What the host's own processor runs: a guest of another arch runs anywhere
 * QEMU emulates it, and is asked for by name. */
static gboolean
is_native(const xmlNode *guest, const char *host_arch)
{
    const xmlNode *arch = vmc_xml_child(guest, "arch");

    return vmc_xml_attr_is(arch, "name", host_arch) ||
           (g_str_equal(host_arch, "x86_64") && vmc_xml_attr_is(arch, "name", "i686"));
}

static gboolean
survey_host(VmcAsk *ask, GError **error)
{
    const char *text = vmc_facts_get(ask->facts, "host/capabilities.xml");
    g_autoptr(xmlDoc) document =
        text ? vmc_xml_parse(text, -1, VMC_MAX_XML, "capabilities", NULL) : NULL;
    const xmlNode *root = xmlDocGetRootElement(document);
    g_autofree char *arch = vmc_xml_text(vmc_xml_path(root, "host/cpu/arch"));
    Survey survey = { .ask = ask };

    for (const xmlNode *guest = arch ? vmc_xml_child(root, "guest") : NULL; guest;
         guest = vmc_xml_next(guest, "guest")) {
        if (is_native(guest, arch) && !survey_guest(&survey, guest, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
vmc_ask_domcaps(VmcAsk *ask, GError **error)
{
    if (ask->complete && !survey_host(ask, error))
        return FALSE;
    for (size_t i = 0; i < ask->requirements->len; i++) {
        if (!ask_requirement(ask, ask->requirements->pdata[i], error))
            return FALSE;
    }
    return TRUE;
}
