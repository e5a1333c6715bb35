#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# vmcompat status: the offer's age and truth, and the hook's place; as text and as JSON.

# shellcheck source=tests/functions.sh
. "$(dirname "$0")/functions.sh"
needs_program

hooks=$tmp/hooks link=$tmp/hooks/qemu.d/50-vmcompat
export VMCOMPAT_LIBEXECDIR=$top_builddir/src/hooks VMCOMPAT_CONFIG=$tmp/conf VMCOMPAT_DAEMON_PID_FILE=$tmp/pid
[ -x "$VMCOMPAT_LIBEXECDIR/vmcompat-judge" ] || { echo "no vmcompat-judge: not built" && exit 99; }
python=$(command -v python3) || not_tried "no python3 here: JSON"
json_of() { "$python" -c 'import json, sys; d = json.load(open(sys.argv[1])); print(eval(sys.argv[2], {}, d))' "$tmp/out" "$1"; }
# expect_status STATUS [TEXT…]: in the text's lines; then ok and JSON-EXPRESSION=VALUE are compared
expect_status() {
    local wanted=$1 text
    shift
    run "$vmcompat" status -c "${uri:-test:///default}" --offer "$tmp/offer" --folder "$hooks"
    [ "$status" = "$wanted" ] || { fail "status $status, not $wanted" && show_last; }
    for text; do has "$tmp/out" "$text"; done
}
expect_json() { # EXPRESSION VALUE
    run "$vmcompat" status --format json -c "${uri:-test:///default}" --offer "$tmp/offer" --folder "$hooks"
    [ "$python" ] || return
    [ "$(json_of "$1")" = "$2" ] || { fail "JSON: $1 is $(json_of "$1"), not $2" && show_last; }
}
offer() { # EXPRESSION…: one of now, edited
    "$vmcompat" offer -c test:///default -o "$tmp/whole" || fail "no offer"
    sed -e "s/ time='[0-9]*'/ time='$(($(date +%s) + 2))'/" "$@" "$tmp/whole" >"$tmp/offer"
}

# --- nothing is there
expect_status 1 "^offer: +$tmp/offer$" "can't be used: .*No such file" "^hook: +$link$" "not installed \(vmcompat hook install\)"
expect_json 'ok, offer["usable"], "No such file" in offer["why"], hook["state"], hook["active"]' "(False, False, True, 'absent', False)"

# --- all is well
offer
expect 0 "$vmcompat" hook install --folder "$hooks"
expect_status 0 "age: +-?0 h -?0 min" "^  matches the host" "^  installed" "daemon is not running"
expect_json 'ok, offer["usable"], offer["matches"], offer["differences"], hook["state"], hook["daemonRuns"], hook["active"]' "(True, True, True, [], 'installed', False, False)"
echo $$ >"$tmp/pid"
touch -d '-1 hour' "$tmp/pid"
expect_status 0 "newer than libvirt's daemon: active only if that was reloaded since"
expect_json 'hook["daemonRuns"], hook["active"]' "(True, False)"
touch -d '+1 hour' "$tmp/pid" # it was started after the hook was put there
expect_status 0 "^  active"
expect_json 'hook["active"]' True
touch -d '-1 hour' "$tmp/pid" # ... or lists the folder anyhow
printf '#!/bin/sh\n' >"$hooks/qemu.d/10-other" && chmod +x "$hooks/qemu.d/10-other"
expect_status 0 "^  active"
echo 999999999 >"$tmp/pid" # a file that was left behind
expect_status 0 "daemon is not running"

# --- somebody else's
rm "$link" && cp "$hooks/qemu.d/10-other" "$link"
expect_status 1 "^  is not vmcompat's"
expect_json 'ok, hook["state"], hook["active"]' "(False, 'foreign', False)"
ln -sf /nowhere/vmcompat-hook "$link"
expect_status 1 "^  is not vmcompat's"
rm "$link" && expect 0 "$vmcompat" hook install --folder "$hooks"

# --- the offer is no longer that of the host, and why
offer -e "s/libvirtVersion='[0-9]*'/libvirtVersion='8001002'/"
expect_status 1 "differs: +libvirt version, '8.1.2' then, '[0-9.]*' now" "does not match the host any more"
grep -q "hypervisor version" "$tmp/out" && fail "what is the same differs"
expect_json 'ok, offer["matches"], [(d["what"], d["saved"]) for d in offer["differences"]]' "(False, False, [('libvirt version', '8.1.2')])"
offer -e "s/hypervisorVersion='[0-9]*'/hypervisorVersion='5002000'/"
expect_status 1 "differs: +hypervisor version, '5.2.0' then"
offer -e 's/<capabilities>/&<x\/>/'
expect_status 1 "differs: +capabilities$"
# --- it is as the host, and the hook would not go by it
offer -e "s/ time='[0-9]*'/ time='$(($(date +%s) - 300))'/"
printf '[hook]\nmax-offer-age=60\n' >"$tmp/conf"
expect_status 1 "age: +0 h 5 min" "the hook does not go by it: the offer is 0 hours old \(max-offer-age\)" "matches the host"
expect_json 'ok, offer["usable"], offer["matches"], "max-offer-age" in offer["why"]' "(False, False, True, True)"
rm "$tmp/conf"
offer -e "s/ time='[0-9]*'/ time='1'/"
expect_status 1 "the hook does not go by it"
offer -e "s/ time='[0-9]*'/ time='$(($(date +%s) + 9999))'/"
expect_status 1 "from the future"

# --- neither can be read
offer
uri='test:///no such' expect_status 1 "age:" "can't be compared with the host: "
uri='test:///no such' expect_json 'ok, offer["usable"], offer["notCompared"] != None, "matches" in offer' "(False, True, True, False)"
head -c 200 "$tmp/whole" >"$tmp/offer"
expect_status 1 "can't be used: "
printf 'x\001"\\\n' >"$tmp/offer"
expect_status 1 "can't be used: "
expect_json 'offer["usable"]' False

expect 1 "$vmcompat" status extra
expect 1 "$vmcompat" status --format xml
finish
