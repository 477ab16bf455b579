#!/usr/bin/env bash
# Builds a guest kernel once and prints its build directory: the KDIR for module builds, with the bootable image inside.
# Cached by kernel version, configuration and compiler.
# usage: kernel-build.sh FLAVOUR         the part of scripts/guest/kernel.config that is added to the common part: plain, debug,
#        clang, races; bench has a configuration of its own
#        KERNEL=7.3 names the series, KSRC=/path a source tree
#        kernel-build.sh                 without KERNEL, FLAVOUR and KSRC builds nothing: fetches packages of the newest kernel of
#        the Debian release that this machine runs. The machine's own compiler fits that kernel
source "$(dirname "$0")/lib.sh"

if [ -z "${1:-}${KERNEL:-}${FLAVOUR:-}${KSRC:-}" ]; then
	instead='KERNEL=7.3 builds a kernel instead'
	# shellcheck disable=SC1091
	source /etc/os-release
	[ "$ID" = debian ] || die "this machine runs $ID, and not Debian, whose kernel could be fetched: $instead"
	"$top/scripts/deps.sh" module headers guest
	# Asking apt takes seconds: once a week is enough.
	known=$cache/debian/newest-of-$VERSION_CODENAME
	if [ -z "$(find "$known" -mtime -7 2>/dev/null)" ]; then
		kdir=$("$top/scripts/debian-root.sh" --kernel "$VERSION_CODENAME") || die "$instead"
		ln -sfn "$kdir" "$known"
	fi
	realpath "$known"
	exit
fi
flavour=${1:-${FLAVOUR:-plain}}
check_kernel "${KERNEL:-7.3}" "$flavour"
part() { awk -v "wanted=[$1.config]" '/^\[/ { inside = $0 == wanted; next } inside' "$top/scripts/guest/kernel.config"; }
# The kernel that counts instructions does not have the common options.
asked=$([ "$flavour" = bench ] || part common; part "$flavour")
"$top/scripts/deps.sh" module source kernel guest
if grep -q '^CONFIG_CC_IS_CLANG=y' <<<"$asked"; then
	"$top/scripts/deps.sh" clang_kernel
	toolchain=(LLVM=-19)
	compiler=clang-19 linker=ld.lld-19
else
	compiler=${CC:-gcc} linker=ld
	toolchain=("CC=$compiler")
fi
source_tree=$("$top/scripts/kernel-source.sh")

version=$(make -s --no-print-directory -C "$source_tree" kernelversion)
# Options for this series: one that ends in "# since X.Y" is left out of older series.
options=$(while read -r line; do
	since=${line##*# since }
	[ "$since" = "$line" ] || { printf '%s\n' "$since" "$version" | sort -VC || continue; }
	echo "${line%% # since *}"
done <<<"$asked")
# An option of the flavour, which comes later, replaces the common one.
options=$(tac <<<"$options" | awk '!match($0, /CONFIG_[A-Z0-9_]+/) || !seen[substr($0, RSTART, RLENGTH)]++' | tac)
key=$({ echo "$source_tree $version $options"; "$compiler" --version; "$linker" --version | head -n 1; } | short_hash)
build=$cache/kernel/$version-$flavour-$key
lock_cache "kernel-$key"
if [ -f "$build/.complete" ]; then
	echo "$build"
	exit 0
fi

configure() {
	"${make_kernel[@]}" tinyconfig
	echo "$options" >>"$build/.config"
	"${make_kernel[@]}" olddefconfig
}
rm -rf "$build"
mkdir -p "$build"
make_kernel=(make -C "$source_tree" "O=$build" "${toolchain[@]}" "-j$(nproc)")
run_logged "$build/configure.log" "configuring Linux $version ($flavour)" -- configure
# Kconfig silently drops options whose dependencies are missing.
lost=$(grep '^CONFIG_' <<<"$options" | grep -vxFf "$build/.config" || true
	sed -n 's/^# \(CONFIG_.*\) is not set$/^\1=/p' <<<"$options" | grep -f - "$build/.config" || true)
[ -z "$lost" ] || die "the configuration is not that of scripts/guest/kernel.config (it is left in $build): "$lost
run_logged "$build/build.log" "building Linux $version ($flavour), minutes" -- "${make_kernel[@]}" bzImage modules
touch "$build/.complete"
echo "$build"
