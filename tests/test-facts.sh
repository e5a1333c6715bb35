#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The names of facts stand in three places, which agree: the contract (model/facts.h), what
# a saved folder may hold (collect/facts-load.c) and what a document can (document-xml.c).

# shellcheck source=tests/functions.sh
. "$(dirname "$0")/functions.sh"

src=$top_srcdir/src

# In capitals: what stands for any one component.  What is never kept is nowhere else.
sed -nE '/\(never kept\)/d; s!^ \*   ((host|domains)/[^ ]+).*!\1!p' "$src/model/facts.h" | sed -E 's/\b[A-Z]+\b/*/g' | sort >"$tmp/contract"
sed -n '/^static const char \*const known_names\[\]/,/^};/p' "$src/collect/facts-load.c" |
    sed -nE 's/^ *"([^"]+)",$/\1/p' | sort >"$tmp/folder"
table() { # NAME SCOPE
    sed -n "/^static const FactXml $1\[\]/,/^};/p" "$src/document/document-xml.c" |
        grep -oE '\.fact = "[^"]+"' | sed -E "s!.*\"([^\"]+)\"!$2/\\1!"
}
{ table HOST_FACTS host && table SYSTEM_FACTS 'domains/*'; } | sort >"$tmp/document"

for list in contract folder document; do
    [ "$(wc -l <"$tmp/$list")" -gt 20 ] || fail "$list: hardly any names found"
    uniq -d "$tmp/$list" | grep . && fail "$list: twice"
done
diff -u "$tmp/contract" "$tmp/folder" || fail "model/facts.h and collect/facts-load.c name different facts"
diff -u "$tmp/contract" "$tmp/document" || fail "model/facts.h and document/document-xml.c name different facts"
finish
