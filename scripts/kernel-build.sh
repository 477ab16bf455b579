#!/usr/bin/env bash
# Builds a guest kernel once and prints its build directory: the KDIR for module builds, with the bootable image inside.
# Cached by kernel version, configuration and compiler.
# usage: kernel-build.sh FLAVOUR         plain, or what scripts/guest/FLAVOUR.config adds to it
source "$(dirname "$0")/lib.sh"

flavour=${1:?flavour}
[ -f "$top/scripts/guest/$flavour.config" ] || die "no guest configuration scripts/guest/$flavour.config"
fragments=("$top/scripts/guest/plain.config")
[ "$flavour" = plain ] || fragments+=("$top/scripts/guest/$flavour.config")
"$top/scripts/deps.sh" kernel
source_tree=$("$top/scripts/kernel-source.sh")

compiler=${CC:-gcc}
version=$(make -s -C "$source_tree" kernelversion)
key=$({ echo "$source_tree $version"; cat "${fragments[@]}"; "$compiler" --version; ld --version | head -n 1; } | short_hash)
build=$cache/kernel/$version-$flavour-$key
lock_cache "kernel-$key"
if [ -f "$build/.complete" ]; then
	echo "$build"
	exit 0
fi

# Options vanish without a word when a dependency is missing: compare what was asked with what came out.
check_options() {
	local line name missing=0
	while read -r line; do
		case $line in
		CONFIG_*=*) grep -Fxq "$line" "$build/.config" || { say "  dropped: $line"; missing=1; } ;;
		'# CONFIG_'*' is not set')
			name=${line#\# }; name=${name%% *}
			! grep -q "^$name=" "$build/.config" || { say "  not off: $line"; missing=1; } ;;
		esac
	done < <(cat "${fragments[@]}")
	[ $missing -eq 0 ] || die "the configuration did not keep what scripts/guest/*.config ask for (left in $build)"
}

rm -rf "$build"
mkdir -p "$build"
make_kernel=(make -C "$source_tree" "O=$build" "CC=$compiler" "-j$(nproc)")
run_logged "$build/configure.log" "configuring Linux $version ($flavour)" -- "${make_kernel[@]}" tinyconfig
run_logged "$build/merge.log" "merging the options of the guest" -- \
	"$source_tree/scripts/kconfig/merge_config.sh" -m -O "$build" "$build/.config" "${fragments[@]}"
run_logged "$build/configure.log" "completing the configuration" -- "${make_kernel[@]}" olddefconfig
check_options
run_logged "$build/build.log" "building Linux $version ($flavour), minutes" -- "${make_kernel[@]}" bzImage modules
touch "$build/.complete"
echo "$build"
