#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Refuses a kernel that carries functions of these names itself, as it will when the posted series is merged: two of them
# cannot be loaded together, and the types of one mean nothing to the other.
# usage: clash.sh KDIR EXPORTS.c
kdir=$1 exports=$2

# "crc symbol module type namespace"; what this project exported in an earlier build is its own.
clash=$(sed -nE 's/^EXPORT(_FOR_KVM)?\((.*)\);$/\2/p' "$exports" |
	awk -F'\t' 'NR == FNR { ours[$1] = 1; next } ($2 in ours) && $3 !~ /tdx_page_array$/ { print $2 " of " $3; exit }' - "$kdir/Module.symvers" 2>/dev/null)
for tree in "$kdir" "$kdir/source"; do
	header=$tree/arch/x86/include/asm/tdx.h
	[ -n "$clash" ] || ! grep -q '^struct tdx_page_array\b' "$header" 2>/dev/null || clash="struct tdx_page_array in asm/tdx.h"
done
[ -z "$clash" ] && exit 0
echo "error: the kernel of $kdir has tdx_page_array itself ($clash): use that one, or build for a kernel without it" >&2
exit 1
