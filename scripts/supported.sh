#!/usr/bin/env bash
# Refuses, in one line, a kernel that this module cannot be built for, tools that are missing, and a compiler that
# cannot build it. What the kernel has to be is said in dkms.conf, for DKMS and for make. One that is too old is refused
# because it might compile and yet not behave as the oldest one that the tests run on. One that is newer than all of
# scripts/kernels gets a warning and its chance: most of them work, and where one does not the compiler or modpost says
# so.
# usage: supported.sh KDIR        CC names the compiler.
source "$(dirname "$0")/lib.sh"

kdir=${1:?kernel build directory}
read -ra compiler <<<"${CC:-gcc}"
wanted() { sed -n "s/^BUILD_EXCLUSIVE_$1=\"\(.*\)\"$/\1/p" "$top/dkms.conf" | grep .; }
in_order() { printf '%s\n' "$@" | sort -VC; }

oldest=$(wanted KERNEL_MIN) && options=$(wanted CONFIG) || die "dkms.conf does not say which kernels are supported"
newest=$(grep -v '^#' "$top/scripts/kernels" | cut -f 1 | sort -V | tail -n 1)

release=$(release_of "$kdir")
series=$(grep -oE '^[0-9]+\.[0-9]+' <<<"$release") || die "'$release' of $kdir is no release of Linux"
in_order "$oldest" "$series" || die "Linux $release of $kdir is too old: this module needs Linux $oldest or newer"
for option in $options; do
	grep -qs "^$option=[ym]" "$kdir/.config" "$kdir/include/config/auto.conf" ||
		die "Linux $release of $kdir has no $option, which this module needs"
done
in_order "$series" "$newest" || say "warning: Linux $release is newer than $newest, the newest that this module was tested with"

"$top/scripts/deps.sh" module
[ -n "$(command -v "${compiler[0]}")" ] || die "no ${compiler[0]} here, the compiler of Linux $release: install it"
printf '#include <expected>\n#ifndef __cpp_lib_expected\n#error\n#endif\n' |
	"${compiler[@]}" -x c++ -std=gnu++23 -E -o /dev/null - 2>/dev/null ||
	die "${compiler[*]} cannot compile this module, for want of C++23's <expected>: gcc 12 or clang 19 can, or newer ones"
