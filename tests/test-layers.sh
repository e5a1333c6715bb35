#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The one-way street: a folder of src/ includes itself and those before it, nothing else.
# Needs no build.

set -u
cd "$(dirname "$0")/.." || exit 99

order=(model local collect derive document rules site report lib cli)
declare -A rank=()
for i in "${!order[@]}"; do rank[${order[i]}]=$i; done
# The hooks are programs like cli, but made without libvirt.
rank[hooks]=${#order[@]}

# Agreed exceptions, "folder includes": collect must derive in order to know what to ask, and
# local reads XML.
allowed=" collect:derive local:derive "
# Only these may know libvirt; a hook that calls it back would deadlock libvirtd, so what
# the hooks are made of may not see it, not even through collect's headers.
pure=" model local derive document rules site report hooks "

failed=0
complain() {
    echo "$1" >&2
    failed=1
}

for file in src/*/*.[ch]; do
    [ -f "$file" ] || continue
    from=${file#src/}
    from=${from%%/*}
    [ -n "${rank[$from]:-}" ] || { complain "$file: '$from' is no known layer (see tests/test-layers.sh)"; continue; }
    while IFS=: read -r line header; do
        to=${header%%/*}
        case $header in
        libvirt/* | vmcompat/vmcompat-libvirt.h)
            [[ $pure != *" $from "* ]] || complain "$file:$line: $from may not know libvirt"
            continue
            ;;
        esac
        [ -n "${rank[$to]:-}" ] || continue
        if [[ $pure == *" $from "* && $to = collect ]]; then
            complain "$file:$line: $from may not include collect"
        elif [[ $allowed != *" $from:$to "* ]] && [ "${rank[$to]}" -gt "${rank[$from]}" ]; then
            complain "$file:$line: $from may not include $to, which comes after it"
        fi
    done < <(grep -nE '^[[:space:]]*#[[:space:]]*include' "$file" |
        sed -nE 's/^([0-9]+):[^<"]*[<"]([^>"]*)[>"].*/\1:\2/p')
done

# The public header for everybody needs GLib only.
if grep -nE '^[[:space:]]*#[[:space:]]*include' include/vmcompat/vmcompat.h | grep -v '<glib\.h>'; then
    complain "include/vmcompat/vmcompat.h: needs GLib only"
fi
exit $failed
