#!/usr/bin/env bash
# KVM on page arrays (make companion): builds KVM with the patches of companion/ in a copy of the kernel's source, this
# module and the piece between the two for that kernel, and checks that both sides agree. Nothing of it is run: KVM needs
# VMX. Copy and build are kept in the cache: the next run builds what has changed since.
source "$(dirname "$0")/lib.sh"

series=${KERNEL:-7.3}
patches=("$top/companion/linux-$series"/*.patch)
[ -f "${patches[0]}" ] || die "companion/ has no patches for Linux $series"
"$top/scripts/deps.sh" module source kernel companion
source_tree=$("$top/scripts/kernel-source.sh" "$series")
config=$top/companion/kvm.config

version=$(make -s -C "$source_tree" kernelversion)
key=$({ echo "$source_tree $version"; cat "$config"; gcc --version; ld --version | head -n 1; } | short_hash)
home=$cache/companion/$version-$key
tree=$home/source
build=$home/$version-kvm-$key
lock_cache "companion-$key"

copy_source() {
	rm -rf "$home"
	mkdir -p "$build"
	cp -al "$source_tree" "$tree" 2>/dev/null || { rm -rf "$tree"; cp -a "$source_tree" "$tree"; }
}

# The configuration has to keep what kvm.config asks for: options vanish without a word when a dependency is missing.
configure() {
	make -C "$tree" "O=$build" tinyconfig
	(cd "$tree" && scripts/kconfig/merge_config.sh -m -O "$build" "$build/.config" "$config")
	make -C "$tree" "O=$build" olddefconfig
	! grep '^CONFIG_' "$config" | grep -Fxv -f "$build/.config"
}

# Files that the patches change ("---") or leave behind ("+++").
files_of() { sed -n "s|^$1 [ab]/||p" "${patches[@]}" | sort -u; }

# Patches the files in question beside the copy, and takes over those that differ, so that make rebuilds what depends on
# them and nothing else. Files are replaced, never written to: they may be links to those of the pristine source.
patch_tree() {
	local scratch=$home/patched file patch
	rm -rf "$scratch"
	mkdir "$scratch"
	while read -r file; do install -D -m 644 "$source_tree/$file" "$scratch/$file"; done < <(files_of ---)
	for patch in "${patches[@]}"; do
		patch -d "$scratch" -p1 -F0 --quiet <"$patch" || die "$(basename "$patch") does not apply to Linux $version"
	done
	touch "$home/files"
	{ cat "$home/files"; files_of ---; files_of +++; } | sort -u | while read -r file; do
		if [ -f "$scratch/$file" ]; then
			cmp -s "$scratch/$file" "$tree/$file" || cp --remove-destination "$scratch/$file" "$tree/$file"
		elif [ -f "$source_tree/$file" ]; then
			cmp -s "$source_tree/$file" "$tree/$file" || cp --remove-destination "$source_tree/$file" "$tree/$file"
		else
			rm -f "$tree/$file"
		fi
	done
	{ files_of ---; files_of +++; } | sort -u >"$home/files"
}

# MAINTAINERS has arch/x86/include/asm/kvm* already, which checkpatch does not look up.
check_style() {
	local found words=(--strict --quiet --no-summary --ignore FILE_PATH_CHANGES)
	found=$(cd "$tree" && scripts/checkpatch.pl "${words[@]}" "${patches[@]}") || true
	[ -z "$found" ] || die "checkpatch: $found"
	say "checkpatch --strict: ${#patches[@]} patches, nothing to say"
}

# Lines that the series puts in and takes out, file by file and in all.
count_lines() {
	local file
	for file in $(files_of +++); do
		{ diff -U 0 -N "$source_tree/$file" "$home/patched/$file" || [ $? -eq 1 ]; } | awk -v file="$file" '
			/^(\+\+\+|---) / { next } /^\+/ { plus++ } /^-/ { minus++ } END { print plus + 0, minus + 0, file }'
	done | awk '
		{ printf "  +%-4d -%-4d %s\n", $1, $2, $3; plus += $1; minus += $2 }
		END { printf "  +%-4d -%-4d in all\n", plus, minus }' >&2
}

# What is built with sparse once more; it has to look at FILE, and to have nothing to say.
# usage: check_with_sparse FILE MAKE_ARGUMENTS...
check_with_sparse() {
	local file=$1 log=$home/sparse.log
	shift
	make C=2 "CHECK=$sparse" "$@" >"$log" 2>&1 || { cat "$log" >&2; die "sparse: the build failed"; }
	grep -q "CHECK .*$file" "$log" || die "sparse did not look at $file (log: $log)"
	! grep -E '(warning|error): ' "$log" >&2 || die "sparse does not like $file"
	say "sparse: nothing to say about $file"
}

[ -f "$home/.configured" ] || {
	copy_source
	run_logged "$home/configure.log" "configuring Linux $version for KVM" -- configure
	touch "$home/.configured"
}
patch_tree
check_style
count_lines
# Types of KVM's object only: that is what pahole is to compare.
run_logged "$home/build.log" "building Linux $version with KVM on page arrays" -- \
	make -C "$tree" "O=$build" "-j$(nproc)" "CFLAGS_vmx/tdx.o=-g" vmlinux modules
if grep -iE '(^|[^a-z_/])warning' "$home/build.log" >&2; then
	rm "$home/.configured"
	die "the build is not silent"
fi
modules=$("$top/scripts/module-build.sh" "$build" '' TESTS= CFLAGS_tdx_page_array_kvm.o=-g)
sparse=$("$top/scripts/sparse-build.sh")
check_with_sparse arch/x86/kvm/vmx/tdx.c -C "$tree" "O=$build" "CFLAGS_vmx/tdx.o=-g" arch/x86/kvm/vmx/tdx.o
check_with_sparse companion/glue/tdx_page_array_kvm.c -C "$build" "M=$modules" TESTS= CFLAGS_tdx_page_array_kvm.o=-g modules
say
"$top/scripts/companion-check.py" "$build" "$modules"
say
say "Mistakes that have to be found:"
"$top/scripts/companion-check-check.sh" "$build" "$modules"
