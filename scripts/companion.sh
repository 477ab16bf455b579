#!/usr/bin/env bash
# KVM on page arrays (make companion): builds KVM with the patches of companion/, this module and the glue between the two,
# and checks that the built interfaces agree. make kvm runs all three.
# usage: companion.sh
#        companion.sh kernel [MAKE_ARGUMENTS...]    builds the plain guest kernel with the patches and prints its build directory;
#                            then runs make there with these arguments. Only what the patches change is compiled: the directory
#                            starts as a copy of the plain kernel's, and while make runs, copy and patched source are mounted over
#                            the originals, in a mount namespace. Kept in the cache until a patch changes
source "$(dirname "$0")/lib.sh"

# A make that runs this script would add warnings about its jobs to the log of the build.
unset MAKEFLAGS
series=${KERNEL:-7.3}
patches=("$top/companion/linux-$series"/*.patch)
[ -f "${patches[0]}" ] || die "companion/ has no patches for Linux $series"
"$top/scripts/deps.sh" module source kernel companion
source_tree=$("$top/scripts/kernel-source.sh" "$series")

# The mounts are private and end with the command. A user other than root gets a user namespace as well.
# usage: in_place COMMAND...
in_place() {
	local become=()
	[ "$(id -u)" -eq 0 ] || become=(--map-root-user)
	# shellcheck disable=SC2016 # expanded inside
	unshare "${become[@]}" --mount bash -c 'mount --bind "$1" "$2" && mount --bind "$3" "$4" && shift 4 && "$@"' \
		in-place "$home/source" "$source_tree" "$kernel" "$plain" "$@"
}

make_in_place() {
	in_place make -C "$source_tree" "O=$plain" "CC=${CC:-gcc}" "-j$(nproc)" "$@" || return
	# make wrote the paths of the originals there.
	sed -i -e "s|$plain|$kernel|" -e "s|$source_tree|$home/source|" "$kernel/Makefile"
	ln -sfn "$home/source" "$kernel/source"
}

build_kernel() { # build_kernel [MAKE_ARGUMENTS...]
	local key patch
	plain=$("$top/scripts/kernel-build.sh" plain)
	home=$cache/companion/$(basename "$plain")
	kernel=$home/$(basename "$plain")-companion
	lock_cache "companion-$(basename "$plain")"
	key=$(cat "${patches[@]}" | short_hash)
	if [ "$(cat "$kernel/.patches" 2>/dev/null)" != "$key" ]; then
		rm -rf "$home"
		mkdir -p "$home/source"
		# Hard links are enough, because patch replaces files.
		cp -a --link "$source_tree/." "$home/source" 2>/dev/null || cp -a "$source_tree/." "$home/source"
		cp -a --reflink=auto "$plain" "$kernel"
		in_place true || die "no mount namespaces here: the patched kernel cannot be built"
		for patch in "${patches[@]}"; do
			patch -d "$home/source" -p1 -F0 --quiet <"$patch" || die "$(basename "$patch") does not apply to Linux $series"
		done
		run_logged "$home/build.log" "building Linux $series (plain) with the patches of companion/" -- make_in_place bzImage modules
		! grep -iE '(^|[^a-z_/])warning' "$home/build.log" >&2 || die "the build printed warnings"
		echo "$key" >"$kernel/.patches"
	fi
	[ $# -eq 0 ] || make_in_place "$@" >&2
	echo "$kernel"
}
[ "${1:-}" != kernel ] || { build_kernel "${@:2}"; exit; }

# checkpatch does not see that MAINTAINERS already has arch/x86/include/asm/kvm*. It mistakes KVM's TDX_BUG_ON(), which warns
# and ends a VM, for a BUG_ON().
check_style() {
	local found words=(--strict --quiet --no-summary --ignore 'FILE_PATH_CHANGES,AVOID_BUG')
	found=$(cd "$source_tree" && scripts/checkpatch.pl "${words[@]}" "${patches[@]}") || true
	[ -z "$found" ] || die "checkpatch: $found"
	say "checkpatch --strict: ${#patches[@]} patches, no findings"
}

check_style
[ -x "${SPARSE:-/bin/sh}" ] || die "SPARSE=$SPARSE is not a program"
kernel=$("$0" kernel)
"$top/scripts/sparse.sh" arch/x86/kvm/vmx/tdx.c "$0" kernel arch/x86/kvm/vmx/tdx.o
modules=$("$top/scripts/module-build.sh" "$kernel" '' TESTS=)
"$top/scripts/sparse.sh" companion/glue/tdx_page_array_kvm.c make -C "$kernel" "M=$modules" TESTS= modules

# Checks of the built modules, not of the sources: for whom symbols are exported, and which modules need which. make kvm calls all
# functions of the table.
kvm=$kernel/arch/x86/kvm/kvm-intel.ko ours=$modules/tdx_page_array.ko glue=$modules/companion/glue/tdx_page_array_kvm.ko
exports() { # exports DIRECTORY MODULE: "symbol namespace"
	awk -F'\t' -v module="$2" '{ sub(/.*\//, "", $3) } $3 == module { print $2, $5 }' "$1/Module.symvers" | sort
}
needs() { modinfo -F depends "$1" | tr , '\n' | sort | paste -sd ' '; }
differs() { # differs WHAT WANTED GOT
	diff <(echo "$2") <(echo "$3") >&2 || die "$1"
}
leaves=$(exports "$modules" tdx_page_array | grep -E ' module:tdx_page_array_kvm$') || true
differs 'other leaves are KVM-only' "$(printf 'tdx_tdh_%s module:tdx_page_array_kvm\n' mng_addcx mng_create vp_addcx vp_create)" "$leaves"
differs 'other functions are not exported to all' "$leaves" "$(exports "$modules" tdx_page_array | grep -v ' TDX_PAGE_ARRAY$')"
differs "KVM's functions are not exported to the glue alone" \
	"$(printf 'kvm_tdx_%s_page_arrays module:tdx_page_array_kvm\n' register unregister)" "$(exports "$kernel" kvm-intel | grep page_arrays)"
differs 'tdx_page_array depends on other modules' '' "$(needs "$ours")"
differs 'kvm-intel depends on other modules' kvm "$(needs "$kvm")"
differs 'the glue depends on other modules' 'kvm_intel tdx_page_array' "$(needs "$glue" | tr - _)"
say "KVM and this module agree: $(exports "$modules" tdx_page_array | wc -l) functions are exported, $(wc -l <<<"$leaves") of them to KVM alone"
