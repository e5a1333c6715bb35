#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What vmcompat-judge makes of the blob in the metadata of a guest that arrives: of its run or of
# another, whole or damaged, honest or hostile.

# shellcheck source=tests/functions.sh
. "$(dirname "$0")/functions.sh"
needs_program

judge=$top_builddir/src/hooks/vmcompat-judge
[ -x "$judge" ] || { echo "no $judge: not built" && exit 99; }
[ "$(head -c 2 "$judge")" != '#!' ] || skip "linked with a library of ours"
PASS=0 REFUSE=2 DEFER=4

# what the offer's host does not give of the model EPYC-Milan, turned off
off=(-fma -pcid -xsave -avx -f16c -avx2 -smep -invpcid -smap -pku -rdpid -fsrm -xsaveopt -xsavec -xgetbv1
    -xsaves -pdpe1gb -rdtscp -svm -perfctr_core -wbnoinvd -ibpb -ibrs -amd-stibp -amd-ssbd -npt -nrip-save
    -svme-addr-chk)
expansions() { # as "vmcompat offer --cpu-models" has them, of fewer features
    local name
    for name in EPYC-Milan qemu64 kvm64; do
        echo "<cpuExpansion model='$name'><cpu><model>$name</model><feature policy='require' name='sse2'/>"
        [ $name != EPYC-Milan ] || printf "<feature policy='require' name='%s'/>" "${off[@]#-}"
        echo "</cpu></cpuExpansion>"
    done
}
expansions >"$tmp/expansions"
printf "<cpuName kind='feature' name='%s' known='yes'/>\n" "${off[@]#-}" >"$tmp/names"
sed -e "s/ time='[0-9]*'/ time='$(($(date +%s) + 2))'/" -e "/^ <host /r $tmp/expansions" -e "/<cpuNames>/r $tmp/names" \
    "$top_srcdir/xml/examples/document-offer.xml" >"$tmp/offer"
printf '[hook]\noffer=%s\n' "$tmp/offer" >"$tmp/conf"
{ cat "$tmp/conf" && echo "when-undecided=refuse"; } >"$tmp/strict"

uuid=5ce7a210-0000-4000-8000-000000000001
hm="<cpu mode='host-model' check='partial'/>"
milan() { # CHECK FEATURE…: a model that the offer's host has most of
    local name
    printf "<cpu mode='custom' match='exact' check='%s'><model fallback='forbid'>EPYC-Milan</model><vendor>AMD</vendor>" "$1"
    shift
    for name; do
        case $name in
        -*) printf "<feature policy='disable' name='%s'/>" "${name#-}" ;;
        *) printf "<feature policy='require' name='%s'/>" "$name" ;;
        esac
    done
    printf '</cpu>'
}
fits=$(milan full hypervisor "${off[@]}") # as QEMU gives it
lacks=$(milan full hypervisor "${off[@]/-avx2/avx2}") # avx2, which the destination can't give

domain() { # CPU METADATA [SED-EXPRESSION]
    sed -e "${3:-}" <<END
<domain type='kvm'>
  <name>guest</name>
  <uuid>$uuid</uuid>
  <metadata>$2</metadata>
  <memory unit='KiB'>65536</memory><vcpu placement='static'>2</vcpu>
  <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
  $1
  <devices/>
</domain>
END
}
blob() { # FILE: of definition $1, as of a guest that runs (live.xml) or not (inactive.xml)
    local facts=$tmp/facts
    rm -rf "$facts" && mkdir -p "$facts/domains/guest" "$facts/host"
    printf 'time\t1700000000\nhostname\tsource-host\nlibvirtVersion\t9000000\nhypervisorVersion\t7002022\n' >"$facts/host/host.tsv"
    sed 's/16777317/16777400/' "$top_srcdir/tests/data/document/host-a/host/capabilities.xml" >"$facts/host/capabilities.xml"
    cp "$2" "$facts/domains/guest/$1.xml"
    expect 0 "$vmcompat" get --facts "$facts" guest --armor -o "$tmp/blob"
}
element() { # of $tmp/blob
    echo "<vmcompat:blob xmlns:vmcompat='urn:vmcompat:blob:1' version='1' time='1700000000'>" && cat "$tmp/blob" && echo "</vmcompat:blob>"
}
embedded() { # CPU-OF-THE-RUN [SED-EXPRESSION]: a blob of such a run
    domain "$1" '' "${2:-}" >"$tmp/live.xml"
    blob live "$tmp/live.xml"
}
arrives() { # STATUS CPU [CONF] [OPERATION]: judged with what is in $tmp/element
    domain "$2" "$(cat "$tmp/element")" >"$tmp/arriving.xml"
    expect "$1" "$judge" --operation "${4:-migrate}" --xml "$tmp/arriving.xml" --config "${3:-$tmp/conf}"
    empty "$tmp/out"
}
told() { has "$tmp/err" "$1"; }
missing() { told "'avx2'.*\[cpu-feature-missing\]"; }
unjudged() { told "the CPU that the guest sees was not judged: .*$1.*vmcompat embed guest"; }
nothing() { empty "$tmp/err"; }

# --- without one, the CPU is libvirt's to judge; who wants to be sure is told what to do
: >"$tmp/element"
arrives $PASS "$hm" && nothing
arrives $DEFER "$hm" "$tmp/strict" && unjudged "no blob"
arrives $PASS "$(milan full "${off[@]}")" "$tmp/strict" && nothing # it is in the definition
arrives $REFUSE "$lacks" && missing # checked in full, it would not even start here

# --- of this run: what it sees is asked of the host
embedded "$fits" && element >"$tmp/element"
arrives $PASS "$hm" "$tmp/strict" && nothing
embedded "$lacks" && element >"$tmp/element"
arrives $DEFER "$hm" && missing && told "has its CPU from host 'source-host': .*microcode differs: 0x1000065 there, 0x10000b8 on the source"
[ "$(grep -c '^- ' "$tmp/err")" = 1 ] || fail "not one reason: $(cat "$tmp/err")"
arrives $DEFER "$(milan partial "${off[@]}")" && missing # QEMU had turned one on
arrives $REFUSE "$hm" "$tmp/conf" restore && missing
# off, it can go anywhere
expect 0 "$judge" --as off --xml "$tmp/arriving.xml" --config "$tmp/conf" && nothing
# what the definition says counts all the same
arrives $REFUSE "$(milan partial "${off[@]}" | sed "s/EPYC-Milan/No-Such-CPU/")" && told "cpu-model-unknown" && unjudged "another definition"
arrives $REFUSE "$(milan full hypervisor "${off[@]/-smap/smap}")" && told "'smap'.*\[cpu-feature-missing\]"
grep -q avx2 "$tmp/err" && fail "a blob is believed more than a CPU that was compared in full"

# --- of another run, definition, or guest
other() { # TEXT CPU [SED-EXPRESSION]: a blob of a run that is not this one
    embedded "$lacks" "${3:-}" && element >"$tmp/element"
    arrives $PASS "$2" && nothing
    arrives $DEFER "$2" "$tmp/strict" && unjudged "$1"
    grep -q avx2 "$tmp/err" && fail "judged by a blob of another run: $1"
}
other "another guest" "$hm" "s/$uuid/5ce7a210-0000-4000-8000-000000000002/"
other "vcpu is '4' there, '2' here" "$hm" "s/>2</>4</"
other "os/type/@machine is 'pc-q35-6.2' there" "$hm" "s/pc-q35-7.2/pc-q35-6.2/"
other "domain/@type is 'qemu' there" "$hm" "s/'kvm'/'qemu'/"
other "cpu/@mode" "<cpu mode='host-passthrough' migratable='on'/>"
other "cpu/topology/@cores is '1' there, '2' here" "<cpu mode='host-model'><topology sockets='1' dies='1' cores='2' threads='1'/></cpu>"
other "cpu/model is 'EPYC-Milan' there" "<cpu mode='custom' match='exact' check='partial'><model>qemu64</model></cpu>"
arrives $REFUSE "$(milan partial "${off[@]}" | sed 's/AMD/Intel/')" && told cpu-vendor-mismatch && unjudged "cpu/vendor is 'AMD' there"
other "cpu/feature is '' there, 'cmp_legacy' here" "$(milan partial "${off[@]}" cmp_legacy)"
# the same, less said by another libvirt
embedded "${lacks%</cpu>}<topology sockets='2' dies='1' clusters='1' cores='1' threads='1'/></cpu>" && element >"$tmp/element"
arrives $DEFER "<cpu mode='host-model'><topology sockets='2' cores='1' threads='1'/></cpu>" && missing
# made while it was off, as it stands in the configuration
domain "$hm" '' >"$tmp/off.xml"
blob inactive "$tmp/off.xml" && element >"$tmp/element"
arrives $PASS "$hm" && nothing
arrives $DEFER "$hm" "$tmp/strict" && unjudged "before the guest was started"

# --- damaged and hostile
embedded "$lacks" && cp "$tmp/blob" "$tmp/whole"
unusable() { # TEXT
    element >"$tmp/element"
    arrives $PASS "$hm" && nothing
    arrives $DEFER "$hm" "$tmp/strict" && unjudged "can't be used: .*$1"
}
head -n 5 "$tmp/whole" >"$tmp/blob" && unusable "truncated"
sed '4s/[A-Za-z]/0/' "$tmp/whole" >"$tmp/blob" && unusable "damaged"
sed '4d' "$tmp/whole" >"$tmp/blob" && unusable "."
: >"$tmp/blob" && unusable "not an armored"
echo '<x/>' >"$tmp/blob" && unusable "not an armored"
# one that would grow is not unpacked
head -c 3000000 /dev/zero | tr '\0' ' ' >"$tmp/spaces"
domain "$lacks" '' | sed "/<devices/r $tmp/spaces" >"$tmp/live.xml"
blob live "$tmp/live.xml"
cp "$tmp/live.xml" "$tmp/facts/domains/guest/inactive.xml"
expect 0 "$vmcompat" get --facts "$tmp/facts" guest --armor -o "$tmp/blob"
[ "$(wc -c <"$tmp/blob")" -lt 200000 ] || fail "not small"
unusable "at most 4194304"
# of somebody who wants a bad guest to pass: nothing that the definition asks for goes away
embedded "$fits" "s/'AMD'/'Intel'/" && element >"$tmp/element"
arrives $REFUSE "$(milan partial "${off[@]}" no-such-feature)" "$tmp/strict" && unjudged "another definition"
embedded "$fits" 's/pc-q35-7.2/pc-q35-99.9/' && element >"$tmp/element"
domain "$hm" "$(cat "$tmp/element")" 's/pc-q35-7.2/pc-q35-99.9/' >"$tmp/arriving.xml"
expect $REFUSE "$judge" --operation migrate --xml "$tmp/arriving.xml" --config "$tmp/conf" && told "machine-type-unsupported"
# a blob that is somewhere else, or of another namespace, is none
element | sed 's/urn:vmcompat:blob:1/urn:other/' >"$tmp/element"
arrives $DEFER "$hm" "$tmp/strict" && unjudged "no blob"
# two: the first counts, as libvirt keeps one
embedded "$lacks" && element >"$tmp/element" && embedded "$fits" && element >>"$tmp/element"
arrives $DEFER "$hm" && missing
finish
