#!/usr/bin/env bash
# KVM on page arrays (make companion): builds KVM with the patches of companion/, this module and the piece between the two,
# and checks that both sides agree as built. make kvm runs the three.
source "$(dirname "$0")/lib.sh"

series=${KERNEL:-7.3}
patches=("$top/companion/linux-$series"/*.patch)
[ -f "${patches[0]}" ] || die "companion/ has no patches for Linux $series"
"$top/scripts/deps.sh" module source kernel companion
source_tree=$("$top/scripts/kernel-source.sh" "$series")

# MAINTAINERS has arch/x86/include/asm/kvm* already, which checkpatch does not look up. It takes KVM's TDX_BUG_ON(), which warns
# and ends a VM, for a BUG_ON().
check_style() {
	local found words=(--strict --quiet --no-summary --ignore 'FILE_PATH_CHANGES,AVOID_BUG')
	found=$(cd "$source_tree" && scripts/checkpatch.pl "${words[@]}" "${patches[@]}") || true
	[ -z "$found" ] || die "checkpatch: $found"
	say "checkpatch --strict: ${#patches[@]} patches, nothing to say"
}

# Lines that each patch puts in and takes out.
count_lines() {
	local patch
	for patch in "${patches[@]}"; do
		awk -v name="$(basename "$patch")" '
			/^(\+\+\+|---) / { next } /^@@/ { inside = 1 } /^diff / { inside = 0 }
			inside && /^\+/ { plus++ } inside && /^-/ { minus++ } END { print plus + 0, minus + 0, name }' "$patch"
	done | awk '
		{ printf "  +%-4d -%-4d %s\n", $1, $2, $3; plus += $1; minus += $2 }
		END { printf "  +%-4d -%-4d in all\n", plus, minus }' >&2
}

# It has to have looked at FILE, and to have nothing to say.     usage: check_sparse LOG FILE
check_sparse() {
	grep -q "CHECK .*$2" "$1" || die "sparse did not look at $2 (log: $1)"
	! grep -E '(warning|error): ' "$1" >&2 || die "sparse does not like $2"
	say "sparse: nothing to say about $2"
}

check_style
count_lines
sparse=$("$top/scripts/sparse.sh" --tool)
log=$top/build/log/companion
mkdir -p "$log"
kernel=$("$top/scripts/companion-kernel.sh")
"$top/scripts/companion-kernel.sh" C=2 "CHECK=$sparse" arch/x86/kvm/vmx/tdx.o >/dev/null 2>"$log/sparse-kvm.log" ||
	{ cat "$log/sparse-kvm.log" >&2; die "sparse: the build failed"; }
check_sparse "$log/sparse-kvm.log" arch/x86/kvm/vmx/tdx.c
modules=$("$top/scripts/module-build.sh" "$kernel" '' TESTS= CFLAGS_tdx_page_array_kvm.o=-g)
make C=2 "CHECK=$sparse" -C "$kernel" "M=$modules" TESTS= CFLAGS_tdx_page_array_kvm.o=-g modules >"$log/sparse-glue.log" 2>&1 ||
	{ cat "$log/sparse-glue.log" >&2; die "sparse: the build failed"; }
check_sparse "$log/sparse-glue.log" companion/glue/tdx_page_array_kvm.c
say
"$top/scripts/companion-check.py" "$kernel" "$modules"
