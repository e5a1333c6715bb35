# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Reads tests/data/versions.tsv: definitions with something new in them.  Sourced.

# shellcheck disable=SC2034 # for who sources this
versions_probe=5 # the field with the probe, from 0

versions_each() { # TABLE FUNCTION ARGS…: calls FUNCTION NAME LINE ARGS… for each row
    local table=$1 function=$2 line
    shift 2
    while IFS= read -r line; do
        case $line in '#'* | '') continue ;; esac
        "$function" "${line%%$'\t'*}" "$line" "$@"
    done <"$table"
}

versions_write() { # NAME LINE FOLDER: makes FOLDER/NAME.xml
    local type=kvm machine=q35 memory=64 vcpus=1 domain='' os='' features='' cpu='' devices='' field
    local -a fields
    IFS=$'\t' read -r -a fields <<<"$2"
    for field in "${fields[@]:versions_probe + 1}"; do
        printf -v "${field%%=*}" '%s' "${field#*=}"
    done
    cat >"$3/$1.xml" <<END
<domain type='$type'><name>$1</name><memory unit='MiB'>$memory</memory><vcpu>$vcpus</vcpu>$domain
<os><type arch='x86_64' machine='$machine'>hvm</type>$os</os><features><acpi/>$features</features>$cpu
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator><memballoon model='none'/>$devices</devices></domain>
END
}
