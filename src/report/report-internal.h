/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the files of report/ share.
 */
#pragma once

#include "report/report.h"

#include <json-glib/json-glib.h>

#define VMC_TEXT_COLUMNS 80

/* Appends the words of @text on lines of their own, each behind @indent
 * blanks; no line feed at the end. */
void vmc_add_wrapped(GString *out, const char *text, unsigned int indent);

/* The findings of a system, a line or more each, and what else is to be said. */
void vmc_add_findings(GString *out, const VmcSystemReport *system, unsigned int flags);

/* "compatible" and the like, for people. */
void vmc_add_verdict(GString *out, VmcVerdict verdict, unsigned int flags);

/* The verdict, the destination and the systems, as members of a JSON object. */
void vmc_report_json_members(JsonBuilder *builder, const VmcReport *report);

/* Members of a JSON object; NULL: "".  Bytes that are no UTF-8 are replaced. */
void vmc_json_string(JsonBuilder *builder, const char *name, const char *value);
void vmc_json_int(JsonBuilder *builder, const char *name, gint64 value);
void vmc_json_bool(JsonBuilder *builder, const char *name, gboolean value);

/* true, false or null; "unknown" is a value. */
void vmc_json_tristate(JsonBuilder *builder, const char *name, VmcTristate value);

/* The members that say which host it is. */
void vmc_json_host(JsonBuilder *builder, const VmcHost *host);

/* Ends the outermost object: pretty, with a line feed at the end.  g_free() */
char *vmc_json_finish(JsonBuilder *builder);

/* CIM-XML: one property; @type: "string", "uint16" … */
void vmc_cim_property(GString *out, const char *name, const char *type, const char *value);
void vmc_cim_uint(GString *out, const char *name, const char *type, guint64 value);
void vmc_cim_array(GString *out, const char *name, const char *type, const char *const *values);

/* The wrapping of instances that go by themselves. */
void vmc_cim_begin(GString *out);
void vmc_cim_instance(GString *out, const char *instance);
void vmc_cim_end(GString *out);
