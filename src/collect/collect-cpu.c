/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * CPU models expanded, and the names of models and features that the host's
 * libvirt knows.  virConnectBaselineCPU() works on any connection: it reads
 * libvirt's own CPU map and asks no QEMU.
 */
#include "collect/collect-internal.h"

#include <string.h>

static char *
baseline(virConnectPtr conn, const char *xml, unsigned int flags)
{
    const char *cpus[] = { xml };

    return virConnectBaselineCPU(conn, cpus, 1, flags);
}

gboolean
vmc_collect_expansion(
    virConnectPtr conn, VmcFacts *facts, const char *arch, const char *model, GError **error)
{
    g_autofree char *key = vmc_facts_key(model);
    g_autofree char *name = g_strdup_printf("host/cpu-expansions/%s.xml", key);
    g_autofree char *xml = NULL;
    g_autofree char *expanded = NULL;

    if (vmc_facts_has(facts, name))
        return TRUE;
    xml = g_markup_printf_escaped("<cpu><arch>%s</arch><model>%s</model></cpu>", arch, model);
    expanded = baseline(conn, xml, VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES);
    if (!expanded)
        return vmc_virt_absent(conn, error);
    vmc_facts_set(facts, name, expanded);
    return TRUE;
}

/* ---- models ---------------------------------------------------------------------- */

static gboolean
ask_models(VmcAsk *ask, const char *arch, GError **error)
{
    g_autofree char *name = g_strdup_printf("host/cpu-models/%s.txt", arch);
    g_auto(GStrv) models = NULL;
    g_autofree char *text = NULL;
    g_autofree char *lines = NULL;

    if (vmc_facts_has(ask->facts, name))
        return TRUE;
    if (virConnectGetCPUModelNames(ask->conn, arch, &models, 0) < 0)
        return vmc_virt_refused(ask->conn, ask->facts, VMC_PART_CPU_NAMES, error);
    text = g_strjoinv("\n", models);
    lines = *text ? g_strconcat(text, "\n", NULL) : NULL;
    vmc_facts_set(ask->facts, name, lines ? lines : "");
    return TRUE;
}

static char *
host_arch(const VmcAsk *ask)
{
    return vmc_xml_text(vmc_xml_path(xmlDocGetRootElement(ask->host), "host/cpu/arch"));
}

gboolean
vmc_ask_cpu_models(VmcAsk *ask, GError **error)
{
    g_autofree char *arch = ask->complete ? host_arch(ask) : NULL;

    if (arch && !ask_models(ask, arch, error))
        return FALSE;
    for (size_t i = 0; i < ask->requirements->len; i++) {
        const VmcRequirement *requirement = ask->requirements->pdata[i];

        if (requirement->arch && !ask_models(ask, requirement->arch, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
expand_list(virConnectPtr conn, VmcFacts *facts, const char *list, GError **error)
{
    g_autofree char *file = g_path_get_basename(list);
    g_autofree char *arch = g_strndup(file, strcspn(file, "."));
    g_auto(GStrv) models = g_strsplit(vmc_facts_get(facts, list), "\n", -1);

    for (char **model = models; *model; model++) {
        if (**model && !vmc_collect_expansion(conn, facts, arch, *model, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
vmc_collect_cpu_models(virConnectPtr conn, VmcFacts *facts, GError **error)
{
    g_auto(GStrv) lists = vmc_facts_list(facts, "host/cpu-models/");

    for (char **list = lists; *list; list++) {
        if (!expand_list(conn, facts, *list, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- features ---------------------------------------------------------------------- */

/* A model to hang features on. */
static char *
any_model(const VmcAsk *ask, const char *arch)
{
    g_autofree char *name = g_strdup_printf("host/cpu-models/%s.txt", arch);
    const char *text = vmc_facts_get(ask->facts, name);
    g_auto(GStrv) models = text ? g_strsplit(text, "\n", -1) : NULL;

    if (!models || !models[0] || !*models[0])
        return NULL;
    return g_strdup(g_strv_contains((const char *const *)models, "qemu64") ? "qemu64" : models[0]);
}

typedef struct {
    VmcAsk *ask;
    const char *arch, *model;
} NameQuestion;

/* Whether libvirt knows all @n names; libvirt stops at the first it does not. */
static gboolean
knows_all(const NameQuestion *question, char **names, size_t n)
{
    g_autoptr(GString) xml = g_string_new("<cpu>");
    g_autofree char *head = g_markup_printf_escaped("<arch>%s</arch><model>%s</model>",
                                                    question->arch, question->model);
    g_autofree char *answer = NULL;

    g_string_append(xml, head);
    for (size_t i = 0; i < n; i++) {
        g_autofree char *name = g_markup_escape_text(names[i], -1);

        g_string_append(xml, "<feature name='");
        g_string_append(xml, name);
        g_string_append(xml, "'/>");
    }
    g_string_append(xml, "</cpu>");
    answer = baseline(question->ask->conn, xml->str, 0);
    return answer != NULL;
}

static void
add_names(const NameQuestion *question, char **names, size_t n, gboolean known)
{
    for (size_t i = 0; i < n; i++)
        VMC_ADD_ROW(question->ask->facts, "host/cpu-names.tsv", "feature", names[i],
                    vmc_yes_no(known));
}

/* The name that libvirt's last error ends in ("Unknown CPU feature NAME"), if it
 * is one of the @n at @names; its index, or -1. */
static int
find_named(char **names, size_t n)
{
    const char *message = virGetLastErrorMessage();
    const char *space = message ? strrchr(message, ' ') : NULL;
    g_autofree char *word = space ? g_strdup(space + 1) : NULL;

    if (!word)
        return -1;
    g_strdelimit(word, "'\"", ' ');
    g_strstrip(word);
    for (size_t i = 0; i < n; i++) {
        if (g_str_equal(names[i], word))
            return (int)i;
    }
    return -1;
}

static gboolean
ask_one_by_one(const NameQuestion *question, const GPtrArray *names, GError **error)
{
    for (size_t i = 0; i < names->len; i++) {
        char **name = (char **)&names->pdata[i];
        gboolean known = knows_all(question, name, 1);

        if (!known && !vmc_virt_absent(question->ask->conn, error))
            return FALSE;
        add_names(question, name, 1, known);
    }
    return TRUE;
}

/* The names are told apart: into @known and @unknown.  libvirt goes through them in
 * their order and says at which it stopped, so that each is asked about once; where
 * one is unknown, so are often the next, which are asked about in ever smaller parts.
 * *@ret_apart is FALSE where it does not say.  FALSE: the connection is gone. */
static gboolean
tell_apart(const NameQuestion *question,
           const GPtrArray *names,
           GPtrArray *known,
           GPtrArray *unknown,
           gboolean *ret_apart,
           GError **error)
{
    size_t part = names->len;

    for (size_t at = 0; at < names->len;) {
        char **next = (char **)&names->pdata[at];
        size_t n = MIN(part, names->len - at);
        gboolean all = knows_all(question, next, n);
        int stopped = all ? (int)n : find_named(next, n);

        if (!all && !vmc_virt_absent(question->ask->conn, error))
            return FALSE;
        *ret_apart = stopped >= 0;
        if (!*ret_apart)
            return TRUE;
        for (int i = 0; i < stopped; i++)
            g_ptr_array_add(known, next[i]);
        if (!all)
            g_ptr_array_add(unknown, next[stopped]);
        at += (size_t)stopped + !all;
        part = all ? part * 2 : stopped == 0 ? MAX(part / 4, 1) : part;
    }
    return TRUE;
}

/* As few calls as it takes, for their failures end up in the daemon's log.  That all
 * of the known are known is asked once more. */
static gboolean
ask_names(const NameQuestion *question, const GPtrArray *names, GError **error)
{
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    g_autoptr(GPtrArray) unknown = g_ptr_array_new();
    gboolean apart = TRUE;

    if (!tell_apart(question, names, known, unknown, &apart, error))
        return FALSE;
    if (!apart || (unknown->len > 0 && known->len > 0 &&
                   !knows_all(question, (char **)known->pdata, known->len)))
        return ask_one_by_one(question, names, error);
    add_names(question, (char **)known->pdata, known->len, TRUE);
    add_names(question, (char **)unknown->pdata, unknown->len, FALSE);
    return TRUE;
}

static void
add_name(GPtrArray *names, GHashTable *seen, const char *name)
{
    if (name && *name && g_hash_table_add(seen, (void *)name))
        g_ptr_array_add(names, (void *)name);
}

static void
add_set(GPtrArray *names, GHashTable *seen, GHashTable *set)
{
    g_autofree char **sorted = set ? vmc_set_sorted(set) : NULL;

    for (char **name = sorted; name && *name; name++)
        add_name(names, seen, *name);
}

/* Names that guests carry, of the guests with @arch. */
static void
add_guest_names(const VmcAsk *ask, const char *arch, GPtrArray *names, GHashTable *seen)
{
    for (size_t i = 0; i < ask->requirements->len; i++) {
        const VmcRequirement *requirement = ask->requirements->pdata[i];

        if (g_strcmp0(requirement->arch, arch) != 0)
            continue;
        for (size_t j = 0; j < requirement->cpu.features->len; j++) {
            const VmcCpuFeature *feature = requirement->cpu.features->pdata[j];

            add_name(names, seen, feature->name);
        }
        if (ask->complete)
            add_set(names, seen, requirement->cpu.visible);
    }
}

static gboolean
ask_features(VmcAsk *ask, const char *arch, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree char *model = any_model(ask, arch);
    const NameQuestion question = { ask, arch, model };

    for (size_t i = 0; ask->complete && vmc_cpu_feature_names[i]; i++)
        add_name(names, seen, vmc_cpu_feature_names[i]);
    add_guest_names(ask, arch, names, seen);
    if (!model || names->len == 0)
        return TRUE;
    /* The bare model must be known, or a "no" would be about something else. */
    if (!knows_all(&question, NULL, 0))
        return vmc_virt_refused(ask->conn, ask->facts, VMC_PART_CPU_NAMES, error);
    return ask_names(&question, names, error);
}

/* x86 alone names features in libvirt's CPU map. */
static gboolean
has_features(const char *arch)
{
    return g_strcmp0(arch, "x86_64") == 0 || g_strcmp0(arch, "i686") == 0;
}

gboolean
vmc_ask_cpu_names(VmcAsk *ask, GError **error)
{
    g_autofree char *own = ask->complete ? host_arch(ask) : NULL;

    if (has_features(own) && vmc_ask_first(ask, "cpu-names", own) && !ask_features(ask, own, error))
        return FALSE;
    for (size_t i = 0; i < ask->requirements->len; i++) {
        const VmcRequirement *requirement = ask->requirements->pdata[i];

        if (!has_features(requirement->arch) || !vmc_ask_first(ask, "cpu-names", requirement->arch))
            continue;
        if (!ask_features(ask, requirement->arch, error))
            return FALSE;
    }
    return TRUE;
}
