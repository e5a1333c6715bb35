/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The blob in a domain's metadata (derive/embedded.h): read and written.
 */
#pragma once

#include "derive/xml.h"
#include "document/document.h"

/* The blob, unarmored, that travels in @domain_xml.  NULL without @error: there
 * is none; with: the XML is none (VMC_ERROR_BAD_DATA), or the armor is damaged
 * (as vmc_blob_dearmor()).  What is in the blob is not looked at; see
 * vmc_document_from_bytes(). */
GBytes *vmc_embedded_blob(const char *domain_xml, GError **error);

/* The same of a definition that is parsed already. */
GBytes *vmc_embedded_blob_of(const xmlNode *domain, GError **error);

/* The element to be stored, without its namespace, which libvirt adds.
 * @digest: of the document.  g_free() */
char *vmc_embedded_element(const VmcDocument *document, const char *digest, const char *armor);

/* The document of a running domain as if it were off: what its persistent
 * configuration demands, without what is known of this run.  NULL: it has none. */
VmcFacts *vmc_embedded_facts_when_off(const VmcDocument *document);
