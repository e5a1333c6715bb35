#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What lies in the way of each orchestrator, called exactly as that does it: arguments,
# environment, standard input; and refused in its own way.  And that it is put there, and taken
# out again, with nobody else's files touched.

# shellcheck source=tests/functions.sh
. "$(dirname "$0")/functions.sh"
needs_program
requires timeout
judge=$top_builddir/src/hooks/vmcompat-judge
[ -x "$judge" ] || { echo "no $judge: not built" && exit 99; }
# libtool may have put a script in its place
[ "$(head -c 2 "$judge")" != '#!' ] || skip "linked with a library of ours"

# ---- a host of our own: programs, configuration, offers ----
bin=$tmp/bin libexec=$tmp/libexec hooks=$tmp/libexec/hooks state=$tmp/var/lib/vmcompat
mkdir -p "$tmp/room" "$bin" "$hooks" "$tmp/etc/vmcompat" "$state/offers" "$state/guests" "$tmp/pve/nodes/n1/qemu-server"
for file in "$top_srcdir"/data/hooks/*.in; do
    name=${file##*/} name=${name%.in}
    sed -e "s|@bindir@|$bin|g" -e "s|@pkglibexecdir@|$libexec|g" -e "s|@hooksdir@|$hooks|g" \
        -e "s|@sysconfdir@|$tmp/etc|g" -e "s|@localstatedir@|$tmp/var|g" \
        -e "s|@pvedir@|$tmp/pve|g" "$file" >"$hooks/$name"
    chmod +x "$hooks/$name"
    grep -Hn '@[a-z]*@' "$hooks/$name" && fail "$name: a name is left"
    cmp -s "$hooks/$name" "$top_builddir/data/hooks/$name" && fail "$name: the names mean nothing"
    [ -x "$top_builddir/data/hooks/$name" ] || fail "$name is not built"
done
ln -s "$judge" "$libexec/vmcompat-judge"
# libvirt's part is played by saved facts: the guest 'g' fits, 'picky' does not, 'off' is shut off.
cat >"$bin/vmcompat" <<SCRIPT
#!/bin/bash
args=()
case "\$* " in
"get --xml"*) ;;
get*) [ -d "$tmp/facts" ] && args=(--facts "$tmp/facts") ;;
esac
words=("\$@")
for ((i = 1; i < \${#words[@]}; i++)); do
    if [ "\${args[*]}" ] && [ "\${words[i]}" = --connect ]; then
        echo "\${words[i + 1]}" >>"$tmp/connected"
        unset "words[i]" "words[i + 1]"
        break
    fi
done
exec "$vmcompat" "\${words[0]}" "\${args[@]}" "\${words[@]:1}"
SCRIPT
chmod +x "$bin/vmcompat"

conf() { # KEY=VALUE…
    { echo "[check]" && echo "[hook]" && printf '%s\n' "$@"; } >"$tmp/etc/vmcompat/vmcompat.conf"
}
offer() { # FILE EXPRESSION…: an offer of now, edited
    local file=$1
    shift
    sed -e "s/ time='[0-9]*'/ time='$(($(date +%s) + 2))'/" "$@" "$top_srcdir/xml/examples/document-offer.xml" >"$file"
}
guest() { # MACHINE
    cat <<XML
<domain type='kvm'><name>guest</name><uuid>5ce7a210-0000-4000-8000-000000000001</uuid>
<memory>65536</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='$1'>hvm</type></os>
<devices/></domain>
XML
}
# As an orchestrator does: call STATUS COMMAND…; nothing but what it says is in the environment
call() {
    local wanted=$1
    shift
    status=0
    (cd / && exec env -i PATH=/usr/bin:/bin TMPDIR="$tmp/room" "$@") >"$tmp/out" 2>"$tmp/err" <"${stdin:-/dev/null}" || status=$?
    [ "$status" = "$wanted" ] || { fail "${*: -4}: status $status, not $wanted" && show_last; }
}
silent() { empty "$tmp/out" && empty "$tmp/err"; }
refused=$'\\[machine-type-unsupported\\]$'

offer "$state/offer.vmc"
offer "$state/offers/h2.offer"
guest pc-q35-7.2 >"$tmp/fits.xml"
guest pc-q35-99.9 >"$tmp/unfit.xml"
head -c 5000 /dev/urandom >"$tmp/garbage"
: >"$tmp/empty"
conf ''

# ---- policy, in the program that all of them ask ----
guard=$hooks/vmcompat-guard
for question in arrive leave; do
    call 0 "$guard" $question --xml "$tmp/fits.xml"
    silent
    call 2 "$guard" $question --xml "$tmp/unfit.xml"
    has "$tmp/err" "$refused"
    has "$tmp/err" "^vmcompat: guest 'guest' does not fit"
    stdin=$tmp/unfit.xml call 2 "$guard" $question --xml -
    for bad in garbage empty nothing; do
        conf ''
        call 0 "$guard" $question --xml "$tmp/$bad"
        silent
        conf when-failed=refuse
        call 2 "$guard" $question --xml "$tmp/$bad"
        has "$tmp/err" "could not be judged"
        conf when-failed=refuse policy=warn
        call 0 "$guard" $question --xml "$tmp/$bad"
    done
    for line in policy=warn policy=off operations=restore ignore=machine-type-unsupported \
        "ignore = cpu-overcommit; machine-type-unsupported" "# policy=enforce
policy = warn  "; do
        conf "$line"
        call 0 "$guard" $question --xml "$tmp/unfit.xml"
        silent
    done
    # a group that is not ours
    printf '[hook]\n[site-rules]\ntimeout=1\n[check]\nignore=cpu-overcommit\n' >"$tmp/etc/vmcompat/vmcompat.conf"
    call 2 "$guard" $question --xml "$tmp/unfit.xml"
    rm "$tmp/etc/vmcompat/vmcompat.conf"
    call 2 "$guard" $question --xml "$tmp/unfit.xml"
    conf ''
done
conf ignore=no-such-rule when-failed=refuse
call 2 "$guard" leave --xml "$tmp/fits.xml"
has "$tmp/err" "no rule is named 'no-such-rule'"
for line in offers=x guests=x peer-uri=qemu:///system; do
    conf "$line"
    call 2 "$guard" arrive --xml "$tmp/unfit.xml"
    has "$tmp/err" "\[hook\] ${line%%=*} takes"
done
conf offers=/nowhere guests=/nowhere peer-uri=qemu+ssh://HOST/system
call 2 "$guard" arrive --xml "$tmp/unfit.xml"
[ "$(head -n 1 "$tmp/err")" = "vmcompat: guest 'guest' does not fit this host:" ] || { fail "keys of the guard's" && show_last; }
conf ''
call 0 "$guard" nothing
call 0 "$guard" leave --nothing
call 0 "$guard" leave
call 0 env VMCOMPAT_GUARD=1 "$guard" leave --xml "$tmp/unfit.xml"

# no offer: of this host, of others
mv "$state" "$state.away"
mkdir -p "$state/guests"
for question in arrive leave; do
    conf ''
    call 0 "$guard" $question --xml "$tmp/fits.xml"
    silent
    conf when-offer-missing=refuse
    call 2 "$guard" $question --xml "$tmp/fits.xml"
    has "$tmp/err" 'no guest can be judged'
done
rm -r "$state"
mv "$state.away" "$state"
# which host
conf when-offer-missing=refuse
call 2 "$guard" leave --to h2 --xml "$tmp/unfit.xml"
has "$tmp/err" "does not fit host 'h2'"
call 0 "$guard" leave --to h2.example.org --xml "$tmp/fits.xml"
call 2 "$guard" leave --to h3 --xml "$tmp/fits.xml"
has "$tmp/err" "no offer of h3"
call 0 "$guard" leave --to ../offers/h2 --xml "$tmp/unfit.xml" # no name of a host
offer "$state/offers/h3.offer" -e 's/pc-q35-7.2/pc-q35-99.9/g'
call 0 "$guard" leave --xml "$tmp/unfit.xml" # h3 would have it
call 2 "$guard" leave --to h2 --xml "$tmp/unfit.xml"
mv "$state/offers/h3.offer" "$state/offers/$(uname -n).offer"
call 2 "$guard" leave --xml "$tmp/unfit.xml" # we are no destination
rm "$state/offers/$(uname -n).offer"
# an offer that can't be read might have been the one
head -c 3000 "$state/offers/h2.offer" >"$state/offers/h3.offer"
call 0 "$guard" leave --xml "$tmp/unfit.xml"
conf when-failed=refuse
call 2 "$guard" leave --xml "$tmp/unfit.xml"
has "$tmp/err" "$refused" && has "$tmp/err" "^h3: "
rm "$state/offers/h3.offer"
# an old one decides nothing
offer "$state/offers/h2.offer" -e "s/ time='[0-9]*'/ time='$(($(date +%s) - 9 * 86400))'/"
conf ''
call 0 "$guard" leave --xml "$tmp/fits.xml"
conf when-undecided=refuse
call 2 "$guard" leave --xml "$tmp/fits.xml"
has "$tmp/err" "is not known:$" && has "$tmp/err" '\[offer-stale\]$'
conf when-undecided=refuse max-offer-age=30d
call 0 "$guard" leave --xml "$tmp/fits.xml"
offer "$state/offers/h2.offer"
# a host that has no offer is asked itself
conf "peer-uri=nosuch://HOST/system" when-failed=refuse
call 2 "$guard" leave --to h9 --xml "$tmp/fits.xml"
has "$tmp/err" '^h9: vmcompat: error: '
conf 'peer-uri=test:///default?HOST'
call 2 "$guard" leave --to h9 --xml "$tmp/fits.xml"
has "$tmp/err" "does not fit host 'h9'"

# ---- faults: who hangs is cut off, with all that it started ----
broken() { # PROGRAM SCRIPT TEXT QUESTION
    mv "$1" "$1.away"
    printf '#!/bin/sh\n%s\n' "$2" >"$1" && chmod +x "$1"
    conf timeout=1
    SECONDS=0
    call 0 "$guard" "$4" --xml "$tmp/unfit.xml"
    silent
    conf timeout=1 when-failed=refuse
    call 2 "$guard" "$4" --xml "$tmp/unfit.xml"
    has "$tmp/err" "$3"
    [ $SECONDS -le 6 ] || fail "$4: took $SECONDS s"
    rm "$1"
    mv "$1.away" "$1"
}
for question in arrive leave; do
    program=$libexec/vmcompat-judge
    [ $question = arrive ] || program=$bin/vmcompat
    broken "$program" 'sleep 30' 'no answer within 1 seconds' $question
    # shellcheck disable=SC2016 # for sh
    broken "$program" 'trap "" TERM; sleep 30 & wait' 'no answer within 1 seconds' $question
    # shellcheck disable=SC2016 # for sh
    broken "$program" 'kill -SEGV $$' 'could not be judged' $question
    broken "$program" 'exit 77' 'could not be judged' $question
    broken "$program" 'exec yes >&2' 'could not be judged' $question
    [ "$(wc -c <"$tmp/err")" -le 66000 ] || fail "an answer without end"
done
conf ''
[ -z "$(ls "$tmp/room")" ] || fail "something is left: $(ls "$tmp/room")"
# nowhere to write
mv "$tmp/room" "$tmp/no-room"
call 0 "$guard" leave --xml "$tmp/unfit.xml"
conf when-failed=refuse
call 2 "$guard" leave --xml "$tmp/unfit.xml"
has "$tmp/err" "no room"
mv "$tmp/no-room" "$tmp/room"
conf ''

# ---- VDSM: no arguments, nothing on standard input, the definition in a file ----
for point in source destination; do
    vdsm() { call "$1" PYTHONPATH=/usr/share/vdsm vmId=5ce7a210 _hook_domxml="$2" "$hooks/vdsm-migrate-$point"; }
    vdsm 0 "$tmp/fits.xml"
    silent
    vdsm 2 "$tmp/unfit.xml"
    empty "$tmp/out"
    has "$tmp/err" "$refused"
    cmp -s "$tmp/unfit.xml" <(guest pc-q35-99.9) || fail "the definition was changed"
    for bad in garbage empty nothing; do vdsm 0 "$tmp/$bad" && silent; done
    call 0 vmId=5ce7a210 "$hooks/vdsm-migrate-$point"
done
caps() { call 0 _hook_json="$1" "$hooks/vdsm-get-caps" && silent; }
if [ -x /usr/bin/python3 ]; then
    echo '{"cpuCores": "2", "hooks": {}}' >"$tmp/caps.json"
    caps "$tmp/caps.json"
    for text in '"cpuCores": "2"' '"hooks": \{\}' '"hostname": "host-b"' '"libvirtVersion": 9000000' \
        "\"sha256\": \"$(sha256sum <"$state/offer.vmc" | cut -d' ' -f1)\""; do
        has "$tmp/caps.json" "$text"
    done
    mv "$state/offer.vmc" "$tmp/offer.away"
    echo '{"cpuCores": "2"}' >"$tmp/caps.json"
    caps "$tmp/caps.json"
    [ "$(cat "$tmp/caps.json")" = '{"cpuCores": "2"}' ] || fail "capabilities without an offer"
    mv "$tmp/offer.away" "$state/offer.vmc"
    cp "$tmp/garbage" "$tmp/caps.json"
    caps "$tmp/caps.json"
    cmp -s "$tmp/garbage" "$tmp/caps.json" || fail "what is no JSON was changed"
    caps "$tmp/nothing"
    call 0 "$hooks/vdsm-get-caps"
else
    not_tried "vdsm-get-caps: no /usr/bin/python3 here"
fi

# ---- Proxmox: "VMID PHASE", on the target with the source's name ----
pve() { # STATUS [CONFIGURATION]
    printf '%s\n' "#description" "name: web" "memory: 128" "$2" "[snapshot]" "machine: pc-q35-98.1" \
        >"$tmp/pve/nodes/n1/qemu-server/100.conf"
    call "$1" PVE_MIGRATED_FROM=n1 "$hooks/proxmox" 100 pre-start
    empty "$tmp/out"
}
pve 0 "machine: pc-q35-7.2+pve1"
silent
pve 0 "machine: type=pc-q35-7.2,viommu=virtio"
pve 2 "machine: pc-q35-99.9"
has "$tmp/err" "$refused"
pve 2 "machine: type=pc-q35-99.9+pve0"
pve 2 "net0: virtio=BC:24:11:00:00:01,bridge=nobr0,firewall=1"
has "$tmp/err" "'nobr0'.*\[bridge-missing\]"
pve 2 "memory: current=900000000"
has "$tmp/err" "\[memory-insufficient\]"
pve 2 "cpu: SapphireRapids,flags=+aes"
has "$tmp/err" "\[cpu-"
pve 0 "cpu: x86-64-v2-AES"
pve 0 "cpu: cputype=host,hidden=1"
pve 0 "machine: <>&'"
pve 2 "machine: pc-q35-99.9"
for phase in post-start pre-stop post-stop; do
    call 0 PVE_MIGRATED_FROM=n1 "$hooks/proxmox" 100 $phase
done
call 0 "$hooks/proxmox" 100 pre-start # it starts, and migrates not
call 0 PVE_MIGRATED_FROM=n1 "$hooks/proxmox" 999 pre-start
silent
conf when-failed=refuse
call 2 PVE_MIGRATED_FROM=n1 "$hooks/proxmox" 999 pre-start
conf ''
cp "$tmp/unfit.xml" "$state/guests/999.xml" # generic: the definition is stored
call 2 PVE_MIGRATED_FROM=n1 "$hooks/proxmox" 999 pre-start
has "$tmp/err" "$refused"
rm "$state/guests/999.xml"

# ---- facts in libvirt's place ----
mkdir -p "$tmp/facts" "$tmp/host-b"
split() { # SIDE FOLDER: the facts of one side become a folder
    awk -v side="$1" -v folder="$2" -v now="$(date +%s)" '
        /^=== / { file = ""; if (index($2, side ":") == 1) { file = folder "/" substr($2, length(side) + 2); dir = file; sub(/\/[^\/]*$/, "", dir); system("mkdir -p \"" dir "\"") } next }
        file { sub(/^time\t[0-9]*/, "time\t" now); print >file }' "$top_srcdir/tests/data/rules/base.facts"
}
split source "$tmp/facts"
split offer "$tmp/host-b"
# where the guest was when the offer was made, it may come to again
printf 'g\t00000000-5a3b-4000-8000-0000000000aa\tyes\tyes\tno\n' >>"$tmp/host-b/host/domains.tsv"
expect 0 "$vmcompat" offer --facts "$tmp/host-b" -o "$state/offers/h2.offer"
unfit_guest() { # NAME: g's twin, which fits nowhere
    cp -r "$tmp/facts/domains/g" "$tmp/facts/domains/$1"
    sed -i "s/^name\tg$/name\t$1/" "$tmp/facts/domains/$1/domain.tsv"
    sed -i -E -e "s|<name>g</name>|<name>$1</name>|" -e "s|<uuid>(.......).|<uuid>\11|" \
        -e "s|(machine=['\"]pc-[a-z0-9]*-)[0-9.]*|\199.9|" "$tmp/facts/domains/$1"/*.xml
    sed -i -E "s|^(uuid\t.......).|\11|" "$tmp/facts/domains/$1/domain.tsv"
}
# what a real guest's definition leaves open is settled elsewhere
conf when-undecided=refuse
call 0 "$guard" leave --to h2 --xml "$tmp/facts/domains/g/live.xml"
conf ''
unfit_guest picky
expect 0 "$vmcompat" get --facts "$tmp/facts" g -o "$tmp/g.vmc"
expect 0 "$vmcompat" get --facts "$tmp/facts" picky -o "$tmp/picky.vmc"

# ---- libvirt-cim: "DOMAIN URI [FILE]"; 0 or not 0, nothing is read ----
cim=$hooks/libvirt-cim
: >"$tmp/connected"
call 0 "$cim" g qemu:///system
call 2 "$cim" picky qemu:///system
has "$tmp/connected" '^qemu:///system$'
has "$tmp/err" "$refused"
printf 'a\nvmcompat-destination=h3\n' >"$tmp/params"
conf when-offer-missing=refuse
call 2 "$cim" g qemu:///system "$tmp/params"
has "$tmp/err" "no offer of h3"
conf ''
call 0 "$cim" picky qemu:///system "$tmp/params"
printf 'vmcompat-destination=h2\n' >"$tmp/params"
call 2 "$cim" picky qemu:///system "$tmp/params"
call 0 "$cim" nobody qemu:///system
call 0 "$cim"
# as one of the checks of a vmcompat check: asked once, and not for ever
mkdir "$tmp/extchecks"
ln -s "$cim" "$tmp/extchecks/50-vmcompat"
printf '[site-rules]\nextchecks=%s\n' "$tmp/extchecks" >>"$tmp/etc/vmcompat/vmcompat.conf"
call 2 "$cim" picky qemu:///system
has "$tmp/err" "$refused"
call 0 "$cim" g qemu:///system
conf ''

# ---- XAPI: "-vmuuid UUID -reason source -vmdomid N"; standard output is shown, 1 would pass ----
uuid=$(sed -n 's|.*<uuid>\(.*\)</uuid>.*|\1|p' "$tmp/facts/domains/g/live.xml" | head -n 1)
xapi() { call "$1" "$hooks/xapi" -vmuuid "$uuid" -reason source -vmdomid 7; }
cp "$tmp/g.vmc" "$state/guests/$uuid.vmc"
xapi 0
silent
cp "$tmp/picky.vmc" "$state/guests/$uuid.vmc"
xapi 2
has "$tmp/out" "$refused"
empty "$tmp/err"
cp "$tmp/garbage" "$state/guests/$uuid.vmc"
xapi 0
conf when-failed=refuse
xapi 2
has "$tmp/out" "could not be judged"
conf ''
rm "$state/guests/$uuid.vmc"
mv "$tmp/facts" "$tmp/facts.away"
conf when-failed=refuse
call 2 "$hooks/xapi" -vmuuid "$uuid" -reason source # it is known to nobody
call 2 "$hooks/xapi" -vmuuid "../$uuid" -reason source
conf ''
mv "$tmp/facts.away" "$tmp/facts"

# ---- OpenNebula: in the driver's place, "DEPLOY-ID DESTINATION …", with its standard input ----
mkdir "$tmp/one"
cp "$hooks/opennebula" "$tmp/one/migrate"
# shellcheck disable=SC2016 # for sh
printf '#!/bin/sh\necho "$@"; cat; exit 3\n' >"$tmp/one/migrate.opennebula"
chmod +x "$tmp/one/migrate.opennebula"
echo '<VMM_DRIVER_ACTION_DATA/>' >"$tmp/action"
stdin=$tmp/action call 3 "$tmp/one/migrate" g h2 h1 42
[ "$(cat "$tmp/out")" = $'g h2 h1 42\n<VMM_DRIVER_ACTION_DATA/>' ] || { fail "the driver was not called as ever" && show_last; }
stdin=$tmp/action call 1 "$tmp/one/migrate" picky h2 h1 42
empty "$tmp/out"
[ "$(sed -n '1p;$p' "$tmp/err")" = $'ERROR MESSAGE --8<------\nERROR MESSAGE ------>8--' ] || { fail "no marks" && show_last; }
has "$tmp/err" "$refused"
stdin=$tmp/action call 3 "$tmp/one/migrate" picky h3 h1 42 # no offer of it
stdin=$tmp/action call 3 "$tmp/one/migrate" nobody h2 h1 42

# ---- KubeVirt: "--vmi JSON --domain XML"; standard output becomes the definition ----
offer "$state/offers/h2.offer"
kubevirt() { call "$1" "$hooks/kubevirt" --vmi '{"metadata":{}}' --domain "$(cat "$2")"; }
kubevirt 0 "$tmp/fits.xml"
empty "$tmp/err"
[ "$(cat "$tmp/out")" = "$(cat "$tmp/fits.xml")" ] || { fail "the definition was changed" && show_last; }
kubevirt 2 "$tmp/unfit.xml"
empty "$tmp/out"
has "$tmp/err" "$refused"
echo "<domain><name>x" >"$tmp/broken.xml"
kubevirt 0 "$tmp/broken.xml"
[ "$(cat "$tmp/out")" = "<domain><name>x" ] || fail "the definition was changed"

# ---- CloudStack: the whole host, standard output ----
rm "$state/offers/h2.offer"
expect 0 "$vmcompat" offer --facts "$tmp/host-b" -o "$state/offers/h2.offer"
call 2 "$hooks/cloudstack"
empty "$tmp/err"
has "$tmp/out" "^vmcompat: guest 'picky' does not fit host 'h2':"
has "$tmp/out" "$refused"
grep -q "guest 'g'" "$tmp/out" && fail "g fits" && show_last
call 2 "$hooks/cloudstack" payload
# who is off stays
sed -i 's/^state\t1$/state\t5/' "$tmp/facts/domains/picky/domain.tsv"
rm -f "$tmp/facts/domains/picky/live.xml"
call 0 "$hooks/cloudstack"
silent
rm -r "$tmp/facts/domains/picky"
call 0 "$hooks/cloudstack"
silent
rm "$state/offers/h2.offer"
call 0 "$hooks/cloudstack"
conf when-offer-missing=refuse
call 2 "$hooks/cloudstack"
[ "$status" != 70 ] || fail "70: no maintenance is needed"

# ---- install and remove ----
export VMCOMPAT_LIBEXECDIR=$libexec
while read -r target programs; do
    root=$tmp/root-$target
    expect 1 "$vmcompat" hook install "$target" --folder "$root" # it is not here
    mkdir "$root"
    expect 0 "$vmcompat" hook install "$target" --folder "$root" && has "$tmp/out" 'is installed$'
    has "$tmp/out" 'restart|qm set'
    for pair in $programs; do
        [ "$(readlink "$root/${pair%=*}")" = "$hooks/${pair#*=}" ] && [ -x "$root/${pair%=*}" ] ||
            fail "$target: no link ${pair%=*}"
    done
    expect 0 "$vmcompat" hook install "$target" --folder "$root" && has "$tmp/out" 'there already$'
    expect 0 "$vmcompat" hook remove "$target" --folder "$root"
    [ -z "$(find "$root" ! -type d)" ] || fail "$target: something is left"
    expect 0 "$vmcompat" hook remove "$target" --folder "$root" && has "$tmp/out" 'is not there$'
    # a foreign file, and nothing half done
    foreign=$root/${programs##* }
    foreign=${foreign%=*}
    mkdir -p "${foreign%/*}"
    echo foreign >"$foreign"
    expect 1 "$vmcompat" hook install "$target" --folder "$root" && has "$tmp/err" "not vmcompat's"
    expect 1 "$vmcompat" hook remove "$target" --folder "$root"
    [ "$(cat "$foreign")" = foreign ] || fail "$target: a foreign file was touched"
    [ "$(find "$root" ! -type d)" = "$foreign" ] || fail "$target: half of it was done"
    rm "$foreign"
    # another's file beside ours stays
    echo foreign >"${foreign%/*}/10-other"
    expect 0 "$vmcompat" hook install "$target" --folder "$root"
    expect 0 "$vmcompat" hook remove "$target" --folder "$root"
    [ "$(find "$root" ! -type d)" = "${foreign%/*}/10-other" ] || fail "$target: a neighbour was touched"
done <<TABLE
vdsm before_vm_migrate_source/50_vmcompat=vdsm-migrate-source before_vm_migrate_destination/50_vmcompat=vdsm-migrate-destination after_get_caps/50_vmcompat=vdsm-get-caps
proxmox vmcompat=proxmox
xapi vm-pre-migrate/50-vmcompat=xapi
libvirt-cim 50-vmcompat=libvirt-cim
cloudstack PreFlight=cloudstack
TABLE
# The agent runs PreFlight or, where there is none, these
for name in PreFlight.sh PreFlight.py; do
    echo foreign >"$tmp/root-cloudstack/$name"
    expect 1 "$vmcompat" hook install cloudstack --folder "$tmp/root-cloudstack" && has "$tmp/err" "$name"
    rm "$tmp/root-cloudstack/$name"
done
expect 1 "$vmcompat" hook install opennebula
has "$tmp/err" 'libvirt, vdsm, proxmox, xapi, libvirt-cim, cloudstack'
run "$vmcompat" complete -- hook ""
[ "$(cat "$tmp/out")" = $'words\ninstall\nremove' ] || { fail "completion" && show_last; }
run "$vmcompat" complete -- hook install x
[ "$(cat "$tmp/out")" = $'words\nxapi' ] || { fail "completion" && show_last; }
finish
