#!/usr/bin/perl
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Writes the facts of a case (tests/data/rules/README) into two folders, as vmcompat
# collect --save makes them: OUT/a, the source, and OUT/b, the destination.  What is
# said of tests stays out; commands ("run:") are printed, one a line.
#
# facts-folders.pl FILE… OUT: later files change what earlier ones have

use strict;
use warnings;
use File::Basename;
use File::Path;

my $out = pop @ARGV;
my $case = $ARGV[-1];
my %facts;

sub plain { # \n \t \" \\ in quotes
    my ($text) = @_;
    my %of = (n => "\n", t => "\t");
    $text =~ s/\\(.)/$of{$1} \/\/ $1/ge;
    return $text;
}

sub glob_of { # the names that a pattern with * fits
    my ($pattern) = @_;
    my $regex = join '.*', map { quotemeta } split /\*/, $pattern, -1;
    return grep { /^$regex$/ } sort keys %facts;
}

sub sub_in {
    my ($pattern, $old, $new) = @_;
    my $done = 0;
    for my $name (glob_of($pattern)) {
        $done += $facts{$name} =~ s/\Q$old\E/$new/g;
    }
    die "$case: '$pattern' has no \"$old\"\n" unless $done;
}

sub copy { # what is there already stays
    my ($from, $to) = @_;
    my @names = grep { /^\Q$from\E/ } keys %facts or die "$case: no '$from' to copy\n";
    for my $name (@names) {
        $facts{$to . substr($name, length $from)} //= $facts{$name};
    }
}

sub directive {
    local ($_) = @_;
    my $quoted = qr/"((?:[^"\\]|\\.)*)"/;
    if (/^\s*(#|$)/) { }
    elsif (/^sub (\S+) $quoted $quoted$/) { sub_in($1, plain($2), plain($3)) }
    elsif (/^add (\S+) $quoted$/) { $facts{$1} = ($facts{$1} // '') . plain($2) . "\n" }
    elsif (/^drop (\S+)$/) { delete @facts{glob_of($1)} }
    elsif (/^copy (\S+) (\S+)$/) { copy($1, $2) }
    elsif (/^run: (.*)$/) { print "$1\n" }
    else { die "$case: what is '$_'?\n" }
}

sub load {
    my ($file) = @_;
    my $name;
    open my $in, '<', $file or die "$file: $!\n";
    while (<$in>) {
        chomp;
        if (/^=== (.*)/) { $name = $1; $facts{$name} = ''; next }
        if (!defined $name) { directive($_); next }
        s/\\t/\t/g if $name =~ /\.tsv$/;
        $facts{$name} .= "$_\n" if length;
    }
}

load($_) for @ARGV;
my %folder = (source => 'a', offer => 'b');
for my $name (sort keys %facts) {
    my ($side, $path) = $name =~ /^(source|offer):(.+)/ or die "$case: what is '$name'?\n";
    my $file = "$out/$folder{$side}/$path";
    mkpath(dirname($file));
    open my $to, '>', $file or die "$file: $!\n";
    print $to $facts{$name};
    close $to or die "$file: $!\n";
}
