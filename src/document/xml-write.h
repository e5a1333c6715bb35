/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Writing XML by hand: what may stand in it, escaped.  Used by document and
 * report; reading goes through derive/xml.h.
 */
#pragma once

#include <glib.h>

/* A copy of @text that XML 1.0 and JSON can carry: bytes that are no UTF-8 and
 * control characters become U+FFFD.  NULL: "".  g_free() */
char *vmc_xml_clean(const char *text);

/* Appends " name='value'". */
void vmc_xml_add_attr(GString *out, const char *name, const char *value);
void vmc_xml_add_attr_uint(GString *out, const char *name, guint64 value);

/* Appends @text, escaped as the content of an element. */
void vmc_xml_add_text(GString *out, const char *text);
