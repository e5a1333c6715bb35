/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * json-glib, loaded when the first of its functions is called.  It brings GIO and
 * GObject along, which take as long to load as all other libraries together, and
 * most checks print text or, in hooks, nothing.
 */
#include "model/late.h"

#include <dlfcn.h>
#include <json-glib/json-glib.h>

/* The name is json-glib's ABI. */
#define LIBRARY "libjson-glib-1.0.so.0"

static void *
find(const char *name)
{
    static size_t handle; /* 0: not tried yet */
    void *function;

    if (g_once_init_enter(&handle)) {
        void *found = dlopen(LIBRARY, RTLD_NOW);

        g_assert(found != NULL); /* what is installed with us is there */
        g_once_init_leave(&handle, (size_t)found);
    }
    function = dlsym((void *)handle, name);
    g_assert(function != NULL);
    return function;
}

/* clang-format off */
LATE_VOID(g_object_unref, (gpointer object), (object))
LATE(JsonBuilder *, json_builder_add_boolean_value,
     (JsonBuilder *builder, gboolean value), (builder, value))
LATE(JsonBuilder *, json_builder_add_int_value,
     (JsonBuilder *builder, gint64 value), (builder, value))
LATE(JsonBuilder *, json_builder_add_null_value, (JsonBuilder *builder), (builder))
LATE(JsonBuilder *, json_builder_add_string_value,
     (JsonBuilder *builder, const char *value), (builder, value))
LATE(JsonBuilder *, json_builder_begin_array, (JsonBuilder *builder), (builder))
LATE(JsonBuilder *, json_builder_begin_object, (JsonBuilder *builder), (builder))
LATE(JsonBuilder *, json_builder_end_array, (JsonBuilder *builder), (builder))
LATE(JsonBuilder *, json_builder_end_object, (JsonBuilder *builder), (builder))
LATE(JsonNode *, json_builder_get_root, (JsonBuilder *builder), (builder))
LATE(JsonBuilder *, json_builder_new, (void), ())
LATE(JsonBuilder *, json_builder_set_member_name,
     (JsonBuilder *builder, const char *name), (builder, name))
LATE_VOID(json_node_unref, (JsonNode *node), (node))
LATE(char *, json_to_string, (JsonNode *node, gboolean pretty), (node, pretty))
