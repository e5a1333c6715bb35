/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The blob that travels in a domain's <metadata>:
 *
 *   <vmcompat:blob xmlns:vmcompat='urn:vmcompat:blob:1' time='…' digest='…' …>
 *   -----BEGIN VMCOMPAT BLOB----- …
 *
 * Attributes say where it comes from, the text is the armored blob.
 */
#pragma once

#include "derive/xml.h"
#include "model/facts.h"

#define VMC_EMBEDDED_URI "urn:vmcompat:blob:1"
#define VMC_EMBEDDED_PREFIX "vmcompat"

/* Our element in <domain>, or NULL. */
xmlNode *vmc_embedded_node(const xmlNode *domain);

/* A definition without our element, and otherwise as it was before that was put
 * in; NULL: there is none (or no XML).  A blob must not hold the one before it. */
char *vmc_embedded_strip(const char *domain_xml);

/* The same in all definitions of @facts. */
void vmc_embedded_strip_facts(VmcFacts *facts);

/* Whether two elements (their XML) say the same but for the time. */
gboolean vmc_embedded_same(const char *one, const char *other);
