#!/usr/bin/env bash
# Refuses, in one line, a kernel that this module cannot be built for, missing tools, and a compiler that cannot build the
# module: it lacks what C++ needs, or is older than the kernel's compiler, or of another family. dkms.conf says which kernels
# are supported, for DKMS and for make. An older kernel is refused, because the module might compile and yet not behave as on
# the oldest kernel that is tested. A kernel newer than all of scripts/kernels gets a warning: most of them work, and if one
# does not, the compiler or modpost reports it.
# usage: supported.sh KDIR        CC names the compiler; default: the one that the kernel's build would use.
#        ANY_COMPILER=1: an older compiler, or one of another family, is only warned about.
source "$(dirname "$0")/lib.sh"

kdir=${1:?kernel build directory}
eval "$(grep '^BUILD_EXCLUSIVE_' "$top/dkms.conf")"
in_order() { printf '%s\n' "$@" | sort -VC; }
option() { sed -n "s/^$1=//p" "$kdir/include/config/auto.conf" "$kdir/.config" 2>/dev/null | sed 1q || true; }

release=$(release_of "$kdir")
series=$(grep -oE '^[0-9]+\.[0-9]+' <<<"$release")
in_order "$BUILD_EXCLUSIVE_KERNEL_MIN" "$series" ||
	die "Linux $release of $kdir is too old: this module needs Linux $BUILD_EXCLUSIVE_KERNEL_MIN or newer"
for name in $BUILD_EXCLUSIVE_CONFIG; do
	[[ $(option "$name") = [ym] ]] || die "Linux $release of $kdir has no $name, which this module needs"
done
newest=$(cut -f 1 "$top/scripts/kernels" | grep '^[0-9]' | sort -V | tail -n 1)
in_order "$series" "$newest" || say "warning: Linux $release is newer than $newest, the newest that this module was tested with"

# The kernel may have functions of these names itself, as it will when the posted series is merged: both cannot be loaded
# together, and their types differ. Symbols that tdx_page_array exported in an earlier build do not count. A line of
# Module.symvers is "crc symbol module type namespace".
clash=$(sed -nE 's/^EXPORT(_FOR_KVM)?\((.*)\);$/\2/p' "$top/shim/exports.c" | awk -F'\t' '
	NR == FNR { ours[$1] = 1; next }
	($2 in ours) && $3 !~ /tdx_page_array$/ { print $2 " of " $3; exit }' - "$kdir/Module.symvers" 2>/dev/null || true)
[ -z "$clash" ] || die "the kernel of $kdir has tdx_page_array itself ($clash): use that one, or build for a kernel without it"

# The headers of a distribution may name the compiler. Variables of the make that runs this script must not override it.
kernels_own_compiler() {
	[ -f "$kdir/.kernelvariables" ] || { echo gcc; return; }
	printf 'include %s/.kernelvariables\nprint:\n\t@echo $(CC)\n' "$kdir" | env -u MAKEFLAGS -u MFLAGS -u CC make -s -f - print
}
export CC=${CC:-$(kernels_own_compiler)}
read -ra compiler <<<"$CC"
# Only a compiler named gcc can be installed by deps.sh below.
[ "${compiler[*]}" = gcc ] || [ -n "$(command -v "${compiler[0]}")" ] ||
	die "no ${compiler[0]} here to compile for Linux $release: install it, or name another compiler with make CC=..."
"$top/scripts/deps.sh" module
printf '#include <expected>\n#ifndef __cpp_lib_expected\n#error\n#endif\n' |
	"${compiler[@]}" -x c++ -std=gnu++23 -E -o /dev/null - 2>/dev/null ||
	die "${compiler[*]} cannot compile this module: it lacks C++23's <expected>, which gcc 12, clang 19 and newer ones have"

# A version is like "140200". clang defines __GNUC__, too.
[ -n "$(option CONFIG_CC_IS_CLANG)" ] && family=clang || family=gcc
major=$(($(option "CONFIG_${family^^}_VERSION") / 10000))
read -r ours our_major < <(printf '#ifdef __clang__\nclang __clang_major__\n#else\ngcc __GNUC__\n#endif\n' | "${compiler[@]}" -E -P -x c - | grep .)
if [ "$family" != "$ours" ] || [ "$our_major" -lt "$major" ]; then
	[ $family = gcc ] && hint="install gcc-$major and g++-$major, and run make CC=gcc-$major" ||
		hint="install clang-$major, lld-$major and llvm-$major, and run make LLVM=-$major"
	mismatch="Linux $release was built by $family $major, and ${compiler[*]} is $ours $our_major"
	[ -n "${ANY_COMPILER:-}" ] || die "$mismatch: $hint; or try this one with ANY_COMPILER=1"
	say "warning: $mismatch"
fi
