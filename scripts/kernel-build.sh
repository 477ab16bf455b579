#!/usr/bin/env bash
# Builds a guest kernel once and prints its build directory: the KDIR for module builds, with the bootable image inside.
# Cached by kernel version, configuration and compiler.
# usage: kernel-build.sh FLAVOUR         the part of scripts/guest/kernel.config that is added to the common part: plain, debug,
#        clang, races; bench has a configuration of its own
#        KERNEL=7.3 names the series, KSRC=/path a source tree
#        kernel-build.sh                 without KERNEL, FLAVOUR and KSRC builds nothing: fetches packages of the newest kernel of
#        the Debian release that this machine runs, or OS_RELEASE=/path names. The machine's own compiler fits that kernel
source "$(dirname "$0")/lib.sh"

# Looks for a newer kernel once a week. If that fails, a kernel that was fetched before is used.
newest_of_debian() {
	local id suite known kdir instead='KERNEL=7.3 builds a kernel instead'
	# shellcheck disable=SC1090
	read -r id suite < <(. "${OS_RELEASE:-/etc/os-release}" 2>/dev/null && echo "${ID:-} ${VERSION_CODENAME:-}") || true
	[ "${id:-}" = debian ] && [ -n "${suite:-}" ] ||
		die "this machine does not run a Debian release, for a kernel to fetch (${OS_RELEASE:-/etc/os-release} says '${id:-}${suite:+ $suite}'): $instead"
	"$top/scripts/deps.sh" module headers guest
	known=$cache/debian/newest-of-$suite
	if [ -z "$(find "$known" -mtime -7 2>/dev/null)" ] || [ ! -f "$known/Makefile" ]; then
		if kdir=$("$top/scripts/debian-root.sh" --kernel "$suite"); then
			ln -sfn "$kdir" "$known"
		else
			[ -f "$known/Makefile" ] || die "the kernel of Debian $suite cannot be fetched; $instead"
			say "warning: no newer kernel of Debian $suite could be fetched"
		fi
	fi
	realpath "$known"
}
[ -n "${1:-}${KERNEL:-}${FLAVOUR:-}${KSRC:-}" ] || { newest_of_debian; exit; }
flavour=${1:-${FLAVOUR:-plain}}
check_kernel "${KERNEL:-7.3}" "$flavour"
[ $# -gt 0 ] || "$top/scripts/deps.sh" module source guest
part() { awk -v "wanted=[$1.config]" '/^\[/ { inside = $0 == wanted; next } inside' "$top/scripts/guest/kernel.config"; }
# The kernel that counts instructions does not have the common options.
asked=$([ "$flavour" = bench ] || part common; part "$flavour")
"$top/scripts/deps.sh" kernel
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
# An option of the flavour replaces the common one.
options=$(awk 'match($0, /CONFIG_[A-Z0-9_]+/) { last[substr($0, RSTART, RLENGTH)] = NR } { line[NR] = $0 }
	END { for (i = 1; i <= NR; i++) if (!match(line[i], /CONFIG_[A-Z0-9_]+/) || last[substr(line[i], RSTART, RLENGTH)] == i) print line[i] }' <<<"$options")
key=$({ echo "$source_tree $version $options"; "$compiler" --version; "$linker" --version | head -n 1; } | short_hash)
build=$cache/kernel/$version-$flavour-$key
lock_cache "kernel-$key"
if [ -f "$build/.complete" ]; then
	echo "$build"
	exit 0
fi

# Kconfig silently drops options whose dependencies are missing: compares the requested options with the result.
check_options() {
	local line name missing=0
	while read -r line; do
		case $line in
		CONFIG_*=*) grep -Fxq "$line" "$build/.config" || { say "  dropped: $line"; missing=1; } ;;
		'# CONFIG_'*' is not set')
			name=${line#\# }; name=${name%% *}
			! grep -q "^$name=" "$build/.config" || { say "  not off: $line"; missing=1; } ;;
		esac
	done <<<"$options"
	[ $missing -eq 0 ] || die "the configuration lost options of scripts/guest/kernel.config (it is left in $build)"
}

rm -rf "$build"
mkdir -p "$build"
make_kernel=(make -C "$source_tree" "O=$build" "${toolchain[@]}" "-j$(nproc)")
echo "$options" >"$build/options.config"
run_logged "$build/configure.log" "configuring Linux $version ($flavour)" -- "${make_kernel[@]}" tinyconfig
run_logged "$build/merge.log" "merging the options of the guest" -- \
	"$source_tree/scripts/kconfig/merge_config.sh" -m -O "$build" "$build/.config" "$build/options.config"
run_logged "$build/configure.log" "completing the configuration" -- "${make_kernel[@]}" olddefconfig
check_options
run_logged "$build/build.log" "building Linux $version ($flavour), minutes" -- "${make_kernel[@]}" bzImage modules
touch "$build/.complete"
echo "$build"
