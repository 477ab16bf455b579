#!/usr/bin/env bash
# Refuses, in one line, a kernel that this module cannot be built for, tools that are missing, and a compiler that cannot build
# it: it lacks what C++ needs, or is not the one that the kernel was built by, or a newer one. What the kernel has to be is said in
# dkms.conf, for DKMS and for make. One that is too old is refused because it might compile and yet not behave as the oldest one
# that the tests run on. One that is newer than all of scripts/kernels gets a warning and its chance: most of them work, and where
# one does not the compiler or modpost says so.
# usage: supported.sh KDIR        CC names the compiler; otherwise it is the one that the kernel's build would take.
#        ANY_COMPILER=1: an older one, or one of another family, has its chance.
source "$(dirname "$0")/lib.sh"

kdir=${1:?kernel build directory}
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

# A kernel that carries functions of these names itself, as it will when the posted series is merged: two of them cannot be loaded
# together, and the types of one mean nothing to the other. What this project exported in an earlier build is its own. A line there
# is "crc symbol module type namespace".
clash=$(sed -nE 's/^EXPORT(_FOR_KVM)?\((.*)\);$/\2/p' "$top/shim/exports.c" | awk -F'\t' '
	NR == FNR { ours[$1] = 1; next }
	($2 in ours) && $3 !~ /tdx_page_array$/ { print $2 " of " $3; exit }' - "$kdir/Module.symvers" 2>/dev/null || true)
grep -qs '^struct tdx_page_array\b' "$kdir"/{,source/}arch/x86/include/asm/tdx.h && clash='struct tdx_page_array in asm/tdx.h'
[ -z "$clash" ] || die "the kernel of $kdir has tdx_page_array itself ($clash): use that one, or build for a kernel without it"

# The headers of a distribution may name the compiler. What make was asked for here says nothing about that.
kernels_own_compiler() {
	[ -f "$kdir/.kernelvariables" ] || { echo gcc; return; }
	printf 'include %s/.kernelvariables\nprint:\n\t@echo $(CC)\n' "$kdir" | env -u MAKEFLAGS -u MFLAGS -u CC make -s -f - print
}
option() { { grep -hsE "^$1=" "$kdir/include/config/auto.conf" "$kdir/.config" || true; } | sed -n '1s/.*=//p'; }

CC=${CC:-$(kernels_own_compiler)}
export CC
read -ra compiler <<<"$CC"
if [ -n "$(option CONFIG_CC_IS_CLANG)" ]; then family=clang version=$(option CONFIG_CLANG_VERSION)
else family=gcc version=$(option CONFIG_GCC_VERSION); fi
# "140200". A build directory that does not tell is one of a kernel older than this module takes, or of a test.
major=$((${version:-0} / 10000))

# gcc alone can be installed by its name.
[ "${compiler[*]}" = gcc ] || [ -n "$(command -v "${compiler[0]}")" ] ||
	die "no ${compiler[0]} here to compile for Linux $release: install it, or name another compiler with make CC=..."
"$top/scripts/deps.sh" module
printf '#include <expected>\n#ifndef __cpp_lib_expected\n#error\n#endif\n' |
	"${compiler[@]}" -x c++ -std=gnu++23 -E -o /dev/null - 2>/dev/null ||
	die "${compiler[*]} cannot compile this module, for want of C++23's <expected>: gcc 12 or clang 19 can, or newer ones"

# clang says that it is gcc, too.
read -r ours our_major < <(printf '#ifdef __clang__\nclang __clang_major__\n#else\ngcc __GNUC__\n#endif\n' | "${compiler[@]}" -E -P -x c - | grep .)
if [ "$family" != "$ours" ] || [ "$our_major" -lt "$major" ]; then
	[ $major = 0 ] && wanted_version='' || wanted_version=-$major
	[ $family = gcc ] && hint="install gcc$wanted_version and g++$wanted_version, and run make CC=gcc$wanted_version" ||
		hint="install clang$wanted_version, lld$wanted_version and llvm$wanted_version, and run make LLVM=${wanted_version:-1}"
	mismatch="Linux $release was built by $family${wanted_version/-/ }, and ${compiler[*]} is $ours $our_major"
	[ -n "${ANY_COMPILER:-}" ] || die "$mismatch: $hint; or try this one with ANY_COMPILER=1"
	say "warning: $mismatch"
fi
