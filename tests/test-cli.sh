#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The command as a user drives it: libvirt's test driver, saved facts, files damaged or
# hostile, outputs that are whole or not there, daemons that are mute, stopped or killed.

# shellcheck source=tests/functions.sh
. "$(dirname "$0")/functions.sh"
needs_program

guests=$top_srcdir/xml/examples
uri=test:///default
uuid=6695eb01-f6a4-8304-79aa-97f2502e193f # of the test driver's domain "test"

# ---- get and show ----
expect 0 "$vmcompat" get -c $uri test -o "$tmp/test.vmc" && empty "$tmp/out"
expect 0 "$vmcompat" get -c $uri $uuid -o "$tmp/by-uuid.vmc"
expect 0 "$vmcompat" get -c $uri 1 -o "$tmp/by-id.vmc"
expect 0 "$vmcompat" get -c $uri test --armor -o "$tmp/test.asc"
expect 0 "$vmcompat" get -r -c $uri test -o "$tmp/readonly.vmc"
[ "$(head -c 4 "$tmp/test.vmc" | od -An -tx1)" = "$(head -c 4 "$tmp/by-id.vmc" | od -An -tx1)" ] ||
    fail "no common magic"
grep -qP '[^\x20-\x7e]' "$tmp/test.asc" && fail "an armored blob is plain ASCII"
expect 0 "$vmcompat" show "$tmp/test.vmc" && has "$tmp/out" test
expect 0 "$vmcompat" show "$tmp/test.asc" --format json && has "$tmp/out" "$uuid"
expect 0 "$vmcompat" show "$tmp/test.vmc" --format xml
if command -v xmllint >/dev/null; then
    xmllint --noout "$tmp/out" || fail "show --format xml is no XML"
fi
# Same input, same bytes, but for the time
for blob in test by-uuid by-id; do
    "$vmcompat" show "$tmp/$blob.vmc" --format xml | sed -E "s/[0-9]{10}/TIME/g;s/time='[^']*'/TIME/g" >"$tmp/$blob.xml"
    cmp "$tmp/test.xml" "$tmp/$blob.xml" || fail "the same domain gives two documents ($blob)"
done
# Standard input and output
"$vmcompat" get -c $uri test 2>"$tmp/err" | "$vmcompat" show - >"$tmp/out" 2>>"$tmp/err" || fail "get | show -"
has "$tmp/out" test
"$vmcompat" get -c $uri test --armor | "$vmcompat" check -q -c $uri -
[ $? = 2 ] || fail "get | check -"

expect 0 "$vmcompat" get --xml "$guests/guest.xml" -o "$tmp/guest.vmc"
expect 0 "$vmcompat" show "$tmp/guest.vmc" --format json && has "$tmp/out" '"?example"?'
expect 0 "$vmcompat" get -c $uri --host -o "$tmp/host.vmc"
expect 0 "$vmcompat" show "$tmp/host.vmc" --format json && has "$tmp/out" "$uuid"
expect 0 "$vmcompat" offer -c $uri -o "$tmp/offer.xml" --for "$tmp/guest.vmc"
expect 0 "$vmcompat" show "$tmp/offer.xml"

# ---- check, in every format; live and offline say the same ----
expect 2 "$vmcompat" check -c $uri "$tmp/test.vmc" --format json
cp "$tmp/out" "$tmp/live.json"
for member in format returnValue verdict destination systems judgedAs findings rule severity \
    waived subject needed found message remedy enabledState libvirtVersion; do
    has "$tmp/out" "\"$member\"" || break
done
expect 2 "$vmcompat" check --offer "$tmp/host.vmc" "$tmp/test.vmc" --format json
rules_of() { tr -d '\n' <"$1" | grep -oE '"rule" *: *"[^"]*"' | sort; }
diff <(rules_of "$tmp/live.json") <(rules_of "$tmp/out") || fail "live and offline checks name different rules"
expect 2 "$vmcompat" check -c $uri "$tmp/test.vmc" --format xml && has "$tmp/out" '^<'
expect 2 "$vmcompat" check -c $uri "$tmp/test.vmc" --format cim && has "$tmp/out" 'CIM_Error'
expect 2 "$vmcompat" check -c $uri "$tmp/test.vmc" --color always && has "$tmp/out" $'\033\\['
expect 2 "$vmcompat" check -c $uri "$tmp/test.vmc"
grep -q $'\033' "$tmp/out" && fail "colours in a file"
expect 2 "$vmcompat" check -c $uri "$tmp/test.vmc" --ignore same-host --format json && has "$tmp/out" '"waived" *: *true'
for as in live saved off; do
    run "$vmcompat" check -c $uri --as $as "$tmp/test.vmc" --format json
    has "$tmp/out" "\"judgedAs\" *: *\"$as\""
done

# ---- dry runs ----
# The test driver has none: the verdict is as without, and the report says so.
run "$vmcompat" check -c $uri "$tmp/guest.vmc" --format json
without=$status
expect "$without" "$vmcompat" check -c $uri --dry-run "$tmp/guest.vmc" --format json &&
    has <(tr -d '\n' <"$tmp/out") '"rule" *: *"dry-run" *, *"severity" *: *"warning"'
run "$vmcompat" check -c $uri --dry-run "$tmp/guest.vmc" && has "$tmp/out" 'dry run that was asked for was not made'
run "$vmcompat" check -c $uri "$tmp/guest.vmc"
grep -q 'dry run' "$tmp/out" && fail "a dry run that nobody asked for"
expect 1 "$vmcompat" check --offer "$tmp/host.vmc" --dry-run "$tmp/guest.vmc" --format json &&
    has "$tmp/err" '--dry-run' && return_value 32773
expect 1 "$vmcompat" check --facts "$tmp" --dry-run "$tmp/guest.vmc" --format json && return_value 32773

# ---- saved images ----
image() { # MAGIC VERSION FORMAT XML COOKIE [LENGTH]: as virsh save writes them; standard output
    perl -e '($magic, $version, $format, $xml, $cookie, $length) = @ARGV;
             $data = "$xml\0" . ($cookie ne "" ? "$cookie\0" : "");
             print pack("a16 L5 x56", $magic, $version, $length // length $data, 1, $format,
                        $cookie ne "" ? length($xml) + 1 : 0), $data, "QEVM"' -- "$@"
}
saved_xml="<domain type='kvm'><name>kept</name><uuid>$uuid</uuid><os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os><cpu mode='host-model'/></domain>"
image LibvirtQemudSave 2 0 "$saved_xml" "<cookie><cpu mode='custom'><model>Nehalem</model></cpu></cookie>" >"$tmp/kept.img"
expect 0 "$vmcompat" get --image "$tmp/kept.img" -o "$tmp/kept.vmc"
expect 0 "$vmcompat" show "$tmp/kept.vmc" --format json && has "$tmp/out" '"?enabledState"? *: *32769'
expect 0 "$vmcompat" show "$tmp/kept.vmc" --format xml && has "$tmp/out" 'Nehalem'
run "$vmcompat" check --offer "$tmp/host.vmc" "$tmp/kept.vmc" --format json && has "$tmp/out" '"judgedAs" *: *"saved"'
[ "$status" != 1 ] || fail "a saved image can't be judged"
bad_image() { # WORDS: what is said of bad.img
    expect 1 timeout 10 "$vmcompat" get --image "$tmp/bad.img" -o "$tmp/no.vmc" && has "$tmp/err" "$1"
    [ ! -e "$tmp/no.vmc" ] || fail "a blob of a bad image"
}
image LibvirtQemudPart 2 0 "$saved_xml" '' >"$tmp/bad.img" && bad_image 'not complete'
image LibvirtQemudSave 9 0 "$saved_xml" '' >"$tmp/bad.img" && bad_image 'version'
image LibvirtQemudSave 2 99 "$saved_xml" '' >"$tmp/bad.img" && bad_image 'compression'
image LibvirtQemudSave 2 0 "$saved_xml" '' 4294967295 >"$tmp/bad.img" && bad_image 'too large'
image LibvirtQemudSave 2 0 "$saved_xml" '' 1000000 >"$tmp/bad.img" && bad_image 'cut off'
image LibvirtQemudSave 2 0 '<domain>' '' >"$tmp/bad.img" && bad_image 'XML'
image LibvirtQemudSave 2 0 '<network><name>n</name></network>' '' >"$tmp/bad.img" && bad_image 'no definition'
printf 'Libvirt' >"$tmp/bad.img" && bad_image 'cut off'
head -c 4096 /dev/zero >"$tmp/bad.img" && bad_image 'no saved image'
expect 1 "$vmcompat" get --image "$tmp" && has "$tmp/err" 'no file'
expect 1 "$vmcompat" get --image "$tmp/none.img"
expect 1 "$vmcompat" get --image "$tmp/kept.img" test && has "$tmp/err" 'exactly one'
expect 1 "$vmcompat" get -r -c $uri --image "$tmp/kept.img" && has "$tmp/err" 'kept.img'

# ---- facts ----
expect 0 "$vmcompat" collect -c $uri --save "$tmp/facts"
expect 0 "$vmcompat" get --facts "$tmp/facts" test -o "$tmp/from-facts.vmc"
expect 0 "$vmcompat" show "$tmp/from-facts.vmc" --format json && has "$tmp/out" "$uuid"
expect 0 "$vmcompat" systems --facts "$tmp/facts" --format json && has "$tmp/out" "$uuid"
expect 0 "$vmcompat" offer --facts "$tmp/facts" -o "$tmp/facts-offer.xml"
run "$vmcompat" check --facts "$tmp/facts" "$tmp/from-facts.vmc" --format json
[ "$status" = 2 ] || fail "a host's own facts against itself: status $status"
# … and a folder made by hand from what virsh prints
if command -v virsh >/dev/null; then
    mkdir -p "$tmp/plain/host" "$tmp/plain/domains/test"
    virsh -q -c $uri capabilities >"$tmp/plain/host/capabilities.xml"
    virsh -q -c $uri dumpxml --inactive test >"$tmp/plain/domains/test/inactive.xml"
    expect 0 "$vmcompat" get --facts "$tmp/plain" test -o "$tmp/plain.vmc"
    run "$vmcompat" check --facts "$tmp/plain" "$tmp/guest.vmc" --format json
    case $status in 2 | 3) ;; *) fail "a plain folder as a host: status $status" && show_last ;; esac
fi

# ---- damaged and hostile files: refused, with a reason, at once ----
refused() { # FILE WHAT: as a blob and as an offer, without a verdict
    run timeout 10 "$vmcompat" check --offer "$tmp/host.vmc" "$1" --format json
    [ "$status" = 1 ] || fail "$2 as a blob: status $status"
    case $(json returnValue) in 32773 | 32776) ;; *) fail "$2: returnValue '$(json returnValue)'" && show_last ;; esac
    run timeout 10 "$vmcompat" check --offer "$1" "$tmp/test.vmc"
    [ "$status" = 1 ] || fail "$2 as an offer: status $status"
    run timeout 10 "$vmcompat" show "$1"
    [ "$status" = 1 ] || fail "$2 shown: status $status"
    empty "$tmp/out"
}
bad=$tmp/bad
size=$(stat -c %s "$tmp/test.vmc")
: >"$bad" && refused "$bad" "an empty file"
for length in 1 7 8 9 20 60 $((size / 2)) $((size - 1)); do
    head -c "$length" "$tmp/test.vmc" >"$bad" && refused "$bad" "a blob cut at $length"
done
{ cat "$tmp/test.vmc" && printf x; } >"$bad" && refused "$bad" "a blob with a byte behind it"
for at in 0 3 7 8 12 16 24 40 $((size / 2)) $((size - 1)); do
    perl -e 'binmode STDIN; binmode STDOUT; undef $/; $_ = <STDIN>;
             substr($_, $ARGV[0], 1) = chr(ord(substr($_, $ARGV[0], 1)) ^ 0x41); print' \
        "$at" <"$tmp/test.vmc" >"$bad" && refused "$bad" "a blob with byte $at changed"
done
tr -d '\r' <"$tmp/test.vmc" >"$bad" && refused "$bad" "a blob sent as text"
head -c 100000 /dev/zero >"$bad" && refused "$bad" "zeros"
sed '3d' "$tmp/test.asc" >"$bad" && refused "$bad" "an armored blob without a line"
sed '$d' "$tmp/test.asc" >"$bad" && refused "$bad" "an armored blob without its end"
xml=$("$vmcompat" show "$tmp/test.vmc" --format xml)
printf '%s' "${xml%>*}" >"$bad" && refused "$bad" "a document without its end"
head -c 70000000 /dev/zero | tr '\0' ' ' >"$bad" && refused "$bad" "70 MB of blanks"
secret=$tmp/secret
echo 'you must not read this' >"$secret"
printf '<!DOCTYPE x [<!ENTITY e SYSTEM "file://%s">]><x>&e;</x>' "$secret" >"$bad" && refused "$bad" "an external entity"
run "$vmcompat" get --xml "$bad"
[ "$status" = 1 ] || fail "a definition with an external entity: status $status"
grep -aq 'must not read' "$tmp/out" "$tmp/err" && fail "an external entity was read"
perl -e 'print "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\">";
         print "<!ENTITY $_ \"", "&" . chr(ord($_) - 1) . ";" x 10, "\">" for "b" .. "j"; print "]><x>&j;</x>"' >"$bad"
refused "$bad" "a billion laughs"
perl -e 'print "<a>" x 100000' >"$bad" && refused "$bad" "a deep document"
perl -e 'print "<a "; print "a$_=\"\" " for 1 .. 100000; print "/>"' >"$bad" && refused "$bad" "100,000 attributes"
printf '<domain><name>a\0b</name></domain>' >"$bad" && refused "$bad" "a zero byte in XML"
printf '<vmcompat xmlns="urn:other"/>' >"$bad" && refused "$bad" "another root"
refused "$guests/guest.xml" "libvirt's own XML"

# ---- whole or not at all ----
mkdir "$tmp/room"
expect 1 "$vmcompat" get -c $uri nobody -o "$tmp/room/x" && empty "$tmp/out"
[ -z "$(ls -A "$tmp/room")" ] || fail "a failed get left: $(ls -A "$tmp/room")"
echo precious >"$tmp/room/x"
expect 1 "$vmcompat" get -c $uri nobody -o "$tmp/room/x"
expect 1 "$vmcompat" offer -c nosuch:///x -o "$tmp/room/x"
[ "$(cat "$tmp/room/x")" = precious ] || fail "a failed get touched its output"
expect 0 "$vmcompat" get -c $uri test -o "$tmp/room/x"
[ "$(ls -A "$tmp/room")" = x ] || fail "left beside the output: $(ls -A "$tmp/room")"
if (trap '' XFSZ && ulimit -f 1 && ! head -c 4096 /dev/zero >"$tmp/limit" 2>/dev/null); then
    echo precious >"$tmp/room/x"
    (trap '' XFSZ && ulimit -f 1 && "$vmcompat" get -c $uri --host -o "$tmp/room/x") >"$tmp/out" 2>"$tmp/err"
    [ $? = 1 ] || fail "a disk that is too small should give 1"
    [ "$(cat "$tmp/room/x")" = precious ] || fail "a disk that is too small destroyed the output"
    [ "$(ls -A "$tmp/room")" = x ] || fail "left beside the output: $(ls -A "$tmp/room")"
fi
expect 1 "$vmcompat" collect -c $uri nobody --save "$tmp/room/facts"
[ ! -e "$tmp/room/facts" ] || [ -z "$(ls -A "$tmp/room/facts")" ] || fail "a failed collect left half a folder"

# ---- access denied ----
cat >"$tmp/node.xml" <<END
<node><auth><user password='secret'>astrochicken</user></auth></node>
END
expect 1 "$vmcompat" check -c "test://$tmp/node.xml" "$tmp/test.vmc" --format json && return_value 32769

# ---- mute, stopped and killed daemons ----
seconds_of() { # COMMAND…: as expect 1, and how long it took in $took
    local start=$SECONDS
    expect 1 "$@"
    took=$((SECONDS - start))
}
mute=$tmp/mute.sock
perl -MIO::Socket::UNIX -e '
    my $s = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 5) or die; my @kept;
    while (my $c = $s->accept) { push @kept, $c }' "$mute" &
end_at_exit $!
disown $! # no word about its end
for ((i = 0; i < 100; i++)); do [ -S "$mute" ] && break || sleep 0.05; done
seconds_of "$vmcompat" check -c "qemu+unix:///system?socket=$mute" --timeout 1 "$tmp/test.vmc" --format json
return_value 32772
[ "$took" -le 3 ] || fail "--timeout 1 took $took s"
seconds_of "$vmcompat" get -c "qemu+unix:///system?socket=$mute" --timeout 1 test -o "$tmp/room/late"
[ ! -e "$tmp/room/late" ] || fail "something was written after a timeout"

# output that nobody takes
for command in "rules --format json" "help" "show $tmp/test.vmc" "systems -c test:///default"; do
    # shellcheck disable=SC2086
    {
        "$vmcompat" $command 2>"$tmp/err" >/dev/full
        status=$?
        [ "$status" = 1 ] && has "$tmp/err" "can.t write 'standard output': No space" || fail "$command: a full disk is not told"
        "$vmcompat" $command 2>"$tmp/err" | true
        [ "${PIPESTATUS[0]}" = 1 ] && fail "$command: a closed pipe is an error"
        [ ! -s "$tmp/err" ] || fail "$command: there are words about a closed pipe"
    }
done
"$vmcompat" rules --format json 2>"$tmp/err" | true
[ "${PIPESTATUS[0]}" = 141 ] || fail "a closed pipe is not noticed"

# a blob that is long in coming is nobody's silence
slowly() { sleep 1.5; cat "$tmp/test.vmc"; }
expect 2 "$vmcompat" check -c test:///default --timeout 1 <(slowly)
expect 2 "$vmcompat" check --offer "$tmp/host.vmc" --timeout 1 <(slowly)

# and so is a reader who takes his time
many=()
for i in {1..200}; do many+=("$tmp/test.vmc"); done
"$vmcompat" check -c test:///default --timeout 1 --format json "${many[@]}" 2>"$tmp/err" | { sleep 2.5 && cat >"$tmp/out"; }
[ "${PIPESTATUS[0]}" = 2 ] || fail "a slow reader is taken for a silent libvirt"
[ "$(wc -c <"$tmp/out")" -gt 100000 ] || fail "the output fits a pipe; nothing was tried"

start_daemon() { # an unprivileged libvirtd of our own: sets $daemon, $socket
    local home=$tmp/daemon as=()
    mkdir -p "$home/run"
    chmod 711 "$tmp"
    if [ "$(id -u)" = 0 ]; then
        chown -R nobody "$home"
        as=(setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups)
    fi
    chmod 700 "$home/run"
    "${as[@]}" env -i PATH="$PATH:/usr/sbin:/sbin" HOME="$home" XDG_RUNTIME_DIR="$home/run" XDG_CONFIG_HOME="$home/config" \
        XDG_CACHE_HOME="$home/cache" libvirtd >"$tmp/libvirtd.log" 2>&1 </dev/null &
    daemon=$!
    end_at_exit $daemon
    disown $daemon
    socket=$home/run/libvirt/libvirt-sock
    for ((i = 0; i < 200; i++)); do
        [ -S "$socket" ] && virsh -q -c "test+unix:///default?socket=$socket" uri >/dev/null 2>&1 && return
        sleep 0.05
    done
    return 1
}
PATH=$PATH:/usr/sbin:/sbin
if command -v libvirtd >/dev/null && command -v virsh >/dev/null && start_daemon; then
    remote="test+unix:///default?socket=$socket"
    expect 0 "$vmcompat" get -c "$remote" test -o "$tmp/remote.vmc"
    expect 2 "$vmcompat" check -c "$remote" "$tmp/test.vmc"
    kill -STOP $daemon
    seconds_of "$vmcompat" check -c "$remote" --timeout 1 "$tmp/test.vmc" --format json
    return_value 32772
    [ "$took" -le 3 ] || fail "a stopped daemon held us for $took s"
    # It waits for the stopped daemon, which then dies
    "$vmcompat" check -c "$remote" "$tmp/test.vmc" --format json >"$tmp/out" 2>"$tmp/err" &
    waiting=$!
    sleep 1
    kill -KILL $daemon
    wait $waiting
    [ $? = 1 ] || fail "a daemon killed under us should give 1"
    return_value 32777
else
    not_tried "no libvirtd of our own here: stopped and killed daemons"
fi

# ---- completion asks the program ----
complete_line() { # WORDS…: what completion offers for the last
    # shellcheck disable=SC2016
    PATH="${vmcompat%/*}:$PATH" bash --norc -c '
        . "$1"; shift
        COMP_LINE=$* COMP_POINT=${#COMP_LINE}
        read -r -a COMP_WORDS <<<"$(sed "s/[:=]\+/ & /g" <<<"$*")"
        [ "${*: -1}" ] || COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _vmcompat vmcompat; printf "%s\n" ${COMPREPLY[@]+"${COMPREPLY[@]}"}' - \
        "$top_srcdir/data/vmcompat.bash" "$@" >"$tmp/out" 2>"$tmp/err"
    empty "$tmp/err"
}
complete_line vmcompat ch && has "$tmp/out" '^check$'
complete_line vmcompat check --of && has "$tmp/out" '^--offer$'
complete_line vmcompat check --dr && has "$tmp/out" '^--dry-run$'
complete_line vmcompat get --image "$tmp/kept" && has "$tmp/out" 'kept\.img$'
complete_line vmcompat check --as s && has "$tmp/out" '^saved$'
complete_line vmcompat check --as=s && has "$tmp/out" '^saved$'
complete_line vmcompat check -c qemu+ssh && has "$tmp/out" '^qemu\+ssh://$'
complete_line vmcompat check -c qemu:///se && has "$tmp/out" '^///session$'
complete_line vmcompat help sh && has "$tmp/out" '^show$'
complete_line vmcompat show "$top_srcdir/xml/exam" && has "$tmp/out" "^$top_srcdir/xml/examples\$"
complete_line vmcompat collect --save "$top_srcdir/xm" && has "$tmp/out" "^$top_srcdir/xml\$"
complete_line vmcompat rules cpu && has "$tmp/out" '^cpu-'
complete_line vmcompat check --ignore same-host,cpu && has "$tmp/out" '^same-host,cpu-'
complete_line vmcompat check --assume un && has "$tmp/out" '^unsafe$'
complete_line vmcompat check --severity same-h && has "$tmp/out" '^same-host=$'
complete_line vmcompat check --severity same-host=warning,cpu-maximum=n && has "$tmp/out" '^note$'
complete_line vmcompat gate --so && has "$tmp/out" '^--source$'
complete_line vmcompat gate --source test:///default --domain te && has "$tmp/out" '^test$'
complete_line vmcompat get -c test:///default te && has "$tmp/out" '^test$'
complete_line vmcompat get --connect=test:///default te && has "$tmp/out" '^test$'
run "$vmcompat" complete -- get -c "qemu+unix:///system?socket=$mute" x
[ "$status" = 1 ] && empty "$tmp/out" && empty "$tmp/err" # a mute host: soon, and without a word
finish
