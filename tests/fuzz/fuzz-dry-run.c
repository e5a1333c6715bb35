/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A definition made ready for a dry run: whoever wrote it, what libvirt would act
 * upon is not in the text that it follows to the end, and the other texts stop it.
 */
#include "derive/derive.h"
#include "derive/xml.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

/* As libvirt looks for them: in no namespace, below any <devices>. */
static gboolean
has_device(
    const char *text, const char *name, const char *child, const char *attr, const char *value)
{
    g_autoptr(xmlDoc) doc = vmc_xml_parse(text, -1, VMC_MAX_XML, "text", NULL);
    const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;

    for (xmlNode *devices = vmc_xml_child(root, "devices"); devices;
         devices = vmc_xml_next(devices, "devices")) {
        for (xmlNode *node = devices->ns ? NULL : vmc_xml_child(devices, name); node;
             node = vmc_xml_next(node, name)) {
            const xmlNode *inner = child ? vmc_xml_child(node, child) : node;

            if (!node->ns && inner && !inner->ns && (!attr || vmc_xml_attr_is(inner, attr, value)))
                return TRUE;
        }
    }
    return FALSE;
}

static void
check_texts(const VmcDryRunTexts *texts)
{
    if (has_device(texts->rest, "interface", NULL, NULL, NULL) ||
        has_device(texts->rest, "tpm", "backend", "type", "passthrough"))
        abort();
    if (!texts->whole)
        return;
    if (!has_device(texts->whole, "disk", "source", "pool", texts->sentinel) ||
        has_device(texts->whole, "interface", NULL, "type", "hostdev") ||
        has_device(texts->whole, "interface", "script", NULL, NULL))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autofree char *text = g_strndup(size ? (const char *)data : "", size);
    VmcRequirement requirement = { .state = size % 2 ? VMC_STATE_LIVE : VMC_STATE_OFF,
                                   .facts = facts,
                                   .definition = (char *)"domains/f/live.xml" };
    g_auto(VmcDryRunTexts) texts = { 0 };
    g_autoptr(GError) error = NULL;
    gboolean ok = FALSE;

    vmc_facts_set(facts, requirement.definition, text);
    ok = vmc_derive_dry_run(&requirement, &texts, &error);
    if (ok != (error == NULL) || ok != (texts.rest != NULL))
        abort();
    if (ok)
        check_texts(&texts);
    return 0;
}
