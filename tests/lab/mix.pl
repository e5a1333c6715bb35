#!/usr/bin/perl
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Guests that nobody thought of: prints a table of scenarios, each a mixture of some guests of
# the given tables, in some state, between some of their hosts.  What libvirt makes of them
# nobody knows beforehand (TRUTH is "any"); what vmcompat says must agree all the same.
#
#   mix.pl SEED COUNT TABLE... >mixed.tsv
#   LAB_SCENARIOS=mixed.tsv run-lab.sh ...        (or run-cross.sh)

use strict;
use warnings;

# what a guest has only one of, or what the scenario needs to itself
my %single = map { $_ => 1 } qw(cpu machine emulator type mem vcpus cores cpuset vcpupin numa hugepages membacking
    quota shares realtime cachetune blkiodev partition perf restrictive seclabel ovmf loader nvram firmware kernel
    initrd tpm video graphics vnc vncport vncsocket vncnet websocket watchdog vsock iommu balloon shmem panic pmu
    hyperv tsc tscown acpitable smbios fwcfg virtiofs 9p memory);
my %firmware = map { $_ => 1 } qw(ovmf loader nvram firmware kernel initrd);

sub read_guests {
    my (@guests, %hosts);
    for my $table (@_) {
        open(my $in, '<', $table) or die "$table: $!\n";
        while (<$in>) {
            chomp;
            my ($id, $state, $guest, $runs, $check, $flags) = split /\t+/;
            next if !defined $flags || /^(#|id\t)/ || $guest =~ /\b(prep|keep|tap|nbd)=/ || $check ne '-' || $flags ne '-';
            push @guests, [$guest eq '-' ? () : split(/ /, $guest)];
            $hosts{$_} = 1 for map { /^(\w)>(\w)/ ? ($1, $2) : () } split(/ /, $runs);
        }
    }
    delete @hosts{qw(d e)}; # these are for what is not the guest's doing
    return (\@guests, [sort keys %hosts]);
}

sub pick { return $_[int rand @_]; }

# undef: the parts don't go together
sub mix {
    my (%seen, %keys, @tokens);
    for my $token (map { @$_ } @_) {
        my ($key) = $token =~ /^(\w+)/;
        next if $seen{$token}++;
        return undef if $keys{$key}++ && $single{$key};
        push @tokens, $token;
    }
    return undef if 1 < grep { $firmware{$_} } keys %keys;
    return @tokens ? join(' ', @tokens) : undef;
}

my ($seed, $count, @tables) = @ARGV;
die "mix.pl SEED COUNT TABLE...\n" unless @tables;
srand($seed);
my ($guests, $hosts) = read_guests(@tables);
print "id\tstate\tguest\truns\tcheck\tflags\n";
for (my $n = 1; $n <= $count;) {
    my $guest = mix(map { pick(@$guests) } 1 .. pick(2, 2, 3, 4)) // next;
    my ($from, $to) = (pick(@$hosts), pick(@$hosts));
    next if $from eq $to;
    printf "mix-%d-%d\t%s\t%s\t%s>%s:any?\t-\t-\n", $seed, $n++, pick(qw(live live paused saved off)), $guest, $from, $to;
}
